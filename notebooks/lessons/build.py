"""Make the student and the instructor version of every lesson, each in one language: `make lessons`."""

import argparse
import ast
import html
import json
import os
import re
import shutil
import sys
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
os.environ.setdefault("PRESS_ROOT", str(ROOT))
LESSONS = sorted(path.stem for path in HERE.glob("*.ipynb"))
QUIET = ["--IPKernelApp.log_level=40"]  # else the kernel warns of TCP on some machines
LOOK = (
    "<style>table.dataframe{border-collapse:collapse;border:0}"
    ".dataframe th,.dataframe td{border:0;border-bottom:1px solid #d1d5db;padding:.25rem .6rem}</style>"
)
CELL_SECONDS = 60  # a cell of a submission that runs longer is interrupted


def grader(into):
    """
    Open the course in a folder.

    Parameters
    ----------
    into : Path
        Holds source, release, submitted, collected, autograded, feedback and the database of grades.

    Returns
    -------
    NbGraderAPI
    """
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    config = Config()
    config.CourseDirectory.root = str(into)
    config.CourseDirectory.course_id = "lessons"
    config.CourseDirectory.submitted_directory = (
        "collected"  # see grade.collect: what was handed in stays as it is
    )
    config.ClearSolutions.code_stub = {"python": ""}
    config.Exchange.assignment_dir = str(into)
    config.Execute.extra_arguments = QUIET
    config.Execute.timeout = CELL_SECONDS
    return NbGraderAPI(config=config)


def must(done, what):
    """Stop with the grader's own words where a step of it failed; ``done`` is what its API returned."""
    if not done["success"]:
        raise SystemExit(f"{what} failed:\n{done.get('error') or ''}\n{done.get('log') or ''}")


