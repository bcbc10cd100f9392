"""The checks of printed arithmetic: what the numbers of one article say of each other.

Every number stands for an interval: what rounds or is cut off to it, or what its wording bounds (more than, nearly, ...). The words around numbers
(``[cues]`` in ``vietnamese.toml``) tell which belong together. A contradiction is named only where the words say so and no reading of the numbers
nearby agrees: readings that the words call for are *said*, others of the same sentences are *loose* and can only acquit.
"""

import functools
import itertools
import re
from datetime import timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from articles.text import LANGUAGE, cells
from helpers.record.ledger import Bounds, when

_CUES = {name: re.compile(f"(?i){words}") for name, words in LANGUAGE["cues"].items()}
_FAMILIES = {name: [re.compile(f"(?i){x}") for x in kinds] for name, kinds in LANGUAGE["families"].items()}
_COMPLETE = ("sex", "direction", "half", "year", "origin")  # families that leave nothing out
_PLAIN = set(LANGUAGE["plain_words"].split())
_COUNTS, _TIMES = "cfm", "dywi"
_WINDOW, _NEAR, _FAR = 2, 25, 200  # sentences; numbers on each side that are read together; figures that are compared


class Number:
    """
    A number in the text of an article: what the reader found, its kind as a letter, and the words before, after and about it.

    Parameters
    ----------
    hit : dict
        What the reader found.
    sentence : dict
        Where it found it.
    offset : int
        Where the sentence begins in the text.
    """

    def __init__(self, hit: dict[str, Any], sentence: dict[str, Any], offset: int) -> None:
        self.hit, self.sentence, self.n, self.kind, self.value = hit, sentence, sentence["n"], kind(hit), hit["value"]
        self.start, self.end = offset + hit["start"], offset + max(hit["end"], hit.get("noun_at", 0))

    def place(self, text: str, row: list["Number"]) -> None:
        """Take the words about the number from the text, where its sentence has these numbers: back to the last, up to the next."""
        self.text, self.whole, first = text, self.sentence["text"], self.start - self.hit["start"]
        self.before, self.after = self.whole[: self.hit["start"]], self.whole[self.hit["end"] :]
        before, after = [x for x in row if x.start < self.start], [x for x in row if x.start > self.start]
        count = max((x.end for x in before if x.kind not in _TIMES), default=first)
        stop = min([x.start for x in after if x.kind not in _TIMES or self.kind in _TIMES] + [first + len(self.whole)])
        self.lead, self.tail = text[max([first, *(x.end for x in before)]) : self.start], text[self.end : stop]
        self.about = re.split(r"[;.] |\bso với\b", text[count : self.start])[-1].lower()
        self.grew = _CUES["grew"].search(text[count : self.start])
        self.printed = text[self.start : self.end].strip()
        named = "" if self.hit["unit"] == "unread" else re.sub(r"^[\W\d]*", "", text[self.start : self.end])
        self.noun = (named + _CUES["stop"].split(self.tail)[0]).lower()
        self.clause = f"{self.about} {self.noun}"
        self.dated = [x for x in after[:1] if x.kind in "dy" and re.fullmatch(r".{0,20}\([^\d]{0,12}", self.gap(x))]

    @functools.cached_property
    def bounds(self) -> Bounds:
        """What it stands for."""
        return bounds(self.hit)

    @functools.cached_property
    def days(self) -> tuple:
        """First and last day that it is dated to."""
        return when(_date(self) or (self.dated and _date(self.dated[0])) or None)

    def said(self, cue: str, where: str = "lead") -> re.Match | None:
        """Return the match of a cue in the words before the number, or elsewhere about it."""
        return _CUES[cue].search(getattr(self, where))

    def gap(self, other: "Number") -> str:
        """Return the text between two numbers, sentences parted by "¶"."""
        return self.text[self.end : other.start] if self.start < other.start else self.text[other.end : self.start]


class Reading(NamedTuple):
    """One way to read numbers together: rule, number checked, what it should be, whether it is, numbers used."""

    rule: str
    number: Number
    made: Any
    holds: bool
    used: list


