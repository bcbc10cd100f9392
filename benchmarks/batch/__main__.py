"""
The same reports made in five ways, interleaved: CPU and wall seconds, and what each costs against the bare functions.

``python -m benchmarks.batch --reports 189 --repeat 5 --to benchmarks/results/batch.csv`` (no network; half an hour on two
cores). Of the slow ways, where each report has a process or a kernel of its own and costs what the one before cost, only
the first 20 or 40 reports are made.
``--growth`` makes 10, 50, 200, 1,000 reports our way instead, to see that the cost grows in a straight line, and gives
the cost of the start and of one report more.

All ways find the same folder: tables that were checked once, fonts listed once, as in any project that has run before.
CPU seconds are those of the way's process and all its children. Memory is the largest sum, over the way's process tree,
of the memory each process has to itself plus its share of what several use (PSS in ``/proc/<pid>/smaps_rollup``, read
ten times a second; Linux).
"""

import argparse
import contextlib
import functools
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

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CELLS = (
    "import matplotlib.pyplot as plt\nimport numpy as np\nfrom helpers import datasets, page",
    "doc = page.begin(globals(), 'typical', province=page.Province(), copy=page.Whole())",
    "table = datasets.load('governance')\nown = table[(table['unit_code'] == province) & table['indicator'].str.startswith('pci_')]",
    "doc.table(own.tail(20), 'values', caption_en='Values', caption_vi='Giá trị', columns={c: (c, c) for c in ('year', 'indicator', 'value')})",
    "fig, axes = plt.subplots(2, 2, figsize=(8, 5))\nfor ax, (name, part) in zip(axes.flat, own.groupby('indicator')):\n    ax.plot(part['year'], part['value'], marker='o', label=province)\n    ax.set_title(name)\n    ax.legend()\ndoc.figure(fig, 'four', alt_en='Four indicators', alt_vi='Bốn chỉ số')",
    "wide = table[table['indicator'] == 'pci_score'].pivot(index='unit_code', columns='year', values='value').dropna()\ny = wide.to_numpy()\ny = y - y.mean(0) - y.mean(1, keepdims=True) + y.mean()\nx = np.cos(np.arange(y.size).reshape(y.shape))\nx = x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()\nbeta = (x * y).sum() / (x * x).sum()",
    "doc.say(en='Slope {beta:.3f} over {n} values.', vi='Hệ số {beta:.3f}, {n} giá trị.', beta=beta, n=y.size)",
    "doc.close()",
)


def project(folder, provinces, copies=1):
    """Write a scratch project with one typical notebook over some provinces, several times."""
    shutil.copytree(ROOT / "data", folder / "data")
    shutil.copy(ROOT / "requirements.lock", folder)
    (folder / "notebooks").mkdir()
    sources = [
        ("parameters", 'province: str = "62"\ncopy: int = 0\nlang: str = "en"'),
        *((None, source) for source in CELLS),
    ]
    cells = [
        {
            "id": f"c{n}",
            "cell_type": "code",
            "source": s,
            "outputs": [],
            "execution_count": None,
            "metadata": {"tags": [t] if t else []},
        }
        for n, (t, s) in enumerate(sources)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = folder / "notebooks" / "typical.ipynb"
    notebook.write_text(
        json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    (folder / "reports.toml").write_text(
        f'[[report]]\nnotebook = "typical"\nover = {{ copy = {list(range(copies))}, province = {json.dumps(provinces)} }}\n'
    )


def _command_line(folder, provinces):
    for code in provinces:
        out = folder / "out" / code
        out.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "papermill",
            "--no-progress-bar",
            str(folder / "notebooks/typical.ipynb"),
            str(out / "o.ipynb"),
            "-r",
            "province",
            code,
        ]
        subprocess.run(command, check=True, env=os.environ | {"PRESS_OUT": str(out)}, capture_output=True)


def _papermill(job):
    import papermill

    folder, code = job
    out = Path(folder) / "out" / code
    out.mkdir(parents=True, exist_ok=True)
    os.environ["PRESS_OUT"] = str(out)
    papermill.execute_notebook(
        f"{folder}/notebooks/typical.ipynb", str(out / "o.ipynb"), {"province": code}, progress_bar=False
    )


def _nbclient(job):
    import nbclient
    import nbformat

    folder, code = job
    out = Path(folder) / "out" / code
    out.mkdir(parents=True, exist_ok=True)
    os.environ["PRESS_OUT"] = str(out)
    nb = nbformat.read(f"{folder}/notebooks/typical.ipynb", as_version=4)
    nb.cells[0].source = nb.cells[0].source.replace('"62"', json.dumps(code))
    nbclient.NotebookClient(nb, kernel_name="python3").execute()
    nbformat.write(nb, out / "o.ipynb")


def _again(work, job):
    """Do a job; do it again where two kernels started at one moment took the same port and one died."""
    for left in (2, 1, 0):
        try:
            return work(job)
        except RuntimeError as error:
            if "Kernel died" not in str(error) or not left:
                raise
    return None


def _pool(work, folder, provinces):
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(functools.partial(_again, work), [(str(folder), code) for code in provinces]))


