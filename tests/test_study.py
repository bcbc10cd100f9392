"""The panel: every unit-year present, what is missing counted with its reason, and what is refused."""

import copy
import dataclasses
import pickle
import re

import numpy as np
import pandas as pd
import pytest

from helpers import effects, findings, study, words
from helpers.record import places, tables, terms

WINDOW = (2013, 2021)


@pytest.fixture(scope="module")
def pci():
    return study.panel("pci_score", window=WINDOW)


def test_every_unit_year_of_the_window_is_there_once_and_sorted(pci):
    keys = pci.frame[["unit_code", "year"]]
    assert len(keys) == 63 * 9
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values(["unit_code", "year"], ignore_index=True))


def test_outcome_is_the_value_of_the_table(pci):
    row = pci.frame.set_index(["unit_code", "year"]).loc[("62", 2021)]
    table = tables.load("governance").set_index(["unit_code", "year", "indicator"])
    assert row["y"] == table.loc[("62", 2021, "pci_score"), "value"]
    assert row["source"] == table.loc[("62", 2021, "pci_score"), "source"]


def test_leaders_are_those_of_treatment(pci):
    led = terms.yearly(years=WINDOW)
    for column in ("treated", "share", "treated_low", "treated_high", "spell_id", "turnover"):
        pd.testing.assert_series_equal(pci.frame[column], led[column])


def test_value_that_is_not_in_the_table_stays_missing_and_keeps_its_row():
    made = study.panel("papi_corruption", window=(2023, 2024))
    gone = made.frame[made.frame["y"].isna()]
    assert gone[["unit_code", "year"]].values.tolist() == [["22", 2023], ["26", 2024], ["74", 2023], ["82", 2024]]
    assert made.coverage["no_value"].tolist() == [2, 2]


def test_coverage_counts_each_reason_and_adds_up(pci):
    out = pci.coverage.set_index("year")
    assert out.loc[2021, ["n_units", "n_complete", "missing", "no_holder"]].tolist() == [63, 60, 3, 3]
    complete = pci.frame.dropna(subset=["y", "treated"])["year"].value_counts().sort_index()
    assert out["n_complete"].tolist() == complete.tolist()
    assert (out["n_complete"] + out["missing"] == out["n_units"]).all()


def test_coverage_counts_a_missing_covariate():
    made = study.panel("papi_participation", window=(2016, 2017), covariates=["grdp_current_pre2019rev_bn_vnd"])
    assert made.coverage["no_covariate"].tolist() == [0, 1]
    assert made.frame["grdp_current_pre2019rev_bn_vnd"].notna().sum() == 125


def test_unit_without_a_known_holder_is_counted_not_coded_as_local():
    leaders = tables.load("leaders")
    early = (leaders["unit_code"] != "62") | (leaders["start"] < "2012")
    made = study.panel("pci_score", window=(2016, 2016), leaders=leaders[early])
    row = made.frame.set_index("unit_code").loc["62"]
    assert pd.isna(row["treated"])
    assert (row["treated_low"], row["treated_high"]) == (0, 1)
    assert made.coverage["no_holder"].tolist() == [1]


def test_definition_changes_the_treatment_only(pci):
    other = study.panel("pci_score", "career", window=WINDOW)
    assert other.frame["y"].equals(pci.frame["y"])
    assert not other.frame["treated"].equals(pci.frame["treated"])


def test_units_restrict_the_panel():
    made = study.panel("pci_score", provinces=["62", "Hà Nội"])
    assert made.frame["unit_code"].unique().tolist() == ["01", "62"]
    assert made.coverage["n_units"].eq(2).all()


def test_default_window_is_where_outcome_and_leaders_are_known():
    assert study.panel("grdp_growth_pct").window == (2005, 2017)


def test_log_is_the_natural_logarithm():
    raw = study.panel("grdp_current_bn_vnd", transform=None).frame["y"]
    logged = study.panel("grdp_current_bn_vnd", transform="log").frame["y"]
    assert np.allclose(np.exp(logged), raw)


def test_z_has_mean_zero_and_deviation_one_in_each_year():
    frame = study.panel("pci_score", window=WINDOW, transform="z").frame
    by = frame.groupby("year")["y"]
    assert np.allclose(by.mean(), 0)
    assert np.allclose(by.std(), 1)


def test_allowed_break_is_pooled_and_named_in_the_notes():
    made = study.panel("pci_score", window=(2012, 2014), allow_breaks=("pci_weights_2013",))
    text = tables.breaks("pci_score").set_index("name").loc["pci_weights_2013"]
    words.use("vi")
    assert text["text_vi"] in made.cautions
    words.use("en")
    assert text["text_en"] in made.cautions


