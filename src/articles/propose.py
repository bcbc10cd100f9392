"""From an article to proposed rows of the ledger: rules for the language, each row with locator and reason."""

import itertools
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from articles import arithmetic, figures
from articles.tables import is_table
from articles.text import LANGUAGE, from_html, read, zones
from helpers.record import ledger, places
from helpers.record.ledger import ONES, ORDINALS, SCALES, clean, words_number

COLUMNS, _COUNTED, _LEVELS = LANGUAGE["columns"].split(), LANGUAGE["counted"], LANGUAGE["levels"]
_UNITS = [(noun, unit) for unit, nouns in _COUNTED.items() for noun in re.split(r"\|(?![^(]*\))", nouns)]
_PARTS = LANGUAGE["parts"] | {"ONES": "|".join(ONES), "SCALES": "|".join(SCALES)}
NOUNS = "|".join(sorted((noun for noun, _ in _UNITS), key=len, reverse=True))
_PARTS |= {"NOUNS": NOUNS, "TENS": "|".join(LANGUAGE["english"]["words"]), "CAPS": "|".join(LANGUAGE["capitals"])}
_TIMED, _MEASURED, _PLACED, _CITING = (LANGUAGE["sets"][s].split() for s in ("timed", "measured", "placed", "citing"))
_RANKS = {level: rank for rank, level in enumerate(["national", "centre", "province", "district", "commune"])}
_MONTHS = {month.lower(): str(i % 12 + 1) for i, month in enumerate(LANGUAGE["parts"]["MONTHS"].split("|"))}
_NOWHERE, _NATION = (None, None, None), ("Vietnam", "national", None)
_ASK = "unread: no rule understands this number; give its unit and kind, or leave it out"


def _pattern(text):
    whole = re.sub("<([A-Z_]+)>", lambda mark: _PARTS[mark[1]], text)
    return _pattern(whole) if whole != text else re.compile(text)


_P = {name: _pattern(text) for name, text in (LANGUAGE["rules"] | LANGUAGE["patterns"]).items()}
_UNLESS = {name: _pattern(text) for name, text in LANGUAGE["unless"].items()}
_LOCAL, _POST = (re.compile("|".join(LANGUAGE[name].values())) for name in ("local", "posts"))


# --- numbers as they are printed


def number(token: str, unit: str | None = None) -> Fraction:
    """
    Read a printed number.

    Parameters
    ----------
    token : str
        Digits with marks for thousands or decimals.
    unit : str, optional
        Unit of the ledger, which tells marks for thousands from marks for decimals.

    Returns
    -------
    Fraction

    Examples
    --------
    >>> [float(number(token)) for token in ("17.000", "64,89", "7.32", "-2,5")]
    [17000.0, 64.89, 7.32, -2.5]
    >>> int(number("17,000", "persons"))
    17000
    """
    pieces, marks = re.split(r"[.,]", token), re.findall(r"[.,]", token)
    if len(set(marks)) == 2:
        return Fraction(token.replace(marks[0], "").replace(marks[-1], "."))
    grouped = len(marks) > 1 or (unit not in _MEASURED and (marks == ["."] or unit in (*_COUNTED, "USD", "VND")))
    whole = grouped and len(pieces[-1]) == 3 and pieces[0] != "0"
    return Fraction("".join(pieces) if whole else ".".join(filter(None, ["".join(pieces[:-1]), pieces[-1]])))


def _value(token, unit):
    token = re.sub(r"^âm ", "-", token.strip().lower())
    if re.fullmatch(r"-?\d[\d.,]*", token):
        return number(token, unit)
    token = re.sub(r"cứ (?:trong )?(\w+) .*\b(?:có|thì|lại) (\w+) .*", r"\2/\1", token)
    if parts := re.match(r"(\w+)(?: ?/ ?| phần )(\w+)$", token):
        top, bottom = map(_int, parts.groups())
        return Fraction(top, bottom) if 0 < top <= bottom else None
    known = LANGUAGE["special"].get(token) or (unit == "rank" and ORDINALS.get(token)) or ledger.roman(token.upper())
    english = [LANGUAGE["english"]["words"].get(word, 0) for word in token.split("-")]
    return Fraction(known) if known else sum(english) or words_number(token)


def _int(token):
    """Return the number of a day, month or year, printed as digits, as a month's English name, or in words."""
    token = _MONTHS.get(token.strip().lower(), token.strip().lower())
    return int(token) if token.isdigit() else words_number(re.sub(r"^(?:không trăm|linh|lẻ) ", "", token)) or 0


