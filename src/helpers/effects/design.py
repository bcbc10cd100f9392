"""The one door: a checked design out of any panel, or a refusal that says what was found and what to do."""

import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from helpers.words import Refused, _

LEAST_CLUSTERS = 5
LEAST_DRAWS = 20  # with fewer no p-value is below 0.05
_LARGEST = 1e100  # squares of larger values are infinite
_NOISE = 1e-13  # less variation than this, beside the size of the values, is rounding
_USUAL = (("y", "y"), ("d", "treated"), ("unit", "unit_code"), ("time", "year"), ("covariates", ()), ("cluster", None))
COLUMNS = dict(_USUAL) | {"weights": None}
_OPTIONS = (
    "draws", "seed", "horizon", "strata", "statistic", "inference_by", "leads", "effects", "placebos", "direction",
)  # fmt: skip


class DesignRefused(Refused):
    """A design that would give a wrong or empty number; the message says what was found and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Design:
    """
    The complete cells of a checked design, sorted by unit and time, and all rows they come from.

    Attributes
    ----------
    y, d : ndarray (n,)
        Outcome and treatment.
    x : ndarray (n, covariates)
    w : ndarray (n,) or None
        Weights; None where all are one.
    unit, time, cluster : ndarray of int (n,)
        Codes from 0; ``units`` and ``times`` are their labels.
    step : ndarray of int (n,)
        Place in the calendar: periods without a single outcome, or without a row, keep their place.
    row : ndarray of int (n,)
        Position in the frame given.
    every : dict of ndarray
        unit (-1: not used), step, y, d, x, w, cluster, row of all rows given, sorted by unit and time, missing as NaN.
    note : str
        What was left out, for people.
    keys : dict
        outcome, definition, post of a study panel, written into results.
    """

    y: np.ndarray
    d: np.ndarray
    x: np.ndarray
    w: np.ndarray | None
    unit: np.ndarray
    time: np.ndarray
    step: np.ndarray
    cluster: np.ndarray
    units: pd.Index
    times: pd.Index
    row: np.ndarray
    every: dict = field(repr=False)
    note: str
    names: dict
    keys: dict
    frame: pd.DataFrame

    def __repr__(self) -> str:
        c, note = self.counts(), f"; {self.note}" if self.note else ""
        size = f"{c['n_obs']:,} cells, {c['n_units']:,} units ({c['n_switching']:,} switching)"
        asked = f"Design of '{self.names['y']}' on '{self.names['d']}'"
        return f"{asked}: {size}, {self.times[0]} to {self.times[-1]}{note}"

    @cached_property
    def switching(self) -> np.ndarray:
        """Whether the treatment of each unit changes over the cells used."""
        return self._changes()

    def _changes(self, used: Any = slice(None)) -> np.ndarray:
        """Return whether the treatment of each unit with ``used`` cells changes over these."""
        unit, d = self.unit[used], self.d[used]
        firsts = np.r_[0, np.flatnonzero(np.diff(unit)) + 1]
        return np.maximum.reduceat(d, firsts) - np.minimum.reduceat(d, firsts) > 1e-12

    @property
    def n_switching(self) -> int:
        """Units whose treatment changes over the cells used."""
        return int(self.switching.sum())

    @property
    def gaps(self) -> str:
        """Whether whole periods have no outcome ("periods"), some cells are absent ("cells"), or neither ("none")."""
        if (np.diff(np.unique(self.step)) > 1).any():
            return "periods"
        return "cells" if len(self.y) < len(self.units) * len(self.times) else "none"

    @property
    def nested(self) -> bool:
        """Whether every unit lies in one cluster."""
        pairs = self.names["cluster"] and np.unique(self.unit + self.cluster.astype(np.int64) * len(self.units))
        return self.names["cluster"] is None or len(pairs) == len(self.units)

    def need_nested(self) -> None:
        """Refuse units that lie in several clusters."""
        if not self.nested:
            text = "a unit lies in more than one cluster; a bootstrap of clusters needs every unit within one."
            raise DesignRefused(text)

    def counts(self, used: Any = slice(None)) -> dict:
        """Return the counts and period of a result row that rests on the cells ``used``."""
        n, moves, time = len(self.y[used]), self._changes(used), self.time[used]
        return {
            "n_obs": n, "n_cells": n, "n_units": len(moves), "n_clusters": self.behind(used), "n_switching": int(moves.sum()),
            "first_year": year_of(self.times[time.min()]), "last_year": year_of(self.times[time.max()]),
        }  # fmt: skip

    def behind(self, member: Any) -> int:
        """Return the number of clusters with a cell in a boolean array over cells."""
        return len(np.unique(self.cluster[member]))

    def wide(self, values: Any) -> np.ndarray:
        """Return values of cells as (units, times), NaN where there is no cell."""
        table = np.full((len(self.units), len(self.times)), np.nan)
        table[self.unit, self.time] = values
        return table

    def tables(self, every_period: bool = False) -> tuple:
        """Return outcome, treatment (units, times), covariates (list of the same) and weights, also of cells without the one or the other; with ``every_period`` those of the calendar between the first and the last too."""
        e, steps = self.every, np.unique(self.step)
        steps = np.arange(steps[0], steps[-1] + 1) if every_period else steps
        at = np.full(e["step"].max() + 1, -1)
        at[steps] = np.arange(len(steps))
        use = (e["unit"] >= 0) & (at[e["step"]] >= 0)

        def table(values, empty=np.nan):
            out = np.full((len(self.units), len(steps)), empty)
            out[e["unit"][use], at[e["step"]][use]] = values[use]
            return out

        weights = None if self.w is None else np.nan_to_num(table(e["w"], 0.0))
        return table(e["y"]), table(e["d"]), [table(x) for x in e["x"].T], weights

    def long(self, needs: Sequence[str] = ()) -> pd.DataFrame:
        """
        Return all rows of the units used, in calendar steps: unit, time, y, d, x0.., cluster, weight; less those without a value in ``needs``.

        A period of the calendar without a row keeps its place by an empty row of the first unit (at: -1), so that no library takes its
        neighbours for each other's.
        """
        names = {"unit": "unit", "step": "time", "y": "y", "d": "d", "cluster": "cluster", "row": "at", "w": "weight"}
        kept = {name: self.every[key] for key, name in names.items() if self.every[key] is not None}
        out = pd.DataFrame(kept).join(pd.DataFrame(self.every["x"]).add_prefix("x"))
        out = out[out["unit"] >= 0].dropna(subset=list(needs)).reset_index(drop=True)
        empty = np.setdiff1d(np.arange(self.every["step"].max() + 1), out["time"])
        if not len(empty):
            return out
        held = {"time": empty, "at": -1} | {name: out[name].iloc[0] for name in ("unit", "cluster")}
        return pd.concat([out, pd.DataFrame(held)], ignore_index=True).sort_values(["unit", "time"], ignore_index=True)

    def only(self, at: Any) -> "Design":
        """Return the design over some of the rows given (positions)."""
        return design(replace(self, frame=self.frame.iloc[np.sort(at)]))


def year_of(label: Any) -> Any:
    """Return the year of a period's ``label`` (date, period, text, whole number); missing where it has none."""
    if hasattr(label, "year"):
        return label.year
    if isinstance(label, str):
        return int(label[:4]) if label[:4].isdigit() else pd.NA
    return int(label) if float(label).is_integer() else pd.NA


