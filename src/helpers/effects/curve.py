"""Every defensible specification of one outcome at once, and the same curve of estimates under reassigned paths."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from helpers import study
from helpers.effects import linear
from helpers.effects.chance import share_reached, stepdown
from helpers.effects.design import DesignRefused, calendar, need_draws
from helpers.effects.estimators import fit_twfe
from helpers.effects.libraries import fit_lp_did, fit_panel_match
from helpers.effects.results import attempt
from helpers.record import tables, terms
from helpers.words import Refused

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
    "estimator", "covariates", "definition", "treatment", "unknown", "window", "breaks", "sample", "n_obs", "n_units",
    "n_switching",
]  # fmt: skip


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
        Such as `fit_twfe`.
    definitions : sequence of str
    **options
        Go to ``fit``.

    Returns
    -------
    DataFrame
        Rows of ``fit``, column ``definition``. A definition that is refused has no row; of a panel with rows changed by hand
        only its own has one.
    """
    if not hasattr(panel, "under"):
        text = "what is to be fitted is {kind}; expected a panel of study.panel, which has the other definitions too."
        raise Refused(text, kind=type(panel).__name__)
    asked = (study.choose("definition", name, terms.DEFINITIONS) for name in study.several(definitions))
    names = dict.fromkeys((panel.definition, *(() if panel.by_hand else asked)))
    fits = {name: attempt(fit, panel if name == panel.definition else panel.under(name), **options) for name in names}
    parts = [rows.assign(definition=name) for name, rows in fits.items() if len(rows)]
    if not parts:
        raise DesignRefused("no definition of local can be estimated; expected one. Widen the window.")
    return pd.concat(parts, ignore_index=True)


def _stated(outcome):
    designs = tables.load("designs").set_index("outcome")
    if outcome not in designs.index:
        text = "{outcome} has no row in data/designs.csv; expected an outcome whose windows and covariates are stated there. Add its row, or take another."
        raise Refused(text, outcome=outcome)
    return designs.loc[outcome]


