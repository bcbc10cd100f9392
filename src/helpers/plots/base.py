"""What every figure shares: a sheet with margins, its texts, its colours, how it is written."""

import functools
import io
import textwrap
from importlib import resources
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.words import _, number, percent

LOCAL, NON_LOCAL, UNKNOWN = "#9ca3af", "#c2410c", "#ffffff"
DARK, MIDDLE, PALE, THIRD = "#1f2937", "#6b7280", "#e5e7eb", "#0f766e"
HATCH = "////"
MARKS = {"local": "\u25cb", "non_local": "\u25b2", "unknown": "?"}


@functools.cache
def style() -> Any:
    """Return the settings of matplotlib that give every figure one look."""
    from matplotlib import rc_params_from_file

    return rc_params_from_file(str(resources.files("helpers.plots") / "helpers.mplstyle"), use_default_template=False)


matplotlib.style.use(style())


class Sheet(Figure):
    """A figure of this package: a class of its own, so that its words survive where pyplot takes over how figures are shown."""


def sheet(
    rows: int = 1, cols: int = 1, *, width: float = 8.0, height: float = 4.6, top: float = 0.85, bottom: float = 0.85,
    left: float = 0.75, right: float = 0.25, wide: float = 0.5, high: float = 0.6, **grid: Any,
) -> tuple[Figure, np.ndarray]:  # fmt: skip
    """
    Open a figure with fixed margins (inches); the texts of :func:`finish` stand in those at the top and the bottom.

    Returns
    -------
    fig, axes
        The figure, unknown to pyplot, and a ``rows`` x ``cols`` array of axes; ``grid`` goes to ``Figure.add_gridspec``.
    """
    fig = Sheet(figsize=(width, height))
    across = (width - left - right - wide * (cols - 1)) / cols
    down = (height - top - bottom - high * (rows - 1)) / rows
    box = {"left": left / width, "right": 1 - right / width, "top": 1 - top / height, "bottom": bottom / height}
    spec = fig.add_gridspec(rows, cols, wspace=wide / across, hspace=high / down, **box, **grid)
    return fig, spec.subplots(squeeze=False)


def finish(
    fig: Figure, name: str, *, title: str, alt: str, detail: str = "", n: str = "", source: str = "", note: str = ""
) -> Figure:
    """
    Give a figure the texts with which it can travel alone, and return it.

    Parameters
    ----------
    fig : Figure
    name : str
        Name of its file: letters, digits and ``_``.
    title : str
        The finding, from the verdict where there is one; long lines are broken.
    alt : str
        What the picture shows, for who cannot see it, with the same values.
    detail : str
        What is drawn, in which unit.
    n, source, note : str
        What is counted, where the values come from, what else must be known; at the foot.
    """
    high, wide = fig.get_figheight(), fig.get_figwidth()
    at = 0.12 / wide
    bold = textwrap.fill(title, int(wide * 10))
    fig.text(at, 1 - 0.1 / high, bold, weight="bold", size=11, va="top", ha="left", color=DARK)
    if detail:
        below = 1 - (0.16 + 0.19 * (bold.count("\n") + 1)) / high
        fig.text(at, below, textwrap.fill(detail, int(wide * 14)), size=8.5, va="top", ha="left", color=MIDDLE)
    parts = [f"n = {n}" if n else "", _("Source: {source}", source=source) if source else "", note]
    foot = ". ".join(part.rstrip(".") for part in parts if part)
    if foot:
        fig.text(
            at, 0.08 / high, textwrap.fill(foot + ".", int(wide * 15.5)), size=7.5, va="bottom", ha="left", color=MIDDLE
        )
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis) if not axis.get_label_text()):
        axis.set_label_coords(0, 0)  # an empty label needs no room: its place is dear to find
    fig._texts = {"name": name, "alt": alt, "caption": f"{title}. {detail}".strip() if detail else title}  # type: ignore[attr-defined]
    return fig


