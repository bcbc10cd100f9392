"""Sentences and tables about estimates: what stands out, what would break it, other designs."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from helpers import effects, study
from helpers.record import places
from helpers.words import Sentence, _, between, count, difference, joined, known, listing, number, p_value, say

_SHOWN = ["model", "estimator", "event", "event_time", "estimate", "conf_low", "conf_high", "p_value", "test"]
_SHOWN += ["n_cells", "n_units", "n_switching"]

_THROUGHOUT = "no change can be compared among those whose leaders are known in every year"
_TOO_LITTLE = dict.fromkeys(("switchers", "lp_did"), _THROUGHOUT)
_TOO_LITTLE |= dict.fromkeys(("callaway_santanna", "imputation"), "no change that stays can be compared")
_TOO_LITTLE |= dict.fromkeys(("ife", "mc"), "the years under locals do not determine the common factors")


def design(name: str, panel: Any) -> str:
    """
    Return a design in running text, with the article where it has one.

    Parameters
    ----------
    name : str
        An estimator.
    panel : Panel
    """
    return _("the counterfactual from {years}", years=panel.others) if name == "counterfactual" else known(name)


def designs(names: Iterable[str], panel: Any) -> str:
    """
    Return some designs in running text, as one by one :func:`design`.

    Parameters
    ----------
    names : iterable of str
    panel : Panel
    """
    return listing(design(name, panel) for name in names)


def scaled(rows: pd.DataFrame, panel: Any, *columns: str) -> pd.DataFrame:
    """
    Return rows with some columns in the unit in which the panel shows them, and the decimals with which it does.

    Parameters
    ----------
    rows : DataFrame
    panel : Panel
    *columns : str
        Estimates, errors and limits of results unless named.
    """
    named = columns or [c for c in ("estimate", "std_error", "conf_low", "conf_high") if c in rows]
    out = rows.assign(**{c: rows[c].astype(float) * panel.scale for c in named})
    out.attrs = {"digits": panel.digits}
    return out


def departs(theirs: Any, ours: Any) -> Sentence:
    """
    Return that a formula changed in a cell is not what the rest of the page takes; nothing where both give the same estimates.

    Parameters
    ----------
    theirs, ours : sequence of float
        The estimates by the formula, and those shown.
    """
    text = "The formula written in the cell gives other estimates than our own code, from which the answer, the figure and its table come: they do not follow that formula."
    return Sentence() if np.allclose(theirs, ours, rtol=0, atol=1e-6) else say(text)


def shown(rows: pd.DataFrame, panel: Any) -> pd.DataFrame:
    """
    Return the columns of result rows that a page shows, in the unit of the panel: none that is empty or says one thing throughout.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    panel : Panel
    """
    out = scaled(rows, panel).assign(test=rows["test"].mask(rows["test"] == "none"))
    some = ("estimator", "event", "test", "n_units", "n_switching") if len(out) > 1 else ()
    plain = [c for c in (*some, "model") if out[c].nunique() == 1]
    return out[[c for c in _SHOWN if c not in plain and not out[c].isna().all()]]


def event_designs(panel: Any, draws: int = 1_000) -> pd.DataFrame:
    """
    Fit the designs that compare around a change in other ways than the counterfactual.

    Parameters
    ----------
    panel : Panel
    draws : int
        Of the bootstraps.

    Returns
    -------
    DataFrame
        Rows of ``effects.RESULT_COLUMNS``: first changes (dCDH) together, in and out; PanelMatch for arrivals and departures;
        LP-DiD; factor models; Callaway-Sant'Anna and Borusyak-Jaravel-Spiess on provinces in which a change stays. ``attrs``:
        ``refused`` (design to reason) and ``vcov`` of the dCDH path.
    """
    frame = panel.frame
    known_, units = frame.dropna(subset=["treated"]), frame["unit_code"]
    steps = known_["treated"].astype(int).groupby(known_["unit_code"]).diff()
    stays = dataclasses.replace(panel, kept=frame[~units.isin(known_.loc[steps < 0, "unit_code"])])
    way: dict[str, Any] = {"effects": effects.PERIODS, "placebos": 0}
    tried = {
        "switchers": effects.attempt(effects.fit_switchers, panel, effects=effects.PERIODS, placebos=3),
        "switchers, arrival": effects.attempt(effects.fit_switchers, panel, direction="in", **way),
        "switchers, exit": effects.attempt(effects.fit_switchers, panel, direction="out", **way),
        "panel_match, arrival": effects.attempt(effects.fit_panel_match, panel, draws=draws),
        "panel_match, exit": effects.attempt(effects.fit_panel_match, panel, exits=True, draws=draws),
        "lp_did": effects.attempt(effects.fit_lp_did, panel),
        "ife": effects.attempt(effects.fit_fect, panel, method="ife"),
        "mc": effects.attempt(effects.fit_fect, panel, method="mc"),
        "callaway_santanna": effects.attempt(effects.fit_absorbing, stays, control="not_yet_treated"),
        "imputation": effects.attempt(effects.fit_absorbing, stays, "imputation"),
    }
    first = tried["switchers"]
    out = pd.concat([fit for fit in tried.values() if len(fit)] or [first], ignore_index=True)
    refused = {name: fit.attrs["refused"] for name, fit in tried.items() if "refused" in fit.attrs}
    out.attrs = {"refused": refused, "first": first}
    return out


def horizons(panel: Any) -> pd.DataFrame:
    """
    Return the effect of first changes (dCDH) per year of the change, over 1, 2, ... 8 years (n_years), as far as there are comparisons.

    Parameters
    ----------
    panel : Panel
    """
    fits = {n: effects.attempt(effects.fit_switchers, panel, effects=n, placebos=0) for n in range(1, 9)}
    rows = [r.iloc[:1].assign(n_years=n) for n, r in fits.items() if len(r) and r["event_time"].max() == n - 1]
    return pd.concat(rows, ignore_index=True) if rows else effects.result(estimate=[]).assign(n_years=[])


def first_changes(first: pd.DataFrame, panel: Any) -> Sentence:
    """
    Return what the number of first changes (dCDH) is, and over how many years where fewer can be compared than the design takes.

    Parameters
    ----------
    first : DataFrame
        Of ``effects.fit_switchers``; nothing is said where the design could not be fitted.
    panel : Panel
    """
    if first.empty:
        return Sentence()
    n = int(first["event_time"].max()) + 1
    one = "First changes (dCDH) average the effects of the year of a first change alone here."
    many = "First changes (dCDH) add up the effects of {n} years, that of a first change and those after it, and divide the sum by the number of these years in which the {unit} is still led by the other kind of leader: a year after a change back counts in the sum alone."
    fewer = "The design takes up to {most} years; later ones cannot be compared here."
    told = say(one if n == 1 else many, n=n, unit=panel.unit)
    return told if n == effects.PERIODS else joined(told, say(fewer, most=effects.PERIODS))


def horizons_found(rows: pd.DataFrame) -> str:
    """
    Return with which numbers of years the p-value of first changes is below 0.05 by itself.

    Parameters
    ----------
    rows : DataFrame
        Of :func:`horizons`.
    """
    if rows.empty:
        return _("No first change can be compared.")
    low = rows.loc[rows["p_value"] < 0.05, "n_years"]
    none = "Taken alone, p is below 0.05 with none of the {of} numbers of years tried."
    some = "Taken alone, p is below 0.05 with {n:one|{n}} of the {of} numbers of years tried: {years}."
    every = "Taken alone, p is below 0.05 with each of the {of} numbers of years tried."
    return count(len(low), none, some, every=every, of=len(rows), years=listing(number(n, 0) for n in low))


def means(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Return the rows that average over all years since a change.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    """
    return rows[rows["event_time"].isna() & (rows["test"] != "joint")].reset_index(drop=True)