def bounds(hit: dict) -> Bounds:
    """
    Return what a printed number stands for.

    Parameters
    ----------
    hit : dict
        A candidate of the reader: value, unit, value_qualifier, printed.

    Returns
    -------
    Bounds
        73,3 % is all from 73.25 to below 73.4 (rounded or cut off); a count is itself; "about" allows a tenth, "nearly" 15 % below.

    Examples
    --------
    >>> str(bounds({"value": Fraction("73.3"), "unit": "percent", "value_qualifier": "exact", "printed": "73,3%"}))
    '[73.25, 73.4)'
    """
    value, qualifier = Fraction(hit["value"]), hit["value_qualifier"]
    if qualifier == "approx" and not hit.get("estimate"):
        return Bounds(value - abs(value) / 10, value + abs(value) / 10)
    if qualifier == "nearly":
        return Bounds(value - abs(value) * 15 / 100, value, False, True)
    if qualifier not in ("exact", "approx"):
        return Bounds.read(value, qualifier, floor=int(value > 1))
    if hit["unit"] == "share":
        return Bounds(value - Fraction("0.03"), value + Fraction("0.03"))
    token = re.search(r"\d[\d.,]*", hit["printed"])
    digits = int(re.sub(r"\D", "", token[0])) if token else 0
    if not digits or (abs(value) == digits and kind(hit) in "cfrg"):
        return Bounds.exact(value)
    step = abs(value) / digits
    return Bounds(value - step / 2, value + step, False, True)


def kind(hit: dict) -> str:
    """Return the letter of a number: p share, c count, f count with its total, m money or measure, r rank, d date, ... (``[classes]``)."""
    if hit.get("is_total") or _CUES["age"].search(hit["printed"]):
        return "z"
    letter = LANGUAGE["classes"].get(hit["unit"], "m" if re.search("VND|USD", hit["unit"]) else "c")
    return "f" if letter == "c" and hit.get("total") else letter


def _date(x):
    if x.kind == "y":
        return re.sub(r".*(?=\d{4}$)|-Q.*", "", str(x.value))
    return x.hit.get("as_of") if x.kind != "d" else None if x.hit["problem"] else x.value


def numbers(sentences: list[dict]) -> list[Number]:
    """Return the numbers of the sentences, in order, each with the words about it."""
    text, offset, found = "".join(s["text"] + "¶" for s in sentences), 0, list[Number]()
    for s in sentences:
        row = [Number(hit, s, offset) for hit in s["hits"]]
        for x in row:
            x.place(text, [y for y in row if y.kind != "z"])
        offset += len(s["text"]) + 1
        found += row
    return found


def _words(text):
    return set(re.findall(r"[^\W\d]+", re.sub(_CUES["non_local"], " nonlocal ", text))) - _PLAIN


def _overlap(one, other):
    return len(one & other) / max(len(one | other), 1)


def _agree(one, other):
    return 0 in one - other


def _total(numbers):
    return sum((x.bounds for x in numbers), Bounds.exact(0))


def _alike(one, other):
    """Return whether two numbers count the same kind of thing, as far as their units tell."""
    units = {one.hit["unit"], other.hit["unit"]}
    loose = units & {"unread", "units"} and {one.kind, other.kind} <= {"c", "f"}
    return len(units) == 1 or units <= {"persons", "turns", "posts"} or bool(loose)


def _led(one, other):
    """Return whether one counts what the other counts, or the heads of it."""
    return _alike(one, other) or (other.hit["unit"] in LANGUAGE["units_led"] and one.said("head", "clause"))


def _judge(rule, x, said, loose=()):
    """Yield the reading of a number: the first that agrees, else the first that its words call for; none if they call for none."""
    if not said:
        return
    tied = {id(y) for _, used in said for y in used}
    tight = (r for r in loose if r[0].high < 2 * abs(r[0].low) and any(id(y) in tied for y in r[1]))
    agreed = next((reading for reading in itertools.chain(said, tight) if _agree(reading[0], x.bounds)), None)
    yield Reading(rule, x, (agreed or said[0])[0], agreed is not None, (agreed or said[0])[1])


