"""
A reader's own panel: a file and a short ``study.toml`` in ``data/own/NAME/``, checked cell by cell and joined to who led.

Rules
    One row per unit and year; codes are text with leading zeros; an empty cell is missing, an unknown leader stays unknown.
    Spells follow `helpers.treatment`: dates are months, a year alone counts as July, a spell holds its start month and not its
    end month, an empty start is no arrival, an empty end is still in office.
    Boundaries of 2025 come from the package vietnamadminunits; a unit that was split, or whose parts are not all there, has no
    value: nothing is shared out. A leader of merged units is known only where all their leaders are alike.
"""

import contextlib
import csv
import functools
import importlib.metadata
import io
import json
import re
import sqlite3
import tomllib
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import paths
from helpers.record import tables
from helpers.record.tables import DataFault, Fault
from helpers.study import Panel

LEVELS = {"commune": 5, "district": 3, "province": 2}
MOST_ROWS, MOST_COLUMNS, LEAST_SWITCHING = 1_000_000, 200, 5
MARKS = {"-", "..", "...", "…", "na", "n/a", "nan", "null", "."}
BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, EOFError, NotImplementedError)
BROKEN += (csv.Error, zipfile.BadZipFile, zlib.error)
_W = tomllib.loads((resources.files("helpers") / "templates" / "own_panel.toml").read_text(encoding="utf-8"))


class Text(str):
    """An English sentence that keeps its message and values, so that `tell` can say it in Vietnamese."""

    def __new__(cls, message, **values):
        """Fill the message as `str.format` does."""
        made = super().__new__(cls, message.format(**values))
        made.message, made.values = message, values
        return made


def tell(text, words):
    """Return a `Text` (or any other value) in the language of ``words``, a `helpers.wording.Words`."""
    if not isinstance(text, Text):
        return str(text)
    return words(text.message, **{k: tell(v, words) if isinstance(v, str) else v for k, v in text.values.items()})


def _said(name, /, **values):
    return Text(_W["texts"][name], **values)


def _fault(file, row, column, name, /, **values):
    return Fault(file, int(row), column, *(Text(text, **values) for text in _W["faults"][name]))


@dataclass(frozen=True, eq=False)
class Check:
    """
    What was understood of a panel, and what is wrong with it.

    ``name``; ``about`` (its ``study.toml`` as a dict); ``faults`` (`tables.Fault`, texts are `Text`; any of them and the panel
    is not used); ``notes`` (the same, accepted all the same); ``facts`` (`Text`); ``frame`` (units, years, outcomes, who led;
    None with faults); ``crosswalk`` (where boundaries of 2025 are asked for: old_code, new_code, new_name, fate); ``written``
    (whether the folder is there).
    """

    name: str
    about: dict
    faults: list
    notes: list
    facts: list
    frame: pd.DataFrame | None = None
    crosswalk: pd.DataFrame | None = None
    written: bool = True


@dataclass(frozen=True, eq=False)
class OwnPanel:
    """A panel without faults: ``check`` (a `Check`) and ``outcomes`` (their columns, in the order of panel.toml)."""

    check: Check
    outcomes: list

    def panel(self, outcome=""):
        """
        Return one outcome as a panel that every estimator takes.

        Parameters
        ----------
        outcome : str
            A column among ``outcomes``; the first one where empty.

        Returns
        -------
        panel.Panel
            As from `helpers.panel.build_panel`; ``definition`` is ``own``. Without persons, spell_id, turnover and tenure_years
            are missing throughout.
        """
        outcome = outcome or self.outcomes[0]
        if outcome not in self.outcomes:
            near = ", ".join(get_close_matches(outcome, self.outcomes, 1) or self.outcomes)
            raise ValueError(f"outcome is {outcome!r}; the panel {self.check.name} has: {near}. Take one of these.")
        about, frame = self.check.about, self.check.frame.drop(columns=self.outcomes)
        log = about["outcome"][self.outcomes.index(outcome)]["scale"] == "log"
        y = self.check.frame[outcome]
        frame = frame.assign(y=np.log(y) if log else y, source=f"own/{self.check.name}")
        gaps = pd.DataFrame({"no_value": frame["y"].isna(), "not_classified": frame["treated"].isna()})
        gaps = gaps.assign(year=frame["year"], n_units=1, missing=gaps.any(axis=1))
        cover = gaps.groupby("year", as_index=False).sum()
        cover["n_complete"] = cover["n_units"] - cover["missing"]
        note = {"note": "own", "n": len(frame), "text_en": about["notes"]["en"], "text_vi": about["notes"]["vi"]}
        window = int(frame["year"].min()), int(frame["year"].max())
        return Panel(frame, cover, outcome, "own", window, "log" if log else None, (), pd.DataFrame([note]))


