"""What articles print, in sentences: every case of a count has one, and each statement leads to its sentence."""

import pandas as pd
import pytest

from articles import propose
from helpers import paths, words
from helpers.findings import article, programmes
from helpers.record import ledger

FACTS = ledger.load().facts


@pytest.fixture(autouse=True, params=words.LANGUAGES)
def lang(request):
    words.use(request.param)
    yield request.param
    words.use("en")


def printed(keep=lambda facts: facts["fact_id"].notna(), targets=None):
    """The ledger with some of its facts, and some of its targets."""
    given = ledger.load()
    facts = given.facts[keep(given.facts)]
    goals = given.targets if targets is None else given.targets[given.targets["target_id"].isin(targets)]
    tables = ledger.Tables(facts, targets=goals, movements=given.movements, national_stats=given.national_stats)
    return programmes.Printed(tables, tuple(ledger.provinces(tables)))


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("hoa binh", ("17",)),
        ("Đà Bắc", ("17",)),
        ("62", ("62",)),
        ("Kon-Tum", ("62",)),
        ("ALL", ("11", "17", "33", "62")),
    ],
)
def test_a_place_is_found_in_any_spelling(said, codes):
    assert programmes.read(said).codes == codes


def test_a_place_without_facts_is_refused_with_the_places_that_have_some():
    with pytest.raises(words.Refused, match="kon-tum"):
        programmes.read("Hà Nội")


def test_a_date_is_as_precise_as_its_source(lang):
    expected = {
        "en": ("2010 to 3 October 2018", "2022 to end of the term"),
        "vi": ("từ năm 2010 đến ngày 03/10/2018", "từ năm 2022 đến hết nhiệm kỳ"),
    }
    assert (programmes.dated("2010..2018-10-03"), programmes.dated("2022..term_end")) == expected[lang]


def test_an_inferred_year_is_said(lang):
    text = programmes.dated("2017-09-21", "inferred")
    assert text == {"en": "21 September 2017 (year inferred)", "vi": "21/9/2017 (năm được suy ra)"}[lang]


def test_every_fact_has_its_paragraph_and_sentence_or_is_from_outside(lang):
    rows = programmes.read().listed
    outside = {"en": "outside the article", "vi": "ngoài bài báo"}[lang]
    pattern = {"en": "paragraph", "vi": "đoạn"}[lang]
    assert len(rows) == (FACTS["kind"] != "page_chrome").sum()
    assert (rows["where"].str.contains(pattern) | (rows["where"] == outside)).all()


def test_a_fact_leads_to_the_address_of_its_article_where_one_is_known(monkeypatch):
    real = programmes.tables.load
    known = real("sources_articles").assign(url=lambda t: "https://example.org/" + t["short_name"])
    monkeypatch.setattr(programmes.tables, "load", lambda name: known if name == "sources_articles" else real(name))
    here = programmes.read("dien bien")
    assert set(here.listed["where_url"]) == {"https://example.org/DBN18"}
    assert here.findings()["where_url"].iloc[0] == "https://example.org/DBN18"
    assert here.articles["article_url"].iloc[0] == "https://example.org/DBN18"


def test_that_no_address_is_known_is_said(lang):
    said = {"en": "The address of no article is known.", "vi": "Chưa biết địa chỉ của bài báo nào."}[lang]
    assert (said in programmes.read("dien bien").coverage) == programmes.read("dien bien").facts["url"].isna().all()


def test_bounds_stay_bounds(lang):
    value = programmes.read("kon tum").listed.set_index("fact")["as_printed"]
    assert (value["KT17-05"], value["KT17-06"]) == {
        "en": ("more than 17,000 persons", "nearly 2,000 persons"),
        "vi": ("hơn 17.000 người", "gần 2.000 người"),
    }[lang]


def test_one_person_is_one_person(lang):
    value = programmes.read("Đà Bắc").listed.set_index("fact")["as_printed"]
    said = {"en": ("at least 1 person", "1 person"), "vi": ("ít nhất 1 người", "1 người")}[lang]
    assert (value["DB24-16"], value["DB24-17"]) == said


def test_numbers_of_the_web_page_are_no_facts():
    assert not programmes.read().listed["fact"].str.contains("-C").any()