def need_name(what: str, name: Any) -> None:
    """Refuse what is not the name of one column; ``what`` is the argument."""
    if name is None or not isinstance(name, Hashable):
        raise Refused("{what} is {value}; expected the name of one column.", what=what, value=repr(name))


def need_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a frame without these columns, naming the closest."""
    for name in names:
        need_name("column", name)
        if name not in frame.columns:
            near = get_close_matches(str(name), [str(c) for c in frame.columns], 1)
            if near:
                raise Refused("no column '{name}'; did you mean '{near}'?", name=name, near=near[0])
            text = "no column '{name}'; found: {columns}."
            raise Refused(text, name=name, columns=", ".join(map(str, frame.columns)))
        if (n := list(frame.columns).count(name)) > 1:
            text = "column '{name}' comes {n} times; expected one column of a name. Rename or drop the others first."
            raise Refused(text, name=name, n=n)


def need_once(frame: pd.DataFrame, unit: str, time: str, twice: Any) -> None:
    """Refuse rows ``twice`` (positions, or a boolean column) that repeat a unit and time, naming the first."""
    for code, period in frame[[unit, time]].iloc[np.asarray(twice)].head(1).itertuples(index=False):
        text = "{unit} '{code}' has more than one row for {time} {period}; expected one row per unit and {time}. Merge the duplicates first."
        raise DesignRefused(text, unit=unit, code=str(code), time=time, period=str(period))


def need_whole(least: int, /, **values: Any) -> None:
    """Refuse arguments (by name) that are no whole numbers of at least ``least``."""
    for name, value in values.items():
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            text = "{name} is {value}; expected a whole number of at least {least}."
            raise Refused(text, name=name, value=repr(value), least=least)


def need_draws(draws: Any, seed: Any = 0, *, none: bool = False) -> None:
    """Refuse what is no seed, and fewer draws than make an interval or a p-value below 0.05 possible; where ``none`` is allowed, 0 asks for neither."""
    need_whole(0 if none and draws == 0 else LEAST_DRAWS, draws=draws)
    need_whole(0, seed=seed)


def numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as floats, missing as NaN; refuse text and infinite values."""
    column = frame[name]
    try:
        if isinstance(column.dtype, pd.StringDtype) or column.dtype.kind in "cmM":  # complex, spans of time, dates
            raise TypeError
        kind = "Float64" if column.dtype.name == "boolean" else column.dtype
        values = column.astype(kind).to_numpy(float, na_value=np.nan)
    except (TypeError, ValueError):
        text = "column '{name}' is not numeric (dtype {dtype}); expected numbers."
        raise DesignRefused(text, name=name, dtype=str(column.dtype)) from None
    if n := int((np.abs(values) > _LARGEST).sum()):
        text = "column '{name}' has {n} infinite values; expected finite numbers or missing. Set them missing, or correct them, first."
        raise DesignRefused(text, name=name, n=n)
    return values


