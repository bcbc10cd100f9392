"""Units before July 2025 and what became of them: communes, districts and provinces, from the package vietnamadminunits."""

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.record import tables


@functools.cache
def _communes() -> pd.DataFrame:
    """The communes before July 2025 and where they went, from the package's data, without importing it."""
    spec = importlib.util.find_spec("vietnamadminunits")
    place = Path(str(spec and spec.origin)).parent / "data"
    key = "provinceKey || '_' || districtKey || '_' || ifnull(wardKey, '')"
    with contextlib.closing(sqlite3.connect(place / "dataset.db")) as base:
        columns = "wardCode as commune, districtCode as district, wardShortKey, districtShortKey, wardAlias as alias"
        old = pd.read_sql(f"select {columns}, {key} as key from admin_units_legacy", base)
        new = pd.read_sql("select wardCode as new_code, ward as new_name, provinceKey, wardKey from admin_units", base)
    moves = json.loads((place / "converter_2025.json").read_text(encoding="utf-8"))
    whole, split = moves["DICT_PROVINCE_WARD_NO_DIVIDED"], moves["DICT_PROVINCE_WARD_DIVIDED"]
    pairs = [(one, p, ward) for p, wards in whole.items() for ward, olds in wards.items() for one in olds]
    pairs += [(one, p, w["newWardKey"]) for p, olds in split.items() for one, wards in olds.items() for w in wards]
    pairs = pd.DataFrame(pairs, columns=["key", "provinceKey", "wardKey"])
    return old.merge(pairs, on="key").merge(new, on=["provinceKey", "wardKey"])


def source() -> str:
    """Return the name and version of the package that the boundaries come from."""
    return f"vietnamadminunits {importlib.metadata.version('vietnamadminunits')}"


def crosswalk(level: str) -> pd.DataFrame:
    """
    List which unit of 2025 each unit before July 2025 became part of.

    Parameters
    ----------
    level : {"commune", "district", "province"}

    Returns
    -------
    DataFrame
        old_code, new_code, new_name; an old unit that was split has several rows. Communes and districts go to the communes of
        2025 (districts ended), provinces to provinces. The lists are those of the package, whose data bear no date of their own.

    Examples
    --------
    >>> crosswalk("province")["new_code"].nunique()
    34
    """
    province = level == "province"
    columns = ["unit_code", "merged_code_2025", "merged_into_2025"] if province else [level, "new_code", "new_name"]
    table = (tables.load("units") if province else _communes())[columns]
    return table.set_axis(["old_code", "new_code", "new_name"], axis=1).dropna().drop_duplicates(ignore_index=True)


@tables.remembered
def old_codes(level: str) -> frozenset[str]:
    """
    Return the codes of the units before July 2025.

    Parameters
    ----------
    level : {"commune", "district", "province"}
    """
    return frozenset(crosswalk(level)["old_code"])


def names(level: str) -> dict[str, str]:
    """
    Return the names of communes or districts before July 2025 by code, without marks, spaces and kind: ``phucxa``.

    Parameters
    ----------
    level : {"commune", "district"}
    """
    table = _communes().dropna(subset=level).drop_duplicates(level)
    return dict(zip(table[level], table["wardShortKey" if level == "commune" else "districtShortKey"], strict=True))


def fates(level: str, units: list[str]) -> pd.DataFrame:
    """
    Say what became of each of the units of a table in July 2025, and which units of 2025 can be summed up from them.

    Parameters
    ----------
    level : {"commune", "district", "province"}
    units : list of str
        Codes of units that the table has.

    Returns
    -------
    DataFrame
        old_code, new_code, new_name, fate: ``same`` (one whole unit of 2025), ``merged`` (with others that the table has too),
        ``split``, ``incomplete`` (another part of the new unit is split, not in the table, or was dissolved before 2025: its code
        is not in the list, and a commune near it in the list bears further names), ``unknown`` (code not in the list).
    """
    pairs = crosswalk(level)
    ways = pairs.groupby("old_code")["new_code"].transform("nunique")
    parts = pairs.groupby("new_code")["old_code"].transform("nunique")
    there, lost = pairs["old_code"].isin(units), sorted(set(units) - set(pairs["old_code"]))
    partial = (ways > 1) | ~there | pairs["old_code"].isin(grown(lost) if level == "commune" else [])
    sound = ~partial.groupby(pairs["new_code"]).transform("any")
    fate = np.select([ways > 1, ~sound, parts > 1], ["split", "incomplete", "merged"], "same")
    unknown = pd.DataFrame({"old_code": lost, "fate": "unknown"})
    return pd.concat([pairs.assign(fate=fate)[there], unknown], ignore_index=True)


def summed(
    frame: pd.DataFrame, kept: pd.DataFrame, outcomes: list[dict[str, str]]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """
    Sum rows of old units up to units of 2025, where no part is missing.

    Parameters
    ----------
    frame : DataFrame
        A row per old unit and year: unit_code, year, outcomes, treated_low, treated_high, share, share_low, share_high.
    kept : DataFrame
        The old units that can be summed up: rows of `fates`.
    outcomes : list of dict
        Each with column, aggregate (how its values become one: sum, mean, refuse) and weight, the column of weights of a mean.

    Returns
    -------
    frame, refused
        A row per new unit and year; how many values of merged units were left out, by outcome.
    """
    keys, shares, refused = ["unit_code", "year"], ["share", "share_low", "share_high"], dict[str, int]()
    frame = frame.assign(unit_code=frame["unit_code"].map(kept.set_index("old_code")["new_code"])).dropna(
        subset="unit_code"
    )
    by = frame.groupby(keys)
    size, low, high = by.size(), by["treated_low"].min(), by["treated_high"].max()
    out = by.first().where(size == 1).assign(treated_low=low, treated_high=high, treated=low.where(low == high))
    out[shares] = by[shares].mean().where(by[shares].count().eq(size, axis=0))
    for one in outcomes:
        column, weights = one["column"], one["weight"]
        value, mean = frame[column], one["aggregate"] == "mean"
        given = (value * (frame[weights] if mean else value.notna().astype("float64"))).groupby(
            [frame[k] for k in keys]
        )
        whole = given.sum() / (by[weights].sum() if mean else 1.0)
        whole = whole.where((given.count() == size) & np.isfinite(whole))
        if one["aggregate"] == "refuse" and (n := int(whole[size > 1].count())):
            refused[column], whole[:] = n, np.nan
        out[column] = whole.where(size > 1, out[column])
    return out.reset_index(), refused


def grown(near: list[str] | None = None) -> set[str]:
    """
    List the communes before July 2025 that bear other names too: they took in communes dissolved from 2020 to 2025.

    Parameters
    ----------
    near : list of str, optional
        Only in the districts next to these codes, which the list does not have.
    """
    table = _communes().dropna(subset="commune").drop_duplicates("commune").sort_values("commune")
    named = table["alias"].notna()
    if near is not None:
        codes = table["commune"].to_numpy()
        at = np.searchsorted(codes, near)
        beside = np.r_[np.maximum(at - 1, 0), np.minimum(at, len(codes) - 1)].astype(int)
        named &= table["district"].isin(table["district"].to_numpy()[beside])
    return set(table.loc[named, "commune"])
