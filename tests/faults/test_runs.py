"""What is done to the machine, and what must be seen: catalogue entries, notebooks, parameters, files, folders."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest
from conftest import SETTINGS, UNITS, processes_in, running, until

from press import catalogue, plan

ENTRY = '[[report]]\nnotebook = "a"\n'
PARAMETERS = 'province: str = "62"\nyear: int = 2011\nshare: float = 0.5\nshow: bool = True\nyears: list[int] = [2006, 2010]\nwords: list = ["a"]\nmaybe: Optional[int] = None\nother = None'

CATALOGUES = {
    "no TOML": ("[[report", "not TOML"),
    "a value without quotes": ("[[report]]\nnotebook = a\n", "not TOML"),
    "a key twice": ('[[report]]\nnotebook = "a"\nnotebook = "a"\n', "not TOML"),
    "a letter that is not UTF-8": (b'[[report]]\nnotebook = "\xff"\n', "not TOML"),
    "an unknown table": ("[[reports]]\n", "unknown key 'reports'; did you mean report"),
    "a setting outside the entries": ("jobs = 3\n", "unknown key 'jobs'"),
    "no notebook named": ("[[report]]\n", "there is no notebook None"),
    "an unknown notebook": ('[[report]]\nnotebook = "aa"\n', "there is no notebook 'aa'; did you mean a?"),
    "a notebook with its ending": ('[[report]]\nnotebook = "a.ipynb"\n', "there is no notebook 'a.ipynb'"),
    "a notebook outside the folder": ('[[report]]\nnotebook = "../a"\n', "there is no notebook '../a'"),
    "an absolute notebook": ('[[report]]\nnotebook = "/etc/passwd"\n', "there is no notebook"),
    "a misspelt setting": (ENTRY + "[project]\ntitel = 'x'\n", "unknown key 'titel'; did you mean title?"),
    "a setting of another kind": (ENTRY + "[project]\ncode = 'x'\n", "project.code = 'x'; expected a list."),
    "text for a number that may be missing": (
        ENTRY + 'parameters = { maybe = "x" }\n',
        "is str, the notebook says Optional[int]",
    ),
    "a misspelt key": (ENTRY + 'parameter = { lang = "en" }\n', "unknown key 'parameter'; did you mean parameters"),
    "a misspelt parameter": (
        ENTRY + 'parameters = { provinc = "01" }\n',
        "no parameter 'provinc'; did you mean province?",
    ),
    "a parameter in another case": (
        ENTRY + "parameters = { Year = 2011 }\n",
        "no parameter 'Year'; did you mean year",
    ),
    "a misspelt parameter under over": (ENTRY + 'over = { languages = ["en"] }\n', "no parameter 'languages'"),
    "a code as a number": (ENTRY + "parameters = { province = 1 }\n", 'Codes are text: write them in quotes ("01")'),
    "a code as a number under over": (ENTRY + "over = { province = [62] }\n", "is int, the notebook says str"),
    "a number as text": (ENTRY + 'parameters = { year = "2011" }\n', "year = '2011' is str, the notebook says int"),
    "a fraction for a whole number": (ENTRY + "parameters = { year = 2011.5 }\n", "is float, the notebook says int"),
    "a flag for a number": (ENTRY + "parameters = { year = true }\n", "is bool, the notebook says int"),
    "a flag for a fraction": (ENTRY + "parameters = { share = true }\n", "is bool, the notebook says float"),
    "a number for a flag": (ENTRY + "parameters = { show = 1 }\n", "is int, the notebook says bool"),
    "text for a flag": (ENTRY + 'parameters = { show = "yes" }\n', "is str, the notebook says bool"),
    "a number for a list": (ENTRY + "parameters = { years = 2006 }\n", "Write a list in brackets: [2012, 2013]"),
    "text in a list of numbers": (ENTRY + 'parameters = { years = ["2006"] }\n', "the notebook says list"),
    "a date for text": (ENTRY + "parameters = { province = 2011-01-01 }\n", "is date, the notebook says str"),
    "a date for what may be anything": (ENTRY + "parameters = { other = 2011-01-01 }\n", "write a date in quotes"),
    "a date in a list": (ENTRY + "parameters = { words = [2011-01-01] }\n", "write a date in quotes"),
    "a table of values under over": (ENTRY + "over = { other = { a = 1 } }\n", "is no named set"),
    "a package that is not there": (ENTRY + "[project]\ncode = ['no_such_package']\n", "Python finds no such package"),
    "a table for text": (ENTRY + "parameters = { province = { a = 1 } }\n", "is dict, the notebook says str"),
    "an unknown set": (ENTRY + 'over = { province = "provnces" }\n', "is no named set; did you mean provinces?"),
    "a set that is a number": (ENTRY + "over = { year = 3 }\n", "is no named set"),
    "one parameter fixed and varied": (
        ENTRY + 'parameters = { province = "01" }\nover = { province = ["62"] }\n',
        "under both",
    ),
    "the same entry twice": (ENTRY + ENTRY, "entries 1 and 2: both ask for a/default"),
    "the default said again": (ENTRY + ENTRY + 'parameters = { province = "62" }\n', "both ask for"),
    "a value twice under over": (ENTRY + 'over = { province = ["01", "01"] }\n', "both ask for"),
    "overlapping entries": (
        ENTRY + 'over = { province = "provinces" }\n' + ENTRY + 'parameters = { province = "01" }\n',
        "both ask for",
    ),
    "a set of the map that is none": (ENTRY + '[tiles]\ncsv = "a"\nvalue = "a"\nset = "q"\n', "there is no [sets.q]"),
    "parameters as text": (ENTRY + 'parameters = "lang"\n', "expected a table"),
    "over as a list": (ENTRY + 'over = ["lang"]\n', "expected a table"),
    "report as one table": ('[report]\nnotebook = "a"\n', "expected [[report]]"),
    "report as text": ('report = "a"\n', "expected [[report]]"),
    "a time-out in words": (ENTRY + 'timeout = "long"\n', "timeout"),
    "a negative time-out": (ENTRY + "timeout = -1\n", "timeout"),
    "a time-out of nothing": (ENTRY + "timeout = 0\n", "timeout"),
    "nested too deep": (ENTRY + "parameters = { years = " + "[" * 5000 + "]" * 5000 + " }\n", "not TOML"),
    "a number of 5000 digits": (ENTRY + "parameters = { year = " + "9" * 5000 + " }\n", "Exceeds the limit"),
    "nothing": ("", "asks for no report"),
    "no value": (ENTRY + "over = { year = [] }\n", "entry 1 (a): over.year = []; expected at least one value"),
    "two values of one name": (
        ENTRY + 'over = { province = ["01", "ha_noi"] }\n',
        "both ask for a/ha-noi (by {'province': '01'} and {'province': 'ha_noi'})",
    ),
    "a notebook in a list in a list": (ENTRY + 'after = [["a"]]\n', "entry 1 (a): after, 1 = ['a']; expected text."),
    "values of a set that are one": (
        ENTRY + 'over = { other = "q" }\n[sets.q]\nvalues = [1, true]\n',
        "[sets.q]: a value stands twice (1, 1.0 and true are one)",
    ),
    "infinity as a value": (ENTRY + "parameters = { share = inf }\n", "Expected text, finite numbers"),
    "not a number as a value": (ENTRY + "parameters = { share = nan }\n", "Expected text, finite numbers"),
}

SET, ODD = "[sets.q]\n", "[project]\n"
# Values of another type or form, each with where it stands, what was found and what was expected.
SHAPES = {
    'project = "x"\n': "project = 'x'; expected a table",
    ODD + "code = [3]\n": "project.code, 1 = 3; expected the name of a package",
    ODD + 'code = ["..x"]\n': "project.code, 1 = '..x'; expected the name of a package",
    ODD + "inputs = [3]\n": "project.inputs, 1 = 3; expected text",
    ODD + 'lock = "a\\u0000b"\n': "project.lock = 'a\\x00b'; expected text without zero bytes",
    ODD + "title = { en = 3 }\n": "project.title.en = 3; expected text",
    ODD + 'languages = { "../../x" = "X" }\n': "project.languages: unknown key '../../x'",
    ODD + 'address = "javascript:alert(1)"\n': "project.address = 'javascript:alert(1)'; expected https://",
    'sets = "x"\n': "sets = 'x'; expected a table",
    SET + "values = 3\n": "sets.q.values = 3; expected a list",
    SET + "values = [[1]]\n": "sets.q.values, 1 = [1]; expected text or",
    SET + 'values = [{ en = "x" }]\n': "sets.q.values, 1 = {'en': 'x'}; expected also value",
    SET + "csv = true\n": "sets.q.csv = True; expected text",
    SET + 'where = "v"\n': "sets.q.where = 'v'; expected a table",
    SET + "where = { v = 2 }\n": "sets.q.where.v = 2; expected a list",
    SET + 'labels = "v"\n': "sets.q.labels = 'v'; expected a table",
    SET + 'glob = "/etc/*"\n': "sets.q.glob = '/etc/*'; expected a pattern of files",
    SET + 'glob = "../*"\n': "sets.q.glob = '../*'; expected a pattern of files",
    SET + 'glob = ""\n': "sets.q.glob = ''; expected a pattern of files",
    SET + 'glob = "a**b"\n': "sets.q.glob = 'a**b'; expected a pattern of files",
    'labels = "x"\n': "labels = 'x'; expected a table",
    'labels = { s = ["a"] }\n': "labels.s = ['a']; expected text",
    'filed = "x"\n': "filed = 'x'; expected a table",
    "[filed.s]\nparameters = 3\n": "filed.s.parameters = 3; expected a list",
    "site = [1]\n": "site = [1]; expected a table",
    "[site]\npages = [{}]\n": "site.pages, 1 = {}; expected also name, file, title",
    '[[site.pages]]\nname = "../../evil"\nfile = "a"\ntitle = "a"\n': "site.pages, 1.name = '../../evil'; expected letters",
    '[[site.pages]]\nname = "index"\nfile = "a"\ntitle = "a"\n': "site.pages, 1.name = 'index'; expected letters",
    "[evidence]\n": "evidence = {}; expected also columns",
    "tiles = [1]\n": "tiles = [1]; expected a table",
}
NOTEBOOKS = {
    "not JSON": ("{", "expected a Jupyter notebook"),
    "empty": ("", "expected a Jupyter notebook"),
    "no cells": ("{}", "expected a Jupyter notebook"),
    "cells in R": (
        '{"cells": [], "nbformat": 4, "metadata": {"kernelspec": {"name": "ir", "language": "R"}}}',
        "its cells are in R",
    ),
    "format 5": ('{"cells": [], "nbformat": 5}', "expected a Jupyter notebook"),
    "cells of another kind": ('{"cells": [1]}', "expected a Jupyter notebook"),
    "no format": ('{"cells": [], "metadata": {}}', "expected a Jupyter notebook"),
    "a minor format in words": ('{"cells": [], "nbformat": 4, "nbformat_minor": "x"}', "expected a Jupyter notebook"),
    "a language that is a number": (
        '{"cells": [], "nbformat": 4, "metadata": {"language_info": {"name": 3}}}',
        "its cells are in 3",
    ),
    "a cell without metadata": (
        '{"cells": [{"cell_type": "code", "source": "1"}], "nbformat": 4}',
        "expected a Jupyter notebook",
    ),
    "a cell that papermill left": (
        '{"cells": [{"cell_type": "code", "source": "n = 5", "metadata": {"tags": ["injected-parameters"]}}], "nbformat": 4}',
        "a cell is tagged 'injected-parameters'",
    ),
    "a list": ("[]", "expected a Jupyter notebook"),
    "format 3": ('{"worksheets": [], "nbformat": 3}', "(format 4), found format 3. Save it again"),
    "a merge conflict": (
        '{"cells": [],\n<<<<<<< HEAD\n"nbformat": 4\n=======\n"nbformat": 4}\n>>>>>>> b',
        "found a merge conflict from line 2 on; git checkout --ours (or --theirs) keeps one side",
    ),
    "no list of cells": ('{"nbformat": 4}', "found no list of cells"),
    "tags that are a number": (
        '{"cells": [{"cell_type": "code", "source": "1", "metadata": {"tags": 3}}], "nbformat": 4}',
        "found no list of cells as Jupyter writes them. Save it",
    ),
    "bytes": (b"\xff\xfe", "expected a Jupyter notebook"),
    "computed parameters": ("year: int = 2000 + today()", "plain literals only"),
    "a parameters cell that is no Python": ("year: int =", "plain literals only"),
    "two parameters in one": ("year, share = 2011, 0.5", "plain literals only, one a line; found year, share"),
    "a parameter without a value": ("year: int", "plain literals only, one a line; found year: int"),
    "a parameter that is added to": ("year: int = 2000\nyear += 5", "one a line; found year += 5"),
    "a parameter under a condition": ("year: int = 2000\nif year:\n    year = 5", "one a line; found if year:"),
    "an imported parameter": ("from os import sep\nyear: int = int(sep)", "plain literals only"),
}

RAISING = {
    "an error": ("1 / 0", "ZeroDivisionError"),
    "an error of its own class": ("class Own(Exception): pass\nraise Own('mine')", "Own: mine"),
    "an error without words": ("raise ValueError", "ValueError"),
    "an error with markup": ("raise ValueError('<script>alert(1)</script>')", "ValueError"),
    "an error of many lines": ("raise ValueError('one\\ntwo')", "ValueError: one"),
    "an error in Vietnamese": ("raise ValueError('Không tìm thấy tỉnh')", "Không tìm thấy tỉnh"),
    "an error with half a letter": ("raise ValueError('\\ud800')", "ValueError"),
    "an error that cannot be shown": ("class Own(Exception):\n    def __str__(self): 1 / 0\nraise Own()", "Own"),
    "an error long as a book": ("raise ValueError('x' * 10_000_000)", "ValueError"),
    "a chain of errors": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e",
        "KeyError",
    ),
    "a group of errors": ("raise ExceptionGroup('g', [ValueError('a')])", "Exception Group"),
    "no Python": ("def", "SyntaxError"),
    "wrong indent": ("  x = 1\n y = 2", "IndentationError"),
    "an unknown name": ("provinc", "NameError"),
    "an unknown module": ("import no_such_module", "ModuleNotFoundError"),
    "an unknown helper": ("from helpers import no_such_module", "ImportError"),
    "a file that is not there": ("open('no.csv')", "FileNotFoundError"),
    "an unknown magic": ("%no_such_magic", "UsageError"),
    "an interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "an exit": ("import sys; sys.exit(3)", "SystemExit"),
    "what it shows fails": ("class Own:\n    def __repr__(self): raise ValueError('of repr')\nOwn()", "of repr"),
    "a figure that cannot be drawn": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('$\\\\frac{1}{$'); plt.show()",
        "ValueError: \\frac",
    ),
    "the end of the kernel": ("exit()", "take them out"),
    "an exit with words": ("raise SystemExit('enough')", "SystemExit"),
    "a warning made an error": ("import warnings\nwarnings.simplefilter('error')\nwarnings.warn('w')", "UserWarning"),
    "no end of calls": ("import sys\nsys.setrecursionlimit(300)\ndef f(): f()\nf()", "RecursionError"),
    "more memory than there is": ("b = bytearray(10**15)", "MemoryError"),
    "an array larger than memory": ("import numpy as np; np.ones(10**15)", "MemoryError"),
    "an assertion": ("assert 1 == 2, 'unequal'", "AssertionError: unequal"),
    "a question to nobody": ("input('name? ')", "Error"),
    "an await that fails": ("async def f(): 1 / 0\nawait f()", "ZeroDivisionError"),
    "a thread's lock never given": (
        "import threading\nl = threading.Lock(); l.acquire()\nassert l.acquire(timeout=.1)",
        "AssertionError",
    ),
    "its folder removed": ("import shutil, os\nshutil.rmtree(os.environ['PRESS_OUT'])\n1 / 0", ""),
    "its environment emptied": ("import os\nos.environ.clear()\n1 / 0", "ZeroDivisionError"),
    "its working folder left": ("import os\nos.chdir('/')\n1 / 0", "ZeroDivisionError"),
    "stdout closed": ("import sys, os\nos.close(1); os.close(2)\n1 / 0", "ZeroDivisionError"),
    "stdout replaced": ("import sys\nsys.stdout = None\n1 / 0", "ZeroDivisionError"),
    "the builtins broken": ("import builtins\nbuiltins.print = None\n1 / 0", "ZeroDivisionError"),
    "a kill": ("import os; os.kill(os.getpid(), 9)", "killed (signal 9)"),
    "a termination": ("import os; os.kill(os.getpid(), 15)", "signal 15"),
    "an abort": ("import os; os.abort()", "signal 6"),
    "a segmentation fault": ("import ctypes; ctypes.string_at(0)", "signal 11"),
    "a silent exit": ("import os; os._exit(0)", "left no report"),
    "an exit with a code": ("import os; os._exit(9)", "exit code 9"),
    "a used.json that is no JSON": (
        "import os\nopen(os.environ['PRESS_OUT'] + '/used.json', 'w').write('{')\n1 / 0",
        "ZeroDivisionError",
    ),
    "a manifest of its own": (
        "import os\nopen(os.environ['PRESS_OUT'] + '/manifest.json', 'w').write('{}')\n1 / 0",
        "ZeroDivisionError",
    ),
    "a page of its own": (
        "import os\nopen(os.environ['PRESS_OUT'] + '/index.html', 'w').write('mine')\n1 / 0",
        "ZeroDivisionError",
    ),
    "all its children left behind": (
        "import subprocess\nsubprocess.Popen(['sleep', '600'])\n1 / 0",
        "ZeroDivisionError",
    ),
}

HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "an image that asks": "<img src=http://example.org/x onerror=alert(1)>",
    "the end of a script": "</script><script>alert(1)</script>",
    "the end of an attribute": '" onmouseover="alert(1)',
    "the end of an attribute, single": "' onmouseover='alert(1)",
    "both quotes and a backslash": "a'b\"c\\",
    "three quotes": "'''\"\"\"",
    "lines": "one\ntwo\r\nthree",
    "a path upwards": "../../../etc/passwd",
    "an absolute path": "/etc/passwd",
    "a path of Windows": "..\\..\\x",
    "a nothing byte": "a\x00b",
    "an escape sequence": "\x1b[31mred",
    "a formula": "=cmd|' /C calc'!A0",
    "a formula with plus": "+1+1",
    "a formula with at": "@SUM(A1)",
    "placeholders": "{0} {name} %s $x$",
    "jinja": "{{ 7 * 7 }}{% raw %}",
    "markdown": "[a](javascript:alert(1)) ![b](http://example.org)",
    "an equation": "$\\href{javascript:alert(1)}{x}$",
    "an entity": "&lt;script&gt;",
    "Vietnamese": "Đắk Lắk – Bà Rịa",
    "Vietnamese, taken apart": "Đa\u0306\u0301k",
    "right to left": "\u202egnp.exe",
    "an emoji": "\U0001f600",
    "an emoji of several": "\U0001f469\u200d\U0001f52c",
    "letters of four bytes": "\U00020000\U0002a6d6",
    "zero width": "Hà\u200bNội\ufeff",
    "isolated right to left": "\u2067\u05d0\u05d1\u2069 62",
    "Arabic": "مقاطعة",
    "forty marks on a letter": "a" + "\u0301" * 40,
    "a separator of lines": "one\u2028two\u2029three",
    "not a letter": "\ufffe\uffff",
    "nothing": "",
    "a blank": " ",
    "a dot": ".",
    "two dots": "..",
    "a dash": "-rf",
    "a name of Windows": "CON",
    "very long": "x" * 5000,
    "a comment": "# x",
    "a comment of HTML": "<!-- x --><b>",
    "a style": "</style><style>*{display:none}",
    "a link that runs": "javascript:alert(1)",
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project folder for what only reads the catalogue."""
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "units.csv").write_text(UNITS, encoding="utf-8")
    return tmp_path


