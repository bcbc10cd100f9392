"""Sentences and rows about leaders as such: whether they matter, and what a change of leader does."""

import dataclasses
from typing import Any

import pandas as pd

from helpers import effects
from helpers.effects.leaders import permute_spells
from helpers.findings.events import left_aside, scaled
from helpers.record import terms
from helpers.words import Sentence, _, count, joined, listing, number, p_value, percent, rounded, say

CHANGES = {"change_0": "in the first year", "change_1": "one year later", "change_2": "two years later"}
_TERMS = {
    "change_0": "leader new on 30 June",
    "change_1": "leader new one year before",
    "change_2": "leader new two years before",
    "d": "leader non-local",
}
_VERDICTS = {
    "yes": "**Taken alone, averages of {label} under different leaders lie further apart than luck explains.** Within one {unit} they lie further apart than those of the same terms in another order, and further than with the dates of change of other {units}. Neither test is adjusted for other outcomes and posts.",
    "calendar": "**Taken alone, averages of {label} under different leaders lie further apart than by chance, but no further than if {units} had changed leaders at each other's dates.** What happened around congresses explains it as well as the leaders do. Neither test is adjusted for other outcomes and posts.",
    "no": "**These data do not show that it makes a difference who leads.** Averages of {label} under different leaders of one {unit} lie about as far apart as luck alone can put them: {share} of what province and year leave lies between leaders, and more than {least} would have been needed to tell it from luck.",
}
_TITLES = {
    "yes": "further apart under different leaders than luck explains",
    "calendar": "no difference beyond the dates of change",
    "no": "no difference beyond luck",
}
_NAMELESS = "No leader is named in these years, so this cannot be asked: give a column of persons, or terms in office."


def one_leader(frame: pd.DataFrame) -> str:
    """
    Return how many provinces with a value had the same leader throughout and so add nothing.

    Parameters
    ----------
    frame : DataFrame
        unit_code, spell_id, y.
    """
    of_unit = frame.dropna(subset=["spell_id"]).groupby("unit_code")
    n = int(((of_unit["spell_id"].nunique() == 1) & (of_unit["y"].count() > 0)).sum())
    some = "{n:One province|{n} provinces} had the same leader throughout and so {n:adds|add} nothing here."
    return count(n, "", some)


def _found(test: Any) -> str:
    return "no" if test.p_value > 0.05 else "yes" if test.p_calendar <= 0.05 else "calendar"


def leaders(test: Any, panel: Any) -> Sentence:
    """
    Return whether it makes a difference who leads, by both tests.

    Parameters
    ----------
    test : LeaderTest
    panel : Panel
    """
    told = {"share": percent(test.statistic, 1), "least": percent(test.least, 1)}
    return panel.scoped(say(_VERDICTS[_found(test)], label=panel.label, unit=panel.unit, units=panel.units, **told))


def leaders_title(test: Any, panel: Any) -> str:
    """
    Return the verdict as a title.

    Parameters
    ----------
    test : LeaderTest
    panel : Panel
    """
    return f"{panel.heading}: {_(_TITLES[_found(test)])}"


def _is_left(test: Any, panel: Any) -> bool:
    return bool(test.variance > 0 and rounded(test.variance**0.5 * panel.scale, panel.digits) != 0)


def _kept(test: Any) -> str:
    return percent(float(test.effects["reliability"].mean()))


def shrinkage(test: Any, panel: Any) -> str:
    """
    Return how much of a measured average is kept, and what differences between leaders remain.

    Parameters
    ----------
    test : LeaderTest
    panel : Panel
    """
    if not _is_left(test, panel):
        return _("Beyond chance nothing is left: every average is drawn to zero.")
    text = "Beyond chance, what goes with leaders differs by a standard deviation of {spread} {measure}; of a measured average {kept} is kept, on average over terms."
    spread = number(test.variance**0.5 * panel.scale, panel.digits)
    told = _(text, spread=spread, kept=_kept(test), measure=panel.measure)
    bound = _("Since the two tests do not both speak for leaders, read this as an upper bound.")
    return told if _found(test) == "yes" else f"{told} {bound}"


def shrinkage_title(test: Any, panel: Any) -> str:
    """
    Return how much of a measured average is kept as a title; empty where nothing is.

    Parameters
    ----------
    test : LeaderTest
    panel : Panel
    """
    text = "{label}: of a leader's average {sure:|at most }{kept} is kept, the rest is luck"
    told = _(text, label=panel.heading, kept=_kept(test), sure=_found(test) == "yes")
    return told if _is_left(test, panel) else ""


def movers(panel: Any) -> str:
    """
    Return how many leaders led several provinces, and why that does not suffice.

    Parameters
    ----------
    panel : Panel
    """
    people = terms.spells(post=panel.post)[["spell_id", "person_id"]].rename(columns={"person_id": "person"})
    rows = panel.frame.merge(people, on="spell_id", how="left").dropna(subset=["y", "person"])
    n = int((rows.groupby("person")["unit_code"].nunique() > 1).sum())
    none = "No leader led more than one province in these years, so the two cannot be separated."
    some = "{n:One leader|{n} leaders} led more than one province in these years; far more moves would be needed to separate the two."
    return count(n, none, some)


