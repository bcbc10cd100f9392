"""What a run reads: every file and every list of files below the project that is opened while it runs, by an audit hook of Python."""

import contextlib
import errno
import functools
import gc
import hashlib
import io
import json
import os
import sys
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

# Files that a library opens without Python (pyarrow.dataset, duckdb, polars, lxml) are not seen: read them with pandas, or
# announce them with sys.audit("open", path, "r", 0), as is done here for the functions of pandas that leave it to a library.
_SILENT = ("read_parquet", "read_html", "read_hdf", "read_spss")
_PRESS = f"{Path(__file__).parent}{os.sep}"
_FILES, _LISTS = ("open", "sqlite3.connect"), ("os.listdir", "os.scandir")
_LOG = "-wal"  # of SQLite: what was committed and does not stand in the database yet; where it is empty it is as none
_opened: dict[str, str | None] = {}
_elsewhere: dict[str, str | None] = {}
_kept = set[str]()
_state: dict[str, Any] = {"root": "", "process": 0, "children": None, "hooked": False}


def sha(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def stamp(path: str | Path) -> tuple[int, ...] | None:
    """Return size, times and place of a file, which change when it or what its name leads to does; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (asked of every file)
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev


def _source(name: str) -> str:
    """Return the module that a file is compiled from, else the file."""
    with contextlib.suppress(ValueError):
        return source_from_cache(name) if name.endswith(".pyc") else name
    return name


def _version(name: str) -> str | None:
    """Return what changes when a file does (of compiled code: its module), or the names in a folder."""
    if name.endswith(os.sep):
        return listing(name)
    found = stamp(_source(name))
    if found and name.endswith(_LOG):  # SQLite owns it anew at each look
        found = found[:2] if found[0] else None
    return None if found is None else str(found)


def _refuse_old(name: str) -> None:
    """Let Python compile a module again where what was compiled is older: of one size and time it would be taken, or is never compared."""
    module, compiled = stamp(_source(name)), stamp(name)
    if name != _source(name) and module and compiled and module[2] >= compiled[1]:
        raise FileNotFoundError(errno.ENOENT, "is older than its module", name)


def _counts(name: str) -> bool:
    """Return whether a report may depend on a file or folder: it lies in the project, is not generated, hidden, or the press itself."""
    inside, relative = name.startswith(_state["root"]), name.removeprefix(_state["root"]).replace(os.sep, "/")
    return inside and not (relative == "" or "/." in f"/{relative}" or name.startswith(_PRESS))


def _hook(event: str, args: tuple) -> None:
    if event not in _FILES + _LISTS or not _state["root"] or (type(args[0]) is str and args[0] in _opened):
        return
    path, mode, flags = (*args, "r", 0)[:3] if event == "open" else (args[0], "r", 0)
    if event in _LISTS:
        if str(sys._getframe(1).f_globals.get("__name__")).startswith("importlib"):  # Python looks for a module
            return
        if isinstance(path, int):
            path = f"/proc/self/fd/{path}"
        path = path or os.curdir
    if event == "sqlite3.connect" and str(path).startswith("file:"):
        from urllib.parse import unquote, urlsplit

        path = unquote(urlsplit(str(path)).path)
    if isinstance(path, (str, bytes, os.PathLike)):
        adds = mode and {*"a+"} <= {*mode}  # and may read what is there
        new = os.O_WRONLY | os.O_TRUNC | os.O_EXCL
        writes = (mode and "r" not in mode and not adds) or (not mode and flags & new)
        name = os.path.abspath(os.fsdecode(path)) + os.sep * (event in _LISTS)  # noqa: PTH100 (links stay)
        if not name.startswith(_state["root"]):  # perhaps by another way to the same folder
            name = os.path.realpath(name) + os.sep * (event in _LISTS)
        if not writes and _counts(name) and name not in _opened:
            _refuse_old(name)
            _opened[name] = None  # what is asked for below is no news
            _opened[name] = _version(name)
            if os.getpid() != _state["process"]:  # a child of the report's process, which forgets it with its end
                os.write(_state["children"].fileno(), json.dumps([name, _opened[name]]).encode() + b"\n")
        if event == "sqlite3.connect":
            _hook("open", (name + _LOG, "r", 0))


def _announced(read: Any) -> Any:
    @functools.wraps(read)
    def announcing(*args: Any, **named: Any) -> Any:
        path = args[0] if args else named.get("path", named.get("io"))
        if isinstance(path, str | os.PathLike):
            with contextlib.suppress(OSError):  # a file, or a folder of files, and not the text of a page
                for one in [Path(path), *Path(path).rglob("*")]:
                    if one.is_file():
                        sys.audit("open", str(one), "r", 0)
        return read(*args, **named)

    announcing.announces = True  # type: ignore[attr-defined]
    return announcing


def hear_pandas() -> None:
    """Let the functions of pandas that leave opening to a library announce what they open, in this process and its forks."""
    with contextlib.suppress(ImportError):
        import pandas as pd

        for name in _SILENT:
            if not hasattr(getattr(pd, name), "announces"):
                setattr(pd, name, _announced(getattr(pd, name)))


def start(root: Path) -> None:
    """Begin to record what is opened below a folder; what :func:`keep` kept counts as opened now."""
    import tempfile

    base = f"{os.path.realpath(root)}{os.sep}"
    _opened.update({name: _version(name) for name in _kept if name.startswith(base)})
    _state.update(children=tempfile.TemporaryFile(), process=os.getpid())  # noqa: SIM115 (as long as the process)
    _state["root"] = base
    if not _state["hooked"]:  # a process can never take it off again
        sys.addaudithook(_hook)
        _state["hooked"] = True


def keep(packages: list[str]) -> None:
    """Stop recording; what was opened, but for files of these folders, counts for every report: modules read it while they were imported."""
    _state["root"] = ""
    _kept.update(name for name in _opened if not name.startswith(tuple(packages)))
    _opened.clear()


def flush() -> None:
    """Write what was left open: at its end a process may close what a file writes through before the file has written."""
    for one in gc.get_objects():
        if issubclass(type(one), io.IOBase):
            with contextlib.suppress(Exception):
                one.flush()


def take(found: dict[str, str | None]) -> None:
    """Count as read here what a kernel read."""
    _elsewhere.update(found)


def listing(folder: str | Path) -> str | None:
    """Return a digest of the names in a folder, hidden ones left out; None where there is none."""
    with contextlib.suppress(OSError):
        names = sorted(name for name in os.listdir(folder) if name[:1] != "." and name != "__pycache__")
        return sha("\0".join(names).encode("utf-8", "surrogateescape"))
    return None


def digests() -> dict[str, str | None]:
    """
    Stop recording and return what was read, by its path from the project's root.

    Returns
    -------
    dict of str to str
        SHA-256 of each file and (with a stroke at the end of the name) of the names in each folder that was listed; None where
        none was there; or "changed while it was read". The list of the project's own folder, generated folders, notebooks, the
        press itself, and what is hidden or lies in an environment do not count.
    """
    found, base, _state["root"] = dict(_elsewhere), _state["root"], ""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        for name, at in map(json.loads, os.pread(_state["children"].fileno(), 2**24, 0).splitlines()):
            if _opened.setdefault(name, at) != at:
                _opened[name] = "other than in a child"
    for name, at in sorted(_opened.items()):
        path = _source(name)
        made, now = digest(path), _version(path)
        found[path.removeprefix(base).replace(os.sep, "/")] = made if now == at else "changed while it was read"
    return found


def digest(path: str | Path) -> str | None:
    """Return the SHA-256 of a file, of the names in a folder (with a stroke at the end); None where there is none."""
    if str(path).endswith(os.sep):
        return listing(path)
    content = Path(path).read_bytes() if Path(path).is_file() else None
    return None if content is None or (str(path).endswith(_LOG) and not content) else sha(content)
