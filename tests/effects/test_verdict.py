"""The verdict on a family of questions, the range over unknown homes, departures from parallel trends over several years."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from tests.effects.test_estimators import panel

from helpers import effects, study
from helpers.effects import DesignRefused


def rows(**designs):
    """Main designs of one question: estimator to (estimate, p)."""
    tests = dict(effects.MAIN_DESIGNS)
    made = [effects.result(outcome="a", definition="hometown", post="secretary", estimator=n, test=tests[n], estimate=e, p_value=p)
            for n, (e, p) in designs.items()]  # fmt: skip
    return pd.concat(made, ignore_index=True)


CASES = {
    "all": ({"twfe": (1, 0.01), "counterfactual": (2, 0.001), "switchers": (1, 0.02)}, "all", "higher", "better"),
    "some": ({"twfe": (1, 0.2), "counterfactual": (2, 0.001), "switchers": (1, 0.3)}, "some", "higher", "better"),
    "none": ({"twfe": (1, 0.2), "counterfactual": (-2, 0.5), "switchers": (1, 0.3)}, "none", "none", "none"),
    "both ways": ({"twfe": (1, 0.01), "counterfactual": (-2, 0.01)}, "some", "mixed", "mixed"),
    "one design": ({"twfe": (-1, 0.01)}, "all", "lower", "worse"),
    "just below 0.05": ({"twfe": (1, 0.0499)}, "all", "higher", "better"),
    "at 0.05": ({"twfe": (1, 0.05)}, "none", "none", "none"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_verdict_counts_the_designs_that_find_a_difference(case):
    made, found, direction, effect = CASES[case]
    line = effects.verdict(rows(**made), {"a": "higher"}).iloc[0]
    assert (line["found"], line["direction"], line["effect"]) == (found, direction, effect)
    assert line["n_designs"] == len(made)
    assert len(line["agree"]) + len(line["disagree"]) == len(made)
    assert set(line["refused"]) == {"twfe", "counterfactual", "switchers"} - set(made)


def test_every_question_asked_counts_in_the_p_values():
    asked = [rows(twfe=(1, 0.01)).assign(outcome=f"o{k}") for k in range(6)]
    assert (effects.verdict(pd.concat(asked))["found"] == "none").all()
    assert (effects.verdict(pd.concat(asked[:4]))["found"] == "all").all()
    assert effects.verdict(pd.concat(asked))["family"].unique() == [6]


def test_without_a_good_direction_an_effect_is_neither_better_nor_worse():
    assert effects.verdict(rows(twfe=(1, 0.01)))["effect"].item() == "unknown"


def test_fillings_of_unknown_homes_and_event_rows_are_no_designs():
    made = rows(twfe=(1, 0.2))
    others = ({"unknown": "local"}, {"event_time": 1}, {"model": "index", "outcome": "b"})
    other = pd.concat([made, *(made.assign(p_value=0.0001, **change) for change in others)])
    assert effects.verdict(other)["found"].item() == "none"


def test_the_main_designs_of_a_panel_are_ready_for_the_verdict():
    got = effects.main(study.panel("pci_score"), draws=99)
    assert list(zip(got["estimator"], got["test"], strict=True)) == list(effects.MAIN_DESIGNS)
    assert got[["outcome", "definition", "post"]].drop_duplicates().to_numpy().tolist() == [
        ["pci_score", "hometown", "secretary"]
    ]
    assert effects.verdict(got, {"pci_score": "higher"})["n_designs"].item() == 3


def test_the_bootstrap_of_the_main_designs_takes_a_thousand_draws_at_most():
    rows = effects.main(panel(units=30), draws=1_001)
    got = rows.set_index("estimator")["n_draws"]
    assert rows.index.tolist() == [0, 1, 2]
    assert (got["twfe"], got["counterfactual"]) == (1_001, 1_000)


def test_other_tests_of_a_main_estimator_do_not_count():
    asked = rows(twfe=(1, 0.2), counterfactual=(1, 0.2))
    others = [asked.assign(test="cluster", p_value=0.001), asked.assign(estimator="leads", p_value=0.001)]
    line = effects.verdict(pd.concat([*others, asked], ignore_index=True)).iloc[0]
    assert (line["found"], line["p_twfe"], line["family"]) == ("none", 0.2, 1)


def test_designs_that_are_refused_have_their_reason():
    frame = panel(units=30).assign(treated=lambda f: f["treated"] / 2)
    got = effects.main(frame, draws=20)
    assert got["estimator"].tolist() == ["twfe", "switchers"]
    assert "0/1" in str(got.attrs["refused"]["counterfactual"])


def with_unknown(stretches=5, seed=3):
    frame = panel(seed, units=20, years=8).assign(spell_id=lambda f: f["unit_code"] + "-1")
    low, high = frame["treated"].astype(float), frame["treated"].astype(float)
    for k in range(stretches):
        at = (frame["unit_code"] == f"{2 * k:02d}") & frame["year"].between(2011 + k % 3, 2012 + k % 4)
        low, high = low.mask(at, 0.0), high.mask(at, 1.0)
    return frame.assign(treated=low.where(low == high), treated_low=low, treated_high=high)


def test_the_range_is_that_of_every_filling_by_term():
    frame = with_unknown()
    cells = frame["treated"].isna()
    who, estimates = frame.loc[cells, "unit_code"].unique(), []
    for filling in product((0.0, 1.0), repeat=len(who)):
        value = frame["unit_code"].map(dict(zip(who, filling, strict=True)))
        estimates.append(
            effects.fit_twfe(frame.assign(filled=frame["treated"].fillna(value)), d="filled")["estimate"].item()
        )
    got = effects.unknown_range(frame)
    assert (got.low, got.high) == pytest.approx((min(estimates), max(estimates)))
    assert (got.n_terms, got.exact) == (5, True)
    assert "over 32 fillings of 5 unknown terms (all tried)" in repr(got)
    assert got.rows["unknown"].tolist() == ["range", "range"]


@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_a_search_finds_the_range_and_its_bounds_hold(covariates):
    tried, searched = (effects.unknown_range(with_unknown(8), covariates=covariates, most=most) for most in (22, 2))
    assert (searched.low, searched.high) == pytest.approx((tried.low, tried.high))
    assert searched.outer_low <= tried.low <= tried.high <= searched.outer_high
    assert max(tried.low - searched.outer_low, searched.outer_high - tried.high) < 0.1 * (tried.high - tried.low)
    assert not searched.exact


def test_no_unknown_home_leaves_one_estimate():
    frame = with_unknown(0)
    got = effects.unknown_range(frame)
    assert got.n_terms == 0
    assert got.low == got.high == pytest.approx(effects.fit_twfe(frame)["estimate"].item())


def test_terms_of_different_leaders_are_filled_apart():
    frame = with_unknown(1)
    frame = frame.assign(spell_id=frame["spell_id"] + np.where(frame["year"] > 2011, "b", "a"))
    assert effects.unknown_range(frame).n_terms == 2


def test_a_period_in_which_nobody_is_named_is_filled_by_itself():
    frame = with_unknown(1)
    nobody = frame.assign(spell_id=frame["spell_id"].where(frame["treated"].notna()))
    ranges = [effects.unknown_range(f) for f in (frame, nobody)]
    assert [(r.n_terms, r.n_nameless) for r in ranges] == [(1, 0), (2, 2)]
    assert ranges[1].low - 1e-12 <= ranges[0].low <= ranges[0].high <= ranges[1].high + 1e-12


def test_departures_from_parallel_trends_are_asked_of_several_years():
    path = effects.fit_switchers(panel(units=150, years=10), effects=3, placebos=3)
    got = effects.honest(path, values=(0, 1), periods=(0, 1, None))
    estimates, before = path["estimate"].iloc[1:], int((path["event_time"] < 0).sum())
    for after, rows in ((1, got.iloc[2:4]), (None, got.iloc[4:])):
        alone = effects.libraries.honest_did(estimates, path.attrs["vcov"], before, values=(0, 1), after=after)
        assert rows["conf_low"].tolist() == pytest.approx(alone["conf_low"].tolist())
    assert got["event_time"].fillna(-1).tolist() == [0, 0, 1, 1, -1, -1]
    with pytest.raises(DesignRefused, match="no covariance"):
        effects.honest(effects.fit_twfe(panel(units=60)))


def test_designs_that_find_opposite_directions_agree_on_nothing():
    asked = {"outcome": "a", "definition": "hometown", "post": "secretary", "p_value": 0.001}
    rows = [
        effects.result(estimator=name, test=test, estimate=sign, **asked)
        for (name, test), sign in zip(effects.MAIN_DESIGNS, (1.0, -1.0, 1.0), strict=True)
    ]
    line = effects.verdict(pd.concat(rows)).iloc[0]
    assert (line["found"], line["direction"], line["agree"]) == ("some", "mixed", ())
    assert len(line["disagree"]) == 3


def test_an_interval_never_comes_from_another_test_than_the_p_value():
    rows = effects.result(estimate=[3.0, 3.0], std_error=[1.0, 1.0], p_value=[0.5, None])
    assert rows["conf_low"].isna().tolist() == [True, False] and rows["p_value"].iloc[0] == 0.5
