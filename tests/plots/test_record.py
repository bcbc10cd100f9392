"""Figures of the record: what is drawn for local, non-local, unknown and missing; texts from the same values; nothing joined across a break."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from helpers import words
from helpers.plots import base, record
from helpers.record import places, tables, terms

TEXTS = {"title": "A title.", "detail": "a detail", "source": "a table"}


@pytest.fixture(params=["en", "vi"])
def lang(request):
    words.use(request.param)
    yield request.param
    words.use("en")


def _month(text):
    return pd.Period(text, "M") if text else pd.NaT


def _terms(*rows):
    frame = pd.DataFrame(rows, columns=["person", "start", "end", "non_local"])
    return frame.assign(
        start=frame["start"].map(_month), end=frame["end"].map(_month), non_local=frame["non_local"].astype("boolean")
    )


def _alt(fig):
    assert isinstance(fig, Figure)
    return base.texts(fig)["alt"]


def test_a_map_of_leaders_names_the_units_of_each_kind(lang):
    alt = _alt(record.tile_map(pd.Series({"01": True, "62": False}, dtype="boolean"), **TEXTS))
    known = {
        "en": ("non-local: Hà Nội", "local: Kon Tum"),
        "vi": ("không phải là người địa phương: Hà Nội", "người địa phương: Kon Tum"),
    }
    assert all(part in alt for part in known[lang]), alt


def test_a_map_of_leaders_leaves_out_a_kind_that_no_unit_has():
    alt = _alt(record.tile_map(pd.Series(True, index=places.codes(34), dtype="boolean"), 34, **TEXTS))
    assert "unknown" not in alt and "; local" not in alt


def test_a_figure_of_leaders_says_of_how_many_units_the_leader_is_known(lang):
    one = {"en": "n = 63 provinces, 2 of them known", "vi": "n = 63 tỉnh, thành phố, 2 nơi đã rõ"}[lang]
    assert one in _texts_of(record.tile_map(pd.Series({"01": True, "62": False}, dtype="boolean"), **TEXTS))
    years = {"en": "63 provinces, 41 to 63 of them known in a year", "vi": "mỗi năm đã rõ 41 đến 63 nơi"}[lang]
    assert years in _texts_of(record.shares({"": terms.national()}, **TEXTS))


@pytest.mark.parametrize("boundaries", [63, 34])
def test_a_map_has_a_tile_for_each_unit(boundaries):
    _fig, axes = base.sheet()
    record.draw_tiles(axes[0, 0], pd.Series(1.0, index=places.codes(boundaries)), boundaries)
    assert sum(len(part.get_paths()) for part in axes[0, 0].collections) == boundaries


def test_a_tile_without_a_value_is_blank_and_has_no_number():
    _fig, axes = base.sheet()
    record.draw_tiles(axes[0, 0], pd.Series({"01": 1.5, "79": 2.5}))
    numbers = [text.get_text() for text in axes[0, 0].texts if text.get_text()[:1].isdigit()]
    assert numbers == ["1.5", "2.5"]
    faces = [to_hex(face) for part in axes[0, 0].collections for face in part.get_facecolor()]
    assert faces.count("#ffffff") == 61


def test_darker_is_higher():
    _fig, axes = base.sheet()
    record.draw_tiles(axes[0, 0], pd.Series({"01": 1.0, "02": 5.0}))
    first, second = (sum(face[:3]) for face in axes[0, 0].collections[0].get_facecolor() if to_hex(face) != "#ffffff")
    tiles = tables.load("tiles")["unit_code"].tolist()
    low, high = (first, second) if tiles.index("01") < tiles.index("02") else (second, first)
    assert high < low


def test_a_title_loses_its_full_stop_and_the_alternative_text_begins_with_it(lang):
    assert _alt(record.tile_map(pd.Series({"01": 1.0}), **TEXTS)).startswith("A title. Hà Nội ")


def _pieces(line):
    """The years of each stretch of a line that is drawn without a gap."""
    years = pd.Series(line.get_xdata())
    return [len(part.dropna()) for _, part in years.groupby(years.isna().cumsum()) if part.notna().any()]


def test_no_line_joins_two_definitions():
    _fig, axes = base.sheet()
    frame = pd.DataFrame({"year": [2010, 2011, 2012, 2013], "segment": [0, 0, 1, 1], "source": "", "a": [1.0, 2, 3, 4]})
    lines = pd.DataFrame({"first_year": [2012], "refuses": [True]})
    record.draw_series(base.year_axis(axes[0, 0], 2010, 2013), frame, lines)
    assert _pieces(axes[0, 0].lines[0]) == [2, 2]


def test_values_more_than_two_years_apart_are_not_joined():
    _fig, axes = base.sheet()
    frame = pd.DataFrame({"year": [2010, 2012, 2015], "segment": 0, "source": "", "a": [1.0, 2, 3]})
    record.draw_series(base.year_axis(axes[0, 0], 2010, 2015), frame, pd.DataFrame({"first_year": [], "refuses": []}))
    assert _pieces(axes[0, 0].lines[0]) == [2, 1]


def test_both_posts_have_a_band_and_a_gap_stays_hatched():
    _fig, axes = base.sheet()
    ax = base.year_axis(axes[0, 0], 2005, 2025)
    two = {
        "secretary": _terms(("A", "2005-01", "2010-01", False), ("B", "2012-01", "", True)),
        "chair": _terms(("C", "2011-01", "", None)),
    }
    record.draw_bands(ax, two)
    ground, first, second, below, chair = ax.patches
    assert ground.get_hatch() and below.get_hatch() and chair.get_hatch()
    assert (ground.get_x(), ground.get_width(), below.get_y()) == (2005, 20.5, 1)
    assert [round(patch.get_x(), 2) for patch in (first, second, chair)] == [2005, 2012, 2011]


def test_a_term_without_an_end_reaches_the_end_of_the_record():
    _fig, axes = base.sheet()
    ax = base.year_axis(axes[0, 0], 2005, 2025)
    record.draw_bands(ax, {"secretary": _terms(("A", "2020-07", "", True))})
    assert ax.patches[-1].get_x() + ax.patches[-1].get_width() == 2025.5


def test_a_profile_has_the_posts_above_and_the_source_of_each_point(lang):
    frame = pd.DataFrame({"year": [2010, 2011], "segment": 0, "source": ["s1", "s2"], "a": [1.0, 2]})
    panel = {"heading": "H", "decimals": 2, "frame": frame, "breaks": pd.DataFrame({"first_year": [], "refuses": []})}
    fig = record.profile([panel], {"secretary": _terms(("A", "2005-01", "", True))}, **TEXTS)
    said = [[text.replace(",", ".") for text in texts] for texts in fig.marks.values()]
    assert ["", "2010: 1.00 (s1)", "2011: 2.00 (s2)"] in said
    (ax,) = fig.axes
    band, line = ax.patches[0], ax.lines[0].get_ydata()
    assert ax.yaxis_inverted() and band.get_y() + band.get_height() < min(line) and line[0] > line[1]
    assert "H 2010: 1" in _alt(fig)
    whole = record.profile([panel | {"decimals": 0}], {"secretary": _terms(("A", "2005-01", "", True))}, **TEXTS)
    assert _alt(whole).endswith("H 2010: 1; H 2011: 2.") and whole.data.attrs["decimals"] == [0, 0]


def test_the_band_of_unknowns_spans_low_to_high(lang):
    national = pd.DataFrame(
        {
            "year": [2010, 2011],
            "share": [0.5, 0.6],
            "share_low": [0.4, 0.5],
            "share_high": [0.7, 0.8],
            "local": 20,
            "non_local": 25,
        }
    )
    fig = record.shares({"": national}, **TEXTS)
    low, high = (
        fig.axes[0].collections[0].get_paths()[0].vertices[:, 1].min(),
        fig.axes[0].collections[0].get_paths()[0].vertices[:, 1].max(),
    )
    assert (low, high) == (0.4, 0.8)
    assert "2010: 50%" in _alt(fig) and "2011: 60%" in _alt(fig)


def test_the_path_of_local_heads_says_where_it_begins_and_ends(lang):
    frame = pd.DataFrame({"date": ["2025-07-01", "2025-10-17"], "native_new": [9, 0], "native_old": [5, 0], "unknown_new": [0, 1],
                          "published_non_local": pd.array([pd.NA, 34], "Int64"), "published_of": pd.array([pd.NA, 34], "Int64")})  # fmt: skip
    fig = record.path({"secretaries": frame}, **TEXTS)
    assert "9-0" in _alt(fig) and any("201" in str(key.get_label()) for key in fig.keys)


def test_bars_stack_and_say_the_first_and_the_last_year(lang):
    counts = pd.DataFrame({"local": [3, 0], "non_local": [1, 4]}, index=pd.Index([2010, 2011], name="year"))
    alt = _alt(record.bars(counts, "b", share=True, **TEXTS))
    assert "2010" in alt and "75%" in alt and "100%" in alt


def test_bands_of_provinces_change_where_the_holder_changes():
    months = pd.DataFrame({"unit_code": "01", "month": pd.period_range("2010-01", periods=4, freq="M"),
                           "spell_id": pd.array(["S1", "S1", "S2", None], "str"), "non_local": pd.array([True, True, False, None], "boolean")})  # fmt: skip
    fig = record.terms_by_unit(months, **TEXTS)
    wide = [path.get_extents().width for part in fig.axes[0].collections for path in part.get_paths()]
    assert sorted(round(12 * width) for width in wide) == [1, 1, 2]
    assert "non-local: 50%; local: 25%; unknown: 25%" in _alt(fig)


def test_a_short_band_has_the_given_name_and_a_term_that_counts_as_unknown_is_hatched():
    ax = base.year_axis(base.sheet()[1][0, 0], 2005, 2025)
    rows = _terms(("A B Long", "2005-01", "2007-01", True), ("C D Short", "2007-01", "2010-01", True))
    record.draw_bands(ax, {"chair": rows.assign(early=[True, False])})
    assert "Short" in ax.texts[2].get_text()
    assert [patch.get_hatch() for patch in ax.patches[1:]] == [base.HATCH, None]


def test_a_name_stands_in_the_part_of_a_band_that_a_later_one_leaves_seen():
    ax = base.year_axis(base.sheet()[1][0, 0], 2005, 2025)
    record.draw_bands(ax, {"chair": _terms(("A", "2005-01", "2015-01", True), ("B", "2010-01", "2020-01", True))})
    assert ax.texts[1].get_position()[0] == 2007.5


def test_a_date_known_to_the_year_only_is_shown_as_such_and_not_as_july():
    ax = base.year_axis(base.sheet()[1][0, 0], 2005, 2025)
    rows = _terms(("A Long", "2006-07", "2015-01", True), ("B Short", "2015-01", "2020-01", True))
    record.draw_bands(ax, {"chair": rows.assign(start_precision=["year", "month"], end_precision="month")})
    assert ["\u2248" in text.get_text() for text in ax.texts[1:]] == [True, False]
    months = terms.monthly().query("unit_code == '33' and year >= 2005")
    starts = record.terms_by_unit(months, post="secretary", **TEXTS).data["start"].tolist()
    assert {"2008", "2013-03"} < {*starts} and "2008-07" not in starts


def test_tiles_are_said_to_be_no_map(lang):
    rows = pd.DataFrame({"unit_code": places.codes(), "year": 2010, "value": range(63)})
    said = {"en": "A diagram, not a map: borders, islands and archipelagos", "vi": "Sơ đồ, không phải bản đồ: không"}[
        lang
    ]
    for fig in (record.tile_map(rows.set_index("unit_code")["value"], **TEXTS), record.small_maps(rows, **TEXTS)):
        assert sum(said in text.get_text().replace("\n", " ") for text in fig.texts) == 1


def test_coverage_is_blank_for_none_and_numbered_where_some_are_missing(lang):
    cells = pd.DataFrame({"indicator": "A", "year": [2010, 2011, 2012], "n_units": [63, 40, 0]})
    fig = record.coverage(cells, pd.DataFrame({"indicator": ["A"], "first_year": [2011]}), "coverage", **TEXTS)
    assert [text.get_text() for text in fig.axes[0].texts] == ["40", "A"]
    assert len(fig.axes[0].collections[0].get_paths()) == 2


def test_coverage_without_one_province_looks_other_than_full_coverage_without_its_number():
    cells = pd.DataFrame({"indicator": "a", "year": [2010, 2011], "n_units": [63, 62]})
    fig = record.coverage(cells, pd.DataFrame({"indicator": [], "first_year": []}), "a", **TEXTS).narrow()
    some, full = sorted(face.mean() for face in fig.axes[0].collections[0].get_facecolor())[::-1]
    assert some - full > 0.15


def test_the_distribution_says_median_and_middle_half(lang):
    frame = pd.DataFrame({"year": 2010, "value": [1.0, 2, 3, 4, 5], "segment": 0})
    fig = record.distribution(frame, pd.DataFrame({"first_year": [], "refuses": []}), 0, **TEXTS)
    assert "2010" in _alt(fig) and " 3" in _alt(fig)


def test_small_maps_of_a_year_in_which_all_are_equal_are_blank():
    frame = pd.DataFrame({"unit_code": ["01", "02"], "year": 2010, "value": [float("nan")] * 2})
    assert _alt(record.small_maps(frame, **TEXTS)) == "A title."


@pytest.mark.parametrize("key", [62, "Kon Tum"])
def test_a_map_takes_codes_alone(key):
    with pytest.raises(words.Refused, match="expected codes of the 63 units as text"):
        record.tile_map(pd.Series({key: 1.0}), **TEXTS)


def _sums():
    return pd.Series([1.0] * 30 + [10.0] * 20 + [100.0] * 12 + [123456.0], index=places.codes())


def test_colours_of_skewed_sums_tell_small_ones_apart_and_the_figure_says_that_steps_grow(lang):
    scale = record._Scale(_sums())
    shades = scale.shades().to_rgba([1.0, 10.0, 100.0])[:, 0]
    assert scale.bent and all(-(shades[1:] - shades[:-1]) > 0.05)
    assert {"en": "logarithmic", "vi": "logarit"}[lang] in _texts_of(record.tile_map(_sums(), **TEXTS))
    assert not record._Scale(range(63)).bent


def _texts_of(fig):
    return " ".join(text.get_text() for text in [*fig.texts, *(text for ax in fig.axes for text in ax.texts)])


def test_values_on_both_sides_of_the_centre_have_two_colours_and_the_distribution_a_line_there():
    below, centre, above = record._Scale([90.0, 95, 110], 100).shades().to_rgba([95.0, 100.0, 105.0])[:, :3]
    assert below[0] > below[2] and above[2] > above[0] and centre.min() > 0.9
    assert not record._Scale([101.0, 110], 100).signed
    frame = pd.DataFrame({"year": 2010, "value": [-3.0, -2, 3, 4, 5], "segment": 0})
    fig = record.distribution(frame, pd.DataFrame({"first_year": [], "refuses": []}), 0, **TEXTS)
    assert any(set(line.get_ydata()) == {0} for line in fig.axes[0].lines)


def test_the_first_of_a_ranking_is_darkest():
    first, last = record._Scale([1, 63], None).shades().to_rgba([1, 63])[:, 0]
    assert first < last


@pytest.mark.parametrize("digits", [0, 1])
def test_on_a_phone_no_number_is_wider_than_its_tile(digits, lang):
    fig = record.tile_map(_sums() + 0.5, digits=digits, **TEXTS).narrow()
    numbers = [text.get_text() for text in fig.axes[0].texts if text.get_weight() == "bold"]
    assert max(map(len, numbers)) <= 6
    assert {"en": "in thousands", "vi": "nghìn"}[lang] in _texts_of(fig)
