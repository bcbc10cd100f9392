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
    return site.index_html(entries, TITLES, lang, 3)


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
    page = _index()
    assert 'href="05_province/ha-noi/en/index.html" data-province="01"' in page and "<span>Kon Tum</span>" in page


def test_filters_offer_what_there_is_in_the_order_of_the_language(project):
    page = _index("vi")
    assert page.index('value="66">Đắk Lắk') < page.index('value="01">Hà Nội')


def test_provinces_are_listed_in_the_order_of_the_language(project):
    for page in (_index("en"), _index("vi")):
        runs, tiles = page[page.index('class="runs"') :], page[page.index('class="tiles"') : page.index('class="runs"')]
        assert runs.index("05_province/dak-lak/") < runs.index("05_province/ha-noi/")
        assert (
            tiles.index('data-province="66"') < tiles.index('data-province="01"') < tiles.index("<span>Kon Tum</span>")
        )


def test_an_empty_index_is_a_page(project):
    assert "0 of 3 reports made" in _index(entries=[])


def test_an_index_already_right_is_not_written_again(project):
    site.write_index(ENTRIES, TITLES, 3)
    os.utime(project / "reports" / "index.html", (1, 1))
    site.write_index(ENTRIES, TITLES, 3)
    assert (project / "reports" / "index.html").stat().st_mtime == 1
    assert sorted(p.name for p in (project / "reports").iterdir()) == ["index.html", "index.vi.html"]


def test_the_index_in_a_browser_searches_and_filters_without_network(tab, project):
    site.write_index(ENTRIES, TITLES, 3)
    tab.goto(f"file://{project}/reports/index.html")
    rows = tab.locator("li[data-text]:visible")
    assert rows.count() == 2
    tab.keyboard.press("/")
    tab.keyboard.type("đắk")
    assert rows.count() == 1 and tab.locator("#count").inner_text() == "1 of 2 shown"
    tab.keyboard.press("Escape")
    assert rows.count() == 2
    tab.locator("select[name=status]").select_option("failed")
    assert rows.all_inner_texts()[0].startswith("Dak Lak")
    tab.get_by_role("button", name="Show all").click()
    tab.locator("select[name=province]").select_option("01")
    assert rows.count() == 1 and "province=01" in tab.url
    assert tab.asked == [] and tab.complaints == []


def test_a_link_to_a_filtered_index_shows_the_filter(tab, project):
    site.write_index(ENTRIES, TITLES, 3)
    tab.goto(f"file://{project}/reports/index.vi.html#province=66")
    assert tab.locator("li[data-text]:visible").count() == 1


def test_the_index_lists_everything_without_its_script(browser, project):
    site.write_index(ENTRIES, TITLES, 3)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{project}/reports/index.html")
    assert page.locator("li[data-text]:visible").count() == 2 and page.locator("form:visible").count() == 0
    context.close()


@pytest.mark.parametrize("width", [340, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen(browser, project, width, scheme):
    site.write_index(ENTRIES, TITLES, 3)
    assert fits_its_screen(browser, project / "reports/index.html", width, scheme)


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
