"""The fork engine shows what the stock kernel shows, and keeps notebooks apart."""

import json
import sys
from pathlib import Path

import pytest

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
    "import logging\nlogging.basicConfig(level=0)\nlogging.debug('hi')\nlogging.getLogger('x').warning('w')\nlogging.getLogger().handlers.clear()",
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


def _both(project, name="a"):
    kept = []
    for engine in ("fork", "kernel"):
        done = project.run("run", "--force", "--engine", engine)
        assert done.code == 0, done.text
        kept.append(_plain(next(project.reports.glob(f"{name}/*/notebook.ipynb"))))
    return kept


def test_every_kind_of_output_is_as_the_stock_kernel_shows_it(toy):
    toy.notebook("a", *EVERY_KIND_OF_OUTPUT)
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    fork, kernel = _both(toy)
    for ours, theirs in zip(fork, kernel, strict=True):
        assert ours == theirs


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_what_the_jupyter_world_knows_holds_here(toy, engine):
    cells = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        (("skip-execution",), "print('SKIPPED')"),
        "import subprocess, os\nsubprocess.run(['echo', 'CHILD'])\nos.system('echo SHELL');",
        "import sys\nfor i in range(20):\n    print(f'\\rstep {i}', end='')",
        "print(open('../data/toy.csv').read())",
        (("raises-exception",), "1 / 0"),
        "'after'",
    ]
    toy.notebook("a", *cells)
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    done = toy.run("run", "--engine", engine)
    assert done.code == 0, done.text
    outputs = [cell[2] for cell in _plain(toy.reports / "a/default/notebook.ipynb")]
    assert "image/png" in outputs[0][-1]["data"] and outputs[1] == []
    assert "CHILD" in outputs[2][0]["text"] and "SHELL" in outputs[2][0]["text"]
    assert outputs[3][0]["text"] == "step 19" and outputs[4][0]["text"] == "a\n1\n\n"
    assert outputs[5][0]["ename"] == "ZeroDivisionError" and toy.manifest("a/default")["read"].keys() == {
        "data/toy.csv"
    }


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_a_persons_startup_files_are_shut_out(toy, engine):
    folder = toy.root / ".cache/ipython/profile_default"
    (folder / "startup").mkdir(parents=True)
    (folder / "startup/00.py").write_text("mine = 1")
    (folder / "ipython_config.py").write_text("c.InteractiveShellApp.exec_lines = ['also_mine = 1']")
    toy.notebook("a", "'mine' in globals(), 'also_mine' in globals()")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.run("run", "--engine", engine, IPYTHONDIR=str(toy.root / ".cache/ipython"))
    assert _plain(toy.reports / "a/default/notebook.ipynb")[-1][2][0]["data"]["text/plain"] == "(False, False)"
    assert [p.name for p in folder.parent.iterdir()] == ["profile_default"]


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
    assert (
        _plain(toy.reports / "b/default/notebook.ipynb")[-1][2][0]["data"]["text/plain"] == "(True, True, False, False)"
    )


def test_the_words_of_the_command_are_none_of_a_cells(toy):
    toy.notebook("a", "import sys\nsys.argv[1:]")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run", "--jobs", "1").code == 0
    assert _plain(toy.reports / "a/default/notebook.ipynb")[-1][2][0]["data"]["text/plain"] == "[]"


def test_a_cell_that_only_prints_why_it_failed_fails_in_a_kernel_too(toy):
    toy.notebook("a", "%nosuchmagic", "print('below')")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run", "--engine", "kernel").code == 1
    assert "nosuchmagic" in toy.manifest("a/default")["error"] and "below" not in toy.page("a/default")


def test_a_cell_tagged_raises_exception_does_not_stop_the_cells_after_it(toy):
    toy.notebook("a", (("raises-exception",), "1 / 0"), "print('after')")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.run("run")
    assert _plain(toy.reports / "a/default/notebook.ipynb")[-1][2][0]["text"] == "after\n"


def test_the_warmed_parent_has_one_thread(toy):
    toy.notebook("a", "import threading\nthreading.active_count()")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.run("run")
    assert _plain(toy.reports / "a/default/notebook.ipynb")[-1][2][0]["data"]["text/plain"] == "1"


def test_a_kernel_that_dies_before_it_answers_is_started_once_more(toy):
    toy.notebook("a", "print('made')")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    kernel = toy.root / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    (kernel / "start.py").write_text(DIES_ONCE)
    words = [sys.executable, str(kernel / "start.py"), "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": words, "display_name": "p", "language": "python"}))
    done = toy.run("run", "--engine", "kernel", JUPYTER_PATH=str(toy.root / "jupyter"))
    assert (kernel / "died").exists() and done.code == 0 and "made" in toy.page("a/default")