@pytest.mark.parametrize(
    ("targets", "text"),
    [
        ([], "The articles print no target as a number."),
        (["DB24-T2"], "The articles print one target, without a result."),
        (["DB24-T2", "DB24-T3"], "The articles print 2 targets, without results."),
        (["HY24-T1"], "By targets inferred from the printed attainment, the one target with a result was reached."),
        (
            ["HY24-T1", "HY24-T2"],
            "By targets inferred from the printed attainment, both targets with a result were passed.",
        ),
        (
            ["KT24-T1", "HY24-T1"],
            "By the printed numbers, both targets with a result were reached. For one of them the target is not printed but inferred from the printed attainment.",
        ),
    ],
)
def test_targets_reached_have_a_sentence_for_each_case(targets, text, lang):
    said = printed(targets=targets).reached
    assert said == text if lang == "en" else said and said != text


def test_a_result_that_counts_other_posts_is_said(lang):
    if lang == "en":
        assert programmes.read("Đà Bắc").reached.endswith(" cannot be told: the result counts other posts.")
    assert set(programmes.read("Đà Bắc").goals.query("drift")["target_id"]) == {"DB24-T1"}


@pytest.mark.parametrize(("met", "text"), [([False, False], "none of the 2"), ([True, False], "one of the 2")])
def test_targets_missed_are_counted(met, text, lang):
    here = printed(targets=["HY24-T1", "HY24-T2"])
    here.goals["met"] = pd.array(met, dtype="boolean")
    assert lang != "en" or text in here.reached


def test_a_contradiction_is_told_with_its_sentences(lang):
    said = programmes.read("Điện Biên").contradictions
    assert "126" in said and "121" in said
    assert {"en": "DBN18, paragraph 6, sentences 7, 8", "vi": "DBN18, đoạn 6, các câu 7, 8"}[lang] in said


def test_no_contradiction_is_said(lang):
    said = programmes.read("Hưng Yên").contradictions
    assert (
        said
        == {
            "en": "**No printed statements contradict each other.**",
            "vi": "**Không có nội dung nào được nêu mâu thuẫn với nhau.**",
        }[lang]
    )


def test_contradictions_come_first_and_each_finding_says_where():
    here = programmes.read()
    assert here.checks["severity"].map(programmes._SEVERITIES.index).is_monotonic_increasing
    assert here.findings()["where"].str.len().gt(5).all()


def test_printed_values_stand_beside_ours_with_as_many_decimals_as_they_have(lang):
    here = programmes.read("Kon Tum")
    assert (": all agree." if lang == "en" else ": tất cả đều khớp.") in here.agreement
    told = here.beside[here.beside["fact"] == "KT24-14"][["printed", "ours"]].to_numpy().ravel()
    assert len(told) and all(x.isdigit() for x in told)


def test_what_a_printed_value_was_set_beside_is_said(lang):
    said = programmes.read("Kon Tum").agreement
    rank = "Rank 37 (from the scores of all 63 provinces, a source other than the article): agrees."
    rank_vi = "Hạng 37 (tính từ điểm của 63 tỉnh, thành phố, nguồn khác với bài báo): khớp."
    assert {"en": rank, "vi": rank_vi}[lang] in said
    press = (
        "7.32% agrees with a first estimate quoted in the press (29 December 2023). Rank 22 cannot be checked (5 of 63"
    )
    press_vi = (
        "7,32% khớp với ước tính lần đầu mà báo chí dẫn (29/12/2023). Hạng 22 chưa kiểm tra được (có 5 trong 63 tỉnh)"
    )
    assert {"en": press, "vi": press_vi}[lang] in said


def test_a_place_has_only_its_own_findings():
    assert not set(programmes.read("Hưng Yên").findings()["facts"].str[:4]) - {"HY24"}


def test_the_targets_are_those_of_the_ledger():
    rows = programmes.read().targets
    assert list(rows["needed"]) == ["10", "14", "", "", "17", "50", "19"]
    assert list(rows["spare"]) == ["0", "0", "", "", "", "3", "7"]


def test_no_page_says_nothing_where_something_is_missing(lang):
    for place in ("all", "Kon Tum", "Hòa Bình", "Điện Biên", "Hưng Yên"):
        here = programmes.read(place)
        for text in (here.coverage, here.reached, here.contradictions, here.agreement, here.answer):
            assert text and not any(bad in text for bad in ("nan", "None", "no data", "không có số liệu", "{"))


