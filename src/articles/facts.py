"""Facts on their way into the ledger: a sheet to read and edit, accepted against the text, verified, dropped; ``rotation facts``."""

import hashlib
import re
import string
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd

from articles import propose, text
from helpers.record import ledger, places, tables, writing

_SHEET, _ABOUT = text.LANGUAGE["sheet"].split(), ["title", "publisher", "published", "url"]
_ARTICLE = [*_ABOUT, "text", "text_sha256"]
_RULES = tomllib.loads((resources.files("articles") / "sheet.toml").read_text(encoding="utf-8"))
_TRUTH = {word: answer for answer, words in _RULES.pop("truth").items() for word in words}
_LINKS = ("fact_wording", "flows", "movements", "claims", "targets")
_LEDGER = ("programme_facts", "sources_articles", *_LINKS)


def _refuse(rows, said, **about):
    """Refuse the first of some rows, if there is one, in the words of ``[refusals]``."""
    for row in rows[:1].to_dict("records"):
        raise ValueError(text.LANGUAGE["refusals"][said].format(**about | row))


def digest(words: str) -> str:
    """Return the SHA-256 of a text, whatever its spaces, line breaks and forms of letters."""
    return hashlib.sha256(" ".join(ledger.clean(words).split()).encode()).hexdigest()


def sheet(
    file: str | Path, out: str | Path | None = None, place: str | None = None, **about: str | None
) -> tuple[Path, pd.DataFrame]:
    """
    Write what an article says as a sheet, a row a number, that opens in a spreadsheet; nothing else is written.

    Parameters
    ----------
    file : path
        The article: text or a saved HTML page.
    out : path, optional
        The sheet (CSV); default: beside the article, as ``NAME.facts.csv``.
    place : str, optional
        The province the article is about.
    **about
        title, publisher, published, url, where known.

    Returns
    -------
    (Path, DataFrame)
        The sheet, and its rows as of :func:`articles.propose.propose`.

    Raises
    ------
    ValueError
        If the sheet exists: what a person wrote into it is not overwritten.
    """
    if about.get("published") and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(about["published"])):
        raise ValueError(f"--published {about['published']} is no day; expected YYYY-MM-DD, as 2023-06-09.")
    file, found = Path(file), propose.propose(file, place=place, published=about.get("published"))
    out = Path(out) if out else file.with_suffix(".facts.csv")
    if out.exists():
        raise ValueError(f"{out} exists and may hold your corrections; give --out another name, or delete it.")
    if found.empty:
        return out, found
    words = found.attrs["text"]
    sentences = {f"{at}:{ledger.mark(s)}": s for at, s in ledger.split(words).items()}
    rows = found.assign(accept="", sentence=found["quote_locator"].map(sentences))
    rows["missing"] = ["place " * a + "as_of " * b for a, b in found[["place", "as_of"]].isna().to_numpy().tolist()]
    first = ledger.clean(words.strip().partition("\n")[0]).strip()
    heading = len(first) < 120 and not re.search(r"[^.]\.[\"”’»)]*$", first)
    title = first if heading else " ".join(first.split()[:12])[:100].rstrip(" .,;:”»)") + "…"
    known = {"title": title, "published": found.attrs["published"], "text": str(file), "text_sha256": digest(words)}
    rows = rows.assign(**dict.fromkeys(_ARTICLE) | known | {k: v for k, v in about.items() if v}, about=place)
    columns = [*_SHEET, *_ARTICLE, *rows.columns.difference([*_SHEET, *_ARTICLE], sort=False)]
    writing.write_whole(out, "\ufeff" + rows[columns].to_csv(index=False, lineterminator="\n"))
    return out, found