def folder():
    """Return the folder of own panels."""
    return paths.data() / "own"


def names():
    """Return the names of the panels that have a ``study.toml``."""
    return sorted(path.parent.name for path in folder().glob("[!.]*/panel.toml"))


def load(name):
    """
    Load an own panel, checked; its files go to the record of `tables.used`.

    Parameters
    ----------
    name : str
        Folder in ``data/own/``.

    Returns
    -------
    OwnPanel

    Raises
    ------
    datasets.DataFault
        Where the check finds a fault. ValueError: no such panel.
    """
    found = check(name)
    if found.faults:
        raise DataFault(found.faults)
    for file in sorted({"panel.toml", found.about["file"], found.about["leaders"]["file"]} - {""}):
        tables.note_use(f"own/{name}/{file}", (folder() / name / file).read_bytes())
    return OwnPanel(found, [one["column"] for one in found.about["outcome"]])


def check(name):
    """
    Read and check a panel in ``data/own/``; change nothing.

    Parameters
    ----------
    name : str

    Returns
    -------
    Check
    """
    need_name(name)
    if not (folder() / name / "panel.toml").is_file():
        near = ", ".join(get_close_matches(name, names(), 1) or names()) or "none"
        raise ValueError(
            f"there is no data/own/{name}/panel.toml; panels are: {near}. Take a file in with: helpers new {name} --from FILE"
        )
    reader, faults = _Reader(name), []
    try:
        reader.read()
    except DataFault as wrong:
        faults = wrong.faults
    return Check(name, reader.about, faults, reader.notes, reader.facts, reader.frame, reader.crosswalk)


