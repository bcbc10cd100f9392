"""The explorer: choose an outcome, a post, years and provinces, and see what the main designs say."""

import contextlib
import functools
import json
import re
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pandas as pd
from matplotlib.figure import Figure

from helpers import display, effects, findings, paths, plots, study, words
from helpers.plots import base
from helpers.plots.base import LOCAL, MIDDLE, NON_LOCAL, finish, in_page, sheet, svg, year_axis
from helpers.record import places, tables, terms
from helpers.words import Refused, Sentence, _, count, joined, number, p_value, pick, say

COVARIATES = ("population_thousand", "urban_population_share_pct", "enterprises_active", "trained_labour_share_pct")
_REPORTS = ("07_association", "08_event_study", "13_robustness", "12_power")
_LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
_FIGURES = ("forest", "events", "years")
_ALLOWED = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; form-action 'self'"
_LISTS = ("provinces", "covariates", "pool")


@dataclass(frozen=True)
class Choice:
    """
    What a reader chose; :meth:`address` and :func:`read` go to and from the query of an address.

    Attributes
    ----------
    outcome, definition, post : str
    first, last : str
        Years; empty for those of ``data/designs.csv``.
    provinces, covariates, pool : tuple of str
        Regions and provinces, none for all, as ``study.panel`` takes them; indicators; names of the breaks across which values are pooled.
    lang : str
    """

    outcome: str = "pci_score"
    definition: str = "hometown"
    post: str = "secretary"
    first: str = ""
    last: str = ""
    provinces: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    pool: tuple[str, ...] = ()
    lang: str = "en"

    def address(self) -> str:
        """Return the query that gives this choice; what is as at the start is left out."""
        return urlencode([(name, value) for name, value in self.said() if value != getattr(Choice, name)])

    def said(self) -> list[tuple[str, str]]:
        """Return every name with its value, and one of several values after the other."""
        return parse_qsl(urlencode(vars(self), doseq=True))

    def given(self) -> dict[str, Any]:
        """Return the arguments of ``study.panel``."""
        outcome = study.choose("outcome", self.outcome, [*outcomes()])
        ends = zip((self.first, self.last), tables.design_of(outcome).window, strict=True)
        asked = [int(year) if year.isdecimal() else year or end for year, end in ends]
        window = asked if self.first or self.last else []
        given = {"outcome": outcome, "definition": self.definition, "post": self.post, "window": window,
                 "provinces": [*self.provinces], "covariates": [*self.covariates], "allow_breaks": [*self.pool]}  # fmt: skip
        return {name: value for name, value in given.items() if value}

    def settled(self) -> "Choice":
        """Return the same choice in one spelling, the usual years left out; refused where it has no panel."""
        panel = panel_of(self)
        first, last = ("", "") if panel.window == tables.design_of(panel.outcome).window else map(str, panel.window)
        return replace(self, **panel.asked, first=first, last=last, covariates=panel.covariates)


def read(query: Mapping[str, Sequence[str]]) -> Choice:
    """
    Return the choice that an address holds; names it does not know are not used.

    Examples
    --------
    >>> read({"outcome": ["grdp_growth_pct"], "first": ["2006"]}).address()
    'outcome=grdp_growth_pct&first=2006'
    """
    said = {k: [v for v in query.get(k, ()) if v and (k != "lang" or v in _LANGUAGES)] for k in vars(Choice())}
    given = {name: tuple(dict.fromkeys(some)) if name in _LISTS else some[-1] for name, some in said.items() if some}
    return replace(Choice(), **given)  # type: ignore[arg-type]


def unused(query: Mapping[str, Sequence[str]]) -> list[str]:
    """
    Return what an address says that :func:`read` does not use: other names, all but the last of two posts, another language.

    Examples
    --------
    >>> unused({"post": ["secretary", "chair"], "lang": ["fr"], "color": ["red"]})
    ['post=secretary', 'lang=fr', 'color=red']
    """
    used, said = read(query).said(), [(name, value) for name, values in query.items() for value in values if value]
    return [f"{name}={value}" for name, value in said if (name, value) not in used and name not in ("tried", "narrow")]


def outcomes() -> dict[str, str]:
    """Return name to heading of every indicator that can be an outcome: enough provinces and years, no rank."""
    table = tables.load("indicators")
    usable = table["usable"].eq(True) & ~table["indicator"].str.endswith("_rank") & table["press_only"].ne(True)
    return {row.indicator: pick(row.label_en, row.label_vi) for row in table[usable].itertuples()}


def years_of(outcome: str) -> list[int]:
    """Return the years of an outcome with a value, within those for which we know who led."""
    years = tables.indicator(outcome)["year"].unique()
    return sorted(int(year) for year in years if terms.FIRST_YEAR <= year <= terms.LAST_YEAR)


