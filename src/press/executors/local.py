"""Where jobs run: on this machine, each in a process of its own. A cluster is another class with the same ``map``."""

import contextlib
import ctypes
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from press import project
from press.progress import say


class Ended(NamedTuple):
    """How a job's process ended: ``why`` is None where it did its work, else one line; ``unwritten`` where the disk refused."""

    job: Any
    why: str | None
    unwritten: bool
    seconds: float


class Lost(OSError):
    """The machines that were to do the work are out of reach; the message says which and since when."""


# Of prctl(2), Linux: a signal when the parent dies; the parent of orphans among one's descendants.
_DEATH_SIGNAL, _REAPER = 1, 36


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value)


def _end_orphans(folder: str = "") -> None:
    """End children whose parent is gone: those that work for a report's folder, or all."""
    with contextlib.suppress(OSError):
        for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            with contextlib.suppress(OSError):
                if not folder or os.fsencode(f"PRESS_OUT={folder}\0") in Path(f"/proc/{pid}/environ").read_bytes():
                    os.kill(int(pid), signal.SIGKILL)
                    os.waitpid(int(pid), 0)
                    _end_orphans(folder)


def guarded(work: Callable[[], int]) -> int:
    """
    Do some work in a child, which ends with this process; when it ends, whatever it started ends too.

    Parameters
    ----------
    work : callable
        Returns an exit code and raises nothing.

    Returns
    -------
    int
        The exit code; 1 where the child was killed.
    """
    _prctl(_REAPER, 1)
    driver = os.getpid()
    signal.pthread_sigmask(signal.SIG_BLOCK, project.STOPS)  # one that comes now is for the child
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, project.STOPS)
        _prctl(_DEATH_SIGNAL, signal.SIGTERM)
        os.setpgid(0, 0)  # Ctrl-C comes once, through this process
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # where the terminal halts who prints from another group
        os._exit(work() if os.getppid() == driver else 1)

    def hand_on(number: int, _: Any) -> None:
        for one in (number, signal.SIGCONT):  # a child that was halted hears nothing until it goes on
            os.kill(child, one)

    before = {number: signal.signal(number, hand_on) for number in project.STOPS}
    signal.pthread_sigmask(signal.SIG_UNBLOCK, project.STOPS)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for number, handler in before.items():
        signal.signal(number, handler)
    _end_orphans()
    if code < 0:
        say(f"the process that makes the reports was ended by signal {-code}; what is finished stays. Run again.")
    return code if code >= 0 else 1


def _enter(work: Callable, job: Any, close: tuple[int, ...], memory: int, pipe: Any, driver: int) -> None:
    for descriptor in close:
        os.close(descriptor)
    os.setpgid(0, 0)
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != driver:  # it died before that line
        os._exit(1)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900")
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory * 2**20, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    for number in project.STOPS:
        signal.signal(number, signal.SIG_DFL)
    try:
        console = os.open(job.console, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for source, target in ((os.open(os.devnull, os.O_RDONLY), 0), (console, 1), (console, 2)):
            os.dup2(source, target)
        if (taken := _taken()) > memory:
            raise MemoryError(f"a report may take {memory} MB, it takes {taken} MB before it begins (--memory).")
        work(job)
    except BaseException as error:
        pipe.send((isinstance(error, OSError), f"{type(error).__name__}: {error}"[:1000]))
        if not isinstance(error, OSError):  # which was said, and comes from where nothing can be printed, perhaps
            with contextlib.suppress(Exception):
                traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _taken() -> int:
    """Return the megabytes that this process takes already; 0 where the system does not say."""
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE") >> 20
    return 0


def _kill(process: Any) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()


def _reason(code: int) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed (signal 9): by hand, or because memory ran out"
    return f"its process ended early ({f'signal {-code}' if code < 0 else f'exit code {code}'})"


class Local:
    """
    Runs jobs in forks of this process.

    Parameters
    ----------
    jobs : int
        Processes alive at most.
    timeout : float
        Seconds a job may take, where the job does not say otherwise (``job.run.timeout``).
    close : sequence of int
        File descriptors that children must not keep (the lock).
    memory : int, optional
        Megabytes a job may take, what it shares with this process included; all that the machine has otherwise.
    """

    def __init__(self, jobs: int, timeout: float, close: Iterable[int] = (), memory: int | None = None) -> None:
        import multiprocessing

        self.context: Any = multiprocessing.get_context("fork")
        self.jobs, self.timeout, self.close = jobs, timeout, tuple(close)
        self.memory = memory or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
        self.alive: dict[int, tuple] = {}
        self.stopped = False

    def stop(self, *_: object) -> None:
        """End the batch at the next moment it is safe; a handler of signals."""
        self.stopped = True

    def _start(self, work: Callable, job: Any) -> None:
        ours, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(target=_enter, args=(work, job, self.close, self.memory, theirs, os.getpid()))
        process.start()
        theirs.close()
        self.alive[process.sentinel] = process, job, time.monotonic(), ours

    def map(self, work: Callable, jobs: Iterable, on_wait: Callable = lambda running: None) -> Iterator[Ended]:
        """
        Run ``work(job)`` for every job.

        Parameters
        ----------
        work : callable
        jobs : iterable of Job
            Taken as processes become free.
        on_wait : callable
            Called several times a second with the jobs that are running.

        Yields
        ------
        Ended
            As they finish.

        Raises
        ------
        KeyboardInterrupt
            After :meth:`stop`; children are ended first.
        """
        from multiprocessing.connection import wait

        jobs = iter(jobs)
        _prctl(_REAPER, 1)
        try:
            while not self.stopped:
                while len(self.alive) < self.jobs and (job := next(jobs, None)) is not None:
                    self._start(work, job)
                if not self.alive:
                    return
                on_wait([job for _, job, _, _ in self.alive.values()])
                # in vain where a fork that a report leaves holds the sentinel
                closed = wait(list(self.alive), timeout=0.2)
                if closed and all(process.exitcode is None for process, *_ in self.alive.values()):
                    time.sleep(0.02)  # it closed its files and goes on: about to end, or for long
                now = time.monotonic()
                for sentinel, (process, job, start, pipe) in list(self.alive.items()):
                    limit, late = job.run.timeout or self.timeout, process.exitcode is None
                    if late and now - start <= limit:
                        continue
                    _kill(process)
                    del self.alive[sentinel]
                    _end_orphans(job.folder if self.alive else "")  # alone, whatever is left is its
                    unwritten, why = False, f"stopped after {limit:g} seconds (--timeout)" if late else None
                    if process.exitcode and not late:
                        why = _reason(process.exitcode)
                        with contextlib.suppress(EOFError, OSError):
                            if pipe.poll():
                                unwritten, why = pipe.recv()
                    pipe.close()
                    yield Ended(job, why, unwritten, now - start)
            raise KeyboardInterrupt
        finally:
            for process, *_ in self.alive.values():
                _kill(process)
            self.alive.clear()
            _end_orphans()
