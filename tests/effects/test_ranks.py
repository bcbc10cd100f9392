"""Moves of rank, how often they happen by themselves, and what other weights alone do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.effects import ranks
from helpers.record import tables


def panel(rows):
    return pd.DataFrame(rows, columns=["unit_code", "year", "value", "segment"])


FOUR = panel(
    [
        ("a", 2001, 9.0, 0),
        ("b", 2001, 7.0, 0),
        ("c", 2001, 7.0, 0),
        ("a", 2002, 1.0, 1),
        ("b", 2002, 5.0, 1),
        ("c", 2002, 3.0, 1),
    ]
)


def test_ties_share_the_better_place():
    assert ranks.ranked(FOUR).query("year == 2001")["rank"].tolist() == [1, 2, 2]


def test_lower_values_come_first_where_lower_is_better():
    assert ranks.ranked(FOUR, "lower").query("year == 2002")["rank"].tolist() == [1, 3, 2]


@pytest.mark.parametrize("better", ["Lower", "neither", None])
def test_a_way_that_is_not_known_is_refused(better):
    with pytest.raises(ValueError, match="better"):
        ranks.ranked(FOUR, better)


def test_ha_tay_is_not_ranked():
    assert "28" not in set(ranks.ranked(pd.concat([FOUR, FOUR.assign(unit_code="28")]))["unit_code"])


def test_a_gain_is_places_up_and_a_new_definition_is_marked():
    moved = ranks.moves(ranks.ranked(FOUR)).set_index("unit_code")
    assert moved["gain"].to_dict() == {"a": -2, "b": 1, "c": 0} and not moved["stable"].any()


def test_the_moves_of_all_units_cancel():
    values = tables.indicator("pci_score").query("year in (2018, 2019)")
    assert ranks.moves(ranks.ranked(values))["gain"].sum() == 0


MOVED = pd.DataFrame({"unit_code": list("aabbcc"), "start": [60, 61, 62, 55, 40, 61], "gain": [24, 0, 30, 30, 30, 2]})
MOVED["year"] = [2001, 2002, 2001, 2002, 2001, 2002]


def test_chance_by_hand():
    found = ranks.chance(MOVED, 61, 24, width=5)
    assert (found["n"], found["n_units"], found["share"], found["median"]) == (4, 3, 0.5, 13.0)
    assert 0 <= found["low"] <= 0.5 <= found["high"] <= 1


def test_moves_as_far_are_counted_by_pairs_of_years_too():
    assert [ranks.chance(MOVED, 61, far)[key] for far in (24, 40) for key in ("spans", "spans_far")] == [2, 1, 2, 0]


def test_chance_is_the_same_at_every_call():
    assert ranks.chance(MOVED, 61, 24) == ranks.chance(MOVED, 61, 24)


def test_a_loss_counts_moves_down():
    assert ranks.chance(MOVED.assign(gain=-MOVED["gain"]), 61, -24)["share"] == 0.5


def test_nothing_near_gives_no_share():
    found = ranks.chance(MOVED, 10, 5)
    assert found["n"] == 0 and pd.isna(found["share"])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 63), st.integers(-60, 60)), min_size=1, max_size=40))
def test_the_band_holds_its_median(rows):
    band = ranks.band(pd.DataFrame(rows, columns=["start", "gain"]))
    inside = band.dropna()
    assert (inside["low"] <= inside["median"]).all() and (inside["median"] <= inside["high"]).all()


def test_weights_of_a_year_add_up_to_a_hundred():
    for year in (2006, 2012, 2019, 2022, 2023):
        assert ranks.weights_of(year).sum() == pytest.approx(100)
    assert ranks.weights_of(1999).empty


def test_new_weights_alone_move_a_province_by_9_7_places_in_2023():
    lift = ranks.reweighted(ranks.weights_of(2021), ranks.weights_of(2022)).query("year == 2023").set_index("unit_code")
    assert lift["lift"].abs().mean() == pytest.approx(9.7, abs=0.05) and lift["lift"].abs().max() == 27
    assert lift.loc["62", ["rank_before", "rank_after", "lift"]].tolist() == [26, 46, -20]


def test_the_same_weights_move_nobody():
    assert (ranks.reweighted(ranks.weights_of(2019), ranks.weights_of(2019))["lift"] == 0).all()


def test_kon_tum_moved_from_61_to_37():
    moved = ranks.moves(ranks.ranked(tables.indicator("pci_score"))).query("unit_code == '62' and year == 2021").iloc[0]
    assert (moved["start"], moved["end"], moved["gain"], bool(moved["stable"])) == (61, 37, 24, False)


def test_starts_exactly_at_the_width_are_near_and_those_beyond_are_not():
    moved = pd.DataFrame({"unit_code": list("abcd"), "start": [55, 66, 67, 54], "gain": [30, 30, 30, 30]}).assign(
        year=2010
    )
    assert ranks.chance(moved, 61, 24, width=6)["n"] == 3
    assert ranks.chance(moved, 61, 24, width=5)["n"] == 1


def test_the_interval_is_the_middle_95_percent_of_a_bootstrap_of_units():
    rng = np.random.default_rng(4)
    moved = pd.DataFrame(
        {"unit_code": rng.choice(list("abcdefghij"), 80), "start": 61, "gain": rng.integers(0, 40, 80), "year": 2010}
    )
    found, parts = ranks.chance(moved, 61, 24), {k: v.to_numpy() for k, v in moved.groupby("unit_code")["gain"]}
    drawn = [
        np.mean(np.concatenate([parts[k] for k in rng.choice(list(parts), len(parts))]) >= 24) for _ in range(4_000)
    ]
    assert [found["low"], found["high"]] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.012)


def test_the_band_holds_the_middle_90_percent_within_the_width():
    moved = pd.DataFrame({"unit_code": "a", "start": [10] * 21 + [15] * 21, "gain": [*range(21), *range(100, 121)]})
    band = ranks.band(moved, width=5).set_index("start")
    assert band.index.tolist() == [10, 11, 12, 13, 14, 15]
    assert band.loc[10].tolist() == pytest.approx(np.quantile(moved["gain"], [0.05, 0.5, 0.95]))
    assert ranks.band(moved, width=4).set_index("start").loc[10].tolist() == [1, 10, 19]


def test_ties_under_other_weights_share_the_better_place(monkeypatch):
    rows = [(u, 2015, "x", v) for u, v in zip("abc", (3.0, 3.0, 1.0), strict=True)]
    table = pd.DataFrame(rows, columns=["unit_code", "year", "indicator", "value"])
    monkeypatch.setattr(ranks.tables, "load", lambda name: table)
    one = pd.Series({"x": 100.0})
    assert ranks.reweighted(one, one)["rank_before"].tolist() == [1, 1, 3]


def test_a_start_that_no_unit_is_near_has_no_units_behind_it():
    moved = pd.DataFrame({"unit_code": ["01"], "year": [2010], "start": [5], "end": [4], "gain": [1], "stable": [True]})
    found = ranks.chance(moved, 50, 3)
    assert (found["n"], found["n_units"]) == (0, 0)
    assert np.isnan(found["share"])
