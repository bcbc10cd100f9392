"""One province against a weighted mix of others: synthetic control, its augmented form, synthetic DiD, and placebos."""

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers import effects
from helpers.effects.inference import DesignRefused

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
    """One unit, its donors and its years: ``wide`` is years x units, the treated unit first, nothing missing."""

    unit: str
    first_treated: int
    wide: pd.DataFrame

    @property
    def donors(self):
        """Codes of the donors, in the order of the columns."""
        return list(self.wide.columns[1:])

    @property
    def pre(self):
        """Boolean array over years: True before the first treated year."""
        return np.asarray(self.wide.index) < self.first_treated

    def swapped(self, unit, drop=()):
        """Return the case with ``unit`` in the treated place and the columns in ``drop`` left out."""
        others = [c for c in self.wide.columns if c != unit and c not in drop]
        return Case(unit, self.first_treated, self.wide[[unit, *others]])


@dataclass(frozen=True)
class Counterfactual:
    """A fitted comparison: ``path`` has actual, counterfactual and gap by year; ``weights`` those of the donors."""

    estimator: str
    implementation: str
    unit: str
    first_treated: int
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
        yield int(year[start]), int(year[t]), int(year[stop])


def _wide(frame, value, unit, time):
    """Times x units of one column, NaN where missing; refuses two rows for one unit and time, and infinite values."""
    effects.need_columns(frame, [value, unit, time])
    twice = frame[frame.duplicated([unit, time])]
    if len(twice):
        raise DesignRefused(
            "{unit} '{code}' has more than one row for {time} {period}; expected one row per unit and {time}. "
            "Merge the duplicates first.",
            unit=unit,
            code=twice[unit].iloc[0],
            time=time,
            period=str(twice[time].iloc[0]),
        )
    return frame.assign(_value=effects.numbers(frame, value)).pivot(index=time, columns=unit, values="_value")


