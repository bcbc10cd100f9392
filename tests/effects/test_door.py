"""What every estimator refuses or reads at the one door, and what it never gives: an error behind too few clusters."""

import importlib
import inspect
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from tests.effects.test_estimators import panel

from helpers import effects, paths, plots, study, words
from helpers.effects import DesignRefused, results, synthetic
from helpers.words import Refused

FITS = {
    "twfe": effects.fit_twfe,
    "wild": lambda f, **k: effects.fit_twfe(f, inference_by="wild", draws=99, **k),
    "randomise": lambda f, **k: effects.randomise(f, draws=99, **k).rows,
    "counterfactual": lambda f, **k: effects.fit_counterfactual(f, draws=20, **k),
    "leads": lambda f, **k: effects.leads(f, years=1, **k),
    "switchers": lambda f, **k: effects.fit_switchers(f, effects=2, placebos=1, **k),
    "panel_match": lambda f, **k: effects.fit_panel_match(f, lag=1, leads=(0,), draws=20, **k),
    "lp_did": lambda f, **k: effects.fit_lp_did(f, before=1, after=1, stable=1, **k),
    "fect": lambda f, **k: effects.fit_fect(f, method="mc", least=1, **k),
    "leave_one_out": lambda f, **k: effects.leave_one_out(f, **k).to_frame("estimate"),
    "weights": lambda f, **k: effects.weights(f, **k).table.assign(estimate=lambda t: t["weight"]),
}
fits = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


def values(rows):
    return np.sort(rows["estimate"].to_numpy(float))


@pytest.fixture(scope="module")
def base():
    frame = panel(units=30, years=8)
    return frame, {name: values(fit(frame)) for name, fit in FITS.items()}


