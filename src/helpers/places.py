"""Names, codes and boundaries of provinces: any spelling to its code, names in running text, and the 34 provinces of July 2025."""

import functools
import re
import unicodedata

import pandas as pd

from helpers import datasets

_D_ALIKE = str.maketrans("đðɖ", "ddd")
_INVISIBLE = {"Zs", "Zl", "Zp", "Cc", "Cf"}
_SPOKEN = {  # spellings in use that no rule reaches from the official name
    "46": ("Huế", "TT Huế", "Hue"),
    "66": ("Đắc Lắc", "Đắk Lắc", "Đắc Lắk"),
    "67": ("Đắc Nông",),
    "06": ("Bắc Cạn",),
    "77": ("BRVT",),
    "79": ("Hồ Chí Minh", "HCM", "TPHCM", "HCMC", "Sài Gòn", "Saigon"),
}
_PROVINCE_WORDS = ("tinh|provinceof", "province")
_CITY_WORDS = ("thanhpho|tp|thudo|cityof", "city")
_HYPHENATED = {"46", "77"}
_WEIGHTS = {  # the quantity that stands below the line of a ratio, and in which year
    "population_mean": (("population_thousand",), 0),
    "labour_productivity_mvnd": (("employed_thousand",), 0),
    "grdp_nominal_growth_pct": (("grdp_current_bn_vnd", "grdp_current_pre2019rev_bn_vnd"), -1),
}
_DIGITS = re.compile(r"[\s\u200b-\u200d\u2060\ufeff]*([0-9]+)[\s\u200b-\u200d\u2060\ufeff]*")
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]*)+")
_GAP = re.compile(r"[^\S\n\r]*\.?[^\S\n\r]*")
_GAP_OR_DASH = re.compile(r"[^\S\n\r]*[-\u2010-\u2015\u2212]?[^\S\n\r]*")
_SMALLER_UNIT = re.compile(
    r"\b(?:huyen|quan|xa|phuong|thi tran|thi xa|thon|ban|ap|to dan pho|duong|pho|song|cau|deo|vinh|ho|dao"
    r"|district|commune|ward|town|township|street|river)[ :]+$"
)
_CITY_BEFORE = re.compile(r"\b(?:thanh pho|tp|t\.p|city of)[ .]*$")
_SURNAMES = set(
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly truong dinh doan lam mai trinh dao luong".split()
) | {"van", "thi"}
_TURNS = set("dong tay nam bac phu thuong ha trung ninh".split())


class UnknownPlace(ValueError):
    """A text that names no province, or more than one; ``candidates`` holds the codes that were meant, perhaps."""

    def __init__(self, message, candidates=()):
        super().__init__(message)
        self.candidates = tuple(candidates)


class CrosswalkRefused(ValueError):
    """Values that cannot be carried to other boundaries."""


def _key(text):
    letters = unicodedata.normalize("NFD", text.casefold()).translate(_D_ALIKE)
    dropped = _INVISIBLE | {"Mn", "Pd"}
    return "".join(c for c in letters if unicodedata.category(c) not in dropped and c not in "._\u2212")


@functools.lru_cache(maxsize=4)
def _gazetteer(stamp):
    units = datasets.load("units").set_index("unit_code").assign(historic=False)
    former = datasets.load("units_historic").set_index("unit_code").assign(historic=True)
    former = former.rename(columns={"merged_into": "merged_into_2025", "merged_code": "merged_code_2025"})
    rows = pd.concat([units, former])[[*units.columns]].astype({"is_city": bool}).to_dict("index")
    keys = {}
    for code, row in rows.items():
        for text in (row["name_vi"], row["name_en"], row["pci_name"], *_SPOKEN.get(code, ())):
            keys.setdefault(_key(text), set()).add(code)
    return rows, keys


def _places():
    datasets.load("units"), datasets.load("units_historic")
    used = datasets.used()
    return _gazetteer((used["units"], used["units_historic"]))


def _listed(codes):
    rows, _ = _places()
    return ", ".join(f"{rows[c]['name_vi']} ({c})" for c in codes)


def _unknown(text, key):
    from rapidfuzz import fuzz, process

    rows, keys = _places()
    names = {code: row["name_vi"] for code, row in rows.items() if not row["historic"]}
    parts = {code: (_key(n), "".join(_key(w)[:1] for w in re.split(r"[\s-]+", n) if w)) for code, n in names.items()}
    meant = [c for c, (name, initials) in parts.items() if key == initials or (len(key) > 2 and key in name)]
    if len(meant) > 1:
        return UnknownPlace(f"'{text}' could be {_listed(meant)}; expected one province. Write the full name.", meant)
    near = process.extract(key, [k for k in keys if not keys[k] & {"28"}], scorer=fuzz.ratio, limit=6, score_cutoff=55)
    meant = list(dict.fromkeys([*meant, *(code for k, _, _ in near for code in sorted(keys[k]))]))[:3]
    hint = f"Closest: {_listed(meant)}." if meant else "The 63 names and codes are in data/units.csv."
    return UnknownPlace(f"'{text}' names no province; expected a province's name or two-digit code. {hint}", meant)


