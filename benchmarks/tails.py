"""How often p-values far below 0.05 come out where there is no effect: ``python -m benchmarks.tails [draws] [seed]`` (1500, 5).

The trials are those of ``benchmarks.intervals`` without an effect. Holm's adjustment over fifteen outcomes and three designs asks for p-values
near 0.001, which 95% intervals say nothing about. Each line: design, outcome, switching units, and the share of trials with a
p-value below 0.05, 0.01 and 0.001: as the design gives it, by the normal and by the t distribution with the switching units less
one. The last line lays first changes of the PCI score by hometown among those of twice as many reassignments of the real sequences.
1,500 draws take about twenty minutes of one core; what they gave stands in ``benchmarks/results/tails.txt``.
"""

import sys
import warnings

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks import intervals
from helpers import effects, study
from helpers.effects import results
from helpers.effects.chance import reassigned_paths

DESIGNS = {
    "switchers": (intervals.CHANGE["switchers"], (8, 11, 20)),
    "counterfactual": (intervals.WHOLE["counterfactual"], (20, 30)),
    "reassignment": (intervals.WHOLE["reassignment"], (8, 20)),
}
LEVELS = (0.05, 0.01, 0.001)


def trials(fit, outcome, k, draws, seed):
    """Return ratio of estimate to standard error, p-value and switching units of each trial."""
    found = []
    for frame, *_ in intervals.panels(outcome, k, "none", "none", draws, seed):
        rows = effects.attempt(fit, frame)
        if len(rows) and np.isfinite(rows["p_value"].iloc[0]):
            one = rows.iloc[0]
            found.append((abs(one["estimate"]) / one["std_error"], one["p_value"], one["n_switching"]))
    return np.array(found, float).T


def among(outcome, draws, seed):
    """Return what first changes give, and how many reassignments of the real sequences come at least as far in standard errors."""
    panel, far = study.panel(outcome), []
    y, paths, _, _ = effects.design(panel).tables()
    unit, year = np.indices(y.shape)
    for order in reassigned_paths(paths, draws, seed)[0]:
        cells = {"unit_code": unit, "year": 2001 + year, "y": y, "treated": paths[order]}
        rows = effects.attempt(effects.fit_switchers, pd.DataFrame({name: v.ravel() for name, v in cells.items()}))
        far += [abs(row.estimate) / row.std_error for row in rows.iloc[:1].itertuples() if row.std_error > 0]
    seen = effects.fit_switchers(panel).iloc[0]
    return seen, int((np.array(far) >= abs(seen["estimate"]) / seen["std_error"]).sum()), len(far)


def run(draws=1500, seed=5):
    """Print one line a design, outcome and number of switching units."""
    print(f"{draws} draws, seed {seed}; shares of p-values below {', '.join(map(str, LEVELS))}")
    for name, (fit, sizes) in DESIGNS.items():
        for outcome in (intervals.PCI, intervals.GROWTH):
            for k in sizes:
                z, p, n = trials(fit, outcome, k, draws, seed)
                ways = {"given": p, "normal": 2 * stats.norm.sf(z), "t": 2 * stats.t.sf(z, n - 1)}
                shown = (f"{way} {' '.join(f'{(q < a).mean():.4f}' for a in LEVELS)}" for way, q in ways.items())
                print(f"{name}, {outcome}, {k} switching, {len(p)} trials: {'; '.join(shown)}", flush=True)
    seen, n, of = among(intervals.PCI, 2 * draws, seed)
    print(
        f"switchers, {intervals.PCI} by hometown, {seen['n_switching']} switching: p = {seen['p_value']:.5f}; {n} of {of} reassigned come as far"
    )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    results.least_switching = lambda *_: 0  # the rule that hides p-values must not hide what is counted here
    run(*map(int, sys.argv[1:]))
