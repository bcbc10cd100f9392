"""One province beside another that the reader chooses on the page: values and terms of all of them, drawn by the page's script."""

import html
import json
from dataclasses import dataclass
from typing import Any

from helpers import profiles, words
from helpers.display import heading
from helpers.record import places, tables, terms
from helpers.words import _, known


@dataclass(frozen=True, repr=False)
class Choice:
    """
    What the script of a page needs to draw one unit beside another; where no script runs, a line of text.

    Attributes
    ----------
    about : dict
        own and other (slugs; other is empty where none is chosen before the reader chooses), lang, span (years), units (slug
        and name, in alphabetical order), names and digits of the indicators, posts, kinds and said (texts).
    everyone : str
        From :func:`everyone`.
    """

    about: dict[str, Any]
    everyone: str

    def __repr__(self) -> str:
        return f"Choice among {len(self.about['units'])} provinces, {len(self.about['names'])} indicators"

    def _repr_html_(self) -> str:
        texts = [html.escape(text).replace("&quot;", '"') for text in (_json(self.about), self.everyone)]
        said = _("The list of provinces stands on the report's page and needs its script.")
        opened = f"<div class='compare' data-about='{texts[0]}' data-everyone='{texts[1]}'>"
        return f"{opened}<p>{html.escape(said)}</p></div>"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@tables.remembered
def everyone(names: tuple[str, ...], definition: str, lang: str) -> str:
    """
    Return the values and terms of all provinces as JSON.

    Parameters
    ----------
    names : tuple of str
        Of indicators.
    definition : {"hometown", "career", "regulation"}
        Who counts as non-local.
    lang : {"en", "vi"}
        The language switched on, in which dates are written.

    Returns
    -------
    str
        series (by indicator: years, cuts: first years of a new definition, doubtful: years with doubtful values), values (by
        slug, by indicator, by year), terms (by slug: post, person, first and last month, both in words, kind).
    """
    slugs = {code: places.slug(code) for code in places.codes()}
    series, values = list[dict[str, list[int]]](), {slug: list[list[float | None]]() for slug in slugs.values()}
    for name in names:
        one = profiles.indicator(name)
        table = one.frame.pivot(index="unit_code", columns="year", values="value").reindex(slugs)
        for slug, row in zip(slugs.values(), table.round(4).to_numpy().tolist(), strict=True):
            values[slug].append([None if x != x else x for x in row])
        doubtful = one.frame.loc[one.frame["doubtful"].fillna(False), "year"].unique().tolist()
        cuts = one.breaks.query("refuses")["first_year"].tolist()
        series.append({"years": table.columns.tolist(), "cuts": cuts, "doubtful": doubtful})
    held = terms.spells(definition, post="either").query("not early")
    record = tables.load("leaders").set_index("spell_id").loc[held["spell_id"]]
    drawn = [held[month].astype("str").fillna("").replace("NaT", "") for month in ("start", "end")]
    columns = [held["unit_code"].map(slugs), held["post"], held["person"], *drawn, *profiles.ends(record)]
    led = {slug: list[list[str]]() for slug in slugs.values()}
    for slug, *term in zip(*columns, profiles.in_words(held["non_local"]), strict=True):
        led[slug].append(term)
    return _json({"series": series, "values": values, "terms": led})


def choice(one: profiles.Province, definition: str = "hometown") -> Choice:
    """
    Return the choice of another province to draw beside one.

    Parameters
    ----------
    one : Province
        Its indicators are those compared.
    definition : {"hometown", "career", "regulation"}
        Who counts as non-local in the bands of the terms.

    Examples
    --------
    >>> choice(profiles.province("62", ["pci_score"]))
    Choice among 63 provinces, 1 indicators
    """
    about, units = profiles.registry().loc[list(one.years)], [(places.slug(c), places.name(c)) for c in places.codes()]
    said = {name: heading(name) for name in ("heading", "year", "post", "person", "since", "until", "unit", "mark")}
    said |= {
        "choose": _("Compare with"),
        "none": _("choose a province"),
        "led": _("Who held the two posts"),
        "latest": _("The latest year in which both provinces have a value"),
        "all": _("The values of all years, and all terms"),
        "minus": _("Difference"),
        "kind": _("Local or not"),
        "doubtful": _("doubtful"),
        "hint": _("Point at a year, or go through the years with the arrow keys."),
    }
    data = {
        "own": places.slug(one.code),
        "other": places.slug(one.other) if one.other else "",
        "lang": words.language(),
        "span": [terms.FIRST_YEAR, terms.LAST_YEAR],
        "units": sorted(units, key=lambda pair: words.vietnamese_order(pair[1])),
        "names": about["titled"].tolist(),
        "digits": about["decimals"].astype(int).tolist(),
        "posts": {post: words.pick(*terms.POST_LABELS[post]) for post in ("secretary", "chair")},
        "kinds": {kind: known(kind) for kind in ("led_by_local", "non-local", "unknown")},
        "said": said,
    }
    return Choice(data, everyone(tuple(one.years), definition, words.language()))