def texts(fig: Figure) -> dict[str, str]:
    """Return name, alternative text and caption of a figure; of a reader's own, what its axes say."""
    said = getattr(fig, "_texts", None)
    if said:
        return said
    titles = [ax.get_title() or ax.get_title(loc="left") for ax in fig.axes]
    labels = [f"{ax.get_ylabel()} / {ax.get_xlabel()}".strip(" /") for ax in fig.axes]
    alt = "; ".join(filter(None, [*titles, *labels])) or _("Figure")
    return {"name": "", "alt": alt, "caption": ""}


def write_png(fig: Figure, file: Any) -> None:
    """Write a figure in 256 colours: a third of the bytes, and of the time, of a file with all of them."""
    from matplotlib import rcParams
    from PIL import Image

    drawn, dpi = io.BytesIO(), rcParams["savefig.dpi"]
    fig.savefig(drawn, format="rgba", dpi=dpi)
    width = int(fig.get_figwidth() * dpi)
    size = width, len(drawn.getbuffer()) // 4 // width
    image = Image.frombuffer("RGBA", size, drawn.getvalue(), "raw", "RGBA", 0, 1).convert("RGB")
    image = image.quantize(256, method=Image.Quantize.FASTOCTREE)
    image.putpalette([255 if value > 252 else value for value in image.getpalette() or []])  # white stays white
    image.save(file, "png", dpi=(dpi, dpi))


def write_svg(fig: Figure, file: Any, metadata: dict) -> None:
    """Write a figure whose text stays text: it can be searched and read out, in other fonts where DejaVu is missing."""
    drawn = io.StringIO()
    fig.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None, **metadata})
    file.write(drawn.getvalue().replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif"))


def number_axis(axis: Any) -> Any:
    """Write an axis' numbers (``ax.yaxis``) in the language's way, with as many decimals as its steps have."""

    def text(value: float, _place: int) -> str:
        ticks = axis.get_majorticklocs()
        step = ticks[1] - ticks[0] if len(ticks) > 1 else value
        digits = next((d for d in range(4) if abs(step - round(step, d)) < 1e-9 * max(1, abs(step))), 4)
        return number(value, digits)

    axis.set_major_formatter(text)
    return axis


def percent_axis(axis: Any) -> Any:
    """Write an axis' shares (0 to 1) in percent."""
    axis.set_major_formatter(lambda value, _place: percent(value))
    return axis


def year_axis(ax: Axes, first: int, last: int, every: int | None = None) -> Axes:
    """Show the years ``first`` to ``last``, each in the middle of its space; ``every`` is the step of the labels."""
    every = every or max(1, round((last - first + 1) / 8))
    years = range(last - (last - first) // every * every, last + 1, every)
    ax.set_xlim(first, last + 1)
    ax.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
    return ax


def fill(kind: str) -> dict:
    """Return the face, edge and hatch of "local", "non_local" or "unknown", for a patch."""
    if kind == "unknown":
        return {"fc": UNKNOWN, "ec": MIDDLE, "hatch": HATCH}
    return {"fc": NON_LOCAL if kind == "non_local" else LOCAL, "ec": "white", "hatch": None}


def kind_of(non_local: Any) -> str:
    """Return "non_local", "local" or, where it is missing, "unknown"."""
    return "unknown" if str(non_local) in ("None", "nan", "<NA>") else "non_local" if non_local else "local"


def leader_key(ax: Axes, kinds: tuple[str, ...] = ("local", "non_local", "unknown"), **legend: Any) -> Axes:
    """Add the legend of ``kinds``: local, non-local and unknown."""
    from matplotlib.patches import Patch

    names = {"local": _("local"), "non_local": _("non-local"), "unknown": _("unknown")}
    handles = [Patch(label=f"{MARKS[kind]} {names[kind]}", **fill(kind)) for kind in kinds]
    look: dict[str, Any] = {"ncols": len(kinds), "loc": "upper left", "fontsize": 8} | legend
    ax.legend(handles=handles, **look)
    return ax
