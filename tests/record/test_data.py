"""Facts that the shipped tables must show, each from a source or a count that is independent of the code."""

import csv

import numpy as np
import pandas as pd
import pytest

from helpers import paths
from helpers.record import tables

SUB_INDICES = [
    "entry",
    "land",
    "transparency",
    "time",
    "informal",
    "competition",
    "proactive",
    "support",
    "labor",
    "legal",
]


@pytest.fixture(scope="module")
def wide():
    """Governance, one row per (unit_code, year)."""
    return tables.load("governance").pivot(index=["unit_code", "year"], columns="indicator", values="value")


@pytest.fixture(scope="module")
def economy():
    return tables.load("economy").pivot(index=["unit_code", "year"], columns="indicator", values="value")


def weighted(wide, years, weights=None):
    """Weighted sums of the sub-indices times ten, with the weights of the table or of another year."""
    table = tables.load("pci_weights")
    parts = []
    for year in years:
        rows = wide.xs(year, level="year")
        regime = table[table["first_year"].le(weights or year) & table["last_year"].ge(weights or year)]
        share = regime.set_index("indicator")["weight_pct"]
        parts.append((rows[share.index] * share / 10).sum(axis=1, skipna=False).rename(year))
    return pd.concat(parts, keys=years, names=["year"]).swaplevel()


def test_tables_are_the_ones_that_were_compiled():
    for resource, result in zip(tables.package()["resources"], tables.check(), strict=True):
        assert result.faults == [], str(result)
        assert result.notes == [] or "hash" not in resource, str(result)
        assert result.rows >= resource["rowCount"]


def test_kon_tum_had_64_89_points_and_rank_37_in_2022_and_rank_61_in_2021(wide):
    assert wide.at[("62", 2022), "pci_score"] == 64.89
    assert wide.at[("62", 2022), "pci_rank"] == 37
    assert wide.at[("62", 2021), "pci_rank"] == 61


@pytest.mark.parametrize(
    ("years", "n"),
    [([2005], 42), ([2006, 2007, 2008], 64), ([*range(2009, 2021), 2023], 63)],
    ids=["pilot", "64", "63"],
)
def test_pci_rank_is_a_permutation_that_follows_the_score(wide, years, n):
    for year in years:
        rows = wide.xs(year, level="year")[["pci_score", "pci_rank"]].dropna().sort_values("pci_rank")
        assert list(rows["pci_rank"]) == list(range(1, n + 1))
        assert rows["pci_score"].is_monotonic_decreasing


@pytest.mark.parametrize(("year", "known_apart"), [(2021, {"24": 31, "96": 32}), (2022, {})])
def test_in_2021_and_2022_rank_follows_the_score_and_four_provinces_share_two_places(wide, year, known_apart):
    """Bắc Giang and Cà Mau have one score in 2021; the press gives the first rank 31."""
    rows = wide.xs(year, level="year")[["pci_score", "pci_rank"]].dropna()
    assert len(rows) == 63
    assert rows["pci_rank"].duplicated(keep=False).sum() == 4
    expected = rows["pci_score"].rank(ascending=False, method="min")
    assert rows.loc[rows["pci_rank"] != expected, "pci_rank"].to_dict() == known_apart


def test_two_provinces_share_57_62_points_in_2011_with_ranks_40_and_41(wide):
    rows = wide.xs(2011, level="year")
    assert sorted(rows.loc[rows["pci_score"] == 57.62, "pci_rank"]) == [40, 41]


@pytest.mark.parametrize(("years", "tolerance"), [(range(2013, 2020), 0.001), ([*range(2006, 2011), 2012], 0.0004)])
def test_pci_score_is_the_weighted_sum_of_the_sub_indices(wide, years, tolerance):
    gap = (wide["pci_score"] - weighted(wide, years)).dropna()
    assert len(gap) >= 63 * len(years)
    assert gap.abs().max() <= tolerance


def test_scores_of_2011_lie_above_the_weighted_sub_indices_as_published(wide):
    assert (wide["pci_score"] - weighted(wide, [2011])).dropna().between(0, 0.56).all()


def test_pci_score_of_2023_is_the_weighted_sum_to_the_rounding_of_the_published_ones(wide):
    assert (wide["pci_score"] - weighted(wide, [2023])).dropna().abs().max() < 0.0051