TIMES = {
    "dates": lambda y: pd.to_datetime(y.astype(str)),
    "ends of years": lambda y: pd.to_datetime(y.astype(str) + "-12-31"),
    "periods": lambda y: pd.PeriodIndex(y.astype(str), freq="Y"),
    "quarters": lambda y: (2010 + (y - 2010) // 4).astype(str) + "Q" + ((y - 2010) % 4 + 1).astype(str),
    "months": lambda y: pd.PeriodIndex("2010-0" + (y - 2009).astype(str), freq="M"),
    "text": lambda y: y.astype(str),
    "every second year": lambda y: 2000 + 2 * (y - 2010),
}


@pytest.mark.parametrize("kind", TIMES)
@pytest.mark.parametrize("name", FITS)
def test_any_kind_of_time_gives_the_same_estimates(base, name, kind):
    frame, wanted = base
    got = FITS[name](frame.assign(year=TIMES[kind](frame["year"])))
    np.testing.assert_allclose(values(got), wanted[name], atol=1e-9)


@pytest.mark.parametrize("name", FITS)
def test_whole_numbers_and_names_with_spaces_are_codes_of_units(base, name):
    frame, wanted = base
    for code in (frame["unit_code"].astype(int), "Kon Tum " + frame["unit_code"]):
        np.testing.assert_allclose(values(FITS[name](frame.assign(unit_code=code))), wanted[name], atol=1e-9)


@pytest.mark.parametrize("name", FITS)
def test_a_frame_with_the_index_of_linearmodels_is_read(base, name):
    frame, wanted = base
    got = FITS[name](frame.set_index(["unit_code", "year"]))
    np.testing.assert_allclose(values(got), wanted[name], atol=1e-9)


@pytest.mark.parametrize("name", FITS)
def test_other_column_names_are_named_and_misspelt_ones_refused(base, name):
    frame, wanted = base
    names = {"y": "growth", "d": "outsider", "unit": "who", "time": "when"}
    other = frame.rename(columns={"y": "growth", "treated": "outsider", "unit_code": "who", "year": "when"})
    np.testing.assert_allclose(values(FITS[name](other, **names)), wanted[name], atol=1e-12)
    with pytest.raises(Refused, match="no argument 'tyme'; did you mean 'time'"):
        FITS[name](frame, tyme="year")
    with pytest.raises(Refused, match="no column 'growht'; did you mean 'growth'"):
        FITS[name](other, **names | {"y": "growht"})


@fits
def test_a_design_may_be_given_instead_of_the_frame(fit):
    frame = panel(units=30)
    np.testing.assert_allclose(values(fit(effects.design(frame))), values(fit(frame)))


def spoilt(fault):
    frame = panel(units=30)
    if fault == "twice":
        frame = pd.concat([frame, frame.head(1)])
    if fault == "infinite":
        frame.loc[3, "y"] = np.inf
    if fault == "all at once":
        frame = frame.assign(treated=(frame["year"] > 2013).astype(int))
    if fault == "two clusters":
        frame = frame[frame["unit_code"] < "02"]
    if fault == "no time":
        frame = frame.assign(year="spring " + frame["year"].astype(str))
    if fault == "rounding":
        frame = frame.assign(y=np.where(frame.index % 2, 0.3, 0.1 * 3))
    if fault == "all alike":
        frame = frame.assign(y=1e6 + frame["unit_code"].astype(int) * 0.1 + frame["year"] / 3)
    if fault == "spans of time":
        frame = frame.assign(y=pd.to_timedelta(frame["y"], unit="D"))
    if fault == "no outcome":
        frame = frame.assign(y=np.nan)
    if fault == "mixed codes":
        frame = frame.astype({"unit_code": object})
        frame.loc[0, "unit_code"] = 7
    return frame


FAULTS = {
    "twice": "more than one row", "infinite": "1 infinite values", "no time": "which is no time", "mixed codes": "mixes text and numbers",
    "two clusters": "the number of units with all values is 2", "rounding": "equals 0.3 in every cell", "all alike": "moves alike in all units",
    "spans of time": "is not numeric", "no outcome": "no row has a value of y",
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", [n for n in FITS if n != "weights"])
def test_every_estimator_refuses_the_same_faults_in_the_same_words(name, fault):
    with pytest.raises(DesignRefused, match=FAULTS[fault]):
        FITS[name](spoilt(fault))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            lambda f: {"year": f["year"].map(lambda y: f"{y}-{(y + 1) % 100}")},
            "has '20[0-9]+-[0-9]+', which is no time",
        ),
        (lambda f: {"year": f["year"].astype(str) + "-02-30"}, "-02-30', which is no time"),
        (lambda f: {"unit_code": f["unit_code"].mask(f.index == 3, "00\u200b")}, "differ only in spaces"),
        (lambda f: {"weights": 0.0}, "a value of weights > 0"),
        (lambda f: {"y": f["y"] * 1e200}, "infinite values"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_found(changed, said):
    frame = panel(units=30)
    made = changed(frame)
    with pytest.raises(DesignRefused, match=said):
        effects.design(frame.assign(**made), **{name: name for name in made if name == "weights"})


@fits
def test_no_comparison_left_is_refused_by_every_estimator(fit):
    with pytest.raises(DesignRefused):
        fit(spoilt("all at once"))


@pytest.mark.parametrize("name", ["twfe", "wild", "randomise", "counterfactual", "leave_one_out", "fect"])
def test_a_covariate_that_is_the_treatment_is_refused(name):
    frame = panel(units=30).assign(same=lambda f: f["treated"])
    with pytest.raises(DesignRefused, match="covariate 'same' is the treatment, or a straight line of it"):
        FITS[name](frame, covariates=["same"])
    with pytest.raises(DesignRefused, match="expected different columns"):
        FITS[name](frame, covariates=["treated"])


def test_a_covariate_that_is_a_straight_line_of_the_outcome_is_refused():
    frame = panel(units=30).assign(again=lambda f: 3 - 2 * f["y"])
    with pytest.raises(DesignRefused, match="covariate 'again' is the outcome, or a straight line of it"):
        effects.fit_twfe(frame, covariates="again")


def test_a_table_with_two_columns_of_one_name_is_refused_by_that_name():
    frame = panel(units=30)
    with pytest.raises(Refused, match="column 'y' comes 2 times; expected one column of a name"):
        effects.design(pd.concat([frame, frame[["y"]]], axis=1))


@pytest.mark.parametrize("data", [None, 5, "pci_score", []])
def test_the_main_designs_of_what_is_no_panel_are_an_error_and_no_empty_table(data):
    with pytest.raises(Refused, match="expected a DataFrame, a study panel or a Design"):
        effects.main(data)


@pytest.mark.parametrize("weights", [{}, {"weights": "size"}])
def test_a_treatment_that_a_covariate_explains_together_with_unit_and_time_effects_is_refused(weights):
    frame = panel(units=30).assign(size=lambda f: 1 + f.index % 5)
    frame["x"] = 2 * frame["treated"] + frame["unit_code"].astype(int) + frame["year"] ** 2
    with pytest.raises(DesignRefused, match="explained entirely by unit and time effects and covariates"):
        effects.fit_twfe(frame, covariates="x", **weights)


def test_collinear_covariates_are_refused():
    frame = panel(units=30).assign(more=lambda f: 2 * f["x"], fixed=lambda f: f["unit_code"].astype(float))
    for covariates in (["x", "more"], ["fixed"]):
        with pytest.raises(DesignRefused, match="explained by unit and time effects and the others"):
            effects.fit_twfe(frame, covariates=covariates)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: effects.fit_twfe(f, inference_by="clustr"), "inference_by is 'clustr'; expected one of cluster,"),
        (lambda f: effects.randomise(f, statistic="t-value"), "statistic is 't-value'; expected one of t,"),
        (lambda f: effects.randomise(f, strata="regio"), "no column 'regio'; did you mean 'region'"),
        (lambda f: effects.fit_switchers(f, direction="up"), "expected one of both, in, out"),
        (lambda f: effects.fit_lp_did(f, mode="entry"), "expected one of effect_stabilization, first_entry"),
        (lambda f: effects.fit_absorbing(f, "calaway_santanna"), "expected one of callaway_santanna,"),
        (lambda f: effects.fit_fect(f, method="factors"), "expected one of ife, mc"),
        (lambda f: effects.design([1, 2]), "data is list; expected a DataFrame"),
        (lambda f: effects.fit_twfe(f, weights="x"), "negative values"),
        (lambda f: effects.randomise(f, draws=19), "draws is 19; expected a whole number of at least 20"),
        (lambda f: effects.randomise(f, draws="100"), "draws is '100'; expected a whole number"),
        (lambda f: effects.fit_twfe(f, inference_by="wild", draws=0), "draws is 0"),
        (lambda f: effects.fit_counterfactual(f, draws=-1), "draws is -1; expected a whole number of at least 20"),
        (lambda f: effects.leads(f, years=1.5), "years is 1.5"),
        (lambda f: effects.leads(f, years=50), "the 50 years before arrivals are asked about; expected at most 7"),
        (lambda f: effects.fit_twfe(f, strata="region"), "strata is 'region', but inference_by is 'cluster', which"),
        (lambda f: effects.fit_counterfactual(f, horizon=(6, -4)), "horizon is (6, -4); expected the first and the"),
        (lambda f: effects.fit_counterfactual(f, horizon=3), "horizon is 3; expected the first and the last event"),
        (lambda f: effects.fit_switchers(f, effects=0), "effects is 0"),
        (lambda f: effects.fit_switchers(f, placebos=-1), "placebos is -1"),
        (lambda f: effects.fit_panel_match(f, lag=0), "lag is 0"),
        (lambda f: effects.fit_panel_match(f, leads=-1), "leads is -1"),
        (lambda f: effects.fit_lp_did(f, before=-1), "before is -1"),
        (lambda f: effects.fit_lp_did(f, stable=0), "stable is 0"),
        (lambda f: effects.fit_fect(f, rank=0), "rank is 0"),
        (lambda f: effects.randomise(f, seed="a"), "seed is 'a'; expected a whole number of at least 0"),
        (lambda f: effects.fit_twfe(f, inference_by="wild", seed=1.5), "seed is 1.5"),
        (lambda f: effects.fit_counterfactual(f, seed=None), "seed is None"),
        (lambda f: effects.unknown_range(f, seed=-1), "seed is -1"),
        (lambda f: effects.fit_panel_match(f, lag=1, seed=True), "seed is True"),
        (lambda f: effects.curve.orders(20, "a"), "seed is 'a'"),
        (lambda f: effects.leaders.permute_spells(f, spell="region", seed="a"), "seed is 'a'"),
        (lambda f: effects.design(f[:0]), "the data has no rows; expected one row per unit and time"),
        (lambda f: effects.fit_twfe(f, cluster=["region"]), "cluster is ['region']; expected the name of one column"),
        (lambda f: effects.fit_twfe(f, y=None), "y is None; expected the name of one column"),
        (lambda f: effects.fit_twfe(f, covariates=[["x"]]), "covariates is ['x']; expected the name of one column"),
        (lambda f: effects.fit_twfe(f, covariates=3), "no column '3'"),
        (lambda f: effects.randomise(f, strata=["region"]), "column is ['region']; expected the name of one column"),
        (lambda f: effects.fit_twfe(f, inference_by="wild", clusters="region"), "Name the column by cluster='region'"),
        (lambda f: effects.fit_twfe(f, clusters=0), "clusters is 0; expected a whole number of at least 1"),
        (
            lambda f: effects.fit_twfe(f.assign(z=np.nan), covariates=["x", "z"]),
            "no row has a value of z; expected some",
        ),
        (lambda f: effects.fit_twfe(f.assign(z=np.nan), weights="z"), "no row has a value of z"),
        (lambda f: effects.holm([0.1, 2, -1]), "p holds 2; expected a list of p-values, each from 0 to 1 or missing"),
        (lambda f: effects.holm([np.inf]), "p holds inf"),
        (
            lambda f: effects.honest(effects.fit_switchers(f.assign(region=1), effects=2), periods=(9,)),
            "periods are 9; expected event times of the path, 0, 1, or None",
        ),
        (
            lambda f: effects.by_definition(effects.design(f)),
            "what is to be fitted is Design; expected a panel of study",
        ),
        (lambda f: effects.curve.curve("enterprises_new", draws=20), "enterprises_new has no row in data/designs.csv"),
        (lambda f: effects.curve.family("enterprises_new", draws=20), "enterprises_new has no row in data/designs.csv"),
        (lambda f: effects.holm(["a"]), "p holds ['a']"),
        (lambda f: effects.holm(0.1), "p holds 0.1"),
    ],
)
def test_arguments_are_checked_against_a_list_or_a_least_number(call, message):
    with pytest.raises(Refused, match=re.escape(message)):
        call(panel(units=30).assign(region="north"))


