"""The checks of printed arithmetic: what the numbers of one article say of each other.

Every relation that the numbers may stand in is set up (``articles.relations``), the words tell how likely it is meant (``articles.relevance``),
and of those that fail the contradictions are told apart (``articles.judgement``). Tables are checked by their rows and columns (``articles.tables``).
"""

import math
from datetime import date
from typing import Any

from articles.figures import Number
from articles.judgement import judge, suspects
from articles.relations import ORDERS, Relation, figures_of, relations
from articles.relevance import Cues, relevance
from articles.tables import checked, tables, told
from articles.text import LANGUAGE
from helpers.record.ledger import Bounds, quoted

# log odds from which a relation that fails is named: at them under 4 % of consistent twins in sets held out are accused
_SURE = 0.3
_RULES = {
    "share": "share rest",
    "mean": "mean average",
    "sum": "sum all merged both_c both_m both_p both_s",
    "change": "growth fall points times yearly",
    "rank": "moved league",
    "field": "field",
    "scale": "scale hundred",
    "attainment": "at_most at_least share_at_most share_at_least whole",
    "twice": "same",
    "dates": "not_after not_before one_day lasted age term",
}
_RULE = {kind: rule for rule, kinds in _RULES.items() for kind in kinds.split()}


def contradictions(found: list[Relation], relevances: list[float], cues: Cues) -> list[Relation]:
    """Return the relations that the words mean and the numbers break, the surest first, at most one for each number."""
    judged = sorted(((judge(signs), i) for i, signs in suspects(found, relevances, cues)), reverse=True)
    named, used = list[Relation](), set[int]()
    for score, i in judged:
        numbers = {id(y.number) for y in found[i].figures}
        if score > _SURE and not numbers & used:
            named.append(found[i])
            used |= numbers
    return named


def confirmed(found: list[Relation], relevances: list[float]) -> list[Relation]:
    """
    Return the relations that the words are likely to mean and the numbers bear out, the likeliest of each number that is checked.

    Parameters
    ----------
    found : list of Relation
    relevances : list of float
    """
    best = dict[int, tuple[float, Relation]]()
    for r, relevant in zip(found, relevances, strict=True):
        number = id(r.figures[0].number)
        told = _met(r) or (r.kind not in ORDERS and not any(map(math.isinf, (*r.made, *r.printed))))
        if r.holds and told and relevant > max(0.0, best[number][0] if number in best else 0.0):
            best[number] = relevant, r
    return [r for _, r in best.values()]


def _met(r: Relation) -> bool:
    """Return whether a relation says that what is aimed at is met."""
    return _RULE[r.kind] == "attainment" and any(y.number.hit.get("kind") == "target" for y in r.figures)


def check(found: list[Number], lines: list[str] | None = None) -> list[dict]:
    """
    Check the printed arithmetic of an article.

    Parameters
    ----------
    found : list of Number
        The numbers of its sentences, in order.
    lines : list of str, optional
        The lines of the article, for its tables.

    Returns
    -------
    list of dict
        One a checked number: rule (share, mean, sum, change, rank, field, scale, attainment, twice, dates), verdict (holds, contradiction), at
        (locators), printed, expected, others, sentence, check (in short, without words), text and text_vi (the finding in words), numbers
        (list of (sentence, start) that it rests on).
    """
    figures = figures_of(found)
    every = relations(figures)
    cues = Cues(figures, every)
    relevances = relevance(every, cues)
    wrong = contradictions(every, relevances, cues)
    accused = {id(y.number) for r in wrong for y in r.figures[:1]}
    right = [r for r in confirmed(every, relevances) if id(r.figures[0].number) not in accused]
    out = [_told(r) for r in sorted([*wrong, *right], key=lambda r: r.figures[0].start)]
    texts = lines or []
    for table in tables(texts):
        for line, printed, made, others, holds in checked(*table[1:]):
            out.append(_worded("sum", holds, printed, _range(made, 1), others, texts[line], f"p{line + 1}.s1", []))
        for x, cell, made, holds in told(found, *table):
            spots = x.sentence["at"], [(x.n, x.hit["start"])]
            out.append(_worded("twice", holds, x.printed, _range(made, 1), cell, x.whole, *spots))
    return out


def _told(r: Relation) -> dict:
    """Return the row of a relation between numbers."""
    first, *others = r.figures
    numbers = {y.start: y.number for y in r.figures if y.part != "scale"}
    used = [numbers[start] for start in sorted(numbers)]
    names = [y.number.printed for y in others if y.number is not first.number or y.part != "value"]
    at = ";".join(dict.fromkeys(x.sentence["at"] for x in used))
    expected = _expected(r)
    told = first.number.printed, expected, "; ".join(dict.fromkeys(names))
    return _worded(_RULE[r.kind], r.holds, *told, first.number.whole, at, [(x.n, x.hit["start"]) for x in used])


def _expected(r: Relation) -> str:
    """Write what the figure that is checked should be."""
    (low, high), first = r.made, r.figures[0]
    if r.kind in ("not_after", "not_before", "at_most", "at_least", "share_at_most", "share_at_least"):
        # what is limited is the other figure: turn it round
        low, high = (r.printed[0], math.inf) if r.kind.endswith(("after", "most")) else (-math.inf, r.printed[1])
    if r.kind == "moved" and low < 0:
        return f"{'↑' if first.unit == 'places_lost' else '↓'} {-low:g}"
    if r.kind == "league":
        other = r.figures[1]
        return f"{'<' if first.value > other.value else '>'} {other.number.printed}"
    if first.kind == "d":
        day = low if math.isinf(high) else high
        return f"{'≥' if math.isinf(high) else '≤' if math.isinf(low) else '='} {date.fromordinal(int(day))}"
    size = first.number.size if r.kind not in ("lasted", "age", "term", "all") and first.kind == "m" else 1
    if r.kind in ("share", "rest", "growth", "fall") and first.number.kind == "o":
        low, high = low / 100, high / 100
    return _range(Bounds(low, high), size)


def _range(made: Bounds | str, size: int) -> str:
    """Write what a number should be: 24, 23.6–26.4, at most or at least something."""
    if not isinstance(made, Bounds):
        return str(made)
    low, high = (f"{float(end / size):.2f}".rstrip("0").rstrip(".") for end in (made.low, made.high))
    return f"≥ {low}" if high == "inf" else f"≤ {high}" if low == "-inf" else low if low == high else f"{low}–{high}"


def _worded(
    rule: str, holds: bool, printed: str, expected: str, others: str, sentence: str, at: str, spots: list
) -> dict[str, Any]:
    """Return a row, with what it says in words."""
    row = {"rule": rule, "verdict": "holds" if holds else "contradiction", "printed": printed, "expected": expected}
    row |= {"others": others, "sentence": sentence, "at": at}
    row["check"] = "holds" if holds else f"{printed} ↔ {expected}" + (f" ({others})" if others else "")
    english, vietnamese = LANGUAGE["says"][rule]
    row["text"] = english.format(**row | {"printed": quoted(printed), "others": quoted(others)})
    row["text_vi"] = vietnamese.format(**row | {"expected": expected.replace(".", ",")})
    return row | {"numbers": spots}
