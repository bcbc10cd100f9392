"""Tables: loaded whole and checked against their codebook, or refused with where and why."""

import csv
import difflib
import functools
import hashlib
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd

from helpers import paths
from helpers.words import Refused, pick

_T = TypeVar("_T")
_SEEN: dict[tuple, tuple] = {}  # the version of each file that a report reads, from its first look
_RUNNING: list[set[str]] = []  # what each remembered function at work has read so far
_SHOWN = 20
_LARGEST = 1e15
_FLAGS = {
    "preliminary": r"\bprel\b|first_estimate",
    "secondary": "secondary_copy",
    "derived": "derived|zero_not_listed",
    "old_boundary": "ha_noi",
    "doubtful": "unverified|suspect|not_comparable",
}
_LOOK_ALIKES = str.maketrans("ÐðАВЕКМНОРСТХаеорсух", "ĐđABEKMHOPCTXaeopcyx")  # of other alphabets
_CODE = Path(__file__).read_bytes()
_NUMBERS = {
    "number": (r"-?\d+(\.\d+)?([eE][+-]?\d+)?", "a number with a decimal point"),
    "integer": (r"-?\d+", "a whole number"),
    "year": (r"\d{4}", "a year of four digits"),
}
_RESTORE = "restore the file or export it again"
_UNSEEN = re.compile(
    "[^\\S ]|[\0-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd\U000e0000-\U000e007f]"
)


class Fault(NamedTuple):
    """One thing wrong in one table. ``row`` is the line in the file (1 = header), 0 where the whole file is meant."""

    file: str
    row: int
    column: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        where = self.file + (f", row {self.row}" if self.row else "") + (f", {self.column}" if self.column else "")
        remedy = self.remedy[:1].upper() + self.remedy[1:]
        return plain(f"{where}: found {self.found}; expected {self.expected}. {remedy}.")


