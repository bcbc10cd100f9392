"""Grade what stands in submitted/<student>/<lesson>/, write grades.csv and feedback pages: `make grade-lessons`."""

import argparse
import warnings
from pathlib import Path

from build import LESSONS, grader, must


def main():
    """Grade every submission in the folder given by ``--into``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parents[2] / "lessons_built")
    into = parser.parse_args().into.resolve()
    warnings.filterwarnings("ignore", "Object of type <Submitted", module="nbgrader")  # of its own database session
    api = grader(into)
    known = {lesson: sorted(path.parent.name for path in into.glob(f"submitted/*/{lesson}")) for lesson in LESSONS}
    if not any(known.values()):
        raise SystemExit(f"nothing to grade: expected {into.name}/submitted/<student>/<lesson>/<lesson>.ipynb.")
    for lesson, students in known.items():
        for student in students:
            must(api.autograde(lesson, student, force=True), f"{student}, {lesson}")
            must(api.generate_feedback(lesson, student, force=True), f"{student}, {lesson}")
            print(f"{student}, {lesson}", flush=True)
    from nbgrader.plugins import CsvExportPlugin

    with api.gradebook as gradebook:
        CsvExportPlugin(to=str(into / "grades.csv")).export(gradebook)
    print(f"{into.name}/grades.csv, {into.name}/feedback/")


if __name__ == "__main__":
    main()
