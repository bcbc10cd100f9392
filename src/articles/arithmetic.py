"""The checks of printed arithmetic: what the numbers of one article say of each other.

A check compares a printed number with what other printed numbers make of it. Every number stands for an interval: what rounds (or is cut
off) to it, or what its wording bounds (more than, nearly, ...). A contradiction is named only where the text says which numbers belong
together and no reading of them agrees.
"""

import itertools
import re
from fractions import Fraction
from typing import NamedTuple

from articles.text import LANGUAGE
from helpers.record.ledger import Bounds, when

_P = {name: re.compile(f"(?i){pattern}") for name, pattern in LANGUAGE["arithmetic"].items()}
_PERSONS = ("persons", "turns", "posts", "unread")
_NOT_COUNTS = ("years", "months", "days", "weeks", "times", "levels", "terms", "views", "criteria", "square_kilometres")
_DATES = ("date", "month", "year", "period")


class Reading(NamedTuple):
    """One way to read numbers together: rule, number checked, what it should be, whether it is, whether the text says so, numbers used."""

    rule: str
    hit: dict
    made: object
    holds: bool
    sure: bool
    used: tuple


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
    value = Fraction(hit["value"])
    if hit["qualifier"] == "approx" and not hit.get("estimate"):
        return Bounds(*sorted((value * Fraction(9, 10), value * Fraction(11, 10))))
    if hit["qualifier"] not in ("exact", "approx"):
        return Bounds.read(value, hit["qualifier"], floor=min(1, value))
    token = re.search(r"\d[\d.,]*", hit["printed"])
    digits = int(re.sub(r"\D", "", token[0])) if token else 0
    step = abs(value) / digits if digits else Fraction(0)
    exact = hit["unit"] in (*LANGUAGE["counted"], "rank", "share", "unread") and step == 1 or not step
    return Bounds.exact(value) if exact else Bounds(value - step / 2, value + step, False, True)


def _agree(one, other):
    return 0 in one - other


def _counts(sentence):
    return [h for h in sentence["hits"] if (h["unit"] in LANGUAGE["counted"] or h["unit"] == "unread")
            and h["unit"] not in _NOT_COUNTS and not h.get("is_total")]  # fmt: skip


def _sized(sentence):
    return [h for h in sentence["hits"] if h in _counts(sentence) or re.search("VND|USD|hectares|tonnes", h["unit"])]


def _alike(one, other):
    units = {one["unit"], other["unit"]}
    return len(units) == 1 or units <= set(_PERSONS) or "unread" in units or "units" in units


def _between(sentence, one, other):
    return sentence["text"][one.get("noun_at", one["end"]) : other["start"]]


