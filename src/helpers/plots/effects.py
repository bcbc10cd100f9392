"""Figures of estimates: each takes results, draws them, and returns a Figure that carries its own texts."""

import textwrap
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from helpers.plots import base
from helpers.plots.base import DARK, FOCUS, LOCAL, MIDDLE, NON_LOCAL, finish, mark, sheet
from helpers.record import tables
from helpers.words import Refused, _, between, difference, fill, interval, known, number, p_value, percent

_FEW = 5  # cells behind a point without an interval, below which it does not set the scale
_LOOKS = [(MIDDLE, "o"), (FOCUS, "D"), (LOCAL, "x")]  # usual, accent, faded
_LED = [(MIDDLE, "o"), (NON_LOCAL, "^")]  # not, and under a non-local
_STYLES = [("-", "o", DARK), ("--", "s", MIDDLE), (":", "D", base.THIRD)]


def plain(design: Any, **said: Any) -> Any:
    """
    Return what a figure says of any design, to be given in place of a study panel; a panel as it is where nothing else is ``said``.

    Parameters
    ----------
    design : Design or Panel
    **said
        heading, measure (the unit of the outcome), unit and units (what one and several are called), source, scale, digits, better;
        led_by (who leads where the treatment is on), by (who counts as such) and local_only (whether locals lead elsewhere): without
        led_by no figure speaks of leaders.
    """
    if hasattr(design, "scale") and not said:
        return design
    if not (hasattr(design, "scale") or hasattr(design, "counts")):
        text = "what a figure is told of is {kind}; expected the panel or the design of the estimates. Take effects.design(...)."
        raise Refused(text, kind=type(design).__name__)
    usual: dict[str, Any] = dict.fromkeys(("heading", "measure", "source", "led_by", "by"), "")
    usual |= {"unit": _("unit"), "units": _("units"), "scale": 1.0, "digits": 2}
    usual |= {"better": "neither", "local_only": True}
    for name in said:
        tables.one_of("an argument of plots.plain", name, tuple(usual))
    if hasattr(design, "scale"):
        own = {name: getattr(design, name) for name in (*usual, "n_units", "n_switching")}
    else:
        own = {"heading": design.names["y"], **design.counts()}
    return SimpleNamespace(**usual | own | said)


def _axis(text: str, panel: Any) -> str:
    """Return a text with {measure}, which may be empty, as the name of an axis."""
    return fill(known(text), measure=panel.measure).rstrip(", ")


def _foot(panel: Any) -> dict[str, str]:
    if counted := getattr(panel, "foot", ""):
        return {"n": counted, "source": panel.source}
    n = {"n": panel.n_units, "units": panel.units, "switching": panel.n_switching}
    return {"n": _("{n} {units}, {switching} switching", **n), "source": panel.source}


def _scaled(rows: pd.DataFrame, panel: Any, *names: str) -> pd.DataFrame:
    """Return the rows in the unit of the outcome; refuse a table that lacks columns of results, ``names`` among them."""
    if lacking := [name for name in ("estimate", "conf_low", "conf_high", *names) if name not in rows]:
        text = "the table to draw has no column {names}; expected rows of results, as an estimator returns them."
        raise Refused(text, names=", ".join(lacking))
    out = rows.assign(**{c: rows[c].astype(float) * panel.scale for c in ("estimate", "conf_low", "conf_high")})
    out.attrs = {}  # pandas copies them with every column
    return out


def _told(row: Any, digits: int) -> str:
    if np.isnan(row.estimate) and np.isfinite(row.conf_low):
        return interval(row.conf_low, row.conf_high, digits)
    text = number(row.estimate, digits)
    return f"{text} ({interval(row.conf_low, row.conf_high, digits)})" if np.isfinite(row.conf_low) else text


