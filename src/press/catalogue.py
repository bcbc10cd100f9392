"""The catalogue: what ``reports.toml`` says is to be run, checked against the notebooks it names."""

import ast
import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

from press import messages, project
from press.project import CatalogueFault, closest

_ENTRY_KEYS = ("notebook", "parameters", "over", "timeout", "after", "pdf")
_SET_KEYS = ("csv", "value", "labels", "where", "slug", "glob", "values")


@dataclass(frozen=True)
class Notebook:
    """
    One notebook as committed.

    ``code`` and ``text`` are digests of what runs and of what is only read; ``defaults`` and ``types`` those of its
    parameters; ``titles`` its heading by language; ``imports`` the modules it names, by package; ``old`` whether its text
    is in several languages (cells tagged ``lang-..``, a parameter ``lang``), so that it runs once a language.
    """

    name: str
    path: Path
    code: str
    text: str
    defaults: dict[str, Any]
    types: dict[str, str]
    titles: dict[str, str]
    imports: frozenset[str]
    old: bool


@dataclass(frozen=True)
class Run:
    """
    One notebook with one set of parameters.

    ``id`` is the folder under ``reports/``, ``labels`` what a reader calls the parameters, by language; ``after`` the
    notebooks whose stored results it reads, ``level`` how many rounds of them come before it; ``pdf`` whether it is printed too.
    """

    id: str
    notebook: str
    parameters: dict[str, Any]
    slug: str
    labels: dict[str, dict[str, str]]
    timeout: float | None = None
    after: tuple[str, ...] = ()
    pdf: bool = False
    old: bool = False
    level: int = 0
    languages: dict[str, str] = field(default_factory=dict)


def slugify(value: object) -> str:
    """
    Turn any value into a short folder name.

    Parameters
    ----------
    value : object
        Text, number, flag or list of these.

    Returns
    -------
    str
        ``a-z0-9-`` only, at most 60 characters; where letters were lost or cut, eight hex digits of the value's hash keep
        names apart.

    Examples
    --------
    >>> slugify("Kon Tum"), slugify([2013, 2021]), slugify(-1)
    ('kon-tum', '2013-2021', 'minus-1')
    """
    text = "-".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    slug = re.sub(r"[^a-z0-9]+", "-", project.unmarked(re.sub(r"^-(?=[\d.])", "minus ", text))).strip("-")
    if len(slug) > 60 or not slug or re.search(r"[^\w\s.,–-]", text) or any(ord(c) < 32 for c in text):
        return f"{slug[:48].strip('-') or 'value'}-{_short_hash(text)}"
    return slug


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _parameters(cell: str) -> tuple[dict[str, Any], dict[str, str]]:
    defaults, types = {}, {}
    for node in ast.parse(cell).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            name, kind = node.target.id, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, kind = node.targets[0].id, ""
        else:
            continue
        defaults[name] = ast.literal_eval(node.value)
        types[name] = kind or type(defaults[name]).__name__
    return defaults, types


def imported(source: str, packages: list[str], inside: str = "") -> set[str]:
    """
    Return the modules of some packages that a piece of code may import, wherever in it the import stands.

    Parameters
    ----------
    source : str
        Python code.
    packages : list of str
    inside : str
        Dotted name of the package that the code belongs to, for imports that begin with a dot.

    Returns
    -------
    set of str
        Dotted names. What is imported from a module is given as if it were a module too (it may be one).

    Examples
    --------
    >>> sorted(imported("from helpers.record import tables", ["helpers"]))
    ['helpers.record', 'helpers.record.tables']
    """
    found: set[str] = set()
    if not inside and not any(name in source for name in packages):
        return found
    todo: list[ast.AST] = [ast.parse(source)]
    while todo:
        node = todo.pop()
        todo += [n for n in ast.iter_child_nodes(node) if isinstance(n, (ast.stmt, ast.excepthandler, ast.match_case))]
        if isinstance(node, ast.ImportFrom):
            base = inside.split(".")[: inside.count(".") + 2 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.partition(".")[0] in packages}


def import_statements(source: str) -> Iterator[str]:
    """Yield every import statement of a piece of code, wherever it stands."""
    for node in ast.walk(ast.parse(plain_code(source))):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "__future__":
            if not getattr(node, "level", 0):
                yield ast.unparse(node)


def plain_code(source: str) -> str:
    """Return a cell's code without its magic and shell lines."""
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))


