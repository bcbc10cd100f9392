"""Effects by group of treated cells, and tests that should find nothing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.effects.test_estimators import panel

from helpers import effects


def long(before=0.0, after=0.0, seed=1):
    """60 units over 14 years, half of them treated for some years; ``before`` an arrival and ``after`` an exit there is a difference."""
    frame = panel(seed, units=60, years=14)
    unit, d = frame["unit_code"], frame["treated"]
    for k in (1, 2, 3):
        soon = (d == 0) & (d.groupby(unit).shift(-k) == 1)
        gone = (d == 0) & (d.groupby(unit).shift(k) == 1)
        frame["y"] += before * (soon & (d.groupby(unit).shift(1 - k).fillna(0) == 0)) + after * gone
    return frame


def test_each_group_has_its_own_effect_and_the_unknown_one_stands_by_itself():
    frame = long()
    kind = pd.Series(np.where(frame["unit_code"].astype(int) % 4 == 1, "centre", "province"), index=frame.index)
    frame["kind"] = kind.mask(frame["unit_code"].isin(["01", "03"]))
    frame["y"] += 2 * ((frame["kind"] == "centre") & (frame["treated"] == 1))
    rows = effects.fit_groups(frame, "kind", draws=60).set_index("model")
    assert rows.index.tolist() == ["centre", "province", "unknown"]
    assert rows["estimate"].tolist() == pytest.approx([3, 1, 1], abs=0.25)
    assert rows["n_units"].tolist() == [14, 14, 2] and rows["n_switching"].tolist() == [14, 14, 2]
    assert rows["std_error"].notna().tolist() == [True, True, False]


def test_groups_weighted_by_their_cells_make_the_mean_effect():
    frame = long().assign(kind=lambda f: f["year"].astype(str))
    rows = effects.fit_groups(frame, "kind", draws=20)
    whole = effects.fit_counterfactual(frame, draws=0)["estimate"][0]
    assert np.average(rows["estimate"], weights=rows["n_cells"].astype(float)) == pytest.approx(whole)


@pytest.mark.parametrize(("kind", "given"), [("placebo", {"before": 1.0}), ("carryover", {"after": 1.0})])
def test_a_difference_where_there_should_be_none_is_found(kind, given):
    none, some = (effects.fit_placebo(long(**k), kind, draws=200).set_index("test") for k in ({}, given))
    assert none.loc["bootstrap", "p_value"] > 0.01 and abs(none.loc["bootstrap", "estimate"]) < 0.1
    assert some.loc["bootstrap", "p_value"] < 0.001 and some.loc["equivalence", "p_value"] > 0.9


def test_the_hidden_cells_do_not_enter_the_fit():
    """The estimate by hand: a regression on the other untreated cells predicts the hidden ones."""
    import statsmodels.formula.api as smf

    frame = long()
    d = frame["treated"].to_numpy().reshape(60, 14)
    soon = np.zeros(d.shape, bool)
    for unit, time in zip(*np.nonzero(np.diff(d, axis=1) == 1), strict=True):
        soon[unit, max(0, time - 2) : time + 1] = True
    free = (frame["treated"] == 0) & ~soon.ravel()
    fit = smf.ols("y ~ C(unit_code) + C(year)", frame[free]).fit()
    hidden = frame[soon.ravel() & frame["unit_code"].isin(frame.loc[free, "unit_code"]).to_numpy()]
    assert effects.fit_placebo(frame, draws=20)["estimate"][0] == pytest.approx(
        (hidden["y"] - fit.predict(hidden)).mean()
    )


@pytest.mark.parametrize(("kind", "sign"), [("placebo", 1), ("carryover", -1)])
@pytest.mark.parametrize("periods", [1, 2])
def test_the_untreated_years_next_to_a_change_are_hidden_from_the_first_one_on(kind, sign, periods):
    frame = long()
    runs = frame.groupby("unit_code")["treated"]
    near = sum(runs.shift(-sign * k).fillna(0) for k in range(1, periods + 1)) * (frame["treated"] == 0)
    rows = effects.fit_placebo(frame, kind, periods=periods, draws=20)
    free = (frame["treated"] == 0) & (near == 0)
    assert rows["n_cells"][0] == ((near > 0) & frame["unit_code"].isin(frame.loc[free, "unit_code"])).sum()


def test_equivalence_is_two_one_sided_tests():
    rows = effects.fit_placebo(long(), draws=100)
    row, bound = rows.iloc[1], rows.attrs["bound"]
    t = stats.t(row["n_clusters"] - 1)
    worse = max(t.sf((row["estimate"] + bound) / row["std_error"]), t.sf((bound - row["estimate"]) / row["std_error"]))
    assert row["p_value"] == pytest.approx(worse)
    half = t.ppf(0.95) * row["std_error"]
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((row["estimate"] - half, row["estimate"] + half))
    inside = -bound < row["conf_low"] and row["conf_high"] < bound
    assert inside == (row["p_value"] < 0.05)


def test_refuses_a_panel_without_untreated_years_before_an_arrival():
    with pytest.raises(ValueError, match="kind is 'lead'"):
        effects.fit_placebo(long(), "lead")
    with pytest.raises(ValueError, match="no column 'kinds'"):
        effects.fit_groups(long().assign(kind="a"), "kinds")
