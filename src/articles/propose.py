"""From a Vietnamese article to proposed rows of the ledger: rules for the language, each row with locator and reason."""

import re
import tomllib
import unicodedata
from datetime import date
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pandas as pd

from helpers.record import ledger, places
from helpers.record.ledger import clean

COLUMNS = [
    "proposal_id", "article", "place", "place_level", "province_code", "as_of", "as_of_basis", "measure", "value",
    "unit", "denominator", "value_qualifier", "kind", "instrument", "post", "post_level", "non_local", "verb",
    "origin_level", "destination_level", "quote_locator", "printed", "reason", "problem",
]  # fmt: skip
LIMIT = 2_000_000
_W = tomllib.loads((resources.files("articles") / "vietnamese.toml").read_text(encoding="utf-8"))
_COUNTED, _LEVELS, _VERBS = _W["counted"], _W["levels"], _W["verbs"]
_UNITS = [(noun, unit) for unit, nouns in _COUNTED.items() for noun in re.split(r"\|(?![^(]*\))", nouns)]
_ONES, _SCALES = _W["ones"], _W["scales"]
_PARTS = _W["parts"] | {
    "NOUNS": "|".join(sorted((noun for noun, _ in _UNITS), key=len, reverse=True)),
    "CAPS": "|".join(_W["capitals"]),
    "ONES": "|".join(_ONES),
    "SCALES": "|".join(_SCALES),
}


def _pattern(text):
    whole = re.sub("<([A-Z_]+)>", lambda mark: _PARTS[mark[1]], text)
    return _pattern(whole) if whole != text else re.compile(text)


_P = {name: _pattern(text) for name, text in (_W["rules"] | _W["patterns"]).items()}
_TIMED = ("date", "id", "year_range", "ordinal", "year", "month", "period")
_RANKS = ("rank", "places_gained", "places_lost")


def number(token, unit=None):
    """
    Read a printed number: 17.000 is 17000, 64,89 is 64.89, 7.32 is 7.32; 17,000 is 17000 where things are counted.

    Parameters
    ----------
    token : str
    unit : str, optional
        Unit of the ledger, which tells marks for thousands from marks for decimals.

    Returns
    -------
    Fraction
    """
    pieces, marks = re.split(r"[.,]", token), re.findall(r"[.,]", token)
    if len(set(marks)) == 2:
        return Fraction(token.replace(marks[0], "").replace(marks[-1], "."))
    decimal = not marks or len(pieces[-1]) != 3 or pieces[0] == "0"
    if len(marks) == 1:
        measured = unit in ("percent", "points", "percent_of_target", "percentage_points")
        decimal = decimal or measured or (marks[0] == "," and unit not in _COUNTED)
    return Fraction(token.replace(",", ".") if decimal else "".join(pieces))


def words_number(text):
    """Return the whole number that number words spell, or None: "hai mươi ba" is 23, "một trăm linh năm" 105."""
    total = group = last = 0
    seen = False
    for word in text.split():
        if word in _ONES:
            group, last, seen = group + _ONES[word], _ONES[word], True
        elif word == "mười":
            group, seen = group + 10, True
        elif word in ("mươi", "trăm") and seen:
            group += last * (9 if word == "mươi" else 99)
        elif word == "rưỡi" and total:
            total += total // 2
        elif word in _SCALES and seen:
            total, group = total + max(group, 1) * _SCALES[word], 0
        elif word not in ("không", "linh", "lẻ"):
            return None
    return total + group if seen else None


# --- reading a file


