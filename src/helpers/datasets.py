"""Tables: loaded whole and checked against their codebook, or refused with where and why."""

import csv
import difflib
import functools
import hashlib
import io
import json
from typing import NamedTuple

import pandas as pd

from helpers import paths

_USED = {}
_DTYPES = {"string": "str", "integer": "int64", "year": "int64", "number": "float64", "boolean": "boolean"}


class Fault(NamedTuple):
    """One thing wrong in one table; ``row`` is the line in the file (1 = header), 0 where the whole file is meant."""

    file: str
    row: int
    column: str
    found: str
    expected: str
    remedy: str


class DataFault(ValueError):
    """A table that was refused; ``faults`` lists every :class:`Fault`."""

    def __init__(self, faults):
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


class BreakRefused(ValueError):
    """A window that pools values of two definitions without naming the break."""


def package():
    """Return the codebook ``data/datapackage.json`` as a dict."""
    return json.loads((paths.data() / "datapackage.json").read_bytes())


def _resource(name):
    known = {r["name"]: r for r in package()["resources"]}
    if name not in known:
        near = difflib.get_close_matches(name, known, 3)
        raise ValueError(f"no table '{name}'; closest: {', '.join(near or known)}. Tables are listed in data/README.md.")
    return known[name]


@functools.lru_cache(maxsize=32)
def _parsed(text, schema):
    fields = json.loads(schema)["fields"]
    raw = pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False, na_values=[""])
    columns = {}
    for field in fields:
        column = raw[field["name"]]
        if field["type"] == "boolean":
            truth = {v: True for v in field.get("trueValues", ["true"])} | {
                v: False for v in field.get("falseValues", ["false"])
            }
            column = column.map(truth).astype("boolean")
        elif field["type"] in ("integer", "number", "year"):
            whole = field["type"] != "number" and not column.isna().any()
            column = column.astype("int64" if whole else "float64")
        columns[field.get("loadAs", field["name"])] = column
    return pd.DataFrame(columns)


def load(name):
    """
    Load one table of ``data/``.

    Parameters
    ----------
    name : str
        Name of the table, as in ``data/README.md``.

    Returns
    -------
    DataFrame
        A copy of its own. Codes and texts are ``str``, flags ``boolean``, years ``int64``, values ``float64``; an empty cell is missing.
        ``province_code`` of the files is called ``unit_code``.
    """
    resource = _resource(name)
    content = (paths.data() / resource["path"]).read_bytes()
    _USED[name] = hashlib.sha256(content).hexdigest()
    return _parsed(content.decode("utf-8-sig"), json.dumps(resource["schema"])).copy()


def used():
    """Return the tables loaded so far, in order of first use, as a dict of name to the SHA-256 of the file."""
    return dict(_USED)


def forget():
    """Empty the record that :func:`used` returns."""
    _USED.clear()


def indicators():
    """Return the registry of indicators, one row each."""
    return load("indicators")


def breaks(indicator=None):
    """Return the breaks of all indicators, or of one."""
    table = load("breaks")
    return table if indicator is None else table[table["indicator"] == indicator].reset_index(drop=True)


def indicator(name, window=None, allow_breaks=()):
    """
    Return one indicator, one row per unit and year.

    Parameters
    ----------
    name : str
        An indicator of :func:`indicators`.
    window : (int, int), optional
        First and last year. Values in a window will be pooled, so a window across a break that ``refuses`` is an error.
    allow_breaks : sequence of str
        Names of breaks to pool across all the same.

    Returns
    -------
    DataFrame
        unit_code, year, indicator, value, unit, source, definition_version, segment and flags.
    """
    registry = indicators().set_index("indicator")
    if name not in registry.index:
        near = difflib.get_close_matches(name, registry.index, 3)
        raise ValueError(f"no indicator '{name}'; closest: {', '.join(near) or 'none'}. See data/indicators.csv.")
    row = registry.loc[name]
    table = load(row["table"])
    table = table[table["indicator"] == name]
    if "unit" not in table:
        table = table.assign(unit=row["unit_en"], definition_version="as_published")
    lines = breaks(name)
    lines = lines[lines["refuses"]]
    if window is not None:
        first, last = window
        table = table[table["year"].between(first, last)]
        for line in lines.itertuples():
            crossed = (table["year"] < line.first_year).any() and (table["year"] >= line.first_year).any()
            if crossed and line.name not in allow_breaks:
                raise BreakRefused(
                    f"{name} {first}-{last} pools values on both sides of {line.name} ({line.first_year}): {line.text_en} "
                    f'Use a window on one side, or allow it by name: allow_breaks=("{line.name}",).'
                )
    years = sorted(set(lines["first_year"]))
    segment = table["year"].map(lambda year: sum(y <= year for y in years)).astype("int64")
    words = table["definition_version"].str
    return table.assign(
        segment=segment,
        preliminary=words.contains(r"\bprel\b"),
        secondary=words.contains("secondary_copy"),
        derived=words.contains("derived") | table["source"].str.startswith("derived_"),
        old_boundary=words.contains("ha_noi"),
        doubtful=words.contains("unverified|suspect|not_comparable"),
    )[
        ["unit_code", "year", "indicator", "value", "unit", "source", "definition_version", "segment"]
        + ["preliminary", "secondary", "derived", "old_boundary", "doubtful"]
    ].reset_index(drop=True)


def sources(names):
    """Return the source rows of the given source names, both source tables in one shape."""
    table = pd.concat([load("sources_governance").rename(columns={"year": "years"}), load("sources_economy")])
    return table[table["source"].isin(list(names))].reset_index(drop=True)
