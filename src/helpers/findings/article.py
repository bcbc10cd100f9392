"""What notebook 91 shows of an article: its numbers, the checks of its arithmetic, and the sentences about both."""

import pandas as pd

from helpers.words import Sentence, _, count, language, say

EXAMPLE = "data/articles/example.txt"


def checks(found: pd.DataFrame) -> pd.DataFrame:
    """
    Return the checks of printed arithmetic, contradictions first: verdict, finding, paragraph and sentence.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    rows = pd.DataFrame(found.attrs.get("checks", []), columns=["verdict", "text", "text_vi", "at", "rule"])
    out = pd.DataFrame(
        {
            "verdict": rows["verdict"],
            "finding": rows["text_vi" if language() == "vi" else "text"],
            "locator": rows["at"].astype(str),
        }
    )
    return out.sort_values("verdict", ignore_index=True)


def numbers(found: pd.DataFrame) -> pd.DataFrame:
    """
    Return the numbers of an article as a table for people.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    about = [
        "quote_locator",
        "printed",
        "value",
        "unit",
        "value_qualifier",
        "as_of",
        "place",
        "post",
        "non_local",
        "verb",
    ]
    return found.reindex(columns=[*about, "check", "problem"])


def answer(found: pd.DataFrame, made: pd.DataFrame) -> Sentence:
    """
    Return how many printed numbers disagree, in a sentence for each case.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    made : DataFrame
        Of :func:`checks`.
    """
    n, of = int((made["verdict"] == "contradiction").sum()), len(made)
    told = (
        "**All {of} checks of printed arithmetic hold.**",
        "**One of {of} checks of printed arithmetic finds a contradiction.**",
        "**{n} of {of} checks of printed arithmetic find a contradiction.**",
    )
    text = count(n, *told, of=of) if of else _("**No printed arithmetic was found to check.**")
    return Sentence(f"{text} " + say("The article prints {n} numbers.", n=len(found)))


def read(found: pd.DataFrame) -> Sentence:
    """
    Return how many numbers no rule understands, and what was not read.

    Parameters
    ----------
    found : DataFrame
        Of ``articles.propose``, with its attrs.
    """
    told = (
        "Every number was read by a rule.",
        "One number needs a person: no rule understands it, or it cannot be right.",
        "{n} numbers need a person: no rule understands them, or they cannot be right.",
    )
    text = count(int(found["problem"].fillna("").ne("").sum()) if "problem" in found else 0, *told)
    lines = ("One line of a table was not read.", "{n} lines of tables were not read.")
    return Sentence(f"{text} {count(len(found.attrs.get('skipped', [])), '', *lines)}".strip())