def test_partial_sub_indices_of_2021_give_the_scores_with_the_weights_of_2013(wide):
    partial = tables.load("governance_partial").query("year == 2021")
    rows = partial.pivot(index=["unit_code", "year"], columns="indicator", values="value")
    gap = (wide["pci_score"] - weighted(rows, [2021])).dropna()
    assert len(gap) == 22
    assert gap.abs().max() < 0.021


def test_weights_of_each_year_add_up_to_100():
    table = tables.load("pci_weights")
    assert (table.groupby("first_year")["weight_pct"].sum() == 100).all()
    assert (table.groupby("first_year").size() == [10, 9, 10, 10, 10]).all()


def test_the_weights_alone_move_a_province_by_9_7_places_in_2023(wide):
    """Kon Tum is 46th as published and would be 26th with the weights of 2013."""
    rows = wide.xs(2023, level="year")
    old = weighted(wide, [2023], weights=2019).droplevel("year").rank(ascending=False)
    moved = (old - rows["pci_rank"]).abs()
    assert round(moved.mean(), 1) == 9.7
    assert moved.max() == 27
    assert (rows.at["62", "pci_rank"], old["62"]) == (46, 26)
    assert round(old.corr(rows["pci_rank"]), 2) == 0.78


def test_governance_lies_within_its_known_limits(wide):
    assert wide["pci_score"].min().round(1) == 36.4
    assert wide["pci_score"].max().round(1) == 77.2
    subs = wide[[f"pci_{name}" for name in SUB_INDICES]]
    assert subs.min().min() >= 1.0 and subs.max().max() <= 9.7
    dimensions = wide.filter(like="papi_").drop(columns="papi_total")
    assert dimensions.min().min() >= 1.9 and dimensions.max().max() <= 8.5


def test_papi_total_is_the_sum_of_six_dimensions_to_2017_and_of_eight_from_2018(wide):
    dimensions = wide.filter(like="papi_").drop(columns="papi_total")
    total = wide["papi_total"].dropna()
    years = total.index.get_level_values("year")
    assert (dimensions.count(axis=1)[total.index] == np.where(years < 2018, 6, 8)).all()
    assert (dimensions.sum(axis=1)[total.index] - total).abs().max() < 0.001


@pytest.mark.parametrize(
    ("year", "indicator", "absent"),
    [
        (2014, "papi_total", {"24", "87"}),
        (2018, "papi_transparency", {"22", "87"}),
        (2018, "papi_participation", set()),
        (2021, "papi_total", {"22", "24", "27"}),
        (2022, "papi_participation", {"24"}),
        (2022, "papi_accountability", {"27"}),
        (2022, "papi_egov", {"27"}),
        (2023, "papi_total", {"22", "74"}),
        (2024, "papi_total", {"26", "82"}),
    ],
)
def test_provinces_without_papi_are_the_known_ones(wide, year, indicator, absent):
    known = set(wide.xs(year, level="year")[indicator].dropna().index)
    assert set(tables.load("units")["unit_code"]) - known == absent


def test_pci_sub_indices_have_no_full_year_from_2020_to_2022(wide):
    assert wide.loc[(slice(None), [2020, 2021, 2022]), [f"pci_{name}" for name in SUB_INDICES]].count().sum() == 0


def test_equal_competition_is_absent_from_2009_to_2012(wide):
    years = wide["pci_competition"].dropna().index.get_level_values("year").unique()
    assert sorted(years) == [*range(2005, 2009), *range(2013, 2020), 2023]


def test_ha_tay_has_governance_rows_to_2008_only(wide):
    assert sorted(wide.loc["28"].index) == [2005, 2006, 2007, 2008]


def test_no_key_of_the_partial_table_stands_in_the_full_one():
    keys = ["unit_code", "year", "indicator"]
    assert tables.load("governance_partial").merge(tables.load("governance"), on=keys).empty


def test_63_provinces_become_34_units_in_six_regions():
    units = tables.load("units")
    assert units["merged_code_2025"].nunique() == 34
    assert units["region_en"].nunique() == units["region_vi"].nunique() == 6
    assert units["is_city"].sum() == 5


def test_native_says_that_home_and_province_are_one():
    leaders = tables.load("leaders")
    assert leaders.groupby("post").size().to_dict() == {"chair": 348, "secretary": 349}
    stated = leaders.dropna(subset=["native"])
    assert ((stated["home_province"] == stated["province"]) == stated["native"]).all()
    assert leaders.loc[leaders["native"].isna(), "home_province"].isna().all()


def test_six_homes_of_secretaries_stay_unknown():
    leaders = tables.load("leaders").query("post == 'secretary'")
    assert list(leaders.loc[leaders["native"].isna(), "spell_id"]) == ["S039", "S059", "S140", "S143", "S178", "S234"]


