"""The index of all reports: what it lists, and how it is searched."""

import os
import re

import pytest
from conftest import SETTINGS, UNITS, fits_its_screen, serious_violations

from press import site

TILES = """
[tiles]
csv = "data/tiles.csv"
value = "unit_code"
set = "provinces"
filed = "province"
title = { en = "Provinces", vi = "Các tỉnh" }
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with three provinces and their tiles."""
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    for folder in ("data", "reports"):
        (tmp_path / folder).mkdir()
    (tmp_path / "reports.toml").write_text(SETTINGS + TILES, encoding="utf-8")
    (tmp_path / "data" / "units.csv").write_text(UNITS, encoding="utf-8")
    (tmp_path / "data" / "tiles.csv").write_text("unit_code,row,col\n01,0,1\n62,1,2\n66,2,2\n")
    return tmp_path


def _entry(place, code, status="ok", error=None):
    names = {"01": {"en": "Ha Noi", "vi": "Hà Nội"}, "66": {"en": "Dak Lak", "vi": "Đắk Lắk"}}[code]
    return {
        "id": f"05_province/{place}",
        "notebook": "05_province",
        "slug": place,
        "titles": {lang: f"{name} · Title" for lang, name in names.items()},
        "names": names,
        "parameters": {"province": code},
        "labels": {"province": names},
        "status": status,
        "error": error,
    }


ENTRIES = [_entry("ha-noi", "01"), _entry("dak-lak", "66", "failed", "ValueError: <i>no</i>")]
TITLES = {"05_province": {"en": "How has this province fared?", "vi": "Tỉnh này ra sao?"}}


def _index(lang="en", entries=ENTRIES):
    return site.reports_html(entries, TITLES, lang, 3)


def _front(lang="en", entries=ENTRIES):
    return site.front_html(entries, lang)


def test_the_index_lists_every_run_once_with_both_languages(project):
    page = _index()
    assert page.count("<li data-text") == 2 and "2 of 3 reports made" in page and "1 failed" in page
    assert 'href="05_province/ha-noi/en/index.html"' in page and 'href="05_province/ha-noi/vi/index.html"' in page
    assert "How has this province fared?" in page and "&lt;i&gt;no&lt;/i&gt;" in page


def test_the_index_exists_in_vietnamese(project):
    page = _index("vi")
    assert '<html lang="vi">' in page and "Tỉnh này ra sao?" in page and ">Đắk Lắk</a>" in page and "Tìm kiếm" in page
    assert ">Dak Lak<" not in page


def test_search_text_has_no_marks(project):
    assert "dak lak" in re.search(r'data-text="([^"]*66[^"]*)"', _index())[1]


def test_the_map_leads_to_reports_and_shows_places_without_one(project):
    page = _front()
    assert 'href="05_province/ha-noi/en/index.html" data-province="01"' in page and "<span>Kon Tum</span>" in page


def test_filters_offer_what_there_is_in_the_order_of_the_language(project):
    page = _index("vi")
    assert page.index('value="66">Đắk Lắk') < page.index('value="01">Hà Nội')


def test_provinces_are_listed_in_the_order_of_the_language(project):
    for lang in ("en", "vi"):
        runs, tiles = _index(lang).partition('class="runs"')[2], _front(lang)
        assert runs.index("05_province/dak-lak/") < runs.index("05_province/ha-noi/")
        assert (
            tiles.index('data-province="66"') < tiles.index('data-province="01"') < tiles.index("<span>Kon Tum</span>")
        )


def test_an_empty_index_is_a_page(project):
    assert "0 of 3 reports made" in _index(entries=[])


def test_an_index_already_right_is_not_written_again(project):
    site.write_site(ENTRIES, TITLES, 3)
    os.utime(project / "reports" / "reports.html", (1, 1))
    site.write_site(ENTRIES, TITLES, 3)
    assert (project / "reports" / "reports.html").stat().st_mtime == 1
    assert sorted(p.name for p in (project / "reports").iterdir()) == sorted(site.names())


