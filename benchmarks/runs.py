"""
The log of ``make reports``: from a fresh clone, again with nothing changed, after one cell, and what would run after other changes.

``python -m benchmarks.runs > benchmarks/results/runs.txt`` (some ten minutes on two cores; the first run asks the package
index). Named a folder, it makes the clone there and leaves it.
Every command stands with what it said (of a long log the beginning and the end), its wall seconds, and the CPU seconds of
all its processes. What was changed stands as the difference that git sees.
"""

import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST, LAST = 4, 12


def say(command, folder):
    """Run a command in the clone and print it with what it said and cost."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HELPERS_", "VIRTUAL_ENV", "PYTHON", "MAKE"))}
    clean["PIP_QUIET"] = "2"  # what pip says of this machine's settings belongs in no log of ours
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(command, cwd=folder, env=clean, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().replace(f"{folder}/", "").splitlines()
    if len(lines) > FIRST + LAST + 1:
        lines[FIRST:-LAST] = [f"... ({len(lines) - FIRST - LAST} lines)"]
    print(f"$ {' '.join(command)}", *lines, sep="\n")
    spent = f"{time.monotonic() - start:.2f} s wall, {usage.ru_utime + usage.ru_stime:.2f} s CPU"
    print(f"-- {spent}, exit code {child.returncode}\n", flush=True)


def change_a_cell(file):
    """Add one to the last digit of the last row's value."""
    *before, last = file.read_text("utf-8").splitlines()
    column = before[0].split(",").index("value")
    cells = last.split(",")
    cells[column] = cells[column][:-1] + str((int(cells[column][-1]) + 1) % 10)
    file.write_text("\n".join([*before, ",".join(cells)]) + "\n", "utf-8")


def add_a_comment(file):
    """Add a comment at the end of a module."""
    file.write_text(file.read_text("utf-8") + "# a comment\n", "utf-8")


def main():
    """Print the log."""
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as spare:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else spare) / "clone"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
        difference, back = ["git", "diff", "-U0"], ["git", "checkout", "-q", "."]
        say(["git", "log", "-1", "--format=%h %s"], folder)
        say(["make", "reports"], folder)
        say(["make", "reports"], folder)
        change_a_cell(folder / "data" / "national_rotation_counts.csv")
        for command in (difference, ["make", "plan"], ["make", "reports"], back, ["make", "reports"]):
            say(command, folder)
        for change, name in (
            (change_a_cell, "data/economy.csv"),
            (add_a_comment, "src/helpers/effects/leaders.py"),
            (add_a_comment, "src/helpers/cli.py"),
        ):
            change(folder / name)
            for command in (difference, ["make", "plan"], back):
                say(command, folder)
        say(["make", "status"], folder)


if __name__ == "__main__":
    sys.exit(main())
