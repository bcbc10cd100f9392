"""Treated units against weighted mixes of others: synthetic control, augmented, synthetic DiD; placebos, jackknife, prediction intervals."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd

from helpers.effects.chance import crossing, share_reached
from helpers.effects.design import DesignRefused, calendar, need_columns, need_draws, need_once, numbers, year_of
from helpers.effects.results import result
from helpers.study import choose

MIN_PRE, MIN_POST, MIN_DONORS = 4, 2, 5
RIDGE = 1e-5
REASONS = {
    "never_non_local": "no leader in these years is known to be non-local",
    "always_non_local": "no leader in these years is known to be local",
    "no_clean_switch": "at no time was it led by locals for four years running and then by non-locals for two, with nobody unknown",
    "outcome_missing": "the outcome is missing in the years around the change",
    "few_donors": "fewer than five provinces stayed under locals in those years",
}


@dataclass(frozen=True)
class Case:
    """
    One treated unit, or the mean of several, with its donors and its times.

    Attributes
    ----------
    unit : object
        The treated unit; of several the first.
    first_treated : object
        First treated time.
    wide : DataFrame
        Times (any kind) x units, the treated ones first, nothing missing.
    n_treated : int
        How many units are treated.
    """

    unit: Any
    first_treated: Any
    wide: pd.DataFrame
    n_treated: int = 1

    @cached_property
    def donors(self) -> list[Any]:
        """Codes of the donors, in the order of the columns."""
        return list(self.wide.columns)[self.n_treated :]

    @cached_property
    def pre(self) -> np.ndarray:
        """Boolean array over times: True before the first treated one."""
        return np.asarray(self.wide.index) < self.first_treated

    @cached_property
    def own(self) -> pd.Series:
        """Outcome of the treated unit, or the mean of the treated units."""
        return pd.Series(self.wide.to_numpy()[:, : self.n_treated].mean(axis=1), self.wide.index)

    @property
    def others(self) -> pd.DataFrame:
        """Outcomes of the donors."""
        return self.wide.iloc[:, self.n_treated :]

    def swapped(self, units: Any, drop: Sequence[Any] = ()) -> "Case":
        """
        Return the case with other units in the treated place.

        Parameters
        ----------
        units : object or list
            One column of ``wide``, or several.
        drop : sequence
            Columns left out.
        """
        units = units if isinstance(units, list) else [units]
        others = [name for name in self.wide.columns if name not in units and name not in drop]
        return Case(units[0], self.first_treated, self.wide[[*units, *others]], len(units))


@dataclass(frozen=True)
class Counterfactual:
    """A fitted comparison: weights of donors and of the times before (``years``), ``gap`` by time."""

    estimator: str
    implementation: str
    case: Case
    estimate: float
    pre_rmspe: float
    post_rmspe: float
    weights: pd.Series
    years: np.ndarray
    gap: np.ndarray

    @property
    def path(self) -> pd.DataFrame:
        """Columns actual, counterfactual and gap, by time."""
        table = {"actual": self.case.own, "counterfactual": self.case.own - self.gap, "gap": self.gap}
        return pd.DataFrame(table).rename_axis("year")


def _runs(treated, year):
    """Yield (first year of the local run, first non-local year, last non-local year) at every switch from 0 to 1."""
    value = treated.fillna(-1).to_numpy()
    heads = np.flatnonzero(np.r_[True, value[1:] != value[:-1]])
    tails = np.r_[heads[1:], len(value)] - 1
    for first, switch, last in zip(heads, heads[1:], tails[1:], strict=False):
        if value[first] == 0 and value[switch] == 1:
            yield year[first], year[switch], year[last]


def _wide(frame, value, unit, time):
    """Times x units of one column, NaN where missing; refuses two rows for one unit and time, and infinite values."""
    need_columns(frame, [value, unit, time])
    need_once(frame, unit, time, frame.duplicated([unit, time]))
    wide = frame.assign(_value=numbers(frame, value)).pivot(index=time, columns=unit, values="_value")
    return wide.iloc[np.argsort(calendar(wide.index, time))]


def eligible(
    frame: pd.DataFrame, *, y: str = "y", d: str = "treated", unit: str = "unit_code", time: str = "year"
) -> pd.DataFrame:
    """
    Say which units have a clean switch from local to non-local, over which years, and why the others have not.

    A clean switch: local in each of at least four years, then non-local in each of at least two, every home known
    and the outcome seen in each of them (years in which no unit has the outcome are left out), and at least five
    donors. Of several the one with most local years counts. Donors: units local, with known homes and the outcome,
    in every year used.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and year.
    y : str
        Column of the outcome.
    d : str
        Column of the treatment, 0, 1 or missing where the home is unknown.
    unit : str
        Column of units.
    time : str
        Column of years, or any other times.

    Returns
    -------
    DataFrame
        One row per unit: unit_code, qualifies, reason (a key of ``REASONS``, missing where it qualifies), first_pre,
        first_treated, last_post (missing where no switch), n_pre, n_post, n_donors, donors (tuple of codes).
    """
    seen = _wide(frame, y, unit, time)
    seen = seen.loc[seen.notna().any(axis=1)]
    path = _wide(frame, d, unit, time).loc[seen.index]
    rows = []
    for code in seen.columns:
        row = {"unit_code": code, "reason": "no_clean_switch", "n_pre": 0, "n_post": 0, "n_donors": 0, "donors": ()}
        own, clean = path[code], []
        if not (own == 1).any() or not (own == 0).any():
            row["reason"] = "always_non_local" if (own == 1).any() else "never_non_local"
        for first, switch, last in _runs(own, seen.index):
            years = seen.loc[first:last].index
            n_pre = years.get_loc(switch)
            n_post = len(years) - n_pre
            if n_pre >= MIN_PRE and n_post >= MIN_POST:
                clean.append((first, switch, last, n_pre, n_post, years))
        if clean:
            *best, years = max(clean, key=lambda run: run[3])
            stayed = (path.loc[years] == 0).all() & seen.loc[years].notna().all()
            donors = tuple(stayed.index[stayed])
            missing = seen.loc[years, code].isna().any()
            row |= dict(zip(("first_pre", "first_treated", "last_post", "n_pre", "n_post"), best, strict=True))
            row |= {"n_donors": len(donors), "donors": donors}
            row["reason"] = "outcome_missing" if missing else "few_donors" if len(donors) < MIN_DONORS else None
        rows.append(row | {"qualifies": row["reason"] is None})
    whole = ["first_pre", "first_treated", "last_post"]
    order = ["unit_code", "qualifies", "reason", *whole, "n_pre", "n_post", "n_donors", "donors"]
    out = pd.DataFrame(rows).reindex(columns=order)
    kinds = {"reason": "str"} | (dict.fromkeys(whole, "Int64") if pd.api.types.is_integer_dtype(seen.index) else {})
    return out.astype(kinds)


def build_case(
    frame: pd.DataFrame, treated_unit: Any, first_treated: Any = None, donors: Any = None, *, years: Any = None,
    y: str = "y", d: str = "treated", unit: str = "unit_code", time: str = "year",
) -> Case:  # fmt: skip
    """
    Return the case of one unit, refusing where it has no clean switch, or of several units that switch together.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and year.
    treated_unit : object or list
        The unit asked about, or several (then ``first_treated`` is needed): their mean is compared.
    first_treated : object, optional
        First treated year. None: the clean switch found by `eligible`, its years and its donors. Given: the caller
        answers for the design; ``d`` is not read, ``years`` defaults to all and ``donors`` to all other units.
    donors : sequence, optional
        Donors in place of the default ones.
    years : pair, optional
        First and last year used; only with ``first_treated``.
    y, d, unit, time : str
        Columns, as in `eligible`.

    Returns
    -------
    Case

    Raises
    ------
    DesignRefused
        Unknown unit, no clean switch (the reason and the units that qualify are named), two rows for one unit and year, an
        infinite value, or a donor with gaps.
    """
    treated = treated_unit if isinstance(treated_unit, list) else [treated_unit]
    codes = set(frame[unit])
    if set(treated) - codes or not treated:
        raise DesignRefused("unit '{unit}' is not in the panel of {n} units.", unit=treated_unit, n=len(codes))
    if first_treated is None:
        table = eligible(frame, y=y, d=d, unit=unit, time=time).set_index("unit_code")
        row = table.loc[treated[0]]
        if not row["qualifies"]:
            good = ", ".join(map(str, table.index[table["qualifies"]])) or "none"
            text = "unit {unit}: {reason}. Units with a clean switch: {good}."
            raise DesignRefused(text, unit=treated[0], reason=REASONS[row["reason"]], good=good)
        first_treated, years = row["first_treated"], (row["first_pre"], row["last_post"])
        donors = row["donors"] if donors is None else donors
    wide = _wide(frame, y, unit, time).loc[slice(None) if years is None else slice(*years)]
    donors = [c for c in (wide.columns if donors is None else donors) if c not in treated]
    absent = [c for c in donors if c not in codes]
    if absent:
        raise DesignRefused("donors not in the panel: {units}.", units=", ".join(map(str, absent)))
    wide = wide[[*treated, *donors]].dropna(how="all")
    holes = wide.columns[wide.isna().any()]
    if len(holes):
        text = "outcome missing for {units} in {first}-{last}; leave these units or years out."
        raise DesignRefused(text, units=", ".join(map(str, holes)), first=str(wide.index[0]), last=str(wide.index[-1]))
    case = Case(treated[0], first_treated, wide, len(treated))
    before, after = int(case.pre.sum()), int((~case.pre).sum())
    if len(donors) < 2 or before < 2 or after < 1:
        text = "unit {unit}: {donors} donors, {before} years before and {after} from {first}; at least 2, 2 and 1 are needed."
        first = str(first_treated)
        raise DesignRefused(text, unit=treated[0], donors=len(donors), before=before, after=after, first=first)
    return case


def _made(case, estimator, implementation, weights, years=None):
    """A comparison from weights of donors and of the times before: the gap is taken from its weighted mean over those times."""
    weights, pre = pd.Series(np.asarray(weights, float), case.donors), case.pre
    years = np.zeros(pre.sum()) if years is None else np.asarray(years, float)
    gap = case.own.to_numpy() - case.wide.to_numpy()[:, case.n_treated :] @ weights.to_numpy()
    gap = gap - years @ gap[pre]
    before, after = (float(np.sqrt((part**2).mean())) for part in (gap[pre], gap[~pre]))
    return Counterfactual(estimator, implementation, case, float(gap[~pre].mean()), before, after, weights, years, gap)


def fit_synthetic_control(
    case: Case, predictors: pd.DataFrame | None = None, fit_years: Any = None, over: Any = None, **options: Any
) -> Counterfactual:
    """
    Weight the donors, weights non-negative and summing to one, to follow the unit before the switch.

    Without ``predictors`` the weights minimise the squared gap of the outcome before the switch (non-negative least squares); with
    them the gap of the predictors, whose importance V is chosen so that the outcome fits in ``fit_years`` (Abadie, Diamond and
    Hainmueller 2010; by pysyncon). Where several mixes fit equally well, as they do with more donors than years, the most even one
    is taken (a ridge of 1e-5 of the outcome's variance).

    Parameters
    ----------
    case : Case
    predictors : DataFrame, optional
        Predictors x units; of several treated units the mean counts. Numbers by which they are weighed may be given as ``custom_V``.
    fit_years : sequence, optional
        Years used to choose V; all years before the switch where not given.
    over : ndarray of bool, optional
        Times whose gap is minimised, in place of those before the switch.
    **options
        Of ``pysyncon.Synth.fit`` with predictors. The search for V is not convex: another start may end elsewhere.

    Returns
    -------
    Counterfactual
    """
    if predictors is not None:
        from pysyncon import Synth

        fit, times = Synth(), case.wide.index[case.pre]
        years = times if fit_years is None else list(fit_years)
        if strange := [at for at in years if at not in times]:
            text = "fit_years has {found}; expected times before the switch, {first} to {last}."
            raise DesignRefused(text, found=str(strange[0]), first=str(times[0]), last=str(times[-1]))
        before = case.wide.loc[years]
        options = {"optim_initial": "ols", "optim_method": "Powell"} | options
        outcomes = {"Z0": before[case.donors], "Z1": case.own[before.index]}
        own = predictors[list(case.wide.columns[: case.n_treated])].mean(axis=1).rename(case.unit)
        fit.fit(X0=predictors[case.donors], X1=own, **outcomes, **options)
        return _made(case, "synthetic_control_predictors", "pysyncon", fit.W)
    from scipy.optimize import nnls

    x, goal = ridged(case, over)
    firm = 1e4 * np.abs(np.column_stack([x, goal])).max()
    weights = nnls(np.vstack([x, np.full(len(case.donors), firm)]), np.append(goal, firm))[0]
    return _made(case, "synthetic_control", "scipy", weights)


def exact_range(case: Case) -> tuple[float, float] | None:
    """
    Return the lowest and the highest mean gap over all mixes that follow the unit exactly before the switch; None where none does.

    By linear programmes: weights non-negative and summing to one.

    Parameters
    ----------
    case : Case
    """
    from scipy.optimize import linprog

    others, own = case.others.to_numpy(), case.own.to_numpy()
    follow = np.vstack([others[case.pre], np.ones(len(case.donors))]), np.append(own[case.pre], 1.0)
    least, most = (linprog(sign * others[~case.pre].mean(axis=0), None, None, *follow) for sign in (1, -1))
    after = own[~case.pre].mean()
    return None if least.status or most.status else (float(after + most.fun), float(after - least.fun))


def ridged(case: Case, over: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """
    Return donors and unit before the switch in standard deviations, with the rows that make equal weights win among equal fits.

    Parameters
    ----------
    case : Case
    over : ndarray of bool, optional
        Other times than those before the switch.
    """
    at = case.pre if over is None else over
    seen = case.wide.to_numpy()[at]
    scale, even = float(seen.std()) or 1.0, np.eye(len(case.donors)) * np.sqrt(RIDGE * at.sum())
    others, own = seen[:, case.n_treated :] / scale, case.own.to_numpy()[at] / scale
    return np.vstack([others, even]), np.append(own, np.zeros(len(even)))


def long(case: Case) -> pd.DataFrame:
    """
    Return the case as rows (year: place in order, unit, y), and leave labels of time aside.

    Parameters
    ----------
    case : Case
    """
    wide = pd.concat([case.own.rename(case.unit), case.others], axis=1).set_axis(range(len(case.wide)))
    return wide.rename_axis(index="year", columns="unit").stack().rename("y").reset_index()


def fit_augmented(case: Case) -> Counterfactual:
    """
    Correct the synthetic control by ridge regression where its fit before the switch is not perfect.

    Ben-Michael, Feller and Rothstein (2021), by statspai; the penalty by their cross-validation. Weights may be negative.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Counterfactual
    """
    import statspai

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "augsynth\\(placebo=False\\)")  # placebos are ours: fit_placebos
        fit = statspai.augsynth(long(case), "y", "unit", "year", case.unit, int(case.pre.sum()), placebo=False)
    weights = [fit.model_info["weights_dict"].get(c, 0.0) for c in case.donors]
    return _made(case, "augmented_synthetic_control", "statspai", weights)


def fit_synthetic_did(case: Case) -> Counterfactual:
    """
    Difference in differences with weights over donors and over the years before the switch.

    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), by diff-diff. The path's counterfactual is shifted by the weighted gap
    of the years before, so that its mean gap after the switch is the estimate.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Counterfactual
    """
    from diff_diff.utils import compute_sdid_unit_weights, compute_time_weights

    z, own, pre = case.others.to_numpy(), case.own.to_numpy(), case.pre
    noise = float(np.std(np.diff(z[pre], axis=0), ddof=1))
    stop = 1e-5 * noise or 1e-5  # as in the R package synthdid
    weights = compute_sdid_unit_weights(z[pre], own[pre], _cells(case) ** 0.25 * noise, min_decrease=stop)
    years = compute_time_weights(z[pre], z[~pre], 1e-6 * noise, min_decrease=stop)
    return _made(case, "synthetic_did", "diff-diff", weights, years)


def _cells(case):
    return int(case.n_treated * (~case.pre).sum())


def fit_difference(case: Case) -> Counterfactual:
    """
    Return the difference in differences with equal weights over donors and years, as the plain comparison.

    Parameters
    ----------
    case : Case
    """
    units, years = len(case.donors), int(case.pre.sum())
    return _made(case, "difference_in_differences", "own", np.full(units, 1 / units), np.full(years, 1 / years))


def fit_placebos(case: Case, fit: Callable[[Case], Counterfactual] = fit_synthetic_control) -> pd.DataFrame:
    """
    Treat every unit in turn as if it had switched; the treated unit never serves as a donor of another.

    Parameters
    ----------
    case : Case
    fit : callable
        From a `Case` to a `Counterfactual`.

    Returns
    -------
    DataFrame
        One row per unit (the treated one first): unit_code, is_treated, estimate, pre_rmspe, post_rmspe, ratio and
        rank (1 = largest ratio of the RMSPE after to that before; ties share the worse rank). The treated unit's p-value is
        rank / rows (Abadie, Diamond and Hainmueller 2010). ``attrs``: ``paths`` (gaps by year) and ``floor``: a tenth of the standard
        deviation of changes from year to year before the switch, below which the gap before is not counted, since a fit can be perfect by chance.
    """
    made = [fit(case)] + [fit(case.swapped(code, drop=(case.unit,))) for code in case.donors]
    rows = [(m.case.unit, m.case.unit == case.unit, m.estimate, m.pre_rmspe, m.post_rmspe) for m in made]
    table = pd.DataFrame(rows, columns=["unit_code", "is_treated", "estimate", "pre_rmspe", "post_rmspe"])
    floor = 0.1 * float(np.diff(case.wide[case.pre].to_numpy(), axis=0).std())
    table["ratio"] = table["post_rmspe"] / table["pre_rmspe"].clip(lower=floor or 1e-12)
    table["rank"] = table["ratio"].rank(ascending=False, method="max").astype("int64")
    table.attrs["floor"] = floor
    table.attrs["paths"] = {m.case.unit: m.path["gap"].to_dict() for m in made}
    return table


def leave_one_out(case: Case, fit: Callable[[Case], Counterfactual] = fit_synthetic_control) -> pd.DataFrame:
    """
    Refit without each donor in turn.

    Parameters
    ----------
    case : Case
    fit : callable
        As in `fit_placebos`.

    Returns
    -------
    DataFrame
        omitted (code), estimate, pre_rmspe; one row per donor that has a weight above 0.001 in the full fit.
    """
    used = fit(case).weights.abs().loc[lambda w: w > 1e-3].index
    made = [(code, fit(case.swapped(case.unit, drop=(code,)))) for code in used if len(case.donors) > 2]
    return pd.DataFrame([(c, m.estimate, m.pre_rmspe) for c, m in made], columns=["omitted", "estimate", "pre_rmspe"])


def prediction_intervals(case: Case, draws: int = 2_000, seed: int = 1, each: bool = True) -> pd.DataFrame:
    """
    Conformal 95% intervals of the gap to the synthetic control (Chernozhukov, Wuethrich and Zhu 2021).

    A gap is taken off the treated times, the weights are fitted to all times, and the residuals of the treated times are compared
    with those of every other choice of as many times. Right where residuals are exchangeable over time.

    Parameters
    ----------
    case : Case
    draws : int
        Choices of times drawn where there are more.
    seed : int
        Of these draws.
    each : bool
        Whether the treated times are wanted one by one, not their mean only.

    Returns
    -------
    DataFrame
        The treated times one by one (column ``year``), then their mean (``year`` missing): gap, conf_low, conf_high, p_value (of no
        gap) and choices. No interval where there are fewer than 20 choices, or where every constant gap is rejected.
    """
    need_draws(draws, seed)
    post, gaps = case.wide.index[~case.pre], pd.Series(fit_synthetic_control(case).gap, case.wide.index)
    parts = [(at, case.pre | (case.wide.index == at)) for at in post if each] + [(None, np.ones(len(case.wide), bool))]
    rows = []
    for at, kept in parts:
        some = replace(case, wide=case.wide[kept])
        rows.append({"year": at, "gap": float(gaps[post].mean() if at is None else gaps[at])})
        rows[-1] |= _conformal(some, rows[-1]["gap"], draws, seed)
    return pd.DataFrame(rows)


def _conformal(case, start, draws, seed):
    """p-value of no gap and the interval of a constant gap."""
    n, post = len(case.wide), np.flatnonzero(~case.pre)
    exact = comb(n, len(post)) <= draws
    if exact:
        sets = np.array(list(combinations(range(n), len(post))))
    else:
        sets = np.argsort(np.random.default_rng(seed).random((draws, n)), axis=1)[:, : len(post)]

    def p_value(gap):
        moved = Case(case.unit, case.first_treated, pd.concat([case.own - gap * ~case.pre, case.others], axis=1))
        left = np.abs(fit_synthetic_control(moved, over=np.ones(n, bool)).gap)
        return float(share_reached(left[sets].sum(1), left[post].sum(), exact))

    out = {"p_value": p_value(0.0), "choices": len(sets), "conf_low": np.nan, "conf_high": np.nan}
    if len(sets) < 20:
        return out
    step = float(np.diff(case.wide.to_numpy(), axis=0).std()) or abs(start) or 1.0
    level, held = 0.05 + 1e-9, [start]
    if p_value(start) < level:  # the gap of weights fitted before the switch may itself be rejected
        reach = 3 * max(abs(start), step)
        held = [gap for gap in (0.0, *np.linspace(start - reach, start + reach, 61)) if p_value(gap) >= level]
    if held:
        out["conf_low"] = crossing(p_value, min(held), -step, level)
        out["conf_high"] = crossing(p_value, max(held), step, level)
    return out


def fit_all(case: Case) -> tuple[pd.DataFrame, dict[str, Any]]:
    """
    Fit every design, with the placebo over all donors as inference.

    Parameters
    ----------
    case : Case

    Returns
    -------
    (DataFrame, dict)
        Rows of ``RESULT_COLUMNS`` (standard error: standard deviation of the placebo estimates; p-value: rank of the post/pre
        ratio for synthetic controls, of the absolute estimate for the two differences) and, by estimator,
        ``fit`` (`Counterfactual`), ``placebo`` (table) and ``p_value``.
    """
    rows, kept = [], {}
    how = {"se_rule": "standard deviation of the placebo estimates; normal"}
    how["inference"] = f"placebo over all {len(case.donors)} donors, enumerated"
    for fitter in (fit_synthetic_control, fit_augmented, fit_synthetic_did, fit_difference):
        fit, placebo = fitter(case), fit_placebos(case, fitter)
        own, plain = placebo["is_treated"], fitter in (fit_synthetic_did, fit_difference)
        by = placebo["estimate"].abs() if plain else placebo["ratio"]
        p = float(share_reached(by, by[own].iloc[0], exact=True))
        kept[fit.estimator] = {"fit": fit, "placebo": placebo, "p_value": p}
        spread = float(placebo.loc[~own, "estimate"].std(ddof=1))
        note = f"first treated year {case.first_treated}; RMSPE before it {fit.pre_rmspe:.4g}"
        rows.append(_row([case], fit, str(case.unit), fit.estimate, p_value=p, std_error=spread, note=note, **how))
    return pd.concat(rows, ignore_index=True), kept


def _row(cases, fit, sample, estimate, **more):
    """A row of results on some cases, with their counts."""
    units, times = set(), set()
    for case in cases:
        units |= set(case.wide.columns)
        times |= {year for t in case.wide.index if not pd.isna(year := year_of(t))}
    counts = {"n_units": len(units), "n_clusters": len(units), "n_switching": sum(case.n_treated for case in cases)}
    counts |= {"n_obs": sum(case.wide.size for case in cases), "n_cells": sum(map(_cells, cases))}
    counts |= {"first_year": min(times, default=pd.NA), "last_year": max(times, default=pd.NA)}
    made = {"estimator": fit.estimator, "implementation": fit.implementation, "event": "arrival", "test": "placebo"}
    made["estimand"] = "mean gap between units and their counterfactuals over the treated years"
    return result(sample=sample, estimate=estimate, **made | counts | more)


def jackknife(fits: Sequence[Counterfactual], share: Any = None) -> float:
    """
    Standard error of the average over cases, each unit left out in turn, the weights of the others kept in proportion.

    Algorithm 3 of Arkhangelsky and others (2021), over several cases.

    Parameters
    ----------
    fits : sequence of Counterfactual
    share : sequence of float, optional
        Weight of each in the average; equal where not given.

    Returns
    -------
    float
        NaN where there is one treated unit. A case whose whole weight lies on the unit left out is left out with it.
    """
    share = np.ones(len(fits)) if share is None else np.asarray(share, float)
    units = list(dict.fromkeys(code for f in fits for code in f.case.wide))
    total, size = np.zeros(len(units)), np.zeros(len(units))
    for f, part in zip(fits, share, strict=True):
        kept, estimate = _without(f, units)
        total, size = total + part * kept * estimate, size + part * kept
    values = np.divide(total, size, out=np.full(len(units), np.nan), where=size > 0)
    return float(np.sqrt((len(units) - 1) * values.var()))


def _without(fit, units):
    """By unit left out: share of a case's treated units that is left, and their estimate, the weights of the others kept in proportion."""
    case, n = fit.case, fit.case.n_treated
    at = np.full(len(case.pre), 1 / (~case.pre).sum())
    at[case.pre] = -fit.years
    each, places = at @ case.wide.to_numpy(), case.wide.columns.get_indexer(units)[:, None]
    stays = places != np.arange(len(each))
    own, weights = stays[:, :n], np.where(stays[:, n:], fit.weights.to_numpy(), 0)
    seen = own.any(axis=1) & (np.abs(weights).max(axis=1) > 1e-9)
    treated = own @ each[:n] / np.maximum(own.sum(axis=1), 1)
    others = weights @ each[n:] / np.where(seen, weights.sum(axis=1), 1)
    return own.mean(axis=1) * seen, (treated - others) * seen


