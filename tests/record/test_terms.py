"""Spells to unit-years: every stated rule on a table small enough to read."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import words
from helpers.record import places, tables, terms

HOME, AWAY = True, False


def leaders(*rows):
    """Rows of (spell_id, person, start, end, native) and, where wanted, a dict of other columns; all in unit 62."""
    plain = {
        "unit_code": "62",
        "outsider_arrival": None,
        "start_censored": False,
        "native_conflict": False,
        "home_province": None,
        "prior_origin": None,
        "confidence": "high",
        "acting": False,
    }
    names = ["spell_id", "person", "start", "end", "native"]
    frame = pd.DataFrame(
        [plain | dict(zip(names, row[:5], strict=True)) | (row[5] if len(row) > 5 else {}) for row in rows]
    )
    flags = ["native", "outsider_arrival", "start_censored", "native_conflict", "acting"]
    text = [name for name in frame.columns if name not in flags]
    return frame.astype(dict.fromkeys(flags, "boolean") | dict.fromkeys(text, "str"))


def year(number, *rows, definition="hometown"):
    """The one row of ``yearly`` for unit 62 in the year given."""
    return terms.yearly(definition, (number, number), leaders(*rows)).iloc[0]


MONTHS = ["months_local", "months_non_local", "months_unknown_home", "months_no_holder"]


def months(row):
    return tuple(int(row[name]) for name in MONTHS)


def test_handover_month_belongs_to_the_successor():
    row = year(2012, ("A", "An", "2010-01", "2012-04", HOME), ("B", "Binh", "2012-04", None, AWAY))
    assert months(row) == (3, 9, 0, 0)
    assert row["share"] == pytest.approx(9 / 12)
    assert (row["spell_id"], row["treated"]) == ("B", True)


def test_later_starting_spell_wins_an_overlap():
    row = year(2012, ("Z", "An", "2010-01", "2012-10", HOME), ("B", "Binh", "2012-04", None, AWAY))
    assert months(row) == (3, 9, 0, 0)


def test_earlier_spell_returns_when_the_later_one_ends_first():
    row = year(2012, ("A", "An", "2010-01", None, HOME), ("B", "Binh", "2012-04", "2012-06", AWAY))
    assert months(row) == (10, 2, 0, 0)
    assert not row["treated"]


def test_gap_is_unknown_and_never_local():
    row = year(2012, ("A", "An", "2010-01", "2012-04", HOME), ("B", "Binh", "2012-08", None, AWAY))
    assert months(row) == (3, 5, 0, 4)
    assert row["share"] == pytest.approx(5 / 8)
    assert (row["share_low"], row["share_high"]) == (pytest.approx(5 / 12), pytest.approx(9 / 12))
    assert pd.isna(row["treated"])
    assert pd.isna(row["spell_id"])
    assert (row["treated_low"], row["treated_high"]) == (0, 1)


def test_spell_ending_in_june_is_over_on_30_june():
    table = leaders(("A", "An", "2010-01", "2012-06", HOME), ("B", "Binh", "2012-07", None, AWAY))
    held = terms.in_office(years=(2011, 2013), leaders=table)
    assert held["holder_known"].tolist() == [True, False, True]
    assert held["non_local"].isna().tolist() == [False, True, False]


def test_year_only_dates_count_as_july():
    table = leaders(("A", "An", "2010-01", "2012", HOME), ("B", "Binh", "2012", None, AWAY))
    row = terms.yearly(years=(2012, 2012), leaders=table).iloc[0]
    assert months(row) == (6, 6, 0, 0)
    spells = terms.spells(leaders=table)
    assert str(spells["end"][0]) == str(spells["start"][1]) == "2012-07"
    assert spells["start_precision"].tolist() == ["month", "year"]
    assert spells["end_precision"].tolist() == ["year", "open"]


def test_censored_start_is_no_arrival_and_has_no_tenure():
    row = year(2006, ("A", "An", "2006-04", None, AWAY, {"start_censored": True}))
    assert months(row) == (0, 9, 0, 3)
    assert not row["new_spell"]
    assert pd.isna(row["turnover"])
    assert pd.isna(row["tenure_years"])


def test_open_end_is_in_office_to_the_last_month_of_the_record():
    row = year(2025, ("A", "An", "2010-01", None, HOME))
    assert months(row) == (6, 0, 0, 0)
    assert not row["treated"]


def test_acting_secretary_holds_the_office_and_is_marked():
    table = leaders(
        ("A", "An", "2010-01", "2012-01", HOME, {"acting": False}),
        ("B", "Binh", "2012-01", None, AWAY, {"acting": True}),
    )
    assert terms.spells(leaders=table)["acting"].tolist() == [False, True]
    assert terms.in_office(years=(2012, 2012), leaders=table)["person"].tolist() == ["Binh"]


def test_consecutive_spells_of_one_person_are_one_tenure_without_turnover():
    row = year(2013, ("A", "An", "2011-06", "2013-03", AWAY), ("B", "An", "2013-03", None, AWAY))
    assert row["turnover"] == 0
    assert not row["new_spell"]
    assert row["tenure_years"] == pytest.approx(2.0)


def test_same_person_after_a_gap_is_no_turnover():
    row = year(2013, ("A", "An", "2011-06", "2013-03", AWAY), ("B", "An", "2013-05", None, AWAY))
    assert pd.isna(row["turnover"])
    assert not row["new_spell"]


def test_namesakes_from_two_homes_are_two_persons():
    table = leaders(
        ("A", "An", "2010-01", "2012-04", AWAY, {"home_province": "Huế"}),
        ("B", "An", "2012-04", None, AWAY, {"home_province": "Cà Mau"}),
        ("C", "Binh", "2010-01", None, HOME, {"unit_code": "01"}),
    )
    assert terms.spells(leaders=table)["person_id"].tolist() == ["Binh", "An (Huế)", "An (Cà Mau)"]
    assert terms.yearly(years=(2012, 2012), leaders=table).set_index("unit_code").loc["62", "turnover"] == 1


def test_turnover_needs_another_person():
    rows = [("A", "An", "2010-01", "2012-04", HOME), ("B", "Binh", "2012-04", None, HOME)]
    assert [year(number, *rows)["turnover"] for number in (2010, 2011, 2012, 2013)] == [1, 0, 1, 0]


def test_turnover_is_counted_to_the_30_june_on_which_treated_is_taken():
    rows = [("A", "An", "2010-01", "2012-07", HOME), ("B", "Binh", "2012-07", None, AWAY)]
    years = [year(number, *rows) for number in (2012, 2013, 2014)]
    assert [row["turnover"] for row in years] == [0, 1, 0] and [row["new_spell"] for row in years] == [
        True,
        False,
        False,
    ]
    assert [bool(row["treated"]) for row in years] == [False, True, True]


def test_a_term_between_two_30_junes_is_no_turnover_of_its_own():
    rows = [("A", "An", "2010-01", "2012-08", HOME), ("B", "Binh", "2012-08", "2013-03", AWAY)]
    rows += [("C", "Chi", "2013-03", None, AWAY)]
    assert [year(number, *rows)["turnover"] for number in (2012, 2013, 2014)] == [0, 1, 0]


@pytest.mark.parametrize("post", ["secretary", "chair"])
def test_turnover_says_whether_the_holder_of_30_june_is_another_than_that_of_the_year_before(post):
    held = terms.in_office(years=(2011, 2024), post=post)
    held = held.assign(before=held.groupby("unit_code")["person_id"].shift()).dropna(subset=["person_id", "before"])
    both = held.merge(terms.yearly(years=(2011, 2024), post=post)[["unit_code", "year", "turnover"]]).dropna(
        subset=["turnover"]
    )
    assert len(both) > 700 and (both["turnover"].eq(1) == (both["person_id"] != both["before"])).all()


def test_tenure_counts_from_the_first_month_to_30_june():
    row = year(2013, ("A", "An", "2011-03", None, HOME))
    assert row["tenure_years"] == pytest.approx(27 / 12)


def test_unknown_home_is_neither_local_nor_non_local():
    row = year(2012, ("A", "An", "2010-01", "2012-10", None), ("B", "Binh", "2012-10", None, HOME))
    assert months(row) == (3, 0, 9, 0)
    assert pd.isna(row["share"])  # under six known months
    assert (row["share_low"], row["share_high"]) == (0, pytest.approx(9 / 12))
    assert pd.isna(row["treated"])


def test_share_is_missing_when_no_month_is_known():
    row = year(2012, ("A", "An", "2010-01", None, None))
    assert pd.isna(row["share"])
    assert (row["share_low"], row["share_high"]) == (0, 1)


def test_national_counts_units_and_bounds_the_share():
    units = {"A": AWAY, "B": HOME, "C": HOME, "D": None, "E": AWAY}
    rows = [
        (key, key, "2010-01", "2012-01" if key == "E" else None, home, {"unit_code": key})
        for key, home in units.items()
    ]
    out = terms.national(years=(2012, 2012), leaders=leaders(*rows)).iloc[0]
    assert out[["n_units", "local", "non_local", "unknown", "no_holder"]].tolist() == [5, 2, 1, 2, 1]
    assert out[["share", "share_low", "share_high"]].tolist() == pytest.approx([1 / 3, 1 / 5, 3 / 5])


def test_conflict_of_homes_keeps_the_value_and_shows_the_flag():
    spell = terms.spells(leaders=leaders(("A", "An", "2010-01", None, HOME, {"native_conflict": True}))).iloc[0]
    assert (spell["non_local"], spell["native_conflict"]) == (False, True)


@pytest.mark.parametrize(
    ("native", "outsider", "expected"),
    [
        (HOME, False, [False, False, False]),
        (HOME, True, [False, True, False]),
        (HOME, None, [False, None, False]),
        (AWAY, True, [True, True, True]),
        (AWAY, False, [True, False, None]),
        (AWAY, None, [True, None, None]),
        (None, True, [None, True, None]),
        (None, False, [None, False, None]),
        (None, None, [None, None, None]),
    ],
)
def test_three_definitions_case_by_case(native, outsider, expected):
    table = leaders(("A", "An", "2010-01", None, native, {"outsider_arrival": outsider}))
    found = [terms.non_local(table, name).iloc[0] for name in terms.DEFINITIONS]
    assert [None if pd.isna(value) else bool(value) for value in found] == expected


def test_unknown_definition_is_refused_with_the_allowed_ones():
    with pytest.raises(ValueError, match="'birthplace'; expected one of hometown, career, regulation"):
        terms.spells("birthplace", leaders(("A", "An", "2010-01", None, HOME)))


@pytest.mark.parametrize("listed", [terms.spells, terms.monthly, terms.yearly, terms.in_office])
def test_a_definition_of_another_type_is_refused_by_its_name(listed):
    with pytest.raises(ValueError, match=r"definition is \['hometown'\]; expected one of"):
        listed(definition=["hometown"])


@pytest.mark.parametrize("day", ["06-15", "02-29", "June", "30-06"])
def test_day_that_ends_no_month_is_refused(day):
    with pytest.raises(ValueError, match=f"month_day is '{day}'; .*expected the last day of one: 01-31, 02-28"):
        terms.in_office(day, leaders=leaders(("A", "An", "2010-01", None, HOME)))


def test_years_outside_the_record_are_refused():
    with pytest.raises(words.Refused, match=r"years is \[1999, 2010\]; the record has 2005-2025"):
        terms.yearly(years=(1999, 2010), leaders=leaders(("A", "An", "2010-01", None, HOME)))


@pytest.mark.parametrize("listed", [terms.yearly, terms.in_office, terms.national])
@pytest.mark.parametrize("years", [["2013"], ["2013", "2014"], "2013-2014", 2013.5, [2013], [2014, 2013], [None, 2014]])
def test_years_that_are_no_first_and_last_year_are_refused(listed, years):
    with pytest.raises(words.Refused, match="^years is "):
        listed(years=years)


def test_spell_ending_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="spell A ends before it starts"):
        terms.spells(leaders=leaders(("A", "An", "2012-01", "2011-01", HOME)))


@pytest.mark.parametrize("date", ["2012-13", "2012-00", "2012-7", "07/2012", "٢٠١٢"])
def test_a_date_that_is_no_month_and_no_year_is_refused(date):
    with pytest.raises(ValueError, match=f"end of row 1 of leaders is '{date}'; expected a month"):
        terms.spells(leaders=leaders(("A", "An", "2009", "2010-01", HOME), ("B", "Binh", "2010-01", date, AWAY)))


def test_a_term_without_a_start_is_refused():
    with pytest.raises(ValueError, match="start of row 0 of leaders is nan; expected a month"):
        terms.spells(leaders=leaders(("A", "An", None, "2010-01", HOME), ("B", "Binh", "2010-01", None, AWAY)))


@pytest.mark.parametrize("listed", [terms.spells, terms.monthly, terms.yearly, terms.in_office, terms.national])
def test_a_table_without_a_column_that_is_needed_is_refused(listed):
    table = leaders(("A", "An", "2010-01", None, HOME)).drop(columns=["native", "acting"])
    with pytest.raises(
        ValueError, match=r"leaders has no column acting, native; expected the columns of data/leaders\.csv"
    ):
        listed(leaders=table)


@pytest.mark.parametrize("kind", [object, "float", "Int64"])
def test_flags_of_a_table_that_was_read_anew_are_those_of_ours(kind):
    table = tables.load("leaders")
    flags = table[["native", "outsider_arrival"]].astype("Float64").astype("float" if kind == "float" else "Int64")
    read = table.assign(**(table[[*flags]].astype(object) if kind is object else flags))
    for definition in terms.DEFINITIONS:
        pd.testing.assert_frame_equal(terms.spells(definition, leaders=read), terms.spells(definition))


def test_flags_as_text_are_refused():
    with pytest.raises(ValueError, match="leaders has native as str, 'True' first; expected boolean"):
        terms.spells(leaders=tables.load("leaders").assign(native=lambda t: t["native"].astype(str)))


@pytest.mark.parametrize("leaders", [5, [], "data/leaders.csv"])
def test_terms_of_what_is_no_table_are_refused(leaders):
    with pytest.raises(TypeError, match=r"expected a DataFrame with the columns of data/leaders\.csv"):
        terms.spells(leaders=leaders)


def test_table_given_is_not_changed():
    table = leaders(("A", "An", "2010", "2012", HOME))
    before = table.copy()
    terms.yearly(years=(2010, 2013), leaders=table)
    pd.testing.assert_frame_equal(table, before)


flag = st.sampled_from([True, False, None])


@st.composite
def records(draw, overlaps=True):
    """A table of up to six spells of one unit; without overlaps each starts where or after the last one ended."""
    count = draw(st.integers(1, 6))
    at, rows = draw(st.integers(0, 60)), []
    for number in range(count):
        length = draw(st.integers(2, 80))
        stop = None if number == count - 1 and draw(st.booleans()) else _month(at + length)
        extra = {"outsider_arrival": draw(flag), "start_censored": number == 0 and draw(st.booleans())}
        rows.append((f"S{number}", draw(st.sampled_from("PQRTUV")), _month(at), stop, draw(flag), extra))
        at += draw(st.integers(0, 40)) if overlaps else length + draw(st.integers(0, 6))
    return leaders(*rows)


def _month(number):
    return str(pd.Period("2003-01", freq="M") + number)


definitions = st.sampled_from(terms.DEFINITIONS)
record = settings(max_examples=12, deadline=None)


@record
@given(records(), definitions, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(table, definition, chance):
    order = list(range(len(table)))
    chance.shuffle(order)
    shuffled = table.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(terms.yearly(definition, leaders=table), terms.yearly(definition, leaders=shuffled))


@record
@given(records(overlaps=False), definitions, st.data())
def test_splitting_a_spell_in_two_changes_nothing_but_its_id(table, definition, data):
    row = data.draw(st.integers(0, len(table) - 1))
    spell = table.iloc[row]
    start = pd.Period(spell["start"], freq="M")
    stop = terms.LAST_MONTH if pd.isna(spell["end"]) else pd.Period(spell["end"], freq="M")
    cut = str(start + max(1, (stop - start).n // 2))
    first = spell.to_frame().T.assign(end=cut)
    second = spell.to_frame().T.assign(spell_id="split", start=cut, start_censored=False)
    halves = pd.concat([table.drop(index=row), first, second]).astype(table.dtypes)
    ids = ["spell_id", "term_id", "secretary_id"]
    whole = terms.yearly(definition, leaders=table).drop(columns=ids)
    pd.testing.assert_frame_equal(terms.yearly(definition, leaders=halves).drop(columns=ids), whole)


@record
@given(records(), definitions)
def test_bounds_contain_the_point_and_months_sum_to_twelve(table, definition):
    out = terms.yearly(definition, leaders=table)
    assert out[MONTHS].astype(int).sum(axis=1).eq(12).all()
    seen = out[out["share"].notna()]
    assert ((seen["share_low"] <= seen["share"] + 1e-12) & (seen["share"] <= seen["share_high"] + 1e-12)).all()
    point = out[out["treated"].notna()]
    assert (point["treated_low"].eq(point["treated"]) & point["treated_high"].eq(point["treated"])).all()
    assert out[out["treated"].isna()][["treated_low", "treated_high"]].eq([0, 1]).all(axis=None)


def test_record_gives_the_published_counts_of_non_native_secretaries():
    counts = terms.national().set_index("year")
    assert counts.loc[[2011, 2016, 2021, 2025], "non_local"].tolist() == [19, 25, 35, 45]


def test_who_is_known_to_be_in_office_at_the_end_of_the_record_holds_its_last_month():
    held = terms.monthly(post="chair").set_index(["unit_code", "month"])["person"]
    assert held["72", terms.LAST_MONTH] == "Nguyễn Hồng Thanh"  # since 2025, no month given
    going_on = terms.spells(post="chair").query("end.isna()")
    assert set(held[:, terms.LAST_MONTH].reindex(going_on["unit_code"])) == set(going_on["person"])


def test_a_start_known_to_the_year_gives_way_to_the_month_in_which_the_one_before_left():
    years = terms.yearly(years=(2007, 2024)).set_index(["unit_code", "year"])
    months = years.loc[[("20", 2007), ("36", 2024)], ["months_local", "months_non_local", "months_unknown_home"]]
    assert months.to_numpy().tolist() == [[5, 7, 0], [10, 0, 2]]


@pytest.mark.parametrize(
    ("year", "non_local", "highest"), [(2011, 15, 18), (2016, 18, 19), (2021, 25, 30), (2024, 23, 34), (2025, 27, 35)]
)
def test_record_gives_the_compiled_counts_of_non_native_chairs_with_their_range(year, non_local, highest):
    """
    The compilation has 15-17, 18-19, 25-29, 23-33, 27-35. One more is open here in 2011 (Hải Dương, between two natives whose
    dates are known to the year), 2021 and 2024.
    """
    counts = terms.national(post="chair").set_index("year").loc[year]
    assert counts["non_local"] == non_local
    assert counts["non_local"] + counts["unknown"] == highest


def test_a_day_before_chairs_count_is_refused():
    with pytest.raises(ValueError, match="the record has 2011-2025"):
        terms.in_office(years=(2010, 2010), post="chair")
    with pytest.raises(ValueError, match=r"^year is 2010; the record has 2011-2025\. Take a year within"):
        terms.in_office(years=2010, post="chair")


def test_of_63_chairs_in_july_2021_24_to_28_are_non_native_where_25_were_published():
    """Hải Phòng's chair, a native, was last seen in May 2021; with him left open the range ends at 29."""
    held = terms.in_office("07-31", (2021, 2021), post="chair").set_index("unit_code")["non_local"]
    assert held.sum() == 24
    assert held.drop("31").isna().sum() == 4


