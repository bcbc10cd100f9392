"""
Figures of the record: provinces as tiles, years, terms in office, coverage. Each takes tables, draws them, returns a Figure.

Local is grey, non-local red with a triangle, unknown hatched, what a figure is about blue; a unit without a value stays blank. A year is drawn at its
middle (year + 0.5), a month at its first day, so that yearly values and terms share one axis. ``texts`` are those of
:func:`~helpers.plots.base.finish` (title, detail, n, source, note); the alternative text is made of the title and the values drawn.
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import AsinhLocator, MaxNLocator

from helpers.plots import base
from helpers.plots.base import DARK, LOCAL, MIDDLE, boxes, fill, finish, kind_of, mark, number_axis, year_axis
from helpers.record import places, tables
from helpers.record.terms import FIRST_DAY, LAST_DAY, LAST_MONTH, known_to_the_year
from helpers.study import label_of
from helpers.words import Refused, _, dates, listing, number, percent, short_month

_SERIES: tuple[dict[str, Any], ...] = (  # a unit, its region, all units
    {"color": DARK, "lw": 1.9, "marker": "o"},
    {"color": base.FOCUS, "ls": "--", "marker": "s", "ms": 3},
    {"color": MIDDLE, "ls": ":", "marker": "d", "ms": 3},
)
_DIAGRAM = "A diagram, not a map: borders, islands and archipelagos are not drawn"
_NOBODY = {"fc": base.UNKNOWN, "ec": MIDDLE, "hatch": "....", "lw": 0.4}
_POLICY = {2018 + 4.6 / 12: "Resolution 26-NQ/TW, May 2018", 2025 + 3.5 / 12: "Directive 45-CT/TW, April 2025"}


class _Scale:
    """
    Where values stand: evenly or, if most lie in one fifth of the way from the lowest, in steps that grow like those of a logarithm.

    ``signed``: there are values on both sides of ``centre`` and the steps grow away from it. Without a centre the lowest is darkest.
    """

    def __init__(self, values: Any, centre: float | None = 0.0) -> None:
        known = pd.Series(values, dtype=float).dropna()
        self.turned, self.centre, self.low = centre is None, centre or 0.0, known.min() if len(known) else 0.0
        self.high = known.max() if known.nunique() > 1 else self.low + 1
        far, self.signed = (known - self.centre).abs(), self.low < self.centre < self.high
        near, self.step = 0 if self.signed else far.min(), far[far > 0].quantile(0.1)
        self.bent = bool((far - near <= 0.2 * (far.max() - near)).mean() > 0.6) and known.nunique() > 1

    def to(self, values: Any) -> Any:
        return np.arcsinh((values - self.centre) / self.step) if self.bent else values - self.centre

    def back(self, places: Any) -> Any:
        return (self.step * np.sinh(places) if self.bent else places) + self.centre

    def ticks(self, most: int) -> list[float]:
        """Return about so many round values, the centre among them where the steps grow."""
        locator: Any = AsinhLocator(self.step, most) if self.bent else MaxNLocator(most)
        found = locator.tick_values(self.low - self.centre, self.high - self.centre)
        found = found[(found == 0) | (abs(found) > self.step * self.bent)] + self.centre  # nearer ones would touch
        return [tick for tick in found if self.low <= tick <= self.high]

    def said(self, detail: str, coloured: bool = True) -> str:
        """Return the second line of a figure with how its scale is to be read, where it is not an even one from low to high."""
        text = "brown: below {n}; blue-green: above {n}"
        sides = _(text, n=number(self.centre, 0)) if self.signed and coloured else ""
        grows = _("scale in steps that grow as on a logarithmic one") if self.bent else ""
        return "; ".join(filter(None, [detail, sides, grows]))

    def shades(self) -> Any:
        """Return the scale from values to colours: blues, or brown below the centre and blue-green above it."""
        from matplotlib import colormaps
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import FuncNorm, ListedColormap

        at, even = np.linspace(self.to(self.low), self.to(self.high), 256), 0.12 + 0.8 * np.arange(256) / 255
        colours = colormaps["BrBG"](0.5 + 0.45 * at / abs(at).max()) if self.signed else colormaps["Blues"](even)
        norm = FuncNorm((self.to, self.back), self.low, self.high)
        return ScalarMappable(norm, ListedColormap(colours[::-1] if self.turned else colours))


def _ink(colour: Sequence[float]) -> str:
    return base.ON_STRONG if 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 0.48 else base.ON_PALE


def draw_tiles(ax: Axes, values: pd.Series, boundaries: int = 63, digits: int = 1, look: Any = "") -> Axes:
    """
    Draw one tile per unit in a schematic layout, with its name and value.

    Parameters
    ----------
    ax : Axes
    values : Series, indexed by unit_code
        Boolean: True = non-local, False = local, missing = unknown. Numbers: darker is higher; missing is blank.
    boundaries : {63, 34}
    digits : int
        Decimals of the numbers on the tiles.
    look : str or ScalarMappable
        Whose answer a boolean is, see :func:`~helpers.plots.base.kinds`; from numbers to colours, otherwise darker is higher.
    """
    led, said, looks, letters = values.dtype == "boolean", [], [], 6 if base.is_narrow() else 15
    shade, told = None if led else look or _Scale(values).shades(), base.kinds(look if led else "")
    tiles = tables.load("tiles" if boundaries == 63 else "tiles_2025")
    for tile in tiles.itertuples():
        value, name = values.get(tile.unit_code, pd.NA), places.name(tile.unit_code, "vi", boundaries=boundaries)
        face: dict[str, Any] = {"fc": base.UNKNOWN, "ec": LOCAL, "lw": 0.6}
        kind, text, ink = kind_of(value), "", DARK
        if shade is None:
            face, text = fill(kind) | {"lw": 0.5}, base.MARKS[kind]
            ink = {"non_local": base.ON_ACCENT, "local": base.ON_PALE}.get(kind, DARK)
        elif pd.notna(value):
            face["fc"], face["ec"], text = shade.to_rgba(value), "none", number(value, digits)
            ink = _ink(face["fc"])
        looks.append(face)
        said.append(f"{name}: {told[kind] if led else text or _('no data')}")
        style: dict[str, Any] = {"x": tile.col + 0.47, "ha": "center", "color": ink}
        if face.get("hatch"):
            style["bbox"] = {"fc": base.UNKNOWN, "ec": "none", "pad": 0.6}
        lines = textwrap.wrap(name.replace(" - ", " "), letters, break_long_words=False)
        ax.text(y=tile.row + 0.36, s="\n".join(lines), va="center", linespacing=1.05, **style)
        ax.text(y=tile.row + 0.89, s=text, va="bottom", weight="bold", **style)
    for hatch in (None, base.HATCH):  # one of an artist
        part = [n for n, face in enumerate(looks) if face.get("hatch") == hatch]
        same = {key: [looks[n][key] for n in part] for key in ("fc", "ec", "lw")}
        at = tiles["col"].to_numpy()[part], tiles["row"].to_numpy()[part]
        boxes(ax, *at, 0.94, 0.94, [said[n] for n in part], hatch=hatch, **same)
    ax.set_xlim(tiles["col"].min() - 0.1, tiles["col"].max() + 1.1)
    ax.set_ylim(tiles["row"].max() + 1.1, tiles["row"].min() - 0.1)
    ax.set_axis_off()
    return ax


@base.figure
def tile_map(
    values: pd.Series,
    boundaries: int = 63,
    digits: int = 1,
    name: str = "map",
    post: str = "",
    centre: float | None = 0.0,
    **texts: str,
) -> Figure:
    """
    Draw one value per unit on the tiles of the 63 or the 34 units: a number, or who leads it (boolean).

    Where most numbers are small beside the largest, the colours' steps grow, and the figure says so.

    Parameters
    ----------
    values : Series, indexed by unit_code
        As in :func:`draw_tiles`.
    boundaries : {63, 34}
    digits : int
    name, post, texts : str
    centre : float or None
        Where numbers lie on both sides of it, each side has its own colour; None: the lowest is darkest, as of ranks.
    """
    if strange := [code for code in values.index if code not in places.codes(boundaries)]:
        text = "the values to map stand under {keys}; expected codes of the {n} units as text, such as '01'. Take places.resolve for names."
        raise Refused(text, keys=", ".join(map(repr, strange[:3])), n=boundaries)
    led, rows = values.dtype == "boolean", tables.load("tiles" if boundaries == 63 else "tiles_2025")["row"].nunique()
    tall = rows * (0.66 if base.is_narrow() else 0.47)
    fig, axes = base.sheet(tall=tall, below=0.1 if led else 0.5, left=0.15, right=0.15)
    units = {code: places.name(code, "vi", boundaries=boundaries) for code in places.codes(boundaries)}
    if led:
        draw_tiles(axes[0, 0], values, boundaries, digits, post)
        fig.keys = base.leader_key(post)
        kinds = pd.Series({unit: kind_of(values.get(code)) for code, unit in units.items()})
        groups = {text: kinds.index[kinds == kind] for kind, text in base.kinds(post).items()}
        said = [f"{text}: {listing(names)}" for text, names in groups.items() if len(names)]
    else:
        texts["detail"] = _colour_tiles(axes[0, 0], values, boundaries, digits, centre, texts["detail"])
        ends = values.dropna().sort_values().iloc[[0, 1, -2, -1] if values.notna().sum() > 3 else slice(None)]
        said = [f"{units[code]} {number(value, digits)}" for code, value in ends.items()]
    if boundaries == 34:
        texts = {"detail": _("Home province against the present unit"), "source": "leaders_2025.csv", **texts}
    texts.setdefault("note", _(_DIAGRAM))
    n = int(values.notna().sum())
    some = led and n < boundaries
    texts.setdefault("n", _("{of} provinces, {n} of them known" if some else "{n} provinces", n=n, of=boundaries))
    shown = pd.DataFrame({"unit_code": list(units), "unit": list(units.values())})
    shown["non_local" if led else "value"] = values.reindex(list(units)).tolist()
    return finish(fig, name, said=said, data=shown, **texts)


def _colour_tiles(ax: Axes, values: pd.Series, boundaries: int, digits: int, centre: float | None, detail: str) -> str:
    """Draw tiles of numbers, below them the scale of their colours and a blank tile; return the detail with what must be said."""
    small, tall = base.is_narrow(), ax.get_position().height * ax.figure.get_figheight()  # type: ignore[union-attr]
    if small and values.map(lambda value: number(value, digits), na_action="ignore").str.len().max() > 6:  # of a tile
        if values.abs().max() >= 1e5:
            values, digits, detail = values / 1000, 1, _("{detail}; numbers in thousands", detail=detail)
        digits = 0 if values.abs().max() >= 1000 else digits
    scale, none = _Scale(values, centre), values.notna().sum() < boundaries
    shade, left = scale.shades(), (0.45 if small else 0.5) if none else 0.1
    draw_tiles(ax, values, boundaries, digits, shade)
    bar = ax.inset_axes((left, -0.24 / tall, 0.95 - left, 0.14 / tall))
    ax.figure.colorbar(shade, cax=bar, orientation="horizontal", ticks=scale.ticks(3 if small else 6))
    number_axis(bar.xaxis)
    bar.tick_params(length=2, pad=1)
    bar.minorticks_off()
    bar.grid(False)
    if none:
        box = ax.inset_axes((0.0, -0.24 / tall, 0.03, 0.14 / tall))
        box.set_axis_off()
        box.add_patch(Rectangle((0, 0), 1, 1, fc=base.UNKNOWN, ec=LOCAL, lw=0.8, transform=box.transAxes))
        box.text(1.3, 0.5, _("no data"), va="center", transform=box.transAxes, color=MIDDLE)
    return scale.said(detail)


@base.figure
def small_maps(frame: pd.DataFrame, post: str = "", centre: float | None = 0.0, **texts: str) -> Figure:
    """
    Draw one small diagram of tiles per year, all on one scale.

    Parameters
    ----------
    frame : DataFrame
        unit_code, year, value (boolean: who leads; numbers: from the lowest, palest).
    post, texts : str
    centre : float or None
        As in :func:`tile_map`.
    """
    years, led, tiles = sorted(frame["year"].unique()), frame["value"].dtype == "boolean", tables.load("tiles")
    cols = 2 if led and base.is_narrow() else min(4 if led or base.is_narrow() else 7, max(4, len(years)))
    every = pd.MultiIndex.from_product([tiles["unit_code"], years], names=["unit_code", "year"])
    rows = frame.set_index(["unit_code", "year"])["value"].reindex(every).reset_index().merge(tiles, on="unit_code")
    rows = rows.merge(tables.load("units")[["unit_code", "name_vi"]], on="unit_code")
    wide, high = tiles["col"].max() + 1.8, tiles["row"].max() + 3.2
    k = rows["year"].map(years.index)
    x, y, down = rows["col"] + wide * (k % cols), rows["row"] + high * (k // cols), -(-len(years) // cols)
    across = (base.NARROW if base.is_narrow() else 8.0) - 0.4
    fig, axes = base.sheet(tall=0.72 * down * high * across / (cols * wide), below=0.1, left=0.2, right=0.2)
    ax = axes[0, 0]
    for kind, text in base.kinds(post).items() if led else ():
        part = (rows["value"].map(kind_of) == kind).to_numpy()
        names = [f"{unit}, {year}: {text}" for unit, year in rows.loc[part, ["name_vi", "year"]].to_numpy()]
        boxes(ax, x[part], y[part], 0.94, 0.94, names, lw=0.4, **fill(kind))
        shape = {"non_local": "^", "local": "o"}.get(kind, "")
        ax.plot(x[part] + 0.47, y[part] + 0.47, marker=shape, ls="none", ms=2, color=base.ON_ACCENT)
    if not led:
        known = rows["value"].notna().to_numpy()
        scale, values = _Scale(rows["value"], centre), rows.loc[known, "value"].astype(float)
        faces = (scale.shades().to_rgba(values) * 32).round() / 32  # no eye sees finer steps
        texts["detail"] = scale.said(texts["detail"])
        boxes(ax, x[known], y[known], 0.94, 0.94, fc=faces, lw=0)
        boxes(ax, x[~known], y[~known], 0.94, 0.94, fc="none", ec=LOCAL, lw=0.5)
    for place, year in enumerate(years):
        at = (wide * (place % cols) + 0.4 * wide, high * (place // cols) - 0.4)
        ax.text(*at, str(year), ha="center", va="bottom")
    ax.set(xlim=(-0.1, cols * wide - 0.7), ylim=(down * high - 2, -1.6))
    ax.set_axis_off()
    fig.keys = base.leader_key(post) if led else []
    shown = frame[["unit_code", "year", "value"]].rename(columns={"value": "non_local"} if led else {})
    return finish(fig, "maps", data=shown, **{"note": _(_DIAGRAM), **texts})


@base.figure
def shares(
    panels: Mapping[str, pd.DataFrame],
    marks: pd.DataFrame | None = None,
    name: str = "share",
    post: str = "",
    **texts: str,
) -> Figure:
    """
    Draw the share of provinces led by a non-local over the years, and what it could be if unknown ones were known.

    Parameters
    ----------
    panels : dict of str to DataFrame
        Heading to ``terms.national`` (year, share, share_low, share_high, local, non_local); several stand side by side.
    marks : DataFrame, optional
        Counts printed elsewhere (``terms.published``): as_of, published, total.
    name, post, texts : str
    """
    wide, said = len(panels) > 1, []
    fig, axes = base.sheet(1, len(panels), width=9.4 if wide else 8.0, tall=2.6, below=0.35, between=0.7)
    for ax, (heading, frame) in zip(axes[0], panels.items(), strict=True):
        x, ends = frame["year"] + 0.5, frame.iloc[[0, -1]]
        year_axis(ax, int(ends["year"].iloc[0]), int(ends["year"].iloc[1]), every=5 if wide else None)
        band = fill("unknown") | {"lw": 0.5, "label": _("range if all unknown were known")}
        label = _("{kind}, of those known", kind=base.kinds(post)["non_local"])
        line = ax.plot(x, frame["share"], color=base.NON_LOCAL, marker="^", ms=5, label=label)
        mark(fig, line[0], ["", *(f"{y}: {percent(s)}" for y, s in zip(frame["year"], frame["share"], strict=True))])
        fig.keys += [*line, ax.fill_between(x, frame["share_low"], frame["share_high"], **band)]
        if marks is not None and len(marks):
            look: dict[str, Any] = {"s": 26, "color": base.FOCUS, "zorder": 6, "label": _("printed in newspapers")}
            when = [int(text[:4]) + (int(text[5:7]) - 0.5) / 12 for text in marks["as_of"]]
            printed = marks["published"] / marks["total"]
            fig.keys.append(ax.scatter(when, printed, marker="D", **look))
            mark(fig, fig.keys[-1], [f"{day}: {percent(s)}" for day, s in zip(marks["as_of"], printed, strict=True)])
        for (since, text), ls in zip(_POLICY.items(), (":", "-."), strict=True):
            fig.keys.append(ax.axvline(since, color=MIDDLE, lw=0.9, ls=ls, label=_(text)))
        ax.set_ylim(0, 1)
        base.percent_axis(ax.yaxis)
        ax.set_title(heading, size=9)
        said += [f"{heading} {int(row.year)}: {percent(row.share)}".strip() for row in ends.itertuples()]
    shown = pd.concat(panels, names=["term"])[["year", "share", "share_low", "share_high"]].reset_index("term")
    shown = shown.rename(columns={"share": "share_of_units"}).drop(columns=[] if wide else "term")
    known = pd.concat(list(panels.values()))[["local", "non_local"]].sum(axis=1)
    n = _("63 provinces, {low} to {high} of them known in a year", low=int(known.min()), high=int(known.max()))
    return finish(fig, name, said=said, data=shown, **{"n": n, **texts})


@base.figure
def path(frames: Mapping[str, pd.DataFrame], **texts: str) -> Figure:
    """
    Draw how many of the 34 units are led by a local from 1 July 2025 on, beside the counts printed in newspapers.

    Parameters
    ----------
    frames : dict of str to DataFrame
        Heading to ``terms.path``: date, native_new, native_old, unknown_new, published_non_local, published_of.
    texts : str
    """
    fig, axes = base.sheet(1, len(frames), width=9.4, tall=2.6, below=0.35, between=0.7)
    lines = {"native_new": {"color": DARK, "label": _("local to the present unit")}}
    lines["native_old"] = {"color": MIDDLE, "ls": "--", "label": _("local to the old province of that name")}
    said = []
    for ax, (heading, frame) in zip(axes[0], frames.items(), strict=True):
        when = pd.to_datetime(frame["date"])
        for column, look in lines.items():
            fig.keys += ax.step(when, frame[column], where="post", **look)
            first, last = (number(x, 0) for x in frame[column].iloc[[0, -1]])
            said.append(f"{heading}, {look['label']}: {first}-{last}")
        ends = frame["native_new"].astype(float), (frame["native_new"] + frame["unknown_new"]).astype(float)
        band = fill("unknown") | {"lw": 0.5, "label": _("unknown")}
        fig.keys.append(ax.fill_between(when, *ends, step="post", **band))
        printed, look = frame["published_of"].notna(), {"color": base.FOCUS, "label": _("printed in newspapers")}
        local = (frame["published_of"] - frame["published_non_local"])[printed].astype(float)
        fig.keys += ax.plot(when[printed], local, "D", ms=6, **look)
        order = {"color": MIDDLE, "lw": 0.9, "ls": ":", "label": _("Conclusion 201, 31 October 2025")}
        fig.keys.append(ax.axvline(pd.Timestamp("2025-10-31"), **order))
        ax.set(ylim=(-0.6, 20), yticks=range(0, 21, 5))
        ax.set_title(heading, size=9)
        days = pd.date_range(FIRST_DAY, LAST_DAY, freq="2MS")
        ax.set_xticks(days, [short_month(day) for day in days])
    shown = pd.concat(frames, names=["post"]).reset_index("post").rename(columns={"date": "as_of"})
    shown = shown.drop(columns="note", errors="ignore")
    foot = {"n": _("{n} provinces", n=34), "source": "leaders_2025.csv, national_stats.csv"}
    return finish(fig, "path", said=said, data=shown, **{"detail": _("Number of units, by hometown"), **foot, **texts})


@base.figure
def bars(counts: pd.DataFrame, name: str, share: bool = False, **texts: str) -> Figure:
    """
    Draw stacked bars per year.

    Parameters
    ----------
    counts : DataFrame, index year
        One column a kind: local, non_local, unknown, nobody.
    name, texts : str
    share : bool
        Whether each year is drawn as shares of its sum.
    """
    names = {kind: (text, fill(kind)) for kind, text in base.kinds().items()}
    names["nobody"] = (_("nobody known"), _NOBODY)
    drawn = counts.div(counts.sum(axis=1), axis=0) if share else counts
    told = drawn.map(percent if share else lambda x: number(x, 0))
    fig, axes = base.sheet(tall=2.6, below=0.35)
    ax, under = axes[0, 0], 0 * drawn.iloc[:, 0]
    for kind in drawn:
        some, (text, look) = drawn[kind] > 0, names[kind]
        each = [f"{year}, {text}: {told.at[year, kind]}" for year in drawn.index[some]]
        boxes(ax, drawn.index[some] + 0.1, under[some], 0.8, drawn[kind][some], each, **({"lw": 0.4} | look))
        fig.keys.append(Patch(label=f"{base.MARKS.get(kind, '')} {text}".strip(), **look))
        under = under + drawn[kind]
    year_axis(ax, int(counts.index.min()), int(counts.index.max()), every=2)
    if share:
        base.percent_axis(ax.yaxis)
    ax.set_ylim(0, 1 if share else 1.05 * under.max())
    said = [f"{y}: " + ", ".join(f"{names[k][0]} {told.at[y, k]}" for k in drawn) for y in counts.index[[0, -1]]]
    return finish(fig, name, said=said, data=counts.rename_axis("year").reset_index(), **texts)


def _when(month: Any) -> float:
    return month.year + (month.month - 1) / 12


@base.figure
def terms_by_unit(months: pd.DataFrame, post: str = "", **texts: str) -> Figure:
    """
    Draw who led, one band per province from north to south.

    Parameters
    ----------
    months : DataFrame
        ``terms.monthly``: unit_code, month, spell_id, non_local (missing = unknown or nobody known).
    post, texts : str
    """
    order = tables.load("tiles").sort_values(["row", "col"])["unit_code"].tolist()
    held = months["spell_id"].fillna("")
    run = (held != held.groupby(months["unit_code"]).shift()).cumsum().rename("run")
    grouped = months.groupby(["unit_code", run], as_index=False)
    runs = grouped.agg(start=("month", "min"), months=("month", "size"), non_local=("non_local", "first"))
    named = {code: places.name(code, "vi") for code in order}
    runs = runs.assign(kind=runs["non_local"].map(kind_of), unit=runs["unit_code"].map(named))
    rough, starts = known_to_the_year(post or "both"), zip(runs["unit_code"], runs["start"], strict=True)
    runs["since"] = [rough.get(start, str(start[1])) for start in starts]
    fig, axes = base.sheet(width=8.6, tall=11.0, below=0.35, left=1.2)
    ax = axes[0, 0]
    ax.set_ylim(len(order) - 0.4, -0.6)
    left, at = runs["start"].map(_when), runs["unit_code"].map(order.index)
    for kind, text in reversed(base.kinds(post).items()):
        part = (runs["kind"] == kind).to_numpy()
        said = [f"{unit}, {dates(since)}: {text}" for unit, since in runs.loc[part, ["unit", "since"]].to_numpy()]
        boxes(ax, left[part], at[part] - 0.4, runs.loc[part, "months"] / 12, 0.8, said, lw=0.8, **fill(kind))
    base.row_axis(ax, range(len(order)), list(named.values()), above=0)
    year_axis(ax, int(runs["start"].min().year), 2025, every=2)
    fig.keys = base.leader_key(post)
    total = runs.groupby("kind")["months"].sum()
    said = [f"{text}: {percent(total.get(kind, 0) / total.sum())}" for kind, text in base.kinds(post).items()]
    shown = runs[["unit_code", "unit", "since", "months", "non_local"]].rename(columns={"since": "start"})
    return finish(fig, "terms", said=said, data=shown, **texts)


def draw_bands(ax: Axes, held: Mapping[str, pd.DataFrame], tall: float = 1.0) -> Axes:
    """
    Draw who held each post as a band, with names where there is room.

    Parameters
    ----------
    ax : Axes
        With its year limits set.
    held : dict of str to DataFrame
        Name of the post to its terms: person, start, end (months; end missing = to the end of the record), non_local. Where terms
        overlap the later is seen; a stretch without a known holder is hatched, and so is a term that counts as unknown (``early``).
        With start_precision and end_precision a name has ≈ where a date is known to the year only.
    tall : float
        From one band to the next, on the vertical axis; the first begins at 0.
    """
    first, last, told, fig = ax.get_xlim()[0], _when(LAST_MONTH + 1), base.kinds(), ax.get_figure(root=True)
    wide = ax.get_position().width * fig.get_figwidth()  # type: ignore[union-attr]
    letters = wide / (ax.get_xlim()[1] - first) / 0.088
    inks = {"non_local": base.ON_ACCENT, "local": base.ON_PALE, "unknown": DARK}
    beside: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center"}
    for place, (post, terms) in enumerate(held.items()):
        at = (place + 0.45) * tall
        ax.add_patch(Rectangle((first, place * tall), last - first, 0.9 * tall, lw=0, **fill("unknown")))
        ax.text(-0.015, at, textwrap.fill(post, 10), color=MIDDLE, **beside)
        terms = terms.sort_values("start")
        for term, later in zip(terms.itertuples(), [*terms["start"].iloc[1:].map(_when), last], strict=True):
            left = max(_when(term.start), first)
            right = min(_when(term.end) if pd.notna(term.end) else last, later, last)
            if right <= left:
                continue
            kind = kind_of(None if getattr(term, "early", False) else term.non_local)
            room = int((right - left) * letters)
            patch = ax.add_patch(Rectangle((left, place * tall), right - left, 0.9 * tall, lw=1.2, **fill(kind)))
            precise = getattr(term, "start_precision", ""), getattr(term, "end_precision", "")
            about = "\u2248 " * ("year" in precise)  # drawn at July
            mark(fig, patch, [f"{about}{term.person}: {told[kind]}"])
            text = base.MARKS[kind] if room >= 2 else ""
            for name in (term.person.split()[-1], term.person):  # the given name where there is no room for all
                lines = textwrap.wrap(f"{base.MARKS[kind]} {about}{name}", max(room, 1), break_long_words=False)
                text = "\n".join(lines) if len(lines) <= 3 and max(map(len, lines)) <= room else text
            box = {"bbox": {"fc": base.UNKNOWN, "ec": "none", "pad": 0.8}} if kind == "unknown" and text else {}
            style: dict[str, Any] = {"ha": "center", "va": "center", "linespacing": 1.05, **box}
            ax.text((left + right) / 2, at, text, color=inks[kind], **style)
    return ax


def draw_series(
    ax: Axes,
    frame: pd.DataFrame,
    breaks: pd.DataFrame,
    at: Callable[[Any], Any] = lambda value: value,
    span: Sequence[float] = (),
) -> list[Any]:
    """
    Draw series over years; no line joins two definitions or values more than two years apart.

    Parameters
    ----------
    ax : Axes
        With its year limits set.
    frame : DataFrame
        year, segment (changes with the definition), source; then a column a series, named as the legend names it: the unit, its
        region, all units.
    breaks : DataFrame
        first_year and refuses: full lines forbid to compare across them, dotted ones are cautions.
    at : callable
        From values to where they stand on the axis.
    span : (float, float), optional
        How far the lines of breaks reach; the whole axis otherwise.

    Returns
    -------
    list
        What was drawn and has a label, for the legend.
    """
    keys: list[Any] = []
    for place, (name, style) in enumerate(zip(frame.columns[3:], _SERIES, strict=False)):
        known = frame[name].notna().to_numpy()
        year, part, value = (frame[column].to_numpy()[known] for column in ("year", "segment", name))
        cut = np.flatnonzero((part[1:] != part[:-1]) | (np.diff(year) > 2)) + 1
        x, y = (np.insert(np.asarray(side, float), cut, np.nan) for side in (year + 0.5, at(value)))
        keys += ax.plot(x, y, label=name, zorder=5 - place, **style)
        if place == 0:
            about = [source and f" ({source})" for source in frame["source"].to_numpy()[known]]
            told = [f"{when}: {number(x, 2)}{key}" for when, x, key in zip(year, value, about, strict=True)]
            mark(ax.figure, keys[-1], ["", *told])
    (left, right), ends = ax.get_xlim(), sorted(span or ax.get_ylim())
    strict = breaks.sort_values("refuses")  # of two in one year that which refuses comes last
    for first, refuses in dict(zip(strict["first_year"], strict["refuses"], strict=True)).items():
        if left < first < right:
            text = _("new definition, not comparable") if refuses else _("change in definition or source")
            look: dict[str, Any] = {"color": DARK, "ls": "-"} if refuses else {"color": MIDDLE, "ls": ":"}
            keys += ax.plot([first, first], ends, lw=0.9, zorder=1, label=text, scaley=False, **look)
    return keys


@base.figure
def profile(panels: Sequence[Mapping[str, Any]], held: Mapping[str, pd.DataFrame], **texts: str) -> Figure:
    """
    Draw who led a province above its indicators, on one axis of years; a dashed line marks each change in the first post.

    Parameters
    ----------
    panels : sequence of dict
        heading, frame and breaks (see :func:`draw_series`), and decimals.
    held : dict of str to DataFrame
        See :func:`draw_bands`.
    texts : str
    """
    first, last, post, small, said = 2005, 2025, 0.42, base.is_narrow(), []
    each, step = 0.72, 1.22 if small else 1.08  # inches of a panel, and from one to the next
    tall = post * len(held) + step * len(panels)
    fig, axes = base.sheet(tall=tall, below=0.35, left=0.85)
    ax = year_axis(axes[0, 0], first, last)
    ax.set(ylim=(tall, 0), yticks=[])
    ax.spines["left"].set_visible(False)
    draw_bands(ax, held, tall=post)
    changes = [_when(start) for start in next(iter(held.values()))["start"] if first < _when(start) < last]
    rules, turns, feet = list[Any](), list[Any](), list[float]()
    for place, panel in enumerate(panels, start=1):
        foot, frame = post * len(held) + step * place, panel["frame"]
        values = frame.iloc[:, 3:].to_numpy(float)
        low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 1.0)
        high = high if high > low else low + 1

        def at(value: Any, foot: float = foot, low: float = low, high: float = high) -> Any:
            return foot - each * (value - low) / (high - low)

        ticks = np.array([tick for tick in MaxNLocator(3).tick_values(low, high) if low <= tick <= high])
        rules += [[(first, y), (last + 1, y)] for y in at(ticks)]
        turns += [[(when, foot - each), (when, foot)] for when in changes]
        feet.append(foot)
        for tick, text in zip(ticks, base.written(ticks), strict=True):
            ax.text(first - 0.2, at(tick), text, color=MIDDLE, ha="right", va="center")
        heading = textwrap.fill(panel["heading"], 44 if small else 110)
        ax.text(first, foot - each - 0.06, heading, va="bottom", weight="normal" if small else "bold")
        fig.keys += draw_series(ax, frame, panel["breaks"], at, (foot - each, foot))
        own = frame[["year", frame.columns[3]]].dropna().to_numpy()
        said += [f"{panel['heading']} {y:.0f}: {number(x, panel['decimals'])}" for y, x in own[[0, -1][: len(own)]]]
    ax.add_collection(LineCollection(rules, color=base.PALE, lw=0.9, zorder=0))
    look: dict[str, Any] = {"color": MIDDLE, "lw": 0.8, "ls": "--", "zorder": 1, "label": _("change of secretary")}
    fig.keys.append(ax.add_collection(LineCollection(turns, **look)))
    ax.hlines(feet, first, last + 1, color=MIDDLE, lw=0.8, zorder=0)
    fig.keys += base.leader_key()
    fig.card = True
    shown = pd.concat({one["heading"]: one["frame"] for one in panels}, names=["label"]).reset_index("label")
    shown = shown.drop(columns="segment")
    shown.attrs["decimals"] = [one["decimals"] for one in panels for _row in range(len(one["frame"]))]
    detail = _("Both posts, then each indicator: the province, what it is compared with, all provinces")
    texts = {"detail": detail, "source": "leaders.csv, governance.csv, economy.csv", **texts}
    return finish(fig, "profile", said=said, data=shown, **texts)


@base.figure
def distribution(
    frame: pd.DataFrame, breaks: pd.DataFrame, digits: int = 1, centre: float | None = 0.0, **texts: str
) -> Figure:
    """
    Draw how values spread over provinces in each year: all, the middle 80 and 50 percent, the median.

    Parameters
    ----------
    frame : DataFrame
        year, value, segment; one row per unit and year.
    breaks : DataFrame
        As in :func:`draw_series`.
    digits : int
        Decimals of the values in the alternative text.
    centre : float or None
        A line marks it where values lie on both sides of it.
    texts : str
    """
    fig, axes = base.sheet(tall=2.8, below=0.35)
    ax = year_axis(axes[0, 0], int(frame["year"].min()), int(frame["year"].max()))
    scale = _Scale(frame["value"], centre)
    if scale.bent:
        ax.set_yscale("function", functions=(scale.to, scale.back))
        ax.set_yticks(scale.ticks(6))
        number_axis(ax.yaxis)
    texts["detail"] = scale.said(texts["detail"], coloured=False)
    if scale.signed:
        ax.axhline(scale.centre, color=DARK, lw=0.9, zorder=0)
    q = frame.groupby(["year", "segment"])["value"].quantile([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]).unstack().reset_index()
    ranges = {(0.0, 1.0): ("#bfdbfe", 1.2, _("all provinces")), (0.1, 0.9): ("#60a5fa", 4, _("middle 80%"))}
    for (low, high), (colour, width, text) in (ranges | {(0.25, 0.75): ("#2563eb", 7, _("middle 50%"))}).items():
        fig.keys.append(ax.vlines(q["year"] + 0.5, q[low], q[high], color=colour, lw=width, label=text))
    fig.keys += draw_series(ax, q[["year", "segment"]].assign(source="", **{_("median"): q[0.5]}), breaks)
    said, text = [], "{year}: median {a}, middle half {b} to {c}"
    for year, *ends in q[["year", 0.5, 0.25, 0.75]].iloc[[0, -1]].to_numpy():
        a, b, c = (number(end, digits) for end in ends)
        said.append(_(text, year=str(int(year)), a=a, b=b, c=c))
    shown = q.rename(columns=lambda at: {0: "min", 1: "max"}.get(at, at if isinstance(at, str) else f"{at:.0%}"))
    return finish(fig, "distribution", said=said, data=shown, **texts)


@base.figure
def coverage(cells: pd.DataFrame, breaks: pd.DataFrame, name: str, **texts: str) -> Figure:
    """
    Draw how many of the 63 provinces have a value, by row and year: darkest are all, paler fewer (on a wide screen with a number), blank is none.

    Parameters
    ----------
    cells : DataFrame
        indicator (in the order to draw), year, n_units.
    breaks : DataFrame
        indicator and first_year of definitions across which values are not pooled, drawn as yellow lines.
    name : str
        Of the table; the figure is called ``coverage_`` and this.
    **texts : str
        Its title, detail and note.
    """
    rows, total = pd.Series({name: label_of(name) for name in cells["indicator"].unique()}), 63
    small = base.is_narrow()
    pitch = (0.6 if rows.str.len().max() > 52 else 0.42) if small else 0.205  # labels of two lines need room
    top, high = (0.04, 0.19 / pitch) if small else (-0.42, 0.84)  # of the cells, in rows
    fig, axes = base.sheet(width=9.2, tall=0.4 + pitch * len(rows), below=0.35, left=4.2)
    ax, shade, place = axes[0, 0], _Scale([0, 2 * total]).shades(), {name: y for y, name in enumerate(rows.index)}
    ax.set_ylim(len(rows) - 0.5, -0.5 - 0.4 * small)
    some = cells[cells["n_units"] > 0]
    y, n = some["indicator"].map(place).to_numpy(), some["n_units"].to_numpy()
    colours = shade.to_rgba(np.where(n < total, n, 2 * total))  # a step that shows at the last missing unit
    boxes(ax, some["year"] + 0.04, y + top, 0.92, high, fc=colours, lw=0)
    named = {0.8 * total: _("fewer than all {n}", n=total), 2 * total: _("all {n} provinces", n=total)}
    fig.keys += [Patch(fc=shade.to_rgba(level), label=text) for level, text in named.items()]
    for row in np.flatnonzero(n < total) if not small else ():
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": _ink(colours[row])}
        ax.text(some["year"].iloc[row] + 0.5, y[row], number(n[row], 0), **style)
    for line in breaks[breaks["indicator"].isin(rows.index)].itertuples():
        ends = place[line.indicator] + top - 0.06, place[line.indicator] + top + high + 0.06
        ax.plot([line.first_year] * 2, ends, color="#f59e0b", lw=2.2, solid_capstyle="butt")
    base.row_axis(ax, range(len(rows)), list(rows), 80, above=0.02)
    ax.grid(False)
    ax.tick_params(length=0)
    year_axis(ax, int(cells["year"].min()), int(cells["year"].max()), every=2)
    full = {"n": len(rows), "full": int((cells["n_units"] == total).sum()), "cells": len(cells), "total": total}
    said = [_("{n} rows; in {full} of {cells} cells all {total} provinces have a value", **full)]
    detail = {"governance": _("Governance"), "economy": _("Economy and society")}.get(name, "")
    texts = {"n": _("{n} provinces", n=total), "source": f"{name}.csv", "detail": detail, **texts}
    texts.setdefault("note", _("Blank: no value. Yellow line: new definition"))
    shown = cells.assign(label=cells["indicator"].map(rows))[["label", "year", "n_units"]]
    return finish(fig, f"coverage_{name}", said=said, data=shown, **texts)
