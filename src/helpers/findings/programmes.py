"""What newspaper articles print about programmes, for a reader: facts and where they stand, targets, what does not fit."""

import functools
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.record import ledger, places, tables
from helpers.study import choose, label_of
from helpers.words import Sentence, _, count, dates, joined, language, listing, number, percent, say, vietnamese_order

_SEVERITIES = ("contradiction", "drift", "missing", "caution")
_BARE = ("date", "id", "move", "year_range", "year", "period", "rank", "ordinal", "share")


def label(token: object) -> str:
    """
    Return a token of the ledger (a measure, post, verb, level, unit) in the language switched on.

    Parameters
    ----------
    token : object
    """
    return ledger.labels(language())(str(token))


def dated(as_of: object, basis: str = "stated") -> str:
    """
    Return a printed date or window as precisely as its source and no more; ``basis`` "inferred" is said.

    Parameters
    ----------
    as_of : str
        A date, month, year or window; missing reads as nothing.
    basis : str
        How the date is known: stated, inferred, not_stated.

    Examples
    --------
    >>> dated("2010..2018-10-03"), dated("2017-09", "inferred")
    ('2010 to 3 October 2018', 'September 2017 (year inferred)')
    """
    if pd.isna(as_of):
        return ""
    first, _dots, last = str(as_of).partition("..")
    text = dates(first)
    if last:
        ends = [_("{year}", year=end) if end.isdigit() else _("{day}", day=dates(end)) for end in (first, last)]
        text = _("{first} to {last}", first=ends[0], last=_("end of the term") if last == "term_end" else ends[1])
    return _("{date} (year inferred)", date=text) if basis == "inferred" else text


def where(locator: object) -> str:
    """
    Return a locator in words.

    Parameters
    ----------
    locator : str
        Such as p6.s7:9d82c4496794; missing: outside the article.

    Examples
    --------
    >>> where("p6.s7:9d82c4496794;p6.s8:9516e788a031;p9.s1:3eaf0b2b")
    'paragraph 6, sentences 7, 8; paragraph 9, sentence 1'
    """
    if pd.isna(locator):
        return _("outside the article")
    found: dict[str, list[str]] = {}
    for p, s in sorted({(int(p), int(s)) for p, s in re.findall(r"p(\d+)\.s(\d+)", str(locator))}):
        found.setdefault(str(p), []).append(str(s))
    one, many = "paragraph {p}, sentence {s}", "paragraph {p}, sentences {s}"
    return "; ".join(_(one if len(s) == 1 else many, p=p, s=", ".join(s)) for p, s in found.items())