def _ours(folder, provinces, page=True):
    from press import cli, site

    if not page:
        site.report_html = lambda nb, page: ""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    assert cli.main(["run", "--force"]) == 0


def _bare_one(folder, code):
    out = folder / "out" / code
    out.mkdir(parents=True, exist_ok=True)
    os.environ["PRESS_OUT"] = str(out)
    space = {"province": code, "copy": 0, "lang": "en"}
    for cell in CELLS:
        exec(cell, space)


def _bare(folder, provinces):
    """One process a core, each running the notebook's code with nothing around it."""
    import matplotlib

    matplotlib.use("agg")
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    parts = [provinces[i :: os.cpu_count()] for i in range(os.cpu_count())]
    _bare_one(folder, provinces[0])
    children = []
    for part in parts:
        child = os.fork()
        if child == 0:
            for code in part:
                _bare_one(folder, code)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0


WAYS = {
    "a papermill command line": _command_line,
    "b papermill API in a pool": lambda f, p: _pool(_papermill, f, p),
    "c nbclient in a pool": lambda f, p: _pool(_nbclient, f, p),
    "d ours": _ours,
    "d ours without HTML": lambda f, p: _ours(f, p, page=False),
    "e bare functions": _bare,
}
MOST = {"a": 20, "b": 40, "c": 40}  # reports made of the slow ways


def _tree(root):
    """Return the process ids of a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
    found, more = set(), {root}
    while more:
        found |= more
        more = {pid for pid, parent in parents.items() if parent in more} - found
    return found


def _memory(pids):
    """Return the memory of some processes together, in MB."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total / 1024


