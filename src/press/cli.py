"""
The command: ``plan``, ``run``, ``render``, ``report``, ``status``, ``pdf``, ``translate``, ``prune``, ``serve``, ``worker``, and those that other packages add.

A package adds a command by an entry point of the group ``press.commands``: its name is the command's, its value
("module:function") a function that gets argparse's sub-commands, adds a parser of that name with its arguments
(``commands.add_parser(name, help=...)``) and says what to do with ``set_defaults(act=function)``, a function from the
parsed arguments to an exit code (or None). It is imported only when its command, or help, is asked for.
"""

import argparse
import contextlib
import errno
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from press import batch, catalogue, execute, plan, progress, project, render, watch
from press.executors import local
from press.progress import say

OK, FAILED, USAGE, LOCKED, _AGAIN, INTERRUPTED = 0, 1, 2, 3, 75, 130
_FOLDERS = {"MPLCONFIGDIR": "matplotlib", "IPYTHONDIR": "ipython", "JUPYTER_RUNTIME_DIR": "jupyter/runtime"}
_FOLDERS |= {"JUPYTER_CONFIG_DIR": "jupyter/config", "JUPYTER_DATA_DIR": "jupyter/data"}
_SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
_SETTINGS |= {"JUPYTER_PLATFORM_DIRS": "1"}
_OLD_INDEX = "the pages around the reports, or the tables gathered from them, are out of date"
_LIMITS = dict.fromkeys((errno.EMFILE, errno.ENFILE), "open files: ulimit -n 1024")
_LIMITS |= {errno.ENOMEM: "memory: ulimit -v unlimited", errno.EFBIG: "the size of a file: ulimit -f unlimited"}
_REMEDIES = {number: f"Raise the limit on {said}" for number, said in _LIMITS.items()}
_REMEDIES |= dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Free space there, and start again; what is finished stays")
_REMEDIES |= dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "Remove the file in its place, or above it")
_CODES = """
exit codes:
  0    all is well
  1    some report failed, or what was checked has a fault
  2    the command, reports.toml or a folder is not usable; the message says why
  3    another run is writing to reports/
  130  interrupted; what is finished stays, the next run goes on from there"""


def environment() -> None:
    """Set what every command and every process it starts finds: the project's folder, folders for caches, one thread each."""
    os.environ |= {"PRESS_ROOT": str(project.root().resolve()), "TZ": "UTC", "MATPLOTLIBRC": os.devnull}
    os.environ |= _SETTINGS | {name: str(project.cache() / folder) for name, folder in _FOLDERS.items()}
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "MPLBACKEND"):
        os.environ.pop(name, None)


def make_folders() -> None:
    """Make the folders for caches that :func:`environment` names."""
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        folder = Path(os.environ[name])
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, "cannot be written", str(folder))


def _name_leftovers(runs: list[Any]) -> None:
    if gone := plan.leftovers(runs):
        again = f"{project.command()} prune removes them"
        say(f"{len(gone)} reports are no longer in the catalogue (first: {gone[0]}); {again}.")


def _why(todo: list[tuple[Any, list[str]]]) -> str:
    causes = Counter(reason for _, reasons in todo for reason in reasons).most_common(8)
    alone = ("new", "asked for", "after ", "while ")
    return ", ".join(f"{n} {'' if cause.startswith(alone) else 'because '}{cause}" for cause, n in causes)


def _planned(args: argparse.Namespace, to_make: bool = True) -> Any:
    if args.watch and (args.cluster or args.force or args.failed):
        raise ValueError("--watch makes what changes, on this machine; leave out --cluster, --force and --failed.")
    if args.jobs and args.cluster:
        raise ValueError("--jobs is for this machine; with --cluster the workers' threads say how many run at once.")
    return plan.Plan(*args.only or (), failed=args.failed, force=args.force, verify=args.verify, to_make=to_make)


def _plan(args: argparse.Namespace) -> None:
    """Say what would run or be rendered again, and why; do nothing."""
    planned, counts = _planned(args), []
    for word, what, todo in (("run", "run", planned.run), ("render", "only be rendered again", planned.render)):
        for run, reasons in todo:
            say(f"{word}  {run.id}  {'; '.join(reasons)}")
        counts += [f"{len(todo)} of {len(planned.runs)} reports would {what} ({_why(todo)})"] if todo else []
    if not counts:
        stands = batch.Index(planned).stands
        counts = [f"0 of {len(planned.runs)} reports would run", "all are up to date" if stands else _OLD_INDEX]
    say(f"{'; '.join(counts)}.")
    _name_leftovers(planned.runs)


