import matplotlib
import numpy as np
import pandas as pd
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from helpers import effects
from helpers.plots import estimates
from helpers.plots.charts import NON_LOCAL
from helpers.words import Words
from tests.effects.test_estimators import panel


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


EVENTS = pd.DataFrame(
    {
        "event_time": [-1, 0, 1],
        "estimate": [0.1, 1.0, 2.0],
        "conf_low": [0, 0.5, np.nan],
        "conf_high": [0.2, 1.5, np.nan],
        "n_behind": [9, 8, 1],
    }
)


@pytest.mark.parametrize(("after", "triangles"), [(True, 2), (False, 1)])
def test_years_under_non_locals_are_triangles_in_the_accent(ax, after, triangles):
    estimates.plot_events(EVENTS, Words("en"), ax, label="years", after=after)
    assert sum(line.get_marker() == "^" and line.get_color() == NON_LOCAL for line in ax.lines) == triangles


def test_the_number_behind_each_point_is_written_under_it(ax):
    estimates.plot_events(EVENTS, Words("en"), ax, label="years")
    assert [text.get_text() for text in ax.texts] == ["9", "8", "1"]


def test_a_curve_is_drawn_in_order_with_its_significant_part_in_the_accent():
    fig, axes = plt.subplots(2)
    table = pd.DataFrame({"estimate": [2.0, -1.0, 0.5], "p_value": [0.01, 0.5, 0.2], "window": ["a", "b", "a"]})
    estimates.plot_curve(table, np.zeros((5, 3)), {"window": {"a": "A", "b": "B"}}, Words("vi"), axes, label="points")
    marked = next(line for line in axes[0].lines if line.get_marker() == "^")
    assert marked.get_ydata().tolist() == [2.0]
    assert marked.get_xdata().tolist() == [2]
    assert [label.get_text() for label in axes[1].get_yticklabels()] == ["A", "B"]
    plt.close(fig)


@pytest.mark.parametrize(
    ("lang", "method", "how"),
    [
        ("en", "two-way fixed effects", "clustered by province, t"),
        ("vi", "hiệu ứng cố định hai chiều", "theo cụm tỉnh, phân phối t"),
    ],
)
def test_results_are_put_in_words_and_scaled(lang, method, how):
    fit = effects.fit_twfe(panel())
    row = estimates.readable([(("a", "b"), fit)], Words(lang), 100).iloc[0]
    assert (row["method"], row["how"], row["what"]) == (method, how, "a" if lang == "en" else "b")
    assert row["estimate"] == pytest.approx(100 * fit["estimate"].item())


def test_every_inference_of_the_estimators_has_words():
    texts = [
        effects.fit_twfe(panel(), inference_by=k, draws=20)["inference"].item()
        for k in ("cluster", "wild", "randomisation")
    ]
    texts += (
        effects.fit_counterfactual(panel(), draws=10)["inference"].tolist()
        + effects.fit_leads(panel(), leads=1)["inference"].tolist()
    )
    known = list(estimates.names_of_methods()["inference"])
    assert all(any(text.startswith(key) for key in known) for text in texts)


def test_counts_behind_events_come_from_the_notes():
    rows = estimates.behind(effects.fit_counterfactual(panel(), draws=0))
    assert rows["n_behind"][0] == int((panel()["treated"] == 1).sum())


def test_logarithms_are_shown_in_percent():
    assert estimates.measure("grdp_per_capita_mvnd", "log", Words("en"))["scale"] == 100
    assert estimates.measure("pci_score", None, Words("vi"))["measure"] == "điểm"
