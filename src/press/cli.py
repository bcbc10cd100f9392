"""
The command: ``plan``, ``run``, ``render``, ``status``, ``pdf``, ``translate``, ``prune``, ``clean``, ``serve``, and those that other packages add.

A package adds a command by an entry point of the group ``press.commands``: its name is the command's, its value
("module:function") a function that gets the command's ``argparse.ArgumentParser``, adds arguments to it and says what to
do with ``parser.set_defaults(act=function)``, a function from the parsed arguments to an exit code (or None). The first
line of its docstring is the help. It is imported only when its command, or help, is asked for.
"""

import argparse
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from press import progress, project

OK, FAILED, USAGE, LOCKED, INTERRUPTED = 0, 1, 2, 3, 130
_FOLDERS = {
    "MPLCONFIGDIR": "matplotlib",
    "IPYTHONDIR": "ipython",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
}
_SETTINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "TZ": "UTC",
    "JUPYTER_PLATFORM_DIRS": "1",
}
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
    for name, value in (_SETTINGS | {k: str(project.cache() / folder) for k, folder in _FOLDERS.items()}).items():
        os.environ.setdefault(name, value)
    os.environ["PRESS_ROOT"] = str(project.root().resolve())
    for name in ("PYTHONPATH", "PYTHONSTARTUP"):
        os.environ.pop(name, None)
    plots = find_spec("matplotlib")
    if plots and plots.origin:
        os.environ["MATPLOTLIBRC"] = str(Path(plots.origin).parent / "mpl-data" / "matplotlibrc")


def make_folders() -> None:
    """Make the folders that :func:`environment` names."""
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        os.makedirs(os.environ[name], exist_ok=True)


def _start_anew(words: list[str]) -> None:
    """Start this command once more where Python was not started as reports need it: hashes in one order, no module but installed ones."""
    if any(os.environ.get(name) != value for name, value in _PYTHON.items()):
        os.environ |= _PYTHON
        os.execv(sys.executable, [sys.executable, "-P", "-s", "-m", "press", *words])


def _selection(parser: argparse.ArgumentParser) -> None:
    text = "only reports whose name (notebook/parameters) holds PATTERN, or matches it where it has *, ? or [ ('07*/pci*'); may be repeated"
    parser.add_argument("--only", metavar="PATTERN", action="append", help=text)
    parser.add_argument("--failed", action="store_true", help="only reports that failed last time")
    parser.add_argument("--force", action="store_true", help="also reports that are up to date")
    parser.add_argument(
        "--verify", action="store_true", help="read every file that was made, not only its size and time"
    )


def _working(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=int, metavar="N", help="reports made at once (default: number of cores)")
    text = "seconds a report may take (default: 900; reports.toml may say otherwise for an entry)"
    parser.add_argument("--timeout", type=float, default=900, metavar="S", help=text)
    text = "memory a report may take, about 500 MB of shared start included (default: what the machine has)"
    parser.add_argument("--memory", type=int, metavar="MB", help=text)
    text = "fork: cells run in a fork of one warmed process; kernel: a Jupyter kernel for each report (slow, the reference)"
    parser.add_argument("--engine", choices=["fork", "kernel"], default="fork", help=text)
    text = "let the workers of this Dask scheduler make them (tcp://host:port; see docs/cluster.md)"
    parser.add_argument("--cluster", metavar="ADDRESS", help=text)
    text = "with --cluster: seconds to go on without scheduler or workers before giving up (default: 300)"
    parser.add_argument("--patience", type=float, default=300, metavar="S", help=text)


def _planned(args: argparse.Namespace) -> Any:
    from press.plan import Plan

    return Plan(args.only, args.failed, args.force, args.verify)


def _leftover_line(runs: list[Any]) -> None:
    from press.plan import leftovers

    if gone := leftovers(runs):
        say(
            f"{len(gone)} reports are no longer in the catalogue (first: {gone[0]}); {project.command()} prune removes them."
        )


def _why(todo: list[tuple[Any, list[str]]]) -> str:
    causes = Counter(reason for _, reasons in todo for reason in reasons)
    alone = ("new", "asked for")
    return ", ".join(
        f"{n} {cause}" if cause in alone or cause.startswith(("after ", "while ")) else f"{n} because {cause}"
        for cause, n in causes.most_common(8)
    )


def _plan(args: argparse.Namespace) -> int:
    planned = _planned(args)
    for what, todo in (("run", planned.run), ("render", planned.render)):
        for run, reasons in todo:
            say(f"{what}  {run.id}  {'; '.join(reasons)}")
    counts = [
        f"{len(todo)} of {len(planned.runs)} reports would {what} ({_why(todo)})"
        for what, todo in (("run", planned.run), ("only be rendered again", planned.render))
        if todo
    ]
    say(f"{'; '.join(counts)}." if counts else f"0 of {len(planned.runs)} reports would run; all are up to date.")
    _leftover_line(planned.runs)
    return OK


