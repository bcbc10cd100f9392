from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers import effects, study
from helpers.effects import DesignRefused, curve, linear
from helpers.record import tables


@pytest.fixture(scope="module")
def poverty():
    return curve.curve("poverty_rate_pct", draws=20)


def test_the_default_window_is_that_of_the_table_of_designs():
    data = study.panel("poverty_rate_pct")
    assert data.window == (2010, 2016)
    assert study.panel("poverty_rate_pct", window=[2011, 2015]).window == (2011, 2015)


def test_windows_name_the_breaks_they_cross():
    listed = curve.windows("pci_score")
    assert listed[0] == ((2013, 2021), ())
    assert ((2006, 2021), ("pci_weights_2009", "pci_weights_2013")) in listed


@pytest.mark.parametrize(
    "row",
    [
        {"estimator": "two-way effects", "covariates": "none"},
        {"estimator": "two-way effects", "covariates": "both"},
        {"estimator": "counterfactual", "covariates": "none"},
    ],
)
def test_a_specification_of_the_curve_is_the_ordinary_estimate(poverty, row):
    table, _ = poverty
    first = {
        "definition": "hometown",
        "treatment": "treated",
        "unknown": "left out",
        "window": "2010-2016",
        "sample": "all",
    }
    found = table.loc[
        (table[list(first)] == pd.Series(first)).all(axis=1) & (table[list(row)] == pd.Series(row)).all(axis=1),
        "estimate",
    ].item()
    covariates = ["population_thousand", "urban_population_share_pct"] if row["covariates"] == "both" else []
    frame = study.panel("poverty_rate_pct", covariates=covariates).frame
    fit = (
        effects.fit_twfe(frame, covariates=covariates)
        if row["estimator"] == "two-way effects"
        else effects.fit_counterfactual(frame, draws=0)
    )
    assert found == pytest.approx(fit["estimate"].iloc[0])


def test_unknown_homes_and_samples_change_the_cells_used(poverty):
    table, _ = poverty
    same = table[
        (table["definition"] == "career")
        & (table["window"] == "2010-2016")
        & (table["treatment"] == "treated")
        & (table["estimator"] == "counterfactual")
        & (table["covariates"] == "none")
    ]
    n = same.set_index(["unknown", "sample"])["n_obs"]
    assert n["left out", "all"] < n["all local", "all"] == n["all non-local", "all"]
    assert (
        n["all local", "without the five cities"] == n["all local", "all"] - 5 * 7 + 1
    )  # one of the five lacks a year
    assert n["all local", "only provinces that switch"] < n["all local", "without the five cities"]


def test_too_few_switching_provinces_give_no_estimate(poverty):
    table, null = poverty
    assert table.index.is_unique
    few = (table["n_switching"] < curve.LEAST_SWITCHING).to_numpy()
    assert table.loc[few, "estimate"].isna().all()
    assert np.isnan(null[:, few]).all()
    assert table.loc[~few, "estimate"].notna().all()


def fake(shift, specifications=60, draws=199, seed=1):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(draws + 1, 1))
    both = 0.8 * common + 0.6 * rng.normal(size=(draws + 1, specifications))
    return pd.DataFrame({"estimate": both[0] + shift, "n_switching": 9}), both[1:]


def test_a_strong_common_effect_gives_the_curve_a_small_p_value():
    test = curve.curve_test(*fake(5))
    assert test["p_agree"] == test["p_median"] == 1 / 200
    assert test["positive"] == test["agree"] == 1


def test_the_p_value_of_the_curve_is_right_when_nothing_is_there():
    p = [curve.curve_test(*fake(0, draws=99, seed=s))["p_agree"] for s in range(300)]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.05)


def test_a_specification_finds_something_in_the_draws_whose_p_value_is_below_a_twentieth():
    null = np.arange(39.0, 0.0, -1.0)[:, None] * [1, -1]
    largest, third = (
        curve.curve_test(pd.DataFrame({"estimate": [e, -e], "n_switching": 9}), null) for e in (39.5, 37.5)
    )
    assert (largest["agree"], largest["p_agree"]) == (0.5, 1 / 40)
    assert (third["agree"], third["p_agree"], third["agree_chance"]) == (0, 1, 0)


def test_an_estimate_of_zero_is_not_positive():
    table = pd.DataFrame({"estimate": [2.0, 0.0, -1.0, 1.0], "n_switching": 9})
    null = np.random.default_rng(1).normal(size=(19, 4))
    assert curve.curve_test(table, null)["positive"] == 0.5


