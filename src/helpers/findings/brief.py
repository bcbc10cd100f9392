"""The brief: what all outcomes say together, from stored results; nothing is estimated here."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers import study
from helpers.findings.verdict import MAIN, disagreements, label_of, outcomes, stored, verdicts
from helpers.words import (
    Refused,
    Sentence,
    _,
    between,
    count,
    difference,
    known,
    listing,
    number,
    p_value,
    percent,
    pick,
    say,
)

FIRST = (
    "pci_score",
    "papi_corruption",
    "grdp_growth_pct",
    "income_pc_month_kvnd",
    "poverty_rate_pct",
    "fdi_fia_new_projects",
)


@dataclass(frozen=True, eq=False, repr=False)
class Brief:
    """
    The stored results of one definition and post, for a reader in a hurry.

    Attributes
    ----------
    stored : DataFrame
        One row per outcome: outcome, digits, scale, better, estimate, low, high (in the measure), p_value, found, direction, effect,
        agree, disagree, half (the yardstick), year, first_year, last_year.
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
        """The stored rows with label, text, reading and measure in the language switched on."""
        own = [self.panels[name] for name in self.stored["outcome"]]
        said = {"label": "heading", "text": "label", "reading": "reading", "measure": "measure"}
        return self.stored.assign(**{column: [getattr(panel, name) for panel in own] for column, name in said.items()})

    @property
    def answer(self) -> Sentence:
        """The answer in one or two sentences, by case."""
        n, every, some = (
            len(self.table),
            self.table[self.table["found"] == "all"],
            self.table[self.table["found"] == "some"],
        )
        years = {
            "n": n,
            "first": str(self.table["first_year"].min()),
            "last": str(self.table["last_year"].max()),
            "who": _who(self.post),
        }
        if every.empty and some.empty:
            return say(
                "**We found no reliable difference.** In none of the {n} outcomes, {first}-{last}, do provinces differ reliably between years under {who} from elsewhere and years under local ones.",
                **years,
            )
        if every.empty:
            text = say(
                "**We found no difference that all designs share.** In none of the {n} outcomes, {first}-{last}, do all main designs find a difference between years under {who} from elsewhere and years under local ones.",
                **years,
            )
        else:
            text = say("**In {named} provinces differ between years under {who} from elsewhere and years under local ones, by every main design.** {n} outcomes were looked at, {first}-{last}.",
                       named=listing(self._said(row) for row in every.itertuples()), **years)  # fmt: skip
        if len(some):
            told = listing(
                _(
                    "{label} ({way} by {agree}, not by {disagree})",
                    label=row.text,
                    way=self._way(row),
                    agree=listing(known(d) for d in row.agree),
                    disagree=listing(known(d) for d in row.disagree),
                )
                for row in some.itertuples()
            )
            text = Sentence(f"{text} " + say("Designs disagree for {told}.", told=told))
        alone = self.alone
        return Sentence(f"{text} {alone}") if alone else text

    @property
    def alone(self) -> Sentence:
        """Outcomes for which one main design would find a difference if nothing else had been tested."""
        rows = stored(MAIN)
        rows = rows[(rows["definition"] == self.definition) & (rows["post"] == self.post) & (rows["p_value"] < 0.05)]
        told = []
        for row in self.table[self.table["found"] == "none"].itertuples():
            names = [known(name) for name in rows.loc[rows["outcome"] == row.outcome, "estimator"]]
            if names:
                told.append(_("{label} ({designs})", label=row.text, designs=listing(names)))
        if not told:
            return Sentence()
        return say(
            "Taken alone, one design or another would find a difference in {told}; it does not stand once everything tested is counted.",
            told=listing(told),
        )

    def _way(self, row: Any) -> str:
        good = {"better": _("better"), "worse": _("worse")}.get(row.effect, "")
        way = _("higher") if row.direction == "higher" else _("lower") if row.direction == "lower" else _("different")
        return f"{way} ({good})" if good else way

    def _said(self, row: Any) -> str:
        return f"{row.text} ({self._way(row)})"

    @property
    def first(self) -> pd.DataFrame:
        """The outcomes of page 1."""
        order = {name: k for k, name in enumerate(FIRST)}
        return (
            self.table[self.table["outcome"].isin(order)]
            .sort_values("outcome", key=lambda s: s.map(order))
            .reset_index(drop=True)
        )

    @property
    def could_be(self) -> Sentence:
        """How large a difference could still be, with a yardstick for each of four outcomes."""
        parts = []
        for row in self.first.head(4).itertuples():
            text = _("{label}: {ends} (half of all provinces lie within {half} {measure} of each other, {year})", label=row.text, ends=between(row.low, row.high, row.digits, row.measure),
                     half=number(row.half, row.digits), measure=row.measure, year=str(row.year))  # fmt: skip
            parts.append(text)
        told = "; ".join(parts)
        return say(
            "**How large could a difference still be?** {parts}. This is not proof of no effect.",
            parts=told[:1].upper() + told[1:],
        )

    @property
    def main(self) -> pd.DataFrame:
        """The table of page 1."""
        return self._shown(self.first)

    @property
    def all(self) -> pd.DataFrame:
        """The table of page 2: every outcome with its adjusted p-values."""
        out = self._shown(self.table)
        for name in ("twfe", "counterfactual", "switchers"):
            out[f"{name}_p"] = self.table[f"holm_{name}"].to_numpy()
        return out

    def _shown(self, part: pd.DataFrame) -> pd.DataFrame:
        rows = []
        for row in part.itertuples():
            said = {"none": _("none found"), "some": _("designs disagree"), "all": _("found by all designs")}.get(
                row.found, ""
            )
            rows.append({
                "label": row.label, "reading": row.reading, "difference_in_words": difference(row.estimate, row.digits, row.measure, row.better),
                "could_lie": between(row.low, row.high, row.digits, row.measure), "verdict": said,
                "label_url": f"../../07_association/{row.slug}/{{lang}}/index.html".replace("{lang}", pick("en", "vi")),
            })  # fmt: skip
        return pd.DataFrame(rows)

    @property
    def choices(self) -> str:
        """In how many outcomes the choices of notebook 13 agree more than chance makes."""
        rows = stored("13_robustness")
        rows = rows[(rows["model"] == "curve_agree") & (rows["post"] == self.post)]
        if rows.empty:
            return ""
        n = int((rows["p_value"] < 0.05).sum())
        return count(n, "In none of the {m} outcomes do the defensible choices agree more often than chance makes them.",
                     "In one of the {m} outcomes the defensible choices agree more often than chance makes them: {named}.",
                     "In {n} of the {m} outcomes the defensible choices agree more often than chance makes them: {named}.",
                     m=len(rows), named=listing(label_of(name) for name in rows.loc[rows["p_value"] < 0.05, "outcome"]))  # fmt: skip

    @property
    def change(self) -> str:
        """What notebook 11 found after a change of leader, whoever comes."""
        rows = stored("11_turnover")
        rows = rows[
            (rows["post"] == self.post)
            & (rows["definition"] == self.definition)
            & rows["model"].str.startswith("change_", na=False)
        ]
        if rows.empty:
            return ""
        found = rows[3 * rows["p_value"] < 0.05]
        if found.empty:
            return _(
                "After a change of leader, whoever came, no outcome differs reliably in the same year or the two after it."
            )
        when = {"change_0": _("in the year itself"), "change_1": _("one year later"), "change_2": _("two years later")}
        known_ = self.table.set_index("outcome")
        parts = [_("{label} was {size} {when} (p = {p}, corrected for three years)", label=known_.at[row.outcome, "text"], when=when[row.model], p=p_value(min(1, 3 * row.p_value)),
                   size=difference(row.estimate * known_.at[row.outcome, "scale"], known_.at[row.outcome, "digits"], known_.at[row.outcome, "measure"], known_.at[row.outcome, "better"]))
                 for row in found.itertuples() if row.outcome in known_.index]  # fmt: skip
        return _(
            "After a change of leader, whoever came: {parts}. This concerns any change of leader, not where the new one is from.",
            parts=listing(parts),
        )

    @property
    def power(self) -> str:
        """How the smallest effects usually found compare with the yardstick."""
        rows = stored("12_power")
        rows = rows[
            (rows["estimator"] == "twfe")
            & (rows["test"] == "reassignment")
            & (rows["post"] == self.post)
            & (rows["definition"] == self.definition)
        ]
        both = self.table.merge(rows[["outcome", "estimate"]].rename(columns={"estimate": "least"}), on="outcome")
        both = both[both["half"] > 0]
        if both.empty:
            return ""
        share = float((both["least"] * both["scale"] / both["half"]).median())
        return _(
            "In the middle outcome, an effect must be about {share} of the distance within which half of all provinces lie to be found 8 times in 10.",
            share=percent(share),
        )

    @property
    def until(self) -> str:
        """Up to when the data reach."""
        return _(
            "Outcomes to {year}; leaders of the 63 provinces to June 2025.", year=str(self.table["last_year"].max())
        )


