"""What predicts the arrival of a non-local, on the project's record."""

import pytest
import statsmodels.formula.api as smf

from helpers import study
from helpers.findings import hazard

FORMULA = "arrives ~ tenure + nobody_known + congress + city + C(region)"


@pytest.fixture(scope="module")
def risk():
    return study.at_risk("regulation", "secretary", ["pci_score"])


@pytest.fixture(scope="module")
def rows(risk):
    return hazard.hazard(smf.ols, FORMULA, risk, ["pci_score"])


def test_rows_of_the_hazard_say_whose_arrival_it_is(rows):
    assert set(rows["definition"]) == {"regulation"} and set(rows["post"]) == {"secretary"}


def test_regions_that_differ_are_named_in_the_answer_with_the_one_they_are_set_against(rows, risk):
    base = risk["region"].cat.categories[0]
    other = risk["region"].cat.categories[1]
    differs = rows.assign(p_value=rows["p_value"].mask(rows["model"] == other, 0.001))
    assert f"{other}, against {base} (" in str(hazard.sent(differs, risk))


def test_regions_are_set_against_the_one_with_most_province_years_at_risk(risk):
    assert risk["region"].cat.categories[0] == risk["region"].value_counts().index[0]


def test_the_share_of_congress_years_is_computed(risk):
    share = risk.groupby("congress")["arrives"].mean()
    assert hazard.congresses(risk) == (
        "In years of provincial party congresses (2005, 2010, 2015 and 2020) "
        f"the share is {100 * share[1.0]:.1f}%, in other years {100 * share[0.0]:.1f}%."
    )


def test_no_past_outcome_leaves_every_part_of_the_page_whole():
    risk = study.at_risk()
    rows = hazard.hazard(smf.ols, FORMULA, risk, [])
    assert str(hazard.sent(rows, risk)).startswith("**No past outcome was asked about.**")
    tests = hazard.nothing([], "hometown", "secretary", 20)
    assert hazard.nothing_table(tests).empty
    assert str(hazard.found_nothing(tests)) == "No such test could be made."


def test_past_outcomes_are_asked_one_two_and_three_years_before_and_counted_together(rows, risk):
    past = rows[rows["model"] == "past"]
    assert past["event_time"].tolist() == [-1, -2, -3] and set(past["outcome"]) == {"pci_score"}
    made = past.assign(p_value=[0.001, 0.9, 0.9])
    said = str(hazard.sent(made, risk))
    assert "the PCI score was one standard deviation" in said
    assert "the year before, the chance of a non-local" in said
    assert "p = 0.003); why is not known.** The p-values are adjusted for 3 tests" in said
    for sign, side in ((-1, "lower"), (1, "higher")):
        told = str(hazard.sent(made.assign(estimate=0.038 * sign), risk))
        assert told.startswith(
            f"**Where the PCI score was one standard deviation {side} the year before, the chance of"
        )
        assert "was 3.8 percentage points higher (" in told
    assert "The 2 others find nothing after adjustment." in said
    none = str(hazard.sent(past.assign(p_value=0.9), risk))
    assert "adjusted for 3 tests, is 1.000" in none and "looked at (the PCI score; 1, 2" in none