def _notebook(parameters):
    cell = {
        "id": "p",
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": parameters,
        "outputs": [],
        "execution_count": None,
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_faulty_catalogue_is_refused_with_file_entry_and_remedy(root, name):
    content, said = CATALOGUES[name]
    _write(root / "notebooks" / "a.ipynb", _notebook(PARAMETERS))
    settings = SETTINGS.replace("[project]", "") if "[project]" in str(content) else SETTINGS
    settings = settings[settings.index("[sets") :] if settings is not SETTINGS else settings
    _write(root / "reports.toml", content + (settings.encode() if isinstance(content, bytes) else settings))
    with pytest.raises(catalogue.CatalogueFault) as fault:
        catalogue.read_catalogue()
    assert said in str(fault.value) and "reports.toml" in str(fault.value)


@pytest.mark.parametrize("text", SHAPES)
def test_a_value_of_another_form_is_refused_with_its_place_before_anything_runs(root, text):
    _write(root / "reports.toml", text + ENTRY)
    with pytest.raises(catalogue.CatalogueFault) as fault:
        catalogue.read_catalogue()
    assert str(fault.value).startswith("reports.toml: " + SHAPES[text]) and "\n" not in str(fault.value)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_faulty_notebook_is_refused_by_name(root, name):
    content, said = NOTEBOOKS[name]
    raw = isinstance(content, bytes) or content[:1] in ("", "{", "[")
    _write(root / "notebooks" / "a.ipynb", content if raw else _notebook(content))
    _write(root / "reports.toml", ENTRY + SETTINGS)
    with pytest.raises(catalogue.CatalogueFault) as fault:
        catalogue.read_catalogue()
    assert said in str(fault.value) and "a.ipynb" in str(fault.value)


TUPLES = "pair: tuple[int, str] = (1, 'a')\nmany: tuple[int, ...] = ()\nwithin: Optional[list[tuple[int, str]]] = None"


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ('pair = [2, "b"]', True),
        ('pair = ["b", 2]', False),
        ("pair = [2]", False),
        ("many = [1, 2, 3]", True),
        ('many = [1, "b"]', False),
        ('within = [[1, "a"], [2, "b"]]', True),
        ("within = [[1, 2]]", False),
    ],
)
def test_a_tuple_is_given_as_a_list_with_each_part_in_its_place(root, given, fits):
    _write(root / "notebooks" / "a.ipynb", _notebook(TUPLES))
    _write(root / "reports.toml", f"{ENTRY}parameters = {{ {given} }}\n" + SETTINGS)
    if fits:
        assert len(catalogue.read_catalogue()[0]) == 1
    else:
        with pytest.raises(catalogue.CatalogueFault, match="is list, the notebook says"):
            catalogue.read_catalogue()