def calendar(labels: Any, name: str = "time") -> np.ndarray:
    """
    Turn sorted distinct time labels into whole steps of their own frequency.

    Examples
    --------
    >>> calendar(pd.Index([2010, 2011, 2013])).tolist()
    [0, 1, 3]
    >>> calendar(pd.Index(["2010Q1", "2010Q2", "2011Q1"])).tolist()
    [0, 1, 4]
    >>> calendar(pd.Index([2010.0, 2010.25, 2011.0])).tolist()
    [0, 1, 4]
    """
    labels = pd.Index(labels)
    if not pd.api.types.is_numeric_dtype(labels) and not isinstance(labels, pd.PeriodIndex | pd.DatetimeIndex):
        labels = _read_times(labels.astype(str), name)
    if isinstance(labels, pd.DatetimeIndex):
        yearly, ends = labels.month.nunique() == 1, labels.is_month_end.all()
        labels = labels.to_period("D" if labels.day.nunique() > 1 and not ends else "Y" if yearly else "M")
    steps = labels.asi8 if isinstance(labels, pd.PeriodIndex) else _counted(labels.to_numpy(float))
    steps = steps - steps.min()
    return steps // max(int(np.gcd.reduce(np.diff(np.sort(steps)))) if len(steps) > 1 else 1, 1)


def _counted(values):
    """Years, or years and their halves, quarters or months as decimals, in steps; other numbers by their order."""
    for parts in (1, 2, 4, 12):
        steps = np.round(values * parts)
        if np.abs(steps - values * parts).max() < (0.02 if parts > 1 else 1e-9) and len(np.unique(steps)) == len(steps):
            return steps.astype(np.int64)
    return np.arange(len(values))


def _read_times(labels, name):
    if labels.str.fullmatch(r"-?\d{1,9}").all():
        return labels.astype(int)
    if labels.str.fullmatch(r"\d{4}-\d{2}-\d{2}.*").all():
        with suppress(ValueError):
            return pd.DatetimeIndex(labels)
    for pattern, freq in ((r"\d{4}-?[Qq][1-4]", "Q"), (r"\d{4}-(?:0[1-9]|1[0-2])", "M")):
        if labels.str.fullmatch(pattern).all():
            return pd.PeriodIndex(labels.str.replace("-Q", "Q").str.upper(), freq=freq)
    text = "column '{name}' has {value}, which is no time; expected whole numbers, dates, periods, or quarters and months as 2010Q1, 2010-03."
    raise DesignRefused(text, name=name, value=repr(str(labels[0])))