@dataclass(frozen=True, eq=False, repr=False)
class Printed:
    """
    What the articles about some provinces print.

    Attributes
    ----------
    tables : ledger.Tables
    codes : tuple of str
        GSO codes of the provinces.
    """

    tables: ledger.Tables
    codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Printed: {len(self.facts)} facts about {', '.join(self.codes)}"

    @property
    def name(self) -> str:
        """The provinces; names keep their marks."""
        return listing(sorted((places.name(code, "vi") for code in self.codes), key=vietnamese_order))

    @functools.cached_property
    def facts(self) -> pd.DataFrame:
        """The facts of the articles without numbers of the web page; ``short`` name and ``url`` (where known) of the article."""
        rows, about = self.tables.facts, tables.load("sources_articles").set_index("article")
        mine = rows.loc[rows["province_code"].isin(self.codes), "article"]
        rows = rows[rows["article"].isin(mine) & (rows["kind"] != "page_chrome")]
        about = about.reindex(columns=["short_name", "url"]).rename(columns={"short_name": "short"})
        return rows.join(about, on="article")

    @property
    def articles(self) -> pd.DataFrame:
        """One row per article: its title where known, date, publisher, and how many facts are printed, and derived or from outside."""
        derived = self.facts["derived"].fillna(False).astype(int)
        sums = pd.DataFrame({"n_printed": 1 - derived, "n_derived": derived}).groupby(self.facts["article"]).sum()
        about = tables.load("sources_articles").merge(sums.reset_index()).sort_values("published", ignore_index=True)
        when = [dated(*day) for day in about[["published", "published_basis"]].to_numpy()]
        about = about.assign(article=about["short_name"], date=when, article_url=about.get("url"))
        return about[["article", "article_url", "title", "publisher", "date", "n_printed", "n_derived"]]

    @property
    def source(self) -> str:
        """The articles, for the foot of a figure."""
        return _("{n:article|articles} {names}", n=len(self.articles), names=", ".join(self.articles["article"]))

    @property
    def coverage(self) -> str:
        """How many facts there are, and how many are bounds or lack a date."""
        facts = self.facts[self.facts["province_code"].isin(self.codes)]
        bounds, undated = facts["value_qualifier"] != "exact", facts["as_of_basis"].isin(["inferred", "not_stated"])
        about = ("No fact is about {name}.", "One fact is about {name}.", "There are {n} facts about {name}.")
        exact = ("No value is a bound;", "One value is a bound;", "Of the values, {n} are bounds;")
        open_ = ("for one the date is inferred or missing.", "for {n} the date is inferred or missing.")
        linked = "The {n:address of one article is|addresses of {n} articles are} known and linked."
        other = self.facts.drop(facts.index)
        names = listing(sorted(map(label, other["place"].unique()), key=vietnamese_order))
        more = "The same articles hold one more, on {names}.", "The same articles hold {n} more, on {names}."
        said = [count(len(facts), *about, name=self.name), count(len(other), "", *more, names=names)]
        said.append(count(int(bounds.sum()), *exact))
        said.append(count(int(undated.sum()), "every date is stated.", *open_))
        every = self.tables.facts[self.tables.facts["article"].isin(self.facts["article"])]
        page = "Another number, of a web page, is left out.", "Another {n} numbers, of web pages, are left out."
        said.append(count(len(every) - len(self.facts), "", *page))
        known = facts.dropna(subset="url")["article"].nunique()
        return " ".join([*filter(None, said), count(known, "The address of no article is known.", linked)])

    @property
    def events(self) -> pd.DataFrame:
        """What has a date or a period: lane (document, phase, term, observed), start and end (days), text, label."""
        rows = self.facts
        spans = rows["unit"] == "year_range"
        days = rows["measure"].isin(["article_publication_date", "conference_date"])
        as_of, derived = rows["as_of"].fillna(""), rows["derived"].fillna(False).astype(bool)
        of_day = rows["article"] + as_of
        seen = (rows["kind"] == "observed") & ~derived & as_of.str.match(r"\d{4}-\d\d") & ~of_day.isin(of_day[days])
        lanes = pd.Series("", rows.index).mask(rows["measure"] == "instrument_issued", "document")
        lanes = lanes.mask(days | seen, "observed").mask(spans, "phase")
        lanes = lanes.mask(spans & rows["measure"].str.contains("planning|term"), "term")
        found: dict[tuple, dict[str, None]] = {}
        for x in rows.assign(lane=lanes, seen=seen, day=days, span=spans)[lanes != ""].itertuples():
            text = _("counts of {date}", date=dated(x.as_of)) if x.seen else label(x.measure) if x.day else x.value
            found.setdefault((x.lane, *ledger.when(x.value if x.span else x.as_of), text), {})[label(x.place)] = None
        several = len({place for at in found.values() for place in at}) > 1
        out = [(*key, f"{key[3]} ({', '.join(at)})" if several else key[3]) for key, at in found.items()]
        return pd.DataFrame(out, columns=["lane", "start", "end", "text", "label"])

    @functools.cached_property
    def checks(self) -> pd.DataFrame:
        """What the rules find (``ledger.check``), contradictions first; with every province, the national counts too."""
        found, mine = ledger.check(self.tables), set(self.facts["fact_id"])
        all_of = set(self.codes) == set(ledger.provinces(self.tables))
        kept = [bool(mine & set(f.split(";"))) or (all_of and f.startswith("national")) for f in found["facts"]]
        order = found.loc[kept, "severity"].map(_SEVERITIES.index).sort_values(kind="stable")
        return found.loc[order.index].reset_index(drop=True)

    def findings(self, checks: pd.DataFrame | None = None) -> pd.DataFrame:
        """
        Return what the rules find (all of it, or some rows of ``checks``) in sentences, with where each stands.

        Parameters
        ----------
        checks : DataFrame, optional
            Rows of ``checks``; all otherwise.
        """
        told = ledger.told(self.checks if checks is None else checks)
        spots = [self._spot(names.split(";")) for names in told["facts"]]
        told = told.assign(where=[at for at, _url in spots], where_url=[url for _at, url in spots])
        told["facts"] = told["facts"].str.replace(";", ", ").where(~told["facts"].str.startswith("national"), "")
        columns = ["severity", "what", "where", "where_url", "facts", "readings", "confidence"]
        return told[columns].reset_index(drop=True)

    def _spot(self, names: list[str]) -> tuple[str, str | None]:
        facts = self.facts[self.facts["fact_id"].isin(names)]
        if facts.empty:  # a national count: national:2021-05:province:party_secretary
            _national, day, _level, post = names[0].split(":")
            urls = self.tables.national_stats.set_index("as_of").loc[[day], "source_url"]
            return _("national counts of {date}: {post}", date=dated(day), post=label(f"national_{post}")), urls.iloc[0]
        located = facts.dropna(subset="quote_locator").groupby("short", sort=False)["quote_locator"].agg(";".join)
        url = next(iter(facts["url"].dropna()), None)
        return "; ".join(f"{short}, {where(at)}" for short, at in located.items()), url

    @property
    def contradictions(self) -> Sentence:
        """Which printed statements contradict each other, and where."""
        rows = self.findings(self.checks[self.checks["severity"] == "contradiction"])
        none = "**No printed statements contradict each other.**"
        some = "**Printed statements contradict each other in {n:one place|{n} places}.**"
        each = [say("{what} ({where}).", what=x.what[:-1], where=x.where) for x in rows.itertuples()]
        return joined(count(len(rows), none, some), *each)

    @functools.cached_property
    def goals(self) -> pd.DataFrame:
        """The targets (``ledger.attainment``), with drift: whether the result counts other posts; fact: where it stands."""
        links, found = self.tables.targets, ledger.check(self.tables)
        other = set(found.loc[found["rule"] == "measure_drift", "facts"])
        drift = [f"{a};{b}" in other for a, b in links[["target_fact", "achieved_fact"]].to_numpy()]
        facts = links["achieved_fact"].fillna(links["target_fact"]).to_numpy()
        rows = ledger.attainment(self.tables).assign(drift=drift, fact=facts)
        return rows[rows["unit_code"].isin(self.codes)].reset_index(drop=True)

    @property
    def titles(self) -> list[str]:
        """The targets in words: "Hưng Yên: party secretary (commune)"."""
        return [f"{x.place}: {label(x.post)} ({label(x.level)})" for x in self.goals.itertuples()]

    @property
    def targets(self) -> pd.DataFrame:
        """The targets as a table in words; what is not printed and cannot be worked out is blank."""
        rows, facts = self.goals, self.facts.set_index("fact_id").reindex(self.goals["fact"])

        def each(name, digits=0):
            return [listing(number(x, digits) for x in values) if values else "" for values in rows[name]]

        def verdict(x):
            if pd.isna(x.met):
                return label("missing_result")
            return _("cannot be told: other posts were counted" if x.drift else "reached" if x.met else "not reached")

        share = [f"{number(x, 0)}%" if pd.notna(x) else "" for x in rows["target_share"]]
        told = zip(share, rows["printed"], each("readings"), strict=True)
        total = [number(n, 0) if pd.notna(n) else "" for n in rows["total"]]
        outside = zip(total, rows["total_external"], strict=True)
        shown: dict[str, Any] = {"target": self.titles}
        shown["as_printed"] = [text or needed if printed else label("missing_target") for text, printed, needed in told]
        shown |= {"needed": each("readings"), "achieved": rows["achieved"], "attained": each("attained", 1)}
        shown["units"] = [_("{n} (from outside)", n=n) if out else n for n, out in outside]
        shown |= {"of_units": rows["of_units"], "spare": each("spare")}
        shown["answer"] = [verdict(x) for x in rows.itertuples()]
        shown["where"] = [f"{short}, {where(at)}" for short, at in facts[["short", "quote_locator"]].to_numpy()]
        return pd.DataFrame(shown | {"where_url": facts["url"].to_numpy()})

    @property
    def reached(self) -> str:
        """How many of the targets with a result were reached by the printed numbers, and whether the targets themselves are printed."""
        rows = self.goals[self.goals["met"].notna()]
        n, met, drift = len(rows), int((rows["met"] & ~rows["drift"]).sum()), int(rows["drift"].sum())
        if not n:
            none, one = "The articles print no target as a number.", "The articles print one target, without a result."
            return count(len(self.goals), none, one, "The articles print {n} targets, without results.")
        if n == drift == 1:
            return _("Whether the one target with a result was reached cannot be told: the result counts other posts.")
        inferred = int((~rows["printed"].astype(bool)).sum())
        how = _("By targets inferred from the printed attainment" if inferred == n else "By the printed numbers")
        none = "{how}, none of the {of} targets with a result was reached."
        some = "{how}, {n:one|{n}} of the {of} targets with a result {n:was|were} reached."
        every = "{how}, all {n} targets with a result were reached."
        if n == 2:
            every = "{how}, both targets with a result were {passed:passed|reached}."
        passed = all(min(spare, default=0) > 0 for spare in rows["spare"])
        alone = _("{how}, the one target with a result was {met:|not }reached.", how=how, met=met)
        said = [alone if n == 1 else count(met, none, some, every=every, of=n, how=how, passed=passed)]
        text = "For {n:one|{n}} of them the target is not printed but inferred from the printed attainment."
        said.append("" if inferred == n else count(inferred, "", text))
        text = "For {n:one|{n}}, it cannot be told: the {n:result counts|results count} other posts than the {n:target|targets}."
        return " ".join(filter(None, [*said, count(drift, "", text)]))

    @property
    def answer(self) -> Sentence:
        """Whether targets were reached, and whether printed statements contradict each other."""
        return joined(Sentence(f"**{joined(self.reached)}**"), self.contradictions)

    @property
    def compared(self) -> pd.DataFrame:
        """Printed values beside those of our tables (``ledger.beside_indicators``); told: what was found, where not the table's own value was taken."""
        rows = ledger.beside_indicators(self.tables).query("unit_code in @self.codes")
        rank = "Rank {value} (from the scores of all {of} provinces, a source other than the article): agrees."
        off = "Rank {value}: the scores of all {of} provinces, a source other than the article, give rank {ours}."
        unchecked = "Rank {value} cannot be checked ({n} of {of} provinces)."
        texts = {"agrees": rank, "differs": off, "not_checkable": unchecked}
        press = {"agrees": "{value} agrees with a first estimate quoted in the press ({seen})."}
        press["differs"] = "{value} differs from a first estimate quoted in the press ({seen}), {ours}."
        told = list[str]()
        for x in rows.itertuples():
            text = (texts if x.ranked else press if x.seen else {}).get(x.status)
            said = {"value": as_printed(self.tables.by_id.loc[x.fact_id].to_dict()), "ours": _shown(x.ours)}
            told.append(_(text, n=x.n_units, of=x.of, seen=dated(x.seen), **said) if text else "")
        return rows.assign(told=told)

    @property
    def beside(self) -> pd.DataFrame:
        """Printed values beside those of our tables: fact, place, label, year, printed and ours (with as many decimals as they have), status."""
        rows = self.compared
        names = [label(x.measure) if x.ranked else label_of(x.indicator) for x in rows.itertuples()]
        rows = rows.assign(fact=rows["fact_id"], label=names)
        rows[["printed", "ours"]] = rows[["printed", "ours"]].astype(float).map(_shown)
        return rows[["fact", "place", "label", "year", "printed", "ours", "status"]].reset_index(drop=True)

    @property
    def agreement(self) -> str:
        """How many printed values can be set beside our tables, how many differ, and where other values than the table's were taken."""
        rows = self.compared
        beside = rows.loc[rows["status"] != "not_checkable", "status"]
        none = "No printed value can be set beside our tables."
        some = "{n:One printed value|There are {n} printed values that} can be set beside our tables: {found}."
        found = count(int((beside == "differs").sum()), "all agree", "one differs", "{n} differ")
        if len(beside) == 1:
            found = _("it differs" if (beside == "differs").all() else "it agrees")
        return " ".join(filter(None, [count(len(beside), none, some, found=found), *rows["told"]]))

    @property
    def listed(self) -> pd.DataFrame:
        """The facts one by one: fact, place, date, measure, value as printed, kind, where it stands."""
        posts, rows, told = self.tables.movements.set_index("fact_id"), self.facts, ledger.labels(language())
        measures = zip(rows["measure"].map(told), rows["derived"].fillna(False).astype(bool), strict=True)
        names = [_("{measure} (derived)", measure=name) if own else name for name, own in measures]
        shown = pd.DataFrame({"fact": rows["fact_id"], "place": rows["place"].map(told)})
        shown["as_of"] = [dated(day, basis) for day, basis in rows[["as_of", "as_of_basis"]].to_numpy()]
        shown = shown.assign(measure=names, as_printed=[as_printed(row, posts) for row in rows.to_dict("records")])
        found = self.tables.fact_wording.query("aspect == 'check'").set_index("fact_id")["token"].to_dict()
        checks = [label(found.get(fact, "")) for fact in rows["fact_id"]]
        shown = shown.assign(kind=rows["kind"].map(told), check=checks, where=rows["quote_locator"].map(where))
        return shown.assign(where_url=rows["url"]).reset_index(drop=True)

    @property
    def national(self) -> pd.DataFrame:
        """National counts of non-local heads that newspapers print; where two disagree, both stand."""
        stats = self.tables.national_stats
        cities = stats["level"].map({"central_city": _(" (central cities)")}).fillna("")
        posts = ("national_" + stats["position"]).map(label) + cities
        shown = stats.assign(as_of=stats["as_of"].map(dated), post=posts, post_url=stats["source_url"])
        shown["share_of_units"] = shares(stats)
        return shown[["as_of", "post", "post_url", "nonlocal_count", "total", "share_of_units"]]


