"""
A reader's own panel: a file and a short ``panel.toml`` in ``data/own/NAME/``, checked cell by cell and joined to who led.

Rules
    One row per unit and year; codes are text with leading zeros; an empty cell is missing, an unknown leader stays unknown.
    Spells follow `helpers.treatment`: dates are months, a year alone counts as July, a spell holds its start month and not its
    end month, the later start wins, an empty start is no arrival, an empty end is still in office.
    Boundaries of 2025 come from the package vietnamadminunits; a unit that was split, or whose parts are not all there, has no
    value: nothing is shared out. A leader of merged units is known only where all their leaders are alike.
"""

import csv
import dataclasses
import functools
import hashlib
import importlib.metadata
import io
import itertools
import json
import os
import re
import shutil
import sqlite3
import tempfile
import tomllib
import unicodedata
import zipfile
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import datasets, paths
from helpers.panel import Panel

LEVELS = {"commune": 5, "district": 3, "province": 2}
MOST_ROWS, MOST_COLUMNS, LEAST_SWITCHING = 1_000_000, 200, 5
_KEYS = {
    "panel": "name_en name_vi level file sheet unit unit_name year decimal missing pad_codes boundaries outcome leaders notes",
    "outcome": "column label_en label_vi unit_en unit_vi scale aggregate weight",
    "leaders": "file sheet unit start end person non_local treated_en treated_vi",
    "notes": "en vi",
}
_ALLOWED = {"level": tuple(LEVELS), "decimal": (".", ","), "scale": ("none", "log"), "aggregate": ("refuse", "sum", "mean"), "boundaries": ("", "2025")}
_YES, _NO = ({"yes", "y", "1", "true", "có", "co", "x"}, {"no", "n", "0", "false", "không", "khong"})
_UNKNOWN = {"", "unknown", "?", "chưa rõ", "không rõ", "na", "n/a", "nan"}
_GUESS = {
    "unit": "unit_code code ma ma_xa maxa ma_huyen mahuyen ma_tinh matinh ma_dvhc ma_don_vi unit commune_code district_code province_code commune district province xa huyen tinh",
    "year": "year nam yr",
    "start": "start start_date tu bat_dau tu_thang tu_ngay from",
    "end": "end end_date den ket_thuc den_thang den_ngay to until",
    "non_local": "non_local nonlocal outsider khong_phai_nguoi_dia_phuong ngoai_dia_phuong nguoi_ngoai",
    "person": "person leader secretary bi_thu ho_ten ho_va_ten nguoi",
    "unit_name": "unit_name name ten ten_xa ten_huyen ten_tinh ten_don_vi commune_name",
}
_MARKS = {"-", "..", "...", "…", "na", "n/a", "nan", "null", "."}


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
    return words(text.message, **{k: tell(v, words) if isinstance(v, str) else v for k, v in text.values.items()}) if isinstance(text, Text) else str(text)


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

    def lines(self, words):
        """Return the report as lines of text in the language of ``words``: what was understood, what is wrong, what to do next."""

        def line(fault):
            place = _shown(fault.file) + (words(", row {row:d}", row=fault.row) if fault.row else "") + (words(", column {column}", column=_shown(fault.column)) if fault.column else "")
            parts = {k: tell(getattr(fault, k), words) for k in ("found", "expected", "remedy")}
            return words("{place}: found {found}; expected {expected}. What to do: {remedy}.", place=place, **parts)

        out = [words("Understood:"), *(f"  {tell(fact, words)}" for fact in self.facts)] if self.facts else []
        out += [words("Accepted, though unusual:"), *(f"  {line(note)}" for note in self.notes)] if self.notes else []
        out += [words("Wrong:"), *(f"  {line(fault)}" for fault in self.faults)] if self.faults else []
        out.append(words("Next:"))
        if not self.written:
            return [*out, "  " + words("Nothing was written. Mend the file and give the same command again.")]
        where = {"folder": f"data/own/{self.name}", "name": self.name}
        if self.faults:
            return [*out, "  " + words("The panel stands in {folder}/ but is not used yet. Mend panel.toml there, then: helpers new {name}", **where),
                    "  " + words("Or mend your file and take it in again: helpers new {name} --from FILE --replace", **where)]  # fmt: skip
        out.append("  " + words("Read {folder}/panel.toml: labels, units and notes are guesses. After a change: helpers new {name}", **where))
        out.append("  " + words("Make its reports (English and Vietnamese, first outcome): helpers run --only 90_your_panel/{name}/", **where))
        for outcome in self.about["outcome"][1:]:
            entry = f'[[report]]\n  notebook = "90_your_panel"\n  parameters = {{ panel = {json.dumps(self.name)}, outcome = {json.dumps(outcome["column"], ensure_ascii=False)} }}\n  over = {{ lang = "languages" }}'
            out += ["  " + words("For {outcome}, add to reports.toml:", outcome=_shown(outcome["label_en"])), f"  {entry}"]
        return out


@dataclass(frozen=True, eq=False)
class OwnPanel:
    """A panel without faults: ``check`` (a `Check`), ``files`` (SHA-256 by path below data/), ``outcomes`` (columns in order)."""

    check: Check
    files: dict

    @property
    def outcomes(self):
        """The columns of the outcomes, in the order of the file."""
        return [one["column"] for one in self.check.about["outcome"]]

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
        about = self.check.about["outcome"][self.outcomes.index(outcome)]
        led = [c for c in self.check.frame if c not in self.outcomes]
        y = self.check.frame[outcome]
        frame = self.check.frame[led].assign(y=np.log(y) if about["scale"] == "log" else y, source=f"own/{self.check.name}")
        gaps = pd.DataFrame({"no_value": frame["y"].isna(), "not_classified": frame["treated"].isna()})
        cover = gaps.assign(year=frame["year"], n_units=1, missing=gaps.any(axis=1)).groupby("year", as_index=False).sum()
        cover["n_complete"] = cover["n_units"] - cover["missing"]
        notes = pd.DataFrame([("own", len(frame), *(self.check.about["notes"].get(k, "") for k in ("en", "vi")))], columns=["note", "n", "text_en", "text_vi"])
        years = frame["year"]
        return Panel(frame, cover, outcome, "own", (int(years.min()), int(years.max())), None if about["scale"] == "none" else "log", (), notes)


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
        raise datasets.DataFault(found.faults)
    used = {path.name: path.read_bytes() for path in sorted(folder().joinpath(name).glob("*")) if path.name in _files(found.about)}
    for file, content in used.items():
        datasets.note_use(f"own/{name}/{file}", content)
    return OwnPanel(found, {f"own/{name}/{file}": hashlib.sha256(content).hexdigest() for file, content in used.items()})