@pytest.mark.parametrize("wrong", [{"efects": 4}, {"effects": 0}, {"direction": "up"}, {"y": "yy"}, {"weights": ["x"]}])
def test_an_argument_that_is_wrong_stops_an_attempt_too(wrong):
    with pytest.raises(Refused):
        effects.attempt(effects.fit_switchers, panel(units=30), **wrong)


@pytest.mark.parametrize(
    "asked",
    [
        effects.randomise,
        effects.fit_counterfactual,
        effects.fit_panel_match,
        effects.fit_placebo,
        lambda f, draws: effects.fit_twfe(f, inference_by="wild", draws=draws),
        lambda f, draws: effects.leaders.permute_spells(f, spell="region", draws=draws),
        lambda f, draws: effects.curve.orders(draws, 1),
        lambda f, draws: effects.power.detectable(f[["y"]].to_numpy(), f[["treated"]].to_numpy(), draws=draws),
        lambda f, draws: effects.ranks.chance(pd.DataFrame(), 1, 1, draws=draws),
    ],
)
def test_too_few_draws_for_a_small_p_value_are_refused(asked):
    with pytest.raises(Refused, match="draws is 19; expected a whole number of at least 20"):
        asked(panel(units=30).assign(region="north"), draws=19)


@pytest.mark.parametrize(
    "fit", [effects.fit_twfe, effects.randomise, effects.leave_one_out], ids=lambda fit: fit.__name__
)
@pytest.mark.parametrize("codes", [(0, 2), (-1, 1)])
def test_a_treatment_that_is_no_share_is_refused(fit, codes):
    frame = panel(units=30)
    low, high = codes
    with pytest.raises(
        DesignRefused,
        match=f"treatment 'treated' goes from {chr(8722) if low < 0 else ''}{abs(low)} to {high}; expected 0 and 1",
    ):
        fit(frame.assign(treated=low + (high - low) * frame["treated"]))


