"""One run: a notebook executed once, its results and what it read written down, its pages made, each whole or not at all."""

import contextlib
import copy
import csv
import datetime
import hashlib
import json
import logging
import os
import re
import shutil
import socket
import time
from pathlib import Path
from typing import Any

from press import catalogue, messages, plan, project, reads, render
from press.catalogue import Run
from press.plan import Job

SHOWN_LIMIT = 20_000_000
_SCRAP = ("used.json", ".journal", ".console")


def _without(text: str, place: str | None, said: str) -> str:
    """Take a folder's name out of a text, except inside addresses and longer names."""
    if not place or len(place) < 2:
        return text
    alone = rf"(?<![\w/.:~-]){re.escape(place)}(?![\w.-])"
    return re.sub(alone, said, re.sub(rf"{alone}{re.escape(os.sep)}", "" if said == "." else f"{said}/", text))


def _portable(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    places = (os.environ.get("PRESS_OUT"), "."), (str(project.root()), "."), (str(Path.home()), "~")
    for place, said in places:
        text = _without(text, place, said)
    return re.sub(r"\bat 0x[0-9a-f]{6,}", "at 0x...", text)


def _as_ended(text: str) -> str:
    """Return printed text as a terminal shows it at the end: of a line that was written over, the last."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")) if "\r" in text else text


def clean(nb: Any) -> Any:
    """Drop from an executed notebook all that another time, folder or engine would change, and cut floods of text."""
    nb.cells = [c for c in nb.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    nb.metadata = {k: nb.metadata[k] for k in ("kernelspec", "language_info") if k in nb.metadata}
    styles: dict[str, str] = {}
    for number, cell in enumerate(nb.cells):
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell.id = "injected-parameters" if injected else cell.get("id", f"cell-{number}")
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.get("outputs", []))
            shown = 0
            for output in cell.outputs:
                shown += sum(len(content) for content in output.get("data", {}).values() if isinstance(content, str))
                _clean_output(output, shown, styles)
        for entry in cell.metadata.get("user_expressions", []):
            data = entry["result"]["data"]
            data |= {kind: _portable(text) for kind, text in data.items() if isinstance(text, str)}
    return nb


def _joined(outputs: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for output in outputs:
        if kept and output.output_type == kept[-1].output_type == "stream" and output.name == kept[-1].name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def _clean_output(output: Any, shown: int, styles: dict[str, str]) -> None:
    from press.engine import STREAM_LIMIT

    if "data" in output and shown > SHOWN_LIMIT:
        output.data = {"text/plain": f"[left out: a cell may show {SHOWN_LIMIT // 10**6} MB]"}
        output.metadata = {}
    if "text" in output:
        text = _portable(_as_ended(output.text))
        cut = f"\n[cut after {STREAM_LIMIT} characters]\n" if len(text) > STREAM_LIMIT else ""
        output.text = text[:STREAM_LIMIT] + cut
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/") and isinstance(content, str):
            text = _portable(content)
            if kind == "text/html" and "T_" in text:  # pandas' Styler draws its names by chance
                text = re.sub(
                    r"\bT_[0-9a-f]{5,32}(?=[_\s\"'{,]|$)",
                    lambda m: styles.setdefault(m[0], f"T_{len(styles):05d}"),
                    text,
                )
            output.data[kind] = text
    if "traceback" in output:
        output.traceback = [_portable(line)[:5000] for line in output.traceback]
        output.evalue = _portable(output.evalue)[:5000]


def _fault(
    name: str, message: str, cell: int | None = None, source: str | None = None, trace: str = ""
) -> dict[str, Any]:
    return {"name": name, "message": _portable(message), "cell": cell, "source": source, "traceback": trace}


def first_error(nb: Any) -> dict[str, Any] | None:
    """Return the first error of an executed notebook that no tag ``raises-exception`` expects, None without one."""
    for number, cell in enumerate(nb.cells, 1):
        if "raises-exception" in cell.metadata.get("tags", []):
            continue
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return _fault(output.ename, output.evalue, number, cell.source, "\n".join(output.traceback))
    return None


def source(run: Run, more: dict[str, Any] | None = None) -> Any:
    """Return a run's notebook with its parameters set in a cell of their own, as papermill does."""
    import nbformat

    nb = nbformat.read(project.notebooks() / f"{run.notebook}.ipynb", as_version=4)
    return with_parameters(nb, run.parameters | (more or {}))


def with_parameters(nb: Any, given: dict[str, Any]) -> Any:
    """Return a notebook with parameters set in a cell after the one tagged ``parameters``, as papermill writes it."""
    from papermill.parameterize import parameterize_notebook

    for cell in nb.cells:
        cell.metadata.setdefault("tags", [])
    nb.metadata.setdefault("papermill", {})
    return parameterize_notebook(nb, given, kernel_name="python3", language="python") if given else nb


def translated(nb: Any, notebook: str, lang: str) -> Any:
    """Return a copy of a notebook with its Markdown in another language."""
    made, file = copy.deepcopy(nb), messages.catalogue_of(notebook, lang)
    known = messages.read(file, lang)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = messages.translate(cell.source, known, f"{lang}/{file.name}")
    return made


def books_of(run: Run) -> dict[str, Any]:
    """Return a run's notebook in every language, ready to be executed."""
    first, *others = run.languages
    nb = source(run)
    return {first: nb} | {lang: translated(nb, run.notebook, lang) for lang in others}


def perform(job: Job, books: dict[str, Any], hook: str, opened: str) -> dict[str, Any] | None:
    """
    Run the cells of a notebook in this process, or in a kernel, writing what they show into ``books``.

    Returns
    -------
    dict or None
        What went wrong.
    """
    from press import engine

    first = next(iter(books.values()))
    cwd = str((project.notebooks() / job.run.notebook).parent)

    def on_cell(index: int, failed: bool | None) -> None:
        cell = first.cells[index]
        line = {"cell": index, "done": failed is not None, "count": cell.execution_count}
        line["outputs"] = cell.outputs if failed is not None else []
        with open(f"{job.folder}/.journal", "a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")

    def once() -> None:
        if job.engine == "fork":
            os.chdir(cwd)
            reads.start(project.root())
            with engine.Shell() as runner:
                engine.run_cells(runner, books, hook, on_cell)
        else:
            with engine.Kernel(first, cwd, str(project.root()), opened) as runner:
                engine.run_cells(runner, books, hook)

    try:
        try:
            once()
        except RuntimeError as fault:  # kernels that start at one moment can take the same port; one of them dies
            if job.engine == "fork" or "before replying" not in str(fault):
                raise
            once()
    except engine.ExpressionFailed as fault:
        return _fault(fault.name, str(fault), fault.cell, fault.source)
    except Exception as fault:
        if isinstance(fault, OSError) and Path(job.folder).is_dir():
            raise
        return _fault(type(fault).__name__, str(fault))
    finally:
        if job.engine == "fork":
            with contextlib.suppress(OSError):
                reads.dump(opened)
            os.chdir("/")
    return None


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def environment(job: Job) -> dict[str, str]:
    """Return what a notebook finds in its environment: the project's folder and the folder of its run."""
    return {"PRESS_OUT": job.folder, "PRESS_ROOT": str(project.root()), "SOURCE_DATE_EPOCH": "0"}


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
    import resource

    started, clock = _now(), time.monotonic()
    os.environ |= (ours := environment(job))
    opened = f"{job.folder}.opened"
    hook = project.setting("language")
    try:
        if job.run.old:
            from press import older

            books, fault = older.execute(job, opened)
        else:
            books = books_of(job.run)
            fault = perform(job, books, hook, opened)
    except (ValueError, KeyError) as error:
        books, fault = dict.fromkeys(job.run.languages, _plain(job.run)), _fault(type(error).__name__, str(error))
    os.environ |= ours
    books = {lang: clean(nb) for lang, nb in books.items()}
    fault = first_error(next(iter(books.values()))) or fault
    limit, most = resource.getrlimit(resource.RLIMIT_DATA)
    if fault and "MemoryError" in fault["name"]:
        told = "no limit" if limit == resource.RLIM_INFINITY else f"{limit >> 20} MB"
        fault["message"] = (
            f"{fault['message']} Memory a report may take: {told} ({project.command()} run --memory).".strip()
        )
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    Path(job.folder).mkdir(parents=True, exist_ok=True)
    finish(
        job,
        books,
        fault,
        started,
        time.monotonic() - clock,
        [Path(opened), *Path(job.folder).parent.glob(f"{Path(opened).name}.*")],
    )


def _plain(run: Run) -> Any:
    import nbformat

    return nbformat.read(project.notebooks() / f"{run.notebook}.ipynb", as_version=4)


def check_results(file: Path) -> list[list[str]]:
    """
    Return the rows of a table of results, headings first, or refuse one that others could not read.

    Raises
    ------
    ValueError
        Naming line, what was found and what was expected.
    """
    try:
        with open(file, encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
        for number, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                raise ValueError(f"line {number} has {len(row)} fields; expected {len(rows[0])}, as in the first line")
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{file.name} cannot be read by others: {error}. Write it as one table in UTF-8.") from None
    return rows


def _mark_tables(folder: Path) -> None:
    """Give each CSV file with letters beyond ASCII a byte order mark: by it, Excel reads the file as UTF-8."""
    for file in folder.rglob("*.csv"):
        content = file.read_bytes()
        if not content.isascii() and content[:3] != b"\xef\xbb\xbf":
            with contextlib.suppress(UnicodeDecodeError):
                content.decode("utf-8")
                file.write_bytes(b"\xef\xbb\xbf" + content)


def _flush(file: Path) -> None:
    with open(file, "rb") as stream:
        os.fsync(stream.fileno())


def finish(
    job: Job, books: dict[str, Any], fault: dict[str, Any] | None, started: str, seconds: float, opened: list[Path]
) -> None:
    """Write a report: its notebooks, pages, and last the manifest."""
    import resource

    folder, run, root = Path(job.folder), job.run, project.root()
    used: dict[str, dict[str, Any]] = {}
    for lang, place in (
        (lang, folder if lang == next(iter(run.languages)) else folder / lang) for lang in run.languages
    ):
        with contextlib.suppress(OSError, ValueError, TypeError):
            used[lang] = dict(json.loads((place / "used.json").read_bytes()))
        for name in _SCRAP:
            (place / name).unlink(missing_ok=True)
    _mark_tables(folder)
    if (folder / plan.RESULTS).is_file():
        try:
            check_results(folder / plan.RESULTS)
        except ValueError as error:
            fault = fault or _fault("ValueError", str(error))
    if fault:
        (folder / plan.RESULTS).unlink(missing_ok=True)
    execution = {
        name: digest if _unchanged(root, name, digest, job.stamps.get(name)) else "changed while the report was made"
        for name, digest in job.execution.items()
    }
    read = {name: digest for name, digest in reads.digests(root, *opened).items() if name not in execution}
    for file in opened:
        file.unlink(missing_ok=True)
    for lang, nb in books.items():
        (folder / render.book_of(lang, next(iter(run.languages)))).write_bytes(render.book_bytes(nb))
    made = sorted(p for p in folder.rglob("*") if p.is_file())
    pages = {f"{lang}/index.html" for lang in run.languages} | {plan.MANIFEST}
    files = {p.relative_to(folder).as_posix(): p for p in made}
    for path in made:
        _flush(path)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    about = next(iter(used.values()), {})
    manifest = {
        "id": run.id,
        **{k: getattr(run, k) for k in ("notebook", "parameters", "labels", "slug")},
        "status": "failed" if fault else "ok",
        "error": f"{fault['name']}: {fault['message']}".splitlines()[0][:300] if fault else None,
        "cell": fault["cell"] if fault else None,
        "fault": fault,
        "execution": execution,
        "read": read,
        "files": {name: _digest(path) for name, path in files.items() if name not in pages},
        "named": {lang: str(u["title"]) for lang, u in used.items() if u.get("title")},
        "sources": list(about.get("sources", [])),
        "versions": job.versions | dict(about.get("versions", {})),
        "seed": run.parameters.get("seed"),
        "engine": job.engine,
        "commit": job.commit,
        "host": socket.gethostname(),
        "reasons": job.reasons,
        "started": started,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_mb": round(usage.ru_maxrss / 1024, 1),
    }
    render.write(job, books, manifest)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unchanged(root: Path, name: str, digest: str, then: tuple[int, int] | None) -> bool:
    if then is None or reads.stamp(root / name) == tuple(then):
        return True
    if name.endswith(".ipynb"):
        with contextlib.suppress(ValueError):
            return catalogue.read_notebook(root / name).code == digest
    with contextlib.suppress(OSError):
        return _digest(root / name) == digest
    return False


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

    folder, done, running = Path(job.folder), {}, None
    with contextlib.suppress(OSError, ValueError, KeyError):
        for line in (folder / ".journal").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            running = None if entry["done"] else entry["cell"]
            done |= {entry["cell"]: entry} if entry["done"] else {}
    with contextlib.suppress(OSError):
        last = (folder / ".console").read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        why += "".join(f"\n{line}" for line in last)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        books = books_of(job.run)
    except Exception:  # noqa: BLE001 (the page of an error must not fail for it)
        books = {lang: _plain(job.run) for lang in job.run.languages}
    first = next(iter(books.values()))
    for nb in books.values():
        for number, entry in done.items():
            nb.cells[number].outputs, nb.cells[number].execution_count = (
                nbformat.from_dict(entry["outputs"]),
                entry["count"],
            )
    code = first.cells[running].source if running is not None else None
    cell = running + 1 if running is not None else None
    name = "Stopped" if why.startswith("stopped") else "Died"
    fault = _fault(name, why, cell, code)
    finish(job, {lang: clean(nb) for lang, nb in books.items()}, fault, _now(), seconds, [])


def publish(job: Job) -> None:
    """Put a finished report in its place; between the two renames it is absent, never half."""
    target, folder = project.reports() / job.run.id, Path(job.folder)
    old = folder.with_name(f"{folder.name}.old")
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        target.rename(old)
    folder.rename(target)
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


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
    import gc
    import sys

    gc.disable()  # nothing made here goes away: looking for it costs a fifth of the start
    # jsonschema would build this grammar of addresses for two seconds; nothing uses it
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[call-overload]
    import nbformat

    from press import engine

    engine.shell()
    engine.use_inline()
    logging.getLogger("papermill").setLevel(logging.ERROR)
    for code in sources:
        with contextlib.suppress(SyntaxError):
            for statement in catalogue.import_statements(code):
                with contextlib.suppress(Exception):
                    exec(statement, {})  # noqa: S102 (import statements of the project's own code)
    with contextlib.suppress(ImportError):
        _draw()
    own = project.hook("warm")
    if own:
        with contextlib.suppress(Exception):
            own(sources)
    new = nbformat.v4
    nb = new.new_notebook(cells=[new.new_markdown_cell("# a $x$"), new.new_code_cell("1")])
    with_parameters(nb, {"a": "1"})
    render.report_html([dict(c) for c in nb.cells], EMPTY)
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)  # short lives: collecting often costs a tenth of a report


EMPTY: dict[str, Any] = dict.fromkeys(
    ("title", "name", "index", "rerun", "other", "links", "same", "parameters", "files", "inputs"), ""
)
EMPTY |= {"lang": "en", "error": None, "parameters": {}, "inputs": {}}


def _draw() -> None:
    import io

    import matplotlib.pyplot as plt
    import pandas as pd

    pd.DataFrame({"a": ["đ", None], "b": [1.0, 2.0]}).groupby("a").sum().to_html()
    figure, axes = plt.subplots(2)
    for ax in axes:
        ax.plot([0.5, 2000], "o-", label="đ")
        ax.set(title="ấ", xlabel="ạ")
        ax.legend()
    figure.savefig(io.BytesIO(), format="png")
    figure.savefig(io.StringIO(), format="svg")
    plt.close(figure)
