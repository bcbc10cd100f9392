"""
Published cases: our number, the published one, a second implementation's.

The published numbers are here (``published.csv``, each with its source), and so are panels that were simulated and estimates that a
README prints. Data that come with an installed package are read from it. What is left is other people's and stays beside the project
(``../shared/reference/data``); where it is not, its cases are skipped and say whose it is.
"""

import json
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from tests.reference import peers

from helpers import effects, paths

FOLDER = paths.root().parent / "shared" / "reference"


@dataclass
class Numbers:
    """Quantity -> (estimate, standard error or None) of ours; quantity -> estimate of the second implementation."""

    ours: dict
    peer: dict = field(default_factory=dict)
    peer_name: str = ""
    tolerance: float = 1e-4
    se_tolerance: float | None = 1e-4
    rule: str = "1e-4"


HERE = Path(__file__).parent
OWNERS = {
    "mpdta.csv": "counties of the R package did",
    "dem.csv": "democracies of the R package PanelMatch (Acemoglu and others)",
    "fect_simdata.csv": "panel of the R package fect",
    "df_het_didimputation.csv.gz": "panel of the R package didimputation",
    "basque.csv": "regions of the R package Synth (Abadie and Gardeazabal)",
}


class Absent(Exception):
    """Other people's data that is not beside the project."""


@cache
def published():
    """The table of published numbers, indexed by case, estimator and quantity."""
    return pd.read_csv(HERE / "published.csv").set_index(["case", "estimator", "quantity"]).sort_index()


@cache
def data(name):
    """One data set: shipped, of an installed package, or beside the project."""
    if name == "sim63.csv":
        return pd.read_csv(HERE / "simulated" / name)
    if name == "wagepan.csv":
        from linearmodels.datasets import wage_panel

        return wage_panel.load().astype({"nr": int, "year": int, "lwage": float})
    if name == "california_prop99.csv":
        import statspai

        names = {"state": "State", "year": "Year", "cigsale": "PacksPerCapita"}
        return pd.read_csv(next(iter(statspai.datasets.__path__)) + f"/data/{name}").rename(columns=names)
    if not (FOLDER / "data" / name).exists():
        raise Absent(f"{name}, {OWNERS[name]}: other people's data, neither shipped nor beside the project")
    return pd.read_csv(FOLDER / "data" / name)


def _rows(table, name=lambda e: f"e={e}"):
    events = table[table["event_time"].notna()]
    pairs = zip(events["event_time"], events["estimate"], events["std_error"], strict=True)
    return {name(int(e)): (b, None if pd.isna(s) else s) for e, b, s in pairs}


def _mpdta():
    frame = data("mpdta.csv").sort_values(["countyreal", "year"])
    return frame.assign(on=(frame["first.treat"].between(1, frame["year"])).astype(int))


def _mpdta_cs(control, **options):
    frame, names = _mpdta(), {"y": "lemp", "d": "on", "unit": "countyreal", "time": "year"}
    base = {"base_period": "varying"}  # what was published compares each year before the event with the one before it
    options["options"] = base | options.get("options", {})
    got = effects.fit_absorbing(frame, "callaway_santanna", control=control, **names, **options)
    ours = {"simple": (got["estimate"][0], got["std_error"][0]), **_rows(got)}
    return Numbers(
        ours, _cs_by_hand(frame, control, options.get("covariates")), "2x2 comparisons by numpy", 1e-6, 1e-6, "1e-6"
    )


