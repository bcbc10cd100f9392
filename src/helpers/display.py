"""How tables and figures are shown: headings, decimals and links from one table of columns, in the language switched on."""

import base64
import csv
import functools
import html
import io
import math
import numbers
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.words import _, dates, known, language, number, p_value, percent, told

_ROWS, _FIGURE_ROWS = 100, 200
_ESTIMATE = ("estimate", "conf_low", "conf_high")  # columns of one figure that have the same decimals
_ADDRESS = r"(https?://|\.\.?/)\S*[^\s,;]|[\w-]+\.csv$"  # of a page, or of a table beside this one
RENAMED: dict[str, str] = {}  # headings of a page about other units than provinces
_FORMULA = tuple("=+-@\t\r")  # what a spreadsheet takes for one begins so


def folder() -> Path:
    """Return where files of this run go: ``$PRESS_OUT``, or ``reports/interactive/<notebook>`` for one opened by hand (``.vi`` in Vietnamese)."""
    if given := os.environ.get("PRESS_OUT"):
        return Path(given)
    opened = Path(os.environ.get("JPY_SESSION_NAME", ""))  # as JupyterLab tells its kernels
    name = f"{opened.stem}{'' if language() == 'en' else f'.{language()}'}" if opened.suffix == ".ipynb" else ""
    return paths.reports() / "interactive" / name


def link(name: str) -> str:
    """
    Return the address of a file in :func:`folder`, as seen from the report's page or the notebook opened by hand.

    Parameters
    ----------
    name : str
        Of the file.
    """
    return name if "PRESS_OUT" in os.environ else f"./{os.path.relpath(folder() / name)}"


def page(report: str) -> str:
    """
    Return the address of another report's page in the language switched on, as :func:`link` does; none by hand where it is not made.

    Parameters
    ----------
    report : str
        ``NOTEBOOK/PARAMETERS``, as its folder.
    """
    there = f"{report}/{language()}/index.html"
    if "PRESS_OUT" in os.environ:
        return f"../../../{there}"
    return f"./{os.path.relpath(paths.reports() / there)}" if (paths.reports() / there).is_file() else ""


@functools.cache
def columns() -> dict[str, dict[str, str]]:
    """Return ``columns.csv``: heading, kind and digits by the name of a column."""
    text = (resources.files("helpers") / "columns.csv").read_text(encoding="utf-8")
    return {row["column"]: row for row in csv.DictReader(io.StringIO(text))}


def heading(column: Any) -> str:
    """
    Return the heading of a column in the language switched on.

    Parameters
    ----------
    column : object
        Its name.

    Examples
    --------
    >>> heading("conf_low"), heading("my_own_column"), heading("median of the region")
    ('95% low', 'my own column', 'Median of the region')
    """
    row, text = columns().get(str(column)), str(column)
    text = text[:1].upper() + text[1:] if " " in text else text.replace("_", " ")  # words, or the name of a column
    return _(RENAMED.get(column, row["heading"])) if row else text


def cell(value: Any, column: Any = "", digits: int | None = None) -> str:
    """
    Return one value as a table shows it; a missing one is blank.

    Parameters
    ----------
    value : object
    column : str
        Its kind (number, fixed, whole, year, percent, p, text, message) and decimals stand in ``columns.csv``.
    digits : int, optional
        Decimals of this table's numbers, in place of those; not of a fixed one.
    """
    import pandas as pd

    row = columns().get(str(column), {})
    kind = row.get("kind", "")
    if isinstance(value, (list, tuple, set)):
        return ", ".join(cell(item, column, digits) for item in value)
    if pd.isna(value):
        return ""
    if pd.api.types.is_bool(value) or isinstance(value, (pd.Period, pd.Timestamp)):
        return told(value)
    if not isinstance(value, numbers.Real):
        return known(str(value)) if kind == "message" else str(value)
    if kind == "year":
        return f"{float(value):.0f}"
    if kind == "p":
        return p_value(float(value))
    if kind == "percent":
        return percent(float(value), int(row.get("digits") or 0))
    if kind == "whole" or isinstance(value, numbers.Integral):
        return number(float(value), 0)
    return number(float(value), int(row.get("digits") or 2) if digits is None or kind == "fixed" else digits)


