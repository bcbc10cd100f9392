import re
import sys
import unicodedata

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from helpers import words
from helpers.record import places, tables

TONES = "\u0300\u0301\u0303\u0309\u0323"

SPELLINGS = [
    ("Hòa Bình", "17"),
    ("Hoà Bình", "17"),
    (unicodedata.normalize("NFD", "Hoà Bình"), "17"),
    ("Thanh Hoá", "38"),
    ("KHÁNH HOÀ", "56"),
    ("Hưng\u00a0Yên", "33"),
    ("\u200bHưng \u2009Yên\ufeff", "33"),
    ("Hưng\t\n Yên", "33"),
    ("Điện Biên", "11"),
    ("Ðiện Biên", "11"),
    ("ĐIỆN BIÊN", "11"),
    ("dien bien", "11"),
    ("Hanoi", "01"),
    ("TP.HCM", "79"),
    ("TP. Hồ Chí Minh", "79"),
    ("Tp Hồ Chí Minh", "79"),
    ("Thành phố Hồ Chí Minh", "79"),
    ("TPHCM", "79"),
    ("TP HCM", "79"),
    ("HCMC", "79"),
    ("Ho Chi Minh City", "79"),
    ("Sài Gòn", "79"),
    ("TT-Huế", "46"),
    ("TT. Huế", "46"),
    ("Thừa Thiên-Huế", "46"),
    ("Thừa Thiên - Huế", "46"),
    ("Huế", "46"),
    ("Hue", "46"),
    ("BRVT", "77"),
    ("BR-VT", "77"),
    ("Bà Rịa - Vũng Tàu", "77"),
    ("Bà Rịa – Vũng Tàu", "77"),
    ("Bà Rịa — Vũng Tàu", "77"),
    ("Bà Rịa \u2212 Vũng Tàu", "77"),
    ("Bà Rịa\u2011Vũng Tàu", "77"),
    ("Bà Rịa Vũng Tàu", "77"),
    ("Dak Lak", "66"),
    ("Daklak", "66"),
    ("Đắc Lắc", "66"),
    ("Đak Lak", "66"),
    ("Đăk Lăk", "66"),
    ("Đắc Nông", "67"),
    ("Bắc Cạn", "06"),
    ("Kontum", "62"),
    ("tỉnh Kon Tum", "62"),
    ("Kon Tum Province", "62"),
    ("Province of Kon Tum", "62"),
    ("kon-tum", "62"),
    ("thành phố Cần Thơ", "92"),
    ("T.P. Cần Thơ", "92"),
    ("Da Nang city", "48"),
    ("Thủ đô Hà Nội", "01"),
    ("01", "01"),
    (" 01\u00a0", "01"),
]


def offered(error):
    """The codes that a refusal names."""
    return re.findall(r"\((\d\d)\)", str(error.value))


@pytest.mark.parametrize(("text", "code"), SPELLINGS)
def test_spelling_is_resolved(text, code):
    assert places.resolve(text) == code


@pytest.mark.parametrize("column", ["unit_code", "name_vi", "name_en", "pci_name"])
def test_every_name_of_the_table_is_resolved(column):
    units = tables.load("units")
    assert units[column].map(places.resolve).tolist() == units["unit_code"].tolist()


def test_merged_names_of_2025_are_resolved():
    units = tables.load("units")
    assert all(places.resolve(text) in places.codes() for text in units["merged_into_2025"])


def test_no_two_provinces_share_a_name_without_marks():
    plain = tables.load("units")["name_en"].str.lower().str.replace("[^a-z]", "", regex=True)
    assert plain.is_unique


def _older_tone(word):
    """Move the tone of a final oa, oe, uy to its other vowel: hoà <-> hòa."""
    found = re.fullmatch(f"(.*)([ou])([{TONES}]?)([aey])([{TONES}]?)", unicodedata.normalize("NFD", word))
    if not found or found[2] + found[4] not in ("oa", "oe", "uy") or found[1].lower() == "q":
        return word
    head, first, a, second, b = found.groups()
    return f"{head}{first}{b}{second}{a}"


