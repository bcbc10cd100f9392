"""The README says what is there: its figure, its notebooks, its files, its example."""

import json
import re
import runpy

import pytest

from helpers import paths
from helpers.wording import Words

README = (paths.root() / "README.md").read_text("utf-8")


def test_the_figure_is_what_its_script_draws(tmp_path):
    script = paths.root() / "docs" / "share_non_local.py"
    runpy.run_path(str(script))["draw"](tmp_path / "drawn.png", Words("en"))
    assert (tmp_path / "drawn.png").read_bytes() == script.with_suffix(".png").read_bytes()


def test_each_notebook_stands_in_the_table_with_its_question():
    rows = dict(re.findall(r"^\| (.+?) \| `(\d\d_\w+|explore)` \|", README, re.MULTILINE))
    questions = {}
    for file in sorted(paths.notebooks().glob("*.ipynb")):
        first = "".join(json.loads(file.read_text("utf-8"))["cells"][0]["source"])
        questions[first.splitlines()[0].removeprefix("# ")] = file.stem
    assert rows == questions


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
