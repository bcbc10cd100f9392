"""The runner: what runs, why, and what a run leaves."""

import html
import json
import os
import re
import shlex

import pytest
from conftest import READ_TABLE, SETTINGS, printed, until

from press import catalogue, plan, project

TWO = '[[report]]\nnotebook = "05_toy"\nover = { province = ["01", "62"] }\n'
PLACE = 'province: str = "62"  # code'


@pytest.fixture
def made(toy):
    toy.notebook("05_toy", READ_TABLE, "print(repr(province))", parameters=PLACE)
    toy.notebook("06_other", "print(1)")
    toy.catalogue(TWO + '[[report]]\nnotebook = "06_other"\n')
    assert toy.run("run").code == 0
    return toy


def test_a_leading_zero_is_kept(made):
    assert made.manifest("05_toy/ha-noi")["parameters"]["province"] == "01"
    assert "&#39;01&#39;" in made.page("05_toy/ha-noi", "en")


def test_a_report_holds_page_notebook_results_and_manifest(made):
    found = {name.removeprefix("05_toy/kon-tum/") for name in made.files() if name.startswith("05_toy/kon-tum/")}
    assert found == {
        "en/index.html",
        "en/words.txt",
        "vi/index.html",
        "vi/words.txt",
        "notebook.ipynb",
        "notebook.vi.ipynb",
        "results.csv",
        "manifest.json",
    }


def test_the_manifest_names_inputs_versions_and_outputs(made):
    manifest = made.manifest("05_toy/kon-tum")
    assert manifest["status"] == "ok" and list(manifest["read"]) == ["data/toy.csv"]
    read = {"notebooks/05_toy.ipynb", "requirements.lock", "installed packages", "parameters"}
    assert set(manifest["execution"]) == read
    assert {"press/templates/style.css", "vi/05_toy.po", "links and titles"} <= set(manifest["rendering"])
    pages = {f"{lang}/{name}" for lang in ("en", "vi") for name in ("index.html", "words.txt")}
    assert set(manifest["files"]) == pages | {"notebook.ipynb", "notebook.vi.ipynb", "results.csv"}
    assert manifest["versions"]["papermill"] and manifest["seconds"] > 0
    assert manifest["labels"]["province"]["vi"] == "Kon Tum"


def test_nothing_changed_runs_nothing(made):
    before = made.files()
    again = made.run("run")
    assert again.code == 0 and "all up to date" in again.text
    assert made.files() == before


def test_one_cell_of_one_table_reruns_only_its_readers(made):
    (made.root / "data" / "toy.csv").write_text("a\n2\n")
    plan = made.run("plan").text
    assert "05_toy/ha-noi  toy.csv changed" in plan and "06_other" not in plan
    assert "2 of 3 reports would run" in plan


def test_a_table_that_went_away_is_a_reason(made):
    (made.root / "data" / "toy.csv").unlink()
    assert "toy.csv is gone" in made.run("plan").text


def test_a_table_touched_but_equal_reruns_nothing(made):
    os.utime(made.root / "data" / "toy.csv", (1, 1))
    assert "0 of 3" in made.run("plan").text


def test_a_change_of_code_reruns_that_notebook_only(made):
    made.notebook("06_other", "print(2)")
    plan = made.run("plan").text
    assert "06_other/default  06_other.ipynb changed" in plan and "1 of 3" in plan


