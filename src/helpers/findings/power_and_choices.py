"""How large an effect the data could have shown, and whether the answer survives other choices."""

import contextlib
import dataclasses
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from helpers import effects, study
from helpers.effects import curve as curves
from helpers.effects import power as powers
from helpers.findings.events import designs, left_aside, scaled, unknown
from helpers.findings.verdict import elsewhere, outcomes, verdicts
from helpers.record import places, tables, terms
from helpers.words import Sentence, _, count, joined, known, listing, number, p_value, percent, say

_TEST = {"CR1": "cluster", "randomisation": "reassignment"}
_DESIGN = {"switchers": "change at a switch"}  # in the place of first changes every change, its own year alone
_TAKEN = [(name, test.removesuffix("_t")) for name, test in effects.MAIN_DESIGNS]  # tests that the verdict takes


@dataclass(frozen=True, eq=False, repr=False)
class Power:
    """What each design could have found: tables ``tests``, ``curve``, ``shapes``, ``coverage`` and their sentences; ``aside``: what it leaves out."""

    panel: Any
    found: pd.DataFrame
    curve: pd.DataFrame
    simulated: pd.DataFrame
    aside: Sentence

    def __repr__(self) -> str:
        return f"Power: smallest effects usually found {self._least.round(3).to_dict()}"

    @property
    def _least(self) -> pd.Series:
        """Smallest effects usually found by the tests that the verdict takes, of the main designs that are simulated."""
        own = self.found.set_index(["estimator", "test"])["smallest_detectable"]
        return own[own.index.isin(_TAKEN)].droplevel("test") * self.panel.scale

    @property
    def _ends(self) -> dict[str, str]:
        panel, least = self.panel, self._least
        ends = {"low": number(least.min(), panel.digits), "high": number(least.max(), panel.digits)}
        ends |= {"designs": designs(least.index, panel), "label": panel.label, "measure": panel.measure}
        return ends | {"first": str(panel.first), "last": str(panel.last)}

    @property
    def answer(self) -> Sentence:
        """The smallest effects in whole sentences; the first is bold."""
        value = self._ends
        none = "**These data could not have shown any effect on {label}: too few provinces change.**"
        one = "**An effect on {label} smaller than about {low} {measure} would have been found less than 8 times in 10 by the main designs simulated here ({designs}), {first}-{last}.**"
        beyond = "**An effect on {label} smaller than {low} {measure} would have been found less than 8 times in 10 by each main design simulated here ({designs}), {first}-{last}; at least one of them would have found no effect within the scale of the indicator so often.**"
        two = "**An effect on {label} smaller than {low} {measure} would have been found less than 8 times in 10 by each main design simulated here ({designs}), {first}-{last}; one of {high} {measure} at least 8 times in 10 by each of them.**"
        some = beyond if self._least.isna().any() else one if value["low"] == value["high"] else two
        said = say(none if self._least.isna().all() else some, **value)
        usually = "This is by a test of this outcome alone."
        told = [said] if self._least.isna().all() else [said, say(usually), self.adjusted]
        return self.panel.scoped(joined(*told, self.aside))

    @property
    def adjusted(self) -> Sentence:
        """How much larger an effect must be where p-values are adjusted as for the verdict; nothing for a panel that no verdict counts."""
        made = verdicts() if self.panel.is_whole and self.panel.definition != "own" else pd.DataFrame()
        if made.empty:
            return Sentence()
        n = int(made["family"].iloc[0])
        times = (special.ndtri(1 - 0.025 / n) + special.ndtri(0.8)) / (special.ndtri(0.975) + special.ndtri(0.8))
        text = "With p-values adjusted for the {n} combinations of outcome, definition and post that the verdict counts, the effect must be about {times} times as large."
        return say(text, n=n, times=number(times, 1))

    @property
    def title(self) -> str:
        """The answer as a title."""
        none, one = "{label}: too few changes", "{label}: effects are found 8 times in 10 from {low} {measure}"
        beyond = "{label}: effects are found 8 times in 10 from {low} {measure}, not by every design"
        two = "{label}: effects are found 8 times in 10 from {low} or {high} {measure}, depending on the design"
        missing, value = self._least.isna(), self._ends | {"label": self.panel.heading}
        some = beyond if missing.any() else one if value["low"] == value["high"] else two
        return _(none if missing.all() else some, **value)

    @property
    def tests(self) -> pd.DataFrame:
        """Each design with each test: share rejected without an effect, smallest effect usually found."""
        columns = ["estimator", "test", "rejected", "smallest_detectable", "n_draws"]
        return scaled(self.found[columns], self.panel, "smallest_detectable")

    @property
    def coverage(self) -> pd.DataFrame:
        """Bias, share found and share of intervals that hold the truth, by design, test and kind of effect."""
        columns = ["estimator", "shape", "test", "truth", "bias", "power", "coverage"]
        return scaled(self.simulated[columns], self.panel, "truth", "bias")

    @property
    def coverage_sentence(self) -> str:
        """Which intervals hold the truth less often than they say."""
        low = self.simulated[self.simulated["coverage"] < effects.results.LEAST_COVERAGE].sort_values("coverage")
        if low.empty:
            return _("Every interval holds the true effect at least 92% of the time.")
        worst, n = low.iloc[0], len(low)
        design, shape, share = known(worst["estimator"]), known(worst["shape"]), percent(worst["coverage"])
        text = "In {n:one line|{n} lines} of the table an interval holds the true effect less than 92% of the time{n::|; the worst is} {design}, with an effect that {shape} ({share})."
        return count(n, "", text, design=design, shape=shape, share=share)

    @property
    def rows(self) -> pd.DataFrame:
        """The smallest effects as results (model: smallest_detectable)."""
        panel, found = self.panel, self.found.dropna(subset="smallest_detectable")
        size = {"n_obs": panel.n_known, "n_units": panel.n_units, "n_switching": panel.n_switching}
        columns = {"estimator": found["estimator"], "test": found["test"], "n_draws": found["n_draws"]}
        about = {"model": "smallest_detectable", "estimate": found["smallest_detectable"]}
        return effects.result(**_keys(panel), **about, **columns, **size)