def read(path):
    """
    Return the text of an article: UTF-8 text, or what trafilatura takes from a saved HTML page.

    Raises
    ------
    ValueError
        For a file over 2 MB, binary content, or another encoding (named as far as it can be told).
    """
    path = Path(path)
    if path.stat().st_size > LIMIT:
        size = f"{path.name} has {path.stat().st_size / 1e6:.1f} MB"
        raise ValueError(f"{size}; expected one article of at most {LIMIT / 1e6:.0f} MB. Cut out the article.")
    content = path.read_bytes()
    kind = {b"%PDF": "PDF", b"PK\x03\x04": "Word or zip"}.get(content[:4])
    if kind:
        raise ValueError(f"{path.name} is a {kind} file; expected text or HTML. Save it as plain text.")
    if guess := _other_encoding(content):
        remedy = "Convert it, with iconv or a converter of fonts."
        raise ValueError(f"{path.name} looks like {guess}; expected UTF-8. {remedy}")
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"(?i)\s*(<!doctype html|<html|<head|<body|<\?xml)", text) or path.suffix.lower() in (".html", ".htm"):
        import trafilatura

        text = trafilatura.extract(text, include_comments=False, include_tables=False, favor_recall=True) or ""
    if len(text) > LIMIT // 5:
        size = f"{path.name} holds {len(text):,} characters of text"
        raise ValueError(f"{size}; expected one article of at most {LIMIT // 5:,}. Cut out the article.")
    return text


