"""Sentences and tables about estimates: what stands out, what would break it, other designs."""

from typing import Any

import numpy as np
import pandas as pd

from helpers import effects
from helpers.words import Sentence, _, between, count, difference, known, listing, number, p_value, say

_SHOWN = [
    "estimator",
    "event",
    "event_time",
    "estimate",
    "conf_low",
    "conf_high",
    "p_value",
    "test",
    "n_cells",
    "n_units",
    "n_switching",
]


def scaled(rows: pd.DataFrame, panel: Any) -> pd.DataFrame:
    """Return rows with estimates, errors and limits in the unit in which the panel shows them."""
    columns = [c for c in ("estimate", "std_error", "conf_low", "conf_high") if c in rows]
    out = rows.assign(**{c: rows[c].astype(float) * panel.scale for c in columns})
    out.attrs = {"digits": panel.digits}
    return out


def shown(rows: pd.DataFrame, panel: Any) -> pd.DataFrame:
    """Return the columns of result rows that a page shows, in the unit of the panel."""
    out = scaled(rows, panel)
    several = len(out) > 1
    said = [
        c
        for c in ("model", "estimator", "event", "test", "n_units", "n_switching")
        if (several and out[c].nunique() == 1) or (c == "model" and not several)
    ]
    kept = out[[c for c in ("model", *_SHOWN) if c not in said and not out[c].isna().all()]]
    kept.attrs = out.attrs
    return kept


def event_designs(panel: Any, draws: int = 1_000) -> pd.DataFrame:
    """
    Fit the designs that compare around a change in other ways than the counterfactual.

    Parameters
    ----------
    panel : Panel
    draws : int
        Of the bootstraps.

    Returns
    -------
    DataFrame
        Rows of ``effects.RESULT_COLUMNS``: first changes (dCDH) together, in and out; PanelMatch for arrivals and departures;
        LP-DiD; factor models; Callaway-Sant'Anna and Borusyak-Jaravel-Spiess on provinces in which a change stays. ``attrs``:
        ``refused`` (design to reason) and ``vcov`` of the dCDH path.
    """
    frame = panel.frame
    ended = (
        frame.dropna(subset=["treated"])
        .groupby("unit_code")["treated"]
        .apply(lambda d: (d.astype(int).diff() < 0).any())
    )
    stays = frame[~frame["unit_code"].isin(ended.index[ended])]
    first = effects.attempt(effects.fit_switchers, panel, effects=4, placebos=3)
    tried = {
        "switchers": first,
        "switchers, in": effects.attempt(effects.fit_switchers, panel, effects=4, placebos=0, direction="in"),
        "switchers, out": effects.attempt(effects.fit_switchers, panel, effects=4, placebos=0, direction="out"),
        "panel_match": effects.attempt(effects.fit_panel_match, panel, draws=draws),
        "panel_match, exit": effects.attempt(effects.fit_panel_match, panel, exits=True, draws=draws),
        "lp_did": effects.attempt(effects.fit_lp_did, panel),
        "ife": effects.attempt(effects.fit_fect, panel, method="ife"),
        "mc": effects.attempt(effects.fit_fect, panel, method="mc"),
        "callaway_santanna": effects.attempt(effects.fit_absorbing, stays, control="not_yet_treated"),
        "imputation": effects.attempt(effects.fit_absorbing, stays, "imputation"),
    }
    rows = [fit for fit in tried.values() if len(fit)]
    out = pd.concat(rows, ignore_index=True) if rows else first
    out.attrs = {
        "refused": {name: fit.attrs["refused"] for name, fit in tried.items() if "refused" in fit.attrs},
        "first": first,
    }
    return out


