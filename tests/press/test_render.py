"""Pages of reports and of errors: what they show and what they must not do."""

import http.server
import re
import threading
from pathlib import Path

import pytest
from conftest import fits_its_screen, serious_violations
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from press import messages, render

PAGE = {
    "lang": "en",
    "title": "A title",
    "name": "A name",
    "same": [],
    "site": "Toys",
    "front": "../../../index.html",
    "all": "../../../reports.html",
    "near": {"07_other": "../../../07_other/a/en/index.html"},
    "links": [{"label": "Tiếng Việt", "href": "../vi/index.html", "lang": "vi"}],
    "parameters": {"province": '"01"'},
    "files": ["notebook.ipynb", "results.csv"],
    "inputs": {"data/economy.csv": "ab" * 32},
    "rerun": "rotation run",
    "other": "papermill",
    "error": None,
}


def _text(source):
    return new_markdown_cell(source)


def _shown(data, source="f()", **metadata):
    return new_code_cell(source, outputs=[new_output("display_data", data=data, metadata=metadata)], execution_count=1)


def _html(*cells, **page):
    return render.report_html(list(cells), PAGE | page)


def test_a_page_speaks_its_language():
    english, vietnamese = _html(_text("# One")), _html(_text("# Một"), lang="vi", title="Một")
    assert '<html lang="en">' in english and "All reports" in english
    assert '<html lang="vi">' in vietnamese and "Tất cả báo cáo" in vietnamese


def test_equations_are_mathml_made_at_build_time():
    page = _html(_text("Let $x_{it}$ be, and\n\n$$y = \\beta D_{it} + \\varepsilon$$"))
    assert (
        page.count("<math") == 2 and 'display="block"' in page and "$" not in page.split("<main")[1].split("<footer")[0]
    )


@pytest.mark.parametrize(
    "left",
    ["a<!--", "a<!-- b --><!-- c", "<details>a", "<style>a", "<SCRIPT>a", "<textarea>", "<title>", "<plaintext>"],
)
def test_what_an_output_or_a_text_leaves_open_ends_with_it(left):
    import lxml.html

    drawn = _shown({"image/svg+xml": f"<svg>{left}</svg>"})
    page = _html(_text("# One"), _shown({"text/html": left}), drawn, _text(left), _text("## After"))
    read = lxml.html.fromstring(page)
    assert [h.text for h in read.iter("h2")][:1] == ["After "] and "data/economy.csv" in read.get_element_by_id(
        "made"
    ).text_content()


def test_a_damaged_style_sheet_is_named(tmp_path, monkeypatch):
    (tmp_path / "style.css").write_bytes(b"\xff")
    monkeypatch.setattr(render, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"style.css is not text in UTF-8"):
        render.asset.__wrapped__("style.css")


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
    assert 'id="ket-qua"' in page and 'id="ket-qua-2"' in page and 'href="#ket-qua-2" aria-label="Link to' in page


def test_a_notebook_named_in_prose_leads_to_its_nearest_report():
    page = _html(_text("See [07](07_other.ipynb) and [08](08_gone.ipynb)."))
    assert 'See <a href="../../../07_other/a/en/index.html">07</a> and 08.' in page


def test_a_link_to_a_report_is_announced_by_its_own_title_and_answer():
    answer = new_markdown_cell('The **"answer"** <b>.', metadata={"tags": ["answer"]})
    head = _html(_text("# Title"), answer, title="A name · Title").partition("<body>")[0]
    assert '<meta property="og:title" content="A name · Title">' in head
    assert '<meta property="og:description" content="The &#34;answer&#34; .">' in head


SVG = """<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" role="img"><style>* { color: red }</style>
<script>alert(1)</script><defs><path id="m1"/></defs><g><title>Kon Tum: 63.1</title><use xlink:href="#m1"/></g></svg>"""


def test_a_figure_has_its_values_as_a_table_and_its_files_under_it():
    drawn = _shown({"image/svg+xml": "<svg></svg>"}, **{"image/svg+xml": {"name": "a", "data": "figures/a.csv"}})
    page = _html(drawn, files=["figures/a.csv"], tables={"figures/a.csv": [["year", "x"], ["2020", "1.5"]]})
    assert '<a href="../figures/a.csv" download>CSV</a>' in page
    assert '<th scope="row">2020</th><td>1.5</td>' in page
    said = {"name": "a", "data": "figures/a.csv", "rows": [["Năm", "Có"], ["2020", "1,5 <b>"]]}
    page = _html(
        _shown({"image/svg+xml": "<svg></svg>"}, **{"image/svg+xml": said}), tables={"figures/a.csv": [["year"], ["x"]]}
    )
    assert (
        '<th scope="col">Năm</th>' in page
        and "<td>1,5 &lt;b&gt;</td>" in page
        and "year" not in page.partition("<body")[2]
    )