def _day(g, year=None):
    """Return value and problem of a day; one without a year has the year of the article, if that is known."""
    d, m, y = (_int(g.get(name, "0")) for name in "dmy")
    y = y + 2000 if y and y < 100 else y
    printed = f"{d}/{m}/{y}" if y else f"{d}/{m}"
    try:
        value = date(int(y or year or 2024), m, d).isoformat()
    except ValueError:
        return {"value": printed, "problem": f"no such date: {printed}"}
    if y or year:
        return {"value": value, "inferred": "" if y else f"; {year} is taken from another date of the article"}
    return {"value": printed, "problem": "the year is not printed and cannot be told from other dates; give it"}


def _time(rule, g):
    """Return value and problem of a stretch of time."""
    month, part, quarter = _int(g.get("m", "1")), g.get("w", "").lower(), g.get("q", "")
    known = {"m": month, "k": _int(g.get("k", "0")), "q": ledger.roman(quarter.upper()) or quarter}
    known |= {"part": LANGUAGE["parts_of_year"].get(part), "side": "last" if "cuối" in part else "first"}
    value, problem = LANGUAGE["spans"][rule].format(**g | known), f"no such month: {month}/{g['y']}"
    problem = f"years run backwards: {value}" if g.get("z", "9") <= g["y"] else problem * (not 1 <= month <= 12)
    return {"value": value, "problem": problem}


def _instrument(g, after):
    code, later = re.sub(r"T\.?Ư$", "TW", g["c"]), _P["shared_date"].match(after)
    issued = _day(g if "d" in g else later.groupdict()) if "d" in g or later else {"value": None}
    value = f"{g['i']}/{g['z']}/{code}" if "z" in g else f"{g['i']}{'-' if '/' in code else '/'}{code}"
    issuer = _P["issuer_end"].split(g.get("issuer", ""))[0].strip()
    return issued | {"value": re.sub(r"\s", "", value), "issuer": issuer, "as_of": issued["value"]}


def _plenum(g):
    n = int(g["i"]) if g["i"].isdigit() else ORDINALS.get(g["i"])
    name = f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') } plenum, {g['term']} Central Committee"
    return {"value": n and (f"resolution of the {name}" if "res" in g else name), "plenum": "res" not in g}


def _money(g):
    scale, *per = [LANGUAGE["money"].get(g[name].lower(), "") if name in g else "" for name in ("k", "per", "each")]
    money = "USD" if g.get("cur", "").lower() in ("usd", "đô la", "$", "us$") else "VND"
    return " ".join([scale, money, *(f"per {word}" for word in per if word)]).strip()


def _read(rule, m, text, year):
    """Yield what a match of a rule gives: start, end, value, unit, and what else is known."""
    names = {name.rstrip("0123456789"): name for name, found in m.groupdict().items() if found}
    g, start = {plain: m[name] for plain, name in names.items()}, m.start(names.get("n", 0))
    after, gives = text[m.end() :], dict(LANGUAGE["gives"].get(rule, {}))
    unit, token = gives.pop("unit", None), gives.pop("n", g.get("n", ""))
    if rule in _UNLESS and _UNLESS[rule].search(f"{text[: m.start()]}|{text[m.start() :]}"):
        return
    if rule in LANGUAGE["spans"] or unit == "date" or rule in ("instrument", "plenum"):
        known = _day(g, year) if unit == "date" else _time(rule, g) if rule in LANGUAGE["spans"] else None
        yield start, m.end(), unit, known or (_instrument(g, after) if rule == "instrument" else _plenum(g))
    else:
        unit = unit or (_money(g) if rule == "money" else unit_of(g.get("noun", "")))
        scale, big = g.get("k", "").lower(), int(g.get("big", 0)) * 1000
        value = token if unit == "id" else _value(token, None if scale in SCALES else unit)
        of = _value(g["of"], unit) if "of" in g else None
        if value is None:
            return
        size = (SCALES.get(scale) or LANGUAGE["sizes"].get(scale, ("", 1))[1]) if rule == "count" else 1
        value = value if unit == "id" else value * size + big + Fraction("half" in g, 2)
        if rule == "money" and scale.endswith(("llion", "thousand")):
            value = Fraction(token.replace(",", "")) * (1000 if scale == "quadrillion" else 1)
        spot, doubts = f"{text[:start]}|{text[start:]}", LANGUAGE["doubts"].get(rule, {})
        why = next((why for why, words in doubts.items() if re.search(f"(?i){words}", spot)), "")
        more = f"{token.strip()} of {g['of']}: more than there are" if of and value > of else _ASK * (unit == "unread")
        gives |= {"value": value, "problem": why or more}
        if rule == "out_of" and unit not in ("points", "rank"):
            yield start, start + len(token), unit, gives | {"total": of, "noun_at": m.end()}
            yield m.start(names["of"]), m.end(), unit, {"value": of, "is_total": True}
        else:
            gives |= {{"rank": "field", "points": "scale"}.get(unit, "total"): of} if of else {}
            yield start, m.end(), "places_lost" if rule == "change" and _P["lost"].match(g["v"]) else unit, gives