def _other_encoding(content):
    """Name what the content is if not text in UTF-8, by words as each encoding writes them; None for text in UTF-8."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:4000].count(b"\x00") > len(content[:4000]) / 8:
        return "UTF-16"
    try:
        text, known = content.decode("utf-8"), ("TCVN3 (ABC fonts)",)
    except UnicodeDecodeError:
        text, known = None, _W["encodings"]
    for name in known:
        codec, *words = _W["encodings"][name]
        read = unicodedata.normalize("NFC", content.decode(codec, "replace") if text is None else text)
        if sum(read.count(word) for word in words) > 1:
            return name
    if text is not None:
        return "binary" if "\x00" in text else None
    from charset_normalizer import from_bytes

    best = from_bytes(content).best()
    return best.encoding if best else "an unknown encoding"


def _zones(lines):
    """Return "body", "dateline" or "page" for each line: what is the article's, and what the page's around it."""

    def prose(line, words):
        return len(line.split()) >= words and re.search(r"[.!?…:;][\"”’»')\]]*$", line) and not line.startswith("•")

    body = [i for i, x in enumerate(lines) if prose(x, 20)] or [i for i, x in enumerate(lines) if prose(x, 6)]
    first, last = (body[0], body[-1]) if body else (0, len(lines) - 1)
    stops = (i for i in range(first + 1, len(lines)) if re.match(_W["stop"], lines[i]) and len(lines[i].split()) < 8)
    after = next(stops, len(lines))
    zones = []
    for i, line in enumerate(lines):
        dated = re.search(_W["dated_line"], line) and re.search(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|tháng \d+", line)
        if first - 8 <= i < first and dated:
            zones.append("dateline")
        elif line.startswith("•") or i >= after or i > last + 1:
            zones.append("page")
        else:
            near = first - i <= 4 and len(line.split()) <= 25 and not re.search(r" {3}|\t", line)
            zones.append("body" if i >= first or near else "page")
    return zones


# --- rules: each yields (span, value, unit, more) for a match; a stretch of text goes to the first of [rules] that takes it


def _day(y, m, d):
    try:
        return date(int(y), int(m), int(d)).isoformat(), ""
    except ValueError:
        return f"{d}/{m}/{y}", f"no such date: {d}/{m}/{y}"


def _unit(noun):
    return next(unit for pattern, unit in _UNITS if re.fullmatch(pattern.lower(), noun.lower()))


def _read_instrument(m, text):
    _, n, year, code, plain, d, mo, y, issuer = m.groups()
    code = code or plain
    issued, problem = _day(y, mo, d) if d else (None, "")
    value = re.sub(r"\s", "", f"{n}/{year}/{code}" if year else f"{n}-{code}" if "/" in code else f"{n}/{code}")
    span = (m.start(), m.start(9) if issuer else m.end())
    yield span, value, "id", {"as_of": issued, "issuer": (issuer or "").strip(), "problem": problem}


def _read_plenum(m, text):
    n = int(m[2]) if m[2].isdigit() else ledger.ORDINALS.get(m[2])
    if n:
        name = f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') } plenum, {m[3]} Central Committee"
        yield m.span(), f"resolution of the {name}" if m[1] else name, "id", {"plenum": not m[1], "names_issuer": True}


def _read_change(m, text):
    n = number(m[2]) if m[2][0].isdigit() else words_number(m[2])
    if n is not None:
        yield m.span(), n, "places_lost" if m[1].lower() in ("giảm", "tụt", "xuống", "mất") else "places_gained", {}


def _read_date(m, text):
    value, problem = _day(*((m[3], m[2], m[1]) if m[3] else (m[5], m[4], m[1])))
    yield m.span(), value, "date", {"problem": problem}


def _read_month(m, text):
    problem = "" if 1 <= int(m[1]) <= 12 else f"no such month: {m[1]}/{m[2]}"
    yield m.span(), f"{m[2]}-{int(m[1]):02d}", "month", {"problem": problem}


def _read_range(m, text):
    problem = "" if m[1] < m[2] else f"years run backwards: {m[1]}-{m[2]}"
    yield m.span(), f"{m[1]}-{m[2]}", "year_range", {"problem": problem}


def _read_day_month(m, text):
    yield m.span(), (int(m[2]), int(m[1])), "date", {"problem": _day(2024, m[2], m[1])[1], "yearless": True}


def _read_rank(m, text):
    n, field = (m["n"], m["of"]) if m["n"] else (m["m"], m["mof"])
    n = ledger.ORDINALS.get(n.lower(), n)
    marked = re.search(r"(?i)thứ|hạng|vị trí|ngôi|xếp|đứng", m[0])
    weekday = re.match(r"(?i)thứ (hai|ba|tư|năm|sáu|bảy)\b", m[0]) or re.search(r"lần $", text[: m.start()])
    if marked and not weekday and str(n).isdigit():
        yield m.span(), int(n), "rank", {"field": field}


def _read_first(m, text):
    if not re.search(r"(?i)một trong (những|số|các)[^,.;]*$", text[: m.start()]):
        yield m.span(), 1, "rank", {}


def _read_period(m, text):
    when = {"đầu": "early", "giữa": "mid", "cuối": "late"}[(m[2] or m[3]).lower()]
    if m[1] and m[1].isdigit():
        when = f"{'first' if when == 'early' else 'last'} {m[1]} months of"
    yield m.span(), f"{when} {m[4]}", "period", {}


def _read_percent(m, text):
    unit = "percentage_points" if m["pp"] or m[6] else "percent"
    if m[2]:
        yield m.span(1), number(m[1], unit), unit, {"qualifier": "at_least"}
        yield (m.start(2), m.end()), number(m[2], unit), unit, {"qualifier": "at_most"}
    else:
        yield m.span(), number(m[1] or m[5], unit), unit, {}


def _read_out_of(m, text):
    unit = _unit(m[3])
    n, total = number(m[1], unit), number(m[2], unit)
    if n <= total:
        yield m.span(1), n, unit, {"total": total}
        yield (m.end(1), m.end()), total, unit, {"is_total": True}


def _read_fraction(m, text):
    top, bottom = (int(m[1]), int(m[2])) if m[1] else (_ONES[m[3].lower()], _ONES[m[4].lower()])
    if 0 < top <= bottom:
        yield m.span(), Fraction(top, bottom), "share", {}


def _read_times(m, text):
    spoken = (m[1] or "").strip().lower()
    n = {"đôi": 2, "rưỡi": Fraction(3, 2)}.get(spoken) or words_number(spoken)
    if n or m[2] or m[3]:
        yield m.span(), n or number(m[2] or m[3]), "times", {}


def _read_money(m, text):
    each = re.search(r"(?i)\b(?:mỗi|hàng|một) (tháng|năm) $", text[: m.start()])
    parts = [p for p in (m[3], m[4]) if p] or ([each[1]] if each else [])
    words = [m[2] or m[6] or "", "USD" if m[5] else "VND", *(f"per {_W['money'][p.lower()]}" for p in parts)]
    words[0] = _W["money"].get(words[0].lower(), "")
    yield m.span(), number(m[1] or m[5]), " ".join(words).strip(), {}


def _read_review(m, text):
    spoken = m[1] or m[2].strip()
    n = int(spoken) if spoken.isdigit() else words_number(spoken.lower())
    if n:
        note = "" if "năm" in text[m.start() : m.end() + 4] else "; the word for years is missing"
        yield m.span(1 if m[1] else 2), n, "years", {"note": note, "review": True}


def _read_count(m, text):
    unit = _unit(m[3]) if m[1] else _W["capitals"][m[5]]
    dated = unit in ("years", "months", "days") and re.search(r"(?i)(ngày|tháng|năm|số) $", text[: m.start()])
    if not dated and not (unit == "months" and re.match(r" (đầu|cuối) năm", text[m.end() :])):
        yield m.span(), number(m[1] or m[4], unit) * _SCALES.get((m[2] or "").lower(), 1), unit, {}


def _read_spoken(m, text):
    spoken, noun = (m[1].strip(), m[2]) if m[1] else (m[3].strip(), m[4])
    n, unit = words_number(spoken), _unit(noun)
    vague = spoken == "tư" or (spoken in _ONES and unit in ("times", "levels", "units", "cases"))
    if n and (n > 1 or m[3]) and noun[0].islower() and not vague:
        yield m.span(), n, unit, {}


def _read_from_to(m, text):
    yield from ((m.span(i), int(m[i]), "rank", {"field": m[i + 1]}) for i in (1, 3))


def _read_quarter(m, text):
    yield m.span(), f"{m[2]}-Q{ledger.roman(m[1].upper()) or m[1]}", "period", {}


def _read_congress(m, text):
    if ledger.roman(m[1]):
        yield m.span(1), ledger.roman(m[1]), "ordinal", {}


def _read_all(m, text):
    yield m.span(), 100, "percent", {}


def _read_half(m, text):
    yield m.span(), Fraction(1, 2), "share", {}


def _read(rule, m, text):
    """Return what a match gives: by the function of the rule's name, or its number (a legal text: its words) as [plain] says."""
    if rule not in _W["plain"]:
        return globals()[f"_read_{rule}"](m, text)
    unit, found = _W["plain"][rule]["unit"], m[m.lastindex]
    return [(m.span(), found if unit == "id" else number(found, unit), unit, dict(_W["plain"][rule]["more"]))]


