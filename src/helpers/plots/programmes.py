"""Pictures of programmes: time lines, targets and results, flows with what is left over, rank moves.

Each function takes results (ranks, values, rows), the words of the page and an axis, draws, returns the axis, and estimates nothing;
``field`` is the number of units ranked.
"""

import textwrap

import pandas as pd

from helpers.plots.charts import DARK, HATCH, LOCAL, MIDDLE, NON_LOCAL, PALE, number_axis


def timeline(events, words, ax, lanes):
    """
    Draw dated documents, phases and observations on lanes.

    Parameters
    ----------
    events : DataFrame
        Columns start, end (Timestamps; equal for a point), label, lane.
    words : Words
    ax : Axes
    lanes : dict of str to str
        Lane to its name in the page's language, from top to bottom.

    Returns
    -------
    Axes
    """
    y, ticks = 0, []
    for lane in lanes:
        group = events[events["lane"] == lane].sort_values(["start", "end"])
        ticks.append(y + (len(group) - 1) / 2)
        for row in group.itertuples():
            if row.end > row.start:
                ax.barh(y, row.end - row.start, left=row.start, height=0.6, color=LOCAL, lw=0)
            else:
                ax.plot([row.start], [y], marker="D", ms=5, color=NON_LOCAL, clip_on=False)
            ax.text(row.end, y, f"  {row.label}", va="center", size=8, color=DARK, clip_on=False)
            y += 1
        y += 0.5
        ax.axhline(y - 0.75, color=PALE, lw=0.8)
    ax.set_yticks(ticks, [textwrap.fill(name, 16) for name in lanes.values()])
    ax.set_ylim(y - 0.75, -0.75)
    ax.grid(False)
    ax.grid(True, axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def attainment_bars(rows, words, ax, names):
    """
    Draw what was reached against every whole-number target that fits, and the number of units where known.

    Parameters
    ----------
    rows : DataFrame
        As of ``ledger.attainment``: target_id, achieved, readings (list), total.
    words : Words
    ax : Axes
    names : dict of str to str
        Label of each target.
    """
    rows = rows[rows["achieved"].notna()].iloc[::-1].reset_index(drop=True)
    for y, row in enumerate(rows.itertuples()):
        if pd.notna(row.total):
            ax.barh(y, row.total, height=0.62, facecolor="none", edgecolor=MIDDLE, lw=0.8)
            ax.text(row.total, y, f" {words.number(row.total, 0)}", va="center", size=8, color=MIDDLE)
        ax.barh(y, row.achieved, height=0.4, color=NON_LOCAL)
        for target in row.readings:
            ax.plot([target, target], [y - 0.36, y + 0.36], color=DARK, lw=2)
            ax.text(target, y + 0.38, words.number(target, 0), ha="center", va="bottom", size=8, color=DARK)
        ink = "white" if row.achieved > 0.05 * ax.get_xlim()[1] else DARK
        text = words.number(row.achieved, 0)
        ax.text(row.achieved / 2, y, text, ha="center", va="center", size=8.5, color=ink)
    ax.set_yticks(range(len(rows)), [textwrap.fill(names[t], 30) for t in rows["target_id"]])
    ax.set_ylim(-0.6, len(rows) - 0.2)
    ax.grid(False)
    ax.grid(True, axis="x")
    ax.xaxis.get_major_locator().set_params(integer=True)
    number_axis(ax.xaxis, words)
    return ax


def flow_picture(parts, remainders, words, ax, names):
    """
    Draw printed flows as ribbons from the origin's level to the destination's, and what the totals leave over, hatched.

    Parameters
    ----------
    parts : DataFrame
        Columns origin, destination, n.
    remainders : list of (str, float)
        Label and size of what is not described, drawn without a level.
    words : Words
    ax : Axes
    names : dict of str to str
        Level to its name.
    """
    import numpy as np

    levels = [level for level in names if level in set(parts["origin"]) | set(parts["destination"])]
    gap = 0.06 * (parts["n"].sum() + sum(n for _, n in remainders))
    free, bottoms = {}, []
    for column, x, ha in (("origin", -0.02, "right"), ("destination", 1.02, "left")):
        y = 0.0
        for level, size in parts.groupby(column)["n"].sum().reindex(levels).dropna().items():
            ax.plot([x, x], [y, y + size], color=DARK, lw=4, solid_capstyle="butt", clip_on=False)
            text, at = f"{names[level]}\n{words.number(size, 0)}", x + (-0.02 if ha == "right" else 0.02)
            ax.text(at, y + size / 2, text, ha=ha, va="center", size=9)
            free[column, level] = y
            y += size + gap
        bottoms.append(y)
    t = np.linspace(0, 1, 50)
    ease = 3 * t**2 - 2 * t**3
    for row in parts.itertuples():
        a, b = free["origin", row.origin], free["destination", row.destination]
        free["origin", row.origin] += row.n
        free["destination", row.destination] += row.n
        down = levels.index(row.destination) > levels.index(row.origin)
        low = a + (b - a) * ease
        ax.fill_between(t, low, low + row.n, color=NON_LOCAL if down else LOCAL, alpha=0.75, lw=0)
        at = 8 if down else 41
        ax.text(t[at], low[at] + row.n / 2, words.number(row.n, 0), ha="center", va="center", size=9, color=DARK)
    y = max(bottoms)
    for label, n in remainders:
        ax.fill_between([0.2, 0.8], y, y + n, facecolor="white", edgecolor=MIDDLE, hatch=HATCH, lw=0.8)
        ax.text(0.82, y + n / 2, f"{words.number(n, 0)}: {label}", va="center", size=8.5, color=DARK, clip_on=False)
        y += n + gap
    ax.set_ylim(y, -gap / 2)
    ax.set_xlim(-0.05, 1.05)
    ax.axis("off")
    return ax


def stacked_years(counts, words, ax, styles):
    """
    Draw yearly counts as stacked bars.

    Parameters
    ----------
    counts : DataFrame
        Index year, one column a category, in stacking order.
    styles : dict of str to (str, dict)
        Category to its label and bar style.
    """
    base = counts.cumsum(axis=1) - counts
    for name in counts:
        label, style = styles[name]
        ax.bar(counts.index + 0.5, counts[name], bottom=base[name], width=0.85, label=label, **style)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(counts.columns), handlelength=1.4)
    number_axis(ax.yaxis, words)
    return ax


