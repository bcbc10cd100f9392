"""
The command: ``plan``, ``run``, ``render``, ``status``, ``pdf``, ``translate``, ``prune``, ``clean``, ``serve``, ``worker``, and those that other packages add.

A package adds a command by an entry point of the group ``press.commands``: its name is the command's, its value
("module:function") a function that gets argparse's sub-commands, adds a parser of that name with its arguments
(``commands.add_parser(name, help=...)``) and says what to do with ``set_defaults(act=function)``, a function from the
parsed arguments to an exit code (or None). It is imported only when its command, or help, is asked for.
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys
from collections import Counter
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from press import progress, project

OK, FAILED, USAGE, LOCKED, INTERRUPTED = 0, 1, 2, 3, 130
_FOLDERS = {"MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython", "JUPYTER_RUNTIME_DIR": "jupyter/runtime"}
_MORE = {"JUPYTER_CONFIG_DIR": "jupyter/config", "JUPYTER_DATA_DIR": "jupyter/data"}
_SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system", "TZ": "UTC"}
_SETTINGS |= {"JUPYTER_PLATFORM_DIRS": "1"}
_PYTHON = {"PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}
_CODES = """
exit codes:
  0    all is well
  1    some report failed, or what was checked has a fault
  2    the command, reports.toml or a folder is not usable; the message says why
  3    another run is writing to reports/
  130  interrupted; what is finished stays, the next run goes on from there"""
say = progress.say


def environment() -> None:
    """Set what every command and every process it starts finds: the project's folder, folders for caches, one thread each."""
    folders = {name: str(project.cache() / folder) for name, folder in (_FOLDERS | _MORE).items()}
    os.environ |= {name: os.environ.get(name, value) for name, value in (_SETTINGS | folders).items()}
    os.environ["PRESS_ROOT"] = str(project.root().resolve())
    for name in ("PYTHONPATH", "PYTHONSTARTUP"):
        os.environ.pop(name, None)
    plots = find_spec("matplotlib")
    if plots and plots.origin:
        os.environ["MATPLOTLIBRC"] = str(Path(plots.origin).parent / "mpl-data" / "matplotlibrc")


def make_folders() -> None:
    """Make the folders that :func:`environment` names."""
    for name in _FOLDERS:
        Path(os.environ[name]).mkdir(parents=True, exist_ok=True)


def _start_anew(words: list[str]) -> None:
    """Start this command once more where Python was not started as reports need it: hashes in one order, no module but installed ones."""
    if any(os.environ.get(name) != value for name, value in _PYTHON.items()):
        os.environ |= _PYTHON
        os.execv(sys.executable, [sys.executable, "-P", "-s", "-m", "press", *words])


def _leftover_line(runs: list[Any]) -> int:
    from press.plan import leftovers

    if gone := leftovers(runs):
        again = f"{project.command()} prune removes them"
        say(f"{len(gone)} reports are no longer in the catalogue (first: {gone[0]}); {again}.")
    return OK


def _why(todo: list[tuple[Any, list[str]]]) -> str:
    causes = Counter(reason for _, reasons in todo for reason in reasons)
    alone = ("new", "asked for", "after ", "while ")
    return ", ".join(
        f"{n} {cause}" if cause.startswith(alone) else f"{n} because {cause}" for cause, n in causes.most_common(8)
    )


def _plan(args: argparse.Namespace) -> int:
    from press.plan import Plan

    planned = Plan(args.only, args.failed, args.force, args.verify)
    kinds = (("run", "run", planned.run), ("render", "only be rendered again", planned.render))
    for word, _, todo in kinds:
        for run, reasons in todo:
            say(f"{word}  {run.id}  {'; '.join(reasons)}")
    total = len(planned.runs)
    counts = [f"{len(todo)} of {total} reports would {what} ({_why(todo)})" for _, what, todo in kinds if todo]
    say(f"{'; '.join(counts)}." if counts else f"0 of {total} reports would run; all are up to date.")
    return _leftover_line(planned.runs)


def _worker(_: argparse.Namespace) -> None:
    from press.executors import dask

    make_folders()
    dask.serve()


def _serve(args: argparse.Namespace) -> None:
    from press import serve

    make_folders()
    serve.serve(args.port, args.open)


def _checked(args: argparse.Namespace) -> None:
    for name, what in (("jobs", "1 or more"), ("memory", "1 or more"), ("timeout", "seconds"), ("patience", "seconds")):
        given = getattr(args, name)
        if given is not None and not (given > 0 and given != float("inf")):
            raise ValueError(f"--{name} {given:g}; expected {what}{', more than 0' if what == 'seconds' else ''}.")
    if args.jobs and args.cluster:
        raise ValueError("--jobs is for this machine; with --cluster the workers' threads say how many run at once.")


