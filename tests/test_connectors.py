"""Sources on the network: a local server speaks the real protocols, and every way they fail leaves one error and nothing else."""

import hashlib
import io
import itertools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd
import pytest

from helpers import connectors, paths
from helpers.record import places, tables
from press import cli

REGIONS = ["CẢ NƯỚC", "Đồng bằng sông Hồng", "Tây Nguyên"]
PRINTED = {"46": "Thừa Thiên - Huế", "79": "TP. Hồ Chí Minh", "77": "Bà Rịa - Vũng Tàu", "19": "Thái  Nguyên"}
TITLE = "Số doanh nghiệp đăng ký thành lập mới phân theo địa phương"
SOURCES = """
[v1]
kind = "pxweb"
address = "{server}/api/v1/vi/Doanh%20nghi%E1%BB%87p/V05.02.px"
{layout}
[v2]
kind = "pxweb"
api = 2
address = "{server}/api/v2"
id = "V05.02"
{layout}
[bank]
kind = "worldbank"
address = "{server}/v2"
series = "SP.POP.TOTL"
economies = ["VNM"]
says = "Population, total"
decimals = 0
tried = "yes"
[file]
kind = "file"
address = "{server}/new.csv"
sha256 = "{sha256}"
place = "name"
year = "year"
value = "enterprises"
decimals = 0
tried = "yes"
table = "economy"
indicator = "enterprises_new"
source = "nso_pxweb_enterprise_2025"
"""
LAYOUT = """
tried = "yes"
place = "Tỉnh/thành phố"
year = "Năm"
where = { "Loại" = "Tổng số (doanh nghiệp)" }
says = "Số doanh nghiệp đăng ký thành lập mới"
skip = ["CẢ NƯỚC", "Đồng bằng sông Hồng", "Tây Nguyên"]
decimals = 0
table = "economy"
indicator = "enterprises_new"
source = "nso_pxweb_enterprise_2025"
"""


