"""Results with keys: one tidy table whose columns say what a row is."""

import dataclasses
import functools
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.effects.design import LEAST_CLUSTERS, DesignRefused, design, year_of

KEYS = ["outcome", "definition", "post", "sample", "model", "estimator", "event", "event_time", "unknown", "test"]
RESULT_COLUMNS = [
    *KEYS, "estimate", "std_error", "conf_low", "conf_high", "p_value", "n_obs", "n_cells", "n_units", "n_clusters", "n_switching",
    "n_draws", "first_year", "last_year", "implementation", "estimand", "inference", "se_rule", "note",
]  # fmt: skip
_COUNTS = ("n_obs", "n_cells", "n_units", "n_clusters", "n_switching", "n_draws")
_WHOLE = ("event_time", *_COUNTS, "first_year", "last_year")
_REAL = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
_GATED = {"cluster": "", "bootstrap": "", "influence": "", "wild": "wild", "reassignment_t": "reassignment"}
_FREE = ("leads",)  # compared with other leads, not with zero one by one
LEAST_COVERAGE = 0.92  # of 95% intervals that are printed
ALIKE = ("none", "constant", "noisy")  # effects that are the same in every cell
# Claim one difference for all cells; the other designs claim the mean of effects of any shape.
_ONE_DIFFERENCE = ("twfe", "wild", "reassignment")
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
        (sample), ``main`` (model), ``none`` (event, test), ``left_out`` (unknown). Given ``std_error`` with neither interval nor
        p-value, a normal 95% interval and p-value are filled in: an interval never comes from another test than the p-value.

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
    size = max((len(v) for v in fields.values() if np.ndim(v)), default=1)
    table = {name: _column(name, fields.get(name), size) for name in RESULT_COLUMNS}
    estimate, error = table["estimate"], table["std_error"]
    if not np.isfinite(estimate).all():
        text = "an estimate is not a finite number; expected one for every row. Leave the row out and say why."
        raise ValueError(text)
    half, z = special.ndtri(0.975) * error, np.abs(estimate) / np.where(error > 0, error, np.nan)
    usual = {"conf_low": estimate - half, "conf_high": estimate + half, "p_value": 2 * special.ndtr(-z)}
    given = ~np.isnan([table[name] for name in usual]).all(axis=0)
    table |= {name: np.where(given, table[name], values) for name, values in usual.items()}
    return pd.DataFrame(table, columns=RESULT_COLUMNS)


def _column(name: str, values: Any, size: int) -> Any:
    """A column of results with its type, from one value for all rows or one for each."""
    kind = "Int64" if name in _WHOLE else "float64" if name in _REAL else "str"
    if not np.ndim(values):
        given: Any = [None if pd.isna(values) else values] * size
    else:
        given = np.where(pd.isna(values), None, np.asarray(values, object))  # type: ignore[call-overload]
    return np.asarray(given, float) if kind == "float64" else pd.array(given, dtype=kind)


