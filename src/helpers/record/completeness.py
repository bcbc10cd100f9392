"""What the record lacks: months without a known holder, and how old each block of it is."""

import datetime

import pandas as pd

from helpers.record import tables, terms


def newest(today: str | datetime.date | None = None) -> pd.DataFrame:
    """
    Name the newest year of each block of the record, and its age.

    Parameters
    ----------
    today : str or date, optional
        The day that ages are counted to; by default the day of the call.

    Returns
    -------
    DataFrame
        One row per block: block (as in ``indicators``, and leaders, leaders_2025), table, newest (a year; for leaders a month
        or a day), age_years (from the end of that year, month or day), n_indicators (of them with a value in that year).

    Examples
    --------
    >>> newest("2026-11-28").set_index("block").loc["pci", "newest"]
    '2023'
    """
    today = pd.Timestamp(today or datetime.date.today())
    registry, rows = tables.load("indicators"), []
    for (block, table), part in registry.groupby(["block", "table"], sort=False):
        values = tables.load(table)
        values = values[values["indicator"].isin(part["indicator"])]
        if values.empty:
            wrong = "table", f"{table!r} for {block}", "the table that holds its values"
            raise tables.DataFault([tables.Fault("indicators.csv", 0, *wrong, "correct the cell")])
        year = int(values["year"].max())
        rows.append((block, table, str(year), f"{year}-12-31", values[values["year"] == year]["indicator"].nunique()))
    rows.append(("leaders", "leaders", str(terms.LAST_MONTH), str(terms.LAST_MONTH.end_time.date()), 0))
    rows.append(("leaders_2025", "leaders_2025", terms.LAST_DAY, terms.LAST_DAY, 0))
    out = pd.DataFrame(rows, columns=["block", "table", "newest", "age_years", "n_indicators"])
    return out.assign(age_years=((today - pd.to_datetime(out["age_years"])).dt.days / 365.25).round(1))


def gaps() -> pd.DataFrame:
    """
    Count, for each post, unit-months without a known holder and those whose holder's home is unknown.

    Returns
    -------
    DataFrame
        One row per post: post, first_year, months, no_holder, unknown_home.

    Examples
    --------
    >>> gaps()["post"].tolist()
    ['secretary', 'chair']
    """
    rows = []
    for post in ("secretary", "chair"):
        years = terms.yearly(years=(terms.first_year(post), terms.LAST_YEAR), post=post)
        sums = years[["months_local", "months_non_local", "months_no_holder", "months_unknown_home"]].sum()
        rows.append((post, terms.first_year(post), sums.sum(), sums["months_no_holder"], sums["months_unknown_home"]))
    return pd.DataFrame(rows, columns=["post", "first_year", "months", "no_holder", "unknown_home"])
