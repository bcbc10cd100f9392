"""From the catalogue to the reports: what must run and why, each run in its own process, each report whole or not at all."""

import ast
import contextlib
import datetime
import fcntl
import gc
import hashlib
import json
import logging
import os
import re
import shutil
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from helpers import catalogue, paths

MANIFEST = "manifest.json"
_FORMAT = 1


class LockHeld(RuntimeError):
    """Another run is writing to the same reports; the message names it."""


class Unwritable(OSError):
    """The folder of reports cannot be written; the message says which and why."""


def _sha(content):
    return hashlib.sha256(content).hexdigest()


class Inputs:
    """
    What a report depends on, as digests; every file is read once.

    Parameters
    ----------
    read : dict of str to Notebook
        From :func:`helpers.catalogue.read_catalogue`.
    runs : list of Run
    package : Path, optional
        Folder of the helper modules; this package's otherwise.
    """

    def __init__(self, read, runs, package=None):
        self.read, self.package = read, package or Path(__file__).parent
        self.by_id = {run.id: run for run in runs}
        self.of_province = {r.parameters.get("province"): r for r in runs if list(r.labels) == ["province"]}
        self.of_outcome = {r.parameters.get("indicator"): r for r in runs if list(r.labels) == ["indicator"]}
        self.file = cache(self._file)
        self._imports, self._modules = cache(self._imports), cache(self._modules)
        fixed = {"requirements.lock": paths.lock_file(), "data/datapackage.json": paths.data() / "datapackage.json"}
        self.fixed = {"template": self._template()} | {
            name: self.file(path) for name, path in fixed.items() if path.is_file()
        }

    def _file(self, path):
        try:
            return _sha(path.read_bytes())
        except OSError:
            return None

    def _template(self):
        files = [
            *sorted((self.package / "templates").rglob("*")),
            *(self.package / f"{m}.py" for m in ("engine", "site")),
        ]
        return _sha("".join(f"{f.name} {self.file(f)} " for f in files if f.is_file()).encode() + bytes([_FORMAT]))

    def _imports(self, module):
        path = self.package / f"{module}.py"
        return catalogue.imported(path.read_text(encoding="utf-8")) if path.is_file() else set()

    def _modules(self, first):
        found, todo = set(), [*first, "__init__"]
        while todo:
            module = todo.pop()
            if module not in found and (self.package / f"{module}.py").is_file():
                found.add(module)
                todo += self._imports(module)
        return {f"src/helpers/{m}.py": self.file(self.package / f"{m}.py") for m in sorted(found)}

    def modules(self, notebook):
        """Return the files of the package that a notebook can reach through imports, with their digests."""
        return self._modules(self.read[notebook].imports)

    def links(self, run):
        """Return the other reports a report leads to, as dicts of label, href and lang."""
        links = []
        for other in catalogue.LANGUAGES:
            there = self.by_id.get(f"{run.notebook}/{run.slug}/{other}")
            if other != run.lang and there:
                links.append(
                    {
                        "label": {"en": "English", "vi": "Tiếng Việt"}[other],
                        "href": f"../{other}/index.html",
                        "lang": other,
                    }
                )
        for kind, found in (("province", self.of_province), ("outcome", self.of_outcome)):
            there = found.get(run.parameters.get(kind)) if kind in run.parameters else None
            if there and there.notebook != run.notebook:
                href = f"../../../{there.notebook}/{there.slug}/{run.lang}/index.html"
                if f"{there.notebook}/{there.slug}/{run.lang}" in self.by_id:
                    links.append({"label": run.labels[kind][run.lang], "href": href, "lang": None})
        return links

    def before(self, run):
        """Return the digests of all that is known to matter before a run: name to SHA-256."""
        said = json.dumps([run.parameters, run.lang, self.links(run), run.labels], sort_keys=True, default=str)
        texts = sorted((self.package / "locale" / run.lang).rglob("*.po"))
        return {
            f"notebooks/{run.notebook}.ipynb": self.read[run.notebook].digest,
            **self.modules(run.notebook),
            **{f"src/helpers/{t.relative_to(self.package).as_posix()}": self.file(t) for t in texts},
            **self.fixed,
            "parameters": _sha(said.encode()),
        }

    def changes(self, run, manifest):
        """
        Say why a report is not up to date.

        Parameters
        ----------
        run : Run
        manifest : dict or None
            What the last run left.

        Returns
        -------
        list of str
            File names with "changed" and the like; empty where the report can stay.
        """
        if manifest is None:
            return ["new"]
        if manifest["status"] != "ok":
            return ["failed last time"]
        now, then = self.before(run), manifest["inputs"]
        reasons = [f"{Path(name).name} changed" for name, digest in now.items() if then.get(name, digest) != digest]
        reasons += [f"{Path(name).name} is new to it" for name in now if name not in then]
        for name in then.keys() - now.keys():
            if name in manifest["read"]:
                digest = self.file(paths.root() / name)
                if digest != then[name]:
                    reasons.append(f"{Path(name).name} {'changed' if digest else 'is gone'}")
            else:
                reasons.append(f"{Path(name).name} is no longer used")
        return sorted(set(reasons), key=reasons.index)


