"""Figures of programmes: time lines, targets, flows, moves of rank; each returns a Figure that carries its own texts."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from helpers.plots import base, record
from helpers.plots.base import DARK, FOCUS, LOCAL, MIDDLE, NON_LOCAL, finish, mark, sheet
from helpers.record import tables
from helpers.words import _, count, listing, number


@base.figure
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
    lanes = {"document": _("documents"), "phase": _("phases of a document"), "term": _("terms of office and planning")}
    lanes |= {"observed": _("articles and counts")}
    parts = {lane: events[events["lane"] == lane].sort_values(["start", "end"]) for lane in lanes}
    said = [f"{lanes[lane]}: {', '.join(part['label'])}" for lane, part in parts.items() if len(part)]
    rows = pd.concat(parts.values(), ignore_index=True)
    fig, axes = sheet(width=9.2, tall=(0.36 if base.is_narrow() else 0.22) * (len(rows) + 0.9), left=3.6, below=0.35)
    ax, opens, labels = axes[0, 0], ~rows["lane"].duplicated(), list(rows["label"])
    ax.set_ylim(len(rows) - 0.4, -0.9)
    for y, row in enumerate(rows.itertuples()):
        if opens[y]:
            labels[y] = f"{lanes[row.lane]}: {row.label}"
            ax.axhline(y - 0.6, color=base.PALE, lw=0.8)
        if row.end > row.start:
            colour = FOCUS if row.lane == "observed" else LOCAL
            drawn = ax.barh(y, row.end - row.start, left=row.start, height=0.4, color=colour, lw=0)[0]
        else:
            drawn = ax.plot([row.start], [y], marker="D", ms=5, color=FOCUS, clip_on=False)[0]
        mark(fig, drawn, [row.label])
    base.row_axis(ax, range(len(rows)), labels, 60)
    first, last = events["start"].min().year, events["end"].max().year + 1
    ax.set_xlim(pd.Timestamp(first, 1, 1), pd.Timestamp(last, 1, 1))
    shown = [pd.Timestamp(year, 1, 1) for year in range(first, last + 1, 1 + (last - first) // 6)]
    ax.set_xticks(shown, [str(day.year) for day in shown])
    ax.grid(True, axis="x")
    ax.tick_params(axis="y", length=0)
    documents = events.loc[events["lane"] == "document", "text"].nunique()
    years = listing(sorted(set(events.loc[events["lane"] == "observed", "start"].dt.strftime("%Y"))))
    title = count(documents, "No document has a date", "One document has a date", "{n} documents have dates")
    title = f"{title}; {_('articles and counts are of {years}', years=years)}"
    values = events.assign(kind=events["lane"].map(lanes), term=events["label"])[["kind", "term", "start", "end"]]
    texts = {"n": number(len(events), 0), "source": printed.source}
    detail = _("Dates and periods as printed; diamonds are days, bars longer times")
    return finish(fig, "timeline", title=title, detail=detail, said=said, data=values, **texts)


@base.figure
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
    fig, axes = sheet(tall=0.4 + 0.75 * len(rows), left=2.1, right=0.5, below=0.35)
    ax, most, said = axes[0, 0], 1.08 * np.nanmax(rows[["achieved", "total"]].to_numpy(float)), []
    ax.set_xlim(0, most)
    looks: dict[bool, dict] = {False: {"fc": NON_LOCAL}, True: base.fill("unknown")}
    ground = {"fc": base.UNKNOWN, "ec": "none", "pad": 0.6}
    if rows["drift"].any():
        fig.keys = [Patch(label=_("other posts counted than in the target"), **looks[True])]
    for y, row in enumerate(rows.itertuples()):
        reached, needed = number(row.achieved, 0), [number(target, 0) for target in row.readings]
        text, target = "{name}: {reached} reached, target {target}", listing(needed)
        said.append(_(text, name=row.title, reached=reached, target=target))
        if pd.notna(row.total):
            ax.barh(y, row.total, height=0.5, facecolor="none", edgecolor=MIDDLE, lw=0.8)
            beside: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
            ax.annotate(number(row.total, 0), (row.total, y), color=MIDDLE, **beside)
        mark(fig, ax.barh(y, row.achieved, height=0.34, **looks[row.drift])[0], said[-1:])
        for target, text in zip(row.readings, needed, strict=True):
            ax.plot([target, target], [y - 0.3, y + 0.3], color=DARK, lw=2)
            ax.text(target, y - 0.32, text, ha="center", va="top", color=DARK)
        ink, box = (base.ON_ACCENT, None) if row.achieved > 0.05 * most and not row.drift else (DARK, ground)
        ax.text(row.achieved / 2, y, reached, ha="center", va="center", color=ink, bbox=box)
    ax.set_ylim(-0.6, len(rows) - 0.3)
    base.row_axis(ax, range(len(rows)), list(rows["title"]), 30, 0.34)
    ax.grid(True, axis="x")
    ax.xaxis.get_major_locator().set_params(integer=True)
    texts = {"detail": _("Number reached (bar), target (line), number of units (frame)"), "source": printed.source}
    shown = rows[["title", "achieved", "total", "readings"]].rename(columns={"title": "term", "readings": "target"})
    return finish(fig, "targets", title=printed.reached, said=said, data=shown, n=number(len(rows), 0), **texts)


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


@base.figure
def _levels(moved: Any) -> Figure:
    parts, rest = moved.rows, pd.DataFrame(moved.remainders, columns=["label", "n"]).assign(direction="")
    levels = {"centre": _("centre"), "province": _("province"), "district": _("district"), "commune": _("commune")}
    ways = [f"{levels[a]} → {levels[b]}" for a, b in zip(parts["origin"], parts["destination"], strict=True)]
    rows = pd.concat([parts.assign(label=ways), rest], ignore_index=True)[["label", "direction", "n"]]
    fig, axes = sheet(tall=0.45 * len(rows) + 0.3, left=2.6, below=0.35)
    ax, said = axes[0, 0], [f"{row.label}: {number(row.n, 0)}" for row in rows.itertuples()]
    ax.set_ylim(len(rows) - 0.5, -0.7)
    looks = {"down": {"fc": FOCUS}, "": base.fill("unknown")}
    for y, row in enumerate(rows.itertuples()):
        mark(fig, ax.barh(y, row.n, height=0.45, **looks.get(row.direction, {"fc": LOCAL}))[0], said[y : y + 1])
        ax.annotate(number(row.n, 0), (row.n, y), xytext=(5, 0), textcoords="offset points", va="center")
    base.row_axis(ax, range(len(rows)), list(rows["label"]), 34, 0.3)
    printed = max((float(b.low) for b in moved.totals["printed"]), default=parts["n"].sum())
    value = {"place": moved.name, "summed": number(parts["n"].sum(), 0), "printed": number(printed, 0)}
    title = _("{place}: {summed} of {printed} persons are in a flow that is printed", **value)
    detail = "Persons by level left and entered; in colour: down, grey: up or across; hatched: in a total, in no flow"
    values = rows[["label", "n"]].rename(columns={"label": "term"})
    source = _("facts {facts}", facts=", ".join([*parts["fact_id"], *moved.totals["fact_id"]]))
    return finish(fig, "flows", title=title, detail=_(detail), said=said, data=values, n=value["summed"], source=source)


@base.figure
def _origins(moved: Any) -> Figure:
    periods = moved.checks.set_index("years")
    looks: dict[str, tuple[str, dict]] = {  # what is not known lies between the two bounds of the share from outside
        "centre": (_("centre"), base.fill("non_local")),
        "other_province": (_("other province"), {"fc": "#f0b48c"}),
        "unknown_origin": (_("unknown"), base.fill("unknown")),
        "same_province": (_("same province"), base.fill("local")),
    }
    counts, at = periods[[*looks]], np.arange(len(periods))
    fig, axes = sheet(tall=0.55 * len(periods), left=1.6, below=0.35)
    ax, left, told = axes[0, 0], 0.0, list[str]()
    for name, (text, look) in looks.items():
        part = counts[name] / counts.sum(axis=1)
        each = [f"{years}, {text}: {number(n, 0)}" for years, n in counts[name].items()]
        base.boxes(ax, left, at - 0.25, part, 0.5, each, **({"lw": 0.4} | look))
        fig.keys.append(Patch(label=text, **look))
        left, told = left + part, [*told, *each]
    ax.set(xlim=(0, 1), ylim=(len(periods) - 0.5, -0.6))
    base.percent_axis(ax.xaxis)
    base.row_axis(ax, at, [f"{years} (n = {n})" for years, n in counts.sum(axis=1).items()], above=0.28)
    shares = listing(f"{share} ({years})" for years, share in moved.shares)
    title = _("{who}, share from outside the province: {shares}", who=moved.name, shares=shares)
    texts = {"detail": _("New terms in office by place of the post held before, by period"), "source": "leaders.csv"}
    n = number(counts.to_numpy().sum(), 0)
    return finish(fig, "flows", title=title, said=told, data=counts.reset_index(), n=n, **texts)


@base.figure
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
    said = [f"{year}: {number(rank, 0)}" for year, rank in (own.to_dict() | marked).items()]
    fig, axes = sheet(tall=2.4, below=0.35)
    ax = axes[0, 0]
    ax.set_ylim(case.field + 1, 0)
    base.year_axis(ax, int(own.index.min()), max(int(own.index.max()), *marked, int(own.index.min())), every=2)
    rows = case.ranking[case.ranking["unit_code"] == case.province].sort_values("year")
    frame = rows[["year", "segment"]].assign(source="", **{case.place: rows["rank"]})
    fig.keys += record.draw_series(ax, frame, tables.breaks(case.indicator))
    for year, rank in marked.items():
        ax.plot(year + 0.5, rank, marker="D", ms=8, color=FOCUS)
        ax.annotate(number(rank, 0), (year + 0.5, rank), xytext=(7, 5), textcoords="offset points")
    ax.set_yticks([1, *range(10, case.field + 1, 10)] if case.field > 12 else range(1, case.field + 1))
    steps = own.diff().abs().dropna()
    typical, most = (count(round(x), "no place", "one place", "{n} places") for x in (steps.median(), steps.max()))
    value = {"place": case.place, "typical": typical, "most": most}
    title = _("In the median year {place} moved by {typical}, in the most eventful one by {most}", **value)
    detail = "Rank among the provinces of {within}, 1 = best: {label}; diamonds: the years of the claim"
    texts = {"detail": _(detail, within=case.within, label=case.label), "n": _("{n} years", n=len(own))}
    shown = own.rename("rank").rename_axis("year").reset_index()
    return finish(fig, "path", title=title, said=said, data=shown, source=case.source, **texts)


@base.figure
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
    fig, axes = sheet(tall=3.0)
    ax = axes[0, 0]
    looks = {True: ("o", LOCAL, _("same definition")), False: ("x", DARK, _("definition changed"))}
    for stable, part in moved.groupby("stable"):
        shape, colour, text = looks[bool(stable)]
        look = {"s": 11, "color": colour, "marker": shape, "lw": 0.8, "alpha": 0.6, "label": text}
        fig.keys.append(ax.scatter(part["start"], part["gain"], **look))
    fig.keys += ax.plot(band["start"], band["median"], color=DARK, lw=1.6, label=_("median"))
    look = {"color": DARK, "alpha": 0.1, "lw": 0, "label": _("middle 90%")}
    fig.keys.append(ax.fill_between(band["start"], band["low"], band["high"], **look))
    look = {"s": 90, "color": FOCUS, "marker": "D", "zorder": 5, "label": _("the claim")}
    fig.keys.append(ax.scatter(case.start, case.gain, **look))
    ax.axhline(0, color=MIDDLE, lw=0.8)
    ax.set(xlabel=_("starting rank (1 = best)"), ylabel=_("places gained"))
    ax.xaxis.get_major_locator().set_params(integer=True)
    row = band.set_index("start").loc[case.start]
    value = {name: number(row[name], 0) for name in ("low", "high", "median")}
    value["gain"] = number(case.gain, 0, sign=True)
    said = "From rank {start} the middle 90% of moves lie between {low} and {high} places, the median at {median}; the claim is {gain}."
    texts = {"alt": _(said, start=str(case.start), **value), "n": _("{n} moves", n=number(len(moved), 0))}
    texts["detail"] = _("Moves of all provinces of {within}: {label}", within=case.within, label=case.label)
    return finish(fig, "moves", title=case.short(odds), data=moved, source=case.source, **texts)


@base.figure
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
    fig, axes = sheet(tall=2.3)
    ax, own = axes[0, 0], lifts.set_index("unit_code")["lift"].get(case.province)
    bins = range(int(lifts["lift"].min()) - 1, int(lifts["lift"].max()) + 2, 2)
    ax.hist(lifts["lift"], bins=bins, color=LOCAL, edgecolor=base.UNKNOWN, lw=0.6)
    ax.axvline(0, color=MIDDLE, lw=0.8)
    if own is not None:
        ax.axvline(own, color=FOCUS, lw=2)
        text = f"{case.place}: {number(own, 0, sign=True)}"
        ax.annotate(text, (own, ax.get_ylim()[1]), xytext=(5, -10), textcoords="offset points", color=FOCUS)
    ax.set(xlabel=_("places gained from the new weights alone"), ylabel=_("number of provinces"))
    sizes = lifts["lift"].abs()
    value = {"mean": number(sizes.mean(), 1), "most": number(sizes.max(), 0)}
    title = _("New weights alone move a province by {mean} places on average, {most} at most", **value)
    detail = _("Sub-indices of {year}, the nearest year with all of them", year=str(lifts["year"].iloc[0]))
    texts = {"n": _("{n} provinces", n=len(lifts)), "source": "governance.csv, pci_weights.csv"}
    return finish(fig, "weights", title=title, detail=detail, said=[case.weights.rstrip(".")], data=lifts, **texts)
