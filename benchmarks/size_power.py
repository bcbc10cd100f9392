"""
Size, smallest detectable effect, bias and coverage of the designs on every outcome, 1,000 permuted careers each.

Run: python -m benchmarks.size_power [jobs]; writes benchmarks/results/size_power.csv and coverage.csv.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from helpers import study
from helpers.effects import design, power
from helpers.record import tables

FOLDER = Path(__file__).parent / "results"


def sizes(outcome):
    """Return the tables of one outcome: tests, and effects injected at the size that two-way effects just detect."""
    arrays = design(study.panel(outcome).frame).tables()[:2]
    tests = pd.concat([power.detectable(*arrays, name, draws=1_000)[0] for name in power.TESTS], ignore_index=True)
    size = tests.loc[tests["test"] == "CR1", "smallest_detectable"].item()
    injected = pd.concat(
        [power.simulate(1, *arrays, name, size, draws=1_000) for name in power.TESTS], ignore_index=True
    )
    return [table.assign(outcome=outcome) for table in (tests, injected)]


if __name__ == "__main__":
    with ProcessPoolExecutor(int(sys.argv[1]) if len(sys.argv) > 1 else 1) as pool:
        made = list(pool.map(sizes, tables.load("designs")["outcome"]))
    for name, tables in zip(("size_power", "coverage"), zip(*made, strict=True), strict=True):
        table = pd.concat(tables, ignore_index=True)
        table = table[["outcome", *table.columns.drop("outcome")]]
        table.to_csv(FOLDER / f"{name}.csv", index=False, float_format="%.5g", lineterminator="\n")
        print(table.to_string(index=False))