def _scan(text, page):
    """Return the candidates of one cleaned sentence, most special rule first."""
    hits, taken = [], []

    def take(rule, span, value, unit, more):
        if any(span[0] < b and span[1] > a for a, b in taken):
            return
        taken.append(span)
        if more.pop("names_issuer", False) and any(h["unit"] == "id" and 0 <= span[0] - h["end"] < 30 for h in hits):
            return
        hit = {"start": span[0], "end": span[1], "value": value, "unit": unit, "rule": rule}
        hits.append(hit | {"qualifier": "exact", "problem": "", "printed": text[slice(*span)].strip()} | more)

    def run(rule, words=text):
        for m in _P[rule].finditer(words):
            for found in _read(rule, m, words):
                take(rule, *found)
            if rule == "from_to":
                taken.append(m.span())

    for rule in _W["rules"]:
        run(rule, text[:1].lower() + text[1:] if rule == "spoken" else text)
    _lists(hits, text, take)
    counted = [h["start"] for h in hits if h["unit"] in (*_COUNTED, "percent", "share", "rank") or "VND" in h["unit"]]
    hits = [h for h in hits if h["rule"] != "period" or h["end"] >= max(counted, default=0)]
    if _P["goal"].search(text) and not _P["done"].search(text):
        run("all")
    run("year")
    return hits


def _lists(hits, text, take):
    """Give bare numbers of "15 lên 26 xã", "10-12 người", "3, 5 và 7 huyện" the unit of the number that ends the list."""
    bare = rf"(?<![\d/.,-])({_PARTS['NUM']})(?: ?(,|và|lên|xuống|còn|đến|tới|-|hoặc) ?)(?=\d)"
    for m in reversed(list(re.finditer(bare, text))):
        after = next((h for h in hits if h["start"] == m.end() and h["unit"] in (*_COUNTED, "percent")), None)
        if after and not re.match(r"\d{4}$", m[1]):
            ranged = m[2] in ("-", "đến", "tới") and not re.search(r"(tăng|giảm)[^,.;]{0,20}$", text[: m.start()])
            before = len(hits)
            more = {"qualifier": "at_least"} if ranged else {}
            take("list", m.span(1), number(m[1], after["unit"]), after["unit"], more)
            if ranged and len(hits) > before:
                after["qualifier"] = "at_most"


# --- what a candidate means in its sentence