def test_first_changes_say_how_many_of_the_periods_asked_for_can_be_compared():
    rows = effects.fit_switchers(panel(units=30), effects=20)
    taken = int((rows["event_time"] >= 0).sum())
    assert taken < 20 and rows["note"].str.contains(f"only {taken} of 20 periods can be compared").all()
    assert not effects.fit_switchers(panel(units=30), effects=taken)["note"].str.contains("only").any()


def test_an_empty_horizon_leaves_the_mean_alone():
    rows = effects.fit_counterfactual(panel(units=30), horizon=(), draws=20)
    assert rows["event"].tolist() == ["none"]


def test_estimates_without_a_unit_say_what_they_are():
    without = effects.leave_one_out(panel(units=30))
    assert (without.name, without.index.name) == ("estimate", "unit_code")


def test_each_line_of_a_forest_of_groups_has_the_name_of_its_group():
    frame = panel(units=40).assign(kind=lambda f: np.where(f["unit_code"] < "20", "north", "south"))
    drawn = plots.forest(effects.fit_groups(frame, "kind", draws=20), effects.design(frame), title="T").data
    assert drawn["term"].str.split(", ").str[-1].tolist() == ["north", "south"]


def test_a_unit_seen_once_does_not_count():
    frame = panel(units=30)
    rng = np.random.default_rng(0)
    once = pd.DataFrame(
        {"unit_code": [f"s{i}" for i in range(20)], "year": 2012, "y": rng.normal(size=20), "treated": [1.0, 0.0] * 10}
    )
    columns = ["estimate", "std_error", "p_value", "n_obs", "n_clusters"]
    one, two = (effects.fit_twfe(f).iloc[0] for f in (frame, pd.concat([frame, once], ignore_index=True)))
    assert one[columns].tolist() == pytest.approx(two[columns].tolist())
    assert "20 units seen once left out" in two["note"]


