"""Checks of the lessons' exercises: each accepts an answer, or names the mistake, in the language of the lesson.

They are plain Python and need no grader. What is right is computed here from the tables, apart from the notebook. Texts
are English; their Vietnamese stands in ``notebooks/locale/vi/lessons/checks.po``.
"""

import functools
import math
import re
import unicodedata
from decimal import Decimal
from functools import cache
from numbers import Real

import numpy as np
import pandas as pd

from helpers import effects, paths, study, words
from helpers.effects import synthetic
from helpers.record import tables, terms


def said(message, **values):
    """
    Return a text of the lessons in the language switched on, its ``{name}`` filled in.

    Parameters
    ----------
    message : str
        English, the key in ``notebooks/locale/<lang>/lessons/checks.po``; without a translation it stays English.
    """
    found = _catalogue(words.language()).get(message, message)
    return found.format(**values) if values else found


@functools.cache
def _catalogue(lang):
    from babel.messages.pofile import read_po

    file = paths.notebooks() / "locale" / lang / "lessons" / "checks.po"
    if not file.is_file():
        return {}
    with file.open("rb") as stream:
        return {message.id: message.string for message in read_po(stream) if message.id}


def _own_names():
    """Show tables with the names of their columns, as code needs them, not with the headings of the reports."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(
            pd.DataFrame, lambda frame: frame._repr_html_()
        )


_own_names()


class Hint(AssertionError):
    """What is wrong with an answer; a notebook shows this text and no traceback."""

    def __init__(self, message, **values) -> None:
        super().__init__(said(message, **values))

    def _render_traceback_(self):
        return [str(self)]


SIGN = "The size is right and the sign is wrong: look at which number is subtracted from which."
PER_CENT = "The answer is a hundred times the number asked for: give a share between 0 and 1."
A_SHARE = "The answer is a hundredth of the number asked for: give it in per cent."
UNKNOWN_LOCAL = (
    "Unknown was counted as local. A secretary whose home province is not known is neither local nor non-local: "
    "leave such rows out."
)
UNKNOWN_NON_LOCAL = (
    "Unknown was counted as non-local. A secretary whose home province is not known is neither local nor non-local: "
    "leave such rows out."
)
CAREER_LOCAL = (
    "Unknown by career was counted as local. Where the record does not say which post a secretary came from, the secretary "
    "is neither local nor non-local by career: leave such terms out."
)
ROUNDED = "{name} is rounded. Give the number as it was computed, without rounding."
NO_COLUMN = "{name} should be a column with one number for each row of frame."


def _right(number):
    if number:
        print(said("Exercise {number}: right.", number=number))


def _given(name, answer):
    if answer is None or answer is ...:
        raise Hint("{name} has no answer yet: put yours in place of the dots.", name=name)
    return answer


def _missing(answer):
    """Whether one value is missing: nan, pd.NA, NaT; a column or a list is not one value."""
    if isinstance(answer, Decimal):
        return answer.is_nan()
    one = answer is pd.NA or answer is pd.NaT or isinstance(answer, float | np.generic)
    return one and bool(pd.isna(answer))


def _with_point(answer):
    """Return the number that was written with a comma (in Python a pair) or in quotation marks, as Python writes it; None where it was not."""
    if isinstance(answer, tuple) and len(answer) == 2:
        if all(type(part) is int and abs(part) < 10**9 for part in answer) and answer[1] >= 0:
            return f"{answer[0]}.{answer[1]}"
    elif isinstance(answer, str):
        written = re.fullmatch(r"\s*([-+\u2212]?\d{1,9})(?:[.,](\d{1,20}))?\s*", answer)
        if written:
            return ".".join(part for part in written.groups() if part).replace("\u2212", "-")
    return None


def _real(name, answer):
    """Return an answer as a float (infinite where it is too large for one), or say why it is not one number."""
    answer, number = _given(name, answer), _with_point(answer)
    if number:
        raise Hint(
            "{name} is not a number for Python: write it with a point and without quotation marks, {number}.",
            name=name,
            number=number,
        )
    if _missing(answer):
        raise Hint("{name} is missing (nan): a missing value entered the computation.", name=name)
    one = isinstance(answer, Real | Decimal) and not isinstance(answer, bool | np.timedelta64)
    if not one:
        kind = type(answer).__name__
        raise Hint("{name} is of type {kind}; expected one number.", name=name, kind=kind)
    if answer in (math.inf, -math.inf):
        raise Hint("{name} is infinite: something was divided by 0.", name=name)
    try:
        return float(answer)
    except OverflowError:
        return math.inf if answer > 0 else -math.inf


def _near(one, other):
    return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-9)


def _rounds(exact, answer):
    """Whether ``answer`` is ``exact``, rounded to as many decimals as ``answer`` has."""
    if not math.isfinite(answer) or answer == 0:
        return False
    unit = 10.0 ** min(0, Decimal(repr(answer)).normalize().as_tuple().exponent)
    return unit < abs(exact) and abs(answer - exact) <= unit / 2 * (1 + 1e-9)


def _number(number, name, answer, right, wrong=(), share=False, percent=False, also=()):
    """
    Accept ``right``, or one of ``also``, to a thousandth of its size (without a word if ``number`` is None); say what another number means.

    Where the right number and a wrong one lie close together, the nearer one counts. ``wrong`` holds (value, message).
    """
    answer = _real(name, answer)
    any_exercise = (
        [(-right, SIGN)] + [(100 * right, PER_CENT)] * share + [(right / 100, A_SHARE)] * percent
    )
    known = [(float(value), None) for value in (right, *also)]
    known += [
        (float(value), message)
        for value, message in (*wrong, *any_exercise)
        if not math.isclose(value, right, rel_tol=1e-9)
    ]
    near = [
        (abs(answer - value), at) for at, (value, _) in enumerate(known) if _near(answer, value)
    ]
    if near:
        message = known[min(near)[1]][1]
        if message is None:
            return _right(number)
        raise Hint(message)
    if any(_rounds(value, answer) for value in (right, *also)):
        raise Hint(ROUNDED, name=name)
    for value, message in any_exercise:
        if _rounds(value, answer):
            raise Hint(message)
    raise Hint(
        "{name} is not the number asked for. Say in words which rows are kept, and what is divided by what; then compare with the question.",
        name=name,
    )


def _choice(number, name, answer, right, wrong):
    """Accept one letter; ``wrong`` maps each other letter to its hint."""
    answer = _given(name, answer)
    letters = ", ".join(sorted([right, *wrong]))
    if not isinstance(answer, str):
        kind = type(answer).__name__
        message = "{name} is of type {kind}; expected one letter of: {letters}."
        raise Hint(message, name=name, kind=kind, letters=letters)
    letter = answer.strip().lower()
    if letter == right:
        return _right(number)
    if letter in wrong:
        raise Hint(wrong[letter])
    raise Hint(
        "{name} is {answer!r}; expected one letter of: {letters}.",
        name=name,
        answer=answer[:20],
        letters=letters,
    )


def _values(indicator, year):
    table = tables.indicator(indicator)
    units = tables.load("units")["unit_code"]
    return table[(table["year"] == year) & table["unit_code"].isin(units)].set_index("unit_code")[
        "value"
    ]


def _led(year, definition="hometown"):
    return terms.in_office(years=(year, year), definition=definition).set_index("unit_code")[
        "non_local"
    ]


# 01 Reading a sourced table


def table_1(n_provinces):
    """Provinces with a PAPI total in 2021."""
    papi = tables.indicator("papi_total")
    year = tables.load("governance").query("year == 2021")
    rows = year["indicator"].str.startswith("papi_").sum()
    years = "This counts rows of several years; filter the table by year first."
    several = "This counts rows of several indicators; filter the table by indicator first."
    _number(1, "n_provinces", n_provinces, int((papi["year"] == 2021).sum()), [
        (63, "63 is the number of all provinces. A province left out of the results of 2021 has no row: an absent value is not zero, and it does not count as present."),
        (len(papi), years),
        (rows, several),
        (len(year), several),
    ])  # fmt: skip


def table_2(urban_share):
    """Urban share of the country in 2024, per cent."""
    share, people = (
        _values("urban_population_share_pct", 2024),
        _values("population_thousand", 2024),
    )
    _number(2, "urban_share", urban_share, (share * people).sum() / people.sum(), [
        (share.mean(), "Percentages were averaged unweighted: a small province counts as much as a large one. Weight by population."),
        (share.median(), "This is the median province, not the country: weight by population."),
        (share.sum(), "Percentages of different totals cannot be added: turn them into people first."),
    ], percent=True)  # fmt: skip


def table_3(n_dated):
    """Spells whose start is known to the month."""
    spells = terms.spells()
    month, censored = spells["start_precision"] == "month", spells["start_censored"]
    _number(3, "n_dated", n_dated, int((month & ~censored).sum()), [
        (int(month.sum()), "Censored starts were counted: there the month is when the person is first seen in office, not when the person came."),
        (int((~censored).sum()), "Starts known only to the year were counted; the table shows July for them by rule, not by knowledge."),
        (len(spells), "This is every term in office. Keep those with start_precision 'month' that are not start_censored."),
    ])  # fmt: skip


# 02 Local, rotated, appointed


def local_1(share_2010):
    """Share of known secretaries non-local by hometown, 30 June 2010."""
    led = _led(2010)
    _number(1, "share_2010", share_2010, float(led.dropna().mean()), [
        (float(led.fillna(False).mean()), UNKNOWN_LOCAL),
        (float(led.fillna(True).mean()), UNKNOWN_NON_LOCAL),
        (float(1 - led.dropna().mean()), "This is the share of locals."),
    ], share=True)  # fmt: skip


def local_2(n_disagree):
    """Spells non-local by hometown and local by career."""
    home = terms.spells("hometown").set_index("spell_id")["non_local"]
    career = terms.spells("career").set_index("spell_id")["non_local"]
    there, back = (home & ~career).fillna(False).sum(), (~home & career).fillna(False).sum()
    _number(2, "n_disagree", n_disagree, int(there), [
        (int(back), "These are the others: local by hometown and non-local by career."),
        (int(there + back), "Both kinds of disagreement were added; the question asks for one of them."),
        (int((home & ~career.fillna(False)).fillna(False).sum()), CAREER_LOCAL),
        (int((home.fillna(True) & ~career).fillna(False).sum()), UNKNOWN_NON_LOCAL),
        (int(home.fillna(False).sum()), "These are all that are non-local by hometown; the second condition is missing."),
    ])  # fmt: skip


def local_3(low, high):
    """Bounds of the share of provinces led by a non-local by career, 30 June 2010."""
    led, home = _led(2010, "career"), _led(2010)
    if _real("low", low) > _real("high", high):
        raise Hint(
            "low is above high: low counts every unknown as local, high every unknown as non-local."
        )
    known = float(led.dropna().mean())
    dropped = "This is the share among the known. Bounds keep all 63 provinces: count every unknown as local, then every unknown as non-local."
    by_home = "This is by hometown; the exercise asks for the definition by career."
    for number, name, answer, fill in ((None, "low", low, False), (3, "high", high, True)):
        _number(
            number,
            name,
            answer,
            float(led.fillna(fill).mean()),
            [(known, dropped), (float(home.fillna(fill).mean()), by_home)],
            share=True,
        )


# 03 Comparing provinces is not an effect


def _gap(values, led):
    both = pd.DataFrame({"value": values, "led": led.astype("boolean")}).dropna()
    means = both.groupby(both["led"].astype(bool))["value"].mean()
    return float(means[True] - means[False])


def compare_1(difference):
    """Gap in output per head 2021."""
    output, led = _values("grdp_per_capita_mvnd", 2021), _led(2021)
    _number(1, "difference", difference, _gap(output, led), [
        (_gap(output, led.fillna(False)), UNKNOWN_LOCAL),
        (_gap(output, led.fillna(True)), UNKNOWN_NON_LOCAL),
        (float(output[led.fillna(False).astype(bool)].mean() - output.mean()), "Non-local provinces were compared with all provinces, themselves included; compare with the local ones."),
    ])  # fmt: skip


def compare_2(before):
    """Gap of 2010 between the groups of 2021, among provinces under a local in 2010."""
    old, new = (
        _values("grdp_per_capita_pre2019rev_mvnd", 2010),
        _values("grdp_per_capita_mvnd", 2021),
    )
    led, then = _led(2021).astype("boolean"), _led(2010).astype("boolean")
    was_local, was_not = (~then).fillna(False), then.fillna(False)
    again = "This is the gap of 2021 again: take the outcome of 2010."
    _number(2, "before", before, _gap(old, led.where(was_local)), [
        (_gap(old, led), "All provinces were kept. Some of them were under a non-local in 2010 already: keep those known to have been under a local then."),
        (_gap(old, led.where(was_not)), "These are the provinces under a non-local in 2010: keep those under a local."),
        (_gap(old, then), "The groups are those of 2010. Keep the groups of 2021 and take the outcome from before."),
        *((_gap(new, groups), again) for groups in (led, led.where(was_local))),
        (_gap(old, led.where(~was_not)), UNKNOWN_LOCAL),
        (_gap(old, led.fillna(False).where(was_local)), UNKNOWN_LOCAL),
        (_gap(old, led.fillna(False)), UNKNOWN_LOCAL),
    ])  # fmt: skip


def compare_3(within):
    """Gap within regions, weighted by non-local provinces."""
    frame = pd.DataFrame(
        {
            "y": _values("grdp_per_capita_mvnd", 2021),
            "led": _led(2021),
            "region": tables.load("units").set_index("unit_code")["region_en"],
        }
    ).dropna()
    parts = (
        frame.assign(led=frame["led"].astype(bool))
        .groupby(["region", "led"])["y"]
        .agg(["mean", "size"])
        .unstack()
    )
    both = parts.dropna()
    gap, treated, size = (
        both["mean"][True] - both["mean"][False],
        both["size"][True],
        both["size"].sum(axis=1),
    )
    _number(3, "within", within, float(np.average(gap, weights=treated)), [
        (float(gap.mean()), "The regional gaps were averaged unweighted: weight each by its number of non-local provinces."),
        (float(np.average(gap, weights=size)), "Weighted by all provinces of the region; the question asks for the number of non-local ones."),
        (_gap(frame["y"], frame["led"]), "This is the gap over the whole country: compare within each region first."),
    ])  # fmt: skip


# 04 Fixed effects


@cache
def _panel():
    return study.panel("pci_score", window=(2013, 2021))


def _complete():
    """PCI 2013-2021 of the provinces with value and home known in every year."""
    frame = _panel().frame
    frame = frame.dropna(subset=["y", "treated"])
    frame = frame[frame.groupby("unit_code")["year"].transform("size") == 9]
    return frame.assign(d=frame["treated"].astype(float)).reset_index(drop=True)


def _slope(frame, *by):
    """Slope of y on d less the means of each way, one way after the other (exact for two ways on a complete panel)."""
    left = frame[["y", "d"]] - frame[["y", "d"]].mean()
    for way in by:
        left = left - left.groupby(frame[way]).transform("mean")
    return float((left["d"] * left["y"]).sum() / (left["d"] ** 2).sum())


def effects_1(y_within):
    """The score less its province's mean."""
    frame, name = _complete(), "y_within"
    answer = _given(name, y_within)
    kinds = pd.api.types
    if (
        not isinstance(answer, pd.Series)
        or len(answer) != len(frame)
        or not (kinds.is_integer_dtype(answer) or kinds.is_float_dtype(answer))
    ):
        raise Hint(NO_COLUMN, name=name)
    y, answer = frame["y"].to_numpy(), answer.to_numpy(dtype=float, na_value=math.nan)
    if np.isnan(answer).any():
        raise Hint("{name} is missing (nan): a missing value entered the computation.", name=name)
    own = frame.groupby("unit_code")["y"].transform("mean").to_numpy()
    wrong = [
        (y - frame.groupby("year")["y"].transform("mean"), "The year's mean was taken away; the question asks for the province's own mean."),
        (y - y.mean(), "One mean over all rows was taken away; each province has its own."),
        (own, "This is the mean itself: take it away from y."),
        (own - y, SIGN),
    ]  # fmt: skip
    if np.allclose(answer, y - own):
        return _right(1)
    for value, message in wrong:
        if np.allclose(answer, value):
            raise Hint(message)
    if np.abs(answer - (y - own)).max() <= 0.05 + 1e-9:
        raise Hint(ROUNDED, name=name)
    raise Hint("The mean of y_within is not zero in every province.")