def _shares(s, past):
    """Shares against the counts beside them: 14/17 (73,3 %); 63 ..., of them 27 ..., which is 42,6 %."""
    text, counts, last = s["text"], _sized(s), 0
    for p in [h for h in s["hits"] if h["unit"] == "percent"]:
        lead, start, last = text[last : p["start"]], last, p["end"]
        if _P["change"].search(lead[-40:]) or p.get("aim") == "target":
            continue
        named = _P["of_total"].match(text[p["end"] :])
        for f in [c for c in counts if c.get("total")]:
            ahead = f["start"] > p["end"] and _P["tucked"].fullmatch(text[p["end"] : f["start"]])
            behind = start <= f["start"] < p["start"] and _P["link"].search(_between(s, f, p)) and ";" not in _between(s, f, p)
            if ahead or behind:
                made = bounds(f) * 100 / f["total"]
                sure = bool(ahead or not [c for c in counts if f["end"] < c["start"] < p["start"]])
                yield Reading("share", p, made, _agree(made, bounds(p)), sure, (f,))
        before = [c for c in counts if start <= c["start"] < p["start"]]
        if not before or not _P["link"].search(_between(s, before[-1], p)) or ";" in _between(s, before[-1], p):
            continue
        part = before[-1]
        wholes = [(s, c) for c in counts if c["start"] < part["start"]]
        earlier = [(past[-1], c) for c in _sized(past[-1])] if past and past[-1]["p"] >= s["p"] - 1 else []
        for where, w in wholes + earlier:
            intro = where["text"][: w["start"]][-30:]
            if not (_alike(w, part) or _P["whole"].search(intro)) or w["value"] < part["value"] or w.get("total"):
                continue
            gap = _between(s, w, part) if where is s else text[: part["start"]]
            told = _P["whole"].search(intro) or _P["of_which"].search(gap)
            if where is s:
                told = told or (_P["trait"].search(gap + text[part["end"] : p["start"]]) and _P["stock"].search(intro))
            else:
                told = len(earlier) == 1 and not wholes and _P["of_which"].match(gap)
            noun = where["text"][w["start"] : w["end"] + 40].lower()
            if named and named[1] and not any(word in noun for word in named[1].lower().split()[:2]):
                told = False
            made = bounds(part) * 100 / bounds(w)
            yield Reading("share", p, made, _agree(made, bounds(p)), bool(told), (part, w))
    for h in [h for h in s["hits"] if h["unit"] == "share"]:
        for f in [c for c in counts if c.get("total") and c["start"] > h["end"]][:1]:
            made = bounds(f) / f["total"]
            sure = re.search(r"\([^\d]{0,20}$", text[h["end"] : f["start"]]) and "," not in text[h["end"] : f["start"]]
            yield Reading("share", h, made, _agree(made, bounds(h)), bool(sure), (f,))


def _sums(s, past):
    """Sums against their parts; parts above their whole; shares of one whole above 100 %."""
    text, counts = s["text"], _counts(s)
    for cue in _P["parts"].finditer(text):
        before = [c for c in counts if c["end"] <= cue.start() and c["end"] > cue.start() - 120]
        opening = not text[: cue.start()].strip(" ,")
        if not before and past and opening:
            before = _counts(past[-1])
        after = list(itertools.takewhile(lambda c: not _P["of_which"].search(text[cue.end() : c["start"]]), [c for c in counts if c["start"] >= cue.end()]))
        after = [c for c in after if text[cue.end() : c["start"]].count("(") == text[cue.end() : c["start"]].count(")")]
        if not before or not after or (cue[0] == ":" and re.search(r"[,;\d]", text[before[-1]["end"] : cue.start()])):
            continue
        whole, loose = before[-1], bool(_P["of_which"].search(cue[0]))
        same = list(itertools.takewhile(lambda c: _alike(c, whole), after))
        listed = text[cue.end() : same[-1]["end"] if same else None]
        total, sums = bounds(whole), list(itertools.accumulate(map(bounds, same)))
        edges = [cue.end(), *(c["end"] for c in same), len(text)]
        labels = same and (_labels([text[a : b["start"]] for a, b in zip(edges, same)]) or _labels([b["printed"] + text[b["end"] : c][:40] for b, c in zip(same, [*(x["start"] for x in same[1:]), None])]))
        full = (not loose and not _P["vague"].search(listed + text[same[-1]["end"] :][:60])) if same else False
        if len(same) > 1 and whole["qualifier"] == "exact":
            holds = any(_agree(total, x) for x in sums[1:])
            over = loose and labels and sums[-1].low > total.high
            if holds or full or over:
                yield Reading("sum", whole, sums[-1], holds, True, tuple(same))
        for c in after:
            if c["unit"] == whole["unit"] and loose and not c.get("total") and not _P["change"].search(text[: c["start"]][-12:]):
                yield Reading("sum", c, total, bounds(c).low <= total.high, not opening, (whole,))
    for whole, a, b in zip(counts, counts[1:], counts[2:]):
        if _P["halves"].search(text[whole["end"] : b["end"]] + text[b["end"] :][:30]) and _alike(whole, a) and _alike(whole, b) and whole["value"] >= max(a["value"], b["value"]):
            made = bounds(a) + bounds(b)
            yield Reading("sum", whole, made, _agree(bounds(whole), made), True, (a, b))
    for c in counts:
        ahead, lead = text[c["end"] :][:40], text[: c["start"]][-24:]
        parts = [x for x in counts if x["end"] <= c["start"] and _alike(x, c)]
        if _P["in_all"].search(lead) and len(parts) > 1:
            sums = [sum(map(bounds, parts[i:]), Bounds.exact(0)) for i in range(len(parts) - 1)]
            yield Reading("sum", c, sums[0], any(_agree(bounds(c), x) for x in sums), True, tuple(parts))
        if (_P["rest_after"].match(ahead) or _P["rest_before"].search(lead)) and parts:
            made = [bounds(parts[i]) - sum(map(bounds, parts[i + 1 :]), Bounds.exact(0)) for i in range(len(parts) - 1)]
            if made:
                yield Reading("sum", c, made[0], any(_agree(bounds(c), x) for x in made), parts[0]["qualifier"] == "exact", tuple(parts))
    dated = [(int(h["value"]), next((c for c in counts if c["start"] > h["end"]), None)) for h in s["hits"] if h["unit"] == "year"]
    dated = [(year, c) for year, c in dated if c]
    wholes = _counts(past[-1])[-1:] if past else []
    wholes = [c for c in counts if dated and c["start"] < dated[0][1]["start"]][-1:] or wholes
    years = [year for year, _ in dated]
    if len(dated) > 2 and wholes and years == list(range(years[0], years[0] + len(years))) and all(_alike(wholes[0], c) for _, c in dated):
        made = sum((bounds(c) for _, c in dated), Bounds.exact(0))
        yield Reading("sum", wholes[0], made, _agree(bounds(wholes[0]), made), True, tuple(c for _, c in dated))
    shares = [h for h in s["hits"] if h["unit"] == "percent" and _P["takes"].search(text[: h["start"]][-50:])]
    if len(shares) > 1 and _labels([text[:h["start"]][-40:] for h in shares]):
        made = sum(map(bounds, shares), Bounds.exact(0))
        yield Reading("sum", shares[-1], made, made.low <= 100, True, tuple(shares[:-1]))


