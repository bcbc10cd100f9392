"""Sentences and rows about leaders as such: whether they matter, and what a change of leader does."""

from typing import Any

import pandas as pd

from helpers import effects
from helpers.effects.leaders import permute_spells
from helpers.findings.events import scaled
from helpers.record import terms
from helpers.words import Sentence, _, count, difference, listing, number, p_value, percent, say

_TERMS = {
    "change_0": "new leader this year",
    "change_1": "new leader one year ago",
    "change_2": "new leader two years ago",
    "d": "leader non-local",
}


def one_leader(led: pd.DataFrame) -> str:
    """Return how many provinces had the same leader throughout and so add nothing."""
    n = int((led.groupby("unit_code")["spell_id"].nunique() == 1).sum())
    return count(
        n,
        "",
        "One province had the same leader throughout and so adds nothing here.",
        "{n} provinces had the same leader throughout and so add nothing here.",
    )


def _leaders_found(test: Any) -> str:
    return "yes" if test.p_value <= 0.05 and test.p_calendar <= 0.05 else "calendar" if test.p_value <= 0.05 else "no"


def leaders(test: Any, panel: Any) -> Sentence:
    """
    Return whether it makes a difference who leads, by both tests.

    Parameters
    ----------
    test : LeaderTest
    panel : Panel
    """
    found = _leaders_found(test)
    text = {
        "yes": "**Who leads makes a difference that luck does not explain.** Averages of {label} under different leaders of one {unit} lie further apart than the same terms in another order, and further than with the dates of change of other {units}.",
        "calendar": "**Averages of {label} under different leaders lie further apart than chance makes them, but no further than if {units} had changed leaders at each other's dates.** What happened around congresses explains it as well as the leaders do.",
        "no": "**These data do not show that it makes a difference who leads.** Averages of {label} under different leaders of one {unit} lie about as far apart as luck alone can put them.",
    }[found]
    return say(text, label=panel.label, unit=panel.unit, units=panel.units)


def leaders_title(test: Any, panel: Any) -> str:
    """Return the verdict as a title."""
    short = {
        "yes": _("who leads makes a difference"),
        "calendar": _("no difference beyond the dates of change"),
        "no": _("no difference beyond luck"),
    }
    return f"{panel.heading}: {short[_leaders_found(test)]}"


def shrinkage(test: Any, panel: Any) -> str:
    """Return how much of a measured average is kept, and what differences between leaders remain."""
    if test.variance <= 0 or round(test.variance**0.5 * panel.scale, panel.digits) == 0:
        return _("Beyond chance nothing is left: every average is drawn to zero.")
    spread = number(test.variance**0.5 * panel.scale, panel.digits)
    kept = percent(float(test.effects["reliability"].mean()))
    text = _("Beyond chance, what goes with leaders differs by a standard deviation of {spread} {measure}; of a measured average {kept} is kept, on average over terms.",
             spread=spread, measure=panel.measure, kept=kept)  # fmt: skip
    if _leaders_found(test) == "yes":
        return text
    return text + " " + _("Since the two tests do not both speak for leaders, read this as an upper bound.")


def movers(panel: Any) -> str:
    """Return how many leaders led several provinces, and why that does not suffice."""
    people = terms.spells(post=panel.post)[["spell_id", "person_id"]].rename(columns={"person_id": "person"})
    rows = panel.frame.merge(people, on="spell_id", how="left").dropna(subset=["y", "person"])
    n = int((rows.groupby("person")["unit_code"].nunique() > 1).sum())
    text = count(
        n,
        "No leader led two provinces in these years.",
        "One leader led two provinces in these years.",
        "{n} leaders led two provinces in these years.",
    )
    return f"{text} " + _("Far more moves would be needed to separate the two.")


def with_changes(panel: Any) -> pd.DataFrame:
    """
    Return the complete cells of a panel with the changes of leader in the year and the two years before.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    DataFrame
        Columns of ``panel.complete``, change_0, change_1, change_2 (1 = a leader of known start took over in that year).
    """
    first = max(panel.first - 2, terms.first_year(panel.post))
    record = terms.yearly(panel.definition, (first, panel.last), post=panel.post)[["unit_code", "year", "turnover"]]
    out = panel.complete
    for lag in (0, 1, 2):
        earlier = record.assign(year=record["year"] + lag, turnover=record["turnover"].astype("Float64")).rename(
            columns={"turnover": f"change_{lag}"}
        )
        out = out.merge(earlier, on=["unit_code", "year"], how="left")
    names = ["change_0", "change_1", "change_2"]
    return out.dropna(subset=names).astype(dict.fromkeys(names, "float64")).reset_index(drop=True)


def turnover(fit: Any, data: pd.DataFrame, names: list[str], panel: Any, draws: int = 1_000) -> pd.DataFrame:
    """
    Return the rows of a regression on changes of leader, with p-values by reassignment.

    Parameters
    ----------
    fit : statsmodels result
    data : DataFrame
        Of :func:`with_changes`.
    names : list of str
        Its terms, each a row (column model).
    panel : Panel
    draws : int
    """
    rows = []
    for name in names:
        rest = [other for other in names if other != name]
        chance = effects.fit_twfe(data, d=name, covariates=rest, inference_by="reassignment", draws=draws)
        row = effects.row(fit, name, estimator="twfe", model=name, outcome=panel.outcome, definition=panel.definition, post=panel.post,
                          n_units=int(chance["n_units"].iloc[0]), n_switching=int(chance["n_switching"].iloc[0]), n_clusters=int(chance["n_clusters"].iloc[0]),
                          first_year=int(data["year"].min()), last_year=int(data["year"].max()))  # fmt: skip
        rows.append(row.assign(p_value=chance["p_value"].to_numpy(), test="reassignment_t"))
    return pd.concat(rows, ignore_index=True)


