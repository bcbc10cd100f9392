"""How large an effect the data could have shown, and whether the answer survives other choices."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from helpers import effects
from helpers.effects import curve as curves
from helpers.effects import power as powers
from helpers.findings.events import unknown
from helpers.findings.verdict import label_of
from helpers.record import places
from helpers.words import Sentence, _, count, known, listing, number, p_value, percent, say

_TEST = {
    "CR1": "cluster",
    "bootstrap": "bootstrap",
    "randomisation": "reassignment",
    "reassignment": "reassignment",
    "reassignment_t": "reassignment_t",
}


@dataclass(frozen=True, eq=False, repr=False)
class Power:
    """What each design could have found: tables ``tests``, ``curve``, ``shapes``, ``coverage`` and their sentences."""

    panel: Any
    found: pd.DataFrame
    curve: pd.DataFrame
    simulated: pd.DataFrame
    refused: dict

    def __repr__(self) -> str:
        return f"Power: smallest effects usually found {self._least.round(3).to_dict()}"

    @property
    def _least(self) -> pd.Series:
        own = self.found[self.found["test"] == "reassignment"].set_index("estimator")["smallest_detectable"]
        return own * self.panel.scale

    @property
    def answer(self) -> Sentence:
        """The smallest effects in whole sentences; the first is bold."""
        panel, least = self.panel, self._least
        if least.empty:
            return say(
                "**These data could not have shown any effect on {label}: too few provinces change.**",
                label=panel.label,
            )
        low, high = number(least.min(), panel.digits), number(least.max(), panel.digits)
        said = {
            "label": panel.label,
            "measure": panel.measure,
            "low": low,
            "high": high,
            "first": str(panel.first),
            "last": str(panel.last),
        }
        if low == high:
            return say(
                "**An effect on {label} smaller than about {low} {measure} would usually have been missed, {first}-{last}.** Usually means 8 times in 10.",
                **said,
            )
        return say(
            "**An effect on {label} smaller than {low} {measure} would usually have been missed by every design, {first}-{last}; one of {high} {measure} would usually "
            "have been found by all.** Usually means 8 times in 10.", **said,
        )  # fmt: skip

    @property
    def title(self) -> str:
        """The answer as a title."""
        if self._least.empty:
            return _("{label}: too few changes", label=self.panel.heading)
        return _(
            "{label}: effects are usually found from {low} {measure}",
            label=self.panel.heading,
            low=number(self._least.min(), self.panel.digits),
            measure=self.panel.measure,
        )

    @property
    def tests(self) -> pd.DataFrame:
        """Each design with each test: share rejected without an effect, smallest effect usually found."""
        out = self.found[["estimator", "test", "rejected", "smallest_detectable", "n_draws"]]
        out = out.assign(smallest_detectable=out["smallest_detectable"] * self.panel.scale)
        out.attrs = {"digits": self.panel.digits}
        return out

    @property
    def shapes(self) -> pd.DataFrame:
        """True mean and mean estimate by design and kind of effect."""
        return self.simulated.drop_duplicates(["estimator", "shape"])

    @property
    def coverage(self) -> pd.DataFrame:
        """Bias, share found and share of intervals that hold the truth, by design, test and kind of effect."""
        out = self.simulated[["estimator", "shape", "test", "truth", "bias", "power", "coverage"]]
        out = out.assign(truth=out["truth"] * self.panel.scale, bias=out["bias"] * self.panel.scale)
        out.attrs = {"digits": self.panel.digits}
        return out

    @property
    def bias_title(self) -> str:
        """The largest bias as a title."""
        if self.simulated.empty:
            return self.title
        worst = self.shapes.loc[self.shapes["bias"].abs().idxmax()]
        return _("Largest bias: {bias} {measure} ({design}; the effect {shape})", bias=number(worst["bias"] * self.panel.scale, self.panel.digits), measure=self.panel.measure,
                 design=known(worst["estimator"]), shape=known(worst["shape"]))  # fmt: skip

    @property
    def coverage_sentence(self) -> str:
        """Which intervals hold the truth less often than they say."""
        low = self.simulated[self.simulated["coverage"] < 0.92]
        if low.empty:
            return _("Every interval holds the true effect at least 92% of the time.")
        worst = low.loc[low["coverage"].idxmin()]
        n = len(low.drop_duplicates(["estimator", "shape"]))
        return count(
            n, "", "In one of these combinations an interval holds the true effect less than 92% of the time: {design}, with an effect that {shape} ({share}).",
            "In {n} of these combinations an interval holds the true effect less than 92% of the time; the worst is {design}, with an effect that {shape} ({share}).",
            design=known(worst["estimator"]), shape=known(worst["shape"]), share=percent(worst["coverage"]),
        )  # fmt: skip

    @property
    def rows(self) -> pd.DataFrame:
        """The smallest effects as results (model: smallest_detectable)."""
        panel = self.panel
        return effects.result(
            outcome=panel.outcome, definition=panel.definition, post=panel.post, model="smallest_detectable", estimator=self.found["estimator"], test=self.found["test"],
            estimate=self.found["smallest_detectable"], n_draws=self.found["n_draws"], n_obs=panel.n_known, n_units=panel.n_units,
            n_switching=panel.n_switching, first_year=panel.first, last_year=panel.last,
        )  # fmt: skip


def power(panel: Any, draws: int = 1_000) -> Power:
    """
    Ask how large an effect these data could have shown.

    Parameters
    ----------
    panel : Panel
    draws : int
        Reassignments.

    Returns
    -------
    Power
    """
    y, paths = powers.arrays(panel.frame)
    rough = 2.8 * float(effects.fit_twfe(panel)["std_error"].fillna(panel.complete["y"].std() / 3).iloc[0])
    sizes = [rough * k / 6 for k in range(13)]
    found, curve, refused = [], [], {}
    for name in powers.TESTS:
        try:
            tests, part = powers.detectable(y, paths, name, draws=draws, sizes=sizes)
        except effects.DesignRefused as reason:
            refused[name] = str(reason)
            continue
        found.append(tests)
        curve.append(part)
    tests = (
        pd.concat(found, ignore_index=True)
        if found
        else pd.DataFrame(columns=["estimator", "test", "rejected", "smallest_detectable", "n_draws"])
    )
    tests["test"] = tests["test"].replace(_TEST)
    lines = (
        pd.concat(curve, ignore_index=True) if curve else pd.DataFrame(columns=["estimator", "test", "size", "power"])
    )
    lines = lines.assign(test=lines["test"].replace(_TEST)).query("test == 'reassignment'").reset_index(drop=True)
    size = tests.loc[(tests["estimator"] == "twfe") & (tests["test"] == "reassignment"), "smallest_detectable"]
    parts = (
        [
            powers.simulate(1, y, paths, name, float(size.iloc[0]), draws=min(draws, 500))
            for name in powers.TESTS
            if name not in refused
        ]
        if len(size)
        else []
    )
    simulated = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["estimator", "shape", "test", "truth", "estimate", "bias", "power", "coverage"])
    )
    simulated["test"] = simulated["test"].replace(_TEST)
    return Power(panel, tests, lines, simulated, refused)


def after_merger(panel: Any, years: Sequence[int] = (4, 6, 8), draws: int = 500) -> dict[int, float]:
    """
    Ask how large an effect the 34 units could show once some of them are led by locals again.

    The outcome of each unit is the mean of the old provinces in it. Half of the units, drawn at random, are led by a local from
    the middle of the years on; the years are the last ones of the panel.

    Parameters
    ----------
    panel : Panel
        Of the 63 provinces.
    years : sequence of int
        How many years are observed.
    draws : int
        Reassignments.

    Returns
    -------
    dict
        Years observed to the smallest constant effect found in four of five draws, in ``panel.measure``.
    """
    units = panel.frame.assign(unit=panel.frame["unit_code"].map(places.merged))
    means = units.pivot_table("y", "unit", "year").astype(float).dropna()
    found = {}
    for n in years:
        paths = np.ones((len(means), n))
        paths[: len(means) // 2, n // 2 :] = 0
        found[n] = _smallest(means.to_numpy()[:, -n:], paths, panel.scale, draws)
    return found


def after_merger_sentence(panel: Any) -> str:
    """Return how large an effect the 34 units could show after some years, as a sentence."""
    found = after_merger(panel)
    sizes = listing([_("{size} with {n} years", size=number(size, panel.digits), n=n) for n, size in found.items()])
    now = _smallest(*powers.arrays(panel.frame), panel.scale)
    return _(
        "Going by {label}, averaged over the old provinces in each unit, with half of the units under a local from the middle of the years on, the smallest effect that would usually be found is, in {measure}: {sizes}. The 63 provinces could show {now}.",
        label=panel.label, measure=panel.measure, sizes=sizes, now=number(now, panel.digits),
    )  # fmt: skip


def _smallest(y: np.ndarray, paths: np.ndarray, scale: float, draws: int = 500) -> float:
    """Smallest constant effect that two-way effects would usually have found, reassigned, times ``scale``."""
    tests, _curve = powers.detectable(y, paths, draws=draws)
    return float(tests.set_index("test").at["randomisation", "smallest_detectable"]) * scale


def spread(panel: Any) -> str:
    """Return a yardstick: how far provinces lie apart for good."""
    left = panel.frame["y"] - panel.frame.groupby("year")["y"].transform("mean")
    middle = left.groupby(panel.frame["unit_code"]).mean() * panel.scale
    half = float(middle.quantile(0.75) - middle.quantile(0.25))
    return _(
        "As a yardstick: averaged over these years, half of all provinces lie within {half} {measure} of each other.",
        half=number(half, panel.digits),
        measure=panel.measure,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Robustness:
    """The specification curve of one outcome: ``table``, ``null``, ``choices`` and their sentences."""

    panel: Any
    table: pd.DataFrame
    null: Any
    told: dict
    family: pd.DataFrame

    def __repr__(self) -> str:
        return f"Robustness: {self.told['n']} specifications, median {self.told['median']:.4g}"

    @property
    def _reassigned(self) -> pd.DataFrame:
        return self.table[self.table["event_time"].isna()]

    @property
    def events(self) -> pd.DataFrame:
        """The event designs, by year since an arrival, with their own tests."""
        rows = self.table[self.table["event_time"].notna()]
        out = rows[["estimator", "event_time", "estimate", "p_value", "n_obs", "n_units", "n_switching"]]
        out = out.assign(estimate=out["estimate"] * self.panel.scale).rename(columns={"n_obs": "n_cells"})
        out.attrs = {"digits": self.panel.digits}
        return out

    @property
    def choices(self) -> dict[str, dict[str, str]]:
        """The choices and the names of their values, for the figure."""
        columns = ("estimator", "covariates", "definition", "treatment", "unknown", "window", "sample")
        return {
            column: {value: _named(column, value) for value in dict.fromkeys(self._reassigned[column].astype(str))}
            for column in columns
        }

    @cached_property
    def _sign(self) -> str:
        return _("above 0") if self.told["median"] > 0 else _("below 0")

    @property
    def title(self) -> str:
        """The verdict on the curve as a title."""
        if self.told["p_agree"] < 0.05:
            return _("{label}: more choices agree than chance makes", label=self.panel.heading)
        return _("{label}: no more choices agree than chance makes", label=self.panel.heading)

    @property
    def answer(self) -> Sentence:
        """The verdict in whole sentences; the first is bold."""
        t, panel = self.told, self.panel
        said = {
            "n": t["n"], "label": panel.label, "agree": percent(t["agree"]), "chance": percent(t["agree_chance"]), "p": p_value(t["p_agree"]),
            "median": number(t["median"] * panel.scale, panel.digits), "measure": panel.measure, "p_median": p_value(t["p_median"]), "positive": percent(t["positive"]),
        }  # fmt: skip
        if t["p_agree"] < 0.05:
            first = "**The {n} specifications agree more often than chance makes them.** {agree} of them differ from zero in the same direction (p below 0.05 each); under random reassignment it is at most {chance} in 95 of 100 curves (p = {p})."
        else:
            first = "**The {n} specifications together do not show a difference in {label}.** {agree} of them differ from zero in the same direction (p below 0.05 each); under random reassignment up to {chance} do in 95 of 100 curves (p = {p})."
        middle = say(
            "The middle estimate is {median} {measure} (p = {p_median}); {positive} of the estimates lie above 0.",
            **said,
        )
        return Sentence(f"{say(first, **said)} {middle}")

    @property
    def refused(self) -> str:
        """How many specifications could not be estimated."""
        return count(self.told["refused"], "", "One more has fewer than {least} provinces that switch, so it is not estimated.",
                     "{n} more have fewer than {least} provinces that switch, so they are not estimated.", least=curves.LEAST_SWITCHING)  # fmt: skip

    @property
    def by_choice(self) -> pd.DataFrame:
        """For each value of each choice: specifications, middle estimate, share above 0."""
        rows = []
        for column, values in self.choices.items():
            for value, name in values.items():
                part = self._reassigned
                part = part[(part[column].astype(str) == value) & part["estimate"].notna()]
                if len(part):
                    rows.append(
                        (
                            _(_CHOICE[column]),
                            name,
                            len(part),
                            part["estimate"].median() * self.panel.scale,
                            float((part["estimate"] > 0).mean()),
                        )
                    )
        out = pd.DataFrame(
            rows, columns=["choice", "value_of", "n_specifications", "median_estimate", "share_positive"]
        )
        out.attrs = {"digits": self.panel.digits}
        return out

    @property
    def unknown(self) -> str:
        """What the homes that are unknown could change, on the main specification."""
        return unknown(effects.unknown_range(self.panel), self.panel)

    @property
    def rows(self) -> pd.DataFrame:
        """Two rows of results: the middle estimate and the share that agrees (model: curve_median, curve_agree)."""
        panel, t = self.panel, self.told
        return effects.result(
            outcome=panel.outcome, definition="all", post=panel.post, estimator="specification_curve", model=["curve_median", "curve_agree"], test="reassignment",
            estimate=[t["median"], t["agree"]], p_value=[t["p_median"], t["p_agree"]], n_obs=t["n"], n_draws=len(self.null), first_year=panel.first, last_year=panel.last,
        )  # fmt: skip


_CHOICE = {
    "estimator": "design", "covariates": "covariates", "definition": "definition of local", "treatment": "treatment", "unknown": "unknown homes",
    "window": "years", "sample": "provinces",
}  # fmt: skip


def _named(column: str, value: str) -> str:
    own = {
        ("covariates", "none"): _("no covariates"), ("covariates", "both"): _("population and urban share"),
        ("treatment", "treated"): _("on 30 June"), ("treatment", "share"): _("share of the year"), ("sample", "all"): _("all provinces"),
    }  # fmt: skip
    return own.get((column, value)) or known(value)


def robustness(panel: Any, draws: int = 999) -> Robustness:
    """
    Estimate every defensible specification of an outcome, and compare the curve with those under random reassignment.

    Parameters
    ----------
    panel : Panel
        Its outcome and post are asked about.
    draws : int
    """
    table, null = curves.curve(panel.outcome, draws=draws, post=panel.post)
    family = curves.family(panel.outcome, panel.definition, post=panel.post).drop(columns="n_obs")
    family.insert(0, "label", [label_of(name) for name in family["outcome"]])
    return Robustness(panel, table, null, curves.curve_test(table, null), family.drop(columns=["outcome", "estimate"]))
