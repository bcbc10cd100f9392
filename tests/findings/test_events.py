"""Other designs around a change, on the project's record: what a page asks for reaches them."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from helpers import effects, findings, plots, study
from helpers.findings import groups
from helpers.words import difference


@pytest.fixture(scope="module")
def plain():
    return study.panel("pci_score", "hometown")


@pytest.fixture(scope="module")
def held():
    names = study.tables.load("designs").set_index("outcome").at["pci_score", "covariates"].split(";")
    return study.panel("pci_score", "hometown", covariates=names)


@pytest.fixture(scope="module")
def designs(plain, held):
    return findings.event_designs(plain, 20), findings.event_designs(held, 20)


def test_every_design_takes_the_covariates_of_the_page_or_says_that_it_cannot(designs, held):
    without, with_them = designs
    keys = ["estimator", "event", "event_time"]
    both = without.merge(with_them, on=keys, suffixes=("", "_held"))
    assert set(both["estimator"]) == {"switchers", "lp_did", "ife", "mc", "callaway_santanna", "imputation"}
    for _name, part in both.groupby("estimator"):
        assert (part["estimate"] != part["estimate_held"]).all()
    assert set(with_them.attrs["refused"]) == {"panel_match, arrival", "panel_match, exit"}
    assert all(name in str(with_them.attrs["refused"]["panel_match, exit"]) for name in held.covariates)
    told = findings.refused(with_them)
    assert "Not estimated: PanelMatch: it cannot take" in told and "fit_" not in told
    assert not [name for name in held.covariates if name in told]


def test_a_design_that_could_be_estimated_one_way_is_named_by_the_other_alone():
    rows = effects.result(estimate=[])
    assert findings.refused(rows) == ""
    rows.attrs["refused"] = {"switchers, exit": effects.DesignRefused("No.", error="x")}
    said = findings.refused(rows)
    rows.attrs["refused"] |= {"ife": effects.DesignRefused("the factors did not settle. Lower rank.")}
    assert "; interactive fixed effects: the years under locals do not determine" in findings.refused(rows)
    why = "no change can be compared among those whose leaders are known in every year"
    assert said == f"Not estimated: first changes (dCDH), departure: {why}."
    few = effects.DesignRefused("5 units have a known treatment; expected some. Narrow the window.")
    rows.attrs["refused"] = dict.fromkeys(("switchers", "switchers, arrival", "switchers, exit", "lp_did"), few)
    assert findings.refused(rows) == f"Not estimated: first changes (dCDH) and local projections (LP-DiD): {why}."


def test_a_formula_that_gives_other_estimates_is_said_not_to_be_followed():
    assert findings.departs([0.21, 1.0], [0.21 + 1e-9, 1.0]) == ""
    assert findings.departs(0.21, [-0.58]).startswith("The formula written in the cell gives other estimates")


def test_what_is_compared_is_the_statistic_of_the_reassignment(plain):
    t, coefficient = (effects.randomise(plain, draws=99, statistic=name) for name in ("t", "coefficient"))
    assert findings.compared(t) == "the difference, divided by its standard error, is compared with those that come out"
    assert findings.compared(coefficient).startswith("the difference itself is compared")


def test_first_changes_of_a_finding_are_those_of_its_table_whatever_a_cell_fits(plain):
    found = findings.finding(plain, draws=99, alone=True)
    assert "effects of 4 years" in found.first_changes and "cannot be compared" not in found.first_changes
    assert found.first_changes.endswith("[13](13_robustness.ipynb) tries other numbers of years.")
    none = dataclasses.replace(found, panel=study.panel("grdp_growth_pct", post="chair"))
    assert none.first_changes == ""  # no sentence about other numbers of years where there is none of the design's own


def test_rows_of_every_design_carry_the_keys_of_the_panel(designs):
    for rows in designs:
        assert (rows["outcome"].eq("pci_score") & rows["post"].eq("secretary")).all()


@pytest.mark.parametrize(
    ("signs", "said"),
    [((), "; 95% intervals"), ((1,), "; 95% intervals"), ((1, 2), "all 2 estimates"), ((1, -1, 1), "2 of 3 estimates")],
)
def test_how_many_estimates_agree_is_said_of_two_or_more(plain, signs, said):
    text = findings.agreement(effects.result(estimate=signs), plain)
    assert said in text and text.startswith("PCI score") and text.count("estimates") == (len(signs) > 1)


def test_imputation_sees_only_provinces_whose_change_stays(designs, held):
    rows = designs[1][designs[1]["estimator"] == "imputation"]
    led = held.frame.dropna(subset=["treated"]).astype({"treated": int})
    ends = led["unit_code"][led.groupby("unit_code")["treated"].diff() < 0].unique()
    data = held.frame[~held.frame["unit_code"].isin(ends)]
    said = effects.fit_absorbing(data, "imputation", covariates=list(held.covariates))
    pd.testing.assert_series_equal(rows["estimate"], said["estimate"], check_index=False)


def test_groups_of_non_locals_are_estimated_with_the_covariates_of_the_panel(held):
    rows = findings.by_group(held, draws=20)
    data = dataclasses.replace(held, kept=groups.with_groups(held))
    part = effects.fit_groups(data.frame, "partner", draws=20, covariates=list(held.covariates))
    got = rows[rows["sample"] == "partner"]
    assert got["estimate"].tolist() == pytest.approx(part["estimate"].tolist())
    assert (got["outcome"] == "pci_score").all()


def test_the_range_over_unknown_homes_has_ends_and_no_estimate(plain):
    ranged = findings.with_range(effects.by_definition(plain), effects.unknown_range(plain))
    last = ranged[ranged["unknown"] == "range"].iloc[0]
    assert np.isnan(last["estimate"]) and last["conf_low"] < last["conf_high"]
    detail = findings.definitions(plain, effects.unknown_range(plain))["detail"]
    figure = plots.forest(ranged, plain, title="t", detail=detail, labels=[*"abcd"][: len(ranged)])
    assert "non-local secretaries" in detail and figure.axes


def test_covariates_are_told_by_the_standard_deviation_of_the_rows_used(plain, held):
    data = held.complete.assign(**{name: held.complete[name] * 7 for name in held.covariates})
    formula = " + ".join(["y ~ d", *held.covariates, "C(unit_code)", "C(year)"])
    told, other = [findings.covariates(smf.ols(formula, rows).fit(), held) for rows in (held.complete, data)]
    size = smf.ols(formula, held.complete).fit().params * held.complete.std(numeric_only=True)
    for name in held.covariates:
        assert f": {difference(size[name], held.digits, held.measure)} (from" in told
    assert told != other and findings.covariates(None, plain) == ""


def test_first_changes_are_averaged_over_as_many_years_as_can_be_compared(plain):
    rows, whole = findings.horizons(plain), effects.fit_switchers(plain, effects=20, placebos=0)
    assert rows["n_years"].tolist() == list(range(1, int(whole["event_time"].max()) + 2))
    assert rows["n_cells"].tolist() == whole["n_cells"].iloc[1:].cumsum().tolist()
    main = effects.fit_switchers(plain, effects=effects.PERIODS)
    assert rows.loc[effects.PERIODS - 1, "estimate"] == pytest.approx(main["estimate"][0])


@pytest.mark.parametrize(
    ("window", "said"),
    [([], "effects of 4 years"), ([2018, 2021], "effects of 3 years"), ([2020, 2021], "year of a first change alone")],
)
def test_the_number_of_first_changes_is_the_sum_of_their_effects_by_year_under_the_other_kind(window, said):
    panel = study.panel("pci_score", window=window)
    told = findings.first_changes(effects.fit_switchers(panel, effects=effects.PERIODS, placebos=0), panel)
    assert said in told and ("takes up to 4 years" in told) == bool(window)
    rows, d = effects.fit_switchers(panel), panel.frame.pivot(index="unit_code", columns="year", values="treated")
    moved = (d := d.astype(float).dropna()).ne(d.iloc[:, 0], axis=0)
    back = ~moved & moved.cumsum(axis=1).gt(0).cumsum(axis=1).isin(range(1, effects.PERIODS + 1))
    path, years = rows[rows["event_time"] >= 0], rows["n_cells"][0] - back.to_numpy().sum()
    assert rows["n_cells"][0] == path["n_cells"].sum() and (window or years < rows["n_cells"][0])
    assert rows["estimate"][0] * years == pytest.approx((path["estimate"] * path["n_cells"]).sum())


@pytest.mark.parametrize(
    ("p", "said"),
    [([], "No first"), ([0.5, 0.2], "none of the 2"), ([0.5, 0.01], "tried: 2."), ([0.01, 0.02], "each of the 2"), ([0.01, 0.02, 0.5], "2 of the 3 numbers of years tried: 1 and 2.")],
)  # fmt: skip
def test_the_numbers_of_years_with_a_low_p_value_are_named(p, said):
    assert said in findings.horizons_found(pd.DataFrame({"p_value": p, "n_years": range(1, len(p) + 1)}))


def test_a_province_with_one_usable_year_is_said_to_count_in_the_regression_alone():
    panel = study.panel("pci_score", "career")
    seen = panel.complete["unit_code"].value_counts()
    assert (seen == 1).sum() == 1
    fit = smf.ols("y ~ d + C(unit_code) + C(year)", panel.complete)
    row = effects.row(fit.fit(cov_type="cluster", cov_kwds={"groups": panel.clusters}), "d", panel=panel)
    assert row["n_obs"].item() == len(panel.complete) and row["n_units"].item() == panel.n_units
    assert row["n_clusters"].item() == panel.n_units and effects.fit_twfe(panel)["n_units"].item() == panel.n_units - 1
    assert findings.standard_errors(row, panel).endswith(
        "The regression counts one province of which a single year can be used; the others leave it out, as it says nothing of a difference."
    )


def test_how_far_from_parallel_an_effect_stands_is_computed_to_a_hundredth(plain):
    rows = pd.DataFrame()
    rows.attrs["first"] = effects.fit_switchers(plain)
    table = findings.honest(rows)
    most = table.attrs["most"]
    near = effects.honest(rows.attrs["first"], values=(most, most + 0.01), periods=(0, 1, 2, None))
    assert near.groupby("m")["excludes_zero"].any().tolist() == [True, False]
    assert 0 < most < 0.25 and f"by at most {most:.2f} times its largest change before" in findings.honesty(table)


@pytest.mark.parametrize(
    ("most", "said"), [(np.nan, "no effect"), (0.0, "by 0.01 times"), (0.5, "at most 0.50"), (1.0, "even if the")]
)
def test_how_far_from_parallel_has_a_sentence_for_each_case(most, said):
    table = pd.DataFrame({"m": [0, 0.5, 1]})
    table.attrs["most"] = most
    assert said in findings.honesty(table) and "enough provinces" not in findings.honesty(table)
    table.attrs["before"] = [[-3, 15], [-2, 25]]
    assert findings.honesty(table).endswith(": year \u22123 (15 provinces) and year \u22122 (25 provinces).")
    assert "cannot be asked" in findings.honesty(pd.DataFrame())


@pytest.mark.parametrize(
    ("p", "said"),
    [
        ([0.5, 0.2], "no single year around a change lies clear of 0"),
        ([0.5, 0.03], "clear of 0 taken alone: arrival, year 1; adjusted for the 2 years looked at, none is"),
        ([0.5, 0.001], "clear of 0: arrival, year 1; so is one or more adjusted for the 2 years looked at"),
        ([None, None], "too little stands behind single years for an interval"),
    ],
)
def test_the_title_of_the_years_around_a_change_says_which_stand_out_and_whether_they_do_among_so_many(p, said):
    rows = effects.result(event="arrival", event_time=[0, 1], estimate=1.0, p_value=p)
    assert findings.path_title(rows, study.panel()) == f"PCI score: {said}"


@pytest.mark.parametrize(("low", "said"), [([-1, -1], "no interval"), ([-1, 0.1], "2 intervals of other designs one")])
def test_the_title_of_other_designs_counts_the_intervals_clear_of_zero(low, said):
    rows = effects.result(estimate=1.0, conf_low=low, conf_high=2.0)
    assert said in findings.designs_title(rows, study.panel())


def test_other_clusters_in_the_regression_are_not_said_to_allow_for_dependence_within_a_province(plain):
    fit = smf.ols("y ~ d + C(unit_code) + C(year)", plain.complete)
    rows = [
        effects.row(fit.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(by)[0]}), "d", panel=plain)
        for by in (plain.complete["unit_code"], plain.complete["year"])
    ]
    told = [findings.standard_errors(row, plain) for row in rows]
    assert "dependence within a province" in told[0] and "clusters are not the same" in told[1]
