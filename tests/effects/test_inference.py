from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.effects import inference as inf


def panel(seed=1, units=8, times=6, holes=0.0, unknown=0.0):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(units, times)) + rng.normal(size=(units, 1))
    d = (rng.random((units, times)) < 0.4).astype(float)
    x = rng.normal(size=(units, times))
    y[rng.random(y.shape) < holes] = np.nan
    d[rng.random(d.shape) < unknown] = np.nan
    return y, d, x


def dummies(y, d, *extra):
    """Design of the cells in use: treatment, covariates, unit and time dummies."""
    keep = np.isfinite(y + d + sum(extra))
    unit, time = np.nonzero(keep)
    columns = [
        d[keep],
        *(x[keep] for x in extra),
        *(unit == i for i in range(len(y))),
        *(time == t for t in range(y.shape[1])),
    ]
    return np.column_stack(columns).astype(float), y[keep], unit


def slope(y, d, *extra):
    design, outcome, _ = dummies(y, d, *extra)
    return np.linalg.lstsq(design, outcome, rcond=None)[0][0]


def t_value(y, d):
    design, outcome, unit = dummies(y, d)
    others = design[:, 1:]
    moved = d[np.isfinite(y + d)] - others @ np.linalg.lstsq(others, design[:, 0], rcond=None)[0]
    beta = np.linalg.lstsq(design, outcome, rcond=None)[0]
    score = np.bincount(unit, moved * (outcome - design @ beta))
    return beta[0] * (moved @ moved) / np.sqrt((score**2).sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.6))
def test_residuals_are_those_of_a_regression_on_all_dummies(seed, gaps):
    rng = np.random.default_rng(seed)
    keep = rng.random((7, 5)) > gaps
    if not keep.any():
        keep[0, 0] = True
    unit, time = (np.unique(v, return_inverse=True)[1] for v in np.nonzero(keep))
    values = rng.normal(size=len(unit))
    design = np.column_stack(
        [unit == i for i in range(unit.max() + 1)] + [time == t for t in range(time.max() + 1)]
    ).astype(float)
    wanted = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    ways = inf.TwoWay(unit, time)
    np.testing.assert_allclose(ways.residuals(values), wanted, atol=1e-9)
    assert ways.n_effects == np.linalg.matrix_rank(design)


@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.15, 0), (0, 0.1), (0.15, 0.1)])
@pytest.mark.parametrize("covariate", [False, True])
def test_permuted_coefficients_equal_a_loop_of_regressions(holes, unknown, covariate):
    y, d, x = panel(3, holes=holes, unknown=unknown)
    index, _ = inf.permuted_paths(d, 20, seed=5)
    extra = (x,) if covariate else ()
    np.testing.assert_allclose(inf.twfe_draws(y, d, index, extra), [slope(y, d[i], *extra) for i in index], atol=1e-9)


@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.15, 0), (0.1, 0.1)])
def test_permuted_t_values_equal_a_loop_of_regressions(holes, unknown):
    y, d, _ = panel(4, holes=holes, unknown=unknown)
    index, _ = inf.permuted_paths(d, 15, seed=5)
    np.testing.assert_allclose(
        inf.twfe_draws(y, d, index, studentised=True), [t_value(y, d[i]) for i in index], atol=1e-9
    )


@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.1, 0.1)])
def test_permuted_counterfactuals_equal_a_loop_of_regressions(holes, unknown):
    y, d, _ = panel(6, holes=holes, unknown=unknown)
    d[:3] = 0
    index, _ = inf.permuted_paths(d, 15, seed=5)

    def effect(paths):
        free, on = np.where(paths == 0, y, np.nan), np.isfinite(y) & (paths == 1)
        design, outcome, _ = dummies(free, np.zeros_like(y))
        beta = np.linalg.lstsq(design[:, 1:], outcome, rcond=None)[0]
        fitted = beta[: len(y), None] + beta[len(y) :]
        on &= np.isfinite(free).any(1)[:, None] & np.isfinite(free).any(0)
        return (y - fitted)[on].mean()

    np.testing.assert_allclose(inf.counterfactual_draws(y, d, index), [effect(d[i]) for i in index], atol=1e-8)


def test_a_large_balanced_panel_takes_the_other_way_to_the_same_draws():
    y, d, _ = panel(7, units=12)
    index, _ = inf.permuted_paths(d, 30, seed=2)
    many = np.vstack([y] * 300), np.vstack([d] * 300)
    wide = np.hstack([index + 12 * k for k in range(300)])
    np.testing.assert_allclose(inf.twfe_draws(*many, wide), inf.twfe_draws(y, d, index), atol=1e-9)


def test_all_assignments_are_listed_once_when_they_are_few():
    paths = np.array([[0, 1], [0, 1], [0, 0], [0, 0], [0, 0]], float)
    index, exact = inf.permuted_paths(paths, 10)
    assert exact
    assert len({tuple(map(tuple, paths[i])) for i in index}) == len(index) == 10


def test_draws_are_taken_when_assignments_are_many():
    index, exact = inf.permuted_paths(np.eye(9), 50)
    assert not exact
    assert all(sorted(row) == list(range(9)) for row in index)


@pytest.mark.parametrize("draws", [5, 1_000])
def test_paths_stay_within_their_stratum(draws):
    paths, strata = np.arange(10.0).reshape(5, 2), ["a", "b", "a", "b", "b"]
    index, exact = inf.permuted_paths(paths, draws, strata=strata)
    assert exact == (draws == 1_000)
    assert all(strata[j] == strata[i] for row in index for i, j in enumerate(row))


