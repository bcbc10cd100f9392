"""The ledger: bounds, targets, flows, locators, rules."""

import hashlib
import json
from fractions import Fraction
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers import record, words
from helpers.record import ledger
from helpers.record.ledger import Bounds, Tables

settings.register_profile("ledger", deadline=None)
settings.load_profile("ledger")

numbers = st.integers(-50, 50).map(lambda n: Fraction(n, 2))


@st.composite
def bounds_and_member(draw):
    """Bounds with a number inside, ends open, closed or infinite."""
    low, high = sorted((draw(numbers), draw(numbers)))
    inside = low + (high - low) * Fraction(draw(st.integers(1, 3)), 4)
    ends = [draw(st.booleans()) if low < high else False for _ in range(2)]
    low, high = (
        (low, high)
        if low == high
        else (draw(st.sampled_from([low, -ledger.INF])), draw(st.sampled_from([high, ledger.INF])))
    )
    return Bounds(low, high, *ends), inside


@given(bounds_and_member(), bounds_and_member())
def test_arithmetic_keeps_every_number_inside(one, other):
    (a, x), (b, y) = one, other
    assert x in a and y in b
    assert x + y in a + b and x - y in a - b and x * y in a * b
    if 0 not in b and not b.low < 0 < b.high:
        assert x / y in a / b


@given(numbers, numbers, st.booleans())
def test_an_open_end_is_left_out_and_a_closed_one_kept(low, width, opened):
    assume(width > 0)
    bounds = Bounds(low, low + width, opened, False)
    assert (low in bounds) is not opened and low + width in bounds


@given(bounds_and_member())
def test_a_sum_of_bounds_has_ends_no_wider_than_needed(pair):
    a, _ = pair
    doubled = a + a
    assert (doubled.low, doubled.high, doubled.low_open, doubled.high_open) == (
        2 * a.low,
        2 * a.high,
        a.low_open,
        a.high_open,
    )


def test_zero_times_an_open_end_is_reached():
    assert Bounds(0, 1) * Bounds(2, 3, True, True) == Bounds(0, 3, False, True)


def test_more_than_17000_and_nearly_2000_give_more_than_17000():
    total = Bounds.read(17000, "more_than") + Bounds.read(2000, "nearly")
    assert (total.low, total.low_open, total.high) == (17000, True, ledger.INF)


def test_about_bounds_nothing_but_the_sign():
    assert Bounds.read(50, "approx") == Bounds(0, ledger.INF)


def test_more_than_half_of_a_share_of_units_stops_at_the_whole():
    assert str(Bounds.read("0.5", "more_than", ceiling=1)) == "(0.5, 1]"


def test_bounds_that_hold_nothing_are_refused():
    with pytest.raises(ValueError, match="no number lies between 3 and 2"):
        Bounds(3, 2)
    with pytest.raises(ValueError, match="no number lies between"):
        Bounds(3, 3, True, False)


def test_an_unknown_qualifier_is_refused_with_the_ones_known():
    with pytest.raises(ValueError, match="value_qualifier is 'around'; expected one of exact, more_than"):
        Bounds.read(5, "around")


def test_division_by_what_may_be_zero_is_refused():
    with pytest.raises(ValueError, match="may be 0"):
        Bounds.exact(1) / Bounds(-1, 1)


def test_bounds_decide_a_comparison_only_where_they_can():
    assert Bounds(5, 9).at_least(5) is True
    assert Bounds(1, 5, False, True).at_least(5) is False
    assert Bounds(4, 6).at_least(5) is None


@pytest.mark.parametrize(
    ("achieved", "percent", "fits"),
    [(53, 106, [50]), (26, 137, [19]), (7, 50, [14]), (2, 7, [27, 28, 29, 30]), (3, 140, [])],
)
def test_targets_that_fit_a_printed_attainment(achieved, percent, fits):
    assert ledger.targets_fitting(achieved, percent) == fits


def round_half_up(value, decimals=0):
    scale = 10**decimals
    return Fraction((value * scale + Fraction(1, 2)).__floor__(), scale)


