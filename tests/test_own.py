"""Own panels: what a small file becomes, worked by hand; what must not matter; boundaries of 2025; the example."""

import importlib.util
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import effects, own, paths, study, words
from helpers.own import reading
from helpers.record import boundaries

LONG = """unit,year,y,non_local,person
00001,2015,1,no,A
00001,2016,2,yes,B
00001,2017,3,yes,B
00001,2018,,,
00004,2015,5,no,C
00004,2016,6,no,C
00004,2018,8,yes,D
"""
PANEL = "unit,year,y\n" + "".join(f"{u},{y},{y - 2010}\n" for u in ("00001", "00004") for y in range(2015, 2019))
SPELLS = """unit,person,start,end,non_local
00001,A,2014-03,2016-03,no
00001,B,2016-03,2018,yes
00001,B,2018,,yes
00004,C,,2017-02,
00004,D,2017-04,2018-06,yes
00004,E,15/9/2018,,no
"""


@pytest.fixture
def project(tables_here):
    """A project of its own with the tables of ours."""
    return tables_here


def brought(project, *texts, **changes):
    """Take texts in as CSV files, change lines of panel.toml by key, return the check."""
    files = []
    for number, text in enumerate(texts):
        files.append(project / f"given{number}.csv")
        files[-1].write_text(text, "utf-8")
    check = own.create("mine", files, replace=(own.folder() / "mine").exists())
    toml = own.folder() / "mine" / "panel.toml"
    for key, (old, new) in changes.items():
        text = toml.read_text("utf-8")
        assert f"{key} = {old}" in text
        toml.write_text(text.replace(f"{key} = {old}", f"{key} = {new}", 1), "utf-8")
    return own.check("mine") if changes else check


KEPT = {}  # what was made of texts, for tests that only look at it


def kept(project, *texts):
    """Take texts in as :func:`brought` does, once."""
    if texts not in KEPT:
        KEPT[texts] = brought(project, *texts)
    return KEPT[texts]


def cell(check, unit, year):
    frame = check.frame.set_index(["unit_code", "year"])
    return frame.loc[(unit, year)]


def test_yearly_column_gives_treatment_and_bounds(project):
    check = kept(project, LONG)
    assert check.faults == []
    known, unknown = cell(check, "00001", 2016), cell(check, "00001", 2018)
    assert (known["treated"], known["treated_low"], known["treated_high"], known["share"]) == (True, 1, 1, 1.0)
    assert (unknown["treated_low"], unknown["treated_high"]) == (0, 1)
    assert pd.isna(unknown["treated"]) and pd.isna(unknown["y"])


def test_a_row_that_is_not_there_is_unknown_and_without_value(project):
    gone = cell(kept(project, LONG), "00004", 2017)
    assert pd.isna(gone["y"]) and pd.isna(gone["treated"]) and gone["treated_high"] == 1


def test_yearly_persons_give_turnover_only_between_known_years(project):
    check = kept(project, LONG)
    turnover = check.frame.set_index(["unit_code", "year"])["turnover"]
    assert turnover["00001"].tolist() == [pd.NA, 1, 0, pd.NA]
    assert turnover["00004"].tolist() == [pd.NA, 0, pd.NA, pd.NA]


def test_without_persons_nothing_is_said_of_turnover(project):
    text = "\n".join(line.rsplit(",", 1)[0] for line in LONG.splitlines()) + "\n"
    frame = brought(project, text).frame
    assert frame[["turnover", "spell_id", "tenure_years"]].isna().all(axis=None)


def test_spells_count_months_as_ours_do(project):
    check = kept(project, PANEL, SPELLS)
    assert check.faults == []
    change = cell(check, "00001", 2016)
    assert change["share"] == pytest.approx(10 / 12)
    assert (change["treated"], change["turnover"]) == (True, 1)
    assert change["tenure_years"] == pytest.approx(3 / 12)


def test_a_change_after_30_june_is_one_of_the_year_after_as_who_leads_is(project):
    check = kept(project, PANEL, SPELLS.replace("2016-03", "2016-09"))
    years = [cell(check, "00001", year) for year in (2016, 2017, 2018)]
    assert [(bool(row["treated"]), row["turnover"]) for row in years] == [(False, 0), (True, 1), (True, 0)]


def test_spells_that_touch_are_one_tenure(project):
    later = cell(kept(project, PANEL, SPELLS), "00001", 2018)
    assert (later["turnover"], later["spell_id"]) == (0, "00001-2")
    assert later["tenure_years"] == pytest.approx(27 / 12)


def test_an_unknown_home_and_an_empty_office_bound_the_share(project):
    year = cell(kept(project, PANEL, SPELLS), "00004", 2017)
    assert (year["share"], year["share_low"], year["share_high"]) == (1.0, 9 / 12, 1.0)
    assert year["turnover"] == 1


def test_an_empty_start_is_no_arrival_and_no_tenure(project):
    first = cell(kept(project, PANEL, SPELLS), "00004", 2015)
    assert pd.isna(first["treated"]) and pd.isna(first["tenure_years"]) and first["turnover"] == 0


