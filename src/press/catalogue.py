"""The catalogue: what ``reports.toml`` says is to be run, checked against the notebooks it names."""

import ast
import json
import math
import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from itertools import cycle, product
from pathlib import Path
from typing import Any, NamedTuple

from press import messages, project, reads
from press.project import CatalogueFault, closest

_REMEDIES = {"str": ' Codes are text: write them in quotes ("01").'}
_REMEDIES |= {"list": ' Write a list in brackets: [2012, 2013] or ["North", "South"].'}
_IPYTHON = re.compile(r"(?m)^([ \t]*)(?:[%!?]|[\w., ]+=[ \t]*[%!]|[\w.]+\?+[ \t]*$).*")
_OUTSIDE = r"(?![^\[]*\])"  # of brackets
_KINDS = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "none": (type(None),), "dict": (dict,)}
_ANY = ("NoneType", "Any", "typing.Any", "object")  # what the notebook says of a parameter that may be anything


class Notebook(NamedTuple):
    """
    One notebook as committed.

    ``code`` and ``text`` are digests of what runs and of what is only read; ``defaults`` and ``types`` those of its
    parameters; ``titles`` its heading by language; ``imports`` the modules it names, by package.
    """

    name: str
    path: Path
    code: str
    text: str
    defaults: dict[str, Any]
    types: dict[str, str]
    titles: dict[str, str]
    imports: frozenset[str]


class Run(NamedTuple):
    """
    One notebook with one set of parameters.

    ``id`` is the folder under ``reports/``, ``labels`` what a reader calls the parameters, by language; ``after`` the
    notebooks whose stored results it reads, ``level`` how many rounds of them come before it; ``pdf`` whether it is printed too.
    """

    id: str
    notebook: str
    parameters: dict[str, Any]
    labels: dict[str, dict[str, str]]
    timeout: float | None = None
    after: tuple[str, ...] = ()
    pdf: bool = False
    level: int = 0

    def named(self, lang: str) -> str:
        """Return what a reader calls its parameters; empty where they have no labels."""
        return " · ".join(filter(None, (label[lang] for label in self.labels.values())))

    @property
    def words(self) -> str:
        """Words for the command that make it again."""
        if not self.id.startswith("interactive/"):
            return f"run --force {project.chosen(self.id)}"
        values = (v if isinstance(v, str) else json.dumps(v) for v in self.parameters.values())
        named = map("=".join, zip(self.parameters, values, strict=True))
        return shlex.join(["report", *["--"] * self.notebook.startswith("-"), self.notebook, *named])


def slugify(value: object, exact: bool = False) -> str:
    """
    Turn any value into a short folder name.

    Parameters
    ----------
    value : object
        Text, number, flag or list of these.
    exact : bool
        Whether no other value of its type may have the same name, but for capitals.

    Returns
    -------
    str
        ``a-z0-9-`` only, at most 60 characters; where letters were lost or cut, eight hex digits of the value's hash keep
        names apart. Where it is to be exact, they do so too unless the value can be read back: text as letters and
        digits with ``_``, or as codes such as KT24-K2; a list of such words without ``_``, or of whole numbers.

    Examples
    --------
    >>> slugify("Kon Tum"), slugify([2013, 2021]), slugify(-1), slugify(["-Kon Tum", 1])
    ('kon-tum', '2013-2021', 'minus-1', 'minus-kon-tum-1')
    >>> slugify("Elbe", exact=True), slugify("Hùng", exact=True), slugify("Hưng", exact=True)
    ('elbe', 'hung-be0792ed', 'hung-f20653b1')
    """
    parts = value if isinstance(value, (list, tuple)) else [value]
    text = "-".join(re.sub(r"^-(?=[\w.])", "minus ", str(part)) for part in parts)
    slug = re.sub(r"[^a-z0-9]+", "-", project.unmarked(text)).strip("-")
    lost = len(slug) > 60 or not slug or re.search(r"[^\w\s.,–-]", text) or any(ord(c) < 32 for c in text)
    read_back: Any = slug.upper() if re.fullmatch(r"[a-z]+\d+(-[a-z]+\d+)+", slug) else slug.replace("-", "_")
    if parts is value:
        read_back = value if all(type(v) is int or re.fullmatch("[A-Za-z0-9]+", str(v)) for v in parts) else None
    same = value.casefold() == read_back.casefold() if isinstance(value, str) else value == read_back
    if lost or (exact and isinstance(value, (str, list, tuple)) and not same):
        return f"{slug[:48].strip('-') or 'value'}-{_short_hash(value if isinstance(value, str) else repr(value))}"
    return slug


