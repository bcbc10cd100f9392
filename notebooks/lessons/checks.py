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

from helpers import display, effects, paths, study, words
from helpers.effects import synthetic
from helpers.record import tables, terms

EXPRESSION = re.compile(r"\{eval\}`([^`\n]+)`")


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


def tell(paragraph):
    """
    Return a paragraph of a student's lesson with its numbers filled in.

    Parameters
    ----------
    paragraph : str
        Markdown; ``{eval}`...` `` is computed from what the notebook knows.

    Returns
    -------
    IPython.display.Markdown
    """
    from IPython import get_ipython
    from IPython.display import Markdown

    known = get_ipython().user_ns
    return Markdown(EXPRESSION.sub(lambda found: str(eval(found[1], known)), paragraph))


def set_up():
    """Show tables whole and with the names of their columns, as code needs them, not with the headings of the reports, figures with their titles for who cannot see them; say kindly what is missing."""
    from IPython import get_ipython
    from matplotlib.figure import Figure

    pd.set_option("display.max_colwidth", None)
    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["text/html"].for_type(
            pd.DataFrame, lambda frame: frame._repr_html_()
        )
        shell.display_formatter.formatters["image/png"].for_type(Figure, display.own_figure)
        shell.set_custom_exc((NameError,), _unknown_name)


class Hint(AssertionError):
    """What is wrong with an answer; a notebook shows this text and no traceback."""

    def __init__(self, message, **values) -> None:
        super().__init__(said(message, **values))

    def _render_traceback_(self):
        return [str(self)]


def _unknown_name(shell, kind, error, trace, tb_offset=None):
    """Say kindly, where a check or a sentence fails on a name, that an answer or a run is missing; elsewhere leave it to Python."""
    if shell.user_ns["In"][-1].lstrip().startswith("checks."):
        hint = Hint(NO_NAME, name=error.name)
        shell._showtraceback(Hint, hint, [str(hint)])
    else:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


set_up()