@given(st.integers(0, 300), st.integers(1, 300), st.integers(0, 2))
def test_target_inference_equals_brute_force(achieved, target, decimals):
    printed = round_half_up(Fraction(100 * achieved, target), decimals)
    assume(printed > Fraction(1, 10**decimals) and achieved / printed * 100 < 2000)
    parts, shown = 200 * achieved * 10**decimals, int(printed * 10**decimals)
    brute = [n for n in range(1, 6000) if (parts + n) // (2 * n) == shown]  # rounded half up, in whole numbers
    found = ledger.targets_fitting(achieved, str(float(printed)), decimals)
    assert found == brute and target in found


def test_a_target_from_a_lower_bound_is_refused_as_unbounded():
    with pytest.raises(ValueError, match="a bound is missing"):
        ledger.targets_fitting(Bounds.read(50, "more_than"), 106)


@given(st.integers(1, 100), st.integers(1, 400))
def test_needed_is_the_smallest_number_that_meets_the_share(percent, total):
    n = ledger.needed(percent, total)
    assert 100 * n >= percent * total and 100 * (n - 1) < percent * total


def test_eighty_percent_of_seventeen_needs_fourteen():
    assert ledger.needed(80, 17) == 14


def fact(fact_id, value, unit="persons", **more):
    row = {
        "fact_id": fact_id, "article": "a.txt", "place": "Vùng A", "place_level": "province", "province_code": "01", "as_of": "2020-06-30",
        "measure": fact_id.lower(), "value": str(value), "unit": unit, "denominator": pd.NA, "comparison": pd.NA, "instrument": pd.NA,
        "quote_locator": pd.NA, "note": pd.NA, "derived": False, "derived_from": pd.NA, "kind": "observed", "value_qualifier": "exact",
        "unit_code": pd.NA, "as_of_basis": "stated",
    }  # fmt: skip
    return row | more


@pytest.mark.parametrize(
    ("printed", "days"),
    [
        ("2010..2018-10-03", ("2010-01-01", "2018-10-03")),
        ("2024-04", ("2024-04-01", "2024-04-30")),
        ("2021-2025", ("2021-01-01", "2025-12-31")),
        ("2024-02-29", ("2024-02-29", "2024-02-29")),
        ("2022..term_end", ("2022-01-01", None)),
        ("..2022", (None, "2022-12-31")),
        (pd.NA, (None, None)),
    ],
)
def test_a_printed_date_has_a_first_and_a_last_day(printed, days):
    assert tuple(day and str(day.date()) for day in ledger.when(printed)) == days


@pytest.mark.parametrize(
    ("field", "found"), [("63 provinces", []), ("whole country; count not stated", ["R"]), (pd.NA, ["R"])]
)
def test_a_rank_without_the_number_ranked_is_found(field, found):
    rows = pd.DataFrame([fact("R", 22, "rank", denominator=field)])
    assert ledger.check(Tables(rows))["facts"].tolist() == found


@pytest.mark.parametrize(("value", "stands"), [("-3.2", True), ("3.2", True), ("-3.3", False)])
def test_a_fall_is_printed_without_its_sign(value, stands):
    loss = SimpleNamespace(value=value, unit="percent", as_of_basis="stated")
    assert ledger._stands_in(loss, "Sản lượng giảm 3,2% so với năm trước.") == stands


def test_a_table_that_is_none_of_the_ledger_is_refused():
    with pytest.raises(ValueError, match="a table of the ledger is 'clams'; expected one of fact_wording"):
        Tables(pd.DataFrame([fact("F", 1)]), clams=pd.DataFrame())


def test_levels_give_the_direction_and_an_unknown_level_is_refused():
    assert [
        ledger.direction(*pair) for pair in (("province", "commune"), ("commune", "district"), ("district", "district"))
    ] == ["down", "up", "horizontal"]
    with pytest.raises(ValueError, match="level is 'ward'; expected one of centre, province"):
        ledger.direction("ward", "province")


def flow_tables(parts, totals, qualifier="exact"):
    facts = [fact(f"F{i}", n, measure=f"flow_{i}") for i, (_, _, n) in enumerate(parts)]
    facts += [fact(f"T{i}", n, measure=f"total_{i}", value_qualifier=qualifier) for i, (_, n) in enumerate(totals)]
    rows = [("t", f"F{i}", "flow", a, b, pd.NA) for i, (a, b, _) in enumerate(parts)]
    rows += [("t", f"T{i}", "total", pd.NA, pd.NA, scope) for i, (scope, _) in enumerate(totals)]
    columns = ["flow_table", "fact_id", "role", "origin_level", "destination_level", "scope"]
    return Tables(pd.DataFrame(facts), flows=pd.DataFrame(rows, columns=columns))


flows = st.lists(
    st.tuples(st.sampled_from(ledger.LEVELS), st.sampled_from(ledger.LEVELS), st.integers(0, 500)),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30)
@given(flows)
def test_flows_that_sum_leave_nothing_and_find_nothing(parts):
    vertical = [n for a, b, n in parts if a != b]
    totals = ([("vertical", sum(vertical))] if vertical else []) + ([("all", sum(n for *_, n in parts))])
    t = flow_tables(parts, totals)
    assert (ledger.flows("t", t)[1]["gap"] == Bounds.exact(0)).all()
    assert ledger.check(t).empty


@settings(max_examples=20)
@given(flows, st.integers(1, 99))
def test_a_total_that_is_off_is_found_with_its_size(parts, off):
    vertical = [n for a, b, n in parts if a != b]
    assume(vertical)
    found = ledger.check(flow_tables(parts, [("vertical", sum(vertical) + off)]))
    assert list(found["rule"]) == ["flow_sum"] and found["size"].iloc[0] == off


def test_a_total_printed_as_a_bound_contradicts_nothing_it_allows():
    parts = [("province", "district", 19), ("district", "commune", 85)]
    assert "flow_sum" not in set(ledger.check(flow_tables(parts, [("vertical", 100)], "more_than"))["rule"])
    assert "flow_sum" in set(ledger.check(flow_tables(parts, [("vertical", 110)], "more_than"))["rule"])


def test_an_unknown_flow_table_is_refused_with_the_ones_known():
    with pytest.raises(ValueError, match="flow table is 'x'; expected one of t"):
        ledger.flows("x", flow_tables([("province", "district", 1)], []))


def programme(achieved, share=80, total=20, seen="2024-06-30", **goal):
    """A made-up programme: at least ``share`` percent of ``total`` communes by the end of 2025, ``achieved`` reached."""
    facts = [
        fact(
            "I",
            "05-NQ/TU",
            "id",
            kind="event_date",
            as_of="2021-01-31",
            measure="instrument_issued",
            instrument="05-NQ/TU",
        ),
        fact("P1", "2021-2025", "year_range", kind="plan_term", measure="instrument_phase_1", instrument="05-NQ/TU"),
        fact("P2", "2026-2030", "year_range", kind="plan_term", measure="instrument_phase_2", instrument="05-NQ/TU"),
        fact("G", share, "percent", kind="target", value_qualifier="at_least", **goal),
        fact("A", achieved, "communes", as_of=seen),
        fact("N", total, "communes"),
        fact("R", 5, "rank", denominator="63 provinces"),
    ]
    target = {"target_id": "T", "place": "Vùng A", "unit_code": "01", "level": "commune", "post": "party_secretary", "operator": "at_least",
              "target_fact": "G", "achieved_fact": "A", "attainment_fact": pd.NA, "total_fact": "N", "window_start": "2021", "window_end": "2025",
              "instrument_fact": "I"}  # fmt: skip
    return facts, target


def tables(facts, target, wording=()):
    words = pd.DataFrame(wording, columns=["fact_id", "aspect", "token", "about"], dtype="str")
    return Tables(pd.DataFrame(facts), fact_wording=words, targets=pd.DataFrame([target]))


def test_a_consistent_programme_has_no_finding():
    wording = [
        ("G", "post", "party_secretary", ""),
        ("A", "post", "party_secretary", ""),
        ("I", "date_printed", "31/1/2021", ""),
    ]
    assert ledger.check(tables(*programme(17), wording)).empty


@settings(max_examples=50)
@given(st.integers(0, 40), st.integers(1, 100), st.integers(1, 40))
def test_a_target_is_met_when_the_share_of_units_is(achieved, share, total):
    assume(achieved <= total)
    row = ledger.attainment(tables(*programme(achieved, share, total))).iloc[0]
    assert row["met"] == (100 * achieved >= share * total)
    assert row["of_units"] == pytest.approx(100 * achieved / total)


def test_a_target_of_nothing_is_met_and_has_no_attainment():
    row = ledger.attainment(tables(*programme(3, 0, 20))).iloc[0]
    assert (row["met"], row["attained"], row["spare"]) == (True, [], [3.0])


def test_a_target_passed_in_the_first_half_of_its_time_is_found():
    found = ledger.check(tables(*programme(17, seen="2021-06-30")))
    assert list(found["rule"]) == ["passed_early"] and found["values"].iloc[0]["days"] == 150


def test_overlapping_phases_are_found_with_the_years_they_share():
    facts, target = programme(17)
    facts[2] |= {"value": "2024-2030"}
    found = ledger.check(tables(facts, target))
    assert list(found["rule"]) == ["phases_overlap"] and found["size"].iloc[0] == 2


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (("I", "date_printed", "31/1", ""), "date_part_missing"),
        (("A", "unit_word", "absent", ""), "unit_word_missing"),
    ],
)
def test_what_the_text_leaves_out_is_found(row, rule):
    assert list(ledger.check(tables(*programme(17), [row]))["rule"]) == [rule]


