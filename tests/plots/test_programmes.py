"""Pictures of programmes show what they are given, in both languages."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from helpers.plots import programmes
from helpers.words import LANGUAGES, Words


@pytest.fixture(params=LANGUAGES)
def words(request):
    return Words(request.param)


@pytest.fixture
def ax():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def texts(ax):
    return [t.get_text().strip() for t in ax.texts]


def test_a_time_line_draws_points_and_spans_on_their_lanes(words, ax):
    day = pd.Timestamp
    events = pd.DataFrame(
        {
            "start": [day("2021-01-31"), day("2021-01-01")],
            "end": [day("2021-01-31"), day("2025-12-31")],
            "label": ["05-NQ", "phase"],
            "lane": ["d", "p"],
        }
    )
    programmes.timeline(events, words, ax, {"d": "documents", "p": "phases"})
    assert texts(ax) == ["05-NQ", "phase"] and len(ax.patches) == 1
    assert [t.get_text() for t in ax.get_yticklabels()] == ["documents", "phases"]


def test_every_whole_number_target_has_its_line(words, ax):
    rows = pd.DataFrame({"target_id": ["T"], "achieved": [53.0], "readings": [[49, 50]], "total": [161.0]})
    programmes.attainment_bars(rows, words, ax, {"T": "secretaries"})
    assert len(ax.lines) == 2 and {"49", "50", "53", "161"} <= set(texts(ax))


def test_a_target_without_a_result_is_not_drawn(words, ax):
    rows = pd.DataFrame({"target_id": ["T"], "achieved": [None], "readings": [[]], "total": [None]})
    programmes.attainment_bars(rows, words, ax, {"T": "x"})
    assert not ax.patches


def test_flows_and_what_is_left_over_are_written(words, ax):
    parts = pd.DataFrame(
        {"origin": ["province", "district"], "destination": ["district", "province"], "n": [19.0, 4.0]}
    )
    programmes.flow_picture(parts, [("not described", 38)], words, ax, {"province": "P", "district": "D"})
    assert {"19", "4", "38: not described", "P\n19", "D\n4", "P\n4", "D\n19"} <= set(texts(ax))
    assert any(c.get_hatch() for c in ax.collections)


def test_stacked_years_add_up(words, ax):
    counts = pd.DataFrame({"a": [1, 2], "b": [3, 0]}, index=[2001, 2002])
    programmes.stacked_years(counts, words, ax, {"a": ("A", {}), "b": ("B", {})})
    assert sum(p.get_height() for p in ax.patches) == 6
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["A", "B"]


def test_a_rank_path_has_the_first_place_on_top(words, ax):
    programmes.rank_path(pd.Series([61, 37], index=[2021, 2022]), words, ax, marked=(2022,))
    low, high = ax.get_ylim()
    assert low > high and texts(ax) == ["37"]


def test_the_claim_is_marked_among_the_moves(words, ax):
    moves = pd.DataFrame({"start": [61, 5], "gain": [2, -3], "stable": [True, False]})
    programmes.moves_by_start(moves, words, ax, claim=(61, 24))
    assert [61.0, 24.0] in [c.get_offsets().data.tolist()[0] for c in ax.collections]


def test_the_own_shift_is_marked(words, ax):
    programmes.shifts(pd.Series([-3, 0, 4]), words, ax, marked=-20)
    assert texts(ax) == ["\u221220"]
