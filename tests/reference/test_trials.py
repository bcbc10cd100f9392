"""A stranger's short notebooks on data that come with other packages: covariates, weights, clusters, quarters, against a second package or by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from tests.reference import peers

from helpers import effects
from helpers.effects import power, synthetic

pf = pytest.importorskip("pyfixest")
lm = pytest.importorskip("linearmodels")
statspai = pytest.importorskip("statspai")
pytestmark = pytest.mark.filterwarnings(
    "ignore:The inplace keyword",
    "ignore:.*singleton fixed effect",
    "ignore:The SaturatedEventStudyClass",
    "ignore:(?s).*variables dropped",
)
EXACT = {"fixef_rm": "none", "demeaner": pf.MapDemeaner(fixef_tol=1e-12)}


@pytest.fixture(scope="module")
def wages():
    """Vella and Verbeek (1998): 545 men, 1980 to 1987; who joins a union."""
    from linearmodels.datasets import wage_panel

    return wage_panel.load().astype({"year": int, "lwage": float})


@pytest.fixture(scope="module")
def castle():
    """Cheng and Hoekstra (2013): 50 states, 2000 to 2010; laws that stay."""
    frame = pd.read_csv(next(iter(statspai.datasets.__path__)) + "/data/castle_2013.csv")
    start = frame[frame["post"] == 1].groupby("sid")["year"].min()
    return frame.assign(start=frame["sid"].map(start).fillna(0).astype(int), region=frame["sid"] % 12)


UNION = {"y": "lwage", "d": "union", "unit": "nr", "time": "year"}
LAW = {"y": "l_homicide", "d": "post", "unit": "sid", "time": "year"}
CASTLE = {"covariates": ["unemployrt", "poverty"], "weights": "popwt"}


def test_union_premium_with_covariates_and_hours_as_weights_is_that_of_linearmodels(wages):
    panel, x = wages.set_index(["nr", "year"]), ["union", "married", "expersq"]
    theirs = lm.PanelOLS(panel["lwage"], panel[x], weights=panel["hours"], entity_effects=True, time_effects=True).fit()
    fit = effects.fit_twfe(wages, **UNION, covariates=["married", "expersq"], weights="hours")
    assert fit["estimate"].item() == pytest.approx(theirs.params["union"], abs=1e-10)
    assert [row["estimate"] for row in fit.attrs["covariates"]] == pytest.approx(
        theirs.params[x[1:]].tolist(), abs=1e-10
    )


def test_clusters_of_several_states_with_weights_and_covariates_are_those_of_pyfixest(castle):
    theirs = pf.feols(
        "l_homicide ~ post + unemployrt + poverty | sid + year",
        castle,
        vcov={"CRV1": "region"},
        weights="popwt",
        **EXACT,
    )
    ours = effects.fit_twfe(castle, **LAW, **CASTLE, cluster="region").iloc[0]
    assert ours["estimate"] == pytest.approx(theirs.coef()["post"], abs=1e-9)
    shown = effects.fit_twfe(castle, **LAW, **CASTLE, cluster="region").attrs["covariates"][0]
    assert shown["std_error"] == pytest.approx(theirs.se()["unemployrt"], abs=1e-9)
    assert ours["n_clusters"] == 12


def test_grants_with_gaps_and_covariates_are_those_of_pyfixest():
    from linearmodels.datasets import jobtraining

    frame = jobtraining.load()
    ours = effects.fit_twfe(
        frame, y="lscrap", d="grant", unit="fcode", time="year", covariates=["lsales", "lemploy"]
    ).iloc[0]
    fit = pf.feols(
        "lscrap ~ grant + lsales + lemploy | fcode + year", frame, vcov={"CRV1": "fcode"}, fixef_rm="singleton"
    )
    assert ours["estimate"] == pytest.approx(fit.coef()["grant"], abs=1e-8)
    assert ours["std_error"] == pytest.approx(fit.se()["grant"], abs=1e-8)


def test_event_study_of_the_laws_is_the_saturated_one_of_pyfixest(castle):
    theirs = pf.event_study(
        castle, "l_homicide", "sid", "year", "start", estimator="saturated", cluster="sid"
    ).aggregate()
    ours = effects.fit_absorbing(castle, "sun_abraham", **LAW).dropna(subset="event_time")
    assert ours["event_time"].tolist() == theirs.index.astype(int).tolist()
    np.testing.assert_allclose(ours["estimate"], theirs["Estimate"].astype(float), atol=1e-9)


@pytest.mark.parametrize(
    "options", [{}, {"weights": "popwt"}, {"covariates": ["unemployrt", "poverty"]}, CASTLE], ids=str
)
def test_imputation_is_the_counterfactual_of_dummies_with_covariates_and_weights(castle, options):
    free, w = castle["post"] == 0, castle[options["weights"]] if "weights" in options else pd.Series(1.0, castle.index)
    x = np.column_stack(
        [pd.get_dummies(castle[["sid", "year"]].astype(str), dtype=float), castle[options.get("covariates", [])]]
    )
    root = np.sqrt(w)
    beta = np.linalg.lstsq(
        (x[free].T * root[free].to_numpy()).T, castle.loc[free, "l_homicide"] * root[free], rcond=None
    )[0]
    want = np.average((castle["l_homicide"] - x @ beta)[castle["post"] == 1], weights=w[castle["post"] == 1])
    ours = effects.fit_counterfactual(castle, **LAW, **options, draws=0)["estimate"].iloc[0]
    library = effects.fit_absorbing(castle, "imputation", **LAW, **options)["estimate"].iloc[0]
    assert ours == pytest.approx(want, abs=1e-8)
    assert library == pytest.approx(want, abs=1e-6)


def test_leads_with_covariates_weights_and_clusters_are_those_of_pyfixest(castle):
    frame = castle.assign(at=castle["year"] - castle["start"].replace(0, 9999))[castle["post"] == 0]
    frame = frame.assign(lead1=(frame["at"] == -1) * 1.0, lead2=(frame["at"] == -2) * 1.0)
    theirs = pf.feols(
        "l_homicide ~ lead2 + lead1 + unemployrt + poverty | sid + year",
        frame,
        vcov={"CRV1": "region"},
        weights="popwt",
        **EXACT,
    )
    ours = effects.leads(castle, **LAW, **CASTLE, cluster="region", years=2)
    names = ["lead2", "lead1"]
    np.testing.assert_allclose(ours["estimate"][:2], theirs.coef()[names], atol=1e-9)
    np.testing.assert_allclose(ours["std_error"][:2], theirs.se()[names], atol=1e-9)


def test_each_state_left_out_with_covariates_and_weights_is_a_fit_without_it(castle):
    ours = effects.leave_one_out(castle, **LAW, **CASTLE)
    for code in castle["sid"].unique()[::9]:
        fit = pf.feols(
            "l_homicide ~ post + unemployrt + poverty | sid + year",
            castle[castle["sid"] != code],
            weights="popwt",
            **EXACT,
        )
        assert ours[code] == pytest.approx(fit.coef()["post"], abs=1e-9)


def test_first_changes_of_union_with_a_covariate_by_hand(wages):
    rows = effects.fit_switchers(wages, **UNION, covariates="married", effects=1, placebos=0)
    wide = {
        name: wages.pivot(index="nr", columns="year", values=name).to_numpy(float)
        for name in ("lwage", "union", "married")
    }
    d, still = wide["union"], np.cumsum(np.abs(np.diff(wide["union"], axis=1)), axis=1) == 0
    change = {name: np.diff(wide[name], axis=1) for name in ("lwage", "married")}
    slopes = {}
    for kind in (0.0, 1.0):
        at = still & (d[:, [0]] == kind)
        time = np.nonzero(at)[1]
        x = np.column_stack([change["married"][at], *(time == t for t in np.unique(time))])
        slopes[kind] = np.linalg.lstsq(x, change["lwage"][at], rcond=None)[0][0]
    total, count = 0.0, 0
    for t in range(7):
        before = still[:, t - 1] if t else np.full(len(d), True)
        for kind in (0.0, 1.0):
            left = change["lwage"][:, t] - slopes[kind] * change["married"][:, t]
            group = before & (d[:, 0] == kind)
            moved, stay = group & ~still[:, t], group & still[:, t]
            if moved.any() and stay.any():
                total += (1 - 2 * kind) * (left[moved] - left[stay].mean()).sum()
                count += moved.sum()
    assert rows["n_cells"].iloc[1] == count
    assert rows["estimate"].iloc[1] == pytest.approx(total / count, abs=1e-9)


def test_wild_bootstrap_of_few_clusters_with_weights_and_a_covariate_is_a_loop_over_all_signs(castle):
    frame = castle.assign(region=castle["sid"] % 8)
    ours = effects.fit_twfe(
        frame, **LAW, covariates="unemployrt", weights="popwt", cluster="region", inference_by="wild", draws=300
    )
    root, group = np.sqrt(frame["popwt"].to_numpy(float)), frame["region"].to_numpy()
    dummies = pd.get_dummies(frame[["sid", "year"]].astype(str), dtype=float)
    others = np.column_stack([dummies, frame["unemployrt"]]) * root[:, None]
    basis = np.linalg.svd(others, full_matrices=False)
    basis = basis[0][:, basis[1] > 1e-8 * basis[1][0]]
    left = {name: frame[name].to_numpy(float) * root for name in ("l_homicide", "post")}
    left = {name: v - basis @ (basis.T @ v) for name, v in left.items()}
    d, rest = left["post"], left["l_homicide"]

    def t_value(y):
        y = y - basis @ (basis.T @ y)
        slope = d @ y / (d @ d)
        return abs(slope) * (d @ d) / np.sqrt((np.bincount(group, d * (y - slope * d)) ** 2).sum())

    drawn = [t_value(np.array(signs)[group] * rest) for signs in itertools.product((-1.0, 1.0), repeat=8)]
    assert ours["p_value"].item() == pytest.approx(np.mean(np.array(drawn) >= t_value(rest) * (1 - 1e-9)))
    assert ours["n_draws"].item() == 256


def test_unknown_homes_with_a_covariate_and_weights_are_filled_as_a_loop_of_pyfixest_fills_them(castle):
    terms = [(castle["sid"].unique()[k], range(2003 + k, 2006 + k)) for k in range(3)]
    unknown = np.column_stack([(castle["sid"] == code) & castle["year"].isin(years) for code, years in terms])
    frame = castle.assign(
        treated_low=castle["post"].mask(unknown.any(1), 0), treated_high=castle["post"].mask(unknown.any(1), 1)
    )
    found = []
    for filling in itertools.product((0, 1), repeat=3):
        filled = frame.assign(
            d=frame["treated_low"]
            + (unknown * (frame["treated_high"] - frame["treated_low"]).to_numpy()[:, None]) @ filling
        )
        found.append(pf.feols("l_homicide ~ d + unemployrt | sid + year", filled, weights="popwt", **EXACT).coef()["d"])
    got = effects.unknown_range(
        frame, y="l_homicide", unit="sid", time="year", covariates="unemployrt", weights="popwt"
    )
    assert (got.n_terms, got.exact) == (3, True)
    assert [got.low, got.high] == pytest.approx([min(found), max(found)], abs=1e-9)


def quarters(kind):
    """60 firms over 16 quarters; two thirds start in 2011Q3 or 2012Q2."""
    rng, labels = np.random.default_rng(0), pd.period_range("2010Q1", periods=16, freq="Q")
    start = np.array([99, 6, 9])[np.arange(60) % 3]
    on = (np.arange(16) >= start[:, None]).astype(int)
    y = rng.normal(size=(60, 1)) + rng.normal(size=16) + 0.5 * on + 0.2 * rng.normal(size=on.shape)
    name = {
        "number": lambda i: i,
        "decimal": lambda i: 2010 + i / 4,
        "text": lambda i: str(labels[i]),
        "period": lambda i: labels[i],
    }
    name |= {"date": lambda i: labels[i].to_timestamp()}
    begun = [None if s > 15 else name[kind](s) for s in start]
    frame = pd.DataFrame(
        {
            "firm": np.repeat(np.arange(60), 16),
            "y": y.ravel(),
            "on": on.ravel(),
            "start": np.repeat(np.array(begun, object), 16),
        }
    )
    return frame.assign(quarter=[name[kind](i) for i in range(16)] * 60).infer_objects()


@pytest.mark.parametrize("kind", ["decimal", "text", "period", "date"])
@pytest.mark.parametrize("estimator", ["callaway_santanna", "imputation", "stacked"])
def test_quarters_of_any_kind_date_a_treatment_that_stays(kind, estimator):
    want = effects.fit_absorbing(quarters("number"), estimator, d="on", unit="firm", time="quarter")
    got = effects.fit_absorbing(quarters(kind), estimator, d="on", unit="firm", time="quarter")
    np.testing.assert_allclose(got["estimate"], want["estimate"], atol=1e-9)
    assert got["event_time"].tolist()[1:] == want["event_time"].tolist()[1:]
    assert got["estimate"].iloc[0] == pytest.approx(0.5, abs=0.15)


def test_local_projections_of_a_treatment_that_stays_are_those_of_pyfixest():
    frame = quarters("number").assign(start=lambda f: pd.to_numeric(f["start"]).fillna(0))
    fit = pf.lpdid(
        frame,
        "y",
        "firm",
        "quarter",
        "start",
        vcov={"CRV1": "firm"},
        pre_window=3,
        post_window=3,
        never_treated=0,
        att=False,
    )
    theirs = fit.tidy()["Estimate"]
    ours = effects.fit_lp_did(
        frame, d="on", unit="firm", time="quarter", before=3, after=3, stable=15, mode="effect_stabilization"
    )
    at = {
        int(name.split("::")[-1].split("]")[0]) if "::" in str(name) else int(name): value
        for name, value in theirs.items()
    }
    for row in ours.itertuples():
        assert row.estimate == pytest.approx(at[row.event_time], abs=1e-8)


def shops(effect, seed=4):
    """25 shops over 24 months with a common shock; one is treated for the last six, when its own covariate jumps too."""
    rng, month = np.random.default_rng(seed), np.arange(24)
    x = rng.normal(size=(25, 24))
    on = (np.arange(25) == 0)[:, None] & (month >= 18)
    x[0, 18:] += 2
    shock = np.sin(month / 3) * rng.uniform(0.5, 1.5, (25, 1))
    y = rng.normal(size=(25, 1)) + shock + 1.5 * x + effect * on + 0.1 * rng.normal(size=(25, 24))
    cells = {"shop": np.repeat(np.arange(25), 24), "month": np.tile(month, 25), "sales": y.ravel(), "x": x.ravel()}
    return pd.DataFrame(cells | {"on": on.ravel() * 1})


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_augmented_control_with_a_covariate_of_one_s_own_finds_the_effect_that_was_put_in(effect):
    names = {"y": "sales", "d": "on", "unit": "shop", "time": "month"}
    (plain,), (held,) = (peers.build_cases(shops(effect), covariates=x, **names) for x in ((), ("x",)))
    assert synthetic.fit_augmented(plain).estimate > effect + 2
    table = synthetic.fit_placebos(held, synthetic.fit_augmented).iloc[0]
    assert table["estimate"] == pytest.approx(effect, abs=0.15)
    assert (table["rank"] / 25 <= 0.05) == (effect > 0)


def test_the_smallest_effect_usually_found_is_2_8_errors_and_falls_with_a_covariate_taken_off():
    rng = np.random.default_rng(9)
    x, noise = rng.normal(size=(60, 16)), rng.normal(size=(60, 16))
    paths = ((np.arange(16) >= rng.integers(4, 12, (60, 1))) & (np.arange(60) < 30)[:, None]) * 1.0
    left = paths - paths.mean(1, keepdims=True) - paths.mean(0) + paths.mean()
    for y, spread in ((noise, 1.0), (noise + 2 * x, 5**0.5)):
        table = power.detectable(y, paths, "twfe", draws=400)[0].set_index("test")
        wanted = 2.8 * spread / np.sqrt((left**2).sum())
        assert table["smallest_detectable"].tolist() == pytest.approx([wanted, wanted], rel=0.15)