def _short_hash(text: str) -> str:
    return reads.sha(text.encode("utf-8", "surrogatepass"))[:8]


def _need(good: object, text: str) -> None:
    if not good:
        raise CatalogueFault(text)


def _parameters(cell: str) -> tuple[dict[str, Any], dict[str, str]]:
    defaults, types = dict[str, Any](), dict[str, str]()
    node: Any
    for node in ast.parse(cell).body:
        plain = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if plain or isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
            continue
        try:
            targets: list[Any] = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            value = ast.literal_eval(node.value)
            names = [target.id for target in targets]
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f"found {ast.unparse(node).splitlines()[0]}") from None
        kind = ast.unparse(node.annotation).strip("'") if isinstance(node, ast.AnnAssign) else type(value).__name__
        defaults |= dict.fromkeys(names, value)
        types |= dict.fromkeys(names, kind)
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
    for node in _imports(source) if inside or any(name in source for name in packages) else ():
        if isinstance(node, ast.ImportFrom):
            base = inside.split(".")[: inside.count(".") + 2 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        else:
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.partition(".")[0] in packages}


def _imports(source: str) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))]


def import_statements(source: str) -> list[str]:
    """Return every import statement of a piece of code, wherever it stands, but for those that begin with a dot."""
    found = [n for n in _imports(source) if not getattr(n, "level", 0) and getattr(n, "module", "") != "__future__"]
    return [ast.unparse(node) for node in found]


def plain_code(source: str) -> str:
    r"""
    Return a cell's code with ``pass`` in place of what only IPython knows: magics, shell lines, questions.

    Examples
    --------
    >>> plain_code("import os  # why?\nfiles = !ls\nos?")
    'import os  # why?\npass\npass'
    """
    plain = _IPYTHON.sub(r"\1pass", source)
    with suppress(SyntaxError):
        if plain != source:
            ast.parse(source)  # Python as well: a line that begins with % goes on with the one before
        return source
    return plain