def test_the_list_in_a_browser_searches_and_filters_without_network(tab, project):
    site.write_site(ENTRIES, TITLES, 3)
    tab.goto(f"file://{project}/reports/reports.html")
    rows, hits = tab.locator("li[data-text]:visible"), tab.locator("#hits li:visible")
    assert rows.count() == 2
    tab.keyboard.press("/")
    tab.keyboard.type("đắk")
    assert hits.all_inner_texts() == ["Dak Lak How has this province fared?"]
    assert tab.locator("#count").inner_text() == "1 of 2 shown"
    tab.keyboard.press("Escape")
    assert rows.count() == 2
    tab.locator("select[name=status]").select_option("failed")
    assert rows.all_inner_texts()[0].startswith("Dak Lak")
    tab.get_by_role("button", name="Show all").click()
    tab.locator("select[name=province]").select_option("01")
    assert rows.count() == 1 and "province=01" in tab.url
    tab.get_by_role("link", name="Tiếng Việt", exact=True).click()
    assert rows.count() == 1 and tab.url.endswith("reports.vi.html#province=01")
    assert tab.asked == [] and tab.complaints == []


def _search(tab, project, text):
    site.write_site(ENTRIES, TITLES, 3)
    tab.goto(f"file://{project}/reports/reports.html")
    tab.locator("[name=q]").fill(text)
    return tab.locator("#hits li:visible").all_inner_texts()


def test_a_search_finds_words_of_the_text_after_those_of_titles(tab, project):
    for place, text in (("ha-noi", "dak lak also"), ("dak-lak", "other")):
        (project / f"reports/05_province/{place}/en").mkdir(parents=True)
        (project / f"reports/05_province/{place}/en/words.txt").write_text(text)
    assert _search(tab, project, "Đắk Lắk") == [
        "Dak Lak How has this province fared?",
        "Ha Noi How has this province fared? · in the text",
    ]


def test_a_search_knows_people_and_synonyms_of_the_settings(tab, project):
    (project / "data/terms.csv").write_text("code,who\n66,Trần Văn Ba\n", encoding="utf-8")
    (project / "reports.toml").write_text(
        SETTINGS + '[site]\nsynonyms = [["capital", "hà nội"]]\n'
        '[[site.find]]\ncsv = "data/terms.csv"\ntext = "who"\nkey = "code"\nnotebook = "05_province"\n',
        encoding="utf-8",
    )
    assert _search(tab, project, "tran van ba") == ["Dak Lak How has this province fared? · Trần Văn Ba"]
    assert _search(tab, project, "capital") == ["Ha Noi How has this province fared?"]


def test_a_search_without_result_says_what_to_try(tab, project):
    assert _search(tab, project, "lakk") == []
    assert "Nothing found" in tab.locator("#nothing").inner_text()
    tab.get_by_role("button", name="lak", exact=True).click()
    assert tab.locator("#hits li:visible").count() == 1


def test_the_map_is_one_stop_of_the_tab_key_and_arrows_move_on_it(tab, project):
    site.write_site([ENTRIES[0], _entry("dak-lak", "66")], TITLES, 3)
    tab.goto(f"file://{project}/reports/index.html")
    tab.locator(".tiles a").first.focus()
    assert tab.locator(".tiles a[tabindex='0']").count() == 1
    before = tab.evaluate("document.activeElement.textContent")
    tab.keyboard.press("ArrowUp" if before == "Dak Lak" else "ArrowDown")
    assert {before, tab.evaluate("document.activeElement.textContent")} == {"Dak Lak", "Ha Noi"}


def test_a_link_to_a_filtered_index_shows_the_filter(tab, project):
    site.write_site(ENTRIES, TITLES, 3)
    tab.goto(f"file://{project}/reports/reports.vi.html#province=66")
    assert tab.locator("li[data-text]:visible").count() == 1


def test_the_index_lists_everything_without_its_script(browser, project):
    site.write_site(ENTRIES, TITLES, 3)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{project}/reports/reports.html")
    assert page.locator("li[data-text]:visible").count() == 2 and page.locator("form:visible").count() == 0
    context.close()


@pytest.mark.parametrize("width", [340, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen(browser, project, width, scheme):
    site.write_site(ENTRIES, TITLES, 3)
    assert fits_its_screen(browser, project / "reports/reports.html", width, scheme)


@pytest.mark.parametrize("kind", ["index", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_no_serious_violation(browser, project, kind, scheme, width):
    page = {
        "index": _index,
        "empty": lambda: _index(entries=[]),
    }[kind]()
    (project / "p.html").write_text(page, encoding="utf-8")
    assert serious_violations(browser, project / "p.html", width, scheme) == []
