"""
Grade what was handed in, write grades.csv and feedback pages: `make grade-lessons`.

No submission stops the class: each is looked through first, then graded in a process of its own with a limit of time and
memory. What was found stands in the column ``remark`` of grades.csv and on the terminal.
"""

import argparse
import contextlib
import csv
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from build import CELL_SECONDS, LESSONS, ROOT, grader, must

TAMPERS = re.compile(
    r"\bchecks\b(?:\.\w+|\[[^\]]*\])*\s*=(?!=)|\b(?:setattr|delattr|vars)\(\s*checks\b|\bchecks\.__dict__|\b(?:def|class|as) checks\b"
    r"|sys\.modules|\bmock\b|monkeypatch"
)  # what puts something else in the place of a check
PLACE = re.compile(r"\{(\w+)[^{}]*\}")  # of a value in a text of the checks
MEMORY = 4 << 30  # bytes that the process of one submission may take


@dataclass
class Submission:
    """One lesson of one student: the notebook handed in, what is odd about it, what it got, and the hint of each check ("": right)."""

    student: str
    lesson: str
    remarks: list = field(default_factory=list)
    ready: bool = False
    score: float = 0.0
    hints: dict = field(default_factory=dict)

    def refuse(self, why):
        """Note why it is not graded."""
        self.ready = False
        self.remarks.append(f"not graded: {why}")


