"""From the plan to the reports: many runs, each whole or not at all, then what is gathered from all of them."""

import contextlib
import csv
import datetime
import fcntl
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from press import catalogue, execute, plan, project, reads, render, site
from press.catalogue import Notebook, Run
from press.executors import local
from press.plan import RESULTS, STATES, Plan


class LockHeld(RuntimeError):
    """Another run is writing to the same reports; the message names it."""


class Unwritable(OSError):
    """The folder of reports cannot be written; the message says which and why."""


@contextlib.contextmanager
def lock() -> Iterator[int]:
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
        If the folder cannot be made or written, or the file system gives no locks.
    """
    folder = project.reports()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = open(folder / ".lock", "a+", encoding="utf-8")  # noqa: SIM115 (open while held)
    except OSError as error:
        what = (
            "reports/.lock is a folder; remove it"
            if isinstance(error, IsADirectoryError)
            else f"cannot write to {folder.name}/: {error.strerror}"
        )
        raise Unwritable(f"{what}. Make the folder writable, or free space, and run again.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = project.clean(file.read().strip()) or "another process"
        file.close()
        raise LockHeld(
            f"reports/ is being written by {holder}. Wait until it ends; if it must not go on, stop that process."
        ) from None
    except OSError as error:
        file.close()
        raise Unwritable(
            f"reports/ lies on a file system that gives no locks ({error.strerror}). Use a local folder."
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

    run: Run
    status: str
    error: str | None
    seconds: float
    peak_mb: float = 0.0


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    return {"Python": platform.python_version()} | {n: version(n) for n in ("papermill", "nbconvert", "ipython")}


def _commit() -> str | None:
    """Return the commit of the project's own repository, marked where the checkout differs from it; None without one."""

    def git(*words: str) -> str:
        command = ["git", "-C", str(project.root()), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()

    with contextlib.suppress(OSError, subprocess.SubprocessError):
        if Path(git("rev-parse", "--show-toplevel")).resolve() == project.root().resolve():
            return git("rev-parse", "HEAD") + (" (changed since)" if git("status", "--porcelain") else "")
    return None


def job(planned: Plan, run: Run, reasons: list[str], folder: Path, engine: str, common: dict[str, Any]) -> execute.Job:
    """Return what a process needs to know to make one report in ``folder``."""
    inputs, titles = planned.inputs, planned.read[run.notebook].titles
    before = (inputs.execution(run), inputs.rendering(run), inputs.links(run), titles)
    return execute.Job(run, str(folder), engine, *before, reasons, **common)


def run(planned: Plan, held: int, jobs: int | None = None, timeout: float = 900, engine: str = "fork", progress: Any = None, cluster: Any = None, memory: int | None = None) -> list[Outcome]:  # fmt: skip
    """
    Make the reports that a plan asks for, and write the pages again that it names.

    Parameters
    ----------
    planned : Plan
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
        Runs the jobs in place of this machine; see :class:`press.executors.dask.Cluster`.
    memory : int, optional
        Megabytes a report may take; all that the machine has otherwise.

    Returns
    -------
    list of Outcome
        In the order they finished; what a cluster that was lost did not make comes last, as "unwritten".

    Raises
    ------
    KeyboardInterrupt
        After SIGINT, SIGTERM or SIGHUP; what is finished stays.
    """
    staging, outcomes = project.reports() / ".staging", list[Outcome]()
    _empty(staging)
    here = local.Local(jobs or os.cpu_count() or 1, timeout, [held], memory)
    there = cluster or here
    stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: (here.stop(), there.stop())) for number in stops}

    def staged(number: int, run_: Run, reasons: list[str]) -> execute.Job:
        folder = staging / f"{number:06d}"
        folder.mkdir(parents=True)
        return job(planned, run_, reasons, folder, engine, common)

    def round_of(numbered: list[tuple[int, tuple[Run, list[str]]]]) -> Iterator[execute.Job]:
        if numbered and any(run_.level for _, (run_, _) in numbered):
            update_index(planned.runs, planned.read)
            planned.inputs.manifest.cache_clear()
            if cluster:
                cluster.refresh()
        for number, (run_, reasons) in numbered:
            if not run_.level:
                yield staged(number, run_, reasons)
                continue
            changed = planned.inputs.changes(run_, planned.inputs.manifest(run_.id))[0] or [
                r for r in reasons if r == "asked for"
            ]
            if changed:
                yield staged(number, run_, changed)
            elif progress:
                progress.total -= 1

    def told(ended: local.Ended, finish: Any) -> None:
        outcomes.append(finish(ended))
        if progress:
            progress.finished(outcomes[-1])

    def show(now: list[Any]) -> None:
        if progress:
            progress.waiting([j.run.id for j in now])

    try:
        if planned.run and engine == "fork":
            (cluster.warm if cluster else execute.warm)(_sources(planned))
        elif planned.render and not planned.run:
            execute.warm([])
        common: dict[str, Any] = {"versions": _versions(), "commit": _commit()} if planned.run else {}
        common["stamps"] = {
            n: reads.stamp(project.root() / n) for run_, _ in planned.run for n in planned.inputs.execution(run_)
        }
        for ended in here.map(render.again, _page_jobs(planned), show):
            told(ended, _rendered)
        numbered = list(enumerate(planned.run))
        for level in sorted({run_.level for run_, _ in planned.run}):
            for ended in there.map(execute.make, round_of([n for n in numbered if n[1][0].level == level]), show):
                told(ended, lambda e: _finish(e, planned.digests))
    except local.Lost as error:
        if not outcomes:
            raise
        done = {o.run.id for o in outcomes}
        outcomes += [Outcome(r, "unwritten", str(error), 0.0) for r, _ in planned.run if r.id not in done]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        shutil.rmtree(staging, ignore_errors=True)
        planned.digests.save()
        update_index(planned.runs, planned.read)
    return outcomes