def test_chairs_are_200_native_112_not_and_36_unknown():
    native = tables.load("leaders").query("post == 'chair'")["native"]
    assert [native.sum(), (~native).sum(), native.isna().sum()] == [200, 112, 36]


def test_outsider_arrival_is_missing_wherever_the_prior_origin_is_unknown():
    leaders = tables.load("leaders")
    assert leaders.loc[leaders["prior_origin"] == "unknown", "outsider_arrival"].isna().all()
    missing = leaders[leaders["outsider_arrival"].isna()]
    assert missing.groupby("post").size()["chair"] == 120


def test_of_terms_after_a_post_in_the_province_29_came_from_outside_and_of_21_it_is_not_recorded():
    inside = tables.load("leaders").query("prior_origin == 'same_province'")["outsider_arrival"]
    assert [int((inside == True).sum()), int(inside.isna().sum())] == [29, 21]  # noqa: E712


def test_all_83_corrections_are_applied():
    patch, text = tables.load("leaders_patch"), (paths.data() / "leaders.csv").read_text(encoding="utf-8")
    rows = {row["spell_id"]: row for row in csv.DictReader(text.splitlines())}
    assert len(patch) == 83 and patch["spell_id"].nunique() == 44
    assert all(rows[cell.spell_id][cell.field] == cell.value for cell in patch.itertuples())


def test_every_address_of_a_term_has_a_row_of_sources():
    sources = set(tables.load("sources_leaders")["source"])
    for name, columns in {"leaders": ["source_1", "source_2"], "leaders_2025": ["source_1", "source_2"]}.items():
        assert set(tables.load(name)[columns].stack().dropna()) <= sources
    assert set(tables.load("leaders")["more_sources"].dropna().str.split("; ").explode()) <= sources


def test_no_page_shows_a_betting_site_as_its_source():
    """Mirrors of news pages on such sites stand in more_sources, which no page shows."""
    shown = tables.load("leaders")[["source_1", "source_2"]].stack()
    assert not shown[shown.str.contains("tysobongda|xoso|nhacai|casino")].tolist()


def test_the_48_terms_that_name_the_list_of_2015_are_in_office_in_that_year():
    """Đắk Nông has two of them: the list prints the second as vice chair; he became chair later in 2015."""
    leaders = tables.load("leaders")
    listed = leaders[
        leaders[["source_1", "source_2", "more_sources"]]
        .apply(lambda cells: cells.str.contains("Tổ_chức_Đảng_bộ_cấp_tỉnh", na=False))
        .any(axis=1)
        & leaders["post"].eq("chair")
    ]
    assert len(listed) == 48
    assert set(listed.loc[listed["unit_code"].duplicated(keep=False), "spell_id"]) == {"C236", "C237"}
    assert listed["start"].str[:4].le("2015").all() and listed["end"].fillna("9999").str[:4].ge("2015").all()


def test_a_person_in_both_posts_of_a_province_has_one_home():
    leaders = tables.load("leaders")
    people = leaders.groupby(["unit_code", "person"]).agg(posts=("post", "nunique"), homes=("home_province", "nunique"))
    assert (people["posts"] == 2).sum() == 106
    assert people.loc[people["posts"] == 2, "homes"].max() == 1


def test_chairs_who_left_before_2011_are_flagged():
    leaders = tables.load("leaders")
    early = leaders[~leaders["usable"]]
    assert set(early["post"]) == {"chair"}
    assert early["end"].max() == "2011-01"  # a term does not hold its end month


def test_income_of_2024_is_flagged_and_refused_in_any_window_with_other_years():
    income = tables.indicator("income_pc_month_kvnd")
    assert income.loc[income["year"] == 2024, "doubtful"].all()
    assert (income.loc[income["year"] == 2024, "value"] % 50 == 0).sum() == 31
    assert (income.loc[income["year"] == 2024, "value"] % 100 == 0).sum() == 19
    with pytest.raises(tables.BreakRefused, match="income_2024_estimated"):
        tables.indicator("income_pc_month_kvnd", (2018, 2024))


def test_no_note_says_that_provinces_computed_their_grdp_until_2017():
    registry = tables.load("indicators")
    assert registry["note_en"].str.contains("Decision 715/QĐ-TTg").sum() == 4
    assert not registry["note_en"].str.contains("until 2017").any()


