"""The commands: what they say, and their exit codes."""

import html
import json
import os
import re
import shlex
import subprocess
import sys
import unicodedata

import pytest

from press import catalogue, cli


@pytest.fixture
def project(toy):
    toy.notebook("a", "print(1)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    return toy


@pytest.fixture
def asking(project):
    """A project whose notebook has parameters of every kind."""
    project.notebook(
        "b",
        "print(repr((place, year, share, show, years)))",
        parameters='place: str = "62"\nyear: int = 2011\nshare: float = 0.5\nshow: bool = True\nyears: list[int] = [2006]',
    )
    return project


def test_one_report_with_other_parameters_is_filed_below_interactive(asking):
    done = asking.run("report", "b", "place=01", "year=2020", "show=false", "years=[2006, 2008]")
    (page,) = (line for line in done.text.splitlines() if line.endswith("en/index.html"))
    assert done.code == 0 and page.startswith("reports/interactive/b/")
    said = (asking.root / page).read_text(encoding="utf-8").replace("&#39;", "'")
    assert "('01', 2020, 0.5, False, [2006, 2008])" in said
    assert "press report b place=01 year=2020 show=false &#39;years=[2006, 2008]&#39;".replace("&#39;", "'") in said
    assert "1 reports in the catalogue" in asking.run("status").text and "0 reports removed" in asking.run("prune").text


def test_a_list_may_be_written_without_quotes_and_brackets_and_a_bare_number_is_named_in_the_title(asking):
    done = asking.run("report", "b", "years=2006, 2008", "year=2020")
    (page,) = (line for line in done.text.splitlines() if line.endswith("en/index.html"))
    said = (asking.root / page).read_text(encoding="utf-8")
    assert done.code == 0 and "[2006, 2008])" in said and "years 2006, 2008 · year 2020" in said
    assert [catalogue._meant(text, "list") for text in ("North", "[North, -South]")] == [["North"], ["North", "-South"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("c",), "there is no notebook 'c'; known: a, b."),
        (("b", "yeer=2020"), "'yeer=2020': expected PARAMETER=VALUE, a parameter of b; did you mean year"),
        (("b", "year"), "'year': expected PARAMETER=VALUE"),
        (("b", "year=soon"), "year = 'soon' is str, the notebook says int"),
        (("b", "years=2006"), "years = 2006 is int, the notebook says list[int]"),
        (("b", "share=NaN"), "share = nan is float, the notebook says float. Expected text, finite numbers"),
    ],
)
def test_a_report_that_cannot_be_asked_for_is_refused(asking, words, said):
    done = asking.run("report", *words)
    assert done.code == 2 and said in done.text and not (asking.reports / "interactive").exists()


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("n=5", "5"),
        ("n=null", "None"),
        ("n=five", "'five'"),
        ('n="5"', "'5'"),
        ("n=[1]", "[1]"),
        ('d={"a": 1}', "{'a': 1}"),
    ],
)
def test_what_may_be_anything_is_read_as_json_where_it_is_such(toy, word, found):
    toy.notebook("a", "print('found', repr(n if n != 0 else d))", parameters="n = None\nd: dict = {}")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    done = toy.run("report", "a", *(["n=0"] if word[0] == "d" else []), word)
    page = (toy.root / done.text.splitlines()[-2]).read_text("utf-8").replace("&#39;", "'").replace("&#34;", '"')
    assert done.code == 0 and f"found {found}" in page
    assert "d = 5 is int, the notebook says dict" in toy.run("report", "a", "d=5").text


def test_reports_with_one_value_for_another_parameter_have_folders_of_their_own(toy):
    toy.notebook("a", "print('x is', x, 'and n', n)", parameters="x = 0\nn = 0")
    entries = ["x = 1", "n = 1", "x = 2"]
    toy.catalogue("".join(f'[[report]]\nnotebook = "a"\nparameters = {{ {given} }}\n' for given in entries))
    assert toy.run("report", "a", "x=1").code == toy.run("report", "a", "n=1").code == toy.run("run").code == 0
    for name, said in {"a/1": "1 and n 0", "a/n.1": "0 and n 1", "a/2": "2 and n 0"}.items():
        assert f"x is {said}" in toy.page(name)
    assert "x is 1" in toy.page("interactive/a/x.1") and "n 1" in toy.page("interactive/a/n.1")


