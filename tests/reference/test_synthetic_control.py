"""Published numbers of synthetic control and synthetic DiD: Proposition 99, Texas prisons (data of statspai), the Basque Country."""

import numpy as np
import pandas as pd
import pytest
import statspai
from tests.reference import cases, peers

from helpers.effects import synthetic as op


def _published(case, estimator, quantity, column="value"):
    return float(cases.published().loc[(case, estimator, quantity), column])


@pytest.fixture(scope="module")
def california():
    frame = cases.data("california_prop99.csv")
    return op.build_case(frame, "California", 1989, y="PacksPerCapita", unit="State", time="Year")


def test_prop99_synthetic_control_with_the_stopping_rule_of_synthdid(california):
    got = peers.control_diff_diff(california).estimate
    assert got == pytest.approx(_published("prop99", "sc", "tau"), abs=1e-6)


@pytest.mark.parametrize("fit", [lambda c: op.fit_synthetic_did(c).estimate, peers.did_statspai])
def test_prop99_synthetic_did(california, fit):
    got = fit(california)
    assert got == pytest.approx(_published("prop99", "sdid", "tau"), abs=1e-6)


def test_prop99_difference_in_differences(california):
    assert op.fit_difference(california).estimate == pytest.approx(_published("prop99", "did", "tau"), abs=1e-6)


def test_the_exact_minimum_fits_better_than_the_early_stop_and_two_solvers_agree_on_it(california):
    fits = {
        "pysyncon": peers.control_pysyncon(california),
        "scipy": op.fit_synthetic_control(california),
        "diff-diff": peers.control_diff_diff(california),
    }
    assert fits["pysyncon"].estimate == pytest.approx(fits["scipy"].estimate, abs=1e-4)
    assert fits["scipy"].pre_rmspe < fits["diff-diff"].pre_rmspe


@pytest.mark.parametrize(
    ("estimator", "fit"),
    [
        ("sdid", op.fit_synthetic_did),
        ("did", op.fit_difference),
        ("sc", peers.control_diff_diff),
    ],
)
def test_the_enumerated_placebo_error_is_within_the_noise_of_500_published_draws(california, estimator, fit):
    spread = op.fit_placebos(california, fit)["estimate"].iloc[1:].std()
    assert spread == pytest.approx(_published("prop99", estimator, "tau", "se"), rel=3 / (2 * 500) ** 0.5)


def test_augmented_control_agrees_between_two_implementations():
    frame = cases.data("california_prop99.csv")
    few = frame[
        frame["State"].isin(["California", *sorted({*frame["State"]} - {"California"})[:12]])
    ]  # it is slow in more
    case = op.build_case(few, "California", 1989, y="PacksPerCapita", unit="State", time="Year")
    one, two = op.fit_augmented(case), peers.augmented_pysyncon(case)
    assert one.estimate == pytest.approx(two.estimate, abs=1e-4)


def test_basque_weights_with_predictors():
    try:
        frame = cases.data("basque.csv")
    except cases.Absent as reason:
        pytest.skip(str(reason))
    frame = frame[frame["regionno"] != 1].rename(columns={"regionname": "name"})

    def mean(column, years):
        return frame[frame["year"].isin(years)].groupby("name")[column].mean().rename(column)

    schooling = ["school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest"]
    sectors = [c for c in frame if c.startswith("sec.")]
    predictors = pd.DataFrame(
        [mean(c, range(1964, 1970)) for c in schooling]
        + [mean("gdpcap", range(1960, 1970))]
        + [mean(c, range(1961, 1970, 2)) for c in sectors]
        + [mean("popdens", [1969])]
    )
    case = op.build_case(frame, "Basque Country (Pais Vasco)", 1970, y="gdpcap", unit="name", time="year")
    weights = op.fit_synthetic_control(case, predictors, fit_years=range(1960, 1970)).weights
    assert weights["Cataluna"] == pytest.approx(_published("basque", "scm V nested", "w Cataluna"), abs=1e-4)
    assert weights["Madrid (Comunidad De)"] == pytest.approx(_published("basque", "scm V nested", "w Madrid"), abs=1e-4)


def test_texas_prisons_give_the_states_of_the_book_and_its_gap():
    """Cunningham (2021, chapter 10): 1993 is before the switch, as in his call of synth; Stata's mean gap of 1994 to 2000 is 23,074 men.

    Four of the predictors are earlier outcomes, so the search for V is not convex and the optimisers end at different mixes. Here V is
    where Nelder and Mead stand after 30 steps from the regression start.
    """
    frame = pd.read_csv(next(iter(statspai.datasets.__path__)) + "/data/texas_prison.csv")
    importance = {
        ("bmprison", 1990): 0.0478, ("bmprison", 1992): 0.138, ("bmprison", 1991): 0.0723, ("bmprison", 1988): 0.0619,
        ("alcohol", 1990): 2.08e-05, ("aidscapita", 1990): 0.0185, ("aidscapita", 1991): 0.0185, ("income", 0): 3.75e-05,
        ("ur", 0): 5.04e-06, ("poverty", 0): 1.73e-05, ("black", 1990): 0.168, ("black", 1991): 0.412, ("black", 1992): 0.0629,
        ("perc1519", 1990): 1.98e-06,
    }  # fmt: skip
    rows = {
        f"{name} {at}": frame[frame["year"].eq(at) if at else frame["year"] < 1993].groupby("state")[name].mean()
        for name, at in importance
    }
    case = op.build_case(frame, "Texas", 1994, y="bmprison", unit="state", time="year")
    fit = op.fit_synthetic_control(case, pd.DataFrame(rows).T, custom_V=np.array([*importance.values()]))
    book = pd.Series({"California": 0.408, "Florida": 0.109, "Illinois": 0.360, "Louisiana": 0.122})
    assert fit.weights[fit.weights > 0.02].sort_index().index.tolist() == book.index.tolist()
    assert (fit.weights[book.index] - book).abs().max() < 0.035
    assert fit.estimate == pytest.approx(23_074, rel=0.015)
    of_the_book = case.own - case.others[book.index] @ book
    assert of_the_book[~case.pre].mean() == pytest.approx(23_074, rel=0.002)
    assert fit.pre_rmspe < (of_the_book[case.pre] ** 2).mean() ** 0.5
