"""Small invented files of each kind that readers bring (tests/panels): what is read, and what is refused by name."""

import contextlib
import json
import re
import shutil
import tomllib
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import with_tables

from helpers import own, words
from helpers.own import reading
from helpers.record import boundaries, places, tables
from helpers.words import unmarked
from press import cli

PANELS = Path(__file__).parent / "panels"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The tables of ours, read once for all tests here."""
    return with_tables(tmp_path_factory.mktemp("own"))


@pytest.fixture(autouse=True)
def project(root, monkeypatch):
    """A project with the tables of ours and no own panel."""
    shutil.rmtree(root / "data" / "own", ignore_errors=True)
    monkeypatch.setenv("PRESS_ROOT", str(root))
    words.use("en")
    return root


def taken(*files, **leaders):
    return own.create("mine", [PANELS / file for file in files], **leaders)


def said(check):
    return " | ".join(f"{fault.column}: {fault.found} {fault.remedy}" for fault in check.faults + check.notes)


def changed(key, value):
    """Change one line of panel.toml and check again."""
    toml = own.folder() / "mine" / "panel.toml"
    lines = [
        f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in toml.read_text("utf-8").splitlines()
    ]
    toml.write_text("\n".join(lines), "utf-8")
    return own.check("mine")


PAIR = ("02_spell_years_float_panel.csv", "02_spell_years_float_leaders.csv")
# files, units, cells of the frame, under a non-local, and what a note says
READ = {
    "flags 0.0 and 1.0": (("01_bool_float.csv",), 12, 72, 36, ""),
    "years 2010.0 of terms": (PAIR, 12, 72, 24, "a date known to the year alone (and 23 more such cells)"),
    "codes of another country": (("03_codes_not_vietnam.csv",), 12, 72, 36, ""),
    "codes of four digits": (("03_codes_4_digits.csv",), 12, 72, 36, ""),
    "millions with points": (("06_millions_dot.csv",), 12, 72, 36, "dan_so: read as numbers: 6.684.312 = 6684312"),
    "totals among codes": (("07_totals_among_codes.csv",), 12, 72, 36, "totals or regions among the units (Tổng số)"),
    "totals as units": (("07_totals_as_units.csv",), 12, 72, 36, "CẢ NƯỚC, Đồng bằng sông Hồng, WHOLE COUNTRY"),
    "row numbers": (("08_row_numbers_first.csv",), 12, 72, 36, "row numbers"),
    "a second file": (("09_second_file_panel.csv", "09_second_file_leaders.csv"), 12, 72, 24, ""),
    "a name with an underscore": (("10_my_communes.csv",), 12, 72, 36, ""),
    "Excel": (("11_ok.xlsx",), 12, 72, 36, ""),
    "UTF-16": (("12_utf16.csv",), 12, 72, 36, "letters in utf-16"),
    "windows-1258": (("12_windows1258.csv",), 12, 72, 36, "letters in windows-1258"),
    "TCVN3": (("13_tcvn3.csv",), 12, 72, 36, "letters in TCVN3"),
    "terms by year": (
        ("14_spells_by_year_panel.csv", "14_spells_by_year_leaders.csv"),
        12,
        72,
        24,
        "they count as July",
    ),
    "one unit in several spellings": (("15_one_unit_spelled_differently.csv",), 12, 72, 36, "46 spellings of 12 units"),
    "always under a non-local": (("16_always_under_a_non_local.csv",), 12, 72, 54, ""),
    "few cells": (("17_few_cells.csv",), 12, 168, 42, ""),
    "a share of the year": (("18_share_of_year.csv",), 12, 72, 36, "'0.25': a share of leaders or of a year"),
    "Stata": (("20_stata.dta",), 12, 72, 36, ""),
    "a footnote": (("21_footnote.csv",), 12, 72, 36, "a note among the rows ('Nguồn: số liệu giả định')"),
    "a mark far outside": (("22_sentinel.csv",), 12, 72, 36, "score: '-999', far outside the other values"),
    "a byte order mark inside": (("23_byte_order_mark_inside.csv",), 12, 72, 36, "2 spellings of 1 units"),
    "a sheet a year": (("24_a_sheet_a_year.xlsx",), 12, 72, 36, "6 sheets named by years"),
}


@pytest.mark.parametrize("case", READ)
def test_a_file_is_read(case):
    as_read(*READ[case])


def as_read(files, units, cells, on, note):
    check = taken(*files)
    assert check.faults == []
    assert (check.frame["unit_code"].nunique(), len(check.frame), int(check.frame["treated"].sum())) == (
        units,
        cells,
        on,
    )
    assert note in said(check)
    assert own.names() == ["mine"]


# file, and what the fault says
REFUSED = {
    "04_other_numbering_with_names.csv": "'35' beside the name Cà Mau",
    "06_thousands_comma.csv": 'thousands = "," in panel.toml if they stand between thousands, decimal = ","',
    "06_thousands_dot.csv": 'decimal = "," in panel.toml if points stand between thousands, thousands = "none"',
    "11_stray_cell_far_away.xlsx": "delete the empty rows and columns outside the table",
    "13_tcvn3_saved_as_utf8.csv": "letters of the old font TCVN3",
    "19_statistics_office_export.xlsx": 'for the 63 provinces record = "secretary"',
}


@pytest.mark.parametrize("file", REFUSED)
def test_a_file_is_refused_by_name(file):
    check = taken(file)
    assert check.frame is None
    assert REFUSED[file] in said(check)
    assert own.names() == []


@pytest.mark.parametrize(("key", "value", "highest"), [("decimal", '","', 84813.0), ("thousands", '"none"', 854.0)])
def test_a_thousands_mark_is_what_the_reader_says(key, value, highest):
    taken("06_thousands_dot.csv")
    check = changed(key, value)
    assert check.faults == []
    assert check.frame["dan_so"].max() == highest


def test_all_that_is_unusual_in_an_export_of_the_statistics_office_is_said_at_once():
    text = said(taken("19_statistics_office_export.xlsx"))
    for part in (
        "lines above the headings",
        "years as columns",
        "totals or regions",
        "a note among the rows",
        "an empty heading",
    ):
        assert part in text


def test_who_led_the_provinces_comes_from_the_record():
    check = taken("19_statistics_office_export.xlsx", record="secretary", definition="career")
    assert check.faults == []
    assert any("(secretary, career), 2012 to 2017" in fact for fact in check.facts)
    assert check.frame["treated"].notna().sum() > 60


@pytest.mark.parametrize("option", [["--definition", "career"], ["--replace"]])
def test_an_option_that_would_do_nothing_is_refused(option, capsys):
    taken("11_ok.xlsx")
    assert cli.main(["new", "mine", *option]) == 2
    assert f"{option[0]} means nothing without" in capsys.readouterr().err


def test_the_record_can_be_asked_for_later():
    assert taken("19_statistics_office_export.xlsx").faults
    assert cli.main(["new", "mine", "--leaders", "secretary", "--definition", "career"]) == 0
    assert cli.main(["new", "mine", "--leaders", "chair"]) == 0
    assert (
        own.load("mine").about["leaders"] | {"record": "chair", "definition": "hometown"}
        == own.load("mine").about["leaders"]
    )


def test_a_year_alone_can_be_the_first_year_held():
    july = taken("14_spells_by_year_panel.csv", "14_spells_by_year_leaders.csv").frame.set_index(["unit_code", "year"])
    january = changed("year_only", '"january"').frame.set_index(["unit_code", "year"])
    assert not july.loc[("99001", 2014), "treated"]
    assert january.loc[("99001", 2014), "treated"]
    assert january["treated"].notna().all()


def test_a_commune_that_took_in_a_dissolved_one_has_no_value():
    taken("05_dissolved_before_2025.csv")
    changed("aggregate", '"sum"')
    check = changed("boundaries", '"2025"')
    fates = check.crosswalk.set_index("old_code")["fate"]
    assert fates["01366"] == fates["01456"] == "incomplete"
    assert fates["01369"] == fates["01450"] == "unknown"
    assert "no unit that became a unit of 2025" in said(check)


def test_many_columns_are_listed_and_one_is_taken():
    as_read(("25_many_columns.csv",), 12, 72, 36, "")
    text = (own.folder() / "mine" / "panel.toml").read_text("utf-8")
    assert [one["column"] for one in tomllib.loads(text)["outcome"]] == ["x0"]
    assert text.count('# column = "x') == 119


def test_the_labels_of_a_stata_file_are_kept():
    assert taken("20_stata.dta").about["outcome"][0]["label_en"] == "Điểm giả định"


def test_a_file_that_is_not_understood_is_named(project):
    (project / "notes.csv").write_text("a,b\n1,2\n2,3\n", "utf-8")
    check = own.create("mine", [PANELS / "10_my_communes.csv", project / "notes.csv"])
    assert check.faults == []
    assert "a table that was not understood (headings: a, b); no column for unit, start, end, non_local" in said(check)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "parquet", "csv.gz"])
def test_every_kind_of_file_says_the_same(project, kind):
    want = taken("10_my_communes.csv").frame
    table = pd.read_csv(PANELS / "10_my_communes.csv", dtype={"ma_xa": str})
    if kind == "ods":
        pytest.importorskip("odf")
    write = {"xlsx": "to_excel", "ods": "to_excel", "parquet": "to_parquet", "csv.gz": "to_csv"}[kind]
    getattr(table, write)(project / f"t.{kind}", index=False)
    pd.testing.assert_frame_equal(own.create("other", [project / f"t.{kind}"]).frame, want)


def test_a_table_in_memory_is_checked_alike():
    want = taken("01_bool_float.csv").frame
    table = pd.read_csv(PANELS / "01_bool_float.csv", dtype={"ma_xa": str})
    pd.testing.assert_frame_equal(own.check(table).frame, want)
    assert own.check(table, non_local="score").faults


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1252", "Bénin"),
        ("cp1252", "Sí"),  # which old letters would read as Sớ
        ("gb18030", "城市名称"),
        ("cp1251", "Москва"),
        ("utf-16-le", "Hà Nội"),
        ("utf-8", "Đắk Lắk"),
    ],
)
def test_letters_of_other_countries_are_read(project, encoding, name):
    rows = "".join(f"{name} {i};{year};{i},5\n" for i in range(20) for year in (2010, 2011))
    (project / "t.csv").write_bytes(f"{name};year;value\n{rows}".encode(encoding))
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert table[name].iloc[0] == f"{name} 0"


def test_letters_that_would_be_signs_inside_words_in_another_encoding_are_letters(project):
    names = ["bolesławiecki", "dzierżoniowski", "głogowski", "górowski", "kłodzki", "lubański", "m. Wrocław"]
    rows = [f"Powiat {u};01.12.{y};{said};Jan {u[-3:]}" for u in names for y, said in ((2006, "tak"), (2014, "nie"))]
    (project / "t.csv").write_bytes("\n".join(["jednostka;od;spoza powiatu;starosta", *rows]).encode("cp1250"))
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert table["jednostka"].iloc[0] == "Powiat bolesławiecki"


def test_a_column_without_heading_takes_none_of_the_one_before_it(project):
    lines = ["Rates;;;;", "of places;;;;", "at the end of each year;;;;", "date;district;;rate;people"]
    lines += [";;;percent;number", "2010;01;A;1,5;10", "2011;01;A;2,5;20"]
    (project / "t.csv").write_text("\n".join(lines), "utf-8")
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert list(table) == ["date", "district", "column C", "rate percent", "people number"]


UNITS = ("Murang'a", "Taita Taveta", "Tharaka Nithi", "Embu", "Kisumu", "Nakuru")


def test_names_that_differ_by_hyphens_and_apostrophes_are_of_one_unit(project):
    others = {"Murang'a": "Murang’a", "Taita Taveta": "Taita-Taveta", "Tharaka Nithi": "THARAKA - NITHI"}
    rows = [f"{u if y % 2 else others.get(u, u)},{y},{v},{d}" for u, y, v, d in grid(UNITS)]
    (project / "t.csv").write_text("\n".join(["county,year,y,treated", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.frame["unit_code"].nunique()) == ([], 6)
    assert "6 spellings of 3 units" in said(check)


def test_a_larger_unit_that_stands_behind_the_names_of_others_is_left_out(project):
    behind = {u: f"{u}, Ontario" for u in UNITS}
    rows = [f'"{behind[u]}",{y},{v},{d}' for u, y, v, d in grid(UNITS)] + [
        f"Ontario,{y},12,0" for y in range(2010, 2016)
    ]
    (project / "t.csv").write_text("\n".join(["geo,year,y,treated", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.frame["unit_code"].nunique()) == ([], 6)
    assert "totals or regions among the units (Ontario)" in said(check)


def test_marks_of_no_value_of_the_census_bureau_are_named(project):
    rows = [f"{u},{y},{-666666666 if (u, y) == ('B', 2012) else 1000 * v:.0f},{d}" for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(["county,year,income,treated", *rows]), "utf-8")
    assert "'-666666666', far outside the other values" in said(own.create("mine", [project / "t.csv"]))


def test_running_numbers_behind_letters_stand_above_no_others(project):
    check = written(project, HEAD, grid([f"ID{n}" for n in range(1, 100)]))
    assert check.faults == [] and check.frame["unit_code"].nunique() == 99


def test_a_line_with_the_title_and_the_unit_of_measure_is_no_heading(project):
    lines = ["Diện tích theo xã,,ĐVT: nghìn ha", "Xã,Năm,Diện tích", *(f"{u},{y},{v}" for u, y, v, _ in grid())]
    (project / "t.csv").write_text("\n".join(lines), "utf-8")
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert list(table) == ["Xã", "Năm", "Diện tích"] and table.attrs["measure"] == "nghìn ha"


def test_row_numbers_called_s_no_are_no_units(project):
    lines = ["S/No,county,2010,2011", *(f"{n},{u},{n}.5,{n + 1}.5" for n, u in enumerate(UNITS, 1))]
    (project / "t.csv").write_text("\n".join(lines), "utf-8")
    assert list(reading.tables(project / "t.csv", reading.Found("t"))[""]) == ["county", "year", "value"]


def test_letters_of_vni_are_converted(project):
    (project / "t.csv").write_bytes(
        "ma_xa;naêm;thu nhaäp;khoâng\n00001;2012;1,5;coù\n00001;2013;2,5;khoâng\n".encode("cp1252")
    )
    found = reading.Found("t")
    assert list(reading.tables(project / "t.csv", found)[""]) == ["ma_xa", "năm", "thu nhập", "không"]
    assert found.notes[0].found == "letters in VNI"


def test_two_heading_rows_over_years_are_joined_and_stacked(project):
    (project / "t.csv").write_text(
        "Tỉnh,2010,,2011,\n,GDP,Dân số,GDP,Dân số\nAn Giang,1.5,100,1.7,101\nCà Mau,2.5,200,2.6,202\n", "utf-8"
    )
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert table.to_numpy().tolist() == [
        ["An Giang", "2010", "1.5", "100"], ["An Giang", "2011", "1.7", "101"], ["Cà Mau", "2010", "2.5", "200"], ["Cà Mau", "2011", "2.6", "202"],
    ]  # fmt: skip


def grid(units=("A", "B", "C", "D", "E", "F"), years=range(2010, 2016)):
    """Rows of unit, year, y, treated; the treatment comes in one unit after the other."""
    return [(u, y, 10.5 + i + (y % 3), int(i < 5 and y >= 2011 + i % 3)) for i, u in enumerate(units) for y in years]


def test_units_years_and_items_of_eurostat_are_taken_apart(project):
    (project / "t.tsv").write_text(
        "freq,unit,geo\\TIME_PERIOD\t2010 \t2011 \nA,EUR,AT11\t1.5 \t2.5 p\nA,EUR,AT12\t3.5 \t: \n", "utf-8"
    )
    table = reading.tables(project / "t.tsv", reading.Found("t"))[""]
    assert table[["geo", "year", "value"]].to_numpy().tolist() == [
        ["AT11", "2010", "1.5"], ["AT11", "2011", "2.5 p"], ["AT12", "2010", "3.5"], ["AT12", "2011", ":"],
    ]  # fmt: skip


def test_sheets_named_with_a_year_are_stacked_and_cells_merged_downwards_filled(project):
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for year in range(2010, 2016):
        sheet = book.create_sheet(f"PCI {year}")
        sheet.append(["region", "unit", "y", "treated"])
        for unit, _, y, d in (row for row in grid() if row[1] == year):
            sheet.append(["north" if unit == "A" else None, unit, y, d])
        sheet.merge_cells("A2:A7")
    book.save(project / "t.xlsx")
    check = own.create("mine", [project / "t.xlsx"])
    assert check.faults == []
    assert len(check.frame) == 36
    assert reading.tables(project / "t.xlsx", reading.Found("t"))["*"]["region"].eq("north").all()


def test_provinces_of_before_and_since_july_2025_in_one_column_of_names_are_refused(project):
    rows = [(places.name(c), y, 1.5, y % 2) for c in places.codes() for y in range(2022, 2025)]
    rows += [(places.name(c, boundaries=34), y, 1.5, y % 2) for c in places.codes(34) for y in (2025, 2026)]
    text = "\n".join(",".join(map(str, row)) for row in [("tinh", "nam", "diem", "non_local"), *rows])
    (project / "t.csv").write_text(text, "utf-8")
    assert "codes of after 1 July 2025" in own.create("mine", [project / "t.csv"]).faults[0].found


def test_numbers_of_units_of_another_country_are_no_codes_of_viet_nam(project):
    text = "\n".join(",".join(map(str, row)) for row in [("state", "year", "y", "treated"), *grid(range(1, 51))])
    (project / "t.csv").write_text(text, "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.about["level"], check.frame["unit_code"].nunique()) == ([], "other", 50)


def test_a_mark_of_a_year_or_of_a_group_is_no_treatment(project):
    rows = [(u, y, v, int(y > 2012), int(u < "D")) for u, y, v, _ in grid()]
    table = [("city", "year", "rent", "post", "treated"), *rows]
    (project / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in table), "utf-8")
    assert [fault.column for fault in own.create("mine", [project / "t.csv"]).faults] == ["[leaders]"]


def test_the_column_whose_units_the_terms_name_is_the_unit(project):
    rows = [(f"{u}{u}{u}", f"Land {u}", y, value) for u, y, value, _ in grid()]
    table = [("iso3c", "country", "year", "gdp"), *rows]
    (project / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in table), "utf-8")
    led = [("country", "start", "end", "outsider")]
    led += [(f"Land {u}", "2005", "2012", "no") for u in "ABCDEF"] + [(f"Land {u}", "2012", "", "yes") for u in "ABCDE"]
    (project / "l.csv").write_text("\n".join(",".join(map(str, row)) for row in led), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert (check.faults, check.about["unit"]) == ([], "country")


def test_an_end_on_the_last_day_of_a_month_belongs_to_it(project):
    (project / "t.csv").write_text("\n".join(["xa,nam,y", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    led = [f"{u},01/01/2005,30/06/2013,không\n{u},01/07/2013,,có" for u in "ABCDEF"]
    (project / "l.csv").write_text("\n".join(["xa,tu_ngay,den_ngay,nguoi_ngoai", *led]), "utf-8")
    frame = own.create("mine", [project / "t.csv", project / "l.csv"]).frame
    assert frame.groupby("year")["treated"].mean().to_dict() == {y: float(y > 2013) for y in range(2010, 2016)}


def test_a_few_bytes_that_stand_for_gigabytes_are_refused(project):
    import numpy as np
    import pyarrow
    import pyarrow.parquet

    units = pyarrow.DictionaryArray.from_arrays(pyarrow.array(np.zeros(1_000_000, "int32")), ["x" * 6_000])
    pyarrow.parquet.write_table(pyarrow.table({"unit": units}), project / "t.parquet")
    assert (project / "t.parquet").stat().st_size < 20_000
    with pytest.raises(tables.DataFault, match="MB, packed or unpacked"):
        reading.tables(project / "t.parquet", reading.Found("t"))


@pytest.mark.parametrize("line", ["a" * 3_000_000, "," * 20_000_000])
def test_a_line_without_end_is_refused_and_takes_no_time(project, line):
    (project / "t.csv").write_text(f"unit,year\n{line}\n", "utf-8")
    with pytest.raises(tables.DataFault):
        reading.tables(project / "t.csv", reading.Found("t"))


def test_a_cell_that_repeats_a_word_for_preliminary_takes_no_time():
    assert reading.years(pd.Series(["prel." * 5_000, "Prel. 2017"])).dropna().tolist() == [2017.0]


def test_names_of_rows_of_r_are_left_out(project):
    (project / "t.txt").write_text(
        '"state" "year" "y"\n"1" "A" 2010 1.5\n"2" "A" 2011 2.5\n"3" "B" 2010 3.5\n', "utf-8"
    )
    table = reading.tables(project / "t.txt", reading.Found("t"))[""]
    assert list(table) == ["state", "year", "y"]


def test_a_file_that_unpacks_to_more_is_refused_unread(project):
    import zipfile

    with zipfile.ZipFile(project / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("xl/worksheets/sheet1.xml", "a" * (301 << 20))
    with pytest.raises(tables.DataFault, match="301 MB, packed or unpacked; expected at most 300 MB"):
        reading.tables(project / "t.xlsx", reading.Found("t"))


def test_a_million_rows_are_read_and_more_are_refused(project):
    path = project / "long.csv"
    path.write_text("unit,year,y\n" + "".join(f"{unit},2015,1.5\n" for unit in range(1_000_000)), "utf-8")
    assert len(reading.tables(path, reading.Found("long"))[""]) == 1_000_000


def led(project, units):
    """Write terms in office under headings of the reader's own choice."""
    rows = [f'"{u}",2005,2012,no\n"{u}",2012,,yes' for u in units[1:]] + [f'"{units[0]}",2005,,no']
    (project / "led.csv").write_text("\n".join(["who is led,start,end,outsider", *rows]), "utf-8")
    return project / "led.csv"


def offices(project, lines, units, encoding="utf-8"):
    """Take in a table as an office publishes it; return the check and its values by unit and year."""
    (project / "t.csv").write_bytes("\n".join(lines).encode(encoding))
    check = own.create("mine", [project / "t.csv", led(project, units)])
    assert check.faults == []
    cells = check.frame.set_index(["unit_code", "year"])[check.outcomes[0]]
    return check, cells


STATES = ["Andhra Pradesh", "Assam", "Bihar", "Goa", "Gujarat", "Haryana"]


@pytest.mark.parametrize(
    "foot", [["All India,9,8,7"], ["TOTAL (STATES),9,8,7"], [], ["Source: invented"], ["Legend", "-,Zero"]]
)
def test_headings_in_three_rows_totals_and_notes(project, foot):
    head = ["State,Income per head,,", ",Year,,", ",2010,2011,2012-13"]
    body = [f"{state},{i}.5,{i}.25,{i}.75" for i, state in enumerate(STATES, 1)]
    check, cells = offices(project, [*head, *body, *foot], STATES)
    assert sorted(check.frame["unit_code"].unique()) == STATES
    assert (cells["Bihar", 2010], cells["Bihar", 2012]) == (3.5, 3.75)


def test_regions_are_known_by_their_sums(project):
    def line(name, values):
        return ";".join([name, *map(str, values)])

    values = {name: [10 + i * i, 20 + 3 * i, 31 + i] for i, name in enumerate(STATES)}
    sums = {n: [sum(v) for v in zip(*list(values.values())[part], strict=True)] for n, part in (("N", slice(0, 3)), ("S", slice(3, 6)))}  # fmt: skip
    both = [a + b for a, b in zip(sums["N"], sums["S"], strict=True)]
    rows = [("The lot", both), ("N", sums["N"]), *list(values.items())[:3], ("S", sums["S"]), *list(values.items())[3:]]
    check, _ = offices(project, ["region;2010;2011;2012", *(line(*row) for row in rows)], STATES)
    assert sorted(check.frame["unit_code"].unique()) == STATES
    assert "totals or regions among the units (N, S, The lot)" in said(check)


def test_letters_of_windows_1250_and_a_total_known_by_its_name(project):
    names = ["DOLNOŚLĄSKIE", "ŁÓDZKIE", "ŚLĄSKIE", "MAŁOPOLSKIE", "PODLASKIE", "ŚWIĘTOKRZYSKIE"]
    head, codes = 'Kod;Nazwa;"ogółem;2010;[osoba]";"ogółem;2011;[osoba]"', [f"{2 * i:02}00000" for i in range(1, 7)]
    body = [f"{code};{name};{i}00;{i}50" for i, (code, name) in enumerate(zip(codes, names, strict=True), 1)]
    check, cells = offices(project, [head, "0000000;POLSKA;9;9", *body], codes, "cp1250")
    assert (sorted(check.frame["unit_code"].unique()), cells["0600000", 2011]) == (codes, 350)
    assert check.about["unit_name"] == "Nazwa"


def test_commas_of_india_stand_between_thousands(project):
    body = [f'{state},{year},"{i},23,45,678"' for i, state in enumerate(STATES, 1) for year in (2010, 2011)]
    _, cells = offices(project, ["State,Year,Population", *body], STATES)
    assert cells["Assam", 2010] == 22345678


def test_months_as_columns_are_no_years(project):
    (project / "t.csv").write_text("state,2010-01,2010-02,2011-01,2011-02\nA,1,2,3,4\nB,1,2,3,4\n", "utf-8")
    with pytest.raises(tables.DataFault, match="several columns for one year"):
        reading.tables(project / "t.csv", reading.Found("t"))


def test_years_merged_over_groups_are_joined_with_them(project):
    import openpyxl

    book = openpyxl.Workbook()
    for row in [
        ["Units", 2010, None, 2011, None],
        [None, "all", "women", "all", "women"],
        ["A", 1, 2, 3, 4],
        ["B", 5, 6, 7, 8],
    ]:
        book.active.append(row)
    for cells in ("A1:A2", "B1:C1", "D1:E1"):
        book.active.merge_cells(cells)
    book.save(project / "t.xlsx")
    (table,) = reading.tables(project / "t.xlsx", reading.Found("t")).values()
    assert table[table["Units"] == "B"][["year", "all", "women"]].to_numpy().tolist() == [
        ["2010", "5", "6"],
        ["2011", "7", "8"],
    ]


def test_the_persons_of_a_column_of_persons_are_no_names_of_units(project):
    rows = [
        (f"{i:05}", y, v, f"P{i}{y}", d) for i, (_, y, v, d) in zip([1] * 6 + [4] * 6 + [6] * 6, grid(), strict=False)
    ]
    table = [("ma_xa", "nam", "y", "lanh_dao", "non_local"), *rows]
    (project / "t.csv").write_text("\n".join(",".join(map(str, row)) for row in table), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.about["unit_name"]) == ([], "")


