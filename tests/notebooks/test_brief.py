"""The brief says what the stored results say, and where there are none it says so; its PDF is the page on two sheets."""

import concurrent.futures
import csv
import html
import json
import multiprocessing
import os
import re
import shutil
import subprocess

import pytest
import stored_results

from helpers import paths
from press import catalogue, site

OUTCOMES = [row["outcome"] for row in catalogue.rows("designs")]
HOLES = {
    ("07_association", OUTCOMES[2]): "failed",
    ("13_robustness", OUTCOMES[2]): "failed",
    ("12_power", OUTCOMES[5]): "missing",
    ("13_robustness", OUTCOMES[0]): "missing",
    **{("08_event_study", name): "unasked" for name in OUTCOMES},
}


def _make(lang, folder, lacking=None, definition="hometown"):
    """Run the notebook in a project with made-up results; return page, PDF's name, folder."""
    import papermill

    project = stored_results.project(f"{folder}/project", lacking)
    os.environ |= {"PRESS_ROOT": project, "PRESS_OUT": f"{folder}/out", "SOURCE_DATE_EPOCH": "0"}
    os.makedirs(f"{folder}/out")
    path = str(paths.notebooks() / "15_brief.ipynb")
    given = {"lang": lang, "definition": definition}
    nb = papermill.execute_notebook(path, None, given, engine_name="fork", kernel_name="python3", progress_bar=False)
    page = {"lang": lang, "title": "brief", "index": "", "links": [], "parameters": {}, "files": [], "inputs": {}}
    text = site.report_html(nb, page | {"rerun": "", "other": "", "error": None, "pages": True})
    for name in ("brief", "again"):
        site.write_pages(text, paths.root() / f"{name}.pdf")
    (paths.root() / "brief.html").write_text(text, encoding="utf-8")
    return text, f"{project}/brief.pdf", f"{folder}/out"


