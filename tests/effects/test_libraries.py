import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.effects.test_estimators import panel

from helpers import effects, study
from helpers.effects import DesignRefused
from helpers.words import Refused


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def staying(seed=2, units=30, years=7):
    rng = np.random.default_rng(seed)
    first = np.repeat(rng.choice([0, 2012, 2013, 2014], units), years)
    frame = pd.DataFrame(
        {
            "unit_code": np.repeat([f"{i:02d}" for i in range(units)], years),
            "year": np.tile(np.arange(2010, 2010 + years), units),
        }
    )
    on = (first > 0) & (frame["year"] >= first)
    return frame.assign(
        first=first,
        treated=on.astype(int),
        y=np.repeat(rng.normal(size=units), years) + 0.5 * on + rng.normal(0, 0.2, len(frame)),
    )


@pytest.mark.parametrize(("units", "law"), [(24, stats.t(11)), (38, stats.t(18)), (40, stats.norm)])
def test_intervals_of_first_changes_are_of_t_with_the_switching_units_less_one_until_there_are_twenty(units, law):
    rows = effects.fit_switchers(panel(units=units), effects=2, placebos=1)
    assert (rows["n_switching"] == units // 2).all() and rows["std_error"].gt(0).all()
    half, ratio = (rows["conf_high"] - rows["conf_low"]) / 2, rows["estimate"].abs() / rows["std_error"]
    assert (half / rows["std_error"]).to_numpy() == pytest.approx(law.ppf(0.975))
    assert rows["p_value"].to_numpy() == pytest.approx(2 * law.sf(ratio.to_numpy(float)))


def test_switchers_keep_rows_whose_outcome_is_missing():
    frame = panel(units=40)
    frame.loc[frame.sample(frac=0.1, random_state=1).index, "y"] = np.nan
    kept, dropped = (
        effects.fit_switchers(frame, effects=2, placebos=1),
        effects.fit_switchers(frame.dropna(), effects=2, placebos=1),
    )
    assert kept["n_units"][0] == 40
    assert dropped["n_units"][0] < 40
    assert "without a known treatment" in dropped["note"][0]


def test_switchers_leave_out_units_with_an_unknown_treatment_and_count_them():
    frame = panel(units=20)
    frame.loc[frame["unit_code"].isin(["03", "05"]) & (frame["year"] == 2012), "treated"] = np.nan
    rows = effects.fit_switchers(frame, effects=2, placebos=0)
    assert "2 units without a known treatment" in rows["note"][0]
    assert rows["n_units"][0] == 18


def test_the_first_effect_of_switchers_by_hand():
    frame = pd.DataFrame(
        {
            "unit_code": np.repeat(list("abc"), 2),
            "year": [1, 2] * 3,
            "y": [1.0, 5, 2, 3, 0, 2],
            "treated": [0, 1, 0, 0, 0, 0],
        }
    )
    rows = effects.fit_switchers(frame, effects=1, placebos=0)
    assert rows.loc[rows["event_time"] == 0, "estimate"].item() == pytest.approx((5 - 1) - ((3 - 2) + (2 - 0)) / 2)


def test_exits_and_arrivals_can_be_asked_for_apart():
    frame = panel(units=40)
    frame = frame.assign(treated=frame["treated"].where(frame["unit_code"] > "19", 1 - frame["treated"]))
    both, inside, out = (effects.fit_switchers(frame, effects=1, placebos=0, direction=d) for d in (None, "in", "out"))
    assert inside["estimate"][0] != out["estimate"][0]
    assert (
        min(inside["estimate"][0], out["estimate"][0])
        < both["estimate"][0]
        < max(inside["estimate"][0], out["estimate"][0])
    )


def test_first_changes_in_one_direction_count_the_units_that_change_so():
    frame = panel(units=40)
    frame = frame.assign(treated=frame["treated"].where(frame["unit_code"] > "09", 1 - frame["treated"]))
    counts = {
        way: effects.fit_switchers(frame, effects=2, placebos=1, direction=way)["n_switching"]
        for way in ("in", "out", None)
    }
    assert {way: n.unique().tolist() for way, n in counts.items()} == {"in": [15], "out": [5], None: [20]}


def test_first_changes_refuse_a_treatment_that_is_no_share():
    with pytest.raises(DesignRefused, match="goes from 0 to 2; expected 0 and 1, or shares between them"):
        effects.fit_switchers(panel(units=40).assign(treated=lambda f: 2 * f["treated"]))


def test_the_covariance_of_the_event_rows_has_their_errors():
    rows = effects.fit_switchers(panel(units=40), effects=3, placebos=1)
    events = rows[rows["event_time"].notna()]
    np.testing.assert_allclose(np.sqrt(np.diag(rows.attrs["vcov"])), events["std_error"], rtol=1e-6)


@pytest.mark.parametrize("estimator", ["callaway_santanna", "sun_abraham", "imputation", "etwfe", "stacked"])
def test_absorbing_estimators_refuse_a_treatment_that_ends(estimator):
    with pytest.raises(DesignRefused, match="the treatment ends in 6 units"):
        effects.fit_absorbing(panel(), estimator)


@pytest.mark.parametrize("estimator", ["callaway_santanna", "sun_abraham", "imputation", "etwfe", "stacked"])
def test_absorbing_estimators_find_the_known_effect(estimator):
    row = effects.fit_absorbing(staying(units=60), estimator, control="not_yet_treated").iloc[0]
    assert row["estimate"] == pytest.approx(0.5, abs=0.15)


def test_units_treated_from_the_start_are_left_out_and_counted():
    frame = staying()
    frame = frame.assign(treated=frame["treated"].mask(frame["unit_code"] == "04", 1))
    rows = effects.fit_absorbing(frame.drop(columns="first"), "imputation")
    assert "1 units treated from the start left out" in rows["note"][0]


def test_rows_without_outcome_give_no_missing_estimate():
    frame = staying()
    frame.loc[frame.sample(frac=0.05, random_state=3).index, "y"] = np.nan
    for estimator in ("callaway_santanna", "sun_abraham", "imputation"):
        assert np.isfinite(effects.fit_absorbing(frame, estimator)["estimate"]).all()


def test_a_treatment_that_stays_begins_when_it_is_known_to_though_the_outcome_is_missing():
    frame = staying()
    hidden = frame.assign(y=frame["y"].where(frame["year"] != frame["first"]))
    found = effects.fit_absorbing(hidden, "imputation")["event_time"].dropna().tolist()
    assert 0 not in found and 1 in found
    back = hidden.assign(
        treated=hidden["treated"].where(hidden["unit_code"] != "00", hidden["year"].eq(2010).astype(int))
    )
    with pytest.raises(DesignRefused, match="treatment ends in 1 units"):
        effects.fit_absorbing(back.assign(y=back["y"].where(back["year"] > 2010)), "imputation")


def test_never_treated_units_are_needed_by_their_estimators():
    frame = staying()
    with pytest.raises(DesignRefused, match="never treated"):
        effects.fit_absorbing(frame[frame["first"] > 0])


def test_an_unknown_estimator_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="expected one of callaway_santanna"):
        effects.fit_absorbing(staying(), "callaway")


