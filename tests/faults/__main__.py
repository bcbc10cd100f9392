"""Print the table of faults: what is done, what must be seen; then how many there are of each kind. ``python -m tests.faults``."""

import collections
import contextlib
import io
import sys
from pathlib import Path

import pytest


class _Items:
    def pytest_collection_finish(self, session):
        self.items = session.items


def rows():
    """Return (kind, done, seen), one for each fault: each test under this folder, once for each of its cases."""
    seen = _Items()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", "-q", "-n0", str(Path(__file__).parent)], plugins=[seen])
    return [_row(item) for item in seen.items]


def _row(item):
    words = item.originalname.removeprefix("test_").replace("_", " ")
    kind = item.module.__name__.rpartition("test_")[2].replace("_", " ")
    if not hasattr(item, "callspec"):
        return kind, words, "as said"
    case = item.callspec.id
    tables = [t for t in vars(item.module).values() if isinstance(t, dict) and isinstance(t.get(case), tuple)]
    said = [str(part) for part in tables[0][case][1:] if isinstance(part, str) and part] if tables else []
    return kind, case, "; ".join([words, *map(repr, said)])


def main():
    """Print all rows, or with ``--counts`` the counts alone."""
    table = rows()
    if "--counts" not in sys.argv:
        for kind, done, seen in table:
            print(f"{kind:12} | {done[:70]:70} | {seen}")
    for kind, count in collections.Counter(kind for kind, _, _ in table).items():
        print(f"{count:5}  {kind}")
    print(f"{len(table):5}  faults in all, {len({(k, d) for k, d, _ in table})} of them distinct")


if __name__ == "__main__":
    main()
