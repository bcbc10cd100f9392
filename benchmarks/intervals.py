"""How often 95% intervals hold the truth, by design, number of switching units and gaps: ``python -m benchmarks.intervals [draws]``.

The real sequences of secretaries are reassigned to provinces, all but k switching ones are made local throughout, and nothing
is added to the real outcomes: every interval should hold zero 95 times in 100. Designs for a treatment that stays see it stay.
Stored: benchmarks/results/coverage_gate.csv (seed 11, 120 draws, first switches 160, local projections 30); the rule in ``effects.results.LEAST_SWITCHING`` is read off it. Monte
Carlo error of a share near 0.92: 0.019 at 200 draws, 0.038 at 50.
"""

import sys
import warnings

import numpy as np
import pandas as pd

from helpers import effects, study
from helpers.effects import results
from helpers.effects.chance import reassigned_paths

OUTCOMES = ("pci_score", "grdp_growth_pct")
SWITCHING = (3, 5, 8, 12, 20, 30)
GAPS = {"none": lambda year: year < 0, "every third year": lambda year: year % 3 == 0}
FAST = {
    "twfe": effects.fit_twfe,
    "wild": lambda f: effects.fit_twfe(f, inference_by="wild", draws=399),
    "counterfactual": lambda f: effects.fit_counterfactual(f, draws=200, horizon=(0, -1)),
    "panel_match": lambda f: effects.fit_panel_match(f, leads=(0,), draws=200),
    "callaway_santanna": lambda f: effects.fit_absorbing(_stays(f), control="not_yet_treated"),
    "imputation": lambda f: effects.fit_absorbing(_stays(f), "imputation"),
}
SLOW = {
    "switchers": lambda f: effects.fit_switchers(f, effects=3, placebos=0),
    "lp_did": lambda f: effects.fit_lp_did(f, before=2, after=1).query("event_time == 0"),
}


def _stays(frame):
    return frame.assign(treated=frame.groupby("unit_code")["treated"].cummax())


def panels(outcome, k, draws, seed):
    """Yield panels of the real outcome under reassigned sequences, k of them switching."""
    y, paths, _, _ = effects.design(study.panel(outcome)).tables()
    paths = pd.DataFrame(paths).ffill(axis=1).bfill(axis=1).fillna(0).to_numpy()
    moves = np.flatnonzero(paths.max(1) > paths.min(1))
    rng, (unit, year) = np.random.default_rng(seed), np.indices(y.shape)
    for order in reassigned_paths(paths, draws, seed)[0]:
        kept = np.where(np.isin(np.arange(len(paths)), rng.permutation(moves)[:k])[:, None], paths, 0)[order]
        yield pd.DataFrame(
            {"unit_code": unit.ravel(), "year": 2001 + year.ravel(), "y": y.ravel(), "treated": kept.ravel()}
        )


def coverage(outcome, k, gap, draws, seed=11):
    """Return the share of intervals that hold zero, one row a design."""
    held = {name: [] for name in (*FAST, *SLOW)}
    for b, frame in enumerate(panels(outcome, k, draws, seed)):
        frame["y"] = frame["y"].mask(GAPS[gap](frame["year"]))
        for name, fit in (FAST if b >= draws // 4 and k < 20 else FAST | SLOW).items():
            rows = effects.attempt(fit, frame)
            if len(rows) and np.isfinite(rows["conf_low"].iloc[0]):
                held[name].append(rows["conf_low"].iloc[0] <= 0 <= rows["conf_high"].iloc[0])
    rows = [(outcome, k, gap, name, np.mean(v) if v else np.nan, len(v)) for name, v in held.items()]
    return pd.DataFrame(rows, columns=["outcome", "n_switching", "gaps", "design", "coverage", "n_draws"])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    results.LEAST_SWITCHING = {}  # the gate itself must not hide what it is made from
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    cases = [(o, k, "none") for o in OUTCOMES for k in SWITCHING] + [
        ("grdp_growth_pct", k, "every third year") for k in (5, 12, 30)
    ]
    table = []
    for case in cases:
        table.append(coverage(*case, draws))
        print(table[-1].to_string(header=False, index=False), flush=True)
        pd.concat(table).round(4).to_csv("benchmarks/results/coverage_gate.csv", index=False)
