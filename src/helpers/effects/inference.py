"""
Uncertainty for panels: clusters, wild bootstrap, randomised treatment paths, distance, families of outcomes.

Shared parameters: ``seed`` of the random numbers; ``level`` of intervals; ``present`` (draws, units, times), 1 where a cell is in
the sample of a draw.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import lgamma, log

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

CR1 = "CR1, G/(G-1) x (n-1)/(n-k); unit effects nested in the clusters not counted in k; t(G-1)"


class DesignRefused(ValueError):
    """
    A design that would give a wrong or empty number; the message says what was found and what to do.

    ``template`` and ``values`` make the English text of ``str()``; `Words.reason` gives it in the reader's language.
    """

    def __init__(self, template, **values):
        super().__init__(template)
        self.template, self.values = template, values

    def __str__(self):
        return self.template.format(**self.values)


class TwoWay:
    """
    Exact projection on unit and time effects for any pattern of missing cells.

    The larger dimension is removed by its means, the smaller one by solving its normal equations.

    Parameters
    ----------
    unit, time : ndarray of int
        Codes 0..n-1 of every row, each code used at least once.
    """

    def __init__(self, unit, time):
        self._swap = time.max(initial=0) > unit.max(initial=0)
        self._big, self._small = (time, unit) if self._swap else (unit, time)
        self._count = np.bincount(self._big).astype(float)
        self._table = sparse.csr_matrix((np.ones(len(unit)), (self._big, self._small)))
        scaled = sparse.diags(1 / self._count) @ self._table
        cross = np.diag(np.bincount(self._small).astype(float)) - (self._table.T @ scaled).toarray()
        parts, small_part = connected_components(sparse.csr_matrix(self._table.T @ self._table), directed=False)
        free = (small_part[:, None] == small_part) * np.diag(cross).mean() / len(cross)
        self._inverse = np.linalg.inv(cross + free)
        first = self._table.indices[self._table.indptr[:-1]]
        self.n_effects = self._count.size + len(cross) - parts
        self.unit_part, self.time_part = (
            (small_part, small_part[first]) if self._swap else (small_part[first], small_part)
        )

    def effects(self, values):
        """Return (unit effects, time effects) of one column; only their sum within a connected part has meaning."""
        mean = np.bincount(self._big, values) / self._count
        small = self._inverse @ np.bincount(self._small, values - mean[self._big])
        big = mean - self._table @ small / self._count
        return (small, big) if self._swap else (big, small)

    def residuals(self, values):
        """Return one column, or each column of an (n, k) array, less its unit and time effects."""
        if values.ndim == 2:
            return np.column_stack([self.residuals(column) for column in values.T]) if values.shape[1] else values
        big, small = self.effects(values)[:: -1 if self._swap else 1]
        return values - big[self._big] - small[self._small]


def cluster_fit(y, regressors, cluster, n_absorbed=0):
    """
    Least squares on residualised columns with the CR1 covariance by cluster.

    Parameters
    ----------
    y : ndarray (n,)
    regressors : ndarray (n, k)
    cluster : ndarray of int (n,)
    n_absorbed : int
        Effects removed before, counted in the small-sample rule.

    Returns
    -------
    (ndarray (k,), ndarray (k, k), ndarray (n,))
        Coefficients, covariance (rule: ``CR1``), residuals.
    """
    bread = np.linalg.pinv(regressors.T @ regressors)
    beta = bread @ (regressors.T @ y)
    residual = y - regressors @ beta
    scores = np.column_stack([np.bincount(cluster, column * residual) for column in regressors.T])
    groups, n, k = len(scores), len(y), regressors.shape[1] + n_absorbed
    factor = groups / (groups - 1) * (n - 1) / max(n - k, 1)
    return beta, factor * bread @ (scores.T @ scores) @ bread, residual


def wild_cluster(y, d, unit_regressors, cluster, draws=9_999, seed=1, level=0.95):
    """
    Wild cluster bootstrap with the null imposed (WCR, Rademacher weights), p-value and interval by inversion.

    Parameters
    ----------
    y, d : ndarray (n,)
        Outcome and treatment less all effects and covariates.
    unit_regressors : sparse or dense matrix (n, m)
        Time dummies and covariates less their unit means; units lie within clusters.
    cluster : ndarray of int (n,)
    draws : int
        All 2^G sign patterns are used where they are no more than this.

    Returns
    -------
    (float, float, float, str)
        p-value of no effect, interval, and the method in words. An interval end is infinite where no value is rejected.
    """
    groups = cluster.max() + 1
    member = sparse.csr_matrix((np.ones(len(y)), (cluster, np.arange(len(y)))))
    if groups <= np.log2(draws):
        signs = np.array(list(product((-1.0, 1.0), repeat=int(groups)))).T
        method = f"wild cluster bootstrap (WCR), all {2 ** int(groups):,} sign patterns"
    else:
        signs = np.random.default_rng(seed).choice((-1.0, 1.0), (groups, draws))
        method = f"wild cluster bootstrap (WCR, Rademacher), {draws:,} draws"
    own = np.bincount(cluster, d * d)
    z = sparse.csr_matrix(unit_regressors)
    inverse = np.linalg.pinv((z.T @ z).toarray(), hermitian=True, rcond=1e-11)
    tilt = (member @ z.multiply(d[:, None]).tocsr()).toarray() @ inverse
    cross = {name: (member @ z.multiply(v[:, None]).tocsr()).toarray() for name, v in (("y", y), ("d", d))}
    score = {"y": np.bincount(cluster, d * y), "d": own}

    shift = {k: (score[k] @ signs) / own.sum() for k in score}
    part = {k: signs * score[k][:, None] - tilt @ (cross[k].T @ signs) - own[:, None] * shift[k] for k in score}
    yy, yd, dd = ((part[a] * part[b]).sum(0) for a, b in ("yy", "yd", "dd"))

    def p_value(null):
        t = np.abs(shift["y"] - null * shift["d"]) * own.sum()
        t = t / np.sqrt(np.maximum(yy - 2 * null * yd + null**2 * dd, 1e-300))
        return float(np.mean(t >= abs(_t_value(score["y"] - null * own, own)) * (1 - 1e-9)))

    beta = score["y"].sum() / own.sum()
    step = np.sqrt(((score["y"] - beta * own) ** 2).sum()) / own.sum() or 1.0
    ends = [_crossing(p_value, beta, sign * step, 1 - level) for sign in (-1, 1)]
    return p_value(0.0), *ends, method


def _t_value(score, own):
    beta = score.sum() / own.sum()
    return beta * own.sum() / max(np.sqrt(((score - beta * own) ** 2).sum()), 1e-300)


def _crossing(p_value, start, step, alpha):
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


def permuted_paths(paths, draws=10_000, seed=1, strata=None):
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
    """
    kind = np.unique(np.nan_to_num(paths, nan=-9e9), axis=0, return_inverse=True)[1].ravel()
    groups = np.zeros(len(paths), int) if strata is None else np.unique(np.asarray(strata), return_inverse=True)[1]
    blocks = [np.flatnonzero(groups == g) for g in np.unique(groups)]
    size = sum(lgamma(len(b) + 1) - sum(lgamma(c + 1) for c in np.bincount(kind[b])) for b in blocks)
    if size <= log(draws) + 1e-9:
        index = np.zeros((1, len(paths)), np.int32)
        for block in blocks:
            ways = np.array(
                list(
                    _arrangements(
                        {
                            k: list(block[kind[block] == k])[:1] * int(c)
                            for k, c in enumerate(np.bincount(kind[block]))
                            if c
                        },
                        len(block),
                    )
                ),
                np.int32,
            )
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


