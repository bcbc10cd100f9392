"""The explorer: choose an outcome, a post, years and provinces, and see what the main designs say."""

import functools
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers import display, effects, findings, paths, plots, study, words
from helpers.plots import base
from helpers.plots.base import LOCAL, MIDDLE, NON_LOCAL, finish, in_page, sheet, svg, year_axis
from helpers.record import places, tables, terms
from helpers.words import Refused, Sentence, _, count, joined, number, p_value, pick, say

COVARIATES = ("population_thousand", "urban_population_share_pct", "enterprises_active", "trained_labour_share_pct")
_REPORTS = ("07_association", "08_event_study", "13_robustness", "12_power")
_LANGUAGES = {"en": "English", "vi": "Tiếng Việt"}
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
        start = Choice()
        return urlencode({k: v for k, v in vars(self).items() if v != getattr(start, k)}, doseq=True)

    def given(self) -> dict[str, Any]:
        """Return the arguments of ``study.panel``."""
        outcome = study.choose("outcome", self.outcome, [*outcomes()])
        known_years, usual = years_of(outcome), tables.design_of(outcome).window
        asked = [year or str(end) for year, end in zip((self.first, self.last), usual, strict=True)]
        possible = [str(year) for year in range(known_years[0], known_years[-1] + 1)]
        if strange := [year for year in asked if year not in possible]:
            text = (
                "{year} is no year in which we know values of {label} and who led; give a year from {first} to {last}."
            )
            told = {"label": study.label_of(outcome, "text"), "first": possible[0], "last": possible[-1]}
            raise Refused(text, year=repr(strange[0]), **told)
        window = [int(year) for year in asked] if self.first or self.last else []
        out = {"outcome": outcome, "definition": self.definition, "post": self.post, "window": window}
        more = {"provinces": self.provinces, "covariates": self.covariates, "allow_breaks": self.pool}
        return out | {name: list(value) for name, value in more.items() if value}

    def settled(self) -> "Choice":
        """Return the same choice in one spelling, the usual years left out; refused where it has no panel."""
        panel = panel_of(self)
        usual = panel.window == tables.design_of(panel.outcome).window
        first, last = ("", "") if usual else map(str, panel.window)
        return replace(self, **panel.asked, first=first, last=last, covariates=panel.covariates)


def read(query: Mapping[str, Sequence[str]]) -> Choice:
    """
    Return the choice that an address holds; names it does not know are not used.

    Examples
    --------
    >>> read({"outcome": ["grdp_growth_pct"], "first": ["2006"]}).address()
    'outcome=grdp_growth_pct&first=2006'
    """
    said = {name: [value for value in query.get(name, ()) if value] for name in vars(Choice())}
    if not {*said["lang"]} <= {*_LANGUAGES}:
        said["lang"] = []
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
    used = {*parse_qsl(urlencode(vars(read(query)), doseq=True))}
    said = [(name, value) for name, values in query.items() for value in values if value]
    return [f"{name}={value}" for name, value in said if (name, value) not in used and name not in ("tried", "narrow")]


def outcomes() -> dict[str, str]:
    """Return name to heading of every indicator that can be an outcome: enough provinces and years, no rank."""
    table = tables.indicators()
    usable = table["usable"].eq(True) & ~table["indicator"].str.endswith("_rank") & table["press_only"].ne(True)
    return {row.indicator: pick(row.label_en, row.label_vi) for row in table[usable].itertuples()}


def regions() -> dict[str, str]:
    """Return the regions with their names in the language switched on."""
    units = tables.load("units").drop_duplicates("region_en")
    return {row.region_en: pick(row.region_en, row.region_vi) for row in units.itertuples()}


def provinces() -> dict[str, str]:
    """Return code to name of the 63 provinces, in the order of the Vietnamese alphabet."""
    named = {code: places.name(code) for code in tables.load("units")["unit_code"]}
    return dict(sorted(named.items(), key=lambda item: words.vietnamese_order(item[1])))


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
        offered = breaks(choice)
        told = " ".join(offered.get(name, name) for name in broken.breaks if name not in choice.pool)
        raise Refused(
            text, **broken.values | {"label": study.label_of(broken.values["name"]), "changes": told}
        ) from None


def breaks(choice: Choice) -> dict[str, str]:
    """Return name to year and description of every break of the outcome and the covariates across which values are not pooled unless it is ticked."""
    table = tables.breaks()
    table = table[table["refuses"] & table["indicator"].isin([choice.outcome, *choice.covariates])]
    return {row.name: f"{row.first_year}: {pick(row.text_en, row.text_vi)}" for row in table.itertuples(index=False)}


@functools.lru_cache(maxsize=64)
def main(choice: Choice) -> pd.DataFrame:
    """Return the main designs, as the reports estimate them."""
    return effects.main(panel_of(choice))


