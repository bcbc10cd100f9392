"""The lessons: every solution passes, every blank fails, and a wrong answer of a common kind is named; one language a version."""

import ast
import csv
import functools
import importlib.util
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from babel.messages.pofile import read_po

from helpers import effects, paths, study, words
from helpers.record import terms
from press import messages, translate

FOLDER = paths.notebooks() / "lessons"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)
HEADINGS = {
    "en": ("## Goals", "## Worked example", "## Exercises", "## Key ideas", "## Further reading"),
    "vi": ("## Mục tiêu", "## Ví dụ", "## Bài tập", "## Ý chính", "## Đọc thêm"),
}
VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")


def _form(**changes):
    """Return code of the form of lesson 9: right, but for some parts (code is text that names ``result``)."""
    parts = {"difference": "result['estimate']", "low": "result['conf_low']", "high": "result['conf_high']", "unit": "a", "provinces": "result['n_units']"}  # fmt: skip
    parts |= {"first_year": 2013, "last_year": 2021, "compared": "b", "verb": "b"}
    parts["sentence"] = (
        "In 63 provinces, 2013 to 2021, the PCI score was <size> points lower in years under a non-local secretary than under a local one (<low> to <high>)."
    )
    written = ((k, v if isinstance(v, str) and "result[" in v else repr(v)) for k, v in (parts | changes).items())
    return f"finding = dict({', '.join(f'{k}={v}' for k, v in written)})"


