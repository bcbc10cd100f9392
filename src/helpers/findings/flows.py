"""Who moved from which level or place to which: flows that articles print, named moves, and where new leaders came from."""

from dataclasses import dataclass

import pandas as pd

from helpers.findings import programmes
from helpers.findings.programmes import dated, label
from helpers.record import ledger, places, tables, terms
from helpers.study import choose
from helpers.words import Sentence, _, count, joined, listing, number, percent, say

ORIGINS = ["centre", "other_province", "same_province", "unknown"]
_PERIODS = ((2000, 2010), (2011, 2015), (2016, 2020), (2021, 2025))
_SPOT = ["where", "where_url"]


@dataclass(frozen=True, eq=False, repr=False)
class Printed:
    """
    The flows and totals of one article.

    Attributes
    ----------
    printed : programmes.Printed
    parts, totals : DataFrame
        Of ``ledger.flows``; parts also with n, the flow or its lower bound.
    """

    printed: programmes.Printed
    parts: pd.DataFrame
    totals: pd.DataFrame

    @property
    def behind(self) -> pd.DataFrame:
        """The facts that the flows and totals are."""
        return self.printed.facts[self.printed.facts["fact_id"].isin([*self.parts["fact_id"], *self.totals["fact_id"]])]

    @property
    def name(self) -> str:
        """The place."""
        return label(self.behind["place"].iloc[0])

    @property
    def coverage(self) -> str:
        """What is printed, for which time, and whether persons or moves are counted."""
        flows = count(len(self.parts), "no flow", "one flow", "{n} flows")
        totals = count(len(self.totals), "no total", "one total", "{n} totals")
        when, units = dated(*self.behind[["as_of", "as_of_basis"]].iloc[0]), set(self.behind["unit"])
        text = "The article prints {flows} and {totals}, for {dates}."
        text = _(text if when else "The article prints {flows} and {totals}.", flows=flows, totals=totals, dates=when)
        counted = {
            "persons": "It counts persons, but does not say whether someone who moved twice is counted twice.",
            "turns": "It counts moves, so one person may be counted more than once.",
        }
        unsaid = "It does not say whether it counts persons or moves."
        return f"{text} {_(counted.get(units.pop(), unsaid) if len(units) == 1 else unsaid)}"

    @property
    def table(self) -> pd.DataFrame:
        """The flows: from which level to which, as printed (a bound stays a bound), and where it stands."""
        shown = self.parts[["origin", "destination", "direction"]].map(label)
        shown.insert(0, "fact", self.parts["fact_id"])
        return shown.join(self.printed.listed.set_index("fact")[["as_printed", *_SPOT]], on="fact")

    @property
    def checks(self) -> pd.DataFrame:
        """Each printed total beside the sum of the flows that it covers, and what is left over."""
        rows = self.totals.rename(columns={"fact_id": "fact", "scope": "total_of"}).drop(columns="parts")
        rows[["printed", "summed", "gap"]] = rows[["printed", "summed", "gap"]].map(_shown)
        rows["total_of"] = rows["total_of"].map(label)
        return rows.join(self.printed.listed.set_index("fact")[_SPOT], on="fact")

    @property
    def remainders(self) -> list[tuple[str, float]]:
        """What the totals leave over: of the total between levels, and of the grand total beyond it."""
        by, found = self.totals.set_index("scope"), []
        if "vertical" in by.index:
            found.append((_("in the total between levels, in no flow"), float(by.at["vertical", "gap"].low)))
        if "all" in by.index:
            told = by.at["vertical", "printed"] if found else by.at["all", "summed"]
            found.append((_("in the grand total, not described"), float((by.at["all", "printed"] - told).low)))
        return [(text, n) for text, n in found if 0 < n < ledger.INF]

    @property
    def answer(self) -> Sentence:
        """How many moved down and up, and whether the flows add up."""
        n, down = (float(rows["n"].sum()) for rows in (self.parts, self.parts[self.parts["direction"] == "down"]))
        first = "**Of {n} counted in a flow that is printed, {down} ({share}) moved down.**"
        agrees = "The printed total, {scope}, is {printed} and agrees with its flows."
        left = "The grand total is {printed}: {gap} are in no flow that is printed."
        apart = "The printed total, {scope}, is {printed}, but its flows add up to {summed}."
        said = [say(first, n=number(n, 0), down=number(down, 0), share=percent(down / n))]
        across = "horizontal" in set(self.parts["direction"])
        for x in self.totals.itertuples():
            value = {name: _shown(getattr(x, name)) for name in ("printed", "summed", "gap")}
            value["scope"] = label(x.scope)
            said.append(say(agrees if 0 in x.gap else left if x.scope == "all" and not across else apart, **value))
        return joined(*said)

    @property
    def rows(self) -> pd.DataFrame:
        """The flows as results."""
        return self.parts.drop(columns="count")


