"""One unit against a weighted mix of others."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.reference import peers

from helpers import paths, study
from helpers.effects import RESULT_COLUMNS, DesignRefused
from helpers.effects import synthetic as op


def _frame(units=9, years=10, effect=0.0, seed=1, first=2007):
    """Unit 00 is half of 01 and half of 02 plus an effect from ``first``; the rest are walks of their own."""
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((units, years)).cumsum(1) + 10
    y[0] = (y[1] + y[2]) / 2
    unit, year = np.indices(y.shape)
    frame = pd.DataFrame({"unit_code": [f"{u:02d}" for u in unit.ravel()], "year": 2001 + year.ravel(), "y": y.ravel()})
    on = (frame["unit_code"] == "00") & (frame["year"] >= first)
    return frame.assign(treated=on.astype("boolean"), y=frame["y"] + effect * on)


def _paths(text, y=1.0):
    """Frame from rows of 0, 1 and ? (unknown), one per unit, years from 2001."""
    rows = []
    for k, row in enumerate(text.split()):
        rows += [
            {
                "unit_code": f"{k:02d}",
                "year": 2001 + t,
                "y": y + k + t % 3,
                "treated": {"0": False, "1": True, "?": pd.NA}[v],
            }
            for t, v in enumerate(row)
        ]
    return pd.DataFrame(rows).astype({"treated": "boolean"})


STAY = " 00000000" * 5


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("00000111", None),
        ("00001100", None),
        ("00000000", "never_non_local"),
        ("11111111", "always_non_local"),
        ("00011111", "no_clean_switch"),
        ("00000001", "no_clean_switch"),
        ("0000?111", "no_clean_switch"),
        ("01010101", "no_clean_switch"),
    ],
)
def test_a_clean_switch_is_four_local_years_and_then_two_non_local(path, reason):
    row = op.eligible(_paths(path + STAY)).iloc[0]
    assert row["qualifies"] == (reason is None) and (
        row["reason"] == reason or (reason is None and pd.isna(row["reason"]))
    )


def test_of_two_switches_the_one_with_more_local_years_counts_and_only_its_years_are_used():
    row = op.eligible(_paths("00001100000110 " + " ".join(["0" * 14] * 5))).iloc[0]
    assert (row["first_pre"], row["first_treated"], row["last_post"], row["n_pre"], row["n_post"]) == (
        2007,
        2012,
        2013,
        5,
        2,
    )


def test_donors_stayed_local_with_known_homes_in_the_years_used_only():
    frame = _paths("00001100 00000001 0000?000 00010000" + STAY)
    assert op.eligible(frame).iloc[0]["donors"] == ("01", "04", "05", "06", "07", "08")


def test_a_donor_with_a_missing_outcome_is_no_donor():
    frame = _paths("00001111" + STAY + " 00000000")
    frame.loc[(frame["unit_code"] == "03") & (frame["year"] == 2002), "y"] = np.nan
    assert "03" not in op.eligible(frame).iloc[0]["donors"]


def test_years_without_any_outcome_do_not_count_as_years():
    frame = _paths("00000111" + STAY)
    frame.loc[frame["year"].isin([2002, 2003]), "y"] = np.nan
    assert op.eligible(frame).iloc[0]["reason"] == "no_clean_switch"


def test_few_donors_and_missing_outcomes_have_their_reason():
    assert op.eligible(_paths("00001111 00000000 00000000")).iloc[0]["reason"] == "few_donors"
    frame = _paths("00001111" + STAY)
    frame.loc[(frame["unit_code"] == "00") & (frame["year"] == 2002), "y"] = np.nan
    assert op.eligible(frame).iloc[0]["reason"] == "outcome_missing"


def test_refuses_a_unit_without_a_clean_switch_and_names_those_that_have_one():
    with pytest.raises(
        ValueError, match="unit 01: no leader in these years is known to be non-local.*Units with a clean switch: 00"
    ):
        op.build_case(_frame(), "01")


def test_refuses_unknown_units_donors_and_holes():
    frame = _frame()
    with pytest.raises(ValueError, match="unit '99' is not in the panel of 9 units"):
        op.build_case(frame, "99")
    with pytest.raises(ValueError, match="donors not in the panel: 77"):
        op.build_case(frame, "00", donors=["01", "77"])
    gap = (frame["unit_code"] == "03") & (frame["year"] == 2003)
    with pytest.raises(ValueError, match="outcome missing for 03 in 2001-2010"):
        op.build_case(frame.assign(y=frame["y"].mask(gap)), "00", 2007)
    with pytest.raises(ValueError, match="1 infinite values"):
        op.build_case(frame.assign(y=frame["y"].mask(gap, np.inf)), "00", 2007)
    for first, before, after in ((2011, 10, 0), (2002, 1, 9)):
        with pytest.raises(ValueError, match=f"8 donors, {before} years before and {after} from {first}"):
            op.build_case(frame, "00", first)
    assert len(op.build_case(frame, "00", 2010).wide) == 10
    with pytest.raises(ValueError, match="'00' has more than one row for year 2001"):
        op.build_case(pd.concat([frame, frame.head(1)]), "00")


def test_donors_can_be_named():
    case = op.build_case(_frame(), "00", donors=["05", "01", "02"])
    assert case.donors == ["05", "01", "02"] and case.first_treated == 2007


@pytest.mark.parametrize("control", [op.fit_synthetic_control, peers.control_pysyncon])
def test_weights_of_a_known_mix_and_its_effect_are_recovered(control):
    fit = control(op.build_case(_frame(effect=3.0), "00"))
    assert fit.weights[["01", "02"]].tolist() == pytest.approx([0.5, 0.5], abs=1e-3)
    assert fit.estimate == pytest.approx(3.0, abs=5e-3) and fit.pre_rmspe < 5e-3


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e5])
def test_two_solvers_agree_whatever_the_unit_of_measure(scale):
    frame = _frame(seed=4)
    frame.loc[frame["unit_code"] == "00", "y"] += np.sin(np.arange(10))
    case = op.build_case(frame.assign(y=frame["y"] * scale), "00")
    one, two = peers.control_pysyncon(case), op.fit_synthetic_control(case)
    assert one.estimate / scale == pytest.approx(two.estimate / scale, abs=2e-3)


@given(shift=st.floats(-50, 50), order=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_a_constant_for_all_and_the_order_of_rows_do_not_matter(shift, order):
    frame = _frame(effect=1.0, seed=2)
    frame.loc[frame["unit_code"] == "00", "y"] += np.cos(np.arange(10))
    base = op.fit_synthetic_control(op.build_case(frame, "00"))
    other = frame.assign(y=frame["y"] + shift).sample(frac=1, random_state=order)
    assert op.fit_synthetic_control(op.build_case(other, "00")).estimate == pytest.approx(base.estimate, abs=1e-3)


def test_difference_by_hand():
    wide = pd.DataFrame({"a": [1.0, 2, 9], "b": [1.0, 1, 2], "c": [3.0, 3, 4]}, index=pd.Index([1, 2, 3], name="year"))
    assert op.fit_difference(op.Case("a", 3, wide)).estimate == pytest.approx((9 - 1.5) - (3 - 2))


def test_mean_gap_after_the_switch_is_the_estimate():
    case = op.build_case(_frame(effect=2.0, seed=3), "00")
    for fit in (
        peers.control_pysyncon(case),
        op.fit_synthetic_control(case),
        op.fit_synthetic_did(case),
        op.fit_difference(case),
        op.fit_augmented(case),
    ):
        assert fit.path.loc[2007:, "gap"].mean() == pytest.approx(fit.estimate)
        assert (fit.path["actual"] - fit.path["counterfactual"]).tolist() == pytest.approx(fit.path["gap"].tolist())


def test_weights_are_not_negative_and_sum_to_one():
    fit = op.fit_synthetic_control(op.build_case(_frame(seed=8), "00"))
    assert (fit.weights >= 0).all() and fit.weights.sum() == pytest.approx(1)


def test_of_mixes_that_fit_equally_well_the_most_even_one_is_taken():
    rng = np.random.default_rng(1)
    y = rng.standard_normal((3, 8)).repeat([1, 2, 2], axis=0)
    y[0] = (y[1] + y[3]) / 2
    wide = pd.DataFrame(y.T, index=pd.Index(range(2001, 2009), name="year"), columns=list("abcde"))
    case = op.Case("a", 2006, wide)
    fits = [op.fit_synthetic_control(case), peers.control_pysyncon(case)]
    assert all(f.weights.tolist() == pytest.approx([0.25] * 4, abs=5e-3) for f in fits)


def test_a_perfect_fit_before_does_not_make_the_ratio_infinite():
    table = op.fit_placebos(op.build_case(_frame(effect=1.0), "00"))
    own = table.iloc[0]
    assert own["pre_rmspe"] < table.attrs["floor"] and own["ratio"] == pytest.approx(
        own["post_rmspe"] / table.attrs["floor"]
    )


def test_placebos_cover_every_donor_once_and_never_use_the_treated_unit():
    case = op.build_case(_frame(effect=50.0), "00")
    seen = []

    def fit(c):
        seen.append(("00" in c.donors, len(c.donors)))
        return op.fit_difference(c)

    table = op.fit_placebos(case, fit)
    assert table["unit_code"].tolist() == [f"{k:02d}" for k in range(9)] and table["is_treated"].sum() == 1
    assert seen == [(False, 8)] + [(False, 7)] * 8


def test_largest_ratio_gives_the_smallest_p_value_that_is_possible():
    rows, kept = op.fit_all(op.build_case(_frame(effect=50.0, seed=6), "00"))
    assert kept["synthetic_control"]["placebo"]["rank"].iloc[0] == 1
    assert rows.loc[rows["estimator"] == "synthetic_control", "p_value"].tolist() == pytest.approx([1 / 9])
    assert rows.columns.tolist() == RESULT_COLUMNS and np.isfinite(rows["estimate"]).all()


def test_leaving_out_a_donor_that_carries_weight_moves_the_fit():
    case = op.build_case(_frame(), "00")
    table = op.leave_one_out(case)
    assert set(table["omitted"]) == {"01", "02"} and (table["pre_rmspe"] > 0.01).all()


def test_the_catalogue_runs_notebook_09_over_exactly_the_provinces_with_a_clean_switch():
    entries = [
        e
        for e in tomllib.loads((paths.root() / "reports.toml").read_text(encoding="utf-8"))["report"]
        if e["notebook"] == "09_one_province"
    ]
    assert entries
    for entry in entries:
        (outcome,) = entry["over"]["outcome"]
        data = study.panel(outcome)
        table = op.eligible(data.frame)
        assert entry["over"]["province"] == table.loc[table["qualifies"], "unit_code"].tolist()


def test_several_units_that_switch_in_other_years_are_pooled():
    frame = _frame(units=20, years=14, seed=5)
    for code, first in (("00", 2008), ("01", 2010), ("02", 2006)):
        on = (frame["unit_code"] == code) & (frame["year"] >= first)
        frame = frame.assign(
            y=frame["y"] + 20 * on, treated=frame["treated"] | on if code != "00" else on.astype("boolean")
        )
    cases = [op.build_case(frame, code) for code in ("00", "01", "02")]
    row = op.pool(cases, op.fit_difference, draws=999).iloc[0]
    assert row["estimate"] == pytest.approx(np.mean([op.fit_difference(case).estimate for case in cases]))
    assert (row["n_switching"], row["n_cells"], row["p_value"]) == (3, 7 + 5 + 9, 1 / 1000)
    assert row["conf_low"] > 10 and 0 < row["std_error"] < 5


def _staggered(seed=3, units=12, times=16, effect=2.0):
    """Units 1 and 2 begin at place 8, unit 3 at place 11; integer codes and quarters as decimal years."""
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((units, times)).cumsum(1) + rng.standard_normal((units, 1))
    begin = np.full(units, times)
    begin[[0, 1, 2]] = 8, 8, 11
    u, t = np.indices(y.shape)
    frame = pd.DataFrame({"code": 1 + u.ravel(), "quarter": 2010 + t.ravel() / 4, "y": y.ravel()})
    return frame.assign(
        on=(t >= begin[:, None]).ravel().astype(int), y=frame["y"] + effect * (t >= begin[:, None]).ravel()
    )


NAMES = {"d": "on", "unit": "code", "time": "quarter"}


def test_every_treated_unit_is_a_case_against_the_units_never_treated():
    cases = peers.build_cases(_staggered(), **NAMES)
    assert [(c.unit, c.first_treated, c.n_treated) for c in cases] == [(1, 2012.0, 1), (2, 2012.0, 1), (3, 2012.75, 1)]
    assert all(c.donors == list(range(4, 13)) for c in cases)
    together = peers.build_cases(_staggered(), together=True, **NAMES)
    assert [(c.unit, c.n_treated) for c in together] == [(1, 2), (3, 1)]
    assert together[0].own.tolist() == pytest.approx(((cases[0].own + cases[1].own) / 2).tolist())


def test_staggered_difference_weighted_by_cells_is_the_two_by_two_by_hand():
    frame = _staggered()
    wide = frame.pivot(index="quarter", columns="code", values="y")
    by_hand = [
        (w := wide[own].mean(axis=1) - wide[range(4, 13)].mean(axis=1))[k:].mean() - w[:k].mean()
        for own, k in (([1, 2], 8), ([3], 11))
    ]
    row = op.pool(peers.build_cases(frame, together=True, **NAMES), op.fit_difference, weigh="cells", draws=50).iloc[0]
    assert row["estimate"] == pytest.approx((16 * by_hand[0] + 5 * by_hand[1]) / 21)


def test_a_covariate_moves_only_the_outcome_it_explains():
    frame = _staggered(effect=0.0).assign(x=lambda f: np.random.default_rng(8).standard_normal(len(f)))
    plain, moved = (
        peers.build_cases(f, covariates=["x"], **NAMES)[0] for f in (frame, frame.assign(y=frame["y"] + 5 * frame["x"]))
    )
    assert moved.wide.to_numpy() == pytest.approx(plain.wide.to_numpy())


def test_jackknife_of_a_difference_is_the_jackknife_of_the_refitted_one():
    cases = peers.build_cases(_staggered(), **NAMES)

    def without(unit):
        left = [c.swapped(c.unit, drop=(unit,)) for c in cases if c.unit != unit]
        return np.mean([op.fit_difference(c).estimate for c in left])

    values = np.array([without(unit) for unit in range(1, 13)])
    by_hand = np.sqrt(11 / 12 * ((values - values.mean()) ** 2).sum())
    assert op.jackknife([op.fit_difference(c) for c in cases]) == pytest.approx(by_hand)
    assert np.isnan(op.jackknife([op.fit_difference(cases[0])]))


def test_an_interval_of_one_time_holds_the_gap_and_needs_twenty_choices():
    frame = _frame(years=30, effect=4.0, first=2025)
    frame.loc[frame["unit_code"] == "00", "y"] += np.random.default_rng(1).standard_normal(30)
    table = op.prediction_intervals(op.build_case(frame, "00", 2025))
    single, mean = table.iloc[:-1], table.iloc[-1]
    assert (single["choices"] == 25).all() and single["year"].tolist() == list(range(2025, 2031))
    assert ((single["conf_low"] < single["gap"]) & (single["gap"] < single["conf_high"])).all()
    assert mean["conf_low"] < 4 < mean["conf_high"] and mean["p_value"] < 0.01
    short = op.prediction_intervals(op.build_case(_frame(effect=4.0), "00"))
    assert short["conf_low"].iloc[:-1].isna().all() and np.isfinite(short["conf_low"].iloc[-1])


def test_the_conformal_p_value_by_hand():
    case = op.build_case(_frame(seed=4), "00")
    every = op.fit_synthetic_control(case, over=np.ones(10, bool)).path["gap"].abs().to_numpy()
    from itertools import combinations

    sums = [every[list(chosen)].sum() for chosen in combinations(range(10), 4)]
    expected = np.mean(np.array(sums) >= every[6:].sum() * (1 - 1e-9))
    assert op.prediction_intervals(case)["p_value"].iloc[-1] == pytest.approx(expected)


def test_with_fewer_donors_than_treated_units_the_jackknife_stands_alone():
    frame = _staggered(units=6)
    begun = frame["code"].isin([1, 2, 3]) & (frame["quarter"] >= 2012)
    cases = peers.build_cases(frame.assign(on=begun.astype(int)), together=True, **NAMES)
    row = op.pool(cases, op.fit_difference, draws=50).iloc[0]
    assert row["test"] == "jackknife" and row["p_value"] == pytest.approx(
        2 * stats.norm.sf(abs(row["estimate"]) / row["std_error"])
    )
    assert row["conf_high"] - row["estimate"] == pytest.approx(1.959964 * row["std_error"])


def _growing():
    """A case whose gap grows after the switch, so that the mean gap itself fits no year."""
    frame = _frame(units=9, years=14, first=2010)
    return op.build_case(
        frame.assign(y=frame["y"] + 4 * (frame["year"] - 2009) * frame["treated"].astype(float)), "00", 2010
    )


def test_no_interval_where_every_constant_gap_is_rejected():
    mean = op.prediction_intervals(_growing(), draws=2_000, each=False).iloc[-1]
    assert mean["choices"] > 20
    assert mean[["conf_low", "conf_high"]].isna().all()


def test_an_interval_holds_zero_where_no_gap_is_not_rejected():
    panel = study.panel("grdp_growth_pct")
    mean = op.prediction_intervals(op.build_case(panel.frame, "49"), each=False).iloc[-1]
    assert mean["p_value"] > 0.05
    assert mean["conf_low"] < 0 < mean["gap"] < mean["conf_high"]


def test_predictors_of_several_treated_units_are_averaged_and_weighed_by_the_reader_s_numbers():
    frame, rng = _frame(units=12, years=12), np.random.default_rng(4)
    case = op.build_case(frame, ["00", "03"], 2010)
    predictors = pd.DataFrame(rng.normal(size=(3, 12)), ["area", "coast", "age"], [f"{u:02d}" for u in range(12)])
    weighed = np.array([0.6, 0.3, 0.1])
    fit = op.fit_synthetic_control(case, predictors, custom_V=weighed)
    used = predictors[list(case.wide.columns)]
    spread = pd.concat([used.iloc[:, :2].mean(axis=1), used[case.donors]], axis=1).std(axis=1)
    near = (used.div(spread, axis=0).T * np.sqrt(weighed)).T

    def gap(weights):
        return float(((near.iloc[:, :2].mean(axis=1) - near[case.donors] @ weights) ** 2).sum())

    own = gap(fit.weights.to_numpy())
    assert fit.weights.sum() == pytest.approx(1)
    others = np.random.default_rng(1).dirichlet(np.full(len(case.donors), 0.3), 3_000)
    mixed = 0.9 * fit.weights.to_numpy() + 0.1 * others
    assert own < min(map(gap, mixed)) + 1e-9
    assert own < 0.5 * gap(np.full(len(case.donors), 1 / len(case.donors)))


def test_refuses_years_of_the_fit_that_lie_after_the_switch():
    case = op.build_case(_frame(effect=1.0), "00")
    predictors = pd.DataFrame([case.wide.iloc[0], case.wide.iloc[1]])
    last = case.wide.index[-1]
    with pytest.raises(DesignRefused, match=f"fit_years has {last}; expected times before the switch"):
        op.fit_synthetic_control(case, predictors, fit_years=[last])


def _level(*after, own=4.0):
    """A unit at 1 before and ``own`` after, beside donors at 1 before and ``after`` after."""
    rows = [
        (code, year, 1.0 if year < 2005 else y)
        for code, y in zip("abcdef", (own, *after), strict=False)
        for year in range(2001, 2007)
    ]
    return op.build_case(pd.DataFrame(rows, columns=["unit_code", "year", "y"]), "a", 2005)


def test_gaps_over_all_exact_mixes_reach_from_the_donor_that_ends_highest_to_the_one_that_ends_lowest():
    case = _level(0.0, 3.0, 5.0)
    assert op.exact_range(case) == pytest.approx((4 - 5, 4 - 0))
    low, high = op.exact_range(op.build_case(_frame(units=12), "00", 2005))
    assert low < op.fit_synthetic_control(op.build_case(_frame(units=12), "00", 2005)).estimate < high


def test_a_unit_that_no_mix_follows_exactly_has_no_such_range():
    case = _level(0.0, 3.0)
    above = op.Case("a", 2005, case.wide.assign(a=case.wide["a"] + 2))
    assert op.exact_range(above) is None