def test_a_notebook_with_a_byte_order_mark_and_empty_tags_is_read(root):
    book = json.loads(_notebook(PARAMETERS))
    book["cells"].append(book["cells"][0] | {"id": "q", "source": "1", "metadata": {"tags": None}})
    _write(root / "notebooks" / "a.ipynb", b"\xef\xbb\xbf" + json.dumps(book).encode())
    _write(root / "reports.toml", ENTRY + SETTINGS)
    assert catalogue.read_catalogue()[1]["a"].defaults


@pytest.mark.parametrize("value", [[], "x", 3], ids=str)
def test_a_good_catalogue_of_any_values_is_read(root, value):
    name = {list: "words", str: "province", int: "year"}[type(value)]
    _write(root / "notebooks" / "a.ipynb", _notebook(PARAMETERS))
    _write(root / "reports.toml", ENTRY + f"parameters = {{ {name} = {json.dumps(value)} }}\n" + SETTINGS)
    assert catalogue.read_catalogue()[0][0].parameters == {name: value}


def test_notebooks_of_one_text_keep_the_names_that_are_remembered_for_each(root):
    for name in "ab":
        _write(root / "notebooks" / f"{name}.ipynb", _notebook(PARAMETERS))
    _write(root / "reports.toml", ENTRY + ENTRY.replace('"a"', '"b"') + SETTINGS)
    first, second = (plan.Plan().read for _ in range(2))
    assert {name: book.titles["en"] for name, book in second.items()} == {"a": "a", "b": "b"}
    assert first == second


