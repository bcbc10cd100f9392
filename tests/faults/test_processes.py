"""Processes, users, signals: nothing outlives its driver, nobody's files stop a run without a word, every end is one line."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import PATIENCE, running, until

START = "import subprocess\nsubprocess.Popen(['sleep', '{seconds}']{more})\n"
OTHER = 65534  # another user
LIMITED = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search,-fowner",
]  # root who may not read what is not root's
as_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can leave another user's files"
)
on_linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc, as ending orphans does")


@pytest.fixture
def project(toy):
    toy.notebook("a", "import os\nprint(open(os.environ['PRESS_ROOT'] + '/data/toy.csv').read())")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    return toy


def _command(project, *words, before=(), **more):
    environment = os.environ | {"PRESS_ROOT": str(project.root)}
    command = [*before, sys.executable, "-m", "press", *words]
    return subprocess.run(
        command,
        cwd=project.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        **more,
    )


def _begun(project):
    """The command, as soon as it listens: before that, a signal ends Python itself."""
    environment, pipe = os.environ | {"PRESS_ROOT": str(project.root)}, subprocess.PIPE
    command = [sys.executable, "-m", "press", "run"]
    driver = subprocess.Popen(command, cwd=project.root, env=environment, stdout=pipe, stderr=pipe, text=True)
    status, last = Path(f"/proc/{driver.pid}/status"), 1 << (signal.SIGHUP - 1)
    until(lambda: driver.poll() is not None or int(re.search(r"SigCgt:\s*(\w+)", status.read_text())[1], 16) & last)
    return driver


def _alive(seconds):
    return subprocess.run(["pgrep", "-fx", f"sleep {seconds}"], capture_output=True, check=False).returncode == 0


@on_linux
@pytest.mark.parametrize("more", ["", ", start_new_session=True"], ids=["in its group", "with a session of its own"])
def test_what_a_notebook_starts_ends_with_its_report(project, more):
    seconds = f"7{os.getpid()}.{len(more)}"
    project.notebook("a", START.format(seconds=seconds, more=more))
    assert project.run("run").code == 0
    until(lambda: not _alive(seconds))


@on_linux
@pytest.mark.parametrize("more", ["", ", start_new_session=True"], ids=["in its group", "with a session of its own"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_what_a_notebook_starts_ends_with_the_driver(project, more, number):
    seconds = f"8{os.getpid()}.{len(more)}{int(number)}"
    project.notebook("a", START.format(seconds=seconds, more=more) + "import time\ntime.sleep(600)")
    driver, output = project.start("run")
    until(lambda: _alive(seconds), output.read_text)
    os.kill(driver, number)
    until(lambda: not _alive(seconds) and not running(driver), output.read_text)
    assert number == signal.SIGKILL or "goes on from there" in output.read_text()
    project.notebook("a", "print('later')")
    assert project.run("run").code == 0  # after a kill it waits until what was started has ended


@on_linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("after", [0, 0.1, 0.3, 0.6, 1.2])
def test_ended_while_it_starts_it_says_one_line_and_leaves_nothing(project, number, after):
    driver = _begun(project)
    time.sleep(after)
    driver.send_signal(number)
    said, error = driver.communicate(timeout=PATIENCE)
    assert driver.returncode in (130, 0) and "Traceback" not in said + error and error.count("\n") <= 1
    assert not (project.reports / ".staging").exists()


@pytest.mark.parametrize("count", [6, 8, 12, 24])
def test_without_descriptors_it_ends_with_one_line(project, count):
    done = _command(project, "run", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count)))
    assert "Traceback" not in done.stdout + done.stderr and done.stderr.count("\n") <= 1
    assert done.returncode in ((1, 2) if count == 6 else (0, 1, 2))


def test_without_inodes_it_says_so_and_a_later_run_goes_on(project):
    project.reports.mkdir()
    options = ["-t", "tmpfs", "-o", "size=5m,nr_inodes=12", "tmpfs"]
    if subprocess.run(["mount", *options, str(project.reports)], capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    done = project.run("run")
    assert done.code in (1, 2) and "No space left" in done.text and "Traceback" not in done.text
    subprocess.run(["umount", "-l", str(project.reports)], check=False)
    assert project.run("run").code == 0


def test_a_lock_that_is_a_folder_is_named(project):
    (project.reports / ".lock").mkdir(parents=True)
    done = project.run("run")
    assert done.code == 2 and "cannot write to reports/ (.lock: Is a directory)" in done.text


def test_a_file_system_without_locks_is_not_another_run(project, monkeypatch):
    import errno
    import fcntl

    from press import batch

    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setenv("PRESS_ROOT", str(project.root))
    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(OSError, match="No locks available.*use a local folder"), batch.lock():
        pass


@as_root
@pytest.mark.parametrize("file", ["reports.toml", "notebooks/a.ipynb", "data/toy.csv", "notebooks/locale/vi/a.po"])
def test_a_file_that_cannot_be_read_is_named(project, file):
    path = project.root / file
    path.chmod(0o600)
    os.chown(path, OTHER, OTHER)
    done = _command(project, "run", before=LIMITED)
    assert done.returncode in (1, 2) and Path(file).name in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@as_root
@pytest.mark.parametrize("folder", [".cache", "reports", "reports/.staging"])
def test_a_folder_left_by_another_user_is_named_with_its_owner_or_a_remedy(project, folder, monkeypatch):
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)  # make sets them: then a project's own .cache is not written
    assert project.run("run").code == 0
    (project.reports / ".staging/000000").mkdir(parents=True)
    for path in [project.root / folder, *(project.root / folder).rglob("*")]:
        os.chown(path, OTHER, OTHER)
    (project.root / "data/toy.csv").write_text("a\n9\n")
    done = _command(project, "run", before=LIMITED)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert "nobody" in done.stderr or "Make the folder writable" in done.stderr


WRONG = (None, 3, [1], "x", {"a": 3}, {"a": None}, True)


@pytest.fixture(scope="module")
def made(tmp_path_factory, zygote):
    """A made report, and its manifest."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("made") / "project", zygote)
    toy.notebook("a", "import os\nprint(open(os.environ['PRESS_ROOT'] + '/data/toy.csv').read())")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0
    return toy, toy.manifest("a/default")


