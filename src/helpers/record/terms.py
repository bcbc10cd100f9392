"""
Who led each unit, and whether that person was local: from terms in office to one row per unit and year, for either post.

Rules, one for each thing the record leaves open:

- day: dates are months, so a month belongs to whoever is known in office on its last day; a term holds its start month and
  not its end month. Since 1 July 2025 days are printed: a term holds its first day and not its last.
- year only: a date known to the year counts as July of that year; a start then not before the month in which the one before is known
  to have left in that year, and not after ``LAST_MONTH`` where the term goes on.
- overlap: the later-starting term wins; terms of one person that touch count as one tenure with one start.
- gap: where nobody is known, nobody is in the table; such a month is unknown, never local.
- open end: still in office in ``LAST_MONTH``, the last month of the 63 provinces (``LAST_DAY`` for the 34 units).
- censored start: held from the first month seen; that month is no arrival, so no turnover and no tenure are derived from it.
- acting: an acting holder leads the unit and counts as its holder; ``acting`` marks the term.
- namesakes: one name with two known homes is two persons; ``person_id`` tells them apart.
- conflict: where sources give two homes the table's value stays; ``native_conflict`` marks the term.
- posts: ``either`` is non-local if one of the two holders is known to be, ``both`` if both are; a unit is known local the
  other way round. Between stands unknown, and the bounds let every unknown be local, or non-local.
- one person: who moves from chair to secretary of a province is one person and no outsider arrival there.
- early: a term that the table marks as not usable (chairs who left before 2011) is listed and its holder named, but its
  months are unknown, like those of an unknown home: neither local nor non-local, and no arrival or tenure is read off it.
"""

import calendar
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from helpers.record import tables
from helpers.words import Refused

LABELS = {
    "hometown": ("by hometown", "theo quê quán"),
    "career": ("by career", "theo quá trình công tác"),
    "regulation": ("by regulation", "theo quy định"),
}
POST_LABELS = {
    "secretary": ("secretary", "bí thư"),
    "chair": ("chair", "chủ tịch"),
    "either": ("either of the two", "một trong hai"),
    "both": ("both", "cả hai"),
}
DEFINITIONS, POSTS = tuple(LABELS), tuple(POST_LABELS)
FIRST_YEAR, LAST_YEAR = 2005, 2025
LAST_MONTH = pd.Period("2025-06", freq="M")
FIRST_DAY, LAST_DAY = "2025-07-01", "2026-03-10"
_FIRST_CHAIRS, _LEAST_MONTHS = 2011, 6
_FLAGS = {"native", "outsider_arrival", "start_censored", "acting", "native_conflict", "usable"}
_USED = {"spell_id", "unit_code", "person", "start", "end", "home_province"} | _FLAGS - {"usable"}
_POSITIONS = {"party_secretary": "secretary", "peoples_committee_chair": "chair"}


def first_year(post: str = "secretary") -> int:
    """
    Return the first year of tables that count holders: 2005 for secretaries, 2011 where chairs count.

    Panels (`study.panel`) begin with their outcome: before 2011 they count chairs who stayed to 2011, since only terms that
    ended before it are unusable (early, see `spells`).

    Parameters
    ----------
    post : {"secretary", "chair", "either", "both"}

    Examples
    --------
    >>> first_year("secretary"), first_year("either")
    (2005, 2011)
    """
    return FIRST_YEAR if tables.one_of("post", post, POSTS) == "secretary" else _FIRST_CHAIRS


def non_local(leaders: pd.DataFrame, definition: str = "hometown") -> pd.Series:
    """
    Say of each term whether its holder was non-local.

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

    Examples
    --------
    >>> who = pd.DataFrame({"native": [True, False, None], "outsider_arrival": [True, None, None]}, dtype="boolean")
    >>> non_local(who, "hometown").tolist()
    [False, True, <NA>]
    """
    tables.one_of("definition", definition, DEFINITIONS)
    native, outsider = leaders["native"], leaders["outsider_arrival"]
    neither = ~native & outsider
    rule = {"hometown": ~native, "career": outsider, "regulation": neither.where(neither | native)}
    return rule[definition].astype("boolean").rename("non_local")