@pytest.mark.parametrize("estimator", ["callaway_santanna", "imputation", "etwfe"])
def test_rows_of_a_treatment_that_stays_count_the_cells_at_their_distance_from_its_begin(estimator):
    frame = staying()
    since = (frame["year"] - frame["first"]).where(frame["first"] > 0)
    rows = effects.fit_absorbing(frame, estimator)
    wanted = [int((since >= 0).sum() if pd.isna(e) else (since == e).sum()) for e in rows["event_time"]]
    assert rows["n_cells"].tolist() == wanted
    assert rows["n_switching"][0] == frame.loc[frame["first"] > 0, "unit_code"].nunique()


def test_panel_match_gives_arrivals_and_exits():
    frame = panel(units=40)
    assert effects.fit_panel_match(frame, lag=2, leads=(0,), draws=20)["estimate"].item() == pytest.approx(1, abs=0.3)
    assert (
        effects.fit_panel_match(frame, lag=2, leads=(0,), exits=True, draws=20)["estimand"]
        .item()
        .startswith("mean effect of an exit")
    )


@pytest.mark.parametrize("common", [lambda year: 5.0 * year, lambda year: np.sin(year) * 30])
def test_the_spread_of_matched_sets_does_not_depend_on_what_all_units_share_in_a_year(common):
    frame = panel(units=40)
    one, other = (
        effects.fit_panel_match(f, lag=2, leads=(0, 1), draws=50)
        for f in (frame, frame.assign(y=frame["y"] + common(frame["year"])))
    )
    for name in ("estimate", "std_error", "p_value"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-8)


