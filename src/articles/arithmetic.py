"""The checks of printed arithmetic: what the numbers of one article say of each other.

Every number stands for an interval: what rounds or is cut off to it, or what its wording bounds (more than, nearly, ...). The words around numbers
(``[cues]`` in ``vietnamese.toml``) tell which belong together. A contradiction is named only where the words say so and no reading of the numbers
nearby agrees: readings that the words call for are *said*, others of the same sentences are *loose* and can only acquit.
"""

import re
from collections import namedtuple
from datetime import timedelta
from fractions import Fraction
from itertools import combinations, pairwise, takewhile

from articles import figures
from articles.derived import bases, derived, is_whole, judge, ways
from articles.figures import CUES, NAME, Number, Reading, alike, apart, content, heads, own_words, same, total_of
from articles.tables import checked, tables, told
from articles.text import LANGUAGE
from helpers.record.ledger import Bounds, quoted, when, words_number

_FAMILIES = {name: re.compile("(?i)" + "|".join(kinds)) for name, kinds in LANGUAGE["families"].items()}
_ORDERS = {name: [re.compile(f"(?i){x}") for x in roles] for name, roles in LANGUAGE["orders"].items()}
_WAYS = {("province", "district"), ("district", "province"), ("district", "commune"), ("commune", "district")}
_SPLITS = [re.compile("(?i)" + "|".join(f"({x})" for x in kinds)) for kinds in LANGUAGE["splits"].values()]
_INDEX = re.compile("(?i)" + "|".join(LANGUAGE["scales_of"]))
_COUNTS, _LINKS = "cfm", ("là", "đạt", "có", "còn", "với", "được", "chỉ", "gồm", "is", "was")
_WINDOW, _NEAR, _FAR = 2, 25, 200  # sentences; numbers on each side that are read together; figures that are compared
_Seen = namedtuple("_Seen", "x noun own clause scope time words of led base")


def _overlap(one, other):
    return len(one & other) / max(len(one | other), 1)


# --- shares of counts, sums of parts


def _sums(x, near):
    """Check a total against the parts that follow it, in its own sentence or the next."""
    if x.kind not in _COUNTS or x.grew or any(map(x.said, ("against", "mean", "of_scale"))):
        return
    later = [y for y in near if y.start > x.start and y.kind in _COUNTS and heads(y, x)]
    later = [y for y in later if not (y.grew or y.said("against") or y.said("each_one"))]
    later = [y for y in later if y.value != x.value and not CUES["closed"].match(x.gap(y))]
    exact = x.hit["value_qualifier"] == "exact"
    later = [y for y in later if not CUES["groups"].match(y.tail) and (exact or y.hit["value_qualifier"] == "exact")]
    first = not [y for y in near if y.n == x.n and y.start < x.start and y.plain == x.plain]
    after = [y for y in later if y.n == x.n + 1 and first]
    after += [y for y in later if y.n == x.n + 2 and len(after) == 1 and apart(after[0], y)]  # one year, then others
    made_of = after and CUES["made_of"].match(after[0].before)
    parts = (not made_of and [y for y in later if y.n == x.n]) or after
    parts = parts[:1] + list(takewhile(lambda y: not (y.said("apart") or _then(x, parts[0], y)), parts[1:]))
    if not parts or (x.twofold() and total_of(parts).low > x.value):
        return
    nested = parts[1:] and parts[0].n == parts[1].n and CUES["parted"].match(parts[0].gap(parts[1]))
    parts = parts[:1] if nested else parts  # "trong đó 18 người ..., gồm 13 bí thư và 5 chủ tịch"
    gap, most = CUES["of_those_there"].sub("", x.gap(parts[0])), parts[0]
    opening = CUES["years" if x.said("in_total") else "years_of"].sub(r"\1", gap.split("¶")[-1]).strip()
    if x.kind == "m":  # "386 tỷ đồng để làm 57 km đường: ..."
        opening = re.sub(r"^.*\d[^:]*(?=:[^:]*$)", "", opening)
    cues = CUES["exhaustive"].search(opening), CUES["among_them"].search(opening)
    listed, among = (m is not None and ("¶" not in gap or m.end() < 30 or made_of) for m in cues)
    told = x.text[parts[0].start - len(gap.split("¶")[-1]) if made_of else x.end : parts[-1].end]
    told += re.split("[;¶]|, trong đó", parts[-1].tail)[0]
    grouped = CUES["groups"].search(opening)
    named = x.hit["unit"] != "unread" or not x.noun.strip() or grouped or all(same(y, x) for y in parts)
    named = named and (made_of or own_words((CUES["subject"].search(opening) or [""])[0]) <= content(x.clause))
    listed = listed and named and not CUES["vague"].search(told)
    if "¶" in gap and not grouped:  # "Cụ thể: ...": kinds that may overlap, examples, and what a third sentence adds
        more = total_of([*parts, *(y for y in later if y.n == parts[-1].n + 1 and same(y, parts[-1]))])
        made, own = total_of(parts).high, all(y.hit["place"] != x.hit["place"] or y.days != x.days for y in parts)
        some = (own and made < x.value) or any(y.said("trait", "clause") for y in parts) or 0 in more - x.bounds
        listed = listed and not some and 4 * abs(made - x.value) <= x.value
    bodies = CUES["bodies"].match(x.text, most.start) if among or "(" in opening else None
    listed = listed or (bodies and bodies.end() == parts[-1].end and "hành chính cấp" in x.noun)
    told_by = [z for z in near if x.start < z.start < parts[0].start and z.kind == "c" and z.value == len(parts)]
    listed = listed or (told_by and "(" in gap and ")" in parts[-1].tail and len(parts) > 2)
    runs = [(total_of(parts[:i]), parts[:i]) for i in range(len(parts), 1, -1)]
    near_by = runs and parts[0].value < x.value and (exact or (first and 3 * runs[0][0].low > 2 * x.value))
    if listed and near_by and all(alike(y, x) for y in parts):
        yield from judge("sum", x, runs[:1], runs[1:] * (exact or not parts[-1].said("closes")), True)
    split = _split(x, parts)
    beside = [z.bounds - x.bounds for z in near if z.start < x.start and alike(z, x)]  # what else another is made of
    run = split or list(takewhile(lambda y: not y.said("overlap", "noun") and y.bounds not in beside, parts))
    runs = [(total_of(run[:i]), run[:i]) for i in range(2, len(run) + 1) if not listed and x.kind in "cfm"]
    ends = run[:1] and (run[0].days[0], run[-1].days[1])
    whole = ends and all(ends) and x.days == ends and len(run) > ends[1].year - ends[0].year  # "từ 2020 đến 2022"
    by_year = first and (whole or not x.days[0]) and len({y.days for y in run if y.days[0]}) == len(run)
    over = [m for m in runs if x.hit.get("total", x.bounds.high) < m[0].low < Fraction(7, 5) * x.value]
    every = by_year or (split == parts and not any(CUES[cue].search(told[len(gap) :]) for cue in ("vague", "partial")))
    over = over or [m for m in runs[-1:] if every and 3 * x.value < 5 * m[0].low < 7 * x.value]
    if runs and (among or by_year or split or x.said("whole") or gap.endswith("(")):
        yield from judge("sum", x, over[-1:], runs, True)
    among = among or (x.said("inside") and not CUES["other_share"].search(gap))
    if among and most.plain == x.plain and most.kind == "c" and most.bounds.low > total_of(x.run).high:
        yield Reading("scale", most, f"≤ {x.printed}", False, [x])