def _prepare(folder):
    """Check the tables and list the fonts once, in a process that is not timed."""
    code = (
        "import matplotlib.pyplot\nfrom helpers import datasets\n"
        "for name in ('governance', 'economy', 'leaders', 'units', 'indicators', 'breaks', 'sources_governance', "
        "'sources_economy', 'units_historic', 'designs'):\n    datasets.load(name)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | _environment(folder))


def _environment(folder):
    return {
        "PRESS_ROOT": str(folder),
        "MPLCONFIGDIR": str(folder / ".cache" / "matplotlib"),
        "IPYTHONDIR": str(folder / ".cache" / "ipython"),
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def timed(way, count, copies=1):
    """
    Run one way in a process of its own, for ``count`` provinces ``copies`` times.

    Returns CPU seconds, wall seconds, largest memory of all its processes in MB.
    """
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        provinces = [f"{n:02d}" for n in range(1, 97)]
        known = [line.split(",")[0] for line in (ROOT / "data/units.csv").read_text(encoding="utf-8").splitlines()[1:]]
        provinces = [code for code in provinces if code in known]
        project(folder, provinces[:count], copies)
        _prepare(folder)
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            os.environ |= _environment(folder)
            os.dup2(os.open(folder / "said", os.O_WRONLY | os.O_CREAT), 2)
            try:
                WAYS[way](folder, provinces[:count] * copies)
            except BaseException:
                import traceback

                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        peak, ended = [0.0], threading.Event()

        def watch():
            while not ended.wait(0.1):
                peak.append(_memory(_tree(child)))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, usage = os.wait4(child, 0)
        wall = time.monotonic() - start
        ended.set()
        watcher.join()
        if status:
            raise SystemExit(f"{way} failed:\n{(folder / 'said').read_text(errors='replace')[-2000:]}")
        return usage.ru_utime + usage.ru_stime, wall, max(peak)


def _keep(file, *row):
    head = "" if file.exists() else "repeat,reports,way,cpu_s,wall_s,mb\n"
    with file.open("a", encoding="utf-8") as stream:
        stream.write(head + ",".join(f"{x:.2f}" if isinstance(x, float) else f"{x}" for x in row) + "\n")


def table(times):
    """
    Print medians over repeats, and how many times ours (and the bare functions) each way takes.

    ``times`` are rows (repeat, reports, way, CPU seconds, wall seconds, MB). A ratio is taken within a repeat, where one
    way follows the other; its median over the repeats is shown.
    """
    seen = {}
    for _, made, way, cpu, wall, memory in times:
        seen.setdefault(way, []).append((cpu / made, wall / made, memory, made))
    others = [way for way in ("d ours", "e bare functions") if way in seen]
    repeat = len(next(iter(seen.values())))
    print(f"median of {repeat}, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    heads = "".join(f"{f'{kind} x {way[2:].split()[0]}':>12}" for way in others for kind in ("CPU", "wall"))
    print(f"{'way':26}{'reports':>8}{'CPU s each':>12}{'wall s each':>12}{'MB':>6}{heads}")
    for way, rows in seen.items():
        cpu, wall, memory, made = map(statistics.median, zip(*rows, strict=True))
        line = f"{way:26}{made:8.0f}{cpu:12.3f}{wall:12.3f}{memory:6.0f}"
        for other in others:
            for k in (0, 1):
                ratio = statistics.median(a[k] / b[k] for a, b in zip(rows, seen[other], strict=True))
                line += f"{ratio:12.1f}"
        print(line)


def main():
    """Print the table; with ``--to``, keep every timing as it is taken."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--reports", type=int, default=10, help="reports in the slice: up to 63, 126 or 189")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--growth", action="store_true", help="time ours for 10, 50, 200 and 1,000 reports instead")
    parser.add_argument("--to", type=Path, help="CSV file that gets one line a timing")
    parser.add_argument("--ways", default="", help="letters of the ways to time, such as de")
    args = parser.parse_args()
    if args.growth:
        first = None
        for count, copies in ((10, 1), (50, 1), (50, 4), (50, 20)):
            cpu, wall, memory = timed("d ours", count, copies)
            made, more = count * copies, ""
            if first:
                each = (cpu - first[1]) / (made - first[0])
                more = f"; one more {each:.3f}, start {cpu - each * made:.1f}"
            first = first or (made, cpu)
            print(
                f"{made:5} reports: {cpu:8.1f} CPU s, {cpu / made:5.2f} a report{more}, {wall:8.1f} wall s, {memory:.0f} MB",
                flush=True,
            )
        return
    times = []
    for number in range(1, args.repeat + 1):
        for way in WAYS:
            if args.ways and way[0] not in args.ways:
                continue
            made = min(args.reports, MOST.get(way[0], args.reports))
            copies = -(-made // 63)
            times.append((number, made // copies * copies, way, *timed(way, made // copies, copies)))
            if args.to:
                _keep(args.to, *times[-1])
    table(times)


if __name__ == "__main__":
    main()