@functools.cache
def coverage() -> pd.DataFrame:
    """Return how often simulated 95% intervals hold the truth: outcome, n_switching, gaps, effect, design, coverage, n_draws (counted), draws and seed (``benchmarks/intervals.py``)."""
    with (resources.files("helpers.effects") / "coverage.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


def shares(design_name: str, shapes: Any = ALIKE, gaps: str = "none") -> pd.Series:
    """
    Return the share of simulated intervals that hold the truth, by number of switching units, over effects of some shapes together.

    Parameters
    ----------
    design_name : str
        As in `coverage`.
    shapes : sequence of str
        Of effects: none, constant, noisy, growing, reversing.
    gaps : {"none", "cells", "periods"}
        As of `Design.gaps`; panels without gaps count too.
    """
    table = coverage()
    table = table[(table["design"] == design_name) & table["gaps"].isin(["none", gaps]) & table["effect"].isin(shapes)]
    sums = table.assign(held=table["coverage"] * table["n_draws"]).groupby("n_switching")[["held", "n_draws"]].sum()
    return sums["held"] / sums["n_draws"]


@functools.cache
def least_switching(design_name: str, gaps: str = "none") -> float:
    """
    Return from how many switching units on the intervals of a design hold what it claims at least 92 times in 100.

    Two-way designs claim one difference for all cells and are asked where effects are alike; designs that claim a mean effect are asked
    where effects grow or turn with time too.

    Parameters
    ----------
    design_name : str
        As in `coverage`; infinite for a design that was not simulated.
    gaps : {"none", "cells", "periods"}
        As of `Design.gaps`.

    Returns
    -------
    float
        The smallest simulated number from which every share is at least 0.92, over these effects together and over panels with these
        gaps or none; infinite where none is.

    Examples
    --------
    >>> least_switching("etwfe")
    inf
    """
    share = shares(design_name, ALIKE if design_name in _ONE_DIFFERENCE else (*ALIKE, "growing", "reversing"), gaps)
    kept = share.index[~(share.index <= share.index[share < LEAST_COVERAGE].max())]
    least = float(kept.min()) if len(kept) else np.inf
    return least if gaps == "none" else max(least, least_switching(design_name))


def _no_interval(name, behind, switching, least):
    """Why a row has no interval, or nothing; ``name`` of the gate, ``least`` switching units that it asks for."""
    if name is None or (switching < 2 and name == "reassignment"):
        return ""
    if switching < 2:
        return "one switching unit: reassignment only"
    if behind < LEAST_CLUSTERS:
        return f"{behind} clusters behind it: no standard error"
    if switching >= least:
        return ""
    why = f"no interval: with {switching} switching units it would hold the truth less than 92 times in 100"
    return why + (f" (from {least:.0f} on)" if np.isfinite(least) else "")


def make_rows(c: Any, estimator: str, estimate: Any, behind: Any = None, note: Any = "", **more: Any) -> pd.DataFrame:
    """
    Build result rows of a design.

    Parameters
    ----------
    c : Design
        Gives counts, period, keys and its note.
    estimator : str
    estimate : float or sequence
    behind : int or sequence of int, optional
        Clusters behind each row: fewer than five have no standard error, interval or p-value of it.
    note : str or sequence of str
        Added to the note of ``c``.
    **more
        Other fields of `result`. Standard error, interval and p-value are left out where there are too few clusters or switching units
        (`least_switching`), with the reason in the note; of a reassignment only the interval.
    """
    size = np.size(estimate)
    notes = [note] * size if isinstance(note, str) else list(note)
    behind = np.broadcast_to(int(c.cluster.max()) + 1 if behind is None else behind, size)
    switching, test = np.broadcast_to(more.get("n_switching", c.n_switching), size).tolist(), more.get("test")
    gate = _GATED.get(str(test))
    least = 0 if gate is None or estimator in _FREE else least_switching(gate or estimator, c.gaps)
    why = [_no_interval(gate, b, n, least) for b, n in zip(behind, switching, strict=True)]
    hidden = [bool(w) for w in why]
    for name in _REAL[2:4] if test == "reassignment_t" else _REAL[1:]:
        if more.get(name) is not None:
            more[name] = np.where(hidden, np.nan, np.broadcast_to(np.asarray(more[name], float), size))
    few = f"only {c.n_switching} switching units: rely on reassignment" if c.n_switching < LEAST_CLUSTERS else ""
    notes = ["; ".join(filter(None, (c.note, n.strip("; "), w, few))) for n, w in zip(notes, why, strict=True)]
    return result(estimator=estimator, estimate=np.atleast_1d(estimate), note=notes, **c.keys | c.counts() | more)


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
    Turn a fitted model of statsmodels, linearmodels or pyfixest into one row of results.

    Parameters
    ----------
    fit : statsmodels, linearmodels or pyfixest result
    term : str
        The coefficient wanted.
    panel : DataFrame, study panel or Design, optional
        Gives keys, units, switching units and period of the row; units seen once count where the fit kept their rows.
    **fields
        Other fields of `result`; they win over what is read from the fit. The estimator is ``twfe`` where the fit has
        coefficients for all units and periods of ``panel``, else ``regression``; the model is ``formula``.

    Returns
    -------
    DataFrame
        One row; the interval and p-value are those of the fit.
    """
    if callable(getattr(fit, "coef", None)):
        made, n, groups = ("pyfixest", fit.coef(), fit.se(), fit.pvalue(), fit.confint()), int(fit._N), None
    else:
        errors = fit.std_errors if hasattr(fit, "std_errors") else fit.bse
        made = (type(fit).__module__.split(".")[0], fit.params, errors, fit.pvalues, fit.conf_int())
        n = int(fit.nobs)
        groups = getattr(fit, "cov_kwds", {}).get("groups")
    name, estimate, se, p, ends = made
    if term not in estimate.index:
        text = "no coefficient '{name}'; found: {columns}."
        raise DesignRefused(text, name=term, columns=", ".join(map(str, estimate.index[:12])))
    clustered = name == "pyfixest" or groups is not None
    found: dict[str, Any] = {
        "estimator": "regression", "model": "formula", "estimate": float(estimate[term]), "std_error": float(se[term]), "p_value": float(p[term]),
        "conf_low": float(ends.loc[term].iloc[0]), "conf_high": float(ends.loc[term].iloc[1]), "n_obs": n, "n_cells": n,
        "test": "cluster" if clustered else "none", "inference": "clustered" if clustered else str(getattr(fit, "cov_type", "as fitted")),
        "estimand": f"coefficient of {term}", "implementation": name,
    }  # fmt: skip
    if groups is not None:
        found["n_clusters"] = len(np.unique(np.asarray(groups)))
    if panel is None:
        few = found.get("n_clusters", LEAST_CLUSTERS) < LEAST_CLUSTERS
        return result(**found | (dict.fromkeys(_REAL[1:], np.nan) if few else {}) | fields)
    c = design(panel, d=term) if term in getattr(panel, "frame", panel).columns else design(panel)
    kept = c.frame.dropna(subset=[c.names["y"], c.names["d"], *c.names["covariates"]])
    unit, time = (kept[c.names[key]] for key in ("unit", "time"))
    absorbed = len({*getattr(fit, "_fixef", "").split("+")} & {*map(str, (unit.name, time.name))}) == 2
    if absorbed or getattr(fit, "df_model", 0) > unit.nunique() + time.nunique() - 2:
        found |= {"estimator": "twfe", "estimand": "change in the outcome per unit of treatment"}
    if groups is not None and n == len(kept) and len({*zip(unit, groups, strict=True)}) > found["n_clusters"]:
        found["test"] = "other_cluster"
    if n == len(kept) > len(c.y):  # the fit kept units seen once, which the design leaves out
        c, times = dataclasses.replace(c, note=""), np.sort(time.unique())
        found["n_units"] = unit.nunique()
        found |= {"first_year": year_of(times[0]), "last_year": year_of(times[-1])}
    found |= fields
    made = make_rows(c, found.pop("estimator"), found.pop("estimate"), found.get("n_clusters"), **found)
    return made if clustered else made.assign(n_clusters=pd.array([pd.NA], "Int64"))


def attempt(fit: Any, *args: Any, **options: Any) -> pd.DataFrame:
    """
    Fit, or return no rows where the design is refused; an argument or a column that is wrong is refused as without an attempt.

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
