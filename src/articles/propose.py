"""From an article to proposed rows of the ledger: rules for the language, each row with locator and reason."""

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
_COUNTED, _LEVELS = LANGUAGE["counted"], LANGUAGE["levels"]
_UNITS = [(noun, unit) for unit, nouns in _COUNTED.items() for noun in re.split(r"\|(?![^(]*\))", nouns)]
_PARTS = LANGUAGE["parts"] | {"ONES": "|".join(ONES), "SCALES": "|".join(SCALES)}
_PARTS |= {"NOUNS": "|".join(sorted((noun for noun, _ in _UNITS), key=len, reverse=True))}
_PARTS |= {"TENS": "|".join(LANGUAGE["english"]["words"]), "CAPS": "|".join(LANGUAGE["capitals"])}
_TIMED = ("date", "id", "year_range", "ordinal", "year", "month", "period")
_MEASURED = ("percent", "points", "percent_of_target", "percentage_points")
_PLACED = ("rank", "places_gained", "places_lost")
_UNREAD = "unread: no rule understands this number; give its unit and kind, or leave it out"


def _pattern(text):
    whole = re.sub("<([A-Z_]+)>", lambda mark: _PARTS[mark[1]], text)
    return _pattern(whole) if whole != text else re.compile(text)


_P = {name: _pattern(text) for name, text in (LANGUAGE["rules"] | LANGUAGE["patterns"]).items()}
_UNLESS = {name: _pattern(text) for name, text in LANGUAGE["unless"].items()}


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
    grouped = len(marks) > 1 or (unit not in _MEASURED and (marks == ["."] or unit in _COUNTED))
    return Fraction("".join(pieces) if grouped and len(pieces[-1]) == 3 and pieces[0] != "0" else ".".join(pieces))


def _value(token, unit):
    token = token.strip().lower()
    if re.fullmatch(r"-?\d[\d.,]*", token):
        return number(token, unit)
    if parts := re.match(r"(\w+)(?: ?/ ?| phần )(\w+)$", token):
        top, bottom = (int(x) if x.isdigit() else ONES[x] for x in parts.groups())
        return Fraction(top, bottom) if 0 < top <= bottom else None
    known = LANGUAGE["special"].get(token) or (unit == "rank" and ORDINALS.get(token)) or ledger.roman(token.upper())
    english = [LANGUAGE["english"]["words"].get(word) for word in token.split("-")]
    return Fraction(known) if known else sum(english) if all(english) else words_number(token)


def _month(name):
    return _PARTS["MONTHS"].lower().split("|").index(name.lower()) + 1 if name.isalpha() else int(name)


def _day(y, m, d, year=None):
    printed = f"{d}/{m}/{y}" if y else f"{d}/{m}"
    try:
        value = date(int(y or year or 2024), _month(m), int(d)).isoformat()
    except ValueError:
        return {"value": printed, "problem": f"no such date: {printed}"}
    if y or year:
        return (
            {"value": value}
            if y
            else {"value": value, "inferred": f"; {year} is taken from another date of the article"}
        )
    return {"value": printed, "problem": "the year is not printed and cannot be told from other dates; give it"}


def _time(rule, g):
    """Return value and problem of a stretch of time."""
    if rule == "range":
        value = f"{g['y']}-{g['z']}"
        return value, "" if g["y"] < g["z"] else f"years run backwards: {value}"
    if rule == "quarter":
        return f"{g['y']}-Q{ledger.roman(g['q'].upper()) or g['q']}", ""
    if rule == "month":
        month = _month(g["m"])
        return f"{g['y']}-{month:02d}", "" if 1 <= month <= 12 else f"no such month: {month}/{g['y']}"
    when = {"đầu": "early", "giữa": "mid", "cuối": "late"}[g["w"].lower()]
    months = f"{'first' if when == 'early' else 'last'} {g.get('k')} months of"
    return f"{months if g.get('k', '').isdigit() else when} {g['y']}", ""


def _instrument(g, after):
    code = re.sub(r"T\.?Ư$", "TW", g["c"])
    later = re.match(rf"(?:(?:,| và) (?:\w+ \w+ )?(?:số )?\d+-{_PARTS['CODE']})+ ngày (\d+)/(\d+)/(\d{{4}})", after)
    day = (g["d"], g["m"], g["y"]) if "d" in g else later.groups() if later else None
    issued = _day(*day[::-1]) if day else {"value": None}
    value = f"{g['i']}/{g['z']}/{code}" if "z" in g else f"{g['i']}{'-' if '/' in code else '/'}{code}"
    issuer = re.split(r" (?:về|quy định|ban hành|để|nhằm) ", g.get("issuer", ""))[0].strip()
    return re.sub(r"\s", "", value), {"as_of": issued["value"], "issuer": issuer, "problem": issued.get("problem", "")}


