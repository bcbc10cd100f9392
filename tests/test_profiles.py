"""What is known, described: a sentence for each case, in both languages, and tables with dates at their precision."""

import re

import pandas as pd
import pytest

from helpers import profiles, study, words
from helpers.record import terms

ODD = re.compile(r" 0 of |\b1 provinces|\bnan\b|\bNone\b(?! of)|no data|<NA>| 0 trong ")


@pytest.fixture(params=["en", "vi"])
def lang(request):
    words.use(request.param)
    yield request.param
    words.use("en")


@pytest.fixture(scope="module")
def kon_tum():
    return profiles.province("Kon Tum")


def _sound(text):
    assert text and not ODD.search(text), text
    assert "{" not in text, text
    return text


def test_the_order_of_provinces_has_a_sentence_for_no_one_and_many_pairs(lang):
    said = [_sound(profiles.order(pd.Series(values, dtype=float))) for values in ([], [0.95], [0.5, 0.6], [0.1, 0.2])]
    assert len(set(said)) == 4


def test_the_order_of_provinces_says_how_strong_it_is():
    assert "hardly lasts" in profiles.order(pd.Series([0.1])) and "partly" in profiles.order(pd.Series([0.5]))


@pytest.mark.parametrize(
    "name", ["pci_score", "pci_rank", "income_pc_month_kvnd", "fdi_fia_new_projects", "poverty_rate_pct"]
)
def test_an_indicator_is_answered_in_whole_sentences(lang, name):
    one = profiles.indicator(name)
    for text in (one.answer, one.marks, one.change, one.coverage):
        _sound(text)


def test_how_many_values_are_there_is_said_for_all_some_and_one_year():
    every, some = profiles.indicator("budget_expenditure_bn_vnd"), profiles.indicator("poverty_rate_pct")
    assert every.coverage.startswith("All 756 values that 63 provinces could have in the 12 years with any value")
    assert f", {len(some.frame):,} are there." in some.coverage
    single = profiles.Indicator(some.name, some.frame[some.frame["year"] == some.latest])
    assert f"in {some.latest}, the only year with any value" in single.coverage


def test_doubtful_values_of_the_latest_year_are_said():
    assert "doubtful" in profiles.indicator("income_pc_month_kvnd").answer
    assert "doubtful" not in profiles.indicator("pci_score").answer


def test_several_provinces_at_an_end_are_counted_not_named():
    assert "0 (14 provinces)" in profiles.indicator("fdi_fia_new_projects").answer


def test_one_to_three_provinces_without_a_value_are_named():
    assert "62 provinces (no value: TP. Hồ Chí Minh)" in profiles.indicator("poverty_rate_pct").answer
    assert "no value" not in profiles.indicator("pci_score").answer


def test_an_indicator_is_found_by_its_label_in_either_language():
    assert profiles.indicator("Điểm PCI").name == profiles.indicator("pci score").name == "pci_score"


def test_a_province_that_is_none_is_refused_by_the_name_of_its_parameter():
    with pytest.raises(words.Refused, match="province: 'Kon Tun' names no province; .*Closest: Kon Tum"):
        profiles.province("Kon Tun")
    with pytest.raises(words.Refused, match="compare: 'Hà Nọi 2' names no province"):
        profiles.province("62", compare="Hà Nọi 2")


def test_an_indicator_that_is_not_usable_is_refused_with_the_closest():
    with pytest.raises(words.Refused, match="closest"):
        profiles.indicator("pci_scor")


def test_the_latest_year_has_at_least_half_of_the_provinces():
    frame = pd.DataFrame(
        {"unit_code": ["01", "02", "04", "01"], "year": [2010, 2010, 2010, 2011], "value": 1.0, "segment": 0}
    )
    assert profiles.Indicator("pci_score", frame).latest == 2010


@pytest.mark.parametrize("better", [0, 1, 2, 3])
def test_a_province_is_answered_for_none_one_some_and_all(lang, kon_tum, better):
    ranks = [1] * better + [63] * (3 - better)
    frame = kon_tum.frame[kon_tum.frame["year"] == 2023].head(3).assign(rank=ranks, n_units=63)
    one = profiles.Province("62", frame, {name: [2023] for name in frame["indicator"]})
    answer = _sound(one.answer)
    if lang == "en":
        assert {0: "In none of 3", 1: "In one of 3", 2: "In 2 of 3", 3: "In all 3"}[better] in answer