def _then(x, first, y):
    """Return whether a number in another clause is of another time than a whole and its first part."""
    return ";" in x.gap(y) and (apart(x, y) or (y.days[0] is not None and first.days[0] is None))


def _each_one(x, far):
    """Check that heads of two kinds are as many as the bodies that have one each."""
    for n in {y.n for y in far if x.kind == "c" and y.n > x.n and x.said("one_each", "tail")}:
        if parts := _split(x, [y for y in far if y.n == n and y.kind == "c" and CUES["head"].search(y.whole)]):
            yield from judge("sum", parts[0], [(x.bounds - parts[1].bounds, [x, parts[1]])], [], True)


def _flows(x, far):
    """Check moves between levels against those of all four ways: "luân chuyển dọc 126; tỉnh về huyện 19, huyện về tỉnh 4, ..."."""
    if not x.said("vertical", "piece"):
        return
    after = [y for y in far if y.start > x.start and y.n - x.n < 3 and y.kind == "c"]
    parts = list(takewhile(lambda y: y.hit.get("origin_level") and same(x, y), after))
    if {(y.hit["origin_level"], y.hit["destination_level"]) for y in parts} >= _WAYS and len(parts) == len(_WAYS):
        yield from judge("sum", x, [(total_of(parts), parts)], [], True)


def _split(x, parts):
    """Return the first parts if they are of kinds that exclude each other and make the whole, each named once: women and men."""
    for kinds in () if len({y.hit["post"] for y in parts} - {None}) > 1 else _SPLITS:
        run = parts[: kinds.groups]
        found = sorted(m.lastindex or 0 for y in run if (m := kinds.search(figures.folded(f"{y.piece} {y.noun}"))))
        if found == list(range(1, kinds.groups + 1)) and not kinds.search(f"{x.piece} {x.noun}"):
            return run
    return []


def _hundreds(x, near):
    """Check that shares of kinds that exclude each other (ages, degrees, votes) stay within a hundred."""
    for name, kinds in _FAMILIES.items():
        run = [y for y in near if y.kind == "p" and y.n == x.n]
        told = name != "sector" or CUES["structure"].search(x.text[max(0, x.start - 300) : x.start])
        run = [y for y in run if kinds.search(y.piece + y.noun) or (name == "sector" and y.said("link"))]
        if told and len(run) > 2 and run[-1] is x and not any(y.grew for y in run):
            yield Reading("sum", x, total_of(run), total_of(run).low <= 100, run[:-1])


# --- limits, targets, two figures, dates


def _limits(x, far):
    """Check a number against its limit, which may stand elsewhere: rank and field, score and scale, a part and its total."""
    hit, rule = x.hit, "scale"
    most = hit.get("scale") or (x.kind == "f" and hit["unit"] != "unread" and x.value > hit["total"] and hit["total"])
    if x.kind == "r" and not x.said("abroad", "whole"):
        tops = [y for y in far if y.n == x.n and y.start < x.start and y.said("in_top")]
        tops = [y for y in tops if not CUES["but"].search(y.gap(x))]
        top = next((y.value for y in tops if y.said("at_the_top", "tail")), None)
        rule, most = "field", top or _field(x, far)
    elif x.kind in "sp" and not x.grew:
        index = _INDEX.findall(x.text[max(0, x.start - 60) : x.start] + x.noun[:20])
        most = most or (x.kind == "s" and not x.said("bonus", "whole") and _scale(x, far))
        most = most or (index and LANGUAGE["scales_of"][index[-1].upper()])
        of = x.said("takes", "about") or (x.said("of_those_people", "tail") and not CUES["goal"].search(x.whole))
        most = most or (100 if x.value > 100 and of and hit.get("kind") != "target" else None)
    elif x.kind == "g" and len(ranks := [y for y in far if y.kind == "r" and y.n == x.n]) == 1:
        now = ranks[0]  # where it was before is in the field too
        spare = (_field(now, far) or x.value + now.value) - now.value
        spare = spare if hit["unit"] == "places_gained" else now.value - 1
        rule, most = "field", x.value > spare and spare
    elif x.kind == "c" and (led := CUES["one_head"].match(x.noun)) and not x.said("over_years", "about"):
        bodies = [y for y in far if 0 <= x.n - y.n < 2 and y.start < x.start and y.kind == "c" and y.said("holds")]
        bodies = [y for y in bodies if led["of"] in y.printed.lower().split() and y.hit["place"] == hit["place"]]
        most = total_of(bodies[0].run or bodies).high if len(bodies) == 1 else None
    elif x.kind == "c" and (group := CUES["of_the_group"].fullmatch(x.before)):
        all_ = [y for y in far if y.n == x.n - 1 and y.kind == "c" and alike(x, y) and x.value < 2 * y.value][:1]
        told = {*["của", "thành", "viên"], *" ".join(y.whole.lower() for y in all_).split()}
        most = total_of(all_[0].run).high if all_ and len({*group["what"].lower().split()} - told) < 2 else None
    own = [y for y in far if y.n == x.n and y.start > x.start][: x.kind == "s"]
    most = own[0].value if own and CUES["own_most"].fullmatch(x.gap(own[0])) else most  # "33,5 điểm (tối đa 30 điểm)"
    if most:
        yield Reading(rule, x, f"≤ {float(most):g}", x.value <= Fraction(most), [])


