"""Language: messages, numbers, dates, lists and sentences, in the language switched on."""

import csv
import datetime
import functools
import io
import numbers
import re
import string
import unicodedata
from collections.abc import Iterable
from importlib import resources
from typing import Any

LANGUAGES = ("en", "vi")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ISO = r"(?<![\w-])([12]\d{3})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|30|31))?(?![\w-])"
_TO_VIETNAMESE = str.maketrans(",.", ".,")
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "&<>\"'\\`*_{}[]()#+!|~=:@"}
_MARKUP[ord("$")] = '<span class="mathjax_ignore">&#36;</span>'
_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


@functools.cache
def catalogue(lang: str) -> dict[str, str]:
    """
    Read the messages of one language.

    Parameters
    ----------
    lang : {"en", "vi"}

    Returns
    -------
    dict of str to str
        English text to its translation, from every ``locale/<lang>/LC_MESSAGES/*.po`` (gettext). Empty for English,
        whose texts are the messages themselves.
    """
    from babel.messages.pofile import read_po

    folder = resources.files("helpers") / "locale" / lang / "LC_MESSAGES"
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else ():
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                found |= {str(m.id): str(m.string) for m in read_po(stream, locale=lang) if m.id and m.string}
    return found


def escape(text: object) -> str:
    """
    Make text harmless where HTML or Markdown is read.

    Parameters
    ----------
    text : object
        Shown as ``str(text)``, line ends as spaces.

    Returns
    -------
    str
        The same letters to a reader; tags, links, emphasis, code and equations in it are not understood as such.
    """
    safe = " ".join(str(text).split()).translate(_MARKUP)
    if re.search(r"(?i)^(\d+\.|-)|www\.", safe):
        safe = safe.replace(".", "&#46;").replace("-", "&#45;")
    return safe