def test_a_province_without_a_value_says_so(lang, kon_tum):
    one = profiles.Province("62", kon_tum.frame.head(0), {"pci_score": [2023]})
    assert "Kon Tum" in _sound(one.answer) and _sound(one.ends)


def test_an_indicator_named_twice_is_refused():
    with pytest.raises(words.Refused, match="pci_score is named twice"):
        profiles.province("Kon Tum", ["PCI score", "Điểm PCI"])


def test_indicators_that_continue_one_another_count_once_and_doubtful_values_not():
    one = profiles.province("Hà Nội")
    assert " of 11 indicators" in one.answer and "(2016-2024)" in one.answer
    assert "before the re-evaluation" not in one.ends and "2024" not in str(
        profiles._counted(one.frame).query("doubtful")
    )
    alone = profiles.province("Hà Nội", ["income_pc_month_kvnd"])
    assert alone.frame["year"].max() == 2024 and "2024" not in alone.answer
    assert alone.better["01"] == profiles._counted(alone.frame)["better_half"].sum()


def test_a_best_place_in_poverty_is_said_to_be_the_lowest_rate(lang):
    low = {
        "en": "for the poverty rate and the unemployment rate that is the lowest)",
        "vi": "đó là giá trị thấp nhất)",
    }[lang]
    ends = _sound(profiles.province("TP. Hồ Chí Minh").ends)
    assert ends.startswith({"en": "Its best place: Poverty", "vi": "Tốt nhất: Tỷ lệ nghèo"}[lang]) and low in ends
    assert low[-12:] not in profiles.province("Kon Tum", ["pci_score", "papi_service"]).ends


def test_dates_keep_the_precision_of_their_source(kon_tum):
    rows = kon_tum.leaders.set_index(["post", "person"])
    assert rows.at[("secretary", "Y Vêng"), "since"] == "2004"
    assert rows.at[("secretary", "Y Vêng"), "until"] == "October 2010"
    assert rows.at[("chair", "Lê Ngọc Tuấn"), "since"] == "\u2264 June 2025"
    words.use("vi")
    try:
        assert kon_tum.leaders.set_index("person").at["Y Vêng", "until"] == "tháng 10/2010"  # not "ngày tháng 10/2010"
    finally:
        words.use("en")


def test_an_end_that_was_only_seen_or_assumed_is_no_known_end(lang):
    seen = profiles.province("Hải Phòng").leaders.set_index("person").at["Nguyễn Văn Tùng", "until"]
    assumed = profiles.province("An Giang").leaders.set_index("person").at["Lê Hồng Quang", "until"]
    told = {
        "en": ("\u2265 May 2021 (last seen; end not known)", "June 2025 (assumed: no change found)"),
        "vi": (
            "\u2265 tháng 5/2021 (lần cuối được nhắc đến; chưa rõ lúc kết thúc)",
            "tháng 6/2025 (giả định, chưa thấy nguồn nói thay đổi)",
        ),
    }
    assert (seen, assumed) == told[lang]


def test_a_list_of_terms_says_how_they_began_and_ended_as_the_page_of_the_province_does():
    spells = terms.spells(post="chair").query("person == 'Nguyễn Văn Tùng' or person == 'Lê Ngọc Tuấn'")
    rows = profiles.listed(spells).set_index("person")
    assert rows.at["Nguyễn Văn Tùng", "until"].startswith("\u2265 May 2021 (last seen")
    assert rows.at["Lê Ngọc Tuấn", "since"] == "\u2264 June 2025"


def test_who_is_in_office_at_the_end_of_the_data_is_said_with_its_date(lang):
    rows = profiles.province("Kon Tum").leaders.set_index("person")["until"]
    assert (
        rows["Dương Văn Trang"]
        == {"en": "in office in June 2025 (end of data)", "vi": "còn giữ chức vào tháng 6/2025 (hết số liệu)"}[lang]
    )