def _run(args: argparse.Namespace) -> int:
    from press import batch
    from press.plan import Plan

    _checked(args)
    planned = Plan(args.only, args.failed, args.force, args.verify)
    if args.command == "render":
        planned.render += [(run, reasons) for run, reasons in planned.run if reasons == ["asked for"]]
        planned.run = []
    with batch.lock() as descriptor:
        if not planned.run and not planned.render:
            batch.update_index(planned.runs, planned.read)
            say("What was asked for is up to date." if args.only else f"{len(planned.runs)} reports, all up to date.")
            return _leftover_line(planned.runs)
        make_folders()
        if args.own_process:
            _start_anew(args.words)
        os.chdir("/")
        shown = progress.Progress(len(planned.run) + len(planned.render))
        there: Any = contextlib.nullcontext()
        if args.cluster:
            from press.executors import dask

            there = dask.Cluster(args.cluster, args.timeout, args.patience, args.memory)
        with there as cluster:
            outcomes = batch.run(planned, descriptor, args.jobs, args.timeout, args.engine, shown, cluster, args.memory)
    shown.summary(outcomes)
    _leftover_line(planned.runs)
    return FAILED if any(o.status != "ok" for o in outcomes) else OK


def _status(args: argparse.Namespace) -> int:
    from press.plan import Plan

    planned = Plan(verify=args.verify)
    made = [m for m in planned.manifests.values() if m]
    failed = [m for m in made if m["status"] != "ok"]
    old = sum((planned.manifests[run.id] or {}).get("status") == "ok" for run, _ in planned.run)
    fresh, pages = len(made) - len(failed) - old - len(planned.render), len(planned.render)
    counts = f"{fresh} up to date, {old} out of date, {pages} with pages out of date, {len(failed)} failed"
    say(f"{len(planned.runs)} reports in the catalogue: {counts}, {len(planned.runs) - len(made)} not made.")
    for manifest in failed:
        say(f"failed: {manifest['id']}: {manifest['error']}")
    return _leftover_line(planned.runs)


def _pdf(args: argparse.Namespace) -> None:
    from press import catalogue, render
    from press.plan import matches, read_manifest

    pages = [(run.id, f"{run.id}/{lang}") for run in catalogue.read_catalogue()[0] for lang in project.languages()]
    asked = [(run, page) for run, page in pages if matches(page, args.pattern) or matches(run, args.pattern)]
    made = [page for run, page in asked if read_manifest(run)]
    if not made:
        remedy = f"{project.command()} run --only {args.pattern} makes them"
        raise ValueError(f"{args.pattern}: none of these reports is made yet; {remedy}.")
    for page in made:
        target = project.reports() / page / "report.pdf"
        render.write_print(target.with_name("index.html").read_text(encoding="utf-8"), target)
        say(str(target.relative_to(project.root())))


def _translate(args: argparse.Namespace) -> None:
    from press import translate

    for line in translate.everything(args.notebooks, args.lang):
        say(line)


def _prune(_: argparse.Namespace) -> None:
    from press import batch, catalogue, plan

    runs, read = catalogue.read_catalogue()
    with batch.lock():
        gone = plan.prune(runs)
        batch.update_index(runs, read)
    for report in gone:
        say(f"removed {report}")
    say(f"{len(gone)} reports removed.")


