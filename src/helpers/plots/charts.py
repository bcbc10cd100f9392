"""Pictures of places, years and spells: each function takes results and an axis, draws, and returns the axis.

Local is grey, non-local the one accent with a triangle, unknown hatched; a unit without a value stays blank.
A year is drawn at its middle (year + 0.5), a month at its first day, so that yearly values and spells share one axis.
"""

import textwrap

import numpy as np
import pandas as pd

LOCAL, NON_LOCAL, UNKNOWN = "#9ca3af", "#c2410c", "#ffffff"
DARK, MIDDLE, PALE = "#1f2937", "#6b7280", "#e5e7eb"
HATCH = "////"
_SERIES = (  # a unit, its region, all units
    {"color": DARK, "lw": 1.9, "marker": "o"},
    {"color": "#2563eb", "ls": "--", "marker": "s", "ms": 3},
    {"color": MIDDLE, "ls": ":", "marker": "d", "ms": 3},
)
_MARK = {"local": "\u25cb", "non_local": "\u25b2", "unknown": "?"}


def sheet(
    rows=1, cols=1, *, width=8.0, height=4.6, top=0.8, bottom=0.75, left=0.75, right=0.25, wide=0.5, high=0.6, **grid
):
    """
    Open a figure with fixed margins.

    Parameters
    ----------
    rows, cols : int
    width, height, top, bottom, left, right : float
        Size and margins in inches; the title stands in the top margin, the source line in the bottom one.
    wide, high : float
        Space between axes in inches.
    **grid
        For ``Figure.add_gridspec``, such as ``height_ratios``.

    Returns
    -------
    fig, axes
        The figure and a ``rows`` x ``cols`` array of axes.
    """
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(width, height))
    across = (width - left - right - wide * (cols - 1)) / cols
    down = (height - top - bottom - high * (rows - 1)) / rows
    box = {"left": left / width, "right": 1 - right / width, "top": 1 - top / height, "bottom": bottom / height}
    spec = fig.add_gridspec(rows, cols, wspace=wide / across, hspace=high / down, **box, **grid)
    return fig, spec.subplots(squeeze=False)


def _text_at(fig, y, text, **style):
    """Write text at the left margin, at the height ``y`` (share of the figure)."""
    fig.text(0.12 / fig.get_figwidth(), y, text, ha="left", **style)


def title(fig, finding, detail=""):
    """Write the ``finding``, and under it the ``detail`` (what is drawn, in which unit), at the top left; long lines are broken."""
    wrapped = textwrap.fill(finding, int(fig.get_figwidth() * 10))
    height, lines = fig.get_figheight(), wrapped.count("\n") + 1
    _text_at(fig, 1 - 0.1 / height, wrapped, weight="bold", size=11, va="top", color=DARK)
    if detail:
        detail = textwrap.fill(detail, int(fig.get_figwidth() * 14))
        _text_at(fig, 1 - (0.16 + 0.19 * lines) / height, detail, size=8.5, va="top", color=MIDDLE)
    return fig


def footer(fig, words, source, n=None, note=""):
    """
    Write n, the source and a note at the bottom left, so that the figure can travel alone.

    Parameters
    ----------
    fig : Figure
    words : Words
    source : str
    n : str, optional
        What is counted, such as "63 provinces".
    note : str, optional
    """
    parts = [f"n = {n}" if n else "", words("Source: {source}", source=source), note]
    text = textwrap.fill(". ".join(part.rstrip(".") for part in parts if part) + ".", int(fig.get_figwidth() * 15.5))
    _text_at(fig, 0.08 / fig.get_figheight(), text, size=7.5, va="bottom", color=MIDDLE)
    return fig


def number_axis(axis, words):
    """Write an axis' numbers (``ax.yaxis``) in the language's way, with as many decimals as its steps have."""

    def text(value, _):
        ticks = axis.get_majorticklocs()
        step = ticks[1] - ticks[0] if len(ticks) > 1 else value
        digits = next((d for d in range(4) if abs(step - round(step, d)) < 1e-9 * max(1, abs(step))), 4)
        return words.number(value, digits)

    axis.set_major_formatter(text)
    return axis