def effects_2(b_two_way):
    """Two-way fixed effects by hand."""
    frame = _complete()
    _number(2, "b_two_way", b_two_way, _slope(frame, "unit_code", "year"), [
        (_slope(frame, "unit_code"), "The year effects are missing: a year in which all scores rise is taken for an effect."),
        (_slope(frame, "year"), "The province effects are missing: this still compares one province with another."),
        (_slope(frame), "No effects were taken out: this compares all rows with all rows."),
    ])  # fmt: skip


@cache
def _dummies():
    import statsmodels.formula.api as smf

    frame = _complete()
    model = smf.ols("y ~ d + C(unit_code) + C(year)", frame)
    groups = {way: pd.factorize(frame[way])[0] for way in ("unit_code", "year")}
    clustered = {
        way: model.fit(cov_type="cluster", cov_kwds={"groups": codes}).bse["d"]
        for way, codes in groups.items()
    }
    return clustered | {"plain": model.fit().bse["d"], "robust": model.fit(cov_type="HC1").bse["d"]}


def effects_3(se_cluster):
    """Standard error clustered by province; both small-sample rules are accepted."""
    errors = {name: float(value) for name, value in _dummies().items()}
    other = float(effects.fit_twfe(_complete(), d="d")["std_error"].iloc[0])
    _number(3, "se_cluster", se_cluster, errors["unit_code"], [
        (errors["plain"], "This standard error takes all rows as independent. Rows of one province resemble each other: cluster by unit_code."),
        (errors["robust"], "HC1 allows for unequal variance and still takes the rows as independent: cluster by unit_code."),
        (errors["year"], "Clustered by year: there are few years, and it is the rows of one province that depend on each other."),
    ], also=[other])  # fmt: skip


