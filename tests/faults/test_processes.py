"""Processes, users, signals: nothing outlives its driver, nobody's files stop a run without a word, every end is one line."""

import contextlib
import errno
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import PATIENCE, processes_in, running, until

from press import cli, plan

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


LEFT = {
    "a pool": "from concurrent.futures import ProcessPoolExecutor\npool = ProcessPoolExecutor(2)\nsum(pool.map(abs, [-1, 2]))",
    "a manager": "import multiprocessing\nmultiprocessing.Manager().list([3])[0]",
    "a daemon": "import multiprocessing, time\nmultiprocessing.get_context('fork').Process(target=time.sleep, args=(600,), daemon=True).start()\n3",
    "a fork": "import os, time\nif not os.fork(): time.sleep(600)\n3",
    "a fork with a session of its own": "import os, time\nif not os.fork():\n    os.setsid()\n    os.fork() or time.sleep(600)\n    os._exit(0)\n3",
}


@on_linux
@pytest.mark.parametrize("ends", ["", "\nos.kill(os.getpid(), 9)"], ids=["well", "killed"])
def test_a_child_that_a_report_leaves_does_not_hold_its_end_back(project, ends):
    for number, code in enumerate(LEFT.values()):
        project.notebook(f"n{number}", code, f"import os{ends}")
    project.catalogue("".join(f'[[report]]\nnotebook = "n{number}"\n' for number in range(len(LEFT))))
    done = project.run("run", "--jobs", "2", "--timeout", "100")
    assert "stopped after" not in done.text and done.code == bool(ends), done.text
    assert all("signal 9" in project.page(f"n{n}/default") for n in range(len(LEFT)) if ends)
    assert all("<pre" in project.page(f"n{number}/default") for number in range(len(LEFT)))
    until(lambda: not processes_in(project.root))


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
    assert "open files" not in done.stderr or "Raise the limit on open files: ulimit -n 1024" in done.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, "Too many open files", "templates"), "templates: Too many open files. .*ulimit -n"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), ": Cannot allocate memory. .*ulimit -v"),
        (OSError(errno.ENOSPC, "No space left on device", "a", None, "b"), ": b: No space left on device. Free space"),
        (
            ImportError("IMPORTANT\n\nx.so: failed to map segment from shared object\n"),
            ": x.so: .*install them again; or a limit .*ulimit -v",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "x"), ": x: No such .* It must be there"),
    ],
)
def test_what_this_machine_refuses_is_said_with_the_limit_to_raise(error, said, monkeypatch, capsys):
    def refused(_):
        raise error

    monkeypatch.setattr(cli, "parser", refused)
    assert cli.main(["plan"]) == 2
    assert re.search(said, told := capsys.readouterr().err) and told.count("\n") == 1


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
    done = project.run("run", LIMITED="1")
    assert done.code in (1, 2) and Path(file).name in done.text
    assert "Traceback" not in done.text


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


FIELDS = ("id", "notebook", "parameters", "labels", "status", "error", "execution", "read", "rendering", "files", "cell", "fault", "seconds")  # fmt: skip


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


def _own(toy, cell="1", count=2):
    """The project with ``count`` reports that write a table, and the cell given."""
    write = "import os, pathlib\nout = pathlib.Path(os.environ['PRESS_OUT'])\n(out / 'r.csv').write_text('x');"
    toy.notebook("a", write, cell, parameters="n: int = 0")
    toy.catalogue(f'[[report]]\nnotebook = "a"\nover = {{ n = {list(range(count))} }}\n')
    return toy


def _calm(done, code=0):
    text = done.text if hasattr(done, "text") else done.stdout + done.stderr
    assert (done.code if hasattr(done, "code") else done.returncode) == code and "Traceback" not in text, text
    return text


@pytest.mark.parametrize("place", ["a/manifest.json", "manifest.json", "b/manifest.json"])
def test_a_strange_manifest_above_reports_makes_no_leftover_of_them(toy, place):
    _calm(_own(toy).run("run"))
    (toy.reports / "b").mkdir()
    (toy.reports / place).write_text("{}")
    before = toy.files()
    assert "0 reports removed" in _calm(toy.run("prune")) and toy.files() == before
    shutil.copy(toy.reports / "a/0/manifest.json", toy.reports / place)
    assert "0 reports removed" in _calm(toy.run("prune")) and toy.manifest("a/1")["status"] == "ok"


