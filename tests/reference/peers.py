"""Second implementations of our estimators, as plain functions: other libraries, or the same model written another way."""

import warnings

import numpy as np
import pandas as pd

from helpers.effects import synthetic
from helpers.effects.design import design
from helpers.effects.estimators import identified
from helpers.effects.linear import TwoWay


def _plain(data, **columns):
    c = design(data, **columns)
    frame = pd.DataFrame({"y": c.y, "d": c.d, "unit": c.unit, "time": c.time, "step": c.step, "group": c.cluster})
    return c, frame.join(pd.DataFrame(c.x).add_prefix("x")), [f"x{j}" for j in range(c.x.shape[1])]


def twfe_pyfixest(data, **columns):
    """Return estimate and CR1 error of two-way effects by pyfixest."""
    import pyfixest

    c, frame, extra = _plain(data, **columns)
    options = {"vcov": {"CRV1": "group"}, "fixef_rm": "none", "demeaner": pyfixest.MapDemeaner(fixef_tol=1e-12)}
    if c.w is not None:
        frame, options = frame.assign(w=c.w), options | {"weights": "w"}
    fit = pyfixest.feols(" + ".join(["y ~ d", *extra]) + " | unit + time", frame, **options)
    return float(fit.coef()["d"]), float(fit.se()["d"])


def twfe_statsmodels(data, **columns):
    """Return the estimate of two-way effects as a regression on dummies."""
    import statsmodels.api as sm

    c, frame, extra = _plain(data, **columns)
    dummies = pd.get_dummies(frame[["unit", "time"]].astype("category"), drop_first=True, dtype=float)
    return float(sm.OLS(c.y, sm.add_constant(pd.concat([frame[["d", *extra]], dummies], axis=1))).fit().params["d"])


def counterfactual_statsmodels(data, **columns):
    """Return the mean effect on treated cells against a regression on dummies of the untreated ones."""
    import statsmodels.api as sm

    c, frame, extra = _plain(data, **columns)
    free = c.d == 0
    dummies = pd.get_dummies(frame["unit"], dtype=float), pd.get_dummies(frame["time"], dtype=float).iloc[:, 1:]
    full = np.column_stack([*dummies, frame[extra]])
    full = full[:, full[free].any(0)]
    usable = np.isin(c.unit, c.unit[free]) & np.isin(c.time, c.time[free]) & ~free
    return float((c.y - full @ sm.OLS(c.y[free], full[free]).fit().params)[usable].mean())


def switchers_diff_diff(data, number=4, **columns):
    """Return dCDH effects by event time, by diff-diff (its errors are too small and are not given)."""
    import diff_diff

    frame = design(data, **columns).long(needs=["y"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = diff_diff.ChaisemartinDHaultfoeuille(drop_larger_lower=False).fit(
            frame, outcome="y", group="unit", time="time", treatment="d", L_max=number
        )
    return {h - 1: float(v["effect"]) for h, v in sorted(fit.event_study_effects.items()) if 0 < h <= number}


def fect(data, method="fe", options=None, **columns):
    """Return the mean effect by statspai's fect, iterated to the end."""
    import statspai

    c = design(data, **columns)
    extra = [f"x{j}" for j in range(c.x.shape[1])]
    frame = pd.DataFrame({"y": c.y, "d": c.d.astype(int), "unit": c.unit, "time": c.step}).join(
        pd.DataFrame(c.x, columns=extra)
    )
    usable = identified(c, c.d == 0)[0]
    given = {"method": method, "covariates": extra or None, "tol": 1e-9, "max_iter": 50_000} | (options or {})
    return float(statspai.fect(frame[usable], "y", "d", "unit", "time", **given).estimate)


def control_pysyncon(case):
    """Return the outcomes-only synthetic control by pysyncon."""
    from pysyncon import Synth

    x, goal = synthetic.ridged(case)
    x, goal = 30.0 * pd.DataFrame(x, columns=case.donors), 30.0 * pd.Series(goal, name="own")
    both = pd.concat([goal, x], axis=1)
    fit = Synth()
    fit.fit(X0=x, X1=goal, Z0=x, Z1=goal, custom_V=both.std(axis=1).to_numpy() ** 2)
    return _made(case, fit.W)


def control_diff_diff(case):
    """Return the synthetic control without ridge, stopped early by the rule of the R package synthdid (its ``sc_estimate``)."""
    from diff_diff.utils import compute_sdid_unit_weights

    before = case.wide[case.pre]
    z, own = before[case.donors].to_numpy(), before[case.unit].to_numpy()
    noise = float(np.std(np.diff(z, axis=0), ddof=1))
    return _made(case, compute_sdid_unit_weights(z, own, 1e-6 * noise, intercept=False, min_decrease=1e-5 * noise))


def augmented_pysyncon(case):
    """Return the ridge augmented control by pysyncon."""
    from pysyncon import AugSynth, Dataprep

    before, fit = list(range(int(case.pre.sum()))), AugSynth()
    panel = Dataprep(synthetic.long(case), [], "mean", "y", "unit", "year", case.unit, case.donors, before, before)
    fit.fit(panel, use_covariates=False)
    return _made(case, np.ravel(fit.W))


def did_statspai(case):
    """Return the estimate of synthetic DiD by statspai."""
    import statspai

    options = {
        "treated_unit": case.unit,
        "treatment_time": int(case.pre.sum()),
        "method": "sdid",
        "se_method": "noinference",
    }
    return float(statspai.sdid(synthetic.long(case), "y", "unit", "year", **options).estimate)


def _made(case, weights):
    weights = np.asarray(weights, float)
    return synthetic._made(case, "peer", "peer", weights)


def build_cases(frame, *, together=False, covariates=(), y="y", d="treated", unit="unit_code", time="year"):
    """
    Cases of all units in which a treatment begins and stays, at whatever times, against the units never treated.

    ``together``: one case for all that begin at once, as synthetic DiD has it; the part of ``covariates`` in the outcome, fitted
    to untreated cells with unit and time effects, is taken off first.
    """
    outcome, path, *x = (frame.pivot(index=time, columns=unit, values=name) for name in (y, d, *covariates))
    if x:
        t, u = np.nonzero((path == 0) & outcome.notna())
        ways = TwoWay(u, t)
        inner = ways.residuals(np.column_stack([table.to_numpy()[t, u] for table in x]))
        slopes = ways.slopes(inner, ways.residuals(outcome.to_numpy()[t, u]))
        outcome = outcome - sum(slope * table for slope, table in zip(slopes, x, strict=True))
    begun = path.idxmax()[path.any() & ~path.iloc[0].astype(bool)]
    never = list(path.columns[~path.any()])
    groups = [list(part.index) for _, part in begun.groupby(begun)] if together else [[code] for code in begun.index]
    rows = outcome.rename_axis(index=time, columns=unit).stack().rename("y").reset_index()
    return [synthetic.build_case(rows, group, begun[group[0]], never, unit=unit, time=time) for group in groups]