@st.composite
def spelt(draw):
    code = draw(st.sampled_from(places.codes()))
    form, case, tone, marks, prefix, dash, space, d = (
        draw(st.sampled_from(options))
        for options in (
            ["NFC", "NFD"],
            [str, str.upper, str.lower, str.title, str.swapcase],
            [str, lambda t: " ".join(_older_tone(w) for w in t.split(" "))],
            [True, False],
            ["", "thành phố ", "TP ", "Tp. "] if places._is_city(code) else ["", "tỉnh ", "Tỉnh "],
            ["-", "–", "—", "\u2011", " ", ""],
            [" ", "\u00a0", "\u2009", "  ", "\t", " \u200b"],
            ["Đ", "Ð"],
        )
    )
    name = places.name(code).removeprefix("TP. ")
    text = tone(prefix + name)
    text = case(unicodedata.normalize(form, text.replace("-", dash).replace(" ", space)))
    text = text.replace("Đ", d)
    if not marks:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
        text = text.replace("đ", "d").replace("Đ", "D")
    return text, code


@given(spelt())
def test_form_case_dash_space_and_marks_do_not_matter(pair):
    text, code = pair
    assert places.resolve(text) == code


@given(spelt())
def test_resolving_the_resolved_changes_nothing(pair):
    code = places.resolve(pair[0])
    assert places.resolve(code) == places.resolve(places.name(code)) == places.resolve(places.slug(code)) == code


@given(st.text(max_size=30) | st.text("aăâđeghimnoôưuytTPHNĐ -.\u0301\u0323", max_size=12))
def test_random_text_is_never_a_place(text):
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if c.isalnum()).replace("đ", "d")
    spoken = {spelling for spellings in places._W["spoken"].values() for spelling in spellings}
    units = tables.load("units")
    names = {places._key(name) for name in {*units["name_en"], *spoken, "28"}} | set(units["unit_code"])
    assume(not any(plain.removeprefix("tinh").removeprefix("tp") == name for name in names))
    with pytest.raises(places.UnknownPlace):
        places.resolve(text)


def test_tables_behind_a_name_are_announced_as_read():
    opened, listening = set(), [True]
    sys.addaudithook(lambda event, args: opened.add(str(args[0])) if listening[0] and event == "open" else None)
    places.name("62")
    listening[0] = False
    assert {str(tables.paths.data() / f"{name}.csv") for name in ("units", "units_historic")} <= opened


@given(st.sampled_from(sorted({c for c, _ in SPELLINGS if c.isalpha()})), st.sampled_from("bcdghklmnpqrstvx"))
def test_a_letter_too_many_is_never_taken(text, letter):
    with pytest.raises(places.UnknownPlace):
        places.resolve(text + letter * 3)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Kon Tun", "62"),
        ("Hng Yên", "33"),
        ("Ha Noii", "01"),
        ("Quảng Ngải Nam", "51"),
        ("Vũng Tàu", "77"),
        ("Dak Nog", "67"),
    ],
)
def test_typo_is_refused_with_the_closest_name(text, meant):
    with pytest.raises(places.UnknownPlace, match=re.escape(f"{places.name(meant)} ({meant})")):
        places.resolve(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Quảng", {"22", "44", "45", "49", "51"}), ("QN", {"22", "49", "51"}), ("Bac", {"06", "24", "27"})],
)
def test_ambiguous_text_names_its_candidates(text, meant):
    with pytest.raises(places.UnknownPlace, match="could be .* expected one province") as error:
        places.resolve(text)
    assert meant <= set(offered(error))


def test_two_letters_inside_many_names_suggest_none_of_them():
    with pytest.raises(places.UnknownPlace) as error:
        places.resolve("gi")
    assert offered(error) == []


def test_nothing_close_points_to_the_table():
    with pytest.raises(places.UnknownPlace, match=r"data/units\.csv"):
        places.resolve("xyzzy")


@pytest.mark.parametrize("value", [1, 1.0, None, float("nan"), True, b"01"])
def test_a_value_that_is_not_text_is_refused(value):
    with pytest.raises(places.UnknownPlace, match="expected text.*'01', not 1"):
        places.resolve(value)


def test_a_lost_leading_zero_is_named_not_filled_in():
    with pytest.raises(places.UnknownPlace, match=r"leading zero\. Is Hà Nội \(01\) meant"):
        places.resolve("1")


@pytest.mark.parametrize(
    "text", ["0.1", "0 1", "99", "001", "", " ", "-", "tỉnh", "Điện Biên Đông", "Điện Biên Phủ", "Đà Bắc"]
)
def test_what_is_no_province_is_refused(text):
    with pytest.raises(places.UnknownPlace):
        places.resolve(text)


@pytest.mark.parametrize("text", ["thành phố Thái Bình", "TP Kon Tum", "Hoa Binh city"])
def test_a_city_inside_a_province_is_not_the_province(text):
    with pytest.raises(places.UnknownPlace, match="is a city inside the province"):
        places.resolve(text)


