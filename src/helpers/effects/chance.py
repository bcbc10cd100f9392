"""Chance: reassigned treatment paths, wild bootstrap, families of hypotheses, fillings of unknown homes."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import lgamma, log
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from helpers.effects import linear
from helpers.effects.design import DesignRefused, design, need_columns, need_draws, need_whole
from helpers.effects.results import make_rows
from helpers.study import choose

STATISTICS = ("t", "coefficient", "counterfactual")
TOO_FEW = 20  # assignments in all: the smallest p-value is no less than 0.05
_AT_ONCE = 5_000_000


def reassigned_paths(
    paths: np.ndarray, draws: int = 10_000, seed: int = 1, strata: Any = None
) -> tuple[np.ndarray, bool]:
    """
    Assign whole treatment paths to units at random.

    Parameters
    ----------
    paths : ndarray (units, times)
        Treatment, NaN where unknown.
    draws : int
        All distinct assignments are listed where they are no more than this.
    strata : array of length units, optional
        Paths stay within a stratum.

    Returns
    -------
    (ndarray of int (draws, units), bool)
        Row ``paths[index[b]]`` is draw b; whether the list is complete.

    Examples
    --------
    >>> index, exact = reassigned_paths(np.array([[0, 1], [0, 0], [0, 0]]), draws=10)
    >>> len(index), exact
    (3, True)
    """
    kind = np.unique(np.nan_to_num(paths, nan=-9e9), axis=0, return_inverse=True)[1].ravel()
    groups = np.zeros(len(paths), int) if strata is None else np.unique(np.asarray(strata), return_inverse=True)[1]
    blocks = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    size = sum(lgamma(len(b) + 1) - sum(lgamma(c + 1) for c in np.bincount(kind[b])) for b in blocks)
    if size <= log(draws) + 1e-9:
        index = np.zeros((1, len(paths)), np.int32)
        for block in blocks:
            stock = {k: [block[kind[block] == k][0]] * int(c) for k, c in enumerate(np.bincount(kind[block])) if c}
            ways = np.array(list(_arrangements(stock, len(block))), np.int32)
            index = np.repeat(index, len(ways), axis=0)
            index[:, block] = np.tile(ways, (len(index) // len(ways), 1))
        return index, True
    rng = np.random.default_rng(seed)
    index = np.tile(np.arange(len(paths), dtype=np.int32), (draws, 1))
    for block in blocks:
        index[:, block] = rng.permuted(index[:, block], axis=1)
    return index, False


def _arrangements(stock, length):
    if not length:
        yield ()
    for kind, rows in stock.items():
        if rows:
            for rest in _arrangements(stock | {kind: rows[1:]}, length - 1):
                yield (rows[0], *rest)


@dataclass(frozen=True, eq=False, repr=False)
class Reassignment:
    """
    What reassigning the treatment paths gave.

    ``estimate``, ``low`` and ``high`` (95% interval of the same test), ``p_value``; ``observed``
    statistic and its ``draws`` (ndarray); ``placebo``: the estimates under reassignment, in units of the outcome; ``exact``: whether
    all assignments were listed; ``statistic``; ``rows``: one row of results.
    """

    estimate: float
    low: float
    high: float
    p_value: float
    observed: float
    draws: np.ndarray
    placebo: np.ndarray
    exact: bool
    statistic: str
    rows: pd.DataFrame

    @property
    def reached(self) -> np.ndarray:
        """Which of the draws the p-value counts: those at least as far from 0 as what was observed."""
        return reached(self.draws, self.observed)

    def __repr__(self) -> str:
        interval, how = f"95% interval {self.low:.4g} to {self.high:.4g}", self.rows["inference"].iloc[0]
        found = f"estimate {self.estimate:.4g}, {interval}, p = {self.p_value:.4g}"
        return f"Reassignment ({self.statistic}): {found}; {how}"


def crossing(p_value: Callable[[float], float], start: float, step: float, alpha: float) -> float:
    """
    Return where a p-value falls below a level, as the end of an interval; infinite where it never does.

    Parameters
    ----------
    p_value : callable
        Of a value of the effect.
    start : float
        Where the search begins, inside the interval.
    step : float
        First step, with the sign of the direction.
    alpha : float
        The level.
    """
    near, far = start, start + step
    for _ in range(40):
        if p_value(far) < alpha:
            break
        near, far = far, start + (far - start) * 1.6
    else:
        return np.inf * np.sign(step)
    while abs(far - near) > 1e-4 * abs(step):
        middle = (near + far) / 2
        near, far = (near, middle) if p_value(middle) < alpha else (middle, far)
    return far


def reached(values: Any, observed: Any) -> np.ndarray:
    """Return which ``values`` lie at least as far from 0 as what was ``observed``, on either side."""
    return np.abs(np.asarray(values)) >= np.abs(observed) * (1 - 1e-9) - 1e-12


def share_reached(values: Any, observed: Any, exact: bool = False) -> Any:
    """Return the p-value of ``observed`` among draws (first axis of ``values``): (1 + reached) / (1 + draws), or the ``exact`` share; missing draws do not count."""
    far, draws = reached(values, observed).sum(0), np.isfinite(np.asarray(values)).sum(0)
    return far / draws if exact else (1 + far) / (1 + draws)


def _assigned_to(c, paths):
    """Return the units whose paths are exchanged, and for every unit which of these it follows: one unit of each cluster where clusters are treated as a whole."""
    units, firsts = np.arange(len(paths)), np.searchsorted(c.unit, np.arange(len(paths)))
    if c.names["cluster"] is None or not c.nested:
        return units, units
    clusters, heads, group = np.unique(c.cluster[firsts], return_index=True, return_inverse=True)
    alike = np.nan_to_num(paths - paths[heads][group]) == 0
    return (heads, group) if len(clusters) < len(units) and alike.all() else (units, units)


def randomise(
    data: Any, *, draws: int = 10_000, statistic: str = "t", strata: Any = None, seed: int = 1, **columns: Any
) -> Reassignment:
    """
    Reassign whole treatment paths to units at random, and see how often the statistic is as large as the observed one.

    Parameters
    ----------
    data, **columns
        As in `design`.
    draws : int
        All assignments are listed where they are no more than this.
    statistic : {"t", "coefficient", "counterfactual"}
        Two-way effects, studentised by unit (the headline: it keeps its size where units that switch are noisier) or not; or
        the mean effect of the fixed-effects counterfactual.
    strata : str, optional
        Column within whose values paths stay.

    Returns
    -------
    Reassignment
        Where all units of each cluster have the same path, paths are reassigned to clusters. The interval inverts the same test for a constant effect; where a unit's treatment is unknown its own average stands in
        (only for effects other than zero: the p-value does not depend on it).
    """
    statistic = choose("statistic", statistic, STATISTICS)
    need_draws(draws, seed)
    c = design(data, binary=statistic == "counterfactual", **columns)
    if statistic != "counterfactual":
        linear.projected(c)  # refuses what is not identified
    y, paths, covariates, w = c.tables()
    blocks = None
    if strata is not None:
        need_columns(c.frame, [strata])
        blocks = c.frame[strata].iloc[c.row].groupby(c.unit).first().to_numpy()
        if pd.isna(blocks).any():
            text = "strata '{name}' are missing for {n} units; expected one for every unit."
            raise DesignRefused(text, name=strata, n=int(pd.isna(blocks).sum()))
    over, group = _assigned_to(c, paths)
    index, exact = reassigned_paths(paths[over], draws, seed, None if blocks is None else blocks[over])
    index = over[index][:, group].astype(np.int32)
    here = np.arange(len(paths), dtype=np.int32)[None]
    filled = np.where(np.isfinite(paths), paths, np.nanmean(paths, axis=1, keepdims=True))
    estimator, scores = "counterfactual" if statistic == "counterfactual" else "twfe", statistic == "t"
    options = {"estimator": estimator, "covariates": covariates, "w": w, "scores": scores}
    (beta, spread), (own, own_spread) = (linear.draws_of([y, filled], paths, i, **options) for i in (index, here))

    def values(null, beta=beta, spread=spread):
        at = beta[:, 0] - null * beta[:, 1]
        if scores:
            variance = spread[:, 0, 0] - 2 * null * spread[:, 0, 1] + null**2 * spread[:, 1, 1]
            at = at / np.sqrt(np.maximum(variance, 1e-300))
        return at

    def p_value(null):
        return float(share_reached(values(null), values(null, own, own_spread)[0], exact))

    estimate, p = float(own[0, 0]), p_value(0.0)
    step = np.nanstd(beta[:, 0]) or abs(estimate) or 1.0
    low, high = (crossing(p_value, estimate, sign * step, 0.05) for sign in (-1, 1))
    if not np.isfinite(high - low):  # so few assignments that none can be rare
        low = high = np.nan
    kind = "all {:,} assignments" if exact else "{:,} draws"
    few = exact and len(index) <= TOO_FEW  # whatever the difference, this p-value could not be below 0.05
    note = f"{len(index)} assignments are too few for a p-value below 0.05" if few else ""
    if len(over) > c.behind(slice(None)):
        note += "; paths differ within clusters: units are reassigned"
    rows = make_rows(
        c, estimator, estimate, len(over), note, n_clusters=len(over), conf_low=low, conf_high=high, p_value=np.nan if few else p,
        n_draws=len(index), test="reassignment_t" if scores else "reassignment",
        inference="reassignment of whole treatment paths" + ", studentised" * scores + ", " + kind.format(len(index)),
        estimand="mean effect on treated cells" if estimator != "twfe" else "change in the outcome per unit of treatment, weighted by two-way residual variance",
    )  # fmt: skip
    observed = float(values(0.0, own, own_spread)[0])
    return Reassignment(estimate, low, high, p, observed, values(0.0), beta[:, 0], exact, statistic, rows)


def wild_cluster(
    y: np.ndarray, d: np.ndarray, regressors: Any, cluster: np.ndarray, draws: int = 9_999, seed: int = 1
) -> tuple[float, float, float, str, int]:  # fmt: skip
    """
    Wild cluster bootstrap with the null imposed (WCR, Rademacher weights), p-value and interval by inversion.

    Parameters
    ----------
    y, d : ndarray (n,)
        Outcome and treatment less all effects and covariates (times the root of weights).
    regressors : sparse or dense matrix (n, m)
        Time dummies and covariates less their unit means; units lie within clusters.
    cluster : ndarray of int (n,)
    draws : int
        All 2^G sign patterns are used where they are no more than this.

    Returns
    -------
    (float, float, float, str, int)
        p-value of no effect (never zero), 95% interval, the method in words, draws. An interval end is infinite where no value is rejected.
    """
    need_draws(draws, seed)
    groups = int(cluster.max()) + 1
    member = sparse.csr_matrix((np.ones(len(y)), (cluster, np.arange(len(y)))))
    exact = groups <= np.log2(draws)
    if exact:
        draws = 2**groups
        blocks: Any = [np.array(list(product((-1.0, 1.0), repeat=groups))).T]
        method = f"wild cluster bootstrap (WCR), all {draws:,} sign patterns"
    else:
        rng, size_of = np.random.default_rng(seed), max(1, _AT_ONCE // groups)
        sizes = [min(size_of, draws - done) for done in range(0, draws, size_of)]
        blocks = (rng.choice((-1.0, 1.0), (groups, size)) for size in sizes)
        method = f"wild cluster bootstrap (WCR, Rademacher), {draws:,} draws"
    own = np.bincount(cluster, d * d)
    z = sparse.csr_matrix(regressors)
    inverse = np.linalg.pinv((z.T @ z).toarray(), hermitian=True, rcond=1e-11)
    tilt = (member @ z.multiply(d[:, None]).tocsr()).toarray() @ inverse
    cross = {name: (member @ z.multiply(v[:, None]).tocsr()).toarray() for name, v in (("y", y), ("d", d))}
    score = {"y": np.bincount(cluster, d * y), "d": own}

    def moments(signs):
        moved = {k: (score[k] @ signs) / own.sum() for k in score}
        part = {k: signs * score[k][:, None] - tilt @ (cross[k].T @ signs) - own[:, None] * moved[k] for k in score}
        return [moved["y"], moved["d"], *((part[a] * part[b]).sum(0) for a, b in ("yy", "yd", "dd"))]

    shift_y, shift_d, yy, yd, dd = np.concatenate([moments(signs) for signs in blocks], axis=1)

    def p_value(null):
        t = np.abs(shift_y - null * shift_d) * own.sum()
        t = t / np.sqrt(np.maximum(yy - 2 * null * yd + null**2 * dd, 1e-300))
        scores = score["y"] - null * own
        beta = scores.sum() / own.sum()
        seen = abs(beta) * own.sum() / max(np.sqrt(((scores - beta * own) ** 2).sum()), 1e-300)
        return float(share_reached(t, seen, exact))

    beta = score["y"].sum() / own.sum()
    step = np.sqrt(((score["y"] - beta * own) ** 2).sum()) / own.sum() or 1.0
    ends = [crossing(p_value, beta, sign * step, 0.05) for sign in (-1, 1)]
    return p_value(0.0), *ends, method, draws


def stepdown(observed: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """
    Westfall-Young step-down p-values of a family (maxT), from joint draws under the null.

    Parameters
    ----------
    observed : ndarray (m,)
        Statistics of the m hypotheses.
    draws : ndarray (b, m)
        The same statistics in b joint draws under the null. Columns are scaled by their standard deviation.

    Returns
    -------
    ndarray (m,)
        Adjusted p-values, (1 + exceeding) / (1 + b).
    """
    scale = draws.std(0)
    seen, null = np.abs(observed) / scale, np.abs(draws) / scale
    order = np.argsort(-seen)
    largest = np.maximum.accumulate(null[:, order[::-1]], axis=1)[:, ::-1]
    p = (1 + (largest >= seen[order] * (1 - 1e-12)).sum(0)) / (1 + len(draws))
    out = np.empty(len(seen))
    out[order] = np.maximum.accumulate(p)
    return out


def holm(p: Any) -> np.ndarray:
    """
    Return Holm's adjusted p-values; missing ones stay missing and do not count.

    Examples
    --------
    >>> holm([0.01, 0.04, np.nan, 0.03]).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    given, text = p, "p holds {value}; expected a list of p-values, each from 0 to 1 or missing."
    try:
        p = np.asarray(given, float)
    except (TypeError, ValueError):
        raise DesignRefused(text, value=repr(given)) from None
    if p.ndim != 1 or ((p < 0) | (p > 1)).any():
        raise DesignRefused(text, value=repr(given) if p.ndim != 1 else f"{p[(p < 0) | (p > 1)][0]:g}")
    order = np.argsort(p)[: np.isfinite(p).sum()]
    out = np.full(len(p), np.nan)
    out[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class UnknownRange:
    """
    The two-way estimate over all fillings of unknown homes, a term in office at a time.

    ``low``, ``high``; ``n_terms`` unknown stretches, ``n_nameless`` of them periods in which nobody is named; ``exact``: whether all fillings were tried, else ``outer_low`` and ``outer_high`` hold
    for certain and ``low`` and ``high`` are the widest found; ``rows``: two rows of results, unknown range.
    """

    low: float
    high: float
    outer_low: float
    outer_high: float
    n_terms: int
    n_nameless: int
    exact: bool
    rows: pd.DataFrame

    def __repr__(self) -> str:
        how = "all tried" if self.exact else f"searched; certainly within {self.outer_low:.4g} to {self.outer_high:.4g}"
        return f"UnknownRange: {self.low:.4g} to {self.high:.4g} over {2**self.n_terms:,} fillings of {self.n_terms} unknown terms ({how})"


def unknown_range(data: Any, *, d: str = "treated", most: int = 22, seed: int = 1, **columns: Any) -> UnknownRange:
    """
    Range of the two-way estimate over all fillings of unknown homes with local or non-local.

    An unknown stretch is one term in office (column ``term_id``, else ``spell_id``) and is filled as a whole. A period in which no term
    is named is a stretch of its own, since several persons may have served; without these columns consecutive unknown periods are one. The estimate is a ratio of a linear and a quadratic function of the filling.

    Parameters
    ----------
    data, **columns
        As in `design`; has ``<d>_low`` and ``<d>_high`` (unknown filled as local, as non-local).
    most : int
        Up to so many stretches all fillings are tried; above, ascent from many starts gives the range found, and a concave
        relaxation one that no filling can leave.

    Returns
    -------
    UnknownRange
    """
    need_whole(0, seed=seed)
    need_columns(getattr(data, "frame", data), [d + "_low", d + "_high"])
    c = design(data, d=d + "_low", **columns)
    ways, yr, dr, xr = linear.projected(c)
    w = np.ones(len(c.y)) if c.w is None else c.w
    high = c.frame[d + "_high"].iloc[c.row].to_numpy(float, na_value=np.nan)
    unknown = np.isfinite(high) & (high != c.d)
    named = next((name for name in ("term_id", "spell_id") if name in c.frame.columns), None)
    term = c.frame[named].iloc[c.row].to_numpy(object, na_value=None) if named else np.zeros(len(c.y), object)
    nameless = pd.isna(term)
    follows = np.r_[False, (np.diff(c.unit) == 0) & unknown[:-1] & (term[1:] == term[:-1])] & unknown & ~nameless
    stretch = np.where(unknown, np.cumsum(unknown & ~follows) - 1, -1)
    k = int(stretch.max()) + 1
    fill = ways.residuals((stretch[:, None] == np.arange(k)) * (high - c.d)[:, None])
    yr, dr, fill = (column - xr @ ways.slopes(xr, column) for column in (yr, dr, fill))
    parts = (float(dr @ (w * yr)), fill.T @ (w * yr), float(dr @ (w * dr)), fill.T @ (w * dr), (fill.T * w) @ fill)
    low, top = _enumerated(*parts) if k <= most else _searched(*parts, seed)
    bounds = None if k <= most else [_outer(*parts, sign, end) for sign, end in ((-1, low), (1, top))]
    outer: Any = bounds or (low, top)
    rows = make_rows(
        c, "twfe", [low, top], unknown="range", model=["lowest", "highest"], estimand="smallest and largest estimate over all fillings of unknown homes",
        note=[f"{k} unknown terms, {2**k:,} fillings" + ("" if bounds is None else f"; certainly within {outer[0]:.6g} to {outer[1]:.6g}")] * 2,
    )  # fmt: skip
    return UnknownRange(low, top, outer[0], outer[1], k, int((unknown & nameless).sum()), bounds is None, rows)


def _enumerated(a0, a, q0, q, big):
    """Smallest and largest ratio over all 0/1 vectors, in blocks of the first half against all of the second."""
    half = len(a) // 2
    one, two = (np.array(list(product((0.0, 1.0), repeat=n))).reshape(2**n, n) for n in (half, len(a) - half))
    top = (two @ a[half:], 2 * two @ q[half:] + ((two @ big[half:, half:]) * two).sum(1))
    low, high = np.inf, -np.inf
    for z in one:
        bottom = q0 + 2 * z @ q[:half] + z @ big[:half, :half] @ z + top[1] + 2 * two @ (big[half:, :half] @ z)
        ratio = (a0 + z @ a[:half] + top[0]) / bottom
        low, high = min(low, float(ratio.min())), max(high, float(ratio.max()))
    return low, high


def _searched(a0, a, q0, q, big, seed):
    """Widest ratios found by flipping one stretch at a time, the best first, from many starts at once."""
    ends, starts = [], np.random.default_rng(seed).random((200, len(a))) < np.linspace(0, 1, 200)[:, None]
    for sign in (-1, 1):
        z, every = starts.astype(float), np.arange(len(starts))
        while True:
            flip, slope = 1 - 2 * z, q + z @ big
            top, bottom = a0 + z @ a, q0 + (z * (slope + q)).sum(1)
            tried = sign * (top[:, None] + flip * a) / (bottom[:, None] + 2 * flip * slope + np.diag(big))
            best = tried.argmax(1)
            better = tried[every, best] > sign * top / bottom + 1e-14
            if not better.any():
                break
            z[every[better], best[better]] = 1 - z[every[better], best[better]]
        ends.append(sign * float((sign * top / bottom).max()))
    return ends


def _outer(a0, a, q0, q, big, sign, found):
    """A bound, close to the best ratio ``found``, that no 0/1 vector passes: where a concave relaxation of numerator less ratio x denominator is zero."""
    from scipy.optimize import minimize

    largest, start = float(np.linalg.eigvalsh(big)[-1]), np.full(len(a), 0.5)
    options = {"jac": True, "method": "L-BFGS-B", "bounds": [(0, 1)] * len(a), "options": {"maxiter": 50}}

    def most(bound):
        """Upper bound over the box, at any point by the slopes there; z_k^2 = z_k makes it concave without changing 0/1 points."""
        shift = max(-bound, 0.0) * largest
        curve, line = -bound * big - shift * np.eye(len(a)), sign * a - 2 * bound * q + shift
        done = minimize(lambda z: (-(line @ z + z @ curve @ z), -(line + 2 * curve @ z)), start, **options)
        slope = line + 2 * curve @ done.x
        return sign * a0 - bound * q0 - done.fun + np.maximum(slope * (1 - done.x), -slope * done.x).sum()

    low = high = sign * found
    step = 0.05 * abs(found) + 1e-9
    while most(high) > 0:
        low, high, step = high, high + step, 2 * step
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if most(middle) > 0 else (low, middle)
    return sign * high
