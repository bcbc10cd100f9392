"""Reports on the workers of a Dask cluster: handed out, taken back whole, refused by a worker with other versions."""

import io
import json
import os
import pickle
import platform
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from press import plan, project
from press.executors import local
from press.progress import say


def identity() -> dict[str, str]:
    """Return what must be equal on the driver and on a worker: digests of the code, versions of Python and of locked packages."""
    found = {"Python": platform.python_version().rpartition(".")[0], **dict(plan.locked())}
    for name in ("press", *project.setting("code")):
        folder = project.package(name)
        code = [(p.relative_to(folder).as_posix(), plan.sha(p.read_bytes())) for p in project.package_files(name)]
        found[f"code of {name}"] = plan.sha(repr(code).encode())[:12]
    return found


def _pack(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _files(folder: Path, *patterns: str) -> dict[str, bytes]:
    found = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def _bundle() -> bytes:
    """Return what jobs read (tables, notebooks, settings, other inputs, stored results) as one archive."""
    read = ["notebooks", project.FILE, *map(project.setting, ("tables", "lock")), *project.setting("inputs")]
    found = _files(project.root(), *read, *(f"{name}/**/*" for name in read), "reports/**/*.csv")
    return _pack({name: content for name, content in found.items() if "/." not in f"/{name}"})


def _on_worker(key: str, bundle: bytes, payload: bytes) -> bytes:
    """
    Runs in a worker, whatever version of this package is there: has one job done with the files it is to see.

    A process that the worker's thread keeps makes one report after the other; it ends when the worker does.
    """
    from distributed import get_worker

    worker, thread = get_worker(), threading.get_ident()
    home = Path(worker.local_directory, f"press-{key}")
    if not home.is_dir():
        scratch = tempfile.mkdtemp(dir=worker.local_directory)
        zipfile.ZipFile(io.BytesIO(bundle)).extractall(scratch)
        with suppress(OSError):  # another thread was faster
            Path(scratch).rename(home)
    kept = vars(worker).setdefault("makers_of_reports", {})
    if thread not in kept or kept[thread][0].poll() is not None:
        ours, theirs = Pipe()
        command, where = [sys.executable, "-m", "press", "worker"], {"PRESS_ROOT": str(home)}
        kept[thread] = subprocess.Popen(command, stdin=theirs.fileno(), env=os.environ | where), ours
        theirs.close()
    process, pipe = kept[thread]
    try:
        pipe.send_bytes(os.fsencode(home) + b"\n" + payload)
        return f"{worker.address} 0\n".encode() + pipe.recv_bytes()
    except (EOFError, OSError):
        return f"{worker.address} {process.wait()}\n".encode()


_on_worker.__module__ = "__main__"  # so that it is sent as code, not as a name that a worker may know otherwise


def serve() -> None:
    """Make reports for a worker of a cluster, until it closes the pipe at standard input."""
    pipe = Connection(os.dup(0))
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            pipe.send_bytes(_made(pipe.recv_bytes(), pipe))


@cache
def _warm() -> None:
    from press import execute

    with suppress(Exception):  # the report that needs it says what is wrong
        planned = plan.Plan()
        execute.warm(planned.sources(planned.runs))


def _made(order: bytes, pipe: Connection) -> bytes:
    """
    Make one report.

    Parameters
    ----------
    order : bytes
        A line with the folder of the files, a line of JSON (what must be equal), and the pickled job, time-out and memory.
    pipe : Connection
        To whom it is for; where it closes, there is nothing more to do.

    Returns
    -------
    bytes
        A line of JSON (what differs, or why the job ended early, whether the disk refused, seconds) and the archive of the
        job's folder.
    """
    from press import execute

    home, wanted, payload = order.split(b"\n", 2)
    os.environ["PRESS_ROOT"] = os.fsdecode(home)
    mine = identity()
    if differing := {n: [there, mine.get(n)] for n, there in json.loads(wanted).items() if mine.get(n) != there}:
        return json.dumps(differing).encode()
    job, timeout, memory = pickle.loads(payload)  # from the driver, which a worker trusts
    _warm()
    folder = project.reports() / ".staging" / f"{os.getpid()}"
    folder.mkdir(parents=True)
    job = job._replace(folder=str(folder), console=f"{folder}/.console")
    here = local.Local(1, timeout, [pipe.fileno()], memory)

    def look(_: Any) -> None:
        if pipe.poll():
            here.stop()

    (how,) = (how for _, *how in here.map(execute.make, [job], look))
    made = _pack(_files(folder, "**/*"))
    shutil.rmtree(folder)
    return json.dumps(how).encode() + b"\n" + made


class Cluster:
    """
    Makes reports on the workers of a Dask cluster; stands where :class:`press.executors.local.Local` stands.

    What the reports read travels to the workers; a worker with other code, another Python or another locked package is
    refused and gets nothing to do. Scheduling is Dask's. What comes back is read as bytes and is never unpickled.

    Parameters
    ----------
    address : str
        The scheduler's, such as ``tcp://127.0.0.1:8786``.
    timeout : float
        Seconds a report may take.
    patience : float
        Seconds to go on without a scheduler or a worker.
    memory : int, optional
        Megabytes a report may take; all that its worker's machine has otherwise.

    Raises
    ------
    Lost
        If no scheduler answers.
    """

    def __init__(self, address: str, timeout: float = 900, patience: float = 300, memory: int | None = None) -> None:
        try:
            import distributed
        except ImportError:
            raise ValueError("a cluster needs the package distributed: it comes with the extra 'cluster'.") from None
        self.limits, self.patience, self.address, self.stopped = (timeout, memory), patience, address, False
        self.refused, self.done, self.seen = dict[str, str](), queue.SimpleQueue[Any](), time.monotonic()
        try:
            how: dict[str, Any] = {"set_as_default": False, "deserializers": ["dask", "msgpack", "error"]}
            self.client = distributed.Client(address, timeout=min(30, patience), **how)
        except (OSError, ValueError, TypeError) as error:
            raise local.Lost(f"no Dask scheduler answers at {address}: {error}") from None
        self.refresh()

    def stop(self, *_: object) -> None:
        """End the batch at the next moment it is safe; a handler of signals."""
        self.stopped = True

    def refresh(self) -> None:
        """Let what was gathered so far travel too, for reports that read it."""
        bundle, self.wanted = _bundle(), json.dumps(identity()).encode()
        self.key = plan.sha(bundle)
        self.files = self.client.submit(bytes, bundle, key=f"files-{self.key}-{os.getpid()}", pure=False)

    def _workers(self) -> list[str]:
        return [*self.client.scheduler_info(n_workers=-1)["workers"]] if self.client.status == "running" else []

    def _submit(self, job: Any) -> Any:
        good = [w for w in self._workers() if w not in self.refused] if self.refused else None
        payload = self.wanted + b"\n" + pickle.dumps((job, *self.limits))
        future = self.client.submit(_on_worker, self.key, self.files, payload, pure=False, workers=good or None)
        future.add_done_callback(self.done.put)
        return future

    def _look(self) -> int:
        """Return how many workers there are; give up where none was there for too long."""
        workers = self._workers()
        if {*workers} - self.refused.keys():
            self.seen = time.monotonic()
        elif workers:
            raise local.Lost(f"every worker was refused: {'; '.join(self.refused.values())}")
        elif time.monotonic() - self.seen > self.patience:
            running = self.client.status == "running"
            what = "no worker was there" if running else f"the scheduler at {self.address} was away"
            raise local.Lost(f"{what} for {self.patience:g} seconds. What is finished stays; run again.")
        return len(workers)

    def map(self, _: Callable, jobs: Iterable, on_wait: Callable = lambda running: None) -> Iterator[local.Ended]:
        """
        Make the report of every job.

        Parameters
        ----------
        jobs : iterable of Job
        on_wait : callable
            Called several times a second with jobs that are under way.

        Yields
        ------
        Ended
            As they finish.

        Raises
        ------
        KeyboardInterrupt
            After :meth:`stop`.
        Lost
            If scheduler or workers stay away, or every worker was refused.
        """
        under_way = {self._submit(job): (job, time.monotonic(), 1) for job in jobs}
        try:
            while under_way:
                count = self._look()
                if self.stopped:
                    raise KeyboardInterrupt
                on_wait([job for job, _, _ in list(under_way.values())[:count]])
                with suppress(queue.Empty):
                    future = self.done.get(timeout=0.2)
                    if future.cancelled() and self.client.status != "running":  # the scheduler is away; see _look
                        self.done.put(future)
                        time.sleep(0.2)
                        continue
                    job, start, tries = under_way.pop(future)
                    if ended := None if future.cancelled() else self._ended(future, job, start, tries):
                        yield ended
                    else:
                        under_way[self._submit(job)] = job, start, tries + 1
        finally:
            with suppress(Exception):
                self.client.cancel(list(under_way))

    def _ended(self, future: Any, job: Any, start: float, tries: int) -> local.Ended | None:
        """Unpack what a worker sent; None where the job must run again."""
        seconds = time.monotonic() - start
        try:
            about, _, said = future.result(timeout=60).partition(b"\n")
            worker, code = about.decode().split()
        except Exception as error:  # whatever happened on a worker
            return local.Ended(job, f"no worker could make it: {type(error).__name__}: {error}", False, seconds)
        if code not in ("0", "1"):
            why = f"the process that makes reports on {worker} ended (exit code {code})"
            return local.Ended(job, why, False, seconds) if tries > 2 else None
        head, _, archive = said.partition(b"\n")
        how = {"the press": ["installed", None]} if code == "1" else json.loads(head)
        if isinstance(how, dict):
            self._refuse(worker, how)
            return None
        try:
            zipfile.ZipFile(io.BytesIO(archive)).extractall(job.folder)
        except OSError as error:
            how[:2] = f"{type(error).__name__}: {error}", True
        return local.Ended(job, *how)

    def _refuse(self, worker: str, differing: dict[str, list[str | None]]) -> None:
        if worker not in self.refused:
            pairs = [f"{n} {there or 'not installed'} there, {here} here" for n, (here, there) in differing.items()]
            more = f"; and {len(pairs) - 4} more" if len(pairs) > 4 else ""
            remedy = "Give it this checkout and this lock file."
            self.refused[worker] = f"worker {worker} refused: {'; '.join(pairs[:4])}{more}. {remedy}"
            say(self.refused[worker])
