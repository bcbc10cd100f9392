"""Reports and functions on the workers of a Dask cluster: the same results as on this machine."""

import json
import sys

import numpy as np
import pytest
from conftest import READ_TABLE
from dask_processes import Processes

from press.executors import dask as cluster

PLACE = 'province: str = "62"'
THREE = '[[report]]\nnotebook = "05_toy"\nover = { province = "provinces" }\n'
OF_THE_RUN = {"seal", "ended", "seconds", "host"}


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    """Return the address of a scheduler with two workers; their folders and Python's hashes differ from the driver's."""
    processes = Processes(tmp_path_factory.mktemp("dask"))
    processes.scheduler()
    for seed in ("1", "2"):
        processes.worker(PYTHONHASHSEED=seed)
    yield processes.address
    processes.end()


def _both(toy, toy_too, dask, *cells, catalogue=THREE):
    for project in (toy, toy_too):
        project.notebook("05_toy", *cells, parameters=PLACE)
        project.catalogue(catalogue)
    return toy.run("run"), toy_too.run("run", "--cluster", dask)


def test_the_reports_are_those_of_a_local_run_byte_for_byte(toy, toy_too, dask):
    here, far = _both(
        toy,
        toy_too,
        dask,
        READ_TABLE,
        "import matplotlib.pyplot as plt, os, pathlib",
        "fig, ax = plt.subplots()\nax.plot([1, 2]); ax.legend(['đ']);",
        "folder = pathlib.Path(os.environ['PRESS_OUT'], 'figures')\nfolder.mkdir()\nfig.savefig(folder / 'f.png')",
        "print({'b', 'a', 'c'}, os.environ['PRESS_ROOT'], province)",
    )
    assert here.code == far.code == 0, far.text
    one, two = toy.files(), toy_too.files()
    assert one.keys() == two.keys() and "05_toy/ha-noi/figures/f.png" in one
    assert [n for n in one if one[n] != two[n] and not n.endswith("manifest.json")] == []
    for name in (n for n in one if n.endswith("manifest.json")):
        a, b = ({k: v for k, v in json.loads(f[name]).items() if k not in OF_THE_RUN} for f in (one, two))
        assert a == b


def test_what_is_made_from_results_of_others_is_that_of_a_local_run(toy, toy_too, dask):
    source = "import os, pathlib\nout = pathlib.Path(os.environ['PRESS_OUT'], 'results.csv')\nout.write_text(f'estimator,estimate\\nmean,{province}\\n')"
    follows = '[[report]]\nnotebook = "15_reader"\nafter = ["05_toy"]\n'
    for project in (toy, toy_too):
        project.notebook(
            "15_reader",
            "import csv, os\nrows = csv.DictReader(open(os.environ['PRESS_ROOT'] + '/reports/results.csv', encoding='utf-8-sig'))\nprint(*(row['estimate'] for row in rows if row['report'].startswith('05_toy')))",
        )
    here, far = _both(toy, toy_too, dask, source, catalogue=THREE + follows)
    assert here.code == far.code == 0, far.text
    page = "15_reader/default"
    assert "66 01 62" in toy.page(page) and toy.page(page) == toy_too.page(page)


def test_failures_leave_the_pages_of_a_local_run(toy, toy_too, dask):
    code = "import os, time\nprint(province)\nif province == '01':\n    1 / 0\nif province == '66':\n    os.kill(os.getpid(), 9)"
    here, far = _both(toy, toy_too, dask, "print('before')", code)
    assert here.code == far.code == 1 and "1 reports made, 2 failed" in far.text
    assert "killed (signal 9)" in toy_too.manifest("05_toy/dak-lak")["error"]
    one, two = toy.files(), toy_too.files()
    assert one.keys() == two.keys()
    assert [n for n in one if one[n] != two[n] and not n.endswith("manifest.json")] == []


def test_an_endless_cell_is_stopped_on_the_worker(toy, dask):
    toy.notebook("a", "import time\ntime.sleep(1000)")
    toy.catalogue('[[report]]\nnotebook = "a"\ntimeout = 1\n')
    far = toy.run("run", "--cluster", dask)
    assert far.code == 1 and "stopped after 1 seconds" in toy.manifest("a/default")["error"]


def test_workers_get_the_drivers_tables_and_notebooks_whenever_they_change(toy, dask):
    code = "import os, pathlib\nprint((pathlib.Path(os.environ['PRESS_ROOT']) / 'data' / 'toy.csv').read_text())"
    toy.notebook("a", READ_TABLE, code)
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    for value in ("111222", "333444"):
        (toy.root / "data" / "toy.csv").write_text(f"a\n{value}\n")
        assert toy.run("run", "--cluster", dask).code == 0
        assert value in toy.page("a/default")
    toy.notebook("a", READ_TABLE, code, "print('a new cell')")
    assert toy.run("run", "--cluster", dask).code == 0 and "a new cell" in toy.page("a/default")


def test_nothing_changed_asks_no_cluster(toy, dask):
    toy.notebook("a", "print(1)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run", "--cluster", dask).code == 0
    again = toy.run("run", "--cluster", "tcp://127.0.0.1:9")
    assert again.code == 0 and "all up to date" in again.text


def test_no_scheduler_is_said_with_its_address(toy):
    toy.notebook("a", "print(1)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    far = toy.run("run", "--cluster", "tcp://127.0.0.1:9", "--patience", "1")
    assert far.code == 2 and "no Dask scheduler answers at tcp://127.0.0.1:9" in far.text
    wrong = toy.run("run", "--cluster", "nonsense://x", "--patience", "1")
    assert wrong.code == 2 and "nonsense" in wrong.text
    assert not (toy.reports / "a").exists()


def test_jobs_and_cluster_exclude_each_other(toy, dask):
    far = toy.run("run", "--jobs", "2", "--cluster", dask)
    assert far.code == 2 and "--jobs is for this machine" in far.text


def test_without_the_package_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match="a cluster needs the package distributed"):
        cluster.Cluster("tcp://127.0.0.1:9")


def test_identity_sees_code_python_and_packages(toy, monkeypatch):
    toy.catalogue("")
    monkeypatch.setenv("PRESS_ROOT", str(toy.root))
    found = cluster.identity()
    assert len(found["code of press"]) == 12
    assert found["Python"] == ".".join(map(str, sys.version_info[:2])) and found["numpy"] == np.__version__
    assert found == cluster.identity()