def windows(outcome: str) -> list[tuple[tuple[int, int], tuple[str, ...]]]:
    """
    List the windows of an outcome.

    Returns
    -------
    list of ((int, int), tuple of str)
        Years and the breaks they may cross; the default first.
    """
    row = _stated(outcome)
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
    switch are tried on all provinces with unknown homes left out. All specifications share each reassignment. Local projections and
    PanelMatch, by year since an arrival in the main window under the first definition, stand beside them with their own tests.

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
        One row per specification: its choices, the cells, units and switching units it uses, ``estimate``, ``p_value`` (reassignment, except
        of the event designs); those with fewer than ``LEAST_SWITCHING`` switching provinces are not estimated and have a missing
        estimate. And the estimates under reassignment (draws, specifications), missing for the event designs.
    """
    covariates = _stated(outcome)["covariates"].split(";")
    regions = tables.load("units").set_index("unit_code")["region_en"]
    order, rows, drawn = orders(draws, seed), list[tuple](), list[np.ndarray]()
    spans = windows(outcome)
    longest = min(span[0] for span, _ in spans), max(span[1] for span, _ in spans)
    crossed = sorted({name for _, breaks in spans for name in breaks})
    asked = {"post": post, "window": longest, "covariates": covariates, "allow_breaks": crossed}
    whole = {name: study.panel(outcome, name, **asked).frame for name in definitions}
    names = ["y", *covariates, *(k + e for k in ("treated", "share") for e in UNKNOWN.values())]
    for definition, (window, breaks) in product(definitions, spans):
        frame = whole[definition]
        wide = _wide(frame[frame["year"].between(*window)], names)
        wide["x"], wide["regions"] = [wide[name] for name in covariates], regions.reindex(wide["units"]).to_numpy()
        for kind, (rule, ending), sample in product(TREATMENTS, UNKNOWN.items(), SAMPLES):
            if kind not in wide and ending:  # an unknown home is no mixed year
                continue
            paths = wide[(kind if kind in wide else "treated") + ending]
            if kind not in wide:
                paths = np.where(np.isin(wide["share" + ending], (0, 1)), paths, np.nan)
            if sample not in CITIES:
                paths = np.where(_switches(paths)[:, None], paths, np.nan)
            y = np.where(np.isin(wide["units"], CITIES.get(sample, ()))[:, None], np.nan, wide["y"])
            full = kind == "treated" and rule == "left out" and sample == "all"
            own = _size(y, paths)
            some = order if own[-1] >= LEAST_SWITCHING else order[:1]
            for name, controls, size, made in _fits(y, paths, own, some, wide, kind != "share", full):
                choices = (definition, kind, rule, f"{window[0]}-{window[1]}", ";".join(breaks), sample, *size)
                rows.append((name, controls, *choices))
                drawn.append(made if size[-1] >= LEAST_SWITCHING else np.full(len(order), np.nan))
    table, null = tested(pd.DataFrame(rows, columns=_CHOICES).assign(outcome=outcome), np.array(drawn).T)
    events = _events(study.panel(outcome, definitions[0], post))
    return pd.concat([table, events], ignore_index=True), np.hstack([null, np.full((draws, len(events)), np.nan)])


def _size(y, paths):
    """Cells, units and switching units that are used: of units seen at least twice."""
    used = np.where(np.isfinite(y), paths, np.nan)
    used = used[np.isfinite(used).sum(1) > 1]
    return int(np.isfinite(used).sum()), len(used), int(_switches(used).sum())


def _size_of_changes(y, paths, steps):
    """As `_size`, of the cells that a change from one step of the calendar to the next, or a unit without one, is read off."""
    used = linear.weights(paths[None], np.isfinite(y), "switchers", steps)[0]
    moves = np.isfinite(y[:, 1:] + y[:, :-1]) * np.diff(paths) * (np.diff(steps) == 1)
    used = np.nan_to_num(used) != 0
    return int(used.sum()), int(used.any(1).sum()), int(np.nan_to_num(moves).any(1).sum())


def _fits(y, paths, size, order, wide, binary, full):
    """Yield estimator, covariates in words, size and estimates (observed order first) of the specifications of one sample."""
    x, steps = wide["x"], wide["steps"]
    shared = not (np.isfinite(y) & ~np.isfinite(sum(x))).any()
    both = linear.draws_of([y], paths, order, covariates=x, plain=shared)[0]
    alone = both if shared else linear.draws_of([y], paths, order)[0]
    yield "two-way effects", "none", size, alone[:, 0]
    yield "two-way effects", "both", _size(y + sum(x), paths), both[:, -1]
    others: list[tuple[str, str, dict]] = [("counterfactual", "none", {"estimator": "counterfactual"})] * binary
    if full:
        others += [
            ("two-way effects", "region by year", {"groups": wide["regions"]}),
            ("counterfactual", "region by year", {"estimator": "counterfactual", "groups": wide["regions"]}),
            ("two-way effects", "unit trends", {"estimator": "twfe_trends", "steps": steps}),
            ("change at a switch", "none", {"estimator": "switchers", "steps": steps}),
        ]
    for name, controls, options in others:
        own = _size_of_changes(y, paths, steps) if name == "change at a switch" else size
        yield name, controls, own, linear.draws_of([y], paths, order, **options)[0][:, 0]


def _events(panel):
    """Rows of the curve of the event designs, which have tests of their own."""
    fits = {"lp_did": fit_lp_did, "panel_match": lambda data: fit_panel_match(data, draws=1_000)}
    parts = []
    for name, fit in fits.items():
        rows = attempt(fit, panel)
        rows = rows[(rows["event_time"] >= 0).fillna(False)]
        counts = rows[["n_cells", "n_units", "n_switching"]].set_axis(_CHOICES[-3:], axis=1).astype(int)
        parts.append(counts.assign(estimator=name, **{k: rows[k] for k in ("event_time", "estimate", "p_value")}))
    first, last = panel.window
    same = {"covariates": "none", "treatment": "treated", "unknown": "left out", "breaks": "", "sample": "all"}
    return pd.concat(parts).assign(definition=panel.definition, window=f"{first}-{last}", outcome=panel.outcome, **same)


def tested(table: pd.DataFrame, values: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the specifications with ``estimate`` (first row of ``values``) and ``p_value`` among the other rows, and those rows."""
    null = values[1:]
    p = np.where(np.isfinite(values[0]), share_reached(null, values[0]), np.nan)
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
        outcome, n_obs, estimate, p_value (studentised reassignment) and p_family (Westfall-Young step-down over the family).
    """
    designs, own = tables.load("designs"), _stated(outcome)
    names = designs.loc[designs["family"] == own["family"], "outcome"].tolist()
    wides = [_wide(study.panel(name, definition, post).frame, ["y", "treated"]) for name in names]
    order = orders(draws, seed)
    fits = [linear.draws_of([w["y"]], w["treated"], order, scores=True) for w in wides]
    values = np.column_stack([estimates[:, 0] / np.sqrt(np.asarray(spread)[:, 0, 0]) for estimates, spread in fits])
    table = pd.DataFrame({"outcome": names, "n_obs": [int(np.isfinite(w["y"] + w["treated"]).sum()) for w in wides]})
    table, null = tested(table, values)
    return table.assign(estimate=[estimates[0, 0] for estimates, _ in fits], p_family=stepdown(values[0], null))


def orders(draws: int, seed: int) -> np.ndarray:
    """Return the observed order of the 63 provinces, then reassignments of it."""
    units = np.arange(63, dtype=np.int32)
    need_draws(draws, seed)
    return np.vstack([units, np.random.default_rng(seed).permuted(np.tile(units, (draws, 1)), axis=1)])


def _wide(frame, names):
    """Columns of a panel as (63 units, years) arrays without the years in which no outcome is known, the units, and the years' places in the calendar."""
    years = np.sort(frame.loc[frame["y"].notna(), "year"].unique())
    kept = frame[frame["year"].isin(years)].sort_values(["unit_code", "year"])
    out = {name: kept[name].to_numpy(float, na_value=np.nan).reshape(-1, len(years)) for name in names}
    return out | {"units": np.sort(kept["unit_code"].unique()), "steps": calendar(years)}