def test_an_unknown_treatment_is_matched_with_no_other_unknown_one():
    frame = panel(units=40)
    frame["treated"] = frame["treated"].mask(frame["year"] == 2010)
    d = frame.pivot(index="unit_code", columns="year", values="treated").to_numpy(float)
    known = sum(int(((d[:, t] == 1) & (d[:, t - 2 : t] == 0).all(axis=1)).sum()) for t in range(2, d.shape[1]))
    assert effects.fit_panel_match(frame, lag=2, leads=(0,), draws=20)["n_cells"].item() == known > 0


def test_the_reference_of_one_cohort_is_no_estimate_before_the_event_of_another():
    frame = staying().assign(y=lambda f: f["y"].mask(f["year"] == 2012))
    wide, first = (
        frame.pivot(index="unit_code", columns="year", values="y"),
        frame.groupby("unit_code")["first"].first(),
    )
    change = wide[2010] - wide[2011]  # of those of 2012; those of 2013 have 2011, two years before, as reference
    rows = effects.fit_absorbing(frame, control="not_yet_treated").set_index("event_time")
    wanted = change[first == 2012].mean() - change[first != 2012].mean()
    assert rows.loc[-2, "estimate"] == pytest.approx(wanted)
    assert rows.loc[-2, "n_cells"] == (first == 2012).sum()


def test_matched_sets_count_units_that_have_one():
    frame = panel(units=40)
    alone = frame["unit_code"].eq("00") & frame["year"].between(2011, 2013)  # whose history no other unit shares
    frame = frame[frame["unit_code"].isin(["00", "01", "03", "05"])].assign(
        treated=lambda f: f["treated"].mask(alone, 1.0)
    )
    rows = effects.fit_panel_match(frame, lag=2, leads=(0,), draws=20, exits=True)
    assert rows["n_switching"].item() <= rows["n_cells"].item()


def test_local_projections_leave_out_units_with_an_unknown_treatment_and_count_them():
    frame = panel(units=60, years=14).drop(index=20)
    rows = effects.fit_lp_did(frame, before=2, after=1, stable=2)
    assert "1 units without a known treatment" in rows["note"][0]
    assert -1 not in rows["event_time"].tolist()


BETA, VCOV = np.array([0.02, -0.01, 0.6, 0.7]), np.diag([0.01, 0.01, 0.012, 0.015])


def first_changes(frame, horizon=4):
    """Average total effect of first changes by loops over units and calendar years, without any package."""
    y, d = (frame.pivot(index="unit_code", columns="year", values=v).astype(float) for v in ("y", "treated"))
    d = d[d.notna().all(axis=1)]
    y, start = y.loc[d.index].to_numpy(), d.to_numpy()[:, 0]
    moved = d.to_numpy() != start[:, None]
    first = np.where(moved.any(1), moved.argmax(1), 10**6)
    total = dose = 0.0
    for unit in np.flatnonzero(first < 10**6):
        for at in range(first[unit], min(first[unit] + horizon, y.shape[1])):
            since = first[unit] - 1
            others = (start == start[unit]) & (first > at)
            change = (y[:, at] - y[:, since])[others]
            if np.isfinite(y[unit, at] - y[unit, since]) and np.isfinite(change).any():
                sign = 1 - 2 * start[unit]
                total += sign * (y[unit, at] - y[unit, since] - np.nanmean(change))
                dose += sign * (d.to_numpy()[unit, at] - start[unit])
    return total / dose