WRONG = [  # lesson, exercise, wrong answer, words of its hint
    ("01", 1, "n_provinces = 63", "an absent value is not zero"),
    ("01", 1, "n_provinces = len(papi)", "filter the table by year"),
    ("01", 1, "n_provinces = (governance['year'] == 2021).sum()", "filter the table by indicator"),
    ("01", 1, "n_provinces = (papi['year'] == 2021).sum() + 0.04", "should be a whole number"),
    ("01", 1, "n_provinces = '60'", "without quotation marks, 60."),
    ("01", 1, "n_provinces = 'sixty'", "type str"),
    ("01", 2, "urban_share = urban['urban_population_share_pct'].mean()", "averaged unweighted"),
    ("01", 2, "urban_share = urban['urban_population_share_pct'].sum()", "cannot be added"),
    ("01", 2, "people = urban['population_thousand']; urban_share = (urban['urban_population_share_pct'] * people).sum() / people.sum() / 100", "per cent"),
    ("01", 2, "urban_share = float('nan')", "missing"),
    ("01", 2, "urban_share = urban['population_thousand'].astype('Float64').shift().iloc[0]", "missing"),
    ("01", 2, "people = urban['population_thousand']; urban_share = round((urban['urban_population_share_pct'] * people).sum() / people.sum())", "is rounded"),
    ("01", 3, "n_dated = (spells['start_precision'] == 'month').sum()", "Censored starts"),
    ("01", 3, "n_dated = (~spells['start_censored']).sum()", "known only to the year"),
    ("01", 3, "n_dated = len(spells)", "every term in office"),
    ("02", 1, "share_2010 = led.fillna(False).mean()", "Unknown was counted as local"),
    ("02", 1, "share_2010 = (led == True).sum() / len(led)", "Unknown was counted as local"),
    ("02", 1, "share_2010 = led.fillna(True).mean()", "Unknown was counted as non-local"),
    ("02", 1, "share_2010 = 100 * led.mean()", "between 0 and 1"),
    ("02", 1, "share_2010 = 1 - led.mean()", "share of local secretaries"),
    ("02", 1, "share_2010 = round(led.mean(), 2)", "share_2010 is rounded"),
    ("02", 1, "share_2010 = round(100 * led.mean())", "between 0 and 1"),
    ("02", 1, "share_2010 = 0,25", "with a point and without quotation marks, 0.25."),
    ("02", 1, "share_2010 = '0,25'", "with a point and without quotation marks, 0.25."),
    ("02", 1, "share_2010 = pd.NaT", "missing"),
    ("02", 1, "share_2010 = led", "type Series"),
    ("02", 2, "n_disagree = (~answers['hometown'] & answers['career']).fillna(False).sum()", "the others"),
    ("02", 2, "n_disagree = (answers['hometown'] != answers['career']).fillna(False).sum()", "Both kinds"),
    ("02", 2, "n_disagree = (answers['hometown'] & ~answers['career'].fillna(False)).fillna(False).sum()", "Unknown by career was counted as local"),
    ("02", 2, "n_disagree = (answers['hometown'].fillna(True) & ~answers['career']).fillna(False).sum()", "home province is not known"),
    ("02", 3, "low = high = by_career.mean()", "share among the known"),
    ("02", 3, "low, high = by_career.fillna(True).mean(), by_career.fillna(False).mean()", "low is above high"),
    ("02", 3, "low, high = 0.1, '0,6'", "with a point and without quotation marks, 0.6."),
    ("02", 3, "low, high = pd.NA, 0.6", "low is missing"),
    ("02", 3, "low, high = round(by_career.fillna(False).mean(), 2), round(by_career.fillna(True).mean(), 2)", "low is rounded"),
    ("02", 3, "low, high = led.fillna(False).mean(), led.fillna(True).mean()", "by hometown"),
    ("03", 1, "difference = -difference_of_means(output_2019, led_2019)", "the sign is wrong"),
    ("03", 1, "difference = difference_of_means(output_2019, led_2019.fillna(False))", "Unknown was counted as local"),
    ("03", 1, "difference = output_2019[led_2019.fillna(False).astype(bool)].mean() - output_2019.mean()", "themselves included"),
    ("03", 1, "difference = with_all", "difference of 2021"),
    ("03", 1, "difference = difference_of_means(output_2019, frame['non_local'])", "groups are those of 2021"),
    ("03", 2, "before = difference_of_means(old, terms.in_office(years=(2010, 2010)).set_index('unit_code')['non_local'])", "groups are those of 2010"),
    ("03", 2, "before = difference_of_means(frame['output'], led)", "gap of 2021 again"),
    ("03", 2, "before = difference_of_means(frame['output'], led.where((~led_2010).fillna(False)))", "gap of 2021 again"),
    ("03", 2, "before = difference_of_means(old, led)", "All provinces were kept"),
    ("03", 2, "before = round(difference_of_means(old, led), 2)", "All provinces were kept"),
    ("03", 2, "before = difference_of_means(old, led.where(led_2010.fillna(False)))", "under a non-local in 2010: keep"),
    ("03", 2, "before = difference_of_means(old, led.where(~led_2010.fillna(False)))", "Unknown was counted as local"),
    ("03", 2, "before = round(difference_of_means(old, led.where((~led_2010).fillna(False))), 1)", "is rounded"),
    ("03", 3, "p = frame.dropna().assign(n=lambda t: t['non_local'].astype(bool)).groupby(['region', 'n'])['output'].mean().unstack(); within = (p[True] - p[False]).mean()", "averaged unweighted"),
    ("03", 3, "within = difference_of_means(frame['output'], frame['non_local'])", "whole country"),
    ("04", 1, "y_within = frame['y'] - frame.groupby('year')['y'].transform('mean')", "year's mean"),
    ("04", 1, "y_within = frame['y'] - frame['y'].mean()", "One mean over all rows"),
    ("04", 1, "y_within = less_means(frame, 'y')", "year's mean was taken away too"),
    ("04", 1, "y_within = less_means(frame, 'y') - frame['y'].mean()", "year's mean was taken away too"),
    ("04", 1, "g = frame.groupby('unit_code')['y']; y_within = (frame['y'] - g.transform('mean')) / g.transform('std')", "is zero in every province"),
    ("04", 1, "y_within = frame['y'] - frame.groupby('unit_code')['y'].transform('median')", "is not zero in every province"),
    ("04", 2, "b_two_way = -0,77", "quotation marks, 0.77. Keep its minus sign"),
    ("04", 1, "y_within = frame.groupby('unit_code')['y'].transform('mean')", "the mean itself"),
    ("04", 1, "y_within = 0.0", "one number for each row"),
    ("04", 1, "y_within = (frame['y'] - frame.groupby('unit_code')['y'].transform('mean')).round(2)", "is rounded"),
    ("04", 1, "y_within = (frame['y'] - frame.groupby('unit_code')['y'].transform('mean')).where(frame['year'] > 2013)", "missing"),
    ("04", 1, "y_within = frame['unit_code']", "one number for each row"),
    ("04", 2, "b_two_way = smf.ols('y ~ d + C(unit_code)', frame).fit().params['d']", "year effects are missing"),
    ("04", 2, "b_two_way = smf.ols('y ~ d + C(year)', frame).fit().params['d']", "province effects are missing"),
    ("04", 2, "b_two_way = smf.ols('y ~ d', frame).fit().params['d']", "No effects were taken out"),
    ("04", 3, "se_cluster = model.fit().bse['d']", "all rows as independent"),
    ("04", 3, "se_cluster = model.fit(cov_type='HC1').bse['d']", "HC1"),
    ("04", 3, "se_cluster = model.fit(cov_type='cluster', cov_kwds={'groups': pd.factorize(frame['year'])[0]}).bse['d']", "Clustered by year"),
    ("05", 1, "n_changes = (frame.groupby('unit_code')['d'].diff() == 1).sum()", "arrivals, from 0 to 1"),
    ("05", 1, "n_changes = (frame.groupby('unit_code')['d'].diff() == -1).sum()", "departures, from 1 to 0"),
    ("05", 1, "n_changes = frame.loc[frame.groupby('unit_code')['d'].diff().abs() == 1, 'unit_code'].nunique()", "more than once"),
    ("05", 1, "n_changes = (frame['d'].fillna(0).groupby(frame['unit_code']).diff().abs() == 1).sum()", "Unknown was counted as local"),
    ("05", 1, "n_changes = (frame['d'].diff().abs() == 1).sum()", "within each province"),
    ("05", 1, "n_changes = (frame.dropna().groupby('unit_code')['d'].diff().abs() == 1).sum()", "not neighbours"),
    ("05", 2, "share_negative = (own_weights['weight'] < 0).sum() / len(frame.dropna())", "all province-years"),
    ("05", 2, "share_negative = own_weights['weight'].clip(upper=0).sum()", "sum of the negative weights"),
    ("05", 2, "share_negative = (own_weights['weight'] > 0).mean()", "positive weight"),
    ("05", 3, "model = smf.ols('y ~ C(unit_code) + C(year)', known).fit(); n = known[known['d'] == 1]; mean_effect = (n['y'] - model.predict(n)).mean()", "fitted to all rows"),
    ("05", 3, "mean_effect = round(effects.fit_counterfactual(frame, d='d', draws=0)['estimate'].iloc[0], 2)", "is rounded"),
    ("05", 3, "mean_effect = smf.ols('y ~ d + C(unit_code) + C(year)', known).fit().params['d']", "two-way fixed effects estimate"),
    ("05", 3, "mean_effect = known.groupby('d')['y'].mean().diff().iloc[-1]", "plain difference of means"),
    ("06", 1, "gap = case.wide['56'] - case.wide[case.donors].mean(axis=1); did = gap[~case.pre].mean()", "the gap after the change only"),
    ("06", 1, "own = case.wide['56']; did = own[~case.pre].mean() - own[case.pre].mean()", "Khánh Hòa alone"),
    ("06", 1, "gap = case.wide['56'] - case.wide[case.donors].mean(axis=1); did = gap[case.pre].mean() - gap[~case.pre].mean()", "the sign is wrong"),
    ("06", 2, "fit_error = np.sqrt((path['gap'] ** 2).mean())", "All years were used"),
    ("06", 2, "fit_error = path['gap'][case.pre].abs().mean()", "mean absolute gap"),
    ("06", 2, "fit_error = (path['gap'][case.pre] ** 2).mean()", "root is missing"),
    ("06", 3, "p = placebos[~placebos['is_treated']]; p_value = (p['ratio'] >= placebos.loc[placebos['is_treated'], 'ratio'].iloc[0]).mean()", "left out of the count"),
    ("06", 3, "p_value = round((placebos['ratio'] >= placebos.loc[placebos['is_treated'], 'ratio'].iloc[0]).mean(), 3)", "is rounded"),
    ("06", 3, "p_value = 1 / len(placebos)", "smallest value"),
    ("06", 3, "p_value = (placebos['estimate'].abs() >= placebos.loc[placebos['is_treated'], 'estimate'].abs().iloc[0]).mean()", "Rank by ratio"),
    ("07", 1, "p_two_sided = (draws <= observed).mean()", "Only one side"),
    ("07", 1, "p_two_sided = (np.abs(draws) >= abs(observed)).mean()", "observed assignment is itself"),
    ("07", 2, "reading = 'a'", "p > 0.05 was used as proof of no effect"),
    ("07", 2, "reading = 'b'", "not the probability"),
    ("07", 2, "reading = 'd'", "sign alone"),
    ("07", 2, "reading = 'e'", "expected one letter"),
    ("07", 2, "reading = {'c'}", "type set; expected one letter"),
    ("07", 2, "reading = ['c']", "type list; expected one letter"),
    ("07", 3, "power_half = (np.abs(draws) >= np.quantile(np.abs(draws), 0.95)).mean()", "it was not added"),
    ("07", 3, "moved = np.abs(draws + 0.5); power_half = (moved >= np.quantile(moved, 0.95)).mean()", "shifted estimates"),
    ("07", 3, "power_half = (np.abs(draws + 0.5) < np.quantile(np.abs(draws), 0.95)).mean()", "missed"),
    ("08", 1, "places_gained = ranks.loc[['62'], 2021] - ranks.loc[['62'], 2022]", "places_gained.item()"),
    ("08", 1, "places_gained = ranks.loc['62', 2022] - ranks.loc['62', 2021]", "1 is the highest"),
    ("08", 2, "mean_gain = -pairs.loc[pairs['rank'] >= 55, 'gain'].mean()", "taken as an improvement"),
    ("08", 2, "mean_gain = pd.concat([(ranks[t] - ranks[t + 1])[ranks[t] >= 55] for t in range(2013, 2023)]).mean()", "change of weights"),
    ("08", 2, "mean_gain = pairs.loc[pairs['rank'] - pairs['gain'] >= 55, 'gain'].mean()", "later rank"),
    ("08", 2, "mean_gain = pairs.loc[pairs['rank'] <= 9, 'gain'].mean()", "nine provinces ranked first"),
    ("08", 2, "mean_gain = pairs.loc[pairs['rank'] >= 55, 'gain'].median()", "the median"),
    ("08", 2, "mean_gain = pairs['gain'].mean()", "always near zero"),
    ("08", 3, "rank_old_weights = (parts * old_weights).sum(axis=1).rank()['62']", "from the lowest"),
    ("08", 3, "rank_old_weights = parts.sum(axis=1).rank(ascending=False)['62']", "weighted alike"),
    ("08", 3, "rank_old_weights = ranks.loc['62', 2023]", "weights of 2023"),
    ("09", 1, "change = 100 * (poverty[2016] / poverty[2010] - 1)", "per cent of the old rate"),
    ("09", 1, "change = poverty[2010] - poverty[2016]", "the sign is wrong"),
    ("09", 1, "change = poverty[2016] - poverty[2006]", "poverty line"),
    ("09", 2, "follows = {'a', 'c', 'd'}", "association"),
    ("09", 2, "follows = {'b', 'd'}", "proof of no effect"),
    ("09", 2, "follows = {'c', 'd', 'e'}", "communes"),
    ("09", 2, "follows = {'c', 'd', 'f'}", "single provinces"),
    ("09", 2, "follows = {'d'}", "not every one that follows"),
    ("09", 2, "follows = 3", "a set of letters"),
    ("09", 2, "follows = {'c', 4}", "a set of letters"),
    ("09", 3, _form(difference=0.45), "the sign is wrong"),
    ("09", 3, _form(difference=1), "is not the number asked for"),
    ("09", 3, _form(low=0.18, high=-1.1), "is not the number asked for"),
    ("09", 3, _form(unit="b"), "not in per cent"),
    ("09", 3, _form(provinces=468), "look at n_units"),
    ("09", 3, _form(last_year=2022), "look at last_year"),
    ("09", 3, _form(compared="a"), "leaves out the other provinces"),
    ("09", 3, _form(compared="c"), "with provinces held fixed"),
    ("09", 3, _form(verb="a"), "one thing caused the other"),
    ("09", 3, _form(verb="c"), "more certainty"),
    ("09", 3, _form(verb="d"), "proof of no difference"),
    ("09", 3, _form(verb="was lower in"), "expected one letter"),
    ("09", 3, _form(sentence=""), "a dozen words"),
    ("09", 3, _form(sentence="The PCI score was lower in years under a non-local secretary than in others."), "does not give the estimate"),
    ("09", 3, _form(sentence="In 63 provinces, 2013 to 2021, the PCI score was <size> points lower in years under a non-local secretary."), "both ends of the interval"),
    ("09", 3, _form(sentence="From 2013 to 2021 the PCI score was <size> points lower in years under a non-local secretary (<low> to <high>)."), "the number of provinces"),
    ("09", 3, "finding = {'difference': -0.45}", "the form with the parts"),
]  # fmt: skip

