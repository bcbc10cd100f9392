"""Figures of estimates: which tables of results they draw and which they refuse."""

import pandas as pd
import pytest

from helpers import effects, plots, study
from helpers.words import Refused


@pytest.fixture(scope="module")
def panel():
    return study.panel("pci_score")


@pytest.mark.parametrize("draw", [plots.forest, plots.events])
def test_a_table_that_holds_no_results_is_refused_by_the_columns_it_lacks(draw, panel):
    for rows in (pd.DataFrame(), panel.frame):
        with pytest.raises(Refused, match="the table to draw has no column estimate, conf_low, conf_high"):
            draw(rows, panel, title="")


def test_a_mean_effect_is_no_path_around_a_change(panel):
    with pytest.raises(Refused, match=r"no event time.* Draw these by plots\.forest"):
        plots.events(effects.fit_twfe(panel), panel, title="")


@pytest.mark.parametrize("draw", [plots.forest, plots.events])
def test_results_of_a_refused_design_are_drawn_empty(draw, panel):
    assert draw(effects.result(estimate=[]), panel, title="") is not None
