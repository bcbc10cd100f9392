"""Where things are, once, and how a file that is there is written anew."""

import contextlib
import os
import shutil
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]


def root() -> Path:
    """
    Return the project's root folder.

    Returns
    -------
    Path
        ``$PRESS_ROOT`` where it is set (a scratch copy, a test), else the folder that holds this checkout.
    """
    given = os.environ.get("PRESS_ROOT")
    return Path(given) if given else _CHECKOUT


def data() -> Path:
    """Return the folder of tables."""
    return root() / "data"


def notebooks() -> Path:
    """Return the folder of notebooks."""
    return root() / "notebooks"


def reports() -> Path:
    """Return the folder that runs write to; nothing in it is edited by hand."""
    return root() / "reports"


def cache() -> Path:
    """Return the folder for whatever can be made again."""
    return root() / ".cache"


def write_whole(file: Path, text: str) -> None:
    """
    Write a text so that what stood there stays, whole, until the new one does; a link to the file and its rights stay.

    Raises
    ------
    OSError
        If the disk refuses; it names the file.
    """
    file = file.resolve()
    part = file.with_name(f".{file.name}.part")
    try:
        with open(part, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(file, part)
        part.replace(file)
    except OSError as error:
        error.filename = str(file)
        raise
    finally:
        part.unlink(missing_ok=True)
