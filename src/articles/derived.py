"""A general reading of claims: numbers that words call a share, a change, a rest, ... against the numbers named nearest before them.

A claim holds as soon as any numbers nearby make it. It is a contradiction only where one pair (or list) alone can be meant: of its unit, its words
and its time, and near enough to what is printed to be a slip of it.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise, permutations, takewhile
from typing import Any

from articles.figures import CUES, NAME, Number, Reading, alike, apart, content, heads, own_words, same, total_of
from helpers.record.ledger import Bounds, words_number

_DATE, _YEAR = re.compile(r"\b(?:19|20)\d\d\b"), re.compile(r"\b(?:năm|in|since) ((?:19|20)\d\d)\b")


# --- what the numbers around a claim are


def _usable(y, kinds="cfm"):
    """Return whether a claim can be made from a number: neither a change nor a bound nor an aim, no year, no length of time."""
    year = y.hit["unit"] == "unread" and CUES["numbered"].search(f"{y.lead}|{y.printed}|{y.tail}")
    bound = y.hit["value_qualifier"] in ("at_least", "at_most")
    age = y.hit["unit"] == "unread" and y.said("mean")
    return y.kind in kinds and y.bounds.low > 0 and not (age or year or bound or y.changed or y.said("goal", "about"))


def _year(y):
    """Return the year of a number: that of its date, else the last one named before it, else 0."""
    then = _DATE.findall(y.text[max(0, y.start - 600) : y.start]) if y.said("that_time", "about") else []
    before = then or _YEAR.findall(y.text[max(0, y.start - 300) : y.start])
    return y.days[0].year if y.days[0] else int(before[-1]) if before else 0


def _here(x, y):
    """Return whether no end of a clause parts two numbers."""
    return x.n == y.n and not re.search(r"[;¶]", x.gap(y))


def _time(y):
    """Return the words of time that stand last before a number."""
    after = CUES["time_after"].match(y.tail)
    return (CUES["time"].findall(CUES["base_before"].sub("", y.before)) or [after["time"] if after else ""])[-1].lower()


def _other_time(a, b):
    return apart(a, b) or _time(a) != _time(b)


def _strays(x, y, pieces=1):
    """Return whether a claim has words of its own since the number before (or that after it), so that it is not said of that number."""
    first, rest = min(x, y, key=lambda z: z.start), " ".join(re.split(r"[,;:(]|\b(?:và|and)\b", x.gap(y))[1:][-pieces:])
    return own_words(rest, x.changed) - content(f"{first.whole[: first.hit['end']]} {first.noun} {y.noun}".lower())


def _averages(x, far):
    """Check what there is of something for each of those that share it against how much and how many there are."""
    led = x.said("each_of", "about")
    per = ((led and (led["per"] or led["one"])) or x.word("per_one", "per", "tail")).lower()
    if x.kind not in "cm" or not led or not per or CUES["changed"].search(x.about.partition(led[0])[0]):
        return
    here = [y for y in far if 0 <= x.n - y.n < 8 and y is not x and _usable(y)]
    before = [y for y in here if y.start < x.start]
    shared = [y for y in here if y.kind in "cf" and y.counts(per) and (y in before or y.n == x.n)]
    if led["mean"]:
        whole = [
            y for y in before if y.plain == x.plain.partition(" per ")[0] and y.value > x.value and y not in shared
        ]
        every = [(a.bounds / b.bounds, [a, b]) for a in whole for b in shared]
        own = own_words(x.piece.replace(led[0], " ")) - content(per)
        meant = [m for m in every if x.n - m[1][0].n < 3 and own <= content(" ".join(y.whole for y in m[1]).lower())]
        yield from judge("share", x, [m for m in meant if m[1][0] is meant[-1][1][0]], every)
    elif x.hit["value_qualifier"] == "exact":
        made = [(b.bounds * x.value, [x, b]) for b in shared if x.n - b.n < 2]
        after = [y for y in far if -1 < y.n - x.n < 2 and y.start > x.start and heads(y, x) and y not in shared]
        for y in [y for y in after if y.said("makes_in_all", "about") and y.hit["value_qualifier"] == "exact"][:1]:
            loose = [(a[0] + b.bounds, [*a[1], b]) for a in made for b in after if b.start < y.start]
            yield from judge("sum", y, made, loose)


def _limits(x, gap):
    """Return whether a number is a bound that what is counted before it keeps, so that it is no share of it."""
    return x.hit["value_qualifier"].endswith(("st", "than")) and not CUES["bound_share"].search(gap)


def _off(x, made):
    return min(abs(end - x.value) for end in (made.low, made.high))


def _slip(x, made, used=()):
    """Return whether what numbers make is near enough to what is printed, or to a slip in one of them, to be meant."""
    off = _off(x, made)
    return 2 * off <= max(abs(x.value), abs(made.low), abs(made.high)) or 5 * off <= max([0, *(y.value for y in used)])


def judge(rule: str, x: Number, meant: list, others: list, sure: bool = False) -> Iterator[Reading]:
    """Yield the reading of a claim: it holds if any numbers make it, else it is wrong if just one list of numbers can be meant."""
    # "more than 26 %" is not said of 47
    others = [m for m in others if x.hit["value_qualifier"] == "exact" or 10 * _off(x, m[0]) <= 3 * abs(x.value)]
    for made, used in [*meant, *others]:
        if 0 in made - x.bounds:
            if made.high - made.low <= abs(x.value):  # else it says nothing
                yield Reading(rule, x, made, True, used)
            return
    off = sorted(meant, key=lambda m: _off(x, m[0]), reverse=True)
    lists = {tuple(y.value for y in used): (made, used) for made, used in off}
    near = [(made, used) for made, used in lists.values() if _slip(x, made)]
    forced = near if len(lists) > 1 else lists.values()
    for made, used in forced if len(forced) == 1 else ():
        if near or sure or all(y.n == x.n for y in used):
            yield Reading(rule, x, made, False, used)


# --- shares


def _shares(x, far):
    """Check a share against the count that it stands beside and the whole that is named with it."""
    base = CUES["of_base"].match(x.text[x.end :])  # of a time or a place: its figure must be named
    known = not base or any(base["year"] == str(_year(y)) for y in far if y.start < x.start and y.kind in "cfm")
    if x.kind not in "po" or x.changed or not known or (x.said("goal", "about") and not x.lead.endswith("(")):
        return
    scale = 1 if x.kind == "o" else 100
    counts = [y for y in far if -1 < x.n - y.n < 4 and (_usable(y) or (y.kind in "cm" and y.said("whole")))]
    counts = [y for y in counts if y.bounds.low > 0]
    part, near_by, others = _beside(x, far), not x.said("nation", "about"), list[Any]()
    if part is None and near_by and x.said("same_figure", "about") and not x.said("past", "about"):
        close = [y for y in counts if y.start < x.start and x.n - y.n < 2 and not y.said("whole")]
        close = [y for y in close if content((x.said("other_subject", "about") or [""])[0]) <= content(y.whole.lower())]
        trait = x.said("trait", "piece")  # "tỷ lệ có trình độ thạc sĩ" of what was counted: its count must be named
        close = close if not trait or trait[0] in x.text[max(0, x.start - 600) : x.start - len(x.piece)].lower() else []
        close = [y for y in close if {"nonlocal", "nữ"} & content(x.noun) <= content(y.noun)]
        there = [y for y in close if y.hit["place"] == x.hit["place"]]
        part = (there or close or [None])[-1]
        others = [y for y in close if not there or (y.hit["place"] or "¶") in x.before]
    *rated, piece = [""] if CUES["among_them"].match(x.whole) else CUES["rate"].split(x.before.lower().rstrip(" ,:("))
    if x.said("one_in", "printed") or (not rated and x.said("makes") and x.lead == x.before):
        piece = re.split("[,;.¶]", x.tail)[0] if x.said("one_in", "printed") else CUES["lead_in"].sub("", piece)
        rated = [""]
    named, topic = list[Number](), own_words(CUES["standard"].sub(" ", piece))
    topical = len("".join(topic)) > 9 or len(topic) > 1 or (topic and CUES["trait"].search(piece))
    if part is None and near_by and topical and rated and not CUES["joint"].search(piece):
        near = [y for y in far if -1 < x.n - y.n < 15 and _usable(y)]
        level = x.word("of_whom", "level", "about")
        for y in (y for y in near if y.start < x.start and level in y.text[max(0, y.start - 200) : y.start].lower()):
            phrase = y.piece + (re.split("[,;.¶]", y.tail)[0] if y.said("of_which", "tail") else y.noun)
            told, wholes = content(phrase), [b for b in near if b.start < y.start and heads(y, b)]
            shared = set().union(*(content(b.clause) for b in wholes if x.n - b.n < 3 and b.value > y.value))
            if len(topic - told) <= len(topic) // 4 or (topic & told - shared and topic <= told | shared):
                named.append(y)
        counts, part = [y for y in near if not named or abs(y.n - named[-1].n) < 3], named[-1] if named else None
    others = [y for y in far if y.kind == "f" and (y.n == x.n or y in others)]
    loose = [(y.bounds * scale / y.hit["total"], [y]) for y in others]
    if part and part.kind == "f":
        yield from judge("share", x, [(part.bounds * scale / part.hit["total"], [part])], loose)
    elif part:
        wholes = [b for b in counts if b is not part and (heads(part, b) or (x.said("rate", "about") and heads(x, b)))]
        wholes = [b for b in wholes if max(size.high for size in _sizes(b)) > part.value and b.bounds.low > 0]
        of = "" if x.said("one_in", "printed") else x.word("of_number", "what", "tail")
        named_by = {b: content(b.noun if b.said("whole") else b.clause) for b in wholes}
        told = content(part.noun).union(*named_by.values()) - content(part.printed.lower())
        wholes = [b for b in wholes if content(of or part.word("in_number", "what", "before")) & told <= named_by[b]]
        every = [b for b in far if b.n <= x.n and b is not part and b.kind in "cfm" and b.bounds.low > 0]
        every = [b for b in every if heads(part, b) and (not named or b.start < part.start)]
        pairs = [(a, b) for a, b in permutations(counts, 2) if a.n == x.n or (a in named and b.start < a.start)]
        pairs += [(part, b) for b in every]
        sized = [(a, z, b) for a, b in pairs for z in _sizes(b, b.n != x.n) if z.high >= a.value or x.value > 100]
        loose += [(made * scale / size, [a, b]) for a, size, b in sized for made in {a.bounds, total_of(a.run)}]
        # "tăng 4,5 so với 54, tương đương 8,3%"
        rises = [y for y in far if y.changed and y.n == x.n and y.kind in "cm"]
        loose += [(y.bounds * scale / b.bounds, [y, b]) for y in rises for b in counts if alike(y, b)]
        moved = [(a, b) for a, b in pairwise(counts) if a.n == x.n and _from_to(a, b)]  # "từ 10 lên 15, tức 50%"
        loose += [((b.bounds - a.bounds) * sign * scale / a.bounds, [a, b]) for a, b in moved for sign in (1, -1)]
        # "từ 50% lên 53,3%": of a year that is named before
        loose += [(a.bounds * scale / b.bounds, [a, b]) for a, b in permutations(counts, 2) if x.said("from")]
        olds = [(b, b.bounds + part.bounds * sign) for b in every if part.changed for sign in (1, -1)]
        loose += [(part.bounds * scale / old, [part, b]) for b, old in olds if old.low > 0]
        others = [(y, _beside(y, far)) for y in far if y is not x and y.kind == x.kind and abs(y.n - x.n) < 3]
        others = [(y, a) for y, a in others if a and a is not part and a.kind != "f" and heads(a, part)]
        twos = [(a, y) for a, y in [*pairwise(far), *((b, a) for a, b in pairwise(far))] if a.n == y.n]
        twos = [(a, y) for a, y in twos if y is not x and y.kind == x.kind and a.kind in "cm" and heads(a, part)]
        twos = [(a, y) for a, y in twos if a is not part and 30 * (y.bounds.high - y.bounds.low) <= y.value]
        loose += [(part.bounds * y.bounds / a.bounds, [part, a]) for a, y in twos if a.bounds.low > 0]  # no whole named
        fit = [(b, sum(0 in a.bounds * scale / _size(b) - y.bounds for y, a in others)) for b in wholes]
        agreed, sure = [b for b, n in fit if n], max((n for _, n in fit), default=0) > 1
        called = [b for b in wholes if is_whole(b, part)]
        free = [b for b in wholes if b not in [a for _, a in others] and not b.said("trait", "noun")]
        likes = [b for b in free if b.printed.split()[1:] == part.printed.split()[1:] != []]
        free = [b for b in likes if b.start < part.start] or free
        listed = part.said("amount", "about") and [b for b in counts if b.n == part.n and b.said("amount", "about")]
        agreed, free = ([], []) if listed and listed[0].start < part.start else (agreed, free)
        wholes = [b for b in called if b.n == x.n][-1:] or agreed or called[-1:] or free
        sizes = [(b, size) for b in wholes for size in _sizes(b) if size.high > part.value]
        meant = [(part.bounds * scale / size, [part, b]) for b, size in sizes if not x.said("combined", "about")]
        yield from judge("share", x, meant, [] if sure else loose, sure)


def _size(whole, far=False):
    """Return what a whole stands for; a bound that is named far away stands for what is near it."""
    return Bounds.exact(whole.hit["total"]) if whole.kind == "f" else _near(whole) if far else whole.bounds


def _sizes(whole, far=False):
    """Return what a whole may stand for, with what is listed with it: "18 xã và 1 thị trấn"."""
    return {_size(whole, far), *([] if far else [whole.bounds]), *([total_of(whole.run)] if whole.run[1:] else [])}


def _beside(x, far):
    """Return the count that a share stands beside: the one in or before brackets, the one of its place in a row, or the last before it."""
    row = [y for y in far if y.n == x.n and y.kind not in "dywin"]
    before, after = [y for y in row if y.start < x.start], [y for y in row if y.start > x.start and y.kind in "cfm"]
    before = [y for y in before if not y.said("aim_word")] or before  # "vượt 8% dự toán 6.800 tỷ đồng và bằng 12% GRDP"
    meant = [y for y in before if y.kind not in "cm" or not ((y.grew and y.said("since", "tail")) or y.said("located"))]
    before, after = meant if {*"cfm"} & {y.kind for y in meant} else before, [y for y in after if not y.grew]
    gap = x.gap(after[0]) if after and not (before and after[0].said("whole")) else ""
    if CUES["in_brackets"].search(gap) and not CUES["other_share"].search(gap):
        return after[0]
    if not before:
        ahead = after or [y for y in far if y.n == x.n + 1 and y.kind == "f" and y.before == y.lead and x is row[-1]]
        those = [y for y in far if y.n == x.n + 1 and CUES["of_those"].fullmatch(y.before)]
        if those and "nonlocal" in content(those[0].noun) & content(x.tail):
            return those[0]
        led: Any = ahead and ahead[0].kind == "f" and CUES["from_parts"].search(x.gap(ahead[0]).rpartition("¶")[2])
        of = x.said("rate", "about") and [y for y in row if y.said("whole") and _here(y, x)]
        return ahead[0] if led else after[0] if (of and after and content(x.piece) & content(after[0].clause)) else None
    run = [y for y in row if y.kind == x.kind]
    parts = [y for y in before if y.kind in "cfm" and y.start < run[0].start]
    if 1 < len(run) <= len(parts) == len([y for y in row if y.kind in "cfm"]):
        told = run[0].gap(parts[-1]) + run[-1].tail + "|" + run[0].gap(run[1])
        if CUES["respectively"].search(told):
            return parts[-len(run) :][run.index(x)]
    if before[-1].kind == "f" and x.said("passing") and x.hit["value_qualifier"] != "exact":
        return before[-1]  # "với 19 trong 42 xã ..., huyện đã vượt mức 50%"
    gap, closed = x.gap(before[-1]), re.match(r"\W*(?:$| of| tổng| trong)", x.tail)
    listed = [y for y in run if y is not x and y.start > before[-1].start and not re.search(r"\d", x.gap(y))]
    listed = [y for y in listed if x.lead.endswith("(") and y.lead.endswith("(")]  # "3 ...: phí (62%), thuế (58%)"
    bare = x.said("claim") and x.tail[:1] in ",.;" and not own_words(gap.rpartition(",")[2])
    link = x.said("makes") or re.search(r"\($|\b(?:hay|or|tức)\W*$", gap)
    link = link or (("," in gap or before[-1].kind == "f") and (x.said("link") or closed or bare))
    link = link and not (x.said("fallen") and any(y.grew for y in before))  # what went is not what is left
    if before[-1].kind not in "cfm" or ";" in gap or not link or listed or _limits(x, gap) or _strays(x, before[-1]):
        return None
    if not before[-1].said("whole"):
        return before[-1]
    return before[-2] if before[1:] and before[-2].kind in "cm" else None if x.said("rate") else before[-1]


def bases(x: Number, far: list[Number]) -> list[Number]:
    """Return the one count of all there are of what a number counts: "huyện có 25 xã", "60 % of the 25"."""
    more = [y for y in far if x.kind == "c" and 0 <= x.n - y.n < 8 and same(x, y) and y.value > x.value]
    more = [y for y in more if y.said("inside") or y.said("holds")]
    return more[-1:] if len({y.value for y in more}) == 1 else []


def is_whole(b: Number, part: Number) -> bool:
    """Return whether the words make a number the whole of another: "of the 23", "23 ... of which"."""
    follows = CUES["of_which"].search(part.gap(b) + part.tail)
    here, next_ = b.n == part.n, re.fullmatch(r"[^\d¶]*¶[^¶]*", part.gap(b))
    return bool((follows and (here or next_)) or (here and b.said("whole")))


# --- changes


def _changes(x, far):
    """Check a change in percent, units or times against the two figures that it runs between."""
    yearly, ratio = x.said("a_year", "about"), x.kind in "po" and x.said("ratio") and CUES["since"].match(x.tail)
    moved = x.changed or ratio or (x.kind == "x" and not x.said("of_rate", "tail"))
    if not moved or x.kind not in ("bcms" if yearly else "pbcmsxo"):
        return
    ends = [] if x.said("goal", "about") else [y for y in far if -2 < x.n - y.n < 12 and _usable(y, "cfmps")]
    ends = [y for y in ends if (heads(x, y) if x.kind in "cms" else x.kind != "b" or y.kind in "ps")]
    pairs, named = _called(x, [y for y in ends if x.n - y.n < 6 and (y.n <= x.n or x.said("since", "tail"))])
    pairs = _spanned(x, pairs)
    if x.titled and x.kind in "xp" and not pairs:  # of one post, in the text under it
        under = [y for y in far if y.n > x.n and _usable(y) and y.role == x.role]
        later = [(a, b) for a, b in combinations(under, 2) if heads(a, b) and a.n - x.n < 3 and _other_time(a, b)]
        own, ends = own_words(x.piece, x.changed), under
        pairs = [(a, b) for a, b in later if len(own - content(f"{a.clause} {b.clause} {a.role}")) <= len(own) // 4]
    within = all(_here(x, y) for pair in pairs for y in pair)
    wide = [] if named else [y for y in ends if _here(x, y) or (not within and y.n <= x.n)]
    wide = [y for y in wide if y.start < x.start or not (within and any(_from_to(*pair) for pair in pairs))]
    turned = [(b, a) for a, b in pairs if x.kind in "pb" and x.changed and _against(x, a)]  # "5 % above the 720"
    both = [(a, b) for a, b in permutations(wide, 2) if abs(a.n - b.n) < 3 and heads(a, b) and (a, b) not in turned]
    others = [m for a, b in both if not _elsewhen(x, a, b) for m in _moved(x, a, b)]
    # the words of another that a number is compared with: "kém huyện dẫn đầu 3,1 điểm"
    rival = own_words(x.word("than_another", "who") or x.word("of_another", "who", "tail"))
    pairs = [p for p in pairs if not rival or any(rival <= content(f"{y.clause} {y.before.lower()}") for y in p)]
    every = [made for pair in pairs if (made := _moved(x, *_in_order(*pair)))]
    if yearly:  # a mean of the years between, the first perhaps counted too
        spans = [(made[0], abs(_year(made[0][1][0]) - _year(made[0][1][1]))) for made in every]
        every = [[(m[0] * Fraction(1, n + k), m[1]) for k in (0, 1)] for m, n in spans if n]
        others += [(y.bounds, [y]) for y in far if y.changed and y is not x and abs(x.n - y.n) < 3 and alike(x, y)]
    yield from judge("change", x, [made[0] for made in every], [*(m for made in every for m in made), *others], named)


def _spanned(x, pairs):
    """Return those of some pairs of figures that lie as many years apart as the words before a claim say: "sau hai năm"."""
    told, one = CUES["after_years"].findall(x.before.lower())[-1:], x.said("one_year", "about")
    years = 1 if one else next((int(n) if n.isdigit() else words_number(n) for n in told), None)
    fit = [(a, b) for a, b in pairs if years == abs(_year(a) - _year(b))]
    return fit if fit or one else pairs


def _called(x, ends):
    """Return the pairs of figures that a change can run between, of its sentence or those before; whether a time names them."""
    here, base = [y for y in ends if _here(x, y)], CUES["since"].match(x.tail) or CUES["since_came"].match(x.tail)
    base = base or (x.kind == "x" and CUES["times_of"].match(x.tail))
    ahead = [] if CUES["those_named"].match(x.tail) else here  # "mức giảm 38% này" is of the sentence before
    anchor = next(iter([y for y in here if y.start < x.start][-1:] or ahead), None)
    if anchor is None:
        return _named(x, ends)
    other = (on := CUES["on"].match(x.tail)) and own_words(on["what"].lower()) - content(anchor.clause)
    if (other or _strays(x, anchor)) and (anchor.start < x.start or own_words(x.clause, x.changed)):
        return ([], False) if anchor.start < x.start else _named(x, ends)
    rest = [y for y in ends if y is not anchor and heads(y, anchor) and -bool(base) <= x.n - y.n < (6 if base else 3)]
    row = [y for y in rest if y.n == x.n and (y.start < x.start or not CUES["next_claim"].search(x.gap(y)))]
    row = sorted([anchor, *row], key=lambda y: y.start)
    against = [(y, anchor) for y in row if y is not anchor and _here(x, y) and _against(x, y)]
    fromto = [(a, b) for a, b in combinations(row, 2) if _from_to(a, b) and _here(x, b) and _here(a, b)]
    if fromto := [(a, b) for a, b in fromto if not base or a.start > x.start]:
        return fromto[-1:], False
    if base:
        of = [y for y in rest if _of(base["time"].lower(), y, anchor)]
        after = [y for y in of if y.n > x.n or base["time"].lower() in x.gap(y).rpartition(";")[2].lower()]
        after = [y for y in after if ";" not in x.gap(y) or not any(_here(y, z) and z.start < y.start for z in rest)]
        of = [y for y in of if (y, anchor) in against or (_follows(anchor, y) if y.start < x.start else y in after)]
        return ([(y, anchor) for y in of], x.kind != "x") if of else (against, False)
    if against or len(row) > 1:
        a, b = (row * 2)[:2]
        told = len(row) == 2 and (a.said("against") or (_other_time(a, b) and _follows(b, a)))
        return against or [(a, b)] * bool(told), False
    before = [(y, anchor) for y in rest if _other_time(anchor, y) and _follows(anchor, y)]
    led_to = anchor.said("still") or (anchor.said("to") and x.said("grown_later", "before"))
    told = anchor.start < x.start or (led_to and all(y.n < x.n for y, _ in before))
    return before if len(before) == 1 and told else [], False


def _named(x, ends):
    """Return the pairs of earlier figures of which a claim names the subject, and perhaps the times; whether it names two times."""
    piece, lead = (CUES["speaker"].sub("", words) for words in (x.piece, x.lead.lower()))
    pieces = [piece, *(p for p in reversed(x.pieces) if not CUES["adverbial"].search(p))]
    own = [own_words(piece, x.changed), *(own_words(CUES["speaker"].sub("", p)) for p in x.pieces)]
    ours = x.kind == "c" and x.said("ours", "piece") and not any(own)
    pieces = [x.noun, *pieces] if ours else pieces  # "toàn tỉnh như vậy đã giảm 58 đơn vị sự nghiệp"
    subject = own_words(piece, x.changed) or own_words(x.word("on", "what", "tail"))
    subject = subject or next(filter(None, (own_words(p, x.changed) for p in pieces)), frozenset[str]())
    level = x.word("of_whom", "level", "about")
    times = {m[0].lower() for m in CUES["time"].finditer(x.about + re.split("[,;¶]", x.tail)[0])} - {"năm qua"}
    before, two = [y for y in ends if y.start < x.start and (x.kind != "b" or y.kind == "p")], len(times) > 1
    last, ends = [y for y in before if y.n == before[-1].n], [y for y in ends if y.n < x.n]
    last = before[-2:] if len(last) == 1 < len(before) and _follows(last[0], before[-2]) else last
    thin = len(subject) == 1 and x.kind in "pxo"  # a single word must be what is counted, of no part of it
    for far in (0, 300)[: 1 + two] if subject and not (thin and x.said("narrow", "before")) else ():
        named = {y: NAME.findall(y.whole) or NAME.findall(y.text[: y.start]) for y in ends}
        told = {y: f"{y.clause} {' '.join(named[y])} " for y in ends}
        told = {y: (told[y] + y.text[max(0, y.start - far) : y.start] * (far > 0)).lower() for y in ends}
        fit = [y for y in ends if len(subject - content(told[y])) <= len(subject) // 4 and level in y.whole.lower()]
        pairs = [(a, b) for a, b in combinations(ends, 2) if a in fit and heads(a, b) and _other_time(a, b)]
        pairs, every = [(a, b) for a, b in pairs if b in fit or _follows(b, a)], all if two else any if times else len
        pairs = [p for p in pairs if every([any(_of(t, *q) for t in times) for q in (p, p[::-1])])]
        if pairs:
            return pairs, two
    bare = not subject and x.unit and len(last) == 2 and x.n - last[1].n < 2 and heads(*last) and _other_time(*last)
    of = own_words(lead, x.changed) - content(" ".join(f"{y.clause} {y.before}" for y in last).lower())
    return [(last[0], last[1])] if bare and not of else [], False


def _in_order(a, b):
    """Return two figures with the earlier first."""
    before = b.said("against") or (_time(a) != _time(b) and re.search("trước|ngoái|cùng kỳ|^đầu", _time(b)))
    return (b, a) if (a.days > b.days if apart(a, b) else before) else (a, b)


def _follows(new, old):
    """Return whether a number may be a later figure of what another is a figure of."""
    pieces = [f"{new.piece} {new.noun}", *(p for p in reversed(new.pieces) if not CUES["adverbial"].search(p))]
    topic = next(filter(None, map(own_words, pieces)), set[str]()) - ({"người"} if old.plain == "persons" else set())
    told = content(f"{old.whole[: old.hit['end']]} {old.noun}".lower())
    times = apart(new, old) or (_time(old) != _time(new) and "" not in (_time(old), _time(new)))
    told |= topic if _here(new, old) and times else set()
    such = new.said("same_figure", "about") or new.said("same_figure", "tail")
    return bool(such) or len(topic - told) <= len(topic) // 4


def _of(time, y, later):
    """Return whether a number is of a time that is named, perhaps as the year before that of another."""
    year, years = re.search(r"\d{4}", time), {d.year for d in y.days if d}
    years = years or ({_year(y)} if y.said("that_time", "about") else years)
    if years and (year or (later.days[1] and re.fullmatch("năm .*(?:trước|ngoái)|cùng kỳ", time))):
        return years == {int(year[0]) if year else later.days[1].year - 1}
    came = CUES["arrived"].search(y.whole) and re.search(rf"\b{time}\b", y.whole.lower())  # the time that someone came
    return time in _time(y) or bool(came)


def _elsewhen(x, old, new):
    """Return whether an old figure is dated to another year than the one that a change names."""
    time = x.word("since", "time", "tail") if old.days[0] and not _from_to(old, new) else ""
    known = re.search(r"\d{4}" + "|(?:trước|ngoái|kỳ)$" * bool(new.days[1]), time)
    return bool(known) and not _of(time, old, new)


def _moved(x, old, new):
    """Return what a change from one number to another may be."""
    words, hundred = x.changed, 100 if x.kind == "p" else 1
    down = CUES["down"].search((words[0] if words else "") + x.printed)
    a, b = _near(old), _near(new)
    gain = a - b if down else b - a
    made = [b / a if old.value <= new.value else a / b] if x.kind == "x" else []
    if x.kind in "po" and not (words and old.kind == "p"):
        made = [(gain if words else b) * hundred / a]
    made += [gain, gain * 100 / a] if old.kind == x.kind == "p" else [gain] if x.kind in "bcms" else []
    return [(m, [old, new]) for m in made]


def _near(y):
    """Return what a figure stands for, where "more than 2,900" is no more than a unit of its last figure or 15 % above."""
    step = max(y.value * Fraction(3, 20), 10 ** len(re.findall("0*$", str(int(y.value)))[0]))
    return Bounds(y.value, y.value + step) if y.hit["value_qualifier"] == "more_than" else y.bounds


def _from_to(a, b):
    """Return whether the words say "from a to b"."""
    return a.n == b.n and bool((a.said("from") or a.said("from", "about")) and b.said("to"))


def _against(x, old):
    """Return whether a number is what another is compared with: "tăng 5 % so với 40"."""
    gap = x.gap(old)
    led = CUES["base"].search(gap) or (x.kind == "x" and re.fullmatch(r"(?: mức| con số)? ", gap))
    return x.n == old.n and x.start < old.start and led and not CUES["clause_end"].search(gap)


def ways(found: list[Number]) -> Iterator[Reading]:
    """Yield what is wrong with figures that are said to rise or to fall to a number, against the one before, of another time."""
    for i, x in enumerate(found):
        down, last = x.said("fallen"), [y for y in found[max(0, i - 9) : i] if y.n == x.n and y.kind == x.kind][-1:]
        for y in last if x.kind in "cmpsrz" and x.unit and (down or x.said("risen")) else ():
            one = y.unit == x.unit and (x.kind == "m" or re.findall(r"[^\W\d]+|%|$", y.printed)[0] in x.printed)
            less, more = (x, y) if bool(down) is not (x.kind == "r") else (y, x)
            moved = _from_to(y, x) or (_other_time(x, y) and _follows(x, y))
            if one and moved and less.bounds.low >= more.bounds.high:
                yield Reading("change", x, f"{'<' if down else '>'} {y.printed}", False, [y])


def _ranks(x, far):
    """Check places gained or lost against the two ranks that are named."""
    bare = x.hit["unit"] == "unread" and re.match(r" ?(?:bậc|places)\b", x.tail)
    if not (x.kind == "g" or bare) or x.said("than_another") or x.said("a_year", "about"):
        return
    named, alone = [y for y in far if y.kind == "r"], [y for y in far if y.n == x.n and y.kind == "g"] == [x]
    before = [y for y in named if x.n - 8 < y.n <= x.n and y.start < x.start]
    here, after = [y for y in before if _here(x, y)], [y for y in named if y.start > x.start and _here(x, y)]
    close, last = [y for y in before if x.n - y.n < 3], [y for y in before if y.n == before[-1].n]
    its = [y for y in before if {*NAME.findall(y.before)} & {*NAME.findall(before[-1].before)}]
    base = x.word("since", "time", "tail") if here else ""
    lead = CUES["speaker"].sub("", re.split("[,;]", x.lead)[-1])
    own = set(NAME.findall(lead + (CUES["on"].match(x.tail) or [""])[0]))
    then = [y for y in named if base and y is not here[-1] and -3 < x.n - y.n < 8 and _same_name(y, here[-1])]
    based = after and (CUES["base"].search(x.gap(after[0])) or (len(after) == 1 and after[0].said("from")))
    went = after and (after[0].said("to") or (alone and CUES["moved_to"].fullmatch(x.gap(after[0]))))
    if then or (here and based):
        pairs = [(y, here[-1]) for y in then or after[:1]]
    elif len(after) > 1 and (after[0].said("from") or (not here and "(" in x.gap(after[0]))):
        pairs = [(after[0], after[1])]
    elif went and len(here) == 1:  # "đang ở vị trí thứ 18, tụt chín bậc, xuống thứ 27"
        pairs = [(here[0], after[0])]
    elif here:
        pairs = [tuple(y for y in (here if here[1:] else close) if _same_name(y, close[-1]))[-2:]]
    elif not before:
        ahead = combinations([y for y in named if y.n - x.n < 5 * (x.n == 0) + 2], 2)
        pairs = [(y, z) for y, z in ahead if y is named[0] and (_year(y) != _year(z) or "trước" in _time(z))][:1]
        pairs = [tuple(sorted(_in_order(*pair), key=lambda y: _year(y) or 9999)) for pair in pairs]
    elif len(last) == 2 and x.n - last[1].n < 2 and _other_time(*last):
        pairs = [tuple(last)]
    elif len(its) == 2 and x.n - its[1].n < 2 and _year(its[0]) != _year(its[1]):
        pairs = [tuple(sorted(its, key=_year))]
    else:
        pairs = [pair for pair in combinations(before, 2) if apart(*pair) and pair[1].n - pair[0].n < 3 + bool(own)]
    old = [y for y in before if (led := CUES["counted_from"].search(x.before)) and str(_year(y)) == led["year"]]
    pairs = [(old[0], max(before, key=_year))] if len(old) == 1 and _same_name(old[0], before[0]) else pairs
    pairs = [pair if pair[0].start > x.start else _in_order(*pair) for pair in pairs if len(pair) == 2]
    pairs = [p for p in pairs if len({i.upper() for y in p for i in CUES["index"].findall(y.before)[-1:]}) < 2]
    of = [(set(NAME.findall(f"{x.before[: -len(x.lead)]}¶{old.before}¶{new.before}")), old, new) for old, new in pairs]
    pairs = [(old, new) for names, old, new in of if old.start > x.start or not (own and names) or own & names]
    sign, meant, loose = (-1 if x.hit["unit"] == "places_lost" else 1), list[Any](), list[Any]()
    for old, new in [pair for pair in pairs if not _elsewhen(x, *pair)]:
        sure = x.kind == "g" and (old.start > x.start or apart(old, new) or _from_to(old, new))
        others = [y for y in named if _same_name(new, y) and (y.n == x.n or (old.n < x.n and x.n - 3 < y.n <= x.n))]
        others = [] if then else [(a, b) for a, b in permutations(others, 2) if not sure or {a, b} != {old, new}]
        meant.append(((old.bounds - new.bounds) * sign, [old, new]))
        loose += [(a.bounds - b.bounds, [a, b]) for a, b in others]
    yield from judge("rank", x, meant, loose)


def _same_name(a, b):
    """Return whether two numbers stand after a proper name in common, as far as names stand there."""
    one, other = (set(NAME.findall(f";{y.lead.rpartition(';')[2]}")) or set(NAME.findall(y.before)) for y in (a, b))
    return not (one and other) or bool(one & other)


# --- rests, sums, targets


def _rests(x, far):
    """Check what is left against the whole and the parts named before: any whole less any parts after it may be meant."""
    left = (x.said("left", "about") and not x.said("left_thing", "about")) or x.said("left_after", "tail")
    of_last = x.lead != x.before and re.match(r" còn lại (?:gồm|có|là)\b", x.lead)  # "bảy người còn lại gồm 4"
    left = left and not of_last
    left = left or (x.kind != "p" and x.said("still") and x.said("not_yet", "tail"))
    told = x.text[max(0, x.start - 400) : x.start - len(x.about)].lower()
    left = left or (x.said("others", "about") and own_words(x.word("others", "what", "about")) <= content(told))
    short = [y for y in far if y.n == x.n and y.start <= x.start and y.said("lacking")]  # a list of what is lacking
    if x.kind not in "cmp" or x.hit["value_qualifier"] != "exact" or x.changed or not left or len(short) > 1:
        return
    before = [y for y in far if x.n - y.n < 15 and y.start < x.start and y.kind in "cfmp" and heads(x, y)]
    if x.said("too_many", "tail") or x.said("left_over"):  # "từ 187 người rút xuống 124; 73 người dôi dư"
        before = next(([a, b] for a, b in pairwise(before) if b.n == x.n and _from_to(a, b)), [])
    whole = [(_size(b) - b.bounds, [b]) for b in before if b.kind == "f"]
    named = [y for y in before if same(x, y) and x.hit["unit"] == "unread"]
    before = named if len(named) > 1 else before
    if x.kind == "p":
        made = [(total_of(before[i:]) * -1 + 100, before[i:]) for i in range(len(before)) if before[i].n == x.n]
    else:
        made = [m for m in whole if m[1][0] in before]
        runs = [(b, before[j:]) for i, b in enumerate(before) for j in range(i + 1, len(before))]
        runs += [(b, [a]) for a, b in permutations(before, 2) if b.value > a.value]
        made += [(b.bounds - total_of(run), [b, *run]) for b, run in runs]
        totals = [(b, a) for b, a in permutations(before, 2) if b.kind == "f" and a.kind != "f"]
        # "143/165 trạm ...; có bác sĩ là 152; 13 trạm còn lại"
        made += [(_size(b) - a.bounds, [b, a]) for b, a in totals]
    later = [y for y in far if y.n == x.n and y.kind == "f" and y.start > x.start and heads(x, y)][:1]
    # "7 xã chưa có, vì việc này mới xong ở 16/21 xã": what follows must speak of the same
    ons, own = [(y, CUES["goes_on"].match(x.gap(y))) for y in later if x.said("still")], content(x.tail.split(",")[0])
    made = [(_size(y) - y.bounds, [y]) for y, on in ons if on and content((on["what"] or "").lower()) <= own] + made
    near = [m for m in made if m not in whole or m[1] == before[-1:]]
    fit = [m for m in near if m[0].high >= 0 and _slip(x, m[0], [y for y in m[1] if same(x, y)])]
    yield from judge("sum", x, fit[:1], made)


def _sums(x, far):
    """Check a total against the list that is said to make it, of numbers before it."""
    told = (x.said("in_all", "about") or x.said("together", "before")) and not x.said("others", "about")
    told = told and not x.said("formerly", "about") and (x.said("graded", "before") or not x.said("inside", "before"))
    before = [y for y in far if y.start < x.start]
    if told and x.said("brings_to", "about"):  # not of all those before
        there = [y for y in before if -1 < x.n - y.n < 3 and alike(x, y)]
        led = any(y.said("brings_to", "about") or (y.said("holds") and y.n < x.n) for y in there)
        told = not led and not any(y.said("one_more") for y in there)
    elif not told and x.said("to") and x.said("merging", "before"):  # "xã A (6.240 người), B (5.815 người)"
        ones = [y for y in before if y.n == x.n and same(x, y)]
        told = ones[1:] and all(y.lead.endswith("(") for y in ones)
    listed = re.fullmatch(r"\W*[^:;,.]{,40}: ?", x.before)  # a row of a list, which is read as a table
    way = x.changed and x.changed[0].split()[0].lower()  # "giảm 5 xã, ... giảm 4 xã, ... cộng chung giảm 9 xã"

    def fits(y):
        return bool(y.changed) and y.changed[0].lower().startswith(way) if way else _usable(y)

    if told and not listed and x.hit["value_qualifier"] == "exact" and fits(x):
        row = [y for y in before if x.n - y.n < 3 and fits(y) and heads(x, y)]
        any_unit = x.hit["unit"] == "units" or not x.unit
        row = [y for y in row if any_unit or same(x, y) or CUES["any_case"].search(y.printed)]
        row = [y for y in row if not any(y.said(cue, "about") for cue in ("within", "in_all", "each_one"))]
        at, there = x.hit["place"], [y.hit["place"] for y in row]
        each = at in there and len({*there}) == len(row)  # "huyện A 5, huyện B 4, cộng 9"
        row = [y for y in row if each or y.hit["place_level"] != x.hit["place_level"] or y.hit["place"] == at]
        row = [y for y in row if len(row) in (4, 12) or not re.match("tháng|quý", _time(y))]
        row = row if x.value not in [y.value for y in row] else []  # that figure again
        made = row[2:] and 0 in total_of(row[1:]) - row[0].bounds and CUES["exhaustive"].search(row[0].gap(row[1]))
        row = [] if made else row  # a whole of another kind with its own parts
        if whole := CUES["whole_of"].search(x.about):
            subject, told = content(whole["what"]), content(" ".join({y.whole.lower(): "" for y in row}))
            ends = any(map(apart, row, row[1:])) and not whole["times"]  # "tổng vốn đăng ký" after a rise of another
            row = row if len(subject - told) <= len(subject) / 2 * (not ends) else []
        row = row if len(row) == 2 and x.unit and x.n > row[1].n else [y for y in row if y.n == row[-1].n]
        row = row if total_of(row).low <= x.value or not x.twofold() else []
        runs = [(total_of(row[i:j]), row[i:j]) for i, j in combinations(range(len(row) + 1), 2) if j - i > 1]
        yield from judge("sum", x, [run for run in runs if run[1] == row], runs)


def _added(x, far):
    """Check what there are after some came to those before, or some were made of more: "8 ...; thêm 7, lên 15", "12 xã; nhập 5 xã thành 2, còn 9"."""
    raised, left = x.said("brings_to", "about"), x.said("still")
    row = [y for y in far if (raised or left) and x.n - y.n < 3 and y.start < x.start and alike(x, y)]
    for i, base in enumerate(row):
        used, rest = row[i:], row[i + 1 :]
        if raised and rest and all(y.said("one_more") for y in rest):
            years = {_year(y) for y in used} - {0}
            near = max(years, default=0) - min(years, default=0) < 2 or x.said("over_all", "about")
            if near and (base.said("brings_to", "about") or (i == 0 and not (base.changed or base.said("one_more")))):
                yield from judge("sum", x, [(total_of(used), used)], [], True)
        joined = len(rest) == 2 and rest[0].said("to_merge") and CUES["merged_into"].fullmatch(rest[0].gap(rest[1]))
        if joined and left and base.said("holds"):
            yield from judge("sum", x, [(base.bounds - rest[0].bounds + rest[1].bounds, used)], [], True)


def _targets(x, far):
    """Check a share of what was aimed at against the result beside it, or named before, and the aim."""
    past = x.kind in "pq" and x.said("past_aim")  # "vượt dự toán 12%"
    if not (x.kind == "q" or past or (x.kind == "p" and (x.said("of_aim", "tail") or x.said("aim_done")))):
        return
    figures = [y for y in far if y.kind in "cfm" and 0 not in y.bounds and (-1 < x.n - y.n < 8 or _aimed_after(x, y))]
    aims = [y for y in figures if (_goal(y) if y.start < x.start else _aimed_after(x, y))]
    done = [y for y in figures if y not in aims and y.start < x.start and not y.said("against")]
    done = [y for y in done if not (y.said("among_them", "about") and x.said("aim_done"))]
    beside = [y for y in done if y.n == x.n and ";" not in y.gap(x)][-1:]
    next_ = [y for y in aims if y.start > x.start and not re.search(r"[,;¶]|\d ?%", x.gap(y))][:1]
    spare = {"hoàn", "thành", *content((x.said("aim_done") or [""])[0])}
    if beside and (_limits(x, beside[0].gap(x)) or (not next_ and _strays(x, beside[0]) - spare)):
        return
    aims = next_ or [y for y in aims if _here(x, y)] or aims
    pairs = [(a, b) for a in beside or done for b in aims if heads(a, b)]
    if not beside and pairs:
        such, years = x.said("same_figure", "about") or x.said("so", "about"), _YEAR.findall(x.before.lower())[-1:]
        own, most = own_words(x.piece if such else CUES["aim_name"].sub(" ", x.about)), bool(such) / 2
        pairs = [(a, b) for a, b in pairs if years in ([], [str(_year(a))]) and _time(x) in ("", _time(a))]
        pairs = [(a, b) for a, b in pairs if len(own - content(f"{a.clause} {b.clause}")) <= len(own) * most]
        names = {b: " ".join(b.printed.split()[1:] or b.noun.split()[:1]).lower() for _, b in pairs}
        pairs = [(a, b) for a, b in pairs if names[b] in x.before.lower()] or pairs
    noun = {y: y.printed.split()[1:] for p in pairs for y in p}
    equal = [(a, b) for a, b in pairs if noun[a] == noun[b] != ["người"]]
    shared = {(a, b): len(own_words(f"{a.piece} {a.noun}") & content(b.clause)) for a, b in pairs}
    pairs = equal or [p for p in pairs if shared[p] == max(shared.values())]
    if timed := CUES["aim_time"].match(x.tail):
        times = {b: set(re.findall("tháng|quý|năm|nhiệm kỳ|giai đoạn|đợt", b.before.lower())) for _, b in pairs}
        pairs = [(a, b) for a, b in pairs if a.n == b.n or not times[b] or timed["time"].lower() in times[b]]
    if named := CUES["aim_name"].search(f"{x.about}{x.printed}{x.tail}".lower()):
        pairs = [(a, b) for a, b in pairs if set(named["by"].split()) <= set(b.clause.split())]
    whole, sign = (100, -1 if CUES["down"].search(str(x.changed[0])) else 1) if x.changed else (100 * bool(past), 1)
    every = [(a, b) for a, b in permutations(figures, 2) if heads(a, b) and (a in beside or not beside)]
    meant, loose = ([((a.bounds * 100 / _aim(b) - whole) * sign, [a, b]) for a, b in some] for some in (pairs, every))
    rows = [[y for y in done[i:] if alike(y, b) and y.n == done[-1].n] for b in aims for i in range(len(done) - 1)]
    loose += [((total_of(row) * 100 / _aim(b) - whole) * sign, [*row, b]) for b in aims for row in rows if row[1:]]
    yield from judge("attainment", x, meant, loose, bool(beside))
    exact = {y.hit["value_qualifier"] for y in [x, *beside]} == {"exact"} and not (pairs or whole or x.value == 0)
    for y in (y for y in beside if exact and y.kind == "c" and y.unit in ("persons", "turns") and not _strays(x, y, 0)):
        made = y.bounds * 100 / x.bounds  # the aim, which is a whole number
        if made.high - made.low > 9:
            continue  # it says nothing: some whole number is near
        aims = made.whole()[:1] or [int(made.low), int(made.low) + 1]
        shares = [f"{float(y.value * 100 / aim):.2f} ({y.value}/{aim})" for aim in aims if aim]
        yield Reading("attainment", x, " | ".join(shares), bool(made.whole()), beside)


def _aimed_after(x, y):
    *before, piece = re.split("[,;]", x.gap(y))
    next_ = y.n == x.n + 1 and CUES["aimed"].match(y.whole) and y.before == y.lead and y.hit["unit"] != "unread"
    here = y.n == x.n and not y.changed and CUES["aside"].fullmatch(piece)
    return next_ or (here and (not before or CUES["aimed"].search(piece)))


def _aim(y):
    return Bounds.exact(y.value) if y.hit["value_qualifier"] == "at_least" else y.bounds


def _goal(y):
    """Return whether a number is what is aimed at, in all: no word of a result stands between it and a word of aims."""
    before = CUES["compared_first"].sub("", y.before)
    aimed, reached = (max((m.end() for m in CUES[cue].finditer(before)), default=0) for cue in ("aimed", "reached"))
    aimed_ = aimed > reached or CUES["aimed_at"].match(y.whole[y.hit["end"] :])
    return bool(aimed_) and not (y.said("a_year", "about") or y.said("each_one", "about"))


def _off_the_aim(x, far, way):
    """Check by how much what was reached is above or short of what was aimed at: "vượt 4 xã so với chỉ tiêu 28 xã, đã lên tới 32"."""
    there = [y for y in far if -2 < x.n - y.n < 3 and y.kind == x.kind and same(x, y) and y is not x]
    there = list(takewhile(lambda y: not y.said("among_them", "about"), there))
    aims = [y for y in there if CUES["aim_word"].search(y.lead) or _goal(y)]
    if len(there) == 2 and len(aims) == 1 and not (x.said("within", "before") or x.said("past", "before")):
        aim, reached = sorted(there, key=lambda y: y not in aims)
        made = (reached.bounds - aim.bounds) * (-1 if CUES["short_of"].search(way[0]) else 1)
        if (holds := 0 in made - x.value or 0 in made - x.bounds) or _slip(x, made, there):
            yield Reading("attainment", x, made, holds, [aim, reached])


def _told_after(x, far):
    """Check a share of all against counts named after it: "60% số xã ... Việc này đã xong ở 11/19 xã", "60% của 20 xã, tức 12"."""
    if x.kind not in "po" or x.changed or x.said("goal", "about") or x.hit["kind"] == "target":
        return
    scale = 1 if x.kind == "o" else 100
    beside = [y for y in far if y.n == x.n and y.start > x.start and y.kind == "c" and y.bounds.low > 0]
    if len(beside) > 1 and CUES["of_these"].fullmatch(x.gap(beside[0])) and beside[1].said("or_these"):
        yield from judge("share", x, [(beside[1].bounds * scale / beside[0].bounds, beside[:2])], [], True)
    here, after = ([y for y in far if y.n == n and y.kind in "cf" and y.bounds.low > 0] for n in (x.n, x.n + 1))
    first, inside = next(iter(after), None), len(here) == 1 and here[0].said("whole")
    if not first or first.said("there", "about") or not (inside or CUES["of_all"].search(x.printed + x.tail)):
        return
    such = CUES["such"].search(first.before) or first.said("such_ones", "tail")
    pairs = [(first, [first])] if not here and first.kind == "f" and content(first.printed) & content(x.noun) else []
    words = "" if such else first.piece, re.split("[,;.¶]", first.tail)[0].lower()
    pairs = [] if own_words(" ".join(words)) - content(x.whole.lower()) else pairs
    if inside and heads(first, here[0]) and such and not content(first.noun) - content(first.printed.lower()):
        pairs = [(first, here)]
    made = [(a.bounds * scale / _size(b[0]), [a, *b][: 1 + (a is not b[0])]) for a, b in pairs]
    yield from judge("share", x, made, [], True)


def _alone(x, far):
    """Check a claim that only two figures can be meant by: no others of their unit stand in its sentence and the one before."""
    if x.kind in "cm" and (way := CUES["off_the_aim"].search(f"{x.lead.lower()}|{x.tail.lower()}")):
        yield from _off_the_aim(x, far, way)
        return
    if any(x.said(cue, "about") for cue in ("goal", "a_year", "among_them", "nation")) or x.said("than_another"):
        return
    yield from _told_after(x, far)
    near = [y for y in far if -1 < x.n - y.n < 2 and y is not x and not y.changed]
    after = [y for y in near if y.start > x.start and y.kind == "c"][:2]
    aim = x.kind == "q" or x.said("of_aim", "tail")
    named = aim and len(after) == 2 and CUES["specified"].search(x.gap(after[0]))
    if named and CUES["base"].search(after[0].gap(after[1])):
        yield from judge("attainment", x, [(after[0].bounds * 100 / after[1].bounds, after)], [], True)
        return
    kinds = {"g": "r", "b": "p"}.get(x.kind, "cms")
    compared = x.kind != "g" and not re.match(r" ?(?:$|[,.;:)¶])", x.tail)  # what it is of, or compared with, is said
    if compared and not aim:
        return
    ends = [y for y in near if y.kind in kinds]
    ends = [y for y in ends if y.start < x.start or (x.kind == "g" and (y.said("to") or ":" in x.tail))]
    ends = [y for y in ends if not (y.said("among_them", "about") or y.said("each_one") or y.bounds.low <= 0)]
    units = [y.plain for y in ends]
    ends = [y for y in ends if units.count(y.plain) > 1]
    if len(ends) != 2 or ends[0].plain != ends[1].plain:
        return
    a, b = ends
    apart_ = _other_time(a, b) or b.said("same_figure", "about") or b.said("to")
    if a.hit["place"] != b.hit["place"] or not heads(a, b) or (not aim and not apart_) or b.n != x.n:
        return
    indices = {name.upper() for y in (a, b) for name in CUES["index"].findall(y.before)[-1:]}
    rule, made, others, less = "change", list[Any](), list[Any](), 100 if x.changed else 0
    if x.kind == "g" and len(indices) < 2:
        rule, made = "rank", [((a.bounds - b.bounds) * (-1 if x.hit["unit"] == "places_lost" else 1), [a, b])]
    elif aim and CUES["aim_word"].search(a.before):
        rule, made = "attainment", [(b.bounds * 100 / _aim(a) - less, [b, a])]
        others = [(a.bounds * 100 / b.bounds - less, [a, b])]
    elif not aim and (x.changed or x.kind == "x") and _follows(b, a) and not (_strays(x, b) or _elsewhen(x, a, b)):
        made, others = _moved(x, a, b)[:1], [*_moved(x, a, b)[1:], *_moved(x, b, a)]
    # also the other way: "tụt 6 bậc" from 29th to 23rd
    likely = [m for m in made if _slip(x, m[0]) or 0 in m[0] - x.bounds or (rule == "rank" and 0 in m[0] + x.bounds)]
    yield from judge(rule, x, likely, others)


def derived(figures: list[Number]) -> Iterator[Reading]:
    """
    Read the claims of an article.

    Parameters
    ----------
    figures : list of Number
        The numbers of its sentences, in order.

    Yields
    ------
    Reading
    """
    for i, x in enumerate(figures):
        far = figures[max(0, i - 60) : i + 60]
        claims = (_shares, _averages, _changes, _ranks, _rests, _sums, _added, _targets)
        yield from [made for claim in claims for made in claim(x, far)] or _alone(x, far)
