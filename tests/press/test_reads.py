"""What a report read, in whatever way, decides whether it is up to date."""

import os
import py_compile
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from press import reads

HERE = "import os\nroot = os.environ['PRESS_ROOT'] + '/data/'\n"
# how a notebook reads a file of data/, the file, and what it holds afterwards
READ = {
    "a folder searched": ("import glob\nlen(glob.glob(root + 'many/*.csv'))", "many/2.csv", "2"),
    "a folder listed": ("sorted(e.name for e in os.scandir(root + 'listed'))", "listed/2.csv", "2"),
    "a file not there at first": ("try: open(root + 'late.csv')\nexcept OSError: print('none')", "late.csv", "2"),
    "a module beside the tables": (
        "import sys\nsys.path.insert(0, root)\nimport beside\nbeside.VALUE",
        "beside.py",
        "VALUE = 2",
    ),
    "a module named at run time": ("import importlib\nimportlib.import_module('toys.' + 'named').VALUE", "", ""),
    "another process of the pool": (
        "import multiprocessing\n\ndef size(path): return len(open(path).read())\n\nwith multiprocessing.get_context('fork').Pool(1) as pool: print(pool.map(size, [root + 'pool.csv']))",
        "pool.csv",
        "22",
    ),
    "a database by its address": (
        "import sqlite3\nsqlite3.connect(f'file:{root}base.db?mode=ro', uri=True).execute('select 1').fetchall()",
        "base.db",
        "",
    ),
    "a script that is run": ("%run ../data/script.py", "script.py", "print(2)"),
    "a notebook": ("open(root + 'book.ipynb').read()", "book.ipynb", "2"),
    "a thread": ("import threading\nt = threading.Thread(target=lambda: open(root + 'thread.csv').read())\nt.start(); t.join()", "thread.csv", "2"),
    "an array of bytes": ("import numpy as np\nnp.fromfile(root + 'array.bin', dtype='u1')", "array.bin", "2"),
    "a name that begins with a stroke": ("import glob\nlen(glob.glob(root + 'under/*.csv'))", "under/_2.csv", "2"),
    "a file opened to add to it": ("f = open(root + 'adds.csv', 'a+')\nf.seek(0)\nf.read()", "adds.csv", "2"),
    "Parquet": ("import pandas as pd\nlen(pd.read_parquet(root + 'table.parquet'))", "table.parquet", "2"),
    "a folder of Parquet": ("import pandas as pd\nlen(pd.read_parquet(path=root + 'parts'))", "parts/table.parquet", "2"),
    "tables of a page": ("import pandas as pd\nlen(pd.read_html(root + 'table.html')[0])", "table.html", "2"),
    "what a link leads to": ("open(root + 'link.csv').read()", "behind.csv", "2"),
    "the folder one stands in, listed": ("os.chdir(root + 'here')\nsorted(os.listdir())", "here/2.csv", "2"),
    "the folder one stands in, searched": ("os.chdir(root + 'there')\nlen([*os.scandir()])", "there/2.csv", "2"),
    "an opened folder": ("len(os.listdir(os.open(root + 'opened', os.O_RDONLY)))", "opened/2.csv", "2"),
    "a folder that modules come from": ("import glob, sys\nsys.path.insert(0, root + 'path')\nimport in_path\nlen(glob.glob(root + 'path/*.csv'))", "path/2.csv", "2"),
    "a file opened to be made where it is not": ("os.read(os.open(root + 'made.csv', os.O_RDWR | os.O_CREAT), 9)", "made.csv", "2"),
}  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory, zygote):
    """Reports that each read something in another way; then all of it changes."""
    from conftest import Toy

    toy = Toy(tmp_path_factory.mktemp("reads") / "project", zygote)
    data, package = toy.root / "data", toy.root / "src" / "toys"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "named.py").write_text("VALUE = 1\n")
    for folder in {file.partition("/")[0] for _, file, _ in READ.values() if "/" in file}:
        (data / folder).mkdir()
        if folder != "parts":
            (data / folder / "1.csv").write_text("1")
    (data / "path" / "in_path.py").touch()
    (data / "link.csv").symlink_to("behind.csv")
    for _, file, _ in READ.values():
        if file.endswith(".parquet"):
            pd.DataFrame({"a": [1]}).to_parquet(data / file)
        elif file.endswith(".html"):
            pd.DataFrame({"a": [1]}).to_html(data / file)
        elif file.endswith(".py"):
            (data / file).write_text("VALUE = 1\n")
        elif file and "/" not in file and file != "late.csv":
            (data / file).write_bytes(b"")
    for number, (code, _, _) in enumerate(READ.values()):
        toy.notebook(f"n{number:02d}", HERE + code)
    toy.catalogue("".join(f'[[report]]\nnotebook = "n{number:02d}"\n' for number in range(len(READ))))
    sys = f"import sys\nsys.path.insert(0, {str(package.parent)!r})\n"
    toy.notebook("n04", HERE + sys + READ["a module named at run time"][0])
    made = toy.run("run")
    still = toy.run("plan")
    for _, file, content in READ.values():
        (data / file if file else package / "named.py").write_text(content or "VALUE = 2\n")
    return made, still, toy.run("plan").text


def test_all_are_made_and_then_up_to_date(read):
    made, still, _ = read
    assert made.code == 0, made.text
    assert still.text.startswith(f"0 of {len(READ)} "), still.text


