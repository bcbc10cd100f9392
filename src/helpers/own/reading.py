"""Opens a reader's table, whatever program wrote it, and returns its cells as text under one heading row."""

import collections
import contextlib
import csv
import functools
import gzip
import io
import itertools
import pickle
import re
import subprocess
import sys
import tomllib
import unicodedata
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers import words
from helpers.record.tables import DataFault, Fault

MOST = {"megabytes": 300, "rows": 1_000_000, "columns": 2_000, "cells": 8_000_000, "seconds": 30}
W = tomllib.loads((resources.files("helpers") / "templates" / "own_panel.toml").read_text(encoding="utf-8"))
W["patterns"] = {k: re.sub("~(\\w+)~", lambda part: W["parts"][part[1]], v) for k, v in W["patterns"].items()}
FORMS = {name: re.compile(text, re.I) for name, text in W["patterns"].items()}
_ANSWERS = {cell: float(said == "yes") for said in ("no", "yes") for cell in W["truth"][said]}
_VNI = {pair[:-1]: pair[-1] for pair in W["letters"]["vni"].split()}


class Text(str):
    """An English sentence that keeps its message and values, so that `own.tell` can say it in Vietnamese."""

    def __new__(cls, message: str, **values: object) -> "Text":
        """Fill the message as `str.format` does."""
        return super().__new__(cls, message.format(**values))

    def __init__(self, message: str, **values: Any) -> None:
        self.message, self.values = message, values


def shown(text: Any, most: int = 60) -> str:
    """Return text, or a list, so that it does no harm on a screen: no control characters, at most so many."""
    tidied = tidy(text if isinstance(text, str) else ", ".join(map(str, text)))
    return tidied if len(tidied) <= most else tidied[: most - 3] + "..."


def plain(text: object) -> str:
    """Return a heading as roles know it: ``Mã xã`` is ma_xa, ``GeoName`` geo_name."""
    return re.sub(r"[^a-z0-9]+", "_", words.unmarked(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(text)))).strip("_")


def says(kind: str, name: object) -> bool:
    """Say whether a heading, or a cell, is of a kind of the patterns: who is from there, of years, of units, of kinds of figures."""
    text = FORMS["legend"].sub("", str(name))
    return bool(FORMS[kind].search(f"{plain(text)}_ {text}")) and not (kind == "certain" and says("local", name))


def speaks(cells: Any) -> bool:
    """Say whether the few kinds of cells themselves tell who is local and who is not."""
    return len(cells) <= 8 and all(any(says(kind, cell) for cell in cells) for kind in ("certain", "local"))


