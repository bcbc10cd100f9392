"""A second, general reading of claims: a number that words call a share, a change, a rest, ... against the numbers named nearest before it.

A claim holds as soon as any numbers nearby make it. It is a contradiction only where one pair (or list) alone can be meant: of its unit, of its words,
and near enough to what is printed to be a slip of it.
"""

import re
from collections.abc import Iterator
from itertools import combinations, permutations

from helpers.record.ledger import Bounds
from articles.arithmetic import _CUES, Number, Reading, _against, _alike, _apart, _is_whole, _led, _over_all, _total, _words



def _clean(x):
    """Return whether a number is one that claims are made from: neither a change nor a bound."""
    year = x.hit["unit"] == "unread" and (re.fullmatch(r"(?:19|20)\d\d", x.printed) or re.match(r" (?:years|months)\b", x.tail))
    return not changed(x) and not year and x.hit["value_qualifier"] not in ("at_least", "at_most") and x.value > 0


def changed(x):
    """Return the words that make a number a change: before it, or after it."""
    return x.grew or (not x.said("level") and (x.said("changed") or x.said("changed_after", "tail"))) or None


def _aim(y):
    return bool(y.said("goal", "about"))


def _unit(x):
    """Return what a number counts: the unit of the reader, else the first word after it."""
    if x.hit["unit"] != "unread":
        return x.hit["unit"]
    word = re.match(r" ?([^\W\d_]+)", x.tail)
    return word[1].lower() if word and _words(word[1].lower()) and not _CUES["verb"].match(word[1]) else ""


def like(x, y):
    """Return whether two numbers are of one unit, as far as their words tell."""
    one, other = _unit(x), _unit(y)
    if one == other or _led(x, y):
        return True
    named = [(z, w) for z, w in ((x, other), (y, one)) if w and {x.hit["unit"], y.hit["unit"]} != {w} and z.hit["unit"] != "unread"]
    bare = [z for z, w in ((x, one), (y, other)) if z.hit["unit"] == "unread" and w]
    if bare:
        return bool(named) and {x.hit["unit"], y.hit["unit"]} & {"units"} != set() or any(z.printed.split()[1:2] == [w] for z, w in named)
    return _alike(x, y)


def _slip(x, made):
    """Return whether what numbers make is near enough to what is printed for them to be meant."""
    return any(2 * abs(end - x.value) <= max(abs(end), abs(x.value)) for end in (made.low, made.high))


def judge(rule, x, meant, others, sure=False):
    """Yield the reading of a claim: it holds if any numbers make it, else it is wrong if just one list of numbers can be meant."""
    others = [(made, used) for made, used in others if sure or x.hit["value_qualifier"] == "exact" or _slip(x, made)]
    for made, used in [*meant, *others]:
        if 0 in made - x.bounds:
            yield Reading(rule, x, made, True, used)
            return
    lists = {tuple(y.value for y in used): (made, used) for made, used in meant}
    if len(lists) > 1:
        lists = {values: (made, used) for values, (made, used) in lists.items() if _slip(x, made)}
    if len(lists) == 1:
        ((made, used),) = lists.values()
        if sure or all(y.n == x.n for y in used) or _slip(x, made):
            yield Reading(rule, x, made, False, used)


def _time(y):
    """Return the time that a number is of: its own date, and the words of time that stand last before it."""
    found = _CUES["time"].findall(y.before)
    return (found[-1].lower() if found else ""), y.days


def _other_time(a, b):
    return _apart(a, b) or (_time(a)[0] != _time(b)[0])


def _here(x, y):
    """Return whether no end of a clause parts two numbers."""
    return x.n == y.n and not re.search(r"[;¶]", x.gap(y))


# --- shares


