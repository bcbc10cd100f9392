"""The site: report pages, error pages, the index; what they show and what they must not do."""

import http.server
import os
import re
import threading
from importlib import resources
from pathlib import Path

import pytest
from conftest import UNITS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from press import site

PAGE = {
    "lang": "en",
    "title": "A title",
    "index": "../../../index.html",
    "links": [{"label": "Tiếng Việt", "href": "../vi/index.html", "lang": "vi"}],
    "parameters": {"province": '"01"'},
    "files": ["notebook.ipynb", "results.csv"],
    "inputs": {"data/economy.csv": "ab" * 32},
    "rerun": "helpers run",
    "other": "papermill",
    "error": None,
}
AXE = resources.files("axe_playwright_python") / "axe.min.js"
CHROMIUM = site.chromium()


def _text(source, lang=None):
    return new_markdown_cell(source, metadata={"tags": [f"lang-{lang}"]} if lang else {})


def _shown(data, source="f()", **metadata):
    return new_code_cell(source, outputs=[new_output("display_data", data=data, metadata=metadata)], execution_count=1)


def _html(*cells, **page):
    return site.report_html(new_notebook(cells=list(cells)), PAGE | page)


def test_the_other_language_is_left_out():
    cells = (_text("# English", "en"), _text("# Tiếng Việt", "vi"), _text("both"))
    english, vietnamese = _html(*cells), _html(*cells, lang="vi", title="Một")
    assert "English</h1>" in english and "Tiếng Việt</h1>" not in english and "both" in english
    assert "Tiếng Việt</h1>" in vietnamese and "English</h1>" not in vietnamese and "both" in vietnamese
    assert '<html lang="en">' in english and '<html lang="vi">' in vietnamese and "Tất cả báo cáo" in vietnamese


def test_equations_are_mathml_made_at_build_time():
    page = _html(_text("Let $x_{it}$ be, and\n\n$$y = \\beta D_{it} + \\varepsilon$$"))
    assert (
        page.count("<math") == 2 and 'display="block"' in page and "$" not in page.split("<main")[1].split("<footer")[0]
    )


def test_an_equation_that_cannot_be_read_is_shown_as_written():
    assert "<code>" in _html(_text("$\\frac{$")) or "<math" in _html(_text("$\\frac{$"))


def test_a_figure_has_its_alternative_text_and_caption_escaped():
    page = _html(
        _shown(
            {"image/png": "AAAA", "text/plain": "x"},
            **{"image/png": {"alt": 'a "b" <c>', "caption": "d & e", "width": 700}},
        )
    )
    assert (
        'alt="a &#34;b&#34; &lt;c&gt;"' in page
        and "<figcaption>d &amp; e</figcaption>" in page
        and 'width="700"' in page
    )


def test_a_figure_without_alternative_text_says_so():
    assert 'alt="Figure without a description"' in _html(_shown({"image/png": "AAAA"}))


def test_code_is_folded_and_cells_without_output_join_the_next():
    page = _html(new_code_cell("import a"), new_code_cell("b = 1"), _shown({"text/plain": "1"}, "b"))
    assert page.count('<details class="code">') == 1 and "<details open" not in page


def test_text_of_a_cell_and_of_a_stream_is_escaped():
    stream = new_code_cell(
        "f('<script>')", outputs=[new_output("stream", text="<script>alert(1)</script>\x1b[31mred\x1b[0m")]
    )
    page = _html(stream)
    assert page.count("<script>") == 1 and "&lt;script&gt;alert(1)" in page and "\x1b" not in page and "red" in page


def test_scripts_and_widgets_of_a_notebook_are_left_out():
    page = _html(
        _shown({"application/javascript": "alert(1)", "text/plain": "plain"}),
        _shown({"application/vnd.jupyter.widget-view+json": {}, "text/plain": "w"}),
    )
    assert "alert(1)" not in page and "plain" in page


def test_headings_have_unique_anchors():
    page = _html(_text("## Kết quả"), _text("## Kết quả"))
    assert 'id="ket-qua"' in page and 'id="ket-qua-2"' in page


def test_the_policy_allows_the_one_script_and_no_network():
    page = _html(_text("x"))
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    assert site.policy(script) in page
    assert "default-src 'none'" in page and "unsafe-inline'; script" in page and "script-src 'sha256-" in page