@tables.remembered
def spells(definition: str = "hometown", leaders: pd.DataFrame | None = None, post: str = "secretary") -> pd.DataFrame:
    """
    List the terms in office of one post, or of both.

    Parameters
    ----------
    definition : str
        One of ``DEFINITIONS``, see `non_local`.
    leaders : DataFrame, optional
        The table ``leaders`` as loaded; another table of the same columns for trials (without ``post``: secretaries).
    post : {"secretary", "chair", "either", "both"}
        ``either`` and ``both`` list the terms of both posts.

    Returns
    -------
    DataFrame
        One row per term, sorted by post, unit and start: spell_id, unit_code, post, person, person_id (the name, with the home
        where several persons bear it), start and end (months; ``end`` missing = in office at the end of the record),
        start_precision and end_precision (month, year, open), start_basis, end_basis, left_by (retired,
        died, disciplined, else missing), start_censored, non_local (missing =
        unknown), outsider_arrival (came from outside the province; false for who held its other post before), moved_post
        (held the other post of the province before), acting, early (a chair who left before 2011: months unknown in every result),
        home_province, prior_origin, confidence, native_conflict.

    Raises
    ------
    ValueError
        If the definition or the post is unknown, or a term ends before it starts.
    """
    tables.one_of("post", post, POSTS)
    table = tables.load("leaders") if leaders is None else leaders
    if not isinstance(table, pd.DataFrame):
        text = f"leaders is {type(table).__name__}; expected a DataFrame with the columns of data/leaders.csv."
        raise TypeError(text)
    table = table if "post" in table else table.assign(post="secretary")
    if lacking := _USED - set(table):
        named = ", ".join(sorted(lacking))
        raise ValueError(f"leaders has no column {named}; expected the columns of data/leaders.csv.")
    for name in {*_USED, "usable"} & {*table} if leaders is not None else ():
        kind = "boolean" if name in _FLAGS else "str"
        with suppress(TypeError, ValueError):
            table = table.assign(**{name: table[name].astype(object).where(table[name].notna(), None).astype(kind)})
        if table[name].dtype != kind:
            found = f"leaders has {name} as {table[name].dtype}, {table[name].iloc[0]!r} first"
            raise ValueError(f"{found}; expected {kind}, as tables.load returns it. Turn it into that first.")
    kept = ["spell_id", "unit_code", "post", "person", "start_basis", "end_basis", "left_by"]
    kept += ["home_province", "prior_origin", "confidence"]
    frame = table.reindex(columns=kept).assign(
        person_id=_person_id(table),
        start=_month(table["start"]),
        end=_month(table["end"]),
        start_precision=_precision(table["start"]),
        end_precision=_precision(table["end"]),
        non_local=non_local(table, definition),
        outsider_arrival=table["outsider_arrival"].astype("boolean"),
        early=~_flag(table.reindex(columns=["usable"])["usable"].astype("boolean").fillna(True)),
        **{name: _flag(table[name]) for name in ("start_censored", "acting", "native_conflict")},
    )
    frame = frame.reset_index(drop=True)
    frame["start"] = _starts(frame)
    backwards = frame[frame["end"] < frame["start"]]
    if len(backwards):
        named = f"spell {backwards['spell_id'].iloc[0]} ends before it starts"
        raise ValueError(f"{named}; expected end >= start. Correct the dates in leaders.")
    first = frame.groupby(["unit_code", "person_id", "post"])["start"].min()
    other = frame["post"].map({"secretary": "chair", "chair": "secretary"})
    other = first.reindex(pd.MultiIndex.from_arrays([frame["unit_code"], frame["person_id"], other]))
    frame["moved_post"] = other.set_axis(frame.index) < frame["start"]
    frame["outsider_arrival"] &= ~frame["moved_post"]
    frame = frame if post in ("either", "both") else frame[frame["post"] == post]
    order = {"post": False, "unit_code": True, "start": True, "spell_id": True}
    return frame.sort_values([*order], ascending=[*order.values()], ignore_index=True)


