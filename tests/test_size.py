"""A 5% test rejects about 5% of treatments that do nothing: real careers dealt to other provinces, real outcomes."""

import numpy as np
import pandas as pd
import pytest

from helpers import effects, paths, study
from helpers.effects import chance, linear

OUTCOMES = ("pci_score", "grdp_growth_pct", "papi_corruption")


def wide(outcome):
    return effects.design(study.panel(outcome)).tables()[:2]


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("statistic", chance.STATISTICS)
def test_reassignment_rejects_one_placebo_in_twenty(outcome, statistic):
    y, d = wide(outcome)
    estimator = "counterfactual" if statistic == "counterfactual" else "twfe"

    def draw(n, seed):
        beta, spread = linear.draws_of(
            [y], d, chance.reassigned_paths(d, n, seed)[0], estimator, scores=statistic == "t"
        )
        return np.abs(beta[:, 0] / np.sqrt(spread[:, 0, 0]) if statistic == "t" else beta[:, 0])

    placebo, others = draw(600, 1), draw(1_999, 2)
    p = (1 + (others[None, :] >= placebo[:, None]).sum(1)) / 2_000
    assert 0.025 <= np.mean(p <= 0.05) <= 0.08


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_stored_sizes_of_randomisation_lie_between_3_and_7_percent(outcome):
    table = pd.read_csv(paths.root() / "benchmarks" / "results" / "size.csv")
    table = table[(table["outcome"] == outcome) & table["test"].str.contains("randomisation")]
    assert len(table) == 3
    assert (table["draws"] >= 1_000).all()
    assert table["rejected"].between(0.03, 0.07).all()
