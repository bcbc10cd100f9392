"""Whether the past of a province predicts the arrival of a non-local, and whether designs find effects where there should be none."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from helpers import effects, plots, study
from helpers.record import places, terms
from helpers.words import Sentence, _, between, count, joined, language, listing, number, p_is, p_value, percent, say

_TERMS = {
    "tenure": "one more year in office of the local",
    "nobody_known": "nobody known in office in some month of the twelve before",
    "congress": "a year of provincial party congresses",
    "city": "one of the five centrally run cities",
}
LEAST_ARRIVALS = 5  # behind a term of 0 and 1, below them there is no interval and no p-value
_KINDS = {"placebo": "three years before an arrival", "carryover": "three years after a departure"}


def arrivals(risk: pd.DataFrame) -> pd.DataFrame:
    """
    Return, by year, how many provinces were under a local and how many of them were under a non-local one year later.

    Parameters
    ----------
    risk : DataFrame
        Of ``study.at_risk``.
    """
    out = risk.groupby("year", as_index=False).agg(n_local=("arrives", "size"), n_arrivals=("arrives", "sum"))
    return out.astype({"n_arrivals": "int64"}).assign(share_arrivals=out["n_arrivals"] / out["n_local"])


def congresses(risk: pd.DataFrame) -> str:
    """
    Return how often an arrival followed a year of party congresses, and how often another year.

    Parameters
    ----------
    risk : DataFrame
        Of ``study.at_risk``.
    """
    share = risk.groupby("congress")["arrives"].mean()
    if len(share) < 2:
        return ""
    years = listing(map(str, sorted(risk.loc[risk["congress"] == 1, "year"].unique())))
    text = "In years of provincial party congresses ({years}) the share is {one}, in other years {other}."
    return _(text, years=years, one=percent(share[1.0], 1), other=percent(share[0.0], 1))


def hazard(fit: Callable, formula: str, risk: pd.DataFrame, past: Sequence[str]) -> pd.DataFrame:
    """
    Fit the hazard of an arrival, with each past outcome in turn.

    Parameters
    ----------
    fit : callable
        ``statsmodels.formula.api.ols`` or the like.
    formula : str
    risk : DataFrame
        Of ``study.at_risk``.
    past : sequence of str
        Past outcomes.

    Returns
    -------
    DataFrame
        Rows of results (estimator ``hazard``; model: the term); errors clustered by province, t with the provinces
        less one. Of terms of 0 and 1 ``n_cells`` counts the arrivals behind them (of a region: behind it or the one it is set
        against, if fewer). The model ``past`` is of the outcome, ``event_time`` -1 to -3 years before.
    """
    rows, of = [], {key: risk.attrs.get(key, "") for key in ("definition", "post")}
    for name, years in ((None, 0), *((name, years) for name in past for years in study.BEFORE)):
        column = f"{name}_{years}"
        data = risk.dropna(subset=["tenure", *([column] if name else [])])
        data = data.assign(region=data["region"].cat.remove_unused_categories())
        groups, when = data["unit_code"].astype(int), data["year"]
        model: Any = fit(formula + (f" + {column}" if name else ""), data)
        made = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
        told = of | {"estimator": "hazard", "n_units": groups.nunique(), "n_switching": int(data["arrives"].sum())}
        told |= {"first_year": int(when.min()), "last_year": int(when.max()), "outcome": name or ""}
        if name:
            rows.append(effects.row(made, column, model="past", event_time=-float(years), **told))
            continue
        regions = [term for term in made.params.index if term.startswith("C(region)")]
        by = data.groupby("region", observed=True)["arrives"].sum()
        for term in (*(t for t in _TERMS if t in made.params), *regions):
            short = term.rpartition("[T.")[2].rstrip("]")
            behind = min(by[short], by.iloc[0]) if term in regions else data.loc[data[term] == 1, "arrives"].sum()
            counted = {} if term == "tenure" else {"n_cells": int(behind)}
            row = effects.row(made, term, model=short, **told | counted)
            if counted and behind < LEAST_ARRIVALS:
                row = row.assign(std_error=np.nan, conf_low=np.nan, conf_high=np.nan, p_value=np.nan, test="none")
            rows.append(row)
    return pd.concat(rows, ignore_index=True)


def by_year(fit: Callable, formula: str, risk: pd.DataFrame, past: Sequence[str]) -> pd.DataFrame:
    """
    Fit the hazard with each past outcome under a formula that allows for every year by itself.

    Parameters
    ----------
    fit, formula, risk, past
        As in `hazard`.

    Returns
    -------
    DataFrame
        Rows of `hazard` of past outcomes (model: ``past_by_year``).
    """
    return _of_past(hazard(fit, formula, risk, past)).assign(model="past_by_year")


def _of_past(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["model"] == "past"].reset_index(drop=True)


def _terms(risk: pd.DataFrame) -> dict[str, str]:
    """Return what the terms of the model are called; of regions the first is the one that the others are set against."""
    there = {places.region(code, "en"): places.region(code, language()) for code in risk["unit_code"].unique()}
    base, *others = risk["region"].cat.categories
    told = {name: _("{region}, against {base}", region=there[name], base=there[base]) for name in others}
    return {name: _(text) for name, text in _TERMS.items()} | told


def sent(rows: pd.DataFrame, risk: pd.DataFrame, others: pd.DataFrame | None = None) -> Sentence:
    """
    Return whether past outcomes predict an arrival: the first sentence of 16, bold if it stands where every year is allowed for too.

    Parameters
    ----------
    rows : DataFrame
        Of `hazard`.
    risk : DataFrame
        Of ``study.at_risk``.
    others : DataFrame, optional
        Of `by_year`.
    """
    own = rows[rows["model"] == "past"]
    adjusted = pd.Series(effects.holm(own["p_value"].to_numpy()), index=own.index)
    found, n = own[adjusted < 0.05], len(own)
    named = _terms(risk)
    other = rows[rows["model"].isin(named) & (rows["p_value"] < 0.05)]
    size = "{term} ({points} percentage points)"
    told_of = [_(size, term=named[r.model], points=number(100 * r.estimate, 1, sign=True)) for r in other.itertuples()]
    beside = say("Arrivals do go with: {terms} (p under 0.05 each).", terms=listing(told_of)) if told_of else ""
    if own.empty:
        return joined(say("**No past outcome was asked about.**"), beside)
    if found.empty:
        named_ = listing(study.label_of(name, "text") for name in own["outcome"].unique())
        told = {"n": n, "p": p_value(adjusted.min()), "named": named_}
        told["ends"] = between(100 * own["conf_low"].min(), 100 * own["conf_high"].max(), 1, _("percentage points"))
        usual = percent(risk["arrives"].mean(), 1)
        text = "**None of the past outcomes looked at ({named}; 1, 2 and 3 years before) was found to predict where a non-local arrives.** Their smallest p-value, adjusted for {n} tests, is {p}. Where one of them was a standard deviation higher, the chance of an arrival in a year could still be anything {ends} (95% intervals); over all years of this page it is {usual}."
        return joined(say(text, usual=usual, **told), beside)
    parts = []
    for r in found.itertuples():
        text = "where {label} was one standard deviation {side} {when}, the chance of a non-local arriving was {points} percentage points higher ({p})"
        said = {"points": number(100 * abs(r.estimate), 1), "p": p_is(adjusted[r.Index])}
        said["side"] = _("lower") if r.estimate < 0 else _("higher")
        said["when"] = count(int(-r.event_time), "", "the year before", "{n} years before")
        parts.append(_(text, label=study.label_of(r.outcome, "text"), **said))
    named_ = "; ".join(parts)
    text = "**{parts}; why is not known.** The p-values are adjusted for {n} tests. Comparisons of years may then mix the reason for an arrival with what follows it."
    told_ = say(text, parts=named_[:1].upper() + named_[1:], n=n)
    least = 0.0 if others is None else effects.holm(others["p_value"].to_numpy()).min()
    if least >= 0.05:
        text = "**Where every year has an effect of its own, no past outcome is found to predict where a non-local arrives** (smallest p-value, adjusted for {n} tests, {least}). Where years differ by congresses alone, this is found: {parts}."
        told_ = say(text, parts=named_, n=n, least=p_value(least))
    rest = count(n - len(found), "", "The {n:other test finds|{n} others find} nothing after adjustment.")
    return joined(told_, rest, beside)


def other_definitions(fit: Callable, formula: str, risk: pd.DataFrame, past: Sequence[str]) -> pd.DataFrame:
    """
    Fit the hazard under the other definitions of local, without the provinces and years that ``risk`` leaves out.

    Parameters
    ----------
    fit, formula, risk, past
        As in `hazard`.

    Returns
    -------
    DataFrame
        Rows of `hazard` of past outcomes; none where none is asked about.
    """
    others = [name for name in terms.DEFINITIONS if past and name != risk.attrs["definition"]]
    whole, made = study.at_risk(risk.attrs["definition"], risk.attrs["post"]), []
    for name in others:
        data = study.at_risk(name, risk.attrs["post"], past)
        for key in ("unit_code", "year"):
            data = data[~data[key].isin({*whole[key]} - {*risk[key]})]
        made.append(hazard(fit, formula, data, past))
    return _of_past(pd.concat(made)) if made else effects.result(estimate=[])


def by_other_definitions(rows: pd.DataFrame) -> str:
    """
    Return the smallest adjusted p-value of each definition: what the same question finds there.

    Parameters
    ----------
    rows : DataFrame
        Of `other_definitions`.
    """
    told = []
    for name, own in rows.groupby("definition", sort=False):
        p = p_value(effects.holm(own["p_value"].to_numpy()).min())
        told.append(_("{definition} it is {p}", definition=study.definition_of(name), p=p))
    text = "The smallest p-value of a past outcome under other definitions of local, adjusted in the same way: {told}."
    return _(text, told=listing(told)) if told else ""


def _before(row: Any) -> str:
    """Return a past outcome and how long before: "PCI score, 2 years before"."""
    years = int(-row.event_time)
    return count(years, "", "{label}, 1 year before", "{label}, {n} years before", label=study.label_of(row.outcome))


def hazard_table(rows: pd.DataFrame, risk: pd.DataFrame) -> pd.DataFrame:
    """
    Return the rows of the hazard in percentage points, with what each term is.

    Parameters
    ----------
    rows : DataFrame
        Of `hazard`.
    risk : DataFrame
        Of ``study.at_risk``, for the regions.
    """
    named = _terms(risk)
    out = rows[["estimate", "conf_low", "conf_high"]] * 100
    out.insert(0, "term", [named.get(row.model) or _before(row) for row in rows.itertuples()])
    out = out.join(rows[["p_value", "n_obs"]])
    caption = count(len(out), "", "One term, percentage points", "{n} terms, percentage points")
    out.attrs = {"digits": 1, "caption": caption}
    return out


def hazard_figure(rows: pd.DataFrame, risk: pd.DataFrame) -> Any:
    """
    Return the figure of the terms of the hazard; past outcomes that stand after adjustment are in colour.

    Parameters
    ----------
    rows, risk : DataFrame
        As in `hazard_table`.
    """
    own = rows["model"].to_numpy() == "past"
    found = np.flatnonzero(own)[effects.holm(rows.loc[own, "p_value"]) < 0.05]
    none = "No past outcome goes with an arrival"
    some = "{n:One past outcome goes|{n} past outcomes go} with an arrival, of {of} tests made, where years differ by congresses alone"
    title = count(len(found), none, some, of=int(own.sum()))
    of = {name: int(rows[column].max()) for name, column in (("n", "n_obs"), ("arrivals", "n_switching"))}
    about: dict[str, Any] = {"scale": 100.0, "digits": 1, "measure": _("percentage points"), "source": "leaders.csv"}
    text = "{several:at most |}{n} province-years under locals, {arrivals} followed by a non-local"
    about["foot"] = _(text, several=rows["n_obs"].nunique() > 1, **of)
    texts = {"axis": "chance of an arrival, {measure}", "detail": _("95% intervals"), "name": "arrivals"}
    labels, accent = hazard_table(rows, risk)["term"].tolist(), found.tolist()
    return plots.forest(rows, SimpleNamespace(**about), title=title, labels=labels, accent=accent, **texts)


def nothing(outcomes: Sequence[str], definition: str, post: str, draws: int = 500) -> pd.DataFrame:
    """
    Fit the out-of-sample placebo and the carry-over test of each outcome.

    Parameters
    ----------
    outcomes : sequence of str
    definition : str
    post : str
        As in ``study.panel``.
    draws : int
        Bootstrap draws of provinces.

    Returns
    -------
    DataFrame
        Rows of ``effects.fit_placebo`` with ``bound``, the difference asked about, and ``scale``; none where a design is refused.
    """
    rows = []
    for name in outcomes:
        panel = study.panel(name, definition, post)
        for kind in _KINDS:
            fit = effects.attempt(effects.fit_placebo, panel, kind, draws=draws)
            rows.append(fit.assign(bound=fit.attrs.get("bound"), scale=panel.scale))
    return pd.concat(rows, ignore_index=True) if rows else effects.result(estimate=[]).assign(bound=[], scale=[])


def nothing_table(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Return the tests of `nothing`, one row each, in the unit of each outcome.

    Parameters
    ----------
    rows : DataFrame
    """
    one, two = (rows[rows["test"] == test].reset_index(drop=True) for test in ("bootstrap", "equivalence"))
    out = one[["estimate", "conf_low", "conf_high", "bound"]].mul(one["scale"], axis=0)
    out.insert(0, "label", [study.label_of(name) for name in one["outcome"]])
    out.insert(1, "years", [_(_KINDS[kind]) for kind in one["model"]])
    out = out.assign(p_value=one["p_value"], p_equivalence=two["p_value"]).join(one[["n_cells", "n_units"]])
    out.attrs = {"digits": 2}
    return out


