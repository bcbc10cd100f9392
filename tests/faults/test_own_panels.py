"""What a reader is told of a panel that cannot be used: file, row, column, found, expected, what to do; and what stays untouched."""

import datetime
import json
import random
import resource
import unicodedata

import openpyxl
import pandas as pd
import pytest
from conftest import known

from helpers import own, paths, words
from helpers.own import reading
from helpers.record import tables
from press import cli

UNITS = ["00001", "00004", "00006", "00007", "00008", "00013", "00016"]
HEAD = ["ma_xa", "nam", "thu_nhap", "non_local"]


def rows():
    """Seven communes in six years; the leader changes between local and non-local in all but the last."""
    return [
        [u, y, 10.5 + i + (y - 2015) * 0.3 * (i % 3), "yes" if i < 6 and y >= 2016 + i % 4 else "no"]
        for i, u in enumerate(UNITS)
        for y in range(2015, 2021)
    ]


def csv_text(table=None, head=HEAD):
    return "\n".join(",".join(map(str, row)) for row in [head, *(rows() if table is None else table)]) + "\n"


def swapped(old, new):
    """The sound file as CSV bytes with its first ``old`` replaced."""
    text = csv_text()
    assert old in text
    return text.replace(old, new, 1).encode()


def changed(column, change):
    """The sound rows with one column changed."""
    at = HEAD.index(column)
    return csv_text([[*row[:at], change(row[at]), *row[at + 1 :]] for row in rows()]).encode()


def excel(*lines, merge=None, more=None):
    """A writer of an Excel file from rows."""

    def write(path):
        book = openpyxl.Workbook()
        page = book.active
        page.title = "Bang"
        for line in lines:
            page.append(line)
        if merge:
            page.merge_cells(merge)
        for title, table in (more or {}).items():
            other = book.create_sheet(title)
            for line in table:
                other.append(line)
        book.save(path)

    return write


SPELLS = [
    ["ma_xa", "person", "start", "end", "non_local"],
    ["00001", "A", "2014-01", "2017-05", "yes"],
    ["00001", "B", "2017-05", "", "no"],
    ["00004", "C", "2014", "", "no"],
]


def spells(old, new):
    """The sound file without leaders, and spells with one text replaced."""
    text = csv_text(SPELLS[1:], SPELLS[0])
    assert old in text
    return csv_text([row[:3] for row in rows()], HEAD[:3]).encode(), text.replace(old, new, 1).encode()


