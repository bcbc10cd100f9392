"""What notebook 91 shows of an article: its numbers, the checks of its arithmetic, and the sentences about both."""

import re
from pathlib import Path

import pandas as pd

from helpers import paths
from helpers.findings.programmes import as_printed, dated, label, where
from helpers.words import Refused, Sentence, _, count, joined, language, say

EXAMPLE = "data/articles/example.txt"


def file(article: str = "", published: str = "") -> Path:
    """
    Return the file of an article.

    Parameters
    ----------
    article : str
        Its path, from the project's folder; empty: the example.
    published : str
        Day of publication, if given.

    Raises
    ------
    Refused
        If there is no such file, or the day is none.
    """
    path = paths.root() / (article or EXAMPLE)
    if not path.is_file():
        text = "There is no file {path}; expected the path of an article, from the project's folder."
        raise Refused(text, path=str(path))
    if published and not re.fullmatch(r"\d{4}-\d\d-\d\d", published):
        text = "published is {published}; expected a day as YYYY-MM-DD, such as 2023-06-09."
        raise Refused(text, published=published)
    return path


def checks(found: pd.DataFrame) -> pd.DataFrame:
    """
    Return the checks of printed arithmetic, contradictions first: verdict, finding, paragraph and sentence.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    rows = pd.DataFrame(found.attrs.get("checks", []), columns=["verdict", "text", "text_vi", "sentence", "at"])
    rows = rows.sort_values("verdict", kind="stable", ignore_index=True)
    said = rows["text_vi" if language() == "vi" else "text"]
    shown = pd.DataFrame({"verdict": rows["verdict"].map(label), "finding": said, "sentence": rows["sentence"]})
    return shown.assign(where=rows["at"].map(where))


def numbers(found: pd.DataFrame) -> pd.DataFrame:
    """
    Return the numbers of an article as a table for people.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    rows = found.astype(object).where(found.notna(), "")
    shown = rows[["place", "problem"]].assign(
        as_printed=[as_printed(row) for row in rows.to_dict("records")],
        as_of=[dated(day or None, basis) for day, basis in rows[["as_of", "as_of_basis"]].to_numpy()],
        post=[", ".join(map(label, filter(None, told))) for told in rows[["post", "post_level"]].to_numpy()],
        non_local=rows["non_local"].map({"True": label("non_local"), "False": label("local")}).fillna(""),
        verb=rows["verb"].map(label),
        check=rows["check"].map(label),
        where=rows["quote_locator"].map(where),
    )
    return shown[["as_printed", "as_of", "place", "post", "non_local", "verb", "check", "problem", "where"]]


def invented(example: bool) -> Sentence:
    """
    Return that the page is made from the example that comes with the collection, where it is.

    Parameters
    ----------
    example : bool
    """
    return say("This is an example: its places, persons and numbers are invented.") if example else Sentence()


def answer(found: pd.DataFrame) -> Sentence:
    """
    Return how many printed numbers disagree, in a sentence for each case.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    verdicts = [check["verdict"] for check in found.attrs.get("checks", [])]
    n, of = verdicts.count("contradiction"), len(verdicts)
    none = "**All {of} checks of printed arithmetic hold.**"
    some = "**{n:One|{n}} of {of} checks of printed arithmetic {n:finds|find} a contradiction.**"
    text = count(n, none, some, of=of) if of else _("**No printed arithmetic was found to check.**")
    return Sentence(f"{text} " + say("The article prints {n} numbers.", n=len(found)))


def read(found: pd.DataFrame) -> Sentence:
    """
    Return how many numbers no rule understands, and what was not read.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    none = "Every number was read by a rule."
    some = "{n:One number needs|{n} numbers need} a person: no rule understands {n:it|them}, or {n:it|they} cannot be right."
    text = count(int(found["problem"].fillna("").ne("").sum()), none, some)
    lines = ("One line of a table was not read.", "{n} lines of tables were not read.")
    return joined(text, count(len(found.attrs.get("skipped", [])), "", *lines))
