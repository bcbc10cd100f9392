"""The checks of printed arithmetic: what the numbers of one article say of each other.

A sentence is seen with a mark in place of each number and compared with forms of sentences (``[forms]`` in ``vietnamese.toml``) that tell which
numbers belong together, and how. Every number stands for an interval: what rounds or is cut off to it, or what its wording bounds (more than,
nearly, ...). A contradiction is named only where a form fits and no reading of its numbers agrees.
"""

import itertools
import re
from fractions import Fraction
from typing import Any, NamedTuple

from articles.text import LANGUAGE
from helpers.record.ledger import Bounds, when

_CLASSES = LANGUAGE["classes"]
_WORDS = {name: re.compile(f"(?i){pattern}") for name, pattern in LANGUAGE["arithmetic"].items()}
_MACROS = {"~": "[^;⟨¶]*?", "..": "[^;¶]*?", "...": "[^¶]*?", "any": ".*?"} | LANGUAGE["macros"]


def _form(text):
    """Return the pattern of a form: <~> words, <..> words and numbers, <c:A> a number of class c, <p!:P> the number that is checked."""
    for _ in range(3):
        text = re.sub("<([a-z.~_]+)>", lambda m: _MACROS.get(m[1], m[0]), text)
    text = re.sub("<([a-z]+)(!?)>", r"⟨[\1]\\d+\2⟩", text)
    return re.compile("(?is).*" + re.sub("<([a-z]+)(!?):([A-Z])>", r"⟨[\1](?P<\3>\\d+)\2⟩", text))


def _needs(text):
    """Return the letters of classes of which a window must hold one each, for a form to fit."""
    needed = re.findall("<([a-z]+)!?(?::[A-Z])?>", re.sub(r"\(\?:<[a-z]+>[^()]*\)\?", "", text))
    return [set(letters) for letters in needed if letters not in _MACROS]


_FORMS = [
    (rule, how, re.findall(r"<([a-z]+)!", text)[0], _needs(text), _form(text))
    for rule, forms in LANGUAGE["forms"].items()
    for how, text in forms
]


class Reading(NamedTuple):
    """One way to read numbers together: rule, number checked, what it should be, whether it is, numbers used."""

    rule: str
    hit: dict
    made: object
    holds: bool
    used: list


def bounds(hit: dict) -> Bounds:
    """
    Return what a printed number stands for.

    Parameters
    ----------
    hit : dict
        A candidate of the reader: value, unit, qualifier, printed.

    Returns
    -------
    Bounds
        73,3 % is all from 73.25 to below 73.4 (rounded or cut off); a count is itself; "about" allows a tenth.

    Examples
    --------
    >>> str(bounds({"value": Fraction("73.3"), "unit": "percent", "qualifier": "exact", "printed": "73,3%"}))
    '[73.25, 73.4)'
    """
    value, qualifier = Fraction(hit["value"]), hit["qualifier"]
    if qualifier == "approx" and not hit.get("estimate"):
        low, high = sorted((value * Fraction(9, 10), value * Fraction(11, 10)))
        return Bounds(low, high)
    if qualifier not in ("exact", "approx"):
        return Bounds.read(value, qualifier, floor=min(1, value))
    token = re.search(r"\d[\d.,]*", hit["printed"])
    digits = int(re.sub(r"\D", "", token[0])) if token else 0
    step = abs(value) / digits if digits else Fraction(0)
    exact = not step or (step == 1 and _class(hit) in "cfrgo")
    return Bounds.exact(value) if exact else Bounds(value - step / 2, value + step, False, True)


def _class(hit):
    if hit.get("is_total"):
        return "t"
    if "tuổi" in hit["printed"]:
        return "z"
    counted = (
        "c" if hit["unit"] in ("unread", *LANGUAGE["counted"]) else "m" if re.search("VND|USD", hit["unit"]) else "z"
    )
    letter = _CLASSES.get(hit["unit"], counted)
    return "f" if letter == "c" and hit.get("total") else letter


def _agree(one, other):
    return 0 in one - other


def _alike(one, other):
    units = {one["unit"], other["unit"]}
    return (
        len(units) == 1
        or units <= {"persons", "turns", "posts", "unread"}
        or bool(units & {"unread", "units"} and _class(one) == _class(other) == "c")
    )


