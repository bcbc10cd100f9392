"""
Estimators of statspai, diff-diff and pyfixest behind our result rows, and sensitivity to violations of parallel trends.

Shared parameters: ``frame``, ``y``, ``d``, ``unit``, ``time``, ``covariates``, ``cluster`` as in :mod:`helpers.effects.designs`; ``leads`` are
periods after the event; ``draws`` and ``seed`` belong to bootstraps. Warnings of a library stand in ``note``.
"""

import warnings

import numpy as np
import pandas as pd
from scipy import stats

from helpers.effects import cells, make_rows, need_columns, numbers, result, whole_steps
from helpers.effects.inference import DesignRefused


def _heard(fit, *args, **options):
    """Call a library and return its value with its warnings as text for ``note``."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        value = fit(*args, **options)
    return value, "; ".join(
        dict.fromkeys(str(w.message) for w in heard if issubclass(w.category, (UserWarning, RuntimeWarning)))
    )


def fit_switchers(
    frame, *, y="y", d="treated", unit="unit_code", time="year", covariates=(), cluster=None, effects=4, placebos=3, direction=None,
    implementation="statspai",
):  # fmt: skip
    """
    Effects on units whose treatment changes for the first time, against units that still have their first treatment.

    De Chaisemartin and D'Haultfoeuille's intertemporal estimator (``did_multiplegt_dyn``): event time 0 is the period of the
    change, -1 the reference, -2 and before placebos; the row without event time is the average total effect per unit of
    treatment. Rows with a missing outcome stay; units with an unknown treatment in any period are left out and counted.

    Parameters
    ----------
    direction : str, optional
        ``in`` or ``out``: only first changes up, or down.
    implementation : str
        ``statspai`` (standard errors as in R), or ``diff_diff`` (effects equal to R's; its standard errors are too small and
        are not given).

    Returns
    -------
    DataFrame
        ``attrs["vcov"]``: covariance of the event rows, in their order (statspai only).
    """
    names = {"y": y, "d": d, "unit": unit, "time": time, "covariates": covariates, "cluster": cluster}
    c = cells(frame, **names)
    data = frame[frame[unit].isin(c.units) & frame[time].isin(c.times)]
    data = data.assign(**{name: numbers(data, name) for name in (y, d)})
    whole = data[unit].map(data.groupby(unit)[d].count()) == len(c.times)
    lost = data.loc[~whole, unit].nunique()
    c = cells(data[whole], **names)
    data = data[whole & data[unit].isin(c.units)]
    data = data.assign(_unit=pd.factorize(data[unit], sort=True)[0])
    note = f"{lost} units without a known treatment in every period left out" if lost else ""
    text = {
        None: "effect of the first change of treatment (signed)",
        "in": "effect of the first arrival",
        "out": "effect of the first exit",
    }[direction]
    if implementation == "diff_diff":
        import diff_diff

        fit = diff_diff.ChaisemartinDHaultfoeuille(drop_larger_lower=False).fit(
            data.dropna(subset=[y]), outcome=y, group="_unit", time=time, treatment=d, L_max=effects
        )
        rows = [(h - 1, v["effect"]) for h, v in sorted(fit.event_study_effects.items()) if 0 < h <= effects]
        return make_rows(
            c,
            "switchers",
            text,
            "diff-diff",
            [v for _, v in rows],
            note,
            event_time=[h for h, _ in rows],
            inference="none",
        )
    import statspai

    try:
        fit, heard = _heard(
            statspai.did_multiplegt_dyn, data, y, group="_unit", time=time, treatment=d, placebo=placebos, dynamic=effects - 1, cluster=cluster, controls=list(covariates) or None,
            switchers=direction, se_method="analytic", aggregation="switchers",
        )  # fmt: skip
    except (ValueError, RuntimeError) as error:
        raise DesignRefused(
            "the first changes cannot be compared ({error}) Widen the window or the sample.", error=str(error)
        ) from None
    note = "; ".join(filter(None, (note, heard)))
    table = fit.detail[np.isfinite(fit.detail["delta_l"])].reset_index(drop=True)
    after = (table["horizon"] >= 0).to_numpy()
    if not after.any():
        raise DesignRefused(
            "no switching unit has a comparison unit with the same first treatment; expected some. Widen the window."
        )
    vcov = fit.model_info["event_study_vcov"].reindex(index=table["horizon"], columns=table["horizon"]).to_numpy()
    count = table["n_switchers"]
    shared = {"inference": "influence function", "se_rule": "dCDH variance by cohort; normal"}
    total = make_rows(
        c, "switchers", text.replace("effect of", "average total effect per treatment-year after", 1), "statspai", float(fit.estimate), note,
        std_error=float(fit.se), **shared,
    )  # fmt: skip
    events = make_rows(
        c, "switchers", f"{text}, by years since the change", "statspai", table["delta_l"].tolist(), [f"{note}; {n} switching units".strip("; ") for n in count],
        event_time=table["twfe_relative_time"].tolist(), std_error=table["se"].where(table["se"] > 0).tolist(), **shared,
    )  # fmt: skip
    out = pd.concat([total, events], ignore_index=True)
    out.attrs["vcov"] = vcov
    return out


def fit_panel_match(
    frame,
    *,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
    lag=3,
    leads=(0, 1, 2, 3),
    exits=False,
    draws=500,
    seed=1,
):
    """
    PanelMatch without refinement: switching units against units with the same treatment over ``lag`` earlier periods.

    Imai, Kim and Wang (2023), by statspai; bootstrap of units.

    Parameters
    ----------
    exits : bool
        Whether the event is the end of treatment (ART) rather than its begin (ATT).

    Returns
    -------
    DataFrame
        One row per lead: event time 0 is the period of the change.
    """
    import statspai

    c = cells(frame, y=y, d=d, unit=unit, time=time, binary=True)
    data = pd.DataFrame({"y": c.y, "d": c.d.astype(int), "unit": c.unit, "time": c.time})
    try:
        fit, heard = _heard(
            statspai.panel_match, data, y="y", treat="d", id="unit", time="time", lag=lag, lead=list(leads), qoi="art" if exits else "att", refinement="none", n_boot=draws,
            seed=seed,
        )  # fmt: skip
    except (ValueError, KeyError, IndexError) as error:
        raise DesignRefused(
            "PanelMatch found no matched set with {n} equal earlier periods ({error}). Shorten lag or widen the window.",
            n=lag,
            error=str(error),
        ) from None
    fit = fit.detail[np.isfinite(fit.detail["estimate"])]
    text = "mean effect of an exit on units that leave" if exits else "mean effect of an arrival on units that enter"
    return make_rows(
        c, "panel_match", text, "statspai", fit["estimate"].tolist(), "; ".join(filter(None, (f"matched on {lag} periods", heard))), event_time=fit["lead"].tolist(),
        std_error=fit["se"].tolist(), inference=f"bootstrap of units, {draws:,} draws", se_rule="standard deviation of draws; normal",
    )  # fmt: skip


def fit_lp_did(
    frame,
    *,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
    before=3,
    after=3,
    mode="effect_stabilization",
    stable=3,
):
    """
    Local-projection DiD for a treatment that goes on and off (Dube, Girardi, Jorda and Taylor), by diff-diff.

    Parameters
    ----------
    mode : str
        ``effect_stabilization`` (a unit whose last change lies ``stable`` periods back is a clean comparison) or
        ``first_entry``.

    Returns
    -------
    DataFrame
        Event time -1 is the reference and has no row. Units with holes are left out and counted.
    """
    import diff_diff

    c = cells(frame, y=y, d=d, unit=unit, time=time, binary=True)
    whole = np.bincount(c.unit) == len(c.times)
    data = pd.DataFrame({"y": c.y, "d": c.d.astype(int), "unit": c.unit, "time": c.time})[whole[c.unit]]
    model = diff_diff.LPDiD(
        pre_window=before,
        post_window=after,
        cluster="unit",
        non_absorbing=mode,
        stabilization_window=stable if mode == "effect_stabilization" else None,
    )
    try:
        fit, heard = _heard(model.fit, data, "y", "unit", "time", "d", only_event=True)
    except ValueError as error:
        raise DesignRefused(
            "LP-DiD could not be fitted ({error}). Shorten the windows or widen the sample.", error=str(error)
        ) from None
    fit = fit.event_study
    fit = fit[np.isfinite(fit["coefficient"]) & (fit["horizon"] != -1)]
    note = "; ".join(
        filter(None, (f"{int((~whole).sum())} units with holes left out" if not whole.all() else "", heard))
    )
    text = "change since the year before an arrival, against units without a recent change"
    return make_rows(
        c, "lp_did", text, "diff-diff", fit["coefficient"].tolist(), note, event_time=fit["horizon"].tolist(), std_error=fit["se"].tolist(),
        conf_low=fit["conf_low"].tolist(), conf_high=fit["conf_high"].tolist(), inference="clustered", se_rule="CR1 by unit; t(G-1)",
    )  # fmt: skip


_ABSORBING = {
    "callaway_santanna": "CallawaySantAnna", "sun_abraham": "SunAbraham", "imputation": "ImputationDiD", "two_stage": "TwoStageDiD",
    "etwfe": "WooldridgeDiD", "stacked": "StackedDiD",
}  # fmt: skip


def _first_treated(frame, y, d, unit, time, first, **names):
    """Cells and first treated period (inf: never) by unit, for a treatment that stays; refused where it ends."""
    if first is not None:
        need_columns(frame, [first, time])
        start = pd.to_numeric(frame[first], errors="coerce").replace([0, np.inf], np.nan)
        frame, d = frame.assign(_treated=(frame[time] >= start).astype(float)), "_treated"
    c = cells(frame, y=y, d=d, unit=unit, time=time, binary=True, **names)
    ended = np.r_[False, (np.diff(c.d) < 0) & (np.diff(c.unit) == 0)]
    if ended.any():
        raise DesignRefused(
            "the treatment ends in {n} units; this estimator needs one that stays. Use fit_counterfactual, fit_switchers "
            "or fit_panel_match, or a sample where it stays.",
            n=len(np.unique(c.unit[ended])),
        )
    times = np.asarray(whole_steps(c), float)
    begun = np.full(len(c.units), np.inf)
    np.minimum.at(begun, c.unit[c.d == 1], times[c.d == 1])
    if first is not None:
        held = pd.Series(start.to_numpy()[c.row]).groupby(c.unit).first().to_numpy()
        begun = np.where(np.isnan(held), np.inf, held)
    return c, times, begun


def fit_absorbing(
    frame, estimator="callaway_santanna", *, y="y", d="treated", unit="unit_code", time="year", first=None, covariates=(), cluster=None,
    control="never_treated", **options,
):  # fmt: skip
    """
    Estimators for a treatment that stays once it begins, by diff-diff; refused where it ends in any unit.

    Parameters
    ----------
    estimator : str
        ``callaway_santanna``, ``sun_abraham``, ``imputation`` (Borusyak, Jaravel and Spiess), ``two_stage`` (Gardner), ``etwfe``
        (Wooldridge) or ``stacked``.
    first : str, optional
        Column of the first treated period (0, infinite or missing: never); otherwise found from ``d``.
    control : str
        ``never_treated`` or ``not_yet_treated`` (Callaway-Sant'Anna and ETWFE; the others have their own rule).
    **options
        Passed on to the diff-diff class.

    Returns
    -------
    DataFrame
        The overall effect (event_time missing) and rows by event time.
        Units treated from the start are left out and counted; for Callaway-Sant'Anna and stacked, units with holes too.
        ``attrs["vcov"]`` of the event rows where diff-diff gives it.
    """
    import diff_diff

    if estimator not in _ABSORBING:
        raise ValueError(f"estimator {estimator!r}; expected one of {', '.join(_ABSORBING)}.")
    covariates = [covariates] if isinstance(covariates, str) else list(covariates)
    c, times, begun = _first_treated(frame, y, d, unit, time, first, covariates=covariates, cluster=cluster)
    data = pd.DataFrame(
        {
            "y": c.y,
            "unit": c.unit,
            "time": times.astype(int),
            "first": np.where(np.isinf(begun), 0, begun)[c.unit].astype(int),
        }
    )
    data = data.join(pd.DataFrame(c.x, columns=covariates)).assign(group=c.cluster)
    always = np.bincount(c.unit, c.d == 0) == 0
    holes = (np.bincount(c.unit) < len(c.times)) & (estimator in ("callaway_santanna", "stacked")) & ~always
    data = data[~(always | holes)[c.unit]]
    if (
        control == "never_treated"
        and estimator in ("callaway_santanna", "sun_abraham")
        and not (data["first"] == 0).any()
    ):
        raise DesignRefused(
            "no unit is never treated; expected some as the comparison. Use control='not_yet_treated', or imputation."
        )
    if not (data["first"] > 0).any():
        raise DesignRefused("no unit begins treatment after its first period; expected some. Widen the window.")
    if estimator in ("callaway_santanna", "etwfe"):
        options["control_group"] = control
    if cluster:
        options["cluster"] = "group"
    asked = (
        {"cohort": "first", "exovar": covariates}
        if estimator == "etwfe"
        else {"first_treat": "first", "covariates": covariates}
    )
    model = getattr(diff_diff, _ABSORBING[estimator])(**options)
    fit, heard = _heard(model.fit, data, "y", "unit", "time", **{k: v for k, v in asked.items() if v})
    note = [
        f"{int(n)} units {why} left out"
        for n, why in ((always.sum(), "treated from the start"), (holes.sum(), "with holes"))
        if n
    ]
    note += [heard] * bool(heard)
    rule = f"as in diff-diff {diff_diff.__version__}, by {'cluster' if cluster else 'unit'}"
    shared = {
        "inference": "influence function" if estimator in ("callaway_santanna", "imputation") else "clustered",
        "se_rule": rule,
    }
    text = "mean effect on treated cells, treatment that stays"
    parts = [
        make_rows(
            c,
            estimator,
            text,
            "diff-diff",
            float(fit.overall_att),
            "; ".join(note),
            std_error=float(fit.overall_se),
            **shared,
        )
    ]
    if estimator in ("sun_abraham", "etwfe"):
        effects = (fit if estimator == "sun_abraham" else fit.aggregate("event")).event_study_effects
        events = [(int(e), v.get("effect", v.get("att")), v["se"]) for e, v in sorted(effects.items())]
    else:
        table = fit.aggregate("event_study")
        events = list(zip(table.event_time.tolist(), table.att, table.se, strict=True))
    events = [row for row in events if np.isfinite(row[1]) and row[2] > 0]
    parts.append(make_rows(
        c, estimator, f"{text}, by years since arrival", "diff-diff", [a for _, a, _ in events], "; ".join(note), event_time=[e for e, _, _ in events],
        std_error=[s for _, _, s in events], **shared,
    ))  # fmt: skip
    out = pd.concat(parts, ignore_index=True)
    vcov = getattr(fit, "event_study_vcov", None)
    if vcov is not None and len(vcov) == len(events):
        out.attrs["vcov"] = np.asarray(vcov)
    return out


def fit_two_stage(frame, *, y="y", d="treated", effects=("unit_code", "year"), covariates=(), cluster="unit_code"):
    """
    Gardner's two-stage estimator with any first-stage effects and any rows (not only a panel), by pyfixest.

    Parameters
    ----------
    effects : sequence of str
        Columns of the first-stage fixed effects, estimated on untreated rows.

    Returns
    -------
    DataFrame
        One row; the standard error accounts for the first stage. Levels of the first effect without an untreated row are
        left out and counted.
    """
    import pyfixest

    need_columns(frame, [y, d, *effects, *covariates, cluster])
    data = frame.assign(**{n: numbers(frame, n) for n in (y, d, *covariates)}).dropna(
        subset=[y, d, *effects, *covariates, cluster]
    )
    free = data.loc[data[d] == 0, effects[0]].value_counts()
    kept = data[data[effects[0]].isin(free.index[free > 1])]
    if kept[d].nunique() < 2 or kept[cluster].nunique() < 2:
        raise DesignRefused(
            "no comparison left: treatment '{name}' or cluster '{cluster}' takes one value; expected at least two of each.",
            name=d,
            cluster=cluster,
        )
    kept = kept.assign(**{d: kept[d].astype(bool)})
    fit = pyfixest.did2s(kept, yname=y, first_stage=" + ".join(["~ 0", *covariates]) + f" | {' + '.join(effects)}", second_stage=f"~ i({d}, ref=False)",
                         treatment=d, cluster=cluster)  # fmt: skip
    lost = data[effects[0]].nunique() - kept[effects[0]].nunique()
    return result(
        estimator="two_stage", estimand="mean effect on treated rows, counterfactual from untreated rows", implementation="pyfixest",
        estimate=float(fit.coef().iloc[0]), std_error=float(fit.se().iloc[0]), inference="clustered", se_rule="two-stage GMM by cluster; normal",
        n_obs=len(kept), n_clusters=kept[cluster].nunique(), n_units=kept[effects[0]].nunique(),
        note=f"{lost} of {effects[0]} with fewer than two untreated rows left out" if lost else "",
    )  # fmt: skip


def bacon(frame, *, y="y", d="treated", unit="unit_code", time="year", first=None):
    """
    Goodman-Bacon decomposition of two-way fixed effects, for a balanced panel and a treatment that stays (by diff-diff).

    Returns
    -------
    DataFrame
        One row per pair of timing groups: comparison, treated_group, control_group, estimate, weight (sum one).
    """
    import diff_diff

    c, times, begun = _first_treated(frame, y, d, unit, time, first)
    if len(c.y) < len(c.units) * len(c.times):
        raise DesignRefused(
            "the panel has holes; the decomposition is exact only for a balanced one. Drop the units with holes first."
        )
    data = pd.DataFrame(
        {
            "y": c.y,
            "unit": c.unit,
            "time": times.astype(int),
            "first": np.where(np.isinf(begun), 0, begun)[c.unit].astype(int),
        }
    )
    table = diff_diff.BaconDecomposition().fit(data, "y", "unit", "time", "first").to_dataframe()
    return table.rename(columns={"comparison_type": "comparison"})[
        ["comparison", "treated_group", "control_group", "estimate", "weight"]
    ]


def honest_did(beta, vcov, n_before, kind="relative_magnitudes", values=(0.5, 1.0, 1.5, 2.0), after=0):
    """
    Intervals that allow for violations of parallel trends (Rambachan and Roth 2023), by statspai.

    Parameters
    ----------
    beta, vcov : ndarray (k,), (k, k)
        Event-study coefficients without the reference period, all relative to it, in order of time, and their covariance.
    n_before : int
        How many of them lie before the event.
    kind : str
        ``relative_magnitudes`` (violations after the event at most M times the largest before; C-LF) or ``smoothness`` (the
        slope changes by at most M; FLCI).
    after : int
        Which coefficient after the event, from 0.

    Returns
    -------
    DataFrame
        m, conf_low, conf_high, excludes_zero. ``attrs["breakdown"]``: the largest of ``values`` up to which every interval
        excludes zero, NaN if none.
    """
    if kind not in ("relative_magnitudes", "smoothness"):
        raise ValueError(f"kind {kind!r}; expected 'relative_magnitudes' or 'smoothness'.")
    beta, vcov, values = np.asarray(beta, float), np.asarray(vcov, float), sorted(values)
    import statspai

    table = statspai.honest_did_from_moments(
        beta, vcov, num_pre_periods=n_before, e=after, m_grid=list(values), method="relative_magnitude" if kind == "relative_magnitudes" else kind,
        backend="native",
    )  # fmt: skip
    out = pd.DataFrame(
        {"m": values, "conf_low": table["ci_lower"].to_numpy(), "conf_high": table["ci_upper"].to_numpy()}
    )
    out["excludes_zero"] = (out["conf_low"] > 0) | (out["conf_high"] < 0)
    held = out["m"][out["excludes_zero"].cummin()]
    out.attrs["breakdown"] = float(held.max()) if len(held) else np.nan
    return out


def pretrend_power(vcov_before, times, power=(0.5, 0.8)):
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

    vcov, times = np.asarray(vcov_before, float), np.asarray(times, float)
    se, limit = np.sqrt(np.diag(vcov)), stats.norm.ppf(0.975)
    correlation = vcov / np.outer(se, se)

    def missed(slope):
        law = stats.multivariate_normal(slope * times / se, correlation, allow_singular=True, seed=1)
        return law.cdf(np.full(len(se), limit), lower_limit=np.full(len(se), -limit))

    top = 20 * (se / np.abs(times)).max()
    return pd.DataFrame(
        [(p, brentq(lambda slope, p=p: missed(slope) - (1 - p), 0, top)) for p in power], columns=["power", "slope"]
    )