def test_region_by_year_effects_trends_and_changes_are_tried_on_all_provinces_with_known_homes(poverty):
    table, _ = poverty
    special = table["estimator"].eq("change at a switch") | table["covariates"].isin(["region by year", "unit trends"])
    assert special.sum() == 4 * len(table[["definition", "window"]][special].drop_duplicates())
    assert (table.loc[special, ["treatment", "unknown", "sample"]] == ["treated", "left out", "all"]).all(axis=None)
    assert set(table.loc[special, "definition"]) == set(table["definition"])


def test_specifications_without_estimate_are_counted_apart():
    table, null = fake(0)
    table.loc[[3, 4], "estimate"] = np.nan
    table.loc[4, "n_switching"] = 2
    test = curve.curve_test(table, null)
    assert (test["few"], test["refused"], test["n"]) == (1, 1, len(table) - 2)


def test_the_change_at_a_switch_counts_what_it_is_read_off():
    table = curve.curve("income_pc_month_kvnd", ("hometown",), draws=99)[0]
    sizes = table[table["estimator"] == "change at a switch"].set_index("window")[["n_obs", "n_switching"]]
    assert sizes.loc["2010-2023"].tolist() == sizes.loc["2018-2023"].tolist()  # every second year before 2018
    assert sizes.loc["2010-2016", "n_obs"] < 252  # 63 provinces in four years


def test_the_p_value_in_a_family_is_at_least_the_single_one():
    table = curve.family("grdp_growth_pct", draws=199)
    assert {"grdp_growth_pct", "grdp_per_capita_mvnd", "budget_revenue_bn_vnd"} <= set(table["outcome"])
    assert (table["p_family"] >= table["p_value"] - 1e-12).all()
    assert table["estimate"][0] == pytest.approx(
        effects.fit_twfe(study.panel(table["outcome"][0]).frame)["estimate"].item()
    )


def test_splitting_a_spell_in_two_changes_no_estimate():
    leaders = tables.load("leaders")
    long = leaders[leaders["start"].str.len().eq(7) & leaders["end"].str.len().eq(7) & leaders["native"].eq(False)]
    long = long[long["end"].str[:4].astype(int) - long["start"].str[:4].astype(int) >= 4]
    spell = long[long["start"].between("2011", "2015")].iloc[0]
    cut = f"{int(spell['start'][:4]) + 2}-01"
    first = leaders.assign(end=leaders["end"].mask(leaders["spell_id"] == spell["spell_id"], cut))
    second = leaders[leaders["spell_id"] == spell["spell_id"]].assign(spell_id="split", start=cut)
    whole, split = (
        study.panel("pci_score", window=(2013, 2021), leaders=table).frame
        for table in (leaders, pd.concat([first, second], ignore_index=True))
    )
    for fit in (
        effects.fit_twfe,
        lambda f: effects.fit_twfe(f, d="share"),
        lambda f: effects.fit_counterfactual(f, draws=0),
    ):
        assert fit(split)["estimate"].tolist() == pytest.approx(fit(whole)["estimate"].tolist())


def dummies(panel, extra):
    """The two-way estimate of a regression on dummies, by least squares."""
    data = panel.complete
    unit, year = (pd.get_dummies(data[name], dtype=float).to_numpy() for name in ("unit_code", "year"))
    design = np.column_stack([data["d"], unit, year, *extra(data, unit, year)])
    return np.linalg.lstsq(design, data["y"], rcond=None)[0][0]


def estimate(panel, **options):
    wide, here = curve._wide(panel.frame, ["y", "treated"]), np.arange(63, dtype=np.int32)[None]
    return linear.draws_of([wide["y"]], wide["treated"], here, **options)[0].item()


def test_a_trend_of_each_unit_equals_a_regression_on_dummies():
    panel = study.panel("pci_score")
    wanted = dummies(panel, lambda data, unit, year: [unit * (data["year"].to_numpy() - 2015)[:, None]])
    assert estimate(panel, estimator="twfe_trends") == pytest.approx(wanted, abs=1e-9)


def test_region_by_year_effects_equal_a_regression_on_dummies():
    panel = study.panel("pci_score")
    region = tables.load("units").set_index("unit_code")["region_en"]
    groups = region.reindex(sorted(region.index)).to_numpy()

    def extra(data, unit, year):
        return [year * (data["unit_code"].map(region) == name).to_numpy()[:, None] for name in set(region)]

    assert estimate(panel, groups=groups) == pytest.approx(dummies(panel, extra), abs=1e-9)


