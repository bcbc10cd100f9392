"""What was found, said once: the verdict on an outcome, and the sentences and titles that every page takes from it."""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import effects, paths, study, words
from helpers.findings.events import design, designs, first_changes, horizons, reason_of, scaled
from helpers.record import tables
from helpers.words import Sentence, _, between, count, difference, joined, known, listing, number, p_value, percent, say

MAIN = "00_main_designs"
_KEYS = ["outcome", "definition", "post"]
_ANSWERS = {
    "": "**These data cannot answer the question.** No main design can be tested for {label}, {first}-{last}.",
    "none": "**We found no reliable difference.** In {first}-{last}, {refused:no main design that could be tested ({tested})|none of the main designs} finds a difference in {label} between years under {who} and {others} in the same {unit}.",
    "all": "**Every main design finds a difference.** In {first}-{last}, we find {label} {way} in years under {who} than in {others} in the same {unit}.",
    "all tested": "**Every main design that could be tested finds a difference** ({tested}). In {first}-{last}, we find {label} {way} in years under {who} than in {others} in the same {unit}.",
    "fragile": "**No difference holds up.** {ways} Compared are years under {who} and {others}, {first}-{last}; a difference is found by {agree}.",
    "some": "**The main designs disagree.** In {first}-{last}, we find {label} {way} under {who} by {agree}, but not by {disagree}.",
}
VERDICTS = {"none": "none found", "some": "designs disagree", "all": "found by all designs"}


def stored(notebook: str) -> pd.DataFrame:
    """
    Return the tidy results that the reports of a notebook left, of all units and without covariates; no rows where there are none.

    Parameters
    ----------
    notebook : str
        Its name, such as ``07_association``.

    Returns
    -------
    DataFrame
        The rows of ``reports/<notebook>/*/results.csv`` with ``report`` before them. Reports of some units only (sample: a region
        or codes, see `study.Panel.sample`) or with covariates answer other questions and are left out.
    """
    parts = []
    for file in sorted((paths.reports() / notebook).glob("*/results.csv")):
        part = pd.read_csv(file, dtype={"unit_code": "str"}, low_memory=False)
        part.insert(0, "report", f"{notebook}/{file.parent.name}")
        if "covariates" not in part and not part["sample"].astype(str).str.contains("[_;:]").any():
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else _nothing()


def _nothing() -> pd.DataFrame:
    none = effects.result(estimate=[])
    none.insert(0, "report", pd.Series(dtype="str"))
    return none


def elsewhere(panel: Any, text: str) -> Sentence:
    """
    Return a sentence that leads to the page of the same outcome in another notebook; nothing for a reader's own panel, which has none.

    Parameters
    ----------
    panel : Panel
    text : str
        The sentence, a message.
    """
    return Sentence() if panel.definition == "own" else say(text)


def way(row: dict) -> str:
    """
    Return the direction that the designs which find a difference agree on, such as "lower (worse)".

    Parameters
    ----------
    row : dict
        Of ``effects.verdict``.
    """
    good = {"better": _("better"), "worse": _("worse")}.get(row["effect"], "")
    text = {"higher": _("higher"), "lower": _("lower")}.get(row["direction"], _("different"))
    return f"{text} ({good})" if good else text


def sides(row: dict, panel: Any) -> dict[str, Any]:
    """
    Return the main designs that find a difference and those that do not, each in words: "by" agree, "not by" disagree.

    Parameters
    ----------
    row : dict
        Of ``effects.verdict``.
    panel : Panel
    """
    against = _(" nor by ").join(design(name, panel) for name in row["disagree"])
    return {"agree": designs(row["agree"], panel), "disagree": against}


