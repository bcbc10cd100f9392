"""The project whose notebooks are printed: where its things are, and what ``reports.toml`` says of it."""

import csv
import importlib
import io
import json
import os
import re
import shlex
import signal
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from press import reads

FILE = "reports.toml"
_DEFAULTS: dict[str, Any] = {"title": "Reports", "languages": {"en": "English"}, "code": [], "inputs": []}
_DEFAULTS |= {"locale": "notebooks/locale", "lock": "requirements.lock", "tables": "data"}
FOOT = ("authors", "data_until", "contact", "citation", "corrections")  # what every page ends with
_DEFAULTS |= dict.fromkeys(("question", "app", "language", "warm", "sort", "command", "address", *FOOT), "")
_KEY, _NAME, _PACKAGE = re.compile(r"[^\0]+"), re.compile(r"[\w-]+"), re.compile(r"[^\W\d]\w*")
_PAGE, _ADDRESS = re.compile(r"(?!(index|reports|evidence)$)[\w-]+"), re.compile(r"(https?://\S+)?")
_HALF = re.compile(
    r"(\\\\|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F].."
)  # of a letter, escaped in JSON (in the group: no half)
_GLOB = re.compile(r"(?!/|.*(\.\.|[^/]\*\*|\*\*[^/])).+")
_SAID: dict[Any, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_SAID |= {_NAME: "letters, digits, - and _", _PAGE: "letters, digits, - and _; not index, reports, evidence"}
_SAID |= {_GLOB: "a pattern of files below this folder, ** only between /", _PACKAGE: "the name of a package"}
_SAID |= {_ADDRESS: "https://...", dict: "a table", list: "a list"}
_TEXTS, _LISTS, _SCALAR = {_KEY: str}, {_KEY: [str]}, (str, int, float, bool)
_TEXT: Any = (str, _TEXTS)
_CARD = {"": "title text", "to": str, "title": _TEXT, "text": _TEXT, "code": str}
# What reports.toml may hold. A shape is a type; a pattern of a text; a list of one shape; a table of shapes by key, or by a pattern of
# keys, of which those named in "" must be there; several of these, of which one is enough; or None: anything.
_ENTRY = {"notebook": str, "parameters": {_KEY: None}, "over": {_KEY: None}, "after": [str]}
_ENTRY |= {"timeout": (int, float), "pdf": bool}
_SHAPES: dict[Any, Any] = {
    "report": list,
    "project": dict.fromkeys(_DEFAULTS, str) | dict.fromkeys(("title", "question", *FOOT[:3]), _TEXT)
    | {"languages": {_NAME: str}, "code": [_PACKAGE], "inputs": [str], "address": _ADDRESS},
    "site": {"answer": str, "figure": str, "figure_title": _TEXT, "figure_link": _TEXT, "synonyms": [[str]]}
    | {"doors": [_CARD | {"": "to title text"}], "more": [_CARD]}
    | {"find": [{"": "csv text key notebook"} | dict.fromkeys(("csv", "text", "key", "notebook"), str)]}
    | {"pages": [{"": "name file title", "name": _PAGE, "file": _TEXT, "title": _TEXT, "latest": bool}]},
    "evidence": {"": "columns apart where units units_of difference start grid curve", "title": _TEXT, "text": _TEXT}
    | {"columns": {_KEY: _TEXT}, "apart": [str], "where": _LISTS, "units": str, "units_of": str, "start": _TEXTS}
    | {"difference": {_KEY: _TEXT}, "scaled": {"": "set factor unit", "set": str, "factor": (int, float), "unit": _TEXT}}
    | {"grid": {"": "rows column columns where", "rows": [str], "column": str, "columns": [str], "where": _LISTS}}
    | {"curve": {"": "by where", "by": [str], "where": _LISTS}}
    | {"verdict": {"": "file keys columns adjusted", "file": str, "keys": [str], "columns": [str], "adjusted": str}
    | {"label": _TEXT, "labels": {_KEY: _TEXT}}},
    "sets": {_KEY: {"csv": str, "value": str, "slug": str, "labels": _TEXTS, "where": _LISTS, "glob": _GLOB}
    | {"values": [(*_SCALAR, {"": "value", "value": _SCALAR, _KEY: _SCALAR})]}},
    "labels": _TEXTS,
    "filed": {_NAME: {"label": _TEXT, "parameters": [str], "sorted": bool, "also": bool}},
    "tiles": {"": "csv value", "csv": str, "value": str, "set": str, "filed": str, "title": _TEXT, "note": _TEXT}
    | {"shades": [{"": "label file key value says classes", "label": _TEXT, "says": _TEXT, "classes": {_KEY: _TEXT}}
    | dict.fromkeys(("file", "key", "value"), str)]},
}  # fmt: skip


class CatalogueFault(ValueError):
    """The catalogue asks for something that cannot be run; the message names file, entry, what was expected and what to do."""


# What ends a command, and each process of it; not the end of a terminal where nohup says so.
STOPS = [signal.SIGINT, signal.SIGTERM]
STOPS += [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []


class LockHeld(Exception):
    """Another run is writing to the same reports; the message names it."""


held = list[dict[str, Any]]()  # what reports.toml held when a run began, as long as it goes


def root() -> Path:
    """
    Return the project's root folder.

    Returns
    -------
    Path
        ``$PRESS_ROOT`` where it is set, else the nearest folder with a ``reports.toml`` at or above the current one, else
        the folder beside this Python's environment (``.venv``) where it has one, else the current folder.
    """
    if given := os.environ.get("PRESS_ROOT"):
        return Path(given)
    here = Path.cwd()
    return next((at for at in (here, *here.parents, Path(sys.prefix).parent) if (at / FILE).is_file()), here)


def notebooks() -> Path:
    """Return the folder of notebooks."""
    return root() / "notebooks"


def reports() -> Path:
    """Return the folder that runs write to; nothing in it is edited by hand."""
    return root() / "reports"


def cache() -> Path:
    """Return the folder for whatever can be made again."""
    return root() / ".cache"


def whose(path: str) -> str:
    """Return the name of the user who owns a file, or the nearest folder above it that is there."""
    there = next(p for p in (Path(path), *Path(path).absolute().parents) if os.path.lexists(p))
    try:
        return there.owner()
    except KeyError:
        return str(there.stat().st_uid)


def shown(value: Any) -> str:
    """Return a value as Python writes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _check(where: str, at: str, value: Any, shape: Any) -> None:
    """Refuse a value that has not its shape, by file and entry (``where``), the key (``at``), what was found and what was expected."""
    shapes = shape if isinstance(shape, tuple) else (shape,)
    kinds = {s if isinstance(s, type) else str if isinstance(s, re.Pattern) else type(s): s for s in shapes}
    found, start = kinds.get(type(value)), f"{where}: {at}".removesuffix(": ")
    zero = isinstance(value, str) and "\0" in value
    odd = isinstance(found, re.Pattern) and not found.fullmatch(value)
    if shape is not None and (found is None or odd or zero):
        wanted = " or ".join(_SAID[s if isinstance(s, (type, re.Pattern)) else type(s)] for s in shapes)
        raise CatalogueFault(f"{start} = {shown(value)}; expected {wanted}{' without zero bytes' * zero}.")
    if isinstance(found, list):
        for number, one in enumerate(value, 1):
            _check(where, f"{at}, {number}", one, found[0])
    if isinstance(found, dict):
        if lost := [key for key in found.get("", "").split() if key not in value]:
            raise CatalogueFault(f"{start} = {shown(value)}; expected also {', '.join(lost)}.")
        for key, one in value.items():
            like = [k for k in found if k and (k.fullmatch(key) if isinstance(k, re.Pattern) else k == key)]
            if not like:
                known = closest(key, [str(_SAID.get(k, k)) for k in found if k])
                raise CatalogueFault(f"{start}: unknown key {shown(key)}; {known}")
            _check(where, f"{at}.{key}".removeprefix("."), one, found[like[0]])


@lru_cache(maxsize=8)
def _read(path: str, _stamp: tuple) -> dict[str, Any]:
    file = Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        repr(content)
    except (ValueError, RecursionError) as error:  # also a number of too many digits, a list in a list in a list ...
        raise CatalogueFault(f"{file.name} is not TOML in UTF-8 that can be read: {error}.") from None
    entries = content.get("report", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CatalogueFault(f"{FILE}: expected [[report]] entries, with two brackets.")
    _check(FILE, "", content, _SHAPES)
    for number, entry in enumerate(entries, 1):
        _check(place(number, entry), "", entry, _ENTRY)
    return content


def place(number: int, entry: dict[str, Any]) -> str:
    """Return the words for an entry of the catalogue."""
    return f"{FILE}, entry {number} ({entry.get('notebook', 'no notebook named')})"


def content() -> dict[str, Any]:
    """
    Return what ``reports.toml`` holds.

    Raises
    ------
    CatalogueFault
        If the file is missing, or is no TOML in UTF-8, or has a key that nobody reads or a value of another type.
    """
    if held:
        return held[0]
    file = f"{root()}{os.sep}{FILE}"
    if (stamp := reads.stamp(file)) is None:
        wanted = "expected one [[report]] entry for each notebook that is to be run"
        raise CatalogueFault(f"{FILE} is missing in {root().name}/; {wanted}.")
    return _read(file, stamp)


def setting(name: str) -> Any:
    """Return one setting of ``[project]``, or what holds where it is not given."""
    return content().get("project", {}).get(name, _DEFAULTS[name])


def languages() -> dict[str, str]:
    """Return the languages of the pages, by code with the name each gives itself; the first is that of the notebooks."""
    return setting("languages") or _DEFAULTS["languages"]


def command() -> str:
    """Return how the command is called in a fresh shell in the project's folder."""
    return setting("command") or "python -m press"


def chosen(pattern: str) -> str:
    """Return the option that chooses some reports, as a shell takes it."""
    return shlex.quote(f"--only={pattern}") if pattern.startswith("-") else f"--only {shlex.quote(pattern)}"


def said(text: Any, lang: str) -> str:
    """Return a text of ``reports.toml`` in a language: a table by language, or one text for all."""
    return text.get(lang, next(iter(text.values()), "")) if isinstance(text, dict) else str(text)


def hook(name: str) -> Callable[..., Any] | None:
    """
    Return the function that a setting names ("package.module:function"), or None where none is set.

    Raises
    ------
    CatalogueFault
        If there is no such function.
    """
    where = setting(name)
    if not where:
        return None
    module, _, function = where.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise CatalogueFault(f"{FILE}, [project]: {name} = {where!r}: {error}.") from None


@lru_cache(maxsize=8)
def package(name: str) -> Path:
    """Return the folder of an importable package, without importing it, or refuse its name."""
    spec = find_spec(name)
    if not spec or not spec.submodule_search_locations:
        remedy = "is it installed, or in src/ of an installed project?"
        raise CatalogueFault(f"{FILE}: code = {shown(name)}: Python finds no such package; {remedy}")
    return Path(next(iter(spec.submodule_search_locations)))


def package_files(name: str) -> list[Path]:
    """Return the files of a package, but for what Python compiled."""
    return sorted(p for p in package(name).rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def text(file: Path) -> str:
    """Return the text of a file in UTF-8; where it is none, the error names it."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not text in UTF-8: {error}.") from None


def book(file: Path) -> dict[str, Any]:
    """
    Return a notebook, each cell with an id of its own (where one has none, or that of another, all are numbered) and no half letters.

    Raises
    ------
    CatalogueFault
        If it is no notebook of format 4; the message names it, what was found and what to do.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        if conflict := re.search(r"^(<{7}|={7}|>{7})( |$)", text, re.MULTILINE):
            line = text.count("\n", 0, conflict.start()) + 1
            raise ValueError(f"a merge conflict from line {line} on; git checkout --ours (or --theirs) keeps one side")
        made = json.loads(_HALF.sub(lambda found: found[1] or r"\ufffd", text))
        if made.get("nbformat") != 4:
            raise ValueError(f"format {made.get('nbformat')}")
        made |= {"metadata": made.get("metadata") or {}, "nbformat_minor": max(5, made.get("nbformat_minor", 0))}
        ids = [cell.get("id") for cell in made["cells"]]
        for number, cell in enumerate(made["cells"]):
            cell |= {"source": "".join(cell["source"]), "cell_type": cell["cell_type"]}
            if pictures := cell.pop("attachments", None):
                pairs = pictures.items() if isinstance(pictures, dict) else ()
                cell["attachments"] = {name: kinds for name, kinds in pairs if kinds and isinstance(kinds, dict)}
            if tags := cell["metadata"].pop("tags", None):
                cell["metadata"]["tags"] = [*map(str, tags)]
            if len({*ids} - {None, ""}) < len(ids):
                cell["id"] = f"cell-{number}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        found = error if isinstance(error, (OSError, ValueError)) else "no list of cells as Jupyter writes them"
        wanted = f"expected a Jupyter notebook (format 4), found {found}"
        raise CatalogueFault(f"{file.name}: {wanted}. Save it again from JupyterLab.") from None
    return made


def table(content: bytes, name: str) -> list[list[str]]:
    """
    Return the rows of a CSV table, headings first, without loading anything heavy.

    Raises
    ------
    ValueError
        If it is not UTF-8, or a row has more or fewer fields than the headings; it names the table and the line.
    """
    try:
        found = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
        for number, row in enumerate(found, 1):
            if len(row) not in (0, len(found[0])):
                raise ValueError(f"line {number} has {len(row)} fields; expected {len(found[0])}, as in the first line")
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{name} cannot be read: {error}. Write it as one table in UTF-8.") from None
    return [row for row in found if row]


def rows(file: str) -> list[dict[str, str]]:
    """Return a CSV file of the project as a list of dicts of text."""
    if not (root() / file).is_file():
        raise CatalogueFault(f"{FILE} asks for the table {file}, which is not there.")
    head, *rest = table((root() / file).read_bytes(), file) or [[]]
    return [dict(zip(head, row, strict=True)) for row in rest]


def closest(name: str, known: Iterable[str]) -> str:
    """Return a clause naming the known spellings nearest to ``name``, or the first dozen where none is near."""
    import difflib

    spelled = {str(k).lower(): str(k) for k in known}
    near = [spelled[k] for k in difflib.get_close_matches(str(name).lower(), spelled, n=3, cutoff=0.5)]
    if near:
        return f"did you mean {', '.join(near)}?"
    rest = f" and {len(spelled) - 12} more" if len(spelled) > 12 else ""
    return f"known: {', '.join(list(spelled.values())[:12]) or 'none'}{rest}."


def known(name: Any, among: Iterable[str], text: str) -> str:
    """Return a name as it is spelt among some (marks may be letters of their own); refuse another by a text and the names nearest."""
    spelt = {composed(one): one for one in among} | {one: one for one in among}
    found = spelt.get(name) or spelt.get(composed(name))
    if found is None:
        raise CatalogueFault(f"{text}; {closest(name, among)}")
    return found


def composed(text: Any) -> str:
    """Return text with each mark in one letter with what bears it."""
    return unicodedata.normalize("NFC", str(text))


def unmarked(text: str) -> str:
    """
    Return text in lower case without marks on letters.

    Examples
    --------
    >>> unmarked("Đắk Lắk")
    'dak lak'
    """
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def clean(text: str) -> str:
    """Return text without what a terminal would obey: control characters and escapes."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", str(text).replace("\n", " | "))