def opened(data: Any, columns: dict) -> tuple[pd.DataFrame, dict, dict]:
    """Return the frame of ``data``, the names of its columns and its keys."""
    keys = {}
    if isinstance(data, Design):
        frame, usual, keys = data.frame, data.names, data.keys
    elif isinstance(data, pd.DataFrame):
        frame, usual = data, dict(COLUMNS)
    elif hasattr(data, "frame"):
        frame, usual = data.frame, dict(COLUMNS) | {"covariates": tuple(getattr(data, "covariates", ()))}
        usual |= {name: name for name in ("weights", "cluster") if name in frame.columns}
        for near in frame.columns.difference([*usual.values(), *map(str, columns.values())]):
            if name := {"weight": "weights", "cluster": "cluster"}.get(str(near).strip().lower().rstrip("s")):
                text = "column '{near}' of the panel would not be used; expected '{name}'. Rename it, name it in the call ({name}='{near}'), or drop it."
                raise Refused(text, near=near, name=name)
        keys = {k: v for k in ("outcome", "definition", "post") if isinstance(v := getattr(data, k, None), str)}
    else:
        text = "data is {kind}; expected a DataFrame, a study panel or a Design."
        raise DesignRefused(text, kind=type(data).__name__)
    for name in columns:
        if name not in COLUMNS:
            near = get_close_matches(name, [n for n in (*COLUMNS, *_OPTIONS) if n != name], 1)
            hint = f"did you mean '{near[0]}'?" if near else f"columns are named by {', '.join(COLUMNS)}."
            raise Refused("no argument '{name}'; {hint}", name=name, hint=hint)
    names = usual | columns
    given = () if names["covariates"] is None else names["covariates"]
    names["covariates"] = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    for what, name in names.items():
        optional = name is None and what not in ("y", "d", "unit", "time")
        for one in name if what == "covariates" else [] if optional else [name]:
            need_name(what, one)
    indexed = isinstance(frame.index, pd.MultiIndex) and frame.index.nlevels == 2
    if indexed and not {names["unit"], names["time"]} <= set(frame.columns):
        levels = [own or usual for own, usual in zip(frame.index.names, ("unit", "time"), strict=True)]
        frame = frame.set_axis(frame.index.set_names(levels)).reset_index()
        names |= dict(zip(("unit", "time"), levels, strict=True))
    if "d" not in columns and names["d"] == "treated" and "treated" not in frame.columns and "d" in frame.columns:
        names["d"] = "d"
    return frame, names, keys


def labels(frame: pd.DataFrame, name: str) -> tuple[np.ndarray, pd.Index]:
    """Return codes and sorted labels of a column; refuse missing ones and a mixture of text and numbers."""
    column = frame[name]
    if column.isna().any():
        text = "column '{name}' is missing in {n} rows; expected a value in every row."
        raise DesignRefused(text, name=name, n=int(column.isna().sum()))
    codes, names = pd.factorize(column, sort=True)
    if names.dtype == object and len({type(name) for name in names}) > 1:
        text = "column '{name}' mixes text and numbers; expected one kind. Turn it into text first."
        raise DesignRefused(text, name=name)
    return codes, names