@pytest.mark.parametrize("kind", ["report", "index"])
def test_a_page_names_no_address_it_would_load(kind, project):
    page = _html(_text("x")) if kind == "report" else _index()
    assert (
        not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page) and "@import" not in page and "url(" not in page
    )


def test_the_same_notebook_gives_the_same_bytes():
    cells = (_text("# a $x$"), _shown({"text/html": "<table></table>"}))
    for number, cell in enumerate(cells):
        cell.id = f"fixed-{number}"
    assert _html(*cells) == _html(*cells)


def test_provenance_stands_in_the_footer():
    page = _html(_text("x"))
    footer = page.split("<footer")[1]
    assert "province = &#34;01&#34;" in footer and "data/economy.csv abababababab" in footer and "results.csv" in footer
    assert "helpers run" in footer and "papermill" in footer


def test_an_error_page_names_cell_error_parameters_and_how_to_try_again():
    error = {"name": "ValueError", "message": "<b>wrong</b>", "cell": 4, "source": "f('<x>')", "traceback": "line <1>"}
    page = _html(_text("# a"), error=error)
    head = page.split("</section>")[0]
    assert "ValueError" in head and "&lt;b&gt;wrong" in head and "<dd>4" in head and "f(&#39;&lt;x&gt;&#39;)" in head
    assert "province = &#34;01&#34;" in head and "helpers run" in head and "line &lt;1&gt;" in head


def test_an_error_page_ends_with_the_cell_that_failed():
    error = {"name": "E", "message": "m", "cell": 1, "source": "f()", "traceback": ""}
    page = _html(_text("# before"), _text("# never reached"), error=error)
    assert "before</h1>" in page and "never reached" not in page


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with three provinces and their tiles."""
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    for folder in ("data", "reports"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data" / "units.csv").write_text(UNITS, encoding="utf-8")
    (tmp_path / "data" / "tiles.csv").write_text("unit_code,row,col\n01,0,1\n62,1,2\n66,2,2\n")
    return tmp_path


def _entry(place, lang, code, status="ok", error=None):
    names = {"01": {"en": "Ha Noi", "vi": "Hà Nội"}, "66": {"en": "Dak Lak", "vi": "Đắk Lắk"}}[code]
    return {
        "id": f"05_province/{place}/{lang}",
        "notebook": "05_province",
        "slug": place,
        "lang": lang,
        "title": f"Title · {names[lang]}",
        "name": names[lang],
        "parameters": {"province": code, "lang": lang},
        "labels": {"province": names},
        "status": status,
        "error": error,
    }


ENTRIES = [
    _entry("ha-noi", "en", "01"),
    _entry("ha-noi", "vi", "01"),
    _entry("dak-lak", "en", "66", "failed", "ValueError: <i>no</i>"),
    _entry("dak-lak", "vi", "66"),
]
TITLES = {"05_province": {"en": "How has this province fared?", "vi": "Tỉnh này ra sao?"}}


def _index(lang="en", entries=ENTRIES):
    return site.index_html(entries, TITLES, lang, 6)


def test_the_index_lists_every_run_once_with_both_languages(project):
    page = _index()
    assert page.count("<li data-text") == 2 and "4 of 6 reports made" in page and "1 failed" in page
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
    assert "0 of 6 reports made" in _index(entries=[])


def test_an_index_already_right_is_not_written_again(project):
    site.write_index(ENTRIES, TITLES, 6)
    os.utime(project / "reports" / "index.html", (1, 1))
    site.write_index(ENTRIES, TITLES, 6)
    assert (project / "reports" / "index.html").stat().st_mtime == 1
    assert sorted(p.name for p in (project / "reports").iterdir()) == ["index.html", "index.vi.html"]


def test_every_message_of_the_pages_has_a_vietnamese_text():
    from helpers.words import Words

    templates = Path(site.__file__).parent / "templates" / "report"
    said = {
        m[1] or m[2]
        for t in templates.glob("*.j2")
        for m in re.finditer(r"""w\((?:"([^"]+)"|'([^']+)')""", t.read_text())
    }
    words = Words("vi")
    assert len(said) > 30
    for message in said:
        assert words(message, n=1, made=1, expected=2, failed=0)


