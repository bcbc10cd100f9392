"""The fork engine shows what the stock kernel shows, and keeps notebooks apart."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import paths

NOTEBOOKS = sorted(paths.notebooks().glob("*.ipynb"))

DIES_ONCE = """
import pathlib, sys
mark = pathlib.Path(__file__).with_name("died")
if not mark.exists():
    mark.touch()
    sys.exit(1)
from ipykernel.kernelapp import launch_new_instance
launch_new_instance()
"""
EVERY_KIND_OF_OUTPUT = (
    "import sys\nprint('a'); print('b', end=''); print('c')\nprint('wrong', file=sys.stderr)",
    "1 + 1",
    "x = 5;",
    "None",
    "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['đ', '<b>']})",
    "from IPython.display import HTML, Markdown, SVG, clear_output, display\ndisplay(HTML('<i>i</i>'), Markdown('**m**'), {'a': 1})",
    "print('gone')\nclear_output(wait=True)\nprint('kept')",
    "print('gone')\nclear_output()\n2",
    "handle = display('first', display_id=True)",
    "handle.update('second')",
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]);",
    "fig, axes = plt.subplots(1, 2)\naxes[0].bar(['đ', 'b'], [1, 2])\nprint('before the figure')",
    "import io\nb = io.BytesIO()\nplt.figure().savefig(b, format='png')\nplt.close('all')\ndisplay({'image/png': b.getvalue(), 'text/plain': 'p'}, raw=True, metadata={'image/png': {'alt': 'A'}})",
    "%precision 3\n3.14159",
    "await __import__('asyncio').sleep(0)\n_",
    "__name__, get_ipython() is not None, 'here' in dir()",
)


def _plain(notebook):
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    for output in (output for cell in cells for output in cell.get("outputs", ())):
        output.get("data", {}).get("application/vnd.jupyter.widget-view+json", {}).pop("model_id", None)  # drawn by lot
    return [(c["source"], c["execution_count"], c["outputs"]) for c in cells if c["cell_type"] == "code"]


def _both(project, name="a", stored=None):
    kept = []
    for engine in ("fork", "kernel"):
        if stored:  # results of other reports, for the notebook that reads them
            shutil.copytree(stored, project.reports, dirs_exist_ok=True)
        done = project.run("run", "--force", "--engine", engine)
        assert done.code == 0, done.text
        kept.append(_plain(next(project.reports.glob(f"{name}/*/*/notebook.ipynb"))))
    return kept


def test_every_kind_of_output_is_as_the_stock_kernel_shows_it(toy):
    toy.notebook("a", *EVERY_KIND_OF_OUTPUT)
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    fork, kernel = _both(toy)
    for ours, theirs in zip(fork, kernel, strict=True):
        assert ours == theirs


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
@pytest.mark.timeout(900)
def test_every_notebook_shows_the_same_through_fork_and_kernel(path, toy):
    for name in ("data", "notebooks", "tests/articles"):
        shutil.copytree(paths.root() / name, toy.root / name, dirs_exist_ok=True)
    results = runpy.run_path(str(Path(__file__).parent / "notebooks" / "stored_results.py"))
    stored = Path(results["project"](str(toy.root.parent / "stored")), "reports")
    toy.catalogue(f'[[report]]\nnotebook = "{path.stem}"\n')
    fork, kernel = _both(toy, path.stem, stored)
    for ours, theirs in zip(fork, kernel, strict=True):
        assert ours == theirs


def test_state_does_not_leak_from_one_notebook_to_the_next(toy):
    toy.notebook(
        "a",
        "import math, matplotlib.pyplot as plt, os\nmath.pi = 3\nplt.rcParams['figure.dpi'] = 9\nos.environ['LEAK'] = '1'\nleak = 1",
    )
    toy.notebook(
        "b",
        "import math, matplotlib.pyplot as plt, os\nmath.pi > 3, plt.rcParams['figure.dpi'] > 9, 'LEAK' in os.environ, 'leak' in globals()",
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n[[report]]\nnotebook = "b"\n')
    assert toy.run("run", "--jobs", "1").code == 0
    assert _plain(toy.reports / "b/default/en/notebook.ipynb")[-1][2][0]["data"]["text/plain"] == [
        "(True, True, False, False)"
    ]


def test_a_cell_tagged_raises_exception_does_not_stop_the_cells_after_it(toy):
    toy.notebook("a", (("raises-exception",), "1 / 0"), "print('after')")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.run("run")
    assert _plain(toy.reports / "a/default/en/notebook.ipynb")[-1][2][0]["text"] == ["after\n"]


def _papermill(toy, *args):
    environment = os.environ | {"PRESS_ROOT": str(toy.root), "IPYTHONDIR": str(toy.root / "ipython")}
    command = [
        sys.executable,
        "-m",
        "papermill",
        "--engine",
        "fork",
        "--no-progress-bar",
        str(toy.root / "notebooks/a.ipynb"),
        str(toy.root / "out.ipynb"),
        *args,
    ]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def test_plain_papermill_can_use_the_engine(toy):
    toy.notebook("a", "print(repr(code))", parameters='code: str = "62"\nlang: str = "en"')
    done = _papermill(toy, "-r", "code", "01")
    assert done.returncode == 0, done.stderr
    assert _plain(toy.root / "out.ipynb")[-1][2][0]["text"] == ["'01'\n"]


def test_plain_papermill_reports_a_crash(toy):
    toy.notebook("a", "import os; os._exit(7)")
    done = _papermill(toy)
    assert done.returncode != 0 and "exit code 7" in done.stderr


def test_plain_papermill_reports_an_error_in_a_cell(toy):
    toy.notebook("a", "raise ValueError('wrong')")
    done = _papermill(toy)
    assert done.returncode != 0 and "ValueError: wrong" in done.stderr


def test_the_warmed_parent_has_one_thread(toy):
    toy.notebook("a", "import threading\nthreading.active_count()")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.run("run")
    assert _plain(toy.reports / "a/default/en/notebook.ipynb")[-1][2][0]["data"]["text/plain"] == ["1"]


def test_a_kernel_that_dies_before_it_answers_is_started_once_more(toy):
    toy.notebook("a", "print('made')")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    kernel = toy.root / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "start.py").write_text(DIES_ONCE)
    words = [sys.executable, str(kernel / "start.py"), "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": words, "display_name": "p", "language": "python"}))
    done = toy.run("run", "--engine", "kernel", JUPYTER_PATH=str(toy.root / "jupyter"))
    assert (kernel / "died").exists() and done.code == 0 and "made" in toy.page("a/default/en")
