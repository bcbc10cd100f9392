"""Language: messages, numbers, dates, lists and sentences, in the language switched on."""

import csv
import datetime
import functools
import io
import numbers
import re
import string
import unicodedata
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import resources
from typing import Any

LANGUAGES = ("en", "vi")
_ISO = r"(?<![\w-])([12]\d{3})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|30|31))?(?![\w-])"
_TO_VIETNAMESE = str.maketrans(",.", ".,")
_LIVE = {ord(c): f"&#{ord(c)};" for c in "&<>\\`*_[]|~$"}
_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_PAST_HALF = 1 + 1e-12  # figures too are rounded once to 12 digits before they are shown
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


# --- messages


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
    for file in sorted(folder.iterdir(), key=str) if folder.is_dir() else ():
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                found |= {str(m.id): str(m.string) for m in read_po(stream, locale=lang) if m.id and m.string}
    return found


def _(message: str, **values: object) -> str:
    """
    Return a message in the language switched on, its ``{name}`` filled in.

    Parameters
    ----------
    message : str
        English text, the key in ``locale/<lang>/LC_MESSAGES/*.po``.
    **values
        As for :func:`fill`.

    Raises
    ------
    LookupError
        If the message has no translation.
    """
    if language() == "en":
        return fill(message, **values)
    if message not in catalogue(language()):
        raise LookupError(f"no {language()} text for {message!r}; add it to locale/{language()}/LC_MESSAGES/.")
    return fill(catalogue(language())[message], **values)


@functools.cache
def names() -> dict[str, str]:
    """Return ``names.csv``: the English name of every key that results hold (estimators, events, definitions, ...)."""
    text = (resources.files("helpers") / "names.csv").read_text(encoding="utf-8")
    return {row["key"]: row["name"] for row in csv.DictReader(io.StringIO(text))}


def known(text: str) -> str:
    """
    Return a key or a text of the data in the language switched on where it has a name there, else as it is.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> known("twfe"), known("Kon Tum")
    ('two-way fixed effects', 'Kon Tum')
    """
    name = names().get(text, text)
    return name if language() == "en" else catalogue(language()).get(name, name)


def pick(en: str, vi: str) -> str:
    """
    Return the one of two texts of a table (columns ``*_en``, ``*_vi``) that the language switched on asks for.

    Parameters
    ----------
    en, vi : str
        The two texts.
    """
    return vi if language() == "vi" else en


def fill(template: str, **values: object) -> str:
    """
    Fill ``{name}`` and ``{name:.1f}`` in a text with values, written in the language switched on.

    Parameters
    ----------
    template : str
        A whole number is grouped (1,234) unless its name ends in ``year`` or its format is ``d``; other numbers have one decimal.
        ``{n:one year|{n} years}`` is the first of two texts where the value is 1 or true, else the second.
    **values
        Numbers, text, dates, months (Period), lists of these; missing ones read "no data".

    Raises
    ------
    ValueError
        If the template names a value that was not given.

    Examples
    --------
    >>> fill("{n} of {total} in {year}: {share:.0%}", n=1234, total=5000, year=2024, share=0.2468)
    '1,234 of 5,000 in 2024: 25%'
    >>> [fill("{n:One unit has|{n} units have} a value.", n=n) for n in (1, 2)]
    ['One unit has a value.', '2 units have a value.']
    """
    return _filled(template, values, str)


def _filled(template: str, values: dict[str, Any], keep: Callable[[str], str]) -> str:
    parts = []
    for literal, name, spec, _conversion in string.Formatter().parse(template):
        parts.append(literal)
        if name is not None and name not in values:
            raise ValueError(f"the text {template!r} names {{{name}}}, given are: {', '.join(values) or 'none'}.")
        one, choice, other = (spec or "").partition("|")
        if name is not None and choice:
            parts.append(_filled(one if values[name] in (1, "1") else other, values, keep))
        elif name is not None:
            value = values[name]
            text = told(value, spec or ("d" if name.endswith("year") and isinstance(value, numbers.Integral) else ""))
            text = text if isinstance(value, (numbers.Number, Sentence)) else keep(text)
            if text.startswith("%") and literal == " " and len(parts) > 1:
                parts[-1] = ""  # 8,6% in one word
            elif literal.endswith("= ") and re.match("(<|&#60;) ", text):
                parts[-1] = literal[:-2]  # p < 0.001, not p = < 0.001
            parts.append(text)
    return "".join(parts)


