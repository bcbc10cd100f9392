"""A toy project for the tests of the machine: its own notebooks, tables and catalogue in a scratch folder."""

import contextlib
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.modules.setdefault(
    "rfc3987_syntax", None
)  # jsonschema would build this grammar for two seconds (press.execute.warm)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup would have it ignored here and in all that tests start
signal.signal(signal.SIGINT, signal.default_int_handler)  # and so would a shell that starts tests in the background

HERE = Path(__file__).parent
PATIENCE = 600  # seconds for what must come, however slow the machine: a test waits for a state, never for a time
UNITS = (
    "province_code,name_vi,name_en,region_vi,region_en,is_city,merged_into_2025,pci_name,merged_code_2025\n"
    "01,Hà Nội,Ha Noi,Đồng bằng sông Hồng,Red River Delta,1,Hà Nội,Hà Nội,01\n"
    "62,Kon Tum,Kon Tum,Tây Nguyên,Central Highlands,0,Quảng Ngãi,Kon Tum,51\n"
    "66,Đắk Lắk,Dak Lak,Tây Nguyên,Central Highlands,0,Đắk Lắk,Đắk Lắk,66\n"
)
READ_TABLE = """
import os, pathlib
table = pathlib.Path(os.environ["PRESS_ROOT"]) / "data" / "toy.csv"
number = table.read_text().split()[1]
(pathlib.Path(os.environ["PRESS_OUT"]) / "results.csv").write_text("value\\n1\\n")
"""
SETTINGS = """
[project]
title = { en = "Toys", vi = "Đồ chơi" }
languages = { en = "English", vi = "Tiếng Việt" }
[sets.provinces]
csv = "data/units.csv"
value = "province_code"
labels = { en = "name_en", vi = "name_vi" }
slug = "name_en"
[labels]
province = "provinces"
[filed.province]
label = { en = "Province", vi = "Tỉnh" }
sorted = true
"""


def pytest_xdist_auto_num_workers(config):
    """Return one process more than there are cores: many tests wait for others."""
    return (os.cpu_count() or 1) + 1


# modules that take longest, longest first: what is begun last should end soon, or one process works while the others have nothing to do
LONG = [
    "faults/test_dask", "notebooks/test_pages", "test_own_cases", "faults/test_hostile", "test_lab",
    "faults/test_processes", "press/test_execute", "faults/test_own_panels", "faults/test_kill", "faults/test_runs", "notebooks/test_lessons",
    "press/test_collection", "test_own", "articles/test_arithmetic", "press/test_cli", "test_own_generated", "reference/test_synthetic_control",
]  # fmt: skip


def pytest_collection_modifyitems(items):
    """Begin with the modules that take longest, then with those that have most tests."""
    sizes = Counter(item.path for item in items)
    places = {HERE / f"{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: (places.get(item.path, len(LONG)), -sizes[item.path]))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for nothing that went away while tests are collected (a fifth of the time), nor later among what was collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def until(come, said=str):
    """Wait until ``come()`` is true and return it; where that never happens, fail with what ``said()`` returns."""
    deadline = time.monotonic() + PATIENCE
    while not (found := come()):
        assert time.monotonic() < deadline, said()
        time.sleep(0.01)
    return found


def running(pid):
    """Return whether a process is there and has not ended."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def processes_in(folder):
    """Return the processes that work in a folder or below it."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(entry.joinpath("cwd").readlink()).startswith(str(folder)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def printed(output, text, driver):
    """Wait until a command that was started has printed a text into its file."""

    def come():
        ended, found = not running(driver), output.read_text(encoding="utf-8") if output.exists() else ""
        assert text in found or not ended, found
        return text in found

    until(come)


class Toy:
    """A scratch project; ``run("plan")`` and the like return code and text."""

    def __init__(self, root, zygote):
        self.root, self._zygote = root, zygote
        for folder in ("notebooks", "data"):
            (root / folder).mkdir(parents=True)
        (root / "requirements.lock").write_text("numpy==1\n")
        (root / "data" / "units.csv").write_text(UNITS, encoding="utf-8")
        (root / "data" / "toy.csv").write_text("a\n1\n")

    @property
    def reports(self):
        return self.root / "reports"

    def notebook(self, name, *cells, parameters="", vi=None):
        """
        Write a notebook: a heading, a cell of parameters where there are any, then code (text), code with tags ((tags), text) or Markdown ("md", text), and its messages in Vietnamese.
        """
        given = [(("parameters",), parameters)] if parameters else []
        made = [("md", f"# {name} in English"), *given, *cells]
        nb = {
            "cells": [],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        }
        for number, cell in enumerate(made):
            tags, source = cell if isinstance(cell, tuple) else ((), cell)
            code = tags != "md"
            entry = {"id": f"c{number}", "source": source, "cell_type": "code" if code else "markdown"}
            entry["metadata"] = {"tags": list(tags)} if code and tags else {}
            nb["cells"].append(entry | ({"outputs": [], "execution_count": None} if code else {}))
        path = self.root / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(nb | {"nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False), encoding="utf-8")
        self.messages(name, {f"# {name} in English": f"# {name} tiếng Việt", **(vi or {})})
        return path

    def messages(self, name, texts, lang="vi"):
        """Write the translated text of a notebook."""
        path = self.root / "notebooks" / "locale" / lang / f"{name}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        quoted = (
            f"msgid {json.dumps(k, ensure_ascii=False)}\nmsgstr {json.dumps(v, ensure_ascii=False)}\n"
            for k, v in texts.items()
        )
        path.write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n' + "\n".join(quoted), encoding="utf-8"
        )

    def catalogue(self, text, settings=SETTINGS):
        """Write reports.toml."""
        (self.root / "reports.toml").write_text(settings + text, encoding="utf-8")

    def start(self, *args, wait=False, **env):
        """Start a command; return its process id and the file it prints to."""
        output = self.root / f"output-{len(list(self.root.glob('output-*')))}"
        order = {"root": str(self.root), "args": args, "env": env, "output": str(output), "wait": wait}
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        return json.loads(self._zygote.stdout.readline()), output

    def run(self, *args, **env):
        """Run a command to its end; return its exit code and what it printed."""
        _, output = self.start(*args, wait=True, **env)
        code = json.loads(self._zygote.stdout.readline())
        return SimpleNamespace(code=code, text=output.read_text(encoding="utf-8", errors="replace"))

    def manifest(self, run):
        """Return a report's manifest."""
        return json.loads((self.reports / run / "manifest.json").read_text(encoding="utf-8"))

    def page(self, run, lang="en"):
        """Return a report's page."""
        return (self.reports / run / lang / "index.html").read_text(encoding="utf-8")

    def files(self):
        """Return every file under reports/ but locks, as relative path to bytes."""
        found = (p for p in self.reports.rglob("*") if p.is_file() and p.name != ".lock")
        return {p.relative_to(self.reports).as_posix(): p.read_bytes() for p in found}


@contextlib.contextmanager
def warmed(*modules, **env):
    """Start a process that has imported everything and runs orders in its forks (zygote.py); end it in the end."""
    plain = {
        k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"
    }  # with it, kernels lose what child processes print
    command = [sys.executable, str(HERE / "zygote.py"), *modules]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain | env)
    assert json.loads(process.stdout.readline()) == "ready"
    yield process
    process.stdin.close()
    process.wait(PATIENCE)


