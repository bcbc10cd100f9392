"""Which of the relations that do not hold are contradictions: what else the same numbers may mean, how near the miss is.

The trees (``judgement.csv``) come from ``benchmarks/fit_checker.py``.
"""

import csv
import functools
import math
import re
from collections import defaultdict
from importlib import resources
from itertools import combinations, pairwise

from articles.relations import ORDERS, Figure, Relation, when
from articles.relevance import Cues, main, where

KINDS = re.findall(
    r"\w+",
    "age all at_least at_most average both_c both_m both_p both_s fall field growth hundred lasted league mean "
    "merged moved not_after not_before one_day points rest same scale share share_at_least share_at_most sum term times whole yearly",
)
OPPOSITE = {"at_most": "at_least", "share_at_most": "share_at_least", "not_after": "not_before"}
OPPOSITE |= {"share": "rest", "growth": "fall"}
OPPOSITE |= {other: kind for kind, other in OPPOSITE.items()}
LOOKED_AT = 20  # of the relations that fail, the likeliest of an article
_TIMES, _PLACES = ["unknown", "half", "same", "overlap", "apart"], ["unknown", "same", "other"]


def digits(value: float) -> str:
    """Return the digits of a number, without noughts at its end."""
    return re.sub(r"\D", "", f"{value:.10g}").rstrip("0")


def slip(relation: Relation) -> list[float]:
    """Return how near what is printed is to what should be: the relative gap, digits that changed places, digits that differ, the gap."""
    (low, high), value = relation.made, relation.figures[0].value
    if math.isinf(low) or math.isinf(high):
        return [-1.0] * 4
    off, middle = min(abs(value - low), abs(value - high)), (low + high) / 2
    size = max(abs(value), abs(low if value < low else high), 1e-9)
    printed = digits(value)
    made = digits(middle)[: max(2, len(printed))]
    differ = sum(a != b for a, b in zip(printed, made, strict=True)) if len(printed) == len(made) else 9
    swapped = sorted(printed) == sorted(made)
    return [min(off / size, 3), float(swapped), float(differ), min(abs(value - middle), 1000)]


def layout(relation: Relation, cues: Cues) -> list[float]:
    """Return where the figures of a relation stand, how alike they are, and how near the miss is."""
    figures = main(relation)
    order = sorted(figures, key=lambda y: y.index)
    signs = list[float]()
    for a, b in pairwise(order):
        like = sum(y.kind == b.kind for y in cues.figures[a.index + 1 : b.index])
        signs += [b.n - a.n, b.index - a.index - 1, like, b.start - a.end]
    signs += [-1] * (12 - len(signs))
    signs += [*map(float, cues.more(relation)), len(relation.figures) - 1] if len(relation.figures) > 3 else [-1, -1, 0]
    x = figures[0]
    pair = figures[1:3] if len(figures) > 2 else figures[:2] if len(figures) > 1 else (x, x)
    signs += [cues.rivals[relation.kind, x.index], len(cues.figures)]
    signs += [_TIMES.index(when(*pair)), _PLACES.index(where(*pair)), order[-1].index - order[0].index]
    signs += [float(figures.index(order[0])), float(figures.index(order[-1])), float(x.exact)]
    pairs = [(x, y) for y in figures[1:]] + ([(figures[1], figures[2])] if len(figures) > 2 else [])
    for a, b in pairs:
        signs += cues.likeness(a, b)
    signs += [-1] * (39 - len(signs))
    ends = [end for end in (*relation.made, *relation.printed) if not math.isinf(end)]
    spread = relation.made[1] - relation.made[0] + relation.printed[1] - relation.printed[0]
    return [*signs, *slip(relation), min(spread / max(1e-9, *map(abs, ends)), 5.0), math.log1p(abs(x.value))]