def unmarked(text: str) -> str:
    """Return text in lower case without marks: ``Đắk Lắk`` is ``dak lak``."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def vietnamese_order(name: str) -> tuple:
    """
    Sort key of the Vietnamese alphabet (a ă â b c d đ e ê ...; tones ngang, huyền, hỏi, ngã, sắc, nặng), word by word.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple
        Compares before the key of any later name.
    """
    words = []
    for word in unicodedata.normalize("NFC", name).casefold().split():
        marks = unicodedata.normalize("NFD", word)
        tone = max((_TONES.get(mark, 0) for mark in marks), default=0)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
        words.append((tuple(_LETTERS.get(letter, 100 + ord(letter)) for letter in bare), tone))
    return tuple(words)


class Words(string.Formatter):
    """
    The words of one language.

    Calling it, ``words("Year")``, looks an English message up in the catalogue.

    Parameters
    ----------
    lang : {"en", "vi"}

    Raises
    ------
    ValueError
        If the language is another one.
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"lang is {lang!r}; expected one of {', '.join(LANGUAGES)}.")
        self.lang = lang

    def __call__(self, msgid: str, **values: Any) -> str:
        """Return the message in this language as plain text; an error names a message that has no translation."""
        if self.lang != "en" and msgid not in catalogue(self.lang):
            raise LookupError(f"no {self.lang} text for {msgid!r}; add it to locale/{self.lang}/LC_MESSAGES/.")
        return self.plain(catalogue(self.lang)[msgid] if self.lang != "en" else msgid, **values)

    def reason(self, refused: Any) -> str:
        """Return what a refusal (``inference.DesignRefused``) says, with its values that are messages, in this language."""
        values = {k: self.known(v) if isinstance(v, str) else v for k, v in refused.values.items()}
        return self(refused.template, **values)

    def known(self, text: str) -> str:
        """Return a text of the data in this language where the catalogue has it, else as it is."""
        return catalogue(self.lang).get(text, text)

    def pick(self, en: Any, vi: Any) -> Any:
        """Return the text of this language."""
        return vi if self.lang == "vi" else en

    def number(self, x: Any, digits: int = 1) -> str:
        """Return 1,234.5 or 1.234,5; a missing number as the words for "no data"."""
        return self._number(x, f",.{digits}f")

    def percent(self, share: Any, digits: int = 0) -> str:
        """Return a share (0 to 1) in percent, 12.5% or 12,5%."""
        return self._number(share, f",.{digits}%")

    def date(self, day: Any) -> str:
        """Return a date as 15 January 2024 or 15/01/2024; months from 3 on have no zero in Vietnamese (01/7/2025)."""
        if self.lang == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.day:02d}/{_vietnamese_month(day)}"

    def dates(self, text: str) -> str:
        """Return text in which dates and months like 2024-01-15 and 2024-01 are written as in this language."""

        def read(found):
            year, month, day = (int(part or 1) for part in found.groups())
            when = datetime.date(year, month, day)
            return self.date(when) if found[3] else self.month(when)

        return re.sub(_ISO, read, text)

    def month(self, period: Any) -> str:
        """Return a month (anything with ``year`` and ``month``) as January 2024 or tháng 01/2024."""
        if _missing(period):
            return self("no data")
        if self.lang == "en":
            return f"{_MONTHS[period.month - 1]} {period.year}"
        return f"tháng {_vietnamese_month(period)}"

    def listing(self, items: Iterable) -> str:
        """Return "a, b and c" in this language; an empty list as the word for "none"."""
        items = [self._text(item, "", "") for item in items]
        if len(items) < 2:
            return items[0] if items else self("none")
        return " ".join((", ".join(items[:-1]), self("and"), items[-1]))

    def sort(self, names: Iterable[str]) -> list[str]:
        """Return the names as a list in Vietnamese alphabetical order."""
        return sorted(names, key=vietnamese_order)

    def plain(self, template: str, **values: Any) -> str:
        """Fill ``{name}`` and ``{name:.1f}``, numbers and dates in this language; for text that nothing interprets."""
        return self._fill(template, values, keep=str)

    def format(self, template: str, **values: Any) -> str:  # type: ignore[override]
        """
        Fill a template that may hold Markdown or HTML with values that may not.

        Parameters
        ----------
        template : str
            Ours, no value between backticks. ``{n}``, ``{x:.2f}``, ``{share:.0%}``, ``{change:+.1f}``. A whole number
            is grouped (1,234) unless the name ends in ``year`` or the format is ``d``; others have one decimal.
        **values
            Numbers, text, dates, months (Period), lists of these; missing ones read "no data".

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If the template names a value that was not given.
        """
        return self._fill(template, values, keep=escape)

    def _fill(self, template, values, keep):
        parts = []
        for literal, name, spec, _ in self.parse(template):
            parts.append(literal)
            if name is None:
                continue
            if name not in values:
                raise ValueError(f"the text {template!r} names {{{name}}}, given are: {', '.join(values) or 'none'}.")
            value = values[name]
            text = self._text(value, name, spec)
            parts.append(text if isinstance(value, (numbers.Number, Sentence)) else keep(text))
        return "".join(parts)

    def _text(self, value, name, spec):
        if isinstance(value, str):
            return self.dates(value) if re.fullmatch(_ISO, value) else value
        if hasattr(value, "__iter__"):
            return self.listing(value)
        if _missing(value):
            return self("no data")
        if type(value).__name__ in ("bool", "bool_"):
            return self("yes") if value else self("no")
        if isinstance(value, numbers.Number):
            whole = isinstance(value, numbers.Integral)
            plain_year = whole and (name.endswith("year") or spec == "d")
            return f"{value:d}" if plain_year else self._number(value, spec or (",d" if whole else ",.1f"))
        if hasattr(value, "day") and not hasattr(value, "freqstr"):
            return self.date(value)
        return self.month(value) if hasattr(value, "month") else str(value)

    def _number(self, x, spec):
        if _missing(x):
            return self("no data")
        if "," not in spec and spec[-1:] in "f%d":
            at = spec.find(".") if "." in spec else len(spec) - 1
            spec = f"{spec[:at]},{spec[at:]}"
        text = format(x, spec).replace("-", "\u2212")
        return text.translate(_TO_VIETNAMESE) if self.lang == "vi" else text


