"""
Estimators of statspai and diff-diff behind our result rows, and sensitivity to violations of parallel trends.

Event time counts from 0, the period of the change. ``n_cells`` are the switching units, matched sets or cells behind a row; ``n_obs``
and ``n_units`` what the estimator really used. Warnings of a library stand in ``note``.
"""

import warnings

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects.design import DesignRefused, design, need_columns, one_of
from helpers.effects.estimators import identified
from helpers.effects.linear import TwoWay, projected
from helpers.effects.results import make_rows


def _heard(fit, *args, **options):
    """Call a library and return its value with its warnings as text for ``note``."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        value = fit(*args, **options)
    return value, "; ".join(
        dict.fromkeys(str(w.message) for w in heard if issubclass(w.category, (UserWarning, RuntimeWarning)))
    )


def _joined(*parts):
    return "; ".join(filter(None, parts))


def fit_switchers(data, *, effects=4, placebos=3, direction=None, **columns) -> pd.DataFrame:
    """
    Effects on units whose treatment changes for the first time, against units that still have their first treatment.

    De Chaisemartin and D'Haultfoeuille's intertemporal estimator (``did_multiplegt_dyn``), by statspai, standard errors as in R. Event
    time -1 is the reference, -2 and before are placebos; the row without event time is the average total effect per unit of
    treatment. Rows with a missing outcome stay, and periods without any keep their place; units with an unknown treatment in any
    period are left out and counted.

    Parameters
    ----------
    data, **columns
        As in `design`.
    effects, placebos : int
    direction : {None, "in", "out"}
        Only first changes up (event arrival), or down (event exit); both: event change.

    Returns
    -------
    DataFrame
        ``attrs["vcov"]``: covariance of the rows with an event time, in their order (nested lists).
    """
    one_of("direction", direction, (None, "in", "out"))
    c = design(data, **columns)
    if c.w is not None:
        raise DesignRefused("fit_switchers takes no weights; expected none. Use fit_twfe or fit_counterfactual.")
    c, lost = _known_throughout(c)
    used = c.long()
    import statspai

    try:
        fit, heard = _heard(
            statspai.did_multiplegt_dyn, used, "y", group="unit", time="time", treatment="d", placebo=placebos, dynamic=effects - 1,
            cluster="cluster" if c.names["cluster"] else None, controls=[f"x{j}" for j in range(c.x.shape[1])] or None,
            switchers=direction, se_method="analytic", aggregation="switchers",
        )  # fmt: skip
    except (ValueError, RuntimeError, KeyError, IndexError) as error:
        text = "the first changes cannot be compared ({error}) Widen the window or the sample."
        raise DesignRefused(text, error=str(error)) from None
    table = fit.detail[np.isfinite(fit.detail["delta_l"])].reset_index(drop=True)
    after = table["horizon"] >= 0
    if not after.any():
        text = "no switching unit has a comparison unit with the same first treatment; expected some. Widen the window."
        raise DesignRefused(text)
    event, text = {
        None: ("change", "effect of the first change of treatment (signed)"),
        "in": ("arrival", "effect of the first arrival"),
        "out": ("exit", "effect of the first exit"),
    }[direction]
    count = table["n_switchers"].astype(int)
    note = _joined(lost, heard)
    shared = {
        "event": event,
        "implementation": "statspai",
        "test": "influence",
        "inference": "influence function",
        "se_rule": "dCDH variance by cohort; normal",
    }
    total = make_rows(
        c, "switchers", float(fit.estimate), int(count[after].max()), note, std_error=float(fit.se), n_cells=int(count[after].sum()),
        estimand=text.replace("effect of", "average total effect per treatment-year after", 1), **shared,
    )  # fmt: skip
    events = make_rows(
        c, "switchers", table["delta_l"], count, [_joined(note, f"{n} switching units") for n in count], event_time=table["twfe_relative_time"].tolist(),
        std_error=table["se"].where(table["se"] > 0), n_cells=count.tolist(), estimand=f"{text}, by years since the change", **shared,
    )  # fmt: skip
    out = pd.concat([total, events], ignore_index=True)
    out.attrs["vcov"] = (
        fit.model_info["event_study_vcov"].reindex(index=table["horizon"], columns=table["horizon"]).to_numpy().tolist()
    )
    return out


def _known_throughout(c):
    """Return the design over units whose treatment is known in every period, and how many were lost in words."""
    used, periods = c.long(), len(np.unique(c.every["step"]))
    whole = used.groupby("unit")["d"].transform("count") == periods
    if not whole.any():
        text = "no unit has a known treatment in all {n} periods; expected some. Narrow the window."
        raise DesignRefused(text, n=periods)
    lost = used.loc[~whole, "unit"].nunique()
    return c if whole.all() else c.only(
        used.loc[whole, "at"]
    ), f"{lost} units without a known treatment in every period left out" if lost else ""


def fit_panel_match(data, *, lag=3, leads=(0, 1, 2, 3), exits=False, draws=500, seed=1, **columns) -> pd.DataFrame:
    """
    PanelMatch without refinement: switching units against units with the same treatment over ``lag`` earlier periods.

    Imai, Kim and Wang (2023), by statspai; bootstrap of units. Rows with a missing outcome stay. Weights and covariates are refused.

    Parameters
    ----------
    data, **columns
        As in `design`.
    leads : sequence of int
        Periods after the change; the matched sets are those that have all of them.
    exits : bool
        Whether the event is the end of treatment (ART) rather than its begin (ATT).

    Returns
    -------
    DataFrame
        One row per lead; ``n_cells``: matched sets.
    """
    c = _plain("fit_panel_match", data, columns)
    import statspai

    used, kind = c.long(needs=["d"]), "art" if exits else "att"
    try:
        fit, heard = _heard(
            statspai.panel_match, used.astype({"d": int}), y="y", treat="d", id="unit", time="time", lag=lag, lead=list(leads), qoi=kind, refinement="none", n_boot=draws, seed=seed,
        )  # fmt: skip
    except (ValueError, KeyError, IndexError) as error:
        text = (
            "PanelMatch found no matched set with {n} equal earlier periods ({error}). Shorten lag or widen the window."
        )
        raise DesignRefused(text, n=lag, error=str(error)) from None
    table = fit.detail[np.isfinite(fit.detail["estimate"])]
    sets = fit.model_info["matched_sets"]
    text = "mean effect of an exit on units that leave" if exits else "mean effect of an arrival on units that enter"
    return make_rows(
        c, "panel_match", table["estimate"], sets["treated_unit"].nunique(), _joined(f"matched on {lag} periods", heard), event="exit" if exits else "arrival",
        event_time=table["lead"].tolist(), std_error=table["se"], n_cells=int(fit.model_info["n_matched_sets"]), n_units=int(fit.model_info["n_units_contributing"]),
        n_switching=sets["treated_unit"].nunique(), n_draws=draws, test="bootstrap", estimand=text, implementation="statspai",
        inference=f"bootstrap of units, {draws:,} draws", se_rule="standard deviation of draws; normal",
    )  # fmt: skip


def _plain(name, data, columns):
    c = design(data, **columns, binary=True)
    if c.w is not None or c.x.shape[1]:
        text = "{name} takes neither weights nor covariates; expected none. Use fit_twfe or fit_counterfactual."
        raise DesignRefused(text, name=name)
    return c


def fit_lp_did(data, *, before=3, after=3, mode="effect_stabilization", stable=3, **columns) -> pd.DataFrame:
    """
    Local-projection DiD for a treatment that goes on and off (Dube, Girardi, Jorda and Taylor), by diff-diff.

    Parameters
    ----------
    data, **columns
        As in `design`, without weights and covariates.
    before, after : int
        Periods of the path.
    mode : {"effect_stabilization", "first_entry"}
        A unit whose last change lies ``stable`` periods back is a clean comparison; or only first entries.

    Returns
    -------
    DataFrame
        Event time -1 is the reference and has no row; ``n_cells``: rows of each regression. Units with an unknown treatment in any period
        are left out and counted. Where outcomes come every second year a period is two years, and ``note`` says so.
    """
    one_of("mode", mode, ("effect_stabilization", "first_entry"))
    c = _plain("fit_lp_did", data, columns)
    projected(c)
    import diff_diff

    c, lost = _known_throughout(c)
    used, pace = c.long(), np.diff(np.unique(c.step))
    if len(pace) and pace[0] > 1 and (pace == pace[0]).all():
        used = used[used["time"] % pace[0] == c.step[0] % pace[0]].assign(time=lambda t: t["time"] // pace[0])
        lost = _joined(lost, f"a period is {pace[0]} of the calendar")
    used = used.astype({"d": int})
    model = diff_diff.LPDiD(
        pre_window=before,
        post_window=after,
        cluster="unit",
        non_absorbing=mode,
        stabilization_window=stable if mode == "effect_stabilization" else None,
    )
    try:
        fit, heard = _heard(model.fit, used, "y", "unit", "time", "d", only_event=True)
    except ValueError as error:
        text = "LP-DiD could not be fitted ({error}). Shorten the windows or widen the sample."
        raise DesignRefused(text, error=str(error)) from None
    table = fit.event_study
    table = table[np.isfinite(table["coefficient"]) & (table["horizon"] != -1)]
    entered = np.unique(c.unit[1:][(np.diff(c.d) > 0) & (np.diff(c.unit) == 0)])
    return make_rows(
        c, "lp_did", table["coefficient"], len(entered), _joined(lost, heard), event="arrival", event_time=table["horizon"].tolist(), std_error=table["se"], conf_low=table["conf_low"],
        conf_high=table["conf_high"], p_value=table["p_value"], n_cells=table["n_obs"].tolist(), test="cluster", implementation="diff-diff", inference="clustered",
        se_rule="CR1 by unit; t(G-1)", estimand="change since the year before an arrival, against units without a recent change",
    )  # fmt: skip


_ABSORBING = {
    "callaway_santanna": "CallawaySantAnna", "sun_abraham": "SunAbraham", "imputation": "ImputationDiD", "etwfe": "WooldridgeDiD", "stacked": "StackedDiD",
}  # fmt: skip


def _first_treated(data, first, columns, clusters=3):
    """Design and first treated step (inf: never) by unit, for a treatment that stays; refused where it ends."""
    start = None
    if first is not None:
        frame, time = getattr(data, "frame", data), columns.get("time", "year")
        need_columns(frame, [first, time])
        start = pd.to_numeric(frame[first], errors="coerce").replace([0, np.inf], np.nan)
        data, columns = (
            frame.assign(_treated=(frame[time] >= start).astype(float), _first=start),
            columns | {"d": "_treated"},
        )
    c = design(data, binary=True, clusters=clusters, **columns)
    if c.w is not None:
        raise DesignRefused("fit_absorbing takes no weights; expected none. Use fit_twfe or fit_counterfactual.")
    ended = np.r_[False, (np.diff(c.d) < 0) & (np.diff(c.unit) == 0)]
    if ended.any():
        text = "the treatment ends in {n} units; this estimator needs one that stays. Use fit_counterfactual, fit_switchers or fit_panel_match, or a sample where it stays."
        raise DesignRefused(text, n=len(np.unique(c.unit[ended])))
    whole = np.issubdtype(np.asarray(c.times).dtype, np.number)
    times = np.asarray(c.times, float)[c.time] if whole else c.step + 1.0
    begun = np.full(len(c.units), np.inf)
    np.minimum.at(begun, c.unit[c.d == 1], times[c.d == 1])
    if first is not None:
        held = c.frame["_first"].iloc[c.row].groupby(c.unit).first().to_numpy(float)
        begun = np.where(np.isnan(held), np.inf, held)
    return c, times, begun


def fit_absorbing(
    data, estimator="callaway_santanna", *, first=None, control="never_treated", options=None, **columns
) -> pd.DataFrame:
    """
    Estimators for a treatment that stays once it begins, by diff-diff; refused where it ends in any unit.

    Parameters
    ----------
    data, **columns
        As in `design`, without weights.
    estimator : {"callaway_santanna", "sun_abraham", "imputation", "etwfe", "stacked"}
        ``imputation``: Borusyak, Jaravel and Spiess; ``etwfe``: Wooldridge.
    first : str, optional
        Column of the first treated period (0, infinite or missing: never); otherwise found from the treatment.
    control : {"never_treated", "not_yet_treated"}
        For Callaway-Sant'Anna and ETWFE; the others have their own rule.
    options : dict, optional
        Passed on to the diff-diff class.

    Returns
    -------
    DataFrame
        The overall effect (event_time missing) and rows by event time. Units treated from the start are left out and counted; for
        Callaway-Sant'Anna and stacked, units with holes too. ``attrs["vcov"]`` of the event rows where diff-diff gives it.
    """
    one_of("estimator", estimator, _ABSORBING)
    one_of("control", control, ("never_treated", "not_yet_treated"))
    c, times, begun = _first_treated(data, first, columns)
    always = np.bincount(c.unit, c.d == 0) == 0
    holes = (np.bincount(c.unit) < len(c.times)) & (estimator in ("callaway_santanna", "stacked")) & ~always
    kept = ~(always | holes)[c.unit]
    if not np.isfinite(begun[c.unit[kept]]).any():
        raise DesignRefused("no unit begins treatment after its first period; expected some. Widen the window.")
    if (
        control == "never_treated"
        and estimator in ("callaway_santanna", "sun_abraham")
        and np.isfinite(begun[c.unit[kept]]).all()
    ):
        text = (
            "no unit is never treated; expected some as the comparison. Use control='not_yet_treated', or imputation."
        )
        raise DesignRefused(text)
    start, covariates = np.where(np.isinf(begun), 0, begun), [f"x{j}" for j in range(c.x.shape[1])]
    used = pd.DataFrame(
        {"y": c.y, "unit": c.unit, "time": times.astype(int), "first": start[c.unit].astype(int), "group": c.cluster}
    )
    used = used.join(pd.DataFrame(c.x, columns=covariates))[kept]
    options = dict(options or {}) | ({"control_group": control} if estimator in ("callaway_santanna", "etwfe") else {})
    if c.names["cluster"]:
        options["cluster"] = "group"
    asked = (
        {"cohort": "first", "exovar": covariates}
        if estimator == "etwfe"
        else {"first_treat": "first", "covariates": covariates}
    )
    import diff_diff

    try:
        fit, heard = _heard(
            getattr(diff_diff, _ABSORBING[estimator])(**options).fit,
            used,
            "y",
            "unit",
            "time",
            **{k: v for k, v in asked.items() if v},
        )
    except ValueError as error:
        text = "{estimator} could not be fitted ({error}). Widen the window or the sample."
        raise DesignRefused(text, estimator=estimator, error=str(error)) from None
    lost = [
        f"{int(n)} units {why} left out"
        for n, why in ((always.sum(), "treated from the start"), (holes.sum(), "with holes"))
        if n
    ]
    if estimator in ("sun_abraham", "etwfe"):
        path = (fit if estimator == "sun_abraham" else fit.aggregate("event")).event_study_effects
        path = [(int(e), v.get("effect", v.get("att")), v["se"]) for e, v in sorted(path.items())]
    else:
        table = fit.aggregate("event_study")
        path = list(zip(table.event_time.tolist(), table.att, table.se, strict=True))
    path = [row for row in path if np.isfinite(row[1]) and row[2] > 0]
    since = (used["time"] - used["first"]).where(used["first"] > 0)
    sets = [since >= 0, *(since == e for e, _, _ in path)]
    rows = make_rows(
        c, estimator, [float(fit.overall_att), *(a for _, a, _ in path)], [used.loc[s, "group"].nunique() for s in sets], _joined(*lost, heard),
        std_error=[float(fit.overall_se), *(s for _, _, s in path)], event="arrival", event_time=[pd.NA, *(e for e, _, _ in path)], n_cells=[int(s.sum()) for s in sets],
        n_obs=len(used), n_units=used["unit"].nunique(), n_clusters=used["group"].nunique(), n_switching=used.loc[used["first"] > 0, "unit"].nunique(),
        test="influence" if estimator in ("callaway_santanna", "imputation") else "cluster", implementation="diff-diff", inference="clustered",
        se_rule=f"as in diff-diff {diff_diff.__version__}, by {'cluster' if c.names['cluster'] else 'unit'}", estimand="mean effect on treated cells, treatment that stays",
    )  # fmt: skip
    vcov = getattr(fit, "event_study_vcov", None)
    if vcov is not None and len(vcov) == len(path):
        rows.attrs["vcov"] = np.asarray(vcov).tolist()
    return rows


def fit_fect(data, *, method="ife", rank=1, penalty=None, least=5, **columns) -> pd.DataFrame:
    """
    Counterfactuals of statspai's ``fect``: interactive effects, matrix completion, or two-way effects as a second computation.

    y_it = a_i + c_t + x_it'g + (L F')_it + e_it, fitted to untreated cells and iterated to 1e-9, not to the 1e-3 at which ``fect``
    stops by default.

    Parameters
    ----------
    data, **columns
        As in `design`, without weights.
    method : {"ife", "mc", "fe"}
        ``ife`` fixes the ``rank`` of L F'; ``mc`` penalises the sum of its singular values (``penalty`` per cell; half the largest
        singular value of the two-way residuals per cell if not given); ``fe``: no L F', equal to `fit_counterfactual`.
    least : int
        Untreated periods a unit needs for ``ife`` and ``mc``.

    Returns
    -------
    DataFrame
        The mean effect, without a standard error.
    """
    one_of("method", method, ("ife", "mc", "fe"))
    c = design(data, **columns, binary=True)
    if c.w is not None:
        raise DesignRefused("fit_fect takes no weights; expected none. Use fit_counterfactual.")
    free = c.d == 0
    usable, why = identified(c, free)
    note = [f"{n} {what}" for what, n in why.items() if n]
    if method == "mc" and penalty is None:
        left = np.nan_to_num(c.wide(TwoWay(c.unit, c.time).residuals(c.y)))
        penalty = float(np.linalg.svd(left, compute_uv=False)[0] / left.size / 2)
    if method != "fe":
        short = np.bincount(c.unit[free], minlength=len(c.units)) < max(least, rank + 1 if method == "ife" else 1)
        thin = int(short.sum()) - why["always treated units left out"]
        note += [f"rank {rank}" if method == "ife" else f"penalty {penalty:g}"]
        note += [f"{thin} units with fewer than {least} untreated periods left out"] * (thin > 0)
        usable = usable & ~short[c.unit]
        if not (usable & ~free).any():
            text = "every treated unit has fewer than {n} untreated periods; expected more to fit factors. Widen the window or lower least."
            raise DesignRefused(text, n=least)
    used = pd.DataFrame({"y": c.y, "d": c.d.astype(int), "unit": c.unit, "time": c.step}).join(
        pd.DataFrame(c.x).add_prefix("x")
    )[usable]
    import statspai

    try:
        fit, heard = _heard(
            statspai.fect, used, "y", "d", "unit", "time", covariates=[f"x{j}" for j in range(c.x.shape[1])] or None, method=method,
            r=rank if method == "ife" else 0, lam=penalty if method == "mc" else None, min_t0=1 if method == "fe" else least, tol=1e-9, max_iter=50_000,
        )  # fmt: skip
    except (ValueError, RuntimeError, np.linalg.LinAlgError) as error:
        text = "the common factors cannot be fitted ({error}). Lower rank, raise least, or widen the window."
        raise DesignRefused(text, error=str(error)) from None
    if not fit.model_info["converged"]:
        text = "the common factors did not settle: the untreated cells determine them poorly. Lower rank, raise least, or widen the window."
        raise DesignRefused(text)
    text = "mean effect on treated cells, counterfactual " + (
        "from untreated cells" if method == "fe" else "with common factors"
    )
    return make_rows(
        c, "counterfactual" if method == "fe" else method, float(fit.estimate), note=_joined(*note, heard), n_obs=len(used), n_cells=int(used["d"].sum()),
        n_units=used["unit"].nunique(), estimand=text, implementation="statspai", inference="none",
    )  # fmt: skip


def bacon(data, *, first=None, **columns) -> pd.DataFrame:
    """
    Goodman-Bacon decomposition of two-way fixed effects, for a balanced panel and a treatment that stays (by diff-diff).

    Returns
    -------
    DataFrame
        One row per pair of timing groups: comparison, treated_group, control_group, estimate, weight (sum one).
    """
    c, times, begun = _first_treated(data, first, columns, clusters=2)
    if len(c.y) < len(c.units) * len(c.times):
        text = (
            "the panel has holes; the decomposition is exact only for a balanced one. Drop the units with holes first."
        )
        raise DesignRefused(text)
    import diff_diff

    used = pd.DataFrame(
        {
            "y": c.y,
            "unit": c.unit,
            "time": times.astype(int),
            "first": np.where(np.isinf(begun), 0, begun)[c.unit].astype(int),
        }
    )
    table = diff_diff.BaconDecomposition().fit(used, "y", "unit", "time", "first").to_dataframe()
    return table.rename(columns={"comparison_type": "comparison"})[
        ["comparison", "treated_group", "control_group", "estimate", "weight"]
    ]


def honest_did(beta, vcov, n_before, kind="relative_magnitudes", values=(0.5, 1.0, 1.5, 2.0), after=0) -> pd.DataFrame:
    """
    Intervals that allow for violations of parallel trends (Rambachan and Roth 2023), by statspai.

    Parameters
    ----------
    beta, vcov : ndarray (k,), (k, k)
        Event-study coefficients without the reference period, all relative to it, in order of time, and their covariance.
    n_before : int
        How many of them lie before the event.
    kind : {"relative_magnitudes", "smoothness"}
        Violations after the event at most M times the largest before (C-LF); or the slope changes by at most M (FLCI).
    after : int
        Which coefficient after the event, from 0.

    Returns
    -------
    DataFrame
        m, conf_low, conf_high, excludes_zero. ``attrs["breakdown"]``: the largest of ``values`` up to which every interval
        excludes zero, NaN if none.
    """
    one_of("kind", kind, ("relative_magnitudes", "smoothness"))
    beta, vcov, values = np.asarray(beta, float), np.asarray(vcov, float), sorted(values)
    import statspai

    table = statspai.honest_did_from_moments(
        beta,
        vcov,
        num_pre_periods=n_before,
        e=after,
        m_grid=list(values),
        method="relative_magnitude" if kind == "relative_magnitudes" else kind,
        backend="native",
    )
    out = pd.DataFrame(
        {"m": values, "conf_low": table["ci_lower"].to_numpy(), "conf_high": table["ci_upper"].to_numpy()}
    )
    out["excludes_zero"] = (out["conf_low"] > 0) | (out["conf_high"] < 0)
    held = out["m"][out["excludes_zero"].cummin()]
    out.attrs["breakdown"] = float(held.max()) if len(held) else np.nan
    return out


def honest(rows, kind="relative_magnitudes", values=(0, 0.5, 1, 2), periods=(0,)) -> pd.DataFrame:
    """
    Apply `honest_did` to the path of an estimator, for several periods after the event.

    Parameters
    ----------
    rows : DataFrame
        Of `fit_switchers` or `fit_absorbing`, with ``attrs["vcov"]``.
    kind, values
        As in `honest_did`.
    periods : sequence of int
        Event times, from 0.

    Returns
    -------
    DataFrame
        event_time, m, conf_low, conf_high, excludes_zero. ``attrs["breakdown"]``: by event time.
    """
    path, vcov = rows[rows["event_time"].notna()], np.array(rows.attrs.get("vcov", []))
    before = int((path["event_time"] < 0).sum())
    if len(vcov) != len(path) or not np.isfinite(vcov).all() or before < 2:
        text = "the path has no covariance or fewer than two periods before the event; expected both. Ask for more placebos or widen the window."
        raise DesignRefused(text)
    parts, held = [], {}
    for at in (e for e in periods if e in set(path["event_time"])):
        part = honest_did(
            path["estimate"], vcov, before, kind, values, after=int((path["event_time"].between(0, at - 1)).sum())
        )
        held[at] = part.attrs["breakdown"]
        parts.append(part.assign(event_time=at))
    out = pd.concat(parts, ignore_index=True)[["event_time", "m", "conf_low", "conf_high", "excludes_zero"]]
    out.attrs["breakdown"] = held
    return out


def pretrend_power(vcov_before, times, power=(0.5, 0.8)) -> pd.DataFrame:
    """
    Slope of a linear trend that the test "no coefficient before the event is significant at 5%" would find (Roth 2022).

    Parameters
    ----------
    vcov_before : ndarray (k, k)
        Covariance of the coefficients before the event.
    times : sequence of int
        Their event times counted from the reference period, so that the trend is slope x time.

    Returns
    -------
    DataFrame
        power, slope.
    """
    from scipy.optimize import brentq
    from scipy.stats import multivariate_normal

    vcov, times = np.asarray(vcov_before, float), np.asarray(times, float)
    se, limit = np.sqrt(np.diag(vcov)), special.ndtri(0.975)
    correlation = vcov / np.outer(se, se)

    def missed(slope):
        law = multivariate_normal(slope * times / se, correlation, allow_singular=True, seed=1)
        return law.cdf(np.full(len(se), limit), lower_limit=np.full(len(se), -limit))

    top = 20 * (se / np.abs(times)).max()
    return pd.DataFrame(
        [(p, brentq(lambda slope, p=p: missed(slope) - (1 - p), 0, top)) for p in power], columns=["power", "slope"]
    )
