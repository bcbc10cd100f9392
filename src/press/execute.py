"""One run: a notebook executed once, its results and what it read written down, its pages made, each whole or not at all."""

import contextlib
import copy
import datetime
import gc
import json
import logging
import os
import re
import resource
import socket
import sys
import time
from pathlib import Path
from typing import Any

from press import catalogue, messages, plan, project, reads, render
from press.catalogue import Run
from press.plan import Job

SHOWN_LIMIT, MOST_COLUMNS = 20_000_000, 200
GATHERED = frozenset({"estimator", "estimate"})  # the columns of a table of estimates
Books = dict[str, Any]  # the notebook by language
# What went wrong: name, message, cell, source, traceback; told: message and traceback in other languages.
Fault = dict[str, Any]


def _portable(text: str) -> str:
    """Take the names of this machine's folders out of a text, except inside addresses and longer names."""
    text, home = text.encode("utf-8", "replace").decode(), os.path.expanduser("~")  # noqa: PTH111 (there may be none)
    places = (os.environ.get("PRESS_OUT", ""), ""), (str(project.root()), ""), (home, "~/")
    for place, said in (pair for pair in places if len(pair[0]) > 1 and pair[0] in text):
        alone = rf"(?<![\w/.:~<-]){re.escape(place)}(?![\w.-])"
        text = re.sub(alone, said.rstrip("/") or ".", re.sub(alone + os.sep, said, text))
    return re.sub(r"\bat 0x[0-9a-f]{6,}", "at 0x...", text) if "at 0x" in text else text


def clean(nb: Any) -> Any:
    """
    Drop from an executed notebook all that another time, folder or engine would change, and cut floods of text; return it.

    Parameters
    ----------
    nb : NotebookNode
    """
    from nbconvert.preprocessors.coalescestreams import CoalesceStreamsPreprocessor

    nb.metadata = {k: nb.metadata[k] for k in ("kernelspec", "language_info") if k in nb.metadata}
    one_text, styles = CoalesceStreamsPreprocessor(), dict[str, str]()  # of what was printed in parts, or written over
    for number, cell in enumerate(nb.cells):
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell.id = "injected-parameters" if injected else cell.get("id", f"cell-{number}")
        cell.metadata = {k: v for k, v in cell.metadata.items() if v and k not in ("papermill", "execution")}
        one_text.preprocess_cell(cell, {}, number)
        shown = 0
        for output in cell.get("outputs", []):
            shown += sum(len(content) for content in output.get("data", {}).values() if isinstance(content, str))
            _clean_output(output, shown, styles)
        for entry in cell.metadata.get("user_expressions", []):
            data = entry["result"]["data"]
            data |= {kind: _portable(text) for kind, text in data.items() if isinstance(text, str)}
    return nb


def _clean_output(output: Any, shown: int, styles: dict[str, str]) -> None:
    from press.engine import STREAM_LIMIT

    def named(found: re.Match[str]) -> str:  # pandas' Styler draws its names by chance
        return styles.setdefault(found[0], f"T_{len(styles):05d}")

    if "data" in output and shown > SHOWN_LIMIT:
        output |= {"data": {"text/plain": f"[left out: a cell may show {SHOWN_LIMIT // 10**6} MB]"}, "metadata": {}}
    if "text" in output:
        text = _portable(output.text)
        cut = f"\n[cut after {STREAM_LIMIT} characters]\n" if len(text) > STREAM_LIMIT else ""
        output.text = text[:STREAM_LIMIT] + cut
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/") and isinstance(content, str):
            output.data[kind] = re.sub(r"\bT_[0-9a-f]{5,32}(?=[_\s\"'{,]|$)", named, _portable(content))
    if "traceback" in output:
        output.traceback = [_portable(line)[:5000] for line in output.traceback]
        output.evalue = _portable(output.evalue)[:5000]


def _fault(name: str, message: str, cell: int | None = None, source: str | None = None, trace: str = "") -> Fault:
    return {"name": name, "message": _portable(message), "cell": cell, "source": source, "traceback": trace}


