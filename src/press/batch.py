"""From the plan to the reports: many runs, each whole or not at all, then what is gathered from all of them."""

import contextlib
import csv
import datetime
import errno
import fcntl
import io
import json
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from press import execute, plan, project, render, site
from press.catalogue import Run
from press.executors import local
from press.plan import RESULTS, STATES, Plan
from press.progress import Progress, say

_REMEDIES: dict[int | None, str] = {
    errno.EEXIST: "There is a file of that name, or a link that leads nowhere: remove it, and run again.",
    errno.ELOOP: "It is a link, which is not written through: remove it, and run again.",
    **dict.fromkeys((errno.ENOLCK, errno.ENOTSUP), "The file system gives no locks: use a local folder."),
}


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
    OSError
        If the folder cannot be made or written, or the file system gives no locks; the message says what to do.
    """
    folder = project.reports()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for wait in range(600, -1, -1):
            held = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _holds(held):
                    break
            except BlockingIOError:
                holder = os.pread(held, 200, 0).decode("utf-8", "replace").strip() or "another process"
                if not wait or _lives(holder):
                    remedy = "Wait until it ends; if it must not go on, stop that process."
                    raise project.LockHeld(f"reports/ is being written by {holder}. {remedy}") from None
                time.sleep(0.1)  # what a killed run started is being ended
            os.close(held)
        since = f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S}"
        with contextlib.suppress(OSError):  # a full disk
            os.ftruncate(held, 0)
            os.write(held, f"process {os.getpid()} on {socket.gethostname()} since {since}".encode())
    except OSError as error:
        remedy = _REMEDIES.get(error.errno, "Make the folder writable, or free space, and run again.")
        raise OSError(f"cannot write to {folder.name}/ (.lock: {error.strerror}). {remedy}") from None
    with os.fdopen(held):
        yield held


def _holds(held: int) -> bool:
    """Return whether a lock is still the one that others would take: its file was not removed."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(held), (project.reports() / ".lock").stat())
    return False


def _lives(holder: str) -> bool:
    """Return whether the process that a lock names is there; one that is dead and not yet taken away has no command line."""
    _, pid, _, host, *_ = [*holder.split(), *"????"]
    if not pid.isdigit() or host != socket.gethostname() or not Path("/proc/self").exists():
        return True
    with contextlib.suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    return False


class Outcome(NamedTuple):
    """
    How a run ended: ``status`` "ok", "failed" or "unwritten" (what was there before stays), ``error`` one line or None.

    ``late`` names what changed while it was made, so that it is out of date already.
    """

    run: Run
    status: str
    error: str | None
    seconds: float
    late: tuple[str, ...] = ()