def _labels(pieces):
    """Return whether pieces of text each bear another label of one set of labels that exclude each other."""
    for group in LANGUAGE["excluding"].values():
        found = [re.findall(rf"(?i)\b(?:{group})\b", piece) for piece in pieces]
        if all(found) and len({x[-1].lower() for x in found}) == len(pieces):
            return True
    return False


def _growth(s, past):
    """Growth and change against both ends."""
    text = s["text"]
    sized = [h for h in s["hits"] if h["unit"] not in ("rank", "share", "id", *_NOT_COUNTS, *_DATES, "year_range", "ordinal")]
    levels = [h for h in sized if not h["unit"].startswith("places")]
    for c in s["hits"]:
        lead, tail = text[: c["start"]], text[c["end"] :]
        verb = _P["grew"].search(lead[-30:])
        times = c["unit"] == "times"
        if c["unit"] in _DATES or not (verb or times) or _P["average"].search(lead[-24:] + "|" + tail[:18]) or c["unit"] == "rank":
            continue
        down = bool(_P["down"].search((verb[0] if verb else "") + c["printed"]))
        ends = []
        pairs = [(a, b) for a in levels for b in levels if a is not c and b is not c and a["end"] <= b["start"] and _alike_size(a, b)]
        for a, b in pairs:
            near = abs(b["end"] - c["start"]) < 90 or abs(c["end"] - a["start"]) < 60
            if _P["from"].search(text[: a["start"]][-26:]) and _P["to"].search(_between(s, a, b)[-40:]) and near and ";" not in text[min(a["start"], c["start"]) : max(b["end"], c["end"])]:
                ends.append((a, b, True))
        bracket = _P["base"].match(tail)
        for a in [h for h in levels if bracket and h["start"] == c["end"] + bracket.end()]:
            b = next((h for h in reversed(levels) if h["end"] <= c["start"] and _alike_size(a, h)), None)
            ends += [(a, b, True)] if b else []
        base = _P["than_year"].match(tail)
        b = next((h for h in reversed(levels) if h["end"] <= c["start"]), None)
        if (base or times) and b and not _P["grew"].search(text[: b["start"]][-20:]) and ";" not in _between(s, b, c):
            now = _year(b, s)
            wanted = (base and base[1]) or (str(int(now) - 1) if now and base else None)
            for where, a in [(s, h) for h in levels if h["end"] <= b["start"]] + [(x, h) for x in past[-1:] for h in x["hits"]]:
                if wanted and _alike_size(a, b) and _year(a, where) == wanted and not _P["grew"].search(where["text"][: a["start"]][-20:]):
                    ends.append((a, b, _same_subject((where, a), (s, b))))
        for a, b, sure in ends:
            one, other = (bounds(b), bounds(a)) if not down else (bounds(a), bounds(b))
            change, made = one - other, []
            first = bounds(a)
            if c["unit"] == "percent" and 0 not in first:
                made.append(change * 100 / first)
            if c["unit"] in ("percentage_points", a["unit"]) or (c["unit"] == "percent" and a["unit"] == "percent") or _alike_size(c, a):
                made.append(change)
            if times and 0 not in first:
                made += [first / bounds(b) if down and 0 not in bounds(b) else bounds(b) / first] + ([] if re.match("(?i)gấp", c["printed"]) else [change / first])
            if made:
                yield Reading("change", c, made[0], any(_agree(x, bounds(c)) for x in made), sure, (a, b))


