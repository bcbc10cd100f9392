"""Reports, and any function over many items, on the workers of a Dask cluster."""

import collections
import hashlib
import io
import json
import logging
import os
import pickle
import platform
import queue
import re
import shutil
import tempfile
import time
import uuid
import zipfile
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

from helpers import paths
from press.executors import local

_TRIES = 3
_PACKAGE = "rotation-outcomes"


def identity():
    """Return what must be equal on the driver and on a worker, as name to version: this package with a digest of its code, Python, installed packages."""
    folder, code = Path(__file__).parent, hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        code.update(f"{file.relative_to(folder).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    found = {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in metadata.distributions()}
    own = f"{found.pop(_PACKAGE, '?')} (code {code.hexdigest()[:12]})"
    return {"helpers": own, "Python": platform.python_version().rpartition(".")[0], **found}


def _pack(contents):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _folder(folder, under=None):
    files = sorted(p for p in (under or folder).rglob("*") if p.is_file())
    kept = [(p.relative_to(folder).as_posix(), p) for p in files]
    return {name: p.read_bytes() for name, p in kept if under is None or "/." not in f"/{name}"}


def _bundle(*more):
    """Return the project's tables, notebooks, lock file and ``more`` files as one archive, with what a worker must be equal in."""
    root, lock, mine = paths.root(), paths.lock_file(), identity()
    contents = _folder(root, paths.data()) | _folder(root, paths.notebooks())
    for file in (lock, *more):
        if file.is_file():
            contents[file.relative_to(root).as_posix()] = file.read_bytes()
    locked = re.findall(r"^([a-z0-9.-]+)==", contents.get(lock.name, b"").decode(), re.MULTILINE)
    wanted = {name: mine[name] for name in ("helpers", "Python", *locked) if name in mine}
    return _pack(contents | {"identity.json": json.dumps(wanted).encode()}), wanted


def _on_worker(code, files, bundle, payload):
    """Runs in a worker, whatever version of this package is there: hands one job to the process of its thread, with the files it is to see."""
    import io
    import json
    import os
    import pickle
    import shutil
    import subprocess
    import sys
    import tempfile
    import threading
    import zipfile
    from multiprocessing import Pipe

    from distributed import get_worker

    worker, archive = get_worker(), zipfile.ZipFile(io.BytesIO(bundle))
    mine = worker.__dict__.setdefault("_helpers", threading.local()).__dict__
    if mine.get("code") != code or mine["process"].poll() is not None:
        if mine:
            mine["pipe"].close()
            mine["process"].wait()
            shutil.rmtree(mine["home"], ignore_errors=True)
            mine.clear()
        home, (ours, theirs) = tempfile.mkdtemp(prefix="helpers-", dir=worker.local_directory), Pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "press.cli", "serve", str(theirs.fileno())],
            env=os.environ | {"PRESS_ROOT": home, "PYTHONHASHSEED": "0"},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        mine.update(code=None, files=None, process=process, pipe=ours, home=home)
        try:
            found = json.loads(ours.recv_bytes())
        except (EOFError, OSError):
            found = {}
        wanted = json.loads(archive.read("identity.json"))
        differing = {name: [there, found.get(name)] for name, there in wanted.items() if found.get(name) != there}
        if differing:
            return {"worker": worker.address, "refused": differing, "found": bool(found)}
        mine["code"] = code
    root = os.path.join(mine["home"], files)
    if mine["files"] != files:
        if mine["files"]:
            shutil.rmtree(os.path.join(mine["home"], mine["files"]), ignore_errors=True)
        archive.extractall(root)
        mine["files"] = files
    try:
        mine["pipe"].send_bytes(pickle.dumps((root, payload)))
        return {"worker": worker.address, "done": mine["pipe"].recv_bytes()}
    except (EOFError, OSError):
        return {"worker": worker.address, "died": mine["process"].wait()}


_on_worker.__module__ = "__main__"  # so that it is sent as code, not as a name that a worker may know otherwise


def serve(descriptor):
    """
    Run jobs that come through a pipe, one after another, each in a fork; what a worker starts.

    Parameters
    ----------
    descriptor : int
        One end of a two-way pipe. It gets :func:`identity` as JSON; then for each pickled (root folder, pickled (work,
        job, time-out, memory, notebooks, modules)) the pickled (why it ended early, whether the disk refused, seconds, archive
        of its folder). The end of the pipe ends the process.
    """
    from multiprocessing.connection import Connection

    from press import report

    pipe, warmed = Connection(descriptor), None
    pipe.send_bytes(json.dumps(identity()).encode())

    def stop_if_alone(running):
        if pipe.poll():
            raise EOFError

    with suppress(EOFError, OSError):
        while True:
            root, payload = pickle.loads(pipe.recv_bytes())
            os.environ["PRESS_ROOT"] = root
            work, job, timeout, memory, notebooks, modules = pickle.loads(payload)
            if notebooks and warmed != (root, notebooks, modules):
                report.warm([paths.root() / n for n in notebooks], [Path(__file__).with_name(m) for m in modules])
                warmed = root, notebooks, modules
            job.folder = str(paths.reports() / ".staging" / Path(job.folder).name)
            shutil.rmtree(job.folder, ignore_errors=True)
            Path(job.folder).mkdir(parents=True)
            for _, *how in local.Local(1, timeout, [descriptor], memory).map(work, [job], stop_if_alone):
                pipe.send_bytes(pickle.dumps((*how, _pack(_folder(Path(job.folder))))))
            shutil.rmtree(job.folder, ignore_errors=True)