def test_the_list_of_the_projects_own_folder_is_no_input(toy):
    toy.notebook("a", "import os\nlen(os.listdir(os.environ['PRESS_ROOT']))")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0 and toy.manifest("a/default")["read"] == {}
    assert toy.run("plan").text.startswith("0 of 1 ")


def test_the_folders_that_only_modules_come_from_are_no_inputs(toy):
    (toy.root / "lib").mkdir()
    (toy.root / "lib" / "mine.py").touch()
    toy.notebook(
        "a",
        "import importlib.metadata, sys\nsys.path.insert(0, '../lib')\nimport mine\nimportlib.metadata.version('numpy')",
    )
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0 and list(toy.manifest("a/default")["read"]) == ["lib/mine.py"]


@pytest.mark.parametrize("way", READ)
def test_what_was_read_makes_its_report_again_where_it_changes(read, way):
    name = f"n{list(READ).index(way):02d}/default"
    assert name in read[2], read[2]


def test_what_was_committed_to_a_database_and_not_yet_put_into_it_counts_as_read(toy):
    read = "import sqlite3\nsqlite3.connect(root + 'x.db').execute('select sum(a) from t').fetchall()"
    toy.notebook("a", HERE + read)
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    with closing(sqlite3.connect(toy.root / "data" / "x.db")) as base:
        base.executescript("pragma journal_mode = wal; create table t(a); insert into t values (1);")
        assert toy.run("run").code == 0 and toy.run("plan").text.startswith("0 of 1 ")
        base.execute("insert into t values (100)")
        base.commit()
        assert "x.db-wal changed" in toy.run("plan").text


def test_a_table_that_changes_after_a_child_read_it_leaves_its_report_out_of_date(toy):
    pool = "import multiprocessing\n\ndef text(path): return open(path).read()\n\nwith multiprocessing.get_context('fork').Pool(1) as pool: print(pool.map(text, [root + 'toy.csv']))"
    toy.notebook("a", HERE + pool, "open(root + 'toy.csv', 'w').write('22');")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    done = toy.run("run")
    assert done.code == 0 and "out of date already: a/default: data/toy.csv" in done.text
    assert "toy.csv changed while it was read" in toy.run("plan").text


def test_another_file_of_one_name_with_size_and_times_of_the_first_is_read_anew(toy):
    for content in ("11", "22"):
        (toy.root / "data" / content).mkdir()
    first, other = (toy.root / "data" / content / "x.csv" for content in ("11", "22"))
    for file in (first, other):  # within one tick of the clock of files
        os.write(os.open(file, os.O_WRONLY | os.O_CREAT), file.parent.name.encode())
    (toy.root / "data" / "now").symlink_to("11")
    toy.notebook("a", HERE + "open(root + 'now/x.csv').read()")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0 and toy.run("plan").text.startswith("0 of 1 ")
    (toy.root / "data" / "now").unlink()
    (toy.root / "data" / "now").symlink_to("22")
    assert "x.csv changed" in toy.run("plan").text


def test_only_the_folder_of_the_press_is_the_press(monkeypatch):
    folder = Path(reads.__file__).parent
    monkeypatch.setitem(reads._state, "root", f"{folder.parents[1]}/")
    assert reads._counts(f"{folder}_notes/x.csv") and not reads._counts(f"{folder}/plan.py")


def test_compiled_code_without_its_module_counts_as_read(toy):
    module = toy.root / "data" / "bare.py"
    for value in (1, 2):
        module.write_text(f"V = {value}\n")
        py_compile.compile(str(module), str(module.with_suffix(".pyc")))
        module.unlink()
        if value == 1:
            toy.notebook("a", HERE + "import sys\nsys.path.insert(0, root)\nimport bare\nprint('V is', bare.V)")
            toy.catalogue('[[report]]\nnotebook = "a"\n')
            assert toy.run("run").code == 0 and toy.run("plan").text.startswith("0 of 1 ")
    assert "bare.pyc changed" in toy.run("plan").text


@pytest.mark.parametrize("mode", ["TIMESTAMP", "UNCHECKED_HASH"])
def test_compiled_code_that_is_older_than_its_module_is_not_taken(toy, mode):
    module = toy.root / "data" / "m.py"
    module.write_text("V = 1\n")
    stamp = module.stat()
    py_compile.compile(str(module), invalidation_mode=py_compile.PycInvalidationMode[mode])
    module.write_text("V = 2\n")
    os.utime(module, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    toy.notebook("a", HERE + "import sys\nsys.path.insert(0, root)\nimport m\nprint('V is', m.V)")
    toy.catalogue('[[report]]\nnotebook = "a"\n')
    assert toy.run("run").code == 0 and "V is 2" in toy.page("a/default")
    assert toy.manifest("a/default")["read"] == {"data/m.py": reads.sha(b"V = 2\n")}


def test_the_catalogue_counts_where_a_cell_reads_it_and_nowhere_else(toy):
    toy.notebook("a", HERE + "len(open(root + '../reports.toml').read())")
    toy.notebook("b", "1")
    toy.catalogue('[[report]]\nnotebook = "a"\n[[report]]\nnotebook = "b"\n')
    assert toy.run("run").code == 0 and toy.run("plan").text.startswith("0 of 2 ")
    with open(toy.root / "reports.toml", "a") as file:
        file.write("# more\n")
    said = toy.run("plan").text
    assert "run  a/default  reports.toml changed" in said and said.startswith("run  a") and "1 of 2 " in said
