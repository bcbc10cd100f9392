"""Estimators for a treatment that goes on and off, on the linear core: two-way effects, counterfactual, leads, weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, special

from helpers.effects import chance, linear
from helpers.effects.design import DesignRefused, design, event_times, need_columns, need_draws, need_whole
from helpers.effects.results import LEAST_CLUSTERS, make_rows, t_rows
from helpers.study import choose
from helpers.words import Refused

_TWFE = "change in the outcome per unit of treatment, weighted by two-way residual variance"
_MEAN = "mean effect on treated cells, counterfactual from untreated cells"


def fit_twfe(
    data: Any, *, inference_by: str = "cluster", draws: int = 10_000, seed: int = 1, strata: Any = None, **columns: Any
) -> pd.DataFrame:
    """
    Two-way fixed effects: y_it = a_i + c_t + b d_it + x_it'g + e_it.

    Parameters
    ----------
    data, **columns
        As in `design`; the treatment may be 0/1 or a share.
    inference_by : {"cluster", "wild", "reassignment", "coefficient"}
        CR1 by cluster and t; cluster bootstrap with the null imposed; whole treatment paths reassigned over units (within
        ``strata``), studentised, or the coefficient itself.
    draws, seed : int
        Of the bootstrap (at most 9,999) or the reassignment.

    Returns
    -------
    DataFrame
        One row of ``RESULT_COLUMNS``. No standard error with fewer than five clusters or with one switching unit. ``attrs["covariates"]``:
        a list with name, estimate, std_error of each covariate.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit_code": list("aabbcc"), "year": [1, 2] * 3, "y": [1.0, 4, 2, 3, 0, 1], "treated": [0, 1, 0, 0, 0, 0]})
    >>> round(fit_twfe(frame)["estimate"].item(), 6)
    2.0
    """
    inference_by = choose("inference_by", inference_by, ("cluster", "wild", "reassignment", "coefficient"))
    if strata is not None and inference_by in ("cluster", "wild"):
        text = "strata is {value}, but inference_by is {how}, which takes none. Leave strata out, or take inference_by='reassignment'."
        raise Refused(text, value=repr(strata), how=repr(inference_by))
    c = design(data, **columns)
    ways, yr, dr, xr = linear.projected(c)
    absorbed, rule = linear.small_sample(c, ways)
    beta, cov, _ = linear.cluster_fit(yr, np.column_stack([dr, xr]), c.cluster, absorbed, c.w)
    se = np.sqrt(np.diag(cov))
    if inference_by == "cluster":
        rows = t_rows(c, "twfe", beta[0], se[0], rule, c.cluster.max(), estimand=_TWFE)
    elif inference_by == "wild":
        c.need_nested()
        root = 1.0 if c.w is None else np.sqrt(c.w)
        y, d = (root * (column - xr @ ways.slopes(xr, column)) for column in (yr, dr))
        z = sparse.diags(root * np.ones(len(yr))) @ unit_regressors(c)
        p, low, high, method, n = chance.wild_cluster(y, d, z, c.cluster, min(draws, 9_999), seed)
        given = {"conf_low": low, "conf_high": high, "p_value": p, "std_error": se[0], "se_rule": rule}
        rows = make_rows(c, "twfe", beta[0], test="wild", inference=method, n_draws=n, estimand=_TWFE, **given)
    else:
        statistic = "t" if inference_by == "reassignment" else "coefficient"
        rows = chance.randomise(c, draws=draws, seed=seed, strata=strata, statistic=statistic).rows
    names = zip(c.names["covariates"], beta[1:].tolist(), se[1:].tolist(), strict=True)
    rows.attrs["covariates"] = [{"name": n, "estimate": b, "std_error": s} for n, b, s in names]
    return rows


def unit_regressors(c: Any) -> Any:
    """Return time dummies and covariates less their unit means (sparse, n rows)."""
    w = np.ones(len(c.y)) if c.w is None else c.w
    rows = np.arange(len(c.unit))
    full = sparse.hstack([sparse.csr_matrix((np.ones(len(rows)), (rows, c.time))), sparse.csr_matrix(c.x)]).tocsr()
    unit, weighted = (sparse.csr_matrix((v, (rows, c.unit))) for v in (np.ones(len(rows)), w))
    return full - unit @ (sparse.diags(1 / np.bincount(c.unit, w)) @ (weighted.T @ full))


def leave_one_out(data: Any, **columns: Any) -> pd.Series:
    """
    Fit two-way effects with each unit left out in turn.

    Parameters
    ----------
    data, **columns
        As in `design`.

    Returns
    -------
    Series
        ``estimate`` by unit left out; NaN where the others do not identify it.
    """
    c = design(data, **columns)
    linear.projected(c)
    fits = []
    for k in range(len(c.units)):
        kept = c.unit != k
        ways = linear.two_way(c, kept)
        x = ways.residuals(np.column_stack([c.d, c.x])[kept])
        alone = x[:, 0] @ x[:, 0] > 1e-10 * len(x)
        beta = linear.cluster_fit(ways.residuals(c.y[kept]), x, c.cluster[kept], w=ways.w)[0]
        fits.append(beta[0] if alone else np.nan)
    return pd.Series(fits, index=c.units.rename(c.names["unit"]), name="estimate")


def fit_counterfactual(
    data: Any, *, horizon: tuple[int, ...] = (-4, 6), draws: int = 500, seed: int = 1, **columns: Any
) -> pd.DataFrame:
    """
    Fixed-effects counterfactual (imputation): unit and time effects are fitted to untreated cells only.

    The effect of a treated cell is y_it - a_i - c_t - x_it'g; rows are its mean, and means by event time for arrivals and
    exits of spells (`event_times`; negative times are in-sample residuals of untreated cells for arrivals). The method of
    Liu, Wang and Xu (2024, ``fect``); event time 0 here is their 1.

    Parameters
    ----------
    data, **columns
        As in `design`.
    horizon : (int, int)
        First and last event time shown; () for the mean alone.
    draws : int
        Bootstrap draws of clusters, at least 20; 0 for none. Their spread makes intervals and p-values by the t distribution with the clusters
        behind a row less one as degrees of freedom (benchmarks/tails.py). `randomise` reassigns paths (statistic counterfactual).

    Returns
    -------
    DataFrame
        Rows of ``RESULT_COLUMNS``: the mean effect (event none), arrivals, exits; ``n_cells`` behind each; no standard error where
        fewer than five clusters are behind a row.
    """
    c = design(data, **columns, binary=True)
    free = c.d == 0
    usable, why = identified(c, free)
    note = "; ".join(f"{n} {what}" for what, n in why.items() if n)
    ends = tuple(horizon) if np.iterable(horizon) else (horizon,)
    if ends and not (len(ends) == 2 and all(isinstance(e, int | np.integer) for e in ends) and ends[0] <= ends[1]):
        text = (
            "horizon is {value}; expected the first and the last event time, such as (-4, 6), or () for the mean alone."
        )
        raise Refused(text, value=repr(horizon))
    labels, members = _event_sets(c, usable, ends)
    used = {k: v for k, v in c.counts(usable).items() if k != "n_cells"}
    return effect_rows(
        c, free, members, draws, seed, **used, event=[kind for kind, _ in labels], event_time=[e for _, e in labels],
        estimand=[_MEAN if kind == "none" else f"{_MEAN}, by years since {kind}" for kind, _ in labels],
        note=["; ".join(filter(None, (note, f"{int(m.sum())} cells"))) for m in members],
    )  # fmt: skip


def effect_rows(c: Any, free: np.ndarray, members: Any, draws: int, seed: int, **more: Any) -> pd.DataFrame:
    """Return rows of mean counterfactual effects over sets of cells (members), with a bootstrap of clusters; ``free``: the cells that the effects are fitted to."""
    need_draws(draws, seed, none=True)
    effect, w = impute(c, free), np.ones(len(c.y)) if c.w is None else c.w
    means, behind = [np.average(effect[m], weights=w[m]) for m in members], np.array([c.behind(m) for m in members])
    more = {"n_cells": [int(m.sum()) for m in members]} | more
    if not draws:
        return make_rows(c, "counterfactual", means, inference="none", **more)
    spread = np.nanstd(bootstrapped(c, free, members, draws, seed), axis=0, ddof=1)
    how = {"test": "bootstrap", "n_draws": draws, "behind": behind}
    how["inference"] = f"bootstrap of clusters, {draws:,} draws"
    rule = "standard deviation of bootstrap draws; t with the clusters behind the row less one"
    return t_rows(c, "counterfactual", means, spread, rule, np.maximum(behind - 1, 1), **how | more)


def bootstrapped(c: Any, free: np.ndarray, members: Any, draws: int, seed: int) -> np.ndarray:
    """Return bootstrap draws (draws, members) of the mean counterfactual effect over sets of cells."""
    c.need_nested()
    group = c.cluster[np.searchsorted(c.unit, np.arange(len(c.units)))]
    free, *sets = (c.wide(m.astype(float)) == 1 for m in (free, *members))
    weight = None if c.w is None else np.nan_to_num(c.wide(c.w))
    y, x = np.nan_to_num(c.wide(c.y)), [c.wide(column) for column in c.x.T]
    return linear.bootstrap([y], free, sets, x, group, weight, draws, seed)[:, 0]


def identified(c: Any, free: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
    """Return which cells are linked to untreated cells (bool), and what is not, counted by reason; refuse where no treated cell is."""
    if not free.any():
        raise DesignRefused("no cell is without treatment; expected some to build the counterfactual from.")
    part_unit, part_time = linear.two_way(c, free).linked(len(c.units), len(c.times))
    usable = part_unit[c.unit] == part_time[c.time]
    if not (usable & ~free).any():
        text = "every treated unit is treated in all its cells; expected treated units with years without treatment too. Widen the window."
        raise DesignRefused(text)
    always = part_unit < 0
    why = {"always treated units left out": int(always.sum())}
    lost = int((~usable & ~free).sum()) - int(always[c.unit].sum())
    return usable, why | {"treated cells without an untreated comparison left out": lost}


def events(c: Any) -> list[np.ndarray]:
    """Return arrival and exit time of every cell, from all rows with a known treatment (the outcome may be missing there)."""
    e = c.every
    known = np.flatnonzero(np.isfinite(e["d"]) & (e["unit"] >= 0))
    place = np.full(len(c.frame), -1)
    place[e["row"][known]] = np.arange(len(known))
    return [at[place[c.row]] for at in event_times(e["d"][known], e["unit"][known], e["step"][known])]


def _event_sets(c, usable, horizon):
    labels, members = [("none", pd.NA)], [(c.d == 1) & usable]
    for kind, at in zip(("arrival", "exit"), events(c), strict=True):
        for e in range(horizon[0], horizon[-1] + 1) if horizon else ():
            member = usable & (at == e)
            if member.any():
                labels.append((kind, e))
                members.append(member)
    return labels, members


def impute(c: Any, free: np.ndarray) -> np.ndarray:
    """Return every cell's outcome less what unit and time effects and covariates, fitted to the cells ``free``, lead one to expect."""
    ways = linear.two_way(c, free)
    left = c.y - c.x @ ways.slopes(ways.residuals(c.x[free]), ways.residuals(c.y[free]))
    a, b = ways.effects(left[free], len(c.units), len(c.times))
    return left - a[c.unit] - b[c.time]