RIGHT = [  # other ways to a right answer
    ("01", 1, "n_provinces = float(papi.query('year == 2021')['unit_code'].count())"),
    ("02", 1, "share_2010 = round(float(led.mean()), 4)"),
    ("04", 2, "b_two_way = effects.fit_twfe(frame, d='d')['estimate'].iloc[0]"),
    ("04", 1, "y_within = (frame['y'] - frame.groupby('unit_code')['y'].transform('mean')).to_numpy()"),
    ("04", 1, "y_within = list(frame['y'] - frame.groupby('unit_code')['y'].transform('mean'))"),
    ("04", 1, "y_within = (frame['y'] - frame.groupby('unit_code')['y'].transform('mean')).sort_values()"),
    ("04", 3, "se_cluster = effects.fit_twfe(frame, d='d')['std_error'].iloc[0]"),
    ("04", 3, "se_cluster = model.fit(cov_type='cluster', cov_kwds={'groups': pd.factorize(frame['unit_code'])[0], 'use_correction': False}).bse['d']"),
    ("05", 3, "mean_effect = effects.fit_counterfactual(frame, d='d', draws=0)['estimate'].iloc[0]"),
    ("07", 3, "power_half = (np.abs(draws - 0.5) >= np.quantile(np.abs(draws), 0.95)).mean()"),
    ("07", 2, "reading = '(C).'"),
    ("09", 2, "follows = ['D', 'C']"),
    ("09", 2, "follows = 'c,d'"),
    ("09", 2, "follows = {'c.', '(d)'}"),
    ("09", 3, _form(difference="round(result['estimate'], 1)")),
    ("09", 3, _form(sentence="Ở 63 tỉnh, giai đoạn 2013-2021, trong những năm bí thư không phải là người địa phương, điểm PCI thấp hơn <size,> điểm, khi giữ cố định tỉnh và năm (khoảng tin cậy 95% từ <low,> đến <high,>).")),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _quiet(tmp_path_factory):
    """Figures and tables of the lessons go to a scratch folder; checks.py is found beside the notebooks."""
    before = dict(os.environ)
    os.environ.update(PRESS_OUT=str(tmp_path_factory.mktemp("lessons")), MPLBACKEND="Agg")
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def _english():
    """Each test begins in English; a lesson played in Vietnamese switches the language."""
    words.use("en")
    yield
    words.use("en")


@cache
def _book(lesson, lang="en"):
    book = json.loads((FOLDER / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return translate.in_language(book, f"lessons/{lesson}", lang)


def _cells(lesson, lang="en"):
    return [cell | {"source": "".join(cell["source"])} for cell in _book(lesson, lang)["cells"]]


def _lesson(number):
    (name,) = [name for name in LESSONS if name.startswith(number)]
    return name


def _run(cell, namespace, source=None):
    exec(compile(source or "".join(cell["source"]), cell["id"], "exec"), namespace)


@cache
def _played(lesson, lang):
    """Run a lesson top to bottom with its solutions; return what it knows before each answer, all values in its text, what it knows at last."""
    namespace, before, said = {"__name__": "__main__"}, {}, []
    for cell in _cells(lesson, lang):
        if cell["cell_type"] == "markdown":
            said += [str(eval(text, namespace)) for text in messages.expressions(cell["source"])]
            continue
        if cell["id"].startswith("answer-"):
            before[int(cell["id"][7:])] = dict(namespace)
        _run(cell, namespace)
    return before, said, namespace


@cache
def _estimated():
    return effects.fit_twfe(study.panel("pci_score", window=(2013, 2021))).iloc[0]


def _with_numbers(sentence):
    """Put today's estimate and interval where a sentence has <size>, <low>, <below> (low without its sign), <high> (with a comma: in Vietnamese)."""
    row = _estimated()
    values = {
        "size": abs(row["estimate"]),
        "low": row["conf_low"],
        "below": abs(row["conf_low"]),
        "high": row["conf_high"],
    }
    for name, value in values.items():
        for end, text in (("", f"{value:.2f}"), (" in short", f"{value:.1f}")):
            sentence = sentence.replace(f"<{name}{end}>", text).replace(f"<{name}{end},>", text.replace(".", ","))
    return sentence


def _answered(lesson, exercise, answer):
    """Run one exercise's check after ``answer`` instead of the solution."""
    answer = _with_numbers(answer) if "<" in answer else answer
    namespace = dict(_played(lesson, "en")[0][exercise])
    words.use("en")
    cells = {cell["id"]: cell for cell in _cells(lesson)}
    _run(cells[f"answer-{exercise}"], namespace, answer)
    _run(cells[f"check-{exercise}"], namespace)


def _blank(lesson, exercise):
    (cell,) = [cell for cell in _cells(lesson) if cell["id"] == f"answer-{exercise}"]
    source = "".join(cell["source"])
    assert SOLUTION.search(source)
    return SOLUTION.sub("", source)


EXERCISES = [(lesson, n) for lesson in LESSONS for n in (1, 2, 3)]


def test_there_are_nine_lessons():
    assert [name[:2] for name in LESSONS] == [f"{n:02d}" for n in range(1, 10)]


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_solutions_pass_from_top_to_bottom(lesson, lang):
    before, said, _ = _played(lesson, lang)
    assert sorted(before) == [1, 2, 3]
    assert [text for text in said if re.search(r"\bnan\b|None|no data|chưa có số liệu", text)] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_student_version_runs_past_its_blanks(lesson, kernels):
    from nbclient import NotebookClient
    from nbformat import from_dict

    book = _book(lesson, "vi")
    cells = [
        c | {"source": "".join(c["source"])}
        for c in book["cells"]
        if c["id"] in ("parameters", "setup") or "nbgrader" in c["metadata"]
    ]
    for cell in cells:
        cell["source"] = SOLUTION.sub("", cell["source"])
    done = from_dict(book | {"cells": cells})
    path = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(done, timeout=300, kernel_name="python3", resources=path).execute()
    told = {c.id: [o for o in c.outputs if o.output_type == "error"] for c in done.cells if c.id.startswith("check-")}
    assert {name: len(errors) for name, errors in told.items()} == {"check-1": 1, "check-2": 1, "check-3": 1}
    assert all("chưa có câu trả lời" in errors[0].evalue for errors in told.values())


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_computed_sentence_of_a_student_is_said_by_a_cell(lesson):
    import build

    cells = build.told(_book(lesson, "vi"))["cells"]
    assert [c["id"] for c in cells if c["cell_type"] == "markdown" and "{eval}" in "".join(c["source"])] == []
    said = [e for c in cells if c["cell_type"] == "code" for e in messages.expressions("".join(c["source"]))]
    assert said == [e for c in _cells(lesson, "vi") for e in messages.expressions(c["source"])]
    assert len({c["id"] for c in cells}) == len(cells)


def _client(book, folder):
    from nbclient import NotebookClient
    from nbformat import from_dict

    done = from_dict(book | {"cells": [c | {"source": "".join(c["source"])} for c in book["cells"]]})
    NotebookClient(done, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: cell for cell in done.cells}


def _shown(cells):
    """What the cells show of text, each in one piece."""
    outputs = [output for cell in cells.values() for output in cell.get("outputs", [])]
    return [o.data["text/markdown"] for o in outputs if "text/markdown" in o.get("data", {})]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_student_reads_numbers_in_sentences_and_kind_words_where_a_name_is_missing(lang, kernels):
    import build

    book = build.told(_book(_lesson("03"), lang))
    cells = [c | {"source": SOLUTION.sub("", "".join(c["source"]))} for c in book["cells"]]
    for cell in cells:
        cell["source"] = "" if cell["id"] == "answer-1" else cell["source"]
    done = _client(book | {"cells": cells}, FOLDER)
    shown = _shown(done)
    assert len(shown) == 2 and all(re.search(r"\d", text) and "{eval}" not in text for text in shown)
    (error,) = done["check-1"].outputs
    words_ = {"en": "difference is not there: its cell above", "vi": "Chưa có difference: ô của nó ở trên"}[lang]
    assert error.evalue.startswith(words_) and error.traceback == [error.evalue]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_pages_without_python_hold_no_command_no_report_s_footer_and_no_exercise_in_slides(lang, tmp_path):
    import build

    page = {"lang": lang, "title": "", "name": "", "all": "index.html", "all_label": build.TITLES[lang], "links": []}
    for lesson in LESSONS:
        cells = [c | {"outputs": []} if c["cell_type"] == "code" else c for c in _cells(lesson, lang)]
        build.show(cells, page | {"files": [], "error": None}, tmp_path, lesson)
        texts = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.glob(f"{lesson}*.html")}
        assert len(texts) == 3
        for name, text in texts.items():
            assert not re.search("Shift\\+Enter|SHA-256|make lessons|<footer", text), name
            assert f'<a href="index.html">{build.TITLES[lang]}</a>' in text
        for end in ("slides", "5-minutes"):
            slides = texts[f"{lesson}-{end}.html"].split('<section class="slide">')[1:]
            blocks = [slide.count('<div class="text">') for slide in slides]
            assert blocks == [2] + [1] * (len(slides) - 1) and "<h1" in slides[0]
            assert not re.search(r"(?:Exercise|Bài tập) [123] \(", texts[f"{lesson}-{end}.html"])


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_syllabus_and_readme_say_truly_which_lessons_stand_alone(lang):
    end = "" if lang == "en" else f".{lang}"
    syllabus, readme = ((FOLDER / f"{name}{end}.md").read_text(encoding="utf-8") for name in ("SYLLABUS", "README"))
    before = re.compile(r"(?:What you need first|Cần biết trước): (.*)")
    needs, minutes = {}, {}
    for n, lesson in enumerate(LESSONS, 1):
        text = _cells(lesson, lang)[0]["source"]
        first = re.match(r"(?:lessons?|bài) ([\d, andvàbi]+)", before.search(text)[1])
        needs[n] = {int(x) for x in re.findall(r"\d", first[1])} if first else set()
        minutes[n] = int(re.search(r"(\d+) (?:minutes|phút)", text)[1])
        row = re.search(rf"^\| {n} \|.*\| ([\d, ]*)\|$", readme, re.MULTILINE)
        assert {int(x) for x in re.findall(r"\d", row[1])} == needs[n]
        assert re.search(rf"\| {n} .* {minutes[n]} \|$", syllabus, re.MULTILINE)
    paths_ = re.findall(r"((?:\d(?:, | and | và ))+\d) \((\d+) (?:minutes|phút)\)", syllabus)
    assert len(paths_) == 2
    for one, sum_ in paths_:
        taken = {int(x) for x in re.findall(r"\d", one)}
        assert set().union(*(needs[n] for n in taken)) <= taken
        assert sum(minutes[n] for n in taken) == int(sum_)


def test_lesson_seven_says_why_p_values_differ():
    names = _played(_lesson("07"), "en")[2]
    three = {round(names[name], 3) for name in ("p_two_sided", "divided", "clustered")}
    assert len(three) == 3 and min(three) > 0.05
    assert names["divided"] == effects.randomise(study.panel("pci_score", window=(2013, 2021))).p_value  # of page 07


def test_lesson_eight_answers_its_title():
    from helpers.effects import ranks
    from helpers.findings import claims

    _, said, names = _played(_lesson("08"), "en")
    assert names["correlation"][2022] < names["stable"].min()  # as low without a change of weights
    assert f"{names['correlation'][2022]:.2f}" in said
    case = claims.read("KT24-K2")
    moved = ranks.moves(case.ranking)
    near = moved[moved["stable"] & ((moved["start"] - case.start).abs() <= 5)]
    assert names["same"]["share"] == pytest.approx((near["gain"] >= 24).mean(), abs=1e-9)
    assert 0 < names["same"]["share"] < 0.1 and names["case"].gain == names["places_gained"]
    assert names["shift"].max() >= names["case"].gain
    assert names["rank_old_weights"] < names["ranks"].loc["62", 2023]  # the new weights put Kon Tum lower


def test_lesson_five_says_of_how_many_province_years_the_second_estimate_speaks():
    names = _played(_lesson("05"), "en")[2]
    known = names["known"]
    usable = known[known["d"] == 0]["unit_code"].unique()
    assert names["predicted"] == ((known["d"] == 1) & known["unit_code"].isin(usable)).sum()
    assert names["predicted"] < names["under"] and names["always"] == 63 - len(usable)
    throughout = ~known["unit_code"].isin(usable)
    assert names["predicted"] + throughout.sum() == names["under"]
    weights = names["own_weights"].set_index("unit_code")["weight"]
    theirs = weights[weights.index.isin(known.loc[throughout, "unit_code"])]
    assert weights.sum() == pytest.approx(1)
    assert theirs.groupby(level=0).sum().to_numpy() == pytest.approx(0)
    assert (theirs < -1e-10).sum() == names["negative"].sum() > 0  # "all" in the text


def test_lesson_five_says_truly_which_design_finds_the_score_lower():
    names = _played(_lesson("05"), "en")[2]
    assert (names["rows"]["conf_low"] < 0).all() and (names["rows"]["conf_high"] > 0).all()
    asked = {"effects": effects.PERIODS, "placebos": 0}
    filled = [effects.fit_switchers(names["panel"], d=f"treated_{end}", **asked).iloc[0] for end in ("low", "high")]
    assert all(row["p_value"] > 0.05 / 60 for row in filled)  # of 60 questions none stands, however they are adjusted
    first = effects.fit_switchers(names["panel"], **asked).iloc[0]
    one_year = effects.fit_switchers(names["panel"], effects=1, placebos=0).iloc[0]
    assert first["p_value"] < 0.05 / 60 < 0.05 < one_year["p_value"]  # it rests on the number of years
    assert first["conf_high"] < 0 and first["n_units"] == _played(_lesson("04"), "en")[2]["part"]


def test_lesson_nine_says_which_interval_reports_print():
    names = _played(_lesson("09"), "en")[2]
    report, table = names["chance"], names["result"]
    first = _played(_lesson("09"), "en")[1][0]
    assert first == names["pci"].between(report.low, report.high)
    assert first != names["pci"].between(table["conf_low"], table["conf_high"])


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_solution_of_lesson_nine_is_in_the_language_of_the_lesson(lang):
    import build

    sentence = _played(_lesson("09"), lang)[2]["finding"]["sentence"]
    assert bool(VIETNAMESE.search(sentence)) == (lang == "vi")
    assert re.search(r"0[,.]\d\d", sentence)[0][1] == {"en": ".", "vi": ","}[lang]
    (written,) = [c["source"] for c in _cells(_lesson("09")) if c["id"] == "answer-3"]
    assert ("points lower" in build.spoken(written, lang), "thấp hơn" in build.spoken(written, lang)) == (
        lang == "en",
        lang == "vi",
    )


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_blank_fails_and_says_that_it_is_blank(lesson, exercise):
    with pytest.raises(AssertionError, match="no answer yet"):
        _answered(lesson, exercise, _blank(lesson, exercise))


@pytest.mark.parametrize(("number", "exercise", "answer", "hint"), WRONG)
def test_wrong_answer_is_named(number, exercise, answer, hint):
    with pytest.raises(AssertionError) as caught:
        _answered(_lesson(number), exercise, answer)
    assert hint in str(caught.value)


@pytest.mark.parametrize(("number", "exercise", "answer"), RIGHT)
def test_another_way_to_the_right_answer_passes(number, exercise, answer, capsys):
    _answered(_lesson(number), exercise, answer)
    assert f"Exercise {exercise}: right" in capsys.readouterr().out


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_every_exercise_has_wrong_answers_on_trial(lesson, exercise):
    assert any(lesson.startswith(number) and n == exercise for number, n, _, _ in WRONG)


def test_an_unforeseen_wrong_answer_fails_without_giving_the_right_one():
    with pytest.raises(AssertionError, match="is not the number asked for") as caught:
        _answered(_lesson("01"), 1, "n_provinces = 12345")
    assert "60" not in str(caught.value)


SAID = "In 63 provinces, 2013 to 2021, with province and year held fixed, the PCI score was {}."
SAID_VI = "Ở 63 tỉnh, 2013-2021, khi giữ cố định tỉnh và năm, trong những năm bí thư không phải là người địa phương, điểm PCI {}."


@pytest.mark.parametrize(
    "sentence",
    [
        SAID.format("<size> points lower in years under a non-local than under a local secretary (<low> to <high>)"),
        SAID.format("<size> points lower under a non-local (from <below> points lower to <high> points higher)"),
        SAID.format("lower by <size> points (\u2212<below> to <high>) and this does not prove that anyone caused it"),
        SAID.format("lower under a non-local: the difference is <low> to <high>, at best -<size>, in points"),
        SAID.format("<size> points lower under a non-local (<low> to <high>), compatible with no difference"),
        SAID.format("<size> points (<low>, <high>) lower; because the interval contains zero, it may be chance"),
        SAID.format("minus <size> points under a non-local (minus <below> to plus <high>), no significant difference"),
        SAID.format(
            "seen with a decrease of <size> points; because of the wide interval, <low> to <high>, it may be chance"
        ),
        SAID.format("<size> points lower (<low> to <high>); the difference is not statistically significant"),
        SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), chênh lệch không có ý nghĩa thống kê"),
        SAID_VI.format("thấp hơn <size,> điểm so với những năm do người địa phương làm bí thư (<low,> đến <high,>)"),
        SAID.format("<size> points lower (<low> to <high>); we cannot say that non-local secretaries lowered it"),
        SAID_VI.format("thấp hơn <size,> điểm, từ thấp hơn <below,> điểm đến cao hơn <high,> điểm"),
        SAID_VI.format("chênh lệch -<size,> điểm, từ <low,> đến <high,>; điều này chưa chứng minh nguyên nhân nào"),
        SAID_VI.format("thấp hơn <size,> điểm (<low,> đến +<high,>); không thể nói rằng bí thư làm giảm điểm"),
        SAID_VI.format("thấp hơn <size,> điểm; khoảng tin cậy kéo dài từ <low,> đến <high,>"),
        SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>); điều đó không có nghĩa là không có tác động"),
        SAID.format("<size> points lower under a non-local (<low> to <high>), which does not show that they cut it"),
        SAID.format("<size> points lower under a non-local (<low> to <high>); no one knows why for certain"),
        SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), điều này chưa cho thấy nguyên nhân nào"),
        "Số liệu cho thấy ở 63 tỉnh, 2013-2021, khi bí thư không phải là người địa phương, điểm PCI thấp hơn <size,> điểm (<low,> đến <high,>).",
        SAID.format("compared with years under a local one, <size> points lower under a non-local (<low> to <high>)"),
        SAID.format("lower, by less than a point (<size>, <low> to <high>), under a non-local than under a native"),
    ],
)
def test_a_sentence_may_say_direction_and_signs_in_any_plain_way(sentence, capsys):
    _answered(_lesson("09"), 3, _form(sentence=sentence))
    assert "Exercise 3: right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sentence", "hint"),
    [
        (SAID.format("<size> points higher under a non-local (<low> to <high>)"), "another direction"),
        (SAID.format("different by <size> points under a non-local (<low> to <high>)"), "another direction"),
        (SAID.format("higher by -<size> points under a non-local (<low> to <high>)"), "another direction"),
        (SAID.format("<size> points lower in years under a local secretary than under a non-local one (<low> to <high>)"), "turns the comparison round"),
        (SAID.format("<size> points lower under a local secretary (<low> to <high>), compared with outsiders"), "turns the comparison round"),
        (SAID.format("<size> points lower in years under a local secretary (<low> to <high>)"), "turns the comparison round"),
        ("Ở 63 tỉnh, 2013-2021, trong những năm bí thư là người địa phương, điểm PCI thấp hơn <size,> điểm so với những năm bí thư không phải là người địa phương (<low,> đến <high,>).", "turns the comparison round"),
        (SAID.format("<size> points lower (<low> to <high>): a non-local cut it"), '"cut"'),
        (SAID.format("different: a non-local decreased the score by <size> points (<low> to <high>)"), '"decreased the"'),
        (SAID.format("<size> points lower under a non-local (<low> to <high>), which shows that they govern less well"), '"which shows"'),
        (SAID.format("for certain <size> points lower under a non-local (<low> to <high>)"), '"for certain"'),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), điều này cho thấy họ điều hành kém hơn"), '"cho thấy"'),
        (SAID.format("<size> points lower under a non-local (<below> to <high>)"), "An end of the interval"),
        (SAID.format("<size> points lower under a non-local (<below> to -<high>)"), "An end of the interval"),
        (SAID.format("<size> points lower (<low> to <high>) because of the non-local"), '"because"'),
        (SAID.format("<size> points lower, not by chance but because of them (<low> to <high>)"), '"because"'),
        (SAID.format("<size> points lower under a non-local (<low> to <high>), so there was no effect"), '"no effect"'),
        (SAID.format("significantly lower, by <size> points, under a non-local (<low> to <high>)"), '"significantly"'),
        (SAID.format("<size> points lower as a result of non-local secretaries (<low> to <high>)"), '"as a result of"'),
        (SAID.format("<size> points lower: the impact of a non-local (<low> to <high>)"), '"impact of"'),
        (SAID.format("one that a non-local makes <size> points lower (<low> to <high>)"), "makes"),
        (SAID.format("<size> points lower: outsiders drove it down (<low> to <high>)"), '"drove"'),
        (SAID.format("<size> points lower (<low> to <high>): non-local secretaries harmed the provinces"), '"harmed"'),
        (SAID.format("<size> points lower, dragged and pushed by a non-local (<low> to <high>)"), '"dragged", "pushed"'),
        ("Ở 63 tỉnh, 2013-2021, bí thư không phải là người địa phương kéo điểm PCI thấp hơn <size,> điểm, từ <low,> đến <high,>.", '"kéo"'),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), vậy họ làm hại tỉnh và đẩy điểm xuống"), '"làm hại", "đẩy"'),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), do bí thư từ nơi khác đến"), '"do bí thư"'),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>): ảnh hưởng xấu của người từ nơi khác đến"), '"ảnh hưởng xấu"'),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), vậy họ không tạo ra khác biệt"), '"không tạo ra khác biệt"'),
        (SAID_VI.format("chắc chắn thấp hơn <size,> điểm (<low,> đến <high,>)"), '"chắc chắn"'),
        (SAID.format("lowered by <size> points by a non-local (<low> to <high>), clearly proven"), '"clearly", "lowered", "proven"'),
        (SAID_VI.format("cao hơn <size,> điểm (<low,> đến <high,>)"), "another direction"),
        (SAID_VI.format("thấp hơn <size,> điểm, từ <below,> đến -<high,>"), "An end of the interval"),
        (SAID_VI.format("thấp hơn <size,> điểm, từ <high,> đến <below,>"), "An end of the interval"),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), điều này đã được chứng minh"), '"chứng minh"'),
        (SAID_VI.format("thấp hơn <size,> điểm (<low,> đến <high,>), tức là không có tác động"), '"không có tác động"'),
        ("Ở 63 tỉnh, 2013-2021, bí thư không phải là người địa phương làm giảm điểm PCI <size,> điểm, từ <low,> đến <high,>.", '"làm giảm"'),
        ("Ở 63 tỉnh, 2013-2021, bí thư không phải là người địa phương làm tăng điểm PCI <size,> điểm, từ <high,> đến <below,> điểm, điều này đã được chứng minh.", "another direction"),
    ],
)  # fmt: skip
def test_a_sentence_of_other_direction_sign_cause_or_proof_is_refused(sentence, hint):
    with pytest.raises(AssertionError) as caught:
        _answered(_lesson("09"), 3, _form(sentence=sentence))
    assert hint in str(caught.value)


