"""``python -m press``: the command; nothing in the folder one stands in, nor in PYTHONPATH, is imported."""

import os
import sys

_elsewhere = {"", os.getcwd(), *os.environ.get("PYTHONPATH", "").split(os.pathsep)}  # noqa: PTH109 (nothing is imported yet)
sys.path[:] = [place for place in sys.path if place not in _elsewhere]

from press.cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
