"""How the notebooks read: short code cells, prose that leads, one language in the file, another beside it; all of it measured."""

import ast
import json
import re
import statistics

import pytest

from helpers import paths
from press import messages

BOOKS = {file.stem: file for file in sorted(paths.notebooks().glob("*.ipynb"))}
LONG = {"01_data_audit", "02_programmes", "14_rank_claims"}  # may have 100 lines of code, the others 70
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
EXPRESSION = re.compile(r"\{eval\}`[^`]*`")


def cells(name, kind):
    book = json.loads(BOOKS[name].read_text(encoding="utf-8"))
    return [("".join(c["source"]), c["metadata"].get("tags", [])) for c in book["cells"] if c["cell_type"] == kind]


def lines(source):
    return [line for line in source.splitlines() if line.strip() and not line.strip().startswith("#")]


def prose(name):
    text = " ".join(source for source, _ in cells(name, "markdown"))
    return re.findall(r"[A-Za-z][\w'-]*", EXPRESSION.sub(" value ", text))


def measures(name):
    """Return code lines, lines of the median and the longest code cell, and words of prose per line of code."""
    code = [len(lines(source)) for source, _ in cells(name, "code")]
    return sum(code), statistics.median(code), max(code), len(prose(name)) / sum(code)


@pytest.mark.parametrize("name", BOOKS)
def test_code_cells_are_short_and_prose_leads(name):
    total, median, longest, words = measures(name)
    assert total <= (100 if name in LONG else 70)
    assert median <= 4
    assert longest <= 12
    assert words >= 8


@pytest.mark.parametrize("name", BOOKS)
def test_no_line_of_code_is_longer_than_100_letters(name):
    long = [line for source, tags in cells(name, "code") for line in source.splitlines() if len(line) > 100]
    assert long == []


@pytest.mark.parametrize("name", BOOKS)
def test_the_file_is_english(name):
    assert [source for source, _ in cells(name, "code") if VIETNAMESE.search(source)] == []
    assert not [
        tags
        for kind in ("code", "markdown")
        for _, tags in cells(name, kind)
        if any(t.startswith("lang-") for t in tags)
    ]


@pytest.mark.parametrize("name", BOOKS)
def test_title_is_a_question_and_parameters_are_typed_literals_with_a_comment(name):
    (first, _), *_ = cells(name, "markdown")
    title = first.splitlines()[0]
    assert title.startswith("# ") and title.endswith("?")
    assert sum(source.startswith("# ") for source, _ in cells(name, "markdown")) == 1
    (parameters,) = [source for source, tags in cells(name, "code") if "parameters" in tags]
    for node in ast.parse(parameters).body:
        assert isinstance(node, ast.AnnAssign)
        ast.literal_eval(node.value)
    assert all("  # " in line for line in parameters.splitlines())
    assert "lang: str" in parameters


@pytest.mark.parametrize("name", BOOKS)
def test_numbers_in_prose_are_computed(name):
    """A number with decimals or in percent stands in prose only where it is a level, a rule of thumb or a date."""
    allowed = re.compile(r"\b(0\.05|95%|80%|2\.8|5%|50%|90%)")
    for source, _ in cells(name, "markdown"):
        text = allowed.sub("", EXPRESSION.sub("", re.sub(r"\$[^$]*\$|\]\([^)]*\)", "", source)))
        assert not re.findall(r"\d+\.\d+|\d+\s?%", text), text


@pytest.mark.parametrize("name", BOOKS)
def test_every_block_has_its_vietnamese_and_no_translation_is_left_over(name):
    from babel.messages.pofile import read_po

    file = paths.notebooks() / "locale" / "vi" / f"{name}.po"
    with file.open("rb") as stream:
        po = {m.id: m for m in read_po(stream, locale="vi", abort_invalid=True) if m.id}
    with BOOKS[name].open("rb") as stream:
        blocks = {text for _, _, text, _ in messages.extract(stream, (), (), {})}
    assert sorted(blocks - set(po)) == []
    assert sorted(set(po) - blocks) == []
    assert [m.id for m in po.values() if m.fuzzy or not m.string] == []


@pytest.mark.parametrize("name", BOOKS)
def test_a_translation_has_the_expressions_and_links_of_its_text(name):
    from babel.messages.pofile import read_po

    with (paths.notebooks() / "locale" / "vi" / f"{name}.po").open("rb") as stream:
        po = [m for m in read_po(stream, locale="vi") if m.id]
    for message in po:
        for pattern in (EXPRESSION, re.compile(r"\]\(([^)]*)\)")):
            assert sorted(pattern.findall(message.id)) == sorted(pattern.findall(message.string)), message.id


@pytest.mark.parametrize("name", BOOKS)
def test_an_answer_is_marked_and_committed_notebooks_hold_no_output(name):
    book = json.loads(BOOKS[name].read_text(encoding="utf-8"))
    assert not [c for c in book["cells"] if c.get("outputs") or c.get("execution_count")]
    if re.match(r"\d", name):
        assert sum("answer" in c["metadata"].get("tags", []) for c in book["cells"]) == 1


@pytest.mark.parametrize("name", BOOKS)
def test_a_table_of_keys_that_is_written_is_not_shown_as_well(name):
    ends = [lines(source)[-1] for source, _ in cells(name, "code") if lines(source)]
    assert [line for line in ends if line.startswith("study.write(")] == []


def test_only_the_first_table_of_07_has_the_standard_error_of_a_regression_on_dummies():
    taken = {
        name for name in BOOKS for source, _ in cells(name, "code") if ".bse" in source or "effects.row(" in source
    }
    assert taken == {"07_association"}