def test_notes_count_flagged_values():
    made = study.panel("income_pc_month_kvnd", window=(2018, 2022))
    assert "Monthly income per person: values from a secondary copy (315 province-years)." in made.cautions


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "pci_scor"}, "outcome is 'pci_scor'; expected one of .* closest: pci_score"),
        ({"outcome": "pci"}, "outcome is 'pci'; expected one of .* closest: pci_score, "),
        ({"outcome": "xyzzy"}, "outcome is 'xyzzy'; expected one of .* names, none of which is near"),
        ({"provinces": ["Atlantis"]}, "'Atlantis' names no province; .* codes are in data/units.csv"),
        ({"outcome": "pci_rank"}, "pci_rank is a rank.*such as pci_score"),
        ({"outcome": "grdp_growth_first_estimate_press_pct"}, "known from the press for some units only"),
        ({"covariates": ["grdp_growth_first_estimate_press_pct"]}, "known from the press for some units only"),
        ({"covariates": ["population_thousand", "population_thousand"]}, "population_thousand is named twice"),
        ({"covariates": ["pci_score"]}, "pci_score is named twice"),
        ({"window": (2012, 2014)}, "pci_weights_2013"),
        ({"window": (2013, 2024)}, "has values and leaders are known in 2005-2023"),
        ({"window": (2021, 2013)}, r"window is \[2021, 2013\]: the first year is after the last"),
        ({"window": ["2013", "2021"]}, r"window is \['2013', '2021'\]: years as text; expected two whole numbers"),
        ({"window": "2013-2021"}, r"window is \['2013-2021'\]: years as text"),
        ({"window": [2013]}, r"window is \[2013\]; expected two years, .* For one year write it twice"),
        ({"window": 2013}, r"window is \[2013\]; expected two years"),
        ({"window": [2013, 2014, 2015]}, "expected two years, the first and the last"),
        ({"window": [True, 2021]}, "expected two whole numbers"),
        ({"allow_breaks": ("pci_weights_2031",)}, "allow_breaks names pci_weights_2031; breaks of pci_score: "),
        ({"provinces": ["62", "99"]}, "provinces: '99' is no province code; expected two digits"),
        ({"provinces": [62]}, r"provinces: found 62 \(int\); expected text"),
        ({"window": [2013.0, 2021]}, r"window is \[2013\.0, 2021\]; expected two whole numbers. .* without decimals"),
        ({"post": "mayor"}, "post is 'mayor'; expected one of secretary, chair, either, both"),
        ({"transform": "ln"}, "transform is 'ln'; expected one of design, none, log, asinh, z"),
        ({"definition": "birth"}, "definition is 'birth'; expected one of hometown, career, regulation"),
        ({"outcome": "net_migration_rate_per_1000", "window": (2010, 2016), "transform": "log"}, "has no logarithm"),
    ],
)
def test_refusals_say_what_was_found_and_what_to_do(change, message):
    with pytest.raises(ValueError, match=message):
        study.panel(**{"outcome": "pci_score", "window": WINDOW} | change)


def test_break_not_named_is_a_refused_break():
    with pytest.raises(tables.BreakRefused):
        study.panel("pci_score", window=(2006, 2021))


@pytest.mark.parametrize("outcome", ["PCI score", "điểm PCI", "pci-score", "Diem PCI", "pci_score"])
def test_an_outcome_is_known_in_any_common_spelling(outcome):
    assert study.panel(outcome).outcome == "pci_score"


@pytest.mark.parametrize(
    "provinces", ["Central Highlands", "Tây Nguyên", ["tay nguyen"], ["62", "64", "66", "67", "68"]]
)
def test_provinces_are_names_codes_or_a_region(provinces):
    assert study.panel(provinces=provinces).frame["unit_code"].unique().tolist() == ["62", "64", "66", "67", "68"]


def test_complete_cells_are_plain_numbers_for_statsmodels(pci):
    assert set(pci.complete.dtypes[["y", "d", "share"]].map(str)) == {"float64"}
    assert len(pci.complete) == pci.n_known == 552
    assert len(pci.clusters) == 552 and pci.clusters.max() == pci.n_units - 1


def test_an_indicator_without_a_design_takes_all_its_years_on_one_definition():
    made = study.panel("pci_legal")
    assert made.window == (2009, 2019) or len(set(tables.indicator("pci_legal", made.window)["segment"])) == 1
    assert made.transform is None


