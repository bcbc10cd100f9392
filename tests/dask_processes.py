"""A real Dask scheduler and workers, each a process of its own, over TCP on 127.0.0.1."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from conftest import Forked

HERE = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]


class Processes:
    """Starts and ends them; every log is a file in ``folder``."""

    def __init__(self, folder, zygote=None):
        self.zygote = zygote  # that runs them in its forks, where nothing asks for another Python
        self.folder, self.started, self.protocol, self.address = folder, [], "tcp", None
        folder.mkdir(parents=True, exist_ok=True)

    def _start(self, words, env, python=None):
        output, environment = (
            self.folder / f"log-{len(self.started)}",
            os.environ | {"DASK_CONFIG": str(self.folder)} | env,
        )
        if self.zygote and not python and not any(name.startswith("PYTHON") for name in env):
            self.started.append(
                Forked(self.zygote, "dask", *words, *HERE, cwd=Path.cwd(), env=environment, output=output)
            )
            return self.started[-1]
        log = open(output, "w", encoding="utf-8")  # noqa: SIM115
        self.started.append(
            subprocess.Popen(
                [python or sys.executable, "-m", "dask", *words, *HERE],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        )
        return self.started[-1]

    def _said(self, pattern):
        """Wait until the process started last has logged something; return it."""
        process, log = self.started[-1], self.folder / f"log-{len(self.started) - 1}"
        while not (found := re.search(pattern, log.read_text(encoding="utf-8"))):
            if process.poll() is not None:
                raise RuntimeError(log.read_text(encoding="utf-8"))
            time.sleep(0.05)
        return found[1]

    def scheduler(self, **env):
        """Start a scheduler at any free port and wait until it listens."""
        process = self._start(["scheduler", "--port", "0", "--protocol", self.protocol], env)
        self.address = self._said(r"Scheduler at:\s+(\S+)\s")
        return process

    def worker(self, nanny=False, python=None, **env):
        """Start a worker of one thread and wait until the scheduler knows it."""
        number, kept = len(self.started), [] if nanny else ["--no-nanny"]
        space = str(self.folder / f"worker-{number}")
        process = self._start(
            ["worker", self.address, "--nthreads", "1", *kept, "--local-directory", space], env, python
        )
        self._said("(Registered to)")
        return process

    def end(self):
        """End all of them."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
