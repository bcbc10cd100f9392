"""The index of all reports: one page a language."""

import hashlib
import html
from typing import Any

from press import messages, project, render
from press.messages import Messages

_FILES = ("site.html.j2", "style.css", "index.css", "index.js")


def sources() -> list[str]:
    """Return digests of what the index is made from besides the reports: templates, messages, places, settings."""
    files = [
        *(render.FOLDER / name for name in _FILES),
        *(render.FOLDER.parent / f"locale/{lang}/LC_MESSAGES/press.po" for lang in project.languages()),
    ]
    tiles = project.content().get("tiles", {})
    files += [project.root() / tiles["csv"]] if "csv" in tiles else []
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    settings = repr([project.content().get(k) for k in ("project", "filed", "tiles", "labels", "sets")]).encode()
    return [hashlib.sha256(content).hexdigest() for content in (*contents, settings)]


def _order() -> Any:
    return project.hook("sort") or project.unmarked


def _tiles(lang: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the schematic map: a tile a value of one parameter, with the first report filed under it."""
    about, order = project.content().get("tiles", {}), _order()
    try:
        rows = project.rows(about["csv"])
        key, value = about["filed"], about["value"]
        links = {item["filed"][key]: item for item in reversed(items) if key in item["filed"]}
        names = _names(about.get("set", ""), lang)
        tiles = [
            {
                "code": row[value],
                "row": int(row["row"]) + 1,
                "col": int(row["col"]) + 1,
                "name": names.get(row[value], row[value]),
                "href": links[row[value]]["href"] if row[value] in links else None,
            }
            for row in rows
        ]
    except (OSError, KeyError, ValueError):
        return {}
    said = {k: project.said(about.get(k, ""), lang) for k in ("title", "note")}
    return {"tiles": sorted(tiles, key=lambda tile: order(tile["name"])), "key": key, **said}


def _names(name: str, lang: str) -> dict[str, str]:
    from press.catalogue import labelled

    return {value: labels.get(lang, value) for value, labels in labelled(name).items()} if name else {}


def _items(entries: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """Return what the index says of each report: under what it is filed, where its pages are, what a search finds."""
    filed, languages, items = project.content().get("filed", {}), project.languages(), []
    for entry in entries:
        parameters, labels = entry["parameters"], entry["labels"]
        found = {
            key: (str(parameters[name]), labels[name][lang])
            for key, what in filed.items()
            for name in what.get("parameters", [key])
            if name in labels
        }
        texts = [
            *entry["titles"].values(),
            *(text for label in labels.values() for text in label.values()),
            *map(str, parameters.values()),
        ]
        items.append(
            {
                "notebook": entry["notebook"],
                "label": entry["names"].get(lang) or entry["titles"].get(lang) or entry["slug"],
                "href": f"{entry['id']}/{lang}/index.html",
                "languages": [(code, f"{entry['id']}/{code}/index.html", name) for code, name in languages.items()],
                "status": entry["status"],
                "error": entry["error"],
                "filed": {key: value for key, (value, _) in found.items()},
                "choices": found,
                "text": project.unmarked(" ".join([entry["notebook"], entry["slug"], *texts])),
            }
        )
    return items


def index_html(entries: list[dict[str, Any]], titles: dict[str, dict[str, str]], lang: str, expected: int) -> str:
    """
    Return the page that lists all reports.

    Parameters
    ----------
    entries : list of dict
        One a report, in the catalogue's order: ``id``, ``notebook``, ``slug``, ``titles``, ``names``, ``parameters``,
        ``labels``, ``status`` ("ok" or "failed"), ``error`` (one line or None).
    titles : dict
        Notebook to its heading by language.
    lang : str
    expected : int
        Reports the catalogue asks for.

    Returns
    -------
    str
        One page that works from disk and asks no network; it lists everything without its script too.
    """
    script, order = render.asset("index.js"), _order()
    items, filters = _items(entries, lang), []
    sections: dict[str, list[Any]] = {}
    for item in items:
        sections.setdefault(item["notebook"], []).append(item)
    for key, what in project.content().get("filed", {}).items():
        values = {i["choices"][key][0]: i["choices"][key][1] for i in items if key in i["choices"]}
        if values:
            label = project.said(what.get("label", key), lang)
            filters.append((key, label, sorted(values.items(), key=lambda pair: order(pair[1]))))
    sorted_by = {key for key, what in project.content().get("filed", {}).items() if what.get("sorted")}
    text = render.template("site.html.j2").render(
        lang=lang,
        w=Messages(lang),
        title=project.said(project.setting("title"), lang),
        question=project.said(project.setting("question"), lang) or project.said(project.setting("title"), lang),
        others=[(code, render.index_of(code), name) for code, name in project.languages().items() if code != lang],
        codes=project.languages(),
        css=render.asset("style.css") + render.asset("index.css"),
        script=script,
        policy=render.policy(script),
        sections=[
            (
                name,
                _plain(titles, name, lang),
                sorted(found, key=lambda i: order(i["label"]) if sorted_by & {*i["filed"]} else order("")),
            )
            for name, found in sections.items()
        ],
        map=_tiles(lang, items),
        notebooks=[(name, f"{name.partition('_')[0]} {_plain(titles, name, lang)}") for name in sections],
        filters=filters,
        made=len(entries),
        expected=expected,
        failed=sum(e["status"] == "failed" for e in entries),
    )
    return render.without_control(text)


def _plain(titles: dict[str, dict[str, str]], name: str, lang: str) -> str:
    return html.unescape(messages.EXPRESSION.sub("…", titles.get(name, {}).get(lang, name)))


def write_index(entries: list[dict[str, Any]], titles: dict[str, dict[str, str]], expected: int) -> None:
    """
    Write the index in every language, each file whole or not at all; unchanged ones are left alone.

    Parameters
    ----------
    entries, titles, expected
        As for :func:`index_html`.
    """
    from press.plan import write_whole

    for lang in project.languages():
        target = project.reports() / render.index_of(lang)
        content = index_html(entries, titles, lang, expected).encode("utf-8", "replace")
        if not target.is_file() or target.read_bytes() != content:
            write_whole(target, content)
