"""The catalogue: what ``reports.toml`` says is to be run, checked against the notebooks it names."""

import ast
import csv
import difflib
import hashlib
import json
import math
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from helpers import paths
from helpers.words import LANGUAGES, unmarked

_ENTRY_KEYS = ("notebook", "parameters", "over", "timeout", "after", "pdf")
_DEFINITIONS = {
    "hometown": ("by hometown", "theo quê quán"),
    "career": ("by career", "theo quá trình công tác"),
    "regulation": ("by regulation", "theo quy định"),
}


class CatalogueFault(ValueError):
    """The catalogue asks for something that cannot be run; the message names file, entry, what was expected and what to do."""


@dataclass(frozen=True)
class Notebook:
    """One notebook as committed: ``name``, ``digest`` of its code and text, ``defaults`` and ``types`` of its parameters, ``titles`` by language, ``imports`` of helpers' modules."""

    name: str
    digest: str
    defaults: dict
    types: dict
    titles: dict
    imports: tuple


@dataclass(frozen=True)
class Run:
    """One notebook with one set of parameters: ``id`` is the folder under ``reports/``, ``labels`` what a reader calls the parameters, by language; ``after``, the notebooks whose stored results it reads; ``pdf``, whether it is printed too."""

    id: str
    notebook: str
    parameters: dict
    lang: str
    slug: str
    labels: dict
    timeout: float | None = None
    after: tuple = ()
    pdf: bool = False


def rows(name):
    """Return a table of data/ as a list of dicts of text, without loading anything heavy."""
    with open(paths.data() / f"{name}.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _provinces():
    return {row["province_code"]: (row["name_en"], row["name_vi"]) for row in rows("units")}


def _indicators(usable=True):
    table = rows("indicators")
    kept = [r for r in table if not usable or r.get("usable", "true").strip().lower() in ("true", "1", "yes")]
    return {r["indicator"]: (r["label_en"], r["label_vi"]) for r in kept}


SETS = {
    "provinces": _provinces,
    "indicators": _indicators,
    "definitions": lambda: _DEFINITIONS,
    "own_panels": lambda: {
        p.parent.name: (p.parent.name,) * 2 for p in sorted(paths.data().glob("own/[!.]*/panel.toml"))
    },
    "languages": lambda: {"en": ("English", "Anh"), "vi": ("Vietnamese", "Việt")},
}
_LABELLED = {
    "province": _provinces,
    "outcome": lambda: _indicators(usable=False),
    "indicator": lambda: _indicators(usable=False),
    "definition": lambda: _DEFINITIONS,
}


def closest(name, known):
    """Return a clause naming the known spellings nearest to ``name``, or the first dozen where none is near."""
    spelled = {str(k).lower(): str(k) for k in known}
    near = [spelled[k] for k in difflib.get_close_matches(str(name).lower(), spelled, n=3, cutoff=0.5)]
    if near:
        return f"did you mean {', '.join(near)}?"
    known = [str(k) for k in known]
    rest = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"known: {', '.join(known[:12]) or 'none'}{rest}."


def slugify(value):
    """
    Turn any value into a short folder name.

    Parameters
    ----------
    value : object
        Text, number, flag or list of these.

    Returns
    -------
    str
        ``a-z0-9-`` only, at most 60 characters; where letters were lost or cut, eight hex digits of the value's hash keep names apart.
    """
    text = "-".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    slug = re.sub(r"[^a-z0-9]+", "-", unmarked(text)).strip("-")
    if len(slug) > 60 or not slug or re.search(r"[^\w\s.,–-]", text) or any(ord(c) < 32 for c in text):
        return f"{slug[:48].strip('-') or 'value'}-{_short_hash(text)}"
    return slug


def _short_hash(text):
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _parameters(cell):
    defaults, types = {}, {}
    for node in ast.parse(cell).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            name, kind = node.target.id, ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, kind = node.targets[0].id, None
        else:
            continue
        defaults[name] = ast.literal_eval(node.value)
        types[name] = kind or type(defaults[name]).__name__
    return defaults, types


def imported(source, package="helpers"):
    """
    Return the modules of ``package`` that a piece of code may import, wherever in it the import stands.

    Parameters
    ----------
    source : str
        Python code.
    package : str
        Name of the package.

    Returns
    -------
    set of str
        Module names without the package (``{"datasets", "page"}``). Names that are no module are returned too.
    """
    found, todo = set(), [ast.parse(source)] if package in source else []
    while todo:
        node = todo.pop()
        todo += [n for n in ast.iter_child_nodes(node) if isinstance(n, (ast.stmt, ast.excepthandler, ast.match_case))]
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            head, _, rest = node.module.partition(".")
            if head == package:
                found |= {rest.split(".")[0]} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith(package + ".")}
    return found