class Cluster:
    """
    Runs jobs on the workers of a Dask cluster; stands where :class:`press.executors.local.Local` stands.

    Tables, notebooks and lock file travel to the workers by their content; a worker with another version of this
    package, of Python or of a locked package is refused and gets nothing to do. The folder a job fills comes back
    whole and is written here.

    Parameters
    ----------
    address : str
        The scheduler's, such as ``tcp://127.0.0.1:8786``.
    timeout : float
        Seconds a job may take.
    patience : float
        Seconds to go on without a scheduler or a worker.
    memory : int, optional
        Megabytes a job may take; all that its worker's machine has otherwise.

    Raises
    ------
    Lost
        If no scheduler answers.
    """

    def __init__(self, address, timeout=900, patience=300, memory=None):
        try:
            import distributed
        except ImportError:
            raise ValueError(
                'a cluster needs the package distributed: pip install -c requirements.lock "rotation-outcomes[cluster]".'
            ) from None
        self.distributed, self.address, self.limits, self.patience = distributed, address, (timeout, memory), patience
        self.stopped, self.refused, self.workers, self.done = False, {}, {}, queue.SimpleQueue()
        self.warming, self.files, self.client = [[], []], None, None
        self.bundle, self.wanted = _bundle()
        self.code = hashlib.sha256(json.dumps(self.wanted).encode()).hexdigest()
        self.key = hashlib.sha256(self.bundle).hexdigest()
        self.seen = self.looked = time.monotonic()
        self._connect(min(30, patience))

    def _connect(self, seconds):
        try:
            self.client = self.distributed.Client(self.address, timeout=seconds, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise local.Lost(f"no Dask scheduler answers at {self.address}: {error}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with suppress(Exception):
            self.client.close(timeout=5)

    def stop(self, *_):
        """End the batch at the next moment it is safe; a handler of signals."""
        self.stopped = True

    def refresh(self):
        """Let the results gathered so far travel too, for jobs that read them."""
        self.bundle, self.files = _bundle(*sorted(paths.reports().glob("*.csv")))[0], None
        self.key = hashlib.sha256(self.bundle).hexdigest()

    def warm(self, notebooks, modules):
        """Have every worker prepare itself as :func:`press.report.warm` does, with its own copies of these files."""
        root = paths.root()
        self.warming = [[p.relative_to(root).as_posix() for p in notebooks], [p.name for p in modules]]

    def _look(self):
        """Take note of the workers, or of a scheduler that is away; give up after ``patience``."""
        now = time.monotonic()
        if now - self.looked < 2 and self.workers:
            return
        self.looked, missing = now, f"no worker was there for {self.patience:g} seconds"
        try:
            if self.client.status == "closed":
                self._connect(5)
            self.workers = self.client.scheduler_info()["workers"] if self.client.status == "running" else {}
        except (OSError, self.distributed.TimeoutError):
            self.workers = {}
        if self.client.status != "running":
            missing = f"the scheduler at {self.address} was away for {self.patience:g} seconds"
        if self.workers.keys() - self.refused:
            self.seen = now
        elif self.workers:
            raise local.Lost(f"every worker was refused: {'; '.join(self.refused.values())}")
        elif now - self.seen > self.patience:
            raise local.Lost(f"{missing}. What is finished stays, the next run goes on from there.")

    def _submit(self, task):
        import cloudpickle

        if self.files is None or self.files.status in ("cancelled", "lost", "error"):
            self.files = self.client.submit(bytes, self.bundle, key=f"files-{uuid.uuid4().hex}")
        good = [w for w in self.workers if w not in self.refused] if self.refused else []
        payload = cloudpickle.dumps((task.work, task.job, *self.limits, *self.warming))
        name = f"{Path(task.job.run.id).parts[0]}-{uuid.uuid4().hex}"
        where = {"workers": good, "allow_other_workers": True} if good else {}
        future = self.client.submit(_on_worker, self.code, self.key, self.files, payload, key=name, **where)
        future.add_done_callback(self.done.put)
        return future

    def map(self, work, tasks, on_wait=lambda running: None):
        """
        Run ``work(job)`` for every job; see :meth:`helpers.executor.Local.map`.

        Parameters
        ----------
        work : callable
        tasks : iterable of Job
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
        start, again, under_way = time.monotonic, collections.deque(), {}
        tasks = (SimpleNamespace(work=work, job=job, tries=0, start=start()) for job in tasks)
        try:
            while True:
                self._look()
                room = max(64, 2 * sum(w["nthreads"] for w in self.workers.values())) - len(under_way)
                while self.client.status == "running" and self.workers and room > 0:
                    task = again.popleft() if again else next(tasks, None)
                    if task is None:
                        break
                    future, room = self._submit(task), room - 1
                    under_way[future.key] = future, task
                if self.stopped:
                    raise KeyboardInterrupt
                on_wait([task.job for _, task in list(under_way.values())[: len(self.workers)]])
                if not under_way and not again and self.workers:
                    return
                with suppress(queue.Empty):
                    known = under_way.pop(self.done.get(timeout=0.2).key, None)
                    if known is None:  # of a map that was left early
                        continue
                    future, task = known
                    ended = self._ended(future, task)
                    if ended:
                        yield local.Ended(task.job, *ended)
                    else:
                        again.append(task)
        finally:
            if self.client.status == "running":
                with suppress(Exception):
                    self.client.cancel([future for future, _ in under_way.values()])

    def _ended(self, future, task):
        """Unpack what a worker sent and return (why, unwritten, seconds), or None where the job must run again."""
        try:
            said = future.result(timeout=60)
        except (self.distributed.CancelledError, self.distributed.TimeoutError, OSError):
            return None
        except Exception as error:  # noqa: BLE001 (whatever happened on a worker)
            said = {"error": f"the cluster could not run it: {type(error).__name__}: {error}"}
            task.tries = _TRIES if isinstance(error, self.distributed.KilledWorker) else task.tries
        if "refused" in said:
            self._refuse(said)
            return None
        if "done" not in said:
            why, unwritten, seconds, archive = said.get("error"), False, time.monotonic() - task.start, None
            why = why or f"the process that makes reports on {said['worker']} ended ({said['died']})"
        else:
            why, unwritten, seconds, archive = pickle.loads(said["done"])
        task.tries += archive is None or unwritten
        if 0 < task.tries < _TRIES and (archive is None or unwritten):
            return None
        try:
            if archive:
                zipfile.ZipFile(io.BytesIO(archive)).extractall(task.job.folder)
        except OSError as error:
            why, unwritten = f"{type(error).__name__}: {error}", True
        return why, unwritten, seconds

    def _refuse(self, said):
        if said["worker"] in self.refused:
            return
        differing = [
            f"{n} {there or 'not installed'} there, {here} here" for n, (here, there) in said["refused"].items()
        ]
        text = "; ".join(differing[:4]) + (f"; and {len(differing) - 4} more" if len(differing) > 4 else "")
        if not said["found"]:
            text = f"its Python has no helpers package that can serve, {self.wanted['helpers']} here"
        self.refused[said["worker"]] = (
            f"worker {said['worker']} refused: {text}. Give it this checkout and this requirements.lock."
        )
        logging.getLogger("helpers").warning(self.refused[said["worker"]])


def _call(call):
    import cloudpickle

    try:
        result = True, call.function(call.item)
    except Exception as error:  # noqa: BLE001 (raised again where the results are wanted)
        result = False, error
    Path(call.folder, "result").write_bytes(cloudpickle.dumps(result))


def spread(function, items, over=None):
    """
    Return ``function(item)`` for every item, in their order: permutations, simulations, specifications.

    Parameters
    ----------
    function : callable
        Of one item; the rest of its arguments fixed by ``functools.partial``. Its random numbers come from the item.
    items : iterable
    over : Local or Cluster, optional
        Each item then gets a process of its own; else all run here, one after another.

    Returns
    -------
    list
        The same, whatever the executor.

    Raises
    ------
    RuntimeError
        If a process ended early; an exception that the function raised is raised here.
    """
    if over is None:
        return [function(item) for item in items]
    paths.cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.cache()) as scratch:

        def calls():
            for number, item in enumerate(items):
                folder = Path(scratch, f"{number:06d}")
                folder.mkdir()
                run = SimpleNamespace(id=getattr(function, "__name__", "call"), timeout=None)
                yield SimpleNamespace(function=function, item=item, folder=str(folder), run=run)

        results = {}
        for call, why, *_ in over.map(_call, calls()):
            number = int(Path(call.folder).name)
            if why:
                raise RuntimeError(f"item {number}: {why}")
            fine, results[number] = pickle.loads(Path(call.folder, "result").read_bytes())
            if not fine:
                raise results[number]
            shutil.rmtree(call.folder)
    return [results[number] for number in sorted(results)]