# --- shares of counts, sums of parts


def _shares(x, near, far):
    """Check a share against the count beside it and every whole that its words name; any whole of the article can acquit."""
    if x.kind not in "po" or x.grew:
        return
    same = 1 if x.said("same_figure", "about") else 0
    beside = [a for a in near if a.kind in _COUNTS and not _CUES["other_share"].search(x.gap(a).replace("¶", "", same))]
    parts = [a for a in beside if a.start < x.start] if x.said("link") else []
    parts = parts[:-1] if parts[1:] and parts[-1].said("whole") else parts
    parts = [a for a in beside if a.start > x.start and _CUES["in_brackets"].search(x.gap(a))][:1] or parts
    counts = [a for a in near if a.kind in _COUNTS and a.n == x.n and a.start < x.start]
    listed = [y for y in near if y.kind == x.kind and y.n == x.n and counts and y.start > counts[-1].start]
    told = listed[1:] and counts and listed[0].gap(counts[-1]) + listed[-1].tail + "|" + listed[0].gap(listed[1])
    if len(counts) >= len(listed) and told and _CUES["respectively"].search(told):
        parts = counts[-len(listed) :][: listed.index(x) + 1]
    if not parts or (x.hit.get("kind") == "target" and parts[-1].kind != "f" and not same):
        return
    part, scale = parts[-1], 1 if x.kind == "o" else 100
    if top := re.search(r"([\d.]+) ?/ ?$", part.before):
        yield from _judge("share", x, [(Bounds.exact(int(top[1].replace(".", ""))) * scale / part.bounds, [part])])
        return
    if part.kind == "f":
        yield from _judge("share", x, [(part.bounds * scale / part.hit["total"], [part])])
        return
    wholes = [b for b in reversed(far) if b.kind in _COUNTS and b is not part and b.value >= part.value > 0]
    wholes = [b for b in wholes if _led(part, b) and b.n <= x.n and (b.start < x.start or b.said("whole"))]
    called = [b for b in wholes if _is_whole(b, part) or (b.n == x.n and b.said("whole"))]
    said, loose = ([(part.bounds * scale / b.bounds, [part, b]) for b in bs] for bs in (called, wholes))
    yield from _judge("share", x, said, loose)


def _is_whole(b, part):
    """Return whether the words make a number the whole of another: "of the 23", "23 ... of which", "has 52 members. Women are 9"."""
    gap, here = part.gap(b), b.n == part.n
    follows = _CUES["of_which"].search(gap + part.tail) and (here or re.fullmatch(r"[^\d¶]*¶[^¶]*", gap))
    if follows or (here and b.said("whole")):
        return True
    shared = here or len(_words(b.clause) & _words(part.about)) > 1
    return bool(shared and b.said("holds") and part.said("trait", "clause")) and part.hit["unit"] != "unread"


