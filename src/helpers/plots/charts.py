"""Pictures of places, years and spells: each function takes results and an axis, draws, and returns the axis.

Local is grey, non-local the one accent with a triangle, unknown hatched; a unit without a value stays blank.
A year is drawn at its middle (year + 0.5), a month at its first day, so that yearly values and spells share one axis.
"""

import textwrap

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