# 05 Arrivals and departures


def _switching():
    frame = _panel().frame
    return frame.assign(d=frame["treated"].astype("Float64"))


def arrivals_1(n_arrivals):
    """Changes from local to non-local between neighbouring years, both known."""
    frame = _switching()
    now, last = frame["d"], frame.groupby("unit_code")["d"].shift()
    came, went = int(((now == 1) & (last == 0)).sum()), int(((now == 0) & (last == 1)).sum())
    low = frame.groupby("unit_code")["treated_low"].diff()
    _number(1, "n_arrivals", n_arrivals, came, [
        (came + went, "Departures were counted too: keep the changes from 0 to 1."),
        (went, "These are the departures, from 1 to 0."),
        (int((low == 1).sum()), UNKNOWN_LOCAL),
        (came - went, "Arrivals and departures cancel in this sum: count only the changes from 0 to 1."),
    ])  # fmt: skip


def arrivals_2(share_negative):
    """Share of non-local province-years with a negative weight."""
    found = effects.weights(_switching(), d="d")
    used = len(_switching().dropna(subset=["y", "d"]))
    summed = "This is the sum of the negative weights; count the province-years instead."
    _number(2, "share_negative", share_negative, found.n_negative / found.n, [
        (found.n_negative / used, "Divided by all province-years; only those under a non-local have a weight."),
        (found.sum_negative, summed),
        (-found.sum_negative, summed),
        (found.n_positive / found.n, "This is the share with a positive weight."),
        (found.n_negative, "This is a count; divide by the number of province-years under a non-local."),
    ], share=True)  # fmt: skip