@pytest.mark.parametrize("outcome", ["income_pc_month_kvnd", "pci_score"])
def test_first_changes_of_our_outcomes_in_the_calendar_equal_loops(outcome):
    data = study.panel(outcome, "hometown")
    assert effects.fit_switchers(data)["estimate"][0] == pytest.approx(first_changes(data.frame), abs=1e-9)


def test_first_changes_say_how_many_units_are_known_throughout_where_none_of_them_changes():
    frame = study.panel("grdp_growth_pct", post="chair").frame
    with pytest.raises(DesignRefused, match="3 units have a known treatment in all 13 periods, and it changes in none"):
        effects.fit_switchers(frame)


def test_a_year_without_a_row_is_a_year_in_which_nothing_is_known():
    frame = study.panel("pci_score", "hometown").frame[["unit_code", "year", "y", "treated"]]
    other = frame["year"] != 2017
    for fit, options in (
        (effects.fit_panel_match, {"lag": 1, "leads": (0, 1), "draws": 20}),
        (effects.fit_counterfactual, {"draws": 0}),
        (effects.leads, {}),
    ):
        without, empty = (
            fit(frame[other], **options),
            fit(frame.assign(y=frame["y"].where(other), treated=frame["treated"].where(other)), **options),
        )
        closed = fit(frame[other].assign(year=lambda t: t["year"].rank(method="dense")), **options)
        pd.testing.assert_series_equal(without["estimate"], empty["estimate"])
        assert not without["estimate"].equals(closed["estimate"])
    for fit in (effects.fit_switchers, effects.fit_lp_did):
        with pytest.raises(DesignRefused, match="between 2016 and 2018"):
            fit(frame[other])
    known = frame.assign(y=frame["y"].where(other))
    assert effects.fit_switchers(known)["estimate"][0] == pytest.approx(first_changes(known), abs=1e-9)


def test_a_covariance_with_a_hole_gives_no_interval_for_departures():
    path = effects.fit_switchers(panel(units=60, years=10), effects=2, placebos=3)
    path.attrs["vcov"][0][1] = np.nan
    with pytest.raises(DesignRefused, match="no covariance"):
        effects.honest(path)


def test_more_violation_allowed_widens_the_interval():
    for kind, values in (("relative_magnitudes", (0.5, 1, 2)), ("smoothness", (0, 0.1, 0.3))):
        rows = effects.libraries.honest_did(BETA, VCOV, 2, kind, values)
        assert (rows["conf_high"] - rows["conf_low"]).is_monotonic_increasing


def test_zero_is_excluded_until_departures_are_large_enough():
    rows = effects.libraries.honest_did(BETA, VCOV, 2, "relative_magnitudes", (0, 0.5, 20))
    assert rows["excludes_zero"].tolist() == [True, True, False]


@pytest.mark.parametrize("after", [0, None])
def test_smoothness_intervals_equal_diff_diff(after):
    from diff_diff import CallawaySantAnna, HonestDiD

    frame = staying(units=80)
    fit = CallawaySantAnna(base_period="universal", control_group="never_treated").fit(
        frame, "y", "unit_code", "year", "first", aggregate="event_study"
    )
    order = sorted(e for e, v in fit.event_study_effects.items() if v["se"] > 0)
    place = [list(fit.event_study_vcov_index).index(e) for e in order]
    before = sum(e < 0 for e in order)
    weights = np.eye(len(order) - before)[0] if after == 0 else np.full(len(order) - before, 1 / (len(order) - before))
    theirs = HonestDiD(method="smoothness", M=0.05, l_vec=weights).fit(fit)
    vcov = np.asarray(fit.event_study_vcov)[np.ix_(place, place)]
    ours = effects.libraries.honest_did(
        [fit.event_study_effects[e]["effect"] for e in order], vcov, before, "smoothness", (0.05,), after
    )
    np.testing.assert_allclose(ours[["conf_low", "conf_high"]].to_numpy()[0], [theirs.ci_lb, theirs.ci_ub], atol=2e-3)


