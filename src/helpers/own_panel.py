"""
A reader's own panel: a file and a short ``panel.toml`` in ``data/own/NAME/``, checked cell by cell and joined to who led.

Rules
    One row per unit and year; codes are text with leading zeros; an empty cell is missing, an unknown leader stays unknown.
    Spells follow `helpers.treatment`: dates are months, a year alone counts as July, a spell holds its start month and not its
    end month, an empty start is no arrival, an empty end is still in office.
    Boundaries of 2025 come from the package vietnamadminunits; a unit that was split, or whose parts are not all there, has no
    value: nothing is shared out. A leader of merged units is known only where all their leaders are alike.
"""

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

from helpers import datasets, paths
from helpers.datasets import DataFault, Fault
from helpers.panel import Panel

LEVELS = {"commune": 5, "district": 3, "province": 2}
MOST_ROWS, MOST_COLUMNS, LEAST_SWITCHING = 1_000_000, 200, 5
MARKS = {"-", "..", "...", "…", "na", "n/a", "nan", "null", "."}
BROKEN = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    SyntaxError,
    EOFError,
    NotImplementedError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
)
_FILL = {"name_en": "", "name_vi": "", "level": "commune", "file": "", "sheet": "", "unit": "", "unit_name": "", "year": "", "decimal": ".",
         "missing": [], "pad_codes": False, "boundaries": "", "outcome": [], "leaders": {}, "notes": {}}  # fmt: skip
_FILL_OUTCOME = dict.fromkeys(["column", "label_en", "label_vi", "unit_en", "unit_vi", "weight"], "") | {
    "scale": "none",
    "aggregate": "refuse",
}
_FILL_LEADERS = dict.fromkeys(["file", "sheet", "unit", "start", "end", "person", "non_local"], "") | {
    "treated_en": "non-local leader", "treated_vi": "người đứng đầu không phải là người địa phương"}  # fmt: skip
_ALLOWED = {
    "level": tuple(LEVELS),
    "decimal": (".", ","),
    "scale": ("none", "log"),
    "aggregate": ("refuse", "sum", "mean"),
    "boundaries": ("", "2025"),
}
_TRUTH = dict.fromkeys(("yes", "y", "1", "true", "có", "co", "x"), 1.0) | dict.fromkeys(
    ("no", "n", "0", "false", "không", "khong"), 0.0
)
_UNKNOWN = {"", "unknown", "?", "chưa rõ", "không rõ", "na", "n/a", "nan"}


class Text(str):
    """An English sentence that keeps its message and values, so that `tell` can say it in Vietnamese."""

    def __new__(cls, message, **values):
        """Fill the message as `str.format` does."""
        made = super().__new__(cls, message.format(**values) if values else message)
        made.message, made.values = message, values
        return made


w = Text


def tell(text, words):
    """Return a `Text` (or any other value) in the language of ``words``, a `helpers.wording.Words`."""
    return (
        words(text.message, **{k: tell(v, words) if isinstance(v, str) else v for k, v in text.values.items()})
        if isinstance(text, Text)
        else str(text)
    )


