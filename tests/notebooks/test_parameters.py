"""Every parameter of notebook 07 changes what is computed, consistently on the whole page."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from helpers import study

CHANGES = {
    "as_it_is": {},
    "outcome": {"outcome": "PAPI total"},
    "definition": {"definition": "career"},
    "post": {"post": "chair"},
    "window": {"window": [2014, 2020]},
    "provinces": {"provinces": ["Central Highlands", "South East"]},
    "covariates": {"covariates": ["population_thousand"]},
}


@pytest.fixture(scope="module")
def made(site):
    """The reports of 07, one for each change."""
    plain, found = {"outcome": "pci_score", "post": "secretary"}, {}
    for file in site.glob("07_association/*/manifest.json"):
        given = json.loads(file.read_text(encoding="utf-8"))["parameters"]
        given.pop("draws", None)
        found |= {name: file.parent for name, change in CHANGES.items() if plain | change == plain | given}
    return found


def estimates(folder):
    table = pd.read_csv(folder / "results.csv", encoding="utf-8-sig")
    return table[table["event_time"].isna() & (table["unknown"] == "left_out")].set_index(
        ["model", "estimator", "test", "definition"]
    )["estimate"]


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "as_it_is"])
def test_a_changed_parameter_changes_every_estimate_of_the_page(made, name):
    before, after = estimates(made["as_it_is"]), estimates(made[name])
    both = before.index.intersection(after.index)
    assert len(after)
    if name == "definition":  # every definition stands on both pages; the headline is that of the one asked for
        both = both[both.get_level_values("test") == "reassignment_t"]
    assert not [key for key in both if before[key] == after[key]]


@pytest.mark.parametrize("name", CHANGES)
def test_the_rows_behind_are_those_of_the_parameters(made, name):
    rows = pd.read_csv(made[name] / "panel.csv", dtype={"unit_code": str}, encoding="utf-8-sig")
    panel = study.panel(**CHANGES[name])
    assert sorted(set(rows["unit_code"])) == sorted(set(panel.frame["unit_code"]))
    assert (rows["year"].min(), rows["year"].max()) == panel.window
    assert set(CHANGES[name].get("covariates", [])) <= set(rows)


def test_a_wrong_parameter_is_one_sentence_without_a_traceback(tmp_path):
    code = "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\nshell.run_cell(\"from helpers import study\\nstudy.panel('pci scor')\")"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert any("outcome is 'pci scor'" in line and "pci_score" in line for line in said)
    assert len(said) <= 3
