"""What a damaged table is told: file, row, column, found, expected, what to do."""

import json
import shutil
import unicodedata

import pytest

from helpers import paths
from helpers.record import completeness, tables


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project of its own whose tables are links to ours until a test damages one."""
    (tmp_path / "data").mkdir()
    for file in paths.data().iterdir():
        (tmp_path / "data" / file.name).symlink_to(file)
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    monkeypatch.delenv("PRESS_OUT", raising=False)  # in a report the first look at a table counts for the whole of it
    return tmp_path / "data"


def damage(folder, name, change):
    file = folder / f"{name}.csv"
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(change(content))
    assert file.read_bytes() != content
    return content


def cell(old, new):
    return lambda content: content.replace(old.encode(), new.encode(), 1)


HEADER = b"province_code,year,indicator,value,source,note\n"
URBAN = "62,2005,urban_population_share_pct,33.01"
LEAP = ("value", "'", "a value like those beside it in 62 ")
# table, damage, then what the first fault must say: row, column, found, expected, remedy
REFUSED = {
    "wrong type": ("governance_partial", cell("7.72", "high"), 2, "value", "'high'", "a number", "against its source"),
    "decimal comma": ("governance_partial", cell("7.72", '"7,72"'), 2, "value", "'7,72'", "a number", "7.72"),
    "decimal comma, thousands point": ("economy", cell("3328.9", '"3.328,9"'), 2, "value", "'3.328,9'", "", "3328.9"),
    "decimal comma, no quotes": ("governance_partial", cell("7.72", "7,72"), 2, "", "7 cells", "6 cells", "quote"),
    "too large to be a number": ("economy", cell("3328.9", "1e999"), 2, "value", "'1e999'", "-1e+15 to 1e+15", ""),
    "NaN": ("governance_partial", cell("7.72", "NaN"), 2, "value", "'NaN'", "a number", "leave the cell empty"),
    "inf": ("governance_partial", cell("7.72", "inf"), 2, "value", "'inf'", "a number", "leave the cell empty"),
    "year with a fraction": ("governance_partial", cell("2020", "2020.0"), 2, "year", "'2020.0'", "four digits", ""),
    "year out of range": ("governance_partial", cell("2020", "2120"), 2, "year", "'2120'", "2000 to 2030", ""),
    "flag": ("leaders", cell("2006-06,false,", "2006-06,no,"), 2, "start_censored", "'no'", "true, false", ""),
    "vocabulary": (
        "leaders",
        cell(",medium,", ",medum,"),
        2,
        "confidence",
        "'medum'",
        "high, medium",
        "closest: medium",
    ),
    "pattern": ("leaders", cell("2000-01", "1/2000"), 2, "start", "'1/2000'", "the form 2012-07 or 2012", ""),
    "unknown code": ("governance_partial", cell("22,2020", "97,2020"), 2, "province_code", "'97'", "of units", ""),
    "unknown name": (
        "governance_partial",
        cell("pci_entry", "pci_entri"),
        2,
        "indicator",
        "'pci_entri'",
        "",
        "pci_entry",
    ),
    "leading zero lost": ("governance_partial", cell("\n01,", "\n1,"), None, "province_code", "'1'", "", "write '01'"),
    "missing source": (
        "governance_partial",
        cell("web_investquangninh_2022", ""),
        2,
        "source",
        "an empty cell",
        "",
        "",
    ),
    "unknown source": ("governance_partial", cell("7.72,web_", "7.72,wed_"), 2, "source", "'wed_", "", "closest: web_"),
    "duplicate key": (
        "governance_partial",
        lambda c: c + c.splitlines(keepends=True)[1],
        490,
        "province_code+year+indicator",
        "'22 2020 pci_entry' again (first in row 2)",
        "each key once",
        "keep one",
    ),
    "out of range": ("governance_partial", cell("7.72", "77.2"), 2, "value", "'77.2'", "1 to 10 for pci_entry", "unit"),
    "below the range": (
        "governance_partial",
        cell("7.72", "0.72"),
        2,
        "value",
        "'0.72'",
        "1 to 10 for pci_entry",
        "unit",
    ),
    "name twice": (
        "units",
        cell(",Ha Giang,", ",Ha Noi,"),
        3,
        "name_en",
        "'Ha Noi' again (first in row 2)",
        "once",
        "keep one",
    ),
    "one person twice": (
        "leaders",
        lambda c: c + c.splitlines(keepends=True)[1].replace(b"S001", b"S999"),
        699,
        "province_code+post+person+start",
        "'01 secretary Nguyễn Phú Trọng 2000-01' again (first in row 2)",
        "each key once",
        "keep one",
    ),
    "unknown fact in a list": (
        "programme_facts",
        cell("DB24-22;DB24-23", "DB24-22;DB24-29"),
        None,
        "derived_from",
        "'DB24-29'",
        "a fact_id of programme_facts",
        "closest: DB24-",
    ),
    "no-break space": (
        "governance_partial",
        cell("pci_entry", "pci_entry\u00a0"),
        2,
        "indicator",
        "xa0",
        "indicators",
        "write 'pci_entry'",
    ),
    "outer space": (
        "governance_partial",
        cell("pci_entry", " pci_entry"),
        2,
        "indicator",
        "' pci_entry'",
        "",
        "write 'pci_entry'",
    ),
    "zero-width space": (
        "leaders",
        cell("Hà Nội,secretary,Ng", "Hà Nội\u200b,secretary,Ng"),
        2,
        "province",
        "u200b",
        "name_vi of units",
        "write 'Hà Nội'",
    ),
    "decomposed": (
        "leaders",
        lambda c: c.replace(
            "Hà Nội,secretary,Ng".encode(), unicodedata.normalize("NFD", "Hà Nội,secretary,Ng").encode(), 1
        ),
        2,
        "province",
        "Ha\\u0300 N",
        "name_vi of units",
        "write 'Hà Nội'",
    ),
    "replacement character": (
        "leaders",
        cell("Phú Trọng", "Ph\ufffd Trọng"),
        2,
        "person",
        "ufffd",
        "NFC",
        "wrong encoding",
    ),
    "semicolons": (
        "governance_partial",
        lambda c: c.replace(b",", b";"),
        1,
        "",
        "semicolons",
        "commas",
        "save with commas",
    ),
    "tabs": ("governance_partial", lambda c: c.replace(b",", b"\t"), 1, "", "tabs", "commas", "save with commas"),
    "empty file": ("governance_partial", lambda c: b"", 0, "", "an empty one (0 bytes)", "a header", "restore"),
    "blank file": ("governance_partial", lambda c: b"\n \n", 0, "", "an empty one", "a header", "restore"),
    "header only": ("governance_partial", lambda c: HEADER, 0, "", "0 rows", "at least 488 rows", "cut off"),
    "cut in a row": ("governance_partial", lambda c: c[:-12], 489, "", "4 cells", "6 cells", "cut off"),
    "cut in a value": ("governance_partial", lambda c: c[:-1], 489, "", "no line break", "a line break", "cut off"),
    "cut between rows": (
        "governance_partial",
        lambda c: b"".join(c.splitlines(keepends=True)[:-3]),
        0,
        "",
        "485 rows",
        "at least 488 rows",
        "cut off",
    ),
    "cut in quotes": (
        "leaders",
        lambda c: c[: c.index(b'"') + 20],
        None,
        "",
        "not CSV",
        "closed by their quotes",
        "restore",
    ),
    "null character": ("leaders", cell("Phú Trọng", "Phú\0Trọng"), 2, "person", "x00", "control", "invisible"),
    "null bytes": ("tiles", lambda c: c[:100] + b"\0" * 50 + c[150:], 0, "", "56 rows", "at least 63", "restore"),
    "page of an error": (
        "tiles",
        lambda c: b"<html>404</html>\n",
        1,
        "",
        "'<html>404</html>'",
        "the header unit_code,",
        "header back",
    ),
    "no header": (
        "tiles",
        lambda c: c.split(b"\n", 1)[1],
        1,
        "",
        "'01,",
        "the header unit_code,row,col",
        "header back",
    ),
    "unfinished merge": (
        "tiles",
        lambda c: c.replace(b"\n02,", b"\n<<<<<<< HEAD\n02,"),
        3,
        "",
        "1 cells from '<<<<<<< HEAD' on",
        "3 cells",
        "restore",
    ),
    "UTF-8 read as windows-1252": (
        "leaders",
        lambda c: c.decode("cp1252", "replace").encode(),
        2,
        "province",
        "H\\xc3",
        "name_vi of units",
        "write 'Hà Nội'",
    ),
    "UTF-8 read as Latin-1": (
        "leaders",
        lambda c: c.decode("latin-1").encode(),
        2,
        "province",
        "H\\xc3",
        "name_vi of units",
        "write 'Hà Nội'",
    ),
    "header with an escape sequence": (
        "tiles",
        lambda c: c.replace(b"unit_code", b"unit_code\x1b[2J", 1),
        1,
        "unit_code",
        "'unit_code\\x1b[2J'",
        "'unit_code'",
        "rename",
    ),
    "other encoding": (
        "units",
        lambda c: c.decode().encode("cp1258", "replace"),
        2,
        "",
        "not UTF-8",
        "UTF-8",
        "CSV UTF-8",
    ),
    "UTF-16": ("units", lambda c: c.decode().encode("utf-16"), 1, "", "0xFF", "text in UTF-8", "CSV UTF-8"),
    "misspelt column": (
        "governance_partial",
        cell("province_code", "provnce_code"),
        1,
        "province_code",
        "'provnce_code'",
        "",
        "rename",
    ),
    "column in capitals": (
        "governance_partial",
        cell("source", "Source "),
        1,
        "source",
        "'Source '",
        "'source'",
        "rename",
    ),
    "missing column": (
        "governance_partial",
        lambda c: b"".join(line.rsplit(b",", 1)[0] + b"\n" for line in c.splitlines()),
        1,
        "note",
        "no such column",
        "'note'",
        "add the column",
    ),
    "extra column": (
        "governance_partial",
        lambda c: b"".join(line + b",remark\n" for line in c.splitlines()),
        1,
        "remark",
        "'remark'",
        "only columns of the codebook",
        "datapackage.json",
    ),
    "unknown address": (
        "leaders",
        cell("Bí_thư_Thành_ủy_Hà_Nội,https", "Bí_thư_Thành_ủy_Hà_Nôi,https"),
        2,
        "source_1",
        "Hà_Nôi'",
        "a source of sources_leaders",
        "closest: https://vi.wikipedia.org/wiki/Bí_thư_Thành_ủy_Hà_Nội",
    ),
    "unknown post": (
        "leaders",
        cell(",secretary,", ",secretry,"),
        2,
        "post",
        "'secretry'",
        "secretary, chair",
        "closest",
    ),
    "day where a month stands": (
        "leaders",
        cell("2000-01,", "2000-01-05,"),
        2,
        "start",
        "'2000-01-05'",
        "the form",
        "",
    ),
    "end before start": (
        "leaders",
        cell("2000-01,2006-06", "2007-01,2006-06"),
        2,
        "end",
        "'2006-06'",
        "not before",
        "dates",
    ),
    "two holders at once": (
        "leaders",
        cell("2006-06,2016-02", "2006-02,2016-02"),
        3,
        "start",
        "'2006-02' while 'Nguyễn Phú Trọng' (row 2) is in office",
        "one holder at a time; that term is from 2000-01 to 2006-06",
        "correct the dates",
    ),
    "home and flag apart": (
        "leaders",
        cell("Hà Nội,true,false,source_1", "Hà Nam,true,false,source_1"),
        2,
        "native",
        "'true'",
        "true exactly where home_province is province",
        "correct the home or the flag",
    ),
    "unknown home called local": (
        "leaders",
        cell("Hà Nội,true,false,source_1", ",true,false,source_1"),
        2,
        "native",
        "'true'",
        "home_province",
        "never local",
    ),
    "basis of an end that is not there": (
        "leaders",
        cell("2000-01,2006-06,false,,", "2000-01,2006-06,false,,in office"),
        2,
        "end_basis",
        "'in office'",
        "exactly where end is empty",
        "the basis or the end",
    ),
    "unit that is none of the 34": (
        "leaders_2025",
        cell("P001,01,", "P001,02,"),
        2,
        "unit_code_2025",
        "'02'",
        "a merged_code_2025 of units",
        "closest",
    ),
    "month and day apart": (
        "leaders_2025",
        cell("2025-11-04,Hà Nam", "2025-12-04,Hà Nam"),
        2,
        "end_day",
        "'2025-12-04'",
        "a day in the month of end",
        "",
    ),
    "two holders on one day": (
        "leaders_2025",
        cell("2025-11,,2025-11-04,,Hưng", "2025-11,,2025-11-03,,Hưng"),
        3,
        "start_day",
        "'2025-11-03' while 'Bùi Thị Minh Hoài' (row 2) is in office",
        "one holder at a time",
        "dates",
    ),
    "term that goes on from none": (
        "leaders_2025",
        cell(",S006,", ",S999,"),
        2,
        "continues_spell",
        "'S999'",
        "a spell_id of leaders",
        "closest",
    ),
    "home in the old unit and not in the new": (
        "leaders_2025",
        cell("Ninh Bình,false,false", "Ninh Bình,false,true"),
        2,
        "native_old_unit",
        "'true'",
        "false where native_2025_unit is false",
        "correct one of the flags",
    ),
    "correction of no term": (
        "leaders_patch",
        cell("S043,12", "S943,12"),
        2,
        "spell_id",
        "'S943'",
        "a spell_id of leaders",
        "closest",
    ),
    "month 13": ("leaders", cell("2000-01,", "2000-13,"), 2, "start", "'2000-13'", "a date of the calendar", ""),
    "month 0 in a window": (
        "programme_facts",
        cell("2010..2018-10-03", "2010..2018-00-03"),
        None,
        "as_of",
        "'2010..2018-00-03'",
        "a date of the calendar",
        "",
    ),
    "31 February": (
        "leaders_2025",
        cell("2025-11,,2025-11-04,,Hưng", "2026-02,,2026-02-31,,Hưng"),
        3,
        "start_day",
        "'2026-02-31'",
        "a date of the calendar",
        "",
    ),
    "a year that nobody led in": ("leaders", cell("2000-01,", "0200-01,"), 2, "start", "'0200-01'", "1900 to 2100", ""),
    "digits of another script": ("economy", cell("3328.9", "٣٣٢٨"), 2, "value", "'٣٣٢٨'", "a number", ""),
    "letter that looks like Đ": (
        "leaders",
        cell("Điện Biên,secretary", "Ðiện Biên,secretary"),
        None,
        "province",
        "\\xd0i",
        "a name_vi of units",
        "write 'Điện Biên'",
    ),
    "code and name apart": (
        "leaders",
        cell("S001,01,Hà Nội", "S001,02,Hà Nội"),
        2,
        "province",
        "'02 Hà Nội'",
        "a province_code and name_vi of units",
        "closest: 01 Hà Nội",
    ),
    "term known to the year inside another": (
        "leaders",
        lambda c: (
            c + c.splitlines(keepends=True)[1].replace(b"S001", b"S999").replace(b"2000-01,2006-06", b"2001,2005")
        ),
        699,
        "start",
        "'2001' while 'Nguyễn Phú Trọng' (row 2) is in office",
        "one holder at a time",
        "correct the dates",
    ),
    "short term inside a long one that another follows": (
        "leaders",
        lambda c: (
            c + c.splitlines(keepends=True)[2].replace(b"S002", b"S999").replace(b"2006-06,2016-02", b"2015-01,2015-03")
        ),
        699,
        "start",
        "'2015-01' while 'Phạm Quang Nghị' (row 3) is in office",
        "one holder at a time",
        "correct the dates",
    ),
    "a person with another home in one term": (
        "leaders",
        cell("month sourced,month sourced,,false,Phú Thọ,true", "month sourced,month sourced,,false,Hà Nội,false"),
        440,
        "home_province",
        "'Hà Nội' for 'Bùi Minh Châu', who has 'Phú Thọ' in row 97",
        "one home_province in all rows of a person",
        "correct one of the rows",
    ),
    "a home that no namesake has": (
        "leaders",
        cell(
            "Nguyễn Văn Lợi,2021-07,,false,,assumed,,false,TP. Hồ Chí Minh",
            "Nguyễn Văn Lợi,2021-07,,false,,assumed,,false,Nghệ An",
        ),
        263,
        "home_province",
        "'Nghệ An' for 'Nguyễn Văn Lợi', who has 'Thanh Hóa' in row 154",
        "or namesakes of Thanh Hóa, TP. Hồ Chí Minh",
        "namesakes stand in data/datapackage.json",
    ),
    "a namesake's home in the other's province": (
        "leaders",
        cell(
            "Nguyễn Văn Lợi,2005,2007,false,panel year,panel year,,false,Thanh Hóa,true",
            "Nguyễn Văn Lợi,2005,2007,false,panel year,panel year,,false,TP. Hồ Chí Minh,false",
        ),
        492,
        "home_province",
        "'TP. Hồ Chí Minh' for 'Nguyễn Văn Lợi', who has 'Thanh Hóa' in row 154",
        "one home_province",
        "correct one of the rows",
    ),
    "a term that goes on under another home": (
        "leaders_2025",
        cell(
            "Bùi Thị Quỳnh Vân,2025-07,2025-10,2025-07-01,2025-10-01,Quảng Ngãi,Quảng Ngãi",
            "Bùi Thị Quỳnh Vân,2025-07,2025-10,2025-07-01,2025-10-01,Quảng Ngãi,Quảng Nam",
        ),
        44,
        "home_province_old",
        "'S202 Quảng Nam'",
        "a spell_id and home_province of leaders",
        "closest",
    ),
    "window that ends before it starts": (
        "designs",
        cell("pci_score,2013,2021", "pci_score,2013,2012"),
        2,
        "first_year",
        "'2013'",
        "a first year not after the last",
        "correct",
    ),
    "two spaces": (
        "leaders",
        cell("Phú Trọng", "Phú  Trọng"),
        2,
        "person",
        "xfa  T",
        "double",
        "write 'Nguyễn Phú Trọng'",
    ),
    "letter of another alphabet": (
        "leaders",
        cell("Phạm Quang", "Phạm Qu\u0430ng"),
        3,
        "person",
        "u0430",
        "one alphabet",
        "Quang",
    ),
    "a share for a percentage": (
        "economy",
        cell(URBAN, "62,2005,urban_population_share_pct,0.3301"),
        25100,
        *LEAP,
        "unit",
    ),
    "thousands mark lost": (
        "economy",
        cell("62,2005,retail_sales_bn_vnd,1019.2", "62,2005,retail_sales_bn_vnd,1.019"),
        21572,
        *LEAP,
        "",
    ),
    "a thousand times": (
        "economy",
        cell("62,2005,population_thousand,386,", "62,2005,population_thousand,386000,"),
        19620,
        *LEAP,
        "",
    ),
    "zero for missing": ("economy", cell("62,2005,grdp_growth_pct,8.8", "62,2005,grdp_growth_pct,0"), 11562, *LEAP, ""),
    "another unit": (
        "economy",
        cell(f"{URBAN},%", f"{URBAN},persons"),
        25100,
        "unit",
        "'persons' for 'urban",
        "one unit",
        "source",
    ),
    "merged under another code": (
        "units",
        cell("Tuyên Quang,Hà Giang,08", "Tuyên Quang,Hà Giang,04"),
        None,
        "merged_into_2025",
        "'",
        "one merged_into",
        "correct",
    ),
    "merged into nothing": (
        "units",
        cell("0,Tuyên Quang,Hà Giang", "0,Tuyên Quangg,Hà Giang"),
        None,
        "merged_into_2025",
        "'",
        "one merged_into",
        "correct",
    ),
    "percent in the number": (
        "programme_facts",
        cell(",95,percent", ",95%,percent"),
        40,
        "value",
        "'95%'",
        "a number",
        "unit stands",
    ),
    "place in another province": (
        "programme_facts",
        cell("Đà Bắc,district,17,2021", "Đà Bắc,district,62,2021"),
        None,
        "province_code",
        "Đà Bắc",
        "one province",
        "",
    ),
    "part of itself": (
        "indicators",
        cell("0,100,true,false,,", "0,100,true,false,pci_score,"),
        2,
        "part_of",
        "'pci_score'",
        "another",
        "",
    ),
    "limits exchanged": (
        "indicators",
        cell(",2,0,100,", ",2,100,0,"),
        2,
        "lowest",
        "'100'",
        "not above highest",
        "exchange",
    ),
    "unknown covariate": (
        "designs",
        cell("population_thousand;", "population;"),
        2,
        "covariates",
        "'population'",
        "of indicators",
        "population_thousand",
    ),
    "dash in a window": (
        "designs",
        cell("2013-2019", "2013–2019"),
        2,
        "other_windows",
        "2013",
        "the form 2013-2019;",
        "",
    ),
    "column twice": (
        "governance_partial",
        lambda c: b"".join(line + b"," + line.split(b",")[1] + b"\n" for line in c.splitlines()),
        1,
        "year",
        "twice",
        "once",
        "remove",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_damaged_table_is_refused_with_row_column_found_expected_and_remedy(folder, case):
    name, change, row, column, found, expected, remedy = case
    damage(folder, name, change)
    with pytest.raises(tables.DataFault) as caught:
        tables.load(name)
    fault = caught.value.faults[0]
    assert fault.file == f"{name}.csv"
    assert row is None or fault.row == row
    assert fault.column == column
    assert found in fault.found
    assert expected in fault.expected
    assert remedy in fault.remedy
    assert all(part in str(caught.value) for part in (fault.file, fault.found, fault.expected))


ONCE = {  # what follows from a fault is no fault of its own
    "code with a space": ("leaders", cell(",01,Hà Nội,secretary,Phạm", ",01 ,Hà Nội,secretary,Phạm")),
    "day before month": ("leaders", cell("2006-06,2016-02", "05/07/2006,2016-02")),
    "term that runs into many": ("leaders", cell("2006-06,2016-02", "2006-06,2061-02")),
    "another code": ("leaders", cell(",01,Hà Nội,secretary,Phạm", ",02,Hà Nội,secretary,Phạm")),
    "row twice": ("leaders", lambda c: c + c.splitlines(keepends=True)[1]),
    "name twice": ("units", cell(",Ha Giang,", ",Ha Noi,")),
    "column renamed": ("leaders", cell(",home_province,", ",hometown,")),
    "column in capitals": ("leaders", cell(",home_province,", ",Home_Province,")),
}


@pytest.mark.parametrize("case", ONCE.values(), ids=ONCE)
def test_one_damage_is_one_fault(folder, case):
    name, change = case
    damage(folder, name, change)
    assert len(tables.check([name])[0].faults) == 1


def test_a_damaged_table_is_not_told_again_with_those_that_refer_to_it(folder):
    damage(folder, "leaders", lambda c: c[:-1])
    (damaged,), others = tables.check(["leaders"]), tables.check(["leaders", "leaders_2025"])
    assert others[0].faults == damaged.faults and others[1].faults == []
    assert "not checked while leaders has faults" in str(others[1])
    assert tables.check(["leaders_2025"])[0].faults == damaged.faults


def test_an_indicator_whose_table_holds_no_value_of_it_is_told(folder):
    damage(folder, "indicators", cell("pci_score,governance,pci,", "pci_score,economy,pci,"))
    with pytest.raises(
        tables.DataFault, match=r"indicators.csv, table: found 'economy' for pci; expected the table that"
    ):
        completeness.newest()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda r: r["leaders"].update(rowCount="697"), "'str'"),
        (lambda r: r["leaders"]["schema"]["fields"][0].update(type="text"), "the type 'text' of spell_id"),
        (lambda r: r["leaders"]["schema"]["fields"][1].update(type="number"), ""),
        (lambda r: r["leaders"]["schema"]["fields"][0].update(constraints=[]), "'list'"),
        (lambda r: r["leaders"]["schema"]["rowRules"][0].update(holds="start <"), "invalid syntax"),
    ],
)
def test_an_entry_of_the_codebook_that_cannot_be_used_is_one_fault(folder, change, found):
    book = json.loads((folder / "datapackage.json").read_bytes())
    change({one["name"]: one for one in book["resources"]})
    (folder / "datapackage.json").unlink()
    (folder / "datapackage.json").write_text(json.dumps(book), encoding="utf-8")
    (fault,) = tables.check(["leaders"])[0].faults
    assert (fault.file, fault.column) == ("datapackage.json", "leaders")
    assert found in fault.found


@pytest.mark.parametrize("name", ["wrong type", "empty file", "cut in a row", "semicolons", "other encoding"])
def test_check_names_the_same_fault_and_does_not_raise(folder, name):
    name, change = REFUSED[name][:2]
    damage(folder, name, change)
    damaged, sound = tables.check([name, "national_stats"])
    assert damaged.faults
    assert str(damaged).startswith("FAULT")
    assert sound.faults == []


def crlf(content):
    return content.replace(b"\n", b"\r\n")


ACCEPTED = {
    "byte order mark": (lambda c: b"\xef\xbb\xbf" + c, "changed since"),
    "CRLF": (crlf, "changed since"),
    "both, as a spreadsheet writes them": (lambda c: b"\xef\xbb\xbf" + crlf(c), "changed since"),
    "line ends of old Macs": (lambda c: c.replace(b"\n", b"\r"), "changed since"),
    "quotes around every cell": (
        lambda c: b"".join(b'"' + line.replace(b",", b'","') + b'"\n' for line in c.splitlines()),
        "changed since",
    ),
    "blank line at the end": (lambda c: c + b"\n", "changed since"),
    "columns in another order": (
        lambda c: b"".join(line.split(b",", 1)[1] + b"," + line.split(b",", 1)[0] + b"\n" for line in c.splitlines()),
        "changed since",
    ),
    "one row more": (lambda c: c + b"96,2020,pci_entry,7.5,pci_web_table_2021,\n", "1 rows more than rowCount"),
}


@pytest.mark.parametrize("case", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_accepted_loads_the_same_values_and_is_noted(folder, case):
    change, note = case
    before = tables.load("governance_partial")
    damage(folder, "governance_partial", change)
    after = tables.load("governance_partial")
    assert after.iloc[: len(before)][before.columns].equals(before)
    (result,) = tables.check(["governance_partial"])
    assert result.faults == []
    assert note in str(result)


def test_a_file_that_is_not_there_is_named(folder):
    (folder / "tiles.csv").unlink()
    with pytest.raises(tables.DataFault, match="tiles.csv: found no file"):
        tables.load("tiles")


def test_a_folder_where_a_table_should_be_is_named(folder):
    (folder / "tiles.csv").unlink()
    (folder / "tiles.csv").mkdir()
    with pytest.raises(
        tables.DataFault, match=r"tiles\.csv: found what cannot be read \(Is a directory\); expected a file"
    ):
        tables.load("tiles")


def entry(change):
    """A damage to the entry of ``leaders`` in the codebook."""

    def damaged(text):
        book = json.loads(text)
        change(next(resource for resource in book["resources"] if resource["name"] == "leaders")["schema"])
        return json.dumps(book)

    return damaged


BOOKS = {
    "empty": (lambda text: "", r"row 1: found no codebook \(JSONDecodeError"),
    "cut": (lambda text: "\n".join(text.splitlines()[:120]), r"row 120: found no codebook \(JSONDecodeError"),
    "another file": (lambda text: "[]", r": found no codebook \(TypeError"),
    "no path": (
        lambda text: text.replace('"path": "leaders.csv"', '"paht": "leaders.csv"'),
        r"found no codebook \(KeyError: 'path'\)",
    ),
    "no type": (
        entry(lambda schema: schema["fields"][3].pop("type")),
        r"leaders: found what cannot be used \('type'\)",
    ),
    "a pattern that is none": (
        entry(lambda schema: schema["fields"][5]["constraints"].update(pattern="(")),
        r"leaders: found what cannot be used \(missing \)",
    ),
    "a rule about no column": (
        entry(lambda schema: schema["rowRules"][0].update(holds="ende > start")),
        r"leaders: found what cannot be used \(name 'ende' is not defined\)",
    ),
    "a key of no column": (entry(lambda schema: schema.update(primaryKey=["spell"])), r"cannot be used \('spell'\)"),
    "a table that there is not": (
        entry(lambda schema: schema["foreignKeys"][0]["reference"].update(resource="unit")),
        r"cannot be used \('unit'\)",
    ),
}


@pytest.mark.parametrize("case", BOOKS.values(), ids=BOOKS)
def test_a_damaged_codebook_is_named_with_what_is_wrong(folder, case):
    change, said = case
    book = folder / "datapackage.json"
    text = change(book.read_text(encoding="utf-8"))
    book.unlink()
    book.write_text(text, encoding="utf-8")
    with pytest.raises(tables.DataFault, match=rf"^datapackage\.json.*{said}"):
        tables.load("leaders")


def test_a_fault_in_a_table_referred_to_is_named_with_that_table(folder):
    damage(folder, "units", lambda content: content[:-30])
    with pytest.raises(tables.DataFault, match=r"units\.csv, row 64"):
        tables.load("leaders")


def test_of_many_faults_the_first_twenty_and_the_count_are_told(folder):
    damage(folder, "governance_partial", lambda content: content.replace(b"pci_", b"cpi_"))
    with pytest.raises(tables.DataFault) as caught:
        tables.load("governance_partial")
    assert len(caught.value.faults) > 240
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == f"... and {len(caught.value.faults) - 20} more; {len(caught.value.faults)} faults in all."


def test_faults_come_in_the_order_of_the_file(folder):
    damage(
        folder, "governance_partial", lambda content: content.replace(b"7.72", b"x").replace(b"pci_web_profile", b"zzz")
    )
    with pytest.raises(tables.DataFault) as caught:
        tables.load("governance_partial")
    rows = [fault.row for fault in caught.value.faults]
    assert rows[0] == 2
    assert rows == sorted(rows)
    assert len(set(rows)) > 1


def test_a_table_without_an_entry_in_the_codebook_is_reported_unless_others_are_asked_for(folder):
    (folder / "mine.csv").write_text("a,b\n1,2\n")
    (result,) = [result for result in tables.check() if result.faults]
    assert result.name == "mine" and "no entry in the codebook" in str(result)
    assert [result.name for result in tables.check(["tiles"])] == ["tiles"]


def test_a_table_damaged_after_it_passed_is_refused(folder):
    tables.load("governance_partial")
    damage(folder, "governance_partial", cell("7.72", "high"))
    with pytest.raises(tables.DataFault, match="'high'"):
        tables.load("governance_partial")


def test_a_table_is_checked_again_when_a_table_it_refers_to_changes(folder):
    tables.load("governance_partial")
    damage(folder, "sources_governance", cell("press_vns_2025", "press_vns_2024b"))
    with pytest.raises(tables.DataFault, match="press_vns_2025"):
        tables.load("governance_partial")


def test_a_table_is_checked_again_when_the_codebook_changes(folder):
    tables.load("governance_partial")
    book = folder / "datapackage.json"
    text = book.read_text(encoding="utf-8")
    book.unlink()
    book.write_text(text.replace('"maximum": 2030', '"maximum": 2023'), encoding="utf-8")
    with pytest.raises(tables.DataFault, match="2024"):
        tables.load("governance_partial")


def test_tables_load_where_the_cache_cannot_be_written(folder):
    (folder.parent / ".cache").write_text("a file where a folder should be")
    assert len(tables.load("units")) == 63


def test_a_copy_of_the_folder_loads_without_links(tmp_path, monkeypatch):
    shutil.copytree(paths.data(), tmp_path / "data")
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    assert len(tables.load("leaders")) == 697


NEW = ["leaders", "leaders_2025", "leaders_patch", "sources_leaders", "economy_partial", "tiles_2025"]


def first_line(change):
    """A damage to the first row below the header."""

    def damaged(content):
        header, row, *rest = content.splitlines(keepends=True)
        return b"".join([header, change(row), *rest])

    return damaged


# damage, then what the first fault must say: row, found, expected, remedy (each table has its key in its first columns)
EVERY_TABLE = {
    "key empty": (
        first_line(lambda row: row[row.index(b",") :]),
        2,
        "an empty cell",
        "a value in every row",
        "fill it",
    ),
    "key twice": (first_line(lambda row: row + row), 3, "", "once", "eep one"),
    "a cell too many": (first_line(lambda row: row.rstrip(b"\n") + b",x\n"), 2, "cells", "cells", "quote a cell"),
    "a cell too few": (first_line(lambda row: row[row.index(b",") + 1 :]), 2, "cells", "cells", "cut off"),
    "invisible letter": (first_line(lambda row: "\u200b".encode() + row), 2, "u200b", "", "write '"),
    "other encoding": (
        first_line(lambda row: b"\xe9" + row),
        2,
        "0xE9, which is not UTF-8",
        "text in UTF-8",
        "CSV UTF-8",
    ),
    "cut between rows": (lambda c: b"".join(c.splitlines(keepends=True)[:-1]), 0, "rows", "at least", "cut off"),
    "cut in the last value": (lambda c: c[:-1], None, "no line break", "a line break", "cut off"),
    "empty": (lambda c: b"", 0, "an empty one (0 bytes)", "a header and rows", "restore"),
    "column misspelt": (lambda c: c.replace(b"e,", b"ee,", 1), 1, "", "the column '", "column"),
}


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("kind", EVERY_TABLE)
def test_every_new_table_refuses_every_kind_of_damage(folder, name, kind):
    change, row, found, expected, remedy = EVERY_TABLE[kind]
    damage(folder, name, change)
    with pytest.raises(tables.DataFault) as caught:
        tables.load(name)
    told = [f for f in caught.value.faults if f.file == f"{name}.csv" and (row is None or f.row == row)]
    assert any(found in f.found and expected in f.expected and remedy in f.remedy for f in told), str(caught.value)
