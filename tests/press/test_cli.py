"""The commands: what they say, and their exit codes."""

import subprocess
import sys

import pytest

from press import cli


@pytest.fixture
def project(toy):
    toy.notebook("a", "print(1)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    return toy


def test_help_names_every_command_and_exit_code(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(
        word in said
        for word in ("plan", "run", "status", "check", "prune", "clean", "facts", "fetch", "130", "exit codes")
    )


@pytest.mark.parametrize("command", ["plan", "run", "status", "check", "fetch", "prune", "clean"])
def test_every_command_has_help_of_its_own(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0 and "exit codes" in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["rum"])
    assert stop.value.code == 2 and "invalid choice" in capsys.readouterr().err


def test_facts_has_commands_of_its_own(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["facts", "--help"])
    assert stop.value.code == 0 and "verify" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", ["0", "-1"])
def test_no_jobs_is_refused(project, jobs):
    done = project.run("run", "--jobs", jobs)
    assert done.code == 2 and "expected 1 or more" in done.text


def test_a_missing_catalogue_is_refused_with_2(toy):
    done = toy.run("plan")
    assert done.code == 2 and "reports.toml is missing" in done.text and "Traceback" not in done.text


def test_status_counts_what_is_made_out_of_date_and_failed(project):
    assert "0 up to date, 0 out of date, 0 failed, 1 not made" in project.run("status").text
    project.run("run")
    assert "1 up to date" in project.run("status").text
    project.notebook("a", "1 / 0")
    assert "1 out of date" in project.run("status").text
    project.run("run")
    assert "1 failed" in project.run("status").text and "ZeroDivisionError" in project.run("status").text


@pytest.mark.parametrize("path", [None, ""], ids=["with what there is", "without a browser"])
def test_pdf_prints_a_report_beside_its_page(project, path):
    project.run("run")
    done = project.run("pdf", "a/default", **({} if path is None else {"PATH": path}))
    assert done.code == 0 and "reports/a/default/en/report.pdf" in done.text
    assert (project.reports / "a/default/en/report.pdf").read_bytes().startswith(b"%PDF")
    assert "0 of 1" in project.run("plan").text


def test_pdf_of_a_report_not_made_says_how_to_make_it(project):
    done = project.run("pdf", "a/default")
    assert done.code == 2 and "helpers run --only a/default" in done.text


def test_clean_empties_reports_but_its_readme(project):
    project.run("run")
    (project.reports / "README.md").write_text("kept")
    assert project.run("clean").code == 0
    assert [p.name for p in project.reports.iterdir() if p.name != ".lock"] == ["README.md"]


def test_one_line_a_report_where_there_is_no_terminal(project):
    said = project.run("run").text
    assert (
        said.splitlines()[0].startswith("[1/1] a/default/en  ")
        and "1 reports made, 0 failed" in said
        and "\x1b" not in said
    )


def test_a_live_bar_on_a_terminal(monkeypatch, capsys):
    from types import SimpleNamespace

    from press import progress

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress.Progress(2) as shown:
        shown.waiting(["05_province/kon-tum/en"])
        shown.finished(SimpleNamespace(run=SimpleNamespace(id="a"), status="failed", error="ValueError: x", seconds=1))
        shown.waiting(["05_province/kon-tum/vi"])
    said = capsys.readouterr().out
    assert "0 made, 1 failed, 1 left" in said and "05_province/kon-tum/vi" in said and "ValueError: x" in said


def test_planning_imports_nothing_heavy(project):
    code = (
        "import sys; from helpers import cli; cli.main(['plan']); cli.main(['status']); "
        "print([m for m in ('pandas', 'numpy', 'papermill', 'matplotlib', 'IPython', 'nbconvert', 'rich', 'jinja2') if m in sys.modules])"
    )
    environment = {"PRESS_ROOT": str(project.root), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_with_nothing_to_do_imports_nothing_heavy(project):
    project.run("run")
    code = (
        "import sys; from helpers import cli; cli.main(['run']); "
        "print([m for m in ('pandas', 'numpy', 'papermill', 'matplotlib', 'IPython', 'nbconvert', 'rich', 'jinja2') if m in sys.modules])"
    )
    environment = {"PRESS_ROOT": str(project.root), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert "all up to date" in done.stdout and done.stdout.splitlines()[-1] == "[]"


def test_nothing_outside_the_project_is_written(project, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PRESS_ROOT": str(project.root), "HOME": str(home), "TMPDIR": str(home), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", "press.cli", "run"], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(home.iterdir()) == []
    assert {p.name for p in project.root.iterdir()} <= {
        ".cache",
        "data",
        "notebooks",
        "reports",
        "reports.toml",
        "requirements.lock",
    }
