"""Pictures of effects: each function takes results and an axis, draws, and returns the axis; nothing is estimated here."""

import textwrap
import tomllib
from importlib import resources

import numpy as np
import pandas as pd

from helpers.record import tables
from helpers.plots.charts import DARK, LOCAL, MIDDLE, NON_LOCAL, number_axis, year_axis

_THIRD = "#0f766e"


def plot_counterfactual(path, first_treated, words, ax, *, name, others=()):
    """
    Draw a unit and its counterfactual; the non-local years are shaded and the unit's points in them are triangles.

    Parameters
    ----------
    path : DataFrame
        Index year; columns actual, counterfactual.
    first_treated : int
    words : Words
    ax : Axes
    name : str
        The unit's name, for the legend.
    others : sequence of (str, Series)
        Further counterfactuals by year, drawn thin.

    Returns
    -------
    Axes
    """
    years = path.index.to_numpy() + 0.5
    on = path.index.to_numpy() >= first_treated
    year_axis(ax, int(path.index[0]), int(path.index[-1]))
    ax.axvspan(first_treated, path.index[-1] + 1, color=NON_LOCAL, alpha=0.07, lw=0)
    ax.plot(years, path["actual"], color=DARK, label=name)
    ax.plot(years[~on], path["actual"][~on], "o", color=LOCAL, mec=DARK, ls="none")
    ax.plot(years[on], path["actual"][on], "^", color=NON_LOCAL, ms=6, ls="none")
    synthetic = words.pick("synthetic control", "đối chứng tổng hợp")
    ax.plot(years, path["counterfactual"], color=DARK, ls="--", label=synthetic)
    for style, (label, series) in zip((":", "-."), others):
        ax.plot(series.index.to_numpy() + 0.5, series, color=MIDDLE, ls=style, lw=1.2, label=label)
    number_axis(ax.yaxis, words)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=2)
    return ax


def plot_placebo_gaps(paths, unit, first_treated, words, ax):
    """
    Draw the gap of the unit to its counterfactual among the gaps of all donors treated as if they had switched.

    Parameters
    ----------
    paths : dict
        Unit to gap by year (``attrs["paths"]`` of `synthetic.fit_placebos`).
    unit : str
    first_treated : int
    words : Words
    ax : Axes

    Returns
    -------
    Axes
    """
    years = list(paths[unit])
    year_axis(ax, years[0], years[-1], every=max(1, round(len(years) / 5)))
    ax.axvspan(first_treated, years[-1] + 1, color=NON_LOCAL, alpha=0.07, lw=0)
    ax.axhline(0, color=DARK, lw=0.8)
    others, own = words.pick("donors, as if they had switched", "các tỉnh đối chứng, giả định có thay đổi"), paths[unit]
    for k, gap in enumerate(gap for code, gap in paths.items() if code != unit):
        ax.plot(np.array(list(gap)) + 0.5, list(gap.values()), color=LOCAL, lw=0.8, label=None if k else others)
    label = words.pick("this province", "tỉnh này")
    ax.plot(np.array(years) + 0.5, list(own.values()), "^-", color=NON_LOCAL, lw=2, label=label)
    number_axis(ax.yaxis, words)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.12))
    return ax


def plot_ratios(placebo, words, ax):
    """
    Draw the ratio of the gap after to the gap before the switch, sorted, of the unit (triangle) and every donor.

    Parameters
    ----------
    placebo : DataFrame
        Of `synthetic.fit_placebos`.
    words : Words
    ax : Axes

    Returns
    -------
    Axes
    """
    table = placebo.sort_values("ratio", ignore_index=True)
    rest = table[~table["is_treated"]]
    own = table[table["is_treated"]]
    ax.plot(rest["ratio"], rest.index, "o", color=LOCAL, mec=MIDDLE, ls="none")
    ax.plot(own["ratio"], own.index, "^", color=NON_LOCAL, ms=8, ls="none")
    ax.set_yticks([])
    ax.set_xlim(left=0)
    ax.grid(axis="x")
    ax.set_xlabel(words.pick("gap after / gap before (RMSPE)", "sai lệch sau / sai lệch trước (RMSPE)"))
    number_axis(ax.xaxis, words)
    return ax