def test_results_and_rows_are_written_with_their_keys(pci, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    files = study.save(pd.DataFrame({"estimator": ["twfe"], "estimate": [1.5]}), pci)
    assert files["file"].tolist() == ["results.csv", "panel.csv"]
    stored = pd.read_csv(tmp_path / "results.csv")
    assert stored["estimate"].tolist() == [1.5]
    assert stored.loc[0, ["outcome", "definition", "post"]].tolist() == ["pci_score", "hometown", "secretary"]
    rows = pd.read_csv(tmp_path / "panel.csv", dtype={"unit_code": str})
    led = [post + part for post in ("secretary", "chair") for part in ("", "_id", "_source")]
    ours = ["unit_code", "unit", "year", *led, "value", "y", "non_local", "share", "source", "source_url"]
    assert list(rows) == ours


def test_a_result_that_stands_in_two_tables_of_a_page_is_written_once(pci, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    one = pd.DataFrame({"estimator": ["twfe", "dcdh"], "estimate": [1.5, 2.5], "post": [None, "chair"]})
    files = study.save(one, one.iloc[[1]], pci, pci)
    assert files.to_numpy()[:, :2].tolist() == [["results.csv", 2], ["panel.csv", 567], ["panel_2.csv", 567]]
    assert pd.read_csv(tmp_path / "results.csv")["post"].tolist() == ["secretary", "chair"]


def test_a_panel_that_is_taken_for_a_table_names_its_tables(pci):
    with pytest.raises(AttributeError, match=r"no head.*panel\.frame.*panel\.complete"):
        pci.head()
    with pytest.raises(words.Refused, match=r"panel\.frame are: unit_code, year, y, treated"):
        pci["Code"]
    with pytest.raises(AttributeError, match="'Panel' object has no attribute 'haed'"):
        _ = pci.haed
    assert pickle.loads(pickle.dumps(pci)).outcome == copy.copy(pci).outcome == "pci_score"


def test_a_panel_cannot_be_changed(pci):
    with pytest.raises(dataclasses.FrozenInstanceError):
        pci.outcome = "papi_total"


def test_a_note_is_said_once(pci):
    once, other = (
        ("{label}: preliminary values", 3, {"label": "pci_score"}),
        ("{label}: values marked as doubtful", 2, {"label": "pci_score"}),
    )
    said = dataclasses.replace(pci, remarks=(once, once, other)).cautions
    assert [said.count(text) for text in ("(3 province-years)", "(2 province-years)")] == [1, 1]


def test_each_name_and_value_of_the_rows_leads_to_its_source(pci):
    row = pci.rows.set_index(["unit_code", "year"]).loc[("62", 2019)]
    pages = tables.load("leaders").set_index("spell_id")["source_1"]
    assert row["secretary"] == "Nguyễn Văn Hùng" and row["secretary_source"] == pages["S228"]
    assert row["secretary_source"].startswith("https://") and row["chair_source"] == pages[row["chair_id"]]
    assert row["source_url"] == tables.sources([row["source"]])["url_or_repo"].item()
    logged = study.panel("grdp_current_bn_vnd", transform="log", covariates="population_thousand").rows
    assert np.allclose(np.log(logged["value"]), logged["y"]) and logged["population_thousand"].notna().any()


def test_coverage_counts_units_once_a_year_and_each_reason(pci):
    made = study.panel(
        "pci_score", window=(2019, 2021), provinces=["Kon Tum", "22", "26"], covariates=["population_thousand"]
    )
    frame, out = made.frame, made.coverage.set_index("year")
    for year, part in frame.groupby("year"):
        assert out.loc[year, "n_units"] == 3
        assert out.loc[year, "no_value"] == part["y"].isna().sum()
        assert out.loc[year, "no_holder"] == part["term_id"].isna().sum()
        assert out.loc[year, "not_classified"] == (part["term_id"].notna() & part["treated"].isna()).sum()
        assert out.loc[year, "no_covariate"] == part["population_thousand"].isna().sum()


def test_the_counts_of_a_panel_are_those_of_its_complete_cells(pci):
    known = pci.frame.dropna(subset=["y", "treated"])
    per_unit = known.groupby("unit_code")["treated"].agg(["sum", "size"])
    assert (pci.n_cells, pci.n_known, pci.n_units) == (567, len(known), len(per_unit))
    assert pci.share_treated == known["treated"].mean()
    assert pci.n_switching == ((per_unit["sum"] > 0) & (per_unit["sum"] < per_unit["size"])).sum()
    assert repr(pci).startswith("Panel: pci_score, 2013-2021, secretary, hometown; 63 units, 552 of 567")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"outcome": "pci_score"}, (1.0, 2, "points")),
        ({"outcome": "pci_score", "transform": "z"}, (1.0, 2, "standard deviations")),
        ({"outcome": "grdp_current_bn_vnd", "transform": "log"}, (100.0, 1, "log points")),
        ({"outcome": "fdi_fia_new_projects"}, (100.0, 1, "log points")),
        ({"outcome": "poverty_rate_pct"}, (1.0, 1, "percentage points")),
    ],
)
def test_estimates_are_shown_in_the_unit_of_the_outcome(made, said):
    panel = study.panel(**made)
    assert (panel.scale, panel.digits, panel.measure) == said


def test_a_break_counts_the_values_from_its_first_year():
    made = study.panel("pci_score", window=(2012, 2014), allow_breaks=("pci_weights_2013",))
    assert [n for text, n, _ in made.remarks if text == "break"] == [126]
    later = study.panel("pci_score", window=(2013, 2014), allow_breaks=("pci_weights_2013",))
    assert [n for text, n, _ in later.remarks if text == "break"] == []


