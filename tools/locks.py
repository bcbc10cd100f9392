"""
Make the locks again from pyproject.toml: ``make locks`` keeps the versions that still fit, ``make locks UPGRADE=1`` takes the newest.

Each is made within the one before it, so that a package has one version everywhere. They hold for Python 3.11 to 3.13 on every
system. ``environment.yml`` names five packages with their versions: they are changed there as well.
"""

import re
import subprocess
import sys

from environment import ROOT, uv

LOCKS = (
    ("requirements.lock", ()),
    ("requirements-cluster.lock", ("-c", "requirements.lock", "--extra", "cluster")),
    ("requirements-dev.lock", ("-c", "requirements-cluster.lock", "--extra", "dev")),
    ("requirements-teach.lock", ("-c", "requirements-dev.lock", "--extra", "teach", "--extra", "test")),
)
LEFT_OUT = ("jedi", "parso", "debugpy")  # students do without: completion of code, the debugger (50 MB)
STUDENTS = (
    "notebooks/lessons/requirements.txt",
    ("-c", "requirements.lock", *(word for name in LEFT_OUT for word in ("--no-emit-package", name))),
    "notebooks/lessons/requirements.in",
)
OPTIONS = ["--universal", "--fork-strategy", "fewest", "--python-version", "3.11", "--generate-hashes", "--no-annotate"]


def main() -> None:
    """Write the locks, and the versions that environment.yml names."""
    for name, options, wanted in (*((*lock, "pyproject.toml") for lock in LOCKS), STUDENTS):
        command = [uv(), "pip", "compile", "-q", *OPTIONS, *sys.argv[1:], *options, wanted, "-o", name]
        subprocess.run(command, cwd=ROOT, check=True)
    locked = dict(
        re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    )
    conda = ROOT / "environment.yml"
    text = re.sub(
        r"(?m)^(  - )([a-z0-9-]+)=(?!3\.11$).*$", lambda m: f"{m[1]}{m[2]}={locked[m[2]]}", conda.read_text("utf-8")
    )
    conda.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
