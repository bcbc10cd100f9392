"""What a report may not do to the machine, nor the machine to a report: memory, floods, clocks, formulas, any letters."""

import csv
import json

import pytest

FILL = "kept = []\nwhile True:\n    kept.append(bytes(10_000_000))"
ESTIMATES = "estimator,estimate,note\n=cmd|' /C calc'!A0,-0.5,+1+1\n@SUM(A1),1e-3,-2+3\n\t=1,2,-fine\n"
# what is done -> the cell that does it, the report's status, what its error or its page must say
LARGE = {
    "one array larger than the memory allowed": ("b = bytearray(3 * 10**9)", "failed", "may take: 1500 MB"),
    "a numpy array larger than the memory allowed": ("import numpy as np\nnp.ones(4 * 10**8)", "failed", "1500 MB"),
    "memory filled bit by bit": (FILL, "failed", "may take: 1500 MB (python -m press run --memory)"),
    "memory filled by a table": (
        "import pandas as pd\nx = pd.DataFrame({'a': range(4 * 10**8)}) * 1.5",
        "failed",
        "1500 MB",
    ),
    "memory filled by text": ("x = 'a'\nwhile True:\n    x += x", "failed", "may take: 1500 MB"),
    "30 MB printed at once": ("print('x' * 30_000_000)", "ok", "[cut after"),
    "30 MB printed in lines": ("for i in range(300):\n    print('x' * 100_000)", "ok", "[cut after"),
    "30 MB of warnings": (
        "import sys\nfor i in range(300):\n    print('x' * 100_000, file=sys.stderr)",
        "ok",
        "[cut after",
    ),
    "30 MB as one result": ("'x' * 30_000_000", "ok", "[left out: a cell may show 20 MB]"),
    "30 MB of markup": ("from IPython.display import HTML\nHTML('<b>x</b>' * 3_750_000)", "ok", "[left out:"),
    "30 MB in thirty parts": (
        "from IPython.display import HTML, display\nfor i in range(30):\n    display(HTML('x' * 1_000_000))",
        "ok",
        "[left out:",
    ),
    "an error of 30 MB": ("raise ValueError('x' * 30_000_000)", "failed", "ValueError: xxx"),
    "a clock that stands at 1970": (
        "import time, datetime\ntime.time = lambda: 0.0\ntime.monotonic = lambda: 0.0\nprint('made')",
        "ok",
        "made",
    ),
    "a clock that runs backwards": (
        "import itertools, time\nticks = itertools.count(10**9, -3600)\ntime.time = time.monotonic = lambda: float(next(ticks))\nprint('made')",
        "ok",
        "made",
    ),
    "files from the future": (
        "import os, pathlib\nfile = pathlib.Path(os.environ['PRESS_OUT'], 'x.csv')\nfile.write_text('a\\n')\nos.utime(file, (4e9, 4e9))\nprint('made')",
        "ok",
        "made",
    ),
    "formulas in results written by hand": (
        f"import os, pathlib\npathlib.Path(os.environ['PRESS_OUT'], 'results.csv').write_text({ESTIMATES!r})\nprint('made')",
        "ok",
        "made",
    ),
}
LETTERS = {
    "decomposed": "Đa\u0306\u0301k La\u0306\u0301k",
    "right to left": "\u202egnp.exe مقاطعة",
    "zero width": "Hà\u200bNội\u2060",
    "emoji": "\U0001f469\u200d\U0001f52c\U0001f600",
    "four bytes": "\U00020000\U0002a6d6",
    "markup": "<b>&amp;</b>",
    "both quotes": "'\"",
    "control": "a\u0001b\u001b[31m",
}


