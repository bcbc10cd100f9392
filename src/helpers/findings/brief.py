"""The brief: what all outcomes say together, from stored results; nothing is estimated here."""

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers import effects, study, words
from helpers.display import page
from helpers.findings import verdict
from helpers.findings.events import designs
from helpers.findings.leaders import CHANGES
from helpers.findings.power_and_choices import middle_half
from helpers.words import Sentence, _, between, count, difference, joined, listing, number, p_value, percent, say

FIRST = ["pci_score", "papi_corruption", "grdp_growth_pct", "income_pc_month_kvnd", "poverty_rate_pct"]
_ANSWERS = {
    "none": "**We found no reliable difference.** In none of the {n} outcomes, each in its own years between {first} and {last}, do provinces differ reliably between years under {who} and years under local ones.",
    "fragile": "**No difference holds up.** In none of the {n} outcomes, each in its own years between {first} and {last}, do provinces differ reliably between years under {who} and years under local ones.",
    "some": "**We found no difference that all designs share.** In none of the {n} outcomes, each in its own years between {first} and {last}, do all main designs find a difference between years under {who} and years under local ones.",
    "all": "**In {named} provinces differ between years under {who} and years under local ones, by every main design.** {n} outcomes were looked at, each in its own years between {first} and {last}.",
}


