"""Tables that are replaced together: checked before the first is, all or none of them, and finished after a command that was killed."""

import contextlib
import io
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from helpers import paths
from helpers.paths import write_whole as write_whole
from helpers.record import tables


@contextlib.contextmanager
def changed(names: Sequence[str]) -> Iterator[dict[str, pd.DataFrame]]:
    """
    Give tables to change; then replace those whose number of rows changed, all or none.

    Parameters
    ----------
    names : sequence of str
        Tables of the codebook.

    Yields
    ------
    dict of str to DataFrame
        The tables as text, to be exchanged by others.

    Raises
    ------
    ValueError
        If the codebook finds a fault in the new tables; nothing is written then.
    """
    data = paths.data()
    part = data / ".ledger.part"
    with _locked(data):
        old = {name: as_text((data / f"{name}.csv").read_text("utf-8-sig")) for name in names}
        yield (new := dict(old))
        different = [name for name in names if len(new[name]) != len(old[name])]
        part.mkdir()
        try:
            for name in different:
                write_whole(part / f"{name}.csv", new[name].to_csv(index=False, lineterminator="\n"))
            if faults := _faults(data, part, different):
                raise ValueError("\n".join(["the ledger would not pass its checks; nothing was written:", *faults]))
            with _held():
                part.replace(data / ".ledger.new")  # from here on the new tables are the ledger
                _finish(data)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def finish() -> None:
    """Put the tables in their places that a command which was killed left beside them."""
    if (paths.data() / ".ledger.new").exists():
        with _locked(paths.data()):
            pass


def as_text(words: str, mark: str = ",") -> pd.DataFrame:
    """Return the table that a text holds, its cells as text, missing where empty; ``mark`` stands between them."""
    return pd.read_csv(io.StringIO(words), sep=mark, dtype="str", keep_default_na=False, na_values=[""])


@contextlib.contextmanager
def _locked(data):
    """Keep the tables for this command; what one that was killed left is finished, or thrown away if it was not whole."""
    import filelock

    with filelock.FileLock(data / ".ledger.lock"):
        shutil.rmtree(data / ".ledger.part", ignore_errors=True)
        _finish(data)
        yield


def _finish(data):
    whole = data / ".ledger.new"
    for file in whole.glob("*.csv"):
        file.replace(data / file.name)
    shutil.rmtree(whole, ignore_errors=True)


def _faults(data, part, names):
    """Return the faults that the tables would have with the new ones in their places."""
    given = os.environ.get("PRESS_ROOT")
    with tempfile.TemporaryDirectory() as root:
        (there := Path(root) / "data").mkdir()
        for file in [*part.iterdir(), *data.iterdir()]:
            if not (there / file.name).exists():
                (there / file.name).symlink_to(file.resolve())
        try:
            os.environ["PRESS_ROOT"] = root
            return [str(fault) for check in tables.check(names) for fault in check.faults] if names else []
        finally:
            os.environ.pop("PRESS_ROOT")
            os.environ |= {"PRESS_ROOT": given} if given else {}


@contextlib.contextmanager
def _held():
    """Hold back Ctrl-C and TERM until the end."""
    came, main = list[int](), threading.current_thread() is threading.main_thread()
    kinds = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = {kind: signal.signal(kind, lambda number, _: came.append(number)) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
        for number in came:
            signal.raise_signal(number)
