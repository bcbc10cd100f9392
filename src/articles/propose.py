"""From a Vietnamese article to proposed rows of the ledger: rules for the language, each row with locator and reason."""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd

from articles import arithmetic
from articles.text import LANGUAGE, is_table, read, unwrap, zones
from helpers.record import ledger, places
from helpers.record.ledger import ONES, ORDINALS, SCALES, clean, words_number

COLUMNS = [
    "proposal_id", "article", "place", "place_level", "province_code", "as_of", "as_of_basis", "measure", "value",
    "unit", "denominator", "value_qualifier", "kind", "instrument", "post", "post_level", "non_local", "verb",
    "origin_level", "destination_level", "quote_locator", "printed", "reason", "problem", "check",
]  # fmt: skip
_COUNTED, _LEVELS, _VERBS = LANGUAGE["counted"], LANGUAGE["levels"], LANGUAGE["verbs"]
_UNITS = [(noun, unit) for unit, nouns in _COUNTED.items() for noun in re.split(r"\|(?![^(]*\))", nouns)]
_NOUNS = "|".join(sorted((noun for noun, _ in _UNITS), key=len, reverse=True))
_PARTS = LANGUAGE["parts"] | {"NOUNS": _NOUNS, "ONES": "|".join(ONES), "SCALES": "|".join(SCALES)}
_PARTS["TENS"] = "|".join(LANGUAGE["english"]["words"])
_PARTS["CAPS"] = "|".join(LANGUAGE["capitals"])


def _pattern(text):
    whole = re.sub("<([A-Z_]+)>", lambda mark: _PARTS[mark[1]], text)
    return _pattern(whole) if whole != text else re.compile(text)


_P = {name: _pattern(text) for name, text in (LANGUAGE["rules"] | LANGUAGE["patterns"]).items()}
_UNLESS = {name: _pattern(text) for name, text in LANGUAGE["unless"].items()}
_TRAITS = {name: [_pattern(f"(?is){text}") for text in texts] for name, texts in LANGUAGE["traits"].items()}
_TIMED = ("date", "id", "year_range", "ordinal", "year", "month", "period")
_UNREAD = "unread: no rule understands this number; give its unit and kind, or leave it out"


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
    decimal = not marks or len(pieces[-1]) != 3 or pieces[0] == "0"
    if len(marks) == 1:
        measured = unit in ("percent", "points", "percent_of_target", "percentage_points")
        decimal = decimal or measured or (marks[0] == "," and unit not in _COUNTED)
    return Fraction(token.replace(",", ".") if decimal else "".join(pieces))


def _value(token, unit):
    token = token.strip().lower()
    if parts := re.match(r"(\w+)(?: ?/ ?| phần )(\w+)$", token):
        top, bottom = (int(x) if x.isdigit() else ONES[x] for x in parts.groups())
        return Fraction(top, bottom) if 0 < top <= bottom else None
    if re.match(r"-?\d", token):
        return number(token, unit)
    known = LANGUAGE["special"].get(token) or (unit == "rank" and ORDINALS.get(token)) or ledger.roman(token.upper())
    english = [LANGUAGE["english"]["words"].get(word) for word in token.split("-")]
    return Fraction(known) if known else sum(english) if all(english) else words_number(token)


def _unit(noun):
    return LANGUAGE["capitals"].get(noun) or next(u for p, u in _UNITS if re.fullmatch(p.lower(), noun.lower()))


# --- rules: each yields (span, value, unit, more) for a match; a stretch of text goes to the first of [rules] that takes it


def _month(name):
    return _PARTS["MONTHS"].lower().split("|").index(name.lower()) + 1 if name.isalpha() else name


def _day(y, m, d):
    m = _month(m)
    try:
        return {"value": date(int(y), int(m), int(d)).isoformat(), "problem": ""}
    except ValueError:
        return {"value": f"{d}/{m}/{y}", "problem": f"no such date: {d}/{m}/{y}"}