def _keys(panel: Any) -> dict[str, Any]:
    return panel.asked | {"first_year": panel.first, "last_year": panel.last}


def power(panel: Any, draws: int = 1_000) -> Power:
    """
    Ask how large an effect these data could have shown.

    Parameters
    ----------
    panel : Panel
        Of more than 1,000 units only the tests without a bootstrap are asked, and nothing is simulated.
    draws : int
        Reassignments.

    Returns
    -------
    Power
    """
    aside, panel = left_aside(panel), dataclasses.replace(panel, covariates=())
    large = panel.n_units > 1_000
    names = [name for name, tests in powers.TESTS.items() if not large or "bootstrap" not in tests]
    y, paths = effects.design(panel.frame).tables(every_period=True)[:2]
    rough = 2.8 * float(effects.fit_twfe(panel)["std_error"].fillna(panel.complete["y"].std() / 3).iloc[0])
    fits, sizes = dict[str, tuple[pd.DataFrame, pd.DataFrame]](), [rough * k / 6 for k in range(13)]
    for name in names:
        with contextlib.suppress(effects.DesignRefused):  # a design without an estimate has no row
            fits[name] = powers.detectable(y, paths, name, draws=draws, sizes=sizes)
    table = _table([tests for tests, _curve in fits.values()], "rejected", "smallest_detectable", "n_draws")
    low, high = panel.limits
    too_large = table["smallest_detectable"] > high - low  # for any effect
    table["smallest_detectable"] = table["smallest_detectable"].mask(too_large)
    lines = _table([curve for _tests, curve in fits.values()], "size", "power")
    lines = lines[[pair in _TAKEN for pair in zip(lines["estimator"], lines["test"], strict=True)]]
    size = table.query("estimator == 'twfe' and test == 'reassignment'")["smallest_detectable"]
    asked = fits if len(size) and not large else ()
    parts = [powers.simulate(1, y, paths, name, float(size.iloc[0]), draws=min(draws, 500)) for name in asked]
    simulated = _table(parts, "shape", "truth", "estimate", "bias", "power", "coverage")
    return Power(panel, table, lines.reset_index(drop=True), simulated, aside)


def _table(parts: list[pd.DataFrame], *columns: str) -> pd.DataFrame:
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["estimator", "test", *columns])
    return table.assign(test=table["test"].replace(_TEST), estimator=table["estimator"].replace(_DESIGN))


