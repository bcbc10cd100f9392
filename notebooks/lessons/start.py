"""
Open the lessons: the first time, make a small environment beside this file; then start JupyterLab.

    python start.py          (on Windows: py start.py, or a double click)

Needs Python 3.11, 3.12 or 3.13 and, the first time, the package index. Nothing is written outside this folder.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT, PINS = HERE / "environment", HERE / "requirements.txt"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LANGUAGES = ("en", "vi", "root")  # whose forms of dates and numbers are kept


def megabytes(folder: Path) -> int:
    """Return the size of a folder's files."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) // 1_000_000


def packages() -> Path:
    """Return where the environment's packages stand."""
    ask = [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())


def make() -> None:
    """Install what the lessons need, and leave out what they do not: test suites, other languages, compiled copies."""
    print("Setting up, once: about 150 MB to fetch ...")
    print("Cài đặt một lần: tải khoảng 150 MB ...", flush=True)
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, with_pip=True)
    options = [
        "--no-deps",
        "--no-compile",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--no-cache-dir",
        "-q",
    ]
    subprocess.run([PYTHON, "-m", "pip", "install", *options, "-r", PINS], check=True)
    place = packages()
    for folder in sorted(place.rglob("tests")):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (place / "babel" / "locale-data").glob("*.dat"):
        if file.stem.split("_")[0] not in LANGUAGES:
            file.unlink()
    for folder in place.rglob("__pycache__"):
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Make the environment where it is absent or of other pins, then open JupyterLab."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only-set-up", action="store_true", help="do not start JupyterLab")
    given = parser.parse_args()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise SystemExit(
            f"This is Python {sys.version.split()[0]}; the lessons need 3.11, 3.12 or 3.13 (python.org).\n"
            f"Đây là Python {sys.version.split()[0]}; các bài học cần Python 3.11, 3.12 hoặc 3.13 (python.org)."
        )
    mark, pins = ENVIRONMENT / "pins.txt", hashlib.sha256(PINS.read_bytes()).hexdigest()
    if not mark.is_file() or mark.read_text() != pins or not PYTHON.is_file():
        make()
        mark.write_text(pins)
        print(f"The environment takes / Môi trường chiếm: {megabytes(ENVIRONMENT)} MB.")
    # Relative, so without a letter of this folder's name: before Python 3.13 Windows reads such files in its own encoding.
    (packages() / "lessons.pth").write_text(os.path.relpath(HERE / "src", packages()) + "\n")
    if not given.only_set_up:
        settings = os.environ | {
            "PYTHONDONTWRITEBYTECODE": "1",
            "JUPYTER_CONFIG_DIR": str(ENVIRONMENT / "settings"),
        }
        sys.exit(
            subprocess.call([PYTHON, "-m", "jupyterlab", f"--notebook-dir={HERE}"], env=settings)
        )


if __name__ == "__main__":
    main()
