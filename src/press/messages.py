"""Messages: what pages say in each language, and the translated text of notebooks, from gettext catalogues (.po), also of those stored with reports."""

import ast
import html
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from press import project, reads

EXPRESSION = re.compile(r"\{eval\}`([^`\n]+)`")
# What a parameter is, said beside it: ``draws: int = 999  # reassignments``.
_NOTE = re.compile(r"(?m)^(\w+\s*(?::[^=\n]*)?=[^\n]*?  # )(\S[^\n]*?)\s*$")
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "&<>\"'\\`*_{}[]()#+!|~=:@"}
_MARKUP[ord("$")] = '<span class="mathjax_ignore">&#36;</span>'


def parsed(file: Path, lang: str) -> Any:
    """Return a gettext catalogue as Babel reads it, or refuse it by name."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with open(file, "rb") as stream:
            return read_po(stream, locale=lang, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        raise project.CatalogueFault(f"{file.name} is no catalogue of messages (gettext .po): {error}.") from None


@lru_cache(maxsize=64)
def _read(file: Path, lang: str, _stamp: tuple | None) -> dict[str, str]:
    kept = [m for m in parsed(file, lang) if m.id and m.string and not m.fuzzy and isinstance(m.id, str)]
    return {str(m.id): str(m.string) for m in kept}


def read(file: Path, lang: str) -> dict[str, str]:
    """
    Read a gettext catalogue.

    Parameters
    ----------
    file : Path
        A ``.po`` file; one that does not exist has no messages.
    lang : str

    Returns
    -------
    dict of str to str
        Message to translation; empty and fuzzy ones are left out.

    Raises
    ------
    CatalogueFault
        If the file cannot be read as such.
    """
    return _read(file, lang, reads.stamp(file)) if file.is_file() else {}


def say(lang: str, text: str, **values: object) -> str:
    """Return a message of the press itself in a language, with its ``{values}`` filled in; English where it has no translation."""
    said = read(Path(__file__).parent / "locale" / lang / "LC_MESSAGES" / "press.po", lang).get(text, text)
    return said.format(**values) if values else said


def catalogue_of(notebook: str, lang: str) -> Path:
    """Return the file with the translated text of a notebook."""
    return project.root() / project.setting("locale") / lang / f"{notebook}.po"


def blocks(source: str) -> Iterator[tuple[str, bool]]:
    r"""
    Split Markdown into its blocks.

    Parameters
    ----------
    source : str
        Text of one Markdown cell.

    Yields
    ------
    (str, bool)
        A block (a paragraph, a heading, a whole list) and whether it is a message, to be translated: code between
        fences and display equations are not. Joined by blank lines the blocks give the text again.

    Examples
    --------
    >>> list(blocks("One.\n\n$$x$$\n\n- a\n- b"))
    [('One.', True), ('$$x$$', False), ('- a\n- b', True)]
    """
    block, closing = list[str](), ""
    for line in [*source.replace("\r\n", "\n").strip().split("\n"), ""]:
        bare = line.strip()
        if closing:
            block.append(line)
            closing = "" if bare.endswith(closing) else closing
        elif bare:
            block.append(line)
            fence = re.match(r"(```+|~~~+)", bare)
            closing = fence[1] if fence else "$$" if bare.startswith("$$") and bare.count("$$") == 1 else ""
        elif block:
            text = "\n".join(block)
            yield text, not text.lstrip().startswith(("```", "~~~", "$$"))
            block = []
    if block:
        yield "\n".join(block), False


def expressions(source: str) -> list[str]:
    """
    Return the inline expressions of a Markdown text, in order.

    Examples
    --------
    >>> expressions("Of {eval}`n` units {eval}`percent(x, 1)` ...")
    ['n', 'percent(x, 1)']
    """
    return [found.strip() for found in EXPRESSION.findall(source)]


def translate(source: str, catalogue: Mapping[str, str], where: str = "") -> str:
    """
    Translate the text of a Markdown cell, block by block; a block without a translation stays as it is.

    Parameters
    ----------
    source : str
    catalogue : mapping of str to str
        From :func:`read`.
    where : str
        Name of the catalogue, for the message of an error.

    Returns
    -------
    str

    Raises
    ------
    CatalogueFault
        If a translation computes other expressions than the message does.
    """
    done = []
    for text, message in blocks(source):
        said = catalogue.get(text, text) if message else text
        if (here := sorted(expressions(said))) != (there := sorted(expressions(text))):
            odd = sorted({*here} ^ {*there}) or sorted(here)
            differs = f"the translation of {text[:60]!r}... differs in its expressions ({', '.join(odd)})"
            raise project.CatalogueFault(f"{where}: {differs}; write the same {{eval}}`...` in both languages.")
        done.append(said)
    return "\n\n".join(done)


def translated(source: str, notebook: str, lang: str) -> str:
    """Return the text of one Markdown cell of a notebook in a language; as it is in the language of the notebooks."""
    if lang == next(iter(project.languages())):
        return source
    file = catalogue_of(notebook, lang)
    return translate(source, read(file, lang), f"{lang}/{file.name}")


def parameters_translated(source: str, catalogue: Mapping[str, str]) -> str:
    """
    Translate what is said beside parameters; the code stays as it is.

    Examples
    --------
    >>> parameters_translated("draws: int = 999  # reassignments", {"reassignments": "số lần phân lại"})
    'draws: int = 999  # số lần phân lại'
    """
    return _NOTE.sub(lambda found: found[1] + catalogue.get(found[2], found[2]), source)


def escape(text: object) -> str:
    """
    Return text made harmless where HTML or Markdown is read: the same letters to a reader, no tag, link, emphasis or equation.

    Examples
    --------
    >>> escape("<b>")
    '&#60;b&#62;'
    """
    safe = " ".join(str(text).split()).translate(_MARKUP)
    if re.search(r"(?i)^(\d+\.|-)|www\.", safe):
        safe = safe.replace(".", "&#46;").replace("-", "&#45;")
    return safe


def value(result: Mapping[str, Any]) -> str:
    """
    Return the text of one stored value (an entry's ``result`` in ``user_expressions``): text without its quotes, numbers alone.

    Examples
    --------
    >>> value({"data": {"text/plain": "[np.float64(3.5), np.True_]"}}), value({"data": {"text/plain": "np.str_('a')"}})
    ('[3.5, True]', 'a')
    """
    text = result.get("data", {}).get("text/plain", "")
    text = text if text[:1] in "'\"" else re.sub(r"\bnp\.(?:\w+\(([^()]*)\)|(True|False)_\b)", r"\1\2", text)
    with suppress(SyntaxError, ValueError):
        return str(ast.literal_eval(text)) if text[:1] in "'\"" else text
    return text


def fill(source: str, stored: list[Mapping[str, Any]]) -> str:
    """
    Put stored values where a Markdown text has expressions.

    Parameters
    ----------
    source : str
    stored : list of dict
        ``metadata.user_expressions`` of the cell, as jupyterlab-myst keeps them: expression and result.

    Returns
    -------
    str
        Values escaped, but for those that are Markdown themselves; an expression without a value stays as written, and one whose
        value is empty takes the space before it along.

    Examples
    --------
    >>> empty = {"expression": "more", "result": {"data": {"text/plain": "''"}}}
    >>> fill("One. {eval}`more` Two. {eval}`more`", [empty])
    'One. Two.'
    """
    known = {}
    for entry in stored:
        markdown = entry["result"].get("data", {}).get("text/markdown")
        known[entry["expression"].strip()] = escape(value(entry["result"])) if markdown is None else str(markdown)

    def put(found: re.Match[str]) -> str:
        text = known.get(found[1].strip(), f"<code>{html.escape(found[1].strip())}</code>")
        return text and found[0].partition("{")[0] + text

    return re.sub(f" ?{EXPRESSION.pattern}", put, source)


def heading(source: str) -> str | None:
    r"""
    Return the first heading of the first level in a Markdown text (``# Title``, or underlined with ===), None without one.

    Examples
    --------
    >>> heading("```bash\n# no title\n```\n\n# Title")
    'Title'
    """
    for text in (block for block, _ in blocks(source) if not block.lstrip().startswith(("```", "~~~"))):
        if found := re.search(r"^# +(.+?)\s*#*$|^(\S.*)\n=+\s*$", text, re.MULTILINE):
            return (found[1] or found[2]).strip()
    return None


def book_of(lang: str) -> str:
    """Return the name of the stored notebook in a language."""
    return "notebook.ipynb" if lang == next(iter(project.languages())) else f"notebook.{lang}.ipynb"


def renewed(run: Any, folder: str | Path) -> dict[str, tuple[dict[str, Any], str]]:
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
                source = translated(source, run.notebook, lang)
            wanted = list(dict.fromkeys(expressions(source)))
            missing = missing or next((e for e in wanted if (n, e) not in values), "")
            metadata = {k: v for k, v in cell["metadata"].items() if k != "user_expressions"}
            metadata |= {"user_expressions": [values[n, e] for e in wanted if (n, e) in values]} if wanted else {}
            cells.append({**cell, "source": source, "metadata": metadata})
        found[lang] = book | {"cells": cells}, missing
    return found


def book_bytes(book: dict[str, Any]) -> bytes:
    """Return a notebook as the bytes of its file."""
    return (json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "replace")


def extract(fileobj: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[tuple[int, None, str, list[str]]]:
    """
    Find the messages of a notebook; a method of extraction for Babel (entry point ``babel.extractors``, name ``ipynb``).

    Parameters
    ----------
    fileobj : file
        The notebook, open for reading.
    keywords, comment_tags, options
        Of Babel; not used.

    Yields
    ------
    (int, None, str, list of str)
        Number of the cell, no function, the message, and the cell's name as a comment.
    """
    for number, cell in enumerate(json.loads(fileobj.read())["cells"], 1):
        if cell["cell_type"] == "markdown":
            for text, message in blocks("".join(cell["source"])):
                if message:
                    yield number, None, text, [f"cell {cell.get('id', number)}"]
        elif "parameters" in (cell["metadata"].get("tags") or []):
            for _, text in _NOTE.findall("".join(cell["source"])):
                yield number, None, text, [f"cell {cell.get('id', number)}: beside a parameter"]
