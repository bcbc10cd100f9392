"""
Take out of a notebook what running it puts in: git's clean filter, so that a run leaves nothing to commit.

Reads a notebook from standard input and writes it to standard output without outputs, execution counts, values that JupyterLab keeps
for prose, the state of widgets, the name of the kernel on this machine. Keys are sorted as JupyterLab does. What is not a
notebook passes unchanged. ``make setup`` tells git of it (``tools/environment.py``); it needs no package.
"""

import json
import sys

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
OF_A_RUN = ("collapsed", "execution", "ExecuteTime", "papermill", "scrolled", "user_expressions")


def clean(text: str) -> str:
    """Return the notebook without what a run leaves; text that is no notebook as it is."""
    try:
        notebook = json.loads(text)
        cells = list(notebook["cells"])
    except (ValueError, TypeError, KeyError):
        return text
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
        for name in OF_A_RUN:
            cell["metadata"].pop(name, None)
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].splitlines(keepends=True)
    kept = {name: value for name, value in notebook.get("metadata", {}).items() if name not in ("papermill", "widgets")}
    notebook["metadata"] = kept | METADATA
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.buffer.write(clean(sys.stdin.buffer.read().decode("utf-8")).encode("utf-8"))