def test_chairs_are_used_from_2011_unless_years_are_asked_for():
    assert [terms.first_year(post) for post in terms.POSTS] == [2005, 2011, 2011, 2011]
    assert terms.yearly(post="chair")["year"].agg(["min", "max"]).tolist() == [2011, 2024]
    early = terms.yearly(years=(2009, 2012), post="chair").groupby("year")["early"].sum()
    assert early[2009] > 30 and early.loc[2011:].tolist() == [0, 0]


def unusable(*rows):
    """Terms of which the first is marked as not usable."""
    table = leaders(*rows)
    return table.assign(usable=[False] + [True] * (len(table) - 1)).astype({"usable": "boolean"})


EARLY = ("A", "An", "2008-01", "2012-04", AWAY), ("B", "Binh", "2012-04", None, HOME)


def test_months_of_a_term_that_is_not_usable_are_unknown_and_not_without_a_holder():
    row = terms.yearly(years=(2012, 2012), leaders=unusable(*EARLY)).iloc[0]
    assert months(row) == (9, 0, 3, 0)
    row = terms.yearly(years=(2011, 2011), leaders=unusable(*EARLY)).iloc[0]
    assert months(row) == (0, 0, 12, 0) and pd.isna(row["treated"]) and (row["share_low"], row["share_high"]) == (0, 1)