def leads(data: Any, *, years: int = 3, **columns: Any) -> pd.DataFrame:
    """
    Test parallel trends over the ``years`` before arrivals: two-way effects on untreated cells with a dummy for each of the last years before one.

    The pre-trend regression of Borusyak, Jaravel and Spiess, spell by spell; earlier untreated cells are the reference.

    Parameters
    ----------
    data, **columns
        As in `design`.
    years : int

    Returns
    -------
    DataFrame
        One row per lead (event arrival; event time -1 is the last year before one), and one (test ``joint``) whose estimate is the joint F statistic,
        unless their variance is singular.
    """
    need_whole(1, years=years)
    c = design(data, **columns, binary=True)
    if years > c.step.max():
        text = "the {n} years before arrivals are asked about; expected at most {most}, as many as lie before the last one here. Take fewer leads."
        raise DesignRefused(text, n=years, most=int(c.step.max()))
    at, free = events(c)[0], c.d == 0
    shown = [e for e in range(-years, 0) if (free & (at == e)).any()]
    ways, group = linear.two_way(c, free), np.unique(c.cluster[free], return_inverse=True)[1]
    x = ways.residuals(np.column_stack([*(at[free] == e for e in shown), c.x[free]]).astype(float))
    if not shown or np.linalg.matrix_rank(x, tol=1e-7) < x.shape[1]:
        text = "the {n} years before arrivals cannot be told from unit and time effects; expected more years without treatment. Take fewer leads."
        raise DesignRefused(text, n=years)
    absorbed, rule = linear.small_sample(c, ways)
    beta, cov, _ = linear.cluster_fit(ways.residuals(c.y[free]), x, group, absorbed, ways.w)
    k, df = len(shown), int(group.max())
    sets = [free & (at == e) for e in shown]
    used = {k: v for k, v in c.counts(free).items() if k not in ("n_cells", "n_switching")}
    rows = t_rows(
        c, "leads", beta[:k], np.sqrt(np.diag(cov))[:k], rule, df, event="arrival", event_time=shown, n_cells=[int(s.sum()) for s in sets],
        behind=[c.behind(s) for s in sets], estimand="difference from the path of other untreated cells, before an arrival",
        **used,
    )  # fmt: skip
    if np.linalg.eigvalsh(cov[:k, :k]).min() <= 1e-12 * np.var(c.y):  # singular: no joint test
        return rows
    joint = float(beta[:k] @ np.linalg.pinv(cov[:k, :k]) @ beta[:k] / k)
    few = min(c.behind(s) for s in sets) < LEAST_CLUSTERS
    test = make_rows(
        c, "leads", joint, event="arrival", test="joint", estimand=f"joint F statistic of {k} leads", n_cells=int(sum(s.sum() for s in sets)),
        inference=f"F({k}, {df})", se_rule=rule, **used, p_value=np.nan if few else float(special.fdtrc(k, df, joint)),
    )  # fmt: skip
    return pd.concat([rows, test], ignore_index=True)