def _qualifier(hit, text):
    before, after = text[: hit["start"]].rstrip(), text[hit["end"] :]
    if hit["qualifier"] != "exact" or hit.get("is_total") or hit["unit"] in _TIMED:
        return hit["qualifier"]
    own = re.match(r"(?:gấp )?(khoảng|hơn|gần|trên)\b", hit["printed"])
    for name, words in _W["qualifiers"].items():
        if re.search(rf"(?i)(?:^|\W){words}$", before) or (own and re.fullmatch(words, own[1])):
            return name
    tail = re.match(r"[^.;,\d]{0,25}?(?: và \d[\d.,]*%[^.;,\d]{0,20})?\b(trở lên|trở xuống)", after)
    if tail and hit["unit"] not in _RANKS:
        return "at_least" if tail[1] == "trở lên" else "at_most"
    return "more_than" if re.match(r" (?:có lẻ|lẻ)\b", after) else "exact"


def _kind(hit, text, page):
    unit, open_ = hit["unit"], not _P["done"].search(text)
    aim = _P["goal"].search(text) and open_
    if page or hit.get("kind") == "page_chrome":
        return "page_chrome"
    if unit == "id":
        return "event_date" if hit.get("as_of") or hit.get("plenum") else "rule"
    if unit == "year_range" or (unit == "year" and aim):
        return "plan_term"
    if unit in _TIMED or hit.get("review"):
        return "event_date"
    each = re.search(r"\bmỗi (?!năm|nhiệm kỳ|quý|tháng)[^,.;]{0,40}$", text[: hit["start"]])
    paid = re.search(r"(?i)\b(hỗ trợ|phụ cấp|trợ cấp)\b", text) and _P["money"].search(text) and open_
    lasting = unit in ("months", "years") and hit["qualifier"] in ("at_least", "at_most")
    if unit == "levels" or (aim and unit == "persons" and hit["value"] <= 3) or each or paid or lasting:
        return "rule"
    praised = _P["quality"].search(text[hit["end"] :]) and not _P["nonlocal"].search(text)
    if unit == "percent" and hit["value"] == 100 and praised and not aim:
        return "claim"
    return "target" if aim and unit not in (*_RANKS, "years", "months") else "observed"


def _near(patterns, text, hit):
    """Return the name of the pattern nearest to a hit in its clause, looking ahead first; earlier names win ties."""
    stop = re.search(r"[;.]|, \d", text[hit["end"] :])
    ahead = hit["printed"] + text[hit["end"] : hit["end"] + (stop.start() if stop else 200)]
    behind = re.split(r"[;.]", text[: hit["start"]])[-1]
    for part, nearest in ((ahead, min), (behind, max)):
        found = {name: m.start() for name, p in patterns.items() if (m := re.search(f"(?i){p}", part))}
        if found:
            return nearest(found, key=found.get)
    return None


def _moves(text):
    """Yield a row for each clause with a verb of movement and "từ <post>"."""
    post = r"((?:Phó )?(?:Bí thư|Chủ tịch|Trưởng|Giám đốc)[^,;.]{0,50})"
    for clause in re.finditer(r"[^;]+", text):
        words = clause[0]
        verb, origin = re.search(f"(?i){'|'.join(_VERBS.values())}", words), re.search(rf"từ {post}", words)
        if verb and origin:
            goal = re.search(rf"(?:làm|giữ chức|giữ chức vụ|đảm nhiệm) {post}", words[origin.start() :])
            goal = goal or re.search(post, words[: origin.start()])
            source = re.split(r" (?:luân chuyển|điều động|về|sang|đến) ", origin[1])[0].strip()
            name = next(key for key, word in _VERBS.items() if word == verb[0].lower())
            row = {"value": f"{source}->{goal[1].strip() if goal else ''}", "verb": name, "printed": origin[0]}
            row |= {"unit": "move", "measure": "post_move", "kind": "observed", "reason": "move"}
            yield row | {"value_qualifier": "exact", "start": clause.start() + origin.start()}


def _post_level(text):
    m = _P["post_level"].search(text)
    return _LEVELS[m[m.lastindex].lower()] if m else None