def unit_of(noun: str) -> str:
    """Return the unit of the ledger that a noun counts, else "unread"."""
    return LANGUAGE["capitals"].get(noun) or next((u for p, u in _UNITS if re.fullmatch(f"(?i){p}", noun)), "unread")


def _scan(text, year, rules):
    """Return the candidates of one cleaned sentence in order, most special rule first; then whatever number is left, unread."""
    hits: list[dict[str, Any]] = []

    def take(rule, start, end, unit, more):
        if more["value"] is not None and not any(start < h["end"] and end > h["start"] for h in hits):
            known = {"start": start, "end": end, "unit": unit, "reason": rule, "printed": text[start:end].strip()}
            hits.append({"value_qualifier": "exact", "problem": ""} | known | more)

    for rule in rules:
        if rule == "year":
            _lists(hits, text, take)
        for m in _P[rule].finditer(text):
            for start, end, unit, more in _read(rule, m, text, year):
                take(rule, start, end, unit, more)
    for m in itertools.islice(itertools.chain(_P["number"].finditer(text), _P["words"].finditer(text)), 1000):
        value, unit = _value(m[0], "units" if text.isascii() else "unread"), _bare(m.start(), text, hits)
        if value is not None and (m[0][-1].isdigit() or value > 9 or text.isascii()):
            why = _ASK * (unit not in _COUNTED)
            take("unread" if why else "list", m.start(), m.end(), unit, {"value": value, "problem": why})
    return sorted(hits, key=lambda h: h["start"])


def _bare(start, text, hits):
    """Return the unit of a bare number: that of a year, of what its clause is the number of, or of the total which announces it as a part, else "unread"."""
    marked = f"{text[:start]}|{text[start:]}"
    if led := _P["number_of"].search(marked):
        return unit_of(led["noun"].lower())
    if _P["score_of"].search(marked):
        return "points"
    led = _P["part_of_total"].search(marked)
    led = led and not figures.CUES["label"].search(text[:start]) and range(*led.span("of"))
    whole = [h["unit"] for h in hits if led and h["start"] in led and h["unit"] in _COUNTED]
    return "year" if _P["bare_year"].match(text, start) else (whole or ["unread"])[0]


def _lists(hits, text, take):
    """Give bare numbers of "15 lên 26 xã", "10-12 người", "3, 5 và 7 huyện", "233 xã còn 78" the unit of their neighbour."""
    for m in reversed(list(_P["bare"].finditer(text))):
        after = [h for h in hits if h["start"] == m.end() and _P["lists"].match(h["unit"])]
        ranged = m[2] in ("-", "đến", "tới") and not _P["grows"].search(text[: m.start()])
        if after and not re.match(r"\d{4}$", m[1]) and not figures.CUES["label"].search(text[: m.start()]):
            bound, before = {"value_qualifier": "at_least"} if ranged else {}, len(hits)
            take("list", *m.span(1), after[0]["unit"], {"value": number(m[1], after[0]["unit"])} | bound)
            after[0] |= {"value_qualifier": "at_most"} if ranged and len(hits) > before else {}
    for m in _P["bare_after"].finditer(text):
        for h in [h for h in hits if h["end"] <= m.start() and h["unit"] in (*_COUNTED, "rank")][-1:]:
            led = "từ" in text[: h["start"]][-15:] or _P["now"].fullmatch(text[h["end"] : m.start()])
            take("list", *m.span(1), h["unit"], {"value": number(m[1], h["unit"]) if led else None})
    for a, b in itertools.pairwise(sorted(hits, key=lambda h: h["start"])):
        led = text[: a["start"]].endswith("từ ") and _P["paid"].search(text[: a["start"]])
        if led and b["unit"].startswith(a["unit"]) and re.fullmatch(" (?:đến|tới) ", text[a["end"] : b["start"]]):
            a |= {"value_qualifier": "at_least", "unit": b["unit"]}
            b |= {"value_qualifier": "at_most"}


# --- what a number means in its sentence


def _qualifier(x):
    if x.hit["value_qualifier"] != "exact" or x.hit.get("is_total") or x.hit["unit"] in _TIMED:
        return x.hit["value_qualifier"]
    passed = "vượt" if x.hit["unit"] in (*_PLACED, "percentage_points") else ""
    before = _P["currency"].sub("", x.before).rstrip().removesuffix(passed)
    if x.hit["unit"] == "times":  # "gần gấp đôi"; what is higher, by more than twice
        before = re.sub(r"(?i)(?:cao|nhiều|lớn) (?=hơn$)", "", before.removesuffix("gấp").rstrip())
    for name, words in LANGUAGE["qualifiers"].items():
        led = re.search(rf"(?i)(?:^|\W){words} ?\|", f"{before}|{x.hit['printed']}")
        if led and not x.hit["problem"].startswith("printed as"):
            if x.hit["unit"] in (*_COUNTED, "unread") and _P["of_them"].search(x.lead):  # "151 phiếu thuận trên 180"
                return "exact"
            x.hit["estimate"] = bool(re.search(r"(?i)ước(?: đạt)? $", x.before))
            return name
    tail = _P["and_more"].match(x.after) if x.hit["unit"] not in _PLACED else None
    return LANGUAGE["tails"][(tail[1] or tail[2] or tail[3]).lower()] if tail else "exact"


