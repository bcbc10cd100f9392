"""Pages: a stored notebook in one language as one page of HTML that needs nothing else, and its PDF."""

import base64
import hashlib
import html
import itertools
import json
import re
import shlex
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from press import catalogue, messages, plan, project
from press.plan import Job

FOLDER = Path(__file__).parent / "templates"
_SHOWN = ("text/html", "text/markdown", "image/svg+xml", "image/png", "text/latex", "text/plain")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_OBEYED = re.compile(r"<(?=\s*/?\s*(?:meta|base|link|iframe|object|embed|form|plaintext)\b)", re.IGNORECASE)
_CLOSED = [(f"<{name}", f"</{name}>") for name in ("style", "script", "title", "textarea", "xmp", "details")]
_CLOSED += [("<!--", "-->"), ("<![cdata[", "]]>")]
_FOREIGN = re.compile(_OBEYED.pattern.replace("meta|", "metadata|meta|style|script|foreignObject|"), re.IGNORECASE)
_NEAR = re.compile(r'<a href="([^":#]+)">(.*?)</a>', re.DOTALL)  # a link to a file of the report or to another report
_UNREAD = re.compile(r'<(details class="code"|svg|math)[ >].*?</(details|svg|math)>|<[^>]*>', re.DOTALL)
WORDS, PRINT = "words.txt", "report.pdf"
_OPEN = {"parameters", "injected-parameters"}  # tags that say nothing about what is shown


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """Return a file of ``templates/``."""
    return project.text(FOLDER / name)


@lru_cache(maxsize=1)
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def template(name: str) -> Any:
    """Return a template of ``templates/``; what is put into it is escaped."""
    return _templates().get_template(name)


def without_control(text: str) -> str:
    """Return text with a mark in place of each control character."""
    return _CONTROL.sub("\ufffd", text)