def shares(x: Number, near: list[Number], far: list[Number]) -> Iterator[Reading]:
    """Check a share against the count that it stands beside and the whole that is named with it."""
    if x.kind not in "poq" or changed(x) or (_aim(x) and not x.lead.endswith("(")) or x.kind == "q":
        return
    counts = [y for y in far if 0 <= x.n - y.n < 3 and y.kind in "cfm" and _clean(y) and not _aim(y)]
    if x.said("over_all", "before"):
        made = _over_all(x, far)
        yield from judge("share", x, made[:1], made[1:])
    part = beside(x, near)
    if x.said("same_figure", "about") and not [y for y in counts if y.n == x.n and not y.said("whole")]:
        part = next((y for y in reversed(counts) if y.n == x.n - 1), None)
    if not part:
        return
    scale = 1 if x.kind == "o" else 100
    if part.kind == "f":
        meant = [(part.bounds * scale / part.hit["total"], [part])]
        loose = [(y.bounds * scale / y.hit["total"], [y]) for y in near if y.kind == "f" and y.n == x.n]
        yield from judge("share", x, meant, loose)
        return
    wholes = [b for b in counts if b is not part and _size(b).high > part.value and like(part, b) and (b.start < x.start or (_here(x, b) and b.said("whole")))]
    wholes = [b for b in wholes if not _apart(b, part)] or wholes
    loose = [(a.bounds * scale / b.bounds, [a, b]) for a, b in permutations(counts, 2) if a.n == x.n and a.value <= b.value]
    loose += [(part.bounds * scale / _size(b), [part, b]) for b in far if b.kind in "cfm" and b.n <= x.n and b is not part and b.value >= part.value and like(part, b) and _clean(b) and (_unit(b) or b.n == x.n)]
    loose += [(y.bounds * scale / y.hit["total"], [y]) for y in near if y.kind == "f" and y.n == x.n]
    siblings = [(y, beside(y, near)) for y in near if y is not x and y.kind == x.kind]
    siblings = [(y, a) for y, a in siblings if a and a is not part and a.kind != "f" and like(a, part)]
    parts = {id(a) for _, a in siblings}
    agreed = [b for b in wholes if any(0 in a.bounds * scale / _size(b) - y.bounds for y, a in siblings)]
    called = [b for b in wholes if _is_whole(b, part)]
    wholes = [b for b in called if b.n == x.n][-1:] or agreed or called[-1:] or [b for b in wholes if id(b) not in parts and not b.said("trait", "noun")]
    yield from judge("share", x, [(part.bounds * scale / _size(b), [part, b]) for b in wholes], loose)


def _size(whole):
    return Bounds.exact(whole.hit["total"]) if whole.kind == "f" else whole.bounds


def beside(x, near):
    """Return the count that a share stands beside."""
    row = [y for y in near if y.n == x.n and y is not x and y.kind not in "dywin"]
    before, after = [y for y in row if y.start < x.start], [y for y in row if y.start > x.start][:1]
    if after and after[0].kind in "cfm" and _CUES["in_brackets"].search(x.gap(after[0])) and not _CUES["other_share"].search(x.gap(after[0])):
        return after[0]
    if not before:
        return None
    run = [y for y in row if y.kind == x.kind] + [x]
    run = sorted(run, key=lambda y: y.start)
    parts = [y for y in before if y.kind in "cfm" and y.start < run[0].start]
    if 1 < len(run) <= len(parts) and parts[-1] is max((y for y in row if y.kind in "cfm"), key=lambda y: y.start):
        told = run[0].gap(parts[-1]) + run[-1].tail + "|" + run[0].gap(run[1])
        if _CUES["respectively"].search(told):
            return parts[-len(run) :][run.index(x)]
    gap, plain = x.gap(before[-1]), re.match(r"\W*(?:$| of| tổng| trong)", x.tail)
    link = x.said("makes") or re.search(r"\($|\b(?:hay|or|tức)\W*$", gap) or ("," in gap and (x.said("link") or plain))
    if before[-1].kind not in "cfm" or re.search(r"[;¶]", gap) or len(gap) > 90 or not link or _subject(x, before[-1]):
        return None
    return before[-2] if before[1:] and before[-1].said("whole") and before[-2].kind in "cm" else before[-1]


# --- changes


def changes(x: Number, near: list[Number], far: list[Number]) -> Iterator[Reading]:
    """Check a change in percent, units or times against the two figures that it runs between."""
    ratio = x.kind in "po" and x.said("ratio") and _CUES["since"].match(x.tail)
    if x.kind not in "pbcmsxo" or not (changed(x) or x.kind == "x" or ratio) or x.said("a_year", "about") or _aim(x):
        return
    ends = [y for y in far if -2 < x.n - y.n < 6 and y is not x and y.kind in "cfmps" and _clean(y) and not _aim(y)]
    ends = [y for y in ends if (like(x, y) if x.kind in "cms" else x.kind != "b" or y.kind in "ps")]
    pairs, named = called(x, [y for y in ends if y.start < x.start or y.n == x.n or x.kind == "x" or x.said("since", "tail")])
    within = all(_here(x, y) for pair in pairs for y in pair)
    wide = [] if named else [y for y in ends if _here(x, y) or not within]
    others = [m for a, b in permutations(wide, 2) if abs(a.n - b.n) < 3 and like(a, b) for m in moved(a, b, x)]
    every = [list(moved(*_in_order(*pair), x)) for pair in pairs]
    yield from judge("change", x, [made[0] for made in every if made], [*(m for made in every for m in made), *others], named)