def _edited(path):
    """Return the rows of a sheet as a spreadsheet saved it: UTF-8 or UTF-16, with commas, semicolons or tabs."""
    content = Path(path).read_bytes()
    try:
        words = content.decode("utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError(f"{path} is neither UTF-8 nor UTF-16 (byte {fault.start}); save it as CSV UTF-8.") from None
    try:
        rows = writing.as_text(words.strip() or "-", max(",;\t", key=words.strip().partition("\n")[0].count))
    except pd.errors.ParserError:
        raise ValueError(f"{path} is no table; expected a sheet that `rotation facts read` wrote.") from None
    if lost := [column for column in ("accept", *propose.COLUMNS, *_ARTICLE) if column not in rows]:
        raise ValueError(f"{path} lacks {', '.join(lost)}; expected the columns that `rotation facts read` wrote.")
    for column in ("as_of", "published", "value"):  # days as a spreadsheet writes them
        days = rows[column].str.removesuffix(" 00:00:00")
        rows[column] = days.str.replace(r"^(\d+)/(\d+)/(\d{4})$", lambda m: f"{m[3]}-{m[2]:0>2}-{m[1]:0>2}", regex=True)
        rows[f"typed_{column}"] = days.where(days != rows[column])
    for column in ("article", *_ARTICLE):
        if rows[column].nunique() not in (1, int(column in ("article", "text", "text_sha256"))):
            raise ValueError(f"{path}: write one and the same {column} in all rows, or read the article again.")
    return rows.set_index(rows.index + 2)


def accept(path: str | Path, short_name: str | None = None) -> list[str]:
    """
    Take the rows of a sheet that a person marked in column ``accept`` into the ledger: all of them or none.

    Every row is verified against the text. With the facts go: title, publisher, date, address and hash of the text
    (``sources_articles``), post, level, locality and verb (``fact_wording``), flows and targets.

    Parameters
    ----------
    path : path
        A sheet of :func:`sheet`, edited.
    short_name : str, optional
        Such as ``SL22``; default: made from place and year.

    Returns
    -------
    list of str
        The new fact_ids.

    Raises
    ------
    ValueError
        For no marked row, a row with a problem or not in the text, a text that changed or is known under another name, or any fault that
        the codebook finds; nothing is written then.
    """
    rows = _edited(path)
    marks = rows["accept"].fillna("no").str.normalize("NFC").str.strip().str.casefold().map({"": "False"} | _TRUTH)
    _refuse(rows[marks.isna()].assign(row=rows.index[marks.isna()]), "mark", path=path)
    chosen = rows[marks == "True"]
    if chosen.empty:
        raise ValueError(f"no row of {path} is marked; write x in column accept of each row that is right.")
    if short_name and not re.fullmatch(r"[A-Z]{2,3}\d\d", short_name):
        raise ValueError(f"{short_name} is no short name; expected two or three capitals and two digits, as SL22.")
    about = rows.bfill().iloc[0].dropna().to_dict()
    beside = Path(path).with_name(Path(about["text"]).name)  # a sheet and its article are moved together
    name, known_by = about["article"], about["text_sha256"]
    words = text.read(beside if beside.exists() and not Path(about["text"]).exists() else about["text"])
    _refuse(rows[: int(digest(words) != known_by)], "changed", path=path)
    with writing.changed(_LEDGER) as new:
        facts, sources = new["programme_facts"], new["sources_articles"]
        known = sources[sources["article"] == name]
        _refuse(sources[(sources["text_sha256"] == known_by) & (sources["article"] != name)], "same_text", name=name)
        _refuse(known[known["text_sha256"].fillna(known_by) != known_by], "other_text")
        nameless = known.empty and not {"publisher", "published"} <= about.keys()
        _refuse(rows[: int(nameless)], "no_source", name=name, path=path)
        chosen = _checked(chosen.assign(article=name), path, words, about, facts)
        posts = new["fact_wording"].query("aspect == 'post'")[["fact_id", "token"]].rename(columns={"token": "post"})
        same = ["article", "value", "unit", "quote_locator", "post"]
        _refuse(chosen.merge(facts.merge(posts, how="left"), on=same), "already")
        short = known["short_name"].iloc[0] if len(known) else short_name or _short(chosen, about, sources)
        taken = facts["fact_id"].str.extract(rf"^{re.escape(short)}-(\d+)$")[0].dropna().astype(int)
        chosen["fact_id"] = [f"{short}-{n + max(taken, default=0):02d}" for n in range(1, len(chosen) + 1)]
        chosen["note"] = "printed as: " + chosen["printed"]
        added = {"programme_facts": chosen.assign(derived="false"), **_linked(chosen, short, new["flows"])}
        if known.empty:
            source = {"short_name": short, "published_basis": "stated", "licence_or_terms": "press, facts only"}
            added["sources_articles"] = pd.DataFrame([about | source])
        new |= {t: pd.concat([new[t], rows.reindex(columns=new[t].columns)]) for t, rows in added.items() if len(rows)}
    return chosen["fact_id"].tolist()


def _checked(rows, path, words, about, facts):
    """Return rows of a sheet as the ledger takes them; refuse the first cell that text, codebook or another cell denies."""
    found = propose.propose_text(words, about["article"], about.get("about"), about.get("published"))
    read = found.set_index("proposal_id").reindex(rows["proposal_id"]).set_index(rows.index)
    rows = rows.assign(published=about.get("published"), typed_published=about.get("typed_published"))
    for column in ("published", "as_of", "value"):  # 5/6: the day before the month, unless a spreadsheet turned them
        seen = pd.Series(found.attrs["dated"], rows.index, "str") if column == "published" else read[column]
        odd = rows.assign(row=rows.index, typed=rows[f"typed_{column}"], seen=seen.fillna("nothing"))
        _refuse(odd[odd["typed"].notna() & (odd[column] != seen)], "day", path=path, column=column)
    local = rows["non_local"].str.strip().str.casefold().map(_TRUTH).astype("str").fillna(rows["non_local"])
    rows = rows.assign(non_local=local, province_code=rows["province_code"].str.zfill(2), check=read["check"])
    printed = [bool(re.search("[.,]", v)) and v in p for v, p in rows[["value", "printed"]].fillna("").to_numpy()]
    rows["value"] = rows["value"].mask(printed, read["value"])  # 73,3 or 17.000: the number that was read
    named = rows["place"].where(rows["place_level"] == "province", "").fillna("").map(places.find_all)
    named = named.map(lambda found: found[0][2] if found else None).astype("str")
    rows["own"] = named.fillna(read["province_code"].where(rows["place"] == read["place"]))
    raw = rows[[*propose.COLUMNS, "own"]].assign(read=read["printed"], published=about.get("published")).astype("str")
    raw["named"] = rows["measure"].str.extract(f"({'|'.join(text.LANGUAGE['posts'])})")[0]
    sentences = {f"{at}:{ledger.mark(s)}": ledger.clean(s) for at, s in ledger.split(words).items()}
    whole = read["quote_locator"].map(sentences).fillna("")
    of = rows["denominator"].fillna("").str.extract(r"^(?P<printed>\S*) ?(?P<unit>.*)")
    for column, given, was in (("unit", rows, read["unit"]), ("denominator", of, read["denominator"])):
        says = [_says(*cells) for cells in zip(whole, given["printed"], given["unit"].fillna(""), strict=True)]
        raw[f"{column}_said"] = (pd.Series(says, rows.index) | (rows[column] == was)).astype("str")
    money = [token for token in tables.load("ledger_words")["token"] if re.search("VND|USD", token)]
    units = " ".join([*text.LANGUAGE["sets"].values(), *text.LANGUAGE["counted"]]).split()
    closed = {"unit": {*units, *money, *facts["unit"], *found["unit"].dropna()}, "post_level": ledger.LEVELS}
    closed |= {name: text.LANGUAGE[f"{name}s"] for name in ("post", "verb")}
    for wrong in tables.faults_in(raw, str(path), ["programme_facts", "flows"], closed, _RULES):
        raise ValueError(f"{rows.at[wrong.row, 'proposal_id']} of {wrong}")
    of = rows.assign(value=rows["denominator"].str.extract(r"(\d[\d.]*)")[0], unit="as denominator")
    each = pd.concat([rows, of.dropna(subset="value")]).assign(fact_id=lambda x: x["proposal_id"], derived=False)
    _refuse(ledger.verify({about["article"]: words}, each).query("status != 'verified'"), "unverified")
    return rows.assign(province_code=rows["province_code"].fillna(rows["own"])).reset_index(drop=True)


def _says(sentence, printed, unit):
    """Return whether the words beside a number name a unit of what is counted, or the scale and currency of a sum."""
    spots = [m.span() for m in re.finditer(rf"(?<!\d){re.escape(str(printed))}", sentence)]
    near = " | ".join(sentence[max(0, a - 40) : b + 60] for a, b in spots).lower() or sentence.lower()
    if re.search(r"[^\W\d]|%", str(printed)):  # its own unit is printed with it
        near = re.split("[,;.(]", " ".join(sentence[b : b + 25] for _, b in spots[:1]))[0]
        near = f"{printed} {near}".lower()
    if money := re.match("(?:(.*) )?(VND|USD)", unit):
        words = _words(sorted(text.LANGUAGE["money"], key=len, reverse=True), near)
        scales = {text.LANGUAGE["money"][word] for word in words} & {*text.LANGUAGE["sizes"]}
        named = re.search(text.LANGUAGE["currency"][money[2]], near)
        return bool(named) and (money[1] in scales if money[1] else not scales)
    nouns = {propose.unit_of(noun) for noun in _words([propose.NOUNS], near)}
    return unit in nouns or unit == "units" or unit not in text.LANGUAGE["counted"]


def _words(ways, near):
    return [m[0] for m in re.finditer(rf"(?i)\b(?:{'|'.join(ways)})\b", near)]


def _short(rows, about, sources):
    """Return a free short name: initials of the place and the year of publication."""
    code = next(iter(rows["province_code"].dropna()), None)
    letters = "".join(word[0] for word in places.slug(code).split("-")) + "x" if code else "vn"
    tries = (f"{letters[:2].upper()}{more}{str(about['published'])[2:4]}" for more in ["", *string.ascii_uppercase])
    return next(name for name in tries if name not in set(sources["short_name"]))


def _linked(rows, short, known):
    """Return the rows of the linked tables that accepted facts bring."""
    told = {name: rows[name] for name in ("post", "post_level", "verb", "check")}
    told["locality"] = rows["non_local"].map({"True": "non_local", "False": "local"})
    cells = rows[["fact_id", "quote_locator"]]
    wording = [cells.assign(aspect=aspect, token=token).dropna() for aspect, token in told.items()]
    ids = rows[rows["unit"] == "id"].set_index("value")["fact_id"]
    goals = _goals(rows).assign(operator="equal")
    window = goals["as_of"].str.extract(r"^(\d{4})(?:.*\.\.(\d{4}))?")
    goals["target_id"] = [f"{short}-T{int(i.rpartition('-')[2])}" for i in goals["fact_id"]]
    goals.loc[goals["value_qualifier"].isin(["at_least", "more_than"]), "operator"] = "at_least"
    goals.loc[goals["value"].eq("100") & goals["unit"].eq("percent"), "operator"] = "all"
    goals["window_start"], goals["window_end"] = window[0].where(window[1].notna()), window[1].fillna(window[0])
    goals["instrument_fact"] = goals["instrument"].str.extract("^([^;]*)")[0].map(ids.to_dict())
    return {"fact_wording": pd.concat(wording), "flows": _flows(rows, short, known), "targets": goals}


def _flows(rows, short, known):
    """Return the flows, in a table named by the place, and the total that their sentence prints before them and was checked with them."""
    parts = rows.dropna(subset=["origin_level", "destination_level"]).assign(role="flow")
    same = ["quote_locator", "check", "unit"]
    above = rows.drop(parts.index).merge(parts.groupby(same, as_index=False)["proposal_id"].min(), on=same)
    above = above[above["proposal_id_x"] < above["proposal_id_y"]].assign(role="total", scope="all")
    above = above if len(above) == 1 == parts["quote_locator"].nunique() else above[:0]
    name = "-".join([*map(places.slug, parts["province_code"].dropna().unique()[:1])]) or short.lower()
    others = known.loc[~known["fact_id"].str.startswith(f"{short}-"), "flow_table"].str.replace("_", "-")
    return pd.concat([parts, above]).assign(flow_table=f"{name}-{short.lower()}" if name in set(others) else name)


def _goals(rows):
    """Return the targets of a post; one printed beside a count of so many, and checked with it, has its post and is met or missed by it."""
    totals = dict(zip(rows["quote_locator"] + rows["value"] + " " + rows["unit"], rows["fact_id"], strict=True))
    counts = rows.dropna(subset=["denominator", "post", "check"]).drop_duplicates("quote_locator", keep=False)
    counts = counts.assign(total_fact=(counts["quote_locator"] + counts["denominator"]).map(totals))
    goals = rows[rows["kind"] == "target"].set_index(["quote_locator", "place", "check"])
    beside = counts.set_index(goals.index.names).reindex(goals.index)
    goals = goals.fillna(beside[["post", "post_level"]]).assign(target_fact=goals["fact_id"])
    beside = beside.where(goals["post"] == beside["post"])
    goals = goals.assign(achieved_fact=beside["fact_id"], total_fact=beside["total_fact"], level=goals["post_level"])
    return goals.dropna(subset=["post", "level", "province_code"]).reset_index()


def drop(which: list[str]) -> list[str]:
    """
    Take facts out of the ledger again, with what is linked to them; an article without facts goes too.

    Parameters
    ----------
    which : list of str
        fact_ids, or the short name or file name of an article, which means all its facts.

    Returns
    -------
    list of str
        The fact_ids that went.

    Raises
    ------
    ValueError
        For an unknown name, or a fact that another fact is derived from.
    """
    with writing.changed(_LEDGER) as new:
        facts, sources = new["programme_facts"], new["sources_articles"]
        names = dict(zip(sources["short_name"], sources["article"], strict=True))
        asked = {names.get(x, x) for x in which}
        gone = facts[facts["fact_id"].isin(asked) | facts["article"].isin(asked)]
        if odd := asked - set(gone["fact_id"]) - set(gone["article"]):
            raise ValueError(f"{', '.join(sorted(odd))}: no such fact or article; expected some of {', '.join(names)}.")
        new["programme_facts"] = left = facts.drop(gone.index)
        new["sources_articles"] = sources[sources["article"].isin(left["article"])]
        for table in _LINKS:
            linked = new[table].filter(regex="fact(_id)?$").isin(set(gone["fact_id"])).any(axis=1)
            new[table] = new[table][~linked]
    return sorted(gone["fact_id"])


def verify(folders: list[str | Path]) -> pd.DataFrame:
    """
    Recompute the locator of every fact from the texts that are there.

    Parameters
    ----------
    folders : list of path
        Where the reader keeps articles; a file counts by its name (without its ending).

    Returns
    -------
    DataFrame
        As of :func:`helpers.record.ledger.verify`; facts of a text that is not there are "absent".
    """
    there = sorted(file for folder in folders for file in Path(folder).iterdir())
    files = {file.stem: file for file in there if file.suffix.lower() in (".txt", ".html", ".htm")}
    names = [name for name in tables.load("sources_articles")["article"] if Path(name).stem in files]
    return ledger.verify({name: text.read(files[Path(name).stem]) for name in names})


# --- the commands


def _say_read(args):
    out, found = sheet(args.file, args.out, args.place, **{name: getattr(args, name) for name in _ABOUT})
    checks, problems = found.attrs["checks"], found["problem"].notna().sum()
    wrong = [c for c in checks if c["verdict"] != "holds"]
    said = [f"not read as sentences, its numbers are listed as unread: {line}" for line in found.attrs["skipped"]]
    said += [f"contradiction ({c['rule']}, {c['at']}): {c['text']}\n    {c['sentence']}" for c in wrong]
    if found.empty:
        said.append(f"no proposals: {found.attrs['reason']}. Nothing was written.")
    else:
        holds = len(checks) - len(wrong)
        said.append(f"{len(found)} rows, {problems} with a problem; {holds} checks hold, {len(wrong)} do not.")
        if nowhere := int(found["place"].isna().sum()):
            said.append(f"{nowhere} rows have no place: fill place and place_level, or read again with --place.")
        said.append(f"Mark the right ones with x in {out}, then:\n.venv/bin/rotation facts accept '{out}'")
    print("\n".join(said))


def _say_accept(args):
    new = accept(args.sheet, args.short_name)
    print(f"accepted: {', '.join(new)}\nIts pages: .venv/bin/rotation run --only '0[23]_*/*'")
    print(f"Undo: .venv/bin/rotation facts drop {new[0].partition('-')[0]}, or single facts by their names")


def _say_drop(args):
    print("dropped: " + ", ".join(drop(args.which)))


def _say_verify(args):
    writing.finish()
    result = verify(args.articles)
    there = result[result["status"] != "absent"]
    wrong = there[~there["status"].isin(["verified", "external"])]
    said = [f"{row.fact_id}: {row.status}: {row.detail}" for row in wrong.itertuples()]
    said += [f"not verified: {name}" for name in sorted(set(result["detail"]) - set(there["detail"]))]
    counts = ", ".join(f"{n} {status}" for status, n in result["status"].value_counts().items())
    print("\n".join([*said, f"{len(result)} rows: {counts}."]))
    return int(len(wrong) > 0)


def _say_check(_):
    writing.finish()
    found = ledger.check()
    for row, what in zip(found.to_dict("records"), ledger.told(found)["what"], strict=True):
        print("{rule} ({severity}, {confidence}): {facts}: {what}".format(**row, what=what))


def command(commands: Any) -> None:
    """
    Add ``facts`` to the command of the project (entry point of group ``press.commands``).

    Parameters
    ----------
    commands : argparse._SubParsersAction
        What ``ArgumentParser.add_subparsers`` gives.
    """
    words = text.LANGUAGE["commands"]
    facts = commands.add_parser("facts", help=words["facts"], description=words["facts"])
    inner = facts.add_subparsers(required=True, metavar="COMMAND")
    for act in (_say_read, _say_accept, _say_drop, _say_verify, _say_check):
        name = act.__name__.removeprefix("_say_")
        made = inner.add_parser(name, help=words[name]["does"], description=words[name]["does"])
        made.set_defaults(act=act)
        for argument, said in words[name].get("takes", {}).items():
            made.add_argument(argument, **said)