def agreement(rows: pd.DataFrame, panel: Any) -> str:
    """
    Return how many estimates of other designs have the sign of the first one.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    panel : Panel
    """
    signs = np.sign(means(rows)["estimate"])
    n, same = len(signs), int((signs == signs.iloc[:1].sum()).sum())
    text = "{label}; 95% intervals; {every:all {n} estimates have the same sign|{same} of {n} estimates have the sign of the first}"
    if n < 2:
        return f"{panel.heading}; {_('95% intervals')}"
    return _(text, label=panel.heading, same=same, n=n, every=same == n)


def path_title(rows: pd.DataFrame, panel: Any) -> str:
    """
    Return which single years around a change lie clear of zero, and whether they do so adjusted for the years looked at, as a title.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS`` with event and event_time.
    panel : Panel
    """
    years = rows.dropna(subset=["event_time", "p_value"])
    low = years[years["p_value"].astype(float) < 0.05]
    stands = bool((effects.holm(years["p_value"].astype(float)) < 0.05).any())
    named = [_("{event}, year {year}", event=known(x.event), year=number(x.event_time, 0)) for x in low.itertuples()]
    none = "{label}: no single year around a change lies clear of 0"
    alone = "{label}: clear of 0 taken alone: {years}; adjusted for the {n} years looked at, none is"
    found = "{label}: clear of 0: {years}; so is one or more adjusted for the {n} years looked at"
    some = "{label}: {k} of {n} single years around a change lie clear of 0, one or more also when adjusted"
    text = none if low.empty else alone if not stands else found if len(low) < 4 else some
    text = text if len(years) else "{label}: too little stands behind single years for an interval"
    return _(text, label=panel.heading, years=listing(named), k=len(low), n=len(years))