def test_ha_tay_is_refused():
    for text in ("Hà Tây", "28"):
        with pytest.raises(places.UnknownPlace, match=r"since 2008 part of Hà Nội \(01\).*expected one of the 63"):
            places.resolve(text)


def test_names_in_both_languages_and_boundaries():
    assert [places.name("24"), places.name("24", boundaries=34)] == ["Bắc Giang", "Bắc Ninh"]
    assert [places.name("46", "en"), places.name("46", "en", 34)] == ["Thua Thien Hue", "Hue"]
    assert [places.name("79", "en"), places.name("28")] == ["Ho Chi Minh City", "Hà Tây"]


def test_codes_of_both_boundaries():
    old, new = places.codes(), places.codes(34)
    assert (len(old), len(new), len({places.name(c, "vi", 34) for c in new})) == (63, 34, 34)
    assert old == sorted(old)
    assert set(new) <= set(old)


def test_region_and_slug():
    assert places.region("62") == "Central Highlands"
    assert places.region("62", "vi") == "Tây Nguyên"
    assert [places.slug(c) for c in ("62", "77", "79")] == ["kon-tum", "ba-ria-vung-tau", "ho-chi-minh-city"]
    assert len({places.slug(c) for c in places.codes()}) == 63


@pytest.mark.parametrize(
    "call",
    [
        lambda: places.name("1"),
        lambda: places.name(1),
        lambda: places.region("99"),
        lambda: places.slug("Kon Tum"),
        lambda: places.name("02", boundaries=34),
        lambda: places.name("02", lang="fr"),
        lambda: places.codes(64),
    ],
)
def test_wrong_codes_languages_and_boundaries_are_refused(call):
    with pytest.raises(ValueError, match="expected"):
        call()


def _named(text):
    return [(text[start:end], code) for start, end, code in places.find_all(text)]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Bí thư Tỉnh ủy Hưng Yên Nguyễn Hữu Nghĩa đến Kon Tum.", ["33", "62"]),
        ("Đoàn từ Hải Dương, Hưng Yên và TP.HCM về thành phố Hồ Chí Minh", ["30", "33", "79", "79"]),
        ("Bà Rịa – Vũng Tàu; TT-Huế; Thừa Thiên - Huế", ["77", "46", "46"]),
        ("Ðiện Biên, ĐẮK LẮK, Đắc Lắc, Dak Lak", ["11", "66", "66", "66"]),
        ("tỉnh Hoà Bình vì hòa bình; Hòa bình lập lại", ["17"]),
        ("Ông Nguyễn Hòa Bình và TRƯƠNG HÒA BÌNH", []),
        ("tư tưởng Hồ Chí Minh", []),
        ("huyện Điện Biên Đông, chiến dịch Điện Biên Phủ, tỉnh Điện Biên", ["11"]),
        ("tỉnh Hà Nam Ninh cũ", []),
        ("thành phố Thái Bình, TP. Kon Tum, TP. Đà Nẵng", ["48"]),
        ("xã Hòa Bình, phường Quảng Trị, sông Đồng Nai, đường Điện Biên", []),
        ("In Kon Tum and Hoa Binh town, Dong Nai river, Ha Noi City", ["62", "01"]),
        ("ông Hà\nNam Định", ["36"]),
        ("hà nội, Hạ Nam, Hà nội", []),
        ("thanh Hóa, thành phố hồ chí minh", []),
        ("Hà Tây", []),
    ],
)
def test_provinces_in_running_text(form, text, codes):
    assert [code for _, code in _named(unicodedata.normalize(form, text))] == codes


def test_spans_point_into_the_text_as_given():
    text = unicodedata.normalize("NFD", "Ở Hưng\u00a0Yên, TP. Hồ Chí Minh")
    assert [unicodedata.normalize("NFC", t) for t, _ in _named(text)] == ["Hưng\u00a0Yên", "TP. Hồ Chí Minh"]


@given(st.lists(st.sampled_from(places.codes()), max_size=6), st.sampled_from([", ", "; ", " và ", " – "]))
def test_every_listed_name_is_found_in_order(codes, between):
    assert [code for _, code in _named(between.join(map(places.name, codes)))] == codes


def test_parts_and_merged_follow_the_table_of_units():
    assert places.parts("51") == ["51", "62"]
    assert places.merged("62") == "51"
    assert sorted(part for code in places.codes(34) for part in places.parts(code)) == places.codes()


def test_a_code_that_is_none_of_the_34_has_no_parts():
    with pytest.raises(places.UnknownPlace, match="'62' is no code of the 34 provinces"):
        places.parts("62")


