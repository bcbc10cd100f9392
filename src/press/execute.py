"""From the catalogue to the reports: what must run and why, and that each appears whole or not at all."""

import contextlib
import csv
import datetime
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from helpers import paths
from press import catalogue

MANIFEST = "manifest.json"
RESULTS, STATES = "results.csv", "reports.csv"
_LISTED = ("notebook", "slug", "lang", "title", "name", "parameters", "status", "error")


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
        From :func:`press.catalogue.read_catalogue`.
    runs : list of Run
    package : Path, optional
        Folder of the helper modules; this package's otherwise.
    """

    def __init__(self, read, runs, package=None):
        self.read, self.package = read, package or Path(__file__).parents[1] / "helpers"
        self.by_id = {run.id: run for run in runs}
        self.of_province = {r.parameters.get("province"): r for r in runs if list(r.labels) == ["province"]}
        self.of_outcome = {r.parameters.get("indicator"): r for r in runs if list(r.labels) == ["indicator"]}
        self.file, self.manifest = cache(self._file), cache(read_manifest)
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
            *sorted((Path(__file__).parent / "templates").rglob("*")),
            *(Path(__file__).parent / f"{m}.py" for m in ("engine", "site", "report")),
        ]
        return _sha("".join(f"{f.name} {self.file(f)} " for f in files if f.is_file()).encode())

    def _imports(self, module):
        path = self.package / f"{module}.py"
        return catalogue.imported(path.read_text(encoding="utf-8")) if path.is_file() else set()

    def _modules(self, first):
        files = [f for f in sorted(self.package.rglob("*")) if f.suffix in (".py", ".toml", ".j2", ".mplstyle")]
        return {f"src/helpers/{f.relative_to(self.package).as_posix()}": self.file(f) for f in files}

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

    def stored(self, notebook):
        """Return the digest of all that the reports of a notebook left to be read by others: which are made, and their results."""
        there = {run.id: self.manifest(run.id) for run in self.by_id.values() if run.notebook == notebook}
        return _sha(repr([(name, m and (m["status"], m["files"].get(RESULTS))) for name, m in there.items()]).encode())

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
            **{f"reports/{name}": self.stored(name) for name in run.after},
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
        whole = {*_LISTED, "inputs", "read"} <= manifest.keys() and (folder / "index.html").is_file()
        return manifest if whole else None
    except (OSError, ValueError, AttributeError):
        return None


def matches(report, pattern):
    """
    Say whether a run is meant by a pattern.

    Parameters
    ----------
    report : str
        A run's id.
    pattern : str
        Part of it, or, with ``*``, all of it; capitals do not matter.

    Returns
    -------
    bool
    """
    wanted = pattern.lower().strip("/")
    return fnmatchcase(report.lower(), wanted if "*" in wanted else f"*{wanted}*")


def plan(only=None, failed=False, force=False, since=None):
    """
    Say what would run, and why.

    Parameters
    ----------
    only : str, optional
        Only runs meant by this pattern (:func:`matches`).
    failed : bool
        Only those that failed last time.
    force : bool
        All of them, changed or not.
    since : set of str, optional
        Only those that depend on one of these files (paths from the project's root).

    Returns
    -------
    todo : list of (Run, list of str)
        Runs with reasons, in the catalogue's order; those that read results of others come last. They are made again
        only where these results change, which is known when the others are made.
    runs : list of Run
        The whole catalogue.
    manifests : dict of str to dict or None
        By run id.
    inputs : Inputs
    """
    runs, read = catalogue.read_catalogue()
    inputs, todo = Inputs(read, runs), []
    manifests = {run.id: inputs.manifest(run.id) for run in runs}
    for run in sorted(runs, key=lambda run: bool(run.after)):
        waiting = sum(other.notebook in run.after for other, _ in todo)
        manifest = manifests[run.id]
        if only and not matches(run.id, only):
            continue
        if failed and (manifest is None or manifest["status"] == "ok"):
            continue
        touched = since is None or waiting or since & {*inputs.before(run), *(manifest or {}).get("read", [])}
        if not touched:
            continue
        reasons = inputs.changes(run, manifest) or (["asked for"] if force else [])
        if waiting:
            reasons.append(f"after {waiting} reports" + ("" if reasons else ", if their results change"))
        if reasons and run.after and (only or failed or since is not None):
            there = {other.id for other, _ in todo}
            read_by = (r for r in runs if r.notebook in run.after and r.id not in there)
            behind = sum(bool(inputs.changes(r, manifests[r.id])) for r in read_by)
            reasons += [f"while {behind} reports it reads are out of date"] if behind else []
        if reasons:
            todo.append((run, reasons))
    if only and not any(matches(run.id, only) for run in runs):
        raise catalogue.CatalogueFault(
            f"--only {only}: no run of the catalogue matches; {catalogue.closest(only, sorted({r.notebook for r in runs}))} "
            "helpers plan lists every run."
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

    Yields
    ------
    int
        Descriptor of the lock file, which children must close.

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
class Outcome:
    """How a run ended: ``status`` "ok", "failed" or "unwritten" (what was there before stays), ``error`` one line or None."""

    run: catalogue.Run
    status: str
    error: str | None
    seconds: float
    peak_mb: float = 0.0


def _versions():
    import platform
    from importlib.metadata import version

    return {"Python": platform.python_version()} | {n: version(n) for n in ("papermill", "nbconvert", "ipython")}


def _commit():
    import subprocess

    command = ["git", "-C", str(paths.root()), "rev-parse", "HEAD"]
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    return None


def update_index(runs, read):
    """Write the index, and state and estimates of all reports, from the manifests on disk where they do not show them already."""
    from press import site

    entries, estimates, states = [], {}, []
    for run_ in runs:
        manifest = read_manifest(run_.id)
        if not run_.after:
            state = {"ok": "made", "failed": "failed"}[manifest["status"]] if manifest else "missing"
            given = json.dumps(run_.parameters, ensure_ascii=False, sort_keys=True)
            states.append({"report": run_.id, "notebook": run_.notebook, "parameters": given, "state": state})
        if manifest:
            if not run_.after and manifest["status"] == "ok" and RESULTS in manifest["files"]:
                estimates.setdefault((run_.notebook, run_.slug), (run_.id, manifest["files"][RESULTS]))
            entries.append({"id": run_.id, "labels": run_.labels, **{k: manifest[k] for k in _LISTED}})
    titles = {name: notebook.titles for name, notebook in read.items()}
    stamp, digest = paths.cache() / "index.sha256", site.index_digest(entries, titles, len(runs))
    there = all((paths.reports() / name).is_file() for name in site.INDEX.values())
    if not there or not stamp.is_file() or stamp.read_text() != digest:
        site.write_index(entries, titles, len(runs))
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)
    _gather(sorted(estimates.values()), states)


def _harmless(text):
    from helpers.record import tables

    with contextlib.suppress(TypeError, ValueError):
        return str(float(text)) and text
    return tables.harmless(text)


def _gather(estimates, states):
    """Write states and estimates of all reports to one file each where they do not hold them already; estimates of one language, they are the same in each."""
    target, listed, stamp = paths.reports() / RESULTS, paths.reports() / STATES, paths.cache() / "results.sha256"
    digest = _sha(repr([estimates, states]).encode())
    if stamp.is_file() and stamp.read_text() == f"{digest} {target.is_file()} {listed.is_file()}":
        return
    columns, rows = ["report"], []
    for report, _ in estimates:
        with open(paths.reports() / report / RESULTS, encoding="utf-8", newline="") as stream:
            table = csv.DictReader(stream)
            if {"estimator", "estimate"} <= set(table.fieldnames or ()):
                columns += [name for name in map(_harmless, table.fieldnames) if name not in columns]
                rows += [
                    {"report": report, **{_harmless(name): _harmless(text) for name, text in row.items()}}
                    for row in table
                ]
    stamp.parent.mkdir(parents=True, exist_ok=True)
    for file, names, content in ((target, columns, rows), (listed, list(states[0]) if states else [], states)):
        if not content:
            file.unlink(missing_ok=True)
            continue
        draft = paths.reports() / f".{file.name}.part"
        with open(draft, "w", encoding="utf-8", newline="") as stream:
            out = csv.DictWriter(stream, names, restval="", lineterminator="\n")
            out.writeheader()
            out.writerows(content)
        os.replace(draft, file)
    stamp.write_text(f"{digest} {bool(rows)} {bool(states)}")


def run(todo, runs, inputs, held, jobs=None, timeout=900, engine="fork", progress=None, cluster=None, memory=None):
    """
    Make the reports that :func:`plan` asks for.

    Parameters
    ----------
    todo, runs, inputs
        From :func:`plan`.
    held : int
        From :func:`lock`; children must not keep it.
    jobs : int, optional
        Processes at once; the number of cores otherwise.
    timeout : float
        Seconds a report may take.
    engine : {"fork", "kernel"}
        Forks of this process, or a new Jupyter kernel for each report.
    progress : object, optional
        With ``waiting(ids)`` and ``finished(outcome)``.
    cluster : object, optional
        Runs the jobs in place of this machine; see :class:`press.executors.cluster.Cluster`.
    memory : int, optional
        Megabytes a report may take; all that the machine has otherwise.

    Returns
    -------
    list of Outcome
        In the order they finished; what a cluster that was lost did not make comes last, as "unwritten".

    Raises
    ------
    KeyboardInterrupt
        After SIGINT or SIGTERM; what is finished stays.
    """
    from press import report
    from press.executors import local

    staging, outcomes = paths.reports() / ".staging", []
    shutil.rmtree(staging, ignore_errors=True)
    if engine == "fork":
        names = sorted({run_.notebook for run_, _ in todo})
        modules = sorted({m.removeprefix("src/helpers/") for name in names for m in inputs.modules(name) if m.endswith(".py")})
        notebooks = [paths.notebooks() / f"{n}.ipynb" for n in names]
        (cluster or report).warm(notebooks, [inputs.package / m for m in modules])
    versions, commit = _versions(), _commit()

    def prepared():
        for number, (run_, reasons) in enumerate(todo):
            if not run_.after:
                yield job(number, run_, reasons)

    def followers():
        late = [(number, run_, reasons) for number, (run_, reasons) in enumerate(todo) if run_.after]
        if late:
            update_index(runs, inputs.read)
            inputs.manifest.cache_clear()
            if cluster:
                cluster.refresh()
        for number, run_, reasons in late:
            changed = inputs.changes(run_, inputs.manifest(run_.id)) or [r for r in reasons if r == "asked for"]
            if changed:
                yield job(number, run_, changed)
            elif progress:
                progress.total -= 1

    def job(number, run_, reasons):
        folder = staging / f"{number:06d}"
        folder.mkdir(parents=True)
        return report.Job(run_, str(folder), engine, inputs.before(run_), inputs.links(run_), reasons, versions, commit)

    def show(now):
        return progress and progress.waiting([j.run.id for j in now])

    runs_them = cluster or local.Local(jobs or os.cpu_count() or 1, timeout, [held], memory)
    before = {number: signal.signal(number, runs_them.stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for ended in (e for jobs in (prepared, followers) for e in runs_them.map(report.make, jobs(), show)):
            outcomes.append(_finish(ended))
            if progress:
                progress.finished(outcomes[-1])
    except local.Lost as error:
        if not outcomes:
            raise
        ended = {o.run.id for o in outcomes}
        outcomes += [Outcome(run_, "unwritten", str(error), 0.0) for run_, _ in todo if run_.id not in ended]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        shutil.rmtree(staging, ignore_errors=True)
        update_index(runs, inputs.read)
    return outcomes


def _finish(ended):
    from press import report

    job, why, unwritten, seconds = ended
    if unwritten:
        return Outcome(job.run, "unwritten", f"nothing could be written: {why}", seconds)
    try:
        if why or not (Path(job.folder) / MANIFEST).is_file():
            report.make_error(job, why or "it left no report", seconds)
        manifest = json.loads((Path(job.folder) / MANIFEST).read_bytes())
        report.publish(job)
        return Outcome(job.run, manifest["status"], manifest["error"], seconds, manifest["peak_mb"])
    except OSError as error:
        return Outcome(job.run, "unwritten", f"nothing could be written: {error}", seconds)
    except Exception as error:  # noqa: BLE001 (the other reports go on)
        return Outcome(job.run, "unwritten", f"{why or 'no page'}; the error page failed too: {error!r}", seconds)