@as_root
def test_a_leftover_of_another_user_is_named_and_the_rest_is_pruned(toy):
    _calm(_own(toy, count=3).run("run"))
    for path in [toy.reports / "a/1", *(toy.reports / "a/1").rglob("*")]:
        os.chown(path, OTHER, OTHER)
    (toy.reports / "reports.csv").unlink()
    _own(toy, count=1)
    text = _calm(toy.run("prune", LIMITED="1"), 1)
    assert f"not removed: {toy.reports}/a/1: Permission denied (it belongs to nobody)" in text
    assert "removed a/2" in text and (toy.reports / "reports.csv").exists() and (toy.reports / "a/0/en").is_dir()


def test_a_link_as_lock_is_refused_and_what_it_leads_to_stays(project):
    project.reports.mkdir()
    (project.root / "kept").write_text("kept")
    (project.reports / ".lock").symlink_to(project.root / "kept")
    assert "It is a link" in _calm(project.run("run"), 2) and (project.root / "kept").read_text() == "kept"


def test_a_lock_that_was_removed_holds_nobody(project, monkeypatch):
    import fcntl

    from press import batch

    monkeypatch.setenv("PRESS_ROOT", str(project.root))
    real, asked = fcntl.flock, []

    def slow(held, how):
        asked.append(held)
        if len(asked) == 1:
            (project.reports / ".lock").unlink()
        real(held, how)

    monkeypatch.setattr(fcntl, "flock", slow)
    with batch.lock() as held:
        assert os.path.samestat(os.fstat(held), (project.reports / ".lock").stat()) and len(asked) == 2


@on_linux
def test_a_run_whose_lock_is_removed_says_so_and_ends(toy):
    _own(toy, "import time\nwhile not os.path.exists(os.environ['PRESS_ROOT'] + '/go'): time.sleep(.05)")
    driver, output = toy.start("run")
    until((toy.reports / ".staging/000000/.journal").exists, output.read_text)
    (toy.reports / ".lock").unlink()
    (toy.root / "go").touch()
    until(lambda: not running(driver), output.read_text)
    assert output.read_text().endswith(
        "reports/.lock was removed under this run, which ends: another may be writing.\n"
    )
    assert "2 reports made" in _calm(toy.run("run")) and not (toy.reports / ".staging").exists()


def test_make_clean_removes_nothing_under_a_run(project, monkeypatch):
    from press import batch

    _calm(project.run("run"))
    (project.reports / "README.md").write_text("kept")
    shutil.copy(Path(__file__).parents[2] / "Makefile", project.root)
    before = project.files()
    monkeypatch.setenv("PRESS_ROOT", str(project.root))
    command = ["make", "-s", "clean", f"PYTHON={sys.executable}"]
    with batch.lock():
        done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
        assert done.returncode and f"process {os.getpid()}" in done.stderr and project.files() == before
    subprocess.run(command, cwd=project.root, check=True)
    assert [*project.files()] == ["README.md"]


def test_after_a_report_that_cannot_be_written_all_commands_say_the_same(toy):
    limit = "import resource\nif n == 3: resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))"
    toy.notebook("a", limit, "print('x' * 9000)", parameters="n = 0")
    toy.catalogue('[[report]]\nnotebook = "a"\nover = { n = [1, 2, 3, 4] }\n')
    for _ in range(2):
        done = toy.run("run")
        assert done.code == 1 and "a/3: nothing could be written" in done.text
        assert "3 up to date, 0 out of date, 0 with pages out of date, 0 failed, 1 not made" in toy.run("status").text
        assert "a/3/" not in toy.page("a/2") and "all up to date" in toy.run("render").text
    toy.notebook("a", "2", "3", parameters="n = 0")
    assert toy.run("run").code == 0 and "a/3/" in toy.page("a/2") and "4 up to date" in toy.run("status").text


