"""Effects by group of treated cells, and tests that should find nothing: before an arrival, after an exit."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects.design import DesignRefused, design, need_columns, need_draws, need_whole
from helpers.effects.estimators import effect_rows, events, identified, impute
from helpers.study import choose

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
    units = [len(np.unique(c.unit[m])) for m in members]
    counts = {"n_units": units, "n_switching": units, "n_clusters": [c.behind(m) for m in members]}
    estimand = "mean effect on treated cells of the group"
    return effect_rows(c, free, members, draws, seed, model=names, estimand=estimand, **counts)


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
    kind = choose("kind", kind, ("placebo", "carryover"))
    need_draws(draws)
    need_whole(1, periods=periods)
    c = design(data, **columns, binary=True)
    arrival, leave = events(c)
    untreated = c.d == 0
    near = arrival >= -periods if kind == "placebo" else leave < periods
    free = untreated & ~near
    member = untreated & near & identified(c, free)[0]
    if not member.any():
        text = "no untreated cell lies within {n} periods of a change with others to compare; expected some. Take other periods."
        raise DesignRefused(text, n=periods)
    bound = EQUIVALENT * float(np.nanstd(impute(c, free)[free]))
    more = {"event": "arrival" if kind == "placebo" else "exit", "n_units": len(np.unique(c.unit[member]))}
    more |= {"n_clusters": c.behind(member), "estimand": f"mean difference over {periods} periods without treatment"}
    row = effect_rows(c, free, [member], draws, seed, model=kind, **more)
    estimate, se = row[["estimate", "std_error"]].iloc[0]
    df = max(int(more["n_clusters"]) - 1, 1)
    half = special.stdtrit(df, 0.95) * se
    equal = {"test": "equivalence", "conf_low": estimate - half, "conf_high": estimate + half}
    equal["p_value"] = special.stdtr(df, (abs(estimate) - bound) / se)
    equal["inference"] = f"two one-sided tests of {bound:.4g}, 90% interval"
    out = pd.concat([row, row.assign(**equal)], ignore_index=True)
    out.attrs["bound"] = bound
    return out