def connected(cross):
    """Return of stacked (times, times) matrices ``cross`` which periods are linked through shared units, directly or not."""
    reach = (np.abs(cross) > 1e-12) | np.eye(cross.shape[-1], dtype=bool)
    for _ in range(int(np.ceil(np.log2(max(cross.shape[-1], 2))))):
        reach = np.matmul(reach.astype(np.float32), reach.astype(np.float32)) > 0
    return reach


def solve_times(cross, right, n_times):
    """Return the solution of stacked normal equations ``cross`` x = ``right`` whose first ``n_times`` unknowns are period effects, free up to a constant per linked part."""
    cross[:, :n_times, :n_times] += connected(cross[:, :n_times, :n_times]) / n_times
    try:
        return np.linalg.solve(cross, right)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(cross, hermitian=True, rcond=1e-10) @ right


def solve_two_way(present, right):
    """Return the period effects of stacked two-way normal equations, unit effects already taken out of ``right``."""
    n = np.maximum(present.sum(2), 1)
    cross = -np.matmul((present / n[:, :, None]).transpose(0, 2, 1), present)
    times = np.arange(present.shape[2])
    cross[:, times, times] += present.sum(1)
    return solve_times(cross, right, len(times))


def less_effects(values, present):
    """Return (draws, units, times) arrays less two-way effects over the cells present in each draw."""
    n = np.maximum(present.sum(2), 1)
    centred = (values - (values.sum(2) / n)[:, :, None]) * present
    time = solve_two_way(present, centred.sum(1)[:, :, None])
    return centred - (time.transpose(0, 2, 1) - np.matmul(present, time) / n[:, :, None]) * present


