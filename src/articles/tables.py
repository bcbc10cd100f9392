"""The tables of an article: rows and columns with headings, checked against their totals and against the text.

A relation is named wrong in one row only where its heading calls for it and all other rows keep it; a total only where the table is of all its parts.
"""

import re
from collections import namedtuple
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, permutations, takewhile

from articles.figures import CUES, Number, bounds, content, own_words
from helpers.record.ledger import Bounds

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# a checked cell: what kind of check, line, row, what is printed, what it should be, from which cells, whether it is
Checked = namedtuple("Checked", "rule line at printed made others holds")
Table = namedtuple("Table", "caption heads rows")  # rows: (number of the line, label, cells)


def cells(line: str) -> list[str]:
    """Return the cells of a row of a table (bars, tabs, wide gaps), or label and number of "label: number"."""
    line = re.sub(r":(?= ?\d[\d.,]*\D{0,30}$)", "|", line.replace("\xa0", " ").strip())
    return [cell.strip() for cell in re.split(r"\||\t|\s{2,}" if line[:1] != "|" else r"\|", line.strip("|"))]


def is_table(line: str) -> bool:
    """Return whether a line is a row of a table: bars, tabs, or several numbers set apart by wide gaps."""
    row, parted = cells(line), "\t" in line.strip() or line.count("|") > 1
    numbers = [cell for cell in row if re.fullmatch(r"[\d.,%]+", cell)]
    return bool(parted and re.search(r"\d", line)) or (len(row) > 1 + ("|" not in line) and len(numbers) > len(row) - 2)


def _figure(cell):
    """Return what the number of a cell stands for, 0 for an empty one, None for words."""
    found = re.fullmatch(r"([-–]?\d[\d.,]*) ?(%?)\D{0,20}", cell)
    if not found:
        return None if re.search(r"\w", cell) else Bounds.exact(0)
    digits = re.sub(r"(?<!\b0)[.,](?=\d{3}(?!\d))", "", found[1].replace("–", "-").rstrip(".,")).replace(",", ".")
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", digits):
        return None
    unit = "percent" if found[2] else "units"
    return bounds({"value": Fraction(digits), "unit": unit, "value_qualifier": "exact", "printed": digits})


def tables(lines: list[str]) -> Iterator[Table]:
    """Yield the tables of an article: the line before, one heading a column, the rows with figures."""
    rows = list[tuple]()
    for i, line in enumerate([*lines, ""]):
        row = cells(line)
        if len(row) > 1:
            rows += [(i, row)] if re.search(r"\w", line) else []
        elif rows:
            before = lines[rows[0][0] - 1] if rows[0][0] else ""
            yield _table(rows, "" if re.search(r"[.!?…]$", before) else before)
            rows = []


def _table(rows, caption):
    wide = [row for _, row in takewhile(lambda r: not any(map(_counted, r[1][1:])), rows)]
    numbered = re.fullmatch(r"(?i)(?:số )?s?tt|#", wide[0][0]) if wide else None
    for row in wide[:-1]:  # a heading over several columns
        row[:] = [cell or next(filter(None, row[j::-1]), "") for j, cell in enumerate(row)]
    width = max(len(row) for _, row in rows)
    heads = [" ".join(dict.fromkeys(row[j] for row in wide if j < len(row))).lower() for j in range(width)]
    labelled = [(i, next((cell for cell in row[:2] if re.search(r"[^\W\d]", cell)), ""), row) for i, row in rows]
    data = [(i, label, ["", *row[1 + bool(numbered) :]]) for i, label, row in labelled[len(wide) :]]
    return Table(
        caption, ["", *heads[1 + bool(numbered) :]], [row for row in data if len(row[2]) + bool(numbered) == width]
    )


def _counted(cell):
    return re.search(r"\d", cell) and _figure(cell) and not re.fullmatch(r"(?i)(?:năm )?(?:19|20)\d\d", cell)


def checked(table: Table) -> Iterator[Checked]:
    """Yield the checks of a table's rows of totals, and of the columns that others make."""
    heads, rows = table.heads, table.rows
    totals = [k for k, row in enumerate(rows) if CUES["total_row"].match(row[1])]
    for k in totals:
        plain = [r for i, r in enumerate(rows) if i not in totals and (i < k or k == 0)]
        since = [r for i, r in enumerate(rows) if max([-1, *(t for t in totals if t < k)]) < i < k]
        told = [
            (j, *_total(rows[k], j, [plain, since, [rows[t] for t in totals if t < k]])) for j in range(1, len(heads))
        ]
        told = [t for t in told if t[1]]
        held = [t for t in told if t[3]]
        whole = CUES["sum_row"].match(rows[k][1]) and not any(CUES["aside_row"].match(r[1]) for r in plain)
        for j, made, parts, holds in told:
            if holds or (whole and (held or len(told) == 1)) or 2 * len(held) > len(told):
                others = "; ".join(r[2][j] for r in parts)
                yield Checked("sum", rows[k][0], rows[k], rows[k][2][j], made, others, holds)
    for j, head in enumerate(heads):
        kept = [_kept(rows, j, *way) for way in _ways(heads, j, head)]
        kept = sorted(
            (way for way in kept if len(way) > 2 and sum(not w[4] for w in way) < 2),
            key=lambda w: sum(not c[4] for c in w),
        )
        for row, printed, made, others, holds in kept[0] if kept else ():
            yield Checked("sum", row[0], row, printed, made, others, holds)