@pytest.mark.parametrize("name", ["a b", "-a", "a[1]", "it's", "k\u1ebf"])
def test_what_is_said_to_run_again_can_be_pasted(toy, name):
    toy.notebook(name, "1 / 0")
    toy.notebook("z", "1 / 0")
    toy.catalogue(f'[[report]]\nnotebook = "{name}"\n[[report]]\nnotebook = "z"\n')
    one = toy.run("run", "--jobs", "1").text.splitlines()[-1].partition("; one: ")[2]
    again = re.search("<code>(python -m press run --force.*)</code>", html.unescape(toy.page(f"{name}/default")))[1]
    for line in (one, again):
        assert (
            "0 reports made, 1 failed" in (said := toy.run(*shlex.split(line)[3:]).text) and f"failed: {name}/" in said
        )


def test_letters_written_in_two_ways_are_one_name(toy):
    toy.notebook(unicodedata.normalize("NFD", "kế"), "1")
    toy.notebook("b", "1")
    toy.catalogue('[[report]]\nnotebook = "kế"\n[[report]]\nnotebook = "b"\nafter = ["kế"]\n')
    assert toy.run("run").code == 0 and toy.run("report", "kế").code == 0
    assert "1 reports made" in toy.run("run", "--force", "--only", "kế").text


def test_help_names_every_command_and_exit_code(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert stop.value.code == 0
    assert all(word in said for word in ("plan", "run", "render", "status", "pdf", "prune", "130", "exit codes"))


@pytest.mark.parametrize("command", ["plan", "run", "render", "report", "status", "translate", "prune"])
def test_every_command_has_help_of_its_own(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])
    assert stop.value.code == 0 and "exit codes" in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_2(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["rum"])
    assert stop.value.code == 2 and "invalid choice" in capsys.readouterr().err


def test_called_bare_it_helps(capsys):
    assert cli.main([]) == 0 and "is a harmless start" in capsys.readouterr().out


def test_it_says_its_version(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out.split()[1][0].isdigit()


class _Point:
    def __init__(self, name, add):
        self.name, self.load = name, lambda: add


def _count(commands):
    """Count to a number."""
    parser = commands.add_parser("count", help="count to a number")
    parser.add_argument("number", type=int)
    parser.set_defaults(act=lambda args: args.number)


def test_other_packages_add_commands_by_an_entry_point(monkeypatch, capsys):
    points = {"press.commands": [_Point("count", _count)], "console_scripts": []}
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points[group])
    assert cli.main(["count", "7"]) == 7
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "count to a number" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", ["0", "-1"])
def test_no_jobs_is_refused(project, jobs):
    done = project.run("run", "--jobs", jobs)
    assert done.code == 2 and "expected a number, more than 0" in done.text


def test_a_missing_catalogue_is_refused_with_2(toy):
    done = toy.run("plan")
    assert done.code == 2 and "reports.toml is missing" in done.text and "Traceback" not in done.text


def test_status_counts_what_is_made_out_of_date_and_failed(project):
    assert "0 up to date, 0 out of date, 0 with pages out of date, 0 failed, 1 not made" in project.run("status").text
    project.run("run")
    assert "1 up to date" in project.run("status").text
    project.notebook("a", "1 / 0")
    assert "1 out of date" in project.run("status").text
    project.run("run")
    assert "1 failed" in project.run("status").text and "ZeroDivisionError" in project.run("status").text


@pytest.mark.parametrize("path", [None, ""], ids=["with what there is", "without a browser"])
def test_pdf_prints_a_report_beside_its_page(project, path):
    project.run("run")
    done = project.run("pdf", "a/default/en", **({} if path is None else {"PATH": path}))
    assert done.code == 0 and "reports/a/default/en/report.pdf" in done.text
    assert (project.reports / "a/default/en/report.pdf").read_bytes().startswith(b"%PDF")
    assert "0 of 1" in project.run("plan").text


