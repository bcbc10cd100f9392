"""The evidence ledger: printed facts with locators, bounds, targets, flows and claims, and the rules that check them."""

import hashlib
import itertools
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from typing import Any

import pandas as pd

from helpers import words
from helpers.record import tables

LEVELS = ("centre", "province", "district", "commune")
QUALIFIERS = ("exact", "more_than", "at_least", "nearly", "less_than", "at_most", "approx")
_WORDS = tomllib.loads((resources.files("helpers.record") / "ordinals.toml").read_text(encoding="utf-8"))
ORDINALS, ONES, SCALES = _WORDS["ordinals"], _WORDS["ones"], _WORDS["scales"]
INF = math.inf
_ROUGH = frozenset(_WORDS["rough"]["words"])
_SPACED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_NUMERIC = r"[-+]?\d+(\.\d+)?"
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


# --- bounds


def _fraction(value):
    return value if isinstance(value, float) and math.isinf(value) else Fraction(str(value))


@dataclass(frozen=True)
class Bounds:
    """
    What is known of a number: an interval from ``low`` to ``high`` whose ends may be open or infinite.

    Arithmetic keeps the bounds: every x in A and y in B has x + y in A + B, and so on; ends are exact fractions. (Of the well-kept
    libraries, portion has open ends without arithmetic; mpmath.iv and the like have arithmetic without open ends.)
    """

    low: Any
    high: Any
    low_open: bool = False
    high_open: bool = False

    def __post_init__(self) -> None:
        low, high = _fraction(self.low), _fraction(self.high)
        opened = {"low_open": self.low_open or low == -INF, "high_open": self.high_open or high == INF}
        vars(self).update(low=low, high=high, **opened)
        if low > high or (low == high and (self.low_open or self.high_open)):
            raise ValueError(f"no number lies between {low} and {high}; give the lower end first")

    @classmethod
    def exact(cls, value: float | Fraction) -> "Bounds":
        """
        Return the bounds of a number that is known.

        Parameters
        ----------
        value : number
        """
        return cls(value, value)

    @classmethod
    def read(cls, value: Any, qualifier: str = "exact", floor: Any = 0, ceiling: Any = INF) -> "Bounds":
        """
        Return the bounds that a printed number and its wording give.

        ``floor`` and ``ceiling`` are what the quantity cannot pass (a count: 0; a share of units: 0 and 100). "nearly" bounds from above
        only and "approx" bounds nothing, since no width is printed.

        Parameters
        ----------
        value : number or str
            As printed.
        qualifier : str
            One of :data:`QUALIFIERS`.
        floor, ceiling : number
            What the quantity cannot pass.
        """
        tables.one_of("value_qualifier", qualifier, QUALIFIERS)
        if qualifier in ("more_than", "at_least"):
            return cls(value, ceiling, qualifier == "more_than")
        if qualifier in ("nearly", "less_than", "at_most"):
            return cls(floor, value, False, qualifier != "at_most")
        return cls(floor, ceiling) if qualifier == "approx" else cls.exact(value)

    @property
    def is_exact(self) -> bool:
        """Whether one number is left."""
        return self.low == self.high

    def __contains__(self, value: Any) -> bool:
        """Whether a number fits."""
        value = _fraction(value)
        above = value > self.low if self.low_open else value >= self.low
        return above and (value < self.high if self.high_open else value <= self.high)

    def __add__(self, other: Any) -> "Bounds":
        """Return the bounds of a sum; a plain number counts as exact."""
        other = _bounds(other)
        opened = self.low_open or other.low_open, self.high_open or other.high_open
        return Bounds(self.low + other.low, self.high + other.high, *opened)

    def __sub__(self, other: Any) -> "Bounds":
        """Return the bounds of a difference."""
        return self + _bounds(other) * -1

    def __mul__(self, other: Any) -> "Bounds":
        """Return the bounds of a product."""
        corners = [_corner(a, b) for a in _ends(self) for b in _ends(_bounds(other))]
        ends = min(value for value, _ in corners), max(value for value, _ in corners)
        return Bounds(*ends, *(all(is_open for value, is_open in corners if value == end) for end in ends))

    def __truediv__(self, other: Any) -> "Bounds":
        """Return the bounds of a quotient, or refuse a divisor that may be 0."""
        other = _bounds(other)
        if 0 in other or other.low < 0 < other.high:
            raise ValueError(f"division by {other}, which may be 0; the quotient has no bounds")
        endless = INF if other.low == 0 else -INF
        low, high = (Fraction(0) if math.isinf(v) else endless if v == 0 else 1 / v for v in (other.high, other.low))
        return self * Bounds(low, high, other.high_open, other.low_open)

    __radd__, __rmul__ = __add__, __mul__

    def __str__(self) -> str:
        """Write the interval, or the number where it is exact."""
        if self.is_exact:
            return f"{float(self.low):g}"
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"{left}{float(self.low):g}, {float(self.high):g}{right}"

    def at_least(self, other: Any) -> bool | None:
        """
        Return True or False where the bounds decide whether this is >= ``other``, else None.

        Parameters
        ----------
        other : Bounds or number
        """
        other = _bounds(other)
        if self.low >= other.high:
            return True
        below = self.high < other.low or (self.high == other.low and (self.high_open or other.low_open))
        return False if below else None

    def whole(self, limit: int = 10_000) -> list[int]:
        """
        Return the whole numbers inside, in order; more than ``limit`` of them, or no end, is refused.

        Parameters
        ----------
        limit : int
            Most numbers to list.
        """
        if math.isinf(self.low) or math.isinf(self.high) or self.high - self.low > limit:
            raise ValueError(f"{self} holds too many whole numbers to list; a bound is missing")
        return [n for n in range(math.ceil(self.low), math.floor(self.high) + 1) if n in self]


