"""The explorer: a choice and its address, what is answered, what is refused, and the page in a browser's hands."""

import asyncio
import html
import io
import json
import re
import shlex
import threading

import pandas as pd
import pytest
from conftest import serious_violations

from helpers import explore, findings, paths, study, words
from helpers.explore import Choice
from press import serve


@pytest.fixture(autouse=True)
def english():
    yield
    words.use("en")


def ask(path="", **query):
    status, headers, body = explore.respond(path, {k: v if isinstance(v, list) else [v] for k, v in query.items()})
    return status, headers, body.decode()


def refusal(text):
    found = re.search(r'class="refused".*?<span>(.*?)</span>', text, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def ticked(text):
    return re.findall(r'value="([^"]*)" checked', text)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(outcome="poverty_rate_pct", post="chair", first="2012", last="2016", lang="vi"),
        Choice(provinces=("Central Highlands", "79"), covariates=("population_thousand", "enterprises_active")),
        Choice(pool=("pci_weights_2009", "pci_weights_2013"), first="2006"),
    ],
)
def test_an_address_gives_the_choice_back(choice):
    from urllib.parse import parse_qs

    assert explore.read(parse_qs(choice.address())) == choice


def test_what_an_address_does_not_know_is_not_used_and_said():
    assert explore.read({"colour": ["red"], "lang": ["fr"]}) == Choice()
    text = ask(colour="red", lang="fr", post=["chair", "secretary"])[2]
    assert "Not used of the address: colour=red, lang=fr, post=chair." in text


def test_several_provinces_and_regions_are_one_choice():
    choice = Choice(provinces=("Mekong River Delta", "79"))
    assert explore.panel_of(choice).frame["unit_code"].nunique() == 14
    assert ticked(ask(provinces=[*choice.provinces])[2]) == [*choice.provinces]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"provinces": "-Hà Nội"}, '"-Hà Nội" checked>without Hà Nội'),
        ({"provinces": "-79"}, '"-79" checked>without TP. Hồ Chí Minh'),
        ({"covariates": "grdp_growth_pct"}, '"grdp_growth_pct" checked'),
        ({"covariates": "pci_score"}, '"pci_score" checked'),
        ({"pool": "no_such_break"}, '"no_such_break" checked'),
        ({"outcome": "nonsense"}, "<option selected>nonsense"),
        ({"post": "mayor"}, "<option selected>mayor"),
        ({"first": "1999"}, "<option selected>1999"),
    ],
)
def test_the_controls_show_what_the_address_names(query, shown):
    assert shown in ask(**query)[2]


def test_two_spellings_are_one_choice():
    usual = {"first": "2013", "last": "2021", "post": "Secretary", "outcome": "PCI-score"}
    assert explore.read({name: [value] for name, value in usual.items()}).settled() == Choice().settled() == Choice()


def test_the_page_opens_with_coverage():
    status, _, text = ask()
    panel = explore.panel_of(Choice())
    assert (status, refusal(text)) == (200, "")
    assert panel.counted in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"outcome": "nonsense"}, "nonsense"),
        ({"first": "2020", "last": "2010"}, "[2020, 2010]"),
        ({"first": "abc"}, "abc"),
        ({"first": "1"}, "[1, 2021]"),
        ({"first": "1999"}, "leaders are known in 2005-2023. Take a first and a last year within."),
        ({"first": "2014", "last": "2014"}, "at least two years"),
        ({"provinces": ["62"]}, "the number of provinces with all values is 1; expected at least 3"),
        ({"provinces": "Nowhere"}, "Nowhere"),
        ({"covariates": ["x"]}, "'x'"),
        ({"definition": "luck"}, "luck"),
        ({"post": "mayor"}, "mayor"),
        ({"pool": ["no_such_break"]}, "no_such_break"),
        ({"first": "2006"}, "2009: The weights"),
        ({"first": "2006"}, "tick each of these changes"),
        ({"outcome": "grdp_growth_pct", "first": "2008", "last": "2014", "covariates": ["poverty_rate_pct"]}, "2010: "),
    ],
)
def test_a_refused_choice_says_why(query, said):
    status, _, text = ask(**query)
    assert status == 422
    assert said in refusal(text)