def first_error(nb: Any) -> Fault | None:
    """Return the first error of an executed notebook that no tag ``raises-exception`` expects, None without one."""
    for number, cell in enumerate(nb.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                return _fault(output.ename, output.evalue, number, cell.source, "\n".join(output.traceback))
    return None


def source(run: Run, given: bool = True) -> Any:
    """Return a run's notebook with its parameters set in a cell after the one tagged ``parameters``, as papermill writes it."""
    import nbformat
    from papermill.parameterize import parameterize_notebook

    nb = nbformat.reads(json.dumps(project.book(project.notebooks() / f"{run.notebook}.ipynb")), as_version=4)
    for cell in nb.cells:  # without what an earlier run left in it
        cell.metadata.pop("user_expressions", None)
        cell.metadata.setdefault("tags", [])
        cell |= {"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}
    if not given or not run.parameters:
        return nb
    nb.metadata.setdefault("papermill", {})
    return parameterize_notebook(nb, run.parameters, kernel_name="python3", language="python")


def books_of(run: Run) -> Books:
    """Return a run's notebook in every language, ready to be executed."""
    book = source(run)
    books = {lang: copy.deepcopy(book) for lang in project.languages()}
    for lang, book in books.items():
        for cell in book.cells:
            if cell.cell_type == "markdown":
                cell.source = messages.translated(cell.source, run.notebook, lang)
    return books


def _perform(job: Job, books: Books) -> Fault | None:
    """Run the cells of a notebook in this process, or in a kernel, writing what they show into ``books``; return what went wrong."""
    from press import engine

    first, cwd = next(iter(books.values())), str((project.notebooks() / job.run.notebook).parent)

    def on_cell(index: int, failed: bool | None) -> None:
        cell, done = first.cells[index], failed is not None
        line = {"cell": index, "done": done, "count": cell.execution_count, "outputs": cell.outputs if done else []}
        with open(f"{job.folder}/.journal", "a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")

    try:
        with (engine.Shell if job.engine == "fork" else engine.Kernel)(first, cwd) as runner:
            at = engine.run_cells(runner, books, project.setting("language"), on_cell)
    except engine.ExpressionFailed as error:
        return _fault(*error.args)
    except Exception as error:
        if isinstance(error, OSError) and Path(job.folder).is_dir():
            raise
        return _fault(type(error).__name__, str(error))
    if at is None:
        return None
    said = "".join(output.get("text", "") for output in first.cells[at].outputs)
    if (found := first_error(first)) is None:
        return _fault("Error", said.strip() or "the cell failed", at + 1, first.cells[at].source)
    told = {lang: one for lang, nb in books.items() if (one := first_error(nb)) and one["message"] != found["message"]}
    return found | {"told": {lang: {k: one[k] for k in ("message", "traceback")} for lang, one in told.items()}}


def make(job: Job) -> None:
    """
    Make one report in ``job.folder``; runs in a process of its own, which it changes as it likes.

    Parameters
    ----------
    job : Job
        The manifest is written last: where it is, the report is whole.

    Raises
    ------
    OSError
        If the disk refuses. Whatever the notebook does wrong becomes an error page and raises nothing.
    """
    clock, mask = time.monotonic(), os.umask(0o022)
    os.umask(mask)
    ours = {"PRESS_OUT": job.folder, "PRESS_ROOT": str(project.root()), "SOURCE_DATE_EPOCH": "0"}
    ours |= {"LC_ALL": "C.UTF-8", "LANGUAGE": "", "COLUMNS": "80", "LINES": "24"}  # of nobody's terminal
    ours["PRESS_ADDRESS"] = project.setting("address")
    os.environ |= ours
    try:
        job = plan.as_now(job)
        books = books_of(job.run)
        fault = _perform(job, books)
    except (ValueError, KeyError) as error:
        books = {lang: source(job.run, given=False) for lang in project.languages()}
        fault = _fault(type(error).__name__, str(error))
    os.environ |= ours
    os.umask(mask)
    books = {lang: clean(copy.deepcopy(nb)) for lang, nb in books.items()}  # they share outputs
    limit, most = resource.getrlimit(resource.RLIMIT_DATA)
    if fault and "MemoryError" in fault["name"]:
        told = "no limit" if limit == resource.RLIM_INFINITY else f"{limit >> 20} MB"
        fault["message"] += f" Memory a report may take: {told} ({project.command()} run --memory)."
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    Path(job.folder).mkdir(parents=True, exist_ok=True)
    _finish(job, books, fault, time.monotonic() - clock)


def check_results(file: Path) -> list[list[str]]:
    """
    Return the rows of a table of results, headings first, or refuse one that others could not read or put together.

    Raises
    ------
    ValueError
        Naming line, what was found and what was expected.
    """
    rows = project.table(plan.bytes_of(file), file.name)
    head = rows[0] if rows else []
    if wrong := [name for name in dict.fromkeys(head) if head.count(name) > 1 or name == "report"][:5]:
        raise ValueError(f"{file.name}: no two columns may share a name, and none is called report (found: {wrong})")
    lost = GATHERED.difference(head)  # in another spelling, or beside others in one field
    if wrong := [name for name in head if lost & {part.strip() for part in re.split("[;|\t\ufeff]", name.lower())}]:
        raise ValueError(
            f"{file.name}: put together by the columns {sorted(GATHERED)}, between commas (found: {wrong})"
        )
    if len(head) > MOST_COLUMNS:
        raise ValueError(f"{file.name}: it has {len(head)} columns; expected at most {MOST_COLUMNS}")
    return rows


def _mark_tables(folder: Path) -> None:
    """Give each CSV file with letters beyond ASCII a byte order mark: by it, Excel reads the file as UTF-8."""
    for file in filter(Path.is_file, folder.rglob("*.csv")):
        content = file.read_bytes()
        if not content.isascii() and content[:3] != b"\xef\xbb\xbf":
            with contextlib.suppress(UnicodeDecodeError):
                content.decode("utf-8")
                plan.write_whole(file, b"\xef\xbb\xbf" + content)  # not into what it may be another name of


def _finish(job: Job, books: Books, fault: Fault | None, seconds: float) -> None:
    """Write a report: its notebooks, pages, and last the manifest."""
    folder, run, results = Path(job.folder), job.run, Path(job.folder, plan.RESULTS)
    plan.open_up(folder)
    for name in (".journal", ".console"):
        plan.remove(folder / name)
    own = [folder / name for name in (plan.MANIFEST, *project.languages(), *map(messages.book_of, project.languages()))]
    for path in sorted(folder.rglob("*")):
        said = "is a link, which is not published; write a file" if path.is_symlink() else ""
        said = said or ("was written where the report has its own; choose another name" if path in own else "")
        if path.is_file() and not path.name.isprintable():
            said = "has a name that holds what is no letter; rename it"
        if path.name != results.name and path.with_name(path.name.lower()) == results:
            said = f"would be left out of the results; name it {plan.RESULTS}"
        if said or not (path.is_file() or path.is_dir()):
            plan.remove(path)
            fault = fault or (_fault("ValueError", f"{path.relative_to(folder).as_posix()!r} {said}") if said else None)
    _mark_tables(folder)
    try:
        if results.exists():
            check_results(results)
    except (OSError, ValueError) as error:
        fault = fault or _fault("ValueError", str(error))
    if fault:
        plan.remove(results)
    read, book = reads.digests(), f"notebooks/{run.notebook}.ipynb"
    known = {name: read.pop(name) or "-" for name in job.execution.keys() & read.keys() - {book}}  # not as planned?
    if run.after:  # the results of these, and what is put together of them, count before it runs
        whose = "|".join(map(re.escape, run.after))
        counted = re.compile(rf"reports/([^/]*|({whose})/(.*({plan.RESULTS}|{plan.MANIFEST}|/))?)")
        read = {name: digest for name, digest in read.items() if not counted.fullmatch(name)}
    for lang, nb in books.items():
        (folder / messages.book_of(lang)).write_bytes(messages.book_bytes(nb))
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    for path in files.values():
        with open(path, "rb") as stream:
            os.fsync(stream.fileno())
    manifest = {
        **{k: getattr(run, k) for k in ("id", "notebook", "parameters", "labels")},
        "status": "failed" if fault else "ok",
        "error": _short(fault) if fault else None,
        "cell": fault["cell"] if fault else None,
        "fault": fault,
        "execution": job.execution | known,
        "read": read,
        "files": {name: plan.sha(path.read_bytes()) for name, path in files.items()},
        **{k: getattr(job, k) for k in ("versions", "engine", "commit", "reasons")},
        "host": socket.gethostname(),
        "ended": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
    }
    render.write(job, books, manifest)


def _short(fault: Fault) -> str:
    """Return a fault in one line: of a long one its beginning, and its end, where the remedy stands."""
    said = f"{fault['name']}: {fault['message'].strip()}".splitlines()[0]
    return said if len(said) <= 390 else f"{said[:190]} ... {said[-190:]}"


def make_error(job: Job, why: str, seconds: float) -> None:
    """
    Make the error page of a run whose process ended early, with the cells it had finished.

    Parameters
    ----------
    job : Job
    why : str
    seconds : float
        How long it ran.
    """
    import nbformat

    folder, done = Path(job.folder), dict[int, Any]()
    with contextlib.suppress(OSError, ValueError, KeyError):
        for line in (folder / ".journal").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            done[entry["cell"]] = entry
    with contextlib.suppress(OSError):
        why = "\n".join([why, *(folder / ".console").read_text("utf-8", "replace").splitlines()[-12:]])
    plan.remove(folder)
    folder.mkdir(parents=True)
    books = books_of(job.run)
    at: tuple[int, str] | tuple[()] = ()
    for nb in books.values():
        for number, entry in done.items():
            nb.cells[number] |= {"outputs": nbformat.from_dict(entry["outputs"]), "execution_count": entry["count"]}
            at = at if entry["done"] else (number + 1, nb.cells[number].source)
    fault = _fault("Stopped" if why.startswith("stopped") else "Died", why, *at)
    books = {lang: clean(nb) for lang, nb in books.items()}
    _finish(job, books, fault, seconds)


def publish(job: Job) -> None:
    """Put a finished report in its place; between the two renames it is absent, never half."""
    target, folder, old = project.reports() / job.run.id, Path(job.folder), f"{job.folder}.old"
    plan.make_folder(target.parent)
    if target.parent.stat().st_dev != folder.stat().st_dev:
        raise OSError(f"{target.parent} is on another disk than reports/, which alone may lead to one")
    if os.path.lexists(target):
        target.rename(old)
    folder.rename(target)
    with contextlib.suppress(OSError):  # now, or the disk would hold all reports twice
        plan.remove(Path(old))


def warm(sources: list[str]) -> None:
    """
    Import and use once what reports need, so that their forks need not; starts no thread of Python's.

    Parameters
    ----------
    sources : list of str
        Code of the notebooks and modules that will run: every import statement in it is executed here, wherever it
        stands; one that fails is left to the run that needs it. The project's own ``warm`` (a setting) gets them too,
        to load what it keeps in memory.
    """
    gc.disable()  # nothing made here goes away: looking for it costs a fifth of the start
    # jsonschema would build this grammar of addresses for two seconds; nothing uses it
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    import nbformat
    import papermill.parameterize

    from press import engine

    nbformat.validate(nbformat.v4.new_notebook())  # compiles the schema
    engine.shell()
    logging.getLogger(papermill.__name__).setLevel(logging.ERROR)
    reads.start(project.root())
    for code in sources:
        with contextlib.suppress(SyntaxError):
            for statement in catalogue.import_statements(code):
                with contextlib.suppress(Exception):
                    exec(statement, {})
    reads.keep([f"{project.package(head)}{os.sep}" for head in project.setting("code")])
    with contextlib.suppress(Exception):
        own = project.hook("warm")
        _ = own and sources and own(sources)
    render.warm()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)  # short lives: collecting often costs a tenth of a report
