"""01, 04, 05 and 06: run by plain papermill on small parameters, they show no error, write their files and answer first."""

import re

import pandas as pd
import pytest

from helpers import paths

RUNS = {
    "01_data_audit": {},
    "04_leaders": {"post": "Both", "definition": "career", "year": 2016, "lang": "vi"},
    "05_province": {"province": "hà nam", "indicators": ["PCI score"]},
    "06_indicator": {"indicator": "papi_egov", "lang": "vi"},
}
FILES = {"04_leaders": ["years.csv", "terms.csv"], "06_indicator": ["values.csv"]}


@pytest.fixture(scope="module", params=RUNS)
def run(request, tmp_path_factory, kernels):
    import papermill

    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRESS_OUT", str(folder))
        patch.setenv("PRESS_ROOT", str(paths.root()))
        source = str(paths.notebooks() / f"{request.param}.ipynb")
        nb = papermill.execute_notebook(source, None, RUNS[request.param], kernel_name="python3", progress_bar=False)
    return request.param, nb, folder


def test_results_and_tables_are_written(run):
    name, _nb, folder = run
    for file in ["results.csv", *FILES.get(name, [])]:
        assert len(pd.read_csv(folder / file))


def test_every_figure_has_an_alternative_text(run):
    _name, nb, _folder = run
    shown = [
        output for cell in nb.cells for output in cell.get("outputs", []) if "image/svg+xml" in output.get("data", {})
    ]
    assert shown and all(output.metadata["image/svg+xml"]["alt"] for output in shown)


def test_no_table_shows_a_missing_value_as_a_word(run):
    _name, nb, _folder = run
    tables = [
        output.data["text/html"]
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert tables and not re.search(r">(nan|None|<NA>|NaT)<", "".join(tables))


def test_one_cell_answers(run):
    _name, nb, _folder = run
    assert sum("answer" in cell.metadata.get("tags", []) for cell in nb.cells) == 1