def test_a_page_that_is_written_again_has_no_pdf_of_what_it_was(project):
    project.run("run")
    project.run("pdf", "a/default/en")
    book = project.root / "notebooks" / "a.ipynb"
    cells = json.loads(book.read_text())
    cells["cells"].insert(0, {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# Corrected"})
    book.write_text(json.dumps(cells))
    project.run("run")
    assert "Corrected" in project.page("a/default") and not (project.reports / "a/default/en/report.pdf").exists()


def test_pdf_of_a_report_not_made_says_how_to_make_it(project):
    done = project.run("pdf", "a/default")
    assert done.code == 2 and "python -m press run --only a/default makes them" in done.text


def test_one_line_a_report_where_there_is_no_terminal(project):
    said = project.run("run").text
    assert (
        said.splitlines()[0].startswith("[1/1] a/default  ")
        and "1 reports made, 0 failed" in said
        and "\x1b" not in said
    )


def test_a_live_bar_on_a_terminal(monkeypatch, capsys):
    from types import SimpleNamespace

    from press import progress

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    shown = progress.Progress(2)
    shown.waiting(["05_province/ha-noi"])
    shown.finished(SimpleNamespace(run=SimpleNamespace(id="a"), status="failed", error="ValueError: x", seconds=1))
    shown.waiting(["05_province/kon-tum"])
    said = capsys.readouterr().out
    assert "0 made, 1 failed, 1 left" in said and "05_province/kon-tum" in said and "ValueError: x" in said


def test_what_did_not_change_is_not_shown_again(monkeypatch, capsys):
    from press import progress

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    shown = progress.Progress(1)
    for _ in range(300):
        shown.waiting(["05_province/ha-noi"])
    assert capsys.readouterr().out.count("ha-noi") == 1


def test_planning_imports_nothing_heavy(project):
    code = (
        "import sys; from press import cli; cli.main(['plan']); cli.main(['status']); "
        "print([m for m in ('pandas', 'numpy', 'papermill', 'matplotlib', 'IPython', 'nbconvert', 'rich', 'jinja2') if m in sys.modules])"
    )
    environment = {"PRESS_ROOT": str(project.root), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_with_nothing_to_do_imports_nothing_heavy(project):
    project.run("run")
    code = (
        "import sys; from press import cli; cli.main(['run']); "
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
        [sys.executable, "-m", "press", "run"], capture_output=True, text=True, env=environment, check=False
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


@pytest.mark.parametrize(
    "option",
    [
        ("--timeout", "nan"),
        ("--timeout", "0"),
        ("--timeout", "-1"),
        ("--patience", "inf"),
        ("--memory", "0"),
        ("--memory", "9" * 20),
    ],
)
def test_a_limit_that_is_none_is_refused(project, option):
    done = project.run("run", *option)
    assert done.code == 2 and f"argument {option[0]}: {option[1]}; expected" in done.text


def _shell(project, line, **env):
    environment = os.environ | {"PRESS_ROOT": str(project.root), "PYTHON": sys.executable} | env
    return subprocess.run(
        ["bash", "-c", line],
        cwd=project.root,
        capture_output=True,
        text=True,
        env=environment,
        timeout=200,
        check=False,
    )


@pytest.mark.parametrize(
    "said", [{"PYTHONHASHSEED": "5"}, {"MPLBACKEND": "junk"}, {"TZ": ":/etc/passwd"}, {"PYTHONINSPECT": "1"}], ids=str
)
def test_what_the_environment_says_to_python_or_to_plots_changes_nothing(project, said):
    project.notebook("a", "import datetime, matplotlib.pyplot\nprint(datetime.datetime.now().astimezone().utcoffset())")
    done = _shell(project, "$PYTHON -m press run < /dev/null", **said)
    assert (done.returncode, done.stderr) == (0, "") and "1 reports made" in done.stdout
    assert "0:00:00" in project.page("a/default")


def test_neither_locale_nor_terminal_of_who_runs_reaches_a_cell(project):
    project.notebook(
        "a", "import os, shutil\n[os.environ[n] for n in ('LC_ALL', 'LANGUAGE')], shutil.get_terminal_size().columns"
    )
    done = _shell(project, "$PYTHON -m press run", LC_ALL="C", LANGUAGE="vi", COLUMNS="20")
    assert done.returncode == 0 and "(['C.UTF-8', ''], 80)" in project.page("a/default").replace("&#39;", "'")


def test_what_a_person_says_of_threads_plots_and_long_numbers_reaches_no_cell(project):
    theirs = {"OPENBLAS_NUM_THREADS": "7", "MPLCONFIGDIR": "/their/own", "PYTHONINTMAXSTRDIGITS": "640"}
    look = "os.environ['OPENBLAS_NUM_THREADS'], '/.cache/' in os.environ['MPLCONFIGDIR'], sys.get_int_max_str_digits()"
    project.notebook("a", f"import os, sys\n{look}")
    done = _shell(project, "$PYTHON -m press run", **theirs)
    assert done.returncode == 0 and "('1', True, 4300)" in project.page("a/default").replace("&#39;", "'")


def test_a_file_in_the_place_of_the_cache_is_said_with_its_remedy(project):
    (project.root / ".cache").write_text("")
    done = project.run("run")
    assert (
        done.code == 2
        and "/.cache/matplotlib: Not a directory. Remove the file in its place, or above it." in done.text
    )


def test_a_root_given_as_a_dot_is_the_folder_one_stands_in(project):
    done = _shell(
        project,
        "for name in ${!MPL*} ${!IPYTHON*} ${!JUPYTER*}; do unset $name; done; $PYTHON -m press run",
        PRESS_ROOT=".",
    )
    assert done.returncode == 0 and (project.root / ".cache/matplotlib").is_dir(), done.stderr


def test_status_after_one_report_counts_no_page_that_leads_to_what_is_made(asking):
    asking.catalogue('[filed.year]\n[[report]]\nnotebook = "b"\nover = { year = [1, 2, 3] }\n')
    asking.run("run", "--only", "b/2")
    assert "1 up to date, 0 out of date, 0 with pages out of date, 0 failed, 2 not made" in asking.run("status").text


def test_a_report_that_was_asked_for_and_failed_says_how_to_make_it_again(asking):
    asking.notebook("b", "1 / 0", parameters="year: int = 2011")
    done = asking.run("report", "b", "year=2020")
    assert done.code == 1 and "to make it again: python -m press report b year=2020" in done.text
    assert "run --failed" not in done.text and "ZeroDivisionError" in done.text


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 900 + "]" * 900, "y" * 3000], ids=["open", "deep", "long"])
def test_a_value_of_a_report_that_cannot_be_is_refused_in_one_short_line(asking, text):
    done = asking.run("report", "b", f"year={text}")
    assert done.code == 2 and "the notebook says int" in done.text and len(done.text) < 250


def test_a_package_that_is_not_whole_is_said_in_one_line(project):
    (project.root / "broken/papermill").mkdir(parents=True)
    (project.root / "broken/papermill/__init__.py").touch()
    line = "import sys; sys.path.insert(0, 'broken'); from press.cli import main; sys.exit(main(['run']))"
    done = _shell(project, f'$PYTHON -c "{line}"')
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "install them again" in done.stderr


def test_hashes_seeded_by_the_user_change_nothing(project):
    done = _shell(project, "$PYTHON -m press run", PYTHONHASHSEED="5")
    assert done.returncode == 0 and "1 reports made" in done.stdout, done.stderr


def test_who_reads_the_output_does_not_decide_the_run(project):
    for closed in ("| head -0", ">&-", "> /dev/full"):
        done = _shell(project, f"$PYTHON -m press run --force {closed}; exit ${{PIPESTATUS[0]}}")
        assert (done.returncode, done.stderr) == (0, ""), closed
        assert project.manifest("a/default")["status"] == "ok"


def test_nothing_of_the_folder_one_stands_in_is_imported(project):
    for name in ("random", "pandas", "argparse", "json", "helpers"):
        (project.root / f"{name}.py").write_text("raise SystemExit('imported from where one stands')")
    (project.root / "matplotlibrc").write_text("figure.dpi: 7\n")
    project.notebook(
        "a",
        "import random, json, pandas, matplotlib.pyplot as plt, os\nplt.rcParams['figure.dpi'], os.environ.get('PYTHONPATH')",
    )
    done = _shell(project, "$PYTHON -m press run", PYTHONPATH=str(project.root), MATPLOTLIBRC=str(project.root))
    assert done.returncode == 0 and "imported from" not in done.stdout + done.stderr, done.stderr
    assert "(100.0, None)" in project.page("a/default").replace("&#39;", "'")


def test_a_message_in_a_terminal_without_utf8_is_no_error(project):
    project.notebook("a", "raise ValueError('không có đơn vị \\x1b[31m')")
    done = _shell(project, "$PYTHON -m press run", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (
        done.returncode == 1
        and "1 failed" in done.stdout
        and "Traceback" not in done.stderr
        and "\x1b" not in done.stdout
    )


def test_a_language_that_the_project_does_not_have_is_refused(project):
    done = project.run("translate", "--lang", "VI")
    assert done.code == 2 and "there is no language 'VI'" in done.text and not (project.root / "lab").exists()


def test_translations_are_brought_up_to_date_and_copied(project):
    project.notebook("a", ("md", "Some {eval}`1 + 1` text.\n\n```\ncode\n```"), "print(1)")
    said = project.run("translate", "--lang", "vi", "a").text
    assert "vi a: 2 messages, 1 to be translated" in said
    po = (project.root / "notebooks/locale/vi/a.po").read_text(encoding="utf-8")
    assert (
        "a tiếng Việt" in po
        and 'msgid "Some {eval}`1 + 1` text."\nmsgstr ""' in po
        and "code" not in po.replace("charset", "")
    )
    assert not [word for word in ("PROJECT", "ADDRESS", "FULL NAME", "fuzzy", "YEAR") if word in po]
    assert "# a tiếng Việt" in (project.root / "lab/vi/a.ipynb").read_text(encoding="utf-8")


def test_a_copy_made_by_duplicate_is_no_notebook_to_translate(project):
    project.notebook("a", "print(1)")
    project.notebook("a-Copy1", "print(1)")
    said = project.run("translate", "--lang", "vi").text
    assert "vi a:" in said and "Copy1" not in said
    assert not (project.root / "lab/vi/a-Copy1.ipynb").exists()


@pytest.fixture
def translated(project):
    """A notebook with a Vietnamese copy: how to bring the copy up to date, the copy, and how to change a cell of it."""
    project.notebook("a", "print(1)")

    def again(source="print(1)"):
        project.notebook("a", source)
        return project.run("translate", "--lang", "vi", "a").text

    again()
    copy = project.root / "lab/vi/a.ipynb"

    def change(**values):
        book = json.loads(copy.read_text(encoding="utf-8"))
        book["cells"][-1] |= values
        copy.write_text(json.dumps(book), encoding="utf-8")

    return again, copy, change


def test_a_copy_that_was_changed_by_hand_is_kept_and_named(translated):
    again, copy, change = translated
    change(source="print('mine')")
    said = again("print(2)")
    assert "mine" in copy.read_text(encoding="utf-8")
    assert "changed by hand, so kept as they are: lab/vi/a.ipynb; for a new copy, rename or remove yours" in said


def test_a_copy_that_is_no_notebook_any_more_is_kept(translated):
    again, copy, _ = translated
    copy.write_text("broken", encoding="utf-8")
    assert "kept as they are: lab/vi/a.ipynb" in again("print(2)") and copy.read_text(encoding="utf-8") == "broken"


def test_a_copy_that_was_only_run_follows_its_notebook(translated):
    again, copy, change = translated
    change(outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}], execution_count=1)
    assert "kept" not in again() and '"execution_count": 1' in copy.read_text(encoding="utf-8")
    assert "kept" not in again("print(2)") and "print(2)" in copy.read_text(encoding="utf-8")


def test_a_notebook_in_another_language_has_its_parameter_set_and_its_text_whole():
    from press import translate

    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": ["parameters"]},
            "source": ["n: int = 1\n", 'lang: str = "en"  # en, vi'],
        },
        {"cell_type": "code", "metadata": {}, "source": ['lang = "en"']},
    ]
    book = translate.in_language({"cells": cells}, "nowhere", "vi")
    assert ["".join(c["source"]) for c in book["cells"]] == ['n: int = 1\nlang: str = "vi"  # en, vi', 'lang = "en"']
    assert cells[0]["source"][1] == 'lang: str = "en"  # en, vi'


def test_what_is_said_beside_parameters_is_translated_and_the_code_is_not():
    from press import project, translate

    book = json.loads((project.notebooks() / "07_association.ipynb").read_text(encoding="utf-8"))
    both = [
        next("".join(c["source"]) for c in made["cells"] if "parameters" in c["metadata"].get("tags", []))
        for made in (book, translate.in_language(book, "07_association", "vi"))
    ]
    assert "năm đầu và năm cuối; để trống" in both[1] and "first and last year" not in both[1]
    code = [[line.partition("  #")[0] for line in text.splitlines()[:-1]] for text in both]
    assert code[0] == code[1] and len(code[0]) > 5
