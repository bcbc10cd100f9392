"""Reports and functions on the workers of a Dask cluster: the same results as on this machine."""

import functools
import json
import os
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import READ_TABLE
from dask_processes import Processes

from helpers.effects import power
from press.executors import cluster, local

PLACE = 'province: str = "62"\nlang: str = "en"'
SIX = '[[report]]\nnotebook = "05_toy"\nover = { province = "provinces", lang = "languages" }\n'
OF_THE_RUN = {"started", "seconds", "cpu_seconds", "peak_mb", "host"}


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    """Return the address of a scheduler with two workers; their folders and Python's hashes differ from the driver's."""
    processes = Processes(tmp_path_factory.mktemp("dask"))
    processes.scheduler()
    for seed in ("1", "2"):
        processes.worker(PYTHONHASHSEED=seed)
    yield processes.address
    processes.end()


@pytest.fixture(scope="module")
def there(dask, tmp_path_factory):
    """Return an executor on the cluster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRESS_ROOT", str(tmp_path_factory.mktemp("root")))
        with cluster.Cluster(dask) as made:
            yield made


def _both(toy, toy_too, dask, *cells, catalogue=SIX):
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
        "import matplotlib.pyplot as plt, os, pathlib\nfrom helpers import page",
        "fig, ax = plt.subplots()\nax.plot([1, 2]); ax.legend(['đ'])",
        "folder = pathlib.Path(os.environ['PRESS_OUT'], 'figures')\nfolder.mkdir()\nfig.savefig(folder / 'f.png')",
        "print({'b', 'a', 'c'}, os.environ['PRESS_ROOT'], os.getcwd(), province)",
    )
    assert here.code == far.code == 0, far.text
    one, two = toy.files(), toy_too.files()
    assert one.keys() == two.keys() and len(one) == 6 * 5 + 3
    assert [n for n in one if one[n] != two[n] and not n.endswith("manifest.json")] == []
    for name in (n for n in one if n.endswith("manifest.json")):
        a, b = ({k: v for k, v in json.loads(f[name]).items() if k not in OF_THE_RUN} for f in (one, two))
        assert a == b


def test_what_is_made_from_results_of_others_is_that_of_a_local_run(toy, toy_too, dask):
    source = "import os, pathlib\nout = pathlib.Path(os.environ['PRESS_OUT'], 'results.csv')\nout.write_text(f'estimator,estimate\\nmean,{province}\\n')"
    follows = '[[report]]\nnotebook = "15_reader"\nafter = ["05_toy"]\n'
    for project in (toy, toy_too):
        project.notebook("15_reader", "from helpers import stored\nprint(*stored.results(['05_toy'])['estimate'])")
    here, far = _both(toy, toy_too, dask, source, catalogue=SIX + follows)
    assert here.code == far.code == 0, far.text
    page = "15_reader/default/en"
    assert "66 1 62" in toy.page(page) and toy.page(page) == toy_too.page(page)


def test_failures_leave_the_pages_of_a_local_run(toy, toy_too, dask):
    code = "import os, time\nprint(province)\nif province == '01':\n    1 / 0\nif province == '66':\n    os.kill(os.getpid(), 9)"
    here, far = _both(toy, toy_too, dask, "print('before')", code)
    assert here.code == far.code == 1 and "2 reports made, 4 failed" in far.text
    assert "killed (signal 9)" in toy_too.manifest("05_toy/dak-lak/en")["error"]
    one, two = toy.files(), toy_too.files()
    assert one.keys() == two.keys()
    assert [n for n in one if one[n] != two[n] and not n.endswith("manifest.json")] == []


def test_an_endless_cell_is_stopped_on_the_worker(toy, dask):
    toy.notebook("a", "import time\ntime.sleep(1000)")
    toy.catalogue('[[report]]\nnotebook = "a"\ntimeout = 1\n')
    far = toy.run("run", "--cluster", dask)
    assert far.code == 1 and "stopped after 1 seconds" in toy.manifest("a/default/en")["error"]


def test_workers_get_the_drivers_tables_and_notebooks_whenever_they_change(toy, dask):
    code = "import os, pathlib\nprint((pathlib.Path(os.environ['PRESS_ROOT']) / 'data' / 'toy.csv').read_text())"
    toy.notebook("a", READ_TABLE, code)
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    for value in ("111222", "333444"):
        (toy.root / "data" / "toy.csv").write_text(f"a\n{value}\n")
        assert toy.run("run", "--cluster", dask).code == 0
        assert value in toy.page("a/default/en")
    toy.notebook("a", READ_TABLE, code, "print('a new cell')")
    assert toy.run("run", "--cluster", dask).code == 0 and "a new cell" in toy.page("a/default/en")


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


def test_identity_sees_code_python_and_packages():
    found = cluster.identity()
    assert found["helpers"].startswith("0.") and "(code " in found["helpers"]
    assert found["Python"] == ".".join(map(str, sys.version_info[:2])) and found["numpy"] == np.__version__
    assert found == cluster.identity()


def _draw(seed, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=3)


@pytest.mark.parametrize("where", ["here", "local", "cluster"])
def test_spread_gives_the_results_of_a_loop_in_order(where, there, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    over = {"here": None, "local": local.Local(2, 60), "cluster": there}[where]
    code = functools.partial(_draw, scale=2.0) if where != "cluster" else lambda seed: 2.0 * _normal(seed)
    found = cluster.spread(code, range(7), over)
    assert np.array_equal(found, [_draw(seed, 2.0) for seed in range(7)])
    assert list(tmp_path.rglob("*result")) == []


def _normal(seed):
    return np.random.default_rng(seed).normal(size=3)


_normal.__module__ = "__main__"  # as in a notebook: the workers do not know this file


def test_spread_carries_a_power_simulation(there):
    rng = np.random.default_rng(3)
    paths = np.array([[0.0] * k + [1.0] * (8 - k) for k in range(1, 8)] * 2)
    simulate = functools.partial(power.simulate, y=rng.normal(size=paths.shape), paths=paths, size=0.5, draws=60)
    here, far = (cluster.spread(simulate, (1, 2), over) for over in (None, there))
    for one, two in zip(here, far, strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize("where", ["local", "cluster"])
def test_spread_raises_what_the_function_raised(where, there):
    over = local.Local(2, 60) if where == "local" else there
    with pytest.raises(ZeroDivisionError):
        cluster.spread(lambda x: 1 / x, [1, 0], over)


@pytest.mark.parametrize("where", ["local", "cluster"])
def test_spread_says_which_process_ended(where, there):
    over = local.Local(2, 60) if where == "local" else there
    with pytest.raises(RuntimeError, match="item 1: its process ended early .exit code 3"):
        cluster.spread(lambda x: os._exit(3) if x else x, [0, 1], over)


def test_a_result_of_a_map_that_was_left_early_does_not_break_the_next(there):
    there.done.put(SimpleNamespace(key="of an earlier map"))
    assert cluster.spread(lambda x: x + 1, [1, 2], there) == [2, 3]


def test_a_job_that_cannot_be_written_back_is_said_to_be(there, tmp_path):
    job = SimpleNamespace(folder=str(tmp_path / "file"), run=SimpleNamespace(id="a", timeout=None))
    (tmp_path / "file").write_text("in the way")
    (ended,) = there.map(_write_nothing, [job])
    assert ended.unwritten and "file" in ended.why


def _write_nothing(job):
    open(job.folder + "/x", "w").close()


_write_nothing.__module__ = "__main__"
