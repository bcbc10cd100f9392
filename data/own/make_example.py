"""Makes data/own/example/: a made-up panel of 60 communes in 12 years. Every number and name in it is invented; seed 20260101."""

from pathlib import Path

import numpy as np
import pandas as pd

EFFECT = 2.0  # points of service_score in a year whose 30 June is under a non-local; income has none


def make(folder):
    """Write panel.csv and leaders.csv into a folder: 60 communes (codes 99001-99060, which no commune has), 2012-2023."""
    rng = np.random.default_rng(20260101)
    units, years = [f"99{n:03d}" for n in range(1, 61)], range(2012, 2024)
    spells, treated = [], np.full((60, 12), np.nan)
    for i, unit in enumerate(units):
        month, number = (2012 - rng.integers(0, 4)) * 12 + rng.integers(0, 12), 0
        while month < 2024 * 12:
            number += 1
            length = int(rng.integers(30, 72))
            outside = rng.choice(["yes", "no", ""], p=[0.4, 0.57, 0.03])
            end = month + length
            spells.append(
                (
                    unit,
                    f"Made-up person {unit[2:]}-{number}",
                    f"{month // 12}-{month % 12 + 1:02d}",
                    f"{end // 12}-{end % 12 + 1:02d}" if end < 2024 * 12 else "",
                    outside,
                )
            )
            for k, year in enumerate(years):
                if month <= year * 12 + 5 < end:
                    treated[i, k] = outside == "yes"
            month = end
    level, common = rng.normal(50, 5, (60, 1)), np.linspace(0, 6, 12) + rng.normal(0, 0.5, 12)
    noise = rng.normal(0, 2, (60, 12))
    score = level + common + noise + EFFECT * np.nan_to_num(treated)
    income = np.exp(rng.normal(3.2, 0.3, (60, 1)) + 0.06 * np.arange(12) + rng.normal(0, 0.05, (60, 12)))
    table = pd.DataFrame(
        {
            "ma_xa": np.repeat(units, 12),
            "nam": np.tile(years, 60),
            "service_score": score.round(1).ravel(),
            "income": income.round(2).ravel(),
        }
    )
    table.loc[rng.choice(len(table), 9, replace=False), "service_score"] = np.nan
    table.to_csv(folder / "panel.csv", index=False, lineterminator="\n")
    pd.DataFrame(spells, columns=["ma_xa", "person", "start", "end", "non_local"]).to_csv(
        folder / "leaders.csv", index=False, lineterminator="\n"
    )


if __name__ == "__main__":
    make(Path(__file__).parent / "example")