def _shown(value: ledger.Bounds) -> str:
    low, high = (number(float(x), 0) for x in (value.low, value.high))
    if value.is_exact:
        return low
    text = "{low} to {high}" if abs(value.low) != ledger.INF else "at most {high}"
    return _("at least {low}" if value.high == ledger.INF else text, low=low, high=high)


@dataclass(frozen=True, eq=False, repr=False)
class Moves:
    """
    Moves of single persons that articles name, with the post left and the post taken; names of persons are not repeated.

    Attributes
    ----------
    printed : programmes.Printed
    rows : DataFrame
        The table ``movements``.
    """

    printed: programmes.Printed
    rows: pd.DataFrame

    @property
    def behind(self) -> pd.DataFrame:
        """The facts that the moves are."""
        return self.printed.facts[self.printed.facts["fact_id"].isin(self.rows["fact_id"])]

    @property
    def name(self) -> str:
        """What the table is."""
        return _("Named moves between posts")

    @property
    def coverage(self) -> str:
        """How many moves are described."""
        none, one = "The articles describe no single move.", "The articles describe the move of one person."
        told = count(len(self.rows), none, one, "The articles describe the moves of {n} persons.")
        return f"{told} {_('Names are not repeated here; paragraph and sentence lead to them.')}"

    @property
    def table(self) -> pd.DataFrame:
        """Each move, and whether it came from inside the commune and the district: by the post left, not by home."""
        inside, outside, rows = _("from inside"), _("from outside"), self.rows
        shown = pd.DataFrame({"fact": rows["fact_id"], "verb": rows["verb"].map(label)})
        shown = shown.assign(origin=rows["origin_post"].map(label), destination=rows["destination_post"].map(label))
        same = rows["origin_code"] == rows["destination_code"]
        shown["to_commune"] = same.map({True: inside, False: outside})
        shown["to_district"] = inside  # the table holds moves within one district
        return shown.join(self.printed.listed.set_index("fact")[_SPOT], on="fact")

    @property
    def checks(self) -> pd.DataFrame:
        """What the rules find about these moves."""
        mine, found = {*self.rows["fact_id"], *self.rows["group_fact"].dropna()}, self.printed.checks
        return self.printed.findings(found[[bool(mine & set(facts.split(";"))) for facts in found["facts"]]])

    @property
    def answer(self) -> Sentence:
        """The words used, and that local depends on the level."""
        verbs = listing(f"{label(verb)} ({n})" for verb, n in self.rows["verb"].value_counts().items())
        outside = int((self.rows["origin_code"] != self.rows["destination_code"]).sum())
        none, one = "None came from another commune.", "One came from another commune."
        many, every = "{n} of them came from another commune.", "All came from another commune."
        left = count(outside, none, one, many, every, of=len(self.rows))
        text = "**The articles use these words for the moves: {verbs}.** {left} Whoever comes from another commune of the same district is a non-local of the commune and a local of the district."
        return say(text, verbs=verbs, left=left)