def test_the_end_of_the_years_that_is_not_given_is_the_usual_one():
    assert explore.panel_of(Choice(first="2015")).window == (2015, 2021)
    assert explore.panel_of(Choice(last="2018")).window == (2013, 2018)


def test_nothing_of_an_address_becomes_markup():
    for name in ("outcome", "first", "provinces", "covariates", "lang", "post"):
        assert "<script>alert" not in ask(**{name: "<script>alert(1)</script>"})[2]


def test_years_offered_are_those_with_a_value():
    years = explore.years_of("papi_total")
    assert (years[0], years[-1]) == (2011, 2024)
    offered = re.search(r'id="first".*?</select>', ask(outcome="papi_total")[2], re.DOTALL)[0]
    assert re.findall(r">(\d{4})<", offered) == [str(year) for year in years]


def test_breaks_are_offered_by_what_changed():
    text = ask()[2]
    for name in ("pci_weights_2009", "pci_weights_2013", "pci_weights_2022"):
        assert re.search(rf'name="pool" value="{name}">{name[-4:]}: ', text)
    assert 'value="poverty_line_2010">2010: ' in ask(covariates=["poverty_rate_pct"])[2]


def test_the_rest_has_every_main_design_and_nothing_bold():
    text = ask("rest")[2]
    for estimator in ("two-way fixed effects", "counterfactual from years under locals", "first changes (dCDH)"):
        assert estimator in text
    assert "<strong>" not in text
    assert text.count("<svg") == 3


def test_the_figure_shows_the_rows_of_the_table():
    rows, text = explore.main(Choice()), html.unescape(ask("forest.svg")[2])
    for row in rows.itertuples():
        low, high = (words.number(end, 2) for end in (row.conf_low, row.conf_high))
        assert words.known(row.estimator) in text and low in text and high in text
    assert low in ask("rest")[2] and high in ask("rest")[2]


def test_what_p_values_are_adjusted_for_is_said_once():
    assert ask("rest")[2].count("A design finds a difference") == 1


def test_a_p_value_that_is_not_adjusted_is_not_called_so():
    found = findings.finding(explore.panel_of(Choice()), explore.main(Choice()), alone=True)
    assert "as local throughout" in found.fragile and "after adjustment" not in found.fragile


def test_every_look_counts():
    assert "This is the first choice looked at." in ask("rest")[2]
    text = ask("rest", tried="20")[2]
    least = explore.main(Choice())["p_value"].min()
    assert "20 choices were looked at." in text
    assert words.p_value(1 - (1 - least) ** 20) in text


@pytest.mark.parametrize("tried", ["-1", "0", "x", "9" * 40, "", "1.5"])
def test_a_strange_count_of_looks_is_one(tried):
    assert "This is the first choice looked at." in ask("rest", tried=tried)[2]


def test_results_and_rows_can_be_taken_away():
    for path, column in (("results.csv", "estimator"), ("panel.csv", "unit_code")):
        status, headers, text = ask(path, outcome="pci_score")
        name = f"pci-score-hometown-secretary-en-{path}"
        assert (status, headers["Content-Disposition"]) == (200, f'attachment; filename="{name}"')
        assert column in text.partition("\n")[0]


def test_results_say_what_was_chosen_as_those_of_reports_do():
    choice = {"provinces": ["Mekong River Delta", "-92"], "covariates": ["population_thousand"], "first": "2010"}
    _, headers, text = ask("results.csv", **choice, last="2014", pool=["pci_weights_2013"])
    rows = pd.read_csv(io.StringIO(text.lstrip("\ufeff")), dtype=str)
    assert set(rows["sample"].str.count(";")) == {11}
    said = rows[["covariates", "breaks", "first_year", "last_year"]].drop_duplicates().to_numpy().tolist()
    assert said == [["population_thousand", "pci_weights_2013", "2010", "2014"]]
    name = (
        "pci-score-hometown-secretary-2010-2014-mekong-river-delta-without-92-population-thousand-pci-weights-2013-en"
    )
    assert headers["Content-Disposition"] == f'attachment; filename="{name}-results.csv"'


