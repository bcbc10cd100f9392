"""Run benchmarks: ``python -m benchmarks`` runs all (tens of minutes, on a quiet machine), ``python -m benchmarks NAME ...`` some."""

import ast
import runpy
import sys
from pathlib import Path


def _listed():
    files = [f for f in Path(__file__).parent.glob("*.py") if not f.stem.startswith("_")]
    files += Path(__file__).parent.glob("*/__main__.py")
    return {f.parent.name if f.stem == "__main__" else f.stem: f for f in sorted(files)}


if __name__ == "__main__":
    listed, asked = _listed(), sys.argv[1:]
    strange = [name for name in asked if name not in listed]
    if strange:
        print(f"no benchmark {', '.join(strange)}; there are:")
        for name, file in listed.items():
            print(f"  {name}: {(ast.get_docstring(ast.parse(file.read_text('utf-8'))) or '').splitlines()[0]}")
        sys.exit(2)
    for name in asked or listed:
        print(f"== {name}", flush=True)
        sys.argv = [name]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
