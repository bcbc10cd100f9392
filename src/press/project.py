"""The project whose notebooks are printed: where its things are, and what ``reports.toml`` says of it."""

import csv
import importlib
import os
import re
import signal
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FILE = "reports.toml"
_DEFAULTS: dict[str, Any] = {"title": "Reports", "languages": {"en": "English"}, "code": [], "inputs": []}
_DEFAULTS |= {"locale": "notebooks/locale", "lock": "requirements.lock", "tables": "data"}
_DEFAULTS |= dict.fromkeys(("question", "app", "language", "warm", "sort", "command", "address"), "")
_TABLES = ("project", "site", "evidence", "sets", "labels", "filed", "tiles", "report")


class CatalogueFault(ValueError):
    """The catalogue asks for something that cannot be run; the message names file, entry, what was expected and what to do."""


STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # what ends a command, and each process of it


class LockHeld(Exception):
    """Another run is writing to the same reports; the message names it."""


_path = lru_cache(maxsize=8)(Path)


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
        return _path(given)
    here = Path.cwd()
    places = (here, *here.parents, Path(sys.prefix).parent)
    return next((place for place in places if (place / FILE).is_file()), here)


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


@lru_cache(maxsize=8)
def _read(file: Path, _stamp: tuple[int, int]) -> dict[str, Any]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueFault(f"{file.name} is not TOML in UTF-8: {error}.") from None
    for key in content:
        if key not in _TABLES:
            wanted = f"expected [[report]], or one of {', '.join(_TABLES)}"
            raise CatalogueFault(f"{file.name}: unknown table {key!r}; {wanted}.")
    return content


def content() -> dict[str, Any]:
    """
    Return what ``reports.toml`` holds.

    Raises
    ------
    CatalogueFault
        If the file is missing, or is no TOML in UTF-8, or has a table that nobody reads.
    """
    file = root() / FILE
    try:
        stamp = file.stat()
    except OSError:
        wanted = "expected one [[report]] entry for each notebook that is to be run"
        raise CatalogueFault(f"{FILE} is missing in {root().name}/; {wanted}.") from None
    return _read(file, (stamp.st_mtime_ns, stamp.st_size))


def setting(name: str) -> Any:
    """
    Return one setting of ``[project]``, or what holds where it is not given.

    Raises
    ------
    CatalogueFault
        If ``[project]`` has a setting that does not exist, or one of another type.
    """
    given = content().get("project", {})
    for key, value in given.items():
        if key not in _DEFAULTS:
            raise CatalogueFault(f"{FILE}, [project]: unknown setting {key!r}; {closest(key, _DEFAULTS)}")
        kinds: tuple[type, ...] = (type(_DEFAULTS[key]), *([dict] if key in ("title", "question") else []))
        if not isinstance(value, kinds):
            raise CatalogueFault(f"{FILE}, [project]: {key} = {value!r}; expected {kinds[0].__name__}.")
    return given.get(name, _DEFAULTS[name])


def languages() -> dict[str, str]:
    """Return the languages of the pages, by code with the name each gives itself; the first is that of the notebooks."""
    return setting("languages")


def command() -> str:
    """Return how the command is called in a fresh shell in the project's folder."""
    return setting("command") or "python -m press"


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
def package(name: str) -> Path | None:
    """Return the folder of an importable package, without importing it; None where there is none."""
    spec = find_spec(name)
    return Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None


def rows(file: str) -> list[dict[str, str]]:
    """Return a CSV file of the project as a list of dicts of text, without loading anything heavy."""
    with open(root() / file, encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def closest(name: str, known: Iterable[str]) -> str:
    """Return a clause naming the known spellings nearest to ``name``, or the first dozen where none is near."""
    import difflib

    spelled = {str(k).lower(): str(k) for k in known}
    near = [spelled[k] for k in difflib.get_close_matches(str(name).lower(), spelled, n=3, cutoff=0.5)]
    if near:
        return f"did you mean {', '.join(near)}?"
    rest = f" and {len(spelled) - 12} more" if len(spelled) > 12 else ""
    return f"known: {', '.join(list(spelled.values())[:12]) or 'none'}{rest}."


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