ODD = {
    "none": None, "dots": ..., "text": "c", "empty text": "", "words": "about a quarter", "comma": "0,25", "braces": "{name} {0} %s", "pair": (0, 25),
    "long pair": (10**5000, 3), "set": {"c"}, "frozenset": frozenset("cd"), "list": ["c"], "numbers": [0.25], "nested": [["c"]], "dict": {"c": 1},
    "bytes": b"c", "series": pd.Series([0.25, 0.5]), "one row": pd.Series([0.25]), "no rows": pd.Series(dtype=float), "texts": pd.Series(["a"] * 468),
    "things": pd.Series([[1]] * 468), "NAs": pd.Series([pd.NA] * 468, dtype="Float64"), "huge": pd.Series([10**400] * 468, dtype=object),
    "complex rows": pd.Series([1j] * 468), "flags": pd.Series([True] * 468), "categories": pd.Series(["a"] * 468, dtype="category"),
    "frame": pd.DataFrame({"a": [0.25]}), "long frame": pd.DataFrame({"a": [0.25] * 468}), "index": pd.Index([1.0]), "NA": pd.NA, "NaT": pd.NaT,
    "np NaT": np.datetime64("NaT"), "timedelta NaT": np.timedelta64("NaT"), "timedelta": np.timedelta64(3, "D"), "date": pd.Timestamp("2021-01-01"),
    "nan": float("nan"), "np nan": np.float64("nan"), "inf": float("inf"), "-inf": -float("inf"), "10**400": 10**400, "-10**400": -(10**400),
    "10**5000": 10**5000, "complex": 0.25 + 1j, "np complex": np.complex128(0.25), "Decimal": Decimal("0.25"), "Decimal nan": Decimal("nan"),
    "Decimal snan": Decimal("sNaN"), "Decimal inf": Decimal("inf"), "Decimal 1e400": Decimal("1e400"), "Fraction": Fraction(1, 4),
    "huge Fraction": Fraction(10**400, 3), "True": True, "np.True_": np.True_, "np.int64": np.int64(7), "np.uint8": np.uint8(7),
    "np.float32": np.float32(0.25), "np.float16": np.float16("inf"), "longdouble": np.longdouble("1e400"), "array": np.array([0.25, 0.5]),
    "no dimension": np.array(0.25), "np text": np.str_("c"), "range": range(3), "generator": iter("cd"), "function": len, "type": int, "object": object(),
    "zero": 0, "minus zero": -0.0, "smallest": 5e-324, "largest": 1.7e308,
}  # fmt: skip
CHECKS = [
    "table_1", "table_2", "table_3", "local_1", "local_2", "local_3", "compare_1", "compare_2", "compare_3", "effects_1", "effects_2", "effects_3",
    "arrivals_1", "arrivals_2", "arrivals_3", "province_1", "province_2", "province_3", "chance_1", "chance_2", "chance_3", "ranks_1", "ranks_2",
    "ranks_3", "finding_1", "finding_2", "finding_3",
]  # fmt: skip


