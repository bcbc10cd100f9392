"""The command `check`: every table's line, what is unknown, how old each block is; faults and contradictions on pages."""

import argparse
import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from articles import facts
from helpers import check, effects, findings, paths
from press import cli


def command(words):
    parser = argparse.ArgumentParser()
    check.command(parser.add_subparsers())
    arguments = parser.parse_args(["check", *words])
    return arguments.act(arguments)


def test_the_command_names_every_table_and_block(capsys):
    assert command([]) == 0
    told = capsys.readouterr().out
    assert all(f"ok     {path.stem} " in told for path in paths.data().glob("*.csv"))
    assert "newest year of each block" in told and "fdi_ministry" in told


def test_tables_that_no_command_adds_to_have_the_rows_that_their_description_says(capsys):
    growing = {"programme_facts", "sources_articles", *facts._LINKS}
    assert command([p.stem for p in paths.data().glob("*.csv") if p.stem not in growing]) == 0
    assert "rowCount" not in capsys.readouterr().out


def test_a_faulty_table_ends_the_command_with_1(tmp_path, monkeypatch, capsys):
    shutil.copytree(paths.data(), tmp_path / "data")
    file = tmp_path / "data" / "tiles.csv"
    file.write_text(file.read_text() + "01,1,1\n")
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    assert command(["tiles", "units"]) == 1
    told = capsys.readouterr().out
    assert "tiles.csv, row 65" in told and "ok     units" in told


@pytest.mark.parametrize("closed", ["| head -0", "| head -1", "> /dev/full", ""])
def test_who_reads_what_is_found_does_not_decide_the_exit_code(tables_here, closed):
    file = tables_here / "data" / "tiles.csv"
    text = file.read_text() + "01,1,1\n"
    file.unlink()
    file.write_text(text)
    line = f"$PYTHON -m press check units tiles {closed}; exit ${{PIPESTATUS[0]}}"
    environment = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="no table 'tile' in .*closest: tiles"):
        command(["tile"])


# --- pages


def page(root, report, **pages):
    """A made report of the PCI score by hometown, secretaries, with a page of each language."""
    folder = root / "reports" / report
    folder.mkdir(parents=True)
    parameters = {"outcome": "pci_score", "definition": "hometown", "post": "secretary"}
    for lang, text in pages.items():
        (folder / lang).mkdir(parents=True)
        (folder / lang / "index.html").write_text(f"<nav>nan</nav><main>{text}</main>", encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"id": report, "parameters": parameters}))
    return folder


@pytest.fixture
def site(tables_here):
    """A project whose main designs find no difference in the PCI score."""
    asked = {
        "outcome": "pci_score",
        "definition": "hometown",
        "post": "secretary",
        "unknown": "left_out",
        "model": "main",
    }
    rows = [
        asked | {"estimator": name, "test": test, "estimate": -0.4, "p_value": 0.3, "n_units": 63}
        for name, test in effects.MAIN_DESIGNS
    ]
    folder = page(tables_here, "00_main_designs/hometown--secretary")
    pd.DataFrame(rows).reindex(columns=findings.verdict.stored("x").columns.drop("report")).to_csv(
        folder / "results.csv", index=False
    )
    return tables_here


@pytest.mark.parametrize(
    ("lang", "text", "said"),
    [
        ("en", "<p>Fine. It was lower by 0.0 points.</p><p>More.</p>", ["It was lower by 0.0 points."]),
        ("en", "<p>In <b>1 provinces</b> more.</p>", ["In  1 provinces  more."]),
        ("en", "<p><code>nan</code>, <script>nan</script> and <pre>nan</pre> are code.</p>", []),
        ("vi", "<p>Theo quyền số.</p>", ["Theo quyền số."]),
        ("en", "<p>Theo quyền số.</p>", []),
    ],
)
def test_a_fault_of_language_is_told_with_page_sentence_and_pattern(tables_here, lang, text, said):
    page(tables_here, "x/one", **{lang: text})
    told = list(check.faults(check.pages()))
    assert len(told) == len(said)
    assert all(f"x/one ({lang}): {sentence}   [" in line for line, sentence in zip(told, said, strict=True))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("<strong>We found no reliable difference.</strong>", 0),
        ("<strong>The main designs disagree.</strong>", 1),
        ("<figcaption>PCI score: the main designs disagree</figcaption>", 1),
        ("<strong>Every main design finds a difference.</strong>", 1),
    ],
)
def test_a_page_that_denies_the_verdict_is_told(site, text, wrong):
    page(site, "07_association/one", en=text)
    told = list(check.contradictions(check.pages()))
    assert len(told) == wrong and all(line.startswith("07_association/one (en): says") for line in told)


def test_a_vietnamese_page_that_denies_the_verdict_is_told(site, capsys):
    said = check._in_vietnamese("The main designs disagree.")
    page(site, "07_association/one", vi=f"<p>{said}</p>")
    assert command(["--pages"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert "07_association/one (vi): says" in told[0] and told[-1] == "1 faults on 1 pages"


def test_pages_without_fault_end_the_command_with_0(site, capsys):
    page(site, "07_association/one", en="<p>We found no reliable difference.</p>", vi="<p>Có.</p>")
    assert command(["--pages"]) == 0
    assert capsys.readouterr().out == "0 faults on 2 pages\n"


def test_the_help_of_a_command_of_another_package_is_whole(capsys):
    for word, said in (("check", "Check every table, say"), ("facts", "Read an article, accept"), ("new", "")):
        with pytest.raises(SystemExit):
            cli.parser([word]).parse_args([word, "--help"])
        told = capsys.readouterr().out
        assert said in told and "exit codes:\n  0    all is well" in told