def plot_chance(draws, observed, words, ax, *, label, digits=2):
    """
    Draw a statistic among its draws under chance: a grey histogram, the observed value as a line with a triangle.

    Parameters
    ----------
    draws : ndarray
    observed : float
    words : Words
    ax : Axes
    label : str
        Of the horizontal axis.
    digits : int
        Decimals of the observed value.

    Returns
    -------
    Axes
    """
    ax.hist(draws, bins=40, color=LOCAL, edgecolor="white", lw=0.4)
    ax.axvline(observed, color=NON_LOCAL, lw=2)
    ax.plot([observed], [ax.get_ylim()[1] * 0.96], "v", color=NON_LOCAL, ms=8)
    beside = {"xytext": (7, -3), "textcoords": "offset points", "color": NON_LOCAL, "weight": "bold"}
    ax.annotate(words.number(observed, digits), (observed, ax.get_ylim()[1] * 0.96), **beside)
    ax.set_xlabel(label)
    ax.set_ylabel(words.pick("number of draws", "số lần hoán vị"))
    number_axis(ax.xaxis, words)
    number_axis(ax.yaxis, words)
    return ax


def plot_shrunken(effects, words, ax, *, label):
    """
    Draw each spell's average residual against the same after shrinkage; the line is no shrinkage.

    Parameters
    ----------
    effects : DataFrame
        mean, shrunk, n_years; one row per spell.
    words : Words
    ax : Axes
    label : str
        The unit of measure.

    Returns
    -------
    Axes
    """
    reach = float(effects["mean"].abs().max()) * 1.05
    ax.plot([-reach, reach], [-reach, reach], color=MIDDLE, lw=1, ls="--")
    ax.scatter(effects["mean"], effects["shrunk"], s=6 + 6 * effects["n_years"], color=DARK, alpha=0.45, lw=0)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach))
    ax.set_xlabel(words.pick("average as measured", "trung bình đo được") + f" ({label})")
    ax.set_ylabel(words.pick("after shrinkage", "sau khi co về 0"))
    number_axis(ax.xaxis, words)
    number_axis(ax.yaxis, words)
    return ax


def plot_forest(rows, labels, words, ax, *, label, accent=()):
    """
    Draw estimates with their 95% intervals, one a line, the first on top.

    Parameters
    ----------
    rows : DataFrame
        With estimate, conf_low, conf_high.
    labels : sequence of str
        Broken into lines of 44 letters.
    label : str
        Of the horizontal axis.
    accent : sequence of int
        Positions drawn in colour with a triangle; the rest are grey circles.

    Returns
    -------
    Axes
    """
    place = np.arange(len(rows))[::-1]
    ax.axvline(0, color=DARK, lw=0.8)
    for k, (y, row) in enumerate(zip(place, rows.itertuples(), strict=True)):
        colour, mark = (NON_LOCAL, "^") if k in accent else (MIDDLE, "o")
        ax.plot([row.conf_low, row.conf_high], [y, y], color=colour, lw=2)
        ax.plot([row.estimate], [y], mark, color=colour, ms=7)
    ax.set_yticks(place, [textwrap.fill(text, 44) for text in labels])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.grid(axis="x")
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    number_axis(ax.xaxis, words)
    return ax