def _kind(x, published):
    hit, unit, done = x.hit, x.hit["unit"], _P["done"].search(x.whole)
    goals = [m.end() for m in _P["goal"].finditer(x.before) if not "20" <= m[0][-4:] < (published or "")[:4]]
    starts = [m.start() for m in _P["done"].finditer(x.before)]
    reached = [a for a in starts if not any(end <= a and re.fullmatch(r"\D{0,14}", x.before[end:a]) for end in goals)]
    own = re.split("[,;(] ?", hit["printed"] + x.after)[0]
    ahead = _P["goal_after"].match(x.tail) or (_P["goal"].search(own) and not done)
    aim = max(goals, default=0) > max(reached, default=0) if goals or reached else ahead
    later = [m for m in _P["by_year"].finditer(x.before) if (m[1] or m[2]) > (published or "9")[:4]]
    aim = aim or _P["plan"].search(x.before) or (later and not re.search(r"\bđã\b", x.before[later[-1].end() :]))
    if unit == "id":
        return "event_date" if hit.get("as_of") or hit.get("plenum") else "rule"
    if unit in _TIMED or hit.get("review"):
        return "plan_term" if unit == "year_range" or (unit == "year" and aim) else "event_date"
    paid = _P["paid"].search(x.whole) and "VND" in unit and not done
    lasting = unit in ("months", "years", "terms") and hit["value_qualifier"] in ("at_least", "at_most")
    few = aim and unit == "persons" and x.value <= 3
    if unit == "levels" or paid or lasting or few or _P["each"].search(x.before):
        return "rule"
    if aim:
        return "observed" if unit in (*_PLACED, "years", "months") else "target"
    return "claim" if unit == "percent" and x.value == 100 and _P["quality"].search(x.after) else "observed"


def _trait(name, own, led):
    """Return which word of a table a number has: the first of its own words after it, else the last of those that lead to it."""
    after, before = ([(m.start(), k) for k, x in LANGUAGE[name].items() for m in re.finditer(x, w)] for w in (own, led))
    return min(after, default=max(before, default=(0, None)))[1]


def _traits(x):
    """Return post, its level, locality and verb of a number, each from the words that are its own, or None."""
    own = re.split(_P["own_end"], x.text[x.start : x.end] + x.tail)[0].lower()
    own += re.split(_P["own_end"], _P["after_brackets"].sub("", x.after))[0].lower() if x.tail == " (" else ""
    led, near = "".join(_P["led"].findall(x.lead)).lower(), own if x.tail == " (" else x.tail.split(";")[0].lower()
    post, local = _trait("posts", own, led), {"yes": True, "no": False}.get(_trait("local", near, led))
    level, counted = post and _P["post_level"].search(own), LANGUAGE["units_led"].get(x.hit["unit"])
    level = level or (not counted and ((post and _P["post_level"].search(led)) or _P["share_of"].match(x.tail)))
    level = _LEVELS[level[level.lastindex].lower()] if level else counted
    verb = _trait("verbs", "", x.lead.split(";")[-1].lower()) or _trait("verbs", re.split("[,;.]", own)[0], "")
    verb = None if _P["verbs"].search(x.lead.split(";")[-1]) else verb
    found = {"post": post, "post_level": level if post or local is not None else None, "non_local": local, "verb": verb}
    denied = (post or local is not None) and _denied(x, near)
    return dict.fromkeys(found) | {"denied": LANGUAGE["denied"]} if denied else found


def _denied(x, near):
    """Return whether the words between a number and its locality, or else its post, or right before the number, deny it."""
    said = _LOCAL.search(near) or _POST.search(near)
    bound = x.hit["value_qualifier"] in ("at_least", "at_most", "less_than")
    lead = "" if bound else re.split(_P["new_clause"], _LOCAL.sub(" ", x.lead.lower()))[-1]
    return _P["denied"].search(f"{lead}|{near[: said.start()] if said else ''}")


def _flow(x):
    piece = re.split(_P["piece_end"], x.before)[-1] + re.split(_P["piece_end"], x.hit["printed"] + x.after)[0]
    led = [m.groups() for m in _P["flow"].finditer(x.lead) if _P["flow_led"].fullmatch(x.lead[m.end() :])]
    found = led or _P["flow"].findall(piece) + [(level, level) for level in _P["among"].findall(piece)]
    sure = len(found) == 1 and not _P["respectively"].search(x.lead)
    levels = [_LEVELS[level.lower()] for level in found[0]] if sure else (None, None)
    return dict(zip(("origin_level", "destination_level"), levels, strict=True))


