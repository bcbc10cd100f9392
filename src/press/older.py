"""Notebooks in the old form (text of every language in the file, a parameter ``lang``): run once a language. Goes when the last one is gone."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from press import execute as machine
from press import plan


def execute_one(job: Any, lang: str, opened: str) -> None:
    """Run the notebook in one language and leave it, with what went wrong, beside the folder of the run."""
    nb = machine.source(job.run, {"lang": lang})
    fault = machine.perform(job, {lang: nb}, "", opened)
    Path(f"{job.folder}.{lang}.json").write_text(json.dumps([nb, fault]), encoding="utf-8")


def execute(job: Any, opened: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """
    Run the notebook once a language, each in a process of its own; estimates and files stay from the first, the other languages' own files go to a folder a language.

    Returns
    -------
    books : dict of str to NotebookNode
    fault : dict or None
    """
    import nbformat

    books, fault, whole = {}, None, job.folder
    for number, lang in enumerate(job.run.languages):
        job.folder = whole if number == 0 else f"{whole}/{lang}"
        Path(job.folder).mkdir(exist_ok=True)
        os.environ["PRESS_OUT"] = job.folder
        child = os.fork()
        if child == 0:
            code = 1
            try:
                execute_one(job, lang, f"{opened}.{lang}")
                code = 0
            except BaseException:
                import traceback

                traceback.print_exc()
            sys.stderr.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        left = Path(f"{job.folder}.{lang}.json")
        if code or not left.is_file():
            raise OSError(f"the process that ran {job.run.id} in {lang} ended early (exit code {code})")
        nb, wrong = json.loads(left.read_bytes())
        left.unlink()
        books[lang] = nbformat.from_dict(nb)
        fault = fault or machine.first_error(machine.clean(books[lang])) or wrong
        if number:
            (Path(job.folder) / plan.RESULTS).unlink(missing_ok=True)
        if fault:
            break
    job.folder = whole
    os.environ["PRESS_OUT"] = whole
    for lang in job.run.languages:
        if lang not in books:
            books[lang] = machine.source(job.run, {"lang": lang})
    return books, fault
