"""The page of a notebook: parameters refused or taken, figures, tables, sources."""

import hashlib
import json

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from helpers import page
from helpers.record import tables

ROWS = pd.DataFrame({"unit_code": ["01", "62", "79"]})
SOURCES = pd.DataFrame(
    {
        "source": ["s1"],
        "publisher": ["P & Q"],
        "title": ["T"],
        "years": ["2005"],
        "url_or_repo": ["https://example.org/a"],
        "licence_or_terms": ["open"],
    }
)


@pytest.fixture(autouse=True)
def tables(monkeypatch, tmp_path):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path / "out"))
    monkeypatch.setattr(tables, "sources", lambda names: SOURCES[SOURCES["source"].isin(names)])
    InteractiveShell.instance()


def begin(lang="en", **extra):
    return page.begin(
        {"lang": lang, "pd": pd, "_x": 1, "In": [], **extra}, "05_province", **CHECKERS.copy() if extra else {}
    )


CHECKERS = {"province": page.Province()}


def shown(act):
    with capture_output() as out:
        act()
    return out.outputs


def html_of(act):
    return shown(act)[0].data["text/html"]


def test_a_known_province_is_taken():
    assert begin(province="62").parameters == {"lang": "en", "province": "62"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"province": "62", "provnce": "01"}, "no parameter 'provnce'.*Did you mean province"),
        ({"province": "62", "zz": 1}, "no parameter 'zz'; its parameters are: lang, province"),
        (
            {"province": 1},
            r"province is 1 \(int\); expected text, such as \'01\'. Put it in quotes; with papermill use -r",
        ),
        ({"province": "63"}, "province is '63'; expected one of: 01, 02, .*Closest: 62, 64, 60"),
        ({"province": "Kon Tum"}, "province is 'Kon Tum'; .* Closest: 62"),
        ({"province": None}, r"province is None \(NoneType\); expected text"),
        ({"provinc": "62"}, "Did you mean province"),
    ],
)
def test_a_wrong_parameter_stops_the_run(given, message):
    with pytest.raises(ValueError, match=message):
        begin(**given)


def test_a_missing_parameter_is_named():
    with pytest.raises(ValueError, match="needs the parameter 'province'"):
        page.begin({"lang": "en"}, "05_province", province=page.Province())


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="lang is 'fr'; expected one of: en, vi"):
        begin(lang="fr")


def test_a_second_look_in_one_session_may_find_the_readers_own_variables(monkeypatch):
    monkeypatch.delenv("PRESS_OUT")
    namespace = {"lang": "en"}
    page.begin(namespace, "x")
    namespace["n"] = 3
    assert page.begin(namespace, "x").lang == "en"


@pytest.mark.parametrize(
    ("checker", "good", "bad", "message"),
    [
        (page.Whole(1, 9), 3, 10, "from 1 to 9"),
        (page.Whole(1, 9), 3, True, "expected a whole number"),
        (page.Real(0, 1), 1, 1.5, "from 0 to 1"),
        (page.Real(0, 1), 0.5, float("nan"), "from 0 to 1"),
        (page.Flag(), True, 1, "expected True or False"),
        (page.Text(), "any", 5, "Put it in quotes"),
        (page.OneOf(["fixed", "did"]), "did", "fixd", "Closest: fixed"),
        (page.Window(), [2006, 2021], 2006, "expected a list"),
        (page.Window(), [2006, 2021], [2006, "2021"], "expected a whole number"),
        (page.Outcome(), "pci_score", "pci_scor", "Closest: pci_score"),
        (page.Outcome(), "pci_rank", "area_km2", "expected one of"),
        (page.Outcome(usable=False), "area_km2", "none", "expected one of"),
        (page.Definition(), "hometown", "home", "Closest: hometown"),
    ],
)
def test_a_checker_takes_one_value_and_refuses_another(checker, good, bad, message):
    checker.check("p", good)
    with pytest.raises(ValueError, match=message):
        checker.check("p", bad)


def test_files_of_an_open_notebook_go_to_its_own_folder(monkeypatch):
    monkeypatch.delenv("PRESS_OUT")
    assert begin().folder.parts[-3:] == ("reports", "interactive", "05_province")


@pytest.mark.parametrize(("lang", "text"), [("en", "**1,234** of Huế"), ("vi", "**1.234** của Huế")])
def test_a_sentence_is_in_the_language_of_the_page(lang, text):
    doc = begin(lang)
    out = shown(lambda: doc.say(en="**{n}** of {p}", vi="**{n}** của {p}", n=1234, p="Huế"))
    assert out[0].data["text/markdown"] == text


def test_a_sentence_wrong_in_the_other_language_fails_too():
    with pytest.raises(ValueError, match="names {m}"):
        begin("en").say(en="{n}", vi="{m}", n=1)


def test_a_figure_is_written_twice_shown_once_and_closed():
    doc = begin()
    fig, _ = plt.subplots()
    out = shown(
        lambda: doc.figure(
            fig, "a", alt_en="Line for {p}", alt_vi="Đường của {p}", caption_en="C", caption_vi="C", p="Huế"
        )
    )
    assert [o.metadata["image/png"]["alt"] for o in out] == ["Line for Huế"]
    assert sorted(f.name for f in (doc.folder / "figures").iterdir()) == ["a.png", "a.svg"]
    assert not plt.fignum_exists(fig.number)


