"""How `make docs` builds the pages of documentation: those in this folder, and one for each module, from its docstrings."""

import importlib.metadata
import pkgutil
from pathlib import Path

import articles
import helpers
import press

HERE = Path(__file__).parent
project = "rotation-outcomes"
release = version = importlib.metadata.version("rotation-outcomes")
language = "en"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["built", "cluster", "screens", "changes.vi.md"]
html_theme = "furo"
html_title = "rotation-outcomes: documentation"
html_copy_source = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# matplotlib writes a method `set`, in markup of its own, into every class of figures.
autodoc_default_options = {"members": True, "ignore-module-all": True, "exclude-members": "set"}
add_module_names = False
python_use_unqualified_type_names = True
# Links to pages that are not part of this site: the README, the tables' codebook.
suppress_warnings = ["myst.xref_missing", "ref.python"]


def _modules():
    for package in (helpers, press, articles):
        yield package.__name__
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.rpartition(".")[2].startswith("_"):
                yield found.name


def write_api(app):
    """Write a page for each module into docs/api/, which git does not keep."""
    folder = HERE / "api"
    folder.mkdir(exist_ok=True)
    names = list(_modules())
    texts = {f"{name}.md": f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n```\n" for name in names}
    texts["index.md"] = "# Functions\n\n```{toctree}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n"
    for path in folder.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app):
    """Tell sphinx to write these pages before it reads."""
    app.connect("builder-inited", write_api)