def _total(row, j, lists):
    """Return what a total should be, of which rows, and whether it is; None where the column has no sums."""
    total, sums = _figure(row[2][j]), list[tuple]()
    for parts in lists:
        values = [_figure(r[2][j]) for r in parts]
        if len(values) > 1 and None not in values:
            sums.append((sum(values, Bounds.exact(0)), parts, max(v.high for v in values)))
    if total is None or not re.search(r"\d", row[2][j]) or not sums:
        return None, None, None
    for made, parts, _ in sums:
        if 0 in made - total:
            return made, parts, True
    made, parts, most = sums[0]
    likely = total.high > most and 2 * abs(made.high - total.high) <= max(
        made.high, total.high
    )  # else a mean, or a rate
    return (made, parts, False) if likely else (None, None, None)


def _ways(heads, j, head):
    """Yield how the figures of a column can be made from those of others, as its heading says: columns, and what they make."""
    others = [i for i in range(1, len(heads)) if i != j]
    if CUES["sum_head"].search(head):
        for a, b in combinations(range(1, len(heads) + 1), 2):
            if b - a > 1 and (b == j or a == j + 1):
                yield range(a, b), lambda values: sum(values, Bounds.exact(0))
    if CUES["change_head"].search(head):
        for pair in permutations(others, 2):
            yield pair, lambda v: v[1] - v[0]
            yield pair, lambda v: v[0].low and (v[1] - v[0]) * 100 / v[0]
    if "%" in head or CUES["rate"].search(head):
        for pair in permutations(others, 2):
            yield pair, lambda v: v[1].low and v[0] * 100 / v[1]


def _kept(rows, j, columns, make):
    """Return, for each row with figures, what others make of it and whether it is that."""
    out = list[tuple]()
    for row in rows:
        values, printed = [_figure(row[2][i]) for i in columns], row[2][j]
        made = None not in values and re.search(r"\d", printed) and _figure(printed) and make(values)
        if made:
            out.append((row, printed, made, "; ".join(row[2][i] for i in columns), 0 in made - _figure(printed)))
    return out


def told(found: list[Number], table: Table) -> Iterator[tuple]:
    """Yield the numbers of the text that a cell prints too, by its row's place and its column's words and year: number, cell, whether they agree."""
    for x in found:
        place, clause = (x.hit.get("place") or "").lower(), content(x.clause)
        if (
            not place
            or x.kind not in "cmps"
            or x.changed
            or any(x.said(cue, "about") for cue in ("goal", "part", "past"))
        ):
            continue
        years = {d.year for d in x.days if d}
        for _, label, row in (r for r in table.rows if r[1].lower().endswith(place)):
            fit = [
                j
                for j in range(1, len(row))
                if _same_thing(x, table, j, label, years, clause) and re.search(r"\d", row[j])
            ]
            value = _figure(row[fit[0]]) if len(fit) == 1 else None
            elsewhere = any((v := _figure(cell)) and 0 in v - x.bounds for cell in row[1:])
            if value and (0 in value - x.bounds or not elsewhere):
                yield x, f"{label}: {row[fit[0]]}", value, 0 in value - x.bounds


def _same_thing(x, table, j, label, years, clause):
    """Return whether a column holds what a number of the text is of."""
    head = re.sub(r"\([^()]*\)", " ", table.heads[j])
    dated = {int(year) for year in _YEAR.findall(head) or _YEAR.findall(table.caption)}
    topic, whole = content(_YEAR.sub(" ", head)), content(f"{head} {table.caption} {label} {x.printed}".lower())
    share = "%" in table.heads[j] or CUES["rate"].search(head)
    strays = own_words(x.clause) - whole
    such = {"nonlocal", "nữ"} & (whole ^ clause) or {*CUES["of_verb"].findall(f"{head} {table.caption}".lower())} ^ {
        *CUES["of_verb"].findall(x.clause)
    }
    fits = topic <= clause if topic else (clause - content(label.lower()) - content(x.printed.lower()))
    return years == dated and bool(share) == (x.kind == "p") and fits and len(strays) < 3 and not such