@dataclass(frozen=True)
class Finding:
    """
    The verdict on one outcome, definition and post, with its sentences in the language switched on.

    Attributes
    ----------
    panel : Panel
    row : dict
        Of ``effects.verdict``: found (none, some, all), direction, effect, agree, disagree, refused, n_designs, family, ...
    rows : DataFrame
        The main designs' rows (``effects.main``) that it rests on.
    others : DataFrame
        Those of all other questions that are counted.
    """

    panel: Any
    row: dict
    rows: pd.DataFrame
    others: pd.DataFrame | None = None

    def __repr__(self) -> str:
        return f"Finding: {self.row['found']} of {self.row['n_designs']} main designs, {self.row['direction']}"

    @property
    def table(self) -> pd.DataFrame:
        """The main designs of this panel, one row each, in the unit of the outcome."""
        names = [name for name, _test in effects.MAIN_DESIGNS]
        columns = ["estimate", "conf_low", "conf_high", "p_value", "n_obs", "n_cells", "n_switching"]
        out = scaled(self._main.reindex(names)[columns].reset_index(), self.panel)
        if self.row["family"] > 1:
            out.insert(5, "p_adjusted", [self.row.get(f"holm_{name}") for name in names])
        notes = {name: text[:1].upper() + text[1:] for name, text in (self._beyond | self._untested).items()}
        if notes:
            out["note"] = [notes.get(name, "") for name in names]
        return out

    @property
    def _untested(self) -> dict[str, str]:
        """Why a main design has no p-value, by its name."""
        few = _("too few {units} change for a p-value that can be trusted", units=self.panel.units)
        refused, own = self.rows.attrs.get("refused", {}), self.panel.definition == "own"
        return {n: few if n in self._main.index else reason_of(n, refused.get(n), own) for n in self.row["refused"]}

    @property
    def _beyond(self) -> dict[str, str]:
        """Without which main designs the mean of treated cells would lie outside the indicator's scale, by name, and the scale in words."""
        (low, high), cells = self.panel.limits, self.panel.complete
        local = cells.loc[cells["d"] == 1, "y"].mean() - self._main["estimate"].astype(float)
        outside = local.index[(local < low) | (local > high)]
        ends = _("at least {low}", low=number(low, 0)) if np.isnan(high) else words.interval(low, high, 0)
        text = "without non-locals {label} would have lain outside its scale ({ends}), which is not possible"
        return dict.fromkeys(outside, _(text, label=self.panel.label, ends=ends))

    @functools.cached_property
    def _main(self) -> pd.DataFrame:
        """The rows by estimator."""
        return self.rows.drop_duplicates("estimator", keep="last").set_index("estimator")

    @property
    def reservations(self) -> Sentence:
        """Which main designs could not be tested or have an estimate that is not possible, and why."""
        both = {"Not tested: {parts}.": self._untested, "Give no weight to: {parts}.": self._beyond}
        one, told = "{design}: {why}", []
        for text, found in both.items():
            named = {why: listing(known(n) for n, w in found.items() if w == why) for why in found.values()}
            parts = "; ".join(_(one, design=designs, why=why) for why, designs in named.items())
            told.append(say(text, parts=parts) if found else "")
        return joined(*told)

    @property
    def chosen(self) -> Sentence:
        """That the same main designs decide for every outcome, and that another choice on this page was a reader's."""
        text = "The same three designs decide for every outcome ([00](00_main_designs.ipynb)){stated:|; what this page asks (outcome and its form, years, {units}, covariates, rows) was chosen for it alone}."
        return say(text, units=self.panel.units, stated=self.panel.is_stated)

    @property
    def title(self) -> str:
        """The verdict as a title: "PCI score: no reliable difference"."""
        return f"{self.panel.heading}: {self.short}"

    @property
    def short(self) -> str:
        """The verdict in a few words."""
        n = int(self.row["n_designs"])
        all_of = "{way} in all {n} main designs" if n > 1 else "{way} in the one main design that can be estimated"
        some = {"none": "no reliable difference", "some": "the main designs disagree", "all": all_of}
        some["fragile"] = "no difference holds up"
        return _(some[self.case] if n else "no main design can be tested", way=way(self.row), n=n)

    @property
    def case(self) -> str:
        """What is found: none, some, all, or fragile (found, but not once what is unknown of leaders is counted)."""
        return "fragile" if self.fragile else self.row["found"]

    @property
    def ways(self) -> Sentence:
        """How many main designs find a difference, in plain words; empty where none does or all do."""
        one, many = "One of {of} ways of comparing finds", "{n} of {of} ways of comparing find"
        n, of = len(self.row["agree"]), int(self.row["n_designs"])
        found = _("Every way of comparing finds") if n == of else count(n, "", one, many, of=of)
        text = "{found} {label} {way}{fragile:; it does not hold once {units} with unknown leaders are counted|}."
        said = {"label": self.panel.label, "way": way(self.row), "units": self.panel.units}
        said["fragile"] = self.case == "fragile"
        return say(text, found=found, **said) if self.case in ("some", "fragile") else Sentence()

    @property
    def answer(self) -> Sentence:
        """The verdict in whole sentences, the first bold, and how large the difference is."""
        panel, said = self.panel, sides(self.row, self.panel)
        tested = [name for name, _test in effects.MAIN_DESIGNS if name not in self.row["refused"]]
        said |= {"label": panel.label, "who": panel.led_by, "others": panel.others, "unit": panel.unit}
        said |= {"first": str(panel.first), "last": str(panel.last), "tested": designs(tested, panel)}
        case = self.case if self.row["n_designs"] else ""
        said |= {"ways": self.ways, "way": way(self.row), "refused": len(self.row["refused"]) > 0}
        size, first = self.size if case else "", ""
        if case in ("some", "all") and self.row["family"] < 2 and panel.definition != "own":
            first = say("**Before any adjustment for other outcomes:**")
        told = _ANSWERS["all tested" if case == "all" and said["refused"] else case]
        return panel.scoped(joined(first, say(told, **said), panel.lost, self.reservations, size))

    @property
    def details(self) -> Sentence:
        """What else speaks for or against the verdict: signs, unknown leaders, other counts of tests, numbers of years."""
        waiting = self.adjusted if self.row["family"] < 2 else ""
        told = (self.signs, self.fragile, self.alone, self.strictly, self.over, waiting)
        return joined(*told) if self.row["n_designs"] else Sentence()

    @property
    def signs(self) -> Sentence:
        """Where only some main designs find a difference, whether the estimates of all point the same way."""
        same = "The estimates of all main designs point the same way: one that does not find the difference does not exclude it."
        apart = "The estimates of the main designs do not all point the same way."
        if self.row["found"] != "some":
            return Sentence()
        return say(same if np.sign(self.table["estimate"].dropna()).nunique() == 1 else apart)

    @functools.cached_property
    def _filled(self) -> pd.DataFrame:
        """The designs that find a difference, with all that is unknown of leaders taken as local and as non-local, and their adjusted p-values; none where nothing is unknown."""
        if not self.row["agree"] or not self.panel.frame["treated"].isna().any():
            return effects.result(estimate=[]).assign(p_adjusted=[])
        ends = {"treated_low": "local", "treated_high": "non_local"}
        fits = [effects.main(self.panel, d=d, draws=1_000).assign(unknown=case) for d, case in ends.items()]
        made = pd.concat(fits, ignore_index=True)
        made = made[made["estimator"].isin(self.row["agree"])]
        return made.assign(p_adjusted=self._adjusted(made))

    @functools.cached_property
    def _unknown(self) -> Any:
        """The range over all fillings, where two-way effects find a difference; beyond 1,000 units its search would take gigabytes."""
        asked = "twfe" in self.row["agree"] and self.panel.n_units <= 1_000
        return effects.unknown_range(self.panel) if asked else None

    @property
    def fragile(self) -> Sentence:
        """That a difference which is found does not survive what is unknown of leaders."""
        panel, range_, told = self.panel, self._unknown, []
        every = "It does not survive every way of filling in what is unknown of leaders: the estimate could then lie {ends}."
        text = "The finding of {design} does not survive what is unknown of leaders, which is left out: taken as local throughout it gives {low} (p = {p}{adjusted: after adjustment|}), as non-local {high} (p = {q})."
        if range_ and range_.outer_low <= 0 <= range_.outer_high:
            told.append(say(every, ends=panel.between(range_.outer_low, range_.outer_high)))
        counted = self.row["family"] > 1
        for name, rows in self._filled.groupby("estimator", sort=False):
            size, p = rows["estimate"].to_numpy(float), rows["p_adjusted"].to_numpy(float)
            stands = (np.sign(size) == np.sign(self.row[name])).all() and (p < 0.05).all()
            if len(size) == 2 and not stands and not (name == "twfe" and range_):
                low, high = map(panel.difference, size)
                value = {"low": low, "high": high, "p": p_value(p[0]), "q": p_value(p[1])}
                told.append(say(text, design=known(name), adjusted=counted, **value))
        return joined(*told)

    def _adjusted(self, rows: pd.DataFrame) -> list[float]:
        """Return the p-value that each of some rows, in the place of the panel's own, would have among all questions."""
        rows = rows.assign(unknown="left_out", **self.panel.asked)
        each = (effects.verdict(pd.concat([rows.iloc[[k]], self.others])) for k in range(len(rows)))
        return [found[f"holm_{name}"].iloc[0] for name, found in zip(rows["estimator"], each, strict=True)]

    @property
    def alone(self) -> Sentence:
        """Which designs would find a difference if nothing else had been tested, though it does not stand."""
        parts, one = [], "{design}: {size}, p = {p}"
        for x in self.table.itertuples():
            if x.p_value < 0.05 and not self.row[f"holm_{x.estimator}"] < 0.05:
                size = difference(x.estimate, self.panel.digits, self.panel.measure, self.panel.better)
                parts.append(_(one, design=known(x.estimator), size=size, p=p_value(x.p_value)))
        text = "Taken alone, this would look like a difference ({parts}); it does not stand once all outcomes, definitions and posts are counted."
        return say(text, parts="; ".join(parts)) if parts else Sentence()

    @property
    def strictly(self) -> Sentence:
        """That a difference which is found does not stand if the tests of all designs are counted at once."""
        p = [float(self.row[f"strict_{name}"]) for name in self.row["agree"]]
        text = "Adjusted over the {n} tests of all designs at once, the smallest p-value here is {p}, and no difference stands."
        weak = self.row["family"] > 1 and p and min(p) >= 0.05
        return say(text, n=int(self.row["n_tests"]), p=p_value(min(p))) if weak else Sentence()

    @property
    def first_changes(self) -> Sentence:
        """What the number of first changes (dCDH) in the table is, and over how many years."""
        first = effects.attempt(effects.fit_switchers, self.panel, effects=effects.PERIODS, placebos=0)
        more = say("[13](13_robustness.ipynb) tries other numbers of years.") if len(first) else ""
        return joined(first_changes(first, self.panel), more)

    @functools.cached_property
    def _horizons(self) -> pd.DataFrame:
        """First changes over each number of years (n_years), and the p-value that each would have among all questions (p_adjusted)."""
        tried = horizons(self.panel)
        return tried.assign(p_adjusted=self._adjusted(tried))

    @property
    def over(self) -> Sentence:
        """With which numbers of years after a first change the design of first changes would find its difference, where it finds one."""
        if self.row["family"] < 2 or "switchers" not in self.row["agree"]:
            return Sentence()
        tried = self._horizons
        low = [number(n, 0) for n in tried.loc[tried["p_adjusted"] < 0.05, "n_years"]]
        every = "First changes (dCDH) take {own} years here; with each of the {of} numbers of years tried the adjusted p-value is below 0.05; [13](13_robustness.ipynb) gives the p-values of all before adjustment."
        some = "The finding of first changes (dCDH) rests on the number of years taken, here {own}: of the {of} numbers tried, the adjusted p-value is below 0.05 with {years} only; [13](13_robustness.ipynb) gives the p-values of all before adjustment."
        text = every if len(low) == len(tried) else some
        return say(text, own=min(effects.PERIODS, int(tried["n_years"].max())), of=len(tried), years=listing(low))

    @property
    def size(self) -> Sentence:
        """How large the difference is by two-way fixed effects, and how large it could be."""
        panel, row = self.panel, self.table.set_index("estimator").loc["twfe"]
        if pd.isna(row["estimate"]):
            return Sentence()
        said = difference(row["estimate"], panel.digits, panel.measure, panel.better)
        ends = between(row["conf_low"], row["conf_high"], panel.digits, panel.measure)
        text = "By two-way fixed effects the difference is: {said}; it could lie anywhere {between} (95% interval, p = {p})."
        if row[["conf_low", "p_value"]].isna().any():
            text = "By two-way fixed effects the difference is: {said}{tested: (p = {p})|}; with so few {units} that change {tested:no interval can|neither an interval nor a p-value can} be given."
        tested = pd.notna(row["p_value"])
        return say(text, said=said, between=ends, p=p_value(row["p_value"]), units=panel.units, tested=tested)

    @property
    def could_be(self) -> Sentence:
        """Which differences the main designs' intervals still allow for, from the lowest end to the highest."""
        low, high = self.table["conf_low"].min(), self.table["conf_high"].max()
        text = "By one main design or another, the data are compatible with any difference {ends} (95% intervals, not adjusted for other outcomes)."
        if np.isnan(low):
            text = "With so few {units} that change no interval can be given, so a difference of any size may be there."
        told = say(text, ends=between(low, high, self.panel.digits, self.panel.measure), units=self.panel.units)
        more = "How large an effect they could have shown stands in [12](12_power.ipynb)."
        return joined(told, elsewhere(self.panel, more))

    @property
    def before(self) -> Sentence:
        """What notebook 16 finds of the outcome's level before an arrival, and how its question differs from that of paths; nothing where it finds nothing."""
        rows = stored("16_who_is_sent_where")
        rows = rows[(rows[_KEYS[1:]] == list(self.panel.asked.values())[1:]).all(axis=1)]
        rows, others = (
            own.assign(holm=effects.holm(own["p_value"].to_numpy(float))).reset_index(drop=True)
            for own in (rows[rows["model"] == name] for name in ("past", "past_by_year"))
        )
        low = rows[_is_of(rows, self.panel) & (rows["p_value"] < 0.05)].nsmallest(1, "p_value")
        text = "[16](16_who_is_sent_where.ipynb) asks another question, of the level in one year: there a non-local's arrival was likelier where {label} was {side} {when} (p = {p}, adjusted for {n} tests {q}; where every year has an effect of its own, {r}). That page compares provinces with each other, this test each with its own other years; both can hold."
        for x in low.itertuples() if self.panel.is_whole else ():
            when = count(int(-x.event_time), "", "the year before", "{n} years before")
            value = {"p": p_value(x.p_value), "q": p_value(x.holm), "n": len(rows), "label": self.panel.label}
            value["r"] = p_value(others["holm"].get(x.Index, np.nan))
            return say(text, side=_("higher") if x.estimate > 0 else _("lower"), when=when, **value)
        return Sentence()

    @property
    def adjusted(self) -> Sentence:
        """How many hypotheses the p-values are adjusted for, or that they are not, and on what a finding then rests."""
        text = "A design finds a difference if its p-value is below 0.05 after it is adjusted for {n} combinations of outcome, definition and post, this one and the others that [00](00_main_designs.ipynb) has made so far, for each design apart (Holm); one for which a design gives no p-value is not counted for it."
        if (n := int(self.row["family"])) > 1:
            return say(text, n=n)
        rule = say("A design finds a difference here if its own p-value is below 0.05.")
        why = "The p-values are not adjusted for other outcomes: their results are not stored yet (make reports)."
        if not self.panel.is_whole:
            why = "The p-values are not adjusted for other outcomes: the results stored are those of all provinces, without covariates, of the outcome in its usual form and by our record."
        if self.panel.definition == "own":
            why = "The p-values are not adjusted for other outcomes."
        return joined(rule, say(why))


