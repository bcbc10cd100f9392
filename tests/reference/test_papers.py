"""Tables of papers with several treated units, covariates and weights, on data that come with statspai; quarters against a second package."""

import numpy as np
import pandas as pd
import pytest
from tests.reference import peers

from helpers import effects
from helpers.effects import synthetic as op

statspai = pytest.importorskip("statspai")
NAMES = {"d": "cdl", "unit": "sid", "time": "year", "weights": "popwt"}
CONTROLS = [
    "l_police",
    "unemployrt",
    "poverty",
    "l_income",
    "l_prisoner",
    "l_lagprisoner",
    "blackm_15_24",
    "whitem_15_24",
]
CONTROLS += ["blackm_25_44", "whitem_25_44", "l_exp_subsidy", "l_exp_pubwelfare"]


@pytest.fixture(scope="module")
def castle():
    """Cheng and Hoekstra (2013): 50 states, 2000 to 2010, and dummies of region by year."""
    file = next(iter(statspai.datasets.__path__)) + "/data/castle_2013.csv"
    frame = pd.read_csv(file)
    region = frame[["northeast", "midwest", "south", "west"]].idxmax(axis=1)
    dummies = pd.get_dummies(region + frame["year"].astype(str), dtype=float)
    return frame.join(dummies[[c for c in dummies if not c.startswith("west") and not c.endswith("2000")]])


@pytest.mark.parametrize(
    ("regions", "controls", "published", "error"),
    [(False, [], 0.0801, 0.0342), (True, [], 0.0946, 0.0279), (True, CONTROLS, 0.0937, 0.0290)],
    ids=["state and year", "region by year", "and controls"],
)
def test_homicide_of_table_5_weighted_by_population(castle, regions, controls, published, error):
    dummies = [c for c in castle if c[-4:].isdigit()] if regions else []
    row = effects.fit_twfe(castle, y="l_homicide", **NAMES, covariates=dummies + controls)
    assert row["estimate"].item() == pytest.approx(published, abs=5e-5)
    assert row["std_error"].item() == pytest.approx(error, abs=5e-5)


def test_staggered_synthetic_did_is_that_of_each_year_s_states_by_statspai(castle):
    cases = peers.build_cases(castle, together=True, y="l_homicide", d="post", unit="sid", time="year")
    assert [c.n_treated for c in cases] == [1, 13, 4, 2, 1]
    for case in cases[:3]:
        rows = case.wide.stack().rename("y").reset_index()
        treated = list(case.wide.columns[: case.n_treated])
        theirs = statspai.sdid(
            rows, "y", "sid", "year", treated_unit=treated, treatment_time=case.first_treated, se_method="noinference"
        )
        assert op.fit_synthetic_did(case).estimate == pytest.approx(float(theirs.estimate), abs=1e-5)


def test_jackknife_of_several_treated_states_is_that_of_diff_diff(castle):
    import diff_diff

    case = peers.build_cases(castle, together=True, y="l_homicide", d="post", unit="sid", time="year")[1]
    rows = case.wide.stack().rename("y").reset_index()
    rows["ever"] = rows["sid"].isin(case.wide.columns[: case.n_treated]).astype(int)
    post = list(case.wide.index[~case.pre])
    fit = diff_diff.SyntheticDiD(variance_method="jackknife").fit(rows, "y", "ever", "sid", "year", post_periods=post)
    ours = op.fit_synthetic_did(case)
    assert ours.estimate == pytest.approx(fit.att, abs=1e-6)
    assert op.jackknife([ours]) == pytest.approx(fit.se, abs=1e-6)


@pytest.mark.parametrize("kind", ["decimal", "text", "period", "date"])
def test_quarters_of_any_kind_and_whole_number_codes_give_the_control_of_pysyncon(kind):
    rng = np.random.default_rng(7)
    quarters = pd.period_range("1998Q1", periods=60, freq="Q")
    labels = {
        "decimal": quarters.year + (quarters.quarter - 1) / 4,
        "text": quarters.astype(str),
        "period": quarters,
        "date": quarters.to_timestamp(),
    }[kind]
    y = rng.standard_normal((60, 12)).cumsum(0) * 0.01 + rng.standard_normal(12)
    y[:, 0] = y[:, [2, 5]].mean(1) + 0.003 * rng.standard_normal(60) - 0.03 * (np.arange(60) >= 50)
    frame = pd.DataFrame(y, index=pd.Index(labels, name="quarter"), columns=pd.RangeIndex(20, 32, name="fips"))
    rows = frame.stack().rename("y").reset_index()
    case = op.build_case(rows, 20, labels[50], unit="fips", time="quarter")
    assert (case.pre.sum(), len(case.donors)) == (50, 11)
    fit = op.fit_synthetic_control(case)
    assert fit.estimate == pytest.approx(peers.control_pysyncon(case).estimate, abs=1e-4)
    assert fit.estimate == pytest.approx(-0.03, abs=0.004)
    mean = op.prediction_intervals(case).iloc[-1]
    assert mean["conf_low"] < -0.03 < mean["conf_high"] < 0
