"""
Make an environment fit its lock, and notice when it no longer does. Needs no package; run by the Makefile.

    python tools/environment.py reports    # .venv with requirements.lock, what the reports need
    python tools/environment.py cluster    # .venv with requirements-cluster.lock: that, and Dask for many machines
    python tools/environment.py dev        # .venv with requirements-dev.lock: that, and what tests and developers need
    python tools/environment.py teach      # .venv-teach with requirements-teach.lock, the grader's

An environment fits when it was made from these pins, for this folder and this project's commands, and has lost nothing since. What
is added by hand stays until the pins change. What does not fit is made again; what fits costs some hundredths of a second.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "reports": "requirements.lock",
    "cluster": "requirements-cluster.lock",
    "dev": "requirements-dev.lock",
    "teach": "requirements-teach.lock",
}
ALSO = {"reports": ("cluster", "dev"), "cluster": ("dev",)}  # an environment made for the second serves the first
COMPILED = (
    "dev",
    "teach",
)  # beforehand, for their many short processes; the others compile what they import, when they do
CACHE = ROOT / ".cache"
PYTHONS = ((3, 11), (3, 13))


class Unfit(Exception):
    """What stands in the way, in one line."""


def pins(name: str) -> list[str]:
    """Return the pins and hashes of a lock, without its comments."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line.strip(" \\") for line in lines if line.strip() and not line.lstrip().startswith("#")]


