"""
What `make lab` tells JupyterLab: our kernel runs the notebooks, and one that was only run is not a change for git.

News and updates: overrides.json. Links in computed sentences: custom.css.
"""

import os
import shutil
import subprocess
import warnings
from pathlib import Path

HERE = Path(__file__).parent


def leave_git_clean(model: dict, os_path: str, **_: object) -> None:
    """Tell git that a saved notebook is the committed one, where it is but for what git's filter leaves out anyway."""
    if model["type"] == "notebook":
        folder, name = Path(os_path).parent, Path(os_path).name
        same = subprocess.run(["git", "diff", "--quiet", "--", name], cwd=folder, capture_output=True, check=False)
        tracked = subprocess.run(["git", "ls-files", "--", name], cwd=folder, capture_output=True, check=False).stdout
        if same.returncode == 0 and tracked:
            subprocess.run(["git", "update-index", "--", name], cwd=folder, capture_output=True, check=False)


def trust_what_was_run(model: dict, **_: object) -> None:
    """Let numbers in the text count as run where the code is: jupyterlab-myst leaves them untrusted in a notebook that was opened without outputs."""
    cells = (model.get("content") or {}).get("cells", []) if model["type"] == "notebook" else []
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    if code and all(cell["metadata"].get("trusted") or not cell["outputs"] for cell in code):
        for cell in cells:
            cell["metadata"]["trusted"] = True


os.environ["JUPYTER_PATH"] = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("JUPYTER_PATH")])])  # kernels/
custom = Path(os.environ["JUPYTER_CONFIG_DIR"]) / "custom"  # make names it
custom.mkdir(parents=True, exist_ok=True)
shutil.copy(HERE / "custom.css", custom)
warnings.filterwarnings("ignore", "Overriding existing (pre|post)_save_hook")  # JupyterLab reads this file twice
c.LabApp.custom_css = True  # noqa: F821
c.FileContentsManager.pre_save_hook = trust_what_was_run  # noqa: F821
c.FileContentsManager.post_save_hook = leave_git_clean  # noqa: F821
