"""``python -m articles facts ...``: the commands of this package by themselves."""

import sys

from articles.facts import main

sys.exit(main())
