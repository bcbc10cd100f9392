"""
Write docs/licences.md: every package that the locks name, its licence as it says itself, and who needs it. ``make licences``.

A package that is not installed in .venv or .venv-teach (it is for another system or Python) keeps what the page said of it. ``--check``
writes nothing and fails where the page names other packages than the locks do.
"""

import re
import sys
from importlib import metadata

from environment import LOCKS, ROOT, pins

PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of the packages

What `make licences` found on packages of the four locks, as each package states it. *reports*: makes the reports; *cluster*: many
machines; *dev*: tests, linter, types, documentation; *teach*: the grader. Our own code is under the MIT licence; the tables say in `data/`
whose they are.

| package | licence | needed for |
|---|---|---|
"""


def licence(name: str) -> str:
    """Return the licence that an installed package states, in one line; what the page says where it is not installed here."""
    places = [*map(str, ROOT.glob(".venv*/lib/python*/site-packages")), *sys.path]
    found = next(iter(metadata.distributions(name=name, path=places)), None)
    if found is None:
        kept = (
            re.search(rf"(?m)^\| {re.escape(name)} \| (.*) \| \w+ \|$", PAGE.read_text("utf-8"))
            if PAGE.exists()
            else None
        )
        return kept[1] if kept else "not installed on this system"
    said = found.metadata
    classes = [
        c.split(" :: ")[-1]
        for c in said.get_all("Classifier") or ()
        if c.startswith("License :: ") and c.count("::") > 1
    ]
    text = str(said.json.get("license", "")).strip()
    short = text if text and len(text) <= 60 and "\n" not in text and text != "UNKNOWN" else ""
    return str(said.json.get("license_expression", "")) or short or "; ".join(classes) or "see the package"


def rows() -> dict[str, str]:
    """Return a row of the table for each package, by name."""
    needed: dict[str, str] = {}
    for kind, lock in LOCKS.items():
        for line in pins(lock):
            if match := re.match(r"([a-z0-9._-]+)==", line):
                needed.setdefault(match[1], kind)
    return {name: f"| {name} | {licence(name).replace('|', '/')} | {kind} |" for name, kind in sorted(needed.items())}


def main() -> int:
    """Write the page, or compare it; return the exit code."""
    if "--check" in sys.argv:
        there = set(re.findall(r"(?m)^\| ([a-z0-9._-]+) \|", PAGE.read_text("utf-8"))) - {"package"}
        other = sorted(there ^ set(rows()))
        print(
            f"docs/licences.md and the locks differ in {', '.join(other)}: make licences"
            if other
            else "docs/licences.md fits"
        )
        return bool(other)
    PAGE.write_text(HEAD + "\n".join(rows().values()) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
