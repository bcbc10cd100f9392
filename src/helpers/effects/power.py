"""How large an effect these data could have shown: the real treatment paths reassigned to other units, effects injected."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects import linear
from helpers.effects.chance import reassigned_paths
from helpers.effects.design import DesignRefused, need_draws
from helpers.study import choose

SHAPES = ("constant", "heterogeneous", "growing", "reversing")
TESTS = {
    "twfe": ("CR1", "randomisation"),
    "counterfactual": ("bootstrap", "randomisation"),
    "switchers": ("randomisation",),
}
_REPLICATES, _CELLS = 200, 2e6


def inject(paths: np.ndarray, shape: str, size: float, rng: Any) -> np.ndarray:
    """
    Make effects of one shape, zero where untreated or unknown.

    ``constant``: ``size`` in every treated cell; ``heterogeneous``: ``size`` times one plus a standard normal number per unit;
    ``growing``: in proportion to the years since the non-local run began, ``size`` on average; ``reversing``: ``size`` in the
    first two years of a run, its opposite after.

    Parameters
    ----------
    paths : ndarray (draws, units, times)
    shape : one of ``SHAPES``
    size : float
    rng : numpy Generator

    Returns
    -------
    ndarray (draws, units, times)

    Examples
    --------
    >>> inject(np.array([[[0.0, 1, 1, 1]]]), "reversing", 2.0, None).tolist()
    [[[0.0, 2.0, 2.0, -2.0]]]
    """
    shape = choose("shape", shape, SHAPES)
    d = np.nan_to_num(paths)
    run = np.zeros(d.shape)
    for t in range(d.shape[2]):
        run[:, :, t] = np.where(d[:, :, t] > 0, (run[:, :, t - 1] if t else 0) + 1, 0)
    if shape == "constant":
        return size * d
    if shape == "heterogeneous":
        return size * d * (1 + rng.standard_normal(d.shape[:2]))[:, :, None]
    if shape == "growing":
        return size * d * run * (d.sum((1, 2)) / np.maximum((d * run).sum((1, 2)), 1e-300))[:, None, None]
    return size * d * np.where(run <= 2, 1, -1)


def _truth(w, paths, effect, seen, estimator):
    """Mean injected effect over the treated cells the estimator speaks of (draws,)."""
    d, present = np.nan_to_num(paths), np.isfinite(paths) & seen
    if estimator == "switchers":
        moves = present[:, :, 1:] & present[:, :, :-1] & (d[:, :, 1:] != d[:, :, :-1]) & (w[:, :, 1:] != 0)
        both = np.where(d[:, :, 1:] > 0, effect[:, :, 1:], effect[:, :, :-1])
        return (both * moves).sum((1, 2)) / moves.sum((1, 2))
    treated = d * present if estimator == "twfe" else (d == 1) & present & (w > 0)
    return (effect * (treated > 0)).sum((1, 2)) / treated.sum((1, 2))


def bootstrap(y: np.ndarray, path: np.ndarray, added: Any, draws: int, seed: int) -> np.ndarray:
    """Return bootstrap draws over units of the counterfactual estimate of y and of each added effect (draws, 1 + added)."""
    seen = np.isfinite(y) & np.isfinite(path)
    free = seen & (path == 0)
    use = seen & (path == 1) & free.any(1)[:, None] & free.any(0)
    return linear.bootstrap([np.nan_to_num(y), *added], free, [use], draws=draws, seed=seed)[:, :, 0]


def cr1(w: np.ndarray, paths: np.ndarray, outcomes: np.ndarray, estimate: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return CR1 standard errors by unit of two-way estimates (draws,), and their degrees of freedom."""
    cell = (np.isfinite(paths) & np.isfinite(outcomes)).astype(float)
    units, n = (cell.sum(2) > 0).sum(1), cell.sum((1, 2))
    rule = units / (units - 1) * (n - 1) / (n - 1 - (cell.sum(1) > 0).sum(1))
    own, left = (w**2).sum(2), linear.less_effects(np.nan_to_num(outcomes) * np.ones((len(w), 1, 1)), cell)
    score = np.einsum("but,but->bu", w, left) - estimate[:, None] * own / own.sum(1)[:, None]
    return np.sqrt(rule * (score**2).sum(1)), units - 1


def _by_part(function, *draws):
    """What a function says of some draws at a time: on its way it holds several times what it is given."""
    step = max(1, int(_CELLS / draws[0][0].size))
    return [function(*(each[at : at + step] for each in draws)) for at in range(0, len(draws[0]), step)]


