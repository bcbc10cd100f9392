"""Figures of estimates: which tables of results they draw and which they refuse."""

import numpy as np
import pandas as pd
import pytest

from helpers import effects, findings, plots, study
from helpers.record import tables
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


def test_the_values_of_a_specification_curve_are_in_the_unit_that_its_axis_names():
    panel = study.panel(next(iter(tables.load("designs").query("transform == 'log'")["outcome"])))
    made = findings.robustness(panel, 20)
    fig = plots.curve(made.shown, made.band, made.choices, panel, title="A title")
    assert fig.data["estimate"].tolist() == pytest.approx((100 * made.shown["estimate"]).tolist())
    assert set(fig.data["measured_in"]) == {"log points"} == {fig.axes[0].get_ylabel()}


@pytest.mark.parametrize("post", ["secretary", "chair"])
def test_what_one_counts_in_the_figure_of_chance_is_the_p_value(post):
    panel = study.panel("unemployment_rate_pct", "hometown", post)
    result = effects.randomise(panel, draws=500)
    drawn = plots.chance(result, panel).data
    assert drawn["count"].sum() == 500
    assert (1 + drawn["reached"].sum()) / 501 == pytest.approx(result.p_value)
    outside = (drawn["from"] > abs(result.observed) - 1e-9) | (drawn["to"] < -abs(result.observed) + 1e-9)
    assert drawn.loc[outside, "count"].sum() == pytest.approx(drawn["reached"].sum())


def test_the_figure_of_the_brief_has_a_mark_for_each_design_so_that_the_one_which_disagrees_is_seen():
    table = pd.DataFrame(
        {"label": "A", "measure": "points", "digits": 2, "estimator": ["twfe", "counterfactual", "switchers"]}
    )
    table = table.assign(estimate=[-0.45, -0.6, -0.89], conf_low=[-1.2, -1.49, -1.38], conf_high=[0.29, 0.33, -0.40])
    fig = plots.small_multiples(table, title="A title")
    assert (
        len(fig.marks) == 3
        and "A, points, first changes (dCDH): \u22120.89 (\u22121.38 to \u22120.40)" in fig.said["alt"]
    )


def test_a_point_with_few_cells_and_no_interval_does_not_set_the_scale_of_the_years_around_a_change(panel):
    rows = effects.result(event="arrival", event_time=[-1, 0, 1], estimate=[0.1, 0.5, 40.0], n_cells=[20, 20, 2])
    rows = pd.concat(
        [rows.assign(conf_low=[-1.0, -1.0, None], conf_high=[1.0, 2.0, None]), rows.iloc[:2].assign(event="exit")]
    )
    fig = plots.events(rows, panel, title="A title")
    assert len({ax.get_ylim() for ax in fig.axes}) == 1 and fig.axes[0].get_ylim()[1] < 3
    assert "\u2191" in [text.get_text() for text in fig.axes[0].texts] and "40.00" in fig.said["alt"]
    assert fig.data["estimate"].max() == 40


def test_a_spike_at_an_end_of_the_band_does_not_set_the_scale_of_a_specification_curve(panel):
    table = pd.DataFrame({"choice": "a", "estimate": np.linspace(-0.3, 0.3, 100), "p_value": 0.5})
    band = np.tile([[-1.0], [1.0]], 100)
    band[0, 0], choices = -50.0, {"choice": {"": "Heading", "a": "A"}}
    fig = plots.curve(table, band, choices, panel, title="A title")
    assert fig.axes[0].get_ylim()[0] > -1.5 and any(
        "band goes on beyond the axis" in text.get_text() for text in fig.texts
    )
    assert [text.get_text() for text in fig.axes[1].texts] == ["Heading", "A"]