def test_the_count_of_august_2020_is_40_percent():
    row = tables.load("national_rotation_counts").query("period == '2020-08-31'").iloc[0]
    assert round(100 * row["value"] / 1141, 1) == 40.0


def test_the_printed_score_of_dien_bien_2024_is_kept_and_noted():
    table = tables.load("governance_partial").dropna(subset=["note"])
    assert table[["unit_code", "year", "indicator", "value"]].to_numpy().tolist() == [["11", 2024, "pci_score", 67.77]]
    assert "67.67" in table["note"].iloc[0]


def test_fdi_of_the_ministry_covers_63_provinces_in_nine_years(economy):
    rows = economy["fdi_fia_new_projects"].dropna()
    assert rows.groupby("year").size().to_dict() == dict.fromkeys(range(2015, 2024), 63)


def test_total_fdi_is_the_sum_of_its_three_parts(economy):
    parts = ["fdi_fia_new_capital_musd", "fdi_fia_adjusted_capital_musd", "fdi_fia_share_purchase_capital_musd"]
    gap = economy[parts].fillna(0).sum(axis=1) - economy["fdi_fia_total_registered_musd"]
    assert gap.dropna().abs().max() < 0.01


def test_fdi_of_2015_equals_the_statistics_office_where_both_have_it(economy):
    both = economy[["fdi_fia_new_projects", "fdi_new_projects"]].xs(2015, level="year").dropna()
    assert len(both) > 40 and (both["fdi_fia_new_projects"] == both["fdi_new_projects"]).all()


def test_kon_tum_grew_by_6_82_percent_in_the_first_quarter_of_2023(economy):
    growth = economy["grdp_growth_q1_pct"].xs(2023, level="year")
    assert growth["62"] == 6.82
    assert growth.rank(ascending=False)["62"] == 23


def test_both_figures_of_may_2021_are_kept():
    table = tables.load("national_stats").query("as_of == '2021-05' and level == 'province'")
    assert sorted(table["nonlocal_count"]) == [35, 36]


def test_grdp_from_2018_is_productivity_times_employed_persons(economy):
    rows = economy.dropna(subset=["grdp_current_bn_vnd"])
    product = rows["labour_productivity_mvnd"] * rows["employed_thousand"]
    assert (product / rows["grdp_current_bn_vnd"] - 1).abs().max() < 0.001


def test_the_re_evaluation_lifts_grdp_per_person_by_a_median_of_19_percent(economy):
    new = economy["grdp_per_capita_mvnd"].xs(2018, level="year")
    old = economy["grdp_per_capita_pre2019rev_mvnd"].xs(2017, level="year")
    ratio = (new / old).dropna()
    assert round(ratio.median(), 2) == 1.19
    assert list(ratio.quantile([0.1, 0.9]).round(2)) == [1.08, 1.30]


def test_budget_revenue_of_2009_is_another_thing_in_ho_chi_minh_city(economy):
    revenue = economy.loc["79", "budget_revenue_bn_vnd"]
    assert round(revenue[2008] / 1000, 1) == 121.6
    assert round(revenue[2009] / 1000, 1) == 45.9


def test_the_labour_standard_of_2021_more_than_halves_employed_persons_in_cao_bang(economy):
    assert list(economy.loc["04", "employed_thousand"].loc[[2020, 2021]].round()) == [346, 157]


def test_ho_chi_minh_city_has_no_poverty_rate_in_2016(economy):
    known = economy["poverty_rate_pct"].xs(2016, level="year").dropna()
    assert len(known) == 62
    assert "79" not in known.index


def test_nominal_growth_has_no_value_in_2018(economy):
    assert economy["grdp_nominal_growth_pct"].xs(2018, level="year").count() == 0


def test_growth_by_year_shows_the_change_of_base(economy):
    median = economy["grdp_growth_pct"].groupby("year").median()
    assert median.loc[2005:2010].between(10.5, 13.0).all()
    assert median.loc[2011:2017].between(7.2, 10.0).all()


def test_population_of_the_provinces_adds_up_to_the_nation_in_2019(economy):
    """The census of 2019 counted 96.2 million on 1 April; the average of the year is a little higher."""
    assert 96_200 < economy["population_thousand"].xs(2019, level="year").sum() < 96_900


def test_every_value_has_a_source_with_publisher_and_terms():
    keys = {*tables.load("governance")["source"], *tables.load("governance_partial")["source"]}
    rows = tables.sources(keys | set(tables.load("economy")["source"]))
    assert rows[["publisher", "title", "url_or_repo", "licence_or_terms"]].notna().all().all()