def twfe_draws(y, paths, index, covariates=(), studentised=False):
    """
    Two-way fixed-effects coefficient (or CR1 t-value by unit) of every permuted assignment of paths.

    Parameters
    ----------
    y : ndarray (units, times)
        NaN where missing.
    paths : ndarray (units, times)
        NaN where unknown: such a cell leaves the sample of the unit that is given the path.
    index : ndarray of int (draws, units)
    studentised : bool
        Whether the t-value is wanted.
    covariates : sequence of ndarray (units, times)

    Returns
    -------
    ndarray (draws,)
        NaN for a draw in which the permuted treatment has no variation left.
    """
    seen = np.isfinite(reduce(np.add, covariates, y))
    known = bool(np.isfinite(paths).all())
    fixed = np.where(seen, 1.0, 0.0)[None]
    columns = [np.where(seen, c, 0.0)[None] for c in (y, *covariates)]
    if known:
        columns = [less_effects(c, fixed) for c in columns]
        residual_paths = less_effects(paths[None], fixed)[0] if seen.all() else None
        if residual_paths is not None and not covariates and len(y) <= 3_000:
            return _balanced_draws(columns[0][0], residual_paths, index, studentised)
    out = np.empty(len(index))
    step = max(1, int(2e5 / y.size))
    for start in range(0, len(index), step):
        part = index[start : start + step]
        if known:
            present, block = fixed, columns
            moved = residual_paths[part] if residual_paths is not None else less_effects(paths[part] * fixed, fixed)
        else:
            given = paths[part]
            present = np.where(np.isfinite(given), fixed, 0.0)
            moved = less_effects(np.nan_to_num(given) * present, present)
            block = [
                less_effects(c * present, present) if k or studentised else c * present for k, c in enumerate(columns)
            ]
        out[start : start + step] = _slopes(block, moved, studentised)
    return out


def _slopes(block, moved, studentised):
    flat = [np.broadcast_to(c, moved.shape).reshape(len(moved), -1) for c in block]
    outcome, treatment, basis = flat[0], moved.reshape(len(moved), -1), []
    size = np.einsum("bc,bc->b", treatment, treatment)
    for column in flat[1:]:
        for other in basis:
            column = column - np.einsum("bc,bc->b", column, other)[:, None] * other
        basis.append(column / np.maximum(np.linalg.norm(column, axis=1), 1e-300)[:, None])
    for other in basis:
        treatment = treatment - np.einsum("bc,bc->b", treatment, other)[:, None] * other
        outcome = outcome - np.einsum("bc,bc->b", outcome, other)[:, None] * other
    own = np.einsum("bc,bc->b", treatment, treatment)
    own = np.where(own > 1e-10 * np.maximum(size, 1e-300), own, np.nan)
    beta = np.einsum("bc,bc->b", treatment, outcome) / own
    if not studentised:
        return beta
    scores = (treatment * (outcome - beta[:, None] * treatment)).reshape(moved.shape).sum(2)
    return beta * own / np.sqrt((scores**2).sum(1))


def _balanced_draws(y, paths, index, studentised):
    units = np.arange(len(y))
    cross, own = paths @ y.T, (paths**2).sum(1)
    score = cross[index, units]
    beta = score.sum(1) / own.sum()
    return beta * own.sum() / np.sqrt(((score - beta[:, None] * own[index]) ** 2).sum(1)) if studentised else beta


def counterfactual_draws(y, paths, index):
    """
    Mean fixed-effects counterfactual effect of every permuted assignment of 0/1 paths.

    Arguments as in ``twfe_draws`` (without covariates). Treated cells whose unit and year are not linked by
    untreated cells are left out, as in ``effects.fit_counterfactual``.

    Returns
    -------
    ndarray (draws,)
        NaN where a draw has no treated cell left.
    """
    seen, filled = np.isfinite(y), np.nan_to_num(y)
    out = np.empty(len(index))
    step = max(1, int(2e5 / y.size))
    for start in range(0, len(index), step):
        given = paths[index[start : start + step]]
        free, treated = ((given == v) & seen for v in (0, 1))
        free = free.astype(float)
        n = np.maximum(free.sum(2), 1)
        mean = (free * filled).sum(2) / n
        centred = filled - mean[:, :, None]
        time = solve_two_way(free, (centred * free).sum(1)[:, :, None])
        effect = centred - (time.transpose(0, 2, 1) - np.matmul(free, time) / n[:, :, None])
        linked = connected(np.matmul(free.transpose(0, 2, 1), free))
        usable = treated & (np.matmul(free, linked) > 0)
        mean = np.where(usable, effect, 0).sum((1, 2)) / np.where(usable.any((1, 2)), usable.sum((1, 2)), np.nan)
        out[start : start + step] = mean
    return out