def shares(stats: pd.DataFrame) -> list[str]:
    """
    Return the shares of national counts in words, with "about" where their source says so.

    Parameters
    ----------
    stats : DataFrame
        Of ``national_stats``.
    """
    rows = zip(stats["share_basis"] == "about", (stats["share_pct"] / 100).map(percent), strict=True)
    return [_("about {share}", share=share) if rough else share for rough, share in rows]


def _shown(x: float) -> str:
    return number(x, len(f"{x:.6g}".partition(".")[2])) if pd.notna(x) else ""


def as_printed(row: dict, posts: pd.DataFrame | None = None) -> str:
    """
    Return a fact's value as printed, with its bound and unit; a move as the posts left and taken.

    Parameters
    ----------
    row : dict
        A row of ``programme_facts``.
    posts : DataFrame, optional
        Movements by fact.
    """
    if posts is not None and row["fact_id"] in posts.index:
        return " → ".join(label(posts.loc[row["fact_id"], f"{end}_post"]) for end in ("origin", "destination"))
    value, unit = str(row["value"]), "" if row["unit"] in _BARE else label(row["unit"])
    value = f"{value} share" if row["unit"] == "share" else value
    if value.replace(".", "", 1).isdigit() and row["unit"] != "year":
        text = number(float(value), min(ledger.decimals(value), 2))
    else:
        text = dated(label(value), row["as_of_basis"] if row["unit"] == "date" else "stated")
    unit = unit.removesuffix("s") if value == "1" else unit
    bound = "" if row["value_qualifier"] == "exact" else label(row["value_qualifier"]) + " "
    return f"{bound}{text}{unit if unit.startswith('%') else ' ' + unit}".strip()


def read(place: str = "all", given: ledger.Tables | None = None) -> Printed:
    """
    Return what the articles about a place print.

    Parameters
    ----------
    place : str
        A province, or a place in it, that the articles have facts about, in any common spelling; or ``all``.
    given : ledger.Tables, optional
        The project's own otherwise.

    Raises
    ------
    Refused
        Naming the places with facts, and the closest.

    Examples
    --------
    >>> read("hoa binh").codes, read("Đà Bắc").codes, len(read().codes)
    (('17',), ('17',), 4)
    """
    given = given or ledger.load()
    codes = {places.slug(code): code for code in ledger.provinces(given)}
    within = given.facts[given.facts["place_level"] != "national"].groupby("province_code")["place"].unique()
    spellings = {slug: (code, places.name(code, "vi"), *within[code]) for slug, code in codes.items()}
    chosen = choose("place", place, {"all": ("", "all places"), **spellings}, "data/units.csv")
    return Printed(given, tuple(codes.values()) if chosen == "all" else (codes[chosen],))