def _read_instrument(m, g, text):
    _, n, year, code, plain, d, mo, y, issuer = m.groups()
    code, tail = re.sub(r"T\.?Ư$", "TW", code or plain), text[m.end() :]
    later = re.match(rf"(?:(?:,| và) (?:\w+ \w+ )?(?:số )?\d+-{_PARTS['CODE']})+ ngày (\d+)/(\d+)/(\d{{4}})", tail)
    issued = _day(y, mo, d) if d else _day(*later.groups()[::-1]) if later else {"value": None, "problem": ""}
    value = re.sub(r"\s", "", f"{n}/{year}/{code}" if year else f"{n}-{code}" if "/" in code else f"{n}/{code}")
    issuer = re.split(r" (?:về|quy định|ban hành|để|nhằm) ", issuer or "")[0].strip()
    yield m.span(), value, "id", {"as_of": issued["value"], "issuer": issuer, "problem": issued["problem"]}


def _read_plenum(m, g, text):
    if n := int(m[2]) if m[2].isdigit() else ORDINALS.get(m[2]):
        name = f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') } plenum, {m[3]} Central Committee"
        yield m.span(), f"resolution of the {name}" if m[1] else name, "id", {"plenum": not m[1], "names_issuer": True}


def _read_date(m, g, text):
    days = [("d", m.span())] if "e" not in g else [("d", m.span("d")), ("e", (m.end("d"), m.end()))]
    for name, span in days:
        yield span, None, "date", _day(g["y"], g["m"], g[name])


def _read_day_month(m, g, text):
    problem = _day(2024, g["m"], g["d"])["problem"]
    yield m.span(), (int(g["m"]), int(g["d"])), "date", {"problem": problem, "yearless": True}


def _read_from_to(m, g, text):
    yield from ((m.span(i), int(m[i]), "rank", {"field": m[i + 1]}) for i in (1, 3))


def _read_period(m, g, text):
    when = {"đầu": "early", "giữa": "mid", "cuối": "late"}[g["w"].lower()]
    if g.get("n", "").isdigit():
        when = f"{'first' if when == 'early' else 'last'} {g['n']} months of"
    yield m.span(), f"{when} {g['y']}", "period", {}


def _money(g, text):
    each = re.search(r"(?i)\b(?:mỗi|hàng|một) (tháng|năm) $", text)
    words = [g[k] for k in ("per", "per2") if k in g] or ([each[1]] if each else [])
    words = [g.get("k", ""), *words]
    words = [LANGUAGE["money"].get(word.lower(), "") for word in words]
    money = "USD" if g["cur"].lower() in ("usd", "đô la") else "VND"
    return " ".join([words[0], money, *(f"per {word}" for word in words[1:])]).strip()


