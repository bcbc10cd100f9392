"""The panel: every unit-year present, what is missing counted with its reason, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from helpers import study
from helpers.record import tables, terms

WINDOW = (2013, 2021)


@pytest.fixture(scope="module")
def pci():
    return study.build_panel("pci_score", window=WINDOW)


def test_every_unit_year_of_the_window_is_there_once_and_sorted(pci):
    keys = pci.frame[["unit_code", "year"]]
    assert len(keys) == 63 * 9
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values(["unit_code", "year"], ignore_index=True))


def test_outcome_is_the_value_of_the_table(pci):
    row = pci.frame.set_index(["unit_code", "year"]).loc[("62", 2021)]
    table = tables.load("governance").set_index(["unit_code", "year", "indicator"])
    assert row["y"] == table.loc[("62", 2021, "pci_score"), "value"]
    assert row["source"] == table.loc[("62", 2021, "pci_score"), "source"]


def test_leaders_are_those_of_treatment(pci):
    led = terms.yearly(years=WINDOW)
    for column in ("treated", "share", "treated_low", "treated_high", "spell_id", "turnover"):
        pd.testing.assert_series_equal(pci.frame[column], led[column])


def test_value_that_is_not_in_the_table_stays_missing_and_keeps_its_row():
    made = study.build_panel("papi_corruption", window=(2023, 2024))
    gone = made.frame[made.frame["y"].isna()]
    assert gone[["unit_code", "year"]].values.tolist() == [["22", 2023], ["26", 2024], ["74", 2023], ["82", 2024]]
    assert made.coverage["no_value"].tolist() == [2, 2]


def test_coverage_counts_each_reason_and_adds_up(pci):
    out = pci.coverage.set_index("year")
    assert out.loc[2021, ["n_units", "n_complete", "missing", "no_holder"]].tolist() == [63, 60, 3, 3]
    assert out.loc[2021, "reason"] == "no known holder: 3"
    complete = pci.frame.dropna(subset=["y", "treated"])["year"].value_counts().sort_index()
    assert out["n_complete"].tolist() == complete.tolist()
    assert (out["n_complete"] + out["missing"] == out["n_units"]).all()


def test_coverage_counts_a_missing_covariate():
    made = study.build_panel("papi_participation", window=(2016, 2017), covariates=["grdp_current_pre2019rev_bn_vnd"])
    assert made.coverage["no_covariate"].tolist() == [0, 1]
    assert made.frame["grdp_current_pre2019rev_bn_vnd"].notna().sum() == 125


def test_unit_without_a_known_holder_is_counted_not_coded_as_local():
    leaders = tables.load("leaders")
    early = (leaders["unit_code"] != "62") | (leaders["start"] < "2012")
    made = study.build_panel("pci_score", window=(2016, 2016), leaders=leaders[early])
    row = made.frame.set_index("unit_code").loc["62"]
    assert pd.isna(row["treated"])
    assert (row["treated_low"], row["treated_high"]) == (0, 1)
    assert made.coverage["no_holder"].tolist() == [1]


def test_definition_changes_the_treatment_only(pci):
    other = study.build_panel("pci_score", "career", window=WINDOW)
    assert other.frame["y"].equals(pci.frame["y"])
    assert not other.frame["treated"].equals(pci.frame["treated"])


def test_units_restrict_the_panel():
    made = study.build_panel("pci_score", window=WINDOW, units=["62", "01"])
    assert made.frame["unit_code"].unique().tolist() == ["01", "62"]
    assert made.coverage["n_units"].eq(2).all()


def test_default_window_is_where_outcome_and_leaders_are_known():
    assert study.build_panel("grdp_growth_pct").window == (2005, 2017)


def test_log_is_the_natural_logarithm():
    raw = study.build_panel("grdp_current_bn_vnd").frame["y"]
    logged = study.build_panel("grdp_current_bn_vnd", transform="log").frame["y"]
    assert np.allclose(np.exp(logged), raw)


def test_z_has_mean_zero_and_deviation_one_in_each_year():
    frame = study.build_panel("pci_score", window=WINDOW, transform="z").frame
    by = frame.groupby("year")["y"]
    assert np.allclose(by.mean(), 0)
    assert np.allclose(by.std(), 1)


def test_allowed_break_is_pooled_and_named_in_the_notes():
    made = study.build_panel("pci_score", window=(2012, 2014), allow_breaks=("pci_weights_2013",))
    note = made.notes.set_index("note").loc["pci_weights_2013"]
    assert note["n"] == 126
    assert note["text_en"] and note["text_vi"]


def test_notes_count_flagged_values():
    made = study.build_panel("income_pc_month_kvnd", window=(2018, 2022))
    assert made.notes.set_index("note").loc["income_pc_month_kvnd: secondary", "n"] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "pci_scor"}, "no indicator 'pci_scor'; closest: pci_score"),
        ({"outcome": "pci_rank"}, "pci_rank is a rank.*Take pci_score"),
        ({"outcome": "grdp_growth_first_estimate_press_pct"}, "known from the press for some units only"),
        ({"covariates": ["grdp_growth_first_estimate_press_pct"]}, "known from the press for some units only"),
        ({"covariates": ["population_thousand", "population_thousand"]}, "population_thousand is named twice"),
        ({"covariates": ["pci_score"]}, "pci_score is named twice"),
        ({"window": (2012, 2014)}, "pci_weights_2013"),
        ({"window": (2013, 2024)}, "has values and leaders are known in 2005-2023"),
        ({"window": (2021, 2013)}, "Take years within"),
        ({"allow_breaks": ("pci_weights_2031",)}, "allow_breaks names pci_weights_2031; breaks of pci_score: "),
        ({"units": ["62", "99"]}, "units has '99'; expected codes of the 63 provinces"),
        ({"units": []}, "units has no code"),
        ({"transform": "ln"}, "transform is 'ln'; expected None, 'log' or 'z'"),
        ({"definition": "birth"}, "definition is 'birth'; expected one of hometown, career, regulation"),
        ({"outcome": "net_migration_rate_per_1000", "window": (2010, 2016), "transform": "log"}, "has no logarithm"),
    ],
)
def test_refusals_say_what_was_found_and_what_to_do(change, message):
    with pytest.raises(ValueError, match=message):
        study.build_panel(**{"outcome": "pci_score", "window": WINDOW} | change)


def test_break_not_named_is_a_refused_break():
    with pytest.raises(tables.BreakRefused):
        study.build_panel("pci_score", window=(2006, 2021))
