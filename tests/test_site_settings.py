"""What reports.toml says on the pages around the reports holds: reports exist, words are those of the pages, dates are those of the record."""

import tomllib

import pytest

from helpers import paths, study, words
from helpers.record import tables, terms
from press import catalogue

SETTINGS = tomllib.loads((paths.root() / "reports.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def runs():
    """The catalogue."""
    return {run.id: run for run in catalogue.read_catalogue()[0]}


def test_every_report_named_is_in_the_catalogue(runs):
    site, evidence = SETTINGS["site"], SETTINGS["evidence"]
    named = [site["answer"], site["figure"], *(e["to"] for e in site["doors"] + site["more"] if "/" in e.get("to", ""))]
    files = [evidence["verdict"]["file"], *(shade["file"] for shade in SETTINGS["tiles"]["shades"])]
    assert [name for name in [*named, *(file.rpartition("/")[0] for file in files)] if name not in runs] == []


@pytest.mark.parametrize("name", ["estimators", "events", "tests"])
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_evidence_calls_designs_events_and_tests_as_the_reports_do(name, lang):
    words.use(lang)
    said = {entry["value"]: entry[lang] for entry in SETTINGS["sets"][name]["values"]}
    words_ = {value: words.known(value) for value in said}
    words.use("en")
    assert said == words_


@pytest.mark.parametrize("outcome", tables.load("designs")["outcome"])
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_evidence_gives_a_difference_in_the_unit_of_the_reports(outcome, lang):
    words.use(lang)
    panel, about = study.panel(outcome, "hometown", "secretary"), SETTINGS["evidence"]
    wanted = panel.scale, panel.measure
    words.use("en")
    own = tables.load("indicators").set_index("indicator").at[outcome, f"unit_{lang}"].split(",")[0]
    shown = 1, about["difference"].get(own, {}).get(lang, own)
    if outcome in catalogue.labelled(about["scaled"]["set"]):
        shown = about["scaled"]["factor"], about["scaled"]["unit"][lang]
    assert shown == wanted


def test_every_page_says_to_which_date_the_record_reaches():
    until, outcomes = SETTINGS["project"]["data_until"], {"governance", "economy"}
    last = max(int(tables.load(name)["year"].max()) for name in outcomes)
    for lang in ("en", "vi"):
        words.use(lang)
        assert words.dates(terms.LAST_DAY) in until[lang] and str(last) in until[lang]
    words.use("en")


def test_the_reports_of_a_claim_or_flow_about_a_province_are_filed_under_it(runs):
    filed = {
        name: catalogue.filed(run.parameters, run.labels).get("province", ("", {}))[0] for name, run in runs.items()
    }
    assert {name for name, code in filed.items() if code == "62"} >= {
        "05_province/kon-tum",
        "02_programmes/kon-tum",
        "14_rank_claims/kt24-k2",
    }
    assert filed["03_flows/dien-bien"] == "11"


def test_the_flows_of_an_accepted_article_are_called_by_its_place():
    assert catalogue.labelled("flow_tables")["quang-nam"]["vi"] == "Quảng Nam"
    assert catalogue.labelled("flow_tables")["dien_bien"]["province"] == "11"


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_map_of_the_front_page_has_the_last_day_of_the_record_of_the_34_units(lang):
    words.use(lang)
    for shade in SETTINGS["tiles"]["shades"]:
        assert words.dates(terms.LAST_DAY) in shade["label"][lang]
    assert "34" in SETTINGS["tiles"]["note"][lang]
    words.use("en")