class Forked:
    """``python -m MODULE ARGUMENTS`` in a fork of a warmed process: what tests use of ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, zygote, module, *args, cwd, env, output):
        output.touch()
        order = {"module": module, "args": args, "cwd": str(cwd), "env": env, "output": str(output), "wait": False}
        zygote.stdin.write(json.dumps(order) + "\n")
        zygote.stdin.flush()
        self.pid = json.loads(zygote.stdout.readline())
        until(lambda: os.getpgid(self.pid) == self.pid)  # from then on a signal to its group reaches nobody else

    def poll(self):
        return None if running(self.pid) else 0

    def wait(self):
        until(lambda: not running(self.pid))
        return 0

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


@pytest.fixture(scope="session")
def zygote(tmp_path_factory):
    """The warmed process that runs commands for every toy project."""
    root = tmp_path_factory.mktemp("zygote")
    (root / "reports.toml").touch()
    with warmed(PRESS_ROOT=str(root), PYTHONHASHSEED="0", PYTHONUNBUFFERED="1") as process:
        yield process


@pytest.fixture
def toy(tmp_path, zygote):
    """An empty toy project."""
    return Toy(tmp_path / "project", zygote)


@pytest.fixture
def toy_too(tmp_path, zygote):
    """Another one, in another folder."""
    return Toy(tmp_path / "elsewhere" / "dự án {x} 2", zygote)


@pytest.fixture(scope="module")
def browser():
    """A real browser."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE * 1000
        )
        started.on("context", lambda context: context.set_default_timeout(PATIENCE * 1000))
        yield started
        started.close()


@pytest.fixture
def tab(browser):
    """An empty page that records what it asks of the network and what it complains of."""
    page = browser.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda r: page.asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.complaints.append(str(e)))
    yield page
    page.close()


def fits_its_screen(browser, file, width, scheme):
    """Return whether a page is no wider than its screen."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(f"file://{file}")
    fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()
    return fits


def serious_violations(browser, file, width, scheme):
    """Return what axe finds serious or critical on a page: its rule, and the first element."""
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800})
    tab = context.new_page()
    tab.goto(f"file://{file}")
    tab.add_script_tag(path=resources.files("axe_playwright_python") / "axe.min.js")
    found = tab.evaluate("axe.run()")["violations"]
    context.close()
    return [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


def known(root):
    """Let a project that has the tables of ours know which were checked already, by their content, as ours does."""
    from helpers import paths

    checked = paths.cache() / "checked"
    checked.mkdir(parents=True, exist_ok=True)
    (root / ".cache").mkdir()
    (root / ".cache" / "checked").symlink_to(checked)


def with_tables(root):
    """Give a folder the tables of ours."""
    from helpers import paths

    (root / "data").mkdir()
    for file in paths.data().glob("*.*"):
        (root / "data" / file.name).symlink_to(file)
    known(root)
    return root


@pytest.fixture
def tables_here(tmp_path, monkeypatch):
    """A project of its own with the tables of ours, in English."""
    from helpers import words

    monkeypatch.setenv("PRESS_ROOT", str(with_tables(tmp_path)))
    words.use("en")
    return tmp_path
