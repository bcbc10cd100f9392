"""A 5% test rejects about 5% of treatments that do nothing: real careers dealt to other provinces, real outcomes."""

import numpy as np
import pandas as pd
import pytest

from helpers import effects, paths
from helpers.effects import curve, inference

OUTCOMES = ("pci_score", "grdp_growth_pct", "papi_corruption")


def wide(outcome):
    frame = curve.design_panel(outcome).frame
    names = {"y": "y", "d": "treated", "unit": "unit_code", "time": "year", "covariates": ()}
    return effects.wide_paths(frame, effects.cells(frame), names)[:2]


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("draw", [inference.twfe_draws, inference.counterfactual_draws], ids=["twfe", "counterfactual"])
def test_randomisation_rejects_one_placebo_in_twenty(outcome, draw):
    y, d = wide(outcome)
    placebo, others = (
        np.abs(draw(y, d, inference.permuted_paths(d, n, seed)[0])) for n, seed in ((600, 1), (1_999, 2))
    )
    p = (1 + (others[None, :] >= placebo[:, None]).sum(1)) / 2_000
    assert 0.025 <= np.mean(p <= 0.05) <= 0.08


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_stored_sizes_of_randomisation_lie_between_3_and_7_percent(outcome):
    table = pd.read_csv(paths.root() / "benchmarks" / "results" / "size.csv")
    table = table[(table["outcome"] == outcome) & table["test"].str.contains("randomisation")]
    assert len(table) == 3
    assert (table["draws"] >= 1_000).all()
    assert table["rejected"].between(0.03, 0.07).all()