def _alike_size(one, other):
    return one["unit"] == other["unit"] or (_alike(one, other) and all(h["unit"] in LANGUAGE["counted"] or h["unit"] == "unread" for h in (one, other)))


def _year(hit, sentence):
    return str(hit.get("as_of") or "")[:4] or None


def _same_subject(one, other):
    """Return whether what stands before the later number names nothing that does not stand before the earlier one."""
    words = []
    for sentence, hit in (one, other):
        start = max((h["end"] for h in sentence["hits"] if h["end"] <= hit["start"] and h["unit"] not in _DATES), default=0)
        words.append(set(re.findall(r"[^\W\d]+", sentence["text"][start : hit["start"]].lower())) - set(LANGUAGE["plain_words"].split()))
    return words[1] <= words[0]


def _ranks(s, past):
    """Ranks against their field, and places moved against both ranks."""
    text = s["text"]
    ranks = [h for h in s["hits"] if h["unit"] == "rank"]
    for r in ranks:
        field = r.get("field") or (LANGUAGE["fields"]["cả nước"] if _P["country"].match(text[r["end"] :]) else None)
        if field:
            yield Reading("field", r, f"1-{field}", 1 <= r["value"] <= int(field), True, ())
    for c in [h for h in s["hits"] if h["unit"] in ("places_gained", "places_lost")]:
        sign = 1 if c["unit"] == "places_gained" else -1
        near = [r for r in ranks if not re.search(r"[;.] ", text[min(r["end"], c["end"]) : max(r["start"], c["start"])])]
        old = [r for r in near if _P["from"].search(text[: r["start"]][-24:]) or (r["start"] > c["end"] and _P["than"].search(text[c["end"] : r["start"]]))]
        new = [r for r in near if r not in old and r["start"] < c["start"]] or [r for r in near if r not in old]
        wanted = _P["than_year"].match(text[c["end"] :])
        for x in past[-1:] if not old and wanted else ():
            named = {y for h in x["hits"] if h["unit"] == "year" for y in [str(h["value"])]}
            base = [h for h in x["hits"] if h["unit"] == "rank"]
            old = base if len(base) == 1 and (wanted[1] in named if wanted[1] else named) else []
        for a, b in itertools.product(old[-1:], new[-1:]):
            made = Bounds.exact(sign * (a["value"] - b["value"]))
            yield Reading("rank", c, made, _agree(made, bounds(c)), True, (a, b))
        for b in new[-1:]:
            field = next((int(r["field"]) for r in (b, *near) if r.get("field")), None)
            if field:
                was = b["value"] + sign * c["value"]
                yield Reading("field", c, f"1-{field}", 1 <= was <= field, True, (b,))


