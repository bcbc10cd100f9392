"""What panel.toml may ask of a panel: covariates, weights, clusters, a part of the rows, means of several rows; worked by hand."""

import numpy as np
import pandas as pd
import pytest

from helpers import effects, own


def persons(n=3):
    """Several persons in each of eight units and six years; the treatment comes in one unit after the other."""
    r = np.random.default_rng(1)
    rows = [
        (f"u{u}", y, r.normal() + (y >= 2012 + u) * (u < 6), float(r.integers(20, 60)), int(y >= 2012 + u and u < 6), "north" if u % 2 else "south")
        for u in range(8) for y in range(2010, 2016) for _ in range(n)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["unit", "year", "y", "age", "treated", "region"])


def test_several_rows_for_a_unit_and_year_are_refused_with_the_way_out():
    fault = own.check(persons(), unit="unit").faults[0]
    assert "96 rows more than the 48 pairs of unit and year" in fault.found
    assert 'combine = "mean"' in fault.remedy


def test_means_by_unit_and_year_are_weighted_by_their_rows():
    table = persons().drop(index=[0])
    frame = own.check(table, unit="unit", combine="mean", outcome=["y"]).frame
    first = frame[(frame["unit_code"] == "u0") & (frame["year"] == 2010)].iloc[0]
    assert first["y"] == pytest.approx(table["y"].iloc[:2].mean())
    assert (first["weights"], frame["weights"].max()) == (2.0, 3.0)


def test_the_weighted_means_give_the_two_way_estimate_of_the_rows():
    import statsmodels.formula.api as smf

    table = persons().drop(index=[0, 7, 20])
    frame = own.check(table, unit="unit", combine="mean", outcome=["y"]).frame
    want = smf.ols("y ~ treated + C(unit) + C(year)", table).fit().params["treated"]
    got = effects.fit_twfe(frame, unit="unit_code", weights="weights")["estimate"].iloc[0]
    assert got == pytest.approx(want, abs=1e-9)


def test_covariates_weights_and_clusters_stand_in_the_frame():
    table = persons(1)
    check = own.check(table, unit="unit", outcome=["y"], covariates=["age"], weights="age", cluster="region")
    assert check.faults == []
    assert list(check.frame.columns[-4:]) == ["weights", "cluster", "y", "age"]
    panel = check.panel()
    assert panel.covariates == ("age",)
    assert len(effects.fit_twfe(panel, weights="weights")) == 1


def test_only_the_rows_asked_for_are_used():
    check = own.check(
        persons(1), unit="unit", outcome=["y"], sample={"region": ["north"]}, first_year=2011, last_year=2014
    )
    assert sorted(check.frame["unit_code"].unique()) == ["u1", "u3", "u5", "u7"]
    assert (check.frame["year"].min(), check.frame["year"].max()) == (2011, 2014)
    assert "sample: 24 rows are left by column region" in check.facts


def test_a_column_that_is_not_there_is_named_whatever_asks_for_it():
    check = own.check(persons(1), unit="unit", covariates=["agee"], cluster="regio", sample={"x": ["1"]})
    assert {fault.column for fault in check.faults} == {"agee", "regio", "x"}


def test_what_an_unknown_key_of_memory_means_is_said():
    assert own.check(persons(1), unit="unit", weigths="age").faults[0].remedy == "write one of: weights"


def test_a_panel_of_ones_own_speaks_the_words_of_its_description():
    panel = own.load("example").panel("income")
    assert (panel.label, panel.scale, panel.measure, panel.source) == (
        "made-up income",
        100.0,
        "percent",
        "own/example",
    )
    assert (panel.coverage["missing"] + panel.coverage["n_complete"] == panel.coverage["n_units"]).all()
