"""What notebook 91 shows of an article: its numbers, the checks of its arithmetic, and the sentences about both."""

import pandas as pd

from helpers.words import Sentence, count, language, say

EXAMPLE = "data/articles/example.txt"


def checks(found: pd.DataFrame) -> pd.DataFrame:
    """Return the checks of printed arithmetic, contradictions first: verdict, finding, paragraph and sentence."""
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
    """Return the numbers of an article as a table for people."""
    columns = [
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
        "check",
        "problem",
    ]
    return found.reindex(columns=columns)


def answer(found: pd.DataFrame, made: pd.DataFrame) -> Sentence:
    """Return how many printed numbers disagree, in a sentence for each case."""
    n, of = int((made["verdict"] == "contradiction").sum()), len(made)
    if not of:
        return say("**No printed arithmetic was found to check.** The article prints {n} numbers.", n=len(found))
    text = count(n, "**All {of} checks of printed arithmetic hold.**", "**One of {of} checks of printed arithmetic finds a contradiction.**",
                 "**{n} of {of} checks of printed arithmetic find a contradiction.**", of=of)  # fmt: skip
    return Sentence(f"{text} " + say("The article prints {n} numbers.", n=len(found)))


def read(found: pd.DataFrame) -> Sentence:
    """Return how many numbers no rule understands, and what was not read."""
    unread = int(found["problem"].fillna("").ne("").sum()) if "problem" in found else 0
    text = count(
        unread,
        "Every number was read by a rule.",
        "One number needs a person: no rule understands it, or it cannot be right.",
        "{n} numbers need a person: no rule understands them, or they cannot be right.",
    )
    skipped = len(found.attrs.get("skipped", []))
    return Sentence(
        " ".join(
            filter(
                None,
                (text, count(skipped, "", "One line of a table was not read.", "{n} lines of tables were not read.")),
            )
        )
    )