def _plenum(g):
    n = int(g["i"]) if g["i"].isdigit() else ORDINALS.get(g["i"])
    name = f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') } plenum, {g['term']} Central Committee"
    return n and (f"resolution of the {name}" if "res" in g else name), {"plenum": "res" not in g}


def _money(g, before):
    each = re.search(r"(?i)\b(?:mỗi|hàng|một) (tháng|năm) $", before)
    per = [g[k] for k in ("per", "each") if k in g] or ([each[1]] if each else [])
    scale, *rest = [LANGUAGE["money"].get(word.lower(), "") for word in (g.get("k", ""), *per)]
    money = "USD" if g["cur"].lower() in ("usd", "đô la") else "VND"
    return " ".join([scale, money, *(f"per {word}" for word in rest)]).strip()


def _read(rule, m, text, year):
    """Yield what a match of a rule gives: start, end, value, unit, and what else is known."""
    groups = [(name, name.rstrip("0123456789"), found) for name, found in m.groupdict().items() if found]
    g = {name: found for _, name, found in groups}
    start = m.start(next((name for name, plain, _ in groups if plain == "n"), 0))
    before, after, gives = text[:start], text[m.end() :], dict(LANGUAGE["gives"].get(rule, {}))
    unit, token = gives.pop("unit", None), gives.pop("n", g.get("n", ""))
    if rule in _UNLESS and _UNLESS[rule].search(f"{text[: m.start()]}|{text[m.start() :]}"):
        return
    if rule in ("date", "day_month"):
        for name in ("d", "e") if "e" in g else ("d",):
            first, last = (m.start("e"), m.end()) if name == "e" else (start, m.end("d") if "e" in g else m.end())
            yield first, last, "date", _day(g.get("y"), g["m"], g[name], year)
    elif rule in ("instrument", "plenum"):
        value, more = _instrument(g, after) if rule == "instrument" else _plenum(g)
        yield start, m.end(), "id", {"value": value} | more
    elif rule in ("range", "quarter", "month", "period"):
        value, problem = _time(rule, g)
        yield start, m.end(), unit, {"value": value, "problem": problem}
    else:
        unit = unit or (_money(g, before) if rule == "money" else _unit(g["noun"]))
        value = token if unit == "id" else _value(token, unit)
        if value is None:
            return
        value, of = value * SCALES.get(g.get("k", "").lower(), 1) if rule == "count" else value, g.get("of")
        of = _value(of, unit) if of else None
        over = unit == "percent" and value < 100 and re.search(r"(?i)vượt $", before) and _P["of_target"].match(after)
        part = unit == "months" and re.match(r" (?:đầu|cuối) năm", after)
        problems = {
            f"{token.strip()} of {g.get('of')}: more than there are": of and value > of,
            "printed as the excess over a target; write 100 more, or leave it out": over,
            "a part of a year: say what it dates, or leave it out": part,
        }
        gives |= {"value": value, "problem": next((text for text, found in problems.items() if found), "")}
        gives |= {"qualifier": "at_least"} if "to" in g else {"qualifier": "exact!"} if over else {}
        if rule == "out_of" and unit != "points":
            end = start + len(token)
            yield start, end, unit, gives | {"total": of, "noun_at": m.end()}
            yield end, m.end(), unit, {"value": of, "is_total": True}
            return
        gives |= {{"rank": "field", "points": "scale"}.get(unit, "total"): of} if of else {}
        unit = "places_lost" if _P["lost"].search(before) and rule == "change" else unit
        yield start, m.start("to") - 1 if "to" in g else m.end(), unit, gives
        if "to" in g:
            yield m.start("to"), m.end(), unit, {"value": number(g["to"], unit), "qualifier": "at_most"}


def _unit(noun):
    return LANGUAGE["capitals"].get(noun) or next(u for p, u in _UNITS if re.fullmatch(p.lower(), noun.lower()))