@pytest.fixture(scope="module")
def raised(tmp_path_factory, zygote):
    """One run over every notebook that fails, and one that does not."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("raising") / "project", zygote)
    for number, (code, _) in enumerate(RAISING.values()):
        toy.notebook(f"n{number:02d}", "print('before <b>')", code, "print('never reached')")
    toy.notebook("fine", "print('fine')")
    toy.catalogue(
        "".join(f'[[report]]\nnotebook = "{p.stem}"\n' for p in sorted((toy.root / "notebooks").glob("*.ipynb")))
    )
    return toy, toy.run("run", "--jobs", "2")


@pytest.mark.parametrize("name", RAISING)
def test_a_notebook_that_fails_leaves_its_error_page(raised, name):
    toy, _ = raised
    folder = toy.reports / f"n{list(RAISING).index(name):02d}" / "default"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    page = (folder / "en" / "index.html").read_text(encoding="utf-8")
    assert manifest["status"] == "failed" and RAISING[name][1] in manifest["error"] and len(manifest["error"]) < 400
    assert (
        "This report could not be made" in page
        and page.rstrip().endswith("</html>")
        and "never reached" not in page.split("<details")[0]
    )
    assert len(page) < 3_000_000 and "<script>alert" not in page
    assert json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4
    assert name == "its folder removed" or (manifest["cell"] == 3 and "before &lt;b&gt;" in page)


def test_whatever_fails_the_others_are_made_and_the_summary_names_the_failed(raised):
    toy, done = raised
    assert done.code == 1 and f"1 reports made, {len(RAISING)} failed" in done.text
    assert toy.manifest("fine/default")["status"] == "ok"
    assert all(f"failed: n{i:02d}/default" in done.text for i in range(len(RAISING)))


def test_no_process_is_left_behind_by_a_failed_report(raised):
    toy, _ = raised
    assert processes_in(toy.root) == []


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.scripts = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]


def _harmless(page):
    seen = _Page(page)
    asked = [
        a
        for a in seen.attributes
        if a[1] in ("src", "href", "action", "srcset") and (a[2] or "").lower().startswith(("http", "//", "javascript"))
    ]
    assert seen.tags.count("script") == 1 and asked == []
    assert not [a for a in seen.attributes if a[1].startswith("on")]
    assert seen.tags.count("style") == 1 and "default-src 'none'" in page


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, zygote):
    """One run over every hostile value of a text parameter."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("hostile") / "project", zygote)
    toy.notebook(
        "a",
        "import pandas as pd, json, os, pathlib",
        ("md", "Said {eval}`word` end."),
        "print(word)",
        "table = pd.DataFrame({'w': [word], word: [1]})\ntable.to_csv(pathlib.Path(os.environ['PRESS_OUT'], 't.csv'), index=False)\ntable",
        "{'image/png': 'AAAA'}; from IPython.display import display",
        "display({'image/png': 'AAAA'}, raw=True, metadata={'image/png': {'alt': word, 'caption': word}})",
        "pathlib.Path(os.environ['PRESS_OUT'], 'word.json').write_text(json.dumps(word));",
        parameters='word: str = "a"',
    )
    toy.catalogue(
        '[[report]]\nnotebook = "a"\nover = { word = ' + json.dumps(list(HOSTILE.values()), ensure_ascii=False) + " }\n"
    )
    return toy, toy.run("run")