def run(planned: Plan, held: int, progress: Progress, how: Any, cluster: Any = None) -> list[Outcome]:
    """
    Make the reports that a plan asks for, and write the pages again that it names.

    Parameters
    ----------
    planned : Plan
    held : int
        From :func:`lock`; children must not keep it.
    progress : Progress
    how : object
        With ``jobs`` (processes at once; the number of cores where it is None), ``timeout`` (seconds a report may take), ``memory``
        (megabytes, or None for all that the machine has) and ``engine`` ("fork": forks of this process; "kernel": a new Jupyter
        kernel for each report).
    cluster : object, optional
        Runs the jobs in place of this machine; see :class:`press.executors.dask.Cluster`.

    Returns
    -------
    list of Outcome
        In the order they finished; what a cluster that was lost did not make comes last, as "unwritten".

    Raises
    ------
    KeyboardInterrupt
        After SIGINT, SIGTERM or SIGHUP; what is finished stays.
    """
    staging, outcomes, inputs = project.reports() / ".staging", list[Outcome](), planned.inputs
    here = local.Local(how.jobs or os.cpu_count() or 1, how.timeout, [held], how.memory)
    there = cluster or here
    before = {number: signal.signal(number, lambda *_: [e.stop() for e in (here, there)]) for number in project.STOPS}
    common: dict[str, Any] = {"engine": how.engine}

    def round_of(level: int) -> Iterator[plan.Job]:
        if level:
            inputs.manifest.cache_clear()
            Index(planned).write(pages=False)
            if cluster:
                cluster.refresh()
        for number, (run_, reasons) in enumerate(planned.run):
            if run_.level != level:
                continue
            if level:
                reasons = inputs.changes(run_, inputs.manifest(run_.id))[0] or [r for r in reasons if r == "asked for"]
            if reasons:
                folder = staging / f"{number:06d}"
                folder.mkdir(parents=True)
                yield inputs.job(run_, folder, console=f"{folder}/.console", reasons=reasons, **common)
            else:
                progress.total -= 1

    def make_all(executor: Any, work: Any, made_by: Iterator[plan.Job], finish: Any) -> None:
        for ended in executor.map(work, made_by, lambda now: progress.waiting([job.run.id for job in now])):
            if not _holds(held):
                raise OSError("reports/.lock was removed under this run, which ends: another may be writing.")
            outcomes.append(finish(ended, planned.digests))
            progress.finished(outcomes[-1])

    project.held.append(project.content())
    try:
        _empty(staging)
        if planned.run:
            common |= {"versions": _versions(), "commit": _commit()}
            if how.engine == "fork" and not cluster and not how.watch:
                few = len(planned.run) <= 2  # they load what they need
                execute.warm([] if few else planned.sources(run_ for run_, _ in planned.run))
                if moved := planned.digests.moved([*inputs.code.values(), *(path for _, path in inputs.texts)]):
                    raise OSError(f"{moved[0]} changed after it was planned what to make: run again.")
        if planned.render:
            render.warm()
        pages = (inputs.job(run_, project.reports() / run_.id) for run_, _ in planned.render)
        make_all(here, render.again, pages, _rendered)
        for level in sorted({run_.level for run_, _ in planned.run}):
            make_all(there, execute.make, round_of(level), _finish)
        if any(outcome.status == "unwritten" for outcome in outcomes):  # pages lead to what is there
            left = plan.Plan(to_make=False)
            pages = (left.inputs.job(r, project.reports() / r.id) for r, _ in left.render if r in planned.wanted)
            outcomes += [_rendered(ended, planned.digests) for ended in here.map(render.again, pages) if ended.why]
    except local.Lost as error:
        if not outcomes:
            raise
        done = {o.run.id for o in outcomes}
        outcomes += [Outcome(r, "unwritten", str(error), 0.0) for r, _ in planned.run if r.id not in done]
    finally:
        if _holds(held):
            with contextlib.suppress(OSError):
                plan.remove(staging)
            inputs.manifest.cache_clear()
            Index(planned).write()
        project.held.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
    return outcomes


def _empty(staging: Path) -> None:
    try:
        plan.remove(staging)
    except OSError as error:
        owner = project.whose(str(staging))
        said = f"{staging} cannot be removed ({error.strerror}; it belongs to {owner}). Remove it, and run again."
        raise OSError(said) from None


def _rendered(ended: local.Ended, __: plan.Digests) -> Outcome:
    why = f"pages could not be written: {ended.why}" if ended.why else None
    return Outcome(ended.job.run, "unwritten" if why else "ok", why, ended.seconds)


def _finish(ended: local.Ended, digests: plan.Digests) -> Outcome:
    job, why, unwritten, seconds = ended
    try:
        if unwritten:
            raise OSError(why)
        if why or not (Path(job.folder) / plan.MANIFEST).is_file():
            execute.make_error(job, why or "it left no report", seconds)
        manifest = json.loads((Path(job.folder) / plan.MANIFEST).read_bytes())
        execute.publish(job)
    except OSError as error:
        return Outcome(job.run, "unwritten", f"nothing could be written: {error}", seconds)
    except Exception as error:  # the other reports go on
        return Outcome(job.run, "unwritten", f"{why or 'no page'}; the error page failed too: {error!r}", seconds)
    for name in manifest["files"]:
        digests(project.reports() / job.run.id / name)
    inputs = manifest["execution"] | manifest["read"]
    late = tuple(name for name, digest in inputs.items() if digest and digest.startswith("changed while"))
    return Outcome(job.run, manifest["status"], manifest["error"], seconds, late)