def _read(rule, m, text):
    """Yield what a match gives: by the function of the rule's name, else its number with the unit that [gives] or its noun says."""
    g: dict[str, str] = {}
    gives = dict(LANGUAGE["gives"].get(rule, {}))
    for name, found in m.groupdict().items():
        g |= {name if name == "per2" else name.rstrip("0123456789"): found} if found is not None else {}
    at = next((name for name in ("n", "n2", "n3", "n4") if name in m.re.groupindex and m[name]), None)
    if rule in _UNLESS and _UNLESS[rule].search(f"{text[: m.start()]}|{text[m.start() :]}"):
        return
    if f"_read_{rule}" in globals():
        yield from globals()[f"_read_{rule}"](m, g, text)
        return
    unit, token = gives.pop("unit", None), gives.pop("n", g.get("n", ""))
    unit = unit or (_money(g, text[: m.start()]) if rule == "money" else _unit(g["noun"]))
    if rule in ("month", "range", "quarter"):
        n, backwards = str(_month(g["m"])) if "m" in g else "", g.get("z", "9") <= g["y"]
        value = {"month": f"{g['y']}-{n:0>2}", "range": f"{g['y']}-{g.get('z')}"}.get(rule)
        problem = f"no such month: {n}/{g['y']}" if n and not 1 <= int(n) <= 12 else ""
        problem = problem or (f"years run backwards: {value}" if backwards and rule == "range" else "")
        q = ledger.roman(g.get("q", "").upper()) or g.get("q")
        yield m.span(), value or f"{g['y']}-Q{q}", unit, {"problem": problem}
        return
    value = token if unit == "id" else _value(token, unit)
    vague = rule == "spoken" and (
        ("sure" not in g and value == 1) or token.strip() == "tư" or not g["noun"][0].islower()
    )
    single = token.strip() in ONES and unit in ("times", "levels", "units", "cases") and rule == "spoken"
    if value is None or vague or single:
        return
    span = m.span(at) if rule in ("review", "congress") else (m.start(at), m.end()) if rule == "spoken" else m.span()
    if "to" in g:
        yield m.span(at), value, unit, gives | {"qualifier": "at_least"}
        yield (m.start("to"), m.end()), number(g["to"], unit), unit, gives | {"qualifier": "at_most"}
    elif rule == "out_of" and unit != "points":
        total = _value(g["of"], unit)
        problem = f"{token} of {g['of']}: more than there are" if total and value > total else ""
        yield m.span(at), value, unit, {"total": total, "problem": problem, "noun_at": m.end()}
        yield (m.end(at), m.end()), total, unit, {"is_total": True}
    else:
        value *= SCALES.get(g.get("k", "").lower(), 1) if rule == "count" else 1
        out = f"{token} of {g['of']}: beyond the last" if "of" in g and value > number(g["of"], unit) else ""
        over = unit == "percent" and value < 100 and re.search(r"(?i)vượt $", text[: m.start()])
        over = over and _P["of_target"].match(text[m.end() :])
        part = unit == "months" and re.match(r" (đầu|cuối) năm", text[m.end() :])
        out = out or ("printed as the excess over a target; write 100 more, or leave it out" if over else "")
        out = out or ("a part of a year: say what it dates, or leave it out" if part else "")
        lost = rule == "change" and g["v"].lower() in ("giảm", "tụt", "xuống", "mất")
        total = {
            "field" if unit == "rank" else "total": g.get("of")
            and (g["of"] if unit == "rank" else number(g["of"], unit))
        }
        more = {"problem": out, "qualifier": "exact!" if over else "exact"} | (total if "of" in g else {})
        yield span, int(value) if unit == "rank" else value, "places_lost" if lost else unit, gives | more


def _scan(text):
    """Return the candidates of one cleaned sentence in order, most special rule first; then whatever number is left, unread."""
    hits: list[dict[str, Any]] = []
    taken: list[tuple[int, int]] = []

    def take(rule, span, value, unit, more):
        if any(span[0] < b and span[1] > a for a, b in taken):
            return
        taken.append(span)
        if more.pop("names_issuer", False) and any(h["unit"] == "id" and 0 <= span[0] - h["end"] < 30 for h in hits):
            return
        hit = {"start": span[0], "end": span[1], "value": value, "unit": unit, "rule": rule, "qualifier": "exact"}
        hits.append(hit | {"problem": "", "printed": text[slice(*span)].strip()} | more)

    aims = _P["goal"].search(text) and not _P["done"].search(text)
    for rule in [r for r in LANGUAGE["rules"] if r not in ("all", "year")] + ["list", "all", "year"]:
        if rule == "list":
            _lists(hits, text, take)
        for m in _P[rule].finditer(text) if rule != "list" and (rule != "all" or aims) else ():
            for found in _read(rule, m, text):
                take(rule, *found)
            taken.extend([m.span()] if rule == "from_to" else [])
    for m in [*_P["number"].finditer(text), *_P["words"].finditer(text)]:
        english = text.isascii()
        value = _value(m[0], "units" if english else "unread")
        if value is not None and (m[0][-1:].isdigit() or value > 9 or english):
            take("unread", m.span(), value, "unread", {"problem": _UNREAD})
    counted = [h["start"] for h in hits if h["unit"] in (*_COUNTED, "percent", "share", "rank") or "VND" in h["unit"]]
    for h in hits:
        h["lone"] = h["rule"] == "period" and h["end"] < max(counted, default=0)
    return sorted(hits, key=lambda h: h["start"])