def tidy(text: str) -> str:
    """Return text as it is compared: composed letters, single spaces, no control or format characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kinds = ((c, unicodedata.category(c)) for c in unicodedata.normalize("NFC", text))
    said = "".join(" " if kind == "Cc" else c for c, kind in kinds if kind not in ("Cf", "Cs")).split()
    return re.sub("(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", " ".join(said))  # 北　京 is 北京


class Found:
    """What is found in the file ``file``: ``faults`` and ``notes`` (`tables.Fault`) and ``facts`` (`Text`), in words of own_panel.toml."""

    def __init__(self, file: str) -> None:
        self.file, self.faults, self.notes, self.facts = file, list[Fault](), list[Fault](), list[Text]()

    def say(self, kind: str, /, cells: Any = None, column: str = "", row: int = 0, **values: object) -> None:
        """Add one fault or note for all ``cells`` of a kind, at the first of them; nothing where they, or a list to be named, are empty."""
        lists = {key: [*value] for key, value in values.items() if isinstance(value, list | pd.Index | pd.Series)}
        if (cells is not None and cells.empty) or not all(lists.values()):
            return
        values |= {key: shown(value, 600 if key == "names" else 60) for key, value in lists.items()}
        if cells is not None:
            column, row = column or str(cells.name), int(cells.index[0])
            values = {"text": repr(shown(cells.iloc[0])), "count": len(cells)} | values
        found, *rest = (Text(text, **values) for text in (W["faults"] | W["remarks"])[kind])
        if cells is not None and len(cells) > 1:
            found = Text(W["texts"]["more"], first=found, n=len(cells) - 1)
        to, file = self.notes if kind in W["remarks"] else self.faults, str(values.get("file", self.file))
        to.append(Fault(file, row, column, found, *rest))

    def read_as(self, kind: str, cells: pd.Series, values: pd.Series) -> None:
        """Note cells that were read as other than they stand: the first of each form, and what it was read as."""
        first = cells[~cells.str.replace(r"\d+", "0", regex=True).duplicated()].iloc[:4]
        self.say(kind, cells, text="; ".join(f"{shown(cell)} = {values[row]:.15g}" for row, cell in first.items()))

    def stop(self, kind: str = "", /, **values: Any) -> Any:
        """Add a fault if one is given, and end the reading where there are any."""
        self.say(kind, **values) if kind else None
        if self.faults:
            raise DataFault(self.faults)
        return self

    @contextlib.contextmanager
    def guard(self, fault: str = "unforeseen", /, **values: Any) -> Any:
        """Go no further where there are faults; say as one whatever else a table makes a library say."""
        try:
            yield
        except (MemoryError, words.Refused):
            raise
        except Exception as error:
            if not self.faults:
                self.say(fault, why=shown(repr(error)), **values)

    def fact(self, kind: str, **values: Any) -> None:
        """Add what was understood."""
        self.facts.append(Text(W["texts"][kind], **values))

    def at_most(self, what: str, n: float) -> None:
        """Stop where there is more of something than can be read."""
        self.stop("too_many" * bool(n > MOST[what]), n=int(n), most=MOST[what], what=Text(W["texts"][what]))


def _ours(at: re.Match[str]) -> str:
    return str(W["eras"][at[1]] + int(at[2].replace("元", "1")))


def years(cells: pd.Series) -> pd.Series:
    """Return the year that each cell means (2017, 2017.0, Sơ bộ 2017, 2017 [YR2017], 2560 of a column of Buddhist years), missing where it means none."""
    texts = {cell: tidy(cell) for cell in cells.dropna().unique()}
    era = FORMS["taiwan" if any(map(FORMS["minguo"].fullmatch, texts.values())) else "era"]  # 98年 beside 110年
    found = ((cell, FORMS["year"].fullmatch(era.sub(_ours, text))) for cell, text in texts.items())
    said = {cell: int(one[1]) for cell, one in found if one and int(one["next"] or 0) in (0, int(one[1]) + 1)}
    when, late = cells.map(said).astype("float64"), {2090, 2095, 2099} & {*said.values()}  # the end of projections
    return when - 543 if when.min() >= 2500 else when.where(when <= 2100 - (not late))


def is_number(cells: pd.Series) -> pd.Series:
    """Say which cells look like numbers, in whatever marks."""
    return cells.str.fullmatch(FORMS["number"], na=False)


def bare(cells: pd.Series) -> pd.Series:
    """
    Return cells without marks of footnotes, and without what stands beside every number of the column: %, triệu, $.

    Brackets are a minus, as in accounts, where no cell has one and they hold more than numbers of footnotes.

    Examples
    --------
    >>> [list(bare(pd.Series(cells))) for cells in (["5 %", "6 %"], ["5 %", "6"], ["(12)", "7*"], ["(1)", "7"])]
    [['5', '6'], ['5 %', '6'], ['-12', '7'], ['(1)', '7']]
    """
    cells = cells.str.replace(r"^[▲△]\s?(?=\d)", "-", regex=True)  # in accounts of Japan and Korea
    part = cells.str.extract(FORMS["signed"])
    by = part["front"].fillna("") + part["unit"].fillna("")
    cells = cells.mask(part["number"].notna() & (by.eq("") | (by[cells.notna()].nunique() == 1)), part["number"])
    minus = cells.str.contains(r"^\([\d.,\s]*\d\d[\d.,\s]*\)$").any() and not cells.str.match("[-−–]").any()
    return cells.str.replace(r"^\(([\d.,\s]+)\)$", r"-\1", regex=True) if minus else cells


def numbers(cells: pd.Series, decimal: str = ".", thousands: str = "") -> pd.Series:
    """Return cells (text) as numbers, missing where they are none: marks between thousands only where they are said, or spaces."""
    group = thousands.replace("none", "") or ("." if decimal == "," else "")
    odd = cells.str.contains(r"[^0-9.,+\-]", na=False)  # the others need no look of Python's at each
    cells = cells.mask(odd, cells[odd].replace({r"^[−–](?=\d)": "-", r"(?<=\d)[\s'’](?=\d{3}(?!\d))": ""}, regex=True))
    whole = rf"([1-9]\d{{0,2}}(\{group}\d{{2,3}})*\{group}\d{{3}}|\d+)" if group else r"\d+"
    good = cells.str.fullmatch(rf"[-+]?({whole}(\{decimal}\d*)?|\{decimal}\d+)([eE][+-]?\d+)?", na=False)
    cells = cells.where(good).str.replace(group or "\0", "", regex=False).str.replace(",", ".", regex=False)
    return pd.to_numeric(cells, errors="coerce").astype("float64").where(np.isfinite)


def _said(cell: str) -> float:
    return next((value for kind, value in (("certain", 1.0), ("local", 0.0)) if says(kind, cell)), np.nan)


@functools.lru_cache(maxsize=10_000)
def _truth(cell: str, worded: bool) -> float:
    low = tidy(cell).lower()
    first, *rest = re.split(r"[,;:]\s|\s?[(–—]|\s-\s", low, maxsplit=1)  # No, native; Yes (born elsewhere)
    if low in _ANSWERS or (first in _ANSWERS and len(first) > 1 and _said(rest[0]) != 1 - _ANSWERS[first]):
        return _ANSWERS.get(low, _ANSWERS.get(first, np.nan))
    share = re.sub(r"\s*%$", "e-2", low.replace(",", "."))
    value = float(share) if re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", share) else np.nan
    return value if 0 <= value <= 1 else _said(cell) if worded and first not in _ANSWERS else np.nan


def truth(cells: pd.Series) -> pd.Series:
    """Return yes, no, 1.0, có, Home state or a share of the year (also of 100) as numbers from 0 to 1, missing where they are none of these."""
    worded, yes = speaks(kinds := cells.dropna().unique()), {tidy(c).lower() for c in kinds} & {*W["truth"]["yes"]}
    share = says("certain", str(cells.name)) and FORMS["percent"].search(str(cells.name))
    values = numbers(pd.Series(kinds, dtype="str").str.replace(",", "."))
    of_100 = "%" * bool(share and values.between(0, 100).all() and values.max() > 1)
    # x beside yes is none
    said = {c: _truth(c + of_100, worded) for c in kinds if c not in ("x", "X") or len(yes) < 2}
    return cells.map(said).astype("float64")


def empty(cells: pd.Series, *words: str) -> pd.Series:
    """Say which cells hold nothing, a mark of no value, a word for what is unknown, or one of some words."""
    none = {*W["marks_of_no_value"], *W["truth"]["unknown"]} - {"", *W["truth"]["yes"]} | {*map(str.lower, words)}
    return ~cells.isin([c for c in cells.dropna().unique() if none.isdisjoint((tidy(c).lower(), plain(c)))])


def periods(cells: pd.Series) -> pd.Series:
    """Return years; where no cell holds one, whole numbers below 1000 (63, wave 4) are periods, but not 99 beside 00."""
    small = when if (when := years(cells)).notna().any() else numbers(cells)
    return small if small.count() and small.dropna().isin(range(1000)).all() and not {0, 99} <= {*small} else when


def marks(columns: list[pd.Series], default: Any = ()) -> tuple[str, str]:
    """Return the decimal and thousands marks by which most cells are numbers; ``default`` (no decimal comma under headings of Asia) where either reads as many."""
    marked = [c[c.str.contains("[.,]", na=False)] for c in columns] or [pd.Series(dtype="str")]
    cells = pd.concat(marked, ignore_index=True)
    default = default or (".", "," * any(FORMS["glyphs"].search(str(c.name)) for c in columns))
    read = {pair: numbers(cells, *pair).count() for pair in ((".", ""), (".", ","), (",", ""))}
    best = [pair for pair, n in read.items() if n == max(read.values())]
    return best[0] if len({decimal for decimal, _ in best}) == 1 else default


def dates(cells: pd.Series, months: bool = False) -> pd.DataFrame:
    """Return year, month and day of dates, the month first where it must be, or in all; ``d2``, before a month, may be one."""
    cells = cells.str.replace(FORMS["of_buddha"], lambda year: str(int(year[0]) - 543), regex=True)
    cells = cells.str.replace(FORMS["era"], _ours, regex=True)
    named = cells.str.extract(FORMS["named_month"])
    month = named["name"].str.casefold().map(words.months(*W["totals"]["languages"]))
    cells = cells.mask(month.notna(), named["y"] + "-" + month + ("-" + named["d"].fillna(named["d2"])).fillna(""))
    turned = cells.str.contains(FORMS["month_first"], na=False) | months
    cells = cells.mask(turned, cells.str.replace(FORMS["two_parts"], r"\2/\1", regex=True))
    parts = cells.str.extract(FORMS["month"]).astype("float64")
    return parts.assign(**{part: parts.filter(like=part[0]).max(axis=1) for part in ("year", "month", "day")})


def of_months(cells: pd.Series) -> bool:
    """Say whether cells name months, quarters or weeks, without their year."""
    return (f"{plain(cells.name)} " + cells.dropna()).str.match(FORMS["months"]).mean() > 0.5


def days(cells: pd.Series) -> bool:
    """Say whether cells are dates of several days of the year; 2005-06, 2006-07 are years that begin in one and end in the next."""
    ends = cells.dropna().str.extract(r"(\d\d)[-/–](\d\d)$").astype("float64")
    dated = cells.where(cells.str.contains(FORMS["dated"])).str.replace(FORMS["of_era"], "", regex=True)
    return dated.nunique() > 1 and not ((ends[0] + 1) % 100 == ends[1]).all()


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return numbers, dates and words as text, missing where empty; 2012.0 is 2012, dates that all are one day of a year are years."""
    out = {}
    for name, column in frame.reset_index(drop=True).items():
        if pd.api.types.is_datetime64_any_dtype(column):
            column = column.dt.strftime("%Y" if column.dt.strftime("%m-%d").nunique() == 1 else "%Y-%m-%d")
        text = column.astype(object).where(column.notna(), None).astype("str").str.strip()
        if pd.api.types.is_numeric_dtype(column):
            text = text.str.replace(r"\.0$", "", regex=True).str.replace(r"^(-?\d{1,3}\.\d{3})$", r"\g<1>0", regex=True)
        out[tidy(str(name))] = text.mask(text == "")
    return pd.DataFrame(out).set_axis(range(1, len(frame) + 1))


