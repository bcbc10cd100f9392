"""``run --watch``: pages follow each edit, a fault is made once, and what only a new process takes in starts one."""

import os
import signal
import subprocess
import sys

import pytest
from conftest import running, until

READ = """
import os, pathlib
said = (pathlib.Path(os.environ["PRESS_ROOT"]) / "data" / "toy.csv").read_text()
print("read", said.split())
"""


@pytest.fixture
def watched(toy):
    """A toy project whose reports are being watched, with how often it has waited so far."""
    toy.notebook("a", READ)
    toy.notebook("b", "1")
    toy.catalogue('[[report]]\nnotebook = "a"\n[[report]]\nnotebook = "b"\n')
    toy.driver, output = toy.start("run", "--watch")
    toy.said = lambda: output.read_text(encoding="utf-8") if output.exists() else ""
    toy.waits = lambda: toy.said().count("Waiting for changes")
    until(toy.waits, toy.said)
    yield toy
    if running(toy.driver):
        os.kill(toy.driver, signal.SIGINT)
        until(lambda: not running(toy.driver), toy.said)


def edited(toy, act):
    """Change something and wait until all is made again."""
    before = toy.waits()
    act()
    until(lambda: toy.waits() > before, toy.said)


def test_the_page_follows_a_notebook_and_a_table(watched):
    other = watched.manifest("b/default")
    edited(watched, lambda: watched.notebook("a", READ, "print('edited')"))
    assert "edited" in watched.page("a/default")
    edited(watched, lambda: (watched.root / "data" / "toy.csv").write_text("a\n7\n"))
    assert "7" in watched.page("a/default").partition("read [")[2].partition("]")[0]
    assert watched.manifest("b/default") == other


@pytest.mark.parametrize("name", ["toy.csv", "late.csv", "listed/2.csv"])
def test_the_page_follows_what_was_first_read_in_this_watch(toy, name):
    (toy.root / "data/listed").mkdir()
    look = "import os\nroot = os.environ['PRESS_ROOT'] + '/data/'\nn = len(os.listdir(root + 'listed'))\n"
    toy.notebook(
        "a",
        look
        + "try: n += len(open(root + 'late.csv').read())\nexcept OSError: pass\nprint('found', n, len(open(root + 'toy.csv').read()))",
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.driver, output = toy.start("run", "--watch")
    until(lambda: output.exists() and "Waiting" in output.read_text(), output.read_text)
    assert "found 0 4" in toy.page("a/default")
    (toy.root / "data" / name).write_text("12345")
    until(lambda: output.read_text().count("Waiting") > 1, output.read_text)
    os.kill(toy.driver, signal.SIGINT)
    assert "found 0 4" not in toy.page("a/default")


def test_a_report_that_fails_is_made_once_and_again_when_it_is_mended(watched):
    edited(watched, lambda: watched.notebook("a", "1 / 0"))
    assert watched.manifest("a/default")["status"] == "failed" and watched.said().count(" made, ") == 2
    edited(watched, lambda: watched.notebook("a", "print('mended')"))
    assert "mended" in watched.page("a/default")


def test_a_notebook_that_was_away_for_a_moment_is_followed_when_it_is_back(watched):
    file = watched.root / "notebooks" / "a.ipynb"
    away = file.rename(watched.root / "a.away")
    until(lambda: "there is no notebook 'a'" in watched.said(), watched.said)
    edited(
        watched, lambda: (away.write_text(away.read_text().replace("split()", "split(), 'back'")), away.rename(file))
    )
    assert "back" in watched.page("a/default")


def test_a_notebook_half_saved_is_said_and_waited_for(watched):
    file = watched.root / "notebooks" / "a.ipynb"
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    until(lambda: "a.ipynb" in watched.said(), watched.said)
    edited(watched, lambda: file.write_text(whole.replace("print(", "print('whole',")))
    assert "whole" in watched.page("a/default")


def test_what_only_a_new_process_takes_in_starts_one(watched):
    os.kill(watched.driver, signal.SIGINT)
    until(lambda: not running(watched.driver), watched.said)
    log = watched.root / "log"  # a fork of the tests' own process cannot start itself again
    with open(log, "w") as stream:
        command = [sys.executable, "-P", "-m", "press", "run", "--watch"]
        process = subprocess.Popen(command, env=os.environ | {"PRESS_ROOT": str(watched.root)}, stdout=stream)
    watched.driver, watched.said = process.pid, log.read_text
    until(watched.waits, watched.said)
    edited(watched, lambda: (watched.root / "requirements.lock").write_text("numpy==2\n"))
    assert "2 reports made" in watched.said() and process.poll() is None
    edited(watched, lambda: watched.notebook("b", "print('after')"))
    assert "after" in watched.page("b/default")
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130


def test_ctrl_c_ends_it(watched):
    os.kill(watched.driver, signal.SIGINT)
    until(lambda: not running(watched.driver), watched.said)
    assert watched.said().rstrip().endswith("goes on from there.") and watched.run("run").code == 0


@pytest.mark.parametrize("other", ["--force", "--failed", "--cluster=tcp://127.0.0.1:1"])
def test_it_makes_only_what_changes_and_here(toy, other):
    toy.catalogue("")
    done = toy.run("run", "--watch", other)
    assert done.code == 2 and "leave out" in done.text