def test_a_drawing_stands_in_the_page_wide_and_narrow_with_names_of_its_own():
    about = {"alt": "a", "caption": "c", "narrow": SVG, "name": "share", "data": "figures/share.csv"}
    cells = [_shown({"image/svg+xml": SVG, "image/png": "AAAA"}, **{"image/svg+xml": about}) for _ in "ab"]
    page = _html(
        *cells[:1], files=["figures/share.csv", "figures/share.svg"], tables={"figures/share.csv": [["x"], ["<1>"]]}
    )
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 2 and len(set(re.findall(r'id="(\w+-m1)"', page))) == 2 and "Kon Tum: 63.1" in page
    assert not any(part in drawing for drawing in drawings for part in ("<style", "<script"))
    assert 'href="../figures/share.svg" download' in page and '<th scope="row">&lt;1&gt;' in page and "AAAA" not in page


def test_a_search_knows_the_words_of_a_page_without_code_figures_marks():
    page = _html(_text("# Quảng Ngãi 2025"), _shown({"text/plain": "10 abc"}, "hidden_code"))
    words = render.words_of(page).split()
    assert {"quang", "ngai", "2025", "abc"} <= {*words} and not {"10", "hidden_code"} & {*words}


def test_the_policy_allows_the_one_script_and_no_network():
    page = _html(_text("x"))
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    assert render.policy(script) in page
    assert "default-src 'none'" in page and "unsafe-inline'; script" in page and "script-src 'sha256-" in page


def test_a_page_names_no_address_it_would_load():
    page = _html(_text("x"))
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
    assert "rotation run" in footer and "papermill" in footer


def test_a_report_ends_with_who_made_it(tmp_path):
    foot = {"authors": "A & B", "data_until": "", "contact": "", "citation": "", "corrections": "../c.html"}
    page = _html(_text("x"), foot=foot)
    assert (
        "Methods and tables: A &amp; B." in page.split("</main>")[1]
        and '<a href="../c.html">Corrections stand here</a>' in page
    )
    assert 'class="foot"' not in _html(_text("x"))


def test_an_error_page_names_cell_error_parameters_and_how_to_try_again():
    error = {"name": "ValueError", "message": "<b>wrong</b>", "cell": 4, "source": "f('<x>')", "traceback": "line <1>"}
    page = _html(_text("# a"), error=error)
    head = page.split("</section>")[0]
    assert "ValueError" in head and "&lt;b&gt;wrong" in head and "<dd>4" in head and "f(&#39;&lt;x&gt;&#39;)" in head
    assert "province = &#34;01&#34;" in head and "rotation run" in head and "line &lt;1&gt;" in head


def test_an_error_page_ends_with_the_cell_that_failed():
    error = {"name": "E", "message": "m", "cell": 1, "source": "f()", "traceback": ""}
    page = _html(_text("# before"), _text("# never reached"), error=error)
    assert "before</h1>" in page and "never reached" not in page


def test_the_name_of_the_run_and_the_answer_stand_under_the_title():
    answer = new_markdown_cell("The **answer**.", metadata={"tags": ["answer"]})
    page = _html(_text("# Title\n\nWhy it matters."), _text("## Data"), answer)
    order = [page.index(text) for text in ("Title</h1>", "A name</p>", "<strong>answer", "Why it matters", "Data <a")]
    assert order == sorted(order)


def test_tags_hide_what_they_name():
    def cell(tag):
        return new_code_cell(
            f"code_{tag}", metadata={"tags": [tag.replace("_", "-")]}, outputs=[new_output("stream", text=f"out_{tag}")]
        )

    page = _html(*map(cell, ("remove_cell", "remove_input", "remove_output", "hide_input", "hide_output")))
    shown = set(re.findall(r"(?:code|out)_\w+", re.sub("<[^>]+>", "", page)))
    assert shown == {
        "out_remove_input",
        "code_remove_output",
        "code_hide_input",
        "out_hide_input",
        "code_hide_output",
        "out_hide_output",
    }


@pytest.mark.parametrize("shows", [True, False])
def test_a_text_about_what_follows_is_left_out_where_nothing_follows(shows):
    output = {"output_type": "stream", "name": "stdout", "text": "shown"}
    cells = [
        {"cell_type": "markdown", "metadata": {"tags": ["only-with-next"]}, "source": "## A heading"},
        {"cell_type": "code", "metadata": {}, "source": "f()", "outputs": [output] * shows},
    ]
    assert len(render.visible(cells)) == 1 + shows


