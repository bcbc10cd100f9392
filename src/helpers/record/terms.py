"""Who led each unit, and whether that person was local: from spells to one row per unit and year.

Rules, one for each thing the record leaves open
    day: dates are months, so a month belongs to whoever is known in office on its last day; a spell holds its start month and
        not its end month.
    year only: a date known to the year counts as July of that year.
    overlap: the later-starting spell wins; spells of one person that touch count as one tenure with one start.
    gap: where nobody is known, nobody is in the table; such a month is unknown, never local.
    open end: still in office in ``LAST_MONTH``, the last month of the record.
    censored start: held from the first month seen; that month is no arrival, so no turnover and no tenure are derived from it.
    acting: an acting secretary leads the unit and counts as its holder; ``acting`` marks the spell.
    namesakes: one name with two known homes is two persons; ``person_id`` tells them apart.
    conflict: where sources give two homes the table's value stays; ``native_conflict`` marks the spell.
"""

import calendar

import numpy as np
import pandas as pd

from helpers.record import tables

LABELS = {
    "hometown": ("by hometown", "theo quê quán"),
    "career": ("by career", "theo quá trình công tác"),
    "regulation": ("by regulation", "theo quy định"),
}
DEFINITIONS = tuple(LABELS)
FIRST_YEAR, LAST_YEAR = 2005, 2025
LAST_MONTH = pd.Period("2025-06", freq="M")


def non_local(leaders, definition="hometown"):
    """
    Say of each spell whether its holder was non-local.

    Parameters
    ----------
    leaders : DataFrame
        With nullable boolean ``native`` (home province is the unit led) and ``outsider_arrival`` (came from another province
        or the centre).
    definition : {"hometown", "career", "regulation"}
        ``hometown``: the home province (quê quán) is another unit; what newspapers and all national counts use.
        ``career``: the holder came to lead the unit from another province or the centre (after Persson and Zhuravskaya), at
        once or by way of a few years' lower post in the unit. Only the way in is recorded: a native who returns counts as
        non-local, and years in the unit before that are not seen.
        ``regulation``: an approximation to Regulation 65-QĐ/TW, whose wording was not seen. A provincial regulation counts as
        local who was born and raised in the unit or studied or worked there for 20 years. Here: local if native, non-local if
        neither native nor risen inside, else unknown, because years worked in the unit are not recorded.

    Returns
    -------
    Series of boolean
        True = non-local, False = local, missing = not known.
    """
    if definition not in DEFINITIONS:
        raise ValueError(f"definition is {definition!r}; expected one of {', '.join(DEFINITIONS)}.")
    native, outsider = leaders["native"], leaders["outsider_arrival"]
    neither = ~native & outsider
    rule = {"hometown": ~native, "career": outsider, "regulation": neither.where(neither | native)}
    return rule[definition].astype("boolean").rename("non_local")


def spells(definition="hometown", leaders=None):
    """
    List the secretaries' spells.

    Parameters
    ----------
    definition : str
        One of ``DEFINITIONS``, see `non_local`.
    leaders : DataFrame, optional
        The table ``leaders`` as loaded; another table of the same columns for trials.

    Returns
    -------
    DataFrame
        One row per spell, sorted by unit and start: spell_id, unit_code, person, person_id (the
        name, with the home where several persons bear it), start and end (months; ``end`` missing = in
        office at the end of the record), start_precision and end_precision (month, year, open), start_censored, non_local
        (missing = unknown), acting (all or part of the spell as acting secretary), home_province, prior_origin, confidence,
        native_conflict.
    """
    table = tables.load("leaders") if leaders is None else leaders
    frame = pd.DataFrame(
        {
            "spell_id": table["spell_id"],
            "unit_code": table["unit_code"],
            "person": table["person"],
            "person_id": _person_id(table),
            "start": _month(table["start"]),
            "end": _month(table["end"]),
            "start_precision": _precision(table["start"]),
            "end_precision": _precision(table["end"]),
            "start_censored": table["start_censored"].astype("boolean").fillna(False).astype(bool),
            "non_local": non_local(table, definition),
            "acting": table["note"]
            .str.contains(r"\bacting (?:secretary|from)\b", case=False)
            .fillna(False)
            .astype(bool),
            "home_province": table["home_province"],
            "prior_origin": table["prior_origin"],
            "confidence": table["confidence"],
            "native_conflict": table["native_conflict"].astype("boolean").fillna(False).astype(bool),
        }
    )
    backwards = frame[frame["end"] < frame["start"]]
    if len(backwards):
        raise ValueError(
            f"spell {backwards['spell_id'].iloc[0]} ends before it starts; expected end >= start. Correct the dates in leaders."
        )
    return frame.sort_values(["unit_code", "start", "spell_id"], ignore_index=True)