def test_a_window_to_the_last_year_of_leaders_says_where_they_end(monkeypatch):
    def said(last):
        panel = study.panel("pci_score", window=(2013, last))
        return "The record of leaders in the 63 provinces ends in June 2025." in panel.cautions

    assert not said(2021)
    monkeypatch.setattr(terms, "LAST_YEAR", 2021)
    assert said(2021)


def test_the_same_panel_for_another_definition(pci):
    other = pci.under("career")
    assert (other.definition, other.post, other.window) == ("career", "secretary", WINDOW)
    assert other.frame["y"].equals(pci.frame["y"])


def test_asinh_and_log_of_what_is_not_positive():
    made = study.panel("net_migration_rate_per_1000", window=(2010, 2016), transform="asinh")
    raw = study.panel("net_migration_rate_per_1000", window=(2010, 2016), transform=None)
    assert np.allclose(np.sinh(made.frame["y"].dropna()), raw.frame["y"].dropna())
    with pytest.raises(ValueError, match=rf"\({(raw.frame['y'] <= 0).sum()} such values\)"):
        study.panel("net_migration_rate_per_1000", window=(2010, 2016), transform="log")


@pytest.mark.parametrize("at", [0, 1])
def test_a_window_may_be_one_year_and_reach_the_first_and_last(at):
    year = (2005, 2023)[at]
    assert study.panel("pci_score", window=(year, year)).window == (year, year)
    with pytest.raises(ValueError, match="leaders are known in 2005-2023"):
        study.panel("pci_score", window=((2004, 2005), (2023, 2024))[at])


def test_the_years_at_risk_are_those_under_a_local_with_the_next_year_known():
    found = study.at_risk()
    led = terms.yearly(years=(2005, 2025)).set_index(["unit_code", "year"])
    for row in found.sample(40, random_state=1).itertuples():
        assert not led.loc[(row.unit_code, row.year), "treated"]
        assert led.loc[(row.unit_code, row.year + 1), "treated"] == bool(row.arrives)
    known = led["treated"].dropna().astype(bool)
    following = known.copy()
    following.index = pd.MultiIndex.from_tuples([(code, year - 1) for code, year in known.index])
    assert len(found) == (~known[known.index.isin(following.index)]).sum()
    assert set(found.loc[found["congress"] == 1, "year"]) <= {2005, 2010, 2015, 2020}


def test_the_last_year_at_risk_is_followed_by_the_last_30_june_of_the_63_provinces():
    found = study.at_risk()
    assert found["year"].max() == 2024
    assert found.loc[found["year"] == 2024, "arrives"].sum() > 0


@pytest.mark.parametrize("years", [1, 2, 3])
def test_past_outcomes_are_those_of_so_many_years_before(years):
    found, values = study.at_risk(past=["pci_score"]), tables.indicator("pci_score").set_index(["unit_code", "year"])
    here = found[(found["year"] == 2012) & found[f"pci_score_{years}"].notna()]
    before = values["value"].loc[[(code, 2012 - years) for code in here["unit_code"]]]
    assert np.corrcoef(here[f"pci_score_{years}"], before)[0, 1] == pytest.approx(1)


def test_past_outcomes_at_risk_are_standardised_over_the_63_provinces():
    found, units = study.at_risk(past=["pci_score"]), set(tables.load("units")["unit_code"])
    values = tables.indicator("pci_score").query("year == 2006")
    assert "28" in set(values["unit_code"])  # Hà Tây, part of Hà Nội since
    inside = values[values["unit_code"].isin(units)].set_index("unit_code")["value"]
    z = (inside - inside.mean()) / inside.std()
    rows = found.query("year == 2007").set_index("unit_code")["pci_score_1"].dropna()
    assert len(rows) > 20 and rows.tolist() == pytest.approx(z[rows.index].tolist())


def test_nobody_known_is_asked_of_the_twelve_months_to_30_june():
    found, held = study.at_risk(), terms.monthly()
    empty = held[held["spell_id"].isna()]
    for row in found.itertuples():
        months = pd.period_range(f"{row.year - 1}-07", f"{row.year}-06", freq="M")
        there = empty[(empty["unit_code"] == row.unit_code) & empty["month"].isin(months)]
        assert row.nobody_known == bool(len(there)), row


def test_the_texts_of_a_panel_follow_the_language(pci):
    words.use("vi")
    try:
        assert pci.by == "theo quê quán"
    finally:
        words.use("en")
    assert pci.by == "by hometown"