def test_a_stored_value_is_put_into_the_text_escaped_and_markdown_as_markdown():
    def entry(name, **data):
        return {"expression": name, "result": {"status": "ok", "data": data, "metadata": {}}}

    values = [
        entry("x", **{"text/plain": "'<b>1</b> *a*'"}),
        entry("s", **{"text/plain": "s", "text/markdown": "**bold**"}),
    ]
    page = _html(new_markdown_cell("Of {eval}`x`, {eval}`s`, {eval}`unknown`.", metadata={"user_expressions": values}))
    assert "Of &lt;b&gt;1&lt;/b&gt; *a*, <strong>bold</strong>, <code>unknown</code>." in page


def test_what_an_output_could_make_a_browser_obey_is_text():
    page = _html(
        _shown({"text/html": "<meta http-equiv=refresh content='0;url=x'><base href=x>"}), _text("<iframe src=x>")
    )
    assert not re.search(r"<(meta http-equiv=refresh|base|iframe)", page) and "&lt;meta http-equiv=refresh" in page


def test_a_print_fetches_and_embeds_nothing_that_a_page_names(tmp_path, server):
    address, asked = server
    secret = tmp_path / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"  # named as what may be read
    secret.parent.mkdir(parents=True)
    secret.write_text("secret words")
    inner = f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{address}/inner'/></svg>"
    hostile = "".join(
        f"<img src={place}><img srcset='{place} 2x'><a rel=attachment href={place}>x</a><p style='background:url({place})'>x</p>"
        f"<style>@import url({place}); @font-face {{font-family: x; src: url({place})}} p {{font-family: x}}</style>"
        f"<svg><image href={place} /><use href='{place}#a' /></svg><embed src={place}><object data={place}></object>"
        for place in (
            f"{address}/mpl-data/fonts/ttf/DejaVuSans.ttf",
            f"file://{tmp_path}/x/../{secret.relative_to(tmp_path)}",
        )
    )
    hostile += f'<img src="data:image/svg+xml,{inner}"><link rel=attachment href=file://{secret}>'
    render.write_print(_html(_shown({"text/html": hostile}), _text(hostile)), tmp_path / "p.pdf")
    made = (tmp_path / "p.pdf").read_bytes()
    assert asked == [] and b"EmbeddedFile" not in made and b"secret" not in made and len(made) > 1000


def test_every_message_of_the_pages_has_a_vietnamese_text():
    code = (p.read_text() for p in [*render.FOLDER.glob("*.j2"), Path(render.__file__)])
    said = {m[1] or m[2] for text in code for m in re.finditer(r"""\bw\((?:"([^"]+)"|'([^']+)')""", text)} | {
        "Link to this section:",
    }
    known = messages.read(Path(render.__file__).parent / "locale/vi/LC_MESSAGES/press.po", "vi")
    assert len(said) > 25 and said == known.keys()


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
    for meta in (
        "<meta ",
        "<META\n",
        "<meta/",
        "<mEtA\t",
        "<\x00meta ",
        "</p><meta x='>' ",
        "<svg></svg><meta ",
        "<!--><meta ",
    ):
        hostile += f"{meta}http-equiv=refresh content='0;url={address}/refresh'>"
    hostile += f"<iframe src={address}/frame></iframe><img src=x onerror=\"fetch('{address}/handler')\"><object data={address}/object>"
    (tmp_path / "r.html").write_text(
        _html(_text("# a $x$"), _text(hostile), _shown({"text/plain": "1"}), _shown({"text/html": hostile})),
        encoding="utf-8",
    )
    tab.goto(f"file://{tmp_path}/r.html")
    tab.wait_for_timeout(300)
    assert asked == [] and tab.url == f"file://{tmp_path}/r.html"
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


