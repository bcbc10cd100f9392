"""What every figure shares: a sheet for wide and for narrow screens, its texts, colours and values, how it is written."""

import functools
import io
import math
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from importlib import resources
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from matplotlib.ticker import Formatter
from matplotlib.transforms import ScaledTranslation

from helpers.words import _, number, percent

LOCAL, NON_LOCAL, UNKNOWN = "#9ca3af", "#b5432a", "#ffffff"
DARK, MIDDLE, PALE, THIRD = "#1f2937", "#6b7280", "#e5e7eb", "#0f766e"
FOCUS = "#0b5a8a"  # what a figure is about: printed, observed, or found among others
ON_PALE, ON_STRONG, ON_ACCENT = "#111827", "#fefefe", "#fffffe"  # letters on filled marks, whatever the page
HATCH = "////"
MARKS = {"local": "\u25cb", "non_local": "\u25b2", "unknown": "?"}
NARROW = 358 / 96  # inches: a phone
_VARIABLES = {DARK: "ink", MIDDLE: "soft", PALE: "line", UNKNOWN: "paper", LOCAL: "fill", NON_LOCAL: "accent"}
_VARIABLES |= {FOCUS: "link", THIRD: "third", ON_ACCENT: "on-accent"}  # of a page's style sheet
_SVG = "http://www.w3.org/2000/svg"
_KINDS = {  # what is known of a unit with two heads
    "either": ("at least one non-local", "both local"),
    "both": ("both non-local", "not both non-local"),
}
_OTHER_FONTS = [  # of systems, for letters that DejaVu Sans does not have
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Source Han Sans", "WenQuanYi Zen Hei", "Noto Sans Thai",
    "Noto Sans Devanagari", "Microsoft YaHei", "Malgun Gothic", "Yu Gothic", "Leelawadee UI", "Nirmala UI",
    "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Thonburi",
]  # fmt: skip
_is_narrow: ContextVar[bool] = ContextVar("narrow", default=False)


matplotlib.style.use(str(resources.files("helpers.plots") / "helpers.mplstyle"))


@functools.lru_cache(maxsize=4096)
def _letter(letter: str, font: str) -> tuple[float, float, float]:
    """Return how far a letter of 100 points goes on, up and down: one that the font does not have about as far as in any other."""
    face = get_font(font)
    if not face.get_char_index(ord(letter)):
        return (100.0 if unicodedata.east_asian_width(letter) in "WF" else 60.0), 88.0, 12.0
    face.set_size(TextToPath.FONT_SCALE, 72)
    glyph = face.load_char(ord(letter), LoadFlags.NO_HINTING)
    return glyph.horiAdvance / 64, glyph.bbox[3] / 64, -glyph.bbox[1] / 64


def _measured(_self: Any, text: str, prop: Any, _ismath: Any) -> tuple[float, ...]:
    """Measure a text for SVG by its letters, each measured once: a page draws it in the reader's font, which differs by more."""
    scale = prop.get_size_in_points() / TextToPath.FONT_SCALE
    return tuple(scale * side for side in _sides(text, findfont(prop)))


@functools.lru_cache(maxsize=4096)
def _sides(text: str, font: str) -> tuple[float, float, float]:
    """Return width, height and depth of a text of 100 points."""
    on, up, down = zip(*[_letter(letter, font) for letter in text], strict=True)
    return sum(on), max(up) + max(down), max(down)


TextToPath.get_text_width_height_descent = _measured  # type: ignore[assignment, method-assign]