def read_manifest(report):
    """
    Read what a report says of itself.

    Parameters
    ----------
    report : str
        A run's id.

    Returns
    -------
    dict or None
        None where there is no whole report.
    """
    folder = paths.reports() / report
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return manifest if manifest["inputs"] is not None and (folder / "index.html").is_file() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def plan(only=None, failed=False, force=False, since=None):
    """
    Say what would run, and why.

    Parameters
    ----------
    only : str, optional
        Part of a run's id, or a pattern with ``*`` (``05_province/*/vi``); marks and capitals do not matter.
    failed : bool
        Only those that failed last time.
    force : bool
        All of them, changed or not.
    since : set of str, optional
        Only those that depend on one of these files (paths from the project's root).

    Returns
    -------
    todo : list of (Run, list of str)
        Runs with reasons, in the catalogue's order.
    runs : list of Run
        The whole catalogue.
    manifests : dict of str to dict or None
        By run id.
    inputs : Inputs
    """
    from fnmatch import fnmatchcase

    runs, read = catalogue.read_catalogue()
    inputs, manifests, todo = Inputs(read, runs), {run.id: read_manifest(run.id) for run in runs}, []
    wanted = (only or "").lower().strip("/")
    pattern = wanted if "*" in wanted else f"*{wanted}*"
    for run in runs:
        manifest = manifests[run.id]
        if only and not fnmatchcase(run.id.lower(), pattern):
            continue
        if failed and (manifest is None or manifest["status"] == "ok"):
            continue
        if since is not None and not since & {*inputs.before(run), *(manifest or {}).get("read", [])}:
            continue
        reasons = inputs.changes(run, manifest) or (["asked for"] if force else [])
        if reasons:
            todo.append((run, reasons))
    if only and not any(fnmatchcase(run.id.lower(), pattern) for run in runs):
        raise catalogue.CatalogueFault(
            f"--only {only}: no run of the catalogue matches; {catalogue.closest(only, [r.id for r in runs][:2000])}"
        )
    return todo, runs, manifests, inputs


def leftovers(runs):
    """Return the ids of reports on disk that the catalogue no longer asks for; ``interactive`` work is not counted."""
    wanted, folder = {run.id for run in runs}, paths.reports()
    found = {p.parent.relative_to(folder).as_posix() for p in folder.glob(f"*/*/*/{MANIFEST}")} | {
        p.parent.relative_to(folder).as_posix() for p in folder.glob(f"*/*/*/*/{MANIFEST}")
    }
    return sorted(r for r in found - wanted if not r.startswith((".", "interactive/")))


def prune(runs):
    """Remove the reports that the catalogue no longer asks for and return their ids."""
    gone = leftovers(runs)
    for report in gone:
        shutil.rmtree(paths.reports() / report)
        for parent in (paths.reports() / report).parents:
            if parent == paths.reports() or any(parent.iterdir()):
                break
            parent.rmdir()
    return gone


