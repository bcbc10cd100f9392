"""The command `check`: every table's line, what is unknown, and how old each block is."""

import argparse
import shutil

import pytest

from helpers import paths
from helpers.record import check


def command(words):
    parser = argparse.ArgumentParser()
    check.command(parser.add_subparsers())
    arguments = parser.parse_args(["check", *words])
    return arguments.act(arguments)


def test_every_block_has_its_newest_year_and_age():
    blocks = check.newest("2026-12-31").set_index(["block", "table"])
    assert blocks.loc[("papi", "governance"), ["newest", "age_years"]].tolist() == ["2024", 2.0]
    assert blocks.loc[("leaders_2025", "leaders_2025"), "newest"] == "2026-03-10"
    assert blocks["n_indicators"].iloc[:-2].min() >= 1


def test_months_without_a_holder_are_counted_for_both_posts():
    gaps = check.gaps().set_index("post")
    assert gaps["months"].tolist() == [63 * (20 * 12 + 6), 63 * (14 * 12 + 6)]
    assert (gaps["no_holder"] > 0).all()


def test_the_command_names_every_table_and_block(capsys):
    assert command([]) == 0
    told = capsys.readouterr().out
    assert all(f"ok     {path.stem} " in told for path in paths.data().glob("*.csv"))
    assert "newest year of each block" in told and "fdi_ministry" in told


def test_a_faulty_table_ends_the_command_with_1(tmp_path, monkeypatch, capsys):
    shutil.copytree(paths.data(), tmp_path / "data")
    file = tmp_path / "data" / "tiles.csv"
    file.write_text(file.read_text() + "01,1,1\n")
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    assert command(["tiles", "units"]) == 1
    told = capsys.readouterr().out
    assert "tiles.csv, row 65" in told and "ok     units" in told


def test_an_unknown_table_is_refused(capsys):
    with pytest.raises(ValueError, match="no table 'tile' in .*closest: tiles"):
        command(["tile"])
