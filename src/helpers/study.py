"""One row per unit and year: an outcome, who led, and covariates, with a count of what is missing and why."""

import difflib
import functools
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from helpers import words
from helpers.display import folder, link, write_csv
from helpers.record import places, tables, terms
from helpers.words import Refused, Sentence, _, count, joined, known, language, listing, number, pick, unmarked

_NAMES = "data/indicators.csv"  # where the names of all indicators stand
BEFORE = (1, 2, 3)  # years before a year at risk of which past outcomes are asked
_LED = ["treated", "share", "treated_low", "treated_high", "share_low", "share_high"]
_LED += ["turnover", "tenure_years", "spell_id", "term_id"]
# before a province left out, also by autocorrection
_MINUS = tuple("-\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d")
_LED_BY = {
    "secretary": "non-local secretaries",
    "chair": "non-local chairs",
    "either": "a non-local secretary or chair",
    "both": "a non-local secretary and a non-local chair",
}
_ALSO: dict[str, tuple[str, ...]] = {"chair": ("chairs", "chairman", "chairperson", "chủ tịch UBND")}
_ALSO |= {"secretary": ("secretaries", "party secretary", "bí thư tỉnh ủy")}
_ALSO |= {"hometown": ("quê quán",), "career": ("quá trình công tác",), "regulation": ("quy định",)}
_SPELLED = {key: (*names, *_ALSO.get(key, ())) for key, names in (terms.POST_LABELS | terms.LABELS).items()}
_PARTS = "{label}: measured in another way from {year} on are {parts}"
_STAYED = "Of the years before 2011 only those under chairs who stayed to 2011 count, so that who counts depends on later years; chairs who left before 2011 count as unknown"
_BOTH = "Of both posts together, a year under a non-local is one in which secretary and chair are both non-local; all other years, in which at most one of the two is, stand for those under locals."
# fmt: off
FLAGS = {  # how values with a mark are named: in a note on a panel, and counted
    "preliminary": ("{label}: preliminary values", "{n} preliminary"),
    "secondary": ("{label}: values from a secondary copy", "{n} copied from a secondary source"),
    "derived": ("{label}: values derived by us", "{n} computed for this project from other values"),
    "old_boundary": ("{label}: values on the boundaries before August 2008", "{n} on the boundaries before August 2008"),
    "doubtful": ("{label}: values marked as doubtful", "{n} marked as unverified or not comparable"),
}
# fmt: on


def choose(name: str, value: object, allowed: Iterable[str] | dict[str, Iterable[str]], file: str = "") -> str:
    """
    Return the allowed value that is meant, in any common spelling: capitals, marks, spaces and hyphens do not matter.

    Parameters
    ----------
    name : str
        Of the parameter, for the error.
    value : object
    allowed : iterable of str, or dict of str to other spellings
    file : str
        Where many names stand, for the error.

    Raises
    ------
    Refused
        Naming what was found and what is closest.

    Examples
    --------
    >>> choose("definition", "Home-town", ["hometown", "career"])
    'hometown'
    """
    spellings = allowed if isinstance(allowed, dict) else {key: _SPELLED.get(key, ()) for key in allowed}
    known_as = {_plain(text): key for key, others in spellings.items() for text in (*others, key)}
    if isinstance(value, str) and _plain(value) in known_as:
        return known_as[_plain(value)]
    asked = _plain(str(value))
    near = [text for text in known_as if len(asked) > 2 and text.startswith(asked)]
    near += difflib.get_close_matches(asked, known_as, 3, 0.4)
    meant = ", ".join([*dict.fromkeys(known_as[text] for text in near)][:3])
    text = "{name} is {value}; expected one of {n} names; closest: {meant}."
    if not meant:
        text = "{name} is {value}; expected one of {n} names, none of which is near{listed:; all stand in {file}|}."
    if len(spellings) <= 12:
        text, meant = "{name} is {value}; expected one of {meant}.", ", ".join(spellings)
    raise Refused(text, name=name, value=repr(value), n=len(spellings), meant=meant, file=file, listed=bool(file))


def who(definition: str, post: str) -> tuple[str, str]:
    """
    Return the definition of local and the post that are meant, in any common spelling and in both languages.

    Parameters
    ----------
    definition, post : str
        As in :func:`panel`.

    Examples
    --------
    >>> who("Quê quán", "Chairman")
    ('hometown', 'chair')
    """
    return choose("definition", definition, terms.DEFINITIONS), choose("post", post, terms.POSTS)


def definition_of(definition: str) -> str:
    """
    Return "by hometown" in the language switched on.

    Parameters
    ----------
    definition : {"hometown", "career", "regulation"}
        Who counts as non-local, in any common spelling.
    """
    return pick(*terms.LABELS[choose("definition", definition, terms.DEFINITIONS)])


def label_of(name: str, kind: str = "label") -> str:
    """
    Return an indicator as a heading, or in running text, in the language switched on; any other column by its name.

    Parameters
    ----------
    name : str
        Of the indicator.
    kind : {"label", "text"}
    """
    every = tables.registry()
    row = every.loc[name] if name in every.index else {}
    return row.get(f"{kind}_{language()}") or row.get(f"label_{language()}", name)