def eligible(frame, *, y="y", d="treated", unit="unit_code", time="year"):
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
        first_treated, last_post (missing where no switch), n_pre, n_post, n_donors, donors (codes joined by spaces).
    """
    seen = _wide(frame, y, unit, time)
    seen = seen.loc[seen.notna().any(axis=1)]
    path = _wide(frame, d, unit, time).loc[seen.index]
    rows = []
    for code in seen.columns:
        row = {
            "unit_code": code,
            "qualifies": False,
            "reason": "no_clean_switch",
            "n_pre": 0,
            "n_post": 0,
            "n_donors": 0,
            "donors": "",
        }
        own = path[code]
        if not (own == 1).any():
            row["reason"] = "never_non_local"
        elif not (own == 0).any():
            row["reason"] = "always_non_local"
        best = None
        for first, switch, last in _runs(own, seen.index):
            years = seen.loc[first:last].index
            n_pre, n_post = int((years < switch).sum()), int((years >= switch).sum())
            if n_pre >= MIN_PRE and n_post >= MIN_POST and (best is None or n_pre > best[3]):
                best = (first, switch, last, n_pre, n_post, years)
        if best:
            first, switch, last, n_pre, n_post, years = best
            stayed = (path.loc[years] == 0).all() & seen.loc[years].notna().all()
            donors = sorted(stayed.index[stayed])
            row |= {
                "first_pre": first,
                "first_treated": switch,
                "last_post": last,
                "n_pre": n_pre,
                "n_post": n_post,
                "n_donors": len(donors),
                "donors": " ".join(map(str, donors)),
            }
            missing = seen.loc[years, code].isna().any()
            row["reason"] = "outcome_missing" if missing else "few_donors" if len(donors) < MIN_DONORS else pd.NA
            row["qualifies"] = row["reason"] is pd.NA
        rows.append(row)
    whole = ["first_pre", "first_treated", "last_post"]
    out = pd.DataFrame(rows).reindex(
        columns=["unit_code", "qualifies", "reason", *whole, "n_pre", "n_post", "n_donors", "donors"]
    )
    return out.astype({c: "Int64" for c in whole} | {"reason": "str"})


def build_case(
    frame,
    treated_unit,
    first_treated=None,
    donors=None,
    *,
    years=None,
    y="y",
    d="treated",
    unit="unit_code",
    time="year",
):
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
            raise DesignRefused(
                "unit {unit}: {reason}. Units with a clean switch: {good}.",
                unit=treated_unit,
                reason=REASONS[row["reason"]],
                good=good,
            )
        first_treated, years = int(row["first_treated"]), (row["first_pre"], row["last_post"])
        donors = row["donors"].split(" ") if donors is None else donors
    wide = _wide(frame, y, unit, time)
    wide = wide.loc[slice(*years) if years is not None else slice(None)]
    donors = [c for c in (wide.columns if donors is None else donors) if c != treated_unit]
    absent = [c for c in donors if c not in codes]
    if absent:
        raise DesignRefused("donors not in the panel: {units}.", units=", ".join(map(str, absent)))
    wide = wide[[treated_unit, *donors]].dropna(how="all")
    holes = wide.columns[wide.isna().any()]
    if len(holes):
        raise DesignRefused(
            "outcome missing for {units} in {first}-{last}; leave these units or years out.",
            units=", ".join(map(str, holes)),
            first=str(wide.index[0]),
            last=str(wide.index[-1]),
        )
    case = Case(treated_unit, int(first_treated), wide)
    if not (len(donors) >= 2 and case.pre.sum() >= 2 and (~case.pre).sum() >= 1):
        raise DesignRefused(
            "unit {unit}: {donors} donors, {before} years before and {after} from {first}; at least 2, 2 and 1 are needed.",
            unit=treated_unit,
            donors=len(donors),
            before=int(case.pre.sum()),
            after=int((~case.pre).sum()),
            first=str(first_treated),
        )
    return case


def _made(case, estimator, implementation, weights, counterfactual, estimate=None, **info):
    actual = case.wide[case.unit]
    gap = actual - counterfactual
    path = pd.DataFrame({"actual": actual, "counterfactual": counterfactual, "gap": gap}).rename_axis("year")
    pre, post = gap[case.pre], gap[~case.pre]
    return Counterfactual(
        estimator,
        implementation,
        case.unit,
        case.first_treated,
        float(post.mean() if estimate is None else estimate),
        float(np.sqrt((pre**2).mean())),
        float(np.sqrt((post**2).mean())),
        pd.Series(np.asarray(weights, float), case.donors),
        path,
        info,
    )


def fit_synthetic_control(
    case, predictors=None, fit_years=None, implementation="scipy", start="ols", search="Powell", rounds=1000
):
    """
    Weight the donors, weights non-negative and summing to one, to follow the unit before the switch.

    Without ``predictors`` the weights minimise the squared gap of the outcome before the switch; with them the gap of
    the predictors, whose importance V is chosen so that the outcome fits in ``fit_years`` (Abadie, Diamond and
    Hainmueller 2010). Where several mixes fit equally well, as they do with more donors than years, the most even one is taken
    (a ridge of 1e-5 of the outcome's variance).

    Parameters
    ----------
    case : Case
    predictors : DataFrame, optional
        Predictors x units.
    fit_years : sequence of int, optional
        Years used to choose V; all years before the switch where not given.
    implementation : {"scipy", "pysyncon", "diff-diff"}
        For outcomes only ("scipy": non-negative least squares; "diff-diff": without ridge, stopped early by the rule of the R
        package synthdid, as its ``sc_estimate``). With predictors always pysyncon.
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
    z1, z0, info = before[case.unit], before[case.donors], {}
    scale = float(before.to_numpy().std()) or 1.0
    even = pd.DataFrame(np.eye(len(case.donors)) * np.sqrt(RIDGE * len(before)), columns=case.donors).assign(
        **{case.unit: 0.0}
    )
    x = pd.concat([before / scale, even.set_axis([f"even {c}" for c in case.donors])[before.columns]])
    if predictors is not None:
        from pysyncon import Synth

        fit, keep = Synth(), slice(None) if fit_years is None else list(fit_years)
        fit.fit(
            X0=predictors[case.donors],
            X1=predictors[case.unit],
            Z0=z0.loc[keep],
            Z1=z1.loc[keep],
            optim_initial=start,
            optim_method=search,
            optim_options={"maxiter": rounds},
        )
        weights, implementation, info = fit.W, "pysyncon", {"v": pd.Series(fit.V, predictors.index)}
    elif implementation == "scipy":
        from scipy.optimize import nnls

        firm = 1e4 * x.abs().to_numpy().max()
        weights = nnls(np.vstack([x[case.donors], np.full(len(case.donors), firm)]), np.append(x[case.unit], firm))[0]
    elif implementation == "pysyncon":
        from pysyncon import Synth

        fit, x = Synth(), 30.0 * x
        fit.fit(
            X0=x[case.donors],
            X1=x[case.unit],
            Z0=x[case.donors],
            Z1=x[case.unit],
            custom_V=x.std(axis=1).to_numpy() ** 2,
        )
        weights = fit.W
    elif implementation == "diff-diff":
        from diff_diff.utils import compute_sdid_unit_weights

        noise = float(np.std(np.diff(z0.to_numpy(), axis=0), ddof=1))
        weights = compute_sdid_unit_weights(
            z0.to_numpy(), z1.to_numpy(), 1e-6 * noise, intercept=False, min_decrease=1e-5 * noise
        )
    else:
        raise ValueError(f"implementation {implementation!r}; expected 'scipy', 'pysyncon' or 'diff-diff'.")
    name = "synthetic_control" if predictors is None else "synthetic_control_predictors"
    counterfactual = case.wide[case.donors] @ np.asarray(weights, float)
    return _made(case, name, implementation, weights, counterfactual, **info)


def _long(case):
    return case.wide.rename_axis(index="year", columns="unit").stack().rename("y").reset_index()


def fit_augmented(case, implementation="statspai"):
    """
    Correct the synthetic control by ridge regression where its fit before the switch is not perfect.

    Ben-Michael, Feller and Rothstein (2021); the penalty by their cross-validation. Weights may be negative.

    Parameters
    ----------
    case : Case
    implementation : {"statspai", "pysyncon"}

    Returns
    -------
    Counterfactual
    """
    long = _long(case)
    if implementation == "statspai":
        import statspai

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "augsynth\\(placebo=False\\)")  # placebos are ours: fit_placebos
            fit = statspai.augsynth(long, "y", "unit", "year", case.unit, case.first_treated, placebo=False)
        given = fit.model_info["weights_dict"]
        weights, penalty = [given.get(c, 0.0) for c in case.donors], fit.model_info["ridge_lambda"]
    elif implementation == "pysyncon":
        from pysyncon import AugSynth, Dataprep

        before = list(case.wide.index[case.pre])
        fit = AugSynth()
        fit.fit(
            Dataprep(long, [], "mean", "y", "unit", "year", case.unit, case.donors, before, before),
            use_covariates=False,
        )
        weights, penalty = np.ravel(fit.W), fit.lambda_
    else:
        raise ValueError(f"implementation {implementation!r}; expected 'statspai' or 'pysyncon'.")
    counterfactual = case.wide[case.donors] @ np.asarray(weights, float)
    return _made(case, "augmented_synthetic_control", implementation, weights, counterfactual, ridge=float(penalty))


