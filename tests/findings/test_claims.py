"""A claim about a rank: the order of dates first, chance only where an earlier rank is known, weights only where they changed."""

import numpy as np
import pandas as pd
import pytest

from helpers import words
from helpers.effects import ranks
from helpers.findings import claims
from helpers.record import ledger, tables


@pytest.fixture(autouse=True, params=words.LANGUAGES)
def lang(request):
    words.use(request.param)
    yield request.param
    words.use("en")


def odds(case):
    moved = ranks.moves(case.ranking, case.year_to - case.year_from)
    others = moved[(moved["unit_code"] != case.province) | (moved["year"] != case.year_from)]
    row = ranks.chance(others, case.start, case.gain, case.width)
    return pd.DataFrame([row]).rename(columns={"share": "as_far", "low": "as_far_low", "high": "as_far_high"})


def made(low, high, n=100, share=0.05):
    counted = {"n": n, "spans": 14, "spans_far": 5}
    return pd.DataFrame([counted | {"as_far": share, "as_far_low": low, "as_far_high": high}])


def test_a_claim_is_found_in_any_spelling():
    assert claims.read("kt24 k2").claim_id == "KT24-K2"


def test_a_claim_about_a_score_is_refused():
    with pytest.raises(words.Refused, match="KT24-K2"):
        claims.read("KT24-K1")


def test_a_reader_may_ask_about_another_move():
    case = claims.read("", "da nang", "PCI score", 2012, 2013)
    assert (case.province, case.start, case.gain) == ("48", 12, 11)


@pytest.mark.parametrize("asked", [{"province": "Đà Nẵng"}, {"year_from": 2020}, {"indicator": "papi_participation"}])
def test_a_claim_is_not_told_under_the_name_of_another_move(asked):
    with pytest.raises(words.Refused, match="KT24-K2"):
        claims.read(**asked)


def test_what_a_claim_is_about_may_be_named_beside_it():
    assert claims.read("KT24-K2", "kontum", "pci_score", 2021, 2022).gain == 24
    assert claims.read("KT24-K4").year_to == 2023


def test_years_in_the_wrong_order_are_refused():
    with pytest.raises(words.Refused, match="2013"):
        claims.read("", "48", "pci_score", 2013, 2012)


def test_our_ranks_are_those_that_the_article_prints():
    case = claims.read("KT24-K2")
    assert (case.start, case.gain, case.printed_rank, case.printed_change) == (61, 24, 37, 24)


def test_the_chance_is_the_published_one():
    row = odds(claims.read("KT24-K2")).iloc[0]
    assert (row["n"], row["n_units"]) == (135, 30)
    assert row["as_far"] == pytest.approx(10 / 135)
    assert (row["as_far_low"], row["as_far_high"]) == (pytest.approx(0.0292, abs=1e-4), pytest.approx(0.1364, abs=1e-4))


def test_the_answer_opens_with_chance_and_where_no_move_is_known_with_whether_what_is_printed_is_right(lang):
    opens = {"KT24-K2": "**Moves this far (up 24 places) are not rare enough to rule out chance.** Of 135 other"}
    opens |= {
        "KT24-K4": "**7.32% agrees with a first estimate quoted in the press (29 December 2023). Rank 22 cannot be"
    }
    opens |= {
        "KT24-K5": "**7.32% agrees with a first estimate quoted in the press (29 December 2023). Rank 1 cannot be"
    }
    if lang == "vi":
        opens = {
            "KT24-K2": "**Mức thay đổi này (tăng 24 bậc) không đủ hiếm để loại trừ khả năng do ngẫu nhiên.** Trong"
        }
        opens |= {
            "KT24-K4": "**7,32% khớp với ước tính lần đầu mà báo chí dẫn (29/12/2023). Hạng 22 chưa kiểm tra được"
        }
        opens |= {"KT24-K5": "**7,32% khớp với ước tính lần đầu mà báo chí dẫn (29/12/2023). Hạng 1 chưa kiểm tra được"}
    for (name, text), days in zip(opens.items(), ("380", "15", "15"), strict=True):
        case = claims.read(name)
        said = case.answer(odds(case) if case.gain else pd.DataFrame())
        assert said.startswith(text) and said.count("**") == 2 and "**" not in case.beyond
        assert (
            days in case.beyond
            and {"en": "brought it about is not shown", "vi": "Chưa có bằng chứng cho thấy"}[lang] in said
        )


