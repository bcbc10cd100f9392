"""One province against others: the case, its sentences, its figures, and the clean switchers together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from helpers import effects, plots, study
from helpers.effects import synthetic
from helpers.effects.chance import reached
from helpers.findings.events import province as name_of
from helpers.findings.events import scaled
from helpers.record import places, tables, terms
from helpers.words import Sentence, _, count, joined, known, language, listing, number, p_value, rounded, say

_CONTROL, _DID = "synthetic_control", "synthetic_did"


@dataclass(frozen=True, eq=False, repr=False)
class _Asked:
    """A province that is asked about, and which can be asked about with this outcome."""

    panel: Any
    code: str
    table: pd.DataFrame

    @property
    def place(self) -> str:
        """Name of the province."""
        return places.name(self.code, "vi")

    @property
    def terms(self) -> pd.DataFrame:
        """Who led the province on 30 June of each year of the panel; \u2248 where a term began or ended at an unknown month of it."""
        led = self.panel.rows.query("unit_code == @self.code")
        for post in ("secretary", "chair"):
            rough = terms.known_to_the_year(post)
            sure = [(self.code, pd.Period(f"{year}-07")) not in rough for year in led["year"]]
            led = led.assign(**{post: led[post].where(sure, "\u2248 " + led[post])})
        return led[["year", "secretary", "chair", "non_local", "value"]].reset_index(drop=True)

    @property
    def eligible(self) -> str:
        """Which provinces can be asked with this outcome."""
        named = [places.name(code, "vi") for code in self.table.loc[self.table["qualifies"], "unit_code"]]
        none, one = "No province has such a change.", "One province has such a change: {named}."
        return count(len(named), none, one, "{n} provinces have such a change: {named}.", named=listing(named))


@dataclass(frozen=True, eq=False, repr=False)
class NoChange(_Asked):
    """A province without a clean change: ``answer`` says why the question cannot be asked of it; everything else is empty."""

    n_donors, designs, weights = 0, None, None
    least_p = compared = floor_sentence = fit_sentence = interval_sentence = without_sentence = ""

    def __repr__(self) -> str:
        return f"NoChange {self.place}: no clean change"

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        return _("cannot be asked")

    @property
    def rows(self) -> pd.DataFrame:
        """No results."""
        return effects.result(estimate=[])

    @property
    def answer(self) -> Sentence:
        """Why the question cannot be asked."""
        reason = _(synthetic.REASONS[self.table.set_index("unit_code").loc[self.code, "reason"]])
        text = "**These data cannot say how {place} would have fared under local leaders.** In {first}-{last} {reason}."
        return say(text, place=self.place, first=str(self.panel.first), last=str(self.panel.last), reason=reason)

    def path_figure(self) -> None:
        """Draw nothing."""

    placebo_figure = path_figure


@dataclass(frozen=True, eq=False, repr=False)
class OneProvince(_Asked):
    """One province with a clean change, its comparison provinces and what four designs say."""

    case: Any
    rows: pd.DataFrame
    kept: dict

    def __repr__(self) -> str:
        return f"OneProvince {self.place}: {self.n_donors} comparison provinces"

    @property
    def n_donors(self) -> int:
        """Number of comparison provinces."""
        return len(self.case.donors)

    @property
    def least_p(self) -> str:
        """The smallest p-value that the placebos can give, in a sentence."""
        text = "With {n:one comparison province|{n} comparison provinces} it cannot be below {p}."
        return count(self.n_donors, "", text, p=number(self._least, 3))

    @property
    def _least(self) -> float:
        return 1 / (self.n_donors + 1)

    @cached_property
    def _fit(self) -> Any:
        return self.kept[_CONTROL]["fit"]

    @cached_property
    def _placebo(self) -> pd.DataFrame:
        return self.kept[_CONTROL]["placebo"]

    @cached_property
    def _left_out(self) -> pd.Series:
        return synthetic.leave_one_out(self.case).set_index("omitted")["estimate"]

    @property
    def _typical(self) -> float:
        return float(self._placebo.loc[~self._placebo["is_treated"], "pre_rmspe"].median())

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        if _is_weak(self.panel, self._fit, self._typical, lambda: self._left_out):
            return _("the comparison is too weak for a conclusion")
        if self.kept[_CONTROL]["p_value"] <= 0.05:
            return _("the gap is larger than chance usually makes")
        first = "no comparison province shows as large a gap for its gap before, but with so few to compare chance cannot be ruled out"
        if self._placebo["rank"].iloc[0] == 1:
            return _(first)
        if self._least > 0.05:
            text = "whether the gap is larger than chance explains cannot be told with {n:one comparison province|{n} comparison provinces} (smallest possible p = {p})"
            return count(self.n_donors, "", text, p=number(self._least, 3))
        if (self.rows["p_value"] <= 0.05).any():
            return _("by synthetic control the gap is no larger than chance explains, but not by every design")
        return _("the gap is no larger than chance explains")

    @property
    def _disagreement(self) -> str:
        """Which designs say other than synthetic control: alone in reaching, or in missing, the largest gap of all, or of opposite sign."""
        first, rest = self.rows.iloc[0], self.rows.iloc[1:]
        most = rest["p_value"] <= self._least * (1 + 1e-9)
        own = first["p_value"] <= self._least * (1 + 1e-9)
        alone = "{designs}: no comparison province, treated as if it had changed, ranks as high (p = {p}, the smallest possible)."
        beaten = "{designs}: some comparison province, treated as if it had changed, ranks at least as high."
        turned = "{designs}: the gap has the opposite sign."
        parts = {alone: most & ~own, beaten: ~most & own, turned: rest["estimate"] * first["estimate"] < 0}
        found = {text: rest.loc[which, "estimator"] for text, which in parts.items() if which.any()}
        told = [_(text, designs=listing(map(known, names)), p=number(self._least, 3)) for text, names in found.items()]
        told = [text[:1].upper() + text[1:] for text in told]
        return " ".join([_("Of the designs below, these disagree with synthetic control."), *told]) if told else ""

    @property
    def _caution(self) -> str:
        """What changed in how the outcome is measured just when the province did; empty where nothing did."""
        years, lines = self.case.wide.index, tables.breaks(self.panel.outcome)
        new = lines["first_year"].between(years[self.case.pre][-1] + 1, self.case.first_treated)
        if not new.any():
            return ""
        text = "Caution: the indicator is measured otherwise from the very year in which these years begin. {change} A part of the gap may come from this."
        return _(text, change=" ".join(lines.loc[new, f"text_{language()}"]))

    @property
    def answer(self) -> Sentence:
        """The verdict in whole sentences; the first is bold."""
        panel, said = self.panel, {"place": self.place}
        years, since = self.case.wide.index, self.case.first_treated
        text = "**{place}: {verdict}.** Two runs of years with data are compared: {first} to {before}, when it was under a local on 30 June, and {since} to {until}, when it was under a non-local. Against a weighted average of provinces that stayed under locals, the difference in {label} in the later years was: {gap}."
        said |= {"first": str(years[0]), "before": str(years[self.case.pre][-1]), "until": str(years[-1])}
        said |= {"since": str(since), "label": panel.label, "gap": panel.difference(self._fit.estimate)}
        none = "The gap after the change is {ratio} times the gap before it (root mean squares over the years; a gap before of less than {floor} {measure} counts as {floor}); no comparison province, treated as if it had changed, reaches as much (p = {p})."
        some = "The gap after the change is {ratio} times the gap before it (root mean squares over the years; a gap before of less than {floor} {measure} counts as {floor}); of the {m} comparison provinces, treated as if they had changed, {n:one reaches|{n} reach} as much (p = {p})."
        ratio = self._placebo["ratio"]
        value: dict[str, Any] = {"m": self.n_donors, "ratio": number(ratio[0], 2), "floor": self._floor}
        value |= {"measure": panel.measure, "p": p_value(self.kept[_CONTROL]["p_value"])}
        told = count(int(reached(ratio[1:], ratio[0]).sum()), none, some, **value)
        ends = synthetic.exact_range(self.case)
        free = "Some weighted averages follow the province exactly before the change; over all that do, the difference lies {ends}. The most even of them is shown: weights, difference and p-value of synthetic control are those of one choice, augmented synthetic control has nothing to correct and repeats it, and leaving out single provinces, below, does not show this range."
        choice = _(free, ends=panel.between(*ends)) if ends else ""
        return joined(say(text, verdict=self.verdict, **said), choice, told, self._disagreement, self._caution)

    @property
    def compared(self) -> str:
        """Which comparison provinces were chosen; empty where all are used."""
        named = [places.name(code, "vi") for code in self.case.donors]
        chosen = self.table.set_index("unit_code").loc[self.code, "n_donors"] > len(named)
        many = "Here {n} of them were chosen to compare with: {named}."
        return count(len(named) if chosen else 0, "", "", many, named=listing(named))

    @property
    def _floor(self) -> str:
        return number(self._placebo.attrs["floor"] * self.panel.scale, self.panel.digits + 1)

    @property
    def floor_sentence(self) -> str:
        """Below which gap before the change a smaller one is not counted in the ratios."""
        text = "The least that a gap before counts as, {floor} {measure}, is a tenth of the standard deviation of the changes from one year to the next before the change, of this province and those compared with it, since a fit can be perfect by chance."
        return _(text, floor=self._floor, measure=self.panel.measure)

    @property
    def fit_sentence(self) -> str:
        """How well the average follows the province before the change."""
        text = "In the {n} years before the change the average misses the province by {own} {measure} a year (root mean square); {typical} is typical of the other provinces."
        gaps = (self._fit.pre_rmspe * self.panel.scale, self._typical * self.panel.scale)
        own, typical = (number(gap, self.panel.digits) for gap in gaps)
        return _(text, n=int(self.case.pre.sum()), own=own, typical=typical, measure=self.panel.measure)

    @property
    def interval_sentence(self) -> str:
        """The conformal interval of the mean gap, or why there is none."""
        row = synthetic.prediction_intervals(self.case, each=False).iloc[-1]
        if pd.isna(row["conf_low"]):
            few = "These years allow {n} such choices, too few for a 95% interval (20 are needed)."
            none = "Over {n} such choices no gap that is the same in every year fits, so there is no interval."
            return _(few if row["choices"] < 20 else none, n=int(row["choices"]))
        text = "Over {n} such choices the mean gap lies {ends} (95% interval; p = {p})."
        ends = self.panel.between(*row[["conf_low", "conf_high"]].astype(float))
        return _(text, n=int(row["choices"]), ends=ends, p=p_value(row["p_value"]))

    def path_figure(self) -> Any:
        """Return the figure of the province and its weighted average."""
        others = [(known(_DID), self.kept[_DID]["fit"].path["counterfactual"])]
        title = f"{self.place}: {self.verdict}"
        since = self.case.first_treated
        return plots.counterfactual(self._fit.path, since, self.panel, unit=self.place, title=title, others=others)

    def placebo_figure(self) -> Any:
        """Return the figure of the placebos."""
        paths = (pd.DataFrame(self._placebo.attrs["paths"]) * self.panel.scale).to_dict()
        rank = int(self._placebo["rank"].iloc[0])
        text = "{place}: place {rank} of {n} by the gap after over the gap before"
        title = _(text, place=self.place, rank=rank, n=len(self._placebo))
        return plots.placebo_gaps(paths, self._placebo, self.code, self.case.first_treated, self.panel, title=title)

    @property
    def designs(self) -> pd.DataFrame:
        """The gap by each design, its spread over placebos and p-value."""
        out = self.rows[["estimator", "estimate", "std_error", "p_value"]].copy()
        out["pre_rmspe"] = [self.kept[name]["fit"].pre_rmspe for name in out["estimator"]]
        out[["estimate", "std_error", "pre_rmspe"]] *= self.panel.scale
        text = "Mean gap after the change, {measure}; standard error: spread over the placebos"
        out.attrs = {"digits": self.panel.digits + 1, "caption": _(text, measure=self.panel.measure)}
        return out

    @property
    def weights(self) -> pd.DataFrame:
        """The weights of the comparison provinces, and the gap without each."""
        names = (_CONTROL, "augmented_synthetic_control", _DID)
        out = pd.DataFrame({f"weight_{name}": self.kept[name]["fit"].weights for name in names})
        out = scaled(out.assign(gap_without=self._left_out), self.panel, "gap_without")
        out = out.sort_values("weight_synthetic_control", ascending=False)
        out.insert(0, "province", [name_of(code) for code in out.index])
        return out.reset_index(drop=True)

    @property
    def without_sentence(self) -> str:
        """Whether the answer rests on one comparison province."""
        if self._left_out.empty:
            return _("With {n} comparison provinces none can be left out.", n=self.n_donors)
        turned = self._left_out[self._left_out * self._fit.estimate < 0]
        if len(turned):
            named = listing(name_of(code) for code in turned.index)
            text = "The result rests on single provinces: without {named} the gap has the opposite sign."
            return _(text, named=named)
        ends = self.panel.between(self._left_out.min(), self._left_out.max())
        if len(self._left_out) == 1:
            text = "Only {named} stands in; without it the gap lies {ends}."
            return _(text, named=name_of(self._left_out.index[0]), ends=ends)
        return _("Leaving out one province that stands in at a time, the gap lies {ends}.", ends=ends)


def one_province(panel: Any, province: str, donors: Sequence[str] | str = ()) -> OneProvince | NoChange:
    """
    Compare one province with a weighted average of others.

    Parameters
    ----------
    panel : Panel
    province : str
        Name or code.
    donors : sequence of str
        Names or codes of the comparison provinces, or regions, of which those count that stayed under locals; empty: all that did.

    Returns
    -------
    OneProvince or NoChange
        The second where the province has no clean change.

    Raises
    ------
    DesignRefused
        A comparison province that did not stay under locals, or without the outcome; or only one.
    """
    code, table = places.resolve(province), synthetic.eligible(panel.frame)
    row = table.set_index("unit_code").loc[code]
    if not row["qualifies"]:
        return NoChange(panel, code, table)
    meant = study.resolve_units(donors, "donors") if len(donors) else []
    # of a region, which is several, those that qualify count
    single = [study.resolve_units([item], "donors") for item in study.several(donors)]
    chosen = [item for item in meant if item in row["donors"] or [item] in single] or meant
    others = [item for item in chosen if item not in row["donors"]]
    if others or len(chosen) == 1:
        wrong = "{units} cannot be compared with: a comparison province is known to be under locals, and its outcome known, in all of {first}-{last}. Take some of {good}."
        alone = "{units} alone cannot stand in; expected two or more comparison provinces. Take some of {good}."
        years = {"first": str(row["first_pre"]), "last": str(row["last_post"])}
        units, good = (", ".join(map(places.name, codes)) for codes in (others or chosen, row["donors"]))
        raise effects.DesignRefused(wrong if others else alone, units=units, good=good, **years)
    case = _case(panel, row, chosen or row["donors"])
    rows, kept = synthetic.fit_all(case)
    return OneProvince(panel, code, table, case, rows.assign(**panel.asked, unit_code=code), kept)


def _is_weak(panel, fit, typical, left_out):
    """Whether the average misses the province before the change, or the sign of the gap rests on one comparison province, or on which exact average is taken."""
    poor = rounded(typical * panel.scale, panel.digits) > 0 and fit.pre_rmspe > 2 * typical
    exact = synthetic.exact_range(fit.case) or (fit.estimate, fit.estimate)
    return bool(poor or min(exact) * max(exact) < 0 or (left_out() * fit.estimate < 0).any())


def _case(panel, row, donors):
    """The case of a row of `synthetic.eligible`."""
    years = row["first_pre"], row["last_post"]
    return synthetic.build_case(panel.frame, row.name, row["first_treated"], donors, years=years)


@dataclass(frozen=True, eq=False, repr=False)
class Pooled:
    """The mean gap over all provinces with a clean change: ``rows`` (the average first), ``weak`` (codes of those whose own comparison is too weak for a conclusion), and what is drawn and said of them."""

    panel: Any
    rows: pd.DataFrame
    weak: Sequence[str] = ()

    def __repr__(self) -> str:
        return f"Pooled over {max(len(self.rows) - 1, 0)} provinces"

    @property
    def drawn(self) -> pd.DataFrame:
        """The lines of the figure: the average, that without weak comparisons, the provinces by their gap."""
        each = self.rows[1:].sort_values("estimate", ascending=False)
        strong = each.loc[~each["sample"].isin(self.weak), "estimate"]
        some = len(self.weak) and len(strong)
        mean = effects.result(estimate=[strong.mean()], sample="strong") if some else self.rows[:0]
        return pd.concat([self.rows[:1], mean, each], ignore_index=True)

    @property
    def lines(self) -> dict[str, Any]:
        """Names of the lines, which of them are in colour and which faded, and of how many provinces they are."""
        codes, n = self.drawn["sample"].tolist(), max(len(self.rows) - 1, 0)
        named = {"all": _("average of {n} provinces", n=n)}
        named["strong"] = _("average without weak comparisons ({n})", n=n - len(self.weak))
        faded, accent = ([k for k, code in enumerate(codes) if code in some] for some in (self.weak, named))
        labels = [named.get(code) or name_of(code) for code in codes]
        behind = count(n, "{n} provinces", "one province", "{n} provinces")
        return {"labels": labels, "accent": accent, "faded": faded, "n": behind}

    @property
    def title(self) -> str:
        """The verdict as a title."""
        short = _("no average gap beyond chance")
        if not len(self.rows):
            short = _("no province has a clean change")
        elif self.rows["p_value"].iloc[0] <= 0.05:
            short = _("on average a gap that chance does not usually make")
        return f"{self.panel.heading}: {short}"

    @property
    def sentence(self) -> str:
        """The average gap, and what its two measures of uncertainty say, the wider first."""
        if not len(self.rows):
            return _("No province has a clean change with this outcome.")
        row, panel = self.rows.iloc[0], self.panel
        gap, se, low, high = row[["estimate", "std_error", "conf_low", "conf_high"]].astype(float)
        text = "{n:One province can be compared;|Averaged over {n} provinces} the difference is: {gap}."
        head, parts = count(len(self.rows) - 1, "", text, gap=panel.difference(gap)), {}
        if pd.notna(se):
            text = "Leaving out one province at a time, treated or compared, gives a standard error of {se} (jackknife), so that the difference could lie {ends} (95% interval); this counts that gaps differ from province to province."
            ends = panel.between(gap - 1.96 * se, gap + 1.96 * se)
            parts[3.92 * se] = _(text, se=number(se * panel.scale, panel.digits + 1), ends=ends)
        if pd.notna(low):
            text = "The interval of the figure, {ends}, comes from drawing one placebo for each province (p = {p}); it measures only how far the average comes by chance where nothing changed."
            parts[high - low] = _(text, ends=panel.between(low, high), p=p_value(row["p_value"]))
        text = "For {n:one|{n}} of these provinces, drawn as {n:a cross|crosses}, the comparison is too weak for a conclusion; without {n:it|them} the difference is: {gap}."
        left = map(panel.difference, self.drawn.query("sample == 'strong'")["estimate"])
        weak = [count(len(self.weak), "", text, gap=gap) for gap in left]
        return " ".join([head, *(parts[width] for width in sorted(parts, reverse=True)), *weak])


def pooled(panel: Any, draws: int = 10_000, seed: int = 1) -> Pooled:
    """
    Average the synthetic-control gaps over all provinces with a clean change.

    Parameters
    ----------
    panel : Panel
    draws : int
        Draws of one placebo gap for each province; p is the share of draws whose average is at least as far from zero.
    seed : int
        Of these draws.

    Returns
    -------
    Pooled
        Rows of `effects.synthetic.pool`: the average (sample ``all``), then a row for each province (sample: its code), no interval.
    """
    table = synthetic.eligible(panel.frame)
    found = table[table["qualifies"]].set_index("unit_code")
    cases = [_case(panel, row, row["donors"]) for _code, row in found.iterrows()]
    if not cases:
        return Pooled(panel, effects.result(estimate=[]))
    rows, weak = synthetic.pool(cases, draws=draws, seed=seed), []
    for case, fit, typical in zip(cases, rows.attrs.pop("fits"), rows.attrs.pop("typical"), strict=True):
        if _is_weak(panel, fit, typical, lambda case=case: synthetic.leave_one_out(case)["estimate"]):
            weak.append(str(case.unit))
    return Pooled(panel, rows.assign(model="pooled", **panel.asked), weak)
