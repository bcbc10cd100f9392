"""Every defensible specification of one outcome at once, and the same curve of estimates under permuted careers."""

from itertools import product

import numpy as np
import pandas as pd

from helpers import study
from helpers.effects import inference
from helpers.record import tables, terms

CITIES = {
    "all": (),
    "without the two largest cities": ("01", "79"),
    "without the five cities": ("01", "31", "48", "79", "92"),
}
SAMPLES = (*CITIES, "only provinces that switch")
LEAST_SWITCHING = 5
UNKNOWN = {"left out": "", "all local": "_low", "all non-local": "_high"}


def design_panel(outcome, definition="hometown", window=(), allow_breaks=(), covariates=()):
    """
    Build the panel of an outcome over its window in ``data/designs.csv``, or another one.

    Parameters
    ----------
    outcome : str
        A row of the table of designs.
    window : sequence of int
        First and last year; empty for the default.
    allow_breaks, covariates : sequence of str

    Returns
    -------
    panel.Panel
    """
    row = tables.load("designs").set_index("outcome").loc[outcome]
    window = tuple(window) or (int(row["first_year"]), int(row["last_year"]))
    return study.build_panel(
        outcome,
        definition,
        window,
        tuple(covariates),
        tuple(allow_breaks),
        transform=None if row["transform"] == "none" else row["transform"],
    )


def windows(outcome):
    """
    List the windows of an outcome.

    Returns
    -------
    list of ((int, int), tuple of str)
        Years and the breaks they may cross; the default first.
    """
    row = tables.load("designs").set_index("outcome").loc[outcome]
    out = [((int(row["first_year"]), int(row["last_year"])), ())]
    for text in row["other_windows"].split(";"):
        years, *breaks = text.split("+")
        out.append((tuple(int(year) for year in years.split("-")), tuple(breaks)))
    return out


def curve(outcome, definitions=terms.DEFINITIONS, draws=199, seed=1):
    """
    Estimate every specification on the real careers and on careers permuted over provinces.

    ``definitions`` of local are those to try, ``seed`` that of the permutations. Specifications: estimator (two-way effects; counterfactual), definition, treatment (0/1 on 30 June; share of the year),
    unknown homes, window, covariates (none; those of ``data/designs.csv``), sample. All specifications share each permutation.

    Returns
    -------
    (DataFrame, ndarray)
        One row per specification: its choices, ``estimate``, ``p_value`` (randomisation), ``n_obs``; those with fewer than
        ``LEAST_SWITCHING`` switching provinces are not estimated and have a missing estimate. And the estimates under permutation (draws, specifications).
    """
    covariates = tables.load("designs").set_index("outcome").loc[outcome, "covariates"].split(";")
    order = _orders(draws, seed)
    rows, drawn = [], []
    for definition, (window, breaks) in product(definitions, windows(outcome)):
        wide = _wide(design_panel(outcome, definition, window, breaks, covariates).frame)
        for kind, (rule, ending), sample in product(("treated", "share"), UNKNOWN.items(), SAMPLES):
            paths = wide[kind + ending]
            if sample not in CITIES:
                paths = np.where((np.fmax.reduce(paths, 1) > np.fmin.reduce(paths, 1))[:, None], paths, np.nan)
            y = np.where(np.isin(wide["units"], CITIES.get(sample, ()))[:, None], np.nan, wide["y"])
            fits = [
                ("two-way effects", "none", inference.twfe_draws, ()),
                ("two-way effects", "both", inference.twfe_draws, [wide[x] for x in covariates]),
            ]
            fits += (
                [("counterfactual", "none", lambda y, p, i, _: inference.counterfactual_draws(y, p, i), ())]
                if kind == "treated"
                else []
            )
            used = np.where(np.isfinite(y), paths, np.nan)
            switching = int((np.fmax.reduce(used, 1) > np.fmin.reduce(used, 1)).sum())
            choices = (
                definition,
                kind,
                rule,
                f"{window[0]}-{window[1]}",
                ";".join(breaks),
                sample,
                int(np.isfinite(used).sum()),
                switching,
            )
            for estimator, controls, fit, extra in fits:
                rows.append((estimator, controls, *choices))
                drawn.append(
                    fit(y, paths, order, extra) if switching >= LEAST_SWITCHING else np.full(len(order), np.nan)
                )
    names = [
        "estimator",
        "covariates",
        "definition",
        "treatment",
        "unknown",
        "window",
        "breaks",
        "sample",
        "n_obs",
        "n_switching",
    ]
    values = np.array(drawn).T
    table, null = pd.DataFrame(rows, columns=names).assign(outcome=outcome, estimate=values[0]), values[1:]
    reached = (np.abs(null) >= np.abs(values[0]) * (1 - 1e-9)).sum(0)
    table["p_value"] = np.where(np.isfinite(values[0]), (1 + reached) / (1 + np.isfinite(null).sum(0)), np.nan)
    return table, null