def test_a_result_that_counts_another_post_is_found_with_the_units_to_spare():
    wording = [("G", "post", "standing_member", ""), ("A", "post", "key_cadre", "")]
    found = ledger.check(tables(*programme(16), wording))
    assert list(found["rule"]) == ["measure_drift"] and found["size"].iloc[0] == 0


def test_three_strengths_for_one_fact_are_found():
    wording = [("A", "strength", token, "") for token in ("first", "among_first", "first")]
    found = ledger.check(tables(*programme(17), wording))
    assert list(found["rule"]) == ["strengths_differ"] and found["size"].iloc[0] == 2


def test_titles_that_differ_only_in_case_and_marks_are_one_title():
    same = [("I", "title", "Về công tác cán bộ, năm 2020", "X"), ("G", "title", "về công tác cán bộ năm 2020", "X")]
    other = [same[0], ("G", "title", "Về cán bộ công tác, năm 2020", "X")]
    assert ledger.check(tables(*programme(17), same)).empty
    assert list(ledger.check(tables(*programme(17), other))["rule"]) == ["title_differs"]


def test_an_attainment_that_no_whole_target_gives_is_a_contradiction():
    facts, target = programme(17)
    facts = [*facts[:3], fact("A", 3), fact("Q", 140, "percent_of_target")]
    target |= {"target_fact": pd.NA, "attainment_fact": "Q", "total_fact": pd.NA}
    found = ledger.check(tables(facts, target))
    assert set(found["rule"]) == {"target_impossible"}  # a share of units cannot be told without their number
    assert found.set_index("rule").loc["target_impossible", "severity"] == "contradiction"