def test_a_term_that_goes_on_in_the_new_unit_says_until_when():
    rows = profiles.province("Quảng Ngãi").leaders.set_index("person")["until"]
    assert rows["Bùi Thị Quỳnh Vân"] == "1 October 2025 (Quảng Ngãi, from 1 July 2025)"
    assert rows["Nguyễn Hoàng Giang"] == f"no end known (Quảng Ngãi; record to {words.dates(terms.LAST_DAY)})"


def test_a_province_that_was_not_merged_is_no_new_unit():
    until = profiles.province("Thanh Hóa").leaders["until"]
    assert not until.str.contains("Thanh Hóa").any() and until.str.contains("record to").any()


@pytest.mark.parametrize(
    ("name", "said"),
    [("Hà Nội", "not merged"), ("Kon Tum", "merged with Quảng Ngãi;"), ("Hà Nam", "Nam Định and Ninh Bình")],
)
def test_the_merger_of_2025_is_said(name, said):
    assert said in profiles.province(name, ["pci_score"]).merger


def test_the_heads_are_the_last_known_ones_and_not_said_to_lead_now(lang, kon_tum):
    reach = {"en": "to 10 March 2026", "vi": "đến ngày 10/3/2026"}[lang]
    for text in (kon_tum.now, kon_tum.since_2025["until"].iloc[-1], profiles.now("secretary")):
        assert reach in _sound(text) and not re.search(r"\bnow\b|in office|đang giữ", text)
    assert "Hồ Văn Niên" in kon_tum.now
    titles = [
        profiles.led_on(pd.Series([True, False], dtype="boolean"), "chair", *day) for day in ((), ("2025-06-30",))
    ]
    assert [reach in title for title in titles] == [True, False]


def test_a_head_counted_as_non_local_without_a_home_is_not_said_to_be_so_by_hometown(lang):
    counted = "non-local as the press counts; home not found"
    told = {"en": counted, "vi": "không phải là người địa phương theo báo chí; chưa tìm thấy quê quán"}[lang]
    one = profiles.province("An Giang", ["pci_score"])
    assert f"Hồ Văn Mừng ({told})" in one.now and words.known(one.since_2025["native_new"].iloc[-1]) == told
    chairs = profiles.heads().set_index("chair")["chair_local"].map(words.known)
    assert chairs["Hồ Văn Mừng"] == told and (chairs == told).sum() == 1  # a home known to the new unit only is known


def test_growth_that_jumps_or_left_its_first_figure_is_named(lang):
    year = {"en": "growth of {}", "vi": "tăng trưởng năm {}"}[lang]
    for name, jump in (("Nghệ An", "2015 ("), ("Sơn La", "2011 ("), ("Bắc Ninh", "2011 (")):
        assert year.format(jump) in _sound(profiles.province(name).jumps)
    assert profiles.province("Kon Tum", ["pci_score"]).jumps == profiles.province("Cần Thơ").jumps == ""


def test_what_is_no_province_is_refused(lang):
    with pytest.raises(words.Refused, match="Atlantis"):
        profiles.province("Atlantis")


def test_a_region_is_no_province(lang):
    with pytest.raises(words.Refused, match="Kon Tum"):
        profiles.province("Tây Nguyên")


def test_an_indicator_of_which_neither_way_is_better_is_not_counted(lang):
    one = profiles.province("Kon Tum", ["population_thousand"])
    assert "Kon Tum" in _sound(one.answer) and "**" in one.answer


def test_ranks_of_the_lowest_first_where_lower_is_better(kon_tum):
    row = kon_tum.frame.query("indicator == 'unemployment_rate_pct' and year == 2024").iloc[0]
    assert row["rank"] == 1 and row["value"] == pytest.approx(0.55)


def test_a_province_is_compared_with_the_median_of_its_region_or_with_another(kon_tum):
    rows = kon_tum.frame.query("indicator == 'pci_score' and year == 2023").iloc[0]
    values = profiles.indicator("pci_score").values(2023)
    assert rows["compared"] == pytest.approx(values[study.resolve_units("Tây Nguyên")].median())
    other = profiles.province("Kon Tum", ["pci_score"], compare="Gia Lai")
    assert other.beside == "Gia Lai" and other.frame.query("year == 2023")["compared"].item() == values["64"]