def finding(panel: Any, rows: pd.DataFrame | None = None, draws: int = 10_000, alone: bool = False) -> Finding:
    """
    Return the verdict on a panel, its p-values adjusted together with those of all stored outcomes, definitions and posts.

    Parameters
    ----------
    panel : Panel
    rows : DataFrame, optional
        Its main designs (``effects.main``); otherwise those stored by ``00_main_designs`` for the same data, or computed.
    draws : int
        Reassignments.
    alone : bool
        Whether the stored outcomes of the collection do not count, as for a panel that is not part of it; they never count for a
        panel of some units only, or with covariates.
    """
    kept = _nothing() if alone or not panel.is_whole else stored(MAIN)
    rows = _main(panel, draws, kept) if rows is None else rows
    rows, others = rows.assign(**panel.asked), kept[~_is_of(kept, panel)]
    every = verdicts(pd.concat([others, rows], ignore_index=True))
    own = every[_is_of(every, panel)]
    if own.empty:
        if panel.n_switching and (refused := [*rows.attrs.get("refused", {}).values()]):
            told = "No main design can be fitted to {label}: {reason}"
            raise effects.DesignRefused(told, label=panel.label, reason=refused[0])
        said = "No main design can be fitted to {label}: no {unit} has known years of both kinds, under a local and under a non-local leader."
        raise effects.DesignRefused(said, label=panel.label, unit=panel.unit)
    return Finding(panel, own.iloc[0].to_dict(), rows, others)


