"""Fit the tables by which the checker of articles judges relations between numbers, and say how well they do on sets held out.

    python -m benchmarks.fit_checker [--write] [--test NAME,NAME] [FOLDER | FILE ...]

Needs scikit-learn (the extra ``fit``), which the project itself does not. It learns from the texts in tests/articles and benchmarks/articles, and from
the folders (NNbad.txt, NNok.txt) and files of consistent texts (one a line, " // " parts paragraphs) that are named. A relation between numbers that is
meant holds in a consistent text; in a pair, the relation that holds in the right text and fails in the wrong one is the one that was broken.

First a logistic regression for each kind of relation weighs cues of the words (relevance.csv), then boosted trees weigh how relevant a
relation that fails is, what else its numbers may mean, and how near the miss is (judgement.csv). Sets are held out whole; texts that are
nearly those of a set held out are left out too.
"""

import argparse
import csv
import hashlib
import re
import sys
import time
from array import array
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from articles import arithmetic, judgement, propose
from articles.relations import ORDERS, figures_of, relations
from articles.relevance import Cues

ROOT, HERE = Path(__file__).parents[1], Path(__file__).parent
TESTS = ROOT / "tests" / "articles"
OUT = ROOT / "src" / "articles"
CHOICE = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
FOLDS, MOST, FITS = 5, 250, 4  # folds; relations of a long text that are learned from; fits of which the mean is taken
DATED = "06/02/2024 10:20\n"


class Text:
    """One text: the set it is of, its name there, whether it is bad, ok or consistent, its relations and their cues."""

    def __init__(self, group, name, side, text):
        self.group, self.name, self.side, self.text = group, name, side, text
        caught = []
        kept, arithmetic.check = arithmetic.check, lambda found, lines=None: caught.append(found) or []
        try:
            propose.propose_text(text, "a.txt")
        finally:
            arithmetic.check = kept
        self.place = {id(x): i for i, x in enumerate(caught[0])}
        figures = figures_of(caught[0])
        self.relations = relations(figures)
        self.cues = Cues(figures, self.relations)
        self.keys = [self.key(r) for r in self.relations]
        self.broken = [False] * len(self.keys)

    def key(self, r):
        return r.kind, tuple((self.place.get(id(y.number), -y.n), y.part) for y in r.figures)


def twins(group, name, body):
    """Yield the wrong and the right text of one that marks what differs: {wrong|right}."""
    if CHOICE.search(body):
        yield group, name, "bad", CHOICE.sub(r"\1", body)
        yield group, name, "ok", CHOICE.sub(r"\2", body)


def kept():
    """Yield group, name, side and text of what stands in tests/articles and benchmarks/articles."""
    for path in [*sorted(TESTS.glob("pairs_*.txt")), TESTS / "missed.txt"]:
        for i, line in enumerate(path.read_text("utf-8").splitlines()):
            if line.strip() and not line.startswith("#"):
                yield from twins(path.stem, str(i), line.partition(" | ")[2].replace(" // ", "\n"))
    for head, body in blocks("twins.txt"):
        yield from twins(f"twins_{head[0]}", head.split()[0], body)
    for head, body in [*blocks("long_1.txt"), *blocks("long_2.txt"), *blocks("long_3.txt")]:
        lines = "\n".join(line for line in body.splitlines() if not line.startswith(">"))
        for i, slot in enumerate(CHOICE.finditer(lines)):  # one of them wrong, the others right
            before, after = (CHOICE.sub(r"\2", part) for part in (lines[: slot.start()], lines[slot.end() :]))
            yield from twins(f"long_{head.split()[0]}", str(i), before + slot[0] + after)
    for path in sorted(TESTS.glob("consistent_*[a-z].txt")):
        yield from lines_of(path)
    for name in ("consistent", "consistent_2", "made_up_1", "made_up_2", "made_up_3", "fresh_1"):
        yield name, "0", "consistent", (TESTS / f"{name}.txt").read_text("utf-8")
    for name, _, text in named("pairs.txt"):
        yield from twins(*name.split(), text)
    for name, _, text in named("consistent.txt"):
        yield *name.split(), "consistent", DATED + text