def test_no_standard_error_behind_fewer_than_five_clusters():
    rng = np.random.default_rng(0)
    rows = [
        (
            f"u{u:02d}",
            2010 + t,
            u / 10 + rng.normal() + 5 * (u == 0 and t >= 6),
            float((u < 6 and t == 6) or (u == 0 and t >= 6)),
        )
        for u in range(30)
        for t in range(10)
    ]
    got = effects.fit_counterfactual(pd.DataFrame(rows, columns=["unit_code", "year", "y", "treated"]), draws=50)
    late = got[(got["event"] == "arrival") & (got["event_time"] > 0)]
    assert len(late) == 3
    assert late[["std_error", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert (late["n_cells"] == 1).all()
    assert got["std_error"].notna()[0]


def test_an_error_of_zero_gives_no_p_value():
    rows = results.t_rows(effects.design(panel(units=30)), "twfe", [1.0, 1.0], [0.0, 1.0], "rule", 10)
    assert rows["p_value"].isna().tolist() == [True, False]


@pytest.mark.parametrize("units", [4, 5])
def test_fewer_than_five_switching_units_are_said_to_need_reassignment(units):
    frame = panel(units=30).assign(treated=lambda f: f["treated"].where(f["unit_code"].astype(int) < 2 * units, 0))
    row = effects.fit_twfe(frame).iloc[0]
    assert row["n_switching"] == units
    assert ("rely on reassignment" in row["note"]) == (units < 5)


@pytest.mark.parametrize("inference_by", ["cluster", "wild"])
def test_one_switching_unit_has_no_interval_but_a_reassignment_p_value(inference_by):
    frame = panel(units=30).assign(treated=lambda f: ((f["unit_code"] == "01") & (f["year"] > 2013)).astype(int))
    row = effects.fit_twfe(frame, inference_by=inference_by, draws=99).iloc[0]
    assert row[["std_error", "conf_low", "p_value"]].isna().all()
    assert "only 1 switching units: rely on reassignment" in row["note"]
    assert effects.randomise(frame).p_value >= 1 / 30
    assert effects.randomise(frame).exact


def test_a_year_without_any_outcome_keeps_its_place_in_the_calendar():
    rng, rows = np.random.default_rng(0), []
    for u in range(30):
        a = rng.normal()
        for t in range(12):
            d = int(u < 12 and t >= 7)
            rows.append((f"u{u:02d}", 2010 + t, np.nan if t == 4 else a + 0.1 * t + d + 0.3 * rng.normal(), d))
    frame = pd.DataFrame(rows, columns=["unit_code", "year", "y", "treated"])
    at = (
        effects.fit_switchers(frame, effects=3, placebos=3)
        .dropna(subset=["event_time"])
        .set_index("event_time")["estimate"]
    )
    assert -3 not in at.index
    assert at[-4] == pytest.approx(-0.006366, abs=1e-4)


def test_income_by_first_changes_keeps_the_calendar_of_years():
    row = effects.fit_switchers(study.panel("income_pc_month_kvnd"), effects=3, placebos=3).iloc[0]
    assert row["estimate"] == pytest.approx(-0.0240, abs=2e-3)


@pytest.mark.parametrize("name", [lambda u: f"u{u:02d}", lambda u: f"Kon Tum {u}", lambda u: u])
def test_donors_may_have_any_name(name):
    rng = np.random.default_rng(2)
    shared = rng.normal(size=12).cumsum()
    rows = [
        (u, 2005 + t, rng.normal() * 0.1 + shared[t] * (1 + u / 10), int(u == 0 and t >= 8))
        for u in range(12)
        for t in range(12)
    ]
    frame = pd.DataFrame(rows, columns=["unit_code", "year", "y", "treated"])
    assert len(synthetic.build_case(frame.assign(unit_code=frame["unit_code"].map(name)), name(0)).donors) == 11


@pytest.mark.parametrize("kind", ["dates", "periods", "quarters", "text"])
def test_synthetic_control_reads_any_kind_of_time(kind):
    rng = np.random.default_rng(2)
    rows = [(f"u{u:02d}", 2010 + t, rng.normal() + t, int(u == 0 and t >= 5)) for u in range(8) for t in range(8)]
    frame = pd.DataFrame(rows, columns=["unit_code", "year", "y", "treated"])
    one, two = (
        synthetic.fit_all(synthetic.build_case(f, "u00"))[0]["estimate"]
        for f in (frame, frame.assign(year=TIMES[kind](frame["year"])))
    )
    np.testing.assert_allclose(one, two, atol=1e-9)


def test_a_bootstrap_p_value_is_never_zero():
    frame = panel(units=30, effect=50.0)
    assert effects.fit_twfe(frame, inference_by="wild", draws=999)["p_value"].item() >= 1 / 1000


def test_results_can_be_stacked_and_hold_plain_numbers():
    frame = panel(units=30)
    rows = pd.concat(
        [
            effects.fit_twfe(frame, covariates="x"),
            effects.fit_twfe(frame, covariates="x"),
            effects.fit_switchers(frame),
            effects.fit_switchers(frame),
        ]
    )
    assert list(rows.columns) == effects.RESULT_COLUMNS
    assert {str(rows[c].dtype) for c in ("estimate", "std_error", "conf_low", "conf_high", "p_value")} == {"float64"}


def test_weights_of_two_equal_a_row_given_twice():
    frame = panel(units=20)
    heavy = frame.assign(size=np.where(frame["unit_code"] == "03", 2.0, 1.0))
    double = pd.concat([frame, frame[frame["unit_code"] == "03"].assign(unit_code="03 again")])
    for fit in (
        effects.fit_twfe,
        lambda f, **k: effects.fit_counterfactual(f, draws=0, **k),
        lambda f, **k: effects.leads(f, years=1, **k),
    ):
        assert fit(heavy, weights="size")["estimate"][0] == pytest.approx(fit(double)["estimate"][0])
    assert effects.randomise(heavy, weights="size", draws=50).estimate == pytest.approx(
        effects.fit_twfe(double)["estimate"].item()
    )


def test_a_row_is_made_from_a_fit_of_statsmodels():
    import statsmodels.formula.api as smf

    frame = panel(units=30)
    fit = smf.ols("y ~ treated + C(unit_code) + C(year)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(frame["unit_code"])[0]}
    )
    row = effects.row(fit, "treated", panel=frame).iloc[0]
    assert row["estimate"] == pytest.approx(effects.fit_twfe(frame)["estimate"].item())
    assert (row["n_switching"], row["n_clusters"], row["implementation"]) == (15, 30, "statsmodels")
    with pytest.raises(DesignRefused, match="no coefficient 'd'"):
        effects.row(fit, "d")


@pytest.mark.parametrize("name", ["switchers", "lp_did"])
def test_weights_reach_the_libraries(name):
    frame = panel(units=30).assign(size=lambda f: 1.0 + (f["unit_code"] == "03") * 3)
    assert abs(FITS[name](frame, weights="size")["estimate"].iloc[0] - FITS[name](frame)["estimate"].iloc[0]) > 1e-6


UNABLE = {
    "panel_match": ("covariates", "weights", "cluster"),
    "fect": ("weights",),
    "stacked": ("covariates", "cluster"),
}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in UNABLE.items() for kind in kinds])
def test_what_an_estimator_cannot_take_into_account_is_refused_by_the_name_of_the_column(name, kind):
    frame = panel(units=30).assign(size=1.5, treated=lambda f: f.groupby("unit_code")["treated"].cummax())
    column = {"covariates": "x", "weights": "size", "cluster": "unit_code"}[kind]
    fits = FITS | {"stacked": lambda f, **k: effects.fit_absorbing(f, "stacked", **k)}
    with pytest.raises(DesignRefused, match=f"cannot take {column} into account"):
        fits[name](frame, **{kind: column})


@pytest.mark.parametrize("name", [n for n in FITS if n not in ("panel_match", "weights")])
def test_a_covariate_that_drives_the_outcome_is_taken_into_account(name):
    frame = panel(units=30).assign(y=lambda f: f["y"] + 3 * f["x"])
    plain, held = (FITS[name](frame, **k)["estimate"].iloc[0] for k in ({}, {"covariates": "x"}))
    assert plain != held
    assert (abs(held - 1) < 0.25) if name not in ("leads", "lp_did") else np.isfinite(held)