def _left_over(frame, formula):
    import statsmodels.formula.api as smf

    return smf.ols(formula, frame).fit().resid


@cache
def _without_arrival():
    """Mean effect against the counterfactual from local years only; what common mistakes give, with their hints."""
    frame = _switching()
    right = float(effects.fit_counterfactual(frame, d="d", draws=0)["estimate"].iloc[0])
    used = (
        frame.dropna(subset=["y", "d"])
        .assign(d=lambda t: t["d"].astype(float))
        .reset_index(drop=True)
    )
    everyone = _left_over(used, "y ~ C(unit_code) + C(year)")
    usable = used.groupby("unit_code")["d"].transform("min") == 0
    on = used["d"] == 1
    return right, [
        (everyone[on & usable].mean(), "The model was fitted to all rows, so that the years under a non-local pull their own counterfactual towards themselves: fit it to years under a local only."),
        (everyone[on].mean(), "The model was fitted to all rows: fit it to years under a local only."),
        (float(effects.fit_twfe(frame, d="d")["estimate"].iloc[0]), "This is the two-way fixed effects estimate, with its unequal weights."),
        (_gap(used["y"], used["d"] == 1), "This is the plain difference of means: subtract the counterfactual of each row."),
    ]  # fmt: skip


def arrivals_3(mean_effect):
    """Counterfactual from local years only."""
    right, wrong = _without_arrival()
    _number(3, "mean_effect", mean_effect, right, wrong)


# 06 A counterfactual for one province


def _case():
    return synthetic.build_case(_panel().frame, "56")


def province_1(did):
    """Difference in differences for Khánh Hòa, equal weights."""
    case = _case()
    gap, own = case.wide[case.unit] - case.wide[case.donors].mean(axis=1), case.wide[case.unit]
    after, before = gap[~case.pre].mean(), gap[case.pre].mean()
    _number(1, "did", did, float(after - before), [
        (float(after), "This is the gap after the change only: the gap that was there before has not been subtracted."),
        (float(own[~case.pre].mean() - own[case.pre].mean()), "Before and after in Khánh Hòa alone: what happened everywhere is counted as an effect."),
    ])  # fmt: skip


def province_2(fit_error):
    """Root mean squared gap before the switch."""
    case, gap = _case(), _gap_of_khanh_hoa()
    _number(2, "fit_error", fit_error, float(np.sqrt((gap[case.pre] ** 2).mean())), [
        (float(np.sqrt((gap**2).mean())), "All years were used; the fit is judged on the years before the change."),
        (float(np.sqrt((gap[~case.pre] ** 2).mean())), "These are the years after the change."),
        (float(gap[case.pre].abs().mean()), "This is the mean absolute gap: square, average, take the root."),
        (float((gap[case.pre] ** 2).mean()), "The root is missing."),
        (float(gap[case.pre].mean()), "Gaps of both signs cancel: square them first."),
    ])  # fmt: skip


@cache
def _gap_of_khanh_hoa():
    return synthetic.fit_synthetic_control(_case()).path["gap"]


@cache
def _placebos():
    return synthetic.fit_placebos(_case())


def province_3(p_value):
    """Share of provinces whose ratio is at least that of Khánh Hòa, itself included."""
    table = _placebos()
    own, rest = table[table["is_treated"]].iloc[0], table[~table["is_treated"]]
    reached = (table["ratio"] >= own["ratio"] * (1 - 1e-12)).mean()
    _number(3, "p_value", p_value, float(reached), [
        (float((rest["ratio"] >= own["ratio"]).mean()), "Khánh Hòa itself was left out of the count: it is one of the provinces that the change could have fallen on."),
        (float((table["estimate"].abs() >= abs(own["estimate"]) * (1 - 1e-12)).mean()), "The provinces were ranked by the size of the gap: a province that was never matched well has a large gap anyway. Rank by ratio."),
        (float((table["ratio"] <= own["ratio"]).mean()), "This counts the provinces with a smaller ratio: count those with a ratio at least as large."),
        (float(own["rank"]), "This is the rank; divide by the number of provinces."),
    ], share=True)  # fmt: skip


# 07 Chance, permutation and power


@cache
def _permuted():
    return effects.randomise(_panel(), draws=999, seed=7, statistic="coefficient")


def chance_1(p_two_sided):
    """Two-sided permutation p-value."""
    drawn = _permuted()
    far, low, high = (
        np.abs(drawn.draws) >= abs(drawn.observed),
        drawn.draws <= drawn.observed,
        drawn.draws >= drawn.observed,
    )
    n = len(drawn.draws)
    one_side = "Only one side was counted: a reassignment as far from zero on the other side is as surprising. Compare absolute values."
    _number(1, "p_two_sided", p_two_sided, float((1 + far.sum()) / (1 + n)), [
        (float(far.mean()), "The observed assignment is itself one of the possible ones: add one to the numerator and to the denominator."),
        *((float(value), one_side) for side in (low, high) for value in (side.mean(), (1 + side.sum()) / (1 + n))),
        (float(1 - far.mean()), "This is the share of reassignments nearer to zero; count those at least as far from it."),
    ], share=True)  # fmt: skip