@dataclass(frozen=True, eq=False, repr=False)
class Weights:
    """
    Weights that a regression gives to the effects of treated cells (de Chaisemartin and D'Haultfoeuille 2020).

    ``table`` (unit, time, weight; the weights sum to one), ``n``, ``n_negative``, ``n_positive``, ``sum_negative``, ``sum_positive``, ``beta``.
    """

    table: pd.DataFrame
    n: int
    n_negative: int
    n_positive: int
    sum_negative: float
    sum_positive: float
    beta: float

    def __repr__(self) -> str:
        return (
            f"Weights: {self.n_negative} of {self.n} negative, {self.sum_negative:.4g} in sum; estimate {self.beta:.4g}"
        )


def weights(data: Any, **columns: Any) -> Weights:
    """
    Weights that two-way fixed effects give to the effects of treated cells.

    Parameters
    ----------
    data, **columns
        As in `design`.

    Returns
    -------
    Weights
    """
    c = design(data, clusters=2, **columns)
    left, on = linear.projected(c)[2] * (1.0 if c.w is None else c.w), c.d != 0
    total = left @ c.d
    weight = left[on] * c.d[on] / total
    table = pd.DataFrame({c.names["unit"]: c.units[c.unit[on]], c.names["time"]: c.times[c.time[on]], "weight": weight})
    negative, positive = weight < -1e-10, weight > 1e-10
    sums = float(weight[negative].sum()), float(weight[positive].sum())
    return Weights(table, len(weight), int(negative.sum()), int(positive.sum()), *sums, float(left @ c.y / total))


def with_bounds(fit: Any, data: Any, **options: Any) -> pd.DataFrame:
    """
    Fit with known homes only, and with all unknown ones taken as local and as non-local.

    Parameters
    ----------
    fit : callable
        Such as `fit_twfe`; ``options`` go to it.
    data : DataFrame or study panel
        Has ``<d>_low`` and ``<d>_high`` beside the treatment ``d`` (unknown filled as local, as non-local).

    Returns
    -------
    DataFrame
        Rows of the three fits; column ``unknown`` says which. Two extreme cases, not the range: `unknown_range` gives that.
    """
    d = options.pop("d", "treated")
    need_columns(getattr(data, "frame", data), [d + "_low", d + "_high"])
    cases = {d: "left_out", f"{d}_low": "local", f"{d}_high": "non_local"}
    fits = [fit(data, d=name, **options).assign(unknown=case) for name, case in cases.items()]
    return pd.concat(fits, ignore_index=True)