def test_every_check_is_on_trial_with_odd_answers():
    called = {
        re.match(r"checks\.(\w+)\(", c["source"])[1]
        for name in LESSONS
        for c in _cells(name)
        if c["id"].startswith("check-")
    }
    assert called == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS)
def test_an_odd_answer_has_a_hint_and_no_traceback(check, monkeypatch):
    import checks

    for name in ("_case", "_values", "_led", "_ranks"):  # the right answer is the same for all of them
        monkeypatch.setattr(checks, name, functools.cache(getattr(checks, name)))
    words.use("vi")
    for kind, answer in ODD.items():
        for answers in [(answer, 0.6), (0.1, answer)] if check == "local_3" else [(answer,)]:
            if kind in ("text", "np text") and check == "chance_2":  # the right answer
                continue
            if kind == "frozenset" and check == "finding_2":
                continue
            with pytest.raises(checks.Hint) as caught:
                getattr(checks, check)(*answers)
            assert len(str(caught.value)) < 400, kind


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (None, "no answer yet"),
        ((0, 25), "quotation marks, 0.25."),
        ((-1, 18), "quotation marks, -1.18."),
        ("0,25", "quotation marks, 0.25."),
        (" \u22120,58 ", "quotation marks, -0.58."),
        ("0.25", "quotation marks, 0.25."),
        ("a quarter", "type str"),
        ((0.25, 0.5), "type tuple"),
        (True, "type bool"),
        (pd.NA, "is missing"),
        (pd.NaT, "is missing"),
        (Decimal("nan"), "is missing"),
        (float("-inf"), "is infinite"),
        (10**400, "is not the number asked for"),
        (0, "is not the number asked for"),
        (0.3, "is rounded"),
        (0.25, "is rounded"),
        (0.24, "is not the number asked for"),
        (Decimal("0.25"), "is rounded"),
        (-0.25, "the sign is wrong"),
        (25, "between 0 and 1"),
        (1, "is not the number asked for"),
        (0.2546, "close by"),
    ],
)
def test_a_number_is_read_before_it_is_compared(answer, hint):
    import checks

    with pytest.raises(checks.Hint) as caught:
        checks._number(1, "share", answer, 0.2542, [(0.2546, "close by"), (0.2542, "never said")], share=True)
    assert hint in str(caught.value)