def _field(x, far):
    """Return how many are ranked with what a rank ranks: those of its sentence or group, else those of its kind that are said to be ranked."""
    ahead = [y for y in far if y.kind == "r" and y.n == x.n and y.start > x.start] if x.said("from") else []
    whole_nation = 63 if x.said("country", "tail") or x.said("nation", "about") else None
    if field := x.hit.get("field") or (ahead and ahead[0].hit.get("field")) or whole_nation:
        return field
    if x.said("that_list", "before") or x.said("that_list", "tail"):
        named = [y.value for y in far if y.n == x.n - 1 and y.kind == "c" and y.plain in LANGUAGE["units_led"]]
        if len(named) == 1:
            return named[0]
    place = CUES["place"].pattern
    nouns = re.findall(place, CUES["belongs"].sub("", x.before))[-1:]
    if scope := x.said("in_scope", "tail"):
        nouns = ["huyện" if scope["of"].lower() == "tỉnh" else "xã"]
    kinds = {noun.lower() for noun in nouns or re.findall(place, x.before)[-1:] or re.findall(place, x.whole)}
    units = {unit for unit, own in LANGUAGE["counted"].items() if any(re.fullmatch(own, noun) for noun in kinds)}
    fit = [y for y in far if y.kind in "cf" and y.hit["unit"] != "unread" and _one_league(x, y)]
    fit = [y for y in fit if not y.said("ranked_beside", "tail")]
    lists = {y.n for y in fit if y.said("ranked", "about") or y.said("rated", "tail")}
    there = {x.n, *lists} if "provinces" not in units else {x.n}
    any_ = [y for y in fit if y.n in there and (not kinds or y.said("any_unit", "printed"))]
    fit = [y for y in fit if y.hit["unit"] in units - {"units"} or kinds & {*y.printed.lower().split()}] + any_
    here = [y for y in fit if y.n == x.n and (y.said("inside") or y.said("every"))]
    listed = [y for y in fit if y.n in lists and not apart(x, y)]
    near = [y for y in fit if abs(x.n - y.n) < 3 and kinds and "provinces" not in units]
    near = [y for y in near if y.kind == "f" or CUES["all_there"].search(f"{y.lead}|{y.whole}")]
    all_ = [y for y in fit if scope and y.n < x.n]
    near += [y for y in all_ if content(CUES["noun_end"].split(y.noun)[0]) <= {*y.printed.lower().split()}]
    return max((y.hit.get("total", y.value) for y in here or listed or near), default=None)


def _one_league(x, y):
    """Return whether a rank may be one among those that a number counts: of the group that the words name, if they name one."""
    near = f"{x.piece}{re.split('[,;.¶]', x.tail)[0]}", x.before
    told = next((found for text in near if (found := CUES["league"].findall(text.lower()))), [])
    of = CUES["league"].findall(y.whole.lower())
    return bool(set(told) & set(of)) if any(told) and of else not (told and any(of))


def _leagues(found):
    """Yield the scores of one ranking that stand in another order than the places: the higher score has the better place."""
    seen = list[tuple]()
    for x in (x for x in found if x.kind == "s" and not x.changed and not CUES["component"].search(x.whole)):
        before, after = CUES["other_piece"].split(x.before)[-1], CUES["other_piece"].split(x.after)[0]
        ranks = [y.value for y in found if y.kind == "r" and y.n == x.n and not CUES["other_piece"].search(y.gap(x))]
        end = 1 if CUES["leads"].search(before + after) else 999 if CUES["trails"].search(before + after) else None
        told = x.text[max(0, x.start - 400) : x.start] + after
        of = [re.findall(words, told)[-1:] for words in (_INDEX, r"\b20\d\d\b", r"[Kk]hối (\w+)")]
        names, kind = {*NAME.findall(_INDEX.sub("", before + after))}, CUES["kind_of_place"].findall(before + after)
        wide = len(ranks) > 1 or CUES["in_group"].search(before + after)
        seen += [] if wide else [(x, ranks[0] if ranks else end, names, of, {*map(str.lower, kind)})]
    for (a, first, one, of, kind), (b, second, other, of2, kind2) in combinations(seen, 2):
        near = b.n - a.n < 3 and (b.n == a.n or CUES["same_ranking"].search(b.whole)) and of == of2
        known = first != second and ((first and second) or {first, second} & {1, 999})
        better = first == 1 or second == 999 or bool(first and second and first < second)
        wrong = a.value < b.value < 2 * a.value if better else b.value < a.value < 2 * b.value
        if near and known and wrong and one - other and other - one and (kind & kind2 or not (kind and kind2)):
            yield Reading("rank", b, f"{'<' if better else '>'} {a.printed}", False, [a])


def _scale(x, far):
    """Return the top of the scale that holds for a score: that of its sentence, else of one of its year that the other scores keep."""
    tops, near = list[tuple](), [y for y in far if y.kind == "s" and abs(y.n - x.n) < 3 and y is not x and not y.grew]
    others, own = [y.value for y in near if y.n == x.n], _INDEX.findall(x.before)
    scales = [(m, Fraction(m[1].replace(",", "."))) for m in CUES["scale"].finditer(x.text)]
    one = len({top for _, top in scales if x.value * 2 < top * 3}) == 1
    for m, top in scales:
        piece = re.split("[;¶]", x.text[max(0, m.start() - 300) : m.start()])[-1]
        years = [int(year) for year in re.findall(r"(?i)năm (\d{4})", piece)]
        here = "¶" not in x.text[min(m.end(), x.end) : max(m.start(), x.start)]
        each = CUES["each_part"].search(piece.split(",")[-1] + re.split("[,;.¶]", x.text[m.end() : m.end() + 40])[0])
        word, topic = ((each and each["what"]) or "¶").lower(), content(f"{x.piece} {x.noun}")
        part = set() if one or each else content(re.split("[,;:(.]", piece.lower())[-1])
        other = part and "¶" in x.text[m.end() : x.start] and part.isdisjoint(topic)
        if other or any(re.fullmatch(r" (?:trên|theo) ?", x.text[y.end : m.start()]) for y in near):
            continue  # the scale of that part or score alone
        fits = m.start() < x.start and (topic or word == "¶") and not topic - content(piece.lower())
        fits = fits or (others and max(others) <= top)
        next_ = not others and CUES["scale_told"].match(x.text, x.end)
        fits = fits or (one and not own and (m.start() < x.start or next_) and x.value * 2 < top * 3)
        scores = [y for y in far if y.kind == "s" and y.n == x.n and each]
        parts = [y for y in scores if y.said("quoted", "before") or word in f"{y.about} {y.noun}"]
        adds = (each or not here) and CUES["in_sum"].search(re.split("[,;(]", x.before)[-1])
        summed, named = x not in parts if parts else adds, parts or word in x.before.lower()
        if (here or fits or named) and not summed and not (years and x.days[0] and x.days[0].year not in years):
            tops += [(bool(named), here, top)] if here or not own or own[-1] in piece else []
    return max(tops, default=(None,))[-1]


