"""Every defensible specification of one outcome at once, and the same curve of estimates under reassigned paths."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from helpers import study
from helpers.effects import linear
from helpers.effects.chance import stepdown
from helpers.effects.design import DesignRefused
from helpers.effects.estimators import fit_twfe
from helpers.record import tables, terms

CITIES = {
    "all": (),
    "without the two largest cities": ("01", "79"),
    "without the five cities": ("01", "31", "48", "79", "92"),
}
SAMPLES = (*CITIES, "only provinces that switch")
LEAST_SWITCHING = 5
TREATMENTS = ("treated", "share", "mixed years left out")
UNKNOWN = {"left out": "", "all local": "_low", "all non-local": "_high"}
_CHOICES = [
    "estimator", "covariates", "definition", "treatment", "unknown", "window", "breaks", "sample", "n_obs",
    "n_switching",
]  # fmt: skip


def design_panel(
    outcome: str, definition: str = "hometown", window: Sequence[int] = (), allow_breaks: Sequence[str] = (),
    covariates: Sequence[str] = (), post: str = "secretary",
) -> study.Panel:  # fmt: skip
    """
    Build the panel of an outcome over its window in ``data/designs.csv``, or another one.

    Parameters
    ----------
    outcome, definition : str
    window : sequence of int
        First and last year; empty for the default.
    allow_breaks, covariates : sequence of str
    post : {"secretary", "chair", "either", "both"}

    Returns
    -------
    study.Panel
    """
    return study.panel(
        outcome, definition, post, tuple(window), (), tuple(covariates), allow_breaks=tuple(allow_breaks)
    )


def by_definition(
    panel: Any, fit: Any = fit_twfe, definitions: Sequence[str] = terms.DEFINITIONS, **options: Any
) -> pd.DataFrame:
    """
    Fit the same panel under each definition of local.

    Parameters
    ----------
    panel : study panel
        Its own definition comes first.
    fit : callable
        Such as `fit_twfe`; ``options`` go to it.

    Returns
    -------
    DataFrame
        Rows of ``fit``, column ``definition``. A definition that is refused has no row.
    """
    parts = []
    for name in dict.fromkeys((panel.definition, *definitions)):
        if name == panel.definition:
            other = panel
        elif hasattr(panel, "under"):
            other = panel.under(name)
        else:
            other = study.panel(
                panel.outcome, name, window=panel.window, covariates=panel.covariates, transform=panel.transform
            )
        try:
            parts.append(fit(other, **options).assign(definition=name))
        except DesignRefused:
            continue
    if not parts:
        raise DesignRefused("no definition of local can be estimated; expected one. Widen the window.")
    return pd.concat(parts, ignore_index=True)


def windows(outcome: str) -> list[tuple[tuple[int, int], tuple[str, ...]]]:
    """
    List the windows of an outcome.

    Returns
    -------
    list of ((int, int), tuple of str)
        Years and the breaks they may cross; the default first.
    """
    row = tables.load("designs").set_index("outcome").loc[outcome]
    out: list[tuple[tuple[int, int], tuple[str, ...]]] = [((int(row["first_year"]), int(row["last_year"])), ())]
    for text in row["other_windows"].split(";"):
        years, *breaks = text.split("+")
        first, last = years.split("-")
        out.append(((int(first), int(last)), tuple(breaks)))
    return out


def curve(
    outcome: str, definitions: Sequence[str] = terms.DEFINITIONS, draws: int = 999, seed: int = 1, post: str = "secretary"
) -> tuple[pd.DataFrame, np.ndarray]:  # fmt: skip
    """
    Estimate every specification on the real paths and on paths reassigned over provinces.

    Specifications: estimator (two-way effects; counterfactual; change at a switch), definition, treatment (0/1 on 30 June; share
    of the year; 0/1 without the years in which leaders of both kinds served), unknown homes, window, covariates (none; those of
    ``data/designs.csv``; region-by-year effects; a trend of each unit), sample. Region-by-year effects, trends and the change at a
    switch are tried on all provinces with unknown homes left out. All specifications share each reassignment.

    Parameters
    ----------
    outcome : str
    definitions : sequence of str
        Of local, to try.
    draws, seed : int
        Of the reassignments.
    post : {"secretary", "chair", "either", "both"}

    Returns
    -------
    (DataFrame, ndarray)
        One row per specification: its choices, ``estimate``, ``p_value`` (reassignment), ``n_obs``; those with fewer than
        ``LEAST_SWITCHING`` switching provinces are not estimated and have a missing estimate. And the estimates under reassignment (draws, specifications).
    """
    covariates = tables.load("designs").set_index("outcome").loc[outcome, "covariates"].split(";")
    order, rows, drawn = orders(draws, seed), [], []
    for definition, (window, breaks) in product(definitions, windows(outcome)):
        try:
            wide = _wide(design_panel(outcome, definition, window, breaks, covariates, post).frame)
        except ValueError:  # the record of a post may begin later than a window
            continue
        for kind, (rule, ending), sample in product(TREATMENTS, UNKNOWN.items(), SAMPLES):
            if kind not in wide and ending:  # an unknown home is no mixed year
                continue
            paths = wide[(kind if kind in wide else "treated") + ending]
            if kind not in wide:
                paths = np.where(np.isin(wide["share" + ending], (0, 1)), paths, np.nan)
            if sample not in CITIES:
                paths = np.where(_switches(paths)[:, None], paths, np.nan)
            y = np.where(np.isin(wide["units"], CITIES.get(sample, ()))[:, None], np.nan, wide["y"])
            used = np.where(np.isfinite(y), paths, np.nan)
            switching = int(_switches(used).sum())
            years, crossed = f"{window[0]}-{window[1]}", ";".join(breaks)
            size = (int(np.isfinite(used).sum()), switching)
            choices = (definition, kind, rule, years, crossed, sample, *size)
            full = kind == "treated" and rule == "left out" and sample == "all"
            for name, controls, options in _fits(wide, covariates, kind != "share", full):
                rows.append((name, controls, *choices))
                few = switching < LEAST_SWITCHING
                made = np.full(len(order), np.nan) if few else linear.draws_of([y], paths, order, **options)[0][:, 0]
                drawn.append(made)
    return tested(pd.DataFrame(rows, columns=_CHOICES).assign(outcome=outcome), np.array(drawn).T)


def _fits(wide, covariates, binary, full):
    """Estimator, covariates in words, and options of `linear.draws_of` of the specifications of one sample."""
    fits: list[tuple[str, str, dict]] = [
        ("two-way effects", "none", {}),
        ("two-way effects", "both", {"covariates": [wide[x] for x in covariates]}),
    ]
    if binary:
        fits += [("counterfactual", "none", {"estimator": "counterfactual"})]
    if full:
        regions = tables.load("units").set_index("unit_code")["region_en"].reindex(wide["units"]).to_numpy()
        fits += [
            ("two-way effects", "region by year", {"groups": regions}),
            ("counterfactual", "region by year", {"estimator": "counterfactual", "groups": regions}),
            ("two-way effects", "unit trends", {"estimator": "twfe_trends"}),
            ("change at a switch", "none", {"estimator": "switchers"}),
        ]
    return fits


def tested(table: pd.DataFrame, values: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the specifications with ``estimate`` (first row of ``values``) and ``p_value`` among the other rows, and those rows."""
    null = values[1:]
    reached = (np.abs(null) >= np.abs(values[0]) * (1 - 1e-9)).sum(0)
    p = np.where(np.isfinite(values[0]), (1 + reached) / (1 + np.isfinite(null).sum(0)), np.nan)
    return table.assign(estimate=values[0], p_value=p), null