def test_exact_p_value_by_hand():
    y = np.array([[0, 5], [0, 1], [0, 2], [0, 3]], float)
    d = np.array([[0, 1], [0, 0], [0, 0], [0, 0]], float)
    done = inf.randomise(y, d)
    changes, effects = np.diff(y)[:, 0], []
    for order in set(permutations([1, 0, 0, 0])):
        treated = np.array(order) == 1
        effects.append(changes[treated].mean() - changes[~treated].mean())
    assert done.exact
    assert done.observed == pytest.approx(3)
    assert done.p_value == np.mean(np.abs(effects) >= 3 - 1e-9) == 0.25


def test_the_p_value_of_draws_counts_the_observed_assignment():
    y, d, _ = panel(8, units=20)
    done = inf.randomise(y, d, draws=99)
    assert done.p_value == (1 + np.sum(np.abs(done.draws) >= abs(done.observed))) / 100


def test_the_randomisation_interval_ends_where_the_test_begins_to_reject():
    y, d, _ = panel(9, units=20)
    done = inf.randomise(y, d, draws=400, seed=3)
    for end, outside in ((done.conf_low, -1), (done.conf_high, 1)):
        step = 1e-3 * (done.conf_high - done.conf_low)
        assert inf.randomise(y - (end - outside * step) * d, d, draws=400, seed=3).p_value >= 0.05
        assert inf.randomise(y - (end + outside * step) * d, d, draws=400, seed=3).p_value < 0.05


def test_no_interval_is_given_where_paths_have_unknown_cells():
    y, d, _ = panel(9, units=20, unknown=0.1)
    assert np.isnan(inf.randomise(y, d, draws=50).conf_low)


def test_wild_bootstrap_equals_a_loop_over_all_signs():
    y, d, _ = panel(10, units=7)
    unit, time = (v.ravel() for v in np.indices(y.shape))
    ways = inf.TwoWay(unit, time)
    within = (time[:, None] == np.arange(y.shape[1])) - 1 / y.shape[1]
    p, low, high, method = inf.wild_cluster(
        ways.residuals(y.ravel()), ways.residuals(d.ravel()), within, unit, draws=200
    )
    restricted = ways.residuals(y.ravel()).reshape(y.shape)
    fitted = y - restricted
    values = [abs(t_value(fitted + np.array(signs)[:, None] * restricted, d)) for signs in product((-1, 1), repeat=7)]
    assert p == pytest.approx(np.mean(np.array(values) >= abs(t_value(y, d)) * (1 - 1e-9)))
    assert "all 128 sign patterns" in method
    assert low < slope(y, d) < high


def test_wild_bootstrap_with_two_treated_units_never_finds_an_interval_end():
    y, d, _ = panel(11, units=30)
    d[2:] = 0
    unit, time = (v.ravel() for v in np.indices(y.shape))
    ways = inf.TwoWay(unit, time)
    within = (time[:, None] == np.arange(y.shape[1])) - 1 / y.shape[1]
    assert inf.wild_cluster(ways.residuals(y.ravel()), ways.residuals(d.ravel()), within, unit, draws=499)[0] > 0.05


def test_stepdown_of_one_hypothesis_is_its_own_p_value():
    draws = np.random.default_rng(1).normal(size=(199, 1))
    assert inf.stepdown(np.array([2.0]), draws)[0] == (1 + (np.abs(draws) >= 2).sum()) / 200


def test_stepdown_is_monotone_and_at_least_the_single_p_value():
    draws = np.random.default_rng(2).normal(size=(999, 5))
    seen = np.array([3.0, 0.1, -2.2, 1.0, 2.5])
    adjusted = inf.stepdown(seen, draws)
    single = (1 + (np.abs(draws) >= np.abs(seen)).sum(0)) / 1000
    assert (adjusted >= single).all()
    assert (np.diff(adjusted[np.argsort(-np.abs(seen))]) >= 0).all()


def test_copies_of_one_hypothesis_cost_nothing():
    one = np.random.default_rng(3).normal(size=(499, 1))
    assert inf.stepdown(np.array([2.0, 2.0]), np.hstack([one, one])) == pytest.approx(
        inf.stepdown(np.array([2.0]), one)[0]
    )


@pytest.mark.parametrize("kernel", ["bartlett", "uniform"])
def test_conley_equals_a_double_loop(kernel):
    rng = np.random.default_rng(4)
    unit, time = (v.ravel() for v in np.indices((5, 4)))
    x, e = rng.normal(size=(20, 2)), rng.normal(size=20)
    places = np.column_stack([rng.uniform(10, 20, 5), rng.uniform(104, 108, 5)])
    got = inf.conley_covariance(x, e, unit, time, places, 400, kernel, lags=2)
    meat = np.zeros((2, 2))
    for a, b in product(range(20), repeat=2):
        (p, l), (q, m) = np.radians(places[unit[a]]), np.radians(places[unit[b]])
        km = 6371.01 * np.arccos(np.clip(np.sin(p) * np.sin(q) + np.cos(p) * np.cos(q) * np.cos(l - m), -1, 1))
        gap = abs(time[a] - time[b])
        weight = 0.0
        if gap == 0 and km <= 400:
            weight = 1 - km / 400 if kernel == "bartlett" else 1.0
        elif unit[a] == unit[b] and 0 < gap <= 2:
            weight = 1 - gap / 3
        meat += weight * e[a] * e[b] * np.outer(x[a], x[b])
    bread = np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(got, bread @ meat @ bread, rtol=1e-4)