def _dated(x, about):
    """Return the date of a number: of the one beside it, else of the last before it that dates what follows."""
    found = [t for t in about["times"] if t.end <= x.start and re.fullmatch(r"[^()\d]{0,12}\([^()\d]{0,20}", t.gap(x))]
    times = [t for t in about["times"] if not _P["no_date"].search(t.before)]
    closed = [t for t in times if re.search(r"\([^()]*$", t.before) and ")" in t.gap(x)]
    before, after = [t for t in times if t.end <= x.start and t not in closed], [t for t in times if t.start >= x.end]
    since = [t for t in times if t.hit["reason"] == "since"]
    beside = [t for t in after[:1] if t.kind in "dy" and t not in since and _P["dates_before"].fullmatch(x.gap(t))]
    found += [t for t in beside if "(" not in x.gap(t) or not re.match(r"[^()]*\d", t.after)]
    before = [t for t in before if t in since or not _P["by_now"].search(x.gap(t))]
    found += [t for t in reversed(before) if t in since or _P[f"dates_{t.kind}"].search(t.lead)]
    found += [t for t in after if t in since or _P["dates_after"].search(x.gap(t))]
    if not found:
        return None
    hit, value = found[0].hit, str(found[0].value)
    hit["used"] = hit["unit"] in ("date", "month", "year") and not hit.get("inferred")
    x.hit["inferred"] = hit.get("inferred", "")
    if found[0] in since:
        return about["published"] and f"{value}..{about['published']}"
    whole = {"period": re.sub(r"-Q.*|.*(?=\d{4}$)", "", value), "year_range": value.replace("-", "..")}
    return whole.get(hit["unit"], value)


def _names(text):
    """Return (start, end, (place, level, code)) of the places that the numbers of a sentence can be of, in order."""
    found: list[Any] = [(a, b, (places.name(c), "province", c)) for a, b, c in places.find_all(text)]
    for m in itertools.chain(_P["lower"].finditer(text), _P["english"].finditer(text)):
        if not any(a < m.end() and b > m.start("name") for a, b, _ in found):
            inside = [n for n in found if _P["inside"].fullmatch(text[m.end() : n[0]])]
            code, level = (inside[0][2][2] if inside else None), _LEVELS.get(m["kind"].lower(), "district")
            found = [n for n in found if n not in inside] + [(m.start(), m.end(), (m["name"], level, code))]
    level = next((n[1] for _, _, n in found if n[1] in ("district", "commune")), None)
    for m in _P["listed_name"].finditer(text if level else ""):
        if not any(a < m.end(1) and b > m.start(1) for a, b, _ in found):
            found.append((*m.span(1), (m[1], level, None)))
    inner = {b + 2: _RANKS[n[1]] for _, b, n in found if text[b : b + 2] == " ("}  # "xã X (huyện Y)" is the commune
    found = [n for n in found if inner.get(n[0], 0) <= _RANKS[n[2][1]]]
    masked = "".join("@" if any(a <= i < b for a, b, _ in found) else letter for i, letter in enumerate(text))
    found = [n for n in found if not _P["no_place"].search(f"{masked[: n[0]]}|{masked[n[1] :]}")]
    found += [(m.start(), m.end(), _NATION) for m in _P["national"].finditer(text)]
    return sorted(found or [(m.start(), m.end(), (m[0], None, None)) for m in _P["region"].finditer(text)])


def _whole(body):
    """Return the place that sentences are plainly about: named by far the most, and in title, first paragraph or most of them."""
    first = [s for s in body if s["zone"] == "body"][:2]
    titled = [s for s in body if s["zone"] == "dateline" or s in first[: 1 + first[0]["open"]]]
    ours = any(_P["ours"].search(s["text"]) for s in body)
    every = [place for s in body for place in s["about"] if place[1] and not (ours and place == _NATION)]
    for top in sorted(set(every) - {_NATION}, key=lambda n: (-every.count(n), str(n))):
        rivals = [n for n in every if n != top and (not n[2] or n[2] != top[2]) and _RANKS[n[1]] <= _RANKS[top[1]]]
        plain = ours or any(top in s["about"] for s in titled) or max(6, len(body)) <= 2 * every.count(top)
        if plain and 2 * len(rivals) <= every.count(top):
            return top
    return _NOWHERE


def _goes_on(s, about):
    """Return the place that a sentence goes on about: that of the one before, as far as its words lead on, or of the article."""
    last, whole, own = about["here"], about["whole"], _P["own_place"].search(s["text"])
    if _P["ours"].search(s["text"]):
        return whole
    if not own:
        return last if s["p"] in about["near"] or _P["leads_on"].match(s["text"]) else whole
    level, code = _LEVELS.get(own[own.lastindex].lower(), last[1] or whole[1]), last[2] or whole[2]
    above = (places.name(code), "province", code) if code else _NOWHERE
    fit = (place for place in (last, whole, above, *about["only"]) if place[1] == level != "national")
    return next(fit, (None, level, code) if code else _NOWHERE)


