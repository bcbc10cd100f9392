"""Results with keys: one tidy table whose columns say what a row is."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects.design import LEAST_CLUSTERS, DesignRefused, design

KEYS = ["outcome", "definition", "post", "sample", "model", "estimator", "event", "event_time", "unknown", "test"]
RESULT_COLUMNS = [
    *KEYS, "estimate", "std_error", "conf_low", "conf_high", "p_value", "n_obs", "n_cells", "n_units", "n_clusters", "n_switching",
    "n_draws", "first_year", "last_year", "implementation", "estimand", "inference", "se_rule", "note",
]  # fmt: skip
_COUNTS = ("n_obs", "n_cells", "n_units", "n_clusters", "n_switching", "n_draws")
_WHOLE = ("event_time", *_COUNTS, "first_year", "last_year")
_REAL = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
# Switching units from which 95% intervals hold the truth at least 92 times in 100 (benchmarks/intervals.py and its stored table;
# 100: not reached with, or not simulated for, the 30 of these data). Years without values do not change the rule there.
LEAST_SWITCHING = {
    "twfe": 12, "counterfactual": 12, "switchers": 15, "lp_did": 20, "callaway_santanna": 100, "sun_abraham": 100,
    "imputation": 100, "etwfe": 100, "stacked": 100,
}  # fmt: skip
_GATED = ("cluster", "bootstrap", "influence")
_USUAL = {
    "sample": "all", "model": "main", "event": "none", "unknown": "left_out", "test": "none", "implementation": "own",
}  # fmt: skip


def result(**fields: Any) -> pd.DataFrame:
    """
    Build one row, or several rows, of results.

    Parameters
    ----------
    **fields
        Values (scalars or equally long sequences) by name of ``RESULT_COLUMNS``; what is not given is missing, or ``all``
        (sample), ``main`` (model), ``none`` (event, test), ``left_out`` (unknown). Given ``std_error`` without an interval, a
        normal 95% interval and p-value are filled in.

    Returns
    -------
    DataFrame
        Columns ``RESULT_COLUMNS`` with fixed types.

    Raises
    ------
    ValueError
        For an unknown field, or an estimate that is not a finite number.

    Examples
    --------
    >>> result(estimator="twfe", estimate=2.0, std_error=1.0)[["event", "conf_low", "conf_high"]].round(2).values.tolist()
    [['none', 0.04, 3.96]]
    """
    strange = sorted(set(fields) - set(RESULT_COLUMNS))
    if strange:
        raise ValueError(f"unknown result fields {strange}; expected names of RESULT_COLUMNS.")
    fields = _USUAL | fields
    many = any(np.ndim(v) for v in fields.values())
    rows = pd.DataFrame(fields if many else {k: [v] for k, v in fields.items()}).reindex(columns=RESULT_COLUMNS)
    for name in RESULT_COLUMNS:
        kind = "Int64" if name in _WHOLE else "float64" if name in _REAL else "str"
        rows[name] = pd.to_numeric(rows[name]).astype(kind) if kind != "str" else rows[name].astype(kind)
    if not np.isfinite(rows["estimate"]).all():
        raise ValueError(
            "an estimate is not a finite number; expected one for every row. Leave the row out and say why."
        )
    half = special.ndtri(0.975) * rows["std_error"]
    rows["conf_low"] = rows["conf_low"].fillna(rows["estimate"] - half)
    rows["conf_high"] = rows["conf_high"].fillna(rows["estimate"] + half)
    z = rows["estimate"].abs() / rows["std_error"].where(rows["std_error"] > 0)
    rows["p_value"] = rows["p_value"].fillna(pd.Series(2 * special.ndtr(-z), index=rows.index))
    return rows


def make_rows(c: Any, estimator: str, estimate: Any, behind: Any = None, note: Any = "", **more: Any) -> pd.DataFrame:
    """
    Build result rows of a design.

    Parameters
    ----------
    c : Design
        Gives counts, period, keys and its note.
    estimate : float or sequence
    behind : int or sequence of int, optional
        Clusters behind each row: fewer than five have no standard error, interval or p-value of it.
    note : str or sequence of str
        Added to the note of ``c``.
    **more
        Other fields of `result`.
    """
    size = np.size(estimate)
    note = [note] * size if isinstance(note, str) else list(note)
    behind = np.broadcast_to(int(c.cluster.max()) + 1 if behind is None else behind, size)
    if more.get("std_error") is not None:
        switching, least = more.get("n_switching", c.n_switching), LEAST_SWITCHING.get(estimator, 0)
        thin = more.get("test") in _GATED and switching < least
        few = (behind < LEAST_CLUSTERS) | thin
        for name in _REAL[1:]:
            if name in more:
                more[name] = np.where(few, np.nan, np.broadcast_to(np.asarray(more[name], float), size))
        thin_why = f"no interval: with {switching} switching units it would hold the truth less than 92 times in 100 (from {least} on)"
        why = [thin_why if thin else f"{b} clusters behind it: no standard error" for b in behind]
        note = [f"{n}; {w}" if f else n for n, w, f in zip(note, why, few, strict=True)]
    if c.n_switching < LEAST_CLUSTERS:
        note = [f"{n}; only {c.n_switching} switching units: rely on reassignment" for n in note]
    note = ["; ".join(filter(None, (c.note, n.strip("; ")))) for n in note]
    return result(estimator=estimator, estimate=np.atleast_1d(estimate), note=note, **c.keys | c.counts() | more)


def t_rows(c: Any, estimator: str, estimate: Any, se: Any, rule: str, df: Any, **more: Any) -> pd.DataFrame:
    """Build result rows with intervals of the t distribution with ``df`` degrees of freedom."""
    estimate, se = np.atleast_1d(estimate).astype(float), np.atleast_1d(se).astype(float)
    half, z = special.stdtrit(df, 0.975) * se, np.abs(estimate) / np.where(se > 0, se, np.nan)
    return make_rows(
        c, estimator, estimate, std_error=se, conf_low=estimate - half, conf_high=estimate + half, p_value=2 * special.stdtr(df, -z),
        **{"test": "cluster", "inference": "clustered", "se_rule": rule} | more,
    )  # fmt: skip


def row(fit: Any, term: str, panel: Any = None, **fields: Any) -> pd.DataFrame:
    """
    Turn a fitted model of statsmodels or pyfixest into one row of results.

    Parameters
    ----------
    fit : statsmodels or pyfixest result
    term : str
        The coefficient wanted.
    panel : DataFrame, study panel or Design, optional
        Gives keys, units, switching units and period of the row.
    **fields
        Other fields of `result`; they win over what is read from the fit.

    Returns
    -------
    DataFrame
        One row; the interval and p-value are those of the fit.
    """
    if callable(getattr(fit, "coef", None)):
        made, n, groups = ("pyfixest", fit.coef(), fit.se(), fit.pvalue(), fit.confint()), int(fit._N), None
    else:
        made, n = ("statsmodels", fit.params, fit.bse, fit.pvalues, fit.conf_int()), int(fit.nobs)
        groups = getattr(fit, "cov_kwds", {}).get("groups")
    name, estimate, se, p, ends = made
    if term not in estimate.index:
        text = "no coefficient '{name}'; found: {columns}."
        raise DesignRefused(text, name=term, columns=", ".join(map(str, estimate.index[:12])))
    clustered = name == "pyfixest" or groups is not None
    found: dict[str, Any] = {
        "estimator": "twfe", "estimate": float(estimate[term]), "std_error": float(se[term]), "p_value": float(p[term]),
        "conf_low": float(ends.loc[term].iloc[0]), "conf_high": float(ends.loc[term].iloc[1]), "n_obs": n, "n_cells": n,
        "test": "cluster" if clustered else "none", "inference": "clustered" if clustered else str(fit.cov_type),
        "estimand": "change in the outcome per unit of treatment", "implementation": name,
    }  # fmt: skip
    if groups is not None:
        found["n_clusters"] = len(np.unique(np.asarray(groups)))
    if panel is not None:
        c = design(panel, d=term) if term in getattr(panel, "frame", panel).columns else design(panel)
        found = c.keys | c.counts() | found
    if found.get("n_clusters", LEAST_CLUSTERS) < LEAST_CLUSTERS:
        found |= dict.fromkeys(("std_error", "conf_low", "conf_high", "p_value"), np.nan)
    return result(**found | fields)


def attempt(fit: Any, *args: Any, **options: Any) -> pd.DataFrame:
    """
    Fit, or return no rows where the design is refused.

    Returns
    -------
    DataFrame
        The rows of ``fit``; none, with the ``DesignRefused`` in ``attrs["refused"]``, where it raised one.
    """
    try:
        return fit(*args, **options)
    except DesignRefused as reason:
        none = result(estimate=[])
        none.attrs["refused"] = reason
        return none