def _change(old, new, target, down):
    """Return what a change from one number to another may be: in percent, in units, in times."""
    first, last = (new, old) if down else (old, new)
    gain, start, made = bounds(last) - bounds(first), bounds(old), []
    if target["unit"] == "percent" and 0 not in start:
        made.append(gain * 100 / start)
    if target["unit"] == "percentage_points" or _alike(target, old) or target["unit"].startswith("places"):
        made.append(gain)
    if target["unit"] == "times" and 0 not in bounds(first):
        made += [bounds(last) / bounds(first)] + ([] if down or "gấp" in target["printed"].lower() else [gain / start])
    return made


def _dated(old, new, base, hits):
    """Return whether a change "since that year", "since the year before" runs from that year, and is of one subject."""
    years = [str(x.get("as_of") or "")[:4] for x in (old, new)]
    wanted = str(hits[base]["value"]) if base else str(int(years[1]) - 1) if years[1].isdigit() else ""
    return years[0] == wanted and new["subject"] <= old["subject"] | set(
        re.findall(r"[^\W\d]+", re.split(r"[;,](?!\d)", old["words"])[0])
    )


def _read(rule, how, h, said, hits, issued):
    """Return the reading of a number by a form that fits, or None where the numbers of the form are of different kinds."""
    a, b = (hits.get(said.get(name)) for name in "AB")
    parts = [hits[i] for i in re.findall(r"⟨[cfp](\d+)!?⟩", said.get("L", "")) if _alike(hits[i], h)]
    sums = list(itertools.accumulate(map(bounds, parts[::-1] if how == "sum_to" else parts)))[1:]
    made: list[Any] = []
    holds: Any = None
    if how == "order":
        days = [str(issued.get(x["value"], x["value"])) for x in (a, h)]
        known = [when(day) if day[:4].isdigit() else (None, None) for day in days]
        made, holds = (
            [f">= {days[0]}"],
            None if known[0][0] is None or known[1][1] is None else known[1][1] >= known[0][0],
        )
    elif how in ("sum", "sum_to", "most") and sums and h["qualifier"] == "exact":
        made, holds = (
            sums[-1:],
            any(_agree(bounds(h), x) for x in sums) if how != "most" else sums[-1].low <= bounds(h).high,
        )
    elif how == "hundred" and sums:
        made, holds = sums[-1:], sums[-1].low <= 100
    elif how == "fit" and a["qualifier"] == h["qualifier"] == "exact" and h["value"] > 0:
        made, holds = ["no whole number"], bool((Bounds.exact(a["value"]) * 100 / bounds(h)).whole())
    elif how == "met" and a.get("aim") == "target":
        missed, reached = "N" in said, Fraction(h["value"]) * 100 / h["total"]
        made, holds = [f"{'<' if missed else '>='} {float(a['value']):g} %"], (reached < a["value"]) is missed
    elif how == "field" and a.get("field"):
        was = a["value"] + h["value"] * (1 if h["unit"] == "places_gained" else -1)
        made, holds = [f"1-{a['field']}"], 1 <= was <= int(a["field"])
    elif how == "part_of" and a["unit"] == h["unit"]:
        made, holds = [bounds(a)], bounds(h).low <= bounds(a).high
    elif how == "span":
        first, last = map(int, a["value"].split("-"))
        made = [Bounds(last - first, last - first + 1)]
    elif how == "own":
        made = [bounds(a) * (1 if h["unit"] == "share" else 100) / a["total"]]
    elif (
        how == "change"
        and (_alike(a, b) or a["unit"] == "rank" == b["unit"])
        and (not said.keys() & {"C", "D"} or _dated(a, b, said.get("C"), hits))
    ):
        down = bool(_WORDS["down"].search(said.get("V", "") + h["printed"])) or h["unit"] == "places_lost"
        made = _change(a, b, h, down if h["unit"][:6] != "places" else not down)
    elif how == "share" and 0 not in bounds(b) and ("F" in said or _alike(a, b)):
        foreign = said.get("N") and said["N"].split()[0].lower() not in b["words"]
        above = a["value"] > b["value"] and rule != "attainment"
        made = [] if foreign or above else [bounds(a) * 100 / bounds(b)]
    if not made:
        return None
    holds = any(_agree(x, bounds(h)) for x in made) if holds is None and how != "order" else holds
    return None if holds is None else Reading(rule, h, made[0], holds, parts or [x for x in (a, b) if x])