def _placebos(y, paths, estimator, draws, seed):
    """Weights and paths of the reassigned treatments that identify the estimate, and the estimates."""
    need_draws(draws, seed)
    moved = paths[reassigned_paths(paths, draws, seed)[0]]
    w = np.concatenate(_by_part(lambda some: linear.weights(some, np.isfinite(y), estimator), moved))
    null = np.einsum("sut,ut->s", w, np.nan_to_num(y))
    fine = np.isfinite(null)
    if fine.sum() < 20:
        text = "{n} of {of} permuted treatments identify {estimator}; expected at least 20. There are too few switches in this window."
        raise DesignRefused(text, n=int(fine.sum()), of=len(null), estimator=estimator)
    return w[fine], moved[fine], null[fine]


def _quantile(y, paths, level):
    """What a standard error is multiplied by: of t with the units that switch, in each draw, less one (as `effects.fit_counterfactual`)."""
    known = np.isfinite(y) & np.isfinite(paths)
    switching = (known & (paths == 1)).any(2) & (known & (paths == 0)).any(2)
    return special.stdtrit(np.maximum(switching.sum(1) - 1, 1), 1 - level / 2)


def _reassigned(estimator, w, moved, y, added, most):
    """
    Return a function of a size: the reassignment p-values of y with that many times each of what is ``added`` (k, units, times) to it, of the first k draws.

    Two-way estimates of up to 1,000 units are studentised, as in the verdict, and so tested on the first ``most`` draws alone.
    """
    studentised = estimator == "twfe" and len(y) <= 1_000
    added = added[:most] if studentised else added
    given, at = np.nan_to_num(y)[None], np.arange(len(added))
    alone, more = (w.reshape(len(w), -1) @ x.reshape(len(x), -1).T for x in (given, added))
    cross, own = np.hstack([np.ones_like(alone), np.zeros_like(more)]), np.zeros_like(more)
    outcomes = np.concatenate([given, added]) if studentised else given
    outcomes = np.ascontiguousarray(outcomes.transpose(1, 2, 0)).transpose(2, 0, 1)  # those of a cell side by side
    step = max(1, int(_CELLS / outcomes.size))
    for part in (slice(k, k + step) for k in range(0, len(w) * studentised, step)):
        made = linear.scores(w[part], outcomes, 1.0 * (np.isfinite(moved[part]) & np.isfinite(y)))
        cross[part] = np.einsum("ud,udk->dk", made[:, :, 0], made)
        own[part] = np.einsum("udk,udk->dk", made[:, :, 1:], made[:, :, 1:])

    def values(size, v, c, o, m):
        return np.abs(v + size * m) / np.sqrt(np.maximum(c[0] + 2 * size * c[1] + size**2 * o, 1e-300))

    def p(size):
        made = values(size, alone, (cross[:, :1], cross[:, 1:]), own, more)
        return (made >= made[at, at] * (1 - 1e-9)).mean(0)

    return p