def forest(panel: Any, rows: pd.DataFrame) -> Any:
    """
    Draw the main designs, and below them two-way effects with unknown leaders taken as local and as non-local.

    Parameters
    ----------
    panel : Panel
    rows : DataFrame
        Of :func:`main`.
    """
    filled = effects.attempt(effects.with_bounds, effects.fit_twfe, panel)
    every = pd.concat([rows, filled[filled["unknown"] != "left_out"]], ignore_index=True)
    title = _("{label}: what the designs say", label=panel.heading)
    return plots.forest(every, panel, title=title, accent=range(len(rows)))


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
        if d not in means["mean"]:
            continue
        mean, size = means["mean"][d].dropna(), means["size"][d].fillna(0)
        line = colour if d else MIDDLE
        fig.keys += axes[0, 0].plot(mean.index + 0.5, mean, marker=mark, color=line, mfc=colour, label=names[d])
        axes[1, 0].bar(size.index + 0.5, size, 0.8, bottom=below, color=colour, label=names[d])
        below = size
        ends = [f"{number(mean[year], 2)} ({year})" for year in (mean.index[0], mean.index[-1])]
        parts.append(f"{names[d]}: {', '.join(ends)}")
    for ax in axes[:, 0]:
        year_axis(ax, panel.first, panel.last)
    axes[1, 0].yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes[1, 0].set_ylabel(_("provinces"))
    title = _("{label} under locals and under non-locals", label=panel.heading)
    scale = _("mean of provinces, logarithm") if panel.transform == "log" else _("mean of provinces")
    return finish(fig, "years", title=title, detail=scale, alt=f"{title}. {'; '.join(parts)}.", source=panel.source)


def coverage(panel: Any) -> Sentence:
    """Return how much of the panel is known and compared, in a sentence; refused where there is nothing to compare."""
    effects.design(panel)
    text = "{counted}; {switching} of {units} provinces have years of both kinds."
    return joined(say(text, counted=panel.counted, switching=panel.n_switching, units=panel.n_units), panel.lost)


def code(choice: Choice) -> str:
    """Return the lines that give the same panel and estimates in a notebook."""
    given = {name: value for name, value in choice.given().items() if value}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return f"from helpers import effects, study\n\npanel = study.panel({arguments})\neffects.main(panel)"


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
    if pd.isna(least):
        return say("{first} All defensible choices stand side by side in notebook 13.", first=first)
    return say("{first} The smallest p-value here is {p}; counting all of them as independent looks it is {after}. All defensible choices stand side by side in notebook 13.",
               first=first, p=p_value(least), after=p_value(adjusted(least, tried)))  # fmt: skip


@functools.lru_cache(maxsize=64)
def figure(choice: Choice, name: str, narrow: bool = False) -> str:
    """
    Return one figure of a choice as SVG, in the language switched on.

    Parameters
    ----------
    choice : Choice
    name : str
        forest, events, years
    narrow : bool
        Whether for a phone.

    Raises
    ------
    Refused
        If the choice has no such figure.
    """
    panel = panel_of(choice)
    if name == "forest":
        fig = forest(panel, main(choice))
    elif name == "events":
        around = effects.fit_counterfactual(panel, draws=200)
        fig = plots.events(around, panel, title=_("{label}: the years around a change", label=panel.heading))
    else:
        fig = years(panel)
    return in_page(svg(fig.narrow() if narrow else fig))


def _first(choice: Choice) -> dict[str, Any]:
    panel = panel_of(choice)
    made = [f"{n}/{panel.outcome.replace('_', '-')}--{choice.definition}--{choice.post}" for n in _REPORTS]
    there = [n for n in made if (paths.reports() / n / choice.lang / "index.html").is_file()]
    return {"coverage": coverage(panel), "small": findings.small_sample(panel),
            "code": code(choice), "reports": there}  # fmt: skip


def _rest(choice: Choice, tried: int, narrow: bool) -> dict[str, Any]:
    panel, rows = panel_of(choice), main(choice)
    found = findings.finding(panel, rows)
    table = found.table.assign(p_tried=[adjusted(p, tried) for p in found.table["p_value"]])
    table.attrs = found.table.attrs
    told = found.answer if found.adjusted in found.answer else joined(found.answer, found.adjusted)
    shown: dict[str, Any] = {"answer": told, "table": display.table_html(table)}
    for name in ("forest", "events", "years"):
        try:
            shown[name] = figure(choice, name, narrow)
        except (Refused, ValueError):
            shown[name] = None
    return shown | {"caution": caution(rows, tried)}