@pytest.mark.parametrize(("rank", "change"), [(36, 25), (37, 23)])
def test_a_printed_move_that_the_scores_do_not_give_is_said_to_be_wrong(rank, change, lang):
    given = vars(claims.read("KT24-K2")) | {"printed_rank": rank, "printed_change": change}
    case = claims.Claim(**{key: value for key, value in given.items() if key in claims.Claim.__dataclass_fields__})
    assert {"en": "move is not right: the scores", "vi": "nêu trong bài không đúng: theo điểm"}[lang] in case.right


def test_a_claim_is_told_in_the_language_of_the_page_whichever_came_first():
    words.use("en")
    case = claims.read("KT24-K4")
    assert case.right.startswith("**7.32% agrees")
    words.use("vi")
    assert case.right.startswith("**7,32% khớp với")


def test_what_may_be_written_is_computed_and_names_no_cause(lang):
    said = claims.read("KT24-K2").may_write
    en = (
        "One may write: By the PCI score, Kon Tum ranked 37 of 63 in 2022, up 24 places on 2021; whether this has to do"
    )
    vi = "Có thể viết: Theo điểm PCI, năm 2022 Kon Tum đứng thứ 37 trong 63 tỉnh, thành phố, tăng 24 bậc so với năm 2021;"
    assert said.startswith({"en": en, "vi": vi}[lang])
    assert {"en": "could not be checked", "vi": "chưa kiểm tra được"}[lang] in claims.read("KT24-K4").may_write
    first = {"en": "ranked 1 in the Central Highlands", "vi": "đứng thứ nhất vùng Tây Nguyên"}
    assert first[lang] in claims.read("KT24-K5").may_write
    own = claims.read("", "48", "pci_score", 2012, 2013).may_write
    assert own.endswith({"en": "up 11 places on 2012.", "vi": "tăng 11 bậc so với năm 2012."}[lang])
    assert not claims.read("", "62", "pci_score", 2023, 2024).may_write


def test_what_an_article_credits_is_told_in_our_words_without_quotation_marks(lang):
    for name in ("KT24-K2", "KT24-K4", "KT24-K5"):
        case = claims.read(name)
        assert {"en": "role of the district secretaries", "vi": "vai trò rất quan trọng của bí thư"}[lang] in case.order
        for text in (case.order, case.question, case.stated):
            assert not any(mark in text for mark in ('"', "“", "&#34;", "&quot;"))


def test_every_claim_says_in_both_languages_what_its_article_credits():
    tokens = {token for cell in ledger.load().claims["credits"] for token in cell.split(";")}
    assert tokens <= set(tables.load("ledger_words")["token"])


def test_dates_in_order_are_not_put_first(lang):
    given = vars(claims.read("KT24-K2")) | {"attested": pd.Timestamp("2021-01-01")}
    case = claims.Claim(**{key: value for key, value in given.items() if key in claims.Claim.__dataclass_fields__})
    assert not case.is_late
    assert case.order[:10] not in case.beyond
    assert {"en": "do not contradict", "vi": "không trái"}[lang] in case.order


def test_a_claim_without_an_earlier_rank_has_no_chance(lang):
    case = claims.read("KT24-K4")
    assert case.start is None and case.gain is None and not case.verdict(pd.DataFrame())
    assert "22" in case.question and "2023" in case.question


def test_questions_differ_by_claim():
    assert len({claims.read(name).question for name in ("KT24-K2", "KT24-K4", "KT24-K5")}) == 3


@pytest.mark.parametrize(("high", "rare"), [(0.04, True), (0.06, False)])
def test_a_move_is_rare_only_if_the_whole_interval_is_below_one_in_twenty(high, rare, lang):
    said = claims.read("KT24-K2").short(made(0.01, high))
    assert ({"en": "so rare", "vi": "hiếm đến mức"}[lang] in said) == rare


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 went as far"), (0.05, "5 went as far: 5%")])
def test_how_many_went_as_far_is_said_with_its_share(share, text, lang):
    said = claims.read("KT24-K2").verdict(made(0.0, 0.2, 100, share))
    assert lang != "en" or text in said


def case_of(first, last, printed_rank=None, change=None):
    case = claims.Claim("", "62", "pci_score", 2021, 2022, printed_rank=printed_rank, printed_change=change)
    vars(case)["own"] = {year: rank for year, rank in ((2021, first), (2022, last)) if rank is not None}
    return case