def rank_path(ranks, words, ax, *, marked=(), field=63):
    """Draw one unit's rank by year, 1 at the top; ``marked`` years carry their rank."""
    ax.plot(ranks.index + 0.5, ranks, color=DARK, marker="o", ms=3.5)
    for year in marked:
        if year in ranks.index:
            at, text = (year + 0.5, ranks[year]), words.number(ranks[year], 0)
            ax.plot(*at, marker="D", ms=8, color=NON_LOCAL)
            ax.annotate(text, at, xytext=(7, 5), textcoords="offset points", size=9)
    ax.set_ylim(field + 1, 0)
    ax.set_yticks([1, *range(10, field + 1, 10)] if field > 12 else range(1, field + 1))
    return ax


def moves_by_start(moves, words, ax, *, claim=None, band=None):
    """
    Draw moves of rank against the starting rank.

    Parameters
    ----------
    moves : DataFrame
        Columns start, gain (places; positive is up), stable (bool: same definition in both years).
    claim : (float, float), optional
        Start and gain of the claim.
    band : DataFrame, optional
        Columns start, low, median, high of the gain, drawn as a line with a band.
    """
    for stable, colour, marker, size in ((True, LOCAL, "o", 10), (False, DARK, "x", 12)):
        part = moves[moves["stable"] == stable]
        label = words("same definition") if stable else words("definition changed")
        ax.scatter(part["start"], part["gain"], s=size, color=colour, marker=marker, lw=0.8, alpha=0.6, label=label)
    if band is not None:
        ax.plot(band["start"], band["median"], color=DARK, lw=1.6, label=words("median and middle 90%"))
        ax.fill_between(band["start"], band["low"], band["high"], color=DARK, alpha=0.1, lw=0)
    if claim:
        ax.scatter(*claim, s=90, color=NON_LOCAL, marker="D", zorder=5, label=words("the claim"))
    ax.axhline(0, color=MIDDLE, lw=0.8)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, handletextpad=0.3, columnspacing=1.2)
    ax.xaxis.get_major_locator().set_params(integer=True)
    number_axis(ax.xaxis, words)
    number_axis(ax.yaxis, words)
    return ax


def shifts(values, words, ax, *, marked=None):
    """Draw how often each shift of rank occurs; ``marked`` is the shift of the unit in question."""
    ax.hist(values, bins=range(int(min(values)) - 1, int(max(values)) + 2, 2), color=LOCAL, edgecolor="white", lw=0.6)
    if marked is not None:
        ax.axvline(marked, color=NON_LOCAL, lw=2)
        ax.text(marked, ax.get_ylim()[1], f" {words.number(marked, 0)}", va="top", size=9, color=NON_LOCAL)
    ax.axvline(0, color=MIDDLE, lw=0.8)
    number_axis(ax.xaxis, words)
    return ax
