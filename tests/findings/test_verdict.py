"""The verdict in words: bold only where it survives every filling of unknown homes; one index of governance."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from helpers import effects, findings, plots, study, words
from helpers.effects.leaders import LeaderTest, permute_spells
from helpers.findings.brief import Brief


def _leaders(**known):
    """A test of leaders of which only this is known."""
    return LeaderTest(**dict.fromkeys(("variance", "n_obs", "n_units", "n_spells", "effects")), **known)


@pytest.mark.parametrize(("low", "bold"), [(0.2, True), (-0.1, False)])
def test_an_answer_finds_something_only_where_it_survives_every_filling_of_unknown_homes(monkeypatch, low, bold):
    range_ = SimpleNamespace(outer_low=low, outer_high=2.0, survives=low > 0)
    monkeypatch.setattr(effects, "unknown_range", lambda panel: range_)
    panel = study.panel("pci_score")
    found = findings.finding(panel, results(panel, twfe=1e-6), alone=True)
    assert found.answer.startswith("**No difference holds up.**") != bold
    assert ("does not survive" in found.details) != bold and ("holds up" in found.title) != bold


def test_what_first_changes_find_of_the_pci_score_does_not_hold_up_since_it_does_not_survive_unknown_leaders():
    panel = study.panel("pci_score")
    filled = [effects.fit_switchers(panel, d=f"treated_{end}", placebos=0).iloc[0] for end in ("low", "high")]
    rows = results(panel, switchers=1e-5).assign(estimate=-0.89)
    found = findings.finding(panel, rows, alone=True)
    assert found.answer.startswith(f"**No difference holds up.** {found.ways} ") and found.fragile in found.details
    assert found.ways.startswith("Every way of comparing finds the PCI score lower") and "we find" not in found.answer
    assert all(panel.difference(row["estimate"]) in found.fragile for row in filled)
    words.use("vi")
    assert "không đứng vững" in found.fragile  # a finding is told in the language of the page, whichever came first
    words.use("en")
    known = panel.frame.assign(treated=panel.frame["treated_low"] == 1, treated_high=panel.frame["treated_low"])
    assert findings.finding(panel.with_frame(known), rows, alone=True).fragile == ""


@pytest.mark.parametrize(
    ("post", "others"),
    [("secretary", "years under local ones"), ("either", "years in which both are local"), ("both", "all other years")],
)
def test_the_years_compared_with_are_those_of_local_leaders_only_where_nobody_else_leads_in_them(post, others):
    panel = study.panel("pci_score", post=post)
    found = findings.finding(panel, results(panel, twfe=0.5, counterfactual=0.5, switchers=0.5), alone=True)
    assert f"{panel.led_by} and {others} in the same province" in found.answer
    assert ("at most one of the two is" in panel.cautions) == (post == "both")
    axis = plots.forest(found.rows, panel, title="").axes[0].get_xlabel()
    assert axis == ("difference, points" if post == "both" else "non-local less local, points")


def test_a_difference_is_said_to_be_unadjusted_in_a_bold_sentence_until_other_outcomes_are_counted(monkeypatch):
    monkeypatch.setattr(findings.verdict.Finding, "fragile", "")
    panel = study.panel("pci_score")
    alone = findings.finding(panel, results(panel, twfe=1e-6, counterfactual=1e-6), alone=True)
    assert alone.answer.startswith("**Before any adjustment for other outcomes:** **Every main design")
    assert dataclasses.replace(alone, row=alone.row | {"family": 60}).answer.startswith("**Every main design")


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_brief_opens_as_the_page_of_the_outcome_that_does_not_hold_up(lang):
    panel = study.panel("pci_score")
    found = findings.finding(panel, results(panel, switchers=1e-5).assign(estimate=-0.89), alone=True)
    row = {"outcome": "pci_score", "found": "all", "effect": "worse", "direction": "lower", "transform": "none"}
    stored = pd.DataFrame([row | {"first_year": 2013, "last_year": 2021}])
    brief = Brief(stored, {"pci_score": panel}, "hometown", "secretary")
    vars(brief)["_findings"] = {"pci_score": found}
    words.use(lang)
    try:
        opens = [text.split("**")[1] for text in (brief.answer, found.answer)]
        assert opens[0] == opens[1] and found.ways and found.ways in brief.answer
    finally:
        words.use("en")


def test_the_yardstick_of_the_brief_is_that_of_the_page_of_power(monkeypatch):
    panel = study.panel("papi_corruption")
    rows = results(panel, **ALL).assign(report="00_main_designs/x", conf_low=-1.0, conf_high=1.0)
    monkeypatch.setattr(findings.verdict, "stored", lambda name: rows if name == findings.verdict.MAIN else rows[:0])
    half = findings.brief().stored["half"].item()
    assert f"half of all provinces lie within {words.number(half, 2)} points" in findings.spread(panel)


def test_what_predicts_an_arrival_by_its_level_is_named_beside_the_test_of_paths(monkeypatch):
    panel = study.panel("papi_corruption")
    about = {**panel.asked, "model": "past", "estimate": -0.04}
    past = [effects.result(**about, event_time=-k, p_value=p) for k, p in ((1, 0.01), (2, 0.4))]
    past.append(effects.result(**about | {"model": "past_by_year"}, event_time=-1, p_value=0.3))
    found = findings.finding(panel, results(panel, **ALL), alone=True)
    for rows in (pd.concat(past, ignore_index=True).assign(report="x"), past[1]):
        monkeypatch.setattr(findings.verdict, "stored", lambda name, rows=rows: rows)
        low = "was lower the year before (p = 0.010, adjusted for 2 tests 0.020; where every year has an effect of its own, 0.300)."
        assert (low in found.before) == (len(rows) > 1) == bool(found.before)
    assert dataclasses.replace(found, panel=study.panel("papi_corruption", provinces=["01", "79"])).before == ""


def test_the_index_of_governance_is_a_question_of_its_own():
    panels = findings.panels("hometown", "secretary")
    rows = findings.verdict.governance(panels, draws=99)
    assert set(rows["model"]) == {"index"}
    assert set(rows["estimator"]) == {name for name, _ in effects.MAIN_DESIGNS}
    assert "standard deviations lower (worse)" in findings.verdict.governance_sentence(rows)
    assert sum(rows.attrs["weights"].values()) == pytest.approx(1)
    assert "the PCI score 0%" in findings.verdict.governance_sentence(rows)


def test_an_interval_and_one_unit_left_out_are_said_with_their_ends():
    panel = study.panel("pci_score")
    rows = results(panel, **ALL).assign(conf_low=[-1.0, -3.0, np.nan], conf_high=[1.0, 0.5, np.nan])
    said = findings.finding(panel, rows, alone=True).could_be
    assert "compatible with any difference from 3.00 points lower to 1.00 points higher" in said
    without = pd.Series({"01": -1.0, "79": 0.5})
    assert findings.without(without, panel).startswith("Without Hà Nội the difference is: 1.00 points lower")


def test_what_an_interval_supposes_is_counted_as_on_the_page_of_power(monkeypatch):
    monkeypatch.setattr(
        effects.power, "TESTS", {"twfe": effects.power.TESTS["twfe"]}
    )  # the page asks other designs too
    panel = study.panel("pci_score")
    said, own = (findings.supposes(x) for x in (panel, dataclasses.replace(panel, definition="own")))
    table = findings.power(panel, 1_000).coverage.query("estimator == 'twfe' and test == 'reassignment'")
    held = table.set_index("shape")["coverage"].mul(100).round().astype(int)
    assert f"same everywhere {held['constant']} times in 100" in said
    assert f"growing effects {held['growing']} times in 100" in said
    assert "[12]" in said and "[12]" not in own  # a reader's own panel has no page 12
    few = SimpleNamespace(n_switching=4)  # where no interval can be trusted none is praised
    assert findings.supposes(few) == ""


def test_what_is_simulated_is_simulated_once_for_both_languages(monkeypatch):
    panel = study.panel("pci_score", window=(2013, 2020))
    said, later = findings.supposes(panel), findings.after_merger_sentence()
    for name in ("detectable", "simulate"):
        monkeypatch.delattr(effects.power, name)
    assert (said, later) == (findings.supposes(panel), findings.after_merger_sentence())


def results(panel, **p):
    """The rows of main designs with these p-values, estimates of one."""
    tests, about = dict(effects.MAIN_DESIGNS), {"outcome": panel.outcome, "definition": panel.definition}
    made = [
        effects.result(**about, post=panel.post, estimator=name, test=tests[name], estimate=1.0, p_value=value)
        for name, value in p.items()
    ]
    return pd.concat(made, ignore_index=True)


ALL = {"twfe": 0.01, "counterfactual": 0.2, "switchers": 0.3}
CHOICES = {
    "all": ({}, ""),
    "region": ({"provinces": "Central Highlands"}, "Among the 5 provinces of the Central Highlands: "),
    "covariate": ({"covariates": "Population"}, "Given the population: "),
    "both": (
        {"provinces": "Tây Nguyên", "covariates": ["Population"]},
        "Among the 5 provinces of the Central Highlands, given the population: ",
    ),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_each_answer_opens_with_the_units_and_covariates_it_is_about(choice):
    given, start = CHOICES[choice]
    panel, test = study.panel(**given), _leaders(p_value=0.5, p_calendar=0.5, statistic=0.4, draws=[0.3])
    changes = effects.result(
        model=["change_0", "change_1", "change_2"], estimate=[1.0] * 3, p_value=[0.5] * 3, conf_low=0.5, conf_high=1.5
    )
    for said in (
        findings.finding(panel, results(panel, **ALL), alone=True).answer,
        findings.leaders.change(changes, panel),
        findings.leaders.leaders(test, panel),
    ):
        assert said.replace("**", "").startswith(start) and said.count(start.strip() or "|") == bool(start)


def test_a_year_after_a_change_opens_its_sentence_with_a_capital():
    changes = effects.result(model=["change_0", "change_1", "change_2"], estimate=[1.0] * 3, p_value=[0.5, 0.001, 0.5])
    assert "whoever comes.** One year later: 1.00 points higher" in findings.leaders.change(changes, study.panel())


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["change_0", "d"], "In the first year the difference is: 1.00 points higher (better); it could lie"),
        (["change_0", "d"], "(95% interval). The p-value is 0.500."),
        (["change_1", "change_2"], "One year later the difference is"),
        (
            ["change_1", "change_2"],
            "The smallest p-value of the 2 years looked at, adjusted for so many looks, is 1.00",
        ),
    ],
)
def test_an_answer_on_changes_counts_the_years_that_are_terms_of_the_model(names, said):
    rows = effects.result(model=names, estimate=1.0, p_value=0.5, conf_low=0.5, conf_high=1.5)
    assert said in findings.leaders.change(rows, study.panel())
    sure = findings.leaders.change(rows.assign(p_value=0.001), study.panel())
    assert ("adjusted for 2 looks" in sure) == (len(names) == 2 and "d" not in names)


@pytest.mark.parametrize("own", [{"window": (2016, 2021)}, {"provinces": "-Hà Nội"}, {"definition": "career"}])
def test_a_curve_of_a_panel_with_choices_of_its_own_is_refused(own):
    with pytest.raises(effects.DesignRefused, match="the curve tries all of these itself"):
        findings.robustness(study.panel(**own), 2)


def test_choices_count_the_specifications_that_the_curve_counts():
    table = pd.DataFrame(
        {"estimate": [1.0, 2.0, 3.0], "event_time": None} | dict.fromkeys(findings.power_and_choices._CHOICE, "all")
    )
    null = np.array([[0.5, np.nan, 0.5], [-0.5, 1.0, -0.5]])  # the second cannot be estimated in a draw
    told = effects.curve.curve_test(table.assign(n_switching=9), null)
    made = findings.power_and_choices.Robustness(study.panel("pci_score"), table, null, told, pd.DataFrame())
    assert (made.by_choice["n_specifications"] == told["n"]).all() and told["n"] == 2


@pytest.mark.parametrize(
    ("agree", "middle", "parted"), [(0.01, 0.2, 1), (0.2, 0.01, 1), (0.2, 0.3, 0), (0.01, 0.02, 0)]
)
def test_where_the_two_tests_of_a_curve_part_the_answer_says_by_which_of_them_the_heading_goes(agree, middle, parted):
    told = {"n": 9, "median": 0.5, "agree": 0.6, "agree_chance": 0.3, "positive": 0.9}
    told |= {"p_agree": agree, "p_median": middle}
    made = findings.power_and_choices.Robustness(study.panel(), pd.DataFrame(), None, told, pd.DataFrame())
    assert made.answer.count("one of the two tests of the curve") == parted
    assert ("no more choices agree" in made.title) == (agree >= 0.05)


def test_an_outcome_without_a_curve_is_refused_with_those_that_have_one():
    with pytest.raises(
        effects.DesignRefused, match=r"pci_labor is not in data/designs\.csv.* expected one of pci_score, "
    ):
        findings.robustness(study.panel("pci_labor"), 2)


def test_a_model_of_changes_without_a_change_is_refused():
    with pytest.raises(effects.DesignRefused, match="expected some of"):
        findings.leaders.turnover(study.panel().complete, ["d"], study.panel())


@pytest.mark.parametrize("choice", CHOICES)
def test_stored_results_count_only_for_all_units_without_covariates(monkeypatch, choice):
    panel = study.panel(**CHOICES[choice][0])
    kept = pd.concat([results(panel, **ALL).assign(outcome=name, report="00/a") for name in ("papi_total", "pci_land")])
    monkeypatch.setattr("helpers.findings.verdict.stored", lambda name: kept)
    found = findings.finding(panel, results(panel, **ALL))
    counted = choice == "all"
    assert found.row["family"] == (3 if counted else 1)
    assert ("p_adjusted" in found.table) == counted
    assert ("(Holm)" in found.adjusted) == ("3 combinations" in found.adjusted) == counted
    assert ("this one and the others that" in found.adjusted) == counted
    assert ("if its own p-value is below 0.05" in found.details) != counted
    assert ("of all provinces, without covariates" in found.details) != counted


def test_reports_of_some_units_or_with_covariates_are_not_the_stored_results(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.paths.reports", lambda: tmp_path)
    panel = study.panel()
    rows = results(panel, **ALL)
    parts = {"a": rows, "b": rows.assign(covariates="population_thousand"), "c": rows.assign(sample="south_east")}
    for name, part in (parts | {"d": rows.assign(sample="62;66"), "e": rows.assign(sample="south_east:kind")}).items():
        (tmp_path / "07_x" / name).mkdir(parents=True)
        part.to_csv(tmp_path / "07_x" / name / "results.csv", index=False)
    assert findings.verdict.stored("07_x")["report"].unique().tolist() == ["07_x/a"]


def test_designs_that_could_not_be_tested_are_named_with_the_reason():
    panel = study.panel()
    rows = results(panel, twfe=0.5, counterfactual=float("nan"))
    rows.attrs["refused"] = {"switchers": effects.DesignRefused("no unit changes {n} times.", n=2)}
    found = findings.finding(panel, rows.assign(std_error=None), alone=True)
    assert (
        "no main design that could be tested (two-way fixed effects) finds a difference in the PCI score"
        in found.answer
    )
    assert "none of the main designs" not in found.answer
    why = "no change can be compared among those whose leaders are known in every year"
    assert f"(dCDH): {why}." in found.answer
    stored = pd.DataFrame(found.rows.to_dict("list"))
    assert findings.finding(panel, stored, alone=True).answer == found.answer
    notes = found.table.set_index("estimator")["note"]
    assert notes["switchers"] == why[:1].upper() + why[1:] and notes["counterfactual"].startswith("Too few provinces")
    assert notes["twfe"] == ""
    one = findings.finding(panel, results(panel, twfe=1e-6, counterfactual=float("nan")), alone=True)
    assert "Every main design that could be tested finds a difference" in one.answer
    assert "note" not in findings.finding(panel, results(panel, **ALL), alone=True).table


@pytest.mark.parametrize(
    ("outcome", "estimate", "beyond"),
    [
        ("pci_score", -90.6, True),
        ("pci_score", -30, False),
        ("pci_score", 70, True),
        ("pci_land", 9, True),
        ("poverty_rate_pct", 40, True),
        ("income_pc_month_kvnd", -90, False),
    ],
)
def test_an_estimate_that_the_scale_does_not_allow_is_said_to_be_so(outcome, estimate, beyond):
    panel = study.panel(outcome)
    rows = results(panel, **ALL)
    rows.loc[rows["estimator"] == "counterfactual", "estimate"] = estimate
    found = findings.finding(panel, rows, alone=True)
    assert ("Give no weight to: counterfactual" in found.answer) == beyond
    assert ("outside its scale" in " ".join(found.table.get("note", []))) == beyond


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_where_there_are_few_assignments_there_is_no_interval_and_their_number_is_said(lang):
    panel = study.panel(provinces="Central Highlands")
    chance = effects.randomise(panel, draws=999)
    assert chance.rows[["conf_low", "conf_high"]].isna().all(axis=None)
    words.use(lang)
    try:
        answer = findings.finding(panel, chance.rows, alone=True).answer
        said = (answer, findings.finding(panel, chance.rows, alone=True).could_be, findings.reassigned(chance))
    finally:
        words.use("en")
    assert not any("\u221e" in text or "nan" in text for text in said)
    none = {"en": "These data cannot answer the question", "vi": "không trả lời được câu hỏi"}[lang]
    least = {"en": "no interval can be given", "vi": "không có khoảng tin cậy"}[lang]
    assert none in said[0] and least in said[1]
    few = {"en": "in all 20 ways that there are, too few for", "vi": "theo tất cả 20 cách có thể, quá ít để"}[lang]
    assert said[2].startswith(few)
    assert chance.p_value >= 0.05 and chance.rows["p_value"].isna().all()
    many = SimpleNamespace(exact=False, draws=[0] * 1_000)
    assert findings.reassigned(many) == "at random, 1,000 times"


@pytest.mark.parametrize(
    ("terms", "exact", "outer", "said"),
    [
        (
            1,
            True,
            (0.1, 0.2),
            "In one stretch of years it is not known whether a local led. Filled in either way, the estimate lies",
        ),
        (
            2,
            True,
            (0.1, 0.2),
            "In 2 stretches of years it is not known whether a local led. Over all ways of filling them in",
        ),
        (
            30,
            False,
            (0.1001, 0.2001),
            "In 30 stretches of years it is not known whether a local led. Over all ways of filling them in",
        ),
        (30, False, (0.0, 0.3), "none can lie outside from no different to 0.30 points higher"),
    ],
)
def test_what_unknown_homes_could_change_is_said_once(terms, exact, outer, said):
    panel = study.panel()
    ends = {"low": 0.1, "high": 0.2, "outer_low": outer[0], "outer_high": outer[1]}
    texts = [findings.unknown(SimpleNamespace(n_terms=terms, exact=exact, n_nameless=n, **ends), panel) for n in (0, 1)]
    assert all(said in text and text.count("from 0.10 to 0.20 points higher") == 1 for text in texts)
    assert ["A year in which nobody is named is filled by itself" in text for text in texts] == [False, True]


def test_the_figure_by_definition_says_what_it_shows_and_not_the_verdict():
    panel = study.panel(covariates="Population")
    said = findings.definitions(panel, SimpleNamespace(n_terms=2))
    assert said["title"] == "PCI score (given the population): the estimate under each definition of local"
    assert "range over unknown leaders" in said["detail"]
    assert "range" not in findings.definitions(panel, SimpleNamespace(n_terms=0))["detail"]


@pytest.mark.parametrize(
    ("given", "stated"),
    [
        ({}, True),
        ({"covariates": "Population"}, False),
        ({"provinces": "South East"}, False),
        ({"window": (2014, 2020)}, False),
        ({"outcome": "pci_legal"}, False),
    ],
)
def test_a_choice_that_is_not_the_stated_one_is_said_to_be_of_this_page_alone(given, stated):
    panel = study.panel(**given)
    said = findings.finding(panel, results(panel, **ALL), alone=True).chosen
    assert ("was chosen for it alone" in said) != stated


def test_how_much_larger_an_effect_must_be_counts_what_the_verdict_counts(monkeypatch):
    panel = study.panel()
    made = findings.power_and_choices.Power(panel, pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), "")
    main = results(panel, twfe=0.5, switchers=0.5).assign(model="main", unknown="left_out")
    kept = pd.concat([main.assign(outcome=f"y{n}") for n in range(60)], ignore_index=True)
    monkeypatch.setattr("helpers.findings.verdict.stored", lambda name: kept)
    assert "the 60 combinations" in made.adjusted and "about 1.5 times as large" in made.adjusted
    for other in (study.panel(provinces="Central Highlands"), dataclasses.replace(panel, definition="own")):
        assert dataclasses.replace(made, panel=other).adjusted == ""
    monkeypatch.setattr("helpers.findings.verdict.stored", lambda name: kept.iloc[:0])
    assert made.adjusted == ""


def test_leaders_that_differ_are_said_to_be_tested_alone_and_others_how_much_would_have_been_needed():
    test = _leaders(p_value=0.01, p_calendar=0.01, statistic=0.5, draws=[0.1, 0.2])
    assert findings.leaders.leaders(test, study.panel()).startswith("**Taken alone, averages of the PCI score")
    test = _leaders(p_value=0.4, p_calendar=0.01, statistic=0.333, draws=np.linspace(0, 1, 101))
    said = findings.leaders.leaders(test, study.panel())
    assert "33.3% of what province and year leave" in said and "more than 95.0% would have been needed" in said


@pytest.mark.parametrize(
    ("led", "said"),
    [
        ("01 02", "No leader led more than"),
        ("01 01", "One leader led more than"),
        ("01 02 01 02", "2 leaders led more"),
    ],
)
def test_leaders_of_several_provinces_are_counted_in_a_sentence_of_their_own(led, said, monkeypatch):
    people = pd.DataFrame({"person_id": led.split(), "spell_id": range(len(led.split()))})
    monkeypatch.setattr(findings.leaders.terms, "spells", lambda post: people)
    frame = people.assign(unit_code=[f"u{k}" for k in people.index], y=1.0)
    assert findings.leaders.movers(
        SimpleNamespace(post="secretary", frame=frame[["spell_id", "unit_code", "y"]])
    ).startswith(said)


def test_power_of_a_change_at_a_switch_leaves_out_changes_across_years_without_a_value():
    panel = study.panel("income_pc_month_kvnd")
    y, paths = effects.design(panel).tables()[:2]
    closed = effects.power.detectable(y, paths, "switchers", draws=100)[0]["smallest_detectable"].item()
    tests = findings.power(panel, 100).tests.set_index("estimator")
    assert tests.at["change at a switch", "smallest_detectable"] > 1.2 * closed * panel.scale


def test_effects_are_usually_found_by_the_tests_of_the_verdict_and_the_designs_are_named():
    panel = study.panel("pci_score", post="chair")
    power = findings.power(panel, draws=100)
    least = power.tests.set_index(["estimator", "test"])["smallest_detectable"]
    ends = sorted([least["twfe", "reassignment"], least["counterfactual", "bootstrap"]])
    low, high = (words.number(end, panel.digits) for end in ends)
    assert f"smaller than {low} points" in power.answer and f"one of {high} points at least" in power.answer
    assert "(two-way fixed effects and the counterfactual" in power.answer
    assert power.title.endswith(f"from {low} or {high} points, depending on the design")
    assert set(zip(power.curve["estimator"], power.curve["test"], strict=True)) == {
        ("twfe", "reassignment"),
        ("counterfactual", "bootstrap"),
    }


def test_power_asks_the_units_without_covariates_and_no_effect_beyond_the_scale():
    power = findings.power(study.panel(provinces="Central Highlands", covariates="Population"), draws=50)
    assert power.answer.startswith("Among the 5 provinces of the Central Highlands: ")
    assert "Not taken into account here: population&#95;thousand." in power.answer
    assert (power.found["smallest_detectable"].dropna() <= 100).all()
    beyond = power.found.assign(
        smallest_detectable=power.found["smallest_detectable"].mask(power.found["test"] == "bootstrap")
    )
    assert (
        "found no effect within the scale of the indicator so often" in dataclasses.replace(power, found=beyond).answer
    )


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "**No province"), (1, "**Only one province switches"), (2, "**Only 2 provinces"), (5, "Only 5"), (10, "")],
)
def test_how_few_provinces_switch_has_a_sentence_for_each_number(n, said):
    text = findings.small_sample(SimpleNamespace(n_switching=n, unit="province", units="provinces"))
    assert text.startswith(said) and bool(text) == bool(said)
    assert ("p-value alone, where there is one" in text) == (n in (1, 2))  # a reassignment in few ways has none


@pytest.mark.parametrize(("n", "said"), [(0, "none can be said"), (1, "The one group"), (2, "None of the 2 groups")])
def test_groups_without_a_difference_are_counted(n, said):
    p = [0.5] * n + [float("nan")] * (3 - n)
    rows = pd.DataFrame({"p_value": p, "sample": ["year"] * 3, "model": ["1", "2", "3"]})
    assert said in findings.groups_found(rows)


def test_a_finding_that_only_the_narrower_count_allows_is_said_to_be_so(monkeypatch):
    panel, family = study.panel("pci_score"), [f"other{n}" for n in range(20)]
    mine = results(panel, twfe=0.2, counterfactual=0.3, switchers=0.001)
    others = [mine.assign(outcome=name, p_value=0.5, report="00_main_designs/a") for name in family]
    monkeypatch.setattr(findings.verdict, "stored", lambda _: pd.concat(others, ignore_index=True))
    found = findings.finding(panel, mine)
    assert found.row["found"] == "some" and found.row["n_tests"] == 63
    assert "Adjusted over the 63 tests of all designs at once, the smallest p-value here is 0.063" in found.details
    assert "at once" not in findings.finding(panel, mine.assign(p_value=[0.2, 0.3, 1e-5])).details


def test_the_page_of_the_main_designs_gives_no_verdict_of_its_own_family():
    panel = study.panel("pci_score")
    rows = results(panel, **ALL)
    assert {"verdict", "found"}.isdisjoint(findings.verdict.overview({"pci_score": panel}, rows))
    assert findings.verdict.low_by_itself(rows).startswith("One of the 3 p-values of the main designs on this page is")


def test_a_finding_of_first_changes_says_with_which_numbers_of_years_it_stands(monkeypatch):
    panel = study.panel("pci_score")
    mine = results(panel, twfe=0.2, counterfactual=0.3, switchers=0.0001)
    kept = [mine.assign(outcome=f"y{n}", p_value=0.5, report="00_main_designs/a") for n in range(57)]
    monkeypatch.setattr(findings.verdict, "stored", lambda _: pd.concat(kept, ignore_index=True))
    found = findings.finding(panel, mine)
    tried = findings.horizons(panel)
    low = tried.loc[tried["p_value"] * 58 < 0.05, "n_years"].astype(str).tolist()
    assert effects.PERIODS in tried["n_years"].tolist() and 0 < len(low) < len(tried)
    assert f"here {effects.PERIODS}: of the {len(tried)} numbers tried" in found.details
    assert f"is below 0.05 with {', '.join(low[:-1])} and {low[-1]} only" in found.details
    assert findings.finding(panel, mine, alone=True).over == ""
    assert findings.finding(panel, mine.assign(p_value=0.5)).over == ""


def test_interval_and_p_of_a_change_rest_on_the_test_that_its_row_names():
    panel = study.panel("poverty_rate_pct", post="chair")
    data, names = findings.leaders.with_changes(panel), ["change_0", "change_1", "change_2", "d"]
    rows = findings.leaders.turnover(data, names, panel, draws=99)
    fit = smf.ols(" + ".join(["y ~ C(unit_code)", "C(year)", *names]), data).fit()
    assert rows["estimate"].tolist() == pytest.approx(fit.params[names].tolist())
    assert (
        rows["model"].tolist() == names and set(rows["test"]) == {"reassignment_t"} and rows["std_error"].isna().all()
    )
    last = effects.randomise(data, d="d", covariates=names[:3], draws=99).rows
    assert (
        rows.iloc[-1][["conf_low", "conf_high", "p_value"]].tolist()
        == last.iloc[0][["conf_low", "conf_high", "p_value"]].tolist()
    )


def test_a_change_that_can_be_reassigned_in_too_few_ways_is_not_said_to_be_without_effect():
    panel = study.panel("pci_score", provinces=["64", "66", "68"])
    rows = findings.leaders.turnover(
        findings.leaders.with_changes(panel), ["change_0", "change_1", "change_2", "d"], panel, draws=99
    )
    assert rows[["conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert "These data cannot say whether there is a difference in the PCI score" in findings.leaders.change(
        rows, panel
    )
    assert "cannot be told" in findings.leaders.change_title(rows, panel)
    some = rows.assign(p_value=0.4)
    assert "too few provinces stand behind it for an interval" in findings.leaders.change(some, panel)


@pytest.mark.parametrize("post", ["secretary", "chair"])
def test_provinces_without_a_second_leader_and_those_of_the_test_of_leaders_are_all_that_have_a_value(post):
    frame = study.panel("poverty_rate_pct", "hometown", post).frame
    alone = (findings.leaders.one_leader(frame) or "0").split()[0]
    test = permute_spells(frame, draws=20)
    assert test.n_units + int(alone) == frame.dropna(subset=["y", "spell_id"])["unit_code"].nunique()


def test_the_title_of_what_is_left_of_averages_is_empty_where_nothing_is():
    panel, spells = study.panel(), pd.DataFrame({"reliability": [0.3, 0.5]})
    test = SimpleNamespace(variance=1.0, effects=spells, p_value=0.01, p_calendar=0.2)
    assert (
        findings.leaders.shrinkage_title(test, panel)
        == "PCI score: of a leader's average at most 40% is kept, the rest is luck"
    )
    test.variance = 0.0
    assert findings.leaders.shrinkage_title(test, panel) == ""


def test_a_line_of_non_locals_that_stands_out_beside_changes_of_leader_has_its_own_sentence():
    changes = effects.result(
        model=["change_0", "change_1", "change_2", "d"], estimate=1.0, p_value=[0.5, 0.5, 0.5, 0.01]
    )
    said = (
        "years under non-locals differ from those under locals: 1.00 points higher (better) (p = 0.010, not adjusted)"
    )
    assert said in findings.leaders.change(changes.assign(conf_low=0.5, conf_high=1.5), study.panel())
    assert "years under non-locals" not in findings.leaders.change(changes.assign(p_value=0.5), study.panel())


def test_where_no_main_design_can_be_fitted_its_own_reason_is_given():
    with pytest.raises(effects.DesignRefused, match="number of provinces with all values is 1; expected at least 3"):
        findings.finding(study.panel("pci_score", provinces=["Gia Lai"]), draws=99)


def test_what_comes_before_an_arrival_is_not_told_where_that_page_is_not_made(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.paths.reports", lambda: tmp_path)
    panel = study.panel()
    assert findings.finding(panel, results(panel, **ALL)).before == ""