def found_nothing(rows: pd.DataFrame) -> Sentence:
    """
    Return how many tests find a difference where there should be none, and how many exclude one.

    Parameters
    ----------
    rows : DataFrame
        Of `nothing`.
    """
    p, equal = (rows.loc[rows["test"] == test, "p_value"].to_numpy() for test in ("bootstrap", "equivalence"))
    tested = ~np.isnan(p)
    found, excluded, total = effects.holm(p[tested]) < 0.05, equal[tested] < 0.05, int(tested.sum())
    if not total:
        return say("No such test could be made.")
    none = "No test finds a difference (p under 0.05 after Holm's adjustment)."
    some = "{n:One test finds|{n} of {total} tests find} a difference (p under 0.05 after Holm's adjustment)."
    finds = count(found.sum(), none, some, total=total)
    none, one = "No test excludes one of that size (p under 0.05).", "One excludes one of that size (p under 0.05)."
    excludes = count(excluded.sum(), none, one, "{n} exclude one of that size (p under 0.05).")
    one, many, every = "One leaves it open.", "{n} leave it open.", "All {n} leave it open."
    rest = count((~found & ~excluded).sum(), "", one, many, every, of=total)
    some = "{n:One|{n}} could not be tested: too few provinces stand behind {n:it|them}."
    return joined(finds, excludes, rest, count(int((~tested).sum()), "", some))


