"""Words: numbers, dates, names and messages in English and Vietnamese."""

import ast
import csv
import datetime
import html
import json
import pickle
import re
import string
import tomllib

import mistune
import numpy as np
import pandas as pd
import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from helpers import paths, study, words
from helpers.effects import DesignRefused, synthetic
from helpers.record import tables

PACKAGE = paths.root() / "src" / "helpers"
KEYS = {
    "units": ["region_en"], "indicators": ["block", "table"], "national_stats": ["position", "level"], "national_rotation_counts": ["measure", "scope", "unit"],
}  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "$x$",
    "`a`",
    "**b**",
    "1. one",
    "- one",
    "# h",
    "www.a.vn",
    "https://a.vn/b",
    "<https://a.vn>",
]


@pytest.fixture(autouse=True)
def _english():
    words.use("en")
    yield
    words.use("en")


def in_both(say):
    """What is said in English and in Vietnamese."""
    said = []
    for lang in ("en", "vi"):
        words.use(lang)
        said.append(say())
    words.use("en")
    return tuple(said)


def texts_in_code():
    """Every text that code or the packages' own tables hold, docstrings aside."""
    found = set()
    for file in [*PACKAGE.rglob("*.py"), *(paths.root() / "src" / "articles").rglob("*.py")]:
        tree = ast.parse(file.read_text("utf-8"))
        found |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    for book in paths.notebooks().glob("*.ipynb"):
        for cell in json.loads(book.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                tree = ast.parse("".join(cell["source"]))
                found |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for name, columns in KEYS.items():  # keys of the data that pages show in words, their underscores as spaces
        for column in columns:
            found |= {str(key).replace("_", " ") for key in tables.load(name)[column].dropna()}
    for table in ("columns.csv", "names.csv"):
        with (PACKAGE / table).open(encoding="utf-8", newline="") as stream:
            found |= {cell for row in csv.reader(stream) for cell in row}
    own = tomllib.loads((PACKAGE / "templates" / "own_panel.toml").read_text("utf-8"))
    found |= {text for part in own.values() if isinstance(part, dict) for text in texts_of(part)}
    data = [
        tables.load("sources_articles")["licence_or_terms"],
        tables.load("sources_leaders").get("licence_or_terms", pd.Series(dtype=str)),
    ]
    found |= {text for column in data for text in column.dropna()}
    found |= {text for name in ("publisher", "title", "licence_or_terms") for text in tables.sources()[name]}
    return found | texts_in_templates()


def texts_in_templates():
    """The messages of the templates."""
    found = set()
    for template in (PACKAGE / "templates").rglob("*.j2"):
        with template.open("rb") as stream:
            texts = extract("jinja2.ext:babel_extract", stream, {"words": None, "_": None})
            found |= {text for _line, text, _comments, _context in texts if text}
    return found


def texts_of(part):
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else [part]:
        yield from texts_of(value) if isinstance(value, dict | list) else [str(value)]


def messages_in_code():
    """The messages: texts given to the functions that translate, and the headings and names of keys in the tables."""
    found = set()
    for file in [*PACKAGE.rglob("*.py"), *(paths.root() / "src" / "articles").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            found |= refused_by_name(node) if isinstance(node, ast.FunctionDef) else set()
            function = node.func if isinstance(node, ast.Call) else None
            of_words = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in ("words", "effects")
            name = getattr(function, "id", function.attr if of_words else "")
            if name in ("_", "say", "Refused", "DesignRefused", "UnknownPlace", "BreakRefused", "count"):
                if (
                    name == "say" and file.parent.name == "own"
                ):  # there it notes a fault by its kind; texts: own_panel.toml
                    continue
                texts = node.args if name == "count" else node.args[:1]
                found |= {
                    a.value for a in texts if isinstance(a, ast.Constant) and isinstance(a.value, str) and a.value
                }
    found |= texts_in_templates()
    with (PACKAGE / "columns.csv").open(encoding="utf-8", newline="") as stream:
        found |= {row["heading"] for row in csv.DictReader(stream)}
    with (PACKAGE / "names.csv").open(encoding="utf-8", newline="") as stream:
        found |= {row["name"] for row in csv.DictReader(stream)}
    found |= {text for name in ("publisher", "title", "licence_or_terms") for text in tables.sources()[name]} - {"-"}
    return found - {"PanelMatch", "Callaway-Sant'Anna", "Sun-Abraham", "Borusyak-Jaravel-Spiess"}


def refused_by_name(function):
    """Texts that a function gives to a refusal under a name: text = "..."; raise Refused(text)."""
    calls = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith(("Refused", "UnknownPlace"))
    ]
    given = {getattr(node.args[0], "id", None) for node in calls if node.args}
    texts = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            pairs = [(node.targets[0], node.value)]
            if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(node.targets[0].elts, node.value.elts, strict=True)
            texts |= {
                value.value
                for name, value in pairs
                if getattr(name, "id", "") in given and isinstance(value, ast.Constant)
            }
    return texts


def catalogue_files():
    for file in sorted((PACKAGE / "locale" / "vi" / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as stream:
            yield file.name, read_po(stream, locale="vi", abort_invalid=True)


def test_every_message_in_code_has_a_vietnamese_text():
    assert sorted(messages_in_code() - set(words.catalogue("vi"))) == []


def test_no_vietnamese_text_is_without_a_message_in_code():
    assert sorted(set(words.catalogue("vi")) - texts_in_code()) == []


def test_a_message_stands_in_one_catalogue_only():
    ids = [m.id for _, po in catalogue_files() for m in po if m.id]
    assert sorted(i for i in set(ids) if ids.count(i) > 1) == []


def test_translations_name_the_same_values_as_their_messages():
    def names(text):
        fields = [(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name]
        return {name for name, _ in fields}.union(*(names(spec) for _, spec in fields))  # a value may stand in a choice

    assert [k for k, v in words.catalogue("vi").items() if names(k) != names(v)] == []


def test_a_message_without_translation_is_an_error_not_english():
    words.use("vi")
    with pytest.raises(LookupError, match="no vi text for 'not there'"):
        words._("not there")


def test_a_refusal_speaks_both_languages():
    text = "unit {unit}: {reason}. Units with a clean switch: {good}."
    refused = DesignRefused(text, unit="62", reason=synthetic.REASONS["always_non_local"], good="none")
    assert str(refused) == "unit 62: no leader in these years is known to be local. Units with a clean switch: none."
    words.use("vi")
    assert str(refused) == (
        "đơn vị 62: không có người đứng đầu nào trong những năm này được biết là người địa phương. "
        "Các đơn vị có lần chuyển đổi rõ ràng: không có."
    )


def test_what_a_refusal_holds_speaks_the_language_too():
    def refused():
        with pytest.raises(words.Refused) as error:
            study.panel(provinces=["Kon Tun"])
        return error.value

    made = refused()
    told = in_both(lambda: str(made))
    assert told[0].startswith("provinces: 'Kon Tun' names no province;") and "Closest: Kon Tum (62)." in told[0]
    assert told[0].endswith("Central Highlands, South East and Mekong River Delta.")
    assert "'Kon Tun' không phải là tên một tỉnh;" in told[1] and "Gần nhất: Kon Tum (62)." in told[1]
    assert told[1].endswith("Tây Nguyên, Đông Nam Bộ và Đồng bằng sông Cửu Long.")


def test_a_refusal_survives_a_process_boundary():
    refused = pickle.loads(pickle.dumps(DesignRefused("{n} of {{}}", n=3)))
    assert (str(refused), refused.values) == ("3 of {}", {"n": 3})


def test_no_refusal_is_a_text_with_its_values_already_in_it():
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "text"
                and "effects" in file.relative_to(PACKAGE).parts
            ):
                assert not isinstance(node.value, ast.JoinedStr), (file.name, node.lineno)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DesignRefused":
                said = isinstance(node.args[0], ast.Constant) or getattr(node.args[0], "id", "") == "text"
                assert said, (file.name, node.lineno)


@pytest.mark.parametrize(
    ("template", "value", "en", "vi"),
    [
        ("{x}", 1234.5, "1,234.5", "1.234,5"),
        ("{x:.2f}", np.float64(-0.256), "−0.26", "−0,26"),
        ("{x:+.1f}", 2.0, "+2.0", "+2,0"),
        ("{x:.1%}", 0.123, "12.3%", "12,3%"),
        ("{x}", 12345, "12,345", "12.345"),
        ("{x:d}", np.int64(2024), "2024", "2024"),
        ("{x}", datetime.date(2024, 1, 15), "15 January 2024", "15/01/2024"),
        ("{x}", pd.Period("2024-01", "M"), "January 2024", "tháng 01/2024"),
        ("{x}", "2024-01-15", "15 January 2024", "15/01/2024"),
        ("{x}", "2024-01", "January 2024", "tháng 01/2024"),
        ("{x}", "2024-13", "2024-13", "2024-13"),
        ("{x}", "a file of 2024-01-15", "a file of 2024-01-15", "a file of 2024-01-15"),
        ("{x}", ["a", "b", "c"], "a, b and c", "a, b và c"),
        ("{x}", [], "none", "không có"),
        ("{x}", True, "yes", "có"),
        ("{x}", float("nan"), "no data", "không có số liệu"),
        ("{x}", pd.NA, "no data", "không có số liệu"),
    ],
)
def test_values_read_as_their_language_writes_them(template, value, en, vi):
    assert in_both(lambda: words.fill(template, x=value)) == (en, vi)


def test_dates_within_a_text():
    assert in_both(lambda: words.dates("2010 – 2018-10-03"))[1] == "2010 – 03/10/2018"
    text = "from 2021-05 to 2024-01-15, S-2024-01-15, 2011-2015"
    assert words.dates(text) == "from May 2021 to 15 January 2024, S-2024-01-15, 2011-2015"
    assert words.dates("on 2021-02-30") == "on 2021-02-30"


def test_a_year_is_not_grouped():
    assert words.fill("{first_year} {n} {x_year}", first_year=2024, n=2024, x_year=2024.5) == "2024 2,024 2,024.5"


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_has_a_zero_in_vietnamese_only_before_march(month):
    said = in_both(lambda: words.month(pd.Period(f"2021-{month}", "M")))
    assert said[0] == datetime.date(2021, month, 1).strftime("%B 2021")
    assert said[1] == (f"tháng 0{month}/2021" if month < 3 else f"tháng {month}/2021")
    assert in_both(lambda: words.month(pd.NaT)) == ("no data", "không có số liệu")
    short = in_both(lambda: words.short_month(datetime.date(2021, month, 1)))
    assert short == (f"{month}/2021", said[1].removeprefix("tháng "))


@given(st.floats(-1e9, 1e9))
def test_a_vietnamese_number_is_the_english_one_with_marks_exchanged(x):
    en, vi = in_both(lambda: words.number(x, 2))
    assert vi.replace(".", "#").replace(",", ".").replace("#", ",") == en


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_never_becomes_markup(text):
    tags = mistune.create_markdown(plugins=["url", "math", "table", "strikethrough"])("So: " + words.say("{x}", x=text))
    assert tags.startswith("<p>") and tags.count("<") == 2


@given(st.text())
def test_a_value_in_a_sentence_holds_no_active_character_and_reads_as_it_was(text):
    said = words.say("{x}", x=text)
    assert not set(said) & set("<>$`*[]|~_")
    if not re.fullmatch(words._ISO, text):
        assert html.unescape(said) == " ".join(text.split())


def test_a_sentence_in_a_sentence_keeps_its_emphasis():
    assert words.say("{x}", x=words.say("**{y}**", y="a*b")) == "**a&#42;b**"


@pytest.mark.parametrize(
    ("n", "said"), [(0, "none"), (1, "one"), (2, "2 of them"), (7, "all 7"), (1234, "1,234 of them")]
)
def test_each_count_has_its_sentence(n, said):
    assert words.count(n, "none", "one", "{n} of them", "all {n}", of=7) == said


def test_one_of_one_is_not_all_and_an_empty_sentence_says_nothing():
    assert words.count(1, "", "one", "many", "all", of=1) == "one"
    assert words.count(0, "", "one", "many") == ""


@pytest.mark.parametrize(
    ("x", "digits", "better", "said"),
    [
        (0.04, 1, "higher", "less than 0.1 points either way"),
        (0.06, 1, "higher", "0.1 points higher (better)"),
        (-0.06, 1, "higher", "0.1 points lower (worse)"),
        (0.06, 1, "lower", "0.1 points higher (worse)"),
        (-0.06, 1, "lower", "0.1 points lower (better)"),
        (-2, 0, "neither", "2 points lower"),
        (float("nan"), 0, "higher", "no data"),
    ],
)
def test_a_difference_says_its_direction_and_which_is_better(x, digits, better, said):
    assert words.difference(x, digits, "points", better) == said


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((-0.04, 0.3), "from less than 0.1 points lower to 0.3 points higher"),
        ((0, 0.3), "from no different to 0.3 points higher"),
        ((-2, -1), "from 2.0 to 1.0 points lower"),
        ((-2, -0.01), "from 2.0 to less than 0.1 points lower"),
        ((0.01, 2), "from less than 0.1 to 2.0 points higher"),
        ((-2, -1.99), "at 2.0 points lower"),
        ((float("nan"), 1), "no interval"),
        ((1, float("nan")), "no interval"),
    ],
)
def test_an_interval_of_differences_in_words(ends, said):
    assert words.between(*ends, 1, "points") == said


def test_an_interval_on_one_side_names_side_and_measure_once_in_vietnamese():
    words.use("vi")
    assert words.between(-1.4, -0.01, 1, "điểm phần trăm") == "thấp hơn từ 1,4 đến chưa tới 0,1 điểm phần trăm"


@pytest.mark.parametrize(
    ("p", "said"), [(0.0004, "< 0.001"), (0.0005, "0.001"), (0.05, "0.050"), (1.0, "1.000"), (None, "no data")]
)
def test_a_p_value_is_never_0(p, said):
    assert words.p_value(p) == said


def test_a_value_that_is_not_given_is_named():
    with pytest.raises(ValueError, match=r"names \{y\}, given are: x"):
        words.fill("{y}", x=1)


def test_marks_are_taken_off_for_searches_and_file_names():
    assert words.unmarked("Đắk Lắk – Bà Rịa") == "dak lak – ba ria"


def test_names_sort_in_vietnamese_order():
    names = ["Đồng Nai", "Đắk Lắk", "Hà Nội", "Cần Thơ", "Đà Nẵng", "Hà Nam", "Cao Bằng", "An Giang", "Dak", "Ấp"]
    ordered = ["An Giang", "Ấp", "Cao Bằng", "Cần Thơ", "Dak", "Đà Nẵng", "Đắk Lắk", "Đồng Nai", "Hà Nam", "Hà Nội"]
    assert sorted(names, key=words.vietnamese_order) == ordered


def test_tones_sort_after_letters():
    names = ["mạ", "má", "mã", "mả", "mà", "ma", "mă"]
    assert sorted(names, key=words.vietnamese_order) == ["ma", "mà", "mả", "mã", "má", "mạ", "mă"]


def test_order_is_the_same_for_composed_and_decomposed_letters():
    import unicodedata

    assert words.vietnamese_order("Thừa Thiên Huế") == words.vietnamese_order(
        unicodedata.normalize("NFD", "Thừa Thiên Huế")
    )


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="expected one of en, vi"):
        words.use("fr")


