"""One verdict: what a stated set of main designs finds, after counting every question asked."""

from typing import Any

import numpy as np
import pandas as pd

from helpers.effects.chance import holm, randomise
from helpers.effects.design import opened
from helpers.effects.estimators import fit_counterfactual
from helpers.effects.libraries import fit_switchers
from helpers.effects.results import attempt

PERIODS = 4  # from a first change on, its own among them, over which first changes add up effects
MAIN_DESIGNS = (("twfe", "reassignment_t"), ("counterfactual", "bootstrap"), ("switchers", "influence"))


def main(data: Any, *, draws: int = 10_000, seed: int = 1, **columns: Any) -> pd.DataFrame:
    """
    Fit the main designs: two-way effects with studentised reassignment, counterfactual, first changes (dCDH) over ``PERIODS`` periods.

    Parameters
    ----------
    data, **columns
        As in `design`.
    draws, seed : int
        Of the reassignment; the bootstrap takes at most 1,000.

    Returns
    -------
    DataFrame
        One row a design that can be estimated, ready for `verdict`. ``attrs["refused"]``: estimator to reason of the others.
    """
    opened(data, columns)  # what is no panel is an error, not a design that cannot be estimated
    fits = {
        "twfe": lambda: randomise(data, draws=draws, seed=seed, **columns).rows,
        "counterfactual": lambda: fit_counterfactual(data, horizon=(), draws=min(draws, 1_000), seed=seed, **columns),
        "switchers": lambda: fit_switchers(data, effects=PERIODS, **columns).iloc[:1],
    }
    made = {name: attempt(fit) for name, fit in fits.items()}
    for rows in made.values():
        rows.attrs = {k: v for k, v in rows.attrs.items() if k == "refused"}
    out = pd.concat([rows.set_axis(rows.columns, axis=1) for rows in made.values()], ignore_index=True)
    out.attrs = {"refused": {name: rows.attrs["refused"] for name, rows in made.items() if "refused" in rows.attrs}}
    return out


def verdict(rows: pd.DataFrame, better: Any = None) -> pd.DataFrame:
    """
    Say for every question which of the main designs find a difference, after Holm over all questions.

    Parameters
    ----------
    rows : DataFrame
        Results of the whole family: every outcome, definition and post that is asked about. Those of ``MAIN_DESIGNS`` count, of the main
        model without event time, unknown homes left out.
    better : dict of str to {"higher", "lower"}, optional
        Which direction of an outcome is good.

    Returns
    -------
    DataFrame
        One row per outcome, definition, post: found (none, some, all of the designs that could be estimated), direction (higher,
        lower, mixed, none), effect (better, worse, mixed, none, unknown), agree, disagree, refused (tuples of estimators), n_designs, family
        (hypotheses Holm counted for a design), and by estimator the estimate, ``p_`` and ``holm_``; adjusted over the ``n_tests`` tests
        of all designs at once, ``strict_``.

    Examples
    --------
    >>> from helpers.effects.results import result
    >>> asked = {"outcome": "a", "definition": "hometown", "post": "secretary", "estimator": "twfe", "test": "reassignment_t"}
    >>> verdict(result(**asked, estimate=1.0, p_value=0.01), {"a": "lower"})[["found", "direction", "effect"]].values.tolist()
    [['all', 'higher', 'worse']]
    """
    keys, better = ["outcome", "definition", "post"], better or {}
    rows = rows[rows["event_time"].isna() & rows["unknown"].eq("left_out") & rows["model"].eq("main")]
    out = rows[keys].drop_duplicates()
    for name, test in MAIN_DESIGNS:
        part = rows[(rows["estimator"] == name) & (rows["test"] == test)].drop_duplicates(keys)
        part = part[[*keys, "estimate", "p_value"]].assign(holm=holm(part["p_value"]))
        out = out.merge(part.set_axis([*keys, name, f"p_{name}", f"holm_{name}"], axis=1), on=keys, how="left")
    names = [name for name, _ in MAIN_DESIGNS]
    p = out[[f"p_{name}" for name in names]].to_numpy(float)
    out = out.assign(**dict(zip([f"strict_{name}" for name in names], holm(p.ravel()).reshape(p.shape).T, strict=True)))
    said = [_said(line, names, better.get(line["outcome"])) for line in out.to_dict("records")]
    columns = ["found", "direction", "effect", "agree", "disagree", "refused", "n_designs"]
    found = out[keys].join(pd.DataFrame(said, columns=columns, index=out.index)).join(out.drop(columns=keys))
    asked = np.isfinite(p)
    return found.assign(family=int(asked.sum(axis=0).max()), n_tests=asked.sum()).reset_index(drop=True)


def _said(line, names, good):
    known = [n for n in names if np.isfinite(line[f"p_{n}"])]
    sign = {n: np.sign(line[n]) for n in known if line[f"holm_{n}"] < 0.05}
    ways = set(sign.values())
    direction = "none" if not sign else "mixed" if len(ways) > 1 else "higher" if ways == {1.0} else "lower"
    found = "none" if not sign else "all" if len(sign) == len(known) and len(ways) == 1 else "some"
    told = "unknown" if good is None else "better" if direction == good else "worse"
    effect = direction if direction in ("none", "mixed") else told
    agree = () if direction == "mixed" else tuple(sign)
    disagree, refused = ([n for n in part if n not in left] for part, left in ((known, agree), (names, known)))
    return found, direction, effect, agree, tuple(disagree), tuple(refused), len(known)