def _scan(text, year):
    """Return the candidates of one cleaned sentence in order, most special rule first; then whatever number is left, unread."""
    hits: list[dict[str, Any]] = []

    def take(rule, start, end, unit, more):
        if more["value"] is not None and not any(start < h["end"] and end > h["start"] for h in hits):
            known = {"start": start, "end": end, "unit": unit, "rule": rule, "printed": text[start:end].strip()}
            hits.append({"qualifier": "exact", "problem": ""} | known | more)

    for rule in LANGUAGE["rules"]:
        if rule == "year":
            _lists(hits, text, take)
        for m in _P[rule].finditer(text):
            for found in _read(rule, m, text, year):
                take(rule, *found)
    english = text.isascii()
    for m in [*_P["number"].finditer(text), *_P["words"].finditer(text)]:
        value = _value(m[0], "units" if english else "unread")
        if value is not None and (m[0][-1].isdigit() or value > 9 or english):
            take("unread", *m.span(), "unread", {"value": value, "problem": _UNREAD})
    return sorted(hits, key=lambda h: h["start"])


def _lists(hits, text, take):
    """Give bare numbers of "15 lên 26 xã", "10-12 người", "3, 5 và 7 huyện", "233 xã còn 78" the unit of their neighbour."""
    for m in reversed(list(_P["bare"].finditer(text))):
        after = next((h for h in hits if h["start"] == m.end() and h["unit"] in (*_COUNTED, "percent")), None)
        if after and not re.match(r"\d{4}$", m[1]):
            ranged = m[2] in ("-", "đến", "tới") and not re.search(r"(tăng|giảm)[^,.;]{0,20}$", text[: m.start()])
            before, more = len(hits), {"qualifier": "at_least"} if ranged else {}
            take("list", *m.span(1), after["unit"], {"value": number(m[1], after["unit"])} | more)
            after["qualifier"] = "at_most" if ranged and len(hits) > before else after["qualifier"]
    for m in _P["bare_after"].finditer(text):
        earlier = [h for h in hits if h["end"] <= m.start() and h["unit"] in (*_COUNTED, "rank")][-1:]
        if earlier and "từ" in text[: earlier[0]["start"]][-15:]:
            take("list", *m.span(1), earlier[0]["unit"], {"value": number(m[1], earlier[0]["unit"])})


# --- what a number means in its sentence


def _qualifier(x, before, after):
    if x.hit["qualifier"] != "exact" or x.hit.get("is_total") or x.hit["unit"] in _TIMED:
        return x.hit["qualifier"].rstrip("!")
    for name, words in LANGUAGE["qualifiers"].items():
        if re.search(rf"(?i)(?:^|\W){words}$", before.rstrip()):
            x.hit["estimate"] = bool(re.search(r"(?i)ước(?: đạt)? $", before))
            return name
    tail = _P["and_more"].match(after) if x.hit["unit"] not in _PLACED else None
    return LANGUAGE["tails"][tail[1] or tail[2]] if tail else "exact"


def _aims(x, before):
    """Return whether a number is to be reached: by the last word before it that says so or that it was, else by its sentence."""
    told = [(m.start(), name == "goal") for name in ("goal", "done") for m in _P[name].finditer(before)]
    ahead = _P["goal_after"].match(x.tail)
    usual = bool(ahead or (_P["goal"].search(x.whole) and not _P["done"].search(x.whole)))
    return max(told)[1] if told else usual


def _kind(x, before, after, aim):
    hit, unit = x.hit, x.hit["unit"]
    if unit == "id":
        return "event_date" if hit.get("as_of") or hit.get("plenum") else "rule"
    if unit in ("year_range", "year"):
        return "plan_term" if unit == "year_range" or aim else "event_date"
    if unit in _TIMED or hit.get("review"):
        return "event_date"
    paid = _P["paid"].search(x.whole) and "VND" in unit and not _P["done"].search(x.whole)
    lasting = unit in ("months", "years", "terms") and hit["qualifier"] in ("at_least", "at_most")
    if unit == "levels" or paid or lasting or _P["each"].search(before) or (aim and unit == "persons" and x.value <= 3):
        return "rule"
    if unit == "percent" and x.value == 100 and not aim and _P["quality"].search(after):
        return "observed" if _P["nonlocal"].search(x.whole) else "claim"
    return "target" if aim and unit not in (*_PLACED, "years", "months") else "observed"


def _trait(name, own, led):
    """Return which word of a table a number has: the first of its own words after it, else the last of those that lead to it."""
    found = [(m.start(), word) for word, pattern in LANGUAGE[name].items() for m in re.finditer(pattern, own)]
    told = [(m.start(), word) for word, pattern in LANGUAGE[name].items() for m in re.finditer(pattern, led)]
    return min(found)[1] if found else max(told)[1] if told else None