@pytest.fixture(scope="module")
def clean():
    """A process that has started no threads, to fork from."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def made(clean, tmp_path_factory):
    """The brief on results without holes, by language."""
    return {lang: clean.submit(_make, lang, str(tmp_path_factory.mktemp(lang))).result() for lang in ("en", "vi")}


@pytest.fixture(scope="module")
def holed(clean, tmp_path_factory):
    """The brief where some reports failed, are not made or not asked for."""
    return clean.submit(_make, "en", str(tmp_path_factory.mktemp("holed")), HOLES).result()


def _rows(file):
    with open(file, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _stored(made, notebook, outcome, **wanted):
    file = f"{made[2]}/../project/reports/results.csv"
    wanted |= {"outcome": outcome}
    found = [r for r in _rows(file) if r["report"].startswith(notebook) and all(r[k] == v for k, v in wanted.items())]
    return found[0] if found else None


def _number(text):
    return float(text) if text else None


def _plain(text):
    """Return the words of the part of a page that is printed, without spaces."""
    main = text[text.index("<main") : text.index("</main>")]
    main = re.sub(
        r'(?s)<details.*?</details>|<div class="helpers-close">.*?</div>|<annotation.*?</annotation>', " ", main
    )
    main = main[: main.rfind("<h2")]  # the last heading stands over versions, which are not printed
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def test_every_number_is_the_stored_one(made):
    for row in _rows(f"{made['en'][2]}/results.csv"):
        design = next(d for d in catalogue.rows("designs") if d["outcome"] == row["outcome"])
        scale = 100 if design["transform"] == "log" else 1
        main = _stored(made["en"], "07", row["outcome"], estimator="twfe", inference="clustered", implementation="own")
        for ours, theirs in (("effect", "estimate"), ("conf_low", "conf_low"), ("conf_high", "conf_high")):
            assert float(row[ours]) == pytest.approx(scale * float(main[theirs]))
        lot = _stored(made["en"], "07", row["outcome"], estimator="twfe", inference=stored_results.LOT)
        assert float(row["p"]) == float(lot["p_value"])
        least = _stored(made["en"], "12", row["outcome"], estimator="power_twfe", inference="randomisation")
        assert float(row["least"]) == pytest.approx(scale * float(least["estimate"]))
        curve = _stored(made["en"], "13", row["outcome"], estimator="whole_curve_agreement")
        assert (float(row["agree"]), float(row["p_curve"])) == (float(curve["estimate"]), float(curve["p_value"]))


def test_p_values_count_all_outcomes_as_statsmodels_does(made):
    from statsmodels.stats.multitest import multipletests

    rows = _rows(f"{made['en'][2]}/results.csv")
    expected = multipletests([float(r["p"]) for r in rows], method="holm")[1]
    assert [float(r["p_all"]) for r in rows] == pytest.approx(list(expected))


def test_certainty_follows_the_rule_on_the_page(made):
    said = {r["outcome"]: r["certainty"] for r in _rows(f"{made['en'][2]}/results.csv")}
    assert said.pop(stored_results.APART) == "apart"  # interval 3 to 7, p 0.0004 x 13 < 0.05, p of all choices 0.01
    assert said.pop(stored_results.DIFFER) == "differ"  # interval -5 to -1, but p 0.03 x 12 and 0.6
    assert set(said.values()) == {"chance"}


def test_sentences_hold_the_counts(made):
    text = html.unescape(re.sub(r"<[^>]+>", "", made["en"][0]))
    assert "by every check in 1, by some checks and not by others in 1, by none in 11; without an estimate: 0." in text
    assert "Told apart: PCI score (5.00 points higher). Checks differ: Poverty rate" in text
    assert "With all counted as local, or all as non-local, the sign turns in 13 of 13 outcomes." in text
    assert "In 2 of 13 outcomes provinces moved apart" in text and "in the same year in 1 of 13 outcomes" in text
    assert "65 of 65 reports that this page can read are made" in text
    assert "theo mọi phép kiểm tra ở 1 chỉ tiêu" in made["vi"][0]


def test_each_number_of_the_table_leads_to_its_report_in_the_language(made):
    for lang in ("en", "vi"):
        found = re.findall(r'href="\.\./\.\./\.\./([^"]+)/index\.html"', made[lang][0])
        assert {name.split("/")[0] for name in found} == {"07_association", "12_power", "13_robustness"}
        assert len(found) == 3 * len(OUTCOMES) and all(name.endswith(f"/{lang}") for name in found)
        known = {row["report"] for row in _rows(f"{made[lang][2]}/../project/reports/reports.csv")}
        assert set(found) <= known


def test_what_is_missing_is_named_and_not_filled_in(holed):
    rows = {r["outcome"]: r for r in _rows(f"{holed[2]}/results.csv")}
    text = html.unescape(re.sub(r"<[^>]+>", "", holed[0]))
    gone = rows[OUTCOMES[2]]
    assert gone["certainty"] == "none" and not any(gone[name] for name in ("effect", "conf_low", "p", "agree"))
    assert rows[OUTCOMES[5]]["least"] == "" and rows[OUTCOMES[5]]["effect"]
    assert rows[OUTCOMES[0]]["certainty"] == "apart" and rows[OUTCOMES[0]]["p_curve"] == ""
    assert "07_association and 13_robustness, failed: PCI: Transparency. Nothing is filled in for it." in text
    assert "12_power, not made yet: PAPI: Public administrative procedures." in text
    assert "13_robustness, not made yet: PCI score." in text
    assert "08_event_study, not in reports.toml: all outcomes." in text
    assert "in 10; without an estimate: 1." in text and "of 11 outcomes that have both" in text
    assert "48 of 65 reports" in text
    assert "<strong>Unknown homes.</strong>" in holed[0] and "<strong>The method.</strong>" not in holed[0]


def test_reports_that_do_not_agree_are_named(made):
    text = html.unescape(re.sub(r"<[^>]+>", "", made["en"][0]))
    assert "Reports disagree for PAPI: Control of corruption in the public sector: 11_turnover holds another" in text


def test_another_definition_without_reports_is_an_error_that_says_what_to_run(clean, tmp_path):
    with pytest.raises(
        Exception, match="no report of 07_association with definition 'career' is made.*helpers run --only"
    ):
        clean.submit(_make, "en", str(tmp_path), None, "career").result()


def test_without_any_results_there_is_one_clear_error(clean, tmp_path):
    every = {
        (name, outcome): "missing"
        for name in ("07_association", "08_event_study", "11_turnover", "12_power", "13_robustness")
        for outcome in OUTCOMES
    }
    with pytest.raises(Exception, match=r"reports/ holds no result of 07_association.*Run first: helpers run"):
        clean.submit(_make, "en", str(tmp_path), every).result()


def test_no_number_is_typed_in_the_prose():
    cells = json.loads((paths.notebooks() / "15_brief.ipynb").read_text(encoding="utf-8"))["cells"]
    assert [c["id"] for c in cells if c["cell_type"] == "markdown" and re.search(r"\d", "".join(c["source"]))] == []


def test_the_catalogue_names_the_notebooks_it_reads():
    code = (paths.notebooks() / "15_brief.ipynb").read_text(encoding="utf-8")
    read = re.findall(r"\d\d_\w+", re.search(r"READ = \[(.*?)\]", code)[1])
    assert [set(r.after) for r in catalogue.read_catalogue()[0] if r.notebook == "15_brief"] == [set(read)] * 2


def test_the_pdf_is_the_same_bytes_again_and_names_no_folder(made):
    for _, pdf, _ in made.values():
        with open(pdf, "rb") as first, open(pdf.replace("brief.pdf", "again.pdf"), "rb") as second:
            content = first.read()
            assert content == second.read()
        assert b"/tmp" not in content and paths.root().name.encode() not in content


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs pdftotext")
@pytest.mark.parametrize("lang", ["en", "vi", "holed"])
def test_the_pdf_has_two_a4_pages_and_the_text_of_the_page(made, holed, lang):
    text, pdf, _ = holed if lang == "holed" else made[lang]
    about = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Pages: +2\n", about) and "(A4)" in about and re.search("Tagged: +yes", about)
    fonts = subprocess.run(["pdffonts", pdf], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts and all(re.match(r"[A-Z]{6}\+Report", line) and " yes yes " in line for line in fonts)
    printed = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, text=True, check=True).stdout
    printed = re.sub(r"[\s•\f]+", "", printed)
    assert sorted(printed) == sorted(_plain(text))
    if lang == "vi":
        assert "Điềukhôngnênkếtluận" in printed and "khôngphảilàngườiđịaphương" in printed


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")
@pytest.mark.parametrize("lang", ["en", "vi"])
def test_chromium_prints_two_pages_too(made, lang, tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    (tmp_path / ".cache").mkdir()
    shutil.copy(made[lang][1].replace("brief.pdf", "brief.html"), tmp_path / "index.html")
    content = site.write_pdf(tmp_path).read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 2
