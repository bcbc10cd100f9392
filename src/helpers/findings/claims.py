"""A claim about a rank: what is printed, whether the cause comes first, how far ranks move by themselves, and other weights."""

import functools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers import study
from helpers.effects import ranks
from helpers.findings import programmes
from helpers.findings.programmes import label, where
from helpers.record import ledger, places, tables
from helpers.words import Refused, Sentence, _, count, date, interval, joined, language, listing, number, percent, say

FEWEST = 57


def _plain(text: str) -> Sentence:
    return Sentence(text.replace("**", ""))


@dataclass(frozen=True, eq=False, repr=False)
class Claim:
    """
    A move in a ranking that an article prints, or that a reader asks about.

    Attributes
    ----------
    claim_id : str
        Empty for a reader's own.
    province, indicator : str
        GSO code; the indicator that is ranked.
    year_from, year_to : int
    regional : bool
        Whether it is ranked within its region only.
    printed_rank, printed_change : int or None
    cause : str
        Token of what is set against the rank as its cause, or nothing.
    credits : tuple of str
        Tokens of what the article credits with the result.
    attested, effect_end : Timestamp or None
        First day on which the article attests the cause; last day of the effect's period.
    located : tuple of str
        The fact and its locator.
    publisher : str
        Of the article.
    printed : Printed or None
        What the articles about the province print.
    values : tuple of str
        The facts that print the value of the indicator and the rank, in this order.
    """

    claim_id: str
    province: str
    indicator: str
    year_from: int
    year_to: int
    regional: bool = False
    printed_rank: int | None = None
    printed_change: int | None = None
    cause: str = ""
    credits: tuple[str, ...] = ()
    attested: pd.Timestamp | None = None
    effect_end: pd.Timestamp | None = None
    located: tuple[str, str] = ("", "")
    publisher: str = ""
    printed: Any = None
    values: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Claim {self.claim_id}: {self.indicator} of {self.province}, {self.year_from} to {self.year_to}"

    @property
    def _said(self) -> dict[str, Any]:
        who = {"place": self.place, "label": self.label, "within": self.within, "cause": label(self.cause)}
        ranks = {"rank": self.printed_rank, "before": self.start, "ours": self.own.get(self.year_to)}
        told = {name: str(value) for name, value in (ranks | {"first": self.year_from, "last": self.year_to}).items()}
        return who | told | {"moved": _moved(self.gain or 0), "field": self.field, "publisher": self.publisher}

    @property
    def place(self) -> str:
        """The province; its name keeps its marks."""
        return places.name(self.province, "vi")

    @property
    def label(self) -> str:
        """The indicator in running text."""
        return study.label_of(self.indicator, "text")

    @property
    def within(self) -> str:
        """Where it is ranked: the country, or a region."""
        return _("the {region}", region=places.region(self.province, language())) if self.regional else _("the country")

    @property
    def question(self) -> Sentence:
        """The question that this claim raises."""
        if self.gain:
            return say("Is this move ({moved}) more than chance and a change of weights?", **self._said)
        rank = str(self.own.get(self.year_to, self.printed_rank))
        return say("How unusual is rank {rank} in {last}?", **self._said | {"rank": rank})

    @functools.cached_property
    def ranking(self) -> pd.DataFrame:
        """Ranks by year from 2006 (``ranks.ranked``), in years with at least 57 of 63 provinces, without doubtful values."""
        values = tables.indicator(self.indicator)
        values = values[(values["year"] >= 2006) & ~values["doubtful"].fillna(False) & (values["unit_code"] != "28")]
        values = values[values.groupby("year")["unit_code"].transform("nunique") >= FEWEST]
        if self.regional:
            values = values[values["unit_code"].map(places.region) == places.region(self.province)]
        return ranks.ranked(values, "lower" if tables.registry().at[self.indicator, "better"] == "lower" else "higher")

    @functools.cached_property
    def own(self) -> dict[int, int]:
        """Rank of the province by year."""
        mine = self.ranking[self.ranking["unit_code"] == self.province]
        return dict(zip(mine["year"].astype(int), mine["rank"].astype(int), strict=True))

    @property
    def source(self) -> str:
        """The table behind the ranks."""
        return f"{tables.registry().at[self.indicator, 'table']}.csv"

    @property
    def start(self) -> int | None:
        """The earlier rank: ours, else what follows from the rank and the change that are printed; None where neither is known."""
        rank, change = self.printed_rank, self.printed_change
        return self.own.get(self.year_from, None if rank is None or change is None else rank + change)

    @property
    def gain(self) -> int | None:
        """Places gained (positive is up), None where one of the two ranks is not known."""
        later = self.own.get(self.year_to, self.printed_rank)
        return None if self.start is None or later is None else self.start - later

    @property
    def width(self) -> int:
        """How many places from the start count as near: 5, or 1 within a region."""
        return 1 if self.regional else 5

    @property
    def field(self) -> int:
        """The most provinces ranked in a year."""
        return int(self.ranking["field"].max())

    @property
    def _end(self) -> int:
        """The last year that can be ranked."""
        return int(self.ranking["year"].max())

    @property
    def coverage(self) -> str:
        """Provinces and years that can be ranked."""
        years = sorted(self.ranking["year"].unique())
        gaps = [str(year) for year in range(int(years[0]), int(years[-1]) + 1) if year not in years]
        ends = {"start": str(years[0]), "end": str(years[-1]), "n": len(years)}
        text = "The provinces of {within}, up to {field}, can be ranked in {n} years from {start} to {end}."
        left = _("Years with fewer than 57 of 63 provinces are left out: {gaps}.", gaps=", ".join(gaps)) if gaps else ""
        return f"{_(text, field=self.field, within=self.within, **ends)} {left}".strip()

    @property
    def stated(self) -> Sentence:
        """What the article prints, and what our table has."""
        if self.printed_rank is None:
            return say("No article is tested here: province and years are the reader's.")
        change = self.printed_change
        moved = _("with no rank for the year before") if change is None else _moved(change)
        both = (self.own.get(year) for year in (self.year_from, self.year_to))
        before, ours = (_("no rank") if rank is None else _("rank {rank}", rank=str(rank)) for rank in both)
        located = f"{self.located[0]}: {where(self.located[1])}"
        printed = "The article prints rank {rank} for {last}, {moved} ({located})."
        told = say(printed, **self._said | {"moved": moved, "located": located})
        text = "Our table has {before} for {first} and {ours} for {last}."
        if self._end < self.year_from:
            text = "Our values end in {end}, so they have no rank for these years."
        return joined(told, _(text, **self._said | {"before": before, "ours": ours, "end": str(self._end)}))

    @property
    def is_late(self) -> bool:
        """Whether the cause is first attested after the end of the effect's period."""
        return self.attested is not None and self.effect_end is not None and self.attested > self.effect_end

    @property
    def order(self) -> Sentence:
        """Whether the cause that the article names comes before the effect."""
        if not self.cause:
            return say("No cause is named, so there is no order of dates to check.")
        parts = listing(map(label, self.credits))
        credited = say("The article credits {credits} with a part in this result.", credits=parts)
        if self.attested is None or self.effect_end is None or not self.is_late:
            return joined(credited, say("Its dates do not contradict that order."))
        text = "**The dates do not show that the cause came first.** {credited} It gives no date before {attested} for what is set against the rank here ({cause}); the rank is of a period that ended {days} earlier, on {end}."
        days = _count("one day", "{n} days", (self.attested - self.effect_end).days)
        told = {"attested": date(self.attested), "end": date(self.effect_end), "days": days}
        return say(text, credited=credited, **self._said | told)

    def verdict(self, odds: pd.DataFrame) -> Sentence:
        """
        Return whether the move is rarer than chance.

        Parameters
        ----------
        odds : DataFrame
            First row: n, as_far (share), as_far_low, as_far_high over all other moves; empty without a move.
        """
        if self.gain is None:
            text = "**This move cannot be computed.** {place} has no rank in one of the two years."
            return say("" if self.claim_id else text, **self._said)
        if not self.gain:
            return say("**The rank did not change.** {place} had rank {before} in both years.", **self._said)
        row = odds.iloc[0]
        text = "Of {of} other moves that started within {near} of rank {start}, {n} went as far: {share} (95% interval {between}%); pairs of years with such a move: {some} of {spans}. The interval draws provinces again, not years."
        near, (low, high) = _count("one place", "{n} places", self.width), 100 * row[["as_far_low", "as_far_high"]]
        value = {"n": round(row["as_far"] * row["n"]), "of": number(row["n"], 0), "share": percent(row["as_far"])}
        value |= {"some": int(row["spans_far"]), "spans": int(row["spans"])}
        told = _(text, near=near, start=str(self.start), between=interval(low, high, 0), **value)
        return joined(Sentence(f"**{joined(self.short(odds))}.**"), told)

    def short(self, odds: pd.DataFrame) -> str:
        """
        Return the verdict on a move as a title.

        Parameters
        ----------
        odds : DataFrame
            As in `verdict`.
        """
        rare = "Moves this far ({far}) are so rare that chance alone is an unlikely explanation"
        usual = "Moves this far ({far}) are not rare enough to rule out chance"
        return _(rare if odds["as_far_high"].iloc[0] < 0.05 else usual, far=_moved(self.gain or 0))

    @property
    def usual(self) -> str:
        """How often this province stood as high in the years that can be ranked, where no change is known."""
        if self.gain is not None or self.printed_rank is None or not self.own:
            return ""
        high = sum(rank <= self.printed_rank for rank in self.own.values())
        where_ = _("first") if self.printed_rank == 1 else _("at rank {rank} or higher", rank=str(self.printed_rank))
        none = "In none of the {of} years that can be ranked did {place} stand {where}; its best rank was {best}."
        some = "In {n:one|{n}} of the {of} years that can be ranked, {place} stood {where}; its best rank was {best}."
        said = self._said | {"where": where_, "best": str(min(self.own.values()))}
        return count(high, none, some, of=len(self.own), **said)

    @property
    def asks(self) -> str:
        """That a printed rank without an earlier one is asked about its dates alone; nothing where there is a move."""
        text = "The rank of the year before is not known, so this page asks about the dates and about the ranks of other years: there is no move to set beside others."
        return _(text) if self.claim_id and self.gain is None else ""

    @property
    def breaks(self) -> pd.DataFrame:
        """Breaks of the indicator between the two years."""
        lines = tables.breaks(self.indicator)
        return lines[lines["first_year"].between(self.year_from + 1, self.year_to) & lines["refuses"]]

    @property
    def broken(self) -> str:
        """What these breaks are, or that our values do not reach these years."""
        if self.breaks.empty and self._end < self.year_to:
            text = "Our values end in {end}, so whether the indicator changed between {first} and {last} is not asked here."
            return _(text, end=str(self._end), **self._said)
        if self.breaks.empty:
            return _("No break of the indicator is recorded between {first} and {last}.", **self._said)
        head = _("The indicator changed between {first} and {last}:", **self._said)
        return " ".join([head, *self.breaks[f"text_{language()}"]])

    @functools.cached_property
    def reweighted(self) -> pd.DataFrame:
        """Places that the weights of the second year alone lift each province (``ranks.reweighted``); no rows without new weights."""
        weights = [ranks.weights_of(year) for year in (self.year_from, self.year_to)]
        if self.indicator != "pci_score" or "weights" not in set(self.breaks["kind"]) or any(w.empty for w in weights):
            return pd.DataFrame(columns=["unit_code", "year", "lift"])
        return ranks.reweighted(*weights)

    @property
    def lifts(self) -> pd.DataFrame:
        """The same in the year of sub-indices nearest to the second year."""
        years = self.reweighted["year"]
        near = min(years.unique(), key=lambda year: (abs(year - self.year_to), year), default=None)
        return self.reweighted[years == near]

    @property
    def weights(self) -> Sentence:
        """What new weights alone do, by case, and whether that is known for the second year; nothing without new weights."""
        if self.lifts.empty:
            return Sentence()
        nearest, own = str(self.lifts["year"].iloc[0]), self.lifts.set_index("unit_code")["lift"]
        lift = int(own.get(self.province, 0))
        sides = _count("one place", "{n} places", abs(lift))
        side = _("{places} lower" if lift < 0 else "{places} higher", places=sides) if lift else _("at the same rank")
        text = "By weights that this project inferred from published scores (VCCI's text was not seen), {place} would stand {side} with the figures of {year}."
        gain, known = self.gain or 0, nearest == str(self.year_to)
        so = "So by the figures of {year} new weights do not explain a {fell:fall|rise}."
        if lift * gain > 0:
            so = "So by the figures of {year} new weights may explain a part of the move."
        mean = "On average these weights move a province by {mean} places.{known:| What they moved in {last} cannot be told: the sub-indices of that year are not known for all.}"
        said = self._said | {"year": nearest, "side": side, "mean": number(own.abs().mean(), 1)}
        said |= {"fell": gain < 0, "known": known}
        return joined(*(say(one, **said) for one in (text, so, mean)))

    @property
    def right(self) -> Sentence:
        """Whether what the article prints is right; nothing where no article is tested."""
        if not self.printed:
            return Sentence()
        told = joined(*self.printed.compared.set_index("fact_id")["told"].reindex(self.values))
        if self.printed_change is not None and self.start is not None and self.year_to in self.own:
            text = "The printed move is right, {moved}: rank {before} in {first} and {ours} in {last}, from the scores of all {field} provinces, a source other than the article."
            if (self.own[self.year_to], self.gain) != (self.printed_rank, self.printed_change):
                text = "The printed move is not right: the scores of all {field} provinces, a source other than the article, give rank {before} in {first} and {ours} in {last}, {moved}."
            told = say(text, **self._said)
        return joined(Sentence(f"**{told}**"), say("That {cause} brought it about is not shown.", **self._said))

    @property
    def may_write(self) -> Sentence:
        """What may be written of this claim, neutral and from what is known."""
        text = "One may write: By {label}, {place} ranked {ours} of {field} in {last}, {moved} on {first}"
        unknown = "; whether this has to do with {cause} is not known."
        if self.gain is None:
            text = "One may write: According to {publisher}, {place} ranked {rank} in {within} by {label} in {last}; this rank could not be checked"
            unknown = ", and whether it has to do with {cause} is not known."
        if self.gain is None and not self.printed_rank:
            return Sentence()
        return Sentence(say(text, **self._said) + (say(unknown, **self._said) if self.cause else "."))

    def answer(self, odds: pd.DataFrame) -> Sentence:
        """
        Return whether the move is rarer than chance, and whether what is printed is right.

        Parameters
        ----------
        odds : DataFrame
            As in `verdict`.
        """
        first, *rest = filter(None, (self.verdict(odds), self.right))
        return joined(first, *map(_plain, rest))

    @property
    def beyond(self) -> Sentence:
        """The order of dates where it is reversed, and what new weights alone would do."""
        return joined(*(_plain(text) for text in (self.order if self.is_late else "", self.weights) if text))

    def special(self, pairs: pd.DataFrame) -> str:
        """
        Return how many provinces moved as far in these years, and the most in any pair of years; nothing without pairs.

        Parameters
        ----------
        pairs : DataFrame
            from_year, to_year, n_units, far.
        """
        if pairs.empty:
            return ""
        here, best = pairs[pairs["from_year"] == self.year_from], pairs[pairs["far"] == pairs["far"].max()]
        spans = listing(f"{one.from_year}-{one.to_year}" for one in best.itertuples())
        most = _("The most in any pair of years is {n} ({spans}).", n=int(pairs["far"].max()), spans=spans)
        if here.empty:
            return most
        n, of = here[["far", "n_units"]].iloc[0].astype(int)
        text = "From {first} to {last}, provinces that moved as far: {n} of {of}."
        return f"{_(text, n=int(n), of=int(of), **self._said)} {most}"