def test_outputs_and_metadata_of_a_notebook_do_not_count(made):
    path = made.root / "notebooks" / "06_other.ipynb"
    nb = json.loads(path.read_text())
    nb["metadata"]["language_info"] = {"name": "python"}
    nb["cells"][-1]["execution_count"] = 7
    nb["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["1"]}]
    path.write_text(json.dumps(nb))
    assert "0 of 3" in made.run("plan").text


def test_a_new_lock_file_reruns_everything(made):
    (made.root / "requirements.lock").write_text("numpy==2\n")
    assert "3 because requirements.lock changed" in made.run("plan").text


def test_a_lost_page_is_made_again(made):
    (made.reports / "06_other/default/en/index.html").unlink()
    assert "1 of 3" in made.run("plan").text
    made.run("run")
    assert made.page("06_other/default", "en")


def test_a_lost_index_is_written_again_without_running_anything(made):
    (made.reports / "index.vi.html").unlink()
    assert "all up to date" in made.run("run").text
    assert (made.reports / "index.vi.html").is_file()


def test_only_selects_by_part_and_by_pattern(made):
    assert "2 of 3" in made.run("plan", "--force", "--only", "05_toy").text
    assert "2 of 3" in made.run("plan", "--force", "--only", "0[5]*/*").text
    assert "3 of 3" in made.run("plan", "--force", "--only", "kon-tum", "--only", "*other*", "--only", "*ha-?oi").text
    wrong = made.run("plan", "--only", "kon-tumm")
    assert wrong.code == 2 and "no run of the catalogue matches; did you mean kon-tum" in wrong.text
    assert "did you mean 05_toy/kon-tum" in made.run("plan", "--only", "05_toy/kontum").text


def test_force_runs_what_is_up_to_date(made):
    assert "3 asked for" in made.run("plan", "--force").text


PACKAGE = {
    "__init__": "",
    "a": "def f():\n    from toybox.sub import b\n    return 'words.toml'\n",
    "sub/__init__": "",
    "sub/b": "from . import c",
    "sub/c": "import os",
    "unused": "",
}


@pytest.fixture
def package(toy, monkeypatch):
    """A project with a package of its own, toybox, that its notebook reaches in part."""
    monkeypatch.setenv("PRESS_ROOT", str(toy.root))
    monkeypatch.syspath_prepend(str(toy.root / "src"))
    for name, text in PACKAGE.items():
        file = toy.root / "src" / "toybox" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for name in ("words.toml", "other.toml"):
        (toy.root / "src" / "toybox" / name).touch()
    toy.notebook("a", "from toybox import a\na.f()")
    toy.catalogue('[[report]]\nnotebook = "a"\n', SETTINGS.replace("[project]", '[project]\ncode = ["toybox"]'))
    project.package.cache_clear()
    yield toy
    project.package.cache_clear()


def _inputs():
    runs, read = catalogue.read_catalogue()
    return plan.Inputs(runs, read, plan.Digests())


def test_the_modules_in_reach_are_inputs_with_the_files_they_name_and_no_others(package):
    found = {name.removeprefix("src/toybox/") for name in _inputs().modules("a")}
    assert found == {"__init__.py", "a.py", "sub/__init__.py", "sub/b.py", "sub/c.py", "words.toml"}


@pytest.mark.parametrize(("module", "counts"), [("unused", False), ("sub/c", True)])
def test_a_comment_counts_where_a_notebook_reaches_it(package, module, counts):
    runs, _ = catalogue.read_catalogue()
    before = _inputs().execution(runs[0])
    with (package.root / "src" / "toybox" / f"{module}.py").open("a") as file:
        file.write("# a comment\n")
    assert (_inputs().execution(runs[0]) != before) is counts


def test_a_failure_leaves_page_and_executed_part_and_the_others_go_on(toy):
    toy.notebook("05_toy", "print('before')", "if province == '01':\n    1 / 0", "print('never')", parameters=PLACE)
    toy.catalogue(TWO)
    done = toy.run("run")
    assert done.code == 1 and "1 reports made, 1 failed" in done.text
    assert (
        "failed: 05_toy/ha-noi: ZeroDivisionError: division by zero" in done.text
        and "python -m press run --failed" in done.text
    )
    page = toy.page("05_toy/ha-noi", "en")
    assert "ZeroDivisionError" in page and "before" in page and "province = &#34;01&#34;" in page
    assert toy.manifest("05_toy/ha-noi")["cell"] == 5
    outputs = [
        c.get("outputs") for c in json.loads((toy.reports / "05_toy/ha-noi/notebook.ipynb").read_text())["cells"]
    ]
    assert outputs[-3][0]["text"] == "before\n" and outputs[-2][0]["ename"] == "ZeroDivisionError" and outputs[-1] == []


def test_a_failed_report_is_tried_again_and_an_error_gives_way_to_a_good_report(toy):
    toy.notebook("a", "import os, pathlib\nassert (pathlib.Path(os.environ['PRESS_ROOT']) / 'now').exists()")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 1
    assert "failed last time" in toy.run("plan").text and "1 of 1" in toy.run("plan", "--failed").text
    (toy.root / "now").touch()
    assert toy.run("run", "--failed").code == 0
    assert toy.manifest("a/default")["status"] == "ok" and "0 of 1" in toy.run("plan").text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed (signal 9)"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import sys; sys.exit(4)", "SystemExit"),
    ],
)
def test_a_crash_ends_one_report_only(toy, code, said):
    toy.notebook("a", "print('before')", code)
    toy.notebook("b", "print('fine')")
    toy.catalogue('[[report]]\nnotebook = "a"\n[[report]]\nnotebook = "b"\n')
    done = toy.run("run")
    assert done.code == 1 and "1 reports made, 1 failed" in done.text
    assert said in toy.manifest("a/default")["error"] and toy.manifest("b/default")["status"] == "ok"
    assert "before" in toy.page("a/default", "en") and toy.manifest("a/default")["cell"] == 3


