"""The linear core: two-way projection, clustered errors, normal equations, estimators as weights, one bootstrap of clusters."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from helpers.effects.design import DesignRefused

CR1 = "CR1, G/(G-1) x (n-1)/(n-k); unit effects nested in the clusters not counted in k; t(G-1)"
ESTIMATORS = ("twfe", "twfe_trends", "counterfactual", "switchers")


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
        (self._at_unit, unit), (self._at_time, time) = _packed(unit), _packed(time)
        self._w, self._swap = w, time.max(initial=0) > unit.max(initial=0)
        self._big, self._small = (time, unit) if self._swap else (unit, time)
        self._count = np.bincount(self._big, w).astype(float)
        self._table = sparse.csr_matrix((np.ones(len(unit)) if w is None else w, (self._big, self._small)))
        scaled = sparse.diags(1 / self._count) @ self._table
        cross = np.diag(np.bincount(self._small, w).astype(float)) - (self._table.T @ scaled).toarray()
        parts, small_part = connected_components(sparse.csr_matrix(self._table.T @ self._table), directed=False)
        free = (small_part[:, None] == small_part) * np.diag(cross).mean() / len(cross)
        self._inverse = np.linalg.inv(cross + free)
        first = self._table.indices[self._table.indptr[:-1]]
        self.n_units = len(self._at_unit)
        self.n_effects = self._count.size + len(cross) - parts
        self._parts = (small_part, small_part[first]) if self._swap else (small_part[first], small_part)

    def _solved(self, values):
        values = values if self._w is None else values * self._w
        mean = np.bincount(self._big, values) / self._count
        moved = mean[self._big] if self._w is None else mean[self._big] * self._w
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


def _packed(codes):
    used = np.flatnonzero(np.bincount(codes)) if len(codes) else np.empty(0, int)
    if len(codes) and used[-1] == len(used) - 1:
        return used, codes
    new = np.zeros(used[-1] + 1 if len(used) else 0, int)
    new[used] = np.arange(len(used))
    return used, new[codes]


def projected(c: Any) -> tuple[TwoWay, np.ndarray, np.ndarray, np.ndarray]:
    """Return the projection of a design, and outcome, treatment, covariates less unit and time effects; refuse what is not identified."""
    ways = TwoWay(c.unit, c.time, c.w)
    d, x = ways.residuals(c.d), ways.residuals(c.x)
    root = 1.0 if c.w is None else np.sqrt(c.w)
    basis = (x.T * root).T
    if x.shape[1]:
        size = np.sqrt((basis**2).sum(0)) / np.maximum(np.sqrt(((c.x - c.x.mean(0)) ** 2).sum(0)), 1e-300)
        if (size < 1e-7).any() or np.linalg.matrix_rank(
            basis / np.maximum(np.linalg.norm(basis, axis=0), 1e-300), tol=1e-8
        ) < x.shape[1]:
            text = "a covariate among {names} is explained by unit and time effects and the others; expected covariates that move by themselves. Leave it out."
            raise DesignRefused(text, names=", ".join(map(str, c.names["covariates"])))
    left = d * root - basis @ np.linalg.lstsq(basis, d * root, rcond=None)[0] if x.shape[1] else d * root
    if left @ left <= 1e-10 * max(((c.d - c.d.mean()) ** 2).sum(), 1e-300):
        text = "the treatment is explained entirely by unit and time effects and covariates; expected units that switch at different times. Add comparison units or widen the window."
        raise DesignRefused(text)
    return ways, ways.residuals(c.y), d, x


def cluster_fit(
    y: np.ndarray, regressors: np.ndarray, cluster: np.ndarray, n_absorbed: int = 0, w: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
    (ndarray (k,), ndarray (k, k), ndarray (n,))
        Coefficients, covariance (rule: ``CR1``), residuals.
    """
    weighted = regressors if w is None else regressors * w[:, None]
    bread = np.linalg.pinv(weighted.T @ regressors)
    beta = bread @ (weighted.T @ y)
    residual = y - regressors @ beta
    scores = np.column_stack([np.bincount(cluster, column * residual) for column in weighted.T])
    groups, n, k = len(scores), len(y), regressors.shape[1] + n_absorbed
    factor = groups / (groups - 1) * (n - 1) / max(n - k, 1)
    return beta, factor * bread @ (scores.T @ scores) @ bread, residual


def connected(cross: np.ndarray) -> np.ndarray:
    """Return of stacked (times, times) matrices ``cross`` which periods are linked through shared units, directly or not."""
    reach = (np.abs(cross) > 1e-12) | np.eye(cross.shape[-1], dtype=bool)
    for _ in range(int(np.ceil(np.log2(max(cross.shape[-1], 2))))):
        reach = np.matmul(reach.astype(np.float32), reach.astype(np.float32)) > 0
    return reach