def _empty(staging: Path) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    if staging.exists():
        owner = "another user" if staging.stat().st_uid != os.getuid() else "this user"
        raise Unwritable(f"reports/.staging was left by {owner} and cannot be removed. Remove it, and run again.")


def _sources(planned: Plan) -> list[str]:
    """Return the code that the runs will reach: of their notebooks, and of the packages' modules."""
    names, sources = sorted({run.notebook for run, _ in planned.run}), []
    for name in names:
        cells = json.loads(planned.read[name].path.read_text(encoding="utf-8"))["cells"]
        sources += [catalogue.plain_code("".join(c["source"])) for c in cells if c["cell_type"] == "code"]
    for file in sorted({m for name in names for m in planned.inputs.modules(name) if m.endswith(".py")}):
        for base in (project.root(), Path(__file__).parents[1]):
            if (base / file).is_file():
                sources.append((base / file).read_text(encoding="utf-8"))
                break
    return sources


def _page_jobs(planned: Plan) -> Iterator[render.Pages]:
    for run_, _ in planned.render:
        notebook, inputs = planned.read[run_.notebook], planned.inputs
        folder, path = str(project.reports() / run_.id), str(notebook.path)
        yield render.Pages(run_, folder, inputs.rendering(run_), inputs.links(run_), notebook.titles, path)


def _rendered(ended: local.Ended) -> Outcome:
    pages, why, _, seconds = ended
    return Outcome(
        pages.run, "unwritten" if why else "ok", f"pages could not be written: {why}" if why else None, seconds
    )