def _is_of(rows: pd.DataFrame, panel: Any) -> pd.Series:
    return (rows[_KEYS] == list(panel.asked.values())).all(axis=1)


def _main(panel: Any, draws: int, kept: pd.DataFrame) -> pd.DataFrame:
    """The main designs of a panel: those stored, where data and draws are the same, else computed."""
    kept = kept[_is_of(kept, panel)]
    same = ["estimate", "n_obs", "n_switching", "first_year", "last_year"]
    mine = effects.attempt(effects.fit_twfe, panel)
    first = kept[(kept["estimator"] == "twfe") & (kept["n_draws"] == draws)]
    if len(first) and len(mine) and np.allclose(first[same].astype(float), mine[same].astype(float), rtol=1e-12):
        return kept.drop(columns="report")
    return effects.main(panel, draws=draws)


def verdicts(rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Return the verdict of every outcome, definition and post, from the stored main designs.

    Parameters
    ----------
    rows : DataFrame, optional
        The main designs; those stored otherwise.

    Returns
    -------
    DataFrame
        Of ``effects.verdict``.
    """
    better = tables.registry()["better"]
    good = better[better.isin(["higher", "lower"])].to_dict()
    return effects.verdict(stored(MAIN) if rows is None else rows, good)


def outcomes() -> list[str]:
    """Return the outcomes of ``data/designs.csv`` in its order."""
    return list(tables.load("designs")["outcome"])


def panels(definition: str, post: str) -> dict[str, Any]:
    """
    Return the default panel of every outcome under one definition and post.

    Parameters
    ----------
    definition : {"hometown", "career", "regulation"}
        Who counts as non-local.
    post : {"secretary", "chair", "either", "both"}
    """
    return {outcome: study.panel(outcome, definition, post) for outcome in outcomes()}


def apart(found: pd.DataFrame, panels: dict[str, Any]) -> Sentence:
    """
    Return for which outcomes the main designs disagree, and which find what; nothing where they do not.

    Parameters
    ----------
    found : DataFrame
        Verdicts, with outcome.
    panels : dict of str to Panel
    """
    told = []
    for row in found[found["found"] == "some"].to_dict("records"):
        panel = panels[row["outcome"]]
        said = sides(row, panel) | {"label": panel.label, "way": way(row)}
        told.append(_("{label}: {way} by {agree}, not by {disagree}", **said))
    return say("Designs disagree for {told}.", told="; ".join(told)) if told else Sentence()


def overview(panels: dict[str, Any], rows: pd.DataFrame) -> pd.DataFrame:
    """
    Return what each main design says of every outcome, in one table: difference, p-value by itself, and those of the specification curve.

    Parameters
    ----------
    panels : dict of str to Panel
    rows : DataFrame
        The main designs of all of them.
    """
    names, curves, out = [name for name, _test in effects.MAIN_DESIGNS], stored("13_robustness"), []
    for outcome, panel in panels.items():
        main = rows[rows["outcome"] == outcome].set_index("estimator")[["estimate", "p_value"]].reindex(names)
        row = {"difference": panel.difference(float(main.at["twfe", "estimate"]))}
        row |= {f"p_{name}": p for name, p in main["p_value"].items()}
        p = curves[(curves["outcome"] == outcome) & (curves["post"] == panel.post)].set_index("model")["p_value"]
        row |= {f"{name}_p": p.get(name) for name in ("curve_median", "curve_agree")}
        out.append({"label": panel.heading, "years": f"{panel.first}-{panel.last}"} | row)
    return pd.DataFrame(out).dropna(axis=1, how="all")


def told_in_percent(x: Any, about: Any) -> Any:
    """Return what a difference is in the unit of the brief: percent if it is one of logarithms, as on its page if of the inverse hyperbolic sine."""
    return 100 * np.expm1(x) if about.transform == "log" else x * about.scale


def turned(rows: pd.DataFrame, panels: dict[str, Any], in_percent: bool = False) -> pd.DataFrame:
    """
    Return the main designs of some outcomes for ``plots.small_multiples``: label, measure, digits, estimator, estimate, conf_low, conf_high.

    Turned so that better is positive, and named so; an outcome without a direction keeps its sign.

    Parameters
    ----------
    rows : DataFrame
        The main designs of all of them.
    panels : dict of str to Panel
        By outcome, in the order of drawing.
    in_percent : bool
        Whether differences of logarithms are told in percent.
    """
    value, out = ["estimate", "conf_low", "conf_high"], []
    for outcome, panel in panels.items():
        part, logs = rows[rows["outcome"] == outcome], in_percent and panel.transform == "log"
        sign, name = (-1, _("{label} (turned)", label=panel.heading)) if panel.better == "lower" else (1, panel.heading)
        size = part[value].astype(float)
        size = sign * (told_in_percent(size, panel) if logs else size * panel.scale)
        size[value[1:]] = np.sort(size[value[1:]], axis=1)
        about = {"label": name, "measure": _("percent") if logs else panel.measure, "digits": panel.digits}
        out.append(size.assign(estimator=part["estimator"], **about))
    return pd.concat(out, ignore_index=True)


def low_by_itself(rows: pd.DataFrame) -> str:
    """
    Return how many of some p-values are below 0.05 by themselves, and how many would be without any difference.

    Parameters
    ----------
    rows : DataFrame
        The main designs of several outcomes.
    """
    p = rows["p_value"].dropna()
    none = "None of the {m} p-values of the main designs on this page is below 0.05. Without any difference, about {chance} would be."
    one = "One of the {m} p-values of the main designs on this page is below 0.05 by itself. Without any difference, about {chance} would be."
    many = "Of the {m} p-values of the main designs on this page, {n} are below 0.05 by themselves. Without any difference, about {chance} would be."
    return count((p < 0.05).sum(), none, one, many, m=len(p), chance=number(0.05 * len(p), 0))


def governance(panels: dict[str, Any], draws: int = 10_000) -> pd.DataFrame:
    """Return the main designs of one index of all outcomes of the family governance, a question of its own (model: index)."""
    table = tables.load("designs")
    own = [panels[name] for name in table.loc[table["family"] == "governance", "outcome"]]
    index = effects.curve.index_of(own)
    rows = effects.main(index, draws=draws)
    rows.attrs["weights"] = {panel.outcome: share for panel, share in zip(own, index.attrs["weights"], strict=True)}
    return rows.assign(**own[0].asked | {"outcome": "governance_index"}, model="index")


def governance_sentence(rows: pd.DataFrame) -> Sentence:
    """Return what each main design finds for the index of :func:`governance`, and the weights that it gives the outcomes where they are known."""
    parts = []
    text = "One index of the governance outcomes, {first}-{last}, the years in which all of them have values, is a question of its own and so not adjusted for the others: {parts}."
    for x in rows.itertuples():
        size = difference(x.estimate, 2, _("standard deviations"), "higher")
        parts.append(_("{design}: {size} (p = {p})", design=known(x.estimator), size=size, p=p_value(x.p_value)))
    first, last = (str(rows[f"{end}_year"].iloc[0]) for end in ("first", "last"))
    weights = rows.attrs.get("weights", {})
    shares = listing(f"{study.label_of(name, 'text')} {percent(share)}" for name, share in weights.items())
    told = "The index weighs them by their inverse covariance (Anderson 2008): {shares}. One whose weight would be below 0, since the others say what it says, has none."
    found = say(text, parts="; ".join(parts), first=first, last=last)
    return joined(found, say(told, shares=shares)) if weights else found


def tally(table: pd.DataFrame) -> str:
    """
    Return the sentence that counts verdicts: none, some, all.

    Parameters
    ----------
    table : DataFrame
        With found: none, some or all.
    """
    n, found = len(table), table["found"].value_counts()
    every, some = int(found.get("all", 0)), int(found.get("some", 0))
    if not every and not some:
        return _("none shows a difference in any main design.")
    told = {
        "{n:one shows|{n} show} a difference in every main design": every,
        "in {n:one|{n}} the main designs disagree": some,
        "in the remaining {n:one|{n}} no main design finds a difference": n - every - some,
    }
    return "; ".join(_(text, n=k) for text, k in told.items() if k) + "."


def by_definition(rows: pd.DataFrame) -> list[str]:
    """
    Return the definition of each row of results in words, and of the row that gives the range over unknown homes.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``.
    """
    pairs, whole = rows[["definition", "unknown"]].to_numpy(), _("range over every filling of unknown leaders")
    return [whole if how == "range" else study.definition_of(name) for name, how in pairs]


def disagreements() -> pd.DataFrame:
    """
    Compare the main designs that other notebooks stored with those of the one that decides; pages that disagree are rows.

    Returns
    -------
    DataFrame
        report, outcome, definition, post, estimator, estimate and p_value there, and beside them those of ``00_main_designs``; no
        rows if no page of the collection denies another. Reports of another window are not compared.
    """
    keys = [*_KEYS, "estimator", "test"]
    ours, parts = stored(MAIN), []
    for name in ("07_association", "08_event_study"):
        theirs = stored(name)
        theirs = theirs[theirs["model"].eq("main") & theirs["event_time"].isna()].drop_duplicates(["report", *keys])
        both = theirs.merge(ours, on=[*keys, "first_year", "last_year", "unknown", "event"], suffixes=("", "_main"))
        apart = (both["estimate"] - both["estimate_main"]).abs() > 1e-9 * both["estimate_main"].abs().clip(lower=1e-9)
        apart |= (both["p_value"] - both["p_value_main"]).abs() > 1e-9
        parts.append(both[apart & both["n_units"].eq(both["n_units_main"])])
    columns = ["report", *_KEYS, "estimator", "estimate", "estimate_main", "p_value", "p_value_main"]
    return pd.concat(parts, ignore_index=True)[columns]
