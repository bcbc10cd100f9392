"""The command ``check``: faults of every table; with ``--pages``, faults of language and contradictions on the pages that are made."""

import argparse
import html
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from helpers import paths, words
from helpers.record import completeness, tables

_SAID = {
    "none": ("We found no reliable difference.", "no reliable difference"),
    "some": ("The main designs disagree.", "the main designs disagree"),
    "all": ("Every main design finds a difference.",),
    "": ("These data cannot answer the question.", "no main design can be tested"),
}


def patterns() -> dict[str, list[str]]:
    """Return the regular expressions of faults of language, by language (``templates/prose.toml``)."""
    return tomllib.loads((resources.files("helpers") / "templates" / "prose.toml").read_text(encoding="utf-8"))


def text_of(page: Path) -> str:
    """
    Return what a page says in its main part, a line for each paragraph, cell or item.

    Left out are code and formulas.

    Parameters
    ----------
    page : Path
        An HTML file that the press made.
    """
    text = page.read_text(encoding="utf-8")
    text = text[text.index("<main") : text.rindex("</main>")]
    code = r"<details class=\"code[^>]*>[\s\S]*?</details>|<(script|style|pre|code|math)[\s\S]*?</\1>|<!--[\s\S]*?-->"
    text = re.sub(r"</(p|li|h\d|td|th|tr|caption|figcaption|dd|dt|div)>", "\n", re.sub(code, " ", text))
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


Page = tuple[dict[str, Any], str, str]


def pages() -> Iterator[Page]:
    """Yield (manifest, language, text) of every page of ``reports/``."""
    for file in sorted(paths.reports().glob("*/*/manifest.json")):
        manifest = json.loads(file.read_bytes())
        for lang in words.LANGUAGES:
            if (page := file.parent / lang / "index.html").is_file():
                yield manifest, lang, text_of(page)


def faults(made: Iterable[Page]) -> Iterator[str]:
    """Yield, for every fault of language on the pages ``made``, a line with page, sentence and pattern."""
    known = patterns()
    for manifest, lang, text in made:
        sentences = [s for line in text.splitlines() for s in re.split(r"(?<=[.!?…])\s+", line.strip())]
        for pattern in known[lang]:
            for sentence in filter(re.compile(pattern).search, sentences):
                yield f"{manifest['id']} ({lang}): {sentence[:200]}   [{pattern}]"


def contradictions(made: Iterable[Page]) -> Iterator[str]:
    """Yield a line for every page of ``made`` that denies the verdict of the main designs on its outcome, or their numbers."""
    from helpers import findings  # half a second that checks of tables need not pay

    told = {row.report: row for row in findings.disagreements().itertuples()}
    for report, row in told.items():
        found = f"{row.estimator} gives {row.estimate:.4g}, p {row.p_value:.4g}"
        yield f"{report}: {found}; {findings.verdict.MAIN} has {row.estimate_main:.4g}, p {row.p_value_main:.4g}"
    keys = ["outcome", "definition", "post"]
    verdicts = {tuple(row[key] for key in keys): row for row in findings.verdicts().to_dict("records")}
    translated = {said: _in_vietnamese(said) for texts in _SAID.values() for said in texts}
    for manifest, lang, text in made:
        row = verdicts.get(tuple(manifest["parameters"].get(key) for key in keys))
        if row is None or manifest["parameters"].keys() - {*keys, "lang"}:
            continue
        text = " ".join(text.split())
        for found, texts in _SAID.items():
            for said in texts if found != (row["found"] if row["n_designs"] else "") else ():
                if (said if lang == "en" else translated[said]) in text:
                    yield f"{manifest['id']} ({lang}): says “{said}”; the main designs find: {row['found']} of {row['n_designs']}"


def _in_vietnamese(said: str) -> str:
    texts = words.catalogue("vi")
    return texts.get(said) or next(text for key, text in texts.items() if key.startswith(f"**{said}**")).split("**")[1]


def command(commands: Any) -> None:
    """
    Add ``check`` to ``commands``, argparse's sub-commands.

    Parameters
    ----------
    commands : argparse action
        Of ``add_subparsers``.
    """
    said = "Check every table, say what is unknown and how old each block is."
    parser = commands.add_parser("check", help=said, description=said)
    parser.add_argument("tables", nargs="*", help="only these tables, and nothing about age")
    text = "write data/README.md and its Vietnamese again from the codebook"
    parser.add_argument("--codebook", action="store_true", help=text)
    text = "check the language and the verdicts of all pages made instead"
    parser.add_argument("--pages", action="store_true", help=text)
    parser.set_defaults(act=run)


def run(arguments: argparse.Namespace) -> int:
    """
    Print what is wrong with the tables or the pages, what is unknown, how old each block is; return 1 if something is wrong.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of :func:`command`.
    """
    if arguments.pages:
        made = [*pages()]
        wrong = [*faults(made), *contradictions(made)]
        print(*map(tables.plain, wrong), f"{len(wrong)} faults on {len(made)} pages", sep="\n")
        return 1 if wrong else 0
    results = tables.check(arguments.tables or None)
    print(*results, sep="\n", flush=True)
    if any(result.faults for result in results):
        return 1
    if arguments.codebook:
        for name, lang in (("README.md", "en"), ("README.vi.md", "vi")):
            paths.write_whole(paths.data() / name, tables.codebook(lang))
    if not arguments.tables:
        for row in completeness.gaps().itertuples():
            unknown = f"{row.no_holder} of {row.months:,} unit-months without a known holder, {row.unknown_home} with unknown home"
            print(f"{row.post:10} from {row.first_year}: {unknown}")
        print("newest year of each block, and its age in years:")
        for row in completeness.newest().itertuples():
            print(f"  {row.block:22} {row.table:20} {row.newest:>10} {row.age_years:>5}")
    return 0