def _changes(rows: pd.DataFrame) -> pd.DataFrame:
    part = rows[rows["model"] != "d"]
    return part.assign(p_adjusted=(3 * part["p_value"].astype(float)).clip(upper=1))


def change(rows: pd.DataFrame, panel: Any) -> Sentence:
    """Return what follows a change of leader, whoever comes: the first sentence of 11."""
    part = _changes(rows)
    found = part[part["p_adjusted"] < 0.05]
    size = {
        row.model: difference(row.estimate * panel.scale, panel.digits, panel.measure, panel.better)
        for row in part.itertuples()
    }
    if found.empty:
        return say(
            "**These data do not show that {label} differs after a change of leader, whoever comes.** In the year of the change the difference is: {now}; "
            "the smallest p-value over that year and the next two, adjusted for three looks, is {p}.",
            label=panel.label, now=size["change_0"], p=p_value(part["p_adjusted"].min()),
        )  # fmt: skip
    parts = [
        _("{when}: {size} (adjusted p = {p})", when=_when(row.model), size=size[row.model], p=p_value(row.p_adjusted))
        for row in found.itertuples()
    ]
    return say(
        "**After a change of leader, whoever comes, {label} differs.** {parts}. This concerns any change of leader, not where the new one is from.",
        label=panel.label, parts=listing(parts),
    )  # fmt: skip


def _when(model: str) -> str:
    return {"change_0": _("in the year itself"), "change_1": _("one year later"), "change_2": _("two years later")}[
        model
    ]


def change_title(rows: pd.DataFrame, panel: Any) -> str:
    """Return the finding on changes as a title."""
    found = _changes(rows).query("p_adjusted < 0.05")
    if found.empty:
        return _("{label}: no reliable difference after a change of leader", label=panel.heading)
    return _(
        "{label}: a difference after a change of leader, {when}",
        label=panel.heading,
        when=listing(_when(name) for name in found["model"]),
    )


def change_labels(rows: pd.DataFrame) -> list[str]:
    """Return the terms of :func:`turnover` in words."""
    return [_(_TERMS[name]) for name in rows["model"]]


def held_fixed(alone: Any, together: Any, panel: Any) -> pd.DataFrame:
    """Return the estimate for non-locals with and without the changes held fixed, on the same cells."""
    rows = pd.concat(
        [effects.row(fit, "d", model=name) for name, fit in (("alone", alone), ("with changes held fixed", together))],
        ignore_index=True,
    )
    out = scaled(rows, panel)[["model", "estimate", "n_obs"]]
    out = out.assign(model=[_(name) for name in ("without the changes", "with the changes held fixed")])
    out.attrs = {"digits": panel.digits}
    return out


def leader_rows(test: Any, panel: Any) -> pd.DataFrame:
    """Return the two tests of whether leaders matter as results (model: spells, calendar); the estimate is the share of variance between them."""
    return effects.result(
        outcome=panel.outcome, post=panel.post, estimator="leaders", model=["spells", "calendar"], test="permutation", estimate=[test.statistic] * 2,
        p_value=[test.p_value, test.p_calendar], n_obs=test.n_obs, n_units=test.n_units, n_clusters=test.n_spells, n_draws=len(test.draws),
        first_year=panel.first, last_year=panel.last,
    )  # fmt: skip


def own_turnover(panel: Any) -> pd.DataFrame:
    """Return the row of a change of leader in its year, with whether the leader is non-local held fixed; no rows where no leader is named."""
    frame = panel.frame
    if "turnover" not in frame or not frame["turnover"].notna().any():
        none = effects.result(estimate=[])
        none.attrs["refused"] = _(
            "No leader is named in these years, so this cannot be asked: give a column of persons, or terms in office."
        )
        return none
    data = frame.assign(change_0=frame["turnover"].astype("Float64"), d=frame["treated"])
    return effects.attempt(effects.fit_twfe, data, d="change_0", covariates=["d"]).assign(
        model="change_0", outcome=panel.outcome
    )


def own_change(rows: pd.DataFrame, panel: Any) -> str:
    """Return what goes with a change of leader in a reader's own panel, or why it cannot be said."""
    if not len(rows):
        return _("This cannot be estimated: {reason}", reason=str(rows.attrs.get("refused", "")))
    row = rows.iloc[0]
    said = difference(row["estimate"] * panel.scale, panel.digits, panel.measure, panel.better)
    return _(
        "A change of leader: {label} differs in that year by: {said} (p = {p}).",
        label=panel.label,
        said=said,
        p=p_value(row["p_value"]),
    )


def own_persons(panel: Any, draws: int, most: int = 200) -> Any:
    """Return the test of whether leaders matter on at most so many units (drawn with seed 1), or why it is refused."""
    held = panel.frame.dropna(subset=["spell_id"]) if "spell_id" in panel.frame else panel.frame.iloc[:0]
    codes = held["unit_code"].drop_duplicates().sort_values()
    codes = codes.sample(most, random_state=1) if len(codes) > most else codes
    if held.empty:
        return _(
            "No leader is named in these years, so this cannot be asked: give a column of persons, or terms in office."
        )
    try:
        return permute_spells(held[held["unit_code"].isin(codes)], draws=min(5_000, 5 * draws))
    except effects.DesignRefused as refused:
        return refused


def own_leaders(test: Any, panel: Any) -> Sentence:
    """Return whether leaders matter in a reader's own panel, or why it cannot be said."""
    if not hasattr(test, "p_calendar"):
        return say("This cannot be estimated: {reason}", reason=str(test))
    return leaders(test, panel)
