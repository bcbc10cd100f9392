"""How often 95% intervals hold the truth, by design, number of switching units, gaps and effect: ``python -m benchmarks.intervals [draws]``.

The real sequences of secretaries are reassigned to provinces and all but k switching ones made local throughout; effects of a known
shape are added to the real outcome (none; constant; growing or turning with time in office), or noise to the provinces that switch.
The truth is the mean effect on treated cells, for PanelMatch and local projections that of the year of arrival. Designs for a treatment
that stays see it stay. Stored in src/helpers/effects/coverage.csv (seed 11; 66 to 198 draws, 120 of an earlier run where no other number stands), from which ``effects.results`` takes its rule and which
page 12 shows. Monte Carlo error of a share near 0.92 at 100 draws: 0.027.
"""

import sys
import warnings

import numpy as np
import pandas as pd

from helpers import effects, paths, study
from helpers.effects import power, results
from helpers.effects.chance import reassigned_paths

FILE = paths.root() / "src" / "helpers" / "effects" / "coverage.csv"
PCI, GROWTH, SEED = "pci_score", "grdp_growth_pct", 11
GAPS = {
    "none": lambda y, rng: y,
    "periods": lambda y, rng: np.where(np.arange(y.shape[1]) % 3 == 2, np.nan, y),
    "cells": lambda y, rng: np.where(rng.random(y.shape) < 0.1, np.nan, y),
}
CASES = [
    *((PCI, k, "none", "none") for k in (1, 3, 5, 8, 12, 20, 30)),
    *((GROWTH, k, "none", "none") for k in (8, 12, 30)),
    *((GROWTH, k, "periods", "none") for k in (5, 12, 30)),
    *((PCI, k, "cells", "none") for k in (5, 12, 30)),
    *((PCI, k, "none", "noisy") for k in (5, 12, 30)),
    (PCI, 12, "none", "constant"),
    *((PCI, k, "none", shape) for shape in ("growing", "reversing") for k in (12, 30)),
]
WHOLE = {
    "twfe": effects.fit_twfe,
    "wild": lambda f: effects.fit_twfe(f, inference_by="wild", draws=399),
    "reassignment": lambda f: effects.randomise(f, draws=199).rows,
    "counterfactual": lambda f: effects.fit_counterfactual(f, draws=200, horizon=(0, -1)),
}
ARRIVAL = {
    "panel_match": lambda f: effects.fit_panel_match(f, leads=(0,), draws=200),
    "lp_did": lambda f: effects.fit_lp_did(f, before=2, after=1).query("event_time == 0"),
}
STAYS = {
    "callaway_santanna": lambda f: effects.fit_absorbing(_stays(f), control="not_yet_treated"),
    "imputation": lambda f: effects.fit_absorbing(_stays(f), "imputation"),
    "switchers": lambda f: effects.fit_switchers(f, effects=3, placebos=0),
}
RARE = ("lp_did", "imputation")  # slow: every third draw


def _stays(frame):
    return frame.assign(treated=frame.groupby("unit_code")["treated"].cummax())


def panels(outcome, k, gaps, effect, draws, seed=SEED):
    """Yield panels of the real outcome under reassigned sequences, k of them switching, and the true means: of all treated cells, of arrivals."""
    y, paths, _, _ = effects.design(study.panel(outcome)).tables()
    paths = pd.DataFrame(paths).ffill(axis=1).bfill(axis=1).fillna(0).to_numpy()
    moves, spread = np.flatnonzero(np.ptp(paths, axis=1) > 0), float(np.nanstd(np.diff(y)))
    rng, (unit, year) = np.random.default_rng(seed), np.indices(y.shape)
    for order in reassigned_paths(paths, draws, seed)[0]:
        d = np.where(np.isin(np.arange(len(paths)), rng.permutation(moves)[:k])[:, None], paths, 0)[order]
        noise = spread * rng.standard_normal(y.shape) * (np.ptp(d, axis=1) > 0)[:, None]
        shaped = effect not in ("none", "noisy")
        added = power.inject(d[None], effect, spread, rng)[0] if shaped else np.zeros(y.shape)
        seen = GAPS[gaps](y + added + noise * (effect == "noisy"), rng)
        arrives = (np.diff(d, prepend=1) > 0) & np.isfinite(seen)
        truth = [added[at].mean() if at.any() else np.nan for at in ((d > 0) & np.isfinite(seen), arrives)]
        cells = {"unit_code": unit, "year": 2001 + year, "y": seen, "treated": d}
        yield pd.DataFrame({name: values.ravel() for name, values in cells.items()}), *truth


def coverage(outcome, k, gaps, effect, draws):
    """Return the share of intervals that hold the truth, one row a design."""
    designs = WHOLE | ARRIVAL | (STAYS if effect in ("none", "noisy") else {})
    held = {name: [] for name in designs}
    for b, (frame, whole, arrival) in enumerate(panels(outcome, k, gaps, effect, draws)):
        for name, fit in designs.items():
            rows = effects.attempt(fit, frame) if b % 3 == 0 or name not in RARE else ()
            if len(rows) and np.isfinite(rows["conf_low"].iloc[0]):
                truth = arrival if name in ARRIVAL else whole
                held[name].append(rows["conf_low"].iloc[0] <= truth <= rows["conf_high"].iloc[0])
    rows = [(outcome, k, gaps, effect, name, np.mean(v) if v else np.nan, len(v)) for name, v in held.items()]
    return pd.DataFrame(rows, columns=["outcome", "n_switching", "gaps", "effect", "design", "coverage", "n_draws"])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    results.least_switching = lambda *_: 0  # the gate itself must not hide what it is made from
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    table = []
    for case in CASES:
        table.append(coverage(*case, draws))
        print(table[-1].to_string(header=False, index=False), flush=True)
        pd.concat(table).round(4).to_csv(FILE, index=False)