def test_a_term_that_is_not_usable_is_named_but_gives_no_term_to_results():
    row = terms.yearly(years=(2011, 2011), leaders=unusable(*EARLY)).iloc[0]
    assert (row["secretary"], row["term_id"], row["early"]) == ("An", "A", True) and pd.isna(row["spell_id"])
    row = terms.yearly(years=(2012, 2012), leaders=unusable(*EARLY)).iloc[0]
    assert (row["spell_id"], row["term_id"], row["early"]) == ("B", "B", False)


def test_no_arrival_or_tenure_is_read_off_a_term_that_is_not_usable():
    row = terms.yearly(years=(2008, 2008), leaders=unusable(*EARLY)).iloc[0]
    assert not row["new_spell"] and row[["turnover", "tenure_years"]].isna().all()
    assert terms.yearly(years=(2012, 2012), leaders=unusable(*EARLY)).iloc[0]["turnover"] == 1


def test_the_holder_of_a_term_that_is_not_usable_is_known_on_a_day():
    row = terms.in_office(years=(2011, 2011), leaders=unusable(*EARLY)).iloc[0]
    assert row["holder_known"] and row["person"] == "An" and pd.isna(row["non_local"])


@pytest.mark.parametrize("post", ["chair", "either", "both"])
def test_no_known_year_rests_on_a_term_that_is_not_usable(post):
    table = tables.load("leaders").set_index("spell_id")["usable"]
    led = terms.yearly(years=(2005, 2024), post=post)
    rests = led.dropna(subset=["spell_id"])["spell_id"].str.split("+", regex=False).explode()
    assert table[rests.unique()].all() and led.loc[led["early"], "spell_id"].isna().all()
    assert post != "chair" or led.loc[led["early"], "treated"].isna().all()