def test_a_count_with_emphasis_is_markdown_whose_values_are_letters():
    said = words.count(2, "", "", "**{n} of {name}**", name="<b>*x*</b>")
    assert isinstance(said, words.Sentence) and said == "**2 of &#60;b&#62;&#42;x&#42;&#60;/b&#62;**"
    assert not isinstance(words.count(2, "", "", "{n} of {name}", name="x"), words.Sentence)


def test_joined_sentences_keep_their_emphasis_and_plain_text_stays_letters():
    assert words.joined(words.say("**a**"), "", "*b* <c>") == "**a** &#42;b&#42; &#60;c&#62;"


def test_a_percent_sign_that_is_a_unit_stands_at_its_number():
    words.use("vi")
    assert words.difference(8.6, 1, words._("percent")) == "cao hơn 8,6%"


@pytest.mark.parametrize("write", [words.fill, words.say])
def test_a_p_value_below_what_is_shown_has_one_sign(write):
    assert write("p = {p}", p=words.p_value(0.034)) == "p = 0.034"
    assert "=" not in write("p = {p}", p=words.p_value(0.0001))


def test_a_half_is_rounded_away_from_zero_in_every_text():
    assert [words.percent(n / 8) for n in (1, 3, 5)] == ["13%", "38%", "63%"]
    assert [words.number(x, 0) for x in (0.5, 2.5, -2.5)] == ["1", "3", "\u22123"]
    assert (words.percent(0.285), words.percent(1 - 0.715), words.number(1.005, 2)) == ("29%", "29%", "1.01")
    assert words.fill("{x:.1f} {x:.0%}", x=0.125) == "0.1 13%" and words.number(0.4999999, 0) == "0"


def test_a_percentage_that_rounds_to_nothing_has_no_sign():
    assert (words.percent(-0.0001, 1), words.percent(-0.011, 1)) == ("0.0%", "\u22121.1%")
