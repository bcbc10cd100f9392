"""The index of all reports: what it lists, and how it is searched."""

import json
import os
import re

import pytest
from conftest import SETTINGS, UNITS, fits_its_screen, serious_violations

from press import render, site

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
        "titles": {"en": "How has this province fared?", "vi": "Tỉnh này ra sao?"},
        "names": names,
        "parameters": {"province": code},
        "labels": {"province": names},
        "status": status,
        "error": error,
    }


ENTRIES = [_entry("ha-noi", "01"), _entry("dak-lak", "66", "failed", "ValueError: <i>no</i>")]


def _index(lang="en", entries=ENTRIES):
    return site.reports_html(entries, lang, 3)


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
    site.write_site(ENTRIES, 3)
    os.utime(project / "reports" / "reports.html", (1, 1))
    site.write_site(ENTRIES, 3)
    assert (project / "reports" / "reports.html").stat().st_mtime == 1
    assert sorted(p.name for p in (project / "reports").iterdir()) == sorted(site.names())


def test_the_list_in_a_browser_searches_and_filters_without_network(tab, project):
    site.write_site(ENTRIES, 3)
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
    site.write_site(ENTRIES, 3)
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


def test_a_misspelt_word_is_mended_and_the_others_stay(tab, project):
    assert _search(tab, project, "dak lka") == []
    tab.get_by_role("button", name="dak lak", exact=True).click()
    assert tab.locator("#hits li:visible").count() == 1


def test_a_search_finds_the_name_of_a_notebook(tab, project):
    assert "How has this province fared?" in _search(tab, project, "province 05")[0]


def test_no_filter_asks_for_what_is_not_there(project):
    assert '<select name="status">' in _index() and '<select name="status">' not in _index(entries=ENTRIES[:1])


def test_the_map_is_one_stop_of_the_tab_key_and_arrows_move_on_it(tab, project):
    site.write_site([ENTRIES[0], _entry("dak-lak", "66")], 3)
    tab.goto(f"file://{project}/reports/index.html")
    tab.locator(".tiles a").first.focus()
    assert tab.locator(".tiles a[tabindex='0']").count() == 1
    before = tab.evaluate("document.activeElement.textContent")
    tab.keyboard.press("ArrowUp" if before == "Dak Lak" else "ArrowDown")
    assert {before, tab.evaluate("document.activeElement.textContent")} == {"Dak Lak", "Ha Noi"}


def test_a_link_to_a_filtered_index_shows_the_filter(tab, project):
    site.write_site(ENTRIES, 3)
    tab.goto(f"file://{project}/reports/reports.vi.html#province=66")
    assert tab.locator("li[data-text]:visible").count() == 1


def test_the_index_lists_everything_without_its_script(browser, project):
    site.write_site(ENTRIES, 3)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{project}/reports/reports.html")
    assert page.locator("li[data-text]:visible").count() == 2 and page.locator("form:visible").count() == 0
    context.close()


EVIDENCE = """
[labels]
province = "provinces"
design = "designs"
[sets.designs]
values = [{ value = "a", en = "Design A", vi = "Thiết kế A" }, { value = "b", en = "Design B", vi = "Thiết kế B" }]
[sets.units]
csv = "data/units_of.csv"
value = "outcome"
labels = { en = "unit", vi = "unit", way = "better" }
[evidence]
columns = { outcome = { en = "Outcome", vi = "Chỉ tiêu" }, design = { en = "Design", vi = "Thiết kế" }, years = "Years" }
apart = []
where = { model = ["main"] }
units = "units"
units_of = "outcome"
difference = {}
start = { outcome = "growth" }
[evidence.grid]
rows = ["outcome"]
column = "design"
columns = ["a", "b"]
where = { years = [""] }
[evidence.curve]
by = ["design", "years"]
where = {}
[evidence.verdict]
file = "05_province/ha-noi/verdicts.csv"
keys = ["outcome"]
columns = ["found"]
adjusted = "holm_{design}"
label = { en = "Verdict", vi = "Kết luận" }
labels = { some = { en = "designs disagree", vi = "khác nhau" } }
"""
RESULTS = """report,outcome,design,years,model,estimate,conf_low,conf_high,p_value
05_province/ha-noi,growth,a,,main,-0.5,-1,0.1,0.2
05_province/ha-noi,growth,b,,main,1.25,0.5,2,0.001
05_province/ha-noi,growth,b,1,main,2,1,3,0.001
05_province/ha-noi,<img src=x onerror=alert(1)>,a,,main,3,,,
05_province/ha-noi,growth,c,,main,9,,,
05_province/ha-noi,growth,a,,other,9,,,
"""