def departures(definition: str, post: str) -> pd.DataFrame:
    """
    Return who followed a local whose term ended by age, death or a matter of discipline, and who followed another local.

    Parameters
    ----------
    definition : str
    post : {"secretary", "chair"}

    Returns
    -------
    DataFrame
        One row a kind of departure (``kind``): departures, successors known to be local or not, how many of them non-local, their share.
    """
    definition, post = study.who(definition, post)
    table = terms.spells(definition, post=post).query("not early")
    following = table.groupby("unit_code")["non_local"].shift(-1)
    left = table[~table["non_local"].fillna(True) & (table["end"] <= terms.LAST_MONTH)]
    forced = left["left_by"].notna().map({True: _("by age, death or discipline"), False: _("other or not recorded")})
    after = following[left.index].groupby(forced)
    out = pd.DataFrame({"n_departures": after.size(), "n_known": after.count(), "n_non_local": after.sum()})
    out = out.astype("int64").rename_axis("kind").reset_index()
    out = out.assign(share_non_local=out["n_non_local"] / out["n_known"])
    ends = {"first_year": int(left["end"].min().year), "last_year": int(left["end"].max().year)}
    text = "Terms in office of locals that ended from {first_year} to {last_year}, in all 63 provinces"
    out.attrs["caption"] = _(text, **ends)
    return out
