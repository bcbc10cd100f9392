"""Kline-Saggio-Solvsten on their test file, against the LeaveOutTwoWay vignette; skipped where it is absent."""

import pandas as pd
import pytest

from helpers import paths
from helpers.effects import leader_effects

FOLDER = paths.root().parent / "shared" / "reference"


@pytest.fixture(scope="module")
def fitted():
    path = FOLDER / "data" / "kss_test.csv.gz"
    if not path.exists():
        pytest.skip("kss_test.csv.gz is other people's data and is not here")
    frame = pd.read_csv(path, header=None).iloc[:, :4].set_axis(["person", "firm", "year", "y"], axis=1)
    made = leader_effects.fit_two_way(frame, leader="person", unit="firm")
    published = pd.read_csv(FOLDER / "published.csv").query("case == 'kss_test'")
    return made.set_index("component"), published.set_index(["estimator", "quantity"])["value"], made.attrs["sizes"]


@pytest.mark.parametrize(
    ("quantity", "size"), [("n obs leave-out set", "set_rows"), ("firms", "set_units"), ("movers", "set_movers")]
)
def test_leave_one_out_set_has_the_published_size(fitted, quantity, size):
    assert fitted[2][size] == fitted[1]["KSS", quantity]


@pytest.mark.parametrize(
    ("quantity", "component"), [("var firm", "unit"), ("cov", "covariance"), ("var person", "leader")]
)
def test_plug_in_agrees_to_print_precision(fitted, quantity, component):
    assert fitted[0].loc[component, "plug_in"] == pytest.approx(fitted[1]["KSS", f"plug-in {quantity}"], rel=5e-5)


@pytest.mark.parametrize(
    ("quantity", "component", "error"),
    [("var firm", "unit", 5e-7), ("cov", "covariance", 5e-5), ("var person", "leader", 5e-5)],
)
def test_leave_match_out_agrees(fitted, quantity, component, error):
    assert fitted[0].loc[component, "corrected"] == pytest.approx(
        fitted[1]["KSS exact", f"leave-match {quantity}"], abs=error
    )