def _read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def _write(book, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def release(into):
    """
    Make the student versions, one folder a language: solutions taken out, checks locked.

    Parameters
    ----------
    into : Path
        ``release`` is what the grader knows (English); ``student/<lang>`` is what students get.
    """
    from press import project, translate

    api = grader(into)
    for lesson in LESSONS:
        source = into / "source" / lesson
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir(parents=True)
        shutil.copy(HERE / f"{lesson}.ipynb", source)
        shutil.copy(HERE / "checks.py", source)
        must(api.generate_assignment(lesson, force=True), lesson)
        for lang in project.languages():
            book = _read(into / "release" / lesson / f"{lesson}.ipynb")
            book = told(translate.in_language(book, f"lessons/{lesson}", lang))
            _write(book, into / "student" / lang / f"{lesson}.ipynb")
        print(f"student: {lesson}", flush=True)
    for lang in project.languages():
        equip(into / "student" / lang, lang)


def told(book):
    """
    Let a code cell say each paragraph that computes something, so that any program for notebooks shows its numbers.

    Parameters
    ----------
    book : dict
        A notebook whose text may hold expressions (``{eval}`...` ``).

    Returns
    -------
    dict
        The same with ``checks.tell(...)``, its code folded, in place of such a paragraph.
    """
    from press import messages

    cells = []
    for cell in book["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] != "markdown" or not messages.expressions(text):
            cells.append(cell)
            continue
        blocks = ((bool(messages.expressions(block)), block) for block, _ in messages.blocks(text))
        for n, (computes, part) in enumerate(groupby(blocks, key=lambda block: block[0])):
            source = "\n\n".join(block for _, block in part)
            name = f"{cell['id']}-{n}" if n else cell["id"]
            new = {
                "cell_type": "markdown",
                "id": name,
                "metadata": cell["metadata"],
                "source": source,
            }
            if computes:
                new |= {"cell_type": "code", "execution_count": None, "outputs": []}
                new |= {"metadata": {"jupyter": {"source_hidden": True}}}
                new |= {"source": f'checks.tell(\n    r"""{source}"""\n)'}
            cells.append(new)
    return book | {"cells": cells}


def equip(folder, lang):
    """
    Put beside a student's notebooks what they import and read, and what opens them on any computer.

    Parameters
    ----------
    folder : Path
    lang : str
    """
    for name in ("checks.py", "start.py", "requirements.txt"):
        shutil.copy(HERE / name, folder)
    shutil.copy(HERE / "student" / f"READ_ME.{lang}.txt", folder / "READ_ME.txt")
    texts = f"notebooks/locale/{lang}/lessons/checks.po"
    if (ROOT / texts).is_file():
        (folder / texts).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / texts, folder / texts)
    for source, ignored in (("src/helpers", "__pycache__"), ("data", "own")):
        left_out = shutil.ignore_patterns(ignored)
        shutil.copytree(ROOT / source, folder / source, ignore=left_out, dirs_exist_ok=True)


def run(lesson, lang):
    """
    Run a lesson with its solutions in one language, in this process.

    Parameters
    ----------
    lesson, lang : str

    Returns
    -------
    NotebookNode
    """
    import nbformat

    from press import engine, translate

    book = nbformat.from_dict(
        translate.in_language(_read(HERE / f"{lesson}.ipynb"), f"lessons/{lesson}", lang)
    )
    for cell in book.cells:
        cell.source = "".join(cell.source)
        if cell.id.startswith("answer-"):
            cell.source = spoken(cell.source, lang)
    reach = f"import sys\nsys.path.insert(0, {str(HERE)!r})\n"  # lessons import checks
    reach += "import checks\nchecks.set_up()"  # again: imported before this shell was made
    book.cells.insert(0, nbformat.v4.new_code_cell(reach))
    with engine.Shell(book, str(HERE)) as runner:
        engine.run_cells(runner, {lang: book})
    book.cells.pop(0)
    return book


def spoken(source, lang):
    """
    Return the code of a solution with what it says in a language.

    Parameters
    ----------
    source, lang : str

    Returns
    -------
    str
        With the text of each ``said("...")`` as readers of that language see it.
    """
    import checks

    from helpers import words

    words.use(lang)
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "said":
            text = checks.said(call.args[0].value)
            if text != call.args[0].value:
                written = ast.get_source_segment(source, call.args[0])
                source = source.replace(written, json.dumps(text, ensure_ascii=False))
    return source


def checked(book, lesson, lang):
    """
    Return a lesson that was run.

    Parameters
    ----------
    book : NotebookNode
    lesson, lang : str

    Raises
    ------
    SystemExit
        If a cell failed: the solution of an exercise does not pass its own check, or the lesson is broken.
    """
    for cell in book.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                raise SystemExit(
                    f"{lesson} ({lang}), cell {cell.id}: {output.ename}: {output.evalue}"
                )
        cell.metadata.pop("execution", None)
    return book


def instruct(into):
    """
    Run every lesson with its solutions, in every language, and keep notebook and page in ``instructor/<lang>``.

    Parameters
    ----------
    into : Path
    """
    import nbformat

    from press import messages, project
    from press.render import report_html

    languages = project.languages()
    for lang in languages:
        folder, titles = into / "instructor" / lang, {}
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["PRESS_OUT"] = str(into / "work" / lang)
        for lesson in LESSONS:
            with get_context("spawn").Pool(1) as process:  # no lesson knows what another did
                book = checked(process.apply(run, (lesson, lang)), lesson, lang)
            nbformat.write(book, folder / f"{lesson}.ipynb")
            titles[lesson] = messages.heading(book.cells[0].source)
            others = [(code, name) for code, name in languages.items() if code != lang]
            page = {
                "lang": lang, "title": titles[lesson], "name": "", "all": "index.html", "all_label": TITLES[lang],
                "links": [{"label": name, "href": f"../{code}/{lesson}.html", "lang": code} for code, name in others],
                "files": [], "error": None,
            }  # fmt: skip
            own = {"label": f"{lesson}.ipynb", "href": f"{lesson}.ipynb", "lang": ""}
            text = _code_first(report_html(book.cells, page | {"links": [*page["links"], own]}))
            (folder / f"{lesson}.html").write_text(text, encoding="utf-8")
            show(book.cells, page, into / "student" / lang / "pages", lesson)
            print(f"instructor: {lesson} ({lang})", flush=True)
        pages = into / "student" / lang / "pages"
        (folder / "index.html").write_text(_index(lang, titles), encoding="utf-8")
        (pages / "index.html").write_text(_index(lang, titles, FORMS[lang]), encoding="utf-8")


SLIDES = """<style>
nav.top, footer, .contents, details.code, .under { display: none }
html { scroll-snap-type: y mandatory; font-size: 20px } body { max-width: 60rem }
section.slide { min-height: 100vh; scroll-snap-align: start; padding: 2vh 0; display: flex; flex-direction: column; justify-content: center }
section.slide h1, section.slide h2 { border: 0; margin-top: 0 } figure img, figure svg { max-height: 48vh; width: auto }
section.slide :is(.dataframe, pre) { font-size: .65em; line-height: 1.3; margin: 0 } section.slide .dataframe :is(th, td) { padding: 0 .6rem }
@media print { section.slide { break-after: page; min-height: 0 } }
</style>"""
FIVE_MINUTES = (
    "title-text",
    "picture",
    "picture-text",
    "picture-said-text",
    "ideas-text",
    "discuss-text",
)


def show(cells, page, folder, lesson):
    """
    Write the forms of a lesson that need no Python: with answers to open, as slides, and for five minutes.

    Parameters
    ----------
    cells : list of dict
        Of the lesson, run with its solutions.
    page : dict
        Of ``press.render.report_html``.
    folder : Path
    lesson : str
    """
    from press.render import report_html

    folder.mkdir(parents=True, exist_ok=True)
    page = page | {"links": []}
    cells = [cell for cell in cells if cell["id"] != "run-text"]  # how to run the notebook
    ids = [cell["id"] for cell in cells]
    told = cells[: ids.index("exercise-1-text")] + cells[ids.index("check-3") + 1 :]
    short = [cell for cell in told if cell["id"] in FIVE_MINUTES]
    forms = {
        f"{lesson}.html": _folded(
            _code_first(report_html(_with_answers(cells), page)), page["lang"]
        ),
        f"{lesson}-slides.html": _slides(report_html(told, page)),
        f"{lesson}-5-minutes.html": _slides(report_html(short, page)),
    }
    for name, text in forms.items():
        (folder / name).write_text(text, encoding="utf-8")


def _slides(page):
    """Every block of text begins a slide, with what its cells show below it; Page Down goes to the next."""
    before, rest = page.split('<main id="main">', 1)
    inside, after = rest.split("</main>", 1)
    parts = re.split(r'(?=<div class="text">)', inside)
    parts[:3] = ["".join(parts[:3])]  # the title, and the text below it
    slides = "".join(f'<section class="slide">{part}</section>' for part in parts)
    head = before.replace("</head>", f"{SLIDES}</head>", 1)
    return f'{head}<main id="main">{slides}</main>{after}'


ANSWER = {"en": "Answer", "vi": "Đáp án"}


def _with_answers(cells):
    """Return the cells with each solution alone in its cell, below a mark, and nothing of the blank."""
    out = []
    for cell in cells:
        if cell["id"].startswith("answer-"):
            solution = re.split(r"### (?:BEGIN|END) SOLUTION\n?", cell["source"])[1]
            tags = {"tags": [*cell["metadata"].get("tags", []), "solution"]}
            cell = {
                **cell,
                "source": f"# {cell['id']}\n{solution}",
                "metadata": cell["metadata"] | tags,
            }
        out.append(cell)
    return out


def _folded(page, lang):
    """Fold every answer: a reader opens it after thinking."""
    for mark in re.findall(r'<span class="c1"># answer-\d</span>\s*', page):
        start = page.rindex('<details class="code" open>', 0, page.index(mark))
        folded = page[start:].replace(" open><summary>", "><summary>", 1).replace(mark, "", 1)
        page = page[:start] + re.sub(
            r"<summary>[^<]*</summary>", f"<summary>{ANSWER[lang]}</summary>", folded, count=1
        )
    return page


def _code_first(page):
    """In a report code follows its result, folded; in a lesson it stands before it, open."""
    turned = r'<div class="cell"><details class="code" open>\2</details>\1'
    page = re.sub(
        r'<div class="cell">(.*?)<details class="code">(.*?)</details>',
        turned,
        page,
        flags=re.DOTALL,
    )
    return page.replace("</head>", f"{LOOK}</head>", 1)


FORMS = {
    "en": {"-slides": "slides", "-5-minutes": "five minutes"},
    "vi": {"-slides": "bản trình chiếu", "-5-minutes": "bản năm phút"},
}


TITLES = {"en": "Lessons", "vi": "Bài học"}


def _index(lang, titles, forms=None):
    rows = ""
    for lesson, text in titles.items():
        links = [f'<a href="{lesson}{end}.html">{name}</a>' for end, name in (forms or {}).items()]
        more = f"<br>{' · '.join(links)}" if links else ""
        rows += f'<li><a href="{lesson}.html">{html.escape(text)}</a>{more}</li>'
    style = "body{font:1rem/1.6 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem} :root{color-scheme:light dark}"
    style += " a{color:#0b5a8a} @media(prefers-color-scheme:dark){html{background:#17191b;color:#e5e6e8} a{color:#7cc0ec}}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{TITLES[lang]}</title>'
    return f'<!DOCTYPE html><html lang="{lang}"><head>{head}<style>{style}</style></head><body><main><h1>{TITLES[lang]}</h1><ol>{rows}</ol></main></body></html>\n'


def main():
    """Build into a folder given by ``--into``; without ``--no-pages`` the instructor's versions too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "lessons_built")
    parser.add_argument("--no-pages", action="store_true", help="only the student versions")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    release(given.into.resolve())
    if not given.no_pages:
        instruct(given.into.resolve())


if __name__ == "__main__":
    main()
