"""One report: a notebook executed through papermill, made into a page, with a manifest that says how."""

import ast
import contextlib
import datetime
import gc
import hashlib
import json
import logging
import os
import re
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from helpers import paths
from press import catalogue

MANIFEST = "manifest.json"
SHOWN_LIMIT = 20_000_000


@dataclass
class Job:
    """One run to be made in ``folder``: plain data that can be sent to another process or machine."""

    run: catalogue.Run
    folder: str
    engine: str
    inputs: dict
    links: list
    reasons: list
    versions: dict
    commit: str | None


def _portable(text):
    for place, said in ((os.environ.get("PRESS_OUT"), "."), (str(paths.root()), "."), (str(Path.home()), "~")):
        if place and len(place) > 1:
            text = text.replace(place + os.sep, "" if said == "." else "~/").replace(place, said)
    return re.sub(r"\bat 0x[0-9a-f]{6,}", "at 0x...", text.encode("utf-8", "replace").decode())


def _clean(nb):
    """Drop from an executed notebook all that another time, folder or engine would change, and cut floods of text."""
    from press.engine import STREAM_LIMIT

    nb.cells = [c for c in nb.cells if "papermill-error-cell-tag" not in c.metadata.get("tags", [])]
    nb.metadata = {k: nb.metadata[k] for k in ("kernelspec", "language_info") if k in nb.metadata}
    for number, cell in enumerate(nb.cells):
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell.id = "injected-parameters" if injected else cell.get("id", f"cell-{number}")
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        shown = 0
        for output in cell.get("outputs", []):
            shown += sum(len(content) for content in output.get("data", {}).values() if isinstance(content, str))
            if "data" in output and shown > SHOWN_LIMIT:
                output.data = {"text/plain": f"[left out: a cell may show {SHOWN_LIMIT // 10**6} MB]"}
                output.metadata = {}
            if "text" in output:
                text = _portable(output.text)
                cut = f"\n[cut after {STREAM_LIMIT} characters]\n" if len(text) > STREAM_LIMIT else ""
                output.text = text[:STREAM_LIMIT] + cut
            for kind, content in output.get("data", {}).items():
                if kind.startswith("text/") and isinstance(content, str):
                    output.data[kind] = _portable(content)
            if "traceback" in output:
                output.traceback = [_portable(line)[:5000] for line in output.traceback]
                output.evalue = _portable(output.evalue)[:5000]
    return nb


def _fault(name, message, cell=None, source=None, trace=""):
    return {"name": name, "message": _portable(message), "cell": cell, "source": source, "traceback": trace}


