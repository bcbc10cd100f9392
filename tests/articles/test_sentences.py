"""The sentences of the issue, each with the reading that must come out, or must not."""

import csv
from pathlib import Path

import pytest

from articles import propose

with (Path(__file__).parent / "sentences.tsv").open(encoding="utf-8", newline="") as file:
    SENTENCES = {row["class"]: row["sentence"].replace("\\n", "\n") for row in csv.DictReader(file, delimiter="\t")}

# class: columns, and the rows that must come out, in order (units may be left out of the question with "*")
EXPECTED = {
    "nonlocal inverted": ("value non_local", ["14 False", "20 True"]),
    "distinct facts merged": ("value place place_level", ["5 An_Lạc district", "5 Bình_Sơn district"]),
    "years merged": ("value as_of", ["14 2021", "14 2023"]),
    "bound reversed": ("value unit value_qualifier kind", ["2 terms at_most rule"]),
    "bound wrong": ("value unit value_qualifier kind", ["30 percent at_least target"]),
    "date read as number": ("value unit", ["19/6 date", "49 organisations"]),
    "date read as number 2": (
        "value unit denominator",
        ["28/10 date -", "63 provinces 63_provinces", "63 provinces -"],
    ),
    "month with dot": ("value unit", ["2020-09 period"]),
    "day span": ("value unit", ["2020-02-23 date", "2020-02-24 date"]),
    "year after the number": ("value as_of", ["34.44 2015", "18.62 2020"]),
    "second date of a sentence": ("value as_of", ["12 2023-06-30", "15 2023-12-31"]),
    "target and result": ("value kind", ["80 target", "14 observed", "17 observed"]),
    "aim": ("value kind", ["100 target"]),
    "announced": ("value kind as_of", ["47 target 2024"]),
    "ordinal words": ("value unit", ["12 rank"]),
    "ordinal words 2": ("value unit", ["23 rank"]),
    "rank verb": ("value unit", ["63 provinces"]),
    "members read as provinces": ("value unit", ["5 persons", "2 persons", "17 persons", "10 persons"]),
    "second bare number": ("value unit", ["233 communes", "78 communes"]),
    "fraction in brackets": (
        "value unit denominator",
        ["99 percent -", "1298 organisations 1311_organisations", "1311 organisations -"],
    ),
    "space as thousands mark": ("value unit", ["17000 persons"]),
    "sign": ("value unit", ["-2.5 percent"]),
    "area swallowed": ("value unit", ["5938.64 square_kilometres", "2300000 households"]),
    "money range": (
        "value unit value_qualifier",
        ["3 million_VND_per_time at_least", "6 million_VND_per_time at_most"],
    ),
    "directions": ("value origin_level destination_level", ["13 district commune", "17 commune district"]),
    "horizontal": ("value origin_level destination_level", ["17 commune commune", "3 district commune"]),
    "two provinces": ("value place", ["9 Sơn_La", "5 Lai_Châu"]),
    "province of a comparison": ("value place", ["164 -"]),
    "national": ("value place place_level province_code", ["34 Vietnam national -"]),
    "district fact": ("value place place_level province_code", ["5 Quỳ_Hợp district 40"]),
    "instrument marks": ("value as_of", ["65-QĐ/TW 2022-04-28", "26-NQ/TW 2018-05-19"]),
    "two instruments, one date": ("value as_of", ["18-NQ/TW 2017-10-25", "19-NQ/TW 2017-10-25"]),
    "issuer runs on": ("value instrument", ["96/2023/QH15 96/2023/QH15;_Quốc_hội;_2023-06-23"]),
    "old tone in plenum": ("value", ["resolution_of_the_4th_plenum,_XII_Central_Committee"]),
    "soft hyphen": ("value unit", ["12 persons"]),
    "whole of both": ("value non_local", ["31 -", "12 True", "19 False"]),
    "rule not exceeded": ("value unit value_qualifier kind", ["8 years at_most rule"]),
    "nobody longer": ("value unit value_qualifier kind", ["2 terms at_most rule"]),
    "day with a point": ("value unit", ["15/8 date", "37 communes"]),
    "day span in words": ("value unit", ["2020-10-14 date", "2020-10-16 date"]),
    "date of the other clause": ("value as_of", ["2020-01-01 2020-01-01", "27 -", "21 2020-03-01"]),
    "aimed at": ("value kind", ["100 target"]),
    "in order to have": ("value kind", ["40 target"]),
    "about to be": ("value kind", ["29 target"]),
    "two years": ("value unit", ["51 rank", "2 years", "25 rank"]),
    "place in a picture": ("value unit", ["3 unread"]),
    "ministries ranked": ("value unit", ["17 organisations"]),
    "negative growth": ("value unit", ["-3.1 percent"]),
    "negative growth by sign": ("value unit", ["-7.4 percent"]),
    "support from to": ("value value_qualifier", ["20 at_least", "35 at_most"]),
    "direction before its number": (
        "value origin_level destination_level",
        ["22 province district", "9 district province"],
    ),
    "one date of two texts": ("value as_of", ["45-KH/TU 2021-03-12", "46-KH/TU 2021-03-12"]),
    "no longer local": ("value non_local", ["9 True"]),
    "rule in a long clause": ("value unit value_qualifier kind", ["8 years at_most rule"]),
    "target of what is left": ("value kind", ["late_2025 event_date", "4.5 target"]),
    "day of another clause": ("value as_of", ["2024-05-15 2024-05-15", "27 -", "61 2025-10-01"]),
    "before a year and now": ("value as_of", ["2017 -", "812 -", "604 -"]),
    "thousands after số": ("value unit", ["2300 persons"]),
    "respective directions": ("value origin_level", ["22 -", "15 -"]),
    "after a visit": ("value place", ["88 -"]),
    "abbreviated kind of place": ("value place place_level province_code", ["3 Thái_Hòa district 40"]),
    "experience of a city": ("value place", ["29 -"]),
    "date in brackets": ("value as_of", ["35-CT/TW 2024-06-14"]),
    "issuer and its verb": ("value instrument", ["402/QĐ-TTg 402/QĐ-TTg;_Thủ_tướng_Chính_phủ;_2016-03-14"]),
}