def odds(relevance: float) -> float:
    """Return the chance that log odds stand for."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, relevance))))


class _Others:
    """What else the figures of an article are likely to mean."""

    def __init__(self, relations: list[Relation], relevances: list[float]) -> None:
        self.chance = [odds(x) for x in relevances]
        self.relevances, self.relations = relevances, relations
        self.place = {(r.kind, r.figures): i for i, r in enumerate(relations)}
        self.claims, self.figures = defaultdict[object, float](float), defaultdict[Figure, float](float)
        self.sets, self.pairs = defaultdict[frozenset, float](float), defaultdict[frozenset, float](float)
        self.same_claim = defaultdict[tuple, list[float]](list)
        for r, p in zip(relations, self.chance, strict=True):
            self.same_claim[r.kind, r.figures[0]].append(p)
            if r.holds and r.kind not in ORDERS:
                self._explains(r, p)
        self.failing = sorted((p for r, p in zip(relations, self.chance, strict=True) if not r.holds), reverse=True)

    def _explains(self, r: Relation, p: float) -> None:
        """Note what a relation that holds explains."""
        for claim in (r.figures[0], (r.kind, r.figures[0])):
            self.claims[claim] = max(self.claims[claim], p)
        for y in r.figures:
            self.figures[y] = max(self.figures[y], p)
        both = frozenset(r.figures)
        self.sets[both] = max(self.sets[both], p)
        for pair in combinations(r.figures[:6], 2):
            self.pairs[frozenset(pair)] = max(self.pairs[frozenset(pair)], p)

    def signs(self, i: int) -> list[float]:
        """Return what speaks for and against a relation that fails."""
        r, p = self.relations[i], self.chance[i]
        x, explained = r.figures[0], [self.figures[y] for y in r.figures]
        best = sorted(self.same_claim[r.kind, x], reverse=True)
        next_best = 0.0 if len(best) == 1 else best[best[0] == p]
        rival = self.failing[self.failing[0] == p] if len(self.failing) > 1 else p
        pair = max((self.pairs[frozenset(two)] for two in combinations(r.figures[:6], 2)), default=0.0)
        signs = [
            self.relevances[i],
            self.claims[x],
            self.claims[r.kind, x],
            max(explained),
            min(explained),
            explained[0],
        ]
        signs += [sum(explained) / len(explained), self.sets[frozenset(r.figures)], pair, best.index(p), p - next_best]
        signs += [min(self.failing.index(p), 99), rival, len(self.failing), len(self.relations)]
        figures = (x, *r.figures[:0:-1]) if r.kind in ("growth", "fall") else r.figures
        j = self.place.get((OPPOSITE.get(r.kind, ""), figures))
        if j is None:
            return [*signs, -9.0, 0.0, -1.0]
        return [*signs, self.relevances[j], self.relevances[i] - self.relevances[j], float(self.relations[j].holds)]


def suspects(relations: list[Relation], relevances: list[float], cues: Cues) -> list[tuple[int, list[float]]]:
    """Return the places of the likeliest relations that do not hold, each with the signs that it is judged by."""
    failing = sorted((i for i, r in enumerate(relations) if not r.holds), key=lambda i: -relevances[i])
    others, found = _Others(relations, relevances), list[tuple[int, list[float]]]()
    for i in failing[:LOOKED_AT]:
        kinds = [float(relations[i].kind == kind) for kind in KINDS]
        found.append((i, [*others.signs(i), *layout(relations[i], cues), *kinds]))
    return found


@functools.cache
def _trees() -> list[list[tuple[int, float, int, int, float]]]:
    """Return the trees: for each node the sign that it asks for, the most for the left, the nodes left and right, the value of a leaf."""
    trees = defaultdict[int, list[tuple[int, float, int, int, float]]](list)
    text = (resources.files("articles") / "judgement.csv").read_text(encoding="utf-8")
    for tree, sign, most, left, right, value in csv.reader(text.splitlines()):
        trees[int(tree)].append((int(sign), float(most), int(left), int(right), float(value)))
    return [trees[tree] for tree in sorted(trees)]


def judge(signs: list[float]) -> float:
    """Return the log odds that a relation that fails is a contradiction."""
    total = 0.0
    for tree in _trees():
        node = tree[0]
        while node[0] >= 0:
            node = tree[node[2] if signs[node[0]] <= node[1] else node[3]]
        total += node[4]
    return total
