"""
Estimators of statspai and diff-diff behind our result rows, and sensitivity to violations of parallel trends.

Event time counts from 0, the period of the change. ``n_cells`` are the switching units, matched sets or cells behind a row; ``n_obs``
and ``n_units`` what the estimator really used. Warnings of a library stand in ``note``.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects.design import DesignRefused, design, need_draws, need_whole
from helpers.effects.estimators import identified
from helpers.effects.linear import TwoWay, projected
from helpers.effects.results import make_rows, t_rows
from helpers.study import choose
from helpers.words import Refused

_MANY = 20


def _called(text, fit, *args, **values):
    """Call a library: its value, and its warnings as text for ``note``; what it raises is a refusal of ``text`` with {error}."""
    refused = (ValueError, RuntimeError, KeyError, IndexError, np.linalg.LinAlgError)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            value = fit(*args, **values)
        except refused as error:
            raise DesignRefused(text, error=str(error)) from None
    said = [str(w.message) for w in heard if issubclass(w.category, (UserWarning, RuntimeWarning))]
    return value, "; ".join(dict.fromkeys(said))


def _joined(*parts):
    return "; ".join(filter(None, parts))


def _freedom(behind):
    """Degrees of freedom of first changes with so many switching units behind them; infinite, which is the normal distribution, from `_MANY` on."""
    return np.where(behind < _MANY, np.maximum(behind - 1, 1), np.inf)


def fit_switchers(
    data: Any, *, effects: int = 4, placebos: int = 3, direction: str | None = None, **columns: Any
) -> pd.DataFrame:
    """
    Effects on units whose treatment changes for the first time, against units that still have their first treatment.

    De Chaisemartin and D'Haultfoeuille's intertemporal estimator (``did_multiplegt_dyn``), by statspai, standard errors as in R. Intervals and
    p-values take the normal distribution where 20 or more switching units are behind a row, else t with these units less one as degrees
    of freedom: with 8 to 11 of them a normal p-value lies below 0.001 six times as often as it should where there is no effect, with 20
    or more as often as it should (benchmarks/tails.py). Event time -1 is the
    reference, -2 and before are placebos; the row without event time is the total effect per unit of treatment: the
    sum of the effects over these periods (``n_cells`` of them) divided by the sum of the changes of treatment, so that a period after a
    change back counts in the first sum alone. Rows with a
    missing outcome stay, and periods without any keep their place; units with an unknown treatment in any period are left out and counted. In a period without
    a row no treatment is known.

    Parameters
    ----------
    data, **columns
        As in `design`.
    effects, placebos : int
    direction : {"both", "in", "out"}, optional
        Only first changes up (event arrival), or down (event exit); both: event change.

    Returns
    -------
    DataFrame
        ``attrs["vcov"]``: covariance of the rows with an event time, in their order (nested lists).
    """
    direction = choose("direction", direction or "both", ("both", "in", "out"))
    need_whole(1, effects=effects)
    need_whole(0, placebos=placebos)
    c, lost = _known_throughout(design(data, **columns))
    used = c.long()
    import statspai

    text = "the first changes cannot be compared ({error}). Widen the window or the sample."
    fit, heard = _called(
        text, statspai.did_multiplegt_dyn, used, "y", group="unit", time="time", treatment="d", placebo=placebos,
        dynamic=effects - 1, cluster="cluster" if c.names["cluster"] else None, weights=None if c.w is None else "weight", controls=_covariates(c) or None,
        switchers=None if direction == "both" else direction, se_method="analytic", aggregation="switchers",
    )  # fmt: skip
    table = fit.detail[np.isfinite(fit.detail["delta_l"])].reset_index(drop=True)
    after = table["horizon"] >= 0
    if not after.any():
        text = "no switching unit has a comparison unit with the same first treatment; expected some. Widen the window."
        raise DesignRefused(text)
    event = {"both": "change", "in": "arrival", "out": "exit"}[direction]
    change = f"the first {event}" + " of treatment (signed)" * (event == "change")
    count, taken = table["n_switchers"].astype(int), int(after.sum())
    switched = int(count[after].max())
    note = _joined(lost, heard, f"only {taken} of {effects} periods can be compared" if taken < effects else "")
    behind = count.clip(upper=c.behind(c.switching[c.unit]))
    shared = {"event": event, "implementation": "statspai", "test": "influence", "inference": "influence function"}
    most, rule = int(behind[after].max()), f"dCDH variance by cohort; normal, with fewer than {_MANY} switching units t"
    total = t_rows(
        c, "switchers", float(fit.estimate), float(fit.se), rule, _freedom(most), behind=most, note=note,
        n_cells=int(count[after].sum()), n_switching=switched, estimand=f"average total effect per treatment-year after {change}", **shared,
    )  # fmt: skip
    events = t_rows(
        c, "switchers", table["delta_l"], table["se"].where(table["se"] > 0), rule, _freedom(behind), behind=behind, note=note,
        event_time=table["twfe_relative_time"].tolist(), n_cells=count.tolist(), n_switching=switched, estimand=f"effect of {change}, by years since the change",
        **shared,
    )  # fmt: skip
    out = pd.concat([total, events], ignore_index=True)
    order = table["horizon"]
    vcov = fit.model_info["event_study_vcov"]  # none where no difference varies
    out.attrs["vcov"] = [] if vcov is None else vcov.reindex(index=order, columns=order).to_numpy().tolist()
    return out


def _known_throughout(c, covariates=()):
    """Return the design over units whose treatment (and covariates) are known in every period, and how many were lost in words."""
    used, periods = c.long(), int(c.every["step"].max()) + 1
    known = used[["d", *covariates]].notna().all(axis=1)
    whole = known.groupby(used["unit"]).transform("sum") == periods
    if not whole.any():
        text = "no unit has a known treatment in all {n} periods; expected some. Narrow the window."
        around = _around_unknown(c)
        if around:
            text = "no unit has a known treatment between {first} and {last}, and this design compares neighbouring periods; expected some in every period. Add rows with the treatment for the periods between (the outcome may be missing), or narrow the window."
        raise DesignRefused(text, n=periods, **around)
    if whole.all():
        return c, ""
    if not used[whole].groupby("unit")["d"].nunique().gt(1).any():
        text = "{n} units have a known treatment in all {periods} periods, and it changes in none of them; expected some in which it changes. Narrow the window."
        raise DesignRefused(text, n=used.loc[whole, "unit"].nunique(), periods=periods)
    lost, what = used.loc[~whole, "unit"].nunique(), "treatment and covariates" if len(covariates) else "treatment"
    return c.only(used.loc[whole, "at"]), f"{lost} units without a known {what} in every period left out"


def _around_unknown(c):
    """Return the periods (first, last) around the first stretch of the calendar in which no unit has a known treatment, if there is one."""
    known = np.isfinite(c.every["d"])
    seen, at = np.unique(c.every["step"][known], return_index=True)
    ends = at[np.flatnonzero(np.diff(seen, prepend=seen[0]) > 1)[:1, None] + [-1, 0]].ravel()
    shown = c.frame[c.names["time"]].iloc[c.every["row"][known][ends]]
    return dict(zip(("first", "last"), map(str, shown), strict=False))


def _survey(c):
    """The weights as diff-diff takes them."""
    import diff_diff

    return {} if c.w is None else {"survey_design": diff_diff.SurveyDesign(weights="weight")}


def _by(c):
    return "cluster" if c.names["cluster"] else "unit"


def _covariates(c):
    return [f"x{j}" for j in range(c.x.shape[1])]


def fit_panel_match(
    data: Any, *, lag: int = 3, leads: Any = (0, 1, 2, 3), exits: bool = False, draws: int = 500, seed: int = 1,
    **columns: Any,
) -> pd.DataFrame:  # fmt: skip
    """
    PanelMatch without refinement: switching units against units with the same treatment over ``lag`` earlier periods.

    Imai, Kim and Wang (2023), by statspai; bootstrap of units. Rows with a missing outcome stay. The year's mean over all units is
    taken off the outcome first: no estimate depends on it, but the bootstrap keeps the weights of the sets while it draws switching units
    and their comparisons apart, so that it would count what all units share in a year as noise (as R's PanelMatch does).

    Parameters
    ----------
    data, **columns
        As in `design`.
    lag : int
        Earlier periods in which the treatment must be known and the same (R's PanelMatch takes unknown in both for the same).
    leads : int or sequence of int
        Periods after the change; the matched sets are those that have all of them.
    exits : bool
        Whether the event is the end of treatment (ART) rather than its begin (ATT).
    draws : int
        Of the bootstrap.
    seed : int
        Of these draws.

    Returns
    -------
    DataFrame
        One row per lead; ``n_cells``: matched sets.
    """
    leads = np.atleast_1d(leads).tolist()
    need_whole(1, lag=lag)
    need_whole(0, leads=min(leads, default=-1))
    need_draws(draws, seed)
    c = design(data, **columns, binary=True)
    _takes_no(c, "fit_panel_match", "covariates", "weights", "cluster")
    import statspai

    used = c.long(needs=["d"]).assign(y=lambda t: t["y"] - t.groupby("time")["y"].transform("mean"))
    text = "PanelMatch found no matched set ({error}). Shorten lag or widen the window."
    fit, heard = _called(
        text, statspai.panel_match, used, y="y", treat="d", id="unit", time="time", lag=lag,
        lead=leads, qoi="art" if exits else "att", refinement="none", n_boot=draws, seed=seed, match_missing=False,
    )  # fmt: skip
    table, sets = fit.detail[np.isfinite(fit.detail["estimate"])], fit.model_info["matched_sets"]
    text = "mean effect of an exit on units that leave" if exits else "mean effect of an arrival on units that enter"
    entered = sets.loc[sets["control_unit"].notna(), "treated_unit"].nunique()
    return make_rows(
        c, "panel_match", table["estimate"], entered, _joined(f"matched on {lag} periods", heard), estimand=text,
        event="exit" if exits else "arrival", event_time=table["lead"].tolist(), std_error=table["se"], n_switching=entered,
        n_cells=int(fit.model_info["n_matched_sets"]), n_units=int(fit.model_info["n_units_contributing"]), n_draws=draws,
        test="bootstrap", implementation="statspai", inference=f"bootstrap of units, {draws:,} draws",
        se_rule="standard deviation of draws; normal",
    )  # fmt: skip


def _takes_no(c, name, *kinds):
    """Refuse what an estimator cannot take into account: kinds of column, as `design` names them."""
    given = [column for kind in kinds for column in np.atleast_1d(c.names[kind] or [])]
    if given:
        text = "{name} cannot take {columns} into account. Leave it out, or use fit_twfe or fit_counterfactual."
        raise DesignRefused(text, name=name, columns=", ".join(given))


def fit_lp_did(
    data: Any, *, before: int = 3, after: int = 3, mode: str = "effect_stabilization", stable: int = 3, **columns: Any
) -> pd.DataFrame:
    """
    Local-projection DiD for a treatment that goes on and off (Dube, Girardi, Jorda and Taylor), by diff-diff.

    Parameters
    ----------
    data, **columns
        As in `design`; covariates enter as they are in the period of an arrival.
    before, after : int
        Periods of the path.
    mode : {"effect_stabilization", "first_entry"}
        An arrival counts after ``stable`` periods without treatment, if no change follows it within the horizon, and is compared with
        units, treated or not, that do not change from ``stable`` periods before to the horizon; or only first entries count. Before the
        first period every unit counts as untreated, so that one that begins with treatment changes in that period.
    stable : int
        These periods.

    Returns
    -------
    DataFrame
        Event time -1 is the reference and has no row; ``n_cells``: arrivals in each regression. Units with an unknown treatment or covariate
        in any period are left out and counted. Where outcomes come every second year a period is two years, and ``note`` says so.
    """
    mode = choose("mode", mode, ("effect_stabilization", "first_entry"))
    need_whole(0, before=before, after=after)
    need_whole(1, stable=stable)
    c = design(data, **columns, binary=True)
    projected(c)
    names = _covariates(c)
    import diff_diff

    c, lost = _known_throughout(c, names)
    used, pace = c.long(), np.diff(np.unique(c.step))
    if len(pace) and pace[0] > 1 and (pace == pace[0]).all():
        used = used[used["time"] % pace[0] == c.step[0] % pace[0]].assign(time=lambda t: t["time"] // pace[0])
        lost = _joined(lost, f"a period is {pace[0]} of the calendar")
    used = used.astype({"d": int})
    options = {"pre_window": before, "post_window": after, "cluster": "cluster", "non_absorbing": mode}
    if mode == "effect_stabilization":
        options["stabilization_window"] = stable
    text = "LP-DiD could not be fitted ({error}). Shorten the windows or widen the sample."
    fit, heard = _called(
        text, diff_diff.LPDiD(**options).fit, used, "y", "unit", "time", "d", covariates=names or None,
        only_event=True, **_survey(c),
    )  # fmt: skip
    table = fit.event_study
    table = table[np.isfinite(table["coefficient"]) & (table["horizon"] != -1)]
    n_arrivals, entered = _arrivals(used, table["horizon"].tolist(), options.get("stabilization_window"))
    enters = np.r_[False, (np.diff(c.d) > 0) & (np.diff(c.unit) == 0)]
    return make_rows(
        c, "lp_did", table["coefficient"], np.minimum(entered, c.behind(enters)), _joined(lost, heard), event="arrival", test="cluster",
        event_time=table["horizon"].tolist(), n_cells=n_arrivals, n_switching=entered, implementation="diff-diff",
        inference="clustered", se_rule=f"CR1 by {_by(c)}; t(G-1)", std_error=table["se"], conf_low=table["conf_low"],
        conf_high=table["conf_high"], p_value=table["p_value"],
        estimand="change since the year before an arrival, against units without a recent change",
    )  # fmt: skip


def _arrivals(used, horizons, stable):
    """How many arrivals stand in the regression of each horizon of LP-DiD, and in how many units; ``stable`` None: first entries."""
    d, y = (used.pivot(index="unit", columns="time", values=name).to_numpy(float) for name in ("d", "y"))
    change, counted = np.diff(d, axis=1, prepend=0), []
    for h in horizons:
        since = d.shape[1] if stable is None else max(stable, -h)
        found = np.zeros(d.shape, bool)
        for t in range(max(1, -h), d.shape[1] - max(h, 0)):
            free = (d[:, max(0, t - since) : t] == 0).all(axis=1) & (change[:, t + 1 : t + h + 1] == 0).all(axis=1)
            found[:, t] = (change[:, t] > 0) & free & np.isfinite(y[:, t + h] - y[:, t - 1])
        counted.append((int(found.sum()), int(found.any(axis=1).sum())))
    return [arrivals for arrivals, _ in counted], [units for _, units in counted]


_ABSORBING = {
    "callaway_santanna": "CallawaySantAnna", "sun_abraham": "SunAbraham", "imputation": "ImputationDiD",
    "etwfe": "WooldridgeDiD", "stacked": "StackedDiD",
}  # fmt: skip


def _first_treated(c):
    """Rows of a design with the period and the first treated period (0: never) as steps of the calendar; refused where the treatment ends."""
    # the outcome may be missing when treatment begins or ends
    known = np.isfinite(c.every["d"]) & (c.every["unit"] >= 0)
    unit, d, step = (c.every[name][known] for name in ("unit", "d", "step"))
    ended = np.r_[False, (np.diff(d) < 0) & (np.diff(unit) == 0)]
    if ended.any():
        text = "the treatment ends in {n} units; this estimator needs one that stays. Use fit_counterfactual, fit_switchers or fit_panel_match, or a sample where it stays."
        raise DesignRefused(text, n=len(np.unique(unit[ended])))
    start = pd.Series(step[d == 1]).groupby(unit[d == 1]).min()
    begun = (start + 1).reindex(range(len(c.units))).fillna(0).to_numpy(int)[c.unit]
    used = {"y": c.y, "unit": c.unit, "time": c.step + 1, "first": begun, "group": c.cluster}
    return pd.DataFrame(used | ({} if c.w is None else {"weight": c.w}))


def fit_absorbing(
    data: Any, estimator: str = "callaway_santanna", *, control: str = "never_treated", options: Any = None, **columns: Any
) -> pd.DataFrame:  # fmt: skip
    """
    Estimators for a treatment that stays once it begins, by diff-diff; refused where it ends in any unit.

    Parameters
    ----------
    data, **columns
        As in `design`; weights that are constant in a unit.
    estimator : {"callaway_santanna", "sun_abraham", "imputation", "etwfe", "stacked"}
        ``imputation``: Borusyak, Jaravel and Spiess; ``etwfe``: Wooldridge.
    control : {"never_treated", "not_yet_treated"}
        For Callaway-Sant'Anna and ETWFE; the others have their own rule.
    options : dict, optional
        Passed on to the diff-diff class.

    Returns
    -------
    DataFrame
        The overall effect (event_time missing) and rows by event time, of Callaway-Sant'Anna without the cells of its reference, which
        R's did averages in as 0 where these lie at several event times. Units treated from the start are left out and counted; for
        Callaway-Sant'Anna and stacked, units with holes too. ``attrs["vcov"]`` of the event rows where diff-diff gives it.
    """
    estimator = choose("estimator", estimator, tuple(_ABSORBING))
    control = choose("control", control, ("never_treated", "not_yet_treated"))
    c = design(data, binary=True, **columns)
    used = _first_treated(c)
    if estimator == "stacked":
        _takes_no(c, "fit_absorbing with stacked", "covariates", "cluster")
    always = np.bincount(c.unit, c.d == 0) == 0
    holes = (np.bincount(c.unit) < len(c.times)) & (estimator in ("callaway_santanna", "stacked")) & ~always
    used = used.join(pd.DataFrame(c.x, columns=_covariates(c)))[~(always | holes)[c.unit]]
    if not (used["first"] > 0).any():
        raise DesignRefused("no unit begins treatment after its first period; expected some. Widen the window.")
    needs_never = control == "never_treated" and estimator in ("callaway_santanna", "sun_abraham")
    if needs_never and used["first"].all():
        text = "no unit is never treated; expected some to compare with. Use control='not_yet_treated', or imputation."
        raise DesignRefused(text)
    options = ({"base_period": "universal"} if estimator == "callaway_santanna" else {}) | dict(options or {})
    options |= {"control_group": control} if estimator in ("callaway_santanna", "etwfe") else {}
    options |= {"cluster": "group"} if c.names["cluster"] else {}
    names = ("cohort", "exovar") if estimator == "etwfe" else ("first_treat", "covariates")
    asked = {k: v for k, v in zip(names, ("first", _covariates(c)), strict=True) if v}
    import diff_diff

    model = getattr(diff_diff, _ABSORBING[estimator])(**options)
    text = "the estimator could not be fitted ({error}). Widen the window or the sample."
    fit, heard = _called(text, model.fit, used, "y", "unit", "time", **asked | _survey(c))
    if not np.isfinite(fit.overall_att):
        raise DesignRefused(text, error=heard)
    counts = zip((always.sum(), holes.sum()), ("treated from the start", "with holes"), strict=True)
    lost = [f"{n} units {why} left out" for n, why in counts if n]
    since = (used["time"] - used["first"]).where(used["first"] > 0)
    if estimator in ("sun_abraham", "etwfe"):
        path = (fit if estimator == "sun_abraham" else fit.aggregate("event_study")).event_study_effects
        path = [(int(e), v.get("effect", v.get("att")), v["se"]) for e, v in sorted(path.items())]
    else:
        if estimator == "callaway_santanna":  # a reference cell is 0 by construction, no estimate of its event time
            zero = [at for at, cell in fit.group_time_effects.items() if cell.get("is_reference")]
            fit.group_time_effects = {at: cell for at, cell in fit.group_time_effects.items() if at not in zero}
            since = since.mask(pd.MultiIndex.from_frame(used[["first", "time"]]).isin(zero))
        table = fit.aggregate("event_study")
        path = list(zip(table.event_time.tolist(), table.att, table.se, strict=True))
    path = [row for row in path if np.isfinite(row[1]) and row[2] > 0]
    sets = [since >= 0, *(since == e for e, _, _ in path)]
    times, estimates, errors = zip((pd.NA, float(fit.overall_att), float(fit.overall_se)), *path, strict=True)
    rows = make_rows(
        c, estimator, list(estimates), [used.loc[s, "group"].nunique() for s in sets], _joined(*lost, heard), event="arrival",
        event_time=list(times), std_error=list(errors), n_cells=[int(s.sum()) for s in sets], n_obs=len(used),
        n_units=used["unit"].nunique(), n_clusters=used["group"].nunique(), implementation="diff-diff", inference="clustered",
        n_switching=used.loc[used["first"] > 0, "unit"].nunique(), estimand="mean effect on treated cells, treatment that stays",
        test="influence" if estimator in ("callaway_santanna", "imputation") else "cluster",
        se_rule=f"as in diff-diff {diff_diff.__version__}, by {_by(c)}",
    )  # fmt: skip
    vcov = getattr(fit, "event_study_vcov", None)
    if vcov is not None and len(vcov) == len(path):
        rows.attrs["vcov"] = np.asarray(vcov).tolist()
    return rows


def fit_fect(
    data: Any, *, method: str = "ife", rank: int = 1, penalty: float | None = None, least: int = 5, **columns: Any
) -> pd.DataFrame:
    """
    Counterfactuals with common factors by statspai's ``fect``: interactive effects or matrix completion (Liu, Wang and Xu 2024).

    y_it = a_i + c_t + x_it'g + (L F')_it + e_it, fitted to untreated cells and iterated to 1e-9, not to the 1e-3 at which ``fect``
    stops by default. Refused where it does not come to 1e-5 in 8,000 steps, or to 1e-9 in 40,000.

    Parameters
    ----------
    data, **columns
        As in `design`, without weights.
    method : {"ife", "mc"}
        ``ife`` fixes the ``rank`` of L F'; ``mc`` penalises the sum of its singular values.
    rank : int
        Number of factors of ``ife``.
    penalty : float, optional
        Of ``mc``, per cell; half the largest singular value of the two-way residuals per cell if not given.
    least : int
        Untreated periods that a unit needs.

    Returns
    -------
    DataFrame
        The mean effect, without a standard error.
    """
    method = choose("method", method, ("ife", "mc"))
    need_whole(1, rank=rank, least=least)
    c = design(data, **columns, binary=True)
    _takes_no(c, "fit_fect", "weights")
    free = c.d == 0
    usable, why = identified(c, free)
    if method == "mc" and penalty is None:
        left = np.nan_to_num(c.wide(TwoWay(c.unit, c.time).residuals(c.y)))
        penalty = float(np.linalg.svd(left, compute_uv=False)[0] / left.size / 2)
    short = np.bincount(c.unit[free], minlength=len(c.units)) < max(least, rank + 1 if method == "ife" else 1)
    thin = int(short.sum()) - why["always treated units left out"]
    why[f"units with fewer than {least} untreated periods left out"] = thin
    usable = usable & ~short[c.unit]
    if not (usable & ~free).any():
        text = "every treated unit has fewer than {n} periods without treatment; expected more to fit factors. Widen the window or lower least."
        raise DesignRefused(text, n=least)
    used = pd.DataFrame({"y": c.y, "d": c.d.astype(int), "unit": c.unit, "time": c.step})
    used = used.join(pd.DataFrame(c.x, columns=_covariates(c)))[usable]
    import statspai

    text = "the common factors cannot be fitted ({error}). Lower rank, raise least, or widen the window."
    options: dict[str, Any] = {"r": rank} if method == "ife" else {"lam": penalty}
    options |= {"covariates": _covariates(c) or None, "method": method, "min_t0": least}
    for within, most in ((1e-5, 8_000), (1e-9, 40_000)):  # what is far from settled after 8,000 steps is not in 40,000
        settled = {"tol": within, "max_iter": most}
        fit, heard = _called(text, statspai.fect, used, "y", "d", "unit", "time", **options, **settled)
        if not fit.model_info["converged"]:
            text = "the common factors did not settle: the years without treatment determine them poorly. Lower rank, raise least, or widen the window."
            raise DesignRefused(text)
    note = [f"{n} {what}" for what, n in why.items() if n]
    more = c.counts(usable) | {"n_cells": int(used["d"].sum()), "inference": "none"}
    more |= {"note": _joined(*note, f"rank {rank}" if method == "ife" else f"penalty {penalty:g}", heard)}
    estimand = "mean effect on treated cells, counterfactual with common factors"
    return make_rows(c, method, float(fit.estimate), estimand=estimand, implementation="statspai", **more)


def honest_did(
    beta: Any, vcov: Any, n_before: int, kind: str = "relative_magnitudes", values: Any = (0.5, 1.0, 1.5, 2.0),
    after: int | None = 0,
) -> pd.DataFrame:  # fmt: skip
    """
    Intervals that allow for violations of parallel trends (Rambachan and Roth 2023), by statspai.

    Parameters
    ----------
    beta, vcov : ndarray (k,), (k, k)
        Event-study coefficients without the reference period, all relative to it, in order of time, and their covariance.
    n_before : int
        How many of them lie before the event.
    kind : {"relative_magnitudes", "smoothness"}
        From one period to the next the violation changes after the event by at most M times its largest such change before, so that it
        may add up (C-LF; never narrower than the plain interval, which holds for M = 0); or this change itself changes by at most M (FLCI).
    values : sequence of float
        Of M.
    after : int, optional
        Which coefficient after the event, from 0; None: their average.

    Returns
    -------
    DataFrame
        m, conf_low, conf_high, excludes_zero; infinite ends where the search found none.
    """
    kind = choose("kind", kind, ("relative_magnitudes", "smoothness"))
    beta, vcov = np.asarray(beta, float), np.asarray(vcov, float)
    import statspai

    options: dict[str, Any] = {"num_pre_periods": n_before, "backend": "native", "e": after}
    options["method"] = "relative_magnitude" if kind == "relative_magnitudes" else kind
    weights = np.arange(len(beta) - n_before) == after
    if after is None:
        weights = np.full(len(beta) - n_before, 1 / (len(beta) - n_before))
        options |= {"e": 0, "l_vec": weights}
    text = "an interval that allows for departures from parallel trends was not found ({error})."

    def asked(m_grid, **grid):
        return _called(text, statspai.honest_did_from_moments, beta, vcov, m_grid=m_grid, **options, **grid)[0]

    # of the 1,000 points over 40 standard deviations that statspai tests, every ninth; then between the last that is accepted and the next
    searched = kind == "relative_magnitudes"
    wide = asked(sorted(values), **({"grid_points": 112} if searched else {}))
    error = np.sqrt(weights @ vcov[n_before:, n_before:] @ weights)
    plain = weights @ beta[n_before:] + special.ndtri(0.975) * error * np.array([-1, 1])
    step, rows = 40 * error / 111, []
    for m, low, high in wide[["M", "ci_lower", "ci_upper"]].itertuples(index=False):
        if searched and m == 0:
            low, high = plain
        elif m in wide.attrs.get("open_at", ()):  # the end of the search, not of the set
            low, high = -np.inf, np.inf
        elif searched and np.isnan(low):
            low, high = asked([m])[["ci_lower", "ci_upper"]].to_numpy()[0]
        elif searched:  # outwards, since the set goes on beyond the last point of it
            low = asked([m], grid_lb=low - step, grid_ub=low, grid_points=10)["ci_lower"].item() - step / 9
            high = asked([m], grid_lb=high, grid_ub=high + step, grid_points=10)["ci_upper"].item() + step / 9
        if searched:
            low, high = np.fmin(low, plain[0]), np.fmax(high, plain[1])
        rows.append((m, low, high))
    out = pd.DataFrame(rows, columns=["m", "conf_low", "conf_high"])
    return out.assign(excludes_zero=(out["conf_low"] > 0) | (out["conf_high"] < 0))


def honest(rows: pd.DataFrame, values: Any = (0, 0.5, 1, 2), periods: Any = (0,)) -> pd.DataFrame:
    """
    Apply `honest_did` to the path of an estimator, for several periods after the event, or their mean.

    Parameters
    ----------
    rows : DataFrame
        Of `fit_switchers` or `fit_absorbing`, with ``attrs["vcov"]``.
    values
        As in `honest_did`, of relative magnitudes.
    periods : sequence of int or None
        Event times, from 0; None: the plain mean of all from 0 on.

    Returns
    -------
    DataFrame
        event_time (missing: the mean), m, conf_low, conf_high, excludes_zero. Only the periods on end around the event that have an
        interval count; ``attrs["before"]``: those before it and the n_cells behind each.
    """
    path, vcov = rows[rows["event_time"].notna()], np.array(rows.attrs.get("vcov", []))
    time = path["event_time"].to_numpy(float)
    lost = time[path["conf_low"].isna()]
    kept = (time > lost[lost < 0].max(initial=-np.inf)) & (time < lost[lost >= 0].min(initial=np.inf))
    before = int((time[kept] < 0).sum())
    if len(vcov) != len(path) or not np.isfinite(vcov).all() or before < 2 or before == kept.sum():
        text = "the path has no covariance, or too few units switch for an interval in two periods before the event and one after it; expected both. Ask for more placebos or widen the window."
        raise DesignRefused(text)
    path, vcov = path[kept], vcov[np.ix_(kept, kept)]
    # the method is one for normal estimates: where the intervals of the rows are wider (t), the covariance is made so too
    wider = (path["conf_high"] - path["conf_low"]) / (2 * special.ndtri(0.975) * path["std_error"])
    seen, parts = path.loc[path["event_time"] >= 0, "event_time"].tolist(), []
    periods = np.atleast_1d(np.asarray(periods, object)).tolist()
    if not (asked := [e for e in periods if e is None or e in seen]):
        text = "periods are {given}; expected event times of the path, {seen}, or None for their mean."
        raise Refused(text, given=", ".join(map(str, periods)), seen=", ".join(map(str, seen)))
    for at in asked:
        after = None if at is None else seen.index(at)
        part = honest_did(path["estimate"], vcov * np.outer(wider, wider), before, values=values, after=after)
        parts.append(part.assign(event_time=at).astype({"event_time": "Int64"}))
    out = pd.concat(parts, ignore_index=True)[["event_time", "m", "conf_low", "conf_high", "excludes_zero"]]
    out.attrs["before"] = path[["event_time", "n_cells"]].astype(int).to_numpy()[:before].tolist()
    return out