def _where(x, names, here):
    """Return place, level and province of a number: of the name beside or before it, else of what the sentence goes on about."""
    text, start, end = x.whole, x.hit["start"], x.hit.get("noun_at", x.hit["end"])
    before = [n for n in names if n[0] < start and not (";" in text[n[1] : start] and _P["aside"].search(text[: n[0]]))]
    after = [n for n in names if n[0] >= end and not _P["titled"].search(text[: n[0]])][:1]
    ways = ["placed_after"] + ["placed", "subject"][: 1 + bool(_P["opens"].match(text))] * (not before)
    found = [n for n in after if any(_P[way].fullmatch(text[end : n[0]]) for way in ways)] or before[-1:]
    spoken = text[before[-1][1] if before else 0 : start]
    if x.hit["unit"] == "provinces" or (found == before[-1:] and _P["wide"].search(spoken + x.printed)):
        return _NATION if _NATION in (here, *(n[2] for n in found)) else _NOWHERE
    if not found:
        return _NOWHERE if any(n[2][1] == here[1] and n[2] != here for n in names) else here
    row = before[-2:] if found == before[-1:] else found
    given = [h for h in x.sentence["hits"] if before and h["start"] > before[-1][1] and h["unit"] == x.hit["unit"]]
    if before[1:] and x.hit in given and _P["respectively"].search(text[before[-1][1] :]):
        return before[given.index(x.hit)][2] if len(given) == len(before) else _NOWHERE
    listed = row[0][2][1] == row[-1][2][1] and _P["listed"].fullmatch(text[row[0][1] : row[-1][0]])
    return _NOWHERE if listed and row[0][2] != row[-1][2] else found[0][2]


def _measure(x, hit):
    """Return a rough name of what is measured; a person gives the proper one when accepting."""
    for units, kind, words, name in LANGUAGE["measures"]:
        meant = hit["unit"] in units and kind in ("", hit["kind"], x.sentence["zone"])
        if meant and re.search(f"(?i){words}", x.before):
            return name
    first = "page_chrome" if hit["kind"] == "page_chrome" else "nonlocal" if hit["non_local"] else ""
    aim, plain = hit["kind"] if hit["kind"] in ("target", "rule") else "", re.sub(r"[^a-z]+", "_", hit["unit"].lower())
    return "_".join(filter(None, (first, hit["post"], plain, aim)))


def _mean(x, about, names, last):
    """Give a number's hit what its words say of it, under the names of the ledger's columns."""
    hit, page = x.hit, x.sentence["zone"] == "page"
    hit["value_qualifier"] = _qualifier(x)
    hit["kind"] = "page_chrome" if page else hit.get("kind") or _kind(x, about["published"])
    of_target = _P["of_target"].match(x.after) or _P["to_target"].search(x.before)
    if of_target and hit["unit"] == "percent" and hit["kind"] in ("observed", "target"):
        hit |= {"unit": "percent_of_target", "kind": "observed"}
        hit |= {"value_qualifier": "exact"} if x.before.endswith("vượt ") else {}
    unit, x.kind = hit["unit"], figures.kind(hit)
    if unit == "year" and not (hit.get("event") or page or hit["problem"]):
        hit["problem"] = "a year alone: say what it dates, or leave it out"
    elif unit not in _TIMED and abs(hit["value"]) >= 10**13:
        hit["problem"] = f"number too large to be a count: {hit['printed']}"
    if not page and not hit.get("as_of") and (unit == "date" or unit not in _TIMED):
        hit["as_of"] = (None if hit["problem"] else x.value) if unit == "date" else _dated(x, about)
    personal = (unit in _COUNTED or unit.startswith(("percent", "share"))) and unit not in LANGUAGE["impersonal"]
    personal = personal and hit["kind"] in ("observed", "target", "rule") and not hit.get("is_total")
    hit |= _traits(x) if personal else dict.fromkeys(("post", "post_level", "non_local", "verb"))
    if personal and unit not in _COUNTED and _P["follows"].search(x.lead):
        denied = last.get("denied")
        hit |= {k: last.get(k) for k in ("post", "post_level", "non_local", "denied") if denied or hit.get(k) is None}
    place = _NOWHERE if page else about["whole"] if unit in ("id", "year_range") else _where(x, names, about["here"])
    hit |= dict(zip(("place", "place_level", "province_code"), place, strict=True))
    sure = [about["whole"], *(n[2] for n in names), *(about["only"] if _P["own_place"].search(x.whole) else ())]
    hit["lent"] = LANGUAGE["lent"] * bool(place[0] and place[:2] not in [n[:2] for n in sure])
    hit |= _flow(x) if unit in ("persons", "turns") and not page else {}
    hit["denominator"] = f"{hit['total']} {unit}" if hit.get("total") else hit.get("field") and f"{hit['field']} ranked"
    stated = "inferred" if hit.get("inferred") else "stated"
    hit["as_of_basis"] = "not_programme" if page else stated if hit.get("as_of") else "not_stated"
    hit["measure"] = None if hit.get("denied") else _measure(x, hit)