def _first_error(nb):
    for number, cell in enumerate(nb.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                return _fault(output.ename, output.evalue, number, cell.source, "\n".join(output.traceback))
    return None


def _source(run):
    import nbformat

    return nbformat.read(paths.notebooks() / f"{run.notebook}.ipynb", as_version=4)


def _execute(job):
    import papermill

    fork, target, error = job.engine == "fork", f"{job.folder}/notebook.ipynb", None
    options = {"here": True, "journal": f"{job.folder}/.journal"} if fork else {}

    def executed():
        return papermill.execute_notebook(
            _source(job.run),
            target.replace("{", "{{").replace("}", "}}"),
            parameters=job.run.parameters,
            engine_name="fork" if fork else "nbclient",
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=not fork,
            **options,
        )

    try:
        try:
            nb = executed()
        except RuntimeError as fault:  # kernels that start at one moment can take the same port; one of them dies
            if "before replying" not in str(fault):
                raise
            nb = executed()
    except papermill.PapermillExecutionError as fault:
        nb = papermill.iorw.load_notebook_node(target)
        said = "".join(o.get("text", "") for o in nb.cells[fault.cell_index + 2].get("outputs", []))
        error = _fault(fault.ename, fault.evalue or said, fault.cell_index + 1, fault.source)
    except Exception as fault:
        if isinstance(fault, OSError) and Path(job.folder).is_dir():
            raise
        nb = papermill.iorw.load_notebook_node(target) if Path(target).is_file() else _source(job.run)
        error = _fault(type(fault).__name__, str(fault))
    nb = _clean(nb)
    return nb, _first_error(nb) or error


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(job, nb, error, started, seconds):
    import resource

    import nbformat

    from press import site

    folder, run, used = Path(job.folder), job.run, {}
    with contextlib.suppress(OSError, ValueError):
        used = dict(json.loads((folder / "used.json").read_bytes()))
    for name in ("used.json", ".journal", ".console"):
        (folder / name).unlink(missing_ok=True)
    read = {f"data/{name}" + ("" if "." in name else ".csv"): digest for name, digest in used.get("tables", {}).items()}
    text = "\n".join(c.source for c in site.visible(nb, run.lang) if c.cell_type == "markdown")
    heading = next((line[2:].strip() for line in text.split("\n") if line.startswith("# ")), run.notebook)
    name = used.get("title") or " · ".join(label[run.lang] for label in run.labels.values())
    title = " · ".join(filter(None, [heading, name]))
    (folder / "notebook.ipynb").write_text(nbformat.writes(nb) + "\n", encoding="utf-8", newline="\n")
    made = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"index.html", MANIFEST}
    printed = f"{run.notebook}-{run.lang}.pdf" if run.pdf and not error else None
    made |= {printed} - {None}
    shown = [name for name in (printed, "notebook.ipynb", "results.csv") if name in made]
    values = " ".join(f"-r {name} {value!r}" for name, value in run.parameters.items())
    page = {
        "lang": run.lang,
        "title": title,
        "index": "../" * (run.id.count("/") + 1) + site.INDEX[run.lang],
        "links": [*job.links, *({"label": f, "href": f, "lang": None} for f in shown)],
        "parameters": {k: json.dumps(v, ensure_ascii=False) for k, v in run.parameters.items()},
        "files": sorted(made),
        "inputs": job.inputs | read,
        "rerun": f"helpers run --force --only {run.id}",
        "other": f"papermill --engine fork notebooks/{run.notebook}.ipynb my.ipynb {values}".strip(),
        "error": error,
        "pages": run.pdf,
    }
    text = site.report_html(nb, page)
    (folder / "index.html").write_text(text, encoding="utf-8", newline="\n")
    if printed:
        site.write_pages(text, folder / printed)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    manifest = {
        "id": run.id,
        **{k: getattr(run, k) for k in ("notebook", "parameters", "labels", "lang", "slug")},
        "title": title,
        "name": name,
        "status": "failed" if error else "ok",
        "error": f"{error['name']}: {error['message']}".splitlines()[0][:300] if error else None,
        "cell": error["cell"] if error else None,
        "inputs": job.inputs | read,
        "read": sorted(read),
        "sources": used.get("sources", []),
        "versions": job.versions | used.get("versions", {}),
        "files": {name: _digest(folder / name) for name in ["index.html", *sorted(made)]},
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
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


def _now():
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def make(job):
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

    root, started, clock = str(paths.root()), _now(), time.monotonic()
    ours = {"PRESS_OUT": job.folder, "PRESS_ROOT": root, "SOURCE_DATE_EPOCH": "0"}
    os.environ |= ours
    os.chdir(job.folder)
    nb, error = _execute(job)
    limit, most = resource.getrlimit(resource.RLIMIT_DATA)
    if error and "MemoryError" in error["name"]:
        said = "no limit" if limit == resource.RLIM_INFINITY else f"{limit >> 20} MB"
        error["message"] = f"{error['message']} Memory a report may take: {said} (helpers run --memory).".strip()
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    os.environ |= ours
    Path(job.folder).mkdir(parents=True, exist_ok=True)
    _write(job, nb, error, started, time.monotonic() - clock)


def make_error(job, why, seconds):
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
    import papermill

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
    nb = papermill.execute_notebook(_source(job.run), None, job.run.parameters, prepare_only=True, progress_bar=False)
    for number, entry in done.items():
        cell = nb.cells[number]
        cell.outputs, cell.execution_count = nbformat.from_dict(entry["outputs"]), entry["count"]
    source = nb.cells[running].source if running is not None else None
    cell = running + 1 if running is not None else None
    name = "Stopped" if why.startswith("stopped") else "Died"
    _write(job, _clean(nb), _fault(name, why, cell, source), _now(), seconds)


def publish(job):
    """Put a finished report in its place; between the two renames it is absent, never half."""
    target, folder = paths.reports() / job.run.id, Path(job.folder)
    old = folder.with_name(f"{folder.name}.old")
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        target.rename(old)
    folder.rename(target)
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old, ignore_errors=True)
    else:
        old.unlink(missing_ok=True)


