"""What happens to a cluster in the middle of a run, and what must be seen at its end."""

import os
import re
import shutil
import signal
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
from conftest import PATIENCE, printed, running, until, warmed
from dask_processes import Processes

SIX = '[[report]]\nnotebook = "05_toy"\nover = { province = "provinces", n = [1, 2] }\n'
# with a folder "gate" two reports are made, and the others only when there is a file "open" in it
CELLS = (
    "import os, pathlib, time\ntime.sleep(float(os.environ.get('TOY_SLEEP', 0)))",
    """
gate = pathlib.Path({gate!r})
for turn in ("first", "second"):
    try:
        (gate / turn).touch(exist_ok=False)
        break
    except FileNotFoundError:
        break
    except FileExistsError:
        pass
else:
    while not (gate / "open").exists():
        time.sleep(0.02)
""",
    "print(province, {'a', 'b', 'c'})",
)
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def warm_dask():
    """The warmed process whose forks become schedulers and workers."""
    with warmed("distributed.cli.dask_scheduler", "distributed.cli.dask_worker", "dask.cli") as process:
        yield process


@pytest.fixture
def dask(tmp_path, warm_dask):
    """Return processes of a cluster, none started."""
    made = Processes(tmp_path / "dask", warm_dask)
    yield made
    made.end()


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory, warm_dask):
    """Return processes of a cluster that no test ends: a scheduler and a worker."""
    made = Processes(tmp_path_factory.mktemp("one"), warm_dask)
    yield made, made.scheduler(), made.worker()
    made.end()


@pytest.fixture
def project(toy):
    """Return a toy project of six reports."""
    gate = str(toy.root / "gate")
    toy.notebook(
        "05_toy", *(c.replace("{gate!r}", repr(gate)) for c in CELLS), parameters='province: str = "62"\nn: int = 1'
    )
    toy.catalogue(SIX)
    return toy


def _end(process, output):
    until(lambda: not running(process), output.read_text)
    return output.read_text()


def _start(project, dask, *more):
    return project.start("run", "--cluster", dask.address, *more)


def _start_two(project, dask, *more):
    """Start a run and wait until two of its reports are made; no other is before :func:`_go_on`."""
    (project.root / "gate").mkdir()
    driver, output = _start(project, dask, *more)
    printed(output, "[2/6]", driver)
    return driver, output


def _go_on(project):
    (project.root / "gate" / "open").touch()


def _complete(project, said):
    assert "6 reports made, 0 failed" in said
    pages = [name for name in project.files() if name.endswith("en/index.html")]
    assert len(pages) == 6 and "0 of 6" in project.run("plan").text
    assert not (project.reports / ".staging").exists()


def _served_by(worker):
    listed = subprocess.run(
        ["pgrep", "-P", str(worker.pid), "-f", "press worker"], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in listed.stdout.split()]


def test_a_worker_killed_in_the_middle_loses_nothing(project, dask):
    dask.scheduler()
    first, _ = dask.worker(), dask.worker()
    driver, output = _start_two(project, dask)
    first.kill()
    _go_on(project)
    _complete(project, _end(driver, output))


def test_a_worker_killed_under_its_nanny_comes_back(project, dask):
    dask.scheduler()
    nanny = dask.worker(nanny=True)
    driver, output = _start_two(project, dask)
    subprocess.run(["pkill", "-KILL", "-P", str(nanny.pid), "-f", "spawn_main"], check=True)
    _go_on(project)
    _complete(project, _end(driver, output))


def test_the_process_that_makes_reports_killed_is_started_again(project, dask):
    dask.scheduler()
    worker = dask.worker()
    driver, output = _start_two(project, dask)
    (serving,) = until(lambda: _served_by(worker), output.read_text)
    os.kill(serving, signal.SIGKILL)
    _go_on(project)
    _complete(project, _end(driver, output))


