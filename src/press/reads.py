"""What a run reads: every file below the project that is opened while it runs, by an audit hook of Python."""

import hashlib
import json
import os
import sys
from pathlib import Path

# Files that a library opens without Python (pyarrow.dataset, duckdb, polars) are not seen: read them with pandas, or
# announce them with sys.audit("open", path, "r", 0).
_NEVER = ("reports/", "reports.toml")
_opened: dict[str, tuple[int, int, int] | None] = {}
_elsewhere: dict[str, str] = {}
_state = {"root": ""}


def stamp(path: str | Path) -> tuple[int, int, int] | None:
    """Return size and times of a file, which change when it does; None where there is none."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _hook(event: str, args: tuple) -> None:
    if event not in ("open", "sqlite3.connect") or not _state["root"] or (type(args[0]) is str and args[0] in _opened):
        return
    path, mode, flags = (*args, "r", 0)[:3] if event == "open" else (args[0], "r", 0)
    if isinstance(path, (str, bytes, os.PathLike)):
        writes = (mode and "r" not in mode) or (not mode and flags & (os.O_WRONLY | os.O_CREAT))
        name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (links stay)
        if not writes and name.startswith(_state["root"]) and name not in _opened:
            _opened[name] = stamp(name)


def start(root: Path) -> None:
    """Begin to record what is opened below a folder; once in a process, which can never take the hook off again."""
    _state["root"] = f"{os.path.realpath(root)}{os.sep}"
    sys.addaudithook(_hook)


def digests_as_json() -> str:
    """Return what :func:`digests` does as JSON, for the process of which this one is a kernel."""
    return json.dumps(digests())


def take(found: str) -> None:
    """Count as read here what a kernel read."""
    _elsewhere.update(json.loads(found))


def digests() -> dict[str, str]:
    """
    Stop recording and return what was read, by its path from the project's root.

    Returns
    -------
    dict of str to str
        SHA-256 of each file, or "changed while it was read". Generated folders, notebooks, code and what is hidden or lies in an
        environment do not count.
    """
    found, base, _state["root"] = dict(_elsewhere), _state["root"], ""
    for name, then in sorted(_opened.items()):
        relative = name.removeprefix(base).replace(os.sep, "/")
        left_out = relative.startswith(_NEVER) or name.endswith((".py", ".pyc", ".ipynb", ".po"))
        if then is not None and not left_out and "/." not in f"/{relative}" and Path(name).is_file():
            digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()
            found[relative] = digest if stamp(name) == then else "changed while it was read"
    return found
