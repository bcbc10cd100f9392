"""How often 5% tests reject a treatment that does nothing, on real outcomes: ``python -m benchmarks.size [draws]``.

The real careers are permuted over provinces (1,000 times by default), so that no effect is there; every inference the pages
show is asked each time. Stored: benchmarks/results/size.csv. Monte Carlo error of a share near 5% at 1,000 draws: 0.7 points.
"""

import sys

import numpy as np
import pandas as pd

from helpers import effects, study
from helpers.effects import linear
from helpers.effects.chance import reassigned_paths

OUTCOMES = ("pci_score", "grdp_growth_pct", "papi_corruption")


def size(outcome, draws=1_000, reference=4_999, wild=199, seed=7):
    """Return the share of permuted careers that each 5% test rejects."""
    c = effects.design(study.panel(outcome))
    y, paths, _, _ = c.tables()
    placebo, others = (reassigned_paths(paths, *way)[0] for way in ((draws, seed), (reference, seed + 1)))

    def studentised(index):
        beta, spread = linear.draws_of([y], paths, index, scores=True)
        return beta[:, 0] / np.sqrt(spread[:, 0, 0])

    rejected = {}
    for test, values in (
        ("two-way, randomisation, coefficient", lambda i: linear.draws_of([y], paths, i)[0][:, 0]),
        ("two-way, randomisation, t", studentised),
        ("counterfactual, randomisation", lambda i: linear.draws_of([y], paths, i, "counterfactual")[0][:, 0]),
    ):
        null = np.sort(np.abs(values(others)))
        null = null[np.isfinite(null)]
        seen = np.abs(values(placebo))
        p = (1 + len(null) - np.searchsorted(null, seen * (1 - 1e-9))) / (1 + len(null))
        rejected[test] = np.mean(p[np.isfinite(seen)] <= 0.05)
    cell = pd.DataFrame(
        {"unit_code": np.repeat(c.units, len(c.times)), "year": np.tile(c.times, len(c.units)), "y": y.ravel()}
    )
    found = {"two-way, CR1": [], "two-way, wild cluster bootstrap": [], "counterfactual, bootstrap": []}
    for row in placebo:
        moved = cell.assign(treated=paths[row].ravel())
        found["two-way, CR1"].append(effects.fit_twfe(moved)["p_value"].item() <= 0.05)
        found["two-way, wild cluster bootstrap"].append(
            effects.fit_twfe(moved, inference_by="wild", draws=wild)["p_value"].item() <= 0.05
        )
        found["counterfactual, bootstrap"].append(
            effects.fit_counterfactual(moved, draws=200, horizon=())["p_value"][0] <= 0.05
        )
    rejected |= {test: np.mean(values) for test, values in found.items()}
    return pd.DataFrame(
        {
            "outcome": outcome,
            "test": list(rejected),
            "rejected": list(rejected.values()),
            "draws": draws,
            "n_switching": c.n_switching,
        }
    )


def main(draws):
    """Print and return the table of the three outcomes."""
    table = pd.concat([size(outcome, draws) for outcome in OUTCOMES], ignore_index=True)
    print(table.to_string(index=False))
    return table


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000).to_csv(
        "benchmarks/results/size.csv", index=False, float_format="%.4g"
    )