def _marked(book):
    """Return the cells of a notebook that the grader knows, by their mark."""
    found = {}
    for cell in book["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name:
            found.setdefault(name, cell)
    return found


def _points(cell):
    return cell["metadata"]["nbgrader"].get("points", 0)


def released(into):
    """Return the marked cells of each lesson as released: lesson to mark to cell."""
    import nbformat

    files = {lesson: into / "release" / lesson / f"{lesson}.ipynb" for lesson in LESSONS}
    absent = [lesson for lesson, file in files.items() if not file.is_file()]
    if absent:
        raise SystemExit(f"{into.name}/release has no {', '.join(absent)}. Run make lessons first.")
    return {lesson: _marked(nbformat.read(file, as_version=4)) for lesson, file in files.items()}


def lesson_of(file, folder):
    """Return which lesson a file is, by the folder it is in or by how its name begins; None where neither says."""
    if file.parent.name in LESSONS:
        return file.parent.name
    inner = file.relative_to(folder).parts[0]
    return next(
        (name for name in LESSONS if file.name.startswith(name) or inner.startswith(name)), None
    )


def mend(book, lesson, known, remarks):
    """
    Make the marked cells of a submission what the grader expects, and note what was odd.

    Parameters
    ----------
    book : NotebookNode
        Changed in place: copies of a marked cell become plain cells, checks are put back as released.
    lesson : str
    known : dict
        From :func:`released`.
    remarks : list of str
        Takes the notes.

    Returns
    -------
    str or None
        Why it cannot be graded.
    """
    expected = known[lesson]
    checks = [
        str(cell["source"]).strip()
        for name, cell in _marked(book).items()
        if name.startswith("check-")
    ]
    for other, cells in known.items():
        theirs = [
            cell["source"].strip() for name, cell in cells.items() if name.startswith("check-")
        ]
        if other != lesson and checks and set(checks) <= set(theirs):
            return f"the file holds lesson {other}"
    places, by_source = (
        {},
        {
            cell["source"].strip(): name
            for name, cell in expected.items()
            if name.startswith("check-")
        },
    )
    for at, cell in enumerate(book.cells):
        mark = cell.metadata.pop("nbgrader", {})
        name = mark.get("grade_id") if isinstance(mark, dict) else None
        name = name or by_source.get(str(cell.source).strip()) or cell.get("id")
        if name in expected:
            places.setdefault(name, []).append(at)
        changed = cell.cell_type == "code" and TAMPERS.search(str(cell.source))
        if changed and not (name in expected and name.startswith("check-")):
            where = name if name in expected else f"cell {at + 1}"
            remarks.append(
                f"{where} puts something in the place of a check ({changed[0].strip()}): read it before you trust its points"
            )
    if not places:
        return "none of the exercises' cells is there; is it a notebook of this lesson?"
    answers = {name for name in expected if not name.startswith("check-")}
    bare = expected.keys() - places.keys() == answers
    if bare:
        remarks.append("marks lost; checks recognised by their text")
    for name, original in expected.items():
        spots = places.get(name, [])
        if bare and not spots:
            continue
        if not spots:
            lost = f": {_points(original):g} points lost" if name.startswith("check-") else ""
            remarks.append(f"{name} was deleted{lost}" if lost else f"{name} was not found")
            continue
        at = next((spot for spot in spots if book.cells[spot].get("id") == name), spots[0])
        if len(spots) > 1:
            remarks.append(f"{name} stands {len(spots)} times; the copies were run as plain cells")
        given = book.cells[at]
        same = (
            given.cell_type == original.cell_type
            and str(given.source).strip() == original.source.strip()
        )
        if name.startswith("check-") and not same:
            remarks.append(f"{name} was changed and has been put back")
        kept = original.source if name.startswith("check-") else str(given.source)
        book.cells[at] = type(original)(
            original | {"source": kept, "outputs": [], "execution_count": None}
        )
    return None


def collect(into, known):
    """
    Look through what was handed in and copy what can be graded to ``collected/``.

    Parameters
    ----------
    into : Path
        ``submitted/<student>/<lesson>/<lesson>.ipynb``; a renamed file or folder is taken where it is the only one.
    known : dict
        From :func:`released`.

    Returns
    -------
    list of Submission
        Every student with every lesson.
    """
    shutil.rmtree(into / "collected", ignore_errors=True)
    people = sorted(
        p for p in (into / "submitted").glob("*") if p.is_dir() and not p.name.startswith(".")
    )
    found = []
    for folder in people:
        files, strange = {}, []
        for file in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if hidden or file.is_dir() or file.name == "checks.py":
                continue
            lesson = lesson_of(file, folder) if file.suffix == ".ipynb" else None
            if lesson:
                files.setdefault(lesson, []).append(file)
            elif file.suffix == ".ipynb" or file.parent == folder:
                strange.append(file.relative_to(folder).as_posix())
        for lesson in LESSONS:
            item = Submission(folder.name, lesson)
            found.append(item)
            _take(item, files.get(lesson, []), folder, into, known)
        if strange:
            found.append(
                Submission(
                    folder.name, "", [f"not read, for no lesson is named so: {', '.join(strange)}"]
                )
            )
    return found


def _take(item, files, folder, into, known):
    import nbformat

    lesson = item.lesson
    exact = folder / lesson / f"{lesson}.ipynb"
    if not files:
        empty = (folder / lesson).is_dir()
        item.remarks.append(
            f"not graded: the folder holds no {lesson}.ipynb" if empty else "not handed in"
        )
        return
    if exact not in files and len(files) > 1:
        names = ", ".join(file.relative_to(folder).as_posix() for file in files)
        item.refuse(f"several notebooks ({names}); expected {lesson}/{lesson}.ipynb")
        return
    file = exact if exact in files else files[0]
    if file != exact:
        item.remarks.append(f"taken from {file.relative_to(folder).as_posix()}")
    try:
        warnings.filterwarnings(
            "ignore", "Cell is missing an id"
        )  # of older notebooks; they get one
        book = nbformat.reads(file.read_text(encoding="utf-8-sig"), as_version=4)
        why = mend(book, lesson, known, item.remarks)
        if why:
            item.refuse(why)
            return
        target = into / "collected" / item.student / lesson / f"{lesson}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = nbformat.writes(book)
        target.write_text(text, encoding="utf-8")
    except Exception as error:
        item.refuse(
            f"{file.name} is not a whole notebook ({type(error).__name__}: {_short(error)})"
        )
        return
    for other in file.parent.iterdir() if file.parent != folder else ():
        if other.is_file() and other.suffix != ".ipynb" and other.name != "checks.py":
            shutil.copy(other, target.parent)
    item.ready = True


def _short(text):
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", str(text)).split())[-200:]


def _reason(log):
    """Return what stopped the grader: the last line of its log that names an error, else the log's end."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines()
    named = [
        line
        for line in lines
        if re.match(r"[\w.]*(Error|Exception|Timeout|Limit)\w*(: |$)", line.strip())
    ]
    return _short(named[-1] if named else log)


def grade_one(into, student, lesson):
    """Grade one submission in this process and write its feedback page."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    warnings.filterwarnings(
        "ignore", "Object of type <Submitted", module="nbgrader"
    )  # of its own database session
    api = grader(into)
    must(api.autograde(lesson, student, force=True), f"{student}, {lesson}")
    must(api.generate_feedback(lesson, student, force=True), f"{student}, {lesson}")


def _stop(process):
    """End a process and all that it started."""
    import psutil

    with contextlib.suppress(psutil.Error):
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def grade(into, item, seconds):
    """Grade one submission in a process of its own; note what went wrong."""
    command = [sys.executable, __file__, "--into", str(into), "--one", item.student, item.lesson]
    log = into / "collected" / "log.txt"
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            _stop(process)
            item.refuse(f"stopped after {seconds} seconds; a cell does not end")
            return
        except BaseException:
            _stop(process)
            raise
    if process.returncode:
        item.refuse(
            f"the grader failed: {_reason(log.read_text(encoding='utf-8', errors='replace'))}"
        )
        return
    _judge(into, item)