def _run(args: argparse.Namespace) -> int:
    """Make every report that is not up to date, those made from others' results last, and the index."""
    return _make(args, _planned(args))


def _render(args: argparse.Namespace) -> int:
    """Write pages again from stored notebooks, where only template, style or text changed; run no cell."""
    planned = _planned(args, to_make=False)
    planned.render += [(run, reasons) for run, reasons in planned.run if reasons == ["asked for"]]
    planned.run = []
    return _make(args, planned)


def _make(args: argparse.Namespace, planned: Any) -> int:
    with batch.lock() as held:
        if not (planned.run or planned.render or args.watch):
            index = batch.Index(planned)
            index.write()
            said = "What was asked for is" if args.only else f"{len(planned.runs)} reports, all"
            say(f"{said} up to date{'' if index.stands else '; the pages around them are written again'}.")
            _name_leftovers(planned.runs)
            return OK
        make_folders()
        os.chdir("/")
        code = local.guarded(lambda: _answer(lambda: _make_all(args, planned, held)))
    if code == _AGAIN:
        signal.pthread_sigmask(signal.SIG_BLOCK, project.STOPS)  # until they are listened to again
        os.execv(sys.executable, [sys.executable, "-m", "press", *args.words])
    return code


def _make_all(args: argparse.Namespace, planned: Any, held: int) -> int:
    if not args.watch:
        return _make_once(args, planned, held)
    for number in project.STOPS:  # who started this may have them ignored
        signal.signal(number, signal.default_int_handler)
    execute.warm(planned.sources(planned.wanted))
    for changed in watch.rounds(planned, lambda: _planned(args)):
        _make_once(args, changed, held)
    return _AGAIN


def _make_once(args: argparse.Namespace, planned: Any, held: int) -> int:
    shown, cluster = progress.Progress(len(planned.run) + len(planned.render)), None
    if args.cluster:
        from press.executors import dask

        cluster = dask.Cluster(args.cluster, args.timeout, args.patience, args.memory)
    outcomes = batch.run(planned, held, shown, args, cluster)
    shown.summary(outcomes)
    _name_leftovers(planned.runs)
    return FAILED if any(o.status != "ok" for o in outcomes) else OK


def _report(args: argparse.Namespace) -> int:
    """Make one report with other parameters, below reports/interactive/, and say where its pages are."""
    run, notebook = catalogue.asked(args.notebook, args.values)
    planned = plan.Plan()
    planned.read[run.notebook] = notebook
    planned.run, planned.render = [(run, ["asked for"])], []
    code = _make(args, planned)
    pages = [project.reports() / run.id / lang / "index.html" for lang in project.languages()]
    for page in pages:
        say(str(page.relative_to(project.root())))
    if args.open:
        import webbrowser

        webbrowser.open(pages[0].as_uri())
    return code


def _status(args: argparse.Namespace) -> None:
    """Say how many reports are made, failed, out of date."""
    planned = plan.Plan(verify=args.verify, to_make=False)
    made = [m for m in planned.manifests.values() if m]
    failed = [m for m in made if m["status"] != "ok"]
    old = sum((planned.manifests[run.id] or {}).get("status") == "ok" for run, _ in planned.run)
    pages = len(planned.render)
    fresh = len(made) - len(failed) - old - pages
    counts = f"{fresh} up to date, {old} out of date, {pages} with pages out of date, {len(failed)} failed"
    say(f"{len(planned.runs)} reports in the catalogue: {counts}, {len(planned.runs) - len(made)} not made.")
    if not batch.Index(planned).stands:
        say(f"{_OLD_INDEX}.".capitalize())
    for manifest in failed:
        say(f"failed: {manifest['id']}: {manifest['error']}")
    _name_leftovers(planned.runs)


