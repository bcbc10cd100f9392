import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.reference import peers

from helpers import effects
from helpers.effects import DesignRefused, estimators
from helpers.effects.design import calendar
from helpers.words import Refused


def panel(seed=1, units=14, years=8, effect=1.0):
    rng = np.random.default_rng(seed)
    d = np.zeros((units, years))
    for i in range(1, units, 2):
        start = 1 + i % 4
        d[i, start : start + 2 + i % 3] = 1
    y = rng.normal(size=(units, 1)) + np.arange(years) / 4 + effect * d + rng.normal(0, 0.2, d.shape)
    return pd.DataFrame(
        {"unit_code": np.repeat([f"{i:02d}" for i in range(units)], years), "year": np.tile(np.arange(2010, 2010 + years), units),
         "y": y.ravel(), "treated": d.ravel(), "x": rng.normal(size=d.size)}
    )  # fmt: skip


FITS = {
    "twfe": effects.fit_twfe,
    "twfe with x": lambda f, **k: effects.fit_twfe(f, covariates=["x"], **k),
    "wild": lambda f, **k: effects.fit_twfe(f, inference_by="wild", draws=99, **k),
    "counterfactual": lambda f, **k: effects.fit_counterfactual(f, draws=20, **k),
    "ife": effects.fit_fect,
    "mc": lambda f, **k: effects.fit_fect(f, method="mc", penalty=0.001, **k),
    "leads": lambda f, **k: effects.leads(f, years=2, **k),
}
fits = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


def estimates(rows):
    return rows["estimate"].to_numpy()


def test_two_by_two_is_the_difference_in_differences():
    frame = pd.DataFrame(
        {
            "unit_code": list("aabbcc"),
            "year": [1, 2] * 3,
            "y": [1.0, 4.0, 2.0, 3.0, 5.0, 6.0],
            "treated": [0, 1, 0, 0, 0, 0],
        }
    )
    assert effects.fit_twfe(frame)["estimate"].item() == pytest.approx((4 - 1) - (3 - 2))


def test_counterfactual_by_hand():
    frame = pd.DataFrame(
        {
            "unit_code": list("aaabbbccc"),
            "year": [1, 2, 3] * 3,
            "y": [1.0, 2.0, 9.0, 3.0, 4.0, 6.0, 3.0, 4.0, 6.0],
            "treated": [0, 0, 1, 0, 0, 0, 0, 0, 0],
        }
    )
    rows = effects.fit_counterfactual(frame, draws=0)
    assert rows["estimate"][0] == pytest.approx(9 - (6 - 3.5 + 1.5))


def test_a_share_of_the_year_may_be_the_treatment():
    frame = panel().assign(treated=lambda f: f["treated"] * 0.5)
    assert effects.fit_twfe(frame)["estimate"].item() == pytest.approx(2 * effects.fit_twfe(panel())["estimate"].item())


def test_event_times_count_each_spell_anew():
    d = np.array([0, 0, 1, 1, 0, 0, 1, 0])
    arrival, leave = effects.event_times(d, np.zeros(8, int), np.arange(8))
    np.testing.assert_array_equal(arrival, [-2, -1, 0, 1, -2, -1, 0, np.nan])
    np.testing.assert_array_equal(leave, [np.nan, np.nan, -2, -1, 0, 1, -1, 0])


def test_a_spell_that_runs_at_the_start_has_no_start_and_one_at_the_end_no_end():
    arrival, leave = effects.event_times(np.array([1, 1, 0, 1]), np.zeros(4, int), np.arange(4))
    np.testing.assert_array_equal(arrival, [np.nan, np.nan, -1, 0])
    np.testing.assert_array_equal(leave, [-2, -1, 0, np.nan])


def test_a_change_across_a_missing_year_has_no_date():
    arrival, leave = effects.event_times(np.array([0, 0, 1, 1, 0]), np.zeros(5, int), np.array([1, 2, 4, 5, 6]))
    np.testing.assert_array_equal(arrival, [np.nan] * 5)
    np.testing.assert_array_equal(leave, [np.nan, np.nan, -2, -1, 0])