def told(value: Any, spec: str = "") -> str:
    """
    Return a value as text in the language switched on: a number, a date, a month, yes or no, a list of these.

    Parameters
    ----------
    value : object
    spec : str
        Format of a number.
    """
    if isinstance(value, str):
        return dates(value) if re.fullmatch(_ISO, value) else value
    if hasattr(value, "__iter__"):
        return listing(value)
    if _missing(value):
        return _("no data")
    if type(value).__name__ in ("bool", "bool_"):
        return _("yes") if value else _("no")
    if isinstance(value, numbers.Number):
        return _number(value, spec or (",d" if isinstance(value, numbers.Integral) else ",.1f"))
    if hasattr(value, "day") and not hasattr(value, "freqstr"):
        return date(value)
    return month(value) if hasattr(value, "month") else str(value)


def rounded(x: float, digits: int = 0) -> float:
    """
    Return a number with this many decimals; a half, also one that is a hair below it as computers write it, goes away from 0.

    Parameters
    ----------
    x : float
    digits : int
        Decimals.

    Examples
    --------
    >>> rounded(62.5), rounded(-0.125, 2), rounded(100 * 0.285), round(62.5)
    (63.0, -0.13, 29.0, 62)
    """
    return round(float(x) * _PAST_HALF, digits) + 0.0


def _number(x, spec):
    x = x * _PAST_HALF if spec[-1:] in ("f", "%") else x
    if spec != "d" and "," not in spec:
        spec = re.sub(r"(\.\d+)?[f%d]$", r",\g<0>", spec)
    text = format(x, spec).replace("-", "\u2212")
    return text.translate(_TO_VIETNAMESE) if language() == "vi" else text


def _missing(value):
    return value is None or type(value).__name__ in ("NAType", "NaTType") or str(value) == "nan"


class Refused(ValueError):
    """
    Something that cannot be done as asked; the message says what was found, what was expected and what to do.

    In a notebook only the message is shown, without a traceback.

    Parameters
    ----------
    template : str
        Message, in English.
    **values
        What fills it in; with them ``str()`` speaks the language switched on. Texts that are messages themselves are translated,
        and so are those of a list; another refusal speaks the language too.
    """

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template)
        self.template, self.values = template, values

    def __str__(self) -> str:
        if not self.values:
            return known(self.template)
        return fill(known(self.template), **{name: self._told(value) for name, value in self.values.items()})

    def _told(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._told(item) for item in value]
        return catalogue(language()).get(value, value) if isinstance(value, str) else value

    def __reduce__(self) -> tuple:
        return functools.partial(type(self), self.template, **self.values), ()

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