def policy(script: str) -> str:
    """
    Return the content security policy of a page: no network, no script but the one given.

    Parameters
    ----------
    script : str
        The text between ``<script>`` and ``</script>``, exactly.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"default-src 'none'; img-src data: 'self'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return f"{allowed}; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1024)
def _mathml(tex: str, display: str) -> str:
    from latex2mathml.converter import convert

    start = '<math tabindex="0"' if display == "block" else "<math"
    with suppress(Exception):
        return convert(tex, display=display).replace("<math", start, 1)
    return f"<code>{html.escape(tex)}</code>"


@lru_cache(maxsize=1)
def _renderer() -> Any:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return _mathml(body, "inline")

        def block_math(self, body: str) -> str:
            return _mathml(body, "block")

        def latex_environment(self, name: str, body: str) -> str:
            return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

        def image(self, text: str, url: str, title: str | None = None) -> str:
            kind, _, name = url.partition("attachment:")
            if not kind and name not in self.attachments:
                return html.escape(f"{text} [{name}: not attached to this cell]")
            return super().image(text, url, title)

        def heading(self, text: str, level: int, **_: Any) -> str:
            return f"<h{level}>{text}</h{level}>\n"

    renderer = Renderer(escape=False)
    return renderer, MarkdownWithMath(renderer=renderer)


@lru_cache(maxsize=4096)
def markdown_html(source: str, attachments: str = "") -> str:
    """
    Return a text in Markdown as HTML.

    Parameters
    ----------
    source : str
    attachments : str
        JSON of a cell's attached pictures.
    """
    renderer, markdown = _renderer()
    renderer.attachments = json.loads(attachments) if attachments else {}
    return _safe(markdown.render(source))


@lru_cache(maxsize=4096)
def _code(source: str) -> str:
    from nbconvert.filters.highlight import Highlight2HTML

    return Highlight2HTML(pygments_lexer="ipython3")(source)


def _safe(text: str, obeyed: re.Pattern = _OBEYED) -> str:
    """Return HTML of a notebook without elements that a browser obeys; what it leaves open is closed."""
    low = text.lower()
    return obeyed.sub("&lt;", text) + "".join(end for start, end in _CLOSED if low.rfind(start) > low.rfind(end))


def visible(cells: list[Any]) -> list[Any]:
    """
    Pick the cells that a page shows.

    Parameters
    ----------
    cells : list of dict
        Of a notebook.

    Returns
    -------
    list of dict
        Empty and raw cells and those tagged ``remove-cell`` left out, and those tagged ``only-with-next`` where the next cell shows
        nothing; a code cell without output joined to the code beside it, unless a tag says something about one of them.
    """
    kept, none = list[Any](), dict[str, Any]()
    for cell, following in itertools.zip_longest(cells, cells[1:], fillvalue=none):
        tags, source = {*cell["metadata"].get("tags", [])} - _OPEN, "".join(cell["source"])
        if "only-with-next" in tags and not following.get("outputs"):
            continue
        if not source.strip() or "remove-cell" in tags or cell["cell_type"] == "raw":
            continue
        last: Any = kept[-1] if kept else None
        plain = last and not tags | {*last["metadata"].get("tags", [])} - _OPEN
        if plain and last["cell_type"] == cell["cell_type"] == "code" and not (last["outputs"] and cell["outputs"]):
            both = {"source": f"{''.join(last['source'])}\n\n{source}", "outputs": last["outputs"] + cell["outputs"]}
            kept[-1] = {**cell, **both}
        else:
            kept.append(cell)
    return kept


def _output(output: Any) -> dict[str, Any]:
    kind = output["output_type"]
    if kind == "stream":
        text = _ANSI.sub("", "".join(output["text"]))
        return {"kind": "stderr" if output["name"] == "stderr" else "pre", "said": text}
    if kind == "error":
        return {"kind": "error", "said": _ANSI.sub("", "\n".join(output["traceback"]))}
    best = next((name for name in _SHOWN if name in output["data"]), "text/plain")
    data, about = output["data"].get(best, ""), output["metadata"].get(best, {})
    content = data if isinstance(data, str) else "".join(data)
    if best == "text/html":
        content = re.sub(r"<style scoped>.*?</style>", "", content, flags=re.DOTALL)
        return {"kind": "table" if "<table" in content else "html", "html": Markup(_safe(content))}
    if best in ("text/markdown", "text/latex"):
        return {"kind": "text", "html": Markup(markdown_html(content))}
    if best == "text/plain":
        return {"kind": "pre", "said": _ANSI.sub("", content)}
    about = about if isinstance(about, dict) else {}
    said = {key: about.get(key, "") for key in ("alt", "caption", "name")}
    said |= {"table": about.get("data"), "rows": about.get("rows")}
    if isinstance(about.get("width"), (int, float)):
        said["width"] = int(about["width"])
    if best == "image/svg+xml":
        drawn = {"wide": content, "narrow": about.get("narrow", "")}
        return {"kind": "drawing", **said, **{key: _inline(svg, key) for key, svg in drawn.items() if svg}}
    return {"kind": "image", "type": best, "data": content.replace("\n", ""), **said}


def _inline(svg: str, kind: str) -> Any:
    """Return a drawing that may stand in a page: its names are its own, and it has no style, script or text of others."""
    own = f"{plan.sha(svg.encode())[:8]}{kind[0]}-"
    for part, name in ((' id="', own), ('href="#', own), ("url(#", own)):
        svg = svg.replace(part, part + name)
    return Markup(_safe(svg[svg.find("<svg") :], _FOREIGN))


def _part(cell: Any) -> dict[str, Any]:
    tags = cell["metadata"].get("tags", [])
    if cell["cell_type"] != "code":
        source = messages.fill("".join(cell["source"]), cell["metadata"].get("user_expressions", []))
        attached = json.dumps(cell["attachments"], sort_keys=True) if cell.get("attachments") else ""
        return {"text": Markup(markdown_html(source, attached)), "answer": "answer" in tags}
    outputs = [] if "remove-output" in tags else [_output(output) for output in cell["outputs"]]
    code = None if "remove-input" in tags else Markup(_code("".join(cell["source"])))
    return {"outputs": outputs, "code": code, "folded": "hide-output" in tags, "answer": "answer" in tags}


def _parts(cells: list[Any], page: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the page shows, in order: the title, the run's name, the cells tagged ``answer``, contents, the rest."""
    shown = [_part(cell) for cell in visible(cells)]
    above = [{"name": page["name"]}] if page.get("name") else []
    above += [part for part in shown if part["answer"]]
    rest, titles, used = [part for part in shown if not part["answer"]], list[tuple[str, str]](), dict[str, int]()
    first = next((n for n, part in enumerate(rest) if "<h1>" in part.get("text", "")), None)
    if first is None:
        parts = above + rest
    else:
        head, tail, under = rest[first]["text"].partition("</h1>")
        title, below = {"text": head + tail}, [{"text": under}] if under.strip() else []
        parts = [*rest[:first], title, *above, {"contents": titles}, *below, *rest[first + 1 :]]
    said = messages.say(page["lang"], "Link to this section:")

    def anchor(found: re.Match[str]) -> str:
        text = html.unescape(re.sub("<[^>]+>", "", found[2]))
        base = catalogue.slugify(text)
        used[base] = used.get(base, 0) + 1
        name = base if used[base] == 1 else f"{base}-{used[base]}"
        if found[1] == "2":
            titles.append((name, text))
        link = f' <a class="anchor" href="#{name}" aria-label="{said} {html.escape(text)}">#</a>' * (found[1] != "1")
        return f'<h{found[1]} id="{name}">{found[2]}{link}</h{found[1]}>'

    def to_report(found: re.Match[str]) -> str:
        href = page.get("near", {}).get(found[1])
        return f'<a href="{href}">{found[2]}</a>' if href else found[2]

    def to_made(found: re.Match[str]) -> str:
        if found[1] in page["files"]:
            return f'<a href="../{found[1]}">{found[2]}</a>'
        gone = found[1].endswith("/index.html") and found[1] not in page.get("made", [found[1]])
        return found[2] if gone else found[0]

    for part in parts:
        for out in part.get("outputs", []):
            if "html" in out:
                out["html"] = Markup(_NEAR.sub(to_made, str(out["html"])))
        if "text" in part:
            text = re.sub(r"<h([1-6])>(.*?)</h\1>", anchor, str(part["text"]), flags=re.DOTALL)
            part["text"] = Markup(re.sub(r'<a href="([\w./-]+)\.ipynb">(.*?)</a>', to_report, text, flags=re.DOTALL))
    return parts


