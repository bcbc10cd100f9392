"""Figures of programmes, flows and claims say the same in title and alternative text as their page, in both languages."""

import numpy as np
import pandas as pd
import pytest

from helpers import words
from helpers.effects import ranks
from helpers.findings import claims, flows
from helpers.findings import programmes as printed
from helpers.plots import base, programmes


@pytest.fixture(autouse=True, params=words.LANGUAGES)
def lang(request):
    words.use(request.param)
    yield request.param
    words.use("en")


def drawn(fig):
    return [text.get_text().strip() for ax in fig.axes for text in ax.texts]


def test_the_time_line_shows_every_event_on_its_lane():
    here = printed.read("Hưng Yên")
    fig = programmes.timeline(here)
    rows = [" ".join(text.split()) for text in drawn(fig)]
    assert len(rows) == len(here.events) == len(fig.marks)
    assert sum(": " in row for row in rows) == here.events["lane"].nunique()
    assert all(label in base.texts(fig)["alt"] for label in here.events["label"])


def test_nothing_dated_is_no_time_line(monkeypatch):
    monkeypatch.setattr(printed.Printed, "events", pd.DataFrame(columns=["lane", "start", "end", "text", "label"]))
    assert programmes.timeline(printed.read("Hưng Yên")) is None


def test_targets_are_drawn_with_result_need_and_units(lang):
    here = printed.read("Hưng Yên")
    fig = programmes.targets(here)
    assert {"53", "50", "161", "26", "19"} <= set(drawn(fig))
    assert base.texts(fig)["caption"].startswith(here.reached.rstrip("."))


def test_a_place_without_a_result_has_no_figure_of_targets():
    assert programmes.targets(printed.read("Điện Biên")) is None


def test_flows_and_what_is_left_over_are_drawn():
    fig = programmes.flows(flows.read("dien_bien"))
    assert drawn(fig)[:6] == ["19", "4", "85", "13", "5", "38"]
    assert [bool(bar.get_hatch()) for bar in fig.axes[0].patches] == [False] * 4 + [True] * 2
    assert "85" in base.texts(fig)["alt"] and "38" in base.texts(fig)["alt"]


@pytest.mark.parametrize("table", ["leaders", "chairs"])
def test_new_leaders_are_drawn_with_their_numbers_in_words(table):
    moved = flows.read(table)
    said = base.texts(programmes.flows(moved))
    assert str(moved.checks["centre"].iloc[-1]) in said["alt"] and said["caption"].startswith(moved.name)


def test_named_moves_stand_in_their_table_only():
    assert programmes.flows(flows.read("moves")) is None


def test_the_hatched_part_of_a_period_lies_between_the_bounds_of_the_share_from_outside():
    moved = flows.read("leaders")
    unknown = programmes.flows(moved).axes[0].collections[2].get_paths()
    ends = [(path.get_extents().x0, path.get_extents().x1) for path in unknown]
    assert np.allclose(ends, moved.checks[["outside_low", "outside_high"]])
    assert all(f"({years})" in base.texts(programmes.flows(moved))["caption"] for years in moved.checks["years"])


def test_a_result_that_counts_other_posts_has_no_full_bar():
    fig = programmes.targets(printed.read("Hòa Bình"))
    assert any(bar.get_hatch() for bar in fig.axes[0].patches) and fig.keys


def test_a_rank_path_has_the_first_place_on_top_and_marks_the_claim():
    fig = programmes.rank_path(claims.read("KT24-K2"))
    low, high = fig.axes[0].get_ylim()
    assert low > high and {"37", "61"} <= set(drawn(fig))


def test_a_printed_rank_that_we_do_not_have_is_marked_too():
    assert "22" in drawn(programmes.rank_path(claims.read("KT24-K4")))


def test_the_claim_stands_among_the_moves_and_the_title_is_the_verdict():
    case = claims.read("KT24-K2")
    moved = ranks.moves(case.ranking)
    odds = pd.DataFrame([{"as_far_high": 0.2}])
    fig = programmes.rank_moves(moved, ranks.band(moved), case, odds)
    assert base.texts(fig)["caption"].startswith(case.short(odds))
    assert "+24" in base.texts(fig)["alt"]


def test_the_own_shift_is_marked_and_without_new_weights_nothing_is_drawn():
    case = claims.read("KT24-K2")
    assert any("Kon Tum" in text for text in drawn(programmes.weight_shifts(case.lifts, case)))
    assert programmes.weight_shifts(claims.read("KT24-K4").lifts, claims.read("KT24-K4")) is None


def test_the_line_of_a_rank_is_broken_where_the_claimed_jump_crosses_a_new_definition():
    fig = programmes.rank_path(claims.read("KT24-K2"))
    year, rank = (np.asarray(side, float) for side in fig.axes[0].lines[0].get_data())
    at = list(year).index(2021.5)
    assert np.isnan(rank[at + 1]) and 2022.5 in year
    assert len(fig.axes[0].lines) > 4  # of three new definitions and two diamonds