@pytest.mark.parametrize(
    ("first", "last", "gain"), [(61, 37, 24), (37, 38, -1), (5, 5, 0), (None, 5, None), (5, None, None)]
)
def test_the_gain_needs_both_ranks(first, last, gain):
    assert case_of(first, last).gain == gain


def test_an_earlier_rank_follows_from_what_is_printed():
    assert case_of(None, None, 37, 24).start == 61 and case_of(None, None, 37, 24).gain == 24


@pytest.mark.parametrize(
    ("first", "last", "text"), [(2, 1, "(up one place)"), (1, 2, "(down one place)"), (1, 4, "(down 3 places)")]
)
def test_one_place_is_one_place(first, last, text, lang):
    assert lang != "en" or text in case_of(first, last).question


def test_no_change_of_rank_is_said(lang):
    assert {"en": "did not change", "vi": "không thay đổi"}[lang] in case_of(5, 5).verdict(pd.DataFrame())


def test_new_weights_are_computed_only_where_they_changed():
    assert len(claims.read("KT24-K2").lifts) == 63
    assert claims.read("KT24-K4").lifts.empty and claims.read("", "48", "pci_score", 2007, 2008).lifts.empty


def test_the_weights_sentence_says_what_is_not_known(lang):
    said = claims.read("KT24-K2").weights
    assert "9.7" in said.replace(",", ".") and "20" in said and "2023" in said and "2022" in said
    en = "inferred from published scores (VCCI's text was not seen), Kon Tum would stand 20 places lower"
    vi = "suy ra từ điểm đã công bố (chưa xem tài liệu của VCCI), với số liệu năm 2023 Kon Tum sẽ thấp hơn 20 bậc"
    assert {"en": en, "vi": vi}[lang] in said


@pytest.mark.parametrize(
    ("lift", "gain", "text"),
    [(-20, 24, "explain a rise"), (20, 24, "explain a part of"), (5, -3, "explain a fall"), (0, 1, "explain a rise")],
)
def test_whether_new_weights_explain_a_move_follows_from_their_direction(lift, gain, text, lang):
    case = case_of(30 + gain, 30)
    frame = pd.DataFrame({"unit_code": ["62"], "year": [2023], "lift": [lift]})
    vars(case)["reweighted"] = frame
    assert lang != "en" or text in case.weights


def test_how_many_moved_as_far_is_counted(lang):
    case = claims.read("KT24-K2")
    for far, text in ((0, "as far: 0 of 63"), (6, "as far: 6 of 63")):
        pairs = pd.DataFrame({"from_year": [2021], "to_year": [2022], "n_units": [63], "far": [far]})
        assert lang != "en" or text in case.special(pairs)
    assert case.special(pd.DataFrame()) == ""
    twice = pd.DataFrame(
        {"from_year": [2015, 2016, 2017], "to_year": [2021, 2022, 2023], "n_units": 63, "far": [11, 3, 11]}
    )
    assert lang != "en" or case.special(twice) == "The most in any pair of years is 11 (2015-2021 and 2017-2023)."


def test_a_rank_within_a_region_is_told_from_one_in_the_country():
    case = claims.read("KT24-K5")
    assert case.field == 5 and case.width == 1
    assert case.ranking["unit_code"].nunique() == 5


def test_values_that_end_before_the_claim_are_said_to_end(lang):
    case = claims.read("KT24-K5")
    for text in (case.stated, case.broken):
        assert {"en": "Our values end in 2017", "vi": "kết thúc ở năm 2017"}[lang] in text
    assert not case.weights


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        (1, "In 3 of the 12 years that can be ranked, Kon Tum stood first; its best rank was 1."),
        (2, "rank 2 or higher; its best rank was 1."),
    ],
)
def test_how_often_it_stood_as_high_is_said_plainly(printed, text, lang):
    given = vars(claims.read("KT24-K5")) | {"printed_rank": printed}
    case = claims.Claim(**{key: value for key, value in given.items() if key in claims.Claim.__dataclass_fields__})
    assert lang != "en" or text in case.usual


def test_no_sentence_has_a_hole():
    for name in ("KT24-K2", "KT24-K4", "KT24-K5"):
        case = claims.read(name)
        for text in (
            case.question,
            case.coverage,
            case.stated,
            case.order,
            case.asks,
            case.usual,
            case.broken,
            case.weights,
            case.right,
        ):
            assert not any(bad in text for bad in ("nan", "None", "no data", "không có số liệu", "{")), text
    assert np.isfinite(odds(claims.read("KT24-K2"))["as_far"]).all()