def read_notebook(path: Path, name: str | None = None, digests: Any = None) -> Notebook:
    """
    Read what the catalogue needs to know of a notebook.

    Parameters
    ----------
    path : Path
        An ``.ipynb`` file.
    name : str, optional
        Its name in the catalogue; the file's otherwise.
    digests : plan.Digests, optional
        Keeps the titles from one command to the next.

    Returns
    -------
    Notebook
        The digests cover code, text, cell types and tags; outputs and other metadata do not count.

    Raises
    ------
    CatalogueFault
        If the file is no notebook, its parameters are not plain literals, or two cells are tagged ``parameters``.
    """
    book = project.book(path)
    kept = [(c["cell_type"], sorted(c["metadata"].get("tags", [])), c["source"]) for c in book["cells"]]
    pictures = [c["attachments"] for c in book["cells"] if c.get("attachments")]
    places = [(book["metadata"].get(at), key) for at, key in (("language_info", "name"), ("kernelspec", "language"))]
    written_in = next((about[key] for about, key in places if isinstance(about, dict) and about.get(key)), "python")
    _need(str(written_in).lower() in ("python", "ipython", "python3"), f"{path.name}: its cells are in {written_in}; expected Python. Take it out of notebooks/, or choose the kernel Python 3 in JupyterLab.")  # fmt: skip
    tagged = [n for n, (kind, tags, _) in enumerate(kept) if kind == "code" and "parameters" in tags]
    twice = f"cells {' and '.join(str(n + 1) for n in tagged)} are both tagged 'parameters'; expected one. Join them."
    _need(len(tagged) < 2, f"{path.name}: {twice}")
    injected = "a cell is tagged 'injected-parameters', which overrules parameters: papermill left it. Delete it."
    _need(not any("injected-parameters" in tags for _, tags, _ in kept), f"{path.name}: {injected}")
    try:
        defaults, types = _parameters(kept[tagged[0]][2]) if tagged else ({}, {})
    except (SyntaxError, ValueError) as error:
        wanted = "the cell tagged 'parameters' must hold plain literals only, one a line"
        raise CatalogueFault(f"{path.name}: {wanted}; {error}.") from None
    code, imports = [cell for cell in kept if cell[0] == "code"], set[str]()
    for _, _, source in code:
        with suppress(SyntaxError):
            imports |= imported(plain_code(source), project.setting("code"))
    order = [kind if kind == "code" else messages.expressions(source) for kind, _, source in kept]
    text = [order, [cell for cell in kept if cell[0] != "code"], *pictures]
    said, ran = (reads.sha(json.dumps(part, ensure_ascii=True).encode()) for part in (text, code))
    name, markdown = name or path.stem, [source for kind, _, source in kept if kind == "markdown"]

    def find() -> dict[str, str]:
        return {lang: _title(markdown, lang, name) for lang in project.languages()}

    if digests:
        texts = [(lang, digests(messages.catalogue_of(name, lang))) for lang in project.languages()]
    titles = digests.learn(f"titles of {name} {said} {texts}", find) if digests else find()
    return Notebook(name, path, ran, said, defaults, types, titles, frozenset(imports))


def _title(markdown: list[str], lang: str, name: str) -> str:
    headings = (messages.heading(messages.translated(source, name, lang)) for source in markdown)
    return messages.EXPRESSION.sub("…", next(filter(None, headings), name))


def notebooks() -> dict[str, Path]:
    """Return every notebook that can be run, by name: ``notebooks/**/NAME.ipynb``, hidden folders left out."""
    folder = project.notebooks()
    files = {p.relative_to(folder).with_suffix("").as_posix(): p for p in sorted(folder.rglob("*.ipynb"))}
    return {name: path for name, path in files.items() if "/." not in f"/{name}"}


def _fits(value: Any, kind: str) -> bool:
    base = re.sub(r"^Optional\[(.+)\]$", r"Union[None,\1]", kind.replace(" ", "").replace("typing.", ""))
    either = re.split(f",{_OUTSIDE}", base[6:-1]) if base[:6] == "Union[" else re.split(rf"\|{_OUTSIDE}", base)
    if either != [base]:
        return any(_fits(value, part) for part in either)
    if base.lower().startswith(("list", "tuple")):  # which both are written as a list
        kinds = re.split(f",{_OUTSIDE}", base.partition("[")[2][:-1].removesuffix(",..."))
        pairs = zip(value, cycle(kinds), strict=False) if isinstance(value, list) else ()
        return type(value) is list and len(kinds) in (1, len(value)) and all(not k or _fits(v, k) for v, k in pairs)
    return type(value) in _KINDS.get(base.partition("[")[0].lower(), (type(value),))


