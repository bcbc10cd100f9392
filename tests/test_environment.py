import re
import subprocess
import tomllib

import pytest
import yaml

from helpers import paths

NAMED = ("jupyterlab", "pandas", "matplotlib", "statsmodels", "papermill")
YOUNG = ("diff-diff", "statspai", "pysyncon")
MACHINE_PATH = re.compile(rb"(?<![\w.<>$}/-])/(?:work|root|home)/[a-z.]")
PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def _text(name):
    return (paths.root() / name).read_text(encoding="utf-8")


def _project():
    return tomllib.loads(_text("pyproject.toml"))["project"]


def _locked():
    return dict(PINNED.findall(_text("requirements.lock")))


def _asked():
    return {re.split("[=<>~!;\\[ ]", line)[0]: line for line in _project()["dependencies"]}


def _conda():
    return yaml.safe_load(_text("environment.yml"))


def _tracked():
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=paths.root(), capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git cannot list the files here: {error}")
    return [paths.root() / name for name in listed.decode().split("\0") if name]


def test_named_packages_have_one_version_in_all_three_files():
    locked, asked = _locked(), _asked()
    conda = dict(line.split("=", 1) for line in _conda()["dependencies"] if isinstance(line, str) and "=" in line)
    assert conda.pop("python") == "3.11"
    assert conda == {name: locked[name] for name in NAMED}
    assert {name: asked[name] for name in NAMED} == {name: f"{name}=={locked[name]}" for name in NAMED}


def test_conda_takes_the_rest_from_the_lock():
    assert _conda()["channels"] == ["conda-forge", "nodefaults"]
    assert {"pip": ["-r requirements.lock"]} in _conda()["dependencies"]
    assert "pip install --no-deps -e ." in _text("environment.yml")


def test_pythons_agree():
    assert _project()["requires-python"] == ">=3.11"
    assert "--python-version 3.11" in _text("requirements.lock")
    assert "(3, 11)" in _text("Makefile")


@pytest.mark.parametrize("name", YOUNG)
def test_young_packages_are_pinned_exactly(name):
    assert _asked()[name] == f"{name}=={_locked()[name]}"


def test_every_package_asked_for_is_locked_within_what_was_asked():
    locked = _locked()
    extras = _project()["optional-dependencies"]
    extra = [
        line for name, lines in extras.items() if name != "teach" for line in lines
    ]  # that one has a lock of its own
    for line in [*_project()["dependencies"], *extra]:
        name, _, version = line.partition("==")
        assert locked.get(name) == (version or locked[name])


def test_every_locked_package_has_a_hash():
    blocks = re.split(r"\n(?=[a-z0-9])", _text("requirements.lock").split("\n", 2)[2])
    assert len(blocks) > 100
    assert [b.split(" ")[0] for b in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}", b)] == []


def test_lock_names_no_registry_and_no_path():
    assert re.findall(r"https?:|file:|--\w*index\S*|--find-links|@ ", _text("requirements.lock")) == []


def test_no_machine_path_in_tracked_files():
    found = [
        f"{path.relative_to(paths.root())}: {match[0].decode()}"
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
