"""The numbers of an article with the words about them, and what each stands for.

Every number stands for an interval: what rounds or is cut off to it, or what its wording bounds (more than, nearly, ...). The words around numbers
(``[cues]`` in ``vietnamese.toml``) tell which belong together.
"""

import functools
import re
from fractions import Fraction
from itertools import pairwise
from typing import Any

from articles.text import LANGUAGE
from helpers.record.ledger import ONES, SCALES, Bounds, when

CUES = {name: re.compile(f"(?i){words}") for name, words in LANGUAGE["cues"].items()}
_PLAIN, _TIMES = set(LANGUAGE["plain_words"].split()), "dywi"
_SPELT = re.compile(rf"(?i)^(?:[\W\d]|(?:{'|'.join([*ONES, *SCALES])}|mười|mươi|linh|lẻ|trên|trong|tổng|số)\b)*")
_WORD = re.compile(r"[^\W\d]+")
_SAYS = {word: re.compile(f"(?i){ways}") for word, ways in LANGUAGE["says_the_same"].items()}
_LIST = {unit: re.compile(rf"(?i)(?:, (?:{x})\b(?! (?-i:[A-ZĐ])))*") for unit, x in LANGUAGE["counted"].items()}


class Number:
    """
    A number in the text of an article: what the reader found, its kind as a letter, and the words before, after and about it.

    Parameters
    ----------
    hit : dict
        What the reader found.
    sentence : dict
        Where it found it.
    offset : int
        Where the sentence begins in the text.
    """

    def __init__(self, hit: dict[str, Any], sentence: dict[str, Any], offset: int) -> None:
        self.hit, self.sentence, self.n, self.kind = hit, sentence, sentence["n"], kind(hit)
        # the smallest unit of its kind (dong for billions of dong), and how many of it the unit is
        self.start, (self.plain, self.size) = offset + hit["start"], _smallest(hit["unit"])
        self.value = hit["value"] * self.size
        end = max(hit["end"], hit.get("noun_at", 0))
        self.printed = sentence["text"][hit["start"] : end].strip()
        listed = _LIST[hit["unit"]].finditer(sentence["text"], end) if hit["unit"] in _LIST else ()
        self.end = offset + next((m.end() for m in listed), end)

    def place(self, text: str, row: list["Number"]) -> None:
        """Take the words about the number from the text, where its sentence has these numbers: back to the last, up to the next."""
        self.text, self.whole, first = text, self.sentence["text"], self.start - self.hit["start"]
        self.before, self.after = self.whole[: self.hit["start"]], self.whole[self.hit["end"] :]
        before, after = [x for x in row if x.start < self.start], [x for x in row if x.start > self.start]
        count = max((x.end for x in before if x.kind not in _TIMES + "n"), default=first)
        stop = min([x.start for x in after if x.kind not in _TIMES or self.kind in _TIMES] + [first + len(self.whole)])
        self.lead, self.tail = text[max([first, *(x.end for x in before)]) : self.start], text[self.end : stop]
        self.about = re.split(r"[;.] |\bso với\b", text[count : self.start])[-1].lower()
        around = f"{self.before}|{self.whole[self.hit['start'] :]}"
        label = self.hit["unit"] == "unread" and (self.said("label", "before") or CUES["grade"].search(around))
        self.hit |= {"is_total": True} if label or CUES["of_kinds"].search(around) else {}
        self.grew = CUES["grew"].search(text[count : self.start])
        named = "" if self.hit["unit"] == "unread" else _SPELT.sub("", text[self.start : self.end])
        self.noun = (named + CUES["stop"].split(self.tail)[0]).lower()
        self.clause = f"{self.about} {self.noun}"
        self.dated = [x for x in after[:1] if x.kind in "dy" and CUES["dated_by"].fullmatch(self.gap(x))]

    @functools.cached_property
    def bounds(self) -> Bounds:
        """What it stands for."""
        return bounds(self.hit) * self.size if self.size > 1 else bounds(self.hit)

    @functools.cached_property
    def days(self) -> tuple:
        """First and last day that it is dated to."""
        return when(_date(self) or (self.dated and _date(self.dated[0])) or None)

    @property
    def changed(self) -> re.Match | None:
        """The words that make it a change: before it, or after it."""
        return self.grew or (None if self.said("level") else self.said("changed") or self.said("changed_after", "tail"))

    def said(self, cue: str, where: str = "lead") -> re.Match | None:
        """Return the match of a cue in the words before the number, or elsewhere about it."""
        return CUES[cue].search(getattr(self, where))

    def gap(self, other: "Number") -> str:
        """Return the text between two numbers, sentences parted by "¶"."""
        return self.text[self.end : other.start] if self.start < other.start else self.text[other.end : self.start]