def year_axis(ax, first, last, every=None):
    """Show the years ``first`` to ``last``, each in the middle of its space; ``every`` is the step of the labels."""
    every = every or max(1, round((last - first + 1) / 8))
    years = range(last - (last - first) // every * every, last + 1, every)
    ax.set_xlim(first, last + 1)
    ax.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
    return ax


def tile_map(values, tiles, words, ax, *, digits=1, limits=None, labels=True):
    """
    Draw one value a unit on a schematic grid of tiles.

    Parameters
    ----------
    values : Series of float, indexed by unit_code
        A missing or absent unit is drawn blank.
    tiles : DataFrame
        unit_code, row, col and, for ``labels``, label (the unit's name).
    words : Words
    ax : Axes
    digits : int
        Decimals of the numbers on the tiles.
    limits : (float, float), optional
        Values of the palest and darkest colour; the range of ``values`` otherwise.
    labels : bool
        Whether names and numbers stand on the tiles.
    """
    shade = _shades(limits or (values.min(), values.max()))

    def look(value):
        if pd.isna(value):
            return {"fc": "white", "ec": LOCAL, "lw": 0.6}, "", DARK
        colour = shade.to_rgba(value)
        return {"fc": colour, "ec": "none", "lw": 0.6}, words.number(value, digits), _ink(colour)

    return _tiles(values, tiles, look, ax, labels)


def status_map(status, tiles, words, ax, *, labels=True):
    """
    Draw which units have a local, a non-local or an unknown secretary on the grid of tiles.

    Parameters
    ----------
    status : Series of boolean, indexed by unit_code
        True = non-local, False = local, missing or absent = unknown.
    tiles, words, ax, labels
        As in :func:`tile_map`.
    """

    def look(non_local):
        kind = kind_of(non_local)
        return {"lw": 0.5, **fill(kind)}, _MARK[kind], "white" if kind == "non_local" else DARK

    return _tiles(status, tiles, look, ax, labels, small_mark=True)


def small_maps(frame, tiles, words, axes, *, limits=None):
    """
    Draw one small map a year, all with one scale.

    Parameters
    ----------
    frame : DataFrame
        unit_code, year, value; a boolean ``value`` draws local, non-local and unknown.
    tiles, words
        As in :func:`tile_map`.
    axes : sequence of Axes
        At least as many as years; the ones left are hidden.
    limits : (float, float), optional
    """
    years = sorted(frame["year"].unique())
    limits = limits or (frame["value"].min(), frame["value"].max())
    for ax, year in zip(axes, years, strict=False):
        values = frame[frame["year"] == year].set_index("unit_code")["value"]
        if values.dtype == "boolean":
            status_map(values, tiles, words, ax, labels=False)
        else:
            tile_map(values, tiles, words, ax, limits=limits, labels=False)
        ax.set_title(str(year), size=8.5, weight="normal", loc="center", pad=2)
    for ax in list(axes)[len(years) :]:
        ax.set_visible(False)
    return axes


def colour_key(fig, words, limits, label, *, at=(0.62, 0.09, 0.3, 0.02)):
    """Draw the scale of a map's colours at ``at`` (left, bottom, width, height, shares of the figure), and a blank."""
    from matplotlib.patches import Rectangle

    ax = fig.add_axes(at)
    fig.colorbar(_shades(limits), cax=ax, orientation="horizontal")
    number_axis(ax.xaxis, words)
    ax.locator_params(axis="x", nbins=5)
    ax.tick_params(labelsize=7, length=2, pad=1)
    ax.set_title(label, size=7.5, weight="normal", pad=3, color=MIDDLE)
    ax.grid(False)
    box = fig.add_axes((at[0] - 0.16, at[1], 0.02, at[3]))
    box.set_axis_off()
    box.add_patch(Rectangle((0, 0), 1, 1, fc="white", ec=LOCAL, lw=0.8, transform=box.transAxes))
    box.text(1.3, 0.5, words("no data"), size=7.5, va="center", transform=box.transAxes, color=MIDDLE)
    return ax


def kind_of(non_local):
    """Return "non_local", "local" or, where it is missing, "unknown"."""
    if pd.isna(non_local):
        return "unknown"
    return "non_local" if non_local else "local"


def fill(kind):
    """Return the face, edge and hatch of "local", "non_local" or "unknown", for a patch."""
    if kind == "unknown":
        return {"fc": UNKNOWN, "ec": MIDDLE, "hatch": HATCH}
    return {"fc": NON_LOCAL if kind == "non_local" else LOCAL, "ec": "white", "hatch": None}


def leader_key(ax, words, kinds=("local", "non_local", "unknown"), **legend):
    """Add the legend of ``kinds``: local, non-local and unknown."""
    from matplotlib.patches import Patch

    names = {"local": words("local"), "non_local": words("non-local"), "unknown": words("unknown")}
    handles = [Patch(label=f"{_MARK[kind]} {names[kind]}", **fill(kind)) for kind in kinds]
    ax.legend(handles=handles, **({"ncols": len(kinds), "loc": "upper left", "fontsize": 8} | legend))
    return ax


def spell_band(spells, words, ax, *, first, last, names=True):
    """
    Draw who led a unit as a band: local grey, non-local accent with a triangle, unknown hatched.

    Parameters
    ----------
    spells : DataFrame
        One unit's rows of ``terms.spells``: person, start and end (months, Period), non_local. An open end lasts to
        the end of the band; where spells overlap the later start is seen.
    words : Words
    ax : Axes
        With its year limits set.
    first, last : float
        First and last point of the band in years; 2025.5 is the end of June 2025.
    names : bool
        Whether names stand where there is room; marks alone otherwise.
    """
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((first, 0), last - first, 1, lw=0, **fill("unknown")))
    box = ax.get_window_extent().width / ax.get_figure().dpi
    inches = box / (ax.get_xlim()[1] - ax.get_xlim()[0])
    for spell in spells.sort_values("start").itertuples():
        start = max(_when(spell.start), first)
        end = min(_when(spell.end) if pd.notna(spell.end) else last, last)
        if end <= start:
            continue
        kind = kind_of(spell.non_local)
        ax.add_patch(Rectangle((start, 0), end - start, 1, lw=1.2, **fill(kind)))
        text = _fit(f"{_MARK[kind]} {spell.person}" if names else _MARK[kind], (end - start) * inches)
        style = {"color": "white" if kind == "non_local" else DARK, "linespacing": 1.05}
        if kind == "unknown" and text:
            style["bbox"] = {"fc": "white", "ec": "none", "pad": 0.8}
        ax.text((start + end) / 2, 0.48, text, size=6.8, ha="center", va="center", **style)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.grid(False)
    ax.spines["left"].set_visible(False)
    return ax