def monthly(definition="hometown", leaders=None):
    """
    List the holder of each unit in each month, by the rules at the head of this module.

    Parameters
    ----------
    definition, leaders
        As in `spells`.

    Returns
    -------
    DataFrame
        One row per unit and month from January 2005 (or the first start, if earlier) to ``LAST_MONTH``: unit_code, month,
        year, spell_id, person, person_id, non_local, since (first month of the person's unbroken tenure, missing if censored), arrival
        (another person than the last one known takes over, start known), unclear (nobody known, or seen for the first time at
        a censored start). Missing spell_id = nobody known.
    """
    if leaders is None:
        return _recorded(definition)
    table = spells(definition, leaders)
    return _held(table, table["unit_code"].drop_duplicates())


@tables.remembered
def _recorded(definition):
    table = spells(definition)
    return _held(table, tables.load("units")["unit_code"])


def _held(table, units):
    first = min([pd.Period(f"{FIRST_YEAR}-01", freq="M"), *table["start"]])
    months = pd.period_range(first, LAST_MONTH, freq="M")
    table = _tenures(table)
    begin = (table["start"].astype("int64") - first.ordinal).to_numpy()
    stop = (table["end"].fillna(LAST_MONTH + 1).astype("int64") - first.ordinal).to_numpy()
    units = sorted(units)
    holder = np.full((len(units), len(months)), -1)
    for row, unit in enumerate(table["unit_code"]):
        holder[units.index(unit), begin[row] : stop[row]] = row
    held = (
        table[["spell_id", "person", "person_id", "non_local", "since", "censored"]]
        .reindex(holder.ravel())
        .reset_index(drop=True)
    )
    held.insert(0, "unit_code", np.repeat(units, len(months)))
    held.insert(1, "month", np.tile(months, len(units)))
    held.insert(2, "year", held["month"].dt.year)
    before = held.groupby("unit_code")["person_id"].ffill().groupby(held["unit_code"]).shift()
    change = held["person"].notna() & ~(held["person_id"] == before).fillna(False)
    censored = held.pop("censored").fillna(False).astype(bool)
    return held.assign(
        since=held["since"].where(~censored),
        arrival=change & ~censored,
        unclear=(change & censored) | held["person"].isna(),
    )


def in_office(month_day="06-30", years=(FIRST_YEAR, LAST_YEAR), definition="hometown", leaders=None):
    """
    List who led each unit on one day of each year.

    Parameters
    ----------
    month_day : str
        ``MM-DD``, the last day of a month: dates are known to the month.
    years : tuple of int
        First and last year, both included.
    definition, leaders
        As in `spells`.

    Returns
    -------
    DataFrame
        One row per unit and year: unit_code, year, spell_id, person, person_id, non_local (missing = home not known or nobody known),
        holder_known.
    """
    ends = [f"{month:02d}-{calendar.monthrange(2001, month)[1]}" for month in range(1, 13)]
    if month_day not in ends:
        raise ValueError(
            f"month_day is {month_day!r}; dates are months, so expected the last day of one: {', '.join(ends)}."
        )
    held = _window(monthly(definition, leaders), years)
    held = held[held["month"].dt.month == ends.index(month_day) + 1]
    out = held[["unit_code", "year", "spell_id", "person", "person_id", "non_local"]]
    return out.assign(holder_known=out["spell_id"].notna()).reset_index(drop=True)


