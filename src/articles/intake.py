"""Facts on their way into the ledger: proposals on disk, accepted by a person, and the commands ``helpers facts``."""

import os
import re
import tomllib
from importlib import resources
from pathlib import Path

import pandas as pd

from helpers import paths
from helpers.record import ledger, tables
from articles.propose import propose, score


def write(proposals, out=None):
    """
    Write proposals apart from the ledger and, beside them, the text that their locators refer to.

    Parameters
    ----------
    proposals : DataFrame
        As of ``propose.propose``.
    out : path, optional
        A CSV file; ``.cache/proposals/<article>.csv`` by default.

    Returns
    -------
    Path
    """
    out = Path(out) if out else (paths.cache() / "proposals" / proposals.attrs["name"]).with_suffix(".csv")
    out.parent.mkdir(parents=True, exist_ok=True)
    _replace(out.with_suffix(".txt"), proposals.attrs["text"])
    _replace(out, proposals.to_csv(index=False, lineterminator="\n"))
    return out


def _replace(path, text):
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8", newline="")
    os.replace(part, path)


def accept(proposals, ids, short_name, publisher=None, published=None, changes=None):
    """
    Append chosen proposals to ``data/programme_facts.csv``, and a new article to ``data/sources_articles.csv``: all of it or nothing.

    Parameters
    ----------
    proposals : path
        A file that :func:`write` made.
    ids : sequence of str
        ``proposal_id`` of the rows that a person has read and accepts.
    short_name : str
        Short name of the article (two or three capital letters and the year, such as ``SL22``); facts are numbered after it.
    publisher, published : str, optional
        Needed for an article that the ledger does not know; ``published`` defaults to the article's own date line.
    changes : dict of (str, str) to str, optional
        Corrected cells, by proposal and column.

    Returns
    -------
    list of str
        The new fact_ids.

    Raises
    ------
    ValueError
        For an unknown id, a row with a problem, a fact that is there already, or any fault that the codebook finds.
    """
    import filelock

    rows = _read(proposals).set_index("proposal_id", drop=False)
    stamped = rows.loc[rows["measure"] == "article_publication_date", "value"]
    with filelock.FileLock(paths.cache() / "ledger.lock"):
        facts, sources = (_read(paths.data() / f"{n}.csv") for n in ("programme_facts", "sources_articles"))
        cells = [column for column in facts.columns if column in rows]
        chosen = _chosen(rows, ids, changes or {}, Path(proposals).name, cells)
        article = chosen["article"].iloc[0]
        twins = chosen.merge(facts, on=["article", "value", "unit", "quote_locator"])
        for twin in twins.itertuples():
            raise ValueError(f"{twin.proposal_id} is in the ledger already as {twin.fact_id}; leave it out.")
        last = facts["fact_id"].str.extract(rf"^{re.escape(short_name)}-(\d+)$")[0].dropna().astype(int).max()
        ids = [f"{short_name}-{n:02d}" for n in range(1, 1000) if not n <= last][: len(chosen)]
        new = chosen[cells].assign(fact_id=ids, derived="false", note="printed as: " + chosen["printed"])
        tables = {"programme_facts": pd.concat([facts, new.reindex(columns=facts.columns)])}
        if article not in set(sources["article"]):
            published = published or (stamped.iloc[0] if len(stamped) else None)
            if not publisher or not published:
                remedy = "give --publisher and --published (YYYY, YYYY-MM or YYYY-MM-DD)."
                raise ValueError(f"the article {article} is new; {remedy}")
            source = {"article": article, "short_name": short_name, "publisher": publisher, "published": published}
            source |= {"published_basis": "stated", "licence_or_terms": "press, facts only"}
            tables["sources_articles"] = pd.concat([sources, pd.DataFrame([source])])
        texts = {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
        _refuse_faults(texts)
        for name in sorted(texts, reverse=True):
            _replace(paths.data() / f"{name}.csv", texts[name])
    return ids


def _read(path):
    return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])