@pytest.fixture(scope="module")
def large(tmp_path_factory, zygote):
    """One run over everything that is too large, with 1,500 MB a report."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("large") / "project", zygote)
    for number, (code, _, _) in enumerate(LARGE.values()):
        toy.notebook(f"n{number:02d}", "print('before')", code)
    toy.notebook("fine", "print('fine')")
    toy.catalogue(
        "".join(f'[[report]]\nnotebook = "{p.stem}"\n' for p in sorted((toy.root / "notebooks").glob("*.ipynb")))
    )
    return toy, toy.run("run", "--jobs", "1", "--memory", "1500")


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_is_cut_or_refused_with_the_reason(large, name):
    toy, _ = large
    report = f"n{list(LARGE).index(name):02d}/default"
    manifest, page = toy.manifest(report), toy.page(report)
    _, status, said = LARGE[name]
    assert manifest["status"] == status, manifest["error"]
    assert said in (page if status == "ok" else manifest["error"])
    assert len(page) < 25_000_000 and "before" in page and page.rstrip().endswith("</html>")


def test_what_is_too_large_ends_no_other_report(large):
    toy, done = large
    assert toy.manifest("fine/default")["status"] == "ok"
    failed = sum(status == "failed" for _, status, _ in LARGE.values())
    assert f"{len(LARGE) + 1 - failed} reports made, {failed} failed" in done.text and done.code == 1


def test_no_formula_reaches_the_file_of_all_estimates(large):
    toy, _ = large
    with (toy.reports / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 4
    for text in (cell for row in rows for cell in row):
        assert text[:1] not in ("=", "+", "@", "\t") and (text[:1] != "-" or float(text) < 0)
    assert {row[2] for row in rows[1:]} == {"-0.5", "1e-3", "2"}


@pytest.fixture(scope="module")
def lettered(tmp_path_factory, zygote):
    """One run with every kind of letters in names of places, parameters, headings, tables, files and errors."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("letters") / "project", zygote)
    with (toy.root / "data" / "units.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("province_code", "name_vi", "name_en"))
        out.writerows((f"{n:02d}", f"{text} vi", f"{text} en") for n, text in enumerate(LETTERS.values()))
    for number, text in enumerate(LETTERS.values()):
        toy.notebook(
            f"n{number:02d}",
            ("md", f"# Heading {text.replace('<', '&lt;')}"),
            f"import pandas as pd\ntext = {text!r}",
            ("md", "Said {eval}`text` end."),
            "print(text)\npd.DataFrame({'a': [text], text: [1]})",
            "assert province != 'fails', text",
            parameters='province: str = "62"',
        )
    entry = '[[report]]\nnotebook = "n{0:02d}"\nover = {{ province = ["{0:02d}", "fails"]  }}\n'
    toy.catalogue("".join(entry.format(n) for n in range(len(LETTERS))))
    return toy, toy.run("run")


@pytest.mark.parametrize("name", LETTERS)
def test_any_letters_in_any_field_leave_whole_pages(lettered, name):
    toy, _ = lettered
    number = list(LETTERS).index(name)
    made = sorted((toy.reports / f"n{number:02d}").glob("*/manifest.json"))
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in made]
    assert sorted(m["status"] for m in manifests) == ["failed", "ok"], [m["error"] for m in manifests]
    for path in made:
        page = (path.parent / "vi" / "index.html").read_text(encoding="utf-8")
        assert page.rstrip().endswith("</html>") and page.count("<script") == 1 and "<b>&amp;" not in page
        assert "\x01" not in page and "\x1b" not in page


@pytest.mark.parametrize("index", ["reports.html", "reports.vi.html"])
def test_any_letters_reach_the_index_as_text(lettered, index):
    toy, done = lettered
    text = (toy.reports / index).read_text(encoding="utf-8")
    assert text.count("<li data-text") == 2 * len(LETTERS) and text.count("<script") == 1
    assert text.rstrip().endswith("</html>") and "\x01" not in text and "Traceback" not in done.text


def test_no_memory_at_all_is_refused(toy):
    toy.notebook("a", "1")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run", "--memory", "0").code == 2