@tables.remembered
def known_to_the_year(post: str = "both") -> dict[tuple[str, pd.Period], str]:
    """
    Return the year of every start or end of a term that the record knows to the year only, by unit and the month that it counts as.

    That month is July, or the last one of the record; a start that counts as the month in which the one before left is not among them.

    Parameters
    ----------
    post : {"secretary", "chair", "either", "both"}
    """
    held = spells(post=post)

    def known_to(precision: str) -> set[tuple[str, pd.Period]]:
        rows = [held.loc[held[f"{end}_precision"] == precision, ["unit_code", end]] for end in ("start", "end")]
        return {pair for part in rows for pair in part.itertuples(index=False, name=None)}

    return {(unit, month): str(month.year) for unit, month in known_to("year") - known_to("month")}


@tables.remembered
def monthly(definition: str = "hometown", leaders: pd.DataFrame | None = None, post: str = "secretary") -> pd.DataFrame:
    """
    List the holder of each unit in each month, by the rules at the head of this module.

    Parameters
    ----------
    definition, leaders, post
        As in `spells`.

    Returns
    -------
    DataFrame
        One row per unit and month from January 2005 (or the first start, if earlier) to ``LAST_MONTH``: unit_code, month,
        year, spell_id, person, person_id, non_local, since (first month of the person's unbroken tenure, missing if censored),
        arrival (another person than the last one known takes over, start known), moved_post (that person held the other post
        of the unit before), outsider_arrival (that person came from outside the province; missing = not known), early (of a
        term in no result, see the head of this module), unclear (nobody known, early, or seen for the first time at a censored start); secretary, chair, secretary_id, chair_id,
        secretary_non_local, chair_non_local: the two holders, whatever the post. Missing spell_id = nobody known. Of ``either`` and
        ``both`` a row is a pair: "S012+C034", missing if one of the posts has no known holder; ``since`` the later of the
        two, ``arrival`` a person new to both posts.
    """
    tables.one_of("post", post, POSTS)
    each = _each(definition, leaders)
    out = each[post] if post in each else _pair(each["secretary"], each["chair"], post)
    named = {"": "person", "_id": "spell_id", "_non_local": "non_local"}
    return out.assign(**{name + end: held[column] for name, held in each.items() for end, column in named.items()})


@tables.remembered
def _each(definition, leaders):
    """Return for each post its holders by unit and month."""
    table = spells(definition, leaders, "both")
    units = table["unit_code"].drop_duplicates() if leaders is not None else tables.load("units")["unit_code"]
    first = min([pd.Period(f"{FIRST_YEAR}-01", freq="M"), *table["start"]])
    return {name: _painted(table[table["post"] == name], units, first) for name in ("secretary", "chair")}


def _pair(one, two, post):
    known = one["spell_id"].notna() & two["spell_id"].notna()
    alone = (one["person_id"] == two["person_id"]).fillna(False)
    of_one = ["moved_post", "outsider_arrival", "early", "unclear"]  # true of the pair where it is of one of the two
    return one[["unit_code", "month", "year"]].assign(
        spell_id=(one["spell_id"] + "+" + two["spell_id"]).where(known),
        **{who: one[who].where(alone, one[who] + " / " + two[who]) for who in ("person", "person_id")},
        non_local=one["non_local"] | two["non_local"] if post == "either" else one["non_local"] & two["non_local"],
        since=one["since"].where((one["since"] >= two["since"]) | one["since"].isna(), two["since"]),
        arrival=(one["arrival"] & ~one["moved_post"]) | (two["arrival"] & ~two["moved_post"]),
        **(one[of_one] | two[of_one]),
    )