def test_no_page_is_written_through_a_link(toy):
    _calm(_own(toy).run("run"))
    outside = toy.root / "outside"
    shutil.move(toy.reports / "a/1/en", outside)
    (toy.reports / "a/1/en").symlink_to(outside)
    part = f".{plan.sha(b'index.html')[:16]}.part"
    (toy.reports / "a/1/vi" / part).symlink_to(toy.root / "reports.toml")
    before = {file.name: file.read_bytes() for file in outside.iterdir()}, (toy.root / "reports.toml").read_bytes()
    toy.messages("a", {"# a in English": "# a khác"})
    (outside / "index.html").write_text("altered")
    before[0]["index.html"] = b"altered"
    _calm(toy.run("render"))
    assert {file.name: file.read_bytes() for file in outside.iterdir()} == before[0]
    assert (toy.root / "reports.toml").read_bytes() == before[1] and not (toy.reports / "a/1/en").is_symlink()
    assert "up to date" in _calm(toy.run("plan")) and "khác" in toy.page("a/1", "vi")


def test_a_report_that_a_link_leads_to_is_made_again(toy):
    _calm(_own(toy).run("run"))
    shutil.move(toy.reports / "a/1", toy.root / "outside")
    (toy.reports / "a/1").symlink_to(toy.root / "outside")
    assert "1 of 2" in _calm(toy.run("plan")) and "[1/1]" in _calm(toy.run("run"))
    assert not (toy.reports / "a/1").is_symlink() and (toy.root / "outside/manifest.json").exists()


@pytest.mark.parametrize("what", [Path.touch, lambda p: p.symlink_to("nowhere"), lambda p: p.symlink_to(p)], ids=["file", "dead link", "loop"])  # fmt: skip
def test_what_stands_in_the_place_of_a_notebooks_folder_gives_way(toy, what):
    _own(toy).reports.mkdir()
    what(toy.reports / "a")
    _calm(toy.run("run"))
    assert toy.manifest("a/1")["status"] == "ok"


def test_a_folder_on_another_disk_is_named_with_what_to_do(toy):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == toy.root.stat().st_dev:
        pytest.skip("there is no other disk")
    _own(toy).reports.mkdir()
    (toy.reports / "a").symlink_to(other)
    assert f"{toy.reports}/a is on another disk than reports/" in _calm(toy.run("run"), 1)


@pytest.mark.parametrize("what", ["link", "folder", "FIFO", "link within"])
def test_what_is_no_file_is_not_published(toy, what):
    (toy.root / "secret").mkdir(parents=True)
    (toy.root / "secret/s.txt").write_text("secret")
    made = {"link": f"(out / 'l').symlink_to('{toy.root}/secret/s.txt')", "folder": f"(out / 'l').symlink_to('{toy.root}/secret')",
            "FIFO": "os.mkfifo(out / 'l')", "link within": "(out / 'l').symlink_to('r.csv')"}  # fmt: skip
    text = _calm(_own(toy, made[what]).run("run"), 0 if what == "FIFO" else 1)
    assert what == "FIFO" or "'l' is a link, which is not published" in text
    assert not os.path.lexists(toy.reports / "a/0/l") and (toy.root / "secret/s.txt").exists()


@as_root
@pytest.mark.parametrize("place", ["out", "out / 'd'"])
def test_a_cell_that_takes_rights_away_blocks_nothing(toy, place):
    cell = f"(out / 'd').mkdir()\n(out / 'd/f').touch()\n(out / 'd/f').chmod(0)\n({place}).chmod(0)"
    _own(toy, cell)
    for more in ((), ("--force",)):
        text = _calm(toy.run("run", *more, LIMITED="1"), int(place == "out"))
        assert ("2 reports made" if place != "out" else "nothing could be written") in text
        assert not (toy.reports / ".staging").exists()
    _own(toy, f"{cell}\nos.kill(os.getpid(), 9)")
    _calm(toy.run("run", LIMITED="1"), 1)
    assert "killed" in toy.manifest("a/1")["error"] and not (toy.reports / ".staging").exists()