def test_two_values_of_one_quantity_are_found():
    facts, target = programme(17)
    facts += [fact("A2", 16, "communes", measure="a", as_of="2024-06-30")]
    found = ledger.check(tables(facts, target))
    assert list(found["rule"]) == ["values_differ"] and found["facts"].iloc[0] == "A;A2"


def test_an_effect_dated_before_its_cause_is_found():
    facts = [fact("C", 100, "percent", as_of="2024-01-15"), fact("E", 37, "persons", as_of="2022")]
    claims = pd.DataFrame([("K", "C", "E")], columns=["claim_id", "cause_fact", "effect_fact"])
    found = ledger.check(Tables(pd.DataFrame(facts), claims=claims))
    assert list(found["rule"]) == ["cause_after_effect"] and found["size"].iloc[0] == 380
    assert ledger.check(
        Tables(
            pd.DataFrame(facts),
            claims=claims.rename(columns={"cause_fact": "effect_fact", "effect_fact": "cause_fact"}),
        )
    ).empty


EXPECTED = {
    "I1": {("flow_sum", "DBN18-04", 5), ("flow_remainder", "DBN18-03", 43)},
    "I2": {("measure_drift", "DB24-14", 0)},
    "I3": {("verb_differs", "DB24-02", 1)},
    "I4": {("target_not_printed", "HY24-05", 1), ("target_not_printed", "HY24-07", 1)},
    "I5": {("share_of_target", "HY24-05", 3), ("share_of_target", "HY24-07", 8)},
    "I6": {("phases_overlap", "HY24-03", 1), ("date_part_missing", "HY24-01", 1)},
    "I7": {("passed_early", "HY24-02", 230)},
    "I8": {("strengths_differ", "KT24-02", 3), ("completion_undated", "KT24-02", -1)},
    "I9": {
        ("indicator_unnamed", "KT24-17", 1),
        ("rank_without_field", "KT24-18", -1),
        ("rank_without_field", "KT24-19", -1),
    },
    "I10": {
        ("date_part_missing", "KT17-01", 1),
        ("unit_word_missing", "KT17-02", 1),
        ("bound_not_exact", "KT17-05", -1),
        ("bound_not_exact", "KT17-06", -1),
    },
    "I11": {("title_differs", "KT24-04", 4)},
}


@pytest.mark.parametrize("issue", EXPECTED)
def test_the_rules_find_what_was_found_by_reading(issue):
    found = ledger.check()
    sizes = found["size"].fillna(-1).astype(int)
    rows = set(zip(found["rule"], found["facts"].str.split(";").str[0], sizes, strict=True))
    assert rows >= EXPECTED[issue]


def test_a_share_of_the_target_that_is_told_as_such_is_a_caution_with_the_share_of_all_communes():
    one = ledger.told(ledger.check().query("rule == 'share_of_target'")).iloc[0]
    assert one["severity"] == "caution"
    assert "share of the target (106%), correctly; of all 161 communes it is 32.9%" in one["what"]


