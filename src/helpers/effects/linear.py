"""The linear core: two-way projection, clustered errors, normal equations, estimators as weights, one bootstrap of clusters."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from helpers.effects.design import DesignRefused, renumbered

CR1 = "CR1, G/(G-1) x (n-1)/(n-k); unit effects nested in the clusters not counted in k; t(G-1)"
_SMALL = 4_000_000


class TwoWay:
    """
    Exact projection on unit and time effects for any pattern of missing cells.

    The larger dimension is removed by its means, the smaller one by solving its normal equations.

    Parameters
    ----------
    unit, time : ndarray of int (n,)
        Any codes; those not used do not matter.
    w : ndarray (n,), optional
        Positive weights.

    Examples
    --------
    >>> ways = TwoWay(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    >>> ways.residuals(np.array([1.0, 2.0, 3.0, 6.0])).tolist()
    [0.5, -0.5, -0.5, 0.5]
    """

    def __init__(self, unit: Any, time: Any, w: Any = None) -> None:
        (self._at_unit, units), (self._at_time, times) = renumbered(unit), renumbered(time)
        unit, time = units[unit], times[time]
        self.w, self._swap = w, time.max(initial=0) > unit.max(initial=0)
        self._big, self._small = (time, unit) if self._swap else (unit, time)
        self._count = np.bincount(self._big, w).astype(float)
        self._table = sparse.csr_matrix((np.ones(len(unit)) if w is None else w, (self._big, self._small)))
        scaled = sparse.diags(1 / self._count) @ self._table
        cross = np.diag(np.bincount(self._small, w).astype(float)) - (self._table.T @ scaled).toarray()
        parts, small_part = connected_components(sparse.csr_matrix(self._table.T @ self._table), directed=False)
        scale = np.diag(cross).mean() / len(cross) or 1.0  # 0 where no unit is seen beside another
        free = (small_part[:, None] == small_part) * scale
        self._inverse = np.linalg.inv(cross + free)
        first = self._table.indices[self._table.indptr[:-1]]
        self.n_units = len(self._at_unit)
        self.n_effects = self._count.size + len(cross) - parts
        self._parts = (small_part, small_part[first]) if self._swap else (small_part[first], small_part)

    def _solved(self, values):
        values = values if self.w is None else values * self.w
        mean = np.bincount(self._big, values) / self._count
        moved = mean[self._big] if self.w is None else mean[self._big] * self.w
        small = self._inverse @ np.bincount(self._small, values - moved)
        return mean - self._table @ small / self._count, small

    def _full(self, pair, n_units, n_times, empty):
        a, b = np.full(n_units, empty), np.full(n_times, empty)
        a[self._at_unit], b[self._at_time] = pair
        return a, b

    def effects(self, values: Any, n_units: int, n_times: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (unit effects, time effects) of one column by code, NaN where not used; only their sum within a connected part has meaning."""
        big, small = self._solved(values)
        return self._full((small, big) if self._swap else (big, small), n_units, n_times, np.nan)

    def linked(self, n_units: int, n_times: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the connected part of every unit and of every time by code (-1 and -2 where not used)."""
        a, b = self._full(self._parts, n_units, n_times, -1)
        return a, np.where(b < 0, -2, b)

    def residuals(self, values: np.ndarray) -> np.ndarray:
        """Return one column, or each column of an (n, k) array, less its unit and time effects."""
        if values.ndim == 2:
            return np.column_stack([self.residuals(column) for column in values.T]) if values.shape[1] else values
        big, small = self._solved(values)
        return values - big[self._big] - small[self._small]

    def slopes(self, x: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return the slopes of one column, or of each of an array, on the columns of ``x`` (n, k), by least squares with the weights."""
        root = 1.0 if self.w is None else np.sqrt(self.w)
        return np.linalg.lstsq((x.T * root).T, (values.T * root).T, rcond=None)[0]


def two_way(c: Any, cells: Any = slice(None)) -> TwoWay:
    """Return the projection of a design ``c``, or of some of its cells (boolean)."""
    return TwoWay(c.unit[cells], c.time[cells], None if c.w is None else c.w[cells])


def projected(c: Any) -> tuple[TwoWay, np.ndarray, np.ndarray, np.ndarray]:
    """Return the projection of a design, and outcome, treatment, covariates less unit and time effects; refuse what is not identified."""
    ways = two_way(c)
    d, x = ways.residuals(c.d), ways.residuals(c.x)
    root = 1.0 if c.w is None else np.sqrt(c.w)
    basis = (x.T * root).T
    if x.shape[1]:
        size = np.sqrt((basis**2).sum(0)) / np.maximum(np.sqrt(((c.x - c.x.mean(0)) ** 2).sum(0)), 1e-300)
        alike = basis / np.maximum(np.linalg.norm(basis, axis=0), 1e-300)
        if (size < 1e-7).any() or np.linalg.matrix_rank(alike, tol=1e-8) < x.shape[1]:
            text = "a covariate among {names} is explained by unit and time effects and the others; expected covariates that move by themselves. Leave it out."
            raise DesignRefused(text, names=", ".join(map(str, c.names["covariates"])))
    left = (d - x @ ways.slopes(x, d)) * root
    if left @ left <= 1e-10 * max(((c.d - c.d.mean()) ** 2).sum(), 1e-300):
        text = "the treatment is explained entirely by unit and time effects and covariates; expected units that switch at different times. Add comparison units or widen the window."
        raise DesignRefused(text)
    return ways, ways.residuals(c.y), d, x


def small_sample(c: Any, ways: TwoWay) -> tuple[int, str]:
    """Return how many absorbed effects the small-sample rule of a design counts, and the rule in words."""
    if c.nested:
        return ways.n_effects - ways.n_units + 1, CR1
    return ways.n_effects, CR1.replace("unit effects nested in the clusters not counted", "all effects counted")


def cluster_fit(
    y: np.ndarray, regressors: np.ndarray, cluster: np.ndarray, n_absorbed: int = 0, w: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """
    Least squares on residualised columns with the CR1 covariance by cluster.

    Parameters
    ----------
    y : ndarray (n,)
    regressors : ndarray (n, k)
    cluster : ndarray of int (n,)
    n_absorbed : int
        Effects removed before, counted in the small-sample rule.
    w : ndarray (n,), optional

    Returns
    -------
    (ndarray (k,), ndarray (k, k))
        Coefficients, covariance (rule: ``CR1``).
    """
    weighted = regressors if w is None else regressors * w[:, None]
    bread = np.linalg.pinv(weighted.T @ regressors)
    beta = bread @ (weighted.T @ y)
    residual = y - regressors @ beta
    scores = np.column_stack([np.bincount(cluster, column * residual) for column in weighted.T])
    groups, n, k = len(scores), len(y), regressors.shape[1] + n_absorbed
    factor = groups / (groups - 1) * (n - 1) / max(n - k, 1)
    return beta, factor * bread @ (scores.T @ scores) @ bread


def connected(cross: np.ndarray) -> np.ndarray:
    """Return of stacked (times, times) matrices ``cross`` which periods are linked through shared units, directly or not."""
    reach = (np.abs(cross) > 1e-12) | np.eye(cross.shape[-1], dtype=bool)
    if reach.diagonal(1, 1, 2).all():
        return np.ones_like(reach)
    for _ in range(int(np.ceil(np.log2(max(cross.shape[-1], 2))))):
        reach = np.matmul(reach.astype(np.float32), reach.astype(np.float32)) > 0
    return reach


def solve_times(cross: np.ndarray, right: np.ndarray, n_times: int) -> np.ndarray:
    """Return the solution of stacked normal equations ``cross`` x = ``right`` whose first ``n_times`` unknowns are period effects, free up to a constant per linked part."""
    cross[:, :n_times, :n_times] += connected(cross[:, :n_times, :n_times]) / n_times
    return _solved(cross, right)


def _solved(cross, right):
    try:
        return np.linalg.solve(cross, right)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(cross, hermitian=True, rcond=1e-10) @ right


def _counts(present):
    n = present.sum(2)
    return np.where(n > 0, n, 1.0)


def _solve_two_way(present, n, right):
    cross = -np.matmul((present / n[:, :, None]).transpose(0, 2, 1), present)
    times = np.arange(present.shape[2])
    cross[:, times, times] += present.sum(1)
    return solve_times(cross, right, len(times))


def less_effects(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    """
    Return stacked (units, times) arrays less two-way effects.

    Parameters
    ----------
    values : ndarray (draws or 1, units, times)
    present : ndarray (draws or 1, units, times)
        Weight of every cell, 0 where it is not in the sample of the draw.
    """
    n = _counts(present)
    centred = values - (np.einsum("but,but->bu", *np.broadcast_arrays(present, values)) / n)[:, :, None]
    time = _solve_two_way(present, n, np.einsum("but,but->bt", *np.broadcast_arrays(present, centred))[:, :, None])
    return (centred - (time.transpose(0, 2, 1) - np.matmul(present, time) / n[:, :, None])) * (present > 0)


def weights(paths: np.ndarray, seen: np.ndarray, estimator: str, steps: Any = None) -> np.ndarray:
    """
    Write an estimator as weights: the estimate is the sum of weights times outcomes.

    Parameters
    ----------
    paths : ndarray (draws, units, times)
        Treatment, NaN where unknown; 0/1, for ``twfe`` also a share.
    seen : ndarray (units, times)
        Whether the outcome is known; for ``counterfactual`` also the weight of every cell.
    estimator : {"twfe", "counterfactual", "switchers"}
        Two-way fixed effects; fixed-effects counterfactual (mean effect on treated cells); change of the outcome in the year
        of a switch, in or out, against units that kept the same treatment (de Chaisemartin and D'Haultfoeuille 2020).
    steps : ndarray of int (times,), optional
        Places of the times in the calendar: a change across a gap is none.

    Returns
    -------
    ndarray (draws, units, times)
        Zero outside the cells used; NaN throughout where the draw does not identify the estimate.
    """
    d, present = np.nan_to_num(paths), np.isfinite(paths) * seen
    if estimator == "twfe":
        left = less_effects(d, present * 1.0)
        own = (left**2).sum((1, 2), keepdims=True)
        return left / np.where(own > 1e-10 * np.maximum((present * d).sum((1, 2), keepdims=True), 1e-300), own, np.nan)
    if estimator == "counterfactual":
        free = 1.0 * present * (d == 0)
        linked = connected(np.matmul(free.transpose(0, 2, 1), free))
        use = present * (d == 1) * (np.matmul(free, linked) > 0)
        count = use.sum((1, 2), keepdims=True)
        u, n = use / np.where(count > 0, count, np.nan), _counts(free)
        right = u.sum(1) - (free * (u.sum(2) / n)[:, :, None]).sum(1)
        year = _solve_two_way(free, n, right[:, :, None])
        return u - free * (((u.sum(2) - np.matmul(free, year)[:, :, 0]) / n)[:, :, None] + year.transpose(0, 2, 1))
    follows = np.diff(np.arange(d.shape[2]) if steps is None else steps) == 1
    both, out, total = present[:, :, 1:] * present[:, :, :-1] * follows > 0, np.zeros(d.shape), np.zeros(len(d))
    for before, sign in ((0, 1.0), (1, -1.0)):
        stay, move = (both & (d[:, :, :-1] == before) & (d[:, :, 1:] == after) for after in (before, 1 - before))
        n_stay, n_move = stay.sum(1, keepdims=True), move.sum(1, keepdims=True)
        fine = (n_stay > 0) & (n_move > 0)
        step = sign * fine * (move - stay * n_move / np.maximum(n_stay, 1))
        out[:, :, 1:] += step
        out[:, :, :-1] -= step
        total += (fine * n_move).sum((1, 2))
    return out / np.where(total > 0, total, np.nan)[:, None, None]


class _Pairs:
    """Sums over units, for every draw, of what depends on a unit and the path it is given; by a table of all such pairs where they are few."""

    def __init__(self, paths: np.ndarray, index: np.ndarray) -> None:
        (draws, self._units), here = index.shape, np.arange(index.shape[1])
        self.small = len(paths) * self._units * paths.shape[1] ** 2 <= _SMALL
        if self.small:
            self.path, self.unit = np.divmod(np.arange(len(paths) * self._units), self._units)
            self.at = (index * self._units + here).astype(np.int32)
            start = np.arange(0, index.size + 1, self._units, dtype=np.int32)
            self._adds = sparse.csr_matrix((np.ones(index.size), self.at.ravel(), start), (draws, len(self.path)))
        else:
            self.path, self.unit = index.ravel(), np.tile(here, draws)
            self.at = np.arange(index.size).reshape(index.shape)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums over units of ``values`` (pairs, ...), for every draw (draws, ...)."""
        flat = values.reshape(len(values), -1)
        flat = self._adds @ flat if self.small else flat.reshape(-1, self._units, flat.shape[1]).sum(1)
        return flat.reshape(len(flat), *values.shape[1:])

    def squares(self, a: np.ndarray) -> np.ndarray:
        """Sums over units of the outer products of the rows of ``a`` (pairs, times), for every draw (draws, times, times)."""
        if not self.small:
            a = a.reshape(-1, self._units, a.shape[1])
            return np.matmul(a.transpose(0, 2, 1), a)
        i, j = np.triu_indices(a.shape[1])
        half = self.sums(a[:, i] * a[:, j])
        out = np.empty((len(half), a.shape[1], a.shape[1]))
        out[:, i, j] = out[:, j, i] = half
        return out


def _absorbed(cell, trends=None):
    """Rows a, b, .. (..., times) by which unit effects (and ``trends``, in these steps) are removed from v: cell x v - a (a'v) - b (b'v)."""
    n = cell.sum(-1, keepdims=True)
    n = np.where(n > 0, n, 1.0)
    out = [cell / np.sqrt(n)]
    if trends is not None:
        tilt = cell * (trends - (cell @ trends)[..., None] / n)
        spread = (tilt * trends).sum(-1, keepdims=True)
        out.append(tilt / np.sqrt(np.where(spread > 0, spread, 1.0)))
    return out


def _within(values, cell, absorbed):
    left = cell * values
    for a in absorbed:
        left -= a * (a * values).sum(-1, keepdims=True)
    return left


def draws_of(
    columns: Sequence[np.ndarray], paths: np.ndarray, index: np.ndarray, estimator: str = "twfe",
    covariates: Sequence[Any] = (), w: Any = None, scores: bool = False, groups: np.ndarray | None = None,
    plain: bool = False, steps: Any = None,
) -> tuple[np.ndarray, np.ndarray | None]:  # fmt: skip
    """
    Estimates of several outcomes for every reassignment of treatment paths.

    Parameters
    ----------
    columns : sequence of ndarray (units, times)
        Outcomes, NaN where missing in the first.
    paths : ndarray (units, times)
        NaN where unknown: such a cell leaves the sample of the unit that is given the path.
    index : ndarray of int (draws, units)
        Permutations of the units: row ``paths[index[b]]`` is draw b.
    estimator : {"twfe", "twfe_trends", "counterfactual", "switchers"}
        As in `weights`; ``twfe_trends``: two-way effects and a linear trend of every unit.
    covariates : sequence of ndarray (units, times)
        For two-way effects and the counterfactual.
    w : ndarray (units, times), optional
        Weights of cells.
    scores : bool
        Whether the variances by unit (CR1 without its factor) are wanted, for ``twfe``.
    groups : ndarray (units,), optional
        Every group of units has time effects of its own (without scores).
    plain : bool
        Whether the estimates without covariates (on the same cells) are wanted too, before the others.
    steps : ndarray of int (times,), optional
        Places of the times in the calendar, for trends and changes; consecutive unless given.

    Returns
    -------
    (ndarray (draws, k), ndarray (draws, k, k) or None)
        Estimates, NaN where a draw has no variation left; covariance over the k outcomes.
    """
    seen = np.isfinite(sum(covariates, columns[0])) * (1.0 if w is None else np.nan_to_num(w))
    values = np.nan_to_num(np.stack([*covariates, *columns], axis=1))
    first, kind = np.unique(np.nan_to_num(paths, nan=-9e9), axis=0, return_index=True, return_inverse=True)[1:]
    paths, index = paths[first], kind.ravel()[index]
    steps = np.arange(paths.shape[1]) if steps is None else steps
    top, bottom, spread = 0.0, 0.0, None
    for group in [None] if groups is None else np.unique(groups):
        rows = np.arange(len(seen)) if group is None else np.flatnonzero(groups == group)
        some = values[rows], paths, index[:, rows], estimator, seen[rows]
        parts = _parts(*some, len(covariates), scores, plain, steps)
        top, bottom, spread = top + parts[0], bottom + parts[1], parts[2]
    return top / np.where(bottom > 0, bottom, np.nan), spread


def _parts(values, paths, index, estimator, seen, k, scores, plain, steps):
    """Numerators and denominators of the estimates, and their covariance: `draws_of` for one group of units, of which the first ``k`` columns are covariates."""
    small = len(paths) * index.shape[1] * paths.shape[1] ** 2 <= _SMALL and estimator != "switchers"
    step, made = len(index) if small else max(1, int(2e5 / seen.size)), []
    trends = steps if estimator == "twfe_trends" else None
    for part in (index[start : start + step] for start in range(0, len(index), step)):
        if estimator == "switchers":
            made.append(_weighted(values, paths, part, estimator, seen, steps))
        elif estimator == "counterfactual":
            made.append(_imputed(values, paths, part, seen, k))
        else:
            made.append(_two_way(values, paths, part, seen, k, trends, scores, plain))
    return [np.concatenate(parts) if parts[0] is not None else None for parts in zip(*made, strict=True)]


def _weighted(values, paths, index, estimator, seen, steps=None):
    given = paths[index]
    weight = weights(given, seen, estimator, steps)
    size = ((given == 1) & (weight > 0)).sum((1, 2))[:, None]
    return np.einsum("but,ukt->bk", np.nan_to_num(weight), values) * size, size, None


def _cross(pairs, cell, absorbed):
    """Normal equations of time effects, unit effects removed (draws, times, times)."""
    cross, times = -sum(pairs.squares(a) for a in absorbed), np.arange(cell.shape[1])
    cross[:, times, times] += pairs.sums(cell)
    return cross


def _two_way(values, paths, index, seen, k, trends, scores, plain):
    known, d = np.isfinite(paths), np.nan_to_num(paths)
    pairs = _Pairs(paths, index)
    cell = seen[pairs.unit] * known[pairs.path]
    absorbed = _absorbed(cell, trends)
    z = np.concatenate([values[pairs.unit], d[pairs.path][:, None]], axis=1)
    left = _within(z, cell[:, None], [a[:, None] for a in absorbed])
    right, gram = pairs.sums(left).transpose(0, 2, 1), pairs.sums(np.matmul(left, z.transpose(0, 2, 1)))
    raw = gram[:, -1, -1:]
    cross = _cross(pairs, cell, absorbed)
    if trends is not None:
        theta = np.matmul(np.linalg.pinv(cross, hermitian=True, rcond=1e-10), right)
    else:
        theta = solve_times(cross, right, cross.shape[-1])
    gram = gram - np.matmul(right.transpose(0, 2, 1), theta)
    slope = _solved(gram[:, :k, :k], gram[:, :k, k:])
    both = [gram[:, k:, k:]] * plain + [gram[:, k:, k:] - np.matmul(gram[:, k:, :k], slope)]
    own = np.hstack([np.where(g[:, -1, -1:] > 1e-10 * np.maximum(raw, 1e-300), g[:, -1, -1:], 0.0) for g in both])
    top = np.hstack([g[:, :-1, -1] for g in both]) * (own > 0)
    if not scores:
        return top, own, None
    own_d, at, parts = d[pairs.path], pairs.at, []
    for rows in np.array_split(np.arange(len(at)), 1 + at.size * paths.shape[1] // 50_000):
        effect, some = theta[rows], own_d[at[rows]]
        e = some - effect[:, None, :, -1]
        if k:
            e = e - np.einsum("ukt,bk->but", values[:, :k], slope[rows, :, -1])
            e = e + np.einsum("btk,bk->bt", effect[:, :, :k], slope[rows, :, -1])[:, None]
        left = _within(e, cell[at[rows]], [absorbed[0][at[rows]]])
        part = np.matmul(left.transpose(1, 0, 2), values.transpose(0, 2, 1)).transpose(1, 0, 2)
        part = part, np.einsum("but,but->bu", left, some)[:, :, None]
        part = np.concatenate(part, axis=2) - np.matmul(left, effect)
        parts.append(part[:, :, k:] - (np.matmul(part[:, :, :k], slope[rows]) if k else 0.0))
    score = np.concatenate(parts)
    every = np.tile(np.eye(top.shape[1]), (len(top), 1, 1))
    less = np.concatenate([every, -(top / own)[:, None]], axis=1) / own[:, None]
    return top, own, less.transpose(0, 2, 1) @ (score.transpose(0, 2, 1) @ score) @ less


def _imputed(values, paths, index, seen, k):
    pairs = _Pairs(paths, index)
    free, use = (seen[pairs.unit] * (paths[pairs.path] == kind) for kind in (0, 1))
    n = free.sum(1, keepdims=True)
    use, n = use * (n > 0), np.where(n > 0, n, 1.0)
    absorbed, load, z = _absorbed(free), use - free * use.sum(1, keepdims=True) / n, values[pairs.unit]
    left = _within(z, free[:, None], [a[:, None] for a in absorbed])
    right = pairs.sums(left).transpose(0, 2, 1)
    total, size = pairs.sums(np.matmul(z, load[:, :, None])[:, :, 0]), pairs.sums(use.sum(1, keepdims=True))
    cross = _cross(pairs, free, absorbed)
    apart = (cross.diagonal(1, 1, 2) > -1e-12).any(1)
    theta = solve_times(cross, right, cross.shape[-1])
    top = total - np.einsum("bt,btk->bk", pairs.sums(load), theta)
    if apart.any():
        top[apart], size[apart], _ = _weighted(values, paths, index[apart], "counterfactual", seen)
    if k:
        gram = pairs.sums(np.einsum("pkt,pjt->pkj", left[:, :k], z))
        gram = gram - np.matmul(right[:, :, :k].transpose(0, 2, 1), theta)
        slope = _solved(gram[:, :, :k], gram[:, :, k:])
        top = top[:, k:] - np.einsum("bk,bkj->bj", top[:, :k], slope)
    return top, size, None


def scores(weight: np.ndarray, outcomes: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return the scores by unit, (units, draws, k), of two-way estimates of ``outcomes`` (k, units, times); the sum of their squares is the variance without the CR1 factor."""
    n, own, by_unit = _counts(cell), (weight**2).sum(2), outcomes.transpose(1, 2, 0)
    mean = np.matmul(cell.transpose(1, 0, 2), by_unit)
    mean /= n.T[:, :, None]
    right = np.matmul(cell.transpose(2, 0, 1), outcomes.transpose(2, 1, 0)).transpose(1, 0, 2)
    time = _solve_two_way(cell, n, right - np.matmul(cell.transpose(0, 2, 1), mean.transpose(1, 0, 2)))
    made = np.matmul(weight.transpose(1, 0, 2), by_unit, out=mean)
    made -= np.matmul(weight, time).transpose(1, 0, 2)
    total, share = made.sum(0), own / own.sum(1, keepdims=True)
    for unit, part in zip(made, share.T, strict=True):
        unit -= total * part[:, None]
    return made


@functools.lru_cache(maxsize=1)
def _drawn(groups, draws, seed):
    """How often every group is in each draw of a bootstrap; kept, because power asks for the same draws hundreds of times."""
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), draws).astype(float)


def bootstrap(
    columns: Sequence[np.ndarray], free: np.ndarray, members: Any, covariates: Sequence[Any] = (),
    cluster: np.ndarray | None = None, w: Any = None, draws: int = 500, seed: int = 1,
) -> np.ndarray:  # fmt: skip
    """
    Bootstrap clusters of the fixed-effects counterfactual: moments are sums over clusters, so that a draw is a small linear system.

    Parameters
    ----------
    columns : sequence of ndarray (units, times)
        Outcomes, 0 where not used.
    free : ndarray of bool (units, times)
        Untreated cells, to which the effects are fitted.
    members : sequence of ndarray of bool (units, times)
        Sets of cells over which effects are averaged.
    cluster : ndarray of int (units,), optional

    Returns
    -------
    ndarray (draws, columns, members)
        NaN where a draw has no cell of a set.
    """
    cell = free * (1.0 if w is None else w)
    n_units, n_times = cell.shape
    dummies = np.broadcast_to(np.eye(n_times), (n_units, n_times, n_times))
    base = np.concatenate([dummies, *(np.nan_to_num(x)[:, :, None] for x in covariates)], axis=2)
    n = _counts(cell[None])[0]
    base = base - (np.matmul(cell[:, None, :], base) / n[:, None, None])
    left = np.matmul((base * cell[:, :, None]).transpose(0, 2, 1), base).reshape(n_units, -1)
    centred = [c - ((cell * c).sum(1) / n)[:, None] for c in columns]
    right = np.stack([np.matmul((cell * c)[:, None, :], base)[:, 0] for c in centred], axis=2).reshape(n_units, -1)
    count = _drawn(n_units if cluster is None else int(cluster.max()) + 1, draws, seed)
    count = count if cluster is None else count[:, cluster]
    width = base.shape[2]
    theta = solve_times((count @ left).reshape(draws, width, width), (count @ right).reshape(draws, width, -1), n_times)
    out = np.empty((draws, len(columns), len(members)))
    for j, member in enumerate(members):
        member = member * (1.0 if w is None else w)
        size, load = count @ member.sum(1), count @ np.matmul(member[:, None, :], base)[:, 0]
        for k, c in enumerate(centred):
            total = count @ (member * c).sum(1) - np.einsum("bw,bw->b", load, theta[:, :, k])
            out[:, k, j] = np.where(size > 0, total / np.where(size > 0, size, 1), np.nan)
    return out