class Office:
    """What the server knows: a table of enterprises by province and year, a series of one country, a file; and how it fails."""

    def __init__(self):
        ours = tables.load("economy").query("indicator == 'enterprises_new'")
        self.values = {(r.unit_code, str(r.year)): r.value for r in ours.itertuples()}
        self.names = [PRINTED.get(code, places.name(code)) for code in places.codes()]
        self.title, self.fault, self.asked, self.release = TITLE, None, [], threading.Event()
        self.place, self.kinds = "Tỉnh/thành phố", ["Tổng số (doanh nghiệp)", "Vốn (tỷ đồng)"]
        self.years = sorted({year for _, year in self.values})
        self.bank = [[f"{year}", 90e6 + year] for year in range(2010, 2015)]
        self.bank_total, self.bank_rows, self.cut = None, None, 0

    def dimensions(self):
        return {self.place: REGIONS + self.names, "Loại": self.kinds, "Năm": self.years}

    def file(self):
        rows = [f"{n},{y},{self.value(n, self.kinds[0], y)},x" for n in self.names for y in self.years[-2:]]
        return ("name,year,enterprises,note\n" + "\n".join(rows) + "\n").replace("None", "..").encode()

    def value(self, name, kind, year):
        if name in REGIONS or kind != self.kinds[0]:
            return 7
        if name not in self.names:
            return None
        place = self.names.index(name)
        return self.values.get((places.codes()[place], year[-4:])) if place < 63 else 5.0

    def stat(self, chosen):
        """Return JSON-stat 2 of the chosen codes (positions as text) by dimension."""
        every = self.dimensions()
        picked = {d: [(c, every[d][int(c)]) for c in codes] for d, codes in chosen.items()}
        order = [d for d in every if d in picked]
        cells = itertools.product(*([text for _, text in picked[d]] for d in order))
        values = [
            self.value(*dict(zip(["place", "kind", "year"], cell, strict=False)).values()) if len(cell) == 3 else 1
            for cell in cells
        ]
        category = {d: {"index": {c: i for i, (c, _) in enumerate(picked[d])}, "label": dict(picked[d])} for d in order}
        found = {d: {"label": d, "category": category[d]} for d in order}
        sizes = [len(picked[d]) for d in order]
        return {
            "label": self.title,
            "id": order,
            "size": sizes,
            "dimension": found,
            "value": values[: len(values) - self.cut],
        }

    def answer(self, method, address, body):
        path, asked = unquote(urlsplit(address).path), parse_qs(urlsplit(address).query)
        every = {d: [str(i) for i in range(len(texts))] for d, texts in self.dimensions().items()}
        if path == "/api/v1/vi/Doanh nghiệp/V05.02.px" and method == "GET":
            told = [{"code": d, "text": d, "values": every[d], "valueTexts": t} for d, t in self.dimensions().items()]
            return {"title": self.title, "variables": told}
        if path == "/api/v1/vi/Doanh nghiệp/V05.02.px":
            assert body["response"]["format"] in ("json-stat", "json-stat2")
            assert all(q["selection"]["filter"] == "item" for q in body["query"])
            stat = self.stat({q["code"]: q["selection"]["values"] for q in body["query"]})
            stat["dimension"] |= {"id": stat.pop("id"), "size": stat.pop("size")}
            return {"dataset": stat}
        if path == "/api/v2/config":
            return {
                "apiVersion": "2.0.0",
                "maxDataCells": 800,
                "maxCallsPerTimeWindow": 0,
                "timeWindow": 1,
                "defaultLanguage": "vi",
            }
        if path == "/api/v2/tables":
            return {"page": {"totalElements": 1}, "tables": []}
        if path == "/api/v2/tables/V05.02/metadata":
            return self.stat(every) | {"value": []}
        if path == "/api/v2/tables/V05.02/data":
            assert asked["outputFormat"] == ["json-stat2"]
            return self.stat({q["variableCode"]: q["valueCodes"] for q in body["selection"]})
        if path == "/v2/en/country/VNM/indicator/SP.POP.TOTL":
            size, page = int(asked["per_page"][0]), int(asked["page"][0])
            series = {"id": "SP.POP.TOTL", "value": "Population, total"}
            rows = [
                {
                    "indicator": series,
                    "country": {"id": "VN", "value": "Viet Nam"},
                    "countryiso3code": "VNM",
                    "date": year,
                    "value": n,
                }
                for year, n in self.bank[(page - 1) * size : page * size]
            ]
            total = len(self.bank) if self.bank_total is None else self.bank_total
            told = {
                "page": page,
                "pages": -(-total // size),
                "per_page": size,
                "total": total,
                "lastupdated": "2026-07-01",
            }
            return [told, rows if self.bank_rows is None else self.bank_rows(rows)]
        return self.file() if path == "/new.csv" else None


class Handler(BaseHTTPRequestHandler):
    """One request: the office's answer, or its fault's."""

    def do_GET(self):
        office, size = self.server.office, int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else None
        office.asked.append((self.command, self.path, body))
        told = office.answer(self.command, self.path, body)
        content = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        (office.fault or send)(self, *((404, b"{}") if told is None else (200, content)))

    do_POST = do_GET

    def log_message(self, *args):
        pass


def send(handler, code, content, promised=None, **headers):
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(content) if promised is None else promised))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of our tables, with sources of its own."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(paths.data(), root / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRESS_ROOT", str(root))
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1")
        yield root


