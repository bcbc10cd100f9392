"""The pages around the reports: front page, list with search, all the evidence, and texts of the project."""

import html
import json
import math
import os
import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from press import catalogue, messages, plan, project, render

_NUMBERS = ("estimate", "conf_low", "conf_high")


def sources(digest: Callable[[Path], str | None]) -> list[str | None]:
    """
    Return digests of what these pages are made from besides the reports: templates, messages, tables, texts, settings.

    Parameters
    ----------
    digest : callable
        From a file to its digest, None where there is none.
    """
    site, tiles, sets = (project.content().get(key, {}) for key in ("site", "tiles", "sets"))
    named = [project.said(page["file"], lang) for page in site.get("pages", []) for lang in project.languages()]
    named += [t["csv"] for t in (tiles, *sets.values(), *site.get("find", [])) if "csv" in t]
    files = [*sorted(render.FOLDER.iterdir()), *(project.root() / name for name in named)]
    files += [render.FOLDER.parent / f"locale/{lang}/LC_MESSAGES/press.po" for lang in project.languages()]
    settings = {table: said for table, said in project.content().items() if table != "report"}
    return [*map(digest, files), plan.sha(repr(settings).encode())]


def names() -> list[str]:
    """Return the files of all these pages."""
    kinds = ["index", "reports", *(["evidence"] if "evidence" in project.content() else [])]
    kinds += [page["name"] for page in project.content().get("site", {}).get("pages", [])]
    return [render.page_of(kind, lang) for lang in project.languages() for kind in kinds]


def _said(given: Any, lang: str) -> Any:
    """Return settings in a language: a table whose keys are languages is one text, whatever it stands in."""
    if isinstance(given, list):
        return [_said(one, lang) for one in given]
    if not isinstance(given, dict):
        return given
    if given and not {*given} - {*project.languages()}:
        return project.said(given, lang)
    return {key: _said(value, lang) for key, value in given.items()}


def _page(kind: str, lang: str, scripts: tuple[str, ...] = (), template: str = "", **values: Any) -> str:
    """Return a page: what all have in common, and ``values``."""
    script, figure = "".join(map(render.asset, scripts)), project.content().get("site", {}).get("figure", "")
    left = plan.read_manifest(figure) if figure else None
    text = render.template(f"{template or kind}.html.j2").render(
        kind=kind,
        lang=lang,
        w=partial(messages.say, lang),
        title=project.said(project.setting("title"), lang),
        question=project.said(project.setting("question"), lang) or project.said(project.setting("title"), lang),
        others=[(code, render.page_of(kind, code), name) for code, name in project.languages().items() if code != lang],
        to=partial(_address, lang),
        css=render.asset("style.css") + render.asset("site.css"),
        script=script,
        policy=render.policy(script),
        foot=render.foot(lang),
        address=project.setting("address"),
        image=render.card(figure, render.in_language(sorted(left["files"]), lang)) if left else "",
        **_said({table: project.content().get(table, {}) for table in ("site", "evidence")}, lang),
        **values,
    )
    return render.without_control(text)


def _address(lang: str, name: str) -> str:
    """Return where a name of the settings leads: a place in the page, a page of the site, a report ("" where it is not made)."""
    if "/" in name:
        page = f"{name}/{lang}/index.html"
        return page if os.path.isfile(project.reports() / page) else ""  # noqa: PTH113 (of another user: no error)
    return name if name.startswith("#") else render.page_of(name, lang)


def _json(value: Any) -> str:
    """Return JSON as the text of an element."""
    return html.escape(json.dumps(value, ensure_ascii=False, separators=(",", ":")), quote=False)


def _rows(file: str) -> list[dict[str, str]]:
    """Return a table of the project or one that a report left; no rows where it is not there."""
    return project.rows(file) if (project.root() / file).is_file() else []


# --- the front page