def test_a_year_without_outcome_still_dates_the_arrival():
    frame = panel()
    frame.loc[(frame["unit_code"] == "01") & (frame["year"] == 2012), "y"] = np.nan
    full = effects.fit_counterfactual(panel(), draws=0)
    holed = effects.fit_counterfactual(frame, draws=0)

    def count(rows, time):
        return rows.loc[(rows["event"] == "arrival") & (rows["event_time"] == time), "n_cells"].item()

    assert frame.loc[(frame["unit_code"] == "01") & (frame["year"] == 2012), "treated"].item() == 1
    assert count(holed, 0) == count(full, 0) - 1
    assert count(holed, 1) == count(full, 1)


def test_always_treated_units_are_left_out_and_counted():
    frame = panel()
    frame.loc[frame["unit_code"] == "00", "treated"] = 1
    rows = effects.fit_counterfactual(frame, draws=0)
    assert "1 always treated units left out" in rows["note"][0]
    without = effects.fit_counterfactual(frame[frame["unit_code"] != "00"], draws=0)
    assert rows["estimate"][0] == pytest.approx(without["estimate"][0])


def test_the_known_effect_is_found():
    frame = panel(units=60)
    for fit in (effects.fit_twfe, effects.fit_counterfactual):
        row = fit(frame).iloc[0]
        assert row["conf_low"] < 1 < row["conf_high"]
        assert row["estimate"] == pytest.approx(1, abs=0.15)


def test_an_unknown_covariate_value_costs_the_row_and_is_counted():
    frame = panel()
    frame.loc[[3, 9], "x"] = np.nan
    row = effects.fit_twfe(frame, covariates="x").iloc[0]
    assert row["n_obs"] == len(frame) - 2
    assert "2 of 112 rows" in row["note"]


def test_units_in_several_clusters_are_refused_by_the_bootstraps():
    frame = panel().assign(group=lambda f: f["year"] % 3)
    with pytest.raises(DesignRefused, match="more than one cluster"):
        effects.fit_twfe(frame, cluster="group", inference_by="wild")
    with pytest.raises(DesignRefused, match="more than one cluster"):
        effects.fit_counterfactual(frame, cluster="group")


