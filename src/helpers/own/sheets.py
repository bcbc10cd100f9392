"""
Reads a spreadsheet in a process of its own, so that a file that would take all memory ends this process and no other.

Run by `reading` as ``python sheets.py FILE MEGABYTES``: writes a pickle of {name of sheet: rows of text} and {name of sheet:
hidden rows}, of a hidden sheet none.
"""

import contextlib
import pickle
import re
import sys
import zipfile
from typing import Any
from xml.etree import ElementTree

_ODD = {
    "": rb'<c r="([A-Z]+)(\d+)"[^>]* t="e"[^>]*>.*?<v>([^<]*)</v>',
    "=": rb'<c r="([A-Z]+)(\d+)"(?![^>]* t="str")[^>]*><f[^>]*?(?:/>|>([^<]*)</f>)(?:<v ?/>|<v></v>)?</c>',
    "%": rb'<c r="([A-Z]+)(\d+)"(?=[^>]* s="(?:STYLES)")[^>]*>()',
}


def text(value: object) -> str:
    """Return a cell as text; a zero is added to 1.234, so that no number of a spreadsheet looks like one with thousands marks."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        short = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
        return f"{short}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", short) else short
    return value.isoformat()[:10] if hasattr(value, "isoformat") else str(value)


def odd(path: str) -> tuple[dict[str, list[tuple[int, int, str]]], dict[str, list[int]]]:
    """Return by sheet row, column and text of cells that a reader misses (errors, formulas without a value, percents); hidden rows."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    hidden: dict[str, list[int]] = {}
    with contextlib.suppress(KeyError, zipfile.BadZipFile), zipfile.ZipFile(path) as box:
        rels = {r.get("Id"): r.get("Target") for r in ElementTree.fromstring(box.read("xl/_rels/workbook.xml.rels"))}
        look = ElementTree.fromstring(box.read("xl/styles.xml") if "xl/styles.xml" in box.namelist() else b"<a/>")
        forms = {one.get("numFmtId"): str(one.get("formatCode")) for one in look.findall(".//{*}numFmt")}
        used = [xf.get("numFmtId") for xf in look.findall("{*}cellXfs/{*}xf")]
        styles = [b"%d" % n for n, form in enumerate(used) if form in ("9", "10") or "%" in forms.get(form, "")]
        for sheet in ElementTree.fromstring(box.read("xl/workbook.xml")).findall(".//{*}sheet"):
            target = str(rels[next(value for key, value in sheet.attrib.items() if key.endswith("}id"))])
            content = box.read("xl/" + target.removeprefix("/xl/")) if target.endswith(".xml") else b""
            name = str(sheet.get("name"))
            hidden[name] = [int(n) for n in re.findall(rb'<row r="(\d+)"[^>]* hidden="(?:1|true)"', content)]
            for mark, pattern in _ODD.items():
                sought = pattern.replace(b"STYLES", b"|".join(styles) or b"none")
                for letters, row, what in re.findall(sought, content, re.S):
                    column = sum((byte - 64) * 26**place for place, byte in enumerate(reversed(letters)))
                    found.setdefault(name, []).append((int(row), column, mark + what.decode()))
    return found, hidden


def main(path: str, megabytes: str) -> None:
    """Write the sheets of a file to standard output."""
    with contextlib.suppress(ImportError, ValueError):  # where the system knows no limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(megabytes) << 20,) * 2)
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book, sheets, (lost, hidden) = CalamineWorkbook.from_path(path), {}, odd(path)
    shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    for name in shown:
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        sheets[name] = [[text(value) for value in row] for row in rows]
        for row, column, what in lost.get(name, ()):
            if row <= len(rows) and column <= len(rows[0]):
                value: Any = rows[row - 1][column - 1]
                if what != "%" or isinstance(value, int | float):
                    sheets[name][row - 1][column - 1] = f"{text(round(value * 100, 9))}%" if what == "%" else what
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
            for row in range(top + 1, min(bottom + 1, len(rows)) if left == right else 0):  # down, not across
                sheets[name][row][left] = sheets[name][top][left]
    hidden = {n: hidden[n] for n in shown if hidden.get(n)} | {n: [] for n in book.sheet_names if n not in shown}
    pickle.dump((sheets, hidden), sys.stdout.buffer)


if __name__ == "__main__":
    main(*sys.argv[1:])