def report_html(cells: list[Any], page: dict[str, Any]) -> str:
    """
    Return a report as one page that needs nothing else.

    Parameters
    ----------
    cells : list of dict
        Of the executed notebook.
    page : dict
        ``lang``, ``title``, ``name`` (of the run), ``site`` (the project's title), ``front`` and ``all`` (addresses of the
        front page and of the list of reports, which ``all_label`` may name), ``links`` (list of label, href, lang), ``same`` (groups of links), ``near``
        (address of the nearest report by notebook), ``made`` (addresses of other pages that are there: what leads to another
        is no link), ``image`` and ``address`` (for link previews), ``parameters``, ``files``, ``tables`` (rows of the figures' tables by
        file), ``inputs`` (name to digest), ``rerun`` and ``other`` (commands; without ``rerun`` the page has no part on how it
        was made), ``error`` (None, or a dict of name, message, cell, source, traceback: then it is the error page).

    Returns
    -------
    str
        Text, pictures and tables, code folded, equations as MathML; the same bytes for the same input.
    """
    parts = _parts(cells[: (page["error"] or {}).get("cell")], page)
    chosen = any("data-everyone=" in out.get("html", "") for part in parts for out in part.get("outputs", []))
    script = "".join(map(asset, ("stops.js", "report.js", *(["compare.js"] if chosen else []))))
    answers = [part["text"] for part in parts if part.get("answer") and "text" in part]
    text = template("report.html.j2").render(
        page=page,
        parts=parts,
        about=" ".join(html.unescape(re.sub("<[^>]+>", "", " ".join(answers))).split())[:300],
        w=partial(messages.say, page["lang"]),
        css=asset("style.css") + (asset("pages.css") if page.get("pages") else ""),
        script=script,
        policy=policy(script),
    )
    return without_control(text)


def warm() -> None:
    """Use once what pages need, so that forks need not."""
    empty = dict.fromkeys(("title", "name", "site", "front", "all", "rerun", "other", "links", "same", "files"), "")
    text = {"cell_type": "markdown", "source": "# a $x$", "metadata": {}}
    code = {"cell_type": "code", "source": "1", "outputs": [], "metadata": {}}
    report_html([text, code], {**empty, "lang": "en", "error": None, "parameters": {}, "inputs": {}})


def foot(lang: str, up: str = "") -> dict[str, str]:
    """Return what every page ends with (``project.FOOT``); ``up`` leads to the folder of the site's pages."""
    said = {key: project.said(project.setting(key), lang) for key in project.FOOT}
    return said | {key: up + page_of(said[key], lang) for key in project.FOOT[3:] if said[key]}


def page_of(name: str, lang: str) -> str:
    """Return the file of a page of the site in a language: ``index.html``, ``index.vi.html``."""
    return f"{name}.html" if lang == next(iter(project.languages())) else f"{name}.{lang}.html"