def intervals(panel: Any) -> pd.DataFrame:
    """
    Return how often 95% intervals held the truth in simulations, a row a design, and from how many switching units on they are printed.

    Parameters
    ----------
    panel : Panel
        The last column is for panels with its kind of gaps.
    """
    table, gaps = effects.results.coverage(), effects.design(panel).gaps
    known_ = {name: part for name, part in table.groupby("design") if part["n_switching"].nunique() > 1}
    asked = {f"coverage_{k}": (k, "none") for k in (5, 12, 30)}
    asked |= {f"coverage_{effect}": (12, effect) for effect in ("noisy", "growing", "reversing")}
    rows = []
    for name, part in known_.items():
        part = part[part["gaps"] == "none"].groupby(["n_switching", "effect"])["coverage"].mean()
        least = effects.results.least_switching(name, gaps)
        shown = {column: part.get(key, np.nan) for column, key in asked.items()}
        rows.append({"estimator": name} | shown | {"interval_from": least if np.isfinite(least) else pd.NA})
    return pd.DataFrame(rows).astype({"interval_from": "Int64"})


def supposes(panel: Any) -> Sentence:
    """
    Return what the interval of two-way effects supposes, and how often it held the truth in the simulation of page 12 where that was so and where not; nothing where `small_sample` says that no interval can be trusted.

    Parameters
    ----------
    panel : Panel
        Nothing is simulated for more than 1,000 units.
    """
    if panel.n_switching < 5:
        return Sentence()
    alike_only = "The 95% interval of two-way effects supposes a difference that is the same in every place and year, not one that grows with time in office."
    counted = "Simulated with the outcome and the sequences of leaders of this page, it held a difference that is the same everywhere {alike} times in 100, and the mean of growing effects {growing} times in 100."
    held = _held(panel) if panel.n_units <= 1_000 else {}
    rule = "A design has no interval and no p-value where simulation finds that its interval would hold the truth less than {least} times in 100 with so few that switch."
    gate = say(rule, least=number(100 * effects.results.LEAST_COVERAGE, 0))
    alike, growing = (number(100 * held.get(kind, np.nan), 0) for kind in ("constant", "growing"))
    told = say(counted, alike=alike, growing=growing) if len(held) else ""
    more = "The same count for the other designs stands in [12](12_power.ipynb)."
    return joined(say(alike_only), told, gate, elsewhere(panel, more))


@lru_cache(maxsize=8)  # a page says it in each language
def _held(panel: Any) -> Any:
    """Share of simulated intervals of two-way effects, reassigned, that held the mean effect, by kind of effect, counted as in `power`."""
    y, paths = effects.design(panel.frame).tables(every_period=True)[:2]
    try:
        made = powers.simulate(1, y, paths, "twfe", _least(y, paths), ("constant", "growing"), 500)
    except effects.DesignRefused:
        return {}
    return made[made["test"] == "randomisation"].set_index("shape")["coverage"]


def after_merger_sentence() -> str:
    """
    Return how large an effect on the PCI score the 34 units could show once some of them are led by locals again, as a sentence.

    The outcome of each unit is the mean of the old provinces in it. Half of the units are led by a local from the middle of the last
    four, six or eight years on.
    """
    panel, least, now = _after_merger()
    sizes = [_("{size} with {n} years", size=number(size, panel.digits), n=n) for n, size in least.items()]
    now = number(now, panel.digits)
    text = "Going by {label}, averaged over the old provinces in each unit, with half of the units under a local from the middle of the years on, the smallest effect that would usually be found is, in {measure}: {sizes}. The 63 provinces could show {now} for {who}."
    told = _(text, label=panel.label, measure=panel.measure, sizes=listing(sizes), now=now, who=panel.led_by)
    more = "More years need not find a smaller one: over a longer stretch units also drift apart by themselves."
    return told if least[8] <= least[6] <= least[4] else f"{told} {_(more)}"