@pytest.mark.parametrize("name", ["switchers", "lp_did", "counterfactual", "twfe", "wild", "leads"])
def test_four_clusters_behind_give_no_standard_error_however_many_units_there_are(name):
    frame = panel(units=40).assign(region=lambda f: "r" + (f["unit_code"].astype(int) % 4).astype(str))
    rows = FITS[name](frame, cluster="region")
    assert rows[["std_error", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)


def test_missing_covariates_take_their_units_out_of_local_projections():
    frame = panel(units=30)
    gone = (frame["unit_code"] == "04") & (frame["year"] == 2012)
    holed = FITS["lp_did"](frame.assign(x=frame["x"].mask(gone)), covariates="x")
    dropped = FITS["lp_did"](frame[frame["unit_code"] != "04"], covariates="x")
    np.testing.assert_allclose(holed["estimate"], dropped["estimate"], atol=1e-12)
    assert "1 units without a known treatment and covariates in every period left out" in holed["note"][0]


def test_an_estimate_that_is_no_number_is_refused():
    frame = panel(units=40).assign(treated=lambda f: f.groupby("unit_code")["treated"].cummax())
    with pytest.raises(DesignRefused, match="could not be fitted"):
        effects.fit_absorbing(frame.drop(frame.sample(25, random_state=1).index), "sun_abraham")


@pytest.mark.parametrize("name", ["twfe", "counterfactual", "switchers"])
def test_gated_intervals_are_printed_only_where_their_simulated_coverage_suffices(name):
    least = int(results.least_switching(name))
    few, many = (FITS[name](panel(units=units)).iloc[0] for units in (2 * least - 4, 2 * least + 10))
    assert many["conf_low"] < many["estimate"] < many["conf_high"]
    assert few[["std_error", "conf_low", "conf_high", "p_value"]].isna().all()
    assert "no interval: with" in few["note"] or (
        least == results.LEAST_CLUSTERS and "no standard error" in few["note"]
    )
    assert np.isfinite(few["estimate"])


def test_gated_intervals_leave_reassignment_and_the_wild_bootstrap_alone():
    frame = panel(units=16)
    for rows in (effects.randomise(frame, draws=99).rows, effects.fit_twfe(frame, inference_by="wild", draws=99)):
        assert np.isfinite(rows[["conf_low", "conf_high", "p_value"]].to_numpy(float)).all()


def test_gated_rule_is_read_off_the_stored_table_of_coverage(monkeypatch):
    shares = {3: 0.80, 5: 0.93, 8: 0.91, 12: 0.92, 20: 0.95}
    rows = [("pci_score", k, "none", "none", "twfe", share, 100) for k, share in shares.items()]
    rows.append(("pci_score", 12, "cells", "none", "twfe", 0.80, 100))
    rows += [(*row[:4], "switchers", *row[5:]) for row in rows]
    rows += [("pci_score", 30, "none", "growing", name, 0.2, 100) for name in ("twfe", "switchers")]
    columns = ["outcome", "n_switching", "gaps", "effect", "design", "coverage", "n_draws"]
    monkeypatch.setattr(results, "coverage", lambda: pd.DataFrame(rows, columns=columns))
    monkeypatch.setattr(results, "least_switching", results.least_switching.__wrapped__)
    assert results.least_switching("twfe") == 12
    assert results.least_switching("twfe", "cells") == 20
    assert results.least_switching("switchers") == np.inf  # claims a mean effect, and misses one that grows
    assert results.least_switching("etwfe") == np.inf


def test_gated_designs_hold_what_they_claim_in_every_simulated_case_but_for_chance():
    for row in results.coverage().itertuples():
        claimed = row.effect in results.ALIKE or row.design not in results._ONE_DIFFERENCE
        if claimed and row.n_switching >= results.least_switching(row.design, row.gaps):
            error = np.sqrt(results.LEAST_COVERAGE * (1 - results.LEAST_COVERAGE) / row.n_draws)
            assert row.coverage > results.LEAST_COVERAGE - 1.645 * error, row


def test_gated_table_of_coverage_holds_every_design_kind_of_gap_and_effect():
    table = results.coverage()
    assert {"twfe", "wild", "reassignment", "counterfactual", "switchers", "lp_did", "panel_match"} <= set(
        table["design"]
    )
    assert set(table["gaps"]) == {"none", "periods", "cells"}
    assert {"none", "constant", "noisy", "growing", "reversing"} == set(table["effect"])
    assert {1, 5} <= set(table["n_switching"])
    assert table["coverage"].between(0, 1).all()


@pytest.mark.parametrize(
    ("dropped", "kind"), [("year % 3 == 0", "periods"), ("unit_code == '03' and year == 2012", "cells")]
)
def test_gated_rule_knows_the_kind_of_gaps(dropped, kind):
    frame = panel(units=30)
    assert effects.design(frame).gaps == "none"
    assert effects.design(frame.drop(frame.query(dropped).index)).gaps == kind


def test_gated_lines_of_the_tutorial_run_on_a_file_with_other_names(tmp_path, monkeypatch):
    text = (paths.root() / "docs" / "tutorial.md").read_text("utf-8").split("in a fresh notebook")[1]
    lines = [line.strip() for line in text.split("## 4.")[0].splitlines() if line.startswith("    ")]
    assert len(lines) <= 10
    names = {"unit_code": "firm", "year": "quarter", "y": "sales", "treated": "policy", "x": "size"}
    panel(units=40).assign(year=lambda f: TIMES["quarters"](f["year"])).rename(columns=names).to_csv(
        tmp_path / "firms.csv"
    )
    monkeypatch.chdir(tmp_path)
    made: dict = {}
    exec("\n".join(lines), made)
    assert made["fit"].attrs["covariates"][0]["name"] == "size"
    assert np.isfinite(made["fit"]["conf_low"]).all() and made["path"]["event_time"].notna().any()
    assert made["chance"].estimate == pytest.approx(made["fit"]["estimate"].item())


def test_gated_ten_lines_on_any_frame_do_a_covariate_an_event_study_a_reassignment_and_figures():
    names = {"unit_code": "firm", "year": "quarter", "y": "sales", "treated": "policy", "x": "size"}
    frame = panel(units=40).assign(year=lambda f: TIMES["quarters"](f["year"])).rename(columns=names)
    design = effects.design(frame, y="sales", d="policy", unit="firm", time="quarter", covariates="size")
    fit = effects.fit_twfe(design)
    path = effects.fit_counterfactual(design, draws=50)
    chance = effects.randomise(design, draws=99)
    said = plots.plain(design, measure="million")
    figures = plots.events(path, said, title="Sales around the policy"), plots.chance(chance, design)
    assert fit.attrs["covariates"][0]["name"] == "size"
    assert np.isfinite(fit["conf_low"]).all() and path["event_time"].notna().any()
    assert chance.estimate == pytest.approx(fit["estimate"].item())
    assert all(figure.axes for figure in figures)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_figure_of_a_table_of_ones_own_speaks_of_leaders_or_provinces(lang):
    design = effects.design(panel(units=40).rename(columns={"treated": "policy"}), d="policy")
    path = effects.fit_counterfactual(design, draws=20)
    words.use(lang)
    try:
        figures = [plots.forest(path[:1], design, title="T"), plots.events(path, design, title="T")]
        figures += [plots.chance(effects.randomise(design, draws=99), plots.plain(design, units="firms"))]
    finally:
        words.use("en")
    parts = [f"{figure.said} " + " ".join(t.get_text() for t in figure.findobj(match=Text)) for figure in figures]
    said = " ".join(parts)
    assert "firms" in said and not re.search(r"local|leader|province|địa phương|người|tỉnh|, ?$", said), said
    assert all(not ax.get_xlabel().endswith(",") for figure in figures for ax in figure.axes)


def test_a_figure_of_a_panel_names_its_own_units():
    asked = study.panel("pci_score", provinces="Central Highlands")
    detail = plots.chance(effects.randomise(asked, draws=20), asked).said["caption"]
    assert "the same sequences of leaders reassigned to provinces" in detail


NOT_DRAWN = {
    "a misspelt word": (lambda d, r: plots.plain(d, mesure="million"), "'mesure'; expected one of heading, measure"),
    "a frame": (lambda d, r: plots.forest(r, r, title=""), "is DataFrame; expected the panel or the design"),
    "too few labels": (lambda d, r: plots.forest(r, d, title="", labels=["a"]), "labels holds 1 texts for 2 rows"),
    "rows": (lambda d, r: plots.chance(r, d), "what is drawn is DataFrame; expected a reassignment"),
}


@pytest.mark.parametrize("fault", NOT_DRAWN)
def test_a_figure_says_what_it_cannot_draw(fault):
    draw, message = NOT_DRAWN[fault]
    design = effects.design(panel())
    rows = effects.fit_twfe(design)
    with pytest.raises(Refused, match=re.escape(message)):
        draw(design, pd.concat([rows, rows]))


def test_gated_paths_have_no_interval_for_departures_from_parallel_trends_either():
    few, many = (effects.fit_switchers(panel(units=units, years=12), effects=2, placebos=3) for units in (8, 60))
    assert len(effects.honest(many))
    with pytest.raises(DesignRefused, match="too few units switch"):
        effects.honest(few)


USUAL = {
    "chance.reassigned_paths": {"draws": 10_000, "seed": 1}, "chance.randomise": {"draws": 10_000, "seed": 1},
    "chance.wild_cluster": {"draws": 9_999, "seed": 1}, "chance.unknown_range": {"most": 22, "seed": 1},
    "curve.curve": {"draws": 999, "seed": 1}, "curve.family": {"draws": 1_999, "seed": 1}, "design.design": {"clusters": 3},
    "estimators.fit_twfe": {"draws": 10_000, "seed": 1}, "estimators.leads": {"years": 3},
    "estimators.fit_counterfactual": {"horizon": (-4, 6), "draws": 500, "seed": 1}, "groups.fit_groups": {"draws": 500, "seed": 1},
    "groups.fit_placebo": {"periods": 3, "draws": 500, "seed": 1}, "leaders.permute_spells": {"draws": 10_000, "seed": 1},
    "libraries.fit_switchers": {"effects": 4, "placebos": 3}, "libraries.fit_lp_did": {"before": 3, "after": 3, "stable": 3},
    "libraries.fit_panel_match": {"lag": 3, "leads": (0, 1, 2, 3), "draws": 500, "seed": 1},
    "libraries.fit_fect": {"rank": 1, "least": 5}, "libraries.honest": {"values": (0, 0.5, 1, 2), "periods": (0,)},
    "libraries.honest_did": {"values": (0.5, 1.0, 1.5, 2.0), "after": 0}, "linear.bootstrap": {"draws": 500, "seed": 1},
    "power.detectable": {"draws": 1_000, "seed": 1, "power": 0.8, "level": 0.05, "bootstraps": 200},
    "power.simulate": {"size": 1.0, "draws": 1_000, "level": 0.05, "bootstraps": 200}, "ranks.moves": {"gap": 1},
    "ranks.chance": {"width": 5, "draws": 2_000}, "ranks.band": {"width": 5}, "synthetic.pool": {"draws": 10_000, "seed": 1},
    "synthetic.prediction_intervals": {"draws": 2_000, "seed": 1}, "verdict.main": {"draws": 10_000, "seed": 1},
}  # fmt: skip


@pytest.mark.parametrize("name", USUAL)
def test_draws_seeds_levels_and_windows_are_those_of_the_printed_reports_where_none_are_given(name):
    module, function = name.split(".")
    given = inspect.signature(getattr(importlib.import_module(f"helpers.effects.{module}"), function)).parameters
    assert {key: given[key].default for key in USUAL[name]} == USUAL[name]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"provinces": "Central Highlands", "post": "chair"}, "province-years .*, all are under non-local chairs"),
        ({"provinces": ["01", "10", "12"], "window": [2020, 2021]}, "non-local secretaries"),
    ],
)
def test_a_panel_without_a_change_is_refused_in_the_words_of_the_subject(given, said):
    made = study.panel(**given)
    with pytest.raises(DesignRefused, match=said):
        effects.design(made)
    with pytest.raises(DesignRefused, match="treatment 'treated'"):
        effects.design(made.frame)