@pytest.mark.parametrize("width", [340, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen(browser, tmp_path, width, scheme):
    wide = "<table><tr>" + "<td>a long cell</td>" * 40 + "</tr></table>"
    (tmp_path / "r.html").write_text(
        _html(_text("# a"), _shown({"text/html": wide}), new_code_cell("x" * 500)), encoding="utf-8"
    )
    assert fits_its_screen(browser, tmp_path / "r.html", width, scheme)


def test_on_paper_no_table_is_cut_and_its_caption_stays_with_it(browser, tmp_path):
    row = "<tr><th>a_code_that_cannot_be_broken_2005_2016</th>" + "<td>several words in a cell</td>" * 11 + "</tr>"
    head = "<thead><tr>" + "<th scope=col>Heading</th>" * 12 + "</tr></thead>"
    table = f"<table><caption>c</caption>{head}<tbody>{row * 3}</tbody></table>"
    (tmp_path / "r.html").write_text(_html(_text("# a"), _shown({"text/html": table})), encoding="utf-8")
    page = browser.new_page(viewport={"width": 718, "height": 1047})
    page.emulate_media(media="print")
    page.goto(f"file://{tmp_path}/r.html")
    width, box = page.evaluate(
        "[document.querySelector('table').scrollWidth, document.querySelector('main').clientWidth]"
    )
    look = page.evaluate(
        "[getComputedStyle(document.querySelector('.scroll')).overflowX, getComputedStyle(document.querySelector('caption')).breakAfter]"
    )
    page.close()
    assert width <= box and look == ["visible", "avoid"]


def test_a_wide_table_on_a_phone_keeps_its_first_column_and_says_there_is_more(tab, tmp_path):
    row = "<tr><th scope=row>PCI score</th>" + "<td>a long cell of words</td>" * 12 + "</tr>"
    head = "<thead><tr>" + "<th scope=col>Heading</th>" * 13 + "</tr></thead>"
    cell = _shown({"text/html": f"<table>{head}<tbody>{row}</tbody></table>"})
    (tmp_path / "r.html").write_text(_html(_text("# a"), cell), encoding="utf-8")
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(f"file://{tmp_path}/r.html")
    place = "document.querySelector('tbody th').getBoundingClientRect().left"
    before = tab.evaluate(place)
    tab.evaluate("document.querySelector('.scroll').scrollLeft = 300")
    assert tab.evaluate(place) == before and tab.locator(".scroll.more").count() == 1


def test_a_drawing_is_narrow_on_a_phone_and_grows_when_asked(tab, tmp_path):
    drawn = SVG.replace("<g>", '<g class="mark" tabindex="0" role="img" aria-label="x"><rect width="9" height="9"/>')
    cell = _shown({"image/svg+xml": drawn}, **{"image/svg+xml": {"alt": "a", "narrow": drawn}})
    (tmp_path / "r.html").write_text(_html(_text("# a"), cell), encoding="utf-8")
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(f"file://{tmp_path}/r.html")
    assert tab.locator(".drawing.narrow").is_visible() and not tab.locator(".drawing.wide").is_visible()
    tab.get_by_role("button", name="Enlarge").click()
    assert tab.locator("dialog[open] svg").count() == 1
    tab.keyboard.press("Escape")
    assert tab.locator("dialog[open]").count() == 0 and tab.complaints == []


def test_a_card_has_one_link_to_its_png():
    cell = _shown({"image/svg+xml": SVG}, **{"image/svg+xml": {"alt": "a", "name": "map", "narrow": SVG}})
    page = _html(_text("# a"), cell, files=["figures/map.svg", "figures/map.vi.png"])
    assert page.count(">PNG<") == 1 and "data-png=" not in page.partition("<script>")[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_is_saved_as_png_on_white(browser, tmp_path, scheme):
    from PIL import Image

    drawn = SVG.replace("<g>", '<rect width="9" height="9" style="fill: var(--accent, #c2410c)"/><g>')
    cell = _shown({"image/svg+xml": drawn}, **{"image/svg+xml": {"alt": "a", "name": "map", "narrow": drawn}})
    page_file = tmp_path / "05_province" / "kon-tum" / "en" / "index.html"
    page_file.parent.mkdir(parents=True)
    page_file.write_text(_html(_text("# a"), cell), encoding="utf-8")
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"file://{page_file}")
    with page.expect_download() as saved:
        page.get_by_role("button", name="PNG").click()
    picture = Image.open(saved.value.path()).convert("RGB")
    page.close()
    assert saved.value.suggested_filename == "05_province-kon-tum-map.png"
    assert picture.getpixel((3, 3)) == (0xC2, 0x41, 0x0C)
    assert picture.getpixel((picture.width - 1, picture.height - 1)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["report", "error"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_no_serious_violation(browser, tmp_path, kind, scheme, width):
    cells = (
        _text("# a $x$\n\n## b"),
        _shown({"text/html": "<table><caption>c</caption><tr><th scope=col>h</th></tr><tr><td>1</td></tr></table>"}),
        _shown({"image/png": "AAAA"}, **{"image/png": {"alt": "a"}}),
    )
    error = {"name": "E", "message": "m", "cell": 1, "source": "f()", "traceback": "t"}
    page = {
        "report": lambda: _html(*cells),
        "error": lambda: _html(*cells, error=error),
    }[kind]()
    (tmp_path / "p.html").write_text(page, encoding="utf-8")
    assert serious_violations(browser, tmp_path / "p.html", width, scheme) == []


CHOICE = """<div class='compare' data-about='{"own":"a","other":"","lang":"en","span":[2010,2012],"units":[["a","Anh"],["b","Bình"]],
"names":["Score"],"digits":[1],"posts":{"head":"head"},"kinds":{"non-local":"non-local"},
"said":{"choose":"Compare with","none":"choose","led":"Who","latest":"Latest","all":"All","minus":"Difference","doubtful":"doubtful"}}'
data-everyone='{"series":[{"years":[2010,2011],"cuts":[],"doubtful":[2011]}],"values":{"a":[[1,2]],"b":[[null,5]]},
"terms":{"a":[],"b":[["head","Đ","2010-01","","\u2264 January 2010","in office","non-local"]]}}'><p>Needs its script</p></div>"""


@pytest.fixture
def chosen(tab, tmp_path):
    """A page with a choice of units, opened from disk."""
    (tmp_path / "page.html").write_text(_html(_text("# One"), _shown({"text/html": CHOICE})), encoding="utf-8")
    tab.goto(f"file://{tmp_path}/page.html")
    return tab


def test_another_unit_is_drawn_beside_the_page_s_own_and_stands_in_the_address(chosen):
    assert chosen.locator(".compare svg:visible").count() == 0
    chosen.get_by_label("Compare with").select_option("Bình")
    assert chosen.url.endswith("#compare=b")
    assert chosen.locator("nav.top a[hreflang]").get_attribute("href") == "../vi/index.html#compare=b"
    assert chosen.locator(".compare tbody tr").first.inner_text().split() == [
        "Score",
        "2011",
        "2.0",
        "5.0",
        "−3.0",
        "doubtful",
    ]
    assert not chosen.asked and not chosen.complaints


def test_an_address_with_another_unit_shows_it(chosen):
    chosen.goto(chosen.url + "#compare=b")
    chosen.reload()
    assert chosen.get_by_label("Compare with").input_value() == "b"
    assert "≤ January 2010" in chosen.locator(".compare .band title").text_content()


def test_an_address_with_an_unknown_unit_shows_none(chosen):
    chosen.goto(chosen.url + "#compare=nowhere")
    chosen.reload()
    assert chosen.get_by_label("Compare with").input_value() == "" and not chosen.complaints


def test_the_years_of_a_drawn_indicator_are_one_stop_of_the_tab_key(chosen):
    chosen.get_by_label("Compare with").select_option("b")
    marks = chosen.locator(".compare g.mark")
    assert [mark.get_attribute("tabindex") for mark in marks.all()] == ["0", "-1"]
    marks.first.focus()
    chosen.keyboard.press("ArrowRight")
    assert chosen.locator(".compare .told").inner_text() == "2011: Anh 2.0; Bình 5.0"


def test_only_a_page_with_a_choice_has_its_script():
    assert "data-everyone" not in _html(_text("# One"))


def test_an_output_leads_to_files_of_the_report_and_to_pages_that_are_there():
    links = "".join(
        f'<a href="{to}">{to}</a> ' for to in ("results.csv", "../../b/en/index.html", "../../c/en/index.html")
    )
    page = _html(_text("# One"), _shown({"text/html": links}), made={"../../b/en/index.html"})
    assert '<a href="../results.csv">results.csv</a>' in page
    assert '<a href="../../b/en/index.html">' in page and '<a href="../../c/en/index.html">' not in page


def test_the_first_figure_is_the_picture_of_link_previews(monkeypatch):
    files = ["figures/a.svg", "figures/b.png", "figures/b.vi.png", "vi/index.html"]
    monkeypatch.setattr(render.project, "languages", lambda: {"en": "English", "vi": "Tiếng Việt"})
    assert [render.in_language(files, lang) for lang in ("en", "vi")] == [files[:2], [files[0], *files[2:]]]
    monkeypatch.setattr(render.project, "setting", lambda name: "")
    assert render.card("05/x", files[:2]) == ""
    monkeypatch.setattr(render.project, "setting", lambda name: "https://example.org/site")
    assert render.card("05/x", files[:2]) == "https://example.org/site/05/x/figures/b.png"
    assert render.card("05/x", ["results.csv"]) == ""
    assert 'property="og:image" content="a/b.png"' in _html(_text("# One"), image="a/b.png")
