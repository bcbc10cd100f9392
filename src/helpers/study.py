"""One row per unit and year: an outcome, who led, and covariates, with a count of what is missing and why."""

import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.record import tables, terms

_LED = ["treated", "share", "treated_low", "treated_high", "share_low", "share_high"]
_LED += ["new_spell", "turnover", "tenure_years", "spell_id"]
_FLAGS = {
    "preliminary": ("preliminary values", "giá trị sơ bộ"),
    "secondary": ("values from a secondary copy", "giá trị từ bản sao thứ cấp"),
    "derived": ("values derived by us", "giá trị do chúng tôi tính"),
    "old_boundary": ("values on the boundaries before August 2008", "giá trị theo địa giới trước tháng 8/2008"),
    "doubtful": ("values marked as doubtful", "giá trị được đánh dấu là còn nghi vấn"),
}


@dataclass(frozen=True, eq=False)
class Panel:
    """
    A panel and what it holds.

    Attributes
    ----------
    frame : DataFrame
        Every unit in every year of the window, sorted: unit_code, year, y (missing = no value), treated, share, their bounds,
        new_spell, turnover, tenure_years, spell_id (see `terms.yearly`), one column per covariate, source.
    coverage : DataFrame
        One row per year: n_units, n_complete (value, covariates and treatment known), missing, and why, a unit-year counted
        once under each reason: no_value, no_holder, not_classified (holder known, whether local not), no_covariate; reason
        says the same in words.
    outcome, definition : str
    window : tuple of int
    transform : str or None
    covariates : tuple of str
    notes : DataFrame
        What a reader should know: note, n (unit-years concerned), text_en, text_vi.
    """

    frame: pd.DataFrame
    coverage: pd.DataFrame
    outcome: str
    definition: str
    window: tuple
    transform: str | None
    covariates: tuple
    notes: pd.DataFrame


def build_panel(
    outcome,
    definition="hometown",
    window=None,
    covariates=(),
    allow_breaks=(),
    units=None,
    transform=None,
    leaders=None,
):
    """
    Join an outcome, the leaders and covariates.

    Parameters
    ----------
    outcome : str
        An indicator of `tables.indicators`.
    definition : str
        One of `terms.DEFINITIONS`.
    window : tuple of int, optional
        First and last year, both included; otherwise all years with a value of the outcome and a record of leaders.
    covariates : sequence of str
        Other indicators, as they are in the same year.
    allow_breaks : sequence of str
        Breaks of the outcome or a covariate that the window may cross, by name.
    units : sequence of str, optional
        Codes of some of the 63 units; otherwise all.
    transform : {None, "log", "z"}
        ``log``: natural logarithm; ``z``: units from the year's mean in standard deviations over the units of the panel.
    leaders : DataFrame, optional
        As in `terms.spells`, for trials.

    Returns
    -------
    Panel

    Raises
    ------
    ValueError
        Ranks, press-only indicators, unknown names, covariates named twice, a window outside the data, the logarithm of a
        value that is not positive. `tables.BreakRefused` (a ValueError): a break that is not allowed by name.
    """
    covariates = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    names = (outcome, *covariates)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} is named twice; expected each indicator once. Drop the repetition.")
    for name in names:
        _usable(name)
    if outcome.endswith("_rank"):
        raise ValueError(
            f"{outcome} is a rank: bounded, and tied to every other unit's; expected a score. Take {outcome[:-4]}score as the outcome."
        )
    if transform not in (None, "log", "z"):
        raise ValueError(f"transform is {transform!r}; expected None, 'log' or 'z'.")
    codes = _codes(units)
    window = _window(outcome, window, codes)
    known = set().union(*(tables.breaks(name)["name"] for name in names))
    strange = [name for name in allow_breaks if name not in known]
    if strange:
        raise ValueError(
            f"allow_breaks names {', '.join(strange)}; breaks of {', '.join(names)}: {', '.join(sorted(known)) or 'none'}."
        )
    values = {name: _values(name, window, allow_breaks, codes) for name in names}

    led = terms.yearly(definition, window, leaders)
    frame = pd.MultiIndex.from_product([codes, range(window[0], window[1] + 1)], names=["unit_code", "year"]).to_frame(
        index=False
    )
    frame = _join(frame, values[outcome].rename(columns={"value": "y"})[["unit_code", "year", "y", "source"]])
    frame = _join(frame, led[["unit_code", "year", *_LED]])
    for name in covariates:
        frame = _join(frame, values[name].rename(columns={"value": name})[["unit_code", "year", name]])
    frame = frame.assign(y=_transformed(frame, transform))
    frame = frame[["unit_code", "year", "y", *_LED, *covariates, "source"]]
    return Panel(
        frame, _coverage(frame, covariates), outcome, definition, window, transform, covariates, _notes(values, window)
    )