def _measure(hit, unit, kind, post, non_local, zone, text):
    before = text[: hit["start"]]
    plain = re.sub(r"[^a-z]+", "_", unit.lower())
    if kind == "page_chrome":
        return f"page_chrome_{plain}"
    if unit == "date":
        return "article_publication_date" if zone == "dateline" else "event_date"
    if unit == "id":
        return "instrument_issued" if kind == "event_date" else "instrument_cited"
    if unit == "year_range":
        phase = re.search(r"(?i)giai đoạn[^.;]{0,30}$", before)
        return "planning_term" if "quy hoạch" in before.lower()[-160:] else "instrument_phase" if phase else "term"
    growth = "growth" if re.search(r"(?i)tăng trưởng", before[-80:]) else ""
    named = re.search(r"(?i)\b(PCI|PAPI|PAR INDEX|SIPAS|DDCI|GRDP)\b", before)
    index = re.sub(r"\W", "_", named[1].lower()) if named and unit in (*_RANKS, "points") and not growth else ""
    aim = kind if kind in ("target", "rule") else ""
    return "_".join(filter(None, ["nonlocal" if non_local else "", post, growth, index, plain, aim]))


def _row(hit, text, zone, state, as_of):
    page, unit, value, problem = zone == "page", hit["unit"], hit["value"], hit["problem"]
    if unit == "id" and hit.get("short") and value.lstrip("0") in {k.lstrip("0") for k in state["instruments"]}:
        return None
    if unit == "id" and not hit.get("named") and not hit.get("short"):
        full = "; ".join(x for x in (value, hit.get("issuer"), hit.get("as_of")) if x)
        state["instruments"] |= {re.split("[-/]", value)[0]: full, value: full}
    if unit == "year" and not (hit.get("event") or page):
        return None
    hit["qualifier"] = _qualifier(hit, text)
    kind, before, after = _kind(hit, text, page), text[: hit["start"]], text[hit["end"] :]
    of_target = re.search(r"(?i)so với (?:mục tiêu|chỉ tiêu|kế hoạch|nghị quyết)", before)
    of_target = of_target or re.match(r"(?i) (?:so với )?(?:kế hoạch|chỉ tiêu|mục tiêu|dự toán)(?! \d)", after)
    if unit == "percent" and kind == "observed" and of_target:
        unit = "percent_of_target"
    if unit == "date" and not hit.get("yearless") and not problem and not page:
        state["years"].add(value[:4])
        state["published"] = value if zone == "dateline" else state["published"]
    if isinstance(value, (int, Fraction)) and abs(value) > 10**13:
        problem = f"number too large to be a count: {hit['printed']}"
    sound = unit == "date" and not hit.get("yearless") and not problem
    own = hit.get("as_of") or (value if sound else None) or as_of
    if not own and unit not in _TIMED:
        compared = re.compile(r"(?i)(so với|từ) $")
        years = [m[1] or m[2] for m in _P["year"].finditer(before) if not compared.search(before[: m.start()])]
        since = _P["since"].search(before)
        opened = since and unit in (*_COUNTED, "percent")
        own = f"{since[1]}..{state['published'] or ''}" if opened else years[-1] if years else None
    flows = _P["flow"].finditer(text) if unit in ("persons", "turns") and not page else ()
    flow = min(flows, key=lambda m: max(m.start() - hit["end"], hit["start"] - m.end(), 0), default=None)
    ranked = f"{hit['field']} ranked" if hit.get("field") else None
    stated = kind in ("observed", "target", "rule")
    non_local = stated and bool(_P["nonlocal"].search(before[-120:] + hit["printed"] + after[:160]))
    post = _near(_W["posts"], text, hit) if stated and unit not in ("points", "rank", "years") else None
    level = _post_level(text[hit["start"] :]) or _post_level(text) if post or non_local else None
    row = {
        "start": hit["start"],
        "value": value,
        "unit": "period" if unit == "month" else unit,
        "denominator": f"{hit['total']} {unit}" if hit.get("total") else ranked,
        "value_qualifier": hit["qualifier"],
        "kind": kind,
        "as_of": own,
        "as_of_basis": "inferred" if hit.get("yearless") else "stated" if own else "not_stated",
        "measure": _measure(hit, unit, kind, post, non_local, zone, text),
        "post": post,
        "post_level": level,
        "non_local": non_local if stated else None,
        "verb": _near(_VERBS, text, hit) if unit in _COUNTED and not page else None,
        "origin_level": _LEVELS[flow[1].lower()] if flow else None,
        "destination_level": _LEVELS[flow[2].lower()] if flow else None,
        "printed": hit["printed"],
        "reason": hit["rule"] + hit.get("note", "") + (f", {hit['qualifier']}" if hit["qualifier"] != "exact" else ""),
        "problem": problem,
    }
    return row | ({"instrument": state["instruments"][value]} if unit == "id" and value in state["instruments"] else {})


