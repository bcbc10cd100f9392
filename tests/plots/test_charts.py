"""Pictures: what is drawn for local, non-local, unknown and missing; nothing joined across a break."""

import matplotlib.pyplot as plt
import matplotlib.style
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from helpers import paths
from helpers.plots import charts
from helpers.words import Words

EN, VI = Words("en"), Words("vi")
TILES = pd.DataFrame(
    {
        "unit_code": ["01", "62", "79"],
        "row": [0, 1, 2],
        "col": [0, 1, 1],
        "label": ["Hà Nội", "Kon Tum", "TP. Hồ Chí Minh"],
    }
)


@pytest.fixture(autouse=True)
def style():
    with matplotlib.style.context(str(paths.root() / "src" / "helpers" / "templates" / "helpers.mplstyle")):
        yield
    plt.close("all")


@pytest.fixture
def ax():
    return charts.sheet()[1][0, 0]


def texts(ax):
    return [t.get_text() for t in ax.texts]


def month(text):
    return pd.Period(text, "M")


def spells(*rows):
    frame = pd.DataFrame(rows, columns=["person", "start", "end", "non_local"])
    return frame.assign(
        start=pd.PeriodIndex(frame["start"], freq="M"),
        end=pd.PeriodIndex(frame["end"], freq="M"),
        non_local=frame["non_local"].astype("boolean"),
    )


def series(values, segment=0, name="a"):
    frame = pd.DataFrame({"year": list(values), "value": list(values.values())}).assign(series=name, segment=0)
    return frame.assign(segment=[segment(y) for y in frame["year"]] if callable(segment) else segment)


def test_a_tile_without_a_value_is_blank_and_has_no_number(ax):
    charts.tile_map(pd.Series({"01": 1.5, "62": float("nan"), "79": 2.5}), TILES, VI, ax)
    assert [to_hex(p.get_facecolor()) == "#ffffff" for p in ax.patches] == [False, True, False]
    assert texts(ax) == ["Hà Nội", "1,5", "Kon Tum", "", "TP. Hồ Chí\nMinh", "2,5"]


def test_the_smallest_value_is_not_blank(ax):
    charts.tile_map(pd.Series({"01": 1.0, "62": 2.0, "79": 3.0}), TILES, EN, ax)
    assert "#ffffff" not in [to_hex(p.get_facecolor()) for p in ax.patches]


def test_a_higher_value_is_darker(ax):
    charts.tile_map(pd.Series({"01": 1.0, "62": 2.0, "79": 3.0}), TILES, EN, ax)
    brightness = [sum(p.get_facecolor()[:3]) for p in ax.patches]
    assert brightness == sorted(brightness, reverse=True) and len(set(brightness)) == 3


def test_one_value_everywhere_can_be_drawn(ax):
    charts.tile_map(pd.Series({"01": 5.0, "62": 5.0, "79": 5.0}), TILES, EN, ax)
    assert len({p.get_facecolor() for p in ax.patches}) == 1


def test_status_shows_colour_mark_and_hatch(ax):
    charts.status_map(pd.Series({"01": True, "62": False}, dtype="boolean"), TILES, EN, ax)
    assert [to_hex(p.get_facecolor()) for p in ax.patches] == [charts.NON_LOCAL, charts.LOCAL, charts.UNKNOWN]
    assert [p.get_hatch() for p in ax.patches] == [None, None, charts.HATCH]
    assert texts(ax)[1::2] == ["▲", "○", "?"]


def test_small_maps_share_one_scale_and_hide_what_is_left():
    frame = pd.DataFrame({"unit_code": ["01", "01"], "year": [2010, 2011], "value": [1.0, 9.0]})
    axes = charts.sheet(1, 3)[1].ravel()
    charts.small_maps(frame, TILES, EN, axes)
    first, second = (sum(ax.patches[0].get_facecolor()[:3]) for ax in axes[:2])
    assert first > second and not axes[2].get_visible()
    assert [ax.get_title("center") for ax in axes[:2]] == ["2010", "2011"]


def test_a_band_is_hatched_where_nobody_is_known(ax):
    charts.year_axis(ax, 2005, 2024)
    charts.spell_band(
        spells(("A", "2006-01", "2010-07", False), ("B", "2012-01", None, True)), EN, ax, first=2005, last=2025
    )
    ground, local, non_local = (p for p in ax.patches if isinstance(p, Rectangle))
    assert ground.get_hatch() == charts.HATCH and (ground.get_x(), ground.get_width()) == (2005, 20)
    assert (local.get_x(), local.get_width()) == (2006, 4.5) and to_hex(local.get_facecolor()) == charts.LOCAL
    assert (non_local.get_x(), non_local.get_width()) == (2012, 13) and to_hex(
        non_local.get_facecolor()
    ) == charts.NON_LOCAL