class DataFault(ValueError):
    """A table was refused, nothing of it is loaded. ``faults`` lists all, the text the first 20 and the count."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        lines = [str(fault) for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            lines.append(f"... and {len(self.faults) - _SHOWN:,} more; {len(self.faults):,} faults in all.")
        super().__init__("\n".join(lines))


class BreakRefused(Refused):
    """A window pools values of two definitions, and the break between them was not allowed by name; ``breaks``: all to be named."""

    @property
    def breaks(self) -> tuple[str, ...]:
        """The breaks of this indicator that must be allowed for the window, those that were allowed too."""
        return self.values["named"]

    def naming(self, breaks: tuple[str, ...]) -> "BreakRefused":
        """
        Return the same refusal, with all breaks that must be allowed.

        Parameters
        ----------
        breaks : tuple of str
        """
        return BreakRefused(self.template, **self.values | {"breaks": repr(breaks), "named": breaks})


class TableCheck(NamedTuple):
    """What :func:`check` found in one table: rows read, faults, and what was accepted although unusual."""

    name: str
    rows: int
    faults: list[Fault]
    notes: list[str]

    def __str__(self) -> str:
        head = f"{'FAULT' if self.faults else 'ok':5}  {self.name:26} {self.rows:>7,} rows"
        return plain("; ".join([head, *self.notes])) + (f"\n{DataFault(self.faults)}" if self.faults else "")


def package() -> dict[str, Any]:
    """Return the codebook ``data/datapackage.json`` (Frictionless Table Schema) as a dict."""
    return json.loads((paths.data() / "datapackage.json").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    r"""
    Return text fit for a terminal: control, invisible and direction-changing characters are written as escapes.

    Parameters
    ----------
    text : str
        From a file, a table or a server.

    Examples
    --------
    >>> print(plain("a\x1b[31mb"))
    a\x1b[31mb
    """
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def _resources():
    _use(["datapackage.json"])
    return _listed(_stamp("datapackage.json"))


@functools.lru_cache(maxsize=4)
def _listed(stamp):
    try:
        every = json.loads(_content(stamp).decode("utf-8-sig"))["resources"]
        return {one["name"]: one | {"path": str(one["path"]), "schema": one["schema"]} for one in every}
    except (KeyError, TypeError, ValueError) as error:
        row, found = getattr(error, "lineno", 0), f"no codebook ({type(error).__name__}: {error})"
        expected = "resources, each with name, path and schema"
        raise DataFault([Fault("datapackage.json", row, "", found, expected, _RESTORE)]) from None


def _stamp(file):
    """Return what tells a version of a file of data/: path, time, size, inode. While a report is made, its first look counts."""
    key = os.environ.get("PRESS_OUT"), os.environ.get("PRESS_ROOT"), file
    if key in _SEEN:
        return _SEEN[key]
    path = f"{paths.data()}{os.sep}{file}"
    stamp = path, 0, 0, 0
    with suppress(FileNotFoundError):
        found = os.stat(path)  # noqa: PTH116 (asked for each use of what is remembered)
        stamp = path, found.st_mtime_ns, found.st_size, found.st_ino
    return _SEEN.setdefault(key, stamp) if key[0] else stamp


@functools.lru_cache(maxsize=128)
def _content(stamp):
    """Return the bytes of one version of a file, empty if there is none."""
    try:
        return Path(stamp[0]).read_bytes() if stamp[1] else b""
    except OSError as error:
        found, remedy = f"what cannot be read ({error.strerror})", f"give yourself the right to read it, or {_RESTORE}"
        raise DataFault([Fault(Path(stamp[0]).name, 0, "", found, "a file that you may read", remedy)]) from None


def _use(files):
    """Announce files of data/ as read, from memory too: an audit hook on ``open`` hears of them as of a file opened."""
    folder = paths.data()
    for file in files:
        sys.audit("open", f"{folder}{os.sep}{file}", "r", 0)
    for reading in _RUNNING[-1:]:
        reading.update(files)


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _closest(word, known):
    near = difflib.get_close_matches(str(word), list(known), 3, 0.5)
    return f"closest: {', '.join(near)}" if near else f"known: {', '.join(sorted(known)[:8])}"


def _named(what, name, known, more=""):
    if name not in set(known):
        raise ValueError(f"no {what} {name!r}{more}; {_closest(name, known)}.")
    return name


def one_of(name: str, value: Any, allowed: Sequence[Any]) -> Any:
    """
    Return ``value`` if it is allowed.

    Parameters
    ----------
    name : str
        Of the parameter, for the error.
    value : object
        As given.
    allowed : sequence

    Raises
    ------
    Refused
        Saying what was found and what is allowed.

    Examples
    --------
    >>> one_of("post", "chair", ("secretary", "chair"))
    'chair'
    """
    if value not in allowed:
        text = "{name} is {value}; expected one of {meant}."
        raise Refused(text, name=name, value=repr(value), meant=", ".join(map(str, allowed)))
    return value


def span(name: str, given: Iterable[Any], first: int, last: int, outside: str, **told: Any) -> tuple[int, int]:
    """
    Return a first and a last year as whole numbers, or refuse them by what is wrong.

    Parameters
    ----------
    name : str
        Of the parameter, for the error.
    given : iterable
    first, last : int
        The years within which they must lie.
    outside : str
        The message where they do not, a template with ``first``, ``last``, ``name``, ``given`` and ``told``.
    **told
        Fills ``outside``.

    Examples
    --------
    >>> span("window", (2013, 2021), 2005, 2023, "")
    (2013, 2021)
    """
    years: list[Any] = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    whole = [isinstance(year, (int, np.integer)) and not isinstance(year, bool) for year in years]
    if any(isinstance(year, str) for year in years):
        text = "{name} is {given}: years as text; expected two whole numbers. Write them without quotation marks."
    elif len(years) != 2:
        text = "{name} is {given}; expected two years, the first and the last. For one year write it twice."
    elif not all(whole):
        text = "{name} is {given}; expected two whole numbers. Write years without decimals."
    elif years[0] > years[1]:
        text = "{name} is {given}: the first year is after the last; expected the other order. Exchange the two."
    elif not first <= years[0] <= years[1] <= last:
        text = outside
    else:
        return int(years[0]), int(years[1])
    years = [int(year) if fine else year for year, fine in zip(years, whole, strict=True)]
    raise Refused(text, name=name, given=repr(years), first=str(first), last=str(last), **told)


def _tidy(text):
    """Return text as it should stand: a wrong encoding undone, composed, letters for their look-alikes, no invisible characters, outer or double spaces."""
    for wrong in () if text.isascii() else ("cp1252", "latin-1"):
        with suppress(UnicodeError):
            text = text.encode(wrong).decode("utf-8")
    text = _UNSEEN.sub(" ", unicodedata.normalize("NFC", text).translate(_LOOK_ALIKES)).strip()
    return re.sub("  +", " ", text)


def _frame(content, fields):
    """Return a well-formed table as text, empty cells missing."""
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return pd.read_csv(text, dtype="str", keep_default_na=False, na_values=[""])[[field["name"] for field in fields]]


def _typed(raw, fields):
    """Return a checked table with every column in its type and under the name it has in code."""
    columns = {}
    for field in fields:
        column, kind = raw[field["name"]], field["type"]
        if kind == "boolean":
            column = column.map(_truth(field)).astype("boolean")
        elif kind in _NUMBERS:
            whole = "Int64" if column.isna().any() else "int64"
            column = pd.to_numeric(column).astype("float64" if kind == "number" else whole)
        columns[field.get("loadAs", field["name"])] = column
    return pd.DataFrame(columns)


def _truth(field):
    yes, no = field.get("trueValues", ["true"]), field.get("falseValues", ["false"])
    return dict.fromkeys(yes, True) | dict.fromkeys(no, False)


def _form(content, resource):
    """Return (line in the file of each row, faults of the file's form)."""
    file, names, faults = resource["path"], [field["name"] for field in resource["schema"]["fields"]], []

    def fault(row, column, found, expected, remedy):
        faults.append(Fault(file, row, column, found, expected, remedy))
        return [], faults

    if not content.strip():
        return fault(0, "", f"no file or an empty one ({len(content)} bytes)", "a header and rows", _RESTORE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{content[error.start]:02X}, which is not UTF-8"
        row = content[: error.start].count(b"\n") + 1
        return fault(row, "", found, "text in UTF-8", "save the file as 'CSV UTF-8', or convert it with iconv")
    rows: dict[int, list[str]] = {}
    reader, last = csv.reader(io.StringIO(text, newline=""), strict=True), 0
    try:
        for row in reader:
            rows |= {last + 1: row} if row else {}
            last = reader.line_num
    except csv.Error as error:
        return fault(last + 1, "", f"text that is not CSV ({error})", "cells closed by their quotes", _RESTORE)
    (_, header), *lines = rows.items()
    if len(header) == 1 and (mark := re.search(r"[;\t|]", header[0])):
        found = {";": "semicolons", "\t": "tabs", "|": "bars"}[mark[0]] + " between the columns"
        return fault(1, "", found, "commas", "save with commas, and points as decimal marks")
    if not {_tidy(column).lower() for column in header} & set(names):
        found, expected = f"{','.join(header)[:60]!r}", f"the header {','.join(names)[:60]}"
        return fault(1, "", found, expected, f"put the header back, or {_RESTORE}")
    extra = [column for column in header if column not in names]
    for name in (name for name in names if name not in header):
        near = difflib.get_close_matches(name, extra, 1) or (extra if len(extra) == 1 else [])
        extra = [column for column in extra if column not in near]
        found, verb = (f"the column {near[0]!r}", "rename") if near else ("no such column", "add")
        fault(1, name, found, f"the column {name!r}", f"{verb} the column; data/README.md says what it holds")
    for name in extra:
        remedy = "rename or remove it, or describe it in data/datapackage.json"
        fault(1, name, f"the column {name!r}", "only columns of the codebook", remedy)
    for name in sorted({column for column in header if header.count(column) > 1}):
        fault(1, name, "the column twice", "each column once", "remove one of the two")
    for line, row in lines:
        if len(row) != len(header):
            why = "quote a cell that holds a comma" if len(row) > len(header) else "the file may be cut off here"
            fault(line, "", f"{len(row)} cells from {row[0][:30]!r} on", f"{len(header)} cells", f"{why}: {_RESTORE}")
    if not text.endswith(("\n", "\r")):
        remedy = f"the last value may be cut off: {_RESTORE}, or end a complete row with a line break"
        found = f"no line break after '{text[-20:]}'"
        fault(max(rows), "", found, "a line break at the end of the last row", remedy)
    if len(lines) < resource.get("rowCount", 0):
        remedy = f"the file may be cut off: {_RESTORE}, or lower rowCount in data/datapackage.json"
        fault(0, "", f"{len(lines):,} rows", f"at least {resource['rowCount']:,} rows", remedy)
    return [line for line, _ in lines], faults


def _schema(fields):
    """Build the pandera schema of a table as text: forms of numbers and flags, vocabularies, patterns, limits, what may be missing."""
    import pandera.pandas as pa

    columns = {}
    for field in fields:
        limits, kind = field.get("constraints", {}), field["type"]
        if kind not in (*_NUMBERS, "string", "boolean", "date") or (kind in _NUMBERS and "pattern" in limits):
            raise TypeError(f"the type {kind!r} of {field['name']}")
        forms = [_NUMBERS[kind]] if kind in _NUMBERS else []
        like = field.get("example") or limits.get("pattern")
        forms += [(limits["pattern"], f"the form {like}")] if "pattern" in limits else []
        allowed = list(_truth(field)) if kind == "boolean" else limits.get("enum")
        tidy = "composed Unicode (NFC) of one alphabet, no control, double or outer spaces"
        checks = [pa.Check(_is_tidy, error=tidy)]
        checks += [pa.Check(_is_date, error="a date of the calendar, 1900 to 2100")] if kind == "date" else []
        ascii_forms = [(form.replace(r"\d", "[0-9]"), what) for form, what in forms]
        checks += [pa.Check.str_matches(rf"^(?:{form})\Z", error=what) for form, what in ascii_forms]
        checks += [pa.Check.isin(allowed, error="one of " + ", ".join(allowed))] if allowed else []
        if kind in _NUMBERS:
            low, high = limits.get("minimum", -_LARGEST), limits.get("maximum", _LARGEST)
            checks.append(pa.Check(_is_within, error=f"a value from {low:g} to {high:g}", low=low, high=high))
        columns[field["name"]] = pa.Column(None, checks, nullable=not limits.get("required", False))
    return pa.DataFrameSchema(columns, strict=True)


def _is_tidy(cells):
    return ~cells.isin([value for value in cells.unique() if value != _tidy(value)])


def _is_date(cells):
    parts = cells.str.findall(r"\d{4}(?:-\d\d(?!\d))*").explode()
    years = pd.to_datetime(parts, format="ISO8601", errors="coerce").dt.year
    return years.between(1900, 2100).groupby(level=0).all()


def _is_within(cells, low, high):
    return pd.to_numeric(cells, errors="coerce").fillna(low).between(low, high)


def _shown(cell):
    if pd.isna(cell):
        return "an empty cell"
    return repr(cell) if cell == _tidy(cell) else ascii(cell)


def _remedy(text, allowed=()):
    if re.fullmatch(r"-?[\d.]*,\d+", text):
        return f"write a decimal point: {text.replace('.', '').replace(',', '.')}"
    if text.strip().lower() in ("nan", "na", "n/a", "null", "none", "inf", "-inf", "infinity", "-"):
        return "leave the cell empty where the value is missing"
    if "\ufffd" in text:
        return "a letter was lost in a wrong encoding: restore it from the source"
    if text != _tidy(text):
        return f"write '{_tidy(text)}', without invisible, decomposed, look-alike or wrongly encoded characters or double spaces"
    if text.zfill(2) in allowed:
        return f"the leading zero is lost (spreadsheets do that): write '{text.zfill(2)}' and import the column as text"
    return _closest(text, allowed) if allowed else "correct the cell against its source"


def _references(rules):
    yield from ({**key, "references": [key["reference"]]} for key in rules.get("foreignKeys", []))
    yield from rules.get("lookups", [])


def _relatives(resource):
    names = {target["resource"] for key in _references(resource["schema"]) for target in key["references"]}
    names.add(resource["schema"].get("ranges", {}).get("resource", resource["name"]))
    return sorted(names - {resource["name"]})


def _joined(table, fields):
    """Return the cells of a column that are not empty, of several columns as one text."""
    first, *others = np.atleast_1d(fields)
    return functools.reduce(lambda cells, name: cells + " " + table[name], others, table[first]).dropna()


def faults_in(
    raw: pd.DataFrame, path: str, of: Iterable[str], closed: Mapping[str, Iterable[str]], rules: Mapping[str, Any]
) -> list[Fault]:
    """
    Return the faults of rows that are to enter tables, by the codebook and rules of their own; one a cell.

    Parameters
    ----------
    raw : DataFrame
        Rows as text, the index their lines in the file.
    path : str
        The file.
    of : iterable of str
        The tables whose columns have the same names.
    closed : mapping
        What some columns may hold.
    rules : mapping
        rowRules, foreignKeys and such, as the codebook has them; fields by name.
    """
    fields = {field["name"]: field for name in of for field in _resources()[name]["schema"]["fields"]}
    fields |= rules["fields"] | {name: {"constraints": {"enum": sorted(those)}} for name, those in closed.items()}
    named = [{"type": "string"} | fields.get(name, {}) | {"name": name} for name in raw]
    return _faults(raw, {"name": "", "path": path, "schema": {**rules, "fields": named}})


def _faults(raw, resource):
    """Return the faults of the cells, of several in one cell the first."""
    rules, known = resource["schema"], _resources()
    others = {name: _frame(_sound(known[name]), known[name]["schema"]["fields"]) for name in _relatives(resource)}
    others[resource["name"]] = raw
    faults: dict[tuple[int, str], Fault] = {}
    for stage in (_strangers, _misfits), (_repetitions,), (_excesses, _contradictions), (_overlaps, _leaps, _namesakes):
        sound = raw.drop(index=[line for line, _ in faults])  # one fault is told once: what follows from it is no other
        for line, column, *texts in (found for rule in stage for found in rule(sound, rules, others)):
            faults.setdefault((line, column), Fault(resource["path"], int(line), column, *texts))
    return sorted(faults.values(), key=lambda fault: fault.row)


def _strangers(raw, rules, others):
    """Keys that the tables referred to lack; like all that follow: line, column, found, expected, remedy."""
    strange = set[tuple[int, str]]()
    for key in _references(rules):
        targets, (*before, column) = key["references"], np.atleast_1d(key["fields"])
        allowed = set().union(*(_joined(others[target["resource"]], target["fields"]) for target in targets))
        cells = _joined(raw.drop(index=[line for line, name in strange if name in before]), key["fields"])
        cells = cells.str.split(key["separator"]).explode() if "separator" in key else cells
        cells = cells[~cells.isin(allowed)]
        wanted = f"a {' and '.join(np.atleast_1d(targets[0]['fields']))} of "
        wanted += " or ".join(target["resource"] for target in targets)
        advice = {value: _remedy(value, allowed) for value in cells.unique()}
        strange |= {(line, column) for line in cells.index}
        yield from ((line, column, _shown(value), wanted, advice[value]) for line, value in cells.items())


def _misfits(raw, rules, _others):
    """Cells that break the schema."""
    for line, column, wanted in _failures(raw, rules["fields"]):
        value = raw.at[line, column]
        if wanted == "not_nullable":
            yield line, column, _shown(value), "a value in every row", "fill it from the source, or remove the row"
        else:
            _, given, allowed = wanted.partition("one of ")
            advice = _remedy(value, allowed.split(", ") if given else ())
            yield line, column, _shown(value), wanted if len(wanted) < 300 else "a word that is known", advice


def _repetitions(raw, rules, _others):
    """Rows whose key an earlier row has."""
    alone = [[field["name"]] for field in rules["fields"] if field.get("constraints", {}).get("unique")]
    for keys in [rules.get("primaryKey", []), *rules.get("uniqueKeys", []), *alone]:
        first = raw.index.to_series().groupby([raw[key] for key in keys], dropna=False).transform("min")
        for line, row in first[first != first.index].items():
            value = " ".join(raw.loc[line, keys].fillna(""))
            found = f"{value!r} again (first in row {row})"
            yield line, "+".join(keys), found, "each key once", "keep one of the rows"
        raw = raw.drop(index=first.index[first != first.index])


def _excesses(raw, rules, others):
    """Values outside the limits of what their row is about."""
    if limits := rules.get("ranges"):
        bounds, by = others[limits["resource"]].set_index(limits["by"]), raw[limits["by"]]
        low, high = (pd.to_numeric(by.map(bounds[limits[end]]), errors="coerce") for end in ("minimum", "maximum"))
        cells = pd.to_numeric(raw[limits["field"]], errors="coerce")
        for line in cells.index[(cells < low) | (cells > high)]:
            found, limit = repr(raw.at[line, limits["field"]]), f"{low[line]:g} to {high[line]:g} for {by[line]}"
            remedy = "check the unit and the decimal point against the source"
            yield line, limits["field"], found, limit.replace("nan", "any"), remedy


def _contradictions(raw, rules, _others):
    """Rows that break a rule of the codebook."""
    for one in rules.get("rowRules", []):
        for line in raw.index[~raw.eval(one["holds"], engine="python").astype(bool)]:
            yield line, one["column"], _shown(raw.at[line, one["column"]]), one["expected"], one["remedy"]


def _overlaps(raw, rules, _others):
    """
    Terms that begin while another's holds the post.

    A date known to the year is taken as it leaves them furthest apart; an end and a start that both are so say nothing.
    """
    if spans := rules.get("spans"):
        by, start, end = spans["by"], spans["start"], spans["end"]
        first, last = raw[start].fillna("0000-00"), raw[end].fillna("9999-99")
        terms = raw[by].assign(row=raw.index, start_year=first.str.len() == 4, end_year=last.str.len() == 4)
        terms = terms.assign(start=first.where(~terms["start_year"], first + "-12"))
        terms = terms.assign(end=last.where(~terms["end_year"], last + "-01"))
        pairs = terms.merge(terms, on=by, suffixes=("", "_2"))
        pairs = pairs.query("start_2 < start or (start_2 == start and row_2 < row)")
        pairs = pairs.query("start < end_2 and start_2 < end and not (start_year and end_year_2)")
        pairs = pairs.drop_duplicates("row_2")  # one term may run into many
        for line, earlier in pairs[["row", "row_2"]].itertuples(index=False):
            who, since, until = raw.loc[earlier, [spans["name"], start, end]]
            found = f"{raw.at[line, start]!r} while {who!r} (row {earlier}) is in office"
            expected = f"one holder at a time; that term is from {since} to {until}".replace("nan", "an open date")
            yield line, start, found, expected, "correct the dates of one of the two"


def _leaps(raw, rules, _others):
    """Values thirty times as far from 0 as those before and after in their series, or as near, where these two are alike."""
    if one := rules.get("leaps"):
        series = _joined(raw, one["by"]).loc[lambda keys: ~keys.str.fullmatch(one["except"])]
        size = raw.loc[series.index].sort_values(one["over"])[one["field"]].astype("float64").abs()
        by = size.groupby(series)
        pair = by.shift(1).fillna(by.shift(-2)), by.shift(-1).fillna(by.shift(2))
        near, far = np.minimum(*pair), np.maximum(*pair)
        for line in size.index[(near > 0) & (far <= 10 * near) & ((30 * size <= near) | (size >= 30 * far))]:
            wanted = f"a value like those beside it in {series[line]}, {near[line]:g} and {far[line]:g}"
            yield line, one["field"], repr(raw.at[line, one["field"]]), wanted, one["remedy"]


def _namesakes(raw, rules, _others):
    """
    Rows where a name has another value than in an earlier one.

    ``namesakes`` names who are several persons, with the values that they have; in one unit (``within``) a name is one person.
    """
    every = ((one, raw.dropna(subset=one["of"]).groupby(one["by"])) for one in rules.get("oneValue", []))
    for one, name, rows in ((one, *part) for one, parts in every for part in parts):
        of, by = one["of"], one["by"]
        allowed = one.get("namesakes", {}).get(name, [])
        groups = [part for _, part in rows.groupby(one["within"])] if allowed else [rows]
        apart = [(part.index[part[of] != part[of].iloc[0]], part.index[0]) for part in groups]
        strange = rows.index[~rows[of].isin(allowed)] if allowed else []
        if len(strange):
            differ = rows.index[rows[of] != rows.at[strange[0], of]]
            apart.append((strange, differ[0] if len(differ) else strange[0]))
        more = f", or namesakes of {', '.join(allowed)}" if allowed else ""
        for line, other in ((lines[0], other) for lines, other in apart if len(lines)):
            found = f"{raw.at[line, of]!r} for {name!r}, who has {raw.at[other, of]!r} in row {other}"
            yield line, of, found, f"one {of} in all rows of a {by}{more}", one["remedy"]


def _failures(raw, fields):
    import pandera.errors

    try:
        _schema(fields).validate(raw, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        if cases["index"].isna().any():
            raise
        yield from cases[["index", "column", "check"]].itertuples(index=False)


def _sound(resource):
    """Return the content of a table whose form is right."""
    content = _content(_stamp(resource["path"]))
    if faults := _form(content, resource)[1]:
        raise DataFault(faults)
    return content


def _examined(resource, contents):
    """Return what the check of a table finds; one that passed with this code, codebook and tables it refers to has no faults again."""
    content, key = contents[0], "".join(map(_digest, [_CODE, *contents]))
    passed = paths.cache() / "checked" / _digest(key.encode())
    lines, more = [], 0
    try:
        lines, faults = _form(content, resource)
        more = len(lines) - resource.get("rowCount", len(lines))
        if not faults and not passed.exists():
            faults = _faults(_frame(content, resource["schema"]["fields"]).set_axis(lines), resource)
    except DataFault as other:
        faults = other.faults
    except (AttributeError, KeyError, NameError, SyntaxError, TypeError, ValueError, re.error) as error:
        found, remedy = f"what cannot be used ({error})", "correct the entry of the table in the codebook"
        expected = "types, patterns, keys and rules that fit the columns"
        faults = [Fault("datapackage.json", 0, resource["name"], found, expected, remedy)]
    if not faults:
        with suppress(OSError):
            passed.parent.mkdir(parents=True, exist_ok=True)
            passed.touch()
    changed = resource.get("hash", "sha256:" + _digest(content)) != "sha256:" + _digest(content)
    notes = {f"{more:,} rows more than rowCount says": more > 0, "changed since it was compiled": changed}
    return TableCheck(resource["name"], len(lines), faults, [note for note, found in notes.items() if found])


def load(name: str) -> pd.DataFrame:
    """
    Load one table of ``data/``, checked against the codebook.

    A byte order mark and CRLF line ends are accepted. Everything else that departs from the codebook is refused:
    encoding, separator, columns, cells per row, a missing last line break, fewer rows than ``rowCount``, types,
    vocabularies, limits, duplicate keys, keys that other tables lack, invisible or decomposed characters, rows that
    break a rule of the codebook (``rowRules``), two holders of one post at once (``spans``), one person with two values (``oneValue``), a value far from its series (``leaps``). A check that passed is remembered by the content of the table, of the tables it refers to, and of the codebook.

    Parameters
    ----------
    name : str
        Name of the table, as in ``data/README.md``, where source, licence and gaps stand.

    Returns
    -------
    DataFrame
        A copy of its own. Codes and texts are ``str``, flags ``boolean``, years ``int64``, values ``float64``; an empty
        cell is missing. ``province_code`` of the files is called ``unit_code``.

    Raises
    ------
    DataFault
        If the file departs from the codebook: nothing of it is loaded.
    ValueError
        If there is no such table.
    """
    known = _resources()
    _named("table", name, known, " in data/datapackage.json")
    return _checked(name, *_versions(name, known)).copy(deep=False)


def _versions(name, known):
    """Return the versions of a table, of the codebook and of the tables it refers to, all of which count as read."""
    others = [known[other]["path"] for other in _relatives(known[name]) if other in known]
    files = [known[name]["path"], "datapackage.json", *others]
    _use(files)
    return [_stamp(file) for file in files]


@functools.lru_cache(maxsize=128)
def _checked(name, *stamps):
    resource, contents = _listed(stamps[1])[name], [_content(stamp) for stamp in stamps]
    if faults := _examined(resource, contents).faults:
        raise DataFault(faults)
    fields = resource["schema"]["fields"]
    return _typed(_frame(contents[0], fields), fields)


def check(names: Sequence[str] | None = None) -> list[TableCheck]:
    """
    Check every table, and that folder and codebook name the same tables.

    Parameters
    ----------
    names : sequence of str, optional
        Only these tables.

    Returns
    -------
    list of TableCheck
        One a table; ``str`` gives its line, with a line per fault below.
    """
    known = _resources()
    given = [_named("table", name, known, " in data/datapackage.json") for name in names or known]
    results = [_examined(known[name], [*map(_content, _versions(name, known))]) for name in given]
    for result in results:  # what another table has wrong is told there
        at = {fault.file for fault in result.faults[:1]}
        others = [other for other in given if other != result.name and known[other]["path"] in at]
        result.notes.extend(f"not checked while {other} has faults" for other in others)
        result.faults[:] = [] if others else result.faults
    for path in sorted(paths.data().glob("*.csv")):
        if path.stem not in known and not names:
            remedy = "describe the table in data/datapackage.json, or move it out of data/"
            fault = Fault(path.name, 0, "", "no entry in the codebook", "one entry a table", remedy)
            results.append(TableCheck(path.stem, 0, [fault], []))
    return results


def remembered(function: Callable[..., _T]) -> Callable[..., _T]:
    """
    Keep what a function returns that reads nothing but tables, as long as the codebook and these tables are the same files.

    Each call gets a copy of its own and counts as a use of the tables.

    Parameters
    ----------
    function : callable
        Returns a DataFrame, or what nobody changes. What it returns for arguments that are no keys (tables, lists) is not kept.
    """
    kept: dict[tuple, tuple[dict[str, tuple], Any]] = {}

    @functools.wraps(function)
    def once(*args: Any, **named: Any) -> _T:
        key = args, tuple(named.items())
        try:
            stale = key not in kept or any(_stamp(file) != stamp for file, stamp in kept[key][0].items())
        except TypeError:  # an argument that is no key, such as a table
            return function(*args, **named)
        if stale:
            _RUNNING.append(set())
            try:
                result = function(*args, **named)
            finally:
                read = {file: _stamp(file) for file in sorted(_RUNNING.pop())}
            kept[key] = read, result
        read, result = kept[key]
        _use(read)
        return result.copy(deep=False) if isinstance(result, pd.DataFrame) else result

    return once


@remembered
def registry() -> pd.DataFrame:
    """
    Return the indicators, indexed by name.

    Returns
    -------
    DataFrame
        One row each; columns as in ``data/README.md``: where the values are, names and units in both languages, which way is
        better, limits, whether it may enter a model.

    Examples
    --------
    >>> registry().at["pci_score", "text_en"]
    'the PCI score'
    """
    return load("indicators").set_index("indicator")


@remembered
def breaks(indicator: str | None = None) -> pd.DataFrame:
    """
    Return the breaks of all indicators, or of one.

    Parameters
    ----------
    indicator : str, optional
        An indicator of :func:`registry`.

    Returns
    -------
    DataFrame
        indicator, name, first_year (of the new definition), kind, refuses (pooling across needs the name), text_en,
        text_vi.

    Raises
    ------
    ValueError
        If there is no such indicator.

    Examples
    --------
    >>> breaks("papi_total").query("refuses")["first_year"].tolist()
    [2018]
    """
    table = load("breaks")
    return table if indicator is None else table[table["indicator"] == _known(indicator)].reset_index(drop=True)


def _known(indicator):
    return _named("indicator", indicator, registry().index)


def _unbroken(first: int, last: int, breaks: Iterable[int]) -> str:
    """Return the windows of two years and more between breaks: "2010-2012, 2013-2021"."""
    starts = [first, *sorted({year for year in breaks if first < year <= last}), last + 1]
    return ", ".join(f"{start}-{after - 1}" for start, after in pairwise(starts) if after - start > 1)


@remembered
def indicator(name: str, window: Sequence[int] | None = None, allow_breaks: str | Iterable[str] = ()) -> pd.DataFrame:
    """
    Return one indicator, one row per unit and year with a value.

    Parameters
    ----------
    name : str
        An indicator of :func:`registry`.
    window : (int, int), optional
        First and last year. Values in a window will be pooled, so a break inside it that ``refuses`` is an error.
        Without a window all years come, told apart by ``segment``.
    allow_breaks : sequence of str
        Names of breaks to pool across all the same.

    Returns
    -------
    DataFrame
        unit_code (Hà Tây, 28, to 2008 in PCI), year, indicator, value, unit, source, definition_version, segment
        (0, 1, ...: which definition) and flags read from definition_version: preliminary, secondary (copy), derived (by
        the compilation), old_boundary (Hà Nội before 2008), doubtful (unverified, suspect or on a definition of its
        own). A unit-year without a value has no row.

    Raises
    ------
    BreakRefused
        If the window holds values of two definitions.
    ValueError
        If the indicator, the break or the window is unknown or empty.

    Examples
    --------
    >>> len(indicator("pci_score", (2013, 2021)))
    567
    """
    allow_breaks = (allow_breaks,) if isinstance(allow_breaks, str) else tuple(allow_breaks)
    lines = breaks(name)
    for allowed in allow_breaks:
        _named("break", allowed, lines["name"], f" of {name}")
    table, lines = _all_years(name), lines[lines["refuses"]]
    if window is None:
        return table
    first, last = int(table["year"].min()), int(table["year"].max())
    table, asked = table[table["year"].between(*window)], f"{window[0]}-{window[1]}"
    if table.empty:
        text = "{name} has no value in {window}; it covers {years}."
        raise Refused(text, name=name, window=asked, years=f"{first}-{last}")
    within = lines["first_year"].between(table["year"].min() + 1, table["year"].max())
    crossed = lines[within & ~lines["name"].isin(allow_breaks)]
    if len(crossed):
        names = tuple(dict.fromkeys([*allow_breaks, *crossed["name"]]))
        told = [f"{x.name} ({x.first_year}): {pick(x.text_en, x.text_vi)}" for x in crossed.itertuples()]
        text = "{name} {window} pools values of different definitions. {reasons} Write a window without the break ({windows}), or pool all the same by name: study.panel(..., allow_breaks={breaks})."
        free = _unbroken(window[0], window[1], crossed["first_year"]) or _unbroken(first, last, lines["first_year"])
        raise BreakRefused(text, name=name, window=asked, reasons=" ".join(told), windows=free).naming(names)
    return table.reset_index(drop=True)


@remembered
def _all_years(name):
    """The values of an indicator, with what their definitions say."""
    unit, table = registry().loc[name, ["unit_en", "table"]]
    table = load(table)
    table = table[table["indicator"] == name]
    ours = table["source"].str.startswith("derived_")
    if "unit" not in table:
        table = table.assign(unit=unit, definition_version=ours.map({True: "derived", False: "as_published"}))
    flags = {name: table["definition_version"].str.contains(pattern) for name, pattern in _FLAGS.items()}
    flags["derived"] |= ours
    lines = breaks(name)
    starts = np.sort(lines.loc[lines["refuses"], "first_year"].unique())
    table = table.assign(segment=np.searchsorted(starts, table["year"], side="right"), **flags)
    columns = ["unit_code", "year", "indicator", "value", "unit", "source", "definition_version", "segment", *_FLAGS]
    return table[columns].reset_index(drop=True)


class Design(NamedTuple):
    """
    How an outcome is compared unless a reader says otherwise.

    Attributes
    ----------
    window : (int, int)
        First and last year by default, both included; without a refusing break inside.
    transform : {"none", "log", "asinh"}
    """

    window: tuple[int, int]
    transform: str = "none"


def need_score(name: str) -> None:
    """
    Refuse an indicator that no model may use: a rank, or one known from the press only.

    Parameters
    ----------
    name : str
        An indicator.

    Raises
    ------
    Refused
    """
    if _known(name).endswith("_rank"):
        text = "{name} is a rank: bounded, and tied to every other unit's; expected a score, such as {score}."
        score = f"{name[:-4]}score"
        raise Refused(text, name=name, score=score if score in registry().index else "pci_score")
    if registry().at[name, "press_only"]:
        text = "{name} is known from the press for some units only and is for checks, never for a model. Take another indicator."
        raise Refused(text, name=name)


def design_of(outcome: str) -> Design:
    """
    Return the default window and transform of an outcome.

    Parameters
    ----------
    outcome : str
        A usable indicator. Without a row in ``designs.csv`` the window is the run of years on one definition that has most
        years (of equal ones the later), the transform "none".

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        If there is no such indicator, or it is a rank, for checks only, or has no two years on one definition.

    Examples
    --------
    >>> design_of("pci_score").window, design_of("retail_sales_bn_vnd").transform
    ((2013, 2021), 'none')
    """
    need_score(outcome)
    rows = load("designs")[load("designs")["outcome"] == outcome]
    if len(rows):
        first, last, transform = rows[["first_year", "last_year", "transform"]].to_numpy()[0]
        return Design((first, last), transform)
    years = indicator(outcome)[["segment", "year"]].drop_duplicates()
    longest = years.groupby("segment")["year"].agg(["size", "min", "max"]).sort_values(["size", "max"]).iloc[-1]
    if longest["size"] < 2:
        text = "{name} has no two years on one definition; expected a series. Take another indicator."
        raise Refused(text, name=outcome)
    return Design((int(longest["min"]), int(longest["max"])))


def sources(names: Iterable[str] | None = None) -> pd.DataFrame:
    """
    Return sources of values in one shape.

    Parameters
    ----------
    names : iterable of str, optional
        Keys as in the column ``source``; all where left out.

    Returns
    -------
    DataFrame
        source, publisher, title, years, url_or_repo, retrieved_via, licence_or_terms, note.

    Raises
    ------
    ValueError
        If a key is in neither table of sources.
    """
    table = pd.concat([load("sources_governance"), load("sources_economy")], ignore_index=True)
    if names is None:
        return table
    names = [_named("source", name, table["source"]) for name in names]
    return table[table["source"].isin(names)].reset_index(drop=True)


def codebook(lang: str = "en") -> str:
    """
    Return ``data/README.md`` or ``data/README.vi.md`` as it follows from the codebook and the tables: Markdown.

    Parameters
    ----------
    lang : {"en", "vi"}
    """
    import jinja2

    registry, lines = load("indicators"), breaks().query("refuses")
    values = pd.concat([load(name).assign(table=name) for name in registry["table"].unique()])
    values = values[values["unit_code"] != "28"].merge(registry[["indicator", "table"]])
    counts = values.groupby(["indicator", "year"], as_index=False).size()
    rows = registry.to_dict("records")
    for row in rows:
        mine = counts[counts["indicator"] == row["indicator"]]
        least, most = mine["size"].min(), mine["size"].max()
        row["units"] = f"{least}-{most}" if least < most else most
        row["years"] = _spans(mine["year"])
        row["breaks"] = ", ".join(lines.loc[lines["indicator"] == row["indicator"], "name"].unique())
    template = (Path(__file__).parent / "codebook.md.j2").read_text(encoding="utf-8")
    engine = jinja2.Environment(autoescape=False, keep_trailing_newline=True)
    return engine.from_string(template).render(book=package(), indicators=rows, lang=lang)


def _spans(years):
    """Return sorted years as text: 2006, 2008-2010."""
    groups = years.groupby((years.diff() != 1).cumsum()).agg(["min", "max"])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in groups.itertuples(index=False))