def _cluster(args: argparse.Namespace) -> Any:
    if not args.cluster:
        return contextlib.nullcontext()
    from press.executors import dask

    return dask.Cluster(args.cluster, args.timeout, args.patience, args.memory)


def _serve(args: argparse.Namespace) -> int:
    from press.executors import dask

    make_folders()
    dask.serve(args.pipe)
    return OK


def _checked(args: argparse.Namespace) -> None:
    for name in ("jobs", "memory"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise ValueError(f"--{name} {getattr(args, name)}; expected 1 or more.")
    for name in ("timeout", "patience"):
        if not 0 < getattr(args, name) < float("inf"):
            raise ValueError(f"--{name} {getattr(args, name):g}; expected seconds, more than 0.")
    if args.jobs and args.cluster:
        raise ValueError("--jobs is for this machine; with --cluster the workers' threads say how many run at once.")


def _run(args: argparse.Namespace) -> int:
    _checked(args)
    return _make(args, lambda planned: None)


def _render(args: argparse.Namespace) -> int:
    args.jobs, args.timeout, args.memory, args.engine, args.cluster = None, 900, None, "fork", None

    def only_pages(planned: Any) -> None:
        if args.force:
            made = [(run, ["asked for"]) for run, reasons in planned.run if reasons == ["asked for"]]
            planned.render += made
        planned.run = []

    return _make(args, only_pages)


def _make(args: argparse.Namespace, narrow: Callable[[Any], None]) -> int:
    from press import batch

    planned = _planned(args)
    narrow(planned)
    with batch.lock() as descriptor:
        if not planned.run and not planned.render:
            batch.update_index(planned.runs, planned.read)
            say(
                f"{len(planned.runs)} reports, all up to date."
                if not args.only
                else "What was asked for is up to date."
            )
            _leftover_line(planned.runs)
            return OK
        make_folders()
        if args.own_process:
            _start_anew(args.words)
        os.chdir("/")
        shown = progress.Progress(len(planned.run) + len(planned.render))
        with shown, _cluster(args) as there:
            outcomes = batch.run(planned, descriptor, args.jobs, args.timeout, args.engine, shown, there, args.memory)
    shown.summary(outcomes)
    _leftover_line(planned.runs)
    return FAILED if any(o.status != "ok" for o in outcomes) else OK


def _status(args: argparse.Namespace) -> int:
    from press.plan import Plan

    planned = Plan(verify=args.verify)
    made = [m for m in planned.manifests.values() if m]
    failed = [m for m in made if m["status"] != "ok"]
    stale = [run for run, _ in planned.run if (m := planned.manifests[run.id]) and m["status"] == "ok"]
    old, pages = len(stale), len(planned.render)
    counts = f"{len(made) - len(failed) - old - pages} up to date, {old} out of date, {pages} with pages out of date, {len(failed)} failed"
    say(f"{len(planned.runs)} reports in the catalogue: {counts}, {len(planned.runs) - len(made)} not made.")
    for manifest in failed:
        say(f"failed: {manifest['id']}: {manifest['error']}")
    _leftover_line(planned.runs)
    return OK


def _pdf(args: argparse.Namespace) -> int:
    from press import catalogue, render
    from press.plan import matches, read_manifest

    runs = catalogue.read_catalogue()[0]
    pages = [(run, lang, f"{run.id}/{lang}") for run in runs for lang in project.languages()]
    made = [
        name
        for run, _, name in pages
        if (matches(name, args.pattern) or matches(run.id, args.pattern)) and read_manifest(run.id)
    ]
    if not made:
        remedy = f"{project.command()} run --only {args.pattern} makes them"
        raise ValueError(f"{args.pattern}: none of these reports is made yet; {remedy}.")
    for name in made:
        say(str(render.write_pdf(project.reports() / name).relative_to(project.root())))
    return OK


def _prune(_: argparse.Namespace) -> int:
    from press import batch, catalogue, plan

    runs, read = catalogue.read_catalogue()
    with batch.lock():
        gone = plan.prune(runs)
        batch.update_index(runs, read)
    for report in gone:
        say(f"removed {report}")
    say(f"{len(gone)} reports removed.")
    return OK


def _clean(_: argparse.Namespace) -> int:
    import shutil

    from press import batch

    with batch.lock():
        for path in project.reports().iterdir():
            if path.name in ("README.md", ".lock"):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in ("index.json", "press.json"):
            (project.cache() / name).unlink(missing_ok=True)
    say("reports/ is empty.")
    return OK


def _translate(args: argparse.Namespace) -> int:
    from press import translate

    for line in translate.everything(args.notebooks, args.lang):
        say(line)
    return OK


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--verify", action="store_true", help="read every file that was made, not only its size and time"
    )