def _spans(x, near, today):
    """Check an age against the year of birth, a stretch of years or months against the dates that it runs between."""
    wide = [y for y in near if y.kind in "dy" and y.days[1]]
    known = [y for y in wide if abs(y.n - x.n) <= _WINDOW]
    dates = [y for y in known if y.n == x.n]
    he = CUES["he"].search(f"{x.before}¶{x.tail[:9]}")
    born = [y for y in known if y.said("born") and (y.n == x.n or (he and y.n < x.n))]
    if he and born and born[0].n < x.n and CUES["person"].search(x.text[x.text.find("¶", born[0].start) : x.start]):
        born = []
    taken = [y for y in wide if y.kind == "d" and _since(y, x) and CUES["arrived"].search(_clause(y))]
    if x.said("age", "printed") or x.said("age_led"):
        others = [y for y in dates if y not in born] or (taken if x.said("arrived", "before") else [])
        close = [y.days[1].year for y in others if not re.search("[,;¶]", x.gap(y))]
        now = [today.year] if today and born and born[0] in dates else []
        years = close or [y.days[1].year for y in others] + now
        ages = [year - y.days[1].year for y in born for year in years if x.hit["value_qualifier"] == "exact"]
        yield from (Reading("dates", x, f"{age}", abs(x.value - age) <= 1, born) for age in ages)
    limit = x.said("age", "printed") and x.hit["value_qualifier"] != "exact" and x.said("all_of_them", "whole")
    then = [d.days[1].year for d in dates if limit and d.kind == "d"][:1]
    for y, age in ((y, year - y.days[1].year) for y in wide for year in then if y.n > x.n and y.said("born")):
        yield Reading("dates", y, x.printed, 0 in Bounds(age - 1, age + 1) - x.bounds, [x])
    told = any(x.said(*cue) for cue in LANGUAGE["lasting"]) and not x.said("to_come", "tail")
    dates = [y for y in known if told and x.n - y.n in (0, 1)]
    runs = [(a.days, b.days, [a, b]) for a, b in pairwise(dates) if a.n == b.n and _stretch(a, b)]
    months, rest = re.findall(r"^(?: (?:và )?(\d\d?|\w+(?: \w+)?) tháng\b)?(.*)", x.text[x.end :])[0]  # "5 năm 6 tháng"
    in_post = CUES["in_post"].match(rest) or x.said("served_before", "piece")
    term = [y for y in wide if in_post and y.start < x.start]
    left = [y for y in term if y.said("left_office") or y.said("he_left", "tail")]
    took = [y for y in term if y.said("took_office") or y in taken]
    runs = [(a.days, b.days, [a, b]) for a in took for b in left if a is not b] or runs
    years = [y for y in near if told and y.kind == "w" and y.n == x.n and not y.hit["problem"]]
    carried_out = CUES["carried_out"].search(x.printed + x.tail.split("¶")[0])  # its years may go on
    years = [y for y in years if len(x.gap(y)) < 30 and (not carried_out or x.gap(y).endswith("("))]
    terms = [years[i:] for i in range(len(years)) if all(a.value[-4:] == b.value[:4] for a, b in pairwise(years[i:]))]
    runs = runs or [(when(run[0].value[:4]), when(run[-1].value[-4:]), run) for run in terms]
    runs = [run for run in runs if not (run[2][0].start < x.start < run[2][-1].start and ";" in x.gap(run[2][-1]))]
    runs = [run for run in runs if not re.search(r"\b(?:chia|đợt|lớp|trong đó|riêng|mỗi)\b", x.gap(run[2][0]))]
    most, exact = x.value + (1 if x.hit["unit"] != "days" else Fraction(1, 2)), x.hit["value_qualifier"] == "exact"
    least = x.value - (x.value / 24 if x.said("full") else Fraction(1, 2))
    months = months and (int(months) if months.isdigit() else words_number(months))
    least, most = (x.value + Fraction(months + end, 12) for end in (-1, 2)) if months else (least, most)
    length = Bounds(least, most, False, True) if exact or months else x.bounds
    runs = [] if re.search(r"\w năm (?:và )?$", x.before) else runs
    unit = {"years": Fraction(36525, 100), "months": Fraction(36525, 1200), "weeks": 7, "days": 1}.get(x.hit["unit"])
    others = [(a.days, b.days, [a, b]) for a, b in combinations(known, 2)]  # "25 years in the Party and 31 at work"
    for a, b, used in [*runs, *(others if runs else ())] if unit else ():
        span = Bounds((b[0] - a[1]).days / unit, ((b[1] - a[0]).days + 1) / unit)
        if 0 in span - length or (a, b, used) in runs:
            yield Reading("dates", x, span, 0 in span - length, used)


def _lives(found):
    """Yield what a person did as a child or before."""
    for born, x in combinations([y for y in found if y.kind in "dy" and y.days[1]], 2):
        if born.said("born") and x.n - born.n < 3 and x.days[1].year < born.days[0].year + 12:
            his = x.n == born.n or CUES["he"].search(f"{x.before}¶{x.tail[:9]}") or CUES["his"].match(x.whole)
            kin = CUES["again"].search(born.before) or CUES["again"].search(x.gap(born))
            if his and not kin and _since(born, x) and CUES["life"].search(_clause(x)):
                yield Reading("dates", x, f"> {born.days[0].year}", False, [born])


def _since(date, x):
    """Return whether no other person is named between the sentence of a date and a number, so that it may be of the same person."""
    between = x.text[date.start + len(date.after) : x.start]
    names = (m[0].split()[-1] for m in CUES["named_person"].finditer(between))
    return date.start < x.start and all(name in date.whole for name in names)


def _stretch(a, b):
    """Return whether the words say that something lasts from one date to the next."""
    began = (a.said("from") or a.said("begin", "about")) and not CUES["before_that"].search(a.gap(b))
    return began and (CUES["until"].fullmatch(a.gap(b)) or b.said("finish"))


def _orders(effect, near):
    """Yield the readings of two dates of which the words tell which comes first."""
    for cause in near if effect.kind in "dy" and effect.days[1] else ():
        of, only = cause.n > effect.n and _of_it(cause, effect), _only_text(cause, effect)
        near_by = of or only or abs(effect.n - cause.n) < 2 or _ids(cause) & _ids(effect) or effect.said("left_office")
        dated = cause is not effect and cause.kind in "diy" and cause.days[0] and not cause.said("due")
        if not dated or not near_by or _other_text(cause, effect):
            continue
        doc = not cause.said("replaces") and (cause.kind == "i" or cause.hit.get("event") or cause.said("issue"))
        here, ahead, since = cause.n == effect.n, cause.start < effect.start, cause.days[0]
        free = not (any(map(effect.said, ("issue", "base", "from"))) or effect.said("draft", "about"))
        meets = cause.n > effect.n and CUES["meeting"].match(cause.whole)
        about = CUES["about"].search((cause if meets else effect).whole) and effect.kind == "d" and free
        by_it = cause.kind == "i" and (here or CUES["by_it"].match(cause.whole))
        same_text = of or by_it or _ids(cause) & _ids(effect)
        about = about and ((only or CUES["this"].search(effect.whole)) if cause.n < effect.n else same_text)
        led = free and effect.kind == "y" and CUES["led_to"].search(effect.whole)
        day = here and effect.kind == "d"
        until = day and ahead and cause.kind == "d" and not cause.hit.get("inferred") and _stretch(cause, effect)
        after = day and cause.kind == "d" and cause.said("after", "before") and re.search("[,;]", cause.gap(effect))
        carried = day and cause.kind == "i" and cause.said("carrying") and ";" not in cause.gap(effect)
        told = (cause.n <= effect.n and (effect.said("in_force", "before") or led)) or about
        first_ = CUES["day_first"].fullmatch(cause.before) and CUES["after_that"].fullmatch(effect.before)
        passed = cause.said("passed", "before") and CUES["based_on"].fullmatch(effect.before)
        next_ = cause.n == effect.n - 1 and (first_ or passed)
        alone = [y for y in near if y.n == cause.n - 1 and y.kind in "dywi"] == [effect] and cause.kind == "d"
        before = alone and effect.kind == "d" and not effect.said("born") and CUES["earlier"].fullmatch(cause.before)
        if (doc and told) or until or carried or after or next_ or before or _follows_from(cause, effect):
            years = [y.value for y in near if y.hit.get("review") and y.n in (cause.n, effect.n)]
            since += timedelta(days=round(365 * max(0, *years, Fraction(1, 2)) - 183)) if years else timedelta()
            yield Reading("dates", effect, f"≥ {since:%Y-%m-%d}", effect.days[1] >= since, [cause])