def bounds(hit: dict) -> Bounds:
    """
    Return what a printed number stands for.

    Parameters
    ----------
    hit : dict
        A candidate of the reader: value, unit, value_qualifier, printed.

    Returns
    -------
    Bounds
        73,3 % is all from 73.25 to below 73.4 (rounded or cut off); a count is itself; "about" allows a tenth, "nearly" 15 % below.

    Examples
    --------
    >>> str(bounds({"value": Fraction("73.3"), "unit": "percent", "value_qualifier": "exact", "printed": "73,3%"}))
    '[73.25, 73.4)'
    """
    value, qualifier = Fraction(hit["value"]), hit["value_qualifier"]
    if qualifier == "nearly":
        return Bounds(value - (abs(value) or 1) * 15 / 100, value, False, True)
    if qualifier not in ("exact", "approx"):
        return Bounds.read(value, qualifier, floor=int(value > 1) if value > 0 else value - 1)
    in_words = hit["unit"] == "times" and not re.search(r"\d", hit["printed"])
    if (about := qualifier == "approx" and not hit.get("estimate")) or hit["unit"] == "share" or in_words:
        around = abs(value) / (20 if in_words else 10) if about or in_words else Fraction("0.03")
        return Bounds(value - around, value + around)
    digits = int(re.sub(r"\D", "", (re.findall(r"\d[\d.,]*", hit["printed"]) or ["0"])[0]))
    if not digits or (abs(value) == digits and kind(hit) in "cfrg"):
        return Bounds.exact(value)
    step = abs(value) / digits
    return Bounds(value - step / 2, value + step, False, True)


def kind(hit: dict) -> str:
    """Return the letter of a number: p share, c count, f count with its total, m money or measure, r rank, d date, ... (``[classes]``)."""
    if hit.get("is_total") or (hit["unit"] == "years" and CUES["age"].search(hit["printed"])):
        return "z"
    letter = LANGUAGE["classes"].get(hit["unit"], "m" if re.search("VND|USD", hit["unit"]) else "c")
    return "f" if letter == "c" and hit.get("total") else letter


def _smallest(unit):
    """Return the smallest unit of the kind of a unit, and how many of it the unit is."""
    first, _, rest = unit.partition(" ")
    plain, size = LANGUAGE["sizes"].get(first, (unit, 1))
    return plain or rest, size


def _date(x):
    day = None if x.kind in "di" and x.hit["problem"] else x.value if x.kind == "d" else x.hit.get("as_of")
    return re.sub(r".*(?=\d{4}$)|-Q.*", "", str(x.value)) if x.kind == "y" else day


def numbers(sentences: list[dict]) -> list[Number]:
    """Return the numbers of the sentences, in order, each with the words about it."""
    text, offset, found = "".join(s["text"] + "¶" for s in sentences), 0, list[Number]()
    for s in sentences:
        row = [Number(hit, s, offset) for hit in s["hits"]]
        for x in row:
            x.place(text, [y for y in row if y.kind != "z"])
        for b in (y for y in row if y.said("that_figure", "about")):
            same_ = [a.plain for a in row if a.start < b.start and a.plain.startswith(f"{b.plain} per ")]
            b.plain = (same_ or [b.plain])[-1]
        for a, b in pairwise(row):
            a.plain = b.plain if b.plain.startswith(f"{a.plain} per ") and b.said("to") else a.plain
        offset += len(s["text"]) + 1
        found += row
    return found


@functools.lru_cache(4096)
def folded(text: str) -> str:
    """Return a text with what is said in other words in one word."""
    return functools.reduce(lambda text, says: says[1].sub(f" {says[0]} ", text), _SAYS.items(), text)


@functools.lru_cache(4096)
def content(text: str) -> frozenset[str]:
    """Return the words of a text that say something of what is counted."""
    return frozenset(_WORD.findall(folded(text))) - _PLAIN


def own_words(piece: str, claim: re.Match | None = None) -> frozenset[str]:
    """Return the words of a piece that say what it is of: neither words of time nor of claims."""
    rest = CUES["time"].sub(" ", folded(piece.replace(claim[0] if claim else "¶", " ")))
    return content(CUES["claim"].sub(" ", rest).lower())
