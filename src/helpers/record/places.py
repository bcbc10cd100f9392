"""Names, codes and boundaries of provinces: any spelling to its code, names in running text, and the 34 units of July 2025."""

import contextlib
import itertools
import re
import tomllib
import unicodedata
from importlib import resources

import pandas as pd

from helpers.record import tables
from helpers.words import Refused

_W = tomllib.loads((resources.files("helpers.record") / "places.toml").read_text(encoding="utf-8"))
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"
_DIGITS = re.compile(rf"[\s{_UNSEEN}]*([0-9]+)[\s{_UNSEEN}]*")
_WORD = re.compile(rf"(?:[^\W\d_][\u0300-\u036f{_UNSEEN}]*)+")
_GAP = re.compile(r"[^\S\n\r]*[.]?[^\S\n\r]*")
_DASHED_GAP = re.compile(r"[^\S\n\r]*[-\u2010-\u2015\u2212]?[^\S\n\r]*")
_SURNAMES = "|".join(name for plain in _W["persons"]["surnames"] for name in (plain, plain.upper()))
_AROUND = {name: re.compile(text.replace("<SURNAME>", _SURNAMES)) for name, text in _W["around"].items()}


class UnknownPlace(Refused):
    """A text that names no province, or more than one; the message has those that may have been meant, with their codes."""


def _key(text):
    letters = unicodedata.normalize("NFD", text.casefold()).translate(str.maketrans("đðɖ", "ddd"))
    dropped = {"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Pd"}
    return "".join(c for c in letters if unicodedata.category(c) not in dropped and c not in "._\u2212")


def toned(word: str) -> str:
    """
    Return a word in small letters, its tone marks behind it: ``hoà`` and ``hòa`` are one.

    Parameters
    ----------
    word : str
    """
    decomposed = unicodedata.normalize("NFD", word.casefold().translate(str.maketrans("ðɖ", "đđ")))
    letters = [c for c in decomposed if unicodedata.category(c) != "Cf"]
    return "".join(c for c in letters if c not in _TONES) + "".join(sorted(c for c in letters if c in _TONES))


@tables.remembered
def _places():
    units = tables.load("units").set_index("unit_code").assign(historic=False)
    former = tables.load("units_historic").set_index("unit_code").assign(historic=True)
    former = former.rename(columns={"merged_into": "merged_into_2025", "merged_code": "merged_code_2025"})
    rows = pd.concat([units, former[[*units.columns]]]).to_dict("index")
    for row in rows.values():
        initials = "".join(_key(word)[:1] for word in _WORD.findall(row["name_vi"]))
        row |= {"key": _key(row["name_vi"]), "initials": initials}
    keys: dict[str, set[str]] = {}
    phrases: dict[tuple[str, ...], str] = {}
    for code, row in rows.items():
        for text in (row["name_vi"], row["name_en"], row["pci_name"], *_W["spoken"].get(code, ())):
            keys.setdefault(_key(text), set()).add(code)
            if not row["historic"] and text not in ("Hồ Chí Minh", "HCM"):
                words = _WORD.findall(text)
                phrases[tuple(map(toned, words))] = phrases[tuple(map(_key, words))] = code
    return rows, keys, phrases


def _listed(codes):
    return ", ".join(f"{_row(c)['name_vi']} ({c})" for c in codes)


def _unknown(text, key):
    from rapidfuzz import fuzz, process

    rows, keys, _phrases = _places()
    known = {code: row for code, row in rows.items() if not row["historic"]}
    meant = [c for c, row in known.items() if key == row["initials"] or (len(key) > 2 and key in row["key"])]
    if len(meant) > 1:
        several = "{text} could be {places}; expected one province. Write the full name."
        return UnknownPlace(several, text=repr(text), places=_listed(meant))
    near = process.extract(key, [k for k in keys if "28" not in keys[k]], scorer=fuzz.ratio, limit=6, score_cutoff=60)
    meant = list(dict.fromkeys([*meant, *(code for k, _, _ in near for code in sorted(keys[k]))]))[:3]
    hint: object = "The 63 names and codes are in data/units.csv."
    if meant:
        hint = Refused("Closest: {places}.", places=_listed(meant))
    nowhere = "{text} names no province; expected a province's name or two-digit code. {hint}"
    return UnknownPlace(nowhere, text=repr(text), hint=hint)


