"""What is known, described: of an indicator, a province, those who lead. Tables and sentences; nothing is estimated."""

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers import study, words
from helpers.display import page
from helpers.record import places, tables, terms
from helpers.words import Sentence, _, count, dates, joined, known, listing, number, percent, say

SURVEYS = ["pci_score", "papi_participation", "papi_transparency", "papi_corruption", "papi_procedures", "papi_service"]
ECONOMY = ["grdp_growth_pct", "grdp_per_capita_pre2019rev_mvnd", "grdp_per_capita_mvnd", "poverty_rate_pct"]
ECONOMY += ["income_pc_month_kvnd", "unemployment_rate_pct"]
_SITE = r"https?://(?:[^/]*?\.)??([^./]+\.(?:(?:com|net|gov|org|edu)\.)?[a-z]+)/.*"
_ENDS = {  # what is said of the end of a term in the 63 provinces, by what it rests on; else its date
    "in office": "in office in June 2025 (end of data)",
    "assumed": "{day} (assumed: no change found)",
    "last seen": "\u2265 {day} (last seen; end not known)",
}
_EARLIER = "_pre2019rev|_first_vintage"  # in the name of an indicator that another continues
_BOTH = ("secretary", "chair")
_WHO = {  # a head of the post in a sentence, several of them, and the post over a figure
    "secretary": ("a non-local secretary", "secretaries", "Secretaries"),
    "chair": ("a non-local chair", "chairs", "Chairs"),
    "either": ("a non-local secretary or chair", "", "Secretary or chair"),
    "both": ("both a non-local secretary and a non-local chair", "", "Secretary and chair"),
}
HEADS = {  # of the columns local and non_local where the answer is of two heads
    "either": {"local": "both_local", "non_local": "any_non_local"},
    "both": {"local": "not_both", "non_local": "both_non_local"},
}


def registry() -> pd.DataFrame:
    """Return the indicators, indexed by name, with heading, unit, titled (both), note, text and reading in the language switched on."""
    return _registry(words.language())


@tables.remembered
def _registry(lang: str) -> pd.DataFrame:
    table = tables.registry()
    forms = {"heading": "label", "unit": "unit", "note": "note", "text": "text", "reading": "reading"}
    table = table.assign(**{name: table[f"{column}_{lang}"].fillna("") for name, column in forms.items()})
    return table.assign(titled=table["heading"] + ", " + table["unit"])


def spoken(frame: pd.DataFrame, *names: str) -> pd.DataFrame:
    """
    Return a table whose columns ``names`` are in the language switched on, from ``name_en`` (or ``name``) and ``name_vi``.

    Parameters
    ----------
    frame : DataFrame
    *names : str
        Of the columns wanted.
    """
    lang = words.language()
    return frame.assign(**{n: frame[n if lang == "en" and n in frame else f"{n}_{lang}"] for n in names})