def labelled(name: str) -> dict[Any, dict[str, str]]:
    """
    Return the values of a named set, each with its label by language (and ``slug``, where the set has names for folders).

    Parameters
    ----------
    name : str
        Of ``[sets.NAME]`` in ``reports.toml``: ``csv`` (a file) with ``value`` (column), ``labels`` (column by language),
        ``where`` (column to the texts kept) and ``slug`` (column); or ``glob`` (a pattern of files: the values are what
        its first ``*`` stands for); or ``values`` (a list of values, or of tables with ``value`` and a label a language); alone or with those of one of the others.

    Raises
    ------
    CatalogueFault
        If the set is not described so, or its file is not there.
    """
    where, given = f"{project.FILE}, [sets.{name}]", project.content().get("sets", {}).get(name, {})
    project.known(name, project.content().get("sets", {}), f"{project.FILE}: there is no [sets.{name}]")
    entries = [v if isinstance(v, dict) else {"value": v} for v in given.get("values", [])]
    listed = {v["value"]: {k: str(text) for k, text in v.items() if k != "value"} for v in entries}
    _need(len(listed) == len(entries), f"{where}: a value stands twice (1, 1.0 and true are one); keep one.")
    if "glob" in given:
        at = next((n for n, part in enumerate(Path(given["glob"]).parts) if "*" in part), -1)
        found = (p.relative_to(project.root()).parts for p in sorted(project.root().glob(given["glob"])))
        names = [parts[at] for parts in found if not any(part.startswith(".") for part in parts)]
        return {name: {"slug": name} if slugify(name) == name else {} for name in names} | listed
    if "values" in given and "csv" not in given:
        return listed
    try:
        columns = given.get("labels", {}) | ({"slug": given["slug"]} if "slug" in given else {})
        rows, value, kept = project.rows(given["csv"]), given["value"], given.get("where", {}).items()
        rows = [row for row in rows if row[value] and all(row[c].strip().lower() in texts for c, texts in kept)]
        return listed | {row[value]: {k: row[column] for k, column in columns.items()} for row in rows}
    except KeyError as error:
        wanted = "expected csv and value, glob, or values"
        raise CatalogueFault(f"{where}: no {error} in it or in its file; {wanted}.") from None


def filed(parameters: dict[str, Any], labels: dict[str, dict[str, str]]) -> dict[str, tuple[str, dict[str, str]]]:
    """
    Return under what a run is filed.

    Parameters
    ----------
    parameters, labels : dict
        Of a :class:`Run`. A label with the key itself (``province = "62"`` beside the texts of a claim) files it too.

    Returns
    -------
    dict of str to (str, dict of str to str)
        Key of ``[filed]`` to the value and its label by language.
    """
    found, sets = {}, project.content().get("labels", {})
    for key, what in project.content().get("filed", {}).items():
        for name in (name for name in what.get("parameters", [key]) if name in labels):
            found[key] = (str(parameters[name]), labels[name])
        for value in (label[key] for label in labels.values() if key in label):
            label = labelled(sets[key]).get(value, {}) if key in sets else {}
            found[key] = value, dict.fromkeys(project.languages(), value) | label
    return found


def _values(name: str, value: Any, where: str) -> list[Any]:
    if isinstance(value, list):
        _need(value, f"{where}: over.{name} = []; expected at least one value.")
        return value
    sets, (table, dot, column) = project.content().get("sets", {}), str(value).partition(".")
    if isinstance(value, str) and value in sets:
        return list(labelled(value))
    if not dot:
        raise CatalogueFault(f"{where}: over.{name} = {project.shown(value)} is no named set; {closest(value, sets)}")
    rows = project.rows(f"{project.setting('tables')}/{table}.csv")
    wanted = f"{where}: over.{name} = {project.shown(value)}: the table has no column {column!r}"
    project.known(column, rows[0] if rows else {}, wanted)
    return list(dict.fromkeys(row[column] for row in rows if row[column]))


def _labels() -> dict[str, dict[Any, dict[str, str]]]:
    """Return what readers call the values of parameters, by parameter."""
    return {name: labelled(of) for name, of in project.content().get("labels", {}).items()}


