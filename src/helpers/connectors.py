"""Sources on the network, fetched anew and laid beside ``data/``: what is new, changed or gone. Nothing in ``data/`` is touched."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
import threading
import tomllib
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from helpers import paths
from helpers.record import places, tables

_W = tomllib.loads((resources.files("helpers") / "templates" / "connectors.toml").read_text(encoding="utf-8"))
_YEAR, _NUMBER = r"^(Prel\.?|Sơ bộ)?\s*(\d{4})$", r"-?\d+(\.\d+)?([eE][+-]?\d+)?"
_MISSING = ["", "..", "...", "…", ":"]
_ONE_AT_A_TIME = threading.Lock()


class FetchFailed(ValueError):
    """A source did not answer, or not as it is described in ``data/connectors.toml``. Nothing was kept."""


class Fetched(NamedTuple):
    """
    What :func:`fetch` kept: ``folder``; ``cells``, values obtained; ``same``, cells as in ``data/`` within ``tolerance``; and
    ``difference``, a row per other cell: province_code, province, year, indicator, change (new, changed or vanished), old, new,
    old_source.
    """

    folder: Path
    cells: int
    same: int
    tolerance: float
    difference: pd.DataFrame


def sources():
    """
    Read the sources that can be fetched.

    Returns
    -------
    dict of str to dict
        By name, as written in ``data/connectors.toml``, which explains the fields; those left out have their default.

    Raises
    ------
    ValueError
        If the file cannot be read, or a source lacks a field or has one that is not known.
    """
    try:
        listed = tomllib.loads((paths.data() / "connectors.toml").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"data/connectors.toml cannot be read: {error}") from None
    for name, source in listed.items():
        if not isinstance(source, dict) or source.get("kind") not in _W["needed"]:
            raise ValueError(f"data/connectors.toml, {name}: kind is one of {', '.join(_W['needed'])}.")
        needed = {"kind", "address", "tried", "decimals", *_W["needed"][source["kind"]]}
        lacking, unknown = sorted(needed - set(source)), sorted(set(source) - needed - set(_W["optional"]))
        if lacking or unknown:
            raise ValueError(f"data/connectors.toml, {name}: lacking are {lacking}, not known are {unknown}.")
    return {name: _W["optional"] | source for name, source in listed.items()}


def fetch(name, timeout=60.0, to=None):
    """
    Fetch one source, check its layout, and keep it with its difference to ``data/`` in a folder of its own.

    The folder holds the answers as obtained (``raw/``), the values in the columns of our table (``table.csv``),
    ``difference.csv`` and ``provenance.json``. It appears whole or not at all.

    Parameters
    ----------
    name : str
        A source of :func:`sources`.
    timeout : float
        Seconds that a server may be silent.
    to : path, optional
        Parent folder; ``.cache/fetch`` by default.

    Returns
    -------
    Fetched

    Raises
    ------
    FetchFailed
        If the source does not answer, or with another layout, unit, or place than described.
    ValueError
        If there is no such source, or ``to`` lies in ``data/``.
    OSError
        If the folder cannot be written.
    """
    listed = sources()
    if name not in listed:
        raise ValueError(f"no source '{name}' in data/connectors.toml, which has {', '.join(listed)}.")
    source, home = listed[name], Path(to or paths.cache() / "fetch") / name
    if home.resolve().is_relative_to(paths.data().resolve()):
        raise ValueError(f"{to} lies in data/, which fetch does not touch; name another folder.")
    home.mkdir(parents=True, exist_ok=True)
    with _staging(home) as part:
        whole = Path(part) / "whole"
        (whole / "raw").mkdir(parents=True)
        with _kept(source, timeout) as answers:
            title, frame = globals()[f"_{source['kind']}"](source, timeout, part, answers)
        cells = _cells(frame, source, title)
        table, difference, same = _beside_data(cells, source)
        for answer in answers:
            (whole / answer["file"]).write_bytes(answer.pop("content"))
        for file, cells in (("table.csv", table), ("difference.csv", difference)):
            cells.astype(object).map(_harmless).to_csv(whole / file, index=False, lineterminator="\n")
        now, beside = datetime.now(UTC), tables.used().get(source["table"])
        note = {"source": name, "fetched": now.isoformat(timespec="seconds"), "title": title, "described": source}
        note |= {"answers": answers, "sha256_of_our_table": beside}
        (whole / "provenance.json").write_text(json.dumps(note, ensure_ascii=False, indent=1), encoding="utf-8")
        folder = whole.rename(home / f"{now:%Y-%m-%d-%H%M%S-%f}-{answers[-1]['sha256'][:8]}")
    return Fetched(folder, len(table), same, _tolerance(source), difference)


@contextlib.contextmanager
def _staging(home):
    """Yield a folder in ``home`` that goes when all is done; first remove those of fetches that were killed, if none is running."""
    running = os.open(home, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in home.glob(".part-*"):
                shutil.rmtree(left, ignore_errors=True)
        with contextlib.suppress(OSError):  # a file system without locks: nothing is ever removed on it
            fcntl.flock(running, fcntl.LOCK_SH)
        with tempfile.TemporaryDirectory(prefix=".part-", dir=home) as part:
            yield part
    finally:
        os.close(running)


def _tolerance(source):
    return 0.5 * 10 ** -source["decimals"]


def _harmless(cell):
    return cell if isinstance(cell, str) and re.fullmatch(_NUMBER, cell) else tables.harmless(cell)


@contextlib.contextmanager
def _kept(source, timeout):
    """Give every request of the libraries inside a time-out, keep each answer, and say in one line what went wrong."""
    from requests import RequestException
    from requests.adapters import HTTPAdapter

    plain, answers = HTTPAdapter.send, []
    suffix = Path(source["address"]).suffix if source["kind"] == "file" else ".json"

    def send(self, request, **options):
        response = plain(self, request, **options | {"timeout": timeout})
        code, content, wait = response.status_code, response.content, response.headers.get("Retry-After", "1")
        if code == 429 and source["api"] == 2 and wait.isdigit() and int(wait) <= timeout:
            return response  # pxwebpy waits and asks again
        if code >= 400:
            raise FetchFailed(f"{response.url} answered {code} {response.reason}. Try again later; check the address.")
        if code == 200 and content.lstrip()[:1] == b"<":
            raise FetchFailed(f"{response.url} answered with a web page, not with data. See in a browser why.")
        if code == 200:
            asked, digest = (request.body or b"").decode(), hashlib.sha256(content).hexdigest()
            answer = {"method": request.method, "address": response.url, "asked": asked, "sha256": digest}
            answers.append(answer | {"file": f"raw/{len(answers) + 1:03d}{suffix}", "content": content})
        if len(answers) > 500:
            raise FetchFailed(f"{source['address']} gave 500 answers and no end.")
        return response

    with _ONE_AT_A_TIME:
        HTTPAdapter.send = send
        try:
            yield answers
        except FetchFailed:
            raise
        except Exception as error:
            if isinstance(error, OSError) and not isinstance(error, RequestException):
                raise
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"
            meaning = next(text for words, text in _W["meaning"].items() if re.search(words, said))
            raise FetchFailed(meaning.format(source["address"], timeout, error=said)) from error
        finally:
            HTTPAdapter.send = plain


def _worldbank(source, timeout, part, answers):
    import wbgapi

    wbgapi.endpoint = source["address"]
    rows = wbgapi.fetch(f"country/{';'.join(source['economies'])}/indicator/{source['series']}")
    rows = [(row["indicator"]["value"], row["countryiso3code"], row["date"], row["value"]) for row in rows]
    promised = json.loads(answers[0]["content"])[0]["total"]
    if len(rows) != promised or not rows:
        raise FetchFailed(
            f"found {len(rows)} rows where {promised} were announced; expected a whole answer. Try again."
        )
    frame = pd.DataFrame(rows, columns=["title", "place", "year", "value"], dtype="object")
    return " / ".join(frame.pop("title").unique()), frame


def _pxweb(source, timeout, part, answers):
    if source["api"] == 2:
        import pxweb

        server = pxweb.PxApi(source["address"], max_workers=1)
        title = server.get_table_metadata(source["id"])["label"]
        return title, pd.DataFrame(server.get_table_data_all(source["id"], show="value"), dtype="object")
    import requests

    told, query = requests.get(source["address"]).json(), []
    for variable in told["variables"]:
        names, wanted = variable["valueTexts"], source["where"].get(variable["text"])
        codes = [code for code, name in zip(variable["values"], names, strict=True) if wanted in (None, name)]
        query.append({"code": variable["code"], "selection": {"filter": "item", "values": codes or variable["values"]}})
    data = requests.post(source["address"], json={"query": query, "response": {"format": "json-stat"}}).json()
    data = data.get("dataset", data)  # JSON-stat 1 wraps, JSON-stat 2 does not
    found, labels = data["dimension"], {}
    for one in (found[name] for name in data.get("id") or found["id"]):
        names, place = one["category"]["label"], one["category"]["index"]
        key = place.get if isinstance(place, dict) else place.index
        labels[one["label"]] = [names[code] for code in sorted(place, key=key)]
    grid = pd.MultiIndex.from_product(labels.values(), names=labels)
    values = data["value"] if isinstance(data["value"], list) else [data["value"].get(str(i)) for i in range(len(grid))]
    if len(values) != len(grid):
        raise FetchFailed(f"found {len(values)} values for {len(grid)} cells; the answer is not whole. Try again.")
    return told["title"], pd.Series(values, index=grid, name="value", dtype="object").reset_index()


def _file(source, timeout, part, answers):
    import pooch

    pooch.get_logger().setLevel("ERROR")
    loader, name = pooch.HTTPDownloader(timeout=timeout), "file" + Path(source["address"]).suffix
    path = pooch.retrieve(source["address"], f"sha256:{source['sha256']}", name, part, downloader=loader)
    read = pd.read_excel if path.endswith(".xlsx") else pd.read_csv
    return "", read(path, dtype="str", keep_default_na=False)


def _cells(frame, source, title):
    """Return unit_code, year, value (missing where the source has none) and prel, one row a cell; refuse what is not as described."""
    place, year, value, where = (source[field] for field in ("place", "year", "value", "where"))
    expected, national = [place, year, value, *where], source["kind"] == "worldbank"
    if source["says"] not in title:
        raise FetchFailed(f"the table is called {title!r}; expected {source['says']!r} in that. Is it another one now?")
    if not set(expected) <= set(frame) or (source["kind"] != "file" and len(frame.columns) != len(expected)):
        raise FetchFailed(f"found the columns {', '.join(frame)}; expected {', '.join(expected)}: another layout.")
    frame = frame[expected].map(lambda cell: " ".join(str(cell).split()) if pd.notna(cell) else "")
    for column, wanted in where.items():
        found, frame = frame[column].unique(), frame[frame[column] == wanted]
        if frame.empty:
            raise FetchFailed(
                f"found {', '.join(found[:8])} in {column}; expected {wanted!r}. Another unit, or layout?"
            )
    frame = frame[~frame[place].isin(source["skip"])]
    years, numbers = frame[year].str.extract(_YEAR), frame[value].mask(frame[value].isin(_MISSING))
    for row in frame[years[1].isna() | ~(numbers.isna() | numbers.str.fullmatch(_NUMBER, na=True))].to_dict("records"):
        raise FetchFailed(f"found {row[value]!r} for {row[place]}, {row[year]!r}; expected a number and a year.")
    try:
        codes = {name: name if national else places.resolve(name) for name in frame[place].unique()}
    except places.UnknownPlace as error:
        raise FetchFailed(f"{error} A region or a total is listed under skip in data/connectors.toml.") from None
    values = (numbers.astype("float64") * source["scale"]).round(9)
    cells = pd.DataFrame({"year": years[1].astype("int64"), "value": values, "prel": years[0].notna()})
    cells.insert(0, "unit_code", frame[place].map(codes))
    for row in cells[cells.duplicated(["unit_code", "year"])].itertuples():
        raise FetchFailed(f"found more than one row for {row.unit_code}, {row.year}; expected one a place and year.")
    lacking = [] if national else sorted(set(places.codes()) - set(cells["unit_code"]))
    if lacking:
        names = ", ".join(map(places.name, lacking[:5]))
        raise FetchFailed(
            f"{len(lacking)} provinces lacking ({names}); expected those before July 2025, on their boundaries."
        )
    cells = cells[cells["year"] >= source["first_year"]]
    if not cells["value"].notna().any():
        raise FetchFailed("the answer holds no value at all. Try again later, or look at the source in a browser.")
    return cells


def _beside_data(cells, source):
    """Return the values in the columns of our table, the cells that differ from it, and the number of those that do not."""
    indicator, ours = source["indicator"] or source["series"], tables.load(source["table"] or "economy")
    ours = ours[(ours["indicator"] == indicator) & (ours["year"] >= source["first_year"])]
    words = source["definition"] + cells["prel"].map({True: ";prel", False: ""})
    unit = ours["unit"].iloc[-1] if len(ours) and "unit" in ours else None
    table = cells.assign(indicator=indicator, source=source["source"], definition_version=words, unit=unit)
    table = table[table["value"].notna()].sort_values(["year", "unit_code"]).reindex(columns=ours.columns)
    ours = ours.rename(columns={"value": "old", "source": "old_source"})[["unit_code", "year", "old", "old_source"]]
    both = ours.merge(cells.rename(columns={"value": "new"}), on=["unit_code", "year"], how="outer")
    both = both[both["prel"].notna() | both["old_source"].eq(source["source"])]
    old, new = both["old"], both["new"]
    ratio = (new / old.where(old != 0)).median()
    if ratio < 0.2 or ratio > 5:
        raise FetchFailed(f"the values are {ratio:.3g} times those in data/ (the median). Has the unit changed?")
    change = pd.Series("same", index=both.index).mask((new - old).abs() > _tolerance(source) * 1.000001, "changed")
    change = change.mask(old.isna(), "new").mask(new.isna(), "vanished").mask(old.isna() & new.isna(), "neither")
    names = {code: places.name(code) for code in places.codes()}
    both = both.assign(province=both["unit_code"].replace(names), indicator=indicator, change=change)
    columns = ["unit_code", "province", "year", "indicator", "change", "old", "new", "old_source"]
    difference = both.loc[~change.isin(["same", "neither"]), columns].sort_values(["change", "year", "unit_code"])
    code = {"unit_code": "province_code"}
    return table.rename(columns=code), difference.rename(columns=code), int(change.eq("same").sum())