def blocks(name):
    """Yield the headings and the texts of a file of long texts."""
    for block in re.split(r"(?m)^### ", (TESTS / name).read_text("utf-8"))[1:]:
        head, _, body = block.partition("\n")
        yield head, body


def named(name):
    """Yield the parts of the lines of a file of texts, one a line behind its name."""
    for line in (HERE / "articles" / name).read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, bar, text = line.partition(" | ")
            yield name, bar, text.replace(" // ", "\n")


def lines_of(path):
    """Yield the consistent texts of a file, one a line."""
    for i, line in enumerate(path.read_text("utf-8").splitlines()):
        if line.strip() and not line.startswith("#") and not re.search(r"<table|^\| ", line):
            yield path.stem, str(i), "consistent", DATED + line.replace(" // ", "\n")


def folder(path):
    """Yield the pairs of a folder."""
    for bad in sorted(path.glob("*bad.txt")):
        right = path / bad.name.replace("bad", "ok")
        yield path.name, bad.stem[:-3], "bad", bad.read_text("utf-8")
        yield path.name, bad.stem[:-3], "ok", right.read_text("utf-8")


def near_copies(texts):
    """Return a number for each text that those share that are nearly the same."""
    shingles, found, head = [], defaultdict(set), list(range(len(texts)))
    for i, t in enumerate(texts):
        words = re.findall(r"[^\W\d_]+", re.sub(r"^[^\n]*\d{4}[^\n]*\n", "", t.text).lower())
        shingles.append({tuple(words[k : k + 4]) for k in range(max(1, len(words) - 3))})
        for s in shingles[-1]:
            found[s].add(i)

    def top(i):
        while head[i] != i:
            head[i] = head[head[i]]
            i = head[i]
        return i

    for i, mine in enumerate(shingles):
        common = Counter(j for s in mine if len(found[s]) < 60 for j in found[s] if j > i)
        for j, n in common.items():
            if 2 * n > min(len(mine), len(shingles[j])):
                head[top(i)] = top(j)
    return np.array([top(i) for i in range(len(texts))])


class Table:
    """The relations of one kind in all texts: their cues as a matrix, and what is known of each."""

    def __init__(self, kind):
        self.kind, self.names, self.cues, self.rows = kind, {}, [], []

    def add(self, text, i, r, cues, wrong, broken):
        self.cues.append(array("i", sorted(self.names.setdefault(cue, len(self.names)) for cue in sorted(cues))))
        width = (r.made[1] - r.made[0] + r.printed[1] - r.printed[0]) / max(1e-9, *map(abs, r.printed))
        chance = min(0.5, width + 1 / (1 + abs(r.figures[0].value)))  # that it holds by luck
        self.rows.append((text, i, r.holds, wrong, broken, chance))

    def close(self):
        ends = np.cumsum([0] + [len(row) for row in self.cues])
        columns = np.concatenate([np.frombuffer(row, dtype=np.int32) for row in self.cues])
        matrix = sparse.csr_matrix(
            (np.ones(len(columns), np.float32), columns, ends), (len(self.cues), len(self.names))
        )
        often = np.flatnonzero(np.bincount(columns, minlength=len(self.names)) > 5)
        names, self.cues = list(self.names), None
        self.matrix, self.names = matrix[:, often].tocsr(), [names[i] for i in often]
        text, place, holds, wrong, broken, chance = map(np.array, zip(*self.rows, strict=True))
        self.text, self.place = text, place
        limit = (
            self.kind in ORDERS and self.kind not in judgement.OPPOSITE
        )  # most hold: only those that were broken are meant
        self.meant = broken | (holds & ~wrong & (not limit))
        lucky = np.full(len(text), 0.2 if limit else 0.5) if self.kind in ORDERS else 0.75 - 1.4 * chance
        self.weight = np.where(broken, 3.0, np.where(wrong, 0.0, np.where(holds, lucky, 1.0)))