def _meanings(s, numbers, about):
    """Give the numbers of a sentence their meaning; return those that make a row."""
    if not s["read"] and s["zone"] != "page":
        return numbers
    about["here"], last = _goes_on(s, about), dict[str, Any]()
    code = about["here"][2] or about["whole"][2]
    names = [(a, b, (n, level, c if c or level in ("national", None) else code)) for a, b, (n, level, c) in s["names"]]
    about["times"] = [x for x in numbers if x.kind in "dyw" and not x.hit["problem"]]
    named = list({x.value for x in numbers if x.kind == "i" and x.hit["reason"] != "named"})
    numbers = [x for x in numbers if x.hit["reason"] != "short" or x.value.lstrip("0") not in about["instruments"]]
    for x in numbers:
        _mean(x, about, names, last)
        last = last if x.hit.get("is_total") else x.hit
    parts = [x for x in numbers if not x.hit.get("is_total")]
    for x, after in zip(parts[-2::-1], parts[:0:-1], strict=True):
        beside = x.hit.get("total") and after.hit["unit"] in ("percent", "share") and _P["follows"].search(after.lead)
        open_ = x.hit["non_local"] is None and not x.hit.get("denied")
        if (x.hit["post"] or beside) and open_ and _P["shared"].fullmatch(f"{x.lead}|{x.tail}"):
            x.hit |= {k: x.hit[k] or after.hit[k] for k in ("non_local", "post", "post_level")[: 3 if beside else 1]}
    spoken = {n[2] for n in names} - ({_NATION} if names and names[0][2] != _NATION else set())
    spoken |= {_NOWHERE for _ in names[:1] if all(_P["titled"].search(s["text"][: n[0]]) for n in names)}
    only = next(iter(spoken & {about["whole"]}), _NOWHERE) if len(spoken) > 1 else next(iter(spoken), about["here"])
    about |= {"here": only, "near": range(s["p"], s["p"] + 1 + s["open"])}
    for x in numbers:
        cited = x.value if x.kind == "i" else named[0] if len(named) == 1 and x.hit["kind"] in _CITING else ""
        x.hit["instrument"] = about["instruments"].get(cited.lstrip("0"), cited)
    return [x for x in numbers if not x.hit.get("used") or x.hit.get("event") or s["zone"] == "dateline"]


# --- the whole article


def propose(path: str | Path, place: str | None = None, published: str | None = None) -> pd.DataFrame:
    """
    Propose rows of the ledger from one article; nothing is written.

    Parameters
    ----------
    path : path
        UTF-8 text or a saved HTML page (the article is then the text that trafilatura extracts).
    place : str, optional
        The province the article is about, in any spelling; default: the place it is plainly about, or none.
    published : str, optional
        Day of publication (YYYY-MM-DD); default: the article's own date line.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`, all text. ``reason`` names the rule; a row with a ``problem`` (unread, a date that does not exist, more
        than there are) cannot be accepted as it stands; ``check`` says what the checks of printed arithmetic found. ``attrs``: "text"
        that locators refer to, "checks" (as of :func:`articles.arithmetic.check`, as dicts), "skipped" lines of tables, "reason" why
        there are no rows, if so.
    """
    return propose_text(read(path), Path(path).with_suffix(".txt").name, place, published)


