"""The tools that look after environments and notebooks."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = [p for p in sorted((ROOT / "notebooks").rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]


def _tool(name):
    spec = importlib.util.spec_from_file_location(f"tool_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


environment, notebook = _tool("environment"), _tool("clean_notebook")


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """A made-up environment that fits its lock."""
    packages = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in ("alpha", "alpha-1.dist-info"):
        (packages / name).mkdir(parents=True)
        (packages / name / "file.py").touch()
    (tmp_path / ".venv" / "bin").mkdir()
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for lock in environment.LOCKS.values():
        (tmp_path / lock).write_text("# made by a tool\nalpha==1 \\\n    --hash=sha256:00\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname="x"\n[build-system]\nrequires=[]\n[tool.setuptools]\n')
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "CACHE", tmp_path / ".cache")
    monkeypatch.setattr(environment, "filter_notebooks", lambda: None)
    _fits(tmp_path / ".venv", "dev")
    return tmp_path / ".venv"


def _fits(venv, kind, **other):
    said = {"kind": kind, "digest": environment.wanted(kind), "root": str(environment.ROOT)}
    said |= {"python": list(sys.version_info[:2]), "files": environment.listing(venv)} | other
    (venv / "fits.json").write_text(json.dumps(said))


@pytest.fixture
def made(monkeypatch):
    """What the tool set out to install."""
    asked = []
    monkeypatch.setattr(environment, "install", lambda venv, kind, found: asked.append(kind))
    return asked


def test_an_environment_that_fits_is_left_alone(venv, made):
    assert environment.main("dev") == 0
    assert made == []


@pytest.mark.parametrize("kind", ["reports", "cluster"])
def test_the_developers_environment_serves_the_others(venv, made, kind):
    environment.main(kind)
    assert made == []


def test_the_reports_environment_does_not_serve_the_tests(venv, made):
    _fits(venv, "reports")
    environment.main("dev")
    assert made == ["dev"]


def test_touching_or_commenting_the_lock_changes_nothing(venv, made):
    lock = environment.ROOT / "requirements-dev.lock"
    lock.write_text("# made by another tool\n\n" + lock.read_text().split("\n", 1)[1])
    (environment.ROOT / "pyproject.toml").open("a").write("[tool.ruff]\nline-length = 1\n")
    environment.main("dev")
    assert made == []


@pytest.mark.parametrize("change", ["alpha==2", "beta==1"])
def test_another_pin_is_noticed(venv, made, change):
    (environment.ROOT / "requirements-dev.lock").write_text(change)
    environment.main("dev")
    assert made == ["dev"]


@pytest.mark.parametrize("lost", ["alpha/file.py", "alpha-1.dist-info/file.py"])
def test_a_lost_package_is_noticed(venv, made, lost):
    (venv / "lib" / "python3.11" / "site-packages" / lost).unlink()
    environment.main("dev")
    assert made == ["dev"]


def test_a_file_that_was_emptied_is_noticed(venv, made):
    file = venv / "lib/python3.11/site-packages/alpha/file.py"
    file.write_text("a = 1\n")
    _fits(venv, "dev")
    file.write_text("")
    environment.main("dev")
    assert made == ["dev"]


def test_a_full_disk_is_named_with_what_is_needed(venv, monkeypatch, capsys):
    (venv / "lib/python3.11/site-packages/alpha/file.py").unlink()
    full = "import sys; sys.exit('failed to copy x from y to z: ' + 'z' * 500 + ': No space left on device')"
    tool = environment.ROOT / "uv"
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{full}"\n')
    tool.chmod(0o755)
    monkeypatch.setattr(environment, "uv", lambda: str(tool))
    assert environment.main("reports") == 1
    said = capsys.readouterr().err
    assert "the disk is full" in said and "3,000 MB" in said and "network" not in said and said.count("\n") == 1


def test_what_installs_writes_its_temporary_files_inside_the_folder():
    asked = ["sh", "-c", 'test -d "$TMPDIR" && echo "$TMPDIR" >&2; exit 1']
    with pytest.raises(environment.Unfit, match=re.escape(str(environment.CACHE / "tmp"))):
        environment.run(asked, "x")


@pytest.mark.parametrize("link", [False, True])
def test_a_file_or_a_dead_link_in_its_place_is_put_aside(venv, monkeypatch, link):
    environment.shutil.rmtree(venv)
    venv.symlink_to("nowhere") if link else venv.touch()
    monkeypatch.setattr(environment, "uv", lambda: "true")
    assert environment.main("reports") == 0 and environment.state(venv)["kind"] == "reports"


def test_a_package_added_by_hand_stays(venv, made):
    (venv / "lib" / "python3.11" / "site-packages" / "beta").mkdir()
    environment.main("dev")
    assert made == []


def test_a_python_that_no_longer_starts_is_noticed(venv, made):
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python")
    environment.main("dev")
    assert made == ["dev"]


@pytest.mark.parametrize("other", [{"root": "/elsewhere"}, {"python": [3, 9]}, {"digest": ""}, {"files": None}])
def test_an_environment_moved_or_made_for_another_python_is_noticed(venv, made, other):
    _fits(venv, "dev", **other)
    environment.main("dev")
    assert made == ["dev"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"kind": "dev"}'])
def test_a_damaged_note_is_an_environment_to_make_again(venv, made, text):
    (venv / "fits.json").write_text(text)
    environment.main("dev")
    assert made == ["dev"]


def test_what_cannot_be_installed_is_said_in_one_line(venv, monkeypatch, capsys):
    (venv / "fits.json").unlink()
    monkeypatch.setattr(environment, "uv", lambda: "false")
    assert environment.main("dev") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "requirements-dev.lock" in said and "network" in said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: str(p.relative_to(ROOT / "notebooks")))
def test_git_keeps_a_notebook_as_it_is_committed(path):
    text = path.read_text(encoding="utf-8")
    assert notebook.clean(text) == text


def test_a_run_in_jupyterlab_leaves_nothing_to_commit():
    text = NOTEBOOKS[0].read_text(encoding="utf-8")
    run = json.loads(text)
    for number, cell in enumerate(run["cells"]):
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1"]}]}
            cell["metadata"] |= {"execution": {"iopub.status.busy": "2026"}, "scrolled": True}
        else:
            cell["metadata"]["user_expressions"] = [{"expression": "1"}]
    run["metadata"] = {
        "language_info": {"name": "python", "version": "3.11.7"},
        "widgets": {},
        "kernelspec": {"name": "mine"},
    }
    assert notebook.clean(json.dumps(run, indent=2)) == text


@pytest.mark.parametrize("text", ["", "no notebook", "[1]", "{}", '{"cells": null, "a": "ạ"}'])
def test_what_is_no_notebook_passes_unchanged(text):
    done = subprocess.run(
        [sys.executable, "-I", ROOT / "tools" / "clean_notebook.py"],
        input=text.encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == text


STUB = "import os, sys\nprint('asked', *sys.argv[1:], os.environ['UV_CACHE_DIR'] == os.getcwd() + '/.cache/uv')\n"


def _make(folder, *words, **env):
    (folder / "tools").mkdir(parents=True)
    (folder / "tools" / "environment.py").write_text(STUB)
    (folder / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "UV_"))}
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=kept | env)


ODD = [
    "plain",
    "with space",
    "Ann's",
    'a "quote"',
    "`touch seen`",
    "$(touch seen)",
    "$HOME ${x}",
    "a;touch seen",
    "&|<>*?",
    "#%",
    "dự án",
]


@pytest.mark.parametrize("name", ODD)
def test_a_folders_name_is_never_executed(tmp_path, name):
    done = _make(tmp_path / name, "setup")
    assert (done.stdout, done.returncode) == ("asked dev True\n", 0), done.stderr
    assert list(tmp_path.rglob("seen")) == []


def test_a_colon_in_a_folders_name_is_refused_in_one_line(tmp_path):
    done = _make(tmp_path / "a:b", "setup")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "colon" in done.stderr and "Rename" in done.stderr


def test_the_python_that_is_named_is_taken(tmp_path):
    other = tmp_path / "my python"
    other.write_text(f'#!/bin/sh\necho mine\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    assert "mine" in _make(tmp_path / "project", "setup", f"PYTHON={other}").stdout


def test_a_python_from_the_environment_is_not_taken(tmp_path):
    assert _make(tmp_path / "project", "setup", PYTHON="/nowhere/python").returncode == 0


def test_each_target_is_in_the_list(tmp_path):
    listed = {line.split()[0] for line in _make(tmp_path / "project").stdout.splitlines()}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {
        line.split(":")[0] for line in makefile.splitlines() if line[:1].isalpha() and ": " in line and "##" in line
    }
    assert (
        listed
        == targets
        >= {"reports", "test", "demo", "lab", "explore", "lessons", "bench", "docs", "lint", "check-data"}
    )