def test_tiles_of_the_34_hold_every_unit_once_and_run_from_north_to_south():
    tiles = tables.load("tiles_2025")
    assert tiles["unit_code"].tolist() == places.codes(34)
    assert not tiles.duplicated(["row", "col"]).any()
    rows = tiles.set_index("unit_code")["row"][
        ["08", "19", "01", "37", "38", "40", "42", "44", "46", "48", "51", "52", "66", "56"]
    ]
    assert rows.is_monotonic_increasing


def test_tiles_hold_every_province_once():
    tiles = tables.load("tiles")
    assert tiles["unit_code"].tolist() == places.codes()
    assert not tiles.duplicated(["row", "col"]).any()
    assert tiles[["row", "col"]].min().tolist() == [0, 0]


def test_tiles_run_from_north_to_south():
    order = ["Hà Giang", "Thái Nguyên", "Hà Nội", "Ninh Bình", "Thanh Hóa", "Nghệ An", "Quảng Bình", "Huế", "Quảng Nam"]
    order += ["Bình Định", "Khánh Hòa", "Ninh Thuận", "TP.HCM", "Vĩnh Long", "Cà Mau"]
    rows = tables.load("tiles").set_index("unit_code")["row"][[places.resolve(n) for n in order]]
    assert rows.corr(pd.Series(range(len(order)), index=rows.index), method="spearman") > 0.99


def test_tiles_draw_the_shape_of_the_country():
    tiles = tables.load("tiles").set_index("unit_code")
    width = tiles.groupby("row")["col"].agg(lambda c: c.max() - c.min() + 1)
    row = tiles["row"]
    assert width[: row["37"]].max() >= 6
    assert width[row["38"] : row["45"]].max() == 1
    coast, delta, north = tiles.loc["56", "col"], tiles.loc["96", "col"], tiles.loc["01", "col"]
    assert delta < north < coast


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("01", "33"),
        ("22", "31"),
        ("38", "40"),
        ("42", "44"),
        ("62", "64"),
        ("79", "74"),
        ("79", "80"),
        ("91", "96"),
        ("48", "49"),
    ],
)
def test_neighbours_touch_on_the_tiles(one, other):
    tiles = tables.load("tiles").set_index("unit_code")
    assert (tiles.loc[one] - tiles.loc[other]).abs().max() == 1


def test_a_name_near_many_offers_at_most_three_and_the_nearest_first():
    with pytest.raises(places.UnknownPlace) as error:
        places.resolve("Kon Tumm")
    assert offered(error)[0] == "62" and 1 <= len(offered(error)) <= 3
    with pytest.raises(places.UnknownPlace) as error:
        places.resolve("Quảng Nin")
    assert len(offered(error)) <= 3 and "22" in offered(error)


def test_a_name_near_none_offers_none():
    with pytest.raises(places.UnknownPlace, match=r"The 63 names and codes are in data/units\.csv") as error:
        places.resolve("xyzw qqq")
    assert offered(error) == []


@pytest.mark.parametrize(("text", "meant"), [("zzzngtri", ["45"]), ("zzzzngtri", [])])
def test_a_suggestion_shares_at_least_60_percent_of_its_letters(text, meant):
    with pytest.raises(places.UnknownPlace) as error:
        places.resolve(text)
    assert offered(error) == meant


def test_part_of_several_names_or_their_initials_offers_all_of_them():
    with pytest.raises(places.UnknownPlace, match="could be .*Write the full name") as error:
        places.resolve("Bình")
    assert set(offered(error)) == {code for code in places.codes() if "Bình" in places.name(code)}
    with pytest.raises(places.UnknownPlace, match="could be") as error:
        places.resolve("QN")
    assert set(offered(error)) == {"22", "49", "51"}


@pytest.mark.parametrize("text", ["Hà Tây", "ha tay", "28"])
def test_ha_tay_is_named_with_what_it_became_and_never_resolved(text):
    with pytest.raises(places.UnknownPlace, match=r"Hà Tây \(28\), since 2008 part of Hà Nội \(01\)") as error:
        places.resolve(text)
    assert offered(error) == ["28", "01"]
    assert (places.name("28"), places.region("28", "en"), places.slug("28")) == ("Hà Tây", "Red River Delta", "ha-tay")
    assert "28" not in places.codes()


def test_a_refusal_of_a_place_speaks_vietnamese():
    words.use("vi")
    try:
        with pytest.raises(places.UnknownPlace, match=r"'Hà Tây' là Hà Tây \(28\), từ năm 2008 thuộc Hà Nội \(01\)"):
            places.resolve("Hà Tây")
    finally:
        words.use("en")