def pair(*rows):
    """Secretaries S..., chairs C..., in unit 62."""
    table = leaders(*rows)
    return table.assign(post=table["spell_id"].str[0].map({"S": "secretary", "C": "chair"}))


THREE = {
    (AWAY, AWAY): (True, True),
    (AWAY, HOME): (True, False),
    (HOME, AWAY): (True, False),
    (HOME, HOME): (False, False),
    (AWAY, None): (True, None),
    (None, AWAY): (True, None),
    (HOME, None): (None, False),
    (None, HOME): (None, False),
    (None, None): (None, None),
}


@pytest.mark.parametrize(("homes", "expected"), THREE.items())
@pytest.mark.parametrize("gap", [False, True], ids=["home unknown", "nobody known"])
def test_either_and_both_follow_three_valued_logic(homes, expected, gap):
    rows = [("S1", "An", "2010-01", None, homes[0]), ("C1", "Binh", "2010-01", None, homes[1])]
    elsewhere = [(name + "9", "Elsewhere", "2010-01", None, HOME, {"unit_code": "01"}) for name in "SC"]
    table = pair(
        *[row for row in rows if not gap or row[4] is not None], *elsewhere, ("S0", "Old", "2005-01", "2006-01", HOME)
    )
    for post, value in zip(("either", "both"), expected, strict=True):
        row = terms.yearly(years=(2012, 2012), leaders=table, post=post).set_index("unit_code").loc["62"]
        assert (None if pd.isna(row["treated"]) else bool(row["treated"])) == value
        assert (row["treated_low"], row["treated_high"]) == ((0, 1) if value is None else (value, value))
        assert sum(months(row)) == 12
        if value is None:
            assert months(row) == ((0, 0, 0, 12) if gap else (0, 0, 12, 0))


