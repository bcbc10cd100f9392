"""``python -m press``: the command, by a Python that takes nothing from its environment or from the folder one stands in."""

import _signal  # signal itself would import enum, perhaps from the folder one stands in
import os
import sys

_signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP))  # until main listens
# What Python and glibc read when they start: reports come out alike whatever was set, memory that is freed is kept.
_START = {"PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}
_START |= dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(1 << 26))
_UNSET = ("PATH", "INSPECT", "OPTIMIZE", "WARNINGS", "DEVMODE", "TRACEMALLOC", "INTMAXSTRDIGITS", "NODEBUGRANGES")
_START |= {f"PYTHON{name}": "" for name in _UNSET}
while (_spare := os.open(os.devnull, os.O_RDWR)) < 3:  # a standard stream was closed
    os.set_inheritable(_spare, True)
os.close(_spare)
if None in (sys.stdin, sys.stdout, sys.stderr) or any(os.environ.get(n, "") != value for n, value in _START.items()):
    os.environ |= _START  # nothing was imported yet
    os.execv(sys.executable, [sys.executable, "-m", "press", *sys.argv[1:]])

import signal  # noqa: E402

from press import project  # noqa: E402


def _stop(*_: object) -> None:
    os.write(2, b"interrupted; what is finished stays.\n")
    # an exception would be lost in a callback of an import, or turn into signal 2 in a string that is executed
    os._exit(130)


for _number in project.STOPS:  # a batch of reports listens itself
    signal.signal(_number, _stop)

from press.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