def resolve(text: str) -> str:
    """
    Find the province that a spelling means.

    Unicode form, case, marks, kind of space or dash, and the words tỉnh, thành phố, TP, province, city make no difference.
    A near miss is never taken.

    Parameters
    ----------
    text : str
        A Vietnamese or English name, or a GSO code of two digits ("01").

    Returns
    -------
    str
        GSO code of one of the 63 provinces before July 2025.

    Raises
    ------
    UnknownPlace
        If no province or more than one is meant, with the closest names; for a number, whose leading zero is lost; and for
        "thành phố" before a province that is not a city: that is a city inside it.

    Examples
    --------
    >>> resolve("tỉnh Kon Tum"), resolve("HA NOI")
    ('62', '01')
    """
    if not isinstance(text, str):
        said = "found {text} ({kind}); expected text. A code is text of two digits: '01', not 1."
        raise UnknownPlace(said, text=repr(text), kind=type(text).__name__)
    rows, keys, _phrases = _places()
    digits = _DIGITS.fullmatch(text)
    key = digits[1] if digits else _key(text)
    found = {key} & set(rows) if digits else keys.get(key, set())
    if digits and not found:
        near: str = key.zfill(2)
        hint: object = "Codes are in data/units.csv."
        if near in rows:
            hint = Refused("Is {places} meant?", places=_listed([near]))
        said = "{text} is no province code; expected two digits with the leading zero. {hint}"
        raise UnknownPlace(said, text=repr(text), hint=hint)
    for pattern in ("(?:tinh|provinceof)(.+)|(.+)province", "(?:thanhpho|tp|thudo|cityof)(.+)|(.+)city"):
        inner = None if found else re.fullmatch(pattern, key)
        found = keys.get(inner[1] or inner[2], set()) if inner else found
        if inner and "city" in pattern and any(not _is_city(c) for c in found):
            said = "{text} is a city inside the province {places}; expected a province. If the province is meant, leave out the word for city: cities, districts and communes have no table here."
            raise UnknownPlace(said, text=repr(text), places=_listed(found))
    if not found:
        raise _unknown(text, key)
    code, *more = sorted(found)
    if more:
        said = "{text} could be {places}; expected one province. Write the code."
        raise UnknownPlace(said, text=repr(text), places=_listed([code, *more]))
    if rows[code]["historic"]:
        said = "{text} is {place}, since 2008 part of {now}; expected one of the 63."
        now = _listed([rows[code]["merged_code_2025"]])
        raise UnknownPlace(said, text=repr(text), place=_listed([code]), now=now)
    return code


def meant(texts: pd.Series) -> pd.Series:
    """
    Return the code of the province that each text of a table means: in one language or two, with or without a number.

    Parameters
    ----------
    texts : Series of str

    Returns
    -------
    Series of str
        Codes as of `resolve`, missing where a text means none or more than one.

    Examples
    --------
    >>> meant(pd.Series(["01 - Hà Nội", "Hà Nội - Ha Noi", "Paris"])).fillna("").tolist()
    ['01', '01', '']
    """

    def code(text: str) -> str | None:
        said = re.split(r"\s[-–/|]\s", re.sub(r"^\d+[.)] ?(?=\D)|\s*\(\d\)$", "", " ".join(text.split())))
        for n in range(len(said)):
            with contextlib.suppress(UnknownPlace):
                if len(found := {resolve(p) for p in (" - ".join(said[:n]), " - ".join(said[n:])) if p}) == 1:
                    return found.pop()
        return None

    return texts.map(code)


def _row(code):
    rows = _places()[0]
    if code not in rows:
        said = "{code} is no province code; expected text of two digits. places.resolve finds codes of names."
        raise UnknownPlace(said, code=repr(code))
    return rows[code]


def _is_city(code):
    return bool(_row(code)["is_city"]) or code == "46"  # Huế is one since 2025


def _merged():
    return {row["merged_code_2025"]: row["merged_into_2025"] for row in _places()[0].values() if not row["historic"]}


def codes(boundaries: int = 63) -> list[str]:
    """
    Return the codes of all provinces, in GSO order.

    Parameters
    ----------
    boundaries : {63, 34}
        Provinces before, or from 1 July 2025.

    Returns
    -------
    list of str

    Examples
    --------
    >>> len(codes()), len(codes(34))
    (63, 34)
    """
    if tables.one_of("boundaries", boundaries, (63, 34)) == 34:
        return sorted(_merged())
    return [code for code, row in _places()[0].items() if not row["historic"]]