def _sums(x, near):
    """Check a total against the parts that follow it, in its own sentence or the next."""
    if x.kind not in _COUNTS or x.hit["value_qualifier"] != "exact" or x.grew:
        return
    later = [y for y in near if y.start > x.start and y.kind in _COUNTS and _led(y, x) and not y.grew]
    parts = [y for y in later if y.n == x.n] or [y for y in later if y.n == x.n + 1]
    block = _CUES["bullets"].match(x.text, x.end)
    if block and parts and parts[0].start > block.start(1):
        firsts = {y.n: y for y in reversed(later) if y.start < block.end(1)}
        parts = list(firsts.values())[::-1] if len(firsts) == block[1].count("¶") else []
    if not parts:
        return
    gap, most = x.gap(parts[0]), parts[0]
    opening = block[0].split("¶")[0].strip() if block else gap.split("¶")[-1].strip()
    cues = _CUES["exhaustive"].search(opening), _CUES["among_them"].search(opening)
    listed, among = (m is not None and (block or "¶" not in gap or m.end() < 15) for m in cues)
    named = x.hit["unit"] != "unread" or not x.noun.strip()
    listed = listed and named and not _CUES["vague"].search(x.text[x.end : parts[-1].end] + parts[-1].tail)
    if listed and len(parts) > 1 and all(_alike(y, x) for y in parts):
        runs = [(_total(parts[:i]), parts[:i]) for i in range(len(parts), 1, -1)]
        yield from _judge("sum", x, runs[:1], runs[1:])
    total = among or x.said("whole")
    for name, family in _FAMILIES.items() if not listed else ():
        marks = list(itertools.takewhile(bool, (_mark(y, family) for y in parts)))
        if len({mark for _, mark in marks}) < 2 or (not total and sum(len(k.findall(x.clause)) for k in family) == 1):
            continue
        run, kinds = parts[: len(marks)], {k for k, _ in marks}
        closed = name == "flow" and len(run) > 2 and gap.endswith("(") and ")" in run[-1].tail
        if closed or (name in _COMPLETE and len(run) > (len(family) == 1) + 1 and len(kinds) == len(family)):
            yield from _judge("sum", x, [(_total(run), run)])
        elif total:
            yield Reading("sum", x, _total(run), _total(run).low <= x.hit.get("total", x.bounds.high), run)
    among = among or (x.said("inside") and most.n == x.n and not _CUES["other_share"].search(gap))
    if among and most.kind == "c" and most.hit["unit"] == x.hit["unit"]:
        yield Reading("sum", most, x.bounds, most.bounds.low <= x.bounds.high, [x])


def _mark(y, family):
    """Return which kind of a family a number is of, and the words that say so; None for none."""
    return next(((k, m[0]) for words in (y.noun, y.clause) for k in family if (m := k.search(words))), None)


def _rests(x, near):
    """Check what remains (the other 17, 6 còn lại) and totals that close a list (tổng cộng) against the numbers before."""
    before = [y for y in near if y.kind in _COUNTS and y.start < x.start and not y.grew]
    if x.kind not in "cm" or x.hit["value_qualifier"] != "exact" or not before:
        return
    said = list[tuple]()
    if x.said("in_all"):
        parts = [y for y in before if y.n == x.n and _alike(x, y)]
        flows = [y for y in before if _alike(x, y) and _mark(y, _FAMILIES["flow"])]
        parts = parts or [y for y in flows if y.n == flows[-1].n]
        runs = [(_total(parts[i:]), parts[i:]) for i in range(len(parts) - 1)]
        yield from _judge("sum", x, runs[:1], runs[1:])
    elif x.said("rest") or x.said("rest_after", "tail"):
        for i, whole in enumerate(before):
            parts = [y for y in before[i + 1 :] if _led(y, whole) and _led(x, whole)]
            made = [(whole.bounds - _total(parts[a:]), [whole, *parts[a:]]) for a in range(len(parts))]
            said += [run for run in made if run[0].high >= 0 and whole.value > x.value]
        if before[-1].kind == "f":
            said.append((before[-1].bounds * -1 + before[-1].hit["total"], before[-1:]))
    elif x.said("still") and x.said("not_yet", "tail"):
        said = [(a.bounds - b.bounds, [a, b]) for a, b in itertools.permutations(before, 2) if a.said("whole")]
    yield from _judge("sum", x, said)


def _hundreds(x, near):
    """Check that shares of kinds that exclude each other (ages, degrees, votes) stay within a hundred."""
    for name in ("age", "school", "vote", "grade", "sector"):
        run = [y for y in near if y.kind == "p" and y.n == x.n and _mark(y, _FAMILIES[name])]
        shares = name != "sector" or _CUES["structure"].search(x.text[: x.end].rpartition("¶")[0][-200:] + x.whole)
        if shares and len(run) > 2 and run[-1] is x and not any(y.grew for y in run):
            yield Reading("sum", x, _total(run), _total(run).low <= 100, run[:-1])