def test_what_it_is_compared_with_must_be_a_province():
    with pytest.raises(words.Refused, match="compare is 'Tây Nguyên'"):
        profiles.province("Kon Tum", ["pci_score"], compare="Tây Nguyên")


def test_the_provinces_of_the_region_are_linked(lang, kon_tum, monkeypatch, tmp_path):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    rows = kon_tum.nearby.set_index("province")
    assert sorted(rows.index) == ["Gia Lai", "Lâm Đồng", "Đắk Lắk", "Đắk Nông"]
    assert rows.at["Gia Lai", "province_url"] == f"../../../05_province/gia-lai/{lang}/index.html"
    assert rows["better_half"].between(0, 12).all()


def test_terms_on_record_are_counted_by_kind(lang, kon_tum):
    text = _sound(kon_tum.led())
    assert {
        "en": "secretary 4 (3 non-local, 1 local)",
        "vi": "bí thư 4 (3 không phải là người địa phương, 1 người địa phương)",
    }[lang] in text


@pytest.mark.parametrize("post", terms.POSTS)
def test_who_led_is_said_for_every_post(lang, post):
    national = terms.national(post=post)
    for text in (
        profiles.led(national, post),
        profiles.now(post),
        profiles.rise(national, post),
        *profiles.texts("career", post).values(),
    ):
        _sound(text)


def test_a_province_with_one_non_local_of_two_is_not_called_local():
    text = profiles.led_on(pd.Series([True, False], dtype="boolean"), "both", "2016-06-30")
    assert text == "30 June 2016: 1 both non-local and 1 not both non-local"


def test_the_count_of_secretaries_in_june_2025_is_that_of_the_record():
    national = terms.national()
    assert "45 of the 62 provinces" in profiles.led(national, "secretary")
    assert "(73%; 71% to 73%)" in profiles.led(national, "secretary")
    ends = national.assign(share_low=national["share"], share_high=national["share"])
    assert "%;" not in profiles.led(ends, "secretary")


def test_a_lowest_year_has_bounds_and_is_said_to_be_unsure_where_others_overlap():
    said = profiles.led(terms.national("regulation"), "secretary")
    assert "lowest in 2015 (4%; 3% to 30%)" in said and "another year may be" in said
    known = terms.national().assign(unknown=0)
    assert "unknown" not in profiles.led(known.assign(share_low=known["share"], share_high=known["share"]), "chair")


def test_a_change_of_the_share_is_told_by_its_bounds():
    assert "+16 to +59 by regulation" in profiles.rises({"regulation": terms.national("regulation")})


def test_a_title_ends_with_the_last_year_though_it_is_little_known():
    assert profiles.rise(terms.national(post="chair"), "chair").endswith("in 2025")


def _path(*local):
    days = [f"2025-07-{day:02d}" for day in range(1, len(local) + 1)]
    return pd.DataFrame({"date": days, "native_new": local, "native_old": local, "unknown_new": 0})


def test_a_fall_that_stays_and_one_that_turns_are_told_apart(lang):
    stays, turns = profiles.fell(_path(9, 4, 0, 0), "secretary"), profiles.fell(_path(9, 0, 1), "chair")
    assert {"en": "where it stayed", "vi": "giữ nguyên"}[lang] in _sound(stays)
    assert {"en": "on 3 July 2025 it was 1", "vi": "tại ngày 03/7/2025 là 1"}[lang] in _sound(turns)


def test_the_path_of_2025_is_nine_to_none():
    text = profiles.fell(terms.path("secretary"), "secretary")
    assert "9 of the 34 secretaries" in text and "By 17 October 2025" in text


@pytest.mark.parametrize("agree", [0, 1, 2, 3])
def test_published_counts_agree_none_one_some_all(lang, agree):
    _sound(profiles.agreement(pd.DataFrame({"agrees": [True] * agree + [False] * (3 - agree)})))