def designs_title(rows: pd.DataFrame, panel: Any) -> str:
    """
    Return how many estimates of other designs lie clear of zero, as a title.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    panel : Panel
    """
    ends = means(rows)[["conf_low", "conf_high"]].astype(float).dropna()
    k = int(((ends["conf_low"] > 0) | (ends["conf_high"] < 0)).sum())
    none = "{label}: no interval of another design lies clear of 0"
    some = "{label}: of {of} intervals of other designs {n:one lies|{n} lie} clear of 0, not adjusted"
    return count(k, none, some, label=panel.heading, of=len(ends))


def stand_out(rows: pd.DataFrame, honest: pd.DataFrame) -> Sentence:
    """
    Name the single years of other designs that differ from zero by themselves, and how fragile that is.

    Parameters
    ----------
    rows : DataFrame
        Of :func:`event_designs`.
    honest : DataFrame
        Of :func:`honest`.
    """
    after, parts = rows[(rows["event_time"] >= 0).fillna(False)], []
    if after["p_value"].isna().all():
        return say("No other design has a p-value for a single year after a change here.")
    late = after[after["p_value"] < 0.05]
    if late.empty:
        none = "By designs other than the counterfactual no single year after a change stands out; the title of its figure names those that do by the counterfactual."
        return say(none)
    for names, part in late.groupby(["estimator", "event"], sort=False):
        of, event = map(known, names)
        years = listing(number(t, 0) for t in sorted(part["event_time"]))
        text = "{design}, {event} (year {years})" if len(part) == 1 else "{design}, {event} (years {years})"
        parts.append(_(text, design=of, event=event, years=years))
    text = "Taken alone, without allowing for the number of looks, some years after a change differ from zero by designs other than the counterfactual: {parts}. The title of its figure names those by the counterfactual."
    return Sentence(f"{say(text, parts=listing(parts))} {honesty(honest)}".strip())