def plot_power(curve, names, words, ax, *, label):
    """
    Draw the share of effects found against their size; the dashed line is 80%.

    Parameters
    ----------
    curve : DataFrame
        series, size, power.
    names : dict
        Series to its name, in drawing order; at most three.

    Returns
    -------
    Axes
    """
    styles = [("-", "o", DARK), ("--", "s", MIDDLE), (":", "D", _THIRD)]
    for (line, mark, colour), (key, name) in zip(styles, names.items()):
        part = curve[curve["series"] == key]
        ax.plot(part["size"], part["power"], ls=line, marker=mark, color=colour, ms=4, label=name)
    ax.axhline(0.8, color=DARK, lw=0.8, ls="--")
    ax.set_ylim(0, 1.02)
    ax.set_xlim(left=0)
    ax.yaxis.set_major_formatter(lambda v, _: words.percent(v))
    ax.set_xlabel(label)
    ax.set_ylabel(words.pick("share of times found", "tỷ lệ phát hiện được"))
    number_axis(ax.xaxis, words)
    ax.legend(loc="lower right")
    return ax


def plot_bias(rows, names, shapes, words, ax, *, label):
    """
    Draw, for each shape of effect, the true mean effect (bar) and the mean estimate of each estimator (marks).

    Parameters
    ----------
    rows : DataFrame
        shape, estimator, truth, estimate; one row for each pair.
    names, shapes : dict
        Estimators and shapes to their names, in drawing order.

    Returns
    -------
    Axes
    """
    styles = [("o", DARK), ("s", MIDDLE), ("D", _THIRD)]
    for k, shape in enumerate(shapes):
        part = rows[rows["shape"] == shape].set_index("estimator")
        for j, ((mark, colour), (key, name)) in enumerate(zip(styles, names.items())):
            x = k + (j - (len(names) - 1) / 2) * 0.24
            truth, estimate = part.loc[key, ["truth", "estimate"]]
            ax.plot([x - 0.1, x + 0.1], [truth] * 2, color=colour, lw=4, alpha=0.35, solid_capstyle="butt")
            ax.plot(x, estimate, mark, color=colour, ms=7, ls="none", label=None if k else name)
    ax.axhline(0, color=DARK, lw=0.8)
    ax.set_xticks(range(len(shapes)), list(shapes.values()))
    ax.set_ylabel(label)
    number_axis(ax.yaxis, words)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=3)
    return ax


def measure(outcome, transform, words):
    """
    Say how an outcome's effects are shown; ``transform`` is None or ``log``.

    Returns
    -------
    dict
        label of the outcome, measure (word for its unit), scale (100 for logarithms, shown as percent), digits, better
        (higher, lower, neither), table (its file).
    """
    row = tables.indicators().set_index("indicator").loc[outcome]
    out = {"label": row[f"label_{words.lang}"], "better": row["better"], "table": row["table"]}
    if transform == "log":
        return out | {"scale": 100, "digits": 1, "measure": words.pick("percent", "%")}
    unit = ("percentage points", "điểm phần trăm") if "%" in row["unit_en"] else ("points", "điểm")
    return out | {"scale": 1, "digits": max(1, int(row["decimals"])), "measure": words.pick(*unit)}


def readable(made, words, scale=1):
    """
    Put fits in one table with texts for readers.

    Parameters
    ----------
    made : sequence of ((str, str), DataFrame)
        English and Vietnamese name of the treatment or quantity, and its rows of results.
    scale : float
        Multiplies estimates, errors and intervals.

    Returns
    -------
    DataFrame
        The rows with what, method, by (implementation) and how (inference) in the page's language.
    """
    rows = pd.concat([rows.assign(what=words.pick(*name)) for name, rows in made if len(rows)], ignore_index=True)
    numbers = rows[["estimate", "std_error", "conf_low", "conf_high"]] * scale
    known = names_of_methods()
    method = rows["estimator"].map({name: words.pick(*text) for name, text in known["methods"].items()})
    how = rows["inference"].astype("str")
    for key, text in reversed(known["inference"].items()):
        how = how.mask(rows["inference"].astype("str").str.startswith(key), words.pick(*text))
    by = rows["implementation"].replace({"own": words.pick("own", "của dự án")})
    return rows.assign(**numbers, method=method.fillna(rows["estimator"]), by=by, how=how)


