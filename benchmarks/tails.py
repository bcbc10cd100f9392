"""How often p-values far below 0.05 come out where there is no effect: ``python -m benchmarks.tails [draws] [seed]`` (1500, 5).

The trials are those of ``benchmarks.intervals`` without an effect. Holm's adjustment over fifteen outcomes and three designs asks for p-values
near 0.001, which 95% intervals say nothing about. Each line: design, outcome, switching units, and the share of trials with a
p-value below 0.05, 0.01 and 0.001, by the normal and by the t distribution with the switching units less one. 1,500 draws take about
a quarter of an hour of one core; the last line-up stands in ``benchmarks/results/tails.txt``.
"""

import sys
import warnings

import numpy as np
from scipy import stats

from benchmarks import intervals
from helpers import effects
from helpers.effects import results

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


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    results.least_switching = lambda *_: 0  # the rule that hides p-values must not hide what is counted here
    run(*map(int, sys.argv[1:]))