def _tiles(lang: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schematic map: a tile a value, with the first report filed under it, shaded by tables that reports left."""
    about, order = _said(project.content().get("tiles", {}), lang), project.hook("sort") or project.unmarked
    key, tiles = about.get("filed"), []
    names = catalogue.labelled(about["set"]) if "set" in about else {}
    links = {item["filed"][key][0]: item["href"] for item in reversed(items) if key in item["filed"]}
    read = ((shade, _rows(f"reports/{shade['file']}")) for shade in about.get("shades", []))
    shades = [shade | {"by": {row[shade["key"]]: row for row in rows}} for shade, rows in read if rows]
    for row in _rows(about.get("csv", "none")):
        code = row[about["value"]]
        tile: dict[str, Any] = {"code": code, "name": names.get(code, {}).get(lang, code), "href": links.get(code)}
        tile |= {"row": int(row["row"]) + 1, "col": int(row["col"]) + 1, "kinds": [], "said": []}
        for number, shade in enumerate(shades):
            found = shade["by"].get(code, {})
            kind = found.get(shade["value"], "").lower() or "unknown"
            tile["kinds"].append(f"{number}-{kind}")
            if found:
                tile["said"].append(shade["says"].format_map(found | {"label": shade["classes"].get(kind, kind)}))
        tiles.append(tile)
    return about | {"tiles": sorted(tiles, key=lambda tile: order(tile["name"])), "shades": shades} if tiles else {}


def front_html(entries: list[dict[str, Any]], lang: str) -> str:
    """
    Return the front page: the question, the answer of one report, a figure, where to go on.

    Parameters
    ----------
    entries : list of dict
        As for :func:`reports_html`.
    lang : str
    """
    site = _said(project.content().get("site", {}), lang)
    answer, _ = render.excerpt(site.get("answer", ""), lang)
    beside, figure = render.excerpt(site.get("figure", ""), lang)
    first = re.match(r"\s*<p>((?:<strong>.*?</strong>)?.*?[.!?])(?=\s|</p>)", answer, re.DOTALL)
    changes = next((page for page in site.get("pages", []) if page.get("latest")), None)
    dated = re.search("<h2[^>]*>(.*?)</h2>(.*?)(?=<h2|$)", _markdown(changes["file"], lang), re.S) if changes else None
    return _page(
        "index",
        lang,
        ("tiles.js", "stops.js", "report.js"),
        lead=first and first[1],
        answer=f"<p>{answer[first.end() :]}" if first else answer,
        beside=beside,
        figure=figure,
        map=_tiles(lang, _items(entries, lang)),
        latest=dated
        and [(dated[1], said) for said in re.findall(r"<li>(?:<p>)?<strong>(.*?)\.?</strong>", dated[2])[:3]],
        changes=changes,
    )


def _markdown(file: str, lang: str) -> str:
    """Return a text of the project as HTML: its links lead to pages of the site or to where the text stands, headings can be linked."""
    text = project.text(project.root() / file) if (project.root() / file).is_file() else ""
    folder, table = file.rpartition("/")[0], html.escape(messages.say(lang, "Table"))
    pages = {
        project.said(page["file"], code): render.page_of(page["name"], code)
        for page in project.content().get("site", {}).get("pages", [])
        for code in (*project.languages(), lang)
    }

    def link(found: re.Match[str]) -> str:
        to = f"{folder}/{found[2]}".lstrip("/")
        return f'{found[1]}="{pages.get(to, "../" + to)}"'

    def heading(found: re.Match[str]) -> str:
        said = html.unescape(re.sub("<[^>]+>", "", found[2])).lower().replace(" ", "-")
        name = re.sub(r"[^\w-]", "", said)  # as where the project's texts are published
        return f'<h{found[1]} id="{name}">{found[2]}</h{found[1]}>'

    text = re.sub(r'(href|src)="(?![a-z]+:|[/#])(.*?)"', link, render.markdown_html(text))
    text = re.sub(r"<h([1-6])>(.*?)</h\1>", heading, text)
    boxed = f'<div class="scroll" tabindex="0" role="group" aria-label="{table}"><table>'
    return text.replace("<table>", boxed).replace("</table>", "</table></div>")


# --- the list of reports and its search


def _items(entries: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Return what the list says of each report: under what it is filed, where its pages are, what a search finds."""
    items, names = list[dict[str, Any]](), dict[tuple[str, str], list[str]]()
    for table in project.content().get("site", {}).get("find", []):
        for row in _rows(table["csv"]):
            found = names.setdefault((table["notebook"], row[table["key"]]), [])
            found += [row[table["text"]]] * (row[table["text"]] not in found)
    for entry in entries:
        filed = catalogue.filed(entry["parameters"], entry["labels"])
        texts = [*entry["titles"].values(), *(text for label in entry["labels"].values() for text in label.values())]
        texts += [entry["id"], *map(str, entry["parameters"].values())]
        item = {
            "label": entry["names"][lang] or entry["titles"][lang],
            "title": entry["titles"][lang],
            "href": f"{entry['id']}/{lang}/index.html",
            "filed": {key: (value, label.get(lang, value)) for key, (value, label) in filed.items()},
            "text": project.unmarked(" ".join(texts)),
            "people": [name for value, _ in filed.values() for name in names.get((entry["notebook"], value), [])],
        }
        items.append(item | {key: entry[key] for key in ("id", "notebook", "status", "error")})
    return items


def _words(file: Path) -> set[str]:
    with suppress(OSError):  # missing, or of another user
        return {*plan.bytes_of(file).decode().split()}
    return set()


def _found(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a search looks into: the words of every page, those that all pages of a notebook share once, and names."""
    words = [_words((project.reports() / item["href"]).with_name(render.WORDS)) for item in items]
    shared: dict[str, set[str]] = {}
    for item, own in zip(items, words, strict=True):
        shared[item["notebook"]] = shared.get(item["notebook"], own) & own
    groups = project.content().get("site", {}).get("synonyms", [])
    return {
        "shared": {name: " ".join(sorted(found)) for name, found in shared.items()},
        "words": [" ".join(sorted(own - shared[i["notebook"]])) for i, own in zip(items, words, strict=True)],
        "names": [item["people"] for item in items],
        "synonyms": [[project.unmarked(word) for word in group] for group in groups],
    }


def reports_html(entries: list[dict[str, Any]], lang: str, expected: int) -> str:
    """
    Return the page that lists all reports and searches them.

    Parameters
    ----------
    entries : list of dict
        One a report, in the catalogue's order: ``id``, ``notebook``, its ``titles``, the run's ``names``, ``parameters``,
        ``labels``, ``status`` ("ok" or "failed"), ``error`` (one line or None).
    lang : str
    expected : int
        Reports the catalogue asks for.

    Returns
    -------
    str
        One page that works from disk and asks no network; it lists everything without its script too.
    """
    order, items, filters = project.hook("sort") or project.unmarked, _items(entries, lang), []
    about, sections = project.content().get("filed", {}), dict[str, list[Any]]()
    for item in items:
        sections.setdefault(item["notebook"], []).append(item)
    for name, found in sections.items():
        if any(about[key].get("sorted") for item in found for key in item["filed"]):
            sections[name] = sorted(found, key=lambda item: order(item["label"]))
    for key, what in about.items():
        if values := {item["filed"][key] for item in items if key in item["filed"]}:
            filters.append((key, project.said(what.get("label", key), lang), sorted(values, key=lambda v: order(v[1]))))
    return _page(
        "reports",
        lang,
        ("reports.js",),
        sections=[(name, found[0]["title"], found) for name, found in sections.items()],
        filters=filters,
        found=_json(_found([item for found in sections.values() for item in found])),
        made=len(entries),
        expected=expected,
        failed=sum(e["status"] == "failed" for e in entries),
    )


# --- all the evidence


def _number(text: str | None, factor: float = 1) -> float | None:
    with suppress(ValueError):
        value = float(text or "nan") * factor
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return None


def _fits(row: dict[str, str], where: dict[str, list[str]]) -> bool:
    return all(row.get(key, "") in values for key, values in where.items())


def _evidence(entries: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    """Return what ``[evidence]`` says and the rows of the gathered results that it asks for: what the page's script shows."""
    about, named = _said(project.content()["evidence"], lang), project.content().get("labels", {})
    keys, said, scaled = list(about["columns"]), about.get("verdict", {}), about.get("scaled", {})
    sets = {key: catalogue.labelled(named[key]) for key in keys if key in named}
    labels = {key: {str(v): label.get(lang, str(v)) for v, label in found.items()} for key, found in sets.items()}
    units = catalogue.labelled(about["units"])
    logs = catalogue.labelled(scaled["set"]) if scaled else {}
    verdicts = {tuple(row[k] for k in said["keys"]): row for row in _rows(f"reports/{said['file']}")} if said else {}
    made = {entry["id"]: entry["parameters"] for entry in entries}
    best: dict[tuple[str, ...], tuple[int, dict[str, str]]] = {}
    for row in _rows("reports/results.csv"):
        if row["report"] in made and _fits(row, about["where"] | {key: list(found) for key, found in labels.items()}):
            alike = sum(row.get(k) == v for k, v in made[row["report"]].items())
            same = tuple(row.get(key, "") for key in (*keys, *about["apart"]))
            best[same] = max(best.get(same, (-1, row)), (alike, row), key=lambda pair: pair[0])
    places, rows = {report: n for n, report in enumerate(made)}, []
    for _, row in best.values():
        large = row[about["units_of"]] in logs
        numbers = [_number(row.get(k), scaled["factor"] if large else 1) for k in _NUMBERS]
        main = said and _fits(row, about["grid"]["where"]) and verdicts.get(tuple(row[k] for k in said["keys"]))
        told = [main[k] for k in said["columns"]] if main else []
        holm = _number(main[said["adjusted"].format_map(row)]) if main else None
        numbers.append(_number(row.get("p_value")))
        rows.append([places[row["report"]], [row.get(k, "") for k in keys], numbers, large, told, holm])
    return about | {
        "lang": lang,
        "keys": keys,
        "labels": labels,
        "order": {key: list(found) for key, found in labels.items()},
        "units": {v: label.get(lang, "") for v, label in units.items()},
        "ways": {v: label.get("way", "") for v, label in units.items()},
        "scaled": scaled.get("unit", ""),
        "verdict": said,
        "reports": list(made),
        "rows": rows,
    }


def evidence_html(entries: list[dict[str, Any]], lang: str) -> str:
    """
    Return the page with every estimate: filtered, sorted, downloaded, drawn by its script; its state stands in its address.

    Parameters
    ----------
    entries : list of dict
        As for :func:`reports_html`.
    lang : str
    """
    return _page("evidence", lang, ("stops.js", "evidence.js"), data=_json(_evidence(entries, lang)))


def write_site(entries: list[dict[str, Any]], expected: int) -> None:
    """
    Write these pages in every language, each file whole or not at all; unchanged ones are left alone.

    Parameters
    ----------
    entries, expected
        As for :func:`reports_html`.
    """
    content = project.content()
    for lang in project.languages():
        pages = {"index": front_html(entries, lang), "reports": reports_html(entries, lang, expected)}
        if "evidence" in content:
            pages["evidence"] = evidence_html(entries, lang)
        for page in _said(content.get("site", {}).get("pages", []), lang):
            about = {"heading": page["title"], "text": _markdown(page["file"], lang)}
            pages[page["name"]] = _page(page["name"], lang, ("stops.js", "report.js"), "text", **about)
        for name, text in pages.items():
            target, written = project.reports() / render.page_of(name, lang), text.encode("utf-8", "replace")
            if not target.is_file() or target.read_bytes() != written:
                plan.write_whole(target, written)