def curve_test(table: pd.DataFrame, null: np.ndarray) -> dict[str, Any]:
    """
    Compare the curve (``table``) with those of reassigned paths (``null``), both from ``curve``.

    Returns
    -------
    dict
        ``n``; ``few`` (specifications with fewer than ``LEAST_SWITCHING`` switching units) and ``refused`` (others without an estimate, as
        observed or in a draw); ``median`` estimate, its p-value ``p_median``; ``positive`` (share of estimates above
        zero); ``agree`` (largest share with one sign and p < 0.05), ``agree_chance`` (its 95th percentile under reassignment)
        and ``p_agree``.
    """
    fine = np.isfinite(table["estimate"].to_numpy()) & np.isfinite(null).all(0)
    refused = ~fine & (np.isfinite(null).any(0) | table["estimate"].isna())
    seen, null = table["estimate"].to_numpy()[fine], null[:, fine]
    both = np.vstack([seen, null])
    # a specification is significant in a draw where fewer than 5% of all draws, itself and the observed one included, are as large
    above = len(both) - np.argsort(np.argsort(np.abs(both), axis=0), axis=0)
    found = above < 0.05 * len(both)
    agree = np.maximum((found & (both > 0)).mean(1), (found & (both < 0)).mean(1))
    few = refused & (table["n_switching"] < LEAST_SWITCHING).to_numpy()
    middle = np.abs(np.median(both / both.std(0), axis=1))
    return {
        "n": int(fine.sum()), "few": int(few.sum()), "refused": int((refused & ~few).sum()), "median": float(np.median(seen)), "positive": float((seen > 0).mean()),
        "p_median": float((middle >= middle[0] * (1 - 1e-9)).mean()), "agree": float(agree[0]), "agree_chance": float(np.quantile(agree[1:], 0.95)),
        "p_agree": float((agree >= agree[0] - 1e-12).mean()),
    }  # fmt: skip


def index_of(panels: Sequence[Any]) -> pd.DataFrame:
    """
    Make one outcome out of several: less each year's mean, standardised, more is better, weighted by their inverse covariance (Anderson 2008).

    Parameters
    ----------
    panels : sequence of study panels
        Of different outcomes, the same definition and post; an outcome of which less is better (``better`` "lower") is turned.

    Returns
    -------
    DataFrame
        The frame of the first panel in the years in which every outcome has values, so that one index never changes what it is made
        of; ``y`` the index in standard deviations, missing where fewer than half of the outcomes are known. ``attrs["weights"]``: the
        share of each outcome in the sum; one whose weight would be below 0, since the others say what it says, has none.
    """
    keys = ["unit_code", "year"]
    sign = [-1.0 if getattr(panel, "better", "") == "lower" else 1.0 for panel in panels]
    columns = [g * panel.frame.set_index(keys)["y"].astype(float) for g, panel in zip(sign, panels, strict=True)]
    wide = pd.concat(columns, axis=1, keys=range(len(panels)))
    by_year = wide.groupby(level="year")
    wide = (wide - by_year.transform("mean"))[(by_year.transform("count") > 0).all(axis=1)]
    if wide.empty:
        raise DesignRefused("no year has values of all outcomes; expected some. Take other outcomes.")
    wide = wide / wide.std()
    weight = np.linalg.pinv(wide.cov().to_numpy(), hermitian=True).sum(1).clip(min=0)
    known = wide.notna()
    y = ((wide.fillna(0) @ weight) / (known @ weight)).where(2 * known.sum(axis=1) >= len(panels))
    out = panels[0].frame.drop(columns="y").merge((y / y.std()).rename("y").reset_index(), on=keys)
    out.attrs["weights"] = (weight / weight.sum()).tolist()
    return out
