"""How tables are shown, and where files of a notebook opened by hand go."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from helpers import display, paths, words
from helpers.plots import base


@pytest.fixture
def by_hand(tmp_path, monkeypatch):
    """A project in which a person opens notebooks: says which one, and in which folder its kernel works."""
    monkeypatch.delenv("PRESS_OUT", raising=False)
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))

    def opens(name):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / name))
        monkeypatch.chdir((tmp_path / name).parent)

    yield opens
    words.use("en")


def test_a_heading_that_is_not_the_name_of_its_column_says_the_name_on_hover():
    shown = display.table_html(pd.DataFrame({"unit_code": ["01"], "my_own": [1.5], "plain": [2]}))
    assert 'title="unit_code"' in shown and 'title="my_own"' in shown and 'title="plain"' not in shown


def test_a_fixed_number_keeps_its_decimals_in_a_table_of_fewer():
    assert [display.cell(0.25, column, 1) for column in ("m", "estimate")] == ["0.25", "0.3"]


def test_a_name_on_hover_is_escaped():
    assert 'title="a_&lt;&quot;&gt;"' in display.table_html(pd.DataFrame({'a_<">': [1]}))


def test_files_of_notebooks_opened_by_hand_are_kept_apart(by_hand):
    by_hand("notebooks/07_association.ipynb")
    assert display.folder() == paths.reports() / "interactive" / "07_association"
    by_hand("notebooks/mine.ipynb")
    assert display.folder().name == "mine"
    words.use("vi")
    assert display.folder().name == "mine.vi"


def test_a_session_without_a_notebook_writes_to_one_folder(by_hand):
    by_hand("notebooks/console")
    assert display.folder() == paths.reports() / "interactive"


@pytest.mark.parametrize("name", ["notebooks/07_association.ipynb", "lab/vi/lessons/one.ipynb", "at_the_root.ipynb"])
def test_a_link_leads_from_a_notebook_opened_by_hand_to_the_file(by_hand, name):
    by_hand(name)
    file = display.folder() / "results.csv"
    file.parent.mkdir(parents=True)
    file.touch()
    assert Path(display.link("results.csv")).samefile(file)
    assert f'href="{display.link("results.csv")}"' in display.table_html(
        pd.DataFrame({"file": ["results.csv"], "file_url": [display.link("results.csv")]})
    )


def _formats(figure):
    """What IPython makes of a figure: kinds of output to their text."""
    from IPython.testing.globalipapp import start_ipython

    shell = start_ipython() or get_ipython()  # noqa: F821
    shell.display_formatter.active_types = shell.display_formatter.format_types
    display.install()
    return shell.display_formatter.format(figure)[0]


def test_jupyterlab_shows_a_figure_with_its_alternative_text_without_having_to_trust_it(by_hand):
    by_hand("notebooks/07_association.ipynb")
    figure, _ = base.sheet()
    figure.said = {"name": "a", "alt": 'Range of "a" & b', "caption": ""}
    shown = _formats(figure)
    assert {*shown} == {"text/html", "text/plain"}
    assert (
        'alt="Range of &quot;a&quot; &amp; b"' in shown["text/html"]
        and "data:image/svg+xml;base64," in shown["text/html"]
    )


def test_a_report_keeps_a_figure_as_svg(monkeypatch, tmp_path):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    assert {*_formats(base.sheet()[0])} == {"image/svg+xml", "text/plain"}


def test_a_link_of_a_report_is_the_name_of_the_file(monkeypatch, tmp_path):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    assert display.link("results.csv") == "results.csv"


def test_a_page_of_another_report_is_linked_from_reports_and_by_hand_where_it_is_made(by_hand, monkeypatch):
    by_hand("notebooks/15_brief.ipynb")
    assert display.page("05_province/kon-tum") == ""
    made = paths.reports() / "05_province" / "kon-tum" / "en" / "index.html"
    made.parent.mkdir(parents=True)
    made.touch()
    assert Path(display.page("05_province/kon-tum")).samefile(made)
    monkeypatch.setenv("PRESS_OUT", str(paths.reports() / "15_brief" / "chair"))
    assert display.page("05_province/kon-tum") == "../../../05_province/kon-tum/en/index.html"


def _values_drawn(frame):
    """The rows of the table under a figure of these values, as the page gets them."""
    from IPython.testing.globalipapp import start_ipython

    shell = start_ipython() or get_ipython()  # noqa: F821
    shell.display_formatter.active_types = shell.display_formatter.format_types
    display.install()
    figure = base.finish(base.sheet()[0], "a", title="A", data=frame)
    return shell.display_formatter.format(figure)[1]["image/svg+xml"]["rows"]


def test_the_values_under_a_figure_are_words_and_numbers_of_its_language(by_hand, monkeypatch, tmp_path):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    frame = pd.DataFrame(
        {"estimator": ["twfe"], "stable": [True], "year": [2020], "p_value": [0.0001], "estimate": [0.0123456]}
    )
    frame = frame.assign(start=pd.Timestamp(2024, 1, 5), n_cells=[26.0])
    said = ["Design", "Same definition", "Year", "p", "Estimate", "From", "Behind this row"]
    assert _values_drawn(frame) == [
        said,
        ["two-way fixed effects", "yes", "2020", "< 0.001", "0.012", "5 January 2024", "26"],
    ]
    words.use("vi")
    assert _values_drawn(frame)[1] == [
        "hiệu ứng cố định hai chiều",
        "có",
        "2020",
        "< 0,001",
        "0,012",
        "05/01/2024",
        "26",
    ]
    assert (
        (tmp_path / "figures" / "a.vi.csv").read_text("utf-8-sig").splitlines()[1].startswith("twfe,True,2020,0.0001,")
    )


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("https://a.vn/b,c (mirror)", "https://a.vn/b,c"),
        ("https://a.vn/lam-dong, ninh-thuan", "https://a.vn/lam-dong"),
        ("../../../05_province/kon-tum/en/index.html", "../../../05_province/kon-tum/en/index.html"),
        ("results.csv", "results.csv"),
        ("000_145439fb1a08e107.txt", None),
        ("toquoc.vn 2022-09; lifetoday.vn 2022", None),
        ("laodongthudo.vn, page number 112926", None),
    ],
)
def test_only_an_address_becomes_a_link(told, address):
    page = display.table_html(pd.DataFrame({"source": ["A"], "source_url": [told]}))
    assert re.findall('href="(.*?)"', page) == ([address] if address else [])


def test_both_ends_of_a_bin_differ_under_its_figure():
    ends = np.linspace(0.36, 0.36 + 40 * 0.0046, 41)
    rows = display._values(pd.DataFrame({"from": ends[:-1], "to": ends[1:], "count": 1}))[1:]
    assert rows[0][:2] == ["0.360", "0.365"] and all(low != high for low, high, _ in rows)


def test_the_values_under_a_figure_have_the_decimals_of_the_indicator_of_their_row():
    values = pd.DataFrame({"label": ["a", "b"], "year": [2010, 2011], "own": [3210.0, 31.9]})
    values.attrs["decimals"] = [0, 1]
    assert display._values(display._to_digits(values, 12))[1:] == [["a", "2010", "3,210"], ["b", "2011", "31.9"]]


def test_an_estimate_and_its_interval_have_the_same_decimals_under_a_figure():
    frame = pd.DataFrame({"estimate": [-0.8, -0.17], "conf_low": [-1.61, np.nan], "conf_high": [0.0104, np.nan]})
    assert display._values(frame)[1:] == [["\u22120.80", "\u22121.61", "0.01"], ["\u22120.17", "", ""]]
    small = pd.DataFrame({"estimate": [-0.045], "conf_low": [-0.17], "conf_high": [0.027]})
    assert display._values(small)[1] == ["\u22120.05", "\u22120.17", "0.03"]


def test_the_values_under_a_figure_are_rounded_once_as_in_prose():
    frame = pd.DataFrame({"estimate": [-2.93499994, 5.0]})
    assert display._values(display._to_digits(frame, 12))[1] == ["\u22122.93"]


@pytest.mark.parametrize(("text", "mark"), [("Kon Tum", b""), ("Đắk Lắk", b"\xef\xbb\xbf")])
def test_a_table_with_letters_beyond_ascii_tells_excel_so_wherever_it_is_written(tmp_path, text, mark):
    display.write_csv(pd.DataFrame({"a": [text]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == mark + f"a\n{text}\n".encode()


def test_numbers_written_with_their_own_decimals_stand_to_the_right_and_codes_to_the_left():
    table = display.table_html(
        pd.DataFrame({"code": ["01", "62"], "value": ["66.5", "1,234"], "mark": ["", "doubtful"]})
    )
    sides = [part[:5].rstrip('"<>') for part in table.split("text-align:")[1:4]]
    assert sides == ["left", "right", "left"]