def create(name, files, replace=False):
    """
    Take in a reader's files as ``data/own/NAME/``: copy them, guess the columns, write ``panel.toml``, check. All or nothing.

    Parameters
    ----------
    name : str
        a-z, 0-9, - and _, at most 40.
    files : sequence of Path
        One with units, years and outcomes; another one, or another sheet of it, may hold spells of leaders.
    replace : bool
        Take the data of a panel that is there anew; its ``panel.toml`` stays.

    Returns
    -------
    Check
        ``written`` is False where a file cannot be read as a table: then nothing was written.
    """
    _named(name)
    target, tables, faults = folder() / name, {}, []
    if target.exists() and not replace:
        raise ValueError(f"data/own/{name} is there already; expected a new name. helpers new {name} checks it; with --replace its data are taken anew and panel.toml stays.")
    for path in map(Path, files):
        found, wrong = _tables(path, path.name)
        tables |= {(path, sheet): table for sheet, table in found.items()}
        faults += wrong
    kinds = {place: {role: _guess(table, role) for role in _GUESS} for place, table in tables.items()}
    main = next((p for p, k in kinds.items() if k["unit"] and k["year"]), None)
    if main is None and faults or not tables:
        return Check(name, {}, faults, [], [], written=False)
    main = main or next((p for p, k in kinds.items() if not k["start"]), next(iter(tables)))
    spells = next((p for p, k in kinds.items() if p != main and k["start"] and k["unit"]), None)
    copies = {main[0]: "panel" + main[0].suffix.lower()}
    if spells:
        copies.setdefault(spells[0], "leaders" + spells[0].suffix.lower())
    folder().mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder()))
    try:
        for path, file in copies.items():
            shutil.copyfile(path, stage / file)
        if replace and (target / "panel.toml").is_file():
            shutil.copyfile(target / "panel.toml", stage / "panel.toml")
            shutil.move(target, stage / ".old")
        else:
            (stage / "panel.toml").write_text(_toml(name, tables, kinds, main, spells, copies), encoding="utf-8")
        old = stage / ".old"
        stage.chmod(0o755)
        if old.exists():
            shutil.rmtree(old)
        os.rename(stage, target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    found = check(name)
    aside = w("nothing, if this sheet is no part of the data")
    return dataclasses.replace(found, notes=[fault._replace(remedy=aside) for fault in faults] + found.notes)


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
    _named(name)
    where = folder() / name
    if not (where / "panel.toml").is_file():
        near = get_close_matches(name, names(), 1)
        raise ValueError(f"there is no data/own/{name}/panel.toml; panels are: {', '.join(near or names()) or 'none'}. Take a file in with: helpers new {name} --from FILE")
    about, faults = _described(where)
    facts, notes = [], []
    if faults:
        return Check(name, about, faults, notes, facts)
    return _Reader(name, about, where, faults, notes, facts).done()


def _named(name):
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        raise ValueError(f"the name is {name!r}; expected a-z, 0-9, - and _, at most 40, such as my-communes.")


def _files(about):
    return {"panel.toml", about.get("file", ""), about.get("leaders", {}).get("file", "")}


def _shown(text):
    tidy = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in str(text))
    return tidy if len(tidy) <= 60 else tidy[:57] + "..."


def _tidy(text):
    return " ".join(unicodedata.normalize("NFC", "".join(" " if unicodedata.category(c) == "Cc" else c for c in str(text))).split())


def _plain_name(text):
    bare = unicodedata.normalize("NFD", str(text).lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "_", "".join(c for c in bare if not unicodedata.combining(c))).strip("_")


def _guess(table, role):
    known = {_plain_name(column): column for column in reversed(table.columns)}
    return next((known[word] for word in _GUESS[role].split() if word in known), "")


