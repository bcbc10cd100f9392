"""Placebo treatments, injected effects, the smallest detectable effect."""

import numpy as np
import pandas as pd
import pytest

from helpers import effects, study
from helpers.effects import DesignRefused, estimators, linear, power
from helpers.effects.chance import reassigned_paths
from helpers.record import tables


def _case(seed=1, units=40, years=12, holes=0.0, rho=0.5):
    """AR(1) outcomes of variance one and on/off paths (runs of random length) for most units."""
    rng = np.random.default_rng(seed)
    y, d = np.zeros((units, years)), np.zeros((units, years))
    y[:, 0] = rng.standard_normal(units)
    d[:, 0] = rng.random(units) < 0.3
    for t in range(1, years):
        y[:, t] = rho * y[:, t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(units)
        d[:, t] = np.where(rng.random(units) < 0.2, 1 - d[:, t - 1], d[:, t - 1])
    y += rng.standard_normal(units)[:, None] + np.arange(years)
    y[rng.random(y.shape) < holes] = np.nan
    d[rng.random(d.shape) < holes] = np.nan
    return y, d


def _frame(y, d):
    unit, year = np.indices(y.shape)
    return pd.DataFrame(
        {"unit_code": unit.ravel().astype(str), "year": 2001 + year.ravel(), "y": y.ravel(), "treated": d.ravel()}
    )


def _estimate(y, d, estimator):
    return float((linear.weights(d[None], np.isfinite(y), estimator)[0] * np.nan_to_num(y)).sum())


@pytest.mark.parametrize("holes", [0.0, 0.1])
def test_weights_give_the_estimate_of_the_regression(holes):
    y, d = _case(holes=holes)
    assert _estimate(y, d, "twfe") == pytest.approx(effects.fit_twfe(_frame(y, d))["estimate"].iloc[0], abs=1e-10)


@pytest.mark.parametrize("holes", [0.0, 0.1])
def test_weights_give_the_mean_counterfactual_effect(holes):
    y, d = _case(holes=holes)
    assert _estimate(y, d, "counterfactual") == pytest.approx(
        effects.fit_counterfactual(_frame(y, d), draws=0)["estimate"].iloc[0], abs=1e-10
    )


def test_weights_of_switchers_by_hand():
    y = np.array([[0.0, 5.0, 6.0], [0.0, 1.0, 2.0], [0.0, 1.0, 1.0], [4.0, 4.0, 4.0]])
    d = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    # year 2: unit 0 joins, +5 against +1; year 3: unit 2 leaves, 0 against the mean of +1 and 0 for those who stay treated
    assert _estimate(y, d, "switchers") == pytest.approx(((5 - 1) + (0.5 - 0)) / 2)


def test_switchers_equal_the_estimator_of_another_package():
    from diff_diff import ChaisemartinDHaultfoeuille

    y, d = _case()
    frame = _frame(y, d).astype({"treated": int})
    with pytest.warns(UserWarning, match=".*"):
        peer = ChaisemartinDHaultfoeuille(drop_larger_lower=False).fit(frame, "y", "unit_code", "year", "treated")
    assert _estimate(y, d, "switchers") == pytest.approx(peer.overall_att, abs=1e-10)


@pytest.mark.parametrize("estimator", list(power.TESTS))
def test_a_constant_effect_moves_the_estimate_by_itself(estimator):
    y, d = _case(holes=0.05)
    assert _estimate(y + 3 * np.nan_to_num(d), d, estimator) - _estimate(y, d, estimator) == pytest.approx(3.0)


@pytest.mark.parametrize("estimator", list(power.TESTS))
def test_unit_and_year_constants_do_not_matter(estimator):
    y, d = _case()
    moved = y + np.arange(len(y))[:, None] ** 2 + np.sin(np.arange(y.shape[1]))
    assert _estimate(moved, d, estimator) == pytest.approx(_estimate(y, d, estimator))


def test_standard_errors_equal_those_of_the_headline_regression():
    y, d = _case(holes=0.1)
    w = linear.weights(d[None], np.isfinite(y), "twfe")
    error, df = power.cr1(w, d[None], y, (w * np.nan_to_num(y)).sum((1, 2)))
    row = effects.fit_twfe(_frame(y, d)).iloc[0]
    assert error[0] == pytest.approx(row["std_error"]) and df[0] == row["n_clusters"] - 1


def test_bootstrap_draws_equal_those_of_the_headline_counterfactual():
    y, d = _case(holes=0.05)
    ours = power.bootstrap(y, d, [2 * np.nan_to_num(d)], 50, seed=7)
    frame = _frame(y, d)
    c = effects.design(frame.assign(unit_code=frame["unit_code"].str.zfill(3)))
    use = (c.d == 1) & estimators.identified(c, c.d == 0)[0]
    theirs = estimators.bootstrapped(c, c.d == 0, [use], 50, 7)[:, 0]
    assert ours[:, 0] == pytest.approx(theirs)
    assert ours[:, 1] == pytest.approx(np.full(50, 2.0))


@pytest.mark.parametrize("test", ["CR1", "randomisation"])
def test_smallest_detectable_effect_is_about_2_8_standard_errors(test):
    y, d = _case(units=63, years=13)
    table = power.detectable(y, d, "twfe")[0].set_index("test")
    assert table.loc[test, "smallest_detectable"] / table.loc[test, "placebo_sd"] == pytest.approx(2.8, rel=0.08)


def test_power_rises_with_the_effect_and_starts_at_the_size():
    y, d = _case()
    table, curve = power.detectable(y, d, "counterfactual", draws=200, sizes=[0, 0.2, 0.5, 2])
    for test, part in curve.groupby("test"):
        assert part["power"].is_monotonic_increasing and part["power"].iloc[-1] == 1
        assert part["power"].iloc[0] == pytest.approx(table.set_index("test").loc[test, "rejected"])


def test_a_test_is_counted_on_no_more_reassignments_than_the_page_says():
    y, d = _case()
    made = {e: power.detectable(y, d, e, draws=600)[0].set_index("test")["n_draws"] for e in ("twfe", "counterfactual")}
    assert made["twfe"].to_dict() == {"CR1": 600, "randomisation": 500}
    assert made["counterfactual"].to_dict() == {"bootstrap": 200, "randomisation": 600}


def test_cr1_rejects_about_five_percent_of_placebos():
    y, d = _case(units=63, years=13)
    assert 0.03 <= power.detectable(y, d, "twfe")[0].set_index("test").loc["CR1", "rejected"] <= 0.08


def test_growing_effects_bias_two_way_effects_and_not_the_counterfactual():
    y, d = _case(units=63)
    bias = {
        e: power.simulate(1, y, d, e, 2.0, ("growing",), draws=200)["bias"].iloc[0] for e in ("twfe", "counterfactual")
    }
    assert abs(bias["counterfactual"]) < 0.05 and bias["twfe"] < -0.3


@pytest.mark.parametrize("estimator", list(power.TESTS))
def test_intervals_hold_a_constant_effect_about_95_times_in_100(estimator):
    y, d = _case(units=63)
    got = power.simulate(3, y, d, estimator, 1.0, ("constant",), draws=400)
    assert got["coverage"].between(0.90, 0.99).all()


def test_injected_shapes_have_their_size():
    d = np.array([[[0.0, 1, 1, 1], [1, 0, 1, 0]]])
    made = {s: power.inject(d, s, 2.0, np.random.default_rng(1)) for s in power.SHAPES}
    assert (made["constant"] == 2 * d).all()
    assert made["growing"][0, 0, 1:] == pytest.approx(2 * np.array([1, 2, 3]) * 5 / 8) and made[
        "growing"
    ].sum() / d.sum() == pytest.approx(2)
    assert made["reversing"][0, 0].tolist() == [0, 2, 2, -2]
    assert all((e[d == 0] == 0).all() for e in made.values())


def test_the_truth_of_switchers_is_the_mean_over_moves_that_have_a_comparison():
    d = np.array([[[0.0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]])
    effect, seen = d * [2, 2, 2, 5], np.ones(d.shape[1:], bool)
    w = linear.weights(d, seen, "switchers")
    assert power._truth(w, d, effect, seen, "switchers") == pytest.approx([2])
    assert (w * effect).sum() == pytest.approx(2)


def test_the_truth_of_two_way_effects_is_the_mean_over_all_treated_cells_and_of_the_counterfactual_over_those_compared():
    d = np.array([[[0.0, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 1]]])
    effect, seen = power.inject(d, "growing", 1.0, None), np.ones(d.shape[1:], bool)
    seen[1, 1] = False
    w = {name: linear.weights(d, seen, name) for name in ("twfe", "counterfactual")}
    assert (w["twfe"][(d == 1) & seen] < 0).any()
    assert power._truth(w["twfe"], d, effect, seen, "twfe") == pytest.approx([effect[0].sum() / 8])
    compared = (d == 1) & (w["counterfactual"] > 0)
    assert compared.sum() == 1
    assert power._truth(w["counterfactual"], d, effect, seen, "counterfactual") == pytest.approx(effect[compared])


def test_a_draw_is_a_plain_function_of_its_seed():
    y, d = _case(units=20)
    one, two, other = (power.simulate(s, y, d, "switchers", draws=50) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_refuses_a_treatment_that_never_changes():
    y, d = _case(units=20)
    with pytest.raises(DesignRefused, match="0 of .* permuted treatments identify switchers"):
        power.detectable(y, np.repeat(d[:, :1], d.shape[1], axis=1), "switchers", draws=50)


def test_refuses_unknown_estimators_and_shapes():
    y, d = _case(units=20)
    with pytest.raises(ValueError, match="estimator is 'ols'; expected one of twfe"):
        power.detectable(y, d, "ols")
    with pytest.raises(ValueError, match="shape is 'odd'; expected one of constant"):
        power.inject(d[None], "odd", 1, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": lambda f: f["y"].mask(f.index == 3, np.inf)}, "1 infinite values"),
        ({"y": 1.0}, "equals 1 in every cell"),
        ({"treated": 1.0}, "equals 1 in every cell"),
        ({"year": 2001}, "more than one row"),
    ],
)
def test_refuses_panels_that_cannot_answer(change, message):
    with pytest.raises(DesignRefused, match=message):
        effects.design(_frame(*_case(units=5)).assign(**change))


@pytest.mark.parametrize("outcome", ["pci_score", "papi_corruption", "grdp_growth_pct"])
def test_headline_test_rejects_between_3_and_7_percent_of_permuted_careers_on_real_outcomes(outcome):
    design = tables.load("designs").set_index("outcome").loc[outcome]
    data = study.panel(outcome, window=(int(design["first_year"]), int(design["last_year"])))
    table = power.detectable(*effects.design(data.frame).tables()[:2], "twfe", draws=1_000)[0].set_index("test")
    assert table["rejected"].between(0.03, 0.07).all()


def test_arrays_leave_out_years_without_any_outcome():
    frame = _frame(*_case(units=3, years=4)).assign(
        treated=lambda f: ((f["unit_code"] == "0") & (f["year"] > 2002)).astype(float)
    )
    frame.loc[frame["year"] == 2002, "y"] = np.nan
    y, d = effects.design(frame).tables()[:2]
    assert y.shape == d.shape == (3, 3) and np.isfinite(y).all()


def test_power_is_the_mean_over_effects_of_both_signs_each_tested_by_all_reassignments_studentised():
    rng = np.random.default_rng(5)
    y, d = rng.exponential(size=(14, 6)) ** 3, (rng.random((14, 6)) < 0.3) * 1.0
    size = 2.0
    _, curve = power.detectable(y, d, "twfe", draws=39, sizes=[size])
    moved = d[reassigned_paths(d, 39, 1)[0]]
    index = np.tile(np.arange(14, dtype=np.int32), (39, 1))

    def found(effect):
        p = []
        for j, one in enumerate(moved):
            fits = [linear.draws_of([y + effect * one], path, index[:1], scores=True) for path in moved]
            t = np.array([abs(fit[0, 0]) / np.sqrt(spread[0, 0, 0]) for fit, spread in fits])
            p.append(np.mean(t >= t[j] * (1 - 1e-9)))
        return np.mean(np.array(p) <= 0.05)

    assert found(size) != found(-size)
    shown = curve.loc[curve["test"] == "randomisation", "power"].item()
    assert shown == pytest.approx((found(size) + found(-size)) / 2)


def test_shares_of_intervals_are_weighted_by_the_draws_behind_them(monkeypatch):
    columns = ["design", "n_switching", "gaps", "effect", "coverage", "n_draws"]
    rows = [
        ("a", 12, "none", "none", 0.9, 300),
        ("a", 12, "none", "noisy", 0.5, 100),
        ("a", 12, "none", "growing", 0, 9),
    ]
    monkeypatch.setattr(effects.results, "coverage", lambda: pd.DataFrame(rows, columns=columns))
    assert effects.results.shares("a").to_dict() == {12: pytest.approx(0.8)}