@pytest.mark.parametrize("covariate", ["poverty_rate_pct", "grdp_per_capita_mvnd"])
def test_years_and_counts_are_those_of_the_rows_used(covariate):
    made = study.panel("papi_corruption", covariates=[covariate])
    known = made.frame.dropna(subset=["y", "treated", covariate])
    assert (made.first, made.last) == (known["year"].min(), known["year"].max()) != made.window
    assert f"{len(known)} have a value" in made.counted
    assert f"(all in {made.first}-{made.last})" in made.counted
    before = made.frame.dropna(subset=["y", "treated"])
    assert f"of {len(before)} province-years with a value and a known leader (2011-2024)" in made.lost
    assert f"{len(known)} have the covariates too ({made.first}-{made.last})" in made.lost


def test_covariates_that_cost_little_are_no_warning(pci):
    assert study.panel("pci_score", covariates="population_thousand").lost == pci.lost == ""


@pytest.mark.parametrize(
    ("provinces", "key", "en", "vi"),
    [
        ((), "all", "", ""),
        (
            "Tây Nguyên",
            "central_highlands",
            "among the 5 provinces of the Central Highlands",
            "trong 5 tỉnh, thành phố của vùng Tây Nguyên",
        ),
        (
            ["Dak Nong", "62", "64", "66", "68"],
            "central_highlands",
            "among the 5 provinces of the Central Highlands",
            "trong 5 tỉnh, thành phố của vùng Tây Nguyên",
        ),
        (["Kon Tum", "01"], "01;62", "in Hà Nội and Kon Tum only", "chỉ ở Hà Nội và Kon Tum"),
        (
            ["62", "64", "66", "68"],
            "62;64;66;68",
            "in 4 provinces that were chosen",
            "trong 4 tỉnh, thành phố được chọn",
        ),
        (
            ["-Hà Nội", "-79"],
            ";".join(c for c in places.codes() if c not in ("01", "79")),
            "in all provinces but Hà Nội and TP. Hồ Chí Minh",
            "ở mọi tỉnh, thành phố trừ Hà Nội và TP. Hồ Chí Minh",
        ),
        (
            ["Tây Nguyên", "-Kon Tum"],
            "64;66;67;68",
            "in 4 provinces that were chosen",
            "trong 4 tỉnh, thành phố được chọn",
        ),
    ],
)
def test_the_units_asked_for_are_named(provinces, key, en, vi):
    made = study.panel(provinces=provinces)
    assert (made.sample, made.scope) == (key, en)
    assert made.heading == (f"PCI score ({en})" if en else "PCI score")
    words.use("vi")
    try:
        assert made.scope == vi
    finally:
        words.use("en")


def test_covariates_are_named_in_heading_and_foot_and_have_their_sources():
    made = study.panel(covariates="population_thousand")
    assert made.heading == "PCI score (given the population)"
    assert made.source == "leaders.csv, governance.csv, economy.csv"
    theirs = set(study.panel("population_thousand", window=made.window).frame["source"].dropna())
    assert theirs <= set(study.sources(made)["source"]) and theirs.isdisjoint(study.sources(study.panel())["source"])
    many = ["population_thousand", "urban_population_share_pct", "poverty_rate_pct", "grdp_growth_pct"]
    assert study.panel(window=[2013, 2016], covariates=many).scope == "given 4 covariates"


def test_publisher_and_title_of_a_source_are_told_in_the_language_of_the_page():
    words.use("vi")
    try:
        told = study.source_list(["pci_web_rank_2020", "gso_yearbook_2008"])[["publisher", "title"]]
    finally:
        words.use("en")
    assert told["publisher"].tolist() == ["VCCI (trang PCI)", "Tổng cục Thống kê"]
    assert told["title"].tolist() == ["Bảng xếp hạng, năm 2020", "Niên giám thống kê Việt Nam 2008 (PDF)"]


@pytest.mark.parametrize("spelled", ["Population", "population-thousand", ["POPULATION"], ("Dân số trung bình",)])
def test_covariates_are_known_in_any_spelling_alone_or_listed(spelled):
    made = study.panel(covariates=spelled)
    assert made.covariates == ("population_thousand",)
    assert set(made.covariates) <= set(made.complete)


def test_a_break_is_allowed_by_its_name_alone():
    made = study.panel("pci_score", window=(2012, 2014), allow_breaks="pci_weights_2013")
    assert made.window == (2012, 2014)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"post": "chủ tịch"}, ("hometown", "chair")),
        ({"post": "Chairman"}, ("hometown", "chair")),
        ({"post": "Bí thư"}, ("hometown", "secretary")),
        ({"post": "chairs"}, ("hometown", "chair")),
        ({"post": "party secretary", "definition": "Quê quán"}, ("hometown", "secretary")),
        ({"post": "cả hai", "definition": "by career"}, ("career", "both")),
    ],
)
def test_posts_and_definitions_are_known_by_their_names_in_both_languages(given, meant):
    made = study.panel(**given)
    assert (made.definition, made.post) == meant
    assert study.who(**{"definition": "hometown", "post": "secretary"} | given) == meant
    same = study.at_risk(*meant)
    pd.testing.assert_frame_equal(study.at_risk(made.definition, given.get("post", "secretary")), same)