def _rows(text, at, zone, state):
    """Return the rows of one sentence."""
    page, text = zone == "page", _P["spoken_date"].sub(_digits, text)
    hits = _scan(text, page)
    dates = [h for h in hits if h["unit"] == "date" and _P["as_of"].search(text[: h["start"]])]
    dates += [h for h in hits if h["unit"] == "month"]
    as_of = dates[0]["value"] if dates and not dates[0].get("yearless") else None
    if as_of and not page and not dates[0]["problem"]:
        state["years"].add(as_of[:4])
    kept = [h for h in hits if page or h["problem"] or h not in dates]
    rows = [] if page else list(_moves(text))
    rows += [row for hit in kept if (row := _row(hit, text, zone, state, as_of))]
    named = [h["value"] for h in hits if h["unit"] == "id" and not h.get("named")]
    instrument = state["instruments"].get(named[0], named[0]) if named else None
    here = {code for _, _, code in places.find_all(text)}
    code = here.pop() if len(here) == 1 else state["place"]
    where = {"province_code": code, "place": places.name(code), "place_level": "province"} if code else {}
    for row in rows:
        row.setdefault("instrument", instrument if row["kind"] in ("observed", "target", "rule", "plan_term") else None)
        basis = "not_programme" if row["kind"] == "page_chrome" else row.get("as_of_basis", "not_stated")
        row |= {"quote_locator": at, "as_of_basis": basis, **where}
    return sorted(rows, key=lambda r: r["start"])


def _digits(m):
    spoken = (re.sub(r"^(không trăm|linh|lẻ) ", "", (words or "").strip()) for words in m.groups())
    day, month, year = map(words_number, spoken)
    return f"ngày {day} tháng {month}" + (f" năm {2000 + year} " if year else " ") if day and month else m[0]