def chance_2(reading):
    """What a p-value above 0.05 says."""
    _choice(2, "reading", reading, "c", {
        "a": ("p > 0.05 was used as proof of no effect. Absence of evidence is not evidence of absence: look at the effects the data could have shown."),
        "b": ("A p-value is not the probability that there is no effect; it is computed as if there were none."),
        "d": ("The sign alone says little: where there is no effect, half of the reassignments fall on this side."),
    })  # fmt: skip


def chance_3(power_half):
    """Share of draws, moved by half a point, that lie outside the middle 95 per cent."""
    draws = _permuted().draws
    limit = np.quantile(np.abs(draws), 0.95)
    moved = np.abs(draws + 0.5) >= limit
    _number(3, "power_half", power_half, float(moved.mean()), [
        (float((np.abs(draws) >= limit).mean()), "Five per cent pass whatever the effect: it was not added, or the limit was taken from the shifted estimates. The limit belongs to the case without an effect."),
        (float(1 - moved.mean()), "This is how often the effect would be missed."),
        (float((np.abs(draws + 0.5) >= abs(_permuted().observed)).mean()), "The limit is not the observed estimate: take the 95% quantile of the absolute values of draws."),
    ], share=True)  # fmt: skip


# 08 Rank claims


def _ranks():
    return (
        tables.indicator("pci_rank")
        .pivot(index="unit_code", columns="year", values="value")
        .drop(index="28", errors="ignore")
    )


def ranks_1(places_gained):
    """Places gained by Kon Tum from 2021 to 2022."""
    own = _ranks().loc["62"]
    _number(1, "places_gained", places_gained, float(own[2021] - own[2022]), [
        (float(own[2022] - own[2021]), "A smaller number is a better rank: 1 is the highest, so places gained are the old rank less the new one."),
        (float(own[2022]), "This is the rank in 2022."),
    ])  # fmt: skip


def ranks_2(mean_gain):
    """Places gained the year after by provinces ranked 55 or lower, years of one set of weights."""
    ranks = _ranks()

    def gain(years, chosen):
        parts = [(ranks[t] - ranks[t + 1])[chosen(t)] for t in years]
        return float(pd.concat(parts).mean())

    stable = range(2013, 2021)
    _number(2, "mean_gain", mean_gain, gain(stable, lambda t: ranks[t] >= 55), [
        (gain(range(2013, 2023), lambda t: ranks[t] >= 55), "Pairs of years across a change of weights (2021 to 2022) were used: stay within 2013 to 2021."),
        (gain(range(2013, 2022), lambda t: ranks[t] >= 55), "Pairs of years across a change of weights (2021 to 2022) were used: stay within 2013 to 2021."),
        (-gain(stable, lambda t: ranks[t] >= 55), "A higher rank number was taken as an improvement: places gained are the old rank less the new one."),
        (gain(stable, lambda t: ranks[t + 1] >= 55), "Provinces were chosen by the later rank: choose them by the rank they start from."),
        (gain(stable, lambda t: ranks[t] > 0), "This is the mean of all provinces, which is always near zero: what one province gains, others lose."),
        (gain(stable, lambda t: ranks[t] <= 9), "These are the nine provinces ranked first; the question is about ranks 55 and below."),
    ])  # fmt: skip


def ranks_3(rank_old_weights):
    """Kon Tum's rank of 2023 with the weights of 2013-2021."""
    weights = tables.load("pci_weights").set_index("indicator")
    parts = (
        tables.load("governance")
        .query("year == 2023")
        .pivot(index="unit_code", columns="indicator", values="value")
    )

    def rank(shares, ascending=False):
        return float(
            (parts[list(shares.index)] * shares).sum(axis=1).rank(ascending=ascending)["62"]
        )

    old, new = (weights.loc[weights["first_year"] == year, "weight_pct"] for year in (2013, 2023))
    _number(3, "rank_old_weights", rank_old_weights, rank(old), [
        (rank(new), "These are the weights of 2023: take those that begin in 2013."),
        (rank(old, True), "Ranked from the lowest score: rank 1 is the highest."),
        (rank(old * 0 + 1), "All sub-indices were weighted alike: multiply each by its weight."),
    ])  # fmt: skip


# 09 Writing a finding


def finding_1(change):
    """Change of Kon Tum's poverty rate 2010-2016 in percentage points."""
    poverty = (
        tables.indicator("poverty_rate_pct").query("unit_code == '62'").set_index("year")["value"]
    )
    old, new = float(poverty[2010]), float(poverty[2016])
    _number(1, "change", change, new - old, [
        ((new - old) / old * 100, "This is a change in per cent of the old rate; percentage points are the new rate less the old one."),
        ((new - old) / old, "This is a relative change; percentage points are the new rate less the old one."),
        (new - float(poverty[2006]), "The poverty line changed between 2008 and 2010: start in 2010."),
    ])  # fmt: skip


def finding_2(follows):
    """Which statements follow from the estimate."""
    follows = _given("follows", follows)
    of_texts = isinstance(follows, set | frozenset | list | tuple | str) and all(
        isinstance(x, str) for x in follows
    )
    chosen = {x.strip().lower() for x in follows} if of_texts else {""}
    if not chosen <= set("abcdef"):
        raise Hint('follows should be a set of letters from a to f, such as {"a", "b"}.')
    wrong = {
        "a": ("a says that one thing caused the other; the estimate is an association with province and year held fixed."),
        "b": ("b uses an interval that contains zero as proof of no effect."),
        "e": ("e speaks of communes and of years after 2021; the data are provinces, 2013 to 2021."),
        "f": ("f concludes something about single provinces from the sign of a mean."),
    }  # fmt: skip
    for letter in sorted(chosen & set(wrong)):
        raise Hint(wrong[letter])
    if chosen != {"c", "d"}:
        raise Hint("No wrong statement is chosen, but not every one that follows.")
    _right(2)


