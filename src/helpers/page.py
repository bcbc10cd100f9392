"""How a notebook speaks: parameters checked, sentences computed, figures and tables written and shown."""

import difflib
import functools
import html
import importlib.metadata
import io
import json
import os
import platform
import re
from importlib import resources
from pathlib import Path

from helpers import paths
from helpers.record import tables
from helpers.words import LANGUAGES, Words, escape

_SHELL = {"In", "Out", "exit", "quit", "get_ipython", "display", "papermill"}
_PACKAGES = ("numpy", "pandas", "scipy", "matplotlib", "statsmodels", "pyfixest", "diff_diff", "statspai", "pysyncon")
_KINDS = {
    str: ("text", '"text"'),
    int: ("a whole number", "5"),
    float: ("a number", "0.5"),
    bool: ("True or False", "True"),
}
_CHANCES = {"p", "p_value", "chance_p", "p_family"}  # columns that never show a chance as 0
_BEGUN = set()


class Checker:
    """
    What a parameter may be.

    Parameters
    ----------
    kind : type
        ``str``, ``int``, ``float``, ``bool`` or ``list``.
    values : sequence or callable returning one, optional
        The values allowed.
    low, high : number, optional
        The smallest and largest number allowed.
    many : bool
        Whether the parameter is a list of such values.
    nearest : callable, optional
        From a value that is not allowed to the list of allowed ones it may mean; by spelling otherwise.
    """

    def __init__(self, kind, values=None, low=None, high=None, many=False, nearest=None):
        self.kind, self.values, self.low, self.high, self.many, self.nearest = kind, values, low, high, many, nearest

    def allowed(self):
        """Return the values allowed as a list, or None where any value of the type will do."""
        return list(self.values() if callable(self.values) else self.values) if self.values is not None else None

    def check(self, name, value):
        """
        Refuse a value that is not allowed.

        Raises
        ------
        ValueError
            Naming what was found, what was expected and what to do.
        """
        if self.many and not isinstance(value, list):
            raise ValueError(f"{name} is {value!r}; expected a list, such as [{self._example()}].")
        for item in value if self.many else [value]:
            self._check_one(f"an item of {name}" if self.many else name, item)

    def _example(self):
        allowed = self.allowed()
        return repr(allowed[0]) if allowed else _KINDS[self.kind][1]

    def _check_one(self, name, value):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        right = isinstance(value, self.kind) and (self.kind is bool or not isinstance(value, bool))
        if not right and not (self.kind is float and number):
            wanted = f"{_KINDS[self.kind][0]}, such as {self._example()}."
            if self.kind is str and number:
                wanted += f' Put it in quotes; with papermill use -r: "-r {name} {self._example()}" keeps it text, -p does not.'
            raise ValueError(f"{name} is {value!r} ({type(value).__name__}); expected {wanted}")
        allowed = self.allowed()
        if allowed is not None and value not in allowed:
            near = (self.nearest or difflib.get_close_matches)(str(value), list(map(str, allowed)))
            closest = f" Closest: {', '.join(near)}." if near else ""
            raise ValueError(f"{name} is {value!r}; expected one of: {', '.join(map(str, allowed))}.{closest}")
        if (self.low is not None and not value >= self.low) or (self.high is not None and not value <= self.high):
            raise ValueError(f"{name} is {value!r}; expected a number from {self.low} to {self.high}.")


def OneOf(values, many=False):
    """Return the checker of one of some values (a sequence, or a function that returns one)."""
    first = next(iter(values() if callable(values) else values))
    return Checker(type(first), values=values, many=many)


def Province():
    """Return the checker of the code of one of the 63 provinces, as text ("62")."""

    def nearest(value, codes):
        from helpers.record import places

        try:
            return [places.resolve(value)]
        except ValueError:
            return sorted(codes, key=lambda code: abs(int(code) - int(value)))[:3] if value.isdigit() else []

    return Checker(str, values=lambda: tables.load("units")["unit_code"], nearest=nearest)


