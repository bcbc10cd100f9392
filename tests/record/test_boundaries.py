"""What became of units before July 2025: the package's own lists, and every fate on a list short enough to read."""

import importlib.metadata

import pandas as pd
import pytest

from helpers.record import boundaries

# commune, district, name, district's name, further names, new code
COMMUNES = [
    ("00005", "008", "mot", "dau", None, "N8"),
    ("00008", "009", "hai", "ke", '["ba"]', "N9"),
    ("00010", "001", "xuan", "dong", None, "N1"),
    ("00011", "001", "ha", "dong", None, "N1"),
    ("00020", "001", "thu", "dong", None, "N2"),
    ("00030", "002", "dongxuan", "tay", None, "N3"),
    ("00030", "002", "dongxuan", "tay", None, "N4"),
    ("00031", "002", "dongha", "tay", None, "N3"),
    ("00040", "003", "namxuan", "nam", '["namthu"]', "N5"),
    ("00041", "003", "namha", "nam", None, "N5"),
    ("00050", "004", "bacxuan", "bac", '["bacthu"]', "N6"),
    ("00060", "005", "bacha", "cuoi", None, "N7"),
]
EVERY = sorted({code for code, *_ in COMMUNES})


@pytest.fixture
def listed(monkeypatch):
    columns = ["commune", "district", "wardShortKey", "districtShortKey", "alias", "new_code"]
    table = pd.DataFrame(COMMUNES, columns=columns).assign(new_name=lambda rows: "Xã " + rows["new_code"])
    monkeypatch.setattr(boundaries, "_communes", lambda: table)


def fates(units, level="commune"):
    return boundaries.fates(level, units).groupby("old_code")["fate"].agg(lambda found: found.unique().item()).to_dict()


def test_where_a_whole_and_a_split_commune_of_the_package_went():
    moves = boundaries.crosswalk("commune").groupby("old_code")["new_name"].agg(list)
    assert moves["00004"] == ["Phường Ba Đình"]
    assert moves["00007"] == ["Phường Giảng Võ", "Phường Ngọc Hà"]


def test_a_district_goes_to_the_communes_that_its_own_became(listed):
    moves = boundaries.crosswalk("district").groupby("old_code")["new_code"].agg(list)
    assert moves[["001", "002", "003"]].tolist() == [["N1", "N2"], ["N3", "N4"], ["N5"]]


def test_a_province_goes_to_a_province():
    moves = boundaries.crosswalk("province").set_index("old_code")
    assert moves.loc["62"].tolist() == ["51", "Quảng Ngãi"]


def test_names_of_both_levels_stand_by_code():
    assert boundaries.names("commune")["00001"] == "phucxa"
    assert boundaries.names("district")["001"] == "badinh"


def test_islands_without_communes_have_no_name_among_them():
    assert all(isinstance(code, str) for code in boundaries.names("commune"))
    assert boundaries.names("district")["318"] == "bachlongvi"


def test_a_code_beyond_the_last_of_the_package_is_unknown():
    assert fates(["00007", "99999"]) == {"00007": "split", "99999": "unknown"}


def test_the_source_is_the_package_with_its_version():
    assert boundaries.source() == f"vietnamadminunits {importlib.metadata.version('vietnamadminunits')}"


WHOLE = ["00005", "00008", "00020", "00050", "00060"]
MERGED = ["00010", "00011", "00040", "00041"]
FATES = dict.fromkeys(WHOLE, "same") | dict.fromkeys(MERGED, "merged") | {"00030": "split", "00031": "incomplete"}


def test_every_fate_where_all_units_are_in_the_table(listed):
    assert fates(EVERY) == FATES


def test_a_part_that_is_not_in_the_table_leaves_the_others_incomplete(listed):
    assert fates(["00010", "00020", "00040", "00041"]) == {
        "00010": "incomplete", "00020": "same", "00040": "merged", "00041": "merged"
    }  # fmt: skip


def test_units_that_are_not_in_the_table_are_not_listed(listed):
    assert boundaries.fates("commune", ["00020"])["old_code"].tolist() == ["00020"]


def test_a_code_that_no_list_has_is_unknown_and_goes_nowhere(listed):
    row = boundaries.fates("district", ["001", "777"]).set_index("old_code").loc["777"]
    assert row["fate"] == "unknown" and pd.isna(row["new_code"])


NEAR = {
    "00001": [],
    "00006": ["00008"],
    "00025": [],
    "00035": ["00040", "00041"],
    "00042": ["00040", "00041", "00050"],
    "00055": ["00050"],
    "99999": [],
}


@pytest.mark.parametrize(("lost", "near"), NEAR.items())
def test_a_dissolved_commune_makes_incomplete_what_near_it_bears_further_names(listed, lost, near):
    assert fates([*EVERY, lost]) == FATES | dict.fromkeys(near, "incomplete") | {lost: "unknown"}


def test_districts_know_nothing_of_further_names(listed):
    assert fates(["003", "00042"], "district") == {"003": "same", "00042": "unknown"}


def test_communes_with_further_names_in_all_or_near_some_codes(listed):
    assert boundaries.grown() == {"00008", "00040", "00050"}
    assert boundaries.grown(["00035"]) == {"00040"}
    assert boundaries.grown(["00015"]) == boundaries.grown([]) == set()


@pytest.mark.parametrize("level", ["commune", "district", "province"])
def test_rows_of_a_crosswalk_are_numbered_from_nought_and_complete(level):
    table = boundaries.crosswalk(level)
    assert table.index.equals(pd.RangeIndex(len(table)))
    assert table.notna().all(axis=None) and not table.duplicated().any()
