"""A figure for every screen: drawn anew for a phone, written so that a page colours it, its marks said, its values offered."""

import io
import itertools
import json
import re
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers import display, findings, paths, study, words
from helpers.plots import base, effects, record

TEXTS = {"title": "A title", "detail": "a detail", "source": "a table"}
COUNTS = pd.DataFrame({"local": [3, 2], "non_local": [1, 2]}, index=pd.Index([2010, 2011], name="year"))


@pytest.fixture
def fig():
    return record.bars(COUNTS, "b", **TEXTS)


def letters(drawn):
    sizes = re.findall(r"font(?:-size)?: (?:bold )?([\d.]+)px", drawn)
    return min(map(float, sizes)) * 96 / 72  # an SVG of matplotlib counts in points


def test_a_phone_gets_its_own_drawing_with_letters_of_11_pixels(fig):
    small = fig.narrow()
    assert small is not fig and round(small.get_figwidth() * 96) == 358
    assert letters(base.svg(small)) >= 11


def test_panels_stand_below_each_other_on_a_phone():
    frames = {
        name: pd.DataFrame(
            {"year": [2010, 2011], "share": [0.5, 0.6], "share_low": 0.4, "share_high": 0.8, "local": 9, "non_local": 9}
        )
        for name in "ab"
    }
    wide = record.shares(frames, **TEXTS)
    (one, two), (three, four) = ([ax.get_position() for ax in fig.axes] for fig in (wide, wide.narrow()))
    assert one.y0 == two.y0 and three.y0 > four.y0


def test_each_mark_says_its_value(fig):
    root = ET.fromstring(base.svg(fig))
    said = [
        group.get("aria-label") for group in root.iter("{http://www.w3.org/2000/svg}g") if group.get("class") == "mark"
    ]
    assert said == ["2010, local: 3", "2011, local: 2", "2010, non-local: 1", "2011, non-local: 2"]


def test_text_stays_text_and_colours_follow_the_page(fig):
    drawn = base.in_page(base.svg(fig))
    assert ">A title</text>" in drawn and "var(--accent, #b5432a)" in drawn
    assert not re.search(r"[^,] #(b5432a|9ca3af|1f2937|6b7280|e5e7eb|ffffff)\b", drawn)


def test_texts_and_panels_do_not_overlap():
    long = {**TEXTS, "title": "A title of many words that needs " * 5, "note": "something else that must be known " * 9}
    fig = record.bars(COUNTS, "b", **long).narrow()
    fig.draw_without_rendering()
    boxes = [text.get_window_extent() for text in fig.texts] + [
        fig.legends[0].get_window_extent(),
        fig.axes[0].get_tightbbox(),
    ]
    assert not [(a, b) for k, a in enumerate(boxes) for b in boxes[:k] if a.overlaps(b)]