@pytest.fixture
def evidence(project):
    """The project with results of one report, and the verdict on them."""
    (project / "reports.toml").write_text(SETTINGS.replace('[labels]\nprovince = "provinces"', "") + EVIDENCE, "utf-8")
    (project / "data/units_of.csv").write_text("outcome,unit,better\ngrowth,points,higher\n")
    (project / "reports/05_province/ha-noi/en").mkdir(parents=True)
    (project / "reports/05_province/ha-noi/en/index.html").write_text("the report")
    (project / "reports/results.csv").write_text(RESULTS)
    (project / "reports/05_province/ha-noi/verdicts.csv").write_text(
        "outcome,found,holm_a,holm_b\ngrowth,some,1,0.01\n"
    )
    site.write_site(ENTRIES, 3)
    return project


def test_the_evidence_shows_sign_size_interval_p_verdict_and_link(tab, evidence):
    tab.goto(f"file://{evidence}/reports/evidence.html")
    (row,) = tab.locator("#table tbody tr").all()
    cells = row.locator("td").all_inner_texts()
    assert cells[1].split("\n") == ["▼ 0.5 points", "lower, worse", "[−1; 0.1]", "p 0.200; adjusted 1.000"]
    assert cells[2].split("\n")[0] == "▲ 1.25 points" and cells[0] == "designs disagree"  # first: a phone shows it
    assert row.locator("a").first.get_attribute("href") == "05_province/ha-noi/en/index.html"
    assert tab.locator("#count").inner_text() == "2 of 4 estimates" and tab.asked == [] and tab.complaints == []


def test_the_evidence_is_filtered_and_sorted_and_its_address_keeps_both(tab, evidence):
    tab.goto(f"file://{evidence}/reports/evidence.html")
    tab.get_by_label("One row an estimate").check()
    tab.locator("select[name=outcome]").select_option("")
    tab.get_by_role("button", name="Difference").click()
    tab.get_by_role("button", name="Difference").click()
    shown = [line.split("\t")[1] for line in tab.locator("#table tbody tr").all_inner_texts()]
    assert [text.split()[0] for text in shown] == ["3", "2", "1.25", "−0.5"]
    tab.locator("select[name=design]").select_option("b")
    address = tab.url
    assert tab.locator("#table tbody tr").count() == 2 and "design=b" in address and "sort=estimate" in address
    tab.goto("about:blank")
    tab.goto(address)
    assert [line.split("\t")[1].split()[0] for line in tab.locator("#table tbody tr").all_inner_texts()] == [
        "2",
        "1.25",
    ]


def test_the_curve_answers_to_the_keyboard_and_leads_to_the_report(tab, evidence):
    tab.goto(f"file://{evidence}/reports/evidence.html")
    marks = tab.locator("#drawn a.mark")
    assert marks.count() == 3 and tab.locator("#drawn a.sure").count() == 2
    assert "Design" in tab.locator("#drawn text.bold").all_text_contents()  # a heading above the values of each choice
    marks.first.focus()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#told").inner_text() == "1.25 points, [0.5; 2], p 0.001, Design B"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/05_province/ha-noi/en/index.html")
    tab.go_back()
    assert tab.locator("#drawn a.mark").count() == 3


@pytest.mark.parametrize("kind", ["csv", "xlsx", "tex"])
def test_what_the_evidence_shows_can_be_downloaded(tab, evidence, kind, tmp_path):
    import openpyxl

    tab.goto(f"file://{evidence}/reports/evidence.html")
    with tab.expect_download() as waiting:
        tab.locator(f"[data-save={kind}]").click()
    file = tmp_path / f"saved.{kind}"
    waiting.value.save_as(file)
    if kind == "xlsx":
        rows = list(openpyxl.load_workbook(file).active.values)
        assert rows[0][:4] == ("Outcome", "Design", "Years", "Difference") and rows[2][1:5] == (
            "Design B",
            "",
            1.25,
            "points",
        )
    else:
        text = file.read_text(encoding="utf-8-sig")
        wanted = {
            "csv": "growth,Design B,,1.25,points,0.5,2,0.001,0.01,designs disagree",
            "tex": "growth & Design B &  & 1.25 &",
        }
        assert wanted[kind] in text


def test_no_text_of_a_table_runs_on_the_pages_of_the_site(tab, evidence):
    alerts = []
    tab.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    tab.goto(f"file://{evidence}/reports/evidence.html#view=list")
    tab.wait_for_function("document.querySelector('#table').innerText.includes('<img src=x')")
    assert tab.locator("#table img").count() == 0 and alerts == []


def _settings(project, text, **files):
    for name, content in files.items():
        target = project / "reports" / name.replace("__", "/").replace("_csv", ".csv")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    (project / "reports.toml").write_text(SETTINGS + text, encoding="utf-8")


def test_the_front_page_opens_with_the_answer_of_a_report_and_its_doors(project):
    cells = [
        {"cell_type": "markdown", "source": "# T", "metadata": {}},
        {
            "cell_type": "markdown",
            "source": "**None.** Of [07](07_x.ipynb) none, p = 0.05. More <b>.",
            "metadata": {"tags": ["answer"]},
        },
    ]
    book = project / "reports/05_province/ha-noi/notebook.ipynb"
    book.parent.mkdir(parents=True)
    book.write_text(json.dumps({"cells": cells}))
    _settings(
        project, '[site]\nanswer = "05_province/ha-noi"\n[[site.doors]]\nto = "reports"\ntitle = "All"\ntext = "<b>"\n'
    )
    page = _front()
    assert '<p class="lead"><strong>None.</strong> Of 07 none, p = 0.05.</p>' in page
    assert '<meta property="og:description" content="None. Of 07 none, p = 0.05.">' in page
    assert '<a href="reports.html"><strong>All</strong><span>&lt;b&gt;</span></a>' in page