def means(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that average over all years since a change."""
    return rows[rows["event_time"].isna() & (rows["test"] != "joint")].reset_index(drop=True)


def agreement(rows: pd.DataFrame, panel: Any) -> str:
    """Return how many designs have the sign of the first one."""
    mean = means(rows)
    n, same = len(mean), int((np.sign(mean["estimate"]) == np.sign(mean["estimate"].iloc[0])).sum()) if len(mean) else 0
    if not n:
        return panel.heading
    if same == n:
        return _("{label}; 95% intervals; all {n} designs have the same sign", label=panel.heading, n=n)
    return _(
        "{label}; 95% intervals; {same} of {n} designs have the sign of the first", label=panel.heading, same=same, n=n
    )


def stand_out(rows: pd.DataFrame, honest: pd.DataFrame) -> Sentence:
    """
    Name the single years of other designs that differ from zero by themselves, and how fragile that is.

    Parameters
    ----------
    rows : DataFrame
        Of :func:`event_designs`.
    honest : DataFrame
        Of :func:`honest`.
    """
    late = rows[(rows["event_time"] >= 0).fillna(False) & (rows["p_value"] < 0.05)]
    if late.empty:
        return say("No single year after a change stands out in any other design.")
    parts = []
    for (estimator, event), part in late.groupby(["estimator", "event"], sort=False):
        years = listing(number(t, 0) for t in sorted(part["event_time"]))
        parts.append(
            _("{design}, {event} (years {years})", design=known(str(estimator)), event=known(str(event)), years=years)
        )
    text = say(
        "Taken alone, without allowing for the number of looks, some years after a change differ from zero: {parts}.",
        parts=listing(parts),
    )
    return Sentence(f"{text} {honesty(honest)}".strip())


def honest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the intervals of the first changes (dCDH) under departures from parallel trends, for the year of the change and the two after it."""
    first = rows.attrs["first"]
    if "refused" in first.attrs:
        raise first.attrs["refused"]
    periods = [int(t) for t in sorted(first["event_time"].dropna()) if 0 <= t <= 2]
    return effects.honest(first, values=(0, 0.25, 0.5, 1.0), periods=tuple(periods))


def honesty(table: pd.DataFrame) -> Sentence:
    """Return up to which departure from parallel trends an effect of the first changes stands."""
    if not len(table) or "excludes_zero" not in table:
        return say(
            "How far the paths may depart from parallel cannot be asked here: too few years before the first changes."
        )
    found = table[table["excludes_zero"]]
    if found.empty:
        return say("By first changes no effect differs from zero even if paths are exactly parallel.")
    most = float(found["m"].max())
    if most == 0:
        return say(
            "By first changes an effect is found only if paths are exactly parallel; it is gone when departures reach a quarter of the largest one before."
        )
    return say(
        "By first changes an effect is found as long as departures stay within {m} times the largest one before.",
        m=number(most, 2),
    )


def refused(rows: pd.DataFrame) -> Sentence:
    """Return which designs could not be estimated, and why."""
    reasons = rows.attrs.get("refused", {})
    if not reasons:
        return say("All designs could be estimated.")
    parts = [f"{known(name.split(',')[0])}: {str(reason).rstrip('.')}" for name, reason in reasons.items()]
    return say("Not estimated: {parts}.", parts="; ".join(dict.fromkeys(parts)))


def small_sample(panel: Any) -> Sentence:
    """Return the warning for fewer than ten switching units, or nothing."""
    if panel.n_switching >= 10:
        return Sentence()
    if panel.n_switching < 5:
        return say(
            "**Only {n} {units} switch: no interval can be trusted; read the reassignment p-value alone.**",
            n=panel.n_switching,
            units=panel.units,
        )
    return say(
        "Only {n} {units} switch: read the reassignment p-value rather than the standard errors.",
        n=panel.n_switching,
        units=panel.units,
    )


def with_range(rows: pd.DataFrame, range_: Any) -> pd.DataFrame:
    """Return the rows and one more for the figure: the lowest and the highest estimate over every filling of unknown homes (unknown: range)."""
    if not range_.n_terms:
        return rows
    last = rows.iloc[[0]].assign(
        unknown="range", conf_low=range_.low, conf_high=range_.high, std_error=np.nan, p_value=np.nan
    )
    return pd.concat([rows, last], ignore_index=True)


def unknown(range_: Any, panel: Any) -> str:
    """Return what the homes that are unknown could change."""
    if not range_.n_terms:
        return _("No home is unknown in these years, so this estimate has no such range.")
    ends = between(range_.low * panel.scale, range_.high * panel.scale, panel.digits, panel.measure)
    text = count(
        range_.n_terms, "", "One term in office is of unknown home.", "{n} terms in office are of unknown home."
    )
    if range_.exact:
        return f"{text} " + _("Over all ways of filling them in, the estimate lies {ends}.", ends=ends)
    outer = between(range_.outer_low * panel.scale, range_.outer_high * panel.scale, panel.digits, panel.measure)
    return f"{text} " + _(
        "There are too many ways of filling them in to try all: estimates {ends} were found, and none can lie outside {outer}.",
        ends=ends, outer=outer,
    )  # fmt: skip


def weights(result: Any) -> str:
    """Return how many weights of two-way fixed effects are negative, and what that means."""
    if not result.n_negative:
        return _("No weight is negative.")
    text = count(
        result.n_negative, "", "One of {of} weights is negative", "{n} of {of} weights are negative", result.n, "All {n} weights are negative",
        of=result.n,
    )  # fmt: skip
    share = -result.sum_negative / result.sum_positive if result.sum_positive else float("nan")
    return text + _(
        "; together they make {share}% of the positive ones, so effects that differ between provinces are not averaged fairly.",
        share=number(100 * share, 1),
    )


def without(result: Any, panel: Any) -> str:
    """Return how far one province moves the estimate."""
    low, high = (
        difference(x * panel.scale, panel.digits, panel.measure, panel.better) for x in (result.low, result.high)
    )
    name = {key: province(getattr(result, key)) for key in ("lowest", "highest")}
    return _("Without {lowest} the difference is: {low}; without {highest}: {high}.", low=low, high=high, **name)


def province(code: object) -> str:
    """Return the name of a province, or the code of any other unit as it is."""
    from helpers.record import places

    try:
        return places.name(str(code), "vi")
    except ValueError:
        return str(code)


def leads(rows: pd.DataFrame, panel: Any) -> str:
    """Return whether provinces already differed in the years before an arrival."""
    joint = rows[rows["test"] == "joint"]
    if joint.empty:
        reason = rows.attrs.get("refused", "")
        return _(
            "Whether {units} differed before an arrival cannot be tested here: {reason}",
            reason=str(reason),
            units=panel.units,
        )
    p, n = float(joint["p_value"].iloc[0]), len(rows) - len(joint)
    if np.isnan(p):
        return _(
            "Too few {units} have known years before an arrival to test whether they already differed.",
            units=panel.units,
        )
    if p < 0.05:
        return _(
            "The {units} about to receive a non-local already differed from the others in the {n} years before (joint p = {p}): "
            "the difference cannot be read as an effect.", n=n, p=p_value(p), units=panel.units,
        )  # fmt: skip
    return _(
        "In the {n} years before an arrival these {units} did not differ reliably from the others (joint p = {p}); "
        "the test is weak, so this does not prove that they were alike.", n=n, p=p_value(p), units=panel.units,
    )  # fmt: skip


def could_be(panel: Any, result: Any) -> Sentence:
    """Return the sentence that an interval still allows for a difference."""
    ends = between(result.low * panel.scale, result.high * panel.scale, panel.digits, panel.measure)
    return say(
        "The data are compatible with any difference {ends}: see how large an effect they could have shown in [12](12_power.ipynb).",
        ends=ends,
    )
