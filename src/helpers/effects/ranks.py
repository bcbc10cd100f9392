"""How far a rank moves by itself: moves in the panel, regression to the mean, and what other weights alone would do."""

from typing import Any

import numpy as np
import pandas as pd

from helpers.effects.design import need_draws
from helpers.record import tables

SEED = 20240115


def ranked(values: pd.DataFrame, better: str = "higher") -> pd.DataFrame:
    """
    Rank units within each year.

    Parameters
    ----------
    values : DataFrame
        Columns unit_code, year, value, segment (as of ``tables.indicator``); Hà Tây (28) is left out.
    better : {"higher", "lower"}

    Returns
    -------
    DataFrame
        unit_code, year, segment, rank (1 = best, ties share the better place), field (units ranked).

    Raises
    ------
    ValueError
        Another ``better``, such as that of an indicator of which neither way is.
    """
    tables.one_of("better", better, ("higher", "lower"))
    values = values[values["unit_code"] != "28"]
    within = values.groupby("year")["value"]
    rank = within.rank(method="min", ascending=better == "lower").astype("int64")
    out = values[["unit_code", "year", "segment"]].assign(rank=rank, field=within.transform("count"))
    return out.reset_index(drop=True)


def moves(ranks: pd.DataFrame, gap: int = 1) -> pd.DataFrame:
    """
    Return every move of rank over ``gap`` years.

    Returns
    -------
    DataFrame
        unit_code, year (first), start, end, gain (places; positive is up), stable (same definition in both years).
    """
    pairs = ranks.merge(ranks.assign(year=ranks["year"] - gap), on=["unit_code", "year"], suffixes=("", "_later"))
    pairs = pairs.rename(columns={"rank": "start", "rank_later": "end"})
    pairs = pairs.assign(gain=pairs["start"] - pairs["end"], stable=pairs["segment"] == pairs["segment_later"])
    return pairs[["unit_code", "year", "start", "end", "gain", "stable"]]


def chance(moved: pd.DataFrame, start: Any, gain: float, width: int = 5, draws: int = 2000) -> dict[str, float]:
    """
    Say how often units that started near a rank gained at least so many places.

    Parameters
    ----------
    moved : DataFrame
        As of :func:`moves`.
    start, gain : float
        Of the claim; a loss is a negative gain, and then moves down at least as far are counted.
    width : int
        Starting ranks within so many places count as near.
    draws : int
        Bootstrap samples of whole units (seed fixed), for the 95 % interval.

    Returns
    -------
    dict
        n, n_units, share, low, high (shares, NaN where nothing is near), median (of the gain), spans (pairs of years), spans_far
        (of these, with one as far).
    """
    need_draws(draws)
    near = moved[(moved["start"] - start).abs() <= width]
    far = near["gain"] >= gain if gain >= 0 else near["gain"] <= gain
    by_unit = far.groupby(near["unit_code"]).agg(["sum", "size"]).to_numpy(dtype=float)
    counted = {"n": len(near), "n_units": len(by_unit)}
    counted |= {"spans": near["year"].nunique(), "spans_far": near.loc[far, "year"].nunique()}
    if not len(by_unit):
        return counted | dict.fromkeys(("share", "low", "high", "median"), np.nan)
    picks = np.random.default_rng(SEED).integers(0, len(by_unit), (draws, len(by_unit)))
    sums = by_unit[picks].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975]).tolist()
    return counted | {"share": float(far.mean()), "low": low, "high": high, "median": float(near["gain"].median())}


def band(moved: pd.DataFrame, width: int = 5) -> pd.DataFrame:
    """Return, per starting rank, the median and the middle 90 % of the gain over starts within ``width`` places."""
    rows = []
    for start in range(int(moved["start"].min()), int(moved["start"].max()) + 1):
        rows.append((start, *moved.loc[(moved["start"] - start).abs() <= width, "gain"].quantile([0.05, 0.5, 0.95])))
    return pd.DataFrame(rows, columns=["start", "low", "median", "high"])


def weights_of(year: int) -> pd.Series:
    """Return the PCI weights in force in a year (percent by sub-index), or an empty Series where none are known."""
    table = tables.load("pci_weights")
    table = table[(table["first_year"] <= year) & (table["last_year"] >= year) & table["weight_pct"].notna()]
    return table.set_index("indicator")["weight_pct"]


def reweighted(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """
    Rank every province-year that has all sub-indices under two sets of PCI weights.

    Parameters
    ----------
    before, after : Series
        As of :func:`weights_of`.

    Returns
    -------
    DataFrame
        unit_code, year, rank_before, rank_after, lift (places that the new weights alone lift the unit).
    """
    table = tables.load("governance")
    table = table[(table["unit_code"] != "28") & table["indicator"].isin(before.index.union(after.index))]
    wide = table.pivot(index=["unit_code", "year"], columns="indicator", values="value").dropna()
    scores = {"rank_before": wide[before.index] @ before, "rank_after": wide[after.index] @ after}
    both = pd.DataFrame(scores).groupby("year").rank(method="min", ascending=False).astype("int64")
    return both.assign(lift=both["rank_before"] - both["rank_after"]).reset_index()