@dataclass(frozen=True, eq=False, repr=False)
class Leaders:
    """
    New leaders of the 63 provinces by the place of the post that they held before.

    Attributes
    ----------
    post : str
        secretary or chair.
    behind : DataFrame
        Terms in office whose start is known, with year, prior_origin and source.
    n_unknown : int
        Terms left out since their start is not known.
    n_earlier : int
        Terms left out since they began before ``first``.
    first : int
        The first year counted, where not every term with a known start is: 2011 for chairs.
    n_ended : int
        Terms left out since they ended before ``first``.
    """

    post: str
    behind: pd.DataFrame
    n_unknown: int
    n_earlier: int = 0
    first: int = 0
    n_ended: int = 0

    @property
    def name(self) -> str:
        """Who they are."""
        secretaries, chairs = "New secretaries of the 63 provinces", "New chairs of the 63 provinces"
        return _(secretaries if self.post == "secretary" else chairs)

    @property
    def coverage(self) -> str:
        """How many terms in office there are, and of how many the post before is unknown."""
        n, unknown = len(self.behind), int((self.behind["prior_origin"] == "unknown").sum())
        text = "There are {n} terms in office whose start is known."
        if self.first:
            text = "There are {n} terms in office that are known to begin in {first} or later."
        said = [_(text, n=n, first=str(self.first))]
        text = "{n:One more|Another {n}} that began earlier, when not all terms are counted, {n:is|are} left out."
        said.append(count(self.n_earlier, "", text))
        text = "{n:One more|Another {n}} ended before {first} and {n:is|are} left out: of that time not all terms are on record."
        said.append(count(self.n_ended, "", text, first=str(self.first)))
        text = "{n:One more|Another {n}}, whose start is not known, {n:is|are} left out."
        said.append(count(self.n_unknown, "", text))
        none, one = "The post held before is known for all.", "The post held before is unknown for one."
        many = "The post held before is unknown for {n} ({share})."
        return " ".join(filter(None, [*said, count(unknown, none, one, many, share=percent(unknown / n))]))

    @property
    def by_year(self) -> pd.DataFrame:
        """New terms by year (index) and origin (columns)."""
        rows = pd.crosstab(self.behind["year"], self.behind["prior_origin"]).rename_axis(columns=None)
        every = range(rows.index.min(), rows.index.max() + 1)
        rows = rows.reindex(index=every, columns=ORIGINS, fill_value=0).rename_axis("year")
        return rows.rename(columns={"unknown": "unknown_origin"})

    @property
    def table(self) -> pd.DataFrame:
        """New terms by year and origin."""
        return self.by_year.reset_index()

    @property
    def checks(self) -> pd.DataFrame:
        """The same by period, with the share from outside if every unknown origin is inside (low) or outside (high)."""
        parts = [rows for first, last in _PERIODS if len(rows := self.by_year.loc[first:last])]
        sums = [{"years": f"{rows.index.min()}-{rows.index.max()}"} | rows.sum().to_dict() for rows in parts]
        frame = pd.DataFrame(sums)
        total, outside = frame.drop(columns="years").sum(axis=1), frame["centre"] + frame["other_province"]
        ends = {"outside_low": outside / total, "outside_high": (outside + frame["unknown_origin"]) / total}
        return frame.assign(**ends)

    @property
    def shares(self) -> list[tuple[str, str]]:
        """The periods and the share from outside in each, a range where the unknown posts leave it open."""
        bounds = self.checks[["years", "outside_low", "outside_high"]].to_numpy()
        told, text = [(years, percent(low), percent(high)) for years, low, high in bounds], "between {low} and {high}"
        return [(years, low if low == high else _(text, low=low, high=high)) for years, low, high in told]

    @property
    def answer(self) -> Sentence:
        """The share from outside in the first and the last period."""
        (first, before), (last, now) = self.shares[0], self.shares[-1]
        value = {"first": first, "before": before, "last": last, "now": now}
        text = "**In {last}, {now} of new {secretary:secretaries|chairs} came from a post outside the province, {before} in {first}.**"
        told = say(text, secretary=self.post == "secretary", **value)
        return joined(told, _("A range shows what the unknown posts leave open."))

    @property
    def rows(self) -> pd.DataFrame:
        """The counts as results."""
        return self.by_year.reset_index().assign(post=self.post)


def read(table: str = "leaders") -> Printed | Moves | Leaders:
    """
    Return the flows asked for.

    Parameters
    ----------
    table : str
        A flow table of the ledger (such as ``dien_bien``), ``moves`` (named moves), ``leaders`` or ``chairs``; any common spelling.

    Raises
    ------
    Refused
        Naming the tables there are.

    Examples
    --------
    >>> len(read("Điện Biên").parts), len(read("moves").rows)
    (4, 3)
    """
    given = ledger.load()
    posts = {"leaders": ("secretary", "secretaries"), "chairs": ("chair",)}
    chosen = choose("table", table, {**posts, "moves": (), **dict.fromkeys(sorted(set(given.flows["flow_table"])), ())})
    if chosen == "moves":
        return Moves(programmes.read("all", given), given.movements)
    if chosen not in posts:
        parts, totals = ledger.flows(chosen, given)
        parts["n"] = [float(bounds.low) for bounds in parts["count"]]
        return Printed(programmes.read(given.by_id.loc[parts["fact_id"].iloc[0], "place"], given), parts, totals)
    post = "chair" if chosen == "chairs" else "secretary"
    every = terms.spells(post=post)
    began = every[~every["early"]]
    record = tables.load("leaders")[["spell_id", "prior_post", "source_1"]]
    known = began[~began["start_censored"]].merge(record, on="spell_id")
    known = known.assign(year=known["start"].dt.year, unit=known["unit_code"].map(places.name))
    first = terms.first_year("chair") if post == "chair" else 0  # earlier chairs are not all on record
    counted = known[known["year"] >= first]
    left_out = len(began) - len(known), len(known) - len(counted)
    return Leaders(post, counted, *left_out, first, len(every) - len(began))
