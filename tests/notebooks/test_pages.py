"""What stands on the pages of every notebook, in both languages: whole sentences, described figures, tidy results."""

import argparse
import contextlib
import csv
import io
import json
import re
import zlib

import pandas as pd
import pytest

from helpers import check, effects, paths, study, words
from helpers.effects.results import KEYS
from helpers.record import tables
from press import plan

ENGLISH = re.compile(
    r"\b(the|of|with|which|from|are|was|were|that|this|each|between|years?|provinces?)\b", re.IGNORECASE
)
MEASURED = re.compile(r"\d (points?|percent|percentage points) (lower|higher)|\bno reliable difference\b")
MARKED = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]", re.IGNORECASE)


def reports(site):
    return sorted(file.parent for file in site.glob("*/*/manifest.json"))


def text_of(folder, lang):
    return check.text_of(folder / lang / "index.html")


def test_every_report_is_made(site):
    failed = {}
    for folder in reports(site):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["status"] != "ok":
            failed[folder.name] = manifest["error"]
    assert failed == {}, (site.parent / "log").read_text(encoding="utf-8")[-3000:]
    assert len(reports(site)) >= 30


def test_the_audit_of_the_tables_counts_each_as_read_though_all_were_in_memory(site):
    read = json.loads((site / "01_data_audit" / "default" / "manifest.json").read_bytes())["read"]
    assert {f"data/{resource['path']}" for resource in tables.package()["resources"]} <= set(read)


def test_what_a_notebook_reads_of_other_reports_is_named_in_the_catalogue(site):
    named = {run.notebook: {*run.after} for run in plan.Plan().runs}
    for folder in reports(site):
        manifest = json.loads((folder / "manifest.json").read_bytes())
        read = {name.split("/")[1] for name in manifest["read"] if name.startswith("reports/")}
        assert read <= named[manifest["notebook"]], folder


def test_what_every_page_of_04_simulates_alike_is_simulated_before_them():
    planned = plan.Plan()
    reached = planned.sources(run for run in planned.runs if run.notebook == "04_leaders")
    assert any("findings.after_merger_sentence" in source for source in reached)  # helpers.warm looks for it


def test_no_page_has_a_fault_that_was_found_before_or_denies_another(site, monkeypatch, capsys):
    monkeypatch.setenv("PRESS_ROOT", str(site.parent))
    status = check.run(argparse.Namespace(pages=True, codebook=False, tables=[]))
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_the_brief_on_paper_has_two_pages(site, lang):
    (printed,) = site.glob(f"15_brief/*/{lang}/*.pdf")
    text = b""
    for part in re.findall(rb"stream\r?\n(.*?)endstream", printed.read_bytes(), re.DOTALL):
        with contextlib.suppress(zlib.error):
            text += zlib.decompress(part)
    assert len(re.findall(rb"/Type\s*/Page\b", text)) == 2


def test_a_vietnamese_page_holds_no_english_prose(site):
    quoted = {value for row in tables.sources().to_dict("records") for value in map(str, row.values())}
    quoted |= {value for row in tables.load("sources_articles").to_dict("records") for value in map(str, row.values())}
    found = []
    for folder in reports(site):
        for line in text_of(folder, "vi").splitlines():
            if (len(ENGLISH.findall(line)) > 2 or MEASURED.search(line)) and not any(
                text in line for text in quoted if len(text) > 20
            ):
                found.append((folder.parent.name, line.strip()[:200]))
    assert found == []


def test_a_vietnamese_page_holds_no_message_and_no_label_that_has_a_translation(site):
    labels = {*tables.load("indicators")["label_en"]} - {*tables.load("indicators")["label_vi"]}
    named = {*tables.load("units")["region_en"]}  # a run's title says its parameters as they were given
    parts = []
    for text, vi in words.catalogue("vi").items():
        part = max(re.split(r"\{[^}]*\}|\*\*|\]?\([^)]*\)|[\[`]", text), key=len).strip(" .,;:")
        if len(part) > 14 and " " in part and part not in vi and part not in named:
            parts.append(re.escape(part))
    message = re.compile("|".join(sorted(parts, key=len, reverse=True)))
    found = []
    for folder in reports(site):
        for line in map(str.strip, text_of(folder, "vi").splitlines()):
            if line in labels or message.search(line):
                found.append((folder.parent.name, line[:200]))
    assert found == []