@dataclass(frozen=True, eq=False, repr=False)
class Brief:
    """
    The stored results of one definition and post, for a reader in a hurry.

    Attributes
    ----------
    stored : DataFrame
        One row per outcome: outcome, digits, scale, better, estimate, low, high (of the main designs together; differences of logarithms in percent, those of the inverse hyperbolic sine in log points), p_value, found,
        direction, effect, agree, disagree, half (the yardstick of notebook 12), first_year, last_year.
    panels : dict of str to Panel
    definition, post : str
    """

    stored: pd.DataFrame
    panels: dict
    definition: str
    post: str

    def __repr__(self) -> str:
        return f"Brief: {len(self.stored)} outcomes, {self.definition}, {self.post}"

    @property
    def table(self) -> pd.DataFrame:
        """The stored rows with label, text, reading, measure and way in the language switched on."""
        own, said = [self.panels[name] for name in self.stored["outcome"]], {"label": "heading", "text": "label"}
        said |= {"reading": "which_way", "measure": "measure"}
        ways = [verdict.way(row) for row in self.stored.to_dict("records")]
        out = self.stored.assign(way=ways, **{c: [getattr(panel, name) for panel in own] for c, name in said.items()})
        out.loc[out["transform"] == "log", "measure"] = _("percent")
        return out

    @property
    def answer(self) -> Sentence:
        """The answer in plain words, by case: the verdicts of the outcomes' own pages."""
        table, found = self.table, self._findings
        value = {"n": len(table), "who": next(iter(self.panels.values())).led_by}
        value |= {"first": str(table["first_year"].min()), "last": str(table["last_year"].max())}
        every = [one for one in found.values() if one.case == "all"]
        cases = {one.case for one in found.values()} | {"none"}
        case = next(case for case in ("all", "some", "fragile", "none") if case in cases)
        named = listing(f"{one.panel.label} ({verdict.way(one.row)})" for one in every)
        return joined(say(_ANSWERS[case], named=named, **value), *(one.ways for one in found.values()))

    @property
    def details(self) -> Sentence:
        """Which designs find what, on what that rests, and what is left over the tests of all designs at once."""
        rests = [(one.panel.label, joined(one.over, one.fragile)) for one in self._findings.values()]
        over = [y if len(rests) == 1 else say("{label}: {said}", label=x, said=y) for x, y in rests if y]
        strict = self.stored[self.stored["found"] != "none"].filter(like="strict_").min(axis=None)
        weak = "Adjusted over the {n} tests of all designs at once, no difference stands in any outcome (smallest p-value {p})."
        weak = say(weak, n=int(self.stored["n_tests"].iloc[0]), p=p_value(strict)) if strict >= 0.05 else ""
        return joined(verdict.apart(self.stored, self.panels), *over, weak)

    @functools.cached_property
    def _findings(self) -> dict[str, verdict.Finding]:
        """What is found of each outcome, kept since it takes a second to say on what a finding rests."""
        found = self.stored.loc[self.stored["found"] != "none", "outcome"]
        return {name: verdict.finding(self.panels[name]) for name in found}

    @property
    def alone(self) -> Sentence:
        """Outcomes for which one main design would find a difference if nothing else had been tested."""
        rows = _of(verdict.stored(verdict.MAIN), self).query("p_value < 0.05").groupby("outcome")["estimator"].agg(list)
        none = self.table.query("found == 'none' and outcome in @rows.index")
        each = [(x.text, designs(rows[x.outcome], self.panels[x.outcome])) for x in none.itertuples()]
        told = listing(_("{label} by {designs}", label=label, designs=found) for label, found in each)
        text = "Taken alone, one design or another would find a difference in {told}; it does not stand once all outcomes, definitions and posts are counted."
        return say(text, told=told) if len(none) else Sentence()

    @property
    def first(self) -> pd.DataFrame:
        """The outcomes of page 1: those chosen, and any of which a main design finds a difference."""
        table = self.table.set_index("outcome", drop=False)
        found = table.index[(table["found"] != "none") & ~table.index.isin(FIRST)]
        return table.loc[[*(name for name in FIRST if name in table.index), *found]].reset_index(drop=True)

    @property
    def turned(self) -> pd.DataFrame:
        """The main designs of the outcomes of page 1, as `turned`, differences of logarithms in percent."""
        rows = _of(verdict.stored(verdict.MAIN), self).query("model == 'main'")
        return verdict.turned(rows, {name: self.panels[name] for name in self.first["outcome"]}, in_percent=True)

    @property
    def title(self) -> str:
        """The verdicts of all outcomes as a title."""
        return _("Of {n} outcomes, {tally}", n=len(self.stored), tally=verdict.tally(self.stored))

    @property
    def could_be(self) -> Sentence:
        """How large a difference could still be, with a yardstick for each of four outcomes."""
        one, parts = "{label}: {ends} ({half})", []
        for row in self.first.head(4).itertuples():
            ends = between(row.low, row.high, row.digits, row.measure)
            parts.append(_(one, label=row.text, ends=ends, half=number(row.half, row.digits)))
        text = "**How large could a difference still be?** In brackets: within how much of each other half of all provinces lie, averaged over the years. {parts}."
        told = "; ".join(parts)
        return say(text, parts=told[:1].upper() + told[1:])

    @property
    def main(self) -> pd.DataFrame:
        """The table of page 1."""
        return _shown(self.first)

    @property
    def all(self) -> pd.DataFrame:
        """The table of page 2: every outcome with its adjusted p-values."""
        holm = self.table[["holm_twfe", "holm_counterfactual", "holm_switchers"]]
        return _shown(self.table).join(holm.rename(columns=lambda name: f"{name[5:]}_p"))

    @property
    def choices(self) -> str:
        """In how many outcomes the choices of notebook 13 agree more than by chance."""
        rows = verdict.stored("13_robustness").query("model == 'curve_agree' and post == @self.post")
        found = rows.loc[rows["p_value"] < 0.05, "outcome"]
        none = "In none of the {m} outcomes do the defensible choices agree more often than by chance."
        some = "In {n:one|{n}} of the {m} outcomes the defensible choices agree more often than by chance: {named}; this is not adjusted for the number of outcomes."
        named = listing(study.label_of(name, "text") for name in found)
        return count(len(found), none, some, m=len(rows), named=named) if len(rows) else ""

    @property
    def change(self) -> str:
        """What notebook 11 found after a change of leader, whoever comes."""
        rows = _of(verdict.stored("11_turnover"), self)
        rows = rows[rows["model"].str.startswith("change_", na=False)]
        found = rows[3 * rows["p_value"] < 0.05].merge(self.table, on="outcome", suffixes=("", "_main"))
        if rows.empty:
            return ""
        none = "After a change of leader, whoever came, no outcome differs reliably in that year or the next two."
        if found.empty:
            return _(none)
        parts = dict[str, list[str]]()
        for x in found.itertuples():
            size = difference(verdict.told_in_percent(x.estimate, x), x.digits, x.measure, x.better)
            value = {"when": _(CHANGES[x.model]), "p": p_value(min(1, 3 * x.p_value)), "size": size}
            parts.setdefault(x.text, []).append(_("{size} {when} (p = {p}, corrected for three years)", **value))
        text = "After a change of leader, whoever came: {parts}; this is not adjusted for the number of outcomes. It concerns any change of leader, not where the new one is from."
        return _(text, parts=listing(_("{label} was {told}", label=x, told=listing(y)) for x, y in parts.items()))

    @property
    def power(self) -> Sentence:
        """How the smallest effects usually found compare with the yardstick."""
        rows = _of(verdict.stored("12_power"), self).query("estimator == 'twfe' and test == 'reassignment'")
        both = self.table.query("half > 0").merge(rows[["outcome", "estimate"]], on="outcome", suffixes=("", "_least"))
        least = [verdict.told_in_percent(x.estimate_least, x) for x in both.itertuples()]
        share = (least / both["half"]).median()
        text = "In the middle outcome, an effect must be about {share} of the distance within which half of all provinces lie to be found 8 times in 10 by two-way fixed effects, tested alone; adjusted as for the verdict it must be larger ([12](12_power.ipynb))."
        return say(text, share=percent(share)) if len(both) else Sentence()

    @property
    def index(self) -> Sentence:
        """What the main designs find for one index of all governance outcomes, and what is left once all tests of it are counted."""
        rows = verdict.stored(verdict.MAIN).query("model == 'index'")
        if rows.empty:
            return Sentence()
        p = effects.holm(rows["p_value"].dropna().to_numpy())
        text = "Adjusted over all {n} tests of that index, the smallest p-value is {p}."
        return joined(verdict.governance_sentence(_of(rows, self)), say(text, n=len(p), p=p_value(p.min())))

    @property
    def until(self) -> str:
        """Up to when the data reach, and which outcomes the figure draws."""
        text = "Outcomes to {year}; leaders of the 63 provinces to June 2025. Lines: 95% intervals, not adjusted. Drawn are the outcomes of the table above; all stand in the second table."
        return _(text, year=str(self.table["last_year"].max()))


