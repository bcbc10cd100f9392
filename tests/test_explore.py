"""The explorer: a choice and its address, what is answered, what is refused, and the page in a browser's hands."""

import html
import re

import pandas as pd
import pytest
from conftest import serious_violations

from helpers import explore, words
from helpers.explore import Choice


@pytest.fixture(autouse=True)
def english():
    yield
    words.use("en")


def ask(path="", **query):
    status, headers, body = explore.respond(path, {k: v if isinstance(v, list) else [v] for k, v in query.items()})
    return status, headers, body.decode()


def refusal(text):
    return html.unescape(re.search(r'id="refused".*?<span>(.*?)</span>', text, re.DOTALL)[1])


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(outcome="poverty_rate_pct", post="chair", first="2012", last="2016", lang="vi"),
        Choice(provinces="Central Highlands", covariates=("population_thousand", "enterprises_active")),
        Choice(pool=("pci_weights_2009", "pci_weights_2013"), first="2006"),
    ],
)
def test_an_address_gives_the_choice_back(choice):
    from urllib.parse import parse_qs

    assert explore.read(parse_qs(choice.address())) == choice


def test_what_an_address_does_not_know_is_not_used():
    assert explore.read({"colour": ["red"], "lang": ["fr"]}) == Choice()


def test_the_page_opens_with_coverage_and_figure():
    status, _, text = ask()
    panel = explore.panel_of(Choice())
    assert (status, refusal(text)) == (200, "")
    assert panel.counted in text
    assert "<svg" in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"outcome": "nonsense"}, "nonsense"),
        ({"first": "2020", "last": "2010"}, "[2020, 2010]"),
        ({"first": "abc"}, "abc"),
        ({"first": "1"}, "'1'"),
        ({"provinces": "Nowhere"}, "Nowhere"),
        ({"covariates": ["x"]}, "'x'"),
        ({"definition": "luck"}, "luck"),
        ({"post": "mayor"}, "mayor"),
        ({"pool": ["no_such_break"]}, "no_such_break"),
        ({"first": "2006"}, "pci_weights_2009"),
    ],
)
def test_a_refused_choice_says_why(query, said):
    status, _, text = ask(**query)
    assert status == 422
    assert said in refusal(text)


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
        assert f'name="pool" value="{name}"' in text


def test_the_rest_has_every_main_design_and_nothing_bold():
    text = ask("rest")[2]
    for estimator in ("two-way fixed effects", "counterfactual from years under locals", "first changes (dCDH)"):
        assert estimator in text
    assert "<strong>" not in text
    assert text.count("<svg") == 2


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
        assert (status, headers["Content-Disposition"]) == (200, f'attachment; filename="{path}"')
        assert column in text.partition("\n")[0]


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
    choice = Choice(outcome="poverty_rate_pct", provinces="Northern Midlands and Mountains", first="2010", last="2016")
    choice = Choice(outcome="poverty_rate_pct", post="chair") if choice.provinces not in explore.regions() else choice
    space = {}
    exec(explore.code(choice).replace("effects.main(panel)", "rows = effects.main(panel)"), space)
    pd.testing.assert_frame_equal(space["rows"], explore.main(choice))


def test_the_widgets_follow_the_outcome():
    box = explore.app()
    controls = {part.description: part for part in box.children[0].children[0].children}
    controls["Outcome"].value = "papi_total"
    assert controls["Years"].options[0] == 2011


def test_a_refused_choice_keeps_the_last_picture():
    box = explore.app()
    controls, (said, _shown) = box.children[0].children[0].children, box.children[0].children[1].children
    years = next(part for part in controls if part.description == "Years")
    years.value = (2006, 2021)
    assert "Not possible:" in said.value
    assert "pci_weights_2009" in said.value
    years.value = (2013, 2021)
    assert said.value == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser, tmp_path, scheme):
    page, rest = ask()[2], ask("rest")[2]
    before, after = page.split('<p class="soft" id="wait">')
    (tmp_path / "explore.html").write_text(f"{before}{rest}<p>{after}", encoding="utf-8")
    assert serious_violations(browser, tmp_path / "explore.html", 390, scheme) == []


def test_a_choice_by_keyboard_changes_answer_and_address(browser):
    import asyncio
    import threading

    from press import serve

    loop, ready, started = asyncio.new_event_loop(), threading.Event(), []

    async def start():
        started.append(serve.make(0, explore.respond))
        ready.set()

    def run():
        loop.run_until_complete(start())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(600)
    page = browser.new_page()
    page.goto(started[0][1])
    page.wait_for_selector("#rest:not([aria-busy])", timeout=600_000)
    page.focus("#post")
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**post=chair**", timeout=600_000)
    page.wait_for_selector("#rest:not([aria-busy])", timeout=600_000)
    assert "2 choices were looked at." in page.inner_text("#rest")
    before = page.inner_html("#answer figure")
    page.select_option("#last", "2008")
    page.wait_for_selector("#refused:not([hidden])", timeout=600_000)
    assert page.inner_html("#answer figure") == before
    page.close()
    loop.call_soon_threadsafe(started[0][0].stop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