def _painted(table, units, first):
    """Return the holders of one post by unit and month; ``table`` holds its terms."""
    months, units = pd.period_range(first, LAST_MONTH, freq="M"), sorted(units)
    table = _tenures(table)
    begin = (table["start"].astype("int64") - first.ordinal).to_numpy()
    stop = (table["end"].fillna(LAST_MONTH + 1).astype("int64") - first.ordinal).to_numpy()
    holder = np.full((len(units), len(months)), -1)
    for row, unit in enumerate(np.searchsorted(units, table["unit_code"])):
        holder[unit, begin[row] : stop[row]] = row
    kept = ["spell_id", "person", "person_id", "non_local", "since", "censored"]
    kept += ["moved_post", "outsider_arrival", "early"]
    held = pd.MultiIndex.from_product([units, months], names=["unit_code", "month"]).to_frame(index=False)
    held["year"] = held["month"].dt.year
    held[kept] = table[kept].reindex(holder.ravel()).set_axis(held.index)
    before = held.groupby("unit_code")["person_id"].ffill().groupby(held["unit_code"]).shift()
    change = held["person"].notna() & ~(held["person_id"] == before).fillna(False)
    early = _flag(held["early"])
    censored = _flag(held.pop("censored")) | early
    arrival = change & ~censored
    return held.assign(
        early=early,
        non_local=held["non_local"].mask(early),
        since=held["since"].where(~censored),
        arrival=arrival,
        moved_post=arrival & _flag(held["moved_post"]),
        outsider_arrival=held["outsider_arrival"].where(arrival, False),
        unclear=(change & censored) | early | held["person"].isna(),
    )


def in_office(
    month_day: str = "06-30",
    years: Sequence[int] | int | None = None,
    definition: str = "hometown",
    leaders: pd.DataFrame | None = None,
    post: str = "secretary",
) -> pd.DataFrame:
    """
    List who led each of the 63 units on one day of each year.

    Parameters
    ----------
    month_day : str
        ``MM-DD``, the last day of a month: dates are known to the month.
    years : (int, int) or int, optional
        First and last year, both included, or the one year; by default from `first_year` to 2025.
    definition, leaders, post
        As in `spells`.

    Returns
    -------
    DataFrame
        One row per unit and year: unit_code, year, spell_id, person, person_id, non_local (missing = home not known or nobody
        known), holder_known, secretary and chair (names, missing = nobody known).

    Raises
    ------
    ValueError
        If the day ends no month, or the years lie outside those from `first_year` to 2025.
    """
    ends = [f"{month:02d}-{calendar.monthrange(2001, month)[1]}" for month in range(1, 13)]
    if month_day not in ends:
        known = f"expected the last day of one: {', '.join(ends)}"
        raise ValueError(f"month_day is {month_day!r}; dates are months, so {known}.")
    if isinstance(years, int) and not first_year(post) <= years <= LAST_YEAR:
        text = "year is {given}; the record has {first}-{last}. Take a year within."
        raise Refused(text, given=str(years), first=str(first_year(post)), last=str(LAST_YEAR))
    years = (years, years) if isinstance(years, int) else years
    held = _window(monthly(definition, leaders, post), years, post, LAST_YEAR, first_year(post))
    held = held[held["month"].dt.month == ends.index(month_day) + 1].reset_index(drop=True)
    if years is not None and not (held["year"] == years[-1]).any():
        text = "years go to {year}; the record of the 63 provinces ends in {end}, before {day} of that year. Take earlier years or an earlier day."
        raise Refused(text, year=str(years[-1]), end=LAST_MONTH, day=repr(month_day))
    columns = ["unit_code", "year", "spell_id", "person", "person_id", "non_local", "secretary", "chair"]
    return held[columns].assign(holder_known=held["spell_id"].notna())