def propose(path, name=None, place=None):
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

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`. ``reason`` names the rule; a row with a ``problem`` (a date that does not exist, a number too large) cannot
        be accepted. ``attrs``: "text" that locators refer to, "skipped" lines of tables, "reason" why there are no rows, if so.
    """
    return propose_text(read(path), name or Path(path).with_suffix(".txt").name, place)


def propose_text(text, name, place=None):
    """
    Propose rows from the text of one article.

    Parameters
    ----------
    text, name, place
        As in :func:`propose`.

    Returns
    -------
    DataFrame
        As of :func:`propose`.
    """
    raw = [line for line in text.split("\n") if line.strip()]
    zones, rows, skipped = _zones([clean(line.strip()) for line in raw]), [], []
    named = [code for _, _, code in places.find_all(clean(text))]
    usual = max(sorted(set(named)), key=named.count) if named else None
    state = {"years": set(), "published": None, "instruments": {}, "place": places.resolve(place) if place else usual}
    for at, sentence in ledger.split(text).items():
        p = int(at[1:].partition(".")[0]) - 1
        cells = re.findall(r"(?:^| {2,})[\d.,%]+(?= {2,}|$)", raw[p].replace("\xa0", " "))
        if len(sentence) > 5000:
            skipped.append(f"{at}: {len(sentence)} characters without the end of a sentence")
        elif re.search(r"\t.*\d|\|.*\d.*\|", raw[p]) or len(cells) > 1:
            skipped.append(f"{at}: a line of a table")
        else:
            rows += _rows(clean(sentence), f"{at}:{ledger.mark(sentence)}", zones[p], state)
    rows = _merged(_finished(rows, state))
    for i, row in enumerate(rows, 1):
        row |= {"proposal_id": f"N{i:03d}", "article": name}
    cells = pd.DataFrame(rows, columns=COLUMNS, dtype=object)
    frame = cells.mask(cells.isna() | cells.eq("")).astype("str")
    frame.attrs |= {"text": text, "skipped": skipped, "name": name}
    if frame.empty:
        none = "; ".join(skipped[:5]) or "no number, date or legal text was recognised"
        frame.attrs["reason"] = none if raw else "the file is empty"
    return frame


def _finished(rows, state):
    """Give dates without a year the one other year of the article, saying so, or a problem; write fractions as decimals."""
    published = (state["published"] or "")[:4]
    year = published or (min(state["years"]) if len(state["years"]) == 1 else None)
    for row in rows:
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


def _merged(rows):
    """Join repeated mentions of one fact into one row with all its locators."""
    out, seen = [], {}
    for row in rows:
        key = (str(row["value"]), row["unit"], row["kind"], row["measure"])
        repeated = row["kind"] != "page_chrome" and (row["unit"] in ("id", "year_range") or row.get("non_local"))
        if repeated and key in seen:
            if row["quote_locator"] not in seen[key]["quote_locator"]:
                seen[key]["quote_locator"] += ";" + row["quote_locator"]
        else:
            seen[key] = row
            out.append(row)
    return out


# --- how good the proposals are


def _group(row):
    if row["kind"] == "page_chrome":
        return "page furniture"
    return next((group for group, units in _W["groups"].items() if re.fullmatch(units, row["unit"])), "counts")


def _same(one, other):
    if one["article"] != other["article"] or one["unit"] != other["unit"] or not one["at"] & other["at"]:
        return False
    a, b = str(one["value"]), str(other["value"])
    if all(re.fullmatch(r"-?\d+(\.\d+)?", v) for v in (a, b)):
        return abs(float(a) - float(b)) <= 1e-6 * max(1, abs(float(a)))
    return one["unit"] == "move" or clean(a).casefold() == clean(b).casefold()


def score(proposals, facts):
    """
    Compare proposals with accepted rows of the ledger.

    A proposal and an accepted row match when they have the article, a sentence, the unit and the value in common (a move: all but the
    value, which is prose). ``recall`` is the share of accepted rows that are matched, ``precision`` the share of proposals; ``*_kind``
    ask for the same kind (observed, target, ...) too. Derived rows and rows without a locator are not asked for; proposals with a
    ``problem`` do not count, as they cannot be accepted.

    Parameters
    ----------
    proposals : DataFrame
        As of :func:`propose`, of one or more articles.
    facts : DataFrame
        Rows as in ``programme_facts``.

    Returns
    -------
    (DataFrame, DataFrame)
        Scores per kind of fact with rows "numbers" (all but legal texts and moves) and "all"; and what was missed or is in excess.
    """
    gold = facts[~facts["derived"].fillna(False).astype(bool) & facts["quote_locator"].notna()].to_dict("records")
    ours = proposals[proposals["problem"].isna()].to_dict("records")
    for side, rows in (("missed", gold), ("excess", ours)):
        for row in rows:
            at = set(re.findall(r"p\d+\.s\d+", row["quote_locator"]))
            row |= {"side": side, "at": at, "group": _group(row), "hit": False, "hit_kind": False}
    for one, other in ((one, other) for one in gold for other in ours if _same(one, other)):
        for row in (one, other):
            row["hit"] = True
            row["hit_kind"] |= one["kind"] == other["kind"]
    groups = sorted({row["group"] for row in gold + ours})
    numbers = [g for g in groups if g not in ("legal texts", "moves of persons")]
    table = []
    for name, members in [*zip(groups, zip(groups)), ("numbers", numbers), ("all", groups)]:
        sides = [[row for row in rows if row["group"] in members] for rows in (gold, ours)]
        rates = [pd.Series([row[key] for row in rows]).mean() for key in ("hit", "hit_kind") for rows in sides]
        table.append((name, *map(len, sides), *rates))
    columns = ["group", "accepted", "proposed", "recall", "precision", "recall_kind", "precision_kind"]
    wrong = pd.DataFrame([row for row in gold + ours if not row["hit_kind"]])
    shown = ["side", "article", "quote_locator", "value", "unit", "kind"]
    return pd.DataFrame(table, columns=columns), wrong.reindex(columns=shown)
