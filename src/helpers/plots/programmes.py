"""Figures of programmes: time lines, targets, flows, moves of rank; each returns a Figure that carries its own texts."""

import textwrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.plots.base import DARK, HATCH, LOCAL, MIDDLE, NON_LOCAL, PALE, fill, finish, number_axis, sheet, year_axis
from helpers.words import _, count, listing, number, percent

_PALE_ACCENT = "#f0b48c"


def timeline(printed: Any) -> Figure | None:
    """
    Draw dated documents, phases, terms and observations on lanes; a diamond is a day, a bar a longer time.

    Parameters
    ----------
    printed : Printed
        Of ``helpers.findings.programmes.read``.

    Returns
    -------
    Figure or None
        None where nothing is dated.
    """
    events = printed.events
    if events.empty:
        return None
    lanes = {
        "document": _("documents"),
        "phase": _("phases of a document"),
        "term": _("terms of office and planning"),
        "observed": _("articles and counts"),
    }
    lanes = {lane: text for lane, text in lanes.items() if (events["lane"] == lane).any()}
    fig, axes = sheet(width=9.2, height=1.9 + 0.2 * (len(events) + 0.5 * len(lanes)), left=1.4, right=2.7)
    ax, y, ticks, told = axes[0, 0], 0.0, [], []
    for lane in lanes:
        group = events[events["lane"] == lane].sort_values(["start", "end"])
        ticks.append(y + (len(group) - 1) / 2)
        for row in group.itertuples():
            if row.end > row.start:
                ax.barh(
                    y,
                    row.end - row.start,
                    left=row.start,
                    height=0.6,
                    color=NON_LOCAL if lane == "observed" else LOCAL,
                    lw=0,
                )
            else:
                ax.plot([row.start], [y], marker="D", ms=5, color=NON_LOCAL, clip_on=False)
            ax.text(row.end, y, f"  {row.label}", va="center", size=8, color=DARK, clip_on=False)
            y += 1
        told.append(f"{lanes[lane]}: {', '.join(group['label'])}")
        y += 0.5
        ax.axhline(y - 0.75, color=PALE, lw=0.8)
    ax.set_yticks(ticks, [textwrap.fill(text, 16) for text in lanes.values()])
    ax.set_ylim(y - 0.75, -0.75)
    first, last = events["start"].min().year, events["end"].max().year + 1
    shown = [pd.Timestamp(year, 1, 1) for year in range(first, last + 1, 1 + (last - first) // 9)]
    ax.set_xlim(pd.Timestamp(first, 1, 1), pd.Timestamp(last, 1, 1))
    ax.set_xticks(shown, [str(day.year) for day in shown])
    ax.grid(False)
    ax.grid(True, axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    documents = events.loc[events["lane"] == "document", "text"].nunique()
    years = listing(sorted(set(events.loc[events["lane"] == "observed", "start"].dt.year)))
    title = (
        count(documents, "No document has a date", "One document has a date", "{n} documents have dates")
        + "; "
        + _("articles and counts are of {years}", years=years)
    )
    return finish(
        fig,
        "timeline",
        title=title,
        detail=_("Dates and periods as printed; diamonds are days, bars longer times"),
        alt="; ".join(told) + ".",
        n=number(len(events), 0),
        source=printed.source,
    )


def targets(printed: Any) -> Figure | None:
    """
    Draw what was reached (bar) against each whole-number target that fits (line) and the number of units (frame).

    Parameters
    ----------
    printed : Printed
        Of ``helpers.findings.programmes.read``.

    Returns
    -------
    Figure or None
        None where no result is printed.
    """
    rows = printed.goals.assign(title=printed.titles).dropna(subset="achieved").iloc[::-1].reset_index(drop=True)
    if rows.empty:
        return None
    fig, axes = sheet(height=1.9 + 0.75 * len(rows), left=2.1, right=0.5, top=0.95)
    ax, most, told = axes[0, 0], 1.08 * np.nanmax(rows[["achieved", "total"]].to_numpy(float)), []
    ax.set_xlim(0, most)
    for y, row in enumerate(rows.itertuples()):
        if pd.notna(row.total):
            ax.barh(y, row.total, height=0.62, facecolor="none", edgecolor=MIDDLE, lw=0.8)
            ax.text(row.total, y, f" {number(row.total, 0)}", va="center", size=8, color=MIDDLE)
        ax.barh(y, row.achieved, height=0.4, color=NON_LOCAL)
        for target in row.readings:
            ax.plot([target, target], [y - 0.36, y + 0.36], color=DARK, lw=2)
            ax.text(target, y + 0.38, number(target, 0), ha="center", va="bottom", size=8, color=DARK)
        ax.text(
            row.achieved / 2,
            y,
            number(row.achieved, 0),
            ha="center",
            va="center",
            size=8.5,
            color="white" if row.achieved > 0.05 * most else DARK,
        )
        told.append(
            _(
                "{name}: {reached} reached, target {target}",
                name=row.title,
                reached=number(row.achieved, 0),
                target=listing(number(r, 0) for r in row.readings),
            )
        )
    ax.set_yticks(range(len(rows)), [textwrap.fill(title, 30) for title in rows["title"]])
    ax.set_ylim(-0.6, len(rows) - 0.2)
    ax.grid(False)
    ax.grid(True, axis="x")
    ax.xaxis.get_major_locator().set_params(integer=True)
    number_axis(ax.xaxis)
    return finish(
        fig,
        "targets",
        title=printed.reached.rstrip("."),
        detail=_("Number reached (bar), target (line), number of units (frame)"),
        alt="; ".join(told) + ".",
        n=number(len(rows), 0),
        source=printed.source,
    )


def flows(moved: Any) -> Figure | None:
    """
    Draw flows between levels, or new leaders by origin; named moves are few and stand in their table.

    Parameters
    ----------
    moved : Printed, Moves or Leaders
        Of ``helpers.findings.flows.read``.

    Returns
    -------
    Figure or None
    """
    return _origins(moved) if hasattr(moved, "by_year") else _levels(moved) if hasattr(moved, "parts") else None


def _levels(moved: Any) -> Figure:
    parts, rest = moved.rows, moved.remainders
    levels = {"centre": _("centre"), "province": _("province"), "district": _("district"), "commune": _("commune")}
    used = [level for level in levels if level in {*parts["origin"], *parts["destination"]}]
    fig, axes = sheet(width=8.6, height=5.6, left=1.2, right=2.9, top=0.95, bottom=0.6)
    ax, gap = axes[0, 0], 0.06 * (parts["n"].sum() + sum(n for _text, n in rest))
    free, bottoms = {}, []
    for column, x, side in (("origin", -0.02, "right"), ("destination", 1.02, "left")):
        y = 0.0
        for level, size in parts.groupby(column)["n"].sum().reindex(used).dropna().items():
            ax.plot([x, x], [y, y + size], color=DARK, lw=4, solid_capstyle="butt", clip_on=False)
            ax.text(
                x + (-0.02 if side == "right" else 0.02),
                y + size / 2,
                f"{levels[level]}\n{number(size, 0)}",
                ha=side,
                va="center",
                size=9,
            )
            free[column, level] = y
            y += size + gap
        bottoms.append(y)
    t = np.linspace(0, 1, 50)
    ease = 3 * t**2 - 2 * t**3
    for row in parts.itertuples():
        a, b = free["origin", row.origin], free["destination", row.destination]
        free["origin", row.origin], free["destination", row.destination] = a + row.n, b + row.n
        low, at = a + (b - a) * ease, 8 if row.direction == "down" else 41
        ax.fill_between(t, low, low + row.n, color=NON_LOCAL if row.direction == "down" else LOCAL, alpha=0.75, lw=0)
        ax.text(t[at], low[at] + row.n / 2, number(row.n, 0), ha="center", va="center", size=9, color=DARK)
    y = max(bottoms)
    for text, n in rest:
        ax.fill_between([0.2, 0.8], y, y + n, facecolor="white", edgecolor=MIDDLE, hatch=HATCH, lw=0.8)
        ax.text(0.82, y + n / 2, f"{number(n, 0)}: {text}", va="center", size=8.5, color=DARK, clip_on=False)
        y += n + gap
    ax.set(xlim=(-0.05, 1.05), ylim=(y, -gap / 2))
    ax.axis("off")
    summed = number(parts["n"].sum(), 0)
    printed = max((float(b.low) for b in moved.totals["printed"]), default=parts["n"].sum())
    told = [f"{levels[row.origin]} → {levels[row.destination]}: {number(row.n, 0)}" for row in parts.itertuples()] + [
        f"{text}: {number(n, 0)}" for text, n in rest
    ]
    return finish(fig, "flows", title=_("{place}: {summed} of {printed} persons are in a flow that is printed", place=moved.name, summed=summed, printed=number(printed, 0)),
                  detail=_("Persons by level left and level entered; accent: down, grey: up or across; hatched: in a total, in no flow"), alt="; ".join(told) + ".",
                  n=summed, source=_("facts {facts}", facts=", ".join([*parts["fact_id"], *moved.totals["fact_id"]])))  # fmt: skip


def _origins(moved: Any) -> Figure:
    years, outside = moved.by_year, ["centre", "other_province"]
    styles = {"centre": (_("centre"), {"color": NON_LOCAL}), "other_province": (_("other province"), {"color": _PALE_ACCENT}),
              "same_province": (_("same province"), {"color": LOCAL}), "unknown": (_("unknown"), fill("unknown"))}  # fmt: skip
    fig, axes = sheet(width=8.6, height=4.4, top=1.2)
    ax, base = axes[0, 0], years.cumsum(axis=1) - years
    for name, (text, style) in styles.items():
        ax.bar(years.index + 0.5, years[name], bottom=base[name], width=0.85, label=text, **style)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, handlelength=1.4)
    number_axis(ax.yaxis)
    year_axis(ax, int(years.index.min()), int(years.index.max()), every=2)
    share = percent(years[outside].sum().sum() / years.drop(columns="unknown").sum().sum())
    sums = "; ".join(f"{text}: {number(years[name].sum(), 0)}" for name, (text, _style) in styles.items())
    return finish(fig, "flows", title=_("{who}: {share} of those whose last post is known came from outside the province", who=moved.name, share=share),
                  detail=_("New terms in office by year of start and place of the post held before"), alt=sums + ".", n=number(years.sum().sum(), 0), source="leaders.csv")  # fmt: skip


def rank_path(case: Any) -> Figure:
    """
    Draw a province's rank by year, 1 at the top; the ranks of the claim are marked.

    Parameters
    ----------
    case : Claim
        Of ``helpers.findings.claims.read``.
    """
    own = pd.Series(case.own).sort_index()
    marked = {year: own[year] for year in (case.year_from, case.year_to) if year in own.index}
    if case.printed_rank is not None:
        marked.setdefault(case.year_to, case.printed_rank)
    fig, axes = sheet(width=8.2, height=3.9, top=0.95)
    ax = axes[0, 0]
    ax.plot(own.index + 0.5, own, color=DARK, marker="o", ms=3.5)
    for year, rank in marked.items():
        ax.plot(year + 0.5, rank, marker="D", ms=8, color=NON_LOCAL)
        ax.annotate(number(rank, 0), (year + 0.5, rank), xytext=(7, 5), textcoords="offset points", size=9)
    ax.set_ylim(case.field + 1, 0)
    ax.set_yticks([1, *range(10, case.field + 1, 10)] if case.field > 12 else range(1, case.field + 1))
    year_axis(ax, int(own.index.min()), max(int(own.index.max()), *marked, int(own.index.min())), every=2)
    steps = own.diff().abs().dropna()
    typical, most = (count(round(x), "no place", "one place", "{n} places") for x in (steps.median(), steps.max()))
    title = _(
        "In the median year {place} moved by {typical}, in the most eventful one by {most}",
        place=case.place,
        typical=typical,
        most=most,
    )
    return finish(fig, "path", title=title, detail=_("Rank among the provinces of {within}, 1 = best: {label}; diamonds: the years of the claim", within=case.within, label=case.label),
                  alt=f"{title}. " + "; ".join(f"{year}: {number(rank, 0)}" for year, rank in (own.to_dict() | marked).items()) + ".", n=_("{n} years", n=len(own)), source=case.source)  # fmt: skip


def rank_moves(moved: pd.DataFrame, band: pd.DataFrame, case: Any, odds: pd.DataFrame) -> Figure:
    """
    Draw moves of rank against the starting rank, with the claim among them.

    Parameters
    ----------
    moved, band : DataFrame
        Of ``ranks.moves`` and ``ranks.band``.
    case : Claim
        With start and gain.
    odds : DataFrame
        Of ``ranks.chance``, all other moves first; gives the title.
    """
    fig, axes = sheet(width=8.2, height=4.8, top=1.2)
    ax = axes[0, 0]
    for stable, colour, marker, size, text in (
        (True, LOCAL, "o", 10, _("same definition")),
        (False, DARK, "x", 12, _("definition changed")),
    ):
        part = moved[moved["stable"] == stable]
        if len(part):
            ax.scatter(part["start"], part["gain"], s=size, color=colour, marker=marker, lw=0.8, alpha=0.6, label=text)
    ax.plot(band["start"], band["median"], color=DARK, lw=1.6, label=_("median and middle 90%"))
    ax.fill_between(band["start"], band["low"], band["high"], color=DARK, alpha=0.1, lw=0)
    ax.scatter(case.start, case.gain, s=90, color=NON_LOCAL, marker="D", zorder=5, label=_("the claim"))
    ax.axhline(0, color=MIDDLE, lw=0.8)
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=4, handletextpad=0.3, columnspacing=1.2)
    ax.set_xlabel(_("starting rank (1 = best)"))
    ax.set_ylabel(_("places gained"))
    ax.xaxis.get_major_locator().set_params(integer=True)
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    row = band.set_index("start").loc[case.start]
    alt = _("From rank {start} the middle 90% of moves lie between {low} and {high} places, the median at {median}; the claim is {gain}.",
            start=str(case.start), low=number(row["low"], 0), high=number(row["high"], 0), median=number(row["median"], 0), gain=number(case.gain, 0, sign=True))  # fmt: skip
    return finish(
        fig,
        "moves",
        title=case.short(odds),
        detail=_("Moves of all provinces of {within}: {label}", within=case.within, label=case.label),
        alt=alt,
        n=_("{n} moves", n=number(len(moved), 0)),
        source=case.source,
    )


def weight_shifts(lifts: pd.DataFrame, case: Any) -> Figure | None:
    """
    Draw how often each shift of rank by new weights alone occurs, in the year of sub-indices nearest to the claim.

    Parameters
    ----------
    lifts : DataFrame
        Of ``ranks.reweighted``, one year.
    case : Claim

    Returns
    -------
    Figure or None
        None without new weights.
    """
    if lifts.empty:
        return None
    fig, axes = sheet(width=8.2, height=3.6, top=0.95)
    ax, own = axes[0, 0], lifts.set_index("unit_code")["lift"].get(case.province)
    ax.hist(
        lifts["lift"],
        bins=range(int(lifts["lift"].min()) - 1, int(lifts["lift"].max()) + 2, 2),
        color=LOCAL,
        edgecolor="white",
        lw=0.6,
    )
    ax.axvline(0, color=MIDDLE, lw=0.8)
    if own is not None:
        ax.axvline(own, color=NON_LOCAL, lw=2)
        ax.text(own, ax.get_ylim()[1], f" {case.place}: {number(own, 0, sign=True)}", va="top", size=9, color=NON_LOCAL)
    ax.set_xlabel(_("places gained from the new weights alone"))
    ax.set_ylabel(_("number of provinces"))
    number_axis(ax.xaxis)
    sizes = lifts["lift"].abs()
    title = _(
        "New weights alone move a province by {mean} places on average, {most} at most",
        mean=number(sizes.mean(), 1),
        most=number(sizes.max(), 0),
    )
    return finish(fig, "weights", title=title, detail=_("Sub-indices of {year}, the nearest year with all of them", year=str(lifts["year"].iloc[0])), alt=f"{title}. {case.weights}",
                  n=_("{n} provinces", n=len(lifts)), source="governance.csv, pci_weights.csv")  # fmt: skip