def _imports_in(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "__future__":
            yield ast.unparse(node)


def warm(notebooks, modules):
    """
    Import and use once what the reports need, so that their forks need not; starts no thread of Python's.

    Parameters
    ----------
    notebooks, modules : iterable of Path
        Notebooks to run and the helper modules they reach: every import statement in them is executed here, wherever
        it stands. One that fails is left to the run that needs it. The tables and indicators that they name are loaded,
        so that they are parsed and checked once.
    """
    import io

    gc.disable()  # nothing made here goes away: looking for it costs a fifth of the start
    # jsonschema would build this grammar of addresses for two seconds; nothing uses it
    sys.modules.setdefault("rfc3987_syntax", None)

    import nbformat
    import papermill

    from helpers import page
    from helpers.record import tables, terms
    from press import engine, site

    engine.shell()
    engine.use_inline()
    import matplotlib.pyplot as plt
    import pandas as pd

    logging.getLogger("papermill").setLevel(logging.ERROR)
    cells = (c.source for n in notebooks for c in nbformat.read(n, as_version=4).cells if c.cell_type == "code")
    sources = [*map(catalogue.plain_code, cells), *(m.read_text(encoding="utf-8") for m in modules)]
    for source in sources:
        with contextlib.suppress(SyntaxError):
            for statement in _imports_in(source):
                if "pandera" not in statement:  # only needed where a table changed: datasets.load, below
                    with contextlib.suppress(Exception):
                        exec(statement, {})  # noqa: S102 (import statements of our own code)
    named = set(re.findall(r"""["'](\w+)["']""", "\n".join(sources)))
    with contextlib.suppress(Exception):
        for resource in tables.package()["resources"]:
            if resource["name"] in named:
                with contextlib.suppress(Exception):
                    tables.load(resource["name"])
        for name in named & set(tables.indicators()["indicator"]):
            tables.indicator(name)
        for definition in terms.DEFINITIONS if any(m.stem == "terms" for m in modules) else ():
            terms.monthly(definition)
    with contextlib.suppress(Exception):
        page.package_versions()
    tables.forget()
    pd.DataFrame({"a": ["đ", None], "b": [1.0, 2.0]}).groupby("a").sum().to_html()
    with plt.style.context(page.style()):
        figure, axes = plt.subplots(2)
        for ax in axes:
            ax.plot([0.5, 2000], "o-", label="đ")
            ax.set(title="ấ", xlabel="ạ")
            ax.legend()
        page.write_png(figure, io.BytesIO())
        page.write_svg(figure, io.StringIO(), {})
        plt.close(figure)
    new, kernel = nbformat.v4, {"name": "python3", "language": "python", "display_name": "Python 3"}
    cells = [new.new_markdown_cell("# a $x$"), new.new_code_cell("1")]
    nb = new.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    papermill.execute_notebook(nb, None, {"a": "1"}, prepare_only=True, progress_bar=False)
    said = {k: "" for k in ("title", "index", "rerun", "other")} | {
        k: {} for k in ("links", "parameters", "files", "inputs")
    }
    site.report_html(nb, said | {"lang": "en", "error": None})
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 20)  # short lives: collecting often costs a tenth of a report