def test_region_by_year_effects_move_the_counterfactual_of_pci():
    panel = study.panel("pci_score")
    region = tables.load("units").set_index("unit_code")["region_en"].sort_index().to_numpy()
    assert estimate(panel, estimator="counterfactual") == pytest.approx(-0.58, abs=0.01)
    assert estimate(panel, estimator="counterfactual", groups=region) == pytest.approx(-0.94, abs=0.02)


def test_mixed_years_can_be_left_out(poverty):
    table, _ = poverty
    same = table[(table["definition"] == "hometown") & (table["window"] == "2010-2016") & (table["sample"] == "all")]
    n = same[(same["unknown"] == "left out") & (same["covariates"] == "none")].groupby("treatment")["n_obs"].first()
    assert n["mixed years left out"] < n["treated"] <= n["share"]


def test_the_curve_of_the_other_post_begins_with_its_record():
    table, null = curve.curve("papi_corruption", ("hometown",), draws=20, post="chair")
    assert table["window"].str[:4].astype(int).min() >= 2011
    assert null.shape == (20, len(table))


def test_an_index_is_standardised_and_turns_what_is_bad():
    rng = np.random.default_rng(1)
    base = pd.DataFrame({"unit_code": np.repeat(list("abcdef"), 5), "year": list(range(5)) * 6, "treated": 0.0})
    one, two = rng.normal(size=30), rng.normal(size=30)
    made = [
        SimpleNamespace(frame=base.assign(y=y), better=better) for y, better in ((one, "higher"), (-5 * two, "lower"))
    ]
    index = curve.index_of(made)["y"]
    assert index.std() == pytest.approx(1)
    one, two = (y - pd.Series(y).groupby(base["year"]).transform("mean") for y in (one, two))
    assert np.corrcoef(index, one / one.std() + two / two.std())[0, 1] > 0.99
    made[1].frame.loc[3, "y"] = np.nan
    assert np.isfinite(curve.index_of(made)["y"]).all()


def test_an_index_weighs_outcomes_by_their_inverse_covariance_and_none_below_zero():
    rng = np.random.default_rng(1)
    base = pd.DataFrame({"unit_code": np.repeat(list("abcdef"), 5), "year": list(range(5)) * 6, "treated": 0.0})
    one, two = rng.normal(size=(2, 30))
    outcomes = pd.DataFrame({"one": one, "sum": one + two + 0.1 * rng.normal(size=30), "two": two})
    outcomes = outcomes - outcomes.groupby(base["year"]).transform("mean")
    outcomes = outcomes / outcomes.std()
    weights = np.linalg.inv(outcomes.corr()).sum(1)
    assert weights.min() < 0
    made = [SimpleNamespace(frame=base.assign(y=outcomes[name])) for name in outcomes]
    wanted = outcomes.to_numpy() @ np.maximum(weights, 0)
    assert curve.index_of(made)["y"].to_numpy() == pytest.approx(wanted / wanted.std(ddof=1))


def test_an_index_is_made_of_the_same_outcomes_in_every_year_and_knows_no_common_trend():
    rng = np.random.default_rng(1)
    base = pd.DataFrame({"unit_code": np.repeat(list("abcdef"), 5), "year": list(range(5)) * 6, "treated": 0.0})
    made = [SimpleNamespace(frame=base.assign(y=rng.normal(size=30))) for _ in range(3)]
    made[2].frame.loc[made[2].frame["year"] == 4, "y"] = np.nan
    index = curve.index_of(made)
    assert sorted(index["year"].unique()) == [0, 1, 2, 3]
    for panel in made:
        panel.frame["y"] += 10 * panel.frame["year"] ** 2
    assert curve.index_of(made)["y"].to_numpy() == pytest.approx(index["y"].to_numpy())
    made[2].frame["y"] = np.nan
    with pytest.raises(DesignRefused, match="no year has values of all outcomes"):
        curve.index_of(made)


def test_an_index_needs_half_of_its_outcomes():
    rng = np.random.default_rng(1)
    base = pd.DataFrame({"unit_code": np.repeat(list("abcdef"), 5), "year": list(range(5)) * 6, "treated": 0.0})
    made = [SimpleNamespace(frame=base.assign(y=rng.normal(size=30))) for _ in range(4)]
    for k in range(3):
        made[k].frame.loc[: 2 - k, "y"] = np.nan
    assert curve.index_of(made)["y"].isna().to_numpy().nonzero()[0].tolist() == [0]


def test_one_definition_need_not_stand_in_a_list():
    rows = curve.by_definition(study.panel("pci_score", "regulation"), definitions="Career")
    assert rows["definition"].tolist() == ["regulation", "career"]
