"""Spells to unit-years: every stated rule on a table small enough to read."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.record import terms

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
        "note": None,
    }
    names = ["spell_id", "person", "start", "end", "native"]
    frame = pd.DataFrame(
        [plain | dict(zip(names, row[:5], strict=True)) | (row[5] if len(row) > 5 else {}) for row in rows]
    )
    flags = ["native", "outsider_arrival", "start_censored", "native_conflict"]
    text = [name for name in frame.columns if name not in flags]
    return frame.astype({name: "boolean" for name in flags} | {name: "str" for name in text})


def year(number, *rows, definition="hometown"):
    """The one row of ``yearly`` for unit 62 in the year given."""
    return terms.yearly(definition, (number, number), leaders(*rows)).iloc[0]


def months(row):
    names = ["months_local", "months_non_local", "months_unknown_home", "months_no_holder"]
    return tuple(int(row[name]) for name in names)


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
    assert row["treated"] == False


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
    assert row["new_spell"] == False
    assert pd.isna(row["turnover"])
    assert pd.isna(row["tenure_years"])


def test_open_end_is_in_office_to_the_last_month_of_the_record():
    row = year(2025, ("A", "An", "2010-01", None, HOME))
    assert months(row) == (6, 0, 0, 0)
    assert row["treated"] == False


def test_acting_secretary_holds_the_office_and_is_marked():
    table = leaders(
        ("A", "An", "2010-01", "2012-01", HOME, {"note": "next: acting Minister of Health"}),
        ("B", "Binh", "2012-01", None, AWAY, {"note": "ACTING secretary only (quyền bí thư)"}),
    )
    assert terms.spells(leaders=table)["acting"].tolist() == [False, True]
    assert terms.in_office(years=(2012, 2012), leaders=table)["person"].tolist() == ["Binh"]


def test_consecutive_spells_of_one_person_are_one_tenure_without_turnover():
    row = year(2013, ("A", "An", "2011-06", "2013-03", AWAY), ("B", "An", "2013-03", None, AWAY))
    assert row["turnover"] == 0
    assert row["new_spell"] == False
    assert row["tenure_years"] == pytest.approx(2.0)


def test_same_person_after_a_gap_is_no_turnover():
    row = year(2013, ("A", "An", "2011-06", "2013-03", AWAY), ("B", "An", "2013-05", None, AWAY))
    assert pd.isna(row["turnover"])
    assert row["new_spell"] == False


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


def test_tenure_counts_from_the_first_month_to_30_june():
    row = year(2013, ("A", "An", "2011-03", None, HOME))
    assert row["tenure_years"] == pytest.approx(27 / 12)


def test_unknown_home_is_neither_local_nor_non_local():
    row = year(2012, ("A", "An", "2010-01", "2012-10", None), ("B", "Binh", "2012-10", None, HOME))
    assert months(row) == (3, 0, 9, 0)
    assert (row["share"], row["share_low"], row["share_high"]) == (0, 0, pytest.approx(9 / 12))
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
    with pytest.raises(ValueError, match="expected first <= last within 2005-2025"):
        terms.yearly(years=(1999, 2010), leaders=leaders(("A", "An", "2010-01", None, HOME)))


def test_spell_ending_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="spell A ends before it starts"):
        terms.spells(leaders=leaders(("A", "An", "2012-01", "2011-01", HOME)))


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
record = settings(max_examples=40, deadline=None)


@record
@given(records(), definitions, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(table, definition, chance):
    order = list(range(len(table)))
    chance.shuffle(order)
    shuffled = table.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        terms.yearly(definition, leaders=table), terms.yearly(definition, leaders=shuffled)
    )


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
    whole = terms.yearly(definition, leaders=table).drop(columns="spell_id")
    pd.testing.assert_frame_equal(terms.yearly(definition, leaders=halves).drop(columns="spell_id"), whole)


@record
@given(records(), definitions)
def test_bounds_contain_the_point_and_months_sum_to_twelve(table, definition):
    out = terms.yearly(definition, leaders=table)
    assert out.apply(months, axis=1).map(sum).eq(12).all()
    seen = out[out["share"].notna()]
    assert ((seen["share_low"] <= seen["share"] + 1e-12) & (seen["share"] <= seen["share_high"] + 1e-12)).all()
    point = out[out["treated"].notna()]
    assert (point["treated_low"].eq(point["treated"]) & point["treated_high"].eq(point["treated"])).all()
    assert out[out["treated"].isna()][["treated_low", "treated_high"]].eq([0, 1]).all(axis=None)


def test_record_gives_the_published_counts_of_non_native_secretaries():
    counts = terms.national().set_index("year")
    assert counts.loc[[2011, 2016, 2021, 2025], "non_local"].tolist() == [19, 25, 35, 45]


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


def test_record_marks_five_acting_secretaries_and_two_conflicts():
    spells = terms.spells()
    assert spells.loc[spells["acting"], "spell_id"].tolist() == ["S010", "S187", "S245", "S267", "S292"]
    assert spells.loc[spells["native_conflict"], "spell_id"].tolist() == ["S013", "S347"]