def _of_it(cause, effect):
    """Return whether a sentence is about the legal text that one before put to work: "Nghị quyết này được ban hành ngày ..."."""
    text, between = CUES["this_text"].match(cause.whole), cause.text[effect.start : cause.start - cause.hit["start"]]
    named = re.findall(rf"(?i){text['what']} số \b", between) if text and cause.n - effect.n < 3 else ()
    return len(named) == 1 and not CUES["draft"].search(between)


def _only_text(cause, effect):
    """Return whether a sentence names the one text of its sort that the article numbers: "hội nghị sơ kết một năm thực hiện kế hoạch"."""
    what = effect.word("the_text", "what", "before")
    named = {*re.findall(rf"{what} (?:số )?(\d+)", cause.text.lower())} if what else ()
    return len(named) == 1 and 0 <= effect.n - cause.n < 6 and what in cause.whole.lower()


def _other_text(cause, effect):
    """Return whether two sentences name two texts of one sort by their numbers: Resolution 5 and Resolution 11."""
    one, other = ({*CUES["text_number"].findall(x.whole.lower().split("thay")[0])} for x in (cause, effect))
    return bool(dict(one).keys() & dict(other).keys()) and one.isdisjoint(other)


def _clause(x):
    """Return the words of which a date is the date: after one that begins its sentence, else before it."""
    after = CUES["born_when"].sub(" ", x.after)
    later = re.split(r"\d{4}|\b(?:ngày|tháng) \d", after)  # up to the next date
    after = x.tail if later[1:] and after == x.after else later[0]
    return re.split(r";|\d{4}", x.before)[-1] + re.split("[;¶]", after)[0]


def _ids(x):
    return set(re.findall(r"\d+(?:-[A-ZĐ]+/[A-ZĐ]+|/\d{4}/[A-ZĐ-]+)", x.whole))


def _follows_from(cause, effect):
    """Return whether the words say that what is dated by one date follows from what is dated by the other."""
    first, then = sorted((cause, effect), key=lambda x: x.start)
    named = (re.match(r"(.{3,40}?) (?:được|do|này|đã|khai|khởi|diễn|bắt)\b", then.whole.lower()) or "¶¶")[1]
    refers = CUES["refers"].search(then.whole) if then is effect else CUES["this_one"].match(then.whole)
    head = " ".join(first.whole.lower().split()[:2])
    linked = refers or _ids(cause) & _ids(effect) or named in first.whole.lower() or head in then.whole.lower()
    linked = linked or _one_work(cause, effect)
    roles = [_roles(cause, effect, *words) for words in _ORDERS.values()]
    kinds = {cause.kind, effect.kind} <= {*"dy"} and not then.said("before_that", "before")
    carried = then is effect and CUES["carried"].match(then.whole) and not then.said("made_before", "before")
    opened = _one_work(cause, effect) and _ORDERS["works"][1].search(_clause(cause))
    refers = refers or CUES["new_head"].search(effect.before)
    led = cause.n < effect.n and (refers or opened) and CUES["thanks_to"].match(effect.before)
    his = cause.n == effect.n or (effect.n - cause.n == 1 and CUES["his"].match(effect.whole))
    led = led or (his and then is effect and CUES["thanks_here"].search(effect.before))
    led = led or (cause.n == effect.n and then is effect and CUES["thanks_first"].match(cause.before))
    led = led and (opened or CUES["arrived"].search(_clause(cause))) and not CUES["meanwhile"].search(cause.gap(effect))
    its = CUES["issued_on"].search(then.before) and not re.search(r"(?:19|20)\d\d", first.before)
    based = its and then is cause and cause.n == effect.n and CUES["on_its_basis"].search(cause.gap(effect))
    linked = linked and (cause.n != effect.n or then is effect or its or CUES["since_then"].search(cause.gap(effect)))
    he_left = effect.said("he_left", "tail")
    took = cause.said("took_office") or (_since(cause, effect) and CUES["arrived"].search(_clause(cause)))
    left = cause.n < effect.n and took and (effect.said("left_office") or he_left)
    leaves = re.split(r",|\b(?:để|và|khi|sau)\b", effect.before)[0]
    said = (" ".join(NAME.findall(he_left[0])) if he_left else leaves), re.split("thay|kế nhiệm", _clause(cause))[0]
    one, other = (set(re.findall(r"\w+", CUES["leaving"].sub(" ", text).lower())) for text in said)
    # one person, and one post if named
    left = left and one <= other and _since(cause, effect) and (effect.n - cause.n < 2 or len(one) > 4 or he_left)
    on_it = cause.n < effect.n and took and CUES["on_the_post"].match(effect.before)
    return kinds and (left or led or on_it or based or (linked and any(a and (b or carried) for a, b in roles)))


def _roles(cause, effect, one, other):
    """Return the words by which a date is of what comes first, and another of what follows; of one sentence the last words are of its last date."""
    first, then = sorted((cause, effect), key=lambda x: x.start)
    gap = first.gap(then)
    if cause.n == effect.n and first.before == first.lead and one.search(gap) and other.search(gap):
        ends = [max(m.end() for m in words.finditer(gap)) for words in (one, other)]
        if (ends[0] > ends[1]) is not (then is cause):
            return None, None
    return one.search(_clause(cause)), other.search(_clause(effect))


def _one_work(cause, effect):
    """Return whether two dates are of one bridge, road, ...: of the only one of its sort that the article names."""
    one, other = ({m["what"].lower() for m in CUES["work"].finditer(_clause(x))} for x in (cause, effect))
    names = {(m["what"].lower(), m["name"]) for m in CUES["work"].finditer(cause.text) if m["name"]}
    return any([what for what, _ in names].count(each) < 2 for each in one & other)