def pool(
    cases: Sequence[Case], fit: Callable[[Case], Counterfactual] = fit_synthetic_control, weigh: str = "units",
    draws: int = 10_000, seed: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """
    Average the gaps of several treated units, switching in any years, with donors in their places as placebos.

    Parameters
    ----------
    cases : sequence of Case
        Each with its own donors and years.
    fit : callable
        As in `fit_placebos`.
    weigh : {"units", "cells"}
        Every treated unit counts alike, or every treated unit and time does (as in synthetic DiD with staggered dates).
    draws : int
        Placebo averages: a donor in the place of every treated unit (of a case of several units 200 sets of donors are tried).
    seed : int
        Of these draws.

    Returns
    -------
    DataFrame
        Rows of ``RESULT_COLUMNS``: the average (sample all; interval and p-value from the placebo averages, standard error by
        `jackknife`), then every case (sample: its unit). ``attrs``: ``fits``, and ``typical``, the median gap before of its placebos.
    """
    weigh = choose("weigh", weigh, ("units", "cells"))
    need_draws(draws, seed)
    fits, rng = [fit(case) for case in cases], np.random.default_rng(seed)
    share = np.array([case.n_treated if weigh == "units" else _cells(case) for case in cases], float)
    share /= share.sum()
    drawn, typical = zip(*[_placebo_draws(case, fit, draws, rng) for case in cases], strict=True)
    placebo = share @ drawn
    estimate = float(share @ [f.estimate for f in fits])
    low, high = np.quantile(placebo, [0.025, 0.975])
    how = {"conf_low": estimate - high, "conf_high": estimate - low, "p_value": share_reached(placebo, estimate)}
    how |= {"std_error": jackknife(fits, share), "se_rule": "jackknife over units, weights kept", "n_draws": draws}
    how["inference"] = f"placebo: a donor in the place of every unit, {draws:,} draws"
    if not np.isfinite(placebo).all():
        how |= {"p_value": np.nan, "n_draws": pd.NA, "test": "jackknife"}
        how["inference"] = "jackknife; too few donors for placebos"
    each = [_row([f.case], f, str(f.case.unit), f.estimate) for f in fits]
    rows = pd.concat([_row(cases, fits[0], "all", estimate, **how), *each], ignore_index=True)
    rows.attrs = {"fits": fits, "typical": typical}
    return rows


def _placebo_draws(case, fit, draws, rng):
    """Estimates of the case with donors in the place of its treated units, drawn, and the median of their gaps before."""
    size, donors = case.n_treated, case.donors
    sets, own = [[code] for code in donors], list(case.wide.columns[:size])
    if len(donors) < size + 2:
        return np.full(draws, np.nan), np.nan
    if size > 1:
        sets = [[donors[i] for i in rng.permutation(len(donors))[:size]] for _ in range(min(draws, 200))]
    made = [fit(case.swapped(chosen, drop=own)) for chosen in sets]
    return rng.choice([m.estimate for m in made], draws), float(np.median([m.pre_rmspe for m in made]))