def need_name(name):
    """Refuse the ``name`` of a panel that could lead out of its folder."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        raise ValueError(f"the name is {name!r}; expected a-z, 0-9, - and _, at most 40, such as my-communes.")


def shown(text):
    """Return text that does no harm on a screen: no control characters, at most 60."""
    tidied = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in str(text))
    return tidied if len(tidied) <= 60 else tidied[:57] + "..."


def tidy(text):
    """Return a heading as it is compared: composed letters, single spaces, no control characters."""
    return " ".join(
        unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Cc" else c for c in str(text))).split()
    )


def numbers(cells, decimal):
    """Return cells (text) as numbers, by the ``decimal`` mark; missing where they are none."""
    if decimal == ",":
        form = r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?([eE][+-]?\d+)?"
        cells = cells.where(cells.str.fullmatch(form, na=True))
        cells = cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    out = pd.to_numeric(cells, errors="coerce").astype("float64")
    return out.where(np.isfinite(out))


def sheets(path):
    """Return the sheets of an Excel file (``path``); one empty name for others, and where it cannot be read."""
    try:
        return pd.ExcelFile(path).sheet_names if path.suffix.lower() == ".xlsx" else [""]
    except BROKEN:
        return [""]


def read(path, label, sheet=""):
    """
    Read a table as text, its form checked.

    Parameters
    ----------
    path : Path
        CSV (commas, semicolons or tabs; UTF-8), Excel or Parquet.
    label : str
        What faults call the file.
    sheet : str
        Of an Excel file; the first where empty.

    Returns
    -------
    DataFrame
        Text, missing where empty; the index is the row in the file.

    Raises
    ------
    datasets.DataFault
        Wrong encoding, broken letters, no heading row or two, merged headings, years as columns, too many rows or columns.
    """

    def stop(row, column, name, /, **values):
        raise DataFault([_fault(label, row, column, name, **values)])

    kind = path.suffix.lower()
    readers = dict.fromkeys((".csv", ".tsv", ".txt"), _csv_lines) | {".xlsx": _excel_lines, ".parquet": _parquet_lines}
    if not path.is_file() or not path.stat().st_size:
        stop(0, "", "no_file")
    if kind not in readers:
        stop(0, "", "kind", text=repr(kind))
    try:
        lines = readers[kind](path, sheet, stop)
    except DataFault:
        raise
    except BROKEN as error:
        stop(0, "", "broken", why=shown(error), kind=kind)
    (at, head), body = lines[0] if lines else (1, []), lines[1:]
    head = [tidy(name) if name is not None else None for name in head]
    while head and head[-1] is None and not any(len(row) >= len(head) and row[len(head) - 1] for _, row in body):
        head.pop()
    _check_headings(at, head, body, stop)
    for line, row in body:
        if len(row) > len(head) and any(row[len(head) :]) or len(row) < len(head):
            stop(line, "", "cells", n=len(row), wanted=len(head))
    rows = [row[: len(head)] for _, row in body]
    return pd.DataFrame(rows, columns=head, index=[line for line, _ in body], dtype="str")


def _check_headings(at, head, body, stop):
    if len(head) > MOST_COLUMNS:
        stop(at, "", "many_columns", n=len(head), most=MOST_COLUMNS)
    years = [name for name in head if re.fullmatch(r"(19|20)\d\d(\.0)?", name or "")]
    if len(years) > 1:
        stop(at, years[0], "years_across", years=", ".join(years[:4]))
    if not body:
        stop(0, "", "no_rows")
    first, row = body[0]
    if sum(name is not None for name in head) == 1 and sum(cell is not None for cell in row) > 1:
        stop(at, "", "title", text=shown(next(filter(None, head))))
    for place, name in enumerate(head):
        if name is None:
            letter = ("" if place < 26 else chr(64 + place // 26)) + chr(65 + place % 26)
            stop(at, letter, "no_heading")
        if head.index(name) != place:
            stop(at, name, "heading_twice")
        try:
            meant = re.sub(r"[\x81\x8d\x8f\x90\x9d]", "", name).encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        if meant != name:
            stop(at, name, "broken_letters", text=shown(name), meant=shown(meant))
    if [any(re.search(r"\d", cell or "") for cell in cells) for _, cells in body[:2]] == [False, True]:
        stop(first, "", "two_headings", text=shown(", ".join(filter(None, row))))


def _too_many(n, stop):
    if n > MOST_ROWS:
        stop(0, "", "many_rows", n=n, most=MOST_ROWS)


def _csv_lines(path, _, stop):
    with path.open("rb") as stream:
        _too_many(sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 24), b"")) - 1, stop)
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:200].count(0) > 20:
        stop(1, "", "utf16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before, byte = content[: error.start], content[error.start]
        line = content[before.rfind(b"\n") + 1 :].split(b"\n")[0]
        old = unicodedata.normalize("NFC", line.decode("cp1258", "replace"))
        stop(before.count(b"\n") + 1, "", "not_utf8", byte=byte, text=shown(old))
    delimiter = max(",;\t|", key=text.split("\n", 1)[0].count)
    reader, lines, last = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [], 0
    for row in reader:
        if any(row):
            lines.append((last + 1, [cell.strip() or None for cell in row]))
        last = reader.line_num
    return lines


def _excel_lines(path, sheet, _):
    table = pd.read_excel(path, sheet_name=sheet or 0, header=None, dtype=object, na_filter=False)
    lines = enumerate((list(map(_cell, row)) for row in table.itertuples(index=False, name=None)), 1)
    return [(at, row) for at, row in lines if any(v is not None for v in row)]


def _parquet_lines(path, _, stop):
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(path)
    _too_many(file.metadata.num_rows, stop)
    rows = file.read().to_pandas().itertuples(index=False, name=None)
    return [(1, list(file.schema_arrow.names)), *((at, list(map(_cell, row))) for at, row in enumerate(rows, 1))]


def _cell(value):
    if pd.isna(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return (value.isoformat()[:10] if hasattr(value, "isoformat") else str(value).strip()) or None


class _Reader:
    """Reads one panel step by step; a step that finds faults ends the reading with `DataFault`."""

    def __init__(self, name):
        self.name, self.where, self.about = name, folder() / name, {}
        self.notes, self.facts, self.faults = [], [], []
        self.frame = self.crosswalk = None

    def read(self):
        """Fill ``frame``."""
        self._describe()
        about, led = self.about, self.about["leaders"]
        self.level = _said(about["level"])
        needed = {f"{key} {i}": one[key] for i, one in enumerate(about["outcome"], 1) for key in ("column", "weight")}
        needed |= {} if led["start"] else {key: led[key] for key in ("non_local", "person")}
        self.raw, self.label = self._table(about, needed | {key: about[key] for key in ("unit", "year", "unit_name")})
        self._fact("rows", file=self.label, rows=len(self.raw), columns=self.raw.shape[1])
        self._keys(about["unit"], about["year"])
        columns = dict.fromkeys(one[key] for one in about["outcome"] for key in ("column", "weight") if one[key])
        self.values = {column: self._wide(self._numbers(column)) for column in columns}
        self._stop()
        for one in about["outcome"]:
            self._outcome(one)
        self._stop()
        led = self._spells(led) if led["start"] else self._yearly(led)
        on = led["treated"]
        self._fact("leaders", on=int((on == 1).sum()), off=int((on == 0).sum()), open=int(np.isnan(on).sum()))
        if not np.isfinite(on).any():
            self._wrong(self.label, 0, about["leaders"]["non_local"], "nobody_known")
        self._stop()
        self._join(led)

    def _fact(self, name, /, **values):
        self.facts.append(_said(name, **values))

    def _wrong(self, file, row, column, name, /, **values):
        self.faults.append(_fault(file, row, column, name, **values))

    def _say(self, file, cells, column, name, /, note=False, **values):
        """One fault (or note) for all the cells of one kind, at the first of them."""
        if len(cells):
            fault = _fault(file, cells.index[0], column, name, text=repr(shown(cells.iloc[0])), **values)
            if len(cells) > 1:
                fault = fault._replace(found=_said("more", first=fault.found, n=len(cells) - 1))
            (self.notes if note else self.faults).append(fault)

    def _stop(self):
        if self.faults:
            raise DataFault(self.faults)

    def _describe(self):
        """Read panel.toml, fill in what is left out."""
        wrong = functools.partial(self._wrong, f"own/{self.name}/panel.toml", 0)
        try:
            about = tomllib.loads((self.where / "panel.toml").read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            wrong("", "toml", text=str(error))
            self._stop()

        def filled(table, part, **more):
            fill, allowed = _W[part] | more, _W["allowed"]
            for key, value in table.items():
                if key not in fill:
                    wrong(key, "key", key=repr(key), known=", ".join(get_close_matches(key, fill, 1) or fill))
                elif key in allowed and value not in allowed[key]:
                    wrong(key, "word", text=repr(value), allowed=", ".join(map(repr, allowed[key])))
                elif type(value) is not type(fill[key]):
                    wrong(key, "type", text=repr(value))
            self._stop()
            columns = ("unit", "unit_name", "year", "column", "weight", "start", "end", "person", "non_local")
            return fill | {key: tidy(value) if key in columns else value for key, value in table.items()}

        about = filled(about, "panel", name_en=self.name, name_vi=self.name)
        about["leaders"], about["notes"] = filled(about["leaders"], "leaders"), filled(about["notes"], "notes")
        if not all(isinstance(one, dict) for one in about["outcome"]):
            wrong("[[outcome]]", "no_outcome")
            self._stop()
        labels = [dict.fromkeys(("label_en", "label_vi"), one.get("column", "")) for one in about["outcome"]]
        about["outcome"] = [filled(o, "outcome", **label) for o, label in zip(about["outcome"], labels, strict=True)]
        self.about, led = about, about["leaders"]
        for key in ("file", "unit", "year"):
            if not about[key]:
                wrong(key, "empty")
        if not all(one["column"] for one in about["outcome"]) or not about["outcome"]:
            wrong("[[outcome]]", "no_outcome")
        taken = [*_W["columns"], "new_code"]
        named = [one["column"] for one in about["outcome"]]
        for name in sorted({*named, *(one["weight"] for one in about["outcome"])}.intersection(taken)):
            wrong(name, "taken", text=repr(name), taken=", ".join(taken))
        for name in sorted({name for name in named if name and named.count(name) > 1}):
            wrong(name, "outcome_twice", text=repr(name))
        if any(one["aggregate"] == "mean" and not one["weight"] for one in about["outcome"]):
            wrong("weight", "no_weight")
        if not led["non_local"] or led["start"] and not led["unit"]:
            wrong("[leaders]", "no_leaders")
        for file in filter(None, (about["file"], led["file"])):
            if Path(file).name != file or not (self.where / file).is_file() or (self.where / file).is_symlink():
                wrong("file", "elsewhere", text=repr(file))
        self._stop()

    def _table(self, part, columns):
        """Open the table of a part of panel.toml, with the columns that it names."""
        label = f"own/{self.name}/{part['file']}" + (f" [{part['sheet']}]" if part["sheet"] else "")
        table = read(self.where / part["file"], label, part["sheet"])
        for key, column in columns.items():
            if column and column not in table:
                near = shown(", ".join(get_close_matches(column, table.columns, 1, 0.5) or table.columns))
                self._wrong(label, 1, column, "no_column", key=key, near=near)
        self._stop()
        return table, label

    def _codes(self, cells, label, column):
        """Return unit codes as text; refuse empty ones and lost zeros."""
        self._say(label, cells[cells.isna()].fillna(""), column, "no_code")
        cells, wide = cells.str.normalize("NFC"), LEVELS[self.about["level"]]
        digits = cells.str.fullmatch(r"\d+", na=False)
        if digits.mean() > 0.5:
            cells = cells.where(~digits, cells.str.zfill(wide)) if self.about["pad_codes"] else cells
            odd = cells[digits & (cells.str.len() != wide)]
            short = odd[odd.str.len() < wide]
            if len(short):
                code = short.iloc[0].zfill(wide)
                self._say(label, short, column, "lost_zeros", n=wide, level=self.level, code=code)
            else:
                self._say(label, odd, column, "code", n=wide, level=self.level)
        return cells

    def _keys(self, unit, year):
        codes, cells = self._codes(self.raw[unit], self.label, unit), self.raw[year].fillna("")
        dates, point = cells.str.contains(r"\d[-/]\d"), cells.str.fullmatch(r"\d{4}\.0+")
        self._say(self.label, cells[dates], year, "date")
        self._say(self.label, cells[point], year, "year_point", note=True)
        cells = cells.str.replace(r"\.0+$", "", regex=True)
        right = cells.str.fullmatch(r"(19|20)\d\d")
        self._say(self.label, cells[~right & ~dates], year, "year")
        self._stop()
        keys = pd.DataFrame({"unit": codes, "year": cells.astype("int64")})
        twice = keys[keys.duplicated()]
        for row in twice[:1].itertuples():
            found = {"unit": shown(row.unit), "year": row.year, "n": len(twice)}
            first = int(keys.index[(keys["unit"] == row.unit) & (keys["year"] == row.year)][0])
            self._wrong(self.label, row.Index, f"{unit}+{year}", "twice", row=first, **found)
        self._stop()
        self.units, self.years = np.sort(keys["unit"].unique()), np.sort(keys["year"].unique())
        self.at = np.searchsorted(self.units, keys["unit"]), np.searchsorted(self.years, keys["year"])
        known = len(set(self.units) & set(crosswalk(self.about["level"])["old_code"]))
        self._fact("units", column=shown(unit), n=len(self.units), level=self.level, known=known)
        span = {"first": str(self.years[0]), "last": str(self.years[-1]), "n": len(self.years)}
        full = len(self.units) * len(self.years)
        self._fact("years", column=shown(year), **span, gone=full - len(keys), full=full)

    def _wide(self, values, kind=float):
        table = np.full((len(self.units), len(self.years)), np.nan if kind is float else None, dtype=kind)
        table[self.at] = values
        return table

    def _numbers(self, column):
        cells, comma = self.raw[column], self.about["decimal"] == ","
        cells = cells.where(~cells.isin(list(map(str, self.about["missing"]))))
        values = numbers(cells, self.about["decimal"])
        odd, other = cells[values.isna() & cells.notna()], r"-?\d{1,3}(,\d{3})*\.\d+" if comma else r"-?[\d.]*,\d+"
        kind = np.select(
            [odd.str.fullmatch(other), odd.str.lower().isin(MARKS)], ["other_decimal", "mark"], "no_number"
        )
        told = {"number": _said("comma" if comma else "point"), "mark": "." if comma else ","}
        for name in ("other_decimal", "mark", "no_number"):
            self._say(self.label, odd[kind == name], column, name, **told)
        return values.to_numpy()

    def _outcome(self, one):
        column, values = one["column"], self.values[one["column"]]
        seen, low = values[np.isfinite(values)], self.raw.index[np.nan_to_num(values, nan=1.0)[self.at] <= 0]
        if not len(seen):
            self._wrong(self.label, 0, column, "no_values")
        elif one["scale"] == "log" and len(low):
            self._wrong(self.label, low[0], column, "no_logarithm")
        else:
            reach = {"low": float(seen.min()), "high": float(seen.max()), "gone": values.size - len(seen)}
            self._fact("outcome", column=shown(column), n=len(seen), **reach)

    def _truth(self, cells, label, column):
        told, words = _W["truth"], cells.fillna("").str.normalize("NFC").str.lower()
        values = words.map(dict.fromkeys(told["yes"], 1.0) | dict.fromkeys(told["no"], 0.0)).astype("float64")
        self._say(label, cells[values.isna() & ~words.isin(told["unknown"])], column, "truth")
        return values

    def _yearly(self, led):
        on = self._wide(self._truth(self.raw[led["non_local"]], self.label, led["non_local"]).to_numpy())
        empty = np.full(on.shape, np.nan)
        out = {"treated": on, "share": on, "share_low": np.nan_to_num(on), "share_high": np.nan_to_num(on, nan=1.0)}
        out |= {"turnover": empty, "tenure_years": empty, "spell_id": np.full(on.shape, None)}
        if led["person"]:
            persons = self.raw[led["person"]].str.normalize("NFC").to_numpy(dtype=object, na_value=None)
            who = pd.DataFrame(self._wide(persons, object), index=self.units)
            before = who.shift(axis=1)
            spell = (who.notna() & (who != before)).cumsum(axis=1).astype("str")
            out["spell_id"] = spell.radd(self.units + "-", axis=0).where(who.notna(), None).to_numpy(object)
            out["turnover"] = (who != before).astype(float).where(who.notna() & before.notna()).to_numpy()
        return out

    def _spells(self, led):
        columns = {key: led[key] for key in ("unit", "start", "end", "person", "non_local")}
        table, label = self._table(led if led["file"] else led | {"file": self.about["file"]}, columns)
        t = pd.DataFrame({"unit": self._codes(table[led["unit"]], label, led["unit"]), "row": table.index})
        t["value"] = self._truth(table[led["non_local"]], label, led["non_local"])
        t["start"] = self._months(table[led["start"]], label, led["start"])
        t["end"] = self._months(table[led["end"]], label, led["end"]) if led["end"] else np.nan
        t["person"] = [f"#{row}" for row in table.index]
        if led["person"]:
            t["person"] = table[led["person"]].str.normalize("NFC")
        self._say(label, table.loc[t["end"] < t["start"], led["start"]], led["end"], "backwards")
        strange = t.loc[~t["unit"].isin(self.units), "unit"]
        every = len(strange) == len(t)
        self._say(label, strange, led["unit"], "all_strange" if every else "strange", note=not every)
        self._stop()
        t = t[t["unit"].isin(self.units)].assign(censored=t["start"].isna())
        t = t.fillna({"start": -np.inf, "end": np.inf}).sort_values(["unit", "start", "row"])
        same, before = t["unit"].eq(t["unit"].shift()), t["end"].shift()
        touch = same & t["person"].eq(t["person"].shift()) & (t["start"] <= before)
        over = t.assign(row_before=t["row"].shift())[same & ~touch & (t["start"] < before)]
        for one in over[:1].itertuples():
            found = {"unit": shown(one.unit), "row": int(one.row_before), "n": len(over)}
            self._wrong(label, one.row, led["start"], "overlap", **found)
        self._stop()
        self._fact("spells", file=label, n=len(t), units=int(t["unit"].nunique()))
        tenure = (~touch).cumsum().to_numpy()
        ids = (t["unit"] + "-" + (~touch).groupby(t["unit"]).cumsum().astype(str)).to_numpy(dtype=object)
        since = t["start"].where(~t["censored"]).to_numpy()[~touch][tenure - 1]
        return self._held(t, tenure, ids, since, (~touch & ~t["censored"]).to_numpy())

    def _held(self, t, tenure, ids, since, arrival):
        """From spells to one cell per unit and year: months held by each, who led on 30 June, arrivals."""
        first, span, year = int(self.years[0]) * 12, int(np.ptp(self.years)) + 1, self.years - self.years[0]
        place = np.searchsorted(self.units, t["unit"])
        begin, stop = (np.clip(t[k].to_numpy() - first, 0, span * 12).astype(int) for k in ("start", "end"))
        holder = np.full((len(self.units), span * 12), -1, dtype=np.int32)
        for k, (unit, a, b) in enumerate(zip(place, begin, stop, strict=True)):
            holder[unit, a:b] = k
        held = holder.reshape(len(self.units), span, 12)[:, year]
        value, who = np.r_[t["value"], np.nan], np.r_[tenure, -1][held]
        on, off, june = (value[held] == 1).sum(2), (value[held] == 0).sum(2), held[:, :, 5]
        came = np.zeros((len(self.units), span), bool)
        inside = arrival & t["start"].between(first, first + span * 12 - 1).to_numpy()
        came[place[inside], begin[inside] // 12] = True
        calm = (who == who[:, :, :1]).all(2) & (who[:, :, 0] >= 0)
        return {
            "treated": value[june],
            "share": np.where(on + off > 0, on / np.maximum(on + off, 1), np.nan),
            "share_low": on / 12,
            "share_high": 1 - off / 12,
            "turnover": np.where(came[:, year], 1.0, np.where(calm, 0.0, np.nan)),
            "tenure_years": (self.years * 12 + 5 - np.r_[since, np.nan][june]) / 12,
            "spell_id": np.r_[ids, [None]][june],
        }

    def _months(self, cells, label, column):
        """Return months counted from year 0; a year alone is its July; an empty cell is missing."""
        iso = cells.str.extract(r"^(?P<y>(?:19|20)\d\d)(?:-(?P<m>0[1-9]|1[0-2])(?:-\d\d)?)?$")
        local = cells.str.extract(r"^(?:\d{1,2}/)?(?P<m>0?[1-9]|1[0-2])/(?P<y>(?:19|20)\d\d)$")
        year, month = iso["y"].fillna(local["y"]), iso["m"].fillna(local["m"]).fillna("7")
        self._say(label, cells[year.isna() & cells.notna()], column, "month")
        return year.astype("float64") * 12 + month.astype("float64") - 1

    def _join(self, led):
        index = pd.MultiIndex.from_product([self.units, self.years], names=["unit_code", "year"])
        frame = pd.DataFrame({k: v.ravel() for k, v in (led | self.values).items()}, index=index).reset_index()
        frame = frame.assign(treated_low=frame["treated"].fillna(0.0), treated_high=frame["treated"].fillna(1.0))
        frame = self._to_2025(frame) if self.about["boundaries"] else frame
        frame["new_spell"] = frame["turnover"] == 1
        columns = [*_W["columns"], *(one["column"] for one in self.about["outcome"])]
        self.frame = frame.astype(_W["columns"])[columns]
        switching = int((self.frame.groupby("unit_code")["treated"].nunique() > 1).sum())
        self._fact("switching", n=switching)
        if switching < LEAST_SWITCHING:
            self.notes.append(_fault(self.label, 0, "", "few_switching", n=switching, least=LEAST_SWITCHING))

    def _to_2025(self, frame):
        pairs = crosswalk(self.about["level"])
        ways = pairs.groupby("old_code")["new_code"].transform("nunique")
        parts = pairs.groupby("new_code")["old_code"].transform("nunique")
        there = pairs["old_code"].isin(self.units)
        sound = ((ways == 1) & there).groupby(pairs["new_code"]).transform("all")
        fate = np.select([ways > 1, ~sound, parts > 1], ["split", "incomplete", "merged"], "same")
        moved = pairs.assign(fate=fate)[there]
        lost = pd.DataFrame({"old_code": sorted(set(self.units) - set(pairs["old_code"])), "fate": "unknown"})
        self.crosswalk = pd.concat([moved, lost], ignore_index=True)
        kept = moved[moved["fate"].isin(["same", "merged"])]
        counts = dict.fromkeys(["same", "merged", "split", "incomplete", "unknown"], 0)
        counts |= self.crosswalk.drop_duplicates("old_code")["fate"].value_counts().to_dict()
        new, old = kept["new_code"].nunique(), len(self.units)
        self._fact("boundaries", old=old, new=new, version=source(), **counts)
        if self.about["level"] == "district":
            self._fact("districts", left=kept["old_code"].nunique(), old=old)
        if kept.empty:
            self._wrong(self.label, 0, self.about["unit"], "none_left")
        self._stop()
        kept = kept.rename(columns={"old_code": "unit_code"})[["unit_code", "new_code"]]
        frame = frame.merge(kept, on="unit_code", validate="many_to_one")
        by = frame.groupby(["new_code", "year"])
        size, low, high = by.size(), by["treated_low"].min(), by["treated_high"].max()
        out = pd.DataFrame({"treated_low": low, "treated_high": high, "treated": low.where(low == high)})
        for name in ("share", "share_low", "share_high"):
            out[name] = by[name].mean().where(by[name].count() == size)
        for name in ("turnover", "tenure_years", "spell_id"):
            out[name] = by[name].first().where(size == 1)
        for one in self.about["outcome"]:
            weight = frame[one["weight"]] if one["aggregate"] == "mean" else 1.0
            given = (frame[one["column"]] * weight).groupby([frame["new_code"], frame["year"]])
            whole = given.sum() / (by[one["weight"]].sum() if one["aggregate"] == "mean" else 1.0)
            value = whole.where((given.count() == size) & np.isfinite(whole) & (one["aggregate"] != "refuse"))
            out[one["column"]] = value.where(size > 1, by[one["column"]].first())
        return out.reset_index().rename(columns={"new_code": "unit_code"})


@functools.cache
def _communes():
    """The communes before July 2025 and where they went, from the package's data, without importing it."""
    place = resources.files("vietnamadminunits") / "data"
    key = "provinceKey || '_' || districtKey || '_' || ifnull(wardKey, '')"
    with (
        resources.as_file(place / "dataset.db") as file,
        contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as base,
    ):
        old = f"select wardCode as commune, districtCode as district, {key} as key from admin_units_legacy"
        new = "select wardCode as new_code, ward as new_name, provinceKey, wardKey from admin_units"
        old, new = pd.read_sql(old, base), pd.read_sql(new, base)
    moves = json.loads((place / "converter_2025.json").read_text(encoding="utf-8"))
    whole, split = moves["DICT_PROVINCE_WARD_NO_DIVIDED"], moves["DICT_PROVINCE_WARD_DIVIDED"]
    pairs = [(one, p, ward) for p, wards in whole.items() for ward, olds in wards.items() for one in olds]
    pairs += [(one, p, w["newWardKey"]) for p, olds in split.items() for one, wards in olds.items() for w in wards]
    pairs = pd.DataFrame(pairs, columns=["key", "provinceKey", "wardKey"])
    return old.merge(pairs, on="key").merge(new, on=["provinceKey", "wardKey"])


def source():
    """Return the name and version of the package that the boundaries come from."""
    return f"vietnamadminunits {importlib.metadata.version('vietnamadminunits')}"


def crosswalk(level):
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
    """
    province = level == "province"
    columns = ["unit_code", "merged_code_2025", "merged_into_2025"] if province else [level, "new_code", "new_name"]
    table = (tables.load("units") if province else _communes())[columns]
    table = table.set_axis(["old_code", "new_code", "new_name"], axis=1)
    return table.dropna().drop_duplicates(ignore_index=True)
