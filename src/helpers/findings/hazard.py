"""Whether the past of a province predicts the arrival of a non-local, and whether designs find effects where there should be none."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from helpers import effects, study
from helpers.findings.verdict import label_of
from helpers.record import places, terms
from helpers.words import Sentence, _, between, count, joined, language, listing, number, p_value, percent, say

_TERMS = {
    "tenure": "one more year in office of the local",
    "nobody_known": "nobody known in office in some month of the year",
    "congress": "a year of provincial party congresses",
    "city": "one of the five centrally run cities",
}
_KINDS = {"placebo": "three years before an arrival", "carryover": "three years after a departure"}


def arrivals(risk: pd.DataFrame) -> pd.DataFrame:
    """
    Return, by year, how many provinces were under a local and how many of them were under a non-local one year later.

    Parameters
    ----------
    risk : DataFrame
        Of ``study.at_risk``.
    """
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
        groups, years = data["unit_code"].astype(int), data["year"]
        model: Any = fit(formula + (f" + {name}" if name else ""), data)
        made = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
        told = {"estimator": "hazard", "n_units": groups.nunique(), "n_switching": int(data["arrives"].sum())}
        told |= {"first_year": int(years.min()), "last_year": int(years.max()), "outcome": name or ""}
        regions = [term for term in made.params.index if term.endswith("]")]
        for term in (name,) if name else (*_TERMS, *regions):
            rows.append(effects.row(made, term, model=term.rpartition("[T.")[2].rstrip("]"), **told))
    return pd.concat(rows, ignore_index=True)


def sent(rows: pd.DataFrame, past: Sequence[str], risk: pd.DataFrame) -> Sentence:
    """
    Return whether past outcomes predict an arrival: the first sentence of 16.

    Parameters
    ----------
    rows : DataFrame
        Of `hazard`.
    past : sequence of str
        The past outcomes among its terms.
    risk : DataFrame
        Of ``study.at_risk``.
    """
    own = rows[rows["model"].isin(list(past))]
    adjusted = pd.Series(effects.holm(own["p_value"].to_numpy()), index=own.index)
    found = own[adjusted < 0.05]
    if own.empty:
        return say("**No past outcome was asked about.**")
    if found.empty:
        told = {"n": len(own), "p": p_value(adjusted.min()), "named": listing(map(label_of, own["model"]))}
        told["ends"] = between(100 * own["conf_low"].min(), 100 * own["conf_high"].max(), 1, _("percentage points"))
        usual = percent(risk["arrives"].mean(), 1)
        text = "**None of the past outcomes looked at ({named}) was found to predict where a non-local arrives.** Their smallest p-value, adjusted for {n} of them, is {p}. Where one of them was a standard deviation higher, the chance of an arrival in a year could still be anything {ends} (95% intervals); over all years of this page it is {usual}."
        other = rows[rows["model"].isin(_TERMS) & (rows["p_value"] < 0.05)]["model"]
        beside = say(
            "Arrivals do go with: {terms} (p under 0.05 each).", terms=listing(_(_TERMS[name]) for name in other)
        )
        return joined(say(text, usual=usual, **told), beside if len(other) else "")
    text = "{label} ({points} percentage points for one standard deviation)"
    parts = [_(text, label=label_of(r.model), points=number(100 * r.estimate, 1)) for r in found.itertuples()]
    text = "**Where a non-local arrives can be predicted from the past:** {parts}. Comparisons of years then mix the reason for an arrival with what follows it."
    return say(text, parts=listing(parts))


def hazard_table(rows: pd.DataFrame, risk: pd.DataFrame) -> pd.DataFrame:
    """
    Return the rows of the hazard in percentage points, with what each term is.

    Parameters
    ----------
    rows : DataFrame
        Of `hazard`.
    risk : DataFrame
        Of ``study.at_risk``, for the regions.
    """
    named = {places.region(code, "en"): places.region(code, language()) for code in risk["unit_code"].unique()}
    base = named[min(named)]
    named = {name: _("{region}, against {base}", region=text, base=base) for name, text in named.items()}
    named |= {name: _(text) for name, text in _TERMS.items()}
    out = rows[["estimate", "conf_low", "conf_high"]] * 100
    out.insert(0, "term", [named.get(name) or label_of(name) for name in rows["model"]])
    out = out.join(rows[["p_value", "n_obs"]])
    caption = count(len(out), "", "One term, percentage points", "{n} terms, percentage points")
    out.attrs = {"digits": 1, "caption": caption}
    return out


def nothing(outcomes: Sequence[str], definition: str, post: str, draws: int = 500) -> pd.DataFrame:
    """
    Fit the out-of-sample placebo and the carry-over test of each outcome.

    Parameters
    ----------
    outcomes : sequence of str
    definition : str
    post : str
        As in ``study.panel``.
    draws : int
        Bootstrap draws of provinces.

    Returns
    -------
    DataFrame
        Rows of ``effects.fit_placebo`` with ``bound``, the difference asked about, and ``scale``; none where a design is refused.
    """
    rows = []
    for name in outcomes:
        panel = study.panel(name, definition, post)
        for kind in _KINDS:
            fit = effects.attempt(effects.fit_placebo, panel, kind, draws=draws)
            rows.append(fit.assign(bound=fit.attrs.get("bound"), scale=panel.scale))
    return pd.concat(rows, ignore_index=True) if rows else effects.result(estimate=[])


def nothing_table(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Return the tests of `nothing`, one row each, in the unit of each outcome.

    Parameters
    ----------
    rows : DataFrame
    """
    one, two = (rows[rows["test"] == test].reset_index(drop=True) for test in ("bootstrap", "equivalence"))
    shown = ["estimate", "conf_low", "conf_high", "bound"]
    out = one[shown].mul(one["scale"], axis=0)
    out.insert(0, "label", [label_of(name) for name in one["outcome"]])
    out.insert(1, "years", [_(_KINDS[kind]) for kind in one["model"]])
    out = out.assign(
        p_value=one["p_value"], p_equivalence=two["p_value"], n_cells=one["n_cells"], n_units=one["n_units"]
    )
    out.attrs = {"digits": 2}
    return out