def _tables(lines):
    """Yield the totals of tables and lists of "label: number": place, line, printed, and what the rows above make."""
    rows = list[list[str]]()
    for i, row in enumerate(map(cells, lines)):
        if len(row) > 1 and _CUES["total_row"].match(row[0]):
            for j, cell in enumerate(row):
                column = [_whole(r[j]) for r in rows if len(r) == len(row)]
                parts = [n for n in column if n is not None]
                if _whole(cell) is not None and len(parts) > 1 and len(parts) >= len(column) - 1:
                    yield i + 1, lines[i], cell, sum(parts)
        rows = [*rows, row] if len(row) > 1 else []


def _whole(cell):
    found = re.match(r"\d{1,3}(?:[.,]\d{3})*(?![\d.,%])", cell)
    return int(re.sub(r"\D", "", found[0])) if found else None


# --- changes between two ends


def _changes(x, near):
    """Check a change (percent, units, places, times) against the numbers it runs from and to."""
    if x.kind not in "pbcmsxg" or not (x.grew or x.kind in "xg") or x.said("a_year", "about"):
        return
    ends = [y for y in near if y is not x and y.kind in ("r" if x.kind == "g" else "cfmps") and not y.grew]
    like = ends if x.kind not in "cms" else [y for y in ends if _alike(x, y)]
    pairs = [(old, new) for old, new in itertools.permutations(like, 2) if _alike(old, new)]
    called = [(old, new) for old, new in pairs if _runs(x, old, new, ends)]
    pairs = [] if any(old.said("from") and new.said("to") for old, new in called) else pairs
    said, loose = (((made, [*pair]) for pair in some for made in _moved(*pair, x)) for some in (called, pairs))
    yield from _judge("rank" if x.kind == "g" else "change", x, list(said), loose)


def _runs(x, old, new, ends):
    """Return whether the words say that a change runs between two numbers."""
    first, *_, last = sorted(y.start for y in (x, old, new))
    apart = any(first < y.start < last for y in ends if y not in (old, new))
    same = x.n == old.n or (x.hit.get("kind") != "target" and bool(_words(x.about) & _words(old.about)))
    if old.n == new.n and old.said("from") and new.said("to") and 0 <= x.n - old.n <= 1:
        return same and not apart
    dated = all((*old.days, *new.days)) and old.days[1] < new.days[0]
    alone = old.n == new.n != x.n and not [y for y in ends if y.n == x.n and _alike(y, new)]
    if alone and (x.kind == "x" or (x.n == old.n + 1 and not x.said("base", "tail"))):
        return dated and (x.n < old.n or (same and not apart))
    if old.n == x.n and new.start < old.start < x.start and _CUES["was"].search(new.gap(old)):
        return [y for y in ends if y.start < x.start and _alike(y, new)][-2:] == [new, old]
    if [y for y in ends if y.n == x.n and y.start < x.start and _alike(y, new)][-1:] != [new]:
        return False
    if new.said("same_figure", "about"):
        return [y for y in ends if y.start < new.start and _alike(y, new)][-1:] == [old]
    if old.n == x.n and old.start > x.start:
        return bool(_CUES["base"].search(x.gap(old))) and not _CUES["clause_end"].search(x.gap(old))
    if x.kind == "g" and old.n == new.n:
        return dated and bool(new.said("to")) and not apart
    if x.kind == "g":
        return old.n == new.n - 1 and old.hit.get("place") == new.hit.get("place") and bool(x.said("base", "tail"))
    since = x.said("since_year", "tail")
    if not dated or not _words(new.about) <= _words(old.clause):
        return False
    if since:
        return old.days[0].year == int(since["year"] or new.days[1].year - 1)
    return old.n == new.n and not x.said("base", "tail")