def spellings(indicators: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return the labels of ``indicators`` (rows indexed by name) as their other spellings, for :func:`choose`."""
    return dict(zip(indicators.index, zip(indicators["label_en"], indicators["label_vi"], strict=True), strict=True))


def _plain(text: str) -> str:
    return "".join(c for c in unmarked(str(text)) if c.isalnum())


class handed_out(functools.cached_property):
    """A table of a panel, worked out once and handed out as a copy: what is written into it changes no result, and pandas says so."""

    def __set__(self, panel: Any, table: pd.DataFrame) -> None:  # with it Python asks __get__ each time
        panel.__dict__[self.attrname] = table

    def __get__(self, panel: Any, owner: Any = None) -> Any:
        table = super().__get__(panel, owner)
        return table if panel is None else table.copy(deep=False)


@dataclass(frozen=True, eq=False, repr=False)
class Panel:
    """
    A panel and what it holds. Its tables are copies; `with_frame` gives a panel with changed rows.

    Attributes
    ----------
    kept : DataFrame
        Every unit in every year of the window, sorted; read it as ``frame``: unit_code, year, y (missing = no value), treated, share, their bounds,
        turnover, tenure_years, spell_id, term_id (see `terms.yearly`), one column per covariate, source.
    outcome, definition, post : str
    window : (int, int)
    transform : {None, "log", "asinh", "z"}
    covariates : tuple of str
    """

    kept: pd.DataFrame
    outcome: str
    definition: str
    window: tuple[int, int]
    transform: str | None = None
    covariates: tuple[str, ...] = ()
    post: str = "secretary"
    given: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[tuple[str, int, dict], ...] = ()

    def __repr__(self) -> str:
        return (
            f"Panel: {self.outcome}, {self.first}-{self.last}, {self.post}, {self.definition}; {self.n_units} units, "
            f"{self.n_known} of {self.n_cells} unit-years known, {self.n_switching} units switching"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not (hasattr(pd.DataFrame, name) or name in vars(self).get("kept", ())):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        text = "A panel has no {name}; its two tables have: panel.frame (every year), panel.complete (years with all values known)."
        raise AttributeError(_(text, name=name), name=name, obj=self)

    def __getitem__(self, name: object) -> Any:
        text = "A panel has no columns itself; those of panel.frame are: {names}."
        raise Refused(text, names=", ".join(self.frame.columns))

    @property
    def frame(self) -> pd.DataFrame:
        """Every unit in every year of the window, a copy of ``kept``: what is written into it changes no result, and pandas says so."""
        return self.kept.copy(deep=False)

    @handed_out
    def complete(self) -> pd.DataFrame:
        """
        The unit-years with outcome, treatment and covariates known, as plain numbers, ready for statsmodels and pyfixest.

        Columns: unit_code, year, y, d (1 = under a non-local on 30 June), share (of the year), the covariates, and those added
        by `with_frame`.
        """
        kept = self.frame.assign(d=self.frame["treated"]).dropna(subset=["y", "d", *self.covariates])
        added = [*self.given.get("added", ())]
        kept = kept[["unit_code", "year", "y", "d", "share", *self.covariates, *added]].reset_index(drop=True)
        return kept.astype(dict.fromkeys(("y", "d", "share", *self.covariates), "float64"))

    @property
    def asked(self) -> dict[str, str]:
        """What a row of results about the panel says of it: outcome, definition, post."""
        return {"outcome": self.outcome, "definition": self.definition, "post": self.post}

    @property
    def clusters(self) -> np.ndarray:
        """Whole numbers that tell the units of ``complete`` apart, for clustered standard errors."""
        return pd.factorize(self.complete["unit_code"], sort=True)[0]

    @property
    def first(self) -> int:
        """First year with a known unit-year."""
        return self._years[0]

    @property
    def last(self) -> int:
        """Last year with a known unit-year."""
        return self._years[1]

    @functools.cached_property
    def _years(self) -> tuple[int, int]:
        years = self.complete["year"]
        return (int(years.min()), int(years.max())) if len(years) else self.window

    @property
    def n_cells(self) -> int:
        """Unit-years of the window."""
        return len(self.frame)

    @property
    def n_known(self) -> int:
        """Unit-years of ``complete``."""
        return len(self.complete)

    @property
    def n_units(self) -> int:
        """Units with at least one known year."""
        return self.complete["unit_code"].nunique()

    @property
    def share_treated(self) -> float:
        """Share of the known unit-years that are under a non-local on 30 June."""
        return float(self.complete["d"].mean())

    @property
    def n_switching(self) -> int:
        """Units with known years under both."""
        return int((self.complete.groupby("unit_code")["d"].nunique() > 1).sum())

    @functools.cached_property
    def _region(self) -> pd.Series | None:
        """A row of ``units.csv`` in the region that was asked for, if exactly one was."""
        units, codes = tables.load("units"), set(self.frame["unit_code"])
        regions = [rows for _name, rows in units.groupby("region_en") if set(rows["unit_code"]) == codes]
        return regions[0].iloc[0] if regions else None

    @property
    def sample(self) -> str:
        """Which units were asked for, as a key: ``all``, a region such as ``central_highlands``, or codes (``62;66``)."""
        codes = self.frame["unit_code"].unique()
        if len(codes) == len(tables.load("units")):
            return "all"
        return ";".join(codes) if self._region is None else self._region["region_en"].lower().replace(" ", "_")

    @property
    def is_whole(self) -> bool:
        """Whether all units, no covariates, the usual form of the outcome and our record were asked for, as in the stored results."""
        return self.sample == "all" and not self.covariates and not self.given.get("changed")

    @property
    def by_hand(self) -> bool:
        """Whether its rows were changed, see `with_frame`."""
        return "added" in self.given

    @property
    def is_stated(self) -> bool:
        """Whether outcome, years, units and covariates are those stated in ``data/designs.csv``."""
        window = _window(self.outcome, (), list(self.frame["unit_code"].unique()), tables.design_of(self.outcome))
        return self.is_whole and self.window == window and self.outcome in set(tables.load("designs")["outcome"])

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the indicator's scale; missing where it has none or values are transformed."""
        low, high = (float(self._indicator.get(end, np.nan)) for end in ("lowest", "highest"))
        return (np.nan, np.nan) if self.transform else (low, high)

    @property
    def scope(self) -> str:
        """Which units and which covariates were asked for, in the language switched on; nothing for all units and no covariates."""
        codes, parts = self.frame["unit_code"].unique(), []
        if self.sample != "all" and self._region is not None:
            name = self._region[f"region_{language()}"]
            parts.append(_("among the {n} provinces of the {region}", n=len(codes), region=name))
        elif self.sample != "all":
            others = sorted({*tables.load("units")["unit_code"]} - {*codes})
            text = "in {named} only" if len(codes) <= 3 else "in {n} provinces that were chosen"
            text = "in all provinces but {others}" if len(others) <= 3 else text
            named, left_out = (listing(map(places.name, few)) for few in (codes, others))
            parts.append(_(text, n=len(codes), named=named, others=left_out))
        if self.by_hand:
            parts.append(_("with rows changed by hand"))
        if n := len(self.covariates):
            parts.append(_("given {held}" if n <= 3 else "given {n} covariates", n=n, held=self.held))
        return ", ".join(parts)

    @property
    def held(self) -> str:
        """The covariates in running text, in the language switched on."""
        return listing(label_of(name, "text") for name in self.covariates)

    def scoped(self, text: Sentence) -> Sentence:
        """
        Return a sentence behind the units and covariates that it is about.

        Parameters
        ----------
        text : Sentence
        """
        return joined(f"{self.scope[0].upper()}{self.scope[1:]}:", text) if self.scope else text

    @property
    def counted(self) -> str:
        """How many unit-years of the window are known, and in which years these lie."""
        told = {"of": self.n_cells, "n": self.n_known, "unit": self.unit, "held": self.held}
        plain = "Of {of} {unit}-years in {first}-{last}, {n} have a value and a leader known to be local or not"
        more = "Of {of} {unit}-years in {first}-{last}, {n} have a value, a leader known to be local or not, and these covariates: {held}"
        first, last = map(str, self.window)
        text = _(more if self.covariates else plain, first=first, last=last, **told)
        used = _("all in {first}-{last}", first=str(self.first), last=str(self.last))
        return text if self._years == self.window else f"{text} ({used})"

    @property
    def both_kinds(self) -> str:
        """In how many units years under a local and under a non-local are both seen, on which all results rest; of none the warning tells."""
        if self.n_switching == self.n_units == 1:
            return _("The one {unit} has both kinds of years.", unit=self.unit)
        some = "In {n:one of the {of}|{n} of {of}} {units} both kinds of years are seen: all that follows rests on {n:it|them}."
        every = "In all {n} {units} both kinds of years are seen."
        return count(self.n_switching, "", some, every=every, units=self.units, of=self.n_units)

    @property
    def lost(self) -> str:
        """That covariates cost a tenth of the known unit-years or more, with what there was and what is left."""
        before = replace(self, covariates=())
        if self.n_known > 0.9 * before.n_known:
            return ""
        years = [str(year) for year in (before.first, before.last, self.first, self.last)]
        told = dict(zip(("first", "last", "from", "to"), years, strict=True))
        text = "Part of the data is lost to covariates: of {before} {unit}-years with a value and a known leader ({first}-{last}), {n} have the covariates too ({from}-{to})."
        return _(text, before=before.n_known, n=self.n_known, unit=self.unit, **told)

    @functools.cached_property
    def _indicator(self) -> dict:
        return tables.registry().loc[self.outcome].to_dict()

    @property
    def label(self) -> str:
        """The outcome in running text, in the language switched on."""
        return self._form("text")

    @property
    def heading(self) -> str:
        """The outcome as a heading, in the language switched on, with the units and covariates asked for."""
        return f"{self._form('label')} ({self.scope})" if self.scope else self._form("label")

    @property
    def which_way(self) -> str:
        """Which way is better, in the language switched on: "higher = fewer charges"."""
        return self._form("reading")

    @property
    def reading(self) -> str:
        """How differences read, in the language switched on: which way is better, and what log points are."""
        text = "{way}; differences are in log points, of which 10 are {few} percent and 100 are {many} percent{log:| where values lie well above 1: the inverse hyperbolic sine takes 0 and less too}"
        size = {"few": number(100 * np.expm1(0.1), 1), "many": number(100 * np.expm1(1), 0)}
        told = _(text, way=self.which_way, log=self.transform == "log", **size)
        return told if self.scale == 100 else self.which_way

    def _form(self, kind: str) -> str:
        return self._indicator.get(f"{kind}_{language()}") or self._indicator[f"label_{language()}"]

    @property
    def better(self) -> str:
        """``higher``, ``lower`` or ``neither``."""
        return self._indicator["better"]

    @property
    def scale(self) -> float:
        """What estimates are multiplied by when shown: 100 for logarithms, which gives log points."""
        return 100.0 if self.transform in ("log", "asinh") else 1.0

    @property
    def digits(self) -> int:
        """Decimals with which estimates are shown."""
        return 1 if self.scale == 100 else max(1, int(self._indicator["decimals"]))

    @property
    def measure(self) -> str:
        """The unit of a difference, in the language switched on."""
        if self.scale == 100:
            return _("log points")
        if self.transform == "z":
            return _("standard deviations")
        for start, name in (("%", _("percentage points")), ("points", _("points"))):
            if self._indicator["unit_en"].startswith(start):
                return name
        return self._indicator[f"unit_{language()}"]

    def difference(self, x: float) -> str:
        """
        Return an estimate in words, as the panel shows it: "0.46 points lower (worse)".

        Parameters
        ----------
        x : float
        """
        return words.difference(x * self.scale, self.digits, self.measure, self.better)

    def between(self, low: float, high: float) -> str:
        """
        Return the limits of an estimate in words, as the panel shows them: "from 1.2 points lower to 0.3 points higher".

        Parameters
        ----------
        low, high : float
        """
        return words.between(low * self.scale, high * self.scale, self.digits, self.measure)

    @property
    def by(self) -> str:
        """Who counts as non-local, in the language switched on: "by hometown"."""
        return _("by hand") if "treatment" in self.given else definition_of(self.definition)

    @property
    def led_by(self) -> str:
        """The treatment in running text: "non-local secretaries", or what was said of a changed one."""
        return known(self.given["treatment"]) if "treatment" in self.given else _(_LED_BY[self.post])

    @property
    def others(self) -> str:
        """The years that those under non-locals are compared with, in running text: "years under local ones"."""
        local = "years in which both are local" if self.post == "either" else "years under local ones"
        return _(local if self.local_only else "all other years")

    @property
    def local_only(self) -> bool:
        """Whether locals alone lead in these years: not where both posts are asked together or the treatment was changed."""
        return self.post != "both" and "treatment" not in self.given

    @property
    def unit(self) -> str:
        """What a unit is called, in the language switched on: "province"."""
        return _("province")

    @property
    def units(self) -> str:
        """What several units are called, in the language switched on: "provinces"."""
        return _("provinces")

    @property
    def source(self) -> str:
        """The tables behind the panel, for the foot of a figure."""
        named = tables.registry()["table"]
        return ", ".join(dict.fromkeys(f"{name}.csv" for name in ("leaders", *named[[self.outcome, *self.covariates]])))

    @handed_out
    def coverage(self) -> pd.DataFrame:
        """
        One row per year: n_units, n_complete (value, covariates and treatment known), missing, and why.

        A unit-year counts once under each reason: no_value, no_holder, not_classified (holder known, whether local not),
        no_covariate. Where nobody is named in any year, only whether who led is local, no_holder is left out.
        """
        frame = self.frame
        holder = frame.filter(items=["term_id", "spell_id", "treated"]).notna().any(axis=1)
        gaps = {"no_value": frame["y"].isna(), "no_holder": ~holder, "not_classified": holder & frame["treated"].isna()}
        if "spell_id" in frame and frame["spell_id"].isna().all():
            gaps["not_classified"] = gaps.pop("no_holder")
        if self.covariates:
            gaps["no_covariate"] = frame[list(self.covariates)].isna().any(axis=1)
        out = pd.DataFrame(gaps).assign(missing=lambda t: t.any(axis=1), n_units=1).groupby(frame["year"]).sum()
        out["n_complete"] = out["n_units"] - out["missing"]
        return out[["n_units", "n_complete", "missing", *gaps]].reset_index()

    def _noted(self, text: str, values: dict) -> str:
        named = tables.registry()[f"label_{language()}"]
        said = {key: named.get(value, value) for key, value in values.items() if key != "parts"}
        said["parts"] = listing(named[[*values.get("parts", ())]].str.split(": ").str[-1])
        return pick(**values) if text == "break" else _(text, **said)

    @property
    def cautions(self) -> str:
        """What a reader should know, in sentences: what changed in the indicator within the window, and how many values are flagged."""
        one, many, told = "{note} (one {unit}-year).", "{note} ({n} {unit}-years).", dict[str, None]()
        for text, n, values in self.remarks:
            note = self._noted(text, values)
            told[count(n, "", one, many, note=note, unit=self.unit) if n and text != "break" else note] = None
        none = "No change of method and no flagged value is recorded within these years."
        return _("To know of these values: {told}", told=" ".join(told)) if told else _(none)

    @handed_out
    def rows(self) -> pd.DataFrame:
        """
        The rows behind every number.

        Columns: unit_code, unit, year; of both posts the holder, the key in ``leaders.csv`` and the address where the term stands
        (``secretary``, ``secretary_id``, ``secretary_source``, ...); value, y (transformed), non_local, share, covariates; source (key
        in ``sources_*.csv``) and source_url.
        """
        led = terms.yearly(self.definition, self.window, post=self.post)
        page = tables.load("leaders").set_index("spell_id")["source_1"]
        site = tables.sources().set_index("source")["url_or_repo"]
        out = self.frame[["unit_code", "year"]].copy()
        out.insert(1, "unit", out["unit_code"].map({code: places.name(code) for code in set(out["unit_code"])}))
        who = ["secretary", "secretary_id", "chair", "chair_id"]
        out = out.merge(led[["unit_code", "year", *who]], on=["unit_code", "year"], how="left")
        for place, name in ((5, "secretary"), (8, "chair")):
            out.insert(place, f"{name}_source", out[f"{name}_id"].map(page))
        out["value"] = self.given.get("raw", self.frame["y"])
        out[["y", "non_local", "share"]] = self.frame[["y", "treated", "share"]]
        out[[*self.covariates, "source"]] = self.frame[[*self.covariates, "source"]]
        return out.assign(source_url=out["source"].map(site))

    def under(self, definition: str) -> "Panel":
        """
        Return the same panel under another definition of local.

        Parameters
        ----------
        definition : str
            As in :func:`panel`.
        """
        if self.by_hand:
            text = "the rows of this panel were changed by hand: it cannot be made for another definition or post. Change the rows of study.panel(..., definition, post) alike."
            raise Refused(text)
        given = {key: value for key, value in self.given.items() if key not in ("raw", "sources", "changed")}
        return panel(self.outcome, definition, self.post, **given)

    def with_frame(self, frame: pd.DataFrame, treatment: str = "") -> "Panel":
        """
        Return the panel with other rows: a changed outcome or treatment, or more columns, such as weights and cluster.

        Parameters
        ----------
        frame : DataFrame
            A changed copy of `frame` with the same units and years; an outcome that shall not count is missing.
        treatment : str
            What a changed treatment is called in running text, such as "secretaries in their first year".

        Raises
        ------
        Refused
            Other units or years, a column that is gone, a treatment outside its bounds.

        Examples
        --------
        >>> pci = panel("pci_score")
        >>> later = pci.frame.assign(y=pci.frame["y"].mask(pci.frame["year"] < 2016))
        >>> pci.with_frame(later).n_known < pci.n_known
        True
        """
        if not isinstance(frame, pd.DataFrame) or frame.columns.has_duplicates:
            text = "frame is {kind}; expected a changed copy of panel.frame, in which each column comes once."
            raise Refused(text, kind=type(frame).__name__)
        own, gone = self.frame[["unit_code", "year"]], list(self.frame.columns.difference(frame.columns))
        frame = frame.reset_index(drop=True)
        there = frame.filter([*own])
        with suppress(KeyError, TypeError, ValueError):  # years as 2016.0 and units as categories are the same ones
            there = there.astype(own.dtypes)
        if not gone:
            left = own[~pd.MultiIndex.from_frame(own).isin(pd.MultiIndex.from_frame(there))].to_numpy()
            gone = [f"{code} ({year})" for code, year in left[:3]] + ["…"] * (len(left) > 3)
        if gone or not there.equals(own):
            text = "frame has {n} rows and lacks {gone}; expected the {of} units and years of panel.frame in their order, and all its columns. Set y to missing where a row shall not count."
            lost = ", ".join(gone) or _("no row (but has others, or another order)")
            raise Refused(text, n=len(frame), gone=lost, of=len(self.frame))
        for name in {"treated", "share"} & {*frame.columns}:
            low, value, high = (_numeric(frame.get(name + end, frame[name])) for end in ("_low", "", "_high"))
            if n := int(((value < low - 1e-9) | (value > high + 1e-9) | (low > high + 2e-9)).sum()):
                text = "{name} lies outside {name}_low and {name}_high in {n} rows; expected it between these bounds. Change all three alike."
                raise Refused(text, name=name, n=n)
        added = [name for name in frame if name in self.given.get("added", ()) or name not in self.kept]
        given = {**self.given, "changed": True, "added": added}
        before, after = (_numeric(table["treated"]) for table in (self.kept, frame))
        if treatment or (before.ne(after).fillna(True) & after.notna()).any():  # an unknown that was filled counts too
            given["treatment"] = treatment or "the treatment as changed by hand"
        return replace(self, kept=frame.assign(**own), given=given)


def panel(
    outcome: str = "pci_score",
    definition: str = "hometown",
    post: str = "secretary",
    window: Sequence[int] = (),
    provinces: Sequence[str] | str = (),
    covariates: Sequence[str] | str = (),
    *,
    allow_breaks: Sequence[str] = (),
    transform: str | None = "design",
    leaders: pd.DataFrame | None = None,
) -> Panel:
    """
    Join an outcome, the leaders and covariates.

    Parameters
    ----------
    outcome : str
        An indicator of ``data/indicators.csv``, by its name or label in any common spelling.
    definition : {"hometown", "career", "regulation"}
        Who counts as non-local, see `terms.non_local`.
    post : {"secretary", "chair", "either", "both"}
    window : sequence of int
        First and last year, both included; empty: that of ``data/designs.csv``, else all years on one definition.
    provinces : sequence of str, or str
        Names or codes of provinces, or regions; empty: all 63; one with ``-`` before it is left out.
    covariates : sequence of str, or str
        Other indicators, by name or label, as they are in the same year.
    allow_breaks : sequence of str
        Breaks of the outcome or a covariate that the window may cross, by name.
    transform : {"design", None, "log", "asinh", "z"}
        ``design``: that of ``data/designs.csv``; ``log``: natural logarithm; ``asinh``: inverse hyperbolic sine; ``z``: units from
        the year's mean in standard deviations over the units of the panel.
    leaders : DataFrame, optional
        As in `terms.spells`, for trials.

    Returns
    -------
    Panel

    Raises
    ------
    Refused
        Unknown names, ranks, press-only indicators, covariates named twice, equal to the outcome, a part of it or an index of which
        it is a part, a window outside the data, the logarithm of a value that is not positive.
    tables.BreakRefused
        A break that is not allowed by name.

    Examples
    --------
    >>> panel("PCI score", provinces="Central Highlands").n_units
    5
    """
    outcome, *others = names = _names(outcome, several(covariates))
    definition, post = who(definition, post)
    covariates, allow_breaks, window = tuple(others), several(allow_breaks), several(window)
    design = tables.design_of(outcome)
    transform = choose("transform", transform or "none", ("design", "none", "log", "asinh", "z"))
    codes = resolve_units(provinces)
    window = _window(outcome, window, codes, design)
    changed = transform not in ("design", design.transform) or leaders is not None
    transform = design.transform if transform == "design" else transform
    transform = None if transform == "none" else transform
    if strange := set() if leaders is None else {*terms.spells(definition, leaders)["unit_code"]} - {*resolve_units()}:
        text = "unit_code of leaders has {values}; expected codes of the 63 provinces, as text ('01'). places.resolve finds codes of names."
        raise Refused(text, values=", ".join(sorted(map(str, strange))[:3]))
    values = {name: rows[rows["unit_code"].isin(codes)] for name, rows in _values(names, window, allow_breaks).items()}
    frame = pd.MultiIndex.from_product([codes, range(window[0], window[1] + 1)], names=["unit_code", "year"])
    frame = _join(frame.to_frame(index=False), values[outcome].rename(columns={"value": "y"}), ["y", "source"])
    frame = _join(frame, terms.yearly(definition, window, leaders, post), _LED)
    for name in covariates:
        frame = _join(frame, values[name].rename(columns={"value": name}), [name])
    given: dict[str, Any] = {"window": window, "provinces": tuple(codes), "covariates": covariates}
    given |= {"allow_breaks": allow_breaks, "transform": transform, "leaders": leaders, "changed": changed}
    given |= {"raw": frame["y"], "sources": set(pd.concat([x["source"] for x in values.values()]).dropna())}
    frame = frame.assign(y=_transformed(frame, transform))[["unit_code", "year", "y", *_LED, *covariates, "source"]]
    remarks, early = _remarks(values, window), int((frame["term_id"].notna() & frame["spell_id"].isna()).sum())
    remarks += ((_STAYED, early, {}),) * bool(early) + ((_BOTH, 0, {}),) * (post == "both")
    return Panel(frame, outcome, definition, window, transform, covariates, post, given, remarks)


def _names(outcome: str, covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Return outcome and covariates by their names in the registry, or refuse what cannot stand in a model, or not together."""
    registry = tables.registry()
    spelled = spellings(registry)
    outcome = choose("outcome", outcome, spelled, _NAMES)
    names = (outcome, *(choose("an item of covariates", name, spelled, _NAMES) for name in covariates))
    once(names)
    for name in names:
        tables.need_score(name)
    for part, whole in (pair for name in names[1:] for pair in ((name, outcome), (outcome, name))):
        if registry.at[part, "part_of"] == whole:
            text = "{part} is a part of {whole}: what is asked would be held fixed in part. Expected covariates that are neither a part of the outcome nor hold it; take another."
            raise Refused(text, part=part, whole=whole)
    return names


def _values(names: tuple[str, ...], window: tuple[int, int], allowed: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return the values of each indicator in the window, or refuse the breaks within it that are not ``allowed``, of all of them at once."""
    own = {name: set(tables.breaks(name)["name"]) for name in names}
    every = set().union(*own.values())
    if strange := [str(name) for name in allowed if name not in every]:
        text, ours = "allow_breaks names {strange}; breaks of {names}: {known}.", ", ".join(sorted(every))
        raise Refused(text, strange=", ".join(strange), names=", ".join(names), known=ours or "none")
    values, refused = dict[str, pd.DataFrame](), list[tables.BreakRefused]()
    for name in names:
        try:
            values[name] = tables.indicator(name, window, tuple(b for b in allowed if b in own[name]))
        except tables.BreakRefused as error:
            refused.append(error)
    if refused:
        needed = dict.fromkeys([*allowed, *(name for error in refused for name in error.breaks)])
        raise refused[0].naming(tuple(needed))
    return values


def several(given: Any) -> tuple:
    """
    Return what is ``given`` as a list: a single text is a list of one, None is empty, a range of years its first and last.

    Parameters
    ----------
    given : object
    """
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (given,)
    return (given[0], given[-1]) if isinstance(given, range) and given.step == 1 and len(given) > 1 else tuple(given)


def once(names: Sequence[str]) -> None:
    """
    Refuse a name that stands twice.

    Parameters
    ----------
    names : sequence of str
    """
    if len(set(names)) < len(names):
        text = "{names} is named twice; expected each indicator once. Drop the repetition."
        raise Refused(text, names=max(names, key=names.count))


def resolve_units(provinces: Sequence[str] | str = (), parameter: str = "provinces") -> list[str]:
    """
    Return the codes of the provinces meant: names or codes in any common spelling, or regions; empty: all 63.

    Parameters
    ----------
    provinces : sequence of str, or str
        Names or codes of provinces, and names of regions; empty: all 63. One with ``-`` before it is left out.
    parameter : str
        What they were given as, for the error.

    Examples
    --------
    >>> resolve_units(["Kon Tum", "66"]), len(resolve_units("Tây Nguyên")), len(resolve_units(["-Hà Nội", "-79"]))
    (['62', '66'], 5, 61)
    """
    listed, units = several(provinces), tables.load("units")
    if not listed:
        return sorted(units["unit_code"])
    named = ["region_en", "region_vi"]
    regions = {_plain(text): codes for name in named for text, codes in units.groupby(name)["unit_code"]}
    found, gone = set[str](), set[str]()
    for item in listed:
        out = isinstance(item, str) and item.lstrip().startswith(_MINUS)
        item = item.lstrip()[1:] if out else item
        try:
            meant = set(regions.get(_plain(str(item)), [])) or {places.resolve(item)}
            gone, found = (gone | meant, found) if out else (gone, found | meant)
        except ValueError as error:
            near = difflib.get_close_matches(_plain(str(item)), regions, 2, 0.6)
            every = dict(units[named].drop_duplicates().to_numpy())
            close = [name for pair in every.items() for name in pair if _plain(name) in near]
            text = "{parameter} {error} A region can be named too: {regions}."
            raise Refused(text, parameter=f"{parameter}:", error=error, regions=close or list(every)) from None
    if left := (found or {*units["unit_code"]}) - gone:
        return sorted(left)
    text = "{parameter} every province that is named is left out again; expected one or more that are not."
    raise Refused(text, parameter=f"{parameter}:")


def _window(outcome: str, window: Sequence[int], codes: list[str], design: tables.Design) -> tuple[int, int]:
    table = tables.indicator(outcome)
    years = table.loc[table["unit_code"].isin(codes), "year"]
    if years.empty:
        text = "{outcome} has no value for the provinces asked for; expected some. Take others."
        raise Refused(text, outcome=outcome)
    first, last = max(int(years.min()), terms.FIRST_YEAR), min(int(years.max()), terms.LAST_YEAR)
    if not len(window):
        return max(first, design.window[0]), min(last, design.window[1])
    outside = "{name} is {given}; {outcome} has values and leaders are known in {first}-{last}. Take a first and a last year within."
    return tables.span("window", window, first, last, outside, outcome=outcome)


def _join(left: pd.DataFrame, right: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    key = ["unit_code", "year"]
    return left.merge(right[[*key, *columns]], on=key, how="left", validate="one_to_one")


def _transformed(frame: pd.DataFrame, transform: str | None) -> pd.Series:
    y = frame["y"]
    if transform == "log" and (y <= 0).any():
        bad = frame[y <= 0]
        text = "unit {code} in {year} has {value}, which has no logarithm ({n} such values). Take transform='asinh' or None, or leave those years out."
        code, year, value = bad.iloc[0][["unit_code", "year", "y"]]
        raise Refused(text, code=code, year=str(year), value=f"{value:g}", n=len(bad))
    if transform == "z":
        return _standardised(y, frame["year"])
    return {"log": np.log, "asinh": np.arcsinh}.get(str(transform), pd.Series)(y)


def _numeric(column: pd.Series) -> pd.Series:
    """Return the numbers of a column; what is no number is refused in `design`."""
    return pd.to_numeric(column.astype(object), errors="coerce").astype("Float64")


def _standardised(values: pd.Series, year: pd.Series) -> pd.Series:
    by = values.groupby(year)
    return (values - by.transform("mean")) / by.transform("std")


def _remarks(values: dict[str, pd.DataFrame], window: tuple[int, int]) -> tuple[tuple[str, int, dict], ...]:
    out: list[tuple[str, int, dict]] = []
    part_of, every = tables.registry()["part_of"], tables.breaks()
    every = every[every["first_year"].between(window[0] + 1, window[1])]
    for name, table in values.items():
        out += [(text, n, {"label": name}) for flag, (text, _counted) in FLAGS.items() if (n := int(table[flag].sum()))]
        lines = every[every["indicator"] == name]
        for line in lines.itertuples():
            n = int((table["year"] >= line.first_year).sum())
            out.append(("break", n, {"en": line.text_en, "vi": line.text_vi}))
        parts = every[every["indicator"].map(part_of).eq(name) & ~every["first_year"].isin(lines["first_year"])]
        for year, changed in parts.groupby("first_year")["indicator"]:
            n, named = int((table["year"] >= year).sum()), tuple(changed.unique())
            out.append((_PARTS, n, {"year": str(year), "label": name, "parts": named}))
    if window[1] == terms.LAST_YEAR:
        out.append(("The record of leaders in the 63 provinces ends in June 2025.", 0, {}))
    return tuple(out)


def at_risk(definition: str = "hometown", post: str = "secretary", past: Sequence[str] = ()) -> pd.DataFrame:
    """
    List the province-years under a local, with what came next: the data of a hazard of a non-local's arrival.

    Parameters
    ----------
    definition, post : str
        As in :func:`panel`.
    past : sequence of str
        Outcomes whose values of the `BEFORE` years are added, in standard deviations from each year's mean over the 63 provinces.

    Returns
    -------
    DataFrame
        unit_code, year, arrives (1 = under a non-local on 30 June of the next year), tenure (years in office of the local on 30 June),
        nobody_known (1 = nobody is known in office at the end of some month of the twelve to 30 June, vacant or not), congress
        (1 = a year of provincial party congresses: 2005, 2010, ...), city, region (categories, the largest first), and of each past outcome ``NAME_1`` to
        ``NAME_3``, the values of so many years before: nothing in a row but ``arrives`` is later than 30 June, save a congress,
        whose year is known long before. Years whose next status
        is unknown are left out. ``attrs`` has definition, post and past, the names of the outcomes.
    """
    definition, post = who(definition, post)
    spelled = spellings(tables.registry())
    past = tuple(choose("an item of past", name, spelled, _NAMES) for name in several(past))
    once(past)
    led = terms.yearly(definition, (terms.first_year(post), terms.LAST_YEAR), post=post)
    led, held = led.assign(d=led["treated"].astype("Float64")), terms.monthly(definition, post=post)
    following = led.assign(year=led["year"] - 1)[["unit_code", "year", "d"]].rename(columns={"d": "arrives"})
    out = led[led["d"] == 0].merge(following, on=["unit_code", "year"]).dropna(subset=["arrives"])
    nobody, to_june = held["spell_id"].isna(), (held["year"] + (held["month"].dt.month > 6)).rename("year")
    nobody = nobody.groupby([held["unit_code"], to_june]).any().rename("nobody_known").reset_index()
    out = out.merge(nobody, on=["unit_code", "year"])
    units = tables.load("units").set_index("unit_code")
    regions = out["unit_code"].map(units["region_en"])
    out = out.rename(columns={"tenure_years": "tenure"}).assign(
        congress=out["year"] % 5 == 0,
        city=out["unit_code"].map(units["is_city"]),
        region=regions.astype(pd.CategoricalDtype(regions.value_counts().index)),  # the largest first
    )
    told = ["arrives", "tenure", "nobody_known", "congress", "city"]
    out = out[["unit_code", "year", *told, "region"]].astype(dict.fromkeys(told, "float64"))
    for name in past:
        values = tables.indicator(name)
        values = values[values["unit_code"].isin(units.index)]
        values[name] = _standardised(values["value"], values["year"])
        for years in BEFORE:
            before = values.assign(year=values["year"] + years, **{f"{name}_{years}": values[name]})
            out = out.merge(before[["unit_code", "year", f"{name}_{years}"]], on=["unit_code", "year"], how="left")
    out = out.reset_index(drop=True)
    out.attrs = {"definition": definition, "post": post, "past": list(past)}
    return out


def keyed(rows: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """
    Return rows of results with what was asked of their panel: outcome, definition and post where a row has none, sample, covariates and pooled breaks.

    Parameters
    ----------
    rows : DataFrame
    panel : Panel

    Examples
    --------
    >>> keyed(pd.DataFrame({"sample": ["all"]}), panel(provinces="Central Highlands")).iloc[0].tolist()
    ['central_highlands', 'pci_score', 'hometown', 'secretary']
    """
    rows = rows.copy()
    for key, ours in panel.asked.items():
        rows[key] = rows[key].fillna(ours) if key in rows else ours
    if panel.sample != "all" and "sample" in rows:
        rows["sample"] = panel.sample + (":" + rows["sample"]).mask(rows["sample"] == "all", "")
    for key, names in (("covariates", panel.covariates), ("breaks", panel.given.get("allow_breaks"))):
        if names:
            rows[key] = ";".join(names)
    return rows


def save(*results: Any) -> pd.DataFrame:
    """
    Write results and the rows behind them beside the report.

    Parameters
    ----------
    *results : DataFrame, result or Panel
        Tidy rows (``effects.RESULT_COLUMNS``), or something that has them as ``.rows``; panels give ``panel.csv``.

    Returns
    -------
    DataFrame
        One row per file: file, rows. ``results.csv`` has every row with outcome, definition and post of the first panel where
        the row has none; ``panel.csv`` has unit, year, who led, value, treatment and source of each unit-year.
    """
    target, panels = folder(), [r for r in results if isinstance(r, Panel)]
    if strange := [type(r).__name__ for r in results if not isinstance(getattr(r, "rows", r), pd.DataFrame)]:
        text = "what is to be saved is {kind}; expected tables of results or panels. Other tables: study.write."
        raise Refused(text, kind=", ".join(strange))
    target.mkdir(parents=True, exist_ok=True)
    found = [r if isinstance(r, pd.DataFrame) else r.rows for r in results if not isinstance(r, Panel)]
    written = []
    if found:
        tidy = pd.concat([rows for rows in found if len(rows)], ignore_index=True)
        tidy = keyed(tidy, panels[0]) if panels else tidy
        told = tidy.map(lambda value: f"{value:.10g}" if isinstance(value, float) else str(value))
        tidy = tidy.loc[~told.duplicated()]  # the same result may stand in two tables of a page
        written.append((write_csv(tidy, target / "results.csv"), len(tidy)))
    for place, one in enumerate(panels):
        file = target / ("panel.csv" if place == 0 else f"panel_{place + 1}.csv")
        written.append((write_csv(one.rows, file), len(one.rows)))
    out = pd.DataFrame(written, columns=["file", "rows"])
    return out.assign(file_url=out["file"].map(link))


def write(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """
    Write a table as ``<name>.csv`` beside the report, and return it to be shown.

    Parameters
    ----------
    frame : DataFrame
    name : str
        Of the file, without its ending.
    """
    if not isinstance(name, str) or not name or {*name} & {*'/\\:*?"<>|'} or name.startswith("."):
        text = "name is {value}; expected the name of a file of this run, without folder or ending, such as 'years'."
        raise Refused(text, value=repr(name))
    folder().mkdir(parents=True, exist_ok=True)
    write_csv(frame, folder() / f"{name}.csv")
    return frame


def sources(*panels: Panel) -> pd.DataFrame:
    """
    Return the sources of the values used: source, publisher, title with its address, terms.

    Parameters
    ----------
    *panels : Panel
    """
    held = {name for one in panels if isinstance(one, Panel) for name in one.given.get("sources", ())}
    return source_list(held | {name for one in panels for name in one.frame["source"].dropna().unique()})


def source_list(names: Iterable[str]) -> pd.DataFrame:
    """
    Return sources by their keys: source, publisher, title with its address, terms.

    Parameters
    ----------
    names : iterable of str
        As in the columns ``source`` of the tables.
    """
    table = tables.sources(sorted(set(names)))
    for name in ("publisher", "title", "licence_or_terms"):
        table[name] = table[name].map(lambda text: known(str(text)))
    table = table.rename(columns={"url_or_repo": "title_url", "licence_or_terms": "terms"})
    return table[["source", "publisher", "title", "title_url", "terms"]]
