"""
Which small changes of the code do its tests notice? Draws mutants of some modules, runs each module's own tests against them.

Usage: ``.venv/bin/python -P benchmarks/mutants.py helpers.record.terms helpers.study -n 30 --seed 1``. A mutant is one change of one
place: a comparison, an operator, a number, a truth value, a condition. Its tests are the files ``test_<module>.py``; they run in a fork
of a process that has the libraries loaded, against a copy of ``src``, and stop at the first failure. Survivors are printed with their
line, to be judged: some change nothing.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import hypothesis  # noqa: F401 (loaded once, for all forks)
import pandas  # noqa: F401
import pandera.pandas  # noqa: F401
import pytest

ROOT = Path(__file__).resolve().parents[1]
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


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
    else:
        return None
    return node


def mutants(source: str) -> list[tuple[int, str, str, str]]:
    """Return (line, code before, code after, whole mutated source) of every mutant of a module; texts of errors and types aside."""
    tree = ast.parse(source)
    aside = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise | ast.JoinedStr) for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        notes = (getattr(node, "annotation", None), getattr(node, "returns", None))
        aside |= {id(part) for note in notes if note is not None for part in ast.walk(note)}
    found = []
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            for place, node in enumerate(value if isinstance(value, list) else [value]):
                new = _changed(node) if isinstance(node, ast.AST) and id(node) not in aside else None
                if new is not None:
                    new = ast.copy_location(new, node)
                    old = value[place] if isinstance(value, list) else value
                    _put(parent, name, place, new)
                    found.append((node.lineno, ast.unparse(node), ast.unparse(new), ast.unparse(tree)))
                    _put(parent, name, place, old)
    return found


def _put(parent, name, place, node):
    if isinstance(getattr(parent, name), list):
        getattr(parent, name)[place] = node
    else:
        setattr(parent, name, node)


def noticed(src: Path, tests: list[str], limit: float) -> bool:
    """Return whether the tests fail against the code in ``src``, within ``limit`` seconds (an endless mutant is noticed)."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        os.environ |= {"PYTHONPATH": str(src), "PRESS_ROOT": str(ROOT)}
        sys.path.insert(0, str(src))
        os._exit(int(pytest.main(["-xq", "-n0", "-pno:randomly", "-pno:cacheprovider", *tests])))
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return True


def main() -> None:
    """Print score and survivors of each module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+", help="such as helpers.record.terms")
    parser.add_argument("-n", type=int, default=20, help="mutants drawn from each module")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    os.chdir(ROOT)
    total = caught = 0
    for module in args.modules:
        with tempfile.TemporaryDirectory() as folder:
            src = Path(shutil.copytree(ROOT / "src", Path(folder) / "src"))
            file = src / (module.replace(".", "/") + ".py")
            tests = sorted(str(test) for test in (ROOT / "tests").rglob(f"test_{file.stem}.py"))
            start = time.monotonic()
            if not tests or noticed(src, tests, 3600):
                sys.exit(f"{module}: no tests, or they fail without a mutant: {', '.join(tests)}")
            limit, whole = 60 + 10 * (time.monotonic() - start), file.read_text(encoding="utf-8")
            every = mutants(whole)
            drawn = sorted(random.Random(f"{args.seed} {module}").sample(every, min(args.n, len(every))))
            lines, alive = whole.splitlines(), []
            for line, before, after, source in drawn:
                file.write_text(source, encoding="utf-8")
                if not noticed(src, tests, limit):
                    alive.append(f"  line {line}: {before} -> {after}   | {lines[line - 1].strip()[:90]}")
                    print(alive[-1], flush=True)
            total, caught = total + len(drawn), caught + len(drawn) - len(alive)
            print(f"{module}: {len(drawn) - len(alive)} of {len(drawn)} noticed ({len(every)} possible)", flush=True)
    print(f"all: {caught} of {total} noticed, {100 * caught / max(total, 1):.0f} %")


if __name__ == "__main__":
    main()