@tables.remembered
def _after_merger() -> tuple:
    """The panel of the PCI score, and the smallest effects that would usually be found in the 34 units, by years, and in the 63 provinces."""
    panel, least = study.panel("pci_score"), dict[int, float]()
    y, paths = effects.design(panel.frame).tables(every_period=True)[:2]
    units = panel.frame.assign(unit=panel.frame["unit_code"].map(places.merged))
    means = units.pivot_table("y", "unit", "year").astype(float).dropna().to_numpy()
    for n in (4, 6, 8):
        merged = np.ones((len(means), n))
        merged[: len(means) // 2, n // 2 :] = 0
        least[n] = panel.scale * _least(means[:, -n:], merged)
    return panel, least, panel.scale * _least(y, paths)


def _least(y: np.ndarray, paths: np.ndarray) -> float:
    """Smallest constant effect that two-way effects would usually have found, reassigned."""
    tests, _curve = powers.detectable(y, paths, draws=1_000)
    return float(tests.set_index("test").at["randomisation", "smallest_detectable"])


def middle_half(panel: Any) -> float:
    """Return within how much of each other, averaged over the years, half of all units lie, in the outcome's own unit."""
    left = panel.frame["y"] - panel.frame.groupby("year")["y"].transform("mean")
    return float(np.subtract(*left.groupby(panel.frame["unit_code"]).mean().quantile([0.75, 0.25])))


def spread(panel: Any) -> str:
    """
    Return a yardstick: how far provinces lie apart for good.

    Parameters
    ----------
    panel : Panel
    """
    half = number(middle_half(panel) * panel.scale, panel.digits)
    text = "As a yardstick: averaged over these years, half of all provinces lie within {half} {measure} of each other."
    return _(text, half=half, measure=panel.measure)


@dataclass(frozen=True, eq=False, repr=False)
class Robustness:
    """The specification curve of one outcome: ``table``, ``null``, ``choices`` and their sentences."""

    panel: Any
    table: pd.DataFrame
    null: Any
    told: dict
    tested: pd.DataFrame

    def __repr__(self) -> str:
        return f"Robustness: {self.told['n']} specifications, median {self.told['median']:.4g}"

    @property
    def events(self) -> pd.DataFrame:
        """The event designs, by year since an arrival, with their own tests."""
        rows = self.table[self.table["event_time"].notna()]
        out = rows[["estimator", "event_time", "estimate", "p_value", "n_obs", "n_units", "n_switching"]]
        return scaled(out, self.panel).rename(columns={"n_obs": "n_cells"})

    @property
    def choices(self) -> dict[str, dict[str, str]]:
        """The choices and the names of their values, for the figure; that of "" is the choice's own."""
        own = self.table[self.table["event_time"].isna()].astype(str)
        named = {c: {value: _named(c, value) for value in own[c].unique()} for c in _CHOICE}
        return {c: {"": _(_CHOICE[c])} | values for c, values in named.items()}

    @property
    def title(self) -> str:
        """The verdict on the curve as a title."""
        text = "{label}: {more:more|no more} choices agree than by chance"
        return _(text, label=self.panel.heading, more=self.told["p_agree"] < 0.05)

    @property
    def answer(self) -> Sentence:
        """The verdict in whole sentences; the first is bold."""
        t, panel = self.told, self.panel
        value = {"n": t["n"], "label": panel.label, "measure": panel.measure, "p": p_value(t["p_agree"])}
        value |= {"median": number(t["median"] * panel.scale, panel.digits), "p_median": p_value(t["p_median"])}
        shares = {"agree": t["agree"], "chance": t["agree_chance"], "positive": t["positive"]}
        value |= {name: percent(share) for name, share in shares.items()}
        more = "**Taken alone, the {n} specifications agree more often than by chance.** {agree} of them differ from zero in the same direction (p below 0.05 each); under random reassignment it is at most {chance} in 95 of 100 curves (p = {p}, not adjusted for other outcomes)."
        no_more = "**The {n} specifications together do not show a difference in {label}.** {agree} of them differ from zero in the same direction (p below 0.05 each); under random reassignment up to {chance} do in 95 of 100 curves (p = {p})."
        middle = "The middle estimate is {median} {measure} (p = {p_median}); {positive} of the estimates lie above 0."
        parted = "So one of the two tests of the curve, by the share that agrees and by the middle estimate, finds a difference and the other does not; the heading goes by the first."
        found, other = (t[p] < 0.05 for p in ("p_agree", "p_median"))
        told = say(more if found else no_more, **value), say(middle, **value)
        return joined(*told, say(parted) if found != other else "")

    @property
    def refused(self) -> str:
        """How many specifications could not be estimated."""
        small = "{n:One|{n}} more {n:has|have} fewer than {least} provinces that switch, so {n:it is|they are} not estimated."
        other = "{n:One|{n}} more cannot be estimated, as observed or in some reassignment, since no year under a non-local has another to be compared with."
        few = count(self.told["few"], "", small, least=curves.LEAST_SWITCHING)
        return joined(few, count(self.told["refused"], "", other))

    @property
    def by_choice(self) -> pd.DataFrame:
        """For each value of each choice: specifications, middle estimate, share above 0."""
        rows, known_ = [], self.table[self._drawn]
        for column, values in self.choices.items():
            for value, part in known_["estimate"].groupby(known_[column].astype(str), sort=False):
                rows.append((values[""], values[value], len(part), part.median(), float((part > 0).mean())))
        columns = ["choice", "value_of", "n_specifications", "median_estimate", "share_positive"]
        return scaled(pd.DataFrame(rows, columns=columns), self.panel, "median_estimate")

    @property
    def unknown(self) -> str:
        """What the homes that are unknown could change, on the main specification."""
        return unknown(effects.unknown_range(self.panel), self.panel)

    @property
    def shown(self) -> pd.DataFrame:
        """The specifications of the figure, in order of their estimate."""
        size = self.table.loc[self._drawn, "estimate"].map("{:.9g}".format).astype(float)  # equal ones keep their order
        return self.table.loc[size.sort_values(kind="stable").index]

    @cached_property
    def band(self) -> Any:
        """Low and high end between which 95% of the ordered curves under random reassignment stay."""
        return np.quantile(np.sort(self.null[:, self._drawn], axis=1), [0.025, 0.975], axis=0)

    @property
    def _drawn(self) -> Any:
        return np.isfinite(self.table["estimate"].to_numpy(float)) & np.isfinite(self.null).all(axis=0)

    @property
    def family(self) -> pd.DataFrame:
        """The outcomes of the same family with their p-values, by their names in the language switched on."""
        table = self.tested.assign(label=self.tested["outcome"].map(study.label_of))
        return table[["label", *self.tested.columns.drop(["outcome", "estimate", "n_obs"])]]

    @property
    def rows(self) -> pd.DataFrame:
        """Two rows of results: the middle estimate and the share that agrees (model: curve_median, curve_agree)."""
        t = self.told
        about = {"model": ["curve_median", "curve_agree"], "test": "reassignment", "n_draws": len(self.null)}
        size = {"estimate": [t["median"], t["agree"]], "p_value": [t["p_median"], t["p_agree"]], "n_obs": t["n"]}
        keys = _keys(self.panel) | {"definition": "all", "estimator": "specification_curve"}
        return effects.result(**keys, **about, **size)


_CHOICE = {
    "estimator": "design",
    "covariates": "covariates",
    "definition": "definition of local",
    "treatment": "treatment",
    "unknown": "unknown leaders",
    "window": "years",
    "sample": "provinces",
}
_NAMED = {
    ("estimator", "counterfactual"): "counterfactual (years under locals)",
    ("covariates", "none"): "no covariates",
    ("covariates", "both"): "population and urban share",
    ("treatment", "treated"): "on 30 June",
    ("treatment", "share"): "share of the year",
    ("sample", "all"): "all provinces",
}


def _named(column: str, value: str) -> str:
    own = _NAMED.get((column, value))
    return _(own) if own else known(value)


def robustness(panel: Any, draws: int = 999) -> Robustness:
    """
    Estimate every defensible specification of an outcome, and compare the curve with those under random reassignment.

    Parameters
    ----------
    panel : Panel
        Its outcome and post are asked about; other choices of its own are refused, since the curve makes them all.
    draws : int
    """
    if panel.outcome not in (stated := outcomes()):
        text = "{outcome} is not in data/designs.csv, where the choices that the curve tries stand; expected one of {stated}. Ask for others in 07."
        raise effects.DesignRefused(text, outcome=panel.outcome, stated=", ".join(stated))
    if not panel.is_stated or panel.definition != terms.DEFINITIONS[0]:
        text = "the panel has a definition, years, units or covariates of its own, and the curve tries all of these itself; expected the panel of an outcome and a post alone. Ask for others in 07."
        raise effects.DesignRefused(text)
    table, null = curves.curve(panel.outcome, draws=draws, post=panel.post)
    family = curves.family(panel.outcome, panel.definition, post=panel.post)
    return Robustness(panel, table, null, curves.curve_test(table, null), family)
