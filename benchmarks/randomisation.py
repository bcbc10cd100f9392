"""Randomisation inference against a loop over regression libraries: ``python -m benchmarks.randomisation``.

Real panel (63 provinces, the growth of 13 years), a simulated complete one, one with holes and unknown treatments, and a
commune-sized one (10,600 x 15). Libraries are timed on a few draws and given per draw; both are in one process and one run, in CPU seconds, so that a busy
machine does not matter.
"""

import time
import warnings

import numpy as np
import pandas as pd

from benchmarks.estimators import simulated
from helpers import effects, study


def _seconds(call, times=1):
    best = np.inf
    for _ in range(times):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def _loop(frame, fit, draws):
    """Permute whole paths over units and fit each time, as a script over a library would."""
    rng = np.random.default_rng(1)
    wide = frame.pivot(index="unit_code", columns="year", values="treated").astype(float)

    def run():
        for _ in range(draws):
            moved = pd.DataFrame(wide.to_numpy()[rng.permutation(len(wide))], wide.index, wide.columns)
            fit(frame.assign(treated=moved.stack(future_stack=True).to_numpy()).dropna(subset=["y", "treated"]))

    return _seconds(run) / draws


def _libraries():
    import statsmodels.api as sm

    def statsmodels(data):
        dummies = pd.get_dummies(data[["unit_code", "year"]].astype("category"), drop_first=True, dtype=float)
        sm.OLS(data["y"], sm.add_constant(dummies.assign(treated=data["treated"].astype(float)))).fit()

    yield "statsmodels OLS with dummies", statsmodels
    import pyfixest

    yield (
        "pyfixest feols",
        lambda data: pyfixest.feols(
            "y ~ treated | unit_code + year", data.assign(treated=data["treated"].astype(float))
        ),
    )
    try:
        from linearmodels.panel import PanelOLS
    except ImportError:
        return
    yield (
        "linearmodels PanelOLS",
        lambda data: PanelOLS.from_formula(
            "y ~ treated + EntityEffects + TimeEffects",
            data.assign(treated=data["treated"].astype(float)).set_index(["unit_code", "year"]),
        ).fit(),
    )


def main():
    """Print one row per panel and way."""
    warnings.simplefilter("ignore")
    complete = simulated(63, 13)
    holed = complete.assign(
        y=complete["y"].mask(np.random.default_rng(2).random(len(complete)) < 0.03),
        treated=complete["treated"].astype(float),
    )
    holed.loc[holed.sample(frac=0.03, random_state=3).index, "treated"] = np.nan
    real = study.panel("grdp_growth_pct", window=(2005, 2017)).frame[["unit_code", "year", "y", "treated"]]
    rows = []
    for name, frame, draws, peers in (
        ("63 x 13, complete", complete, 10_000, 10), ("63 x 13, holes and unknown", holed, 10_000, 0),
        ("63 x 13, real (growth 2005-2017)", real.astype({"treated": "Float64"}), 10_000, 10), ("10,600 x 15, complete", simulated(10_600, 15), 1_000, 1),
    ):  # fmt: skip
        ours = _seconds(
            lambda frame=frame, draws=draws: effects.randomise(frame, draws=draws), 3 if len(frame) < 10_000 else 1
        )
        rows.append((name, f"own, {draws:,} draws", ours, ours / draws, 1.0))
        for library, fit in _libraries() if peers else ():
            if library.startswith("statsmodels") and len(frame) > 10_000:
                continue
            one = _loop(frame, fit, peers)
            rows.append((name, f"{library}, {peers} draws timed", one * draws, one, one * draws / ours))
    table = pd.DataFrame(rows, columns=["panel", "way", "cpu_seconds_all_draws", "cpu_seconds_a_draw", "times_own"])
    print(table.to_string(index=False, float_format=lambda v: f"{v:,.5g}"))
    return table


if __name__ == "__main__":
    main().to_csv("benchmarks/results/randomisation.csv", index=False, float_format="%.5g")
