"""How well the reader does: its rows beside rows that a person accepted. Run as ``python -m tests.articles.scoring DIR`` with the five articles."""

import re
import sys
from pathlib import Path

import pandas as pd

from articles import propose
from articles.text import LANGUAGE
from helpers.record import tables
from helpers.record.ledger import clean


def _group(row):
    if row["kind"] == "page_chrome":
        return "page furniture"
    return next((group for group, units in LANGUAGE["groups"].items() if re.fullmatch(units, row["unit"])), "counts")


def _plain(row):
    if row["unit"] == "move":
        return ""
    number = re.fullmatch(r"-?\d+(\.\d+)?", str(row["value"]))
    return f"{float(row['value']):.6g}" if number else clean(str(row["value"])).casefold()


def score(proposals: pd.DataFrame, facts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Compare proposals with accepted rows of the ledger.

    A proposal and an accepted row match when they have the article, a sentence, the unit and the value in common (a move: all but the
    value, which is prose). ``recall`` is the share of accepted rows that are matched, ``precision`` the share of proposals; ``*_kind``
    ask for the same kind (observed, target, ...) too. Derived rows and rows without a locator are not asked for; proposals with a
    ``problem`` do not count, as they cannot be accepted; but those do of which only the place is to be looked at, as places are not compared.

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
    sides = {"missed": facts[~facts["derived"].fillna(False).astype(bool) & facts["quote_locator"].notna()]}
    sides["excess"] = proposals[proposals["problem"].fillna("").isin(["", LANGUAGE["lent"]])]
    for side, rows in sides.items():
        value = [_plain(row) for row in rows.to_dict("records")]
        sides[side] = rows.assign(
            side=side, n=range(len(rows)), group=[_group(row) for row in rows.to_dict("records")], same=value
        )
    sentences = [
        rows.assign(at=rows["quote_locator"].str.findall(r"p\d+\.s\d+")).explode("at") for rows in sides.values()
    ]
    pairs = sentences[0].merge(sentences[1], on=["article", "unit", "at", "same"], suffixes=("_missed", "_excess"))
    alike = pairs[pairs["kind_missed"] == pairs["kind_excess"]]
    for side, rows in sides.items():
        sides[side] = rows.assign(hit=rows["n"].isin(pairs[f"n_{side}"]), hit_kind=rows["n"].isin(alike[f"n_{side}"]))
    both = pd.concat(sides.values(), ignore_index=True)
    groups = sorted(set(both["group"]))
    numbers = [g for g in groups if g not in ("legal texts", "moves of persons")]
    table = []
    for name, members in [*((g, [g]) for g in groups), ("numbers", numbers), ("all", groups)]:
        parts = [both[(both["side"] == side) & both["group"].isin(members)] for side in sides]
        table.append((name, *map(len, parts), *(part[hit].mean() for hit in ("hit", "hit_kind") for part in parts)))
    columns = ["group", "accepted", "proposed", "recall", "precision", "recall_kind", "precision_kind"]
    shown = ["side", "article", "quote_locator", "value", "unit", "kind"]
    return pd.DataFrame(table, columns=columns), both.loc[~both["hit_kind"], shown].reset_index(drop=True)


if __name__ == "__main__":
    facts = tables.load("programme_facts")
    files = [Path(sys.argv[1]) / name for name in sorted(set(facts["article"]))]
    print(score(pd.concat([propose.propose(f) for f in files]), facts)[0].round(3).to_string(index=False))
