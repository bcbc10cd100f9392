"""The three files that name packages agree; what is imported is declared, and what is declared is imported."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
NAMED = ("jupyterlab", "pandas", "matplotlib", "statsmodels", "papermill")
MADE = ("requirements.lock", "requirements-cluster.lock", "requirements-dev.lock", "requirements-teach.lock")
LOCKS = (*MADE, "requirements-build.lock")
OWN = {"helpers", "press", "articles"}
# Declared, and used by their name in a command, a kernel or a page, or for their data, not by an import.
NOT_IMPORTED = {"jupyterlab", "jupyterlab-myst", "ipywidgets", "vietnamadminunits"}
# The extras without which a module of ours still works, and says what is missing.
OPTIONAL = ("cluster", "parquet")
IMPORTED_AS = {"sklearn": "scikit-learn"}  # what is in no lock, by what it is imported as
MACHINE_PATH = re.compile(rb"(?<![\w.<>$}/-])/(?:work|root|home)/[a-z.]")
PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def _text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def _project():
    return tomllib.loads(_text("pyproject.toml"))["project"]


def _locked(name="requirements.lock"):
    return dict(PINNED.findall(_text(name)))


def _asked(*extras):
    """Return what the project asks for, by name: without extras what the reports need, else what those extras add."""
    lines = [line for extra in extras for line in _project()["optional-dependencies"][extra]]
    found = {}
    for asked in map(Requirement, lines if extras else _project()["dependencies"]):
        if asked.name == "rotation-outcomes":
            found |= _asked(*asked.extras)
        else:
            found[canonicalize_name(asked.name)] = asked
    return found


def _conda():
    return yaml.safe_load(_text("environment.yml"))


def _tracked():
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git cannot list the files here: {error}")
    return [ROOT / name for name in listed.decode().split("\0") if name]


def test_named_packages_have_one_version_in_all_three_files():
    locked, asked = _locked(), _asked()
    conda = dict(line.split("=", 1) for line in _conda()["dependencies"] if "=" in line)
    assert conda.pop("python") == "3.11"
    assert conda == {name: locked[name] for name in NAMED}
    assert all(asked[name].specifier.contains(locked[name]) for name in NAMED)


def test_conda_takes_the_rest_from_the_lock():
    assert _conda()["channels"] == ["conda-forge", "nodefaults"]
    assert "pip install --no-deps --require-hashes -r requirements.lock" in _text("environment.yml")
    assert "pip install --no-deps -e ." in _text("environment.yml")


@pytest.mark.parametrize("name", MADE)
def test_lock_is_for_every_python_that_is_promised(name):
    assert _project()["requires-python"] == ">=3.11,<3.14"
    assert "--universal" in _text(name) and "--python-version 3.11" in _text(name)
    assert all(version in _text(".github/workflows/ci.yml") for version in ("3.11", "3.12", "3.13"))


def test_what_the_reports_need_is_given_in_ranges():
    assert {name: str(a.specifier) for name, a in _asked().items() if "==" in str(a.specifier)} == {}


@pytest.mark.parametrize(
    ("lock", "extras"), [(0, ()), (1, ()), (1, ("cluster",)), (2, ()), (2, ("dev",)), (3, ()), (3, ("teach", "test"))]
)
def test_what_is_asked_for_is_locked_within_its_range(lock, extras):
    locked = _locked(LOCKS[lock])
    asked = _asked(*extras)
    assert {
        name: locked.get(name) for name, a in asked.items() if not a.specifier.contains(locked.get(name, "0"))
    } == {}


@pytest.mark.parametrize("name", MADE[1:])
def test_a_package_has_one_version_in_every_lock(name):
    theirs = _locked(name)
    assert {p: (v, theirs.get(p)) for p, v in _locked().items() if theirs.get(p) != v} == {}


def test_what_nobody_here_calls_is_left_out():
    left_out = tomllib.loads(_text("pyproject.toml"))["tool"]["uv"]["exclude-dependencies"]
    assert {(lock, name) for lock in LOCKS for name in left_out if name in _locked(lock)} == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name):
    blocks = re.split(r"\n(?=[a-z0-9])", _text(name).split("\n", 1)[1])
    assert len(blocks) >= 2
    assert [b.split(" ")[0] for b in blocks if "==" in b and not re.search(r"--hash=sha256:[0-9a-f]{64}", b)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_registry_and_no_path(name):
    assert re.findall(r"https?:|file:|--\w*index\S*|--find-links|@ ", _text(name)) == []


def test_what_builds_is_pinned():
    assert set(_locked("requirements-build.lock")) == {"uv", "setuptools"}


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def _code(path):
    if path.suffix == ".py":
        return path.read_text(encoding="utf-8")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def _packages(*folders):
    """Return the packages of others that the code in these folders imports, by the name they are installed under."""
    files = [p for folder in folders for form in ("*.py", "*.ipynb") for p in (ROOT / folder).rglob(form)]
    beside = (
        {p.stem for p in (*files, *(ROOT / "notebooks").rglob("*.py")) if p.suffix == ".py"}
        | {folder.split("/")[-1] for folder in folders}
        | {"tests"}
    )
    kept = [
        p for p in files if not {".ipynb_checkpoints", "built"} & set(p.parts) and p.parent != ROOT / "docs" / "cluster"
    ]
    modules = {name for path in kept for name in _imports(ast.parse(_code(path)))}
    modules -= OWN | beside | set(sys.stdlib_module_names)
    installed = metadata.packages_distributions()
    return {canonicalize_name(installed.get(m, [IMPORTED_AS.get(m, m)])[0]): m for m in modules}


def test_what_the_packages_and_notebooks_import_is_declared():
    allowed = set(_asked()) | set(_asked(*OPTIONAL))
    assert sorted(set(_packages("src", "notebooks")) - allowed - set(_asked("teach"))) == []


def test_what_the_reports_are_said_to_need_is_imported():
    assert sorted(set(_asked()) - set(_packages("src", "notebooks")) - NOT_IMPORTED) == []


def test_what_tests_tools_and_benchmarks_import_is_declared():
    allowed = set(_asked()) | set(_asked("dev", "teach", "fit"))
    assert sorted(set(_packages("tests", "benchmarks", "tools", "docs", "data")) - allowed) == []


def test_no_machine_path_in_tracked_files():
    found = [
        f"{path.relative_to(ROOT)}: {match[0].decode()}"
        for path in _tracked()
        if path.is_file() and path.name != "test_environment.py"
        for match in MACHINE_PATH.finditer(path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize("line", [b"see %swork/x", b'"%sroot/.cache"', b"open('%shome/ann')", b"=%swork/main"])
def test_a_machine_path_would_be_seen(line):
    assert MACHINE_PATH.search(line % b"/")


def test_citation_is_complete_and_of_this_version():
    citation = yaml.safe_load(_text("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == _project()["version"]
    assert citation["license"] == _project()["license"] == "MIT"
    assert f"## {_project()['version']}" in _text("CHANGELOG.md")


def test_licences_stand_apart():
    assert _text("LICENSE").startswith("MIT License")
    assert "CC-BY-4.0" in _text("LICENSE-data")


def test_the_page_of_licences_names_what_is_locked():
    command = [sys.executable, ROOT / "tools" / "licences.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