def _missing(value):
    return value is None or type(value).__name__ in ("NAType", "NaTType") or str(value) == "nan"


def _vietnamese_month(when):
    return f"{when.month:02d}/{when.year}" if when.month < 3 else f"{when.month}/{when.year}"


class Refused(ValueError):
    """
    Something that cannot be done as asked; the message says what was found, what was expected and what to do.

    In a notebook only the message is shown, without a traceback. ``template`` and ``values`` make the text of ``str()``
    in the language switched on.
    """

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.template, self.values = template, values

    def __str__(self) -> str:
        return Words(language()).plain(known(self.template), **self.values) if self.values else known(self.template)

    def __reduce__(self) -> tuple:
        return _raised, (type(self), self.template, self.values)

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


def _raised(kind: type, template: str, values: dict) -> Refused:
    return kind(template, **values)


_SWITCHED_ON = ["en"]


def use(lang: str) -> None:
    """
    Switch the language of everything that is shown from here on.

    Parameters
    ----------
    lang : {"en", "vi"}

    Examples
    --------
    >>> use("vi"); number(1234.5)
    '1.234,5'
    >>> use("en"); number(1234.5)
    '1,234.5'
    """
    if lang not in LANGUAGES:
        raise Refused(f"lang is {lang!r}; expected one of {', '.join(LANGUAGES)}.")
    _SWITCHED_ON[0] = lang


def language() -> str:
    """Return the language switched on."""
    return _SWITCHED_ON[0]


def _(message: str, **values: object) -> str:
    """
    Return a message in the language switched on, its ``{name}`` filled in.

    Parameters
    ----------
    message : str
        English text, the key in ``locale/<lang>/LC_MESSAGES/*.po``. Text values go in as they are; numbers need a format
        (``{x:.1f}``) or are whole.

    Raises
    ------
    LookupError
        If the message has no translation.
    """
    return Words(language())(message, **values)


@functools.cache
def names() -> dict[str, str]:
    """Return ``names.csv``: the English name of every key that results hold (estimators, events, definitions, ...)."""
    text = (resources.files("helpers") / "names.csv").read_text(encoding="utf-8")
    return {row["key"]: row["name"] for row in csv.DictReader(io.StringIO(text))}


def known(text: str) -> str:
    """
    Return a key or a text of the data in the language switched on where it has a name there, else as it is.

    Examples
    --------
    >>> known("twfe"), known("Kon Tum")
    ('two-way fixed effects', 'Kon Tum')
    """
    name = names().get(text, text)
    return catalogue(language()).get(name, name) if language() != "en" else name


def pick(en: str, vi: str) -> str:
    """Return the one of two texts of a table (columns ``*_en``, ``*_vi``) that the language switched on asks for."""
    return vi if language() == "vi" else en


def number(x: float, digits: int = 1, sign: bool = False) -> str:
    """
    Return a number in the language's way.

    Parameters
    ----------
    x : float
        Missing reads "no data"; what rounds to zero has no sign.
    digits : int
        Decimals.
    sign : bool
        Whether a plus sign is written too.

    Examples
    --------
    >>> number(-0.04), number(-1234.56, 2), number(0.5, sign=True)
    ('0.0', '\u22121,234.56', '+0.5')
    """
    x = x if _missing(x) else round(float(x), digits) + 0.0
    return Words(language())._number(x, f"{'+' if sign else ''},.{digits}f")


def percent(share: float, digits: int = 0) -> str:
    """Return a share (0 to 1) in percent: 12.5% or 12,5%."""
    return Words(language()).percent(share, digits)


def p_value(p: float) -> str:
    """
    Return a p-value with three decimals; never as 0.

    Examples
    --------
    >>> p_value(0.0342), p_value(0.0001)
    ('0.034', '< 0.001')
    """
    return f"< {number(0.001, 3)}" if not _missing(p) and p < 0.0005 else number(p, 3)


def interval(low: float, high: float, digits: int = 1) -> str:
    """Return "low to high" with this many decimals."""
    return _("{low} to {high}", low=number(low, digits), high=number(high, digits))