def _chosen(rows, ids, changes, file, cells):
    unknown = [i for i in ids if i not in rows.index]
    if unknown or not ids:
        some = f"expected some of {rows.index[0]} to {rows.index[-1]}"
        raise ValueError(f"{', '.join(unknown) or 'no id'} is not in {file}; {some}.")
    for (i, column), value in changes.items():
        if i not in rows.index or column not in cells:
            raise ValueError(f"{i}.{column} cannot be set; expected a proposal and one of {', '.join(cells)}.")
        rows.loc[i, column] = value
        if column == "value":
            rows.loc[i, "problem"] = pd.NA
    chosen = rows.loc[list(dict.fromkeys(ids))].reset_index(drop=True)
    for row in chosen[chosen["problem"].notna()].itertuples():
        remedy = f"Correct it with --set {row.proposal_id}.value=..., or leave it out."
        raise ValueError(f"{row.proposal_id} ({row.printed}): {row.problem}. {remedy}")
    return chosen


def _refuse_faults(texts):
    """Check changed tables against the codebook in a scratch copy of ``data/``, in a process of its own."""
    import subprocess
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        for file in paths.data().iterdir():
            (data / file.name).symlink_to(file.resolve())
        for name, text in texts.items():
            _replace(data / f"{name}.csv", text)
        code = "import sys; from helpers import datasets\nfor n in sys.argv[1:]: datasets.load(n)"
        command, place = [sys.executable, "-c", code, *texts], os.environ | {"PRESS_ROOT": scratch}
        done = subprocess.run(command, check=False, env=place, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip().split("\n")
        faults = [line.partition("DataFault: ")[2] or line for line in said if ".csv, row" in line] or said[-1:]
        raise ValueError("\n".join(["the ledger would not pass its checks; nothing was written:", *faults]))


def _parser():
    import argparse

    listed = (resources.files("press") / "templates" / "commands.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(listed)["facts"]
    parser = argparse.ArgumentParser(prog="helpers facts", description=facts["about"])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, said in facts["commands"].items():
        command = commands.add_parser(name, help=said["help"])
        for flag, option in said.get("options", {}).items():
            command.add_argument(flag, **option)
    return parser


def main(argv):
    """Return the exit code of ``helpers facts ...``: 0 where all is well, 1 where a fact does not verify."""
    args = _parser().parse_args(argv)
    return globals()[f"_{args.command}"](args)


def _verify(args):
    result = ledger.verify(args.articles)
    wrong = result[~result["status"].isin(["verified", "external"])]
    for row in wrong.itertuples():
        print(f"{row.fact_id}: {row.status}: {row.detail}")
    counts = ", ".join(f"{n} {status}" for status, n in result["status"].value_counts().items())
    print(f"{len(result)} rows: {counts}.")
    return 1 if len(wrong) else 0


def _check(args):
    for row in ledger.check().to_dict("records"):
        found = row["text_en"].format(**row["values"])
        print("{rule} ({severity}, {confidence}): {facts}: {found}".format(**row, found=found))
    return 0


def _propose(args):
    found = propose(args.file, place=args.place)
    for line in found.attrs["skipped"]:
        print(f"not read: {line}")
    if found.empty:
        print(f"no proposals: {found.attrs['reason']}. Nothing was written.")
    else:
        n = found["problem"].notna().sum()
        print(f"{len(found)} proposals, {n} with a problem: {write(found, args.out)}. The ledger is unchanged.")
    return 0


def _accept(args):
    cells = [re.fullmatch(r"(\w+)\.(\w+)=(.*)", text) for text in args.set or ()]
    if not all(cells):
        raise ValueError(
            f"--set {args.set[cells.index(None)]}; expected ID.COLUMN=VALUE, such as N003.measure=district_count."
        )
    changes = {(m[1], m[2]): m[3] for m in cells}
    new = accept(args.proposals, args.ids, args.short_name, args.publisher, args.published, changes)
    print("accepted: " + ", ".join(new))
    return 0


def _score(args):
    facts = tables.load("programme_facts")
    found = pd.concat([propose(Path(args.articles) / name) for name in sorted(set(facts["article"]))])
    print(score(found, facts)[0].round(3).to_string(index=False))
    return 0
