"""Articles that cannot be read: a clear error or an empty proposal with the reason, and nothing written."""

import pytest
from tests.articles.test_facts import run

from articles import facts, propose

TEXT = "Đến nay, tỉnh đã luân chuyển 53 đồng chí và được người dân ủng hộ, không phải là người của địa phương.\n"


def refused(tmp_path, content, message, name="bài.txt"):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        facts.sheet(file)
    assert [f.name for f in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("codec", "message"),
    [
        ("utf-16", "looks like UTF-16"),
        ("utf-16-le", "looks like UTF-16"),
        ("cp1258", "looks like CP1258"),
    ],
)
def test_another_encoding_is_named(tmp_path, codec, message):
    import unicodedata

    text = TEXT if codec != "cp1258" else _for_1258(unicodedata.normalize("NFC", TEXT))
    refused(tmp_path, text.encode(codec), message)


def _for_1258(text):
    """Windows-1258 has ă â đ ê ô ơ ư as letters and five tones as marks."""
    import unicodedata

    out = ""
    for c in text:
        try:
            c.encode("cp1258")
            out += c
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", c)
            tones = "\u0300\u0301\u0303\u0309\u0323"
            out += unicodedata.normalize("NFC", "".join(p for p in parts if p not in tones)) + "".join(
                p for p in parts if p in tones
            )
    return out


def test_tcvn3_fonts_are_named(tmp_path):
    refused(tmp_path, b"Ng\xad\xeai c\xf1a t\xd8nh kh\xabng \xae\xad\xeec v\xb5 l\xb5 ng\xad\xeai", "looks like TCVN3")


def test_tcvn3_that_was_saved_as_utf8_is_named(tmp_path):
    refused(
        tmp_path,
        b"Ng\xad\xeai c\xf1a t\xd8nh kh\xabng \xae\xad\xeec v\xb5 l\xb5 ng\xad\xeai".decode("latin-1").encode(),
        "looks like TCVN3",
    )


def test_a_file_of_5_mb_is_refused(tmp_path):
    refused(tmp_path, TEXT.encode() * 40_000, r"has 5\.\d MB; expected one article of at most 2 MB")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7 ...", "looks like a PDF file"),
        (b"PK\x03\x04....", "looks like a Word or zip file"),
        (b"\x00\x01" * 50, "looks like"),
    ],
)
def test_binary_files_are_refused(tmp_path, content, message):
    refused(tmp_path, content, message)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        (" \n\u00a0\n", "the file is empty"),
        ("Một bài không có con số nào cả.", "no number, date or legal text was recognised"),
        ("<html><body><script>var a = '53 đồng chí'</script></body></html>", "the file is empty"),
    ],
)
def test_an_article_without_numbers_gives_an_empty_proposal_with_the_reason(tmp_path, capsys, content, reason):
    file = tmp_path / "a.txt"
    file.write_text(content, "utf-8")
    frame = propose.propose(file)
    assert frame.empty and frame.attrs["reason"] == reason
    assert run(["facts", "read", str(file), "--out", str(tmp_path / "out.csv")]) == 0
    assert f"no proposals: {reason}. Nothing was written." in capsys.readouterr().out
    assert not (tmp_path / "out.csv").exists()


def test_the_numbers_of_a_table_pasted_as_text_are_listed_as_unread(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("Huyện\tBí thư\tTỷ lệ\nA\t12\t40%\nB\t15\t60%\n" + TEXT, "utf-8")
    frame = propose.propose(file)
    assert frame.loc[frame["problem"].isna(), "value"].tolist() == ["53"]
    assert frame.loc[frame["unit"] == "unread", "value"].tolist() == ["12", "40", "15", "60"]
    assert frame.attrs["skipped"] == ["p2.s1: a line of a table", "p3.s1: a line of a table"]


def test_a_line_without_end_is_passed_over_and_said_so(tmp_path):
    frame = propose.propose_text("a" * 200_000 + "\n" + TEXT, "a.txt")
    assert frame["value"].tolist() == ["53"]
    assert frame.attrs["skipped"] == ["p1.s1: 200000 characters without the end of a sentence"]


def test_a_text_longer_than_any_article_is_refused(tmp_path):
    refused(
        tmp_path,
        TEXT.encode() * 10_000,
        r"characters of text; expected one article of at most 2 MB, 400,000 characters",
    )


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("Ngày 30/2/2023, tỉnh họp.", "no such date: 30/2/2023"),
        ("Ngày 31 tháng 11 năm 2023, tỉnh họp.", "no such date: 31/11/2023"),
        ("Đến tháng 13/2023, tỉnh họp.", "no such month: 13/2023"),
        ("Có 99999999999999999999 người.", "number too large to be a count: 99999999999999999999 người"),
        ("Nhiệm kỳ 2030-2025 đã bắt đầu.", "years run backwards: 2030-2025"),
    ],
)
def test_what_cannot_be_is_a_row_with_a_problem(sentence, problem):
    assert problem in propose.propose_text(sentence, "a.txt")["problem"].tolist()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.txt"):
        propose.propose(tmp_path / "nowhere.txt")
