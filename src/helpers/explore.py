"""One choice of outcome, treatment, years, provinces, covariates and estimator, and what it gives: the explorer without its widgets."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from helpers import effects, study
from helpers.record import places, tables, terms
from helpers.effects import DesignRefused
from helpers.words import Words

LEAST_SWITCHING, LEAST_PROVINCES = 10, 20
_PAIRS = {"unit": "pair", "time": "pair_time", "cluster": "unit_code"}
FITS = {  # function, options, seconds to wait (0: at once), whether it takes covariates, notebook of the catalogue that has it
    "twfe": ("effects.fit_twfe", {}, 0, True, "07_association"),
    "share": ("effects.fit_twfe", {"d": "share"}, 0, True, "07_association"),
    "first_differences": ("effects.fit_twfe", _PAIRS, 0, True, None),
    "counterfactual": ("effects.fit_counterfactual", {"horizon": (0, -1), "seed": 1}, 0, True, "07_association"),
    "randomisation": ("effects.fit_twfe", {"inference_by": "reassignment"}, 3, True, "07_association"),
    "switchers": ("effects.fit_switchers", {"effects": 3}, 6, False, "08_event_study"),
    "ife": ("effects.fit_fect", {}, 3, True, None),
}


@dataclass(frozen=True)
class Choice:
    """
    What a reader asks for.

    ``outcome``, ``definition``, ``window`` (first and last year), ``units`` (codes; None: all 63), ``covariates``, ``fit`` (of
    ``FITS``), ``transform`` (None or ``log``), ``allow_breaks`` (names).
    """

    outcome: str
    definition: str
    window: tuple
    units: tuple | None = None
    covariates: tuple = ()
    fit: str = "twfe"
    transform: str | None = None
    allow_breaks: tuple = ()


@dataclass(frozen=True, eq=False)
class View:
    """
    What a choice gives: ``choice``; ``refused`` (why nothing is shown, or empty); ``crossed`` (name, text of breaks in the window that need
    leave); ``warnings`` (texts); ``data`` (Panel); ``rows`` (results: the estimate, and unknown homes all local and all non-local; none while a
    slow estimator waits); ``code``, ``report`` (lines that give the same).
    """

    choice: Choice
    refused: str
    crossed: dict
    warnings: tuple = ()
    data: study.Panel | None = None
    rows: pd.DataFrame | None = None
    code: str = ""
    report: str = ""


def outcomes():
    """Return the registry rows of indicators that may be an outcome: enough provinces and years, no rank."""
    table = tables.indicators().set_index("indicator")
    return table[table["usable"].fillna(False).astype(bool) & ~table.index.str.endswith("_rank")]


def first_choice(outcome, definition="hometown"):
    """Return the usual ``Choice`` of an outcome: the window of ``data/designs.csv``, or its longest run of years on one definition."""
    designs = tables.load("designs").set_index("outcome")
    if outcome in designs.index:
        row = designs.loc[outcome]
        transform = None if row["transform"] == "none" else row["transform"]
        return Choice(outcome, definition, (int(row["first_year"]), int(row["last_year"])), transform=transform)
    table = tables.indicator(outcome)
    table = table[table["year"].between(terms.FIRST_YEAR, terms.LAST_YEAR)]
    spans = table.groupby("segment")["year"].agg(["min", "max", "nunique"])
    span = spans.loc[spans["nunique"].idxmax()]
    return Choice(outcome, definition, (int(span["min"]), int(span["max"])))


def pairs(frame, needed=("y", "treated")):
    """
    Stack every two consecutive years of a unit as a unit of its own: two-way effects on the stack are a regression in first differences.

    Parameters
    ----------
    frame : DataFrame
        unit_code, year and the columns ``needed``, without which a year makes no pair.

    Returns
    -------
    DataFrame
        The rows, twice but at the ends, with pair (unit and later year) and pair_time (the later year; half a year less for the earlier).
    """
    known = frame[frame[list(needed)].notna().all(axis=1)]
    both = pd.concat(
        [
            known.assign(last=known["year"], pair_time=known["year"] * 1.0),
            known.assign(last=known["year"] + 1, pair_time=known["year"] + 0.5),
        ]
    )
    both = both.assign(pair=both["unit_code"] + "-" + both["last"].astype(str)).drop(columns="last")
    return both[both.groupby("pair")["pair"].transform("size") == 2].sort_values(
        ["pair", "pair_time"], ignore_index=True
    )


def _crossed(choice, lang):
    found = {}
    for name in (choice.outcome, *choice.covariates):
        years = tables.indicator(name)["year"]
        years, lines = years[years.between(*choice.window)], tables.breaks(name)
        inside = lines["refuses"] & lines["first_year"].between(years.min() + 1, years.max())
        found |= {
            line["name"]: f"{line['first_year']} ({line['name']}): {line['text_' + lang]}"
            for line in lines[inside].to_dict("records")
        }
    return found


def _refusal(choice, crossed, w):
    """Say why a choice cannot be computed, before trying; empty if nothing speaks against it."""
    label = tables.indicators().set_index("indicator")["label_" + w.lang]
    first, last = choice.window
    if choice.units is not None and not choice.units:
        return w("No province is chosen. Choose some, or a region.")
    if first > last:
        return w(
            "The first year, {first:d}, comes after the last, {last:d}. Change one of them.", first=first, last=last
        )
    if choice.outcome in choice.covariates:
        return w(
            "{label} is both the outcome and a covariate. Take it out of the covariates.", label=label[choice.outcome]
        )
    if choice.covariates and not FITS[choice.fit][3]:
        return w("This estimator takes no covariates. Take them out, or choose another estimator.")
    for name in (choice.outcome, *choice.covariates):
        table = tables.indicator(name)
        years = table.loc[table["unit_code"].isin(choice.units or places.codes()), "year"]
        low, high = max(years.min(), terms.FIRST_YEAR), min(years.max(), terms.LAST_YEAR)
        beyond = name == choice.outcome and not low <= first <= last <= high
        if beyond or not years.between(first, last).any():
            said = {"label": label[name], "first": first, "last": last, "low": low, "high": high}
            return w(
                "{label} has values, and secretaries are known, from {low:d} to {high:d}; the years chosen are {first:d} to {last:d}. Choose years within.",
                **said,
            )
        if (
            name == choice.outcome
            and choice.transform == "log"
            and not (table.loc[table["year"].between(first, last), "value"] > 0).all()
        ):
            return w(
                "{label} has values in these years that are not positive and have no logarithm. Choose the scale as measured.",
                label=label[name],
            )
    left = [name for name in crossed if name not in choice.allow_breaks]
    if left:
        why = " ".join(crossed[name] for name in left)
        return w(
            "The years chosen pool values of different definitions: {why} Choose years on one side, or allow the break by its name.",
            why=why,
        )
    return ""


def view(choice, lang="en", compute=True):
    """
    Compute a choice.

    Parameters
    ----------
    choice : Choice
    lang : {"en", "vi"}
    compute : bool
        Whether a slow estimator is run too.

    Returns
    -------
    View
        Refused with the reason, in the language, where it cannot be computed.
    """
    w = Words(lang)
    crossed = _crossed(choice, lang)
    refused = _refusal(choice, crossed, w)
    _, options, wait, _, _ = FITS[choice.fit]
    if not refused:
        given = {"allow_breaks": tuple(b for b in choice.allow_breaks if b in crossed), "covariates": choice.covariates}
        given |= {"units": choice.units and list(choice.units), "transform": choice.transform}
        given = {key: value for key, value in given.items() if value}
        used = options | ({"covariates": choice.covariates} if choice.covariates else {})
        data, rows = (
            study.build_panel(choice.outcome, choice.definition, choice.window, **given),
            effects.result(estimate=[]),
        )
        try:
            if compute or not wait:
                rows = pd.concat(
                    [_fit(choice.fit, data.frame, used, end) for end in (("",) if wait else ("", "_low", "_high"))],
                    ignore_index=True,
                )
        except DesignRefused as error:
            refused = w.reason(error)
    if refused:
        return View(choice, refused, crossed)
    return View(
        choice,
        "",
        crossed,
        _warnings(choice, crossed, data, rows, w),
        data,
        rows,
        _code(choice, given, used),
        _report(choice, given, w),
    )


def _call(name, frame, options):
    return getattr(effects, name.split(".")[1])(frame, **options)


def _fit(fit, frame, options, end):
    """Fit once; ``end`` is empty, or _low or _high for all unknown homes local or non-local (no rows where that is refused)."""
    d = options.get("d", "treated") + end
    options = options | ({"d": d} if d != "treated" else {})
    if fit == "first_differences":
        frame = pairs(frame, ("y", d, *options.get("covariates", ())))
    rows = (partial(effects.attempt, _call) if end else _call)(FITS[fit][0], frame, options)
    rows = pd.DataFrame(rows.iloc[:1].to_dict("series"))
    if fit == "first_differences":
        moved = frame[frame.groupby("pair")[d].transform("nunique") > 1]
        rows = rows.assign(
            n_units=frame["unit_code"].nunique(),
            n_switching=moved["unit_code"].nunique(),
            n_obs=len(frame) // 2,
            estimator=fit,
        )
    return rows.assign(unknown={"": "left_out", "_low": "local", "_high": "non_local"}[end])


def _code(choice, given, used):
    """Write the Python that gives the same rows: a cell for a notebook."""
    module = FITS[choice.fit][0].split(".")[0]
    asked = [
        repr(choice.outcome),
        repr(choice.definition),
        repr(choice.window),
        *(f"{key}={value!r}" for key, value in given.items()),
    ]
    frame = "data.frame"
    if choice.fit == "first_differences":
        module, frame = "effects, explore", f"explore.pairs(data.frame, {('y', 'treated', *choice.covariates)!r})"
    fit = ", ".join([frame, *(f"{key}={value!r}" for key, value in used.items())])
    return f"from helpers import {module}, panel\n\ndata = panel.build_panel({', '.join(asked)})\n{FITS[choice.fit][0]}({fit}).iloc[:1]"


def _report(choice, given, w):
    """Write the lines of reports.toml, or why no report of the catalogue shows this choice (a line that starts with #)."""
    notebook, usual = FITS[choice.fit][4], first_choice(choice.outcome, choice.definition)
    if (
        not notebook
        or choice.units
        or choice.covariates
        or choice.outcome not in set(tables.load("designs")["outcome"])
        or choice.transform != usual.transform
    ):
        return "# " + w(
            "No report of the catalogue shows this choice: they take all provinces, no covariates, the outcomes and scales of data/designs.csv, and not every estimator."
        )
    values = {
        "outcome": choice.outcome,
        "definition": choice.definition,
        "window": list(choice.window),
        "allow_breaks": list(given.get("allow_breaks", ())),
    }
    inside = ", ".join(f"{key} = {value!r}".replace("'", '"') for key, value in values.items())
    return f'[[report]]\nnotebook = "{notebook}"\nparameters = {{ {inside} }}\nover = {{ lang = "languages" }}'


def _warnings(choice, crossed, data, rows, w):
    out = [
        w("The years cross a break, allowed by name: {why}", why=crossed[name])
        for name in choice.allow_breaks
        if name in crossed
    ]
    if len(rows):
        few, units = int(rows["n_switching"].iloc[0]), int(rows["n_units"].iloc[0])
        if few < LEAST_SWITCHING:
            out.append(
                w(
                    "Provinces that changed between local and non-local: only {few}. Do not rely on the standard error; randomisation of careers says more.",
                    few=few,
                )
            )
        if units < LEAST_PROVINCES:
            out.append(
                w(
                    "Provinces: only {units}. Standard errors clustered by province are unreliable with so few.",
                    units=units,
                )
            )
    label = tables.indicators().set_index("indicator")["label_" + w.lang]
    for note in data.notes[~data.notes["note"].isin(crossed)].to_dict("records"):
        name, _, rest = note["text_" + w.lang].partition(": ")
        text = f"{label[name]}: {rest}" if name in label.index else note["text_" + w.lang]
        out.append(w("{text} ({n} province-years)", text=text, n=note["n"]) if note["n"] else text)
    return tuple(out)
