"""``python -m press``: the command; nothing in the folder one stands in is imported."""

import os
import sys

if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]

from press.cli import main

if __name__ == "__main__":
    sys.exit(main())
