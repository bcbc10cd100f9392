"""
Rejection of true nulls by the two tests of whether leaders matter (10), and coverage of the intervals of one province (09), by simulation.

Run: python -m benchmarks.leaders_size; writes benchmarks/results/leaders_size.csv. Seeds are the numbers of the draws.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from helpers.effects import leaders, synthetic

FOLDER, DRAWS = Path(__file__).parent / "results", 200


def noise(rng, units, years, rho=0.5):
    """Return AR(1) noise of variance one (units, years)."""
    out = rng.standard_normal((units, years))
    for t in range(1, years):
        out[:, t] = rho * out[:, t - 1] + np.sqrt(1 - rho**2) * out[:, t]
    return out


def spells(seed, missing, units=40, years=16):
    """Return a panel in which leaders do not matter: four terms of 2, 3, 5 and 6 years in random order."""
    rng = np.random.default_rng(seed)
    y = noise(rng, units, years) + rng.standard_normal((units, 1)) * 5
    held = np.array([np.repeat(np.arange(4), rng.permutation([2, 3, 5, 6])) for _ in range(units)])
    gone = np.zeros(y.shape, bool)
    if missing == "a fifth of the cells":
        gone = rng.random(y.shape) < 0.2
    if missing == "first years":
        gone = np.arange(years) < rng.integers(0, 6, (units, 1))
    if missing == "four years in a row":
        gap = np.arange(years) - rng.integers(0, years - 3, (units, 1))
        gone = (gap >= 0) & (gap < 4)
    unit, year = np.indices(y.shape)
    frame = pd.DataFrame({"unit_code": unit.ravel(), "year": year.ravel(), "y": np.where(gone, np.nan, y).ravel()})
    return frame.assign(spell_id=(unit * 10 + held).ravel())


def rejected(missing):
    """Return the share of true nulls that each test rejects at 5%."""
    tests = [leaders.permute_spells(spells(seed, missing), draws=199, seed=seed) for seed in range(DRAWS)]
    return {
        "order of terms": np.mean([t.p_value <= 0.05 for t in tests]),
        "dates of change exchanged": np.mean([t.p_calendar <= 0.05 for t in tests]),
    }


def covered(pre, post, rho):
    """Return how often the conformal interval of the mean gap holds the true gap of 1, among units that are mixes of others."""
    held = []
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        y = noise(rng, 12, pre + post, rho)
        y[0] = y[1:4].mean(0) + 0.5 * noise(rng, 1, pre + post, rho)[0] + 1.0 * (np.arange(pre + post) >= pre)
        row = synthetic.prediction_intervals(synthetic.Case(0, pre, pd.DataFrame(y.T)), seed=seed, each=False).iloc[-1]
        held.append(row["conf_low"] <= 1 <= row["conf_high"])
    return {"conformal interval of the mean gap": np.mean(held)}


if __name__ == "__main__":
    rows = []
    for missing in ("none", "a fifth of the cells", "first years", "four years in a row"):
        rows += [("rejects a true null", test, missing, share) for test, share in rejected(missing).items()]
    for pre, post, rho in ((8, 4, 0.0), (8, 4, 0.5), (20, 5, 0.5)):
        how = f"{pre} years before, {post} after, correlation {rho}"
        rows += [("holds the truth", what, how, share) for what, share in covered(pre, post, rho).items()]
    table = pd.DataFrame(rows, columns=["question", "test", "setting", "share"]).assign(draws=DRAWS)
    table.to_csv(FOLDER / "leaders_size.csv", index=False, float_format="%.5g", lineterminator="\n")
    print(table.to_string(index=False))