def _bounds(value):
    return value if isinstance(value, Bounds) else Bounds.exact(value)


def _ends(bounds):
    return ((bounds.low, bounds.low_open), (bounds.high, bounds.high_open))


def _corner(one, other):
    for (a, a_open), (b, b_open) in ((one, other), (other, one)):
        if a == 0:
            return Fraction(0), a_open and (b_open or b != 0)
    return one[0] * other[0], one[1] or other[1]


# --- printed values


def when(as_of: Any) -> tuple[Any, Any]:
    """
    Return (first day, last day) of a printed date, None where it is open.

    Parameters
    ----------
    as_of : str or missing
        ``2024-04``, ``2021-2025``, ``2010..2018-10-03``, ``2022..term_end``.

    Examples
    --------
    >>> [day and str(day.date()) for day in when("2022..term_end")]
    ['2022-01-01', None]
    """
    first, _, last = re.sub(r"^(\d{4})-(\d{4})$", r"\1..\2", "" if pd.isna(as_of) else str(as_of)).partition("..")
    one, other = (pd.Period(text) if text[:1].isdigit() else None for text in (first, last or first))
    return one and one.start_time, other and other.end_time.normalize()


def decimals(printed: object) -> int:
    """
    Return the number of decimals of a printed number.

    Parameters
    ----------
    printed : str or number
        As it is printed: 64.89 has two.
    """
    return len(str(printed).partition(".")[2])


# --- the tables


class Tables:
    """
    The ledger as it is checked: ``facts`` and what links them (DataFrames as in ``data/README.md``; empty where not given).

    ``by_id`` are the facts by fact_id.

    Parameters
    ----------
    facts : DataFrame
    **links : DataFrame
        Those of :data:`LINKS` that there are.
    """

    fact_wording: pd.DataFrame
    targets: pd.DataFrame
    flows: pd.DataFrame
    movements: pd.DataFrame
    claims: pd.DataFrame
    national_stats: pd.DataFrame

    def __init__(self, facts: pd.DataFrame, **links: pd.DataFrame) -> None:
        self.facts, self.by_id = facts, facts.set_index("fact_id")
        for name in links:
            tables.one_of("a table of the ledger", name, LINKS)
        for name in LINKS:
            setattr(self, name, links[name] if name in links else tables.load(name).iloc[:0])


LINKS = tuple(Tables.__annotations__)


def load() -> Tables:
    """Return the project's ledger as :class:`Tables`."""
    return Tables(tables.load("programme_facts"), **{name: tables.load(name) for name in LINKS})


def provinces(t: Tables) -> list[str]:
    """
    Return the codes of the provinces that the ledger has facts about, in order.

    Parameters
    ----------
    t : Tables
    """
    return sorted(set(t.facts["province_code"].dropna()))


# --- targets


def targets_fitting(achieved: Any, percent: Any, decimals: int = 0) -> list[int]:
    """
    List every whole-number target that an achieved number and a printed attainment leave possible.

    Parameters
    ----------
    achieved : int or Bounds
        The number reached.
    percent : float or str
        Attainment as printed (106 means 106 %), rounded half up to ``decimals``.
    decimals : int
        Decimals printed.

    Returns
    -------
    list of int
        Empty where none fits: the two printed numbers contradict each other.
    """
    half, percent = Fraction(1, 2 * 10**decimals), _fraction(percent)
    low = max(percent - half, Fraction(0))
    printed = Bounds(low, percent + half, low == 0, True)
    return [n for n in (_bounds(achieved) * 100 / printed).whole() if n > 0]


def needed(percent: Any, total: int) -> int:
    """
    Return the smallest whole number of ``total`` units that is at least ``percent`` of them (exact arithmetic).

    Parameters
    ----------
    percent : float or str
        Share that must be reached.
    total : int
        Units.
    """
    return math.ceil(_fraction(percent) * total / 100)