@functools.cache
def _texts():
    """Return a pattern of each translated text of the checks, with its English; those with most words of their own first."""
    from babel.messages.pofile import read_po

    found = []
    for file in sorted((ROOT / "notebooks" / "locale").glob("*/lessons/checks.po")):
        with file.open("rb") as stream:
            found += [(str(m.string), str(m.id)) for m in read_po(stream) if m.id and m.string]
    found.sort(key=lambda pair: len(PLACE.sub("", pair[0])), reverse=True)
    return [(_pattern(told), english) for told, english in found]


def _pattern(text):
    own, *rest = PLACE.split(text)
    pattern = re.escape(own)
    for name, own in zip(rest[::2], rest[1::2], strict=True):
        value = f"(?P={name})" if f"(?P<{name}>" in pattern else f"(?P<{name}>.*?)"
        pattern += value + re.escape(own)
    return re.compile(pattern, re.DOTALL)


def in_english(hint):
    """
    Return a hint in English, so that those who work in different languages are counted together.

    Parameters
    ----------
    hint : str
        As a check gave it, in any language of the lessons.
    """
    for pattern, english in _texts():
        if found := pattern.fullmatch(hint):
            return PLACE.sub(lambda place: found[place[1]], english)
    return hint


def _judge(into, item):
    import nbformat
    from nbgrader.api import MissingEntry

    try:
        with grader(into).gradebook as gradebook:
            item.score = float(gradebook.find_submission(item.lesson, item.student).score)
    except MissingEntry:
        item.refuse("the grader has no entry for it")
        return
    file = into / "autograded" / item.student / item.lesson / f"{item.lesson}.ipynb"
    slow = f"did not end within {CELL_SECONDS} seconds"
    limits = {
        "CellTimeoutError": slow,
        "KeyboardInterrupt": slow,
        "MemoryError": "took more memory than there is for it",
    }
    for number, cell in enumerate(nbformat.read(file, as_version=4).cells, 1):
        errors = [o for o in cell.get("outputs", []) if o.output_type == "error"]
        name = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell {number}")
        if name.startswith("check-"):
            item.hints[name[-1]] = _short(in_english(errors[0].evalue)) if errors else ""
        ended = [limits[error.ename] for error in errors if error.ename in limits]
        if ended:
            item.remarks.append(f"{name} {ended[0]}")
        elif errors and not name.startswith("check-"):
            item.remarks.append(f"{name} ends in an error ({errors[0].ename})")


def most(item, known):
    """Return the points that a lesson gives at most."""
    return float(sum(_points(cell) for cell in known.get(item.lesson, {}).values()))


def write_table(into, found, known):
    """Write grades.csv: a row for each student and lesson."""
    with open(into / "grades.csv", "w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["student_id", "assignment", "score", "max_score", "remark"])
        for item in found:
            score = [item.score, most(item, known)] if item.lesson else ["", ""]
            table.writerow([item.student, item.lesson, *score, "; ".join(item.remarks)])


def write_exercises(into, found):
    """Write exercises.csv: a row for each exercise and hint, the most frequent first, so that a teacher sees what to explain again."""
    seen = Counter(
        (item.lesson, exercise, hint) for item in found for exercise, hint in item.hints.items()
    )
    graded = Counter((lesson, exercise) for lesson, exercise, _ in seen.elements())
    with open(into / "exercises.csv", "w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["lesson", "exercise", "graded", "right", "hint", "students_with_it"])
        for lesson, exercise in sorted(graded):
            right = seen[lesson, exercise, ""]
            hints = [
                (n, h)
                for (one, two, h), n in seen.items()
                if (one, two) == (lesson, exercise) and h
            ]
            for n, hint in sorted(hints, reverse=True) or [("", "")]:
                table.writerow([lesson, exercise, graded[lesson, exercise], right, hint, n])


def main():
    """Grade every submission in the folder given by ``--into``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "lessons_built")
    parser.add_argument(
        "--seconds", type=int, default=300, help="how long one submission may take (default: 300)"
    )
    parser.add_argument("--one", nargs=2, metavar=("STUDENT", "LESSON"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    into = given.into.resolve()
    if given.one:
        grade_one(into, *given.one)
        return
    known = released(into)
    found = collect(into, known)
    if not any(item.ready or "not handed in" not in item.remarks for item in found):
        raise SystemExit(
            f"nothing to grade: expected {into.name}/submitted/<student>/<lesson>/<lesson>.ipynb."
        )
    for item in found:
        if item.ready:
            grade(into, item, given.seconds)
        if item.remarks != ["not handed in"]:
            said = f"{item.score:g} of {most(item, known):g} points" if item.lesson else ""
            print(
                ": ".join(
                    filter(
                        None,
                        [
                            f"{item.student}, {item.lesson}".rstrip(", "),
                            "; ".join(filter(None, [said, *item.remarks])),
                        ],
                    )
                ),
                flush=True,
            )
        write_table(into, found, known)
    write_exercises(into, found)
    print(f"{into.name}/grades.csv, {into.name}/exercises.csv, {into.name}/feedback/")


if __name__ == "__main__":
    main()