@functools.lru_cache(maxsize=64)
def panel_of(choice: Choice) -> Any:
    """Return the panel of a choice, or refuse it with a sentence that says what is possible."""
    try:
        return study.panel(**choice.given())
    except tables.BreakRefused as broken:
        text = "{label}, {window}: values of different definitions would be pooled. {changes} Choose years without a change ({windows}), or tick each of these changes under “Pool across changes of definition”."
        told, offered = broken.values | {"label": study.label_of(broken.values["name"])}, breaks(choice)
        told["changes"] = " ".join(offered.get(name, name) for name in broken.breaks if name not in choice.pool)
        raise Refused(text, **told) from None


def breaks(choice: Choice) -> dict[str, str]:
    """Return name to year and description of every break of the outcome and the covariates across which values are not pooled unless it is ticked."""
    table = tables.breaks()
    table = table[table["refuses"] & table["indicator"].isin([choice.outcome, *choice.covariates])]
    return {row.name: f"{row.first_year}: {pick(row.text_en, row.text_vi)}" for row in table.itertuples(index=False)}


@functools.lru_cache(maxsize=64)
def main(choice: Choice) -> pd.DataFrame:
    """Return the main designs, as the reports estimate them."""
    return effects.main(panel_of(choice))


@base.figure
def years(panel: Any) -> Figure:
    """
    Draw the outcome's mean by year under locals and under non-locals, and how many provinces stand behind it.

    Parameters
    ----------
    panel : Panel
    """
    fig, axes = sheet(2, 1, width=6.4, tall=1.55, below=0.35, between=0.35, height_ratios=(2, 1))
    means = panel.complete.groupby(["year", "d"])["y"].agg(["mean", "size"]).unstack("d")
    names, parts, below = {0.0: _("local"), 1.0: _("non-local")}, [], 0.0
    for d, colour, mark in ((0.0, LOCAL, "o"), (1.0, NON_LOCAL, "^")):
        mean, size = means["mean"][d].dropna(), means["size"][d].fillna(0)
        look = {"marker": mark, "color": colour if d else MIDDLE, "mfc": colour, "label": names[d]}
        fig.keys += axes[0, 0].plot(mean.index + 0.5, mean, **look)
        axes[1, 0].bar(size.index + 0.5, size, 0.8, bottom=below, color=colour, label=names[d])
        below = size
        ends = [f"{number(mean[year], 2)} ({year})" for year in (mean.index[0], mean.index[-1])]
        parts.append(f"{names[d]}: {', '.join(ends)}")
    for ax in axes[:, 0]:
        year_axis(ax, panel.first, panel.last)
    axes[1, 0].yaxis.get_major_locator().set_params(nbins=3, integer=True)
    axes[1, 0].set_ylabel(_("provinces"))
    title = _("{label} under locals and under non-locals", label=panel.heading)
    scale = _("mean of provinces, logarithm") if panel.transform == "log" else _("mean of provinces")
    return finish(fig, "years", title=title, detail=scale, alt=f"{title}. {'; '.join(parts)}.", source=panel.source)


def coverage(panel: Any) -> Sentence:
    """Return how much of the panel is known and compared, in a sentence; refused where there is nothing to compare."""
    alone = panel.n_known - len(effects.design(panel).y)
    one = "One of these is the only one of its province and drops out."
    dropped = count(alone, "", one, "{n} of these are the only ones of their provinces and drop out.")
    return joined(f"{panel.counted}.", dropped, panel.both_kinds, panel.lost)


