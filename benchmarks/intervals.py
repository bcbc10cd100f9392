"""How often 95% intervals hold the truth: ``python -m benchmarks.intervals [draws] [folder] [seed]`` (200, src/helpers/effects, 11).

The real sequences of secretaries are reassigned to provinces and all but k switching ones made local throughout; effects of a known
shape are added to the real outcome (none; constant; growing or turning with time in office), or noise to the provinces that switch.
The truth is the mean effect on treated cells; for PanelMatch and local projections that of the year of arrival; for first changes that
of their first three years, per year of changed treatment, against what would have gone on without the change. Designs for a treatment
that stays see it stay, and are asked where effects stay too.

One run fills one file, ``coverage.csv`` of the folder, from which ``effects.results`` takes its rule and which page 12 shows. Until
every case is counted the rows stand in ``coverage.part.csv`` beside it, with draws and seed; a run that was stopped goes on from there
when it is started with the same two numbers. Monte Carlo error of a share near 0.92 at 200 draws: 0.019. 200 draws take about half an hour of one core;
the file as it stands comes from one such run, but for the rows of first changes and of the counterfactual: counted again with the same
draws and seed when their intervals became those of the t distribution, and those of PanelMatch when the year's mean came off its outcome.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import effects, paths, study
from helpers.effects import power, results
from helpers.effects.chance import reassigned_paths

FOLDER = paths.root() / "src" / "helpers" / "effects"
PCI, GROWTH = "pci_score", "grdp_growth_pct"
KEYS = ["outcome", "n_switching", "gaps", "effect"]
GAPS = {
    "none": lambda y, rng: y,
    "periods": lambda y, rng: np.where(np.arange(y.shape[1]) % 3 == 2, np.nan, y),
    "cells": lambda y, rng: np.where(rng.random(y.shape) < 0.1, np.nan, y),
}
CASES = [
    *((PCI, k, "none", "none") for k in (1, 3, 5, 8, 12, 15, 20, 30)),
    *((GROWTH, k, "none", "none") for k in (8, 12, 30)),
    *((GROWTH, k, "periods", "none") for k in (5, 12, 30)),
    *((PCI, k, "cells", "none") for k in (5, 12, 30)),
    *((PCI, k, "none", "noisy") for k in (5, 12, 30)),
    *((PCI, k, "none", shape) for shape in ("constant", "growing", "reversing") for k in (12, 20, 30)),
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
CHANGE = {"switchers": lambda f: effects.fit_switchers(f, effects=3, placebos=0)}
STAYS = {
    "callaway_santanna": lambda f: effects.fit_absorbing(_stays(f), control="not_yet_treated"),
    "imputation": lambda f: effects.fit_absorbing(_stays(f), "imputation"),
}
RARE = ("lp_did", "imputation")  # slow: every third draw
COURSE = {"constant": lambda t: t >= 0, "growing": lambda t: t + 1, "reversing": lambda t: np.where(t < 2, 1, -1)}


def _stays(frame):
    return frame.assign(treated=frame.groupby("unit_code")["treated"].cummax())


def first_changes(d, added, seen, shape):
    """Return the mean effect of first changes over three years, per year of changed treatment, against going on without the change."""
    still = np.cumsum(np.diff(d, axis=1, prepend=d[:, :1]) != 0, axis=1) == 0
    without = d[:, :1] * added[:, :1] * COURSE.get(shape, COURSE["constant"])(np.arange(d.shape[1]))
    total, changed = 0.0, 0.0
    for i in np.flatnonzero(~still.all(1)):
        first = int(np.argmin(still[i]))
        for t in range(first, min(first + 3, d.shape[1])):
            others = still[:, t] & (d[:, 0] == d[i, 0]) & seen[:, t] & seen[:, first - 1]
            if others.any() and seen[i, t] and seen[i, first - 1]:
                sign = 1 - 2 * d[i, 0]
                total += sign * (added[i, t] - without[i, t])
                changed += sign * (d[i, t] - d[i, 0])
    return total / changed if changed else np.nan


def panels(outcome, k, gaps, effect, draws, seed):
    """Yield panels of the real outcome under reassigned sequences, k of them switching, and the true means by kind of design."""
    y, paths, _, _ = effects.design(study.panel(outcome)).tables()
    paths = pd.DataFrame(paths).ffill(axis=1).bfill(axis=1).fillna(0).to_numpy()
    moves, spread = np.flatnonzero(np.ptp(paths, axis=1) > 0), float(np.nanstd(np.diff(y)))
    rng, (unit, year) = np.random.default_rng(seed), np.indices(y.shape)
    for order in reassigned_paths(paths, draws, seed)[0]:
        d = np.where(np.isin(np.arange(len(paths)), rng.permutation(moves)[:k])[:, None], paths, 0)[order]
        noise = spread * rng.standard_normal(y.shape) * (np.ptp(d, axis=1) > 0)[:, None]
        added = power.inject(d[None], effect, spread, rng)[0] if effect in COURSE else np.zeros(y.shape)
        seen = GAPS[gaps](y + added + noise * (effect == "noisy"), rng)
        known = np.isfinite(seen)
        arrives = (np.diff(d, prepend=1) > 0) & known
        truth = [added[at].mean() if at.any() else np.nan for at in ((d > 0) & known, arrives)]
        truth.append(first_changes(d, added, known, effect))
        cells = {"unit_code": unit, "year": 2001 + year, "y": seen, "treated": d}
        yield pd.DataFrame({name: values.ravel() for name, values in cells.items()}), *truth


def coverage(outcome, k, gaps, effect, draws, seed):
    """Return the share of intervals that hold the truth, one row a design."""
    asked = [(WHOLE, 0), (ARRIVAL, 1), (CHANGE, 2), *([(STAYS, 0)] if effect not in COURSE else [])]
    held = {name: [] for designs, _ in asked for name in designs}
    for b, (frame, *truth) in enumerate(panels(outcome, k, gaps, effect, draws, seed)):
        for designs, which in asked:
            for name, fit in designs.items():
                rows = effects.attempt(fit, frame) if b % 3 == 0 or name not in RARE else ()
                if len(rows) and np.isfinite(rows["conf_low"].iloc[0]):
                    held[name].append(rows["conf_low"].iloc[0] <= truth[which] <= rows["conf_high"].iloc[0])
    rows = [(outcome, k, gaps, effect, name, np.mean(v), len(v)) for name, v in held.items() if v]
    table = pd.DataFrame(rows, columns=[*KEYS, "design", "coverage", "n_draws"])
    return table.assign(draws=draws, seed=seed)


def run(draws=200, folder=FOLDER, seed=11, cases=CASES):
    """Count every case that the part of an earlier run has not; write the file when all are there."""
    part, started = Path(folder) / "coverage.part.csv", time.monotonic()
    done = pd.read_csv(part) if part.exists() else pd.DataFrame(columns=[*KEYS, "draws", "seed"])
    done = done[(done["draws"] == draws) & (done["seed"] == seed)]
    left = [case for case in cases if not (done[KEYS] == list(case)).all(axis=1).any()]
    print(
        f"{len(cases)} cases of {draws} draws, seed {seed}; {len(cases) - len(left)} of them counted before", flush=True
    )
    for n, case in enumerate(left, 1):
        done = pd.concat([done, coverage(*case, draws, seed)] if len(done) else [coverage(*case, draws, seed)])
        done.round(4).to_csv(part, index=False)
        spent = (time.monotonic() - started) / 60
        rest = spent / n * (len(left) - n)
        print(f"{n} of {len(left)}: {', '.join(map(str, case))}; {spent:.1f} min, about {rest:.1f} to go", flush=True)
    done.round(4).sort_values(["gaps", "effect", "design", "outcome", "n_switching"]).to_csv(
        part.with_name("coverage.csv"), index=False
    )
    part.unlink()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    results.least_switching = lambda *_: 0  # the gate itself must not hide what it is made from
    run(*(kind(text) for kind, text in zip((int, str, int), sys.argv[1:], strict=False)))