def table_html(frame: Any) -> str:
    """
    Return a DataFrame as HTML: headings and numbers in the language switched on, all text escaped.

    Parameters
    ----------
    frame : DataFrame
        ``attrs["caption"]`` stands above it, ``attrs["digits"]`` (int) gives the decimals of its estimates; a column ``x_url``
        becomes the link of ``x`` and is not shown itself; a named index is shown as columns. Of more than a hundred rows the
        first are shown, and a line says how many there are.
    """
    caption, digits, all_rows = frame.attrs.get("caption", ""), frame.attrs.get("digits"), len(frame)
    if frame.index.dtype == "str" or any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    shown = [c for c in frame.columns if not (str(c).endswith("_url") and str(c)[:-4] in frame.columns)]
    side = {c: "right" if _is_of_numbers(frame[c].head(_ROWS)) else "left" for c in shown}
    if all_rows > _ROWS:
        more = _("({shown} of {total} rows; the file has all.)", shown=_ROWS, total=all_rows)
        caption = f"{caption} {more}".strip()
    named = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    out = [f'<table class="helpers-table">{named}<thead><tr>']
    for c in shown:
        name, said = html.escape(str(c)), html.escape(heading(c))
        title = f' title="{name}"' if name != said else ""
        out.append(f'<th scope="col"{title} style="text-align:{side[c]}">{said}</th>')
    out += ["</tr></thead><tbody>"]
    for record in frame.head(_ROWS).to_dict("records"):
        out.append("<tr>")
        for place, c in enumerate(shown):
            text, link = html.escape(cell(record[c], c, digits)), record.get(f"{c}_url")
            if isinstance(link, str) and (address := re.match(_ADDRESS, link)) and text:
                text = f'<a href="{html.escape(address[0])}">{text}</a>'
            tag = 'th scope="row"' if place == 0 else "td"
            out.append(f'<{tag} style="text-align:{side[c]}">{text}</{tag[:2]}>')
        out.append("</tr>")
    return "".join([*out, "</tbody></table>"])


def _is_of_numbers(column):
    texts = column.dropna().astype(str)
    written = texts.str.fullmatch(r"[\u2212+-]?\d[\d.,]*%?|").all() and texts.str.contains("[.,]").any()
    return column.dtype.kind in "iuf" or column.dtype.name in ("Int64", "Float64") or written


def _opened_by_hand():
    return "PRESS_OUT" not in os.environ and "JPY_SESSION_NAME" in os.environ


def _picture(fig):
    """Return a Figure as JupyterLab shows it with its alternative text, also in a notebook that is not trusted; None elsewhere."""
    from helpers.plots.base import svg, texts

    if not _opened_by_hand():
        return None
    drawn, said = base64.b64encode(svg(fig).encode()).decode(), html.escape(texts(fig)["alt"])
    size = f'width="{fig.get_figwidth() * 96:.0f}" style="max-width: 100%; height: auto"'
    return f'<img src="data:image/svg+xml;base64,{drawn}" {size} alt="{said}">'


def _figure(fig):
    """Return a Figure as SVG with its texts, and as a phone shows it; its files go to ``figures/``, a card's also as PNG where pages are published."""
    from helpers.plots.base import in_page, svg, texts, write_png

    if _opened_by_hand():
        return None

    said, end = texts(fig), "" if language() == "en" else f".{language()}"
    about = said | {"width": round(fig.get_figwidth() * 96)}
    drawn, narrow = svg(fig), svg(fig.narrow())
    if said["name"] and "PRESS_OUT" in os.environ:
        target = folder() / "figures"
        target.mkdir(parents=True, exist_ok=True)
        name = f"{said['name']}{end}"
        (target / f"{name}.svg").write_text(drawn, encoding="utf-8", newline="\n")
        about["files"] = [f"figures/{name}.svg"]
        if fig.card and os.environ.get("PRESS_ADDRESS"):
            write_png(fig, target / f"{name}.png")
            about["files"].append(f"figures/{name}.png")
        if fig.data is not None:
            write_csv(_to_digits(fig.data, 6), target / f"{name}.csv")
            rows = _values(_to_digits(fig.data, 12))  # rounded once, as in prose
            about |= {"data": f"figures/{name}.csv", "rows": rows}
    return in_page(drawn), about | {"narrow": in_page(narrow)}