@pytest.mark.parametrize("path", ["rest", "results.csv"])
def test_a_choice_that_no_design_fits_is_refused_with_the_reason_of_the_designs(path):
    status, _, text = ask(path, outcome="pci_score", provinces=["64"])
    assert status == 422 and "number of provinces with all values is 1" in text


def test_a_figure_can_be_taken_away_in_the_language_of_the_page():
    _, headers, text = ask("forest.svg", lang="vi")
    assert headers["Content-Type"] == "image/svg+xml"
    assert "Điểm PCI" in text


def test_there_is_nothing_else():
    for path in ("../reports.toml", "x", "forest.png", "app/", ".."):
        assert ask(path)[0] == 404


def test_both_languages_show_the_same_numbers():
    def estimates(text):
        rows = re.findall(r"<td[^>]*>([−\d.,]+)</td>", text)
        return [row.replace(",", ".") for row in rows if re.fullmatch(r"−?\d+[.,]\d+", row)]

    assert estimates(ask("rest")[2]) == estimates(ask("rest", lang="vi")[2]) != []


def test_the_code_shown_gives_the_numbers_shown():
    some = ("Northern Midlands and Mountains",)
    choice = Choice(outcome="poverty_rate_pct", provinces=some, first="2010", last="2016")
    space = {}
    exec(explore.code(choice).replace("effects.main(panel)", "rows = effects.main(panel)"), space)
    pd.testing.assert_frame_equal(space["rows"], explore.main(choice))


def test_the_command_shown_asks_for_the_panel_shown():
    some = ("Mekong River Delta", "-92", "Bà Rịa - Vũng Tàu")
    choice = Choice(outcome="enterprises_new", post="chair", first="2017", last="2021", provinces=some)
    *_, notebook = (words_ := shlex.split(explore.command(choice)))[:3]
    given = dict(word.split("=", 1) for word in words_[3:-1])
    lists = {name: json.loads(given.pop(name)) for name in ("window", "provinces")}
    assert (notebook, explore.panel_of(choice).frame.equals(study.panel(**given, **lists).frame)) == (
        "07_association",
        True,
    )
    assert explore.command(Choice(pool=("pci_weights_2013",), first="2010")) == ""


def test_what_drops_out_of_the_comparison_is_said():
    panel = explore.panel_of(Choice(definition="regulation"))
    lost = panel.n_known - int(explore.main(Choice(definition="regulation"))["n_obs"].iloc[0])
    assert lost == 2 and f"{lost} of these are the only ones of their provinces" in ask(definition="regulation")[2]
    assert "drop out" not in ask()[2]


def test_reports_that_are_not_made_are_not_linked(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "reports", lambda: tmp_path)
    assert "/reports/" not in ask()[2] and "make demo" in ask()[2]
    (tmp_path / "index.html").touch()
    assert 'href="/reports/index.html"' in ask()[2]


def test_the_widgets_follow_the_outcome():
    box = explore.app()
    controls = {part.description: part for part in box.children[0].children[0].children}
    controls["Outcome"].value = "papi_total"
    assert controls["First year"].options[0] == ("2011", "2011")
    controls["Covariates"].value = ["enterprises_active"]
    assert [name for _text, name in controls["Pool across changes of definition"].options] == [
        "papi_dimensions_2018",
        "enterprises_2017",
    ]