def _traits(x):
    """Return post, its level, locality and verb of a number, each from the words that are its own, or None."""
    own = re.split(_P["own_end"], x.text[x.start : x.end] + x.tail)[0].lower()
    led = _P["led"].search(x.lead)
    led = led[1].lower() if led else ""
    post, local = _trait("posts", own, led), _trait("local", x.tail.split(";")[0].lower(), led)
    level = _P["post_level"].search(own) or _P["post_level"].search(led) if post else None
    shared = _P["share_of"].match(x.tail) if x.hit["unit"] == "percent" else None
    plain = LANGUAGE["units_led"].get(x.hit["unit"]) or (_LEVELS[shared[1].lower()] if shared else None)
    level = _LEVELS[level[level.lastindex].lower()] if level else plain
    lead = x.lead.split(";")[-1].lower()
    verb = (
        None
        if _P["verbs"].search(lead)
        else _trait("verbs", "", lead) or _trait("verbs", re.split("[,;.]", own)[0], "")
    )
    known = post or local
    return {
        "post": post,
        "post_level": level if known else None,
        "non_local": None if local is None else local == "yes",
        "verb": verb,
    }


def _flow(x):
    before, after = x.whole[: x.hit["start"]], x.whole[x.hit["start"] :]
    piece = re.split(_P["piece_end"], before)[-1] + re.split(_P["piece_end"], after)[0]
    found = _P["flow"].findall(piece) + [(level, level) for level in _P["among"].findall(piece)]
    return [_LEVELS[level.lower()] for level in found[0]] if len(found) == 1 else [None, None]


def _dated(x, about):
    """Return the date of a number: of the one beside it, else of the last before it that dates what follows."""
    before, after = [t for t in about["times"] if t.end <= x.start], [t for t in about["times"] if t.start >= x.end]
    beside = [t for t in before[-1:] if re.fullmatch(r"[^()\d]{0,12}\(", t.gap(x))]
    beside += [
        t for t in after[:1] if t.kind in "dy" and _P["dates_before"].fullmatch(x.gap(t)) and t.hit["rule"] != "since"
    ]
    beside += [t for t in reversed(before) if _P[f"dates_{t.kind}"].search(t.lead) or t.hit["rule"] == "since"]
    beside += [t for t in after if t.hit["rule"] == "since" or _P["dates_d"].search(x.gap(t))]
    if not beside:
        return None
    hit, value = beside[0].hit, str(beside[0].value)
    hit["used"] = hit["unit"] in ("date", "month", "year") and not hit.get("inferred")
    x.hit["inferred"] = hit.get("inferred", "")
    if hit["rule"] == "since":
        return about["published"] and f"{value}..{about['published']}"
    if hit["unit"] == "period":
        return value[:4] if "Q" in value else value[-4:]
    return value.replace("-", "..") if hit["unit"] == "year_range" else value


def _names(text, province=None):
    """Return (start, end, (place, level, code)) of the places a sentence speaks of, those it only compares with left out."""
    named = [(a, b, (places.name(c), "province", c)) for a, b, c in places.find_all(text)]
    found: list[Any] = [n for n in named if not _P["likened"].search(text[: n[0]])]
    found += [(m.start(), m.end(), ("Vietnam", "national", None)) for m in _P["national"].finditer(text)]
    for m in _P["lower"].finditer(text):
        if not any(a < m.end() and b > m.start(2) for a, b, _ in found):
            inside = [n for n in found if re.fullmatch(r",? (?:tỉnh|thành phố) ", text[m.end() : n[0]])]
            found = [n for n in found if n not in inside]
            code = inside[0][2][2] if inside else province
            found.append(
                (m.start(), m.end(), (m[2], "district" if _LEVELS.get(m[1].lower()) != "commune" else "commune", code))
            )
    return sorted(found)


def _where(x, names, about):
    """Return place, level and province of a number: of the last place named before it, else of the scope that the words name."""
    if before := [n for n in names if n[0] < x.hit["start"]] or names[: len({n[2] for n in names}) == 1]:
        return before[-1][2]
    if names or _P["whole_province"].search(x.whole):
        return (None, None, None) if names else about["province"]
    whole = _P["whole_district"].search(x.whole) and (None, "district", about["province"][2])
    return about["district"] or whole or about["province"]