def test_what_a_number_should_be_has_the_decimal_mark_of_the_page(lang):
    told = article.numbers(propose.propose(paths.root() / article.EXAMPLE))["check"]
    assert {"en": "73.3% ↔ 82.35 (“14/17 xã”)", "vi": "73,3% ↔ 82,35 (14/17 xã)"}[lang] in set(told)


def test_a_share_that_its_source_calls_rough_is_not_told_as_exact(lang):
    rows = programmes.read().national
    rough = rows[rows["nonlocal_count"].isna()]["share_of_units"]
    assert rough.tolist() == [{"en": "about 50%", "vi": "khoảng 50%"}[lang]]
    assert "50%" in set(rows["share_of_units"])


def test_a_printed_fraction_is_told_in_words(lang):
    here = programmes.read("Kon Tum")
    half = {"en": "more than half", "vi": "hơn nửa"}[lang]
    assert here.listed.set_index("fact").loc["KT24-12", "as_printed"] == half
    assert here.findings()["what"].str.contains(f"({half})", regex=False).any()


def test_articles_have_their_titles_where_they_are_known():
    assert programmes.read("Đà Bắc").articles["title"].tolist() == [
        "Hiệu quả công tác luân chuyển cán bộ ở huyện Đà Bắc"
    ]


def test_what_is_compared_is_told_in_the_language_of_the_page_whichever_came_first():
    words.use("en")
    here = programmes.read("Kon Tum")
    assert "agrees" in here.agreement
    words.use("vi")
    assert "khớp với ước tính" in here.agreement


def test_one_article_is_named_as_one(lang):
    one, all_ = programmes.read("Đà Bắc"), programmes.read()
    name, names = one.articles["article"].item(), ", ".join(all_.articles["article"])
    told = {"en": (f"article {name}", f"articles {names}"), "vi": (f"bài báo {name}", f"các bài báo {names}")}
    assert (one.source, all_.source) == told[lang]


def test_a_measure_made_of_words_is_told_in_the_language_of_the_page(lang):
    told = {"en": "districts: party secretary, not a local"}
    told["vi"] = "huyện: bí thư cấp ủy, không phải là người địa phương"
    assert programmes.label("nonlocal_party_secretary_districts") == told[lang]
    assert programmes.label("percent_target") == {"en": "target (%)", "vi": "chỉ tiêu (%)"}[lang]
    assert programmes.label("billion_vnd") == {"en": "billion VND", "vi": "tỷ đồng"}[lang]
    assert programmes.label("no_such_token") == "no such token"


def test_what_a_check_found_has_the_decimal_mark_of_the_page_and_words_of_the_article_are_quoted(lang):
    found = {"en": "73.3% ↔ 82.35 (“14/17 xã”)", "vi": "73,3% ↔ 82,35 (14/17 xã)"}[lang]
    assert programmes.label("73,3% ↔ 82.35 (14/17 xã)") == found


@pytest.mark.parametrize("day", ["abc", "3/6/2023"])
def test_a_day_of_publication_in_another_form_is_refused(day, lang):
    with pytest.raises(words.Refused, match={"en": "expected a day as YYYY", "vi": "cần một ngày"}[lang]):
        article.file("", day)


def test_an_article_that_is_not_there_is_named_in_one_sentence(lang):
    with pytest.raises(words.Refused, match={"en": "There is no file .*none.txt", "vi": "Không có tệp"}[lang]):
        article.file("none.txt")


def test_facts_about_other_places_are_counted_apart(lang):
    here = programmes.read("Kon Tum")
    own = int(here.facts["province_code"].eq("62").sum())
    text = {"en": f"There are {own} facts about Kon Tum.", "vi": f"Có {own} dữ kiện về Kon Tum."}[lang]
    assert here.coverage.startswith(text) and own < len(here.facts)
    facts = here.tables.facts
    pages = int(facts[facts["article"].isin(here.facts["article"])]["kind"].eq("page_chrome").sum())
    assert {"en": f"Another {pages} numbers, of web pages", "vi": f"Ngoài ra có {pages} con số của trang web"}[
        lang
    ] in here.coverage