@contextlib.contextmanager
def lock():
    """
    Hold the folder of reports against other runs; the holder's death releases it.

    Raises
    ------
    LockHeld
        Naming process, host and start of the holder.
    Unwritable
        If the folder cannot be made or written.
    """
    folder = paths.reports()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / ".lock", "a+", encoding="utf-8")  # noqa: SIM115 (open while held)
    except OSError as error:
        raise Unwritable(
            f"cannot write to {folder.name}/: {error.strerror}. Make the folder writable, or free space, and run again."
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "another process"
        file.close()
        raise LockHeld(
            f"reports/ is being written by {holder}. Wait until it ends; if it must not go on, stop that process."
        ) from None
    try:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()} since {datetime.datetime.now():%Y-%m-%d %H:%M:%S}")
        with contextlib.suppress(OSError):
            file.flush()
        yield file.fileno()
    finally:
        with contextlib.suppress(OSError):
            file.close()


@dataclass
class Job:
    """One run to be made: plain data that can be sent to another process or machine."""

    run: catalogue.Run
    folder: str
    engine: str
    inputs: dict
    links: list
    versions: dict
    commit: str | None
    reasons: list = field(default_factory=list)


@dataclass
class Outcome:
    """How a run ended: ``status`` "ok", "failed" or "unwritten" (nothing could be written), ``error`` one line or None."""

    run: catalogue.Run
    status: str
    error: str | None
    seconds: float
    peak_mb: float = 0.0


def _portable(text):
    for place, said in ((os.environ.get("HELPERS_OUT"), "."), (str(paths.root()), "."), (str(Path.home()), "~")):
        if place and len(place) > 1:
            text = text.replace(place + os.sep, "" if said == "." else "~/").replace(place, said)
    return re.sub(r"\bat 0x[0-9a-f]{6,}", "at 0x...", text)