# Words of a sentence that claim more than an association. Each is ignored after a negation, see _denied.
CAUSAL_NOUN = (
    r"\b(?:a|the|any|of) causes?\b|\bcausal\w*|\bcausation\b|\bimpacts?\b|\binfluence\b|\bconsequences?\b"
    r"|(?<!fixed )(?<!fixed-)(?<!year )(?<!province )(?<!time )(?<!unit )(?<!way )\beffects?\b"
    r"(?! (?:models?|sizes?|estimat\w+|regression\w*)\b)(?! (?:of|for) (?:the )?(?:province|year)s?\b(?!'))"
    r"|nhân quả|nguyên nhân|hậu quả|hệ quả|(?:tác động|ảnh hưởng|hiệu ứng)(?! cố định| tỉnh| năm)"
)
CAUSAL_VERB = (
    r"\b(?:caus(?:e|es|ed|ing)|because (?:of|an?|they|their|the (?:secretar|leader)\w+|secretar\w+|nonlocal)|(?:due|owing) to|thanks to"
    r"|attributable to|responsible for|led to|lead(?:s|ing)? to|(?:bad|good|harmful) for|suffer\w*|weaken\w*|undermin\w*|benefit\w*"
    r"|explain(?:s|ed)|chang(?:es|ed|ing) (?:the )?(?:pci|scores?)|(?:takes?|took) (?:the|pci|scores?|\d\S*)|affect(?:s|ed|ing)?"
    r"|influenc(?:es|ed|ing)|impact(?:ed|ing)|improv\w+|worsen\w*|boost\w*|harm\w*|hurt\w*|damag\w+|help(?:s|ed)|depress\w*"
    r"|rais(?:e|es|ed|ing)|reduc\w+|lower(?:s|ed|ing)|lower the (?:pci|scores?|index)|contribut\w+ to|produc(?:e|es|ed|ing)"
    r"|result(?:ed|ing) in|results in (?:an?|lower|higher)|(?:as a|the) result of|br(?:ing|ings|ought)"
    r"|ma(?:ke|kes|de|king) (?:(?:the|its|their|an?|provincial) )*(?:pci|scores?|index|provinces?|it|them|differences?)"
    r"|cost(?:s|ing)? (?:(?:the|an?|each) )?(?:pci|scores?|provinces?)|cut(?:s|ting)? (?:the|its|pci)"
    r"|(?:in|de)creas(?:es?|ed|ing) (?:the|its|their|pci|scores?)"
    r"|(?:drag|pull|push|driv|drove|knock)\w*(?: [\w-]+){0,5} (?:down|up|higher|lower))\b(?! (?:chance|luck|noise)\b)"
    r"|nonlocal[^.;:]{0,20}\bnên\b|\b(?:có hại|không tốt|xấu|tốt) cho\b"
    r"|\b(?:gây|nhờ|do đó|khiến|kéo(?! dài)|đẩy|cải thiện|dẫn (?:đến|tới)|đem lại|mang lại|tạo (?:ra|nên)|góp phần|thúc đẩy|kìm hãm"
    r"|giúp|bởi|(?:nâng|hạ) (?:cao|thấp|điểm|chỉ số|pci)|vì (?:có )?(?:các )?bí thư"
    r"|làm (?:tăng|giảm|cho|thay đổi|hạ|nâng|xấu|tốt|suy|thấp|cao|mất|điểm|pci|chỉ số)"
    r"|do (?:việc |có )?(?:các )?bí thư(?![^,.;:()]*\b(?:lãnh đạo|đứng đầu|phụ trách|điều hành)))\b"
)
NO_EFFECT = (
    r"\b(?:no|not any|without any|zero|hardly any|almost no) (?:(?:real|true|actual|measurable|meaningful|substantial|causal|systematic|such|overall) )*"
    r"(?:effects?|differences?|associations?|influence|impact|relation(?:ship)?s?|links?|correlations?|changes?)\b"
    r"|\b(?:do|does|did|would|will)(?: not|n't) (?:\w+ly )?(?:affect|influence|impact|lower|raise|improve|harm|hurt|reduce|cause"
    r"|boost|help|matter|differ|change the (?:pci|score)|make (?:a|any) difference)"
    r"|\bnot (?:\w+ly )?(?:different|associated|related|linked|correlated)\b|\bunaffected\b|\bunrelated\b|\bnothing to do with\b"
    r"|\bidentical\b|\bequally (?:well|good|high|low|bad)\b|\bjust as \w+ as\b|\bthe same (?=in |under |as |with |whether )"
    r"|\b(?:không|chẳng)(?: hề)?(?: có)?(?: bất (?:kỳ|cứ))?(?: một)?(?: sự| mối)?"
    r" (?:tác động|ảnh hưởng|khác biệt|khác nhau|khác gì|chênh lệch|liên hệ|liên quan|tương quan)"
    r"|\b(?:không|chẳng)(?: hề)? (?:làm (?:tăng|giảm|thay đổi)|gây|cải thiện|tạo ra|thay đổi)|\b(?:như|bằng) nhau\b"
)
NO_SIGNIFICANT = r"\b(?:no|not any|without any|without) (?:statistically )?significant \w+|\bnot significantly\b|\binsignificant\w*|không đáng kể|không(?: \w+){0,3} (?:khác biệt|chênh lệch|tác động|ảnh hưởng)(?: nào)? (?:đáng kể|có ý nghĩa|rõ rệt)"
PROOF = (
    r"\bpro(?:of|ves?|ved|ven|ving)\b|\bshows? that\b|\b(?:clearly|definitely|certainly|evident(?:ly)?|obvious(?:ly)?|undoubtedly)\b"
    r"|\b(?:demonstrat|confirm|establish)\w*|\bconclusive\w*|\bno-doubt\b|\bsignificant(?:ly)?\b"
    r"|chứng minh|chứng tỏ|khẳng định|chắc chắn|rõ ràng|rõ rệt|hiển nhiên|đáng kể|có ý nghĩa thống kê"
)
A_CAUSE = "The sentence says that one thing causes the other ({word!r}). The estimate is an association: say 'is associated with' or 'under a non-local secretary the score was'."
WORDS = (
    (NO_SIGNIFICANT, "The words {word!r} are read as 'no difference'. The interval contains other values too: leave these words out and give its ends."),
    (NO_EFFECT, "The sentence says that there is no effect. An interval that contains zero contains other values too: give its ends instead."),
    (CAUSAL_VERB, A_CAUSE),
    (CAUSAL_NOUN, A_CAUSE),
    (PROOF, "The sentence claims more certainty than the interval allows ({word!r})."),
)  # fmt: skip

