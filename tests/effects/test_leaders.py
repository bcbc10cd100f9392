"""Leaders beyond chance: permuted spells, shrinkage, two-way variances."""

import numpy as np
import pandas as pd
import pytest

from helpers.effects import DesignRefused
from helpers.effects import leaders as le


def _panel(seed, leader_sd, units=63, years=16, rho=0.5, lengths=(2, 3, 5, 6)):
    """Units with four spells of different lengths in random order; AR(1) noise of variance one; unit and year effects."""
    rng = np.random.default_rng(seed)
    rows = []
    for u in range(units):
        spells = np.repeat(np.arange(4), rng.permutation(lengths))
        noise = np.empty(years)
        noise[0] = rng.standard_normal()
        for t in range(1, years):
            noise[t] = rho * noise[t - 1] + np.sqrt(1 - rho**2) * rng.standard_normal()
        y = 10 * u + np.arange(years) + leader_sd * rng.standard_normal(4)[spells] + noise
        rows.append(
            pd.DataFrame(
                {
                    "unit_code": f"{u:02d}",
                    "year": np.arange(2001, 2001 + years),
                    "y": y,
                    "spell_id": [f"{u:02d}-{s}" for s in spells],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def test_between_sum_of_squares_by_hand():
    values, lengths = np.array([1.0, 3.0, -4.0]), np.array([2, 1])
    ends, moved = le._orders(lengths, np.array(["a", "a"]), None, None)
    assert le._between(values, np.ones(3), (ends, moved)) == pytest.approx([4**2 / 2 + 16])
    assert le._between(values * [1, 0, 1], np.array([1.0, 0, 1]), (ends, moved)) == pytest.approx([1 + 16])


def test_permuted_orders_keep_the_lengths_within_each_unit():
    lengths, owner = np.array([2, 3, 1, 4, 5]), np.array(["a", "a", "a", "b", "b"])
    ends, moved = le._orders(lengths, owner, 500, np.random.default_rng(1))
    assert (np.sort(moved[:, :3]) == [1, 2, 3]).all() and (np.sort(moved[:, 3:]) == [4, 5]).all()
    assert (ends[:, 2] == 6).all() and (ends[:, -1] == 15).all()
    assert len({tuple(row) for row in moved}) == 6 * 2


def test_leaders_who_matter_are_found_and_their_variance_recovered():
    found = [le.permute_spells(_panel(s, 1.0), draws=400) for s in range(4)]
    assert max(f.p_value for f in found) < 0.01
    assert np.mean([f.variance for f in found]) == pytest.approx(1.0, rel=0.3)


def test_size_is_five_percent_although_noise_is_serially_correlated():
    p = np.array([le.permute_spells(_panel(s, 0.0, units=30), draws=199).p_value for s in range(60)])
    assert (p <= 0.05).mean() <= 0.12


def test_a_shock_at_congresses_is_told_from_leaders_by_exchanging_the_dates_of_change():
    """All change in 2005 or 2006; each unit's level shifts at random in 2005, whoever leads it."""
    p = []
    for seed in range(16):
        frame = _panel(seed, 0.0, units=30, years=10, lengths=(4, 1, 1, 4)).assign(
            spell_id=lambda f: f["unit_code"] + "-"
        )
        rng = np.random.default_rng(seed)
        change = frame["unit_code"].map({u: rng.choice([2005, 2006]) for u in frame["unit_code"].unique()})
        shift = frame["unit_code"].map({u: 2 * rng.standard_normal() for u in frame["unit_code"].unique()})
        frame = frame.assign(
            spell_id=frame["spell_id"] + (frame["year"] >= change).astype(int).astype(str),
            y=frame["y"] + shift * (frame["year"] >= 2005),
        )
        got = le.permute_spells(frame, draws=199)
        p.append((got.p_value, got.p_calendar))
    within, calendar = (np.mean(np.array(p)[:, k] <= 0.05) for k in (0, 1))
    assert within > 0.3 and calendar < 0.2


def test_exchanged_dates_by_hand():
    values, unit, time = np.array([1.0, 3.0, -4.0, 2.0, 2.0, -4.0]), np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    got = le._exchanged(values, np.ones(6), np.array([0, 0, 1, 2, 3, 3]), unit, time)
    assert got == pytest.approx(np.array([[4**2 / 2 + 16, 1 + 1 / 2], [4**2 / 2 + 16, 4 + 2]]))


def test_the_p_value_counts_the_observed_order_and_the_variance_is_as_it_was_printed():
    got = le.permute_spells(_panel(5, 0.4, units=12), draws=199)
    assert got.p_value == (1 + (got.draws >= got.statistic * (1 - 1e-12)).sum()) / 200
    assert got.p_calendar * 200 == pytest.approx(round(got.p_calendar * 200))
    assert (got.variance, got.p_value, got.p_calendar) == pytest.approx((0.2160755031, 0.075, 0.08))


def test_averages_are_shrunk_by_the_noise_of_an_average_of_as_many_years():
    got = le.permute_spells(_panel(3, 2.0, units=150, rho=0.0), draws=200)
    noise = got.variance * (1 / got.effects["reliability"] - 1)
    by_length = noise.groupby(got.effects["n_years"]).mean()
    assert (by_length * by_length.index).tolist() == pytest.approx([1] * 4, rel=0.6)


def test_leaders_who_matter_are_found_by_exchanged_dates_too():
    assert le.permute_spells(_panel(1, 1.0), draws=400).p_calendar < 0.01


def test_nothing_is_left_of_leader_averages_when_they_are_no_further_apart_than_chance():
    got = next(t for t in (le.permute_spells(_panel(s, 0.0), draws=200) for s in range(20)) if t.variance == 0)
    assert (got.effects["shrunk"] == 0).all() and (got.effects["reliability"] == 0).all()


def test_longer_spells_are_shrunk_less():
    reliability = le.permute_spells(_panel(3, 1.0), draws=300).effects.groupby("n_years")["reliability"].first()
    assert reliability.is_monotonic_increasing and reliability.between(0, 1).all()


def test_row_order_unit_constants_and_units_of_measure_do_not_matter():
    frame = _panel(5, 0.7, units=12)
    base = le.permute_spells(frame, draws=300)
    moved = frame.assign(y=1000 * (frame["y"] + frame["unit_code"].astype(int) ** 2)).sample(frac=1, random_state=1)
    other = le.permute_spells(moved, draws=300)
    assert other.p_value == base.p_value and other.statistic == pytest.approx(base.statistic)
    assert other.variance == pytest.approx(1e6 * base.variance)


def test_rows_without_outcome_or_leader_are_left_out_and_counted():
    frame = _panel(2, 0.5, units=5)
    frame.loc[[0, 20], "y"] = np.nan
    frame.loc[40, "spell_id"] = None
    assert le.permute_spells(frame, draws=50).n_obs == len(frame) - 3


def test_missing_outcomes_do_not_make_the_dates_of_change_look_special():
    """With a fifth of the outcomes missing, exchanged dates must part the same years: 59 of 100 true nulls were rejected."""
    p = []
    for seed in range(40):
        frame = _panel(seed, 0.0, units=30)
        frame.loc[np.random.default_rng(seed).random(len(frame)) < 0.2, "y"] = np.nan
        got = le.permute_spells(frame, draws=99)
        p.append((got.p_value, got.p_calendar))
    assert ((np.array(p) <= 0.05).mean(0) <= 0.15).all()


def test_dates_of_change_go_on_through_years_without_a_known_leader():
    values, seen, unit, time = np.array([1.0, -1, 2, 0]), np.ones(4), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2])
    got = le._exchanged(values, seen, np.array([0, 1, 2, 3]), unit, time)
    assert got == pytest.approx(np.array([[2, 0], [4, 4]]))


def test_refuses_units_with_one_leader_each():
    with pytest.raises(DesignRefused, match="no unit has two leaders"):
        le.permute_spells(_panel(1, 0, units=3).assign(spell_id=lambda f: f["unit_code"]), draws=20)


def test_refuses_a_spell_that_returns():
    frame = _panel(1, 0, units=2)
    frame.loc[frame["year"] == 2016, "spell_id"] = frame.loc[frame["year"] == 2001, "spell_id"].to_numpy()
    with pytest.raises(DesignRefused, match="returns after another"):
        le.permute_spells(frame, draws=20)


def test_refuses_spells_all_of_one_length():
    frame = _panel(1, 0, units=4, lengths=(4, 4, 4, 4))
    with pytest.raises(DesignRefused, match="equally long"):
        le.permute_spells(frame, draws=20)


def test_refuses_infinite_values_two_rows_for_a_year_and_an_outcome_without_variation():
    frame = _panel(1, 0, units=3)
    with pytest.raises(DesignRefused, match="1 infinite values"):
        le.permute_spells(frame.assign(y=frame["y"].mask(frame.index == 3, np.inf)), draws=20)
    with pytest.raises(DesignRefused, match="more than one row for year"):
        le.permute_spells(pd.concat([frame, frame.head(1)]), draws=20)
    with pytest.raises(DesignRefused, match="no variation beyond unit and time effects"):
        le.permute_spells(frame.assign(y=61.7), draws=20)