@pytest.mark.parametrize("child", ["pass", "raise ValueError('of the child')", "import sys; sys.exit(3)"])
def test_a_child_that_comes_out_of_its_cell_makes_no_report(toy, child):
    toy.notebook(
        "a", f"import os\nif (pid := os.fork()) == 0:\n    {child}\nelse:\n    os.waitpid(pid, 0)", "print('parent')"
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0 and "parent" in toy.page("a/default")
    assert toy.run("plan", "--verify").text.startswith("0 of 1")


@pytest.mark.parametrize("attached", [None, {}, {"map.png": {}}, {"map.png": "text"}, ["map.png"], "map.png"], ids=str)
def test_a_picture_that_is_not_attached_is_named_on_the_page(toy, attached):
    path = toy.notebook("a", ("md", "![a map](attachment:map.png)"), "1")
    book = json.loads(path.read_text("utf-8"))
    book["cells"][1] |= {"attachments": attached} if attached is not None else {}
    path.write_text(json.dumps(book), "utf-8")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0
    assert "a map [map.png: not attached to this cell]" in toy.page("a/default")


def test_an_endless_cell_is_stopped(toy):
    toy.notebook("a", "import subprocess\nsubprocess.run(['sleep', '1000'])")
    toy.catalogue('[[report]]\nnotebook = "a"\ntimeout = 1\n')
    done = toy.run("run")
    assert done.code == 1 and "stopped after 1 seconds" in done.text
    assert "Stopped" in toy.manifest("a/default")["error"]


def test_a_flood_of_output_is_cut_and_said_to_be(toy):
    toy.notebook("a", "for i in range(1000):\n    print('x' * 100_000)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0
    assert len(toy.page("a/default", "en")) < 1_000_000 and "[cut after" in toy.page("a/default", "en")


def test_two_runs_at_once_the_second_names_the_first(toy):
    toy.notebook(
        "a",
        "import time, os, pathlib\nwhile not (pathlib.Path(os.environ['PRESS_ROOT']) / 'go').exists(): time.sleep(.05)",
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    first, output = toy.start("run")
    until((toy.reports / ".staging" / "000000" / ".journal").exists, output.read_text)
    second = toy.run("run")
    assert second.code == 3 and f"process {first} on" in second.text and "since" in second.text
    (toy.root / "go").touch()
    printed(output, "1 reports made", first)


def test_the_same_inputs_give_the_same_bytes_anywhere(toy, toy_too):
    cells = (
        ("md", "A number: {eval}`province`, {eval}`1 / 3`."),
        "import matplotlib.pyplot as plt, os, pathlib, pandas as pd",
        "fig, ax = plt.subplots()\nax.plot([1, 2]); ax.legend(['đ']);",
        "pd.DataFrame({'a': [1, 2]}).style.highlight_max()",
        "print({'b', 'a', 'c'}, os.environ['PRESS_ROOT'], os.environ['PRESS_OUT'] + '/x')",
    )
    for there, text, jobs in ((toy, TWO, "2"), (toy_too, TWO.replace('["01", "62"]', '["62", "01"]'), "1")):
        there.notebook("05_toy", *cells, parameters=PLACE)
        there.catalogue(text)
        assert there.run("run", "--jobs", jobs).code == 0
    one, two = toy.files(), toy_too.files()
    kept = [n for n in one if not n.endswith("manifest.json") and "/" in n and "index" not in n]
    assert len(kept) == 2 * 4 and one.keys() == two.keys()
    assert [n for n in kept if one[n] != two[n]] == []
    for project_ in (toy, toy_too):  # neighbours differ with the order in the catalogue
        project_.catalogue(TWO, SETTINGS.partition("[filed")[0])
        project_.run("run")
    one, two = toy.files(), toy_too.files()
    assert [n for n in one if "/" in n and not n.endswith("manifest.json") and one[n] != two[n]] == []


@pytest.mark.parametrize(
    ("minor", "ids"),
    [(5, [None] * 5), (5, ["a"] * 5), (5, [None, "cell-0", "cell-2", None, "cell-3"]), (4, [None] * 5)],
    ids=["without", "twice the same", "those of others", "an older format"],
)
def test_a_notebook_without_good_ids_gives_the_same_bytes_each_time(toy, minor, ids):
    file = toy.notebook("a", "x + 1", ("md", "Of {eval}`x`"), "x + 2", parameters="x: int = 1")
    book = json.loads(file.read_text())
    for cell, name in zip(book["cells"], ids, strict=True):
        cell["id"] = name
        if name is None:
            del cell["id"]
    file.write_text(json.dumps(book | {"nbformat_minor": minor}))
    toy.catalogue('[[report]]\nnotebook = "a"\nparameters = { x = 2 }\n')
    assert toy.run("run").code == 0
    before = (toy.reports / "a/2/notebook.ipynb").read_bytes()
    assert len({cell["id"] for cell in json.loads(before)["cells"]}) == 6
    assert toy.run("run", "--force").code == 0
    assert (toy.reports / "a/2/notebook.ipynb").read_bytes() == before
    file.write_text(file.read_text().replace("Of ", "Here: "))
    assert toy.run("run").code == 0
    assert (toy.reports / "a/2/notebook.ipynb").read_bytes() == before.replace(b"Of ", b"Here: ")


def test_a_page_names_only_files_that_are_there_and_numbers_of_numpy_as_numbers(toy):
    opened = (
        "import numpy as np, os\ntry:\n    open('../data/none.csv')\nexcept OSError:\n    x = np.float64(3.5), np.True_"
    )
    toy.notebook("a", opened, "%%markdown\nHello to all", ("md", "{eval}`x[0]` of {eval}`x`, {eval}`'np.int64(1)'`"))
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0
    page, read = toy.page("a/default"), toy.manifest("a/default")["read"]
    assert "data/none.csv" in read and page.count("none.csv") == 1 and "&lt;unknown" not in page  # in the code alone
    assert "<p>3.5 of (3.5, True), np.int64(1)</p>" in html.unescape(page)


def test_reports_no_longer_asked_for_stay_until_pruned(made):
    made.catalogue(TWO)
    assert "1 reports are no longer in the catalogue" in made.run("run").text
    assert (made.reports / "06_other/default/en/index.html").exists() and "06_other" not in (
        made.reports / "reports.html"
    ).read_text()
    assert "removed 06_other/default" in made.run("prune").text
    assert not (made.reports / "06_other").exists() and (made.reports / "05_toy/kon-tum/vi/index.html").exists()


def test_interactive_work_is_never_pruned(made):
    kept = made.reports / "interactive" / "05_toy" / "x" / "manifest.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    made.run("prune")
    assert kept.exists()


def test_nothing_is_left_beside_the_reports(made):
    assert {p.name for p in made.reports.iterdir()} == {
        "05_toy",
        "06_other",
        *("index.html", "index.vi.html", "reports.html", "reports.vi.html"),
        "reports.csv",
        ".lock",
    }


def test_slugs_are_safe_and_keep_values_apart():
    hostile = ["../../etc", "a/b", "a b", "<script>", "a\nb", "", ".", "Đắk Lắk", "x" * 300, "x" * 301, 'q"q', "q'q"]
    hostile += ["Kon Tum", "-Kon Tum", [1, 2], [1, -2], [-1, 2], ["-Kon Tum", "-01"], ["Kon Tum", "01"]]
    slugs = [catalogue.slugify(value) for value in hostile]
    assert len(set(slugs)) == len(hostile) and all(
        set(s) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and 0 < len(s) <= 60 for s in slugs
    )
    assert catalogue.slugify("Đắk Lắk") == "dak-lak"


def test_two_values_have_two_names_and_words_with_strokes_keep_theirs():
    alike = [
        "Hùng",
        "Hưng",
        "hung",
        "hung ",
        "h-u",
        "h_u",
        "h u",
        "h,u",
        "1,5",
        "1.5",
        "15",
        "KT24-K2",
        "kt24_k2",
    ]  # capitals alone make no other name
    alike += [
        "-1",
        -1,
        [1.5, 2],
        [1, 5, 2],
        ["a", "b_c"],
        ["a_b", "c"],
        ["a", "b", "c"],
        [1, 5],
        [1.5],
        "",
        [""],
        [],
    ]
    assert len({catalogue.slugify(value, exact=True) for value in alike}) == len(alike)
    plain = ["pci_score", "fdi_2020_usd", "01", "KT24-K2", 2013, -1, 0.5, True, [2013, -2021], ["01", "62"]]
    assert [catalogue.slugify(value, exact=True) for value in plain] == [catalogue.slugify(value) for value in plain]


def test_files_of_a_folder_keep_their_names(toy):
    for name in ("my-communes", "Của tôi"):
        (toy.root / "data/own" / name).mkdir(parents=True)
    toy.notebook("a", "panel", parameters='panel: str = "x"')
    toy.catalogue(
        '[[report]]\nnotebook = "a"\nover = { panel = "own" }\n[sets.own]\nglob = "data/own/*"\n',
        SETTINGS.replace("[labels]", '[labels]\npanel = "own"'),
    )
    said = toy.run("plan").text
    assert "run  a/my-communes  new" in said and re.search(r"run  a/cua-toi-[0-9a-f]{8}  new", said)


_ESTIMATE = READ_TABLE.replace('"value\\n1\\n"', 'f"estimator,estimate,note\\ntwfe,{province}.5,\\"a, b\\"\\n"')


def test_estimates_of_all_reports_stand_in_one_file_once_for_both_languages(toy):
    toy.notebook("07_toy", _ESTIMATE, parameters=PLACE)
    toy.notebook("06_other", READ_TABLE)
    toy.catalogue(TWO.replace("05_toy", "07_toy") + '[[report]]\nnotebook = "06_other"\n')
    toy.run("run")
    rows = (toy.reports / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "report,estimator,estimate,note" and len(rows) == 3
    assert (
        sorted(row.split(",")[0] for row in rows[1:]) == ["07_toy/ha-noi", "07_toy/kon-tum"]
        and 'twfe,01.5,"a, b"' in rows[1]
    )


def test_an_estimate_whose_report_now_fails_leaves_the_file(toy):
    toy.notebook("07_toy", _ESTIMATE, parameters=PLACE)
    toy.catalogue(TWO.replace("05_toy", "07_toy"))
    toy.run("run")
    toy.notebook("07_toy", 'assert province != "01"', _ESTIMATE, parameters=PLACE)
    toy.run("run")
    rows = (toy.reports / "results.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["07_toy/kon-tum"]


SOURCE = """
import csv, os, pathlib
row = {"estimator": "mean", "estimate": (pathlib.Path(os.environ["PRESS_ROOT"]) / "data" / "toy.csv").read_text().split()[1]}
if place == "62" and row["estimate"] == "13":
    raise ValueError("no thirteen")
with open(pathlib.Path(os.environ["PRESS_OUT"]) / "results.csv", "w") as stream:
    out = csv.DictWriter(stream, list(row))
    out.writeheader()
    out.writerow(row)
"""
READER = """
import csv, os, pathlib
def stored(name, column):
    with open(pathlib.Path(os.environ["PRESS_ROOT"]) / "reports" / name, encoding="utf-8-sig") as stream:
        return [row[column] for row in csv.DictReader(stream) if row["report"].startswith("07_toy")]
print(*stored("results.csv", "estimate"), *stored("reports.csv", "state"))
"""
CHAIN = """
[[report]]
notebook = "15_reader"
after = ["07_toy"]
pdf = true
[[report]]
notebook = "06_other"
[[report]]
notebook = "07_toy"
over = { place = ["01", "62"] }
"""


@pytest.fixture
def chain(toy):
    """A project where one notebook is made from the results of another, and a third has nothing to do with them."""
    toy.notebook("07_toy", READ_TABLE + SOURCE, parameters='place: str = "62"')
    toy.notebook("15_reader", READER)
    toy.notebook("06_other", "print(1)")
    toy.catalogue(CHAIN)
    return toy


def _made_in(text):
    return [line.split()[1] for line in text.splitlines() if line.startswith("[")]


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_a_reader_of_results_is_made_after_them(chain, engine):
    plan = chain.run("plan").text.splitlines()
    assert plan[3] == "run  15_reader/default  new; after 2 reports"
    done = chain.run("run", "--jobs", "3", "--engine", engine)
    assert done.code == 0 and _made_in(done.text)[3:] == ["15_reader/default"]
    assert "1 1 made made" in chain.page("15_reader/default", "en")
    assert chain.run("run").text.startswith("4 reports, all up to date")


def test_a_changed_result_makes_its_reader_again_and_nothing_else(chain):
    chain.run("run")
    (chain.root / "data" / "toy.csv").write_text("a\n2\n")
    assert "15_reader/default  after 2 reports, if their results change" in chain.run("plan").text
    assert len(_made_in(chain.run("run").text)) == 3
    assert "2 2 made made" in chain.page("15_reader/default", "vi")


@pytest.mark.parametrize("whose", ["07_toy/01", "06_other/default"])
def test_another_file_of_a_report_that_a_reader_opens_makes_it_again(chain, whose):
    chain.run("run")
    (chain.reports / whose / "more.txt").write_text("1")
    chain.notebook("15_reader", READER + f"\nopen(os.environ['PRESS_ROOT'] + '/reports/{whose}/more.txt').read()")
    chain.run("run", "--only", "15_reader")
    assert "0 of 4" in chain.run("plan").text
    (chain.reports / whose / "more.txt").write_text("2")
    assert "run  15_reader/default  more.txt changed" in chain.run("plan").text


def test_an_equal_result_leaves_its_reader_alone(chain):
    chain.run("run")
    before = chain.manifest("15_reader/default")
    chain.notebook("07_toy", READ_TABLE + SOURCE + "\nprint(2)", parameters='place: str = "62"')
    done = chain.run("run")
    assert sorted(_made_in(done.text)) == ["07_toy/01", "07_toy/62"] and "2 reports made, 0 failed" in done.text
    assert chain.manifest("15_reader/default") == before


def test_a_failed_source_is_told_to_the_reader(chain):
    (chain.root / "data" / "toy.csv").write_text("a\n13\n")
    done = chain.run("run")
    assert done.code == 1 and "13 made failed" in chain.page("15_reader/default", "en")
    assert "15_reader" not in chain.run("plan", "--failed").text


def test_a_reader_alone_is_made_from_what_is_stored(chain):
    alone = chain.run("run", "--only", "15_reader")
    assert alone.code == 1 and "FileNotFoundError" in alone.text
    chain.run("run", "--only", "07_toy")
    made = _made_in(chain.run("run", "--only", "15_reader").text)
    assert made == ["15_reader/default"]
    assert (
        "render  15_reader/default  links and titles changed" in chain.run("plan").text
    )  # it can lead to more pages then


def test_a_page_leads_to_no_report_that_is_not_made(chain):
    chain.run("run", "--only", "07_toy/01")
    assert "../../../07_toy/62" not in chain.page("07_toy/01")
    chain.run("run")
    assert "../../../07_toy/62" in chain.page("07_toy/01")


def test_a_reader_alone_is_told_what_it_reads_that_is_out_of_date(chain):
    chain.run("run")
    (chain.root / "data" / "toy.csv").write_text("a\n2\n")
    said = chain.run("plan", "--force", "--only", "15_reader").text
    assert "15_reader/default  asked for; while 2 reports it reads are out of date" in said
    assert "1 asked for, 1 while 2 reports it reads are out of date" in said


def test_readers_are_made_in_rounds_and_their_results_gathered_too(chain):
    chain.notebook("15_reader", READER, SOURCE.replace("place", "'01'"))
    chain.notebook("16_last", READER.replace("07_toy", "15_reader"))
    chain.catalogue('[[report]]\nnotebook = "16_last"\nafter = ["15_reader", "07_toy"]\n' + CHAIN)
    said = chain.run("run", "--jobs", "1")
    assert said.code == 0 and _made_in(said.text)[3:] == ["15_reader/default", "16_last/default"]
    assert "1 made" in chain.page("16_last/default")
    (chain.root / "data" / "toy.csv").write_text("a\n2\n")
    assert _made_in(chain.run("run", "--jobs", "1").text)[2:] == ["15_reader/default", "16_last/default"]
    assert "2 made" in chain.page("16_last/default")


def test_what_is_to_be_printed_is_printed_beside_its_page(chain):
    chain.run("run")
    manifest, first = chain.manifest("15_reader/default"), chain.files()["15_reader/default/vi/15_reader-vi.pdf"]
    assert "vi/15_reader-vi.pdf" in manifest["files"] and 'href="15_reader-vi.pdf"' in chain.page(
        "15_reader/default", "vi"
    )
    chain.run("run", "--force", "--only", "15_reader")
    assert chain.files()["15_reader/default/vi/15_reader-vi.pdf"] == first


def test_printing_leaves_nothing_behind_in_the_folder_of_temporary_files(chain, tmp_path):
    (tmp_path / "temporary").mkdir()
    assert chain.run("run", TMPDIR=str(tmp_path / "temporary")).code == 0
    assert "15_reader/default/vi/15_reader-vi.pdf" in chain.files() and not [*(tmp_path / "temporary").iterdir()]


def test_the_order_of_readers_is_checked(chain):
    chain.catalogue(CHAIN.replace('after = ["07_toy"]', 'after = ["07_toi"]'))
    assert "after: there is no notebook '07_toi'; did you mean 07_toy?" in chain.run("plan").text
    chain.catalogue(CHAIN.replace('after = ["07_toy"]', 'after = ["15_reader"]'))
    assert "'after' goes round in a circle: 15_reader after 15_reader" in chain.run("plan").text
    chain.catalogue(CHAIN.replace('after = ["07_toy"]', 'after = "07_toy"'))
    assert "expected a list" in chain.run("plan").text


def test_one_malformed_table_of_results_ends_its_report_only(toy):
    rows = "estimator,estimate\\nmean,1\\nmean,2,3\\n"
    toy.notebook("a", f"import os, pathlib\npathlib.Path(os.environ['PRESS_OUT'], 'results.csv').write_text('{rows}');")
    toy.notebook("b", _ESTIMATE.replace("{province}", "7"))
    toy.catalogue('[[report]]\nnotebook = "a"\n[[report]]\nnotebook = "b"\n')
    done = toy.run("run")
    assert done.code == 1 and "1 reports made, 1 failed" in done.text
    assert "results.csv cannot be read: line 3 has 3 fields; expected 2" in toy.manifest("a/default")["error"]
    assert "b/default" in (toy.reports / "results.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("estimator,estimate,report", "none is called report"),
        ("estimator,estimate,estimate", "no two columns may share a name"),
        (
            "Estimator,estimate",
            "put together by the columns ['estimate', 'estimator'], between commas (found: ['Estimator'])",
        ),
        ("estimator;estimate;p", "between commas (found: ['estimator;estimate;p'])"),
        ("estimator\\testimate", "between commas"),
        ("\\ufeff\\ufeffestimator,estimate", "between commas"),
        (",".join(["estimator", "estimate", *map(str, range(5000))]), "it has 5002 columns; expected at most 200"),
    ],
    ids=["report", "twice", "another spelling", "semicolons", "tabs", "a mark twice", "thousands"],
)
def test_columns_that_would_harm_the_gathered_table_end_their_report_or_are_left_out_by_name(toy, head, said):
    rows = f"{head}\\n{','.join('1' * len(head.split(',')))}\\n"
    toy.notebook("a", f"import os, pathlib\npathlib.Path(os.environ['PRESS_OUT'], 'results.csv').write_text('{rows}');")
    toy.notebook("b", _ESTIMATE.replace("{province}", "7"))
    toy.catalogue('[[report]]\nnotebook = "a"\n[[report]]\nnotebook = "b"\n')
    done = toy.run("run")
    assert done.code == 1 and said in done.text
    assert (toy.reports / "results.csv").read_text("utf-8-sig").splitlines()[1:] == ['b/default,twfe,7.5,"a, b"']


def test_results_in_capitals_are_not_left_out_silently(toy):
    toy.notebook(
        "a",
        "import os, pathlib\npathlib.Path(os.environ['PRESS_OUT'], 'Results.csv').write_text('estimator,estimate\\n')",
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    done = toy.run("run")
    assert done.code == 1 and "'Results.csv' would be left out of the results; name it results.csv" in done.text


def test_results_written_over_later_are_told_and_made_again(made):
    (made.reports / "05_toy/ha-noi/results.csv").write_bytes(b"estimator,estimate\n\xff,1,2\n")
    assert "run  05_toy/ha-noi  results.csv is altered" in made.run("plan").text
    assert made.run("run").code == 0 and "0 of 3" in made.run("plan").text


def test_a_table_that_changes_while_a_report_reads_it_leaves_it_out_of_date(toy):
    toy.notebook("a", READ_TABLE, "table.write_text('a\\n5\\n');", "print(number)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    done = toy.run("run")
    assert done.code == 0 and "out of date already: a/default: data/toy.csv changed while it was made" in done.text
    assert "toy.csv changed while it was read" in toy.run("plan").text


def test_a_compiled_module_edited_while_its_report_runs_is_out_of_date(toy):
    (toy.root / "lib").mkdir()
    (toy.root / "lib" / "num.py").write_text("X = 1\n")
    edit = "import os, pathlib\npathlib.Path(os.environ['PRESS_ROOT'], 'lib', 'num.py').write_text('X = 222\\n')"
    use = "import sys\nsys.path.insert(0, '../lib')\nsys.dont_write_bytecode = False\nimport num"
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    for last in ("1", edit):
        toy.notebook("a", use, last)
        done = toy.run("run")
    assert done.code == 0 and "num.py changed while it was read" in toy.run("plan").text


@pytest.mark.parametrize("name", ["index.html", "reports.csv", "interactive/a", "what? 100%", "a#b"])
def test_a_notebook_whose_pages_would_have_no_address_of_their_own_is_refused(toy, name):
    toy.notebook(name, "1")
    toy.catalogue(f'[[report]]\nnotebook = "{name}"\n')
    done = toy.run("run")
    assert done.code == 2 and "rename it" in done.text


def test_the_command_for_papermill_stands_as_a_shell_reads_it(toy):
    values = {"words": "it's $HOME `x`", "years": [2011, 2012]}
    toy.notebook("a", "1", parameters='words: str = ""\nyears: list = []')
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("report", "a", f"words={values['words']}", f"years={values['years']}").code == 0
    (page,) = toy.reports.glob("interactive/a/*/en/index.html")
    command = re.search(
        r"papermill notebooks/a.ipynb my.ipynb (.*?)</code>", html.unescape(page.read_text("utf-8")), re.S
    )[1]
    assert shlex.split(command) == ["-r", "words", values["words"], "-y", json.dumps({"years": values["years"]})]


def test_a_notebook_edited_while_it_runs_leaves_its_report_out_of_date(toy):
    path = "pathlib.Path(os.environ['PRESS_ROOT'], 'notebooks', 'a.ipynb')"
    toy.notebook(
        "a", f"import os, pathlib\n{path}.write_text({path}.read_text().replace('print(1)', 'print(2)'));", "print(1)"
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0
    assert "run  a/default  a.ipynb changed" in toy.run("plan").text


def test_what_was_altered_with_its_old_size_and_time_is_seen_by_verify(made):
    page = made.reports / "06_other/default/en/index.html"
    stamp, content = page.stat(), page.read_bytes()
    page.write_bytes(content[:-10] + b"x" * 10)
    os.utime(page, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert "render  06_other/default  en/index.html is altered" in made.run("plan", "--verify").text
    made.run("render")
    assert page.read_bytes() == content


def test_a_file_whose_name_is_no_text_is_named(toy):
    toy.notebook("a", "import os\nopen(os.environb[b'PRESS_OUT'] + b'/t\\xff.csv', 'w').close()")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    done = toy.run("run")
    assert done.code == 1 and "'t\\udcff.csv' has a name that holds what is no letter" in done.text


def test_a_table_with_as_long_a_name_as_a_folder_allows_is_published(toy):
    name = f"{'ế' * 83}xx.csv"
    toy.notebook(
        "a", f"import os, pathlib\npathlib.Path(os.environ['PRESS_OUT'], '{name}').write_text('tỉnh', 'utf-8');"
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0 and toy.files()[f"a/default/{name}"] == "\ufefftỉnh".encode()


def test_letters_beyond_ascii_in_a_table_are_marked_for_excel(toy):
    toy.notebook(
        "a",
        "import os, pathlib\npathlib.Path(os.environ['PRESS_OUT'], 't.csv').write_text('tỉnh\\nĐắk Lắk\\n', encoding='utf-8');",
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    toy.run("run")
    assert toy.files()["a/default/t.csv"].startswith(b"\xef\xbb\xbf")