@pytest.mark.parametrize("answer", [0.2542, 0.25421, Decimal("0.2542"), np.float32(0.2542), Fraction(2542, 10000)])
def test_any_kind_of_number_may_be_right(answer, capsys):
    import checks

    checks._number(1, "share", answer, 0.2542, [(0.2546, "close by"), (0.2542, "never said")], share=True)
    assert "Exercise 1: right" in capsys.readouterr().out


def test_a_hint_is_shown_without_its_traceback():
    import checks

    assert checks.Hint("{name} is of type {kind}; expected one number.", name="n", kind="str")._render_traceback_() == [
        "n is of type str; expected one number."
    ]


def test_a_hint_is_in_the_language_switched_on():
    import checks

    words.use("vi")
    assert str(checks.Hint(checks.SIGN)) == "Độ lớn đúng nhưng dấu sai: hãy xem lại lấy số nào trừ số nào."


def test_statements_of_lessons_one_and_two_fit_the_data():
    shown, row = _played(_lesson("01"), "en")[2]["shown"], _played(_lesson("02"), "en")[2]["row"]
    kinds = shown.drop_duplicates(["start_precision", "start_censored"])
    assert {"month", "year"} == set(kinds["start_precision"]) and {True, False} == set(kinds["start_censored"])
    assert 0 < row["no_holder"] < row["unknown"]
    assert pd.get_option("display.max_colwidth") is None  # what a source is can be read whole