THREE = np.array([0.02, -0.03, 0.5, 0.6, 0.7])  # two periods before, three after


def test_the_average_without_departures_is_the_usual_interval_of_a_mean():
    vcov = 0.01 * (np.eye(5) + 0.5)
    weights = np.r_[0, 0, 1, 1, 1] / 3
    got, half = (
        effects.libraries.honest_did(THREE, vcov, 2, values=(0,), after=None).iloc[0],
        np.sqrt(weights @ vcov @ weights),
    )
    assert [got["conf_low"], got["conf_high"]] == pytest.approx(
        [0.6 - 1.96 * half, 0.6 + 1.96 * half], abs=0.05 * half
    )  # a step of the search


@pytest.mark.parametrize("m", [0.25, 0.5])
def test_the_average_may_be_off_by_what_departures_add_up_to_over_its_periods(m):
    largest = 0.05  # between the two periods before
    bias = m * largest * (1 + 2 + 3) / 3
    spread = 0.01 * np.sqrt(1 / 3 + 2 * (2 * m) ** 2)  # of the mean, and of the bias
    got = effects.libraries.honest_did(THREE, np.eye(5) * 1e-4, 2, values=(m,), after=None).iloc[0]
    assert 0.6 - bias - 3 * spread < got["conf_low"] < 0.6 - bias
    assert 0.6 + bias < got["conf_high"] < 0.6 + bias + 3 * spread


@pytest.mark.parametrize("after", [0, 2, None])
def test_the_ends_are_the_next_points_of_the_whole_grid_of_statspai(after):
    import statspai

    vcov = 0.01 * (np.eye(5) + 0.5)
    weights = np.full(3, 1 / 3) if after is None else np.eye(3)[after]
    target = {"e": after} if after is not None else {"e": 0, "l_vec": weights}
    whole = statspai.honest_did_from_moments(
        THREE, vcov, num_pre_periods=2, m_grid=[1], method="relative_magnitude", **target
    )
    step = 40 * np.sqrt(weights @ vcov[2:, 2:] @ weights) / 999
    got = effects.libraries.honest_did(THREE, vcov, 2, values=(1,), after=after)
    ends = whole[["ci_lower", "ci_upper"]] + [-step, step]
    np.testing.assert_allclose(got[["conf_low", "conf_high"]], ends, rtol=1e-12)


@pytest.mark.parametrize("after", [0, 2, None])
def test_exactly_parallel_paths_give_the_plain_interval_and_no_departure_a_narrower_one(after):
    vcov = 0.01 * (np.eye(5) + 0.5)
    weights = np.full(3, 1 / 3) if after is None else np.eye(3)[after]
    half = 1.959964 * np.sqrt(weights @ vcov[2:, 2:] @ weights)
    plain = weights @ THREE[2:] + np.array([-half, half])
    got = effects.libraries.honest_did(THREE, vcov, 2, values=(0, 0.02), after=after)
    np.testing.assert_allclose(got[["conf_low", "conf_high"]].to_numpy()[0], plain, rtol=1e-6)
    assert got["conf_low"][1] <= got["conf_low"][0] and got["conf_high"][1] >= got["conf_high"][0]


def test_ends_that_the_search_did_not_find_are_open():
    got = effects.libraries.honest_did(THREE, np.eye(5) * 1e-8, 2, values=(2,), after=None).iloc[0]
    assert (got["conf_low"], got["conf_high"], got["excludes_zero"]) == (-np.inf, np.inf, False)


def test_an_unknown_kind_of_violation_is_refused():
    with pytest.raises(ValueError, match="relative_magnitudes"):
        effects.libraries.honest_did(BETA, VCOV, 2, "magnitudes")