class Words:
    """The weights of the cues of one kind: those that a regression with few weights keeps, fitted again."""

    def __init__(self, table, rows):
        x, y, w = table.matrix[rows], table.meant[rows], table.weight[rows]
        self.columns, self.fit = np.array([], int), None
        if 4 < y.sum() < len(y):
            few = LogisticRegression(C=1.0, l1_ratio=1, solver="liblinear", max_iter=60, tol=5e-3, random_state=0)
            self.columns = np.flatnonzero(few.fit(x, y, w).coef_[0])
        if len(self.columns):
            fit = LogisticRegression(C=0.05, solver="liblinear", tol=2e-3, random_state=0)
            self.fit = fit.fit(x[:, self.columns], y, w)

    def relevance(self, matrix):
        return self.fit.decision_function(matrix[:, self.columns]) if self.fit else np.full(matrix.shape[0], -5.0)


def words(tables, learn):
    """Fit the weights on the texts to learn from."""
    rng, fitted = np.random.default_rng(0), {}
    for kind, table in tables.items():
        many = np.bincount(table.text, minlength=len(learn))[table.text]
        some = (rng.random(len(many)) < MOST / 4 / np.maximum(1, many)) | (table.weight > 2)
        fitted[kind] = Words(table, np.flatnonzero(learn[table.text] & some & (table.weight > 0)))
    return fitted


def trees(signs, wrong, seed):
    return HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.06,
        max_leaf_nodes=12,
        min_samples_leaf=15,
        l2_regularization=2.0,
        max_features=0.4,
        random_state=seed,
    ).fit(signs, wrong)


class Forests(list):
    """Several fits of trees, of which the mean is taken: one alone may name what the others do not."""

    def decision_function(self, signs):
        return np.mean([fit.decision_function(signs) for fit in self], axis=0)


class Judged:
    """The suspects of all texts with their signs."""

    def __init__(self, texts, relevances):
        rows = [
            (t, i, signs, text.broken[i], text.side == "bad")
            for t, text in enumerate(texts)
            for i, signs in judgement.suspects(text.relations, list(relevances[t]), text.cues)
        ]
        text, self.place, signs, broken, wrong = zip(*rows, strict=True)
        self.text, self.signs, self.broken = np.array(text), np.array(signs), np.array(broken)
        self.known = self.broken | ~np.array(wrong)

    def fit(self, learn):
        rows = learn[self.text] & self.known
        return Forests(trees(self.signs[rows], self.broken[rows], seed) for seed in range(FITS))


def by_text(count, text, score):
    """Return the highest score of each text."""
    top = np.full(count, -99.0)
    np.maximum.at(top, text, score)
    return top


def report(name, top, sides, rows):
    bad, ok = top[rows & (sides == "bad")], np.sort(top[rows & (sides == "ok")])[::-1]
    cuts = [(rate, ok[int(rate * len(ok))]) for rate in (0, 0.01, 0.025, 0.05, 0.1)]
    shares = [f"{rate:.1%} (above {cut:.2f}): {(bad > cut).mean():.1%}" for rate, cut in cuts]
    print(f"{name:24} {len(bad):4} pairs, found at so many twins accused:", *shares, flush=True)


def read(paths):
    """Return the texts, each with its relations; those of a pair know which were broken."""
    sources = [*kept(), *(x for path in paths for x in (folder(path) if path.is_dir() else lines_of(path)))]
    texts = [Text(*source) for source in sources]
    pairs = defaultdict(dict)
    for t in texts:
        pairs[t.group, t.name][t.side] = t
    for pair in pairs.values():
        if {"bad", "ok"} <= pair.keys():
            fails = [
                {key for key, r in zip(t.keys, t.relations, strict=True) if not r.holds}
                for t in (pair["bad"], pair["ok"])
            ]
            broken = (fails[0] - fails[1]) & {*pair["ok"].keys}
            for t in (pair["bad"], pair["ok"]):
                t.broken = [key in broken for key in t.keys]
    return texts


