"""
Which small changes of the code do its tests notice? Draws mutants of some modules and runs the tests that reach them.

Usage: ``.venv/bin/python -P benchmarks/mutants.py [helpers.record.terms ...] [-n 16] [--seed 1]``; without names: all modules of the
record, the study and the effects. A mutant is one change of one place: a comparison, an operator, a number, a truth value, a condition, a
call of ``abs``, ``min`` for ``max``, ``any`` for ``all``. One run without a mutant tells which tests call which function. A mutant
then meets the tests that call its function, the shortest first, and all tests of the module's own file, up to the first failure, in a
fork of a process that has the libraries loaded and against a copy of ``src``.

Every result is written at once to ``results/mutants.csv``; a run that was stopped goes on where it was. What was noticed is not tried again
while the module and its mutant are the same; what survived is, except where its column ``verdict``, written by hand, begins with
``equivalent``. The table by module is ``results/mutants.txt``.
"""

import argparse
import ast
import copy
import datetime
import hashlib
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "mutants.csv"
TESTS = [ROOT / "tests" / name for name in ("record", "effects", "test_study.py", "findings", "reference")]
LOADED = ("hypothesis", "pandera.pandas", "scipy.stats", "matplotlib.pyplot", "statspai", "diff_diff", "pyfixest")
SPENT = 12  # seconds of tests of other modules, at most
COLUMNS = ["module", "function", "line", "before", "after", "noticed_by", "verdict", "mutant", "source"]
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


def _called(node):
    """The last name of what a call calls."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _changed(node):
    """Return the mutant of one node of a syntax tree, or None."""
    node = copy.deepcopy(node)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()
    elif isinstance(node, ast.UnaryOp):
        node = node.operand
    elif isinstance(node, ast.IfExp):
        node.body, node.orelse = node.orelse, node.body
    elif isinstance(node, ast.Constant) and type(node.value) in (bool, int, float):
        node.value = not node.value if isinstance(node.value, bool) else node.value + 1
    elif isinstance(node, ast.Call) and _called(node) == "abs":
        node = node.args[0] if node.args else node.func.value
    elif isinstance(node, ast.Call) and _called(node) in NAMES:
        setattr(node.func, "attr" if isinstance(node.func, ast.Attribute) else "id", NAMES[_called(node)])
    else:
        return None
    return node


def _inside(tree):
    """Every node of a tree with its parent, its place in it and the outermost function around it; texts of errors and types aside."""
    around = [(tree, "", False)]
    while around:
        parent, path, within = around.pop()
        for name, value in ast.iter_fields(parent):
            for place, node in enumerate(value if isinstance(value, list) else [value]):
                aside = name in ("annotation", "returns") or isinstance(node, ast.Raise | ast.JoinedStr)
                if aside or not isinstance(node, ast.AST):
                    continue
                yield parent, name, place, node, path
                called = isinstance(node, ast.FunctionDef)
                deeper = not within and (called or isinstance(node, ast.ClassDef))
                here = f"{path}.{node.name}".strip(".") if deeper else path
                around.append((node, here, within or called))


class Mutants:
    """
    The mutants of a module in the order in which ``seed`` draws them: ``keys``, and by key (function, line, before, after).

    A key says module, function, change and which of the like it is, not the line: other changes of the file leave it as it is.
    """

    def __init__(self, module: str, text: str, seed: int) -> None:
        self.tree, self._places, self.told, alike = ast.parse(text), {}, {}, Counter()
        for parent, name, place, node, function in list(_inside(self.tree)):
            new = _changed(node)
            if new is not None:
                what = (function, ast.unparse(node), ast.unparse(new))
                alike[what] += 1
                key = hashlib.sha256(repr((seed, module, *what, alike[what])).encode()).hexdigest()[:12]
                self.told[key] = (function, node.lineno, *what[1:])
                self._places[key] = (parent, name, place, node, ast.copy_location(new, node))
        self.keys = sorted(self.told)

    def source(self, key: str) -> str:
        """Return the module's source with one mutant."""
        parent, name, place, node, new = self._places[key]
        _put(parent, name, place, new)
        text = ast.unparse(self.tree)
        _put(parent, name, place, node)
        return text


def _put(parent, name, place, node):
    if isinstance(getattr(parent, name), list):
        getattr(parent, name)[place] = node
    else:
        setattr(parent, name, node)


