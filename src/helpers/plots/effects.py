"""Figures of estimates: each takes results, draws them, and returns a Figure that carries its own texts."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.plots.base import (
    DARK,
    LOCAL,
    MIDDLE,
    NON_LOCAL,
    THIRD,
    finish,
    number_axis,
    percent_axis,
    sheet,
    year_axis,
)
from helpers.words import _, between, difference, interval, known, number, p_value, percent


def chance(result: Any, panel: Any) -> Figure:
    """
    Draw an estimate among the estimates that come out when the sequences of leaders are reassigned to provinces at random.

    Parameters
    ----------
    result : Reassignment
        Of ``effects.randomise``: estimate, placebo (estimates under reassignment), p_value.
    panel : Panel
        Gives scale, measure, label and source.

    Returns
    -------
    Figure
    """
    fig, axes = sheet(height=4.0, top=0.95, bottom=1.0)
    ax, scale = axes[0, 0], panel.scale
    ax.hist(np.asarray(result.placebo) * scale, bins=40, color=LOCAL, edgecolor="white", lw=0.4)
    seen = result.estimate * scale
    ax.axvline(seen, color=NON_LOCAL, lw=2)
    ax.plot([seen], [ax.get_ylim()[1] * 0.96], "v", color=NON_LOCAL, ms=8)
    beside = {"xytext": (7, -3), "textcoords": "offset points", "color": NON_LOCAL, "weight": "bold"}
    ax.annotate(number(seen, panel.digits), (seen, ax.get_ylim()[1] * 0.96), **beside)
    ax.set_xlabel(_("difference under random reassignment, {measure}", measure=panel.measure))
    ax.set_ylabel(_("number of reassignments"))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    p = p_value(result.p_value)
    title = _("A difference at least this large appears with p = {p} by chance alone", p=p)
    return finish(
        fig, "chance", title=title, detail=_("{label}; the same sequences of leaders reassigned to provinces at random", label=panel.heading),
        alt=_("Histogram of differences under random reassignment; the difference observed is {difference}, p = {p}.", difference=difference(seen, panel.digits, panel.measure, panel.better), p=p),
        n=_("{n} {units}, {switching} switching", n=panel.n_units, units=panel.units, switching=panel.n_switching), source=panel.source,
    )  # fmt: skip


def draw_forest(
    ax: Axes, rows: pd.DataFrame, labels: Sequence[str], accent: Sequence[int] = (), width: int = 44
) -> Axes:
    """
    Draw estimates with their 95% intervals, one a line, the first on top; one without an interval is an open mark.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        estimate, conf_low, conf_high, in the unit of the axis.
    labels : sequence of str
        Broken into lines of ``width`` letters.
    accent : sequence of int
        Positions drawn in colour with a triangle; the rest are grey circles.
    """
    place = np.arange(len(rows))[::-1]
    ax.axvline(0, color=DARK, lw=0.8)
    for k, (y, row) in enumerate(zip(place, rows.itertuples(), strict=True)):
        colour, mark = (NON_LOCAL, "^") if k in accent else (MIDDLE, "o")
        has = np.isfinite(row.conf_low) and np.isfinite(row.conf_high)
        if has:
            ax.plot([row.conf_low, row.conf_high], [y, y], color=colour, lw=2)
        ax.plot([row.estimate], [y], mark, color=colour, mfc=colour if has else "white", ms=7)
    ax.set_yticks(place, [textwrap.fill(text, width) for text in labels])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    number_axis(ax.xaxis)
    return ax


def forest(
    rows: pd.DataFrame,
    panel: Any,
    *,
    name: str = "estimates",
    title: str,
    detail: str = "",
    labels: Sequence[str] | None = None,
    accent: Sequence[int] = (0,),
    note: str = "",
) -> Figure:
    """
    Draw the rows of results as a forest of estimates with 95% intervals.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``; one line each.
    panel : Panel
    name, title, detail, note : str
        Of the figure.
    labels : sequence of str, optional
        The rows' keys in words otherwise (:func:`line_of`).
    accent : sequence of int
        Lines drawn in colour.
    """
    labels = list(labels) if labels is not None else [line_of(row) for row in rows.to_dict("records")]
    scaled = rows.assign(**{c: rows[c].astype(float) * panel.scale for c in ("estimate", "conf_low", "conf_high")})
    lines = sum(textwrap.fill(text, 44).count("\n") + 1 for text in labels)
    fig, axes = sheet(height=2.1 + 0.2 * lines + 0.2 * len(rows), top=0.95, bottom=1.0, left=3.3)
    ax = draw_forest(axes[0, 0], scaled, labels, accent)
    ax.set_xlabel(_("non-local less local, {measure}", measure=panel.measure))
    parts = [f"{text}: {number(row.estimate, panel.digits)} ({interval(row.conf_low, row.conf_high, panel.digits)})" if np.isfinite(row.conf_low) else f"{text}: {number(row.estimate, panel.digits)}"
             for text, row in zip(labels, scaled.itertuples(), strict=True)]  # fmt: skip
    n = _("{n} {units}, {switching} switching", n=panel.n_units, units=panel.units, switching=panel.n_switching)
    return finish(
        fig,
        name,
        title=title,
        detail=detail or f"{panel.heading}; {_('95% intervals')}",
        alt=f"{title}. {'; '.join(parts)}.",
        n=n,
        source=panel.source,
        note=note,
    )


def line_of(row: Mapping) -> str:
    """Return the keys of a result row in words: design, and event, definition or treatment of unknown homes where they say something."""
    parts = [known(str(row["estimator"]))]
    if row.get("event") in ("arrival", "exit", "change"):
        parts.append(known(str(row["event"])))
    if isinstance(row.get("unknown"), str) and row["unknown"] not in ("", "left_out"):
        parts.append(_("unknown homes: {how}", how=known(str(row["unknown"]))))
    if isinstance(row.get("sample"), str) and row["sample"]:
        parts.append(known(row["sample"]))
    return ", ".join(parts)


def draw_events(ax: Axes, rows: pd.DataFrame, after: bool = True) -> Axes:
    """
    Draw effects by event time with 95% intervals; under each point stands how many cells are behind it.

    Parameters
    ----------
    ax : Axes
    rows : DataFrame
        event_time, estimate, conf_low, conf_high, n_cells, in the unit of the axis.
    after : bool
        Whether the years under a non-local are those from event time 0 on (arrivals) or those before it (exits); they are triangles.
    """
    ax.axhline(0, color=DARK, lw=0.8)
    ax.axvline(-0.5, color=MIDDLE, lw=0.8, ls=":")
    for row in rows.itertuples():
        colour, mark = (NON_LOCAL, "^") if (row.event_time >= 0) == after else (MIDDLE, "o")
        has = np.isfinite(row.conf_low)
        if has:
            ax.plot([row.event_time] * 2, [row.conf_low, row.conf_high], color=colour, lw=2)
        ax.plot([row.event_time], [row.estimate], mark, color=colour, mfc=colour if has else "white", ms=7)
        if pd.notna(row.n_cells):
            at: dict[str, Any] = {"xy": (row.event_time, 0), "xycoords": ("data", "axes fraction"), "xytext": (0, 3)}
            ax.annotate(number(row.n_cells, 0), textcoords="offset points", ha="center", size=7, color=MIDDLE, **at)
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.08 * (high - low), high)
    ax.set_xticks(list(rows["event_time"]), [number(e, 0) for e in rows["event_time"]])
    number_axis(ax.yaxis)
    return ax


def events(rows: pd.DataFrame, panel: Any, *, title: str, name: str = "events", note: str = "") -> Figure:
    """
    Draw the paths around arrivals and exits side by side.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS`` with event (arrival, exit, change) and event_time; the mean rows are left out.
    panel : Panel
    title, name, note : str
    """
    scaled = rows[rows["event_time"].notna()].copy()
    for column in ("estimate", "conf_low", "conf_high"):
        scaled[column] = scaled[column].astype(float) * panel.scale
    kinds = [kind for kind in ("arrival", "exit", "change") if (scaled["event"] == kind).any()]
    fig, axes = sheet(1, max(len(kinds), 1), width=9.0, height=4.4, top=1.2, bottom=1.05, wide=0.75)
    parts = []
    for ax, kind in zip(axes[0], kinds, strict=False):
        part = scaled[scaled["event"] == kind].sort_values("event_time")
        draw_events(ax, part, after=kind != "exit")
        ax.set_title(
            {
                "arrival": _("Arrival of a non-local"),
                "exit": _("Departure of a non-local"),
                "change": _("First change"),
            }[kind],
            size=9.5,
        )
        ax.set_xlabel(_("years since the change"))
        parts += [
            f"{known(kind)} {number(row.event_time, 0)}: {number(row.estimate, panel.digits)}"
            for row in part.itertuples()
        ]
    axes[0, 0].set_ylabel(panel.measure)
    return finish(
        fig, name, title=title, detail=_("{label}; 95% intervals; small numbers: province-years behind each point", label=panel.heading),
        alt=f"{title}. {'; '.join(parts)}.", n=_("{n} {units}, {switching} switching", n=panel.n_units, units=panel.units, switching=panel.n_switching), source=panel.source, note=note,
    )  # fmt: skip


def curve(
    table: pd.DataFrame, null: np.ndarray, choices: Mapping[str, Mapping[str, str]], panel: Any, *, title: str
) -> Figure:
    """
    Draw a specification curve: estimates in order above, the choices behind them below.

    Parameters
    ----------
    table : DataFrame
        estimate, p_value and one column per choice; rows without an estimate are left out.
    null : ndarray (draws, specifications)
        The same under reassignment, drawn as the band in which 95% of the ordered curves stay.
    choices : dict of str to dict
        Column to its values and their names, in drawing order.
    panel : Panel
    title : str
    """
    fine = np.isfinite(table["estimate"].to_numpy(float)) & np.isfinite(null).all(0)
    table, null = table[fine], null[:, fine] * panel.scale
    order = np.argsort(table["estimate"].to_numpy())
    x, values = np.arange(len(order)), table["estimate"].to_numpy()[order] * panel.scale
    n_lines = sum(len(texts) for texts in choices.values()) + 0.6 * len(choices)
    low_height = 0.17 * n_lines
    fig, axes = sheet(
        2,
        1,
        width=9.0,
        height=5.1 + low_height,
        top=0.95,
        bottom=0.95,
        left=2.6,
        high=0.15,
        height_ratios=[3.0, low_height],
    )
    top, low = axes[:, 0]
    band = np.nanquantile(np.sort(null, axis=1), [0.025, 0.975], axis=0)
    top.fill_between(x, *band, color=LOCAL, alpha=0.35, lw=0, label=_("95% of curves under random reassignment"))
    top.axhline(0, color=DARK, lw=0.8)
    found = table["p_value"].to_numpy()[order] < 0.05
    top.plot(x[~found], values[~found], "o", ms=1.5, color=MIDDLE, label=_("p at least 0.05"))
    top.plot(x[found], values[found], "^", ms=4, color=NON_LOCAL, label=_("p below 0.05"))
    top.set_ylabel(panel.measure)
    top.legend(loc="upper left")
    top.set_xticks([])
    number_axis(top.yaxis)
    names: list[tuple[float, str]] = []
    y = 0.0
    for column, texts in choices.items():
        seen = table[column].astype(str).to_numpy()[order]
        for value, text in texts.items():
            at = x[seen == str(value)]
            low.plot(at, np.full(len(at), y), "|", ms=4, mew=0.35, color=DARK, alpha=0.5)
            names.append((y, text))
            y -= 1
        y -= 0.6
    low.set_yticks([at for at, _text in names], [text for _at, text in names])
    low.tick_params(labelsize=7.5, length=0)
    low.set_ylim(y, 1)
    low.grid(False)
    for ax in (top, low):
        ax.set_xlim(-1, len(x))
    low.set_xlabel(_("specifications, in order of their estimate"))
    number_axis(low.xaxis)
    middle = float(np.median(values)) if len(values) else np.nan
    return finish(
        fig, "curve", title=title, detail=_("{label}; each mark is one specification, its choices below it", label=panel.heading),
        alt=_("{title}. {n} estimates in order, from {low} to {high}, median {median}.", title=title, n=len(values), low=number(values.min() if len(values) else np.nan, panel.digits), high=number(values.max() if len(values) else np.nan, panel.digits), median=number(middle, panel.digits)),
        n=_("{n} specifications", n=len(values)), source=panel.source,
    )  # fmt: skip


_SERIES = [("-", "o", DARK), ("--", "s", MIDDLE), (":", "D", THIRD)]


def power(curve: pd.DataFrame, panel: Any, *, title: str) -> Figure:
    """
    Draw the share of effects found against their size; the dashed line is 80%.

    Parameters
    ----------
    curve : DataFrame
        estimator, test, size, power; at most three pairs of estimator and test.
    panel : Panel
    title : str
    """
    fig, axes = sheet(height=4.3, top=0.95, bottom=1.0)
    ax, parts = axes[0, 0], []
    pairs = list(curve.groupby(["estimator", "test"], sort=False))
    for (line, mark, colour), ((estimator, test), part) in zip(_SERIES, pairs, strict=False):
        text = f"{known(str(estimator))} ({known(str(test))})"
        ax.plot(part["size"] * panel.scale, part["power"], ls=line, marker=mark, color=colour, ms=4, label=text)
        parts.append(
            f"{text}: {', '.join(f'{number(s * panel.scale, panel.digits)}: {number(100 * p, 0)}%' for s, p in zip(part['size'], part['power'], strict=True))}"
        )
    ax.axhline(0.8, color=DARK, lw=0.8, ls="--")
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    percent_axis(ax.yaxis)
    number_axis(ax.xaxis)
    ax.set_xlabel(_("size of the effect, {measure}", measure=panel.measure))
    ax.set_ylabel(_("share of times found"))
    ax.legend(loc="lower right")
    return finish(fig, "power", title=title, detail=_("{label}; constant effects added to real data without an effect", label=panel.heading), alt=f"{title}. {'; '.join(parts)}.",
                  n=_("{n} {units}, {switching} switching", n=panel.n_units, units=panel.units, switching=panel.n_switching), source=panel.source)  # fmt: skip


def bias(rows: pd.DataFrame, panel: Any, *, title: str) -> Figure:
    """
    Draw, for each shape of effect, the true mean effect (bar) and the mean estimate of each design (marks).

    Parameters
    ----------
    rows : DataFrame
        shape, estimator, truth, estimate; one row for each pair.
    panel : Panel
    title : str
    """
    fig, axes = sheet(height=4.4, top=0.95, bottom=1.25)
    ax = axes[0, 0]
    shapes, names = list(dict.fromkeys(rows["shape"])), list(dict.fromkeys(rows["estimator"]))
    for k, shape in enumerate(shapes):
        part = rows[rows["shape"] == shape].set_index("estimator")
        for j, ((_line, mark, colour), name) in enumerate(zip(_SERIES, names, strict=False)):
            x = k + (j - (len(names) - 1) / 2) * 0.24
            truth, estimate = (
                float(
                    part.loc[name, column].iloc[0]
                    if isinstance(part.loc[name], pd.DataFrame)
                    else part.loc[name, column]
                )
                * panel.scale
                for column in ("truth", "estimate")
            )
            ax.plot([x - 0.1, x + 0.1], [truth] * 2, color=colour, lw=4, alpha=0.35, solid_capstyle="butt")
            ax.plot(x, estimate, mark, color=colour, ms=7, ls="none", label=None if k else known(name))
    ax.axhline(0, color=DARK, lw=0.8)
    ax.set_xticks(range(len(shapes)), [known(shape) for shape in shapes])
    ax.set_ylabel(panel.measure)
    number_axis(ax.yaxis)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=3)
    parts = [
        f"{known(r.shape)}, {known(r.estimator)}: {number(r.truth * panel.scale, panel.digits)} / {number(r.estimate * panel.scale, panel.digits)}"
        for r in rows.itertuples()
    ]
    return finish(
        fig,
        "bias",
        title=title,
        detail=_("{label}; bar: true mean effect; mark: mean estimate", label=panel.heading),
        alt=f"{title}. {'; '.join(parts)}.",
        source=panel.source,
    )


def counterfactual(
    path: pd.DataFrame,
    first_treated: int,
    panel: Any,
    *,
    unit: str,
    title: str,
    others: Sequence[tuple[str, pd.Series]] = (),
) -> Figure:
    """
    Draw a unit and its counterfactual; the years under a non-local are shaded and the unit's points in them are triangles.

    Parameters
    ----------
    path : DataFrame
        Index year; columns actual, counterfactual.
    first_treated : int
    panel : Panel
    unit : str
        Name of the unit.
    title : str
    others : sequence of (str, Series)
        Further counterfactuals by year, drawn thin.
    """
    fig, axes = sheet(height=4.6, top=0.95, bottom=1.3)
    ax, years = axes[0, 0], path.index.to_numpy() + 0.5
    on = path.index.to_numpy() >= first_treated
    year_axis(ax, int(path.index[0]), int(path.index[-1]))
    ax.axvspan(first_treated, path.index[-1] + 1, color=NON_LOCAL, alpha=0.07, lw=0)
    ax.plot(years, path["actual"], color=DARK, label=unit)
    ax.plot(years[~on], path["actual"][~on], "o", color=LOCAL, mec=DARK, ls="none")
    ax.plot(years[on], path["actual"][on], "^", color=NON_LOCAL, ms=6, ls="none")
    ax.plot(years, path["counterfactual"], color=DARK, ls="--", label=_("weighted average of other provinces"))
    for style, (label, series) in zip((":", "-."), others, strict=False):
        ax.plot(series.index.to_numpy() + 0.5, series, color=MIDDLE, ls=style, lw=1.2, label=label)
    number_axis(ax.yaxis)
    ax.set_ylabel(panel.heading)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=2)
    parts = [
        f"{year}: {number(row.actual, panel.digits)} / {number(row.counterfactual, panel.digits)}"
        for year, row in zip(path.index, path.itertuples(), strict=True)
    ]
    return finish(
        fig,
        "path",
        title=title,
        detail=_("{label}; shaded: years under a non-local on 30 June", label=panel.heading),
        alt=f"{title}. {'; '.join(parts)}.",
        source=panel.source,
    )


def placebo_gaps(
    paths: Mapping[str, Mapping[int, float]],
    placebo: pd.DataFrame,
    unit: str,
    first_treated: int,
    panel: Any,
    *,
    title: str,
) -> Figure:
    """
    Draw the gap of a unit to its counterfactual among those of all comparison units, and the ratios after to before.

    Parameters
    ----------
    paths : dict
        Unit to gap by year.
    placebo : DataFrame
        Of ``synthetic.fit_placebos``: ratio, is_treated.
    unit : str
    first_treated : int
    panel : Panel
    title : str
    """
    fig, axes = sheet(1, 2, width=9.0, height=4.6, top=0.95, bottom=1.3, wide=0.6)
    ax, years = axes[0, 0], list(paths[unit])
    year_axis(ax, years[0], years[-1], every=max(1, round(len(years) / 5)))
    ax.axvspan(first_treated, years[-1] + 1, color=NON_LOCAL, alpha=0.07, lw=0)
    ax.axhline(0, color=DARK, lw=0.8)
    for k, gap in enumerate(gap for code, gap in paths.items() if code != unit):
        label = None if k else _("comparison provinces, as if they had switched")
        ax.plot(np.array(list(gap)) + 0.5, list(gap.values()), color=LOCAL, lw=0.8, label=label)
    ax.plot(np.array(years) + 0.5, list(paths[unit].values()), "^-", color=NON_LOCAL, lw=2, label=_("this province"))
    number_axis(ax.yaxis)
    ax.set_ylabel(_("gap, {measure}", measure=panel.measure))
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.1))
    ax, table = axes[0, 1], placebo.sort_values("ratio", ignore_index=True)
    own, rest = table[table["is_treated"]], table[~table["is_treated"]]
    ax.plot(rest["ratio"], rest.index, "o", color=LOCAL, mec=MIDDLE, ls="none")
    ax.plot(own["ratio"], own.index, "^", color=NON_LOCAL, ms=8, ls="none")
    ax.set_yticks([])
    ax.set_xlim(left=0)
    ax.grid(axis="x")
    ax.set_xlabel(_("gap after / gap before (RMSPE)"))
    number_axis(ax.xaxis)
    place = int((table["ratio"] >= own["ratio"].iloc[0]).sum()) if len(own) else 0
    alt = _(
        "{title}. The ratio of this province is the {place}th largest of {n}.", title=title, place=place, n=len(table)
    )
    return finish(fig, "placebos", title=title, detail=panel.heading, alt=alt, source=panel.source)


def leader_test(test: Any, panel: Any, *, title: str) -> Figure:
    """
    Draw the share of variance between leaders among the shares that come out when the order of terms is permuted.

    Parameters
    ----------
    test : LeaderTest
        statistic, draws, p_value, n_spells, n_units.
    panel : Panel
    title : str
    """
    fig, axes = sheet(height=4.0, top=0.95, bottom=1.0)
    ax = axes[0, 0]
    ax.hist(test.draws, bins=40, color=LOCAL, edgecolor="white", lw=0.4)
    ax.axvline(test.statistic, color=NON_LOCAL, lw=2)
    ax.plot([test.statistic], [ax.get_ylim()[1] * 0.96], "v", color=NON_LOCAL, ms=8)
    percent_axis(ax.xaxis)
    number_axis(ax.yaxis)
    ax.set_xlabel(_("share of what is left after province and year that lies between leaders"))
    ax.set_ylabel(_("number of permutations"))
    alt = _("{title}. Histogram over permutations, {low} to {high}; observed: {share}, p = {p}.", title=title, low=percent(test.draws.min()), high=percent(test.draws.max()),
            share=percent(test.statistic), p=p_value(test.p_value))  # fmt: skip
    return finish(fig, "leaders", title=title, detail=_("{label}; grey: the same terms in another order", label=panel.heading), alt=alt,
                  n=_("{n} terms in office in {units} provinces", n=test.n_spells, units=test.n_units), source=panel.source)  # fmt: skip


def shrunken(effects: pd.DataFrame, panel: Any, *, title: str) -> Figure:
    """
    Draw each leader's average residual against the same after shrinkage; the dashed line is no shrinkage.

    Parameters
    ----------
    effects : DataFrame
        mean, shrunk, n_years; one row per term in office.
    panel : Panel
    title : str
    """
    fig, axes = sheet(width=6.4, height=5.0, top=0.95, bottom=1.0)
    ax, scale = axes[0, 0], panel.scale
    reach = float(effects["mean"].abs().max()) * 1.05 * scale
    ax.plot([-reach, reach], [-reach, reach], color=MIDDLE, lw=1, ls="--")
    ax.scatter(
        effects["mean"] * scale, effects["shrunk"] * scale, s=6 + 6 * effects["n_years"], color=DARK, alpha=0.45, lw=0
    )
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    ax.set_xlabel(_("average as measured, {measure}", measure=panel.measure))
    ax.set_ylabel(_("after shrinkage"))
    number_axis(ax.xaxis)
    number_axis(ax.yaxis)
    spread = between(effects["shrunk"].min() * scale, effects["shrunk"].max() * scale, panel.digits, panel.measure)
    alt = _("{title}. After shrinkage the averages run {spread}.", title=title, spread=spread)
    return finish(
        fig,
        "shrunken",
        title=title,
        detail=_("{label}; one mark a term in office, larger = more years", label=panel.heading),
        alt=alt,
        n=_("{n} terms in office", n=len(effects)),
        source=panel.source,
    )


def small_multiples(table: pd.DataFrame, *, title: str, note: str = "") -> Figure:
    """
    Draw estimates of several outcomes with their intervals, each on an axis of its own in natural units, better always to the right.

    Parameters
    ----------
    table : DataFrame
        label, measure, digits, estimate, low, high (turned so that better is positive).
    title, note : str
    """
    n = len(table)
    fig, axes = sheet(n, 1, width=7.6, height=1.5 + 0.52 * n, top=0.75, bottom=0.55, left=3.4, right=0.5, high=0.32)
    for ax, row in zip(axes[:, 0], table.itertuples(), strict=True):
        reach = 1.15 * max(abs(row.low), abs(row.high), abs(row.estimate)) or 1.0
        ax.axvline(0, color=DARK, lw=0.8)
        ax.plot([row.low, row.high], [0, 0], color=MIDDLE, lw=3)
        ax.plot([row.estimate], [0], "o", color=DARK, ms=7)
        ax.set(xlim=(-reach, reach), ylim=(-1, 1), yticks=[])
        ax.locator_params(axis="x", nbins=5)
        ax.tick_params(axis="x", labelsize=7, pad=1)
        ax.grid(False)
        ax.spines["left"].set_visible(False)
        ax.text(
            -0.03,
            0.5,
            f"{textwrap.fill(row.label, 40)}\n{row.measure}",
            ha="right",
            va="center",
            size=8,
            transform=ax.transAxes,
        )
        number_axis(ax.xaxis)
    axes[0, 0].set_title(_("\u2190 worse"), loc="left", size=8, weight="normal", color=MIDDLE)
    axes[0, 0].set_title(_("better \u2192"), loc="right", size=8, weight="normal", color=MIDDLE)
    parts = [
        f"{row.label}: {number(row.estimate, row.digits)} ({interval(row.low, row.high, row.digits)}) {row.measure}"
        for row in table.itertuples()
    ]
    return finish(fig, "outcomes", title=title, alt=f"{title}. {'; '.join(parts)}.", note=note)
