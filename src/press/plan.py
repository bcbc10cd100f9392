"""What must be made, and why: what stands in ``reports/`` held against the catalogue, by digests."""

import contextlib
import errno
import json
import os
import re
import shutil
import stat
import sysconfig
from collections import defaultdict
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, NamedTuple

from press import catalogue, messages, project, reads
from press.catalogue import Notebook, Run
from press.progress import say
from press.reads import sha

MANIFEST, RESULTS, STATES = "manifest.json", "results.csv", "reports.csv"
_TEMPLATES = ["report.html.j2", "figure.html.j2", "foot.html.j2", "style.css", "pages.css", "stops.js", "report.js"]
_RENDERERS = ["render.py", "messages.py", *(f"templates/{name}" for name in (*_TEMPLATES, "compare.js"))]


def open_up(place: Path) -> None:
    """Give the owner back the rights to what stands in a place and below it, where a cell took them; no link is followed."""
    with contextlib.suppress(OSError):
        mode, wanted = place.lstat().st_mode, 0o700 if place.is_dir() else 0o600
        if not stat.S_ISLNK(mode) and mode & wanted != wanted:
            place.chmod(mode | wanted)
        for inside in place.iterdir() if stat.S_ISDIR(mode) else ():
            open_up(inside)


def remove(place: Path) -> None:
    """Remove what stands in a place, whatever it is: of a link the link alone."""
    if place.is_symlink() or not place.is_dir():
        return place.unlink(missing_ok=True)
    open_up(place)
    return shutil.rmtree(place)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; a file in the place of one, or a link that leads nowhere, gives way."""
    if not folder.is_dir():
        make_folder(folder.parent)
        remove(folder)
        folder.mkdir(exist_ok=True)


def bytes_of(file: Path) -> bytes:
    """Return what a file holds; what is none, and would perhaps never end, is an OSError."""
    if not file.is_file():
        raise FileNotFoundError(errno.ENOENT, "is no file", str(file))
    return file.read_bytes()


def write_whole(target: Path, content: bytes) -> None:
    """
    Write a file so that it is there whole or not at all, flushed to disk; what stands in its place goes, whatever it is.

    Nothing is written through a link inside a report.

    Parameters
    ----------
    target : Path
    content : bytes
    """
    if target.parent.is_symlink() and project.reports() in target.parent.parents:
        target.parent.unlink()
    make_folder(target.parent)
    part = target.with_name(f".{sha(os.fsencode(target.name))[:16]}.part")  # names may be as long as a folder allows
    for place in (part, *([target] if target.is_dir() else [])):
        remove(place)
    with open(part, "xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(target)


def locked() -> list[tuple[str, str]]:
    """Return what is installed of what the lock names: packages with versions."""
    with contextlib.suppress(OSError):
        lock = bytes_of(project.root() / project.setting("lock")).decode()
        names = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
        installed = re.findall(r"(?m)^(.+)-(.+)\.dist-info$", "\n".join(os.listdir(sysconfig.get_path("purelib"))))
        there = ((re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in installed)
        return sorted(pair for pair in there if pair[0] in names)
    return []


class Job(NamedTuple):
    """
    One report to be made in ``folder``, or to be rendered again there: plain data that can be sent to another process or machine.

    ``execution`` and ``rendering`` are the digests it depends on, ``links`` and ``titles`` what its pages say of others,
    ``console`` where its process prints to.
    """

    run: Run
    folder: str
    execution: dict[str, str]
    rendering: dict[str, str]
    links: dict[str, Any]
    titles: dict[str, str]
    console: str = os.devnull
    engine: str = "fork"
    reasons: list[str] = []
    versions: dict[str, str] = {}
    commit: str | None = None


class Digests:
    """
    What is slow to learn of files, kept from one command to the next: digests, as long as a file's size and times stay, and more.

    Parameters
    ----------
    verify : bool
        Whether every file is read again all the same.
    """

    def __init__(self, verify: bool = False) -> None:
        self.file, self.base = project.cache() / "press.json", str(project.root())
        self.changed, self.verify = False, verify
        self.known, self.learnt, self.seen = dict[str, list](), dict[str, Any](), set[str]()
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            kept = json.loads(bytes_of(self.file))
            self.known, self.learnt = dict(kept["files"]), dict(kept["learnt"])

    def __call__(self, path: str | Path) -> str | None:
        """Return the SHA-256 of a file, None where there is none."""
        path, stamp = str(path), reads.stamp(path)
        name = path.removeprefix(self.base)
        kept = self.known.get(name)
        self.seen.add(name)
        if stamp and kept and kept[1:] == [*stamp] and not self.verify:
            return kept[0]
        digest = None
        with contextlib.suppress(OSError):
            digest = reads.digest(path)
        if not stamp or not digest:
            return None
        if path.endswith(".py") and not (kept and kept[0] == digest):
            with contextlib.suppress(OSError):  # of this size and second Python would take what was compiled before
                Path(cache_from_source(path)).unlink()
        self.known[name], self.changed = [digest, *stamp], True
        return digest

    def moved(self, paths: Iterable[Path]) -> list[str]:
        """Return the names of files that are no longer as they were when this command looked at them, or were exchanged and put back."""
        kept = {path: str(path).removeprefix(self.base) for path in paths}
        seen = {path: self.known[name] for path, name in kept.items() if name in self.seen and name in self.known}
        return [path.name for path, known in seen.items() if known[1:] != [*(reads.stamp(path) or ())]]

    def learn(self, key: str, find: Callable[[], Any]) -> Any:
        """Return what a command found once for a key, which names all that it depends on."""
        if key not in self.learnt:
            self.learnt[key], self.changed = find(), True
        return self.learnt[key]

    def save(self) -> None:
        """Keep what was learnt; a folder that cannot be written keeps nothing."""
        if self.changed:
            with contextlib.suppress(OSError):
                self.file.parent.mkdir(parents=True, exist_ok=True)
                kept = {n: k for n, k in self.known.items() if Path(self.base + n if n[:1] == "/" else n).exists()}
                write_whole(self.file, json.dumps({"files": kept, "learnt": self.learnt}).encode())
                self.changed = False


class Inputs:
    """
    What reports depend on, as digests; every file is read at most once.

    Parameters
    ----------
    runs : list of Run
    read : dict of str to Notebook
        Both from :func:`press.catalogue.read_catalogue`.
    digests : Digests
    wanted : set of str, optional
        Runs about to be made: pages lead to these and to those that are there; none given: to all.
    """

    def __init__(
        self, runs: list[Run], read: dict[str, Notebook], digests: Digests, wanted: set[str] | None = None
    ) -> None:
        self.runs, self.read, self.file = runs, read, digests
        self.manifest, self.below = cache(read_manifest), cache(_below)
        self.modules, self.reached = cache(self._modules), cache(self._reached)
        self.shown = [run for run in runs if wanted is None or run.id in wanted or self.manifest(run.id)]
        self.packages, self.code, self.texts = project.setting("code"), dict[str, Path](), list[tuple[str, Path]]()
        for head in self.packages:
            for path in project.package_files(head):
                if path.suffix == ".py":
                    name = ".".join([head, *path.relative_to(project.package(head)).with_suffix("").parts])
                    self.code[name.removesuffix(".__init__")] = path
                else:
                    self.texts.append((head, path))
        self.languages, root = list(project.languages()), project.root()
        fixed = [project.setting("lock"), *project.setting("inputs")]
        self.fixed = {name: digest for name in fixed if (digest := digests(root / name))}
        self.fixed["installed packages"] = sha(repr(locked()).encode())
        self.how = [self.languages, project.setting("language"), bool(project.setting("address"))]
        self.filed = project.content().get("filed", {})
        self.named, self.pairs = cache(self._named), {run.id: _pairs(run) for run in self.shown}
        self.families: dict[str, list[Run]] = defaultdict(list)
        self.by_value: dict[tuple, list[Run]] = defaultdict(list)
        for run in self.shown:
            self.families[run.notebook].append(run)
            for key, (value, _) in catalogue.filed(run.parameters, run.labels).items():
                self.by_value[key, value].append(run)
        self.first = {run.notebook: run.id for run in reversed(self.shown)}
        here = Path(__file__).parent
        names = [*_RENDERERS, *(f"locale/{lang}/LC_MESSAGES/press.po" for lang in self.languages)]
        self.page = {f"press/{n}": digest for n in names if (digest := digests(here / n))}
        about = [project.content().get("project", {}), self.filed]
        self.page[project.FILE] = sha(json.dumps(about, sort_keys=True, default=str).encode())

    def _imports(self, file: Path, module: str) -> list[str]:
        def find() -> list[str]:
            inside = module if file.name == "__init__.py" else module.rpartition(".")[0]
            with contextlib.suppress(SyntaxError):
                return sorted(catalogue.imported(project.text(file), self.packages, inside))
            return []

        return self.file.learn(f"imports of {module} among {self.packages} {self.file(file)}", find)

    def _modules(self, notebook: str) -> dict[str, Path]:
        """Return the files of the packages that a notebook can reach through imports, and those that they name."""
        found, todo = dict[str, Path](), set(self.read[notebook].imports)
        while todo:
            name = todo.pop()
            if name in self.code and name not in found:
                found[name] = self.code[name]
                todo |= {*self._imports(found[name], name), name.rpartition(".")[0]}
        said, heads = set().union(*map(self.named, found.values())), {name.partition(".")[0] for name in found}
        named = [p for head, p in self.texts if head in heads and (p.suffix == ".po" or p.name in said)]
        return {self.below(path): path for path in sorted([*found.values(), *named])}

    def _named(self, code: Path) -> set[str]:
        """Return which files that are no code a file of code names."""
        text = project.text(code)
        return {path.name for _, path in self.texts if path.name in text}

    def _reached(self, notebook: str) -> dict[str, str]:
        return {name: self.file(path) or "" for name, path in self.modules(notebook).items()}

    def stored(self, notebook: str) -> str:
        """Return the digest of all that the reports of a notebook left to be read by others: which are made, and their results."""
        there = {run.id: self.manifest(run.id) for run in self.runs if run.notebook == notebook}
        return sha(repr([(name, m and (m["status"], m["files"].get(RESULTS))) for name, m in there.items()]).encode())

    def execution(self, run: Run) -> dict[str, str]:
        """Return what decides, before a run, whether cells must run: name to digest."""
        return {
            f"notebooks/{run.notebook}.ipynb": self.read[run.notebook].code,
            **self.reached(run.notebook),
            **self.fixed,
            "parameters": sha(json.dumps([run.parameters, *self.how], sort_keys=True, default=str).encode()),
            **{f"reports/{name}": self.stored(name) for name in run.after},
        }

    def rendering(self, run: Run) -> dict[str, str]:
        """Return what decides, besides the stored notebook, how pages look: name to digest."""
        notebook = self.read[run.notebook]
        said = json.dumps([self.links(run), run.labels, notebook.titles, run.pdf], sort_keys=True, default=str)
        return _text_of(notebook, self.file) | self.page | {"links and titles": sha(said.encode())}

    def links(self, run: Run) -> dict[str, Any]:
        """
        Return the other reports that a report leads to.

        Returns
        -------
        dict
            ``previous`` and ``next`` (of the same notebook: ``id`` and ``names`` by language); ``same``: a list of groups filed
            under the same value, or that differ in this value only where a key says ``also = false`` (``what``, ``label`` of the
            value, ``reports``: ids with titles by language); ``near``: by notebook, the report most like this one; ``made``: the
            reports that a page of this notebook may lead to.
        """
        family = self.families[run.notebook] if self.filed and run.id in self.pairs else [run]
        at, same, near = [r.id for r in family].index(run.id), list[dict[str, Any]](), dict(self.first)
        mine, most = _pairs(run), dict.fromkeys(near, 0)
        for key, (value, label) in catalogue.filed(run.parameters, run.labels).items():
            best: dict[str, tuple[int, Run]] = {}
            for other in self.by_value[key, value]:
                alike, book = len(mine & self.pairs[other.id]), other.notebook
                if book != run.notebook and alike > (best[book][0] if book in best else 0):
                    best[book] = alike, other
                if alike > most[book]:
                    near[book], most[book] = other.id, alike
            found = [{"id": r.id, "titles": self.read[r.notebook].titles} for _, r in best.values()]
            if not self.filed[key].get("also", True):
                others = [r for r in family if key in r.labels and r.parameters.get(key) != value]
                others = [r for r in others if len(mine & self.pairs.get(r.id, mine)) == len(mine) - 1]
                found = [{"id": r.id, "titles": r.labels[key]} for r in others]
            if found:
                same.append({"what": self.filed[key].get("label", key), "label": label, "reports": found})
        around = {"previous": family[at - 1] if at else None, "next": family[at + 1] if at + 1 < len(family) else None}
        names = {key: r and {"id": r.id, "names": self._name(r)} for key, r in around.items()}
        made = [r.id for r in (self.shown if run.after else family)]
        return {**names, "same": same, "near": near | {run.notebook: run.id}, "made": made}

    def _name(self, run: Run) -> dict[str, str]:
        return {lang: run.named(lang) or self.read[run.notebook].titles[lang] for lang in self.languages}

    def job(self, run: Run, folder: Path, **more: Any) -> Job:
        """Return what a process needs to know to make a report in ``folder``, or to render the one there again."""
        titles = self.read[run.notebook].titles
        return Job(run, str(folder), self.execution(run), self.rendering(run), self.links(run), titles, **more)

    def _altered(self, place: str, made: dict[str, str]) -> list[str]:
        """Say which files of a report, by their place in it, are not as they were made."""
        now = {name: self.file(place + name) for name in made}
        return [f"{n} {'is altered' if now[n] else 'is lost'}" for n, digest in made.items() if now[n] != digest]

    def changes(self, run: Run, manifest: dict | None) -> tuple[list[str], list[str]]:
        """
        Say why a report is not up to date.

        Parameters
        ----------
        run : Run
        manifest : dict or None
            What the last run left.

        Returns
        -------
        (list of str, list of str)
            Why it must run again, and why its pages must be written again; both empty where the report can stay.
        """
        if manifest is None:
            return ["its manifest is damaged" if os.path.lexists(project.reports() / run.id / MANIFEST) else "new"], []
        if manifest["status"] != "ok":
            return ["failed last time"], []
        root = f"{project.root()}{os.sep}"
        read = {n: reads.listing(root + n) if n.endswith("/") else self.file(root + n) for n in manifest["read"]}
        place = f"{project.reports()}{os.sep}{run.id}{os.sep}"
        shown = {n: d for n, d in manifest["files"].items() if n.partition("/")[0] in self.languages}
        kept = {name: d for name, d in manifest["files"].items() if name not in shown}
        run_again = _differing(self.execution(run), manifest["execution"])
        run_again += _differing(read, manifest["read"], gone="is gone")
        run_again += self._altered(place, kept)
        page_again = _differing(self.rendering(run), manifest["rendering"])
        page_again += self._altered(place, shown)
        if page_again and not run_again and any("ipynb" in r or ".po" in r for r in page_again):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, StopIteration):
                if missing := [m for _, (_, m) in messages.renewed(run, place).items() if m]:
                    run_again.append(f"no value stored for {missing[0]}")
        return run_again, [] if run_again else page_again


def _pairs(run: Run) -> set[tuple[str, str]]:
    """Return the parameters of a run with their values."""
    return {(name, repr(value)) for name, value in run.parameters.items()}


def _text_of(notebook: Notebook, file: Any) -> dict[str, str]:
    files = {lang: messages.catalogue_of(notebook.name, lang) for lang in [*project.languages()][1:]}
    said = {f"{lang}/{path.name}": digest for lang, path in files.items() if (digest := file(path))}
    return {f"text of notebooks/{notebook.name}.ipynb": notebook.text, **said}


def as_now(job: Job) -> Job:
    """Return a job with the digests of its notebook and translations as they are now: they may not be what was planned."""
    name = job.run.notebook
    now = catalogue.read_notebook(project.notebooks() / f"{name}.ipynb", name)
    execution = job.execution | {f"notebooks/{name}.ipynb": now.code}
    return job._replace(execution=execution, rendering=job.rendering | _text_of(now, reads.digest))


def _below(path: Path) -> str:
    for base in (project.root(), Path(__file__).parents[1]):
        with contextlib.suppress(ValueError):
            return path.relative_to(base).as_posix()
    return path.as_posix()


def _differing(now: Any, then: dict[str, str | None], gone: str = "is no longer used") -> list[str]:
    """Say in what two tables of digests differ; a digest that begins with "changed" says itself why it is none."""
    reasons = []
    for name in (name for name in then | now if then.get(name) != now.get(name)):
        was = then.get(name)
        new = "was not there" if name in then else "is new to it"
        why = new if was is None else gone if now.get(name) is None else "changed"
        short = re.sub(r"^(text of )?.*/(?=.)", r"\1", name)
        reasons.append(f"{short} {was if str(was).startswith('changed') else why}")
    return reasons


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write what a report says of itself, and first a digest of all the rest, by which harm is seen."""
    rest = json.dumps(manifest, ensure_ascii=True, indent=1).removeprefix("{").encode() + b"\n"
    write_whole(folder / MANIFEST, f'{{\n "seal": "{sha(rest)}",'.encode() + rest)