def band_below(spells, words, ax, *, last=2025.5, height=0.13, names=False):
    """Draw a :func:`spell_band` of ``height`` inches under an axis of years, above its year labels; return the axis."""
    tall = ax.get_window_extent().height / ax.get_figure().dpi
    first, end = ax.get_xlim()
    band = ax.inset_axes([0, -(height + 0.03) / tall, 1, height / tall])
    band.set_xlim(first, end)
    spell_band(spells, words, band, first=first, last=min(last, end), names=names)
    band.set_xticks([])
    band.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", pad=3 + 72 * (height + 0.03), length=0)
    return ax


def panel_title(ax, label, unit):
    """Title one of several panels: its name in bold, its unit under it; long names are broken."""
    wide = ax.get_window_extent().width / ax.get_figure().dpi
    unit = textwrap.fill(unit, int(wide * 16))
    ax.set_title(textwrap.fill(label, int(wide * 13.5)), size=8.5, pad=4 + 11 * (1 + unit.count("\n")))
    ax.text(0, 1.01, unit, size=7.5, color=MIDDLE, va="bottom", transform=ax.transAxes)
    return ax


def break_lines(breaks, words, ax):
    """
    Mark the years in which an indicator's definition changes: full lines forbid pooling, dotted ones are cautions.

    Parameters
    ----------
    breaks : DataFrame
        first_year (first year of the new definition) and refuses.
    words : Words
    ax : Axes
        With its year limits set.
    """
    texts = {True: words("new definition, not comparable"), False: words("change in definition or source")}
    left, right = ax.get_xlim()
    for year, refuses in breaks.groupby("first_year")["refuses"].any().items():
        if left < year < right:
            style = {"color": DARK, "ls": "-"} if refuses else {"color": MIDDLE, "ls": ":"}
            ax.axvline(year, lw=0.9, zorder=1, label=texts.pop(bool(refuses), None), **style)
    return ax


