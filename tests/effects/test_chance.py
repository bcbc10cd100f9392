from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import effects
from helpers.effects import chance as inf
from helpers.effects import linear


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


def studentised(y, d, index, *extra):
    beta, spread = linear.draws_of([y], d, index, covariates=extra, scores=True)
    return beta[:, 0] / np.sqrt(spread[:, 0, 0])


def frame(y, d):
    unit, year = np.indices(y.shape)
    return pd.DataFrame({"unit_code": unit.ravel(), "year": 2001 + year.ravel(), "y": y.ravel(), "treated": d.ravel()})


def slope(y, d, *extra):
    design, outcome, _ = dummies(y, d, *extra)
    return np.linalg.lstsq(design, outcome, rcond=None)[0][0]


def t_value(y, d, *extra):
    design, outcome, unit = dummies(y, d, *extra)
    others = design[:, 1:]
    moved = design[:, 0] - others @ np.linalg.lstsq(others, design[:, 0], rcond=None)[0]
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
    ways = linear.TwoWay(unit, time)
    np.testing.assert_allclose(ways.residuals(values), wanted, atol=1e-9)
    assert ways.n_effects == np.linalg.matrix_rank(design)


@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.15, 0), (0, 0.1), (0.15, 0.1)])
@pytest.mark.parametrize("covariate", [False, True])
def test_permuted_coefficients_equal_a_loop_of_regressions(holes, unknown, covariate):
    y, d, x = panel(3, holes=holes, unknown=unknown)
    index, _ = inf.reassigned_paths(d, 20, seed=5)
    extra = (x,) if covariate else ()
    np.testing.assert_allclose(
        linear.draws_of([y], d, index, covariates=extra)[0][:, 0], [slope(y, d[i], *extra) for i in index], atol=1e-9
    )


@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.15, 0), (0.1, 0.1)])
def test_permuted_t_values_equal_a_loop_of_regressions(holes, unknown):
    y, d, x = panel(4, holes=holes, unknown=unknown)
    index, _ = inf.reassigned_paths(d, 15, seed=5)
    for extra in ((), (x,)):
        ours = studentised(y, d, index, *extra)
        np.testing.assert_allclose(ours, [t_value(y, d[i], *extra) for i in index], atol=1e-9)


@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.1, 0.1)])
def test_permuted_counterfactuals_equal_a_loop_of_regressions(holes, unknown):
    y, d, _ = panel(6, holes=holes, unknown=unknown)
    d[:3] = 0
    index, _ = inf.reassigned_paths(d, 15, seed=5)

    def effect(paths):
        free, on = np.where(paths == 0, y, np.nan), np.isfinite(y) & (paths == 1)
        design, outcome, _ = dummies(free, np.zeros_like(y))
        beta = np.linalg.lstsq(design[:, 1:], outcome, rcond=None)[0]
        fitted = beta[: len(y), None] + beta[len(y) :]
        on &= np.isfinite(free).any(1)[:, None] & np.isfinite(free).any(0)
        return (y - fitted)[on].mean()

    np.testing.assert_allclose(
        linear.draws_of([y], d, index, "counterfactual")[0][:, 0], [effect(d[i]) for i in index], atol=1e-8
    )


@pytest.mark.parametrize("covariate", [False, True])
@pytest.mark.parametrize("holes", [0, 0.15])
def test_the_variance_of_an_outcome_does_not_depend_on_the_others_asked_with_it(holes, covariate):
    y, d, x = panel(4, holes=holes)
    other, index = panel(9)[0], inf.reassigned_paths(d, 15, seed=5)[0]
    options = {"scores": True, "covariates": (x,) if covariate else ()}
    alone, both = (linear.draws_of(outcomes, d, index, **options)[1] for outcomes in ([y], [y, other]))
    np.testing.assert_allclose(both[:, 0, 0], alone[:, 0, 0], atol=1e-12)


def test_a_large_balanced_panel_takes_the_other_way_to_the_same_draws():
    y, d, _ = panel(7, units=12)
    index, _ = inf.reassigned_paths(d, 30, seed=2)
    many = np.vstack([y] * 300), np.vstack([d] * 300)
    wide = np.hstack([index + 12 * k for k in range(300)])
    np.testing.assert_allclose(
        linear.draws_of([many[0]], many[1], wide)[0][:, 0], linear.draws_of([y], d, index)[0][:, 0], atol=1e-9
    )


