"""
Shared helpers of the notebook collection: the record, studies, effects, findings, plots and words.

Everything named here is loaded when it is first used, so that ``import helpers`` stays quick.
"""

from importlib import import_module as _import_module
from typing import Any

from helpers.display import install as _install

__all__ = ["record", "study", "effects", "findings", "plots", "profiles", "words", "display", "explore", "own", "paths"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return _import_module(f"helpers.{name}")
    raise AttributeError(f"module 'helpers' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)


_install()