def _report_of(toy, value):
    for path in toy.reports.glob("a/*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["parameters"]["word"] == value:
            return path.parent, manifest
    raise AssertionError(f"no report for {value!r}")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_parameter_stays_text(hostile, name):
    toy, _ = hostile
    folder, manifest = _report_of(toy, HOSTILE[name])
    assert manifest["status"] == "ok", manifest["error"]
    assert json.loads((folder / "word.json").read_text()) == HOSTILE[name]
    assert folder.resolve().is_relative_to(toy.reports.resolve()) and len(folder.name) <= 60
    for lang in ("en", "vi"):
        _harmless((folder / lang / "index.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("index", ["reports.html", "reports.vi.html"])
def test_hostile_parameters_do_not_reach_the_index_as_markup(hostile, index):
    toy, _ = hostile
    text = (toy.reports / index).read_text(encoding="utf-8")
    _harmless(text)
    assert text.count("<li data-text") == len(HOSTILE)


def _simple(toy, count=3):
    toy.notebook(
        "a",
        "import pathlib, os\n(pathlib.Path(os.environ['PRESS_OUT']) / 'r.csv').write_text('x' * 200_000)",
        parameters="n: int = 0",
    )
    toy.catalogue(f'[[report]]\nnotebook = "a"\nover = {{ n = {list(range(count))} }}\n')
    return toy


def test_a_folder_that_is_a_file_is_refused(toy):
    _simple(toy)
    toy.reports.write_text("in the way")
    done = toy.run("run")
    assert done.code == 2 and "cannot write to reports/" in done.text and toy.reports.read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to read-only folders")
def test_a_read_only_folder_is_refused(toy):
    _simple(toy).reports.mkdir()
    toy.reports.chmod(stat.S_IRUSR | stat.S_IXUSR)
    done = toy.run("run")
    toy.reports.chmod(stat.S_IRWXU)
    assert done.code == 2 and "cannot write to reports/" in done.text


@pytest.fixture
def small_disk(toy):
    """reports/ on a disk of 400 kB."""
    toy.reports.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(toy.reports)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield toy
    subprocess.run(["umount", "-l", str(toy.reports)], check=False)


def test_a_full_disk_loses_nothing_and_leaves_no_half_report(small_disk):
    toy = _simple(small_disk, 6)
    done = toy.run("run", "--jobs", "1")
    assert (
        done.code == 1
        and "Traceback" not in done.text
        and ("No space left" in done.text or "nothing could be written" in done.text)
    )
    for folder in toy.reports.glob("a/*"):
        assert json.loads((folder / "manifest.json").read_text())["files"] and (
            folder / "vi" / "index.html"
        ).read_text().rstrip().endswith("</html>")
    subprocess.run(["mount", "-o", "remount,size=20m", str(toy.reports)], check=True)
    assert toy.run("run").code == 0 and len(list(toy.reports.glob("a/*"))) == 6


def test_a_full_disk_says_so_and_a_later_run_goes_on(toy):
    _simple(toy)
    done = toy.run("run", FILE_SIZE="150000")
    assert done.code == 1 and "3 failed" in done.text
    assert toy.run("run").code == 0


def test_a_read_only_file_system_is_refused(small_disk):
    _simple(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk.reports)], check=True)
    done = small_disk.run("run")
    assert done.code == 2 and "cannot write to reports/" in done.text and "Traceback" not in done.text


@pytest.mark.parametrize(
    "harm",
    [
        lambda f: (f / "manifest.json").unlink(),
        lambda f: (f / "manifest.json").write_text(""),
        lambda f: (f / "manifest.json").write_text("{"),
        lambda f: (f / "manifest.json").write_text("[]"),
        lambda f: (f / "manifest.json").write_text('{"status": "ok"}'),
        lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe\x00"),
        lambda f: (f / "en" / "index.html").unlink(),
        lambda f: (f / "vi" / "index.html").write_text(""),
        lambda f: (f / "r.csv").write_text("x"),
        lambda f: (f / "manifest.json").write_text(
            (f / "manifest.json").read_text().replace('"status": "ok"', '"status": 3')
        ),
        lambda f: (f / "notebook.ipynb").unlink(),
        shutil.rmtree,
        lambda f: (shutil.rmtree(f), f.write_text("a file")),
        lambda f: (shutil.rmtree(f), f.symlink_to("/nowhere")),
    ],
    ids=[
        "no manifest",
        "empty manifest",
        "half a manifest",
        "a list",
        "a manifest without inputs",
        "bytes",
        "no page",
        "an empty page",
        "a file that was written over",
        "a manifest with a wrong type",
        "no notebook",
        "no folder",
        "a file in its place",
        "a dead link",
    ],
)
def test_a_harmed_report_is_made_again(toy, harm):
    _simple(toy, 2).run("run")
    harm(toy.reports / "a" / "0")
    assert "1 of 2" in toy.run("plan").text
    assert toy.run("run").code == 0 and toy.manifest("a/0")["status"] == "ok"


def test_rubbish_left_in_the_staging_folder_is_cleared(toy):
    _simple(toy, 1)
    (toy.reports / ".staging" / "000000").mkdir(parents=True)
    (toy.reports / ".staging" / "000000" / "index.html").write_text("half")
    assert toy.run("run").code == 0 and not (toy.reports / ".staging").exists()


@pytest.mark.parametrize("when", ["1970-01-02", "2099-01-01"])
def test_a_clock_gone_wrong_changes_nothing_that_counts(toy, when):
    _simple(toy, 1).run("run")
    stamp = time.mktime(time.strptime(when, "%Y-%m-%d"))
    for path in [*toy.root.rglob("*")]:
        os.utime(path, (stamp, stamp))
    assert "0 of 1" in toy.run("plan").text
    (toy.root / "requirements.lock").write_text("changed")
    os.utime(toy.root / "requirements.lock", (1, 1))
    assert "requirements.lock changed" in toy.run("plan").text


@pytest.mark.parametrize("start", [4_000_000_000, 1_700_000_000, 7200])
def test_a_driver_whose_clock_runs_backwards_makes_the_same_bytes(toy, start):
    _simple(toy, 3).run("run")
    first = {name: content for name, content in toy.files().items() if not name.endswith("manifest.json")}
    done = toy.run("run", "--force", CLOCK=str(start))
    assert done.code == 0 and "3 reports made, 0 failed" in done.text and "-" not in done.text.rpartition(" in ")[2]
    assert {name: content for name, content in toy.files().items() if not name.endswith("manifest.json")} == first
    assert "0 of 3" in toy.run("plan", CLOCK=str(start)).text


def test_a_change_is_seen_by_a_driver_whose_clock_was_set_back(toy):
    _simple(toy, 1).run("run")
    (toy.root / "requirements.lock").write_text("changed")
    assert "[1/1]" in toy.run("run", CLOCK="7200").text
    assert "0 of 1" in toy.run("plan").text


@pytest.mark.parametrize("folder", ["with space", "đường dẫn", "quote'", "{brace}", "100%", "#hash", "a" * 100])
def test_the_project_may_stand_in_any_folder(tmp_path, zygote, folder):
    from conftest import Toy

    toy = _simple(Toy(tmp_path / folder, zygote), 1)
    assert toy.run("run").code == 0 and toy.manifest("a/0")["status"] == "ok"
    assert f"/{folder}" not in toy.page("a/0")


def test_a_lock_file_left_by_a_dead_process_is_no_lock(toy):
    _simple(toy, 1).reports.mkdir()
    (toy.reports / ".lock").write_text("process 1 on elsewhere since 1999-01-01 00:00:00")
    assert toy.run("run").code == 0


def test_reports_can_be_served_read_only(toy):
    _simple(toy, 1).run("run")
    for path in [*toy.reports.rglob("*"), toy.reports]:
        path.chmod(path.stat().st_mode & ~0o222)
    assert toy.page("a/0").rstrip().endswith("</html>")
    assert toy.run("plan").code == 0 and toy.run("status").code == 0
    for path in [toy.reports, *toy.reports.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


def test_there_are_at_least_as_many_faults_as_were_asked_for():
    assert len(CATALOGUES) + len(NOTEBOOKS) + len(RAISING) + len(HOSTILE) >= 130


def test_a_report_within_the_folder_of_another_is_refused(toy):
    toy.notebook("a", "word", parameters='word: str = "x"')
    toy.notebook("a/b", "1")
    toy.catalogue(ENTRY + 'over = { word = ["b"] }\n' + ENTRY.replace('"a"', '"a/b"'))
    done = toy.run("run")
    assert done.code == 2 and "a/b/default would lie within the report a/b; rename its notebook." in done.text


def test_a_picture_attached_to_the_text_is_followed(toy):
    toy.catalogue(ENTRY)
    for picture in ("AAAA", "BBBB"):
        path = toy.notebook("a", ("md", "![map](attachment:m.png)"), "1")
        book = json.loads(path.read_text())
        book["cells"][1]["attachments"] = {"m.png": {"image/png": picture}}
        path.write_text(json.dumps(book))
        assert toy.run("run").code == 0 and picture in toy.page("a/default")


@pytest.fixture
def boxed(toy, monkeypatch):
    """A project with a package of its own, box, in which ``run()`` is a command of a new Python that keeps compiled modules."""
    (toy.root / "box").mkdir()
    (toy.root / "box/__init__.py").touch()
    toy.catalogue(ENTRY, SETTINGS.replace("[project]", '[project]\ncode = ["box"]'))
    monkeypatch.setenv("PRESS_ROOT", str(toy.root))
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)

    def run(word):
        code = f"import sys; sys.path.insert(0, {str(toy.root)!r}); from press.cli import main; main([{word!r}])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout + done.stderr

    return toy, toy.root / "box/thing.py", run


def test_a_module_changed_within_its_second_and_size_is_taken_as_it_is(boxed):
    toy, module, run = boxed
    toy.notebook("a", "from box import thing\nprint('value', thing.VALUE)")
    for value in "12":
        module.write_text(f"VALUE = {value}\n")
        os.utime(module, (10**9, 10**9))
        assert "1 reports made" in run("run") and f"value {value}" in toy.page("a/default")


def test_a_module_exchanged_between_plan_and_warming_and_put_back_ends_the_run(boxed):
    toy, module, run = boxed
    module.write_text("import pathlib\nhere = pathlib.Path(__file__)\nhere.write_bytes(here.read_bytes())\n")
    for name in "abc":
        toy.notebook(name, "from box import thing")
    toy.catalogue(
        "".join(ENTRY.replace('"a"', f'"{name}"') for name in "abc"),
        SETTINGS.replace("[project]", '[project]\ncode = ["box"]'),
    )
    assert "thing.py changed after it was planned" in run("run") and not (toy.reports / "a").exists()


def test_a_module_of_a_package_named_later_is_followed_from_then_on(boxed):
    toy, module, run = boxed
    (toy.root / "lid").mkdir()
    (toy.root / "lid/__init__.py").write_text("VALUE = 1\n")
    module.write_text("import lid\n")
    for name in "abc":
        toy.notebook(name, "from box import thing\nprint('value', thing.lid.VALUE)")
    for code in ('["box"]', '["box", "lid"]'):
        entries = "".join(ENTRY.replace('"a"', f'"{name}"') for name in "abc")
        toy.catalogue(entries, SETTINGS.replace("[project]", f"[project]\ncode = {code}"))
        shutil.rmtree(toy.reports, ignore_errors=True)
        run("run")
    (toy.root / "lid/__init__.py").write_text("VALUE = 2\n")
    run("run")
    assert "value 2" in toy.page("a/default")


def test_half_a_letter_in_code_text_title_or_parameters_is_marked_and_stops_nobody(toy):
    book = toy.notebook(
        "a", "print('1HALF', 'BOTH', ascii('BOTH'))", ("md", "2HALF {eval}`n`"), parameters="n = '3HALF'"
    )
    text = book.read_text("utf-8").replace("# a in", "# 4HALF a in")
    book.write_text(text.replace("HALF", r"\uD800").replace("BOTH", r"\ud83d\ude00"), "utf-8")
    toy.notebook("b", "1")
    toy.catalogue(ENTRY + '[[report]]\nnotebook = "b"\n')
    assert toy.run("run").code == 0 and toy.run("plan").text.startswith("0 of 2 ")
    for said in ("1\ufffd \U0001f600 &#39;\\U0001f600&#39;", "2\ufffd 3\ufffd", "4\ufffd a in"):
        assert said in toy.page("a/default")


def test_notebooks_that_begin_with_a_byte_order_mark_are_made_however_many(toy):
    for name in "abc":
        path = toy.notebook(name, f"print('made {name}')")
        path.write_text("\ufeff" + path.read_text("utf-8"), "utf-8")
    toy.catalogue("".join(ENTRY.replace('"a"', f'"{name}"') for name in "abc"))
    assert toy.run("run").code == 0 and "made c" in toy.page("c/default")


def test_a_module_that_no_asked_report_reaches_may_have_changed_since_the_last_command(boxed):
    toy, module, run = boxed
    module.write_text("VALUE = 1\n")
    toy.notebook("a", "from box import thing\nprint(thing.VALUE)")
    toy.notebook("b", "print(2)")
    settings = SETTINGS.replace("[project]", '[project]\ncode = ["box"]')
    toy.catalogue(ENTRY + ENTRY.replace('"a"', '"b"'), settings)
    run("run")
    module.write_text("VALUE = 22\n")
    toy.catalogue(ENTRY.replace('"a"', '"b"'), settings)
    toy.notebook("b", "print(3)")
    assert "1 reports made" in run("run")


@pytest.mark.parametrize("line", ["files = !ls", "here = %pwd", "os?", "if True:\n    files = !ls"])
def test_a_module_imported_beside_what_is_only_ipythons_is_followed(boxed, line):
    toy, *_ = boxed
    path = toy.notebook("a", f"import os\nfrom box import thing  # why?\n{line}")
    assert catalogue.read_notebook(path).imports == {"box", "box.thing"}


WAITING = "import os, time\nwhile not os.path.exists(os.environ['PRESS_ROOT'] + '/go'): time.sleep(.02)"


def test_notebooks_exchanged_during_a_run_and_put_back_leave_their_reports_out_of_date(toy):
    toy.notebook("a", WAITING)
    kept = [toy.notebook(name, "print('before')", ("md", "Text before")) for name in ("b", "c")]
    before = [path.read_bytes() for path in kept]
    toy.catalogue("".join(ENTRY.replace('"a"', f'"{name}"') for name in "abc"))
    driver, output = toy.start("run", "--jobs", "1")
    until((toy.reports / ".staging/000000/.journal").exists, output.read_text)
    toy.notebook("b", "print('another')", ("md", "Text before"))
    toy.notebook("c", "print('before')", ("md", "Another text"))
    (toy.root / "go").touch()
    until(lambda: not running(driver))
    for path, content in zip(kept, before, strict=True):
        path.write_bytes(content)
    said = toy.run("plan").text
    assert "run  b/default  b.ipynb changed" in said and "render  c/default  text of c.ipynb changed" in said


def test_what_an_earlier_run_left_in_a_notebook_is_not_shown(toy):
    path = toy.notebook("a", (("skip-execution",), "1"), "1 / 0", "2")
    book = json.loads(path.read_text())
    for cell in book["cells"][1:]:
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "of an earlier run"}]
    path.write_text(json.dumps(book))
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 1
    assert "of an earlier run" not in (toy.reports / "a/default/notebook.ipynb").read_text() + toy.page("a/default")