class Index:
    """
    The pages around the reports, and the tables gathered from them.

    Parameters
    ----------
    planned : Plan

    Attributes
    ----------
    stands : bool
        Whether they are there as they were made, from the manifests that are there.
    """

    def __init__(self, planned: Plan) -> None:
        self.entries, estimates, self.states, self.digests = list[dict](), [], [], planned.digests
        for run_ in planned.runs:
            manifest = planned.inputs.manifest(run_.id)
            given = json.dumps(run_.parameters, ensure_ascii=False, sort_keys=True)
            state = {"ok": "made", "failed": "failed"}[manifest["status"]] if manifest else "missing"
            self.states.append({"report": run_.id, "notebook": run_.notebook, "parameters": given, "state": state})
            if manifest:
                if state == "made" and RESULTS in manifest["files"]:
                    estimates.append((run_.id, manifest["files"][RESULTS]))
                names = {lang: run_.named(lang) for lang in project.languages()}
                called = {"names": names, "titles": planned.read[run_.notebook].titles}
                left = {k: manifest.get(k) for k in ("status", "error", "files")}
                self.entries.append(run_._asdict() | called | left)
        self.states.sort(key=lambda state: state["report"])
        self.estimates = sorted(estimates)
        parts = [site.sources(self.digests), self.entries, self.estimates, self.states]
        self.made_from = plan.sha(json.dumps(parts, sort_keys=True, default=str).encode())
        self.files = [project.reports() / n for n in (*site.names(), RESULTS, STATES)]
        self.stands = self.digests.learnt.get("index") == [self.made_from, *map(self.digests, self.files)]

    def write(self, pages: bool = True) -> None:
        """Write them, where they do not stand; between two rounds of reports the tables alone are enough."""
        if not self.stands:
            _write_csv(project.reports() / STATES, list(self.states[0]) if self.states else [], self.states)
            _write_csv(project.reports() / RESULTS, *_gathered(self.estimates))
            if pages:
                site.write_site(self.entries, len(self.states))
                stand = [self.made_from, *map(self.digests, self.files)]
                self.digests.learnt["index"], self.digests.changed = stand, True
        self.digests.save()


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: what begins like one, and is no number, gets an apostrophe."""
    if text.startswith(("=", "+", "-", "@", "\t", "\r")):
        try:
            float(text)
        except ValueError:
            return f"'{text}"
    return text


def _gathered(estimates: list[tuple[str, str]]) -> tuple[list[str], list[dict[str, str]]]:
    columns, rows = ["report"], list[dict[str, str]]()
    for report, _ in estimates:
        try:
            table = [list(map(harmless, row)) for row in execute.check_results(project.reports() / report / RESULTS)]
        except (OSError, ValueError) as error:
            say(f"{report}: its results are left out of reports/{RESULTS}: {error}")
            continue
        if table and {*table[0]} >= execute.GATHERED:
            columns += [name for name in table[0] if name not in columns]
            rows += [{"report": report, **dict(zip(table[0], row, strict=True))} for row in table[1:]]
    return columns, rows


def _write_csv(file: Path, names: list[str], rows: list[dict[str, str]]) -> None:
    """Write a table in UTF-8 with a byte order mark, by which Excel reads its letters right; no rows, no file."""
    if not rows:
        return plan.remove(file)
    text = io.StringIO()
    out = csv.DictWriter(text, names, restval="", lineterminator="\n")
    out.writeheader()
    out.writerows(rows)
    return plan.write_whole(file, text.getvalue().encode("utf-8-sig", "replace"))


def _versions() -> dict[str, str]:
    from importlib import metadata

    others = {name: metadata.version(name) for name in ("papermill", "nbconvert", "ipython")}
    return {"Python": platform.python_version(), **others}


def _commit() -> str | None:
    """Return the commit of the project's own repository, marked where the checkout differs from it; None without one."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # may name another

    def git(*words: str) -> str:
        command = ["git", "--no-optional-locks", "-C", str(project.root()), *words]
        done = subprocess.run(command, env=plain, capture_output=True, errors="replace", timeout=20, check=True)
        return done.stdout.strip()

    with contextlib.suppress(OSError, subprocess.SubprocessError):
        if not git("rev-parse", "--show-cdup"):
            return git("rev-parse", "HEAD") + (" (changed since)" if git("status", "--porcelain") else "")
    return None