@pytest.mark.parametrize("what", ["link", "dead link", "file"])
def test_what_stands_in_the_place_of_the_staging_folder_gives_way(toy, what):
    _own(toy).reports.mkdir()
    (toy.root / "kept").mkdir()
    (toy.root / "kept/f").touch()
    place = toy.reports / ".staging"
    place.touch() if what == "file" else place.symlink_to(toy.root / ("kept" if what == "link" else "nowhere"))
    _calm(toy.run("run"))
    assert (toy.root / "kept/f").exists() and not os.path.lexists(place)


def test_a_disk_mounted_on_the_staging_folder_is_said_as_it_is(toy):
    (_own(toy).reports / ".staging").mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(toy.reports / ".staging")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount")
    text = toy.run("run")
    subprocess.run(["umount", "-l", str(toy.reports / ".staging")], check=False)
    assert ".staging cannot be removed (Device or resource busy" in _calm(text, 2)


@on_linux
def test_a_run_whose_process_is_killed_says_so_and_the_next_goes_on(toy):
    _own(toy, "import time\nwhile not os.path.exists(os.environ['PRESS_ROOT'] + '/go'): time.sleep(.05)")
    driver, output = toy.start("run")
    until((toy.reports / ".staging/000000/.journal").exists, output.read_text)
    child = int(Path(f"/proc/{driver}/task/{driver}/children").read_text().split()[0])
    os.kill(child, signal.SIGKILL)
    until(lambda: not running(driver))
    assert "was ended by signal 9" in output.read_text()
    (toy.root / "go").touch()
    _calm(toy.run("run"))
    assert not (toy.reports / ".staging").exists()


@as_root
def test_a_report_that_cannot_be_read_stops_no_other(toy):
    _calm(_own(toy).run("run"))
    os.chown(toy.reports / "a/1", OTHER, OTHER)
    (toy.reports / "a/1").chmod(0o700)
    (toy.root / "requirements.lock").write_text("changed")
    assert "2 of 2" in _calm(toy.run("plan", LIMITED="1"))
    text = _calm(toy.run("run", LIMITED="1"), 1)
    assert "1 reports made" in text and "a/1" in text and toy.manifest("a/0")["status"] == "ok"


@pytest.mark.parametrize(
    ("place", "what"),
    [
        *((place, "FIFO") for place in ("a/0/r.csv", "a/0/notebook.ipynb", "a/0/en/index.html", "index.html")),
        *(("a/0/manifest.json", what) for what in ("FIFO", "device", "folder")),
        ("../.cache/press.json", "FIFO"),
    ],
)
def test_what_is_no_file_is_read_by_nobody_and_gives_way(toy, place, what):
    _calm(_own(toy, count=1).run("run"))
    path = toy.reports / place
    before = path.read_bytes()
    path.unlink()
    {"FIFO": os.mkfifo, "device": lambda p: p.symlink_to("/dev/zero"), "folder": os.mkdir}[what](path)
    for word in ("plan", "run"):
        _calm(toy.run(word))
    assert path.is_file() and not path.is_symlink() and ("json" in place or path.read_bytes() == before)
    assert "up to date" in _calm(toy.run("plan"))


@pytest.mark.parametrize("place", ["data/toy.csv", "requirements.lock"])
def test_a_table_that_is_a_fifo_keeps_no_plan_waiting(project, place):
    _calm(project.run("run"))
    (project.root / place).unlink()
    os.mkfifo(project.root / place)
    assert Path(place).name in _calm(project.run("plan"))