def design(data: Any, *, binary: bool = False, clusters: int = 3, **columns: Any) -> Design:
    """
    Check a panel and return its complete cells; every estimator comes through here.

    Parameters
    ----------
    data : DataFrame, study panel or Design
        One row per unit and time. A DataFrame may have the index (unit, time) instead of columns. Rows with a missing
        outcome, treatment or covariate are no cells, but keep their place in the calendar. Of a study panel its covariates
        count, and the columns weights and cluster where its frame has them.
    binary : bool
        Whether the treatment must be 0/1.
    clusters : int
        Fewer are refused.
    y, d, unit, time : str
        Columns: outcome, treatment, unit (text or whole numbers), time (whole numbers, dates, periods, or text such as
        2010Q1). Otherwise y, treated (or d), unit_code, year.
    covariates : str or sequence of str
    cluster : str, optional
        Column of clusters; the units unless named.
    weights : str, optional
        Column of weights, not negative; rows of weight zero are left out.

    Returns
    -------
    Design

    Raises
    ------
    DesignRefused
        Unknown column or argument, infinite or non-numeric value, two rows for one unit and time, outcomes all equal, a
        treatment that never changes, a covariate that is the treatment, fewer than three clusters. A unit seen once is left out.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"who": list("aabbcc"), "when": [1, 2] * 3, "y": [1.0, 4, 2, 3, 0, 2], "on": [0, 1, 0, 0, 0, 0]})
    >>> design(frame, d="on", unit="who", time="when")
    Design of 'y' on 'on': 6 cells, 3 units (1 switching), 1 to 2
    """
    if isinstance(data, Design) and not columns and not binary and len(data.frame) == len(data.every["y"]):
        return data
    frame, names, keys = opened(data, columns)
    _need_arguments(frame, names, clusters)
    every, unit_names, time_names, steps = _rows(frame, names)
    full, kept = _complete(every, names, len(unit_names))
    here, code = renumbered(every["unit"][kept], len(unit_names))
    shown, when = renumbered(every["step"][kept])
    once = int((np.bincount(every["unit"][full], minlength=len(unit_names)) == 1).sum())
    every["unit"], cluster = code[every["unit"]], names["cluster"]
    every["cluster"] = pd.factorize(frame[cluster].iloc[every["row"]])[0] if cluster else every["unit"]
    used = {key: values if kept.all() or values is None else values[kept] for key, values in every.items()}
    if (used["cluster"] < 0).any():
        text = "cluster column '{name}' has missing values; expected a cluster for every row used."
        raise DesignRefused(text, name=cluster)
    if cluster:
        used["cluster"] = np.unique(used["cluster"], return_inverse=True)[1]
    led = hasattr(data, "led_by") and names["d"] == COLUMNS["d"]
    subject = {"who": data.led_by, "unit": data.unit, "units": data.units} if led else {}
    if (n := len(np.unique(used["cluster"]))) < clusters:
        what = _("clusters") if cluster else subject.get("units") or _("units")
        text = "the number of {what} with all values is {n}; expected at least {least}, better twenty or more."
        raise DesignRefused(text, what=what, n=n, least=clusters)
    _need_variation(used, names, binary, subject)
    needed = "outcome, treatment, covariate or weight" if names["weights"] else "outcome, treatment or covariate"
    possible, cells, lost = len(here) * len(shown), int(kept.sum()), int((~full).sum())
    note = [f"{lost} of {len(frame)} rows without {needed} left out"] * bool(lost)
    note += [f"{once} units seen once left out"] * bool(once)
    note += [f"unbalanced: {possible - cells} of {possible} unit-periods absent"] * (cells < possible)
    labelled = {"units": unit_names[here], "times": time_names[pd.Index(steps).get_indexer(shown)]}
    told = {"note": "; ".join(note), "names": names, "keys": keys, "frame": frame}
    made = Design(**used, time=when[used["step"]], every=every, **labelled, **told)
    _need_comparisons(made, subject)
    return made


def _need_arguments(frame: pd.DataFrame, names: dict, clusters: Any) -> None:
    """Refuse columns that are not there or do two things, and a table without rows."""
    if isinstance(clusters, str):
        text = "clusters is {name}; expected the least number of clusters. Name the column by cluster={name}."
        raise Refused(text, name=repr(clusters))
    need_whole(1, clusters=clusters)
    y, d, unit, time, covariates, cluster, weights = (names[k] for k in COLUMNS)
    need_columns(frame, [y, d, unit, time, *covariates, *(n for n in (cluster, weights) if n)])
    if not len(frame):
        raise DesignRefused("the data has no rows; expected one row per unit and time. Check what was chosen from it.")
    if {y, d} & set(covariates) or y == d or len(set(covariates)) < len(covariates):
        text = "outcome, treatment and covariates are {names}; expected different columns."
        raise DesignRefused(text, names=", ".join([y, d, *covariates]))