def Outcome(usable=True):
    """Return the checker of an indicator's name: those with enough provinces and years, or all."""

    def names():
        table = tables.indicators()
        return table.loc[table["usable"].fillna(False).astype(bool) | (not usable), "indicator"]

    return Checker(str, values=names)


def Definition():
    """Return the checker of a treatment definition: hometown, career or regulation."""

    from helpers.record import terms

    return Checker(str, values=terms.DEFINITIONS)


def Window(low=2000, high=2100):
    """Return the checker of a list of years, first and last."""
    return Checker(int, low=low, high=high, many=True)


def Whole(low=None, high=None):
    """Return the checker of a whole number in a range."""
    return Checker(int, low=low, high=high)


def Real(low=None, high=None):
    """Return the checker of a number in a range."""
    return Checker(float, low=low, high=high)


def Text():
    """Return the checker of any text."""
    return Checker(str)


def Flag():
    """Return the checker of True or False."""
    return Checker(bool)


@functools.cache
def style():
    """Return the settings of matplotlib that give every figure one look."""
    from matplotlib import rc_params_from_file

    return rc_params_from_file(
        resources.files("helpers.plots") / "helpers.mplstyle", use_default_template=False
    )


def write_png(fig, file):
    """Write a figure in 256 colours: a third of the bytes, and of the time, of a file with all of them."""
    from matplotlib import rcParams
    from PIL import Image

    drawn, dpi = io.BytesIO(), rcParams["savefig.dpi"]
    fig.savefig(drawn, format="rgba")
    width = int(fig.get_figwidth() * dpi)
    size = width, len(drawn.getbuffer()) // 4 // width
    image = Image.frombuffer("RGBA", size, drawn.getbuffer(), "raw", "RGBA", 0, 1).convert("RGB")
    image = image.quantize(256, method=Image.Quantize.FASTOCTREE)
    image.putpalette([255 if value > 252 else value for value in image.getpalette()])  # white stays white
    image.save(file, "png", dpi=(dpi, dpi))


