"""The text of notebooks in other languages: gettext catalogues brought up to date, and translated copies to read and run."""

import io
import json
import re
from pathlib import Path
from typing import Any

from press import catalogue, messages, plan, project

_COPIED = re.compile(r"-Copy\d+$")  # what JupyterLab's Duplicate adds to a name
_HEADER = 'msgid ""\nmsgstr ""\n"Language: {lang}\\n"\n"MIME-Version: 1.0\\n"\n'
_HEADER += '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
_WRITTEN = "written_as"  # in the metadata of a copy: the digest of its cells as they were written


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
    from babel.messages.pofile import write_po

    now, file = Catalog(locale=lang, charset="utf-8"), messages.catalogue_of(name, lang)
    for number, _, text, comments in messages.extract(io.BytesIO(json.dumps(project.book(path)).encode()), (), (), {}):
        now.add(text, locations=[(path.name, number)], auto_comments=comments)
    known = messages.parsed(file, lang) if file.is_file() else Catalog(locale=lang, charset="utf-8")
    before = [(m.id, m.string, m.fuzzy) for m in known if m.id]
    known.update(now)
    known.obsolete.clear()
    texts = [m for m in known if m.id]
    if sorted(before) != sorted((m.id, m.string, m.fuzzy) for m in texts):  # only then, so that git stays clean
        written = io.BytesIO()
        write_po(written, known, width=0, omit_header=True)
        plan.write_whole(file, _HEADER.format(lang=lang).encode() + written.getvalue())
    return len(texts), sum(not m.string or m.fuzzy for m in texts)


def in_language(book: dict[str, Any], name: str, lang: str) -> dict[str, Any]:
    """
    Return a notebook in one language: its text and what is said beside parameters translated, and its parameter ``lang`` set.

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
            source = messages.parameters_translated(source, messages.read(messages.catalogue_of(name, lang), lang))
        cell["source"] = source.splitlines(keepends=True)
    return book


def copy(name: str, path: Path, lang: str) -> tuple[Path, bool]:
    """
    Write a notebook in another language, and that language switched on, below ``lab/``; one changed by hand is kept.

    Modules beside a notebook in a folder of its own (``lessons/checks.py``) are copied too.

    Returns
    -------
    (Path, bool)
        The file, and whether it is as written here, but for outputs.
    """
    book = in_language(project.book(path), name, lang)
    module, _, function = project.setting("language").partition(":")
    if function:
        first: dict[str, Any] = {"cell_type": "code", "id": "language", "metadata": {}, "outputs": []}
        switch = f"from {module} import {function}\n\n{function}({lang!r})"
        book["cells"].insert(0, first | {"execution_count": None, "source": switch})
    target = project.root() / "lab" / lang / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    for beside in path.parent.glob("*.py") if "/" in name else ():
        plan.write_whole(target.with_name(beside.name), beside.read_bytes())
    book["metadata"] |= {_WRITTEN: _digest(book)}
    try:
        there = json.loads(target.read_text(encoding="utf-8"))
        as_written = _digest(there) == there["metadata"].get(_WRITTEN)
        same = _digest(there) == _digest(book)
    except FileNotFoundError:
        as_written, same = True, False
    except (ValueError, TypeError, KeyError):  # no notebook any more: whatever it is, it is not ours
        return target, False
    if as_written and not same:
        plan.write_whole(target, (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode())
    return target, as_written or same


def _digest(book: dict[str, Any]) -> str:
    """Return what tells the cells of a notebook from others, whether they were run or not."""
    return plan.sha(json.dumps([(cell["cell_type"], "".join(cell["source"])) for cell in book["cells"]]).encode())


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
        A line a catalogue, and one that names the copies that were kept.
    """
    known, (_, *others) = catalogue.notebooks(), project.languages()
    if lang:
        project.known(lang, others, f"there is no language {lang!r} to translate to")
    names = [project.known(name, known, f"there is no notebook {name!r}") for name in names]
    lines, kept = list[str](), list[str]()
    for name, path in known.items():
        if name not in names if names else _COPIED.search(name):
            continue
        for code in [lang] if lang else others:
            total, open_ = update(name, path, code)
            file, as_written = copy(name, path, code)
            target = file.relative_to(project.root())
            lines.append(f"{code} {name}: {total} messages, {open_} to be translated or looked at; copy: {target}")
            kept += [] if as_written else [target.as_posix()]
    if kept:
        remedy = "for a new copy, rename or remove yours and start again"
        lines.append(f"changed by hand, so kept as they are: {', '.join(kept)}; {remedy}")
    return lines
