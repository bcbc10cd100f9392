"""
The catalogue in one run, this checkout and an old one: full, nothing changed, style sheet, message, one cell; a page against papermill.

``python -m benchmarks.catalogue --old /path/to/old/checkout --to benchmarks/results/catalogue.txt`` on a quiet machine (half an
hour; no network). Without ``--old`` this checkout alone; ``--only PATTERN`` (may be repeated) for a part of the catalogue.

Each checkout is copied to a scratch folder without its reports and caches and run by the Python of its own ``.venv``, so that
nothing in it changes. CPU seconds are those of the command and of all its children. Memory is the largest sum, over the command's
processes, of what each has to itself plus its share of what several use (PSS, read ten times a second; Linux). What nothing changed
costs is the best of three. The reports of the old checkout are also made alone by the new one, since the catalogue has grown: a report
is the same if its name is, without the language and the post, which the old names do not say. A page is compared with
``papermill NOTEBOOK OUT -r NAME VALUE`` on the same reports, median of five.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (".git", ".venv*", ".cache", "reports", "lessons_built", "__pycache__", ".*_cache")
# What differs between the two: the package with the command, the style sheet, a catalogue of messages, the name of the root.
NEW = {
    "package": "press",
    "style": "src/press/templates/style.css",
    "message": "src/press/locale/vi/LC_MESSAGES/press.po",
}
OLD = {
    "package": "helpers",
    "style": "src/helpers/templates/report/style.css",
    "message": "src/helpers/locale/vi/LC_MESSAGES/helpers.po",
}
RENAMED = {"02_programmes/all": "02_programmes/default", "15_brief/default": "15_brief/secretary"}
NEEDED = "00_main_designs/hometown--secretary"  # by the brief
CELL = "data/national_rotation_counts.csv"


def _memory(root):
    """Return the memory of a process and all that descend from it, together, in MB."""
    parents, total = {}, 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
    found, more = set(), {root}
    while more:
        found |= more
        more = {pid for pid, parent in parents.items() if parent in more} - found
    for pid in found:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total / 1024


class Side:
    """
    A copy of a checkout, and how it is run.

    Parameters
    ----------
    checkout : Path
    what : dict
        NEW or OLD.
    scratch : Path
    only : list of str
        Patterns of reports.
    """

    def __init__(self, checkout, what, scratch, only):
        self.folder, self.what = scratch, what
        shutil.copytree(checkout, scratch, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self.python, self.only = checkout / ".venv" / "bin" / "python", [w for one in only for w in ("--only", one)]
        source = f"import sys; sys.path.insert(0, {str(scratch / 'src')!r}); from {what['package']}.cli import main; "
        self.start = [self.python, "-P", "-s", "-c", f"{source}sys.exit(main(sys.argv[1:]))"]
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("HELPERS_", "PRESS_", "PYTHON", "VIRTUAL_ENV"))
        }
        roots = {
            "PRESS_ROOT": str(scratch),
            "HELPERS_ROOT": str(scratch),
            "MPLCONFIGDIR": str(scratch / ".cache/matplotlib"),
        }
        self.env = clean | roots | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

    def timed(self, command):
        """Run a command; return CPU seconds, wall seconds, memory in MB, the last line that it printed."""
        peak, ended, start = [0.0], threading.Event(), time.monotonic()
        with tempfile.TemporaryFile("w+") as said:
            child = subprocess.Popen(command, cwd=self.folder, env=self.env, stdout=said, stderr=subprocess.STDOUT)

            def watch():
                while not ended.wait(0.1):
                    peak.append(_memory(child.pid))

            watcher = threading.Thread(target=watch)
            watcher.start()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode, wall = os.waitstatus_to_exitcode(status), time.monotonic() - start
            ended.set()
            watcher.join()
            said.seek(0)
            lines = said.read().splitlines()
        if child.returncode:
            raise SystemExit("\n".join([f"{command[-3:]} ended with {child.returncode}:", *lines[-20:]]))
        made = [line for line in lines if " made, " in line or "up to date" in line]
        return usage.ru_utime + usage.ru_stime, wall, max(peak), (made or lines or [""])[0]

    def run(self):
        """Make what is not up to date."""
        return self.timed([*self.start, "run", *self.only])

    def add(self, name, text):
        """Add a line to a file."""
        with (self.folder / name).open("a", encoding="utf-8") as stream:
            stream.write(text)

    def change_a_cell(self):
        """Add one to the last digit of the value in a table's last row."""
        file = self.folder / CELL
        *before, last = file.read_text("utf-8").splitlines()
        column, cells = before[0].split(",").index("value"), last.split(",")
        cells[column] = cells[column][:-1] + str((int(cells[column][-1]) + 1) % 10)
        file.write_text("\n".join([*before, ",".join(cells)]) + "\n", "utf-8")

    def made(self):
        """Return what the reports say of themselves."""
        found = sorted((self.folder / "reports").glob("*/**/manifest.json"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]

    def papermill(self, manifests):
        """Return the CPU seconds that papermill's command line takes for some of the reports."""
        taken = []
        for number, manifest in enumerate(manifests):
            out = self.folder / ".cache" / f"papermill-{number}"
            out.mkdir(parents=True)
            self.env |= {"PRESS_OUT": str(out), "HELPERS_OUT": str(out)}
            values = [w for name, value in manifest["parameters"].items() for w in ("-r", name, str(value))]
            book = f"notebooks/{manifest['notebook']}.ipynb"
            words = ["papermill", "--no-progress-bar", "--cwd", "notebooks", book, str(out / "o.ipynb"), *values]
            taken.append(self.timed([self.python, "-P", "-s", "-m", *words])[0])
        return taken


def same(old, new):
    """Return patterns of the new reports that the old catalogue has, each of which matches one name."""
    known = {m["id"].rsplit("/", 1)[0] for m in old}
    known |= {RENAMED[name] for name in known & set(RENAMED)} | {NEEDED.removesuffix("--secretary")}
    names = [m["id"] for m in new if m["id"].removesuffix("--secretary") in known]
    return [f"{name[:-1]}[{name[-1]}]" for name in names]


def measure(name, side, say):
    """Say what each kind of change costs on one side."""
    rows = {"full": side.run()}
    rows["nothing changed"] = min(side.run() for _ in range(3))
    side.add(side.what["style"], "\n/* changed */\n")
    rows["style sheet"] = side.run()
    side.add(side.what["message"], "\n# changed\n")
    rows["message"] = side.run()
    side.change_a_cell()
    rows["one cell of a table"] = side.run()
    for what, (cpu, wall, memory, said) in rows.items():
        say(f"{name:5}{what:22}{cpu:9.2f} CPU s{wall:9.2f} wall s{memory:7.0f} MB   {said}")
    manifests = [m for m in side.made() if m["status"] == "ok"]
    languages = {p.parent.name for p in (side.folder / "reports").glob("*/**/index.html") if len(p.parent.name) == 2}
    pages = sum(
        (side.folder / "reports" / m["id"] / lang / "index.html").is_file() for m in manifests for lang in languages
    )
    each = rows["full"][0] / max(pages or len(manifests), 1)
    sample = [m for m in manifests if not m["parameters"].get("panel")][:: max(1, len(manifests) // 5)][:5]
    alone = statistics.median(side.papermill(sample))
    say(
        f"{name:5}a page {each:.3f} CPU s ({pages or len(manifests)} pages); papermill's command line {alone:.2f}: {alone / each:.1f} times"
    )
    return rows, manifests


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--old", type=Path, help="an old checkout with its .venv")
    parser.add_argument("--only", action="append", default=[], help="a part of the catalogue")
    parser.add_argument("--to", type=Path, help="a file that gets what is printed")
    args = parser.parse_args()
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    say(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {time.strftime('%d %B %Y')}\n")
    rows, made = {}, {}
    for name, checkout, what in (("old", args.old, OLD), ("new", ROOT, NEW)):
        if checkout:
            with tempfile.TemporaryDirectory(prefix="catalogue-") as scratch:
                side = Side(checkout.resolve(), what, Path(scratch) / name, args.only)
                rows[name], made[name] = measure(name, side, say)
            say("")
    if "old" in rows:
        with tempfile.TemporaryDirectory(prefix="catalogue-") as scratch:
            side = Side(ROOT, NEW, Path(scratch) / "new", same(made["old"], made["new"]))
            cpu, wall, memory, said = side.run()
        say(f"new  the old's reports   {cpu:9.2f} CPU s{wall:9.2f} wall s{memory:7.0f} MB   {said}\n")
        say(f"new / old, the old's reports: {cpu / rows['old']['full'][0]:.3f} of the CPU seconds")
        for what in rows["new"]:
            say(f"new / old, {what}: {rows['new'][what][0] / rows['old'][what][0]:.3f} of the CPU seconds")
    if args.to:
        args.to.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