def test_coarser_clusters_change_the_error_not_the_estimate():
    frame = panel().assign(region=lambda f: f["unit_code"].astype(int) // 3)
    one, two = effects.fit_twfe(frame), effects.fit_twfe(frame, cluster="region")
    assert one["estimate"].item() == pytest.approx(two["estimate"].item())
    assert two["n_clusters"].item() == 5
    assert effects.fit_counterfactual(frame, cluster="region", draws=30)["n_clusters"][0] == 5


def test_weights_of_treated_cells_sum_to_one_and_give_the_estimate():
    summary = effects.weights(panel())
    assert summary.table["weight"].sum() == pytest.approx(1)
    assert summary.beta == pytest.approx(effects.fit_twfe(panel())["estimate"].item())
    assert summary.sum_positive + summary.sum_negative == pytest.approx(1)


def test_a_long_treated_unit_among_late_ones_gets_negative_weight():
    frame = pd.DataFrame(
        {
            "unit_code": np.repeat(list("ab"), 4),
            "year": [1, 2, 3, 4] * 2,
            "y": np.arange(8.0) ** 2,
            "treated": [0, 1, 1, 1, 0, 0, 0, 1],
        }
    )
    table = effects.weights(frame).table
    assert effects.weights(frame).n_negative == 1
    assert table.loc[table["weight"] < 0, ["unit_code", "year"]].to_numpy().tolist() == [["a", 4]]


def test_treated_cells_without_an_untreated_comparison_are_left_out_and_counted_apart_from_always_treated_units():
    frame = panel()
    frame.loc[(frame["year"] == 2012) | (frame["unit_code"] == "00"), "treated"] = 1
    note = effects.fit_counterfactual(frame, draws=0)["note"][0]
    assert "1 always treated units left out; 13 treated cells without an untreated comparison left out" in note


def test_numbers_that_are_no_years_quarters_or_months_count_by_their_order():
    assert calendar([2010, 2011, 2013]).tolist() == [0, 1, 3]
    assert calendar([2010.0, 2010.25, 2011.0]).tolist() == [0, 1, 4]
    assert calendar([2010.015, 2011.015, 2013.015]).tolist() == [0, 1, 2]


def test_bounds_fit_the_two_extreme_cases():
    frame = panel().assign(treated_low=lambda f: f["treated"], treated_high=lambda f: f["treated"])
    frame.loc[5, "treated"] = np.nan
    frame.loc[5, ["treated_low", "treated_high"]] = [0.0, 1.0]
    rows = effects.with_bounds(effects.fit_twfe, frame)
    assert rows["unknown"].tolist() == ["left_out", "local", "non_local"]
    assert rows["n_obs"].tolist() == [len(frame) - 1, len(frame), len(frame)]
    assert rows["estimate"][1] == pytest.approx(effects.fit_twfe(frame, d="treated_low")["estimate"].item())


def test_leads_find_a_trend_before_arrivals():
    frame = panel(units=80)
    arrival = effects.leads(frame, years=2)
    rising = frame.assign(
        y=frame["y"] + 0.5 * frame.groupby("unit_code")["treated"].shift(-1).fillna(0) * (1 - frame["treated"])
    )
    assert arrival["p_value"].iloc[-1] > 0.01
    assert effects.leads(rising, years=2)["p_value"].iloc[-1] < 0.01


def test_randomisation_gives_the_same_estimate_and_says_how():
    row = effects.fit_twfe(panel(), inference_by="reassignment", draws=200).iloc[0]
    assert row["estimate"] == pytest.approx(effects.fit_twfe(panel())["estimate"].item())
    assert row["inference"] == "reassignment of whole treatment paths, studentised, 200 draws"
    assert row["p_value"] == pytest.approx(1 / 201)


def test_the_counterfactual_counts_the_cells_that_it_can_use():
    frame = panel().assign(treated=lambda f: f["treated"].mask(f["unit_code"].isin(["00", "02"]), 1.0))
    row = effects.fit_counterfactual(frame, draws=0).iloc[0]
    assert (row["n_units"], row["n_obs"], row["n_clusters"], row["n_switching"]) == (12, 96, 12, 7)
    assert "2 always treated units left out" in row["note"]


def test_leads_count_the_untreated_cells_that_they_compare():
    frame = panel()
    assert effects.leads(frame, years=2)["n_obs"].unique().tolist() == [(frame["treated"] == 0).sum()]


@pytest.mark.parametrize(
    "fit",
    [
        lambda f, **k: effects.randomise(f, draws=99, **k).rows,
        lambda f, **k: effects.fit_twfe(f, inference_by="reassignment", draws=99, **k),
    ],
)
def test_clusters_whose_units_have_paths_of_their_own_do_not_count_in_a_reassignment(fit):
    row = fit(panel().assign(region=lambda f: f["unit_code"].str[1].astype(int) % 5), cluster="region").iloc[0]
    assert row["n_clusters"] == 14 and "paths differ within clusters: units are reassigned" in row["note"]
    assert "paths differ" not in fit(panel()).iloc[0]["note"]


def test_randomisation_of_the_counterfactual_tests_its_mean_effect():
    row = effects.randomise(panel(), statistic="counterfactual", draws=200).rows.iloc[0]
    assert row["estimate"] == pytest.approx(effects.fit_counterfactual(panel(), draws=0)["estimate"][0])
    assert row["p_value"] < 0.05


# what must not matter


@fits
def test_row_order_does_not_matter(fit):
    frame = panel()
    np.testing.assert_allclose(estimates(fit(frame.sample(frac=1, random_state=1))), estimates(fit(frame)), atol=1e-8)


@fits
def test_a_constant_added_to_a_unit_does_not_matter(fit):
    frame = panel()
    moved = frame.assign(y=frame["y"] + 7 * (frame["unit_code"] == "03"))
    np.testing.assert_allclose(estimates(fit(moved)), estimates(fit(frame)), atol=1e-6)


@fits
def test_rescaling_the_outcome_rescales_the_estimate(fit):
    frame = panel()
    rows, scaled = fit(frame), fit(frame.assign(y=frame["y"] * 4))
    factor = np.where(rows["test"] == "joint", 1, 4)
    if "mc" in rows["estimator"].to_numpy():
        scaled = effects.fit_fect(frame.assign(y=frame["y"] * 4), method="mc", penalty=0.004)
    np.testing.assert_allclose(estimates(scaled), factor * estimates(rows), atol=1e-6)


@fits
def test_names_of_units_do_not_matter(fit):
    frame = panel()
    names = {c: f"z{99 - int(c)}" for c in frame["unit_code"]}
    np.testing.assert_allclose(
        estimates(fit(frame.assign(unit_code=frame["unit_code"].map(names)))), estimates(fit(frame)), atol=1e-8
    )


@fits
def test_the_frame_given_is_not_changed(fit):
    frame = panel()
    before = frame.copy()
    fit(frame)
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_randomisation_does_not_depend_on_row_order(seed):
    frame = panel(seed)
    mixed = frame.sample(frac=1, random_state=seed)
    one, two = (effects.fit_twfe(f, inference_by="reassignment", draws=60)["p_value"].item() for f in (frame, mixed))
    assert one == two


# what is refused


def spoil(name):
    frame = panel()
    if name == "infinite":
        frame.loc[4, "y"] = np.inf
    if name == "duplicate":
        frame = pd.concat([frame, frame.iloc[[0]]])
    if name == "constant outcome":
        frame = frame.assign(y=3.0)
    if name == "never":
        frame = frame.assign(treated=0)
    if name == "no switch":
        frame = frame.assign(treated=(frame["unit_code"] > "06").astype(int))
    if name == "text":
        frame = frame.assign(y=frame["y"].astype(str))
    if name == "no unit":
        frame = frame.assign(unit_code=frame["unit_code"].mask(frame.index == 3))
    if name == "one cluster":
        frame = frame[frame["unit_code"] == "01"]
    if name == "all at once":
        frame = frame.assign(treated=(frame["year"] > 2013).astype(int))
    if name == "no rows":
        frame = frame.assign(y=np.nan)
    if name == "misspelt":
        frame = frame.rename(columns={"treated": "treatd"})
    return frame


REFUSALS = {
    "infinite": "1 infinite value", "duplicate": "more than one row for year 2010", "constant outcome": "equals 3 in every cell",
    "never": "equals 0 in every cell", "no switch": "no unit's treatment 'treated' changes", "text": "not numeric", "no unit": "missing in 1 rows",
    "one cluster": "the number of units with all values is 1", "all at once": "explained entirely|in all its cells|cannot be told|without treatment",
    "no rows": "no row has a value of y", "misspelt": "did you mean 'treatd'",
}  # fmt: skip


@fits
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_design_that_cannot_answer_is_refused_with_a_reason(fit, fault):
    frame = spoil(fault)
    if fault == "all at once" and fit not in (FITS["twfe"], FITS["wild"], FITS["twfe with x"]):
        pytest.skip("handled below")
    with pytest.raises(Refused if fault == "misspelt" else DesignRefused, match=REFUSALS[fault]):
        fit(frame)


@pytest.mark.parametrize("fit", [FITS["counterfactual"], FITS["ife"], FITS["mc"]])
def test_counterfactuals_without_comparison_years_are_refused(fit):
    with pytest.raises(DesignRefused, match="without treatment"):
        fit(spoil("all at once"))


BINARY = {
    "counterfactual": effects.fit_counterfactual, "leads": effects.leads, "ife": effects.fit_fect, "lp_did": effects.fit_lp_did,
    "panel_match": effects.fit_panel_match, "absorbing": effects.fit_absorbing, "placebo": effects.fit_placebo,
    "groups": lambda f: effects.fit_groups(f, "unit_code"), "chance": lambda f: effects.randomise(f, statistic="counterfactual"),
}  # fmt: skip


@pytest.mark.parametrize("fit", BINARY.values(), ids=BINARY)
def test_a_share_is_refused_where_zero_or_one_is_needed(fit):
    with pytest.raises(DesignRefused, match="takes other values than 0 and 1"):
        fit(panel().assign(treated=lambda f: f["treated"] / 2))


def test_holes_are_stated_and_give_the_estimate_of_the_remaining_cells():
    frame = panel().drop(index=[2, 30, 77])
    row = effects.fit_twfe(frame).iloc[0]
    assert "unbalanced: 3 of 112 unit-periods absent" in row["note"]
    assert np.isfinite(row[["estimate", "std_error", "conf_low", "conf_high", "p_value"]].astype(float)).all()


def test_a_result_without_a_finite_estimate_cannot_be_made():
    with pytest.raises(ValueError, match="not a finite number"):
        effects.result(estimate=np.nan)
    with pytest.raises(ValueError, match="unknown result fields"):
        effects.result(estimate=1, estimat=2)


def test_a_result_has_all_columns_and_a_normal_interval_where_none_is_given():
    row = effects.result(estimate=2.0, std_error=1.0).iloc[0]
    assert list(row.index) == effects.RESULT_COLUMNS
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((2 - 1.959964, 2 + 1.959964))
    assert row["p_value"] == pytest.approx(0.0455003)


@pytest.mark.parametrize("scale", [1, 100])
def test_intervals_and_p_values_by_cluster_are_those_of_t_with_one_degree_of_freedom_less_than_clusters(scale):
    frame = panel(effect=0.2).assign(y=lambda f: scale * f["y"])
    row = effects.fit_twfe(frame).iloc[0]
    t = stats.t(df=13)
    assert row["p_value"] == pytest.approx(2 * t.sf(abs(row["estimate"] / row["std_error"])))
    half = t.ppf(0.975) * row["std_error"]
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((row["estimate"] - half, row["estimate"] + half))


def test_leaving_out_each_unit_equals_fitting_without_it():
    frame = panel()
    got = effects.leave_one_out(frame)
    for code in ("00", "03", "05"):
        assert got[code] == pytest.approx(effects.fit_twfe(frame[frame["unit_code"] != code])["estimate"].item())


def test_a_refused_design_gives_no_rows_and_its_reason():
    rows = effects.attempt(effects.fit_twfe, spoil("never"))
    assert len(rows) == 0
    assert list(rows.columns) == effects.RESULT_COLUMNS
    assert "equals 0 in every cell" in str(rows.attrs["refused"])


@pytest.mark.parametrize("covariates", [(), ("x",)])
def test_bootstrap_draws_equal_fits_to_the_resampled_units(covariates):
    frame = panel().drop(index=[4, 40])
    c = effects.design(frame, covariates=covariates)
    free, (on, at) = c.d == 0, (c.d == 1, estimators.events(c)[0])
    sets = [on & estimators.identified(c, free)[0], at == 0, at == 1]
    made = estimators.bootstrapped(c, free, sets, 5, 3)
    counts = np.random.default_rng(3).multinomial(14, np.full(14, 1 / 14), 5)
    for drawn, count in zip(made, counts, strict=True):
        copies = [
            frame[frame["unit_code"] == f"{i:02d}"].assign(unit_code=f"{i:02d}-{k}")
            for i, n in enumerate(count)
            for k in range(n)
        ]
        again = effects.fit_counterfactual(pd.concat(copies), covariates=covariates, draws=0, horizon=(0, 1))
        again = again[again["event"] != "exit"]
        np.testing.assert_allclose(drawn, again["estimate"], atol=1e-8)


@pytest.mark.parametrize("columns", [{}, {"covariates": "x"}, {"covariates": "x", "weights": "size"}])
def test_two_way_effects_equal_pyfixest(columns):
    frame = panel().drop(index=[2, 30, 77]).assign(size=lambda f: 1 + f["x"] ** 2)
    row = effects.fit_twfe(frame, **columns).iloc[0]
    assert tuple(row[["estimate", "std_error"]]) == pytest.approx(peers.twfe_pyfixest(frame, **columns), abs=1e-9)


def test_two_way_effects_equal_a_regression_on_dummies():
    row = effects.fit_twfe(panel(), covariates="x").iloc[0]
    assert row["estimate"] == pytest.approx(peers.twfe_statsmodels(panel(), covariates="x"), abs=1e-9)


@pytest.mark.parametrize("peer", [peers.counterfactual_statsmodels, peers.fect])
def test_the_counterfactual_equals_other_computations(peer):
    frame = panel().drop(index=[2, 30, 77])
    row = effects.fit_counterfactual(frame, draws=0).iloc[0]
    assert row["estimate"] == pytest.approx(peer(frame), abs=1e-6)
