"""A real Dask scheduler and workers, each a process of its own, over TCP on 127.0.0.1."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

HERE = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]


class Processes:
    """Starts and ends them; every log is a file in ``folder``."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.started, self.protocol = folder, [], "tcp"
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def address(self):
        """The scheduler's address."""
        return f"{self.protocol}://127.0.0.1:{self.port}"

    def _start(self, words, env):
        log = open(self.folder / f"log-{len(self.started)}", "w", encoding="utf-8")  # noqa: SIM115
        environment = os.environ | {"DASK_CONFIG": str(self.folder)} | env
        self.started.append(
            subprocess.Popen(
                [sys.executable, "-m", "dask", *words, *HERE],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        )
        return self.started[-1]

    def scheduler(self, **env):
        """Start a scheduler at the address and wait until it listens."""
        process = self._start(["scheduler", "--port", str(self.port), "--protocol", self.protocol], env)
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return process
            time.sleep(0.05)
        raise RuntimeError((self.folder / f"log-{len(self.started) - 1}").read_text())

    def worker(self, nanny=False, **env):
        """Start a worker of one thread and wait until the scheduler knows it."""
        number, kept = len(self.started), [] if nanny else ["--no-nanny"]
        space = str(self.folder / f"worker-{number}")
        process = self._start(["worker", self.address, "--nthreads", "1", *kept, "--local-directory", space], env)
        while "Registered to" not in (said := (self.folder / f"log-{number}").read_text(encoding="utf-8")):
            if process.poll() is not None:
                raise RuntimeError(said)
            time.sleep(0.05)
        return process

    def end(self):
        """End all of them."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
