"""Flows as printed, what totals leave over, and where leaders came from."""

import pandas as pd
import pytest

from helpers import display, words
from helpers.findings import flows
from helpers.plots import programmes
from helpers.record import ledger, terms


@pytest.fixture(autouse=True, params=words.LANGUAGES)
def lang(request):
    words.use(request.param)
    yield request.param
    words.use("en")


@pytest.mark.parametrize(
    ("said", "kind"),
    [("Điện Biên", flows.Printed), ("MOVES", flows.Moves), ("secretaries", flows.Leaders), ("chairs", flows.Leaders)],
)
def test_a_table_is_found_in_any_spelling(said, kind):
    assert isinstance(flows.read(said), kind)


def test_an_unknown_table_is_refused():
    with pytest.raises(words.Refused, match="dien_bien"):
        flows.read("hanoi")


def test_totals_stand_beside_the_sum_of_their_flows():
    rows = flows.read("dien_bien").checks
    assert rows[["printed", "summed", "gap"]].to_numpy().tolist() == [["126", "121", "5"], ["164", "121", "43"]]


def test_what_totals_leave_over_is_not_counted_twice():
    assert [n for _text, n in flows.read("dien_bien").remainders] == [5.0, 38.0]


def test_whether_persons_or_moves_are_counted_is_said(lang):
    moved = flows.read("dien_bien")
    said = {
        "persons": {"en": "counts persons", "vi": "đếm số người"},
        "turns": {"en": "counts moves", "vi": "đếm số lượt"},
        "": {"en": "does not say whether it counts", "vi": "không nói rõ"},
    }
    for unit, text in said.items():
        vars(moved.printed)["facts"] = moved.printed.facts.assign(unit=unit)
        assert text[lang] in moved.coverage


def test_the_answer_says_which_total_does_not_fit(lang):
    said = flows.read("dien_bien").answer
    assert "126" in said and "121" in said and "164" in said and "43" in said


def test_a_total_that_fits_is_said_to_fit(lang):
    moved = flows.read("dien_bien")
    moved.totals["gap"] = [ledger.Bounds.exact(0)] * 2
    assert moved.answer.count({"en": "agrees with its flows", "vi": "khớp với các luồng"}[lang]) == 2


@pytest.mark.parametrize(("qualifier", "text"), [("exact", "20"), ("more_than", "at least 20"), ("at_most", "0 to 20")])
def test_bounds_are_shown_as_bounds(qualifier, text, lang):
    if lang == "en":
        assert flows._shown(ledger.Bounds.read("20", qualifier)) == text


def test_a_move_within_a_district_comes_from_outside_the_commune_only(lang):
    rows = flows.read("moves").table
    inside, outside = {"en": ("from inside", "from outside"), "vi": ("từ bên trong", "từ bên ngoài")}[lang]
    assert set(rows["to_commune"]) == {outside}
    assert set(rows["to_district"]) == {inside}


def test_the_words_used_for_moves_are_told(lang):
    assert "2" in flows.read("moves").answer and "luân chuyển" in flows.read("moves").answer


def test_new_secretaries_by_origin_add_up_to_the_terms():
    moved = flows.read("leaders")
    assert moved.by_year.to_numpy().sum() == len(moved.behind)
    assert display.heading(programmes.flows(moved).data.columns[-2]) in ("Unknown", "Chưa rõ")  # posts, not homes
    assert moved.checks[["centre", "other_province", "same_province", "unknown_origin"]].to_numpy().sum() == len(
        moved.behind
    )


def test_the_bounds_of_the_share_from_outside_hold_the_unknown():
    rows = flows.read("leaders").checks
    assert (rows["outside_low"] <= rows["outside_high"]).all()
    assert rows["outside_low"].iloc[-1] == rows["outside_high"].iloc[-1] == pytest.approx(45 / 60)


def test_chairs_are_counted_from_the_year_in_which_all_are_on_record():
    moved, held = flows.read("chairs"), terms.spells(post="chair").query("not early")
    assert moved.by_year.index.min() == moved.first == 2011
    known = held[~held["start_censored"]]
    assert moved.n_unknown == len(held) - len(known) == 10
    assert moved.n_earlier == (known["start"].dt.year < 2011).sum() == 54
    if words.language() == "en":
        assert (
            "Another 54 that began earlier" in moved.coverage
            and "Another 10, whose start is not known," in moved.coverage
        )


def test_a_share_that_is_known_has_no_range(lang):
    behind = pd.DataFrame({"year": [2021, 2022], "prior_origin": ["centre", "same_province"]})
    said = flows.Leaders("secretary", behind, 1)
    assert "50%" in said.answer
    assert {"en": "is known for all", "vi": "đã rõ ở mọi lượt"}[lang] in said.coverage