def indicator_lines(frame, words, ax, *, styles=None, breaks=None, legend=True):
    """
    Draw series over years; no line joins two definitions or values more than two years apart.

    Parameters
    ----------
    frame : DataFrame
        series, year, value, segment (a number that changes with the definition).
    words : Words
    ax : Axes
        With its year limits set (:func:`year_axis`).
    styles : dict of str to dict, optional
        Line style by series, in the order of the legend; the first is the unit, then its region, then all units.
    breaks : DataFrame, optional
        For :func:`break_lines`.
    legend : bool
    """
    styles = styles or dict(zip(dict.fromkeys(frame["series"]), _SERIES, strict=False))
    for place, (name, style) in enumerate(styles.items()):
        rows = frame[(frame["series"] == name) & frame["value"].notna()].sort_values("year")
        piece = ((rows["segment"] != rows["segment"].shift()) | (rows["year"].diff() > 2)).cumsum()
        for number, part in rows.groupby(piece):
            label = name if number == piece.iloc[0] else None
            ax.plot(part["year"] + 0.5, part["value"], label=label, zorder=5 - place, **style)
    if breaks is not None:
        break_lines(breaks, words, ax)
    number_axis(ax.yaxis, words)
    if legend:
        columns = 2 if len(ax.get_legend_handles_labels()[1]) == 4 else 3
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2, fontsize=8)
    return ax


def share_over_time(national, words, ax, *, events=None):
    """
    Draw the share of units with a non-local secretary and what it could be if unknown ones were known.

    Parameters
    ----------
    national : DataFrame
        ``terms.national``: year, share, share_low, share_high (0 to 1).
    words : Words
    ax : Axes
    events : dict of str to float, optional
        Text to the time (years) at which it is marked.
    """
    x = national["year"] + 0.5
    year_axis(ax, int(national["year"].min()), int(national["year"].max()))
    label = words("range if all unknown were known")
    ax.fill_between(x, national["share_low"], national["share_high"], lw=0.5, label=label, **fill("unknown"))
    ax.plot(x, national["share"], color=NON_LOCAL, marker="^", ms=5, label=words("non-local, of the secretaries known"))
    upright = {"rotation": 90, "ha": "right", "va": "top", "size": 7.5, "transform": ax.get_xaxis_transform()}
    for text, when in (events or {}).items():
        ax.axvline(when, color=MIDDLE, lw=0.9, ls=":")
        ax.text(when - 0.1, 0.97, text, color=MIDDLE, **upright)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(lambda value, _: words.percent(value))
    ax.legend(loc="upper left")
    return ax


