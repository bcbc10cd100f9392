"""One small project with every notebook run once, as `rotation run` makes it; the tests of pages read what it left; kernels that start fast."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Forked, known, warmed

from helpers import paths

# what notebooks and lessons import; a kernel of Jupyter is a fork of a process that has imported it
NEEDED = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "IPython.display", "pandas", "matplotlib.pyplot",
    "statsmodels.formula.api", "helpers.study", "helpers.profiles", "helpers.display", "helpers.effects", "helpers.findings", "helpers.plots",
    "helpers.record", "helpers.own", "articles.facts",
)  # fmt: skip

RUNS = """
[[report]]
notebook = "00_main_designs"

[[report]]
notebook = "01_data_audit"

[[report]]
notebook = "02_programmes"
over = { place = ["all", "kon-tum"] }

[[report]]
notebook = "03_flows"
over = { table = ["leaders", "moves", "dien_bien"] }

[[report]]
notebook = "04_leaders"
over = { post = ["secretary", "chair"] }

[[report]]
notebook = "05_province"
over = { province = ["62", "51"] }

[[report]]
notebook = "06_indicator"
over = { indicator = ["pci_score", "poverty_rate_pct"] }

[[report]]
notebook = "07_association"
over = { outcome = ["pci_score", "income_pc_month_kvnd"], post = ["secretary", "chair"] }
after = ["00_main_designs", "16_who_is_sent_where"]

[[report]]
notebook = "08_event_study"
over = { outcome = ["pci_score", "income_pc_month_kvnd"] }
after = ["00_main_designs"]

[[report]]
notebook = "09_one_province"
over = { province = ["34", "01"], outcome = ["pci_score"] }

[[report]]
notebook = "10_leader_effects"
parameters = { draws = 200 }

[[report]]
notebook = "11_turnover"
parameters = { draws = 100 }
over = { outcome = ["pci_score", "papi_corruption"] }

[[report]]
notebook = "12_power"
parameters = { draws = 100 }

[[report]]
notebook = "07_association"
parameters = { provinces = ["Central Highlands"], covariates = ["Population"], draws = 99 }

[[report]]
notebook = "07_association"
parameters = { outcome = "papi_corruption", covariates = ["grdp_per_capita_mvnd"], draws = 99 }

[[report]]
notebook = "07_association"
parameters = { draws = 99, outcome = "PAPI total" }

[[report]]
notebook = "07_association"
parameters = { draws = 99, definition = "career" }

[[report]]
notebook = "07_association"
parameters = { draws = 99, window = [2014, 2020] }

[[report]]
notebook = "07_association"
parameters = { draws = 99, provinces = ["Central Highlands", "South East"] }

[[report]]
notebook = "07_association"
parameters = { draws = 99, covariates = ["population_thousand"] }

[[report]]
notebook = "08_event_study"
parameters = { provinces = ["Kon Tum", "Gia Lai", "Đắk Lắk", "Bình Phước"], covariates = ["Dân số trung bình"], draws = 20 }

[[report]]
notebook = "10_leader_effects"
parameters = { provinces = ["Tây Nguyên"], draws = 100 }

[[report]]
notebook = "11_turnover"
parameters = { provinces = ["Mekong River Delta"], post = "bí thư", draws = 50 }

[[report]]
notebook = "12_power"
parameters = { provinces = ["Central Highlands"], draws = 50 }

[[report]]
notebook = "13_robustness"
parameters = { draws = 20, outcome = "grdp_per_capita_mvnd" }

[[report]]
notebook = "14_rank_claims"
over = { claim = ["KT24-K2", "KT24-K4"] }

[[report]]
notebook = "16_who_is_sent_where"

[[report]]
notebook = "15_brief"
after = ["00_main_designs", "11_turnover", "12_power", "13_robustness"]
pdf = true

[[report]]
notebook = "90_your_panel"
over = { panel = "own_panels" }

[[report]]
notebook = "91_your_article"
"""


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """Let each kernel that a test starts be a fork of one warmed process: the kernel is the stock one, only its imports are done."""
    from jupyter_client.provisioning import local_provisioner

    folder = tmp_path_factory.mktemp("kernels")
    with warmed(*NEEDED, MPLBACKEND="module://matplotlib_inline.backend_inline") as process:

        def fork(command, *_, env, cwd=None, **__):
            _, module, *args = command[command.index("-m") :]
            output = folder / str(len(list(folder.iterdir())))
            return Forked(process, module, *args, cwd=cwd or Path.cwd(), env=env, output=output)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(local_provisioner, "launch_kernel", fork)
            yield


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The reports of that project; made once, by whichever process of the test run comes first."""
    shared = Path(os.environ.get("PYTEST_XDIST_TESTRUNUID", "alone"))
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"project-{shared.name}"
    from filelock import FileLock

    with FileLock(f"{root}.lock"):
        if not (root / "done").is_file():
            _make(root)
    return root / "reports"


def _make(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name in ("data", "notebooks", "src", "requirements.lock", "tests"):
        (root / name).symlink_to(paths.root() / name)
    known(root)
    settings = re.split(
        r"^\[\[report\]\]", (paths.root() / "reports.toml").read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE
    )[0]
    (root / "reports.toml").write_text(settings + RUNS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "press", "run"], cwd=root, env=os.environ | {"PRESS_ROOT": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    (root / "log").write_text(done.stdout + done.stderr, encoding="utf-8")
    (root / "done").write_text(str(done.returncode), encoding="utf-8")
