"""Whether the past of a province predicts the arrival of a non-local."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from helpers import effects
from helpers.findings.verdict import label_of
from helpers.words import Sentence, _, count, listing, number, p_value, say

_TERMS = ("tenure", "congress", "city")


def arrivals(risk: pd.DataFrame) -> pd.DataFrame:
    """Return, by year, how many provinces were under a local and how many of them were under a non-local one year later."""
    out = risk.groupby("year", as_index=False).agg(n_local=("arrives", "size"), n_arrivals=("arrives", "sum"))
    return out.astype({"n_arrivals": "int64"}).assign(share_arrivals=out["n_arrivals"] / out["n_local"])


def hazard(fit: Callable, formula: str, risk: pd.DataFrame, past: Sequence[str]) -> pd.DataFrame:
    """
    Fit the hazard of an arrival, with each past outcome in turn.

    Parameters
    ----------
    fit : callable
        ``statsmodels.formula.api.ols`` or the like.
    formula : str
    risk : DataFrame
        Of ``study.at_risk``.
    past : sequence of str
        Columns of past outcomes.

    Returns
    -------
    DataFrame
        Rows of results (estimator ``hazard``; model: the term); errors clustered by province.
    """
    rows = []
    for name in (None, *past):
        data = risk.dropna(subset=["tenure", *([name] if name else [])])
        groups = data["unit_code"].astype(int)
        made: Any = fit(formula + (f" + {name}" if name else ""), data).fit(
            cov_type="cluster", cov_kwds={"groups": groups}
        )
        for term in (name,) if name else _TERMS:
            rows.append(effects.row(made, term, estimator="hazard", model=term, outcome=name or "", n_units=groups.nunique(), n_switching=int(data["arrives"].sum()),
                                    first_year=int(data["year"].min()), last_year=int(data["year"].max())))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _term(model: str) -> str:
    own = {
        "tenure": _("one more year in office of the local"),
        "congress": _("a year of provincial party congresses"),
        "city": _("one of the five centrally run cities"),
    }
    return own.get(model) or label_of(model)


def sent(rows: pd.DataFrame, past: Sequence[str]) -> Sentence:
    """Return whether past outcomes predict an arrival: the first sentence of 16."""
    own = rows[rows["model"].isin(list(past))]
    adjusted = pd.Series(effects.holm(own["p_value"].to_numpy()), index=own.index)
    found = own[adjusted < 0.05]
    if own.empty:
        return say("**No past outcome was asked about.**")
    if found.empty:
        return say(
            "**The past outcomes looked at do not predict where a non-local arrives.** Their smallest p-value, adjusted for {n} of them, is {p}; the test could only have shown large differences.",
            n=len(own),
            p=p_value(adjusted.min()),
        )
    parts = listing(
        _(
            "{label} ({points} percentage points for one standard deviation)",
            label=label_of(r.model),
            points=number(100 * r.estimate, 1),
        )
        for r in found.itertuples()
    )
    return say(
        "**Where a non-local arrives can be predicted from the past:** {parts}. Comparisons of years then mix the reason for an arrival with what follows it.",
        parts=parts,
    )


def hazard_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the hazard in percentage points, with what each term is."""
    out = pd.DataFrame(
        {
            "term": [_term(name) for name in rows["model"]],
            **{c: 100 * rows[c] for c in ("estimate", "conf_low", "conf_high")},
            "p_value": rows["p_value"],
            "n_obs": rows["n_obs"],
        }
    )
    out.attrs = {
        "digits": 1,
        "caption": count(len(out), "", "One term, percentage points", "{n} terms, percentage points"),
    }
    return out
