"""Arithmetic is compared on small panels: the gate on intervals is open in these tests but where it is itself tested."""

import pytest

from helpers.effects import results


@pytest.fixture(autouse=True)
def gate(request, monkeypatch):
    if "gated" not in request.keywords and "gated" not in request.node.name:
        monkeypatch.setattr(results, "least_switching", lambda *_: 0)