def resolve(text, historic=False):
    """
    Find the province that a spelling means.

    Unicode form, case, marks, kind of space or dash, and the words tỉnh, thành phố, TP, province, city make no difference.
    A near miss is never taken.

    Parameters
    ----------
    text : str
        A Vietnamese or English name, or a GSO code of two digits ("01").
    historic : bool
        Accept Hà Tây (28) too, merged into Hà Nội on 1 August 2008.

    Returns
    -------
    str
        GSO code of one of the 63 provinces before July 2025.

    Raises
    ------
    UnknownPlace
        If no province or more than one is meant, with the closest names; also for numbers, whose leading zero is lost, and for
        "thành phố" before a province that is not a city, which means a city inside it.
    """
    if not isinstance(text, str):
        raise UnknownPlace(f"found {text!r} ({type(text).__name__}); expected text. A code is text of two digits: '01', not 1.")
    rows, keys = _places()
    digits = _DIGITS.fullmatch(text)
    if digits:
        key = digits[1]
        found = {key} & set(rows)
        if not found:
            full = key.zfill(2)
            hint = f"Is '{full}' meant ({rows[full]['name_vi']})?" if full in rows else "Codes are in data/units.csv."
            raise UnknownPlace(f"'{text}' is no province code; expected two digits with the leading zero. {hint}")
    else:
        key = _key(text)
        found = keys.get(key, set())
    for (before, after), city in ((_PROVINCE_WORDS, False), (_CITY_WORDS, True)):
        inner = re.fullmatch(f"(?:{before})(.+)|(.+)(?:{after})", key)
        if inner and not found:
            found = keys.get(inner[1] or inner[2], set())
            if city and any(not rows[c]["is_city"] and c != "46" for c in found):
                raise UnknownPlace(
                    f"'{text}' names a city inside the province {_listed(found)}; expected a province. Leave out the word "
                    "for city if the province is meant; cities, districts and communes have no table here.",
                    sorted(found),
                )
    if not found:
        raise _unknown(text, key)
    if len(found) > 1:
        raise UnknownPlace(f"'{text}' could be {_listed(sorted(found))}; expected one province. Write the code.", sorted(found))
    (code,) = found
    if rows[code]["historic"] and not historic:
        raise UnknownPlace(
            f"'{text}' is {_listed([code])}, since 2008 part of {_listed([rows[code]['merged_code_2025']])}; expected one of "
            "the 63. Say historic=True to accept it.",
            [code],
        )
    return code


def _row(code):
    rows, _ = _places()
    if code not in rows:
        raise UnknownPlace(f"{code!r} is no province code; expected text of two digits. places.resolve finds codes of names.")
    return rows[code]


def codes(boundaries=63):
    """
    Return the codes of all provinces as a list, in GSO order.

    Parameters
    ----------
    boundaries : {63, 34}
        Provinces before, or from 1 July 2025.

    Returns
    -------
    list of str
    """
    rows, _ = _places()
    old = [code for code, row in rows.items() if not row["historic"]]
    return old if _checked(boundaries) == 63 else sorted({rows[code]["merged_code_2025"] for code in old})


def _checked(boundaries):
    if boundaries not in (63, 34):
        raise ValueError(f"found boundaries={boundaries!r}; expected 63 (before July 2025) or 34 (from July 2025).")
    return boundaries


def _column(stem, lang):
    if lang not in ("en", "vi"):
        raise ValueError(f"found lang={lang!r}; expected 'en' or 'vi'.")
    return f"{stem}_{lang}"


def name(code, lang="vi", boundaries=63):
    """
    Return the name of a province.

    Parameters
    ----------
    code : str
        GSO code. One code can mean two provinces: 24 is Bắc Giang in the 63 and Bắc Ninh in the 34.
    lang : {"vi", "en"}
    boundaries : {63, 34}
        Boundaries the code belongs to. Hà Tây (28) is known under 63.

    Returns
    -------
    str
    """
    column, row = _column("name", lang), _row(code) if _checked(boundaries) == 63 else None
    if row:
        return row[column]
    rows, _ = _places()
    merged = {r["merged_code_2025"]: r["merged_into_2025"] for r in rows.values() if not r["historic"]}
    if code not in merged:
        raise UnknownPlace(f"{code!r} is no code of the 34 provinces; expected one of {', '.join(sorted(merged))}.")
    named = {r["name_vi"]: r["name_en"] for r in rows.values()} | {"Huế": "Hue"}
    return merged[code] if lang == "vi" else named[merged[code]]


def region(code, lang="vi"):
    """
    Return the name of the region that a province lies in.

    Parameters
    ----------
    code : str
        GSO code, one of the 63 or Hà Tây (28).
    lang : {"vi", "en"}

    Returns
    -------
    str
        One of the six regions in use before July 2025.
    """
    return _row(code)[_column("region", lang)]


def slug(code):
    """
    Return the name of a province for file names.

    Parameters
    ----------
    code : str
        GSO code, one of the 63 or Hà Tây (28).

    Returns
    -------
    str
        Plain lower-case letters and hyphens: "kon-tum".
    """
    return re.sub("[^a-z]+", "-", _row(code)["name_en"].lower())