def test_the_average_of_two_equal_periods_is_no_wider_than_one_of_them():
    beta, vcov = np.array([0.02, -0.01, 0.6, 0.6]), np.diag([0.01, 0.01, 0.012, 0.012])
    one, mean = (effects.libraries.honest_did(beta, vcov, 2, "smoothness", (0,), after=k).iloc[0] for k in (0, None))
    assert mean["conf_high"] - mean["conf_low"] < one["conf_high"] - one["conf_low"]
    assert mean["conf_low"] < 0.6 < mean["conf_high"]


def test_common_factors_are_found_where_two_way_effects_fail():
    frame = panel(units=60, years=14)
    load = np.where(frame["unit_code"].astype(int) % 2, 1.0, -1.0) * np.repeat(np.linspace(0.5, 2, 60), 14)
    frame["y"] += 2 * load * np.sin(frame["year"])
    two_way = effects.fit_counterfactual(frame, draws=0)["estimate"][0]
    assert abs(effects.fit_fect(frame)["estimate"].item() - 1) < 0.1 < abs(two_way - 1)


def test_common_factors_count_the_units_with_years_enough():
    frame = panel(units=30, years=8)
    frame = frame.assign(
        treated=frame["treated"].mask(frame["unit_code"].isin(["01", "03", "05"]) & (frame["year"] > 2011), 1.0)
    )
    row = effects.fit_fect(frame, least=4).iloc[0]
    used = frame[frame.groupby("unit_code")["treated"].transform(lambda d: (d == 0).sum() >= 4)]
    assert (row["n_units"], row["n_obs"]) == (used["unit_code"].nunique(), len(used)) and row["n_units"] < 30
    assert row["n_switching"] == (used.groupby("unit_code")["treated"].nunique() > 1).sum()


def test_the_penalty_of_matrix_completion_is_half_the_largest_singular_value_per_cell():
    frame = panel(units=30)
    wide = frame.pivot(index="unit_code", columns="year", values="y").to_numpy()
    left = wide - wide.mean(1, keepdims=True) - wide.mean(0) + wide.mean()
    penalty = np.linalg.norm(left, 2) / 2 / left.size
    usual, given = (effects.fit_fect(frame, method="mc", least=1, penalty=p) for p in (None, penalty))
    assert usual["estimate"].item() == pytest.approx(given["estimate"].item(), abs=1e-9)
    assert f"penalty {penalty:g}" in usual["note"].item()


def test_results_of_adapters_have_the_common_columns():
    for rows in (
        effects.fit_switchers(panel(units=30)),
        effects.fit_absorbing(staying()),
        effects.fit_panel_match(panel(units=30), lag=2, draws=20),
    ):
        assert list(rows.columns) == effects.RESULT_COLUMNS


def test_local_projections_with_a_covariate_equal_regressions_on_the_clean_sample():
    frame = panel(units=40, years=9).assign(y=lambda f: f["y"] + 2 * f["x"])
    got = effects.fit_lp_did(frame, before=1, after=2, stable=2, covariates="x").set_index("event_time")["estimate"]
    wide = {
        name: frame.pivot(index="unit_code", columns="year", values=name).to_numpy() for name in ("y", "treated", "x")
    }
    d, n = wide["treated"], wide["y"].shape[1]
    move = np.diff(d, axis=1, prepend=np.nan)
    for h in (0, 1, 2):
        rows = []
        for t in range(1, n - h):
            quiet_before = (np.nan_to_num(move[:, max(t - 2, 1) : t]) == 0).all(1)
            still = (move[:, t + 1 : t + h + 1] == 0).all(1)
            enters, stays = (move[:, t] == 1), (move[:, t] == 0)
            for i in np.flatnonzero(quiet_before & still & (enters | stays)):
                rows.append((wide["y"][i, t + h] - wide["y"][i, t - 1], enters[i], wide["x"][i, t], t))
        diff, enter, x, t = np.array(rows, float).T
        design = np.column_stack([enter, x, *(t == s for s in np.unique(t))])
        assert got[h] == pytest.approx(np.linalg.lstsq(design, diff, rcond=None)[0][0], abs=1e-9), h