def _measure(row, zone, before):
    """Return a rough name of what is measured; a person gives the proper one when accepting."""
    unit, plain = row["unit"], re.sub(r"[^a-z]+", "_", row["unit"].lower())
    for units, kind, words, name in LANGUAGE["measures"]:
        if unit in units and (not kind or kind in (row["kind"], zone)) and re.search(f"(?i){words}", before):
            return name
    aim = row["kind"] if row["kind"] in ("target", "rule") else ""
    first = "page_chrome" if zone == "page" else "nonlocal" if row["non_local"] else ""
    return "_".join(filter(None, (first, row["post"], plain, aim)))


def _row(x, about, names, last):
    """Return the row of a number; its hit gains kind, date and place for the checks."""
    hit, page = x.hit, x.sentence["zone"] == "page"
    before, after = x.whole[: hit["start"]], x.whole[hit["end"] :]
    hit["qualifier"] = _qualifier(x, before, after)
    kind = "page_chrome" if page or hit.get("kind") else _kind(x, before, after, _aims(x, before))
    of_target = hit["unit"] == "percent" and (_P["of_target"].match(after) or _P["to_target"].search(before))
    if of_target and kind in ("observed", "target"):
        hit["unit"], kind = "percent_of_target", "observed"
    unit, value, problem, x.kind = hit["unit"], x.value, hit["problem"], arithmetic.kind(hit)
    if unit == "year" and not hit.get("event") and not page:
        problem = problem or "a year alone: say what it dates, or leave it out"
    if unit not in _TIMED and abs(value) >= 10**13:
        problem = f"number too large to be a count: {hit['printed']}"
    if not page and not hit.get("as_of"):
        timeless = unit in ("unread", *_TIMED)
        hit["as_of"] = (None if problem or unit != "date" else value) if timeless else _dated(x, about)
    personal = unit in (*_COUNTED, "percent", "percent_of_target", "share") and unit not in LANGUAGE["impersonal"]
    personal = personal and kind in ("observed", "target", "rule") and not hit.get("is_total")
    row = _traits(x) if personal else dict.fromkeys(("post", "post_level", "non_local", "verb"))
    if last and personal and unit not in _COUNTED and _P["follows"].search(x.lead):
        row |= {k: last[k] for k in ("post", "post_level", "non_local") if row[k] is None}
    place = about["province"] if unit in ("id", "year_range") else _where(x, names, about)
    row |= dict(zip(("place", "place_level", "province_code"), (None,) * 3 if page else place, strict=True))
    if unit in ("persons", "turns") and not page:
        row |= dict(zip(("origin_level", "destination_level"), _flow(x), strict=True))
    hit |= {"aim": kind, "place": row["place"]}
    year = hit.get("inferred", "")
    basis = "not_programme" if page else "not_stated" if not hit.get("as_of") else "inferred" if year else "stated"
    row |= {
        "value": value if unit in _TIMED else f"{float(value):.10g}",
        "value_qualifier": hit["qualifier"],
        "kind": kind,
    }
    row |= {"unit": "period" if unit == "month" else unit, "as_of": hit.get("as_of"), "as_of_basis": basis}
    row |= {
        "denominator": f"{hit['total']} {unit}"
        if hit.get("total")
        else f"{hit['field']} ranked"
        if hit.get("field")
        else None
    }
    row |= {
        "printed": hit["printed"],
        "problem": problem,
        "quote_locator": x.sentence["at"],
        "where": (x.n, hit["start"]),
    }
    row |= {"reason": hit["rule"] + (f", {hit['qualifier']}" if hit["qualifier"] != "exact" else "") + year}
    return row | {"measure": _measure(row, x.sentence["zone"], before)}


def _rows(s, numbers, about):
    """Yield the rows of one sentence."""
    names, rows, last = (
        [] if s["zone"] == "page" else _names(s["text"], about["province"][2]),
        list[tuple](),
        dict[str, Any](),
    )
    districts = [n[2] for n in names if n[2][1] == "district"]
    about |= {"district": districts[-1]} if districts else {"district": None} if names else {}
    about["times"] = [x for x in numbers if x.kind in "dyw" and not x.hit["problem"]]
    for x in numbers:
        if x.hit["rule"] != "short" or x.value.lstrip("0") not in about["instruments"]:
            rows.append((x, _row(x, about, names, last)))
            total = x.hit.get("is_total")
            rows[-1][1].update({"as_of": last["as_of"], "as_of_basis": last["as_of_basis"]} if total and last else {})
            last = last if total else rows[-1][1]
    for (x, row), (_, after) in zip(rows[-2::-1], rows[:0:-1], strict=True):
        if row["post"] and row["non_local"] is None and _P["shared"].fullmatch(x.tail):
            row["non_local"] = after["non_local"]
    named = list({x.value for x in numbers if x.kind == "i" and x.hit["rule"] != "named"})
    for x, row in rows:
        cited = named[0] if len(named) == 1 and row["kind"] in ("observed", "target", "rule", "plan_term") else None
        cited = x.value if x.kind == "i" else cited
        row["instrument"] = about["instruments"].get(cited and cited.lstrip("0"), cited)
        if not x.hit.get("used") or x.hit.get("event") or s["zone"] == "dateline":
            yield row