def wanted(kind: str) -> str:
    """Return the digest of what an environment must have been made from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [pins(LOCKS[kind]), project["project"], project["build-system"], project["tool"]["setuptools"], str(ROOT)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def listing(venv: Path) -> dict[str, int]:
    """Add up what stands in each folder of an environment, two steps deep: one for each, and its bytes; compiled files are left out."""
    counts: dict[str, int] = {}

    def size(entry: os.DirEntry) -> int:
        return 1 if entry.is_dir(follow_symlinks=False) else 1 + entry.stat(follow_symlinks=False).st_size

    for top in (*venv.glob("lib/python*/site-packages"), venv / "bin"):
        with os.scandir(top) as entries:
            for entry in entries:
                if entry.name != "__pycache__" and not entry.name.endswith(".pyc"):
                    with os.scandir(entry.path) if entry.is_dir() else contextlib.nullcontext([entry]) as within:
                        counts[f"{top.name}/{entry.name}"] = sum(size(e) for e in within if e.name != "__pycache__")
    return counts


def starts(venv: Path) -> bool:
    """Return whether the environment's Python runs."""
    try:
        done = subprocess.run([venv / "bin" / "python", "-I", "-c", ""], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def state(venv: Path) -> dict:
    """Return what an environment says of itself, nothing if that cannot be read."""
    try:
        found = json.loads((venv / "fits.json").read_text(encoding="utf-8"))
        return found if isinstance(found["files"], dict) and found["kind"] in LOCKS and found["digest"] else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def whole(venv: Path, found: dict) -> bool:
    """Return whether everything that was installed is there still, in the place and for the Python it was made for."""
    if not found or found.get("root") != str(ROOT) or found.get("python") != list(sys.version_info[:2]):
        return False
    try:
        now = listing(venv)
    except OSError:
        return False
    return all(now.get(name, -1) >= n for name, n in found["files"].items()) and starts(venv)


def uv() -> str:
    """Return the path of uv, in the version that requirements-build.lock names; install it where it is not there."""
    version = (
        next(line for line in pins("requirements-build.lock") if line.startswith("uv=="))
        .removeprefix("uv==")
        .split()[0]
    )
    own = CACHE / "uv-tool" / "bin" / "uv"
    for candidate in (own, shutil.which("uv")):
        with contextlib.suppress(OSError):
            said = subprocess.run(
                [candidate or own, "--version"], capture_output=True, text=True, check=False
            ).stdout.split()
            if said[1:2] == [version]:
                return str(candidate)
    run([sys.executable, "-m", "venv", "--clear", CACHE / "uv-tool"], "the tool that installs packages (uv)")
    only = CACHE / "uv-tool" / "only-uv.txt"
    blocks = (ROOT / "requirements-build.lock").read_text(encoding="utf-8").split("\n")
    start = next(i for i, line in enumerate(blocks) if line.startswith("uv=="))
    end = next((i for i in range(start + 1, len(blocks)) if blocks[i][:1] not in (" ", "")), len(blocks))
    only.write_text("\n".join(blocks[start:end]) + "\n", encoding="utf-8")
    pip = [
        CACHE / "uv-tool" / "bin" / "python",
        "-m",
        "pip",
        "install",
        "-q",
        "--require-hashes",
        "--no-deps",
        "-r",
        only,
    ]
    run(pip, "the tool that installs packages (uv)")
    return str(own)


def run(command: list, what: str) -> None:
    """Run a command; where it fails, say in one line what could not be made, and why."""
    own = os.environ | {"UV_LINK_MODE": "copy", "TMPDIR": str(CACHE / "tmp")}  # harm in an environment stays in it
    (CACHE / "tmp").mkdir(parents=True, exist_ok=True)
    words = list(map(str, command))
    done = subprocess.run(words, cwd=ROOT, env=own, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        if "No space left" in done.stderr + done.stdout:
            free = shutil.disk_usage(ROOT).free // 1_000_000
            raise Unfit(
                f"{what} could not be made: the disk is full, {free} MB are free. An environment and the packages that "
                "are kept for it in .cache take about 3,000 MB: make room, then say the same again."
            )
        said = [line.strip(" ×╰─▶") for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise Unfit(
            f"{what} could not be made: {' '.join(said[-3:])[:400]} (Is there a network? Nothing else was changed.)"
        )


def install(venv: Path, kind: str, found: dict) -> None:
    """Install what the lock names and this project, from the cache where that has everything."""
    again = whole(venv, found)
    if not venv.is_dir():
        venv.unlink(missing_ok=True)
    (venv / "fits.json").unlink(missing_ok=True)
    if not again:
        base = getattr(sys, "_base_executable", sys.executable)
        run([base, "-m", "venv", "--clear", "--without-pip", venv], venv.name)
    tool, python = uv(), venv / "bin" / "python"
    steps = (
        [tool, "pip", "sync", "-q", "--python", python, "--require-hashes", LOCKS[kind]],
        [
            tool,
            "pip",
            "install",
            "-q",
            "--python",
            python,
            "--no-deps",
            "--build-constraints",
            "requirements-build.lock",
            "-e",
            ".",
        ],
    )
    for step in steps:
        try:
            run([*step, "--offline"], venv.name)
        except Unfit:
            run(step, f"{venv.name}, from {LOCKS[kind]},")
    if kind in COMPILED:
        quick: list = [
            python,
            "-m",
            "compileall",
            "-q",
            "-j",
            "0",
            "-x",
            r"[/\\](tests?|lib2to3)[/\\]|jedi[/\\]third_party",
            venv / "lib",
        ]
        subprocess.run(quick, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    made = {"kind": kind, "digest": wanted(kind), "root": str(ROOT), "python": list(sys.version_info[:2])}
    written = venv / "fits.json.new"
    written.write_text(json.dumps(made | {"files": listing(venv)}), encoding="utf-8")
    written.replace(venv / "fits.json")


def filter_notebooks() -> None:
    """Let git leave outputs out of notebooks, where this folder is a checkout of its own."""
    with contextlib.suppress(OSError):
        top = subprocess.run(
            ["git", "rev-parse", "--show-toplevel"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if top.returncode == 0 and Path(top.stdout.removesuffix("\n")) == ROOT:
            command = "test -x .venv/bin/python && exec .venv/bin/python -I tools/clean_notebook.py || exec cat"
            subprocess.run(["git", "config", "filter.notebook.clean", command], cwd=ROOT, check=False)


def main(kind: str) -> int:
    """Make the environment of this kind fit; return the exit code."""
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        print(
            f"Python 3.11, 3.12 or 3.13 is needed; found {sys.version.split()[0]}. Say: make PYTHON=/path/to/python3.11"
        )
        return 1
    venv = ROOT / (".venv-teach" if kind == "teach" else ".venv")
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "environment.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = state(venv)
        if found and found["kind"] in ALSO.get(kind, ()):
            kind = found["kind"]
        if found and found["kind"] == kind and found["digest"] == wanted(kind) and whole(venv, found):
            return 0
        print(
            f"setting up {venv.name} from {LOCKS[kind]} (again only when that changes, or something is lost)",
            flush=True,
        )
        try:
            install(venv, kind, found)
        except Unfit as error:
            print(error, file=sys.stderr)
            return 1
        filter_notebooks()
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit(f"usage: python tools/environment.py {'|'.join(LOCKS)}")
    try:
        sys.exit(main(sys.argv[1]))
    except OSError as error:
        sys.exit(f"{error.filename or 'a file'}: {error.strerror or error}. It must be readable and writable by you.")
    except KeyboardInterrupt:
        sys.exit("interrupted; say the same again and it goes on")