def test_all_assignments_are_listed_once_when_they_are_few():
    paths = np.array([[0, 1], [0, 1], [0, 0], [0, 0], [0, 0]], float)
    index, exact = inf.reassigned_paths(paths, 10)
    assert exact
    assert len({tuple(map(tuple, paths[i])) for i in index}) == len(index) == 10


def test_draws_are_taken_when_assignments_are_many():
    index, exact = inf.reassigned_paths(np.eye(9), 50)
    assert not exact
    assert all(sorted(row) == list(range(9)) for row in index)


@pytest.mark.parametrize("draws", [5, 1_000])
def test_paths_stay_within_their_stratum(draws):
    paths, strata = np.arange(10.0).reshape(5, 2), ["a", "b", "a", "b", "b"]
    index, exact = inf.reassigned_paths(paths, draws, strata=strata)
    assert exact == (draws == 1_000)
    assert all(strata[j] == strata[i] for row in index for i, j in enumerate(row))


def test_exact_p_value_by_hand():
    y = np.array([[0, 5], [0, 1], [0, 2], [0, 3]], float)
    d = np.array([[0, 1], [0, 0], [0, 0], [0, 0]], float)
    done = inf.randomise(frame(y, d), statistic="coefficient")
    changes, effects = np.diff(y)[:, 0], []
    for order in set(permutations([1, 0, 0, 0])):
        treated = np.array(order) == 1
        effects.append(changes[treated].mean() - changes[~treated].mean())
    assert done.exact
    assert done.estimate == done.observed == pytest.approx(3)
    assert done.p_value == np.mean(np.abs(effects) >= 3 - 1e-9) == 0.25


def test_the_p_value_of_draws_counts_the_observed_assignment():
    y, d, _ = panel(8, units=20)
    done = inf.randomise(frame(y, d), draws=99)
    assert done.p_value == (1 + np.sum(np.abs(done.draws) >= abs(done.observed))) / 100


@pytest.mark.parametrize("statistic", inf.STATISTICS)
@pytest.mark.parametrize("unknown", [0, 0.1])
def test_the_interval_ends_where_the_same_test_begins_to_reject(statistic, unknown):
    y, d, _ = panel(9, units=20, unknown=unknown)
    options = {"draws": 400, "seed": 3, "statistic": statistic}
    done = inf.randomise(frame(y, d), **options)
    filled = np.where(np.isfinite(d), d, np.nanmean(d, axis=1, keepdims=True))
    for end, outside in ((done.low, -1), (done.high, 1)):
        step = 1e-3 * (done.high - done.low)
        assert inf.randomise(frame(y - (end - outside * step) * filled, d), **options).p_value >= 0.05
        assert inf.randomise(frame(y - (end + outside * step) * filled, d), **options).p_value < 0.05


def test_a_result_prints_a_summary_and_not_its_draws():
    y, d, _ = panel(9, units=20)
    assert len(repr(inf.randomise(frame(y, d), draws=2_000))) < 200