def test_the_map_is_shaded_by_a_table_that_a_report_left(project):
    shade = """
[[tiles.shades]]
label = "now"
file = "05_province/ha-noi/now.csv"
key = "code"
value = "new"
says = "{who}: {label}"
classes = { true = "from elsewhere" }
"""
    _settings(project, TILES + shade, **{"05_province__ha-noi__now_csv": "code,who,new\n01,<A>,True\n"})
    page = _front()
    assert (
        'class="0-true"><a href="05_province/ha-noi/en/index.html" data-province="01" title="&lt;A&gt;: from elsewhere"'
        in page
    )
    assert 'class="0-unknown"><span>Kon Tum</span>' in page


def test_a_text_of_the_project_is_a_page_whose_links_lead_to_where_it_stood(project):
    text = "# Data\n\n[a](a.csv) [b](https://example.org) [me](README.md)\n\n## New `x_y` one\n\n- **It changed.** What for.\n\n|a|\n|-|\n|1|\n"
    (project / "data/README.md").write_text(text)
    _settings(project, '[[site.pages]]\nname = "data"\nfile = "data/README.md"\ntitle = "The data"\nlatest = true\n')
    site.write_site(ENTRIES, 3)
    page = (project / "reports/data.html").read_text()
    assert (
        "<title>The data · Toys</title>" in page
        and 'href="../data/a.csv"' in page
        and 'href="https://example.org"' in page
    )
    assert 'href="data.html"' in page and '<h2 id="new-x_y-one">' in page
    assert '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>' in page
    assert "New <code>x_y</code> one: It changed" in _front() and "data.vi.html" in site.names()


def test_the_front_page_gives_the_first_three_of_the_latest_changes(project):
    entries = "".join(f"- **Change {n}.** What for.\n" for n in range(1, 6))
    (project / "data/README.md").write_text(f"# Changes\n\n## Now\n\n{entries}\n## Before\n\n- **Change 0.**\n")
    _settings(project, '[[site.pages]]\nname = "data"\nfile = "data/README.md"\ntitle = "The data"\nlatest = true\n')
    assert re.findall(r"<li>(.*?)</li>", _front()) == [f"Now: Change {n}" for n in (1, 2, 3)]


def test_every_page_says_who_made_it_how_to_cite_and_whom_to_tell_of_a_mistake(project):
    page = '[[site.pages]]\nname = "data"\nfile = "data/README.md"\ntitle = "The data"\n'
    foot = 'authors = { en = "A and B", vi = "A và B" }\ndata_until = "To 2024."\ncitation = "data"\ncorrections = "data"\n'
    file = project / "reports.toml"
    file.write_text(file.read_text("utf-8").replace("[project]\n", f"[project]\n{foot}", 1) + page, encoding="utf-8")
    site.write_site(ENTRIES, 3)
    said = {}
    for name in ("index.html", "index.vi.html", "reports.html", "data.html"):
        (said[name],) = re.findall(r'(?s)<p class="foot">(.*?)</p>', (project / "reports" / name).read_text("utf-8"))
    assert "Methods and tables: A and B. To 2024." in said["reports.html"] and 'href="data.html"' in said["data.html"]
    assert "please tell those you have these pages from." in said["index.html"]
    assert (
        "Phương pháp và bảng số liệu: A và B." in said["index.vi.html"]
        and 'href="data.vi.html"' in said["index.vi.html"]
    )
    file.write_text(file.read_text("utf-8").replace("citation = ", 'contact = "c@d.vn"\ncitation = '), encoding="utf-8")
    assert render.foot("vi", "../../")["citation"] == "../../data.vi.html" and "please tell c@d.vn." in _front()


def test_a_text_of_the_project_that_is_not_utf8_is_named(project):
    (project / "data/README.md").write_bytes(b"# \xe9")
    _settings(project, '[[site.pages]]\nname = "data"\nfile = "data/README.md"\ntitle = "The data"\n')
    with pytest.raises(ValueError, match=r"data/README.md is not text in UTF-8"):
        site.write_site(ENTRIES, 3)


@pytest.mark.parametrize("width", [340, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen(browser, project, width, scheme):
    site.write_site(ENTRIES, 3)
    assert fits_its_screen(browser, project / "reports/reports.html", width, scheme)


@pytest.mark.parametrize("kind", ["index", "reports", "evidence"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_no_serious_violation(browser, evidence, kind, scheme, width):
    assert serious_violations(browser, evidence / f"reports/{kind}.html", width, scheme) == []