def attainment(t: Tables) -> pd.DataFrame:
    """
    Set each target beside what was reached, each number as printed or with the reason it is missing.

    Parameters
    ----------
    t : Tables

    Returns
    -------
    DataFrame
        One row per target: target_id, place, unit_code, level, post, operator, window_start, window_end, readings (whole-number targets,
        list), target_share and total (printed or external), achieved, attained (percent of the target; list), of_units (percent of
        units), spare (units above the need; list), met (True, False, NA), printed (whether the target is), missing (what is).
    """
    facts, rows = t.by_id.to_dict("index"), []
    kept = ["target_id", "place", "unit_code", "level", "post", "operator", "window_start", "window_end"]
    for x in t.targets.to_dict("records"):
        links = (x[f"{name}_fact"] for name in ("target", "achieved", "attainment", "total"))
        goal, reached, ratio, total = (facts[link] if isinstance(link, str) else None for link in links)
        n_total = int(total["value"]) if total else None
        share = _fraction(goal["value"]) if goal and goal["unit"] == "percent" else None
        number = Bounds.read(reached["value"], reached["value_qualifier"]) if reached else None
        if number and reached and reached["unit"] == "percent":
            number = number * n_total / 100 if n_total else None
        readings = []
        if goal:
            readings = [int(float(goal["value"]))] if share is None else [needed(share, n_total)] if n_total else []
        elif ratio and number:
            readings = targets_fitting(number, ratio["value"], decimals(ratio["value"]))
        answers = {number.at_least(r) for r in readings} if number else set()
        known = number.low if number and number.is_exact else None
        missing = "" if goal and number else "result" if not reached else "total" if not number else "target"
        row = {name: x[name] for name in kept} | {"readings": readings, "total": n_total, "printed": bool(goal)}
        row["target_share"] = None if share is None else float(share)
        row["achieved"] = None if known is None else float(known)
        row["total_external"] = bool(total and total["kind"] == "external_denominator")
        row["attained"] = [] if known is None else [float(known * 100 / r) for r in readings if r]
        row["spare"] = [] if known is None else [float(known - r) for r in readings]
        row["of_units"] = float(known * 100 / n_total) if known is not None and n_total else None
        rows.append(row | {"met": answers.pop() if len(answers) == 1 else None, "missing": missing})
    columns = [*kept, "readings", "total", "printed", "target_share", "achieved", "total_external", "attained", "spare"]
    frame = pd.DataFrame(rows, columns=[*columns, "of_units", "met", "missing"])
    return frame.astype({"met": "boolean", "window_start": "Int64", "window_end": "Int64"})


# --- flows


def direction(origin: str, destination: str) -> str:
    """
    Return "down", "up" or "horizontal" for two levels of :data:`LEVELS`, ``origin`` and ``destination``.

    Parameters
    ----------
    origin, destination : str
        Two of :data:`LEVELS`.
    """
    first, last = (LEVELS.index(tables.one_of("level", level, LEVELS)) for level in (origin, destination))
    step = last - first
    return "down" if step > 0 else "up" if step < 0 else "horizontal"