def detectable(
    y: np.ndarray, paths: np.ndarray, estimator: str = "twfe", draws: int = 1_000, seed: int = 1, power: float = 0.8,
    level: float = 0.05, sizes: Any = None, bootstraps: int = 200,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """
    Find the size of each test and the smallest constant effect it would usually have found.

    The real treatment paths are reassigned to units at random, so that no effect is there; a constant effect is then added.

    Parameters
    ----------
    y, paths : ndarray (units, times)
        As of ``design(data).tables()``, NaN where missing.
    estimator : {"twfe", "counterfactual", "switchers"}
    draws : int
        Reassignments; the bootstrap test uses the first 200 of them. That of two-way effects is studentised (up to 1,000 units), each of the
        first 500 among all of them.
    sizes : sequence of float, optional
        Effects at which to give the power; else none.

    Returns
    -------
    (DataFrame, DataFrame)
        Per test: estimator, test, placebo_sd (spread of the placebo estimates), rejected (share of placebos rejected at
        ``level``; by construction for randomisation, but for the choice of draws), smallest_detectable, n_draws. Per test and size: power.
    """
    estimator = choose("estimator", estimator, tuple(TESTS))
    w, moved, null = _placebos(y, paths, estimator, draws, seed)
    some, spread, ones, tests = slice(0, _REPLICATES), float(null.std()), np.nan_to_num(moved), {}
    if "CR1" in TESTS[estimator]:
        parts = _by_part(lambda weight, path, estimate: cr1(weight, path, y, estimate), w, moved, null)
        error, df = map(np.concatenate, zip(*parts, strict=True))
        cut = special.stdtrit(df, 1 - level / 2) * error
        tests["CR1"] = lambda size: np.abs(null + size) > cut
    if "bootstrap" in TESTS[estimator]:
        made = np.array([bootstrap(y, p, [e], bootstraps, seed) for p, e in zip(moved[some], ones[some], strict=True)])
        times = _quantile(y, moved[some], level)
        tests["bootstrap"] = lambda size: (
            np.abs(null[some] + size) > times * np.nanstd(made[:, :, 0] + size * made[:, :, 1], axis=1, ddof=1)
        )
    p_value = _reassigned(estimator, w, moved, y, ones, 500)
    tests["randomisation"] = lambda size: p_value(size) <= level

    def rate(reject, size):
        return (reject(size).mean() + reject(-size).mean()) / 2

    rows, curve = [], []
    for name, reject in tests.items():
        low, high = 0.0, spread
        while rate(reject, high) < power and high < 100 * spread:
            low, high = high, 2 * high
        for _ in range(14):
            half = (low + high) / 2
            low, high = (half, high) if rate(reject, half) < power else (low, half)
        none = reject(0.0)
        rows.append((estimator, name, spread, float(none.mean()), high, len(none)))
        curve += [(estimator, name, s, rate(reject, s)) for s in (sizes if sizes is not None else ())]
    columns = ["estimator", "test", "placebo_sd", "rejected", "smallest_detectable", "n_draws"]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(curve, columns=["estimator", "test", "size", "power"])


def simulate(
    seed: int, y: np.ndarray, paths: np.ndarray, estimator: str = "twfe", size: float = 1.0,
    shapes: Sequence[str] = SHAPES, draws: int = 1_000, level: float = 0.05, bootstraps: int = 200,
) -> pd.DataFrame:  # fmt: skip
    """
    Inject effects of every shape and count rejections, bias and coverage; a plain function of its seed, to be mapped.

    Parameters
    ----------
    seed : int
    size, shapes : float, sequence of str
        Scale of the effect, in units of the outcome, and its shapes (see `inject`).

    Returns
    -------
    DataFrame
        Per shape and test: estimator, shape, test, size, truth (mean injected effect on the cells the estimator speaks of),
        estimate (mean), bias, power (share of tests of no effect that reject), coverage (share of 95% intervals that hold the
        truth; for randomisation the interval inverts the test), n_draws.
    """
    estimator = choose("estimator", estimator, tuple(TESTS))
    w, moved, null = _placebos(y, paths, estimator, draws, seed)
    rng, some, seen = np.random.default_rng(seed), slice(0, _REPLICATES), np.isfinite(y)
    injected = {shape: inject(moved, shape, size, rng) for shape in shapes}
    if "bootstrap" in TESTS[estimator]:
        added = ([e[r] for e in injected.values()] for r in range(len(moved[some])))
        boots = np.array([bootstrap(y, p, e, bootstraps, seed) for p, e in zip(moved[some], added, strict=True)])
    times, rows, ones = _quantile(y, moved[some], level), [], np.nan_to_num(moved)
    for k, (shape, effect) in enumerate(injected.items()):
        estimate, truth = null + (w * effect).sum((1, 2)), _truth(w, moved, effect, seen, estimator)
        off = estimate - truth
        for test in TESTS[estimator]:
            if test == "CR1":
                error, df = cr1(w, moved, y + effect, estimate)
                cut = special.stdtrit(df, 1 - level / 2) * error
                reject, cover = np.abs(estimate) > cut, np.abs(off) <= cut
            elif test == "bootstrap":
                cut = times * np.nanstd(boots[:, :, 0] + boots[:, :, 1 + k], axis=1, ddof=1)
                reject, cover = np.abs(estimate[some]) > cut, np.abs(off[some]) <= cut
            else:
                both = effect, effect - truth[:, None, None] * ones
                p, of_truth = (_reassigned(estimator, w, moved, y, e, _REPLICATES)(1.0) for e in both)
                reject, cover = p <= level, of_truth > level
            means = [float(v.mean()) for v in (truth, estimate, off, reject, cover)]
            rows.append((estimator, shape, test, size, *means, len(reject)))
    columns = ["estimator", "shape", "test", "size", "truth", "estimate", "bias", "power", "coverage", "n_draws"]
    return pd.DataFrame(rows, columns=columns)