def words_of(page: str) -> str:
    """
    Return the distinct words of a page, without code and figures, marks and capitals.

    Examples
    --------
    >>> words_of('<main id=m><p>Quảng Ngãi, 2025</p><details class="code">x</details></main>')
    '2025 ngai quang'
    """
    shown = page.partition("<main id=")[2].partition(">")[2].partition("</main>")[0]
    text = html.unescape(_UNREAD.sub(" ", shown)).lower()
    words = {word for word in re.findall(r"\w\w+", text) if not word.isdigit() or len(word) == 4}
    return " ".join(sorted({project.unmarked(word) for word in words}))


def excerpt(report: str, lang: str) -> tuple[str, dict[str, Any] | None]:
    """
    Return the answer of a stored report as HTML, and its first figure; nothing where it is not made.

    Parameters
    ----------
    report : str
        A run's id.
    lang : str
    """
    try:
        cells = visible(json.loads(plan.bytes_of(project.reports() / report / messages.book_of(lang)))["cells"])
    except (OSError, ValueError, KeyError):
        return "", None
    parts = [_part(cell) for cell in cells]
    answer = "".join(part["text"] for part in parts if part["answer"] and "text" in part)
    figures = (out for part in parts for out in part.get("outputs", []) if out["kind"] in ("image", "drawing"))
    return re.sub(r"</?a\b[^>]*>", "", answer), next(figures, None)


def again(job: Job) -> None:
    """
    Write the pages of a report again from its stored notebooks; no cell runs.

    Raises
    ------
    OSError, ValueError, KeyError
        If the stored notebooks are not what was left there.
    """
    job, folder, manifest = plan.as_now(job), Path(job.folder), plan.read_manifest(job.run.id)
    if manifest is None:
        raise ValueError(f"{job.run.id}: its manifest is gone or damaged.")
    changed = {name for name, _ in job.rendering.items() ^ manifest["rendering"].items()}
    if any(name.startswith("text of") or name.endswith(".po") for name in changed):
        books = {lang: book for lang, (book, _) in messages.renewed(job.run, folder).items()}
        for lang, book in books.items():
            name, content = messages.book_of(lang), messages.book_bytes(book)
            manifest["files"][name] = plan.sha(content)
            plan.write_whole(folder / name, content)
    else:
        books = {lang: json.loads((folder / messages.book_of(lang)).read_bytes()) for lang in project.languages()}
    write(job, books, manifest)


def write(job: Job, books: dict[str, Any], manifest: dict[str, Any]) -> None:
    """
    Write a report's pages in every language, and last its manifest.

    Parameters
    ----------
    job : Job
    books : dict of str to dict
        The executed notebook by language.
    manifest : dict
        What is known of the run, with ``files`` but for the pages; completed here.
    """
    folder, run, error = Path(job.folder), job.run, manifest.get("fault")
    files = {n: d for n, d in manifest["files"].items() if n.partition("/")[0] not in project.languages()}
    manifest["rendering"] = job.rendering
    listed = sorted(files)
    for lang, book in books.items():
        name = run.named(lang)
        title = " · ".join(filter(None, [name, job.titles[lang]]))
        target = folder / lang / "index.html"
        printed = f"{Path(run.notebook).name}-{lang}.pdf" if run.pdf and not error else None
        told = error and error | error.get("told", {}).get(lang, {})
        page = _page(job, lang, manifest, listed, printed) | {"title": title, "name": name, "error": told}
        text = report_html(book["cells"], page)
        plan.write_whole(target, text.encode("utf-8", "replace"))
        plan.write_whole(target.with_name(WORDS), words_of(text).encode("utf-8", "replace"))
        target.with_name(PRINT).unlink(missing_ok=True)  # of the page that stood here
        if printed:
            write_print(text, target.with_name(printed))
        made = ("index.html", WORDS, *([printed] if printed else []))
        files |= {f"{lang}/{file}": plan.sha(target.with_name(file).read_bytes()) for file in made}
    manifest["files"] = dict(sorted(files.items()))
    plan.write_manifest(folder, manifest)