def test_a_term_behind_which_hardly_an_arrival_stands_has_no_interval(rows, risk):
    behind = rows.set_index("model").loc["nobody_known"]
    assert behind["n_cells"] == risk.loc[(risk["nobody_known"] == 1) & risk["tenure"].notna(), "arrives"].sum()
    few = rows[rows["n_cells"] < hazard.LEAST_ARRIVALS]
    assert len(few) and few[["conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert rows.loc[rows["model"] == "congress", "p_value"].notna().all()


def test_what_arrivals_go_with_is_told_with_its_direction(rows, risk):
    congress = rows.set_index("model").loc["congress"]
    assert congress["p_value"] < 0.05
    said = str(hazard.sent(rows, risk))
    assert f"a year of provincial party congresses (+{100 * congress['estimate']:.1f} percentage points)" in said


def test_the_question_is_asked_under_the_other_definitions_too(risk):
    said = hazard.by_other_definitions(hazard.other_definitions(smf.ols, FORMULA, risk, ["pci_score"]))
    other = hazard.hazard(smf.ols, FORMULA, study.at_risk("career", "secretary", ["pci_score"]), ["pci_score"])
    p = min(1, 3 * other.loc[other["model"] == "past", "p_value"].min())
    assert "by hometown it is" in said and f"by career it is {p:.3f}" in said and "by regulation" not in said
    assert hazard.by_other_definitions(hazard.other_definitions(smf.ols, FORMULA, risk, [])) == ""


def test_other_definitions_leave_out_the_years_that_a_reader_leaves_out(risk):
    late = risk[risk["year"] >= 2016]
    rows = hazard.other_definitions(smf.ols, FORMULA, late, ["pci_score"])
    assert set(rows["definition"]) == {"hometown", "career"} and rows["first_year"].min() == 2016
    own = hazard.other_definitions(smf.ols, FORMULA, risk, ["pci_score"]).query("definition == 'career'")
    data = study.at_risk("career", "secretary", ["pci_score"])
    plain = hazard.hazard(smf.ols, FORMULA, data, ["pci_score"]).query("model == 'past'")
    assert own["p_value"].tolist() == plain["p_value"].tolist()


def test_the_figure_colours_past_outcomes_that_stand_after_adjustment_and_counts_the_tests(rows, risk):
    past = rows["model"] == "past"
    for p, title in (
        (0.04, "No past outcome goes"),
        (0.001, "One past outcome goes with an arrival, of 3 tests made, where years differ by congresses alone"),
    ):
        first = rows["p_value"].mask(past, 0.5).mask(rows.index == rows.index[past][0], p)
        fig = hazard.hazard_figure(rows.assign(p_value=first), risk)
        assert fig.said["caption"].startswith(title) and len(fig.data) == len(rows)
    used = risk.dropna(subset=["tenure"])
    counted = f"at most {len(used)} province-years under locals, {int(used['arrives'].sum())} followed"
    assert len(used) < len(risk) and counted in fig.texts[-1].get_text().replace("\n", " ")
    alone = hazard.hazard_figure(rows[~past], risk).texts[-1].get_text().replace("\n", " ")
    assert f"{len(used)} province-years" in alone and "at most" not in alone
    assert hazard.hazard_figure(rows[~past], risk).said["caption"].startswith("No past outcome")


def test_a_finding_that_goes_where_every_year_has_its_own_effect_is_said_to_rest_on_alike_years(rows, risk):
    made = rows[rows["model"] == "past"].assign(p_value=[0.001, 0.9, 0.9])
    kept, gone = (made.assign(p_value=[p, 0.9, 0.9]) for p in (0.002, 0.03))
    assert "why is not known.**" in str(hazard.sent(made, risk, kept))
    said = str(hazard.sent(made, risk, gone))
    assert said.startswith("**Where every year has an effect of its own, no past outcome is found")
    assert "adjusted for 3 tests, 0.090" in said and "this is found: where the PCI score" in said


def test_effects_of_years_are_those_of_dummies(risk):
    formula = FORMULA.replace("congress", "C(year)")
    row = hazard.by_year(smf.ols, formula, risk, ["pci_score"]).iloc[0]
    data = risk.dropna(subset=["tenure", "pci_score_1"])
    fit = smf.ols(formula + " + pci_score_1", data).fit()
    assert (row["model"], row["event_time"]) == ("past_by_year", -1)
    assert row["estimate"] == pytest.approx(fit.params["pci_score_1"])


def test_past_outcomes_are_named_as_the_record_names_them(risk):
    assert study.at_risk(past="PCI score").attrs["past"] == risk.attrs["past"] == ["pci_score"]