def _moved(old, new, x):
    """Yield what a change from one number to another may be: in percent, in units, in times."""
    down = bool(_CUES["down"].search(x.grew[0] if x.grew else x.hit["printed"])) or x.hit["unit"] == "places_lost"
    first, last = (new, old) if down != (x.kind == "g") else (old, new)
    gain = last.bounds - first.bounds
    if x.kind == "x" and 0 not in first.bounds:
        yield last.bounds / first.bounds
    if (x.kind == "p" or (x.kind == "x" and x.grew)) and 0 not in old.bounds:
        yield gain * (100 if x.kind == "p" else 1) / old.bounds
    if x.kind in "bcmsg" or x.kind == old.kind == "p":
        yield gain


# --- limits, targets, two figures, dates


def _limits(x, near, far):
    """Check a number against its limit, which may stand elsewhere: rank and field, score and scale, a part and its total."""
    hit, most, rule = x.hit, x.hit.get("scale"), "scale"
    if x.kind == "r" and not x.said("abroad", "whole"):
        lists = {y.n for y in far if y.kind == "c" and (y.said("ranked", "about") or y.said("rated", "tail"))}
        ranked = [y for y in far if y.kind == "c" and y.n in lists and y.hit["unit"] != "unread"]
        ranked = [y for y in ranked if y.noun[:3] in x.about] or [y for y in ranked if y in near]
        fields = [y.value for y in ranked] or [y.hit["field"] for y in far if y.hit.get("field", 0) > 30]
        rule, most = "field", hit.get("field") or (63 if x.said("country", "tail") else max(fields, default=None))
    elif x.kind == "g":
        rank = [y for y in near if y.n == x.n and y.start < x.start][-1:]
        if rank and rank[0].hit.get("field") and ";" not in x.lead:
            was = rank[0].value + x.value * (1 if hit["unit"] == "places_gained" else -1)
            yield Reading("field", x, f"1-{rank[0].hit['field']}", 1 <= was <= int(rank[0].hit["field"]), rank)
    elif x.kind in "sp" and not x.grew:
        index = re.findall("(?i)" + "|".join(LANGUAGE["scales_of"]), x.text[max(0, x.start - 60) : x.start])
        here, top = (max(map(int, _CUES["scale"].findall(words)), default=0) for words in (x.whole, x.text))
        part, others = _CUES["scale_of_each"].search(x.text), [y.value for y in far if y.kind == "s" and y is not x]
        if x.kind == "s" and part and part["what"] in x.whole and not x.said("in_sum", "about"):
            here = int(part["top"])
        most = (x.kind == "s" and here) or (LANGUAGE["scales_of"][index[-1].upper()] if index else most)
        most = most or (top if x.kind == "s" and others and max(others) <= top else None)
        most = most or (100 if x.value > 100 and x.said("takes") and hit.get("kind") != "target" else None)
    elif x.kind == "f" and x.value > hit["total"]:
        most = hit["total"]
    elif x.kind == "n" and (term := _CUES["term"].match(x.tail)):
        years = int(term["last"]) - int(term["first"])
        yield Reading("dates", x, Bounds(years, years + 1), years <= x.value <= years + 1, [])
    elif x.kind == "n" and (x.said("lasting") or x.said("served", "tail")):
        ends = [y for y in near if x.n - y.n <= bool(x.said("served", "tail")) and y.kind in "dy" and y.days[1]][-2:]
        if len(ends) == 2 and ends[0].said("begin", "about") and _CUES["ends"].search(ends[0].gap(ends[1])):
            span = Fraction((ends[1].days[1] - ends[0].days[0]).days, 365)
            yield Reading("dates", x, Bounds(span - 1, span + 1), abs(x.value - span) <= 1, ends)
    if most:
        yield Reading(rule, x, f"≤ {most}", x.value <= int(most), [])