def test_a_refused_choice_keeps_no_picture_of_another():
    box = explore.app()
    controls, (said, _shown) = box.children[0].children[0].children, box.children[0].children[1].children
    years = next(part for part in controls if part.description == "First year")
    years.value = "2006"
    assert "Not possible:" in said.value
    assert "2009: The weights" in said.value
    years.value = "2013"
    assert said.value == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser, tmp_path, scheme):
    page, rest = ask()[2], ask("rest")[2]
    before, after = page.split('<p class="soft" id="wait">')
    (tmp_path / "explore.html").write_text(f"{before}{rest}<p>{after}", encoding="utf-8")
    assert serious_violations(browser, tmp_path / "explore.html", 390, scheme) == []


@pytest.fixture(scope="module")
def served():
    """The address of the explorer, answered in a thread of its own."""
    loop, ready, started = asyncio.new_event_loop(), threading.Event(), []

    async def start():
        started.extend(serve.make(0, explore.respond))
        ready.set()

    def run():
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(600)
    yield started[1]
    loop.call_soon_threadsafe(started[0].stop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def opened(served, tab):
    """Open a choice in a browser, and wait for what an action gives."""

    def answered(act=lambda: tab.goto(served), refused=False):
        tab.evaluate("document.getElementById('rest')?.setAttribute('aria-busy', 'of the choice before')")
        act()
        tab.wait_for_selector("#said .refused" if refused else "#rest:not([aria-busy])", timeout=600_000)
        return tab

    return lambda query="": answered(lambda: tab.goto(f"{served}&{query}")), answered


def test_on_a_phone_the_choices_come_first_folded_and_in_the_order_of_the_keyboard(opened):
    page = opened[0]()
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("!document.getElementById('menu').open")
    above = "document.getElementById('menu').getBoundingClientRect().bottom"
    assert page.evaluate(f"{above} < document.getElementById('answer').getBoundingClientRect().top")
    page.focus("#menu > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "outcome"
    page.set_viewport_size({"width": 1280, "height": 800})
    page.wait_for_function("document.getElementById('menu').open")


def test_a_choice_by_keyboard_changes_answer_and_address(opened):
    page, answered = opened[0](), opened[1]
    assert "This is the first choice looked at." in page.inner_text("#rest")
    page.focus("#post")
    answered(lambda: page.keyboard.press("ArrowDown"))
    assert page.url.endswith("?post=chair")
    assert page.evaluate("document.activeElement.id") == "post"
    assert "2 choices were looked at." in page.inner_text("#rest")
    answered(page.go_back)
    assert (page.input_value("#post"), page.url.partition("?")[2]) == ("secretary", "")
    assert "2 choices were looked at." in page.inner_text("#rest")


def test_a_refused_choice_has_no_answer_and_is_no_look(opened):
    page, answered = opened[0](), opened[1]
    answered(lambda: page.select_option("#first", "2008"), refused=True)
    assert (page.inner_text("#answer").strip(), page.input_value("#first")) == ("", "2008")
    assert page.url.endswith("?first=2008&last=2021")
    answered(lambda: page.select_option("#first", "2014"))
    assert "2 choices were looked at." in page.inner_text("#rest")


def test_all_of_the_page_is_of_the_address_and_the_next_change_keeps_it(opened):
    page, answered = opened[0]("provinces=-79&covariates=grdp_growth_pct"), opened[1]
    choice = Choice(provinces=("-79",), covariates=("grdp_growth_pct",))
    shown = explore.main(choice)["p_value"].iloc[0]
    assert words.p_value(shown) in page.inner_text("#rest table")
    assert "62 provinces" in page.inner_text("#answer") and "in all provinces but" in page.inner_text("#rest").lower()
    answered(lambda: page.select_option("#post", "chair"))
    assert page.url.endswith("?post=chair&provinces=-79&covariates=grdp_growth_pct")
    answered(lambda: page.click("#languages a"))
    assert page.url.endswith("?post=chair&provinces=-79&covariates=grdp_growth_pct&lang=vi")
    assert "Đã xem 2 lựa chọn." in page.inner_text("#rest")
    assert page.complaints == []