# --- values


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
    >>> number(-0.04), number(-1234.56, 2), number(0.5, sign=True), number(float("inf"))
    ('0.0', '\u22121,234.56', '+0.5', '\u221e')
    """
    if _missing(x):
        return _("no data")
    return _number(rounded(x, digits), f"{'+' if sign else ''},.{digits}f").replace("inf", "\u221e")


def percent(share: float, digits: int = 0) -> str:
    """
    Return a share in percent: 12.5% or 12,5%.

    Parameters
    ----------
    share : float
        0 to 1; missing reads "no data".
    digits : int
        Decimals.
    """
    return _("no data") if _missing(share) else _number(share, f"z,.{digits}%")


def p_value(p: float) -> str:
    """
    Return a p-value with three decimals; never as 0.

    Parameters
    ----------
    p : float
        Missing reads "no data".

    Examples
    --------
    >>> p_value(0.0342), p_value(0.0001)
    ('0.034', '< 0.001')
    """
    return f"< {number(0.001, 3)}" if not _missing(p) and p < 0.0005 else number(p, 3)


def p_is(p: float) -> str:
    """
    Return a p-value as a clause.

    Parameters
    ----------
    p : float

    Examples
    --------
    >>> p_is(0.0342), p_is(0.0001)
    ('p = 0.034', 'p < 0.001')
    """
    return _("p = {p}", p=p_value(p))


def interval(low: float, high: float, digits: int = 1) -> str:
    """
    Return "``low`` to ``high``" with this many decimals (``digits``).

    Parameters
    ----------
    low, high : float
    digits : int
        Decimals.
    """
    return _("{low} to {high}", low=number(low, digits), high=number(high, digits))


def listing(items: Iterable[Any]) -> str:
    """
    Return "a, b and c" in the language switched on; an empty list as the word for "none".

    Parameters
    ----------
    items : iterable
        Text, numbers or dates.
    """
    texts = [told(item) for item in items]
    if len(texts) < 2:
        return texts[0] if texts else _("none")
    return " ".join((", ".join(texts[:-1]), _("and"), texts[-1]))


def date(day: datetime.date) -> str:
    """
    Return 1 July 2025, or 01/7/2025 (days under 10 and the months 1 and 2 take a zero: Decree 30/2020).

    Parameters
    ----------
    day : date
    """
    return f"{day.day} {month(day)}" if language() == "en" else f"{day.day:02d}/{short_month(day)}"


def month(period: Any) -> str:
    """
    Return May 2021 or tháng 5/2021 for anything with ``year`` and ``month``; a missing month as "no data".

    Parameters
    ----------
    period : Period or date
    """
    if _missing(period):
        return _("no data")
    if language() == "vi":
        return f"tháng {short_month(period)}"
    from babel.dates import get_month_names

    return f"{get_month_names(locale='en')[period.month]} {period.year}"


@functools.cache
def months(*languages: str) -> dict[str, str]:
    """
    Return the number of each month by its names, whole and short, in small letters.

    Parameters
    ----------
    *languages : str
        Codes as of babel, also of languages in which no page is made.

    Examples
    --------
    >>> months("en", "vi", "es")["january"], months("en", "vi", "es")["tháng 3"], months("en", "vi", "es")["dic"]
    ('1', '3', '12')
    """
    import babel

    calendars = [babel.Locale(lang).months["format"] for lang in languages]
    names = [one[width] for one in calendars for width in ("wide", "abbreviated")]
    return {name.casefold().strip("."): str(n) for one in names for n, name in one.items()} | {"sept": "9"}


def short_month(when: Any) -> str:
    """Return 1/2026 or, in Vietnamese, 01/2026 for anything with ``year`` and ``month``."""
    return f"{when.month:0{2 if when.month < 3 and language() == 'vi' else 1}d}/{when.year}"


def dates(text: str) -> str:
    """
    Return text in which dates and months like 2024-01-15 and 2024-01 are written as in the language switched on.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> dates("from 2021-05 to 2024-01-15")
    'from May 2021 to 15 January 2024'
    """

    def read(found):
        with suppress(ValueError):  # 2010-02-30 stays as it is
            when = datetime.date(*(int(part or 1) for part in found.groups()))
            return date(when) if found[3] else month(when)
        return found[0]

    return re.sub(_ISO, read, text)


# --- sentences


def count(n: int, none: str, one: str, many: str = "", every: str = "", **values: object) -> str:
    """
    Return the sentence for a number of things: none, one, some or all of them.

    Parameters
    ----------
    n : int
    none, one, many : str
        Messages for 0, 1 and more; ``{n}`` stands for the number. One with emphasis or a link is Markdown, as by :func:`say`.
        Without ``many``, ``one`` is for more too.
    every : str
        Message for all of them: where ``n`` equals ``of``, a value, and is more than one.
    **values
        As for :func:`fill`.

    Examples
    --------
    >>> count(0, "No province.", "One province.", "{n} provinces.")
    'No province.'
    """
    text = every if every and n == values["of"] and n > 1 else {0: none, 1: one}.get(int(n), many or one)
    tell = say if "**" in text or "](" in text else _
    return tell(text, n=int(n), **values) if text else ""


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
    'less than 0.01 points either way'
    """
    if _missing(x):
        return _("no data")
    if rounded(x, digits) == 0:
        return _("less than {least} {measure} either way", least=number(10**-digits, digits), measure=measure)
    text = _side(x, digits, measure)
    if better not in ("higher", "lower"):
        return text
    return f"{text} ({_('better') if (x > 0) == (better == 'higher') else _('worse')})"