def family(outcome, definition="hometown", draws=1_999, seed=1):
    """
    Test all outcomes of the outcome's family together: two-way effects in their default windows, careers permuted jointly.

    Returns
    -------
    DataFrame
        outcome, n_obs, estimate, p_value (randomisation) and p_family (Westfall-Young step-down over the family).
    """
    designs = tables.load("designs").set_index("outcome")
    names = list(designs.index[designs["family"] == designs.loc[outcome, "family"]])
    order = _orders(draws, seed)
    wides = {name: _wide(design_panel(name, definition).frame) for name in names}
    values = np.column_stack([inference.twfe_draws(w["y"], w["treated"], order) for w in wides.values()])
    reached = (np.abs(values[1:]) >= np.abs(values[0]) * (1 - 1e-9)).sum(0)
    return pd.DataFrame({
        "outcome": names, "n_obs": [int(np.isfinite(w["y"] + w["treated"]).sum()) for w in wides.values()], "estimate": values[0],
        "p_value": (1 + reached) / (1 + draws), "p_family": inference.stepdown(values[0], values[1:]),
    })  # fmt: skip


def _orders(draws, seed):
    """The observed order of the 63 provinces, then permutations of it."""
    units = np.arange(63, dtype=np.int32)
    return np.vstack([units, np.random.default_rng(seed).permuted(np.tile(units, (draws, 1)), axis=1)])


def _wide(frame):
    """Columns of a panel as (63 units, years) arrays; years without any outcome left out."""
    kept = frame[frame["year"].isin(frame.loc[frame["y"].notna(), "year"])]
    out = {"units": np.sort(kept["unit_code"].unique())}
    for name in kept.columns.difference(["unit_code", "year", "source", "spell_id"]):
        out[name] = (
            kept.pivot(index="unit_code", columns="year", values=name)
            .astype("Float64")
            .to_numpy(float, na_value=np.nan)
        )
    return out


def curve_test(table, null):
    """
    Compare the curve (``table``) with those of permuted careers (``null``), both from ``curve``.

    Returns
    -------
    dict
        ``n``, ``refused`` (specifications); ``median`` estimate, its p-value ``p_median``; ``positive`` (share of estimates above
        zero); ``agree`` (largest share with one sign and p < 0.05), ``agree_chance`` (its 95th percentile under permutation)
        and ``p_agree``.
    """
    fine = np.isfinite(table["estimate"].to_numpy()) & np.isfinite(null).all(0)
    seen, null = table["estimate"].to_numpy()[fine], null[:, fine]
    both = np.vstack([seen, null])
    # a specification is significant in a draw where that draw is among the largest 5% of all, the observed one included
    place = np.argsort(np.argsort(np.abs(both), axis=0), axis=0) + 1
    found = place > np.floor(0.95 * len(both))
    agree = np.maximum((found & (both > 0)).mean(1), (found & (both < 0)).mean(1))
    spread = both.std(0)
    middle = np.abs(np.median(both / spread, axis=1))
    return {
        "n": int(fine.sum()), "refused": int((~fine).sum()), "median": float(np.median(seen)), "positive": float((seen > 0).mean()),
        "p_median": float((middle >= middle[0] * (1 - 1e-9)).mean()), "agree": float(agree[0]), "agree_chance": float(np.quantile(agree[1:], 0.95)),
        "p_agree": float((agree >= agree[0] - 1e-12).mean()),
    }  # fmt: skip