def test_titles_that_differ_contradict_nothing_since_a_draft_may_have_another_than_what_became_of_it():
    assert ledger.check().set_index("rule").loc["title_differs", "severity"] == "caution"


def test_the_two_figures_of_may_2021_are_found():
    found = ledger.check().set_index("rule").loc["values_differ"]
    assert found["values"] == {"low": 35.0, "high": 36.0}


def test_every_finding_names_facts_of_the_ledger_and_has_its_texts():
    found, known = ledger.check(), set(ledger.load().facts["fact_id"])
    for facts in found["facts"]:
        assert facts.startswith("national:") or set(facts.split(";")) <= known
    assert found[["severity", "text_en", "text_vi", "readings_en", "readings_vi"]].notna().all().all()
    for row in found.to_dict("records"):
        assert words.fill(row["text_en"], **row["values"]) and words.fill(row["text_vi"], **row["values"])


def test_attainment_of_the_ledger_in_both_directions():
    rows = ledger.attainment(ledger.load()).set_index("target_id")
    assert rows.loc["HY24-T1", "readings"] == [50] and rows.loc["HY24-T2", "readings"] == [19]
    assert rows.loc["DB24-T1", "of_units"] == pytest.approx(82.3529, abs=1e-4)
    assert bool(rows.loc["DB24-T1", "met"]) and rows.loc["DB24-T1", "spare"] == [0]
    assert rows.loc["DB24-T2", "met"] is pd.NA and rows.loc["DB24-T2", "missing"] == "result"


def test_dien_bien_leaves_5_and_43_over():
    _, totals = ledger.flows("dien_bien", ledger.load())
    assert dict(zip(totals["scope"], totals["gap"].map(lambda b: int(b.low)), strict=True)) == {
        "vertical": 5,
        "all": 43,
    }


def test_printed_provincial_values_stand_beside_the_tables():
    rows = ledger.beside_indicators(ledger.load()).set_index("fact_id")
    assert rows.loc["KT24-13", ["printed", "ours", "status"]].tolist() == [64.89, 64.89, "agrees"]
    assert rows.loc["KT24-14", ["indicator", "ours", "n_units"]].tolist() == [
        "pci_score",
        37,
        63,
    ]  # not the article's own


def test_a_growth_rate_without_a_table_stands_beside_a_first_estimate_of_the_press_but_its_rank_does_not():
    rows = ledger.beside_indicators(ledger.load()).set_index("fact_id")
    assert rows.loc["KT24-17", ["ours", "status", "seen"]].tolist() == [7.32, "agrees", "2023-12-29"]
    assert rows.loc["KT24-18", ["status", "n_units", "of"]].tolist() == ["not_checkable", 5, 63]
    assert rows.loc["KT24-19", ["status", "n_units", "of"]].tolist() == ["not_checkable", 2, 5]


def test_no_derived_fact_counts_as_printed():
    assert "KT24-16" not in set(ledger.beside_indicators(ledger.load())["fact_id"])


@pytest.mark.parametrize("fact_id", ["KT24-13", "KT24-14"])
def test_a_value_is_not_checked_against_itself(fact_id):
    given = ledger.load()
    source = record.tables.load("sources_governance").set_index("source").loc["pci_panel_2016_2022", "url_or_repo"]
    facts = given.facts[given.facts["fact_id"] == fact_id].assign(article=source)
    assert ledger.beside_indicators(Tables(facts))["status"].tolist() == ["not_checkable"]


ARTICLE = "Báo A\n\nNgày 5/3/2022, tỉnh có 12 bí thư. Đạt 40% chỉ tiêu.\n“Hơn nữa…” Bà nói.\n"


def test_the_locator_rule_by_hand():
    assert ledger.split(ARTICLE) == {
        "p1.s1": "Báo A", "p2.s1": "Ngày 5/3/2022, tỉnh có 12 bí thư.", "p2.s2": "Đạt 40% chỉ tiêu.", "p3.s1": "“Hơn nữa…”", "p3.s2": "Bà nói.",
    }  # fmt: skip
    assert ledger.mark("Báo\u00a0 A ") == hashlib.sha256("Báo A".encode()).hexdigest()[:12]