def rows(name, columns):
    frame = propose.propose_text(SENTENCES[name], "a.txt").fillna("-")
    return [
        " ".join(str(cell).replace(" ", "_") for cell in row) for row in frame[columns.split()].itertuples(index=False)
    ]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sentence_comes_out_as_the_issue_says(name):
    columns, expected = EXPECTED[name]
    assert rows(name, columns) == expected


@pytest.mark.parametrize("name", ["date read as number", "date read as number 2"])
def test_a_date_without_a_year_is_a_problem(name):
    frame = propose.propose_text(SENTENCES[name], "a.txt")
    assert frame.loc[frame["unit"] == "date", "problem"].str.startswith("the year is not printed").all()


@pytest.mark.parametrize("name", ["share above target", "excess over a target named before"])
def test_an_excess_over_a_target_is_a_problem(name):
    frame = propose.propose_text(SENTENCES[name], "a.txt")
    assert frame["unit"].tolist() == ["percent_of_target"] and frame["value_qualifier"].tolist() == ["exact"]
    assert frame["problem"].str.startswith("printed as the excess").all()


@pytest.mark.parametrize("name", ["no rank", "no rank 2", "year read as count"])
def test_what_is_no_rank_and_no_count_is_listed_as_unread(name):
    frame = propose.propose_text(SENTENCES[name], "a.txt")
    assert len(frame) and not set(frame["unit"]) & {"rank", "times"}


def test_a_window_of_years_is_no_target():
    assert "45 observed 2021..2023" in rows("window is not a target", "value kind as_of")


def test_a_score_above_its_scale_is_kept_with_a_problem():
    frame = propose.propose_text(SENTENCES["rank out of field"], "a.txt")
    assert frame["value"].tolist() == ["82.1"] and frame["problem"].notna().all()


def test_an_open_window_has_no_date_unless_the_day_of_publication_is_known():
    sentence = SENTENCES["own proposal refused"]
    assert rows("own proposal refused", "value as_of")[-1] == "2 -"
    assert propose.propose_text(sentence, "a.txt", published="2011-05-04")["as_of"].iloc[-1] == "2006..2011-05-04"


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("He may receive compensation (around US$38,000).", "value unit", ["38000 USD"]),
        ("Disbursement reached over VND55.738 trillion.", "value unit", ["55.738 trillion_VND"]),
        ("The number fell from 8.4 million in 2010.", "value unit", ["8400000 unread"]),
        ("Revenue was 66.1 percent of the yearly estimates.", "value unit", ["66.1 percent_of_target"]),
        ("Announced on April 5, 2023 by the board.", "value unit", ["2023-04-05 date"]),
        ("Bảng xếp hạng PCI 2023 lần lượt là A (70,34 điểm), B (69,75 điểm).", "value unit", ["70.34 points", "69.75 points"]),
        ("Cả nước có 687 phường và 13 đặc khu.", "value unit", ["687 communes", "13 communes"]),
        ("Tỉnh từ vị trí số 28 lên vị trí thứ năm cả nước.", "value unit", ["28 rank", "5 rank"]),
        ("Khu nhà kính rộng 5.000 m2, sản lượng 850 tạ.", "value unit", ["5000 square_metres", "850 quintals"]),
        ("GRDP (theo giá so sánh 2010) đạt 26.891 tỷ đồng.", "value as_of", ["2010 -", "26891 -"]),
        ("Có 249 huyện đạt chuẩn, tăng 36 đơn vị so cuối năm 2021.", "value as_of", ["249 -", "36 -", "late_2021 -"]),
        ("Hoàn thành mục tiêu cả giai đoạn; có 2.567 xã đạt chuẩn.", "value kind", ["2567 observed"]),
        ("16/01/2024 14:05\nĐến năm 2023 huyện có 8 xã đạt chuẩn.", "value kind", ["2024-01-16 event_date", "8 observed"]),
        ("Có 16 tỉnh chưa đạt 15%, thu vượt mốc 55% dự toán.", "value value_qualifier", ["16 exact", "15 less_than", "55 more_than"]),
        ("Tỉnh Kon Tum bầu 50 đại biểu. Tỉnh có 18 cử tri.\nTỉnh Gia Lai bầu 60 đại biểu. Tỉnh có 19 cử tri.", "value place",
         ["50 Kon_Tum", "18 Kon_Tum", "60 Gia_Lai", "19 Gia_Lai"]),
        ("Có 63 bí thư.\nCó 27 người dưới 50 tuổi.\nCó 9 nữ.\nTrẻ nhất là Bí thư Tỉnh ủy Đồng Tháp.", "value place", ["63 -", "27 -", "50 -", "9 -"]),
    ],
)  # fmt: skip
def test_a_sentence_in_the_manner_of_real_articles_is_read(text, columns, expected):
    frame = propose.propose_text(text, "a.txt").fillna("-")
    cells = frame[columns.split()].itertuples(index=False)
    assert [" ".join(str(cell).replace(" ", "_") for cell in row) for row in cells] == expected