def read_manifest(report: str) -> dict | None:
    """
    Read what a report says of itself.

    Parameters
    ----------
    report : str
        A run's id.

    Returns
    -------
    dict or None
        None where there is none, or one that was not written so, or where a link leads to the report.
    """
    folder = project.reports() / report
    try:
        content = b"" if folder.is_symlink() else bytes_of(folder / MANIFEST)
    except OSError:
        return None
    head, _, rest = content.partition(b'",')
    manifest = json.loads(content) if head.endswith(sha(rest).encode()) else {}
    tables = (manifest.get(k) for k in ("execution", "read", "rendering", "files"))
    # of a version that we can read
    ours = all(isinstance(table, dict) for table in tables) and manifest.get("status") in ("ok", "failed")
    return manifest if ours and manifest.pop("seal", None) and manifest.get("id") == report else None


def matches(report: str, pattern: str) -> bool:
    """
    Return whether a run is meant by a pattern: a part of its id, or, with ``*``, ``?`` or ``[``, all of it; capitals do not matter.

    Parameters
    ----------
    report : str
        A run's id.
    pattern : str

    Examples
    --------
    >>> matches("07_association/pci-score", "07*/pci*"), matches("07_association/pci-score", "pci"), matches("07_a/x", "x*")
    (True, True, False)
    """
    name, wanted = (project.composed(text).lower() for text in (report, pattern.strip("/")))
    chosen = wanted if {*"*?["} & {*wanted} else f"*{wanted}*"
    return bool(wanted) and (name == wanted or fnmatchcase(name, chosen))