def _of(rows: pd.DataFrame, made: Any) -> pd.DataFrame:
    return rows[(rows["definition"] == made.definition) & (rows["post"] == made.post)]


def _shown(part: pd.DataFrame) -> pd.DataFrame:
    rows = [(x.digits, x.measure) for x in part.itertuples()]
    size = [difference(x, *how, better) for x, how, better in zip(part["estimate"], rows, part["better"], strict=True)]
    ends = [between(low, high, *how) for low, high, how in zip(part["low"], part["high"], rows, strict=True)]
    years = part["first_year"].astype(str) + "-" + part["last_year"].astype(str)
    out = part[["label"]].assign(years=years, difference_in_words=size, could_lie=ends)
    links = [page(f"07_association/{slug}") for slug in part["slug"]]
    return out.assign(verdict=part["found"].map(verdict.VERDICTS).map(_), reading=part["reading"], label_url=links)


def brief(definition: str = "hometown", post: str = "secretary") -> Brief:
    """
    Put the stored results of all outcomes together.

    Parameters
    ----------
    definition, post : str

    Returns
    -------
    Brief

    Raises
    ------
    words.Refused
        If the main designs are not stored yet, or if two pages of the collection disagree.
    """
    definition, post = study.who(definition, post)
    every, asked = verdict.stored(verdict.MAIN), {"definition": definition, "post": post}
    mains = every[(every["definition"] == definition) & (every["post"] == post) & every["model"].eq("main")]
    rows = mains[mains["estimator"] == "twfe"].set_index("outcome")
    if rows.empty:
        text = "There are no stored results of 00_main_designs for {definition} and {post}; this page is made from them. Run first: rotation run --only '00*'"
        raise words.Refused(text, **asked)
    denied = verdict.disagreements()
    if len(denied):
        first = denied.iloc[0]
        value = {"theirs": f"{first['estimate']:.6g}", "ours": f"{first['estimate_main']:.6g}", "n": len(denied)}
        text = "{n} stored estimates differ from those of 00_main_designs, the first in {report} ({estimator}: {theirs} there, {ours} here). The reports were made from different data or code; run all of them again: rotation run"
        raise words.Refused(text, report=first["report"], estimator=first["estimator"], **value)
    found = verdict.verdicts(every).query("definition == @definition and post == @post").set_index("outcome")
    out, panels = [], {name: study.panel(name, definition, post) for name in verdict.outcomes() if name in rows.index}
    for outcome, panel in panels.items():
        row, all_of = rows.loc[outcome], mains[mains["outcome"] == outcome]
        size = {"estimate": row["estimate"], "low": all_of["conf_low"].min(), "high": all_of["conf_high"].max()}
        size = {name: float(verdict.told_in_percent(x, panel)) for name, x in size.items()}
        about = {"outcome": outcome, "digits": panel.digits, "scale": panel.scale, "transform": str(panel.transform)}
        about |= {"better": panel.better, "first_year": panel.first, "last_year": panel.last}
        half = float(verdict.told_in_percent(middle_half(panel), panel))
        slug = f"{outcome}--{definition}--{post}".replace("_", "-")
        about |= {"half": half, "p_value": row["p_value"]} | size | {"slug": slug}
        out.append(found.loc[outcome].to_dict() | about)
    return Brief(pd.DataFrame(out), panels, definition, post)