def laid(frame: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Return a table in memory as `tables` returns those of files: what its index names in columns, headings joined, years in rows."""
    frame = frame.reset_index([name for name in frame.index.names if name is not None and name not in frame])
    parts = [[*map(str, c if isinstance(c, tuple) else [c])] for c in frame]
    heads = [tidy(" ".join(p for p in dict.fromkeys(ps) if not p.startswith("Unnamed: ")) or ps[0]) for ps in parts]
    found.stop("heading_twice", row=1, names=sorted({head for head in heads if heads.count(head) > 1}))
    return _stacked(_parted(_filled(as_text(frame.set_axis(heads, axis=1)), found), found), found)


def _syllables(text: str) -> float:
    """Return the share of Vietnamese syllables among the words with letters beyond ASCII; missing where there are none."""
    marked = {unicodedata.normalize("NFD", word.lower()) for word in FORMS["word"].findall(text[:1_000_000])}
    bare = (unicodedata.normalize("NFC", re.sub(W["letters"]["tones"], "", word, count=1)) for word in marked)
    return float(np.mean([bool(FORMS["syllable"].fullmatch(word)) for word in bare])) if marked else np.nan


def _old_letters(text: str) -> dict[str, str]:
    """Return text as it reads if its letters were those of the old fonts TCVN3 and VNI, shown as windows-1252."""
    pairs = "|".join(map(re.escape, sorted(_VNI, key=len, reverse=True)))
    vni = re.sub(pairs, lambda found: _VNI[found[0]], unicodedata.normalize("NFC", text))
    return {"TCVN3": text.translate(str.maketrans(*(W["letters"]["tcvn3"][n::2] for n in (0, 1)))), "VNI": vni}


def decode(content: bytes, found: Found) -> str:
    """Return the text of a file in an encoding that is certain; what was assumed is noted, letters broken earlier are refused."""
    name = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if content[:4000].count(0) > len(content[:4000]) / 4 and name != "utf-16":
        name = "utf-16-le" if content[1:4000:2].count(0) > content[:4000:2].count(0) else "utf-16-be"
    try:
        text = content.decode(name)
        broken = _syllables(text) < 0.5 and FORMS["strange"].search(text)
        for old, read in _old_letters(text[:1_000_000]).items() if broken else ():
            if _syllables(read) > 0.95:
                word = FORMS["word"].findall(text)[0]
                found.stop("old_letters", row=1, old=old, text=shown(word), meant=shown(_old_letters(word)[old]))
    except UnicodeDecodeError:
        latin, viet = content.decode("cp1252", "replace"), content.decode("cp1258", "replace")
        reads = _old_letters(latin) if len({*FORMS["word"].findall(latin)}) > 2 else {}  # Sí alone would be Sớ
        reads |= {"windows-1258": unicodedata.normalize("NFC", viet)}
        name, text = max(reads.items(), key=lambda one: np.nan_to_num(_syllables(one[1])))
        if not _syllables(text) > 0.8:
            import charset_normalizer

            all_read: Any = [*charset_normalizer.from_bytes(content[:1_000_000])] or found.stop("encoding", row=1)
            best = min(all_read, key=lambda one: (len(FORMS["sign_inside"].findall(str(one))), "mac" in one.encoding))
            marked = re.sub(r"[^\w\x80-\x9f¡-¿×÷]|[\xa0ªº°²³«»]", "", "".join(FORMS["word"].findall(latin)))
            western = marked.isalpha() and sum(c > "\x7f" for c in marked) < len(marked) / 2
            name = ("cp1252", "cp1254")[bool(FORMS["turkish"].fullmatch(marked))] if western else best.encoding
            text = content.decode(name, "replace")
    found.say("encoded", row=1, name=[name] * (name != "utf-8-sig"))
    return text


def _text(path: Path, found: Found) -> dict[str, pd.DataFrame]:
    """Read CSV, whatever the delimiter: a cell that a line does not have is missing, an empty one is empty."""
    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as stream:
        content = stream.read((MOST["megabytes"] << 20) + 1)
    found.at_most("megabytes", len(content) / (1 << 20))
    text = decode(content, found)
    sample = [line for line in text[:100_000].splitlines()[:200] if line.strip()]

    def fit(mark: str) -> tuple[float, float]:
        width, n = [*collections.Counter(map(len, csv.reader(sample, delimiter=mark))).most_common(1), (0, 0)][0]
        return (n / len(sample), np.inf if mark == "\t" else width) if width > 1 else (0, 0)

    mark = max("\t;|,", key=fit)
    mark = " " if fit(mark)[0] < 0.1 and fit(" ")[0] > 0.6 else mark
    found.at_most("rows", text.count("\n") - 1)
    found.at_most("cells", text.count(mark) + text.count("\n"))
    text = text if mark == " " else re.sub(rf'" +(?=[{re.escape(mark)}\r\n]|\Z)', '"', text)  # a blank behind a quote
    # "..." means no data
    text = re.sub(rf'(?m)^"([^"\n{re.escape(mark)}]*)"(?=[^"{re.escape(mark)}\r\n])', r"“\1”", text)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=mark, skipinitialspace=mark == " ")
    ended = [(row, lines.line_num) for row in lines]
    rows, starts = [row for row, _ in ended], [1, *(line + 1 for _, line in ended)]
    keys = rows[0][0].split("\\")[0].split(",") if rows and rows[0] and "\\" in rows[0][0] else []
    # Eurostat: freq,unit,geo\TIME_PERIOD
    cells = ([re.sub(r"^:.*|(?<=\d)(?=[a-z]+ *$)", lambda at: at[0][:1] or " ", c) for c in row] for row in rows[1:])
    rows = [keys + rows[0][1:], *(row[0].split(",", len(keys) - 1) + row[1:] for row in cells if row)] if keys else rows
    usual = fit(mark)[1]
    for n, row in enumerate(rows):  # a title with the delimiter in it: Investment; million roubles;;;;
        begun = len([*itertools.takewhile(str.strip, row)])
        if 1 < begun < usual < len(row) == usual + begun - 1 and not any(row[begun:]):
            rows[n] = [mark.join(row[:begun]), *row[begun:]]
    width = max(map(len, rows), default=0)
    found.at_most("cells", len(rows) * width)
    return {"": pd.DataFrame([row + [None] * (width - len(row)) for row in rows], starts[: len(rows)], dtype="str")}


def _book(path: Path, found: Found) -> dict[str, pd.DataFrame]:
    """Read the sheets of a spreadsheet in a process whose memory and time are limited."""
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as box:
        found.at_most("megabytes", sum(part.file_size for part in box.infolist()) / (1 << 20))
    run = [sys.executable, "-I", str(Path(__file__).with_name("sheets.py")), str(path), "1500"]
    try:
        done = subprocess.run(run, capture_output=True, timeout=MOST["seconds"], check=False)
    except subprocess.TimeoutExpired:
        found.stop("far")
    why = done.stderr.decode(errors="replace").strip()
    kind = "far" if done.returncode < 0 or "MemoryError" in why else "broken" if done.returncode else ""
    found.stop(kind, why=shown(why.split("\n")[-1]), kind=path.suffix)
    sheets, hidden = pickle.loads(done.stdout)
    for name, rows in hidden.items():
        found.say("hidden_rows" if rows else "hidden_sheet", sheet=shown(name), text=shown(rows), n=len(rows))
    return {name: pd.DataFrame(rows, range(1, len(rows) + 1), dtype="str") for name, rows in sheets.items()}


def _stata(path: Path, found: Found) -> dict[str, pd.DataFrame]:
    """Read Stata: values by their labels, the labels of the columns beside them."""
    with pd.read_stata(path, chunksize=MOST["rows"] + 1, convert_categoricals=False) as stream:
        labels, frame = stream.variable_labels(), stream.read(MOST["rows"] + 1)
    found.at_most("rows", len(frame))
    try:
        frame = pd.read_stata(path)
    except ValueError:  # labels that several values share
        found.say("value_labels")
    table = as_text(frame)
    table.attrs["labels"] = {tidy(name): label for name, label in labels.items() if label}
    return {"": table}


def _parquet(path: Path, found: Found) -> dict[str, pd.DataFrame]:
    """Read Parquet by parts: a few bytes may stand for a million long texts."""
    import pyarrow.parquet

    sys.audit("open", str(path), "r", 0)  # pyarrow opens it unheard
    file = pyarrow.parquet.ParquetFile(path)
    found.at_most("rows", file.metadata.num_rows)
    found.at_most("cells", file.metadata.num_rows * file.metadata.num_columns)
    size, parts = 0, []
    for part in file.iter_batches(1_000):
        size += sum(getattr(one, "dictionary_decode", lambda one=one: one)().nbytes for one in part.columns)
        found.at_most("megabytes", size >> 20)
        parts.append(part.to_pandas(date_as_object=False))
    return {"": as_text(pd.concat(parts).reset_index().filter(regex=r"^(?!(index|__index_level_\d+__)$)"))}


def _headed(grid: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Find the heading rows under titles, join them, leave out notes and empty lines."""
    wide = grid.notna().sum(axis=1)
    found.at_most("columns", wide.max() if len(wide) else 0)
    raw, grid = grid, grid.apply(lambda cells: cells.str.strip()).replace("", np.nan)
    remarks = grid.get(0, pd.Series(dtype="str")).str.match("#.", na=False)
    found.say("footnotes", grid[remarks].get(0, pd.Series(dtype="str")).rename(""))
    grid = grid[~remarks].dropna(how="all")
    filled, width = grid.notna().sum(axis=1), int(grid.notna().any().sum())
    above = grid.iloc[:20].apply(lambda cells: cells.str.match(FORMS["measure_line"], na=False)).any(axis=1)
    heads = np.flatnonzero((filled >= max(min(2, width), width / 2)) & ~above.reindex(grid.index, fill_value=False))
    found.stop("" if len(heads) and heads[0] < len(grid) - 1 else "no_rows" if len(grid) else "no_file")
    worded = ~grid.iloc[: heads[-1] + 1].head(20).apply(is_number).any(axis=1).to_numpy()
    wider = [n for n in heads[heads < len(worded)] if worded[n] and filled.iloc[n] > filled.iloc[heads[0]]]
    # below lines about the table
    top = bottom = int(next((n for n in wider if (filled.iloc[heads[0] : n] < width / 2).any()), heads[0]))
    at, head = int(grid.index[top]), grid.iloc[top]
    if (is_number(head) & years(head).isna()).sum() > head.notna().sum() / 2:
        found.stop("no_headings", row=at, text=shown(head.dropna()))
    if wide[grid.index[bottom + 1 :]].eq(wide[at] + 1).all():
        head = grid.iloc[top] = head.shift(1)  # R writes no heading over the names of rows
    left = grid.notna().to_numpy().argmax(axis=1)
    begins = (left == 0) & grid[0].ne(grid[0].shift()).to_numpy()  # in the first column, with a cell of its own
    while top and not begins[top] and left[top - 1] <= max(1, left[top]) and left[top - 1] + filled.iloc[top - 1] > 1:
        top -= 1  # headings stand over it
    for n in range(bottom + 1, min(bottom + 5, len(grid) - 1)):
        row, below = grid.iloc[n], grid.iloc[n + 1]
        said, open_first = row.dropna(), pd.isna(row.iloc[0])
        worded = said.str.contains(r"[^\W\d_]") & ~said.str.lower().isin(W["marks_of_no_value"])
        of_units = [one.dropna().map(plain).str.contains(FORMS["unit_in"]).any() for one in (said, head[said.index])]
        bare = len(said) < head.notna().sum() / 2 and of_units != [True, False]  # a unit without values is no heading
        under = (worded.all() and not bare) or (head.isna() & row.notna()).any() or row.iloc[0] == head.iloc[0]
        dated = years(said).notna().all()  # a year alone is that of the rows below
        rows = grid.iloc[n + 1 : n + 200]
        same = rows[rows.apply(is_number).any(axis=1)].eq(row)  # its words stand here and there below: no heading
        under = under and not (same.any(axis=None) and same.sum(axis=1).max() < len(said))
        under = under and at == grid.index[bottom] and not (dated and len(said) == 1)
        if not (under or (open_first and (worded.any() or dated))) or (is_number(said) & years(said).isna()).any():
            break
        bottom = n if is_number(below).any() else bottom
    if top < bottom:
        lower, upper = grid.iloc[bottom], grid.iloc[top:bottom]
        names = upper.iloc[:, 1:].ffill(axis=1).where(lower.notna(), axis=1).combine_first(upper)
        head = pd.concat([names, lower.to_frame().T]).apply(lambda one: " ".join(dict.fromkeys(one.dropna())) or None)
        found.say("two_headings", row=int(grid.index[bottom]), text=shown(lower.dropna()))
    above, body = grid.iloc[:top].stack().dropna(), grid.iloc[bottom + 1 :]
    found.say("titles", row=int(grid.index[0]), text=above, row_of=at)
    same, most, lines = body.eq(head).sum(axis=1), head.notna().sum(), [head, *grid.iloc[top : bottom + 1].to_numpy()]
    whole = np.any([body.eq(one).sum(axis=1).eq(max(2, pd.notna(one).sum())) for one in lines], axis=0)
    firsts = functools.reduce(pd.Series.fillna, (body[c] for c in body)).rename("")  # the first cell of each row
    titled = body.notna().sum(axis=1) == 1
    # of such rows: those before a heading are the title of its table, the same or another
    label, dated, runs = titled & body[0].shift(-1).notna(), years(firsts.where(titled)), (~titled).cumsum()
    other, on = titled & dated.isna() & ~firsts.isin(above), titled & firsts.str.contains(FORMS["continued"])
    titled = (runs - 1).map(other.groupby(runs).any() & ~on.groupby(runs).any()).eq(True)
    named = body[0].eq(head.iloc[0]) & ~label  # in most rows it is a value of its own
    again = firsts[whole | (same >= max(2, most / 2)) | (named & (named.mean() < 0.5))]
    found.say("headings_again", again[whole & ~titled])
    found.say("second_table", again[~whole | titled])
    body = body.drop(index=again.index)
    if dated.nunique() > 1 and years(body[0]).notna().mean() < 0.5:
        found.say("year_rows", firsts[dated.notna()])
        body[len(head)], head[len(head)] = dated.ffill().map("{:.0f}".format, na_action="ignore"), "year"
        body = body[dated.isna()]
    some, worded = body.notna().sum(axis=1), ~body.apply(is_number).any(axis=1)
    odd = ~wide[body.index].isin([wide[at], head.notna().sum() + pd.isna(head.iloc[0])])
    first, sparse = firsts[body.index], ((some <= width / 2) & (width > 2)) | (odd & worded)
    alone = (sparse & (some == 1) & ~is_number(first)) | ((sparse | worded) & first.str.match(FORMS["note"]))
    said = body[:1].stack().dropna().str.strip("() ")  # A, B, 1, 2, 3
    counts = len(said) >= most and (said.iloc[0].isalpha() or not is_number(body[said.index[0][1]][1:]).any())
    counts |= len(said) > 4 and [*said] == [str(n + 1) for n in range(len(said))]
    alone |= body.index.isin(body.index[:1]) & counts & bool(FORMS["counted"].fullmatch(" ".join(said)))
    # Kabupaten above 1. Tegal, Kota above 1. Tegal
    titles = first[alone][lambda some: some.map(plain).str.fullmatch(FORMS["unit_in"])].reindex(body.index)
    names = body[0].str.replace(FORMS["before"], "", regex=True)
    if titles.nunique() > 1 and names[titles.isna()].duplicated().any():
        body[0] = body[0].mask(names != body[0], titles.ffill() + " " + names).fillna(body[0])
        found.say("same_names", column=str(head[0]), row=at, names=body[0][names.duplicated(keep=False)])
    foot, under = (body.index > max(body.index[~kind], default=0) for kind in (sparse & worded, sparse | worded))
    last = alone | (foot & (np.diff(body.index, prepend=body.index[:1]) > 1))  # below an empty line: signatures
    # below the first at the foot, all are: a legend may have cells and numbers
    note = first[alone | (under & alone & first.str.match(FORMS["note"])).cummax() | (foot & (last.cummax() | odd))]
    found.say("footnotes", note)
    body, odd = body.drop(index=note.index), odd.drop(note.index)
    legend = "\n".join("; ".join(grid.loc[n].dropna()) for n in note.index)
    found.say("zero", text=(zero := FORMS["zero"].findall(legend)))
    body = body.mask(body.isin(zero) & body.apply(is_number).any(), "0")
    letters = dict(FORMS["letter"].findall("\n".join([legend, *above, *head.dropna()])))
    for c in body:  # digits may mean other things in other columns
        meant = dict(FORMS["letter"].findall(str(head[c]))) or {k: v for k, v in letters.items() if not k.isdigit()}
        if speaks([*meant.values()]) and set() < {*body[c][~empty(body[c])].dropna()} <= {*meant}:
            found.say("letters", text=[f"{k} = {v}" for k, v in meant.items()])
            body[c] = body[c].replace(meant)
    cells = wide[odd.index[odd]].astype("str").rename("")
    found.say("cells", cells, n=shown(cells.iloc[:1]), wanted=int(wide[at]))
    made = found.stop("no_rows") if body.empty else _named(head, _grouped(head, body, raw, found), at, found)
    title = FORMS["table"].sub("", tidy(above.iloc[0])) if len(above) and len(above.iloc[0]) > 20 else ""
    unit = next(filter(None, map(measure, above[::-1])), "")
    made.attrs = {"measure": unit, "title": title, "above": " ".join(above)}
    return made


def measure(text: str) -> str:
    """
    Return the unit of measure that a heading or a line above it names; empty where it names none.

    Examples
    --------
    >>> measure("ĐVT: triệu đồng"), measure("Chi ngân sách (tỷ đồng)"), measure("GRDP (theo giá hiện hành)")
    ('triệu đồng', 'tỷ đồng', '')
    """
    said = FORMS["measure"].search(tidy(text))
    unit = re.split(r"\s[-–/|]\s", next(filter(None, said.groups()), "") if said else "")[0].strip(" .;")
    return unit[:1].lower() + unit[1:] if unit[1:2].islower() else unit


def _grouped(head: pd.Series, body: pd.DataFrame, raw: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Leave out rows that stand above others: I or A above 1, 2, or 1 above 1.1, or names above those with more blanks or dots before them."""
    for n, (place, cells) in enumerate(body.iloc[:, : 3 * (len(body) < 100_000)].items()):
        name, written = head.fillna("")[place], raw.get(place, cells)[body.index]
        form = FORMS["rank" if FORMS["serial"].fullmatch(name) else "rank_before"]
        ranked = cells.iloc[:1_000].str.match(form, na=False).mean() > 0.9
        of, by, mark = (cells, form, r"\d+") if ranked else (written, FORMS["led"], ".")
        named = body.iloc[:, n + (form is FORMS["rank"])].where(cells.str.contains(r"\w")).dropna()
        depth = of[named.index].str.extract(by)[0].str.count(mark).dropna()
        keys = depth.astype("str") + named[depth.index]
        above = keys.isin(keys[depth[keys != keys.shift()].diff(-1).reindex(keys.index) < 0])  # by name, not by row
        under = keys.where(above).ffill().groupby(keys[~above]).nunique()  # urban and rural are under many
        level = (depth[~above] == depth.max()).mean() > 0.9 and under.max() == 1 and depth.iloc[0] < depth.max()
        if level and 2 - ranked <= keys[above].nunique() <= len(under) / 2:
            found.say("groups", named[keys.index][above].rename(name), names=named[keys.index][above].unique().tolist())
            return body.drop(index=keys.index[above])
    return body


def _named(head: pd.Series, body: pd.DataFrame, at: int, found: Found) -> pd.DataFrame:
    """Give each column its heading: none twice, none broken, none empty; row numbers are left out."""
    kept, twice = dict[str, pd.Series](), list[str]()
    for place, cells in body.items():
        name = tidy(head[place]) if pd.notna(head[place]) else ""
        letter = chr(64 + place // 26) * (place > 25) + chr(65 + place % 26)
        counted = pd.to_numeric(cells.dropna(), "coerce").diff().iloc[1:].eq(1).all() or FORMS["serial"].fullmatch(name)
        ages = not name and all(map(FORMS["year_in"].search, head.drop(place).dropna()))  # or such units
        if FORMS["row_number"].fullmatch(name) and counted and is_number(cells).any() and len(cells) > 1 and not ages:
            found.say("row_numbers", column=name or letter, row=at)
            continue
        for text in (name, *cells.iloc[:50].dropna()):
            with contextlib.suppress(UnicodeError):
                meant = re.sub(r"[\x81\x8d\x8f\x90\x9d]", "", text).encode("cp1252").decode("utf-8")
                if meant != text:
                    found.stop("broken_letters", column=name or letter, row=at, text=shown(text), meant=shown(meant))
        if name in kept:
            twice.append(name)
        elif name or cells.notna().any():
            coded = bool(not name and cells.dropna().str.fullmatch(r"\d{2,}").all() and cells.str.match("0").any())
            kept[name or f"{('column', 'code')[coded]} {letter}"] = cells
            found.say("no_heading", pd.Series([""] * (not name), index=[at] * (not name), name=letter, dtype="str"))
    found.say("heading_twice", column="".join(twice[:1]), row=at, names=twice)
    return pd.DataFrame(kept)


def _apart(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put tables under one another; rows of the file that occur several times keep their number as the whole part of the index."""
    made = pd.concat(tables).sort_index(kind="stable")
    return made.set_axis(made.index + np.linspace(0, 0.5, len(made))).astype("str")


def _filled(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """
    Fill in what stands above a mark for the same again, or in the first row of a block alone.

    Years, where each unit stands once under each; units that hold others; units, where years begin anew with each: rows
    without a year are their totals.
    """
    for c in table:
        same = table[c].str.fullmatch(FORMS["ditto"], na=False)
        if same.any() and not same[table[c].first_valid_index()]:
            found.say("ditto", table[c][same])
            table = table.assign(**{c: table[c].mask(same).ffill().where(table[c].notna())})
    for c, by in itertools.permutations([*table][:5], 2):
        cells, begins = table[c], table[c].notna()
        if begins.iloc[:1].all() and 1 < begins.sum() < len(table) / 2:
            when, of = years(table[by]).dropna(), pd.DataFrame({"block": begins.cumsum(), by: table[by]}).dropna()
            named = table[by].str.contains(r"[^\W\d_]").eq(True).mean() > 0.9 and not of.duplicated().any()
            again = years(cells.dropna()).notna().all() and table[by].nunique() < len(table) / 1.5
            anew = len(when) > 0.6 * len(table) and (begins[when.index] != (when.diff() > 0)).all()
            if anew and begins[when.index].sum() > 2 and cells.iloc[:1].str.contains(r"[^\W\d_]").all():
                found.say("totals", cells.drop(when.index).dropna(), names=[*cells.drop(when.index).dropna()])
                table = table.loc[when.index]
            elif not named or not (again or says("larger", c)):
                continue
            found.say("filled", cells[table.index].dropna(), empty=int(table[c].isna().sum()))
            alike = [k for k in [*table][:5] if table[k].notna().equals(table[c].notna())]  # its code beside it
            table = table.assign(**{k: table[k].ffill() for k in alike})
    return table


def _parted(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """
    Take apart terms (2009-2012, 3/2014 - now; no years such as 2013-2014, no periods of figures).

    The code of names that have one (Ain (01)) is put beside them.
    """
    few = table.iloc[:1000]
    figures = [c for c in few if few[c].nunique() > 2 and is_number(few[c]).mean() > 0.5 and not says("code", c)]
    for c in few.columns[few.apply(lambda cells: cells.str.contains(FORMS["two"])).mean() > 0.5]:
        ends, code = table[c].str.extract(FORMS["term"]), table[c].str.extract(FORMS["name_code"])[0]
        first, last = (dates(ends[key])["year"] for key in ends)
        good = first.notna() & (last.notna() | empty(ends["end"].fillna(""), "", *W["open"]))
        pairs = pd.DataFrame({"code": code, "name": table[c]}).dropna().drop_duplicates()
        if good.sum() > 0.8 * table[c].count() and (last - first).median() > 1 and not figures and "start" not in table:
            found.say("spans", table[c][good])
            ends = ends.where(good).replace("", np.nan)
            table = table.drop(columns=c).assign(start=ends["start"].fillna(table[c]), end=ends["end"])
        elif code.count() == table[c].count() and pairs["code"].is_unique and len(pairs) > 2:
            table = table.assign(**{f"{c} (code)": code})
    return table


def _stacked(table: pd.DataFrame, found: Found) -> pd.DataFrame:
    """Stack years that stand across (2015, 2016, or gdp_2015, gdp_2016) into rows, where no column holds years."""
    heads = pd.Series(list(table), np.linspace(0, 0.5, table.shape[1]), "str")  # all of them in no row
    read = heads.map(lambda c: FORMS["fiscal"].sub(lambda y: y[1] if int(y[2]) == int(y[1]) + 1 else y[0], c))
    read = read.str.replace(FORMS["year_noted"], r"\1", regex=True)
    inside, whole = read.str.findall(FORMS["year_in"]), years(heads)
    part = years(inside.map(lambda found: found[0] if len({*found}) == 1 else None))
    stem = read.map(lambda c: tidy(FORMS["beside_year"].sub(" ", FORMS["year_in"].sub("\0", c))).strip(" _.-;,/|"))
    # 1996 Estimate beside 1996 Rank
    bare, more = read.str.replace(FORMS["year_in"], " ", regex=True).map(tidy), (part.notna() & whole.isna()).any()
    worded = whole.notna() & bare.str.fullmatch(r"[^\W\d_]{3,}") & (bare[whole.notna()].nunique() == 1) & more
    stem, whole = stem.mask(worded, bare), whole.mask(worded)
    # CPI Score 2012, CPI score 2014
    first = stem.groupby(stem.str.casefold()).transform("first").mask(whole.notna() | (stem == ""), "value")
    across = pd.DataFrame({"name": heads, "year": whole.fillna(part), "stem": first}).dropna()
    across = across[across.groupby("stem")["year"].transform("nunique") > 1]
    stubs = table.drop(columns=across["name"])
    alone, held = across["stem"].eq("value"), [c for c in stubs if years(stubs[c].iloc[:1000]).notna().mean() > 0.9]
    once = alone.any() or any(stubs[c].is_unique and stubs[c].str.contains(r"[^\W\d_]").all() for c in stubs)
    dated = [c for c in held if not once or plain(c) in W["roles"]["year"].split()]
    found.say("years_both", column="".join(dated[:1]), row=1, names=across["name"][alone & (dated != [])])
    if across.empty or stubs.empty or dated:
        return table
    # 2020 (XX) beside 2018, 2019
    named, odd = heads.isin(across["name"]), heads.str.match(r"\d{4}") & across["stem"].eq("value").any()
    lines = across.groupby(across["stem"].str.casefold())["year"].agg(set)
    names = read.map(lambda c: tidy(FORMS["year_marked"].sub(" ", c)).strip(" _.-;,/|").casefold())
    odd = (odd & ~named) | np.array([y not in lines.get(n, {y}) for n, y in zip(names, part, strict=True)])
    for kind, some in (("years_odd", odd), ("years_left", ~odd & ~named)):
        found.say(kind, names=heads[inside.astype(bool) & some])
    noted = np.any([heads.str.contains(FORMS[kind]) for kind in ("year_read", "preliminary", "buddhist")], axis=0)
    found.read_as("year_read", heads[named & noted & ~worded].rename(""), whole.fillna(part))
    found.stop("years_twice", row=1, names=across[across.duplicated(["stem", "year"], keep=False)]["name"])
    across["year"] = across["year"].astype("int64").astype("str")
    parts = {year: table[part["name"]].set_axis([*part["stem"]], axis=1) for year, part in across.groupby("year")}
    made = [pd.concat([stubs.assign(year=year), values], axis=1) for year, values in parts.items()]
    stems = across["stem"].unique()
    found.stop("heading_twice", row=1, names=[*({"year", *stems} & {*stubs})])
    found.say("years_across", years=shown(sorted(across["year"].unique())), names=shown(stems))
    return _apart(made)[[*stubs, "year", *stems]].dropna(subset=stems, how="all")


def _one_heading(tables: list[pd.DataFrame], found: Found) -> list[pd.DataFrame]:
    """Give columns of sheets one heading where only words such as name of tell them apart, or a unit that the title of the others has."""
    rows = pd.DataFrame([(c, table.attrs.get("above", "")) for table in tables for c in table], columns=["c", "above"])
    rows, one = rows.join(rows["c"].str.extract(FORMS["unit_behind"]).fillna("")), dict[str, str]()
    for _, some in rows.groupby(
        rows["key"].map(lambda key: FORMS["heading_words"].sub("", plain(key)).strip("_") or key)
    ):
        unit = some["unit"].max()
        if all(row.unit == unit or (not row.unit and unit in row.above) for row in some.itertuples()):
            one |= dict.fromkeys(some["c"], some["c"].iloc[0])
    made = [table.rename(columns=one) for table in tables]
    alike = all(table.columns.is_unique for table in made)
    found.say("one_heading", names=[f"{c} = {first}" for c, first in one.items() if alike and c != first])
    return made if alike else tables


def _by_year(read: dict[str, pd.DataFrame], found: Found) -> dict[str, pd.DataFrame]:
    """Put sheets of one form under one another, where each has one year in its name, or a row for each year of a unit."""
    firsts = [table.iloc[:, 0] for table in read.values() if len(table.columns)]
    by = "unit" if len(read) > 1 and all(cells.is_unique and years(cells).notna().all() for cells in firsts) else "year"
    said = {s: [s] if by == "unit" else FORMS["one_year"].findall(FORMS["fiscal"].sub(r"\1", s)) for s in read}
    named: dict[str, str] = {sheet: one[0] for sheet, one in said.items() if len(one) == 1}
    alike = [read[sheet].rename(columns=lambda c, y=y: c.replace(y, "").strip() or c) for sheet, y in named.items()]
    alike = _one_heading(alike, found) if len(named) > 1 else alike
    odd = sorted({c for table in alike for c in table if not all(c in other for other in alike)})
    once = len(named) > 1 and len(set(named.values())) == len(named)
    measures = sorted({table.attrs.get("measure", "") for table in alike} - {""})
    found.say("sheets_differ", names=(odd or measures[: len(measures) * (len(measures) > 1)]) * once)
    if odd or not once:
        return read
    found.say(f"sheets_a_{by}", n=len(named), sheets=shown(named))
    stacked = _apart([table.assign(**{by: name}) for table, name in zip(alike, named.values(), strict=True)])
    stacked.attrs = read[next(iter(named))].attrs
    return {"*": stacked} | {sheet: table for sheet, table in read.items() if sheet not in named}


def light(size: int) -> Any:
    """Return a context in which text is kept as Python's where there are few bytes of it: twice as fast as Arrow's up to 20,000 rows, slower beyond."""
    return pd.option_context("mode.string_storage", "python" if size < 400_000 else "auto")


def opened(path: Path, file: str) -> tuple[Found, dict[str, pd.DataFrame]]:
    """Return what is found in a file, called ``file``, and its tables: none where it cannot be read."""
    found = Found(file)
    with contextlib.suppress(DataFault):
        return found, tables(path, found)
    return found, {}


def tables(path: Path, found: Found) -> dict[str, pd.DataFrame]:
    """
    Read every table of a file as text.

    Parameters
    ----------
    path : Path
        CSV in any usual delimiter and encoding (also .gz), .xlsx, .xlsm, .xlsb, .xls, .ods, Stata (.dta) or Parquet.
    found : Found
        Takes faults and notes.

    Returns
    -------
    dict of str to DataFrame
        By sheet (one empty name where a file has none, ``*`` for sheets a year, stacked): text, missing where empty; the whole
        part of the index is the row in the file; ``attrs["labels"]`` holds the labels of variables that a Stata file has.

    Raises
    ------
    tables.DataFault
        A file that is too large (300 MB, a million rows, 1.5 GB or 30 s for a spreadsheet), cannot be read, or has no headings.
    """
    kind, there = W["kinds"].get(path.suffix.lower()), path.is_file() and path.stat().st_size
    found.stop("no_file" if not there else "" if kind else "kind", text=repr(path.suffix))
    found.at_most("megabytes", path.stat().st_size / (1 << 20))
    with path.open("rb") as stream:
        start = stream.read(200)
    packed, page = start[:4] in (b"PK\3\4", b"\xd0\xcf\x11\xe0"), b"<" in start.replace(b"\0", b"")
    # offices give pages and text the ending of a book, and books that of text
    kind = "book" if packed else kind if kind != "book" else found.stop("web", kind=path.suffix) if page else "text"
    with found.guard("broken", kind=path.suffix):
        read, grids = {}, {"text": _text, "book": _book, "stata": _stata, "parquet": _parquet}[kind](path, found)
        for sheet, grid in grids.items():
            inner = Found(found.file + f" [{sheet}]" * bool(sheet))
            with contextlib.suppress(DataFault):
                read[sheet] = _headed(grid, inner) if kind in ("text", "book") else grid
            if sheet not in read and len(grids) > 1:
                why, inner.faults = inner.faults[0].found, []
                inner.say("other_sheet", row=1, text=why)
            said = {(note.row, note.column, note.remedy) for note in found.notes}
            found.notes += [note for note in inner.notes if (note.row, note.column, note.remedy) not in said]
            found.faults += inner.faults
        found.stop("" if read or found.faults else "no_rows")
        read = {sheet: _parted(_filled(table, found), found) for sheet, table in read.items()}
        return {sheet: _stacked(table, found) for sheet, table in _by_year(read, found).items()}
    return found.stop()