def _expand(where: str, entry: dict, known: dict[str, Path], read: dict[str, Notebook], digests: Any) -> Iterator[Run]:
    """Yield the runs of one entry, without labels."""
    seconds = entry.get("timeout", 1)
    _need(0 < seconds < math.inf, f"{where}: timeout = {seconds}; expected seconds, more than 0.")
    name, fixed, over = str(entry.get("notebook")), entry.get("parameters", {}), entry.get("over", {})
    taken = re.search(r'(?i)^interactive(/|$)|^[^/]*\.(html|csv)$|[#?%&"<>\\\n]', name)
    _need(not taken, f"{where}: a notebook called {project.shown(name)} gives no address that pages can have: interactive, .html, .csv, and # ? % & are the press's or the web's own; rename it.")  # fmt: skip

    def found(key: str, asked: Any) -> str:
        return project.known(asked, known, f"{where}: {key}: there is no notebook {project.shown(asked)}")

    name, after = found("notebook", entry.get("notebook")), [found("after", other) for other in entry.get("after", [])]
    notebook = read[name] = read.get(name) or read_notebook(known[name], name, digests)
    for parameter in (*fixed, *over):
        tag = "no cell of the notebook is tagged 'parameters'; tag the cell that sets them (JupyterLab: Property Inspector)"
        _need(notebook.defaults, f"{where}: {parameter!r} is given, but {tag}.")
        project.known(parameter, notebook.defaults, f"{where}: the notebook has no parameter {parameter!r}")
        twice = f"{where}: {parameter!r} stands under both 'parameters' and 'over'; keep one."
        _need(not (parameter in fixed and parameter in over), twice)
    more = {key: entry[key] for key in ("timeout", "pdf") if key in entry} | {"after": tuple(after)}
    for values in product(*(_values(parameter, value, where) for parameter, value in over.items())):
        yield a_run(notebook, fixed | dict(zip(over, values, strict=True)), where, **more)


def a_run(notebook: Notebook, given: dict[str, Any], where: str, **more: Any) -> Run:
    """
    Return one run, its values checked against the types that the notebook says.

    Parameters
    ----------
    notebook : Notebook
    given : dict
        Parameters that differ from the notebook's own.
    where : str
        What asks for it, for messages.
    **more
        Other fields of :class:`Run`.

    Raises
    ------
    CatalogueFault
        If a value is of another type, or no number that can be written.
    """
    for parameter, value in given.items():
        kind = notebook.types[parameter]
        remedy = _REMEDIES.get(kind.partition("[")[0], "")
        found = f"{parameter} = {project.shown(value)} is {type(value).__name__}, the notebook says {kind}."
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):  # a date; inf and nan
            wanted = "Expected text, finite numbers, true, false, or lists of them; write a date in quotes."
            raise CatalogueFault(f"{where}: {found} {wanted}") from None
        _need(_fits(value, kind), f"{where}: {found}{remedy}")
    return Run(notebook.name, notebook.name, given, {}, **more)


def asked(name: str, words: list[str]) -> tuple[Run, Notebook]:
    """
    Return a run that a person asks for, which is filed below ``interactive/``, and its notebook.

    Parameters
    ----------
    name : str
        Of the notebook.
    words : list of str
        ``PARAMETER=VALUE``: text as it is, all else, and what may be anything, as in JSON; lists plainly too: a, b.

    Raises
    ------
    CatalogueFault
        If there is no such notebook or parameter, or a value is of another type than the notebook says.
    """
    known, given = notebooks(), dict[str, Any]()
    name = project.known(name, known, f"there is no notebook {project.shown(name)}")
    notebook = read_notebook(known[name], name)
    for word in words:
        parameter, sign, text = word.partition("=")
        _need(parameter not in given, f"{project.shown(parameter)} is given twice; keep one.")
        wanted = f"{project.shown(word)}: expected PARAMETER=VALUE, a parameter of {name}"
        project.known(parameter if sign else "", notebook.defaults, wanted)
        given[parameter] = _meant(text, notebook.types[parameter])
    run = _named(a_run(notebook, given, name), _labels(), True)
    return run._replace(id=f"interactive/{run.id}"), notebook


def _meant(text: str, kind: str) -> Any:
    """Return what a text means as a value of a kind; a list may stand without quotes, and without brackets."""
    if kind not in _ANY and _fits(text, kind):
        return text
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    parts = [part.strip() for part in text.strip(" []").split(",")] if kind.lower().startswith("list") else []
    return [_meant(part, "int") for part in parts] if any(parts) else text