def _limits(s, published):
    """Yield the readings of numbers beside a limit: rank and field, score and scale, a part and its total, a date and the day of publication."""
    text = s["text"]
    for h in s["hits"]:
        lead, most = text[: h["start"]], None
        rule = {"r": "rank", "d": "dates"}.get(_class(h), "scale")
        known = re.findall("(?i)" + "|".join(LANGUAGE["scales_of"]), lead[-60:])
        changed = _WORDS["changed"].search(lead[-20:])
        if rule == "rank":
            most = h.get("field") or (63 if _WORDS["country"].match(text[h["end"] :]) else None)
        elif h["unit"] in ("points", "percent") and not changed:
            said = _WORDS["scale"].search(text) if h["unit"] == "points" else None
            top = LANGUAGE["scales_of"][known[-1].upper()] if known else None
            takes = (
                100
                if h["unit"] == "percent" and _WORDS["takes"].search(lead[-30:]) and h.get("aim") != "target"
                else None
            )
            most = h.get("scale") or (int(said[1]) if said else None) or top or takes
        elif h.get("total"):
            most = h["total"]
        elif rule == "dates" and published and not h.get("yearless") and _WORDS["up_to"].search(lead[-22:]):
            past = not _WORDS["aim"].search(text) and re.search(r"(?i)\bđã\b|\bcó ", text[h["end"] :])
            first = when(h["value"])[0] if past and not h["problem"] else None
            if first is not None:
                yield Reading("dates", h, f"<= {published}", first <= when(published)[1], [])
        if most and (rule == "rank" or h["value"] > int(most)):
            yield Reading("field" if rule == "rank" else rule, h, f"<= {most}", h["value"] <= int(most), [])


def _twice(sentences):
    """Yield the readings of one quantity that has two figures: the same words for what is counted, the same time, place and scope."""
    seen: dict[tuple, list] = {}
    exact = [(x, h) for x in sentences for h in x["hits"] if _class(h) in "cf" and h["qualifier"] == "exact"]
    for s, h in [(x, h) for x, h in exact if h.get("aim") == "observed"]:
        lead = re.split(r"[;.] |, (?=trong đó|gồm)", s["text"][: h["start"]].lower())[-1]
        tail = s["text"][h["start"] if not h.get("total") else h["noun_at"] :].lower()
        phrase = (
            re.sub(_WORDS["non_local"], "non_local", re.sub(r"^[\d.,]+", "", _WORDS["phrase_end"].split(tail)[0]))
            .replace(",", " ")
            .split()
        )
        scope = re.search(r"(?:toàn|cả) (tỉnh|huyện|xã|quốc|nước)", lead)
        if (
            h["unit"] == "unread"
            or _WORDS["part_of"].search(lead[-60:])
            or not (len(phrase) > 3 or "non_local" in phrase or scope)
        ):
            continue
        time = h.get("as_of") or frozenset(re.findall(r"(?:19|20)\d\d", s["text"]))
        key = (h["unit"], tuple(phrase), time, frozenset(_WORDS["marks"].findall(lead)), bool(h.get("total")))
        for other, t, its_scope in seen.setdefault(key, []):
            apart = (scope and its_scope and scope[1] != its_scope) or (
                len(phrase) <= 3 and not (scope and its_scope) and "non_local" not in phrase
            )
            placed = h.get("place") == other.get("place") or not h.get("place") or not other.get("place")
            if t is not s and placed and not apart:
                yield Reading("twice", h, bounds(other), h["value"] == other["value"], [other])
        seen[key].append((h, s, scope and scope[1]))


def _issued(sentences):
    """Return the day of issue of each legal text, by its value and number, given with the text or after "issued on"."""
    days: dict[str, str] = {}
    for s, h in [(x, h) for x in sentences for h in x["hits"] if h["unit"] == "id"]:
        later = [
            x
            for x in s["hits"]
            if x["unit"] == "date" and x["start"] >= h["end"] and not x.get("yearless") and not x["problem"]
        ]
        given = h.get("as_of") or next(
            (x["value"] for x in later if _WORDS["issued"].search(s["text"][h["end"] : x["start"]])), None
        )
        for name in (h["value"], re.split("[-/]", h["value"])[0]) if given else ():
            days.setdefault(name, str(given))
    return days