def test_bounds_of_a_pair_are_those_of_all_fillings_of_the_two_unknown_homes():
    posts = [
        ({HOME, AWAY} if home is None else {home}, f"{post}{unit}", unit, home)
        for unit, homes in enumerate(THREE)
        for post, home in zip("SC", homes, strict=True)
    ]
    rows = [(spell, spell, "2010-01", None, home, {"unit_code": f"{unit:02}"}) for _, spell, unit, home in posts]
    for post, rule in (("either", any), ("both", all)):
        led = terms.yearly(years=(2012, 2012), leaders=pair(*rows), post=post)
        for (one, *_), (other, *_), row in zip(posts[::2], posts[1::2], led.itertuples(), strict=True):
            values = [rule(home is AWAY for home in homes) for homes in itertools.product(one, other)]
            assert (row.treated_low, row.treated_high) == (min(values), max(values))


def test_a_chair_who_becomes_secretary_is_one_person_and_no_outsider_arrival():
    moved = {"outsider_arrival": True}
    table = pair(
        ("S1", "An", "2008-01", "2012-04", HOME),
        ("C1", "Binh", "2010-01", "2012-04", AWAY, moved),
        ("S2", "Binh", "2012-04", None, AWAY, moved),
        ("C2", "Chi", "2012-04", None, HOME, {"outsider_arrival": False}),
    )
    row = terms.yearly(years=(2012, 2012), leaders=table).iloc[0]
    assert (row["new_spell"], row["moved_post"], row["outsider_arrival"]) == (True, True, False)
    arrived = terms.yearly(years=(2010, 2010), leaders=table, post="chair").iloc[0]
    assert (arrived["moved_post"], arrived["outsider_arrival"]) == (False, True)
    both = terms.monthly(leaders=table, post="either").set_index("month").loc["2012-04"]
    assert both[["spell_id", "person", "arrival", "moved_post"]].tolist() == ["S2+C2", "Binh / Chi", True, True]


