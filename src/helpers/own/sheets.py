"""
Reads a spreadsheet in a process of its own, so that a file that would take all memory ends this process and no other.

Run by `reading` as ``python sheets.py FILE MEGABYTES``: writes a pickle of {name of sheet: rows of text}.
"""

import contextlib
import pickle
import re
import sys
import zipfile
from xml.etree import ElementTree

_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]* t="e"[^>]*>.*?<v>([^<]*)</v>', re.S)
_HOLLOW = re.compile(rb'<c r="([A-Z]+)(\d+)"(?![^>]* t="str")[^>]*><f[^>]*?(?:/>|>([^<]*)</f>)(?:<v ?/>|<v></v>)?</c>')


def text(value: object) -> str:
    """Return a cell as text; a zero is added to 1.234, so that no number of a spreadsheet looks like one with thousands marks."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        short = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
        return f"{short}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", short) else short
    return value.isoformat()[:10] if hasattr(value, "isoformat") else str(value).strip()


def holes(path: str) -> dict[str, list[tuple[int, int, str]]]:
    """Return row, column and text of the cells that a reader would take as empty: errors, and formulas without a stored value."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    with contextlib.suppress(KeyError, zipfile.BadZipFile), zipfile.ZipFile(path) as box:
        rels = {r.get("Id"): r.get("Target") for r in ElementTree.fromstring(box.read("xl/_rels/workbook.xml.rels"))}
        for sheet in ElementTree.fromstring(box.read("xl/workbook.xml")).findall(".//{*}sheet"):
            target = str(rels[next(value for key, value in sheet.attrib.items() if key.endswith("}id"))])
            content = box.read("xl/" + target.removeprefix("/xl/")) if target.endswith(".xml") else b""
            for pattern, mark in ((_ERROR, ""), (_HOLLOW, "=")):
                for letters, row, what in pattern.findall(content):
                    column = sum((byte - 64) * 26**place for place, byte in enumerate(reversed(letters)))
                    found.setdefault(str(sheet.get("name")), []).append((int(row), column, mark + what.decode()))
    return found


def main(path: str, megabytes: str) -> None:
    """Write the sheets of a file to standard output."""
    with contextlib.suppress(ImportError, ValueError):  # where the system knows no limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(megabytes) << 20,) * 2)
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book, sheets, lost = CalamineWorkbook.from_path(path), {}, holes(path)
    for one in book.sheets_metadata:
        if one.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_name(one.name)
            rows = sheet.to_python(skip_empty_area=False)
            sheets[one.name] = [[text(value) for value in row] for row in rows]
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
                for row in range(top + 1, min(bottom + 1, len(rows)) if left == right else 0):  # down, not across
                    sheets[one.name][row][left] = sheets[one.name][top][left]
            for row, column, what in lost.get(one.name, ()):
                if row <= len(rows) and column <= len(rows[0]):
                    sheets[one.name][row - 1][column - 1] = what
    pickle.dump(sheets, sys.stdout.buffer)


if __name__ == "__main__":
    main(*sys.argv[1:])