def test_matched_sets_keep_rows_without_an_outcome_in_their_histories_of_treatment():
    frame = panel(units=40, years=12)
    frame["y"] = frame["y"].mask(np.random.default_rng(2).random(len(frame)) < 0.15)
    y, d = (frame.pivot(index="unit_code", columns="year", values=v).to_numpy(float) for v in ("y", "treated"))
    change, found = {lead: y - np.roll(y, lead + 1, axis=1) for lead in (0, 1)}, []
    for i, t in zip(*np.nonzero(np.diff(d, axis=1) == 1), strict=True):
        t += 1
        if 2 <= t < 11 and np.isfinite(change[0][i, t] + change[1][i, t + 1]):
            alike = (d[:, t] == 0) & (d[:, t - 2 : t] == d[i, t - 2 : t]).all(1)
            alike &= np.isfinite(change[0][:, t] + change[1][:, t + 1])
            if alike.any():
                found.append([change[k][i, t + k] - change[k][alike, t + k].mean() for k in (0, 1)])
    got = effects.fit_panel_match(frame, lag=2, leads=(0, 1), draws=20)
    assert got["estimate"].tolist() == pytest.approx(np.mean(found, axis=0).tolist())
    assert got["n_cells"].tolist() == [len(found)] * 2
    dropped = effects.fit_panel_match(frame.dropna(), lag=2, leads=(0, 1), draws=20)
    assert (dropped["estimate"] - got["estimate"]).abs().min() > 1e-3


def test_intervals_under_departures_of_first_changes_are_wider_than_normal_ones():
    rows = effects.fit_switchers(panel(units=24, years=12), effects=2, placebos=3)
    path, vcov = rows[rows["event_time"].notna()], np.array(rows.attrs["vcov"])
    normal = effects.libraries.honest_did(path["estimate"], vcov, 3, values=(1.0,)).iloc[0]
    got = effects.honest(rows, values=(1.0,)).iloc[0]
    assert got["conf_high"] - got["conf_low"] > 1.05 * (normal["conf_high"] - normal["conf_low"])


def test_a_period_without_an_interval_and_those_beyond_it_count_in_no_interval_under_departures():
    rows = effects.fit_switchers(panel(units=24, years=12), effects=3, placebos=3)
    path, vcov = rows[rows["event_time"].notna()], np.array(rows.attrs["vcov"])
    whole = effects.honest(rows, values=(1.0,), periods=(None,))
    assert whole.attrs["before"] == path[["event_time", "n_cells"]].astype(int).to_numpy()[:3].tolist()
    rows.loc[path.index[[0, 4]], ["conf_low", "conf_high"]] = np.nan  # the earliest, and the second from the event on
    kept = [1, 2, 3]  # two before, and the year of the event
    wider = ((path["conf_high"] - path["conf_low"]) / (2 * 1.959964 * path["std_error"])).to_numpy()[kept]
    less = vcov[np.ix_(kept, kept)] * np.outer(wider, wider)
    told = effects.libraries.honest_did(path["estimate"].to_numpy()[kept], less, 2, values=(1.0,)).iloc[0]
    got = effects.honest(rows, values=(1.0,), periods=(None,))
    assert got["conf_high"].item() == pytest.approx(told["conf_high"], abs=1e-4)
    assert [at for at, _ in got.attrs["before"]] == [-3, -2]
    with pytest.raises(Refused, match="expected event times of the path, 0"):
        effects.honest(rows, periods=(1,))


def test_years_before_an_arrival_are_set_against_the_last_of_them_by_callaway_and_santanna():
    shown = effects.fit_absorbing(staying(), "callaway_santanna").set_index("event_time")["estimate"]
    steps = effects.fit_absorbing(staying(), "callaway_santanna", options={"base_period": "varying"})
    steps = steps.set_index("event_time")["estimate"]
    assert -1 not in shown.index
    assert shown[-2] == pytest.approx(-steps[-1])
    assert shown[0] == pytest.approx(steps[0])
