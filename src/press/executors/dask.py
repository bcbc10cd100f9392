"""Reports on the workers of a Dask cluster: handed out, taken back whole, refused by a worker with other versions."""

import hashlib
import io
import json
import os
import pickle
import platform
import queue
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from press import project
from press.executors import local
from press.progress import say

_TRIES = 3


def identity() -> dict[str, str]:
    """Return what must be equal on the driver and on a worker: digests of the code, versions of Python and of installed packages."""
    found = {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in metadata.distributions()}
    for name in ("press", *project.setting("code")):
        folder, code = project.package(name) or Path("nowhere"), hashlib.sha256()
        for file in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
            code.update(f"{file.relative_to(folder)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
        found[f"code of {name}"] = code.hexdigest()[:12]
    return {"Python": platform.python_version().rpartition(".")[0], **found}


def _pack(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _bundle() -> tuple[bytes, dict[str, str]]:
    """Return what jobs read (tables, notebooks, settings, stored results) as one archive, with what a worker must be equal in."""
    root, lock, mine = project.root(), project.setting("lock"), identity()
    named = [root / name for name in (project.FILE, lock, *project.setting("inputs"))]
    folders = (root / project.setting("tables"), project.notebooks())
    files = [*named, *(p for folder in folders for p in folder.rglob("*")), *project.reports().rglob("*.csv")]
    kept = sorted({p for p in files if p.is_file() and "/." not in f"/{p.relative_to(root)}"})
    contents = {p.relative_to(root).as_posix(): p.read_bytes() for p in kept}
    locked = re.findall(r"^([a-z0-9.-]+)==", contents.get(lock, b"").decode(), re.MULTILINE)
    return _pack(contents), {name: v for name, v in mine.items() if name == "Python" or name in locked or " " in name}


def _on_worker(key: str, bundle: bytes, payload: bytes) -> tuple[str, bytes | str]:
    """Runs in a worker, whatever version of this package is there: has one job done by a process of its own, with the files it is to see."""
    import io
    import os
    import subprocess
    import sys
    import tempfile
    import zipfile
    from contextlib import suppress
    from pathlib import Path

    from distributed import get_worker

    worker = get_worker()
    home = Path(worker.local_directory, f"press-{key}")
    if not home.is_dir():
        scratch = tempfile.mkdtemp(dir=worker.local_directory)
        zipfile.ZipFile(io.BytesIO(bundle)).extractall(scratch)
        with suppress(OSError):  # another thread was faster
            Path(scratch).rename(home)
    command, environment = (
        [sys.executable, "-P", "-s", "-m", "press", "worker"],
        os.environ | {"PRESS_ROOT": str(home), "PYTHONHASHSEED": "0"},
    )
    done = subprocess.run(command, input=payload, stdout=subprocess.PIPE, env=environment, check=False)
    return worker.address, f"exit code {done.returncode}" if done.returncode else done.stdout


_on_worker.__module__ = "__main__"  # so that it is sent as code, not as a name that a worker may know otherwise


def serve() -> None:
    """
    Make one report for a worker of a cluster.

    Standard input gives pickled (what must be equal, pickled (job, time-out, memory)); standard output gets a line of JSON
    (what differs, or why the job ended early, whether the disk refused, seconds) and the archive of the job's folder.
    """
    wanted, payload = pickle.loads(sys.stdin.buffer.read())  # from the driver, which a worker trusts
    out, mine = os.dup(1), identity()
    os.dup2(2, 1)
    head: Any = {name: [there, mine.get(name)] for name, there in wanted.items() if mine.get(name) != there}
    made: dict[str, bytes] = {}
    if not head:
        from press import execute

        job, timeout, memory = pickle.loads(payload)
        folder = project.reports() / ".staging" / f"{os.getpid()}"
        folder.mkdir(parents=True)
        job.folder, job.console = str(folder), f"{folder}/.console"
        for _, *how in local.Local(1, timeout, [out], memory).map(execute.make, [job]):
            head, made = (
                how,
                {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()},
            )
        shutil.rmtree(folder)
    with open(out, "wb") as stream:
        stream.write(json.dumps(head).encode() + b"\n" + _pack(made))


class Cluster:
    """
    Makes reports on the workers of a Dask cluster; stands where :class:`press.executors.local.Local` stands.

    What the reports read travels to the workers; a worker with other code, another Python or another locked package is
    refused and gets nothing to do. Scheduling is Dask's.

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
        self.limits, self.patience, self.address = (timeout, memory), patience, address
        self.stopped, self.refused, self.done = False, dict[str, str](), queue.SimpleQueue[Any]()
        self.seen, self.distributed = time.monotonic(), distributed
        try:
            self.client = distributed.Client(address, timeout=min(30, patience), set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise local.Lost(f"no Dask scheduler answers at {address}: {error}") from None
        self.refresh()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            self.client.close(timeout=5)

    def stop(self, *_: object) -> None:
        """End the batch at the next moment it is safe; a handler of signals."""
        self.stopped = True

    def refresh(self) -> None:
        """Let what was gathered so far travel too, for reports that read it."""
        bundle, self.wanted = _bundle()
        self.key = hashlib.sha256(bundle).hexdigest()
        self.files = self.client.submit(bytes, bundle, key=f"files-{self.key}-{os.getpid()}", pure=False)

    def _submit(self, job: Any) -> Any:
        there = self.client.scheduler_info(n_workers=-1)["workers"] if self.refused else ()
        payload = pickle.dumps((self.wanted, pickle.dumps((job, *self.limits))))
        good = [w for w in there if w not in self.refused] or None
        future = self.client.submit(_on_worker, self.key, self.files, payload, pure=False, workers=good)
        future.add_done_callback(self.done.put)
        return future

    def _look(self) -> int:
        """Return how many workers there are; give up where none was there for too long."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"] if self.client.status == "running" else {}
        if workers.keys() - self.refused.keys():
            self.seen = time.monotonic()
        elif workers:
            raise local.Lost(f"every worker was refused: {'; '.join(self.refused.values())}")
        elif time.monotonic() - self.seen > self.patience:
            what = (
                "no worker was there"
                if self.client.status == "running"
                else f"the scheduler at {self.address} was away"
            )
            raise local.Lost(
                f"{what} for {self.patience:g} seconds. What is finished stays, the next run goes on from there."
            )
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
        under_way = {self._submit(job): (job, 1, time.monotonic()) for job in jobs}
        try:
            while under_way:
                count = self._look()
                if self.stopped:
                    raise KeyboardInterrupt
                on_wait([job for job, _, _ in list(under_way.values())[:count]])
                with suppress(queue.Empty):
                    future = self.done.get(timeout=0.2)
                    job, tries, start = under_way.pop(future)
                    if (ended := self._ended(future, job, tries, start)) is None:
                        under_way[self._submit(job)] = job, tries + 1, start
                    else:
                        yield ended
        finally:
            with suppress(Exception):
                self.client.cancel(list(under_way))

    def _ended(self, future: Any, job: Any, tries: int, start: float) -> local.Ended | None:
        """Unpack what a worker sent; None where the job must run again."""
        try:
            worker, said = future.result(timeout=60)
        except Exception as error:  # whatever happened on a worker
            worker, said = "a worker", f"{type(error).__name__}: {error}"
        if said == "exit code 1":  # it has no press that can serve
            said = b'{"the press": ["installed", null]}\n'
        if not isinstance(said, bytes):
            why = f"the process that makes reports on {worker} ended ({said})"
            again = tries < _TRIES and not said.startswith("KilledWorker")
            return None if again else local.Ended(job, why, False, time.monotonic() - start)
        head, _, archive = said.partition(b"\n")
        if isinstance(how := json.loads(head), dict):
            self._refuse(worker, how)
            return None
        why, unwritten, seconds = how
        try:
            zipfile.ZipFile(io.BytesIO(archive)).extractall(job.folder)
        except OSError as error:
            why, unwritten = f"{type(error).__name__}: {error}", True
        return local.Ended(job, why, unwritten, seconds)

    def _refuse(self, worker: str, differing: dict[str, list[str | None]]) -> None:
        if worker not in self.refused:
            pairs = [
                f"{name} {there or 'not installed'} there, {here} here" for name, (here, there) in differing.items()
            ]
            more = f"; and {len(pairs) - 4} more" if len(pairs) > 4 else ""
            self.refused[worker] = (
                f"worker {worker} refused: {'; '.join(pairs[:4])}{more}. Give it this checkout and this lock file."
            )
            say(self.refused[worker])
