"""What a person meets in JupyterLab (`make lab`), in a real browser: numbers in prose, no question about news, nothing for git."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import PATIENCE, until

ROOT = Path(__file__).parent.parent
HOUR = 3600
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
    "drawn": [
        (
            "code",
            "from helpers.plots import base\n\nfigure, axes = base.sheet()\nfigure.said = {'name': 'a', 'alt': 'Two points.', 'caption': ''}",
        ),
        ("code", "size = 1.234\nfigure"),
        ("markdown", "The size is {eval}`f'{size:.2f}'` points."),
    ],
    "scratch": [
        ("code", "asked = open('asked.txt').read().split()[0]\npanel = asked"),
        ("markdown", "Panel: {eval}`panel`."),
        ("code", "panel.head()"),
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


@pytest.fixture(scope="module")
def person(browser):
    """A person's browser, which has JupyterLab's programs at hand once it has been there."""
    context = browser.new_context(viewport={"width": 1280, "height": 3000})
    yield context
    context.close()


def _open(page, lab, name):
    """Open a notebook of the project and wait for its kernel; it is not marked as changed by that."""
    page.goto(lab(name))
    page.wait_for_selector("text=Python 3 | Idle")
    page.click(".jp-Notebook")
    assert page.locator(".jp-mod-dirty").count() == 0
    return page


@pytest.fixture
def opened(lab, person):
    """Open a notebook of the project in a tab of that browser."""
    page = person.new_page()
    yield lambda name: _open(page, lab, name)
    page.close()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """The kernel of make lab, started beside two modules, one of them with the name of a library's."""
    from jupyter_client import KernelManager
    from jupyter_client.kernelspec import KernelSpecManager

    folder = str(ROOT / "tools" / "jupyterlab" / "kernels")
    manager = KernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder]))
    beside = tmp_path_factory.mktemp("beside")
    (beside / "checks_of_mine.py").write_text("said = 'here'")
    (beside / "wave.py").write_text("raise SystemExit('not the library')")
    manager.start_kernel(cwd=str(beside))
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def ask(kernel):
    """Ask as JupyterLab does, at a second of the browser's clock, and return the reply (with ``then``: both); a cell is named, sentences are not."""
    client = kernel.client()  # asks the system whether the kernel lives: its heart may be late on a busy machine
    client.start_channels()
    client.wait_for_ready(PATIENCE)
    start = datetime.now(UTC)

    def send(second, code="", cell=None, stop=True, **shown):
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        content |= {"user_expressions": shown, "stop_on_error": stop}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell} if cell else {})
        message["header"]["date"] = start + timedelta(seconds=second)
        client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def asks(*first, then=None, **more):
        waiting = [send(*first, **more), *([send(*then[0], **then[1])] if then else [])]
        found = []
        while len(found) < len(waiting):
            reply = client.get_shell_msg(timeout=PATIENCE)
            found += [reply["content"]] if reply["parent_header"].get("msg_id") in waiting else []
        return found if then else found[0]

    asks(0, "%reset -f", "reset")
    yield asks
    client.stop_channels()


def _shown(reply):
    return {name: found["data"]["text/plain"] for name, found in reply["user_expressions"].items()}


def test_a_module_beside_the_notebook_is_imported_unless_a_library_has_its_name(ask):
    assert ask(10, "import wave, checks_of_mine", "a")["status"] == "ok"
    assert _shown(ask(11, said="checks_of_mine.said"))["said"] == "'here'"


def test_cells_asked_for_together_stop_at_an_error_however_late_they_come(ask):
    assert ask(10, "a = 1", "a")["status"] == "ok"
    assert ask(10.1, "b = 1 / 0", "b")["status"] == "error"
    assert [ask(10.2 + place / 2, "c = 1", f"c{place}")["status"] for place in range(9)] == ["aborted"] * 9
    assert ask(HOUR, "c = 1", "c9")["status"] == "ok"


def test_a_cell_asked_for_again_is_another_run_however_soon(ask):
    assert ask(10, "a = 1", "a")["status"] == "ok"
    assert ask(10.1, "b = 1 / 0", "b")["status"] == "error"
    assert ask(10.2, "c = 1", "c")["status"] == "aborted"
    assert [ask(10.3, "a = 2", cell)["status"] for cell in "abc"] == ["ok"] * 3


def test_a_cell_queued_by_hand_behind_one_that_fails_does_not_run(ask):
    failed, queued = ask(0, "import time\ntime.sleep(3)\n1 / 0", "a", then=((2, "b = 1", "b"), {}))
    assert (failed["status"], queued["status"]) == ("error", "aborted")


def test_a_clock_that_is_put_back_holds_up_no_later_run(ask):
    ask(HOUR, "a = 1", "a"), ask(1, "1 / 0", "b")
    assert ask(20, "c = 1", "c")["status"] == "ok"