def _count(one: str, many: str, n: int) -> str:
    return count(n, "", one, many)


def _moved(gain: int) -> str:
    """Return "up 24 places"."""
    if gain < 0:
        return _count("down one place", "down {n} places", -gain)
    return count(gain, "unchanged", "up one place", "up {n} places")


def read(
    claim: str = "KT24-K2",
    province: str = "Kon Tum",
    indicator: str = "pci_score",
    year_from: int = 2021,
    year_to: int = 2022,
) -> Claim:
    """
    Return a claim of the ledger about a rank, or a reader's own.

    Parameters
    ----------
    claim : str
        Its name; empty: a move of ``province`` in the ranking by ``indicator`` between two years.
    province, indicator : str
        In any common spelling.
    year_from, year_to : int

    Raises
    ------
    Refused
        For unknown names, years in the wrong order, and a province, indicator or year that is not the claim's.

    Examples
    --------
    >>> read("kt24 k2").gain, read("KT24-K4").gain is None
    (24, True)
    """
    given = ledger.load()
    facts = given.by_id
    stated = given.claims[given.claims["effect_fact"].map(facts["unit"]) == "rank"].set_index("claim_id")
    asked = written = (province, indicator, year_from, year_to)
    usual = (read.__defaults__ or ())[1:]
    if not claim or asked != usual:
        known = tables.registry()
        known = known[~known["press_only"].fillna(False).astype(bool) & ~known.index.str.endswith("_rank")]
        chosen = study.choose("indicator", indicator, study.spellings(known), "data/indicators.csv")
        asked = study.resolve_units([province])[0], chosen, year_from, year_to
    if not claim:
        if not isinstance(year_from, int) or not isinstance(year_to, int) or year_from >= year_to:
            text = "year_from is {first} and year_to {last}; expected two years, the first before the second."
            raise Refused(text, first=str(year_from), last=str(year_to))
        return Claim("", *asked)
    name = study.choose("claim", claim, list(stated.index))
    row = stated.loc[name]
    cause, effect = facts.loc[row["cause_fact"]], facts.loc[row["effect_fact"]]
    year, printed = int(effect["as_of"][:4]), programmes.read(effect["province_code"])
    mine = facts[(facts["article"] == effect["article"]) & (facts["as_of"] == effect["as_of"])]
    values = mine.index[(mine["measure"] == row["indicator"]) & (mine["unit"] != "rank")]
    own = effect["province_code"], row["indicator"].replace("_rank", "_score"), year - 1, year
    if any(a != b and c != d for a, b, c, d in zip(written, usual, asked, own, strict=True)):
        text = "The claim {claim} has a province, an indicator and years of its own; to ask for others, set claim to an empty text."
        raise Refused(text, claim=name)
    return Claim(
        name,
        *own,
        regional=effect["measure"].endswith("in_region"),
        printed_rank=int(effect["value"]),
        printed_change=None if pd.isna(row["change_fact"]) else int(facts.loc[row["change_fact"], "value"]),
        cause=cause["measure"],
        credits=tuple(row["credits"].split(";")),
        attested=ledger.when(cause["as_of"])[0],
        effect_end=ledger.when(effect["as_of"])[1],
        located=(row["effect_fact"], effect["quote_locator"]),
        publisher=tables.load("sources_articles").set_index("article").loc[effect["article"], "publisher"],
        printed=printed,
        values=(*values, row["effect_fact"]),
    )
