"""Kill -9 at random moments, then run again: the site is complete, no file is half, no entry is stale."""

import contextlib
import hashlib
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from conftest import printed, processes_in, running, until

SEEDS = range(50)
AFTER = """
import os, pathlib, time
root, out = pathlib.Path(os.environ["PRESS_ROOT"]), pathlib.Path(os.environ["PRESS_OUT"])
time.sleep(0.1)
(out / "copy.csv").write_text((root / "reports" / "results.csv").read_text())
"""
CELLS = (
    "import os, pathlib, time\nout = pathlib.Path(os.environ['PRESS_OUT'])",
    "for part in range(4):\n    (out / f'part-{part}.csv').write_text('value\\n' + '1\\n' * 5000)\n    time.sleep(0.01)",
    "(out / 'results.csv').write_text(f'estimator,estimate\\nmean,{province}\\n')",
    "while 'HOLD' in os.environ and province != '01':\n    time.sleep(1)",
    "(out / 'figures').mkdir()\n(out / 'figures' / 'f.svg').write_text('<svg/>' * 1000)\nprint(province)",
)
CATALOGUE = (
    '[[report]]\nnotebook = "05_toy"\nover = { province = "provinces" }\n'
    '[[report]]\nnotebook = "06_after"\nafter = ["05_toy"]\n'
)
REPORTS, FIRST = 4, 3  # one is made from the results of the first three


def _project(toy):
    toy.notebook("05_toy", *CELLS, parameters='province: str = "62"')
    toy.notebook("06_after", AFTER)
    toy.catalogue(CATALOGUE)
    return toy


def _folders(toy):
    return [p for p in toy.reports.glob("[!.]*/*") if p.is_dir()]


def _whole(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    found = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }
    del found["manifest.json"]
    return manifest["files"] == found


def _built_on_all(toy):
    rows = (toy.reports / "06_after" / "default" / "copy.csv").read_text().splitlines()
    assert sorted(row.split(",")[2] for row in rows[1:]) == ["01", "62", "66"]


def _kill(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _wait_until_gone(pid):
    until(lambda: not running(pid))


def _what_is_left(folder):
    """Return what the processes in a folder are, and what they wait for."""
    places = [Path(f"/proc/{pid}") for pid in processes_in(folder)]
    return [
        (place.name, *((place / about).read_text() for about in ("cmdline", "wchan", "status"))) for place in places
    ]


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="needs /proc to find the children")
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: f"kill -9 of driver, child or both, seed {seed}")
def test_killed_at_any_moment_the_next_run_completes_the_site(toy, seed):
    chance, toy = random.Random(seed), _project(toy)
    for _ in range(chance.choice((1, 1, 2, 3))):
        driver, _ = toy.start("run", "--jobs", str(chance.choice((1, 2, 3))))
        time.sleep(chance.uniform(0, 1.2))
        victims = processes_in(toy.root)
        aim = chance.choice(("driver", "child", "both"))
        if aim != "driver" and victims:
            _kill(chance.choice(victims))
        if aim != "child":
            _kill(driver)
        _wait_until_gone(driver)
        until(lambda: not processes_in(toy.root), lambda: f"a child outlived its driver: {_what_is_left(toy.root)}")
        assert all(_whole(folder) for folder in _folders(toy))
    toy.run("run")
    last = toy.run("run", "--failed")  # what a killed child left
    assert last.code == 0 and "0 of 4" in toy.run("plan").text
    assert len(_folders(toy)) == REPORTS and all(_whole(folder) for folder in _folders(toy))
    _built_on_all(toy)
    assert not (toy.reports / ".staging").exists()
    for index in ("reports.html", "reports.vi.html"):
        listed = (toy.reports / index).read_text(encoding="utf-8")
        assert all(f"{p.relative_to(toy.reports).as_posix()}/" in listed for p in _folders(toy))


@pytest.mark.parametrize("seed", range(6), ids=lambda seed: f"kill -9 of driver between the two stages, seed {seed}")
def test_killed_between_two_stages_the_next_run_completes_the_second(toy, seed):
    chance = random.Random(seed)
    driver, output = _project(toy).start("run", "--jobs", "2")
    printed(output, "[3/4]", driver)
    time.sleep(chance.uniform(0, 0.2))
    _kill(driver)
    _wait_until_gone(driver)
    until(lambda: not processes_in(toy.root), lambda: f"a child outlived its driver: {_what_is_left(toy.root)}")
    assert len(_folders(toy)) >= FIRST and all(_whole(folder) for folder in _folders(toy))
    assert toy.run("run").code == 0 and "0 of 4" in toy.run("plan").text
    assert len(_folders(toy)) == REPORTS and all(_whole(folder) for folder in _folders(toy))
    _built_on_all(toy)


def test_the_lock_does_not_outlive_its_holder(toy):
    _project(toy)
    driver, _ = toy.start("run")
    until((toy.reports / ".lock").exists)
    _kill(driver)
    _wait_until_gone(driver)
    assert toy.run("run").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_is_finished_and_says_how_to_go_on(toy, number):
    _project(toy)
    driver, output = toy.start("run", "--jobs", "1", HOLD="all but the first")
    printed(output, "[1/4]", driver)
    os.kill(driver, number)
    _wait_until_gone(driver)
    assert "goes on from there" in output.read_text()
    assert len(_folders(toy)) == 1 and all(_whole(folder) for folder in _folders(toy))
    assert not (toy.reports / ".staging").exists() and toy.run("run").code == 0
