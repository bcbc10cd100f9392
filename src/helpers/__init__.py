"""
Shared helpers of the notebook collection: the record, studies, effects, findings, plots and words.

Everything named here is loaded when it is first used, so that ``import helpers`` stays quick.
"""

from importlib import import_module as _import_module
from typing import Any

from helpers.display import install as _install

_ROOMS = {
    "record": ("boundaries", "ledger", "places", "tables", "terms"),
    "study": ("Panel", "at_risk", "panel", "save", "sources", "write"),
    "effects": ("main", "verdict"),
    "findings": ("finding", "verdicts"),
    "plots": (),
    "profiles": (),
    "words": (
        "Refused", "between", "count", "date", "difference", "interval", "language", "listing", "month", "number", "p_is", "p_value", "percent",
        "say", "use",
    ),
    "display": ("heading", "table_html"),
    "explore": (),
    "own": (),
    "paths": (),
}  # fmt: skip
_DOOR = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [  # noqa: PLE0604 (names of the rooms and of what stands in them)
    *_ROOMS,
    *_DOOR,
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return _import_module(f"helpers.{name}")
    if name in _DOOR:
        room = _import_module(f"helpers.{_DOOR[name]}")
        return getattr(room, name) if hasattr(room, name) else _import_module(f"helpers.{_DOOR[name]}.{name}")
    raise AttributeError(f"module 'helpers' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)


_install()