def test_files_are_drawing_picture_and_values(fig, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    drawn, about = display._figure(fig)
    assert json.dumps(about) and about["alt"].startswith("A title.") and about["narrow"] != drawn
    values = pd.read_csv(tmp_path / about["data"])
    assert values.to_dict("list") == {"year": [2010, 2011], "local": [3, 2], "non_local": [1, 2]}
    assert all((tmp_path / name).is_file() for name in about["files"])
    assert not [name for name in about["files"] if name.endswith(".png")]


def test_a_card_is_written_as_png_too_where_pages_are_published(fig, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_OUT", str(tmp_path))
    fig.card = True
    assert not [name for name in display._figure(fig)[1]["files"] if name.endswith(".png")]
    monkeypatch.setenv("PRESS_ADDRESS", "https://example.org/site")
    assert (tmp_path / display._figure(fig)[1]["files"][-1]).read_bytes().startswith(b"\x89PNG")


def test_a_figure_drawn_by_hand_is_shown_as_a_picture():
    from IPython.core.interactiveshell import InteractiveShell
    from matplotlib.figure import Figure

    from helpers import display

    shell = InteractiveShell.instance()
    try:
        display.install()
        fig = Figure(figsize=(2, 1))
        fig.subplots().set_title("By hand")
        fig.suptitle("Drawn")
        shown, about = shell.display_formatter.format(fig)
    finally:
        InteractiveShell.clear_instance()
    assert shown["image/png"].startswith(b"\x89PNG")
    assert about["image/png"] == {"name": "", "alt": "Drawn; By hand", "caption": "", "width": 192}


def test_each_year_of_a_counterfactual_says_both_values():
    path = pd.DataFrame({"actual": [1.0, 2, 3], "counterfactual": [1.0, 1, 1]}, index=[2010, 2011, 2012])
    panel = SimpleNamespace(heading="H", digits=1, source="a table", measure="points", units="provinces", led_by="L")
    root = ET.fromstring(base.svg(effects.counterfactual(path, 2012, panel, unit="U", title="T")))
    said = [
        group.get("aria-label") for group in root.iter("{http://www.w3.org/2000/svg}g") if group.get("class") == "mark"
    ]
    assert said == ["2010: 1.0 / 1.0", "2011: 2.0 / 1.0", "2012: 3.0 / 1.0"]


def test_a_heading_over_a_panel_has_its_own_room():
    frames = {
        name: pd.DataFrame(
            {"year": [2010, 2011], "share": 0.5, "share_low": 0.4, "share_high": 0.8, "local": 9, "non_local": 9}
        )
        for name in "ab"
    }
    fig = record.shares(frames, **TEXTS)
    fig.draw_without_rendering()
    heading, legend = fig.axes[0]._left_title.get_window_extent(), fig.legends[0].get_window_extent()
    assert heading.width and not heading.overlaps(legend)


def _labels(fig):
    """The texts of rows of a drawn figure, with the boxes that they take."""
    drawn = FigureCanvasAgg(fig).get_renderer()
    texts = [text for ax in fig.axes for text in ax.texts if text.get_text()]
    return [(text, text.get_window_extent(drawn)) for text in texts]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_labels_of_a_specification_curve_stand_in_one_line_inside_the_figure(lang, request):
    request.addfinalizer(lambda: words.use("en"))
    words.use(lang)
    panel = study.panel()
    made = findings.robustness(panel, 20)
    assert made.family["label"].iloc[0] == {"en": "PCI score", "vi": "Điểm PCI"}[lang]
    wide = effects.curve(made.shown, made.band, made.choices, panel, title="A title")
    for fig in (wide, wide.narrow()):
        said = _labels(fig)
        boxes = [box for _, box in said]
        assert len(said) > 15 and not any("\n" in text.get_text() for text, _ in said)
        assert all(box.x0 >= 0 and box.x1 <= fig.bbox.x1 for box in boxes)
        assert not any(above.overlaps(below) for above, below in itertools.pairwise(boxes))


def test_on_a_phone_the_zero_line_does_not_cross_a_label():
    table = pd.DataFrame({"label": ["A long name " * 4] * 2, "measure": "points", "digits": 1, "estimate": 0.1})
    table = table.assign(estimator=["twfe", "switchers"], conf_low=-1.0, conf_high=1.0)
    fig = effects.small_multiples(table, title="A title").narrow()
    assert all(box.y0 >= text.axes.bbox.y1 for text, box in _labels(fig))
    ax = base.sheet()[1][0, 0]
    token = base._is_narrow.set(True)
    base.row_axis(ax, [0], ["A"])
    base._is_narrow.reset(token)
    assert ax.texts[0].get_bbox_patch().get_facecolor() == (1, 1, 1, 1)


def test_on_a_phone_a_label_of_two_lines_keeps_off_the_cells_of_the_row_before():
    cells = pd.DataFrame({"indicator": list("aabb"), "year": [2010, 2011] * 2, "n_units": 63})
    cells = cells.assign(indicator=cells["indicator"] + " long name" * 6)
    fig = record.coverage(cells, pd.DataFrame({"indicator": [], "first_year": []}), "a", **TEXTS).narrow()
    ax, ((_, _first), (_, second)) = fig.axes[0], _labels(fig)
    ends = {y for path in ax.collections[0].get_paths() for y in path.vertices[:, 1]}
    foot = [ax.transData.transform((0, y))[1] for y in sorted(ends)[-3:-1]]  # of the cells before, top of its own
    assert foot[0] >= second.y1 and second.y0 >= foot[1] - 0.5


def test_a_downloaded_figure_has_the_accent_of_the_page():
    page = (paths.root() / "src" / "press" / "templates" / "style.css").read_text(encoding="utf-8")
    assert f"--accent: {base.NON_LOCAL};" in page and f"--fill: {base.LOCAL};" in page


@pytest.mark.parametrize("name_axis", [base.number_axis, base.percent_axis])
@pytest.mark.parametrize("ticks", [[37.5, 42.5, 47.5], [35.0, 40.0], [0.25], [-0.5, 0.0, 0.5], [1000.0, 1250.0]])
def test_a_number_on_an_axis_is_the_number_of_its_place(name_axis, ticks):
    ax = base.sheet()[1][0, 0]
    each = 100 if name_axis is base.percent_axis else 1
    name_axis(ax.xaxis)
    written = ax.xaxis.get_major_formatter().format_ticks([tick / each for tick in ticks])
    said = [float(text.strip("%").replace("\u2212", "-").replace(",", "")) for text in written]
    assert said == ticks


@pytest.mark.parametrize("label", ["재정자립도 (%)", "家庭收入", "รายได้", "आय"])
def test_letters_that_the_font_does_not_have_stay_text_in_a_page_and_make_a_picture(label):
    drawn = record.bars(COUNTS, "b", **TEXTS | {"title": label})
    picture = io.BytesIO()
    base.write_png(drawn, picture)
    assert f">{label}</text>" in base.svg(drawn) and picture.getvalue()[:4] == b"\x89PNG"