def listing(items: Iterable[object]) -> str:
    """Return "a, b and c" in the language switched on; an empty list as the word for "none"."""
    return Words(language()).listing([str(item) for item in items])


def date(day: datetime.date) -> str:
    """Return 1 July 2025, or 01/7/2025 (days under 10 and the months 1 and 2 take a zero: Decree 30/2020)."""
    return Words(language()).date(day)


def month(period: object) -> str:
    """Return May 2021 or tháng 5/2021; a missing month as "no data"."""
    return Words(language()).month(period)


def count(n: int, none: str, one: str, many: str, all_of: int | None = None, every: str = "", **values: object) -> str:
    """
    Return the sentence for a number of things: none, one, some or all of them.

    Parameters
    ----------
    n : int
    none, one, many : str
        Messages for 0, 1 and more; ``{n}`` stands for the number.
    all_of : int, optional
        Where ``n`` equals this number and it is more than one, ``every`` is said.

    Examples
    --------
    >>> count(0, "No province.", "One province.", "{n} provinces.")
    'No province.'
    """
    text = every if every and all_of == n and n > 1 else {0: none, 1: one}.get(int(n), many)
    return _(text, n=int(n), **values) if text else ""


def difference(x: float, digits: int, measure: str, better: str = "neither") -> str:
    """
    Return a difference in words, with whether it is better or worse.

    Parameters
    ----------
    x : float
    digits : int
        Decimals; a difference that rounds to 0 has no direction.
    measure : str
        Its unit, in the language switched on.
    better : {"higher", "lower", "neither"}
        Which way is good.

    Examples
    --------
    >>> difference(-0.462, 2, "points", "higher")
    '0.46 points lower (worse)'
    >>> difference(0.001, 2, "points", "higher")
    'practically the same (less than 0.01 points apart)'
    """
    if _missing(x):
        return _("no data")
    if round(abs(float(x)), digits) == 0:
        return _(
            "practically the same (less than {least} {measure} apart)",
            least=number(10**-digits, digits),
            measure=measure,
        )
    good = "" if better not in ("higher", "lower") else _("better") if (x > 0) == (better == "higher") else _("worse")
    size = {"size": number(abs(x), digits), "measure": measure}
    text = _("{size} {measure} higher", **size) if x > 0 else _("{size} {measure} lower", **size)
    return f"{text} ({good})" if good else text


def between(low: float, high: float, digits: int, measure: str) -> str:
    """
    Return an interval of differences in words.

    Examples
    --------
    >>> between(-1.2, 0.3, 1, "points")
    'from 1.2 points lower to 0.3 points higher'
    """
    if _missing(low) or _missing(high):
        return _("no interval")
    ends = [_("no different") if round(abs(x), digits) == 0 else
            _("{size} {measure} higher", size=number(abs(x), digits), measure=measure) if x > 0 else
            _("{size} {measure} lower", size=number(abs(x), digits), measure=measure) for x in (low, high)]  # fmt: skip
    return _("from {low} to {high}", low=ends[0], high=ends[1])


class Sentence(str):
    """Text that is Markdown: its emphasis and links are shown where it stands in prose."""

    def _repr_markdown_(self) -> str:
        return str(self)


def say(message: str, **values: object) -> Sentence:
    """
    Return a message in the language switched on as Markdown; no value in it is understood as Markdown or HTML.

    Parameters
    ----------
    message : str
        As for :func:`_`; may hold emphasis and links.

    Examples
    --------
    >>> say("**{place}** leads.", place="Đắk <Lắk>")
    '**Đắk &#60;Lắk&#62;** leads.'
    """
    text = catalogue(language()).get(message, message) if language() != "en" else message
    return Sentence(Words(language())._fill(text, values, keep=_plain_text))


_LIVE = {ord(c): f"&#{ord(c)};" for c in "&<>\\`*_[]|~$"}


def _plain_text(text: object) -> str:
    return " ".join(str(text).split()).translate(_LIVE)
