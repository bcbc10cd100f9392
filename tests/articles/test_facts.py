"""From article to ledger: a sheet that a person edits, accepted against the text, all or none, and undone."""

import argparse
import shutil
import signal
from pathlib import Path

import pandas as pd
import pytest

from articles import facts
from helpers import paths
from helpers.record import ledger, tables

HERE = Path(__file__).parent
WRITTEN = ("programme_facts", "sources_articles", "fact_wording", "flows", "targets", "movements", "claims")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A scratch copy of data/ that accept may write to, and an invented article beside it."""
    shutil.copytree(paths.data(), tmp_path / "data")
    (tmp_path / ".cache").mkdir()
    shutil.copy(HERE / "made_up_1.txt", tmp_path / "article.txt")
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    return tmp_path


def run(words):
    """The command as the driver runs it: what it says goes to the terminal, what it refuses is raised."""
    parser = argparse.ArgumentParser(prog="rotation")
    facts.command(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    return args.act(args) or 0


def state(project):
    return {name: (project / "data" / f"{name}.csv").read_bytes() for name in WRITTEN}


def made(project, mark=lambda rows: rows["value"].eq("9"), name="article.txt", **changes):
    """A sheet of the article with some rows marked and some cells changed."""
    out, _ = facts.sheet(project / name, publisher="Báo mẫu")
    rows = pd.read_csv(out, dtype="str", encoding="utf-8-sig")
    rows["accept"] = mark(rows).map({True: "x", False: ""})
    for column, value in changes.items():
        rows.loc[rows["accept"] == "x", column] = value
    rows.to_csv(out, index=False)
    return out


def good(rows):
    return rows["problem"].isna() & rows["place"].notna() & rows["kind"].ne("page_chrome")


def test_read_writes_a_sheet_beside_the_article_and_nothing_else(project):
    before, article = state(project), (project / "article.txt").read_bytes()
    out, found = facts.sheet(project / "article.txt")
    rows = pd.read_csv(out, dtype="str", encoding="utf-8-sig")
    assert out.name == "article.facts.csv" and len(rows) == len(found)
    assert rows.columns[:4].tolist() == ["accept", "proposal_id", "sentence", "printed"]
    assert all(printed in sentence for printed, sentence in zip(rows["printed"], rows["sentence"], strict=True))
    assert state(project) == before and (project / "article.txt").read_bytes() == article


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("Luân chuyển cán bộ ở Sơn La", "Luân chuyển cán bộ ở Sơn La"),
        ("Luân chuyển: được gì?", "Luân chuyển: được gì?"),
        ("Chuyện luân chuyển...", "Chuyện luân chuyển..."),
        ("Huyện có 12 xã.", "Huyện có 12 xã…"),
        ("Ông nói: “Huyện có 12 xã.”", "Ông nói: “Huyện có 12 xã…"),
        ("Một hai ba " * 30, "Một hai ba Một hai ba Một hai ba Một hai ba…"),
        ("x" * 300, "x" * 100 + "…"),
    ],
)
def test_a_title_is_a_short_first_line_else_its_first_words(first, title, project):
    (project / "b.txt").write_text(f"{first}\nToàn huyện có 12 xã.", "utf-8")
    assert pd.read_csv(facts.sheet(project / "b.txt")[0])["title"].dropna().tolist()[0] == title


def test_the_help_says_which_languages_are_read(capsys):
    with pytest.raises(SystemExit):
        run(["facts", "read", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "in Vietnamese" in said and "of English are read" in said


def test_a_row_whose_place_is_of_another_sentence_is_not_taken_as_it_stands(project):
    (project / "b.txt").write_text("Huyện Tân Lập có 17/20 xã đạt chuẩn. Tỷ lệ chủ tịch huyện đạt 60%.", "utf-8")
    out, _ = facts.sheet(project / "b.txt", place="Kon Tum", publisher="Báo mẫu", published="2023-06-09")
    rows = pd.read_csv(out, dtype="str", encoding="utf-8-sig")
    rows.assign(accept=rows["value"].eq("60").map({True: "x", False: ""})).to_csv(out, index=False)
    with pytest.raises(ValueError, match="place: from the sentence before"):
        facts.accept(out)


def test_a_sheet_that_is_there_is_not_overwritten(project):
    facts.sheet(project / "article.txt")
    with pytest.raises(ValueError, match="exists and may hold your corrections"):
        facts.sheet(project / "article.txt")


def test_accepted_rows_enter_the_ledger_and_verify(project):
    before = state(project)
    new = facts.accept(made(project, good))
    assert all(state(project)[name].startswith(content) for name, content in before.items())
    assert new[0] == "SL22-01" and len(new) > 15
    result = facts.verify([project]).set_index("fact_id")["status"]
    assert set(result[new]) == {"verified"} and set(result[~result.index.str.startswith("SL22")]) == {
        "absent",
        "external",
    }


def test_what_is_known_of_a_fact_is_kept(project):
    facts.accept(made(project, lambda rows: rows["value"].eq("60")))
    wording = tables.load("fact_wording").query("fact_id == 'SL22-01'").set_index("aspect")["token"].to_dict()
    assert wording["post"] == "party_secretary" and wording["locality"] == "non_local"
    source = tables.load("sources_articles").set_index("short_name").loc["SL22"]
    assert source["publisher"] == "Báo mẫu" and len(source["text_sha256"]) == 64


def test_flows_and_targets_are_kept(project):
    new = facts.accept(made(project, good))
    rows = tables.load("flows").query("flow_table == 'son-la'")
    assert set(rows["fact_id"]) <= set(new) and rows["role"].tolist() == ["flow", "flow"]
    assert tables.load("targets").query("target_id.str.startswith('SL22')")["level"].tolist() == ["commune"]
    assert (ledger.check()["rule"] == "flow_sum").sum() == 1


def accepted(project, words, **about):
    (project / "b.txt").write_text(words, "utf-8")
    out, _ = facts.sheet(project / "b.txt", publisher="Báo mẫu", **{"published": "2024-03-05"} | about)
    pd.read_csv(out, dtype="str").assign(accept="x", problem=None).to_csv(out, index=False)
    return facts.accept(out)


def test_the_total_of_flows_is_kept_with_them(project):
    accepted(
        project, "Tỉnh Sơn La luân chuyển 36 cán bộ, gồm 21 cán bộ từ tỉnh về huyện và 12 cán bộ từ huyện lên tỉnh."
    )
    _flows, totals = ledger.flows("son-la", ledger.load())
    assert totals[["printed", "summed", "gap"]].map(lambda x: float(x.low)).to_numpy().tolist() == [[36, 33, 3]]


def test_a_second_article_of_a_place_has_a_table_of_its_own(project):
    accepted(project, "Tỉnh Điện Biên luân chuyển 21 cán bộ từ tỉnh về huyện và 12 cán bộ từ huyện lên tỉnh.")
    assert set(tables.load("flows")["flow_table"]) == {"dien_bien", "dien-bien-dba24"}


def test_a_target_printed_beside_a_count_is_of_its_post_and_met_by_it(project):
    words = "Tỉnh Hà Giang có 112/193 xã có bí thư không phải người địa phương (58,03%), vượt mục tiêu 50%."
    accepted(project, words)
    row = ledger.attainment(ledger.load()).set_index("target_id").filter(like="HG24", axis=0).iloc[0]
    assert row[["level", "post", "achieved", "total", "met"]].tolist() == ["commune", "party_secretary", 112, 193, True]


def test_what_the_checks_found_goes_with_the_facts(project):
    shutil.copy(paths.data() / "articles" / "example.txt", project / "example.txt")
    facts.accept(made(project, good, "example.txt"))
    (found,) = ledger.check().query("rule == 'printed_arithmetic'").to_dict("records")
    assert found["values"] == {"found": "73,3% ↔ 82.35 (14/17 xã)"} and found["severity"] == "contradiction"


def test_a_check_is_made_anew_whatever_the_sheet_says(project):
    shutil.copy(paths.data() / "articles" / "example.txt", project / "example.txt")
    facts.accept(made(project, good, "example.txt", check="holds"))
    assert (ledger.check()["rule"] == "printed_arithmetic").sum() == 1


@pytest.mark.parametrize("yes", ["TRUE", "true", "WAHR", "yes", "có", "1"])
def test_yes_is_read_in_the_words_of_a_spreadsheet(yes, project):
    facts.accept(made(project, lambda rows: rows["value"].eq("60"), non_local=yes))
    wording = tables.load("fact_wording").query("fact_id == 'SL22-01'").set_index("aspect")["token"]
    assert wording["locality"] == "non_local"


@pytest.mark.parametrize(
    ("value", "changes"),
    [
        ("9", {"as_of": "3/2/2022"}),
        ("9", {"as_of": "2022-02-03 00:00:00"}),
        ("9", {"published": "5/3/2022"}),
        ("64.5", {"value": "64,5"}),
    ],
)
def test_what_a_spreadsheet_makes_of_days_and_decimals_is_read(value, changes, project):
    words = "Sơn La hôm nay\n08:15, 5/3/2022\nTính đến ngày 3/2/2022, tỉnh Sơn La có 9 xã đạt chuẩn, đạt 64,5%."
    (project / "b.txt").write_text(words, "utf-8")
    out, _ = facts.sheet(project / "b.txt", publisher="Báo mẫu", published="2022-03-05")
    rows = pd.read_csv(out, dtype="str", encoding="utf-8-sig").astype("object")
    rows["accept"] = rows["value"].eq(value).map({True: "x", False: ""})
    for column, text in changes.items():
        rows.loc[rows["accept"].eq("x") | (column == "published"), column] = text
    rows.to_csv(out, index=False)
    facts.accept(out)
    row = tables.load("programme_facts").set_index("fact_id").loc["SL22-01"]
    assert (row["value"] == value and row["as_of"] in ("2022-02-03", None)) or pd.isna(row["as_of"])


def test_a_province_code_that_lost_its_zero_is_padded(project):
    (project / "b.txt").write_text("Đến nay, tỉnh Hà Giang có 9 xã đạt chuẩn.", "utf-8")
    out, _ = facts.sheet(project / "b.txt", publisher="Báo mẫu", published="2022-03-05")
    pd.read_csv(out, dtype="str").assign(accept="x", province_code="2").to_csv(out, index=False)
    assert facts.accept(out) == ["HG22-01"]


def test_a_sheet_whose_first_row_is_deleted_still_names_its_article(project):
    out = made(project, good)
    pd.read_csv(out, dtype="str").iloc[1:].to_csv(out, index=False)
    assert facts.accept(out)[0] == "SL22-01"


def test_a_row_pasted_twice_is_refused(project):
    rows = pd.read_csv(out := made(project), dtype="str")
    pd.concat([rows, rows[rows["accept"].eq("x")]]).to_csv(out, index=False)
    with pytest.raises(ValueError, match="proposal_id: found 'N.*' again"):
        facts.accept(out)


def test_a_short_name_of_another_form_is_refused(project):
    with pytest.raises(ValueError, match="QN6/ is no short name; expected two or three capitals and two digits"):
        facts.accept(made(project), "QN6/")


def test_drop_takes_back_all_that_accept_wrote(project):
    before = state(project)
    new = facts.accept(made(project, good))
    assert facts.drop(["SL22"]) == sorted(new)
    assert state(project) == before


def test_a_single_fact_can_be_dropped(project):
    new = facts.accept(made(project, good))
    assert facts.drop(new[:1]) == new[:1]
    assert "SL22" in set(tables.load("sources_articles")["short_name"])


def test_a_fact_that_others_are_derived_from_is_not_dropped(project):
    before = state(project)
    with pytest.raises(ValueError, match="would not pass its checks"):
        facts.drop(["KT24-14"])
    assert state(project) == before


def test_an_unknown_name_is_not_dropped(project):
    with pytest.raises(ValueError, match="XX99: no such fact or article"):
        facts.drop(["XX99"])


@pytest.mark.parametrize(
    ("mark", "changes", "message"),
    [
        (lambda rows: rows["value"].eq("none"), {}, "no row of .* is marked"),
        (lambda rows: rows["value"].eq("9"), {"value": "8"}, "number_missing: 8 districts is not printed"),
        (lambda rows: rows["value"].eq("9"), {"kind": "rumour"}, "found 'rumour'"),
        (lambda rows: rows["value"].eq("9"), {"problem": "unread"}, "orrect the row and empty its problem"),
        (lambda rows: rows["value"].eq("9"), {"quote_locator": "p1.s1:000000000000"}, "p1.s1"),
        (lambda rows: rows["value"].eq("9"), {"denominator": "15 districts"}, "15 as denominator is not printed"),
        (lambda rows: rows["value"].eq("9"), {"printed": "19"}, "printed: found '19'; expected the words that were"),
        (lambda rows: rows["value"].eq("9"), {"proposal_id": "N999"}, "proposal_id: found 'N999'"),
        (
            lambda rows: rows["value"].eq("9"),
            {"province_code": "48"},
            "province_code: found '48'; expected the code of",
        ),
        (lambda rows: rows["value"].eq("9"), {"province_code": "99"}, "province_code: found '99'"),
        (lambda rows: rows["value"].eq("9"), {"unit": "distrits"}, r"row \d+, unit: found 'distrits'.* districts"),
        (lambda rows: rows["value"].eq("60"), {"post": "party secretary"}, "found 'party secretary'.* party_secretary"),
        (lambda rows: rows["value"].eq("9"), {"as_of": "2030-01-01"}, "expected a time before the article"),
        (lambda rows: rows["value"].eq("9"), {"as_of": "Jun-22"}, "as_of: found 'Jun-22'; expected a date"),
        (lambda rows: rows["value"].eq("60"), {"non_local": "maybe"}, "non_local: found 'maybe'; expected yes or no"),
        (lambda rows: rows["value"].eq("60"), {"non_local": "FALSE"}, "non_local: found 'False'; expected yes where"),
        (lambda rows: rows["value"].eq("9"), {"measure": "Xã đạt chuẩn"}, "measure: found .* small letters, digits"),
    ],
)
def test_a_refused_row_leaves_the_ledger_as_it_was(project, mark, changes, message):
    before = state(project)
    sheet = made(project, mark, **changes)
    with pytest.raises(ValueError, match=message):
        facts.accept(sheet)
    assert state(project) == before


def test_a_sheet_of_another_text_is_refused(project):
    sheet = made(project)
    (project / "article.txt").write_text("Một bài khác có 9 huyện.", "utf-8")
    with pytest.raises(ValueError, match="is not the text that"):
        facts.accept(sheet)


def test_a_row_without_a_place_is_refused_by_the_name_it_has_in_the_sheet(project):
    sheet = made(project, place="", place_level="")
    with pytest.raises(
        ValueError, match=r"^N\d+ of .*article.facts.csv, row \d+, place: found an empty cell; expected a value"
    ):
        facts.accept(sheet)


def test_a_new_article_needs_publisher_and_date(project):
    (project / "b.txt").write_text("Đến nay, tỉnh Sơn La đã luân chuyển 12 cán bộ về xã.", "utf-8")
    out = made(project, lambda rows: rows["value"].eq("12"), "b.txt")
    with pytest.raises(ValueError, match="fill publisher and published"):
        facts.accept(out)


def test_a_fact_that_is_there_already_is_refused(project):
    facts.accept(out := made(project))
    with pytest.raises(ValueError, match="is in the ledger already as SL22-01"):
        facts.accept(out)


def test_the_same_text_under_another_name_is_refused(project):
    facts.accept(made(project))
    words = (project / "article.txt").read_text("utf-8")
    (project / "copy.txt").write_text(words.replace(" ", "\u00a0").replace("\n", "\n\n"), "utf-8")
    with pytest.raises(ValueError, match="the text of copy.txt is in the ledger as article.txt"):
        facts.accept(made(project, name="copy.txt"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks accept, proposal_id"),
        (b"hello\n", "lacks accept, proposal_id"),
        (b"# A page\n\na, b\nc, d, e | f\n", "s.csv is no table; expected a sheet that `rotation facts read` wrote"),
        ("accept,v\u1ecb tr\u00ed".encode("cp1258", "replace") + b"\xe1\xff", "neither UTF-8 nor UTF-16"),
    ],
)
def test_what_is_no_sheet_is_refused_in_one_line(project, content, message):
    (project / "s.csv").write_bytes(content)
    with pytest.raises(ValueError, match=message) as refused:
        facts.accept(project / "s.csv")
    assert "\n" not in str(refused.value)


def test_a_lost_column_is_named(project):
    out = made(project)
    pd.read_csv(out, dtype="str").drop(columns=["quote_locator", "publisher"]).to_csv(out, index=False)
    with pytest.raises(ValueError, match="lacks quote_locator, publisher"):
        facts.accept(out)


def test_a_value_in_words_is_refused(project):
    with pytest.raises(ValueError, match="value: found 'chín'; expected a number"):
        facts.accept(made(project, value="chín"))


def test_a_day_of_publication_in_another_form_is_refused(project):
    with pytest.raises(ValueError, match="expected YYYY-MM-DD"):
        facts.sheet(project / "article.txt", published="9/6/2023")


def test_a_write_that_fails_leaves_no_file_behind(project, monkeypatch):
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "disk full")))
    before, there = state(project), sorted(f.name for f in (project / "data").iterdir() if f.suffix != ".lock")
    with pytest.raises(OSError, match="disk full"):
        facts.drop(["KT24"])
    monkeypatch.undo()
    assert sorted(f.name for f in (project / "data").iterdir() if f.suffix != ".lock") == there
    assert {name: (project / "data" / f"{name}.csv").read_bytes() for name in WRITTEN} == before


def test_a_sheet_saved_in_utf_16_with_tabs_is_read(project):
    out = made(project)
    pd.read_csv(out, dtype="str").to_csv(out, index=False, sep="\t", encoding="utf-16")
    assert len(facts.accept(out)) == 1


def test_a_sheet_saved_with_semicolons_is_read(project):
    out = made(project)
    pd.read_csv(out, dtype="str").to_csv(out, index=False, sep=";", encoding="utf-8-sig")
    assert facts.accept(out) == ["SL22-01"]


def test_number_words_and_scales_verify(project):
    text = "Báo mẫu\n05/3/2022\nĐến nay, tỉnh Sơn La đã luân chuyển hai mươi ba cán bộ cho hơn 1,2 triệu người dân.\n"
    (project / "c.txt").write_text(text, "utf-8")
    out = made(project, lambda rows: rows["value"].isin(["23", "1200000"]), "c.txt")
    assert len(facts.accept(out)) == 2


def test_the_commands(project, capsys):
    assert run(["facts", "read", str(project / "article.txt"), "--publisher", "Báo mẫu"]) == 0
    assert "rotation facts accept" in capsys.readouterr().out
    with pytest.raises(ValueError, match="write x in column accept"):
        run(["facts", "accept", str(project / "article.facts.csv")])
    assert run(["facts", "check"]) == 0
    assert "flow_sum (contradiction, certain): DBN18-04" in capsys.readouterr().out
    assert run(["facts", "verify", "--articles", str(project)]) == 0
    assert "not verified: 000_145439fb1a08e107.txt" in capsys.readouterr().out


def test_a_command_finishes_what_one_that_was_killed_left(project, monkeypatch):
    before, out = state(project), made(project, good)
    (project / "data" / ".ledger.part").mkdir()
    moves, replace = [], Path.replace

    def killed(file, to):
        moves.append(file.parent.name)
        if moves.count(".ledger.new") == 2:
            raise KeyboardInterrupt
        return replace(file, to)

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        facts.accept(out)
    monkeypatch.undo()
    monkeypatch.setenv("PRESS_ROOT", str(project))
    assert (project / "data" / ".ledger.new").is_dir()
    run(["facts", "check"])
    assert all(check.faults == [] for check in tables.check(WRITTEN))
    assert not list((project / "data").glob(".ledger.*[wt]"))
    facts.drop(["SL22"])
    assert state(project) == before


def test_ctrl_c_while_tables_are_replaced_waits_for_the_last(project, monkeypatch):
    replace, out = Path.replace, made(project, good)
    monkeypatch.setattr(
        Path, "replace", lambda file, to: (to.name == ".ledger.new" and signal.raise_signal(2), replace(file, to))
    )
    with pytest.raises(KeyboardInterrupt):
        facts.accept(out)
    assert "SL22" in set(tables.load("sources_articles")["short_name"])
    assert all(check.faults == [] for check in tables.check(WRITTEN))


def test_a_sheet_that_cannot_be_written_whole_is_not_there(project, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match=r"No space left on device: .*article.facts.csv"):
        facts.sheet(project / "article.txt")
    assert not list(project.glob("*facts.csv*"))


@pytest.mark.parametrize("mark", ["✓", "ok", "v", "x."])
def test_a_mark_that_is_not_understood_is_refused_by_row(project, mark):
    rows = pd.read_csv(out := made(project), dtype="str")
    rows.loc[3, "accept"] = mark
    rows.to_csv(out, index=False)
    with pytest.raises(ValueError, match=f"row 5, accept: found '{mark}'; expected x, yes or có"):
        facts.accept(out)


@pytest.mark.parametrize("mark", ["X", "y", "WAHR", "1.0", "đúng", "co\u0301"])
def test_yes_in_another_form_marks_a_row(project, mark):
    rows = pd.read_csv(out := made(project), dtype="str")
    rows.replace({"accept": {"x": mark}}).to_csv(out, index=False)
    assert facts.accept(out) == ["SL22-01"]


def test_facts_of_two_posts_in_one_sentence_are_two(project):
    words = (
        "Huyện Chư Prông có 9 bí thư xã không phải là người địa phương và 9 chủ tịch xã không phải là người địa phương."
    )
    (project / "b.txt").write_text(words, "utf-8")
    out, _ = facts.sheet(project / "b.txt", place="Gia Lai", publisher="Báo mẫu", published="2024-03-05")
    rows = pd.read_csv(out, dtype="str")
    for post, fact in (("party_secretary", "GL24-01"), ("committee_chair", "GL24-02")):
        rows.assign(accept=rows["post"].eq(post).map({True: "x", False: ""})).to_csv(out, index=False)
        assert facts.accept(out) == [fact]
    with pytest.raises(ValueError, match="in the ledger already as GL24-02"):
        facts.accept(out)


def test_an_article_that_moved_with_its_sheet_is_found(project):
    (there := project / "moved").mkdir()
    out = made(project)
    for file in (out, project / "article.txt"):
        file.rename(there / file.name)
    assert facts.accept(there / out.name) == ["SL22-01"]


A1 = """Gia Lai: Công tác cán bộ
Thứ Hai, 6/5/2024, 08:15
Thực hiện Nghị quyết số 26-NQ/TW ngày 9/5/2018 của Ban Chấp hành Trung ương, đến nay tỉnh Gia Lai đã bố trí 11/17 huyện, thị xã, thành phố có bí thư cấp ủy không phải là người địa phương.
Thu ngân sách năm 2023 của tỉnh Gia Lai đạt 5.500 tỷ đồng. Tính đến ngày 4/3/2024, tỉnh có 7 bí thư xã không phải là người địa phương."""


@pytest.mark.parametrize(
    ("value", "changes", "message"),
    [
        ("11", {"post": "committee_chair"}, "measure: found .*; expected the name of what its post is"),
        ("5500", {"unit": "million VND"}, "unit: found 'million VND'; expected a unit that the text has"),
        ("5500", {"unit": "VND"}, "unit: found 'VND'; expected a unit"),
        ("5500", {"unit": "USD"}, "unit: found 'USD'; expected a unit"),
        ("11", {"unit": "communes"}, "unit: found 'communes'; expected a unit"),
        ("11", {"denominator": "17 communes"}, "denominator: found '17 communes'; expected a unit"),
        ("7", {"as_of": "3/4/2024"}, r"row \d+, as_of: found '3/4/2024', where 2024-03-04 was read"),
        ("7", {"as_of": "1/2/2024"}, "as_of: found '1/2/2024', where 2024-03-04 was read"),
        ("7", {"published": "5/6/2024"}, "published: found '5/6/2024', where 2024-05-06 was read"),
        ("11", {}, ""),
        ("5500", {"unit": "billion VND"}, ""),
        ("7", {"as_of": "4/3/2024"}, ""),
        ("7", {"as_of": "2024-02-01"}, ""),
        ("7", {"unit": "communes"}, ""),
    ],
)
def test_what_an_edited_cell_says_against_the_text_is_refused(project, value, changes, message):
    (project / "b.txt").write_text(A1, "utf-8")
    out, _ = facts.sheet(project / "b.txt", place="Gia Lai", publisher="Báo mẫu")
    rows = pd.read_csv(out, dtype="str").assign(accept=lambda x: x["value"].eq(value).map({True: "x", False: ""}))
    rows.loc[0, "published"] = changes.pop("published", rows.at[0, "published"])
    rows.loc[rows["accept"] == "x", list(changes)] = list(changes.values())
    rows["published"] = rows["published"].where(rows.index == 0)
    rows.to_csv(out, index=False)
    if message:
        with pytest.raises(ValueError, match=message):
            facts.accept(out)
    else:
        assert facts.accept(out) == ["GL24-01"]
