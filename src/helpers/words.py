"""English and Vietnamese text: messages, numbers, dates, names in order."""

import datetime
import functools
import numbers
import re
import string
import unicodedata
from importlib import resources

LANGUAGES = ("en", "vi")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = r"(?<![\w-])([12]\d{3})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|30|31))?(?![\w-])"
_TO_VIETNAMESE = str.maketrans(",.", ".,")
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "&<>\"'\\`*_{}[]()#+!|~=:@"}
_MARKUP[ord("$")] = '<span class="mathjax_ignore">&#36;</span>'
_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


@functools.cache
def catalogue(lang):
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
    found = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name) if folder.is_dir() else ():
        if file.name.endswith(".po"):
            with file.open("rb") as stream:
                found |= {m.id: m.string for m in read_po(stream, locale=lang) if m.id and m.string}
    return found


def escape(text):
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


def unmarked(text):
    """Return text in lower case without marks: ``Đắk Lắk`` is ``dak lak``."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def vietnamese_order(name):
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

    def __init__(self, lang):
        if lang not in LANGUAGES:
            raise ValueError(f"lang is {lang!r}; expected one of {', '.join(LANGUAGES)}.")
        self.lang = lang

    def __call__(self, msgid, **values):
        """Return the message in this language as plain text; an error names a message that has no translation."""
        if self.lang != "en" and msgid not in catalogue(self.lang):
            raise LookupError(f"no {self.lang} text for {msgid!r}; add it to locale/{self.lang}/LC_MESSAGES/.")
        return self.plain(catalogue(self.lang)[msgid] if self.lang != "en" else msgid, **values)

    def reason(self, refused):
        """Return what a refusal (``inference.DesignRefused``) says, with its values that are messages, in this language."""
        values = {k: self.known(v) if isinstance(v, str) else v for k, v in refused.values.items()}
        return self(refused.template, **values)

    def known(self, text):
        """Return a text of the data in this language where the catalogue has it, else as it is."""
        return catalogue(self.lang).get(text, text)

    def pick(self, en, vi):
        """Return the text of this language."""
        return vi if self.lang == "vi" else en

    def number(self, x, digits=1):
        """Return 1,234.5 or 1.234,5; a missing number as the words for "no data"."""
        return self._number(x, f",.{digits}f")

    def percent(self, share, digits=0):
        """Return a share (0 to 1) in percent, 12.5% or 12,5%."""
        return self._number(share, f",.{digits}%")

    def date(self, day):
        """Return a date as 15 Jan 2024 or 15/01/2024."""
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if self.lang == "en" else f"{day:%d/%m/%Y}"

    def dates(self, text):
        """Return text in which dates and months like 2024-01-15 and 2024-01 are written as in this language."""

        def read(found):
            year, month, day = (int(part or 1) for part in found.groups())
            when = datetime.date(year, month, day)
            return self.date(when) if found[3] else self.month(when)

        return re.sub(_ISO, read, text)

    def month(self, period):
        """Return a month (anything with ``year`` and ``month``) as Jan 2024 or 01/2024."""
        if _missing(period):
            return self("no data")
        return (
            f"{_MONTHS[period.month - 1]} {period.year}" if self.lang == "en" else f"{period.month:02d}/{period.year}"
        )

    def listing(self, items):
        """Return "a, b and c" in this language; an empty list as the word for "none"."""
        items = [self._text(item, "", "") for item in items]
        if len(items) < 2:
            return items[0] if items else self("none")
        return " ".join((", ".join(items[:-1]), self("and"), items[-1]))

    def sort(self, names):
        """Return the names as a list in Vietnamese alphabetical order."""
        return sorted(names, key=vietnamese_order)

    def plain(self, template, **values):
        """Fill ``{name}`` and ``{name:.1f}``, numbers and dates in this language; for text that nothing interprets."""
        return self._fill(template, values, keep=str)

    def format(self, template, **values):
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
            parts.append(text if isinstance(value, numbers.Number) else keep(text))
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
            return str(int(value)) if plain_year else self._number(value, spec or (",d" if whole else ",.1f"))
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