def _cs_by_hand(frame, control, covariate):
    wide = frame.pivot(index="countyreal", columns="year", values="lemp")
    start = frame.groupby("countyreal")["first.treat"].first().reindex(wide.index)
    x = np.ones((len(wide), 1))
    if covariate:
        x = np.column_stack([x, frame.groupby("countyreal")[covariate].first().reindex(wide.index)])
    found = []
    for g in sorted(set(start) - {0}):
        for t in wide.columns[1:]:
            base = g - 1 if t >= g else t - 1
            compare = (start == 0) | ((start > t) & (start != g) if control == "not_yet_treated" else False)
            change = (wide[t] - wide[base]).to_numpy()
            slope = np.linalg.lstsq(x[compare], change[compare], rcond=None)[0]
            treated = (start == g).to_numpy()
            found.append((g, t, (change[treated] - x[treated] @ slope).mean(), treated.sum()))
    table = pd.DataFrame(found, columns=["g", "t", "att", "n"]).assign(
        e=lambda f: f["t"] - f["g"], total=lambda f: f["att"] * f["n"]
    )
    after = table[table["e"] >= 0]
    events = table.groupby("e")[["total", "n"]].sum()
    return {
        "simple": after["total"].sum() / after["n"].sum(),
        **{f"e={e}": v for e, v in (events["total"] / events["n"]).items()},
    }


def mpdta_never():
    return _mpdta_cs("never_treated")


def mpdta_notyet():
    return _mpdta_cs("not_yet_treated")


def mpdta_regression():
    return _mpdta_cs("never_treated", covariates="lpop", options={"estimation_method": "reg"})


def mpdta_etwfe():
    frame = _mpdta()
    names = {"y": "lemp", "d": "on", "unit": "countyreal", "time": "year", "covariates": "lpop"}
    got = effects.fit_absorbing(frame, "etwfe", control="not_yet_treated", **names)
    start, year = frame["first.treat"].to_numpy(), frame["year"].to_numpy()
    columns, cells = [], []
    for g in sorted(set(start) - {0}):
        centred = (frame["lpop"] - frame.loc[start == g, "lpop"].mean()).to_numpy()
        for t in range(g, 2008):
            inside = (start == g) & (year == t)
            cells.append((t - g, inside.sum()))
            columns += [inside, inside * centred]
    dummies = [year == t for t in range(2004, 2008)] + [start == g for g in sorted(set(start))]
    x = frame["lpop"].to_numpy()
    design = np.column_stack([*columns, *dummies, *(d * x for d in dummies)]).astype(float)
    beta = np.linalg.lstsq(design, frame["lemp"].to_numpy(), rcond=None)[0][0 : 2 * len(cells) : 2]
    table = pd.DataFrame(cells, columns=["e", "n"]).assign(total=lambda f: f["n"] * beta)
    by = table.groupby("e").sum()
    peer = {
        "simple": table["total"].sum() / table["n"].sum(),
        **{f"e={e}": v for e, v in (by["total"] / by["n"]).items()},
    }
    return Numbers(
        {"simple": (got["estimate"][0], got["std_error"][0]), **_rows(got)},
        peer,
        "saturated least squares by numpy",
        1e-4,
        1e-4,
        "1e-4 (events printed to 4 digits)",
    )


def df_het_bjs():
    frame = data("df_het_didimputation.csv.gz")
    frame = frame.assign(on=((frame["g"] > 0) & (frame["year"] >= frame["g"])).astype(int))
    got = effects.fit_absorbing(frame, "imputation", y="dep_var", unit="unit", d="on", time="year")
    own = effects.fit_counterfactual(frame, y="dep_var", d="on", unit="unit", time="year", draws=0, horizon=(0, 20))
    leads = effects.leads(frame, y="dep_var", d="on", unit="unit", time="year", years=5)
    ours = {"att": (got["estimate"][0], got["std_error"][0]), **_rows(got), "e=-1": (leads["estimate"][4], None)}
    arrivals = own[own["event"] == "arrival"]
    peer = {"att": own["estimate"][0], **{k: v for k, (v, _) in _rows(arrivals).items()}}
    return Numbers(ours, peer, "own counterfactual", 1e-6, 1e-6, "1e-6")