def test_statements_of_lesson_three_fit_the_data():
    names = _played(_lesson("03"), "en")[2]
    both, kept = names["both"], names["kept"]
    assert (both["later"] & both["then"]).sum() > 0  # why provinces local in 2010 are kept
    assert names["before"] == pytest.approx(names["then"])
    assert round(names["ratio"], 2) > 1
    assert abs(names["then_without"]) < abs(names["then"]) / 2  # a single province carries the difference
    assert names["as_far"] > 0.05  # chance can give as much
    assert (len(kept), kept["later"].sum()) == (42, 21)
    later = terms.in_office(years=(2021, 2021)).set_index("unit_code")["person_id"]
    before = terms.monthly().query("year <= 2010")
    assert not (before["person_id"] == before["unit_code"].map(later)).fillna(False).any()


def test_statements_of_lesson_nine_fit_the_estimate():
    row = effects.fit_twfe(study.panel("pci_score", window=(2013, 2021))).iloc[0]
    assert row["conf_low"] < -1 < row["estimate"] < 0 < row["conf_high"]


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_has_its_parts_in_each_language(lesson, lang):
    text = "\n".join(c["source"] for c in _cells(lesson, lang) if c["cell_type"] == "markdown")
    headings = HEADINGS[lang]
    assert [heading for heading in headings if heading not in text] == []
    assert re.findall(r"\((?:level|mức) ([123]):", text) == ["1", "2", "3"]
    assert re.search(r"\d+ (minutes|phút)", text)
    assert len(re.findall(r"\(\d{4}\)", text.partition(headings[-1])[2])) >= 3


@pytest.mark.parametrize("lesson", LESSONS)
def test_picture_comes_before_the_worked_example(lesson):
    ids = [c["id"] for c in _cells(lesson)]
    example = next(i for i, c in enumerate(_cells(lesson)) if "## Worked example" in c["source"])
    assert ids.index("picture") < example


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_file_is_english_and_its_code_is_short(lesson):
    code = {c["id"]: c["source"] for c in _cells(lesson) if c["cell_type"] == "code"}
    assert [name for name, source in code.items() if VIETNAMESE.search(source)] == []
    assert [name for name, source in code.items() if max(map(len, source.split("\n"))) > 100] == []
    long = {name: len([x for x in source.split("\n") if x.strip()]) for name, source in code.items()}
    assert {name: n for name, n in long.items() if n > 12} == {}
    assert not [c for c in _cells(lesson) if any(t.startswith("lang-") for t in c["metadata"].get("tags", []))]


def _po(name):
    with (paths.notebooks() / "locale" / "vi" / "lessons" / f"{name}.po").open("rb") as stream:
        return [m for m in read_po(stream, locale="vi", abort_invalid=True) if m.id]


@pytest.mark.parametrize("lesson", LESSONS)
def test_text_is_translated_whole(lesson):
    with (FOLDER / f"{lesson}.ipynb").open("rb") as stream:
        texts = {text for _, _, text, _ in messages.extract(stream, (), (), {})}
    found = {m.id: m for m in _po(lesson)}
    assert texts == found.keys()
    assert [m.id for m in found.values() if not m.string or m.fuzzy] == []
    for one, m in found.items():
        assert sorted(messages.expressions(one)) == sorted(messages.expressions(m.string))


def _said_in_code():
    found = set()
    for lesson in LESSONS:
        code = "\n".join(cell["source"] for cell in _cells(lesson) if cell["cell_type"] == "code")
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
        found |= {call.args[0].value for call in calls if isinstance(call.func, ast.Name) and call.func.id == "said"}
    tree = ast.parse((FOLDER / "checks.py").read_text(encoding="utf-8"))
    has_doc = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docs = {id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, has_doc) and isinstance(n.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            found |= {node.value} if " " in node.value and node.value.endswith(".") else set()
    return found


def test_hints_and_figures_are_translated_whole():
    found = {m.id: m.string for m in _po("checks")}
    assert found.keys() == _said_in_code()
    assert [one for one, other in found.items() if not other] == []
    fields = {one: sorted(re.findall(r"\{.*?\}", one)) for one in found}
    assert [one for one, names in fields.items() if sorted(re.findall(r"\{.*?\}", found[one])) != names] == []


REJECTED = {
    "en": r"\bdealt\b|new ruler|careers|told apart|drawn by lot|first vintage|\bspells?\b(?!`)|\bdonors?\b(?!\])|\bmix\b",
    "vi": r"sai biệt kép|hỗn hợp|tỉnh cho\b|đường đối chứng|công suất|năng lực phát hiện|năm-tỉnh|hạt giống|bốc thăm|cây thước|ba sự kiện|dưới thời|đương nhiệm",
}


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_no_rejected_term_is_used(lang):
    texts = [
        re.sub(r"`[^`]*`", "", c["source"])
        for lesson in LESSONS
        for c in _cells(lesson, lang)
        if c["cell_type"] == "markdown"
    ]
    texts += [m.string if lang == "vi" else m.id for m in _po("checks")]
    assert [found[0] for text in texts for found in re.finditer(REJECTED[lang], text, re.IGNORECASE)] == []


def test_lesson_four_says_why_the_report_gives_another_number():
    _, _, names = _played(_lesson("04"), "en")
    split, report = names["split"], names["report"]
    assert (split["slope"] * split["share"]).sum() == pytest.approx(report)
    assert report == pytest.approx(effects.fit_twfe(study.panel("pci_score", window=(2013, 2021)))["estimate"].item())
    assert split["provinces"].sum() == names["whole"] == 63
    assert names["complete"] == pytest.approx(effects.fit_twfe(names["frame"], d="d")["estimate"].item())


@pytest.mark.parametrize("lesson", LESSONS)
def test_exercises_carry_the_marks_of_the_grader(lesson):
    ids = [c["id"] for c in _cells(lesson)]
    marked = {
        c["metadata"]["nbgrader"]["grade_id"]: c["metadata"]["nbgrader"]
        for c in _cells(lesson)
        if "nbgrader" in c["metadata"]
    }
    assert list(marked) == [f"{kind}-{n}" for n in (1, 2, 3) for kind in ("answer", "check")]
    assert set(marked) <= set(ids)
    for n in (1, 2, 3):
        assert marked[f"answer-{n}"]["solution"] and not marked[f"answer-{n}"]["grade"]
        (check,) = [c for c in _cells(lesson) if c["id"] == f"check-{n}"]
        assert check["metadata"]["tags"] == ["raises-exception"]  # so that Run All goes on after it
        assert marked[f"check-{n}"]["grade"] and marked[f"check-{n}"]["locked"] and marked[f"check-{n}"]["points"] == n


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """The lessons built by `make lessons`, without pages, where the grader is installed."""
    if importlib.util.find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed here; make test-lessons runs this test with it")
    folder = tmp_path_factory.mktemp("course")
    subprocess.run([sys.executable, str(FOLDER / "build.py"), "--into", str(folder), "--no-pages"], check=True)
    return folder


PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)(.*?)(?=^[a-z0-9]|\Z)", re.MULTILINE | re.DOTALL)


