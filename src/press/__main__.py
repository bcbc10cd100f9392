"""``python -m press``: the command; nothing in the folder one stands in, nor in PYTHONPATH, is imported."""

import _signal  # signal itself would import enum first
import os
import sys


def _stop(*_: object) -> None:
    os.write(2, b"interrupted; what is finished stays.\n")
    # an exception would be lost in a callback of an import, or turn into signal 2 in a string that is executed
    os._exit(130)


for _number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP):  # a batch of reports listens itself
    if _number != _signal.SIGHUP or _signal.getsignal(_number) != _signal.SIG_IGN:  # nohup
        _signal.signal(_number, _stop)
if os.environ.pop("PYTHONINSPECT", None):  # this Python would stay when all is done
    os.execv(sys.executable, sys.orig_argv)
try:
    _here = os.getcwd()  # noqa: PTH109 (nothing is imported yet)
except OSError:  # it was removed
    os.chdir(_here := os.sep)
_elsewhere = {"", _here, *os.environ.get("PYTHONPATH", "").split(os.pathsep)}
sys.path[:] = [place for place in sys.path if place not in _elsewhere]

from press.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