def test_a_swap_of_posts_brings_no_new_person():
    table = pair(
        ("S1", "An", "2008-01", "2012-04", HOME),
        ("C1", "Binh", "2008-01", "2012-04", AWAY),
        ("S2", "Binh", "2012-04", None, AWAY),
        ("C2", "An", "2012-04", None, HOME),
    )
    row = terms.yearly(years=(2012, 2012), leaders=table, post="both").iloc[0]
    assert (row["new_spell"], row["turnover"], row["spell_id"]) == (False, 0, "S2+C2")
    assert row["tenure_years"] == pytest.approx(2 / 12)


def test_one_person_in_both_posts_is_named_once():
    table = pair(("S1", "An", "2008-01", None, HOME), ("C1", "An", "2008-01", None, HOME))
    assert terms.in_office(years=(2012, 2012), leaders=table, post="both")["person"].tolist() == ["An"]


@pytest.mark.parametrize(
    ("spell", "person", "unit", "chair"),
    [
        ("S081", "Vũ Đức Đam", "22", "C071"),
        ("S055", "Đỗ Đức Duy", "15", "C051"),
        ("S228", "Nguyễn Văn Hùng", "62", "C223"),
        ("S014", "Nguyễn Hoàng Anh", "04", "C012"),
    ],
)
def test_real_chairs_who_became_secretaries_are_no_outsider_arrivals(spell, person, unit, chair):
    record = terms.spells(post="both").set_index("spell_id")
    one, two = record.loc[spell], record.loc[chair]
    assert (
        one["person_id"] == two["person_id"]
        and one["person"] == person
        and one["unit_code"] == two["unit_code"] == unit
    )
    assert one["moved_post"] and not one["outsider_arrival"]
    assert not two["moved_post"]