def test_a_scheduler_gone_for_good_leaves_a_list_of_what_was_not_made(project, dask):
    scheduler = dask.scheduler()
    dask.worker()
    driver, output = _start_two(project, dask, "--patience", "10")
    scheduler.kill()
    said = _end(driver, output)
    assert len([n for n in project.files() if n.endswith("en/index.html")]) == 2
    assert "2 reports made, 4 failed" in said and said.count("failed: 05_toy/") == 4
    assert f"the scheduler at {dask.address} was away for 10 s" in said and "4 of 6" in project.run("plan").text
    _go_on(project)
    assert project.run("run").code == 0 and "0 of 6" in project.run("plan").text


def test_workers_gone_for_good_leave_a_list_of_what_was_not_made(project, dask):
    dask.scheduler()
    worker = dask.worker()
    driver, output = _start_two(project, dask, "--patience", "10")
    worker.kill()
    said = _end(driver, output)
    assert "no worker was there for 10 seconds" in said and said.count("failed: 05_toy/") == 4


def test_no_worker_from_the_start_makes_nothing_and_says_so(project, dask):
    dask.scheduler()
    done = project.run("run", "--cluster", dask.address, "--patience", "10")
    assert done.code == 2 and "no worker was there for 10 seconds" in done.text
    assert not (project.reports / "05_toy").exists()


