"""Text of the tables is text on every page: markup, links, templates and mathematics in each free column stay letters."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from helpers import paths
from helpers.record import tables

ROOT = paths.root()
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> $zq^2$ \\(zq\\) [a](javascript:alert(3)) `b` **zz** | <a href='https://evil.example'>d</a> "
    "https://evil.example/e =1+1"
)
TEMPLATE = " {{7777*1111}} {% raw %} {x}"
ADDRESSES = {"url", "url_or_repo", "source_url", "home_source"}
# what code takes apart or looks up, and sentences that take values in braces
MEANT_FOR_CODE = {"other_windows", "covariates", "value", "unit", "denominator", "instrument", "post", "place"}
SENTENCES = {("ledger_rules", "text_en"), ("ledger_rules", "text_vi")}
CATALOGUE = """
[[report]]
notebook = "01_data_audit"
[[report]]
notebook = "02_programmes"
[[report]]
notebook = "04_leaders"
[[report]]
notebook = "05_province"
over = { province = ["62"] }
[[report]]
notebook = "06_indicator"
over = { indicator = ["pci_score"] }
[[report]]
notebook = "14_rank_claims"
over = { claim = ["KT24-K2"] }
"""


def free(book):
    """Columns of text that no code reads: (table, column)."""
    taken = set()
    for resource in book["resources"]:
        rules, name = resource["schema"], resource["name"]
        keys = [rules.get("primaryKey", []), *rules.get("uniqueKeys", [])]
        taken |= {(name, column) for key in keys for column in key}
        for key in tables._references(rules):
            ends = [(name, key["fields"]), *((to["resource"], to["fields"]) for to in key["references"])]
            taken |= {(table, column) for table, columns in ends for column in np.atleast_1d(columns)}
    for resource in book["resources"]:
        for field in resource["schema"]["fields"]:
            where, limits = (resource["name"], field["name"]), field.get("constraints", {})
            text = field["type"] == "string" and not {"enum", "pattern"} & limits.keys()
            if text and where not in taken and field["name"] not in MEANT_FOR_CODE:
                yield where


def poison(folder):
    """Spoil every free column of the tables below a folder, and one province's name wherever it stands."""
    columns = set(free(tables.package()))
    for file in folder.glob("*.csv"):
        header, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
        for row in rows:
            for place, (column, cell) in enumerate(zip(header, row, strict=True)):
                if cell == "Kon Tum" and column != "name_en":
                    row[place] = f"Kon Tum {HOSTILE}"
                elif cell and column in ADDRESSES and (file.stem, column) in columns:
                    row[place] = "javascript:alert(3)"
                elif cell and (file.stem, column) in columns:
                    row[place] = f"{cell} {HOSTILE}" + ("" if (file.stem, column) in SENTENCES else TEMPLATE)
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return columns


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """Reports made from poisoned tables."""
    root = tmp_path_factory.mktemp("poisoned")
    for name in ("data", "notebooks"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("own", "lessons", ".*"))
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, root / name)
    settings = (ROOT / "reports.toml").read_text(encoding="utf-8")
    (root / "reports.toml").write_text(re.split(r"(?m)^\[\[report\]\]", settings)[0] + CATALOGUE, encoding="utf-8")
    for name in re.findall(r'file = \{ en = "(docs/[^"]*)", vi = "(docs/[^"]*)"', settings):
        for file in name:
            (root / file).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / file, root / file)
    columns = poison(root / "data")
    run = [sys.executable, "-P", "-m", "press", "run", "--jobs", "1"]
    done = subprocess.run(
        run, check=False, env=os.environ | {"PRESS_ROOT": str(root)}, cwd=root, capture_output=True, text=True
    )
    return root, columns, done


def test_the_tables_are_poisoned_widely_and_still_pass_their_checks(poisoned, monkeypatch):
    root, columns, _ = poisoned
    monkeypatch.setenv("PRESS_ROOT", str(root))
    assert len(columns) > 50
    assert [str(found) for found in tables.check() if found.faults] == []


def test_every_report_is_made_under_its_usual_name(poisoned):
    root, _, done = poisoned
    made = {}
    for file in (root / "reports").glob("*/*/manifest.json"):
        manifest = json.loads(file.read_bytes())
        made[manifest["id"]] = manifest["status"], manifest["error"]
    assert {status for status, _ in made.values()} == {"ok"}, made
    assert {"05_province/kon-tum", "06_indicator/pci-score"} <= set(made), done.stdout + done.stderr


class Seen(HTMLParser):
    """Tags, addresses and handlers of a page."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.addresses, self.handlers, self.inside = "", [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcset")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, text):
        self.scripts += text if self.inside == "script" else ""


def test_nothing_of_it_runs_links_or_is_computed(poisoned):
    root, _, _ = poisoned
    pages = sorted((root / "reports").rglob("*.html"))
    assert len(pages) > 12 and any("zq^2" in page.read_text(encoding="utf-8") for page in pages)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        seen = Seen(text)
        assert "alert" not in seen.scripts and seen.handlers == [], page
        assert not [a for a in seen.addresses if "evil" in a or a.lower().startswith("javascript") or a == "x"], page
        assert "<strong>zz</strong>" not in text and "<mi>zq</mi>" not in text and "<mi>q</mi>" not in text, page
        assert str(7777 * 1111) not in text, page


def test_nothing_of_it_is_a_formula_in_a_spreadsheet(poisoned):
    root, _, _ = poisoned
    for file in (root / "reports").rglob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell[:1] in {*"=@\t\r"}], file