def test_record_has_106_moves_from_chair_to_secretary_and_none_the_other_way():
    moved = terms.spells(post="both").query("moved_post")
    assert moved["post"].value_counts().to_dict() == {"secretary": 106}


def test_a_share_needs_six_known_months():
    rows = [("A", "An", "2012-01", "2012-06", AWAY), ("B", "Binh", "2012-06", "2012-07", HOME)]
    assert year(2012, *rows)["share"] == pytest.approx(5 / 6)
    assert pd.isna(year(2012, *rows[:1])["share"])


def test_both_holders_are_named_whatever_the_post():
    for post in terms.POSTS:
        row = terms.yearly(years=(2019, 2019), post=post).set_index("unit_code").loc["62"]
        assert row[["secretary", "chair", "secretary_id", "chair_id"]].tolist() == [
            "Nguyễn Văn Hùng",
            "Nguyễn Văn Hòa",
            "S228",
            "C225",
        ]


def test_an_unknown_post_is_refused():
    with pytest.raises(ValueError, match="post is 'mayor'; expected one of secretary, chair, either, both"):
        terms.yearly(post="mayor")


# --- the 34 units


@pytest.mark.parametrize(
    ("day", "new", "old"), [("2025-07-01", 9, 5), ("2025-10-06", 4, 3), ("2025-10-17", 0, 0), ("2026-03-10", 0, 0)]
)
def test_local_secretaries_of_the_34_units(day, new, old):
    held = terms.holders(day)
    assert held["unit_code"].tolist() == places.codes(34)
    assert held["person"].notna().all()
    assert (held["native_new"].sum(), held["native_old"].sum()) == (new, old)


@pytest.mark.parametrize(
    ("day", "low", "high"),
    [
        ("2025-07-01", 17, 18),
        ("2025-10-17", 19, 20),
        ("2025-11-05", 20, 20),
        ("2025-11-24", 34, 34),
        ("2025-11-29", 33, 33),
    ],
)
def test_non_local_chairs_of_the_34_units(day, low, high):
    native = terms.holders(day, "chair")["native_new"]
    assert ((~native).fillna(False).sum(), (~native).fillna(True).sum()) == (low, high)


def test_published_counts_agree_but_for_the_list_of_may_2021_and_the_chairs_of_17_october():
    said = terms.published()
    assert said.loc[~said["agrees"], ["as_of", "post", "published", "ours_low", "ours_high"]].to_numpy().tolist() == [
        ["2021-05", "secretary", 35, 36, 36],
        ["2025-10-17", "chair", 17, 19, 20],
    ]


def test_the_path_of_local_secretaries_falls_from_nine_to_none():
    path = terms.path().set_index("date")
    assert path["native_new"].iloc[[0, -1]].tolist() == [9, 0]
    assert path.loc["2025-10-16", "native_new"] == 1
    assert path.loc["2025-10-17", ["published_non_local", "published_of", "agrees"]].tolist() == [34, 34, True]
    assert path["native_new"].max() == 10  # 5 September: the one day count that rises


@pytest.mark.parametrize("post", ["secretary", "chair"])
def test_every_day_of_the_path_counts_34_units_once(post):
    days = terms.path(post)
    assert set(days["n_units"]) == {34}
    assert (days[["native_new", "unknown_new"]].sum(axis=1) <= 34).all()
    assert (days["no_holder"] <= days["unknown_new"]).all()


def test_terms_that_go_on_name_the_same_person_and_post_in_the_63():
    new, old = (
        tables.load("leaders_2025").dropna(subset=["continues_spell"]),
        tables.load("leaders").set_index("spell_id"),
    )
    before = old.loc[new["continues_spell"]]
    assert new["person"].tolist() == before["person"].tolist()
    assert new["post"].tolist() == before["post"].tolist()
    assert [places.merged(code) for code in before["unit_code"]] == new["unit_code"].tolist()