def test_a_spell_of_unknown_home_is_hatched_not_grey(ax):
    charts.spell_band(spells(("A", "2006-01", None, None)), EN, ax, first=2005, last=2025)
    assert ax.patches[1].get_hatch() == charts.HATCH and to_hex(ax.patches[1].get_facecolor()) == charts.UNKNOWN


def test_a_name_stands_only_where_there_is_room(ax):
    charts.year_axis(ax, 2005, 2024)
    charts.spell_band(
        spells(("Nguyễn Văn An", "2006-01", "2006-04", False), ("Trần Thị Bình", "2007-01", None, True)),
        EN,
        ax,
        first=2005,
        last=2025,
    )
    assert texts(ax)[0] in ("", "○") and texts(ax)[1] == "▲ Trần Thị Bình"


def test_a_spell_before_the_band_is_left_out(ax):
    charts.spell_band(spells(("A", "2000-01", "2004-01", False)), EN, ax, first=2005, last=2025)
    assert len(ax.patches) == 1


def test_no_line_joins_two_definitions(ax):
    charts.year_axis(ax, 2005, 2012)
    charts.indicator_lines(series({2006: 1, 2007: 2, 2009: 3, 2010: 4}, lambda y: int(y >= 2009)), EN, ax)
    assert [list(line.get_xdata()) for line in ax.lines] == [[2006.5, 2007.5], [2009.5, 2010.5]]


def test_a_line_spans_one_missing_year_and_not_two(ax):
    charts.year_axis(ax, 2005, 2015)
    charts.indicator_lines(series({2006: 1, 2008: 2, 2011: 3, 2012: 4}), EN, ax)
    assert [list(line.get_xdata()) for line in ax.lines] == [[2006.5, 2008.5], [2011.5, 2012.5]]


def test_a_break_that_refuses_is_full_and_a_caution_dotted(ax):
    charts.year_axis(ax, 2005, 2015)
    charts.break_lines(pd.DataFrame({"first_year": [2009, 2012, 2030], "refuses": [True, False, True]}), EN, ax)
    assert [(line.get_xdata()[0], line.get_linestyle()) for line in ax.lines] == [(2009, "-"), (2012, ":")]


def test_numbers_on_an_axis_are_in_the_language(ax):
    charts.year_axis(ax, 2005, 2008)
    charts.indicator_lines(series({2006: 1000.0, 2007: 1001.0}), VI, ax)
    ax.set_yticks([1000, 1000.25, 1000.5])
    assert ax.yaxis.get_major_formatter()(1000.25, 0) == "1.000,25"


def test_the_band_of_unknowns_spans_low_to_high(ax):
    national = pd.DataFrame(
        {"year": [2010, 2011], "share": [0.5, 0.5], "share_low": [0.3, 0.4], "share_high": [0.7, 0.6]}
    )
    charts.share_over_time(national, VI, ax, events={"26-NQ/TW": 2010.4})
    box = ax.collections[0].get_paths()[0].get_extents()
    assert (box.y0, box.y1) == (0.3, 0.7) and ax.collections[0].get_hatch()
    assert "26-NQ/TW" in texts(ax)


def test_the_fan_shows_median_and_range(ax):
    charts.year_axis(ax, 2010, 2011)
    frame = pd.DataFrame({"year": 2010, "value": range(101), "segment": 0})
    charts.quantile_fan(frame, EN, ax)
    spans = [(seg[0][1], seg[1][1]) for c in ax.collections for seg in c.get_segments()]
    assert spans == [(0, 100), (10, 90), (25, 75)]
    assert list(ax.lines[0].get_ydata()) == [50]


def test_coverage_is_blank_for_none_and_numbered_where_some_are_missing(ax):
    frame = pd.DataFrame({"label": ["a", "a", "b"], "year": [2010, 2011, 2011], "n_units": [63, 0, 41]})
    charts.coverage_map(frame, EN, ax)
    assert len(ax.patches) == 2 and texts(ax) == ["41"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize("words", [EN, VI])
def test_a_figure_carries_finding_n_and_source(words):
    fig, _ = charts.sheet()
    charts.title(fig, "Finding", "unit")
    charts.footer(fig, words, "VCCI", n="63")
    charts.leader_key(fig.axes[0], words)
    charts.colour_key(fig, words, (0, 1), "points")
    assert [t.get_text() for t in fig.texts] == [
        "Finding",
        "unit",
        f"n = 63. {words('Source: {source}', source='VCCI')}.",
    ]


def test_every_vietnamese_letter_is_in_the_font():
    from matplotlib import font_manager, ft2font

    font = ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))
    letters = "aăâeêioôơuưyđ" + "ắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữự" + "▲○"
    assert [c for c in letters + letters.upper() if not font.get_char_index(ord(c))] == []


def test_drawing_leaves_what_it_was_given_as_it_was(ax):
    frame = series({2006: 1.0, 2007: 2.0})
    before = frame.copy()
    charts.year_axis(ax, 2005, 2008)
    charts.indicator_lines(frame, EN, ax)
    pd.testing.assert_frame_equal(frame, before)
