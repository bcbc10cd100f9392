import csv
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import paths
from helpers.record import tables

WEIGHTS = (paths.data() / "pci_weights.csv").read_text(encoding="utf-8")
NAMES = [resource["name"] for resource in tables.package()["resources"]]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project of its own whose tables are links to ours until a test writes one."""
    (tmp_path / "data").mkdir()
    for file in paths.data().iterdir():
        (tmp_path / "data" / file.name).symlink_to(file)
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    return tmp_path / "data"


def write(folder, name, text):
    (folder / f"{name}.csv").unlink()
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")


# --- load


@pytest.mark.parametrize("name", NAMES)
def test_load_keeps_every_cell_of_the_file(name):
    with open(paths.data() / f"{name}.csv", encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    table = tables.load(name)
    assert len(table) == len(rows)
    for (column, values), cells in zip(table.items(), zip(*rows, strict=True), strict=True):
        assert list(values.isna()) == [cell == "" for cell in cells], column
        if values.dtype == "str":
            assert list(values.fillna("")) == list(cells), column
        elif values.dtype != "boolean":
            assert list(values.dropna().astype(float)) == [float(cell) for cell in cells if cell], column
        else:
            assert list(values.dropna()) == [cell in ("true", "1") for cell in cells if cell], column


def test_codes_are_text_with_leading_zeros_and_called_unit_code():
    for name in ("units", "leaders", "governance", "economy"):
        codes = tables.load(name)["unit_code"]
        assert codes.dtype == "str"
        assert codes.str.len().eq(2).all()
        assert "01" in set(codes)


def test_years_values_and_flags_have_their_types():
    table = tables.load("governance")
    assert table["year"].dtype == "int64"
    assert table["value"].dtype == "float64"
    assert tables.load("leaders")["native"].dtype == "boolean"


def test_unknown_nativity_is_missing_and_not_false():
    native = tables.load("leaders").query("post == 'secretary'")["native"]
    assert native.isna().sum() == 6
    assert native.sum() + (~native).sum() == 343


def test_load_returns_a_copy_of_its_own():
    first = tables.load("units")
    first["name_vi"] = "x"
    first.loc[0, "unit_code"] = "00"
    assert tables.load("units").loc[0, ["unit_code", "name_vi"]].tolist() == ["01", "Hà Nội"]


def test_an_unknown_table_is_refused_with_the_closest_name():
    with pytest.raises(ValueError, match=r"no table 'goverance'.*closest: governance"):
        tables.load("goverance")


def test_a_second_process_needs_no_validation_library(folder):
    code = "from helpers.record import tables; tables.load('leaders'); import sys; print('pandera' in sys.modules)"
    run = [sys.executable, "-c", code]
    answers = [subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)]
    assert answers == ["True", "False"]


# --- what is read


@pytest.fixture(scope="module")
def announced():
    """Names of files of data/ that are announced as read, while a test listens (an audit hook stays for good)."""
    heard, state = [], {"on": False}
    sys.addaudithook(lambda event, args: heard.append(str(args[0])) if state["on"] and event == "open" else None)
    return heard, state


@pytest.fixture
def reading(announced):
    """Names of the tables announced as read since the last call, in order of their first use."""
    heard, state = announced
    heard.clear()
    state["on"] = True

    def since():
        names = [path.rsplit("/", 1)[-1].removesuffix(".csv") for path in heard if path.endswith(".csv")]
        heard.clear()
        return list(dict.fromkeys(names))

    yield since
    state["on"] = False


def test_tables_are_announced_as_read_in_order_of_first_use_from_memory_too(folder, reading):
    for _ in range(2):
        tables.load("units")
        tables.load("leaders")
        tables.load("units")
        assert [name for name in reading() if name in ("units", "leaders")] == ["units", "leaders"]


@pytest.mark.parametrize("read", [tables.load, lambda name: tables.check([name])], ids=["load", "check"])
def test_a_table_counts_as_read_with_those_it_refers_to_from_memory_too(folder, reading, read):
    first, again = ((read("leaders"), set(reading()))[1] for _ in range(2))
    assert {"leaders", "units", "sources_leaders"} <= again == first


def test_what_is_announced_as_read_is_the_file_itself(folder, reading, announced):
    tables.load("units")
    reading()
    tables.load("units")
    assert str(folder / "units.csv") in announced[0]


def test_control_and_direction_changing_characters_are_shown_as_escapes():
    assert tables.plain("a\x1b[31mb\u202ec\u00a0d") == r"a\x1b[31mb\u202ec\xa0d"
    assert tables.plain("Đắk Lắk, 12%") == "Đắk Lắk, 12%"


def test_one_report_reads_one_version_of_a_table(folder, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(folder.parent / "out"))
    before = tables.load("tiles")
    write(folder, "tiles", (paths.data() / "tiles.csv").read_text(encoding="utf-8").replace("\n01,", "\n24,", 1))
    assert tables.load("tiles").equals(before)
    monkeypatch.setenv("PRESS_OUT", str(folder.parent / "next"))
    with pytest.raises(tables.DataFault, match="tiles.csv"):
        tables.load("tiles")


def test_a_report_that_reads_a_table_late_reads_the_version_that_others_of_it_saw(folder, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(folder.parent / "out"))
    tables.load("governance_partial")  # looks at units
    write(folder, "units", "")
    assert len(tables.load("units")) == 63


# --- what is kept in memory


@pytest.fixture
def counted(folder):
    """A remembered function of the table of breaks, and the list of its runs."""
    runs = []

    @tables.remembered
    def of_breaks(low, high=9999):
        runs.append((low, high))
        return tables.load("breaks").query("@low <= first_year <= @high")

    return of_breaks, runs


def test_what_is_remembered_is_worked_out_once_for_the_same_arguments(counted):
    of_breaks, runs = counted
    assert of_breaks(2010).equals(of_breaks(2010)) and len(of_breaks(2010, 2015)) < len(of_breaks(2010))
    assert runs == [(2010, 9999), (2010, 2015)]


def test_an_indicator_is_worked_out_once_for_the_same_window(folder, monkeypatch):
    runs, real = [], tables._all_years
    monkeypatch.setattr(tables, "_all_years", lambda name: runs.append(name) or real(name))
    for _ in range(3):
        assert len(tables.indicator("pci_score", (2014, 2020))) == 441
    assert len(runs) == 1


def test_each_call_gets_a_copy_of_what_is_remembered(counted):
    of_breaks, _ = counted
    mine = of_breaks(2010)
    mine["name"] = "mine"
    assert "mine" not in set(of_breaks(2010)["name"])


@pytest.mark.parametrize("file", ["breaks.csv", "datapackage.json"])
def test_a_changed_file_is_read_again(folder, counted, file):
    of_breaks, runs = counted
    before = of_breaks(0)
    text = (folder / file).read_text("utf-8")
    (folder / file).unlink()
    (folder / file).write_text(
        text.replace("2005 is a pilot", "2005 was a pilot") if file == "breaks.csv" else text + "\n", "utf-8"
    )
    assert of_breaks(0).equals(before) == (file != "breaks.csv") and len(runs) == 2


def test_a_remembered_answer_counts_as_a_use_of_its_tables(counted, reading):
    of_breaks, runs = counted
    for _ in range(2):
        of_breaks(2010)
        assert "breaks" in reading()
    assert len(runs) == 1


def test_what_a_remembered_function_of_another_reads_counts_for_both(counted):
    of_breaks, runs = counted
    outer = tables.remembered(lambda: of_breaks(0))
    before = outer()
    file = paths.data() / "breaks.csv"
    text = file.read_text("utf-8")
    file.unlink()
    file.write_text(text.replace("2005 is a pilot", "2005 was a pilot"), "utf-8")
    assert not outer().equals(before) and len(runs) == 2


def test_a_function_that_fails_is_not_remembered(folder, reading):
    with pytest.raises(ValueError, match="no indicator"):
        tables.indicator("pci_scor")
    assert len(tables.indicator("pci_score")) > 1000
    reading()
    tables.load("tiles")
    assert reading()[0] == "tiles"


# --- registry and breaks


def test_the_registry_holds_exactly_the_indicators_of_the_tables():
    registry = tables.load("indicators")
    assert set(registry["table"]) == {"governance", "economy", "governance_partial", "economy_partial"}
    for table, n in (("governance", 22), ("economy", 54)):
        mine = set(registry.loc[registry["table"] == table, "indicator"])
        assert mine == set(tables.load(table)["indicator"])
        assert len(mine) == n


def test_units_of_the_registry_begin_like_the_units_of_the_table():
    units = tables.load("economy").groupby("indicator")["unit"].unique().str[0]
    registry = tables.load("indicators").set_index("indicator")["unit_en"]
    words = {name: unit.replace("km2", "km²").split(",")[0].split(" ")[0] for name, unit in units.items()}
    assert all(registry[name].startswith(word) for name, word in words.items())


def test_usable_indicators_have_at_least_five_years_and_fifty_provinces_in_most():
    values = pd.concat([tables.load("governance"), tables.load("economy")])
    counts = values.groupby(["indicator", "year"])["unit_code"].nunique()
    full = counts[counts >= 50].groupby("indicator").size()
    for row in tables.load("indicators").itertuples():
        enough = full.get(row.indicator, 0) >= 5
        assert row.usable == (enough and row.indicator != "area_km2"), row.indicator


def test_only_press_cells_and_partial_blocks_are_for_checks_alone():
    registry = tables.load("indicators")
    partial = set(registry.loc[registry["table"].str.endswith("_partial"), "indicator"])
    only = set(registry.loc[registry["press_only"], "indicator"])
    assert only == {"grdp_growth_first_estimate_press_pct", *partial} and len(partial) == 9


@pytest.mark.parametrize("name", tables.load("indicators").loc[lambda t: t["press_only"], "indicator"])
def test_what_is_for_checks_alone_has_no_design(name):
    with pytest.raises(ValueError, match="is a rank|never for a model"):
        tables.design_of(name)


@pytest.mark.parametrize("name", tables.load("indicators").loc[lambda t: t["usable"], "indicator"])
def test_every_usable_score_has_a_design_whose_window_crosses_no_break(name):
    if name.endswith("_rank"):
        pytest.skip("a rank is no outcome")
    design = tables.design_of(name)
    assert tables.indicator(name, design.window)["segment"].nunique() == 1


def test_stated_designs_are_read_from_the_table():
    design = tables.design_of("fdi_fia_total_registered_musd")
    assert design == ((2016, 2023), "asinh")


def test_an_outcome_without_a_stated_design_takes_most_years_on_one_definition():
    design = tables.design_of("enterprises_active")
    assert design == ((2017, 2024), "none")


def test_indicator_texts_start_in_lower_case_but_for_acronyms():
    texts = tables.load("indicators")["text_en"].str.split().str[0]
    assert all(word.isupper() or word[0].islower() for word in texts)


def test_every_break_lies_within_the_years_of_its_indicator():
    values = pd.concat([tables.load("governance"), tables.load("economy")]).groupby("indicator")["year"]
    table = tables.breaks()
    first, last = table["indicator"].map(values.min()), table["indicator"].map(values.max())
    assert ((first < table["first_year"]) & (table["first_year"] <= last)).all()


def test_breaks_of_one_indicator():
    table = tables.breaks("papi_total")
    assert set(table["indicator"]) == {"papi_total"}
    assert list(table.loc[table["refuses"], "first_year"]) == [2018]


def test_breaks_of_an_unknown_indicator_are_refused():
    with pytest.raises(ValueError, match="no indicator 'papi_totl'; closest: papi_total"):
        tables.breaks("papi_totl")


def test_weights_and_breaks_name_the_same_years():
    stated = set(tables.breaks("pci_score").query("kind == 'weights'")["first_year"])
    changes = tables.load("pci_weights").pivot(index="first_year", columns="indicator", values="weight_pct")
    changed = changes.fillna(0).diff().abs().sum(axis=1).iloc[1:]
    assert stated == set(changed.index[changed > 0])


def test_hanoi_of_2008_is_stated_wherever_flagged_rows_exist():
    table = tables.load("economy")
    flagged = set(table.loc[table["definition_version"].str.contains("ha_noi"), "indicator"])
    stated = set(tables.breaks().query("name == 'hanoi_2008'")["indicator"])
    assert flagged <= stated


# --- indicator


REFUSED = [
    ("pci_score", (2006, 2021), ["pci_weights_2009", "pci_weights_2013"]),
    ("pci_score", (2013, 2023), ["pci_weights_2022"]),
    ("pci_rank", (2021, 2022), ["pci_weights_2022"]),
    ("pci_score", (2005, 2006), ["pci_pilot_2005"]),
    ("pci_competition", (2006, 2019), ["pci_competition_2013"]),
    ("pci_support", (2013, 2023), ["pci_support_2021"]),
    ("papi_total", (2017, 2018), ["papi_dimensions_2018"]),
    ("papi_accountability", (2011, 2016), ["papi_accountability_2016"]),
    ("papi_egov", (2018, 2020), ["papi_egov_2019", "papi_egov_2020"]),
    ("poverty_rate_pct", (2006, 2016), ["poverty_line_2010"]),
    ("enterprises_active", (2005, 2024), ["enterprises_2017"]),
    ("budget_revenue_bn_vnd", (2005, 2016), ["budget_revenue_2009"]),
    ("budget_revenue_bn_vnd", (2009, 2010), ["budget_revenue_2009"]),
    ("budget_central_transfer_bn_vnd", (2005, 2018), ["budget_form_2017"]),
    ("unemployment_rate_pct", (2016, 2024), ["unemployment_source_2018"]),
    ("income_pc_month_kvnd", (2023, 2024), ["income_2024_estimated"]),
    ("fdi_fia_total_registered_musd", (2015, 2023), ["fdi_share_purchases_2016"]),
]


@pytest.mark.parametrize(("name", "window", "names"), REFUSED)
def test_a_window_across_a_break_is_refused_unless_the_break_is_named(name, window, names):
    with pytest.raises(tables.BreakRefused) as caught:
        tables.indicator(name, window)
    assert all(text in str(caught.value) for text in names)
    assert f"allow_breaks={tuple(names)!r}" in str(caught.value)
    with pytest.raises(tables.BreakRefused, match=names[-1]):
        tables.indicator(name, window, allow_breaks=names[:-1])
    table = tables.indicator(name, window, allow_breaks=names)
    assert table["year"].min() >= window[0]
    assert table["segment"].nunique() > 1


POOLED = [
    ("pci_score", (2013, 2021)),
    ("pci_score", (2006, 2008)),
    ("pci_score", (2022, 2023)),
    ("pci_entry", (2006, 2019)),
    ("papi_corruption", (2011, 2024)),
    ("papi_accountability", (2011, 2015)),
    ("papi_service", (2021, 2024)),
    ("papi_environment", (2019, 2024)),
    ("grdp_growth_pct", (2005, 2017)),
    ("grdp_nominal_growth_pct", (2005, 2024)),
    ("population_thousand", (2005, 2024)),
    ("poverty_rate_pct", (2010, 2016)),
    ("poverty_rate_pct", (2009, 2016)),
    ("income_pc_month_kvnd", (2006, 2023)),
    ("budget_revenue_bn_vnd", (2010, 2016)),
]


@pytest.mark.parametrize(("name", "window"), POOLED)
def test_a_window_within_one_definition_is_not_refused(name, window):
    assert tables.indicator(name, window)["segment"].nunique() == 1


def test_without_a_window_all_years_come_in_segments():
    table = tables.indicator("pci_score")
    segments = table.groupby("segment")["year"].agg(["min", "max"])
    assert segments.to_numpy().tolist() == [[2005, 2005], [2006, 2008], [2009, 2012], [2013, 2021], [2022, 2023]]


def test_the_flagged_year_2009_of_budget_revenue_is_a_segment_of_its_own():
    table = tables.indicator("budget_revenue_bn_vnd")
    assert table.groupby("segment")["year"].unique().str.len().tolist() == [4, 1, 7]
    assert set(table.loc[table["doubtful"], "year"]) == {2009}


def test_flags_say_what_the_definition_and_the_source_say():
    income = tables.indicator("income_pc_month_kvnd")
    assert set(income.loc[income["secondary"], "year"]) == {2018, 2019, 2020, 2021, 2022, 2024}
    assert income.loc[income["old_boundary"], ["unit_code", "year"]].to_numpy().tolist() == [["01", 2006]]
    population = tables.indicator("population_thousand")
    assert set(population.loc[population["preliminary"], "year"]) == {2024}
    ranks = tables.indicator("pci_rank")
    assert ranks.loc[ranks["derived"]].groupby("year").size().to_dict() == {2021: 40, 2022: 46, 2023: 52}
    assert (ranks["definition_version"] == "derived").equals(ranks["derived"])


@pytest.mark.parametrize("name", list(tables.load("indicators")["indicator"]))
def test_every_indicator_comes_in_one_shape_with_one_row_a_unit_and_year(name):
    table = tables.indicator(name)
    head = ["unit_code", "year", "indicator", "value", "unit", "source", "definition_version", "segment"]
    assert list(table.columns[:8]) == head
    assert not table.duplicated(["unit_code", "year"]).any()
    assert table.notna().all().all()
    assert table["value"].dtype == "float64"
    assert (table.dtypes.iloc[8:] == "bool").all()


def test_an_unknown_indicator_is_refused_with_the_closest_names():
    with pytest.raises(ValueError, match=r"no indicator 'pci_scor'; closest: pci_score"):
        tables.indicator("pci_scor")


def test_an_unknown_break_is_refused_with_the_closest_names():
    with pytest.raises(ValueError, match=r"no break 'pci_weight_2009' of pci_score; closest: pci_weights_2009"):
        tables.indicator("pci_score", (2006, 2021), allow_breaks=["pci_weight_2009"])


def test_one_break_may_be_named_without_a_sequence():
    assert len(tables.indicator("pci_score", (2010, 2014), allow_breaks="pci_weights_2013"))


def test_a_window_without_values_is_refused_with_the_years_covered():
    with pytest.raises(ValueError, match="no value in 1990-1999; it covers 2005-2023"):
        tables.indicator("pci_score", (1990, 1999))


def test_loading_an_indicator_reads_the_tables_behind_it(reading):
    tables.indicator("pci_score")
    behind = {"indicators", "breaks", "governance"}
    assert set(reading()) == behind | {"sources_governance", "units", "units_historic"}  # and what these refer to


# --- sources


def test_sources_are_numbered_from_nought():
    assert tables.sources().index.equals(pd.RangeIndex(len(tables.sources())))


def test_sources_come_from_both_tables_in_one_shape():
    table = tables.sources(["pci_file_2023", "press_grdp"])
    assert list(table["source"]) == ["pci_file_2023", "press_grdp"]
    assert "years" in table
    assert table.notna().all().all()


def test_an_unknown_source_is_refused_with_the_closest():
    with pytest.raises(ValueError, match=r"no source 'pci_file_2022'; closest: pci_file_2023"):
        tables.sources(["pci_file_2022"])


# --- codebook


@pytest.mark.parametrize(("name", "lang"), [("README.md", "en"), ("README.vi.md", "vi")])
def test_the_codebook_page_follows_from_the_package(name, lang):
    page = (paths.data() / name).read_text(encoding="utf-8")
    assert page == tables.codebook(lang), "write it again: rotation check --codebook"


def test_every_table_and_column_is_described_in_both_languages():
    for resource in tables.package()["resources"]:
        assert all(
            resource[key] for key in ("title", "title_vi", "description", "description_vi", "sources", "rowCount")
        )
        for field in resource["schema"]["fields"]:
            where = f"{resource['name']}.{field['name']}"
            assert field["description"] and field["description_vi"], where
            always = field.get("constraints", {}).get("required", False)
            assert always != bool(field.get("missing") and field.get("missing_vi")), where


def test_the_columns_of_the_codebook_are_those_of_the_files():
    for resource in tables.package()["resources"]:
        header = (paths.data() / resource["path"]).read_text(encoding="utf-8").split("\n", 1)[0]
        assert header.split(",") == [field["name"] for field in resource["schema"]["fields"]]


def test_every_table_has_a_key():
    assert all(resource["schema"]["primaryKey"] for resource in tables.package()["resources"])


def test_the_schema_is_built_from_the_codebook(folder):
    book = tables.package()
    field = next(
        f for r in book["resources"] if r["name"] == "units" for f in r["schema"]["fields"] if f["name"] == "region_en"
    )
    field["constraints"]["enum"].remove("South East")
    (folder / "datapackage.json").unlink()
    (folder / "datapackage.json").write_text(json.dumps(book), encoding="utf-8")
    with pytest.raises(tables.DataFault, match="region_en: found 'South East'; expected one of Northern"):
        tables.load("units")


# --- properties


@given(
    text=st.text(st.characters(blacklist_characters='",\r\n', blacklist_categories=["Cs"]), max_size=8)
    | st.floats().map(repr)
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_value_is_read_as_the_number_printed_or_the_table_is_refused_at_its_row(folder, text):
    file = folder / "pci_weights.csv"
    if file.is_symlink():
        file.unlink()
    lines = WEIGHTS.splitlines()
    cells = lines[3].split(",")
    file.write_text("\n".join([*lines[:3], ",".join([*cells[:3], text, cells[4]]), *lines[4:], ""]), encoding="utf-8")
    faults, value = [], None
    try:
        value = tables.load("pci_weights").at[2, "weight_pct"]
    except tables.DataFault as refused:
        faults = refused.faults
    assert {(fault.row, fault.column) for fault in faults} == ({(4, "weight_pct")} if value is None else set())
    assert value is None or (value == float(text) and 0 <= value <= 100)


@given(st.integers(2005, 2023), st.integers(2005, 2023))
@settings(max_examples=30, deadline=None)
def test_a_window_is_refused_exactly_when_its_values_have_two_segments(a, b):
    window = (min(a, b), max(a, b))
    table = tables.indicator("pci_score")
    segments = table.loc[table["year"].between(*window), "segment"]
    refused = False
    try:
        tables.indicator("pci_score", window)
    except tables.BreakRefused:
        refused = True
    assert refused == (segments.nunique() > 1)


def test_values_are_finite():
    for name in ("governance", "economy", "governance_partial"):
        assert np.isfinite(tables.load(name)["value"]).all()


def test_a_window_over_breaks_is_refused_with_those_that_would_do():
    with pytest.raises(tables.BreakRefused, match=r"without the break \(2010-2012, 2013-2021\)"):
        tables.indicator("pci_score", (2010, 2022))
    with pytest.raises(tables.BreakRefused, match=r"without the break \(2006-2008, 2009-2012, 2013-2021, 2022-2023\)"):
        tables.indicator("pci_score", (2012, 2013))
