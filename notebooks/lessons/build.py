"""Make the student and the instructor version of every lesson, with nbgrader: `make lessons`."""

import argparse
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LESSONS = sorted(path.stem for path in HERE.glob("*.ipynb"))
LANGUAGES = ("en", "vi")


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

    from helpers.site import report_html

    folder = into / "instructor"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HELPERS_OUT"] = str(into / "work")
    for lesson in LESSONS:
        for lang in LANGUAGES:
            nb = nbformat.read(HERE / f"{lesson}.ipynb", as_version=4)
            (cell,) = [c for c in nb.cells if c.id == "parameters"]
            cell.source = cell.source.replace('lang: str = "en"', f'lang: str = "{lang}"')
            NotebookClient(nb, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}).execute()
            for cell in nb.cells:
                cell.metadata.pop("execution", None)
            name = f"{lesson}.{lang}"
            nbformat.write(nb, folder / f"{name}.ipynb")
            other = LANGUAGES[LANGUAGES.index(lang) - 1]
            label = {"en": "English", "vi": "Tiếng Việt"}[other]
            heading = next(c.source for c in nb.cells if f"lang-{lang}" in c.metadata.get("tags", []))
            page = {
                "lang": lang, "title": heading.splitlines()[0].lstrip("# "), "index": "index.html",
                "links": [{"label": label, "href": f"{lesson}.{other}.html", "lang": other}], "parameters": {"lang": lang},
                "files": [f"{name}.ipynb"], "inputs": {}, "rerun": "make lessons", "other": "make lessons", "error": None,
            }  # fmt: skip
            text = report_html(nb, page).replace('<details class="code">', '<details class="code" open>')
            (folder / f"{name}.html").write_text(text, encoding="utf-8")
            print(f"instructor/{name}", flush=True)


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
