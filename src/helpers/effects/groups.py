"""Effects by group of treated cells, and tests that should find nothing: before an arrival, after an exit."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects.design import DesignRefused, design, need_columns, one_of
from helpers.effects.estimators import bootstrapped, events, identified, impute
from helpers.effects.results import make_rows

UNKNOWN = "unknown"
EQUIVALENT = 0.36


def fit_groups(data: Any, group: str, *, draws: int = 500, seed: int = 1, **columns: Any) -> pd.DataFrame:
    """
    Mean effects of the fixed-effects counterfactual by group of treated cells.

    Parameters
    ----------
    data : DataFrame, study panel or Design
    group : str
        Column with the group of each treated cell, such as the kind of leader; missing is a group of its own, ``unknown``.
    draws : int
        Bootstrap draws of clusters.
    seed : int
        Of these draws.
    **columns
        As in `design`.

    Returns
    -------
    DataFrame
        A row for each group (column model); ``n_cells``, ``n_units``, ``n_clusters`` and ``n_switching`` count what is behind it.
    """
    c = design(data, **columns, binary=True)
    need_columns(c.frame, [group])
    free = c.d == 0
    usable, _ = identified(c, free)
    label = c.frame[group].iloc[c.row].astype("str").fillna(UNKNOWN).to_numpy()
    names = sorted(set(label[usable & ~free]))
    members = [usable & ~free & (label == name) for name in names]
    effect, drawn = impute(c, free), bootstrapped(c, free, members, draws, seed)
    rows = []
    for name, member, draw in zip(names, members, drawn.T, strict=True):
        rows.append(_row(c, name, effect, member, draw, n_switching=len(np.unique(c.unit[member]))))
    return pd.concat(rows, ignore_index=True)


def _row(c, model, effect, member, draw, **more):
    """A row of the counterfactual: the mean effect over some cells, with its bootstrap."""
    mean, draws = np.average(effect[member], weights=None if c.w is None else c.w[member]), len(draw)
    n_clusters = c.behind(member)
    how = {"test": "bootstrap", "n_draws": draws, "se_rule": "standard deviation of bootstrap draws; normal"}
    how |= {"inference": f"bootstrap of clusters, {draws:,} draws", "std_error": float(np.nanstd(draw, ddof=1))}
    how |= {
        "estimand": "mean effect on treated cells of the group",
        "n_cells": int(member.sum()),
        "n_clusters": n_clusters,
    }
    how["n_units"] = len(np.unique(c.unit[member]))
    return make_rows(c, "counterfactual", float(mean), n_clusters, model=model, **how | more)


def fit_placebo(
    data: Any, kind: str = "placebo", *, periods: int = 3, draws: int = 500, seed: int = 1, **columns: Any
) -> pd.DataFrame:
    """
    Test for effects where there should be none, out of sample (Liu, Wang and Xu 2024).

    The untreated cells of the last ``periods`` before an arrival (placebo), or of the first after an exit (carryover), are left out of the
    fit and compared with what the other untreated cells lead one to expect. A second row turns the question round: whether the
    difference is surely smaller than 0.36 standard deviations of the residual outcome (two one-sided tests).

    Parameters
    ----------
    data : DataFrame, study panel or Design
    kind : {"placebo", "carryover"}
    periods : int
        How many are left out.
    draws : int
        Bootstrap draws of clusters.
    seed : int
        Of these draws.
    **columns
        As in `design`.

    Returns
    -------
    DataFrame
        Two rows (model: the kind): test bootstrap with its 95% interval, and test equivalence with the 90% interval that belongs to
        it; its p-value is small where a difference is excluded. ``attrs["bound"]``: the difference that is asked about.
    """
    one_of("kind", kind, ("placebo", "carryover"))
    c = design(data, **columns, binary=True)
    arrival, leave = events(c)
    untreated = c.d == 0
    near = (arrival >= -periods) & (arrival < 0) if kind == "placebo" else (leave >= 0) & (leave < periods)
    free = untreated & ~near
    member = untreated & near & identified(c, free)[0]
    if not member.any():
        text = "no untreated cell lies within {n} periods of a change with others to compare; expected some. Take other periods."
        raise DesignRefused(text, n=periods)
    effect, drawn = impute(c, free), bootstrapped(c, free, [member], draws, seed)[:, 0]
    bound = EQUIVALENT * float(np.nanstd(effect[free]))
    more = {"event": "arrival" if kind == "placebo" else "exit"}
    more["estimand"] = f"mean difference over {periods} periods without treatment"
    row = _row(c, kind, effect, member, drawn, **more)
    estimate, se = row[["estimate", "std_error"]].iloc[0]
    half = special.ndtri(0.95) * se
    equal = {"test": "equivalence", "conf_low": estimate - half, "conf_high": estimate + half}
    equal["p_value"] = special.ndtr((abs(estimate) - bound) / se)
    equal["inference"] = f"two one-sided tests of {bound:.4g}, 90% interval"
    out = pd.concat([row, row.assign(**equal)], ignore_index=True)
    out.attrs["bound"] = bound
    return out