def _form(choice: Choice) -> dict[str, Any]:
    outcome = choice.outcome if choice.outcome in outcomes() else Choice.outcome
    one = provinces()
    other = {
        name: _("without {place}", place=one.get(name[1:], name[1:])) for name in choice.provinces if name[0] == "-"
    }
    some = {name: name for name in choice.provinces if name not in one} | other | regions()
    return {"outcomes": outcomes(), "definitions": {name: study.definition_of(name) for name in terms.DEFINITIONS},
            "posts": {name: pick(*terms.POST_LABELS[name]) for name in terms.POSTS}, "regions": some, "provinces": one,
            "breaks": {name: name for name in choice.pool} | breaks(replace(choice, outcome=outcome)), "years": {str(year): year for year in years_of(outcome)},
            "window": tables.design_of(outcome).window,
            "covariates": {name: study.label_of(name) for name in (*COVARIATES, *choice.covariates)}}  # fmt: skip


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
    name, _dot, kind = path.partition(".")
    status, refused, first = 200, "", {}
    try:
        choice = choice.settled()
        panel = panel_of(choice)
        if kind == "svg" and name in ("forest", "events", "years"):
            return _file(choice, path, "image/svg+xml", figure(choice, name))
        if path == "results.csv":
            return _file(choice, path, "text/csv; charset=utf-8", display.csv_text(study.keyed(main(choice), panel)))
        if path == "panel.csv":
            return _file(choice, path, "text/csv; charset=utf-8", display.csv_text(panel.rows))
        if path == "rest":
            return 200, _headers(), _page("explore_rest.html.j2", **_rest(choice, tried, "narrow" in query))
        first = {} if path else _first(choice)
    except (Refused, ValueError) as error:
        status, refused = 422, str(error)
    if path:
        said = (422, refused) if refused else (404, _("There is no such page."))
        return said[0], {"Content-Type": "text/plain; charset=utf-8"}, said[1].encode()
    nonce = secrets.token_urlsafe(16)
    languages = {code: (name, replace(choice, lang=code).address()) for code, name in _LANGUAGES.items()}
    values = {"choice": choice, "refused": refused, "unused": unused(query), "nonce": nonce, "languages": languages}
    return status, _headers(nonce), _page("explore.html.j2", **values, **_form(choice), **first)


def _headers(nonce: str = "") -> dict[str, str]:
    sources = (
        f"script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; form-action 'self'"
    )
    return {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
            "Content-Security-Policy": f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; {sources}"}  # fmt: skip


def _file(choice: Choice, path: str, kind: str, text: str) -> tuple[int, dict[str, str], bytes]:
    asked = [choice.outcome, choice.definition, choice.post, choice.first, choice.last]
    asked += [re.sub("^-", "without ", name) for name in choice.provinces] + [*choice.covariates, *choice.pool]
    name = re.sub("[^a-z0-9]+", "-", words.unmarked(" ".join(asked))).strip("-")[:150]
    shown = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}-{path}"'}
    return 200, shown, ("\ufeff" * kind.startswith("text/csv") + text).encode()


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
    start = study.panel(outcome, definition, post)

    def turned(options: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(shown, option) for option, shown in options.items()]

    def dropdown(name: str, options: Mapping[str, str], value: str) -> Any:
        return w.Dropdown(options=turned(options), value=value, description=name, **style)

    def several(name: str, options: Mapping[str, str], rows: int) -> Any:
        return w.SelectMultiple(options=turned(options), description=name, rows=rows, **style)

    lists = _form(Choice(outcome=start.outcome))
    box = {
        "outcome": dropdown(_("Outcome"), lists["outcomes"], start.outcome),
        "definition": dropdown(_("Definition of local"), lists["definitions"], start.definition),
        "post": dropdown(_("Post"), lists["posts"], start.post),
    }
    box["provinces"] = several(_("Provinces and regions"), lists["regions"] | lists["provinces"], 6)
    span = {"options": years_of(start.outcome), "description": _("Years"), "continuous_update": False}
    box["years"] = w.SelectionRangeSlider(**span, **style)
    box["covariates"] = several(_("Covariates"), lists["covariates"], 4)
    box["pool"] = several(_("Pool across changes of definition"), {}, 3)
    said, shown, seen = w.HTML(), w.Output(), set()

    def follow(change: Any = None) -> None:
        lists = _form(Choice(outcome=box["outcome"].value, covariates=box["covariates"].value))
        if lists["breaks"] != {name: text for text, name in box["pool"].options}:
            box["pool"].options = turned(lists["breaks"])
        if change and change["owner"] is box["covariates"]:
            return
        box["years"].options = known_years = years_of(box["outcome"].value)
        box["years"].value = tuple(min(known_years, key=lambda y: abs(y - end)) for end in lists["window"])

    def draw(_change: Any = None) -> None:
        values = {name: part.value for name, part in box.items()}
        first, last = map(str, values.pop("years"))
        try:
            choice = Choice(first=first, last=last, **values).settled()
            panel, rows = panel_of(choice), main(choice)
            told = coverage(panel)
        except (Refused, ValueError) as refused:
            reason = str(refused).replace("<", "&lt;")
            said.value = f"<p role='alert'><strong>{_('Not possible:')}</strong> {reason}</p>"
            shown.clear_output()
            return
        said.value = ""
        seen.add(choice)
        with shown:
            clear_output(wait=True)
            display(told, findings.small_sample(panel), forest(panel, rows), caution(rows, len(seen)), years(panel))
            display(Code(code(choice), language="python"))

    follow()
    box["outcome"].observe(follow, "value")
    box["covariates"].observe(follow, "value")
    for part in box.values():
        part.observe(draw, "value")
    draw()
    return w.VBox([w.HBox([w.VBox([*box.values()]), w.VBox([said, shown])], layout=w.Layout(flex_flow="row wrap"))])