def _rows(frame: pd.DataFrame, names: dict) -> tuple[dict, pd.Index, pd.Index, np.ndarray]:
    """Return all rows sorted by unit and time (see `Design.every`), the labels of units and times, and the calendar step of each time."""
    unit, time, covariates, weights = (names[k] for k in ("unit", "time", "covariates", "weights"))
    (units, unit_names), (times, time_names) = labels(frame, unit), labels(frame, time)
    _need_distinct(unit_names, unit)
    steps = calendar(time_names, time)
    if len(np.unique(steps)) < len(steps):
        text = "column '{name}' has several labels for one period; expected one. Merge the duplicates first."
        raise DesignRefused(text, name=time)
    place = units.astype(np.int64) * (int(steps.max()) + 1) + steps[times]
    order = np.argsort(place, kind="stable")
    if (twice := order[:-1][np.diff(place[order]) == 0]).size:
        need_once(frame, unit, time, twice)
    every: dict[str, Any] = {key: numbers(frame, names[key])[order] for key in ("y", "d")}
    every["x"] = np.array([numbers(frame, name)[order] for name in covariates]).reshape(len(covariates), len(order)).T
    every["w"] = numbers(frame, weights)[order] if weights else None
    if weights and (every["w"] < 0).any():
        text = "weights '{name}' has {n} negative values; expected none."
        raise DesignRefused(text, name=weights, n=int((every["w"] < 0).sum()))
    every |= {"unit": units[order], "step": steps[times[order]], "row": order}
    return every, unit_names, time_names, steps


def _need_distinct(unit_names: pd.Index, column: Any) -> None:
    """Refuse two labels of units that differ only in spaces or in the Unicode form of their letters."""
    spelt = dict[str, str]()
    for name in (one for one in unit_names if isinstance(one, str)):
        plain = name if name.isascii() else unicodedata.normalize("NFKC", name)
        plain = " ".join("".join(c for c in plain if unicodedata.category(c) != "Cf").split())
        if (other := spelt.setdefault(plain, name)) != name:
            text = "column '{column}' has {name} and {other}, which differ only in spaces or in how letters are put together; expected one label for each unit. Try: df['{column}'].str.normalize('NFC').str.strip()."
            raise DesignRefused(text, column=column, name=ascii(other), other=ascii(name))