def _lists(hits, text, take):
    """Give bare numbers of "15 lên 26 xã", "10-12 người", "3, 5 và 7 huyện", "233 xã còn 78" the unit of their neighbour."""
    for m in reversed(list(_P["bare"].finditer(text))):
        after = next((h for h in hits if h["start"] == m.end() and h["unit"] in (*_COUNTED, "percent")), None)
        if after and not re.match(r"\d{4}$", m[1]):
            ranged = m[2] in ("-", "đến", "tới") and not re.search(r"(tăng|giảm)[^,.;]{0,20}$", text[: m.start()])
            before = len(hits)
            more = {"qualifier": "at_least"} if ranged else {}
            take("list", m.span(1), number(m[1], after["unit"]), after["unit"], more)
            after["qualifier"] = "at_most" if ranged and len(hits) > before else after["qualifier"]
    for m in _P["bare_after"].finditer(text):
        earlier = [h for h in hits if h["end"] <= m.start() and h["unit"] in _COUNTED]
        if earlier and "từ" in text[: earlier[-1]["start"]][-12:]:
            take("list", m.span(1), number(m[1], earlier[-1]["unit"]), earlier[-1]["unit"], {})


# --- what a candidate means in its sentence, seen with a mark in place of each number (its own with "!")


def _qualifier(hit, text):
    before, after = text[: hit["start"]].rstrip(), text[hit["end"] :]
    if hit["qualifier"] != "exact" or hit.get("is_total") or hit["unit"] in _TIMED:
        return hit["qualifier"].rstrip("!")
    own = re.match(r"(?:gấp )?(khoảng|hơn|gần|trên)\b", hit["printed"])
    for name, words in LANGUAGE["qualifiers"].items():
        if re.search(rf"(?i)(?:^|\W){words}$", before) or (own and re.fullmatch(words, own[1])):
            hit["estimate"] = bool(re.search(r"(?i)ước(?: đạt)?$", before))
            return "at_most" if re.search(r"(?i)\bkhông [^.;]{1,60} (?:vượt )?quá$", before) else name
    tail = _P["and_more"].match(after) if hit["unit"] not in ("rank", "places_gained", "places_lost") else None
    return LANGUAGE["tails"][tail[1]] if tail else "exact"


def _trait(name, flagged):
    """Return (value, match) of the first pattern of a trait that fits; the value is the name of the group that does."""
    for pattern in _TRAITS[name]:
        if m := (pattern.match if pattern.pattern.startswith("(?is).*") else pattern.search)(flagged):
            return m.lastgroup, m
    return None, None


def _kind(hit, text, flagged):
    unit, aim = hit["unit"], _trait("aim", flagged)[0]
    aim = aim == "goal" if aim else bool(_P["goal"].search(text)) and not _P["done"].search(text)
    aim = aim and not re.search(r"(?i)so với (?:mục tiêu|chỉ tiêu|kế hoạch)", text[: hit["start"]])
    if unit == "id":
        return "event_date" if hit.get("as_of") or hit.get("plenum") else "rule"
    if unit == "year_range" or (unit == "year" and aim):
        return "plan_term"
    if unit in _TIMED or hit.get("review"):
        return "event_date"
    each = re.search(r"\bmỗi (?!năm|nhiệm kỳ|quý|tháng)[^,.;]{0,40}$", text[: hit["start"]])
    paid = _P["paid"].search(text) and _P["money"].search(text) and not _P["done"].search(text)
    lasting = unit in ("months", "years", "terms") and hit["qualifier"] in ("at_least", "at_most")
    if unit == "levels" or (aim and unit == "persons" and hit["value"] <= 3) or each or paid or lasting:
        return "rule"
    praised = unit == "percent" and hit["value"] == 100 and _P["quality"].search(text[hit["end"] :])
    if praised and not aim and not _P["nonlocal"].search(text):
        return "claim"
    return "target" if aim and unit not in ("rank", "places_gained", "places_lost", "years", "months") else "observed"


def _moves(text):
    """Yield a row for each clause with a verb of movement and "từ <post>"."""
    for clause in re.finditer(r"[^;]+", text):
        verb, m = re.search("(?i)" + "|".join(_VERBS.values()), clause[0]), _P["move"].search(clause[0])
        if verb and m:
            goal = m["goal"] or ((found := _P["holder"].search(clause[0][: m.start()])) and found[0]) or ""
            name = next(key for key, word in _VERBS.items() if word == verb[0].lower())
            row = {"value": f"{m['source'].strip()}->{goal.strip()}", "unit": "move", "measure": "post_move"}
            row |= {"kind": "observed", "verb": name, "printed": m["printed"], "reason": "move", "problem": ""}
            yield row | {"start": clause.start() + m.start(), "as_of_basis": "not_stated", "value_qualifier": "exact"}


