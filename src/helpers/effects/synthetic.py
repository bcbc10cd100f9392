"""One province against a weighted mix of others: synthetic control, its augmented form, synthetic DiD, and placebos."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers.effects.design import DesignRefused, calendar, need_columns, numbers
from helpers.effects.results import result

MIN_PRE, MIN_POST, MIN_DONORS = 4, 2, 5
RIDGE = 1e-5
REASONS = {
    "never_non_local": "no secretary known to be non-local in these years",
    "always_non_local": "no secretary known to be local in these years",
    "no_clean_switch": f"never local for {MIN_PRE} years and then non-local for {MIN_POST}, with every home known",
    "outcome_missing": "the outcome is missing in the years around the switch",
    "few_donors": f"fewer than {MIN_DONORS} provinces stayed local (homes known, outcome complete) in those years",
}


@dataclass(frozen=True)
class Case:
    """One unit, its donors and its years: ``wide`` is years (any kind of time) x units, the treated unit first, nothing missing."""

    unit: object
    first_treated: object
    wide: pd.DataFrame

    @property
    def donors(self) -> list[Any]:
        """Codes of the donors, in the order of the columns."""
        return list(self.wide.columns[1:])

    @property
    def pre(self) -> np.ndarray:
        """Boolean array over years: True before the first treated year."""
        return np.asarray(self.wide.index) < self.first_treated

    def swapped(self, unit: Any, drop: Sequence[Any] = ()) -> "Case":
        """Return the case with ``unit`` in the treated place and the columns in ``drop`` left out."""
        others = [c for c in self.wide.columns if c != unit and c not in drop]
        return Case(unit, self.first_treated, self.wide[[unit, *others]])


@dataclass(frozen=True)
class Counterfactual:
    """A fitted comparison: ``path`` has actual, counterfactual and gap by year; ``weights`` those of the donors."""

    estimator: str
    implementation: str
    unit: object
    first_treated: object
    estimate: float
    pre_rmspe: float
    post_rmspe: float
    weights: pd.Series
    path: pd.DataFrame
    info: dict = field(default_factory=dict)


def _runs(treated, year):
    """Yield (first year of the local run, first non-local year, last non-local year) at every switch from 0 to 1."""
    value = treated.fillna(-1).to_numpy()
    for t in np.flatnonzero((value[1:] == 1) & (value[:-1] == 0)) + 1:
        start, stop = t, t
        while start > 0 and value[start - 1] == 0:
            start -= 1
        while stop + 1 < len(value) and value[stop + 1] == 1:
            stop += 1
        yield year[start], year[t], year[stop]


def _wide(frame, value, unit, time):
    """Times x units of one column, NaN where missing; refuses two rows for one unit and time, and infinite values."""
    need_columns(frame, [value, unit, time])
    twice = frame[frame.duplicated([unit, time])]
    if len(twice):
        code, period = twice[unit].iloc[0], str(twice[time].iloc[0])
        text = "{unit} '{code}' has more than one row for {time} {period}; expected one row per unit and {time}. Merge the duplicates first."
        raise DesignRefused(text, unit=unit, code=code, time=time, period=period)
    wide = frame.assign(_value=numbers(frame, value)).pivot(index=time, columns=unit, values="_value")
    return wide.iloc[np.argsort(calendar(wide.index, time))]


def eligible(
    frame: pd.DataFrame, *, y: str = "y", d: str = "treated", unit: Any = "unit_code", time: Any = "year"
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
    y, d, unit, time : str
        Columns: outcome; treatment, 0, 1 or missing where the home is unknown; unit; year.

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
        own, best = path[code], None
        if not (own == 1).any() or not (own == 0).any():
            row["reason"] = "always_non_local" if (own == 1).any() else "never_non_local"
        for first, switch, last in _runs(own, seen.index):
            years = seen.loc[first:last].index
            n_pre = years.get_loc(switch)
            n_post = len(years) - n_pre
            if n_pre >= MIN_PRE and n_post >= MIN_POST and (best is None or n_pre > best[3]):
                best = (first, switch, last, n_pre, n_post, years)
        if best:
            years = best[5]
            stayed = (path.loc[years] == 0).all() & seen.loc[years].notna().all()
            donors = tuple(stayed.index[stayed])
            missing = seen.loc[years, code].isna().any()
            row |= dict(zip(("first_pre", "first_treated", "last_post", "n_pre", "n_post"), best, strict=False))
            row |= {"n_donors": len(donors), "donors": donors}
            row["reason"] = "outcome_missing" if missing else "few_donors" if len(donors) < MIN_DONORS else None
        rows.append(row | {"qualifies": row["reason"] is None})
    whole = ["first_pre", "first_treated", "last_post"]
    out = pd.DataFrame(rows).reindex(
        columns=["unit_code", "qualifies", "reason", *whole, "n_pre", "n_post", "n_donors", "donors"]
    )
    kinds = {"reason": "str"} | (dict.fromkeys(whole, "Int64") if pd.api.types.is_integer_dtype(seen.index) else {})
    return out.astype(kinds)


def build_case(
    frame: pd.DataFrame, treated_unit: Any, first_treated: Any = None, donors: Any = None, *, years: Any = None,
    y: str = "y", d: str = "treated", unit: Any = "unit_code", time: Any = "year",
) -> Case:  # fmt: skip
    """
    Return the case of one unit, refusing where it has no clean switch.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and year.
    treated_unit : str
        The unit asked about.
    first_treated : int, optional
        First treated year. None: the clean switch found by `eligible`, its years and its donors. Given: the caller
        answers for the design; ``d`` is not read, ``years`` defaults to all and ``donors`` to all other units.
    donors : sequence of str, optional
        Donors in place of the default ones.
    years : (int, int), optional
        First and last year used; only with ``first_treated``.

    Returns
    -------
    Case

    Raises
    ------
    DesignRefused
        Unknown unit, no clean switch (the reason and the units that qualify are named), two rows for one unit and year, an
        infinite value, or a donor with gaps.
    """
    codes = set(frame[unit])
    if treated_unit not in codes:
        raise DesignRefused("unit '{unit}' is not in the panel of {n} units.", unit=treated_unit, n=len(codes))
    if first_treated is None:
        table = eligible(frame, y=y, d=d, unit=unit, time=time).set_index("unit_code")
        row = table.loc[treated_unit]
        if not row["qualifies"]:
            good = ", ".join(map(str, table.index[table["qualifies"]])) or "none"
            text = "unit {unit}: {reason}. Units with a clean switch: {good}."
            raise DesignRefused(text, unit=treated_unit, reason=REASONS[row["reason"]], good=good)
        first_treated, years = row["first_treated"], (row["first_pre"], row["last_post"])
        donors = row["donors"] if donors is None else donors
    wide = _wide(frame, y, unit, time)
    wide = wide.loc[slice(*years) if years is not None else slice(None)]
    donors = [c for c in (wide.columns if donors is None else donors) if c != treated_unit]
    absent = [c for c in donors if c not in codes]
    if absent:
        raise DesignRefused("donors not in the panel: {units}.", units=", ".join(map(str, absent)))
    wide = wide[[treated_unit, *donors]].dropna(how="all")
    holes = wide.columns[wide.isna().any()]
    if len(holes):
        text = "outcome missing for {units} in {first}-{last}; leave these units or years out."
        raise DesignRefused(text, units=", ".join(map(str, holes)), first=str(wide.index[0]), last=str(wide.index[-1]))
    case = Case(treated_unit, first_treated, wide)
    before, after = int(case.pre.sum()), int((~case.pre).sum())
    if len(donors) < 2 or before < 2 or after < 1:
        text = "unit {unit}: {donors} donors, {before} years before and {after} from {first}; at least 2, 2 and 1 are needed."
        raise DesignRefused(
            text, unit=treated_unit, donors=len(donors), before=before, after=after, first=str(first_treated)
        )
    return case


def _made(case, estimator, implementation, weights, counterfactual, estimate=None, **info):
    actual = case.wide[case.unit]
    gap = actual - counterfactual
    path = pd.DataFrame({"actual": actual, "counterfactual": counterfactual, "gap": gap}).rename_axis("year")
    before, after = (float(np.sqrt((part**2).mean())) for part in (gap[case.pre], gap[~case.pre]))
    estimate = float(gap[~case.pre].mean() if estimate is None else estimate)
    weights = pd.Series(np.asarray(weights, float), case.donors)
    return Counterfactual(
        estimator, implementation, case.unit, case.first_treated, estimate, before, after, weights, path, info
    )


def fit_synthetic_control(
    case: Case, predictors: pd.DataFrame | None = None, fit_years: Any = None, start: str = "ols",
    search: str = "Powell", rounds: int = 1000,
) -> Counterfactual:  # fmt: skip
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
        Predictors x units.
    fit_years : sequence, optional
        Years used to choose V; all years before the switch where not given.
    start, search : str
        Where the search for V begins ("ols": from a regression of the outcomes on the predictors; "equal") and by which method
        ("Powell", "Nelder-Mead"). The problem is not convex: another start may end elsewhere.
    rounds : int
        Of the search at most; with 0 and Nelder-Mead V stays next to its start.

    Returns
    -------
    Counterfactual
    """
    before = case.wide[case.pre]
    if predictors is not None:
        from pysyncon import Synth

        fit, keep = Synth(), slice(None) if fit_years is None else list(fit_years)
        outcomes = {"Z0": before[case.donors].loc[keep], "Z1": before[case.unit].loc[keep]}
        options = {"optim_initial": start, "optim_method": search, "optim_options": {"maxiter": rounds}}
        fit.fit(X0=predictors[case.donors], X1=predictors[case.unit], **outcomes, **options)
        mix = case.wide[case.donors] @ np.asarray(fit.W, float)
        return _made(case, "synthetic_control_predictors", "pysyncon", fit.W, mix, v=pd.Series(fit.V, predictors.index))
    from scipy.optimize import nnls

    x, goal = ridged(case)
    firm = 1e4 * np.abs(np.column_stack([x, goal])).max()
    weights = nnls(np.vstack([x, np.full(len(case.donors), firm)]), np.append(goal, firm))[0]
    return _made(case, "synthetic_control", "scipy", weights, case.wide[case.donors] @ weights)