def test_wild_bootstrap_equals_a_loop_over_all_signs():
    y, d, _ = panel(10, units=7)
    unit, time = (v.ravel() for v in np.indices(y.shape))
    ways = linear.TwoWay(unit, time)
    within = (time[:, None] == np.arange(y.shape[1])) - 1 / y.shape[1]
    p, low, high, method, _ = inf.wild_cluster(
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
    ways = linear.TwoWay(unit, time)
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


def test_a_value_a_little_below_the_observed_one_does_not_reach_it():
    values = np.array([1.0, 0.999, -1.0 - 1e-12, np.nan])
    assert inf.share_reached(values, -1.0, exact=True) == pytest.approx(2 / 3)
    assert inf.share_reached(values, 1.0, exact=False) == pytest.approx(3 / 4)


def test_a_change_across_a_gap_in_the_calendar_is_no_change():
    y, d = np.array([[0.0, 9, 2], [0, 1, 1], [0, 2, 2]]), np.array([[0.0, 1, 1], [0, 0, 1], [0, 0, 0]])
    steps, here = np.array([0, 2, 3]), np.arange(3)[None]
    one, two = (linear.draws_of([y], d, here, "switchers", steps=s)[0].item() for s in (None, steps))
    assert one == pytest.approx((9 - 1.5) / 2)
    assert two == pytest.approx(0)


@pytest.mark.parametrize("kind", ["always treated", "years apart", "a year all treated"])
def test_counterfactuals_by_pairs_equal_the_weights_of_each_draw(kind):
    y, d, _ = panel(12, units=9)
    d[:4] = 0
    if kind == "always treated":
        d[-1] = 1
    if kind == "years apart":
        y[:5, 3:], y[5:, :3] = np.nan, np.nan
        d[3:5, 1], d[6:8, 4:] = 1, 1
    if kind == "a year all treated":
        d[:, 2] = 1
    index, _ = inf.reassigned_paths(d, 25, seed=5)
    w = linear.weights(d[index], np.isfinite(y), "counterfactual")
    wanted = np.einsum("but,ut->b", w, np.nan_to_num(y))
    got = linear.draws_of([y], d, index, "counterfactual")[0][:, 0]
    np.testing.assert_allclose(got, wanted, atol=1e-9)
    assert np.isfinite(wanted).any()


@pytest.mark.parametrize("estimator", ["twfe", "twfe_trends", "counterfactual"])
@pytest.mark.parametrize(("holes", "unknown"), [(0, 0), (0.15, 0.1)])
def test_pairs_laid_out_give_the_draws_of_pairs_tabled(monkeypatch, estimator, holes, unknown):
    y, d, x = panel(13, units=10, holes=holes, unknown=unknown)
    index, _ = inf.reassigned_paths(d, 20, seed=5)
    two_way = estimator == "twfe"
    options = {"scores": True, "covariates": (x,), "plain": False} if two_way else {}
    tabled = linear.draws_of([y], d, index, estimator, **options)
    monkeypatch.setattr(linear, "_SMALL", 0)
    laid = linear.draws_of([y], d, index, estimator, **options)
    np.testing.assert_allclose(laid[0], tabled[0], atol=1e-9)
    if two_way:
        np.testing.assert_allclose(laid[1], tabled[1], atol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [0, 0.1])
def test_permuted_counterfactuals_with_covariates_equal_a_loop_of_imputations(holes, weighted):
    y, d, x = panel(seed=3, units=9, times=7, holes=holes)
    d[:2] = 0
    w = 1 + np.arange(63).reshape(9, 7) % 5 if weighted else np.ones((9, 7))
    index = np.array([np.random.default_rng(s).permutation(9) for s in range(6)])
    got = linear.draws_of([y], d, index, "counterfactual", covariates=[x, x**2], w=w if weighted else None)[0][:, 0]
    for path, one in zip(d[index], got, strict=True):
        keep = np.isfinite(y)
        design, outcome, _ = dummies(y, path, x, x**2)
        free, root = design[:, 0] == 0, np.sqrt(w[keep])
        fit = np.linalg.lstsq((design[:, 1:].T * root).T[free], (outcome * root)[free], rcond=None)[0]
        left = (outcome - design[:, 1:] @ fit)[~free]
        assert one == pytest.approx(np.average(left, weights=w[keep][~free]))


def test_units_of_a_cluster_with_one_path_are_reassigned_together():
    y, d, _ = panel(seed=5, units=6, times=8)
    rng = np.random.default_rng(1)
    data = pd.concat(
        [frame(y, d), frame(y + rng.normal(size=y.shape), d).assign(unit_code=lambda f: f["unit_code"] + 100)]
    )
    data = data.assign(region=data["unit_code"] % 100)
    together, apart = (
        effects.randomise(data, draws=5_000, statistic="coefficient", **k) for k in ({"cluster": "region"}, {})
    )
    assert (together.exact, apart.exact) == (True, False)
    mean = data.groupby(["region", "year"], as_index=False)[["y", "treated"]].mean()
    alone = effects.randomise(mean, unit="region", draws=5_000, statistic="coefficient")
    np.testing.assert_allclose(np.sort(together.placebo), np.sort(alone.placebo), atol=1e-12)
    assert together.p_value == alone.p_value
    split = data.assign(treated=data["treated"].where(data["unit_code"] != 100, 0))
    assert not effects.randomise(split, draws=99, cluster="region").exact