# Words that deny, what they deny (to show, to prove), and what leaves a question open.
NOT = r"(?:\b(?:not|never|cannot|nor)\b|n't\b|\b(?:không|chưa|chẳng|đừng)\b)"
NO = rf"(?:{NOT}|\b(?:no|neither|without|hardly|nothing|rather than|instead of|thay vì)\b)"
HARD = rf"(?:{NO}|\b(?:whether|unable|hard|impossible|too early|liệu|khó|quá sớm)\b)"
SHOW = (
    r"\b(?:show|prove|proving|proof|mean|impl|demonstrat|establish|sa(?:y|id)|tell|told|indicat|suggest|evidence|claim|conclu|attribut"
    r"|support|allow|know|infer|reason|possible|enough|sufficient|determin|rule|exclu|interpret|identif|permit|confirm|answer|read)\w*"
    r"|\b(?:chứng minh|chứng tỏ|cho thấy|cho biết|cho phép|có nghĩa|đồng nghĩa|hàm ý|kết luận|khẳng định|nói|bằng chứng|đủ|thể"
    r"|suy ra|biết|xác định|loại trừ|rõ|chắc)\b"
)
OPEN = (
    r"\b(?:compatible|consistent|exclud\w*|rul(?:e|es|ed|ing) out|whether|phù hợp|tương thích|loại trừ|liệu"
    r"|other (?:factors?|things?|events?|reasons?|causes?)|something else|(?:yếu tố|nguyên nhân|điều|lý do) khác)\b"
)
MAY = rf"(?:{OPEN}|\b(?:contain|includ|cover|possib)\w*|\b(?:may|might|could|chứa|bao gồm|gồm cả|khả năng|có thể)\b)"
SO = r"[,;:]|\b(?:so|therefore|thus|hence|nên|vậy|do đó|tức)\b"
CLAUSE = (
    r"[.;!?](?=\s|$)|:(?=\s)|\b(?:but|however|nevertheless|nhưng|song|tuy nhiên)\b|(?<!not )\byet\b"
)
CONCEDED = r"\b(?:although|though|while|whereas|even if|mặc dù|dù|tuy)\b[^,]*,(?!\d)"
SET_PHRASES = (
    (r"\bnot (?:only|just|merely)\b|không (?:chỉ|những)", "also"),
    (r"\bno doubt\b|\bwithout (?:a |any )?doubt\b|\bno question\b|không (?:còn )?nghi ngờ(?: gì)?|không thể (?:phủ nhận|chối cãi)", "no-doubt"),
    (r"\bnot (?:statistically )?significant\b|(?:không|chưa) có ý nghĩa thống kê", "uncertain"),
    (r"\bhigher (?:is|=|means) better\b|\bcàng cao càng tốt\b|cao hơn (?:là|=) tốt hơn", "scale"),
    (r"\b(?:minus|negative|âm|trừ) (?=\d)", "-"),
)  # fmt: skip

# Who is compared with whom.
NON_LOCAL = (
    r"\bnon-? ?locals?\b|\bnot (?:a |from a )?locals?\b|\boutsiders?\b|\bfrom (?:outside|elsewhere|other provinces|(?:another|a different) province)\b"
    r"|\bnot from the (?:same )?province\b|\bphi địa phương\b|\b(?:nơi|tỉnh) khác\b|\bngoài tỉnh\b"
    r"|(?:không|chẳng)(?: phải)?(?: là)? (?:người )?(?:của |trong )?(?:địa phương|tỉnh|bản địa|sở tại|tại chỗ)"
)
LOCAL = r"\blocals?\b(?! (?:govern|econom|business|firm))|\bnatives?\b|\bfrom the (?:same )?province\b|người (?:của |trong )?(?:địa phương|tỉnh)|bản địa|sở tại|tại chỗ"
THAN = (
    r"\b(?:than|compared (?:with|to)|in comparison (?:with|to)|relative to|versus|vs|against|as opposed to|so (?:sánh )?với)\b"
    r"(?:[^,;:()\[\].]|[.,](?=\d))*"
    r"|\b(?:kém|hơn) (?:(?:các|những|năm|bí thư|tỉnh|có|là|người) )*(?:nonlocal|người (?:của |trong )?(?:địa phương|tỉnh))"
)

# Which way a number points: by its sign, or by a word beside it.
DOWN_EN = r"lower|less(?! than (?:an?|one|half|\d))|below|fewer|worse|smaller|decreas\w*|declin\w*|fell|falls?|fallen|drop\w*|down|negative"
UP_EN = r"higher|more(?! than)|above|better|greater|larger|increas\w*|rises?|rose|risen|up(?! to)|gain\w*|positive"
DOWN_VI = r"thấp hơn|thấp đi|kém|ít hơn|nhỏ hơn|giảm|sụt|tụt|âm"
UP_VI = r"cao hơn|tăng|lớn hơn|nhiều hơn|tốt hơn|nhỉnh hơn|dương"
BREAK = (
    r"[,;:()\[\]]|\.(?!\d)|\d|\b(?:to|and|but|with|while|from|between|đến|tới|và|nhưng|từ|giữa)\b"
)
AFTER = rf"{BREAK}|\b(?:in|when|for|during|under|trong|khi|ở|so với)\b"


def _plain(sentence):
    """Lower case, one kind of minus and apostrophe, and in place of a set phrase a word that says what it means."""
    text = unicodedata.normalize("NFC", sentence).lower().replace("’", "'")
    text = re.sub(r"\s+", " ", re.sub("[\u2010-\u2015\u2212]", "-", text))
    text = re.sub(NON_LOCAL, "nonlocal", text)
    for pattern, word in SET_PHRASES:
        text = re.sub(pattern, word, text)
    return text


def _denied(text, found, pattern):
    """Whether the words ``found`` stand after a negation that is about them, or in a list of what is not excluded."""
    clause = re.sub(CONCEDED, " ", re.split(CLAUSE, text[: found.start()])[-1])
    if re.search(rf"{HARD}(?:[ ,]+[\w'-]+){{0,5}}? +(?:{SHOW})", clause):
        return True
    noun = pattern in (CAUSAL_NOUN, PROOF) or found[0] in ("cause", "causes")
    near = rf"{NO}(?: [\w'-]+){{0,4}} ?$" if noun else rf"{NOT}(?: [\w'-]+){{0,2}} ?$"
    if pattern not in (NO_EFFECT, NO_SIGNIFICANT) and re.search(near, clause):
        return True
    last = re.split(SO, clause)[-1]
    if re.search(MAY if pattern == NO_EFFECT else OPEN, last) and pattern != PROOF:
        return True
    rest = re.split(CLAUSE, text[found.end() :])[0]
    return noun and bool(re.match(rf"[^,\d]{{0,40}}(?:{NO})[^,\d]{{0,25}}(?:{SHOW})", rest))