def _pdf(args: argparse.Namespace) -> None:
    """Print pages that are made as PDF, beside them; a page that is written again loses its PDF."""
    ids = [run.id for run in catalogue.read_catalogue()[0]]
    pages = [(report, f"{report}/{lang}") for report in ids for lang in project.languages()]
    asked = [pair for pair in pages if any(plan.matches(name, args.pattern) for name in pair)]
    made = {page: there for report, page in asked if (there := plan.read_manifest(report))}
    remedy = f"{project.command()} run {project.chosen(args.pattern)}"
    if not made:
        raise ValueError(f"{args.pattern}: none of these reports is made yet; {remedy} makes them.")
    for page, manifest in made.items():
        target = project.reports() / page / render.PRINT
        content = plan.bytes_of(target.with_name("index.html"))
        if plan.sha(content) != manifest["files"][f"{Path(page).name}/index.html"]:
            raise ValueError(f"{page}/index.html was altered since it was made; {remedy} makes it again.")
        render.write_print(content.decode(), target)
        say(str(target.relative_to(project.root())))


def _translate(args: argparse.Namespace) -> None:
    """Bring the translated text of notebooks up to date, and write translated copies to read and run."""
    from press import translate

    for line in translate.everything(args.notebooks, args.lang):
        say(line)


def _prune(_: argparse.Namespace) -> int:
    """Remove reports that reports.toml no longer asks for."""
    planned = plan.Plan()
    with batch.lock():
        gone = plan.prune(planned.runs)
        batch.Index(planned).write()
    for report in gone:
        say(f"removed {report}")
    say(f"{len(gone)} reports removed.")
    return FAILED if plan.leftovers(planned.runs) else OK


def _serve(args: argparse.Namespace) -> None:
    """Serve the made pages and the project's own app to browsers on this machine."""
    from press import serve

    make_folders()
    serve.serve(args.port, args.open)


def _worker(_: argparse.Namespace) -> None:
    """Make reports for a worker of a Dask cluster (it starts this itself)."""
    from press.executors import dask

    make_folders()
    dask.serve()


def _number(kind: Any, least: int = 0, most: int = 10**9) -> Any:
    def number(text: str) -> float:
        value = kind(text)
        if not least < value <= most:
            raise argparse.ArgumentTypeError(f"{text}; expected a number, more than {least} and at most {most}")
        return value

    return number


_COUNT, _PORT, _SECONDS = _number(int), _number(int, -1, 65535), {"metavar": "S", "type": _number(float)}
_OPTIONS: dict[str, dict[str, Any]] = {
    "--only": {"metavar": "PATTERN", "action": "append", "help": "reports whose name holds it, or matches it (* ? [)"},
    "--failed": {"action": "store_true", "help": "only reports that failed last time"},
    "--force": {"action": "store_true", "help": "also reports that are up to date"},
    "--verify": {"action": "store_true", "help": "read every file that was made, not only its size and times"},
    "--watch": {"action": "store_true", "help": "go on: make again what a change touches, until Ctrl-C"},
    "--jobs": {"metavar": "N", "type": _COUNT, "help": "reports made at once (default: number of cores)"},
    "--timeout": {**_SECONDS, "default": 900, "help": "seconds a report may take (900)"},
    "--memory": {"metavar": "MB", "type": _COUNT, "help": "memory a report may take, about 500 MB of start included"},
    "--engine": {"choices": ["fork", "kernel"], "default": "fork", "help": "kernel: a Jupyter kernel each (slow)"},
    "--cluster": {"metavar": "ADDRESS", "help": "let a Dask cluster make them (tcp://host:port; docs/cluster.md)"},
    "--patience": {**_SECONDS, "default": 300, "help": "seconds to go on without the cluster"},
    "--lang": {"help": "one language (default: every one but the notebooks' own)"},
    "--port": {"metavar": "N", "type": _PORT, "default": 8890, "help": "where it listens (8890; 0: any free one)"},
    "--open": {"action": "store_true", "help": "open its address in the browser"},
    "notebooks": {"nargs": "*", "metavar": "NOTEBOOK", "help": "names of notebooks (default: all)"},
    "notebook": {"metavar": "NOTEBOOK", "help": "its name, such as 07_association"},
    "values": {"nargs": "*", "metavar": "PARAMETER=VALUE", "help": "what differs from the notebook's own parameters"},
    "pattern": {"help": "part of their names (notebook/parameters/language), or a pattern with *"},
}
_CHOICE = ["--only", "--failed", "--force", "--verify"]
_HOW = [*_CHOICE, "--jobs", "--timeout", "--memory", "--engine", "--cluster", "--patience"]
_ONE = ["notebook", "values", "--open", "--timeout", "--memory", "--engine"]
_COMMANDS: dict[str, tuple[Any, list[str]]] = {
    "plan": (_plan, _CHOICE),
    "run": (_run, [*_HOW, "--watch"]),
    "render": (_render, _HOW),
    "report": (_report, _ONE),
    "status": (_status, ["--verify"]),
    "pdf": (_pdf, ["pattern"]),
    "prune": (_prune, []),
    "translate": (_translate, ["notebooks", "--lang"]),
    "serve": (_serve, ["--port", "--open"]),
    "worker": (_worker, []),
}