def _to_digits(frame, n):
    return frame.map(lambda value: float(f"{value:.{n}g}") + 0.0 if isinstance(value, float) else value)


def _values(frame):
    """Return headings and rows of the values of a figure as tables show them, small numbers with more decimals."""
    digits: dict[Any, int | None] = {}
    for c in frame.select_dtypes("float"):
        one = frame[[name for name in (_ESTIMATE if c in _ESTIMATE else (c,)) if name in frame]]
        largest, own = one.abs().max(axis=None), int(columns().get(str(c), {}).get("digits") or 2)
        more = -math.floor(math.log10(largest)) - 1 if 0 < largest < 1 else 0
        digits[c] = 0 if ((one % 1 == 0) | one.isna()).all(axis=None) else own + more
    if {"from", "to"} <= digits.keys() and (width := (frame["to"] - frame["from"]).min()) > 0:  # ends of a bin differ
        least = math.ceil(-math.log10(width))
        digits |= {c: max(digits[c] or 0, least) for c in ("from", "to")}
    rows = [*frame.head(_FIGURE_ROWS).itertuples(index=False, name=None)]
    own = frame.attrs.get("decimals", [digits] * len(frame))  # of each row, where rows are of several indicators
    ways = [n if isinstance(n, dict) else dict.fromkeys(frame, n) for n in own[: len(rows)]]
    texts = [[cell(x, c, n.get(c)) for c, x in zip(frame, row, strict=True)] for n, row in zip(ways, rows, strict=True)]
    dated = [[dates(x) if re.fullmatch(r"[\d-]+", x) else x for x in row] for row in texts]
    return [[heading(c) for c in frame], *dated]


def own_figure(fig: Any) -> tuple[bytes, dict[str, Any]]:
    """
    Return a figure that a reader drew by hand, without pyplot, as PNG with its texts; what it shows is what its axes say.

    Parameters
    ----------
    fig : Figure
    """
    from helpers.plots.base import texts, write_png

    drawn = io.BytesIO()
    write_png(fig, drawn)
    return drawn.getvalue(), texts(fig) | {"width": round(fig.get_figwidth() * 96)}


def csv_text(frame: Any) -> str:
    """Return a DataFrame ``frame`` as CSV in which no spreadsheet takes a text for a formula."""
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype
    written = [c if numeric(c.dtype) else c.map(harmless, na_action="ignore") for _, c in frame.items()]
    out = pd.concat(written, axis=1) if written else frame
    return out.rename(columns=harmless).to_csv(index=False, lineterminator="\n")


def write_csv(frame: Any, file: Path) -> str:
    """
    Write a table as :func:`csv_text`; with letters beyond ASCII it begins with a byte order mark, by which Excel reads it right.

    Parameters
    ----------
    frame : DataFrame
    file : Path
    """
    text = csv_text(frame)
    file.write_text(text if text.isascii() else f"\ufeff{text}", encoding="utf-8", newline="\n")
    return file.name


def harmless(cell: Any) -> Any:
    """
    Return a ``cell`` of a file to be written that no spreadsheet takes for a formula: text that begins like one gets an apostrophe.

    Parameters
    ----------
    cell : object
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain(frame, printer, _cycle):
    """Print a DataFrame as pandas does; in a report, where the HTML is what is read and this takes as long, its size."""
    printer.text(f"{len(frame)} rows x {frame.shape[1]} columns" if "PRESS_OUT" in os.environ else repr(frame))


def install() -> None:
    """Show DataFrames and Figures of this IPython session as reports show them; outside IPython nothing happens."""
    import sys

    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    forms = shell.display_formatter.formatters
    forms["text/html"].for_type_by_name("pandas", "DataFrame", table_html)
    forms["text/plain"].for_type_by_name("pandas", "DataFrame", _plain)
    forms["text/html"].for_type_by_name("helpers.plots.base", "Sheet", _picture)
    forms["image/svg+xml"].for_type_by_name("helpers.plots.base", "Sheet", _figure)
    forms["image/png"].for_type_by_name("helpers.plots.base", "Sheet", lambda _fig: None)
    forms["image/png"].for_type_by_name("matplotlib.figure", "Figure", own_figure)
