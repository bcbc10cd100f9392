"""Proposals become facts only by a person, checked, all or none."""

import shutil
from pathlib import Path

import pytest

from articles import intake, propose
from helpers.record import ledger

ARTICLES = Path(__file__).parent / "articles"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A scratch copy of data/ that accept may write to."""
    from helpers import paths

    shutil.copytree(paths.data(), tmp_path / "data")
    (tmp_path / ".cache").mkdir()
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    return tmp_path


def state(project):
    return {name: (project / "data" / name).read_bytes() for name in ("programme_facts.csv", "sources_articles.csv")}


def test_propose_writes_beside_and_never_into_the_ledger(project):
    before = state(project)
    out = intake.write(propose.propose(ARTICLES / "made_up_1.txt"))
    assert out.parent == project / ".cache" / "proposals" and out.with_suffix(".txt").is_file()
    assert state(project) == before


def test_accepted_rows_enter_the_ledger_and_verify(project):
    from helpers.record import tables

    out = intake.write(propose.propose(ARTICLES / "made_up_1.txt"))
    before = state(project)
    new = intake.accept(out, ["N001", "N005"], "SL22", publisher="Báo mẫu")
    assert all(state(project)[name].startswith(content) for name, content in before.items())
    assert new == ["SL22-01", "SL22-02"]
    facts = tables.load("programme_facts").set_index("fact_id", drop=False).loc[new]
    assert facts["place"].tolist() == ["Sơn La", "Sơn La"] and facts["value"].tolist() == ["2022-03-07", "9"]
    assert set(ledger.verify(out.parent, facts.reset_index(drop=True))["status"]) == {"verified"}
    assert intake.accept(out, ["N006"], "SL22") == ["SL22-03"]


@pytest.mark.parametrize(
    ("ids", "more", "message"),
    [
        (["N999"], {}, "N999 is not in"),
        (["N001"], {"publisher": None}, "give --publisher and --published"),
        (["N001"], {"short_name": "sơn la"}, "fact_id: found 'sơn la-01'"),
        (["N001"], {"changes": {("N001", "kind"): "rumour"}}, "found 'rumour'"),
        (["N001"], {"changes": {("N001", "colour"): "x"}}, "cannot be set"),
    ],
)
def test_a_refused_row_leaves_the_ledger_as_it_was(project, ids, more, message):
    out = intake.write(propose.propose(ARTICLES / "made_up_1.txt"))
    before = state(project)
    with pytest.raises(ValueError, match=message):
        intake.accept(out, ids, **({"short_name": "SL22", "publisher": "Báo mẫu"} | more))
    assert state(project) == before


def test_a_fact_that_is_there_already_is_refused(project):
    out = intake.write(propose.propose(ARTICLES / "made_up_1.txt"))
    intake.accept(out, ["N005"], "SL22", publisher="Báo mẫu")
    with pytest.raises(ValueError, match="N005 is in the ledger already as SL22-01"):
        intake.accept(out, ["N005"], "SL22")


def test_a_row_with_a_problem_is_accepted_only_once_corrected(project):
    (project / "x.txt").write_text("Ngày 31/2/2023, tỉnh Sơn La họp bàn việc luân chuyển cán bộ.", "utf-8")
    out = intake.write(propose.propose(project / "x.txt"))
    with pytest.raises(ValueError, match="no such date: 31/2/2023"):
        intake.accept(out, ["N001"], "SL23", "Báo mẫu", "2023")
    changes = {("N001", "value"): "2023-02-28", ("N001", "as_of"): "2023-02-28"}
    assert intake.accept(out, ["N001"], "SL23", "Báo mẫu", "2023", changes) == ["SL23-01"]


def test_the_commands(project, capsys):
    assert intake.main(["propose", str(ARTICLES / "made_up_1.txt")]) == 0
    assert "The ledger is unchanged" in capsys.readouterr().out
    out = project / ".cache" / "proposals" / "made_up_1.csv"
    assert (
        intake.main(
            [
                "accept",
                str(out),
                "N001",
                "--short-name",
                "SL22",
                "--publisher",
                "Báo mẫu",
                "--set",
                "N001.measure=published_on",
            ]
        )
        == 0
    )
    assert "accepted: SL22-01" in capsys.readouterr().out
    assert intake.main(["check"]) == 0
    assert "flow_sum (contradiction, certain): DBN18-04" in capsys.readouterr().out