def code(choice: Choice) -> str:
    """Return the lines that give the same panel and estimates in a notebook."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in choice.given().items())
    return f"from helpers import effects, study\n\npanel = study.panel({arguments})\neffects.main(panel)"


def command(choice: Choice) -> str:
    """Return the command that makes a page of the same choice; none where values are pooled across a change of definition, which no report does."""
    written = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in choice.given().items()}
    given = " ".join(shlex.quote(f"{name}={value}") for name, value in written.items())
    return "" if choice.pool else f".venv/bin/rotation report 07_association {given} --open"


def adjusted(p: float, tried: int) -> float:
    """
    Return a p-value after ``tried`` independent looks (Šidák 1967): the chance that the smallest of so many is as small by luck.

    Examples
    --------
    >>> round(adjusted(0.01, 5), 4)
    0.049
    """
    return 1 - (1 - p) ** max(1, tried)


def caution(rows: pd.DataFrame, tried: int) -> Sentence:
    """
    Return what trying many choices does to the smallest p-value shown.

    Parameters
    ----------
    rows : DataFrame
        Of :func:`main`.
    tried : int
        Choices looked at so far, this one included.
    """
    least = rows["p_value"].min()
    first = count(tried, "", "This is the first choice looked at.", "{n} choices were looked at.")
    text = "{first} {tested:The smallest p-value here is {p}; counting all of them as independent looks it is {after}. |}All defensible choices stand side by side in notebook 13."
    p, after = p_value(least), p_value(adjusted(least, tried))
    return say(text, first=first, p=p, after=after, tested=pd.notna(least))


def figure(choice: Choice, name: str) -> Any:
    """
    Draw one figure of a choice, in the language switched on.

    Parameters
    ----------
    choice : Choice
    name : str
        forest (the main designs, and below them two-way effects with unknown leaders taken as local and as non-local), events, years.

    Raises
    ------
    Refused
        If the choice has no such figure.
    """
    panel = panel_of(choice)
    if name == "forest":
        rows, filled = main(choice), effects.attempt(effects.with_bounds, effects.fit_twfe, panel)
        every = pd.concat([rows, filled[filled["unknown"] != "left_out"]], ignore_index=True)
        title = _("{label}: what the designs say", label=panel.heading)
        return plots.forest(every, panel, title=title, accent=range(len(rows)))
    if name == "events":
        around = effects.fit_counterfactual(panel, draws=200)
        return plots.events(around, panel, title=_("{label}: the years around a change", label=panel.heading))
    return years(panel)


def _first(choice: Choice) -> dict[str, Any]:
    panel = panel_of(choice)
    made = [f"{n}/{panel.outcome.replace('_', '-')}--{choice.definition}--{choice.post}" for n in _REPORTS]
    there = [n for n in made if (paths.reports() / n / choice.lang / "index.html").is_file()]
    return {"coverage": coverage(panel), "small": findings.small_sample(panel), "code": code(choice),
            "command": command(choice), "reports": there}  # fmt: skip


def _rest(choice: Choice, tried: int, narrow: bool) -> dict[str, Any]:
    panel, rows = panel_of(choice), main(choice)
    found = findings.finding(panel, rows)
    table = found.table.assign(p_tried=[adjusted(p, tried) for p in found.table["p_value"]])
    told = joined(found.answer, found.details, "" if found.adjusted in found.details else found.adjusted)
    shown = {"answer": told, "table": display.table_html(table), "caution": caution(rows, tried)}
    for name in _FIGURES:
        with contextlib.suppress(Refused):
            fig = figure(choice, name)
            shown[name] = in_page(svg(fig.narrow() if narrow else fig))
    return shown


def _form(choice: Choice) -> dict[str, dict[str, str]]:
    """Return what each control offers, key to text; and the usual years."""
    outcome, units = choice.outcome if choice.outcome in outcomes() else Choice.outcome, tables.load("units")
    span = {str(year): str(year) for year in years_of(outcome)}
    areas = {row.region_en: pick(row.region_en, row.region_vi) for row in units.itertuples()}
    named = [(code, places.name(code)) for code in units["unit_code"]]
    single = dict(sorted(named, key=lambda one: words.vietnamese_order(one[1])))
    return {"outcome": outcomes(), "definition": {name: study.definition_of(name) for name in terms.DEFINITIONS},
            "post": {name: pick(*terms.POST_LABELS[name]) for name in terms.POSTS}, "first": span, "last": span,
            "regions": areas, "single": single, "provinces": areas | single,
            "pool": breaks(replace(choice, outcome=outcome)),
            "covariates": {name: study.label_of(name) for name in (*COVARIATES, *choice.covariates)},
            "usual": dict(zip(("first", "last"), map(str, tables.design_of(outcome).window), strict=True))}  # fmt: skip


@functools.cache
def _templates() -> Any:
    import jinja2

    return jinja2.Environment(loader=jinja2.PackageLoader("helpers"), autoescape=True)


def _page(name: str, **values: Any) -> bytes:
    return _templates().get_template(name).render(_=_, markdown=_plain, **values).encode()


def _plain(text: str) -> Any:
    """Return Markdown without emphasis and links, as HTML: in a look at one of many choices nothing is bold."""
    from markupsafe import Markup

    return Markup(re.sub(r"\[(.+?)\]\(.+?\)", r"\1", text.replace("**", "")))  # values are escaped by words.say


def respond(path: str, query: Mapping[str, Sequence[str]]) -> tuple[int, dict[str, str], bytes]:
    """
    Answer one request of a browser; ``rotation serve`` asks this.

    Parameters
    ----------
    path : str
        Empty for the page; ``rest`` for what takes longer; ``results.csv``, ``panel.csv``, ``forest.svg``, ``events.svg``, ``years.svg``.
    query : dict of str to list of str
        A choice (:func:`read`); ``tried``, the number of choices looked at; ``narrow``, for a phone.

    Returns
    -------
    status, headers, body
        404 for another path; 422 with one sentence in place of the answer where the choice is refused.
    """
    choice = read(query)
    words.use(choice.lang)
    asked = (query.get("tried") or [""])[-1]
    tried = max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1
    status, refused, first = 200, "", {}
    try:
        choice = choice.settled()
        if path.endswith(".svg") and path[:-4] in _FIGURES:
            return _file(choice, path, svg(figure(choice, path[:-4])))
        if path == "results.csv":
            panel, rows = panel_of(choice), main(choice)
            if rows.empty:
                findings.finding(panel, rows)  # which says why
            return _file(choice, path, display.csv_text(study.keyed(rows, panel)))
        if path == "panel.csv":
            return _file(choice, path, display.csv_text(panel_of(choice).rows))
        if path == "rest":
            return 200, _headers(), _page("explore_rest.html.j2", **_rest(choice, tried, "narrow" in query))
        first = {} if path else _first(choice)
    except ValueError as error:
        status, refused = 422, str(error)
    if path:
        said = (422, refused) if refused else (404, _("There is no such page."))
        return said[0], {"Content-Type": "text/plain; charset=utf-8"}, said[1].encode()
    nonce, made = secrets.token_urlsafe(16), (paths.reports() / "index.html").is_file()
    languages = {code: (name, replace(choice, lang=code).address()) for code, name in _LANGUAGES.items()}
    page = _page("explore.html.j2", choice=choice, refused=refused, unused=unused(query), nonce=nonce,
                 languages=languages, made=made, lists=_form(choice), **first)  # fmt: skip
    return status, _headers(nonce), page


def _headers(nonce: str = "") -> dict[str, str]:
    allowed = f"{_ALLOWED}; script-src 'nonce-{nonce}'"
    return {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": allowed}


def _file(choice: Choice, path: str, text: str) -> tuple[int, dict[str, str], bytes]:
    asked = " ".join(re.sub("^-", "without ", value) for _name, value in choice.said())
    name = re.sub("[^a-z0-9]+", "-", words.unmarked(asked))[:150]
    kind, mark = ("text/csv; charset=utf-8", "\ufeff") if path.endswith("csv") else ("image/svg+xml", "")
    shown = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}-{path}"'}
    return 200, shown, (mark + text).encode()


def app(outcome: str = "pci_score", definition: str = "hometown", post: str = "secretary") -> Any:
    """
    Return the explorer as widgets for JupyterLab: controls, and below them coverage, estimates, pictures and the code that gives the same.

    Parameters
    ----------
    outcome, definition, post : str
        What it opens with.

    Returns
    -------
    ipywidgets.VBox
        A choice that is refused says why, without a picture of another.
    """
    import ipywidgets as w
    from IPython.display import Code, clear_output, display

    style = {"style": {"description_width": "initial"}, "layout": w.Layout(width="26rem", max_width="100%")}
    labels = {"outcome": _("Outcome"), "definition": _("Definition of local"), "post": _("Post"), "first": _("First year"),
              "last": _("Last year"), "provinces": _("Provinces and regions"), "covariates": _("Covariates"),
              "pool": _("Pool across changes of definition")}  # fmt: skip
    kinds = {name: w.SelectMultiple if name in _LISTS else w.Dropdown for name in labels}
    box: dict[str, Any] = {name: kinds[name](description=label, **style) for name, label in labels.items()}
    said, shown, seen, held = w.HTML(), w.Output(), set(), []

    def draw(choice: Choice) -> None:
        held.append(True)  # setting the controls draws nothing
        lists = _form(choice)
        for name, part in box.items():
            part.options = [(text, key) for key, text in lists[name].items()]
            value = getattr(choice, name) or lists["usual"].get(name, ())
            part.value = tuple(key for key in value if key in lists[name]) if name in _LISTS else value
        held.clear()
        said.value = ""
        with shown:
            clear_output(wait=True)
            try:
                choice = choice.settled()
                panel, rows, told = panel_of(choice), main(choice), coverage(panel_of(choice))
            except ValueError as refused:
                reason = str(refused).replace("<", "&lt;")
                said.value = f"<p role='alert'><strong>{_('Not possible:')}</strong> {reason}</p>"
                return
            seen.add(choice)
            display(told, findings.small_sample(panel), figure(choice, "forest"), caution(rows, len(seen)))
            display(years(panel), Code(code(choice), language="python"))

    def follow(change: Any) -> None:
        choice = Choice(**{name: part.value for name, part in box.items()})
        if not held:
            draw(replace(choice, first="", last="", pool=()) if change["owner"] is box["outcome"] else choice)

    for part in box.values():
        part.observe(follow, "value")
    draw(replace(Choice(), **study.panel(outcome, definition, post).asked))  # type: ignore[arg-type]
    return w.VBox([w.HBox([w.VBox([*box.values()]), w.VBox([said, shown])], layout=w.Layout(flex_flow="row wrap"))])