def fit_synthetic_did(case, implementation="diff-diff"):
    """
    Difference in differences with weights over donors and over the years before the switch.

    Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021). The path's counterfactual is shifted by the weighted gap
    of the years before, so that its mean gap after the switch is the estimate.

    Parameters
    ----------
    case : Case
    implementation : {"diff-diff", "statspai"}

    Returns
    -------
    Counterfactual
    """
    if implementation == "diff-diff":
        from diff_diff.utils import compute_sdid_estimator, compute_sdid_unit_weights, compute_time_weights

        z, own, pre = case.wide[case.donors].to_numpy(), case.wide[case.unit].to_numpy(), case.pre
        noise = float(np.std(np.diff(z[pre], axis=0), ddof=1))
        weights = compute_sdid_unit_weights(z[pre], own[pre], (~pre).sum() ** 0.25 * noise)
        years = compute_time_weights(z[pre], z[~pre], 1e-6 * noise)
        estimate = compute_sdid_estimator(z[pre], z[~pre], own[pre], own[~pre], weights, years)
    elif implementation == "statspai":
        import statspai

        fit = statspai.sdid(
            _long(case),
            "y",
            "unit",
            "year",
            treated_unit=case.unit,
            treatment_time=case.first_treated,
            method="sdid",
            se_method="noinference",
        )
        estimate, weights = (
            float(fit.estimate),
            fit.model_info["unit_weights"].iloc[:, 0].reindex(case.donors).fillna(0.0),
        )
    else:
        raise ValueError(f"implementation {implementation!r}; expected 'diff-diff' or 'statspai'.")
    mix = case.wide[case.donors] @ np.asarray(weights, float)
    shift = (case.wide[case.unit] - mix)[~case.pre].mean() - estimate
    return _made(case, "synthetic_did", implementation, weights, mix + shift, estimate)