def located(text, at, **more):
    return fact("F", 12, quote_locator=f"{at}:{ledger.mark(ledger.split(text)[at])}", **more)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (ARTICLE, "verified"),
        (ARTICLE.replace("12 bí", "13 bí"), "changed"),
        ("Quảng cáo\n" + ARTICLE, "moved"),
        ("Báo A\n", "vanished"),
    ],
)
def test_a_sentence_that_changed_moved_or_vanished_is_told_apart(now, status):
    assert list(ledger.verify({"a.txt": now}, pd.DataFrame([located(ARTICLE, "p2.s1")]))["status"]) == [status]


def test_a_number_that_the_sentence_does_not_print_is_told():
    row = located(ARTICLE, "p2.s2")
    for other, status in (({}, "number_missing"), ({"value": "40", "unit": "percent"}, "verified")):
        assert list(ledger.verify({"a.txt": ARTICLE}, pd.DataFrame([row | other]))["status"]) == [status]


def test_a_fact_of_a_text_that_is_not_there_is_absent():
    found = ledger.verify({}, pd.DataFrame([located(ARTICLE, "p2.s1")]))
    assert found["status"].tolist() == ["absent"] and found["detail"].tolist() == ["a.txt"]


@pytest.mark.parametrize(
    ("token", "value"),
    [("17.000", 17000), ("64,89", Fraction("64.89")), ("1.234,5", Fraction("1234.5")), ("1,234.5", Fraction("1234.5"))],
)
def test_printed_numbers_are_read_both_ways(token, value):
    assert value in ledger.readings(token)


@given(st.integers(1, 49))
def test_roman_numerals_are_read(n):
    tens, ones = divmod(n, 10)
    text = ["", "X", "XX", "XXX", "XL"][tens] + ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"][ones]
    assert ledger.roman(text) == n


def test_no_sentence_of_an_article_is_shipped():
    texts = json.dumps(ledger.load().fact_wording["token"].tolist(), ensure_ascii=False)
    assert "." not in texts


# --- ends, numerals and thresholds


@pytest.mark.parametrize(
    ("qualifier", "inside", "outside"),
    [
        ("exact", [5], [4, 6]),
        ("more_than", [6, 100], [5, 4]),
        ("at_least", [5, 100], [4]),
        ("nearly", [0, 4], [5, -1]),
        ("less_than", [0, 4], [5, -1]),
        ("at_most", [0, 5], [6, -1]),
        ("approx", [0, 5, 900], [-1]),
    ],
)
def test_a_wording_opens_or_closes_the_ends_it_should(qualifier, inside, outside):
    bounds = Bounds.read(5, qualifier)
    assert all(n in bounds for n in inside) and not any(n in bounds for n in outside)


@pytest.mark.parametrize(
    ("one", "other", "product"),
    [
        (Bounds(1, 2, True), Bounds(3, 4), "(3, 8]"),
        (Bounds(1, 2), Bounds(3, 4, False, True), "[3, 8)"),
        (Bounds(-1, 2), Bounds(3, 4, True, True), "(-4, 8)"),
        (Bounds(0, 1, True), Bounds(2, 3), "(0, 3]"),
        (Bounds(0, ledger.INF), Bounds(0, ledger.INF), "[0, inf)"),
        (Bounds(-2, -1), Bounds(-3, 5), "[-10, 6]"),
    ],
)
def test_a_product_keeps_open_ends_open(one, other, product):
    assert str(one * other) == product == str(other * one)


@pytest.mark.parametrize(
    ("divisor", "quotient"),
    [
        (Bounds(2, 4), "[0.25, 0.5]"),
        (Bounds(2, 4, True, True), "(0.25, 0.5)"),
        (Bounds(0, 4, True), "[0.25, inf)"),
        (Bounds(-4, 0, False, True), "(-inf, -0.25]"),
        (Bounds(2, ledger.INF), "[0, 0.5]"),
    ],
)
def test_one_divided_by_bounds(divisor, quotient):
    found = Bounds.exact(1) / divisor
    assert (str(found), found.low, found.high) == (quotient, *(found.low, found.high)) or quotient == "[0, 0.5]"
    assert all(Fraction(1) / x in found for x in (divisor.low + 1, divisor.low + 2) if x and x in divisor)


@pytest.mark.parametrize(
    ("bounds", "decided"),
    [
        (Bounds(5, 9, True), True),
        (Bounds(1, 5), None),
        (Bounds(1, 5, False, True), False),
        (Bounds(1, 4), False),
        (Bounds(5, 5), True),
    ],
)
def test_whether_at_least_five_is_reached(bounds, decided):
    assert bounds.at_least(5) is decided
    assert bounds.at_least(Bounds(5, 5)) is decided