def _page(job: Job, lang: str, manifest: dict[str, Any], files: list[str], printed: str | None) -> dict[str, Any]:
    run, links, w = job.run, job.links, partial(messages.say, lang)
    up, command = "../" * (run.id.count("/") + 2), project.command()
    others = {code: name for code, name in project.languages().items() if code != lang}
    mine = in_language(files, lang)

    def link(report: str, label: str) -> dict[str, str]:
        return {"label": label, "href": f"{up}{report}/{lang}/index.html"}

    top = [{"label": name, "href": f"../{code}/index.html", "lang": code} for code, name in others.items()]
    around = (("previous", w("Previous")), ("next", w("Next")))
    top += [link(links[key]["id"], f"{said}: {links[key]['names'][lang]}") for key, said in around if links[key]]
    top += [{"label": printed, "href": printed}] if printed else []
    top += [{"label": f, "href": f"../{f}"} for f in (messages.book_of(lang), plan.RESULTS) if f in mine]
    same = [
        {key: project.said(group[key], lang) for key in ("what", "label")}
        | {"links": [link(r["id"], project.said(r["titles"], lang)) for r in group["reports"]]}
        for group in links["same"]
    ]
    given = (("-r", n, v) if isinstance(v, str) else ("-y", json.dumps({n: v})) for n, v in run.parameters.items())
    values = " ".join(map(shlex.join, given))
    papermill = str(Path(command.split()[0]).with_name("papermill")) if "/" in command else "papermill"
    tables = [f for f in mine if f.startswith("figures/") and f.endswith(".csv")]
    return {
        "tables": {f: project.table(Path(job.folder, f).read_bytes(), f) for f in tables},
        "lang": lang,
        "site": project.said(project.setting("title"), lang),
        "front": up + page_of("index", lang),
        "foot": foot(lang, up),
        "all": up + page_of("reports", lang),
        "near": {name: f"{up}{report}/{lang}/index.html" for name, report in links["near"].items()},
        "made": {f"{start}/{lang}/index.html" for r in links["made"] for start in (up + r, f"../../{Path(r).name}")},
        "image": card(run.id, mine),
        "address": project.setting("address") and f"{project.setting('address')}/{run.id}/{lang}/index.html",
        "links": top,
        "same": same,
        "parameters": {k: json.dumps(v, ensure_ascii=False) for k, v in run.parameters.items()},
        "files": mine,
        "inputs": manifest["execution"] | {name: digest for name, digest in manifest["read"].items() if digest},
        "rerun": f"{command} {run.words}",
        "other": f"{papermill} {shlex.quote(f'notebooks/{run.notebook}.ipynb')} my.ipynb {values}".strip(),
        "pages": run.pdf,
    }


def card(report: str, files: list[str]) -> str:
    """
    Return the address of a report's picture for link previews: its first figure as PNG; "" where it has none.

    Previews need whole addresses: without ``[project] address`` there is none.

    Parameters
    ----------
    report : str
        A run's id.
    files : list of str
        Its files in one language.
    """
    start = project.setting("address")
    found = (f for f in files if start and f.startswith("figures/") and f.endswith(".png"))
    return next((f"{start}/{report}/{f}" for f in found), "")


def in_language(files: list[str], lang: str) -> list[str]:
    """
    Return the files of a report that are in a language or in none: where ``a.vi.csv`` is there, ``a.csv`` is not Vietnamese.

    Parameters
    ----------
    files : list of str
    lang : str
    """
    first, *_ = project.languages()
    others = {*project.languages()} - {lang}
    mine = [f for f in files if not {f.partition("/")[0], *f.split(".")[1:-1]} & others]
    return [f for f in mine if lang == first or str(Path(f).with_suffix(f".{lang}{Path(f).suffix}")) not in files]


def write_print(text: str, target: Path) -> None:
    """
    Print a page by WeasyPrint in fonts that ship with matplotlib: the same bytes on every machine with the same libraries.

    Parameters
    ----------
    text : str
        From :func:`report_html`. Its links stay relative; nothing that it names is fetched or embedded.
    target : Path
        The PDF.
    """
    from matplotlib import get_data_path
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    folder, config = Path(get_data_path(), "fonts", "ttf"), FontConfiguration()
    fonts = {file.as_uri() for file in folder.glob("DejaVuSans*.ttf")}

    class Inside(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if not (url.startswith("data:") or url in fonts):
                raise ValueError(f"{url[:80]} is not fetched: a page needs nothing else")
            return super().fetch(url, headers)

    styles = [CSS(string=asset("fonts.css").replace("FOLDER", folder.as_uri()), font_config=config)]
    plain = re.sub(r"var\(--[\w-]+, *(#\w+)\)", r"\1", text)  # WeasyPrint knows no variables in drawings
    page = HTML(string=plain, url_fetcher=Inside())
    try:
        plan.write_whole(target, page.write_pdf(stylesheets=styles, font_config=config, pdf_tags=True))
    finally:
        config.__del__()  # its folder of fonts, which a process that ends at once would leave behind