def fit_difference(case):
    """Return the difference in differences with equal weights over donors and years, as the plain comparison."""
    mix = case.wide[case.donors].mean(axis=1)
    shift = (case.wide[case.unit] - mix)[case.pre].mean()
    return _made(case, "difference_in_differences", "own", np.full(len(case.donors), 1 / len(case.donors)), mix + shift)


def fit_placebos(case, fit=None):
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
        [
            {
                "unit_code": m.unit,
                "is_treated": m.unit == case.unit,
                "estimate": m.estimate,
                "pre_rmspe": m.pre_rmspe,
                "post_rmspe": m.post_rmspe,
            }
            for m in made
        ]
    )
    floor = 0.1 * float(np.diff(case.wide[case.pre].to_numpy(), axis=0).std())
    table["ratio"] = table["post_rmspe"] / table["pre_rmspe"].clip(lower=floor or 1e-12)
    table["rank"] = table["ratio"].rank(ascending=False, method="max").astype("int64")
    table.attrs["floor"] = floor
    table.attrs["paths"] = {m.unit: m.path["gap"].to_dict() for m in made}
    return table


def leave_one_out(case, fit=None):
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
    return pd.DataFrame(
        [{"omitted": c, "estimate": m.estimate, "pre_rmspe": m.pre_rmspe} for c, m in made],
        columns=["omitted", "estimate", "pre_rmspe"],
    )


def fit_all(case, predictors=None, outcome="", definition=""):
    """
    Fit every design by both implementations, with the placebo over all donors as inference.

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
        Rows of ``effects.RESULT_COLUMNS`` (standard error: standard deviation of the placebo estimates; p-value: rank
        of the post/pre ratio for synthetic controls, of the absolute estimate for the two differences; none with
        predictors) and, by estimator, ``fit`` (`Counterfactual`), ``placebo`` (table) and ``p_value``.
    """
    plans = [
        ("synthetic_control", fit_synthetic_control, ("scipy", "pysyncon")),
        ("augmented_synthetic_control", fit_augmented, ("statspai", "pysyncon")),
        ("synthetic_did", fit_synthetic_did, ("diff-diff", "statspai")),
    ]
    rows, kept = [], {}

    def add(fits, placebo=None):
        measured = {"inference": "none"}
        if placebo is not None:
            own = placebo["is_treated"]
            by = (
                placebo["estimate"].abs()
                if "did" in fits[0].estimator or "difference" in fits[0].estimator
                else placebo["ratio"]
            )
            spread = float(placebo.loc[~own, "estimate"].std(ddof=1))
            p = float((by >= by[own].iloc[0] * (1 - 1e-12)).mean())
            measured = {
                "inference": f"placebo over all {int((~own).sum())} donors, enumerated",
                "p_value": p,
                "std_error": spread,
                "se_rule": "standard deviation of the placebo estimates; normal",
            }
        kept[fits[0].estimator] = {"fit": fits[0], "placebo": placebo, "p_value": measured.get("p_value")}
        for f in fits:
            rows.append(
                effects.result(
                    outcome=outcome,
                    definition=definition,
                    estimator=f.estimator,
                    implementation=f.implementation,
                    estimand="mean gap between the unit and its counterfactual over the treated years",
                    estimate=f.estimate,
                    n_obs=case.wide.size,
                    n_units=case.wide.shape[1],
                    n_clusters=case.wide.shape[1],
                    n_switching=1,
                    first_year=int(case.wide.index[0]),
                    last_year=int(case.wide.index[-1]),
                    note=f"first treated year {case.first_treated}; RMSPE before it {f.pre_rmspe:.4g}",
                    **measured,
                )
            )

    for _, fitter, ways in plans:
        add([fitter(case, implementation=w) for w in ways], fit_placebos(case, fitter))
    if predictors is not None:
        add([fit_synthetic_control(case, predictors, search="Nelder-Mead", rounds=0)])
    add([fit_difference(case)], fit_placebos(case, fit_difference))
    return pd.concat(rows, ignore_index=True), kept