def _targets(x, near):
    """Check a share of a target against target and result, and the claim that a target is met."""
    if x.kind == "q":
        done = [y for y in near if y.kind in _COUNTS and y.n == x.n and y.start < x.start and ";" not in y.gap(x)]
        for a in (y for y in done[-1:] if x.grew or _CUES["link"].search(y.gap(x))):
            goals = [b for b in near if b.kind in "cm" and b is not a and _alike(a, b)]
            said = [b for b in goals if b.start < a.start and b.said("goal", "about")]
            said += [b for b in goals if b.start > x.start and re.fullmatch(_CUES["aside"], x.gap(b))]
            whole, sign = (100 if x.grew else 0), (-1 if x.grew and x.said("down", "about") else 1)
            shares = [((a.bounds * 100 / b.bounds - whole) * sign, [a, b]) for b in said if 0 not in b.bounds]
            yield from _judge("attainment", x, shares)
            exact = {a.kind, a.hit["value_qualifier"], x.hit["value_qualifier"]} == {"c", "exact"}
            if exact and not said and x.value > 0 and not x.grew:
                fits = bool((Bounds.exact(a.value) * 100 / x.bounds).whole())
                yield Reading("attainment", x, "no whole number", fits, [a])
    met = re.search(_CUES["met"], "¶".join(x.text[x.end :].split("¶", 2)[:2])) if x.kind == "f" else None
    goals = [y for y in near if y.kind == "p" and y.hit.get("kind") == "target" and y.start < x.start]
    if met and goals:
        reached = Fraction(x.value) * 100 / x.hit["total"] >= goals[-1].value
        made = f"{'<' if met['no'] else '≥'} {float(goals[-1].value):g} %"
        yield Reading("attainment", x, made, reached is not bool(met["no"]), goals[-1:])


def _twice(numbers):
    """Yield the readings of one quantity that has two figures: the same words for what is counted, the same time and place."""
    seen = list[tuple]()
    today = max((x.days[1] for x in numbers if x.sentence["zone"] == "dateline" and x.days[1]), default=None)
    for x in numbers:
        recent = today and x.days[1] and 0 <= (today - x.days[1]).days < 120
        apart = x.grew or x.said("part", "about") or x.said("goal", "about")
        if x.kind in _COUNTS and x.hit.get("kind") == "observed" and not apart:
            scope = x.said("scope", "clause")
            traits = set(_CUES["marks"].findall(x.clause)), None if recent else x.days[1], x.kind
            told = tuple(map(x.hit.get, ("post", "post_level", "non_local"))) if scope or x.kind == "f" else (None,)
            seen.append((x, _words(x.noun), _words(x.clause), scope and scope[0], traits, told))
    pairs = ((y, x) for i, x in enumerate(seen) for y in seen[max(0, i - _FAR) : i])
    for (y, noun, clause, scope, traits, told), (x, noun2, clause2, scope2, traits2, told2) in pairs:
        if x.n == y.n or traits[:2] != traits2[:2] or len({x.hit.get("place"), y.hit.get("place")} - {None}) > 1:
            continue
        both, placed = scope and scope == scope2, x.hit.get("place") or y.hit.get("place")
        same = None not in told and told == told2
        near = x.n - y.n < 7 or both or placed or traits[1]
        if not same and near and traits == traits2 and _alike(x, y) and len({scope, scope2} - {None}) < 2:
            same = _overlap(noun, noun2) >= (0.7 if len(noun) > 4 or both else 2)
            same = same or (_overlap(clause, clause2) >= 0.6 and len(clause & clause2) > 4)
            titled = y.n == 0 and noun2 <= noun
            same = same or (titled and (len(noun2) > 4 or (scope2 and _overlap(clause, clause2) > 0.4)))
            if not same and both and noun < noun2 and x.noun.startswith(y.noun.strip()):
                yield Reading("twice", x, y.bounds, x.bounds.low <= y.bounds.high, [y])
        if same:
            yield Reading("twice", x, y.bounds, x.value == y.value or _agree(x.bounds, y.bounds), [y])