def test_treatment_is_that_of_30_june(project):
    june = cell(kept(project, PANEL, SPELLS), "00004", 2018)
    assert pd.isna(june["treated"])
    assert june["share"] == pytest.approx(5 / 9)


def test_excel_and_parquet_say_the_same_as_csv(project):
    want = brought(project, LONG).frame
    table = pd.read_csv(project / "given0.csv", dtype={"unit": str})
    table.to_excel(project / "x.xlsx", index=False)
    table.to_parquet(project / "x.parquet")
    for file in ("x.xlsx", "x.parquet"):
        pd.testing.assert_frame_equal(own.create(file[2:], [project / file]).frame, want)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(7)))
def test_row_order_does_not_matter(project, order):
    head, *rows = LONG.splitlines()
    want = kept(project, LONG).frame
    pd.testing.assert_frame_equal(brought(project, "\n".join([head, *(rows[i] for i in order)]) + "\n").frame, want)


def test_separators_and_words_of_both_languages_do_not_matter(project):
    want = brought(project, LONG).frame
    text = LONG.replace(",", ";").replace("yes", "Có").replace(";no;", ";không;")
    pd.testing.assert_frame_equal(brought(project, text).frame, want)


def test_lost_zeros_come_back_only_on_request(project):
    text = LONG.replace("0000", "").replace("unit,", "ma_xa,")
    assert brought(project, text).faults
    check = brought(project, text, level=('"commune"', '"commune"'), pad_codes=("false", "true"))
    assert check.frame["unit_code"].unique().tolist() == ["00001", "00004"]


def test_marks_of_no_value_are_guessed_and_missing(project):
    check = brought(project, LONG.replace("2016,2,", "2016,..,"))
    assert (check.faults, check.about["missing"]) == ([], [".."])
    assert pd.isna(cell(check, "00001", 2016)["y"])


def test_logarithm_is_taken_where_asked(project):
    brought(project, LONG, scale=('"none"', '"log"'))
    assert own.load("mine").panel().frame["y"].iloc[0] == pytest.approx(0.0)


def test_an_unknown_outcome_names_the_closest(project):
    brought(project, LONG)
    with pytest.raises(ValueError, match="outcome is 'yy'; expected one of y"):
        own.load("mine").panel("yy")


def test_loading_opens_every_file_of_the_panel(project):
    brought(project, PANEL, SPELLS)
    opened, listening = set(), [True]
    sys.addaudithook(lambda event, args: opened.add(str(args[0])) if event == "open" and listening[0] else None)
    own.load("mine")
    listening[0] = False
    files = {str(paths.data() / "own" / "mine" / name) for name in ("panel.toml", "panel.csv", "leaders.csv")}
    assert files <= opened


def test_a_panel_is_one_that_every_estimator_takes(project):
    brought(project, LONG)
    made = own.load("mine").panel()
    assert isinstance(made, study.Panel)
    built = study.panel("pci_score", window=(2010, 2012))
    assert set(built.frame.columns) == set(made.frame.columns)
    assert (made.coverage["missing"] + made.coverage["n_complete"] == made.coverage["n_units"]).all()


# boundaries: what the package says of these communes was read in its files by hand
def test_whole_and_split_communes_of_the_package():
    moves = boundaries.crosswalk("commune")
    counts = moves.groupby("old_code")["new_code"].nunique()
    assert (len(counts), int((counts == 1).sum()), moves["new_code"].nunique()) == (10_035, 9_564, 3_321 - 5)


def test_every_district_is_in_the_crosswalk_and_few_became_one_commune():
    moves = boundaries.crosswalk("district")
    counts = moves.groupby("old_code")["new_code"].nunique()
    assert len(counts) == 696
    assert counts["318"] == 1  # Bạch Long Vĩ, an island district, is one special zone


def test_provinces_go_to_34():
    assert boundaries.crosswalk("province")["new_code"].nunique() == 34


@pytest.fixture
def merging():
    """Old codes of a unit of 2025 made of two whole communes, and one split commune."""
    moves = boundaries.crosswalk("commune")
    fates = moves.groupby("old_code")["new_code"].nunique()
    whole = moves[moves["old_code"].map(fates) == 1]
    every = moves.groupby("new_code")["old_code"].nunique()
    sound = whole.groupby("new_code")["old_code"].nunique()
    new = next(code for code in sound.index if sound[code] == every[code] == 2)
    return sorted(moves.loc[moves["new_code"] == new, "old_code"]), new, fates.index[fates > 1][0]


def joined(merging, lead=("yes", "no", "no")):
    (a, b), _, split = merging
    rows = [
        (code, year, value, weight, who if year > 2016 else "no")
        for code, value, weight, who in zip((a, b, split), (10, 20, 30), (1, 3, 1), lead, strict=True)
        for year in (2015, 2016, 2017, 2018)
    ]
    return "unit,year,y,people,non_local\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def summed(project, merging, rule, lead=("yes", "no", "no"), drop=False):
    text = joined(merging, lead)
    if drop:
        text = "\n".join(line for line in text.splitlines() if not line.startswith(merging[0][1])) + "\n"
    brought(project, text, boundaries=('""', '"2025"'), aggregate=('"refuse"', f'"{rule}"'), weight=('""', '"people"'))
    return own.check("mine")