@pytest.mark.parametrize(("memory", "code"), [("999999999", 0), ("1", 1)])
def test_more_memory_than_there_is_and_less_than_is_needed(toy, memory, code):
    text = _calm(_own(toy, count=1).run("run", "--memory", memory), code)
    assert not code or "MB before it begins (--memory)" in text


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_commit_is_that_of_the_project_whatever_the_environment_says(toy, monkeypatch, tmp_path):
    from press import batch

    roots = [Path(os.fsdecode(os.fsencode(tmp_path / "x") + b"\xff")), tmp_path / "y"]
    for root in roots:
        for words in (["init", "-q", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", root.name[0], "--allow-empty"]):  # fmt: skip
            root.mkdir(exist_ok=True)
            subprocess.run(["git", *words], cwd=root, check=True)
    monkeypatch.setenv("PRESS_ROOT", str(roots[0]))
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=roots[0], capture_output=True, text=True, check=True)
    monkeypatch.setenv("GIT_DIR", str(roots[1] / ".git"))
    assert batch._commit() == said.stdout.strip()


def test_a_project_in_a_folder_whose_name_is_not_utf8_is_made(tmp_path, zygote):
    from conftest import Toy

    toy = _own(Toy(Path(os.fsdecode(os.fsencode(tmp_path / "p") + b"\xff")), zygote), count=1)
    subprocess.run(["git", "init", "-q", "."], cwd=toy.root, check=True)
    done = _command(toy, "run", errors="replace")
    _calm(done)
    assert toy.manifest("a/0")["status"] == "ok"


@pytest.mark.parametrize("said", ["PYTHONOPTIMIZE=1", "PYTHONOPTIMIZE=2", "PYTHONWARNINGS=error", "PYTHONDEVMODE=1"])
def test_what_the_environment_says_to_python_hides_no_failure_and_makes_none(toy, said):
    _own(toy, "assert os.sep == '', 'seen'", count=1)
    name, _, value = said.partition("=")
    done = _command(toy, "run", before=["env", f"{name}={value}"])
    assert done.returncode == 1 and "AssertionError: seen" in done.stdout
    _own(toy, "1", count=1)
    _calm(_command(toy, "run", before=["env", f"{name}={value}"]))


def test_text_is_read_as_utf8_whatever_the_locale(project):
    project.notebook("a", "import os\nprint(open(os.environ['PRESS_ROOT'] + '/data/units.csv').read())")
    locale = ["LC_ALL=C", "PYTHONUTF8=0", "PYTHONCOERCECLOCALE=0"]
    _calm(_command(project, "run", before=["env", *locale]))
    assert "Hà Nội" in project.page("a/default")


def test_nohup_holds(toy):
    _own(toy, "import time\nwhile not os.path.exists(os.environ['PRESS_ROOT'] + '/go'): time.sleep(.05)", count=1)
    command = ["nohup", sys.executable, "-m", "press", "run"]
    environment, pipe = os.environ | {"PRESS_ROOT": str(toy.root)}, subprocess.PIPE
    driver = subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
    until((toy.reports / ".staging/000000/.journal").exists)
    driver.send_signal(signal.SIGHUP)
    (toy.root / "go").touch()
    assert "1 reports made" in driver.communicate(timeout=PATIENCE)[0] and driver.returncode == 0


def test_started_by_what_waits_for_no_children_it_ends_as_ever(toy):
    _own(toy, "os.kill(os.getpid(), 9 * n)")
    done = _command(toy, "run", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert "1 reports made, 1 failed" in _calm(done, 1) and "killed (signal 9)" in toy.manifest("a/1")["error"]


@pytest.mark.parametrize("terminal", ["xterm", "dumb"])
def test_a_terminal_that_halts_who_prints_from_another_group_halts_nothing(project, terminal):
    import fcntl
    import termios

    ours, theirs = os.openpty()
    modes = termios.tcgetattr(theirs)
    modes[3] |= termios.TOSTOP
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    driver = subprocess.Popen(
        [sys.executable, "-m", "press", "run"],
        env=os.environ | {"PRESS_ROOT": str(project.root), "TERM": terminal},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509
    )
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # read as it comes: a terminal that nobody reads holds the driver up
        while select.select([ours], [], [], PATIENCE)[0] and (part := os.read(ours, 100_000)):
            said += part
    os.close(ours)
    assert driver.wait(PATIENCE) == 0
    assert b"1 reports made" in said and (b"\x1b" in said) is (terminal == "xterm")


@on_linux
def test_a_report_that_closes_what_its_process_opened_keeps_no_processor_busy(tmp_path):
    said = """
        import os, time
        from types import SimpleNamespace as Some
        from press.executors.local import Local

        def closes(job):
            os.closerange(3, 1000)
            time.sleep(1)
            os._exit(0)

        job, asked = Some(run=Some(timeout=60), folder=".", console=os.devnull), []
        ended = list(Local(1, 60).map(closes, [job], asked.append))
        print([one.why for one in ended], len(asked) < 100)
    """
    command = [sys.executable, "-P", "-c", textwrap.dedent(said)]
    done = subprocess.run(command, check=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "[None] True\n"


def test_in_a_folder_that_was_removed_it_works_on(project, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    _calm(_command(project, "run", before=["sh", "-c", f'cd {gone}; rmdir {gone}; exec "$@"', "sh"]))


def test_without_an_input_a_notebook_finds_an_empty_one(project):
    project.notebook("a", "import sys\nsys.stdin.read()")
    _calm(_command(project, "run", before=["sh", "-c", 'exec <&-; exec "$@"', "sh"]))


@pytest.mark.parametrize(
    "asks", ["input()", "breakpoint()", "import getpass\ngetpass.getpass()", "import pdb; pdb.set_trace()"]
)
def test_a_cell_that_asks_is_told_that_nobody_answers(project, asks):
    project.notebook("a", asks)
    done = project.run("run")
    assert done.code == 1 and "nobody answers while a report is made" in project.manifest("a/default")["error"]


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_asking_for_the_commit_holds_up_no_other_use_of_the_repository(project):
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=project.root, check=True)
    index = project.root / ".git/index"
    before = index.stat().st_mtime_ns
    os.utime(project.root / "data/toy.csv", (1, 1))
    assert project.run("run").code == 0 and index.stat().st_mtime_ns == before  # not refreshed, for which it is locked


@pytest.mark.parametrize("field", ["status", "execution", "read", "rendering", "files", "error"])
def test_a_manifest_that_another_version_wrote_is_no_traceback(made, field, monkeypatch):
    from press import plan

    toy, _ = made
    manifest = toy.manifest("a/default")
    monkeypatch.setenv("PRESS_ROOT", str(toy.root))
    for said in ({}, {field: [1]}, {field: "x"}):
        rest = {name: value for name, value in manifest.items() if name not in (field, "seal")}
        plan.write_manifest(toy.reports / "a/default", rest | said)
        for word in ("plan", "status", "run"):
            _calm(toy.run(word))
    _calm(toy.run("run", "--force"))


def test_a_page_that_was_altered_is_not_printed(made):
    toy, _ = made
    _calm(toy.run("run"))
    (toy.reports / "a/default/en/index.html").write_text("altered")
    assert "a/default/en/index.html was altered since it was made" in _calm(toy.run("pdf", "a"), 2)
    assert not (toy.reports / "a/default/en/report.pdf").exists()


@pytest.mark.parametrize("words", [("run", "--only", ""), ("plan", "--only", "/"), ("pdf", "")])
def test_a_pattern_of_nothing_is_not_all(made, words):
    assert "none of these" in (text := _calm(made[0].run(*words), 2)) or "no run of the catalogue matches" in text


@pytest.mark.parametrize("harm", ["a full disk", "a conflict of git"])
def test_a_translation_made_by_hand_is_never_lost(project, harm):
    project.catalogue('[[report]]\nnotebook = "a"\n')
    file = project.root / "notebooks/locale/vi/a.po"
    if harm == "a conflict of git":
        file.write_text(file.read_text().replace("msgstr", "<<<<<<< HEAD\nmsgstr", 2))
    before = file.read_bytes()
    book = project.root / "notebooks/a.ipynb"
    book.write_text(book.read_text().replace("# a in English", "# a in plain English"))
    done = project.run("translate", **({"FILE_SIZE": "100"} if harm == "a full disk" else {}))
    assert "Traceback" not in done.text and done.code == 2, done.text
    assert file.read_bytes() == before


def test_a_full_disk_leaves_a_translated_copy_whole(project):
    project.catalogue('[[report]]\nnotebook = "a"\n')
    assert project.run("translate").code == 0
    copy = project.root / "lab/vi/a.ipynb"
    before = copy.read_bytes()
    project.notebook("a", "print(2)")
    done = project.run("translate", FILE_SIZE=str(len(before) // 2))
    assert "Traceback" not in done.text and done.code == 2, done.text
    assert copy.read_bytes() == before