def _toml(name, tables, kinds, main, spells, copies):
    import jinja2

    table, columns = tables[main], kinds[main]
    codes = table[columns["unit"]].dropna() if columns["unit"] else pd.Series([], dtype=str)
    width = codes.str.len().mode() if len(codes) and codes.str.fullmatch(r"\d+").all() else pd.Series([], dtype=int)
    level = next((k for k, v in LEVELS.items() if len(width) and v == width.iloc[0]), None)
    level = level or next((k for k, vi in (("commune", "xa"), ("district", "huyen"), ("province", "tinh")) if re.search(rf"{k}|(^|_|ma){vi}$", _plain_name(columns["unit"]))), "commune")
    numbers = {}
    for column in table.columns.difference(list(columns.values()), sort=False):
        cells = table[column].dropna()
        cells = cells[~cells.str.lower().isin(_MARKS)]
        numbers[column] = cells
    comma = any(c.str.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+|-?\d+,\d+").any() for c in numbers.values())
    comma = comma and not any(c.str.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+\.\d{1,2}").any() for c in numbers.values())
    outcomes = [c for c, cells in numbers.items() if len(cells) and _numbers(cells, "," if comma else ".").notna().mean() > 0.5]
    marks = sorted({m for c in outcomes for m in table[c].dropna().unique() if m.lower() in _MARKS})
    text = (resources.files("helpers") / "templates" / "panel.toml.j2").read_text(encoding="utf-8")
    engine = jinja2.Environment(autoescape=False, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)
    engine.filters["q"] = functools.partial(json.dumps, ensure_ascii=False)
    return engine.from_string(text).render(
        name=name, level=level, file=copies[main[0]], sheet=main[1], columns=columns, outcomes=outcomes, decimal="," if comma else ".", marks=marks,
        headings=[c for c in table.columns], spells=spells and kinds[spells] | {"file": copies[spells[0]], "sheet": spells[1]},
    )  # fmt: skip


def _described(where):
    """Read panel.toml, with what is left out filled in, and its faults."""
    file, faults = f"own/{where.name}/panel.toml", []

    def wrong(column, found, expected, remedy):
        faults.append(datasets.Fault(file, 0, column, found, expected, remedy))

    try:
        about = tomllib.loads((where / "panel.toml").read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        wrong("", str(error), w("TOML in UTF-8: lines such as year = \"nam\""), w("correct that place"))
        return {}, faults
    outcomes = about.get("outcome", [])
    outcomes = outcomes if isinstance(outcomes, list) else [outcomes]
    for part, table in [("panel", about), *(("outcome", o) for o in outcomes), *((k, about.get(k, {})) for k in ("leaders", "notes"))]:
        known = _KEYS[part].split()
        for key, value in table.items() if isinstance(table, dict) else [(part, table)]:
            if key not in known or not isinstance(table, dict):
                near = ", ".join(get_close_matches(key, known, 1) or known)
                wrong(key, w("the key {key}", key=repr(key)), w("a key of this table"), w("write one of: {known}", known=near))
            elif key in _ALLOWED and value not in _ALLOWED[key]:
                wrong(key, repr(value), w("one of: {allowed}", allowed=", ".join(map(repr, _ALLOWED[key]))), w("write one of these"))
            elif not isinstance(value, {"pad_codes": bool, "missing": list, "outcome": list, "leaders": dict, "notes": dict}.get(key, str)):
                wrong(key, repr(value), w("text in quotes, or what the comment beside it says"), w("write it that way"))
    if not faults:
        for key in ("file", "unit", "year"):
            if not about.get(key):
                wrong(key, w("nothing"), w("the name of a file or a column"), w("fill it in; the headings stand at the top of panel.toml"))
        if not outcomes:
            wrong("[[outcome]]", w("no outcome"), w("at least one column with numbers"), w("add [[outcome]] and column = \"...\" for each column of numbers"))
        for one in outcomes:
            if one.get("aggregate") == "mean" and not one.get("weight"):
                wrong("weight", w("nothing"), w("the column of weights that aggregate = \"mean\" needs"), w("name it, such as population"))
        if not about.get("leaders", {}).get("non_local"):
            wrong("[leaders]", w("no column non_local"), w("the column that says whether the leader is non-local"), w("fill in non_local in [leaders]"))
        for file_name in filter(None, (about.get("file"), about.get("leaders", {}).get("file"))):
            if Path(file_name).name != file_name or not (where / file_name).is_file() or (where / file_name).is_symlink():
                wrong("file", repr(file_name), w("a file beside panel.toml"), w("put the file there, or correct its name"))
    fill = {"name_en": where.name, "name_vi": where.name, "level": "commune", "sheet": "", "decimal": ".", "missing": [], "pad_codes": False, "boundaries": "", "unit_name": "", "notes": {}}
    full = [{"label_en": o.get("column", "?"), "label_vi": o.get("column", "?"), "unit_en": "", "unit_vi": "", "scale": "none", "aggregate": "refuse", "weight": ""} | o for o in outcomes if isinstance(o, dict)]
    tidy = [o | {k: _tidy(o[k]) for k in ("column", "weight") if k in o} for o in full]
    led = {"treated_en": "non-local leader", "treated_vi": "người đứng đầu không phải là người địa phương"} | about.get("leaders", {}) if isinstance(about.get("leaders", {}), dict) else {}
    return fill | about | {"outcome": tidy, "leaders": led}, faults


def _tables(path, label, sheet=None):
    """Return the tables of a file by sheet ("" where it has none) as text, indexed by the row in the file, and faults of its form."""

    def wrong(row, column, found, expected, remedy):
        return {}, [datasets.Fault(label, row, column, found, expected, remedy)]

    kind = path.suffix.lower()
    if not path.is_file() or not path.stat().st_size:
        return wrong(0, "", w("no file or an empty one"), w("a table with a heading row"), w("give the path of a CSV, Excel (.xlsx) or Parquet file"))
    many = w("at most {most:,} rows; 10,600 communes in 40 years are 424,000", most=MOST_ROWS)
    fewer = w("sum up to one row per unit and year first; leave out persons, months and firms")
    try:
        if kind == ".parquet":
            import pyarrow.parquet

            meta = pyarrow.parquet.ParquetFile(path)
            if meta.metadata.num_rows > MOST_ROWS:
                return wrong(0, "", w("{n:,} rows", n=meta.metadata.num_rows), many, fewer)
            if meta.metadata.num_columns > MOST_COLUMNS:
                return _form(list(meta.schema_arrow.names), [], [], label)
            table = meta.read().to_pandas()
            rows = (list(map(_cell, row)) for row in table.itertuples(index=False, name=None))
            return _form(list(table.columns), rows, range(1, len(table) + 1), label)
        if kind == ".xlsx":
            import openpyxl

            book, tables, faults = openpyxl.load_workbook(path, read_only=True, data_only=True), {}, []
            if sheet and sheet not in book.sheetnames:
                return wrong(0, "sheet", repr(sheet), w("one of: {allowed}", allowed=", ".join(book.sheetnames)), w("correct sheet in panel.toml"))
            for page in [sheet] if sheet else book.sheetnames:
                book[page].reset_dimensions()
                lines = ([_cell(v) for v in row] for row in book[page].iter_rows(values_only=True))
                head = next(lines, [])
                kept = [(i, row) for i, row in enumerate(itertools.islice(lines, MOST_ROWS), 2) if any(v is not None for v in row)]
                if not kept and not any(head):
                    continue
                head += [None] * (max((len(row) for _, row in kept), default=0) - len(head))
                found, more = _form(head, [r for _, r in kept], [i for i, _ in kept], f"{label} [{page}]")
                tables |= {page: found[""]} if found else {}
                faults += more
            book.close()
            return (tables, faults) if tables or faults else wrong(0, "", w("no file or an empty one"), w("a table with a heading row"), w("fill a sheet"))
        if kind not in (".csv", ".tsv", ".txt"):
            return wrong(0, "", repr(kind), w("CSV, Excel (.xlsx) or Parquet"), w("save the table in one of these forms"))
        lines = 0
        with path.open("rb") as stream:
            while block := stream.read(1 << 24):
                lines += block.count(b"\n")
        if lines > MOST_ROWS + 1:
            return wrong(0, "", w("{n:,} rows", n=lines - 1), many, fewer)
        return _csv(path.read_bytes(), label, wrong)
    except (OSError, ValueError, KeyError, csv.Error, zipfile.BadZipFile) as error:
        return wrong(0, "", w("a file that cannot be read ({why})", why=_shown(error)), w("a sound {kind} file", kind=kind), w("open it in the program it came from and save it again"))


def _csv(content, label, wrong):
    utf8, save = w("text in UTF-8"), w("save it again as 'CSV UTF-8'")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:200].count(0) > 20:
        return wrong(1, "", w("text in UTF-16"), utf8, save)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[content.rfind(b"\n", 0, error.start) + 1 :].split(b"\n")[0]
        old = unicodedata.normalize("NFC", line.decode("cp1258", "replace"))
        row = content[: error.start].count(b"\n") + 1
        return wrong(row, "", w("the byte 0x{byte:02X}, which is not UTF-8 (as windows-1258 the row reads: {text})", byte=content[error.start], text=_shown(old)), utf8, save)
    head = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t|", key=head.count), strict=True)
    rows, places, last = [], [], 0
    for row in reader:
        if any(row):
            rows.append([cell.strip() or None for cell in row])
            places.append(last + 1)
        last = reader.line_num
    return _form(rows[0] if rows else [], rows[1:], places[1:], label)


def _cell(value):
    if pd.isna(value):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return (value.isoformat()[:10] if hasattr(value, "isoformat") else str(value).strip()) or None


def _form(head, rows, places, label):
    """Check headings and cells per row; return ({"": table}, faults)."""

    def wrong(row, column, found, expected, remedy):
        return {}, [datasets.Fault(label, row, column, found, expected, remedy)]

    head = [None if name is None or not str(name).strip() else _tidy(name) for name in head]
    rows, places = list(rows), list(places)
    one = w("one heading row with a name over each column, each name once")
    while head and head[-1] is None and not any(len(row) >= len(head) and row[len(head) - 1] for row in rows):
        head.pop()
    if len(head) > MOST_COLUMNS:
        return wrong(1, "", w("{n:,} columns", n=len(head)), w("at most {n} columns", n=MOST_COLUMNS), w("keep unit, year, outcomes and leaders"))
    years = [name for name in head if name and re.fullmatch(r"(19|20)\d\d(\.0)?", name)]
    if len(years) > 1:
        return wrong(1, years[0], w("years as columns ({years})", years=", ".join(years[:4])), w("one row per unit and year"), w("stack the columns: unit, year, value"))
    if not rows:
        return wrong(0, "", w("no rows below the headings"), w("a table with a heading row"), w("export the table again"))
    if sum(name is not None for name in head) == 1 and sum(v is not None for v in rows[0]) > 1:
        return wrong(1, "", w("a title ({text})", text=_shown(next(filter(None, head)))), one, w("delete the rows above the headings"))
    for place, name in enumerate(head):
        if name is None:
            letter = ("" if place < 26 else chr(64 + place // 26)) + chr(65 + place % 26)
            return wrong(1, letter, w("an empty heading (merged cells leave all but the first empty)"), one, w("unmerge the cells and write a name over each column"))
        if head.index(name) != place:
            return wrong(1, name, w("the heading twice"), one, w("rename or remove one of the two columns"))
        try:
            meant = re.sub(r"[\x81\x8d\x8f\x90\x9d]", "", name).encode("cp1252").decode("utf-8")
        except UnicodeError:
            meant = name
        if meant != name:
            return wrong(1, name, w("letters broken by a wrong encoding: {text}", text=_shown(name)), w("readable text, here perhaps {text}", text=_shown(meant)), w("export the table again as 'CSV UTF-8' from where the letters are right"))
    digits = [any(re.search(r"\d", str(v or "")) for v in row) for row in rows[:2]]
    if len(digits) == 2 and digits == [False, True]:
        return wrong(places[0], "", w("a second heading row ({text})", text=_shown(", ".join(v for v in rows[0] if v))), one, w("join the two heading rows into one"))
    for row, line in zip(rows, places, strict=True):
        if len(row) != len(head):
            if len(row) > len(head) and any(row[len(head) :]) or len(row) < len(head) and label.lower().endswith((".csv", ".tsv", ".txt")):
                return wrong(line, "", w("{n} cells", n=len(row)), w("{n} cells, as many as headings", n=len(head)), w("put a cell that holds a comma in quotes, or restore a file that was cut off"))
            row[:] = (row + [None] * len(head))[: len(head)]
    table = pd.DataFrame(rows, columns=head, index=places, dtype="str")
    return {"": table}, []


def _numbers(cells, decimal):
    if decimal == ",":
        plain = cells.where(cells.str.fullmatch(r"-?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?([eE][+-]?\d+)?").fillna(True).astype(bool))
        cells = plain.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    out = pd.to_numeric(cells, errors="coerce").astype("float64")
    return out.where(np.isfinite(out))


class _Reader:
    """Reads one panel step by step and gathers faults, notes and facts; a step that finds faults ends the reading."""

    def __init__(self, name, about, where, faults, notes, facts):
        self.name, self.about, self.where, self.faults, self.notes, self.facts = name, about, where, faults, notes, facts
        self.crosswalk = None
        self.level = {"commune": w("commune"), "district": w("district"), "province": w("province")}[about["level"]]

    def done(self):
        """Return the Check."""
        frame = None
        for step in (self._open, self._keys, self._outcomes, self._leaders, self._boundaries):
            step()
            if self.faults:
                break
        else:
            frame = self.frame
            self._summary(frame)
        return Check(self.name, self.about, self.faults, self.notes, self.facts, frame, self.crosswalk)

    def _say(self, file, cells, column, what, expected, remedy, note=False):
        """One fault (or note) for all the cells of one kind, at the first of them."""
        if len(cells):
            first, more = cells.iloc[0], len(cells) - 1
            found = w(what, text=repr(_shown(first)))
            found = w("{first} (and {n:,} more such cells)", first=found, n=more) if more else found
            (self.notes if note else self.faults).append(datasets.Fault(file, int(cells.index[0]), column, found, expected, remedy))

    def _table(self, part, columns):
        """Open the table of a part of panel.toml and check that the columns named are there."""
        file, sheet = part.get("file") or self.about["file"], part.get("sheet", self.about["sheet"] if "file" not in part else "")
        label = f"own/{self.name}/{file}"
        tables, faults = _tables(self.where / file, label, sheet or None)
        self.faults += faults
        if faults:
            return None, label
        table = next(iter(tables.values()))
        for key, column in columns.items():
            if column and column not in table:
                near = ", ".join(get_close_matches(column, table.columns, 1, 0.5) or list(table.columns)[:20])
                self.faults.append(datasets.Fault(label, 1, column, w("no such column"), w("the column that {key} names in panel.toml", key=key), w("correct panel.toml; the closest heading, or all: {near}", near=_shown(near))))
        return table, label + (f" [{sheet}]" if sheet else "")

    def _codes(self, cells, label, column):
        """Return unit codes as text, with faults for empty ones and for lost zeros."""
        self._say(label, cells[cells.isna()].fillna(""), column, w("an empty cell").message, w("a code in every row"), w("fill it in; merged cells hold their value in the first row only: unmerge and fill down"))
        cells = cells.str.normalize("NFC")
        wide, digits = LEVELS[self.about["level"]], cells.str.fullmatch(r"\d+").fillna(False).astype(bool)
        if digits.mean() > 0.5:
            if self.about["pad_codes"]:
                cells = cells.where(~digits, cells.str.zfill(wide))
            odd = cells[digits & (cells.str.len() != wide)]
            if (odd.str.len() < wide).any():
                odd = odd[odd.str.len() < wide]
                self._say(label, odd, column, w("{text}").message, w("codes of {n} digits ({level}), as text", n=wide, level=self.level), w("leading zeros were lost: import the column as text, or write pad_codes = true in panel.toml to put them back ({code})", code=odd.iloc[0].zfill(wide)))
            elif len(odd):
                self._say(label, odd, column, w("{text}").message, w("codes of {n} digits ({level}), as text", n=wide, level=self.level), w("correct the code, or level in panel.toml"))
        return cells

    def _open(self):
        a = self.about
        outcomes = {f"outcome {i}": o.get("column", "") for i, o in enumerate(a["outcome"], 1)} | {f"weight {i}": o["weight"] for i, o in enumerate(a["outcome"], 1)}
        self.raw, self.label = self._table({}, {"unit": _tidy(a["unit"]), "year": _tidy(a["year"]), "unit_name": _tidy(a["unit_name"]), **outcomes})
        if self.raw is not None:
            self.facts.append(w("{file}: {rows:,} rows, {columns} columns", file=self.label, rows=len(self.raw), columns=self.raw.shape[1]))

    def _keys(self):
        unit, year = _tidy(self.about["unit"]), _tidy(self.about["year"])
        self.unit = self._codes(self.raw[unit], self.label, unit)
        cells, whole = self.raw[year].fillna(""), w("a year of four digits")
        dates = cells.str.contains(r"\d[-/]\d").astype(bool)
        point = cells.str.fullmatch(r"\d{4}\.0+").astype(bool)
        self._say(self.label, cells[dates], year, w("a date, {text}").message, whole, w("keep the year alone: 2015"))
        self._say(self.label, cells[point], year, w("{text}").message, whole, w("nothing; it is read as the year before the point"), note=True)
        cells = cells.str.replace(r"\.0+$", "", regex=True)
        right = cells.str.fullmatch(r"(19|20)\d\d").astype(bool)
        self._say(self.label, cells[~right & ~dates], year, w("{text}").message, whole, w("write the year, or remove the row"))
        if self.faults:
            return
        self.year = cells.astype("int64")
        keys = pd.DataFrame({"unit": self.unit, "year": self.year})
        twice = keys[keys.duplicated()]
        if len(twice):
            row = twice.iloc[0]
            first = keys.index[(keys == row).all(axis=1)][0]
            found = w("{unit} in {year} again (first in row {row}; {n:,} rows of this kind)", unit=_shown(row["unit"]), year=int(row["year"]), row=int(first), n=len(twice))
            self.faults.append(datasets.Fault(self.label, int(twice.index[0]), f"{unit}+{year}", found, w("one row per unit and year"), w("keep one, or sum them up first")))
            return
        self.units, self.years = np.sort(self.unit.unique()), np.sort(self.year.unique())
        self.at = np.searchsorted(self.units, self.unit), np.searchsorted(self.years, self.year)
        known = _official(self.about["level"])
        self.facts.append(w("unit: column {column}, {n:,} units ({level}); {known:,} of their codes are in the list of units before July 2025", column=_shown(unit), n=len(self.units), level=self.level, known=len(set(self.units) & known)))
        full = len(self.units) * len(self.years)
        self.facts.append(w("year: column {column}, {first} to {last}, {n} years; {gone:,} of {full:,} unit-years have no row", column=_shown(year), first=str(self.years[0]), last=str(self.years[-1]), n=len(self.years), gone=full - len(keys), full=full))

    def _wide(self, values, kind=float):
        table = np.full((len(self.units), len(self.years)), np.nan if kind is float else None, dtype=kind)
        table[self.at] = values
        return table

    def _number_column(self, column):
        cells, marks = self.raw[column], [str(m) for m in self.about["missing"]]
        cells = cells.where(~cells.isin(marks))
        values, comma = _numbers(cells, self.about["decimal"]), self.about["decimal"] == ","
        odd = cells[values.isna() & cells.notna()]
        other = odd[odd.str.fullmatch(r"-?\d{1,3}(,\d{3})*\.\d+" if comma else r"-?[\d.]*,\d+").fillna(False).astype(bool)]
        empty = odd[odd.str.lower().isin(_MARKS)]
        expected = w("a number with a decimal comma") if comma else w("a number with a decimal point")
        self._say(self.label, other, column, w("{text}").message, expected, w("write decimal = \"{mark}\" in panel.toml if that is the decimal mark of the whole file, else correct the cell", mark="." if comma else ","))
        self._say(self.label, empty, column, w("{text}").message, expected, w("leave the cell empty, or add this mark to missing in panel.toml"))
        self._say(self.label, odd.drop(other.index).drop(empty.index, errors="ignore"), column, w("{text}").message, expected, w("correct the cell against its source"))
        return self._wide(values.to_numpy())

    def _outcomes(self):
        self.y, self.weights = {}, {}
        for one in self.about["outcome"]:
            self.y[one["column"]] = values = self._number_column(one["column"])
            seen = values[np.isfinite(values)]
            if one["weight"]:
                self.weights[one["column"]] = self._number_column(one["weight"])
            if not len(seen) and not self.faults:
                self.faults.append(datasets.Fault(self.label, 0, one["column"], w("no number at all"), w("an outcome with values"), w("remove this [[outcome]] from panel.toml, or correct its column")))
            elif one["scale"] == "log" and (seen <= 0).any():
                rows = self.raw.index[np.nan_to_num(values, nan=1.0)[self.at] <= 0]
                self.faults.append(datasets.Fault(self.label, int(rows[0]), one["column"], w("a value that is not above zero"), w("values above zero, since scale = \"log\""), w("write scale = \"none\" for this outcome")))
            elif len(seen):
                self.facts.append(w("outcome: column {column}, {n:,} values from {low:.6g} to {high:.6g}, {gone:,} unit-years without", column=_shown(one["column"]), n=len(seen), low=float(seen.min()), high=float(seen.max()), gone=values.size - len(seen)))

    def _truth(self, cells, label, column):
        words = cells.fillna("").str.normalize("NFC").str.lower().str.strip()
        values = words.map(dict.fromkeys(_YES, 1.0) | dict.fromkeys(_NO, 0.0)).astype("float64")
        odd = cells[values.isna() & ~words.isin(_UNKNOWN)]
        self._say(label, odd, column, w("{text}").message, w("yes, no, 1, 0, có, không; empty = unknown"), w("write one of these; what is unknown stays empty"))
        return values

    def _leaders(self):
        led = self.about["leaders"]
        if led.get("start"):
            self.led = self._spells({k: _tidy(v) if k in ("unit", "start", "end", "person", "non_local") else v for k, v in led.items()})
        else:
            column, person = _tidy(led["non_local"]), _tidy(led.get("person", ""))
            for key, name in (("non_local", column), ("person", person)):
                if name and name not in self.raw:
                    self.faults.append(datasets.Fault(self.label, 1, name, w("no such column"), w("the column that {key} names in panel.toml", key=key), w("correct panel.toml; the closest heading, or all: {near}", near=_shown(", ".join(self.raw.columns)))))
            if not self.faults:
                self.led = self._yearly(self._wide(self._truth(self.raw[column], self.label, column).to_numpy()), person)
        if self.faults:
            return
        on = self.led["treated"]
        self.facts.append(w("leaders: {on:,} unit-years under a non-local, {off:,} under a local, {open:,} unknown", on=int((on == 1).sum()), off=int((on == 0).sum()), open=int(np.isnan(on).sum())))
        if not np.isfinite(on).any():
            self.faults.append(datasets.Fault(self.label, 0, led["non_local"], w("no unit-year whose leader is known to be local or not"), w("some"), w("check unit codes and dates of the leaders against the panel")))

    def _yearly(self, on, person):
        blank = np.full(on.shape, np.nan)
        out = {"treated": on, "share": on, "share_low": np.nan_to_num(on), "share_high": np.nan_to_num(on, nan=1.0), "turnover": blank, "tenure_years": blank}
        spell = np.full(on.shape, None, dtype=object)
        if person:
            names = self.raw[person].str.normalize("NFC").to_numpy(dtype=object, na_value=None)
            who = pd.DataFrame(self._wide(names, object))
            before, known = who.shift(axis=1), who.notna()
            both = (known & before.notna()).to_numpy()
            change = np.where(both, (who != before).to_numpy(), np.nan)
            number = np.cumsum((known & (who != before)).to_numpy(), axis=1)
            spell = np.where(known, np.char.add(np.char.add(self.units.astype(str)[:, None], "-"), number.astype(str)), None).astype(object)
            starts = np.where(change == 1, self.years[None], np.where(known & ~both, np.nan, -1.0))
            since = pd.DataFrame(np.where(starts == -1, -1.0, starts))
            since = since.mask(since == -1).where(known.to_numpy() & (change == 1)).ffill(axis=1).to_numpy()
            fresh = np.maximum.accumulate(np.where(known.to_numpy() & ~both, np.arange(on.shape[1]), -1), axis=1)
            last = np.maximum.accumulate(np.where(change == 1, np.arange(on.shape[1]), -2), axis=1)
            out |= {"turnover": change, "tenure_years": np.where(known.to_numpy() & (last > fresh), self.years[None] - since, np.nan)}
        return out | {"spell_id": spell}

    def _spells(self, led):
        table, label = self._table(led, {k: led.get(k, "") for k in ("unit", "start", "end", "person", "non_local")})
        if self.faults:
            return None
        if not led.get("unit"):
            self.faults.append(datasets.Fault(f"own/{self.name}/panel.toml", 0, "unit", w("nothing"), w("the column of unit codes in the spells"), w("fill in unit in [leaders]")))
            return None
        spells = pd.DataFrame({"unit": self._codes(table[led["unit"]], label, led["unit"]), "value": self._truth(table[led["non_local"]], label, led["non_local"])})
        for end in ("start", "end"):
            spells[end] = self._months(table[led[end]], label, led[end]) if led.get(end) else np.nan
        spells["person"] = table[led["person"]].str.normalize("NFC") if led.get("person") else [f"#{i}" for i in table.index]
        if self.faults:
            return None
        back = table.loc[spells["end"] < spells["start"], led["start"]]
        self._say(label, back, led.get("end") or led["start"], w("a spell that begins on {text} and ends before").message, w("an end after the start"), w("correct the dates"))
        strange = spells.loc[~spells["unit"].isin(self.units), "unit"]
        if len(strange) == len(spells):
            self._say(label, strange, led["unit"], w("{text}, a unit that the panel does not have").message, w("units of the panel"), w("use the same codes in both tables"))
        self._say(label, strange, led["unit"], w("{text}, a unit that the panel does not have").message, w("units of the panel"), w("nothing, if the panel leaves these units out on purpose"), note=True)
        first, n_months = int(self.years[0]) * 12, (int(self.years[-1]) - int(self.years[0]) + 1) * 12
        spells = spells[spells["unit"].isin(self.units)].assign(row=lambda t: t.index, censored=lambda t: t["start"].isna())
        spells["start"] = spells["start"].fillna(-np.inf)
        spells = spells.sort_values(["unit", "start", "row"], kind="stable")
        ended, same = spells["end"].fillna(np.inf), spells["unit"].eq(spells["unit"].shift())
        meets = same & (spells["start"] < ended.shift())
        new_person = ~same | spells["person"].ne(spells["person"].shift())
        over = spells[meets & new_person]
        if len(over):
            row = over.iloc[0]
            found = w("a spell in {unit} that begins before the one of row {row} ends ({n:,} of this kind)", unit=_shown(row["unit"]), row=int(spells["row"].shift()[over.index[0]]), n=len(over))
            self.faults.append(datasets.Fault(label, int(row["row"]), led["start"], found, w("one leader at a time; a hand-over within one month is no overlap"), w("correct the dates, or give the earlier spell its end")))
        if self.faults:
            return None
        touch = same & ~new_person & (spells["start"] <= ended.shift())
        tenure = (~touch).cumsum()
        since, free = spells.groupby(tenure)["start"].transform("first"), spells.groupby(tenure)["censored"].transform("first")
        number = (~touch).groupby(spells["unit"]).cumsum()
        ids = spells["unit"].astype(str) + "-" + number.astype(int).astype(str)
        place = np.searchsorted(self.units, spells["unit"])
        begin = np.clip(np.nan_to_num(spells["start"] - first, neginf=0), 0, n_months).astype(int)
        stop = np.clip(np.nan_to_num(ended - first, posinf=n_months), 0, n_months).astype(int)
        holder = np.full((len(self.units), n_months), -1, dtype=np.int32)
        for k, (u, a, b) in enumerate(zip(place, begin, stop, strict=True)):
            holder[u, a:b] = k
        year = self.years - int(self.years[0])
        held = holder.reshape(len(self.units), -1, 12)[:, year]
        non_local = np.r_[spells["value"].to_numpy(), np.nan][held]
        on, off = (non_local == 1).sum(2), (non_local == 0).sum(2)
        june, value = held[:, :, 5], np.r_[spells["value"].to_numpy(), np.nan]
        tidy = np.r_[np.where(free, np.nan, since), np.nan][june]
        arrive = np.zeros((len(self.units), len(self.years) + int(self.years[-1] - self.years[0]) + 1), bool)
        own = (~touch & ~spells["censored"] & spells["start"].between(first, first + n_months - 1)).to_numpy()
        arrive[place[own], ((spells["start"].to_numpy()[own] - first) // 12).astype(int)] = True
        arrive = arrive[:, year]
        who = np.r_[tenure.to_numpy(), -1][held]
        calm = (who == who[:, :, :1]).all(2) & (who[:, :, 0] >= 0)
        self.facts.append(w("spells: {file}, {n:,} spells, {units:,} units with at least one", file=label, n=len(spells), units=int(spells["unit"].nunique())))
        return {
            "treated": value[june], "share": np.where(on + off > 0, on / np.maximum(on + off, 1), np.nan), "share_low": on / 12, "share_high": 1 - off / 12,
            "turnover": np.where(arrive, 1.0, np.where(calm, 0.0, np.nan)), "tenure_years": (self.years[None] * 12 + 5 - tidy) / 12,
            "spell_id": np.r_[ids.to_numpy(dtype=object), [None]][june],
        }  # fmt: skip

    def _months(self, cells, label, column):
        """Return months counted from year 0; a year alone is its July; an empty cell is missing."""
        text = cells.str.strip()
        iso = text.str.extract(r"^(?P<y>(?:19|20)\d\d)(?:-(?P<m>0[1-9]|1[0-2])(?:-\d\d)?)?$")
        local = text.str.extract(r"^(?:\d{1,2}/)?(?P<m>0?[1-9]|1[0-2])/(?P<y>(?:19|20)\d\d)$")
        year, month = iso["y"].fillna(local["y"]), iso["m"].fillna(local["m"]).fillna("7")
        self._say(label, cells[year.isna() & text.notna()], column, w("{text}").message, w("a date: 2015, 2015-03, 2015-03-15, 3/2015 or 15/3/2015"), w("write it so; an unknown start or an end still to come stays empty"))
        return year.astype("float64") * 12 + month.astype("float64") - 1

    def _boundaries(self):
        n = len(self.years)
        base = {"unit_code": np.repeat(self.units, n), "year": np.tile(self.years, len(self.units))}
        flat = {k: v.reshape(-1) for k, v in (self.led | self.y).items()}
        on = flat.pop("treated")
        frame = pd.DataFrame(base | flat | {"treated": on, "treated_low": np.nan_to_num(on), "treated_high": np.nan_to_num(on, nan=1.0)})
        frame["parts"] = 1
        if self.about["boundaries"]:
            frame = self._to_2025(frame)
        if self.faults:
            return
        frame["treated"] = frame["treated"].astype("boolean")
        frame["turnover"] = frame["turnover"].astype("Int64")
        frame["spell_id"] = frame["spell_id"].astype("str")
        frame["new_spell"] = (frame["turnover"] == 1).fillna(False).astype(bool)
        names = ["unit_code", "year", "treated", "share", "treated_low", "treated_high", "share_low", "share_high", "new_spell", "turnover", "tenure_years", "spell_id"]
        self.frame = frame[[*names, *self.y]].astype({"treated_low": "int64", "treated_high": "int64", "unit_code": "str"})

    def _to_2025(self, frame):
        pairs = crosswalk(self.about["level"])
        old = pairs.groupby("old_code")["new_code"].transform("nunique")
        there = pairs["old_code"].isin(self.units)
        sound = ((old == 1) & there).groupby(pairs["new_code"]).transform("all")
        parts = pairs.groupby("new_code")["old_code"].transform("nunique")
        fate = np.select([old > 1, ~sound & (parts > 1), parts > 1], ["split", "incomplete", "merged"], "same")
        table = pairs.assign(fate=fate)[there]
        strange = sorted(set(self.units) - set(pairs["old_code"]))
        lost = pd.DataFrame({"old_code": strange, "fate": "unknown"})
        self.crosswalk = pd.concat([table, lost], ignore_index=True)
        counts = self.crosswalk.drop_duplicates("old_code")["fate"].value_counts()
        kept = table[table["fate"].isin(["same", "merged"])]
        numbers = {k: int(counts.get(k, 0)) for k in ("same", "merged", "split", "incomplete", "unknown")}
        self.facts.append(w("boundaries of 2025: {old:,} old units, {new:,} units of 2025 made of them; {same:,} as before, {merged:,} merged, {split:,} split and left out, {incomplete:,} left out since other parts of their new unit are split or not in the file, {unknown:,} with a code not in the list and left out ({version})", old=len(self.units), new=kept["new_code"].nunique(), version=source(), **numbers))
        if kept.empty:
            self.faults.append(datasets.Fault(self.label, 0, self.about["unit"], w("no unit that became a unit of 2025"), w("codes of units before July 2025 that were not split"), w("write boundaries = \"\" in panel.toml, or check level and codes")))
            return frame
        frame = frame.assign(**{f"_w_{c}": v.reshape(-1) for c, v in self.weights.items()})
        frame = frame.merge(kept[["old_code", "new_code"]], left_on="unit_code", right_on="old_code", validate="many_to_one")
        by = frame.groupby(["new_code", "year"], sort=True)
        size = by.size()
        out = pd.DataFrame({"parts": size, "treated_low": by["treated_low"].min(), "treated_high": by["treated_high"].max()})
        out["treated"] = out["treated_low"].where(out["treated_low"] == out["treated_high"])
        for name in ("share", "share_low", "share_high"):
            out[name] = by[name].mean().where(by[name].count() == size)
        for name in ("turnover", "tenure_years", "spell_id"):
            out[name] = by[name].first().where(size == 1)
        for one in self.about["outcome"]:
            column = one["column"]
            if one["aggregate"] == "mean":
                weight = frame[f"_w_{column}"]
                top, all_w = ((frame[column] * weight).groupby([frame["new_code"], frame["year"]]).sum(min_count=1), weight.groupby([frame["new_code"], frame["year"]]).sum())
                full = (frame[column] * weight).groupby([frame["new_code"], frame["year"]]).count() == size
                out[column] = (top / all_w.where(all_w > 0)).where(full)
                out.loc[size == 1, column] = by[column].first()[size == 1]
            else:
                made = by[column].sum(min_count=1).where(by[column].count() == size)
                out[column] = made if one["aggregate"] == "sum" else made.where(size == 1)
        return out.reset_index().rename(columns={"new_code": "unit_code"})

    def _summary(self, frame):
        known = frame.dropna(subset=["treated"])
        switching = int((known.groupby("unit_code")["treated"].nunique() > 1).sum())
        self.facts.append(w("{n:,} units change between a local and a non-local leader; these are what every comparison rests on", n=switching))
        if switching < LEAST_SWITCHING:
            found = w("{n} units that change between a local and a non-local leader", n=switching)
            self.notes.append(datasets.Fault(self.label, 0, "", found, w("at least {n}", n=LEAST_SWITCHING), w("read the report for what the data hold; most of its designs will say that they have too few changes")))


@functools.cache
def _units():
    """The units before July 2025 and where they went, from the package's data, without importing it."""
    place = resources.files("vietnamadminunits") / "data"
    with resources.as_file(place / "dataset.db") as file:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        old = pd.read_sql("select wardCode, districtCode, provinceCode, provinceKey, districtKey, wardKey from admin_units_legacy", connection)
        new = pd.read_sql("select wardCode as new_code, ward as new_name, provinceKey, wardKey from admin_units", connection)
        connection.close()
    moves = json.loads((place / "converter_2025.json").read_text(encoding="utf-8"))
    whole = [(o, p, ward) for p, wards in moves["DICT_PROVINCE_WARD_NO_DIVIDED"].items() for ward, olds in wards.items() for o in olds]
    split = [(o, p, ward["newWardKey"]) for p, olds in moves["DICT_PROVINCE_WARD_DIVIDED"].items() for o, wards in olds.items() for ward in wards]
    old["key"] = old["provinceKey"] + "_" + old["districtKey"] + "_" + old["wardKey"].fillna("")
    pairs = pd.DataFrame(whole + split, columns=["key", "provinceKey", "wardKey"]).merge(new, on=["provinceKey", "wardKey"], validate="many_to_one")
    return old[["key", "wardCode", "districtCode", "provinceCode"]].merge(pairs[["key", "new_code", "new_name"]], on="key")


def source():
    """Return the name and version of the package that the boundaries come from."""
    return f"vietnamadminunits {importlib.metadata.version('vietnamadminunits')}"


def _official(level):
    if level == "province":
        return set(datasets.load("units")["unit_code"])
    return set(_units()[{"commune": "wardCode", "district": "districtCode"}[level]].dropna())


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
        2025 (districts ended), provinces to provinces. A codes's list is that of the package; the data bear no date of their own.
    """
    if level == "province":
        table = datasets.load("units")
        out = table[["unit_code", "merged_code_2025", "merged_into_2025"]].set_axis(["old_code", "new_code", "new_name"], axis=1)
    else:
        out = _units()[[{"commune": "wardCode", "district": "districtCode"}[level], "new_code", "new_name"]].set_axis(["old_code", "new_code", "new_name"], axis=1)
    return out.dropna().drop_duplicates(ignore_index=True)
