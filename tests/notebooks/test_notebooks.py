"""Every notebook runs on its defaults in both languages, says the same in each, and leaves what a report needs."""

import concurrent.futures
import html
import multiprocessing
import os
import re
from types import SimpleNamespace

import matplotlib.image
import pandas as pd
import pytest
import stored_results

from helpers import effects, paths
from helpers.record import tables
from press import site

NOTEBOOKS = [path.stem for path in sorted(paths.notebooks().glob("*.ipynb"))]
ENGLISH = re.compile(
    r"\b(the|of|and|with|which|from|are|was|were|that|this|each|between|years?|provinces?)\b", re.IGNORECASE
)
MARKED = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ]", re.IGNORECASE)


@pytest.fixture(scope="module")
def clean():
    """A process that has computed nothing yet: a fork of one whose libraries have started threads can wait for them for ever."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


def _run(name, lang, folder):
    import papermill

    os.environ["PRESS_OUT"] = folder
    os.environ.pop("PRESS_ROOT", None)
    if name == "15_brief":  # made from the results of the others
        os.environ["PRESS_ROOT"] = stored_results.project(f"{folder}/project")
    path = str(paths.notebooks() / f"{name}.ipynb")
    return papermill.execute_notebook(
        path, None, {"lang": lang}, engine_name="fork", kernel_name="python3", progress_bar=False
    )


@pytest.fixture(scope="module", params=NOTEBOOKS)
def made(request, tmp_path_factory, clean):
    """The notebook named, run once in each language: executed cells, folder."""
    runs = {}
    for lang in ("en", "vi"):
        folder = tmp_path_factory.mktemp(f"{request.param}-{lang}")
        nb = clean.submit(_run, request.param, lang, str(folder)).result()
        outputs = [(cell.id, output) for cell in nb.cells for output in cell.get("outputs", [])]
        runs[lang] = SimpleNamespace(nb=nb, outputs=outputs, folder=folder)
    return runs


def _figures(run):
    return [output.metadata.get("image/png", {}) for _, output in run.outputs if "image/png" in output.get("data", {})]


def _said(run):
    return [
        (cell, output.data["text/markdown"])
        for cell, output in run.outputs
        if "text/markdown" in output.get("data", {})
    ]


def _prose(run, lang):
    """Join what a reader of one language reads, without the bodies of tables and the list of sources."""
    text = [cell.source for cell in site.visible(run.nb, lang) if cell.cell_type == "markdown"]
    text += [said for _, said in _said(run)]
    text += [said for about in _figures(run) for said in (about.get("alt", ""), about.get("caption", ""))]
    for _, output in run.outputs:
        text += re.findall(
            r"<caption>(.*?)</caption>|<th scope=\"col\"[^>]*>(.*?)</th>", output.get("data", {}).get("text/html", "")
        )
    joined = "\n".join(part if isinstance(part, str) else " ".join(part) for part in text)
    return re.sub(
        r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|<code>.*?</code>|<[^>]+>|https?://\S+|\*[A-Z][^*]*\*",
        " ",
        joined,
        flags=re.DOTALL,
    )


def test_prints_and_warns_nothing(made):
    streams = [
        (cell, o.name, o.text[:200]) for run in made.values() for cell, o in run.outputs if o.output_type == "stream"
    ]
    assert streams == []


def test_results_are_tidy(made):
    for run in made.values():
        table = pd.read_csv(run.folder / "results.csv", dtype={"unit_code": str})
        assert len(table)
        assert [name for name in table.columns if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
        assert table.columns.is_unique
        if "estimate" in table:
            assert set(effects.RESULT_COLUMNS) <= set(table.columns)
        if "unit_code" in table:
            assert table["unit_code"].dropna().str.fullmatch(r"\d\d").all()


def test_results_do_not_depend_on_the_language(made):
    en, vi = (pd.read_csv(made[lang].folder / "results.csv", dtype=str) for lang in ("en", "vi"))
    assert list(en.columns) == list(vi.columns)
    differ = [name for name in en.columns if not en[name].equals(vi[name])]
    assert differ == [], f"columns with words of one language: {differ}; keep keys in the file, words on the page"


def test_every_figure_is_described_in_the_language(made):
    en, vi = (_figures(made[lang]) for lang in ("en", "vi"))
    assert len(en) == len(vi)
    for first, second in zip(en, vi, strict=True):
        assert first.get("alt") and second.get("alt")
        assert first["alt"] != second["alt"]
        assert MARKED.search(second["alt"])


def test_every_figure_is_shown_once_and_written(made):
    for run in made.values():
        files = sorted(path.stem for path in (run.folder / "figures").glob("*.png"))
        assert len(_figures(run)) == len(files)
        assert files == sorted(path.stem for path in (run.folder / "figures").glob("*.svg"))


def test_no_text_of_a_figure_runs_over_its_edge(made):
    over = []
    for run in made.values():
        for file in sorted((run.folder / "figures").glob("*.png")):
            shades = (matplotlib.image.imread(file)[..., :3] < 0.8).any(axis=2)
            if shades[:2].any() or shades[-2:].any() or shades[:, :2].any() or shades[:, -2:].any():
                over.append(file.name)
    assert over == []


def test_every_sentence_is_said_in_both_languages(made):
    en, vi = (_said(made[lang]) for lang in ("en", "vi"))
    assert [cell for cell, _ in en] == [cell for cell, _ in vi]
    same = [
        cell
        for (cell, first), (_, second) in zip(en, vi, strict=True)
        if first == second and re.search(r"[a-z]{3}", first)
    ]
    assert same == []


def test_a_vietnamese_page_holds_no_english_prose(made):
    prose = _prose(made["vi"], "vi")
    assert MARKED.search(prose)
    assert [line for line in prose.splitlines() if len(ENGLISH.findall(line)) > 2] == []


def test_vietnamese_figures_and_table_cells_hold_no_english(made):
    quoted = {value for source in tables.sources().to_dict("records") for value in map(str, source.values())}
    texts = []
    for file in (made["vi"].folder / "figures").glob("*.svg"):
        texts += re.findall(r"<text[^>]*>(.*?)</text>", file.read_text("utf-8"), re.DOTALL)
    for _, output in made["vi"].outputs:
        texts += re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", output.get("data", {}).get("text/html", ""), re.DOTALL)
    plain = {html.unescape(re.sub(r"<[^>]+>", " ", text)).strip() for text in texts} - quoted
    spoken = [text for text in plain if not MARKED.search(text)]
    assert [
        text for text in spoken if ENGLISH.search(re.sub(r"\S+[:/]\S+", " ", text))
    ] == []  # keys and addresses stay


def test_an_english_page_holds_no_vietnamese_prose(made):
    lines = [
        line
        for line in _prose(made["en"], "en").splitlines()
        if re.search(r"\b(không|của|được|những|trong|người)\b", line)
    ]
    assert [line for line in lines if not ENGLISH.search(line)] == []