def _finish(ended: local.Ended, digests: plan.Digests) -> Outcome:
    job, why, unwritten, seconds = ended
    if unwritten:
        return Outcome(job.run, "unwritten", f"nothing could be written: {why}", seconds)
    try:
        if why or not (Path(job.folder) / plan.MANIFEST).is_file():
            execute.make_error(job, why or "it left no report", seconds)
        manifest = json.loads((Path(job.folder) / plan.MANIFEST).read_bytes())
        execute.publish(job)
        for name, digest in manifest["files"].items():
            digests.note(project.reports() / job.run.id / name, digest)
        return Outcome(job.run, manifest["status"], manifest["error"], seconds, manifest["peak_mb"])
    except OSError as error:
        return Outcome(job.run, "unwritten", f"nothing could be written: {error}", seconds)
    except Exception as error:  # noqa: BLE001 (the other reports go on)
        return Outcome(job.run, "unwritten", f"{why or 'no page'}; the error page failed too: {error!r}", seconds)


def update_index(runs: list[Run], read: dict[str, Notebook]) -> None:
    """Write the index, and state and estimates of all reports, from the manifests on disk where they do not show them already."""
    entries, estimates, states = [], [], []
    for run_ in runs:
        manifest = plan.read_manifest(run_.id)
        state = {"ok": "made", "failed": "failed"}[manifest["status"]] if manifest else "missing"
        given = json.dumps(run_.parameters, ensure_ascii=False, sort_keys=True)
        states.append({"report": run_.id, "notebook": run_.notebook, "parameters": given, "state": state})
        if manifest:
            if manifest["status"] == "ok" and RESULTS in manifest["files"]:
                estimates.append((run_.id, manifest["files"][RESULTS]))
            kept = {k: manifest[k] for k in ("titles", "names", "status", "error")}
            entries.append({"id": run_.id, "notebook": run_.notebook, "slug": run_.slug, "labels": run_.labels, "parameters": run_.parameters, **kept})  # fmt: skip
    titles = {name: notebook.titles for name, notebook in read.items()}
    names = [*(render.index_of(lang) for lang in project.languages()), RESULTS, STATES]
    stamp, digests = project.cache() / "index.json", plan.Digests()
    made_from = plan.sha(
        json.dumps([site.sources(), entries, titles, estimates, states], sort_keys=True, default=str).encode()
    )

    def standing() -> list[str | None]:
        return [made_from, *(digests(project.reports() / name) for name in names)]

    with contextlib.suppress(OSError, ValueError):
        if json.loads(stamp.read_text()) == standing():
            digests.save()
            return
    estimates, states = sorted(estimates), sorted(states, key=lambda state: state["report"])
    site.write_index(entries, titles, len(runs))
    _write_csv(project.reports() / STATES, list(states[0]) if states else [], states)
    _write_csv(project.reports() / RESULTS, *_gathered(estimates))
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(standing()))
    digests.save()


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: what begins like one, and is no number, gets an apostrophe."""
    if text[:1] in {*"=+-@\t\r"}:
        try:
            float(text)
        except ValueError:
            return f"'{text}"
    return text


def _gathered(estimates: list[tuple[str, str]]) -> tuple[list[str], list[dict[str, str]]]:
    columns, rows = ["report"], list[dict[str, str]]()
    for report, _ in estimates:
        try:
            execute.check_results(project.reports() / report / RESULTS)
            with open(project.reports() / report / RESULTS, encoding="utf-8-sig", newline="") as stream:
                table = csv.DictReader(stream)
                if {"estimator", "estimate"} <= set(table.fieldnames or ()):
                    columns += [name for name in map(harmless, table.fieldnames or ()) if name not in columns]
                    rows += [{"report": report, **{harmless(k): harmless(v) for k, v in row.items()}} for row in table]
        except (OSError, ValueError) as error:
            print(
                f"{report}: its results are left out of reports/{RESULTS}: {project.clean(str(error))}", file=sys.stderr
            )
    return columns, rows


def _write_csv(file: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    """Write a table in UTF-8 with a byte order mark, by which Excel reads its letters right; no rows, no file."""
    if not rows:
        file.unlink(missing_ok=True)
        return
    text = io.StringIO()
    out = csv.DictWriter(text, names, restval="", lineterminator="\n")
    out.writeheader()
    out.writerows(rows)
    plan.write_whole(file, text.getvalue().encode("utf-8-sig", "replace"))
