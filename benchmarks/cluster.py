"""
A cluster of two workers on this machine against two local jobs, and what many runs cost that do nothing.

Run: python -m benchmarks.cluster efficiency [rounds] [provinces]; python -m benchmarks.cluster tasks (or: site) [numbers of runs].
Prints tables. Seconds are CPU seconds of all processes concerned, and wall seconds beside them.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import psutil

from helpers import paths
from helpers.record import tables
from press.executors import cluster

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from dask_processes import Processes

REPORTS = '[[report]]\nnotebook = "05_province"\nover = {{ province = {} }}\n'
NOTHING = {
    "cells": [
        {"id": "t", "cell_type": "markdown", "metadata": {"tags": ["lang-en"]}, "source": "# Nothing"},
        {
            "id": "p",
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": "number: int = 0",
            "outputs": [],
            "execution_count": None,
        },
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def _cpu(processes):
    times = []
    for process in processes:
        for p in [process, *process.children(recursive=True)]:
            times.append(sum(p.cpu_times()[:4]))
    return sum(times)


def _helpers(root, *words):
    command = [sys.executable, "-m", "press.cli", *words]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, env=os.environ | {"PRESS_ROOT": str(root)}, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - start


def efficiency(folder, rounds=3, provinces=63):
    """Print the cost of so many province reports by two local jobs and by two workers: new ones, then the same again."""
    root = folder / "project"
    root.mkdir()
    for name in ("data", "notebooks"):
        shutil.copytree(paths.root() / name, root / name, ignore=shutil.ignore_patterns("lessons"))
    shutil.copy(paths.lock_file(), root)
    (root / "reports.toml").write_text(REPORTS.format(json.dumps(list(tables.load("units")["unit_code"])[:provinces])))
    table = {"local, 2 jobs": [], "2 new workers": [], "2 workers, again": []}
    for number in range(rounds):
        table["local, 2 jobs"].append(_helpers(root, "run", "--force", "--jobs", "2"))
        dask = Processes(folder / f"dask-{number}")
        started = [psutil.Process(p.pid) for p in (dask.scheduler(), dask.worker(), dask.worker())]
        time.sleep(3)
        for kind in ("2 new workers", "2 workers, again"):
            before = _cpu(started)
            cpu, wall = _helpers(root, "run", "--force", "--cluster", dask.address)
            table[kind].append((cpu + _cpu(started) - before, wall))
        dask.end()
    local = table["local, 2 jobs"]
    print(f"{'':20} CPU s  wall s  efficiency by CPU, by wall (median of {rounds})")
    for kind, measured in table.items():
        ratios = [[a[k] / b[k] for a, b in zip(local, measured, strict=True)] for k in (0, 1)]
        said = [statistics.median(m[k] for m in measured) for k in (0, 1)] + [statistics.median(r) for r in ratios]
        print(f"{kind:20} {said[0]:5.0f}  {said[1]:6.0f}  {said[2]:.2f}, {said[3]:.2f}")


def _nothing(job):
    pass


_nothing.__module__ = "__main__"


def _jobs(folder, count):
    for number in range(count):
        place = folder / str(number)
        place.mkdir(parents=True)
        yield SimpleNamespace(folder=str(place), run=SimpleNamespace(id=f"nothing/{number}", timeout=None))


def _site(root, count):
    """Make ``count`` whole reports of nothing and return the CPU seconds of a plan and of an index, and their size."""
    from press import execute, report

    (root / "reports.toml").write_text(
        f'[[report]]\nnotebook = "nothing"\nover = {{ number = {list(range(count))} }}\n'
    )
    start = time.process_time()
    todo, runs, _, inputs = execute.plan()
    first = time.process_time() - start
    for run, _ in todo:
        place = paths.reports() / run.id
        place.mkdir(parents=True)
        (place / "index.html").write_text("<!doctype html>")
        before = inputs.before(run)
        kept = {k: getattr(run, k) for k in ("id", "notebook", "parameters", "labels", "lang", "slug")}
        more = {"title": f"Nothing {run.slug}", "name": "Nothing", "status": "ok", "error": None, "inputs": before}
        (place / report.MANIFEST).write_text(json.dumps(kept | more | {"read": [], "files": {}}, indent=1))
    start = time.process_time()
    left = execute.plan()[0]
    again = time.process_time() - start
    if left:
        raise SystemExit(f"{len(left)} reports of nothing are not up to date: {left[0]}")
    start = time.process_time()
    execute.update_index(runs, inputs.read)
    index = time.process_time() - start
    return first, again, index, sum((paths.reports() / f).stat().st_size for f in ("index.html", "index.vi.html"))


def tasks(folder, counts=(1_000, 5_000, 20_000)):
    """Print what runs that do nothing cost through two workers, each in a fork of its own."""
    print("runs    cluster: CPU s, wall s, ms of scheduler + driver a run, peak MB of scheduler, driver")
    for count in counts:
        os.environ["PRESS_ROOT"] = str(folder / f"tasks-{count}")
        (paths.data()).mkdir(parents=True)
        paths.notebooks().mkdir()
        dask = Processes(folder / f"dask-{count}")
        scheduler, *workers = [psutil.Process(p.pid) for p in (dask.scheduler(), dask.worker(), dask.worker())]
        with cluster.Cluster(dask.address) as there:
            list(there.map(_nothing, _jobs(folder / f"first-{count}", 4)))
            mine, before, start = time.process_time(), [_cpu([scheduler]), _cpu(workers)], time.monotonic()
            ended = 0
            for done in there.map(_nothing, _jobs(folder / f"jobs-{count}", count)):
                shutil.rmtree(done.job.folder)
                ended += done.why is None
            wall, mine = time.monotonic() - start, time.process_time() - mine
            over = _cpu([scheduler]) - before[0] + mine
            total = over + _cpu(workers) - before[1]
        peak = [int(line.split()[1]) / 1024 for p in (scheduler.pid, "self") for line in _status(p)]
        dask.end()
        print(
            f"{ended:<6}  {total:.0f}, {wall:.0f}, {1000 * over / count:.1f}, {peak[0]:.0f}, {peak[1]:.0f}", flush=True
        )


def site(folder, counts=(1_000, 5_000, 20_000)):
    """Print what the catalogue, the plan and the index cost with many runs in them."""
    print("runs    plan: CPU s first, with nothing to do; index: CPU s, MB; peak MB of the driver")
    here = paths.data()
    for count in counts:
        os.environ["PRESS_ROOT"] = root = str(folder / f"site-{count}")
        for place in (paths.data(), paths.notebooks()):
            place.mkdir(parents=True)
        for name in ("units.csv", "tiles.csv"):
            shutil.copy(here / name, paths.data())
        (paths.notebooks() / "nothing.ipynb").write_text(json.dumps(NOTHING))
        first, again, index, size = _site(Path(root), count)
        peak = int(_status("self")[0].split()[1]) / 1024
        print(f"{count:<6}  {first:.1f}, {again:.1f}; {index:.1f}, {size / 1e6:.1f}; {peak:.0f}", flush=True)
        shutil.rmtree(root)


def _status(pid):
    return [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]


if __name__ == "__main__":
    asked = {"efficiency": efficiency, "tasks": tasks, "site": site}.get((*sys.argv, "")[1])
    if not asked:
        raise SystemExit(__doc__)
    paths.cache().mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.cache()) as scratch:
        numbers = [int(word) for word in sys.argv[2:]]
        asked(Path(scratch), *(numbers if asked is efficiency else [numbers] * bool(numbers)))