def _met(x, near, far):
    """Check the words that a target is met, missed or passed, or a limit kept."""
    of = [y for y in near if y.n == x.n and y.start > x.start and alike(x, y) and x.said("out_of_all", "tail")][:1]
    here, next_ = [*x.text[x.end :].split("¶", 2), ""][:2]
    after = CUES["such_as_fit"].sub("", f"{here}¶{next_}" if x.kind == "f" or of else x.tail)
    if x.kind == "c" and CUES["summed_up"].match(next_) and (across := CUES["met"].search(next_)):
        topic = re.split(r"[,;.]|\b(?:trước|năm|sớm|đúng)\b", next_[across.end() :])[0]
        topic = content(f"{across['what'] or ''} {topic}".lower())
        sure = topic or (x.hit["post"] and not re.search(r"\d", x.after))
        after = f"{x.tail}¶{next_}" if sure and topic <= content(x.clause) else after
    counted = x.kind == "p" and any(y.kind == "f" and y.n == x.n and y.start < x.start for y in near)
    kept = CUES["kept"].search(after)
    most = [y for y in near if kept and y.n < x.n and y.hit["value_qualifier"] in ("at_most", "less_than")]
    before = [y for y in near if {y.kind for y in most} & {*"pqo"} and x.kind in "cm" and y.start < x.start]
    of = of or [y for y in before if alike(x, y) and is_whole(y, x)][-1:]
    all_ = (of or [x])[0]
    noun = re.findall(r"[^\W\d]+", all_.printed)[-1:] or all_.noun.split()[:1]
    most = [y for y in most if y.kind == x.kind or {*noun} <= {*y.clause.split()}]
    if counted or not (met := (most and kept) or CUES["met"].search(after)):
        return
    base = bases(x, far)
    told = [y for y in far if x.hit["post"] and 0 < x.n - y.n < 8 and y.hit["kind"] == "target" and y not in base]
    set_ = most or [y for y in told if all(y.hit[key] == x.hit[key] for key in ("post", "non_local"))]
    set_ = set_ or [y for y in near if y is not x and (y.hit.get("kind") == "target" or y.said("goal", "about"))]
    by = [y for y in set_ if y.said("to_pass") and y.kind == x.kind and 2 * y.value < x.value]  # "vượt chỉ tiêu 2 xã"
    if not all(CUES["off_the_aim"].search(f"{y.lead}|") for y in by):  # "vượt chỉ tiêu quý 5": of another aim
        return
    ahead = [y for y in set_ if y.n == x.n and (y.said("to_pass") or y.lead.rstrip().endswith(met[0]))]
    goals = [y for y in set_ if y not in base and (y.start < x.start or y in ahead)]
    words = content(x.whole.lower())
    goals = [y for y in goals if not ((one := y.said("for_one", "about")) and own_words(one["what"]) - words)]
    wholes = [y for y in goals if y.kind == x.kind] if x.kind in "cm" else []
    own = {y: content(f"{y.piece} {y.noun}") for y in goals if y.kind in "pqo"}
    shares = sorted(own, key=lambda y: (len(own[y] & content(x.clause)), len(own[y] & words)))
    for goal in shares[-1:] or wholes[-1:]:
        base = wholes[-1:] or base
        whole = x.hit.get("total") or (of and of[0].value) or (goal.kind != x.kind and base and base[-1].value)
        other = x.hit["place"] not in (None, goal.hit["place"]) and not goal.said("each_one", "before")
        timed = CUES["of_a_time"].match(after[met.end() :]) and CUES["of_term"].search(goal.before)
        years = re.findall(r"năm (\d{4})", met[0])
        other = bool(timed or (years and str(goal.days[1])[:4] not in years)) or (other and goal.kind == x.kind)
        if (goal.kind == x.kind or whole) and not other:
            got = Fraction(x.value) * (1 if goal.kind == "o" else 100) / whole if whole else x.value
            bound = goal.hit["value_qualifier"]
            fall = bound == "exact" and goal.said("falls", "about") and not x.changed
            fall = fall or bound in ("less_than", "at_most")
            reached = got <= goal.value if fall else got >= goal.value
            made = f"{('≤>' if fall else '≥<')[bool(met['no'])]} {goal.printed}"
            yield Reading("attainment", x, made, reached is not bool(met["no"]), [goal])