def name(code: str, lang: str = "vi", boundaries: int = 63) -> str:
    """
    Return the name of a province.

    Parameters
    ----------
    code : str
        GSO code. One code can mean two provinces: 24 is Bắc Giang of the 63 and Bắc Ninh of the 34.
    lang : {"vi", "en"}
    boundaries : {63, 34}
        Boundaries that the code belongs to; Hà Tây (28) is known under 63.

    Returns
    -------
    str

    Examples
    --------
    >>> name("62"), name("24", "en"), name("24", "en", boundaries=34)
    ('Kon Tum', 'Bac Giang', 'Bac Ninh')
    """
    column = "name_" + tables.one_of("lang", lang, ("vi", "en"))
    if tables.one_of("boundaries", boundaries, (63, 34)) == 63:
        return _row(code)[column]
    merged = _merged()
    if code not in merged:
        said = "{code} is no code of the 34 provinces; expected one of {codes}."
        raise UnknownPlace(said, code=repr(code), codes=", ".join(sorted(merged)))
    return {"vi": "Huế", "en": "Hue"}[lang] if code == "46" else _row(resolve(merged[code]))[column]


def parts(code: str) -> list[str]:
    """
    Return the provinces of the 63 that one of the 34 units is made of.

    Parameters
    ----------
    code : str
        Of one of the 34 units.

    Examples
    --------
    >>> parts("51")
    ['51', '62']
    """
    name(code, boundaries=34)
    return [part for part in codes() if _row(part)["merged_code_2025"] == code]


def merged(code: str) -> str:
    """
    Return the code of the 34 units that one of the 63 provinces belongs to since 1 July 2025.

    Parameters
    ----------
    code : str
        GSO code, one of the 63 or Hà Tây (28).

    Examples
    --------
    >>> merged("62")
    '51'
    """
    return _row(code)["merged_code_2025"]


def region(code: str, lang: str = "en") -> str:
    """
    Return the name of the region that a province lies in, one of the six in use before July 2025.

    Parameters
    ----------
    code : str
        GSO code, one of the 63 or Hà Tây (28).
    lang : {"vi", "en"}

    Returns
    -------
    str

    Examples
    --------
    >>> region("62", "en")
    'Central Highlands'
    """
    return _row(code)["region_" + tables.one_of("lang", lang, ("vi", "en"))]


def slug(code: str) -> str:
    """
    Return the name of a province for file names, which no change of its printed names touches: "kon-tum".

    Parameters
    ----------
    code : str
        GSO code, one of the 63 or Hà Tây (28).

    Returns
    -------
    str

    Examples
    --------
    >>> slug("62")
    'kon-tum'
    """
    return _row(code)["slug"]


def find_all(text: str) -> list[tuple[int, int, str]]:
    """
    Find the provinces named in running text.

    Every syllable must begin with a capital (hòa bình is peace) and carry all its marks or none. Passed over: persons (Nguyễn Hòa
    Bình; Hồ Chí Minh without the word for city), and districts, towns, communes, roads and rivers, for which there is no table
    (Điện Biên Đông, thành phố Thái Bình, sông Đồng Nai). Thành phố Huế counts as the province.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of (int, int, str)
        Start and end in ``text``, and code of one of the 63, in order; the longest name wins.

    Examples
    --------
    >>> find_all("Kon Tum và Hà Nội")
    [(0, 7, '62'), (11, 17, '01')]
    """
    phrases = _places()[2]
    words = list(_WORD.finditer(text))
    keys = [toned(word[0]) for word in words]
    found, free = [], 0
    spans = ((i, j) for i in range(len(words)) for j in range(min(i + 5, len(words)), i, -1))
    for i, j in spans:
        code = phrases.get(tuple(keys[i:j])) if i >= free else None
        if code and _is_name(text, words[i:j], code):
            start, end, free = words[i].start(), words[j - 1].end(), j
            if _is_province(text[max(0, start - 30) : start], text[end : end + 30], code):
                found.append((start, end, code))
    return found


def _is_name(text, words, code):
    gap = _DASHED_GAP if code in ("46", "77") else _GAP
    capital = (w[0][0].isupper() or (code == "79" and _key(w[0]) in ("thanh", "pho", "tp")) for w in words)
    return all(capital) and all(gap.fullmatch(text[a.end() : b.start()]) for a, b in itertools.pairwise(words))


def _is_province(left, right, code):
    left, right = (unicodedata.normalize("NFC", t).translate(str.maketrans("Ðð", "Đđ")) for t in (left, right))
    looked = {name: p.search(left) if "left" in name else p.match(right) for name, p in _AROUND.items()}
    here = {name for name, found in looked.items() if found}
    return _is_city(code) if here & {"city_left", "city_right"} else not here
