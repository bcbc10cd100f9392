"""The site: a report or an error page from an executed notebook, and the index of all reports."""

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from helpers import paths
from press import catalogue
from helpers.words import unmarked, vietnamese_order
from press.messages import Messages as Words

INDEX = {"en": "index.html", "vi": "index.vi.html"}
_FOLDER = Path(__file__).parent / "templates"
_SHOWN = ["text/html", "text/markdown", "image/png", "image/svg+xml", "text/latex", "text/plain"]
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENDONYM = {"en": "English", "vi": "Tiếng Việt"}


@lru_cache(maxsize=16)
def _asset(name):
    return (_FOLDER / name).read_text(encoding="utf-8")


def policy(script):
    """
    Return the content security policy of a page: no network, no script but the one given.

    Parameters
    ----------
    script : str
        The text between ``<script>`` and ``</script>``, exactly.

    Returns
    -------
    str
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src data: 'self'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=1024)
def _mathml(tex, display):
    from latex2mathml.converter import convert

    try:
        return convert(tex, display=display)
    except Exception:  # noqa: BLE001 (whatever the library cannot read is shown as written)
        return f"<code>{html.escape(tex)}</code>"


@lru_cache(maxsize=1)
def _exporter():
    from nbconvert.exporters import TemplateExporter
    from nbconvert.filters.highlight import Highlight2HTML
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from traitlets.config import Config

    class Renderer(IPythonRenderer):
        def inline_math(self, body):
            return _mathml(body, "inline")

        def block_math(self, body):
            return _mathml(body, "block")

        def latex_environment(self, name, body):
            return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

        def heading(self, text, level, **attrs):
            base = catalogue.slugify(html.unescape(re.sub("<[^>]+>", "", text)))
            self.used[base] = self.used.get(base, 0) + 1
            anchor = base if self.used[base] == 1 else f"{base}-{self.used[base]}"
            return f'<h{level} id="{anchor}">{text}</h{level}>\n'

    renderer = Renderer(escape=False)
    renderer.used = {}
    markdown = MarkdownWithMath(renderer=renderer)
    exporter = TemplateExporter(
        template_name="templates",
        file_extension=".html",
        extra_template_basedirs=[str(_FOLDER.parent)],
        config=Config({"NbConvertBase": {"display_data_priority": _SHOWN}}),
        default_preprocessors=[],
        filters={
            "without_style": lambda text: re.sub(r"<style scoped>.*?</style>", "", text, flags=re.DOTALL),
            "markdown2html": markdown.render,
            "highlight_code": Highlight2HTML(pygments_lexer="ipython3"),
        },
    )
    return exporter, renderer


def visible(nb, lang):
    """
    Pick the cells that a report in one language shows.

    Parameters
    ----------
    nb : NotebookNode
    lang : {"en", "vi"}

    Returns
    -------
    list of NotebookNode
        Text of the other language and empty cells left out; a code cell without output joined to the code beside it.
    """
    from nbformat import NotebookNode

    cells = []
    for cell in nb.cells:
        tags = cell.metadata.get("tags", [])
        if any(t.startswith("lang-") and t != f"lang-{lang}" for t in tags) or not cell.source.strip():
            continue
        last = cells[-1] if cells else None
        if last and last.cell_type == cell.cell_type == "code" and not (last.outputs and cell.outputs):
            cells[-1] = NotebookNode(
                cell, source=f"{last.source}\n\n{cell.source}", outputs=last.outputs + cell.outputs
            )
        else:
            cells.append(cell)
    return cells


def report_html(nb, page):
    """
    Return a report as one page that needs nothing else.

    Parameters
    ----------
    nb : NotebookNode
        The executed notebook.
    page : dict
        ``lang``, ``title``, ``index`` (address of the index), ``links`` (list of label, href, lang), ``parameters``,
        ``files``, ``inputs`` (name to digest), ``rerun`` and ``other`` (commands), ``error`` (None, or a dict of name,
        message, cell, source, traceback: then it is the error page).

    Returns
    -------
    str
        Text, pictures and tables of ``page["lang"]``, code folded, equations as MathML; the same bytes for the same input.
    """
    from nbformat import NotebookNode

    exporter, renderer = _exporter()
    renderer.used = {}
    script = _asset("report.js")
    resources = {
        "report": page,
        "words": Words(page["lang"]),
        "css": _asset("style.css") + (_asset("pages.css") if page.get("pages") else ""),
        "script": script,
        "policy": policy(script),
    }
    failed = page["error"]["cell"] if page["error"] else None
    shown = NotebookNode(nb, cells=visible(NotebookNode(nb, cells=nb.cells[:failed]), page["lang"]))
    return _CONTROL.sub("\ufffd", exporter.from_notebook_node(shown, resources)[0])


@lru_cache(maxsize=1)
def _environment():
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def _tiles(lang, links):
    names = {row["province_code"]: row[f"name_{lang}"] for row in catalogue.rows("units")}
    try:
        rows = catalogue.rows("tiles")
    except OSError:
        return []
    tiles = [
        {
            "code": r["unit_code"],
            "row": int(r["row"]) + 1,
            "col": int(r["col"]) + 1,
            "name": names.get(r["unit_code"], r["unit_code"]),
            "href": links.get(r["unit_code"]),
        }
        for r in rows
    ]
    return sorted(tiles, key=lambda tile: vietnamese_order(tile["name"]))


def _items(entries, lang):
    groups = {}
    for entry in entries:
        groups.setdefault((entry["notebook"], entry["slug"]), []).append(entry)
    items = []
    for (notebook, slug), found in groups.items():
        first = next((e for e in found if e["lang"] == lang), found[0])
        labels = first["labels"]
        texts = (
            [e["title"] for e in found]
            + [v for x in labels.values() for v in x.values()]
            + list(map(str, first["parameters"].values()))
        )
        items.append(
            {
                "notebook": notebook,
                "label": first["name"] or first["title"],
                "href": f"{first['id']}/index.html",
                "lang": first["lang"],
                "languages": [
                    (e["lang"], f"{e['id']}/index.html", e["status"], _ENDONYM[e["lang"]])
                    for e in sorted(found, key=lambda e: e["lang"])
                ],
                "status": "failed" if any(e["status"] == "failed" for e in found) else "ok",
                "error": next((e["error"] for e in found if e["error"]), None),
                "province": first["parameters"].get("province", ""),
                "outcome": first["parameters"].get("outcome", first["parameters"].get("indicator", "")),
                "definition": first["parameters"].get("definition", ""),
                "text": unmarked(" ".join([notebook, slug, *texts])),
            }
        )
    return items


def _in_order(item):
    return vietnamese_order(item["label"]) if item["province"] else ()


def _choices(entries, lang, *names):
    found = {
        e["parameters"][n]: e["labels"][n][lang]
        for e in entries
        for n in names
        if n in e["labels"] and isinstance(e["parameters"][n], str)
    }
    return sorted(found.items(), key=lambda pair: vietnamese_order(pair[1]))


def index_html(entries, titles, lang, expected):
    """
    Return the page that lists all reports.

    Parameters
    ----------
    entries : list of dict
        One a report, in the catalogue's order: ``id``, ``notebook``, ``slug``, ``lang``, ``title``, ``parameters``,
        ``labels``, ``status`` ("ok" or "failed"), ``error`` (one line or None).
    titles : dict
        Notebook to its heading by language.
    lang : {"en", "vi"}
    expected : int
        Reports the catalogue asks for.

    Returns
    -------
    str
        One page that works from disk and asks no network; it lists everything without its script too.
    """
    script = _asset("index.js")
    items = _items(entries, lang)
    sections = {}
    for item in items:
        sections.setdefault(item["notebook"], []).append(item)
    places = {}
    for item in items:
        if item["province"] and item["province"] not in places:
            places[item["province"]] = item["href"]
    page = (
        _environment()
        .get_template("site.html.j2")
        .render(
            lang=lang,
            words=Words(lang),
            other={
                "lang": "vi" if lang == "en" else "en",
                "href": INDEX["vi" if lang == "en" else "en"],
                "name": _ENDONYM["vi" if lang == "en" else "en"],
            },
            css=_asset("style.css") + _asset("index.css"),
            script=script,
            policy=policy(script),
            sections=[
                (name, titles.get(name, {}).get(lang, name), sorted(found, key=_in_order))
                for name, found in sections.items()
            ],
            tiles=_tiles(lang, places),
            filters={
                "notebook": [(name, f"{name[:2]} {titles.get(name, {}).get(lang, name)}") for name in sections],
                "province": _choices(entries, lang, "province"),
                "outcome": _choices(entries, lang, "outcome", "indicator"),
                "definition": _choices(entries, lang, "definition"),
            },
            made=len(entries),
            expected=expected,
            failed=sum(e["status"] == "failed" for e in entries),
        )
    )
    return _CONTROL.sub("\ufffd", page)


def write_index(entries, titles, expected):
    """
    Write the index in both languages, each file whole or not at all; unchanged ones are left alone.

    Parameters
    ----------
    entries, titles, expected
        As for :func:`index_html`.
    """
    for lang, name in INDEX.items():
        target, text = paths.reports() / name, index_html(entries, titles, lang, expected)
        if target.is_file() and target.read_text(encoding="utf-8", errors="replace") == text:
            continue
        part = paths.reports() / f".{name}.part"
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)


def index_digest(entries, titles, expected):
    """
    Tell cheaply whether the index is up to date.

    Parameters
    ----------
    entries, titles, expected
        As for :func:`index_html`.

    Returns
    -------
    str
        Digest of all that the index is made from.
    """
    files = sorted(p for p in (_FOLDER).iterdir() if p.is_file())
    tables = [paths.data() / f"{n}.csv" for n in ("units", "tiles")]
    content = b"\0".join(p.read_bytes() for p in (*files, *tables, Path(__file__)) if p.is_file())
    return hashlib.sha256(
        json.dumps([entries, titles, expected], sort_keys=True, default=str).encode() + content
    ).hexdigest()


def write_pages(text, target):
    """
    Print a page by WeasyPrint in fonts that ship with matplotlib: the same bytes on every machine with the same libraries.

    Parameters
    ----------
    text : str
        From :func:`report_html`. Its links stay relative.
    target : Path
        The PDF.
    """
    from matplotlib import get_data_path
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    face = '@font-face {{ font-family: "Report"; src: url("{}"); font-weight: {}; font-style: {} }}'
    kinds = {"": ("normal", "normal"), "-Bold": ("bold", "normal"), "-Oblique": ("normal", "italic")}
    folder, config = Path(get_data_path(), "fonts", "ttf"), FontConfiguration()
    faces = [face.format((folder / f"DejaVuSans{name}.ttf").as_uri(), *kind) for name, kind in kinds.items()]
    faces.append('* { font-family: "Report" !important }')
    styles = [CSS(string=" ".join(faces), font_config=config)]
    HTML(string=text).write_pdf(target, stylesheets=styles, font_config=config, pdf_tags=True)


def chromium():
    """Return where Chromium is on this machine, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def write_pdf(folder):
    """
    Print a report's page.

    Parameters
    ----------
    folder : Path
        The report's folder, with ``index.html``.

    Returns
    -------
    Path
        ``report.pdf`` in it, printed by Chromium where there is one, else by WeasyPrint (which shows equations as plain text).

    Raises
    ------
    OSError
        If Chromium ends without a file.
    """
    page, target = folder / "index.html", folder / "report.pdf"
    browser = chromium()
    if not browser:
        from weasyprint import HTML

        HTML(filename=str(page)).write_pdf(target)
        return target
    with tempfile.TemporaryDirectory(dir=paths.cache()) as profile:
        switches = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-pdf-header-footer",
        ]
        command = [
            browser,
            *switches,
            f"--user-data-dir={profile}",
            f"--print-to-pdf={target}",
            page.resolve().as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if not target.is_file():
        raise OSError(f"{browser} printed no PDF of {folder.name}: {done.stderr.strip()[-300:]}")
    return target