@pytest.mark.parametrize(("rule", "value"), [("sum", 30.0), ("mean", 17.5), ("refuse", np.nan)])
def test_merged_units_follow_the_rule_of_the_outcome(project, merging, rule, value):
    check = summed(project, merging, rule)
    assert check.faults == []
    assert cell(check, merging[1], 2015)["y"] == pytest.approx(value, nan_ok=True)


def test_what_is_counted_stands_after_the_sum_and_values_left_out_are_said(project, merging):
    check = summed(project, merging, "sum")  # y; the column people has no rule
    said = [fact for fact in check.facts if fact.startswith("outcome")]
    assert said == ["outcome: column y, 4 values from 30 to 30, 0 unit-years without"]
    assert [note.found for note in check.notes if note.column == "people"] == [
        '4 values of merged units that were left out: aggregate = "refuse"'
    ]


def test_a_split_unit_is_listed_and_not_shared_out(project, merging):
    check = summed(project, merging, "sum")
    fates = check.crosswalk.drop_duplicates("old_code").set_index("old_code")["fate"]
    assert fates.to_dict() == dict.fromkeys(merging[0], "merged") | {merging[2]: "split"}
    assert check.frame["unit_code"].unique().tolist() == [merging[1]]


def test_leaders_of_merged_units_are_known_only_where_alike(project, merging):
    check = summed(project, merging, "sum")
    before, after = cell(check, merging[1], 2015), cell(check, merging[1], 2018)
    assert not before["treated"]
    assert pd.isna(after["treated"])
    assert (after["treated_low"], after["treated_high"], after["share"]) == (0, 1, 0.5)


def test_a_unit_whose_part_is_not_in_the_file_has_no_value(project, merging):
    check = summed(project, merging, "sum", drop=True)
    assert "no unit that became a unit of 2025" in check.faults[0].found
    assert check.crosswalk.set_index("old_code").loc[merging[0][0], "fate"] == "incomplete"


@pytest.mark.parametrize(("units", "left"), [(("318", "001"), 1), (("001", "002"), 0)])
def test_a_district_panel_is_told_that_districts_became_several_communes(project, units, left):
    text = LONG.replace("00001", units[0]).replace("00004", units[1])
    check = brought(project, text, boundaries=('""', '"2025"'))
    assert bool(check.faults) == (left == 0)
    split = f"{2 - left} split and left out (as nearly all districts were"
    for lang, said in (("en", split), ("vi", f"{2 - left} bị chia và bị loại (hầu hết các huyện")):
        words.use(lang)
        assert said in "\n".join(own.report(check))
    words.use("en")


def test_the_boundaries_name_their_source(project, merging):
    assert any("vietnamadminunits 1." in fact for fact in summed(project, merging, "sum").facts)


def test_the_example_is_what_its_script_makes(tmp_path):
    script = paths.data() / "own" / "make_example.py"
    spec = importlib.util.spec_from_file_location("make_example", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path)
    for name in ("panel.csv", "leaders.csv"):
        assert (tmp_path / name).read_bytes() == (paths.data() / "own" / "example" / name).read_bytes()


def test_the_effect_put_into_the_example_is_found_and_none_where_none_is():
    mine = own.load("example")
    score, income = (effects.fit_twfe(mine.panel(name).frame).iloc[0] for name in mine.outcomes)
    assert score["conf_low"] < 2 < score["conf_high"]
    assert income["conf_low"] < 0 < income["conf_high"]


def test_the_example_goes_through_power_and_event_study():
    made = own.load("example").panel()
    y, treated = effects.design(made.frame).tables()[:2]
    assert y.shape == treated.shape == (60, 12)
    assert len(effects.fit_counterfactual(made.frame, draws=0)) > 5


def test_no_panel_but_the_example_can_be_committed():
    def ignored(path):
        return subprocess.run(["git", "-C", str(paths.root()), "check-ignore", "-q", path], check=False).returncode

    if ignored(".venv/x") != 0:
        pytest.skip("not a git checkout")
    assert (ignored("data/own/mine/panel.csv"), ignored("data/own/example/panel.csv")) == (0, 1)


def test_a_covariate_that_is_no_list_is_asked_about():
    table = pd.DataFrame({"city": [*"aabb"], "year": [2001, 2002] * 2, "y": [1.5, 2, 3, 4], "size": range(4)})
    check = own.check(table.assign(treated=[0, 1, 0, 0]), outcome=["y"], covariates="size")
    assert [(fault.column, fault.found) for fault in check.faults] == [("covariates", "'size'")]


def test_marks_of_several_columns_are_read_together():
    columns = [pd.Series(["−1,5", "2,25", "3"]), pd.Series(["1.000,5", "−7,5"])]
    assert reading.marks(columns) == (",", "")
    assert reading.marks([pd.Series(["1", "2"])]) == (".", "")