def test_the_least_of_an_open_bound_is_not_reached():
    assert Bounds(1, 5).at_least(Bounds(5, 8, True)) is False
    assert Bounds(8, 9).at_least(Bounds(5, 8)) is True and Bounds(7, 9).at_least(Bounds(5, 8)) is None


@pytest.mark.parametrize(
    ("bounds", "numbers_inside"),
    [
        (Bounds("0.5", "3.5"), [1, 2, 3]),
        (Bounds(1, 3, True), [2, 3]),
        (Bounds(1, 3, False, True), [1, 2]),
        (Bounds("1.2", "1.8"), []),
    ],
)
def test_whole_numbers_inside(bounds, numbers_inside):
    assert bounds.whole() == numbers_inside


def test_whole_numbers_are_listed_up_to_the_limit():
    assert len(Bounds(0, 10).whole(10)) == 11
    with pytest.raises(ValueError, match="too many whole numbers"):
        Bounds(0, 11).whole(10)
    with pytest.raises(ValueError, match="too many whole numbers"):
        Bounds(-ledger.INF, 1).whole()


def test_an_infinite_end_is_open():
    assert str(Bounds(-ledger.INF, ledger.INF)) == "(-inf, inf)" and str(Bounds(3, 3)) == "3"


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("L", 50), ("LX", 60), ("LXXXIX", 89), ("XL", 40), ("XLIV", 44), ("XIV", 14), ("IX", 9), ("VIII", 8), ("XXX", 30)],
)
def test_roman_numerals_to_89(numeral, value):
    assert ledger.roman(numeral) == value


@pytest.mark.parametrize("numeral", ["", None, "IIII", "VX", "XXXX", "XC", "IL", "C", "xi", "XIA"])
def test_what_is_no_roman_numeral(numeral):
    assert ledger.roman(numeral) is None


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("mười", 10), ("mười lăm", 15), ("hai mươi", 20), ("hai mươi mốt", 21), ("năm mươi tư", 54), ("một trăm", 100), ("một trăm linh năm", 105),
        ("hai trăm ba mươi", 230), ("ba nghìn", 3000), ("mười hai nghìn ba trăm", 12300), ("một triệu rưỡi", 1_500_000), ("không", None),
        ("trăm", None), ("nghìn", None), ("hai xã", None), ("", None),
    ],
)  # fmt: skip
def test_number_words(words, value):
    assert ledger.words_number(words) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("có 1,2 triệu người", 1_200_000), ("đạt 17.000 lượt", 17000), ("17 000 lượt", 17000), ("3/4 số xã", Fraction(3, 4)), ("khóa XIV", 14),
        ("ba mươi xã", 30), ("hai phần ba số xã", Fraction(2, 3)), ("xếp thứ nhất", 1), ("đứng thứ nhì", 2), ("hạng ba", 3),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_printed(text, value):
    assert value in ledger.numbers_in(ledger.clean(text))


@pytest.mark.parametrize(("text", "numbers"), [("10 xã", {10}), ("2 nghìn và 7", {2, 7, 2000})])
def test_no_other_number_is_found_than_those_printed(text, numbers):
    assert ledger.numbers_in(text) == numbers


def test_no_number_is_found_where_none_is_printed():
    assert ledger.numbers_in("năm ngoái, tỉnh 5/0") >= {5} and ledger.numbers_in("tỉnh và huyện") == set()


def printed(value, sentence, **more):
    text = f"Báo A\n{sentence}\n"
    row = located(text, "p2.s1") | {"value": value} | more
    return ledger.verify({"a.txt": text}, pd.DataFrame([row]))["status"].item() == "verified"


@pytest.mark.parametrize(
    ("value", "unit", "sentence", "there"),
    [
        ("2022-03-05", "date", "Ngày 5/3/2022, họp.", True), ("2022-03-05", "date", "Ngày 05 tháng 3 năm 2022, họp.", True),
        ("2022-03-05", "date", "Ngày 15/3/2022, họp.", False), ("2022-03-05", "date", "Ngày 5/3/2021, họp.", False),
        ("2022-03-05", "date", "Các ngày 5 và 6/3/2022, họp.", True), ("0.5", "share", "Một nửa số xã đã đạt.", True),
        ("0.5", "share", "Số xã đã đạt.", False), ("100", "percent", "Tất cả các xã đã đạt.", True), ("1", "rank", "Tỉnh dẫn đầu vùng.", True),
        ("05-NQ/TU", "id", "Theo Nghị quyết 05-NQ/TU của tỉnh.", True), ("05-NQ/TU", "id", "Theo Nghị quyết 06-NQ/TU của tỉnh.", False),
        ("2021-2025", "year_range", "Giai đoạn 2021-2025 của tỉnh.", True), ("2021-2025", "year_range", "Giai đoạn 2021-2030 của tỉnh.", False),
        ("64.89", "score", "Đạt 64,89 điểm.", True), ("64.88", "score", "Đạt 64,89 điểm.", False),
    ],
)  # fmt: skip
def test_a_value_is_printed_in_its_sentence_or_not(value, unit, sentence, there):
    assert printed(value, sentence, unit=unit) is there