@pytest.mark.parametrize("units", [0, 1, 2, 63])
def test_in_how_many_provinces_a_non_local_ever_led(lang, units):
    months = pd.DataFrame(
        {"unit_code": [f"{n:02d}" for n in range(63)], "non_local": [True] * units + [False] * (63 - units)}
    )
    _sound(profiles.ever(months.astype({"non_local": "boolean"}), "secretary"))


def test_a_kind_that_no_unit_has_is_not_counted(lang):
    text = profiles.led_on(pd.Series([True, True], dtype="boolean"), "secretary", "2016-06-30")
    assert text == {"en": "30 June 2016: 2 non-local", "vi": "Ngày 30/6/2016: không phải là người địa phương (2)"}[lang]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_faults_are_counted(lang, n):
    _sound(profiles.faults(pd.DataFrame({"faults": [n, 0]})))


def test_the_34_heads_stand_in_one_table_with_their_sources():
    heads = profiles.heads()
    assert len(heads) == 34 and heads["secretary_url"].notna().all()
    assert (heads["secretary_local"] == "non-local").all() and (heads["chair_local"] == "led_by_local").sum() == 1


def test_terms_are_listed_with_dates_and_home(lang):
    spells = terms.spells()
    rows = profiles.listed(spells[spells["non_local"].isna()])
    assert len(rows) == 6 and rows["home_province"].isna().all()
    assert (rows["since"] != "").all() and (rows["until"] != "").all()


def test_provinces_without_a_value_are_named_in_alphabetical_order_or_counted(lang):
    codes = set(study.resolve_units())
    assert profiles.without(codes - {"79", "01"}) == "Hà Nội, TP. Hồ Chí Minh"
    assert profiles.without(codes - set(sorted(codes)[:20])).startswith("20 ")
    assert profiles.without(codes) == ""


def test_texts_of_a_table_are_in_the_language_switched_on(lang):
    frame = pd.DataFrame({"title": ["a"], "title_vi": ["b"], "text_en": ["c"], "text_vi": ["d"]})
    assert (
        profiles.spoken(frame, "title", "text")[["title", "text"]].to_numpy().tolist()
        == {"en": [["a", "c"]], "vi": [["b", "d"]]}[lang]
    )


def test_an_unknown_home_of_a_head_of_the_34_units_is_said():
    words.use("en")
    assert "the number could be one higher" in profiles.fell(terms.path("chair"), "chair")
    assert "unknown" not in profiles.fell(terms.path("secretary"), "secretary")


def test_a_province_is_not_compared_with_itself():
    with pytest.raises(words.Refused, match="compare is 'kontum', the province itself; expected another"):
        profiles.province("Kon Tum", compare="kontum")


def test_one_indicator_need_not_stand_in_a_list():
    assert list(profiles.province("Kon Tum", "PCI score").years) == ["pci_score"]


def test_first_and_last_of_ranks_that_this_project_computed_are_said_to_be_so(lang):
    answer, more = _sound(profiles.indicator("pci_rank").answer), profiles.indicator("grdp_current_bn_vnd").answer
    some, every = {
        "en": ("computed 52 of the 63 values of 2023 (not", "computed all 63 values of 2024 (not"),
        "vi": ("52 trong 63 giá trị của năm 2023 do dự án tính", "Cả 63 giá trị của năm 2024 đều do dự án tính"),
    }[lang]
    assert some in answer and some.replace("52", "46").replace("2023", "2022") in answer and every in more
    assert {"en": "ublish", "vi": "công bố"}[lang] not in profiles.indicator("poverty_rate_pct").answer


def test_a_value_that_this_project_computed_is_marked_on_the_page_of_a_province(lang):
    marks = profiles.province("Kon Tum").latest.set_index("heading")["mark"]
    computed = {"en": "computed by this project", "vi": "dự án tính"}[lang]
    assert (marks == computed).any() and marks[marks == computed].index[0].startswith(
        profiles.registry().at["pci_score", "heading"]
    )


def test_of_ranks_the_answer_says_who_moved_and_no_middle_half():
    one = profiles.indicator("pci_rank")
    assert "middle half" not in one.answer and "Quảng Ninh stood first" in one.answer
    assert "Cà Mau rose farthest (+36)" in one.answer
