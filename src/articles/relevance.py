"""How likely the words of an article mean a relation between its numbers: cues of the words, weighed by a table that was fitted.

No cue says whether the relation holds. The weights (``relevance.csv``) come from ``benchmarks/fit_checker.py``.
"""

import csv
import functools
import re
from collections import Counter, defaultdict
from importlib import resources
from itertools import pairwise

from articles.figures import content
from articles.relations import Figure, Relation, alike, when

_TOKEN = re.compile(r"[^\W\d_]+|%|[,;:()“”\"/.–-]|¶")
_DIGITS = re.compile(r"[\d.,]+")


def tokens(text: str) -> list[str]:
    """Return the words and marks of a text, in small letters."""
    return _TOKEN.findall(text.lower())


def _windows(row: list[str], size: int) -> list[str]:
    """Return the runs of so many tokens."""
    return [" ".join(row[i : i + size]) for i in range(len(row) - size + 1)]


def where(a: Figure, b: Figure) -> str:
    """Return whether two figures are of one place."""
    one, other = a.number.hit["place"], b.number.hit["place"]
    return "unknown" if not one or not other else "same" if one == other else "other"


class Cues:
    """The words about the figures of an article."""

    def __init__(self, figures: list[Figure], relations: list[Relation]) -> None:
        self.figures, self.text = figures, figures[0].number.text if figures else ""
        self.sentences = self.text.split("¶")
        self.rivals = Counter((r.kind, r.figures[0].index) for r in relations)
        self.about = [self._about(y) for y in figures]
        self.nouns = [tokens(_DIGITS.sub(" ", y.number.printed))[:1] for y in figures]
        self.content = [content(f"{y.number.about} {y.number.noun}".lower()) for y in figures]
        self.row, self.place = self._skeleton()

    def _about(self, y: Figure) -> list[str]:
        """Return the cues of one figure: words before it, after it, its unit, how its sentence begins."""
        x = y.number
        lead, tail, opening = tokens(x.lead), tokens(x.tail), tokens(self.sentences[y.n])[:2]
        last, next_ = ["^", "^", "^", *lead][-3:], [*tail, "$", "$"][:2]
        found = [f"unit={y.unit[:14]}", f"bound={x.hit['value_qualifier']}", f"kind={y.kind} {y.part}"]
        found += [f"meant={x.hit.get('kind')}", f"opening={' '.join(opening)}"]
        found += [f"last={' '.join(last[-size:])}" for size in (1, 2, 3)]
        found += [f"next={' '.join(next_[:size])}" for size in (1, 2)]
        found += [f"before={word}" for size in (1, 2) for word in _windows(lead[-8:], size)]
        found += [f"after={word}" for size in (1, 2) for word in _windows(tail[:7], size)]
        found += [f"noun={word}" for word in tokens(_DIGITS.sub(" ", x.printed))[:4]]
        return found + [f"sentence={word}" for word in tokens(x.before)[-14:]]

    def _skeleton(self) -> tuple[list[str], dict[int, int]]:
        """Return the text as tokens with one token a number, and which token each figure is, by where it starts."""
        spans = {(y.start, y.end): f"#{y.kind}" for y in self.figures}
        row, place, last = ["^"] * 4, dict[int, int](), 0
        for (start, end), mark in sorted(spans.items()):
            if start >= last:
                row += [*tokens(self.text[last:start]), mark]
                last = end
            place[start] = len(row) - 1
        return [*row, *tokens(self.text[last : last + 60]), *["$"] * 4], place

    def _frames(self, figures: tuple[Figure, ...]) -> set[str]:
        """Return the runs of tokens around figures in which these are named by their part in the relation: "from <1> to <2>"."""
        spots = sorted((self.place[y.start], part) for part, y in enumerate(figures))
        row, at = list[str](), max(0, spots[0][0] - 4)
        for i, (spot, part) in enumerate(spots):
            if i and spot == spots[i - 1][0]:
                row[-1] += f"<{part}>"
                continue
            gap = self.row[at:spot]
            row += [*gap[:4], "…", *gap[-6:]] if len(gap) > 11 else gap
            row.append(f"<{part}>")
            at = spot + 1
        row += self.row[at : at + 5]
        return {f"~{run}" for size in (2, 3, 4) for run in _windows(row, size) if "<" in run}

    def of(self, relation: Relation) -> set[str]:
        """Return the cues of a relation."""
        figures = main(relation)
        found = self._frames(figures)
        found |= {f"{part} {cue}" for part, y in enumerate(figures) for cue in self.about[y.index]}
        order = sorted(range(len(figures)), key=lambda part: figures[part].index)
        found.add(f"order={order}")
        for i, j in pairwise(order):
            a, b = figures[i], figures[j]
            like = sum(y.kind == b.kind for y in self.figures[a.index + 1 : b.index])
            found |= {f"{i}-{j} sentences={min(b.n - a.n, 3)}", f"{i}-{j} between={min(b.index - a.index - 1, 4)}"}
            found.add(f"{i}-{j} like={min(like, 3)}")
            if a.n == b.n:
                gap = tokens(self.text[a.end : b.start])
                gap = [*gap[:4], *gap[-8:]] if len(gap) > 12 else gap
                found |= {f"{i}-{j} gap={run}" for size in (1, 2) for run in _windows(gap, size)}
                found.add(f"{i}-{j} length={min(len(gap) // 3, 4)}")
        for i, j in [(0, part) for part in range(1, len(figures))] + [(1, 2)] * (len(figures) > 2):
            a, b = figures[i], figures[j]
            units, noun, share, _ = self.likeness(a, b)
            signs = f"alike={units:g}", f"noun={noun:g}", f"words={int(share * 5)}", f"one={a.number is b.number}"
            found |= {f"{i}+{j} {sign}" for sign in (*signs, f"time={when(a, b)}", f"place={where(a, b)}")}
        if len(relation.figures) > 3:
            size, more = len(relation.figures), self.more(relation)
            found |= {f"size={min(size, 8)}", f"more={more}", f"one sentence={figures[1].n == figures[-1].n}"}
        found.add(f"rivals={self.rivals[relation.kind, figures[0].index].bit_length()}")
        return found

    def likeness(self, a: Figure, b: Figure) -> tuple[float, float, float, float]:
        """Return how alike two figures are: their units, first nouns, the share and number of their common words."""
        one, other = self.content[a.index], self.content[b.index]
        common, noun = len(one & other), self.nouns[a.index]
        return alike(a, b), float(bool(noun) and noun == self.nouns[b.index]), common / max(1, len(one | other)), common

    def more(self, relation: Relation) -> tuple[bool, bool]:
        """Return whether a run of parts goes on, after its end and before its begin, in the same sentence."""
        total, first, *_ = relation.figures
        last = relation.figures[-1]
        ahead, behind = self.figures[last.index + 1 :], self.figures[: first.index][::-1]
        after, before = (next((y for y in row if alike(y, first) and y is not total), None) for row in (ahead, behind))
        return after is not None and after.n == last.n, before is not None and before.n == first.n


def main(relation: Relation) -> tuple[Figure, ...]:
    """Return the figures of a relation whose words count: of a long run its first two and its last."""
    figures = relation.figures
    return figures if len(figures) <= 4 else (*figures[:3], figures[-1])


@functools.cache
def _weights() -> dict[str, dict[str, float]]:
    """Return the weights of the cues of each kind of relation; that of no cue is the base."""
    table = defaultdict[str, dict[str, float]](dict)
    text = (resources.files("articles") / "relevance.csv").read_text(encoding="utf-8")
    for kind, cue, weight in csv.reader(text.splitlines()):
        table[kind][cue] = float(weight)
    return table


def relevance(relations: list[Relation], cues: Cues) -> list[float]:
    """Return for each relation the log odds that the words mean it."""
    weights = _weights()
    nothing: dict[str, float] = {"": -5.0}
    tables = ((r, weights.get(r.kind, nothing)) for r in relations)
    return [table[""] + sum(table.get(cue, 0.0) for cue in cues.of(r)) for r, table in tables]