def yearly(definition="hometown", years=(FIRST_YEAR, 2024), leaders=None):
    """
    Summarise leadership by unit and year, with bounds for what is unknown.

    Parameters
    ----------
    definition, leaders
        As in `spells`.
    years : tuple of int
        First and last year, both included; 2025 has six months.

    Returns
    -------
    DataFrame
        One row per unit and year. months_local, months_non_local, months_unknown_home, months_no_holder (sum to 12; to 6 in
        2025); share (months under a non-local over months with a known holder and home; missing if none), share_low and
        share_high (all unknown months, with or without a holder, local or non-local); on 30 June: treated (boolean, missing =
        unknown), treated_low, treated_high (0/1), spell_id, tenure_years (since the person's first month, missing if
        censored); new_spell (an arrival of known date in the year), turnover (1 = such an arrival, 0 = one known person all
        year, missing = neither is known).
    """
    held = _window(monthly(definition, leaders), years)
    known = held["spell_id"].notna()
    flags = held[["unit_code", "year"]].assign(
        months_local=(~held["non_local"]).fillna(False),
        months_non_local=held["non_local"].fillna(False),
        months_unknown_home=known & held["non_local"].isna(),
        months_no_holder=~known,
        new_spell=held["arrival"],
        _unclear=held["unclear"],
    )
    out = flags.groupby(["unit_code", "year"], as_index=False).sum().astype({"year": "int64"})
    counts = ["months_local", "months_non_local", "months_unknown_home", "months_no_holder"]
    out = out.astype({name: "int64" for name in counts})
    months = out[counts].sum(axis=1)
    seen = out["months_local"] + out["months_non_local"]
    out["share"] = out["months_non_local"] / seen.where(seen > 0)
    out["share_low"] = out["months_non_local"] / months
    out["share_high"] = 1 - out["months_local"] / months
    out["new_spell"] = out["new_spell"] > 0
    quiet = (out.pop("_unclear") == 0).astype("boolean")
    out["turnover"] = out["new_spell"].astype("boolean").where(out["new_spell"] | quiet).astype("Int64")
    june = held[held["month"].dt.month == 6]
    tenure = (june["month"].astype("int64") - june["since"].astype("int64").where(june["since"].notna())) / 12
    june = june[["unit_code", "year", "spell_id"]].assign(
        treated=june["non_local"],
        treated_low=june["non_local"].fillna(False).astype("int64"),
        treated_high=june["non_local"].fillna(True).astype("int64"),
        tenure_years=tenure,
    )
    return out.merge(june, on=["unit_code", "year"], validate="one_to_one")


def national(definition="hometown", years=(FIRST_YEAR, LAST_YEAR), leaders=None):
    """
    Count units led by a local and by a non-local secretary on 30 June.

    Parameters
    ----------
    definition, years, leaders
        As in `in_office`.

    Returns
    -------
    DataFrame
        One row per year: n_units, local, non_local, unknown (home or holder not known), no_holder (of these, nobody known),
        share (of units known), share_low and share_high (of all units, the unknown all local or all non-local).
    """
    held = in_office(years=years, definition=definition, leaders=leaders)
    flags = held[["year"]].assign(
        n_units=1,
        local=(~held["non_local"]).fillna(False),
        non_local=held["non_local"].fillna(False),
        unknown=held["non_local"].isna(),
        no_holder=~held["holder_known"],
    )
    out = flags.astype("int64").groupby("year", as_index=False).sum()
    seen = out["local"] + out["non_local"]
    return out.assign(
        share=out["non_local"] / seen.where(seen > 0),
        share_low=out["non_local"] / out["n_units"],
        share_high=1 - out["local"] / out["n_units"],
    )


def _month(dates):
    full = dates.where(dates.str.len() != 4, dates + "-07")
    return pd.Series(pd.PeriodIndex(full, freq="M"), index=dates.index)


def _person_id(table):
    names, homes = table["person"], table["home_province"]
    several = homes.groupby(names).transform("nunique") > 1
    return names.where(~several, names + " (" + homes.fillna("?") + ")").astype("str")


def _precision(dates):
    return dates.str.len().map({4: "year", 7: "month"}).fillna("open").astype("str")


def _tenures(table):
    """Add the first month of each unbroken tenure of one person in one unit, and sort so that the later tenure paints last."""
    keys = ["unit_code", "person_id"]
    frame = table.sort_values([*keys, "start", "spell_id"])
    frame = frame.assign(_stop=frame["end"].fillna(LAST_MONTH + 1).astype("int64"))
    reach = frame.groupby(keys)["_stop"].cummax().groupby([frame[key] for key in keys]).shift()
    fresh = ~(frame["start"].astype("int64") <= reach)
    frame = frame.assign(_tenure=fresh.cumsum())
    first = frame.groupby("_tenure")[["start", "start_censored"]].transform("first")
    frame = frame.assign(since=first["start"], censored=first["start_censored"].astype("boolean"))
    return frame.sort_values(["unit_code", "since", "_tenure", "start", "spell_id"], ignore_index=True)


def _window(held, years):
    first, last = years
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise ValueError(
            f"years are {first}-{last}; expected first <= last within {FIRST_YEAR}-{LAST_YEAR}, the years of the record."
        )
    return held[held["year"].between(first, last)].reset_index(drop=True)
