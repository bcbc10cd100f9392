"""The choice of another province on the page of one: what its script is given is what the tables say."""

import json
import re
from html import unescape

import pytest

from helpers import profiles, words
from helpers.findings import beside
from helpers.record import tables, terms

NAMES = ["pci_score", "income_pc_month_kvnd"]


@pytest.fixture(scope="module")
def given():
    shown = beside.choice(profiles.province("Kon Tum", NAMES, "Đà Nẵng"))._repr_html_()
    return [json.loads(unescape(re.search(f" data-{name}='(.*?)'", shown)[1])) for name in ("about", "everyone")]


def test_every_value_of_the_tables_is_there(given):
    about, everyone = given
    assert len(about["units"]) == len(everyone["values"]) == 63
    for name, series, values in zip(NAMES, everyone["series"], everyone["values"]["kon-tum"], strict=True):
        frame = tables.indicator(name).query("unit_code == '62'").set_index("year")["value"].round(4)
        assert {y: v for y, v in zip(series["years"], values, strict=True) if v is not None} == frame.to_dict()


def test_years_with_doubtful_values_and_new_definitions_are_named(given):
    pci, income = given[1]["series"]
    assert pci["cuts"] == [2006, 2009, 2013, 2022] and pci["doubtful"] == []
    assert 2024 in income["doubtful"]


def test_every_term_used_is_there_with_its_dates_as_the_source_gives_them(given):
    led = given[1]["terms"]
    assert sum(map(len, led.values())) == (~terms.spells(post="either")["early"]).sum()
    assert ["secretary", "Hà Ban", "2010-10", "2015-02", "October 2010", "February 2015", "non-local"] in led["kon-tum"]


def test_the_province_compared_with_by_the_parameter_is_chosen_first(given):
    assert given[0]["own"] == "kon-tum" and given[0]["other"] == "da-nang"


def test_nothing_in_a_name_ends_the_attribute():
    shown = beside.Choice({"units": [["a", 'It\'s <b> & "c"']], "names": []}, "{}")._repr_html_()
    assert 'data-about=\'{"units":[["a","It&#x27;s &lt;b&gt; &amp; \\"c\\""]]' in shown


def test_it_speaks_the_language_switched_on():
    words.use("vi")
    try:
        shown = beside.choice(profiles.province("Kon Tum", ["pci_score"]))
    finally:
        words.use("en")
    assert "tháng 10/2010" in shown.everyone and shown.about["said"]["choose"] == "So sánh với"