def _traits(hit, flagged):
    """Return post, its level, locality and verb of a number from the words that are its own: up to the next, or since the last."""
    post, at = _trait("post", flagged)
    level = _P["post_level"].search(re.split("[⟨,;]", flagged[at.start(post) :])[0]) if post else None
    shared = (
        re.search(r"(?i)!⟩\W*(?:tổng )?(?:số )?(xã|phường|huyện|quận|tỉnh)\b", flagged)
        if hit["unit"] == "percent"
        else None
    )
    plain = LANGUAGE["units_led"].get(hit["unit"]) or (shared and _LEVELS[shared[1].lower()])
    local, verb = _trait("local", flagged)[0], _trait("verb", flagged)[0]
    return {"post": post, "post_level": _LEVELS[level[level.lastindex].lower()] if level else plain,
            "non_local": {"true": True, "false": False}.get(local), "verb": None if verb == "several" else verb}  # fmt: skip


def _flow(flagged):
    piece = next((x for x in re.split(r"[,;:] | và (?!phó)", flagged) if "!⟩" in x), "")
    found = _P["flow"].findall(piece) + [(level, level) for level in _P["among"].findall(piece)]
    return [_LEVELS[level.lower()] for level in found[0]] if len(found) == 1 else [None, None]


def _dated(flagged, numbers, published):
    """Return (as_of, basis) of a number: the date after its own words, else the last one before it that dates what follows."""
    name, m = _trait("as_of", flagged)
    if not m:
        return None, "not_stated"
    hit = numbers[m[name]]
    if name == "since":
        return (f"{hit['value']}..{published}", "stated") if published else (None, "not_stated")
    hit["used"], value = not hit.get("yearless"), hit["value"]
    if hit["unit"] == "period":
        value = value[:4] if "Q" in value else value[-4:]
    value = value if isinstance(value, tuple) else str(value).replace("-", ".." if hit["unit"] == "year_range" else "-")
    return value, "inferred" if hit.get("yearless") else "stated"


def _where(hit, text, state, names):
    """Return place, level and province of a number: of the last place named before it, else of the scope that the words name."""
    if before := [n for n in names if n[0] < hit["start"]] or names[: len({n[2] for n in names}) == 1]:
        return before[-1][2]
    if names or re.search(r"(?i)\b(toàn|cả) tỉnh\b", text):
        return (None, None, None) if names else state["province"]
    district = re.search(r"(?i)\b(toàn|cả) huyện\b|\bhuyện (đã|có|hiện)\b", text) or (
        state["district"][0] and state["fresh"]
    )
    return state["district"] if district else state["province"]


def _names(text, province=None):
    """Return (start, end, (place, level, code)) of the places a sentence speaks of, those it only compares with left out."""
    found: list[Any] = [
        (a, b, (places.name(c), "province", c))
        for a, b, c in places.find_all(text)
        if not _P["likened"].search(text[:a])
    ]
    found += [(m.start(), m.end(), ("Vietnam", "national", None)) for m in _P["national"].finditer(text)]
    for m in _P["lower"].finditer(text):
        if not any(a < m.end() and b > m.start(2) for a, b, _ in found):
            inside = [n for n in found if re.fullmatch(r",? (?:tỉnh|thành phố) ", text[m.end() : n[0]])]
            found = [n for n in found if n not in inside]
            level = "commune" if m[1].lower() in ("xã", "phường", "thị trấn") else "district"
            found.append((m.start(), m.end(), (m[2], level, inside[0][2][2] if inside else province)))
    return sorted(found)