class Plan:
    """
    What would be made, and why.

    Parameters
    ----------
    *only : str
        Only runs meant by one of these patterns (:func:`matches`); all without any.
    failed : bool
        Only those that failed last time.
    force : bool
        All of them, changed or not.
    verify : bool
        Whether every file is read, not only its size and time.
    to_make : bool
        Whether this will be made: pages may lead to it then, and otherwise only to what is there.

    Attributes
    ----------
    run, render : list of (Run, list of str)
        Runs to execute, and runs whose pages alone are written again, with reasons, in the catalogue's order. Those that
        read results of others come last; they are made again only where these results change.
    runs, wanted : list of Run
        The whole catalogue, and what of it was asked for.
    """

    def __init__(
        self, *only: str, failed: bool = False, force: bool = False, verify: bool = False, to_make: bool = True
    ) -> None:
        self.digests = Digests(verify)
        self.runs, self.read = catalogue.read_catalogue(self.digests)
        wanted = {run.id for run in self.runs if not only or any(matches(run.id, pattern) for pattern in only)}
        self.wanted = [run for run in self.runs if run.id in wanted]
        self.inputs = Inputs(self.runs, self.read, self.digests, wanted if to_make else set())
        self.manifests = {run.id: self.inputs.manifest(run.id) for run in self.runs}
        ids = [run.id for run in self.runs]
        for pattern in (p for p in only if not any(matches(id_, p) for id_ in ids)):
            near = catalogue.closest(pattern, [*sorted({part for id_ in ids for part in id_.split("/")}), *ids])
            remedy = f"{near} {project.command()} plan --force lists every run."
            raise catalogue.CatalogueFault(f"--only {pattern}: no run of the catalogue matches; {remedy}")
        self.run: list[tuple[Run, list[str]]] = []
        self.render: list[tuple[Run, list[str]]] = []
        for run in sorted(self.runs, key=lambda run: run.level):
            was = self.manifests[run.id]
            if run.id in wanted and (not failed or (was and was["status"] == "failed")):
                self._consider(run, force, bool(only) or failed)
        self.digests.save()

    def _consider(self, run: Run, force: bool, limited: bool) -> None:
        again, page = self.inputs.changes(run, self.manifests[run.id])
        again = again or (["asked for"] if force else [])
        if waiting := sum(other.notebook in run.after for other, _ in self.run):
            again.append(f"after {waiting} reports" + ("" if again else ", if their results change"))
        if again and run.after and limited:
            there = {other.id for other, _ in self.run}
            read_by = (r for r in self.runs if r.notebook in run.after and r.id not in there)
            behind = sum(bool(self.inputs.changes(r, self.manifests[r.id])[0]) for r in read_by)
            again += [f"while {behind} reports it reads are out of date"] if behind else []
        if again:
            self.run.append((run, again))
        elif page:
            self.render.append((run, page))

    def sources(self, runs: Iterable[Run]) -> list[str]:
        """Return what some runs will reach: the cells of their notebooks, text with its code included, and the packages' modules."""
        names = sorted({run.notebook for run in runs})
        cells = [cell["source"] for name in names for cell in project.book(self.read[name].path)["cells"]]
        files = sorted({path for name in names for path in self.inputs.modules(name).values() if path.suffix == ".py"})
        return [catalogue.plain_code(cell) for cell in cells] + [file.read_text(encoding="utf-8") for file in files]


def leftovers(runs: list[Run]) -> list[str]:
    """Return the reports on disk that the catalogue no longer asks for; ``interactive`` work is not counted."""
    wanted, folder, found = {run.id for run in runs}, project.reports(), list[str]()
    kept = wanted | {place.as_posix() for run in wanted for place in Path(run).parents}
    for place, below, _ in os.walk(folder):
        name = Path(place).relative_to(folder).as_posix()
        left = name not in kept and read_manifest(name) is not None
        found += [name] if left else []
        below[:] = [b for b in below if b[:1] != "." and b != "interactive" and not left and name not in wanted]
    return sorted(found)


def prune(runs: list[Run]) -> list[str]:
    """Remove the reports that the catalogue no longer asks for and return their ids; one that cannot be removed is said."""
    gone = []
    for report in leftovers(runs):
        folder = project.reports() / report
        try:
            remove(folder)
            gone.append(report)
        except OSError as error:
            say(f"not removed: {folder}: {error.strerror} (it belongs to {project.whose(str(folder))}).")
        with contextlib.suppress(OSError):  # not empty
            os.removedirs(folder.parent)
    return gone