@pytest.fixture(scope="module")
def browser():
    """A real browser."""
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def tab(browser):
    """An empty page that records what it asks of the network and what it complains of."""
    page = browser.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda r: page.asked.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.complaints.append(str(e)))
    yield page
    page.close()


@pytest.fixture
def server():
    """A server on this machine that remembers what it was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()


def test_a_report_in_a_browser_asks_no_network_and_unfolds_all_code(tab, tmp_path, server):
    address, asked = server
    hostile = (
        f"<img src={address}/image><script>fetch('{address}/script')</script><link rel=stylesheet href={address}/style>"
    )
    hostile += f"<iframe src={address}/frame></iframe><img src=x onerror=\"fetch('{address}/handler')\"><object data={address}/object>"
    (tmp_path / "r.html").write_text(
        _html(_text("# a $x$"), _shown({"text/plain": "1"}), _shown({"text/html": hostile})), encoding="utf-8"
    )
    tab.goto(f"file://{tmp_path}/r.html")
    tab.wait_for_timeout(300)
    assert asked == []
    assert tab.locator("details.code[open]").count() == 0
    tab.get_by_role("button", name="Show all code").click()
    assert tab.locator("details.code[open]").count() == tab.locator("details.code").count() == 2
    assert tab.get_by_role("button", name="Hide all code").get_attribute("aria-pressed") == "true"


def test_an_error_page_in_a_browser_asks_no_network(tab, tmp_path, server):
    address, asked = server
    hostile = f"<img src={address}/image><script>fetch('{address}/script')</script>"
    error = {"name": hostile, "message": hostile, "cell": 1, "source": hostile, "traceback": hostile}
    (tmp_path / "r.html").write_text(
        _html(_text("# a"), _shown({"text/html": hostile}), error=error, title=hostile), encoding="utf-8"
    )
    tab.goto(f"file://{tmp_path}/r.html")
    tab.wait_for_timeout(300)
    assert asked == [] and "could not be made" in tab.locator("main").inner_text()
    assert tab.asked == []


def test_the_index_in_a_browser_searches_and_filters_without_network(tab, project):
    site.write_index(ENTRIES, TITLES, 6)
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
    site.write_index(ENTRIES, TITLES, 6)
    tab.goto(f"file://{project}/reports/index.vi.html#province=66")
    assert tab.locator("li[data-text]:visible").count() == 1


@pytest.mark.parametrize("width", [340, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen(browser, project, width, scheme):
    site.write_index(ENTRIES, TITLES, 6)
    wide = "<table><tr>" + "<td>a long cell</td>" * 40 + "</tr></table>"
    (project / "r.html").write_text(
        _html(_text("# a"), _shown({"text/html": wide}), new_code_cell("x" * 500)), encoding="utf-8"
    )
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for address in ("reports/index.html", "r.html"):
        page.goto(f"file://{project}/{address}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    page.close()


@pytest.mark.parametrize("kind", ["report", "error", "index", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_no_serious_violation(browser, project, kind, scheme, width):
    cells = (
        _text("# a $x$\n\n## b"),
        _shown({"text/html": "<table><caption>c</caption><tr><th scope=col>h</th></tr><tr><td>1</td></tr></table>"}),
        _shown({"image/png": "AAAA"}, **{"image/png": {"alt": "a"}}),
    )
    error = {"name": "E", "message": "m", "cell": 1, "source": "f()", "traceback": "t"}
    page = {
        "report": lambda: _html(*cells),
        "error": lambda: _html(*cells, error=error),
        "index": _index,
        "empty": lambda: _index(entries=[]),
    }[kind]()
    (project / "p.html").write_text(page, encoding="utf-8")
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 800})
    tab = context.new_page()
    tab.goto(f"file://{project}/p.html")
    tab.add_script_tag(path=AXE)
    found = tab.evaluate("axe.run()")["violations"]
    context.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_the_index_lists_everything_without_its_script(browser, project):
    site.write_index(ENTRIES, TITLES, 6)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{project}/reports/index.html")
    assert page.locator("li[data-text]:visible").count() == 2 and page.locator("form:visible").count() == 0
    context.close()