def test_one_unit_beside_no_other_is_refused_or_estimated_and_never_an_error_of_algebra():
    made = study.panel("unemployment_rate_pct", provinces=["62", "64", "66", "70"])
    rows = effects.main(made, draws=20)
    assert set(rows["estimator"]) | set(rows.attrs["refused"]) == {name for name, _ in effects.MAIN_DESIGNS}
    assert "refused" in effects.attempt(effects.leads, made, years=2).attrs


def test_no_joint_test_is_given_where_the_variance_of_the_leads_is_singular():
    rows = effects.leads(study.panel(provinces="Central Highlands"), years=2)
    assert rows["test"].tolist() == ["cluster", "cluster"]
    usual = effects.leads(study.panel(), years=2)
    assert usual["test"].tolist() == ["cluster", "cluster", "joint"]


@pytest.mark.parametrize(
    ("formula", "groups", "said"),
    [
        ("y ~ treated + C(unit_code) + C(year)", "unit_code", ("twfe", "cluster", 30)),
        ("y ~ treated + C(unit_code) + C(year)", "year", ("twfe", "other_cluster", 10)),
        ("y ~ treated", "unit_code", ("regression", "cluster", 30)),
    ],
)
def test_a_row_says_which_model_and_which_clusters_a_fit_has(formula, groups, said):
    import statsmodels.formula.api as smf

    frame = panel(units=30)
    codes = pd.factorize(frame[groups])[0]
    row = effects.row(
        smf.ols(formula, frame).fit(cov_type="cluster", cov_kwds={"groups": codes}), "treated", panel=frame
    )
    row = row.iloc[0]
    assert (row["estimator"], row["test"], row["n_clusters"]) == (*said[:2], len(np.unique(codes)))
    assert row["model"] == "formula"