def _again(x, far):
    """Check a figure that says it is one named before: "con số cụ thể là", "cả 14 xã", "1,2 tỷ đồng, tức 1.200 triệu đồng"."""
    for y in (y for y in far if y.n == x.n and y.start < x.start and y.plain == x.plain and y.size != x.size):
        if CUES["in_other_words"].fullmatch(x.gap(y)) and x.value < 2 * y.value < 4 * x.value:
            yield Reading("twice", x, y.bounds, 0 in x.bounds - y.bounds, [y])
    earlier = [y for y in far if y.start < x.start and alike(x, y) and (y.kind == x.kind or x.kind == "f")]
    loose = [y for y in earlier if y.hit["value_qualifier"] != "exact"]
    rounded = [y for y in loose if y.n < x.n]
    if not x.said("specific", "about"):
        led = x.before.lower().startswith("tổng số") and content(x.clause)
        rounded = [y for y in rounded if led == content(y.noun) and x.n - y.n == 1 and not (y.changed or apart(x, y))]
    close = [y for y in loose if y.n == x.n and x.said("or_these")]
    close += [y for y in loose if y.n == x.n - 1 and CUES["exactly"].fullmatch(x.before)]
    close = [y for y in close if not x.said("among_them", "tail")]
    rounded = rounded or close[-1:]  # "hơn 60 xã, cụ thể là 64 đơn vị"
    if rounded:
        yield Reading("twice", x, rounded[0].bounds, any(0 in x.bounds - y.bounds for y in rounded), rounded[:1])
    rises = [y for y in far if y.kind == x.kind and alike(x, y) and x.n - y.n == 1 and y.changed and not apart(x, y)]
    for y in rises if x.said("the_rise") else ():
        if x.kind == "c" and x.said("said_above", "tail") and len(rises) == 1:  # "việc giảm 35 đơn vị này"
            yield Reading("twice", x, y.bounds, 0 in x.bounds - y.bounds, [y])
        elif x.kind == "p" and _swapped(x, y):
            yield Reading("twice", x, y.bounds, False, [y])
    noun, above = content(CUES["noun_end"].split(x.noun)[0]), x.said("said_above", "tail")
    these = above and x.tail[: above.start()].count(" ") < 8 and len(noun - content(x.printed)) > 1
    every = (these or x.said("every")) and x.value == x.hit.get("total", x.value) and x.kind in "cfm"
    day = x.days if re.search(r"\d", x.noun) and x.days[0] else None  # "toàn bộ 56 cán bộ nhận quyết định sáng 14/8"
    dated = [y for y in earlier if day in [z.days for z in far if z.n == y.n and z.kind == "d"]]
    verbs = {*CUES["of_verb"].findall(x.noun)} if every else set()  # "toàn bộ 168 cán bộ luân chuyển"
    sent = [y for y in earlier if verbs & {*CUES["of_verb"].findall(y.clause)}]
    dated = [y for y in dated + sent if y.hit["place"] == x.hit["place"]]
    # "22 xã, thị trấn" are not "20 xã"
    lists = [bool(re.search(", |hành chính cấp", y.text[y.start : y.end])) for y in (x, *earlier)]
    wholes = [y for y, listed in zip(earlier, lists[1:], strict=True) if every and listed == lists[0]]
    wholes = [y for y in wholes if y in dated or noun <= content(y.clause if above else y.noun)]
    wholes = [y for y in wholes if not (y.said("merged", "before") or y.said("among_them") or _narrower(x, y))]
    heads_ = {y: {*CUES["head"].findall(re.split("[,;.¶]", y.printed + y.tail)[0])} for y in (x, *wholes)}
    wholes = [y for y in wholes if above or len(heads_[y]) < 2 or heads_[y] == heads_[x]]  # "26 bí thư và chủ tịch"
    wholes = [y for y in wholes if above or y in dated or y.said("holds") or y.said("still")]
    alone = [y for y in earlier if x.n - y.n < 2 and same(x, y) and not (y.changed or y.said("among_them", "about"))]
    then = content(x.word("same_time", "what", "tail"))
    if then and alone[-1:] and then <= content(alone[-1].clause) and not wholes:
        wholes, every = alone[-1:], True
    if every and not wholes and len({y.value for y in alone}) == 1 and x.hit["post"] is None and x.value > 3:
        wholes = alone if CUES["those_named"].match(x.tail) or _swapped(x, alone[0]) else []
    if x.kind == "m" and x.said("that_sum") and CUES["those_named"].match(x.tail):
        wholes = alone if len({y.value for y in alone}) == 1 else []
    if wholes:
        sums = [total_of(earlier[i : i + k]) for i in range(len(earlier)) for k in (2, 3, 4)]
        held = x.bounds in sums or any(x.value == y.hit.get("total") or 0 in x.bounds - y.bounds for y in earlier)
        yield Reading("twice", x, wholes[-1].bounds, held, wholes[-1:])


def _narrower(x, y):
    """Return whether a number is said of a part of what another counts: "ở cấp huyện, cả 9 bí thư"."""
    one, other = (set(CUES["of_level"].findall(f"{z.about} {z.noun}")) for z in (x, y))
    there = x.said("there", "about")
    return bool((one and other and one.isdisjoint(other)) or (there and own_words(there[0]) - content(y.whole.lower())))


def _twice(numbers, today):
    """Yield the readings of one quantity that has two figures: the same words for what is counted, the same time and place."""
    seen = list[_Seen]()
    for i, x in enumerate(numbers):
        recent = today and x.days[1] and 0 <= (today - x.days[1]).days < 120
        base = x.said("base_year", "tail") if x.kind == "p" and x.grew else None
        moved = (x.changed and not base) or any(x.said(cue, "about") for cue in ("part", "goal", "past"))
        moved = (moved and not any(_echoes(y, x) for y in numbers[:9])) or bool(CUES["past"].match(x.whole))
        of = CUES["among_them"].match(x.whole) or (x.said("makes") and not x.said("rate", "about"))
        if x.kind in "cfmsp" and not (moved or (x.kind == "p" and of)):
            scope = (x.said("scope", "clause") or [""])[0].replace("cả", "toàn")
            noun, row = x.noun, [y for y in numbers[max(0, i - 5) : i] if y.n == x.n and same(y, x) and apart(y, x)]
            if row and not content(noun) - content(x.printed):
                noun += f" {row[0].noun}"  # "năm 2020 có 5 xã đạt chuẩn, năm 2023 có 8 xã"
            about = x.about.replace("tổng cộng", "") if scope else x.about
            about, piece = (CUES["source"].sub("", words) if x.kind == "m" else words for words in (about, x.piece))
            noun += f" {x.word('count_of', 'what', 'about')}"  # "nhắc lại số bí thư xã của huyện là 12 người"
            said = figures.folded(f"{about} {noun}")
            words = [set(CUES[cue].findall(said)) for cue in ("marks", "of_level", "of_verb")]
            words += [{x.hit.get(column)} for column in ("place", "origin_level", "destination_level")]
            words += [set(CUES["numbered_kind"].findall(f"{x.about} {re.split('[,;]', x.after)[0]}"))]
            post = tuple(map(x.hit.get, ("post", "post_level", "non_local")))
            of = post if scope or x.titled or x.kind == "f" else (None,)
            led = [w for w in re.findall(r"\w+", x.lead.lower()) if w not in _LINKS][-3:]
            time, led = None if recent else x.days[1], led if len(led) > 2 else [x]
            own, clause = content(f"{piece} {noun}"), content(f"{about} {noun}")
            base = base and (base[0], clause, words)
            seen.append(_Seen(x, content(noun), own, clause, scope, time, words, of, led, base))
    for i, b in enumerate(seen):
        for a in (a for a in seen[max(0, i - _FAR) : i] if a.x.n != b.x.n and a.base == b.base):
            under = [z.x for z in seen if a.x.titled and not z.x.titled and alike(z.x, a.x) and z.x.role == a.x.role]
            kept = any(0 in y.bounds - a.x.bounds for y in under)
            yield from (r for r in _two(a, b) if r.holds or not kept)