def solve_times(cross: np.ndarray, right: np.ndarray, n_times: int) -> np.ndarray:
    """Return the solution of stacked normal equations ``cross`` x = ``right`` whose first ``n_times`` unknowns are period effects, free up to a constant per linked part."""
    cross[:, :n_times, :n_times] += connected(cross[:, :n_times, :n_times]) / n_times
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


def less_trends(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    """As `less_effects`, less a linear trend of every unit too."""
    n, place = _counts(present), np.arange(present.shape[2])
    time = place - (np.matmul(present, place) / n)[:, :, None]
    spread = (present * time**2).sum(2)
    spread = np.where(spread > 0, spread, 1.0)

    def within(v):
        v = v - ((present * v).sum(2) / n)[:, :, None]
        return v - time * ((present * time * v).sum(2) / spread)[:, :, None]

    centred, tilted = within(values), present * time
    cross = present.sum(1)[:, :, None] * np.eye(len(place))
    for part, size in ((present, n), (tilted, spread)):
        cross = cross - np.matmul((part / size[:, :, None]).transpose(0, 2, 1), part)
    right = (present * centred).sum(1)[:, :, None]
    effects = np.matmul(np.linalg.pinv(cross, hermitian=True, rcond=1e-10), right).transpose(0, 2, 1)
    return (centred - within(effects)) * (present > 0)


def weights(
    paths: np.ndarray, seen: np.ndarray, estimator: str, covariates: Sequence[Any] = (), w: Any = None
) -> np.ndarray:
    """
    Write an estimator as weights: the estimate is the sum of weights times outcomes.

    Parameters
    ----------
    paths : ndarray (draws, units, times)
        Treatment, NaN where unknown; 0/1, for ``twfe`` also a share.
    seen : ndarray of bool (units, times)
        Whether the outcome (and every covariate) is known.
    estimator : {"twfe", "twfe_trends", "counterfactual", "switchers"}
        Two-way fixed effects, without and with a linear trend of every unit; fixed-effects counterfactual (mean effect on treated cells); change of the outcome in the year
        of a switch, in or out, against units that kept the same treatment (de Chaisemartin and D'Haultfoeuille 2020).
    covariates : sequence of ndarray (units, times)
        Only for ``twfe``.
    w : ndarray (units, times), optional
        Weights of cells, for ``twfe`` and ``counterfactual``.

    Returns
    -------
    ndarray (draws, units, times)
        Zero outside the cells used; NaN throughout where the draw does not identify the estimate.
    """
    d, present = np.nan_to_num(paths), np.isfinite(paths) & seen
    cell = present * (1.0 if w is None else w)
    if estimator in ("twfe", "twfe_trends"):
        left = less_effects(d, cell) if estimator == "twfe" else less_trends(d, cell)
        size = (cell * left**2).sum((1, 2), keepdims=True)
        left = _less_covariates(left, covariates, cell)
        own = (cell * left**2).sum((1, 2), keepdims=True)
        return cell * left / np.where(own > 1e-10 * np.maximum(size, 1e-300), own, np.nan)
    if estimator == "counterfactual":
        free = cell * (d == 0)
        linked = connected(np.matmul(free.transpose(0, 2, 1), free))
        use = cell * (d == 1) * (np.matmul(free, linked) > 0)
        count = use.sum((1, 2), keepdims=True)
        u, n = use / np.where(count > 0, count, np.nan), _counts(free)
        right = u.sum(1) - (free * (u.sum(2) / n)[:, :, None]).sum(1)
        year = _solve_two_way(free, n, right[:, :, None])
        return u - free * (((u.sum(2) - np.matmul(free, year)[:, :, 0]) / n)[:, :, None] + year.transpose(0, 2, 1))
    both, out, total = present[:, :, 1:] & present[:, :, :-1], np.zeros(d.shape), np.zeros(len(d))
    for before, sign in ((0, 1.0), (1, -1.0)):
        stay, move = (both & (d[:, :, :-1] == before) & (d[:, :, 1:] == after) for after in (before, 1 - before))
        n_stay, n_move = stay.sum(1, keepdims=True), move.sum(1, keepdims=True)
        fine = (n_stay > 0) & (n_move > 0)
        step = sign * fine * (move - stay * n_move / np.maximum(n_stay, 1))
        out[:, :, 1:] += step
        out[:, :, :-1] -= step
        total += (fine * n_move).sum((1, 2))
    return out / np.where(total > 0, total, np.nan)[:, None, None]


def _less_covariates(left: np.ndarray, covariates: Sequence[np.ndarray], cell: np.ndarray) -> np.ndarray:
    """Stacked arrays less effects, less what covariates (less effects too) explain of them."""
    if not len(covariates):
        return left
    x = np.stack([less_effects(np.nan_to_num(column)[None], cell) for column in covariates], axis=3)
    x = x.reshape(len(x), -1, len(covariates))
    weighted = (x * cell.reshape(len(cell), -1, 1)).transpose(0, 2, 1)
    flat = np.broadcast_to(left, (max(len(left), len(x)), *left.shape[1:])).reshape(-1, x.shape[1], 1)
    slope = np.matmul(np.linalg.pinv(np.matmul(weighted, x), hermitian=True, rcond=1e-10), np.matmul(weighted, flat))
    return (flat - np.matmul(x, slope)).reshape(-1, *left.shape[1:])


def weights_within(groups: np.ndarray, paths: np.ndarray, seen: np.ndarray, estimator: str) -> np.ndarray:
    """As `weights`, with time effects of their own for every group of units (labels by unit), such as regions."""
    total, size = np.zeros(paths.shape), np.zeros(len(paths))
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        w = weights(paths[:, rows], seen[rows], estimator)
        n = ((w > 0) & (paths[:, rows] == 1)).sum((1, 2)) if estimator != "twfe" else 1 / (w**2).sum((1, 2))
        n = np.where(np.isfinite(n), n, 0.0)
        total[:, rows] = np.nan_to_num(w) * n[:, None, None]
        size += n
    return total / np.where(size > 0, size, np.nan)[:, None, None]


def draws_of(
    columns: Sequence[np.ndarray], paths: np.ndarray, index: np.ndarray, estimator: str = "twfe",
    covariates: Sequence[Any] = (), w: Any = None, scores: bool = False, groups: np.ndarray | None = None,
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
        Row ``paths[index[b]]`` is draw b.
    estimator : one of ``ESTIMATORS``
    scores : bool
        Whether the variances by unit (CR1 without its factor) are wanted, for ``twfe``.
    groups : ndarray (units,), optional
        Every group of units has time effects of its own (without covariates, weights and scores).

    Returns
    -------
    (ndarray (draws, k), ndarray (draws, k, k) or None)
        Estimates, NaN where a draw has no variation left; covariance over the k outcomes.
    """
    seen = np.isfinite(sum(covariates, columns[0]))
    columns = [np.nan_to_num(c) for c in columns]
    plain = (
        estimator == "twfe"
        and not len(covariates)
        and w is None
        and groups is None
        and seen.all()
        and np.isfinite(paths).all()
    )
    if plain and len(paths) <= 3_000:
        return _balanced(columns, paths, index, scores)
    out, k = np.empty((len(index), len(columns))), len(columns)
    spread: Any = np.empty((len(index), k, k)) if scores else None
    step = max(1, int(2e5 / seen.size))
    for part in (slice(start, start + step) for start in range(0, len(index), step)):
        given = paths[index[part]]
        if groups is None:
            weight = weights(given, seen, estimator, covariates, w)
        else:
            weight = weights_within(groups, given, seen, estimator)
        out[part] = np.column_stack([np.einsum("but,ut->b", weight, c) for c in columns])
        if scores:
            spread[part] = variance(
                weight, columns, out[part], (np.isfinite(given) & seen) * (1.0 if w is None else w), covariates
            )
    return out, spread


def variance(
    weight: np.ndarray, columns: Sequence[np.ndarray], beta: Any, cell: np.ndarray, covariates: Sequence[Any] = ()
) -> np.ndarray:
    """Covariance by unit of two-way estimates of several outcomes (draws, k, k), without the CR1 factor."""
    own = np.where(cell > 0, weight**2 / np.where(cell > 0, cell, 1.0), 0).sum(2)
    total, scores = own.sum(1)[:, None], []
    for k, column in enumerate(columns):
        left = less_effects(column if column.ndim == 3 else column[None], cell)
        left = _less_covariates(left, covariates, cell)
        scores.append(
            np.einsum("but,but->bu", weight, np.broadcast_to(left, weight.shape)) - beta[:, k, None] * own / total
        )
    both = np.stack(scores, axis=2)
    return np.einsum("buk,bul->bkl", both, both)


def _balanced(columns, paths, index, scores):
    """As `draws_of` for known paths and no hole, in which reassigned residuals are the residuals of reassigned paths."""
    everywhere = np.ones((1, *paths.shape))
    moved, units = less_effects(paths[None], everywhere)[0], np.arange(len(paths))
    own = (moved**2).sum(1)
    cross = [moved @ less_effects(c[None], everywhere)[0].T for c in columns]
    picked = [c[index, units] for c in cross]
    beta = np.column_stack([p.sum(1) for p in picked]) / own.sum()
    if not scores:
        return beta, None
    left = np.stack([p - b[:, None] * own[index] for p, b in zip(picked, beta.T, strict=True)], axis=2) / own.sum()
    return beta, np.einsum("buk,bul->bkl", left, left)


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
    groups = n_units if cluster is None else int(cluster.max()) + 1
    count = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), draws).astype(float)
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