def _clean(nb):
    from helpers.engine import STREAM_LIMIT

    nb.cells = [c for c in nb.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    nb.metadata = {k: nb.metadata[k] for k in ("kernelspec", "language_info") if k in nb.metadata}
    for number, cell in enumerate(nb.cells):
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        cell.setdefault("id", f"cell-{number}")
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            if "text" in output:
                text = _portable(output.text)
                output.text = (
                    text
                    if len(text) <= STREAM_LIMIT
                    else f"{text[:STREAM_LIMIT]}\n[cut after {STREAM_LIMIT} characters]\n"
                )
            for kind in output.get("data", {}):
                if kind.startswith("text/") and isinstance(output.data[kind], str):
                    output.data[kind] = _portable(output.data[kind])
            if "traceback" in output:
                output.traceback = [_portable(line) for line in output.traceback]
    return nb


def _fault(nb):
    for number, cell in enumerate(nb.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                said = {
                    "name": output.ename,
                    "message": _portable(output.evalue),
                    "cell": number,
                    "source": cell.source,
                }
                return said | {"traceback": "\n".join(output.traceback)}
    return None


def _execute(job, source):
    import papermill

    fork = job.engine == "fork"
    options = {"here": True, "journal": ".journal"} if fork else {}
    error = None
    try:
        nb = papermill.execute_notebook(
            source,
            "notebook.ipynb",
            parameters=job.run.parameters,
            engine_name="fork" if fork else "nbclient",
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=not fork,
            **options,
        )
    except papermill.PapermillExecutionError:
        nb = papermill.iorw.load_notebook_node("notebook.ipynb")
    except OSError:
        raise
    except Exception as fault:  # noqa: BLE001 (whatever it is, the error page shows it)
        nb = papermill.iorw.load_notebook_node("notebook.ipynb") if Path("notebook.ipynb").is_file() else source
        error = {"name": type(fault).__name__, "message": str(fault), "cell": None, "source": None, "traceback": ""}
    return _clean(nb), error


def _source(run):
    import nbformat

    return nbformat.read(paths.notebooks() / f"{run.notebook}.ipynb", as_version=4)


def _write(job, nb, error, started, seconds):
    import resource

    import nbformat

    from helpers import site

    folder, run = Path(job.folder), job.run
    try:
        used = json.loads((folder / "used.json").read_bytes())
    except (OSError, ValueError):
        used = {}
    for name in ("used.json", ".journal", ".console"):
        (folder / name).unlink(missing_ok=True)
    read = {f"data/{name}.csv": digest for name, digest in used.get("tables", {}).items()}
    heading = next(
        (
            line[2:].strip()
            for c in site._visible(nb, run.lang).cells
            if c.cell_type == "markdown"
            for line in c.source.splitlines()
            if line.startswith("# ")
        ),
        run.notebook,
    )
    title = " · ".join(
        filter(None, [heading, used.get("title") or " · ".join(x[run.lang] for x in run.labels.values())])
    )
    (folder / "notebook.ipynb").write_text(nbformat.writes(nb) + "\n", encoding="utf-8", newline="\n")
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    raw = " ".join(f"-r {name} {value!r}" for name, value in run.parameters.items())
    page = {
        "lang": run.lang,
        "title": title,
        "index": "../" * (run.id.count("/") + 1) + site.INDEX[run.lang],
        "links": [
            *job.links,
            *({"label": f, "href": f, "lang": None} for f in files if f.endswith((".ipynb", ".csv"))),
        ],
        "parameters": {k: json.dumps(v, ensure_ascii=False) for k, v in run.parameters.items()},
        "files": files,
        "inputs": job.inputs | read,
        "rerun": f"helpers run --force --only {run.id}",
        "other": f"papermill --engine fork notebooks/{run.notebook}.ipynb my.ipynb {raw}".strip(),
        "error": error,
    }
    (folder / "index.html").write_text(site.report_html(nb, page), encoding="utf-8", newline="\n")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    manifest = {
        "id": run.id,
        "notebook": run.notebook,
        "parameters": run.parameters,
        "labels": run.labels,
        "lang": run.lang,
        "slug": run.slug,
        "title": title,
        "status": "failed" if error else "ok",
        "error": f"{error['name']}: {error['message']}"[:300] if error else None,
        "cell": error["cell"] if error else None,
        "inputs": job.inputs | read,
        "read": sorted(read),
        "sources": used.get("sources", []),
        "versions": job.versions | used.get("versions", {}),
        "files": {f: _sha((folder / f).read_bytes()) for f in ["index.html", *files]},
        "seed": run.parameters.get("seed"),
        "engine": job.engine,
        "commit": job.commit,
        "host": socket.gethostname(),
        "reasons": job.reasons,
        "started": started,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _now():
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def make(job):
    """
    Make one report in ``job.folder``; runs in a process of its own, which it changes as it likes.

    Parameters
    ----------
    job : Job
        The manifest is written last: where it is, the report is whole.
    """
    folder = Path(job.folder)
    os.environ |= {"HELPERS_OUT": str(folder), "HELPERS_ROOT": str(paths.root()), "SOURCE_DATE_EPOCH": "0"}
    os.chdir(folder)
    started, clock = _now(), time.monotonic()
    nb, error = _execute(job, _source(job.run))
    os.chdir(folder)
    _write(job, nb, error or _fault(nb), started, time.monotonic() - clock)


def _make_error(job, name, message, seconds):
    folder, nb = Path(job.folder), _source(job.run)
    done, running = {}, None
    with contextlib.suppress(OSError, ValueError):
        for line in (folder / ".journal").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            running = None if entry["done"] else entry["cell"]
            if entry["done"]:
                done[entry["cell"]] = entry
    with contextlib.suppress(OSError):
        message += "".join(f"\n{line}" for line in (folder / ".console").read_text(errors="replace").splitlines()[-8:])
    shutil.rmtree(folder)
    folder.mkdir(parents=True)
    from nbformat import from_dict
    from papermill import execute_notebook

    nb = execute_notebook(nb, None, job.run.parameters, prepare_only=True, progress_bar=False)
    for number, entry in done.items():
        nb.cells[number].outputs, nb.cells[number].execution_count = from_dict(entry["outputs"]), entry["count"]
    source = nb.cells[running].source if running is not None else None
    cell = running + 1 if running is not None else None
    error = {"name": name, "message": _portable(message), "cell": cell, "source": source, "traceback": ""}
    _write(job, _clean(nb), error, _now(), seconds)


def _publish(job):
    target, folder = paths.reports() / job.run.id, Path(job.folder)
    old = folder.with_name(f"{folder.name}.old")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        target.rename(old)
    folder.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _enter(work, job, close):
    for descriptor in close:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    console = os.open(Path(job.folder) / ".console", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (console, 1), (console, 2)):
        os.dup2(source, target)
    work(job)
    os._exit(0)


def _die_with_parent():
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900")


class Local:
    """
    Runs jobs on this machine, each in a process of its own; the one executor a batch needs.

    Parameters
    ----------
    jobs : int
        Processes alive at most.
    timeout : float
        Seconds a job may take.
    close : sequence of int
        File descriptors that children must not keep (the lock).
    """

    def __init__(self, jobs, timeout, close=()):
        import multiprocessing

        methods = multiprocessing.get_all_start_methods()
        self.context = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
        self.jobs, self.timeout, self.close = jobs, timeout, tuple(close)
        self.alive, self.stopped = {}, False

    def stop(self, *_):
        """End the batch at the next moment it is safe; a handler of signals."""
        self.stopped = True

    def map(self, work, tasks, on_wait=lambda running: None):
        """
        Run ``work(job)`` for every job.

        Parameters
        ----------
        work : callable
        tasks : iterable of Job
        on_wait : callable
            Called several times a second with the jobs that are running.

        Yields
        ------
        (Job, str or None, float)
            As they finish: the job, None or why its process ended early, seconds.

        Raises
        ------
        KeyboardInterrupt
            After :meth:`stop`; children are ended first.
        """
        from multiprocessing.connection import wait

        tasks = iter(tasks)
        try:
            while True:
                while len(self.alive) < self.jobs and (job := next(tasks, None)) is not None:
                    process = self.context.Process(target=_enter, args=(work, job, self.close))
                    process.start()
                    self.alive[process.sentinel] = process, job, time.monotonic()
                if not self.alive:
                    return
                if self.stopped:
                    raise KeyboardInterrupt
                on_wait([job for _, job, _ in self.alive.values()])
                ended = wait(list(self.alive), timeout=0.2)
                now = time.monotonic()
                for sentinel, (process, job, start) in list(self.alive.items()):
                    limit = job.run.timeout or self.timeout
                    if sentinel in ended:
                        process.join()
                        why = None if process.exitcode == 0 else _why(process.exitcode)
                    elif now - start > limit:
                        _kill(process)
                        why = f"stopped after {limit:g} seconds (--timeout)"
                    else:
                        continue
                    del self.alive[sentinel]
                    yield job, why, now - start
        finally:
            for process, _, _ in self.alive.values():
                _kill(process)
            self.alive.clear()


def _why(code):
    if code == -signal.SIGKILL:
        return "its process was killed (signal 9): by hand, or because memory ran out"
    return f"its process ended early ({f'signal {-code}' if code < 0 else f'exit code {code}'})"


def _kill(process):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _versions():
    import platform
    from importlib.metadata import version

    return {"Python": platform.python_version()} | {n: version(n) for n in ("papermill", "nbconvert", "ipython")}


def _commit():
    import subprocess

    try:
        said = subprocess.run(
            ["git", "-C", str(paths.root()), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return said.stdout.strip() or None
    except (OSError, subprocess.SubprocessError):
        return None


def _imports_of(source):
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "__future__":
            yield ast.unparse(node)


def warm(notebooks, modules):
    """
    Import and use once what the reports need, so that their forks need not; starts no thread and changes no file.

    Parameters
    ----------
    notebooks, modules : iterable of Path
        Notebooks to run and the helper modules they reach: every import statement in them is executed here, wherever
        it stands. One that fails is left to the run that needs it. All tables are loaded once, so that they are
        parsed and checked once.
    """
    import io

    import papermill

    from helpers import datasets, engine, site

    engine.shell()
    engine.use_inline()
    import matplotlib.pyplot as plt
    import nbformat
    import pandas as pd

    logging.getLogger("papermill").setLevel(logging.ERROR)
    cells = (c.source for n in notebooks for c in nbformat.read(n, as_version=4).cells if c.cell_type == "code")
    sources = [*(catalogue.plain_code(c) for c in cells), *(m.read_text(encoding="utf-8") for m in modules)]
    for source in sources:
        with contextlib.suppress(SyntaxError):
            for statement in _imports_of(source):
                with contextlib.suppress(Exception):
                    exec(statement, {})  # noqa: S102 (import statements of our own code)
    with contextlib.suppress(Exception):
        for resource in datasets.package()["resources"]:
            with contextlib.suppress(Exception):
                datasets.load(resource["name"])
    datasets.forget()
    pd.DataFrame({"a": ["đ", None], "b": [1.0, 2.0]}).groupby("a").sum().to_html()
    figure, ax = plt.subplots()
    ax.plot([0, 1], label="đ")
    ax.legend()
    for kind in ("png", "svg"):
        figure.savefig(io.BytesIO(), format=kind)
    plt.close(figure)
    new = nbformat.v4
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nb = new.new_notebook(cells=[new.new_markdown_cell("# a $x$"), new.new_code_cell("1")], metadata=kernel)
    papermill.execute_notebook(nb, None, {"a": "1"}, prepare_only=True, progress_bar=False)
    page = {k: "" for k in ("title", "index", "rerun", "other")} | {
        k: {} for k in ("links", "parameters", "files", "inputs")
    }
    page |= {"lang": "en", "error": None}
    site.report_html(nb, page)
    gc.freeze()


def update_index(runs, read):
    """Write the index from the manifests on disk where it does not show them already."""
    from helpers import site

    entries = []
    for run in runs:
        manifest = read_manifest(run.id)
        if manifest:
            kept = ("notebook", "slug", "lang", "title", "parameters", "status", "error")
            entries.append({"id": run.id, "labels": run.labels, **{k: manifest[k] for k in kept}})
    titles = {name: notebook.titles for name, notebook in read.items()}
    stamp, digest = paths.cache() / "index.sha256", site.index_digest(entries, titles, len(runs))
    if (
        stamp.is_file()
        and stamp.read_text() == digest
        and all((paths.reports() / n).is_file() for n in site.INDEX.values())
    ):
        return
    site.write_index(entries, titles, len(runs))
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def run(todo, runs, inputs, lock_descriptor, jobs=None, timeout=900, engine="fork", progress=None):
    """
    Make the reports that :func:`plan` asks for; needs :func:`lock`.

    Parameters
    ----------
    todo, runs, inputs
        From :func:`plan`.
    lock_descriptor : int
        From :func:`lock`; children must not keep it.
    jobs : int, optional
        Processes at once; the number of cores otherwise.
    timeout : float
        Seconds a report may take.
    engine : {"fork", "kernel"}
        Forks of this process, or a new Jupyter kernel for each report.
    progress : object, optional
        With ``waiting(running)`` and ``finished(outcome)``.

    Returns
    -------
    list of Outcome
        In the order they finished. A run that could not even write its error page is "unwritten": what was there before stays.
    """
    staging = paths.reports() / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    outcomes = []
    names = sorted({r.notebook for r, _ in todo})
    if engine == "fork":
        modules = {m for name in names for m in inputs.modules(name)}
        warm(
            [paths.notebooks() / f"{name}.ipynb" for name in names],
            [inputs.package / Path(m).name for m in sorted(modules)],
        )
    versions, commit = _versions(), _commit()

    def prepared():
        for number, (run_, reasons) in enumerate(todo):
            folder = staging / f"{number:06d}"
            folder.mkdir(parents=True)
            yield Job(run_, str(folder), engine, inputs.before(run_), inputs.links(run_), versions, commit, reasons)

    executor = Local(jobs or os.cpu_count() or 1, timeout, [lock_descriptor])
    before = {number: signal.signal(number, executor.stop) for number in (signal.SIGINT, signal.SIGTERM)}
    waiting = (
        (lambda running: progress.waiting([job.run.id for job in running])) if progress else (lambda running: None)
    )
    try:
        for job, why, seconds in executor.map(make, prepared(), waiting):
            outcomes.append(_finish(job, why, seconds))
            if progress:
                progress.finished(outcomes[-1])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        shutil.rmtree(staging, ignore_errors=True)
        update_index(runs, inputs.read)
    return outcomes


def _finish(job, why, seconds):
    try:
        if why or not (Path(job.folder) / MANIFEST).is_file():
            _make_error(job, "Stopped" if why and "stopped" in why else "Died", why or "it left no report", seconds)
        manifest = json.loads((Path(job.folder) / MANIFEST).read_bytes())
        _publish(job)
        return Outcome(job.run, manifest["status"], manifest["error"], seconds, manifest["peak_mb"])
    except OSError as error:
        return Outcome(job.run, "unwritten", f"nothing could be written: {error.strerror}", seconds)
    except Exception as error:  # noqa: BLE001 (the other reports go on)
        return Outcome(job.run, "unwritten", f"{why or 'no page'}; the error page failed too: {error!r}", seconds)