def yearly(
    definition: str = "hometown",
    years: Sequence[int] | None = None,
    leaders: pd.DataFrame | None = None,
    post: str = "secretary",
) -> pd.DataFrame:
    """
    Summarise leadership by unit and year, with bounds for what is unknown.

    Parameters
    ----------
    definition, leaders, post
        As in `spells`.
    years : (int, int), optional
        First and last year, both included; by default from `first_year` to 2024. 2025 has six months.

    Returns
    -------
    DataFrame
        One row per unit and year. months_local, months_non_local, months_unknown_home, months_no_holder (sum to 12; to 6 in
        2025); share (months under a non-local over months known; missing under six known months), share_low and
        share_high (all unknown months, with or without a holder, local or non-local); on 30 June: treated (boolean, missing =
        unknown), treated_low, treated_high (0/1), term_id (missing = nobody known), spell_id (the same, but missing too where the
        term is early, so in no result), early, tenure_years (since the person's first month, missing if
        censored), secretary, chair (names), secretary_id, chair_id, secretary_non_local, chair_non_local; in the year:
        new_spell (an arrival of known date), moved_post (of one who held the other post of the unit before),
        outsider_arrival (of one from outside the province; missing = not known); in the twelve months to 30 June: turnover
        (1 = an arrival, 0 = one known person all along, missing = neither is known); post.

    Examples
    --------
    >>> kon_tum = yearly(years=(2019, 2019), post="both").set_index("unit_code").loc["62"]
    >>> kon_tum["secretary"], kon_tum["chair"], kon_tum["spell_id"]
    ('Nguyễn Văn Hùng', 'Nguyễn Văn Hòa', 'S228+C225')
    """
    return _window(_years(definition, leaders, post), years, post, LAST_YEAR - 1)


@tables.remembered
def _years(definition, leaders, post):
    held = monthly(definition, leaders, post)
    keys, came = ["unit_code", "year"], held["arrival"].astype("boolean").mask(held["unclear"] & ~held["arrival"])
    to_june = held[["unit_code"]].assign(year=(held["month"] + 6).dt.year, turnover=came)
    held = held[held["year"] >= FIRST_YEAR]
    known, home = held["spell_id"].notna(), held["non_local"]
    months = held[keys].assign(
        months_local=~home,
        months_non_local=home,
        months_unknown_home=known & home.isna(),
        months_no_holder=~known & home.isna(),
    )
    months = months.groupby(keys).sum().astype("int64")
    # of a year's months one true is enough; else one unknown leaves the year unknown
    events = held.groupby(keys)[["arrival", "moved_post", "outsider_arrival"]].any(skipna=False)
    out = months.join(events[["arrival", "moved_post"]].rename(columns={"arrival": "new_spell"}))
    seen, every = out["months_local"] + out["months_non_local"], out[[*months]].sum(axis=1)
    out["share"] = out["months_non_local"] / seen.where(seen >= _LEAST_MONTHS)
    out["share_low"] = out["months_non_local"] / every
    out["share_high"] = 1 - out["months_local"] / every
    out = out.join(events["outsider_arrival"]).join(to_june.groupby(keys)["turnover"].any(skipna=False)).reset_index()
    out = out.astype({"year": "int64", "turnover": "Int64"})
    june = held[held["month"].dt.month == 6]
    june = june[[*keys, "early"]].assign(
        term_id=june["spell_id"],
        spell_id=june["spell_id"].mask(june["early"]),
        **june.loc[:, "secretary":],
        treated=june["non_local"],
        treated_low=june["non_local"].fillna(False).astype("int64"),
        treated_high=june["non_local"].fillna(True).astype("int64"),
        tenure_years=(june["month"].astype("int64") - june["since"].astype("int64").where(june["since"].notna())) / 12,
    )
    return out.merge(june, on=keys, validate="one_to_one").assign(post=post)