def _usable(name):
    registry = tables.indicators().set_index("indicator")
    if name not in registry.index:
        near = difflib.get_close_matches(str(name), registry.index, 3, 0.4) or list(registry.index)
        raise ValueError(f"no indicator {name!r}; closest: {', '.join(near)}. All of them: datasets.indicators().")
    if registry.loc[name, "press_only"]:
        raise ValueError(
            f"{name} is known from the press for some units only and is for checks, never for a model. Take another indicator."
        )


def _codes(units):
    known = sorted(tables.load("units")["unit_code"])
    if units is None:
        return known
    strange = sorted(set(units) - set(known))
    if strange or not len(units):
        raise ValueError(
            f"units has {', '.join(map(repr, strange)) or 'no code'}; expected codes of the 63 provinces as text, such as '62'."
        )
    return sorted(set(units))


def _window(outcome, window, codes):
    table = tables.indicator(outcome)
    years = table.loc[table["unit_code"].isin(codes), "year"]
    first = max(int(years.min()), terms.FIRST_YEAR)
    last = min(int(years.max()), terms.LAST_YEAR)
    if window is None:
        return first, last
    if len(window) != 2 or not first <= window[0] <= window[1] <= last:
        raise ValueError(
            f"window is {tuple(window)}; {outcome} has values and leaders are known in {first}-{last}. Take years within."
        )
    return int(window[0]), int(window[1])


def _values(name, window, allow_breaks, codes):
    own = set(tables.breaks(name)["name"])
    table = tables.indicator(name, window, tuple(b for b in allow_breaks if b in own))
    return table[table["unit_code"].isin(codes)]


def _join(left, right):
    return left.merge(right, on=["unit_code", "year"], how="left", validate="one_to_one")


def _transformed(frame, transform):
    y = frame["y"]
    if transform == "log":
        bad = frame[y <= 0]
        if len(bad):
            row = bad.iloc[0]
            raise ValueError(
                f"unit {row['unit_code']} in {row['year']} has {row['y']:g}, which has no logarithm ({len(bad)} such values). "
                "Take transform=None or 'z', or leave those years out."
            )
        return np.log(y)
    if transform == "z":
        by = y.groupby(frame["year"])
        return (y - by.transform("mean")) / by.transform("std")
    return y


def _coverage(frame, covariates):
    holder = frame["spell_id"].notna()
    gaps = pd.DataFrame(
        {
            "no_value": frame["y"].isna(),
            "no_holder": ~holder,
            "not_classified": holder & frame["treated"].isna(),
            "no_covariate": frame[list(covariates)].isna().any(axis=1),
        }
    )
    out = gaps.assign(year=frame["year"], n_units=1, missing=gaps.any(axis=1)).groupby("year", as_index=False).sum()
    words = {
        "no_value": "no value",
        "no_holder": "no known holder",
        "not_classified": "local or not unknown",
        "no_covariate": "no covariate",
    }
    out["reason"] = [
        "; ".join(f"{text}: {row[name]}" for name, text in words.items() if row[name]) for row in out.to_dict("records")
    ]
    out["n_complete"] = out["n_units"] - out["missing"]
    return out[["year", "n_units", "n_complete", "missing", *words, "reason"]]


def _notes(values, window):
    rows = []
    for name, table in values.items():
        for flag, (en, vi) in _FLAGS.items():
            count = int(table[flag].sum())
            if count:
                rows.append((f"{name}: {flag}", count, f"{name}: {en}", f"{name}: {vi}"))
        lines = tables.breaks(name)
        for line in lines[lines["first_year"].between(window[0] + 1, window[1])].itertuples():
            rows.append((line.name, int((table["year"] >= line.first_year).sum()), line.text_en, line.text_vi))
    if window[1] == terms.LAST_YEAR:
        text = ("The record of leaders ends in June 2025.", "Dữ liệu về bí thư kết thúc vào tháng 6/2025.")
        rows.append(("half_year_2025", 0, *text))
    return pd.DataFrame(rows, columns=["note", "n", "text_en", "text_vi"]).drop_duplicates("note", ignore_index=True)