def with_changes(panel: Any) -> pd.DataFrame:
    """
    Return the complete cells of a panel with the changes of leader in the year and the two years before.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    DataFrame
        Columns of ``panel.complete``, change_0, change_1, change_2 (1 = a leader of known start took over in the twelve months to
        30 June of that year, the day on which d is taken).
    """
    effects.design(panel)  # refused in the panel's own words where nothing can be compared
    first = max(panel.first - 2, terms.first_year(panel.post))
    record = terms.yearly(panel.definition, (first, panel.last), post=panel.post)[["unit_code", "year", "turnover"]]
    out = panel.complete
    for lag, name in enumerate(CHANGES):
        earlier = record.assign(year=record["year"] + lag).rename(columns={"turnover": name})
        out = out.merge(earlier, on=["unit_code", "year"], how="left")
    return out.dropna(subset=[*CHANGES]).astype(dict.fromkeys(CHANGES, "float64")).reset_index(drop=True)


def turnover(data: pd.DataFrame, names: list[str], panel: Any, draws: int = 1_000) -> pd.DataFrame:
    """
    Return a row for each term of the regression on changes of leader, the others held fixed; interval and p-value by reassignment.

    Parameters
    ----------
    data : DataFrame
        Of :func:`with_changes`.
    names : list of str
        The terms, each a row (column model), some of a change of leader.
    panel : Panel
    draws : int
    """
    way: dict[str, Any] = {"inference_by": "reassignment", "draws": draws}
    if not CHANGES.keys() & names:
        raise effects.DesignRefused("terms are {names}; expected some of {expected}.", names=names, expected=[*CHANGES])
    fits = {name: effects.fit_twfe(data, d=name, covariates=[x for x in names if x != name], **way) for name in names}
    return pd.concat([fit.assign(model=name) for name, fit in fits.items()], ignore_index=True).assign(**panel.asked)


def _changes(rows: pd.DataFrame) -> pd.DataFrame:
    part = rows[rows["model"].isin(CHANGES)]
    return part.assign(p_adjusted=(len(part) * part["p_value"].astype(float)).clip(upper=1))


def _beside(rows: pd.DataFrame, panel: Any) -> Sentence:
    """Return what the line of non-local leaders shows where it stands out, which is another question than that of a change."""
    low = rows[(rows["model"] == "d") & (rows["p_value"].astype(float) < 0.05)]
    text = "With the changes held fixed, years under non-locals differ from those under locals: {size} (p = {p}, not adjusted). That is not the question of this page: see [07](07_association.ipynb)."
    return joined(*(say(text, size=panel.difference(x.estimate), p=p_value(x.p_value)) for x in low.itertuples()))


def change(rows: pd.DataFrame, panel: Any) -> Sentence:
    """
    Return what follows a change of leader, whoever comes: the first sentence of 11.

    Parameters
    ----------
    rows : DataFrame
        Of `turnover`.
    panel : Panel
    """
    part = _changes(rows)
    found = part[part["p_adjusted"] < 0.05]
    if found.empty:
        low, high, first = part[["conf_low", "conf_high", "model"]].iloc[0]
        text = "**These data do not show a difference in {label} after a change of leader, whoever comes.** {when} the difference is: {now}; {few:too few provinces stand behind it for an interval|it could lie anywhere {ends} (95% interval)}."
        looked = "The smallest p-value of the {n} years looked at, adjusted for so many looks, is {p}."
        looks = count(len(part), "", "The p-value is {p}.", looked, p=p_value(part["p_adjusted"].min()))
        if part["p_value"].isna().all():
            text = "**These data cannot say whether there is a difference in {label} after a change of leader, whoever comes:** the sequences of leaders can be reassigned in too few ways for a p-value below 0.05. {when} the difference is: {now}."
            looks = ""
        when, now = _(CHANGES[first]), panel.difference(part["estimate"].iloc[0])
        value = {"when": when[:1].upper() + when[1:], "now": now, "ends": panel.between(low, high)}
        value["few"] = pd.isna(low) or pd.isna(high)
        return panel.scoped(joined(say(text, label=panel.label, **value), looks, _beside(rows, panel)))
    text = "{when}: {size} (p = {p})"
    told_of = [(_(CHANGES[x.model]), panel.difference(x.estimate), p_value(x.p_adjusted)) for x in found.itertuples()]
    parts = [_(text, when=when, size=size, p=p) for when, size, p in told_of]
    text = "**Taken alone, there is a difference in {label} after a change of leader, whoever comes.** {parts}. {looks} This concerns any change of leader, not where the new one is from."
    many = "The p-values are adjusted for {n} looks at this outcome, not for the other outcomes."
    looks = count(len(part), "", "The p-value is not adjusted for the other outcomes.", many)
    told = listing(parts)
    said = say(text, label=panel.label, parts=told[:1].upper() + told[1:], looks=looks)
    return panel.scoped(joined(said, _beside(rows, panel)))


