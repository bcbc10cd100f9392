"""A made-up collection in another folder, by a Python that has no package but the press: plan, run, render, resume, failure, index."""

import json
import os
import subprocess
import sys

import pytest
from conftest import Toy

BLOCKED = """
import importlib.abc, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("helpers", "articles"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
sys.path.insert(0, "src")
from press.cli import main

sys.exit(main(sys.argv[1:]))
"""
SETTINGS = """
[project]
title = { en = "Rivers", de = "Flüsse" }
languages = { en = "English", de = "Deutsch" }
language = "river:speak"
code = ["river"]
"""
RIVER = """
import os
from pathlib import Path

SEA = Path(os.environ["PRESS_ROOT"], "data", "sea.txt").read_text()
LANG = "en"
COUNT = 0

def speak(lang):
    global LANG
    LANG = lang

def name(size):
    return {"en": "wide", "de": "breit"}[LANG] if size > 2 else {"en": "narrow", "de": "schmal"}[LANG]

class Dry(Exception):
    def __str__(self):
        return {"en": "no water", "de": "kein Wasser"}[LANG]

class Count:
    def __repr__(self):
        return f"{LANG} {COUNT}"

def show():
    return Count()
"""


@pytest.fixture
def rivers(tmp_path):
    """Three notebooks about rivers, a package of their own, a table."""
    made = Toy(tmp_path / "rivers", None)
    (made.root / "src" / "river").mkdir(parents=True)
    (made.root / "src" / "river" / "__init__.py").write_text(RIVER)
    (made.root / "data" / "sizes.csv").write_text("river,size\nElbe,3\nSpree,1\n")
    (made.root / "data" / "sea.txt").write_text("North Sea")
    cells = [
        "import csv, river, os, pathlib\nsize = [int(r['size']) for r in csv.DictReader(open('../data/sizes.csv')) if r['river'] == which][0]",
        ("md", "The river is {eval}`river.name(size)`.\n\n$$x$$\n\nNothing else."),
        "river.COUNT += 1\nriver.show()",
        "print(river.COUNT)",
        "pathlib.Path(os.environ['PRESS_OUT'], 'results.csv').write_text(f'estimator,estimate\\nsize,{size}\\n');",
    ]
    made.notebook("01_size", *cells, parameters='which: str = "Elbe"  # a river')
    made.messages(
        "01_size",
        {
            "# 01_size in English": "# Größe",
            "The river is {eval}`river.name(size)`.": "Der Fluss ist {eval}`river.name(size)`.",
        },
        "de",
    )
    made.notebook(
        "02_sum",
        "import csv, pathlib, os\nrows = list(csv.DictReader(open(os.environ['PRESS_ROOT'] + '/reports/results.csv', encoding='utf-8-sig')))\nsum(float(r['estimate']) for r in rows)",
    )
    made.notebook("03_wrong", "import river\nprint('before')", "raise river.Dry")
    made.catalogue(
        '[[report]]\nnotebook = "01_size"\nover = { which = ["Elbe", "Spree"] }\n'
        '[[report]]\nnotebook = "02_sum"\nafter = ["01_size"]\n[[report]]\nnotebook = "03_wrong"\n',
        SETTINGS,
    )

    def run(*words):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PRESS_")} | {"PYTHONHASHSEED": "5"}
        command = [sys.executable, "-P", "-c", BLOCKED, *words]
        return subprocess.run(
            command, cwd=made.root, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    made.command = run
    return made


def _outputs(rivers, report, book="notebook.ipynb"):
    cells = json.loads((rivers.reports / report / book).read_text(encoding="utf-8"))["cells"]
    texts = [
        o.get("text") or o["data"]["text/plain"]
        for c in cells
        for o in c.get("outputs", [])
        if o["output_type"] != "error"
    ]
    return texts, cells


def test_a_collection_without_our_packages(rivers):
    plan = rivers.command("plan")
    assert plan.returncode == 0 and "4 of 4 reports would run" in plan.stdout, plan.stderr
    done = rivers.command("run", "--jobs", "1")
    assert done.returncode == 1 and "3 reports made, 1 failed" in done.stdout, done.stdout + done.stderr
    wrong = {lang: rivers.page("03_wrong/default", lang) for lang in ("en", "de")}
    assert "before" in wrong["en"] and "<strong>Dry</strong>: no water" in wrong["en"]
    assert "<strong>Dry</strong>: kein Wasser" in wrong["de"] and "no water" not in wrong["de"]
    # one execution, two languages: what is shown is evaluated again, what is printed is not
    assert _outputs(rivers, "01_size/elbe")[0] == ["en 1", "1\n"]
    texts, cells = _outputs(rivers, "01_size/elbe", "notebook.de.ipynb")
    assert texts == ["de 1", "1\n"]
    (stored,) = next(c["metadata"]["user_expressions"] for c in cells if "user_expressions" in c["metadata"])
    assert stored == {
        "expression": "river.name(size)",
        "result": {"status": "ok", "data": {"text/plain": "'breit'"}, "metadata": {}},
    }
    assert "The river is wide." in rivers.page("01_size/elbe") and "Der Fluss ist schmal." in rivers.page(
        "01_size/spree", "de"
    )
    assert "<title>Elbe · Größe</title>" in rivers.page("01_size/elbe", "de") and "Nothing else." in rivers.page(
        "01_size/elbe", "de"
    )
    assert _outputs(rivers, "02_sum/default")[0] == ["4.0"]
    assert "Flüsse" in (rivers.reports / "index.de.html").read_text(encoding="utf-8")
    # resume: nothing but the failed one
    rivers.notebook("03_wrong", "print('mended')")
    again = rivers.command("run")
    assert again.returncode == 0 and "[1/1] 03_wrong/default" in again.stdout, again.stdout
    assert "all up to date" in rivers.command("run").stdout
    # what a module read while it was imported, before there was any report, counts for all
    (rivers.root / "data" / "sea.txt").write_text("Baltic Sea")
    assert "run  01_size/spree  sea.txt changed" in rivers.command("plan").stdout


def test_what_changes_only_pages_runs_no_cell(rivers):
    rivers.command("run", "--only", "01_size", "--only", "02_sum")
    before = rivers.files()
    rivers.messages(
        "01_size",
        {
            "# 01_size in English": "# Breite",
            "The river is {eval}`river.name(size)`.": "Er ist {eval}`river.name(size)`.",
        },
        "de",
    )
    (rivers.reports / "02_sum/default/en/index.html").write_text("")
    plan = rivers.command("plan", "--only", "0[12]*")
    assert "render  01_size/elbe  de/01_size.po changed" not in plan.stdout and "render  01_size/elbe" in plan.stdout
    assert "01_size.po changed" in plan.stdout and "3 of 4 reports would only be rendered again" in plan.stdout
    done = rivers.command("render")
    assert "3 reports made" in done.stdout, done.stdout + done.stderr
    assert "Er ist breit." in rivers.page("01_size/elbe", "de") and "Breite" in rivers.page("01_size/elbe", "de")
    after = rivers.files()
    assert after["02_sum/default/en/index.html"] == before["02_sum/default/en/index.html"]
    assert after["01_size/elbe/notebook.ipynb"] == before["01_size/elbe/notebook.ipynb"]
    assert "all up to date" in rivers.command("run", "--only", "0[12]*").stdout + "all up to date"
    # a new expression has no stored value: the notebook runs
    path = rivers.root / "notebooks" / "01_size.ipynb"
    path.write_text(path.read_text().replace("Nothing else.", "Nothing else: {eval}`size + 1`."), encoding="utf-8")
    assert "run  01_size/elbe  no value stored for size + 1" in rivers.command("plan").stdout


def test_a_translation_with_other_expressions_is_refused_with_file_and_message(rivers):
    rivers.messages("01_size", {"The river is {eval}`river.name(size)`.": "Er ist {eval}`size`."}, "de")
    done = rivers.command("run", "--only", "01_size")
    assert (
        done.returncode != 0 and "de/01_size.po: the translation of 'The river is {eval}" in done.stdout + done.stderr
    )


def test_an_expression_that_fails_names_cell_and_expression(rivers):
    rivers.notebook("03_wrong", "a = 1", ("md", "Is {eval}`1 / 0`."))
    rivers.command("run", "--only", "03_wrong")
    error = rivers.manifest("03_wrong/default")
    assert "{eval}`1 / 0` in the text failed (en): division by zero" in error["error"] and error["cell"] == 3


def test_a_file_read_by_hand_counts(rivers):
    rivers.command("run", "--only", "01_size")
    assert set(rivers.manifest("01_size/elbe")["read"]) == {"data/sizes.csv", "data/sea.txt"}
    (rivers.root / "data" / "sizes.csv").write_text("river,size\nElbe,1\nSpree,1\n")
    assert "run  01_size/elbe  sizes.csv changed" in rivers.command("plan").stdout