def quantile_fan(frame, words, ax, *, breaks=None):
    """
    Draw how values spread over units in each year: all, the middle 80 and 50 per cent, the median.

    Parameters
    ----------
    frame : DataFrame
        year, value, segment; one row per unit and year.
    words, ax, breaks
        As in :func:`indicator_lines`.
    """
    q = frame.groupby(["year", "segment"])["value"].quantile([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1]).unstack().reset_index()
    x = q["year"] + 0.5
    ax.vlines(x, q[0.0], q[1.0], color="#bfdbfe", lw=1.2, label=words("all provinces"))
    ax.vlines(x, q[0.1], q[0.9], color="#60a5fa", lw=4, label=words("middle 80%"))
    ax.vlines(x, q[0.25], q[0.75], color="#1d4ed8", lw=7, label=words("middle 50%"))
    medians = q.rename(columns={0.5: "value"}).assign(series=words("median"))
    style = {words("median"): {"color": DARK, "marker": "o", "ms": 4, "lw": 1, "mec": "white"}}
    return indicator_lines(medians[["series", "year", "value", "segment"]], words, ax, styles=style, breaks=breaks)


def coverage_map(frame, words, ax, *, total=63):
    """
    Draw how many units have a value, by row and year: darker is more, blank is none, a number where some are missing.

    Parameters
    ----------
    frame : DataFrame
        label (name of the row, in the order to draw), year, n_units.
    words : Words
    ax : Axes
    total : int
        How many units there are.
    """
    rows = list(dict.fromkeys(frame["label"]))
    years = range(int(frame["year"].min()), int(frame["year"].max()) + 1)
    shade = _shades((0, total))
    for cell in frame[frame["n_units"] > 0].itertuples():
        y, colour = rows.index(cell.label), shade.to_rgba(cell.n_units)
        ax.barh(y, 0.92, left=cell.year + 0.04, height=0.84, color=colour)
        if cell.n_units < total:
            text, ink = words.number(cell.n_units, 0), _ink(colour)
            ax.text(cell.year + 0.5, y, text, size=6.5, ha="center", va="center", color=ink)
    ax.set_yticks(range(len(rows)), rows, size=7.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.grid(False)
    ax.tick_params(length=0)
    return year_axis(ax, years[0], years[-1], every=1 if len(years) < 12 else 2)


def _when(month):
    return month.year + (month.month - 1) / 12


def _fit(text, inches):
    """Break a name over two lines, or leave it out, by the room there is (6.8 points, about 0.064 inches a letter)."""
    letters = int(inches / 0.064)
    if len(text) <= letters:
        return text
    lines = textwrap.wrap(text, max(letters, 1), break_long_words=False)
    if len(lines) <= 3 and max(map(len, lines)) <= letters:
        return "\n".join(lines)
    return text[0] if letters >= 2 else ""


def _shades(limits):
    """Return the scale from values to blues, from ``limits[0]`` (palest) to ``limits[1]``."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    low, high = (float(limit) for limit in limits)
    colours = colormaps["Blues"](0.12 + 0.8 * np.arange(256) / 255)
    return ScalarMappable(Normalize(low, high if high > low else low + 1), ListedColormap(colours))


def _ink(colour):
    red, green, blue = colour[:3]
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.48 else DARK


def _tiles(values, tiles, look, ax, labels, small_mark=False):
    """Draw a tile a unit; ``look`` gives a value's patch style, its text and the colour of the text."""
    from matplotlib.patches import Rectangle

    for tile in tiles.itertuples():
        patch, text, ink = look(values.get(tile.unit_code, pd.NA))
        ax.add_patch(Rectangle((tile.col, tile.row), 0.94, 0.94, **patch))
        style = {"x": tile.col + 0.47, "ha": "center", "color": ink}
        if labels:
            name = "\n".join(textwrap.wrap(tile.label.replace(" - ", " "), 12, break_long_words=False))
            ax.text(y=tile.row + 0.36, s=name, size=6, va="center", linespacing=1.05, **style)
            ax.text(y=tile.row + 0.89, s=text, size=6.4, va="bottom", weight="bold", **style)
        elif small_mark:
            ax.text(y=tile.row + 0.5, s=text, size=4.5, va="center", **style)
    ax.set_xlim(tiles["col"].min() - 0.1, tiles["col"].max() + 1.1)
    ax.set_ylim(tiles["row"].max() + 1.1, tiles["row"].min() - 0.1)
    ax.set_aspect(0.5 if labels else 0.75)
    ax.set_axis_off()
    return ax