def called(x, ends):
    """Return the pairs of figures that a change can run between, of its sentence or of those before; whether a time names them."""
    here = [y for y in ends if _here(x, y)]
    anchor = ([y for y in here if y.start < x.start][-1:] or here[:1] or [None])[0]
    base = _CUES["since"].match(x.tail)
    if anchor is None:
        after = [y for y in ends if y.n == x.n + 1]
        return (list(permutations(after, 2))[:1], False) if x.kind == "x" and len(after) == 2 else _named(x, ends)
    if anchor.start < x.start and _subject(x, anchor):
        return [], False
    rest = [y for y in ends if y is not anchor and like(y, anchor) and x.n - y.n < 3]
    same = [y for y in rest if y.n == x.n]
    rest = [y for y in rest if y.n <= x.n or base]
    against = [(y, anchor) for y in same if _here(x, y) and _against(x, y)]
    row = sorted([*same, anchor], key=lambda y: y.start)
    row = row[::-1] if len(row) == 2 and row[0].said("to") and row[1].said("from") else row
    if fromto := [(a, b) for a, b in combinations(row, 2) if _from_to(a, b) and _here(x, b) and (not base or a.start > x.start)]:
        return fromto[-1:], False
    if base:
        of = [y for y in rest if _of(base["time"].lower(), y, anchor) and ((y, anchor) in against or (y.start < x.start and _follows(anchor, y)) or (y.n > x.n and _follows(y, anchor)))]
        return ([(y, anchor) for y in of], True) if of else (against, False)
    if against:
        return against, False
    if len(same) == 1:
        return [(a, b) for a, b in [row] if _other_time(a, b) and _follows(b, a)], False
    before = [y for y in rest if y.n < x.n and _other_time(anchor, y) and _follows(anchor, y)]
    return ([(y, anchor) for y in before] if not same and anchor.start < x.start and len(before) == 1 else []), False


def _in_order(a, b):
    """Return two figures with the earlier first."""
    first, then = _time(a)[0], _time(b)[0]
    parts = first[:1] == "c" and then[:1] in "đg" and then[:1] and first.split()[1:] == then.split()[1:]
    return (b, a) if (a.days > b.days if _apart(a, b) else parts or ("trước" in then and a.n != b.n)) else (a, b)


def _follows(new, old):
    """Return whether a number may be a later figure of what another is a figure of."""
    if new.said("same_figure", "about"):
        return True
    pieces = [f"{new.piece} {new.noun}", *(p for p in reversed(new.pieces) if not _CUES["adverbial"].search(p))]
    topic = next(filter(None, (_words(_CUES["time"].sub(" ", p).lower()) for p in pieces)), set())
    told = _words(f"{old.whole[: old.hit['end']]} {old.noun}".lower())
    return len(topic - told) <= len(topic) // 4


def _subject(x, y):
    """Return the words that say what a claim is of, if it has words of its own since the number before: not said of that number."""
    own = re.split(r"[,;:(]|\b(?:và|and)\b", y.text[y.end : x.start])
    words = _words(_CUES["claim"].sub(" ", _CUES["time"].sub(" ", own[-1])).lower()) if own[1:] else set()
    words -= _words((changed(x) or [""])[0].lower())
    return words - _words(f"{y.whole[: y.hit['end']]} {y.noun}".lower())