def dem_panel_match():
    names = {"y": "y", "d": "dem", "unit": "wbcode2", "time": "year"}
    got = effects.fit_panel_match(data("dem.csv"), **names, lag=4, leads=range(5), draws=20)
    return Numbers(
        {f"t+{e}": (b, None) for e, b in zip(got["event_time"], got["estimate"], strict=True)},
        tolerance=1e-4,
        se_tolerance=None,
    )


_SIM = {"y": "Y", "d": "D", "unit": "id", "time": "time"}


def fect_fe_x():
    got = effects.fit_counterfactual(
        data("fect_simdata.csv"), **_SIM, covariates=["X1", "X2"], draws=0, horizon=(-4, 6)
    )
    arrivals, exits = (got[got["event"] == kind] for kind in ("arrival", "exit"))
    ours = {
        "att": (got["estimate"][0], None),
        **_rows(arrivals, lambda e: f"on t={e + 1}"),
        **_rows(exits, lambda e: f"off t={e + 1}"),
    }
    import statspai

    peer = statspai.fect(
        data("fect_simdata.csv"),
        "Y",
        "D",
        "id",
        "time",
        covariates=["X1", "X2"],
        method="fe",
        tol=1e-9,
        max_iter=20_000,
    )
    on = {f"on t={int(t)}": v for t, v in zip(peer.detail["fect_time"], peer.detail["att"], strict=True)}
    return Numbers(ours, {"att": peer.estimate, **on}, "statspai", 1e-6, None, "1e-6")


def fect_fe():
    frame = data("fect_simdata.csv")
    got, peer = effects.fit_counterfactual(frame, **_SIM, draws=0), peers.counterfactual_statsmodels(frame, **_SIM)
    return Numbers({"att": (got["estimate"][0], None)}, {"att": peer}, "statsmodels", 1e-6, None, "1e-6")


def _factor(**options):
    frame, columns = data("fect_simdata.csv"), _SIM | {"covariates": options.pop("covariates", ())}
    got = effects.fit_fect(frame, **columns, **options)
    return Numbers({"att": (got["estimate"][0], None)}, {}, "", 2e-6, None, "2e-06")


def fect_ife_x():
    return _factor(rank=2, covariates=["X1", "X2"])


def fect_ife():
    return _factor(rank=2)


def fect_mc_x():
    return _factor(method="mc", penalty=0.003, covariates=["X1", "X2"])


def fect_mc():
    return _factor(method="mc", penalty=0.003)


def _switchers(frame, names, direction=None, placebos=2, **options):
    got = effects.fit_switchers(frame, **names, direction=direction, placebos=placebos, **options)
    ours = _rows(got, lambda e: f"effect {e + 1}" if e >= 0 else f"placebo {-e - 1}")
    ours["av_tot"] = (got["estimate"][0], got["std_error"][0])
    peer = {} if direction else peers.switchers_diff_diff(frame, options["effects"], **names)
    peer = {f"effect {e + 1}": value for e, value in peer.items()}
    return Numbers(ours, peer, "diff-diff (effects only)" if len(peer) else "", 1e-6, 1e-6, "1e-6")


_WAGE = {"y": "lwage", "d": "union", "unit": "nr", "time": "year"}


def wagepan_switchers():
    return _switchers(data("wagepan.csv"), _WAGE, effects=5)


def wagepan_in():
    return _switchers(data("wagepan.csv"), _WAGE, "in", effects=5)


def wagepan_out():
    return _switchers(data("wagepan.csv"), _WAGE, "out", effects=5)


def sim63_switchers():
    return _switchers(data("sim63.csv"), {"y": "y", "d": "d", "unit": "id", "time": "t"}, effects=4, placebos=3)


@cache
def _cleaned_wagepan():
    """The union variable as cleaned by the authors of TwoWayFEWeights: one-year blips set to their neighbours."""
    frame = data("wagepan.csv").sort_values(["nr", "year"])
    wide = frame.pivot(index="nr", columns="year", values="union")
    for year in range(1981, 1987):
        before, after = wide[year - 1], wide[year + 1]
        wide[year] = wide[year].where(~((before == after) & (wide[year] != before)), before)
    return frame.assign(union=wide.to_numpy().ravel())