@pytest.fixture(autouse=True)
def english():
    words.use("en")
    yield
    words.use("en")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own with the tables of ours."""
    real = paths.data()
    (tmp_path / "project" / "data").mkdir(parents=True)
    for file in real.glob("*.*"):
        (tmp_path / "project" / "data" / file.name).symlink_to(file)
    known(tmp_path / "project")
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path / "project"))
    return tmp_path


def brought(project, content, name="bang"):
    """Write what a reader brings (bytes, several of them, or a writer of Excel) and take it in."""
    files = []
    for number, part in enumerate(content if isinstance(content, tuple) else (content,)):
        path = project / f"{name}{number or ''}{'.xlsx' if callable(part) else '.csv'}"
        part(path) if callable(part) else path.write_bytes(part)
        files.append(path)
    return own.create("mine", files)


# what is brought, then what the first fault says: file, row, column, found, expected, remedy; and whether the folder is written
WRONG = {
    "letters broken before they were saved": (
        swapped("thu_nhap", "Thu nhập".encode().decode("cp1252", "replace").replace("\ufffd", "")[:5] + "Ã£").replace(b"ma_xa", "mÃ£ xÃ£".encode()),
        "bang.csv", 1, "mÃ£ xÃ£", "broken by a wrong encoding", "perhaps mã xã", "export the table again", False,
    ),
    "empty file": (b"", "bang.csv", 0, "", "an empty one", "a heading row", "CSV, Excel", False),
    "headings only": (b"ma_xa,nam,y\n", "bang.csv", 0, "", "no rows", "a heading row", "export", False),
    "merged units in Excel": (
        excel(HEAD, *[[r[0] if r[1] == 2015 else None, *r[1:]] for r in rows()]),
        "panel.xlsx [Bang]", 3, "ma_xa", "an empty cell (and 34 more", "a code in every row", "unmerge and fill down", True,
    ),
    "codes without their zeros": (changed("ma_xa", int), "panel.csv", 2, "ma_xa", "(and 41 more", "codes of 5 digits", "pad_codes = true in panel.toml to put them back", True),
    "codes as numbers in Excel": (excel(HEAD, *[[float(r[0]), *r[1:]] for r in rows()]), "panel.xlsx [Bang]", 2, "ma_xa", "'1'", "codes of 5 digits", "pad_codes = true", True),
    "two rows per key": (csv_text([*rows(), [*rows()[3][:2], 99.5, rows()[3][3]]]).encode(), "panel.csv", 44, "ma_xa+nam", "00001 in 2018 again (first in row 5", "one row per unit and year", "keep the row that is right", True),
    "years of two digits": (changed("nam", lambda y: y - 1930), "panel.csv", 2, "nam", "'85' (and 41 more", "63 may be 1963", "write the years in full", True),
    "no outcome": (csv_text([[*r[:2], r[3]] for r in rows()], ["ma_xa", "nam", "non_local"]).encode(), "panel.toml", 0, "[[outcome]]", "no outcome", "at least one column with numbers", "add [[outcome]]", True),
    "no leaders": (csv_text([r[:3] for r in rows()], HEAD[:3]).encode(), "panel.toml", 0, "[leaders]", "no column non_local", "whether the leader is non-local", "fill in [leaders]", True),
    "decimal points and commas mixed": (swapped("10.5,", '"1.234,5",'), "panel.csv", 2, "thu_nhap", "'1.234,5'", "a decimal point", 'decimal = ","', True),
    "number in words": (swapped("10.5,", "khoảng 10,"), "panel.csv", 2, "thu_nhap", "'khoảng 10'", "a decimal point", "against its source", True),
    "infinite": (swapped("10.5,", "inf,"), "panel.csv", 2, "thu_nhap", "'inf'", "a decimal point", "against its source", True),
    "unknown code word": (changed("non_local", lambda v: "chắc là có" if v == "yes" else v), "panel.csv", 3, "non_local", "'chắc là có'", "có, không; empty = unknown", "what is unknown stays empty", True),
    "overlapping spells": (spells("B,2017-05", "B,2016-05"), "leaders.csv", 3, "start", "00001 that begins before the one of row 2 ends", "one leader at a time", "correct the dates", True),
    "spell that ends before it starts": (spells("2014-01,2017-05", "2017-08,2016-05"), "leaders.csv", 2, "end", "'2017-08' and ends before", "an end after", "correct", True),
    "date of a spell": (spells("2014-01", "tháng 1"), "leaders.csv", 2, "start", "'tháng 1'", "a date: 2015", "unknown start", True),
    "spells of other units": (tuple(p.replace(b"0000", b"9900") if i else p for i, p in enumerate(spells("A,", "A,"))), "leaders.csv", 2, "ma_xa", "'99001', a unit that the panel does not have", "units of the panel", "same codes", True),
    "heading twice": (swapped("thu_nhap,", "nam,"), "bang.csv", 1, "nam", "the heading twice", "each name once", "rename", False),
    "outcome named as a column of ours": (swapped("thu_nhap", "turnover"), "panel.toml", 0, "turnover", "the column 'turnover'", "unit_code, year, treated", "another name in your file", True),
    "thousand columns": (csv_text([["00001", 2015, *range(3000)]], ["ma_xa", "nam", *(f"c{i}" for i in range(3000))]).encode(), "bang.csv", 0, "", "3,002 columns", "at most 2,000", "keep unit, year", False),
    "a row with a cell too many": (swapped("10.5", "10,5"), "bang.csv", 2, "", "5 cells", "4 cells", "in quotes", False),
    "file cut off": (csv_text().encode()[:-12], "bang.csv", 43, "", "cells", "4 cells", "cut off", False),
    "open quote": (swapped("yes", '"yes'), "bang.csv", 0, "", "cannot be read", "a sound .csv file", "save it again", False),
    "no Excel file inside": ((lambda path: path.write_bytes(b"PK\3\4 nothing")), "bang.xlsx", 0, "", "cannot be read", "a sound .xlsx file", "save it again", False),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_fault_says_where_what_and_what_to_do(project, case):
    content, file, row, column, found, expected, remedy, written = WRONG[case]
    check = brought(project, content)
    fault = check.faults[0]
    assert fault.file.endswith(file)
    assert (fault.row, fault.column) == (row, column)
    assert found in fault.found
    assert expected in fault.expected
    assert remedy in fault.remedy
    assert check.written == written == (paths.data() / "own" / "mine" / "panel.toml").exists()
    assert [p.name for p in own.folder().glob(".*")] == []
    for lang in ("en", "vi"):
        words.use(lang)
        assert any(fault.file in line for line in own.report(check))
    if written:
        with pytest.raises(ValueError, match="expected"):
            own.load("mine")


# what is brought, then what the note says: found, remedy; and the years and units that are read
READ = {
    "UTF-16": (csv_text().encode("utf-16"), "letters in utf-16", "nothing", 42),
    "title above the headings": (excel(["BẢNG 1"], HEAD, *rows()), "lines above the headings (BẢNG 1)", "taken from row 2", 42),
    "two heading rows": (csv_text([["", "", "triệu đồng", ""], *rows()]).encode(), "a second heading row (triệu đồng)", "joined", 42),
    "year in words": (swapped("2016", "Sơ bộ 2016"), "Sơ bộ 2016 = 2016", "preliminary or estimated", 42),
    "years as dates": (changed("nam", lambda y: f"{y}-12-31"), "2015-12-31 = 2015 (and 41 more", "if that is right", 42),
    "years as dates in Excel": (excel(HEAD, *[[r[0], datetime.date(r[1], 1, 1), *r[2:]] for r in rows()]), "2015-01-01 = 2015", "if that is right", 42),
    "years that only count": (changed("nam", lambda y: y - 2010), "read as years: 5 = 5", "if that is right", 42),
    "signs after numbers": (changed("thu_nhap", lambda v: f"{v} p"), "10.5 p = 10.5", "if that is right", 42),
    "a row without a unit": ((csv_text() + ",2015,1.5,no\n,2015,2.5,no\n").encode(), "an empty cell (and 1 more", "left out", 42),
    "total among the units": ((csv_text() + "".join(f"Tổng số,{y},9,no\n" for y in range(2015, 2021))).encode(), "totals or regions among the units (Tổng số)", "left out", 42),
    "a note below": ((csv_text() + "Nguồn: bịa, không có thật\n").encode(), "a note among the rows ('Nguồn: bịa')", "left out", 42),
    "row numbers": (b"", "row numbers", "left out", 42),
    "a share of the year": (changed("non_local", lambda v: 0.25 if v == "yes" else 0), "'0.25': a share of leaders or of a year", "at least one half", 42),
    "a mark far outside": (swapped("10.5", "-999"), "'-999', far outside the other values", "missing = ['-999']", 42),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_what_is_unusual_is_read_and_said(project, case):
    content, found, remedy, n = READ[case]
    if case == "row numbers":
        lines = csv_text().splitlines()
        content = "\n".join(f"{i or ''},{line}" for i, line in enumerate(lines)).encode()
    check = brought(project, content)
    assert check.faults == []
    assert any(found in note.found and remedy in note.remedy for note in check.notes)
    assert len(check.frame) == n


def test_years_across_are_stacked(project):
    wide = pd.DataFrame(rows(), columns=HEAD).pivot(index="ma_xa", columns="nam", values="thu_nhap").reset_index()
    wide.to_csv(project / "wide.csv", index=False)
    check = own.create("mine", [project / "wide.csv"])
    assert [fault.column for fault in check.faults] == ["[leaders]"]
    table = next(iter(reading.tables(project / "wide.csv", reading.Found("wide")).values()))
    assert list(table) == ["ma_xa", "year", "value"]
    assert (table["value"].astype(float) == [row[2] for row in rows()]).all()


TOML = {
    "misspelt key": (('year = "nam"', 'yaer = "nam"'), "yaer", "the key 'yaer'", "write one of: year"),
    "misspelt key of an outcome": (('scale = "none"', 'sclae = "none"'), "sclae", "the key 'sclae'", "write one of: scale"),
    "a word that is not allowed": (('level = "commune"', 'level = "ward"'), "level", "'ward'", "one of these"),
    "no TOML": (('year = "nam"', "year = nam"), "", "Invalid value", "correct that place"),
    "file missing": (('file = "panel.csv"', 'file = "bang.csv"'), "file", "'bang.csv'", "put the file there"),
    "file elsewhere": (('file = "panel.csv"', 'file = "../../units.csv"'), "file", "'../../units.csv'", "put the file there"),
    "column missing": (('year = "nam"', 'year = "nm"'), "nm", "no such column", "the closest heading, or all: nam"),
    "another type": (("pad_codes = false", 'pad_codes = "no"'), "pad_codes", "'no'", "write it that way"),
    "mean without weight": (('aggregate = "refuse"', 'aggregate = "mean"'), "weight", "nothing", "such as population"),
    "a column in two outcomes": (('weight = ""', 'weight = ""\n[[outcome]]\ncolumn = "thu_nhap"'), "thu_nhap", "'thu_nhap' in two outcomes", "remove one of the two"),
    "level of other codes": (('level = "commune"', 'level = "province"'), "ma_xa", "'00001'", "correct the code, or level"),
    "boundaries of unknown codes": (('boundaries = ""', 'boundaries = "2030"'), "boundaries", "'2030'", "one of these"),
}  # fmt: skip


def test_a_decimal_mark_that_a_whole_column_denies_is_not_obeyed_and_said(project):
    before = brought(project, csv_text().encode()).frame["thu_nhap"].tolist()
    file = own.folder() / "mine" / "panel.toml"
    file.write_text(file.read_text("utf-8").replace('decimal = "."', 'decimal = ","', 1), "utf-8")
    check = own.check("mine")
    assert check.faults == []
    assert check.frame["thu_nhap"].tolist() == before
    assert any("10.5 = 10.5" in str(note) and "thu_nhap" in str(note) for note in check.notes)


@pytest.mark.parametrize("case", TOML)
def test_a_fault_of_the_description_names_the_key(project, case):
    (old, new), column, found, remedy = TOML[case]
    assert brought(project, csv_text().encode()).faults == []
    file = own.folder() / "mine" / "panel.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    fault = own.check("mine").faults[0]
    assert fault.column == column
    assert found in fault.found
    assert remedy in fault.remedy


def test_outcomes_that_are_no_tables_are_refused(project):
    brought(project, csv_text().encode())
    file = own.folder() / "mine" / "panel.toml"
    file.write_text('file = "panel.csv"\nunit = "ma_xa"\nyear = "nam"\noutcome = ["thu_nhap"]\n', "utf-8")
    fault = own.check("mine").faults[0]
    assert (fault.column, fault.found) == ("[[outcome]]", "no outcome")


def test_ten_million_rows_are_refused_without_being_read(project):
    block = b"00001,2015,1.5,yes\n" * 100_000
    path = project / "long.csv"
    with path.open("wb") as stream:
        stream.write(b"ma_xa,nam,thu_nhap,non_local\n")
        for _ in range(100):
            stream.write(block)
    fault = own.create("mine", [path]).faults[0]
    assert fault.found == "10,000,000 rows"
    assert "at most 1,000,000 rows" in fault.expected
    assert "one row per unit and year" in fault.remedy
    assert not (paths.data() / "own" / "mine").exists()


def test_ten_million_rows_of_parquet_are_refused_without_being_read(project):
    path = project / "long.parquet"
    pd.DataFrame({"unit": "00001", "year": range(10_000_000)}).to_parquet(path)
    assert own.create("mine", [path]).faults[0].found == "10,000,000 rows"


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "csv"])
def test_a_damaged_file_is_refused_or_read_and_never_breaks(project, kind):
    path, chance = project / f"whole.{kind}", random.Random(1)
    {
        "xlsx": excel(HEAD, *rows()),
        "parquet": pd.DataFrame(rows(), columns=HEAD).to_parquet,
        "csv": lambda p: p.write_text(csv_text(), "utf-8"),
    }[kind](path)
    sound, refused = path.read_bytes(), 0
    for trial in range(60):
        damaged = bytearray(sound[: chance.randrange(1, len(sound))] if trial % 3 == 0 else sound)
        for _ in range(trial % 3 * 5):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            reading.tables(path, reading.Found("whole"))
        except tables.DataFault as fault:
            refused += bool(fault.faults[0].remedy)
    assert refused > 20


def test_years_with_a_point_are_read_and_said(project):
    check = brought(project, changed("nam", lambda y: f"{y}.0"))
    assert check.faults == []
    assert "2015.0 = 2015 (and 41 more" in check.notes[0].found
    assert sorted(check.frame["year"].unique()) == list(range(2015, 2021))


def test_decimal_commas_throughout_are_guessed(project):
    check = brought(project, csv_text().replace(",", ";").replace(".", ",").replace("10,5;", "1.234,5;", 1).encode())
    assert check.faults == []
    assert check.about["decimal"] == ","
    assert check.frame["thu_nhap"].iloc[0] == 1234.5


def test_decomposed_letters_are_composed(project):
    head = [unicodedata.normalize("NFD", name) for name in ("Mã xã", "Năm", "Thu nhập", "Không phải người địa phương")]
    check = brought(project, csv_text(head=head).encode())
    assert check.faults == []
    assert check.about["outcome"][0]["column"] == "Thu nhập"


HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\x1b[31mred",
    "{label}",
    "../../x",
    "a\u202eb",
    "$x$",
    '"quoted" \\ back',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_heading_is_only_text(project, text):
    quoted = '"' + text.replace('"', '""') + '"'
    table = [[*row[:3], row[2], row[3]] for row in rows()]
    check = brought(project, csv_text(table, ["ma_xa", "nam", "thu_nhap", quoted, "non_local"]).encode())
    assert check.faults == []
    said = "\n".join(own.report(check))
    assert "\x1b" not in said and "\u202e" not in said
    assert own.load("mine").panel(check.about["outcome"][1]["column"]).frame["y"].notna().all()


@pytest.mark.parametrize(
    ("name", "folder"),
    [("../x", "x"), ("A", "a"), ("a b", "a-b"), (".x", "x"), ("a/b_c", "a-b-c"), ("Xã", "xa"), ("x" * 41, "x" * 40)],
)
def test_a_name_becomes_a_folder_and_cannot_lead_elsewhere(project, name, folder):
    (project / "bang.csv").write_bytes(csv_text().encode())
    assert own.create(name, [project / "bang.csv"]).name == folder
    assert own.names() == [folder]


def test_a_name_without_letters_is_refused(project):
    with pytest.raises(ValueError, match="expected letters or digits"):
        own.create("../", [project / "bang.csv"])


def test_a_panel_that_is_there_is_not_overwritten(project):
    brought(project, csv_text().encode())
    before = {p.name: p.read_bytes() for p in (own.folder() / "mine").iterdir()}
    with pytest.raises(ValueError, match="is there already"):
        brought(project, b"ma_xa,nam\n")
    assert {p.name: p.read_bytes() for p in (own.folder() / "mine").iterdir()} == before


def test_replacing_by_a_file_that_cannot_be_read_leaves_the_old_one(project):
    brought(project, csv_text().encode())
    (project / "new.csv").write_bytes(b"")
    assert not own.create("mine", [project / "new.csv"], replace=True).written
    assert own.check("mine").faults == []


def test_replaced_data_keep_the_description(project):
    brought(project, csv_text().encode())
    file = own.folder() / "mine" / "panel.toml"
    file.write_text(file.read_text("utf-8").replace('name_en = "mine"', 'name_en = "Mine"'), "utf-8")
    (project / "new.csv").write_bytes(swapped("10.5", "11.5"))
    check = own.create("mine", [project / "new.csv"], replace=True)
    assert (check.about["name_en"], check.frame["thu_nhap"].iloc[0]) == ("Mine", 11.5)


def test_a_replacement_that_ends_half_way_leaves_the_old_panel(project, monkeypatch):
    brought(project, csv_text().encode())
    before = {p.name: p.read_bytes() for p in (own.folder() / "mine").iterdir()}
    (project / "new.csv").write_bytes(swapped("10.5", "11.5"))

    def interrupted(source, target):
        target.write_bytes(source.read_bytes()[:9])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("shutil.copyfile", interrupted)
        own.create("mine", [project / "new.csv"], replace=True)
    assert {n: (own.folder() / "mine" / n).read_bytes() for n in before} == before
    assert cli.main(["new", "mine"]) == 0


def test_a_full_disk_leaves_a_corrected_description_whole(project):
    brought(project, csv_text().encode())
    file = own.folder() / "mine" / "panel.toml"
    file.chmod(0o640)
    before, most = file.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, most[1]))
    try:
        with pytest.raises(OSError, match="panel.toml"):
            own.recheck("mine", record="secretary")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert file.read_bytes() == before and not list(file.parent.glob(".*"))
    own.recheck("mine", record="secretary")
    assert 'record = "secretary"' in file.read_text("utf-8") and file.stat().st_mode & 0o777 == 0o640


def test_a_replacement_of_another_kind_takes_the_place_of_the_old_file(project):
    brought(project, csv_text().encode())
    excel(HEAD, *rows())(project / "new.xlsx")
    check = own.create("mine", [project / "new.xlsx"], replace=True)
    assert check.faults[0].column == "file"
    assert not (own.folder() / "mine" / "panel.csv").exists()


def test_a_sheet_that_is_no_table_is_left_aside_and_said(project):
    check = brought(project, excel(HEAD, *rows(), more={"Ghi chú": [["Nguồn"], ["a", "b"]]}))
    assert check.faults == []
    assert check.notes[0].file == "own/mine/panel.xlsx [Ghi chú]"


def test_what_to_do_next_can_be_pasted(project):
    import tomllib

    table = [[*r[:3], r[2] * 2, r[3]] for r in rows()]
    check = brought(project, csv_text(table, [*HEAD[:3], "second", "non_local"]).encode())
    text = "\n".join(own.report(check))
    entry = tomllib.loads(text[text.index("[[report]]") :])["report"][0]
    assert entry == {
        "notebook": "90_your_panel",
        "parameters": {"panel": "mine", "outcome": "second"},
    }
    assert json.dumps(entry)