def _size(x, digits):
    if rounded(x, digits) == 0:
        return _("less than {least}", least=number(10**-digits, digits))
    return number(abs(x), digits)


def _side(x, digits, measure):
    if x == 0:
        return _("no different")
    size = {"size": _size(x, digits), "measure": measure}
    return _("{size} {measure} higher", **size) if x > 0 else _("{size} {measure} lower", **size)


def between(low: float, high: float, digits: int, measure: str) -> str:
    """
    Return an interval of differences, from ``low`` to ``high``, in words.

    Parameters
    ----------
    low, high : float
    digits : int
        Decimals.
    measure : str
        Their unit, in the language switched on.

    Examples
    --------
    >>> between(-1.2, 0.3, 1, "points")
    'from 1.2 points lower to 0.3 points higher'
    >>> between(-1.21, -1.19, 1, "points"), between(-1.2, -0.002, 1, "points")
    ('at 1.2 points lower', 'from 1.2 to less than 0.1 points lower')
    """
    if _missing(low) or _missing(high):
        return _("no interval")
    start, end = _side(low, digits, measure), _side(high, digits, measure)
    if start != end and low * high > 0:
        ends = {"first": _size(low, digits), "last": _size(high, digits), "measure": measure}
        return _("from {first} to {last} {measure} {up:higher|lower}", up=low > 0, **ends)
    return _("at {low}", low=start) if start == end else _("from {low} to {high}", low=start, high=end)


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
    **values
        As for :func:`fill`.

    Examples
    --------
    >>> say("**{place}** leads.", place="Đắk <Lắk>")
    '**Đắk &#60;Lắk&#62;** leads.'
    """
    text = message if language() == "en" else catalogue(language()).get(message, message)
    return Sentence(_filled(text, values, _plain_text))


def joined(*parts: str) -> Sentence:
    """
    Return sentences one after the other as Markdown; what is no :class:`Sentence` is plain text, and empty parts are left out.

    Parameters
    ----------
    *parts : str

    Examples
    --------
    >>> joined(say("**A.**"), "", "B <b>.")
    '**A.** B &#60;b&#62;.'
    """
    return Sentence(" ".join(p if isinstance(p, Sentence) else _plain_text(p) for p in parts if p))


def _plain_text(text: str) -> str:
    return " ".join(text.split()).translate(_LIVE).replace("://", "&#58;//")


# --- letters


@functools.lru_cache(4096)
def unmarked(text: str) -> str:
    """
    Return text in lower case without marks: ``Đắk Lắk`` is ``dak lak``.

    Parameters
    ----------
    text : str
    """
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("ı", "i"))
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

    Examples
    --------
    >>> sorted(["Đà Nẵng", "Dak", "Ấp"], key=vietnamese_order)
    ['Ấp', 'Dak', 'Đà Nẵng']
    """
    words = []
    for word in name.casefold().split():
        marks = unicodedata.normalize("NFD", word)
        bare = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
        tone = max((_TONES.get(mark, 0) for mark in marks), default=0)
        words.append((tuple(_LETTERS.get(letter, 100 + ord(letter)) for letter in bare), tone))
    return tuple(words)