def wagepan_weights():
    frame = _cleaned_wagepan()
    got = effects.weights(frame, **_WAGE)
    ours = {"nr_plus": got.n_positive, "nr_minus": got.n_negative, "sum_plus": got.sum_positive, "sum_minus": got.sum_negative,
            "beta": got.beta}  # fmt: skip
    import statspai

    fit = statspai.twowayfeweights(frame, "lwage", "nr", "year", "union", type="feTR")
    peer = {"beta": float(fit.model_info.get("beta", fit.estimate))}
    own = {k: (float(v), None) for k, v in ours.items()}
    return Numbers(own, peer, "statspai", 1e-6, None, "1e-6 (print precision)")


def _medicaid(kind, values, label):
    study = json.loads((HERE / "medicaid_event_study.json").read_text())
    got = effects.libraries.honest_did(study["beta"], study["vcov"], 5, kind, values)
    return {
        f"{label}={m:g} {end}": (v, None)
        for m, low, high in zip(got["m"], got["conf_low"], got["conf_high"], strict=True)
        for end, v in (("lb", low), ("ub", high))
    }


def medicaid_magnitudes():
    return Numbers(
        _medicaid("relative_magnitudes", (0.5, 1, 1.5, 2), "Mbar"),
        tolerance=5.5e-4,
        se_tolerance=None,
        rule="grid of the README, 5.5e-4",
    )


def medicaid_smoothness():
    return Numbers(
        _medicaid("smoothness", (0, 0.01, 0.02, 0.03, 0.04, 0.05), "M"),
        tolerance=3.5e-4,
        se_tolerance=None,
        rule="print precision (3 digits)",
    )


CASES = {
    ("mpdta", "CS never"): mpdta_never, ("mpdta", "CS notyet"): mpdta_notyet, ("mpdta", "CS never reg lpop"): mpdta_regression,
    ("mpdta", "ETWFE lpop"): mpdta_etwfe, ("df_het", "BJS"): df_het_bjs, ("dem", "PanelMatch lag4 none"): dem_panel_match,
    ("fect simdata", "fe X"): fect_fe_x, ("fect simdata", "fe"): fect_fe, ("fect simdata", "ife r2 X"): fect_ife_x,
    ("fect simdata", "ife r2"): fect_ife, ("fect simdata", "mc lam.003 X"): fect_mc_x, ("fect simdata", "mc lam.003"): fect_mc,
    ("wagepan", "dCDH dyn 5/2"): wagepan_switchers, ("wagepan", "dCDH dyn 5/2 in"): wagepan_in, ("wagepan", "dCDH dyn 5/2 out"): wagepan_out,
    ("sim63", "dCDH dyn 4/3"): sim63_switchers, ("wagepan", "twfe weights feTR"): wagepan_weights,
    ("medicaid", "HonestDiD RM C-LF"): medicaid_magnitudes,
    ("medicaid", "HonestDiD SD FLCI"): medicaid_smoothness,
}  # fmt: skip


@cache
def numbers(case, estimator):
    """Run one case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CASES[case, estimator]()


def compared(case, estimator):
    """One row per published quantity: ours, published, difference, standard errors, second implementation."""
    got, table = numbers(case, estimator), published().xs((case, estimator))
    rows = []
    for quantity, line in table.iterrows():
        if quantity not in got.ours:
            continue
        value, se = got.ours[quantity]
        rows.append({
            "case": case, "estimator": estimator, "quantity": quantity, "ours": value, "published": line["value"], "difference": value - line["value"],
            "our_se": se, "published_se": line["se"], "second": got.peer.get(quantity), "second_by": got.peer_name if quantity in got.peer else "", "agreed_to": got.rule,
        })  # fmt: skip
    return pd.DataFrame(rows)