@dataclass(frozen=True, eq=False)
class Check:
    """
    What was understood of a panel, and what is wrong with it.

    ``name``; ``about`` (its ``panel.toml`` as a dict); ``faults`` (`datasets.Fault`, texts are `Text`; any of them and the panel
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
        log = self.check.about["outcome"][self.outcomes.index(outcome)]["scale"] == "log"
        y, frame = self.check.frame[outcome], self.check.frame.drop(columns=self.outcomes)
        frame = frame.assign(y=np.log(y) if log else y, source=f"own/{self.check.name}")
        gaps = pd.DataFrame({"no_value": frame["y"].isna(), "not_classified": frame["treated"].isna()})
        cover = (
            gaps.assign(year=frame["year"], n_units=1, missing=gaps.any(axis=1)).groupby("year", as_index=False).sum()
        )
        cover["n_complete"] = cover["n_units"] - cover["missing"]
        notes = pd.DataFrame(
            [
                {"note": "own", "n": len(frame)}
                | {f"text_{k}": self.check.about["notes"].get(k, "") for k in ("en", "vi")}
            ]
        )
        return Panel(
            frame,
            cover,
            outcome,
            "own",
            (int(frame["year"].min()), int(frame["year"].max())),
            "log" if log else None,
            (),
            notes,
        )


def folder():
    """Return the folder of own panels."""
    return paths.data() / "own"


def names():
    """Return the names of the panels that have a ``panel.toml``."""
    return sorted(path.parent.name for path in folder().glob("[!.]*/panel.toml"))


def load(name):
    """
    Load an own panel, checked; its files go to the record of `datasets.used`.

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
        datasets.note_use(f"own/{name}/{file}", (folder() / name / file).read_bytes())
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
        cells = cells.where(
            cells.str.fullmatch(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?([eE][+-]?\d+)?").fillna(True).astype(bool)
        )
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

    def stop(row, column, found, expected, remedy):
        raise DataFault([Fault(label, int(row), column, found, expected, remedy)])

    kind, wanted = path.suffix.lower(), w("a table with a heading row")
    readers = {
        ".csv": _csv_lines,
        ".tsv": _csv_lines,
        ".txt": _csv_lines,
        ".xlsx": _excel_lines,
        ".parquet": _parquet_lines,
    }
    if not path.is_file() or not path.stat().st_size:
        stop(0, "", w("no file or an empty one"), wanted, w("give the path of a CSV, Excel (.xlsx) or Parquet file"))
    if kind not in readers:
        stop(0, "", repr(kind), w("CSV, Excel (.xlsx) or Parquet"), w("save the table in one of these forms"))
    try:
        lines = readers[kind](path, sheet, stop)
    except DataFault:
        raise
    except BROKEN as error:
        stop(
            0,
            "",
            w("a file that cannot be read ({why})", why=shown(error)),
            w("a sound {kind} file", kind=kind),
            w("open it in the program it came from and save it again"),
        )
    (at, head), body = lines[0] if lines else (1, []), lines[1:]
    head = [tidy(name) if name is not None else None for name in head]
    while head and head[-1] is None and not any(len(row) >= len(head) and row[len(head) - 1] for _, row in body):
        head.pop()
    _check_headings(at, head, body, stop, wanted)
    for line, row in body:
        if len(row) > len(head) and any(row[len(head) :]) or len(row) < len(head):
            stop(
                line,
                "",
                w("{n} cells", n=len(row)),
                w("{n} cells, as many as headings", n=len(head)),
                w("put a cell that holds a comma in quotes, or restore a file that was cut off"),
            )
    return pd.DataFrame(
        [row[: len(head)] for _, row in body], columns=head, index=[line for line, _ in body], dtype="str"
    )


def _check_headings(at, head, body, stop, wanted):
    if len(head) > MOST_COLUMNS:
        stop(
            at,
            "",
            w("{n:,} columns", n=len(head)),
            w("at most {n} columns", n=MOST_COLUMNS),
            w("keep unit, year, outcomes and leaders"),
        )
    years = [name for name in head if re.fullmatch(r"(19|20)\d\d(\.0)?", name or "")]
    if len(years) > 1:
        stop(
            at,
            years[0],
            w("years as columns ({years})", years=", ".join(years[:4])),
            w("one row per unit and year"),
            w("stack the columns: unit, year, value"),
        )
    if not body:
        stop(0, "", w("no rows below the headings"), wanted, w("export the table again"))
    one = w("one heading row with a name over each column, each name once")
    if sum(name is not None for name in head) == 1 and sum(v is not None for v in body[0][1]) > 1:
        stop(
            at,
            "",
            w("a title ({text})", text=shown(next(filter(None, head)))),
            one,
            w("delete the rows above the headings"),
        )
    for place, name in enumerate(head):
        if name is None:
            letter = ("" if place < 26 else chr(64 + place // 26)) + chr(65 + place % 26)
            stop(
                at,
                letter,
                w("an empty heading (merged cells leave all but the first empty)"),
                one,
                w("unmerge the cells and write a name over each column"),
            )
        if head.index(name) != place:
            stop(at, name, w("the heading twice"), one, w("rename or remove one of the two columns"))
        try:
            meant = re.sub(r"[\x81\x8d\x8f\x90\x9d]", "", name).encode("cp1252").decode("utf-8")
        except UnicodeError:
            continue
        if meant != name:
            stop(
                at,
                name,
                w("letters broken by a wrong encoding: {text}", text=shown(name)),
                w("readable text, here perhaps {text}", text=shown(meant)),
                w("export the table again as 'CSV UTF-8' from where the letters are right"),
            )
    if [any(re.search(r"\d", str(v or "")) for v in row) for _, row in body[:2]] == [False, True]:
        stop(
            body[0][0],
            "",
            w("a second heading row ({text})", text=shown(", ".join(v for v in body[0][1] if v))),
            one,
            w("join the two heading rows into one"),
        )


def _too_many(n, stop):
    if n > MOST_ROWS:
        stop(
            0,
            "",
            w("{n:,} rows", n=n),
            w("at most {most:,} rows; 10,600 communes in 40 years are 424,000", most=MOST_ROWS),
            w("sum up to one row per unit and year first; leave out persons, months and firms"),
        )


def _csv_lines(path, _, stop):
    with path.open("rb") as stream:
        _too_many(sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 24), b"")) - 1, stop)
    content, utf8, save = path.read_bytes(), w("text in UTF-8"), w("save it again as 'CSV UTF-8'")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:200].count(0) > 20:
        stop(1, "", w("text in UTF-16"), utf8, save)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[content.rfind(b"\n", 0, error.start) + 1 :].split(b"\n")[0]
        old = unicodedata.normalize("NFC", line.decode("cp1258", "replace"))
        stop(
            content[: error.start].count(b"\n") + 1,
            "",
            w(
                "the byte 0x{byte:02X}, which is not UTF-8 (as windows-1258 the row reads: {text})",
                byte=content[error.start],
                text=shown(old),
            ),
            utf8,
            save,
        )
    head = text.split("\n", 1)[0]
    reader, lines, last = (
        csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=head.count), strict=True),
        [],
        0,
    )
    for row in reader:
        lines += [(last + 1, [cell.strip() or None for cell in row])] if any(row) else []
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
        self.name, self.where, self.about, self.notes, self.facts, self.faults, self.frame, self.crosswalk = (
            name,
            folder() / name,
            {},
            [],
            [],
            [],
            None,
            None,
        )

    def read(self):
        """Fill ``frame``."""
        self._describe()
        level, about = self.about["level"], self.about
        self.level = {"commune": w("commune"), "district": w("district"), "province": w("province")}[level]
        needed = {f"{key} {i}": one[key] for i, one in enumerate(about["outcome"], 1) for key in ("column", "weight")}
        own = {} if about["leaders"]["start"] else {key: about["leaders"][key] for key in ("non_local", "person")}
        self.raw, self.label = self._table(
            about, needed | own | {key: about[key] for key in ("unit", "year", "unit_name")}
        )
        self.facts.append(
            w(
                "{file}: {rows:,} rows, {columns} columns",
                file=self.label,
                rows=len(self.raw),
                columns=self.raw.shape[1],
            )
        )
        self._keys(about["unit"], about["year"])
        columns = dict.fromkeys(one[key] for one in about["outcome"] for key in ("column", "weight") if one[key])
        self.values = {column: self._wide(self._numbers(column)) for column in columns}
        self._stop()
        for one in about["outcome"]:
            self._outcome(one)
        self._stop()
        led = self._spells(about["leaders"]) if about["leaders"]["start"] else self._yearly(about["leaders"])
        on = led["treated"]
        self.facts.append(
            w(
                "leaders: {on:,} unit-years under a non-local, {off:,} under a local, {open:,} unknown",
                on=int((on == 1).sum()),
                off=int((on == 0).sum()),
                open=int(np.isnan(on).sum()),
            )
        )
        if not np.isfinite(on).any():
            self._fault(
                self.label,
                0,
                about["leaders"]["non_local"],
                w("no unit-year whose leader is known to be local or not"),
                w("some"),
                w("check unit codes and dates of the leaders against the panel"),
            )
        self._stop()
        self._join(led)

    def _fault(self, *parts):
        self.faults.append(Fault(*parts))

    def _stop(self):
        if self.faults:
            raise DataFault(self.faults)

    def _say(self, file, cells, column, what, expected, remedy, note=False):
        """One fault (or note) for all the cells of one kind, at the first of them."""
        if len(cells):
            found = Text(what.message, text=repr(shown(cells.iloc[0])))
            found = w("{first} (and {n:,} more such cells)", first=found, n=len(cells) - 1) if len(cells) > 1 else found
            (self.notes if note else self.faults).append(
                Fault(file, int(cells.index[0]), column, found, expected, remedy)
            )

    def _describe(self):
        """Read panel.toml, fill in what is left out."""
        wrong = functools.partial(self._fault, f"own/{self.name}/panel.toml", 0)
        try:
            about = tomllib.loads((self.where / "panel.toml").read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            wrong("", str(error), w('TOML in UTF-8: lines such as year = "nam"'), w("correct that place"))
            self._stop()

        def filled(table, fill):
            for key, value in table.items():
                if key not in fill:
                    wrong(
                        key,
                        w("the key {key}", key=repr(key)),
                        w("a key of this table"),
                        w("write one of: {known}", known=", ".join(get_close_matches(key, fill, 1) or fill)),
                    )
                elif key in _ALLOWED and value not in _ALLOWED[key]:
                    wrong(
                        key,
                        repr(value),
                        w("one of: {allowed}", allowed=", ".join(map(repr, _ALLOWED[key]))),
                        w("write one of these"),
                    )
                elif type(value) is not type(fill[key]):
                    wrong(
                        key,
                        repr(value),
                        w("text in quotes, or what the comment beside it says"),
                        w("write it that way"),
                    )
            self._stop()
            columns = ("unit", "unit_name", "year", "column", "weight", "start", "end", "person", "non_local")
            return fill | {key: tidy(value) if key in columns else value for key, value in table.items()}

        about = filled(about, _FILL | {"name_en": self.name, "name_vi": self.name})
        about["leaders"], about["notes"] = (
            filled(about["leaders"], _FILL_LEADERS),
            filled(about["notes"], {"en": "", "vi": ""}),
        )
        about["outcome"] = [
            filled(one, _FILL_OUTCOME | {k: one.get("column", "") for k in ("label_en", "label_vi")})
            for one in about["outcome"]
        ]
        self.about, led = about, about["leaders"]
        for key in ("file", "unit", "year"):
            if not about[key]:
                wrong(
                    key,
                    w("nothing"),
                    w("the name of a file or a column"),
                    w("fill it in; the headings stand at the top of panel.toml"),
                )
        if not all(one["column"] for one in about["outcome"]) or not about["outcome"]:
            wrong(
                "[[outcome]]",
                w("no outcome"),
                w("at least one column with numbers"),
                w('add [[outcome]] and column = "..." for each column of numbers'),
            )
        if any(one["aggregate"] == "mean" and not one["weight"] for one in about["outcome"]):
            wrong(
                "weight",
                w("nothing"),
                w('the column of weights that aggregate = "mean" needs'),
                w("name it, such as population"),
            )
        if not led["non_local"] or led["start"] and not led["unit"]:
            wrong(
                "[leaders]",
                w("no column non_local, or spells without the column unit"),
                w("the column that says whether the leader is non-local"),
                w("fill in [leaders]"),
            )
        for file in filter(None, (about["file"], led["file"])):
            if Path(file).name != file or not (self.where / file).is_file() or (self.where / file).is_symlink():
                wrong("file", repr(file), w("a file beside panel.toml"), w("put the file there, or correct its name"))
        self._stop()

    def _table(self, part, columns):
        """Open the table of a part of panel.toml, with the columns that it names."""
        label = f"own/{self.name}/{part['file']}" + (f" [{part['sheet']}]" if part["sheet"] else "")
        table = read(self.where / part["file"], label, part["sheet"])
        for key, column in columns.items():
            if column and column not in table:
                near = shown(", ".join(get_close_matches(column, table.columns, 1, 0.5) or table.columns))
                self._fault(
                    label,
                    1,
                    column,
                    w("no such column"),
                    w("the column that {key} names in panel.toml", key=key),
                    w("correct panel.toml; the closest heading, or all: {near}", near=near),
                )
        self._stop()
        return table, label

    def _codes(self, cells, label, column):
        """Return unit codes as text; refuse empty ones and lost zeros."""
        self._say(
            label,
            cells[cells.isna()].fillna(""),
            column,
            w("an empty cell"),
            w("a code in every row"),
            w("fill it in; merged cells hold their value in the first row only: unmerge and fill down"),
        )
        cells, wide = cells.str.normalize("NFC"), LEVELS[self.about["level"]]
        digits = cells.str.fullmatch(r"\d+").fillna(False).astype(bool)
        if digits.mean() > 0.5:
            cells = cells.where(~digits, cells.str.zfill(wide)) if self.about["pad_codes"] else cells
            odd = cells[digits & (cells.str.len() != wide)]
            odd = odd[odd.str.len() < wide] if (odd.str.len() < wide).any() else odd
            lost = len(odd) and len(odd.iloc[0]) < wide
            remedy = (
                w(
                    "leading zeros were lost: import the column as text, or write pad_codes = true in panel.toml to put them back ({code})",
                    code=odd.iloc[0].zfill(wide),
                )
                if lost
                else w("correct the code, or level in panel.toml")
            )
            self._say(
                label,
                odd,
                column,
                w("{text}"),
                w("codes of {n} digits ({level}), as text", n=wide, level=self.level),
                remedy,
            )
        return cells

    def _keys(self, unit, year):
        codes, cells, whole = (
            self._codes(self.raw[unit], self.label, unit),
            self.raw[year].fillna(""),
            w("a year of four digits"),
        )
        dates, point = cells.str.contains(r"\d[-/]\d").astype(bool), cells.str.fullmatch(r"\d{4}\.0+").astype(bool)
        self._say(self.label, cells[dates], year, w("a date, {text}"), whole, w("keep the year alone: 2015"))
        self._say(
            self.label,
            cells[point],
            year,
            w("{text}"),
            whole,
            w("nothing; it is read as the year before the point"),
            note=True,
        )
        cells = cells.str.replace(r"\.0+$", "", regex=True)
        right = cells.str.fullmatch(r"(19|20)\d\d").astype(bool)
        self._say(self.label, cells[~right & ~dates], year, w("{text}"), whole, w("write the year, or remove the row"))
        self._stop()
        keys = pd.DataFrame({"unit": codes, "year": cells.astype("int64")})
        twice = keys[keys.duplicated()]
        if len(twice):
            row = twice.iloc[0]
            found = w(
                "{unit} in {year} again (first in row {row}; {n:,} rows of this kind)",
                unit=shown(row["unit"]),
                year=int(row["year"]),
                row=int(keys.index[(keys == row).all(axis=1)][0]),
                n=len(twice),
            )
            self._fault(
                self.label,
                int(twice.index[0]),
                f"{unit}+{year}",
                found,
                w("one row per unit and year"),
                w("keep one, or sum them up first"),
            )
        self._stop()
        self.units, self.years = np.sort(keys["unit"].unique()), np.sort(keys["year"].unique())
        self.at, full = (
            (np.searchsorted(self.units, keys["unit"]), np.searchsorted(self.years, keys["year"])),
            len(self.units) * len(self.years),
        )
        known = len(set(self.units) & set(crosswalk(self.about["level"])["old_code"]))
        self.facts.append(
            w(
                "unit: column {column}, {n:,} units ({level}); {known:,} of their codes are in the list of units before July 2025",
                column=shown(unit),
                n=len(self.units),
                level=self.level,
                known=known,
            )
        )
        self.facts.append(
            w(
                "year: column {column}, {first} to {last}, {n} years; {gone:,} of {full:,} unit-years have no row",
                column=shown(year),
                first=str(self.years[0]),
                last=str(self.years[-1]),
                n=len(self.years),
                gone=full - len(keys),
                full=full,
            )
        )

    def _wide(self, values, kind=float):
        table = np.full((len(self.units), len(self.years)), np.nan if kind is float else None, dtype=kind)
        table[self.at] = values
        return table

    def _numbers(self, column):
        cells, comma = self.raw[column], self.about["decimal"] == ","
        cells = cells.where(~cells.isin(list(map(str, self.about["missing"]))))
        values = numbers(cells, self.about["decimal"])
        odd = cells[values.isna() & cells.notna()]
        other = odd.str.fullmatch(r"-?\d{1,3}(,\d{3})*\.\d+" if comma else r"-?[\d.]*,\d+").fillna(False).astype(bool)
        empty, expected = (
            odd.str.lower().isin(MARKS),
            w("a number with a decimal comma") if comma else w("a number with a decimal point"),
        )
        self._say(
            self.label,
            odd[other],
            column,
            w("{text}"),
            expected,
            w(
                'write decimal = "{mark}" in panel.toml if that is the decimal mark of the whole file, else correct the cell',
                mark="." if comma else ",",
            ),
        )
        self._say(
            self.label,
            odd[empty],
            column,
            w("{text}"),
            expected,
            w("leave the cell empty, or add this mark to missing in panel.toml"),
        )
        self._say(
            self.label, odd[~other & ~empty], column, w("{text}"), expected, w("correct the cell against its source")
        )
        return values.to_numpy()

    def _outcome(self, one):
        column, values = one["column"], self.values[one["column"]]
        seen, low = values[np.isfinite(values)], self.raw.index[np.nan_to_num(values, nan=1.0)[self.at] <= 0]
        if not len(seen):
            self._fault(
                self.label,
                0,
                column,
                w("no number at all"),
                w("an outcome with values"),
                w("remove this [[outcome]] from panel.toml, or correct its column"),
            )
        elif one["scale"] == "log" and len(low):
            self._fault(
                self.label,
                int(low[0]),
                column,
                w("a value that is not above zero"),
                w('values above zero, since scale = "log"'),
                w('write scale = "none" for this outcome'),
            )
        else:
            self.facts.append(
                w(
                    "outcome: column {column}, {n:,} values from {low:.6g} to {high:.6g}, {gone:,} unit-years without",
                    column=shown(column),
                    n=len(seen),
                    low=float(seen.min()),
                    high=float(seen.max()),
                    gone=values.size - len(seen),
                )
            )

    def _truth(self, cells, label, column):
        words = cells.fillna("").str.normalize("NFC").str.lower()
        values = words.map(_TRUTH).astype("float64")
        self._say(
            label,
            cells[values.isna() & ~words.isin(_UNKNOWN)],
            column,
            w("{text}"),
            w("yes, no, 1, 0, có, không; empty = unknown"),
            w("write one of these; what is unknown stays empty"),
        )
        return values

    def _yearly(self, led):
        on = self._wide(self._truth(self.raw[led["non_local"]], self.label, led["non_local"]).to_numpy())
        spell, change, tenure = (
            np.full(on.shape, None, dtype=object),
            np.full(on.shape, np.nan),
            np.full(on.shape, np.nan),
        )
        if led["person"]:
            who = pd.DataFrame(
                self._wide(self.raw[led["person"]].str.normalize("NFC").to_numpy(dtype=object, na_value=None), object)
            )
            known, new = who.notna().to_numpy(), (who != who.shift(axis=1)).to_numpy()
            both = known & who.shift(axis=1).notna().to_numpy()
            number = np.cumsum(known & new, axis=1)
            spell[known] = (
                (pd.Series(np.repeat(self.units, on.shape[1])) + "-" + number.ravel().astype(str))
                .to_numpy(object)
                .reshape(on.shape)[known]
            )
            change = np.where(both, new, np.nan)
        return {
            "treated": on,
            "share": on,
            "share_low": np.nan_to_num(on),
            "share_high": np.nan_to_num(on, nan=1.0),
            "turnover": change,
            "tenure_years": tenure,
            "spell_id": spell,
        }

    def _spells(self, led):
        table, label = self._table(
            led if led["file"] else led | {"file": self.about["file"]},
            {key: led[key] for key in ("unit", "start", "end", "person", "non_local")},
        )
        t = pd.DataFrame(
            {
                "unit": self._codes(table[led["unit"]], label, led["unit"]),
                "value": self._truth(table[led["non_local"]], label, led["non_local"]),
            }
        )
        t["start"], t["end"] = (
            self._months(table[led[k]], label, led[k]) if led[k] else np.nan for k in ("start", "end")
        )
        t["person"], t["row"] = (
            table[led["person"]].str.normalize("NFC") if led["person"] else [f"#{i}" for i in table.index],
            table.index,
        )
        self._say(
            label,
            table.loc[t["end"] < t["start"], led["start"]],
            led["end"],
            w("a spell that begins on {text} and ends before"),
            w("an end after the start"),
            w("correct the dates"),
        )
        strange, units = t.loc[~t["unit"].isin(self.units), "unit"], w("units of the panel")
        if len(strange) == len(t):
            self._say(
                label,
                strange,
                led["unit"],
                w("{text}, a unit that the panel does not have"),
                units,
                w("use the same codes in both tables"),
            )
        self._say(
            label,
            strange,
            led["unit"],
            w("{text}, a unit that the panel does not have"),
            units,
            w("nothing, if the panel leaves these units out on purpose"),
            note=True,
        )
        self._stop()
        t = t[t["unit"].isin(self.units)].assign(
            censored=t["start"].isna(), start=t["start"].fillna(-np.inf), end=t["end"].fillna(np.inf)
        )
        t = t.sort_values(["unit", "start", "row"])
        same, before = t["unit"].eq(t["unit"].shift()), t["end"].shift()
        touch = same & t["person"].eq(t["person"].shift()) & (t["start"] <= before)
        over = t[same & ~touch & (t["start"] < before)]
        if len(over):
            row = over.iloc[0]
            found = w(
                "a spell in {unit} that begins before the one of row {row} ends ({n:,} of this kind)",
                unit=shown(row["unit"]),
                row=int(t["row"].shift()[over.index[0]]),
                n=len(over),
            )
            self._fault(
                label,
                int(row["row"]),
                led["start"],
                found,
                w("one leader at a time; a hand-over within one month is no overlap"),
                w("correct the dates, or give the earlier spell its end"),
            )
        self._stop()
        self.facts.append(
            w(
                "spells: {file}, {n:,} spells, {units:,} units with at least one",
                file=label,
                n=len(t),
                units=int(t["unit"].nunique()),
            )
        )
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
        came, inside = (
            np.zeros((len(self.units), span), bool),
            arrival & t["start"].between(first, first + span * 12 - 1).to_numpy(),
        )
        came[place[inside], begin[inside] // 12] = True
        calm = (who == who[:, :, :1]).all(2) & (who[:, :, 0] >= 0)
        return {
            "treated": value[june], "share": np.where(on + off > 0, on / np.maximum(on + off, 1), np.nan), "share_low": on / 12, "share_high": 1 - off / 12,
            "turnover": np.where(came[:, year], 1.0, np.where(calm, 0.0, np.nan)), "tenure_years": (self.years * 12 + 5 - np.r_[since, np.nan][june]) / 12,
            "spell_id": np.r_[ids, [None]][june],
        }  # fmt: skip

    def _months(self, cells, label, column):
        """Return months counted from year 0; a year alone is its July; an empty cell is missing."""
        iso = cells.str.extract(r"^(?P<y>(?:19|20)\d\d)(?:-(?P<m>0[1-9]|1[0-2])(?:-\d\d)?)?$")
        local = cells.str.extract(r"^(?:\d{1,2}/)?(?P<m>0?[1-9]|1[0-2])/(?P<y>(?:19|20)\d\d)$")
        year, month = iso["y"].fillna(local["y"]), iso["m"].fillna(local["m"]).fillna("7")
        self._say(
            label,
            cells[year.isna() & cells.notna()],
            column,
            w("{text}"),
            w("a date: 2015, 2015-03, 2015-03-15, 3/2015 or 15/3/2015"),
            w("write it so; an unknown start or an end still to come stays empty"),
        )
        return year.astype("float64") * 12 + month.astype("float64") - 1

    def _join(self, led):
        frame = pd.DataFrame(
            {"unit_code": np.repeat(self.units, len(self.years)), "year": np.tile(self.years, len(self.units))}
        )
        frame = frame.assign(**{k: v.ravel() for k, v in (led | self.values).items()})
        frame = frame.assign(treated_low=frame["treated"].fillna(0.0), treated_high=frame["treated"].fillna(1.0))
        frame = self._to_2025(frame) if self.about["boundaries"] else frame
        frame = frame.astype(
            {
                "treated": "boolean",
                "turnover": "Int64",
                "treated_low": "int64",
                "treated_high": "int64",
                "unit_code": "str",
                "spell_id": "str",
            }
        )
        frame["new_spell"] = (frame["turnover"] == 1).fillna(False).astype(bool)
        columns = [
            "unit_code",
            "year",
            "treated",
            "share",
            "treated_low",
            "treated_high",
            "share_low",
            "share_high",
            "new_spell",
            "turnover",
            "tenure_years",
            "spell_id",
        ]
        self.frame = frame[columns + [one["column"] for one in self.about["outcome"]]]
        switching = int((frame.groupby("unit_code")["treated"].nunique() > 1).sum())
        self.facts.append(
            w(
                "{n:,} units change between a local and a non-local leader; these are what every comparison rests on",
                n=switching,
            )
        )
        if switching < LEAST_SWITCHING:
            found = w("{n} units that change between a local and a non-local leader", n=switching)
            self.notes.append(
                Fault(
                    self.label,
                    0,
                    "",
                    found,
                    w("at least {n}", n=LEAST_SWITCHING),
                    w(
                        "read the report for what the data hold; most of its designs will say that they have too few changes"
                    ),
                )
            )

    def _to_2025(self, frame):
        pairs = crosswalk(self.about["level"])
        ways = pairs.groupby("old_code")["new_code"].transform("nunique")
        parts = pairs.groupby("new_code")["old_code"].transform("nunique")
        there = pairs["old_code"].isin(self.units)
        sound = ((ways == 1) & there).groupby(pairs["new_code"]).transform("all")
        moved = pairs.assign(fate=np.select([ways > 1, ~sound, parts > 1], ["split", "incomplete", "merged"], "same"))[
            there
        ]
        lost = pd.DataFrame({"old_code": sorted(set(self.units) - set(pairs["old_code"])), "fate": "unknown"})
        self.crosswalk = pd.concat([moved, lost], ignore_index=True)
        counts = self.crosswalk.drop_duplicates("old_code")["fate"].value_counts()
        kept = moved[moved["fate"].isin(["same", "merged"])]
        self.facts.append(
            w(
                "boundaries of 2025: {old:,} old units, {new:,} units of 2025 made of them; {same:,} as before, {merged:,} merged, {split:,} split and left out, {incomplete:,} left out since other parts of their new unit are split or not in the file, {unknown:,} with a code not in the list and left out ({version})",
                old=len(self.units),
                new=kept["new_code"].nunique(),
                version=source(),
                **{k: int(counts.get(k, 0)) for k in ("same", "merged", "split", "incomplete", "unknown")},
            )
        )
        if kept.empty:
            self._fault(
                self.label,
                0,
                self.about["unit"],
                w("no unit that became a unit of 2025"),
                w("codes of units before July 2025 that were not split"),
                w('write boundaries = "" in panel.toml, or check level and codes'),
            )
        self._stop()
        frame = frame.merge(
            kept[["old_code", "new_code"]], left_on="unit_code", right_on="old_code", validate="many_to_one"
        )
        by = frame.groupby(["new_code", "year"])
        size, out = (
            by.size(),
            pd.DataFrame({"treated_low": by["treated_low"].min(), "treated_high": by["treated_high"].max()}),
        )
        out["treated"] = out["treated_low"].where(out["treated_low"] == out["treated_high"])
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
    with resources.as_file(place / "dataset.db") as file:
        base = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        old = pd.read_sql(
            "select wardCode as commune, districtCode as district, provinceKey || '_' || districtKey || '_' || ifnull(wardKey, '') as key from admin_units_legacy",
            base,
        )
        new = pd.read_sql("select wardCode as new_code, ward as new_name, provinceKey, wardKey from admin_units", base)
        base.close()
    moves = json.loads((place / "converter_2025.json").read_text(encoding="utf-8"))
    pairs = [
        (o, p, ward)
        for p, wards in moves["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for ward, olds in wards.items()
        for o in olds
    ]
    pairs += [
        (o, p, ward["newWardKey"])
        for p, olds in moves["DICT_PROVINCE_WARD_DIVIDED"].items()
        for o, wards in olds.items()
        for ward in wards
    ]
    return old.merge(pd.DataFrame(pairs, columns=["key", "provinceKey", "wardKey"]), on="key").merge(
        new, on=["provinceKey", "wardKey"]
    )


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
    columns = (
        ["unit_code", "merged_code_2025", "merged_into_2025"]
        if level == "province"
        else [level, "new_code", "new_name"]
    )
    table = datasets.load("units") if level == "province" else _communes()
    return (
        table[columns]
        .set_axis(["old_code", "new_code", "new_name"], axis=1)
        .dropna()
        .drop_duplicates(ignore_index=True)
    )