@pytest.mark.parametrize("mark", ["-", " -", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"])
def test_any_dash_leaves_a_province_out(mark):
    assert study.resolve_units(f"{mark}Hà Nội") == study.resolve_units("-01") and len(study.resolve_units("-01")) == 62


def test_provinces_that_are_named_and_left_out_again_are_refused_as_such():
    with pytest.raises(words.Refused, match="every province that is named is left out again"):
        study.panel(provinces=["Mekong River Delta", "-Mekong River Delta"])


@pytest.mark.parametrize(
    ("written", "region"),
    [("Tay Nguyn", "Tây Nguyên"), ("Central Highland", "Central Highlands"), ("Mekong delta", "Mekong River Delta")],
)
def test_a_region_that_was_nearly_written_is_suggested(written, region):
    with pytest.raises(words.Refused, match=rf"{written}.* A region can be named too: {region}\.$"):
        study.panel(provinces=[written])


@pytest.mark.parametrize(
    "given",
    [
        {"outcome": "pci_scor"},
        {"provinces": "Kon Tom"},
        {"provinces": [62]},
        {"provinces": ["99"]},
        {"post": "mayor"},
        {"definition": "birth"},
        {"covariates": ["popul"]},
        {"covariates": ["pci_score"]},
        {"window": [2013]},
        {"window": 2013},
    ],
)
def test_a_refusal_says_once_what_was_expected(given):
    with pytest.raises(words.Refused) as caught:
        study.panel(**given)
    assert str(caught.value).count("expected") <= 1


def test_a_refused_break_says_how_it_is_allowed_where_no_parameter_is():
    with pytest.raises(tables.BreakRefused, match=r"study\.panel\(\.\.\., allow_breaks=\('pci_weights_2013',\)\)"):
        study.panel("pci_score", window=(2012, 2014))


@pytest.mark.parametrize(
    "given",
    [
        {"outcome": "pci_score", "window": (2006, 2021), "allow_breaks": ("pci_weights_2009",)},
        {"outcome": "pci_score", "window": (2006, 2021)},
        {
            "outcome": "grdp_growth_pct",
            "window": (2008, 2013),
            "covariates": ["poverty_rate_pct", "budget_revenue_bn_vnd"],
        },
    ],
)
def test_a_refused_break_names_every_break_that_must_be_allowed(given):
    with pytest.raises(tables.BreakRefused) as caught:
        study.panel(**given)
    assert f"allow_breaks={caught.value.breaks!r}" in str(caught.value)
    assert len(study.panel(**given | {"allow_breaks": caught.value.breaks}).frame)


def test_results_name_units_and_covariates_by_keys(tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    made = study.panel(provinces="Central Highlands", covariates=["Population", "urban_population_share_pct"])
    study.save(pd.DataFrame({"estimate": [1.5, 2.5], "sample": ["all", "kind"]}), made)
    stored = pd.read_csv(tmp_path / "results.csv")
    assert stored["sample"].tolist() == ["central_highlands", "central_highlands:kind"]
    assert set(stored["covariates"]) == {"population_thousand;urban_population_share_pct"}


def test_what_changed_within_the_window_and_what_is_flagged_is_told_in_sentences():
    said = study.panel("grdp_growth_pct").cautions
    assert "Growth to 2010 is in 1994 prices, from 2011 in 2010 prices" in said and said.count("1994 prices") == 1
    assert "values on the boundaries before August 2008 (one province-year)." in said
    assert "1994" not in study.panel("grdp_growth_pct", window=(2011, 2017)).cautions
    assert "No change of method and no flagged value" in study.panel("pci_score", window=(2013, 2020)).cautions


@pytest.mark.parametrize(
    ("provinces", "said"),
    [
        ([], "In 33 of 63 provinces both kinds of years are seen: all that follows rests on them."),
        (["Kon Tum"], ""),
        (
            ["Kon Tum", "Hưng Yên"],
            "In one of the 2 provinces both kinds of years are seen: all that follows rests on it.",
        ),
        (["Hưng Yên"], "The one province has both kinds of years."),
    ],
)
def test_how_many_provinces_have_both_kinds_of_years_has_a_sentence_for_each_case(provinces, said):
    assert study.panel("pci_score", provinces=provinces).both_kinds == said


def test_a_break_of_the_parts_of_an_index_is_told_of_the_index():
    said = study.panel("pci_score").cautions
    assert "PCI score: measured in another way from 2021 on are Entry costs, Access to land," in said
    assert said.endswith("Legal institutions (63 province-years).")
    assert study.panel("papi_total", window=(2019, 2024)).cautions.count("2021") == 1  # its own row says it


def test_parts_of_an_index_are_those_with_weights():
    registry = tables.load("indicators")
    parts = registry.loc[registry["part_of"] == "pci_score", "indicator"]
    assert set(parts) == set(tables.load("pci_weights")["indicator"])
    assert set(registry["part_of"].dropna()) == {"pci_score", "papi_total"}


EARLY = 159  # province-years of growth under chairs whose home is known and whose terms count in no result


@pytest.fixture(scope="module")
def growth():
    return study.panel("grdp_growth_pct", post="chair")


def test_no_cell_of_a_panel_rests_on_a_term_that_is_not_usable(growth):
    record = tables.load("leaders").set_index("spell_id")
    early = growth.frame[growth.frame["spell_id"].isna() & growth.frame["term_id"].notna()].dropna(subset=["y"])
    assert record.loc[early["term_id"], "native"].notna().sum() == EARLY and early["treated"].isna().all()
    assert record.loc[growth.frame["spell_id"].dropna(), "usable"].all() and growth.n_known == 675 - EARLY


def test_terms_that_are_not_usable_are_told_and_not_called_years_without_a_holder(growth):
    early = growth.frame["spell_id"].isna() & growth.frame["term_id"].notna()
    assert (
        f"only those under chairs who stayed to 2011 count, so that who counts depends on later years; chairs who left before 2011 count as unknown ({early.sum()} province-years)"
        in growth.cautions
    )
    assert growth.coverage["no_holder"].sum() == growth.frame["term_id"].isna().sum()


def test_a_term_that_is_not_usable_is_filled_as_a_whole(growth):
    by_year = growth.frame.drop(columns="term_id")
    assert effects.unknown_range(growth.frame).n_terms < effects.unknown_range(by_year).n_terms


@pytest.mark.parametrize(
    ("outcome", "covariate", "said"),
    [
        ("pci_score", "PCI rank", "pci_rank is a rank: .*; expected a score, such as pci_score"),
        ("grdp_growth_pct", "dti_rank", "dti_rank is a rank: .*; expected a score, such as pci_score"),
        ("pci_score", "pci_informal", "pci_informal is a part of pci_score: .*; take another"),
        ("pci_informal", "pci_score", "pci_informal is a part of pci_score: .*; take another"),
        ("papi_corruption", "papi_total", "papi_corruption is a part of papi_total"),
    ],
)
def test_a_covariate_that_is_a_rank_or_shares_the_outcome_is_refused(outcome, covariate, said):
    with pytest.raises(words.Refused, match=said):
        study.panel(outcome, covariates=[covariate])


ASKED = {
    "no past twice": (lambda f: study.at_risk(past=["pci_score", "PCI score"]), "pci_score is named twice"),
    "no past that is none": (
        lambda f: study.at_risk(past="pci_scor"),
        "an item of past is 'pci_scor'; expected one of",
    ),
    "breaks by name": (lambda f: study.panel(allow_breaks=True), "allow_breaks names True; breaks of pci_score: "),
    "no text to save": (lambda f: study.save("x"), "what is to be saved is str; expected tables"),
    "no folder": (lambda f: study.write(f, "../x"), "name is '../x'; expected the name of a file of this run"),
    "no other folder": (lambda f: study.write(f, "a\\b"), "without folder or ending, such as 'years'"),
}


@pytest.mark.parametrize("rule", ASKED)
def test_what_cannot_be_taken_is_refused_and_nothing_written(rule, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path / "run"))
    ask, message = ASKED[rule]
    with pytest.raises(words.Refused, match=re.escape(message)):
        ask(pd.DataFrame({"a": [1]}))
    assert not list(tmp_path.iterdir())


def test_none_is_the_default_and_a_range_of_years_is_a_window(pci):
    assert study.panel("pci_score", window=None, provinces=None, covariates=None).window == pci.window
    assert study.panel("pci_score", window=range(2013, 2020)).window == (2013, 2019)


def test_what_is_written_into_a_table_of_a_panel_changes_no_result_and_is_warned_of():
    panel = study.panel("pci_score")
    with pytest.warns(pd.errors.ChainedAssignmentError):
        panel.frame.loc[panel.frame["year"] >= 2019, "y"] = None
    with pytest.warns(pd.errors.ChainedAssignmentError):
        panel.complete["y"] = 0.0
    assert panel.n_known == 552 and panel.coverage["n_complete"].sum() == 552
    assert effects.fit_twfe(panel)["n_obs"].item() == 552 and panel.complete["y"].min() > 40


def test_a_panel_with_changed_rows_tells_so_and_all_its_tables_follow():
    panel = study.panel("pci_score")
    frame = panel.frame
    frame["y"] = frame["y"].mask(frame["year"] >= 2019)
    frame["people"] = 1.0
    changed = panel.with_frame(frame)
    assert (changed.n_known, changed.last, changed.coverage["n_complete"].sum()) == (368, 2018, 368)
    assert effects.fit_twfe(changed)["n_obs"].item() == len(changed.complete) == 368
    assert changed.heading == "PCI score (with rows changed by hand)" and "people" in changed.complete
    assert not changed.is_whole and not changed.is_stated
    assert effects.by_definition(changed)["definition"].tolist() == ["hometown"]


def test_a_column_that_is_asked_of_the_panel_is_said_to_stand_in_its_tables(pci):
    for name in ("y", "treated", "head"):
        with pytest.raises(AttributeError, match=rf"A panel has no {name}; its two tables have: panel\.frame"):
            getattr(pci, name)


@pytest.mark.parametrize(
    ("given", "file"), [({"outcome": "zzqqx"}, "indicators"), ({"covariates": "zzqqx"}, "indicators")]
)
def test_where_no_name_is_near_it_is_said_where_the_names_stand(given, file):
    with pytest.raises(words.Refused, match=rf"none of which is near; all stand in data/{file}\.csv"):
        study.panel(**given)


def test_a_changed_treatment_is_not_called_non_local(pci):
    rows = pci.frame
    new = (rows["tenure_years"] < 1).astype("Int64").mask(rows["tenure_years"].isna())
    for name in ("treated", "share"):
        rows[name], rows[f"{name}_low"], rows[f"{name}_high"] = new, new.fillna(0), new.fillna(1)
    named, plain = pci.with_frame(rows, treatment="secretaries in their first year"), pci.with_frame(rows)
    answer = findings.finding(named, alone=True).answer
    assert "secretaries in their first year" in answer and "all other years" in answer and "local" not in answer
    assert (plain.led_by, plain.by, plain.others) == ("the treatment as changed by hand", "by hand", "all other years")
    fewer = pci.frame.assign(treated=pci.frame["treated"].mask(pci.frame["year"] < 2015))
    assert pci.with_frame(fewer).led_by == pci.with_frame(pci.frame).led_by == "non-local secretaries"


def test_changed_rows_are_of_one_definition_and_post():
    panel = study.panel("pci_score")
    with pytest.raises(study.Refused, match="changed by hand"):
        panel.with_frame(panel.frame).under("career")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t[t["year"] > 2014], "441 rows"),
        (lambda t: t.drop(columns="share"), "lacks share"),
        (lambda t: t.assign(treated=t.groupby("unit_code")["treated"].shift(1)), "treated lies outside"),
        (lambda t: t.assign(share_low=t["share_high"], share_high=t["share_low"]), "share lies outside"),
        (lambda t: t.to_dict(), "frame is dict"),
        (lambda t: pd.concat([t, t["y"]], axis=1), "each column comes once"),
    ],
)
def test_rows_that_a_panel_cannot_have_are_refused(change, said):
    panel = study.panel("pci_score")
    with pytest.raises(study.Refused, match=said):
        panel.with_frame(change(panel.frame))