def tabulate(texts):
    tables = {}
    for t, text in enumerate(texts):
        for i, r in enumerate(text.relations):
            table = tables.setdefault(r.kind, Table(r.kind))
            table.add(t, i, r, text.cues.of(r), text.side == "bad", text.broken[i])
    for table in tables.values():
        table.close()
    return tables


def write(tables, fitted, model):
    with (OUT / "relevance.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        for kind in sorted(tables):
            one = fitted[kind]
            if one.fit:
                rows.writerow((kind, "", f"{one.fit.intercept_[0]:.3f}"))
                for column, weight in zip(one.columns, one.fit.coef_[0], strict=True):
                    if abs(weight) >= 0.005:
                        rows.writerow((kind, tables[kind].names[column], f"{weight:.3f}"))
    with (OUT / "judgement.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow((0, -1, 0, 0, 0, f"{np.mean([fit._baseline_prediction.item() for fit in model]):.5f}"))
        for tree, (one,) in enumerate((one for fit in model for one in fit._predictors), 1):
            for node in one.nodes:
                sign = -1 if node["is_leaf"] else node["feature_idx"]
                most = 0 if node["is_leaf"] else node["num_threshold"]
                rows.writerow((tree, sign, f"{most:.9g}", node["left"], node["right"], f"{node['value'] / FITS:.5f}"))


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true", help="fit on all texts and write the tables")
    parser.add_argument("--test", default="", help="hold these sets out instead of folds")
    parser.add_argument("--without", default="", help="leave these groups out of what is learned from")
    chosen = parser.parse_args(arguments)
    began, texts = time.time(), read(chosen.paths)
    sides, groups = (np.array([getattr(t, of) for t in texts]) for of in ("side", "group"))
    copies, tables = near_copies(texts), tabulate(texts)
    print(f"{len(texts)} texts, {sum(len(t.keys) for t in texts)} relations, {time.time() - began:.0f} s", flush=True)
    fold = np.array([int(hashlib.md5(g.encode()).hexdigest(), 16) % FOLDS for g in groups])
    last = np.isin(groups, chosen.test.split(","))
    fold[last] = FOLDS
    usable = ~np.isin(groups, chosen.without.split(","))
    numbers = [np.zeros(len(t.keys)) for t in texts]
    learned = {k: usable & (fold != k) & ~last & ~np.isin(copies, copies[(fold == k) | last]) for k in sorted({*fold})}
    for k, learn in learned.items():
        for kind, one in words(tables, learn).items():
            table = tables[kind]
            rows = np.flatnonzero(fold[table.text] == k)
            values = one.relevance(table.matrix[rows]) if len(rows) else ()
            for row, value in zip(rows, values, strict=True):
                numbers[table.text[row]][table.place[row]] = value
    judged = Judged(texts, numbers)
    print(f"{len(judged.text)} suspects, {time.time() - began:.0f} s", flush=True)
    score = np.zeros(len(judged.text))
    for k, learn in learned.items():
        rows = fold[judged.text] == k
        if not last.any() or k == FOLDS:
            score[rows] = judged.fit(learn).decision_function(judged.signs[rows])
    top = by_text(len(texts), judged.text, score)
    sets = last if last.any() else np.array([g.startswith("set") for g in groups])
    report("all sets", top, sides, sets)
    short = sets & ~np.isin(groups, ["set31", "set52"])
    report("sets of short texts", top, sides, short)
    for group in sorted({*groups[sets & (sides == "bad")]}) if last.any() else ["missed"]:
        report(group, top, sides, groups == group)
    if chosen.write:
        every = np.ones(len(texts), bool)
        write(tables, words(tables, every), judged.fit(every))
        print(f"written, {time.time() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