# --- the whole article


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
    zone, skipped, sentences = zones(lines), list[str](), list[dict]()
    named = [n[2][2] for line in lines for n in _names(line) if n[2][2]]
    code = places.resolve(place) if place else max(sorted(set(named)), key=named.count, default=None)
    dates = [(z, h["value"]) for z, line in zip(zone, lines, strict=True) if z != "page" for h in _scan_dates(line)]
    published = published or next((day for z, day in dates if z == "dateline"), None)
    years = {published[:4]} if published else {day[:4] for _, day in dates}
    for at, words in ledger.split(text).items():
        p = int(at[1:].partition(".")[0]) - 1
        s: dict[str, Any] = {
            "at": f"{at}:{ledger.mark(words)}",
            "zone": zone[p],
            "n": len(sentences),
            "text": clean(words)[:5000],
        }
        if len(words) > 5000 or is_table(raw[p]):
            why = f"{len(words)} characters without the end of a sentence" if len(words) > 5000 else "a line of a table"
            skipped.append(f"{at}: {why}")
            s |= {"unread": why, "hits": [] if zone[p] == "page" else _unread(s["text"], why)}
        else:
            spaced = re.sub(_P["spaced"], lambda m: m[0].replace(" ", "."), s["text"])
            s["text"] = _P["spoken_date"].sub(_digits, spaced)
            s["hits"] = _scan(s["text"], min(years) if len(years) == 1 else None)
        sentences.append(s)
    about: dict[str, Any] = {"published": published, "instruments": _instruments(sentences), "district": None}
    about["province"] = (places.name(code), "province", code) if code else (None, None, None)
    numbers = arithmetic.numbers(sentences)
    rows = [row for s in sentences for row in _rows(s, [x for x in numbers if x.sentence is s], about)]
    read_ = [x for x in numbers if x.sentence["zone"] != "page" and "unread" not in x.sentence]
    checks = arithmetic.check(read_, raw)
    said = {spot: "holds" for c in checks if c["verdict"] == "holds" for spot in c["numbers"]}
    said |= {spot: c["text"] for c in checks if c["verdict"] != "holds" for spot in c["numbers"]}
    for i, row in enumerate(rows, 1):
        row |= {"proposal_id": f"N{i:03d}", "article": name, "check": said.get(row["where"])}
    cells = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    frame = cells.mask(cells.isna() | cells.eq("")).astype("str")
    frame.attrs |= {"text": text, "skipped": skipped, "name": name, "checks": checks, "published": published}
    if frame.empty:
        none = "; ".join(skipped[:5]) or "no number, date or legal text was recognised"
        frame.attrs["reason"] = none if raw else "the file is empty"
    return frame


def _scan_dates(line):
    found = [hit for m in _P["date"].finditer(line) for *_, hit in _read("date", m, line, None)]
    return [hit for hit in found if not hit.get("problem")]


def _instruments(sentences):
    """Return the full name of each legal text by its value, and by its number for later references."""
    known = dict[str, str]()
    for hit in (h for s in sentences for h in s["hits"] if h["rule"] == "instrument"):
        full = "; ".join(part for part in (hit["value"], hit.get("issuer"), hit.get("as_of")) if part)
        short = re.split("[-/]", hit["value"])[0].lstrip("0")
        known |= {hit["value"].lstrip("0"): full, short: full}
    return known


def _unread(text, why):
    shared = {"unit": "unread", "rule": "unread", "qualifier": "exact", "problem": f"unread: {why}"}
    spans = [(m.start(), m.end()) for m in _P["number"].finditer(text)][:500]
    return [shared | {"start": a, "end": b, "value": number(text[a:b]), "printed": text[a:b]} for a, b in spans]


def _digits(m):
    spoken = (re.sub(r"^(không trăm|linh|lẻ) ", "", (words or "").strip()) for words in m.groups())
    day, month, year = map(words_number, spoken)
    return f"ngày {day} tháng {month}" + (f" năm {2000 + year} " if year else " ") if day and month else m[0]