def _two(a, b):
    """Yield the reading of two figures if they are of one quantity."""
    y, x, common, least = a.x, b.x, len(a.clause & b.clause), min(len(a.clause), len(b.clause))
    one_kind, posts = x.kind == y.kind and alike(x, y), None not in a.of and a.of == b.of
    if one_kind and _swapped(x, y) and same(x, y) and not apart(x, y):
        told = a.led == b.led or " ".join(map(str, a.led)) in x.noun or 2 * common >= max(least, 6)
        slip = len(re.findall(r"\d", x.printed)) > 2 and sorted(x.printed.split()[0]) == sorted(y.printed.split()[0])
        told = told or (slip and min(len(a.own), len(b.own)) > 1 and (a.own <= b.clause or b.own <= a.clause))
        told = told or (slip and (len(a.own & b.own) > 2 or (y.days == x.days and x.days[0])))
        likely = sorted(x.printed) == sorted(y.printed) or min(len(a.own - b.clause), len(b.own - a.clause)) < 2
        names, names2 = (set(NAME.findall(CUES["speaker"].sub("", re.split("[,;:]", z.lead)[-1]))) for z in (y, x))
        short, short2 = (set(CUES["marks"].findall(f"{z.piece} {z.noun}")) for z in (y, x))
        other = names and names2 and names.isdisjoint(names2)
        if told and likely and not other and (a.words[0] == b.words[0] or short == short2):
            yield Reading("twice", x, y.bounds, False, [y])
    observed = x.hit["kind"] == y.hit["kind"] == "observed" and (one_kind or posts) and not a.base
    differ = any(one and other and one.isdisjoint(other) for one, other in zip(a.words, b.words, strict=True))
    mine, its = (own_words(" ".join(words)) for words in (a.clause - b.clause, b.clause - a.clause))
    named = posts or (min(len(a.noun), len(b.noun)) > 4 and (a.noun <= b.noun or b.noun <= a.noun))
    if a.time != b.time or a.words[0] != b.words[0] or not observed or differ or (mine and its and not named):
        return
    both, long = a.scope and a.scope == b.scope, common > 4 and _overlap(a.clause, b.clause) >= 0.6
    alike_ = _overlap(a.noun, b.noun) >= (0.7 if len(a.noun) > 4 or both else 2)
    alike_ = alike_ or long or (a.own == b.own and len(a.own) > 4)
    shared, places = a.own & b.own, content(" ".join(NAME.findall(f"{x.before} {y.before}")).lower())
    one_sum = x.size != y.size and shared and (a.own == b.own or (len(shared) > 1 and a.own ^ b.own <= places))
    alike_ = alike_ or (one_sum and 2 * y.value < 3 * x.value < 5 * y.value)
    told = _echoes(y, x) or len(b.noun) > 4 or (b.scope and _overlap(a.clause, b.clause) > 0.4)
    titled = y.titled and b.noun <= a.noun and told
    near = (x.n - y.n < 7 or both or a.words[3] or b.words[3] or a.time) and (not a.scope or not b.scope or both)
    if posts or (near and (alike_ or titled)):
        yield Reading("twice", x, y.bounds, x.value == y.value or 0 in x.bounds - y.bounds, [y])


def _echoes(y, x):
    """Return whether a number of the text counts what one of the title counts, after the same word: "dư 47 trụ sở"."""
    led = content(y.lead.lower()) & {*y.lead.lower().split()[-1:]}
    return y.titled and not x.titled and same(x, y) and led == {*x.lead.lower().split()[-1:]} != set()


def _swapped(x, y):
    """Return whether two numbers differ by a slip: digits that changed places, or one digit of three or more."""
    a, b = (re.sub(r"\D", "", z.printed.split()[0]) for z in (x, y))
    one = len(a) > 2 and sum(c != d for c, d in zip(a, b, strict=False)) == 1
    return 0 not in x.bounds - y.bounds and len(a) == len(b) > 1 and (one or sorted(a) == sorted(b))


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
    today = max((x.days[1] for x in figures if x.sentence["zone"] == "dateline" and x.days[1]), default=None)
    readings = [*_twice(figures, today), *_lives(figures), *_leagues(figures)]
    for x in (y for y in found if y.kind in "nz" or (y.kind not in "dywi" and y.said("age_led"))):
        readings += _spans(x, [y for y in figures if abs(y.n - x.n) <= 2 * _WINDOW], today)
    for i, x in enumerate(figures):
        near = [y for y in figures[max(0, i - _NEAR) : i + _NEAR] if abs(y.n - x.n) <= _WINDOW]
        back, wide = [y for y in near if y.n <= x.n], figures[max(0, i - _FAR) : i + _FAR]
        readings += [*_hundreds(x, back), *_again(x, wide), *_orders(x, wide), *_met(x, back, wide)]
        readings += [r for made in (_limits, _sums, _each_one, _flows) for r in made(x, wide)]
    readings += [*derived(figures), *ways(found)]
    held = {(r.number, y) for r in readings if r.holds for y in r.used}
    readings = [r for r in readings if r.holds or r.rule != "twice" or (r.number, r.used[0]) not in held]
    sure = [r for r in readings if r.holds and len(r.used) > 1 and r.number.hit["value_qualifier"] == "exact"]
    said = {_claim(r) for r in sure if r.number.bounds.high - r.number.bounds.low <= abs(r.number.value) / 4}
    readings = [r for r in readings if r.holds or _claim(r) not in said]
    readings.sort(key=lambda r: r.holds)  # one that agrees is enough, but each cause comes before what follows from it
    best = {(r.rule, r.number, {x.kind for x in (r.number, *r.used)} == {"d"} and r.used[0]): r for r in readings}
    out, texts = [_told(r) for r in sorted(best.values(), key=lambda r: r.number.start)], lines or []
    for table in tables(texts):
        for line, printed, made, others, holds in checked(*table[1:]):
            out.append(_worded("sum", holds, printed, _range(made, 1), others, texts[line], f"p{line + 1}.s1", []))
        for x, cell, made, holds in told(figures, *table):
            spots = x.sentence["at"], [(x.n, x.hit["start"])]
            out.append(_worded("twice", holds, x.printed, _range(made, 1), cell, x.whole, *spots))
    return out


def _claim(r):
    """Return what a reading says, but for the number: of the same figures two claims of one kind cannot differ."""
    return r.rule, r.rule != "rank" and r.number.kind, bool(r.number.said("a_year", "about")), frozenset(r.used)


def _told(r):
    used = sorted({r.number, *r.used}, key=lambda x: x.start)
    at, spots = ";".join(dict.fromkeys(x.sentence["at"] for x in used)), [(x.n, x.hit["start"]) for x in used]
    told = r.number.printed, _range(r.made, r.number.size), "; ".join(x.printed for x in r.used)
    return _worded(r.rule, r.holds, *told, r.number.whole, at, spots)


def _range(made, size):
    """Write what a number should be: 24, 23.6–26.4, at most or at least something."""
    if not isinstance(made, Bounds):
        return str(made)
    low, high = (f"{float(end / size):.2f}".rstrip("0").rstrip(".") for end in (made.low, made.high))
    return f"≥ {low}" if high == "inf" else f"≤ {high}" if low == "-inf" else low if low == high else f"{low}–{high}"


def _worded(rule, holds, printed, expected, others, sentence, at, numbers):
    row = {"rule": rule, "verdict": "holds" if holds else "contradiction", "printed": printed, "expected": expected}
    row |= {"others": others, "sentence": sentence, "at": at, "numbers": numbers}
    row["check"] = "holds" if holds else f"{printed} ↔ {expected}" + (f" ({others})" if others else "")
    english, vietnamese = LANGUAGE["says"][rule]
    row["text"] = english.format(**row | {"printed": quoted(printed), "others": quoted(others)})
    row["text_vi"] = vietnamese.format(**row | {"expected": expected.replace(".", ",")})
    return row