OUT = "import atexit, csv, os, pathlib, zipfile\nout = pathlib.Path(os.environ['PRESS_OUT'])\n"
LEFT_OPEN = {
    "a file": "f = open(out / 'x', 'w'); f.write('whole')",
    "a table": "w = csv.writer(open(out / 'x', 'w', newline='')); w.writerow(['whole'])",
    "an archive": "z = zipfile.ZipFile(out / 'x', 'w'); z.writestr('whole', '')",
    "a file in a circle": "class A: pass\na = A(); a.me = a; a.f = open(out / 'x', 'w'); a.f.write('whole')",
    "a file of a module": "csv.f = open(out / 'x', 'w'); csv.f.write('whole')",
    "what is left to the end": "atexit.register(lambda: (out / 'x').write_text('whole'))",
}


@pytest.mark.parametrize("engine", ["fork", "kernel"])
def test_what_a_cell_left_open_is_published_whole(toy, engine):
    for number, cell in enumerate(LEFT_OPEN.values()):
        toy.notebook(f"n{number}", OUT + cell)
    toy.catalogue("".join(ENTRY.replace('"a"', f'"n{number}"') for number in range(len(LEFT_OPEN))))
    assert toy.run("run", "--engine", engine).code == 0
    for number, name in enumerate(LEFT_OPEN):
        content = (toy.reports / f"n{number}/default/x").read_bytes()
        assert b"whole" in content and (name != "an archive" or content[-22:-18] == b"PK\5\6"), name
    assert f"0 of {len(LEFT_OPEN)}" in toy.run("plan").text