def _switches(paths):
    return np.fmax.reduce(paths, 1) > np.fmin.reduce(paths, 1)


def family(
    outcome: str, definition: str = "hometown", draws: int = 1_999, seed: int = 1, post: str = "secretary"
) -> pd.DataFrame:  # fmt: skip
    """
    Test all outcomes of the outcome's family together: two-way effects in their default windows, paths reassigned jointly.

    Returns
    -------
    DataFrame
        outcome, n_obs, estimate, p_value (reassignment) and p_family (Westfall-Young step-down over the family).
    """
    designs = tables.load("designs").set_index("outcome")
    names = list(designs.index[designs["family"] == designs.loc[outcome, "family"]])
    wides = [_wide(design_panel(name, definition, post=post).frame) for name in names]
    values = np.column_stack([linear.draws_of([w["y"]], w["treated"], orders(draws, seed))[0] for w in wides])
    table = pd.DataFrame({"outcome": names, "n_obs": [int(np.isfinite(w["y"] + w["treated"]).sum()) for w in wides]})
    table, null = tested(table, values)
    return table.assign(p_family=stepdown(values[0], null))


def orders(draws: int, seed: int) -> np.ndarray:
    """Return the observed order of the 63 provinces, then reassignments of it."""
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


def curve_test(table: pd.DataFrame, null: np.ndarray) -> dict[str, Any]:
    """
    Compare the curve (``table``) with those of reassigned paths (``null``), both from ``curve``.

    Returns
    -------
    dict
        ``n``, ``refused`` (specifications); ``median`` estimate, its p-value ``p_median``; ``positive`` (share of estimates above
        zero); ``agree`` (largest share with one sign and p < 0.05), ``agree_chance`` (its 95th percentile under reassignment)
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


def index_of(panels: Sequence[Any]) -> pd.DataFrame:
    """
    Make one outcome out of several: standardised, more is better, weighted by their inverse covariance (Anderson 2008).

    Parameters
    ----------
    panels : sequence of study panels
        Of different outcomes, the same definition and post; an outcome of which less is better (``better`` "lower") is turned.

    Returns
    -------
    DataFrame
        The frame of the first panel, ``y`` the index in standard deviations; missing where fewer than half of the outcomes are known.
    """
    keys = ["unit_code", "year"]
    sign = [-1.0 if getattr(panel, "better", "") == "lower" else 1.0 for panel in panels]
    columns = [g * panel.frame.set_index(keys)["y"].astype(float) for g, panel in zip(sign, panels, strict=True)]
    wide = pd.concat(columns, axis=1, keys=range(len(panels)))
    wide = (wide - wide.mean()) / wide.std()
    weight = np.linalg.pinv(wide.cov().to_numpy(), hermitian=True).sum(1).clip(min=0)
    known = wide.notna().to_numpy()
    total = (wide.fillna(0).to_numpy() @ weight) / np.where(known.any(1), known @ weight, np.nan)
    y = pd.Series(np.where(2 * known.sum(1) >= len(panels), total, np.nan), index=wide.index, name="y")
    return panels[0].frame.drop(columns="y").merge((y / y.std()).reset_index(), on=keys, how="left")