@pytest.mark.parametrize(
    "day", ["2025-06-30", "2126-03-11", "2025-11", "2025-11-31", "2025-13-01", "2026-1-1", "yesterday"]
)
def test_days_outside_the_record_of_the_34_are_refused(day):
    with pytest.raises(ValueError, match=f"expected a day from 2025-07-01 to {terms.LAST_DAY}"):
        terms.holders(day)


def test_record_knows_all_homes_but_two_from_2006():
    counts = terms.national(years=(2006, 2025))
    assert (counts["unknown"] - counts["no_holder"]).max() == 2


def test_record_has_every_unit_in_every_year_once():
    out = terms.yearly(years=(2005, 2024))
    assert len(out) == 63 * 20
    assert not out.duplicated(["unit_code", "year"]).any()


def test_record_has_four_names_borne_by_two_persons():
    spells = terms.spells().drop_duplicates("person_id")
    names = spells.loc[spells["person"].duplicated(), "person"]
    assert sorted(names) == ["Nguyễn Mạnh Hùng", "Nguyễn Thanh Bình", "Nguyễn Văn Hùng", "Nguyễn Văn Lợi"]


def test_record_marks_five_acting_secretaries_and_four_conflicts():
    spells = terms.spells()
    assert spells.loc[spells["acting"], "spell_id"].tolist() == ["S010", "S187", "S245", "S267", "S292"]
    assert spells.loc[spells["native_conflict"], "spell_id"].tolist() == ["S013", "S097", "S243", "S347"]


# --- the first look of the compilation, computed here by least squares on the record alone


def two_way(outcome, window, post):
    """Two-way fixed effects of a non-local holder on 30 June, with the standard error clustered by province."""
    values = tables.indicator(outcome, window)[["unit_code", "year", "value"]]
    rows = values.merge(terms.yearly("hometown", window, post=post)[["unit_code", "year", "treated"]]).dropna()
    effects = pd.get_dummies(rows[["unit_code", "year"]].astype("str"), dtype=float).to_numpy()

    def rest(column):
        return column - effects @ np.linalg.lstsq(effects, column, rcond=None)[0]

    d, y = rest(rows["treated"].to_numpy(float)), rest(rows["value"].to_numpy(float))
    estimate = d @ y / (d @ d)
    scores = pd.Series(d * (y - estimate * d)).groupby(rows["unit_code"].to_numpy()).sum()
    n, units, years = len(rows), rows["unit_code"].nunique(), rows["year"].nunique()
    small = units / (units - 1) * (n - 1) / (n - years - 1)
    return estimate, np.sqrt(small * (scores**2).sum()) / (d @ d)


@pytest.mark.parametrize(
    ("outcome", "window", "post", "estimate", "std_error"),
    [
        ("pci_score", (2013, 2021), "chair", 0.17, 0.42),
        ("pci_score", (2013, 2021), "secretary", -0.455, 0.364),
        ("papi_corruption", (2011, 2024), "chair", -0.11, 0.07),
        ("grdp_growth_pct", (2011, 2017), "chair", 0.26, 0.48),
    ],
)
def test_the_first_look_of_the_compilation_is_reproduced(outcome, window, post, estimate, std_error):
    """The secretaries' -0.46 (0.36) is -0.459 before and -0.455 after the corrections, which make one more unit-year known."""
    found = two_way(outcome, window, post)
    assert found == pytest.approx((estimate, std_error), abs=0.0051)


def test_a_term_is_early_exactly_where_the_table_says_that_it_is_not_usable():
    table = tables.load("leaders").set_index("spell_id")
    found = terms.spells(post="both").set_index("spell_id")["early"]
    assert found.any() and found.equals(~table["usable"].fillna(True).astype(bool).loc[found.index].rename("early"))
    assert not terms.spells(leaders=leaders(("A", "An", "2010-01", None, HOME)))["early"].any()


def test_holders_of_a_day_are_34_rows_in_order_of_code():
    found = terms.holders("2025-07-01")
    assert found.index.tolist() == list(range(34)) and found["unit_code"].tolist() == places.codes(34)


def test_a_day_after_the_end_of_the_record_is_refused_and_not_empty():
    with pytest.raises(
        words.Refused, match="years go to 2025; the record of the 63 provinces ends in June 2025, before '12-31'"
    ):
        terms.in_office("12-31", (2025, 2025))
    assert terms.in_office("12-31", (2024, 2024))["holder_known"].any()