def write_svg(fig, file, metadata):
    """Write a figure with ``metadata`` whose text stays text: it can be searched and read out, in other fonts where DejaVu is missing."""
    drawn = io.StringIO()
    fig.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None, **metadata})
    file.write(drawn.getvalue().replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif"))


@functools.cache
def package_versions():
    """Return the versions of Python and of the packages that reports depend on, by name."""
    return {"Python": platform.python_version()} | {n: importlib.metadata.version(n) for n in (*_PACKAGES, "papermill")}


@functools.cache
def _markup():
    """Return the macros of ``templates/page.html.j2``."""
    import jinja2

    engine = jinja2.Environment(autoescape=False)
    engine.filters |= {"plain": html.escape, "text": escape}
    return engine.from_string(resources.files("helpers").joinpath("templates/page.html.j2").read_text("utf-8")).module


def begin(namespace, notebook, **parameters):
    """
    Check a notebook's parameters and open its page.

    Parameters
    ----------
    namespace : dict
        The notebook's ``globals()``, before anything but parameters and imports is in it.
    notebook : str
        Name of the notebook, without folder and ending.
    **parameters : Checker
        One for each parameter; ``lang`` is always one.

    Returns
    -------
    Page

    Raises
    ------
    ValueError
        If a name is not a parameter (misspelt), is missing, or has a value of another type or that is not allowed.
    """
    parameters = {"lang": OneOf(LANGUAGES), **parameters}
    literals, again = (str, int, float, bool, list, tuple, type(None)), id(namespace) in _BEGUN
    plain = {k for k, value in namespace.items() if isinstance(value, literals) and not k.startswith("_")}
    for name in sorted(plain - _SHELL - set(parameters)) if "PRESS_OUT" in os.environ or not again else ():
        near = difflib.get_close_matches(name, parameters, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"{notebook} has no parameter {name!r}; its parameters are: {', '.join(parameters)}.{meant}")
    for name, checker in parameters.items():
        if name not in namespace:
            raise ValueError(f"{notebook} needs the parameter {name!r}; set it in the cell tagged parameters.")
        checker.check(name, namespace[name])
    _BEGUN.add(id(namespace))
    import matplotlib.style
    import pandas as pd

    matplotlib.style.use(style())
    pd.set_option("display.max_columns", 30, "display.max_rows", 80, "display.width", 160)
    return Page(notebook, {name: namespace[name] for name in parameters})


class Page:
    """
    The page of one run: what it says goes to the screen, what it finds to ``folder``.

    Parameters
    ----------
    notebook : str
    parameters : dict
        With ``lang``.

    Attributes
    ----------
    lang : str
    words : Words
    folder : Path
        ``$PRESS_OUT``, or ``reports/interactive/<notebook>``.
    """

    def __init__(self, notebook, parameters):
        given = os.environ.get("PRESS_OUT")
        self.notebook, self.parameters, self.lang = notebook, parameters, parameters["lang"]
        self.words = Words(self.lang)
        self.folder = Path(given) if given else paths.reports() / "interactive" / notebook
        self._files, self._cited, self._title = [], {}, None

    def say(self, en, vi, **values):
        """Show Markdown in the page's language, its values formatted and escaped as by :meth:`Words.format`."""
        from IPython.display import Markdown, display

        display(Markdown(self._both("format", en, vi, values)))

    def title(self, en, vi, **values):
        """Name this run (a place, an outcome) under the notebook's heading and in lists of reports."""
        from IPython.display import HTML, display

        self._title = self._both("plain", en, vi, values)
        display(HTML(f'<p class="report-title"><strong>{escape(self._title)}</strong></p>'))

    def figure(self, fig, name, *, alt_en, alt_vi, caption_en="", caption_vi="", **values):
        """
        Write a figure as ``figures/<name>.png`` and ``.svg``, show it once, close it.

        Parameters
        ----------
        fig : matplotlib Figure
        name : str
            Letters, digits, ``-`` and ``_``.
        alt_en, alt_vi : str
            What the picture shows, for who cannot see it.
        caption_en, caption_vi : str, optional
        **values
            For the placeholders in these texts.
        """
        import matplotlib.pyplot as plt
        from IPython.display import display

        if not (alt_en.strip() and alt_vi.strip()):
            raise ValueError(f"figure {name!r} has no text for readers who cannot see it; give alt_en and alt_vi.")
        alt, caption = self._both("plain", alt_en, alt_vi, values), self._both("plain", caption_en, caption_vi, values)
        png, svg = self._path("figures", f"{name}.png"), self._path("figures", f"{name}.svg")
        for axis in (axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis) if not axis.get_label_text()):
            axis.set_label_coords(0, 0)  # an empty label needs no room: its place is dear to find
        write_png(fig, png)
        with svg.open("w", encoding="utf-8", newline="\n") as file:
            write_svg(fig, file, {"Title": caption or name, "Description": alt})
        width = round(fig.get_figwidth() * 96)
        plt.close(fig)
        shown = {"alt": alt, "caption": caption, "width": width}
        display({"image/png": png.read_bytes(), "text/plain": alt}, raw=True, metadata={"image/png": shown})

    def table(
        self,
        frame,
        name,
        *,
        caption_en,
        caption_vi,
        columns=None,
        digits=1,
        right=(),
        links=None,
        show=None,
        data=None,
        **values,
    ):
        """
        Write a table as ``<name>.csv`` and show it.

        Parameters
        ----------
        frame : DataFrame
            All of it goes to the file, under its own column names, unless ``data`` is given.
        name : str
        caption_en, caption_vi : str
        columns : dict of str to (str, str), optional
            Columns to show, in order, with their English and Vietnamese headings; otherwise all under their names.
        digits : int or dict of str to int
            Decimals of numbers, for all columns or by column.
        right : sequence of str
            Columns of text to align like numbers.
        links : dict of str to str, optional
            Column shown to the column with its address: of the web, or beginning with ``../``.
        show : int, optional
            Rows shown; the file has all.
        data : DataFrame, optional
            What goes to the file instead, where the table shown holds words of one language.
        **values
            For the placeholders in the captions.
        """
        from IPython.display import HTML, display

        self._csv(frame if data is None else data, f"{name}.csv")
        caption = self._both("plain", caption_en, caption_vi, values)
        columns = columns or {column: (str(column), str(column)) for column in frame.columns}
        shown = frame if show is None else frame.head(show)
        if len(shown) < len(frame):
            of = {"shown": len(shown), "total": len(frame)}
            caption += " " + self.words("({shown} of {total} rows; the file has all.)", **of)
        sides = {c: "right" if frame[c].dtype.kind in "iuf" or c in right else "left" for c in columns}
        headings = [(side, self.words.pick(*columns[c])) for c, side in sides.items()]
        rows, links = [], links or {}
        for row in shown[list(dict.fromkeys([*columns, *links.values()]))].to_dict("records"):
            addresses = {c: str(row[at]) for c, at in links.items() if re.match(r"https?://|\.\./", str(row[at]))}
            rows.append([(side, self._cell(row[c], c, digits), addresses.get(c)) for c, side in sides.items()])
        display(HTML(_markup().table(caption, headings, rows)))

    def results(self, frame, name="results"):
        """Write tidy results as ``<name>.csv``."""
        self._csv(frame, f"{name}.csv")

    def cite(self, names):
        """Record source names (a list, or a ``source`` column) for the list of sources that :meth:`close` shows."""
        self._cited |= dict.fromkeys(name for name in names if isinstance(name, str) and name)

    def close(self):
        """Show sources, tables, versions and files written; leave ``used.json`` for the runner."""
        from IPython.display import HTML, display

        w = self.words
        sources = tables.sources(list(self._cited)).fillna("").to_dict("records") if self._cited else []
        nameless = set(self._cited) - {row["source"] for row in sources}
        if nameless:
            raise ValueError(f"sources without a row in the tables of sources: {', '.join(sorted(nameless))}.")
        read, versions = tables.used(), package_versions()
        digests = ", ".join(f"data/{escape(name)} <code>{digest[:12]}</code>" for name, digest in read.items())
        lists = [
            (w("Sources"), [self._source(row) for row in sources]),
            (w("Tables used (SHA-256)"), [digests]),
            (w("Versions"), [escape(", ".join(f"{name} {version}" for name, version in versions.items()))]),
            (w("Files written"), [escape(", ".join(self._files))]),
        ]
        display(HTML(_markup().close(lists)))
        record = {"notebook": self.notebook, "lang": self.lang, "title": self._title, "parameters": self.parameters}
        record |= {"tables": read, "sources": [row["source"] for row in sources]}
        record |= {"versions": dict(versions), "files": self._files}
        self._path("used.json").write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")

    def _both(self, how, en, vi, values):
        return self.words.pick(*(getattr(Words(lang), how)(text, **values) for lang, text in (("en", en), ("vi", vi))))

    def _path(self, *parts):
        if not re.fullmatch(r"[\w-]+\.\w+", parts[-1], re.ASCII):
            raise ValueError(f"file name {parts[-1]!r}; use letters without marks, digits, - and _.")
        path = self.folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        relative = "/".join(parts)
        if relative not in self._files and relative != "used.json":
            self._files.append(relative)
        return path

    def _csv(self, frame, file):
        safe = frame.rename(columns=tables.harmless).astype(object).map(tables.harmless)
        safe.to_csv(self._path(file), index=False, lineterminator="\n")

    def _cell(self, value, column, digits):
        if isinstance(value, float):
            places = digits.get(column, 1) if isinstance(digits, dict) else digits
            least = 10**-places
            tiny = column in _CHANCES and value < least / 2
            text = f"< {self.words.number(least, places)}" if tiny else self.words.number(value, places)
        else:
            template = "{year}" if str(column).endswith("year") else "{value}"
            text = self.words.plain(template, value=value, year=value)
        return "" if text == self.words("no data") else text

    def _source(self, row):
        row = row | {name: self.words.known(row[name]) for name in ("publisher", "licence_or_terms")}
        terms = self.words("terms: {terms}", terms=row["licence_or_terms"])
        return _markup().source(row, re.match(r"https?://\S+$", row["url_or_repo"]), terms)
