"""Our estimators on committed simulated panels, against numbers that other packages gave (make.py)."""

from pathlib import Path

import pandas as pd
import pytest

from helpers import effects

HERE = Path(__file__).parent / "simulated"
KEYS = {"unit": "unit", "time": "year", "d": "d"}


def panel(name):
    return pd.read_csv(HERE / f"{name}.csv", dtype={"unit": str})


def expected(name, estimator, quantity="estimate", column="value"):
    table = pd.read_csv(HERE / "numbers.csv").set_index(["panel", "estimator", "quantity"])
    return table.loc[(name, estimator, quantity), column]


def event(rows, kind, time):
    return rows.loc[(rows["event"] == kind) & (rows["event_time"] == time), "estimate"].item()


@pytest.mark.parametrize("name", ["switching", "holes"])
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_two_way_effects_and_their_cluster_error_equal_pyfixest(name, covariates):
    got = effects.fit_twfe(panel(name), **KEYS, covariates=covariates)
    label = "twfe x" if covariates else "twfe"
    assert got["estimate"].item() == pytest.approx(expected(name, label), abs=1e-8)
    assert got["std_error"].item() == pytest.approx(expected(name, label, column="se"), abs=1e-8)


@pytest.mark.parametrize("name", ["switching", "holes"])
@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_counterfactual_equals_regression_on_untreated_cells(name, covariates):
    got = effects.fit_counterfactual(panel(name), **KEYS, covariates=covariates, draws=0)
    assert got["estimate"][0] == pytest.approx(
        expected(name, "counterfactual x" if covariates else "counterfactual"), abs=1e-8
    )


@pytest.mark.parametrize("time", range(-3, 4))
def test_event_times_by_spell_equal_fect(time):
    got = effects.fit_counterfactual(panel("switching"), **KEYS, draws=0)
    assert event(got, "arrival", time) == pytest.approx(
        expected("switching", "counterfactual", f"arrival {time}"), abs=1e-7
    )


@pytest.mark.parametrize("name", ["switching", "holes"])
def test_factor_models_equal_statspai_at_convergence(name):
    ife = effects.fit_fect(panel(name), **KEYS, rank=1, least=2)
    completion = effects.fit_fect(panel(name), **KEYS, method="mc", penalty=0.004, least=1)
    assert ife["estimate"].item() == pytest.approx(expected(name, "ife 1"), abs=2e-5)
    assert completion["estimate"].item() == pytest.approx(expected(name, "mc 0.004"), abs=2e-5)


def test_switchers_equal_diff_diff():
    got = effects.fit_switchers(panel("switching"), **KEYS, effects=3)
    for time in range(3):
        assert event(got, "change", time) == pytest.approx(
            expected("switching", "switchers", f"event {time}"), abs=1e-8
        )


def test_panel_match_equals_a_loop_over_matched_sets():
    got = effects.fit_panel_match(panel("switching"), **KEYS, lag=2, leads=(0, 1), draws=20)
    for time in (0, 1):
        assert event(got, "arrival", time) == pytest.approx(
            expected("switching", "panel_match", f"event {time}"), abs=1e-8
        )


def test_callaway_santanna_equals_statspai_with_its_error():
    got = effects.fit_absorbing(panel("staying"), **KEYS, options={"estimation_method": "reg"})
    assert got["estimate"][0] == pytest.approx(expected("staying", "callaway_santanna"), abs=1e-8)
    assert got["std_error"][0] == pytest.approx(expected("staying", "callaway_santanna", column="se"), rel=0.02)


def test_imputation_equals_the_counterfactual_where_treatment_stays():
    got = effects.fit_absorbing(panel("staying"), "imputation", **KEYS)
    assert got["estimate"][0] == pytest.approx(expected("staying", "imputation"), abs=1e-7)


def test_sun_abraham_equals_saturated_least_squares():
    got = effects.fit_absorbing(panel("staying"), "sun_abraham", **KEYS)
    for time in range(3):
        assert event(got, "arrival", time) == pytest.approx(
            expected("staying", "sun_abraham", f"event {time}"), abs=1e-7
        )