def _clean(_: argparse.Namespace) -> None:
    from press import batch

    with batch.lock():
        for path in project.reports().iterdir():
            if path.name not in ("README.md", ".lock"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in ("index.json", "press.json"):
            (project.cache() / name).unlink(missing_ok=True)
    say("reports/ is empty.")


def _option(flag: str, text: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return flag, {"help": text, **more}


_VERIFY = [_option("--verify", "read every file that was made, not only its size and time", action="store_true")]
_CHOICE = [
    _option("--only", "only reports whose name (notebook/parameters) holds PATTERN, or matches it where it has *, ? or [ ('07*/pci*'); may be repeated", metavar="PATTERN", action="append"),
    _option("--failed", "only reports that failed last time", action="store_true"),
    _option("--force", "also reports that are up to date", action="store_true"),
    *_VERIFY,
]  # fmt: skip
_HOW = [
    _option("--jobs", "reports made at once (default: number of cores)", type=int, metavar="N"),
    _option("--timeout", "seconds a report may take (default: 900; an entry of reports.toml may say otherwise)", type=float, default=900, metavar="S"),
    _option("--memory", "memory a report may take, about 500 MB of shared start included (default: what the machine has)", type=int, metavar="MB"),
    _option("--engine", "fork: cells run in a fork of one warmed process; kernel: a Jupyter kernel for each report (slow, the reference)", choices=["fork", "kernel"], default="fork"),
    _option("--cluster", "let the workers of this Dask scheduler make them (tcp://host:port; see docs/cluster.md)", metavar="ADDRESS"),
    _option("--patience", "with --cluster: seconds to go on without scheduler or workers before giving up (default: 300)", type=float, default=300, metavar="S"),
]  # fmt: skip
_NAMES = [
    _option("notebooks", "names of notebooks (default: all)", nargs="*", metavar="NOTEBOOK"),
    _option("--lang", "one language (default: every one but the notebooks' own)"),
]
_PORT = [
    _option("--port", "where it listens (default: 8890; 0: any that is free)", type=int, default=8890, metavar="N"),
    _option("--open", "open it in the browser", action="store_true"),
]
_COMMANDS: dict[str, tuple] = {
    "plan": (_plan, _CHOICE, "say what would run or be rendered again, and why; do nothing"),
    "run": (_run, _CHOICE + _HOW, "make every report that is not up to date, those made from others' results last, and the index"),
    "render": (_run, _CHOICE + _HOW, "write pages again from stored notebooks, where only template, style or text changed; run no cell"),
    "status": (_status, _VERIFY, "say how many reports are made, failed, out of date"),
    "pdf": (_pdf, [_option("pattern", "part of their names (notebook/parameters/language), or a pattern with *")], "print pages that are made as PDF, beside them"),
    "prune": (_prune, [], "remove reports that reports.toml no longer asks for"),
    "clean": (_clean, [], "empty reports/; everything in it can be made again"),
    "translate": (_translate, _NAMES, "bring the translated text of notebooks up to date, and write translated copies to read and run"),
    "serve": (_serve, _PORT, "serve the made pages and the project's own app to browsers on this machine"),
    "worker": (_worker, [], "make one report for a worker of a Dask cluster (it starts this itself)"),
}  # fmt: skip


def _program() -> tuple[str, str]:
    points = metadata.entry_points(group="console_scripts")
    found = next((e for e in points if e.value.startswith("press.") and e.dist), None)
    return (found.name, found.dist.version) if found and found.dist else ("press", "?")


def parser(words: list[str] | None = None) -> argparse.ArgumentParser:
    """
    Return the parser of the command line.

    Parameters
    ----------
    words : list of str, optional
        What was typed: a command of another package is imported where it is the first word, all where no command is.
    """
    name, version = _program()
    shape: dict[str, Any] = {"epilog": _CODES, "formatter_class": argparse.RawDescriptionHelpFormatter}
    about = f"Makes the reports that reports.toml asks for, only those that are not up to date. '{name} plan' is a harmless start."
    made = argparse.ArgumentParser(prog=name, description=about, **shape)
    made.add_argument("--version", action="version", version=f"{name} {version}")
    with contextlib.suppress(ImportError):
        import shtab

        shtab.add_argument_to(made, "--completion", help="print a script by which the shell completes this command")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    for word, (act, options, text) in _COMMANDS.items():
        command = commands.add_parser(word, help=text, description=f"{text[0].upper()}{text[1:]}.", **shape)
        command.set_defaults(act=act)
        for flag, option in options:
            command.add_argument(flag, **option)
    points = {point.name: point for point in metadata.entry_points(group="press.commands")}
    typed = (words or [""])[0]
    for word in [typed] if typed in points else [] if typed in _COMMANDS else sorted(points):
        _add_command(commands, word, points[word])
    return made


def _add_command(commands: Any, word: str, point: Any) -> None:
    try:
        point.load()(commands)
    except Exception as error:
        said = f"cannot be loaded: {error}".replace("%", "%%")
        commands.add_parser(word, help=said).set_defaults(act=_refuse(f"{word} {said}"))


def _refuse(text: str) -> Any:
    def act(_: argparse.Namespace) -> None:
        raise ValueError(text)

    return act


def _ready_for_anything() -> None:
    """See that there is somewhere to print to, whatever the streams are, and that being ended is a clean end."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with contextlib.suppress(ValueError):  # only in the main thread
        for number in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)


def main(argv: list[str] | None = None) -> int:
    """
    Run one command.

    Parameters
    ----------
    argv : list of str, optional
        Words after the command's name; those of the process otherwise.

    Returns
    -------
    int
        0 all is well; 1 some report failed or a table is faulty; 2 not usable as asked; 3 another run holds the lock; 130 interrupted.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        _ready_for_anything()
        environment()
        made = parser(words)
        args = made.parse_args(words)
        if not args.command:
            made.print_help()
            return OK
        args.own_process, args.words = argv is None, words
        return args.act(args) or OK
    except KeyboardInterrupt:
        return _complain(INTERRUPTED, f"interrupted; what is finished stays, {_program()[0]} run goes on from there.")
    except BrokenPipeError:
        progress.be_quiet()
        return OK
    except MemoryError:
        return _complain(FAILED, "out of memory; what is finished stays.")
    except (ValueError, OSError) as error:
        return _complain(USAGE, str(error))
    except RuntimeError as error:
        if type(error).__name__ != "LockHeld":
            raise
        return _complain(LOCKED, str(error))


def _complain(code: int, text: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        print(f"{_program()[0]}: {project.clean(text)}", file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