@dataclass(frozen=True)
class Randomisation:
    """What randomising the treatment paths gave: the observed statistic, its draws, p-value, interval, whether exact."""

    observed: float
    draws: np.ndarray
    p_value: float
    conf_low: float
    conf_high: float
    exact: bool

    @property
    def method(self):
        """The method in words."""
        kind = "all {:,} assignments" if self.exact else "{:,} draws"
        return "randomisation of whole treatment paths, " + kind.format(len(self.draws))


def randomise(y, paths, covariates=(), draws=10_000, seed=1, strata=None, statistic="coefficient", level=0.95):
    """
    Randomisation test of the sharp null: whole treatment paths are permuted over units.

    Parameters
    ----------
    y, paths : ndarray (units, times)
    statistic : str
        ``coefficient`` or ``t`` (two-way fixed effects), or ``counterfactual``.

    Returns
    -------
    Randomisation
        The interval (only for ``coefficient`` with known paths; else NaN) inverts the test for a constant effect.
        p = (1 + exceeding) / (1 + draws), or the exact share where all assignments were listed.
    """
    index, exact = permuted_paths(paths, draws, seed, strata)
    here = np.arange(len(paths), dtype=np.int32)[None]
    if statistic == "counterfactual":
        values, observed = (counterfactual_draws(y, paths, i) for i in (index, here))
    else:
        values, observed = (twfe_draws(y, paths, i, covariates, statistic == "t") for i in (index, here))
    observed, low, high = float(observed[0]), np.nan, np.nan
    if statistic == "coefficient" and np.isfinite(paths).all():
        echo = twfe_draws(np.where(np.isfinite(y), paths, np.nan), paths, index, covariates)
        spread = np.nanstd(values) or abs(observed) or 1.0

        def reach(null):
            return _share(values - null * echo, observed - null, exact)

        low, high = (_crossing(reach, observed, sign * spread, 1 - level) for sign in (-1, 1))
    return Randomisation(observed, values, _share(values, observed, exact), low, high, exact)


def _share(values, observed, exact):
    values = np.abs(values[np.isfinite(values)])
    reached = np.sum(values >= abs(observed) * (1 - 1e-9) - 1e-12)
    return float(reached / len(values) if exact else (1 + reached) / (1 + len(values)))


def stepdown(observed, draws):
    """
    Westfall-Young step-down p-values of a family (maxT), from joint draws under the null.

    With bootstrap draws centred at the estimates this is the Romano-Wolf procedure.

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


def conley_covariance(regressors, residual, unit, time, coordinates, cutoff_km, kernel="bartlett", lags=0):
    """
    Covariance with correlation between near units in one period (Conley) and within a unit over ``lags`` periods.

    Parameters
    ----------
    regressors, residual : ndarray (n, k), (n,)
        Less all effects.
    cutoff_km : float
        Distance from which units do not count as near.
    coordinates : ndarray (units, 2)
        Latitude and longitude in degrees by unit code; great-circle distance in km (Earth radius 6371.01 km).
    kernel : str
        ``bartlett`` (1 - distance / cutoff) or ``uniform``.

    Returns
    -------
    ndarray (k, k)
        No small-sample factor.
    """
    lat, lon = np.radians(np.asarray(coordinates, float)).T
    gap = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    ratio = 2 * 6371.01 * np.arcsin(np.sqrt(np.clip(gap, 0, 1))) / cutoff_km
    near = np.where(ratio <= 1, 1 - ratio if kernel == "bartlett" else 1.0, 0.0)
    scores = np.zeros((time.max() + 1, unit.max() + 1, regressors.shape[1]))
    np.add.at(scores, (time, unit), regressors * residual[:, None])
    meat = np.einsum("tik,ij,tjl->kl", scores, near, scores, optimize=True)
    for lag in range(1, lags + 1):
        part = (1 - lag / (lags + 1)) * np.einsum("tik,til->kl", scores[lag:], scores[:-lag])
        meat += part + part.T
    bread = np.linalg.pinv(regressors.T @ regressors)
    return bread @ meat @ bread
