"""Groups of non-locals, departures, and tests that should find nothing, on the project's record."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers import display, effects, findings, study
from helpers.effects import synthetic
from helpers.findings import groups, hazard
from helpers.record import terms


@pytest.fixture(scope="module")
def panel():
    return study.panel("pci_score", "career")


def test_every_group_has_a_label_and_what_is_unknown_stands_by_itself(panel):
    rows = findings.by_group(panel, draws=20)
    table = findings.groups_table(rows, panel)
    assert len(table) == len(rows) and set(rows["sample"]) == {"kind", "year", "partner", "departure"}
    assert table["term"].is_unique and table["n_units"].gt(0).all()
    of_partner = rows[rows["sample"] == "partner"]
    assert of_partner["n_cells"].sum() == rows.loc[rows["sample"] == "year", "n_cells"].sum()


def test_a_line_behind_which_hardly_a_province_stands_has_no_estimate(panel):
    table = findings.groups_table(findings.by_group(panel, draws=20), panel)
    few = table["n_units"] < 5
    assert few.any() and table.loc[few, "estimate"].isna().all() and table.loc[~few, "estimate"].notna().all()


def test_the_way_in_is_the_record_s(panel):
    frame = groups.with_groups(panel).set_index("spell_id")
    held = terms.spells("career").set_index("spell_id")
    for kind, where in (("centre", "centre"), ("other_province", "other_province")):
        assert set(held.loc[frame.index[frame["kind"] == kind], "prior_origin"]) == {where}
    known = held.loc[frame.index[frame["kind"] == "inside"].unique()]
    assert not known["non_local"].any()
    assert set(frame["kind"].dropna()) == {"centre", "other_province", "earlier_post", "inside", "returned"}


def test_a_native_sent_by_the_centre_came_back():
    frame = groups.with_groups(study.panel("pci_score", "career")).dropna(subset=["kind"])
    native = terms.spells("hometown").set_index("spell_id")["non_local"]
    back = native.reindex(frame.loc[frame["kind"] == "returned", "spell_id"].unique())
    assert len(back) and not back.any()


def test_the_smallest_effect_is_found_four_times_in_five_by_the_test_of_its_line(panel):
    rows = findings.by_group(panel, draws=50)
    table = findings.groups_table(rows, panel)
    shown = rows["std_error"].notna()
    assert table.loc[~shown, "smallest_detectable"].isna().all()
    size = table.loc[shown, "smallest_detectable"] / rows.loc[shown, "std_error"]
    df = rows.loc[shown, "n_clusters"].astype(float) - 1
    assert df.min() < 10 < df.max()
    limit = stats.t.ppf(0.975, df)
    assert (stats.nct.sf(limit, df, size) + stats.nct.cdf(-limit, df, size)).tolist() == pytest.approx(
        [0.8] * len(df), rel=1e-4
    )


@pytest.mark.parametrize(
    ("p", "said"),
    [
        ([0.001, 0.2], "Of 2 groups with an interval one differs"),
        ([0.001, 0.002], "Of 2 groups with an interval 2 differ"),
        ([0.03, 0.2], "None of the 2 groups"),
    ],
)
def test_groups_are_named_only_after_holm(p, said):
    rows = effects.result(estimate=[1.0, 2], sample="kind", model=["centre", "inside"], p_value=p)
    assert said in findings.groups_found(rows)


def test_departures_count_every_term_of_a_local_once():
    table = hazard.departures("hometown", "secretary")
    held = terms.spells("hometown")
    held = held[(held["non_local"] == False) & (held["end"] <= terms.LAST_MONTH)]  # noqa: E712 (those of the 63 provinces)
    assert table["n_departures"].sum() == len(held)
    assert table["share_non_local"].between(0, 1).all() and table["n_departures"].iloc[0] == 8
    assert f"ended from {held['end'].min().year} to {held['end'].max().year}" in table.attrs["caption"]


def test_no_departure_is_that_of_a_chair_whose_term_is_not_usable():
    held = terms.spells("hometown", post="chair").query("not early and non_local == False and end.notna()")
    assert hazard.departures("hometown", "chair")["n_departures"].sum() == len(held)


def test_how_an_unusable_term_before_ended_is_not_known():
    frame = groups.with_groups(study.panel("grdp_growth_pct", post="chair")).dropna(subset=["spell_id", "departure"])
    held = terms.spells(post="chair").set_index("spell_id")
    before = held.groupby("unit_code")["early"].shift()[frame["spell_id"].unique()]
    assert len(before) and not before.any()


def test_a_test_that_should_find_nothing_counts_what_it_found_and_excluded():
    both = {"model": "placebo", "outcome": "pci_score", "n_cells": 5, "n_units": 5}
    rows = pd.concat(
        [
            effects.result(estimate=[0.1, 0.1], test=["bootstrap", "equivalence"], p_value=[0.4, 0.01], **both),
            effects.result(estimate=[2.0, 2.0], test=["bootstrap", "equivalence"], p_value=[0.001, 0.9], **both),
        ]
    ).assign(bound=0.5, scale=1.0)
    said = "One test finds a difference (p under 0.05 after Holm's adjustment). One excludes one of that size (p under 0.05)."
    assert hazard.found_nothing(rows) == said
    none = "No test finds a difference (p under 0.05 after Holm's adjustment). No test excludes one of that size (p under 0.05). All 2 leave it open."
    assert hazard.found_nothing(rows.assign(p_value=0.5)) == none
    assert hazard.found_nothing(rows[:0]) == "No such test could be made."
    untested = hazard.found_nothing(rows.assign(p_value=[0.5, 0.5, np.nan, np.nan]))
    assert untested.endswith("One leaves it open. One could not be tested: too few provinces stand behind it.")
    assert hazard.found_nothing(rows.assign(p_value=np.nan)) == "No such test could be made."
    assert hazard.nothing_table(rows)["p_equivalence"].tolist() == [0.01, 0.9]


def test_what_is_unknown_under_any_definition_is_not_called_a_home():
    texts = [*groups._GROUPS.values(), *synthetic.REASONS.values(), display.heading("months_unknown_home")]
    assert [text for text in texts if "home" in text] == []
