"""The text of notebooks in other languages: gettext catalogues brought up to date, and translated copies to read and run."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from press import catalogue, messages, project


def update(name: str, path: Path, lang: str) -> tuple[int, int]:
    """
    Bring the catalogue of a notebook up to date with its text: new messages come in empty, changed ones fuzzy, gone ones go.

    Parameters
    ----------
    name : str
    path : Path
        The notebook.
    lang : str

    Returns
    -------
    (int, int)
        How many messages there are, and how many have no translation or one to be looked at.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    now, file = Catalog(locale=lang, charset="utf-8"), messages.catalogue_of(name, lang)
    with open(path, "rb") as stream:
        for number, _, text, comments in messages.extract(stream, (), (), {}):
            now.add(text, locations=[(path.name, number)], auto_comments=comments)
    known = Catalog(locale=lang, charset="utf-8")
    if file.is_file():
        with open(file, "rb") as stream:
            known = read_po(stream, locale=lang)
    before = [(m.id, m.string, m.fuzzy) for m in known if m.id]
    known.update(now)
    known.obsolete.clear()
    texts = [m for m in known if m.id]
    if sorted(before) != sorted((m.id, m.string, m.fuzzy) for m in texts):  # only then, so that git stays clean
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "wb") as stream:
            write_po(stream, known, width=0)
    return len(texts), sum(not m.string or m.fuzzy for m in texts)


def in_language(book: dict[str, Any], name: str, lang: str) -> dict[str, Any]:
    """
    Return a notebook in one language: its text translated, and its parameter ``lang``, where it has one, set.

    Parameters
    ----------
    book : dict
        As read from its file; stays as it is.
    name : str
        Of the notebook: ``NAME``, or ``FOLDER/NAME``; tells the catalogue.
    lang : str
    """
    book = json.loads(json.dumps(book))
    for cell in book["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = messages.translated(source, name, lang)
        elif "parameters" in cell["metadata"].get("tags", []):
            source = re.sub(r"(?m)^(lang\b[^=\n]*=\s*)([\"']).*?\2", rf'\g<1>"{lang}"', source)
        cell["source"] = source.splitlines(keepends=True)
    return book


def copy(name: str, path: Path, lang: str) -> Path:
    """
    Write a notebook in another language, and that language switched on, below ``.cache/lab``; return the file.

    Modules beside a notebook in a folder of its own (``lessons/checks.py``) are copied too.
    """
    book = in_language(json.loads(path.read_text(encoding="utf-8")), name, lang)
    module, _, function = project.setting("language").partition(":")
    if function:
        first: dict[str, Any] = {"cell_type": "code", "id": "language", "metadata": {}, "outputs": []}
        switch = f"from {module} import {function}\n\n{function}({lang!r})"
        book["cells"].insert(0, first | {"execution_count": None, "source": switch})
    target = project.cache() / "lab" / lang / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for beside in path.parent.glob("*.py") if "/" in name else ():
        shutil.copy(beside, target.parent)
    return target


def everything(names: list[str], lang: str | None) -> list[str]:
    """
    Bring catalogues up to date and write copies.

    Parameters
    ----------
    names : list of str
        Notebooks; all without any.
    lang : str, optional
        One language; every one but the notebooks' own otherwise.

    Returns
    -------
    list of str
        A line a catalogue.
    """
    known, (_, *others) = catalogue.notebooks(), project.languages()
    for name in names:
        if name not in known:
            raise ValueError(f"there is no notebook {name!r}; {project.closest(name, known)}")
    lines = []
    for name, path in known.items():
        if names and name not in names:
            continue
        for code in [lang] if lang else others:
            total, open_ = update(name, path, code)
            target = copy(name, path, code).relative_to(project.root())
            lines.append(f"{code} {name}: {total} messages, {open_} to be translated or looked at; copy: {target}")
    return lines