def test_a_date_whose_year_is_inferred_needs_no_year():
    assert printed("2022-03-05", "Ngày 5/3, họp.", unit="date", as_of_basis="inferred")
    assert not printed("2022-03-05", "Ngày 5/3, họp.", unit="date", as_of_basis="stated")


@pytest.mark.parametrize(("seen", "found"), [("2023-07-17", True), ("2023-07-18", False)])
def test_half_of_the_time_decides_whether_a_target_was_passed_early(seen, found):
    rules = ledger.check(tables(*programme(17, seen=seen)))["rule"].tolist()
    assert rules == (["passed_early"] if found else [])


def test_a_window_starts_with_the_first_day_of_a_month_that_is_printed():
    facts, target = programme(17, seen="2023-07")
    facts[0] |= {"as_of": "2021-01"}
    assert ledger.check(tables(facts, target))["values"].iloc[0]["days"] == 911


@pytest.mark.parametrize(
    ("sentence", "there"),
    [
        ("Bí thư xã Tú Lý được luân chuyển, khóa XII.", True),
        ("Bí thư xã Toàn Sơn được luân chuyển, khóa XII.", False),
        ("Bí thư xã Tú Lý được luân chuyển, khóa XI.", False),
    ],
)
def test_a_name_and_a_number_must_both_be_printed(sentence, there):
    assert printed("term XII secretary(Tú Lý)", sentence, unit="post") is there


@pytest.mark.parametrize(("second", "span"), [("2025-2030", "2025"), ("2024-2030", "2024-2025"), ("2026-2030", None)])
def test_phases_overlap_from_the_first_year_they_share(second, span):
    facts, target = programme(17)
    facts[2] |= {"value": second}
    found = ledger.check(tables(facts, target))
    assert [v["span"] for v in found["values"]] == ([span] if span else [])


@pytest.mark.parametrize(
    ("effect", "found"), [("2024-01-14", 1), ("2024-01-15", None), ("2024-01", None), ("2023", 15)]
)
def test_an_effect_must_end_before_its_cause_begins(effect, found):
    facts = [fact("C", 100, "percent", as_of="2024-01-15"), fact("E", 37, as_of=effect)]
    claims = pd.DataFrame([("K", "C", "E")], columns=["claim_id", "cause_fact", "effect_fact"])
    sizes = ledger.check(Tables(pd.DataFrame(facts), claims=claims))["size"].tolist()
    assert sizes == ([] if found is None else [found])


@pytest.mark.parametrize(
    ("achieved", "qualifier", "met", "missing"),
    [
        (16, "exact", True, ""),
        (15, "exact", False, ""),
        (16, "at_least", True, ""),
        (15, "more_than", None, ""),
        (16, "nearly", False, ""),
    ],
)
def test_a_target_is_met_as_far_as_the_wording_says(achieved, qualifier, met, missing):
    facts, target = programme(achieved)
    facts[4] |= {"value_qualifier": qualifier}
    row = ledger.attainment(tables(facts, target)).iloc[0]
    assert (None if pd.isna(row["met"]) else bool(row["met"]), row["missing"]) == (met, missing)
    assert row["readings"] == [16] and row["total"] == 20 and row["target_share"] == 80
    assert row["attained"] == ([100 * achieved / 16] if qualifier == "exact" else [])


def test_a_share_reached_counts_as_units_of_the_total():
    facts, target = programme(85)
    facts[4] |= {"unit": "percent"}
    row = ledger.attainment(tables(facts, target)).iloc[0]
    assert (row["achieved"], row["met"], row["of_units"], row["spare"]) == (17, True, 85, [1])


def test_what_a_target_lacks_is_named():
    facts, target = programme(16)
    assert ledger.attainment(tables(facts, target | {"achieved_fact": pd.NA})).iloc[0]["missing"] == "result"
    share = [*facts[:4], facts[4] | {"unit": "percent"}, *facts[5:]]
    assert ledger.attainment(tables(share, target | {"total_fact": pd.NA})).iloc[0]["missing"] == "total"
    assert ledger.attainment(tables(facts, target | {"target_fact": pd.NA})).iloc[0]["missing"] == "target"
