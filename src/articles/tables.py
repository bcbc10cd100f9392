"""The tables of an article: rows and columns with headings, checked against their totals and against the text.

A line of a table is what its name says of other lines (their sum, difference or ratio) only where the other cells of both bear it out.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, takewhile

from articles.figures import CUES, Number, bounds, content, own_words
from helpers.record.ledger import Bounds

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def cells(line: str) -> list[str]:
    """Return the cells of a row of a table (bars, tabs, wide gaps), or label and number of "label: number"."""
    line = re.sub(r":(?= ?\d[\d.,]*\D{0,30}$)", "|", line.replace("\xa0", " ").strip())
    return [cell.strip() for cell in re.split(r"\||\t|\s{2,}" if line[:1] != "|" else r"\|", line.strip("|"))]


def is_table(line: str) -> bool:
    """Return whether a line is a row of a table: bars, tabs, or several numbers set apart by wide gaps."""
    row, parted = cells(line), "\t" in line.strip() or line.count("|") > 1
    numbers = [cell for cell in row if re.fullmatch(r"[\d.,%]+", cell)]
    return bool(parted and re.search(r"\d", line)) or (len(row) > 1 + ("|" not in line) and len(numbers) > len(row) - 2)


def _figure(cell: str) -> Bounds | None:
    """Return what the number of a cell stands for, 0 for an empty one, None for words."""
    found = re.fullmatch(r"([-–]?\d[\d.,]*?)[.,]? ?(%?)\D{0,20}", cell)
    digits = re.sub(r"(?<!\b0)[.,](?=\d{3}(?!\d))", "", found[1].replace("–", "-")).replace(",", ".") if found else ""
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", digits):
        return None if re.search(r"\w", cell) else Bounds.exact(0)
    hit = {"value": Fraction(digits), "unit": "percent" if found and found[2] else "units", "value_qualifier": "exact"}
    return bounds(hit | {"printed": digits})


def tables(lines: list[str]) -> Iterator[tuple]:
    """Yield the tables of an article: the line before, names of the columns, names of the rows, their lines and cells."""
    rows = list[tuple[int, list[str]]]()
    for i, line in enumerate([*lines, ""]):
        row = cells(line)
        rows += [(i, row)] if len(row) > 1 and re.search(r"\w", line) else []
        if len(row) > 1 or not rows:
            continue
        width, first = max(len(row) for _, row in rows), rows[0][0]
        top = [row for _, row in takewhile(lambda r: not any(map(_counted, r[1][1:])), rows)]
        data, top = rows[len(top) :], [[*[""] * (width - len(row)), *row] for row in top]
        top[:-1] = [[cell or next(filter(None, row[j::-1]), "") for j, cell in enumerate(row)] for row in top[:-1]]
        heads = [" ".join(dict.fromkeys(row[j] for row in top)).lower().strip() for j in range(width)]
        blank = 1 + bool(re.fullmatch(r"(?:số )?s?tt|#", heads[0]))  # labels, and numbers of the rows
        labels = [next((cell for cell in row[:2] if re.search(r"[^\W\d]", cell)), row[0]) for _, row in data]
        grid = [(n, label, row[blank:]) for (n, row), label in zip(data, labels, strict=True) if len(row) == width]
        before = lines[first - 1] if first else ""
        yield "" if re.search(r"[.!?…]$", before) else before, heads[blank:], grid
        rows = []


def _counted(cell):
    return re.search(r"\d", cell) and _figure(cell) and not re.fullmatch(r"(?i)(?:năm )?(?:19|20)\d\d", cell)


def checked(heads: list[str], rows: list[tuple]) -> Iterator[tuple]:
    """Yield the cells that others should make: line of the text, cell, what the others make, the others, whether it is that."""
    grid, labels = [row for *_, row in rows], [label for _, label, _ in rows]
    for names, lines in ((labels, grid), (heads, [*zip(*grid, strict=True)])) if rows else ():
        for k, j, made, parts, holds in _related(names, lines):
            yield rows[k if lines is grid else j][0], lines[k][j], made, "; ".join(lines[p][j] for p in parts), holds


def _related(names, grid):
    for k, name in enumerate(names):
        best = list[tuple]()
        for parts, make, whole in _ways(names, k, name):
            found = list[tuple]()
            for j, (printed, *others) in enumerate(zip(grid[k], *(grid[p] for p in parts), strict=True)):
                x, values = _figure(printed), [v for cell in others if (v := _figure(cell))]
                made = make(values) if len(values) == len(parts) and re.search(r"\d", printed) else None
                if x and made:
                    off, most = abs(made.high - x.high), max(v.high for v in values)
                    meant = 2 * off <= max(abs(made.high), abs(x.high)) and (len(parts) == 2 != whole or x.high > most)
                    found += [(k, j, made, parts, 0 in made - x)] if meant or 0 in made - x else []
            wrong = sum(not f[-1] for f in found)
            right = len(found) - wrong
            if wrong < 2 and (right > 1 or (whole and (right or wrong))):
                best.append((wrong, -right, found))
        yield from min(best, key=lambda b: b[:2], default=((), (), ()))[2]


def _ways(names, k, name):
    """Yield how a line can be made of others, as its name says: of which, how, and whether these are sure to be all its parts."""
    totals = [i for i, other in enumerate(names) if CUES["total_row"].search(other)]
    if k in totals:
        ends = [range(i, k) for i in range(k - 1)] + [range(k + 1, i) for i in range(k + 3, len(names) + 1)]
        plain = [i for i in range(len(names)) if i not in totals and names[i] and (i < k) == any(names[:k])]
        aside = {(names[i][:1] in "-+•", bool(CUES["aside_row"].search(names[i]))) for i in plain}
        sure = CUES["sum_row"].fullmatch(name) and len(aside) == 1
        for parts in [*ends, plain, [i for i in totals if i < k]]:
            if len(parts) > 1:
                yield parts, lambda values: sum(values, Bounds.exact(0)), bool(sure and [*parts] == plain)
    others = [i for i in range(len(names)) if i != k]
    for pair in permutations(others, 2) if CUES["change_head"].search(name) else ():
        yield pair, lambda v: v[1] - v[0], False
        yield pair, lambda v: v[0].low and (v[1] - v[0]) * 100 / v[0], False
    for pair in permutations(others, 2) if "%" in name or CUES["rate"].search(name) else ():
        yield pair, lambda v: v[1].low and v[0] * 100 / v[1], False


def told(found: list[Number], caption: str, heads: list[str], rows: list[tuple]) -> Iterator[tuple]:
    """Yield the numbers of the text that a cell prints too, by place, year and words: number, cell, its value, whether they agree."""
    for x in (x for x in found if x.kind in "cmps" and x.hit.get("place") and not x.changed):
        if any(x.said(cue, "about") for cue in ("goal", "part", "past")):
            continue
        until, years = x.days[1], {d.year for d in x.days if d}
        days = {f"{int(d)}/{int(m)}/{y}" for d, m, y in re.findall(r"(\d+)/(\d+)/(\d{4})", caption)}
        on_day = days and until and f"{until.day}/{until.month}/{until.year}" in days
        years = years if on_day or not (days or (until and until.month < 12)) else {0}  # of a year that goes on
        for _, label, row in (r for r in rows if r[1].lower().endswith(x.hit["place"].lower())):
            same = [
                j for j, head in enumerate(heads) if re.search(r"\d", row[j]) and _names(x, head, caption, label, years)
            ]
            value = _figure(row[same[0]]) if len(same) == 1 else None
            if value and (0 in value - x.bounds or not any((v := _figure(cell)) and 0 in v - x.bounds for cell in row)):
                yield x, f"{label}: {row[same[0]]}", value, 0 in value - x.bounds


def _names(x, head, caption, label, years):
    """Return whether a column's heading, with what stands above the table, names what a number of the text is of."""
    above, name = f"{head} {caption}".lower(), re.sub(r"\([^()]*\)", " ", head)
    topic, clause, own = content(_YEAR.sub(" ", name)), content(x.clause), f"{label} {x.printed}".lower()
    dated = _YEAR.findall(name) or _YEAR.findall(caption)
    marks = [
        CUES["of_verb"].findall(t) + CUES["trait"].findall(t) for t in (above, x.clause.replace(label.lower(), ""))
    ]
    one, other = ({*m, *({"nonlocal", "nữ"} & content(t))} for m, t in zip(marks, (above, x.clause), strict=True))
    fits = topic <= clause if topic else clause - content(own) and name.strip()
    fits = fits and one == other and ("%" in head or "tỷ lệ" in head) == (x.kind == "p")
    fits = fits and not (x.hit["post"] and CUES["places_head"].match(head))
    strays = own_words(x.clause) - content(f"{above} {label if x.hit['post'] else own}".lower())
    return fits and len(strays) < 3 and years == {*map(int, dated)}
