"""Published numbers of synthetic control and synthetic DiD; skipped where ../shared/reference is absent."""

from pathlib import Path

import pandas as pd
import pytest
from tests.reference import peers

from helpers import paths
from helpers.effects import synthetic as op

FOLDER = paths.root().parent / "shared" / "reference"


def _read(name, **options) -> pd.DataFrame:
    path = Path(FOLDER / "data" / name)
    if not path.exists():
        pytest.skip(f"{path.name} is other people's data and is not here")
    return pd.read_csv(path, **options)


def _published(case, estimator, quantity, column="value"):
    table = pd.read_csv(FOLDER / "published.csv")
    return float(table.set_index(["case", "estimator", "quantity"]).loc[(case, estimator, quantity), column])


@pytest.fixture(scope="module")
def california():
    frame = _read("california_prop99.csv", sep=";")
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


def test_augmented_control_agrees_between_two_implementations(california):
    one, two = op.fit_augmented(california), peers.augmented_pysyncon(california)
    assert one.estimate == pytest.approx(two.estimate, abs=1e-4)


def test_basque_weights_with_predictors():
    frame = _read("basque.csv")
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