def test_two_drawings_of_one_figure_are_the_same_bytes():
    doc, digests = begin(), []
    for _ in range(2):
        fig, ax = plt.subplots()
        ax.bar([0, 1], [1, 2], hatch="//", label="Đắk Lắk $x$")
        ax.legend()
        shown(lambda fig=fig: doc.figure(fig, "b", alt_en="a", alt_vi="b"))
        digests.append(
            [hashlib.sha256((doc.folder / "figures" / f"b.{e}").read_bytes()).hexdigest() for e in ("png", "svg")]
        )
    assert digests[0] == digests[1]


def test_a_figure_without_words_for_the_blind_is_refused():
    with pytest.raises(ValueError, match="alt_en and alt_vi"):
        begin().figure(plt.figure(), "a", alt_en="x", alt_vi=" ")


def test_a_file_name_cannot_leave_the_folder():
    with pytest.raises(ValueError, match="file name"):
        begin().results(ROWS, "../a")


def test_text_that_a_spreadsheet_would_run_is_quoted_in_the_file_and_numbers_are_not():
    doc = begin()
    doc.results(
        pd.DataFrame({"unit_code": ["01", "=cmd()", "+1", "-1", "@x", "\tx"], "value": [-1.5, 2, 3, 4, 5, None]})
    )
    lines = (doc.folder / "results.csv").read_text("utf-8").split("\n")
    assert lines == ["unit_code,value", "01,-1.5", "'=cmd(),2.0", "'+1,3.0", "'-1,4.0", "'@x,5.0", "'\tx,", ""]


def test_a_table_is_escaped_and_says_what_its_cells_are():
    frame = pd.DataFrame(
        {"name": ["<b>x</b>"], "year": [2024], "value": [1234.5], "url": ["javascript:alert(1)"], "n": [None]}
    )
    columns = {"name": ("Name", "Tên"), "year": ("Year", "Năm"), "value": ("Value", "Giá trị"), "n": ("n", "n")}
    doc = begin("vi")
    text = html_of(
        lambda: doc.table(
            frame, "t", caption_en="A {x}", caption_vi="Bảng {x}", columns=columns, links={"name": "url"}, x="<i>"
        )
    )
    assert "<caption>Bảng &#60;i&#62;</caption>" in text
    assert '<th scope="row" style="text-align:left">&lt;b&gt;x&lt;/b&gt;</th>' in text
    assert '<th scope="col" style="text-align:right">Giá trị</th>' in text
    assert '<td style="text-align:right">1.234,5</td>' in text and ">2024</td>" in text
    assert "javascript" not in text


def test_a_web_address_becomes_a_link():
    frame = pd.DataFrame({"name": ["a"], "url": ["https://example.org/?a=1&b=2"]})
    text = html_of(
        lambda: begin().table(
            frame, "t", caption_en="c", caption_vi="c", columns={"name": ("N", "N")}, links={"name": "url"}
        )
    )
    assert '<a href="https://example.org/?a=1&amp;b=2">a</a>' in text


def test_a_long_table_shows_some_rows_says_so_and_writes_all():
    doc = begin()
    frame = pd.DataFrame({"x": range(50)})
    text = html_of(lambda: doc.table(frame, "t", caption_en="c.", caption_vi="c.", show=5))
    assert text.count("<tr>") == 6 and "5 of 50 rows" in text
    assert (doc.folder / "t.csv").read_text().count("\n") == 51


def test_a_chance_is_never_shown_as_zero():
    doc = begin("vi")
    frame = pd.DataFrame({"what": ["a", "b"], "p_value": [0.0002, 0.0006], "gap": [0.0002, 0.0006]})
    columns = {c: (c, c) for c in frame}
    text = html_of(lambda: doc.table(frame, "t", caption_en="c", caption_vi="c", columns=columns, digits=3))
    assert [c.split("<")[0] for c in text.split('text-align:right">')[3:]] == ["&lt; 0,001", "0,000", "0,001", "0,001"]


def test_a_file_can_hold_other_columns_than_the_table_shown():
    doc = begin("vi")
    shown(
        lambda: doc.table(
            pd.DataFrame({"a": ["có"]}), "t", caption_en="c", caption_vi="c", data=pd.DataFrame({"a": [True]})
        )
    )
    assert (doc.folder / "t.csv").read_text() == "a\nTrue\n"


def test_the_end_shows_sources_and_leaves_what_was_used(monkeypatch):
    doc = begin(province="62")
    shown(lambda: doc.title(en="Kon Tum", vi="Kon Tum"))
    doc.cite(pd.Series(["s1", None, "s1"]))
    doc.results(ROWS)
    monkeypatch.setattr(tables, "used", lambda: {"units": "ab" * 32})
    text = html_of(doc.close)
    assert '<a href="https://example.org/a">' in text and "P &#38; Q" in text and "results.csv" in text
    used = json.loads((doc.folder / "used.json").read_text("utf-8"))
    assert used["tables"] == {"units": "ab" * 32} and used["sources"] == ["s1"] and used["title"] == "Kon Tum"
    assert used["parameters"] == {"lang": "en", "province": "62"} and used["files"] == ["results.csv"]


def test_a_source_that_no_table_lists_stops_the_run():
    doc = begin()
    doc.cite(["s9"])
    with pytest.raises(ValueError, match="s9"):
        doc.close()
