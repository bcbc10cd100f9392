"""What a person meets in JupyterLab (`make lab`), in a real browser: numbers in prose, no question about news, nothing for git."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PATIENCE, until

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOTEBOOKS = {
    "one": [
        ("code", "size = 1.234\nprint(size)"),
        ("markdown", "The size is {eval}`f'{size:.2f}'` points."),
    ],
    "other": [("code", "size = 1.234")],
    "linked": [
        ("code", "from helpers.words import Sentence\n\ntold = Sentence('[computed](one.ipynb)')"),
        ("markdown", "[written](one.ipynb) and {eval}`told`"),
    ],
    "refused": [
        ("code", "from helpers.words import Refused, use"),
        ("code", "asked, lang = open('asked.txt').read().split()\nuse(lang)"),
        ("markdown", "Asked: {eval}`asked`."),
        ("code", "if asked == 'wrong':\n    raise Refused('asked is wrong')\npanel = asked"),
        ("markdown", "Panel: {eval}`panel`."),
        *[("code", f"open('ran.txt', 'a').write('{n}')\nresult = panel + ' {n}'") for n in range(12)],
        ("code", "print('the result is', result)"),
        ("markdown", "Result: {eval}`result`."),
    ],
}


def _git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A checkout with notebooks, set up as make setup does."""
    folder = tmp_path_factory.mktemp("project")
    tool = [sys.executable, "-I", str(ROOT / "tools" / "clean_notebook.py")]
    for name, cells in NOTEBOOKS.items():
        more = {"code": {"outputs": [], "execution_count": None}, "markdown": {}}
        made = [
            {"cell_type": kind, "source": text, "id": str(n), "metadata": {}} for n, (kind, text) in enumerate(cells)
        ]
        made = [cell | more[cell["cell_type"]] for cell in made]
        text = json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        done = subprocess.run(tool, input=text, capture_output=True, text=True, check=True)
        (folder / f"{name}.ipynb").write_text(done.stdout, encoding="utf-8")
    (folder / ".gitattributes").write_text((ROOT / ".gitattributes").read_text("utf-8"), "utf-8")
    _git(folder, "init", "-q")
    _git(folder, "config", "filter.notebook.clean", " ".join(f'"{word}"' for word in tool))
    _git(folder, "add", ".")
    _git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one")
    return folder


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """What the server says."""
    return tmp_path_factory.mktemp("log") / "lab.log"


@pytest.fixture(scope="module")
def lab(project, log, tmp_path_factory):
    """The address of a JupyterLab started as `make lab` does, on this machine."""
    home = str(tmp_path_factory.mktemp("home"))
    kept = {n: v for n, v in os.environ.items() if not n.startswith("JUPYTER")}
    places = dict.fromkeys(
        ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"), home
    )
    words = re.search(r"jupyter lab (.*?)\$\(ARGS\)", (ROOT / "Makefile").read_text("utf-8"), re.DOTALL)[1]
    words = re.sub(r"\$\(if .*", "", words).replace("\\\n", " ")
    words = words.replace("tools/jupyterlab", str(ROOT / "tools" / "jupyterlab")).split()
    command = [sys.executable, "-m", "jupyter", "lab", *words, "--no-browser", "--allow-root", "--port=0"]
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=project, env=kept | places, stdout=out, stderr=out, start_new_session=True
        )
    said = lambda: log.read_text("utf-8")  # noqa: E731
    until(lambda: server.poll() is not None or re.search(r"http://127\.0\.0\.1:\d+/lab\?token=\w+", said()), said)
    address = re.search(r"(http://127\.0\.0\.1:\d+/lab)\?(token=\w+)", said())
    assert address, said()
    yield lambda name: f"{address[1]}/tree/{name}.ipynb?{address[2]}&reset"
    server.terminate()
    server.wait(PATIENCE)


@pytest.fixture
def opened(lab):
    """Open a notebook of the project in a browser and wait for its kernel."""
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 3000})
        page.set_default_timeout(PATIENCE * 1000)

        def open_(name):
            page.goto(lab(name))
            page.wait_for_selector("text=Python 3 | Idle")
            page.click(".jp-Notebook")
            return page

        yield open_
        browser.close()


def _run_all(page):
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells")


def test_running_a_notebook_shows_numbers_in_prose_asks_nothing_and_leaves_git_clean(opened, project):
    page = opened("one")
    _run_all(page)
    page.wait_for_selector("text=The size is 1.23 points.")
    page.keyboard.press("Control+s")
    until(lambda: "user_expressions" in (project / "one.ipynb").read_text("utf-8"))
    page.wait_for_selector(".jp-mod-dirty", state="detached")
    assert page.locator(".Toastify__toast, .jp-Dialog").all_inner_texts() == []
    assert '"output_type"' in (project / "one.ipynb").read_text("utf-8")
    until(lambda: _git(project, "diff", "HEAD", "--", "one.ipynb") == "")
    until(lambda: "one.ipynb" not in _git(project, "status", "--porcelain"))


def test_a_notebook_that_was_only_opened_is_not_marked_as_changed(opened):
    page = opened("other")
    assert page.locator(".jp-mod-dirty").count() == 0


def test_links_in_computed_sentences_look_like_those_in_the_text(opened):
    page = opened("linked")
    _run_all(page)
    colour = "getComputedStyle([...document.querySelectorAll('.jp-Notebook a')].find(a => a.textContent == '{}')).color"
    page.wait_for_selector("a:text-is('computed')")
    page.wait_for_function(f"{colour.format('computed')} == {colour.format('written')}")


def test_after_a_refusal_no_later_cell_runs_and_no_sentence_is_of_an_earlier_run(opened, project):
    page = opened("refused")

    def run(asked, lang, shown):
        (project / "asked.txt").write_text(f"{asked} {lang}", "utf-8")
        (project / "ran.txt").write_text("", "utf-8")
        _run_all(page)
        for text in shown:
            page.wait_for_selector(f"text={text} >> visible=true")
        page.wait_for_selector("text=Python 3 | Idle")
        return (project / "ran.txt").read_text("utf-8")

    stopped = {"en": ("Stopped here", "[not computed]"), "vi": ("Dừng ở đây", "[chưa tính]")}
    for place in range(6):
        lang = ("en", "vi")[place % 2]
        good = f"good{place}"
        ran = run(good, lang, (f"Asked: {good}.", f"Panel: {good}.", f"Result: {good} 11.", f"the result is {good} 11"))
        assert ran == "01234567891011"
        line, blank = stopped[lang]
        assert run("wrong", lang, ("Asked: wrong.", line, f"Panel: {blank}.", f"Result: {blank}.")) == ""
        assert page.locator(f"text={good}").count() == 0


def test_the_server_warns_of_nothing_of_ours(lab, log):
    assert "Overriding existing" not in log.read_text("utf-8")


def test_a_real_change_of_a_notebook_is_one_for_git(project):
    path = project / "other.ipynb"
    path.write_text(path.read_text("utf-8").replace("1.234", "1.5"), "utf-8")
    assert "1.5" in _git(project, "diff", "HEAD", "--", "other.ipynb")
