"""Pages of documentation: what they tell a reader to do works, and names what exists."""

import re

import pytest

from helpers import effects, findings, paths, study

DOCS = paths.root() / "docs"
PAGES = sorted(DOCS.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text)
    assert [t for t in targets if not (page.parent / t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_named_exist(page):
    named = re.findall(
        r"`((?:notebooks|data|src|tests|docs|tools)/[\w./-]+\.(?:ipynb|csv|py|md|toml))`", page.read_text("utf-8")
    )
    assert [name for name in named if "NN_" not in name and not (paths.root() / name).exists()] == []


def test_what_changed_in_the_findings_has_the_same_numbers_in_both_languages():
    told = []
    for name, marks in (("changes.md", ".,"), ("changes.vi.md", ",.")):
        found = re.findall(r"(?<![\d.,])\d+[.,]\d+(?:[.,]\d+)*", (DOCS / name).read_text(encoding="utf-8"))
        told.append(sorted(number.translate(str.maketrans(marks, ".,")) for number in found))
    assert told[0] == told[1] and len(told[0]) > 10


def test_functions_named_on_the_page_of_methods_exist():
    text = (DOCS / "methods.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`effects\.(\w+)`", text))
    assert named
    assert [name for name in named if not hasattr(effects, name)] == []


def test_the_tutorial_can_be_followed():
    """Its parameters give a panel with provinces that changed, and its model a number."""
    import statsmodels.formula.api as smf

    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    outcome = re.search(r'outcome: str = "(\w+)"', text)[1]
    (region,) = re.findall(r'provinces: list = \["([^"]+)"\]', text)
    panel = study.panel(outcome, provinces=[region])
    assert panel.n_switching >= 5
    code = re.search(r"    (smf\.ols.*?\n.*?)\n\n", text, re.DOTALL)[1]
    assert isinstance(float(eval(re.sub(r"\s+", " ", code), {"smf": smf, "panel": panel})), float)
    assert len(eval(re.search(r"    (panel\.rows\..*)", text)[1], {"panel": panel})) > 0
    changed = re.search(r"    (rows = panel\.frame\n.*?fit_twfe\(mine\))", text, re.DOTALL)[1]
    exec(re.sub(r"(?m)^    ", "", changed), made := {"panel": panel, "effects": effects})
    assert made["mine"].complete["year"].min() == 2018
    figure = re.search(r"    (from helpers import plots, study\n.*?)\n    fig\.savefig", text, re.DOTALL)[1]
    exec(re.sub(r"(?m)^    ", "", figure), made := {})
    assert made["fig"].axes[0].lines[0].get_xdata()[0] == 2013.5


def test_terms_of_the_glossary_are_those_of_the_pages():
    """A Vietnamese term of the glossary is used by some catalogue of messages."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    texts = "\n".join(
        p.read_text(encoding="utf-8") for p in paths.root().rglob("*.po") if ".venv" not in p.parts
    ).lower()
    texts += "\n".join(p.read_text(encoding="utf-8") for p in (paths.root() / "data").glob("*.csv")).lower()
    known = [vi for en, vi in rows if en not in ("English", "---")]
    assert len(known) > 25
    absent = [
        vi for vi in known if not any(part.strip().lower() in texts for part in re.split(r"[,;()]", vi) if part.strip())
    ]
    assert absent == []


def test_the_years_that_first_changes_take_are_those_of_the_code():
    pages = {name: (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("methods", "glossary")}
    assert all(f"effects of {effects.PERIODS} years" in text for text in pages.values())
    tried = findings.horizons(study.panel("pci_score"))
    assert re.search(r"after adjustment with ([\d, or]+) years", pages["methods"])[1] == "3, 4 or 5"
    questions = len(findings.verdict.outcomes()) * 4  # by three definitions for secretaries, by one for chairs
    for n_tests in (questions, questions // 2):  # those without a p-value are not counted
        assert tried.loc[n_tests * tried["p_value"] < 0.05, "n_years"].tolist() == [3, 4, 5]


def test_the_page_of_validity_has_the_numbers_of_today():
    text, panel = (DOCS / "validity.md").read_text(encoding="utf-8"), study.panel("pci_score")
    held = re.search(r"\((\d+) and (\d+) in 100 for the PCI score by hometown\)", text)
    assert re.findall(r"(\d+) times in 100", findings.supposes(panel))[:2] == [held[1], held[2]]
    first = effects.fit_switchers(panel, effects=effects.PERIODS)
    stated = re.search(r"the mean is different from 0 up to M = ([\d.]+), a single year up to M = ([\d.]+)", text)
    for m, years in zip(map(float, stated.groups()), ((None,), (0, 1, 2)), strict=True):
        honest = effects.honest(first, values=(m, m + 0.01), periods=years)
        assert honest.groupby("m")["excludes_zero"].any().tolist() == [True, False]