def _measure(hit, row, zone, text):
    """Return a rough name of what is measured; a person gives the proper one when accepting."""
    before, unit, plain = text[: hit["start"]], row["unit"], re.sub(r"[^a-z]+", "_", row["unit"].lower())
    for units, kind, words, name in LANGUAGE["measures"]:
        if unit in units and (not kind or kind in (row["kind"], zone)) and re.search(f"(?i){words}", before):
            return name
    growth = "growth" if re.search(r"(?i)tăng trưởng", before[-80:]) else ""
    named = (
        [] if growth or unit not in ("points", "rank", "places_gained", "places_lost") else _P["index"].findall(before)
    )
    index = re.sub(r"\W", "_", named[-1].lower()) if named else ""
    changed = "change" if index and re.search(r"(?i)(tăng|giảm)(?: thêm| khoảng| hơn| gần)? ?$", before) else ""
    aim = row["kind"] if row["kind"] in ("target", "rule") else changed
    first = "page_chrome" if zone == "page" else "nonlocal" if row["non_local"] else ""
    parts = (first, row["post"], growth, index, plain, aim)
    return "_".join(filter(None, parts))


def _row(hit, sentence, state, names, numbers, last):
    text, page = sentence["text"], sentence["zone"] == "page"
    flagged = sentence["shown"].replace(hit["key"], hit["key"][:-1] + "!⟩")
    unit, value, problem = hit["unit"], hit["value"], hit["problem"]
    if unit == "id" and not hit.get("named") and not hit.get("short"):
        full = "; ".join(x for x in (value, hit.get("issuer"), hit.get("as_of")) if x)
        state["instruments"] |= {re.split("[-/]", value)[0]: full, value: full}
    hit["qualifier"] = _qualifier(hit, text)
    kind = "page_chrome" if page or hit.get("kind") else _kind(hit, text, flagged)
    of_target = re.search(r"(?i)so với (?:mục tiêu|chỉ tiêu|kế hoạch|nghị quyết)", text[: hit["start"]])
    of_target = of_target or _P["of_target"].match(text[hit["end"] :])
    if unit == "percent" and kind in ("observed", "target") and of_target:
        unit, kind = "percent_of_target", "observed"
    hit |= {"aim": kind, "unit": unit}
    sound = unit == "date" and not hit.get("yearless") and not problem
    if sound and not page:
        state["years"].add(value[:4])
        state["published"] = value if sentence["zone"] == "dateline" else state["published"]
    if isinstance(value, int | Fraction) and not -(10**13) < value < 10**13:
        problem = f"number too large to be a count: {hit['printed']}"
    as_of, basis = hit.get("as_of") or (value if sound else None), "stated"
    if not as_of and unit not in ("unread", *_TIMED) and not page:
        as_of, basis = _dated(flagged, numbers, state["published"])
    counted = unit in _COUNTED or unit in ("percent", "percent_of_target", "share", "turns")
    set_or_seen = kind in ("observed", "target", "rule") and not hit.get("is_total")
    personal = counted and set_or_seen and unit not in LANGUAGE["impersonal"]
    traits = _traits(hit, flagged) if personal else dict.fromkeys(("post", "post_level", "non_local", "verb"))
    if last and personal and unit in ("percent", "percent_of_target", "share") and _trait("follows", flagged)[1]:
        traits |= {k: last.get(k) for k in ("post", "post_level", "non_local") if traits[k] is None}
    traits["post_level"] = traits["post_level"] if traits["post"] or traits["non_local"] is not None else None
    origin, goal = _flow(flagged) if unit in ("persons", "turns") and not page else (None, None)
    where = state["province"] if unit in ("id", "year_range") else _where(hit, text, state, names)
    total = f"{hit['total']} {unit}" if hit.get("total") else f"{hit['field']} ranked" if hit.get("field") else None
    reason = hit["rule"] + (f", {hit['qualifier']}" if hit["qualifier"] != "exact" else "")
    row = {"start": hit["start"], "value": value, "unit": "period" if unit == "month" else unit, "denominator": total, "kind": kind,
           "value_qualifier": hit["qualifier"], "as_of": as_of, "as_of_basis": "inferred" if hit.get("yearless") else basis if as_of else "not_stated",
           "origin_level": origin, "destination_level": goal, "printed": hit["printed"], "reason": reason, "problem": problem, **traits,
           "shared": personal and _trait("shared", flagged)[1]}  # fmt: skip
    row |= dict(zip(("place", "place_level", "province_code"), (None,) * 3 if page else where, strict=True))
    row |= {"instrument": state["instruments"][value]} if unit == "id" and value in state["instruments"] else {}
    hit |= {"place": row["place"], "as_of": hit.get("as_of") or (row["as_of"] if unit not in _TIMED else None)}
    return row | {"measure": "unread" if unit == "unread" else _measure(hit, row, sentence["zone"], text)}