def found_nothing(rows: pd.DataFrame) -> Sentence:
    """
    Return how many tests find a difference where there should be none, and how many exclude one.

    Parameters
    ----------
    rows : DataFrame
        Of `nothing`.
    """
    one, two = (rows.loc[rows["test"] == test, "p_value"].to_numpy() for test in ("bootstrap", "equivalence"))
    found, excluded, total = effects.holm(one) < 0.05, two < 0.05, len(one)
    if not total:
        return say("No such test could be made.")
    finds = count(
        found.sum(),
        "No test finds a difference (p under 0.05 after Holm).",
        "One test finds a difference (p under 0.05 after Holm).",
        "{n} of {total} tests find a difference (p under 0.05 after Holm).",
        total=total,
    )
    excludes = count(
        excluded.sum(),
        "No test excludes one of that size (p under 0.05).",
        "One excludes one of that size (p under 0.05).",
        "{n} exclude one of that size (p under 0.05).",
    )
    rest = count(
        (~found & ~excluded).sum(), "", "One leaves it open.", "{n} leave it open.", total, "All {n} leave it open."
    )
    return joined(finds, excludes, rest)


def departures(definition: str, post: str) -> pd.DataFrame:
    """
    Return who followed a local whose term ended by age, death or a matter of discipline, and who followed another local.

    Parameters
    ----------
    definition : str
    post : {"secretary", "chair"}

    Returns
    -------
    DataFrame
        One row a kind of departure (``kind``): departures, successors known to be local or not, how many of them non-local, their share.
    """
    definition, post = study.who(definition, post)
    table = terms.spells(definition, post=post).query("not early")
    following = table.groupby("unit_code")["non_local"].shift(-1)
    left = table[~table["non_local"].fillna(True) & table["end"].notna()]
    forced = left["left_by"].notna().map({True: _("by age, death or discipline"), False: _("other or not recorded")})
    after = following[left.index].groupby(forced)
    out = pd.DataFrame({"n_departures": after.size(), "n_known": after.count(), "n_non_local": after.sum()})
    out = out.astype("int64").rename_axis("kind").reset_index()
    out = out.assign(share_non_local=out["n_non_local"] / out["n_known"])
    ends = {"first_year": int(left["end"].min().year), "last_year": int(left["end"].max().year)}
    out.attrs["caption"] = _(
        "Terms in office of locals that ended from {first_year} to {last_year}, in all 63 provinces", **ends
    )
    return out
