"""Notebooks 02, 03 and 14: each runs plainly on changed parameters, fills every sentence and writes its files."""

import json
import re

import nbformat
import pytest
from nbclient import NotebookClient

from helpers import paths

LIMITS = {"02_programmes": 100, "03_flows": 70, "14_rank_claims": 100}
HOLES = re.compile(
    r"\bnan\b|None|no data|không có số liệu|\{\w*\}|(?<![\d.,])1 (provinces|places|targets|flows)\b|(?<![\d.,])0 of\b"
)


def book(name):
    return nbformat.read(paths.notebooks() / f"{name}.ipynb", 4)


def expressions(text):
    return re.findall(r"\{eval\}`([^`]+)`", text)


def run(name, folder, monkeypatch, **parameters):
    """Run a notebook in a plain kernel and return what its sentences say, in the order of the page."""
    nb = book(name)
    given = next(cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    given.source += "\n" + "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
    found = [text for cell in nb.cells if cell.cell_type == "markdown" for text in expressions(cell.source)]
    nb.cells.append(
        nbformat.v4.new_code_cell("import json; print(json.dumps([str(eval(text)) for text in " + repr(found) + "]))")
    )
    monkeypatch.setenv("PRESS_OUT", str(folder))
    NotebookClient(
        nb, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(paths.root())}}
    ).execute()
    return dict(zip(found, json.loads(nb.cells[-1].outputs[0].text), strict=True))


@pytest.mark.parametrize(
    ("name", "parameters", "files"),
    [
        ("02_programmes", {"place": "Đà Bắc", "lang": "vi"}, {"results.csv", "facts.csv", "findings.csv"}),
        ("02_programmes", {"place": "dien bien"}, {"results.csv", "facts.csv", "findings.csv"}),
        ("03_flows", {"table": "chairs"}, {"results.csv", "rows.csv"}),
        ("14_rank_claims", {"claim": "KT24-K5", "lang": "vi"}, {"results.csv", "panel.csv", "pairs.csv"}),
        (
            "14_rank_claims",
            {"claim": "", "province": "Da Nang", "year_from": 2012, "year_to": 2013},
            {"results.csv", "panel.csv", "pairs.csv"},
        ),
    ],
)
def test_a_notebook_runs_on_changed_parameters_and_writes_its_files(
    name, parameters, files, tmp_path, monkeypatch, kernels
):
    said = run(name, tmp_path, monkeypatch, **parameters)
    assert files <= {file.name for file in tmp_path.iterdir()}
    assert not {text: value for text, value in said.items() if HOLES.search(value)}


@pytest.mark.parametrize("name", LIMITS)
def test_the_form_of_a_notebook(name):
    nb = book(name)
    code = [[line for line in cell.source.split("\n") if line.strip()] for cell in nb.cells if cell.cell_type == "code"]
    sizes = sorted(map(len, code))
    words = sum(
        len(re.sub(r"\{eval\}`[^`]+`", "", cell.source).split()) for cell in nb.cells if cell.cell_type == "markdown"
    )
    assert sum(sizes) <= LIMITS[name] and max(sizes) <= 12 and sizes[len(sizes) // 2] <= 4
    assert max(len(line) for lines in code for line in lines) <= 100
    assert words >= 8 * sum(sizes)
    assert not any(ord(letter) > 0x1EA0 or letter in "ăâđêôơư" for lines in code for line in lines for letter in line)