def _selected(parser: argparse.ArgumentParser) -> None:
    _selection(parser)
    _working(parser)


def _pattern(parser: argparse.ArgumentParser) -> None:
    text = "part of their names (notebook/parameters/language), or a pattern with * (05_province/kon-tum/vi)"
    parser.add_argument("pattern", help=text)


def _pipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pipe", type=int, help="one end of a two-way pipe")


def _notebooks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names of notebooks (default: all)")
    parser.add_argument("--lang", help="one language (default: every one but the notebooks' own)")


def _nothing(_: argparse.ArgumentParser) -> None:
    pass


_COMMANDS: dict[str, tuple[Callable, Callable, str]] = {
    "plan": (_plan, _selection, "say what would run or be rendered again, and why; do nothing"),
    "run": (_run, _selected, "make every report that is not up to date, those made from others' results last, and the index"),
    "render": (_render, _selection, "write pages again from stored notebooks, where only template, style or text changed; run no cell"),
    "status": (_status, _verify, "say how many reports are made, failed, out of date"),
    "pdf": (_pdf, _pattern, "print pages that are made as PDF, beside them"),
    "prune": (_prune, _nothing, "remove reports that reports.toml no longer asks for"),
    "clean": (_clean, _nothing, "empty reports/; everything in it can be made again"),
    "translate": (_translate, _notebooks, "bring the translated text of notebooks up to date, and write translated copies to read and run"),
    "serve": (_serve, _pipe, "make reports for a worker of a Dask cluster (it starts this itself)"),
}  # fmt: skip


def _program() -> metadata.EntryPoint | None:
    return next((e for e in metadata.entry_points(group="console_scripts") if e.value.startswith("press.")), None)


def parser(words: list[str] | None = None, everything: bool = False) -> argparse.ArgumentParser:
    """
    Return the parser of the command line.

    Parameters
    ----------
    words : list of str, optional
        What was typed: commands of other packages are imported where one of them is the first word.
    everything : bool
        Whether all of them are imported.
    """
    program = _program()
    name, version = (program.name, program.dist.version) if program and program.dist else ("press", "?")
    shape: dict[str, Any] = {
        "epilog": _CODES,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }
    about = f"Makes the reports that reports.toml asks for, only those that are not up to date. '{name} plan' is a harmless start."
    made = argparse.ArgumentParser(prog=name, description=about, **shape)
    made.add_argument("--version", action="version", version=f"{name} {version}")
    with contextlib.suppress(ImportError):
        import shtab

        shtab.add_argument_to(made, "--completion", help="print a script by which the shell completes this command")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    for word, (act, add, text) in _COMMANDS.items():
        command = commands.add_parser(word, help=text, description=f"{text[0].upper()}{text[1:]}.", **shape)
        command.set_defaults(act=act)
        add(command)
    typed = (words or [""])[0]
    for point in sorted(metadata.entry_points(group="press.commands"), key=lambda e: e.name):
        if (
            everything
            or typed == point.name
            or typed not in {*_COMMANDS, *(e.name for e in metadata.entry_points(group="press.commands"))}
        ):
            _add_command(commands, point, shape)
    return made


def _add_command(commands: Any, point: metadata.EntryPoint, shape: dict[str, Any]) -> None:
    try:
        add = point.load()
    except Exception as error:  # noqa: BLE001 (a command that cannot be loaded must not stop the others)
        text = f"cannot be loaded: {error}"
        commands.add_parser(point.name, help=text).set_defaults(act=lambda _: _unloadable(point.name, text))
        return
    text = (add.__doc__ or point.name).strip().splitlines()[0].rstrip(".")
    command = commands.add_parser(point.name, help=f"{text[0].lower()}{text[1:]}", description=f"{text}.", **shape)
    add(command)


def _unloadable(name: str, text: str) -> int:
    raise ValueError(f"{name} {text}")


def _ready_for_anything() -> None:
    """See that there is somewhere to print to, whatever the streams are."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with contextlib.suppress(ValueError):  # only in the main thread
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)


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
        _complain(f"interrupted; what is finished stays, {_called()} run goes on from there.")
        return INTERRUPTED
    except BrokenPipeError:
        progress.be_quiet()
        return OK
    except MemoryError:
        _complain("out of memory; what is finished stays.")
        return FAILED
    except Exception as error:
        if type(error).__name__ == "LockHeld":
            _complain(str(error))
            return LOCKED
        if isinstance(error, (ValueError, OSError)):
            _complain(str(error))
            return USAGE
        raise


def _called() -> str:
    with contextlib.suppress(Exception):
        return project.command()
    return "the command"


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        program = _program()
        print(f"{program.name if program else 'press'}: {project.clean(text)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
