"""What a person meets in JupyterLab (`make lab`), in a real browser: numbers in prose, no question about news, nothing for git."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CELLS = [
    {"cell_type": "code", "source": ["size = 1.234\n", "print(size)"], "outputs": [], "execution_count": None},
    {"cell_type": "markdown", "source": ["The size is {eval}`f'{size:.2f}'` points."]},
]


def _git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def project(tmp_path):
    """A checkout with one notebook, set up as make setup does."""
    notebook = {"cells": [c | {"id": str(n), "metadata": {}} for n, c in enumerate(CELLS)], "metadata": {}}
    tool = [sys.executable, "-I", str(ROOT / "tools" / "clean_notebook.py")]
    text = json.dumps(notebook | {"nbformat": 4, "nbformat_minor": 5})
    made = subprocess.run(tool, input=text, capture_output=True, text=True, check=True).stdout
    (tmp_path / "one.ipynb").write_text(made, encoding="utf-8")
    (tmp_path / ".gitattributes").write_text((ROOT / ".gitattributes").read_text("utf-8"), "utf-8")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "config", "filter.notebook.clean", " ".join(f'"{word}"' for word in tool))
    _git(tmp_path, "add", "one.ipynb", ".gitattributes")
    _git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one")
    return tmp_path


@pytest.fixture
def lab(project, tmp_path_factory):
    """The address of a JupyterLab started as `make lab` does, on this machine."""
    home = str(tmp_path_factory.mktemp("home"))
    kept = {n: v for n, v in os.environ.items() if not n.startswith("JUPYTER")}
    places = dict.fromkeys(
        ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"), home
    )
    words = re.search(r"jupyter lab (.*?)\$\(ARGS\)", (ROOT / "Makefile").read_text("utf-8"), re.DOTALL)[1]
    words = (
        re.sub(r"\$\(if.*?\.\)", ".", words)
        .replace("\\\n", " ")
        .replace("tools/jupyterlab", str(ROOT / "tools" / "jupyterlab"))
        .split()
    )
    command = [sys.executable, "-m", "jupyter", "lab", *words, "--no-browser", "--allow-root", "--port=0"]
    log = project.parent / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=project, env=kept | places, stdout=out, stderr=out, start_new_session=True
        )
    address = None
    until = time.monotonic() + 600
    while not address and time.monotonic() < until and server.poll() is None:
        time.sleep(0.3)
        address = re.search(r"(http://127\.0\.0\.1:\d+/lab)\?(token=\w+)", log.read_text("utf-8"))
    assert address, log.read_text("utf-8")
    yield f"{address[1]}/tree/one.ipynb?{address[2]}"
    server.terminate()
    server.wait(600)


@pytest.mark.skipif(not CHROMIUM, reason="no chromium on this machine")
def test_running_a_notebook_shows_numbers_in_prose_asks_nothing_and_leaves_git_clean(lab, project):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page()
        page.goto(lab)
        page.wait_for_selector("text=Python 3 (ipykernel) | Idle", timeout=600_000)
        page.click(".jp-Notebook")
        page.click("text=Run >> nth=0")
        page.click("text=Run All Cells")
        page.wait_for_selector("text=The size is 1.23 points.", timeout=600_000)
        page.keyboard.press("Control+s")
        until = time.monotonic() + 600
        while "user_expressions" not in (project / "one.ipynb").read_text("utf-8") and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(1)
        asked = page.locator(".Toastify__toast, .jp-Dialog").all_inner_texts()
        browser.close()
    assert asked == []
    assert '"output_type"' in (project / "one.ipynb").read_text("utf-8")
    assert _git(project, "diff", "HEAD") == ""
    assert [line for line in _git(project, "status", "--porcelain").splitlines() if "one.ipynb" in line] == []


def test_a_real_change_of_a_notebook_is_one_for_git(project):
    path = project / "one.ipynb"
    path.write_text(path.read_text("utf-8").replace("1.234", "1.5"), "utf-8")
    assert "1.5" in _git(project, "diff", "HEAD")