def _overclaim(text):
    """Return the first word that claims too much and what is wrong with it, or None."""
    for pattern, message in WORDS:
        for found in re.finditer(pattern, text):
            if not _denied(text, found, pattern):
                return found[0].replace("no-doubt", "no doubt"), message
    return None


def _signed(text):
    """List the numbers of a text as (digits, sign, start, end of the word that gives it); sign is 0 where nothing gives one and None where two differ."""
    found = []
    for number in re.finditer(r"\d+(?:[.,]\d+)?|(?<=[\s(\[-])\.\d+", text):
        before, after = text[: number.start()], text[number.end() :]
        written = 0
        dash = re.search(r"([-+])( ?)$", before)
        if dash:
            left = before[: dash.start()]
            if dash[2]:
                ok = re.search(r"(?:^|[(\[;:,=]|\b(?:is|of|to|and|from|là|đến|tới|từ|và)) ?$", left)
            else:
                ok = not re.search(r"[\w%.]$", left)
            written = (-1 if dash[1] == "-" else 1) if ok else 0
        start = [m.end() for m in re.finditer(BREAK, before)]
        segment = (start or [0])[-1]
        next_break = re.search(AFTER, after)
        tail = after[: next_break.start()] if next_break else after
        places = (
            (_directions(tail, DOWN_EN, UP_EN), number.end()),
            (
                _directions(before[segment:], f"{DOWN_EN}|{DOWN_VI}", f"{UP_EN}|{UP_VI}")[-1:],
                segment,
            ),
            (_directions(tail, DOWN_VI, UP_VI), number.end()),
        )
        worded, at = next(((w[0], begin + w[0][1]) for w, begin in places if w), ((0, 0), None))
        sign = written or worded[0]
        sign = None if written and worded[0] not in (0, written) else sign
        digits = number[0].replace(",", ".")
        found.append((digits, sign, number.end(), at))
    return found


def _directions(text, down, up):
    """List the words of direction in a text: (-1 or 1, where)."""
    words = re.finditer(rf"\b(?:(?P<down>{down})|(?P<up>{up}))\b", text)
    return [(-1 if word["down"] else 1, word.start()) for word in words]


def _same(digits, value):
    decimals = len(digits.partition(".")[2])
    return decimals > 0 and abs(float(digits) - abs(value)) <= 0.5 * 10**-decimals


def _points(numbers, value, want):
    """Whether every mention of a value points the way it should, and one does; a number without a sign is positive."""
    signs = {sign for digits, sign, _, _ in numbers if _same(digits, value)}
    return signs <= {want, 0} and (want in signs or (want > 0 and 0 in signs))


def _estimate_points(text, numbers, value, want):
    """As _points for the estimate, which may have its direction elsewhere in the sentence: 'was lower: the difference was 0.45'."""
    own = {sign for digits, sign, _, _ in numbers if _same(digits, value)}
    taken = {at for digits, _, _, at in numbers if at is not None and not _same(digits, value)}
    words = _directions(text, f"{DOWN_EN}|{DOWN_VI}", f"{UP_EN}|{UP_VI}")
    said_elsewhere = {sign for sign, at in words if at not in taken}
    against = -want in said_elsewhere and want not in said_elsewhere
    return own <= {want, 0} and not against and (want in own or said_elsewhere == {want})


def _turned(text):
    """Return 1 where a sentence compares non-local with local, -1 where it compares local with non-local, None where it does not say."""
    rest = re.sub(THAN, " ", text)
    if "nonlocal" in rest:
        return 1
    if re.search(LOCAL, rest):
        return -1 if "nonlocal" in text else None
    return 1 if "nonlocal" in text or re.search(LOCAL, text) else None


@cache
def _finding():
    return effects.fit_twfe(_panel().frame).iloc[0]


def finding_3(sentence):
    """A sentence with estimate, interval, sample and years, each with its sign, and without words of cause or proof."""
    sentence = _given("sentence", sentence)
    if not isinstance(sentence, str) or len(sentence.split()) < 12:
        raise Hint("sentence should be a text of at least a dozen words, in English or Vietnamese.")
    text = _plain(sentence)
    overclaim = _overclaim(text)
    if overclaim:
        raise Hint(overclaim[1], word=overclaim[0])
    row = _finding()
    numbers, turned = _signed(text), _turned(text)
    estimate, ends = row["estimate"], (row["conf_low"], row["conf_high"])
    whole = {digits for digits, _, _, _ in numbers}
    after = [text[end : end + 20] for digits, _, end, _ in numbers if _same(digits, estimate)]

    def sign(value):
        return (turned or 1) * (1 if value > 0 else -1)

    needed = (
        (after, "The sentence does not give the estimate: a reader cannot judge the finding without it."),
        (all(any(_same(digits, end) for digits, _, _, _ in numbers) for end in ends), "The sentence does not give both ends of the interval: a reader cannot judge the finding without it."),
        (str(row["n_units"]) in whole, "The sentence does not give the number of provinces: a reader cannot judge the finding without it."),
        ({"2013", "2021"} <= whole, "The sentence does not give the first and last year: a reader cannot judge the finding without it."),
        (re.search(r"point|điểm", text), "The sentence does not give the unit (points): a reader cannot judge the finding without it."),
        (not any(re.match(r" ?(?:%|per ?cent|điểm phần trăm|phần trăm)", words) for words in after), "The difference is in points of the score, not in per cent."),
        (turned, "The sentence does not say what was compared: years under a non-local secretary with years under a local one."),
        (_estimate_points(text, numbers, estimate, sign(estimate)), "The direction of the estimate is missing or wrong: say whether the score was higher or lower in years under a non-local secretary, or give the sign."),
        (all(_points(numbers, end, sign(end)) for end in ends), "An end of the interval has no sign or the wrong one: give both ends with their signs, or say of each whether it is lower or higher."),
    )  # fmt: skip
    for there, message in needed:
        if not there:
            raise Hint(message)
    _right(3)
