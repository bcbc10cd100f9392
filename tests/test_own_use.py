"""What panel.toml may ask of a panel: covariates, weights, clusters, a part of the rows, means of several rows; worked by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from helpers import effects, findings, own, study, words


def persons(n=3):
    """Several persons in each of eight units and six years; the treatment comes in one unit after the other."""
    r = np.random.default_rng(1)
    rows = [
        (f"u{u}", y, r.normal() + (y >= 2012 + u) * (u < 6), float(r.integers(20, 60)), int(y >= 2012 + u and u < 6), "north" if u % 2 else "south")
        for u in range(8) for y in range(2010, 2016) for _ in range(n)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["unit", "year", "y", "age", "treated", "region"])


def test_several_rows_for_a_unit_and_year_are_refused_with_the_way_out():
    fault = own.check(persons(), unit="unit").faults[0]
    assert "96 rows of this kind: u0 2010, u0 2011" in fault.found
    assert 'combine = "mean"' in fault.remedy


@pytest.mark.parametrize(("lang", "place"), [("en", "section [leaders]"), ("vi", "phần [leaders]")])
def test_a_section_of_panel_toml_is_not_called_a_column(lang, place, monkeypatch):
    table = persons(1).drop(columns="treated")
    monkeypatch.setattr(words, "_SWITCHED_ON", [lang])
    assert place in " ".join(own.report(own.check(table, unit="unit", outcome=["y"])))


def test_tables_put_one_below_the_other_are_read_whatever_their_index():
    table = persons(1)
    twice = pd.concat([table, table.assign(unit="v" + table["unit"])])
    check = own.check(twice, unit="unit", outcome=["y"])
    assert check.faults == [] and check.frame["unit_code"].nunique() == 16


def test_means_by_unit_and_year_are_weighted_by_their_rows():
    table = persons().drop(index=[0])
    frame = own.check(table, unit="unit", combine="mean", outcome=["y"]).frame
    first = frame[(frame["unit_code"] == "u0") & (frame["year"] == 2010)].iloc[0]
    assert first["y"] == pytest.approx(table["y"].iloc[:2].mean())
    assert (first["weights"], frame["weights"].max()) == (2.0, 3.0)


def test_the_weighted_means_give_the_two_way_estimate_of_the_rows():
    import statsmodels.formula.api as smf

    table = persons().drop(index=[0, 7, 20])
    frame = own.check(table, unit="unit", combine="mean", outcome=["y"]).frame
    want = smf.ols("y ~ treated + C(unit) + C(year)", table).fit().params["treated"]
    got = effects.fit_twfe(frame, unit="unit_code", weights="weights")["estimate"].iloc[0]
    assert got == pytest.approx(want, abs=1e-9)


def test_covariates_weights_and_clusters_stand_in_the_frame():
    check = clustered("valley")
    assert check.faults == []
    assert list(check.frame.columns[-4:]) == ["weights", "cluster", "y", "age"]
    assert check.panel().covariates == ("age",)


def clustered(by):
    """Two copies of the eight units; ``valley`` holds a unit and its copy, ``pass`` four units, ``region`` eight."""
    table = persons(1)
    table = pd.concat(
        [table, table.assign(unit="v" + table["unit"], y=table["y"] + np.arange(48) % 5)], ignore_index=True
    )
    table["valley"], table["pass"] = table["unit"].str[-1], "p" + (table["unit"].str[-1].astype(int) % 4).astype(str)
    return own.check(table, unit="unit", outcome=["y"], covariates=["age"], weights="age", cluster=by)


FITS = {
    "twfe": effects.fit_twfe,
    "wild": lambda data, **k: effects.fit_twfe(data, inference_by="wild", draws=199, **k),
    "counterfactual": lambda data, **k: effects.fit_counterfactual(data, draws=50, **k),
    "leads": lambda data, **k: effects.leads(data, years=1, **k),
}


@pytest.mark.parametrize("name", FITS)
def test_an_estimator_takes_covariates_weights_and_clusters_of_a_readers_panel_without_being_told(name):
    panel = clustered("valley").panel()
    got = FITS[name](panel)
    said = FITS[name](panel.frame, covariates=["age"], weights="weights", cluster="cluster")
    columns = ["estimate", "std_error", "conf_low", "p_value", "n_clusters", "se_rule"]
    pd.testing.assert_frame_equal(got[columns], said[columns])
    assert got["n_clusters"].iloc[0] == 8
    assert got["estimate"].iloc[0] != FITS[name](panel.frame, covariates=["age"])["estimate"].iloc[0]


@pytest.mark.parametrize("name", FITS)
def test_few_clusters_of_a_readers_panel_give_no_standard_error_and_two_are_refused(name):
    rows = FITS[name](clustered("pass").panel())
    assert rows[["std_error", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert rows["n_clusters"].iloc[0] == 4
    with pytest.raises(effects.DesignRefused, match="the number of .* with all values is 2"):
        FITS[name](clustered("region").panel())


def test_what_a_question_cannot_use_is_named_on_the_page():
    panel = clustered("valley").panel()
    power, leaders = (
        findings.power(panel, 40),
        findings.leaders.own_leaders(findings.leaders.own_persons(panel, 40), panel),
    )
    assert "Not taken into account here: age, weights and cluster." in power.answer
    assert "No leader is named" in leaders


def test_a_change_of_leader_is_asked_with_the_covariates_weights_and_clusters_of_the_panel():
    panel = clustered("valley").panel()
    changed = panel.frame.assign(
        turnover=panel.frame["treated"].astype(float).groupby(panel.frame["unit_code"]).diff().abs()
    )
    changed.loc[changed["unit_code"].isin(["u6", "vu7"]) & (changed["year"] == 2013), "turnover"] = 1
    row = findings.leaders.own_turnover(dataclasses.replace(panel, kept=changed)).iloc[0]
    names = {"d": "turnover", "covariates": ["treated", "age"], "weights": "weights", "cluster": "cluster"}
    said = effects.fit_twfe(changed, **names).iloc[0]
    assert row["estimate"] == pytest.approx(said["estimate"], abs=1e-12)
    assert row["n_clusters"] == said["n_clusters"] == 8
    assert row["model"] == "change_0"


def test_first_changes_of_a_panel_without_the_rows_of_a_year_are_not_those_of_years_that_follow_on(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(own, "folder", lambda: tmp_path)
    rows = study.panel("pci_score").frame[["unit_code", "year", "y", "treated"]].astype({"treated": "Int8"})
    rows[rows["year"] != 2017].to_csv(tmp_path / "gap.csv", index=False)
    data = own.create("gap", [tmp_path / "gap.csv"]).panel("y")
    finding = findings.finding(data, effects.main(data, draws=20), alone=True)
    assert "between 2016 and 2018" in finding.answer and "first changes" not in finding.answer.split("Not tested")[0]


def test_only_the_rows_asked_for_are_used():
    check = own.check(
        persons(1), unit="unit", outcome=["y"], sample={"region": ["north"]}, first_year=2011, last_year=2014
    )
    assert sorted(check.frame["unit_code"].unique()) == ["u1", "u3", "u5", "u7"]
    assert (check.frame["year"].min(), check.frame["year"].max()) == (2011, 2014)
    assert "sample: 24 rows are left by column region" in check.facts


def test_a_column_that_is_not_there_is_named_whatever_asks_for_it():
    check = own.check(persons(1), unit="unit", covariates=["agee"], cluster="regio", sample={"x": ["1"]})
    assert {fault.column for fault in check.faults} == {"agee", "regio", "x"}


def test_what_an_unknown_key_of_memory_means_is_said():
    assert own.check(persons(1), unit="unit", weigths="age").faults[0].remedy == "write one of: weights"


def test_a_panel_of_ones_own_speaks_the_words_of_its_description():
    panel = own.load("example").panel("income")
    assert (panel.label, panel.scale, panel.measure, panel.source) == (
        "made-up income",
        100.0,
        "log points",
        "own/example",
    )
    assert (panel.coverage["missing"] + panel.coverage["n_complete"] == panel.coverage["n_units"]).all()


def test_a_unit_year_without_a_covariate_is_counted_as_incomplete():
    table = persons(1)
    table.loc[table["year"] == 2012, "age"] = np.nan
    coverage = own.check(table, unit="unit", outcome=["y"], covariates=["age"]).panel().coverage.set_index("year")
    assert coverage["no_covariate"].to_dict() == {year: 8 * (year == 2012) for year in range(2010, 2016)}
    assert coverage["n_complete"].to_dict() == {year: 8 * (year != 2012) for year in range(2010, 2016)}


def test_an_outcome_is_no_covariate_of_itself():
    said = [str(fault) for fault in own.check(persons(1), unit="unit", outcome=["y"], covariates=["y"]).faults]
    assert any("in two outcomes, or in one and among the covariates" in one for one in said), said


def test_an_empty_cell_of_a_column_that_says_whether_and_not_who_led_is_not_nobody_in_office():
    table = pd.DataFrame(
        {"unit": list("aaabbb"), "year": [2010, 2011, 2012] * 2, "y": range(6), "from_elsewhere": [0, 1, None, 0, 0, 0]}
    )
    coverage = own.check(table, unit="unit", outcome=["y"], non_local="from_elsewhere").panel().coverage
    assert "no_holder" not in coverage and coverage["not_classified"].tolist() == [0, 0, 1]


def without_2013(**led):
    table = persons(1)
    return own.check(table[table["year"] != 2013], unit="unit", outcome=["y"], **led)


def test_a_year_without_rows_is_named():
    check = without_2013()
    assert [note.found for note in check.notes if "no row in" in note.found] == ["no row in 2013"]


@pytest.mark.parametrize(
    ("years", "named"), [({2010, 2012, 2014}, []), ({2010, 2011, 2015}, ["no row in 2012, 2013, 2014"])]
)
def test_surveys_at_even_steps_lack_no_years(years, named):
    table = persons(1)
    check = own.check(table[table["year"].isin(years)], unit="unit", outcome=["y"])
    assert [note.found for note in check.notes if "no row in" in note.found] == named


def test_terms_say_who_led_in_a_year_without_rows():
    terms = pd.DataFrame({"unit": [f"u{n}" for n in range(8)]}).assign(start="2009", end="", non_local="no")
    terms["person"] = terms["unit"]
    terms.loc[:2, "non_local"] = "yes"
    frame = without_2013(leaders=terms).frame
    there = frame[frame["year"] == 2013]
    assert len(there) == 8 and there["y"].isna().all() and there["treated"].notna().all()


def survey(head="pweight"):
    """Persons of whom every third has a weight of three."""
    table = persons()
    return table.assign(**{head: 1.0 + 2 * (np.arange(len(table)) % 3 == 0)})


@pytest.mark.parametrize("head", ["pweight", "sample_weight", "wgt", "weight"])
def test_weights_beside_persons_are_named_where_the_means_do_not_use_them(head):
    check = own.check(survey(head), unit="unit", combine="mean")
    assert f"what may be weights ({head})" in " ".join(note.found for note in check.notes)
    assert head == "weight" or head not in check.outcomes  # which may be a weight in kg


def test_weights_that_are_named_weigh_the_means_of_persons():
    table = survey()
    check = own.check(table, unit="unit", combine="mean", weights="pweight", outcome=["y"])
    first = check.frame[(check.frame["unit_code"] == "u0") & (check.frame["year"] == 2010)].iloc[0]
    assert first["y"] == pytest.approx(np.average(table["y"].iloc[:3], weights=[3, 1, 1]))
    assert first["weights"] == 5.0 and not any("may be weights" in note.found for note in check.notes)


def states(split, noise=0.02, n=20):
    """Twenty states whose population grows; from 2014 on the last one holds what the first one loses."""
    r = np.random.default_rng(2)
    size = {(u, y): 100.0 * (1 + u) * 1.01 ** (y - 2009) * np.exp(noise * r.normal()) for u in range(n) for y in range(2009, 2020)}  # fmt: skip
    for y in range(2014, 2020) if split else ():
        size[0, y], size[n - 1, y] = 0.6 * size[0, y], 0.4 * size[0, y]
    rows = [(f"s{u}", y, v, (u + y) % 2) for (u, y), v in size.items() if u < n - 1 or y >= 2014]
    return own.check(pd.DataFrame(rows, columns=["state", "year", "people", "outsider"]))


def test_a_unit_that_begins_late_is_named_and_the_one_that_it_was_split_from():
    found = [note.found for note in states(split=True).notes]
    assert found[-2:] == [
        "units with rows of a part of the years (s19 2014-2019)",
        "units that lose about what others hold that begin or end then (s0)",
    ]


@pytest.mark.parametrize("noise", [0.02, 0.3])
def test_units_that_lose_nothing_when_another_begins_are_not_named(noise):
    found = [note.found for note in states(split=False, noise=noise).notes]
    assert found[-1] == "units with rows of a part of the years (s19 2014-2019)"


@pytest.mark.parametrize(
    ("given", "found", "expected"),
    [
        ({"first_year": "2011"}, "'2011'", "a whole number without quotes"),
        ({"first_year": 2011.5}, "2011.5", "a whole number without quotes"),
        ({"pad_codes": "yes"}, "'yes'", "true or false without quotes"),
        ({"keep": "u1"}, "'u1'", "a list in square brackets"),
        ({"weights": 3}, "3", "text in quotes"),
        ({"first_year": 2014, "last_year": 2011}, "a first year after the last", "first_year not after last_year"),
        ({"decimal": ",", "thousands": ","}, "one mark for decimals and for thousands", "two marks that differ"),
        ({"leave_out": [f"u{n}" for n in range(8)]}, "no row left of the table", "rows that are not left out"),
        ({"first_year": 2050}, "no row left of the table", "rows that are not left out"),
        (
            {"covariates": ["line"]},
            "line: a straight line of the outcome y",
            "a covariate that is not the outcome itself",
        ),
    ],
)
def test_what_panel_toml_cannot_mean_is_said_with_what_it_could(given, found, expected):
    table = persons(1).assign(all="one", line=lambda t: 3 - 2 * t["y"])
    fault = own.check(table, unit="unit", outcome=["y"], **given).faults[0]
    assert (own.tell(fault.found), own.tell(fault.expected)) == (found, expected)


def test_a_row_without_a_cluster_is_named():
    table = persons(1).assign(valley=lambda t: t["unit"].mask(t.index == 5))
    fault = own.check(table, unit="unit", outcome=["y"], cluster="valley").faults[0]
    assert (fault.column, fault.row, own.tell(fault.expected)) == ("valley", 6, "a cluster in every row")


def test_years_in_which_nobody_knows_who_led_are_named_with_the_years_of_the_record():
    names = ["Hà Nội", "Hải Phòng", "Lào Cai", "Nghệ An"]
    table = pd.DataFrame(
        [(name, y, y % 7 + len(name)) for name in names for y in range(1991, 2000)], columns=["province", "year", "y"]
    )
    fault = own.check(table, record="secretary").faults[0]
    assert fault.column == "year" and own.tell(fault.expected) == "years between 2005 and 2025"


def test_fewer_than_three_clusters_are_noted():
    table = persons(1).assign(half=lambda t: t["region"])
    check = own.check(table, unit="unit", outcome=["y"], cluster="half")
    assert check.faults == []
    assert ("half", "2 clusters") in [(note.column, own.tell(note.found)) for note in check.notes]


def test_a_lack_of_memory_is_no_fault_of_the_table(monkeypatch):
    def lacking(*_):
        raise MemoryError

    monkeypatch.setattr(own.guessing, "roles", lacking)
    with pytest.raises(MemoryError):
        own.check(persons(1))
