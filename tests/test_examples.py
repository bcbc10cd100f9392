"""The short examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import articles
import helpers
import press

MODULES = sorted(
    found.name
    for package in (helpers, press, articles)
    for found in [
        *pkgutil.walk_packages(package.__path__, f"{package.__name__}."),
        pkgutil.ModuleInfo(None, package.__name__, True),
    ]
    if not found.name.endswith("__main__")
)
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def _examples(name):
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name):
    told = []
    for example in _examples(name):
        doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=told.append)
    assert "".join(told) == ""


def test_there_are_enough_examples():
    assert sum(len(_examples(name)) for name in MODULES) >= 25
