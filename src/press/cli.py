"""The commands: ``helpers plan``, ``run``, ``status``, ``check``, ``new``, ``pdf``, ``facts``, ``fetch``, ``prune``, ``clean``."""

import argparse
import contextlib
import os
import sys
import tomllib
from collections import Counter
from pathlib import Path

from helpers import paths

OK, FAILED, USAGE, LOCKED, INTERRUPTED = 0, 1, 2, 3, 130
_FOLDERS = {
    "MPLCONFIGDIR": "matplotlib",
    "IPYTHONDIR": "ipython",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
}
_SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system", "TZ": "UTC"}
_SETTINGS |= {"PYTHONHASHSEED": "0", "JUPYTER_PLATFORM_DIRS": "1"}


def _environment():
    for name, value in (_SETTINGS | {k: str(paths.cache() / folder) for k, folder in _FOLDERS.items()}).items():
        os.environ.setdefault(name, value)
    os.environ["PRESS_ROOT"] = str(paths.root().resolve())


def _make_folders():
    for name in ("MPLCONFIGDIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        os.makedirs(os.environ[name], exist_ok=True)


def _parser():
    """Build the commands that ``templates/commands.toml`` lists; what each does is the function ``_<name>`` below."""
    listed = tomllib.loads((Path(__file__).parent / "templates" / "commands.toml").read_text(encoding="utf-8"))
    shape = {"epilog": listed["codes"], "formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = argparse.ArgumentParser(prog="helpers", description=listed["about"], **shape)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, said in listed["commands"].items():
        text = said["help"]
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.", **shape)
        command.set_defaults(act=globals()[f"_{name}"])
        for flag, option in ((listed["selection"] if said.get("selects") else {}) | said.get("options", {})).items():
            kind = {"type": {"int": int, "float": float}[option["type"]]} if "type" in option else {}
            command.add_argument(flag, **option | kind)
    serve = commands.add_parser("serve")  # what a worker of a cluster starts; not for people
    serve.add_argument("pipe", type=int)
    serve.set_defaults(act=_serve)
    return parser


def _say(text=""):
    print(text, flush=True)


def _since(revision):
    import subprocess

    if revision is None:
        return None
    changed = set()
    for command in (["diff", "--name-only", revision, "--"], ["ls-files", "--others", "--exclude-standard"]):
        done = subprocess.run(["git", "-C", str(paths.root()), *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(f"--since {revision}: git says: {done.stderr.strip() or 'no answer'}")
        changed |= set(done.stdout.split("\n"))
    return changed


def _planned(args):
    from press import execute

    return execute.plan(args.only, args.failed, args.force, _since(args.since))


def _leftover_line(runs):
    from press import execute

    gone = execute.leftovers(runs)
    if gone:
        _say(f"{len(gone)} reports are no longer in the catalogue (first: {gone[0]}); helpers prune removes them.")


def _plan(args):
    todo, runs, _, _ = _planned(args)
    for run, reasons in todo:
        _say(f"{run.id}  {'; '.join(reasons)}")
    causes = Counter(reason for _, reasons in todo for reason in reasons)
    why = ", ".join(
        f"{n} {cause}" if cause == "new" or cause.startswith(("after ", "while ")) else f"{n} because {cause}"
        for cause, n in causes.most_common(8)
    )
    _say(f"{len(todo)} of {len(runs)} reports would run{f': {why}' if todo else '; all are up to date'}.")
    _leftover_line(runs)
    return OK


def _cluster(args):
    if not args.cluster:
        return contextlib.nullcontext()
    from press.executors import cluster

    return cluster.Cluster(args.cluster, args.timeout, args.patience, args.memory)


def _serve(args):
    from press.executors import cluster

    _make_folders()
    cluster.serve(args.pipe)
    return OK


def _run(args):
    from press import execute

    if args.jobs is not None and args.jobs < 1:
        raise ValueError(f"--jobs {args.jobs}; expected 1 or more.")
    if args.memory is not None and args.memory < 1:
        raise ValueError(f"--memory {args.memory}; expected megabytes, 1 or more.")
    if args.jobs and args.cluster:
        raise ValueError("--jobs is for this machine; with --cluster the workers' threads say how many run at once.")
    todo, runs, _, inputs = _planned(args)
    with execute.lock() as descriptor:
        if not todo:
            execute.update_index(runs, inputs.read)
            _say(f"{len(runs)} reports, all up to date." if not args.only else "What was asked for is up to date.")
            _leftover_line(runs)
            return OK
        _make_folders()
        if args.own_process and sys.flags.hash_randomization:
            os.execv(sys.executable, [sys.executable, "-m", "press.cli", *sys.argv[1:]])
        todo, runs, _, inputs = _planned(args)
        from press import progress

        shown = progress.Progress(len(todo))
        with shown, _cluster(args) as there:
            how = (args.jobs, args.timeout, args.engine, shown, there, args.memory)
            outcomes = execute.run(todo, runs, inputs, descriptor, *how)
    shown.summary(outcomes)
    _leftover_line(runs)
    return FAILED if any(o.status != "ok" for o in outcomes) else OK


def _status(args):
    from press import execute

    todo, runs, manifests, _ = execute.plan()
    made = [m for m in manifests.values() if m]
    failed = [m for m in made if m["status"] != "ok"]
    stale = [run for run, _ in todo if manifests[run.id] and manifests[run.id]["status"] == "ok"]
    counts = f"{len(made) - len(failed) - len(stale)} up to date, {len(stale)} out of date, {len(failed)} failed"
    _say(f"{len(runs)} reports in the catalogue: {counts}, {len(runs) - len(made)} not made.")
    for manifest in failed:
        _say(f"failed: {manifest['id']}: {manifest['error']}")
    _leftover_line(runs)
    return OK


def _check(args):
    from helpers.record import tables

    faulty = 0
    for result in tables.check():
        _say(str(result))
        faulty += bool(getattr(result, "faults", ()))
    return FAILED if faulty else OK


def _new(args):
    from helpers import new_panel, own_panel
    from helpers.words import Words

    new_panel.settle(args.name)
    found = new_panel.create(args.name, args.files, args.replace) if args.files else own_panel.check(args.name)
    _say("\n".join(new_panel.report(found, Words(args.lang))))
    return FAILED if found.faults else OK


def _facts(args):
    from articles import intake

    return intake.main(args.rest)


def _fetch(args):
    from helpers import connectors

    if args.timeout <= 0:
        raise ValueError(f"--timeout {args.timeout:g}; expected more than 0 seconds.")
    if args.source is None:
        _say("Sources of data/connectors.toml; helpers fetch NAME asks one of them:")
        for name, source in connectors.sources().items():
            held = f"{source['indicator']} in {source['table']}" if source["table"] else "in no table of ours"
            _say(f"{name:24} {source['kind']:10} {held:34} {source['tried'].partition('.')[0]}")
        return OK
    try:
        got = connectors.fetch(args.source, args.timeout, args.to)
    except connectors.FetchFailed as error:
        print(f"helpers: {args.source}: {error}", file=sys.stderr)
        return FAILED
    count, shown = Counter(got.difference["change"]), got.difference.head(10)
    folder = got.folder.relative_to(paths.root()) if got.folder.is_relative_to(paths.root()) else got.folder
    told = ", ".join(f"{count[change]} {change}" for change in ("new", "changed", "vanished"))
    _say(f"{got.cells} values fetched; beside data/ {got.same} the same (within {got.tolerance:g}), {told}.")
    for row in shown.itertuples():
        old, new = (f"{value:.10g}".replace("nan", "nothing") for value in (row.old, row.new))
        _say(f"  {row.change:8}  {row.province}, {row.year}: {old} -> {new}")
    if len(got.difference) > len(shown):
        _say(f"  {len(got.difference) - len(shown)} more in {folder}/difference.csv")
    _say(f"Kept in {folder}/; data/ is as it was.")
    if len(got.difference):
        _say(
            'Next: read difference.csv, take over what you accept (CONTRIBUTING.md, "A source fetched again"), make check-data.'
        )
    return OK


def _pdf(args):
    from press import execute, site

    named = [run.id for run in execute.plan(args.pattern)[1] if execute.matches(run.id, args.pattern)]
    made = [name for name in named if execute.read_manifest(name)]
    if not made:
        remedy = f"helpers run --only {args.pattern} makes them"
        raise ValueError(f"{args.pattern}: none of these reports is made yet; {remedy}.")
    for name in made:
        _say(site.write_pdf(paths.reports() / name).relative_to(paths.root()))
    return OK


def _prune(args):
    from press import catalogue, execute

    runs, read = catalogue.read_catalogue()
    with execute.lock():
        gone = execute.prune(runs)
        execute.update_index(runs, read)
    for report in gone:
        _say(f"removed {report}")
    _say(f"{len(gone)} reports removed.")
    return OK


def _clean(args):
    import shutil

    from press import execute

    with execute.lock():
        for path in paths.reports().iterdir():
            if path.name in ("README.md", ".lock"):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        (paths.cache() / "index.sha256").unlink(missing_ok=True)
    _say("reports/ is empty.")
    return OK


def main(argv=None):
    """
    Run one command.

    Parameters
    ----------
    argv : list of str, optional
        Words after ``helpers``; those of the process otherwise.

    Returns
    -------
    int
        0 all is well; 1 some report failed or table is faulty; 2 not usable as asked; 3 another run holds the lock; 130 interrupted.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    if words[:1] == ["facts"]:
        args = argparse.Namespace(act=_facts, rest=words[1:])
    else:
        args = _parser().parse_args(words)
    args.own_process = argv is None
    _environment()
    try:
        return args.act(args)
    except KeyboardInterrupt:
        further = ", helpers run goes on from there" if args.act is _run else ""
        print(f"interrupted; what is finished stays{further}.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return OK
    except Exception as error:
        if type(error).__name__ == "LockHeld":
            print(f"helpers: {error}", file=sys.stderr)
            return LOCKED
        if isinstance(error, (ValueError, OSError)):
            print(f"helpers: {error}", file=sys.stderr)
            return USAGE
        raise


if __name__ == "__main__":
    sys.exit(main())