def _environment(folder):
    """Make an environment with the packages of this one; return its Python and the folder of its packages."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for place in Path(sysconfig.get_path("purelib")).iterdir():
        (packages / place.name).symlink_to(place)
    return folder / "bin" / "python", packages


@pytest.fixture
def other(tmp_path):
    """Return the Python of an environment where this package has one more comment."""
    import press

    python, packages = _environment(tmp_path / "other")
    shutil.copytree(Path(press.__file__).parent, packages / "press")
    with open(packages / "press" / "site.py", "a", encoding="utf-8") as file:
        file.write("# one more line\n")
    return python


def test_a_worker_with_another_version_is_refused_by_both_names_and_the_others_go_on(project, dask, other):
    dask.scheduler()
    dask.worker(python=other)
    dask.worker()
    said = project.run("run", "--cluster", dask.address).text
    _complete(project, said)
    (line,) = {line for line in said.splitlines() if line.startswith("worker tcp://")}
    assert "refused: code of press" in line and " there, " in line and "Give it this checkout" in line


def test_where_every_worker_is_refused_nothing_is_made(project, dask, other):
    dask.scheduler()
    dask.worker(python=other)
    done = project.run("run", "--cluster", dask.address)
    assert done.code == 2 and "every worker was refused" in done.text
    assert not (project.reports / "05_toy").exists()


def test_a_worker_without_a_locked_package_is_refused(project, dask, tmp_path):
    python, packages = _environment(tmp_path / "other")
    next(packages.glob("numpy-*.dist-info")).unlink()
    (project.root / "requirements.lock").write_text("numpy==1\n")
    dask.scheduler()
    dask.worker(python=python)
    done = project.run("run", "--cluster", dask.address)
    assert done.code == 2 and "numpy not installed there, 2." in done.text


def _certificate(folder):
    """Make a certificate as docs/cluster/tls.sh does; return what it sets."""
    script = Path(__file__).parents[2] / "docs" / "cluster" / "tls.sh"
    folder.mkdir()
    said = subprocess.run(["sh", "-c", f". '{script}' && env"], cwd=folder, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in said.stdout.splitlines() if line.startswith("DASK_DISTRIBUTED__COMM__"))


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_only_who_has_the_certificate_is_answered(project, dask, tmp_path):
    ours, theirs = _certificate(tmp_path / "ours"), _certificate(tmp_path / "theirs")
    dask.protocol = "tls"
    dask.scheduler(**ours)
    dask.worker(**ours)
    stranger = project.run("run", "--cluster", dask.address, "--patience", "3", **theirs)
    assert stranger.code == 2 and "no Dask scheduler answers" in stranger.text
    plain = project.run("run", "--cluster", dask.address.replace("tls", "tcp"), "--patience", "3")
    assert plain.code == 2 and "no Dask scheduler answers" in plain.text
    _complete(project, project.run("run", "--cluster", dask.address, **ours).text)


def test_nothing_but_the_address_that_was_said_listens(one_worker):
    _, scheduler, worker = one_worker
    listed = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=False).stdout.splitlines()
    own = [line.split()[3] for line in listed if re.search(rf"pid=({scheduler.pid}|{worker.pid}),", line)]
    if not own:
        pytest.skip("ss is not there to list what listens")
    assert all(address.startswith("127.0.0.1:") for address in own)


def test_what_a_worker_sends_is_never_unpickled(project, one_worker):
    import distributed

    class Harm:
        def __reduce__(self):
            return exec, (f"open({str(project.root / 'harmed')!r}, 'w')",)

    readers = ["dask", "msgpack", "error"]  # as the driver's
    client = distributed.Client(one_worker[0].address, set_as_default=False, deserializers=readers)
    with client, pytest.raises(TypeError):
        client.submit(Harm, pure=False).result(timeout=PATIENCE)
    assert not (project.root / "harmed").exists()


def test_a_slow_worker_delays_and_loses_nothing(project, dask):
    dask.scheduler()
    dask.worker(TOY_SLEEP="1")
    dask.worker()
    driver, output = _start(project, dask)
    _complete(project, _end(driver, output))


def test_the_reports_of_a_frozen_worker_are_made_by_another(project, dask):
    dask.scheduler(DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="10s")
    frozen, _ = dask.worker(), dask.worker()
    driver, output = _start_two(project, dask)
    frozen.send_signal(signal.SIGSTOP)
    _go_on(project)
    _complete(project, _end(driver, output))


def test_a_report_larger_than_the_memory_allowed_fails_alone_on_a_worker(project, one_worker):
    project.notebook("06_large", "b = bytearray(3 * 10**9)")
    project.catalogue(SIX + '[[report]]\nnotebook = "06_large"\n')
    said = project.run("run", "--cluster", one_worker[0].address, "--memory", "1500").text
    assert "6 reports made, 1 failed" in said
    assert "may take: 1500 MB (python -m press run --memory)" in project.manifest("06_large/default")["error"]


def test_a_driver_killed_in_the_middle_leaves_whole_reports_and_the_next_run_completes_them(project, dask):
    dask.scheduler()
    dask.worker()
    driver, output = _start_two(project, dask)
    os.kill(driver, signal.SIGKILL)
    _end(driver, output)
    _go_on(project)
    assert project.run("run", "--cluster", dask.address).code == 0
    assert "0 of 6" in project.run("plan").text and not (project.reports / ".staging").exists()


def test_an_interrupted_driver_keeps_what_is_finished(project, dask):
    dask.scheduler()
    dask.worker()
    driver, output = _start_two(project, dask)
    os.kill(driver, signal.SIGINT)
    assert "goes on from there" in _end(driver, output)
    assert not (project.reports / ".staging").exists() and "4 of 6" in project.run("plan").text


def test_no_process_outlives_a_killed_worker(project, dask):
    dask.scheduler()
    worker = dask.worker(TOY_SLEEP="1000")
    driver, output = _start(project, dask)
    (found,) = until(lambda: _served_by(worker), output.read_text)
    children = until(lambda: _children(found), output.read_text)
    worker.kill()
    worker.wait()
    until(lambda: not any(map(running, [found, *children])))
    os.kill(driver, signal.SIGKILL)
    _end(driver, output)


def _children(pid):
    listed = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in listed.stdout.split()]


def test_what_a_workers_environment_says_to_python_hides_no_failure(project, dask):
    project.notebook("05_toy", "assert province == '', 'seen'", parameters='province: str = "62"\nn: int = 1')
    dask.scheduler()
    dask.worker(PYTHONOPTIMIZE="1")
    done = project.run("run", "--cluster", dask.address)
    assert done.code == 1 and "6 failed" in done.text and "AssertionError: seen" in done.text