def of_units(years: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """
    Summarise terms in office of any units by unit and year, by the rules at the head of this module.

    Parameters
    ----------
    years : DataFrame
        unit_code and year, sorted; further columns are kept.
    table : DataFrame
        A row per term, sorted by unit and start: unit; start and end in months counted from year 0, infinite where open; value
        (1 non-local, 0 local, a share between, missing = unknown); censored; touch (goes on with the person of the term above).

    Returns
    -------
    DataFrame
        ``years`` with share, share_low, share_high, treated, spell_id, turnover and tenure_years as of `yearly`; a share counts
        what is known of the year.
    """
    t, new = table.assign(tenure=(~table["touch"]).cumsum()), ~table["touch"]
    arrival = t["start"].where(~t["censored"] & new)
    t["since"], t["seen"] = (when.groupby(t["tenure"]).transform("first") for when in (arrival, t["start"]))
    t["spell_id"] = t["unit"] + "-" + new.groupby(t["unit"]).cumsum().astype("str")
    t["end"] = t["end"].where(new.shift(-1, fill_value=True), t["start"].shift(-1))
    first, last = years["year"].min(), years["year"].max()
    begin, stop = (t[k].clip(first * 12, last * 12 + 12).astype("int64") - first * 12 for k in ("start", "end"))
    units = pd.Index(years["unit_code"].unique())
    holder = np.full((len(units), (last - first + 1) * 12), -1)  # the term of each unit and month, -1 for nobody
    for row, unit in enumerate(units.get_indexer(t["unit"])):
        holder[unit, begin[row] : stop[row]] = row
    year = holder.reshape(len(units), -1, 12)[:, np.sort(years["year"].unique()) - first].reshape(-1, 12)
    value = np.append(t["value"], np.nan)[year]
    on, off = pd.Series(np.nansum(value, axis=1)), pd.Series(np.nansum(1 - value, axis=1))
    june = t.reindex(year[:, 5]).reset_index(drop=True)
    out = years.assign(share=(on / (on + off)).where(on + off > 0), share_low=on / 12, share_high=1 - off / 12)
    out["treated"], out["spell_id"] = (june["value"] >= 0.5).where(june["value"].notna()), june["spell_id"]
    now = out["year"] * 12 + 5
    out["turnover"] = np.select([now - june["seen"] >= 12, june["since"].notna()], [0.0, 1.0], np.nan)
    return out.assign(tenure_years=(now - june["since"]) / 12)


def of_shares(years: pd.DataFrame) -> pd.DataFrame:
    """
    Say who led each unit and year where only the share of the year under a non-local, and perhaps the holder, are known.

    Parameters
    ----------
    years : DataFrame
        unit_code, year, share, who (the holder, missing = unknown), sorted; further columns are kept.

    Returns
    -------
    DataFrame
        ``years`` with treated (a share of at least one half), share_low, share_high, spell_id, turnover and tenure_years.
    """
    on, who, unit = years["share"], years["who"], years["unit_code"]
    before = who.groupby(unit).shift()
    new = who.notna() & (who != before)
    spell = (unit + "-" + new.groupby(unit).cumsum().astype("str")).where(who.notna())
    turnover = new.astype("float64").where(who.notna() & before.notna())
    out = years.assign(treated=(on >= 0.5).where(on.notna()), share_low=on.fillna(0.0), share_high=on.fillna(1.0))
    return out.assign(turnover=turnover, tenure_years=np.nan, spell_id=spell)


def national(
    definition: str = "hometown",
    years: Sequence[int] | None = None,
    leaders: pd.DataFrame | None = None,
    post: str = "secretary",
) -> pd.DataFrame:
    """
    Count units led by a local and by a non-local on 30 June.

    Parameters
    ----------
    definition, years, leaders, post
        As in `in_office`.

    Returns
    -------
    DataFrame
        One row per year: n_units, local, non_local, unknown (home or holder not known), no_holder (of these, nobody known),
        share (of units known), share_low and share_high (of all units, the unknown all local or all non-local).
    """
    led = yearly(definition, years or (first_year(post), LAST_YEAR), leaders, post)
    flags = led[["year"]].assign(
        n_units=1,
        local=led["treated_high"].eq(0),
        non_local=led["treated_low"].eq(1),
        unknown=led["treated"].isna(),
        no_holder=led["treated"].isna() & led["term_id"].isna(),
    )
    out = flags.groupby("year", as_index=False).sum().astype("int64")
    return out.assign(
        share=out["non_local"] / (out["n_units"] - out["unknown"]),
        share_low=out["non_local"] / out["n_units"],
        share_high=1 - out["local"] / out["n_units"],
    )


@tables.remembered
def holders(date: str = LAST_DAY, post: str = "secretary") -> pd.DataFrame:
    """
    List who leads each of the 34 units on a day since 1 July 2025.

    Parameters
    ----------
    date : str
        YYYY-MM-DD, from ``FIRST_DAY`` to ``LAST_DAY``, the last day on which the record was compared with the press.
    post : {"secretary", "chair"}

    Returns
    -------
    DataFrame
        34 rows in order of code: unit_code (of the 34), unit, spell_id, person, start (the day, or the month where the term
        goes on from one of the 63 provinces), native_new (home lies in the new unit; missing = not known), native_old (home
        is the old province that gave the name), home_province, home_unit_2025 (missing = home not found: the flag rests on a
        count of the press), merged_unit, confidence. Missing person = nobody known in office.

    Raises
    ------
    ValueError
        If the day lies outside the record, or the post is unknown.

    Examples
    --------
    >>> [int(holders(day)["native_new"].sum()) for day in ("2025-07-01", "2025-10-17")]
    [9, 0]
    """
    tables.one_of("post", post, ("secretary", "chair"))
    day = pd.to_datetime(str(date), format="%Y-%m-%d", errors="coerce")
    if not FIRST_DAY <= str(date) <= LAST_DAY or str(day.date()) != date:
        raise ValueError(f"date is {date!r}; expected a day from {FIRST_DAY} to {LAST_DAY}, written YYYY-MM-DD.")
    return _serving([date], post).drop(columns="date")


def _serving(days, post):
    table = tables.load("leaders_2025").query("post == @post").rename(columns={"unit_2025": "unit"})
    names = {"native_2025_unit": "native_new", "native_old_unit": "native_old", "home_province_old": "home_province"}
    held = table.assign(start=table["start_day"].fillna(table["start"])).rename(columns=names)
    held = held.merge(pd.DataFrame({"date": days}), how="cross")
    held = held[(held["start"] <= held["date"]) & ((held["end_day"] > held["date"]) | held["end_day"].isna())]
    held = held[["unit_code", "date", "spell_id", "person", "start", *names.values(), "home_unit_2025", "confidence"]]
    units = table.drop_duplicates("unit_code")[["unit_code", "unit", "merged_unit"]]
    units = units.merge(pd.DataFrame({"date": days}), how="cross")
    out = units.merge(held, how="left", on=["unit_code", "date"], validate="one_to_one")
    return out.sort_values(["date", "unit_code"], ignore_index=True)


def published(post: str | None = None) -> pd.DataFrame:
    """
    Lay published counts of non-local heads of all provinces beside ours.

    Parameters
    ----------
    post : {"secretary", "chair"}, optional
        Both where left out.

    Returns
    -------
    DataFrame
        One row per published count, by date: as_of, post, published, total, ours_low and ours_high (the unknown local, or
        non-local; before July 2025 at the end of the month), agrees, source_url, note.
    """
    table = tables.load("national_stats").query("level == 'province'")
    table = table.assign(post=table["position"].map(_POSITIONS)).dropna(subset=["post", "nonlocal_count"])
    table = table if post is None else table[table["post"] == tables.one_of("post", post, POSTS[:2])]
    ours = [_outside(as_of, post) for as_of, post in zip(table["as_of"], table["post"], strict=True)]
    table = table.rename(columns={"nonlocal_count": "published"}).astype({"published": "int64", "total": "int64"})
    low, high = ([int(outside.fillna(unknown).sum()) for outside in ours] for unknown in (False, True))
    table = table.assign(ours_low=low, ours_high=high, agrees=table["published"].between(low, high))
    columns = ["as_of", "post", "published", "total", "ours_low", "ours_high", "agrees", "source_url", "note"]
    return table[columns].sort_values(["as_of", "post"], kind="stable", ignore_index=True)


def _outside(as_of, post):
    if as_of >= FIRST_DAY:
        return ~holders(as_of, post)["native_new"]
    held = monthly(post=post)
    return held.loc[held["month"] == pd.Period(as_of[:7], freq="M"), "non_local"]


@tables.remembered
def path(post: str = "secretary") -> pd.DataFrame:
    """
    Count the local heads of the 34 units on every day on which one changes or a count was published.

    Parameters
    ----------
    post : {"secretary", "chair"}

    Returns
    -------
    DataFrame
        One row per date from 1 July 2025 to ``LAST_DAY``: date, n_units, native_new and native_old (local to the new unit, to
        the old province), unknown_new, unknown_old, no_holder (these are among the unknown), published_non_local,
        published_of, agrees (missing = nothing published that day), source_url, note.

    Examples
    --------
    >>> path("secretary").set_index("date").loc[["2025-07-01", "2025-10-16", "2025-10-17"], "native_new"].tolist()
    [9, 1, 0]
    """
    table = tables.load("leaders_2025").query("post == @post")
    said = published(post).query("as_of >= @FIRST_DAY").drop(columns=["post", "ours_low", "ours_high"])
    changes = {*table["start_day"].dropna(), *table["end_day"].dropna(), *said["as_of"], FIRST_DAY, LAST_DAY}
    held = _serving(sorted(day for day in changes if FIRST_DAY <= day <= LAST_DAY), post)
    unknown = held[["native_new", "native_old", "person"]].isna()
    out = held[["date"]].assign(
        n_units=1,
        **{name: held[name].fillna(False).astype("int64") for name in ("native_new", "native_old")},
        **unknown.set_axis(["unknown_new", "unknown_old", "no_holder"], axis=1).astype("int64"),
    )
    said = said.rename(columns={"as_of": "date", "published": "published_non_local", "total": "published_of"})
    out = out.groupby("date", as_index=False).sum().merge(said, on="date", how="left")
    return out.astype({"published_non_local": "Int64", "published_of": "Int64", "agrees": "boolean"})


def _flag(values):
    return values.astype("boolean").fillna(False).astype(bool)


def _month(dates):
    strange = dates[~dates.str.fullmatch("[0-9]{4}(-(0[1-9]|1[0-2]))?", na=dates.name == "end")]
    if len(strange):
        where = f"{dates.name} of row {strange.index[0]} of leaders"
        raise ValueError(f"{where} is {strange.iloc[0]!r}; expected a month, such as '2012-07', or a year.")
    return pd.Series(pd.PeriodIndex(dates.where(dates.str.len() != 4, dates + "-07"), freq="M"), index=dates.index)


def _starts(frame):
    """Return the start months of terms, those known to the year held against the end of the term before and the end of the record."""
    ordered, keys = frame.sort_values(["start", "spell_id"]), ["post", "unit_code"]
    start, end, rough = ordered["start"], ordered["end"], ordered["start_precision"].eq("year")
    before = ordered.groupby(keys)[["end", "end_precision"]].shift()
    left = before["end_precision"].eq("month") & (before["end"].dt.year == start.dt.year) & (before["end"] > start)
    start = start.mask(rough & left & ~(end < before["end"]), before["end"])
    return start.mask(rough & end.isna() & (start > LAST_MONTH), LAST_MONTH).reindex(frame.index)


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


def _window(held, years, post, last_by_default, earliest=FIRST_YEAR):
    outside = "{name} is {given}; the record has {first}-{last}. Take a first and a last year within."
    given = (first_year(post), last_by_default) if years is None else years
    first, last = tables.span("years", given, earliest, LAST_YEAR, outside)
    return held[held["year"].between(first, last)].reset_index(drop=True)