def plain_code(source):
    """Return a cell's code without its magic and shell lines."""
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))


def read_notebook(path):
    """
    Read what the catalogue needs to know of a notebook.

    Parameters
    ----------
    path : Path
        An ``.ipynb`` file.

    Returns
    -------
    Notebook
        The digest covers code, text, cell types and tags; outputs and other metadata do not count.

    Raises
    ------
    CatalogueFault
        If the file is no notebook, or its parameters are not plain literals.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        kept = [(c["cell_type"], sorted(c.get("metadata", {}).get("tags", [])), "".join(c["source"])) for c in cells]
    except (ValueError, KeyError, TypeError) as error:
        wanted = f"expected a Jupyter notebook (format 4), found {error!r}"
        raise CatalogueFault(f"{path.name}: {wanted}. Save it again from JupyterLab.") from None
    defaults, types, titles, imports = {}, {}, {}, set()
    for kind, tags, source in kept:
        if kind == "code":
            try:
                if "parameters" in tags:
                    defaults, types = _parameters(source)
                imports |= imported(plain_code(source))
            except (SyntaxError, ValueError) as error:
                wanted = "the cell tagged 'parameters' must hold plain literals only, one a line"
                if "parameters" in tags:
                    raise CatalogueFault(f"{path.name}: {wanted}; {error}.") from None
        elif kind == "markdown":
            heading = re.search(r"^#\s+(.+?)\s*#*$", source, re.MULTILINE)
            for lang in LANGUAGES:
                if heading and (f"lang-{lang}" in tags or not any(t.startswith("lang-") for t in tags)):
                    titles.setdefault(lang, heading[1])
    digest = hashlib.sha256(json.dumps(kept, ensure_ascii=True).encode()).hexdigest()
    titles = {lang: titles.get(lang, path.stem) for lang in LANGUAGES}
    return Notebook(path.stem, digest, defaults, types, titles, tuple(sorted(imports)))


def notebooks():
    """Return every notebook that can be run, by name: ``notebooks/**/NAME.ipynb``, hidden folders left out."""
    folder = paths.notebooks()
    files = {p.relative_to(folder).with_suffix("").as_posix(): p for p in sorted(folder.rglob("*.ipynb"))}
    return {name: path for name, path in files.items() if "/." not in f"/{name}"}


def _fits(value, kind):
    base = kind.replace(" ", "")
    if base.startswith(("list", "tuple")):
        inner = re.search(r"\[(.+?)[,\]]", base)
        return isinstance(value, list) and (not inner or all(_fits(v, inner[1]) for v in value))
    if "|" in base:
        return any(_fits(value, part) for part in base.split("|"))
    wanted = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "None": (type(None),)}.get(base)
    return wanted is None or (isinstance(value, wanted) and (base == "bool" or not isinstance(value, bool)))


def _values(name, value, where):
    if isinstance(value, list):
        return value
    if value in SETS:
        return list(SETS[value]())
    table, dot, column = str(value).partition(".")
    if not dot:
        raise CatalogueFault(f"{where}: over.{name} = {value!r} is no named set; {closest(value, SETS)}")
    try:
        return list(dict.fromkeys(row[column] for row in rows(table) if row[column]))
    except OSError:
        raise CatalogueFault(f"{where}: over.{name} = {value!r}: there is no table data/{table}.csv.") from None
    except KeyError:
        known = closest(column, rows(table)[0])
        raise CatalogueFault(f"{where}: over.{name} = {value!r}: the table has no column {column!r}; {known}") from None


@lru_cache(maxsize=8)
def _label_table(name, _stamp):
    return _LABELLED[name]()


def _label(name, value):
    try:
        known = _label_table(name, str(paths.data())) if name in _LABELLED else {}
    except (OSError, KeyError):
        known = {}
    texts = known.get(value) if isinstance(value, str) else None
    return dict(zip(LANGUAGES, texts or [str(value)] * 2, strict=True))


def _expand(number, entry, known, read):
    where = f"{paths.catalogue().name}, entry {number} ({entry.get('notebook', 'no notebook named')})"
    for key in entry:
        if key not in _ENTRY_KEYS:
            raise CatalogueFault(f"{where}: unknown key {key!r}; {closest(key, _ENTRY_KEYS)}")
    name = entry.get("notebook")
    if name not in known:
        raise CatalogueFault(f"{where}: there is no notebook {name!r}; {closest(name, known)}")
    if name not in read:
        read[name] = read_notebook(known[name])
    notebook, fixed, over = read[name], entry.get("parameters", {}), entry.get("over", {})
    for key, value in (("parameters", fixed), ("over", over)):
        if not isinstance(value, dict):
            raise CatalogueFault(f'{where}: {key} = {value!r}; expected a table, such as {{ lang = "en" }}.')
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
        if parameter not in notebook.defaults:
            near = closest(parameter, notebook.defaults)
            raise CatalogueFault(f"{where}: the notebook has no parameter {parameter!r}; {near}")
        if parameter in fixed and parameter in over:
            raise CatalogueFault(f"{where}: {parameter!r} stands under both 'parameters' and 'over'; keep one.")
    axes = {parameter: _values(parameter, value, where) for parameter, value in over.items()}
    for values in product(*axes.values()):
        given = fixed | dict(zip(axes, values, strict=True))
        for parameter, value in given.items():
            kind = notebook.types[parameter]
            if not _fits(value, kind):
                found = f"{parameter} = {value!r} is {type(value).__name__}, the notebook says {kind}."
                remedy = ' Codes are text: write them in quotes ("01").' if kind == "str" else ""
                raise CatalogueFault(f"{where}: {found}{remedy}")
            if isinstance(value, float) and not math.isfinite(value):
                raise CatalogueFault(f"{where}: {parameter} = {value} is not a number that can be written.")
        yield _run(name, given, notebook, where, timeout=timeout, after=tuple(after), pdf=pdf)


def _run(name, given, notebook, where, **more):
    lang = given.get("lang", notebook.defaults.get("lang", "en"))
    if lang not in LANGUAGES:
        raise CatalogueFault(f"{where}: lang = {lang!r}; expected one of {', '.join(LANGUAGES)}.")
    shown = {k: v for k, v in given.items() if k != "lang"}
    labels = {k: _label(k, v) for k, v in shown.items()}
    slug = "--".join(slugify(labels[k]["en"] if k == "province" else v) for k, v in shown.items()) or "default"
    if len(slug) > 120:
        slug = f"{slug[:110]}-{_short_hash(slug)}"
    return Run(f"{name}/{slug}/{lang}", name, given, lang, slug, labels, **more)


def read_catalogue():
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
        If the file is no TOML, or an entry names an unknown notebook, parameter, set or language, a value has another
        type than the notebook's parameters cell says, or two entries ask for the same run.
    """
    file = paths.catalogue()
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        wanted = "expected one [[report]] entry for each notebook that is to be run"
        raise CatalogueFault(f"{file.name} is missing; {wanted}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueFault(f"{file.name} is not TOML in UTF-8: {error}.") from None
    for key in content:
        if key != "report":
            raise CatalogueFault(f"{file.name}: unknown table {key!r}; expected [[report]].")
    entries = content.get("report", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CatalogueFault(f"{file.name}: expected [[report]] entries, with two brackets.")
    known, read, runs, seen = notebooks(), {}, {}, {}
    for number, entry in enumerate(entries, 1):
        for run in _expand(number, entry, known, read):
            full = json.dumps([run.notebook, read[run.notebook].defaults | run.parameters], sort_keys=True, default=str)
            if full in seen or run.id in runs:
                where = f"{file.name}, entries {seen.get(full, '?')} and {number}"
                raise CatalogueFault(f"{where}: both ask for {run.id}; keep one.")
            seen[full], runs[run.id] = number, run
    late = {run.notebook for run in runs.values() if run.after}
    for run in runs.values():
        for name in late & set(run.after):
            found = f"{name!r} under 'after' has itself an 'after'"
            raise CatalogueFault(f"{file.name}, {run.notebook}: {found}; take it out.")
    return list(runs.values()), read