def honest(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Return the intervals of the first changes (dCDH) under departures from parallel trends: the year of the change, the two after it, and the mean of all (no event time).

    Parameters
    ----------
    rows : DataFrame
        Of :func:`event_designs`.
    """
    first = rows.attrs["first"]
    if "refused" in first.attrs:
        raise first.attrs["refused"]
    out = effects.honest(first, values=(0, 0.25, 0.5, 1.0), periods=(0, 1, 2, None))
    out.attrs["most"] = _most(first, out)
    return out


def _most(first: pd.DataFrame, table: pd.DataFrame) -> float:
    """Largest M, to a hundredth, up to which the interval of some line of ``table`` excludes zero; the last M tried where one does so there; missing where none does."""
    best, lines = np.nan, table.groupby(table["event_time"].fillna(-1))
    for at, part in lines:
        found, m = part["excludes_zero"].to_numpy(bool), (100 * part["m"]).round().to_numpy()
        if not found.any():
            continue
        low, later, ask = np.fmax(m[found].max(), best), m[~found], np.fmax(m[found].max(), best) + 1
        high = later[later > low].min(initial=np.inf)
        while np.isfinite(high) and high - low > 1:
            holds = effects.honest(first, values=(ask / 100,), periods=(None if at < 0 else int(at),))
            low, high = (ask, high) if holds["excludes_zero"].item() else (low, low if low == best else ask)
            ask = (low + high) // 2
        best = low
    return best / 100


def honesty(table: pd.DataFrame) -> Sentence:
    """
    Return up to which M, how much departures from parallel trends may change from year to year, an effect of the first changes stands.

    Parameters
    ----------
    table : DataFrame
        Of :func:`honest`.
    """
    untold = "How far the paths may depart from parallel cannot be asked here: too few years before the first changes have enough provinces for an interval."
    if "most" not in table.attrs:
        return say(untold)
    most = table.attrs["most"]
    none = "By first changes, arrivals and departures together, no effect of a year or of the mean differs from zero even if paths are exactly parallel."
    exactly = "By first changes, arrivals and departures together, an effect in some year or in the mean is found only if paths are exactly parallel: it is gone when the departure changes from one year to the next by {step} times its largest change before."
    found = "By first changes, arrivals and departures together, an effect in some year or in the mean is found {still:even if|as long as} the departure from parallel paths changes from one year to the next by {still:|at most }{m} times its largest change before."
    text = none if np.isnan(most) else exactly if most == 0 else found
    rests = "The largest change before is taken over the years that have enough provinces for an interval, up to the year before the change: {years}."
    years = [_("year {year} ({n} provinces)", year=number(at, 0), n=n) for at, n in table.attrs.get("before", [])]
    said = say(text, m=number(most, 2), step=number(0.01, 2), still=most >= table["m"].max())
    return joined(said, say(rests, years=listing(years)) if years else "")


def refused(rows: pd.DataFrame) -> Sentence:
    """
    Return which designs could not be estimated, of which changes where others could, and why, without advice to who calls them; nothing where all could.

    Parameters
    ----------
    rows : DataFrame
        Of :func:`event_designs`.
    """
    every, named = rows.attrs.get("refused", {}), dict[str, dict[str, None]]()
    for name, reason in every.items():
        design, _all, event = name.partition(", ")
        whole = design in every or {f"{design}, arrival", f"{design}, exit"} <= every.keys()
        text = known(design) if whole else f"{known(design)}, {known(event)}"
        named.setdefault(reason_of(design, reason), {})[text] = None
    parts = "; ".join(f"{listing(designs)}: {why}" for why, designs in named.items())
    return say("Not estimated: {parts}.", parts=parts) if parts else Sentence()


def reason_of(design: str, refused: Any = None, own: bool = False) -> str:
    """
    Return why a design has no estimate as part of a sentence: the same where the refusal is known and where only the gap is stored.

    Parameters
    ----------
    design : str
        An estimator.
    refused : Refused, optional
    own : bool
        Whether the table is a reader's, who can do what a refusal advises.
    """
    if refused and "columns" in refused.values:
        columns = [study.label_of(name, "text") for name in refused.values["columns"].split(", ")]
        return _("it cannot take {columns} into account", columns=columns)
    if refused and own and "error" not in refused.values:
        return str(refused).rstrip(".")
    return _(_TOO_LITTLE.get(design, "there is too little to compare"))


def left_aside(panel: Any) -> Sentence:
    """
    Return which columns of a panel a page asks for and this question cannot use, or nothing.

    Parameters
    ----------
    panel : Panel
    """
    columns = [*panel.covariates, *(name for name in ("weights", "cluster") if name in panel.frame)]
    return say("Not taken into account here: {columns}.", columns=listing(columns)) if columns else Sentence()


def small_sample(panel: Any) -> Sentence:
    """
    Return the warning for fewer than ten switching units, or nothing.

    Parameters
    ----------
    panel : Panel
    """
    none = "**No {unit} is seen under both kinds of leaders: there is nothing to compare.**"
    few = "**Only {n:one {unit} switches|{n} {units} switch}: no interval can be trusted; read the reassignment p-value alone, where there is one.**"
    some = "Only {n} {units} switch: read the reassignment p-value rather than the standard errors."
    n = panel.n_switching
    text = some if n >= 5 else few if n else none
    return say(text, n=n, unit=panel.unit, units=panel.units) if n < 10 else Sentence()


def standard_errors(row: pd.DataFrame, panel: Any) -> str:
    """Return why the standard error of a regression on dummies (``row``) differs from that of our designs, by how much, and whom it counts more."""
    ours = effects.fit_twfe(panel)
    errors = [rows["std_error"].iloc[0] * panel.scale for rows in (row, ours)]
    if np.isnan(errors).any():
        return ""
    theirs, those = (number(error, panel.digits + 1) for error in errors)
    same = np.isclose(row["estimate"].iloc[0], ours["estimate"].iloc[0]) and row["test"].iloc[0] == "cluster"
    if not same or ours["n_clusters"].iloc[0] != ours["n_units"].iloc[0]:
        text = "The standard error of this table is {theirs}, that of two-way fixed effects in the other tables {ours}: model, weights or clusters are not the same here and there."
        return _(text, ours=those, theirs=theirs)
    more = int(row["n_obs"].iloc[0] - ours["n_obs"].iloc[0])
    text = "The standard error of this table is {theirs}, that of the other designs {ours}. Both allow for dependence within a {unit}; in its correction for the size of the sample this regression counts the levels of the {n} {units} as estimated coefficients, the other designs do not. Interval and p-value of this table rest on its standard error; those of the answer come from reassigning leaders, so they differ."
    told = _(text, n=panel.n_units, unit=panel.unit, units=panel.units, ours=those, theirs=theirs)
    some = " The regression counts {n:one {unit}|{n} {units}} of which a single year {n:|each }can be used; the others leave {n:it|them} out, as {n:it says|they say} nothing of a difference."
    return told + count(more, "", some, unit=panel.unit, units=panel.units)


def covariates(fit: Any, panel: Any) -> str:
    """
    Return how the outcome goes with each covariate of a regression; nothing where there is none.

    Parameters
    ----------
    fit : statsmodels result
        With a coefficient by the name of each covariate.
    panel : Panel
    """
    told = []
    for name in panel.covariates:
        spread = panel.complete[name].std() * panel.scale
        low, high = fit.conf_int().loc[name] * spread
        size = difference(fit.params[name] * spread, panel.digits, panel.measure)
        told.append(f"{study.label_of(name, 'text')}: {size} ({between(low, high, panel.digits, panel.measure)})")
    text = "What goes with one standard deviation more of a covariate, in the same regression (95% interval in brackets): {told}. Covariates are held still here: read none of these as an effect."
    return _(text, told="; ".join(told)) if told else ""


def with_range(rows: pd.DataFrame, range_: Any) -> pd.DataFrame:
    """
    Return the rows and one more for the figure: the lowest and the highest estimate over every filling of unknown homes (unknown: range).

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    range_ : UnknownRange
        Of ``effects.unknown_range``.
    """
    if not range_.n_terms:
        return rows
    blank = dict.fromkeys(("estimate", "std_error", "p_value"), np.nan)
    ends = rows.iloc[[0]].assign(unknown="range", conf_low=range_.low, conf_high=range_.high, **blank)
    return pd.concat([rows, ends], ignore_index=True)


def unknown(range_: Any, panel: Any) -> str:
    """
    Return what the homes that are unknown could change.

    Parameters
    ----------
    range_ : UnknownRange
        Of ``effects.unknown_range``.
    panel : Panel
    """
    none = "In these years it is known of every leader whether a local or not, so this estimate has no such range."
    ends, outer = panel.between(range_.low, range_.high), panel.between(range_.outer_low, range_.outer_high)
    one = "In one stretch of years it is not known whether a local led. Filled in either way, the estimate lies {ends}."
    many = "In {n} stretches of years it is not known whether a local led. Over all ways of filling them in, the estimate lies {ends}."
    if not range_.exact and ends != outer:
        many = "In {n} stretches of years it is not known whether a local led. There are too many ways of filling them in to try all: estimates {ends} were found, and none can lie outside {outer}."
    said = count(range_.n_terms, none, one, many, ends=ends, outer=outer)
    alone = "A year in which nobody is named is filled by itself, since several persons may have led."
    return joined(said, say(alone) if range_.n_nameless else "")


def definitions(panel: Any, range_: Any) -> dict[str, str]:
    """
    Return title and detail of the figure of an estimate by definition of local and over unknown homes.

    Parameters
    ----------
    panel : Panel
    range_ : UnknownRange
    """
    title = _("{label}: the estimate under each definition of local", label=panel.heading)
    text = "two-way fixed effects, {who}; 95% intervals from clustered standard errors{unknown:; range over unknown leaders|}"
    return {"title": title, "detail": _(text, who=panel.led_by, unknown=range_.n_terms > 0)}


def reassigned(result: Any) -> str:
    """
    Return how often sequences of leaders were reassigned: at random so many times, or in every way there is.

    Parameters
    ----------
    result : Reassignment
    """
    n = len(result.draws)
    if result.exact and n <= effects.chance.TOO_FEW:
        return _("in all {n} ways that there are, too few for a p-value below 0.05 whatever the difference", n=n)
    return _("in all {n} ways that there are" if result.exact else "at random, {n} times", n=n)


def compared(result: Any) -> str:
    """
    Return what is compared with the estimates of reassigned sequences, and that the answer compares otherwise where it does.

    Parameters
    ----------
    result : Reassignment
    """
    t = "the difference, divided by its standard error, is compared with those that come out"
    own = "the difference itself is compared with those that come out; the answer divides it by its standard error"
    return _(t if result.statistic == "t" else own)


def weights(result: Any) -> str:
    """
    Return how many weights of two-way fixed effects are negative, and what that means.

    Parameters
    ----------
    result : Weights
        Of ``effects.weights``.
    """
    if not result.n_negative:
        return _("No weight is negative.")
    some = "{n:One|{n}} of {of} weights {n:is|are} negative"
    text = count(result.n_negative, "", some, every="All {n} weights are negative", of=result.n)
    share = -result.sum_negative / result.sum_positive if result.sum_positive else float("nan")
    then = "; together they make {share}% of the positive ones, so effects that change with time in office are not averaged fairly."
    return text + _(then, share=number(100 * share, 1))


def without(result: Any, panel: Any) -> str:
    """
    Return how far one province moves the estimate.

    Parameters
    ----------
    result : Series
        Of ``effects.leave_one_out``.
    panel : Panel
    """
    low, high = panel.difference(result.min()), panel.difference(result.max())
    text = "Without {lowest} the difference is: {low}; without {highest}: {high}."
    return _(text, low=low, high=high, lowest=province(result.idxmin()), highest=province(result.idxmax()))


def province(code: object) -> str:
    """
    Return the name of a province, or the code of any other unit as it is.

    Parameters
    ----------
    code : object
        Of a unit.
    """
    try:
        return places.name(str(code), "vi")
    except ValueError:
        return str(code)


def leads(rows: pd.DataFrame, panel: Any) -> str:
    """
    Return whether provinces already differed in the years before an arrival.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    panel : Panel
    """
    joint = rows[rows["test"] == "joint"]["p_value"]
    p = joint.sum()
    told = {
        "few": "Too few {units} have known years before an arrival to test whether they already differed.",
        "apart": "The {units} about to receive a non-local already were off the path of the others in the {n} years before (p of these years together = {p}): the difference cannot be read as an effect.",
        "alike": "In the {n} years before an arrival these {units} were not reliably off the path of the others (p of these years together = {p}); the test is weak, so this does not prove that they were on it.",
    }
    case = "few" if joint.isna().all() else "apart" if p < 0.05 else "alike"
    return _(told[case], n=len(rows) - len(joint), p=p_value(p), units=panel.units)
