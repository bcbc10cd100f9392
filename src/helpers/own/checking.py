"""
Checks a reader's panel: which column is what, one row per unit and year, who led; everything wrong is said in one report.

Rules
    Codes are text with leading zeros; an empty cell is missing, an unknown leader stays unknown.
    Terms follow `helpers.record.terms`: dates are months, a term holds its start month and not its end month, an empty start is
    no arrival, an empty end is still in office. A year alone counts as July, or as January where panel.toml says so.
    A unit that was split in July 2025, or whose parts are not all there, has no value: nothing is shared out.
"""

import contextlib
import functools
import re
import tomllib
import unicodedata
from difflib import get_close_matches
from typing import Any

import babel
import numpy as np
import pandas as pd

from helpers import words
from helpers.own.reading import Found, Text, W, shown, tables, tidy, years
from helpers.record import boundaries, places, terms
from helpers.record.tables import DataFault

WIDTH, LEAST_SWITCHING, KEY = {"commune": 5, "district": 3, "province": 2}, 5, ["unit_code", "year"]


def plain(text: object) -> str:
    """Return a heading as roles know it: ``Mã xã`` is ma_xa."""
    return re.sub(r"[^a-z0-9]+", "_", words.unmarked(str(text))).strip("_")


def numbers(cells: pd.Series, decimal: str = ".", thousands: str = "") -> pd.Series:
    """Return cells (text) as numbers, missing where they are none: marks between thousands only where they are said, or spaces."""
    group = thousands.replace("none", "") or ("." if decimal == "," else "")
    cells = cells.str.replace("−", "-").str.replace(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))", "", regex=True)
    whole = rf"(\d{{1,3}}(\{group}\d{{2,3}})*\{group}\d{{3}}|\d+)" if group else r"\d+"
    good = cells.str.fullmatch(rf"[-+]?({whole}(\{decimal}\d*)?|\{decimal}\d+)([eE][+-]?\d+)?", na=False)
    cells = cells.where(good).str.replace(group or "\0", "", regex=False).str.replace(",", ".", regex=False)
    return pd.to_numeric(cells, errors="coerce").astype("float64").where(np.isfinite)


def truth(cells: pd.Series) -> pd.Series:
    """Return yes, no, 1.0, có or a share of the year as numbers from 0 to 1, missing where they are none of these."""
    low = cells.str.lower()
    told = low.map(dict.fromkeys(W["truth"]["yes"], 1.0) | dict.fromkeys(W["truth"]["no"], 0.0)).astype("float64")
    return told.fillna(numbers(low).where(lambda n: n.between(0, 1)))