def test_both_pages_tell_the_same_numbers(site):
    def numbers(text, lang):
        if lang == "vi":
            text = re.sub(r"(?<=\d)\.(?=\d{3}\b)", "", text)  # groups of thousands
            text = re.sub(r"(?<=\d),(?=\d)", ".", text)
        else:
            text = text.replace(",", "")
        return sorted(re.findall(r"\d+\.\d+", text))

    apart = []
    for folder in (one for one in reports(site) if one.parent.name != "91_your_article"):  # quotes a Vietnamese article
        en, vi = (numbers(text_of(folder, lang), lang) for lang in ("en", "vi"))
        if en != vi and abs(len(en) - len(vi)) > 0.02 * len(en) + 2:
            apart.append((folder.parent.name, folder.name, len(en), len(vi)))
    assert apart == []


def test_results_are_tidy_and_have_keys(site):
    for folder in reports(site):
        for file in folder.glob("*.csv"):
            with file.open(encoding="utf-8-sig", newline="") as stream:
                head = next(csv.reader(stream))
            assert len(head) == len(set(head)), file
        results = folder / "results.csv"
        if results.is_file():
            table = pd.read_csv(results, dtype={"unit_code": str}, encoding="utf-8-sig")
            if "estimator" in table:
                assert set(effects.RESULT_COLUMNS) <= set(table.columns), results
                own = [
                    name for name in table if name not in effects.RESULT_COLUMNS
                ]  # a unit, a person, a specification
                assert not table.duplicated([*KEYS, *own]).any(), results


def test_reports_that_estimate_have_the_rows_behind(site):
    for name in ("07_association", "08_event_study", "09_one_province", "11_turnover", "12_power"):
        for folder in site.glob(f"{name}/*"):
            rows = pd.read_csv(folder / "panel.csv", dtype={"unit_code": str}, encoding="utf-8-sig")
            assert {"unit_code", "unit", "year", "secretary", "chair", "value", "non_local", "source"} <= set(rows)


def test_a_page_of_some_provinces_or_with_covariates_says_so_everywhere(site):
    seen = {}
    for folder in reports(site):
        given = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["parameters"]
        if not {"provinces", "covariates"} & set(given):
            continue
        panel = study.panel(**{name: value for name, value in given.items() if name != "draws"})
        for lang in words.LANGUAGES:
            page = " ".join(text_of(folder, lang).split())
            assert "[" not in re.search(r"<title>(.*?)</title>", (folder / lang / "index.html").read_text("utf-8"))[1]
            words.use(lang)
            scope = panel.scope
            words.use("en")
            assert f"{scope[0].upper()}{scope[1:]}:" in page and f"({scope})" in page, folder
            assert not re.search(r"\u221e|\bnan\b|np\.int|(Units are|Đơn vị là) (the )?63", page), folder
        table = pd.read_csv(folder / "results.csv", encoding="utf-8-sig")
        assert table["sample"].str.split(":").str[0].eq(panel.sample).all()
        assert table.get("covariates", pd.Series("")).eq(";".join(panel.covariates)).all()
        assert table["first_year"].ge(panel.first).all() and table["last_year"].le(panel.last).all()
        seen.setdefault(folder.parent.name, []).append(panel.sample)
    assert set(seen) == {"07_association", "08_event_study", "10_leader_effects", "11_turnover", "12_power"}


def test_every_figure_is_described_in_both_languages(site):
    for folder in reports(site):
        pages = [(folder / lang / "index.html").read_text(encoding="utf-8") for lang in ("en", "vi")]
        alts = [re.findall(r'<(?:img [^>]*alt|svg [^>]*aria-label)="([^"]*)"', page) for page in pages]
        assert len(alts[0]) == len(alts[1]), folder
        assert all(len(alt) > 15 for part in alts for alt in part), folder
        assert all(MARKED.search(alt) for alt in alts[1]), folder
        assert [alt for alt in alts[1] if len(ENGLISH.findall(alt)) > 2] == [], folder
        assert not any("without a description" in alt for alt in alts[0]), folder


