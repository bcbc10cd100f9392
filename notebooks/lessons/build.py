"""Make the student and the instructor version of every lesson, with nbgrader: `make lessons`."""

import argparse
import html
import os
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LESSONS = sorted(path.stem for path in HERE.glob("*.ipynb"))
LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
QUIET = ["--IPKernelApp.log_level=40"]  # else the kernel warns of TCP on some machines
LOOK = (
    "<style>table.dataframe{border-collapse:collapse;border:0}"
    ".dataframe th,.dataframe td{border:0;border-bottom:1px solid #d1d5db;padding:.25rem .6rem}</style>"
)


def grader(into):
    """
    Open the course in a folder.

    Parameters
    ----------
    into : Path
        Holds source, release, submitted, autograded, feedback and the database of grades.

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
    config.ClearSolutions.code_stub = {"python": "# your answer above / câu trả lời ở dòng trên"}
    config.Exchange.assignment_dir = str(into)
    config.Execute.extra_arguments = QUIET
    return NbGraderAPI(config=config)


def must(done, what):
    """Stop with the grader's own words where a step of it failed; ``done`` is what its API returned."""
    if not done["success"]:
        raise SystemExit(f"{what} failed:\n{done.get('error') or ''}\n{done.get('log') or ''}")


def release(into):
    """
    Copy the sources and make the student versions: solutions taken out, checks locked.

    Parameters
    ----------
    into : Path
    """
    api = grader(into)
    for lesson in LESSONS:
        source = into / "source" / lesson
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir(parents=True)
        shutil.copy(HERE / f"{lesson}.ipynb", source)
        shutil.copy(HERE / "checks.py", source)
        must(api.generate_assignment(lesson, force=True), lesson)
        print(f"release/{lesson}", flush=True)


def instruct(into):
    """
    Run every lesson with its solutions, in both languages, and keep notebook and page.

    Parameters
    ----------
    into : Path
    """
    import nbformat
    from nbclient import NotebookClient

    from press.site import report_html

    folder = into / "instructor"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PRESS_OUT"] = str(into / "work")
    titles = {}
    for lesson in LESSONS:
        for lang in LANGUAGES:
            nb = nbformat.read(HERE / f"{lesson}.ipynb", as_version=4)
            (cell,) = [c for c in nb.cells if c.id == "parameters"]
            cell.source = cell.source.replace('lang: str = "en"', f'lang: str = "{lang}"')
            place = {"metadata": {"path": str(HERE)}}
            NotebookClient(nb, timeout=600, kernel_name="python3", resources=place, extra_arguments=QUIET).execute()
            for cell in nb.cells:
                cell.metadata.pop("execution", None)
            name = f"{lesson}.{lang}"
            nbformat.write(nb, folder / f"{name}.ipynb")
            titles[lesson, lang] = _title(nb, lang)
            other = {"en": "vi", "vi": "en"}[lang]
            page = {
                "lang": lang, "title": titles[lesson, lang], "index": "index.html",
                "links": [{"label": LANGUAGES[other], "href": f"{lesson}.{other}.html", "lang": other}],
                "parameters": {"lang": lang}, "files": [f"{name}.ipynb"], "inputs": {}, "rerun": "make lessons",
                "other": "make lessons", "error": None,
            }  # fmt: skip
            (folder / f"{name}.html").write_text(_code_first(report_html(nb, page)), encoding="utf-8")
            print(f"instructor/{name}", flush=True)
    (folder / "index.html").write_text(_index(titles), encoding="utf-8")


def _title(nb, lang):
    return next(c.source for c in nb.cells if f"lang-{lang}" in c.metadata.get("tags", [])).splitlines()[0].lstrip("# ")


def _code_first(page):
    """In a report code follows its result, folded; in a lesson it stands before it, open, but where it only shows something."""

    def turned(found):
        result, code = found.groups()
        shows = re.search(r"doc\.(figure|table|say)\(", re.sub("<[^>]+>", "", code))
        return found[0] if shows else f'<div class="cell"><details class="code" open>{code}</details>{result}'

    page = re.sub(r'<div class="cell">(.*?)<details class="code">(.*?)</details>', turned, page, flags=re.DOTALL)
    return page.replace("</head>", f"{LOOK}</head>", 1)


def _index(titles):
    parts = []
    for lang, language in LANGUAGES.items():
        rows = "".join(f'<li><a href="{lesson}.{of}.html">{html.escape(text)}</a></li>' for (lesson, of), text in titles.items() if of == lang)
        parts.append(f'<section lang="{lang}"><h2>{language}</h2><ol>{rows}</ol></section>')
    style = "body{font:1rem/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Lessons / Bài học</title><style>{style}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><main><h1>Lessons / <span lang="vi">Bài học</span></h1>{"".join(parts)}</main></body></html>\n'


def main():
    """Build into a folder given by ``--into``; without ``--no-pages`` the instructor's pages too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=HERE.parents[1] / "lessons_built")
    parser.add_argument("--no-pages", action="store_true", help="only the student versions")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    release(given.into.resolve())
    if not given.no_pages:
        instruct(given.into.resolve())


if __name__ == "__main__":
    main()