def mark_numbers(s: dict, hits: dict[str, dict]) -> None:
    """
    Give a sentence its text with a mark for each number, and each number its key, its words and its subject.

    Parameters
    ----------
    s : dict
        The sentence: text, hits; gains ``shown``.
    hits : dict
        All numbers so far by key; gains those of the sentence.
    """
    shown, last, since = "", 0, 0
    for h in s["hits"]:
        key, end = str(len(hits)), max(h["end"], h.get("noun_at", 0))
        hits[key], h["key"] = h, f"⟨{_class(h)}{key}⟩"
        h["words"] = s["text"][h["start"] : h["end"] + 40].lower()
        h["subject"] = set(re.findall(r"[^\W\d]+", s["text"][since : h["start"]].lower())) - set(
            LANGUAGE["plain_words"].split()
        )
        since = since if _class(h) in "dyw" else end
        if h["start"] >= last and _class(h) != "z":
            shown += s["text"][last : h["start"]] + h["key"] + re.sub(r"[\d.,/%]+", "", s["text"][h["start"] : end])
            last = end
    s["shown"] = shown + s["text"][last:]


def check(sentences: list[dict], published: str | None = None) -> list[dict]:
    """
    Check the printed arithmetic of an article.

    Parameters
    ----------
    sentences : list of dict
        The sentences in order, as the reader made them: text, at (locator), n (number), hits (candidates).
    published : str, optional
        Day of publication.

    Returns
    -------
    list of dict
        One a checked number: rule (share, sum, change, rank, field, scale, attainment, twice, dates), verdict (holds, contradiction), at (locators),
        printed, expected, others, text and text_vi (the finding in words), numbers (list of (sentence, start) that it rests on).
    """
    readings, issued = list(_twice(sentences)), _issued(sentences)
    hits: dict[str, dict] = {}
    home = {id(h): s for s in sentences for h in s["hits"]}
    for s in sentences:
        mark_numbers(s, hits)
    for i, s in enumerate(sentences):
        window = sentences[max(0, i - 2) : i + 1]
        text, told, there = "¶".join(x["shown"] for x in window), set(), {_class(h) for x in window for h in x["hits"]}
        for h in [h for x in window[-2:] for h in x["hits"] if x is s or _class(h) == "c"]:
            flagged, letter = text.replace(h["key"], h["key"][:-1] + "!⟩"), _class(h)
            for rule, how, letters, needs, form in _FORMS:
                idle = (how == "fit" and id(h) in told) or (rule == "share" and h.get("aim") == "target")
                if letter in letters and not idle and all(need & there for need in needs):
                    m = form.match(flagged)
                    said = {k: v for k, v in m.groupdict().items() if v is not None} if m else {}
                    if m and (found := _read(rule, how, h, said, hits, issued)):
                        readings.append(found)
                        told.add(id(h))
        readings += _limits(s, published)
    found = {}
    for r in readings:
        best = found.setdefault((r.rule, id(r.hit)), r)
        if r.holds and not best.holds:
            found[r.rule, id(r.hit)] = r
    return [_told(r, home) for r in found.values()]


def _told(r, home):
    used = sorted({id(h): h for h in (r.hit, *r.used)}.values(), key=lambda h: (home[id(h)]["n"], h["start"]))
    printed = {id(h): home[id(h)]["text"][h["start"] : max(h["end"], h.get("noun_at", 0))].strip() for h in used}
    row = {"rule": r.rule, "verdict": "holds" if r.holds else "contradiction", "printed": printed[id(r.hit)]}
    row |= {"expected": str(r.made), "others": "; ".join(printed[id(h)] for h in r.used)}
    row |= {"at": ";".join(dict.fromkeys(home[id(h)]["at"] for h in used))}
    row |= {key: text.format(**row) for key, text in zip(("text", "text_vi"), LANGUAGE["says"][r.rule], strict=True)}
    return row | {"numbers": [(home[id(h)]["n"], h["start"]) for h in used]}