@pytest.mark.parametrize(("kind", "room"), [("wide", 884), ("narrow", 358)])
def test_letters_of_every_figure_have_at_least_11_pixels(site, kind, room):
    """``room`` is how wide a figure can stand in a page 1280 or 390 pixels wide; a wider one is shrunk to it."""
    smallest = {}
    for file in sorted(site.glob("*/*/notebook*.ipynb")):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        for out in (out for cell in cells for out in cell.get("outputs", []) if "image/svg+xml" in out.get("data", {})):
            about = out["metadata"]["image/svg+xml"]
            drawn = about["narrow"] if kind == "narrow" else "".join(out["data"]["image/svg+xml"])
            shrunk = min(1, room / (float(re.search(r'width="([\d.]+)pt"', drawn)[1]) * 96 / 72))
            sizes = re.findall(r"font(?:-size)?: (?:bold )?([\d.]+)px", drawn)  # matplotlib counts in points
            smallest[file.parent.name, file.name, about["name"]] = min(map(float, sizes)) * 96 / 72 * shrunk
    assert smallest and {name: size for name, size in smallest.items() if size < 11} == {}


def test_titles_of_reports_differ(site):
    titles = [
        re.search(r"<title>(.*?)</title>", (folder / "en" / "index.html").read_text(encoding="utf-8"))[1]
        for folder in reports(site)
    ]
    assert sorted({t for t in titles if titles.count(t) > 1}) == []


@pytest.mark.parametrize(("lang", "readme"), [("en", "README.md"), ("vi", "README.vi.md")])
def test_the_readme_gives_the_answer_of_the_brief(site, lang, readme):
    (folder,) = (one for one in reports(site) if one.parent.name == "15_brief")
    said = " ".join((paths.root() / readme).read_text(encoding="utf-8").split())
    page = (folder / lang / "index.html").read_text(encoding="utf-8")
    answer = re.search(r"(Of 15 outcomes, in|Trong 15 chỉ tiêu, ở) [^.<]*", page)
    assert answer and answer.group().strip() in said
    page = text_of(folder, lang)
    told = {"en": r"Designs disagree for the (PCI score): (lower)", "vi": r"(điểm PCI): (thấp hơn)"}
    assert all(word in said for word in re.search(told[lang], page).groups())


def test_the_brief_tells_percent_of_logarithms_only(site):
    (file,) = site.glob("15_brief/*/outcomes.csv")
    rows = pd.read_csv(file, encoding="utf-8-sig").set_index("outcome")
    page = " ".join(text_of(file.parent, "en").split())
    for outcome, label in (("fdi_fia_new_projects", "New FDI projects"), ("income_pc_month_kvnd", "Monthly income")):
        unit = {"asinh": "log points", "log": "percent"}[rows.at[outcome, "transform"]]
        assert re.search(rf"{label}[^.]*?\d\.\d {unit} (lower|higher)", page), outcome


@pytest.mark.parametrize("lang", ["en", "vi"])
def test_sentences_of_a_paragraph_are_parted_by_one_space(site, lang):
    for page in site.glob(f"*/*/{lang}/index.html"):
        told = re.findall(r"(?s)<p>(.*?)</p>", page.read_text(encoding="utf-8"))
        assert [text for text in told if re.search(r"\S {2,}\S", text)] == [], page


@pytest.mark.parametrize("name", ["10_leader_effects", "11_turnover"])
def test_the_table_of_coverage_counts_the_province_years_that_the_page_uses(site, name):
    for page in site.glob(f"{name}/*/en/index.html"):
        tables_of = pd.read_html(io.StringIO(page.read_text(encoding="utf-8")))
        used = next(table for table in tables_of if "Used on this page" in table)["Used on this page"].sum()
        assert re.search(
            rf"{used:,.0f} province-years(?: with a value|, \d{{4}}-\d{{4}}, have)", text_of(page.parents[1], "en")
        )


@pytest.mark.parametrize(("lang", "most"), [("en", 250), ("vi", 350)])
def test_the_first_page_of_the_brief_is_short_and_in_plain_words(site, lang, most):
    page = (next(site.glob("15_brief/*")) / lang / "index.html").read_text(encoding="utf-8")
    first = page[page.index("<h1") : page.index("<h2", page.index("<strong>"))]
    paragraphs = re.findall(r"(?s)<p>(.*?)</p>", first)
    prose = [re.sub(r"<[^>]+>", "", one) for one in paragraphs]
    assert sum(len(line.split()) for line in prose) <= most
    assert not any(term in " ".join(prose) for term in ("dCDH", "p =", "log points", "điểm log"))
