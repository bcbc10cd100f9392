"""The README says what is there: its figure, its notebooks, its files, its example."""

import json
import re
import runpy
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po

from helpers import effects, paths

README = (paths.root() / "README.md").read_text("utf-8")
VIETNAMESE = (paths.root() / "README.vi.md").read_text("utf-8")


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_figure_is_what_its_script_draws(tmp_path, lang):
    script = runpy.run_path(str(paths.root() / "docs" / "share_non_local.py"))
    script["draw"](tmp_path / "drawn.png", lang)
    same = (tmp_path / "drawn.png").read_bytes() == script["FILES"][lang].read_bytes()
    assert same, "draw it again: .venv/bin/python docs/share_non_local.py"


def _tables(text):
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[row.count(" | ") for row in block.splitlines()] for block in blocks]


def _code(text):
    python = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return python + [
        line.split("#")[0].strip()
        for line in re.findall(r"^ {4,}\S.*", re.sub("(?s)```.*?```", "", text), re.MULTILINE)
    ]


def test_the_vietnamese_readme_has_the_same_code_tables_and_paths():
    assert _code(VIETNAMESE) == _code(README)
    assert _tables(VIETNAMESE) == _tables(README)
    assert len(re.findall("^## ", VIETNAMESE, re.MULTILINE)) == len(re.findall("^## ", README, re.MULTILINE))
    ticks = [
        sorted(set(re.findall(r"`([^`\n]+)`", re.sub("(?s)```.*?```", "", text)))) for text in (VIETNAMESE, README)
    ]
    assert ticks[0] == ticks[1]


def test_the_two_readmes_lead_to_each_other():
    assert "(README.vi.md)" in README and "(README.md)" in VIETNAMESE


@pytest.mark.parametrize("page", ["README.md", "README.vi.md", "docs/cluster.md", "docs/machine.md"])
def test_links_and_pictures_are_there(page):
    page = paths.root() / page
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def _questions(lang):
    """Return the title of each notebook in a language: in its first cell, or in the catalogue of its messages."""
    found = {}
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        cells = [c for c in json.loads(file.read_text("utf-8"))["cells"] if c["cell_type"] == "markdown"]
        first = {tag: "".join(c["source"]) for c in reversed(cells) for tag in [*c["metadata"].get("tags", []), "any"]}
        title = first.get(f"lang-{lang}", first["any"]).splitlines()[0]
        catalogue = paths.notebooks() / "locale" / lang / f"{file.stem}.po"
        if lang != "en" and f"lang-{lang}" not in first:
            with catalogue.open("rb") as opened:
                title = read_po(opened).get(title).string
        found[file.stem] = title.removeprefix("# ")
    return found


@pytest.mark.parametrize(("text", "lang"), [(README, "en"), (VIETNAMESE, "vi")], ids=["en", "vi"])
def test_each_notebook_stands_in_the_table_with_its_question(text, lang):
    rows = re.findall(r"^\| (.+?) \| `(\d\d_\w+|explore)` \|", text, re.MULTILINE)
    assert {name: question for question, name in rows} == _questions(lang)


@pytest.mark.parametrize(
    "name", sorted(set(re.findall(r"`((?:\w+/)*[\w.-]+\.(?:md|toml|cff|csv|py|yml)|\w+/)`", README)))
)
def test_what_is_named_is_there(name):
    if name not in ("my_table.csv", "reports/"):
        assert (paths.root() / name).exists()


def test_the_example_runs(tmp_path, monkeypatch):
    (tmp_path / "my_table.csv").write_text("province,year,value\nTP. HCM,2016,1.5\nKon tum,2016,2\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "example.py").write_text(re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1), "utf-8")
    names = runpy.run_path(str(tmp_path / "example.py"))
    assert names["joined"][["unit_code", "value"]].to_numpy().tolist() == [["79", 1.5], ["62", 2.0]]
    assert "share" in names["joined"]


def test_each_make_target_named_exists():
    makefile = (paths.root() / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make ([a-z-]+)\b", README)) - {"it"}
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_each_column_of_results_is_explained():
    page = (paths.reports() / "README.md").read_text("utf-8").split("## Columns")[1]
    explained = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE))))
    assert set(effects.RESULT_COLUMNS) - explained == set()


def test_each_report_of_the_demo_is_in_the_catalogue():
    makefile = (paths.root() / "Makefile").read_text("utf-8")
    names = re.search(r"^DEMO := (.*?[^\\])$", makefile, re.MULTILINE | re.DOTALL)[1].replace("\\\n", " ").split()
    assert len(names) == 12
    for name in names:
        command = [sys.executable, "-m", "press", "plan", "--only", name]
        done = subprocess.run(command, cwd=paths.root(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