def test_a_table_that_is_another_name_of_ours_is_published_and_ours_stays(toy):
    toy.notebook("a", OUT + "os.link(os.environ['PRESS_ROOT'] + '/data/units.csv', out / 'units.csv')")
    toy.catalogue(ENTRY)
    ours = (toy.root / "data/units.csv").read_bytes()
    assert toy.run("run").code == 0 and (toy.root / "data/units.csv").read_bytes() == ours
    assert (toy.reports / "a/default/units.csv").read_bytes() == b"\xef\xbb\xbf" + ours


@pytest.mark.parametrize("name", ["en", "vi", "notebook.ipynb", "notebook.vi.ipynb", "manifest.json", "results.csv"])
@pytest.mark.parametrize("what", ["mkdir()", "write_text('a,a\\n')"], ids=["folder", "file"])
def test_what_is_written_in_the_place_of_a_reports_own_is_named(toy, name, what):
    toy.notebook("a", OUT + f"(out / {name!r}).{what};")
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 1 and name in toy.manifest("a/default")["error"]
    assert toy.page("a/default").rstrip().endswith("</html>")


def test_a_figure_as_pdf_is_offered_and_made_again_where_it_is_lost(toy):
    toy.notebook("a", OUT + "(out / 'figure.pdf').write_text('%PDF')")
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 0 and 'href="../figure.pdf"' in toy.page("a/default")
    (toy.reports / "a/default/figure.pdf").unlink()
    assert "run  a/default  figure.pdf is lost" in toy.run("plan").text
    assert toy.run("run").code == 0 and (toy.reports / "a/default/figure.pdf").exists()


def test_a_mask_of_rights_that_a_cell_sets_hides_no_page(toy):
    toy.notebook("a", "import os\nos.umask(0o777);")
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 0
    assert (toy.reports / "a/default/en/index.html").stat().st_mode == (toy.reports / "index.html").stat().st_mode


def test_a_report_that_reads_another_without_saying_so_is_made_again_after_it(toy):
    toy.notebook("b", OUT + "(out / 'x.txt').write_text('1');")
    toy.notebook("c", "import os\nprint(open(os.environ['PRESS_ROOT'] + '/reports/b/default/x.txt').read())")
    toy.catalogue(ENTRY.replace('"a"', '"b"') + ENTRY.replace('"a"', '"c"'))
    toy.run("run", "--only", "b")
    assert toy.run("run").code == 0
    toy.notebook("b", OUT + "(out / 'x.txt').write_text('2');")
    toy.run("run")
    assert "run  c/default  x.txt changed" in toy.run("plan").text


def test_without_a_home_nobody_fails(monkeypatch):
    import pwd

    from press import execute

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert execute._portable("as it is") == "as it is"


@pytest.mark.parametrize("folder", ["code", "p", "svg", "b"])
def test_a_home_called_like_a_tag_leaves_tags_whole(monkeypatch, folder):
    from press import execute

    monkeypatch.setenv("HOME", f"/{folder}")
    said = f"<p><{folder}>/{folder}/x</{folder}></p>"
    assert execute._portable(said) == said.replace(f">/{folder}/x", ">~/x")


def test_what_is_shown_in_another_language_changes_nothing_in_the_first(boxed):
    toy, module, run = boxed
    module.write_text("said = 'en'\n\ndef use(lang):\n    global said\n    said = lang\n")
    toy.notebook("a", "from box import thing\nthing.said", "print(_, Out)")
    settings = '[project]\ncode = ["box"]\nlanguage = "box.thing:use"'
    toy.catalogue(ENTRY, SETTINGS.replace("[project]", settings))
    run("run")
    for name in ("notebook.ipynb", "notebook.vi.ipynb"):
        book = json.loads((toy.reports / "a/default" / name).read_text())
        assert book["cells"][-1]["outputs"][0]["text"] == "en {1: 'en'}\n"