def _called(name: str, value: Any, known: dict[Any, dict[str, str]]) -> dict[str, str]:
    """Return what a reader calls a value of a parameter, by language: a number that has no label with the parameter's name."""
    several = value if isinstance(value, list) else [value]
    each = [(one, known.get(one, {}) if isinstance(one, (str, int, float)) else {}) for one in several]
    start = f"{name} " * any(not isinstance(one, str) and not label for one, label in each)
    said = {lang: start + ", ".join(label.get(lang, str(one)) for one, label in each) for lang in project.languages()}
    return said if several is value else each[0][1] | said


def _named(run: Run, labels: dict[str, dict[Any, dict[str, str]]], whole: bool = False) -> Run:
    """Give a run its labels, and a folder named by them (``whole``: and by the names of its parameters)."""
    shown = {name: _called(name, value, labels.get(name, {})) for name, value in run.parameters.items()}
    names = {k: slugify(label.get("slug", run.parameters[k]), "slug" not in label) for k, label in shown.items()}
    slug = "--".join(f"{name}.{said}" if whole else said for name, said in names.items()) or "default"
    if len(slug) > 120:
        slug = f"{slug[:110]}-{_short_hash(slug)}"
    texts = {k: {lang: text for lang, text in label.items() if lang != "slug"} for k, label in shown.items()}
    return run._replace(id=f"{run.id}/{slug}", labels=texts)


def read_catalogue(digests: Any = None) -> tuple[list[Run], dict[str, Notebook]]:
    """
    Expand ``reports.toml`` into runs.

    Parameters
    ----------
    digests : plan.Digests, optional
        Keeps what is slow to read from one command to the next.

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
    for head in project.setting("code"):
        project.package(head)
    known, labels = notebooks(), _labels()
    tiles, evidence = (project.content().get(table, {}) for table in ("tiles", "evidence"))
    for name in filter(None, (tiles.get("set"), evidence.get("units"), evidence.get("scaled", {}).get("set"))):
        labelled(name)  # a fault of it is found before the pages ask for it
    read: dict[str, Notebook] = {}
    runs: dict[str, Run] = {}
    seen: dict[str, tuple[int, Run]] = {}
    for number, entry in enumerate(project.content().get("report", []), 1):
        where = project.place(number, entry)
        for run in (_named(run, labels) for run in _expand(where, entry, known, read, digests)):
            full = json.dumps([run.notebook, read[run.notebook].defaults | run.parameters], sort_keys=True, default=str)
            if run.id in seen and full not in seen and run.parameters.keys() != seen[run.id][1].parameters.keys():
                run = _named(run._replace(id=run.notebook), labels, True)  # other parameters of one value
            first, other = seen.get(full) or seen.get(run.id) or (0, run)
            values = " and ".join(project.shown(r.parameters) for r in (other, run))
            both = f"{project.FILE}, entries {first} and {number}: both ask for {run.id} (by {values}); keep one."
            _need(not first, both)
            seen[full] = seen[run.id] = number, run
            runs[run.id] = run
    _need(runs, f"{project.FILE} asks for no report; expected a [[report]] entry for each notebook that is to be run.")
    for id_, above in ((name, place.as_posix()) for name in runs for place in Path(name).parents):
        _need(above not in runs, f"{project.FILE}: {id_} would lie within the report {above}; rename its notebook.")
    levels = _levels(runs.values())
    return [run._replace(level=levels[run.notebook]) for run in runs.values()], read


def _levels(runs: Iterable[Run]) -> dict[str, int]:
    """Return how many rounds of notebooks must be made before each notebook."""
    after: dict[str, set[str]] = {}
    for run in runs:
        after.setdefault(run.notebook, set()).update(run.after)
    try:
        order = list(TopologicalSorter(after).static_order())
    except CycleError as error:
        circle = " after ".join(error.args[1][::-1])
        raise CatalogueFault(f"{project.FILE}: 'after' goes round in a circle: {circle}.") from None
    levels: dict[str, int] = {}
    for name in order:
        levels[name] = max((1 + levels[other] for other in after.get(name, ())), default=0)
    return levels