def _orders(effect, near):
    """Yield the readings of two dates of which the words tell which comes first."""
    for cause in near if effect.kind in "dy" and effect.days[1] else ():
        if cause is effect or cause.kind not in "diy" or not cause.days[0] or abs(effect.n - cause.n) > 1:
            continue
        doc = not cause.said("replaces") and (cause.kind == "i" or cause.hit.get("event") or cause.said("issue"))
        here, ahead, since = cause.n == effect.n, cause.start < effect.start, cause.days[0]
        free = not any(map(effect.said, ("issue", "base", "from")))
        meets = cause.n > effect.n and _CUES["meeting"].match(cause.whole)
        about = _CUES["about"].search((cause if meets else effect).whole) and effect.kind == "d" and free
        named = _CUES["by_it"].match(cause.whole) if cause.n > effect.n else here or _CUES["this"].search(effect.whole)
        about = about and named and (cause.kind == "i" or cause.n < effect.n)
        led = free and effect.kind == "y" and _CUES["led_to"].search(effect.whole)
        days = here and ahead and cause.kind == effect.kind == "d"
        until = days and cause.said("from") and _CUES["until"].fullmatch(cause.gap(effect))
        ended = days and cause.said("begin", "about") and effect.said("finish")
        if (doc and ((cause.n <= effect.n and (effect.said("in_force", "before") or led)) or about)) or until or ended:
            years = [y.value for y in near if about and (here or meets) and y.hit.get("review") and y.n == cause.n]
            since += timedelta(days=round(365 * max(0, *years, Fraction(1, 2)) - 183)) if years else timedelta()
            yield Reading("dates", effect, f"≥ {since:%Y-%m-%d}", effect.days[1] >= since, [cause])


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
        One a checked number: rule (share, sum, change, rank, field, scale, attainment, twice, dates), verdict (holds, contradiction), at (locators),
        printed, expected, others, sentence, check (in short, without words), text and text_vi (the finding in words), numbers (list of (sentence, start) that it rests on).
    """
    figures = [x for x in found if x.kind != "z"]
    readings = list(_twice(figures))
    for i, x in enumerate(figures):
        near = [y for y in figures[max(0, i - _NEAR) : i + _NEAR] if abs(y.n - x.n) <= _WINDOW]
        back = [y for y in near if y.n <= x.n]
        wide = figures[max(0, i - _FAR) : i + _FAR]
        readings += [*_rests(x, back), *_hundreds(x, back), *_targets(x, back), *_limits(x, back, wide)]
        readings += [*_sums(x, wide), *_changes(x, near), *_orders(x, near), *_shares(x, back, wide)]
    best = dict[tuple, Reading]()
    for r in sorted(readings, key=lambda r: not r.holds):
        best.setdefault((r.rule, r.number), r)
    told = [_told(r) for r in sorted(best.values(), key=lambda r: r.number.start)]
    for i, line, printed, made in _tables(lines or []):
        told.append(_worded("sum", _whole(printed) == made, printed, str(made), "…", line, f"p{i}.s1", []))
    return told


def _told(r):
    used = sorted({r.number, *r.used}, key=lambda x: x.start)
    at, spots = ";".join(dict.fromkeys(x.sentence["at"] for x in used)), [(x.n, x.hit["start"]) for x in used]
    others = "; ".join(x.printed for x in r.used)
    return _worded(r.rule, r.holds, r.number.printed, _range(r.made), others, r.number.whole, at, spots)


def _range(made):
    """Write what a number should be: 24, 23.6–26.4, at most or at least something."""
    if not isinstance(made, Bounds):
        return str(made)
    low, high = (f"{float(end):.2f}".rstrip("0").rstrip(".") for end in (made.low, made.high))
    return f"≥ {low}" if high == "inf" else f"≤ {high}" if low == "-inf" else low if low == high else f"{low}–{high}"


def _worded(rule, holds, printed, expected, others, sentence, at, numbers):
    row = {"rule": rule, "verdict": "holds" if holds else "contradiction", "printed": printed, "expected": expected}
    row |= {"others": others, "sentence": sentence, "at": at, "numbers": numbers}
    row["check"] = "holds" if holds else f"{printed} ↔ {expected}" + (f" ({others})" if others else "")
    english, vietnamese = LANGUAGE["says"][rule]
    row["text"] = english.format(**row)
    row["text_vi"] = vietnamese.format(**row | {"expected": expected.replace(".", ",")})
    return row