def _scores(s, past):
    """Scores against the top of their scale."""
    text = s["text"]
    for h in s["hits"]:
        scale = h.get("scale")
        if h["unit"] in ("points", "percent"):
            said = _P["scale"].search(text)
            known = re.findall("(?i)" + "|".join(LANGUAGE["scales_of"]), text[: h["start"]][-60:])
            scale = scale or (said and int(said[1]) if h["unit"] == "points" else None)
            scale = scale or (LANGUAGE["scales_of"][known[-1].upper()] if known and not _P["change"].search(text[: h["start"]][-14:]) else None)
            if h["unit"] == "percent" and _P["takes"].search(text[: h["start"]][-30:]) and h.get("aim") != "target":
                scale = 100
            if scale and h["value"] != scale:
                yield Reading("scale", h, f"<= {scale}", h["value"] <= scale, True, ())
        if h.get("total"):
            yield Reading("scale", h, f"<= {h['total']}", h["value"] <= h["total"], h["value"] > h["total"], ())


def _attainment(s, past):
    """Attainment against its target, and words for it."""
    text, sized = s["text"], [h for h in s["hits"] if h["unit"] not in (*_DATES, "id", "year_range", "ordinal", "rank", "times", "years")]
    for p in [h for h in sized if h["unit"] == "percent" and _P["of_goal"].match(text[h["end"] :])]:
        if _P["change"].search(text[: p["start"]][-16:]):
            continue
        tail = text[p["end"] :]
        goals = [(h, True) for h in sized if h["start"] > p["end"] and _P["goal_bracket"].fullmatch(text[p["end"] : h["start"]])]
        for where in (*past[-1:], s):
            goals += [(h, True) for h in where["hits"] if (where is not s or h["end"] < p["start"]) and h["unit"] not in (*_DATES, *_NOT_COUNTS, "percent", "id") and _P["goal_lead"].search(where["text"][: h["start"]][-70:])]
        for goal, sure in goals:
            reached = [h for h in sized if h["end"] <= p["start"] and h is not goal and _alike_size(h, goal)]
            for a in reached[-1:]:
                made = bounds(a) * 100 / bounds(goal)
                yield Reading("attainment", p, made, _agree(made, bounds(p)), sure, (a, goal))
        counts = [c for c in _counts(s) if c["end"] <= p["start"]]
        if counts and not goals and counts[-1]["qualifier"] == "exact" and p["qualifier"] == "exact" and p["value"] > 0 and not counts[-1].get("total"):
            a = counts[-1]
            spread = Bounds.exact(a["value"]) * 100 / bounds(p)
            close = len(_between(s, a, p)) < 90 and ";" not in _between(s, a, p) and bool(_P["link"].search(_between(s, a, p)))
            yield Reading("attainment", p, "no whole number", bool(spread.whole()), close and tail[:1] == " ", (a,))
    claim = _P["met"].search(text)
    parts = [c for c in _counts(s) if c.get("total")]
    goals = [(x, h) for x in (*past, s) for h in x["hits"] if h["unit"] == "percent" and h.get("aim") == "target"]
    for f in [c for c in parts if claim and c["start"] < claim.start()][-1:]:
        close = [g for x, g in goals if x is goals[-1][0] and (x is not s or g["start"] < f["start"])]
        for g in close:
            made = Fraction(f["value"]) * 100 / f["total"]
            missed = bool(_P["not_met"].search(claim[0]))
            yield Reading("attainment", f, f"{'<' if missed else '>='} {float(g['value']):g} %", (made < g["value"]) if missed else (made >= g["value"]), True, (g,))