def test_a_row_of_a_fit_without_clusters_counts_none():
    import statsmodels.formula.api as smf

    frame = panel(units=30)
    row = effects.row(smf.ols("y ~ treated", frame).fit(cov_type="HC1"), "treated", panel=frame).iloc[0]
    assert row["inference"] == "HC1" and pd.isna(row["n_clusters"])


def test_a_row_is_made_from_a_fit_of_linearmodels():
    linear = pytest.importorskip("linearmodels.panel")
    frame = panel(units=30)
    data = frame.set_index(["unit_code", "year"])
    fit = linear.PanelOLS(data["y"], data[["treated"]].astype(float), entity_effects=True, time_effects=True)
    row = effects.row(fit.fit(cov_type="clustered", cluster_entity=True), "treated", panel=frame).iloc[0]
    assert row["estimate"] == pytest.approx(effects.fit_twfe(frame)["estimate"].item())
    assert (row["estimator"], row["implementation"]) == ("twfe", "linearmodels") and row["std_error"] > 0


@pytest.mark.parametrize("other", ["Kon Tum ", "Kon  Tum", "Ha\u0300 Nam", "H\u00e0 Nam\u00a0"])
def test_a_unit_in_two_spellings_is_refused_by_name(other):
    frame = pd.DataFrame({"u": ["Kon Tum", "H\u00e0 Nam"] * 4, "t": [1, 1, 2, 2, 3, 3, 4, 4]}).assign(
        y=range(8), d=[0, 0, 0, 1, 1, 1, 1, 0]
    )
    near = "Kon Tum" if "Kon" in other else "H\u00e0 Nam"
    frame.loc[frame["u"].eq(near) & frame["t"].gt(2), "u"] = other
    with pytest.raises(effects.DesignRefused, match="differ only in spaces or in how letters are put together"):
        effects.design(frame, y="y", d="d", unit="u", time="t", clusters=2)