def _named(x, ends):
    """Return the pairs of earlier figures of which a claim names the subject, and perhaps the times."""
    pieces = [x.piece, *(p for p in reversed(x.pieces) if not _CUES["adverbial"].search(p))]
    claim = _words((changed(x) or [""])[0].lower())
    subject = next(filter(None, (_words(_CUES["time"].sub(" ", p)) - claim for p in pieces)), set())
    times = {m[0].lower() for m in _CUES["time"].finditer(x.about + re.split("[,;¶]", x.tail)[0])}
    ends = [y for y in ends if y.n < x.n]
    for far in (0, 300) if len(subject) > (x.kind in "pxo") else ():
        told = {y: f"{y.clause} {y.text[max(0, y.start - far) : y.start] if far else ''}".lower() for y in ends}
        fit = [y for y in ends if len(subject - _words(told[y])) <= len(subject) // 4]
        pairs = [(a, b) for a, b in combinations(ends, 2) if a in fit and like(a, b) and _other_time(a, b)]
        pairs = [(a, b) for a, b in pairs if b in fit or _follows(b, a)]
        if len(pairs) > 1:
            told = " ".join(w for w in re.findall(r"\w+", x.piece.lower()) if w in subject)
            pairs = [p for p in pairs if all(told in " ".join(re.findall(r"\w+", y.clause)) for y in p)] or pairs
        if len(times) > 1:
            pairs = [(a, b) for a, b in pairs if all(any(_of(t, y, y) for t in times) for y in (a, b))]
        elif times:
            pairs = [(a, b) for a, b in pairs if any(_of(t, a, b) or _of(t, b, a) for t in times)]
        if pairs and (not far or len(times) > 1):
            return pairs, len(times) > 1
    return [], False


def _of(time, y, later):
    """Return whether a number is of a time that is named, perhaps as the year before that of another."""
    year = re.search(r"\d{4}", time)
    if year or re.fullmatch("năm (?:trước|ngoái)|cùng kỳ", time):
        years = {d.year for d in y.days if d}
        if later.days[1] or year:
            if years:
                return years == {int(year[0]) if year else later.days[1].year - 1}
            return time in _time(y)[0]
    return time in _time(y)[0]


def _down(x):
    words = changed(x)
    return bool(_CUES["down"].search((words[0] if words else "") + x.printed))


def moved(old, new, x):
    """Yield what a change from one number to another may be."""
    gain = new.bounds - old.bounds if not _down(x) else old.bounds - new.bounds
    if x.kind == "o" and changed(x) and 0 not in old.bounds:
        yield gain / old.bounds, [old, new]
    if x.kind in "xo" and 0 not in old.bounds:
        top, low = (old, new) if (old.value > new.value) == (x.kind == "x") else (new, old)
        yield top.bounds / low.bounds, [old, new]
    if x.kind == "p" and not changed(x) and 0 not in old.bounds:
        yield new.bounds * 100 / old.bounds, [old, new]
    if x.kind == "p" and old.kind != "p" and 0 not in old.bounds:
        yield gain * 100 / old.bounds, [old, new]
    if x.kind in "bcms" or old.kind == x.kind == "p":
        yield gain, [old, new]
    if old.kind == x.kind == "p":
        yield gain * 100 / old.bounds, [old, new]


def _from_to(a, b):
    """Return whether the words say "from a to b"."""
    return a.n == b.n and bool((a.said("from") or a.said("from", "about")) and b.said("to"))


# --- ranks


def ranks(x: Number, near: list[Number], far: list[Number]) -> Iterator[Reading]:
    """Check places gained or lost against the two ranks that are named."""
    if not (x.kind == "g" or (x.hit["unit"] == "unread" and re.match(r" ?(?:bậc|places)\b", x.tail))):
        return
    every = [y for y in far if y.kind == "r"]
    named = [y for y in every if _index(y) in ("", _index(x)) or not _index(x)]
    before = [y for y in named if y.n <= x.n and y.start < x.start and y in near]
    here = [y for y in before if _here(x, y)]
    after = [y for y in named if y.start > x.start and _here(x, y)]
    if len(after) > 1 and after[0].said("from"):
        pair = after[:2]
    elif after and here and _CUES["base"].search(x.gap(after[0])):
        pair = [here[-1], after[0]]
    else:
        pair = [y for y in here if _same_place(y, here[-1])][-2:] if len(here) > 1 else [y for y in before if not here or _same_place(y, here[-1])][-2:] if here else []
    if len(pair) != 2:
        return
    old, new = pair[::-1] if here and pair[0] is here[-1] else _in_order(*pair)
    sure = x.kind == "g" and (old.start > x.start or _apart(old, new) or _from_to(old, new))
    gaps = [(new.bounds - old.bounds if x.hit["unit"] == "places_lost" else old.bounds - new.bounds, [old, new])]
    named = [y for y in named if (y.n == x.n if old.n == new.n == x.n else y in near)]
    yield from judge("rank", x, gaps, [(a.bounds - b.bounds, [a, b]) for a, b in permutations(named, 2) if {a, b} != {old, new} or not sure])


_NAME = re.compile(r"(?<=[\w,] )[A-ZĐÂÊÔƠƯ]\w*")


def _same_place(a, b):
    """Return whether no other proper name stands between two numbers than before the first."""
    named, before = set(_NAME.findall(b.lead)), set(_NAME.findall(a.before))
    return not (named and before) or bool(named & before)


def _index(y):
    """Return the name of the index that a rank is one of: the last word in capitals before it."""
    return (re.findall(r"\b[A-ZĐ]{3,}\b", y.before) or [""])[-1]


# --- rests and sums


def rests(x: Number, near: list[Number], far: list[Number]) -> Iterator[Reading]:
    """Check what is left against the whole and the parts named before: any whole less any parts after it may be meant."""
    left = x.said("left", "about") or x.said("left_after", "tail")
    if x.kind not in "cmp" or x.hit["value_qualifier"] != "exact" or changed(x):
        return
    if not left and (x.kind == "p" or not (x.said("still") and x.said("not_yet", "tail"))):
        return
    before = [y for y in near if y.start < x.start and y.kind in "cfmp" and like(x, y) and not changed(y)]
    before = [y for y in before if not y.said("inside_brackets", "before")]
    if x.kind == "p":
        made = [(_total(run) * -1 + 100, run) for i in range(len(before)) for run in [before[i:]] if run[0].n == x.n]
    else:
        made = [(_size(b) - b.bounds, [b]) for b in before[-1:] if b.kind == "f"]
        for i, whole in enumerate(before):
            parts = before[i + 1 :]
            made += [(whole.bounds - _total(parts[j:]), [whole, *parts[j:]]) for j in range(len(parts))]
        made += [(b.bounds - a.bounds, [b, a]) for a, b in permutations(before, 2) if b.value > a.value]
    fit = sorted((m for m in made if m[0].high >= 0 and _slip(x, m[0])), key=lambda m: abs(m[0].high - x.value))
    yield from judge("sum", x, fit[:1], made)


def sums(x: Number, near: list[Number], far: list[Number]) -> Iterator[Reading]:
    """Check a total against the list that is said to make it, of which the length may be told."""
    if x.kind not in "cfm" or x.hit["value_qualifier"] != "exact" or changed(x) or _aim(x):
        return
    here = [y for y in near if y.n == x.n and y.kind in "cfm" and _same(x, y) and not changed(y)]
    after, before = [y for y in here if y.start > x.start], [y for y in here if y.start < x.start]
    told = _CUES["parts_told"].search(x.gap(after[0])) if len(after) > 1 else None
    if told:
        n = {"hai": 2, "ba": 3, "bốn": 4, "năm": 5, "two": 2, "three": 3, "four": 4, "five": 5, "2": 2, "3": 3, "4": 4, "5": 5}.get((told["n"] or "").lower())
        run = after[:n] if n and len(after) >= n else after if not n and not re.search(r",|\b(?:và|and)\b", after[-1].tail) else []
        yield from judge("sum", x, [(_total(run), run)] if run else [], [(_total(after[:i]), after[:i]) for i in range(2, len(after) + 1)])
    elif x.said("in_all", "about") or x.said("together", "about"):
        of = like if x.hit["unit"] == "units" or not _unit(x) else _same
        row = [y for y in near if y.start < x.start and y.kind in "cfm" and of(x, y) and not changed(y) and not _aim(y)]
        row = [y for y in row if not y.said("within", "about")]
        row = [y for y in row if y.n == row[-1].n]
        runs = [(_total(row[i:]), row[i:]) for i in range(len(row) - 1)]
        yield from judge("sum", x, runs[:1], runs)


# --- targets


def targets(x: Number, near: list[Number], far: list[Number]) -> Iterator[Reading]:
    """Check a share of what was aimed at against the result beside it, or named before, and the aim."""
    if x.kind != "q" and not (x.kind == "p" and x.said("of_aim", "tail")):
        return
    figures = [y for y in far if -1 < x.n - y.n < 5 and y.kind in "cfm" and not changed(y) and y.value > 0]
    figures = [y for y in figures if y.start < x.start or y.n == x.n]
    aims = [y for y in figures if (_goal(y) if y.start < x.start else _aimed_after(x, y))]
    done = [y for y in figures if y not in aims and y.start < x.start and not y.said("against")]
    beside = [y for y in done if y.n == x.n and ";" not in y.gap(x)][-1:]
    pairs = [(a, b) for a in beside for b in aims if like(a, b)]
    pairs = [(a, b) for a, b in pairs if _name(a) == _name(b)] or pairs
    if not beside:
        own, about = (_words(_CUES["claim"].sub(" ", words)) for words in (x.piece, x.about))
        pairs = [(a, b) for a in done for b in aims if like(a, b) and _name(a) == _name(b)]
        pairs = [(a, b) for a, b in pairs if 2 * len(own - _words(f"{a.whole} {b.whole}".lower())) <= max(2, len(own))]
        pairs = [(a, b) for a, b in pairs if _name(b) in x.before.lower()] or pairs
        told = [len(about & _words(f"{a.clause} {b.clause}")) for a, b in pairs]
        pairs = [pair for pair, n in zip(pairs, told, strict=True) if n == max(told)]
    whole, sign = (100, -1 if _down(x) else 1) if changed(x) else (0, 1)
    every = [(a, b) for a, b in permutations(figures, 2) if like(a, b) and (a in beside or not beside)]
    meant, loose = ([((a.bounds * 100 / b.bounds - whole) * sign, [a, b]) for a, b in some] for some in (pairs, every))
    yield from judge("attainment", x, meant, loose, bool(beside))
    exact = beside and {beside[0].kind, beside[0].hit["value_qualifier"], x.hit["value_qualifier"]} == {"c", "exact"}
    if exact and not pairs and not whole and x.value > 0:
        yield Reading("attainment", x, "no whole number", bool((beside[0].bounds * 100 / x.bounds).whole()), beside)


def _aimed_after(x, y):
    *before, piece = re.split("[,;]", x.gap(y))
    return _CUES["aside"].fullmatch(piece) and (not before or _CUES["aimed"].search(piece))


def _goal(y):
    """Return whether a number is what is aimed at: no word of a result stands between it and a word of aims."""
    aimed, reached = (max((m.end() for m in _CUES[cue].finditer(y.before)), default=0) for cue in ("aimed", "reached"))
    return aimed > reached


def _name(y):
    """Return what a number counts, in words."""
    return " ".join(y.printed.split()[1:] or y.noun.split()[:1]).lower()


# --- one figure given twice


def swapped(one, other):
    """Return whether two numbers differ by a slip: digits that changed places, or one digit."""
    a, b = (re.sub(r"\D", "", re.match(r"[\d.,]*", y.printed)[0]) for y in (one, other))
    return len(a) == len(b) > 1 and (sorted(a) == sorted(b) or (len(a) > 2 and sum(c != d for c, d in zip(a, b, strict=True)) == 1))


def _same(x, y):
    return _unit(x) == _unit(y) != ""


def twice(figures: list[Number]) -> Iterator[Reading]:
    """Check two figures of one thing: same unit, same words, no other time, of values that a slip tells apart."""
    kept = [y for y in figures if y.kind in "cfmsp" and not changed(y) and not _aim(y) and not y.said("part", "about")]
    values = {}
    for y in kept:
        values.setdefault(y.value, []).append(y)
    for i, x in enumerate(kept):
        for y in kept[:i]:
            if x.n == y.n or not _same(x, y) or not swapped(x, y) or x.value == y.value or _apart(x, y):
                continue
            one, other = _content(x), _content(y)
            common = one & other
            if len(common) >= 3 and 2 * len(common) >= min(len(one), len(other)) and _marks(x) == _marks(y):
                yield Reading("twice", x, y.bounds, 0 in x.bounds - y.bounds, [y])


def _marks(x):
    return set(_CUES["marks"].findall(x.clause))


def _content(x):
    last = re.split(r"[;.] |\d", x.before)[-1]
    return _words(f"{last} {x.noun}".lower())


CLAIMS = (shares, changes, ranks, rests, sums, targets)


def derived(figures: list[Number], explained: set) -> Iterator[Reading]:
    """Yield the readings of the claims that no rule has explained yet."""
    for i, x in enumerate(figures):
        if x in explained:
            continue
        near = [y for y in figures[max(0, i - 25) : i + 25] if 0 <= x.n - y.n <= 2]
        far = figures[max(0, i - 60) : i + 60]
        for claim in CLAIMS:
            yield from claim(x, near, far)
    yield from twice([y for y in figures])