@pytest.mark.parametrize(
    "kinds",
    [{"year": "float"}, {"year": "str"}, {"year": "category"}, {"unit_code": "category"}, {"unit_code": object}],
)
def test_units_and_years_may_come_back_in_another_type(pci, kinds):
    pd.testing.assert_frame_equal(pci.with_frame(pci.frame.astype(kinds)).complete, pci.complete)


def test_unknown_leaders_filled_by_hand_are_a_treatment_changed_by_hand(pci):
    filled = pci.with_frame(pci.frame.assign(treated=pci.frame["treated"].fillna(False)))
    assert filled.led_by == "the treatment as changed by hand"


def test_a_column_that_only_resembles_that_of_weights_or_clusters_is_refused(pci):
    for name, meant in (("weight", "weights"), ("Weights", "weights"), ("clusters", "cluster")):
        panel = pci.with_frame(pci.frame.assign(**{name: 1.0}))
        with pytest.raises(words.Refused, match=f"'{name}' of the panel would not be used; expected '{meant}'"):
            effects.design(panel)
        assert len(effects.design(panel, **{meant: name}, clusters=1).y)


def test_a_table_of_leaders_of_other_units_is_refused():
    with pytest.raises(words.Refused, match="unit_code of leaders has An Giang, "):
        study.panel(leaders=tables.load("leaders").assign(unit_code=lambda t: t["province"]))


def test_another_form_of_the_outcome_is_not_that_of_the_stored_results():
    assert study.panel("pci_score").is_whole
    assert not study.panel("pci_score", transform="z").is_whole


def test_a_frame_with_fewer_rows_names_those_that_are_gone():
    panel = study.panel("pci_score")
    with pytest.raises(words.Refused, match=r"lacks 01 \(2013\), 01 \(2014\)"):
        panel.with_frame(panel.frame[panel.frame["year"] > 2015])
    with pytest.raises(words.Refused, match="another order"):
        panel.with_frame(panel.frame.iloc[::-1])