def _who(post: str) -> str:
    return {
        "secretary": _("a party secretary"),
        "chair": _("a chair of the people's committee"),
        "either": _("a secretary or a chair"),
        "both": _("a secretary and a chair"),
    }[post]


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
    Refused
        If the main designs are not stored yet.
    """
    rows = stored(MAIN)
    rows = rows[(rows["definition"] == definition) & (rows["post"] == post) & (rows["estimator"] == "twfe")].set_index(
        "outcome"
    )
    if rows.empty:
        raise Refused(
            "There are no stored results of 00_main_designs for {definition} and {post}; this page is made from them. Run first: rotation run --only '00*'",
            definition=definition,
            post=post,
        )
    apart = disagreements()
    if len(apart):
        first = apart.iloc[0]
        raise Refused("{n} stored estimates differ from those of 00_main_designs, the first in {report} ({estimator}: {theirs} there, {ours} here). The reports were made from different data or code; run all of them again: rotation run",
                      n=len(apart), report=first["report"], estimator=first["estimator"], theirs=f"{first['estimate']:.6g}", ours=f"{first['estimate_main']:.6g}")  # fmt: skip
    found = verdicts().query("definition == @definition and post == @post").set_index("outcome")
    out, panels = [], {name: study.panel(name, definition, post) for name in outcomes() if name in rows.index}
    for outcome, panel in panels.items():
        row = rows.loc[outcome]
        last = panel.complete.loc[panel.complete["year"] == panel.complete["year"].max(), "y"] * panel.scale
        scaled = {
            name: float(row[column]) * panel.scale
            for name, column in (("estimate", "estimate"), ("low", "conf_low"), ("high", "conf_high"))
        }
        keys = {
            key: found.at[outcome, key]
            for key in (
                "found",
                "direction",
                "effect",
                "agree",
                "disagree",
                "holm_twfe",
                "holm_counterfactual",
                "holm_switchers",
            )
        }
        out.append({
            "outcome": outcome, "digits": panel.digits, "scale": panel.scale,
            "better": panel.better, "p_value": row["p_value"], "half": float(np.subtract(*last.quantile([0.75, 0.25]))), "year": int(panel.complete["year"].max()),
            "first_year": panel.first, "last_year": panel.last, "slug": _slug(outcome, definition, post),
        } | scaled | keys)  # fmt: skip
    return Brief(pd.DataFrame(out), panels, definition, post)


def _slug(outcome: str, definition: str, post: str) -> str:
    return f"{outcome}--{definition}--{post}".replace("_", "-")


def better_values(table: pd.DataFrame) -> pd.DataFrame:
    """Return estimate, low and high turned so that better is positive, for the figure; an outcome without a direction keeps its sign."""
    sign = table["better"].map({"lower": -1.0}).fillna(1.0)
    turned = pd.DataFrame(
        {
            "estimate": table["estimate"] * sign,
            "low": np.where(sign > 0, table["low"], -table["high"]),
            "high": np.where(sign > 0, table["high"], -table["low"]),
        }
    )
    return table.assign(**turned)


def brief_title(made: Brief) -> str:
    """Return the verdict of the brief as the title of its figure."""
    found = made.table["found"]
    n_all, n_some = int((found == "all").sum()), int((found == "some").sum())
    if not n_all and not n_some:
        return _("No reliable difference in any of {n} outcomes", n=len(found))
    n = len(found)
    if not n_all:
        return count(
            n_some,
            "",
            "The main designs disagree about one of {m} outcomes",
            "The main designs disagree about {n} of {m} outcomes",
            m=n,
        )
    if not n_some:
        return count(
            n_all,
            "",
            "A difference by every main design in one of {m} outcomes",
            "A difference by every main design in {n} of {m} outcomes",
            m=n,
        )
    return _(
        "A difference by every main design in {n_all} of {n} outcomes; designs disagree about {n_some}",
        n_all=n_all,
        n_some=n_some,
        n=n,
    )
