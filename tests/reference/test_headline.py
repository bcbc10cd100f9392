"""A second computation, by dummies and loops, of what stands beside the main designs: leads, weights, wild bootstrap."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from tests.reference.test_simulated import KEYS, panel

from helpers import effects


def others(frame):
    """Dummies of units and years."""
    return np.column_stack([pd.get_dummies(frame[name], dtype=float) for name in ("unit", "year")])


def left(design, values, w=None):
    """What a regression on the columns of ``design`` leaves of ``values``."""
    root = 1.0 if w is None else np.sqrt(w)
    return values - design @ np.linalg.lstsq((design.T * root).T, values * root, rcond=None)[0]


def before(frame):
    """Years until the next arrival of each untreated row, counted row by row; NaN where none follows without a gap."""
    out = np.full(len(frame), np.nan)
    for _, rows in frame.groupby("unit"):
        d, year, at = rows["d"].to_numpy(), rows["year"].to_numpy(), rows.index.to_numpy()
        for i in np.flatnonzero(d == 0):
            starts = [j for j in range(i + 1, len(d)) if d[j] == 1]
            if starts and (np.diff(year[i : starts[0] + 1]) == 1).all():
                out[at[i]] = i - starts[0]
    return out


def test_leads_equal_a_regression_of_statsmodels_with_its_clustered_errors():
    frame = panel("switching").sort_values(["unit", "year"], ignore_index=True)
    at = before(frame)
    frame = frame.assign(**{f"lead{k}": (at == -k) * 1.0 for k in (1, 2)})[frame["d"] == 0]
    fit = smf.ols("y ~ lead2 + lead1 + C(unit) + C(year)", frame)
    groups, n = pd.factorize(frame["unit"])[0], len(frame)
    done = fit.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    n_groups, k = groups.max() + 1, 2 + frame["year"].nunique()
    cov = done.cov_params().loc[["lead2", "lead1"], ["lead2", "lead1"]] * n_groups / (n_groups - 1) * (n - 1) / (n - k)
    beta = done.params[["lead2", "lead1"]].to_numpy()
    got = effects.leads(panel("switching"), **KEYS, years=2)
    assert got["estimate"].tolist() == pytest.approx([*beta, beta @ np.linalg.inv(cov) @ beta / 2])
    assert got["std_error"].tolist()[:2] == pytest.approx(np.sqrt(np.diag(cov)).tolist())
    assert got["n_cells"].tolist() == [(frame["lead2"] == 1).sum(), (frame["lead1"] == 1).sum(), (at >= -2).sum()]


@pytest.mark.parametrize("weighted", [False, True])
def test_weights_of_a_share_are_the_residuals_of_a_regression_on_dummies(weighted):
    rng = np.random.default_rng(3)
    frame = panel("holes").dropna(subset=["y", "d"])
    share = frame["d"] * rng.uniform(0.3, 1, len(frame))
    frame = frame.assign(share=share, size=rng.uniform(0.5, 2, len(frame))).reset_index(drop=True)
    frame = frame[frame.groupby("unit")["y"].transform("size") > 1].reset_index(drop=True)
    w = frame["size"].to_numpy() if weighted else np.ones(len(frame))
    d = frame["share"].to_numpy()
    eps = w * left(others(frame), d, w)
    wanted = frame.assign(weight=eps * d / (eps @ d))[d > 0].sort_values(["unit", "year"])["weight"]
    columns = KEYS | {"d": "share"} | ({"weights": "size"} if weighted else {})
    got = effects.weights(frame, **columns)
    assert got.table["weight"].tolist() == pytest.approx(wanted.tolist())
    assert got.beta == pytest.approx(effects.fit_twfe(frame, **columns)["estimate"].item())
    assert got.n_negative == (wanted < 0).sum()
    assert got.sum_negative + got.sum_positive == pytest.approx(1)


def test_the_wild_bootstrap_of_an_unbalanced_panel_equals_a_loop_over_all_signs():
    frame = panel("holes").dropna(subset=["y", "d"])
    moving = frame.groupby("unit")["d"].transform("nunique") > 1
    kept = [*frame.loc[moving, "unit"].unique()[:5], *frame.loc[~moving, "unit"].unique()[:3]]
    frame = frame[frame["unit"].isin(kept)].sort_values(["unit", "year"], ignore_index=True)
    assert frame.groupby("unit").size().nunique() > 1
    dummies, unit = others(frame), pd.factorize(frame["unit"])[0]
    d, y = left(dummies, frame["d"].to_numpy(float)), left(dummies, frame["y"].to_numpy(float))

    def t_value(values):
        rest = left(dummies, values)
        beta = d @ rest / (d @ d)
        return abs(beta) * (d @ d) / np.sqrt((np.bincount(unit, d * (rest - beta * d)) ** 2).sum())

    fitted = frame["y"].to_numpy(float) - y
    signs = product((-1.0, 1.0), repeat=len(kept))
    drawn = np.array([t_value(fitted + np.array(one)[unit] * y) for one in signs])
    got = effects.fit_twfe(frame, **KEYS, inference_by="wild", draws=300)
    assert got["p_value"].item() == pytest.approx(np.mean(drawn >= t_value(frame["y"].to_numpy(float)) * (1 - 1e-9)))
