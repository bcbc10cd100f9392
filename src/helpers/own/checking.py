"""
Checks a reader's panel: one row per unit and year, numbers, who led; everything wrong is said in one report.

Rules
    Codes are text with leading zeros; an empty cell is missing, an unknown leader stays unknown.
    Terms follow `helpers.record.terms`: dates are months, a term holds its start month and not its end month, an empty start is
    no arrival, an empty end is still in office. A year alone counts as July, or as January where panel.toml says so.
    A unit that was split in July 2025, or whose parts are not all there, has no value: nothing is shared out.
"""

import functools
import itertools
import json
import tomllib
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from helpers.own import guessing, reading
from helpers.own.reading import FORMS, Found, Text, W, numbers, of_months, periods, plain, says, shown, tidy, truth
from helpers.record import boundaries, places, terms

KEY = ["unit_code", "year"]


class Checking(Found):
    """
    One panel on its way from cells to ``frame``, with what is found; ``where`` is its folder, or its tables by name.

    ``about`` is its description as a dict; ``frame`` has units, years, outcomes and who led (None with faults); ``crosswalk``, where
    boundaries of 2025 are asked for, has old_code, new_code, new_name, fate.
    """

    def __init__(self, name: str, where: Any = None) -> None:
        super().__init__(f"own/{name}/panel.toml" if name else "panel (own.check takes the keys of panel.toml)")
        self.name, self.where, self.toml, self.larger = name, where, self.file, ""
        self.about, self.read = dict[str, Any](), dict[str, tuple[Found, Any]]()  # what was read of each file
        self.crosswalk: Any = None
        self.frame: Any = None

    def run(self, given: dict[str, Any] | None = None) -> None:
        """Read the description (panel.toml where none is given) and the tables, check all, fill ``frame``."""
        about = self._describe(given)
        led, outcomes, level = about["leaders"], self.outcomes, about["level"]
        spells, raw = self._open(led) if led["file"] and not led["record"] else None, self._open(about)
        self.stop()
        self.fact("rows_read", file=self.file, rows=len(raw), columns=raw.shape[1])
        who, held = led["non_local"] or led["local"], raw if spells is None else spells
        if not led["record"] and not (who and (led["unit"] or not led["start"])):
            self._candidates(held)
        when = periods(raw[about["year"]]) if about["year"] in raw else pd.Series(dtype="float64")
        keys = [] if about["unit"] else [*guessing.together(raw, about["year"], who)] or ["-"]
        self.say("unit_of" if keys != ["-"] else "no_units", column="unit", file=self.toml, text=keys)
        short = [c for c in raw if FORMS["short_year"].fullmatch(c)]
        if not about["year"] or (len(short) > 2 and when.nunique() < 2):
            odd = [c for c in raw if raw[c].str.fullmatch(FORMS["glued"]).mean() > 0.9] + short * (len(short) > 2)
            days = [c for c in raw if reading.dates(raw[c].dropna()[:1000])["month"].notna().mean() > 0.9]
            kind = "years_glued" if odd else "days" if days else "no_years"
            self.say(kind, column="year", file=self.toml, text=shown(odd or days))
        named = [(key, about[key]) for key in ("unit", "unit_name", "year", "weights", "cluster")]
        others = {*held} - {*raw}  # columns of the terms alone
        named += [(key, name) for key in ("covariates", "sample") for name in about[key] if {name} - others]
        named += [(key, one[key]) for one in about["outcome"] for key in ("column", "weight")]
        self._need(raw, named)
        if {about["unit"], about["year"], *about["sample"]} - {*raw} - others:
            self.stop()
        for column, kept in about["sample"].items():
            table, wanted = held if column in others else raw, pd.Series(map(str, kept)).str.normalize("NFC")
            spelt, names = table[column].str.normalize("NFC"), [*table[column].dropna().unique()]
            self.say("no_such_cell", column=column, text=sorted(wanted[~wanted.isin(spelt)]), names=names)
            table = table[spelt.isin(wanted)]
            raw, held = (raw, table) if column in others else (table, held)
            self.fact("sample", column=shown(column), n=len(table))
        codes = {*raw[about["unit"]].dropna(), *held.get(led["unit"], raw[about["unit"]]).dropna()}
        by = led["unit"] if led["start"] else about["unit"]
        self.led = {*held[by][~reading.empty(held[who])]} if {by, who} <= {*held} else set[str]()
        self.held = held[:0] if spells is None else held.drop(columns=[*led.values()], errors="ignore")
        self.longest = max((len(code) for code in codes if code.isdigit()), default=0)
        outside = (when < about["first_year"]) | (when > about["last_year"])
        t, raw, apart, listed = self._keys(raw[~outside[raw.index]])
        coded, taken = raw.set_index(t["unit_code"]), {*apart, who, led["person"], *(name for _, name in named)}
        kinds = [c for c in raw if FORMS["mixed"].fullmatch(plain(c))] + guessing.measured(raw)
        for column in [c for c in kinds if c not in taken and raw[c].nunique() > 1][:1]:
            first, cells = raw[column].dropna().iloc[:1], raw[column].dropna()
            self.say("mixed", cells[~cells.isin(first)], first=shown(first), by=json.dumps(column, ensure_ascii=False))
        for column in dict.fromkeys(c for key, c in named if key in W["of_numbers"] and c in raw):
            t[column] = self._numbers(raw[column])
            self.say("below_zero", raw.loc[t.index[(t[column] < 0) & (column == about["weights"])], column])
        t = t if level == "province" or about["combine"] else t[~self._sums(t, raw)]
        values = {"column": shown(about["unit"]), "level": Text(W["texts"][level]), "known": listed}
        self.fact("units_listed" if listed else "units", n=t["unit_code"].nunique(), **values)
        for one in [one for one in about["outcome"] if one["column"] in t]:
            self._jumps(t, one)
            self.say("no_logarithm", raw.loc[t.index[(t[one["column"]] <= 0) & (one["scale"] == "log")], one["column"]])
        if not led["record"] and not led["start"]:
            self._need(raw, [(key, led[key]) for key in ("non_local", "local", "person")])
            t["share"] = self._truth(raw.loc[t.index, who], t["unit_code"]) if who in raw else np.nan
            kinds = t.assign(when=raw[about["year"]]).groupby(KEY)[["share", "when"]].transform("nunique")
            mixed = raw.loc[t.index[kinds["share"] > 1]]
            parts = kinds["when"].max() > 1 or any(of_months(mixed[c]) for c in mixed)
            by = shown(guessing.together(mixed, about["year"], who)) or "-"
            self.say("shares" if parts else "both_led", mixed.get(who, t["share"][:0]), by=by)
        t = t.assign(weights=t.get(about["weights"]), cluster=raw.get(about["cluster"]), who=raw.get(led["person"]))
        if about["cluster"]:
            groups = t["cluster"].nunique()
            self.say("few_clusters", column=about["cluster"], n=groups, text=[about["cluster"]] * (groups < 3))
            self.say("no_cluster", raw.loc[t.index[t["cluster"].isna()], about["cluster"]].fillna(""))
        self.stop()
        if about["combine"]:
            by, given = [t[k] for k in KEY], t.select_dtypes("float").columns.drop("weights", errors="ignore")
            weights = t["weights"].fillna(0.0) if about["weights"] else pd.Series(1.0, t.index)
            means = t[given].mul(weights, axis=0).groupby(by).sum()
            means /= t[given].notna().mul(weights, axis=0).groupby(by).sum()
            t = t.groupby(KEY).first().assign(**means, weights=weights.groupby(by).sum()).reset_index()
        self._boundaries(t, coded)
        seen, when = (np.sort(t[key].unique()) for key in KEY)
        self.step = step = int(np.gcd.reduce(np.diff(when))) or 1
        self.say("every_years", column=about["year"], text=[""] * (step > 1), n=step, four=4 * step)
        calendar = np.arange(when[0], when[-1] + 1, step) if when[0] >= 1000 else when
        # terms say who led in years without a row too
        empty, told = np.setdiff1d(calendar, when), led["record"] or led["start"]
        calendar = calendar if told and len(empty) <= len(when) else when
        frame = t.set_index(KEY).reindex(pd.MultiIndex.from_product([seen, calendar], names=KEY)).reset_index()
        values = {"first": str(when[0]), "last": str(when[-1]), "n": len(when), "full": len(frame)}
        self.fact("years", column=shown(about["year"]), gone=len(frame) - len(t), **values)
        self.say("years_without_rows", column=about["year"], names=[*empty])
        frame = frame if told else terms.of_shares(frame)
        frame = self._record(frame) if led["record"] else self._terms(frame, held, coded) if told else frame
        never = frame.groupby("unit_code")["treated"].count()[lambda n: n == 0].index
        self.say("never_known", column=about["unit"], n=len(never), names=never)
        frame = frame.assign(treated_low=frame["treated"].fillna(0.0), treated_high=frame["treated"].fillna(1.0))
        frame = self._to_2025(frame, level) if about["boundaries"] == "2025" else frame
        on, off = int((frame["treated"] == 1).sum()), int((frame["treated"] == 0).sum())
        led_by = {"on": on, "off": off, "open": len(frame) - on - off}
        self.stop("" if off else "no_local" if on else "nobody_known", column=who * bool(on), **led_by)
        for column in outcomes:
            low, high, n = frame[column].agg(["min", "max", "count"])
            if n:
                self.fact("outcome", column=shown(column), n=int(n), low=low, high=high, gone=len(frame) - int(n))
            self.say("no_values", column=column, text=[column] * bool(t[column].isna().all()))
        held_fixed = [(c, one) for one in outcomes for c in dict.fromkeys(about["covariates"])]
        for column, other in [(c, "share") for c in dict.fromkeys([*outcomes, *about["covariates"]])] + held_fixed:
            both = frame[[column, other]].astype("float64").dropna()
            alike = both.nunique().min() > 1 and len(both) > 2 and abs(both[column].corr(both[other])) > 1 - 1e-9
            kind = "who_led" if other == "share" else "outcome_again"
            self.say(kind, column=column, text=[column] * bool(alike), other=other)
        self.stop()
        labels = dict.fromkeys(o[key] or o["column"] for o in about["outcome"] for key in ("label_en", "label_vi"))
        self.say("other_letters", column="label_en", file=self.toml, names=[*filter(FORMS["glyphs"].search, labels)])
        self.fact("leaders" if led["record"] else "leaders_by", column=shown(who), **led_by)
        extra = ["weights"] * bool(about["weights"] or about["combine"]) + ["cluster"] * bool(about["cluster"])
        columns = [*W["columns"], *extra, *dict.fromkeys([*outcomes, *about["covariates"]])]
        self.frame = frame.assign(term_id=frame.get("term_id", frame["spell_id"])).astype(W["columns"])[columns]
        self.fact("switching", n=int((self.frame.groupby("unit_code")["treated"].nunique() > 1).sum()))

    def _filled(self, part: str, told: dict[str, Any]) -> dict[str, Any]:
        """Check the keys of a part of panel.toml, fill in those left out."""
        fill = W[part]
        for key, value in told.items():
            allowed = W["allowed"].get(key, [value])
            wrong = "word" if value not in allowed else ""
            wrong = "key" if key not in fill else "type" if type(value) is not type(fill[key]) else wrong
            if wrong:
                near, said = ", ".join(get_close_matches(key, fill, 1) or fill), ", ".join(map(repr, allowed))
                kind = Text(W["texts"][type(fill.get(key, "")).__name__])
                self.say(wrong, column=key, key=repr(key), text=repr(value), known=near, allowed=said, kind=kind)
        return fill | {k: tidy(v) if isinstance(v, str) and k in W["named"] else v for k, v in told.items()}

    def _describe(self, given: Any) -> dict[str, Any]:
        """Check panel.toml, fill in what is left out."""
        try:
            given = given or tomllib.loads((self.where / "panel.toml").read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.stop("toml", text=str(error))
        self.about = about = self._filled("panel", given)
        self.stop()
        about |= {part: self._filled(part, about[part]) for part in ("leaders", "notes")}
        about["outcome"] = outcomes = [self._filled("outcome", o) for o in about["outcome"] if isinstance(o, dict)]
        self.stop()
        led, level, named = about["leaders"], about["level"], [one["column"] for one in outcomes]
        self.outcomes = named  # in the order of panel.toml
        beside = about["covariates"] or about["weights"] or about["combine"] or level == "other"
        for wrong, kind, column in (
            (not named or not all(named), "no_outcome", "[[outcome]]"),
            (led["non_local"] and led["local"], "both_ways", "local"),
            (led["record"] and level != "province", "record_level", "record"),
            (about["boundaries"] == "2025" and beside, "not_2025", "boundaries"),
            (about["decimal"] == about["thousands"], "one_mark", "thousands"),
            (about["first_year"] > about["last_year"], "years_turned", "first_year"),
            (any(one["aggregate"] == "mean" and not one["weight"] for one in outcomes), "no_weight", "weight"),
            *((c in {*W["columns"], "new_code"}, "taken", c) for c in dict.fromkeys([*named, *about["covariates"]])),
            *(((named + about["covariates"]).count(c) > 1, "outcome_twice", c) for c in dict.fromkeys(named)),
        ):
            self.say(kind, column=column, text=[repr(column)] * bool(wrong), level=level, taken=", ".join(W["columns"]))
        for column, kept in about["sample"].items():
            listed = isinstance(kept, list) and bool(kept) and all(isinstance(one, str | int) for one in kept)
            self.say("no_list", column="sample", text=[f"{column!r}: {kept!r}"] * (not column or not listed))
        self.stop()
        return about

    def _open(self, part: dict[str, Any]) -> Any:
        """Read the table that a part of panel.toml names; the faults that follow are about it."""
        file, sheet = part["file"], part["sheet"]
        if isinstance(self.where, dict):
            return self.where.get(file)
        path = self.where / file
        if not file or path.name != file or not path.is_file() or path.is_symlink():
            return self.say("elsewhere", column="file", text=repr(file))
        inner, read = self.read[file] = self.read.get(file) or reading.opened(path, f"own/{self.name}/{file}")
        self.faults += [fault for fault in inner.faults if fault not in self.faults]
        self.notes += [note for note in dict.fromkeys(inner.notes) if note not in self.notes]  # sheets may be alike
        self.file = inner.file + f" [{sheet}]" * bool(sheet)
        return read.get(sheet, next(iter(read.values()), None))

    def _need(self, t: pd.DataFrame, named: list[tuple[str, str]]) -> None:
        for key, name in [(key, name) for key, name in named if name and name not in t]:
            self.say("no_column", column=name, row=1, key=key, near=get_close_matches(name, t, 1, 0.5) or t.columns)

    def _keys(self, raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, list[str], int]:
        """
        Return unit and year of each row, the rows themselves, and the columns that tell rows of one pair apart.

        Totals are left out, a pair that comes twice is a fault.
        """
        about, cells, names = self.about, raw[self.about["year"]], raw.get(self.about["unit_name"])
        when, units = periods(cells), raw[about["unit"]]
        if when.nunique() == 1:
            self.stop("one_year", column=about["year"], year=f"{when.max():.0f}")
        self.say("years_ahead", cells[when.notna() & (when.min() > pd.Timestamp.now().year)])
        short = cells.str.fullmatch(FORMS["yy"], na=False) & (not (when.max() >= 100 or says("period", cells.name)))
        self.say("year_short", cells[short])
        odd = when.notna() & ~short & ((cells.str[:4] != when.map("{:.0f}".format)) | (cells.str.len() != 4))
        self.read_as("year_read", cells[odd], when)
        self.say("calendar", cells[when.notna() & says("calendar", " ".join([str(cells.name), *cells[:1].dropna()]))])
        times = [c for c in raw if c != cells.name and says("when", c) and reading.years(raw[c]).notna().mean() > 0.9]
        self.say("years_beside", column=about["year"], names=times)
        coded = [c for c in raw if says("code", c) and raw[c].str.fullmatch("[A-Z]{3}").mean() > 0.9]
        # EMU is a total, whatever its name
        names = raw[coded[0]] if coded and names is None and about["level"] == "other" else names
        if names is not None and units.isna().any():  # the whole has no code, or no name
            units = units.fillna(names.where(guessing.totals(names.fillna(""), about["level"])))
        both = pd.concat([units.ffill(), when], axis=1).dropna()
        merged = (units.isna() & when.notna()).any() and not both.duplicated().any()
        self.say("no_code" if merged or units.isna().mean() > 0.5 else "no_unit", units[units.isna()].fillna(""))
        there = pd.concat([units, names]).drop_duplicates().dropna().map(tidy).str.casefold()
        odd = [u for u in about["leave_out"] + about["keep"] if not there.str.startswith(tidy(str(u)).casefold()).any()]
        self.say("no_such_unit", column=about["unit"], file=self.toml, text=odd)
        code = self._units(units, names)
        self.say("year", cells[when.isna() & code.notna()].fillna(""))
        t = pd.DataFrame({"unit_code": code, "year": when}).dropna().astype({"year": "int64"})
        t["unit_code"] = self._namesakes(t, raw.loc[t.index])
        for c in [c for c in raw if says("code", c) and c != about["unit"]]:
            several = t["unit_code"].groupby([raw[c], t["year"]]).transform("nunique") > 1
            some = t["unit_code"][several & ~self._told("keep", t["unit_code"])]
            few = some.nunique() <= max(2, t["unit_code"].nunique() / 5)
            self.say("one_code", raw.loc[some.index[: few * len(some)], c], names=[*some.unique()])
        twice, apart = t[t.duplicated(KEY)], list[str]()
        again = [*dict.fromkeys(f"{units[row]} {year}" for row, year in twice["year"][:20].items())][:5]
        if len(twice) and not about["combine"] and raw.loc[t.index].duplicated()[twice.index].all():
            self.say("doubled", units[twice.index], names=again)
            t, twice = t.drop(index=twice.index), twice[:0]
        unused = [c for c in raw if says("weights", c) and len(twice) and not about["weights"]]
        self.say("unweighted", column=about["unit"], names=unused)
        if len(twice) and not about["combine"]:
            rows = t.index[t.eq(twice.iloc[0]).all(axis=1)]
            worded = [c for c in raw if raw[c].str.contains(r"[^\W\d_]").any()]
            within = cells[t.index].groupby([t["unit_code"], t["year"]]).nunique().max() > 1
            figures = {c for c in raw if c not in self.outcomes and (says("figures", c) or of_months(raw[c]))}
            few = [c for c in raw if c in figures or (c in worded and raw[c].nunique() <= 20)]
            few = [c for c in few if raw[c].nunique() <= 8 or not says("of_persons", c)]
            kinds = raw.loc[t.index, [c for c in few if units.groupby(raw[c]).nunique().max() > 1]]
            most = max(20, 3 * len(t) / (len(t) - len(twice)))  # combinations of kinds; of persons there are more
            sizes = range(1, 4 * (not pd.concat([t, kinds], axis=1).duplicated().any()))
            sets = ([*by] for n in sizes for by in itertools.combinations([*kinds][:12], n))
            told = (by for by in sets if not pd.concat([t, kinds[by]], axis=1).duplicated().any())
            told = (by for by in told if {*by} <= figures or len(kinds[by].drop_duplicates()) <= most)
            apart = [about["year"]] if within else next(told, [])
            within |= any(of_months(raw[c]) for c in apart)
            texts = raw.loc[rows, apart or [about["year"]]].fillna("-").agg(" ".join, axis=1).unique()
            kept = ", ".join(f'{json.dumps(c, ensure_ascii=False)} = ["..."]' for c in apart)
            values = {"year": twice["year"].iloc[0], "first": int(rows[0]), "n": len(twice), "by": shown(apart)}
            values |= {"unit": shown(units[rows[1]]), "text": shown(texts), "kept": kept, "row": int(rows[1])}
            kind, column = "told_apart" if apart else "twice", f"{about['unit']}+{about['year']}"
            t = t.drop(index=twice.index)
            self.say("within_year" if within else kind, column=column, names=again, **values)
        if t.empty:
            self.stop("" if self.faults else "all_left_out")
        once = t["unit_code"].is_unique and when.nunique() > 1
        self.say("once_each", column=about["year"], n=len(t), text=[*t["year"][: once * 3]])
        for kind, some in self._above(t, raw.loc[t.index], (units.notna() & code.isna()).any()).items():
            gone = t["unit_code"].isin(some) & ~self._told("keep", t["unit_code"])
            self.say(kind, units[t.index[gone]], names=[*t["unit_code"][gone].unique()])
            t = t[~gone]
        return t, raw.loc[t.index], apart, 0 if about["level"] == "other" else self._listed(t, names)

    def _above(self, t: pd.DataFrame, raw: pd.DataFrame, whole: bool) -> dict[str, list[str]]:
        """Return units above others: by their codes, or (one alone only where no ``whole`` is named) as the first or last whose leader alone is never known."""
        above, listed = guessing.above_others(t["unit_code"], raw, self.about["level"]), [*t["unit_code"].unique()]
        known = t["unit_code"][raw[self.about["unit"]].isin(self.led)].unique()
        both = (itertools.takewhile(lambda u: u not in known, some) for some in (listed, listed[::-1]))
        # not by the alphabet, nor the capital alone below the whole
        ends = some if listed != sorted(listed) and len(some := {*itertools.chain(*both)}) > whole else set[str]()
        # 031 above 03151
        begin = {code[:n] for code in known for n in range(2, min(map(len, known))) if code[n:].isdigit()}
        unled = [u for u in listed if (u in ends or u in above or u in begin) and u not in known]
        unled = unled if len(known) and len(unled) == len(listed) - len(known) <= max(1, len(listed) / 5) else []
        above = [u for u in above if u not in unled]  # one alone may be the first of a list: 4800000, 4800007, ...
        return {"unled": unled, "nested": above * (len(above) > 1)}

    def _namesakes(self, t: pd.DataFrame, raw: pd.DataFrame) -> pd.Series:
        """Return unit codes; those that units of several larger units bear in the same years have the larger one behind them."""
        some = {k: cells.unique() for k, cells in self.held.items() if t.duplicated(KEY).any()}
        pairs = {c: k for k in some for c in raw if c != self.about["unit"] and raw[c].isin(some[k]).mean() > 0.9}
        for name in [c for c in raw if (says("larger", c) or c in pairs) and t.duplicated(KEY).any()]:
            of = raw[name].groupby(t["unit_code"]).transform("nunique")
            code, some = t["unit_code"].mask(of > 1, t["unit_code"] + " (" + raw[name] + ")"), t[of > 1]
            few = some["unit_code"].nunique() < t["unit_code"].nunique() / 2 and code.notna().all()
            both = few and len(some) > 1.5 * len(some.drop_duplicates(KEY)) and not guessing.totals(code, "other").any()
            if both and not t.assign(unit_code=code).duplicated(KEY).any():
                self.say("same_names", column=name, names=[*code[of > 1].unique()])
                self.larger = pairs.get(name, "")
                return code
        return t["unit_code"]

    def _listed(self, t: pd.DataFrame, names: Any) -> int:
        """Return how many units are in the list of before July 2025; codes of another numbering, or of both sides, are refused."""
        level, unit = self.about["level"], self.about["unit"]
        listed, codes = boundaries.crosswalk(level), t["unit_code"]
        ours, after = codes[codes.isin(listed["old_code"])], [set(listed["new_code"])]
        after += [set(places.meant(listed["new_name"]))] if level == "province" else []
        before, since = (set(ours[late]) for late in (t["year"] < 2025, t["year"] >= 2025))
        ended = next((sorted(before - new)[:3] for new in after if since and since <= new and before - new), [])
        self.say("both_sides", column=unit, text=ended * (level != "district"), before=len(before), since=len(since))
        grown = listed["old_code"].isin(ours) & listed.duplicated("new_code", keep=False)
        n, asked = ours.nunique(), level != "district" and not self.about["boundaries"] and grown.any()
        if asked and any({*ours} <= new for new in after) and (n >= 8 or self.about["leaders"]["record"]):
            self.say("since_2025" if n >= 8 else "perhaps_2025", column=unit, n=n)
        pairs = pd.DataFrame({"code": codes, "name": names}).dropna().drop_duplicates()
        if level == "province":
            meant, pairs["listed"] = places.meant(pairs["name"]), pairs["code"].map(places.name)
            wrong = pairs[meant.notna() & (meant != pairs["code"])]
        else:
            pairs = pairs.assign(listed=pairs["code"].map(boundaries.names(level))).dropna()
            called = pairs["name"].map(plain).str.replace("_", "")
            other = [not name.endswith(listed) for name, listed in zip(called, pairs["listed"], strict=True)]
            wrong = pairs[other] if sum(other) > len(pairs) / 2 else pairs[:0]
        self.say("numbering", wrong["code"], column=unit, name=wrong["name"].iloc[:1], listed=wrong["listed"].iloc[:1])
        return n

    def _units(self, cells: pd.Series, names: Any = None) -> pd.Series:
        """Return unit codes, missing for totals; one unit in several spellings is one unit."""
        level, width = self.about["level"], guessing.WIDTH.get(self.about["level"], 0)
        seen = pd.Series(u := cells.dropna().unique(), u, "str").map(lambda name: FORMS["marked"].sub("", tidy(name)))
        unmarked = seen.str.replace(r"\s*\(\d\)$", "", regex=True)
        seen = unmarked.where(unmarked.isin(seen), seen)
        plainer = seen.str.replace(FORMS["before"], "", regex=True)
        seen = plainer if plainer.nunique() == seen.nunique() else seen
        known = seen if names is None else names.groupby(cells).first().reindex(seen.index).fillna("").map(tidy)
        total = guessing.totals(seen, level) | (known is not seen and guessing.totals(known, level))
        total |= self._told("leave_out", seen) | self._told("leave_out", known)
        total &= ~(self._told("keep", seen) | self._told("keep", known))
        # the name, not the code
        self.say("totals", cells[cells.isin(seen.index[total])], names=[*known.where(known.str.len() > 3, seen)[total]])
        former = seen.map(plain).isin(W["totals"]["former"]) & (level == "province")
        self.say("former", cells[cells.isin(seen.index[former])], names=[*seen[former]])
        seen = seen[~total & ~former]
        digits = seen.str.fullmatch(r"\d+(\.0+)?")
        code = seen.str.replace(r"\.0+$", "", regex=True) if level == "other" and digits.all() else seen
        code = code.mask(digits & self.about["pad_codes"], code.str.zfill(width or self.longest))
        code = places.meant(code) if level == "province" else code
        code = code if width < 3 or digits.mean() <= 0.5 else code.where(code.str.fullmatch(rf"\d{{{width}}}"))
        bad = cells[cells.isin(seen.index[code.isna()])]
        text = ", ".join(repr(shown(one)) for one in bad.unique()[:30])
        kind = "no_province" if level == "province" else "code"
        self.say(kind, bad, text=text, n=width, level=Text(W["texts"][level]))
        if level == "other" or not (digits.all() or level == "province"):  # in other letters, or without zeros
            code = code.groupby(code.map(guessing.toned, na_action="ignore").str.lstrip("0")).transform("first")
        several = code[code.duplicated(keep=False) & code.notna()].sort_values(kind="stable")
        self.say("spellings", column=cells.name, n=len(several), units=several.nunique(), text=several.index)
        return cells.map(code)

    def _told(self, key: str, units: pd.Series) -> pd.Series:
        """Say which units panel.toml names under ``leave_out`` or ``keep``."""
        return units.str.casefold().isin([tidy(str(name)).casefold() for name in self.about[key]])

    def _sums(self, t: pd.DataFrame, raw: pd.DataFrame) -> pd.Series:
        """Say which rows are of units that are in every year the sum of those listed next to them: totals, regions of any country."""
        totals, names = set[str](), raw[self.about["unit"]]
        for column in [c for c in self.outcomes if c in t]:
            wide = t.drop_duplicates(KEY).pivot(index="unit_code", columns="year", values=column)
            wide, found = wide[wide.count().nlargest(12).index].reindex(t["unit_code"].unique()).dropna(how="all"), {""}
            alike = (wide.stack().value_counts(normalize=True) ** 2).sum()
            while found and len(wide) < 500:
                n, found = wide.count(axis=1), set()
                rare = wide.index[(n > 2) & (len(wide) ** 2 * alike**n < 0.03) & (wide.max(axis=1) > wide.min(axis=1))]
                for listed in (wide, wide[::-1]):  # none by chance
                    values, given = listed.fillna(0.0).to_numpy(), listed.notna().to_numpy()  # no value adds nothing
                    running, size = (np.vstack([x[:1] * 0, x.cumsum(axis=0)]) for x in (values, given))
                    rest = running[None] - running[1:, None] - values[:, None]
                    equal = ((abs(rest) <= 1e-3 * abs(values[:, None])) | ~given[:, None]).all(axis=2)
                    several = (size[None] - size[1:, None] > 1) & given[:, None]  # units in a year
                    equal &= several.sum(axis=2) >= given.sum(axis=1)[:, None] / 2
                    found |= set(listed.index[np.triu(equal, 3).any(axis=1)]).intersection(rare)
                    # regions first, then the units of all of them
                    same = np.argwhere((abs(running - 2 * running[:, None]) <= 1e-9 * running[:, None]).all(axis=2))
                    ends = [j for j, m in same if 1 < j <= m / 3 and len({*running[j]}) > 2]
                    found |= {*listed.index[: max(ends, default=0)]}
                wide, totals = wide.drop(index=found), totals | found
        nations = {u for u in t["unit_code"].unique() if len(u) > 3 and plain(u) in guessing.countries()}
        held = {*t["unit_code"][names[t.index].isin(self.led)]} if self.about["leaders"]["start"] else set[str]()
        kept = {*t["unit_code"][self._told("keep", t["unit_code"])]}
        gone = t["unit_code"].isin(totals - held - kept)
        above = guessing.above_others(t["unit_code"], raw.loc[t.index], self.about["level"])
        maybe = {*above} | (totals & held) | (nations - held if len(nations) == 1 else set())
        self.say("perhaps_totals", column=str(names.name), names=sorted(maybe - kept - (totals - held)))
        self.say("totals", names[t.index[gone]], names=sorted(t["unit_code"][gone].unique()))
        return gone

    def _numbers(self, cells: pd.Series) -> pd.Series:
        """Return a column of numbers; marks that may be decimal or between thousands are asked about, never guessed."""
        say, texts, decimal, thousands = self.say, W["texts"], self.about["decimal"], self.about["thousands"]
        none = cells.str.normalize("NFC").isin(list(map(str, self.about["missing"])))
        say("taken_missing", cells[none & (cells.isin(W["nothing"]) | reading.is_number(cells))])
        written, cells = cells.where(~none), reading.bare(cells.where(~none))
        turned = reading.marks([cells], (decimal, thousands))
        if turned[0] != decimal and numbers(cells, *turned).count() == cells.count():
            decimal, thousands = turned
        points = cells[cells.str.contains(".", regex=False, na=False)]
        values, other = numbers(cells, decimal, thousands), "," if decimal == "." else "."
        odd, number = cells[values.isna() & cells.notna()], Text(texts["point" if decimal == "." else "comma"])
        good = cells[cells.str.fullmatch(W["odd_numbers"]["other_decimal"].replace("@", decimal), na=False)]
        for kind, form in W["odd_numbers"].items():
            if not kind.startswith("thousands") or (decimal == "." and not thousands):
                here = odd.str.lower().str.fullmatch(form.replace("@", other))
                kind = "both_marks" if kind == "other_decimal" and len(good) else kind
                text = ", ".join(repr(shown(one)) for one in odd[here].unique()[: 30 if kind == "text_cell" else 1])
                say(kind, odd[here], number=number, mark=other, good=shown(good.iloc[:1]), text=text)
                odd = odd[~here]
        if decimal == "." and not thousands and points.str.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}").all():
            say("thousands_asked", points, whole=shown(points.iloc[:1]).replace(".", ""))
        as_said = written.str.fullmatch(rf"[-+−–\s\d]*(\{self.about['decimal']}\d*)?(e[-+]?\d+)?", case=False, na=False)
        self.read_as("number_read", written[values.notna() & ~as_said], values)
        below = values[values < 0]  # a few whole numbers, each several times, are codes
        coded = (below.duplicated(keep=False) & (below % 1 == 0) & (below < -8)).all() and below.nunique() < 5
        marks = cells.str.fullmatch(FORMS["no_value"], na=False) | ((values < 0) & coded)
        low, high = values[~marks].agg(["min", "max"])
        far = (values < (0 if low >= 0 else 2 * low - high)) | (values > 2 * high - low)
        say("sentinel", cells[far & marks], text=", ".join(map(repr, cells[far & marks].unique()[:30])))
        return values

    def _jumps(self, t: pd.DataFrame, one: dict[str, Any]) -> None:
        """Ask about a year in which all units rise or fall tenfold, a hundredfold, ..., or a part of them a thousandfold: their unit of measure may have changed."""
        wide = t.drop_duplicates(KEY).pivot(index="unit_code", columns="year", values=one["column"])
        steps = np.log10(wide.where(wide > 0)).diff(axis=1).dropna(axis=1, thresh=3)
        large = (steps.abs() - 3).abs() < 0.4
        part = large.sum().between(np.maximum(3, 0.2 * steps.count()), steps.count())
        for year, step in steps.loc[:, (steps.min() > 0.8) | (steps.max() < -0.8) | part].items():
            moved = step[large[year]] if part[year] else step
            power = abs(round(moved.median()))
            values = {"year": year, "times": int(10**power), "n": int(moved.count()), "of": int(step.count())}
            self.say("tenfold" if one["same_unit"] or power < 2 else "jump", column=one["column"], **values)

    def _boundaries(self, t: pd.DataFrame, coded: pd.DataFrame) -> None:
        """Note the few units that begin or end within the years, and those that lose then what these hold: they were split or merged."""
        spans = t.groupby("unit_code")["year"].agg(["min", "max"])
        part = spans[(spans != [t["year"].min(), t["year"].max()]).any(axis=1)]
        self.say("part_of_years", column=self.about["year"], names=[f"{u} {a}-{b}" for u, a, b in part.itertuples()])
        other, whole = ~self._told("keep", spans.index.to_series()), spans.index.str.extract(FORMS["rest"])[0]
        twice = [f"{w} / {u}" for u, w in zip(spans.index, whole, strict=True) if other[u] and w in spans.index]
        called = coded.get(self.about["unit_name"], pd.Series(dtype="str")).dropna().groupby(level=0).first()
        for end, gone in spans.groupby("max").groups.items():  # one unit, written in two ways
            begun = spans.index[other & (spans["min"] == spans["min"][spans["min"] > end].min())][: 20_000 // len(gone)]
            alone = len(gone) == len(begun) == 1 and not any(map(str.isdigit, gone[0] + begun[0]))  # Orissa, Odisha
            for one, two in itertools.product(gone, begun):
                if alone or guessing.alike(one, two) or called.get(one, one) == called.get(two, two):
                    twice.append(f"{one} (–{end}) / {two}")
            if not twice and min(len(gone), len(begun)) >= max(3, len(spans) / 3 * (len(gone) != len(begun))):
                twice += [f"{shown(gone)} (–{end}) / {shown(begun)}"]  # another numbering
        self.say("respelled", column=self.about["unit"], names=twice)
        part, split = part if len(part) <= max(1, len(spans) / 10) else part[:0], set[str]()
        for column, (way, end) in itertools.product(self.outcomes if len(part) else (), ((1, "min"), (-1, "max"))):
            wide = t.pivot(index="unit_code", columns="year", values=column)
            lost = -wide.diff(way, axis=1)
            for year, units in part.groupby(end).groups.items():
                held = abs(lost[year] / wide.loc[units, year].sum() - 1) < 0.25
                split |= {*wide.index[held & (lost[year] > 8 * lost.abs().median(axis=1))]}
        self.say("split", column=self.about["unit"], names=sorted(split))

    def _truth(self, cells: pd.Series, units: pd.Series) -> pd.Series:
        """Return who is non-local, or of provinces whose home is another: a column of who is local counts the other way round, if named so."""
        led, name, told = self.about["leaders"], str(cells.name), truth(cells).fillna(truth(reading.bare(cells)))
        if self.about["level"] == "province" and says("home", name) and told.count() < cells.count() / 2:
            homes = cells.map(places.meant(pd.Series(u := cells.dropna().unique(), u)))
            self.say("homes_read", cells[homes.notna()])
            self.say("home_elsewhere", cells[homes.isna() & ~reading.empty(cells)])
            return (homes != units).astype("float64").where(homes.notna())
        if says("certain" if led["local"] else "local", name) and not reading.speaks(cells.dropna().unique()):
            self.say("not_local" if led["local"] else "local", column=name, name=json.dumps(name, ensure_ascii=False))
        self.say("truth", cells[told.isna() & ~reading.empty(cells, *map(str, self.about["missing"]))])
        self.say("shares", cells[(told > 0) & (told < 1)])
        told = told.mask(cells.isna(), 0.0) if led["empty"] == "no" else told
        return 1 - told if led["local"] else told

    def _candidates(self, table: pd.DataFrame) -> None:
        """Say that nothing tells who led, and of each column that may tell it what it lacks."""
        taken, ways = [self.about[key] for key in ("unit", "year")], list[tuple[int, Text]]()
        by = [table.get(name, pd.Series(0, table.index)) for name in taken]
        for name, cells in table.mask(table.apply(reading.empty)).items() if all(taken) else ():
            told, known, n = truth(cells).dropna(), cells.dropna(), cells.nunique()
            still, same = (known.groupby(one).nunique().max() < 2 for one in by)
            flag = name not in taken and len(told) > 0.75 * len(known) > 0 and told.isin([0, 1]).mean() > 0.5
            moves, worded, home = flag and told.nunique() > 1, not reading.is_number(known).all(), says("home", name)
            # 1, 2, 9 without a legend, or a year of each unit
            digits, dated = n < 5 and known.str.fullmatch(r"\d").all(), still and reading.years(known).notna().all()
            coded = 1 < n <= 6 and (digits or dated or says("certain", name) or home) and not flag and name not in taken
            kinds = {"one_mark": flag > moves and len(known) < len(table), "is_local": moves and says("local", name)}
            kinds |= {"never": moves and still, "may_be": moves and not same, "coded": coded, "homes": home and worded}
            for kind in [kind for kind, so in kinds.items() if so][:1]:
                said = Text(W["texts"][kind], column=json.dumps(name, ensure_ascii=False), text=shown(known.unique()))
                late = kind == "never" or by[1][told[told == 1].index].nunique() == 1  # yes in one year
                sure = kind == "is_local" or (kind == "coded" and (home or says("certain", name)))
                ways.append((late - sure, said))
        ways.sort(key=lambda way: way[0])
        best = [way for late, way in ways if late < 0 or ways[0][0] >= 0][:6] or [Text(W["texts"]["no_candidate"])]
        said = functools.reduce(lambda first, then: Text(W["texts"]["and"], first=first, then=then), best)
        self.say("no_leaders", column="[leaders]", file=self.toml, ways=said)

    def _record(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Who led the 63 provinces, from the project's own record."""
        led = self.about["leaders"]
        first, last = max(frame["year"].min(), terms.FIRST_YEAR), min(frame["year"].max(), terms.LAST_YEAR)
        told = {"since": str(terms.FIRST_YEAR), "until": str(terms.LAST_YEAR)}
        self.stop("off_record" if first > last else "", column=self.about["year"], text=self.about["year"], **told)
        self.fact("record", first=str(first), last=str(last), **{k: Text(led[k]) for k in ("record", "definition")})
        held = terms.yearly(led["definition"], (first, last), post=led["record"])
        out = frame.merge(held.drop(columns=["treated_low", "treated_high"]), on=KEY, how="left", validate="one_to_one")
        return out.fillna({"share_low": 0.0, "share_high": 1.0}).astype({"treated": "Float64"})

    def _terms(self, frame: pd.DataFrame, table: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
        """Who led, from terms in office: months held by each, who led on 30 June, arrivals; or from a row for each year."""
        led = self.about["leaders"]
        self.file = f"own/{self.name}/" * bool(self.name) + led["file"] if led["file"] else self.file
        self._need(table, [(key, led[key]) for key in ("unit", "start", "end", "person", "non_local", "local")])
        self.stop()
        who, units = table[led["non_local"] or led["local"]], self._units(table[led["unit"]])
        named = units + " (" + table[self.larger] + ")" if self.larger else units
        units, here = named.where(named.isin(frame["unit_code"]), units), frame["unit_code"].unique()
        spelt = {guessing.toned(unit): unit for unit in here}  # in capitals, or with other marks
        units = units.map(lambda unit: spelt.get(guessing.toned(unit), unit), na_action="ignore")
        t = pd.DataFrame({"unit": units, "value": self._truth(who, units)})
        yearly = led["start"] == led["end"]  # a row for each year, not for each term
        t["row"], t["person"] = table.index, table[led["person"]] if led["person"] else table[led["start"]] + who
        self._numberings(t["unit"], panel)
        here = t["unit"].isin(frame["unit_code"])
        near = t["unit"].str.lstrip("0").isin(frame["unit_code"].str.lstrip("0"))  # 01 here, 1 there
        # all of them, or without a last digit
        begun = {c: t["unit"].str[: int(panel[c].fillna("").str.len().max())].isin(panel[c]).mean() for c in panel}
        by = max((c for c in begun if begun[c] > 0.5), key=lambda c: begun[c], default=self.about["unit"])
        kind = "zeros" if (near & ~here).any() else "strange" if here.any() else "all_strange"
        kind = "held_by" if kind == "all_strange" and t["unit"].isin(panel[by]).mean() > 0.5 else kind
        self.say(kind, t["unit"][~here].dropna(), column=led["unit"], by=by, other=repr(shown(panel[by].min())))
        both = {key: table[led[key]] for key in ("start", "end") if led[key]}
        both |= {k: periods(v).map("{:.0f}".format, na_action="ignore").fillna(v) for k, v in both.items() if yearly}
        dates = pd.concat(both.values()).dropna()
        seen = {kind: [*dates[dates.str.contains(FORMS[f"{kind}_first"])]][:1] for kind in ("day", "month")}
        # one part above 12 shows it
        self.say("both_orders", column=led["start"], text=seen["month"], other=seen["day"])
        read = {key: reading.dates(cells, bool(seen["month"])) for key, cells in both.items()}
        # last years, where nearly all begin in the one behind them
        if "end" in read and not led["year_only"]:
            first, last = (when["year"].where(when["month"].isna()) for when in (read["start"], read["end"]))
            of = pd.DataFrame({"unit": t["unit"], "start": read["start"]["year"]}).sort_values(["unit", "start"]).index
            steps = (first[of].groupby(t["unit"]).shift(-1) - last).dropna()
            led["year_only"] = "whole" if len(steps) > 2 and (steps == 1).mean() > 0.8 else ""
        led["year_only"] = only = "whole" if yearly else led["year_only"] or "july"
        t["end"], t["until"], counted = np.nan, 0.0, frame["year"].max() < 1000
        for last, (key, day) in enumerate(zip(read, ("day", "until"), strict=False)):
            cells, when = both[key], read[key]
            year = when["year"].fillna(numbers(cells).where(lambda n: counted & n.between(0, 999)))
            self.say("month", cells[year.isna() & ~reading.empty(cells, *W["open"] * last)])
            self.say(f"year_{only}", cells[year.notna() & when["month"].isna() & (not yearly)])
            self.say("day_first", cells[when["d2"].notna() & (when["d2"] != when["month"]) & (not any(seen.values()))])
            month = when["month"].fillna(7 if only == "july" else 1 + 12 * last * (only == "whole"))
            t[key] = year * 12 + month - 1 + (when["day"] >= 28) * last
            t[day] = when["day"].fillna(1 if last else 31)  # no overlap where the month alone is known
        self.say("backwards", both["start"][t["end"] < t["start"]], column=led["end"])
        self.stop()
        t = t[here].assign(censored=t["start"].isna()).fillna({"start": -np.inf, "end": np.inf})
        t = t.sort_values(["unit", "start", "day", "row"], ignore_index=True)
        t["censored"] |= yearly & ~t["unit"].duplicated()
        same = t["unit"].eq(t["unit"].shift())
        shared = same & (t["start"] == t["end"].shift() - 12) & (only == "whole" and not yearly)
        t["start"], t["end"] = t["start"] + 6 * shared, t["end"] - 6 * shared.shift(-1, fill_value=False)  # a half each
        before, until = t["end"].shift(), t["until"].shift()
        touch = same & t["person"].eq(t["person"].shift()) & (t["start"] <= before) & (t["end"] >= before)
        late = (until >= 28) & (t["day"] >= until)  # handed over on the last days of a month
        over = t.assign(first=t["row"].shift())[same & ~touch & (t["start"] + late < before)]
        for at in over[:1].itertuples():
            self.say("overlap", column=led["start"], row=at.row, unit=shown(at.unit), first=int(at.first), n=len(over))
        self.stop()
        met, of = list(t["unit"].unique()), frame["unit_code"].nunique()
        if led["file"] and not led["partial"] and len(met) < of / 2:
            self.say("other_level", column=led["unit"], n=len(met), of=of, names=met)
        self.fact("spells", file=self.file, n=len(t), units=len(met))
        out = terms.of_units(frame, t.assign(touch=touch))
        return out if led["person"] or not yearly else out.assign(turnover=np.nan, tenure_years=np.nan, spell_id=None)

    def _numberings(self, codes: pd.Series, panel: pd.DataFrame) -> None:
        """Refuse terms of which the codes mean other units than in the panel, as the names beside both show."""
        there = panel[~panel.index.duplicated()]
        for c, p in itertools.product([c for c in self.held if not says("home", c)], there):
            named = there[p].dropna().map(guessing.toned).drop_duplicates(keep=False)
            meant = self.held[c].map(guessing.toned, na_action="ignore").map(pd.Series(named.index, named))
            pairs = pd.DataFrame({"code": codes, "meant": meant}).dropna().drop_duplicates()
            names = len(pairs) > codes.nunique() / 2 and len(pairs) <= 1.05 * pairs.nunique().min()  # one for each
            wrong = pairs["code"][(pairs["code"] != pairs["meant"]) & names & there[p].str.contains(r"[^\W\d_]").any()]
            here, other = self.held[c][wrong.index[:1]], there[p].reindex(wrong[:1]).fillna("-")
            self.say("numberings", wrong, column=self.about["leaders"]["unit"], here=here, there=other, by=p, name=c)

    def _to_2025(self, frame: pd.DataFrame, level: str) -> pd.DataFrame:
        """Sum up to the units since July 2025, where no part is missing."""
        self.crosswalk = fates = boundaries.fates(level, units := list(frame["unit_code"].unique()))
        kept, fate = fates[fates["fate"].isin(["same", "merged"])], fates.drop_duplicates("old_code")["fate"]
        counts = {kind: int((fate == kind).sum()) for kind in ("same", "merged", "split", "incomplete", "unknown")}
        self.fact("boundaries", old=len(units), new=kept["new_code"].nunique(), version=boundaries.source(), **counts)
        if level == "commune" and (grown := kept["old_code"].isin(boundaries.grown())).any():
            self.say("taken_in", column=self.about["unit"], n=kept.loc[grown, "new_code"].nunique())
        self.stop("none_left" if kept.empty else "", column=self.about["unit"])
        frame, refused = boundaries.summed(frame, kept, self.about["outcome"])
        for column, n in refused.items():
            self.say("no_sum", column=column, n=n)
        return frame