def test_what_cells_that_did_not_run_had_made_before_is_gone_and_said_so(ask):
    ask(10, "import math\nkept = 1\nold = 'o' * 9", "a"), ask(10.1, "later: str = 'l' * 9", "b")
    ask(HOUR, "new = 'n' * 9\n1 / 0\nold = 2", "a"), ask(HOUR + 0.1, "later: str = 'm' * 9\nimport math", "b")
    shown = {"old": "old", "later": "len(later)", "new": "new", "other": "math.floor(1.5)"}
    assert _shown(ask(HOUR + 0.2, **shown)) == {
        "old": "[not computed]",
        "later": "[not computed]",
        "new": repr("n" * 9),
        "other": "1",
    }
    assert ask(2 * HOUR, "later", "c")["ename"] == "NameError"


def test_sentences_that_wait_while_a_cell_fails_are_looked_up(ask):
    failed, shown = ask(10, "import time\ntime.sleep(0.5)\n1 / 0", "a", then=((10.1,), {"two": "1 + 1"}))
    assert failed["status"] == "error" and _shown(shown) == {"two": "2"}


def test_a_sentence_with_a_fault_of_its_own_keeps_its_error(ask):
    assert ask(10, fault="never_made")["user_expressions"]["fault"]["ename"] == "NameError"


def test_a_cell_that_may_fail_stops_nothing(ask):
    ask(10, "old = 'o' * 9", "a")
    assert ask(HOUR, "old = 1 / 0", "a", stop=False)["status"] == "error"
    assert ask(HOUR + 0.1, "b = 1", "b")["status"] == "ok" and _shown(ask(HOUR + 0.2, old="old"))["old"] == repr(
        "o" * 9
    )


def test_a_cell_that_python_cannot_read_stops_the_run_too(ask):
    assert ask(10, "provinces = ['Kon Tum'", "a")["status"] == "error"
    assert ask(10.1, "b = 1", "b")["status"] == "aborted"


def _run_all(page):
    page.click("text=Run >> nth=0")
    page.click("text=Run All Cells")


@pytest.fixture(scope="module")
def saved(lab, person, project):
    """The tab in which a notebook was run that draws a figure and says "The size is 1.23 points.", and saved with that."""
    page, file = _open(person.new_page(), lab, "drawn"), project / "drawn.ipynb"
    _run_all(page)
    page.wait_for_selector("text=The size is 1.23 points.")
    page.keyboard.press("Control+s")
    until(lambda: "user_expressions" in file.read_text("utf-8"))
    page.wait_for_selector(".jp-mod-dirty", state="detached")
    yield page
    page.close()


def test_running_a_notebook_shows_numbers_in_prose_asks_nothing_and_leaves_git_clean(saved, project):
    assert saved.locator(".Toastify__toast, .jp-Dialog").all_inner_texts() == []
    assert '"output_type"' in (project / "drawn.ipynb").read_text("utf-8")
    until(lambda: _git(project, "diff", "HEAD", "--", "drawn.ipynb") == "")
    until(lambda: "drawn.ipynb" not in _git(project, "status", "--porcelain"))


def test_a_notebook_that_was_run_shows_its_figures_and_numbers_when_it_is_opened_again(saved, lab):
    page = _open(saved, lab, "drawn")
    page.wait_for_selector("text=The size is 1.23 points.")
    pictures = page.locator(".jp-OutputArea img[alt='Two points.']")
    assert pictures.evaluate_all("all => all.map(one => one.naturalWidth)") == [768]


def test_links_in_computed_sentences_look_like_those_in_the_text(opened):
    page = opened("linked")
    _run_all(page)
    page.wait_for_function("""() => {
        const links = [...document.querySelectorAll('.jp-Notebook a')];
        const [one, other] = ['computed', 'written'].map(text => links.find(a => a.textContent == text));
        return one && other && getComputedStyle(one).color == getComputedStyle(other).color;
    }""")


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
    for place, lang in enumerate(("en", "vi")):
        good = f"good{place}"
        ran = run(good, lang, (f"Asked: {good}.", f"Panel: {good}.", f"Result: {good} 11.", f"the result is {good} 11"))
        assert ran == "01234567891011"
        line, blank = stopped[lang]
        assert run("wrong", lang, ("Asked: wrong.", line, f"Panel: {blank}.", f"Result: {blank}.")) == ""
        assert page.locator(f"text={good}").count() == 0


def test_a_cell_that_fails_at_the_end_leaves_the_sentences_above_it_new(opened, project):
    page = opened("scratch")
    for asked in ("first", "second"):
        (project / "asked.txt").write_text(f"{asked} en", "utf-8")
        _run_all(page)
        page.wait_for_selector(f"text=Panel: {asked}.")
    assert "AttributeError" in page.locator(".jp-OutputArea").all_inner_texts()[-1]


def test_the_server_warns_of_nothing_of_ours(lab, log):
    assert "Overriding existing" not in log.read_text("utf-8")


def test_a_real_change_of_a_notebook_is_one_for_git(project):
    path = project / "other.ipynb"
    path.write_text(path.read_text("utf-8").replace("1.234", "1.5"), "utf-8")
    assert "1.5" in _git(project, "diff", "HEAD", "--", "other.ipynb")