def _rows(sentence, state):
    """Return the rows of one sentence (a mapping of text, at, zone, n), which gains its candidates as ``hits``."""
    page, text, rows = sentence["zone"] == "page", sentence["text"], list[tuple[dict, dict]]()
    numbers: dict[str, dict] = {}
    last: dict[str, Any] = {}
    sentence["hits"] = hits = _scan(text)
    _mark(sentence, numbers)
    names = [] if page else _names(text, state["province"][2])
    for place in (n[2] for n in names if n[2][1] == "district"):
        state["district"] = place
    state["fresh"] = any(n[2][1] == "district" for n in names) or (state["fresh"] and not names)
    for hit in hits:
        known = hit.get("short") and hit["value"].lstrip("0") in {k.lstrip("0") for k in state["instruments"]}
        row = {} if known else _row(hit, sentence, state, names, numbers, last)
        if row and hit.get("is_total"):
            row |= {key: last.get(key, row[key]) for key in ("as_of", "as_of_basis")}
        last = row if row and not hit.get("is_total") else last
        rows += [(hit, row)] if row else []
    for (_, row), (_, after) in zip(rows[-2::-1], rows[:0:-1], strict=True):
        if row["shared"] and row["non_local"] is None and after["non_local"] is not None:
            prefix = "nonlocal_" if after["non_local"] else ""
            row |= {"non_local": after["non_local"], "measure": prefix + row["measure"]}
    kept = [] if page else list(_moves(text))
    for hit, row in rows:
        lone = ((hit["unit"] == "year" and not hit.get("event")) or hit["lone"]) and not page
        used = hit.get("used") and sentence["zone"] != "dateline" and (lone or hit["unit"] in ("date", "month"))
        row["problem"] = row["problem"] or (lone and "a year alone: say what it dates, or leave it out") or ""
        kept += [] if used else [row]
    named = {h["value"] for h in hits if h["unit"] == "id" and not h.get("named")}
    instrument = next((state["instruments"].get(x, x) for x in named), None) if len(named) == 1 else None
    for row in kept:
        row.setdefault("instrument", instrument if row["kind"] in ("observed", "target", "rule", "plan_term") else None)
        row["as_of_basis"] = "not_programme" if row["kind"] == "page_chrome" else row["as_of_basis"]
        row |= {"quote_locator": sentence["at"], "where": sentence["n"]}
    return sorted(kept, key=lambda r: r["start"])


def _mark(sentence, numbers):
    """Give a sentence its text with a mark in place of each number, and each number its mark."""
    text, shown, last = sentence["text"], "", 0
    for hit in sentence["hits"]:
        key, kind = str(len(numbers)), arithmetic.kind(hit)
        numbers[key], hit["key"] = hit, f"⟨{kind}{key}⟩"
        if hit["start"] >= last and kind != "z":
            end = max(hit["end"], hit.get("noun_at", 0))
            shown += text[last : hit["start"]] + hit["key"] + re.sub(r"[\d.,/%]+", "", text[hit["start"] : end])
            last = end
    sentence["shown"] = shown + text[last:]


def _digits(m):
    spoken = (re.sub(r"^(không trăm|linh|lẻ) ", "", (words or "").strip()) for words in m.groups())
    day, month, year = map(words_number, spoken)
    return f"ngày {day} tháng {month}" + (f" năm {2000 + year} " if year else " ") if day and month else m[0]


