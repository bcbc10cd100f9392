"""What became of units before July 2025: the package's own lists, and every fate on a list short enough to read."""

import importlib.metadata

import pandas as pd
import pytest

from helpers.record import boundaries

# commune, district, name, district's name, further names, new code
COMMUNES = [
    ("00010", "001", "xuan", "dong", None, "N1"),
    ("00011", "001", "ha", "dong", None, "N1"),
    ("00020", "001", "thu", "dong", None, "N2"),
    ("00030", "002", "dongxuan", "tay", None, "N3"),
    ("00030", "002", "dongxuan", "tay", None, "N4"),
    ("00031", "002", "dongha", "tay", None, "N3"),
    ("00040", "003", "namxuan", "nam", '["namthu"]', "N5"),
    ("00041", "003", "namha", "nam", None, "N5"),
]
EVERY = ["00010", "00011", "00020", "00030", "00031", "00040", "00041"]


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
    moves = boundaries.crosswalk("district")
    assert moves.groupby("old_code")["new_code"].agg(list).to_dict() == {
        "001": ["N1", "N2"], "002": ["N3", "N4"], "003": ["N5"]
    }  # fmt: skip


def test_a_province_goes_to_a_province():
    moves = boundaries.crosswalk("province").set_index("old_code")
    assert moves.loc["62"].tolist() == ["51", "Quảng Ngãi"]


def test_names_of_both_levels_stand_by_code():
    assert boundaries.names("commune")["00001"] == "phucxa"
    assert boundaries.names("district")["001"] == "badinh"


def test_the_source_is_the_package_with_its_version():
    assert boundaries.source() == f"vietnamadminunits {importlib.metadata.version('vietnamadminunits')}"


def test_every_fate_where_all_units_are_in_the_table(listed):
    assert fates(EVERY) == {
        "00010": "merged", "00011": "merged", "00020": "same", "00030": "split", "00031": "incomplete",
        "00040": "merged", "00041": "merged",
    }  # fmt: skip


def test_a_part_that_is_not_in_the_table_leaves_the_others_incomplete(listed):
    assert fates(["00010", "00020", "00040", "00041"]) == {
        "00010": "incomplete", "00020": "same", "00040": "merged", "00041": "merged"
    }  # fmt: skip


def test_units_that_are_not_in_the_table_are_not_listed(listed):
    assert boundaries.fates("commune", ["00020"])["old_code"].tolist() == ["00020"]


def test_a_code_that_no_list_has_is_unknown_and_goes_nowhere(listed):
    row = boundaries.fates("district", ["001", "777"]).set_index("old_code").loc["777"]
    assert row["fate"] == "unknown" and pd.isna(row["new_code"])


@pytest.mark.parametrize(
    ("lost", "fate"),
    [
        ("00042", "incomplete"),
        ("99999", "incomplete"),
        ("00035", "incomplete"),
        ("00025", "merged"),
        ("00001", "merged"),
    ],
)
def test_a_dissolved_commune_makes_incomplete_what_near_it_bears_further_names(listed, lost, fate):
    found = fates([*EVERY, lost])
    assert found.pop(lost) == "unknown"
    assert (found["00040"], found["00041"]) == (fate, fate)


def test_districts_know_nothing_of_further_names(listed):
    assert fates(["003", "00042"], "district") == {"003": "same", "00042": "unknown"}


def test_communes_with_further_names_in_all_or_near_some_codes(listed):
    assert boundaries.grown() == {"00040"}
    assert boundaries.grown(["00035"]) == {"00040"}
    assert boundaries.grown(["00015"]) == boundaries.grown([]) == set()
