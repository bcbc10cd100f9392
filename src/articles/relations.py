"""Relations that the numbers of an article may stand in: every share, sum, change, order, ... that some of them would make.

Nothing here says which relation is meant: ``articles.relevance`` tells that from the words.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise, permutations
from typing import Any, NamedTuple

from articles.figures import Number

_DAYS = {"years": 365.25, "months": 30.4375, "weeks": 7, "days": 1}  # in one unit of a length of time
_PERSONS = {"persons", "turns", "posts", "cases"}
_BODIES = {"units", "communes", "districts", "provinces", "organisations", "villages", "enterprises", "unread"}
_BOUNDED = {"at_least", "at_most", "more_than", "less_than", "nearly"}
_SCALES = {5, 10, 20, 25, 30, 40, 50, 60, 70, 80, 100, 120, 150, 200, 1000}
_SCALE = re.compile(
    r"(?i)thang (?:điểm|đo)?\s*(?:(?:từ )?\d+ (?:đến|-) )?(\d+)|tối đa (?:là |đạt |cho phép )?(\d+)|scale of (?:\w+ to )?(\d+)|out of (\d+)"
)
_YEARLY = re.compile(r"(?i)mỗi năm|hằng năm|hàng năm|/năm|một năm|a year|bình quân")
_AGED = re.compile(r"(?i)(?:tuổi|aged?) $")
_ON = re.compile(r"(?i)\W*(?:[\w/.]+ ){0,3}?(?:lên|xuống|to)\b[^.;¶]{0,20}$")  # between a rank and the next: on to
_EITHER_WAY = re.compile(r"(?i)\b(?:giảm|xuống|hạ)\b\D{0,12}$")  # "giảm 3 bậc": to a worse rank, or to a lower number
_LONG = 30  # figures; a longer article is read in narrower windows
ORDERS = {"at_most", "at_least", "share_at_most", "share_at_least", "not_after", "not_before"}
ORDERS |= {"field", "scale", "hundred", "league"}


class Figure:
    """
    One end of relations: the value of a number, or the whole or the scale that is named with it.

    Parameters
    ----------
    number : Number
    part : str
        "value", "whole", "term" (years between the ends of a range) or "scale" (named in the text, by no number).
    kind : str
        One letter: p share in percent, c count, m money or measure, s score, r rank, g places, b points of percent, x times, d date,
        n length of time, w term.
    low, high : float
        What it stands for.
    unit : str
    value : float, optional
    """

    def __init__(
        self, number: Any, part: str, kind: str, low: float, high: float, unit: str, value: float | None = None
    ) -> None:
        self.number, self.part, self.kind, self.low, self.high, self.unit = number, part, kind, low, high, unit
        self.value = (low + high) / 2 if value is None else value
        self.n, self.start, self.end = number.n, number.start, number.end
        self.first, self.last = (day.toordinal() if day is not None else None for day in number.days)
        self.index = 0
        exact = number.hit["value_qualifier"] == "exact"
        self.exact, self.bounded = exact, part == "value" and number.hit["value_qualifier"] in _BOUNDED


class Relation(NamedTuple):
    """One relation: its kind, the figures (the one that is checked first), what they make, what is printed, whether both agree."""

    kind: str
    figures: tuple[Figure, ...]
    made: tuple[float, float]
    printed: tuple[float, float]
    holds: bool


class _Scale:
    """A scale that the text names without a number of the reader."""

    def __init__(self, match: re.Match, text: str) -> None:
        self.value = float(next(group for group in match.groups() if group))
        self.n, self.start, self.end = text.count("¶", 0, match.start()), match.start(), match.end()
        self.printed, self.kind, self.days, self.text = match[0], "S", (None, None), text
        self.lead = self.tail = self.before = self.about = self.noun = ""
        self.hit = {"value_qualifier": "exact", "unit": "scale", "place": None, "kind": None}
        self.sentence = {"zone": "body"}


def figures_of(numbers: list[Number]) -> list[Figure]:
    """Return the figures of an article in order."""
    found = [figure for x in numbers for figure in _figures(x)]
    text = numbers[0].text if numbers else ""
    for match in _SCALE.finditer(text):
        scale = _Scale(match, text)
        if not any(y.start <= scale.start < y.end for y in found):
            found.append(Figure(scale, "scale", "s", scale.value, scale.value, "points"))
    found.sort(key=lambda y: (y.start, y.part == "whole"))
    for index, y in enumerate(found):
        y.index = index
    return found


def _figures(x: Number) -> Iterator[Figure]:
    """Yield the figures of a number."""
    unit = x.hit["unit"]
    if x.kind in "dyi":
        if all(x.days):
            yield Figure(x, "value", "d", 0, 0, x.kind)
        return
    if x.kind == "w":
        if years := re.match(r"(\d{4})-(\d{4})$", str(x.value)):
            span = int(years[2]) - int(years[1])
            yield Figure(x, "term", "w", span, span + 1, "years")
        return
    low, high, value = float(x.bounds.low), float(x.bounds.high), float(x.value)
    if x.kind in "zn":
        if x.kind == "n" or unit in _DAYS or unit == "terms" or _AGED.search(x.lead):
            yield Figure(x, "value", "n", low, high, unit if x.kind == "n" or unit in _DAYS else "years", value)
        return
    if x.kind in "poq":
        size = 100 if x.kind == "o" else 1
        yield Figure(x, "value", "p", low * size, high * size, "percent", value * size)
        return
    yield Figure(x, "value", "c" if x.kind == "f" else x.kind, low, high, x.plain, value)
    whole = x.hit.get({"f": "total", "r": "field", "s": "scale"}.get(x.kind, ""))
    if whole:
        plain = "units" if x.kind == "r" else x.plain
        yield Figure(x, "whole", "s" if x.kind == "s" else "c", float(whole), float(whole), plain)


def alike(a: Figure, b: Figure) -> int:
    """Return whether two figures count the same kind of thing: 2 surely, 1 perhaps, 0 not."""
    if a.kind != b.kind:
        return 0
    if a.kind == "n":
        return 2 * (a.unit == b.unit)
    if a.kind == "m" and a.unit != b.unit:
        return int(a.unit.split(" per")[0] == b.unit.split(" per")[0])
    if a.kind != "c" or a.unit == b.unit:
        return 2
    units = {a.unit, b.unit}
    return int("unread" in units or units <= _PERSONS or ("units" in units and units <= _BODIES))


def when(a: Figure, b: Figure) -> str:
    """Return how the times of two figures stand to each other."""
    if a.first is None or a.last is None or b.first is None or b.last is None:
        return "unknown" if a.first is None and b.first is None else "half"
    if a.last < b.first or b.last < a.first:
        return "apart"
    return "same" if (a.first, a.last) == (b.first, b.last) else "overlap"


def meets(made: tuple[float, float], printed: tuple[float, float]) -> bool:
    """Return whether two intervals have a number in common."""
    spare = 1e-9 * max([1.0, *(abs(end) for end in (*made, *printed) if not math.isinf(end))])
    return made[0] <= printed[1] + spare and printed[0] <= made[1] + spare


def _ratio(a: Figure, b: Figure) -> tuple[float, float]:
    return (100 * a.low / b.high if b.high > 0 else 0, 100 * a.high / b.low if b.low > 0 else math.inf)


def _sum(run: Iterable[Figure]) -> tuple[float, float]:
    return sum(y.low for y in run), sum(y.high for y in run)


def _point(y: Figure) -> tuple[float, float]:
    """Return what a figure stands for, a bound for the number that it names."""
    return (y.value, y.value) if y.bounded else (y.low, y.high)


def relation(kind: str, figures: tuple[Figure, ...], made: tuple[float, float], printed: tuple = ()) -> Relation:
    """Return a relation of the figure that comes first, or of what else is printed."""
    at = printed or (figures[0].low, figures[0].high)
    return Relation(kind, figures, made, at, meets(made, at))


class _Reading:
    """The figures of an article by kind, and which stand near each other."""

    def __init__(self, figures: list[Figure]) -> None:
        self.all, self.long = figures, len(figures) > _LONG
        self.sentences, self.between = (2, 10) if self.long else (4, 16)
        bare_year = [y.kind == "c" and y.unit == "unread" and 1900 <= y.value <= 2100 for y in figures]
        self.plain = [y for y, year in zip(figures, bare_year, strict=True) if y.part != "scale" and not year]
        self.amounts = [y for y in self.plain if y.kind in "cmsp"]
        self.counts = [y for y in self.plain if y.kind in "cm"]
        self.dates = [y for y in figures if y.kind == "d"]

    def close(self, a: Figure, b: Figure) -> bool:
        """Return whether two figures stand near enough to be read together."""
        return abs(a.n - b.n) <= self.sentences and abs(a.index - b.index) <= self.between

    def near(self, x: Figure, some: list[Figure]) -> list[Figure]:
        """Return those of some figures that stand near one."""
        return [y for y in some if y is not x and self.close(x, y)]


def _shares(x: Figure, page: _Reading) -> Iterator[Relation]:
    """Yield the shares and the changes in percent that a share may be."""
    if x.value > 40:
        yield relation("hundred", (x,), (-math.inf, 100))
    for a, b in permutations(page.near(x, page.counts), 2):
        same = a.number is b.number
        fits = a.kind == b.kind and b.low > 0 and a.low >= 0 and (same or a.value <= 1.6 * b.value)
        if fits and not (same and a.part == "whole"):
            low, high = _ratio(a, b)
            yield relation("share", (x, a, b), (low, high))
            if a.value < b.value:
                yield relation("rest", (x, a, b), (100 - high, 100 - low))
    for a in page.near(x, page.counts):
        if a.number.kind == "c" and a.exact and a.unit != "unread" and a.value > 0 and x.value > 0:
            wholes = [n for n in (int(100 * a.value / x.value), int(100 * a.value / x.value) + 1) if n]
            best = min((100 * a.value / n for n in wholes), key=lambda share: abs(share - x.value))
            if x.value / wholes[0] > 3 * (x.high - x.low):  # else some whole number is always near
                yield relation("whole", (x, a), (best, best))
    for old, new in permutations([y for y in page.near(x, page.amounts) if y.part == "value"], 2):
        if old.low <= 0 or not alike(old, new) or old.value == new.value:
            continue
        low, high = _ratio(new, old)
        if new.value > old.value:
            yield relation("growth", (x, old, new), (low - 100, high - 100))
        else:
            yield relation("fall", (x, old, new), (100 - high, 100 - low))


def _differences(x: Figure, page: _Reading) -> Iterator[Relation]:
    """Yield what points of percent, times, places and yearly changes may be made of."""
    if x.kind == "b" or x.unit == "points":
        for a, b in combinations(page.near(x, [y for y in page.all if y.kind == "p"]), 2):
            more, less = (a, b) if a.value >= b.value else (b, a)
            yield relation("points", (x, a, b), (more.low - less.high, more.high - less.low))
    if x.kind == "x":
        for a, b in combinations([y for y in page.near(x, page.amounts) if y.part == "value" and y.low > 0], 2):
            more, less = (a, b) if a.value >= b.value else (b, a)
            if alike(a, b):
                low, high = _ratio(more, less)
                yield relation("times", (x, a, b), (low / 100, high / 100))
    if x.kind == "g":
        ranks = page.near(x, [y for y in page.all if y.kind == "r"])
        here = [y for y in ranks if y.n != x.n or ";" not in x.number.gap(y.number)]
        for a, b in combinations(ranks, 2):
            moved = _way(x, a, b) * abs(a.value - b.value)
            if a in here or b in here:
                yield relation("moved", (x, a, b), (moved, moved))
    if x.part == "value" and x.kind in "bpcms" and _YEARLY.search(f"{x.number.lead[-40:]}|{x.number.tail[:25]}"):
        kinds = "p" if x.kind == "b" else x.kind
        for a, b in combinations([y for y in page.near(x, page.all) if y.kind == kinds and y.first and y.last], 2):
            years = round(abs(a.first + a.last - b.first - b.last) / 730.5)  # type: ignore[operator]
            if alike(a, b) and 1 <= years <= 20:
                more, less = (a, b) if a.value >= b.value else (b, a)
                made = (more.low - less.high) / (years + 1) - 0.005, (more.high - less.low) / years
                yield relation("yearly", (x, a, b), made)


def _way(x: Figure, a: Figure, b: Figure) -> int:
    """Return -1 where ranks move the other way than places gained or lost say, as far as dates or words tell which came first."""
    dated = when(a, b) == "apart"
    led = b.start > a.start and _ON.match(a.number.text[a.end : b.start])
    if (not dated and not led) or a.value == b.value or _EITHER_WAY.search(x.number.lead):
        return 1
    old, new = (b, a) if dated and a.first > b.first else (a, b)  # type: ignore[operator]
    return 1 if (new.value > old.value) == (x.unit == "places_lost") else -1


def _limits(x: Figure, page: _Reading) -> Iterator[Relation]:
    """Yield the fields and the scales that a rank or a score may have to keep within."""
    for y in page.all:
        bodies = y.kind == "c" and y.unit in _BODIES and y.value > 1
        beside = y.number is x.number or (abs(y.n - x.n) <= 6 and abs(y.index - x.index) <= 32)
        if x.kind in "rg" and bodies and beside:
            yield relation("field", (x, y), (-math.inf, y.high))
        known = y.value in _SCALES or (y.part == "scale" and y.value == 1)  # 1 as of digital transformation
        score = x.kind == "s" and x.part == "value" and y is not x and abs(y.n - x.n) <= 6 and known
        scale = score and (y.kind == "s" or (y.kind == "c" and y.unit == "unread"))
        if scale and (y.part in ("whole", "scale") or page.close(x, y)):
            yield relation("scale", (x, y), (-math.inf, y.high))


def _means(x: Figure, page: _Reading) -> Iterator[Relation]:
    """Yield the totals by the numbers of units that a mean may be made of."""
    near = page.near(x, [y for y in page.all if y.kind in "cm" or (y.kind == "n" and y.part == "value")])
    near = [y for y in near if y.number is not x.number]
    for total in near if x.kind in "cm" and x.part == "value" else ():
        one_unit = total.unit == x.unit or x.unit.startswith(f"{total.unit} per") or alike(total, x)
        if total.kind != x.kind or not one_unit or total.value < 1.5 * x.value:
            continue
        for units in near:
            other = units is not total and units.kind in "cn" and not (units.unit == x.unit and x.kind == "c")
            if not other or not 2 <= units.value <= total.value:
                continue
            if x.low * units.low <= 3 * total.high and 3 * x.high * units.high >= total.low:
                by = (units.value, units.value) if units.kind == "n" and units.exact else (units.low, units.high)
                yield relation("mean", (x, total, units), (total.low / by[1], total.high / by[0]))


def _sums(page: _Reading) -> Iterator[Relation]:
    """Yield totals with their parts, two or a run of them."""
    for a, b, c in combinations(page.amounts, 3):
        if not (page.close(a, c) and alike(a, b) and alike(a, c) and alike(b, c)) or a.number is b.number is c.number:
            continue
        for total, first, second in ((a, b, c), (b, a, c), (c, a, b)):
            if total.value >= 0.6 * max(first.value, second.value) and first.value and second.value:
                yield relation(f"both_{total.kind}", (total, first, second), _sum((first, second)))
    for kind in "cmspn":
        row = [y for y in page.plain if y.kind == kind and (y.part == "value" or kind == "c")]
        yield from (found for i in range(len(row)) for found in _runs(row, i))


def _runs(row: list[Figure], i: int) -> Iterator[Relation]:
    """Yield the sums and the means of the runs of like figures that begin at one place of a row."""
    kind = row[i].kind
    for size in range(2, 10):
        run = row[i : i + size]
        if len(run) < size or run[-1].n - run[0].n > 3 or not all(alike(run[0], y) for y in run):
            return
        low, high = _sum(run)
        if kind == "p" and high > 60 and low < 160:
            yield relation("all", tuple(run), (low, high), (100, 100))
        beside = row[max(0, i - 3) : i] + row[i + size : i + size + 3]
        for total in beside:
            near = abs(total.n - run[0].n) <= 3 and abs(total.n - run[-1].n) <= 3
            if not near or not alike(total, run[0]):
                continue
            if size > 2 and kind != "n" and low <= 2 * total.value and total.value <= 2 * high:
                yield relation("sum", (total, *run), (low, high))
            if min(y.low for y in run) < total.value < max(y.high for y in run):
                yield relation("average", (total, *run), (low / size, high / size))


def _one_size(a: Figure, b: Figure) -> bool:
    """Return whether two figures are near enough, or nearly the same digits, to be one figure and a slip of it."""
    low, high = sorted((abs(a.value), abs(b.value)))
    return high <= 3 * low or f"{low:.10g}".strip("0.")[:2] == f"{high:.10g}".strip("0.")[:2]


def _pairs(page: _Reading) -> Iterator[Relation]:
    """Yield figures that may be the same, or one no more than the other."""
    row = [y for y in page.all if y.kind in "cmsprgbxn" and y.part != "scale"]
    for i, a in enumerate(row):
        for b in row[i + 1 :]:
            if b.n - a.n > (4 if page.long else 6):
                break
            if a.number is b.number or not alike(a, b):
                continue
            if _one_size(a, b):
                yield relation("same", (b, a), (a.low, a.high))
            if page.close(a, b) and a.kind in "cmsprn":
                (low, high), printed = _point(b), _point(a)
                yield relation("at_most", (b, a), (-math.inf, high), printed)
                yield relation("at_least", (b, a), (low, math.inf), printed)
    for part, whole in pairwise(page.counts):
        if whole.part == "whole" and whole.number.kind == "f" and part.number is whole.number and whole.low > 0:
            for x in (y for y in page.near(whole, page.all) if y.kind == "p"):
                low, high = _point(x)
                yield relation("share_at_most", (x, part), (-math.inf, high), _ratio(part, whole))
                yield relation("share_at_least", (x, part), (low, math.inf), _ratio(part, whole))
    for a, b, c, d in zip(page.counts, page.counts[1:], page.counts[2:], page.counts[3:], strict=False):
        if alike(a, b) and alike(a, c) and alike(a, d) and d.n - a.n <= 3 and a.value > b.value > c.value:
            yield relation("merged", (d, a, b, c), (a.low - b.high + c.low, a.high - b.low + c.high))


def _dates(page: _Reading) -> Iterator[Relation]:
    """Yield two dates of which one may have to come first, or which may be the same."""
    for a, b in combinations(page.dates, 2):
        line = a.number.sentence["zone"] == "dateline"
        far = b.n - a.n > (2 if page.long else 4) or b.index - a.index > 16
        if (far and not line) or (line and page.long and b.unit == "y"):
            continue
        (first, last), (then, end) = _days(a), _days(b)
        yield relation("not_after", (b, a), (-math.inf, end), (first, last))
        yield relation("not_before", (b, a), (then, math.inf), (first, last))
        if a.unit != "y" and b.unit != "y":
            yield relation("one_day", (b, a), (first, last), (then, end))


def _days(y: Figure) -> tuple[float, float]:
    return float(y.first or 0), float(y.last or 0)


def _lengths(x: Figure, page: _Reading) -> Iterator[Relation]:
    """Yield the dates that an age or a length of time may run between."""
    if x.kind != "n" or x.unit not in _DAYS:
        return
    unit, whole = _DAYS[x.unit], x.value == int(x.value)
    half, more = (0.5, 1.0 if x.unit != "days" else 0.5) if whole else (0.25, 0.25)
    near = [y for y in page.dates if page.close(x, y) or y.number.sentence["zone"] == "dateline"]
    for a, b in combinations(near, 2):
        (first, last), (then, end) = sorted((_days(a), _days(b)))
        made = (then - last) / unit, (end - first + 1) / unit
        yield relation("lasted", (x, a, b), made, (x.value - half, x.value + more - 1e-6) if x.exact else ())
        if x.unit == "years" and ("y" in (a.unit, b.unit) or then - first > 6000):
            yield relation("age", (x, a, b), made, (x.value - 1, x.value + 1) if x.exact else ())
    for y in page.all:
        if y.kind == "w" and abs(y.n - x.n) <= 2 and x.unit == "years":
            yield relation("term", (x, y), (y.low, y.high))


def _leagues(page: _Reading) -> Iterator[Relation]:
    """Yield two scores with their ranks: the higher score has the better rank."""
    scores = [y for y in page.all if y.kind == "s" and y.part == "value"]
    ranks = defaultdict[int, list[Figure]](list)
    for y in page.all:
        ranks[y.n] += [y] if y.kind == "r" else []
    for a, b in combinations([y for y in scores if ranks[y.n]], 2):
        one, other = (min(ranks[y.n], key=lambda rank, y=y: abs(rank.start - y.start)) for y in (a, b))  # type: ignore[misc]
        if b.n - a.n <= 2 and one.start < other.start:
            holds = (a.value - b.value) * (other.value - one.value) >= 0
            yield Relation("league", (b, a, one, other), (a.value, a.value), (b.value, b.value), holds)


def relations(figures: list[Figure]) -> list[Relation]:
    """Return every relation that figures of an article may stand in."""
    page, found = _Reading(figures), list[Relation]()
    for x in figures:
        found += _shares(x, page) if x.kind == "p" else ()
        found += [*_differences(x, page), *_limits(x, page), *_means(x, page), *_lengths(x, page)]
    return [*found, *_sums(page), *_pairs(page), *_dates(page), *_leagues(page)]
