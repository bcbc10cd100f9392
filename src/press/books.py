"""Stored notebooks: one a language in the folder of each report, and their text brought up to date without running a cell."""

import json
from pathlib import Path
from typing import Any

from press import messages, project
from press.catalogue import Run


def book_of(lang: str) -> str:
    """Return the name of the stored notebook in a language."""
    return "notebook.ipynb" if lang == next(iter(project.languages())) else f"notebook.{lang}.ipynb"


def renewed(run: Run, folder: str | Path) -> dict[str, tuple[dict[str, Any], str]]:
    """
    Put today's text into the stored notebooks of a report; code, outputs and values stay.

    Parameters
    ----------
    run : Run
    folder : Path or str
        The report's.

    Returns
    -------
    dict of str to (dict, str)
        The notebook by language, and the first expression in its text that has no stored value (or nothing).

    Raises
    ------
    OSError, ValueError, KeyError
        If the stored notebooks are not what was left there.
    """
    now = project.book(project.notebooks() / f"{run.notebook}.ipynb")["cells"]
    found = {}
    for lang in project.languages():
        book = json.loads(Path(folder, book_of(lang)).read_bytes())
        # by how many cells of code came before: that cell (with the one that sets parameters), and values in the text after it
        code, values, n = dict[int, list[Any]](), dict[tuple[int, str], Any](), 0
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                n += "injected-parameters" not in cell["metadata"].get("tags", [])
                code.setdefault(n, []).append(cell)
            values |= {(n, e["expression"]): e for e in cell["metadata"].get("user_expressions", [])}
        cells, missing, n = [], "", 0
        for cell in now:
            if cell["cell_type"] == "code":
                n += 1
                cells += code[n]
                continue
            source = cell["source"]
            if cell["cell_type"] == "markdown":
                source = messages.translated(source, run.notebook, lang)
            wanted = list(dict.fromkeys(messages.expressions(source)))
            missing = missing or next((e for e in wanted if (n, e) not in values), "")
            metadata = {k: v for k, v in cell["metadata"].items() if k != "user_expressions"}
            metadata |= {"user_expressions": [values[n, e] for e in wanted if (n, e) in values]} if wanted else {}
            cells.append({**cell, "source": source, "metadata": metadata})
        found[lang] = book | {"cells": cells}, missing
    return found


def book_bytes(book: dict[str, Any]) -> bytes:
    """Return a notebook as the bytes of its file."""
    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "replace")
