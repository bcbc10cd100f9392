"""One province against others: the case, its sentences, its figures, and the clean switchers together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from helpers import effects, plots
from helpers.effects import synthetic
from helpers.findings.events import province as name_of
from helpers.record import places
from helpers.words import Sentence, _, count, difference, known, listing, number, p_value, say

_REASONS = {
    "never_non_local": "no leader in these years is known to be non-local",
    "always_non_local": "no leader in these years is known to be local",
    "no_clean_switch": "at no time was it led by locals for four years running and then by non-locals for two, with every home known",
    "outcome_missing": "the outcome is missing in the years around the change",
    "few_donors": "fewer than five provinces stayed under locals in those years",
}


@dataclass(frozen=True, eq=False, repr=False)
class OneProvince:
    """One province, its comparison provinces and what four designs say; everything but ``answer`` and ``eligible`` is empty where it has no clean change."""

    panel: Any
    code: str
    table: pd.DataFrame
    case: Any
    rows: pd.DataFrame
    kept: dict

    def __repr__(self) -> str:
        return f"OneProvince {self.place}: " + (
            f"changed in {self.case.first_treated}, {self.n_donors} comparison provinces"
            if self.case
            else "no clean change"
        )

    @property
    def place(self) -> str:
        """Name of the province."""
        return places.name(self.code, "vi")

    @property
    def n_donors(self) -> int:
        """Number of comparison provinces."""
        return len(self.case.donors) if self.case else 0

    @property
    def least_p(self) -> float:
        """The smallest p-value that the placebos can give."""
        return 1 / (self.n_donors + 1) if self.case else float("nan")

    @property
    def terms(self) -> pd.DataFrame:
        """Who led the province on 30 June of each year of the panel."""
        led = self.panel.rows
        return led.loc[led["unit_code"] == self.code, ["year", "secretary", "chair", "non_local", "value"]].reset_index(
            drop=True
        )

    @property
    def eligible(self) -> str:
        """How many provinces can be asked with this outcome."""
        n = int(self.table["qualifies"].sum())
        named = listing(places.name(code, "vi") for code in self.table.loc[self.table["qualifies"], "unit_code"])
        return count(
            n,
            "No province has such a change.",
            "One province has such a change: {named}.",
            "{n} provinces have such a change: {named}.",
            named=named,
        )

    @cached_property
    def _fit(self) -> Any:
        return self.kept["synthetic_control"]["fit"]

    @cached_property
    def _placebo(self) -> pd.DataFrame:
        return self.kept["synthetic_control"]["placebo"]

    @cached_property
    def _left_out(self) -> pd.Series:
        return synthetic.leave_one_out(self.case).set_index("omitted")["estimate"]

    @property
    def _poor(self) -> bool:
        typical = self._placebo.loc[~self._placebo["is_treated"], "pre_rmspe"].median()
        return bool(self._fit.pre_rmspe > 2 * typical and round(typical * self.panel.scale, self.panel.digits) > 0)

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        if not self.case:
            return _("cannot be asked")
        if self._poor or (self._left_out * self._fit.estimate < 0).any():
            return _("the comparison is too weak for a conclusion")
        if self.kept["synthetic_control"]["p_value"] <= 0.05:
            return _("the gap is larger than chance usually makes")
        if self._placebo["rank"].iloc[0] == 1:
            return _("no other province shows as large a gap, but with so few to compare chance cannot be ruled out")
        return _("the gap is no larger than chance makes")

    @property
    def answer(self) -> Sentence:
        """The verdict in whole sentences; the first is bold."""
        panel, place = self.panel, self.place
        if not self.case:
            reason = _(_REASONS[self.table.set_index("unit_code").loc[self.code, "reason"]])
            return say("**These data cannot say how {place} would have fared under local leaders.** In {first}-{last} {reason}.",
                       place=place, first=str(panel.first), last=str(panel.last), reason=reason)  # fmt: skip
        years, since = self.case.wide.index, self.case.first_treated
        own = self._placebo["ratio"].iloc[0]
        k = int((self._placebo.loc[~self._placebo["is_treated"], "ratio"] >= own * (1 - 1e-12)).sum())
        gap = difference(self._fit.estimate * panel.scale, panel.digits, panel.measure, panel.better)
        text = say(
            "**{place}: {verdict}.** On 30 June of {since} to {until}, the years with data, it was under a non-local; on 30 June of {first} to {before} "
            "under a local. Against a weighted average of provinces that stayed under locals, {label} was in the later years: {gap}.",
            place=place, verdict=self.verdict, since=str(since), until=str(years[-1]), first=str(years[0]), before=str(years[~(years >= since)][-1]),
            label=panel.label, gap=gap,
        )  # fmt: skip
        told = count(
            k, "None of the {m} comparison provinces, treated as if it had changed, departs as far from its own average (p = {p}).",
            "One of the {m} comparison provinces, treated as if it had changed, departs at least as far from its own average (p = {p}).",
            "{n} of the {m} comparison provinces, treated as if they had changed, depart at least as far from their own averages (p = {p}).",
            self.n_donors, "All {m} comparison provinces, treated as if they had changed, depart at least as far from their own averages (p = {p}).",
            m=self.n_donors, p=p_value(self.kept["synthetic_control"]["p_value"]),
        )  # fmt: skip
        return Sentence(f"{text} {told}")

    @property
    def fit_sentence(self) -> str:
        """How well the average follows the province before the change."""
        if not self.case:
            return ""
        own, n = self._fit.pre_rmspe * self.panel.scale, int(self.case.pre.sum())
        said = {"own": number(own, self.panel.digits), "measure": self.panel.measure, "n": n}
        if self._poor:
            return _(
                "In the {n} years before the change the average misses the province by {own} {measure} a year (root mean square), more than twice what is typical of the other provinces: no average of them resembles it.",
                **said,
            )
        if self._fit.pre_rmspe < self._placebo.attrs["floor"]:
            return _(
                "The fit in the {n} years before the change is almost perfect; with so few years to follow that is easily had by chance and says little.",
                **said,
            )
        return _(
            "In the {n} years before the change the average misses the province by {own} {measure} a year (root mean square).",
            **said,
        )

    def path_figure(self) -> Any:
        """Return the figure of the province and its weighted average, or None."""
        if not self.case:
            return None
        others = [(known("synthetic_did"), self.kept["synthetic_did"]["fit"].path["counterfactual"])]
        return plots.counterfactual(
            self._fit.path,
            self.case.first_treated,
            self.panel,
            unit=self.place,
            title=f"{self.place}: {self.verdict}",
            others=others,
        )

    def placebo_figure(self) -> Any:
        """Return the figure of the placebos, or None."""
        if not self.case:
            return None
        paths = {
            c: {t: self.panel.scale * g for t, g in path.items()} for c, path in self._placebo.attrs["paths"].items()
        }
        return plots.placebo_gaps(
            paths, self._placebo, self.code, self.case.first_treated, self.panel, title=f"{self.place}: {self.verdict}"
        )

    @property
    def designs(self) -> pd.DataFrame | None:
        """The gap by each design, its spread over placebos and p-value."""
        if not self.case:
            return None
        rows = self.rows.drop_duplicates("estimator")
        out = pd.DataFrame({
            "estimator": rows["estimator"], "estimate": rows["estimate"] * self.panel.scale, "std_error": rows["std_error"] * self.panel.scale,
            "p_value": rows["p_value"], "pre_rmspe": [self.kept[name]["fit"].pre_rmspe * self.panel.scale for name in rows["estimator"]],
        })  # fmt: skip
        out.attrs = {
            "digits": self.panel.digits + 1,
            "caption": _(
                "Mean gap after the change, {measure}; standard error: spread over the placebos",
                measure=self.panel.measure,
            ),
        }
        return out

    @property
    def weights(self) -> pd.DataFrame | None:
        """The weights of the comparison provinces, and the gap without each."""
        if not self.case:
            return None
        names = ("synthetic_control", "augmented_synthetic_control", "synthetic_did")
        out = pd.DataFrame({f"weight_{name}": self.kept[name]["fit"].weights for name in names})
        out["gap_without"] = self._left_out * self.panel.scale
        out = out.sort_values("weight_synthetic_control", ascending=False)
        out.insert(0, "province", [name_of(code) for code in out.index])
        out = out.reset_index(drop=True)
        out.attrs = {"digits": self.panel.digits}
        return out

    @property
    def without_sentence(self) -> str:
        """Whether the answer rests on one comparison province."""
        if not self.case:
            return ""
        turned = self._left_out[self._left_out * self._fit.estimate < 0]
        named = listing(name_of(code) for code in turned.index)
        ends = {
            "low": number(self._left_out.min() * self.panel.scale, self.panel.digits),
            "high": number(self._left_out.max() * self.panel.scale, self.panel.digits),
            "measure": self.panel.measure,
        }
        return count(
            len(turned), "Leaving out one province at a time, the gap lies between {low} and {high} {measure}.",
            "The result rests on one province: without {named} the gap has the opposite sign.",
            "The result rests on {n} provinces: without any one of {named} the gap has the opposite sign.", named=named, **ends,
        )  # fmt: skip


def one_province(panel: Any, province: str, donors: Sequence[str] | str = ()) -> OneProvince:
    """
    Compare one province with a weighted average of others.

    Parameters
    ----------
    panel : Panel
    province : str
        Name or code.
    donors : sequence of str
        Names or codes of the comparison provinces; empty: all that stayed under locals.

    Returns
    -------
    OneProvince
    """
    code, table = places.resolve(province), synthetic.eligible(panel.frame)
    chosen = [places.resolve(item) for item in ([donors] if isinstance(donors, str) else donors)]
    if not bool(table.set_index("unit_code").loc[code, "qualifies"]):
        return OneProvince(panel, code, table, None, effects.result(estimate=[]), {})
    case = synthetic.build_case(panel.frame, code, donors=chosen or None)
    rows, kept = synthetic.fit_all(case, panel.outcome, panel.definition)
    return OneProvince(panel, code, table, case, rows.assign(unit_code=code), kept)


@dataclass(frozen=True, eq=False, repr=False)
class Pooled:
    """The mean gap over all provinces with a clean change: ``rows``, ``labels``, ``title``, ``sentence``."""

    panel: Any
    rows: pd.DataFrame

    def __repr__(self) -> str:
        return f"Pooled over {len(self.rows) - 1} provinces" if len(self.rows) else "Pooled: no province"

    @property
    def labels(self) -> list[str]:
        """Names of the lines."""
        return [
            _("average of {n} provinces", n=len(self.rows) - 1) if code == "all" else name_of(code)
            for code in self.rows["sample"]
        ]

    @property
    def title(self) -> str:
        """The verdict as a title."""
        return f"{self.panel.heading}: {self._short}"

    @property
    def _short(self) -> str:
        if not len(self.rows):
            return _("no province has a clean change")
        p = self.rows["p_value"].iloc[0]
        return (
            _("on average a gap that chance does not usually make") if p <= 0.05 else _("no average gap beyond chance")
        )

    @property
    def sentence(self) -> str:
        """The average gap and its p-value."""
        if not len(self.rows):
            return _("No province has a clean change with this outcome.")
        row, panel = self.rows.iloc[0], self.panel
        gap = difference(row["estimate"] * panel.scale, panel.digits, panel.measure, panel.better)
        return _(
            "Averaged over {n} provinces the difference is: {gap} (p = {p}, from drawing one placebo for each of them).",
            n=len(self.rows) - 1,
            gap=gap,
            p=p_value(row["p_value"]),
        )


def pooled(panel: Any, draws: int = 10_000, seed: int = 1) -> Pooled:
    """
    Average the synthetic-control gaps over all provinces with a clean change.

    Parameters
    ----------
    panel : Panel
    draws : int
        Draws of one placebo gap for each province; p is the share of draws whose average is at least as far from zero.

    Returns
    -------
    Pooled
        Rows of `effects.synthetic.pool`: the average (sample ``all``), then a row for each province (sample: its code), no interval.
    """
    table = synthetic.eligible(panel.frame)
    cases = [synthetic.build_case(panel.frame, code) for code in table.loc[table["qualifies"], "unit_code"]]
    if not cases:
        return Pooled(panel, effects.result(estimate=[]))
    rows = synthetic.pool(cases, draws=draws, seed=seed)
    told = {"outcome": panel.outcome, "definition": panel.definition, "post": panel.post}
    rows = rows.assign(**told, first_year=panel.first, last_year=panel.last)
    return Pooled(panel, rows)