def read_notebook(path: Path, name: str | None = None) -> Notebook:
    """
    Read what the catalogue needs to know of a notebook.

    Parameters
    ----------
    path : Path
        An ``.ipynb`` file.
    name : str, optional
        Its name in the catalogue; the file's otherwise.

    Returns
    -------
    Notebook
        The digests cover code, text, cell types and tags; outputs and other metadata do not count.

    Raises
    ------
    CatalogueFault
        If the file is no notebook, its parameters are not plain literals, or two cells are tagged ``parameters``.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        kept = [(c["cell_type"], sorted(c.get("metadata", {}).get("tags", [])), "".join(c["source"])) for c in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        wanted = f"expected a Jupyter notebook (format 4), found {error!r}"
        raise CatalogueFault(f"{path.name}: {wanted}. Save it again from JupyterLab.") from None
    tagged = [n for n, (kind, tags, _) in enumerate(kept, 1) if kind == "code" and "parameters" in tags]
    if len(tagged) > 1:
        raise CatalogueFault(
            f"{path.name}: cells {' and '.join(map(str, tagged))} are both tagged 'parameters'; expected one. Join them."
        )
    defaults, types, imports, packages = {}, {}, set(), project.setting("code")
    for kind, tags, source in kept:
        if kind == "code":
            try:
                if "parameters" in tags:
                    defaults, types = _parameters(source)
                imports |= imported(plain_code(source), packages)
            except (SyntaxError, ValueError) as error:
                wanted = "the cell tagged 'parameters' must hold plain literals only, one a line"
                if "parameters" in tags:
                    raise CatalogueFault(f"{path.name}: {wanted}; {error}.") from None
    code = [cell for cell in kept if cell[0] == "code"]
    order = [kind if kind == "code" else messages.expressions(source) for kind, _, source in kept]
    old = "lang" in defaults and any(tag.startswith("lang-") for _, tags, _ in kept for tag in tags)
    name = name or path.stem
    code_digest, text_digest = (
        hashlib.sha256(json.dumps(part, ensure_ascii=True).encode()).hexdigest()
        for part in (code, [order, [cell for cell in kept if cell[0] != "code"]])
    )
    titles = {lang: _title(kept, lang, name) for lang in project.languages()}
    return Notebook(name, path, code_digest, text_digest, defaults, types, titles, frozenset(imports), old)


def _title(cells: list[tuple[str, list[str], str]], lang: str, name: str) -> str:
    catalogue = (
        {} if lang == next(iter(project.languages())) else messages.read(messages.catalogue_of(name, lang), lang)
    )
    for kind, tags, source in cells:
        if kind == "markdown" and not any(t.startswith("lang-") and t != f"lang-{lang}" for t in tags):
            said = messages.translate(source, catalogue, f"{lang}/{name}.po")
            if found := messages.heading(said):
                return messages.EXPRESSION.sub("…", found)
    return name


def notebooks() -> dict[str, Path]:
    """Return every notebook that can be run, by name: ``notebooks/**/NAME.ipynb``, hidden folders left out."""
    folder = project.notebooks()
    files = {p.relative_to(folder).with_suffix("").as_posix(): p for p in sorted(folder.rglob("*.ipynb"))}
    return {name: path for name, path in files.items() if "/." not in f"/{name}"}


def _fits(value: Any, kind: str) -> bool:
    base = kind.replace(" ", "").replace("typing.", "")
    if found := re.fullmatch(r"Optional\[(.+)\]", base):
        base = f"{found[1]}|None"
    if found := re.fullmatch(r"Union\[(.+)\]", base):
        base = found[1].replace(",", "|")
    if "|" in re.sub(r"\[.*?\]", "", base):
        return any(_fits(value, part) for part in base.split("|"))
    if base.lower().startswith(("list", "tuple")):
        inner = re.search(r"\[(.+?)[,\]]", base)
        return isinstance(value, list) and (not inner or all(_fits(v, inner[1]) for v in value))
    wanted = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "None": (type(None),)}.get(base)
    return wanted is None or (isinstance(value, wanted) and (base == "bool" or not isinstance(value, bool)))


def labelled(name: str) -> dict[Any, dict[str, str]]:
    """
    Return the values of a named set, each with its label by language (and ``slug``, where the set has names for folders).

    Parameters
    ----------
    name : str
        Of ``[sets.NAME]`` in ``reports.toml``: ``csv`` (a file) with ``value`` (column), ``labels`` (column by language),
        ``where`` (column to the texts kept) and ``slug`` (column); or ``glob`` (a pattern of files: the values are what
        its first ``*`` stands for); or ``values`` (a list of values, or of tables with ``value`` and a label a language).

    Raises
    ------
    CatalogueFault
        If the set is not described so, or its file is not there.
    """
    where, given = f"{project.FILE}, [sets.{name}]", project.content().get("sets", {}).get(name, {})
    for key in given:
        if key not in _SET_KEYS:
            raise CatalogueFault(f"{where}: unknown key {key!r}; {closest(key, _SET_KEYS)}")
    if "glob" in given:
        at = next((n for n, part in enumerate(Path(given["glob"]).parts) if "*" in part), -1)
        found = (p.relative_to(project.root()).parts for p in sorted(project.root().glob(given["glob"])))
        return {parts[at]: {} for parts in found if not any(part.startswith(".") for part in parts)}
    if "values" in given:
        entries = [v if isinstance(v, dict) else {"value": v} for v in given["values"]]
        return {v["value"]: {k: str(text) for k, text in v.items() if k != "value"} for v in entries}
    try:
        columns = given.get("labels", {}) | ({"slug": given["slug"]} if "slug" in given else {})
        kept = given.get("where", {}).items()
        return {
            row[given["value"]]: {k: row[column] for k, column in columns.items()}
            for row in project.rows(given["csv"])
            if row[given["value"]] and all(row[column].strip().lower() in texts for column, texts in kept)
        }
    except OSError:
        raise CatalogueFault(f"{where}: there is no file {given['csv']}.") from None
    except KeyError as error:
        raise CatalogueFault(
            f"{where}: no {error} in the set or in its file; expected csv and value, glob or values."
        ) from None


def _values(name: str, value: Any, where: str) -> list[Any]:
    if isinstance(value, list):
        return value
    sets = project.content().get("sets", {})
    if value in sets:
        return list(labelled(value))
    table, dot, column = str(value).partition(".")
    if not dot:
        raise CatalogueFault(f"{where}: over.{name} = {value!r} is no named set; {closest(value, sets)}")
    file = f"{project.setting('tables')}/{table}.csv"
    try:
        rows = project.rows(file)
        return list(dict.fromkeys(row[column] for row in rows if row[column]))
    except OSError:
        raise CatalogueFault(f"{where}: over.{name} = {value!r}: there is no table {file}.") from None
    except KeyError:
        known = closest(column, rows[0])
        raise CatalogueFault(f"{where}: over.{name} = {value!r}: the table has no column {column!r}; {known}") from None


class _Labels:
    """What readers call the values of parameters; every set is read once."""

    def __init__(self) -> None:
        self.sets: dict[str, dict[Any, dict[str, str]]] = {}
        self.of = project.content().get("labels", {})

    def __call__(self, name: str, value: Any) -> dict[str, str]:
        known: dict[Any, dict[str, str]] = {}
        if name in self.of and self.of[name] not in self.sets:
            try:
                self.sets[self.of[name]] = labelled(self.of[name])
            except CatalogueFault:
                self.sets[self.of[name]] = {}
        if name in self.of and isinstance(value, str):
            known = self.sets[self.of[name]]
        found = known.get(value, {}) if isinstance(value, (str, int, float)) else {}
        return {lang: found.get(lang, str(value)) for lang in project.languages()} | (
            {"slug": found["slug"]} if "slug" in found else {}
        )


def _expand(
    number: int, entry: dict[str, Any], known: dict[str, Path], read: dict[str, Notebook], labels: _Labels
) -> Iterator[Run]:
    where = f"{project.FILE}, entry {number} ({entry.get('notebook', 'no notebook named')})"
    for key in entry:
        if key not in _ENTRY_KEYS:
            raise CatalogueFault(f"{where}: unknown key {key!r}; {closest(key, _ENTRY_KEYS)}")
    name = entry.get("notebook")
    if not isinstance(name, str) or name not in known:
        raise CatalogueFault(f"{where}: there is no notebook {name!r}; {closest(str(name), known)}")
    if name not in read:
        read[name] = read_notebook(known[name], name)
    notebook, fixed, over = read[name], entry.get("parameters", {}), entry.get("over", {})
    for key, value in (("parameters", fixed), ("over", over)):
        if not isinstance(value, dict):
            raise CatalogueFault(f'{where}: {key} = {value!r}; expected a table, such as {{ outcome = "income" }}.')
    timeout = entry.get("timeout")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0):
        raise CatalogueFault(f"{where}: timeout = {timeout!r}; expected seconds, more than 0.")
    after, pdf = entry.get("after", []), entry.get("pdf", False)
    if not isinstance(after, list) or not isinstance(pdf, bool):
        wanted = 'expected a list of notebooks (["07_association"]), and true or false'
        raise CatalogueFault(f"{where}: after = {after!r}, pdf = {pdf!r}; {wanted}.")
    for other in after:
        if other not in known:
            raise CatalogueFault(f"{where}: after: there is no notebook {other!r}; {closest(other, known)}")
    for parameter in (*fixed, *over):
        _check_name(parameter, notebook, where, parameter in fixed and parameter in over)
    axes = {parameter: _values(parameter, value, where) for parameter, value in over.items()}
    for values in product(*axes.values()):
        given = fixed | dict(zip(axes, values, strict=True))
        for parameter, value in given.items():
            _check_value(parameter, value, notebook.types[parameter], where)
        yield _run(name, given, notebook, labels, timeout=timeout, after=tuple(after), pdf=pdf)


def _check_name(parameter: str, notebook: Notebook, where: str, twice: bool) -> None:
    if parameter == "lang" and notebook.old:
        raise CatalogueFault(f"{where}: every report is made in every language; take lang out.")
    if not notebook.defaults:
        wanted = "no cell of the notebook is tagged 'parameters'; tag the cell that sets them (JupyterLab: Property Inspector)"
        raise CatalogueFault(f"{where}: {parameter!r} is given, but {wanted}.")
    if parameter not in notebook.defaults:
        near = closest(parameter, notebook.defaults)
        raise CatalogueFault(f"{where}: the notebook has no parameter {parameter!r}; {near}")
    if twice:
        raise CatalogueFault(f"{where}: {parameter!r} stands under both 'parameters' and 'over'; keep one.")


def _check_value(parameter: str, value: Any, kind: str, where: str) -> None:
    if not _fits(value, kind):
        found = f"{parameter} = {value!r} is {type(value).__name__}, the notebook says {kind}."
        remedy = ' Codes are text: write them in quotes ("01").' if kind == "str" else ""
        raise CatalogueFault(f"{where}: {found}{remedy}")
    if isinstance(value, float) and not math.isfinite(value):
        raise CatalogueFault(f"{where}: {parameter} = {value} is not a number that can be written.")


def _run(name: str, given: dict[str, Any], notebook: Notebook, labels: _Labels, **more: Any) -> Run:
    shown = {k: labels(k, v) for k, v in given.items()}
    slug = "--".join(slugify(label.get("slug", given[k])) for k, label in shown.items()) or "default"
    if len(slug) > 120:
        slug = f"{slug[:110]}-{_short_hash(slug)}"
    texts = {k: {lang: text for lang, text in label.items() if lang != "slug"} for k, label in shown.items()}
    return Run(f"{name}/{slug}", name, given, slug, texts, old=notebook.old, languages=project.languages(), **more)


def read_catalogue() -> tuple[list[Run], dict[str, Notebook]]:
    """
    Expand ``reports.toml`` into runs.

    Returns
    -------
    runs : list of Run
        In the catalogue's order.
    read : dict of str to Notebook
        The notebooks they use.

    Raises
    ------
    CatalogueFault
        If the file is no TOML, or an entry names an unknown notebook, parameter or set, a value has another type than the
        notebook's parameters cell says, or two entries ask for the same run.
    """
    entries = project.content().get("report", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CatalogueFault(f"{project.FILE}: expected [[report]] entries, with two brackets.")
    known, labels = notebooks(), _Labels()
    read: dict[str, Notebook] = {}
    runs: dict[str, Run] = {}
    seen: dict[str, int] = {}
    for number, entry in enumerate(entries, 1):
        for run in _expand(number, entry, known, read, labels):
            full = json.dumps([run.notebook, read[run.notebook].defaults | run.parameters], sort_keys=True, default=str)
            if full in seen or run.id in runs:
                where = f"{project.FILE}, entries {seen.get(full, '?')} and {number}"
                raise CatalogueFault(f"{where}: both ask for {run.id}; keep one.")
            seen[full], runs[run.id] = number, run
    levels = _levels(runs.values())
    return [replace(run, level=levels[run.notebook]) for run in runs.values()], read


def _levels(runs: Iterable[Run]) -> dict[str, int]:
    """Return how many rounds of notebooks must be made before each notebook."""
    after: dict[str, set[str]] = {}
    for run in runs:
        after.setdefault(run.notebook, set()).update(run.after)
    levels: dict[str, int] = {}

    def level(name: str, path: tuple[str, ...]) -> int:
        if name in path:
            raise CatalogueFault(f"{project.FILE}: 'after' goes round in a circle: {' after '.join([*path, name])}.")
        if name not in levels:
            levels[name] = max((1 + level(other, (*path, name)) for other in after.get(name, ())), default=0)
        return levels[name]

    for name in after:
        level(name, ())
    return levels