def _complete(every: dict, names: dict, n_units: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows have all values, and which of these are of units seen more than once; refuse where none are left."""
    w = every["w"]
    full = np.isfinite(every["y"] + every["d"]) & np.isfinite(every["x"]).all(1) & (True if w is None else w > 0)
    kept = full & (np.bincount(every["unit"][full], minlength=n_units) > 1)[every["unit"]]
    held = [*zip(names["covariates"], every["x"].T, strict=True), (names["y"], every["y"]), (names["d"], every["d"])]
    held += [] if w is None else [(f"{names['weights']} > 0", np.where(w > 0, w, np.nan))]
    if empty := [name for name, values in held if np.isnan(values).all()]:
        text = "no row has a value of {names}; expected some. Check the column and the window, or leave it out."
        raise DesignRefused(text, names=", ".join(map(str, empty)))
    if not kept.any():
        text = "no row has an outcome, a treatment and all covariates; expected some. Check the window."
        if full.any():
            text = "no unit has an outcome, a treatment and all covariates in two periods; expected at least two years, or other periods. Widen the window."
        raise DesignRefused(text)
    return full, kept


def renumbered(codes: np.ndarray, n: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes (of at least ``n``) that occur, sorted, and for every code its place among them, -1 where it does not occur."""
    counts = np.bincount(codes, minlength=n)
    here, place = np.flatnonzero(counts), np.full(len(counts), -1)
    place[here] = np.arange(len(here))
    return here, place


def _need_variation(used: dict, names: dict, binary: bool, subject: dict) -> None:
    """Refuse an outcome or a treatment that does not vary, and a treatment that is no share (no 0/1, where ``binary``)."""
    outcome, treatment, y, d = used["y"], used["d"], names["y"], names["d"]
    if np.ptp(outcome) <= _NOISE * np.abs(outcome).max() or np.ptp(outcome) < 1 / _LARGEST:
        text = "outcome '{name}' equals {value:g} in every cell used; expected variation."
        raise DesignRefused(text, name=y, value=outcome[0])
    if np.ptp(treatment) == 0:
        text = "treatment '{name}' equals {value:g} in every cell used; expected a treatment that changes. Widen the window or the sample."
        if subject and treatment[0] in (0, 1):
            text = "of the {unit}-years with a value and a leader known to be local or not, {value:all are|none is} under {who}: there is nothing to compare. Take other years, {units} or another definition."
        raise DesignRefused(text, name=d, value=treatment[0], **subject)
    low, high = float(treatment.min()), float(treatment.max())
    if low < 0 or high > 1:
        text = "treatment '{name}' goes from {low:g} to {high:g}; expected 0 and 1, or shares between them, since the difference is per unit of treatment. Code it so first."
        raise DesignRefused(text, name=d, low=low, high=high)
    if binary and not np.isin(treatment, (0, 1)).all():
        text = "treatment '{name}' takes other values than 0 and 1; this estimator needs 0/1. Use fit_twfe for shares."
        raise DesignRefused(text, name=d)


def _need_comparisons(c: Design, subject: dict) -> None:
    """Refuse a design in which no unit switches, and covariates that are the treatment or the outcome."""
    if c.n_switching == 0:
        text = "no unit's treatment '{name}' changes between {first} and {last}; expected at least one switching unit. Widen the window."
        if subject:
            text = "no {unit} is seen both under {who} and under others between {first} and {last}; expected at least one. Take other years, {units} or another definition."
        raise DesignRefused(text, name=c.names["d"], first=str(c.times[0]), last=str(c.times[-1]), **subject)
    same, pair = np.diff(c.unit) == 0, c.time[:-1] * len(c.times) + c.time[1:]
    moves = pd.Series(np.diff(c.y)[same]).groupby(pair[same])  # over the same periods
    apart = (moves.max() - moves.min()).where(moves.size() > 1, moves.max().abs())
    if apart.max() <= _NOISE * np.abs(c.y).max():
        text = "outcome '{name}' moves alike in all units, or in none; expected one that does not. Take another."
        raise DesignRefused(text, name=c.names["y"])
    for name, column in zip(c.names["covariates"], c.x.T, strict=True):
        for what, values in (("the treatment", c.d), ("the outcome", c.y)) if np.ptp(column) else ():
            if abs(np.corrcoef(column, values)[0, 1]) > 1 - 1e-12:
                text = "covariate '{name}' is {what}, or a straight line of it, in every cell used; expected another column. Leave it out."
                raise DesignRefused(text, name=name, what=_(what))


def event_times(d: np.ndarray, unit: Any, time: Any) -> tuple[np.ndarray, np.ndarray]:
    """
    Count periods from arrivals and exits, spell by spell.

    Parameters
    ----------
    d : ndarray of 0/1 (n,)
    unit, time : ndarray of int (n,)
        Sorted by unit and time; time in steps of the calendar.

    Returns
    -------
    (ndarray, ndarray)
        Arrival time: 0 in the first treated period of a spell, then 1, 2, ... while it lasts; -1, -2, ... before the next
        arrival. Exit time: 0 in the first untreated period after a spell, then 1, 2, ...; -1, -2, ... while the spell that
        is going to end lasts. NaN where there is no such event: a spell that runs at the start of the data has no start, one
        that runs at the end no end, and a change across a missing period has no date.

    Examples
    --------
    >>> event_times(np.array([0, 0, 1, 1, 0]), np.zeros(5, int), np.arange(5))[0].tolist()
    [-2.0, -1.0, 0.0, 1.0, nan]
    """
    first = np.r_[True, unit[1:] != unit[:-1]]
    last = np.r_[first[1:], True]
    gap = np.r_[False, np.diff(time) > 1]
    change = np.r_[False, d[1:] != d[:-1]] & ~first
    run = np.cumsum(change | first) - 1
    heads = np.flatnonzero(change | first)
    tails = np.r_[heads[1:] - 1, len(d) - 1]
    has_start, has_end = ~first[heads] & ~gap[heads], ~last[tails] & ~np.r_[gap[heads[1:]], False]
    since = time - time[heads][run]
    until = np.where(has_end[run], time[np.r_[heads[1:], 0][run]] - time, 0)
    on = d == 1
    arrival = np.where(on & has_start[run], since, np.where(~on & has_end[run], -until, np.nan))
    leave = np.where(~on & has_start[run], since, np.where(on & has_end[run], -until, np.nan))
    return arrival.astype(float), leave.astype(float)
