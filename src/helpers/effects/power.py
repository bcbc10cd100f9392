"""How large an effect these data could have shown: the real treatment paths dealt to other units, effects injected."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers import effects
from helpers.effects import inference
from helpers.effects.inference import DesignRefused

SHAPES = ("constant", "heterogeneous", "growing", "reversing")
TESTS = {
    "twfe": ("CR1", "randomisation"),
    "counterfactual": ("bootstrap", "randomisation"),
    "switchers": ("randomisation",),
}
_REPLICATES = 200


def arrays(frame, *, y="y", d="treated", unit="unit_code", time="year"):
    """
    Lay out a panel as arrays, its design checked.

    Parameters
    ----------
    frame : DataFrame
        One row per unit and time.
    y, d, unit, time : str
        Columns.

    Returns
    -------
    (ndarray, ndarray)
        Outcome and treatment (units, times), NaN where missing; times without any outcome left out.

    Raises
    ------
    DesignRefused
        As `effects.cells`: infinite values, two rows for a unit and time, outcomes all equal, a treatment that never changes.
    """
    effects.cells(frame, y=y, d=d, unit=unit, time=time)
    table = frame.assign(_y=effects.numbers(frame, y), _d=effects.numbers(frame, d))
    y, d = (table.pivot(index=unit, columns=time, values=v).to_numpy() for v in ("_y", "_d"))
    keep = np.isfinite(y).any(0)
    return y[:, keep], d[:, keep]


def weights(paths, seen, estimator):
    """
    Write an estimator as weights: the estimate is the sum of weights times outcomes.

    Parameters
    ----------
    paths : ndarray (draws, units, times)
        Treatment, NaN where unknown; 0/1, for ``twfe`` also a share.
    seen : ndarray of bool (units, times)
        Whether the outcome is known.
    estimator : {"twfe", "counterfactual", "switchers"}
        Two-way fixed effects; fixed-effects counterfactual (mean effect on treated cells); change of the outcome in the year
        of a switch, in or out, against units that kept the same treatment (de Chaisemartin and D'Haultfoeuille 2020).

    Returns
    -------
    ndarray (draws, units, times)
        Zero outside the cells used; NaN throughout where the draw does not identify the estimate.
    """
    d, present = np.nan_to_num(paths), np.isfinite(paths) & seen
    if estimator == "twfe":
        left = inference.less_effects(d * present, present.astype(float))
        own = (left**2).sum((1, 2), keepdims=True)
        return left / np.where(own > 1e-9, own, np.nan)
    if estimator == "counterfactual":
        free = (present & (d == 0)).astype(float)
        use = present & (d == 1) & (free.sum(2) > 0)[:, :, None] & (free.sum(1) > 0)[:, None, :]
        count = use.sum((1, 2), keepdims=True)
        u, n = use / np.where(count > 0, count, np.nan), np.maximum(free.sum(2), 1)
        right = u.sum(1) - (free * (u.sum(2) / n)[:, :, None]).sum(1)
        year = inference.solve_two_way(free, right[:, :, None])
        return u - free * (((u.sum(2) - np.matmul(free, year)[:, :, 0]) / n)[:, :, None] + year.transpose(0, 2, 1))
    if estimator != "switchers":
        raise ValueError(f"estimator {estimator!r}; expected one of {', '.join(TESTS)}.")
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


def inject(paths, shape, size, rng):
    """
    Make effects of one shape, zero where untreated or unknown.

    ``constant``: ``size`` in every treated cell; ``heterogeneous``: ``size`` times one plus a standard normal number per unit;
    ``growing``: in proportion to the years since the non-local run began, ``size`` on average; ``reversing``: ``size`` in the
    first two years of a run, its opposite after.

    Parameters
    ----------
    paths : ndarray (draws, units, times)
    shape : str
        One of ``SHAPES``.
    size : float
    rng : numpy Generator

    Returns
    -------
    ndarray (draws, units, times)
    """
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
    if shape == "reversing":
        return size * d * np.where(run <= 2, 1, -1)
    raise ValueError(f"shape {shape!r}; expected one of {', '.join(SHAPES)}.")


def _truth(w, paths, effect, seen, estimator):
    """Mean injected effect over the treated cells the estimator speaks of (draws,)."""
    d, present = np.nan_to_num(paths), np.isfinite(paths) & seen
    if estimator == "switchers":
        moves = present[:, :, 1:] & present[:, :, :-1] & (d[:, :, 1:] != d[:, :, :-1]) & (w[:, :, 1:] != 0)
        both = np.where(d[:, :, 1:] > 0, effect[:, :, 1:], effect[:, :, :-1])
        return (both * moves).sum((1, 2)) / moves.sum((1, 2))
    treated = d * present if estimator == "twfe" else (d == 1) & present & (w > 0)
    return (effect * (treated > 0)).sum((1, 2)) / treated.sum((1, 2))


def _bootstrap(y, path, added, draws, seed):
    """Bootstrap draws over units of the counterfactual estimate of y (draws,) and of each added effect."""
    seen = np.isfinite(y) & np.isfinite(path)
    free = seen & (path == 0)
    use = seen & (path == 1) & free.any(1)[:, None] & free.any(0)
    n, gram = np.maximum(free.sum(1), 1), free[:, :, None] * np.eye(y.shape[1])
    gram = gram - free[:, :, None] * free[:, None, :] / n[:, None, None]
    out = []
    times = gram.shape[1]
    rng = np.random.default_rng(seed)
    count = rng.multinomial(len(y), np.full(len(y), 1 / len(y)), draws).astype(float)
    columns = np.stack([np.nan_to_num(y), *added])
    mean = (columns * free).sum(2) / n
    right = ((columns - mean[:, :, None]) * free).transpose(1, 2, 0).reshape(len(y), -1)
    left = (count @ gram.reshape(len(y), -1)).reshape(draws, times, times)
    year = inference.solve_times(left, (count @ right).reshape(draws, times, -1), times)
    size = count @ use.sum(1)
    load = use - free * (use.sum(1) / n)[:, None]
    for k, column in enumerate(columns):
        total = count @ ((column - mean[k][:, None]) * use).sum(1) - np.einsum("bt,bt->b", count @ load, year[:, :, k])
        out.append(np.where(size > 0, total / np.maximum(size, 1), np.nan))
    return np.array(out).T


def _cr1(w, paths, outcomes, estimate):
    """CR1 standard errors by unit of two-way estimates (draws,), and their degrees of freedom."""
    present = (np.isfinite(paths) & np.isfinite(outcomes)).astype(float)
    own = (w**2).sum((1, 2))
    residual = inference.less_effects(np.nan_to_num(outcomes) * present, present) - (estimate / own)[:, None, None] * w
    units, n = (present.sum(2) > 0).sum(1), present.sum((1, 2))
    rule = units / (units - 1) * (n - 1) / (n - 1 - (present.sum(1) > 0).sum(1))
    return np.sqrt(rule * ((w * residual).sum(2) ** 2).sum(1)), units - 1


def _placebos(y, paths, estimator, draws, seed):
    """Weights and paths of the permuted treatments that identify the estimate, and the estimates."""
    if estimator not in TESTS:
        raise ValueError(f"estimator {estimator!r}; expected one of {', '.join(TESTS)}.")
    moved = paths[inference.permuted_paths(paths, draws, seed)[0]]
    w = weights(moved, np.isfinite(y), estimator)
    null = np.einsum("sut,ut->s", w, np.nan_to_num(y))
    fine = np.isfinite(null)
    if fine.sum() < 20:
        raise DesignRefused(
            "{n} of {of} permuted treatments identify {estimator}; expected at least 20. There are too few switches "
            "in this window.",
            n=int(fine.sum()),
            of=len(null),
            estimator=estimator,
        )
    return w[fine], moved[fine], null[fine]


def detectable(y, paths, estimator="twfe", draws=1_000, seed=1, power=0.8, level=0.05, sizes=None, bootstrap=200):
    """
    Find the size of each test and the smallest constant effect it would usually have found.

    The real treatment paths are dealt to units at random, so that no effect is there; a constant effect is then added.

    Parameters
    ----------
    y, paths : ndarray (units, times)
        As from `arrays`.
    estimator : {"twfe", "counterfactual", "switchers"}
    draws : int
        Permutations; the bootstrap test uses the first 200 of them.
    sizes : sequence of float, optional
        Effects at which to give the power; else none.

    Returns
    -------
    (DataFrame, DataFrame)
        Per test: estimator, test, placebo_sd (spread of the placebo estimates), rejected (share of placebos rejected at
        ``level``; by construction for randomisation), smallest_detectable, n_draws. Per test and size: power.
    """
    w, moved, null = _placebos(y, paths, estimator, draws, seed)
    some, spread, ones, tests = slice(0, _REPLICATES), float(null.std()), np.nan_to_num(moved), {}
    middle = stats.norm.ppf(1 - level / 2)
    if "CR1" in TESTS[estimator]:
        error, df = _cr1(w, moved, y, null)
        cut = stats.t.ppf(1 - level / 2, df) * error
        tests["CR1"] = lambda size: np.abs(null + size) > cut
    if "bootstrap" in TESTS[estimator]:
        made = np.array([_bootstrap(y, p, [e], bootstrap, seed) for p, e in zip(moved[some], ones[some], strict=True)])
        tests["bootstrap"] = lambda size: (
            np.abs(null[some] + size) > middle * np.nanstd(made[:, :, 0] + size * made[:, :, 1], axis=1, ddof=1)
        )
    echo = w.reshape(len(w), -1) @ ones.reshape(len(ones), -1).T
    tests["randomisation"] = lambda size: (
        np.abs(null + size) > np.quantile(np.abs(null[:, None] + size * echo), 1 - level, axis=0)
    )

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
        rows.append(
            {
                "estimator": estimator,
                "test": name,
                "placebo_sd": spread,
                "rejected": float(reject(0.0).mean()),
                "smallest_detectable": high,
                "n_draws": len(reject(0.0)),
            }
        )
        curve += [
            {"estimator": estimator, "test": name, "size": s, "power": rate(reject, s)}
            for s in (sizes if sizes is not None else ())
        ]
    return pd.DataFrame(rows), pd.DataFrame(curve, columns=["estimator", "test", "size", "power"])


def simulate(seed, y, paths, estimator="twfe", size=1.0, shapes=SHAPES, draws=1_000, level=0.05, bootstrap=200):
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
    w, moved, null = _placebos(y, paths, estimator, draws, seed)
    rng, some, seen = np.random.default_rng(seed), slice(0, _REPLICATES), np.isfinite(y)
    injected = {shape: inject(moved, shape, size, rng) for shape in shapes}
    boots = None
    if "bootstrap" in TESTS[estimator]:
        boots = np.array(
            [_bootstrap(y, p, [e[r] for e in injected.values()], bootstrap, seed) for r, p in enumerate(moved[some])]
        )
    flat, middle, rows = w.reshape(len(w), -1), stats.norm.ppf(1 - level / 2), []
    echo = flat @ np.nan_to_num(moved).reshape(len(moved), -1).T
    for k, (shape, effect) in enumerate(injected.items()):
        estimate, truth = null + (w * effect).sum((1, 2)), _truth(w, moved, effect, seen, estimator)
        off = estimate - truth
        for test in TESTS[estimator]:
            if test == "CR1":
                error, df = _cr1(w, moved, y + effect, estimate)
                cut = stats.t.ppf(1 - level / 2, df) * error
                reject, cover = np.abs(estimate) > cut, np.abs(off) <= cut
            elif test == "bootstrap":
                cut = middle * np.nanstd(boots[:, :, 0] + boots[:, :, 1 + k], axis=1, ddof=1)
                reject, cover = np.abs(estimate[some]) > cut, np.abs(off[some]) <= cut
            else:
                cross = null[:, None] + flat @ effect.reshape(len(effect), -1).T
                reject = np.abs(estimate) > np.quantile(np.abs(cross), 1 - level, axis=0)
                cover = np.abs(off) <= np.quantile(np.abs(cross - truth * echo), 1 - level, axis=0)
            rows.append(
                {
                    "estimator": estimator,
                    "shape": shape,
                    "test": test,
                    "size": size,
                    "truth": float(truth.mean()),
                    "estimate": float(estimate.mean()),
                    "bias": float((estimate - truth).mean()),
                    "power": float(reject.mean()),
                    "coverage": float(cover.mean()),
                    "n_draws": len(reject),
                }
            )
    return pd.DataFrame(rows)