class Sheet(Figure):
    """
    A figure that carries its texts and the values drawn, and can be drawn anew for a narrow screen.

    Attributes
    ----------
    said : dict of str to str
        name, alt, caption.
    data : DataFrame or None
        The values drawn.
    marks : dict of str to list of str
        What is said of each mark of an artist, by the artist's gid.
    keys : list of Artist
        What the legend explains, each with a label.
    card : bool
        Whether it is the picture by which its page is shared: written as PNG too where the site has an address.
    anew : callable or None
        Draws the same figure again.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.said: dict[str, str] = {}
        self.data: pd.DataFrame | None = None
        self.marks: dict[str, list[str]] = {}
        self.keys: list[Any] = []
        self.card = False
        self.anew: Callable[[], Any] | None = None

    def narrow(self) -> "Sheet":
        """Return the same figure as a phone shows it: 390 pixels wide, panels below each other, letters of 11 pixels."""
        token = _is_narrow.set(True)
        try:
            return self.anew() if self.anew else self
        finally:
            _is_narrow.reset(token)


def figure(function: Callable[..., Any]) -> Callable[..., Any]:
    """
    Let a function that returns a Sheet be drawn anew for a narrow screen (:meth:`Sheet.narrow`).

    Parameters
    ----------
    function : callable
    """

    @functools.wraps(function)
    def draw(*given: Any, **named: Any) -> Any:
        fig = function(*given, **named)
        if fig is not None:
            fig.anew = functools.partial(function, *given, **named)
        return fig

    return draw


def is_narrow() -> bool:
    """Return whether a narrow screen is drawn for."""
    return _is_narrow.get()


def sheet(
    rows: int = 1,
    cols: int = 1,
    *,
    width: float = 8.0,
    tall: float = 2.8,
    left: float = 0.75,
    right: float = 0.25,
    below: float = 0.5,
    across: float = 0.5,
    between: float = 0.6,
    **grid: Any,
) -> tuple[Any, np.ndarray]:
    """
    Open a figure of panels; :func:`finish` adds room for its texts above and below.

    Parameters
    ----------
    rows, cols : int
    width, tall : float
        Of the figure and of one panel, in inches; a narrow screen has its own width.
    left, right, below, across, between : float
        Inches beside and below the panels, and between them.
    **grid
        For ``Figure.add_gridspec``.

    Returns
    -------
    fig, axes
        The figure, unknown to pyplot, and a ``rows`` x ``cols`` array of axes.
    """
    down, beside = rows, cols
    if is_narrow():
        left, right = (0.2 if side > 1.2 else side for side in (left, right))  # wide labels stand above rows
        width, across, beside, down = NARROW, min(across, 0.3), 1, rows * cols
    height = below + down * tall + (down - 1) * between
    fig = Sheet(figsize=(width, height))
    each = (width - left - right - across * (beside - 1)) / beside
    box = {"left": left / width, "right": 1 - right / width, "bottom": below / height, "top": 1.0}
    axes = fig.add_gridspec(down, beside, wspace=across / each, hspace=between / tall, **box, **grid)
    panels = axes.subplots(squeeze=False).ravel()
    for ax in panels:
        number_axis(ax.xaxis)
        number_axis(ax.yaxis)
        if is_narrow():
            ax.locator_params(axis="x", nbins=5)  # more numbers would touch each other
    return fig, panels.reshape(rows, cols)


def finish(
    fig: Any,
    name: str,
    *,
    title: str,
    alt: str = "",
    detail: str = "",
    n: str = "",
    source: str = "",
    note: str = "",
    said: Sequence[str] = (),
    data: pd.DataFrame | None = None,
) -> Any:
    """
    Give a figure the texts with which it can travel alone, and return it.

    Parameters
    ----------
    fig : Sheet
    name : str
        Name of its files: letters, digits and ``_``.
    title : str
        The finding, from the verdict where there is one; long lines are broken.
    alt : str
        What the picture shows, for who cannot see it; otherwise the title and ``said``.
    detail : str
        What is drawn, in which unit.
    n, source, note : str
        What is counted, where the values come from, what else must be known; at the foot.
    said : sequence of str
        The values drawn, in words.
    data : DataFrame, optional
        The values drawn.
    """
    wide, old, at, title = fig.get_figwidth(), fig.get_figheight(), 0.1, title.rstrip(".")
    parts = [f"n = {n}" if n else "", _("Source: {source}", source=source) if source else "", note]
    foot = textwrap.fill(". ".join([part.rstrip(".") for part in parts if part] + [""]).strip(), int(wide * 14))
    above = []
    bold, plain = {"weight": "bold", "size": 11, "color": DARK}, {"color": MIDDLE}
    for text, letters, step, look in ((title, 9.6, 0.2, bold), (detail, 12.4, 0.17, plain)):
        lines = textwrap.wrap(text, int(wide * letters))
        above.append((at, "\n".join(lines), look))
        at += step * len(lines) + 0.04
    keys, columns, rows = _legend(fig)
    upper = [ax for ax in fig.axes if ax.get_position(original=True).y1 > 0.99]
    tops = [ax.get_title(loc) for ax in upper for loc in ("left", "center")]
    legend, heads = at, max((top.count("\n") + bool(top) for top in tops), default=0)
    at += 0.19 * rows + 0.16 + 0.15 * heads
    under = 0.15 * (foot.count("\n") + 1) + 0.14 if foot else 0.05
    for ax in fig.axes if is_narrow() else ():
        ax.set_xlabel(textwrap.fill(ax.get_xlabel(), 40))
        under = max(under, under + 0.16 * ax.get_xlabel().count("\n"))
    height = at + old + under
    for ax in fig.axes:
        box = ax.get_position(original=True)
        ax.set_position((box.x0, (box.y0 * old + under) / height, box.width, box.height * old / height))
    fig.set_figheight(height)
    for y, text, look in above:
        fig.text(0.12 / wide, 1 - y / height, text, va="top", ha="left", **look)
    fig.text(0.12 / wide, 0.08 / height, foot, va="bottom", ha="left", color=MIDDLE)
    if keys:
        corner = (0.1 / wide, 1 - legend / height)
        fig.legend(handles=keys, loc="upper left", ncols=columns, bbox_to_anchor=corner, borderaxespad=0, borderpad=0,
                   labelspacing=0.35, columnspacing=1.2, handlelength=1.6, handletextpad=0.5)  # fmt: skip
    for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis) if not axis.get_label_text()):
        axis.set_label_coords(0, 0)  # else its place is sought among the extents of all labels of the ticks
    words = alt or ". ".join(filter(None, [title, "; ".join(said)])) + "."
    fig.said, fig.data = {"name": name, "alt": words, "caption": f"{title}. {detail}" if detail else title}, data
    return fig


def _legend(fig: Any) -> tuple[list[Artist], int, int]:
    """Return the keys of a figure, one for each label, with long labels broken, and how many columns and rows of text they take."""
    wide, keys = fig.get_figwidth(), list({key.get_label(): key for key in fig.keys}.values())
    for key in keys:
        key.set_label(textwrap.fill(key.get_label(), int(wide * 12.5)))
    lines = [key.get_label().split("\n") for key in keys]
    longest = max((len(line) for label in lines for line in label), default=0)
    columns = max(1, min(len(keys), int((wide - 0.1) / (0.5 + 0.077 * longest))))
    return keys, columns, math.ceil(sum(map(len, lines)) / columns)


def mark(fig: Any, artist: Artist, said: Sequence[str]) -> None:
    """
    Say what each mark of an artist stands for, in the order of drawing: shown on hover, read out on focus.

    Parameters
    ----------
    fig : Sheet
    artist : Artist
        Drawn on ``fig``.
    said : sequence of str
        One text a mark.
    """
    name = f"mark{len(fig.marks)}"
    artist.set_gid(name)
    fig.marks[name] = list(said)


def boxes(ax: Axes, x: Any, y: Any, wide: Any, high: Any, said: Sequence[str] = (), **look: Any) -> Artist:
    """
    Draw rectangles as one artist, which is many times cheaper than one each, and say what each stands for.

    Where nothing is said of them, those of one face are one path: pages stay small.

    Parameters
    ----------
    ax : Axes
    x, y, wide, high : array or float
        Lower left corners and sizes; one number holds for all.
    said : sequence of str
        See :func:`mark`; empty: nothing is said.
    **look
        Face (also a sequence with one for each), edge, hatch, lw.
    """
    x, y, wide, high = np.broadcast_arrays(*(np.atleast_1d(np.asarray(side, float)) for side in (x, y, wide, high)))
    corners = np.stack([x, y, x + wide, y, x + wide, y + high, x, y + high], axis=1).reshape(-1, 4, 2)
    if said:
        drawn: Any = ax.add_collection(PolyCollection(list(corners), **look))
        mark(ax.get_figure(root=True), drawn, said)
        return drawn
    faces: Any = [look["fc"]]
    which = np.zeros(len(corners), int)
    if not isinstance(look["fc"], str):
        faces, which = np.unique(look["fc"], axis=0, return_inverse=True)
    paths = [Path.make_compound_path_from_polys(corners[which.ravel() == face]) for face in range(len(faces))]
    return ax.add_collection(PathCollection(paths, **look | {"fc": faces}))


def texts(fig: Figure) -> dict[str, str]:
    """
    Return name, alternative text and caption of a figure; of a reader's own, what its axes say.

    Parameters
    ----------
    fig : Figure
        Ours or a reader's own.
    """
    said = getattr(fig, "said", None)
    if said:
        return said
    titles = [fig.get_suptitle(), *(ax.get_title() or ax.get_title(loc="left") for ax in fig.axes)]
    labels = [f"{ax.get_ylabel()} / {ax.get_xlabel()}".strip(" /") for ax in fig.axes]
    return {"name": "", "alt": "; ".join(filter(None, [*titles, *labels])) or _("Figure"), "caption": ""}


def write_png(fig: Figure, file: Any) -> None:
    """
    Write a figure as PNG: the same bytes for the same figure, on one machine where it has letters that only other fonts have.

    Parameters
    ----------
    fig : Figure
    file : path or file
    """
    there = {font.name for font in fontManager.ttflist}
    others = [name for name in _OTHER_FONTS if name in there]
    for text in fig.findobj(Text) if others else ():
        text.set_fontfamily(text.get_fontfamily() + others)
    with warnings.catch_warnings():  # of letters that no font has
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        fig.savefig(file, format="png", metadata={"Software": None})


def svg(fig: Figure) -> str:
    """
    Return a figure as SVG: text as text, no ground, what each mark says as its title.

    Parameters
    ----------
    fig : Figure
    """
    from lxml import etree

    drawn, said = io.BytesIO(), texts(fig)
    fig.savefig(drawn, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    root = etree.fromstring(drawn.getvalue(), etree.XMLParser(remove_comments=True))
    root.attrib.update({"role": "img", "aria-label": said["alt"]})
    for name, marks in getattr(fig, "marks", {}).items():
        for group in root.iterfind(f".//{{{_SVG}}}g[@id='{name}']"):
            _say(group, marks)
    return etree.tostring(root, encoding="unicode").replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")


def in_page(drawn: str) -> str:
    """
    Return an SVG whose colours follow the page that it stands in.

    Parameters
    ----------
    drawn : str
        Of :func:`svg`.

    Examples
    --------
    >>> in_page('<path style="fill: #b5432a" stroke="#1f2937"/>')
    '<path style="fill: var(--accent, #b5432a)" style="stroke: var(--ink, #1f2937)"/>'
    """
    text = re.sub(r'(fill|stroke)="(#[0-9a-f]{6})"', r'style="\1: \2"', drawn) if '="#' in drawn else drawn
    for colour, variable in _VARIABLES.items():
        text = text.replace(f": {colour}", f": var(--{variable}, {colour})")
    return text


def _say(group: Any, said: Sequence[str]) -> None:
    """Put each mark of a group into a group of its own, with its title."""
    spots = [one for one in group.iter(f"{{{_SVG}}}use", f"{{{_SVG}}}path") if not one.getparent().tag.endswith("defs")]
    for spot, text in zip(spots, said, strict=False):
        if not text:  # such as the line through the marks
            continue
        own = spot.makeelement(f"{{{_SVG}}}g", {"class": "mark", "tabindex": "0", "role": "img", "aria-label": text})
        own.append(spot.makeelement(f"{{{_SVG}}}title"))
        own[0].text = text
        spot.getparent().replace(spot, own)
        own.append(spot)


class _Numbers(Formatter):
    def __init__(self, written: Callable[..., str] = number, times: float = 1.0) -> None:
        self.written, self.times = written, times

    def format_ticks(self, values: Any) -> list[str]:
        """Write the numbers of ticks, see `written`."""
        return written(values, self.written, self.times)


def written(values: Any, number: Callable[..., str] = number, times: float = 1.0) -> list[str]:
    """
    Return numbers in the language's way, with as many decimals as it takes to write each where it stands.

    Parameters
    ----------
    values : sequence of float
    number : callable
        Writes one, with so many decimals.
    times : float
        What a value is multiplied by as it is written, 100 for percent.

    Examples
    --------
    >>> written([37.5, 40])
    ['37.5', '40.0']
    """
    shown = np.asarray(values, float) * times
    near = 1e-9 * max(1.0, np.abs(shown).max(initial=0.0))
    digits = next((d for d in range(4) if np.allclose(shown, shown.round(d), rtol=0, atol=near)), 4)
    return [number(value, digits) for value in values]


def number_axis(axis: Any) -> None:
    """
    Write the numbers of an axis in the language's way; those of a :func:`sheet` are.

    Parameters
    ----------
    axis : XAxis or YAxis
    """
    axis.set_major_formatter(_Numbers())


def percent_axis(axis: Any) -> None:
    """
    Write an axis' shares (0 to 1) in percent.

    Parameters
    ----------
    axis : XAxis or YAxis
    """
    axis.set_major_formatter(_Numbers(percent, 100))


def year_axis(ax: Axes, first: int, last: int, every: int | None = None) -> Axes:
    """
    Show the years ``first`` to ``last``, each in the middle of its space; ``every`` is the step of the labels.

    Parameters
    ----------
    ax : Axes
    first, last : int
        Years.
    every : int, optional
        Years between two labels; chosen for the width otherwise.
    """
    room = ax.get_position().width * ax.figure.get_figwidth() / 0.55  # type: ignore[union-attr]
    every = max(every or 1, math.ceil((last - first + 1) / room))
    years = range(last - (last - first) // every * every, last + 1, every)
    ax.set_xlim(first, last + 1)
    ax.set_xticks([year + 0.5 for year in years], [str(year) for year in years])
    return ax


def row_axis(
    ax: Axes, at: Any, labels: Sequence[str], letters: int = 44, above: float = 0.24, narrow: int = 52
) -> None:
    """
    Name the rows of a figure: beside them, or above each on a narrow screen.

    Parameters
    ----------
    ax : Axes
    at : sequence of float
        Where the rows are.
    labels : sequence of str
    letters : int
        After which a label is broken.
    above : float
        How far above its row a label stands on a narrow screen, in rows; 0: beside it there too.
    narrow : int
        Letters after which a label is broken there.
    """
    small, across = is_narrow() and above > 0, ax.get_yaxis_transform()
    side = (1 if ax.yaxis_inverted() else -1) * above if small else 0
    ground = {"fc": UNKNOWN, "lw": 0, "pad": 0.5}  # lines that cross the rows stop at a label above its row
    beside = {"va": "center", "ha": "right", "color": MIDDLE}
    place: dict[str, Any] = {"va": "bottom", "bbox": ground} if small else beside
    place |= {"transform": across + ScaledTranslation(0.03 if small else -0.05, 0, ax.figure.dpi_scale_trans)}
    ax.set_yticks([])
    for y, text in zip(at, labels, strict=True):
        ax.text(0, y - side, textwrap.fill(text, narrow if small else letters), **place)


def fill(kind: str) -> dict:
    """
    Return the face, edge and hatch of "local", "non_local" or "unknown", for a patch.

    Parameters
    ----------
    kind : {"local", "non_local", "unknown"}
    """
    if kind == "unknown":
        return {"fc": UNKNOWN, "ec": MIDDLE, "hatch": HATCH}
    return {"fc": NON_LOCAL if kind == "non_local" else LOCAL, "ec": UNKNOWN, "hatch": None}


def kind_of(non_local: Any) -> str:
    """
    Return "non_local", "local" or, where it is missing, "unknown".

    Parameters
    ----------
    non_local : bool or missing
    """
    return "unknown" if str(non_local) in ("None", "nan", "<NA>") else "non_local" if non_local else "local"


def kinds(post: str = "") -> dict[str, str]:
    """
    Return the three kinds of leaders, or of units with two heads, and their names in the language switched on.

    Parameters
    ----------
    post : {"", "secretary", "chair", "either", "both"}
        Whose answer is drawn.
    """
    non_local, local = _KINDS.get(post, ("non-local", "local"))
    return {"non_local": _(non_local), "local": _(local), "unknown": _("unknown")}


def leader_key(post: str = "") -> list[Artist]:
    """
    Return what explains local, non-local and unknown in a legend.

    Parameters
    ----------
    post : str
        As in :func:`kinds`.
    """
    from matplotlib.patches import Patch

    return [Patch(label=f"{MARKS[kind]} {text}", **fill(kind)) for kind, text in kinds(post).items()]