@pytest.fixture
def office(project):
    """The office behind a server; ``office.url`` is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    server.office = office = Office()
    office.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    describe(project, office)
    yield office
    office.release.set()
    server.shutdown()
    server.server_close()
    shutil.rmtree(paths.cache() / "fetch", ignore_errors=True)


def describe(project, office, **changes):
    digest = hashlib.sha256(office.file()).hexdigest()
    given = {"server": office.url, "layout": LAYOUT, "sha256": digest} | changes
    (project / "data" / "connectors.toml").write_text(SOURCES.format(**given), encoding="utf-8")


def hashes(project):
    return {
        p.as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in (project / "data").rglob("*") if p.is_file()
    }


def kept(name="v1"):
    folder = paths.cache() / "fetch" / name
    return sorted(folder.iterdir()) if folder.exists() else []


def rows(fetched):
    return {(r.province_code, r.year): (r.change, r.old, r.new) for r in fetched.difference.itertuples()}


def test_an_answer_like_ours_differs_in_nothing(office):
    got = connectors.fetch("v1", 5)
    assert (got.cells, got.same, len(got.difference)) == (567, 567, 0)


def test_version_2_gives_the_same_table_through_several_queries(office):
    one, two = connectors.fetch("v1", 5), connectors.fetch("v2", 5)
    assert (one.folder / "table.csv").read_bytes() == (two.folder / "table.csv").read_bytes()
    assert sum(path.endswith("json-stat2") for _, path, _ in office.asked) > 1


def test_new_changed_and_vanished_cells_are_told_apart(office):
    office.years.append("Sơ bộ 2025")
    office.values |= {("01", "2024"): office.values["01", "2024"] + 3, ("62", "2025"): 9.0}
    office.values.pop(("96", "2020"))
    got = connectors.fetch("v1", 5)
    assert {k: v[0] for k, v in rows(got).items()} == {
        ("01", 2024): "changed",
        ("62", 2025): "new",
        ("96", 2020): "vanished",
    }
    assert got.same == 565


def test_a_year_that_the_answer_no_longer_has_is_vanished(office):
    office.years.remove("2016")
    assert set(connectors.fetch("v1", 5).difference["change"]) == {"vanished"}


def test_a_value_of_another_source_that_the_answer_does_not_know_is_no_difference(office, project):
    office.years.remove("2016")
    describe(project, office, layout=LAYOUT.replace("nso_pxweb_enterprise_2025", "nso_pxweb_pop_2025"))
    got = connectors.fetch("v1", 5)
    assert (got.same, len(got.difference)) == (504, 0)


def test_an_empty_cell_over_a_value_of_another_source_is_vanished(office, project):
    office.values.pop(("96", "2020"))
    describe(project, office, layout=LAYOUT.replace("nso_pxweb_enterprise_2025", "nso_pxweb_pop_2025"))
    assert rows(connectors.fetch("v1", 5))["96", 2020][0] == "vanished"


@pytest.mark.parametrize(("step", "changes"), [(0.5, 0), (-0.5, 0), (0.51, 1)])
def test_half_a_unit_of_the_last_decimal_is_rounding(office, step, changes):
    office.values["01", "2020"] += step
    got = connectors.fetch("v1", 5)
    assert len(got.difference) == changes and got.tolerance == 0.5


def test_a_factor_turns_the_source_s_unit_into_ours(office, project):
    office.values = {key: value / 1000 for key, value in office.values.items()}
    describe(project, office, layout=LAYOUT + "scale = 1000\n")
    assert connectors.fetch("v1", 5).same == 567


def test_years_before_the_first_are_left_out_on_both_sides(office, project):
    describe(project, office, layout=LAYOUT + "first_year = 2020\n")
    got = connectors.fetch("v1", 5)
    assert (got.cells, got.same, len(got.difference)) == (315, 315, 0)


def test_only_the_entry_that_is_meant_is_asked_for(office):
    connectors.fetch("v1", 5)
    (body,) = [body for method, _, body in office.asked if method == "POST"]
    assert {q["code"]: len(q["selection"]["values"]) for q in body["query"]} == {
        "Tỉnh/thành phố": 66,
        "Loại": 1,
        "Năm": 9,
    }


def test_the_folder_holds_answers_as_obtained_table_difference_and_provenance(office):
    got = connectors.fetch("v1", 5)
    files = {p.relative_to(got.folder).as_posix() for p in got.folder.rglob("*") if p.is_file()}
    assert files == {"raw/001.json", "raw/002.json", "table.csv", "difference.csv", "provenance.json"}
    note = json.loads((got.folder / "provenance.json").read_text(encoding="utf-8"))
    assert [a["sha256"] for a in note["answers"]] == [
        hashlib.sha256((got.folder / a["file"]).read_bytes()).hexdigest() for a in note["answers"]
    ]
    assert note["answers"][0]["address"].startswith(office.url) and note["fetched"].endswith("+00:00")
    assert json.loads((got.folder / "raw/001.json").read_bytes())["title"] == TITLE
    assert note["sha256_of_our_table"] == hashlib.sha256((paths.data() / "economy.csv").read_bytes()).hexdigest()


def test_the_table_has_the_columns_of_ours_and_its_unit(office):
    office.years[-1] = "Prel. 2024"
    got = pd.read_csv(connectors.fetch("v1", 5).folder / "table.csv", dtype="str")
    ours = pd.read_csv(paths.data() / "economy.csv", dtype="str")
    assert list(got) == list(ours)
    assert set(got["unit"]) == {"enterprises"} and set(got["source"]) == {"nso_pxweb_enterprise_2025"}
    assert set(got.loc[got["year"] == "2024", "definition_version"]) == {"as_published;prel"}


def test_pages_of_the_world_bank_are_put_together(office, monkeypatch):
    import wbgapi

    monkeypatch.setattr(wbgapi, "per_page", 2)
    got = connectors.fetch("bank", 5)
    assert len(list((got.folder / "raw").iterdir())) == 3
    assert rows(got)["VNM", 2013][0] == "new" and got.cells == len(got.difference) == 5


def test_a_file_with_its_hash(office):
    got = connectors.fetch("file", 5)
    assert (got.cells, got.same) == (126, 126)
    assert (got.folder / "raw/001.csv").read_bytes() == office.file()


def test_a_workbook_with_its_hash(office, project, monkeypatch):
    out = io.BytesIO()
    pd.read_csv(io.BytesIO(office.file()), dtype="str").to_excel(out, index=False)
    told = {"/new.xlsx": out.getvalue()}
    monkeypatch.setattr(Office, "answer", lambda self, method, path, body: told.get(path))
    describe(project, office)
    described = (project / "data" / "connectors.toml").read_text(encoding="utf-8")
    old, new = hashlib.sha256(office.file()).hexdigest(), hashlib.sha256(out.getvalue()).hexdigest()
    described = described.replace("new.csv", "new.xlsx").replace(old, new)
    (project / "data" / "connectors.toml").write_text(described, encoding="utf-8")
    assert connectors.fetch("file", 5).same == 126


def test_the_library_asks_again_where_the_server_says_when(office):
    def busy_once(handler, code, content):
        office.fault = None
        send(handler, 429, b"{}", Retry_After="0")

    office.fault = busy_once
    assert connectors.fetch("v2", 5).same == 567


def _set(**changes):
    return lambda office: vars(office).update(changes)


def _answers(*args, **more):
    return _set(fault=lambda handler, code, content: send(handler, *args, **more))


def _broken(office):
    office.fault = lambda handler, code, content: send(
        handler, 200, content[: len(content) // 2], promised=len(content)
    )


def _stops(office):
    def fault(handler, code, content):
        send(handler, 200, content[: len(content) // 2], promised=len(content))
        handler.wfile.flush()
        office.release.wait(30)

    office.fault = fault


def _silent(office):
    office.fault = lambda handler, code, content: office.release.wait(30)


def _circle(office):
    office.fault = lambda handler, code, content: send(handler, 302, b"", Location=handler.path)


def _nobody(office):
    office.nobody = True


def _other_units(office):
    office.values = {key: value * 1000 for key, value in office.values.items()}


def _no_values(office):
    office.values = {}


def _twice(office):
    office.names[1] = "TP Hà Nội"


def _mixed_up(office):
    office.names[5] = "Tổng số khác"


def _thirty_four(office):
    del office.names[34:]


def _a_province_less(office):
    office.names.remove("Kon Tum")


def _text_cell(office):
    office.values["01", "2020"] = "1,234"


def _no_dimension(office):
    office.dimensions = lambda: {office.place: REGIONS + office.names, "Năm": office.years}


def _one_more_dimension(office):
    plain = office.dimensions
    office.dimensions = lambda: plain() | {"Giới": ["Nam"]}


def _odd_year(office):
    office.years[0] = "9 tháng 2016"


def _another_file(office):
    office.values["01", "2024"] = 1.0


def _renamed_column(office):
    plain = office.file()
    office.file = lambda: plain.replace(b"enterprises", b"firms", 1)
    office.described_anew = True


def _other_series(rows):
    return [row | {"indicator": {"id": "SP.POP.GROW", "value": "Population growth"}} for row in rows]


def _no_date(rows):
    return [{k: v for k, v in row.items() if k != "date"} for row in rows]


PAGE = b"\n <!DOCTYPE html><title>Maintenance</title>"
COMPLAINT = json.dumps(
    [{"message": [{"id": "120", "key": "Invalid value", "value": "The parameter is not valid"}]}]
).encode()
ENDLESS = json.dumps([{"page": 1, "pages": 9, "per_page": 0, "total": 9}, []]).encode()
FAULTS = [  # what is done, to which sources, and what must be seen
    ("silent", _silent, "v1 v2 bank file", r"was silent for 0\.3 seconds.*--timeout"),
    ("silent in mid-answer", _stops, "v1 v2 bank file", r"was silent for 0\.3 seconds"),
    ("half an answer", _broken, "v1 v2 bank file", r"broke off before its end"),
    ("nobody listens", _nobody, "v1 v2 bank file", r"no connection to http://127.*is the address right"),
    ("404", _answers(404, b"{}"), "v1 v2 bank file", r"answered 404 Not Found"),
    ("500", _answers(500, PAGE), "v1 v2 bank file", r"answered 500 Internal Server Error"),
    ("429", _answers(429, b"{}"), "v1 bank file", r"answered 429 Too Many Requests"),
    ("429 for an hour", _answers(429, b"{}", Retry_After="3600"), "v2", r"answered 429 Too Many Requests"),
    ("429 until a date", _answers(429, b"{}", Retry_After="Sun, 22 Nov 2026 06:00:00 GMT"), "v2", r"answered 429"),
    ("429 again and again", _answers(429, b"{}", Retry_After="0"), "v2", r"429"),
    ("a web page with status 200", _answers(200, PAGE), "v1 v2 bank file", r"answered with a web page, not with data"),
    ("an empty answer", _answers(200, b""), "v1 v2 bank", r"not as expected"),
    ("an empty file", _answers(200, b""), "file", r"another file than described"),
    ("JSON of something else", _answers(200, b'{"a": [1]}'), "v1 v2 bank", r"not as expected"),
    ("a list of nothing", _answers(200, b"[]"), "v1 v2 bank", r"not as expected"),
    ("text in another encoding", _answers(200, b'{"title": "\xd0\xe0"}'), "v1 v2 bank", r"not as expected"),
    ("addresses in a circle", _circle, "v1 v2 bank file", r"without end"),
    (
        "dimension renamed",
        _set(place="Địa phương"),
        "v1 v2",
        r"found the columns Địa phương.*expected Tỉnh/thành phố.*another layout",
    ),
    ("dimension gone", _no_dimension, "v1 v2", r"found the columns.*expected.*Loại"),
    ("one more dimension", _one_more_dimension, "v1 v2", r"found the columns.*Giới"),
    ("another table", _set(title="Số hợp tác xã"), "v1 v2", r"called 'Số hợp tác xã'; expected 'Số doanh nghiệp"),
    (
        "unit in the entry",
        _set(kinds=["Tổng số (nghìn)", "x"]),
        "v1 v2",
        r"found Tổng số \(nghìn\), x in Loại; expected",
    ),
    ("other units, unsaid", _other_units, "v1 v2", r"1e\+03 times those in data/"),
    ("values lacking", _set(cut=1), "v1", r"found 593 values for 594 cells"),
    ("values lacking, 2", _set(cut=1), "v2", r"not as expected"),
    ("unknown place", _mixed_up, "v1 v2", r"'Tổng số khác' names no province.*listed under skip"),
    ("a province twice", _twice, "v1 v2", r"more than one row for 01, 2016"),
    ("a province less", _a_province_less, "v1 v2", r"1 provinces lacking \(Kon Tum\)"),
    ("the 34 of 2025", _thirty_four, "v1 v2", r"29 provinces lacking \(.*before July 2025"),
    ("text for a number", _text_cell, "v1 v2", r"found '1,234' for Hà Nội, '2020'; expected a number"),
    ("no year", _odd_year, "v1 v2", r"'9 tháng 2016'; expected a number and a year"),
    ("no value at all", _no_values, "v1 v2", r"holds no value at all"),
    ("another file", _another_file, "file", r"another file than described.*SHA256"),
    (
        "column renamed",
        _renamed_column,
        "file",
        r"found the columns name, year, firms, note; expected name, year, enterprises",
    ),
    ("the bank complains", _answers(200, COMPLAINT), "bank", r"Invalid value: The parameter is not valid"),
    ("no rows", _set(bank_rows=lambda rows: None), "bank", r"not as expected"),
    ("no rows, announced", _set(bank=[]), "bank", r"found 0 rows where 0 were announced"),
    ("rows lacking", _set(bank_total=9), "bank", r"found 5 rows where 9 were announced"),
    (
        "another series",
        _set(bank_rows=_other_series),
        "bank",
        r"called 'Population growth'; expected 'Population, total'",
    ),
    ("a field gone", _set(bank_rows=_no_date), "bank", r"not as expected.*KeyError: 'date'"),
    ("pages without end", _answers(200, ENDLESS), "bank", r"500 answers and no end"),
]


@pytest.mark.parametrize(
    ("fault", "name", "seen"),
    [pytest.param(f, name, seen, id=f"{what}-{name}") for what, f, names, seen in FAULTS for name in names.split()],
)
def test_a_fault_gives_one_clear_error_and_nothing_else(office, project, fault, name, seen):
    fault(office)
    if hasattr(office, "described_anew"):
        describe(project, office)
    if hasattr(office, "nobody"):
        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as closed:
            office.url = f"http://127.0.0.1:{closed.server_address[1]}"
        describe(project, office)
    before = hashes(project)
    with pytest.raises(connectors.FetchFailed, match=f"(?s){seen}") as error:
        connectors.fetch(name, 0.3 if "silent" in seen else 20)
    assert "\n" not in str(error.value) and len(str(error.value)) < 600
    assert hashes(project) == before and kept(name) == []


def test_requests_are_as_before_after_a_fetch(office):
    from requests.adapters import HTTPAdapter

    plain = HTTPAdapter.send
    connectors.fetch("file", 5)
    assert HTTPAdapter.send is plain


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("[a\n", r"connectors.toml cannot be read"),
        ('[a]\nkind = "sdmx"\n', r"a: kind is one of worldbank, pxweb, file"),
        (
            '[a]\nkind = "file"\naddress = "x"\ntried = ""\ndecimals = 1\n',
            r"a: lacking are \['place', 'sha256', 'value', 'year'\]",
        ),
        (
            '[a]\nkind = "worldbank"\naddress = "x"\ntried = ""\ndecimals = 1\nseries = "s"\neconomies = []\nscal = 2\n',
            r"not known are \['scal'\]",
        ),
    ],
)
def test_a_source_described_wrongly_is_refused(office, project, text, seen):
    (project / "data" / "connectors.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=seen):
        connectors.sources()


def test_a_certificate_that_is_refused_is_said(office, project):
    describe(project, office, server=office.url.replace("http:", "https:"))
    with pytest.raises(connectors.FetchFailed, match="no trusted connection to https://127.*SSL"):
        connectors.fetch("v1", 5)


def test_an_unknown_source_is_refused_with_those_there_are(office):
    with pytest.raises(ValueError, match="no source 'bnak' in data/connectors.toml, which has v1, v2, bank, file"):
        connectors.fetch("bnak")


@pytest.mark.parametrize("to", ["data", "data/staged", "data/../data"])
def test_nothing_is_kept_in_data(office, project, to):
    before = hashes(project)
    with pytest.raises(ValueError, match="which fetch does not touch"):
        connectors.fetch("v1", 5, project / to)
    assert hashes(project) == before


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(office, project, tmp_path):
    (tmp_path / "full").write_text("")
    with pytest.raises(OSError, match="full"):
        connectors.fetch("v1", 5, tmp_path / "full")


def test_a_full_disk_leaves_nothing(office, project, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            connectors.fetch("v1", 5, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "v1").iterdir()) == []


def start(project, home, *words, before="pass"):
    code = f"import os, sys; from helpers import cli; {before}; sys.exit(cli.main(sys.argv[1:]))"
    home.mkdir(exist_ok=True)
    place = os.environ | {"PRESS_ROOT": str(project), "HOME": str(home), "TMPDIR": str(home)}
    return subprocess.Popen(
        [sys.executable, "-c", code, "fetch", *words],
        env=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_fetches_at_once_are_both_kept_and_nothing_lies_outside_the_project(office, project, tmp_path):
    both = [start(project, tmp_path / "home", "v2") for _ in range(2)]
    said = [one.communicate()[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert len(kept("v2")) == 2 and all((folder / "provenance.json").exists() for folder in kept("v2"))
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("when", ["in mid-answer", "before the folder appears"])
def test_a_killed_fetch_leaves_no_folder_that_looks_complete(office, project, tmp_path, when):
    if when == "in mid-answer":
        reached = threading.Event()

        def fault(handler, code, content):
            reached.set()
            office.release.wait(60)

        office.fault = fault
        one = start(project, tmp_path / "home", "v1")
        assert reached.wait(60)
        one.kill()
    else:
        one = start(
            project,
            tmp_path / "home",
            "v1",
            before="from pathlib import Path; Path.rename = lambda *a: os.kill(os.getpid(), 9)",
        )
    one.communicate()
    assert one.returncode == -signal.SIGKILL
    assert [p.name for p in kept() if not p.name.startswith(".part-")] == []
    assert len(kept()) == 1
    office.fault = None
    got = connectors.fetch("v1", 5)
    assert got.same == 567 and kept() == [got.folder]


def test_a_fetch_leaves_alone_the_folder_of_one_that_is_still_running(office, project, tmp_path):
    reached = threading.Event()

    def fault(handler, code, content):
        office.fault = None
        reached.set()
        office.release.wait(60)
        send(handler, code, content)

    office.fault = fault
    one = start(project, tmp_path / "home", "v1")
    assert reached.wait(60)
    connectors.fetch("v1", 5)
    office.release.set()
    said = one.communicate()[0]
    assert one.returncode == 0, said
    assert len(kept()) == 2


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1"])
def test_no_cell_that_a_source_sends_is_a_formula_in_a_spreadsheet(office, text):
    office.bank_rows = lambda rows: [row | {"countryiso3code": text, "value": -1.5} for row in rows]
    got = connectors.fetch("bank", 5)
    for file, number in (("table.csv", "value"), ("difference.csv", "new")):
        cells = pd.read_csv(got.folder / file, dtype="str")
        assert set(cells["province_code"]) == {"'" + text.strip()}
        assert set(cells[number]) == {"-1.5"}


def command(capsys, *words):
    code = cli.main(["fetch", *words])
    said = capsys.readouterr()
    return SimpleNamespace(code=code, out=said.out, err=said.err)


def test_without_a_name_the_sources_are_listed(office, capsys):
    done = command(capsys)
    assert done.code == 0 and [line.split()[0] for line in done.out.splitlines()[1:]] == ["v1", "v2", "bank", "file"]


def test_the_command_shows_counts_first_rows_where_the_rest_is_and_what_to_do(office, project, capsys):
    office.values = {k: v + 10 * (k[1] == "2024") for k, v in office.values.items()}
    before = hashes(project)
    done = command(capsys, "v1", "--timeout", "5")
    assert done.code == 0 and hashes(project) == before
    assert "504 the same (within 0.5), 0 new, 63 changed, 0 vanished" in done.out
    assert "Hà Nội, 2024: " in done.out and "53 more in" in done.out
    assert str(kept()[0].relative_to(project)) in done.out and "data/ is as it was" in done.out


@pytest.mark.parametrize(
    ("words", "code", "seen"),
    [
        (["v1", "--timeout", "0"], 2, "--timeout 0"),
        (["nso"], 2, "no source 'nso'"),
        (["v1", "--to", "{root}/data"], 2, "does not touch"),
        (["v1"], 1, "v1: http://127.0.0.1"),
    ],
)
def test_exit_codes(office, project, capsys, words, code, seen):
    office.fault = lambda handler, status, content: send(handler, 500, b"")
    done = command(capsys, *(word.format(root=project) for word in words))
    assert done.code == code and seen in done.err and done.out == ""


REAL = Path(__file__).parents[1] / "data"


@pytest.fixture
def real(monkeypatch):
    monkeypatch.setenv("PRESS_ROOT", str(REAL.parent))
    return connectors.sources()


def test_our_sources_name_tables_indicators_and_sources_that_exist(real):
    for name, source in real.items():
        assert source["address"].startswith("https://"), name
        assert source["tried"], name
        if source["table"]:
            ours = tables.load(source["table"]).query("indicator == @source['indicator']")
            assert source["source"] in set(ours["source"]), name


def test_rows_that_our_sources_skip_are_no_provinces(real):
    for row in {row for source in real.values() for row in source["skip"]}:
        with pytest.raises(places.UnknownPlace):
            places.resolve(row)


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("Thai  Nguyen", "19"),
        ("Thua Thien-Hue", "46"),
        ("Hue", "46"),
        ("Thừa Thiên - Huế", "46"),
        ("Ba Ria - Vung Tau", "77"),
        ("Bà Rịa–Vũng Tàu", "77"),
        ("Ho Chi Minh city", "79"),
        ("TP. Hồ Chí Minh", "79"),
        ("Dak Nong", "67"),
    ],
)
def test_spellings_of_the_statistics_office_are_resolved(printed, code):
    assert places.resolve(" ".join(printed.split())) == code