def propose(
    path: str | Path, name: str | None = None, place: str | None = None, published: str | None = None
) -> pd.DataFrame:
    """
    Propose rows of the ledger from one article; nothing is written.

    Parameters
    ----------
    path : path
        UTF-8 text or a saved HTML page (the article is then the text that trafilatura extracts).
    name : str, optional
        What column ``article`` shall say; default: the file's name, as ``.txt``.
    place : str, optional
        The province the article is about, in any spelling; default: the one it names most often, or none.
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
    return propose_text(read(path), name or Path(path).with_suffix(".txt").name, place, published)


def propose_text(text: str, name: str, place: str | None = None, published: str | None = None) -> pd.DataFrame:
    """
    Propose rows from the text of one article.

    Parameters
    ----------
    text, name, place, published
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
    text = unwrap(text)
    raw = [line for line in text.split("\n") if line.strip()]
    lines = [clean(line.strip()) for line in raw]
    zone, rows, skipped, sentences = zones(lines), list[dict](), list[str](), list[dict]()
    named = [n[2][2] for line in lines for n in _names(line) if n[2][2]]
    code = places.resolve(place) if place else max(sorted(set(named)), key=named.count, default=None)
    usual = (places.name(code), "province", code) if code else (None, None, None)
    state: dict[str, Any] = {"published": published, "instruments": {}, "years": set()}
    state["years"] |= {published[:4]} if published else set()
    state |= {"province": usual, "district": (None, "district", code), "fresh": False}
    for at, words in ledger.split(text).items():
        p = int(at[1:].partition(".")[0]) - 1
        sentence = {"at": f"{at}:{ledger.mark(words)}", "zone": zone[p], "p": p, "n": len(sentences), "hits": []}
        if len(words) > 5000 or is_table(raw[p]):
            why = f"{len(words)} characters without the end of a sentence" if len(words) > 5000 else "a line of a table"
            skipped.append(f"{at}: {why}")
            rows += _unread(clean(words)[:5000], why) if zone[p] != "page" else []
            rows = [{"quote_locator": sentence["at"], "where": -1} | row for row in rows]
            continue
        spaced = re.sub(_P["spaced"], lambda m: m[0].replace(" ", "."), clean(words))
        sentence["text"] = _P["spoken_date"].sub(_digits, spaced)
        sentence["hits"] = _scan(sentence["text"])
        sentences.append(sentence)
        rows += _rows(sentence, state)
    checks = arithmetic.check([s for s in sentences if s["zone"] != "page"], raw)
    said = {(n, start): c["text"] for c in checks if c["verdict"] != "holds" for n, start in c["numbers"]}
    good = {spot for c in checks if c["verdict"] == "holds" for spot in c["numbers"]}
    for row in rows:
        spot = (row["where"], row.get("start"))
        row["check"] = said.get(spot, "holds" if spot in good else None)
    rows = _finished(rows, state)
    for i, row in enumerate(rows, 1):
        row |= {"proposal_id": f"N{i:03d}", "article": name}
    cells = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    frame = cells.mask(cells.isna() | cells.eq("")).astype("str")
    frame.attrs |= {"text": text, "skipped": skipped, "name": name, "checks": checks, "published": state["published"]}
    if frame.empty:
        none = "; ".join(skipped[:5]) or "no number, date or legal text was recognised"
        frame.attrs["reason"] = none if raw else "the file is empty"
    return frame


def _unread(text, why):
    shared = {"unit": "unread", "kind": "observed", "measure": "unread", "value_qualifier": "exact"}
    shared |= {"as_of_basis": "not_stated", "reason": "unread", "problem": f"unread: {why}"}
    for m in list(_P["number"].finditer(text))[:500]:
        yield shared | {"value": number(m[0]), "printed": m[0]}


def _finished(rows, state):
    """Give dates without a year the one other year of the article, saying so, or a problem; write fractions as decimals."""
    published = (state["published"] or "")[:4]
    year = published or (min(state["years"]) if len(state["years"]) == 1 else None)
    for row in rows:
        if isinstance(row.get("as_of"), tuple):
            row["as_of"] = f"{year}-{row['as_of'][0]:02d}-{row['as_of'][1]:02d}" if year else None
            row["as_of_basis"] = "inferred" if year else "not_stated"
        if isinstance(row["value"], tuple):
            month, day = row["value"]
            row["value"] = f"{year}-{month:02d}-{day:02d}" if year else f"{day}/{month}"
            row["as_of"] = row["value"] if year else None
            row["reason"] += f"; {year} is taken from another date of the article" if year else ""
            unknown = "" if year else "the year is not printed and cannot be told from other dates; give it"
            row["problem"] = row["problem"] or unknown
        elif isinstance(row["value"], Fraction):
            row["value"] = f"{float(row['value']):.10g}"
    return rows
