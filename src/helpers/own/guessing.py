"""Guesses what a reader's table holds, from headings and cells: which column is what, the level of its units, which names are no units."""

import functools
import itertools
import re
from typing import Any

import babel
import numpy as np
import pandas as pd

from helpers.own import reading
from helpers.own.reading import FORMS, W, numbers, of_months, periods, plain, says, speaks, tidy, truth
from helpers.record import boundaries, places

WIDTH = {"commune": 5, "district": 3, "province": 2}


def roles(table: pd.DataFrame, like: Any = ()) -> dict[str, Any]:
    """Guess which column of a table is what, from headings and cells: a unique key (of units ``like`` these without zeros before), columns of 0 and 1."""
    called = {c: plain(c) or c.casefold() for c in reversed(table.columns)}
    named = {head: c for c, head in called.items() if c.casefold() != "nam" or "nu" not in called.values()}
    out = {role: next((named[word] for word in said.split() if word in named), "") for role, said in W["roles"].items()}
    few, n = table.iloc[:: max(1, len(table) // 5_000)], len(table)
    few = few.mask(few.apply(reading.empty))
    told = {c: rows for c in table if len(rows := few[c].value_counts()) > 1}
    flags = [c for c, rows in told.items() if rows[truth(rows.index.to_series()).isin([0, 1])].sum() > 0.9 * rows.sum()]
    flags = [c for c in flags if not numbers(told[c].index.to_series()).between(2, 8).any()]  # steps from 0 to 4
    labels = {c: label for c, label in table.attrs.get("labels", {}).items() if not says("local", c)}
    sure = [c for c in told if says("certain", c) or says("certain", labels.get(c, "")) or speaks(told[c].index)]
    sure = [c for c in sure if truth(few[c][~few[c].isin(["x", "X"])].dropna()).notna().mean() > 0.9]
    flags += [c for c in sure if c not in flags]  # shares of the year
    if not periods(few.get(out["year"], few.iloc[:0, 0])).notna().mean() > 0.5:
        full = [c for c in table if not reading.days(few[c]) and reading.years(few[c].dropna()).notna().mean() > 0.9]
        dated = [c for c in full if c != out["unit"] and 1 < few[c].nunique() <= len(few) / 1.5 + 1]
        dated.sort(key=lambda c: not out["start"] and says("event", c))
        times = [c for c in few if says("when", c) or few[c].str.match(W["patterns"]["quarter"]).mean() > 0.9]
        # quarters, and one year alone, are refused by name
        once = [c for c in full if says("date", c) or (few[c].nunique() == 1 and says("year_word", c))]
        out["year"] = [*dated, *once, *(c for c in times if periods(few[c]).notna().mean() < 0.5), out["year"]][0]
    when = periods(table[out["year"]]) if out["year"] else pd.Series(np.nan, table.index)
    other = [c for c in few if few[c][:50].str.fullmatch(FORMS["of_measure"], na=False).mean() > 0.5]
    other += [c for c in few if of_months(few[c]) or (table[c].is_unique and when.nunique() > 1)]  # row numbers
    free = [c for c in few if c not in (out["year"], *flags, *other) and not says("figures", c)]
    heads = pd.Series(table.columns[:200]).map(plain)
    placed = heads.str.fullmatch(rf"(?:(?:{W['totals']['regions'][1:]})(?:_|$))+") | heads.isin(countries())
    if (placed | places.meant(heads.str.replace("_", " ")).notna()).mean() > 0.5:  # units stand across, or their ties
        free = [c for c in free if says("unit_in", c)]
    texts = [c for c in few if few[c].notna().mean() > 0.9 and few[c].dropna().str.match(W["patterns"]["name"]).all()]
    worded = [c for c in free if c in texts and truth(few[c].dropna()).isna().any()]  # not yes and no alone
    headed = [named[word] for word in W["roles"]["unit"].split() if named.get(word) in free]
    code = {c: says("code", c) for c in table}  # of which rows of totals have none
    full = [c for c in table if table[c].notna().mean() >= 1 - code[c] / 4 and (code[c] or not says("amount", c))]
    keys = [c for c in free if c in worded + headed or (when.duplicated().any() and c in full)]
    size = table.nunique().to_dict()
    pairs = {c: when.groupby(table[c]).nunique().sum() for c in keys if 1 < size[c] <= n / 1.5}
    for c, p in itertools.product({*worded} & {*pairs}, [p for p in free if says("larger", p)]):
        of = table[p].groupby(table[c]).nunique()  # larger units, of which several have one of a name
        if 0 < (of > 1).mean() < 0.5 and 1 < size[p] < len(of):
            both = pd.concat([when, table[c], table[p].fillna("")], axis=1)  # a total is in none
            pairs[c] = max(pairs[c], len(both.dropna().drop_duplicates()))
            size[c] = max(size[c], of.sum())
    pairs = {c: many for c, many in pairs.items() if many > 0.95 * table[c].count()}

    def stays(c: str) -> bool:  # with one unit for years (for most, beside a named unit); what does not, is a count
        far = few[c].str.len().nunique() > 2 and numbers(few[c]).agg(np.ptp) > 99 * size[c]  # figures
        steady = (code[c] or not far) and few.groupby(c)[worded].nunique().mean().min() < 1.5
        return pairs[c] >= max(2, when.nunique() / 2 * bool(headed)) * size[c] and (not worded or steady)

    shared = {c: table[c].str.lstrip("0").isin(like).sum() * bool(len(like)) for c in table}
    keys = [c for c in table if (c in pairs and (c in worded + headed or stays(c))) or shared[c] > n / 2]
    gaps = {c: (abs(size[c] * when.nunique() / n - 1) > 0.2, table[c].isna().any()) for c in keys}
    keys.sort(key=lambda c: (-shared[c], c not in headed[:1], c == out["unit_name"], *gaps[c]))
    keys += [c for c in worded if says("unit_in", c)] + headed
    alone = [c for c in worded if 1 < few[c].nunique() < len(few) + (not out["year"])]
    # last what is one country throughout
    out["unit"] = min(keys or alone * (len(alone) == 1), key=lambda c: size[c] < 2, default="")
    listed = out["unit"] in worded and places.meant(few[out["unit"]].dropna().drop_duplicates()[:200]).notna().all()
    both = {c: table[[c, out["unit"]]].dropna() for c in pairs if code[c] and out["unit"] in worded}
    several = {c: len(some.drop_duplicates()) / some.nunique().min() for c, some in both.items()}
    # a code whose names change, or codes of a name that several units bear
    out |= next(({"unit": c, "unit_name": out["unit"]} for c in several if 1 < several[c] < 1.5 and not listed), {})
    if unit := out["unit"]:
        coded = table[unit].dropna().str.fullmatch(r"\d+(\.0+)?|[A-Z\d]{2,3}").mean() > 0.9
        names = [c for c in dict.fromkeys([out["unit_name"], *(texts if coded else [])]) if c not in ("", unit, *flags)]
        persons = few.groupby(unit)[names].nunique().mean()  # persons change, the name of a unit does not
        names = [c for c in names if persons[c] < 1.5 and few[c].nunique() > few[unit].str.lstrip("0").nunique() / 2]
        out["unit_name"] = max(names, key=lambda c: (c == out["unit_name"], few[c].nunique()), default="")
    pair = term(few) if flags and not out["start"] and called.get(out["year"]) not in W["roles"]["year"].split() else {}
    out |= pair | {"year": pair["start"]} if pair else {}
    ways = [table.groupby(column)[flags].nunique().max() > 1 for column in (out["unit"], out["year"]) if column]
    moving = [c for c in flags if out["start"] or (len(ways) > 1 and all(moves[c] for moves in ways))]
    if not (out["non_local"] in moving or says("certain", out["non_local"])) and (out["year"] or not out["non_local"]):
        out["non_local"] = sure[0] if len(sure) == 1 else ""  # what no heading and no cell says is asked about
    return out | {"flags": flags, "person": out["person"] * (out["person"] not in flags)}


def together(table: pd.DataFrame, year: str, who: str) -> tuple[str, ...]:
    """Return the column of codes or units, or two, that may tell units apart: in a year there is one row of each, or one kind of leader."""
    codes = [c for c in table if year not in ("", c) and c != who and (says("code", c) or says("larger", c))]
    codes = [c for c in codes if table[c].nunique() > 1 and table.groupby(c)[year].nunique().mean() > 1.5][:6]
    sets = [by for n in (1, 2) for by in itertools.combinations(codes, n)]
    kinds = table.get(who, pd.Series(table.index, table.index))  # or rows
    return next((by for by in sets if kinds.groupby([table[c] for c in (*by, year)]).nunique().max() < 2), ())


def term(table: pd.DataFrame) -> dict[str, str]:
    """Return the two columns of dates, whatever their headings, of which one comes some years after the other; none where not sure."""
    when = {c: reading.dates(table[c][~reading.empty(table[c], *W["open"])]) for c in table}
    dates = [c for c in table if when[c]["year"].count() > 0.7 * len(when[c])]
    dates = [c for c in dates if when[c]["month"].notna().any()] or dates  # beside the year of an election
    gaps = {(a, b): (when[b]["year"] - when[a]["year"]).dropna() for a, b in itertools.permutations(dates, 2)}
    pairs = [pair for pair, gap in gaps.items() if gap.min() >= 0 and gap.max() > 1 <= gap.median() < 15]
    return dict(zip(("start", "end"), pairs[0], strict=True)) if len(pairs) == 1 else {}


def measured(table: pd.DataFrame) -> list[str]:
    """Return columns of units of measure: of words such as million, or of such cells or powers of ten under a heading that says so."""
    kinds = {"magnitude": "", "worded_measure": "of_units", "power": "of_powers", "exponent": "of_powers"}
    some = {c: table[c].iloc[:1000].dropna().drop_duplicates().map(tidy) for c in table}
    known = [(c, kind) for c in some for kind, head in kinds.items() if len(some[c]) and (not head or says(head, c))]
    return [*dict.fromkeys(c for c, kind in known if some[c].str.fullmatch(FORMS[kind]).all())]


def level_of(table: pd.DataFrame, unit: str, unit_name: str = "") -> str:
    """Guess the level of units: by the lists of Viet Nam's codes and names, else by the heading, else ``other``."""
    codes = pd.Series(table[unit].dropna().unique(), dtype="str")
    digits, said = codes.str.fullmatch(r"\d+"), [one for one in WIDTH if re.search(W["levels"][one], plain(unit))]
    for level, width in WIDTH.items():
        whole = codes[digits & codes.str.len().eq(width)]
        whole = codes[digits].str.zfill(width) if level == "commune" and len(codes) > 9 else whole  # zeros may be lost
        listed = len({*whole} & boundaries.old_codes(level)) > (0.75 if level == "commune" else 0.9) * len(whole)
        by_heading = level in said and (digits & (codes.str.len() <= width)).mean() > 0.5
        if by_heading or (listed and len(whole) > 0.9 * len(codes)):
            return level
    named = table[unit_name].dropna().drop_duplicates() if unit_name and digits.all() else codes[~digits]
    units = named[:500][~totals(named[:500], "province")]
    if len(named) > len(codes) / 2 and places.meant(units[:120]).notna().mean() > 0.6:
        return "province"
    return said[0] if {*said} - {"province"} and not digits.any() else "other"


def alike(name: str, other: str) -> bool:
    """
    Say whether two names may be of one unit: one has the letters of the other, in their order, or, of codes, a digit more at the end.

    Examples
    --------
    >>> alike("Sgo. del Estero", "Santiago del Estero"), alike("Córdoba", "Cordoba"), alike("La Rioja", "Salta")
    (True, True, False)
    """
    short, long = sorted((re.sub(W["patterns"]["kind"], "", plain(one)) for one in (name, other)), key=len)
    more = short.isdigit() and len(short) > 2 and long[:-1] == short
    return more or (len(re.sub(r"[\d_]", "", short)) > 2 and bool(re.match(".*".join(short.replace("_", "")), long)))


def toned(name: str) -> str:
    """Return a name in small letters without spaces, hyphens and apostrophes, its tone marks behind each word: hoà and hòa are one."""
    plain = FORMS["joined"].sub("", name).casefold().replace("i\u0307", "i").replace("ı", "i")  # İ and I in Turkish
    kind, dot, rest = plain.partition(".")
    return "".join(map(places.toned, f"{W['kinds_short'].get(kind, kind + dot)} {rest}".split()))


@functools.cache
def countries() -> set[str]:
    """Return the names of countries as `reading.plain` writes them, in the languages that are known, but for those of other places."""
    names = (name for lang in W["totals"]["languages"] for name in babel.Locale(lang).territories.values())
    return {*map(plain, names), *W["totals"]["official"]} - {"", *W["totals"]["namesakes"]}


def totals(names: pd.Series, level: str) -> pd.Series:
    """Say which names are no unit: totals, regions of Viet Nam, urban and rural, groups of countries, the one country over others."""
    words = W["totals"]
    parts = names.str.split(r"\s[-–/|]\s|[(/]", regex=True).map(lambda said: [plain(part) for part in said])
    land = parts.map(lambda said: any(len(p) > 3 and p.removeprefix("all_") in countries() for p in said))
    marked = bool(names.str.contains(W["patterns"]["vietnamese"]).mean() > 0.3 > land.mean())  # Việt Nam, Lào, ...
    viet_nam = level == "province" or marked or bool(places.meant(names[:30]).notna().mean() > 0.3)
    residence = words["residence"] * bool(names.str.fullmatch("[A-Z]{2,3}").mean() < 0.5)  # NAM may be Namibia
    more = ["|trung_binh" * (level != "commune"), residence, words["classes"], words["regions"] * viet_nam]
    forms = [rf"(?:all_|\d+_)?(?:(?:{words['always']}{some})(?:_|$))+" for some in more]
    found: list[Any] = [parts.map(lambda said, f=f: any(re.fullmatch(f, part) for part in said)) for f in forms]
    bare = parts.map(lambda said: ({re.sub(words["whole"], "", p) for p in said} - {*said}) & countries())
    found += [bare.ne(set()), names.str.replace(r"\s", "", regex=True).str.fullmatch(words["elsewhere"], case=False)]
    found.append(names.isin(names.str.extract(", ([^,]+)$")[0].dropna()))  # Ontario beside Toronto, Ontario
    total, kind = names.isna(), names.str.extract(W["patterns"]["kinds"], re.I).notna().to_numpy() @ [1, 2, 3]
    if level != "province":
        found.append(kind > (np.bincount(kind, minlength=1).argmax() or 2))  # huyện stands above its communes
        if land.mean() > 0.3 or names.str.fullmatch(words["iso"]).any():
            total = names.str.fullmatch(W["patterns"]["aggregates"], case=False)
        ends = names.index[[] if names.map(plain).is_monotonic_increasing else [0, -1]]  # not by the alphabet
        found.append(land & (land.sum() == 1) & names.index.isin(ends))
    for one in found:
        total = total | one if (one & ~total).mean() < 0.5 * (~total).mean() else total
    return total


def above_others(units: pd.Series, table: pd.DataFrame, level: str) -> list[str]:
    """Return units whose codes, in any column, stand above codes of most others: 01 above 0114, 0200000 above 0201000, DE above DE1."""
    coded = [c for c in table if says("code", c) or table[c].str.fullmatch("[A-Z]{2}[A-Z0-9]{0,4}").all()]
    for cells in [units, *(table[c] for c in coded if level == "other")]:
        codes = cells.groupby(units).first().str.extract(FORMS["coded"])[0].dropna()
        if codes.str.isdigit().all() and {*codes.str.len()} == {most := codes.str.len().max(), most - 1}:
            codes = codes.str.zfill(most)  # 5000, which was 05000
        zeros = codes.str.extract("(0*)$")[0].str.len().min()
        codes = codes.str[:-zeros] if zeros > 0 else codes  # of levels below all of these
        bare = codes.str.replace("(?<=..)00+$", "", regex=True) if codes.str.len().nunique() == 1 else codes
        of = pd.Series([c[:n] for c in codes for n in range(2, len(c))], dtype="str").value_counts()
        above = codes.str.fullmatch(FORMS["level_code"]) | (pd.to_numeric(bare.map(of)).fillna(0) > (bare != codes))
        number = numbers(codes.str.extract(r"(\d+)$")[0]).fillna(-1e9)
        running = number.max() - number.min() < 1.2 * number.nunique()  # ID1 to ID99
        under = codes[~above].str.startswith(tuple(bare[above])).mean() > 0.8 and codes.nunique() == units.nunique()
        sure = not above.all() and (under or codes.str.match("[A-Z]").any())
        if sure and not running and above.sum() > (bare.str.len() < bare.str.len().max()).sum() / 2:
            return [*codes.index[above]]
    return []