NO_NAME = "{name} is not there: its cell above holds no answer, or has not been run. Run the notebook again from the top."
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
COMMA = "{name} is not a number for Python: write it with a point and without quotation marks, {number}."
COMMA_ZERO = "{name} is not a number for Python: write it with a point and without quotation marks, {number}. Keep its minus sign if it has one."
NOT_ASKED = "{name} is not the number asked for. Say in words which rows are kept, and what is counted, added or divided; then compare with the question."
WHOLE = "{name} should be a whole number: it counts."
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
        zero = isinstance(answer, tuple) and answer[0] == 0  # Python reads -0,5 as 0 and 5
        raise Hint(COMMA_ZERO if zero else COMMA, name=name, number=number)
    if _missing(answer):
        raise Hint("{name} is missing (nan): a missing value entered the computation.", name=name)
    one = isinstance(answer, Real | Decimal) and not isinstance(answer, bool | np.timedelta64)
    if isinstance(answer, pd.Series | np.ndarray) and answer.size == 1:
        raise Hint(
            "{name} is a column with one number in it: take it out with {name}.item().", name=name
        )
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
    A ``right`` of type int is a count: only itself is right.
    """
    answer = _real(name, answer)
    always = [(-right, SIGN)]
    always += [(100 * right, PER_CENT)] * share + [(right / 100, A_SHARE)] * percent
    known = [(value, None) for value in (right, *also)]
    known += [(v, hint) for v, hint in (*wrong, *always) if not math.isclose(v, right)]
    counts = isinstance(right, int)
    if counts and math.isfinite(answer) and answer % 1:
        raise Hint(WHOLE, name=name)
    near = [
        (abs(answer - v), at)
        for at, (v, _) in enumerate(known)
        if (answer == v if counts else _near(answer, v))
    ]
    if near:
        message = known[min(near)[1]][1]
        if message is None:
            return _right(number)
        raise Hint(message)
    if any(_rounds(value, answer) for value in (right, *also)):
        raise Hint(ROUNDED, name=name)
    for value, message in always:
        if _rounds(value, answer):
            raise Hint(message)
    raise Hint(NOT_ASKED, name=name)


def _choice(number, name, answer, right, wrong):
    """Accept one letter; ``wrong`` maps each other letter to its hint."""
    answer = _given(name, answer)
    letters = ", ".join(sorted([right, *wrong]))
    if not isinstance(answer, str):
        kind = type(answer).__name__
        message = "{name} is of type {kind}; expected one letter of: {letters}."
        raise Hint(message, name=name, kind=kind, letters=letters)
    letter = re.sub(r"[\W_]+", "", answer).lower()
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
    values = tables.indicator(indicator).query("year == @year").set_index("unit_code")["value"]
    return values[values.index.isin(tables.load("units")["unit_code"])]


def _led(year, definition="hometown"):
    rows = terms.in_office(years=(year, year), definition=definition)
    return rows.set_index("unit_code")["non_local"]


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
    share = _values("urban_population_share_pct", 2024)
    people = _values("population_thousand", 2024)
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


# 02 Local, non-local, rotated


def local_1(share_2010):
    """Share of known secretaries non-local by hometown, 30 June 2010."""
    led = _led(2010)
    _number(1, "share_2010", share_2010, float(led.dropna().mean()), [
        (float(led.fillna(False).mean()), UNKNOWN_LOCAL),
        (float(led.fillna(True).mean()), UNKNOWN_NON_LOCAL),
        (float(1 - led.dropna().mean()), "This is the share of local secretaries."),
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
    """Gap in output per head 2019."""
    output, led = _values("grdp_per_capita_mvnd", 2019), _led(2019)
    _number(1, "difference", difference, _gap(output, led), [
        (_gap(output, led.fillna(False)), UNKNOWN_LOCAL),
        (_gap(output, led.fillna(True)), UNKNOWN_NON_LOCAL),
        (_gap(_values("grdp_per_capita_mvnd", 2021), _led(2021)), "This is the difference of 2021: take output and secretaries of 2019."),
        (_gap(output, _led(2021)), "The groups are those of 2021: take the secretaries of 2019."),
        (float(output[led.fillna(False).astype(bool)].mean() - output.mean()), "Non-local provinces were compared with all provinces, themselves included; compare with the local ones."),
    ])  # fmt: skip


def compare_2(before):
    """Gap of 2010 between the groups of 2021, among provinces under a local in 2010."""
    old = _values("grdp_per_capita_pre2019rev_mvnd", 2010)
    new = _values("grdp_per_capita_mvnd", 2021)
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
    if isinstance(answer, list | np.ndarray) and np.shape(answer) == (len(frame),):
        answer = pd.Series(answer)
    if isinstance(answer, pd.Series) and set(answer.index) == set(frame.index):
        answer = answer.sort_index()  # rows in another order
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
    year = frame.groupby("year")["y"].transform("mean").to_numpy()
    both = "The year's mean was taken away too; the question asks only for the province's own mean."
    wrong = [
        (y - own - year, both),
        (y - own - year + y.mean(), both),
        (y - year, "The year's mean was taken away; the question asks for the province's own mean."),
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
    if np.allclose(pd.Series(answer).groupby(frame["unit_code"]).mean(), 0, atol=1e-6):
        raise Hint(
            "The mean of y_within is zero in every province, as it should be; its values are not y less that mean."
        )
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
    settings = {"groups": groups["unit_code"], "use_correction": False}
    clustered["uncorrected"] = model.fit(cov_type="cluster", cov_kwds=settings).bse["d"]
    return clustered | {"plain": model.fit().bse["d"], "robust": model.fit(cov_type="HC1").bse["d"]}


def effects_3(se_cluster):
    """Standard error clustered by province; every small-sample rule is accepted."""
    errors = {name: float(value) for name, value in _dummies().items()}
    other = float(effects.fit_twfe(_complete(), d="d")["std_error"].iloc[0])
    _number(3, "se_cluster", se_cluster, errors["unit_code"], [
        (errors["plain"], "This standard error takes all rows as independent. Rows of one province resemble each other: cluster by unit_code."),
        (errors["robust"], "HC1 allows for unequal variance and still takes the rows as independent: cluster by unit_code."),
        (errors["year"], "Clustered by year: there are few years, and it is the rows of one province that depend on each other."),
    ], also=[other, errors["uncorrected"]])  # fmt: skip


# 05 Arrivals and departures


def _switching():
    frame = _panel().frame
    return frame.assign(d=frame["treated"].astype("Float64"))


def arrivals_1(n_changes):
    """Changes between local and non-local from one year to the next, both known."""
    frame = _switching()
    by = frame.groupby("unit_code")
    now, last, unknown_local = frame["d"], by["d"].shift(), by["treated_low"].diff()
    came, went = ((now == 1) & (last == 0)).fillna(False), ((now == 0) & (last == 1)).fillna(False)
    known = frame.dropna(subset=["d"]).groupby("unit_code")["d"].diff()
    _number(1, "n_changes", n_changes, int((came | went).sum()), [
        (int(came.sum()), "These are the arrivals, from 0 to 1; count the departures too."),
        (int(went.sum()), "These are the departures, from 1 to 0, or arrivals less departures; count both kinds."),
        (frame.loc[came | went, "unit_code"].nunique(), "These are the provinces that changed; some changed more than once."),
        (int((unknown_local.abs() == 1).sum()), UNKNOWN_LOCAL),
        (int((frame["d"].diff().abs() == 1).sum()), "The first year of a province was compared with the last year of the one above it: compare within each province."),
        (int((known.abs() == 1).sum()), "Unknown years were dropped first, so that years that are not neighbours were compared: count a change only where both years are known."),
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
        (1 / len(table), "This is the smallest value that it could take; p_value is the share that the placebos give."),
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
    up, down = (float((np.abs(draws + size) >= limit).mean()) for size in (0.5, -0.5))
    _number(3, "power_half", power_half, up, [
        (float((np.abs(draws) >= limit).mean()), "Five per cent pass whatever the effect: it was not added, or the limit was taken from the shifted estimates. The limit belongs to the case without an effect."),
        (1 - up, "This is how often the effect would be missed."),
        (float((np.abs(draws + 0.5) >= abs(_permuted().observed)).mean()), "The limit is not the observed estimate: take the 95% quantile of the absolute values of draws."),
    ], share=True, also=[down])  # fmt: skip


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
    _number(1, "places_gained", places_gained, int(own[2021] - own[2022]), [
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
    low = pd.concat([(ranks[t] - ranks[t + 1])[ranks[t] >= 55] for t in stable])
    _number(2, "mean_gain", mean_gain, float(low.mean()), [
        (float(low.median()), "This is the median, or the mean rounded: give the mean as it was computed."),
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
    _number(3, "rank_old_weights", rank_old_weights, int(rank(old)), [
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
    chosen = (
        {part for x in follows for part in re.findall(r"[^\W_]+", x.lower())} if of_texts else {""}
    )
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


# Words that claim a cause, or more certainty than an interval gives, and what before them takes the claim back.
CLAIM = (
    r"\b(?:caus(?:e[sd]?|ing)|because(?! (?:of )?(?:the |this |its )?(?:wide )?(?:95% )?(?:confidence )?interval)|due to|thanks to|le(?:d|ads?) to"
    r"|lower(?:ed|s)|lower the|rais(?:ed|es)|reduc\w+|improv\w+|ma(?:kes?|de) (?:[\w.]+ ){0,7}(?:lower|worse)|as a result of|result(?:s|ed) in|hurts?"
    r"|harm(?:s|ed|ing|ful)?|cut(?:s|ting)?|(?:de|in)creas(?:e[sd]?|ing) (?:the|their|its|pci|provincial|provinces?|scores?)|damag(?:e[sd]?|ing)|dr(?:ove|ag(?:s|ged|ging)?|iv(?:e[sn]?|ing))|push(?:es|ed|ing)?|pull(?:s|ed|ing)?|brought (?:[\w.]+ ){0,7}down"
    r"|worsen\w*|weaken\w*|depress(?:es|ed|ing)|boost\w*|lift(?:s|ed)|contribut\w+ to|owing to|attributable to|responsible for|cost (?:the|their|provinces?)"
    r"|(?:effect|impact)s? (?:of|is|was)|pro(?:of|ve[sdn]?|ving)|no (?:effect|impact|difference)|clearly|significant(?:ly)?|certainly|for (?:certain|sure)|(?:no|without(?: a| any)?) doubt|undoubtedly|definitely"
    r"|(?:which|this|that|it) (?:shows?|showed|demonstrate[sd]?|confirm(?:s|ed)?|establish(?:es|ed)?))\b"
    r"|\b(?:gây|nhờ|kéo(?! dài)|đẩy|hạ (?:thấp|điểm)|nâng|cải thiện|(?:mang|đem) lại|tạo ra|tổn hại|bởi(?! vậy| thế| khoảng)|vì(?! vậy| thế| khoảng)|(?<!năm )(?<!tỉnh )do (?:các |những |có )?(?:bí thư|người|lãnh đạo|\*)|khiến|dẫn đến|làm (?:cho|(?:\w+ ){0,4}(?:tăng|giảm|hại|xấu|tụt|yếu|hỏng|thấp|cao|kém|tốt))"
    r"|chứng (?:minh|tỏ)|(?<!số liệu )(?<!dữ liệu )(?<!kết quả )(?<!ước lượng )(?<!bảng )(?<!mô hình )cho thấy|cắt giảm|(?<!mức )(?<!sự )giảm điểm|rõ ràng|chắc chắn|có ý nghĩa thống kê|(?:tác động|ảnh hưởng) (?:của|là|đến|tới|xấu|tốt|tiêu cực|tích cực)"
    r"|không (?:có |tạo ra )?(?:sự )?(?:tác động|ảnh hưởng|khác biệt))\b"
)
DENIED = re.compile(
    r"(?:\b(?:not|no|nor|neither|never|cannot|without|không|chưa|chẳng)|n['’]t)(?: (?!(?:but|and|so|mà|và|nên) )[\w-]+){0,6} $"
    r"|(?:with|exclude|phù hợp với|loại trừ)(?: \w+)? $"
)
LOWER = r"\b(?:lower(?:ed|s)?|less(?! than)|fewer|below|fell|reduced|decreased?)\b"
HIGHER = r"\b(?:higher|more(?! than)|above|rose|raised|increased?)\b"
LOWER_VI, HIGHER_VI = r"\b(?:thấp hơn|kém|ít hơn|giảm|âm)\b", r"\b(?:cao hơn|nhiều hơn|tăng)\b"
# Who led: a non-local, else a local; and what comes before that with which something is compared.
LED = (
    r"(?P<other>\bnon[- ]?(?:locals?|natives?)\b|\boutsiders?\b|\bfrom (?:elsewhere|outside|another province)\b|\bnot (?:an? )?locals?\b"
    r"|không (?:phải )?(?:là )?(?:người )?địa phương|(?:từ|người) nơi khác|ngoài tỉnh)"
    r"|\blocals?\b(?! (?:govern|authorit))|người địa phương"
)
THAN = (
    r"\bthan\b(?! (?:[-\u2212]?\d|an? (?:point|half|tenth)))|\b(?:compared (?:with|to)|against|relative to|versus)\b"
    r"|so với|hơn (?:những|các) năm"
)
BESIDE = 25  # letters after a number within which an English word of direction belongs to it
FORM = "difference, low, high, unit, provinces, first_year, last_year, compared, verb, sentence"


@cache
def _finding():
    return effects.fit_twfe(_panel().frame).iloc[0]


def finding_3(finding):
    """The form of a finding, part by part, and a sentence that holds its numbers; its words are for another reader."""
    finding = _given("finding", finding)
    if not isinstance(finding, dict) or set(finding) != set(FORM.split(", ")):
        raise Hint("finding should be the form with the parts {parts}.", parts=FORM)
    row = _finding()
    ends = {"difference": row["estimate"], "low": row["conf_low"], "high": row["conf_high"]}
    for name, value in ends.items():
        rounded = (round(value, 1), round(value, 2), round(value, 3))
        _number(None, name, finding[name], value, also=rounded)
    whole = {"provinces": "n_units", "first_year": "first_year", "last_year": "last_year"}
    for name, column in whole.items():
        if _real(name, finding[name]) != row[column]:
            raise Hint(
                "{name} is another number in result: look at {column}.", name=name, column=column
            )
    _choice(None, "unit", finding["unit"], "a", {
        "b": "The difference is in points of the score, not in per cent.",
    })  # fmt: skip
    _choice(None, "compared", finding["compared"], "b", {
        "a": "a leaves out the other provinces, which give the change common to all in each year.",
        "c": "c compares provinces with each other; with provinces held fixed, only years within a province are compared.",
    })  # fmt: skip
    _choice(None, "verb", finding["verb"], "b", {
        "a": "a says that one thing caused the other; the estimate is an association with province and year held fixed.",
        "c": "c claims more certainty than the interval allows.",
        "d": "d reads an interval that contains zero as proof of no difference; it contains other values too.",
    })  # fmt: skip
    sentence = _given("sentence", finding["sentence"])
    if not isinstance(sentence, str) or len(sentence.split()) < 12:
        raise Hint("sentence should be a text of at least a dozen words, in English or Vietnamese.")
    text = re.sub(r"\bminus (?=\d)", "-", unicodedata.normalize("NFC", sentence).lower())
    given = {number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)?", text)}
    needed = (
        (_written(ends["difference"]) & given, "The sentence does not give the estimate: a reader cannot judge the finding without it."),
        (all(_written(ends[name]) & given for name in ("low", "high")), "The sentence does not give both ends of the interval: a reader cannot judge the finding without it."),
        (str(row["n_units"]) in given, "The sentence does not give the number of provinces: a reader cannot judge the finding without it."),
        ({str(row["first_year"]), str(row["last_year"])} <= given, "The sentence does not give the first and last year: a reader cannot judge the finding without it."),
        (re.search("point|điểm", text), "The sentence does not give the unit (points): a reader cannot judge the finding without it."),
    )  # fmt: skip
    for there, message in needed:
        if not there:
            raise Hint(message)
    signs = {name: _signs(text, value) - {math.copysign(1, value)} for name, value in ends.items()}
    if signs["difference"]:
        raise Hint(
            "The sentence gives the estimate another direction than result does: say of the years under a non-local whether the score was lower or higher, as in the form."
        )
    if signs["low"] or signs["high"]:
        raise Hint(
            "An end of the interval has another sign in the sentence than in result: write the minus of a negative number, or lower or higher with each end."
        )
    if _turned_round(text):
        raise Hint(
            "The sentence turns the comparison round: the estimate is of years under a non-local, compared with years under a local one."
        )
    if claims := _claims(text):
        raise Hint(
            "The design supports no such word: {words}. Write what was lower or higher, and leave the cause and the certainty out.",
            words=", ".join(claims),
        )
    _right(3)


def _signs(text, value):
    """Signs that a text gives to a number: its own minus, the word of direction beside it (in English also after it), else plus."""
    signs = set()
    for found in re.finditer(r"(?<!\d)([-\u2212\u2013]?)(\d+[.,]\d+)", text):
        if found[2].replace(",", ".") not in _written(value):
            continue
        rests = (text[: found.start()], text[found.end() :])
        before, after = (re.sub(r"\([^()]*\)", " ", rest) for rest in rests)
        after = re.split(r"\d[.,]\d|[;:)]", after[:BESIDE])[0]
        *others, before = re.split(r"\d[.,]\d+", before)
        beside = re.findall(f"{LOWER}|{HIGHER}", after)[:1]
        beside = beside or re.findall(f"{LOWER_VI}|{HIGHER_VI}", before)[-1:]
        beside = beside or re.findall(f"{LOWER}|{HIGHER}", before[BESIDE * bool(others) :])[-1:]
        told = {-1.0 if re.match(f"{LOWER}|{LOWER_VI}", word) else 1.0 for word in beside}
        signs |= (told | {-1.0} if found[1] else told) or {1.0}
    return signs


def _turned_round(text):
    """Whether a text speaks of years under a local: compared with a non-local, or of no one else."""
    beside = (re.split(r"[,;:()]", text[found.end() :])[0] for found in re.finditer(THAN, text))
    named = [led for part in beside if (led := re.search(LED, part))]
    if named:
        return named[0]["other"] is not None
    every = [led["other"] is not None for led in re.finditer(LED, text)]
    return bool(every) and not any(every)


def _claims(text):
    """Words of cause or proof in a text that no negation right before them takes back, in quotation marks."""
    text = re.sub("không (?:phải )?(?:là )?(?:người )?địa phương", "*", text)
    found = (one for one in re.finditer(CLAIM, text) if not DENIED.search(text[: one.start()]))
    return sorted({f'"{one[0]}"' for one in found})


def _written(value):
    return {f"{abs(value):.{places}f}" for places in (1, 2, 3)}