def test_lock_of_the_grader_has_the_versions_and_hashes_of_the_main_one():
    main, teach = (
        PINNED.findall((paths.root() / name).read_text(encoding="utf-8"))
        for name in ("requirements.lock", "requirements-teach.lock")
    )
    ours = {name: version for name, version, _ in teach}
    assert ours.keys() >= {"nbgrader"}
    assert {name: (version, ours.get(name)) for name, version, _ in main if ours.get(name) != version} == {}
    assert [name for name, _, rest in teach if "--hash=sha256:" not in rest] == []


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_student_folder_stands_alone(course, tmp_path, lang):
    """Its notebooks import and read only what lies beside them."""
    folder = tmp_path / "a folder"
    shutil.copytree(course / "student" / lang, folder)
    (folder / "try.py").write_text(
        "import checks\nfrom helpers import paths, study, words\n"
        f"words.use({lang!r})\nprint(paths.root(), len(study.panel('pci_score').complete))\n"
        "print(checks.said('Exercise {number}: right.', number=1))",
        encoding="utf-8",
    )
    settings = {"PATH": os.environ["PATH"], "PYTHONPATH": "src"}
    done = subprocess.run(
        [sys.executable, "-s", "try.py"], check=False, cwd=folder, env=settings, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    root, rows = done.stdout.splitlines()[0].rsplit(" ", 1)
    assert (root, int(rows) > 500) == (str(folder), True)
    assert done.stdout.splitlines()[1] == {"en": "Exercise 1: right.", "vi": "Bài tập 1: đúng."}[lang]


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_student_notebooks_have_no_solution_and_one_language(course, lang):
    for lesson in LESSONS:
        text = (course / "student" / lang / f"{lesson}.ipynb").read_text(encoding="utf-8")
        assert "SOLUTION" not in text
        (original,) = [c for c in _cells(lesson) if c["id"] == "answer-1"]
        (first, *_) = SOLUTION.search(original["source"])[0].splitlines()[1:-1]
        assert json.dumps(first, ensure_ascii=False)[1:-1] not in text
        assert f'lang: str = \\"{lang}\\"' in text
        assert (HEADINGS["en" if lang == "vi" else "vi"][0] in text, HEADINGS[lang][0] in text) == (False, True)
    assert (course / "student" / lang / "checks.py").exists()


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_student_folder_shows_its_computed_sentences(course, lang):
    folder = course / "student" / lang
    for lesson in LESSONS:
        book = json.loads((folder / f"{lesson}.ipynb").read_text(encoding="utf-8"))
        told = [c for c in book["cells"] if "checks.tell" in "".join(c["source"])]
        assert told and all(c["metadata"]["jupyter"]["source_hidden"] for c in told)
        assert not [c for c in book["cells"] if c["cell_type"] == "markdown" and "{eval}" in "".join(c["source"])]
    shown = _shown(_client(json.loads((folder / f"{_lesson('08')}.ipynb").read_text(encoding="utf-8")), folder))
    assert len(shown) == 3 and all(re.search(r"\d", text) and "{eval}" not in text for text in shown)


def _answered_book(course, lesson, answers):
    """A student's notebook with the solutions of the exercises in ``answers`` filled in."""
    book = json.loads((course / "student" / "vi" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    known = {c["id"]: c["source"] for c in _cells(lesson)}
    for cell in book["cells"]:
        if cell["id"] in [f"answer-{n}" for n in answers]:
            cell["source"] = re.sub(r"### (BEGIN|END) SOLUTION\n?", "", known[cell["id"]])
    return book


def _odd_books(course, lesson):
    """Submissions of common odd kinds: student to (name of the file, text, points, words of the remark)."""
    right = _answered_book(course, lesson, (1, 2, 3))

    def changed(act):
        book = json.loads(json.dumps(right))
        at = {cell["id"]: n for n, cell in enumerate(book["cells"])}
        act(book["cells"], at)
        return json.dumps(book)

    def copied(cells, at):
        cells.insert(at["answer-1"] + 1, cells[at["answer-1"]] | {"id": "copied"})

    def deleted(cells, at):
        del cells[at["check-2"]]

    def weakened(cells, at):
        cells[at["check-1"]]["source"] = "pass"
        cells[at["answer-1"]]["source"] = "n_provinces = 63"

    def endless(cells, at):
        cells[at["answer-3"]]["source"] = "while True:\n    try:\n        n_dated = 0\n    except:\n        pass"

    def bare(cells, at):
        for cell in cells:
            cell["metadata"].pop("nbgrader", None)
            del cell["id"]

    def tampered(cells, at):
        cells[at["answer-2"]]["source"] = "urban_share = 1\nchecks.table_2 = lambda x: None"

    def failing(cells, at):
        cells.insert(
            at["answer-2"],
            {
                "cell_type": "code",
                "id": "own",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": "1 / 0",
            },
        )

    file = f"{lesson}.ipynb"
    return {
        "bare": (file, changed(bare), 6, "marks lost; checks recognised by their text"),
        "failing": (file, changed(failing), 6, r"cell \d+ ends in an error \(ZeroDivisionError\)"),
        "tampered": (
            file,
            changed(tampered),
            6,
            r"answer-2 puts something in the place of a check \(checks\.table_2 =",
        ),
        "broken": (file, '{"cells": [', 0, "not graded: .*not a whole notebook"),
        "changed": (file, changed(weakened), 5, "check-1 was changed and has been put back"),
        "copied": (file, changed(copied), 6, "answer-1 stands 2 times"),
        "deleted": (file, changed(deleted), 4, "check-2 was deleted: 2 points lost"),
        "endless": (file, changed(endless), 0, "stopped after 40 seconds|did not end"),
        "other": (file, json.dumps(_answered_book(course, LESSONS[8], (1,))), 0, f"holds lesson {LESSONS[8]}"),
        "renamed": (f"{lesson} (1).ipynb", json.dumps(right), 6, "taken from"),
        "zed": (file, json.dumps(right), 6, ""),
    }


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_a_hint_is_counted_by_its_english_text(lang):
    import checks
    import grade

    words.use(lang)
    for text, values in (
        (checks.COMMA, {"name": "low", "number": "0.6"}),
        (checks.SIGN, {}),
        (checks.NO_COLUMN, {"name": "y"}),
    ):
        assert grade.in_english(str(checks.Hint(text, **values))) == (text.format(**values) if values else text)
    assert grade.in_english("name 'x' is not defined") == "name 'x' is not defined"


@pytest.mark.parametrize(
    ("source", "remarked"),
    [
        ("checks.table_2 = lambda x: None", True),
        ("setattr(checks, 'table_2', print)", True),
        ("import sys; sys.modules['checks'] = None", True),
        ("checks = type('', (), {'table_2': print})", True),
        ("print(checks.table_2 == 3, checks.said('x'))", False),
        ("import checks", False),
    ],
)
def test_what_stands_in_the_place_of_a_check_is_remarked(source, remarked):
    import grade

    assert bool(grade.TAMPERS.search(source)) == remarked


def test_figures_of_a_lesson_are_told_by_their_titles():
    import build

    with multiprocessing.get_context("spawn").Pool(1) as process:
        cells = process.apply(build.run, (_lesson("09"), "vi")).cells
    told = [
        o.metadata["image/png"]["alt"] for c in cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})
    ]
    words.use("vi")
    import checks

    assert len(told) == 1 and told[0].startswith(
        checks.said("Difference in the PCI score, points, with its 95% interval")
    )


def test_no_submission_stops_the_class(course):
    lesson = LESSONS[0]
    odd = _odd_books(course, lesson)
    for student, (name, text, _, _) in odd.items():
        folder = course / "submitted" / student / lesson
        folder.mkdir(parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copytree(course / "release" / lesson, course / "submitted" / "blank" / lesson)
    command = [sys.executable, str(FOLDER / "grade.py"), "--into", str(course), "--seconds", "40"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    with open(course / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file) if row["assignment"] == lesson}
    assert {s: float(row["score"]) for s, row in rows.items()} == {s: p for s, (_, _, p, _) in odd.items()} | {
        "blank": 0
    }
    assert rows["bare"]["remark"] == odd["bare"][3]
    for student, (_, _, _, remark) in odd.items():
        assert re.search(remark, rows[student]["remark"])
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{student}, {lesson}")]
        assert re.search(remark, line)
    assert "zed, 01_sourced_table: 6 of 6 points" in done.stdout.splitlines()
    with open(course / "exercises.csv", encoding="utf-8-sig", newline="") as file:
        counted = [row for row in csv.DictReader(file) if row["lesson"] == lesson and row["exercise"] == "1"]
    blank = [row for row in counted if "no answer yet" in row["hint"]]
    assert [row["students_with_it"] for row in blank] == ["1"]
    assert {row["right"] for row in counted} == {
        str(int(counted[0]["graded"]) - sum(int(r["students_with_it"] or 0) for r in counted))
    }
    page = course / "feedback" / "blank" / lesson / f"{lesson}.html"
    assert "no answer yet" in page.read_text(encoding="utf-8")
    assert json.loads((course / "submitted" / "copied" / lesson / f"{lesson}.ipynb").read_text())["cells"]