PROVINCES = ["Bà Rịa - Vũng Tàu", "Bắc Kạn", "Lào Cai", "Sơn La", "Yên Bái", "Lai Châu"]
# how a table writes unit, year and who led; what a note says
FORMS = {
    "school years": (lambda u, y, d: f"{u},{y}/{(y + 1) % 100},{d}", "2010/11 = 2010"),
    "school years in full": (lambda u, y, d: f"{u},Năm học {y}-{y + 1},{d}", "Năm học 2010-2011 = 2010"),
    "dates of one day": (lambda u, y, d: f"{u},31/12/{y},{d}", "31/12/2010 = 2010"),
    "who led in words": (lambda u, y, d: f"{u},{y},{('Địa phương', 'Ngoài tỉnh')[d]}", ""),
    "marks of footnotes": (lambda u, y, d: f"{u.replace('Kạn', 'Kạn(*)').replace('Sơn La', 'Sơn La²')},{y},{d}", ""),
    "two languages": (lambda u, y, d: f"{u} - {unmarked(u)},{y},{d}", ""),
    "code and name": (lambda u, y, d: f"{places.resolve(u)} - {u},{y},{d}", ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_provinces_years_and_leaders_are_read_in_this_form(project, form):
    write, note = FORMS[form]
    rows = [f"{write(u, y, d)},{v}" for u, y, v, d in grid(PROVINCES)]
    (project / "t.csv").write_text("\n".join(["Tỉnh,Năm học,Bí thư ngoài tỉnh,Điểm", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.about["level"]) == ([], "province")
    assert note in said(check)
    got = check.frame[["unit_code", "year", "Điểm", "treated"]].astype(object).to_numpy().tolist()
    assert sorted(got) == sorted([places.resolve(u), y, v, d] for u, y, v, d in grid(PROVINCES))


def test_a_share_of_the_year_is_read_with_a_decimal_comma(project):
    rows = [f"{u};{y};{'0,25' if (u, y) == ('A', 2011) else f'{d},00'};{v}".replace(".", ",") for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(["city;year;outsider part;rent", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.about["leaders"]["non_local"]) == ([], "outsider part")
    assert check.frame.set_index(["unit_code", "year"]).loc[("A", 2011), "share"] == 0.25


def test_names_that_several_units_have_are_the_names_of_units_all_the_same(project):
    rows = [f"{7000 + ord(u)},{'Tân Lập' if u < 'D' else u * 3},{y},{d},{v}" for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(["id,name,year,outsider,rent", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.about["unit"], check.about["unit_name"]) == ([], "id", "name")
    assert check.frame["unit_code"].nunique() == 6


def test_means_among_the_units_are_no_unit(project):
    rows = [f"{u},{y},{d},{v}" for u, y, v, d in grid()] + [f"{u},{y},,11" for u in ("Trung bình", "Median") for y in (2010, 2011)]  # fmt: skip
    (project / "t.csv").write_text("\n".join(["city,year,outsider,rent", *rows]), "utf-8")
    assert own.create("mine", [project / "t.csv"]).frame["unit_code"].nunique() == 6


@pytest.mark.parametrize(
    ("head", "faults", "rows"),
    [("city,year,outsider,rent", 0, 36), ("city,year,men,women", 1, 0), ("city,2010,2011,2012", 1, 0)],
)
def test_the_headings_of_another_page_are_left_out_and_those_of_another_table_refused(project, head, faults, rows):
    lines = [f"{u},{y},{d},{v}" for u, y, v, d in grid()]
    text = "\n".join(["city,year,outsider,rent", *lines[:18], head, *lines[18:]])
    (project / "t.csv").write_text(text, "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (len(check.faults), 0 if check.frame is None else len(check.frame)) == (faults, rows)
    assert ("the headings of another table" if faults else "the headings again") in said(check)


def test_a_negative_mark_among_values_above_zero_is_asked_about(project):
    rows = [f"{u},{y},{d},{-9 if y == 2012 else 100 * v - 1000}" for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(["city,year,outsider,rent", *rows]), "utf-8")
    assert "missing = ['-9']" in said(own.create("mine", [project / "t.csv"]))


@pytest.mark.parametrize("names", [("Córdoba", "Cordoba"), ("Santiago del Estero", "Sgo. del Estero")])
def test_a_unit_written_otherwise_from_some_year_on_is_asked_about(project, names):
    rows = [(u if u != "A" else names[y > 2012], y, v, d) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "outsider"), rows)
    assert check.frame is None and f"({names[0]} (–2012) / {names[1]})" in said(check)


def test_two_units_of_one_name_but_for_its_marks_are_two_where_they_share_years(project):
    rows = [({"A": "Tân Phú", "B": "Tân Phù"}.get(u, u), y, v, d) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "outsider"), rows)
    assert check.faults == [] and check.frame["unit_code"].nunique() == 6


def test_the_first_unit_whose_leader_alone_is_never_known_is_left_out_and_named(project):
    rows = [("Provinsi Tengah", y, 9.5, "") for y in range(2010, 2016)] + grid()
    check = written(project, ("city", "year", "rent", "outsider"), rows)
    assert check.faults == [] and check.frame["unit_code"].nunique() == 6
    assert "first or last in the table (Provinsi Tengah)" in said(check)


def test_units_that_begin_the_codes_of_others_and_have_no_leader_are_left_out_and_named(project):
    codes = dict(zip("ABCDEFGHIJ", (f"0{n}5{n}" for n in (*(31,) * 5, *(32,) * 5)), strict=True))
    codes = {u: code[:4] + str(n) for n, (u, code) in enumerate(codes.items())}
    rows = [(codes[u], *rest) for u, *rest in grid("ABCDEFGHIJ")]
    rows[60 // 2 : 60 // 2] = [("031", y, 9.5, "") for y in range(2010, 2016)]
    check = written(project, ("AGS", "year", "rent", "outsider"), rows)
    assert check.faults == [] and {*check.frame["unit_code"]} == {*codes.values()}
    assert "first or last in the table (031)" in said(check)


@pytest.mark.parametrize(("answer", "faults"), [("false", 1), ("true", 0)])
def test_leaders_of_larger_units_of_which_a_few_bear_the_same_names_are_asked_about(project, answer, faults):
    (project / "t.csv").write_text("\n".join(["city,year,rent", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    own.create("mine", [project / "t.csv", led(project, ["A", "B", "Elsewhere"])])
    check = changed("partial", answer)
    assert [one.found for one in check.faults] == ["leaders of 2 of 6 units (A, B)"] * faults


@pytest.mark.parametrize("head", ["origen_presidente", "gobierno"])
def test_codes_without_a_legend_are_named_and_neither_yes_nor_no(project, head):
    rows = [(u, y, v, 9 if (u, y) == ("A", 2010) else 2 - d) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", head), rows)
    assert check.frame is None and f'column "{head}" holds 9, 1, 2, neither yes nor no' in said(check)


def test_a_code_that_ends_in_zero_stands_above_no_other(project):
    codes = dict(zip("ABCDEF", ["0201000", "0202000", "0210000", "0211000", "0220000", "0221000"], strict=True))
    rows = [("0200000", y, 9.5, 0) for y in range(2010, 2016)] + [(codes[u], *rest) for u, *rest in grid()]
    check = written(project, ("kod", "rok", "rent", "outsider"), rows)
    assert check.faults == [] and {*codes.values()} <= {*check.frame["unit_code"]}


def test_dates_that_a_spreadsheet_made_of_numbers_are_refused_as_such(project):
    rows = [(u, y, "25.дек" if (u, y) == ("A", 2011) else v, d) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "outsider"), rows)
    assert "'25.дек': a date, which a spreadsheet has made of a number" in said(check)


def test_lines_about_a_table_with_several_cells_are_no_headings(project):
    head = ['"Table:","7"', '"Held:","-","By region:","-"', '"***","not known"', '"-","none"', '""']
    rows = [f'"{u}","{y}","{v}","{1000 * v}","{v + 1}","{d}"' for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join([*head, "city,year,a,b,c,outsider", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, check.outcomes) == ([], ["a", "b", "c"])


def test_districts_of_another_country_are_none_of_viet_nam(project):
    codes = dict(zip("ABCDEF", ["001", "010", "011", "012", "013", "014"], strict=True))
    rows = [(codes[u], f"Name {u}", y, v, d) for u, y, v, d in grid()]
    check = written(project, ("district_code", "district_name", "year", "rent", "outsider"), rows)
    assert (check.faults, check.about["level"]) == ([], "other")


def test_codes_of_one_origin_are_no_outcome_and_are_asked_about(project):
    rows = [(u, y, v, 1 + d if y > 2010 else 9) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "gov_origin"), rows)
    assert check.outcomes == ["rent"] and '"gov_origin" holds 9, 2, 1, neither yes nor no' in said(check)


def test_a_short_word_for_the_kind_of_a_unit_is_the_long_one_and_none_is_asked_about(project):
    forms = {2010: "Q. {}", 2011: "Quận {}", 2012: "QUẬN {}", 2013: "{}", 2014: "{}", 2015: "{}"}
    rows = [f"{forms[y].format(u * 3)},{y},{d},{v}" for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(["ten,nam,ngoai_tinh,diem", *rows]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert check.frame is None and "(Q. AAA (–2012) / AAA, " in said(check)


def written(project, head, rows, name="t.csv"):
    """Write rows under headings, with semicolons, and take the file in."""
    (project / name).write_text("\n".join(";".join(map(str, row)) for row in [head, *rows]), "utf-8")
    return own.create("mine", [project / name])


HEAD = ("city", "year", "rent", "outsider")
# how a number is written, and what the first one, 10.5, is read as; None where it is refused
BESIDE = {
    "a sign in all cells": ("{:.1f}%", 10.5),
    "a unit word in all cells": ("{:.1f} triệu", 10.5),
    "a currency before all": ("${:.1f}", 10.5),
    "marks of footnotes": ("{:.1f}(1)", 10.5),
    "an en dash as minus": ("–{:.1f}", -10.5),
    "brackets as in accounts": ("({:.1f})", -10.5),
    "a standard error behind": ("{:.1f} (0.12)", None),
    "a range": ("{:.1f} - 99.5", None),
}


@pytest.mark.parametrize("case", BESIDE)
def test_what_stands_beside_a_number_is_left_out_where_all_cells_agree(project, case):
    form, value = BESIDE[case]
    check = written(project, HEAD, [(u, y, form.format(v - y % 3), d) for u, y, v, d in grid()])
    if value is None:
        assert [(fault.column, fault.row) for fault in check.faults] == [("rent", 2)]
        assert "more than a number" in check.faults[0].found
    else:
        assert check.faults == []
        assert check.frame["rent"].iloc[0] == value


@pytest.mark.parametrize("other", ["{:.1f} tỷ", "{:.1f}"])
def test_two_unit_words_in_one_column_are_asked_about(project, other):
    check = written(
        project, HEAD, [(u, y, (other if u == "F" else "{:.1f} triệu").format(v), d) for u, y, v, d in grid()]
    )
    assert check.frame is None
    assert "bring all to one unit" in said(check)


def test_numbers_of_footnotes_in_brackets_are_no_negative_numbers(project):
    check = written(project, HEAD, [(u, y, "(1)" if y == 2012 else v, d) for u, y, v, d in grid()])
    assert "found '(1)'" in "".join(f"found {fault.found}" for fault in check.faults)


@pytest.mark.parametrize("head", ["local_leader", "bi_thu_la_nguoi_dia_phuong", "người tại chỗ"])
def test_a_column_of_who_is_local_is_not_taken_for_who_is_not(project, head):
    check = written(project, ("city", "year", "rent", head), grid())
    assert [fault.column for fault in check.faults] == ["[leaders]"]
    assert "before yes and no are exchanged" in said(check)


@pytest.mark.parametrize("head", ["female_mayor", "gov_dynasty", "mayor"])
def test_a_column_of_yes_and_no_that_does_not_speak_of_who_is_from_elsewhere_is_asked_about(project, head):
    check = written(project, ("city", "year", "rent", head), grid())
    assert check.frame is None and f'if yes in column "{head}" means a leader from elsewhere' in said(check)


ELSEWHERE = [
    *(
        "异地任职",
        "知事が県外出身（1＝はい、0＝いいえ）",
        "Landrat von außerhalb des Kreises (1=ja)",
        "nato_fuori_regione",
        "varyag",
    ),
    *(
        "Người nơi khác đến",
        "starosta spoza powiatu (1 = tak, 0 = nie)",
        "ne_hors_departement",
        "alcalde_de_otra_comuna",
    ),
    *("Kepala daerah berasal dari luar daerah", "gov_from_another_province", "non_native", "not_local"),
    *("Глава региона не из местных", "不是本地人", "地元出身ではない", "nicht einheimisch", "не місцевий"),
]


@pytest.mark.parametrize("head", ELSEWHERE)
def test_a_heading_that_says_who_is_from_elsewhere_is_known_in_this_language(project, head):
    check = written(project, ("city", "year", "rent", f'"{head}"'), grid())
    assert (check.faults, check.about["leaders"]["non_local"]) == ([], head)


@pytest.mark.parametrize(
    "head",
    [
        *(
            "gov_native",
            "PREFET_NATIF_REGION",
            "putra_daerah",
            "本地",
            "einheimischer Landrat",
            "no_outsider",
            "home_state",
        ),
        *(
            "Глава из местных",
            "не варяг",
            "不是外地人",
            "県外出身ではない",
            "kein Auswärtiger",
            "não é de fora",
            "是否本地",
        ),
    ],
)
def test_a_heading_that_says_who_is_local_is_never_taken_for_the_opposite(project, head):
    check = written(project, ("city", "year", "rent", head), grid())
    assert check.frame is None and f"write local = {json.dumps(head, ensure_ascii=False)}" in said(check)


@pytest.mark.parametrize(("yes", "no"), [("Other state", "Home state"), ("Out-of-state officer", "Home-state officer")])
def test_labels_say_themselves_who_is_local(project, yes, no):
    rows = [(u, y, v, (no, yes)[d], y % 2) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "dm", "female"), rows)
    assert (check.faults, check.frame["treated"].sum()) == ([], sum(d for *_, d in grid()))


@pytest.mark.parametrize(
    "mark",
    [
        "Não informado",
        "no informado",
        "Non renseigné",
        "keine Angabe",
        "н/д",
        "不详",
        "不明",
        "belum diketahui",
        "Not reported",
        "Chưa rõ",
        "N.D.",
        "-",
        "n/a",
    ],
)
def test_a_mark_of_no_value_beside_yes_and_no_is_an_unknown_leader(project, mark):
    rows = [(u, y, v, mark if (u, y) == ("A", 2011) else d) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "outsider"), rows)
    assert check.faults == [] and check.frame["treated"].isna().sum() == 1


@pytest.mark.parametrize("now", ["至今", "nay", "sekarang", "en poste", "н.в.", "-", "Present"])
def test_the_end_of_a_term_says_still_in_office_in_this_language(project, now):
    rows = [(*row[:3], row[3] or now, row[4]) for row in two_terms()]
    check = in_office(project, "town,who,start,end,outsider", rows)
    assert check.faults == [] and check.frame["treated"].sum() == 18


def test_a_heading_that_says_who_is_not_local_counts_where_nothing_changes(project):
    check = written(
        project, ("city", "year", "rent", "outsider_mayor"), [(u, y, v, int(u < "D")) for u, y, v, _ in grid()]
    )
    assert (check.faults, check.about["leaders"]["non_local"]) == ([], "outsider_mayor")


@pytest.mark.parametrize("years", [range(2019, 2025), (2025, 2026)])
def test_the_units_since_july_2025_are_not_taken_for_the_provinces_of_that_name_before(project, years):
    rows = [(places.name(c, boundaries=34), y, 1.5, y % 2) for c in places.codes(34) for y in years]
    check = written(project, ("tinh", "nam", "diem", "non_local"), rows)
    assert [fault.found for fault in check.faults] == [
        "34 units, all of which are in the list since July 2025 and none only in the one before"
    ]
    changed("level", '"other"')
    assert own.check("mine").frame["unit_code"].nunique() == 34


def test_the_row_of_the_province_above_its_districts_is_no_district(project):
    rows = [row for y in range(2010, 2016) for row in [("Tỉnh Giả Định", y, 70, ""), *(r for r in grid() if r[1] == y)]]
    check = written(project, ("huyen", "nam", "diem", "ngoai_huyen"), rows)
    assert (check.faults, check.frame["unit_code"].nunique()) == ([], 6)
    assert "totals or regions among the units (Tỉnh Giả Định)" in said(check)


def test_the_number_of_a_footnote_behind_a_unit_makes_no_other_unit(project):
    rows = [(f"{u} (1)" if y > 2012 and u == "B" else u, y, v, d) for u, y, v, d in grid()]
    assert written(project, HEAD, rows).frame["unit_code"].nunique() == 6
    apart = [(f"site ({'ABCDEF'.index(u)})", y, v, d) for u, y, v, d in grid()]
    (project / "u.csv").write_text("\n".join(";".join(map(str, row)) for row in [HEAD, *apart]), "utf-8")
    assert own.create("sites", [project / "u.csv"]).frame["unit_code"].nunique() == 6


def test_provinces_are_known_by_their_names_behind_a_number(project):
    names = ["1. Hà Nội", "2. Hải Phòng", "10. Đắc Lắc", "11) Hoà Bình", "Huế (2)", "Nghệ An"]
    check = written(project, ("tinh", "nam", "diem", "ngoai_tinh"), grid(names))
    assert sorted(check.frame["unit_code"].unique()) == sorted(map(places.resolve, ["Hà Nội", "Hải Phòng", "Đắk Lắk", "Hòa Bình", "Huế", "Nghệ An"]))  # fmt: skip


@pytest.mark.parametrize(("head", "form"), [("Kỳ", "Quý I/{}"), ("month", "01/{}"), ("Tháng báo cáo", "tháng 3 {}")])
def test_quarters_months_and_years_of_another_calendar_are_refused_by_name(project, head, form):
    rows = [(u, form.format(str(y)), v, d) for u, y, v, d in grid()]
    check = written(project, ("ma", head, "y", "outsider"), rows)
    fault = next(fault for fault in check.faults if fault.column == head)
    assert (fault.row, "a year of four digits, 1500 to 2099" in fault.expected) == (2, True)


def test_days_as_a_spreadsheet_counts_them_are_asked_about(project):
    (project / "l.csv").write_text(
        "\n".join(["city,start,end,outsider", *(f"{u},38353,,no" for u in "ABCDEF")]), "utf-8"
    )
    (project / "t.csv").write_text("\n".join(["city,year,y", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert "'38353' (and 5 more such cells) write it so, and a number such as 41275" in said(check)


def test_a_date_that_is_none_is_no_overlap_as_well(project):
    led = [f"{u},2005-01,late 2013,no\n{u},2013-07,,yes" for u in "ABCDEF"]
    (project / "l.csv").write_text("\n".join(["city,start,end,outsider", *led]), "utf-8")
    (project / "t.csv").write_text("\n".join(["city,year,y", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert [(fault.column, fault.row) for fault in check.faults] == [("end", 2)]


def test_sheets_a_year_may_have_their_columns_in_another_order(project):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "notes"
    for year in range(2010, 2016):
        sheet = book.create_sheet(f"{year} (est.)" if year == 2015 else str(year))
        order = [0, 3, 2] if year % 2 else [0, 2, 3]
        for row in [HEAD, *(row for row in grid() if row[1] == year)]:
            sheet.append([row[n] for n in order])
    book.save(project / "t.xlsx")
    check = own.create("mine", [project / "t.xlsx"])
    assert (check.faults, len(check.frame), check.frame["rent"].max()) == ([], 36, 17.5)


def test_days_of_a_parquet_file_that_all_end_a_year_are_years(project):
    import datetime

    table = pd.DataFrame([(u, datetime.date(y, 12, 31), v, bool(d)) for u, y, v, d in grid()], columns=[*HEAD])
    table.to_parquet(project / "t.parquet")
    check = own.create("mine", [project / "t.parquet"])
    assert (check.faults, sorted(check.frame["year"].unique())) == ([], list(range(2010, 2016)))


def booked(project, pages, **hidden):
    """Write sheets of rows as an Excel file; a cell given as (value, form) has that number format."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in pages.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append([cell[0] if isinstance(cell, tuple) else cell for cell in row])
            for n, cell in enumerate(row, 1):
                if isinstance(cell, tuple):
                    page.cell(page.max_row, n).number_format = cell[1]
        for row in hidden.get("rows", ()):
            page.row_dimensions[row].hidden = True
        page.sheet_state = "hidden" if title in hidden.get("sheets", ()) else "visible"
    book.save(project / "t.xlsx")
    return own.create("mine", [project / "t.xlsx"])


@pytest.mark.parametrize(("units", "faults"), [(("triệu đồng", "tỷ đồng"), 1), (("tỷ đồng", "tỷ đồng"), 0)])
def test_sheets_of_different_units_of_measure_are_asked_about_by_their_values(project, units, faults):
    sheets = {
        f"Năm {year}": [
            ["Thu ngân sách"],
            [f"ĐVT: {units[year > 2012]}"],
            ["city", "rent", "outsider"],
            *([u, v / 1000 if units[year > 2012] == "tỷ đồng" else v, d] for u, y, v, d in grid() if y == year),
        ]
        for year in range(2010, 2016)
    }
    check = booked(project, sheets)
    assert len(check.faults) == faults
    assert not faults or "about 1,000 times higher or lower in 2013" in said(check)


def test_sheets_of_years_whose_headings_differ_are_named(project):
    sheets = {}
    for year in range(2010, 2016):
        head = ["city", "rent (1.000 đồng)" if year < 2013 else "rent (triệu đồng)", "outsider"]
        sheets[str(year)] = [head, *([u, v, d] for u, y, v, d in grid() if y == year)]
    found = "headings of their own (rent (1.000 đồng), rent (triệu đồng))"
    assert found in said(booked(project, sheets))


@pytest.mark.parametrize(("whole", "faults"), [(True, 0), (False, 1)])
def test_cells_in_percent_beside_plain_numbers_are_asked_about(project, whole, faults):
    rows = [[u, y, (v / 100, "0.0%") if whole or y > 2012 else v, d] for u, y, v, d in grid()]
    check = booked(project, {"t": [HEAD, *rows]})
    assert len(check.faults) == faults
    assert faults or check.frame["rent"].iloc[0] == 10.5


@pytest.mark.parametrize("some", ["ABC", "ABCDE"])
def test_a_year_in_which_a_part_of_the_units_jumps_a_thousandfold_is_asked_about(project, some):
    rows = [(u, y, v * 1000 if y >= 2013 and u in some else v, d) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    told = f"{len(some)} of 6 units about 1,000 times higher or lower in 2013"
    assert [told in fault.found for fault in check.faults] == [True]


def test_a_column_that_is_the_same_for_all_units_is_no_outcome(project):
    rows = [(u, y, (y - 2000) ** 2, v, d) for u, y, v, d in grid()]
    check = written(project, [*HEAD[:2], "period", *HEAD[2:]], rows)
    assert check.outcomes == [HEAD[2]]
    assert "are the same for all units" in said(check)


def test_sums_that_are_left_out_are_not_counted_as_units(project):
    rows = [("Total A and others", y, sum(v for _, year, v, _ in grid() if year == y), "") for y in range(2010, 2016)]
    check = written(project, HEAD, [*grid(), *rows])
    assert f"unit: column {HEAD[0]}, {len({u for u, *_ in grid()})} units (other)" in check.facts


def test_a_year_in_which_all_values_jump_a_thousandfold_is_asked_about(project):
    check = written(project, HEAD, [(u, y, v if y < 2013 else v * 1000, d) for u, y, v, d in grid()])
    assert ["6 of 6 units about 1,000 times higher or lower in 2013" in fault.found for fault in check.faults] == [True]
    assert changed("same_unit", "true").faults == []


def test_several_units_of_measure_in_one_column_are_asked_about(project):
    rows = [(u, y, v, d, "tấn" if u < "D" else "tạ") for u, y, v, d in grid()]
    assert "several kinds of figures, levels or units of measure in one column" in said(
        written(project, (*HEAD, "Đơn vị tính"), rows)
    )


# headings, and two cells of a column beside unit, year, outcome and treatment
MEASURES = [
    ("UNIT_MULT", "3", "6"),
    ("Unit multiplier", "Thousands", "Millions"),
    ("PowerCode", "0", "3"),
    ("Scale", "Units", "Millions"),
    ("scale", "1000", "1000000"),
    ("Unit", "Thousands", "Millions"),
    ("Unit", "Percentage", "Index"),
    ("Unidad de medida", "Miles de pesos", "Millones de pesos"),
    ("quy_doi", "nghìn đồng", "tỷ đồng"),
    ("keterangan", "ribu", "juta"),
    ("单位", "万元", "亿元"),
]


@pytest.mark.parametrize(("head", "one", "other"), MEASURES)
def test_powers_of_ten_and_units_of_measure_in_one_column_are_asked_about(project, head, one, other):
    check = written(project, (*HEAD, head), [(*row, one if row[0] < "D" else other) for row in grid()])
    assert "several kinds of figures, levels or units of measure in one column" in said(check)
    assert [fault.column for fault in check.faults] == [head]


@pytest.mark.parametrize("head", ["UNIT_MULT", "Scale"])
def test_a_power_of_ten_that_changes_within_a_unit_is_no_outcome(project, head):
    check = written(project, (*HEAD, head), [(*row, 3 if row[1] < 2012 else 6) for row in grid()])
    assert check.outcomes == ["rent"] and [fault.column for fault in check.faults] == [head]


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("ten_xa", ("Triệu Ái", "Triệu An")),
        ("place", ("Thousand Oaks", "Miles City")),
        ("scale", ("small", "large")),
        ("scale", ("1", "2")),
        ("unit_type", ("City", "Town")),
        ("housing_units", ("3.5", "4.5")),
        ("Unit multiplier", ("Millions", "Millions")),
    ],
)
def test_a_column_that_tells_no_powers_of_ten_apart_is_not_asked_about(project, head, cells):
    check = written(project, (*HEAD, head), [(*row, cells[row[0] < "D"]) for row in grid()])
    assert check.faults == []


@pytest.mark.parametrize("head", ["bi_thu_nguoi_dia_phuong", "Born in the province", "khong_phai_nguoi_ngoai_tinh"])
def test_a_column_of_who_is_local_named_by_hand_is_refused_and_can_be_named_as_what_it_is(project, head):
    written(project, ("city", "year", "rent", head), grid())
    check = changed("non_local", f'"{head}"')
    assert f'write local = "{head}" in place of non_local' in said(check)
    changed("non_local", '""')
    check = changed("local", f'"{head}"')
    assert (check.faults, int(check.frame["treated"].sum())) == ([], sum(not row[3] for row in grid()))


def test_words_that_say_who_is_local_decide_whatever_the_heading(project):
    rows = [(u, y, v, "ngoài tỉnh" if d else "địa phương") for u, y, v, d in grid()]
    written(project, ("city", "year", "rent", "nguoi_dia_phuong"), rows)
    check = changed("non_local", '"nguoi_dia_phuong"')
    assert (check.faults, int(check.frame["treated"].sum())) == ([], sum(row[3] for row in grid()))


def test_what_is_unusual_is_said_on_the_page_in_both_languages(project):
    from helpers import words

    written(project, HEAD, [*grid(), *(("Total", y, 99, "") for y in range(2010, 2016))])
    check = own.load("mine")
    page = {}
    for lang in ("en", "vi"):
        words.use(lang)
        page[lang] = own.told(check)
    words.use("en")
    assert "totals or regions among the units (Total)" in page["en"]
    assert "tổng số hoặc vùng nằm trong các đơn vị (Total)" in page["vi"]


def test_marks_and_empty_cells_are_asked_about_and_may_mean_no(project):
    check = written(project, ("city", "year", "rent", "from afar"), [(u, y, v, "x" * d) for u, y, v, d in grid()])
    assert 'column "from afar" holds x or nothing' in said(check)
    check = changed("non_local", '"from afar"')
    assert "none under a local, 15 unknown" in said(check)
    check = changed("empty", '"no"')
    assert (check.faults, int(check.frame["treated"].sum())) == ([], 21)


def test_a_panel_without_both_kinds_of_leaders_is_refused_in_one_sentence(project):
    from helpers import effects, findings

    check = written(project, HEAD, [(u, y, v, 0) for u, y, v, _ in grid()])
    changed("non_local", '"outsider"')
    panel = own.load("mine").panel()
    assert check.name == "mine"
    with pytest.raises(effects.DesignRefused, match="no unit has known years of both kinds"):
        findings.finding(panel, effects.main(panel, draws=20), alone=True)


def test_words_in_decomposed_letters_are_the_same_words(project):
    import unicodedata

    rows = [(u, y, v, unicodedata.normalize("NFD", ("không", "Có")[d])) for u, y, v, d in grid(PROVINCES)]
    head = tuple(unicodedata.normalize("NFD", name) for name in ("Tỉnh", "Năm", "Điểm", "Bí thư là người ngoài tỉnh"))
    check = written(project, head, rows)
    assert (check.faults, int(check.frame["treated"].sum())) == ([], sum(row[3] for row in grid()))


@pytest.mark.parametrize("marks", [("I", "{}"), ("A.", "{}"), ("1", "1.{}")])
def test_rows_above_others_by_their_numbers_are_no_units(project, marks):
    rows = []
    for year in range(2010, 2016):
        rows.append((marks[0], "Tiền Giang", year, 50, ""))
        rows += [(marks[1].format(n), *row) for n, row in enumerate((r for r in grid() if r[1] == year), 1)]
    check = written(project, ("STT", *HEAD), rows)
    assert (check.faults, sorted(check.frame["unit_code"].unique())) == ([], list("ABCDEF"))
    assert (
        "rows that stand above others, by their numbers (I above 1, 1 above 1.1) or by fewer blanks or dots before their names (Tiền Giang)"
        in said(check)
    )


def test_groups_of_countries_are_no_countries(project):
    units = {"VNM": "Vietnam", "THA": "Thailand", "LAO": "Lao PDR", "KHM": "Cambodia", "MMR": "Myanmar", "ZAF": "South Africa"}  # fmt: skip
    rows = [(u, units[u], *row[1:]) for u in units for row in grid() if row[0] == "A"]
    rows += [(code, name, y, 50, "") for code, name in (("EAS", "East Asia & Pacific"), ("LMC", "Lower middle income")) for y in range(2010, 2016)]  # fmt: skip
    check = written(project, ("Country Code", "Country Name", *HEAD[1:]), rows)
    assert sorted(check.frame["unit_code"].unique()) == sorted(units)


def test_a_part_of_the_units_since_july_2025_is_not_given_the_leaders_of_before(project):
    rows = [(places.name(c, boundaries=34), y, 10.5 + y % 3) for c in places.codes(34)[:9] for y in range(2018, 2025)]
    (project / "t.csv").write_text("\n".join(";".join(map(str, row)) for row in [("tinh", "nam", "diem"), *rows]))
    check = own.create("mine", [project / "t.csv"], record="secretary")
    assert ["9 units, all of which are in the list since July 2025" in fault.found for fault in check.faults] == [True]
    assert changed("boundaries", '"63"').faults == []


def test_the_column_that_tells_rows_of_one_unit_and_year_apart_is_named(project):
    rows = [(*row, kind) for row in grid() for kind in (("sơ bộ", "chính thức") if row[1] > 2013 else ("chính thức",))]
    check = written(project, (*HEAD, "loai"), rows)
    assert "told apart by loai (sơ bộ, chính thức)" in said(check)
    assert "sum" not in check.faults[0].remedy and "mean" not in check.faults[0].remedy


def test_every_column_that_may_say_who_led_is_named_with_what_it_lacks(project):
    rows = [(u, y, v, d, 1 - d, "Nghệ An") for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "female", "post_reform", "Quê quán"), rows)
    (fault,) = check.faults
    for part in (
        'write non_local = "female"',
        'write non_local = "post_reform"',
        'column "Quê quán" seems to hold homes',
    ):
        assert part in fault.remedy


def test_a_column_of_terms_with_many_unknown_is_known_by_its_heading(project):
    (project / "t.csv").write_text("\n".join(["city,year,y", *(f"{u},{y},{v}" for u, y, v, _ in grid())]))
    led = [f"{u},2005-01,2011-01,unknown\n{u},2011-01,2013-01,no\n{u},2013-01,,yes" for u in "ABCDEF"]
    (project / "l.csv").write_text("\n".join(["city,start,end,born_abroad", *led]))
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert (check.faults, check.about["leaders"]["non_local"]) == ([], "born_abroad")


def test_homes_in_the_table_of_terms_are_named_where_nothing_says_who_is_from_elsewhere(project):
    (fault,) = in_office(project, "town,start,end,que_quan", [(u, "1/2005", "nay", "Nghệ An") for u in "ABCDEF"]).faults
    assert 'column "que_quan" seems to hold homes (Nghệ An)' in fault.remedy


def of_homes(project, *homes):
    """The six provinces, each led from 2013 on by who comes from the first home, and before by one of its own."""
    led = [(u, "1/2005", "1/2013", f"Tỉnh {u}") for u in PROVINCES]
    led += [(u, "1/2013", "nay", home) for u, home in zip(PROVINCES, homes * 6, strict=False)]
    return in_office(project, "town,start,end,Quê quán", led, PROVINCES)


def test_homes_of_who_led_provinces_tell_who_is_from_another_one(project):
    check = of_homes(project, "Yên Bái")
    assert check.faults == [] and "where a leader comes from" in said(check)
    treated = check.frame.set_index(["unit_code", "year"])["treated"]
    assert treated["12", 2014] and not treated["12", 2012] and not treated["15", 2014]


@pytest.mark.parametrize("home", ["Paris", "Hà Tây", "Hải Hưng"])
def test_a_home_that_is_none_of_the_63_provinces_is_unknown_and_named(project, home):
    check = of_homes(project, *[home, *["Yên Bái"] * 5])
    assert check.frame["treated"].isna().sum() == 3 and f"'{home}': none of the 63 provinces" in said(check)


def test_the_tables_of_a_page_about_other_units_speak_of_units(project, monkeypatch):
    from helpers import display

    written(project, HEAD, grid())
    monkeypatch.setattr(display, "RENAMED", {})
    own.name_units(own.load("mine"))
    assert (display.heading("n_units"), display.heading("unit")) == ("Units", "Unit")


def test_headings_that_end_in_two_digits_are_named_where_no_column_holds_years(project):
    names = [f"{name}{y:02}" for name in ("gdp", "outsider") for y in (97, 98, 99, 0)]
    check = written(project, ("city", *names), [(u, 10, 11, 12, 13, 0, 0, 1, 1) for u in "ABCDEF"])
    assert "numbers that may be years (columns gdp97, gdp98, gdp99, gdp00, outsider97" in said(check)
    assert check.frame is None


def test_hidden_rows_and_sheets_marks_of_nothing_and_preliminary_years_are_said(project):
    rows = [[u, f"Sơ bộ {y}" if y == 2015 else y, "-" if (u, y) == ("B", 2012) else v, d] for u, y, v, d in grid()]
    text = said(booked(project, {"t": [HEAD, *rows], "cu": [["old"]]}, rows=[3, 4], sheets=["cu"]))
    for part in (
        "2 hidden rows in sheet t (3, 4)",
        "the hidden sheet cu",
        "'-', taken as no value",
        "Sơ bộ 2015 = 2015",
    ):
        assert part in text


@pytest.mark.parametrize("head", ["governor_from_elsewhere", "born_abroad", "ngoaitinh", "书记是否外省籍"])
def test_nothing_is_said_of_a_heading_that_says_who_is_from_elsewhere_nor_of_names_in_other_letters(project, head):
    units = ["北京市", "天津市", "河北省", "山西省", "辽宁省", "吉林省"]
    check = written(project, ("省份", "年份", "y", head), [(u, f"{y}年", v, d) for u, y, v, d in grid(units)])
    assert check.faults == []
    assert [note.column for note in check.notes] == ["年份"]


@pytest.mark.parametrize("end", ["nay", "đến nay", "present"])
def test_a_word_for_in_office_is_an_open_end(project, end):
    text = ["city,start,end,outsider", *(f"{u},2005-01,2012-01,no\n{u},2012-01,{end},yes" for u in "ABCDEF")]
    (project / "l.csv").write_text("\n".join(text), "utf-8")
    (project / "t.csv").write_text("\n".join(["city,year,y", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    assert own.create("mine", [project / "t.csv", project / "l.csv"]).faults == []


def test_decimal_commas_beside_decimal_points_are_asked_about_without_going_round(project):
    check = written(project, HEAD, [(u, y, "1.234,5" if u == "A" else "1,234.5", d) for u, y, v, d in grid()])
    assert "decimal commas and decimal points in one column" in said(check)


def test_the_title_and_unit_of_measure_of_the_file_stand_on_the_page(project):
    rows = [["5. Thu ngân sách trên địa bàn"], ["ĐVT: Tỷ đồng"], ["Tỉnh", *range(2010, 2016)]]
    rows += [[u, *(v for name, _, v, _ in grid(PROVINCES) if name == u)] for u in PROVINCES]
    booked(project, {"t": rows})
    own.recheck("mine", record="secretary")
    panel = own.check("mine").panel()
    assert (panel.label, panel.measure) == ("Thu ngân sách trên địa bàn", "tỷ đồng")


TOTALS = [
    "Trung bình toàn tỉnh",
    "TỔNG CỘNG CẢ NƯỚC",
    "Bình quân các huyện",
    "Tổng số huyện Giả Định",
    "Average of all",
]


@pytest.mark.parametrize("total", TOTALS)
def test_totals_in_several_words_are_no_units(project, total):
    rows = [*grid(), *((total, y, 50, "") for y in range(2010, 2016))]
    check = written(project, HEAD, rows)
    assert check.frame["unit_code"].nunique() == 6
    assert f"totals or regions among the units ({total})" in said(check)


def test_a_district_above_its_communes_is_no_commune(project):
    rows = [(f"170{ord(u)}", f"Xã {u}", *rest) for u, *rest in grid()]
    rows += [("490", "Huyện Giả Định", y, 50, "") for y in range(2010, 2016)]
    check = written(project, ("Mã số", "Tên đơn vị", *HEAD[1:]), rows)
    assert check.frame["unit_code"].nunique() == 6
    assert "totals or regions among the units (Huyện Giả Định)" in said(check)


def test_a_country_above_its_states_is_no_state_though_one_state_bears_the_name_of_another(project):
    names = ["Alabama", "Georgia", "Iowa", "Maine", "Ohio", "Texas", "Utah", "Idaho", "Kansas", "Nevada", "Oregon"]
    rows = [*grid(names), *(("United States", y, 50, "") for y in range(2010, 2016))]
    check = written(project, HEAD, rows)
    assert sorted(check.frame["unit_code"].unique()) == sorted(names)


def test_a_unit_whose_leader_is_never_known_is_named(project):
    check = written(project, HEAD, [*grid(), *(("REGION I", y, 50, "") for y in range(2010, 2016))])
    assert "1 units whose leader is known in no year (REGION I)" in said(check)


def test_marks_of_footnotes_at_years_across_leave_out_no_year(project):
    head = ("city", "2010", "2011*", "2012(1)", "2013 (2)", "2014 (P)", "Population 2009")
    rows = [(u, 1.5, 2.5, 3.5, 4.5, 5.5, 100 + i) for i, u in enumerate("ABCDEF")]
    found = reading.Found("t")
    (project / "t.csv").write_text("\n".join(";".join(map(str, row)) for row in [head, *rows]), "utf-8")
    table = reading.tables(project / "t.csv", found)[""]
    assert sorted(table["year"].unique()) == ["2010", "2011", "2012", "2013", "2014"]
    texts = " | ".join(note.found for note in found.notes)
    assert "2014 (P) = 2014" in texts and "stand for no row of years (Population 2009)" in texts


def test_the_years_that_spans_across_are_read_as_are_said(project):
    found = reading.Found("t")
    (project / "t.csv").write_text("state;2011-12;2012-13\nA;1.5;2.5\nB;3.5;4.5\n", "utf-8")
    table = reading.tables(project / "t.csv", found)[""]
    assert sorted(table["year"].unique()) == ["2011", "2012"]
    note = next(note for note in found.notes if "2011-12" in note.found)
    assert "2011-12 = 2011" in note.found


@pytest.mark.parametrize(("text", "refused"), [("<html><table><tr><td>1</td>", True), ("city\tyear\nA\t2010\n", False)])
def test_a_page_named_as_a_spreadsheet_is_refused_by_name_and_a_text_read(project, text, refused):
    (project / "t.xls").write_text(text, "utf-8")
    found = reading.Found("t")
    if refused:
        with pytest.raises(tables.DataFault, match=r"a web page or text in XML with the ending .xls"):
            reading.tables(project / "t.xls", found)
    else:
        assert list(reading.tables(project / "t.xls", found)[""]) == ["city", "year"]


def test_an_error_of_excel_is_a_fault_also_where_it_says_that_there_is_no_value(project):
    rows = [(u, y, "#N/A" if (u, y) == ("A", 2010) else v, d) for u, y, v, d in grid()]
    assert "'#N/A': an error of the spreadsheet" in said(written(project, HEAD, rows))


def test_letters_of_western_europe_are_not_taken_for_those_of_the_middle(project):
    names = ["Ardèche", "Rhône", "Hérault", "Isère", "Drôme", "Corrèze"]
    rows = [(u, y, f"1\u00a0{round(v * 10)}", d) for u, y, v, d in grid(names)]
    lines = "\n".join(";".join(map(str, row)) for row in [("département", "année", "prix", "non_local"), *rows])
    (project / "t.csv").write_bytes(lines.encode("latin-1"))
    assert sorted(own.create("mine", [project / "t.csv"]).frame["unit_code"].unique()) == sorted(names)


def test_letters_for_yes_and_no_that_are_not_known_are_named(project):
    rows = [(u, y, v, "CK"[d]) for u, y, v, d in grid()]
    assert 'column "người ngoài tỉnh" holds C, K, neither yes nor no' in said(
        written(project, (*HEAD[:3], "người ngoài tỉnh"), rows)
    )


def test_a_table_with_a_title_of_its_own_below_another_is_refused(project):
    head, rows = "tinh;2010;2011;2012", [f"{u};{i}.5;{i}.25;{i}.75" for i, u in enumerate("ABCDEF")]
    more = "Bảng 1. GRDP (tiếp theo)\n(Cont.) GRDP\n;;;Tỷ đồng"
    for title, fault in (("Bảng 2. Dân số", True), ("Bảng 2. Dân số\n;;;Tỷ đồng", True), (more, False)):
        lines = ["Bảng 1. GRDP", ";;;Tỷ đồng", head, *rows, title, head, *rows]
        (project / "t.csv").write_text("\n".join(lines), "utf-8")
        found = reading.Found("t")
        with contextlib.suppress(tables.DataFault):
            reading.tables(project / "t.csv", found)
        assert ["the headings of another table" in one.found for one in found.faults] == [True] * fault


def test_two_heading_rows_that_come_again_are_left_out(project):
    heads = ["Huyện,Năm,Thu nhập,Người ngoài huyện", "District,Year,Income,Outsider"]
    rows = [f"{u},{y},{v},{d}" for u, y, v, d in grid(["Alba", "Berg", "Cork", "Dole", "Etna", "Faro"])]
    (project / "t.csv").write_text("\n".join([*heads, *rows[:18], "(Tiếp theo),,,", *heads, *rows[18:]]), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert check.faults == [] and "the headings again ('Huyện') (and 1 more such cells)" in said(check)


def test_apostrophes_stand_between_thousands_and_a_letter_before_a_year(project):
    check = written(project, HEAD, [(u, f"N{y}", f"{round(v)}'345.5", d) for u, y, v, d in grid()])
    assert check.frame["rent"].min() == 10345.5 and check.frame["year"].min() == 2010


def test_sheets_with_a_row_per_year_are_units(project):
    pages = {u: [("Năm", "Thu", "Người ngoài tỉnh")] for u in "ABCDEF"}
    for u, *rest in grid():
        pages[u].append(tuple(rest))
    check = booked(project, pages)
    assert check.frame["unit_code"].nunique() == 6 and len(check.frame) == 36
    assert "6 sheets of one form with a row per year" in said(check)


def test_a_row_of_the_year_above_its_units_is_the_year_of_those(project):
    rows = []
    for year in range(2010, 2016):
        rows += [(f"Năm {year}", "", ""), *((u, v, d) for u, y, v, d in grid() if y == year)]
    check = written(project, ("city", "rent", "outsider"), rows)
    assert len(check.frame) == 36 and check.frame["rent"].tolist() == [v for _, _, v, _ in grid()]
    assert "rows that hold nothing but a year ('Năm 2010') (and 5 more such cells)" in said(check)


def test_another_column_of_years_is_named_and_is_no_outcome(project):
    check = written(project, ("survey_year", *HEAD), [(row[1] - 1, *row) for row in grid()])
    assert check.outcomes == ["rent"] and check.frame["year"].min() == 2010
    assert "other columns of years (survey_year)" in said(check)


def test_a_column_of_decimal_commas_beside_one_of_points_is_read(project):
    rows = [(u, y, str(v).replace(".", ","), v * 1000.25, d) for u, y, v, d in grid()]
    check = written(project, (*HEAD[:3], "grdp", "outsider"), rows)
    assert (check.frame["rent"].iloc[0], check.frame["grdp"].iloc[0]) == (10.5, 10502.625)
    assert "rent: read as numbers: 10,5 = 10.5" in said(check) and "grdp: read" not in said(check)


def test_a_table_without_a_column_of_units_says_what_it_needs(project):
    check = written(project, ("year", "Hà Nội", "Huế"), [(y, y / 7, y / 3) for y in range(2010, 2016)])
    assert "no column that tells units apart" in said(check)


def test_a_second_table_of_units_and_years_is_named(project):
    (project / "b.csv").write_text("\n".join(["city;2010;2011", *(f"{u};1;0" for u in "ABCDEF")]), "utf-8")
    (project / "a.csv").write_text("\n".join([";".join(HEAD), *(";".join(map(str, row)) for row in grid())]), "utf-8")
    assert "a second table of units and years" in said(own.create("mine", [project / "a.csv", project / "b.csv"]))


def test_a_code_that_is_also_a_name_of_a_country_stays(project):
    for units in (["VNM", "THA", "IDN", "PHL", "MYS", "LAO"], ["KEN", "LAO", "UGA", "RWA", "BDI", "TZA"]):
        rows = [(units["ABCDEF".index(u)], *rest) for u, *rest in grid()]
        (project / "data" / "own" / "mine" / "panel.toml").unlink(missing_ok=True)
        assert written(project, HEAD, rows).frame["unit_code"].nunique() == 6


def test_rows_of_means_and_extremes_are_no_units(project):
    more = [(name, y, 5, "") for y in range(2010, 2016) for name in ("Giá trị trung bình", "Std. Dev.", "All States")]
    check = written(project, HEAD, [*grid(), *more])
    assert check.frame["unit_code"].nunique() == 6 and "(Giá trị trung bình, Std. Dev., All States)" in said(check)


def test_years_of_estimates_and_budgets_are_years_and_others_are_asked_about(project):
    terms = ["unit,start,end,outsider", *(f"{u},2010-01-01,2013-06-30,{'yes' if u < 'D' else 'no'}" for u in "ABCDEF")]
    terms += [f"{u},2013-07-01,,{'no' if u < 'D' else 'yes'}" for u in "ABCDEF"]
    (project / "t.csv").write_text("\n".join(terms), "utf-8")
    for name, last, read in (("a", "2014-15 (BE)", True), ("b", "2013-14 (revised)", False), ("c", "2014 (XX)", False)):
        head = f"state,2011-12,2012-13,2013-14 (RE),{last}"
        lines = [head, *(f"{n}. {u},{n}.5,{n}.25,{n}.75,{n}.5" for n, u in enumerate("ABCDEF", 1))]
        (project / f"{name}.csv").write_text("\n".join(lines), "utf-8")
        check = own.create(name, [project / f"{name}.csv", project / "t.csv"])
        assert (check.frame is not None) == read
        assert (f"{last} = 2014" if read else last) in said(check)
        if read:
            assert len(check.frame) == 24 and set(check.frame["unit_code"]) == set("ABCDEF")


def test_years_of_two_digits_over_2000_are_asked_about(project):
    check = written(project, HEAD, [(u, f"{(y - 12) % 100:02d}", *rest) for u, y, *rest in grid()])
    assert check.frame is None and "a year of four digits" in check.faults[0].expected


def test_dates_of_which_the_month_may_stand_first_are_named(project):
    lines = [f"{u},{d}/2009,8/11/2012,{a}\n{u},8/11/2012,,{b}" for u, d, a, b in zip(
        "ABCDEF", ["1/3"] * 6, ["yes", "no"] * 3, ["no", "yes"] * 3, strict=True)]  # fmt: skip
    (project / "t.csv").write_text("\n".join(["city,start,end,outsider", *lines]), "utf-8")
    (project / "p.csv").write_text("\n".join(["city,year,rent", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    assert "may stand first" in said(own.create("mine", [project / "p.csv", project / "t.csv"]))
    (project / "t.csv").write_text("\n".join(["city,start,end,outsider", *lines]).replace("1/3", "31/3"), "utf-8")
    check = own.create("mine", [project / "p.csv", project / "t.csv"], replace=True)
    assert not any(note.row == 2 and note.column == "start" and "stand first" in note.found for note in check.notes)


def test_small_counts_that_add_up_by_chance_are_no_totals(project):
    counts = np.random.default_rng(1).poisson(0.5, (100, 3))
    rows = [(f"Xa {n}", 2010 + k, v, (n + k) // 3 % 2) for n, row in enumerate(counts) for k, v in enumerate(row)]
    assert written(project, HEAD, rows).frame["unit_code"].nunique() == 100


def test_a_running_number_is_no_outcome_and_its_heading_no_comment(project):
    for sign in ("#", "№ п/п", "obs_id"):
        (project / "data" / "own" / "mine" / "panel.toml").unlink(missing_ok=True)
        assert written(project, (sign, *HEAD), [(n, *row) for n, row in enumerate(grid(), 1)]).outcomes == ["rent"]


def test_terms_by_codes_without_their_zeros_are_refused(project):
    rows = [(f"{'ABCDEF'.index(u) + 8}", y, v) for u, y, v, _ in grid()]
    (project / "p.csv").write_text("\n".join(["fips,year,rent", *(",".join(map(str, row)) for row in rows)]), "utf-8")
    lines = [f"{n:02d},2009-01,2012-12,{n % 2}\n{n:02d},2013-01,,{1 - n % 2}" for n in range(8, 14)]
    (project / "t.csv").write_text("\n".join(["fips,start,end,outsider", *lines]), "utf-8")
    check = own.create("mine", [project / "p.csv", project / "t.csv"])
    assert check.frame is None and "the panel has with other leading zeros" in said(check)


def test_a_table_of_terms_is_not_taken_for_the_panel(project):
    (project / "t.csv").write_text(
        "\n".join(["LOCATION,start,end,outsider", *(f"{u},{y}-01-01,{y}-12-31,{y % 2}" for u, y, *_ in grid())]),
        "utf-8",
    )
    rows = [f"{u},{m},{y},{v}" for u, y, v, _ in grid() for m in ("PC_GDP", "USD_CAP")]
    (project / "p.csv").write_text("\n".join(["LOCATION,MEASURE,TIME,Value", *rows]), "utf-8")
    check = own.create("mine", [project / "p.csv", project / "t.csv"])
    assert check.frame is None and "told apart by MEASURE" in said(check)


def frame(text):
    """Lines of cells between semicolons as a table."""
    head, *rows = [line.split(";") for line in text.split()]
    return pd.DataFrame(rows, columns=[name.replace("~", " ") for name in head])


def long(head, *units):
    """A row for each unit and each year from 2010 to 2015; {} of a unit is the year, [] a number."""
    rows = [u.replace("{}", str(y)).replace("[]", f"{n}{y % 7}.5") for n, u in enumerate(units, 1) for y in range(2010, 2016)]  # fmt: skip
    return "\n".join([head, *rows])


CODED = "1.0;Alfa;N;{};[]", "2.0;Beta;N;{};[]", "3.0;Gama;S;{};[]"
# a table; the columns of its units, of their names, and of its years
GUESSED = {
    "a unit of measure beside kinds of figures": (
        long("GeoName;Description;Unit;year;value", "Alfa;Output;Millions~of~crowns;{};[]", "Alfa;Rate;Index;{};[]", "Beta;Output;Millions~of~crowns;{};[]", "Beta;Rate;Index;{};[]"),
        "GeoName", "", "year",
    ),
    "a unit of measure that never changes": (long("geo;unit;sex;year;value", *(f"{g};PC_ACT;{s};{{}};[]" for g in ("AT", "FR") for s in "FM")), "geo", "", "year"),
    "indicators of one place": (long("Chỉ~tiêu;Đơn~vị~tính;year;value", "GRDP;tỷ~đồng;{};[]", "Dân~số;người;{};[]"), "", "", "year"),
    "a column with few numbers": ("Year;people;old;new\n2001;5001;17;\n2002;5002;18;\n2003;5003;19;\n2013;5004;;11\n2014;5005;;12", "", "", "Year"),
    "days down, places across": ("date;Alfa;Beta\n2021-05-01;1;2\n2021-05-02;0;1\n2021-05-03;1;0\n2021-05-04;0;2", "", "", "date"),
    "a heading in the plural": (long("Gender;Provinces;year;value", *(f"{s};{p};{{}};[]" for p in ("Alfa", "Beta") for s in ("m", "f"))), "Provinces", "", "year"),
    "most units once": ("prov;value;year\n" + "\n".join(f"P{n % 20};{n}.5;{2006 + n // 20}" for n in range(24)), "prov", "", "year"),
    "codes as fractions, with names": (long("no;label;zone;year;y", *CODED), "no", "label", "year"),
    "names, and a name that several share": (long("id;province;label;year;y", "70;N;Alfa;{};[]", "71;N;Beta;{};[]", "72;N;Gama;{};[]"), "id", "label", "year"),
    "no years": ("Cities;area\nAlfa;1.5\nBeta;2.5", "Cities", "", ""),
    "months without a heading that says so": (long("region;TID;y", "Alfa;{}M03;[]", "Beta;{}M03;[]"), "region", "", "TID"),
}  # fmt: skip


def test_units_are_guessed_where_kinds_of_figures_measures_and_counts_stand_beside_them():
    from helpers.own import guessing

    for case, (text, *wanted) in GUESSED.items():
        role = guessing.roles(reading.as_text(frame(text)))
        assert [role["unit"], role["unit_name"], role["year"]] == wanted, case


# headings, and how they stand after the stacking; None: refused
STACKED = {
    "Country;Subject;2015;2016;Estimates Start After": ["Country", "Subject", "Estimates Start After", "year", "value"],
    "City;Founded;gdp_2015;gdp_2016": ["City", "Founded", "year", "gdp"],
    "City;Year;2015;2016": None,
    "City;2014;2015;Pre. 2016": ["City", "year", "value"],
    "City;2014;2015;(Prel. 2016)": ["City", "year", "value"],
    "City;in 2014;in Prel. 2016;out 2014;out Est.2016": ["City", "year", "in", "out"],
    "City;2014 Total;2014 Others(*);2016 Total;2016 Others(*)": ["City", "year", "Total", "Others"],
    "Cód.;Município;Ano\nCód.;Município;2025": ["Cód.", "Município", "Ano 2025"],
    "Cód.;Município;Ano;\nCód.;Município;2014;2016": ["Cód.", "Município", "year", "value"],
}


def test_years_across_are_stacked_whatever_stands_beside_them(project):
    for head, wanted in STACKED.items():
        row = ["1990" if name.isalpha() or " A" in name else "1.5" for name in head.split("\n")[0].split(";")[1:]]
        (project / "t.csv").write_text(
            "\n".join([head, *(";".join([unit, *row]) for unit in ("Alfa", "Beta"))]), "utf-8"
        )
        found = reading.Found("t")
        table = reading.tables(project / "t.csv", found)[""]
        assert [fault.column for fault in found.faults] == ([] if wanted else ["Year"])
        assert wanted is None or list(table) == wanted
        assert any(re.search("read as years:.*Pre", note.found) for note in found.notes) == ("Pre" in head)


def test_a_table_of_eurostat_is_read_without_its_aggregates_and_flags(project):
    lines = ["freq,age,unit,sex,geo\\TIME_PERIOD\t2011 \t2012 \t2013 "]
    for n, geo in enumerate(["AT", "BE", "FR", "EU28", "EU27_2020", "EA20", "FX"]):
        lines.append(f"A,Y15-24,PC_ACT,T,{geo}\t1{n}.5 \t1{n}.25b\t: u")
    (project / "t.tsv").write_text("\n".join(lines), "utf-8")
    check = own.create("mine", [project / "t.tsv", led(project, ["AT", "BE", "FR"])])
    assert (check.faults, list(check.frame["unit_code"].unique())) == ([], ["AT", "BE", "FR"])
    assert check.frame["value"].dropna().tolist() == [10.5, 10.25, 11.5, 11.25, 12.5, 12.25]
    assert "(EU28, EU27_2020, EA20, FX)" in said(check)


REGIONS = ["Entire country", "Urban areas", "Nông thôn", "Red River Delta", "Northern Midlands and Mountains", "Trung du, miền núi phía Bắc",
    "Northern Central area and Central coastal area", "North and South Central Coast", "Central Highland", "Southeast", "ĐB sông Cửu Long"]  # fmt: skip


def test_regions_residence_and_former_provinces_are_no_provinces_at_any_level(project):
    names = ["Ha Noi", "Hai Phong", "Nam Dinh", "Thai Binh", "Lao Cai", "Son La", "Nghe An", "Da Nang", "Dak Lak", "An Giang", "Ca Mau", "Bac Ninh"]  # fmt: skip
    rows = [
        (name, y, f"{n}{y % 7}.5") for n, name in enumerate([*REGIONS, "Ha Tay", *names]) for y in range(2010, 2014)
    ]
    (project / "t.csv").write_text("\n".join(["province;year;y", *(";".join(map(str, row)) for row in rows)]), "utf-8")
    own.create("mine", [project / "t.csv"])
    changed("record", '"secretary"')
    check = changed("level", '"province"')
    assert (check.faults, check.frame["unit_code"].nunique()) == ([], 12)
    assert "provinces that are none of the 63 before July 2025 (Ha Tay)" in said(check)
    changed("record", '""')
    check = changed("level", '"other"')
    assert "column province, 13 units (other)" in " | ".join(check.facts)


def test_rows_that_are_sums_of_others_are_known_though_parts_are_missing(project):
    parts = {"A": ["", 2.5, 3.5, 4.5], "B": [7.5, "", 1.25, 2.75], "C": [1.5, 8.25, "", 9.5], "D": [3.25, 6.5, 2.5, ""]}
    sums = [[sum(v[n] or 0 for v in list(parts.values())[a:b]) for n in range(4)] for a, b in ((0, 2), (2, 4))]
    rows = [("Upper", *sums[0]), *((u, *parts[u]) for u in "AB"), ("Lower", *sums[1]), *((u, *parts[u]) for u in "CD")]
    check = written(project, ("town", *range(2010, 2014)), rows)
    assert "totals or regions among the units (Lower, Upper)" in said(check)


def test_rows_of_one_unit_and_year_are_told_apart_by_what_they_are():
    quarters = long(
        "state;year;y;outsider", *(f"{s};{{}}Q{q};[];{q % 2}" for s in ("Alfa", "Beta") for q in range(1, 5))
    )
    events = long("event~no;state;year;y;outsider", "E{}-1;Alfa;{};[];0", "E{}-2;Alfa;{};[];1", "E{}-3;Beta;{};[];1")
    short = "state;year;y;outsider\n" + "\n".join(
        f"{s};{y};{y}.5;{y % 2}" for s in ("Alfa", "Beta") for y in range(63, 70)
    )
    residence = long(
        "region;year;y;outsider", *(f"{r};{{}};[];0" for r in ("Cả~nước", "Nam", "Nữ", "Urban", "Rural", *"ABCDEF"))
    )
    for text, wanted in (
        (quarters, "where column year holds 2010Q1, 2010Q2, 2010Q3, 2010Q4"),
        (events, "again (first in row 1; "),
        (short, "a year of four digits (63 may be 1963)"),
        (residence, "totals or regions among the units (Cả nước, Nam, Nữ, Urban, Rural)"),
    ):
        check = own.check(frame(text).replace("~", " ", regex=True))
        assert wanted in " | ".join(f"{one.found} {one.expected}" for one in check.faults + check.notes), wanted
    assert "sample" not in check.faults[0].remedy if check.faults else True


def test_row_numbers_with_gaps_codes_of_lines_and_other_years_are_no_outcomes(project):
    rows = [(3 * n - n % 2, u, y, 9 - n % 2, 2015 + n % 2, v, d) for n, (u, y, v, d) in enumerate(grid(), 1)]
    check = written(project, ("", "city", "year", "Line code", "Estimates after", *HEAD[2:]), rows)
    assert (check.outcomes, check.faults) == (["rent"], [])


def test_a_country_named_by_its_place_in_africa_is_no_region(project):
    names = ["Chad", "Cameroon", "Central African Republic", "Kenya", "Mali"]
    check, _ = offices(
        project, ["country,year,y", *(f"{n},{y},{y % 7}5" for n in names for y in range(2008, 2015))], names
    )
    assert sorted(check.frame["unit_code"].unique()) == sorted(names)


def test_where_names_are_missing_in_the_rows_of_a_nation_a_count_is_no_unit(project):
    rows = [(y, f"S{i:02d}", 7000 + 10 * i + y, 1 + 31 * i + y % 5) for y in range(2001, 2009) for i in range(12)]
    nation = [(y, "", 10**6 + y, 9 * 10**3 + y) for y in range(2001, 2009)]
    lines = ["year,state,population,homicide", *(",".join(map(str, row)) for row in nation + rows)]
    (project / "t.csv").write_text("\n".join(lines), "utf-8")
    check = own.create("mine", [project / "t.csv", led(project, [f"S{i:02d}" for i in range(12)])])
    assert check.about["unit"] == "state"
    assert [fault.found for fault in check.faults] == ["an empty cell (and 7 more such cells)"]


def test_cells_that_repeat_their_heading_in_most_rows_are_values(project):
    rows = [f"Total;{unit};{y};{y % 9}7" for unit in STATES for y in range(2008, 2015)]
    _, cells = offices(project, ["Total;Provincia;Periodo;Renta", *rows], STATES)
    assert len(cells) == 7 * len(STATES)


def test_headings_of_years_that_differ_in_capitals_are_one_outcome(project):
    head = "country," + ",".join(f"CPI {'Score' if y < 2012 else 'score'} {y}" for y in range(2008, 2016))
    check, _ = offices(project, [head, *(f"{n}," + ",".join(f"{k}.5" for k in range(8)) for n in STATES)], STATES)
    assert check.outcomes == ["CPI Score"] and check.frame["CPI Score"].count() == 8 * len(STATES)


def test_one_year_alone_is_no_panel(project):
    (project / "t.csv").write_text("city,year,y\n" + "".join(f"c{i},2016,{i}.5\n" for i in range(9)), "utf-8")
    check = own.create("mine", [project / "t.csv", led(project, [f"c{i}" for i in range(9)])])
    assert [fault.found for fault in check.faults] == ["one year alone (2016)"]


def test_kinds_of_figures_of_which_each_unit_has_another_are_asked_about(project):
    rows = [(["P1", "P2"][n // 6 % 2], u, y, y, v) for n, (u, y, v, _) in enumerate(grid())]
    text = "\n".join(",".join(map(str, row)) for row in [("Indicator", "Country", "TIME", "Time", "Value"), *rows])
    (project / "t.csv").write_text(text, "utf-8")
    check = own.create("mine", [project / "t.csv", led(project, [*"ABCDEF"])])
    assert [fault.column for fault in check.faults] == ["Indicator"]
    assert 'by [sample] in panel.toml, "Indicator" = ["..."]' in said(check)
    toml = own.folder() / "mine" / "panel.toml"
    text = toml.read_text("utf-8")
    for kept, units in (('["P1"]', 3), ('["P1", "P2"]', 6)):
        toml.write_text(text.replace("[sample]", f"[sample]\nIndicator = {kept}\n"), "utf-8")
        check = own.check("mine")
        assert (check.faults, check.outcomes, check.frame["unit_code"].nunique()) == ([], ["Value"], units)


def test_a_count_is_no_unit_beside_named_ones_with_kinds_of_figures_of_their_own():
    rows = [
        f"{y};C{c};State~{u};{1000 * c + 40 * n + (y - 2010) // 2 % 5};{n}.5"
        for y in range(2010, 2020) for c in range(3) for n, u in enumerate("ABCDEFGHIJKL")
    ]  # fmt: skip
    check = own.check(frame("\n".join(["Year;Cause;State;Deaths;Rate", *rows])))
    assert check.about["unit"] == "State" and "told apart by Cause (C0, C1, C2)" in said(check)


def test_a_person_of_the_age_of_a_neighbour_is_no_total(project):
    seen = {"7": range(2008, 2014), "1": range(2008, 2011), "2": range(2011, 2014), "3": range(2008, 2014)}
    rows = [(u, y, y - 1970 if u != "3" else 20 + y % 3) for u, when in seen.items() for y in when]
    (project / "t.csv").write_text("\n".join(["person_code,year,age", *(",".join(map(str, row)) for row in rows)]))
    check = own.create("mine", [project / "t.csv", led(project, [*seen])])
    assert (check.faults, check.frame["unit_code"].nunique(), "totals" in said(check)) == ([], 4, False)


@pytest.mark.parametrize("end", ['"2010 ","2011 " ', '"2010" ,"2011"'])
def test_a_blank_behind_a_quote_is_no_part_of_the_cell(project, end):
    (project / "t.csv").write_text(f'"code","name",{end}\n"01","A, ""b"" ",1 ,2 \n"02","B" ,3 ,4 \n', "utf-8")
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert table["name"].tolist() == ['A, "b"', 'A, "b"', "B", "B"]
    assert table["year"].tolist() == ["2010", "2011"] * 2


@pytest.mark.parametrize(("codes", "named"), [
    (["AT", "AT1", "AT11", "AT12", "AT2", "AT21", "BE", "BE1", "BE10"], "(AT, AT1, AT2, BE, BE1)"),
    (["AT11", "AT12", "AT21", "AT22", "BE10", "BE21"], ""),
    ([f"P{n}" for n in range(1, 13)], ""),
    (["AA", "AAL", "BA", "CAT", "DD", "EOG", "FOX"], ""),
    (["0200", "0201", "0202", "1000", "1001", "1003"], "(0200, 1000)"),
    (["02 Alba", "0214 Brim", "0221 Cold", "13 Dorn", "1380 Esk"], "(02 Alba, 13 Dorn)"),
    (["100", "101", "102", "103", "104"], ""),
    (["1004", "10045", "2330", "3171", "8072"], ""),
    (["E12000001", "E08000021", "E06000047", "W92000004", "W06000001"], "(E12000001, W92000004)"),
])  # fmt: skip
def test_codes_that_hold_those_of_others_are_left_out_and_named(project, codes, named):
    check, _ = offices(project, ["GEO,TIME,Value", *(f"{c},{y},{n}{y % 7}" for n, c in enumerate(codes, 1) for y in range(2010, 2014))], codes)  # fmt: skip
    above = named.strip("()").split(", ") if named else []
    assert [*check.frame["unit_code"].unique()] == sorted({*codes} - {*above})
    assert ("codes stand above codes of other units" in said(check)) == bool(named) and named in said(check)
    if named:
        check = changed("keep", json.dumps(above))
        assert check.frame["unit_code"].nunique() == len(codes) and "codes stand above" not in said(check)


def test_one_code_alone_above_the_others_is_named_and_stays(project):
    codes = [f"{4_800_000 + 7 * n}" for n in range(6)]
    check, _ = offices(project, ["id;2010;2011", *(f"{c};{n}1.5;{n}7" for n, c in enumerate(codes, 1))], codes)
    assert {*check.frame["unit_code"]} == {*codes} and "units that may be totals" in said(check)
    assert "leaders of their own (4800000)" in said(check)


def test_a_unit_can_be_left_out_or_kept_by_name(project):
    towns = [*"ABC", "All of it", "Total"]
    check, _ = offices(project, ["town;2010;2011;2012", *(f"{u};{n}1.5;{n}7;{n}4.2" for n, u in enumerate(towns, 1))], towns)  # fmt: skip
    assert {*check.frame["unit_code"]} == {*"ABC", "All of it"}
    check = changed("leave_out", '["all of it"]')
    assert {*check.frame["unit_code"]} == {*"ABC"} and "among the units (All of it, Total)" in said(check)
    check = changed("keep", '["Total"]')
    assert {*check.frame["unit_code"]} == {*"ABC", "Total"}
    assert "Totals, named in leave_out or keep" in said(changed("keep", '["Totals", "A"]'))


def test_a_nation_beside_its_parts_is_named_and_left_out_where_it_stands_at_an_end(project):
    parts = ["Altai", "Omsk", "Perm", "Tomsk", "Tula"]
    rates = {u: [f"{n}.{y}" for y in range(1, 5)] for n, u in enumerate([*parts, "Russian Federation"], 1)}
    order = [*parts[:2], "Russian Federation", *parts[2:]]
    check, _ = offices(project, ["Area,2010,2011,2012,2013", *(",".join([u, *rates[u]]) for u in order)], parts)
    assert "of their own (Russian Federation)" in said(check) and check.frame["unit_code"].nunique() == 6
    lines = ["Area,2010,2011", "United States 3/,70,80", *(f"{u} 4/,{n},{2 * n}" for n, u in enumerate(parts, 1))]
    shutil.rmtree(own.folder() / "mine", ignore_errors=True)
    check, _ = offices(project, lines, parts)
    assert (sorted(check.frame["unit_code"].unique()), "(United States)" in said(check)) == (parts, True)
    towns = ["Cádiz", "Granada"]  # Grenada in Spanish; the last by the alphabet alone
    shutil.rmtree(own.folder() / "mine", ignore_errors=True)
    check, _ = offices(project, ["Provincia,2010,2011", *(f"{u},{n}.5,{n}.75" for n, u in enumerate(towns))], towns)
    assert check.frame["unit_code"].nunique() == 2


@pytest.mark.parametrize("mean", ["Rata-rata", "Promedio nacional", "Durchschnitt", "Moyenne"])
def test_a_mean_of_the_units_in_another_language_is_no_unit(project, mean):
    towns = ["Timur", "Barat", "Utara"]
    lines = ["Tempat,2019,2020", *(f"{u},{n}.5,{n}.25" for n, u in enumerate(towns)), f"{mean},2.5,2.25"]
    check, _ = offices(project, lines, towns)
    assert sorted(check.frame["unit_code"].unique()) == sorted(towns) and f"({mean})" in said(check)


def test_several_footnotes_at_a_name_are_all_taken_off(project):
    towns = ["Alpha", "Beta", "Gamma"]
    lines = [
        "Place,2019,2020",
        '"PHILIPPINES 1/, 2/",9.5,9.25',
        *(f'"{u} b/, c/",{n}.5,{n}.25' for n, u in enumerate(towns)),
    ]
    check, _ = offices(project, lines, towns)
    assert sorted(check.frame["unit_code"].unique()) == towns and "(PHILIPPINES)" in said(check)


@pytest.mark.parametrize("mark", ["p", "r", "e", " 1/"])
def test_a_mark_behind_the_year_of_a_heading_is_no_part_of_its_name(project, mark):
    towns = ["Alpha", "Beta", "Gamma"]
    lines = [f"Place,Rate 2019,Rate 2020{mark}", *(f"{u},{n}.5,{n}.25" for n, u in enumerate(towns))]
    check, _ = offices(project, lines, towns)
    assert sorted(check.frame["year"].unique()) == [2019, 2020] and check.outcomes == ["Rate"]


MONTHS = ["January", "February", "March", "April"]


@pytest.mark.parametrize(
    ("head", "cells"), [("Month", MONTHS), ("Tháng", [1, 2, 3, 4]), ("part", ["Q1", "Q2", "Q3", "Q4"])]
)
def test_months_in_a_column_of_their_own_are_to_be_summed_up(project, head, cells):
    rows = [(u, y, m, f"{v + n}", d) for u, y, v, d in grid() for n, m in enumerate(cells)]
    check = written(project, ("city", "year", head, *HEAD[2:]), rows)
    assert [f"where column {head} holds {cells[0]}" in fault.found for fault in check.faults] == [True]
    assert "sum them up to years" in check.faults[0].remedy and "[sample]" not in check.faults[0].remedy
    assert len(changed("combine", '"mean"').frame) == 36


def test_two_columns_that_tell_rows_apart_together_are_named(project):
    kinds = [(sex, age) for sex in ("men", "women") for age in [f"{n}-{n + 4}" for n in range(0, 60, 5)]]
    rows = [(u, y, *kind, v + n, d) for u, y, v, d in grid() for n, kind in enumerate(kinds)]
    check = written(project, ("city", "year", "Sex", "AgeGrp", *HEAD[2:]), rows)
    assert "told apart by Sex, AgeGrp (men 0-4, men 5-9" in said(check)
    assert '"Sex" = ["..."], "AgeGrp" = ["..."]' in check.faults[0].remedy


def test_persons_that_differ_in_sex_and_age_are_no_kinds_of_figures(project):
    rows = [(u, y, "mf"[n % 2], 20 + 7 * n + y % 5, v + n, d) for u, y, v, d in grid() for n in range(3)]
    check = written(project, ("city", "year", "sex", "age", *HEAD[2:]), rows)
    assert "told apart by" not in said(check) and 'persons or firms, write combine = "mean"' in said(check)


def test_2100_is_a_year_where_others_run_up_to_it(project):
    def read(years):
        return reading.years(pd.Series(list(map(str, years)))).dropna().tolist()

    assert read(range(2060, 2101, 10)) == [2060, 2070, 2080, 2090, 2100]
    assert read([2013, 2014, 2015, 2100]) == [2013, 2014, 2015] and read([2100]) == []
    (project / "t.csv").write_text(
        "\n".join(["city,2090,2095,2100", *(f"{u},1,2,{n}.5" for n, u in enumerate("ABCDEF"))])
    )
    assert reading.tables(project / "t.csv", reading.Found("t"))[""]["year"].nunique() == 3
    assert "year: '2010 a'" in said(written(project, HEAD, [(u, f"{y} a", v, d) for u, y, v, d in grid()], "u.csv"))


def test_a_workbook_is_read_whatever_its_ending(project):
    pd.DataFrame(grid(), columns=[*HEAD]).to_excel(project / "t.xlsx", index=False)
    (project / "t.xlsx").rename(project / "t.csv")
    check = own.create("mine", [project / "t.csv"])
    assert (check.faults, len(check.frame), own.check("mine").faults) == ([], 36, [])


def test_what_never_changes_in_a_unit_is_no_outcome_though_one_name_comes_twice(project):
    names = [*"ABCDEFGHIJKL", "L"]
    rows = [(u, y, f"4{n}.5", n * n, f"{n}{y % 7}") for n, u in enumerate(names) for y in range(2010, 2014)]
    check = written(project, ("city", "year", "latitude", "area", "rent"), rows)
    assert check.outcomes == ["rent"]


NO_UNITS = {
    "months": ("Months", [*MONTHS, "Previous year = 100"]),
    "months in Vietnamese": ("Tháng", [f"Tháng {n}" for n in range(1, 13)]),
    "quarters": ("Quarter", ["Q1", "Q2", "Q3", "Q4"]),
}


@pytest.mark.parametrize("case", NO_UNITS)
def test_parts_of_a_year_down_the_rows_are_no_units(project, case):
    head, cells = NO_UNITS[case]
    check = written(project, (head, 2013, 2014), [(cell, 100 + n, 99 + n / 8) for n, cell in enumerate(cells)])
    assert check.about["unit"] == ""
    assert "nor are months and quarters" in "".join(fault.expected for fault in check.faults)


def test_districts_that_look_like_quarters_are_units(project):
    check = written(project, ("Quận", 2013, 2014), [(f"Q{n}", 100 + n, 99 + n / 8) for n in range(1, 5)])
    assert check.about["unit"] == "Quận"


@pytest.mark.parametrize("head", ["Commodity group", "Made of"])
@pytest.mark.parametrize("places", [("North", "Centre", "South"), ("Hà Nội", "Cần Thơ", "Đà Nẵng"), ("Laos", "Peru", "Chad")])  # fmt: skip
def test_what_stands_down_where_places_stand_across_is_no_unit(project, head, places):
    rows = [(y, good, *(f"{y % 7}{n}.5" for n in range(3))) for y in (2015, 2016) for good in ("Food", "Cars", "Rent")]
    check = written(project, ("Year", head, *places), rows)
    assert (check.about["unit"], check.outcomes) == ("", [*places])
    assert "where units stand across as headings" in said(check)


def test_places_down_and_across_are_units(project):
    places = ("Laos", "Peru", "Chad", "Mali")
    rows = [(p, y, *(f"{y % 7}{n}.5" for n in range(4))) for p in places for y in (2015, 2016)]
    assert written(project, ("Country", "Year", *places), rows).about["unit"] == "Country"


def test_fifths_by_income_and_classes_among_regions_are_no_units(project):
    regions = ["Red River Delta", "Northern midlands and mountain areas", "Central Highlands", "South East"]
    beside = ["WHOLE COUNTRY", "Urban", "Rural", "Income quintile - Quintile 1", "Poorest quintile", "Nhóm 5 (giàu nhất)"]  # fmt: skip
    lines = ["Area;2008;2010", *(f"{name};1{n}.5;2{n}.25" for n, name in enumerate([*beside, *regions]))]
    check, _ = offices(project, lines, regions)
    assert sorted(check.frame["unit_code"].unique()) == sorted(regions)
    assert "(WHOLE COUNTRY, Urban, Rural, Income quintile" in said(check)


def test_a_row_number_is_no_unit_and_days_are_asked_about(project):
    rows = [(n, f"reg-{n % 2}", f"{1 + n % 28:02d}-0{1 + n % 9}-{2021 + n // 50}", n * 7 % 11) for n in range(1, 150)]
    check = written(project, ("ID", "REG", "DATE", "cases"), rows)
    assert check.about["unit"] == "REG"
    assert "where column DATE holds 02-02-2021" in said(check)


def test_more_and_less_developed_regions_are_no_countries(project):
    countries = ["Angola", "Brazil", "Chad", "Egypt", "Kenya", "Mali"]
    groups = ["More developed regions", "Less developed regions, excluding least developed countries", "Other South"]
    lines = ["area;2010;2015", *(f"{name};1{n}5;2{n}7" for n, name in enumerate([*countries, *groups]))]
    check, _ = offices(project, lines, countries)
    assert sorted(check.frame["unit_code"].unique()) == countries


@pytest.mark.parametrize(
    ("head", "rows", "units"),
    [
        ("Code;Country", [";TOTAL", "VN;Viet Nam", "TH;Thailand", "LA;Lao PDR"], ["LA", "TH", "VN"]),
        ("Mã;Nước", [";TỔNG SỐ", "VN;Việt Nam", "TH;Thái Lan", "LA;Lào"], ["LA", "TH", "VN"]),
        ("Mã;Tỉnh", [";CẢ NƯỚC", "01;Hà Nội", "02;Hà Giang", "04;Cao Bằng"], ["01", "02", "04"]),
    ],
)
def test_a_row_of_the_whole_needs_no_code(project, head, rows, units):
    lines = [f"{head};2010;2011", *(f"{row};{n}5;{n}7" for n, row in enumerate(rows, 3))]
    check, _ = offices(project, lines, units)
    assert sorted(check.frame["unit_code"].unique()) == units
    assert f"totals or regions among the units ({rows[0][1:]})" in said(check)


@pytest.mark.parametrize("form", ["RM{}", "RM {}", "Rp{}", "R$ {}", "US${}", "Rs. {}", "VND {}"])
@pytest.mark.parametrize("numbers", [("1225.5", "758.25"), ("1,225.50", "758.10"), ("1.225,5", "758,25")])
def test_letters_before_every_number_are_left_out(project, form, numbers):
    check, cells = offices(project, ["Town;2010;2011", *(f"{u};{';'.join(map(form.format, numbers))}" for u in "ABC")], "ABC")  # fmt: skip
    assert cells[("A", 2010)] == 1225.5
    assert f"read as numbers: {form.format(numbers[0])} = 1225.5" in said(check)


def test_letters_that_are_not_known_before_numbers_are_shown(project):
    check = written(project, ("Town", 2010, 2011), [(u, "qqq12.5", "qqq13.5") for u in "ABC"])
    assert check.outcomes == ["value"] and "'qqq12.5' (and 5 more such cells) correct the cell" in said(check)


def test_three_columns_that_tell_rows_apart_together_are_named(project):
    kinds = [(a, b, c) for a in ("goods", "sales") for b in ("old", "new") for c in ("big", "small")]
    rows = [(u, y, *kind, v + n, d) for u, y, v, d in grid() for n, kind in enumerate(kinds)]
    check = written(project, ("city", "year", "what", "sort", "size", *HEAD[2:]), rows)
    assert "told apart by what, sort, size (goods old big" in said(check)


def test_one_country_throughout_is_no_unit_beside_areas(project):
    rows = [(y, "Chile", kind, area, y % 9 + n) for y in (2010, 2015) for kind in ("in", "out") for n, area in enumerate("ABCD")]  # fmt: skip
    check = written(project, ("year", "country", "category", "area", "count"), rows)
    assert check.about["unit"] == "area" and "told apart by category (in, out)" in said(check)


def test_headings_of_three_rows_are_joined(project):
    heads = ['"Cod.";"Town";"Year x Crop"', '"Cod.";"Town";2019;2019;2020;2020', '"Cod.";"Town";"Rice";"Maize";"Rice";"Maize"']  # fmt: skip
    rows = [f"430003{n};{name};{n}1;{n}2;{n}3;{n}4" for n, name in enumerate(["Aceg", "Agud", "Ajur"], 1)]
    check, cells = offices(project, ["Table 9 - Area", *heads, *rows], ["Aceg", "Agud", "Ajur"])
    assert check.outcomes == ["Year x Crop Rice", "Year x Crop Maize"]
    assert cells[("Agud", 2020)] == 23


@pytest.mark.parametrize("codes", [["NAM", "NOR", "PER"], ["NU", "NO", "PE"]])
def test_a_code_of_a_country_is_no_word_for_men_or_women(project, codes):
    check, _ = offices(project, ["iso3;2010;2011", *(f"{u};{n};{n}5" for n, u in enumerate(codes, 1))], codes)
    assert sorted(check.frame["unit_code"].unique()) == sorted(codes)


def test_headings_that_come_twice_are_one_fault(project):
    check = written(project, ("city", "year", "a", "a", "b", "b"), [(u, y, v, v, v, v) for u, y, v, _ in grid()])
    assert [fault.found for fault in check.faults] == ["the heading twice (a, b)"]


def test_all_names_that_are_no_provinces_are_shown_at_once(project):
    names = ["WHOLE COUNTRY", "Class 1", "Class 2", "Ha Noi", "Vinh Phuc", "Bac Ninh", "Quang Ninh", "Ha Giang", "Cao Bang", "Northern moutains", "Lai Chaw"]  # fmt: skip
    check = written(project, ("Province", 2008, 2009), [(name, f"{n}.5", f"{n}.7") for n, name in enumerate(names)])
    assert check.about["level"] == "province"
    assert "'Northern moutains', 'Lai Chaw' (and 3 more such cells)" in said(check)
    assert "(WHOLE COUNTRY, Class 1, Class 2)" in said(check)


@pytest.mark.parametrize("n", [13, 14])
def test_the_columns_of_numbers_that_are_no_outcomes_yet_are_named(project, n):
    heads = [f"c{chr(97 + k)}" for k in range(n)]
    check = written(project, ("city", "year", *heads), [(u, y, *(f"{v}{k}" for k in range(n))) for u, y, v, _ in grid()])  # fmt: skip
    assert len(check.outcomes) == (n if n < 14 else 1)
    assert ("more columns with numbers (cb, cc" in said(check)) == (n > 13)


def test_labels_that_values_of_stata_share_are_named(project):
    data = pd.DataFrame(grid(), columns=[*HEAD])
    data.to_stata(project / "t.dta", write_index=False, value_labels={"outsider": {0: "no", 1: "no"}})
    check = own.create("mine", [project / "t.dta"])
    assert "labels of values that are not unique" in said(check)
    assert check.faults == [] and check.frame["treated"].sum() > 0


def test_a_column_that_tells_rows_apart_is_not_asked_about_twice(project):
    rows = [(u, y, item, v + n, d) for u, y, v, d in grid() for n, item in enumerate(("Output", "Stock"))]
    check = written(project, ("city", "year", "Item", *HEAD[2:]), rows)
    assert "told apart by Item" in said(check) and len(check.faults) == 1


def test_running_labels_are_no_nested_codes(project):
    units = [f"ID{n}" for n in range(1, 31)]
    check, _ = offices(project, ["unit;2010;2011", *(f"{u};{n}.5;{n}.7" for n, u in enumerate(units))], units)
    assert "codes stand above codes" not in said(check)


def test_a_row_without_a_code_and_without_a_name_is_left_out(project):
    rows = ["VN;Viet Nam", "TH;Thailand", "LA;Lao PDR", "KH;Cambodia", ";", ";TOTAL"]
    check, _ = offices(project, ["Code;Country;2010;2011", *(f"{row};{n}5;{n}7" for n, row in enumerate(rows, 3))], ["LA", "TH"])  # fmt: skip
    assert sorted(check.frame["unit_code"].unique()) == ["KH", "LA", "TH", "VN"]


def test_units_are_those_of_the_terms_where_some_have_no_code(project):
    rows = [(name, name[:2].upper() * (name != "Namibia"), name[:3].upper(), y, f"{n}{y % 7}") for n, name in enumerate(["Norway", "Peru", "Ghana", "Namibia"]) for y in range(2010, 2016)]  # fmt: skip
    check, _ = offices(project, ["country;iso2;iso3;year;y", *(";".join(map(str, row)) for row in rows)], ["NO", "PE", "GH"])  # fmt: skip
    assert check.about["unit"] == "iso2"


TOWNS = ["Alba", "Brim", "Cold", "Dorn", "Esk"]
# three headings of years as offices write them, and what is said of them
YEARS = {
    "twice, in two languages": (["2019", "2020", "Sơ bộ 2021 / Prel. 2021"], "Sơ bộ 2021 / Prel. 2021"),
    "twice, in brackets": (["Năm 2019 (Year 2019)", "Năm 2020 (Year 2020)", "Năm 2021 (Year 2021)"], ""),
    "with a mark and a stroke": (["2019", "2020", "2021 P/"], "2021 P/"),
    "with the number of a note": (["2019", "2020 (12)", "2021"], ""),
    "of the Buddhist calendar": (["2562", "2563", "2564"], "= 2019"),
    "with a mark in brackets": (["2019 [r]", "2020 [note 2]", "2021 [p]"], "2021 [p]"),
    "preliminary, in two letters": (["2019", "2020", "2021pr"], "2021pr"),
    "on one day of each": (["31 December 2019", "31 December 2020", "31 December 2021"], ""),
}


@pytest.mark.parametrize("case", YEARS)
@pytest.mark.parametrize("stems", [[""], [" Area (ha)", " Crop (kg)"]])
def test_years_across_are_known_however_they_are_written(project, case, stems):
    heads, wanted = YEARS[case]
    if "day" in case and stems != [""]:
        pytest.skip("a date before a name is a name")
    names = [f"{head}{stem}" for head in heads for stem in stems]
    rows = [";".join([u, *(f"{n}{k}.5" for k in range(len(names)))]) for n, u in enumerate(TOWNS, 1)]
    check, cells = offices(project, [";".join(["town", *names]), *rows], TOWNS)
    assert len(check.outcomes) == len(stems)
    assert [cells["Brim", y] for y in (2019, 2020, 2021)] == [20.5, 20.5 + len(stems), 20.5 + 2 * len(stems)]
    assert wanted in said(check)


@pytest.mark.parametrize("form", ["1 de enero de {}", "{}", "31 December {}", "Jan 1, {}", "ngày 1 tháng 7 năm {}"])
@pytest.mark.parametrize("first", [2010, 2553])
def test_one_day_a_year_and_buddhist_years_in_rows_are_years(project, form, first):
    rows = [(u, form.format(y - 2010 + first), v, d) for u, y, v, d in grid()]
    check = written(project, ("city", "Periodo", *HEAD[2:]), rows)
    assert check.faults == []
    assert sorted(check.frame["year"].unique()) == list(range(2010, 2016))
    assert (" = 2010" in said(check)) == (form != "{}" or first == 2553)


def test_several_days_in_words_are_no_years(project):
    rows = [(u, f"1 {month} {y}", v, d) for u, y, v, d in grid() for month in ("March", "June")]
    assert "where column date holds 1 March 2010, 1 June 2010" in said(
        written(project, ("city", "date", *HEAD[2:]), rows)
    )


def test_amounts_that_may_be_buddhist_years_stay_amounts(project):
    rows = [(u, y, 2480 + 9 * i + y % 7, d) for i, (u, y, _, d) in enumerate(grid())]
    check = written(project, ("city", "year", "kcal", "outsider"), rows)
    assert check.outcomes == ["kcal"] and check.frame["kcal"].min() >= 2480


def test_units_glued_to_years_are_named(project):
    check = written(project, ("", "y", "z"), [(f"{u}{y}", f"{n}.5", f"{n}.7") for n, u in enumerate(TOWNS) for y in (75, 85)])  # fmt: skip
    assert "numbers that may be years (columns column A)" in said(check)


def test_endings_of_two_digits_are_named_where_the_year_is_the_same_throughout(project):
    rows = [(n, u, 2020, *(f"{n}{k}.5" for k in range(3))) for n, u in enumerate(TOWNS)]
    check = written(project, ("town_fips", "town", "year", "pop60", "pop70", "pop80"), rows)
    assert "no column of several years, but numbers that may be years (columns pop60, pop70, pop80)" in said(check)
    assert check.outcomes[0] == "pop60"


def test_one_year_alone_is_said_at_once(project):
    check = written(project, ("year", "region", "y"), [(2015, k, f"{n}.5") for n, k in enumerate("aabb")])
    assert "one year alone (2015)" in said(check)


def test_units_across_are_named_where_years_stand_down(project):
    check = written(project, ("Year", *TOWNS), [(y, *(f"{n}{y % 7}.5" for n in range(5))) for y in range(2010, 2020)])
    assert check.about["unit"] == "" and "turn the table in the file" in said(check)


LEVELS = {
    "dots": ("{}", "..{}", "....{}"),
    "blanks": ("{}", " {}", "   {}"),
    "wide blanks": ("{}", "\u3000{}", "\u3000\u3000{}"),
    "dashes": ("{}", "- {}", "-- {}"),
}


@pytest.mark.parametrize("case", LEVELS)
@pytest.mark.parametrize("long", [False, True])
def test_levels_shown_before_names_are_no_units_of_one_kind(project, case, long):
    whole, region, town = LEVELS[case]
    names = [whole.format("REPUBLIC"), *(f for r, us in (("North", "ABC"), ("South", "DEF")) for f in (region.format(r), *(town.format(f"Town {u}") for u in us)))]  # fmt: skip
    rates = {name: [f"{30 + 7 * n % 11}.{y}" for y in range(3)] for n, name in enumerate(names)}
    if long:
        lines = ["town;year;rate", *(f"{name};{2010 + y};{rates[name][y]}" for name in names for y in range(3))]
    else:
        lines = ["town;2010;2011;2012", *(";".join([name, *rates[name]]) for name in names)]
    check, _ = offices(project, lines, ["Town A", "Town B", "Town E"])
    assert sorted(check.frame["unit_code"].unique()) == [f"Town {u}" for u in "ABCDEF"]
    assert "fewer blanks or dots before their names (REPUBLIC, " in said(check)


@pytest.mark.parametrize("blanks", ["A| B| C| D| E| F", " A|B| C|D| E| F", "A|B|C| D|E|F", "A| B|C| D|E| F"])
def test_stray_blanks_before_names_are_no_levels(project, blanks):
    lines = ["town;2010;2011", *(f"{name};{n}.5;{n}.7" for n, name in enumerate(blanks.split("|"), 3))]
    check, _ = offices(project, lines, list("ABC"))
    assert sorted(check.frame["unit_code"].unique()) == list("ABCDEF")


def test_urban_and_rural_below_each_unit_do_not_take_its_place(project):
    rows = [(name, f"{n}.5", f"{n}.7") for n, u in enumerate(TOWNS, 1) for name in (u, "  Urban", "  Rural")]
    check = written(project, ("town", 2010, 2011), rows)
    assert "before their names" not in said(check)


def test_levels_in_a_column_are_asked_about(project):
    rows = [("Region", f"R{u}", y, v, d) for u, y, v, d in grid("PQ")] + [("Town", *row) for row in grid()]
    check = written(project, ("level", *HEAD), rows)
    assert "several kinds of figures, levels or units of measure" in said(check)
    assert '"level" = ["..."]' in said(check)


@pytest.mark.parametrize(
    "whole",
    ["全　　国", "总计", "ทั่วราชอาณาจักร", "Всего", "합계", "Республика Казахстан", "סך הכל", "کل کشور", "Hela riket"],
)
def test_totals_in_other_letters_are_no_units(project, whole):
    names = ["北　京", "上　海", "内 蒙 古", "江　苏"]
    lines = ["地　区;2014年;2015年", *(f"{name};{n}1.5;{n}2.5" for n, name in enumerate([whole, *names], 3))]
    check, _ = offices(project, lines, ["北京", "上海", "江苏"])
    assert sorted(check.frame["unit_code"].unique()) == sorted(["北京", "上海", "内蒙古", "江苏"])


@pytest.mark.parametrize("mark", ["@", " @", "#", "†", "(*)", "³", " [1]", " [note 2]", " 1)", "1)"])
def test_marks_of_notes_at_names_are_no_part_of_them(project, mark):
    lines = ["town;2010;2011", *(f"{u}{mark * (n < 2)};{n}5;{n}7" for n, u in enumerate(TOWNS, 1))]
    check, _ = offices(project, lines, TOWNS)
    assert sorted(check.frame["unit_code"].unique()) == TOWNS


def test_brackets_that_belong_to_a_name_stay(project):
    names = [f"Alba (zone{n})" for n in range(1, 5)]
    check, _ = offices(project, ["town;2010;2011", *(f"{u};{n}5;{n}7" for n, u in enumerate(names, 1))], names)
    assert sorted(check.frame["unit_code"].unique()) == names


@pytest.mark.parametrize("note", ["p: provisional; X: not shown, for small towns; ..: none;", "Where: a; b; c; d; e"])
def test_a_note_that_holds_the_mark_between_cells_is_a_note(project, note):
    lines = ["town;2010;2011", *(f"{u};{n}.5;{n}.7" for n, u in enumerate(TOWNS, 1)), note]
    check, _ = offices(project, lines, TOWNS)
    assert "a note among the rows" in said(check)


def test_one_unit_of_measure_in_several_words_is_one(project):
    sheets = {str(y): [["Rent" if y % 2 else "Rent (percent of all)"], ["city", "rent (%)", "outsider"], *([u, v, d] for u, z, v, d in grid() if z == y)] for y in range(2010, 2016)}  # fmt: skip
    assert booked(project, sheets).faults == []


def test_a_few_units_of_one_name_are_no_kinds_of_figures(project):
    rows = [(u, "old", y, v, d) for u, y, v, d in grid([*"ABCDEFGHIJKLMNOPQRSTUVWXYZ"])]
    check = written(project, ("city", "kind", *HEAD[1:]), [*rows, *(("A", "new", *row[2:]) for row in rows[:6])])
    assert "told apart by kind (old, new)" in said(check) and "give each a name or code" in said(check)


def test_years_beside_their_quarters_are_no_means(project):
    rows = [
        (u, "A" if q == "" else "Q", f"{y}{q}", v, d) for u, y, v, d in grid() for q in ("", "Q1", "Q2", "Q3", "Q4")
    ]
    check = written(project, ("city", "every", "time", *HEAD[2:]), rows)
    assert "where column time holds 2010, 2010Q1" in said(check) and "keep the rows of whole years" in said(check)


def test_columns_that_may_tell_who_led_are_named_with_the_likeliest_first(project):
    rows = [(u, y, v, int(y == 2011), int(u in "AB"), int(y > 2012), int(y == 2012 and u in "BC"), d, 1 - d) for u, y, v, d in grid()]  # fmt: skip
    check = written(project, ("city", "year", "rent", "d11", "coast", "after", "odd", "law", "rule"), rows)
    ways = next(fault.remedy for fault in check.faults if "[leaders]" in fault.column)
    places_of = [ways.find(f'column "{name}"') for name in ("law", "rule", "odd", "coast", "d11", "after")]
    assert -1 < places_of[0] < places_of[1] < min(places_of[2:4]) and places_of[4:] == [-1, -1]
    assert '"coast" never changes within a unit' in ways


def test_a_column_of_first_years_is_no_outcome(project):
    rows = [(u, y, v, 2011 + i % 3 if i < 4 else "never") for i, u in enumerate("ABCDEF") for _, y, v, _ in grid([u])]
    check = written(project, ("city", "year", "rent", "reform"), rows)
    assert check.outcomes == ["rent"]


def test_steps_from_0_to_4_are_an_outcome_and_no_yes_or_no(project):
    rows = [(u, y, v, 4 * (i == 5) or y % 2, d) for i, u in enumerate("ABCDEF") for _, y, v, d in grid([u])]
    rows = [(u, y, v, int(4 * (i % 40 == 3)) or k % 2, d) for i, (u, y, v, k, d) in enumerate(rows)]
    check = written(project, ("city", "year", "rent", "steps", "outsider"), rows)
    assert check.faults == [] and check.outcomes == ["rent", "steps"]


def test_columns_of_numbers_that_are_no_outcomes_are_named(project):
    rows = [(u, y, v, 100, 7.5 + n, d) for n, u in enumerate("ABCDEF") for _, y, v, d in grid([u])]
    check = written(project, ("city", "year", "rent", "whole", "area", "outsider"), rows)
    assert check.outcomes == ["rent"] and "taken for no outcomes" in said(check) and "(whole, area)" in said(check)


def test_groups_given_as_numbers_are_named_and_are_no_outcomes(project):
    rows = [(u, y, age, race, v + age, d) for u, y, v, d in grid() for age in (15, 20) for race in (1, 2)]
    check = written(project, ("city", "year", "age", "race", *HEAD[2:]), rows)
    assert "told apart by age, race (15 1, 15 2, 20 1, 20 2)" in said(check) and check.outcomes == ["rent"]


def test_terms_may_be_given_by_periods(project):
    lines = ["city,start,end,outsider", *(f"{u},1,3,no\n{u},3,,yes" for u in "ABCDEF")]
    (project / "l.csv").write_text("\n".join(lines), "utf-8")
    (project / "t.csv").write_text("\n".join(["city;period;rent", *(f"{u};{y - 2009};{v}" for u, y, v, _ in grid())]))
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert check.faults == []
    assert check.frame.groupby("year")["treated"].mean().dropna().tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("heads", [["2022 r"], ["2022, b"]])
@pytest.mark.parametrize("form", ["{} Rate", "Rate {}"])
def test_a_year_with_a_mark_that_is_not_known_is_asked_about(project, heads, form):
    years = [form.format(year) for year in ("2019", "2020", *heads)]
    if form.format("2022 r") == "Rate 2022 r" in years:
        years[-1] = "Rate 2022 rv"  # a mark at the end that is known
    check = written(
        project, ("town", *years), [(u, *(f"{n}{k}.5" for k in range(len(years)))) for n, u in enumerate(TOWNS)]
    )
    assert f"no row of years ({', '.join(years[2:])})" in said(check) and "write the year without any mark" in said(
        check
    )


@pytest.mark.parametrize("head", ["Rate 2020 US", "2020 Area", "Rate of 65+ 2022"])
def test_a_year_of_another_figure_is_no_year_with_a_mark(project, head):
    heads = ["Rate 2019", "Rate 2020", "Rate 2021", head]
    check = written(project, ("town", *heads), [(u, *(f"{n}{k}.5" for k in range(4))) for n, u in enumerate(TOWNS)])
    assert "give them the same name" in said(check) and "without any mark" not in said(check)


def test_levels_by_codes_beside_the_names_are_named(project):
    rows = [(c, u, f"{n}.5", f"{n}.7") for n, (c, u) in enumerate(zip(["' 31000", "31001", "31005", "32000", "32007"], TOWNS, strict=True))]  # fmt: skip
    check, _ = offices(project, ["GeoFIPS;GeoName;2010;2011", *(";".join(row) for row in rows)], TOWNS)
    assert "codes stand above codes of other units (Alba, Dorn)" in said(check)


def test_units_that_only_count_are_kept_where_all_else_are_years(project):
    lines = [";male.2010;female.2010;male.2011;female.2011", *(f"{n};{n}1;{n}2;{n}3;{n}4" for n in range(20, 40))]
    check, cells = offices(project, lines, [str(n) for n in range(20, 40)])
    assert check.outcomes == ["male", "female"] and cells["20", 2011] == 203


def test_formulas_without_values_and_totals_without_a_year_are_no_faults(project):
    rows = [[u, y, v, "=C2/2", d] for u, y, v, d in grid()]
    check = booked(
        project, {"t": [["city", "year", "rent", "half", "outsider"], *rows, ["Total", None, 99, None, None]]}
    )
    assert check.faults == [] and "formulas without a stored value (half)" in said(check)


def test_the_code_of_a_unit_comes_before_the_name_that_others_share(project):
    rows = [(f"Dept {'NS'[n > 2]}", 5100 + n, name, f"{n}.5", f"{n}.7") for n, name in enumerate(["Alba", "Brim", "Cold", "Alba", "Dorn"])]  # fmt: skip
    check = written(project, ("Departamento", "Código Municipio", "Municipio", 2010, 2011), [*rows, ("Total Dept N", "", "", "9.5", "9.7")])  # fmt: skip
    assert check.about["unit"] == "Código Municipio"


def test_all_words_in_place_of_numbers_are_shown_at_once(project):
    rows = [(u, y, {2010: "[k]", 2012: "[low]"}.get(y, v) if u == "A" else v, d) for u, y, v, d in grid()]
    assert "missing = ['[k]', '[low]']" in said(written(project, HEAD, rows))


WORDS_BEHIND = [
    ["2019 г.", "2020 год", "2021 г.1)"],
    ["2019년", "2020년", "2021년"],
    ["2019 рік", "2020 р.", "2021 року"],
]


@pytest.mark.parametrize("heads", WORDS_BEHIND)
def test_the_word_for_year_may_stand_behind_it(project, heads):
    lines = [";".join(["", *heads]), *(f"{u};{n}1.5;{n}2.5;{n}3.5" for n, u in enumerate(TOWNS, 1))]
    check, cells = offices(project, lines, TOWNS)
    assert check.outcomes == ["value"] and [cells["Brim", y] for y in (2019, 2020, 2021)] == [21.5, 22.5, 23.5]


@pytest.mark.parametrize("first", ["Alba;ALB;;;", "Alba;;;;"])
def test_a_unit_without_values_below_the_headings_is_no_second_row_of_them(project, first):
    lines = ["Name;Key;2010;2011;2012", first, *(f"{u};{u[:3].upper()};{n}.5;{n}.6;{n}.7" for n, u in enumerate(TOWNS[1:]))]  # fmt: skip
    check, _ = offices(project, lines, TOWNS[1:])
    assert check.about["unit"] == "Name" and "a second heading row" not in said(check)


@pytest.mark.parametrize("head", ["GEO (Labels);;;", "Tỉnh;;;", "(Province);;;"])
def test_a_second_heading_for_the_units_alone_is_joined(project, head):
    lines = ["TIME;2010;2011;2012", head, *(f"{u};{n}.5;{n}.6;{n}.7" for n, u in enumerate(TOWNS))]
    check, _ = offices(project, lines, TOWNS)
    assert check.about["unit"].startswith("TIME ") and sorted(check.frame["unit_code"].unique()) == TOWNS


LANDS = {"fr": ["Norvège", "Pérou", "Pologne", "Tchad"], "es": ["Noruega", "Perú", "Polonia", "Chad"]}
# groups of countries, as the World Bank names them
GROUPS = {
    "fr": ["Le monde arabe", "Asie de l’Est et Pacifique (hors revenu élevé)", "Europe centrale et les pays baltes", "Petits états des Caraïbes", "Zone euro", "Afrique subsaharienne"],
    "es": ["El mundo árabe", "Asia oriental y el Pacífico", "Ingreso mediano bajo", "Pequeños estados del Pacífico", "América Latina y el Caribe", "Mundo"],
}  # fmt: skip


@pytest.mark.parametrize("lang", LANDS)
def test_groups_of_countries_in_other_languages_are_no_units(project, lang):
    lines = ["Pays;2010;2011", *(f"{u};{n}.5;{n}.7" for n, u in enumerate([*GROUPS[lang], *LANDS[lang]], 3))]
    check, _ = offices(project, lines, LANDS[lang])
    assert sorted(check.frame["unit_code"].unique()) == sorted(LANDS[lang])


def test_a_group_of_countries_is_known_by_its_code_whatever_its_name(project):
    rows = [("Norja", "NOR"), ("Peru", "PER"), ("Ranska", "FRA"), ("Arabimaat", "ARB"), ("", "AFE"), ("Puola", "POL")]
    lines = ["Country Name;Country Code;2010;2011", *(f"{u};{c};{n}.5;{n}.7" for n, (u, c) in enumerate(rows, 3))]
    check, _ = offices(project, lines, ["Norja", "Peru", "Ranska", "Puola"])
    assert sorted(check.frame["unit_code"].unique()) == ["Norja", "Peru", "Puola", "Ranska"]
    assert "totals or regions among the units (Arabimaat, AFE)" in said(check)


@pytest.mark.parametrize(
    ("head", "groups"),
    [
        ("Gruppe", ["bis 20 Jahre", "zw. 20 und 64 Jahren", "über 65 Jahre"]),
        ("who", ["0-14 years", "15-64 years", "65 years and over"]),
        ("Ngành", ["Nông nghiệp", "Công nghiệp", "Dịch vụ"]),
        ("Tiêu chí", ["Dân số", "Hộ nghèo", "Thu ngân sách"]),
        ("Industry", ["Farms", "Mines", "Trade"]),
    ],
)
def test_ages_and_industries_are_no_units(project, head, groups):
    check = written(project, (head, "year", "n"), [(u, y, v) for u, y, v, _ in grid(groups)])
    assert check.about["unit"] == "" and "no column that tells units apart" in said(check)


def test_a_share_of_an_industry_stays_an_outcome(project):
    check = written(project, ("city", "year", "sec.industry"), [(u, y, v) for u, y, v, _ in grid()])
    assert check.outcomes == ["sec.industry"]


def test_one_year_alone_is_said_whatever_its_heading_adds(project):
    rows = [(u, "Ruritania", f"{n}.5", 2023) for n, u in enumerate(TOWNS)]
    check = written(project, ("kecamatan", "provinsi", "rent", "tahun_data"), rows)
    assert check.about["unit"] == "kecamatan" and "one year alone (2023)" in said(check)


@pytest.mark.parametrize("odd", ["12.5", "0.125", "1234.567", "7.1234"])
def test_decimal_points_beside_decimal_commas_are_asked_about(project, odd):
    rows = [(u, y, odd if (u, y) == ("A", 2015) else f"1{y % 7},25", d) for u, y, _, d in grid()]
    assert f"'{odd}' beside 1" in " | ".join(fault.found for fault in written(project, HEAD, rows).faults)


@pytest.mark.parametrize("odd", ["12.500", "1.234,5"])
def test_one_mark_that_may_stand_between_thousands_leaves_none_of_the_column_sure(project, odd):
    check = written(project, HEAD, [(u, y, odd if u == "A" else "7,25" if u == "B" else "8.5", d) for u, y, _, d in grid()])  # fmt: skip
    assert "decimal commas and decimal points in one column" in said(check)


def test_years_of_another_calendar_across_are_named(project):
    check = written(
        project, ("縣市", "27年", "28年", "29年"), [(u, f"{n}.5", f"{n}.7", f"{n}.9") for n, u in enumerate(TOWNS)]
    )
    assert "numbers that may be years (columns 27年, 28年, 29年)" in said(check) and "民國 107 is 2018" in said(check)


def test_what_is_true_of_several_sheets_is_said_once(project):
    sheets = {f"Sheet {k}": [["town", 2010, 2011], *([u, n + k, n + k + 0.5] for n, u in enumerate(TOWNS))] for k in (1, 2, 3)}  # fmt: skip
    assert said(booked(project, sheets)).count("years as columns") == 1


VALUES = [f"{u};{n}.5;{n}.6;{n}.7" for n, u in enumerate(TOWNS, 1)]


@pytest.mark.parametrize("head", ["Kabupaten/Kota", "Departamento"])
@pytest.mark.parametrize("label", ["KABUPATEN;;;", "Departamento;;;"])
def test_a_word_for_units_alone_in_its_row_is_a_label_below_a_heading_of_units(project, head, label):
    for at in (0, 2):
        lines = [f"{head};2010;2011;2012", *VALUES[:at], label, *VALUES[at:]]
        check, cells = offices(project, lines, TOWNS)
        assert len(cells) == 15 and sorted(check.frame["unit_code"].unique()) == TOWNS
        shutil.rmtree(own.folder() / "mine")


def test_signatures_below_an_empty_line_are_no_units(project):
    rows = [[u, n + 0.5, n + 0.6, n + 0.7, 1] for n, u in enumerate(TOWNS)]
    foot = [[], ["Người lập biểu", None, None, "Giám đốc"], ["Lê Văn A", None, None, "Trần B"]]
    check = booked(project, {"t": [["Xã", 2010, 2011, 2012, 2013], *rows, *foot]})
    assert "a note among the rows ('Người lập biểu') (and 1 more such cells)" in said(check)


def test_lines_behind_a_hash_are_named(project):
    lines = ["town;year;n", "#adm1+name;#date+year;#affected", *(f"{u};{y};{v}" for u, y, v, _ in grid(TOWNS))]
    check, _ = offices(project, lines, TOWNS)
    assert "a note among the rows ('#adm1+name')" in said(check)


def test_men_beside_women_are_no_years(project):
    rows = [(f"Xã {u}", 3000 + n, 1500 + n, 1510 + n) for n, u in enumerate(TOWNS)]
    check = written(project, ("Tên xã", "Dân số", "Nam", "Nữ"), rows)
    assert check.about["year"] == "" and "no column of years" in said(check)
    lines = ["Xã;Nam;Năm;Nữ", *(f"{u};{1600 + n};{y};{1700 + y % 7}" for n, (u, y, _, _) in enumerate(grid(TOWNS)))]
    shutil.rmtree(own.folder() / "mine")
    assert offices(project, lines, TOWNS)[0].about["year"] == "Năm"


@pytest.mark.parametrize("words", ["TH {}", "Thực hiện năm {}"])
def test_estimates_of_what_was_done_stand_in_the_row_of_what_was_done_and_plans_do_not(project, words):
    heads = [words.format(2020), words.format(2021), "Ước " + words.format(2022), "KH 2023"]
    lines = [";".join(["Xã", *heads]), *(f"{line};{n}.9" for n, line in enumerate(VALUES))]
    check, cells = offices(project, lines, TOWNS)
    assert cells["Brim", 2022] == 2.7 and len(cells) == 15
    assert f"{heads[2]} = 2022" in said(check) and "no row of years (KH 2023)" in said(check)


def test_a_year_of_the_netherlands_is_one_and_its_quarters_are_none(project):
    lines = ["RegioS;Perioden;n", *(f"GM{n}  ;{y}JJ00;{n}{y % 7}" for n in (14, 37, 59) for y in range(2010, 2014))]
    check, _ = offices(project, lines, ["GM14", "GM37", "GM59"])
    assert check.about["year"] == "Perioden"
    rows = [(u, f"{y}{q}", n) for u in "AB" for y in (2010, 2011) for n, q in enumerate(("KW01", "KW02", "JJ00"))]
    shutil.rmtree(own.folder() / "mine")
    assert "'2010KW01'" in said(written(project, ("RegioS", "Perioden", "n"), rows))


def test_years_of_two_digits_before_a_figure_are_named(project):
    check = written(project, ("LIBGEO", "P20_POP", "P14_POP", "D99_POP"), [(u, 1, 2, n) for n, u in enumerate(TOWNS)])
    assert "numbers that may be years (columns P20_POP, P14_POP, D99_POP)" in said(check)


def test_years_that_are_all_to_come_are_asked_about(project):
    check = written(project, ("District", *(f"{y}/{y - 1999}" for y in (2072, 2073))), [(u, 1, n) for n, u in enumerate(TOWNS)])  # fmt: skip
    assert "'2072', as all years here still to come" in said(check)


def test_units_of_which_each_has_one_year_are_no_panel(project):
    (project / "t.csv").write_text("\n".join(["town,year,n", *(f"{u},{2010 + n},{n}" for n, u in enumerate(TOWNS))]))
    check = own.create("mine", [project / "t.csv", led(project, TOWNS)])
    assert "one year for each of 5 units (2010, 2011, 2012)" in said(check)


def test_a_code_of_a_kind_of_figures_is_no_outcome(project):
    rows = [(u, code, sex, y, f"{v}{code}") for u, y, v, _ in grid() for code, sex in ((1, "maschi"), (9, "totale"))]
    check = written(project, ("Territorio", "SEXISTAT1", "Sesso", "TIME", "Value"), rows)
    assert check.outcomes == ["Value"] and "told apart by Sesso (maschi, totale)" in said(check)


def test_levels_by_codes_are_named_whatever_the_heading_of_the_codes(project):
    rows = [(c, u, y, f"{n}{y % 7}") for n, (c, u) in enumerate(zip(["ITC", "ITC1", "ITC2", "ITD", "ITD3"], TOWNS, strict=True)) for y in (2010, 2011)]  # fmt: skip
    check, _ = offices(project, ["ITTER107;Territorio;TIME;Value", *(";".join(map(str, row)) for row in rows)], TOWNS)
    assert "codes stand above codes of other units (Alba, Dorn)" in said(check)


def test_a_value_known_only_by_its_limit_can_be_taken_as_none(project):
    rows = [(u, y, "<2.5" if y == 2012 else v, d) for u, y, v, d in grid()]
    assert "missing = ['<2.5']" in said(written(project, HEAD, rows))


def test_weeks_are_named_as_what_is_no_year(project):
    rows = [(u, f"25-January-{y}", v) for u, y, v, _ in grid()]
    check = written(project, ("Admin1", "Week", "Events"), rows)
    assert "Week: '25-January-2010'" in said(check)


@pytest.mark.parametrize(("urban", "rural"), [("Urbana", "Rural"), ("Zone urbaine", "Zone rurale"), ("Perkotaan", "Perdesaan")])  # fmt: skip
def test_urban_and_rural_are_no_units_in_other_languages(project, urban, rural):
    check, cells = offices(project, ["t;2010;2011;2012", *VALUES, f"{urban};7;8;7", f"{rural};9;8;9"], TOWNS)
    assert len(cells) == 15 and f"({urban}, {rural})" in said(check)


def test_of_sheets_that_hold_no_panel_the_largest_is_told_of(project):
    check = booked(project, {"Index": [["Office"], ["Series"]], "Data": [["", "A ; x ;", "B ; x ;"], ["Unit", "n", "n"], ["Jun", 1, 2]]})  # fmt: skip
    assert check.about["sheet"] == "Data"


def in_office(project, head, terms, units="ABCDEF"):
    """Take in a plain panel beside terms: rows of (town, person, start, end, yes or no)."""
    (project / "t.csv").write_text("\n".join(["town,year,y", *(f"{u},{y},{v}" for u, y, v, _ in grid(units))]), "utf-8")
    (project / "l.csv").write_text("\n".join([head, *(",".join(map(str, row)) for row in terms)]), "utf-8")
    return own.create("mine", [project / "t.csv", project / "l.csv"])


def two_terms(first="2009-02-01", change="2013-02-01", yes="yes", no="no"):
    return [
        row
        for n, u in enumerate("ABCDEF")
        for row in ((u, f"{u}1", first, change, (no, yes)[n % 2]), (u, f"{u}2", change, "", (yes, no)[n % 2]))
    ]


@pytest.mark.parametrize(
    "head",
    ["term_start,term_end,non_local", "inicio,fin,foraneo", "date_from,date_to,outsider", "mulai,selesai,pendatang"],
)
def test_terms_are_known_by_their_dates_whatever_their_headings(project, head):
    check = in_office(project, f"town,who,{head}", two_terms(yes="ya", no="tidak"))
    assert check.faults == [] and check.frame["treated"].sum() == 18


def test_a_day_of_birth_is_no_start_of_a_term(project):
    rows = [(u, who, "1955-05-03", *rest) for u, who, *rest in two_terms()]
    check = in_office(project, "town,who,lahir,mulai,selesai,asing", rows)
    assert (check.about["leaders"]["start"], check.about["leaders"]["end"]) == ("mulai", "selesai")


@pytest.mark.parametrize(("ends", "years"), [("{0}-12-31", 0), ("{1}-06-30", 1)])
def test_years_that_have_a_first_and_a_last_day_are_no_terms(project, ends, years):
    rows = [f"{u},{y}-07-01,{ends.format(y, y + 1)},{v},{d}" for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(["town,first,last,y,outsider", *rows]), "utf-8")
    (project / "p.csv").write_text("\n".join(["town,year,people", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "p.csv"])
    assert check.about["leaders"]["start"] == "" and check.outcomes == ["y"]


def test_a_second_file_that_is_not_understood_is_kept_so_that_its_columns_can_be_named(project):
    check = in_office(project, "town,who,since when,till,asing", [(u, u, "early 2009", "", 0) for u in "ABCDEF"])
    assert "name its columns in panel.toml" in said(check) and (own.folder() / "mine" / "leaders.csv").is_file()
    assert check.about["leaders"]["file"] == "leaders.csv"


def test_codes_that_begin_as_those_of_the_other_table_are_asked_about_by_name(project):
    rows = [
        (f"32001{n}{n}", *rest) for n, (_, *rest) in zip([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], two_terms(), strict=True)
    ]
    check = in_office(project, "cd_ibge,who,start,end,outsider", rows, units=[f"32001{n}" for n in range(1, 7)])
    assert check.frame is None and "none of these units is in its column town ('320011')" in said(check)


def test_codes_of_another_kind_are_named_and_no_persons(project):
    rows = [
        (f"0{n}053", *rest) for n, (_, *rest) in zip([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], two_terms(), strict=True)
    ]
    check = in_office(project, "code_insee,who,start,end,outsider", rows, units=[f"{n}210100533" for n in range(1, 7)])
    assert check.frame is None and "code_insee: '01053', a unit that the panel does not have: none of these" in said(
        check
    )


def test_terms_with_the_year_of_their_election_are_known_by_their_days(project):
    rows = [(u, 2008, *rest) for u, *rest in two_terms(yes="S", no="N")]
    check = in_office(project, "town,ano_eleicao,who,dt_inicio_mandato,dt_fim_mandato,forasteiro", rows)
    assert check.faults == [] and check.frame["treated"].sum() == 18


@pytest.mark.parametrize("zero", ["0", ""])
def test_zeros_lost_in_one_of_two_tables_are_asked_about_by_name(project, zero):
    rows = [(f"{zero}{'ABCDEF'.index(u) + 1}", *rest) for u, *rest in two_terms()]
    check = in_office(
        project, "town,who,start,end,outsider", rows, units=[f"0{n}" if not zero else n for n in range(1, 7)]
    )
    assert f"'{zero}1', a unit that the panel has with other leading zeros (and 11 more such cells)" in said(check)


def test_two_posts_at_a_time_are_asked_about_by_name_and_one_is_kept(project):
    rows = [(*row, "mayor") for row in two_terms()] + [(*row, "party") for row in two_terms(change="2011-02-01")]
    check = in_office(project, "town,who,start,end,outsider,post", rows)
    assert "(12 of this kind)" in said(check) and "keep one of them by [sample] in panel.toml" in said(check)
    toml = own.folder() / "mine" / "panel.toml"
    toml.write_text(toml.read_text("utf-8").replace("[sample]", '[sample]\npost = ["mayor"]'), "utf-8")
    check = own.check("mine")
    assert check.faults == [] and check.frame["treated"].sum() == 18


def test_one_pair_of_terms_that_overlap_is_no_second_post(project):
    rows = [(*row, "f" if row[1] == "A1" else "m") for row in two_terms()]
    rows[0] = ("A", "A1", "2009-02-01", "2014-02-01", "no", "f")
    check = in_office(project, "town,who,start,end,outsider,sex", rows)
    assert "a spell in A that begins before the one of row 2 ends (1 of this kind)" in said(check)


LABELS = {
    "yes, born elsewhere / no, native": ("Yes, born elsewhere", "No, native"),
    "a word before brackets": ("có (nơi khác)", "không (trong tỉnh)"),
    "a dash": ("Sim - de outro estado", "Não - local"),
}


@pytest.mark.parametrize("label", LABELS)
def test_the_first_word_of_a_label_says_yes_or_no(project, label):
    yes, no = LABELS[label]
    rows = [(u, y, v, f'"{yes if d else no}"') for u, y, v, d in grid()]
    rows[0] = (*rows[0][:3], "Not known")
    check = written(project, ("city", "year", "rent", "outsider"), rows)
    assert check.faults == [] and check.frame["treated"].isna().sum() == 1
    assert check.frame["treated"].sum() == sum(d for *_, d in grid()[1:])


@pytest.mark.parametrize("pair", [("Yes, local", "No, outsider"), ("1 - No", "2 - Yes"), ("x (1)", "y (2)")])
def test_labels_that_contradict_themselves_or_begin_with_a_number_are_asked_about(project, pair):
    check = written(project, ("city", "year", "rent", "outsider"), [(u, y, v, f'"{pair[d]}"') for u, y, v, d in grid()])
    assert check.frame is None and "yes, no, 1, 0" in " ".join(str(fault.expected) for fault in check.faults)


@pytest.mark.parametrize("pair", [("Ne", "Ano"), ("nem", "igen"), ("nu", "da"), ("όχι", "ναι"), ("ei", "kyllä")])
def test_yes_and_no_tell_who_led_in_languages_of_europe(project, pair):
    check = written(project, HEAD, [(u, y, v, pair[d]) for u, y, v, d in grid()])
    assert check.faults == [] and check.frame["treated"].tolist() == [bool(d) for *_, d in grid()]


@pytest.mark.parametrize("form", ["{0}-{1:02d}", "{0}/{1:02d}", "{0}–{1:02d}", "FY {0}-{1:02d}"])
def test_years_that_end_in_the_next_one_are_read_as_their_first_and_it_is_said(project, form):
    rows = [(u, form.format(y, (y + 1) % 100), v, d) for u, y, v, d in grid(years=range(2005, 2011))]
    check = written(project, ("state", "fy", "rent", "outsider"), rows)
    assert check.faults == [] and sorted(check.frame["year"].unique()) == [*range(2005, 2011)]
    assert f"{form.format(2005, 6)} = 2005" in said(check)


def test_months_are_no_years_that_end_in_the_next_one(project):
    rows = [(u, f"{y}-{m:02d}", v, d) for u, y, v, d in grid(years=range(2005, 2008)) for m in range(6, 9)]
    check = written(project, ("state", "t", "rent", "outsider"), rows)
    assert check.frame is None


@pytest.mark.parametrize(
    ("form", "first"), [("平成{}年", 1988), ("令和{}年", 2018), ("民國{}年", 1911), ("昭和{}年度", 1925)]
)
def test_years_of_an_era_down_the_rows_are_read_and_it_is_said(project, form, first):
    rows = [(u, form.format("元" if y == 2010 else y - 2009), v, d) for u, y, v, d in grid()]
    check = written(project, ("code", "調査年", "rent", "outsider"), rows)
    assert check.faults == [] and sorted(check.frame["year"].unique()) == [first + n for n in range(1, 7)]
    assert f"{form.format('元')} = {first + 1}" in said(check)


@pytest.mark.parametrize("mark", ["N/D", "s/d", "***", "không có số liệu"])
def test_marks_of_no_value_in_other_languages_are_known(project, mark):
    rows = grid()
    rows[3] = (*rows[3][:2], mark, rows[3][3])
    check = written(project, HEAD, rows)
    assert check.faults == [] and check.frame["rent"].isna().sum() == 1


def test_a_table_of_dataverse_is_read_and_the_column_of_who_led_is_named(project):
    rows = [(u, y, v, int(u in "AB"), int(y > 2012), d) for u, y, v, d in grid()]
    lines = ["\t".join(map(str, row)) for row in [("city", "year", "lnso2", "treat", "post", "outsider"), *rows]]
    (project / "t.tab").write_text("\n".join(lines), "utf-8")
    check = own.create("mine", [project / "t.tab"])
    assert check.outcomes == ["lnso2"] and "leaders: column outsider, 21 unit-years" in " ".join(check.facts)


def pivot(project, rows, head="unit,year,rent,outsider"):
    (project / "t.csv").write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]), "utf-8")
    return own.create("mine", [project / "t.csv"])


@pytest.mark.parametrize("total", [False, True])
def test_units_in_their_first_row_alone_are_filled_in_and_their_totals_left_out(project, total):
    rows = []
    for u in ("Alba", "Bern", "Cork", "Dole", "Etna", "Faro"):
        rows += [(u if y == 2010 else "", y, v, d) for _, y, v, d in grid([u])] + [(f"{u} Total", "", 99, 1)] * total
    check = pivot(project, rows + [("Grand Total", "", 999, 1)] * total)
    assert check.faults == [] and check.frame["unit_code"].nunique() == 6 and check.frame["rent"].max() < 99
    assert "'Alba', above 30 empty cells in all" in said(check) and ("Faro Total" in said(check)) == total


def test_a_name_that_comes_when_it_changes_is_not_filled_in(project):
    who = {2010: "Ann", 2013: "Bob"}
    check = written(
        project,
        ("city", "governor", "year", "rent", "outsider"),
        [(u, who.get(y, ""), y, v, d) for u, y, v, d in grid()],
    )
    assert "empty cells in all" not in said(check) and check.frame["term_id"].isna().any()


def test_a_value_of_the_first_year_alone_is_not_filled_in(project):
    rows = [(u, v if y == 2010 else "", y, v, d) for u, y, v, d in grid()]
    check = written(project, ("city", "base", "year", "rent", "outsider"), rows)
    assert "empty cells in all" not in said(check)


def districts(of, both=("Berg",)):
    """Districts A to F, and another one of the name in ``both`` in the other state."""
    names = dict(zip("ABCDEF", ("Alba", "Berg", "Cork", "Dole", "Etna", "Faro"), strict=True))
    rows = [(of["ABCDEF".index(u) % 2], names[u], y, v, d) for u, y, v, d in grid()]
    return rows + [(of["ABCDEF".index(u) % 2 - 1], names[u], y, v + 9, d) for u, y, v, d in grid() if names[u] in both]


def test_units_of_one_name_in_two_states_are_units_of_their_own(project):
    check = written(project, ("state", "district", "year", "rent", "outsider"), districts(("North", "South")))
    assert check.faults == [] and "Berg (South), Berg (North)" in said(check)
    assert {"Alba", "Berg (South)", "Berg (North)"} < {*check.frame["unit_code"]}


@pytest.mark.parametrize(("here", "there"), [("state,district", "state,district"), ("gu(1),gu(2)", "do,gu")])
def test_units_of_one_name_are_joined_to_their_terms_by_the_larger_unit_that_both_tables_have(project, here, there):
    rows = [(of, unit, y, v) for of, unit, y, v, _ in districts(("North", "South"), ("Berg", "Cork"))]
    (project / "t.csv").write_text(
        "\n".join([f"{here},year,rent", *(",".join(map(str, row)) for row in rows)]), "utf-8"
    )
    units = sorted({row[:2] for row in rows})
    led = [f"{of},{unit},2005-01,2013-01,no\n{of},{unit},2013-01,,{('no', 'yes')[of < 'O']}" for of, unit in units]
    (project / "l.csv").write_text("\n".join([f"{there},start,end,outsider", *led]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    treated = check.frame.set_index(["unit_code", "year"])["treated"]
    assert check.faults == [] and treated["Berg (North)", 2014] and not treated["Berg (South)", 2014]


@pytest.mark.parametrize("of", [("Total", "Urban"), ("Whole", "Rural")])
def test_the_urban_part_of_a_unit_is_no_unit_of_its_own(project, of):
    check = written(project, ("area", "district", "year", "rent", "outsider"), districts(of))
    assert check.frame is None and "one name for several units" not in said(check)


@pytest.mark.parametrize("heads", ["start,end", "term_start,term_end"])
def test_terms_that_stand_in_each_year_of_the_panel_itself_are_one_term(project, heads):
    rows = [
        (u, y, v, *("2009-02,2013-02" if y < 2013 else "2013-02,").split(","), int(y >= 2013 and u < "E"))
        for u, y, v, _ in grid()
    ]
    check = written(project, ("city", "year", "rent", *heads.split(","), "outsider"), rows)
    assert check.faults == [] and check.frame["treated"].sum() == 12 and check.frame["term_id"].nunique() == 12


def test_two_terms_of_one_start_that_differ_are_still_an_overlap(project):
    rows = [("A", "2009-02", "2013-02", "no"), ("A", "2009-02", "2013-02", "yes")]
    rows += [(u, "2009-02", "", ("no", "yes")[u > "C"]) for u in "BCDEF"]
    check = in_office(project, "town,start,end,outsider", rows)
    assert "a spell in A that begins before the one of row 2 ends (1 of this kind)" in said(check)


HANDED = [
    ("06-29", "06-30"),
    ("06-30", "06-30"),
    ("05-29", "05-30"),
    ("06-10", "06-11"),
    ("02-28", "02-28"),
    ("06-30", "07-01"),
]


@pytest.mark.parametrize(("end", "start"), HANDED)
def test_a_hand_over_on_any_day_of_a_month_is_no_overlap(project, end, start):
    rows = [(u, u + "1", "2005-01-01", f"2013-{end}", "no") for u in "ABCDEF"]
    rows += [(u, u + "2", f"2013-{start}", "", "yes") for u in "ABCDEF"]
    check = in_office(project, "town,who,start,end,outsider", rows)
    assert check.faults == []
    assert (check.frame.groupby("year")["treated"].mean()[2013] == 1) == (start != "07-01")  # on 30 June


def test_an_acting_leader_within_one_month_is_no_overlap_in_whatever_order_of_rows(project):
    rows = [(u, u + "3", "2013-06-30", "", "yes") for u in "ABCDEF"]
    rows += [(u, u + "2", "2013-06-11", "2013-06-29", "yes") for u in "ABCDEF"]
    rows += [(u, u + "1", "2005-01-01", "2013-06-10", "no") for u in "ABCDEF"]
    assert in_office(project, "town,who,start,end,outsider", rows).faults == []


@pytest.mark.parametrize(
    ("end", "start"), [("06-30", "06-15"), ("06-30", "05-31"), ("07-10", "06-30"), ("06-30", "06-28")]
)
def test_terms_with_days_in_common_late_in_a_month_are_an_overlap(project, end, start):
    rows = [("A", "A1", "2005-01-01", f"2013-{end}", "no"), ("A", "A2", f"2013-{start}", "", "yes")]
    rows += [(u, u, "2009-02", "", ("no", "yes")[u > "C"]) for u in "BCDEF"]
    assert "a spell in A that begins before" in said(in_office(project, "town,who,start,end,outsider", rows))


def dated(project, *dates, head="town,who,start,end,outsider"):
    """Terms of six towns of which all but A and B hand over on the last of these days."""
    days = dict(zip("ABCDEF", [*dates, *[dates[-1]] * 6], strict=False))
    rows = [(u, u + "1", "01/01/2005", day, "no") for u, day in days.items()]
    return in_office(project, head, rows + [(u, u + "2", day, "", "yes") for u, day in days.items()])


@pytest.mark.parametrize("head", ["town,who,start,end,outsider", "town,who,assumed office,left office,outsider"])
@pytest.mark.parametrize(
    ("date", "other", "treated"), [("07/06/2013", "06/30/2007", 0), ("07/06/2013", "30/06/2007", 1)]
)
def test_one_date_that_shows_the_order_of_day_and_month_settles_it_for_all(project, date, other, treated, head):
    check = dated(project, date, other, date, head=head)
    assert check.faults == [] and "stand first" not in said(check)
    frame = check.frame.set_index(["unit_code", "year"])["treated"]
    assert (frame["A", 2013], frame["A", 2014], frame["B", 2010]) == (bool(treated), True, True)


def test_dates_in_both_orders_are_refused_naming_both(project):
    check = dated(project, "06/30/2013", "30/06/2013", "07/06/2013")
    assert check.frame is None and "expected a date" not in said(check) and "stand first" not in said(check)
    assert "06/30/2013 beside 30/06/2013: dates with the month first and with the day first" in said(check)


def test_dates_in_no_certain_order_are_named(project):
    check = dated(project, "07/06/2013")
    assert "'07/06/2013': a date of which day or month may stand first" in said(check) and check.faults == []


def test_a_file_of_spss_is_refused_with_what_to_do_about_declared_missing_values(project):
    (project / "t.sav").write_bytes(b"$FL2@(#) SPSS DATA FILE")
    assert "declared missing (99, no answer) as empty cells" in said(own.create("mine", [project / "t.sav"]))


def test_a_sheet_of_notes_is_not_written_down_as_terms(project):
    plain_rows = [["town", "year", "rent"], *[row[:3] for row in grid()]]
    booked(project, {"Data": plain_rows, "Notes": [["Column", "Meaning"], ["rent", "in dollars"], ["town", "our own"]]})
    told = tomllib.loads((own.folder() / "mine" / "panel.toml").read_text("utf-8"))["leaders"]
    assert (told["file"], told["sheet"]) == ("", "")


@pytest.mark.parametrize("lost", ["terms", "panel"])
def test_lost_zeros_of_other_units_are_put_back_where_they_are_asked_for(project, lost):
    def code(u, table):
        return f"{'ABCDEF'.index(u) + 8}001".zfill(4 if table == lost else 5)

    rows = [(code(u, "panel"), y, v) for u, y, v, _ in grid()]
    (project / "p.csv").write_text("\n".join(["ags,year,rent", *(",".join(map(str, row)) for row in rows)]), "utf-8")
    led = [",".join((code(u, "terms"), *rest)) for u, _, *rest in two_terms()]
    (project / "t.csv").write_text("\n".join(["ags,start,end,outsider", *led]), "utf-8")
    assert "pad_codes = true" in said(own.create("mine", [project / "p.csv", project / "t.csv"]))
    check = changed("pad_codes", "true")
    assert check.faults == [] and {*check.frame["unit_code"]} >= {"08001", "13001"}


@pytest.mark.parametrize("mark", ["", "%"])
def test_a_share_of_the_year_in_hundredths_is_read_where_its_heading_says_so(project, mark):
    shares = (0, 25, 100, 1, 50, 0, 0, 75)
    rows = [f"K{u};{2010 + y};{u * 3 + y},5;{shares[(u + y) % 8]}{mark}" for u in range(8) for y in range(6)]
    (project / "p.csv").write_text("\n".join(["Kreis;Jahr;Quote;Auswärtiger Landrat (% des Jahres)", *rows]), "utf-8")
    check = own.create("mine", [project / "p.csv"])
    assert check.faults == [] and check.frame["share"].sum() == pytest.approx(sum(shares) * 6 / 100)
    assert "a share of leaders or of a year" in said(check)


@pytest.mark.parametrize("heading", ["commune_code", "id"])
def test_codes_of_communes_that_lost_their_zeros_are_known_by_the_list(project, heading):
    codes = sorted(boundaries.old_codes("commune"))[300:320]
    rows = [f"{int(c)},{year},{(n + year) % 2},{n * 1.5}" for n, c in enumerate(codes) for year in (2015, 2016, 2017)]
    (project / "p.csv").write_text("\n".join([f"{heading},year,non_local,rate", *rows]), "utf-8")
    assert "to put them back" in said(own.create("mine", [project / "p.csv"]))
    check = changed("pad_codes", "true")
    assert check.faults == [] and {*check.frame["unit_code"]} == {*codes}


def test_units_of_the_terms_that_stand_in_another_column_of_the_panel_are_named(project):
    led = [",".join(map(str, (f"7{'ABCDEF'.index(u)}", *rest))) for u, _, *rest in two_terms()]
    (project / "t.csv").write_text("\n".join(["town,start,end,outsider", *led]), "utf-8")
    rows = [(f"7{'ABCDEF'.index(u)}", u, y, v) for u, y, v, _ in grid()]
    (project / "p.csv").write_text(
        "\n".join(["psgc,town,year,rent", *(",".join(map(str, row)) for row in rows)]), "utf-8"
    )
    own.create("mine", [project / "p.csv", project / "t.csv"])
    toml = own.folder() / "mine" / "panel.toml"
    toml.write_text(toml.read_text("utf-8").replace('unit = "psgc"', 'unit = "town"', 1), "utf-8")
    check = own.check("mine")
    assert "but in column psgc" in said(check) and 'write unit = "psgc"' in said(check)


def test_the_name_of_a_country_among_states_is_noted_and_stays(project):
    states = [f"Zona {chr(65 + n)}" for n in range(24)]
    states[9] = "México"
    check = written(project, HEAD, grid(states))
    assert "of their own (México)" in said(check) and check.frame["unit_code"].nunique() == 24


def numbered(project, of, homes=False):
    """Terms and a panel by codes, with names beside both; ``of`` gives the code of each town in the terms."""
    name = dict(zip("ABCDEF", ("Alba", "Berg", "Cork", "Dole", "Etna", "Faro"), strict=True))
    led = [f"{of[u]},{name['ABBAAA'['ABCDEF'.index(u)] if homes else u]},{','.join(row)}" for u, *row in two_terms()]
    (project / "t.csv").write_text(
        "\n".join([f"code,{'came' if homes else 'town'},who,start,end,outsider", *led]), "utf-8"
    )
    rows = [f"1{'ABCDEF'.index(u)},{name[u]},{y},{v}" for u, y, v, _ in grid()]
    (project / "p.csv").write_text("\n".join(["code,town,year,rent", *rows]), "utf-8")
    own.create("mine", [project / "p.csv", project / "t.csv"])
    toml = own.folder() / "mine" / "panel.toml"
    toml.write_text(toml.read_text("utf-8").replace('unit = "town"', 'unit = "code"'), "utf-8")
    return own.check("mine")


SAME = {u: f"1{n}" for n, u in enumerate("ABCDEF")}


def test_terms_by_codes_of_another_numbering_are_refused_by_name_with_the_way_out(project):
    check = numbered(project, SAME | {"B": "12", "C": "11"})
    assert check.frame is None and "'12': Berg here, Cork in the panel (and 1 more such cells)" in said(check)
    assert 'write unit = "town" above in panel.toml, and unit = "town" under [leaders]' in said(check)


@pytest.mark.parametrize("homes", [False, True])
def test_terms_by_codes_of_one_numbering_are_read_and_where_leaders_come_from_is_no_name(project, homes):
    check = numbered(project, SAME, homes)
    assert check.faults == [] and check.about["unit"] == "code"


def test_a_unit_with_terms_in_office_is_not_asked_about_for_bearing_the_name_of_a_country(project):
    units = ["Berg", "Brasil", "Cork", "Dole", "Etna", "Faro"]
    led = [(units["ABCDEF".index(u)], *row) for u, *row in two_terms()]
    check = in_office(project, "town,who,start,end,outsider", led, units)
    assert check.faults == [] and "units that may be totals" not in said(check)


@pytest.mark.parametrize("name", ["재정자립도", "rent"])
def test_letters_that_the_figures_do_not_have_are_said(project, name):
    check = written(project, ("city", "year", name, "outsider"), grid())
    assert check.faults == [] and ("letters that the font of the figures" in said(check)) == (name != "rent")


def by_years(project, *terms):
    """Six towns, each with these terms in office (first year, last year, yes or no)."""
    return in_office(project, "town,start,end,outsider", [(u, *term) for u in "ABCDEF" for term in terms])


def test_terms_of_which_each_begins_the_year_after_the_one_before_ends_run_to_the_end_of_their_last_year(project):
    check = by_years(project, (2009, 2011, "no"), (2012, 2013, "yes"), (2014, "", "no"))
    frame = check.frame.set_index(["unit_code", "year"])["share"]
    assert frame["A"].tolist() == [0, 0, 1, 1, 0, 0] and "from January of their first year" in said(check)
    assert changed("year_only", '"july"').frame["treated"].isna().sum() == 12


def test_a_year_in_which_one_leader_follows_the_other_is_halved_where_last_years_are_whole(project):
    assert by_years(project, (2009, 2011, "no"), (2011, 2013, "yes"), (2014, "", "no")).frame is not None
    check = changed("year_only", '"whole"')
    assert check.frame.set_index(["unit_code", "year"])["share"]["A"].tolist() == [0, 0.5, 1, 1, 0, 0]


@pytest.mark.parametrize(("change", "after"), [(2012, 2012), ("2012-12", "2013-01"), (2011, 2013)])
def test_other_years_and_dates_are_as_they_were(project, change, after):
    check = by_years(project, (2005, change, "no"), (after, "", "yes"))
    assert check.about["leaders"]["year_only"] == "july"


@pytest.mark.parametrize("first", [98, 110])
def test_years_of_taiwan_without_the_name_of_their_era_are_read_from_the_year_100_on(project, first):
    rows = [(u, f"{y - 2010 + first}年", v, d) for u, y, v, d in grid()]
    check = written(project, ("縣市", "年別", "所得", "首長為外縣市出身"), rows)
    assert check.faults == [] and check.frame["year"].min() == first + 1911


def test_years_below_100_without_their_era_are_asked_about(project):
    check = written(project, ("縣市", "年別", "y", "outsider"), [(u, f"{y - 1990}年", v, d) for u, y, v, d in grid()])
    assert check.frame is None


def test_years_of_taiwan_across_are_stacked(project):
    rows = [(u, d, *range(97, 97 + 6)) for u, y, _, d in grid() if y == 2015]
    check = written(project, ("縣市", "outsider", *(f"{n}年" for n in range(97, 103))), rows)
    assert [*check.frame["year"].unique()] == [*range(2008, 2014)]


def test_what_panel_toml_holds_empty_is_guessed_again_with_the_next_file(project):
    written(project, ("town", "epoch", "rent", "sent"), [(u, f"{y - 1990}年", v, "CK"[d]) for u, y, v, d in grid()])
    toml = own.folder() / "mine" / "panel.toml"
    toml.write_text(toml.read_text("utf-8").replace('label_en = "rent"', 'label_en = "Rents"'), "utf-8")
    (project / "t.csv").write_text("\n".join(["town,epoch,rent,outsider", *(",".join(map(str, r)) for r in grid())]))
    check = own.create("mine", [project / "t.csv"], replace=True)
    assert check.faults == [] and [one["label_en"] for one in check.about["outcome"]] == ["Rents"]


@pytest.mark.parametrize(
    "whole", ["France métropolitaine", "France entière (hors Mayotte)", "Brasil inteiro", "All India"]
)
def test_the_whole_is_known_by_its_name_beside_its_code(project, whole):
    names = dict(zip("ABCDEF", ("Ain", "Allier", "Ardèche", "Aube", "Aude", "Cher"), strict=True))
    rows = [(f"0{'ABCDEF'.index(u)}", names[u], y, v, d) for u, y, v, d in grid()]
    rows += [("FM", whole, y, 11, 0) for y in range(2010, 2016)]
    check = written(project, ("Code", "Libellé", "year", "rent", "outsider"), rows)
    assert f"totals or regions among the units ({whole}" in said(check) and check.frame["unit_code"].nunique() == 6


def test_several_last_units_of_which_no_leader_is_known_are_left_out_together(project):
    towns = [f"T{n}" for n in range(1, 11)]
    rows = [(u, y, v, d) for u, y, v, d in grid(towns)]
    rows += [(u, y, 11, "") for u in ("Plains", "Mideast") for y in range(2010, 2016)]
    check = written(project, HEAD, rows)
    assert "first or last in the table (Plains, Mideast)" in said(check) and check.frame["unit_code"].nunique() == 10


@pytest.mark.parametrize(
    "form",
    [
        "{m} {d}, {y}",
        "{d} {m} {y}",
        "{d}-{b}-{y}",
        "{b} {y}",
        "{d}. März {y}",
        "{d} de marzo de {y}",
        "ngày {d} tháng 3 năm {y}",
    ],
)
@pytest.mark.parametrize("head", ["took_office,left_office", "Sworn in,Vacated office"])
def test_dates_with_the_name_of_the_month_are_read(project, form, head):
    def day(y):
        return f'"{form.format(y=y, m="March", b="Mar", d=9)}"'

    led = [(u, day(2005), day(2013), ("no", "yes")[u > "C"]) for u in "ABCDEF"]
    led += [(u, day(2013), "", ("no", "yes")[u < "D"]) for u in "ABCDEF"]
    check = in_office(project, f"town,{head},outsider", led)
    share = check.frame.set_index(["unit_code", "year"])["share"]
    assert check.faults == [] and share["A", 2013] == pytest.approx(10 / 12)


def test_a_unit_without_numbers_below_the_headings_is_no_second_heading(project):
    rows = [("Q", "city", "", "Unknown")]
    rows += [(u, "city" if u < "D" else "town", v, ("Local", "Unknown")[v < 13]) for u, y, v, _ in grid() if y == 2010]
    (project / "t.csv").write_text("\n".join(["name;kind;y;who", *(";".join(map(str, row)) for row in rows)]), "utf-8")
    table = reading.tables(project / "t.csv", reading.Found("t"))[""]
    assert (list(table), len(table)) == (["name", "kind", "y", "who"], len(rows))


# names of the units in 2010 and later, and the codes beside them
RENAMED = {"names that change": ("ABCDEF", "XBCDEF"), "one name for two": ("AACDEF", "AACDEF")}


@pytest.mark.parametrize("case", RENAMED)
def test_the_code_is_the_unit_where_names_change_or_belong_to_two(project, case):
    rows = [(f"K{'ABCDEF'.index(u)}", RENAMED[case][y > 2012]["ABCDEF".index(u)], y, v, d) for u, y, v, d in grid()]
    check = written(project, ("town_id", "district", "year", "rent", "outsider"), rows)
    assert (check.about["unit"], check.about["unit_name"]) == ("town_id", "district")
    assert check.faults == [] and check.frame["unit_code"].nunique() == 6


def test_districts_among_communes_are_left_out_though_some_codes_lost_their_zeros(project):
    names = {"026": "Huyện Đồng Văn", "00712": "Thị trấn Phó Bảng", "00715": "Xã Lũng Cú", "00718": "Xã Má Lé", "00721": "Xã Sủng Là"}  # fmt: skip
    units = grid(list(names), range(2012, 2018))
    rows = [(u if y < 2015 else int(u), names[u], y, v, d if u != "026" else "") for u, y, v, d in units]
    written(project, ("ma_xa", "ten_xa", "nam", "rent", "non_local"), rows)
    check = changed("pad_codes", "true")
    assert check.faults == [] and sorted(check.frame["unit_code"].unique()) == sorted(list(names)[1:])


def test_codes_that_lost_a_zero_stand_above_others_too(project):
    towns = {"5000": "Antioch", "5001": "Medell", "5045": "Apart", "13000": "Bolv", "13001": "Carta", "13244": "Carmen"}
    rows = [(c, towns[c], y, v, d) for c, y, v, d in grid(list(towns))]
    check = written(project, ("cod", "entidad", "year", "rent", "outsider"), rows)
    assert "(5000, 13000)" in said(check) and check.frame["unit_code"].nunique() == 4


def test_a_start_known_to_the_month_alone_is_no_overlap_with_an_end_late_in_it(project):
    led = [(u, f"P{u}", "2005-01-01", "2012-12-29", "no") for u in "ABCDEF"]
    led += [(u, f"Q{u}", "12/2012", "", "yes" if u < "D" else "no") for u in "ABCDEF"]
    check = in_office(project, "town,who,start,end,outsider", led)
    assert check.faults == [] and check.frame.set_index(["unit_code", "year"])["treated"]["A", 2013]


def test_terms_in_days_of_the_buddhist_calendar_are_read_whatever_their_headings(project):
    led = [(u, "1 ต.ค. 2548", "30 ก.ย. 2555", "ใช่") for u in "ABCDEF"]
    led += [(u, "1 ต.ค. 2555", "ปัจจุบัน", "ไม่ใช่" if u < "D" else "ใช่") for u in "ABCDEF"]
    in_office(project, "จังหวัด,วันเริ่ม,วันสิ้นสุด,เป็นคนในพื้นที่", led)
    check = changed("local", '"เป็นคนในพื้นที่"')
    treated = check.frame.set_index(["unit_code", "year"])["treated"]
    assert check.faults == [] and [bool(treated["A", year]) for year in (2012, 2013)] == [False, True]


def yearly(project, name=str, who=True):
    """Take in a plain panel beside a table of who led in each year, without the last year of the last unit."""
    led = [(name(u), y, f"P{u}{d}", ("no", "yes")[d]) for u, y, _, d in grid()[:-1]]
    head = "place,year,governor,outsider" if who else "place,year,outsider"
    return in_office(project, head, led if who else [(u, y, d) for u, y, _, d in led])


def test_who_led_in_each_year_is_read_from_a_second_table(project):
    check = yearly(project)
    treated = check.frame.set_index(["unit_code", "year"])["treated"]
    assert check.faults == [] and treated.astype("Float64").fillna(-1).astype(int).tolist() == [
        *(d for *_, d in grid()[:-1]),
        -1,
    ]
    assert "a date known to the year alone" not in said(check)


def test_of_leaders_without_names_in_each_year_no_change_is_claimed(project):
    check = yearly(project, who=False)
    assert check.faults == [] and check.frame["turnover"].isna().all()
    assert check.panel().coverage["not_classified"].sum() == 1


def test_a_change_of_who_led_in_each_year_shows_in_its_year(project):
    turnover = yearly(project).frame.set_index(["unit_code", "year"])["turnover"]
    assert turnover["A", 2011] == 1 and turnover["A", 2012] == 0 and not turnover["F"].eq(1).fillna(False).any()


def test_two_leaders_in_one_year_of_a_table_by_years_are_asked_about(project):
    yearly(project)
    file = own.folder() / "mine" / "leaders.csv"
    file.write_text(file.read_text("utf-8") + "\nB,2013,Other,no", "utf-8")
    assert "one leader at a time" in " | ".join(fault.expected for fault in own.check("mine").faults)


def test_names_in_turkish_capitals_join(project):
    towns = ["Isparta", "İstanbul", "Iğdır", "Ağrı", "Kırıkkale", "Adana"]
    led = [(u.replace("i", "İ").replace("ı", "I").upper(), y, d) for u, y, _, d in grid(towns)]
    check = in_office(project, "il,yil,outsider", led, towns)
    assert check.faults == [] and check.frame["treated"].notna().all()


def test_below_a_total_several_last_units_without_a_known_leader_are_left_out(project):
    rows = [(u, y, v, "" if len(u) > 1 else d) for u, y, v, d in grid(["Total", *"ABCDEFGHIJ", "Plains", "Mideast"])]
    assert set(written(project, HEAD, rows).frame["unit_code"]) == {*"ABCDEFGHIJ"}


def test_below_a_total_the_first_unit_without_a_known_leader_stays(project):
    units = ["Total", "Capital", *"ABCDEF"]
    rows = [(u, y, v, "" if len(u) > 1 else d) for u, y, v, d in grid(units)]
    check = written(project, HEAD, rows)
    assert "Capital" in set(check.frame["unit_code"]) and "known in no year (Capital)" in said(check)


def test_terms_in_romanian_are_known_by_what_their_cells_say(project):
    led = [(u, "20.04.2005", "30.06.2012", "din județ") for u in "ABCDEF"]
    led += [(u, "01.07.2012", "", "din alt județ" if u < "D" else "necunoscut") for u in "ABCDEF"]
    check = in_office(project, "judet,data_numirii,data_incetarii,provenienta", led)
    assert check.faults == [] and (check.frame["treated"].sum(), check.frame["treated"].isna().sum()) == (9, 9)


def test_regions_listed_before_their_units_are_left_out_by_their_sums(project):
    values = {
        (u, y): 100 + 37 * i + (y - 2009) * (7 + 5 * i) for i, u in enumerate("ABCDEFGH") for y in range(2010, 2016)
    }
    rows = [
        (u, y, sum(values[one, y] for one in of), "")
        for u, of in (("North", "ACEG"), ("South", "BDFH"))
        for y in range(2010, 2016)
    ]
    check = written(project, HEAD, rows + [(f".{u}", y, v, int(u < "D" and y > 2012)) for (u, y), v in values.items()])
    assert check.faults == [] and set(check.frame["unit_code"]) == {*"ABCDEFGH"}


@pytest.mark.parametrize("counts", [("1", "2", "3", "4"), ("A", "(1)", "(2)", "(3)")])
def test_a_row_that_counts_the_columns_is_no_unit(project, counts):
    check = written(project, HEAD, [counts, *grid()])
    assert check.faults == [] and set(check.frame["unit_code"]) == {*"ABCDEF"}


@pytest.mark.parametrize(
    "legend", [["Fonte: IBGE", "0;zero, rounded"], ["_____", "- = none; . = unknown; x = closed; (C) 2024"]]
)
def test_a_legend_below_the_table_is_no_row_however_many_cells_it_has(project, legend):
    lines = [";".join(map(str, row)) for row in [HEAD, *grid()]] + legend
    (project / "t.csv").write_text("\n".join(lines), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert check.faults == [] and len(check.frame) == 36


def test_a_mark_in_brackets_behind_a_sign_is_no_second_sign(project):
    rows = [(u, y, f"{v}%" + " (e)" * (y == 2012) + " [r]" * (y == 2013), d) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert check.faults == [] and check.frame["rent"].tolist() == [v for _, _, v, _ in grid()]


def test_a_cross_beside_yes_and_no_is_asked_about(project):
    rows = [(u, y, v, "x" if u == "F" else ("no", "yes")[d]) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert "'x'" in said(check) and check.frame is None
    assert changed("missing", '["x"]').frame["treated"].isna().sum() == 6


def test_who_led_in_each_financial_year_is_read_as_of_the_year_in_which_it_begins(project):
    led = [(u, f"{y}/{y % 100 + 1}", d) for u, y, _, d in grid()]
    check = in_office(project, "place,year,outsider", led)
    assert check.frame["treated"].astype(int).tolist() == [d for *_, d in grid()]


def test_one_name_that_ends_where_another_begins_is_asked_about(project):
    rows = [
        ("Odisha" if (u, y > 2012) == ("C", True) else "Orissa" if u == "C" else u, y, v, d) for u, y, v, d in grid()
    ]
    assert "Orissa (–2012) / Odisha" in said(written(project, HEAD, rows))


def test_the_number_of_a_series_is_no_unit(project):
    kinds = ("Employment", "Unemployment")
    rows = [
        (y, u, f"v{n}{i}", k, v + n, d)
        for u, y, v, d in grid()
        for n, k in enumerate(kinds)
        for i in ["ABCDEF".index(u)]
    ]
    check = written(project, ("REF_DATE", "GEO", "VECTOR", "Characteristics", "VALUE", "treated"), rows)
    assert check.about["unit"] == "GEO" and "told apart by Characteristics" in said(check)


def test_sources_of_which_each_unit_has_its_own_are_named_beside_the_kinds(project):
    sexes = ("Total", "Male", "Female")
    rows = [
        (u, "Survey of two" if u in "AB" else f"Survey {u}", s, y, v + n, d)
        for u, y, v, d in grid([*"ABCDEFGHIJ"])
        for n, s in enumerate(sexes)
    ]
    rows += [("C", "Census", s, 2013, 60 + n, 0) for n, s in enumerate(sexes)]
    check = written(project, ("area", "source", "sex", "year", "rate", "treated"), rows)
    assert "told apart by source, sex" in said(check)


def test_turkish_letters_are_read(project):
    led = [(u, y, ("Hayır", "Evet")[d]) for u, y, _, d in grid(["Ağrı", "Iğdır", "Muş", "Van"])]
    lines = ["il;yil;outsider;kira", *(f"{u};{y};{d};{10 + n % 7}" for n, (u, y, d) in enumerate(led))]
    (project / "t.csv").write_bytes("\n".join(lines).encode("cp1254"))
    check = own.create("mine", [project / "t.csv"])
    assert check.faults == [] and "Iğdır" in set(check.frame["unit_code"])


def test_a_row_that_stands_twice_alike_in_every_column_is_read_once(project):
    check = written(project, HEAD, [*grid(), grid()[3]])
    assert check.faults == [] and "rows that stand twice, alike in every column (A 2013)" in said(check)


def test_of_one_year_alone_nothing_else_is_said(project):
    check = written(
        project,
        ("city", "district", *HEAD[1:]),
        [(f"{u}{i}", u, 2010, v + i, (d + i) % 2) for u, y, v, d in grid() for i in [y]],
    )
    assert [fault.found.message for fault in check.faults] == [own.W["faults"]["one_year"][0]]


def test_a_label_that_says_treatment_in_brackets_names_the_column(project):
    rows = pd.DataFrame(grid(), columns=["city", "year", "rent", "wto"]).assign(wto=lambda t: t["wto"] + 1)
    labels = {"wto": "Member for the whole year (treatment)", "rent": "Rent"}
    rows.to_stata(
        project / "t.dta", write_index=False, variable_labels=labels, value_labels={"wto": {1: "No", 2: "Yes"}}
    )
    check = own.create("mine", [project / "t.dta"])
    assert check.faults == [] and check.frame["treated"].astype(int).tolist() == [d for *_, d in grid()]


def test_a_sign_of_a_footnote_stuck_to_a_year_is_no_part_of_it(project):
    rows = [(u, *range(10 * n, 10 * n + 6), *"001111") for n, u in enumerate("ABCD", 1)]
    heads = [f"{name} {y}" for name in ("rent", "outsider") for y in ("2010", "20111)", *range(2012, 2016))]
    check = written(project, ("city", *heads), rows)
    assert check.faults == [] and check.frame["rent"].tolist() == [10.0 * n + k for n in range(1, 5) for k in range(6)]


@pytest.mark.parametrize("mark", ["х", "vacant", "空缺 Vacant"])
def test_a_vacant_post_and_a_cyrillic_mark_of_no_value_leave_who_led_unknown(project, mark):
    rows = [(u, y, v, mark if (u, y) == ("F", 2015) else ("no", "yes")[d]) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert check.faults == [] and check.frame["treated"].isna().tolist() == [False] * 35 + [True]


def test_rows_alike_but_for_the_index_that_pandas_left_are_one(project):
    table = pd.DataFrame([*grid(), grid()[3]], columns=[*HEAD]).rename_axis("__index_level_0__").reset_index()
    table.to_parquet(project / "t.parquet", index=False)
    check = own.create("mine", [project / "t.parquet"])
    assert check.faults == [] and "rows that stand twice, alike in every column (A 2013)" in said(check)


def test_words_for_what_is_unknown_are_no_value_among_numbers_too(project):
    rows = [(u, y, "Not reported" if (u, y) == ("A", 2012) else v, d) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert check.faults == [] and check.frame["rent"].isna().sum() == 1


def test_a_term_till_date_is_still_held(project):
    lines = [
        "city,start,end,outsider",
        *(f"{u},2008-01-01,2012-12-31,no\n{u},2013-01-01,till date,yes" for u in "ABCDEF"),
    ]
    (project / "l.csv").write_text("\n".join(lines), "utf-8")
    (project / "t.csv").write_text("\n".join(["city,year,rent", *(f"{u},{y},{v}" for u, y, v, _ in grid())]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert check.faults == [] and check.frame["treated"].sum() == 18


def test_from_this_county_and_from_another_tell_who_led(project):
    rows = [(u, y, v, ("From this county", "From another county")[d]) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "cc_origin"), rows)
    assert check.faults == [] and check.frame["treated"].astype(int).tolist() == [d for *_, d in grid()]


def test_a_mark_that_the_legend_calls_zero_is_zero_among_numbers_alone(project):
    rows = [
        (u, y, "-" if y == 2012 else v, "-" if (u, y) == ("F", 2010) else ("no", "yes")[d]) for u, y, v, d in grid()
    ]
    lines = [";".join(map(str, row)) for row in [HEAD, *rows]]
    (project / "t.csv").write_text(
        "\n".join([*lines, "Source: ours", "-;Zero absoluto, não resultante de um cálculo"]), "utf-8"
    )
    check = own.create("mine", [project / "t.csv"])
    assert check.faults == [] and check.frame["rent"].eq(0).sum() == 6 and check.frame["treated"].isna().sum() == 1


def test_a_legend_that_is_in_doubt_between_zero_and_nothing_is_not_followed(project):
    rows = [(u, y, "-" if y == 2012 else v, d) for u, y, v, d in grid()]
    check = written(project, HEAD, [*rows, ("Source: ours",), ("- zero or not available",)])
    assert check.faults == [] and check.frame["rent"].isna().sum() == 6


def test_headings_in_three_rows_are_joined(project):
    heads = [("city", "Measure by year", *[""] * 11), ("", "Rent", *[""] * 5, "Outsider", *[""] * 5), ("", *range(2010, 2016), *range(2010, 2016))]  # fmt: skip
    rows = [(u, *[v for w, _, v, _ in grid() if w == u], *["ny"[d] for w, *_, d in grid() if w == u]) for u in "ABCDEF"]
    check = written(project, *[("Table 9: rent and who led",), [*heads, *rows]])
    assert check.faults == [] and check.frame["treated"].astype(int).tolist() == [d for *_, d in grid()]


@pytest.mark.parametrize(("rest", "faults"), [("A excluding the port", 1), ("C excluding the port", 0)])
def test_a_part_beside_its_whole_is_asked_about(project, rest, faults):
    units = ["A", rest.replace("C", "X"), "B", "D", "E", "F"]
    check = written(project, HEAD, grid(units))
    assert len(check.faults) == faults and ("is the other without a part (A / " in said(check)) == bool(faults)


def test_a_mark_behind_yes_or_no_is_no_part_of_it(project):
    rows = [(u, y, v, f"{d} e" if (u, y) == ("A", 2014) else d) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert check.faults == [] and check.frame["treated"].astype(int).tolist() == [d for *_, d in grid()]


def test_years_of_a_first_treatment_are_named_where_nothing_else_tells_who_led(project):
    rows = [(u, y, v, 2011 + i % 3 if i < 4 else "") for i, u in enumerate("ABCDEF") for _, y, v, _ in grid([u])]
    check = written(project, ("city", "year", "rent", "reform"), rows)
    assert check.frame is None and 'column "reform" holds 2011, 2012, 2013, neither yes nor no' in said(check)


def test_units_across_beside_dates_are_asked_to_be_turned(project):
    units = "ABCD"
    heads = [
        "Reference date",
        *(f"Mid-year population {u}" for u in units),
        *(f"Leader from another province {u}" for u in units),
    ]
    rows = [
        (f"{y}-06-30", *(900 + 7 * y % 90 + n for n in range(4)), "No", "Yes", "No", "No") for y in range(2010, 2016)
    ]
    check = written(project, heads, rows)
    assert "turn the table in the file" in said(check) and "a year of four digits" not in said(check)


def test_kinds_of_figures_in_rows_are_asked_to_be_columns(project):
    rows = [(u, y, *one) for u, y, v, d in grid() for one in (("rent", v), ("led from elsewhere", d))]
    check = written(project, ("city", "year", "indicator", "value"), rows)
    assert check.frame is None and "give each kind a column of its own" in said(check)


COUNTIES = ["Alder", "Birch", "Cedar", "Alder", "Elm", "Fir", "Birch"]  # of two states


def counted(units="0123456"):
    """Rows of units known by their number."""
    return [(int(unit), *row) for unit, *row in grid(units)]


def recoded(code, later, *beside):
    """Rows of counties whose code is another one since 2013."""
    return [((code if y < 2013 else later)(i), *(one[i] for one in beside), y, v, d) for i, y, v, d in counted()]


def test_codes_without_their_zeros_in_some_years_are_of_one_unit(project):
    rows = [(f"{101 + i:04d}" if y < 2013 else 101 + i, y, v, d) for i, y, v, d in counted()]
    check = written(project, ("county_code", "year", "rent", "treated"), rows)
    assert check.faults == [] and check.frame["unit_code"].nunique() == 7 and "14 spellings of 7 units" in said(check)


LATER = {"a digit more": lambda i: f"{1101 + 7 * i}{i}", "another numbering": lambda i: 3101 + 13 * i}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_codes_that_are_others_from_a_year_on_are_asked_about(project, later):
    rows = recoded(lambda i: 1101 + 7 * i, later)
    check = written(project, ("county_code", "year", "rent", "treated"), rows)
    assert check.frame is None and "1101" in said(check) and f"{later(0)}" in said(check)


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_where_codes_are_others_from_a_year_on_names_and_larger_units_are_the_unit(project, later):
    rows = recoded(lambda i: 1101 + 7 * i, later, COUNTIES, ["North"] * 3 + ["South"] * 4)
    check = written(project, ("county_code", "county", "state", "year", "rent", "treated"), rows)
    assert check.faults == [] and len(check.frame) == 42 and "Alder (North), Birch (North)" in said(check)


def test_a_few_codes_that_are_others_under_the_same_names_are_asked_about(project):
    names = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum"]
    rows = recoded(lambda i: 1101 + 7 * i, lambda i: 1101 + 7 * i + 900 * (i == 2), names)
    check = written(project, ("county_code", "county", "year", "rent", "treated"), rows)
    assert check.frame is None and "(1115 (–2012) / 2015)" in said(check)


def test_units_with_a_part_of_the_years_are_named_however_many(project):
    rows = [row for row in grid() if row[0] in "AB" or (row[1] < 2014) == (row[0] in "CD")]
    assert "C 2010-2013, D 2010-2013, E 2014-2015" in said(written(project, HEAD, rows))


@pytest.mark.parametrize("larger", ["stname", "UF", "Tỉnh"])
def test_a_name_in_two_larger_units_is_the_unit_though_a_figure_differs_in_all(project, larger):
    rows = [
        (["North", "South"][i > 2], f"{COUNTIES[i]} County", 40_000 + 9_137 * i * i, y, v, d)
        for i, y, v, d in counted()
    ]
    check = written(project, (larger, "ctyname", "CENSUS2010POP", "year", "rent", "treated"), rows)
    assert check.faults == [] and check.about["unit"] == "ctyname" and check.frame["unit_code"].nunique() == 7
    assert "Alder County (North), Birch County (North)" in said(check)


@pytest.mark.parametrize("year", ["年份", "Год", "연도", "berichtsjahr"])
def test_the_column_called_year_wins_over_years_of_taking_office(project, year):
    rows = [(u, y - y % 3, v, y, d) for u, y, v, d in grid()]
    check = written(project, ("city", "书记到任年份", "rent", year, "treated"), rows)
    assert check.faults == [] and check.about["year"] == year


@pytest.mark.parametrize("event", ["elecyr", "year of birth", "Năm bầu cử"])
def test_years_of_what_happened_once_are_not_the_years_of_the_table(project, event):
    rows = [(u, y - y % 2, v, y, d) for u, y, v, d in grid()]
    check = written(project, ("city", event, "rent", "covering", "treated"), rows)
    assert check.faults == [] and check.about["year"] == "covering"


def test_names_of_provinces_are_the_unit_beside_codes_of_another_numbering(project):
    names = [("Hà Nội", "Ha Noi"), ("Đắk Lắk", "Daklak"), ("An Giang",) * 2, ("Cà Mau", "Ca Mau"), ("Huế",) * 2]
    rows = [(i + 1, names[i][y > 2012], y, v, d) for i, y, v, d in counted("01234")]
    check = written(project, ("rank_id", "ten", "year", "rent", "non_local"), rows)
    assert check.faults == [] and [*check.frame["unit_code"].unique()] == ["01", "46", "66", "89", "96"]


def test_a_column_that_says_who_is_from_elsewhere_in_part_is_the_only_one_asked_about(project):
    rows = [(u, y, v, ["Goa", "Another state"][d], 1 - d) for u, y, v, d in grid()]
    check = written(project, ("district", "year", "rent", "head_origin", "head_woman"), rows)
    assert 'column "head_origin" holds Goa, Another state' in said(check) and "head_woman" not in said(check)


def test_terms_join_a_panel_with_a_column_that_holds_nothing(project):
    with_nothing = [(u, "", y, v) for u, y, v, _ in grid()]
    text = "\n".join(",".join(map(str, row)) for row in [("city", "region", "year", "rent"), *with_nothing])
    (project / "t.csv").write_text(text, "utf-8")
    terms = [f"{u},{y}-01,{y + 3}-01,{d}" for u in "ABCDEF" for y, d in ((2010, "no"), (2013, "yes"))]
    (project / "l.csv").write_text("\n".join(["city,start,end,non_local", *terms]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert check.faults == [] and check.frame["treated"].sum() == 18


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("year = 2015", "'year': 2015"),
        ("year = true", "'year': True"),
        ('"" = ["a"]', "'': ['a']"),
        ('town = "A"', "'town': 'A'"),
        ("town = []", "'town': []"),
        ('town = ["A", "Z9"]', "Z9 under [sample]"),
    ],
)
def test_a_sample_that_is_no_list_of_cells_is_refused_by_name(project, text, found):
    rows = [["town", "year", "rent", "non_local"], *grid()]
    (project / "p.csv").write_text("\n".join(",".join(map(str, row)) for row in rows), "utf-8")
    own.create("mine", [project / "p.csv"])
    toml = own.folder() / "mine" / "panel.toml"
    toml.write_text(re.sub(r"(?m)^\[sample\].*$", f"[sample]\n{text}", toml.read_text("utf-8")), "utf-8")
    assert found in said(own.check("mine"))


def test_a_sample_written_in_parted_letters_keeps_the_same_rows(project):
    rows = [
        ["town", "year", "rent", "non_local", "area"],
        *[[*row, "Nội" if row[0] < "E" else "Ngoại"] for row in grid()],
    ]
    (project / "p.csv").write_text("\n".join(",".join(map(str, row)) for row in rows), "utf-8")
    own.create("mine", [project / "p.csv"])
    toml = own.folder() / "mine" / "panel.toml"
    parted = unicodedata.normalize("NFD", 'area = ["Nội"]')
    toml.write_text(re.sub(r"(?m)^\[sample\].*$", f"[sample]\n{parted}", toml.read_text("utf-8")), "utf-8")
    assert own.check("mine").frame["unit_code"].nunique() == 4


@pytest.mark.parametrize("made", ["non_local", "1 - non_local", "10 * non_local + 3"])
def test_an_outcome_that_is_who_led_is_refused_by_name(project, made):
    table = pd.DataFrame(grid(), columns=["town", "year", "rent", "non_local"])
    table.eval(f"schools = {made}").to_csv(project / "p.csv", index=False)
    own.create("mine", [project / "p.csv"])
    toml = own.folder() / "mine" / "panel.toml"
    kept = re.sub(r"(?ms)^\[\[outcome\]\].*?(?=^\[)", "", toml.read_text("utf-8"))
    toml.write_text(kept + '\n[[outcome]]\ncolumn = "schools"\n', "utf-8")
    assert "schools: who led, or a straight line of it" in said(own.check("mine"))


def test_a_weight_below_zero_is_refused_with_its_row(project):
    table = pd.DataFrame(grid(), columns=["town", "year", "rent", "non_local"]).assign(people=1.5)
    table.loc[7, "people"] = -3
    table.to_csv(project / "p.csv", index=False)
    own.create("mine", [project / "p.csv"])
    check = changed("weights", '"people"')
    (fault,) = check.faults
    assert fault.row == 9 and "'-3.0', a weight below zero" in fault.found.__str__()


def lines(project, text, name="t.csv"):
    (project / name).write_text("\n".join(text), "utf-8")
    return own.create("mine", [project / name])


def read_as_grid(check, column):
    """Say whether a table that is dressed in whatever way is read as it is undressed."""
    assert check.faults == []
    return [*check.frame[column]] == [v for _, _, v, _ in grid()] and [*check.frame["treated"]] == [
        bool(d) for *_, d in grid()
    ]


def abreast(mark="", last=2015, stem="", cut=";"):
    """Lines of a table with years across and who led beside them, ``mark`` behind the last year."""
    years = [f"{y}{mark}" if y == last else f"{y}" for y in range(2010, 2016)]
    head = ["", *(f"{stem}{y}" for y in years), *(f"Outsider {y}" for y in years)]
    rows = [[u, *(v for w, _, v, _ in grid() if w == u), *(d for w, *_, d in grid() if w == u)] for u in "ABCDEF"]
    return [cut.join(map(str, row)) for row in [head, *rows]]


@pytest.mark.parametrize(
    ("title", "cut"),
    [("(по ценам; млн рублей)", ";"), ("Chi ngân sách; triệu đồng", ";"), ("Investment, by town, 2010-2015", ",")],
)
def test_a_title_with_the_delimiter_in_it_is_one_title(project, title, cut):
    text = ["Table 1" + cut * 12, title + cut * 12, *abreast("", cut=cut)]
    assert read_as_grid(lines(project, text), "value")


@pytest.mark.parametrize("mark", ["r)", " p)", "+", " †", "*", "1)", "(p)", "²", "²)", " (r)", "#"])
@pytest.mark.parametrize("stem", ["", "Rent (m²) "])
def test_a_mark_behind_the_year_of_a_heading_is_no_part_of_it(project, mark, stem):
    assert read_as_grid(lines(project, abreast(mark, stem=stem)), stem.strip() or "value")


@pytest.mark.parametrize("mark", ["r)", " p)", "+", "†", " (a)", "²)"])
def test_a_mark_behind_the_year_in_a_cell_is_no_part_of_it(project, mark):
    rows = [(u, f"{y}{mark}" if y == 2014 else y, v, d) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert read_as_grid(check, "rent") and f"2014{mark} = 2014" in said(check)


def once(rows, column, mark=""):
    """Rows with what stands in a column only where it changes, ``mark`` or nothing below."""
    out = []
    for n, row in enumerate(rows):
        same = n and row[column] == rows[n - 1][column]
        out.append([mark if same and i == column else cell for i, cell in enumerate(row)])
    return out


def by_year(form="{}"):
    names = dict(zip("ABCDEF", ["Ash", "Birch", "Cedar", "Dill", "Elm", "Fir"], strict=True))
    return [(form.format(y), names[u], v, d) for u, y, v, d in sorted(grid(), key=lambda row: row[1])]


@pytest.mark.parametrize("form", ["{}", "31.12.{}", "31/12/{}", "FY {}", "Năm {}", "{}年"])
def test_a_year_printed_once_above_its_rows_is_theirs(project, form):
    check = written(project, ("when", "town", "rent", "outsider"), once(by_year(form), 0))
    assert read_as_grid(check, "rent") and "each year or unit stands once under each" in said(check)


def test_a_year_that_stands_here_and_there_is_not_filled_in(project):
    rows = [
        ("" if n % 6 in (1, 2) else y, "Ash" if n % 6 == 2 else u, v, d) for n, (y, u, v, d) in enumerate(by_year())
    ]
    assert written(project, ("year", "town", "rent", "outsider"), rows).frame is None


@pytest.mark.parametrize("mark", ["〃", '""""', "-do-", "ditto", "idem", "như trên", "同上", "то же"])
def test_a_mark_for_the_same_again_is_what_stands_above(project, mark):
    check = written(project, ("year", "town", "rent", "outsider"), once(by_year(), 0, mark))
    assert read_as_grid(check, "rent") and "the same as above" in said(check)


def test_codes_without_a_heading_are_the_unit(project):
    rows = [(f"0641{'ABCDEF'.index(u)}", f"{u}stadt", y, v, d) for u, y, v, d in grid()]
    check = written(project, ("", "", "Jahr", "rent", "outsider"), rows)
    assert read_as_grid(check, "rent") and check.about["unit"] == "code A"


LEGENDS = {
    "Zeichenerklärung: - = nichts vorhanden (genau null), . = unbekannt": 0,
    "Quelle: Amt; - zero absoluto": 0,
    "Note: – is not used, - : nil": 0,
    "(注)「-」は皆無、「…」は不詳である。": 0,
    "Note: - nil or negligible": None,
    "Note: - not available": None,
}


@pytest.mark.parametrize("legend", LEGENDS)
def test_what_a_legend_calls_zero_is_zero(project, legend):
    rows = [(u, y, "-" if (u, y) == ("B", 2012) else v, d) for u, y, v, d in grid()]
    check = written(project, HEAD, [*rows, (legend,)])
    value = check.frame.set_index(["unit_code", "year"])["rent"]["B", 2012]
    assert value == 0 if LEGENDS[legend] == 0 else np.isnan(value)


@pytest.mark.parametrize("mark", ["▲", "△", "▲ "])
def test_a_triangle_before_some_numbers_is_a_minus(project, mark):
    rows = [(u, y, f"{mark}{v}" if u == "B" else v, d) for u, y, v, d in grid()]
    check = written(project, HEAD, rows)
    assert (
        check.faults == []
        and check.frame.set_index("unit_code")["rent"]["B"].max() < 0
        and f"{mark}11.5 = -11.5" in said(check)
    )


def test_triangles_up_and_down_are_asked_about(project):
    rows = [(u, y, f"{'▲▼'[y % 2]}{v}" if u == "B" else v, d) for u, y, v, d in grid()]
    assert written(project, HEAD, rows).frame is None


def test_closed_cells_of_regions_leave_it_told_who_led(project):
    rows = [(f"064{u}", f"{u}stadt", y, v, ("nein", "ja")[d]) for u, y, v, d in grid("123456")]
    rows = [
        row
        for y in range(2010, 2016)
        for row in [("06", "Land", y, 500, "x"), ("064", "Bezirk", y, 400, "x"), *(r for r in rows if r[2] == y)]
    ]
    check = written(project, ("", "", "Jahr", "rent", "Bürgermeister von auswärts"), rows)
    assert check.faults == [] and (check.frame["unit_code"].nunique(), check.frame["treated"].sum()) == (6, 21)


SPANS = {
    "2009-2012": "2013-2016",
    "2009 – 2012": "2013 – nay",
    "từ 2009 đến 2012": "từ 2013 đến 2016",
    "2009 to 2012": "2013 to present",
    "01/2009-12/2012": "01/2013-",
    "01.01.2009 bis 31.12.2012": "01.01.2013 bis heute",
    "2009年1月～2012年12月": "2013年1月～現在",
}


@pytest.mark.parametrize("first", SPANS)
def test_terms_in_one_cell_are_read(project, first):
    led = [(u, (first, SPANS[first])[n], ("no", "yes")[n == (u < "D")]) for u in "ABCDEF" for n in (0, 1)]
    check = in_office(project, "town,term of office,outsider", led)
    treated = check.frame.set_index(["unit_code", "year"])["treated"]
    assert check.faults == [] and "start and end in one cell" in said(check)
    assert [*treated["A"]] == [False] * 3 + [True] * 3 and [*treated["F"]] == [True] * 3 + [False] * 3


def test_terms_in_one_cell_with_words_beside_are_asked_about(project):
    led = [(u, ("2009-2012", "2013-2016")[n], ("no", "yes")[n]) for u in "ABCDEF" for n in (0, 1)]
    led[0] = ("A", "2009-2012 (removed 14/08/2012)", "no")
    assert "removed" in said(in_office(project, "town,term of office,outsider", led))


def test_mandates_beside_years_leave_the_rows_of_years_as_they_are(project):
    rows = [(u, y, "2009-2012" if y < 2013 else "2013-2016", v, d) for u, y, v, d in grid()]
    assert read_as_grid(written(project, ("city", "year", "mandate", "rent", "outsider"), rows), "rent")


def test_figures_of_periods_of_several_years_are_asked_about(project):
    spans = ["2001-2004", "2005-2008", "2009-2012", "2013-2016"]
    rows = [(u, spans[y - 2010], v, d) for u, y, v, d in grid(years=range(2010, 2014))]
    assert written(project, ("city", "period", "rent", "outsider"), rows).frame is None


def test_years_from_one_to_the_next_are_no_terms(project):
    check = written(
        project, ("city", "period", "rent", "outsider"), [(u, f"{y}-{y + 1}", v, d) for u, y, v, d in grid()]
    )
    assert read_as_grid(check, "rent")


DATED = {
    "2009年2月": "2013年02月1日",
    "2009년 2월": "2013년 2월 1일",
    "平成21年2月": "平成25年2月1日",
    "2009年": "2013年2月",
}


@pytest.mark.parametrize("first", DATED)
def test_dates_of_east_asia_are_read(project, first):
    led = [(u, p, s, e, d) for (u, p, s, e, d) in two_terms(first, DATED[first])]
    check = in_office(project, "town,person,到任时间,离任时间,outsider", led)
    assert check.faults == [] and check.frame["treated"].notna().all()


def pages(head, other, years=range(2010, 2016), title=(), name=str):
    """Sheets of a year each, of which the third has other headings."""
    return {
        name(y): [*title, other if y == 2012 else head, *((u, v, d) for u, w, v, d in grid() if w == y)] for y in years
    }


@pytest.mark.parametrize(
    ("head", "other", "title"),
    [
        (("District", "Rent", "Outsider"), ("Name of District", "Rent (Rs. '000)", "Outsider"), ("(Rs. '000)",)),
        (("Huyện", "Thu ngân sách", "outsider"), ("Tên huyện", "THU NGÂN SÁCH", "outsider"), ("Bảng 1",)),
        (
            ("Município", "Receita", "outsider"),
            ("Nome do Município", "Receita [mil R$]", "outsider"),
            ("Receita [mil R$]",),
        ),
        (("地区", "收入", "outsider"), ("地区", "收入（万元）", "outsider"), ("单位：（万元）",)),
    ],
)
def test_sheets_of_years_with_headings_that_mean_the_same_are_one_table(project, head, other, title):
    check = booked(project, pages(head, other, title=[title]))
    assert read_as_grid(check, head[1]) and "headings that differ between sheets" in said(check)


@pytest.mark.parametrize("other", ["Rent (USD)", "Rent (%)", "Rent, net", "Rent 1/"])
def test_sheets_of_years_with_headings_that_may_mean_another_thing_are_asked_about(project, other):
    check = booked(project, pages(("District", "Rent", "Outsider"), ("District", other, "Outsider")))
    assert check.frame is None and "headings of their own" in said(check)


def test_sheets_of_years_in_two_units_of_measure_are_named(project):
    book = pages(
        ("District", "Rent", "Outsider"), ("District", "Rent", "Outsider"), title=[("Rents",), ("", "", "(USD)")]
    )
    book["2013"][1] = ("", "", "(EUR)")
    assert "(EUR, USD)" in said(booked(project, book))


@pytest.mark.parametrize("name", [lambda y: f"{y}-{y % 100 + 1}", lambda y: f"{y}-{y + 1}", lambda y: f"FY {y}"])
def test_sheets_of_years_in_any_order_of_columns_are_one_table(project, name):
    book = pages(("District", "Rent", "Outsider"), ("District", "Rent", "Outsider"), name=name)
    turned = {sheet: [row[::-1] for row in rows] if "2013" in sheet[:4] else rows for sheet, rows in book.items()}
    assert read_as_grid(booked(project, turned), "Rent")


@pytest.mark.parametrize(
    ("larger", "total"), [("State", "Total {}"), ("Tỉnh", "Tổng {}"), ("Bundesland", "{} insgesamt")]
)
def test_a_larger_unit_printed_once_holds_the_rows_down_to_its_total(project, larger, total):
    rows = []
    for y in range(2010, 2016):
        for n, state in enumerate(("Nord", "Sued")):
            some = [row for row in grid(("ABCD", "AEFG")[n]) if row[1] == y]
            rows += [(state if i == 0 else "", f"{u}burg", y, v + n, d) for i, (u, _, v, d) in enumerate(some)]
            rows.append(("", total.format(state), y, sum(v + n for _, _, v, _ in some), ""))
    book = {str(y): [(larger, "Town", "Rent", "Outsider")] for y in range(2010, 2016)}
    for row in rows:
        book[str(row[2])].append((*row[:2], *row[3:]))
    check = booked(project, book)
    towns = ["Aburg (Nord)", "Aburg (Sued)", *(f"{u}burg" for u in "BCDEFG")]
    assert check.faults == [] and sorted(check.frame["unit_code"].unique()) == towns


@pytest.mark.parametrize(
    ("cells", "legend"),
    [
        ("LE", "L : préfet né dans la région ; E : préfet né hors de la région."),
        ("CK", "Ghi chú: C = cùng tỉnh; K = nơi khác"),
        ("NF", "Notas: N: natural do município; F: de fora"),
        ("HA", "Note: H = home county, A = another county"),
    ],
)
def test_letters_that_a_legend_explains_tell_who_led(project, cells, legend):
    rows = [(u, y, v, cells[d]) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "head of the office"), [*rows, (legend,)])
    assert read_as_grid(check, "rent") and "letters of which a legend says who led" in said(check)


def test_letters_that_no_legend_explains_are_asked_about(project):
    rows = [(u, y, v, "LE"[d]) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "head of the office"), [*rows, ("Note: L and E as in table 2",)])
    assert check.frame is None


@pytest.mark.parametrize("form", ["{}ville ({})", "{}ville [{}]"])
def test_codes_behind_names_join_the_codes_of_the_panel(project, form):
    codes = {u: f"0{n}{u}" if n % 2 else f"0{n}" for n, u in enumerate("ABCDEF", 1)}
    book = {
        "1": [("Code", "year", "rent"), *((codes[u], y, v) for u, y, v, _ in grid())],
        "2": [("Place", "year", "outsider"), *((form.format(u, codes[u]), y, d) for u, y, _, d in grid())],
    }
    assert read_as_grid(booked(project, book), "rent")


def test_one_code_of_a_first_and_a_revised_row_is_asked_about(project):
    rows = [(f"00{'ABCDEF'.index(u)}", f"{u}ton", y, v, d) for u, y, v, d in grid()]
    rows += [("001", "Bton (revised)", y, v + 1, d) for _, _, y, v, d in rows[6:12]]
    check = written(project, ("code", "county", "year", "rent", "outsider"), rows)
    assert check.frame is None and "Bton, Bton (revised)" in said(check)
    assert changed("leave_out", '["Bton (revised)"]').faults == []


@pytest.mark.parametrize("label", ["Rent (-999 = not reported)", "Rent (-999: no data)", "Giá thuê; -999 không rõ"])
def test_a_number_that_a_label_calls_no_value_is_none(project, label):
    rows = pd.DataFrame(grid(), columns=["city", "year", "rent", "outsider"])
    rows.loc[7, "rent"] = -999
    rows.to_stata(project / "t.dta", write_index=False, variable_labels={"rent": label}, version=118)
    check = own.create("mine", [project / "t.dta"])
    assert check.faults == [] and check.frame["rent"].isna().sum() == 1 and "taken as no value" in said(check)


def test_a_whole_whose_leader_is_known_is_no_total_but_asked_about_beside_its_part(project):
    units = ["Nen", "Arch without Nen", "Arch", *"ABCDEF"]
    values = {(u, y): 100 + 37 * i + y % 7 + i * y % 11 for i, u in enumerate(units) for y in range(2010, 2016)}
    for y in range(2010, 2016):
        values["Arch", y] = values["Nen", y] + values["Arch without Nen", y]
    (project / "t.csv").write_text(
        "\n".join(["town,year,y", *(f"{u},{y},{v}" for (u, y), v in values.items())]), "utf-8"
    )
    led = [
        (u, s, d)
        for u in units
        if "without" not in u
        for s, d in (("2009-01", "no"), (f"2013-0{len(u) % 3 + 1}", "yes"))
    ]
    (project / "l.csv").write_text("\n".join(["town,start,outsider", *(",".join(row) for row in led)]), "utf-8")
    check = own.create("mine", [project / "t.csv", project / "l.csv"])
    assert "(Arch / Arch without Nen)" in said(check)


def test_what_nobody_foresaw_is_said_as_a_fault(project, monkeypatch):
    monkeypatch.setattr(own.guessing, "roles", lambda *_: 1 / 0)
    check = written(project, HEAD, grid())
    assert not check.written and "ZeroDivisionError" in said(check)
    assert "ZeroDivisionError" in said(own.check(pd.DataFrame(grid(), columns=[*HEAD])))


def renumbered(code, years=range(2010, 2020)):
    """Rows of grid() over ten years, with a code of each town that is another one from 2015 in three of them."""
    return [(code(i, y >= 2015 and i < 3), u, y, v, d) for i, u in enumerate(TOWNS) for _, y, v, d in grid([u], years)]


@pytest.mark.parametrize("form", ["0{}", "{}"])
def test_codes_of_two_numberings_beside_names_are_no_outcome(project, form):
    rows = renumbered(lambda i, new: form.format(311 + 13 * i + 400 * new))
    check = written(project, ("ubigeo", "town", "year", "rent", "outsider"), rows)
    assert check.about["unit"] == "town" and check.outcomes == ["rent"] and "(ubigeo)" in said(check)


def test_as_many_codes_that_begin_as_end_are_another_numbering(project):
    rows = [
        (f"{311 + 13 * i + 400 * (y >= 2013 and i < 3)}", y, v, i % 2) for i in range(12) for _, y, v, _ in grid("A")
    ]
    check = written(project, ("code", "year", "rent", "outsider"), rows)
    assert "311, 324, 337 (–2012) / 711, 724, 737" in said(check) and check.frame is None


def test_a_note_that_begins_with_a_mark_in_quotes_is_left_out(project):
    check = written(project, HEAD, [*grid(), ('"..." - no data; "x" - closed',)])
    assert read_as_grid(check, "rent")
    check = written_again(project, [*grid(), ('"..." means no data',)])
    assert read_as_grid(check, "rent") and "a note among the rows" in said(check)


def test_a_cell_of_two_lines_that_ends_with_its_second_is_read_whole(project):
    rows = [(u, y, v, d, '"one\n"', '"two"') for u, y, v, d in grid()]
    assert read_as_grid(written(project, (*HEAD, "note", "more"), rows), "rent")


def written_again(project, rows):
    """Write other rows under HEAD and take them in under a name of their own."""
    (project / "again.csv").write_text("\n".join(";".join(map(str, row)) for row in [HEAD, *rows]), "utf-8")
    return own.create("again", [project / "again.csv"])


def test_a_row_that_counts_the_columns_is_no_unit_though_row_numbers_stand_first(project):
    towns = {u: [x for _, _, v, d in grid([u], range(2010, 2013)) for x in (v + n, d)] for n, u in enumerate(TOWNS)}
    heads = ["No.", "town", *(f"{y} {what}" for y in range(2010, 2013) for what in ("rent", "outsider"))]
    rows = [range(1, 9), *((n + 1, u, *cells) for n, (u, cells) in enumerate(towns.items()))]
    check = written(project, heads, rows)
    assert check.faults == [] and {*check.frame["unit_code"]} == {*TOWNS}


LEGENDS_OF_HEADS = {
    "letters behind a star": (("town", "year", "rent", "head*"), {0: "H", 1: "O"}, ["* H = from the home zone; O = from another zone."]),
    "digits in the heading": (("town", "year", "rent", "head (1 = native, 2 = outsider)"), {0: "1", 1: "2"}, []),
    "digits turned": (("town", "year", "rent", "head (1 = outsider, 2 = native)"), {0: "2", 1: "1"}, []),
}  # fmt: skip


@pytest.mark.parametrize("legend", LEGENDS_OF_HEADS)
def test_marks_that_a_legend_of_their_own_explains_tell_who_led(project, legend):
    head, cells, notes = LEGENDS_OF_HEADS[legend]
    check = written(project, head, [*((u, y, v, cells[d]) for u, y, v, d in grid()), *((note,) for note in notes)])
    assert read_as_grid(check, "rent") and "letters of which a legend says who led" in said(check)


def test_digits_that_the_heading_of_another_column_explains_are_asked_about(project):
    rows = [(u, y, v, 1 + d, 1 + (y + i) % 2) for i, x in enumerate("ABCDEF") for u, y, v, d in grid([x])]
    check = written(project, ("town", "year", "rent", "head", "deputy (1 = native, 2 = outsider)"), rows)
    assert check.about["leaders"]["non_local"] == "deputy (1 = native, 2 = outsider)"


def test_units_in_two_columns_of_the_korean_office_are_told_apart(project):
    units = [("강원도", "고성군"), ("경상남도", "고성군"), *(("강원도", f"{u}시") for u in "가나다라마")]
    rows = [(*units[i], y, v, d) for i in range(7) for _, y, v, d in grid([str(i)])]
    check = written(project, ("행정구역별(1)", "행정구역별(2)", "year", "rent", "outsider"), rows)
    assert check.faults == [] and check.frame["unit_code"].nunique() == 7 and "고성군 (경상남도)" in said(check)


def test_towns_and_districts_of_one_name_under_titles_are_units_of_their_own(project):
    def block(kind, names):
        return [[kind], *([f"{n}. {u}", *(f"{n}{y % 7}.5" for y in range(2010, 2014))] for n, u in enumerate(names, 1))]

    rows = [*block("Kabupaten", ["Alba", "Brim", "Cold"]), *block("Kota", ["Alba", "Dorn"])]
    units = ["Kab. Alba", "Kab. Brim", "Kab. Cold", "Kota Alba", "Kota Dorn"]
    led = [[u, y, int(y > 2011 and n % 2)] for n, u in enumerate(units) for y in range(2010, 2014)]
    check = booked(
        project,
        {"data": [["Kabupaten/Kota", *range(2010, 2014)], *rows], "heads": [["Daerah", "year", "outsider"], *led]},
    )
    assert check.faults == [] and check.frame["unit_code"].nunique() == 5 and "Kota Alba" in said(check)
    assert check.frame.set_index(["unit_code", "year"])["treated"]["Kota Alba", 2012]


@pytest.mark.parametrize(("heading", "cell"), [("Year (E.C.)", "{}"), ("time", "{} E.C."), ("B.S. year", "{}")])
def test_years_of_another_calendar_stand_as_they_are_and_are_named(project, heading, cell):
    rows = [(u, cell.format(y - 8), v, d) for u, y, v, d in grid()]
    check = written(project, ("zone", heading, "rent", "outsider"), rows)
    assert check.faults == [] and check.frame["year"].min() == 2002 and "years of another calendar" in said(check)


def test_a_comma_is_no_decimal_mark_under_headings_of_asia(project):
    rows = [(u, y, f"{2 + y % 3},{100 + 7 * n}", d) for n, (u, y, _, d) in enumerate(grid())]
    check = written(project, ("市", "年度", "所得", "outsider"), rows)
    assert check.faults == [] and check.frame["所得"].max() > 4000 and "read as numbers: " in said(check)
    assert "one meaning: thousands" in "".join(f.expected for f in written_again(project, rows).faults)


PLACES = [("originario", "foráneo"), ("indigene", "non-indigene"), ("same zone", "other zone"), ("관내", "관외")]


@pytest.mark.parametrize(("home", "away"), PLACES)
def test_who_is_from_there_and_who_is_not_is_told_by_the_cells(project, home, away):
    check = written(project, ("town", "year", "rent", "head"), [(u, y, v, [home, away][d]) for u, y, v, d in grid()])
    assert read_as_grid(check, "rent")


@pytest.mark.parametrize(("years", "step"), [(range(2010, 2023, 3), 3), (range(2010, 2016), 1)])
def test_rows_every_few_years_are_named_and_their_step_is_known(years, step):
    check = own.check(pd.DataFrame(grid(years=years), columns=[*HEAD]))
    assert check.faults == [] and check.step == step and ("rows every 3 years alone" in said(check)) == (step == 3)
    assert ("4 years are 12 years of the calendar" in said(check)) == (step == 3)


CODED = {
    "codes of Polity": (["-66", "-77", "-88"], "'-66', '-77', '-88', far outside"),
    "codes of no list, each several times": (["-990", "-992", "-990", "-992"], "'-990', '-992', far outside"),
    "a fall in one year": (["-12"], ""),
    "small numbers below zero": (["-2", "-2"], ""),
}


@pytest.mark.parametrize("case", CODED)
def test_negative_numbers_that_stand_for_no_value_are_named(project, case):
    cells, told = CODED[case]
    rows = [(u, y, cells[n] if n < len(cells) else int(2 * v), d) for n, (u, y, v, d) in enumerate(grid())]
    check = written(project, HEAD, rows)
    assert check.faults == [] and told in said(check) and ("far outside" in said(check)) == bool(told)


def across(column):
    """Years of grid() across, as a table in memory."""
    table = pd.DataFrame(grid(), columns=[*HEAD])
    return table.pivot(index="city", columns="year", values=column)


IN_MEMORY = {
    "years across, units in the index": (lambda: across("rent"), "value"),
    "units and years in the index": (lambda: pd.DataFrame(grid(), columns=[*HEAD]).set_index(["city", "year"]), "rent"),
    "headings of two levels": (lambda: pd.concat({"rent": across("rent"), "size": across("rent") * 2}, axis=1), "rent"),
}


@pytest.mark.parametrize("case", IN_MEMORY)
def test_a_table_in_memory_is_read_as_a_file_is(case):
    make, column = IN_MEMORY[case]
    led = pd.DataFrame(grid(), columns=[*HEAD])[["city", "year", "outsider"]]
    check = own.check(make(), None if "outsider" in make() else led)
    assert read_as_grid(check, column)


def test_two_columns_of_one_heading_in_memory_are_refused_and_advice_names_what_is_there():
    table = pd.DataFrame(grid(), columns=["city", "year", "rent", "rent"])
    assert "the heading twice (rent)" in said(own.check(table))
    fault = own.check(pd.DataFrame(grid(), columns=["city", "year", "rent", "head"])).faults[0]
    assert "own.check takes the keys of panel.toml" in fault.file


def test_terms_in_memory_are_called_by_their_name():
    table, led = pd.DataFrame(grid(), columns=[*HEAD])[[*HEAD[:3]]], pd.DataFrame(grid(), columns=[*HEAD])
    check = own.check(table, led[["city", "year", "outsider"]].assign(city=led["city"] + "x" * 9))
    assert {fault.file for fault in check.faults} == {"leaders"}


LAST_YEARS = ["2022²⁾", "2022 1)", "2022/p", "2022a", "Sơ bộ - Prel. 2022", "Sơ bộ\nPrel. 2022", "Ước tính - Est. 2022"]


@pytest.mark.parametrize("last", LAST_YEARS)
@pytest.mark.parametrize("rows", [1, 2])
def test_the_last_year_is_read_whatever_its_mark_under_one_heading_row_and_two(project, last, rows):
    heads = [*range(2019, 2022), last]
    head = [["Town", *heads]] if rows == 1 else [["Town", "Income", *[""] * 3, "Poor", *[""] * 3], ["", *heads, *heads]]
    cells = [[u, *(f"{n}{k}.5" for k in range(4 * rows))] for n, u in enumerate(TOWNS, 1)]
    check = booked(project, {"t": [*head, *cells]})
    table = check.read["panel.xlsx"][1]["t"]
    assert sorted(table["year"].unique()) == ["2019", "2020", "2021", "2022"]
    assert [*table.columns[2:]] == (["value"] if rows == 1 else ["Income", "Poor"])


def persons(n=3):
    """Rows of persons of districts, whose numbers two states share, over years, as a survey has them."""
    rows = [(y, s, p, k) for y in range(2010, 2016) for s in (1, 2, 3) for p in (101, 102) for k in range(n)]
    table = pd.DataFrame(rows, columns=["YEAR", "STATEFIP", "PUMA", "PERNUM"])
    wage = 1000.0 + 7 * table.index % 31 + table["STATEFIP"]
    late = (table["YEAR"] > 2009 + table["STATEFIP"] + table["PUMA"] % 2).astype(int)
    return table.assign(
        PERWT=50 + table.index % 9, CLUSTER=table["YEAR"] * 100 + table.index % 7, WAGE=wage, outsider=late
    )


def test_leaders_of_both_kinds_in_a_unit_and_year_of_persons_are_asked_about():
    check = own.check(persons(), unit="PUMA", combine="mean", weights="PERWT")
    assert "beside the other answer" in said(check) and "(perhaps STATEFIP, PUMA)" in said(check)
    table = persons()
    table["place"] = table["STATEFIP"].astype(str) + "-" + table["PUMA"].astype(str)
    check = own.check(table, unit="place", combine="mean", weights="PERWT")
    assert check.faults == [] and check.frame["unit_code"].nunique() == 6


def test_a_share_that_months_of_a_year_make_is_noted():
    rows = [(u, f"{y}-{m:02d}-01", v, int(d and m > 5)) for u, y, v, d in grid() for m in range(1, 13)]
    table = pd.DataFrame(rows, columns=["city", "date", "rent", "outsider"])
    check = own.check(table, year="date", combine="mean")
    assert check.faults == [] and "a share of leaders or of a year" in said(check)
    assert sorted(check.frame["share"].unique()) == pytest.approx([0, 7 / 12])


def test_keys_weights_and_what_never_varies_are_no_outcomes(project):
    rows = [
        (f"{n}{y}", n, u, y, 1, party, 50 + n, v + n, d) for n, (u, y, v, d) in enumerate(grid()) for party in (1, 2)
    ]
    head = ("cyear", "serial", "city", "year", "round", "party", "perwt", "rent", "outsider")
    check = written(
        project, (*head[:5], "list", *head[5:]), [(*r[:5], "Red" if r[5] == 1 else "Blue", *r[5:]) for r in rows]
    )
    assert check.outcomes == ["rent"] and all(name in said(check) for name in ("cyear", "party", "perwt", "round"))


def test_codes_of_terms_without_their_zeros_are_the_unit_and_never_the_person(project):
    codes = {u: f"0{n}001" for n, u in enumerate("ABCDEF", 1)}
    panel = [("AGS", "Kreis", "Jahr", "Rente"), *((codes[u], f"{u}dorf", y, v) for u, y, v, _ in grid())]
    head = ("AGS", "person", "start", "end", "outsider")
    led = [(codes[u][1:], f"Bernd {u}", s, e, d) for u in codes for s, e, d in ((2009, 2012, "no"), (2012, "", "yes"))]
    check = booked(project, {"p": panel, "l": [head, *led]})
    assert check.about["leaders"]["unit"] == "AGS" and "other leading zeros" in said(check)
    assert changed("pad_codes", "true").faults == []


def test_footnotes_of_the_united_nations_are_left_out(project):
    notes = ['"footnoteSeqID","Footnote"', '"1","Estimate"', '"2","Data refer to a fiscal year, other"']
    lines = ['"Country or Area","Year","Value","Value Footnotes","outsider"']
    lines += [f'"{u}land","{y}","{v}","{1 + y % 2}","{d}"' for u, y, v, d in grid()]
    (project / "t.csv").write_text("\n".join(lines + notes), "utf-8")
    check = own.create("mine", [project / "t.csv"])
    assert read_as_grid(check, "Value") and "footnoteSeqID" in said(check)


def test_estimate_beside_other_figures_of_each_year_is_a_figure(project):
    head = [f"{y} {what}" for y in range(2010, 2016) for what in ("Estimate", "StdErr")]
    values = {u: [x for w, _, v, _ in grid() if w == u for x in (v, v / 9)] for u in "ABCDEF"}
    led = [["city", "year", "outsider"], *([u, y, d] for u, y, _, d in grid())]
    check = booked(project, {"p": [["city", *head], *([u, *values[u]] for u in values)], "l": led})
    assert read_as_grid(check, "Estimate") and check.outcomes == ["Estimate", "StdErr"]


def test_a_share_under_a_heading_of_percent_is_of_a_hundred(project):
    rows = [(u, y, v, 100 * d if y % 2 else 33.3 * d) for u, y, v, d in grid()]
    check = written(project, ("city", "year", "rent", "outsider_share_pct"), rows)
    assert check.faults == [] and check.frame["share"].max() == 1 and 0.333 in [*check.frame["share"].round(3)]


def test_unit_years_are_counted_once_with_the_years_that_have_no_row():
    table = pd.DataFrame(grid(TOWNS), columns=[*HEAD])
    led = table[["city", "year", "outsider"]]
    table = table[table["year"] != 2012].drop(columns="outsider")
    check = own.check(table, led)
    assert check.faults == [] and "5 of 30 unit-years have no row" in " ".join(check.facts)


def test_days_in_place_of_years_and_a_key_of_two_columns_are_named(project):
    rows = [(u, f"{y}-0{m}-01", v, d) for u, y, v, d in grid() for m in (1, 2)]
    check = written(project, ("city", "observation_date", "rent", "outsider"), rows)
    assert "of days or months (observation_date)" in said(check) and 'combine = "mean"' in said(check)
    codes = [(1 + n // 3, 1 + n % 3) for n in range(6)]
    rows = [(*codes["ABCDEF".index(u)], y, v, d) for u, y, v, d in grid()]
    check = own.check(pd.DataFrame(rows, columns=["State FIPS", "County FIPS", *HEAD[1:]]))
    assert "alone or together (State FIPS, County FIPS)" in said(check)


def test_a_total_that_was_left_out_is_not_asked_about_as_well(project):
    sums = {y: sum(v for _, w, v, _ in grid() if w == y) for y in range(2010, 2016)}
    rows = [(3201 + "ABCDEF".index(u), y, v + "ABCDEF".index(u) * y % 7, d) for u, y, v, d in grid()]
    sums = {y: round(sum(v for _, w, v, _ in rows if w == y), 6) for y in sums}
    check = written(project, ("kode", *HEAD[1:]), [*((3200, y, sums[y], "") for y in sums), *rows])
    assert check.faults == [] and "totals or regions among the units (3200)" in said(check)
    assert "units that may be totals" not in said(check)


TITLES = {
    "Average number of households by province and year: 2019-2021": "Average number of households",
    "Tỷ lệ hộ nghèo theo chuẩn quốc gia phân theo huyện": "Tỷ lệ hộ nghèo theo chuẩn quốc gia",
    "Average income per head by purchasing power": "Average income per head by purchasing power",
}


@pytest.mark.parametrize("title", TITLES)
def test_a_label_from_a_title_ends_before_what_it_is_split_by(project, title):
    rows = [[u, *(f"{n}{k}.5" for k in range(3))] for n, u in enumerate(TOWNS, 1)]
    check = booked(project, {"t": [[title], ["Town", 2019, 2020, 2021], *rows]})
    assert check.about["outcome"][0]["label_en"] == TITLES[title]


def test_at_most_five_rows_that_come_again_are_listed(project):
    check = written(project, HEAD, [(u, y, v + k, d) for u, y, v, d in grid() for k in (0, 1)])
    assert "36 rows of this kind: A 2010, A 2011, A 2012, A 2013, A 2014)" in said(check)