def _twice(sentences):
    """One quantity with two figures."""
    seen = []
    for s in sentences:
        for h in _counts(s):
            if h["qualifier"] != "exact" or h.get("aim") != "observed" or h["unit"] == "unread" or h.get("is_total"):
                continue
            text = s["text"]
            start = max((x.end() for x in re.finditer(r"[;.] |, (?=trong đó|gồm)", text[: h["start"]])), default=0)
            lead, tail = text[start : h["start"]].lower(), _P["phrase_end"].split((h["printed"] if not h.get("total") else "") + text[h.get("noun_at", h["end"]) :].lower())[0]
            if _P["from"].search(lead[-26:]) or _P["to"].search(lead[-20:]) or _P["grew"].search(lead[-30:]) or _P["part_of"].search(lead[-60:]):
                continue
            phrase = tuple(re.sub(r"không (phải )?(là )?(người|dân) (địa phương|sở tại)", "non_local", re.sub(r"^[\d.,]+", "", tail)).split())
            scope = re.search(r"(?:toàn|cả) (tỉnh|huyện|xã|quốc|nước)", lead)
            time = h.get("as_of") or frozenset(re.findall(r"(?:19|20)\d\d", text))
            marks = frozenset(_P["marks"].findall(lead))
            seen.append((s, h, phrase, scope and scope[1], time, marks, h.get("place")))
    for (s, a, phrase, scope, time, marks, place), (t, b, *other) in itertools.combinations(seen, 2):
        same = phrase == other[0] and time == other[2] and marks == other[3] and a["unit"] == b["unit"] and (s is not t)
        same = same and (place == other[4] or not place or not other[4]) and bool(a.get("total")) == bool(b.get("total"))
        long = len([w for w in phrase if w.strip(",")]) >= 4 or "non_local" in phrase or (scope and scope == other[1])
        if same and long and (scope == other[1] or not (scope and other[1])):
            yield Reading("twice", b, bounds(a), a["value"] == b["value"], True, (a,))


def _issued(sentences):
    """Return the day of issue of each legal text, by its value, as the article gives it with the text or after "issued on"."""
    days = {}
    for s in sentences:
        for h in [h for h in s["hits"] if h["unit"] == "id"]:
            later = [x for x in s["hits"] if x["unit"] == "date" and x["start"] >= h["end"] and not x.get("yearless") and not x["problem"]]
            given = h.get("as_of") or next((x["value"] for x in later if _P["issued"].search(s["text"][h["end"] : x["start"]])), None)
            if given:
                days.setdefault(h["value"], given)
                days.setdefault(re.split("[-/]", h["value"])[0], given)
    return days