def change_title(rows: pd.DataFrame, panel: Any) -> str:
    """
    Return the finding on changes as a title.

    Parameters
    ----------
    rows : DataFrame
        Of `turnover`.
    panel : Panel
    """
    part = _changes(rows)
    found = part.query("p_adjusted < 0.05")
    if part["p_value"].isna().all():
        return _("{label}: whether there is a difference after a change of leader cannot be told", label=panel.heading)
    if found.empty:
        return _("{label}: no reliable difference after a change of leader", label=panel.heading)
    when = listing(_(CHANGES[name]) for name in found["model"])
    return _("{label}: a difference after a change of leader, {when}", label=panel.heading, when=when)


def change_labels(rows: pd.DataFrame) -> list[str]:
    """
    Return the terms of `turnover` in words.

    Parameters
    ----------
    rows : DataFrame
    """
    return [_(_TERMS[name]) if name in _TERMS else name for name in rows["model"]]


def held_fixed(alone: Any, together: Any, panel: Any) -> pd.DataFrame:
    """
    Return the estimate for non-locals with and without the changes held fixed, on the same cells.

    Parameters
    ----------
    alone, together : statsmodels result
        Without and with the changes.
    panel : Panel
    """
    rows = pd.concat([effects.row(fit, "d") for fit in (alone, together)], ignore_index=True)
    named = rows.assign(model=[_("without the changes"), _("with the changes held fixed")])
    return scaled(named, panel)[["model", "estimate", "n_obs"]]


def leader_rows(test: Any, panel: Any) -> pd.DataFrame:
    """
    Return the two tests of whether leaders matter as results (model: spells, calendar); the estimate is the share of variance between them.

    Parameters
    ----------
    test : LeaderTest
    panel : Panel
    """
    counted = {"n_obs": test.n_obs, "n_units": test.n_units, "n_clusters": test.n_spells, "n_draws": len(test.draws)}
    years = panel.frame.dropna(subset=["y", "spell_id"])["year"]
    told = {"outcome": panel.outcome, "post": panel.post, "first_year": years.min(), "last_year": years.max()}
    p, share = [test.p_value, test.p_calendar], [test.statistic] * 2
    kind = {"estimator": "leaders", "model": ["spells", "calendar"], "test": "permutation"}
    return effects.result(estimate=share, p_value=p, **kind, **counted, **told)


def own_turnover(panel: Any) -> pd.DataFrame:
    """
    Return the row of a change of leader in its year, with whether the leader is non-local held fixed; no rows where no leader is named.

    Parameters
    ----------
    panel : Panel
        A reader's own.
    """
    frame = panel.frame
    if "turnover" not in frame or not frame["turnover"].notna().any():
        none = effects.result(estimate=[])
        none.attrs["refused"] = _(_NAMELESS)
        return none
    changed = frame.assign(change_0=frame["turnover"].astype("Float64"), d=frame["treated"])
    data = dataclasses.replace(panel, kept=changed, covariates=("d", *panel.covariates))
    return effects.attempt(effects.fit_twfe, data, d="change_0").assign(model="change_0")


def own_change(rows: pd.DataFrame, panel: Any) -> str:
    """
    Return what goes with a change of leader in a reader's own panel, or why it cannot be said.

    Parameters
    ----------
    rows : DataFrame
        Of `own_turnover`.
    panel : Panel
    """
    if not len(rows):
        return _("This cannot be estimated: {reason}", reason=str(rows.attrs.get("refused", "")))
    estimate, p = rows[["estimate", "p_value"]].iloc[0]
    text = "A change of leader in the twelve months to 30 June: {label} differs in that year by: {said} (p = {p})."
    return _(text, label=panel.label, said=panel.difference(estimate), p=p_value(p))


def own_persons(panel: Any, draws: int) -> Any:
    """
    Return the test of whether leaders matter, of more than 200 units in as many drawn with seed 1, or why it is refused.

    Parameters
    ----------
    panel : Panel
        A reader's own.
    draws : int
        A fifth of the permutations, 5,000 at most.
    """
    frame = panel.frame
    if "spell_id" not in frame or frame["spell_id"].isna().all():
        return _(_NAMELESS)
    codes = frame.dropna(subset=["spell_id"])["unit_code"].drop_duplicates().sort_values()
    codes = codes.sample(200, random_state=1) if len(codes) > 200 else codes
    try:
        return permute_spells(frame[frame["unit_code"].isin(codes)], draws=min(5_000, 5 * draws))
    except effects.DesignRefused as refused:
        return refused


def own_leaders(test: Any, panel: Any) -> Sentence:
    """
    Return whether leaders matter in a reader's own panel, or why it cannot be said.

    Parameters
    ----------
    test : LeaderTest, or what `own_persons` gave in its place
    panel : Panel
    """
    if not hasattr(test, "p_calendar"):
        return say("This cannot be estimated: {reason}", reason=str(test))
    return joined(leaders(test, dataclasses.replace(panel, covariates=())), left_aside(panel))