class Reached:
    """A plugin of pytest: which functions below ``src`` each test calls, and its seconds, as JSON into a file."""

    def __init__(self, src, file):
        self.src, self.file, self.found = str(src) + os.sep, file, {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Note every call while a test is set up and run."""
        called, start = set(), time.process_time()
        sys.settrace(lambda frame, *_: called.add(frame.f_code))
        yield
        sys.settrace(None)
        ours = ((Path(c.co_filename), c.co_qualname) for c in called if c.co_filename.startswith(self.src))
        named = {f"{_dotted(file.relative_to(self.src))}:{name.split('.<')[0]}" for file, name in ours}
        self.found[item.nodeid] = [time.process_time() - start, sorted(named)]
        return True

    def pytest_sessionfinish(self):
        """Write what was found."""
        self.file.write_text(json.dumps(self.found), encoding="utf-8")


class First:
    """A plugin of pytest: tests run in a given order, the first that fails is written into a file; one that takes much longer than it did ends all."""

    def __init__(self, order, reached, file):
        self.order, self.file = {test: place for place, test in enumerate(order)}, file
        self.seconds = {test: 5 + 10 * reached[test][0] for test in order}

    def pytest_collection_modifyitems(self, items):
        """Sort the tests, and leave out those not asked for."""
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda item: self.order[item.nodeid])

    def pytest_runtest_setup(self, item):
        """Let a signal end this process after so much time of the processor."""
        signal.setitimer(signal.ITIMER_VIRTUAL, self.seconds[item.nodeid])

    def pytest_runtest_logreport(self, report):
        """Write the failure."""
        if report.failed:
            self.file.write_text(report.nodeid, encoding="utf-8")


def _dotted(file):
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def run(src: Path, tests: list, plugin, limit: float) -> int | None:
    """Run tests against the code in ``src`` in a fork that leaves no compiled code; return the exit code, or None after ``limit`` seconds."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        os.environ |= {"PYTHONPATH": str(src), "PRESS_ROOT": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # plugins and rewritten asserts cost a second each time
        sys.dont_write_bytecode = True
        sys.path.insert(0, str(src))
        options = ["-xq", "-oaddopts=--import-mode=importlib", "-pxdist.plugin", "-n0", "-pno:cacheprovider"]
        options += ["-pno:unraisableexception", "--assert=plain", f"--rootdir={ROOT}"]
        os._exit(int(pytest.main([*options, *map(str, tests)], [plugin])))
    end, done = time.monotonic() + limit, 0
    try:
        while not done and time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            time.sleep(0 if done else 0.02)
    finally:
        if not done:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if done else None


def reach(src: Path, noted: Path) -> dict:
    """Return of every test its seconds and what it calls (see `Reached`), kept below ``.cache`` by the content of the test's file."""
    files = [file for place in TESTS for file in ([place] if place.is_file() else sorted(place.rglob("test_*.py")))]
    kept = {str(file.relative_to(ROOT)): hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in files}
    kept = {name: ROOT / ".cache" / "mutants" / f"{digest}.json" for name, digest in kept.items()}
    if lacking := [name for name, file in kept.items() if not file.exists()]:
        print(f"which functions do the tests of {len(lacking)} files call?", flush=True)
        if run(src, lacking, Reached(src, noted), 7200) != 0:
            sys.exit("the tests fail without a mutant.")
        found = json.loads(noted.read_text(encoding="utf-8"))
        for name in lacking:
            kept[name].parent.mkdir(parents=True, exist_ok=True)
            mine = {test: told for test, told in found.items() if test.split("::")[0] == name}
            kept[name].write_text(json.dumps(mine), encoding="utf-8")
    return {test: told for file in kept.values() for test, told in json.loads(file.read_text("utf-8")).items()}


def order(reached: dict, module: str, function: str) -> list[list[str]]:
    """
    Return the tests of a mutant in two parts: the module's own file, then others that call the function, the shortest first, some seconds of them.

    What runs at import, or in a function that no test calls, is tried by all tests that call anything of the module.
    """
    calls = [test for test, (_, names) in reached.items() if f"{module}:{function}" in names]
    calls = calls or [test for test, (_, names) in reached.items() if any(n.startswith(f"{module}:") for n in names)]
    own = [test for test in reached if f"/test_{module.split('.')[-1]}.py" in test]
    calls.sort(key=lambda test: reached[test][0])
    first = [*(test for test in calls if test in own), *(test for test in own if test not in calls)]
    others, spent = [test for test in calls if test not in own], 0.0
    others = [test for test in others if (spent := spent + reached[test][0]) < SPENT]
    return [part for part in (first, others) if part]


def summary(table: pd.DataFrame, possible: dict[str, int], seed: int) -> str:
    """Return scores by module and the survivors as text."""
    lines = [f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, seed {seed}: `python -P benchmarks/mutants.py`", ""]
    lines.append(f"{'module':32}{'possible':>9}{'drawn':>7}{'noticed':>9}{'equivalent':>12}{'alive':>7}{'score':>7}")
    unseen = table["noticed_by"] == ""
    equal = unseen & table["verdict"].str.startswith("equivalent")
    alive = unseen & ~equal
    for name, rows in [*table.groupby("module"), ("all", table)]:
        drawn, left, same = len(rows), int(alive[rows.index].sum()), int(equal[rows.index].sum())
        score = f"{100 * (drawn - left - same) / max(drawn - same, 1):.0f} %"
        of = possible.get(name, sum(possible.values()))
        lines.append(f"{name:32}{of:9}{drawn:7}{drawn - left - same:9}{same:12}{left:7}{score:>7}")
    lines += ["", "Alive, equivalent, or alive at first:"]
    for row in table[alive | (table["verdict"] != "")].sort_values(["module", "line"]).itertuples():
        end = f"noticed by {row.noticed_by}" if row.noticed_by else "not noticed"
        lines.append(f"- {row.module} {row.line} ({row.function or 'module'}): {row.before} -> {row.after}")
        lines.append(f"  {'; '.join(filter(None, (row.verdict, end)))}")
    return "\n".join(lines) + "\n"


class Bench:
    """A copy of ``src``, the tests that reach its functions, and one mutant at a time."""

    def __init__(self, folder: Path) -> None:
        self.src = Path(shutil.copytree(ROOT / "src", folder / "src"))
        self._noted = folder / "noted"
        self._reached = reach(self.src, self._noted)

    def noticed_by(self, module: str, file: Path, function: str, source: str) -> str:
        """Return the first test that fails with a mutant, or nothing."""
        target = self.src / file.relative_to(ROOT / "src")
        whole = target.read_text(encoding="utf-8")
        self._noted.unlink(missing_ok=True)
        target.write_text(source, encoding="utf-8")
        for tests in order(self._reached, module, function):
            files, plugin = sorted({test.split("::")[0] for test in tests}), First(tests, self._reached, self._noted)
            code = run(self.src, files, plugin, 1800)
            if code != 0:
                break
        target.write_text(whole, encoding="utf-8")
        if self._noted.exists():
            return self._noted.read_text(encoding="utf-8")
        return {None: "the limit of time", -signal.SIGVTALRM: "the limit of time", 0: ""}.get(
            code, "the collection of tests"
        )


def main() -> None:
    """Draw and try mutants, write results and table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="such as helpers.record.terms")
    parser.add_argument("-n", type=int, default=16, help="mutants drawn from each module")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.chdir(ROOT)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # no child and no copy is left behind
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name in LOADED:  # once, for all forks
        with suppress(ImportError):
            importlib.import_module(name)
    src = ROOT / "src"
    files = [*src.glob("helpers/effects/*.py"), *src.glob("helpers/record/*.py"), src / "helpers/study.py"]
    every = {_dotted(file.relative_to(src)): file for file in sorted(files)}
    every = {name: (file, Mutants(name, file.read_text("utf-8"), args.seed)) for name, file in every.items()}
    every = {name: pair for name, pair in every.items() if pair[1].keys}
    drawn = [(name, key) for name in args.modules or every for key in every[name][1].keys[: args.n]]
    rows = pd.read_csv(RESULTS, dtype=str, keep_default_na=False).to_dict("records") if RESULTS.exists() else []
    known = {row["mutant"]: row for row in rows}
    stay = [row for row in rows if args.modules and row["module"] not in args.modules]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for place, (module, key) in enumerate(sorted(drawn, key=lambda one: one[1] in known), 1):  # new ones first
            file, made = every[module]
            source, (function, line, before, after) = made.source(key), made.told[key]
            row = known.get(key, dict.fromkeys(COLUMNS, ""))
            digest = hashlib.sha256(source.encode()).hexdigest()[:12]
            done = row["source"] == digest and (row["noticed_by"] or row["verdict"].startswith("equivalent"))
            if not done:
                start = time.monotonic()
                by = bench.noticed_by(module, file, function, source)
                if by and row["source"] and not row["noticed_by"]:
                    row["verdict"] = "alive at first"
                row["noticed_by"] = by
                took = f"{time.monotonic() - start:.0f} s"
                print(f"{place}/{len(drawn)} {module} {line}: {before} -> {after}: {by or 'ALIVE'}, {took}", flush=True)
            verdict = row["verdict"]
            values = (module, function, line, before, after, row["noticed_by"], verdict, key, digest)
            known[key] = dict(zip(COLUMNS, values, strict=True))
            table = pd.DataFrame([*stay, *(known[k] for _, k in drawn if k in known)], columns=COLUMNS)
            table.to_csv(RESULTS, index=False, lineterminator="\n")
    possible = {name: len(made.keys) for name, (_, made) in every.items()}
    text = summary(table.astype({"line": int}), possible, args.seed)
    RESULTS.with_suffix(".txt").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