def _dates(s, past, published, issued_on):
    """Dates out of order."""
    text = s["text"]
    days = [h for h in s["hits"] if h["unit"] in ("date", "month", "year") and not h.get("yearless") and not h["problem"]]
    ids = [h for h in s["hits"] if h["unit"] == "id" and h["value"] in issued_on]
    dated = lambda h: issued_on.get(h["value"], h["value"])

    def order(early, late, used, sure=True):
        first, last = when(early)[0], when(late)[1]
        return Reading("dates", used[-1], f">= {early}", last is None or first is None or first <= last, sure, used[:-1])

    for d in days:
        lead, earlier = text[: d["start"]], [x for x in days if x["end"] <= d["start"]]
        if _P["in_force"].search(lead[-45:]):
            issued = [h for h in ids if h["end"] <= d["start"]] or earlier or [h for x in past[-1:] for h in x["hits"] if h["value"] in issued_on or h["unit"] == "date"]
            for h in issued[-1:]:
                yield order(dated(h), d["value"], (h, d))
        for x in earlier[-1:]:
            if _P["until"].search(_between(s, x, d)) and _P["since"].search(text[: x["start"]][-14:]):
                yield order(x["value"], d["value"], (x, d))
            if _P["finish"].search(_between(s, x, d)) and _P["start"].search(text[: x["start"]]):
                yield order(x["value"], d["value"], (x, d))
        held = d["unit"] == "date" and not _P["compared"].search(lead)
        for h in ids:
            about = text[max(0, h["start"] - 90) : h["start"]]
            if held and _P["about"].search(about) and not _P["in_force"].search(text) and d["value"] != dated(h):
                yield order(dated(h), d["value"], (h, d))
        if _P["then"].search(lead) and past and held:
            issued = [h for h in past[-1]["hits"] if (h["unit"] == "date" or h["value"] in issued_on) and _P["issue"].search(past[-1]["text"])]
            for h in [h for h in issued if not h.get("yearless") and h["unit"] in ("date", "id")][-1:]:
                yield order(dated(h), d["value"], (h, d))
        if published and _P["up_to"].search(lead[-22:]) and re.search(r"(?i)\bđã\b|\bcó \d", text[d["end"] :]) and d["unit"] == "date" and not _P["aim"].search(text):
            yield Reading("dates", d, f"<= {published}", when(d["value"])[0] <= when(published)[1], True, ())
    for r in [h for h in s["hits"] if h["unit"] == "year_range"]:
        first, last = map(int, r["value"].split("-"))
        for n in [h for h in s["hits"] if h["unit"] == "years" and h["end"] <= r["start"] and h["qualifier"] == "exact"][-1:]:
            if _P["span"].fullmatch(text[n["end"] : r["start"]]):
                yield Reading("dates", n, f"{last - first}-{last - first + 1}", n["value"] in (last - first, last - first + 1), True, (r,))


def check(sentences: list[dict], published: str | None = None) -> list[dict]:
    """
    Check the printed arithmetic of an article.

    Parameters
    ----------
    sentences : list of dict
        The sentences in order, as the reader made them: text, at (locator), p (paragraph), n (number), hits (candidates).
    published : str, optional
        Day of publication.

    Returns
    -------
    list of dict
        One a checked number: rule (share, sum, change, rank, scale, attainment, twice, dates), verdict (holds, contradiction), at (locators),
        printed, expected, text and text_vi (the finding in words), numbers (list of (sentence, start) that it rests on).
    """
    home = {id(h): s for s in sentences for h in s["hits"]}
    readings, issued_on = [], _issued(sentences)
    for i, s in enumerate(sentences):
        past = sentences[max(0, i - 4) : i]
        for rule in (_shares, _sums, _growth, _ranks, _scores, _attainment):
            readings += rule(s, past)
        readings += _dates(s, past, published, issued_on)
    readings += _twice(sentences)
    found = {}
    for r in readings:
        found.setdefault((r.rule, id(r.hit)), []).append(r)
    out = []
    for group in found.values():
        best = next((r for r in group if r.holds and r.sure), None) or next((r for r in group if r.holds), None) or next((r for r in group if r.sure), None)
        if not best:
            continue
        hits = sorted({id(h): h for h in (best.hit, *best.used)}.values(), key=lambda h: (home[id(h)]["n"], h["start"]))
        says = LANGUAGE["says"][best.rule]
        values = {"printed": best.hit["printed"], "expected": str(best.made), "others": "; ".join(h["printed"] for h in best.used)}
        row = {"rule": best.rule, "verdict": "holds" if best.holds else "contradiction", **values}
        row |= {"at": ";".join(dict.fromkeys(home[id(h)]["at"] for h in hits)), "numbers": [(home[id(h)]["n"], h["start"]) for h in hits]}
        out.append(row | {"text": says[0].format(**values), "text_vi": says[1].format(**values)})
    return out