def _version() -> str:
    from importlib import metadata  # 20 ms that most commands need not pay

    points = metadata.entry_points(group="console_scripts")
    return next((e.dist.version for e in points if e.value.startswith("press.") and e.dist), "?")


def _name() -> str:
    with contextlib.suppress(project.CatalogueFault, OSError):
        return Path(project.command()).name
    return "press"


def parser(words: list[str]) -> argparse.ArgumentParser:
    """
    Return the parser of the command line.

    Parameters
    ----------
    words : list of str
        What was typed: a command of another package is imported where it is the first word, all where no command is.
    """
    name = _name()
    shape: dict[str, Any] = {"epilog": _CODES, "formatter_class": argparse.RawDescriptionHelpFormatter}
    about = "Makes the reports that reports.toml asks for, only those that are not up to date."
    made = argparse.ArgumentParser(prog=name, description=f"{about} '{name} plan' is a harmless start.", **shape)
    made.add_argument("--version", action="version", version=f"{name} {_version() if '--version' in words else ''}")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    for word, (act, options) in _COMMANDS.items():
        command = commands.add_parser(word, help=act.__doc__, description=act.__doc__, **shape)
        command.set_defaults(act=act, jobs=None, cluster=None, only=None, watch=False)
        for option in options:
            command.add_argument(option, **_OPTIONS[option])
    if {*words[:1]} & {*_COMMANDS, "--version"}:
        return made
    from importlib import metadata

    import shtab

    shtab.add_argument_to(made, "--completion", help="print a script by which the shell completes this command")
    points = {point.name: point for point in metadata.entry_points(group="press.commands")}
    for word in words[:1] if {*words[:1]} & {*points} else sorted(points):
        points[word].load()(commands)
        commands.choices[word].epilog, commands.choices[word].formatter_class = _CODES, shape["formatter_class"]
    return made


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

    def act() -> int | None:
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # whatever letters are printed
        signal.pthread_sigmask(signal.SIG_UNBLOCK, project.STOPS)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, children could not be waited for
        environment()
        made = parser(words)
        made.set_defaults(act=lambda _: made.print_help(), words=words)  # where no command is given
        args = made.parse_args(words)
        return args.act(args)

    with contextlib.redirect_stdout(progress.Outlet(sys.stdout)):
        return _answer(act)


def _answer(act: Any) -> int:
    """Do what was asked and return the exit code; what went wrong is said in one line."""
    try:
        return act() or OK
    except KeyboardInterrupt:
        return _complain(INTERRUPTED, f"interrupted; what is finished stays, {_name()} run goes on from there.")
    except ImportError as error:
        last = str(error).strip().rpartition("\n")[2].rstrip(".")
        remedy = "The packages are not whole: install them again; or a limit is too low (ulimit -n, ulimit -v)."
        return _complain(USAGE, f"{last}. {remedy}")
    except MemoryError:
        return _complain(FAILED, "out of memory; what is finished stays.")
    except OSError as error:
        place = error.filename2 or error.filename
        if not place and error.errno not in _REMEDIES:
            return _complain(USAGE, str(error))
        owner = f" (it belongs to {project.whose(place)})" if isinstance(error, PermissionError) else ""
        remedy = _REMEDIES.get(error.errno or 0, "It must be there, and yours to read and write")
        return _complain(USAGE, f"{place or ''}: {error.strerror}{owner}. {remedy}.".removeprefix(": "))
    except (ValueError, project.LockHeld) as error:
        return _complain(LOCKED if isinstance(error, project.LockHeld) else USAGE, str(error))


def _complain(code: int, text: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        print(f"{_name()}: {project.clean(text)}", file=sys.stderr, flush=True)
    return code