def ridged(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return donors and unit before the switch in standard deviations, with the rows that make equal weights win among equal fits."""
    before = case.wide[case.pre]
    scale = float(before.to_numpy().std()) or 1.0
    even = np.eye(len(case.donors)) * np.sqrt(RIDGE * len(before))
    return np.vstack([before[case.donors] / scale, even]), np.append(before[case.unit] / scale, np.zeros(len(even)))


def long(case: Case) -> pd.DataFrame:
    """Return the case as rows (year: place in order, unit, y), and leave labels of time aside."""
    wide = case.wide.set_axis(range(len(case.wide))).rename_axis(index="year", columns="unit")
    return wide.stack().rename("y").reset_index()


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
    weights = np.array([fit.model_info["weights_dict"].get(c, 0.0) for c in case.donors])
    mix, penalty = case.wide[case.donors] @ weights, float(fit.model_info["ridge_lambda"])
    return _made(case, "augmented_synthetic_control", "statspai", weights, mix, ridge=penalty)


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
    from diff_diff.utils import compute_sdid_estimator, compute_sdid_unit_weights, compute_time_weights

    z, own, pre = case.wide[case.donors].to_numpy(), case.wide[case.unit].to_numpy(), case.pre
    noise = float(np.std(np.diff(z[pre], axis=0), ddof=1))
    weights = compute_sdid_unit_weights(z[pre], own[pre], (~pre).sum() ** 0.25 * noise)
    years = compute_time_weights(z[pre], z[~pre], 1e-6 * noise)
    estimate = compute_sdid_estimator(z[pre], z[~pre], own[pre], own[~pre], weights, years)
    mix = case.wide[case.donors] @ np.asarray(weights, float)
    shift = (case.wide[case.unit] - mix)[~pre].mean() - estimate
    return _made(case, "synthetic_did", "diff-diff", weights, mix + shift, estimate)


def fit_difference(case: Case) -> Counterfactual:
    """Return the difference in differences with equal weights over donors and years, as the plain comparison."""
    mix = case.wide[case.donors].mean(axis=1)
    shift = (case.wide[case.unit] - mix)[case.pre].mean()
    return _made(case, "difference_in_differences", "own", np.full(len(case.donors), 1 / len(case.donors)), mix + shift)


def fit_placebos(case: Case, fit: Any = None) -> pd.DataFrame:
    """
    Treat every unit in turn as if it had switched; the treated unit never serves as a donor of another.

    Parameters
    ----------
    case : Case
    fit : callable, optional
        From a `Case` to a `Counterfactual`; the outcomes-only synthetic control if not given.

    Returns
    -------
    DataFrame
        One row per unit (the treated one first): unit_code, is_treated, estimate, pre_rmspe, post_rmspe, ratio and
        rank (1 = largest ratio of the RMSPE after to that before; ties share the worse rank). The treated unit's p-value is
        rank / rows (Abadie, Diamond and Hainmueller 2010). ``attrs``: ``paths`` (gaps by year) and ``floor``: a tenth of the
        typical change from year to year, below which the gap before is not counted, since a fit can be perfect by chance.
    """
    fit = fit or fit_synthetic_control
    made = [fit(case)] + [fit(case.swapped(code, drop=(case.unit,))) for code in case.donors]
    table = pd.DataFrame(
        [(m.unit, m.unit == case.unit, m.estimate, m.pre_rmspe, m.post_rmspe) for m in made],
        columns=["unit_code", "is_treated", "estimate", "pre_rmspe", "post_rmspe"],
    )
    floor = 0.1 * float(np.diff(case.wide[case.pre].to_numpy(), axis=0).std())
    table["ratio"] = table["post_rmspe"] / table["pre_rmspe"].clip(lower=floor or 1e-12)
    table["rank"] = table["ratio"].rank(ascending=False, method="max").astype("int64")
    table.attrs["floor"] = floor
    table.attrs["paths"] = {m.unit: m.path["gap"].to_dict() for m in made}
    return table


def leave_one_out(case: Case, fit: Any = None) -> pd.DataFrame:
    """
    Refit without each donor in turn.

    Parameters
    ----------
    case : Case
    fit : callable, optional
        As in `fit_placebos`.

    Returns
    -------
    DataFrame
        omitted (code), estimate, pre_rmspe; one row per donor that has a weight above 0.001 in the full fit.
    """
    fit = fit or fit_synthetic_control
    used = fit(case).weights.abs().loc[lambda w: w > 1e-3].index
    made = [(code, fit(case.swapped(case.unit, drop=(code,)))) for code in used if len(case.donors) > 2]
    return pd.DataFrame([(c, m.estimate, m.pre_rmspe) for c, m in made], columns=["omitted", "estimate", "pre_rmspe"])


def fit_all(
    case: Case, predictors: pd.DataFrame | None = None, outcome: str = "", definition: str = ""
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """
    Fit every design, with the placebo over all donors as inference.

    Parameters
    ----------
    case : Case
    predictors : DataFrame, optional
        As in `fit_synthetic_control`.
    outcome, definition : str
        Written into the rows.

    Returns
    -------
    (DataFrame, dict)
        Rows of ``RESULT_COLUMNS`` (standard error: standard deviation of the placebo estimates; p-value: rank of the post/pre
        ratio for synthetic controls, of the absolute estimate for the two differences; none with predictors) and, by estimator,
        ``fit`` (`Counterfactual`), ``placebo`` (table) and ``p_value``.
    """
    rows, kept = [], {}
    years = [int(str(t)[:4]) if str(t)[:4].isdigit() else pd.NA for t in (case.wide.index[0], case.wide.index[-1])]

    def add(fit, placebo=None):
        measured: dict[str, Any] = {"inference": "none"}
        if placebo is not None:
            own, plain = placebo["is_treated"], fit.estimator in ("synthetic_did", "difference_in_differences")
            by = placebo["estimate"].abs() if plain else placebo["ratio"]
            measured = {
                "test": "placebo", "inference": f"placebo over all {int((~own).sum())} donors, enumerated",
                "p_value": float((by >= by[own].iloc[0] * (1 - 1e-12)).mean()),
                "std_error": float(placebo.loc[~own, "estimate"].std(ddof=1)),
                "se_rule": "standard deviation of the placebo estimates; normal",
            }  # fmt: skip
        kept[fit.estimator] = {"fit": fit, "placebo": placebo, "p_value": measured.get("p_value")}
        rows.append(result(
            outcome=outcome, definition=definition, sample=str(case.unit), estimator=fit.estimator, event="arrival",
            implementation=fit.implementation, estimate=fit.estimate, n_obs=case.wide.size, n_cells=int((~case.pre).sum()),
            n_units=case.wide.shape[1], n_clusters=case.wide.shape[1], n_switching=1, first_year=years[0], last_year=years[1],
            estimand="mean gap between the unit and its counterfactual over the treated years",
            note=f"first treated year {case.first_treated}; RMSPE before it {fit.pre_rmspe:.4g}", **measured,
        ))  # fmt: skip

    for fitter in (fit_synthetic_control, fit_augmented, fit_synthetic_did):
        add(fitter(case), fit_placebos(case, fitter))
    if predictors is not None:
        add(fit_synthetic_control(case, predictors, search="Nelder-Mead", rounds=0))
    add(fit_difference(case), fit_placebos(case, fit_difference))
    return pd.concat(rows, ignore_index=True), kept


def pool(cases: Sequence[Case], fit: Any = None, draws: int = 10_000, seed: int = 1) -> pd.DataFrame:
    """
    Average the gaps of several treated units, switching in any years, with donors in their places as placebos.

    Parameters
    ----------
    cases : sequence of Case
        Each unit with its own donors and years.
    fit : callable, optional
        As in `fit_placebos`.
    draws, seed : int
        Placebo averages: one donor of every case, drawn at random.

    Returns
    -------
    DataFrame
        One row of ``RESULT_COLUMNS``: mean gap over the units (n_cells), p-value and interval from the placebo averages.
    """
    made = [fit_placebos(case, fit) for case in cases]
    rng = np.random.default_rng(seed)
    placebo = np.mean([rng.choice(t.loc[~t["is_treated"], "estimate"], draws) for t in made], axis=0)
    estimate = float(np.mean([t.loc[t["is_treated"], "estimate"].item() for t in made]))
    low, high = np.quantile(placebo, [0.025, 0.975])
    units = set().union(*(case.wide.columns for case in cases))
    return result(
        estimator="synthetic_control_pooled", event="arrival", estimate=estimate, conf_low=estimate - high, conf_high=estimate - low,
        p_value=float((1 + (np.abs(placebo) >= abs(estimate)).sum()) / (1 + draws)), test="placebo", n_draws=draws,
        n_obs=sum(case.wide.size for case in cases), n_cells=len(cases), n_units=len(units), n_switching=len(cases),
        inference=f"placebo: a donor in the place of every unit, {draws:,} draws", estimand="mean gap over units and their treated years",
    )  # fmt: skip