def flows(table: str, t: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the printed flows of one flow table and what its printed totals leave over.

    Parameters
    ----------
    table : str
        Name of a flow table.
    t : Tables

    Returns
    -------
    (DataFrame, DataFrame)
        Flows: fact_id, origin, destination, direction, count (Bounds). Totals: fact_id, scope, printed, summed, gap (Bounds), parts.
    """
    tables.one_of("flow table", table, sorted(set(t.flows["flow_table"])))
    rows = t.flows[t.flows["flow_table"] == table].merge(t.facts, on="fact_id", how="left")
    rows["count"] = [Bounds.read(v, q) for v, q in zip(rows["value"], rows["value_qualifier"], strict=True)]
    parts = rows[rows["role"] == "flow"].rename(columns={"origin_level": "origin", "destination_level": "destination"})
    parts["direction"] = [direction(o, d) for o, d in zip(parts["origin"], parts["destination"], strict=True)]
    covered = {"all": ["down", "up", "horizontal"], "vertical": ["down", "up"], "downward": ["down"], "upward": ["up"]}
    totals = []
    for x in rows[rows["role"] == "total"].itertuples():
        chosen = parts[parts["direction"].isin(covered.get(x.scope, [x.scope]))]
        summed = sum(chosen["count"], Bounds.exact(0))
        totals.append((x.fact_id, x.scope, x.count, summed, x.count - summed, ";".join(chosen["fact_id"])))
    columns = ["fact_id", "scope", "printed", "summed", "gap", "parts"]
    keep = ["fact_id", "origin", "destination", "direction", "count"]
    return parts[keep].reset_index(drop=True), pd.DataFrame(totals, columns=columns)


# --- locators


def clean(text: str) -> str:
    """
    Return text with NFC letters, plain spaces, Đ for the look-alike Ð, one kind of dash, and ủy for uỷ.

    Parameters
    ----------
    text : str
    """
    text = unicodedata.normalize("NFC", text).replace("Ð", "Đ").replace("ð", "đ")
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", re.sub(r"[^\S\n]+|\u200b", " ", text.replace("\u00ad", "")))
    return text.replace("uỷ", "ủy").replace("Uỷ", "Ủy").replace("khoá", "khóa").replace("Khoá", "Khóa")


def split(text: str) -> dict[str, str]:
    """
    Return the sentences of an article by locator, in order: ``{"p1.s1": sentence, ...}``.

    Paragraph ``p<n>`` is the n-th non-empty line; a sentence ends after ``.``, ``!``, ``?`` or ``…`` (with closing quotes) before white
    space and an upper-case letter, an opening quote or a bracket.

    Parameters
    ----------
    text : str
        Of an article, a paragraph a line.
    """
    sentences = {}
    for p, line in enumerate(filter(None, (line.strip() for line in text.split("\n"))), 1):
        ends = re.finditer(r"[.!?…][\"”’»')\]]*\s+(?=(\S))", line)
        stops = [m.end() for m in ends if m[1].isupper() or m[1] in "\"“‘«'(["]
        for s, (a, b) in enumerate(zip([0, *stops], [*stops, len(line)], strict=True), 1):
            sentences[f"p{p}.s{s}"] = line[a:b].strip()
    return sentences


def mark(sentence: str) -> str:
    """
    Return the first 12 hex digits of the SHA-256 of a sentence (NFC, single spaces).

    Parameters
    ----------
    sentence : str
    """
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFC", sentence)).strip()
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def verify(texts: Mapping[str, str], facts: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Recompute every locator of the ledger from the articles.

    Parameters
    ----------
    texts : mapping of str to str
        Text of each article by the name in column ``article``; they are not part of the project.
    facts : DataFrame, optional
        Rows as in ``programme_facts``; default: the ledger and its wording table.

    Returns
    -------
    DataFrame
        fact_id, status, detail. Status: verified, moved (the sentence stands elsewhere), changed (another sentence stands there), vanished,
        number_missing (the sentence is there, the printed value is not), external (no locator: the row comes from outside the articles),
        absent (the text is not there).
    """
    if facts is None:
        t = load()
        wording = t.fact_wording.merge(t.facts[["fact_id", "article"]], on="fact_id").assign(derived=True)
        facts = pd.concat([t.facts, wording.assign(fact_id=wording["fact_id"] + ":" + wording["aspect"])])
    sentences = {name: split(text) for name, text in texts.items()}
    marks = {name: {mark(s): at for at, s in reversed(found.items())} for name, found in sentences.items()}
    known = {digest for cell in facts["quote_locator"].dropna() for digest in re.findall(r":(\w+)", cell)}
    rows = []
    for x in facts.itertuples():
        there = x.article in sentences or pd.isna(x.quote_locator)
        said = _verified(x, sentences.get(x.article), marks.get(x.article), known) if there else ("absent", x.article)
        rows.append((x.fact_id, *said))
    return pd.DataFrame(rows, columns=["fact_id", "status", "detail"])


def _verified(fact, sentences, marks, known):
    if pd.isna(fact.quote_locator):
        return "external", "the row has no locator"
    found = []
    for part in fact.quote_locator.split(";"):
        at, _, digest = part.partition(":")
        there = mark(sentences[at]) if at in sentences else None
        if there != digest and digest in marks:
            return "moved", f"{at} now stands at {marks[digest]}"
        if there is None or (there != digest and there in known):
            return "vanished", f"{at}: no sentence of the article has the mark {digest}"
        if there != digest:
            return "changed", f"{at} has the mark {there}, not {digest}"
        found.append(sentences[at])
    if bool(fact.derived) or any(_stands_in(fact, s) for s in found):
        return "verified", ""
    return "number_missing", f"{fact.value} {fact.unit} is not printed in {fact.quote_locator}"


def readings(token: str) -> set[Fraction]:
    """
    Return the numbers a printed token may stand for: 17.000 is 17000 or 17, 64,89 is 64.89.

    Parameters
    ----------
    token : str
        Digits with points and commas, as printed.
    """
    grouped = re.sub(r"[.,](?=\d{3}(\D|$))", "", token)
    texts = {t.replace(",", ".") for t in (token, grouped, token.replace(".", ""))} | {token.replace(",", "")}
    return {Fraction(text) for text in texts if re.fullmatch(r"\d+(\.\d+)?", text)}


def roman(token: str | None) -> int | None:
    """
    Return the value of a Roman numeral up to 89, or None.

    Parameters
    ----------
    token : str or None
        In capitals.
    """
    if not token or not re.fullmatch(r"(XL|L?X{0,3})(IX|IV|V?I{0,3})", token):
        return None
    digits = [_ROMAN[c] for c in token]
    return sum(-d if d < max(digits[i:]) else d for i, d in enumerate(digits))


def words_number(text: str) -> int | None:
    """
    Return the whole number that Vietnamese number words spell, or None.

    Parameters
    ----------
    text : str
        Words in lower case.

    Examples
    --------
    >>> words_number("hai mươi ba"), words_number("một trăm linh năm"), words_number("nhiều")
    (23, 105, None)
    """
    total = group = last = 0
    seen = False
    for word in text.split():
        if word in ONES:
            group, last, seen = group + ONES[word], ONES[word], True
        elif word == "mười":
            group, seen = group + 10, True
        elif word in ("mươi", "trăm") and seen:
            group += last * (9 if word == "mươi" else 99)
        elif word == "rưỡi" and total:
            total += total // 2
        elif word in SCALES and seen:
            total, group = total + max(group, 1) * SCALES[word], 0
        elif word not in ("không", "linh", "lẻ"):
            return None
    return total + group if seen else None


def numbers_in(text: str) -> set[Fraction]:
    """
    Return every number that a cleaned text may print: digits in each reading, with a scale (1,2 triệu), fractions, Roman numerals, words.

    Parameters
    ----------
    text : str
        As :func:`clean` returns it.
    """
    spelled = "|".join([*ONES, *SCALES, "mười", "mươi", "linh", "lẻ", "rưỡi"])
    found = {Fraction(n) for w in re.findall(r"\b[IVXL]+\b", text) if (n := roman(w))}
    for token, scale in re.findall(rf"(\d[\d.,]*\d|\d)(?: ({'|'.join(SCALES)})\b)?", f"{text} {_SPACED.sub('', text)}"):
        found |= {n * k for n in readings(token) for k in {1, SCALES.get(scale, 1)}}
    found |= {Fraction(int(a), int(b)) for a, b in re.findall(r"(\d+) ?/ ?(\d+)", text) if int(b)}
    for run in re.findall(rf"\b(?:(?:{spelled})\b ?)+", text.lower()):
        parts = run.split()
        runs = itertools.combinations(range(len(parts) + 1), 2)
        found |= {Fraction(n) for i, j in runs if (n := words_number(" ".join(parts[i:j])))}
    shares = re.findall(r"\b(\w+) phần (\w+)", text.lower())
    found |= {Fraction(ONES[a], ONES[b]) for a, b in shares if {a, b} <= ONES.keys()}
    places = re.findall(r"\b(?:thứ|hạng|đứng|xếp) (?=(\w+))", text)
    return found | {Fraction(ORDINALS[w]) for w in places if w in ORDINALS}


def _stands_in(fact, sentence):
    text, value = clean(sentence), str(fact.value)
    numbers = numbers_in(text)
    if fact.unit == "date":
        year, month, day = value.split("-")
        ending = "" if fact.as_of_basis == "inferred" else rf"\s*([/.-]|năm)\s*{year}"
        printed = rf"(?<!\d)0?{int(day)}(\s*(-|và)\s*\d{{1,2}})?\s*([/.-]|tháng)\s*0?{int(month)}{ending}"
        in_words = {Fraction(int(n)) for n in (day, month)} <= numbers and re.search(r"ngày \D+ tháng \D", text)
        return bool(re.search(printed, text) or in_words)
    if re.match(r"\d+-(?!Q\d)(\w*/|[^\d])", value):
        return re.sub(r"\s", "", value) in re.sub(r"T\.?Ư\b", "TW", re.sub(r"\s", "", text))
    if re.fullmatch(_NUMERIC, value):
        said = re.search(_WORDS["said"].get(value, r"(?!)"), text.lower())
        return bool(said) or any(abs(n - abs(Fraction(value))) < Fraction(1, 10**9) for n in numbers)
    wanted = {Fraction(n) for w in re.findall(r"\b[IVXL]+\b", value) if (n := roman(w))}
    wanted |= {Fraction(n) for n in re.findall(r"\d+", value)}
    return wanted <= numbers and all(name in text for name in re.findall(r"\(([^)]*)\)", value))


# --- rules


def check(given: Tables | None = None) -> pd.DataFrame:
    """
    Run every rule over the ledger: the functions ``_rule_...`` of this module, in their order.

    Each yields findings: rule, the facts it rests on (joined by ";"), size, and the numbers for its sentence.

    Parameters
    ----------
    given : Tables, optional

    Returns
    -------
    DataFrame
        One row per finding: rule, facts, size, values, and of the rule (``data/ledger_rules.csv``) severity (contradiction, drift,
        missing, caution), size_unit, confidence (certain, likely, judgement), text and readings in two languages. Empty for a
        consistent ledger.
    """
    t = given or load()
    rules = [function for name, function in globals().items() if name.startswith("_rule_")]
    found = pd.DataFrame([f for rule in rules for f in rule(t)], columns=["rule", "facts", "size", "values"])
    return found.merge(tables.load("ledger_rules"), on="rule", how="left", validate="many_to_one")


def _tokens(t, aspect):
    rows = t.fact_wording[t.fact_wording["aspect"] == aspect]
    return {fact: sorted(set(group)) for fact, group in rows.groupby("fact_id")["token"]}


def _goals(t):
    """Return pairs of a target's links and its row of :func:`attainment`."""
    return zip(t.targets.itertuples(), attainment(t).itertuples(), strict=True)


def _rule_flow_sums(t):
    for table in sorted(set(t.flows["flow_table"])):
        parts, totals = flows(table, t)
        printed = {x.scope: x.printed for x in totals.itertuples() if x.printed.is_exact}
        for x in totals.itertuples():
            if 0 in x.gap or not x.parts:
                continue
            total, summed, gap = (float(b.low) for b in (x.printed, x.summed, x.gap))
            facts, values = f"{x.fact_id};{x.parts}", {"printed": total, "summed": summed, "gap": gap}
            if x.scope == "all" and "horizontal" not in set(parts["direction"]) and gap >= 0:
                values["implied"] = total - float(printed["vertical"].low) if "vertical" in printed else gap
                yield "flow_remainder", facts, gap, values
            else:
                yield "flow_sum", facts, abs(gap), values


def _rule_target_drift(t):
    posts, verbs = _tokens(t, "post"), _tokens(t, "verb")
    for x, row in _goals(t):
        goal, reached = posts.get(x.target_fact), posts.get(x.achieved_fact)
        if goal and reached and goal != reached:
            spare = min(row.spare, default=None)
            values = {"goal": "+".join(goal), "reached": "+".join(reached), "spare": spare}
            values["verb"] = "+".join(verbs.get(x.achieved_fact, []))
            yield "measure_drift", f"{x.target_fact};{x.achieved_fact}", spare, values


def _rule_verbs(t):
    verbs = _tokens(t, "verb")
    for group, moves in t.movements.dropna(subset=["group_fact"]).groupby("group_fact"):
        odd = moves[~moves["verb"].isin(verbs.get(group, moves["verb"]))]
        if len(odd):
            values = {"said": "+".join(verbs[group]), "odd": len(odd), "of": len(moves)}
            values["verb"] = "+".join(sorted(set(odd["verb"])))
            yield "verb_differs", ";".join([group, *odd["fact_id"]]), len(odd), values


def _rule_targets_inferred(t):
    for x, row in _goals(t):
        if not pd.isna(x.attainment_fact) and pd.isna(x.target_fact):
            n = len(row.readings)
            values = {"n": n, "targets": ", ".join(map(str, row.readings)), "achieved": row.achieved}
            rule = "target_not_printed" if n else "target_impossible"
            yield rule, f"{x.achieved_fact};{x.attainment_fact}", n, values


def _rule_share_of_target(t):
    for x, row in _goals(t):
        inferred = pd.isna(x.target_fact) or row.total_external
        if not (inferred and pd.notna(x.attainment_fact) and pd.notna(row.of_units)):
            continue
        printed = float(t.by_id.loc[x.attainment_fact, "value"])
        values = {"printed": printed, "units": row.of_units, "total": row.total, "places": f"{row.level}s"}
        yield "share_of_target", f"{x.achieved_fact};{x.attainment_fact}", printed / row.of_units, values


def _rule_phases(t):
    phases = t.facts[t.facts["measure"].str.startswith("instrument_phase") & (t.facts["unit"] == "year_range")]
    for _, group in phases.dropna(subset=["instrument"]).groupby("instrument"):
        spans = sorted((*map(int, v.split("-")), f) for v, f in zip(group["value"], group["fact_id"], strict=True))
        for (_, end, one), (start, _, other) in itertools.pairwise(spans):
            if start <= end:
                years = end - start + 1
                span = f"{start}" if years == 1 else f"{start}-{end}"
                yield "phases_overlap", f"{one};{other}", years, {"span": span, "years": years}


def _rule_date_parts(t):
    for fact, tokens in _tokens(t, "date_printed").items():
        for token in tokens:
            if not re.search(r"\d{4}", token):
                yield "date_part_missing", fact, 1, {"printed": token}


def _rule_passed_early(t):
    for x, row in _goals(t):
        if pd.isna(row.window_end) or pd.isna(row.met) or not row.met or pd.isna(x.instrument_fact):
            continue
        start, seen = (when(t.by_id.loc[f, "as_of"])[0] for f in (x.instrument_fact, x.achieved_fact))
        if start is None or seen is None:
            continue
        share, days = (seen - start) / (when(row.window_end)[1] - start), (seen - start).days
        if share < 0.5:
            values = {"days": days, "share": 100 * share, "end": int(row.window_end)}
            yield "passed_early", f"{x.instrument_fact};{x.achieved_fact}", days, values


def _rule_strengths(t):
    for fact, tokens in _tokens(t, "strength").items():
        if len(tokens) > 1:
            yield "strengths_differ", fact, len(tokens), {"n": len(tokens)}


def _rule_completion(t):
    published = t.facts[t.facts["measure"] == "article_publication_date"].set_index("article")["value"]
    for x in t.targets.dropna(subset=["achieved_fact", "target_fact"]).itertuples():
        row = t.by_id.loc[x.achieved_fact]
        if x.achieved_fact == x.target_fact and row["as_of"] == published.get(row["article"]):
            yield "completion_undated", x.achieved_fact, None, {"published": row["as_of"]}


def _rule_ranks(t):
    for x in t.facts[(t.facts["unit"] == "rank") & ~t.facts["derived"]].itertuples():
        if re.fullmatch(_NUMERIC, str(x.value)) and not re.search(r"\d", str(x.denominator)):
            yield "rank_without_field", x.fact_id, None, {"rank": float(x.value)}


def _rule_names(t):
    plain = {"pct", "score", "rank", "in", "region", "change", "share"}
    for fact, tokens in _tokens(t, "names_indicator").items():
        lacking = set(t.by_id.loc[fact, "measure"].split("_")) - plain - set(tokens)
        if lacking:
            values = {"lacking": "+".join(sorted(lacking)).upper(), "printed": "+".join(tokens)}
            yield "indicator_unnamed", fact, len(lacking), values


def _rule_unit_words(t):
    for fact, tokens in _tokens(t, "unit_word").items():
        if "absent" in tokens:
            yield "unit_word_missing", fact, 1, {"value": float(t.by_id.loc[fact, "value"])}


def _rule_bounds_only(t):
    loose = (t.facts["value_qualifier"] != "exact") & (t.facts["kind"] == "observed") & ~t.facts["derived"]
    for x in t.facts[loose].itertuples():
        value = f"{x.value} share" if x.unit == "share" else float(x.value)
        yield "bound_not_exact", x.fact_id, None, {"value": value, "qualifier": x.value_qualifier}


def _rule_titles(t):
    for about, group in t.fact_wording.query("aspect == 'title'").groupby("about"):
        texts = {tuple(re.sub(r"[^\w\s]", "", clean(title).lower()).split()) for title in group["token"]}
        if len(texts) > 1:
            pairs = itertools.combinations(texts, 2)
            moved = max(sum(a != b for a, b in itertools.zip_longest(*pair)) for pair in pairs)
            values = {"about": about, "words": moved, "same_words": len({tuple(sorted(text)) for text in texts}) == 1}
            yield "title_differs", ";".join(group["fact_id"]), moved, values


def _rule_cause_after_effect(t):
    for x in t.claims.itertuples():
        cause, effect = when(t.by_id.loc[x.cause_fact, "as_of"])[0], when(t.by_id.loc[x.effect_fact, "as_of"])[1]
        if cause is not None and effect is not None and effect < cause:
            values = {"days": (cause - effect).days, "cause": str(cause.date()), "effect": str(effect.date())}
            yield "cause_after_effect", f"{x.cause_fact};{x.effect_fact}", values["days"], values


def _rule_values_differ(t):
    printed = (t.facts["kind"] == "observed") & ~t.facts["derived"] & (t.facts["value_qualifier"] == "exact")
    facts = t.facts[printed & t.facts["value"].astype("str").str.fullmatch(_NUMERIC)]
    groups = []
    for (_, _, measure, unit), group in facts.groupby(["place", "as_of", "measure", "unit"]):
        if not set(re.split("_| ", measure.lower())) <= _ROUGH | set(re.split("_| ", unit.lower())):
            groups.append((";".join(group["fact_id"]), group["value"]))
    stats = t.national_stats.dropna(subset=["nonlocal_count"]).groupby(["as_of", "level", "position", "total"])
    groups += [("national:" + ":".join(key[:3]), g["nonlocal_count"]) for key, g in stats]
    for name, values in groups:
        low, high = values.astype(float).min(), values.astype(float).max()
        if low < high:
            yield "values_differ", name, high - low, {"low": low, "high": high}


def _rule_printed_arithmetic(t):
    checks = t.fact_wording[(t.fact_wording["aspect"] == "check") & (t.fact_wording["token"] != "holds")]
    for (found, _), group in checks.groupby(["token", checks["fact_id"].str.split("-").str[0]]):
        yield "printed_arithmetic", ";".join(group["fact_id"]), None, {"found": found}


# --- for readers


def beside_indicators(t: Tables) -> pd.DataFrame:
    """
    Set printed provincial values beside the indicator tables, without values that come from the same article.

    A rank is set beside the one that the scores of its year give, where every province has one.

    Parameters
    ----------
    t : Tables

    Returns
    -------
    DataFrame
        fact_id, place, unit_code, measure, indicator (behind ours), year, printed, ours, status: agrees (equal at the printed decimals),
        differs, not_checkable; ranked: whether ours is a rank from scores; n_units: provinces with a value in that year; of: those that
        there are; seen: the date of a first estimate quoted in the press, taken where the indicator has no value, else empty.
    """
    regions = tables.load("units").set_index("unit_code")["region_en"]
    known = tables.registry()
    claimed = dict(t.claims[["effect_fact", "indicator"]].dropna().to_numpy())
    addresses = tables.sources().set_index("source")["url_or_repo"].fillna("")
    urls, rows = tables.load("sources_articles").set_index("article")["url"].dropna(), []
    for x in t.facts[(t.facts["place_level"] == "province") & ~t.facts["derived"].fillna(False)].itertuples():
        scores = claimed.get(x.fact_id, x.measure).replace("_rank", "_score")
        ranked = x.unit == "rank" and scores in known.index and scores != x.measure
        name = scores if ranked else x.measure
        if name not in known.index or known.loc[name, "press_only"]:
            continue
        among, year = regions.index, int(x.as_of[:4])
        if x.measure.endswith("in_region"):
            among = among[regions == regions[x.province_code]]
        own = [source for source, at in addresses.items() if x.article in at or urls.get(x.article, at + ".") in at]
        stem, _, unit = name.rpartition("_")
        for one in known.index.intersection([name, f"{stem}_first_estimate_press_{unit}"], sort=False):
            values = tables.indicator(one).set_index("unit_code")
            values = values[(values["year"] == year) & values.index.isin(among) & ~values["source"].isin(own)]
            if x.province_code in values.index:
                break
        ours, seen = values["value"].get(x.province_code), ""
        if one != name and ours is not None:  # the edition names the paper, the source the dates of all papers
            source, edition = values.loc[x.province_code, ["source", "definition_version"]]
            dated = re.findall(rf"(?i){edition.split('_')[-2]}\S* ([\d-]+)", addresses[source])
            seen = [*dated, edition.rpartition("_")[2]][0]
        if ranked:
            ranks = values["value"].rank(method="min", ascending=known.loc[name, "better"] == "lower")
            ours = ranks.get(x.province_code) if len(values) == len(among) else None
        agrees = ours is not None and words.rounded(ours, decimals(x.value)) == float(x.value)
        status = "not_checkable" if ours is None else "agrees" if agrees else "differs"
        told = (x.measure, one, year, float(x.value), ours, status, ranked, len(values), len(among), seen)
        rows.append((x.fact_id, x.place, x.province_code, *told))
    columns = ["fact_id", "place", "unit_code", "measure", "indicator", "year", "printed", "ours", "status"]
    return pd.DataFrame(rows, columns=[*columns, "ranked", "n_units", "of", "seen"])


@tables.remembered
def quoted(printed: str) -> str:
    """
    Return what an article prints for a sentence in English: figures as English writes them, what holds words in quotation marks.

    Parameters
    ----------
    printed : str
        One or several, parted by semicolons.

    Examples
    --------
    >>> quoted("73,3%; 1,2 tỷ đồng")
    '73.3%; “1,2 tỷ đồng”'
    """
    each = (x.translate({44: ".", 46: ","}) if re.fullmatch(r"[\d.,]+%?", x) else f"“{x}”" for x in printed.split("; "))
    return "; ".join(each)


def labels(lang: str) -> Callable[[str], str]:
    """
    Return a function from a token of the ledger (a measure, post, verb, unit) to words of ``lang``.

    A measure that articles were read with is made of words ("nonlocal_party_secretary_districts"); an unknown token loses its
    underscores; in what a check found, the number that should be there is written as ``lang`` writes it.

    Parameters
    ----------
    lang : {"en", "vi"}
    """
    texts = tables.load("ledger_words").set_index("token")[f"text_{lang}"].to_dict()
    plain = {re.sub(r"\W", "_", token.lower()): text for token, text in texts.items()}
    known = re.compile(rf"(?:^|_)({'|'.join(sorted(map(re.escape, plain), key=len, reverse=True))})(?=_|$)")

    def found(check: re.Match[str]) -> str:
        printed, made, others = check.groups("")
        if lang == "vi":
            return check[0].replace(f"↔ {made}", f"↔ {made}".replace(".", ","))
        return f"{quoted(printed)} ↔ {made}" + (f"({quoted(others)})" if others else "")

    def label(token: str) -> str:
        *of, last = parts = known.findall(str(token)) or ["?"]
        if token in texts or "_".join(parts) != token:
            return texts.get(token, re.sub(r"(.+) ↔ ([^(]*)(?:\((.+)\))?", found, str(token)).replace("_", " "))
        more = f" ({plain[of.pop()]})" if of and last in ("target", "rule") else ""
        told = ", ".join(plain[part] for part in reversed(of))
        return plain["share" if last == "percent" else last] + more + (f": {told}" if told else "")

    return label


def told(findings: pd.DataFrame) -> pd.DataFrame:
    """
    Put findings into sentences, in the language switched on.

    Parameters
    ----------
    findings : DataFrame
        As of :func:`check`.

    Returns
    -------
    DataFrame
        ``findings`` with columns what, readings, severity and confidence in words.
    """
    lang = words.language()
    label, texts = labels(lang), []
    for text, values in zip(findings[f"text_{lang}"], findings["values"], strict=True):
        said = {k: "+".join(map(label, v.split("+"))) if isinstance(v, str) else v for k, v in values.items()}
        texts.append(words.fill(text, **said))
    return findings.assign(
        what=texts,
        readings=findings[f"readings_{lang}"].fillna("").str.replace("|", "; "),
        severity=findings["severity"].map(label),
        confidence=findings["confidence"].map(label),
    )