def periods(cells: pd.Series) -> pd.Series:
    """Return years; where no cell holds one, whole numbers below 1000 (63, wave 4) are periods as they stand."""
    when, small = years(cells), numbers(cells)
    return (
        small
        if len(small.dropna()) and when.isna().all() and (small.dropna() % 1000 == small.dropna() // 1).all()
        else when
    )


def roles(table: pd.DataFrame, like: Any = ()) -> dict[str, Any]:
    """Guess which column of a table is what, from headings and cells: a unique key (with units ``like`` these), columns of 0 and 1."""
    named = {plain(c): c for c in reversed(table.columns)}
    out = {role: next((named[word] for word in said.split() if word in named), "") for role, said in W["roles"].items()}
    few, yes_no, n = table.iloc[:: max(1, len(table) // 5_000)], [*W["truth"]["yes"], *W["truth"]["no"]], len(table)
    one_day = {c: ~few[c].str.contains("-", na=False) | (few[c].str[4:].nunique() == 1) for c in table}
    share = pd.DataFrame({c: years(few[c]).where(one_day[c]) for c in table}).count() / few.count()
    dated = [c for c in table if c != out["unit"] and share[c] > 0.9 and 1 < few[c].nunique() <= max(len(few) / 1.5, 2)]
    flags = [c for c in table if few[c].str.lower().isin(yes_no).sum() > 0.9 * few[c].count() and few[c].nunique() > 1]
    if not periods(few.get(out["year"], few.iloc[:, 0])).notna().mean() > 0.5:
        out["year"] = dated[0] if dated else ""
    when = out["year"]
    if when:
        keys = [c for c in table if c not in (when, *flags) and 1 < table[c].nunique() <= n / 1.5]
        keys = [c for c in keys if not few[c].str.contains(r"\.\d*[1-9]", na=False).mean() > 0.1]
        keys = [c for c in keys if table[[c, when]].duplicated().mean() < 0.05]
        gaps = {c: (table[c].isna().any(), abs(table[c].nunique() * table[when].nunique() / n - 1) > 0.2) for c in keys}
        keys.sort(key=lambda c: (-table[c].isin(like).sum(), c != out["unit"], c == out["unit_name"], *gaps[c]))
        out["unit"] = keys[0] if keys else out["unit"]
        if out["unit"] and table[out["unit"]].str.fullmatch(r"\d+", na=False).all():
            worded = [c for c in keys if few[c].str.contains(r"[^\W\d_]", na=False).all()]
            out["unit_name"] = next((c for c in [out["unit_name"], *worded] if c), "")
        ways = [table.groupby(column)[flags].nunique().max() > 1 for column in (out["unit"], when) if column]
        moving = [c for c in flags if c != out["unit"] and len(ways) > 1 and all(moves[c] for moves in ways)]
        if out["non_local"] not in moving and plain(out["non_local"]) not in W["certain"]:
            out["non_local"] = moving[0] if len(moving) == 1 else ""
    return out | {"flags": flags, "unit_name": out["unit_name"] * (out["unit_name"] != out["unit"])}


def level_of(table: pd.DataFrame, unit: str, unit_name: str = "") -> str:
    """Guess the level of units: by the lists of Viet Nam's codes and names, else by the heading, else ``other``."""
    codes = pd.Series(table[unit].dropna().unique(), dtype="str")
    digits, said = codes.str.fullmatch(r"\d+"), [one for one in WIDTH if re.search(W["levels"][one], plain(unit))]
    enough = {"commune": 0.75, "district": 0.9, "province": 0.9}
    for level, width in WIDTH.items():
        whole = codes[digits & codes.str.len().eq(width)]
        listed = whole.isin(boundaries.crosswalk(level)["old_code"]).mean() > enough[level]
        by_heading = level in said and (digits & (codes.str.len() <= width)).mean() > 0.5
        if by_heading or (listed and len(whole) > 0.9 * len(codes)):
            return level
    named = table[unit_name].drop_duplicates() if unit_name and digits.all() else codes[~digits]
    if len(named) > len(codes) / 2 and _provinces(named.dropna()[:120].map(tidy)).notna().mean() > 0.6:
        return "province"
    return said[0] if {*said} - {"province"} and not digits.any() else "other"


def _provinces(texts: pd.Series, pad: bool = False) -> pd.Series:
    def code(text: str) -> str | None:
        try:
            return places.resolve(text.zfill(2) if pad and text.isdigit() else text)
        except places.UnknownPlace:
            return None

    return texts.map(code)


def marks(cells: pd.Series) -> tuple[str, str]:
    """Return the decimal and thousands marks that the numbers of a table leave no doubt about."""
    sure = {mark: cells.str.fullmatch(W["marks"]["decimal"].replace("@", mark)).any() for mark in ".,"}
    many = {mark: cells.str.fullmatch(W["marks"]["thousands"].replace("@", mark)).any() for mark in ".,"}
    if (sure[","] or many["."]) and not sure["."] and not many[","]:
        return ",", ""
    grouped = sure["."] and not sure[","] and cells.str.fullmatch(W["odd_numbers"]["thousands_commas"]).any()
    return ".", "," if (many[","] or grouped) and not many["."] else ""


def _toned(name: str) -> str:
    """Return a name in small letters without spaces, its tone marks behind each word: hoà and hòa are one."""
    split = (unicodedata.normalize("NFD", word) for word in name.casefold().split())
    return "".join(re.sub(W["letters"]["tones"], "", w) + "".join(re.findall(W["letters"]["tones"], w)) for w in split)


@functools.cache
def _lands() -> set[str]:
    return {plain(land) for lang in W["totals"]["languages"] for land in babel.Locale(lang).territories.values()}


def _totals(names: pd.Series, level: str) -> pd.Series:
    """Say which names are no unit: a total, a region of Viet Nam, the one country at the head or the foot of other units."""
    words = W["totals"]["always"] + W["totals"]["regions"] * (level != "other")
    parts = names.str.split(r"\s[-–/|]\s|[(/]", regex=True)
    total = parts.map(lambda said: any(plain(part).removeprefix("all_") in words for part in said))
    if level == "other":
        land = names.map(lambda name: plain(name).removeprefix("all_") in _lands())
        total |= land & (land.sum() == 1) & names.index.isin(names.index[[0, -1]])
    return total & (total.mean() < 0.5)


class Checking:
    """One panel on its way from cells to ``frame``; ``where`` is its folder, or its tables by name."""

    def __init__(self, name: str, where: Any) -> None:
        self.name, self.where = name, where
        self.about: dict[str, Any] = {}
        self.found = Found(f"own/{name}/panel.toml" if name else "panel")
        self.say = self.found.say
        self.crosswalk: Any = None
        self.frame: Any = None

    def run(self, given: dict[str, Any] | None = None) -> None:
        """Read the description (panel.toml where none is given) and the tables, check all, fill ``frame``."""
        found, about = self.found, self._describe(given)
        led, outcomes = about["leaders"], about["outcome"]
        spells = self._open(led) if led["file"] and not led["record"] else None
        self.raw = raw = self._open(about)
        if raw is None or (led["file"] and spells is None and not led["record"]):
            found.stop()
        found.fact("rows_read", file=found.file, rows=len(raw), columns=raw.shape[1])
        spells = raw if led["start"] and spells is None else spells
        named = [(key, about[key]) for key in ("unit", "unit_name", "year", "weights", "cluster")]
        named += [(key, name) for key in ("covariates", "sample") for name in about[key]]
        named += [(key, one[key]) for one in outcomes for key in ("column", "weight")]
        self._need(raw, *named)
        if not {about["unit"], about["year"], *about["sample"]} <= set(raw):
            found.stop()
        for column, kept in about["sample"].items():
            raw = raw[raw[column].isin(list(map(str, kept)))]
            found.fact("sample", column=shown(column), n=len(raw))
        when = periods(raw[about["year"]])
        t, raw = self._keys(raw[~((when < about["first_year"]) | (when > about["last_year"]))])
        for column in dict.fromkeys(c for key, c in named if key in W["of_numbers"] and c in raw):
            t[column] = self._numbers(raw[column])
        t = t[~self._sums(t, raw[about["unit"]])]
        for one in outcomes:
            if one["scale"] == "log" and one["column"] in t:
                self.say("no_logarithm", raw[one["column"]][t[one["column"]] <= 0])
        if not led["record"] and not led["start"]:
            self._need(raw, *((key, led[key]) for key in ("non_local", "person")))
            t["share"] = self._truth(raw[led["non_local"]]) if led["non_local"] in raw else np.nan
            t["who"] = raw.get(led["person"])
        t = t.assign(weights=t.get(about["weights"]), cluster=raw.get(about["cluster"]))
        found.stop()
        if about["combine"]:
            by = t.groupby(KEY, as_index=False)
            t = by.agg({c: "mean" if pd.api.types.is_float_dtype(t[c]) else "first" for c in t.drop(columns=KEY)})
            t["weights"] = by.size()["size"].astype("float64")
        index = pd.MultiIndex.from_product([np.sort(t[key].unique()) for key in KEY], names=KEY)
        when, frame = index.levels[1], t.set_index(KEY).reindex(index).reset_index()
        span = {"first": str(when[0]), "last": str(when[-1]), "n": len(when)}
        found.fact("years", column=shown(about["year"]), gone=len(frame) - len(t), full=len(frame), **span)
        for column in (one["column"] for one in outcomes):
            seen = frame[column].dropna()
            if seen.empty:
                self.say("no_values", column=column)
            else:
                reach = {"low": seen.min(), "high": seen.max(), "gone": len(frame) - len(seen)}
                found.fact("outcome", column=shown(column), n=len(seen), **reach)
        found.stop()
        told = "record" if led["record"] else "terms" if led["start"] else "yearly"
        frame = {"record": self._record, "terms": self._terms, "yearly": self._yearly}[told](frame, spells)
        on = frame["treated"]
        found.fact("leaders", on=int((on == 1).sum()), off=int((on == 0).sum()), open=int(on.isna().sum()))
        if on.isna().all():
            found.stop("nobody_known")
        frame = frame.assign(treated_low=on.fillna(0.0), treated_high=on.fillna(1.0))
        frame = self._to_2025(frame) if about["boundaries"] else frame
        extra = ["weights"] * bool(about["weights"] or about["combine"]) + ["cluster"] * bool(about["cluster"])
        columns = [*W["columns"], *extra, *dict.fromkeys([*(one["column"] for one in outcomes), *about["covariates"]])]
        self.frame = frame.assign(new_spell=frame["turnover"].eq(1).fillna(False)).astype(W["columns"])[columns]
        switching = int((self.frame.groupby("unit_code")["treated"].nunique() > 1).sum())
        found.fact("switching", n=switching)
        if switching < LEAST_SWITCHING:
            self.say("few_switching", n=switching, least=LEAST_SWITCHING)

    def _describe(self, given: Any) -> dict[str, Any]:
        """Check panel.toml, fill in what is left out."""
        try:
            given = given or tomllib.loads((self.where / "panel.toml").read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.found.stop("toml", text=str(error))

        def filled(table: Any, part: str) -> dict[str, Any]:
            fill, told = W[part], table if isinstance(table, dict) else {str(table): ""}
            for key, value in told.items():
                allowed = W["allowed"].get(key, [value])
                wrong = (key not in fill, type(value) is not type(fill.get(key)), value not in allowed)
                if any(wrong):
                    near = ", ".join(get_close_matches(key, fill, 1) or fill)
                    kind, said = ("key", "type", "word")[wrong.index(True)], ", ".join(map(repr, allowed))
                    self.say(kind, column=key, key=repr(key), text=repr(value), known=near, allowed=said)
            return fill | {k: tidy(v) if isinstance(v, str) and k in W["named"] else v for k, v in told.items()}

        about = filled(given, "panel")
        about |= {"leaders": filled(about["leaders"], "leaders"), "notes": filled(about["notes"], "notes_of")}
        if not all(isinstance(one, dict) for one in about["outcome"]):
            self.found.stop("no_outcome", column="[[outcome]]")
        about["outcome"] = [filled(one, "outcome") for one in about["outcome"]]
        self.about, led, outcomes = about, about["leaders"], about["outcome"]
        self.found.stop()
        named = [one["column"] for one in outcomes]
        whose = led["record"] or (led["non_local"] and (led["unit"] or not led["start"]))
        taken = {*W["columns"], "new_code"}
        beside = about["covariates"] or about["weights"] or about["combine"] or about["level"] == "other"
        for wrong, kind, column in (
            (not about["unit"], "empty", "unit"),
            (not about["year"], "empty", "year"),
            (not named or not all(named), "no_outcome", "[[outcome]]"),
            (not whose, "no_leaders", "[leaders]"),
            (led["record"] and about["level"] != "province", "record_level", "record"),
            (about["boundaries"] and beside, "not_2025", "boundaries"),
            (any(one["aggregate"] == "mean" and not one["weight"] for one in outcomes), "no_weight", "weight"),
            *((c in taken, "taken", c) for c in dict.fromkeys([*named, *about["covariates"]])),
            *((named.count(c) > 1, "outcome_twice", c) for c in dict.fromkeys(named)),
        ):
            if wrong:
                self.say(kind, column=column, text=repr(column), level=about["level"], taken=", ".join(W["columns"]))
        return about

    def _open(self, part: dict[str, Any]) -> Any:
        """Read the table that a part of panel.toml names; the faults that follow are about it."""
        file, sheet = part["file"], part["sheet"]
        if isinstance(self.where, dict):
            return self.where.get(file)
        path = self.where / file
        if not file or path.name != file or not path.is_file() or path.is_symlink():
            return self.say("elsewhere", column="file", text=repr(file))
        inner, read = Found(f"own/{self.name}/{file}"), {}
        with contextlib.suppress(DataFault):
            read = tables(path, inner)
        self.found.faults, self.found.notes = self.found.faults + inner.faults, self.found.notes + inner.notes
        self.found.file = inner.file + f" [{sheet}]" * bool(sheet)
        return read.get(sheet, next(iter(read.values()), None))

    def _need(self, table: pd.DataFrame, *named: tuple[str, str]) -> None:
        for key, column in named:
            if column and column not in table:
                near = shown(get_close_matches(column, table.columns, 1, 0.5) or table.columns)
                self.say("no_column", column=column, row=1, key=key, near=near)

    def _keys(self, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return unit and year of each row, and the rows themselves: totals are left out, a pair that comes twice is a fault."""
        about, say, cells = self.about, self.say, raw[self.about["year"]]
        when, units = periods(cells), raw[about["unit"]]
        say("year", cells[when.isna()].fillna(""))
        say("year_read", cells[when.notna() & ~cells.str.fullmatch(r"\d{4}", na=False)])
        merged = not pd.DataFrame({"unit": units.ffill(), "year": when}).dropna().duplicated().any()
        say("no_code" if merged or units.isna().mean() > 0.5 else "no_unit", units[units.isna()].fillna(""))
        t = pd.DataFrame({"unit_code": self._units(units, raw.get(about["unit_name"])), "year": when}).dropna()
        t["year"] = t["year"].astype("int64")
        twice = t[t.duplicated(KEY)]
        if len(twice) and not about["combine"]:
            unit, year = twice.iloc[0]
            first = int(t.index[(t["unit_code"] == unit) & (t["year"] == year)][0])
            values = {"unit": shown(unit), "year": year, "n": len(twice), "first": first, "pairs": len(t) - len(twice)}
            kind = "cross_section" if len(twice) > 0.3 * len(t) else "twice"
            say(kind, column=f"{about['unit']}+{about['year']}", row=int(twice.index[0]), **values)
            t = t.drop(index=twice.index)
        if t.empty:
            self.found.stop("" if self.found.faults else "no_rows")
        known = pd.Series(dtype="str")
        if about["level"] != "other":
            pairs = boundaries.crosswalk(about["level"])
            known = t["unit_code"][t["unit_code"].isin(pairs["old_code"])]
            before, since = (set(known[late]) for late in (t["year"] < 2025, t["year"] >= 2025))
            named = [pairs["new_code"]]
            if about["level"] == "province":
                named.append(_provinces(pairs["new_name"]))
            for gone in [before - set(new) for new in named if since and since <= set(new)]:
                if gone and not gone & since and about["level"] != "district":
                    n, lost = {"before": len(before), "since": len(since)}, shown(sorted(gone)[:3])
                    say("both_sides", None, about["unit"], text=lost, **n)
                    break
            self._names(t["unit_code"], raw.get(about["unit_name"]))
        values = {"column": shown(about["unit"]), "level": Text(W["texts"][about["level"]])}
        self.found.fact("units", n=t["unit_code"].nunique(), known=known.nunique(), **values)
        return t, raw.loc[t.index]

    def _units(self, cells: pd.Series, names: pd.Series | None = None) -> pd.Series:
        """Return unit codes, missing for totals; one unit in several spellings is one unit."""
        about, say, level = self.about, self.say, self.about["level"]
        width, pad, level_text = WIDTH.get(level, 0), about["pad_codes"], Text(W["texts"][level])
        seen = pd.Series(cells.dropna().unique(), dtype="str")
        seen = seen.map(tidy).set_axis(seen)
        known = seen if names is None else names.groupby(cells).first().reindex(seen.index).fillna("").map(tidy)
        total = _totals(seen, level) | _totals(known, level)
        say("totals", cells[cells.isin(seen.index[total])], names=shown(seen[total]))
        seen = seen[~total]
        digits = seen.str.fullmatch(r"\d+(\.0+)?")
        if level == "province":
            code = _provinces(seen, pad)
        elif level == "other":
            code = seen.str.replace(r"\.0+$", "", regex=True) if digits.all() else seen
        else:
            code = seen.str.zfill(width) if pad and digits.mean() > 0.5 else seen
            code = code.where(code.str.fullmatch(rf"\d{{{width}}}") | (digits.mean() <= 0.5))
        short = seen[code.isna() & seen.str.fullmatch(rf"\d{{1,{max(width - 1, 1)}}}")].str.zfill(width)
        lost = len(short) > 0 and short.isin(boundaries.crosswalk(level)["old_code"]).mean() > 0.5
        kind = "lost_zeros" if lost else "no_province" if level == "province" else "code"
        bad, first = cells[cells.isin(seen.index[code.isna()])], short.iloc[0] if lost else ""
        say(kind, bad, n=width, level=level_text, code=first)
        if level != "province" and not digits.all():
            code = code.groupby(code.map(_toned, na_action="ignore")).transform("first")
            alike = code.groupby(code.map(plain, na_action="ignore")).transform("nunique") > 1
            if alike.any():
                say("marks_differ", column=cells.name, names=shown(code[alike].unique()))
        several = code.groupby(code).transform("size") > 1
        if several.any():
            n, units = int(several.sum()), code[several].nunique()
            say("spellings", column=cells.name, n=n, units=units, text=shown(seen[several]))
        return cells.map(code)

    def _sums(self, t: pd.DataFrame, names: pd.Series) -> pd.Series:
        """Say which rows are of units that are in every year the sum of those listed next to them: totals, regions of any country."""
        totals: set[str] = set()
        for column in (
            [one["column"] for one in self.about["outcome"]]
            if self.about["level"] == "other" and not self.about["combine"]
            else ()
        ):
            wide = t.drop_duplicates(KEY).pivot(index="unit_code", columns="year", values=column)
            wide, before = wide.reindex(t["unit_code"].unique()).dropna(axis=1), None
            while wide.shape != before and wide.shape[1] > 2 and len(wide) < 500:
                before = wide.shape
                for listed in (wide, wide[::-1]):
                    values = listed.to_numpy()
                    running = np.vstack([values[:1] * 0, values.cumsum(axis=0)])
                    rest = running[None] - running[1:, None] - values[:, None]
                    sums = np.triu((abs(rest) <= 1e-3 * abs(values[:, None])).all(axis=2), 3).any(axis=1)
                    totals |= set(listed.index[sums & (np.ptp(values, axis=1) > 0)])
                wide = wide.drop(index=totals, errors="ignore")
        gone = t["unit_code"].isin(totals)
        self.say("totals", names[t.index[gone]], names=shown(sorted(totals)))
        return gone

    def _names(self, codes: pd.Series, names: pd.Series | None) -> None:
        """Compare names beside codes: codes of another numbering are refused."""
        if names is None:
            return
        pairs = pd.DataFrame({"code": codes, "name": names}).dropna().drop_duplicates()
        if self.about["level"] == "province":
            meant = _provinces(pairs["name"].map(tidy))
            wrong = pairs[meant.notna() & (meant != pairs["code"])]
        else:
            pairs["listed"] = pairs["code"].map(boundaries.names(self.about["level"]))
            pairs = pairs.dropna()
            both = zip(pairs["name"].map(plain).str.replace("_", ""), pairs["listed"], strict=True)
            other = [not name.endswith(listed) for name, listed in both]
            wrong = pairs[other] if sum(other) > len(pairs) / 2 else pairs[:0]
        for one in wrong[:1].itertuples():
            listed = places.name(one.code) if self.about["level"] == "province" else one.listed
            self.say("numbering", wrong["code"], column=self.about["unit"], name=shown(one.name), listed=listed)

    def _numbers(self, cells: pd.Series) -> pd.Series:
        """Return a column of numbers; marks that may be decimal or between thousands are asked about, never guessed."""
        about, say, texts = self.about, self.say, W["texts"]
        cells, decimal = cells.where(~cells.isin(list(map(str, about["missing"])))), about["decimal"]
        bare = cells.str.extract(W["patterns"]["signed"])
        signed = bare["sign"].notna() & (bare["sign"].eq("%") == (bare["sign"].eq("%").sum() == cells.count()))
        say("signs", cells[signed])
        cells = cells.mask(signed, bare["number"])
        values, other = numbers(cells, decimal, about["thousands"]), "," if decimal == "." else "."
        odd, number = cells[values.isna() & cells.notna()], Text(texts["point" if decimal == "." else "comma"])
        for kind, form in W["odd_numbers"].items():
            if kind.startswith("thousands") and (about["thousands"] or decimal == ","):
                continue
            here = odd.str.lower().str.fullmatch(form.replace("@", re.escape(other)))
            say(kind, odd[here], number=number, mark=other)
            odd = odd[~here]
        points = cells[cells.str.contains(".", regex=False, na=False)]
        if decimal == "." and not about["thousands"] and points.str.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}").all():
            say("thousands_asked", points, whole=shown(points.iloc[:1]).replace(".", ""))
        group = about["thousands"].replace("none", "") or ("." if decimal == "," else "\0")
        split = cells[values.notna() & cells.str.contains(group, regex=False, na=False)]
        say("thousands_read", split, whole=f"{values[split.index].max():.15g}")
        for value in values[values.isin(W["sentinels"])].unique():
            low, high = values[values != value].agg(["min", "max"])
            if value < min(2 * low - high, 0) + (low >= 0) or value > 2 * high - low:
                say("sentinel", cells[values == value])
        return values

    def _truth(self, cells: pd.Series) -> pd.Series:
        told = truth(cells)
        self.say("truth", cells[told.isna() & cells.notna() & ~cells.str.lower().isin(W["truth"]["unknown"])])
        self.say("shares", cells[(told > 0) & (told < 1)])
        return told

    def _yearly(self, frame: pd.DataFrame, _: object) -> pd.DataFrame:
        """Who led, from a column of the table itself."""
        on, who, unit = frame["share"], frame["who"], frame["unit_code"]
        before = who.groupby(unit).shift()
        new = who.notna() & (who != before)
        ids = (unit + "-" + new.groupby(unit).cumsum().astype("str")).where(who.notna())
        turnover = new.astype("float64").where(who.notna() & before.notna())
        frame = frame.assign(treated=(on >= 0.5).where(on.notna()), share_low=on.fillna(0.0), share_high=on.fillna(1.0))
        return frame.assign(turnover=turnover, tenure_years=np.nan, spell_id=ids)

    def _record(self, frame: pd.DataFrame, _: object) -> pd.DataFrame:
        """Who led the 63 provinces, from the project's own record."""
        led, (first, last) = self.about["leaders"], frame["year"].agg(["min", "max"])
        span, said = (
            (max(first, terms.FIRST_YEAR), min(last, terms.LAST_YEAR)),
            {k: led[k] for k in ("record", "definition")},
        )
        held = terms.yearly(led["definition"], span, post=led["record"])
        self.found.fact("record", first=str(span[0]), last=str(span[1]), **said)
        kept = [c for c in W["columns"] if c not in ("new_spell", "treated_low", "treated_high")]
        out = frame.merge(held[kept], on=KEY, how="left", validate="one_to_one")
        out["treated"] = out["treated"].astype("Float64").astype("float64")
        return out.fillna({"share_low": 0.0, "share_high": 1.0})

    def _terms(self, frame: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
        """Who led, from terms in office: months held by each, who led on 30 June, arrivals."""
        led, say, found = self.about["leaders"], self.say, self.found
        found.file = f"own/{self.name}/{led['file']}" if led["file"] else found.file
        self._need(table, *((key, led[key]) for key in ("unit", "start", "end", "person", "non_local")))
        found.stop()
        t = pd.DataFrame({"unit": self._units(table[led["unit"]]), "value": self._truth(table[led["non_local"]])})
        t["start"] = self._months(table[led["start"]])
        t["end"] = self._months(table[led["end"]], 1) if led["end"] else np.nan
        t["person"], t["row"] = table[led["person"]] if led["person"] else table.index.astype("str"), table.index
        say("backwards", table[led["start"]][t["end"] < t["start"]], column=led["end"])
        here = t["unit"].isin(frame["unit_code"])
        say("strange" if here.any() else "all_strange", t["unit"][t["unit"].notna() & ~here], column=led["unit"])
        alone = sum(table[led[k]].str.fullmatch(r"\d{4}(\.0+)?", na=False).sum() for k in ("start", "end") if led[k])
        if alone:
            dates = int(t[["start", "end"]].notna().sum().sum())
            say(f"year_{led['year_only']}", column=led["start"], n=int(alone), dates=dates)
        t = t[here].assign(censored=t["start"].isna()).fillna({"start": -np.inf, "end": np.inf})
        t = t.sort_values(["unit", "start", "row"], ignore_index=True)
        same, before = t["unit"].eq(t["unit"].shift()), t["end"].shift()
        touch = same & t["person"].eq(t["person"].shift()) & (t["start"] <= before) & (t["end"] >= before)
        over = t.assign(first=t["row"].shift())[same & ~touch & (t["start"] < before)]
        for one in over[:1].itertuples():
            values = {"unit": shown(one.unit), "first": int(one.first), "n": len(over)}
            say("overlap", column=led["start"], row=int(one.row), **values)
        found.stop()
        found.fact("spells", file=found.file, n=len(t), units=t["unit"].nunique())
        t["tenure"], known = (~touch).cumsum(), t["start"].where(~t["censored"] & ~touch)
        t["since"], t["arrival"] = known.groupby(t["tenure"]).transform("first"), known.fillna(-1) // 12
        t["spell_id"] = t["unit"] + "-" + (~touch).groupby(t["unit"]).cumsum().astype("str")
        t["end"] = t["end"].where(~touch.shift(-1, fill_value=False), t["start"].shift(-1))
        first, last = frame["year"].min(), frame["year"].max()
        begin, stop = (t[key].clip(first * 12, last * 12 + 12).astype("int64") for key in ("start", "end"))
        part = t.loc[t.index.repeat((-(-stop // 12) - begin // 12).where(stop > begin, 0))]  # a row per term and year
        year = (begin // 12).loc[part.index] + part.groupby(level=0).cumcount()
        part = part.assign(unit_code=part["unit"], year=year, june=year * 12 + 5).reset_index(drop=True)
        part["months"] = part["end"].clip(upper=part["june"] + 7) - part["start"].clip(lower=part["june"] - 5)
        part["on"], part["off"] = part["value"] * part["months"], (1 - part["value"]) * part["months"]
        part["came"] = part["arrival"] == part["year"]
        by = part.groupby(KEY)
        made = by[["months", "on", "off", "came"]].sum().assign(calm=by["tenure"].nunique() == 1)
        june = part[(part["start"] <= part["june"]) & (part["end"] > part["june"])].set_index(KEY)
        made = made.join(june[["value", "since", "spell_id", "june"]]).reindex(pd.MultiIndex.from_frame(frame[KEY]))
        made = made.fillna({"on": 0.0, "off": 0.0, "came": 0}).reset_index(drop=True)
        led = made["on"] + made["off"]
        calm = (made["calm"].eq(True) & (made["months"] == 12)).map({True: 0.0})
        return frame.assign(
            treated=(made["value"] >= 0.5).where(made["value"].notna()),
            share=(made["on"] / led).where(led > 0),
            share_low=made["on"] / 12,
            share_high=1 - made["off"] / 12,
            turnover=calm.mask(made["came"] > 0, 1.0),
            tenure_years=(made["june"] - made["since"]) / 12,
            spell_id=made["spell_id"],
        )

    def _months(self, cells: pd.Series, last: int = 0) -> pd.Series:
        """Return months counted from year 0; an empty cell is missing; ``last`` 1: the last days of a month belong to it."""
        parts = cells.str.extract(W["patterns"]["month"])
        year = parts["y"].fillna(parts["y2"]).fillna(parts["y3"]).astype("float64")
        self.say("month", cells[year.isna() & cells.notna()])
        alone = "7" if self.about["leaders"]["year_only"] == "july" else "1"
        month = year * 12 + parts["m"].fillna(parts["m2"]).fillna(alone).astype("float64") - 1
        return month + (parts["d"].fillna(parts["d2"]).fillna("1").astype("int64") >= 28) * last

    def _to_2025(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Sum up to the units since July 2025, where no part is missing."""
        found, level, units = self.found, self.about["level"], list(frame["unit_code"].unique())
        self.crosswalk = boundaries.fates(level, units)
        kept = self.crosswalk[self.crosswalk["fate"].isin(["same", "merged"])]
        counts = dict.fromkeys(["same", "merged", "split", "incomplete", "unknown"], 0)
        counts |= self.crosswalk.drop_duplicates("old_code")["fate"].value_counts().to_dict()
        found.fact("boundaries", old=len(units), new=kept["new_code"].nunique(), version=boundaries.source(), **counts)
        if level == "district":
            found.fact("districts", left=kept["old_code"].nunique(), old=len(units))
        if level == "commune" and (grown := kept["old_code"].isin(boundaries.grown())).any():
            self.say("taken_in", column=self.about["unit"], n=kept.loc[grown, "new_code"].nunique())
        if kept.empty:
            found.stop("none_left", column=self.about["unit"])
        new = kept.set_index("old_code")["new_code"]
        frame = frame.assign(unit_code=frame["unit_code"].map(new)).dropna(subset="unit_code")
        by = frame.groupby(KEY)
        size, low, high = by.size(), by["treated_low"].min(), by["treated_high"].max()
        out = pd.DataFrame({"treated_low": low, "treated_high": high, "treated": low.where(low == high)})
        for name in ("share", "share_low", "share_high"):
            out[name] = by[name].mean().where(by[name].count() == size)
        for name in ("turnover", "tenure_years", "spell_id"):
            out[name] = by[name].first().where(size == 1)
        for one in self.about["outcome"]:
            value, mean = frame[one["column"]], one["aggregate"] == "mean"
            weight = frame[one["weight"]] if mean else value.notna().astype("float64")
            given = (value * weight).groupby([frame[key] for key in KEY])
            whole = given.sum() / (by[one["weight"]].sum() if mean else 1.0)
            whole = whole.where((given.count() == size) & np.isfinite(whole) & (one["aggregate"] != "refuse"))
            out[one["column"]] = whole.where(size > 1, by[one["column"]].first())
        return out.reset_index()