def names_of_methods():
    """Return ``methods.toml``: English and Vietnamese names of estimators ("methods") and of "inference" by its beginning."""
    return tomllib.loads((resources.files("helpers.plots") / "methods.toml").read_text(encoding="utf-8"))


def plot_events(rows, words, ax, *, label, after=True):
    """
    Draw effects by event time with 95% intervals; under each point stands how many cells or spells are behind it.

    Parameters
    ----------
    rows : DataFrame
        event_time, estimate, conf_low, conf_high, n_behind.
    after : bool
        Whether the non-local years are those from event time 0 on (arrivals) or those before it (exits); they are triangles.
    """
    ax.axhline(0, color=DARK, lw=0.8)
    ax.axvline(-0.5, color=MIDDLE, lw=0.8, ls=":")
    for row in rows.itertuples():
        on = (row.event_time >= 0) == after
        colour, mark = (NON_LOCAL, "^") if on else (MIDDLE, "o")
        if np.isfinite(row.conf_low):
            ax.plot([row.event_time] * 2, [row.conf_low, row.conf_high], color=colour, lw=2)
        ax.plot([row.event_time], [row.estimate], mark, color=colour, ms=7)
        at = {"xy": (row.event_time, 0), "xycoords": ("data", "axes fraction"), "xytext": (0, 3)}
        text = words.number(row.n_behind, 0)
        ax.annotate(text, textcoords="offset points", ha="center", size=7, color=MIDDLE, **at)
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.08 * (high - low), high)
    ax.set_xticks(list(rows["event_time"]), [words.number(e, 0) for e in rows["event_time"]])
    ax.set_xlabel(label)
    number_axis(ax.yaxis, words)
    return ax


def plot_curve(table, null, choices, words, axes, *, label):
    """
    Draw a specification curve: estimates in order above, the choices behind them below.

    Parameters
    ----------
    table : DataFrame
        estimate, p_value and one column per choice; every estimate known.
    null : ndarray (draws, specifications)
        The same under permutation, drawn as the band that 95% of the ordered curves stay in.
    choices : dict of str to dict
        Column to its values and their names, in drawing order.
    axes : sequence of two Axes
    """
    order = np.argsort(table["estimate"].to_numpy())
    x, values = np.arange(len(order)), table["estimate"].to_numpy()[order]
    band = np.nanquantile(np.sort(null, axis=1), [0.025, 0.975], axis=0)
    top, low = axes
    permuted = words.pick("95% of curves with careers permuted", "95% đường cong khi hoán vị chuỗi bí thư")
    top.fill_between(x, *band, color=LOCAL, alpha=0.35, lw=0, label=permuted)
    top.axhline(0, color=DARK, lw=0.8)
    found = table["p_value"].to_numpy()[order] < 0.05
    large, small = words.pick("p at least 0.05", "p từ 0,05 trở lên"), words.pick("p below 0.05", "p dưới 0,05")
    top.plot(x[~found], values[~found], "o", ms=1.5, color=MIDDLE, label=large)
    top.plot(x[found], values[found], "^", ms=4, color=NON_LOCAL, label=small)
    top.set_ylabel(label)
    top.legend(loc="upper left")
    top.set_xticks([])
    number_axis(top.yaxis, words)
    names, y = [], 0
    for column, texts in choices.items():
        seen = table[column].astype(str).to_numpy()[order]
        for value, text in texts.items():
            at = x[seen == str(value)]
            low.plot(at, np.full(len(at), y), "|", ms=4, mew=0.35, color=DARK, alpha=0.5)
            names.append((y, text))
            y -= 1
        y -= 0.6
    low.set_yticks(*zip(*names, strict=True))
    low.tick_params(labelsize=7.5, length=0)
    low.set_ylim(y, 1)
    low.grid(False)
    for ax in axes:
        ax.set_xlim(-1, len(x))
    low.set_xlabel(words.pick("specifications, in order of their estimate", "các cách phân tích, xếp theo ước lượng"))
    number_axis(low.xaxis, words)
    return axes
