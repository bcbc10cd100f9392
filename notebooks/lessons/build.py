"""Make the student and the instructor version of every lesson, each in one language: `make lessons`."""

import argparse
import html
import json
import os
import re
import shutil
import sys
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
            _write(
                translate.in_language(book, f"lessons/{lesson}", lang),
                into / "student" / lang / f"{lesson}.ipynb",
            )
            shutil.copy(HERE / "checks.py", into / "student" / lang)
        print(f"student: {lesson}", flush=True)


def run(lesson, lang, opened):
    """
    Run a lesson with its solutions in one language.

    Parameters
    ----------
    lesson, lang : str
    opened : Path
        A file for the record of what is read.

    Returns
    -------
    NotebookNode

    Raises
    ------
    SystemExit
        If a cell fails: the solution of an exercise does not pass its own check, or the lesson is broken.
    """
    import nbformat

    from press import engine, translate

    book = nbformat.from_dict(
        translate.in_language(_read(HERE / f"{lesson}.ipynb"), f"lessons/{lesson}", lang)
    )
    for cell in book.cells:
        cell.source = "".join(cell.source)
    kernel = engine.Kernel(book, str(HERE), str(opened))
    kernel.client.extra_arguments = QUIET
    with kernel:
        kernel.quietly(f"import sys\nsys.path.insert(0, {str(HERE)!r})")
        engine.run_cells(kernel, {lang: book})
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
            book = run(lesson, lang, into / "opened")
            nbformat.write(book, folder / f"{lesson}.ipynb")
            titles[lesson] = messages.heading(book.cells[0].source)
            others = [(code, name) for code, name in languages.items() if code != lang]
            page = {
                "lang": lang, "title": titles[lesson], "name": "", "index": "index.html", "same": [],
                "links": [{"label": name, "href": f"../{code}/{lesson}.html", "lang": code} for code, name in others],
                "parameters": {"lang": lang}, "files": [f"{lesson}.ipynb"], "inputs": {}, "rerun": "make lessons",
                "other": "make lessons", "error": None,
            }  # fmt: skip
            text = _code_first(report_html(book.cells, page))
            (folder / f"{lesson}.html").write_text(text, encoding="utf-8")
            print(f"instructor: {lesson} ({lang})", flush=True)
        (folder / "index.html").write_text(_index(lang, languages[lang], titles), encoding="utf-8")
    for file in into.glob("opened*"):
        file.unlink()


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


def _index(lang, language, titles):
    rows = "".join(
        f'<li><a href="{lesson}.html">{html.escape(text)}</a></li>'
        for lesson, text in titles.items()
    )
    style = "body{font:1rem/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{language}</title>'
    return f'<!DOCTYPE html><html lang="{lang}"><head>{head}<style>{style}</style></head><body><main><ol>{rows}</ol></main></body></html>\n'


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