def _values(rows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    kept = rows[["estimate", "conf_low", "conf_high"]].reset_index(drop=True)
    kept.insert(0, "term", list(labels))
    return kept


def _estimates(
    ax: Axes, places: Any, rows: pd.DataFrame, strong: Any, said: Any, upright: bool = False, looks: Any = _LOOKS
) -> None:
    """Draw estimates and their intervals in one of the ``looks`` each (``strong``); open where there is no interval; a range alone is a line."""
    middle, low, high = rows[["estimate", "conf_low", "conf_high"]].to_numpy(float).T
    has, places, strong = np.isfinite(low) & np.isfinite(high), np.asarray(places, float), np.asarray(strong, int)
    for inside, (colour, shape) in enumerate(looks):
        for whole in (False, True):
            one = (strong == inside) & (has == whole)
            if whole and one.any():
                (ax.vlines if upright else ax.hlines)(places[one], low[one], high[one], color=colour, lw=2)
            one &= np.isfinite(middle)
            if not one.any():
                continue
            at = (places[one], middle[one]) if upright else (middle[one], places[one])
            points = ax.plot(*at, shape, color=colour, mfc=colour if whole else base.UNKNOWN, ms=7)[0]
            mark(ax.get_figure(root=True), points, [text for text, shown in zip(said, one, strict=True) if shown])


def _points(ax: Axes, x: Any, y: Any, on: np.ndarray, said: Sequence[str], edge: str, size: float) -> None:
    """Draw points: triangles where the unit is under a non-local (``on``), circles elsewhere."""
    looks: Any = {"marker": "o", "color": LOCAL, "mec": edge}, {"marker": "^", "color": NON_LOCAL, "ms": size}
    for which, look in zip((~on, on), looks, strict=True):
        drawn = ax.plot(x[which], y[which], ls="none", **look)[0]
        mark(ax.get_figure(root=True), drawn, [text for text, yes in zip(said, which, strict=True) if yes])


def _among(draws: np.ndarray, seen: float, text: str, far: np.ndarray, key: str) -> tuple[Any, Axes, pd.DataFrame]:
    """Draw what was seen among what comes out at random; those ``far`` out, which a p-value counts, have the colour of what was seen."""
    fig, axes = sheet(tall=2.4, below=0.55)
    ax = axes[0, 0]
    low, high = min(draws.min(), seen), max(draws.max(), seen)
    step, start = (high - low) / 40 or 1.0, low
    if abs(seen) > step:  # what was seen, and its mirror image, are ends of bars
        step = abs(seen) / round(abs(seen) / step)
        start = np.floor(low / step + 1e-9) * step
    edges = start + step * np.arange(np.ceil((high - start) / step - 1e-9) + 2)
    every, reached = (np.histogram(part, edges)[0] for part in (draws, draws[far]))
    base.boxes(ax, edges[:-1], reached, step, every - reached, fc=LOCAL, ec=base.UNKNOWN, lw=0.4)
    base.boxes(ax, edges[:-1], 0, step, reached, fc=FOCUS, ec=base.UNKNOWN, lw=0.4)
    n = {"n": number(int(reached.sum()), 0), "all": number(len(draws), 0)}
    fig.keys = [Patch(fc=FOCUS, label=_("{key}: {n} of {all}", key=key, **n))]
    ax.autoscale_view()
    ax.set_ylim(0, every.max() * 1.16)
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.axvline(seen, color=FOCUS, lw=2)
    top, right = ax.get_ylim()[1] * 0.96, seen < np.mean(ax.get_xlim())
    mark(fig, ax.plot([seen], [top], "v", color=FOCUS, ms=8)[0], [text])
    beside: dict[str, Any] = {"xytext": (8 if right else -8, -3), "ha": "left" if right else "right"}
    ax.annotate(text, (seen, top), textcoords="offset points", color=FOCUS, weight="bold", **beside)
    return fig, ax, pd.DataFrame({"from": edges[:-1], "to": edges[1:], "count": every, "reached": reached})


@base.figure
def chance(result: Any, panel: Any) -> Figure:
    """
    Draw the statistic that is compared among those that come out when the sequences of leaders are reassigned to provinces at random.

    Parameters
    ----------
    result : Reassignment
        Of ``effects.randomise``: observed, draws, statistic, estimate, p_value.
    panel : Panel or Design
        Gives scale, measure, label and source.
    """
    if not hasattr(result, "placebo"):
        text = "what is drawn is {kind}; expected a reassignment. Take what effects.randomise returns."
        raise Refused(text, kind=type(result).__name__)
    panel, t = plain(panel), result.statistic == "t"
    scale, digits = (1.0, 2) if t else (panel.scale, panel.digits)
    made, seen = np.isfinite(result.draws), result.observed * scale
    key = _("at least as far from 0 as what was observed, on either side")
    fig, ax, values = _among(result.draws[made] * scale, seen, number(seen, digits), result.reached[made], key)
    ax.axvline(-seen, color=FOCUS, lw=1, ls=":")
    text = "difference under random reassignment, {measure}"
    ax.set_xlabel(_axis("difference under random reassignment, divided by its standard error" if t else text, panel))
    ax.set_ylabel(_("number of reassignments"))
    size = difference(result.estimate * panel.scale, panel.digits, panel.measure, panel.better)
    p = p_value(result.p_value)
    title = _("A difference at least this large appears with p = {p} by chance alone", p=p)
    about = ", ".join(filter(None, (panel.heading, panel.led_by, panel.by)))
    text = "{label}; the same {led:sequences of leaders|treatment paths} reassigned to {units} {exact:in every way|at random}"
    detail = _(text, label=about, units=panel.units, led=bool(panel.led_by), exact=result.exact)
    text = "Histogram of differences under random reassignment; the difference observed is {difference}, p = {p}."
    alt = _(text, difference=size, p=p)
    return finish(fig, "chance", title=title, detail=detail, alt=alt, data=values, **_foot(panel))


@base.figure
def forest(
    rows: pd.DataFrame,
    panel: Any,
    *,
    name: str = "estimates",
    title: str,
    detail: str = "",
    labels: Sequence[str] | None = None,
    accent: Sequence[int] = (0,),
    faded: Sequence[int] = (),
    axis: str = "",
    note: str = "",
    n: str = "",
) -> Figure:
    """
    Draw the rows of results as a forest of estimates with 95% intervals, the first on top; one without an interval is an open mark.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS``; one line each.
    panel : Panel or Design
    name, title, detail, note : str
        Of the figure.
    labels : sequence of str, optional
        The rows' keys in words otherwise (:func:`line_of`).
    accent : sequence of int
        Lines drawn in colour with a diamond; the rest are grey circles.
    faded : sequence of int
        Lines drawn as a pale cross.
    axis : str
        What is set against what; {measure} stands for the unit. Otherwise non-locals against locals, of a panel of leaders.
    n : str
        How many of what are behind the rows; those of the panel otherwise.
    """
    panel = plain(panel)
    led = bool(getattr(panel, "led_by", "")) and panel.local_only
    scaled = _scaled(rows, panel, *(["estimator"] if labels is None else []))
    if labels is None:
        labels = [line_of(row, led) for row in rows.to_dict("records")]
    if len(labels) != len(rows):
        raise Refused("labels holds {n} texts for {of} rows; expected one for each row.", n=len(labels), of=len(rows))
    height = 0.2 * sum(len(textwrap.wrap(text, 44)) for text in labels)
    said = [f"{text}: {_told(row, panel.digits)}" for text, row in zip(labels, scaled.itertuples(), strict=True)]
    fig, axes = sheet(tall=0.15 + height + 0.22 * len(rows), below=0.6, left=3.3)
    ax, place = axes[0, 0], np.arange(len(rows))[::-1]
    ax.axvline(0, color=DARK, lw=0.8)
    _estimates(ax, place, scaled, [(k in accent) + 2 * (k in faded) for k in range(len(rows))], said)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    base.row_axis(ax, place, labels)
    ax.grid(axis="x")
    axis = axis or ("non-local less local, {measure}" if led else "difference, {measure}")
    ax.set_xlabel(_axis(axis, panel))
    texts = {"title": title, "detail": detail or f"{panel.heading}; {_('95% intervals')}", "note": note}
    texts |= _foot(panel) | ({"n": n} if n else {})
    return finish(fig, name, said=said, data=_values(scaled, labels), **texts)


def line_of(row: Mapping, led: bool = True) -> str:
    """
    Return the keys of a result row in words: design, and event, definition or treatment of unknown homes where they say something.

    Parameters
    ----------
    row : dict
        A row of ``effects.RESULT_COLUMNS``.
    led : bool
        Whether years under locals are what others are compared with.
    """
    design = row["estimator"] if led or row["estimator"] != "counterfactual" else "counterfactual_of_any"
    event = row.get("event") if row.get("event") in ("arrival", "exit", "change") else ""
    said = [design, event, row.get("sample"), row.get("model")]
    parts = [known(text) for text in said if isinstance(text, str) and text not in ("", "all", "main")]
    if isinstance(row.get("unknown"), str) and row["unknown"] not in ("", "left_out"):
        parts.append(_("unknown leaders: {how}", how=known(str(row["unknown"]))))
    return ", ".join(parts)


@base.figure
def events(rows: pd.DataFrame, panel: Any, *, title: str) -> Figure:
    """
    Draw the paths around arrivals and exits side by side; under each point stands how many cells are behind it.

    Parameters
    ----------
    rows : DataFrame
        ``effects.RESULT_COLUMNS`` with event (arrival, exit, change) and event_time; the mean rows are left out. Years under a
        non-local, those from 0 on (before 0 for exits), are triangles.
    panel : Panel or Design
    title : str
    """
    panel, note = plain(panel), ""
    heads = {"arrival": _("Treatment begins"), "exit": _("Treatment ends"), "change": _("First change")}
    if panel.led_by:
        heads |= {"arrival": _("Arrival of a non-local"), "exit": _("Departure of a non-local")}
    scaled = _scaled(rows, panel, "event", "event_time", "n_cells")
    scaled = scaled.dropna(subset="event_time").sort_values("event_time")
    if len(rows) and not len(scaled):
        text = "the rows to draw have no event time, as those of one mean effect; expected rows by years since a change. Draw these by plots.forest."
        raise Refused(text)
    found = [kind for kind in heads if (scaled["event"] == kind).any()]
    fig, axes = sheet(1, max(len(found), 1), width=9.0, tall=2.4, across=0.75, between=0.9)
    said, shown = [], []
    firm = scaled[scaled["conf_low"].notna() | (scaled["n_cells"].astype(float) >= _FEW)]
    ends = (firm if len(firm) else scaled)[["estimate", "conf_low", "conf_high"]].to_numpy(float)
    low, high = np.nanmin(ends, initial=0.0), np.nanmax(ends, initial=0.0)
    room = 0.06 * (high - low) or 1.0
    for ax, kind in zip(axes[0], found, strict=False):
        part = scaled[scaled["event"] == kind]
        ax.axhline(0, color=DARK, lw=0.8)
        ax.axvline(-0.5, color=MIDDLE, lw=0.8, ls=":")
        heading = [f"{known(kind)} {number(time, 0)}" for time in part["event_time"]]
        told = [f"{text}: {_told(row, panel.digits)}" for text, row in zip(heading, part.itertuples(), strict=True)]
        inside = part.assign(estimate=part["estimate"].clip(low, high))
        strong = (part["event_time"] >= 0) == (kind != "exit")
        _estimates(ax, part["event_time"], inside, strong, told, upright=True, looks=_LED)
        for row in part[part["estimate"] != inside["estimate"]].dropna(subset="estimate").itertuples():
            up = row.estimate > high
            ax.text(row.event_time + 0.2, high if up else low, "\u2191" if up else "\u2193", va="center", color=MIDDLE)
        said += [f"{text}: {number(at, panel.digits)}" for text, at in zip(heading, part["estimate"], strict=True)]
        ax.set_ylim(low - 3 * room, high + room)
        for row in part[part["n_cells"].notna()].itertuples():
            style: dict[str, Any] = {"ha": "center", "color": MIDDLE, "va": "bottom"}
            ax.text(row.event_time, 0.01, number(row.n_cells, 0), transform=ax.get_xaxis_transform(), **style)
        ax.set_xticks(list(part["event_time"]), [number(e, 0) for e in part["event_time"]])
        ax.set_title(textwrap.fill(heads[kind], 34 if base.is_narrow() else 50), size=9.5)
        ax.set_xlabel(_("years since the change"))
        shown.append(part[["event", "event_time", "estimate", "conf_low", "conf_high", "n_cells"]])
    axes[0, 0].set_ylabel(panel.measure)
    text = "{label}; 95% intervals; small numbers: {unit}-years behind each point"
    detail = _(text, label=panel.heading, unit=panel.unit)
    values = pd.concat(shown) if shown else None
    if any(text.get_text() in "\u2191\u2193" for ax in fig.axes for text in ax.texts):
        beyond = "An arrow marks a point further out, with too few {unit}-years behind it to set the scale."
        note = _(beyond, unit=panel.unit)
    return finish(fig, "events", title=title, detail=detail, note=note, said=said, data=values, **_foot(panel))


@base.figure
def curve(
    table: pd.DataFrame, band: np.ndarray, choices: Mapping[str, Mapping[str, str]], panel: Any, *, title: str
) -> Figure:
    """
    Draw a specification curve: estimates in order above, the choices behind them below.

    Parameters
    ----------
    table : DataFrame
        estimate, p_value and one column per choice, in order of the estimate, which every row has.
    band : ndarray (2, specifications)
        Low and high end between which 95% of the ordered curves under reassignment stay.
    choices : dict of str to dict
        Column to its values and their names, in drawing order; the name of the value "" is the heading above them.
    panel : Panel
    title : str
    """
    x, values = np.arange(len(table)), table["estimate"].to_numpy() * panel.scale
    pitch, left = (0.36, 0.6) if base.is_narrow() else (0.17, 3.2)
    low_height = pitch * sum(len(texts) + 0.6 for texts in choices.values())
    ratios: dict[str, Any] = {"height_ratios": [2.7, low_height]}
    fig, axes = sheet(2, 1, width=9.0, tall=(2.7 + low_height) / 2, left=left, between=0.15, **ratios)
    top, low = axes[:, 0]
    found = table["p_value"].to_numpy() < 0.05
    (low_end, high_end), text = np.asarray(band, float) * panel.scale, _("95% of curves under random reassignment")
    fig.keys = [top.fill_between(x, low_end, high_end, color=LOCAL, alpha=0.35, lw=0, label=text)]
    fig.keys += top.plot(x[~found], values[~found], "o", ms=1.5, color=MIDDLE, label=_("p at least 0.05"))
    fig.keys += top.plot(x[found], values[found], "D", ms=3.2, color=FOCUS, label=_("p below 0.05"))
    top.axhline(0, color=DARK, lw=0.8)
    limits = *values, 0.0, np.quantile(low_end, 0.05), np.quantile(high_end, 0.95)  # a spike does not set the scale
    room = 0.05 * (max(limits) - min(limits))
    top.set_ylim(min(limits) - room, max(limits) + room)
    clipped = low_end.min() < min(limits) - room or high_end.max() > max(limits) + room
    note = _("The grey band goes on beyond the axis.") if clipped else ""
    top.set_ylabel(panel.measure, rotation=0, ha="left", va="bottom")
    top.yaxis.set_label_coords(0, 1.01)
    top.set_xticks([])
    y, names = 0.0, {}
    for column, texts in choices.items():
        seen = table[column].astype(str).to_numpy()
        for value, text in texts.items():
            at = x[seen == str(value)]
            low.plot(at, np.full(len(at), y), "|", ms=4, mew=0.35, color=MIDDLE, alpha=0.8, rasterized=True)
            names[y] = text
            y -= 1
        y -= 0.6
    low.set_ylim(y, 1)
    base.row_axis(low, list(names), list(names.values()), letters=46, narrow=46)
    heads = [texts[""] for texts in choices.values() if "" in texts]
    for text in (text for text in low.texts if text.get_text() in heads):
        text.set_weight("bold")
    low.tick_params(length=0)
    for ax in (top, low):
        ax.set_xlim(-1, len(x))
    low.set_xlabel(_("specifications, in order of their estimate"))
    ends = (values.min(), values.max(), float(np.median(values))) if len(values) else (np.nan,) * 3
    lowest, highest, middle = (number(end, panel.digits) for end in ends)
    text = "{n} estimates in order, from {low} to {high}, median {median}"
    said = _(text, n=len(values), low=lowest, high=highest, median=middle)
    detail = _("{label}; each mark is one specification, its choices below it", label=panel.heading)
    foot = {"n": _("{n} specifications", n=len(values)), "source": panel.source}
    named = {c: table[c].astype(str).map({str(v): text for v, text in texts.items()}) for c, texts in choices.items()}
    shown = table[[*choices, "estimate", "p_value"]].assign(estimate=values, measured_in=panel.measure, **named)
    return finish(fig, "curve", title=title, detail=detail, said=[said], data=shown, note=note, **foot)


@base.figure
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
    fig, axes = sheet(tall=2.6, below=0.55)
    ax, said = axes[0, 0], []
    curve = curve.assign(size=curve["size"] * panel.scale)
    pairs = curve.groupby(["estimator", "test"], sort=False)
    for (line, shape, colour), (pair, part) in zip(_STYLES, pairs, strict=False):
        text = "{} ({})".format(*(known(str(name)) for name in pair))
        drawn = ax.plot(part["size"], part["power"], ls=line, marker=shape, color=colour, ms=4, label=text)
        each = [f"{number(a, panel.digits)}: {percent(b)}" for a, b in zip(part["size"], part["power"], strict=True)]
        mark(fig, drawn[0], [text, *each])
        fig.keys += drawn
        said.append(f"{text}: {', '.join(each)}")
    ax.axhline(0.8, color=DARK, lw=0.8, ls="--")
    ax.set(ylim=(0, 1.02), ylabel=_("share of times found"))
    ax.set_xlim(left=0)
    ax.set_xlabel(_axis("size of the effect, {measure}", panel))
    base.percent_axis(ax.yaxis)
    detail = _("{label}; constant effects added to real data without an effect", label=panel.heading)
    return finish(fig, "power", title=title, detail=detail, said=said, data=curve, **_foot(panel))


@base.figure
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
    fig, axes = sheet(tall=2.9, below=0.35)
    ax, at, on = axes[0, 0], path.index.to_numpy() + 0.5, path.index.to_numpy() >= first_treated
    each = zip(path.index, path["actual"], path["counterfactual"], strict=True)
    said = [f"{year}: {number(a, panel.digits)} / {number(b, panel.digits)}" for year, a, b in each]
    base.year_axis(ax, int(path.index[0]), int(path.index[-1]))
    ax.axvspan(first_treated, path.index[-1] + 1, color=NON_LOCAL, alpha=0.07, lw=0)
    fig.keys = ax.plot(at, path["actual"], color=DARK, label=unit)
    mean = _("weighted average of other {units}", units=panel.units)
    fig.keys += ax.plot(at, path["counterfactual"], color=DARK, ls="--", label=mean)
    _points(ax, at, path["actual"].to_numpy(), on, said, DARK, 6)
    for style, (label, series) in zip((":", "-."), others, strict=False):
        fig.keys += ax.plot(series.index.to_numpy() + 0.5, series, color=MIDDLE, ls=style, lw=1.2, label=label)
    ax.set_ylabel(textwrap.fill(panel.heading, 40))
    values = path[["actual", "counterfactual"]].join(pd.DataFrame(dict(others))).rename_axis("year").reset_index()
    text = "{label}; shaded: years under {who} on 30 June" if panel.led_by else "{label}; shaded: treated"
    detail = _(text, label=panel.heading, who=panel.led_by)
    return finish(fig, "path", title=title, detail=detail, said=said, data=values, source=panel.source)


@base.figure
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
        Of ``synthetic.fit_placebos``; ratios and root mean squares stand in the values of the figure, from the largest ratio down.
    unit : str
    first_treated : int
    panel : Panel
    title : str
    """
    fig, axes = sheet(1, 2, width=9.0, tall=2.7, across=0.6)
    (ax, beside), gaps = axes[0], pd.DataFrame(paths).rename_axis("year")
    base.year_axis(ax, int(gaps.index[0]), int(gaps.index[-1]), every=max(1, round(len(gaps) / 5)))
    ax.axvspan(first_treated, gaps.index[-1] + 1, color=NON_LOCAL, alpha=0.07, lw=0)
    ax.axhline(0, color=DARK, lw=0.8)
    rest, text = gaps.drop(columns=unit), _("comparison {units}, as if they had switched", units=panel.units)
    this = _("this {unit}", unit=panel.unit)
    fig.keys = ax.plot(gaps.index + 0.5, gaps[unit], "^-", color=NON_LOCAL, lw=2, zorder=3, label=this)
    fig.keys += ax.plot(rest.index + 0.5, rest, color=LOCAL, lw=0.8, label=[text] * rest.shape[1])[:1]
    ax.set_ylabel(_axis("gap, {measure}", panel))
    table = placebo.sort_values("ratio", ignore_index=True)
    ratio, own = table["ratio"].to_numpy(), table["is_treated"].to_numpy(bool)
    _points(beside, ratio, np.arange(len(table)), own, [number(x, 2) for x in ratio], MIDDLE, 8)
    beside.set_yticks([])
    beside.set_xlim(left=0)
    beside.grid(axis="x")
    beside.set_xlabel(_("gap after / gap before (RMSPE)"))
    place = int((table["ratio"] >= table.loc[table["is_treated"], "ratio"].max()).sum())
    text = "{title}. From the largest ratio down, this {unit} stands at place {place} of {n}."
    alt = _(text, title=title, place=place, n=len(table), unit=panel.unit)
    names = dict(tables.load("units")[["unit_code", "name_vi"]].to_numpy())
    values = table[::-1].set_index("unit_code")[["ratio", "post_rmspe", "pre_rmspe"]]
    values = values.mul({"ratio": 1.0, "post_rmspe": panel.scale, "pre_rmspe": panel.scale}).join(gaps.T)
    values = values.rename(index=names).rename_axis("province").reset_index()
    return finish(fig, "placebos", title=title, detail=panel.heading, alt=alt, data=values, source=panel.source)


@base.figure
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
    key = _("at least as large as what was observed")
    fig, ax, values = _among(test.draws, test.statistic, percent(test.statistic), test.reached, key)
    base.percent_axis(ax.xaxis)
    text = _("95% of the permutations lie below {share}", share=percent(test.least, 1))
    fig.keys.append(ax.axvline(test.least, color=DARK, lw=1.2, ls="--", label=text))
    ax.set_xlabel(textwrap.fill(_("share of what is left after province and year that lies between leaders"), 55))
    ax.set_ylabel(_("number of permutations"))
    value = {"low": percent(test.draws.min()), "high": percent(test.draws.max()), "share": percent(test.statistic)}
    text = "{title}. Histogram over permutations, {low} to {high}; observed: {share}, p = {p}."
    alt = _(text, title=title, p=p_value(test.p_value), **value)
    n = _("{n} terms in office in {of} {units}", n=test.n_spells, of=test.n_units, units=panel.units)
    detail = _("{label}; bars: the same terms in another order", label=panel.heading)
    return finish(fig, "leaders", title=title, detail=detail, alt=alt, data=values, n=n, source=panel.source)


@base.figure
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
    fig, axes = sheet(width=6.4, tall=3.4, below=0.55)
    ax, scaled = axes[0, 0], effects[["mean", "shrunk"]] * panel.scale
    reach = float(scaled["mean"].abs().max()) * 1.05
    ax.plot([-reach, reach], [-reach, reach], color=MIDDLE, lw=1, ls="--")
    ax.scatter(scaled["mean"], scaled["shrunk"], s=6 + 6 * effects["n_years"], color=DARK, alpha=0.45, lw=0)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), ylabel=_("after shrinkage"))
    ax.set_xlabel(_axis("average as measured, {measure}", panel))
    spread = between(scaled["shrunk"].min(), scaled["shrunk"].max(), panel.digits, panel.measure)
    alt = _("{title}. After shrinkage the averages run {spread}.", title=title, spread=spread)
    n = _("{n} terms in office", n=len(effects))
    detail = _("{label}; one mark a term in office, larger = more years", label=panel.heading)
    values = scaled.assign(n_years=effects["n_years"])
    return finish(fig, "shrunken", title=title, detail=detail, alt=alt, data=values, n=n, source=panel.source)


@base.figure
def small_multiples(table: pd.DataFrame, *, title: str, note: str = "") -> Figure:
    """
    Draw estimates of several outcomes with their intervals, each on an axis of its own in natural units, better always to the right; one mark for each design, at most three.

    Parameters
    ----------
    table : DataFrame
        label, measure, digits, estimator, estimate, conf_low, conf_high (turned so that better is positive).
    title, note : str
    """
    parts, designs = list(table.groupby("label", sort=False)), list(table["estimator"].unique())
    looks = [(colour, shape) for _line, shape, colour in _STYLES]
    tall, between_ = 0.1 + 0.13 * len(designs), 0.32 + 0.3 * base.is_narrow()
    fig, axes = sheet(len(parts), 1, width=7.6, tall=tall, below=0.3, left=3.4, right=0.5, between=between_)
    said = [f"{x.label}, {x.measure}, {known(x.estimator)}: {_told(x, x.digits)}" for x in table.itertuples()]
    for name, (colour, shape) in zip(designs, looks, strict=False):
        fig.keys.append(Line2D([], [], ls="", marker=shape, color=colour, label=known(name)))
    for ax, (label, part) in zip(axes[:, 0], parts, strict=True):
        reach = 1.15 * np.nanmax(part[["estimate", "conf_low", "conf_high"]].abs().to_numpy(float), initial=0.0) or 1.0
        ax.axvline(0, color=DARK, lw=0.8)
        places = part["estimator"].map(designs.index)
        _estimates(ax, places, part, places, [said[k] for k in part.index], looks=looks)
        ax.set(xlim=(-reach, reach), ylim=(len(designs) - 0.4, -0.6))
        ax.locator_params(axis="x", nbins=5)
        middle, named = (len(designs) - 1) / 2, f"{label}, {part['measure'].iloc[0]}"
        base.row_axis(ax, [middle], [named], 48, above=middle + 0.7)
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
        ax.spines["left"].set_visible(False)
    detail = " \u00b7 ".join((_("\u2190 worse"), _("better \u2192"), _("turned: a decrease is drawn to the right")))
    shown = table[["label", "measure", "estimator", "estimate", "conf_low", "conf_high"]]
    shown, fig.card = shown.rename(columns={"measure": "measured_in"}), True
    return finish(fig, "outcomes", title=title, detail=detail, said=said, data=shown, note=note)