FIELDS = ("id", "notebook", "parameters", "labels", "slug", "status", "error", "execution", "read", "rendering", "files", "titles",
          "names", "cell", "fault", "seconds")  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_manifest_with_a_damaged_field_is_one_report_to_make_again(made, field):
    toy, manifest = made
    lacking = {name: value for name, value in manifest.items() if name != field}
    for harmed in (lacking, *(manifest | {field: value} for value in WRONG if manifest[field] != value)):
        (toy.reports / "a/default/manifest.json").write_text(json.dumps(harmed))
        plan = toy.run("plan")
        assert plan.code == 0 and "1 of 1" in plan.text and "its manifest is damaged" in plan.text, harmed.get(field)
    done = toy.run("run")
    assert done.code == 0 and "Traceback" not in done.text and "0 of 1" in toy.run("plan").text


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\0b", "x" * 300, "\ud800", ""])
@pytest.mark.parametrize("field", ["files", "read"])
def test_a_manifest_that_names_a_strange_file_is_one_report_to_make_again(made, field, name):
    toy, manifest = made
    harmed = manifest | {field: manifest[field] | {name: "0" * 64}}
    (toy.reports / "a/default/manifest.json").write_text(json.dumps(harmed))
    assert "1 of 1" in toy.run("plan").text and toy.run("run").code == 0 and "0 of 1" in toy.run("plan").text


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"files": 3}', '{"files": {"a": 3}, "imports": {"x": 3}, "index": 4}', "[" * 100_000],
)
def test_a_damaged_cache_is_made_again(made, text):
    toy, _ = made
    (toy.root / ".cache/press.json").write_text(text)
    assert "0 of 1" in toy.run("plan").text and toy.run("run").code == 0


@pytest.mark.parametrize("name", ["index.html", "reports.csv", "a/default/en/index.html"])
def test_a_folder_in_the_place_of_a_page_gives_way(made, name):
    toy, _ = made
    before = (toy.reports / name).read_bytes()
    (toy.reports / name).unlink()
    (toy.reports / name).mkdir()
    assert "up to date" not in toy.run("plan").text
    assert toy.run("run").code == 0 and (toy.reports / name).read_bytes() == before
    assert "up to date" in toy.run("plan").text


@pytest.mark.parametrize("name", ["index.html", "reports.html", "reports.csv"])
@pytest.mark.parametrize("harm", [Path.unlink, lambda file: file.write_bytes(b""), lambda file: file.write_bytes(file.read_bytes() + b" ")],
    ids=["lost", "emptied", "altered"])  # fmt: skip
def test_a_harmed_page_around_the_reports_is_said_and_written_again(made, name, harm):
    toy, _ = made
    before = (toy.reports / name).read_bytes()
    harm(toy.reports / name)
    for word in ("plan", "status"):
        assert "he pages around the reports, or the tables gathered from them, are out of date." in toy.run(word).text
    assert "the pages around them are written again" in toy.run("run").text
    assert (toy.reports / name).read_bytes() == before and "all are up to date" in toy.run("plan").text


def test_a_file_in_the_place_of_the_folder_of_a_page_gives_way(made):
    toy, _ = made
    shutil.rmtree(toy.reports / "a/default/en")
    (toy.reports / "a/default/en").write_text("in the way")
    assert toy.run("run").code == 0 and toy.page("a/default").rstrip().endswith("</html>")