LAST = {  # lines after a figure is drawn
    "a title": ("plt.plot([1, 5, 2])", "plt.title('t')"),
    "limits of an axis": ("fig, ax = plt.subplots()", "ax.plot([1, 5, 2])", "ax.set_xlim(0, 2)"),
    "a picture in a file": ("plt.plot([1, 5, 2])", "plt.savefig(os.environ['PRESS_OUT'] + '/f.png')"),
    "a table that is shown": ("plt.plot([1, 5, 2])", "display({'a': 1})"),
    "cell magic": ("%%html", "Hello"),
    "a script": ("%%javascript", "alert(1)"),
    "an update": ("h = display('start', display_id=True)", "h.update('done')"),
}


@pytest.fixture(scope="module")
def shown_last(tmp_path_factory, zygote):
    """Pages in two languages of cells whose last line cannot be asked for again, or says nothing of what is shown."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("last") / "project", zygote)
    for number, lines in enumerate(LAST.values()):
        first = ["import os, matplotlib.pyplot as plt"] * (lines[0][:2] != "%%")
        toy.notebook(f"n{number}", "\n".join([*first, *lines]))
    toy.catalogue(
        "".join(f'[[report]]\nnotebook = "n{n}"\n' for n in range(len(LAST))),
        SETTINGS.replace("[project]", '[project]\nlanguage = "builtins:str"'),
    )
    return toy, toy.run("run")


@pytest.mark.parametrize("line", LAST)
def test_what_a_cell_shows_is_whole_in_every_language_whatever_its_last_line(shown_last, line):
    toy, done = shown_last
    assert done.code == 0, done.text
    books = [f"n{list(LAST).index(line)}/default/{name}" for name in ("notebook.ipynb", "notebook.vi.ipynb")]
    first, other = (json.loads((toy.reports / book).read_text())["cells"][-1]["outputs"] for book in books)
    assert first == other and first


def test_a_picture_that_a_cell_wrote_is_not_written_over_by_the_next_language(shown_last):
    import matplotlib.pyplot as plt

    toy, _ = shown_last
    number = list(LAST).index("a picture in a file")
    assert plt.imread(toy.reports / f"n{number}/default/f.png").min() < 0.5


def test_what_a_later_cell_writes_over_is_written_over_in_every_language(toy):
    toy.notebook("a", "h = display('first', display_id=True)", "h.update('second');")
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 0
    for name in ("notebook.ipynb", "notebook.vi.ipynb"):
        book = json.loads((toy.reports / "a/default" / name).read_text())
        assert book["cells"][1]["outputs"][0]["data"]["text/plain"] == "'second'"


UNREADABLE = {
    "cut": (UNITS[:-30].encode(), "data/units.csv cannot be read: line 4 has 5 fields; expected 9"),
    "a quote that is never closed": (UNITS.encode() + b'67,"' + b"x" * 10**6, "data/units.csv cannot be read"),
    "in UTF-16": (UNITS.encode("utf-16"), "data/units.csv cannot be read: 'utf-8' codec"),
    "a row with a field more": (UNITS.encode() + b"67" + b",x" * 9, "line 5 has 10 fields; expected 9"),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("over", ["provinces", "units.province_code"])
def test_a_table_of_the_catalogue_that_cannot_be_read_is_named_with_its_line(root, name, over):
    content, said = UNREADABLE[name]
    _write(root / "data/units.csv", content)
    _write(root / "notebooks/a.ipynb", _notebook(PARAMETERS))
    _write(root / "reports.toml", ENTRY + f'over = {{ province = "{over}" }}\n' + SETTINGS)
    with pytest.raises(ValueError, match=said):
        catalogue.read_catalogue()


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_ends_of_lines_and_a_byte_order_mark_make_no_other_catalogue(root, ends):
    _write(root / "notebooks/a.ipynb", _notebook(PARAMETERS))
    _write(root / "reports.toml", ENTRY + 'over = { province = "provinces" }\n' + SETTINGS)
    before = [run.id for run in catalogue.read_catalogue()[0]]
    _write(root / "data/units.csv", "\ufeff" + UNITS.replace("\n", ends) + ends)
    assert [run.id for run in catalogue.read_catalogue()[0]] == before


def test_a_text_with_the_ends_of_lines_of_windows_is_translated(toy):
    toy.notebook("a", ("md", "Of two\r\nlines."), "1", vi={"Of two\nlines.": "Một dòng."})
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 0 and "Một dòng." in toy.page("a/default", "vi")


@pytest.mark.parametrize("content", ["'đ'.encode('utf-16')", "b'a,b\\n1'", "b'a\\n' + b'x' * 200_000"])
def test_a_table_of_a_figure_that_cannot_be_read_is_named(toy, content):
    toy.notebook("a", OUT + f"(out / 'figures').mkdir(); (out / 'figures/x.csv').write_bytes({content});")
    toy.catalogue(ENTRY)
    assert toy.run("run").code == 1 and "figures/x.csv cannot be read: " in toy.manifest("a/default")["error"]


@pytest.mark.parametrize(
    "how", [shutil.rmtree, lambda folder: folder.rename(folder.with_name("moved"))], ids=["lost", "moved"]
)
@pytest.mark.parametrize("what", ["reports", "reports/.staging"])
def test_folders_that_go_away_during_a_run_are_lines_and_no_traceback(toy, what, how):
    toy.notebook("a", WAITING, parameters="n: int = 0")
    toy.catalogue(ENTRY + "over = { n = [0, 1] }\n")
    driver, output = toy.start("run", "--jobs", "1")
    until((toy.reports / ".staging/000000/.journal").exists, output.read_text)
    how(toy.root / what)
    (toy.root / "go").touch()
    until(lambda: not running(driver))
    assert "Traceback" not in output.read_text() and (
        ".lock was removed" in output.read_text() or "1 failed" in output.read_text()
    )
    assert toy.run("run").code == 0 and toy.manifest("a/1")["status"] == "ok"


@pytest.mark.parametrize("content", ["[[report", "", None], ids=["half", "empty", "gone"])
def test_a_catalogue_that_is_saved_during_a_run_counts_from_the_next(toy, content):
    toy.notebook("a", WAITING, parameters="n: int = 0")
    toy.catalogue(ENTRY + "over = { n = [0, 1] }\n")
    driver, output = toy.start("run", "--jobs", "1")
    until((toy.reports / ".staging/000000/.journal").exists, output.read_text)
    catalogue_ = toy.root / "reports.toml"
    before = catalogue_.read_bytes()
    catalogue_.unlink() if content is None else catalogue_.write_text(content)
    (toy.root / "go").touch()
    until(lambda: not running(driver))
    assert "2 reports made, 0 failed" in output.read_text() and toy.run("plan").code == 2
    catalogue_.write_bytes(before)
    assert "all are up to date" in toy.run("plan").text