def propose_text(text: str, name: str, place: str | None = None, published: str | None = None) -> pd.DataFrame:
    """
    Propose rows from the text of one article.

    Parameters
    ----------
    text
        A paragraph a line, as :func:`articles.text.read` returns it.
    name
        What column ``article`` says: a name that ends in ``.txt``.
    place, published
        As in :func:`propose`.

    Returns
    -------
    DataFrame
        As of :func:`propose`.

    Examples
    --------
    >>> found = propose_text("Toàn huyện có 14/17 xã có bí thư không phải là người địa phương.", "a.txt")
    >>> found[["value", "unit", "post", "non_local"]].iloc[0].tolist()
    ['14', 'communes', 'party_secretary', 'True']
    """
    text = from_html(text)
    raw = [line for line in text.split("\n") if line.strip()]
    lines = [clean(line.strip()) for line in raw]
    zone, skipped, sentences = zones(lines), list[str](), list[dict]()
    split = ledger.split(text)
    dates = [(z, day) for z, line in zip(zone, lines, strict=True) if z != "page" for day in _days(line)]
    dated = next((day for z, day in dates if z == "dateline"), None)
    published = published or dated
    years = {published[:4]} if published else {day[:4] for _, day in dates}
    for at, words in split.items():
        p = int(at[1:].partition(".")[0]) - 1
        s: dict[str, Any] = {"at": f"{at}:{ledger.mark(words)}", "zone": zone[p], "n": len(sentences), "p": p}
        plain = re.sub(r"(?<=\d{30})\d+", "", clean(words)[:5000])
        s["text"] = re.sub(_P["spaced"], lambda m: m[0].replace(" ", "."), plain)
        cut = sentences and sentences[-1]["p"] == p and _P["cut"].search(sentences[-1]["text"])
        led = f"{sentences[-1]['text']} " if cut else ""  # "TX. Thái Hòa": the rule of locators parts it
        names = [] if zone[p] == "page" else _names(led + s["text"])
        s["names"] = [(max(a - len(led), 0), b - len(led), name) for a, b, name in names if b > len(led)]
        s["about"] = {n[2] for n in s["names"] if not _P["by_the_way"].search(s["text"][: n[0]])}
        s["open"] = not re.search(r"[.!?…][”\"’»)]*$", lines[p])
        why = f"{len(words)} characters without the end of a sentence" if len(words) > 5000 else ""
        why = "a line of a table" if is_table(raw[p]) else why
        s["hits"] = _scan(s["text"], min(years) if len(years) == 1 else None, () if why else LANGUAGE["rules"])
        why = why or (f"{len(s['hits'])} numbers in one sentence" if len(s["hits"]) > 150 else "")
        if why:
            skipped.append(f"{at}: {why}")
            more = {"problem": f"unread: {why}", "kind": "observed", "as_of_basis": "not_stated"}
            s["hits"] = [hit | more | {"measure": hit["unit"]} for hit in s["hits"] if zone[p] != "page"]
        sentences.append(s | {"read": not why and zone[p] != "page"})
    about: dict[str, Any] = {"published": published, "instruments": _instruments(sentences), "near": ()}
    code = place and places.resolve(place)
    body = [s for s in sentences if s["zone"] != "page"]
    about["here"] = about["whole"] = (places.name(code), "province", code) if code else _whole(body)
    named = {n[:2]: n for n in sorted((n[2] for s in body for n in s["names"]), key=str, reverse=True)}
    about["only"] = [n for n in named.values() if [m[1] for m in named].count(n[1]) == 1]
    numbers = figures.numbers(sentences)
    of = {n: list(group) for n, group in itertools.groupby(numbers, key=lambda x: x.n)}
    rows = [x for s in sentences for x in _meanings(s, of.get(s["n"], []), about)]
    checks = arithmetic.check([x for x in numbers if x.sentence["read"]], raw)
    said = {spot: c["check"] for c in sorted(checks, key=lambda c: c["check"] != "holds") for spot in c["numbers"]}
    cells = []
    for number, x in enumerate(rows, 1):
        row = x.hit | {"article": name, "proposal_id": f"N{number:03d}", "quote_locator": x.sentence["at"]}
        row |= {"check": said.get((x.n, x.hit["start"])), "reason": row["reason"] + x.hit.get("inferred", "")}
        row["problem"] = "; ".join(filter(None, (row["problem"], row.get("denied"), row.get("lent"))))
        row["value"] = x.value if row["unit"] in _TIMED else f"{float(x.hit['value']):.10g}"
        row["unit"] = {"month": "period"}.get(row["unit"], row["unit"])
        cells.append([None if row.get(column) in (None, "") else str(row[column]) for column in COLUMNS])
    frame = pd.DataFrame(cells, columns=COLUMNS, dtype="str")
    frame.attrs |= {"text": text, "skipped": skipped, "name": name, "checks": checks, "published": published}
    none = "; ".join(skipped[:5]) or "no number, date or legal text was recognised"
    frame.attrs |= {"dated": dated} | ({"reason": none if raw else "the file is empty"} if frame.empty else {})
    return frame


def _days(line):
    """Return the days that a line prints in full, those of legal texts left out."""
    line = _P["instrument"].sub(" ", line)
    found = [more for m in _P["date"].finditer(line) for *_, more in _read("date", m, line, None)]
    return [more["value"] for more in found if not more.get("problem")]


def _instruments(sentences):
    """Return the full name of each legal text by its value, and by its number for later references."""
    known = dict[str, str]()
    for hit in (h for s in sentences for h in s["hits"] if h["reason"] == "instrument"):
        names = hit["value"].lstrip("0"), re.split("[-/]", hit["value"])[0].lstrip("0")
        known |= dict.fromkeys(names, "; ".join(filter(None, (hit["value"], hit.get("issuer"), hit.get("as_of")))))
    return known