def labelled(frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return a table indexed by indicator with ``heading``, in the language switched on, as its first column.

    Parameters
    ----------
    frame : DataFrame
        Indexed by indicator.
    """
    frame = frame.rename_axis(None, axis=1)
    frame.insert(0, "heading", list(map(study.label_of, frame.index)))
    return frame.reset_index(drop=True)


def headings(names: Iterable[str]) -> str:
    """
    Return the headings of some indicators as a list in words.

    Parameters
    ----------
    names : iterable of str
        Of indicators.
    """
    return listing(map(study.label_of, names))


def named(codes: Iterable[str]) -> list[str]:
    """
    Return the names of provinces in Vietnamese alphabetical order.

    Parameters
    ----------
    codes : iterable of str
        GSO codes.
    """
    return sorted((places.name(code, "vi") for code in codes), key=words.vietnamese_order)


def without(codes: Iterable[str], most: int = 8) -> str:
    """
    Return the provinces that are not among the codes: their names, or how many where they are more than ``most``.

    Parameters
    ----------
    codes : iterable of str
        GSO codes of provinces with a value.
    most : int
        How many are named.
    """
    gone = named(set(places.codes()) - set(codes))
    return ", ".join(gone) if len(gone) <= most else _("{n} provinces", n=len(gone))


def days(texts: pd.Series) -> pd.Series:
    """
    Return texts in which dates and months (YYYY-MM-DD, YYYY-MM) are written as in the language switched on.

    Parameters
    ----------
    texts : Series of str
    """
    return texts.map(dates, na_action="ignore")


def in_words(non_local: pd.Series) -> pd.Series:
    """
    Return the key (``names.csv``) of non-local, local or unknown for each of a column of flags.

    Parameters
    ----------
    non_local : bool or Series of bool
        Missing = unknown.
    """
    return non_local.astype("object").map({True: "non-local", False: "led_by_local"}).fillna("unknown")


def from_unit(held: pd.DataFrame) -> pd.Series:
    """
    Return the key of local or not of heads of the 34 units, another where no home was found and the press counts them.

    Parameters
    ----------
    held : DataFrame
        native_new and home_unit_2025, as in ``terms.holders``.
    """
    counted = held["home_unit_2025"].isna() & ~held["native_new"]
    return in_words(~held["native_new"]).mask(counted.fillna(False).astype(bool), "non_local_as_counted")


@dataclass(frozen=True, eq=False, repr=False)
class Indicator:
    """
    One indicator over provinces and years; its heading, text, unit, reading, note, better, decimals and table are attributes too.

    Attributes
    ----------
    name : str
    frame : DataFrame
        Values of the 63 provinces: unit_code, year, value, segment, source and marks, see ``tables.indicator``.
    """

    name: str
    frame: pd.DataFrame

    def __repr__(self) -> str:
        return f"Indicator: {self.name}, {self.years[0]}-{self.years[-1]}, {len(self.frame)} values"

    def __getattr__(self, name: str) -> Any:
        """Return a column of :func:`registry`, in the language switched on."""
        if name not in ("heading", "text", "unit", "reading", "note", "better", "decimals", "table"):
            raise AttributeError(name)
        return registry().at[self.name, name]

    @functools.cached_property
    def years(self) -> list[int]:
        """Years with a value."""
        return sorted(int(year) for year in self.frame["year"].unique())

    @property
    def coverage(self) -> str:
        """How many of the values that 63 provinces could have are there: a sentence."""
        one = "in {first_year}, the only year with any value"
        many = "in the {n} years with any value, {first_year} to {last_year}"
        span = count(len(self.years), "", one, many, first_year=self.years[0], last_year=self.years[-1])
        held, possible = len(self.frame), 63 * len(self.years)
        text = "{all:All|Of the} {possible} values that 63 provinces could have {span}, {all:|{held} }are there."
        return _(text, held=held, possible=possible, span=span, all=held == possible)

    @functools.cached_property
    def breaks(self) -> pd.DataFrame:
        """Changes of definition: name, first_year, kind, refuses (values on its two sides are not pooled), texts."""
        return tables.breaks(self.name).sort_values(["first_year", "name"], ignore_index=True)

    @functools.cached_property
    def latest(self) -> int:
        """The latest year with a value for at least half as many provinces as in the best-covered year."""
        n = self.frame.groupby("year")["unit_code"].nunique()
        return int(n.index[n >= n.max() / 2].max())

    @functools.cached_property
    def earliest(self) -> int:
        """The first year that is comparable with the latest: same definition and price base."""
        segment = self.frame.loc[self.frame["year"] == self.latest, "segment"].max()
        base = self.breaks.query("kind == 'base_year' and first_year <= @self.latest")["first_year"].max()
        years = self.frame.loc[self.frame["segment"] == segment, "year"]
        return int(years[years >= (base if pd.notna(base) else 0)].min())

    def values(self, year: int) -> pd.Series:
        """
        Return the values of one year by unit_code.

        Parameters
        ----------
        year : int
        """
        return self.frame[self.frame["year"] == year].set_index("unit_code")["value"]

    def said(self, value: float) -> str:
        """
        Return a value with the decimals of the indicator.

        Parameters
        ----------
        value : float
        """
        return number(value, int(self.decimals))

    @property
    def neutral(self) -> float | None:
        """The value between low and high: 100 for an index, 0 for other values, none for ranks, of which 1 is best."""
        unit = registry().at[self.name, "unit_en"]
        return None if unit.startswith("rank") else 100.0 * unit.endswith("= 100")

    @property
    def placed(self) -> dict[str, Any]:
        """``frame`` with places in the order of the year (1: highest), or values if they lie around ``neutral``; what colours mean."""
        value, text = self.frame["value"], _("Darkest: first of the year; palest: last; blank: no value")
        if self.neutral is not None:
            if value.min() < self.neutral < value.max():
                return {"frame": self.frame, "detail": _("{measured}; one scale for all years", measured=self.measured)}
            text = _("By the order in the year. Palest: lowest value; darkest: highest; blank: no value")
        return {"frame": self.frame.assign(value=self.frame.groupby("year")["value"].rank(pct=True)), "detail": text}

    @property
    def moves(self) -> pd.Series:
        """How many places each unit moved up from the first comparable year of a ranking to the latest."""
        return (self.values(self.earliest) - self.values(self.latest)).dropna()

    def _order(self) -> Sentence:
        """Who is first and last in a ranking, and who moved most."""
        values, moves = self.values(self.latest).dropna(), self.moves
        ends = {"first": values == values.min(), "last": values == values.max()}
        ends |= {"up": moves == moves.max(), "down": moves == moves.min()}
        who = {name: listing(named(found.index[found])) for name, found in ends.items()}
        who |= {"a": number(moves.max(), 0, sign=True), "b": number(moves.min(), 0, sign=True)}
        text = "**In {year}, {first} stood first and {last} last of {n} provinces{moved:; since {since}, {up} rose farthest ({a}) and {down} fell farthest ({b}).** Half of the provinces moved by {half} places or more.|.**}"
        half = {"since": str(self.earliest), "half": number(moves.abs().median(), 0)}
        told = say(text, year=str(self.latest), n=len(values), moved=moves.any(), **half, **who)
        return joined(told, *map(self._ours, dict.fromkeys((self.latest, self.earliest))))

    def _ours(self, year: int) -> str:
        """How many values of a year this project computed; empty where none."""
        derived = self.frame.loc[self.frame["year"] == year, "derived"].fillna(False)
        some = "This project computed {n} of the {of} values of {year} (not taken from the publisher)."
        every = "This project computed all {of} values of {year} (not taken from the publisher)."
        return count(int(derived.sum()), "", some, every=every, of=len(derived), year=year)

    @property
    def answer(self) -> Sentence:
        """How far the provinces lie apart in the latest year; of ranks, who is first and last and who moved."""
        if self.neutral is None:
            return self._order()
        values, ends = self.values(self.latest).dropna(), {}
        for name, value in (("low", values.min()), ("high", values.max())):
            codes = values.index[values == value]
            where = named(codes)[0] if len(codes) == 1 else _("{n} provinces", n=len(codes))
            ends[name] = f"{self.said(value)} ({where})"
        a, b = map(self.said, values.quantile([0.25, 0.75]))
        message = "**In {year}, {label} lay between {a} and {b} ({unit}) in the middle half of {few:{n} provinces (no value: {without})|the {n} provinces with a value}.**"
        said = {"year": str(self.latest), "without": without(values.index), "n": len(values)}
        said |= {"few": 0 < 63 - len(values) <= 3}
        text = say(message, label=self.text, unit=self.unit, a=a, b=b, **said)
        doubt = self.frame.loc[self.frame["year"] == self.latest, "doubtful"].fillna(False).any()
        doubted = _("Values of this year are marked as doubtful: see below.") if doubt else ""
        between = _("The lowest value is {low}, the highest {high}.", **ends)
        return joined(text, doubted, between, self._ours(self.latest))

    @property
    def measured(self) -> str:
        """Its unit, as the second line of a figure."""
        return _("Unit: {unit}", unit=self.unit)

    @property
    def marks(self) -> str:
        """How many values carry a mark, and which."""
        found = {flag: int(self.frame[flag].fillna(False).sum()) for flag in study.FLAGS}
        said = [_(study.FLAGS[flag][1], n=n) for flag, n in found.items() if n]
        return _("Marks on values: {marks}.", marks=listing(said)) if said else _("No value carries a mark.")

    @property
    def change(self) -> str:
        """The median of the latest year beside that of the first comparable one, as a title."""
        a, b = (self.said(self.values(year).median()) for year in (self.earliest, self.latest))
        years = {"first": str(self.earliest), "last": str(self.latest), "one": self.earliest == self.latest}
        return _("{heading}: median {one:|{a} in {first}, }{b} in {last}", heading=self.heading, a=a, b=b, **years)


@tables.remembered
def indicator(name: str) -> Indicator:
    """
    Return one indicator of the 63 provinces.

    Parameters
    ----------
    name : str
        A usable indicator of ``data/indicators.csv``, by its name or label in any common spelling.

    Raises
    ------
    words.Refused
        An unknown name, with the closest.

    Examples
    --------
    >>> indicator("PCI score").latest
    2023
    """
    table = tables.registry()
    table = table[table["usable"].fillna(False).astype(bool)]
    name = study.choose("indicator", name, study.spellings(table), "data/indicators.csv")
    frame = tables.indicator(name)
    return Indicator(name, frame[frame["unit_code"].isin(places.codes())].reset_index(drop=True))


def order(correlation: pd.Series) -> str:
    """
    Return how much the order of provinces lasts from one year to the next.

    Parameters
    ----------
    correlation : Series of float
        Of ranks, one per pair of neighbouring years on one definition.
    """
    within = correlation.dropna()
    middle = float(within.median())
    strength = _("lasts") if middle >= 0.8 else _("partly lasts") if middle >= 0.4 else _("hardly lasts")
    low, high = number(within.min(), 2), number(within.max(), 2)
    none = "No two neighbouring years share one definition, so whether the order of provinces lasts cannot be said."
    some = "From one year to the next the order of provinces {strength}: the rank correlation is {r}{n:| in the median of {n} pairs of years ({low} to {high})}."
    return count(len(within), none, some, strength=strength, r=number(middle, 2), low=low, high=high)


@dataclass(frozen=True, eq=False, repr=False)
class Province:
    """
    One of the 63 provinces: its indicators beside those it is compared with, who led it, and the unit it is part of now.

    Attributes
    ----------
    code : str
    frame : DataFrame
        One row per indicator and year with a value: indicator, year, value, segment, source; compared (the median of the region,
        or the value of another province) and nation_median; rank (1 = best, or highest), n_units, doubtful, derived.
    years : dict of str to list of int
        Years in which any province has a value, by indicator.
    other : str
        Code of the province it is compared with; empty: its region.
    better : Series
        In how many indicators each of the 63 is in the better half, each in its latest year, by unit_code.
    """

    code: str
    frame: pd.DataFrame
    years: dict[str, list[int]]
    other: str = ""
    better: pd.Series = field(default_factory=lambda: pd.Series(dtype=int))

    def __repr__(self) -> str:
        return f"Province: {self.name} ({self.code}), {len(self.years)} indicators"

    @property
    def name(self) -> str:
        """Its name, with marks."""
        return places.name(self.code, "vi")

    @property
    def region(self) -> str:
        """Its region, in the language switched on."""
        return places.region(self.code, words.language())

    @property
    def unit(self) -> str:
        """The name of the unit of the 34 that it is part of since 1 July 2025."""
        return places.name(places.merged(self.code), "vi", boundaries=34)

    @property
    def beside(self) -> str:
        """What it is compared with: the median of its region, or the name of another province."""
        return places.name(self.other, "vi") if self.other else _("median of the region")

    @property
    def merger(self) -> str:
        """What became of it on 1 July 2025."""
        others = named(set(places.parts(places.merged(self.code))) - {self.code})
        alone = "It was not merged with another province on 1 July 2025."
        text = "On 1 July 2025 it was merged with {others}; the new unit is called {unit}." if others else alone
        return _(text, others=listing(others), unit=self.unit)

    @functools.cached_property
    def last(self) -> pd.DataFrame:
        """The latest row of each indicator."""
        latest = self.frame.sort_values("year").groupby("indicator", sort=False).tail(1).set_index("indicator")
        return latest.reindex([name for name in self.years if name in latest.index]).reset_index()

    @property
    def answer(self) -> Sentence:
        """In how many indicators it stands in the better half of the provinces."""
        rows = _counted(self.frame)
        n, of, years = int(rows["better_half"].sum()), len(rows), sorted({*rows["year"].astype(str)})
        if not of:
            text = "**For {name}, no indicator shown here has both a value and a side that is better.**"
            return say(text, name=self.name)
        none = "**In none of {of} indicators does {name} stand in the better half of the provinces**, each in its latest year ({span})."
        some = "**In {n:one|{n}} of {of} indicators {name} stands in the better half of the provinces**, each in its latest year ({span})."
        every = "**In all {of} indicators {name} stands in the better half of the provinces**, each in its latest year ({span})."
        span = "-".join(dict.fromkeys((years[0], years[-1])))
        return joined(count(n, none, some, every=every, of=of, name=self.name, span=span))

    @property
    def ends(self) -> str:
        """The indicators in which it has its best and its worst place, and in which of them a low value is the best."""
        rows = _counted(self.frame).sort_values("place")
        if len(rows) < 2:
            return _("Fewer than two indicators can be ranked.")
        ends = [rows[rows["place"] == end].index for end in rows["place"].agg(["min", "max"])]
        rows = rows.join(registry()[["heading", "text", "reading_en"]], on="indicator")
        shown = "{x.heading} ({x.rank:.0f}/{x.n_units}, {x.year})".format
        best, worst = (listing(shown(x=x) for x in rows.loc[end].itertuples()) for end in ends)
        rows = rows.loc[ends[0].append(ends[1])]
        lower = rows.query("reading_en == 'lower is better'")["text"]
        text = "Its best place: {best}; its worst: {worst}{some: (place 1 is the best value; for {lower} that is the lowest)|}."
        return _(text, best=best, worst=worst, lower=listing(lower), some=len(lower) > 0)

    def led(self, definition: str = "hometown") -> str:
        """
        Return how many terms of each post are on record, and how many of them by a non-local.

        Parameters
        ----------
        definition : {"hometown", "career", "regulation"}
            Who counts as non-local.
        """
        parts = []
        for post, rows in self.terms(definition).items():
            rows = rows[rows["end"].isna() | (rows["end"] >= f"{terms.first_year('secretary')}-01")].query("not early")
            kinds = in_words(rows["non_local"]).value_counts()
            told = ", ".join(f"{n} {known(kind)}" for kind, n in kinds.items())
            if len(kinds) == 1 < len(rows):
                told = _("all {kind}", kind=known(kinds.index[0]))
            parts.append(f"{post} {len(rows)} ({told})" if told else f"{post} 0")
        text = "Terms on record since 2005, of chairs since 2011, {by}: {parts}."
        return _(text, by=study.definition_of(definition), parts="; ".join(parts))

    @property
    def now(self) -> str:
        """The last known heads of the unit of 2025, and the day to which the record reaches."""
        parts = []
        for post in _BOTH:
            held, name = terms.holders(post=post).set_index("unit_code"), words.pick(*terms.POST_LABELS[post])
            row = held.assign(local=from_unit(held)).loc[places.merged(self.code)]
            text = "{person} ({local}) as {post}" if isinstance(row["person"], str) else "no known {post}"
            parts.append(_(text, post=name, person=row["person"], local=known(row["local"])))
        text = "{heads} of {unit}. They were checked against the press to {day}; whether they are local is said of the present unit, by hometown."
        return _(text, day=terms.LAST_DAY, unit=self.unit, heads=listing(parts))

    @property
    def nearby(self) -> pd.DataFrame:
        """The other provinces of its region, linked: the unit each is part of now, and in how many indicators it is in the better half."""
        codes = [c for c in places.codes() if places.region(c) == places.region(self.code) and c != self.code]
        out = pd.DataFrame({"province": [places.name(code, "vi") for code in codes]})
        out["unit_2025"] = [places.name(places.merged(code), "vi", boundaries=34) for code in codes]
        out["better_half"] = self.better.reindex(codes, fill_value=0).to_numpy()
        return out.assign(province_url=[page(f"05_province/{places.slug(code)}") for code in codes])

    def terms(self, definition: str = "hometown") -> dict[str, pd.DataFrame]:
        """
        Return the terms of both posts by the name of the post, see ``terms.spells``.

        Parameters
        ----------
        definition : {"hometown", "career", "regulation"}
            Who counts as non-local.
        """
        held = {words.pick(*terms.POST_LABELS[post]): terms.spells(definition, post=post) for post in _BOTH}
        return {name: rows[rows["unit_code"] == self.code] for name, rows in held.items()}

    @property
    def leaders(self) -> pd.DataFrame:
        """Who held the two posts, from the table of terms: dates at their precision, home, local by each definition, sources."""
        rows = terms.spells("hometown", post="either").query("unit_code == @self.code").set_index("spell_id")
        record = tables.load("leaders").set_index("spell_id").loc[rows.index]
        out = pd.DataFrame({"post": rows["post"], "person": rows["person"], "person_url": record["source_1"]})
        out["since"], out["until"] = ends(record)
        out["home_province"] = rows["home_province"]
        for definition in terms.DEFINITIONS:
            out[f"by_{definition}"] = in_words(terms.non_local(record, definition))
        second = record["source_2"].fillna("")
        sites = second.str.replace(_SITE, r"\1", regex=True).str.split("/").str[0]
        return out.assign(confidence=rows["confidence"], site=sites, site_url=second).reset_index(drop=True)

    @property
    def since_2025(self) -> pd.DataFrame:
        """The terms in the unit of 2025: post, person, since, until, home, local to the present unit and to the old province."""
        rows = tables.load("leaders_2025").query("unit_code == @places.merged(@self.code)").reset_index(drop=True)
        since, until = days(rows["start_day"].fillna(rows["start"])), days(rows["end_day"].fillna(rows["end"]))
        out = rows[["post", "person"]].assign(person_url=rows["source_1"], since=since)
        out["until"] = until.astype("str").fillna(_("no end known (record to {reach})", reach=terms.LAST_DAY))
        kinds = {"native_new": from_unit(rows.rename(columns={"native_2025_unit": "native_new"}))}
        kinds["native_old"] = in_words(~rows["native_old_unit"])
        return out.assign(home_province=rows["home_province_old"], **kinds)

    @property
    def jumps(self) -> str:
        """Growth 5 points or more from its first published figure, or 10 from the years before and after: a sentence, or nothing."""
        own = self.frame.query("indicator == 'grdp_growth_pct'").set_index("year")["value"].sort_index()
        first = indicator("grdp_growth_first_vintage_pct").frame.set_index(["unit_code", "year"])["value"][self.code]
        steps = pd.concat([own.diff(), own.diff(-1)], axis=1).abs().min(axis=1, skipna=False)
        far = own[((own - first.reindex(own.index)).abs() >= 5) | (steps >= 10)]
        text = "Read with care, growth of {years}: 5 points or more from the first published figure, or 10 or more from both the year before and the year after. The ranks count these values, and so do estimates."
        return _(text, years=[f"{year} ({number(value, 1)}%)" for year, value in far.items()]) if len(far) else ""

    @property
    def panels(self) -> list[dict[str, Any]]:
        """What ``plots.profile`` draws: heading, decimals, frame (see ``plots.record.draw_series``) and breaks of each indicator."""
        series = {"value": self.name, "compared": self.beside, "nation_median": _("median of 63 provinces")}
        out = []
        for name in self.years:
            own = self.frame[self.frame["indicator"] == name].sort_values("year").rename(columns=series)
            own, breaks = own[["year", "segment", "source", *series.values()]], tables.breaks(name).query("refuses")
            about = {"heading": registry().at[name, "titled"], "decimals": int(registry().at[name, "decimals"])}
            out.append(about | {"frame": own, "breaks": breaks})
        return out

    @property
    def latest(self) -> pd.DataFrame:
        """The latest value of each indicator beside the medians: heading, year, value, compared, nation_median, rank_of, mark."""
        about, rows = registry(), self.last
        out = pd.DataFrame({"heading": rows["indicator"].map(about["titled"]), "year": rows["year"]})
        digits = rows["indicator"].map(about["decimals"]).astype(int)
        for column in ("value", "compared", "nation_median"):
            out[column] = list(map(number, rows[column], digits))
        out["rank_of"] = [f"{int(rank)}/{n}" for rank, n in zip(rows["rank"], rows["n_units"], strict=True)]
        said = {"doubtful": _("doubtful"), "derived": _("computed by this project")}
        marks = rows[[*said]].fillna(False).astype(bool).apply(lambda row: ", ".join(pd.Series(said)[row]), axis=1)
        return out.assign(mark=marks) if marks.any() else out


def _one_of(name: str, parameter: str) -> str:
    try:
        codes = study.resolve_units([name])
    except words.Refused as error:
        raise words.Refused("{parameter}: {error}", parameter=parameter, error=error.values["error"]) from None
    if len(codes) != 1:
        text = "{parameter} is {name}; expected one of the 63, by name or code, such as Kon Tum or 62."
        raise words.Refused(text, parameter=parameter, name=repr(name))
    return codes[0]


@tables.remembered
def _ranked(name: str) -> pd.DataFrame:
    """Values of an indicator in the order of years, with the median, number and rank of each year."""
    one = indicator(name)
    year = one.frame.groupby("year")["value"]
    rank = year.rank(method="min", ascending=one.better == "lower")
    rows = one.frame.assign(nation_median=year.transform("median"), n_units=year.transform("count"), rank=rank)
    return rows.sort_values("year", kind="stable")


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the latest undoubted row a unit of each indicator with a better side; those that continue one another are one."""
    doubt = rows["doubtful"].fillna(False).astype(bool) | (rows["indicator"].map(registry()["better"]) == "neither")
    rows = rows[~doubt].sort_values("year", kind="stable")
    series = rows["indicator"].str.replace(_EARLIER, "", regex=True)
    rows = rows.groupby([rows["unit_code"], series], sort=False).tail(1)
    return rows.assign(place=rows["rank"] / rows["n_units"], better_half=rows["rank"] <= (rows["n_units"] + 1) / 2)


def province(name: str, indicators: Sequence[str] = (), compare: str = "") -> Province:
    """
    Return what is known of one province.

    Parameters
    ----------
    name : str
        Name or code of one of the 63, in any common spelling.
    indicators : sequence of str
        Names or labels; empty: six of governance and six of the economy.
    compare : str
        Another province; empty: the median of the region.

    Raises
    ------
    words.Refused
        A text that names no province, or a region, or no indicator.

    Examples
    --------
    >>> province("kon tum").unit
    'Quảng Ngãi'
    """
    code, other = _one_of(name, "province"), _one_of(compare, "compare") if compare else ""
    if other == code:
        text = "compare is {name}, the province itself; expected another. Leave it out for the median of the region."
        raise words.Refused(text, name=repr(compare))
    regions, parts = tables.load("units").set_index("unit_code")["region_en"], []
    inside = [other] if other else regions.index[regions == regions[code]]
    chosen = [indicator(one) for one in (study.several(indicators) or [*SURVEYS, *ECONOMY])]
    study.once([one.name for one in chosen])
    ranked = [_ranked(one.name) for one in chosen]
    for rows in ranked:
        near = rows[rows["unit_code"].isin(inside)].groupby("year")["value"].median()
        own = rows[rows["unit_code"] == code]
        parts.append(own.assign(compared=own["year"].map(near)))
    columns = ["unit_code", "indicator", "year", "value", "unit", "segment", "compared", "nation_median", "rank"]
    frame = pd.concat(parts, ignore_index=True)[[*columns, "n_units", "doubtful", "derived", "source"]]
    half = _counted(pd.concat(ranked)).groupby("unit_code")["better_half"].sum()
    return Province(code, frame, {one.name: one.years for one in chosen}, other, half)


def ends(record: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """
    Return since when and until when terms ran, in words: as precisely as the source, and whether it was only seen or assumed.

    Parameters
    ----------
    record : DataFrame
        Rows of the table ``leaders``, indexed by spell_id.
    """
    after = tables.load("leaders_2025").dropna(subset=["continues_spell"]).set_index("continues_spell")
    last, until = after["end_day"].fillna(after["end"]), {}
    for spell, basis, month in zip(record.index, record["end_basis"], record["end"], strict=True):
        text, day, unit = _ENDS.get(basis, ""), month, after["unit_2025"].get(spell, "")
        if spell in after.index:
            day, done = last[spell], isinstance(last[spell], str)
            text = "" if done else "no end known (record to {reach})"
            if after.at[spell, "merged_unit"]:
                text = "{day} ({unit}, from 1 July 2025)" if done else "no end known ({unit}; record to {reach})"
        day = dates(day if isinstance(day, str) else str(terms.LAST_MONTH))
        until[spell] = _(text, day=day, unit=unit, reach=terms.LAST_DAY) if text else day
    early = record["start_censored"].map({True: "\u2264 ", False: ""})
    return early + days(record["start"]), pd.Series(until, dtype="str")


def posts_of(post: str) -> list[str]:
    """
    Return the single posts that ``post`` looks at: both for either and both.

    Parameters
    ----------
    post : {"secretary", "chair", "either", "both"}
    """
    return [post] if post in _BOTH else list(_BOTH)


def plural(post: str) -> str:
    """
    Return "secretaries" or "chairs" in the language switched on.

    Parameters
    ----------
    post : {"secretary", "chair", "either", "both"}
    """
    return _(_WHO[post][1])


def texts(definition: str, post: str) -> dict[str, str]:
    """
    Return detail and source of a figure of leaders: the post and, if one is meant, the definition of local.

    Parameters
    ----------
    definition : str
        As in :func:`helpers.study.definition_of`; empty: none is named.
    post : {"secretary", "chair", "either", "both"}
    """
    whom = _(_WHO[post][2])
    detail = _("{whom}; local {by}", whom=whom, by=study.definition_of(definition)) if definition else whom
    return {"detail": detail, "source": "leaders.csv"}


def drawn(definition: str, post: str) -> dict[str, str]:
    """
    Return :func:`texts` and ``post``, for figures that name local, non-local and unknown.

    Parameters
    ----------
    definition, post : str
        As in :func:`texts`.
    """
    return {**texts(definition, post), "post": post}


def lines(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """
    Return frames by definition or by post under the names they have in the language switched on.

    Parameters
    ----------
    frames : dict of str to DataFrame
        By definition or by post.
    """
    names = [study.definition_of(name) if name in terms.LABELS else plural(name) for name in frames]
    return dict(zip(names, frames.values(), strict=True))


def led(national: pd.DataFrame, post: str) -> Sentence:
    """
    Return how many provinces were led by a non-local on 30 June of the last year, and when the share was lowest and highest.

    Parameters
    ----------
    national : DataFrame
        Of ``terms.national``.
    post : {"secretary", "chair", "either", "both"}
    """
    low, high, row = national["share_low"], national["share_high"], national.iloc[-1]
    least, most = (national.loc[at] for at in (national["share"].idxmin(), national["share"].idxmax()))
    value = {"last": str(int(row["year"])), "n": int(row["non_local"]), "of": int(row["local"] + row["non_local"])}
    for name, one in (("share", row), ("least", least), ("most", most)):
        value |= {name: _bounded(one), f"{name}_year": str(int(one["year"]))}
    text = "**On 30 June {last}, {n} of the {of} provinces whose answer is known had {who}** ({share}). The share of those known was lowest in {least_year} ({least}) and highest in {most_year} ({most})."
    lower = (low.drop(least.name) <= least["share_high"]).any()
    higher = (high.drop(most.name) >= most["share_low"]).any()
    ranges = "The ranges count the unknown ones either way." if national["unknown"].any() else ""
    if lower or higher:
        ranges = "The ranges count the unknown ones either way; by them another year may be {lower:the lowest|}{both: or |}{higher:the highest|}."
    told = ranges and _(ranges, lower=lower, higher=higher, both=lower and higher)
    return joined(say(text, who=_(_WHO[post][0]), **value), told)


def _bounded(row: pd.Series) -> str:
    """Return a share of those known and, where some are unknown, of all: the lowest and the highest that it can be."""
    value = {name.replace("share_", ""): percent(row[name]) for name in ("share", "share_low", "share_high")}
    return value["share"] if value["low"] == value["high"] else _("{share}; {low} to {high}", **value)


def now(post: str) -> str:
    """
    Return how many of the 34 units are led by a local, as last known.

    Parameters
    ----------
    post : {"secretary", "chair", "either", "both"}
    """
    parts = []
    for one in posts_of(post):
        n = int(terms.holders(post=one)["native_new"].fillna(False).sum())
        said = ("none of the {of} {posts}", "one of the {of} {posts}", "{n} of the {of} {posts}")
        parts.append(count(n, *said, "all {of} {posts}", of=34, posts=plural(one)))
    text = "As last known (record to {day}), {parts} came from the unit itself, by hometown."
    return _(text, day=terms.LAST_DAY, parts=listing(parts))


def fell(path: pd.DataFrame, post: str) -> str:
    """
    Return how the number of local heads of the 34 units changed since 1 July 2025.

    Parameters
    ----------
    path : DataFrame
        Of ``terms.path``.
    post : {"secretary", "chair", "either", "both"}
    """
    first, last, least = path.iloc[0], path.iloc[-1], path["native_new"].min()
    reached = path.loc[path["native_new"] == least, "date"].iloc[0]
    value = {"posts": plural(post), "k": int(least), "last": int(last["native_new"]), "a": int(first["native_new"])}
    value |= {"b": int(first["native_old"]), "start": first["date"], "reached": reached, "end": last["date"]}
    text = "On {start}, {a} of the 34 {posts} were local to the present unit, and {b} to the old province that gave the unit its name."
    stayed = (path.loc[path["date"] >= reached, "native_new"] == least).all()
    some = "For {n:one head|{n} heads} the home province on that day is unknown: the number could be {n:one higher|higher by as many}."
    turned = "The number was lowest, {k}, on {reached}; on {end} it was {last}."
    kept = "By {reached} the number had changed to {k}, where it stayed until {end}."
    said = [_(text, **value), count(int(first["unknown_new"]), "", some), _(kept if stayed else turned, **value)]
    return " ".join(filter(None, said))


def fall(paths: dict[str, pd.DataFrame]) -> str:
    """
    Return the number of local heads of the 34 units on the first and the last day, as a title.

    Parameters
    ----------
    paths : dict of str to DataFrame
        Post to ``terms.path``.
    """
    ends = {post: path["native_new"].iloc[[0, -1]].astype(int).tolist() for post, path in paths.items()}
    parts = [_("{posts} {a} to {b}", posts=plural(post), a=a, b=b) for post, (a, b) in ends.items()]
    first, last = (days[:7] for days in (terms.FIRST_DAY, terms.LAST_DAY))
    return _("Local heads of the 34 units, {first} to {last}: {parts}", first=first, last=last, parts=listing(parts))


def agreement(published: pd.DataFrame) -> str:
    """
    Return how many published counts agree with ours.

    Parameters
    ----------
    published : DataFrame
        Of ``terms.published``.
    """
    none = "None of the {of} published counts agrees with ours."
    some = "{n:One|{n}} of the {of} published counts {n:agrees with ours|agree with ours; the others do not}."
    of, every = len(published), "All {of} published counts agree with ours."
    return count(int(published["agrees"].sum()), none, some, every=every, of=of)


def heads() -> pd.DataFrame:
    """Return the last known heads of the 34 units: unit, then for each post name, since, home and local or not."""
    sources, out = tables.load("leaders_2025").set_index("spell_id")["source_1"], terms.holders()[["unit"]]
    for post in _BOTH:
        held = terms.holders(post=post)
        own = {"": held["person"], "_url": held["spell_id"].map(sources), "_since": days(held["start"])}
        own |= {"_home": held["home_province"], "_local": from_unit(held)}
        out = out.assign(**{f"{post}{end}": column for end, column in own.items()})
    return out


def leads_now() -> pd.DataFrame:
    """Return the last known heads of the unit that each of the 63 provinces is part of: unit_2025, as_of, and both posts."""
    out = pd.DataFrame({"unit_code": places.codes(), "as_of": terms.LAST_DAY})
    for post in _BOTH:
        held = terms.holders(post=post).set_index("unit_code").loc[out["unit_code"].map(places.merged)].reset_index()
        out = out.assign(unit_2025=held["unit"], **{post: held["person"], f"{post}_non_local": ~held["native_new"]})
    return out


def led_on(status: pd.Series, post: str, day: str = terms.LAST_DAY) -> str:
    """
    Return how many units are led by a non-local, a local or an unknown, as a title.

    Parameters
    ----------
    status : Series of bool
        By unit; missing = unknown.
    post : {"secretary", "chair", "either", "both"}
    day : str
        YYYY-MM-DD.
    """
    from helpers.plots.base import kind_of, kinds

    seen = status.map(kind_of).value_counts()
    parts = [_("{n} {kind}", n=int(seen[kind]), kind=name) for kind, name in kinds(post).items() if kind in seen]
    text = "As last known, to {day}: {parts}" if day == terms.LAST_DAY else "{day}: {parts}"
    return _(text, day=day, parts=listing(parts))


def rise(national: pd.DataFrame, post: str) -> str:
    """
    Return the share led by a non-local in the first well-known and in the last year, as a title.

    Parameters
    ----------
    national : DataFrame
        Of ``terms.national``.
    post : {"secretary", "chair", "either", "both"}
    """
    well = national[national["unknown"] <= 0.1 * national["n_units"]]
    a, b = (well if len(well) else national).iloc[0], national.iloc[-1]
    value = {"a": percent(a["share"]), "b": percent(b["share"])}
    text = "Of the provinces known, {a} had {who} in {first_year} and {b} in {last_year}"
    return _(text, who=_(_WHO[post][0]), first_year=int(a["year"]), last_year=int(b["year"]), **value)


def rises(shares: dict[str, pd.DataFrame]) -> str:
    """
    Return between which bounds the share changed from 2016 to 2025 under each definition, as a title.

    Parameters
    ----------
    shares : dict of str to DataFrame
        Definition to ``terms.national``.
    """
    ends, parts = ["share_low", "share_high"], []
    for name, frame in shares.items():
        a, b = 100 * frame.set_index("year").loc[[2016, 2025], ends].to_numpy(float)
        low, high = (number(x, 0, sign=True) for x in (b[0] - a[1], b[1] - a[0]))
        parts.append(_("{low} to {high} {by}", low=low, high=high, by=study.definition_of(name)))
    return _("Change of the share, 2016 to 2025, in points: {parts}", parts=listing(parts))


def ever(months: pd.DataFrame, post: str) -> str:
    """
    Return in how many provinces a non-local led in some month, as a title.

    Parameters
    ----------
    months : DataFrame
        Of ``terms.monthly``.
    post : {"secretary", "chair", "either", "both"}
    """
    none, one = "No province had {who} in any month", "One of 63 provinces had {who} in some month"
    many, every = "{n} of 63 provinces had {who} in some month", "All 63 provinces had {who} in some month"
    n = months.loc[months["non_local"].fillna(False), "unit_code"].nunique()
    return count(n, none, one, many, every, of=63, who=_(_WHO[post][0]))


def peaks(changes: pd.DataFrame) -> str:
    """
    Return the three years with most changes, as a title.

    Parameters
    ----------
    changes : DataFrame, index year
        Changes by kind of the new holder.
    """
    return _("Most changes came in {years}", years=listing(map(str, sorted(changes.sum(axis=1).nlargest(3).index))))


def faults(checked: pd.DataFrame) -> str:
    """
    Return how many faults the check of all tables found.

    Parameters
    ----------
    checked : DataFrame
        One row a table: faults.
    """
    return count(int(checked["faults"].sum()), "No fault was found.", "One fault was found.", "{n} faults were found.")


def full(cells: pd.DataFrame) -> str:
    """
    Return how many indicator-years have all 63 provinces, as a title.

    Parameters
    ----------
    cells : DataFrame
        indicator, year, n_units.
    """
    return _("{n} of {of} indicator-years have all 63 provinces", n=int((cells["n_units"] == 63).sum()), of=len(cells))


def _known(months: pd.DataFrame) -> str:
    return percent(months[["local", "non_local"]].sum().sum() / months.sum().sum())


def known_texts(known: dict[str, pd.DataFrame], post: str) -> dict[str, str]:
    """
    Return title, detail and source of the figure of what is known about one post.

    Parameters
    ----------
    known : dict of str to DataFrame
        Post to months by year and what is known.
    post : {"secretary", "chair", "either", "both"}
    """
    text = "Holder and home province are known in {share} of the province-months"
    return {"title": _(text, share=_known(known[post])), **texts("hometown", post)}


def known_share(known: dict[str, pd.DataFrame]) -> Sentence:
    """
    Return in how many province-months holder and home of each post are known, since the year from which it is used.

    Parameters
    ----------
    known : dict of str to DataFrame
        Post to months by year and what is known.
    """
    share = {post: _known(months.loc[max(terms.first_year(post), 2006) :]) for post, months in known.items()}
    text = "**Who led, and from which home province, is known in {secretary} of the province-months of secretaries since 2006, and in {chair} of those of chairs since 2011.** What is not known is nowhere counted as local: shares have bounds ([04](04_leaders.ipynb)), and differences are also given for other ways of filling it in ([07](07_association.ipynb), [13](13_robustness.ipynb))."
    return say(text, **share)


def listed(spells: pd.DataFrame) -> pd.DataFrame:
    """
    Return terms for a reader: province, post, person, dates at their precision, home province.

    Parameters
    ----------
    spells : DataFrame
        Of ``terms.spells``.
    """
    record = tables.load("leaders").set_index("spell_id").loc[spells["spell_id"]]
    since, until = ends(record)
    out = record[["province", "post", "person"]].assign(person_url=record["source_1"], since=since, until=until)
    return out.assign(home_province=record["home_province"]).reset_index(drop=True)
