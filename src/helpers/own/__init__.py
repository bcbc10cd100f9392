"""A reader's own panel: files and a short ``panel.toml`` in ``data/own/NAME/``, checked and joined to who led."""

import functools
import json
import re
import shlex
import shutil
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers import display, paths, study, words
from helpers.own import checking, guessing, reading
from helpers.own.reading import FORMS, Found, Text, W, numbers, of_months, says, shown
from helpers.record import places
from helpers.record.tables import Fault

__all__ = ["Check", "Panel", "check", "command", "create", "folder", "load", "name_units", "names", "recheck", "report", "slug", "tell", "told"]  # fmt: skip


def folder() -> Path:
    """Return the folder of own panels."""
    return paths.data() / "own"


def slug(name: str) -> str:
    """
    Return a name as folders and commands have it.

    Examples
    --------
    >>> slug("Xã của tôi_2")
    'xa-cua-toi-2'
    """
    made = re.sub(r"[^a-z0-9]+", "-", words.unmarked(name)).strip("-")[:40].strip("-")
    if not made:
        raise words.Refused("the name is {name}; expected letters or digits, such as my-communes.", name=repr(name))
    return made


def names() -> list[str]:
    """Return the names of the panels that are ready: checked by ``rotation new`` and without a fault."""
    return sorted(path.parent.name for path in folder().glob("[!.]*/ready"))


def tell(text: object) -> str:
    """Return a `reading.Text` (or any other value) in the language switched on."""
    if not isinstance(text, Text):
        return str(text)
    return words._(text.message, **{k: tell(v) if isinstance(v, str) else v for k, v in text.values.items()})


class Panel(study.Panel):
    """A `study.Panel` whose texts come from panel.toml; its frame has ``weights`` and ``cluster`` where panel.toml names them."""

    @property
    def _indicator(self) -> dict[str, Any]:
        one, spread = self.given["outcome"], self.scale * float(np.nanstd(self.frame["y"]))
        named = {f"label_{lang}": one[f"label_{lang}"] or one["column"] for lang in words.LANGUAGES}
        digits = int(np.clip(2 - np.floor(np.log10(spread or 1.0)), 0, 6))
        return one | named | {"decimals": digits, "reading_en": "", "reading_vi": "", "table": ""}

    by, sample = "", "all"  # who counts as non-local is the reader's to say; its units are all that there are

    @property
    def digits(self) -> int:
        """Decimals with which estimates are shown: three figures of the standard deviation."""
        return self._indicator["decimals"]

    @property
    def led_by(self) -> str:
        """The treatment in running text, in the language switched on."""
        return words.known(self.given.get("treatment", self.given["about"]["leaders"][f"treated_{words.language()}"]))

    @property
    def local_only(self) -> bool:
        """Whether locals lead in all other years: not where panel.toml names another treatment, or both posts of the record."""
        led, name = self.given["about"]["leaders"], f"treated_{words.language()}"
        return led["record"] != "both" and led[name] == W["leaders"][name] and super().local_only

    @property
    def unit(self) -> str:
        """What a unit is called, in the language switched on."""
        return words._(self.given["about"]["level"].replace("other", "unit"))

    @property
    def units(self) -> str:
        """What several units are called, in the language switched on."""
        return words._(W["several"][self.given["about"]["level"]])

    @property
    def source(self) -> str:
        """The folder behind the panel, for the foot of a figure."""
        return f"own/{self.given['name']}"

    @study.handed_out
    def rows(self) -> pd.DataFrame:
        """The rows behind every number."""
        return self.frame.rename(columns={"unit_code": "unit"})


class Check(checking.Checking):
    """
    What was understood of a panel, and what is wrong with it.

    ``name``; ``about`` (its ``panel.toml`` as a dict); ``faults`` (`tables.Fault`, texts are `reading.Text`; any of them and the
    panel is not used); ``notes`` (the same, accepted all the same); ``facts``; ``frame`` (units, years, outcomes, who led; None
    with faults); ``step`` (years between a row and the next); ``crosswalk`` (where boundaries of 2025 are asked for: old_code,
    new_code, new_name, fate); ``written``.
    """

    written = True

    def panel(self, outcome: str = "") -> Panel:
        """Return one outcome (the first where empty) as a `Panel` that every estimator takes; ``definition`` is ``own``."""
        about, frame = self.about, self.frame
        outcome = study.choose("outcome", outcome, self.outcomes) if outcome else self.outcomes[0]
        one, covariates = about["outcome"][self.outcomes.index(outcome)], tuple(about["covariates"])
        log, window = one["scale"] == "log", (int(frame["year"].min()), int(frame["year"].max()))
        y = np.log(frame[outcome]) if log else frame[outcome]
        frame = frame.drop(columns=list({*self.outcomes}.difference(covariates))).assign(y=y, source=f"own/{self.name}")
        given = {"about": about, "outcome": one, "name": self.name}
        return Panel(frame, outcome, "own", window, "log" if log else None, covariates, "", given)


def _line(fault: Fault) -> str:
    """Return a fault or note as one line, in the language switched on."""
    say, column = W["said"], shown(fault.column)
    place = shown(fault.file) + words._(say["row"], row=fault.row) * bool(fault.row)
    place += words._(say["section" if column[:1] == "[" else "column"], column=column) * bool(fault.column)
    return words._(say["line"], place=place, **{key: tell(part) for key, part in fault._asdict().items()})


def told(mine: Check) -> words.Sentence:
    """Return what the checks say of a panel as a list in Markdown, in the language switched on; no value in it is read as Markdown."""
    said = [words.say("- {fact}", fact=tell(fact)) for fact in mine.facts]
    said += [words.say("- {fact}", fact=words._(W["said"]["heads"][1]))] * bool(mine.notes)
    return words.Sentence("\n".join([*said, *(words.say("    - {fact}", fact=_line(note)) for note in mine.notes)]))


def name_units(mine: Check) -> None:
    """Let the tables of this page speak of units where those of the panel are no provinces."""
    display.RENAMED = W["headings"] if mine.about["level"] != "province" else {}


def load(name: str) -> Check:
    """
    Load an own panel, checked.

    Parameters
    ----------
    name : str
        Folder in ``data/own/``.

    Raises
    ------
    tables.DataFault
        Where the check finds a fault. words.Refused: no such panel.
    """
    return check(name).stop()


def check(panel: str | pd.DataFrame, leaders: pd.DataFrame | None = None, **about: Any) -> Check:
    """
    Read and check a panel; change nothing.

    Parameters
    ----------
    panel : str or DataFrame
        A folder in ``data/own/``, or a table in memory: years in a column, in the index or across.
    leaders : DataFrame, optional
        Terms in office, beside a table in memory.
    **about
        Keys of panel.toml for a table in memory (``unit``, ``year``, ``level``, ``covariates``, ...; those of [leaders] too; ``outcome``: names
        of columns); those left out are guessed.

    Examples
    --------
    >>> table = pd.DataFrame({"city": [*"aabb"], "year": [2001, 2002] * 2, "y": [1.5, 2, 3, 4], "treated": [0, 1, 0, 0]})
    >>> check(table).frame["treated"].sum()
    np.int64(1)
    """
    if not isinstance(panel, pd.DataFrame):
        return _named(panel)
    with reading.light(5 * panel.size):
        made = Check("")
        with made.guard():
            both = {"panel": panel} | ({} if leaders is None else {"leaders": leaders})
            made.where = {file: reading.laid(table, made) for file, table in both.items()}
            given, _ = _guess({(file, ""): table for file, table in made.where.items()}, Found("panel"))
            given["leaders"] |= {key: about.pop(key) for key in set(about) & set(W["leaders"]) - set(W["panel"])}
            made.run(given | about | {"outcome": [{"column": c} for c in about.get("outcome", ())] or given["outcome"]})
        return made


def _named(panel: str, read: Any = ()) -> Check:
    """Return the check of a panel in its folder; ``read`` is what was read of its files already."""
    name = panel if (folder() / panel / "panel.toml").is_file() else slug(panel)
    if not (folder() / name / "panel.toml").is_file():
        said = "there is no data/own/{name}/panel.toml; panels are: {near}. Take a file in with: rotation new {name} --from FILE"
        raise words.Refused(said, name=name, near=", ".join(get_close_matches(name, names(), 1) or names()) or "none")
    made = Check(name, folder() / name)
    made.read |= read
    with made.guard():
        made.run()
    return made


def create(name: str, files: Sequence[str | Path], *, replace: bool = False, **leaders: str) -> Check:
    """
    Take in a reader's files as ``data/own/NAME/``: copy them, guess the columns, write ``panel.toml``, check.

    Parameters
    ----------
    name : str
        Any; the folder is its `slug`.
    files : sequence of Path
        One with units, years and outcomes; another one, or another sheet of it, may hold terms in office.
    replace : bool
        Take the data of a panel that is there anew; its ``panel.toml`` stays.
    **leaders
        ``record`` (secretary, chair, either, both) and ``definition``: who led, from the project's own record.

    Returns
    -------
    Check
        ``written`` is False where no file can be read as a table: then nothing was written.
    """
    with reading.light(sum(Path(file).stat().st_size for file in files if Path(file).is_file())):
        found, read = Check(slug(name)), dict[tuple[Any, str], pd.DataFrame]()
        target, toml = folder() / found.name, folder() / found.name / "panel.toml"
        if toml.exists() and not replace:
            said = "data/own/{name} is there already; expected a new name. rotation new {name} checks it; with --replace its data are taken anew and panel.toml stays."  # fmt: skip
            raise words.Refused(said, name=target.name)
        for file in map(Path, files):
            inner, sheets = found.read[str(file)] = reading.opened(file, file.name)
            found.faults, found.notes = found.faults + inner.faults, found.notes + inner.notes
            read |= {(file, sheet): table for sheet, table in sheets.items()}
        again = len(found.notes)  # the check says them again
        with found.guard():
            found.stop("" if read or found.faults else "no_rows")
            about, main = _guess(read, found)
        found.written = not found.faults
        if not found.written:
            return found
        target.mkdir(parents=True, exist_ok=True)
        copies: dict[Path, str] = {}
        for part, stem in ((about, "panel"), (about["leaders"], "leaders")):
            if path := part["file"]:
                part["file"] = copies.setdefault(path, stem + re.findall(r"\.\w+(?:\.gz)?$", path.name.lower())[0])
        for path, called in copies.items():
            inner, _ = found.read[called] = found.read[str(path)]
            was, inner.file = inner.file, f"own/{target.name}/{called}"
            inner.notes = [note._replace(file=note.file.replace(was, inner.file, 1)) for note in inner.notes]
            shutil.copyfile(path, target / f".{called}").replace(target / called)
            for old in target.glob(called.split(".")[0] + ".*"):
                old.unlink() if old.name not in (called, "panel.toml") else None
        made = toml.read_text("utf-8") if toml.exists() else _toml(about | {"name_en": name, "name_vi": name}, main)
        paths.write_whole(toml, _filled(made, about))
        check = recheck(target.name, found.read, **leaders)
        check.notes = found.notes[again:] + check.notes
        return check


def recheck(name: str, read: Any = (), /, **leaders: str) -> Check:
    """
    Check a panel again, ``leaders`` (as in `create`) written to panel.toml; the file ``ready`` says whether reports may use it.

    ``read`` is what was read of its files already.
    """
    toml = folder() / slug(name) / "panel.toml"
    for key, value in leaders.items() if toml.is_file() else ():
        text = re.sub(rf"(?m)^{key} = .*\n", "", toml.read_text(encoding="utf-8"))
        paths.write_whole(toml, text.replace("[leaders]\n", f'[leaders]\n{key} = "{value}"\n', 1))
    found = _named(name, read)
    ready = folder() / found.name / "ready"
    ready.unlink(missing_ok=True) if found.faults else ready.touch()
    return found


def _guess(read: dict[tuple[Any, str], pd.DataFrame], found: Found) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return what panel.toml may say of tables, by place (file, sheet), and the one of them that has units and years."""
    kinds = {place: guessing.roles(table) for place, table in read.items()}
    dated = {place for place, kind in kinds.items() if kind["unit"] and kind["year"] not in ("", kind["start"])}
    main = max(read, key=lambda at: (at in dated, not kinds[at]["start"], at not in dated and read[at].size))
    for kind in [k for p, k in kinds.items() if p != main and not (kinds[main]["non_local"] or k["start"])]:
        if kind["non_local"] or any(says("local", c) or not kinds[main]["flags"] for c in kind["flags"]):
            kind |= {"start": kind["year"], "end": kind["year"]}  # who led in each year
    spells = next((p for p, k in kinds.items() if p != main and k["start"] and (k["non_local"] or k["end"])), None)
    if spells:  # their unit is the column that shares most values with a column of the main table
        kind, units = kinds[spells], read[main].iloc[:20_000].drop(columns=kinds[main]["year"], errors="ignore")
        there = {*map(guessing.toned, units.stack().dropna().str.lstrip("0").unique())}
        free = [c for c in read[spells] if c not in [kind[k] for k in ("year", "start", "end", "non_local", "person")]]
        shared = {c: read[spells][c].dropna().str.lstrip("0").map(guessing.toned).isin(there).sum() for c in free}
        like = {c: (c == kinds[main]["unit"], says("code", c) or says("unit_in", c), c == kind["unit"]) for c in free}
        kind["unit"] = max(reversed(shared), key=lambda c: (shared[c], like[c]), default="")
    keys, others = ("unit", "start", "end", "person", "non_local"), [one for one in read if one not in (main, spells)]
    some = [one for one in others if len(read[one].columns) > 2]  # terms have a unit, a start and who is non-local
    unread = [] if spells or kinds[main]["non_local"] else [p for p in some if p[0] != main[0] or not kinds[p]["year"]]
    for place, kind in [(one, kinds[one]) for one in others]:
        found.file = Path(place[0]).name + f" [{place[1]}]" * bool(place[1])
        unlike = "unused" if kind["start"] or not kind["year"] else "unused_panel"
        unlike = unlike if place in some or place[0] != main[0] else "other_sheet"
        found.say(unlike, text=shown(read[place]), roles=[k for k in keys if k != "person" and not kind[k]] or ["-"])
    table, by = read[main], kinds[spells or main]
    role = guessing.roles(table, read[spells][by["unit"]].str.lstrip("0")) if spells and by["unit"] else by
    led = {key: by[key] for key in (keys if spells or (role["start"] and role["end"]) else keys[3:])}
    used = {role[key] for key in ("unit", "unit_name", "year")} | (set() if spells else {led[key] for key in keys[3:]})
    filled = {c: v[~reading.empty(v, *W["marks_of_no_value"])].dropna() for c, v in table.items() if c not in used}
    numeric = [c for c, v in filled.items() if reading.is_number(reading.bare(v.iloc[:2000])).mean() > 0.5]
    numeric = numeric or [c for c, v in filled.items() if v.iloc[:2000].str.match(r"\D{0,6}\d").mean() > 0.5]
    decimal, thousands = reading.marks([reading.bare(filled[c].drop_duplicates()) for c in numeric])
    none = [*role["flags"], *W["columns"], *guessing.measured(table[numeric])]
    free = [c for c in numeric if c not in none and not says("code", c)]
    held = {c: filled[c].groupby(table[role["unit"]]).nunique() for c in free if role["unit"]}  # values of each unit
    still = {c for c, n in held.items() if n.quantile(0.9) <= 1} | {c for c in free if filled[c].nunique() < 2}
    when = [f"{y:.0f}" for y in reading.years(table[role["year"]])] if role["year"] else ["-"]
    still |= {c for c in free if all(map(str.__contains__, table[c].fillna(""), when))}  # keys of a unit in a year
    still |= {c for c in free if filled[c].str.fullmatch(r"0\d+").any() and filled[c].str.len().nunique() == 1}  # codes
    still |= {c for c in free if len(table) > 1 and pd.to_numeric(table[c], "coerce").diff().iloc[1:].eq(1).all()}
    still |= {c for c in free if (FORMS["row_number"].fullmatch(c) and table[c].is_unique) or says("of_persons", c)}
    # ages, races, parties, their codes
    worded = {c for c in filled if c not in numeric and len(table) > 20 * table[c].nunique()} - {*role["flags"]}
    sorts = [table[c] for c in table if table[c].nunique() <= 8 and (says("figures", c) or c in worded)]
    still |= {c for c in free if of_months(table[c]) or any(table[c].groupby(s).nunique().max() == 1 for s in sorts)}
    still |= {c for c in free if filled[c].nunique() <= 10 and (says("home", c) or says("certain", c))}
    still |= {c for c in free if filled[c].nunique() < len(table) / 2 and reading.years(filled[c]).notna().all()}
    if role["year"] and table.get(role["unit"], pd.Series()).nunique() > 2:  # periods: one for all units, and growing
        each = table.groupby(role["year"])  # codes of two numberings: of one unit each, and for years
        still |= {c for c in held if held[c].max() <= len(each) / 4 and (each[c].nunique() == each[c].count()).all()}
        still |= {c for c in free if each[c].nunique().max() < 2 and numbers(each[c].first()).is_monotonic_increasing}
    outcomes = [c for c in free if c not in still] or free or numeric
    found.say("unstored", names=[c for c in filled if filled[c].str[0].eq("=").mean() > 0.5], file=Path(main[0]).name)
    found.say("no_outcomes", names=[c for c in free if c not in outcomes], file=Path(main[0]).name)
    lost = sorted(set().union(*(set(table[c].dropna().unique()) - set(filled[c].unique()) for c in outcomes)))
    said = " ".join([*outcomes, *table.attrs.get("labels", {}).values()])
    lost += [mark for mark in {*FORMS["sentinel"].findall(said)} if table[outcomes].eq(mark).any(axis=None)]
    few = outcomes if len(outcomes) <= 13 else outcomes[:1]  # months and their sum
    found.say("more_outcomes", column="".join(few[:1]), names=outcomes[len(few) :], file=Path(main[0]).name)
    about = {key: role[key] for key in ("unit", "unit_name", "year")} | dict(zip(("file", "sheet"), main, strict=True))
    about |= {"decimal": decimal, "thousands": thousands, "missing": lost}
    about["level"] = guessing.level_of(table, role["unit"], role["unit_name"]) if role["unit"] else "other"
    if about["level"] == "province" and not led["non_local"]:  # homes tell it there
        homes = [(c, cells.dropna()[:200]) for c, cells in read[spells or main].items() if says("home", c)]
        led["non_local"] = "".join([c for c, cells in homes if places.meant(cells).notna().mean() > 0.8][:1])
    label, title = table.attrs.get("labels", {}), table.attrs.get("title", "")
    beside = {c: filled[c].iloc[:2000].str.extract(W["patterns"]["signed"])["unit"].dropna().unique() for c in few}
    units = {c: reading.measure(c) or (*beside[c], table.attrs.get("measure", ""))[0] for c in few}
    both = {c: {"unit_en": unit, "unit_vi": unit} if unit else {} for c, unit in units.items()}
    about["outcome"] = [{"column": c, "label_en": label.get(c, title * (c == "value") or c), **both[c]} for c in few]
    return about | {"leaders": led | dict(zip(("file", "sheet"), spells or [*unread, ("", "")][0], strict=True))}, table


_quoted = functools.partial(json.dumps, ensure_ascii=False)


def _toml(about: dict[str, Any], table: pd.DataFrame) -> str:
    import jinja2

    forms = jinja2.Environment(loader=jinja2.PackageLoader("helpers"), trim_blocks=True, lstrip_blocks=True)
    form = forms.overlay(keep_trailing_newline=True).get_template("panel.toml.j2")
    used = {one["column"] for one in about["outcome"]} | {about[key] for key in ("unit", "year", "unit_name")}
    rest = [c for c in table if c not in used | {*about["leaders"].values()}]
    return form.render(about, q=_quoted, led=W["leaders"] | about["leaders"], headings=[*table], others=rest)


def _filled(text: str, about: dict[str, Any]) -> str:
    """Return a panel.toml with the guesses of unit and year where it names none, and of the leaders where it names nobody."""
    top, mark, led = text.partition("\n[leaders]")
    for key in [key for key in ("unit", "year") if about[key] and f'\n{key} = ""' in top]:
        block = rf"\[\[outcome\]\]\ncolumn = {re.escape(_quoted(about[key]))}\n(?:.+\n)+\n?"
        top = re.sub(block, "", top).replace(f'\n{key} = ""', f"\n{key} = {_quoted(about[key])}")  # no outcome then
    for key, value in about["leaders"].items() if not re.search(r'(?m)^(non_local|local|record) = "[^"]', led) else ():
        led = led.replace(f'\n{key} = ""', f"\n{key} = {_quoted(value)}")
    return top + mark + led


def report(found: Check) -> list[str]:
    """Say what was understood of a panel, what is wrong, and what to do next: lines in the language switched on."""
    say, state = W["said"], "unwritten" if not found.written else "faulty" if found.faults else "ready"
    then = [words._(text, folder=f"data/own/{found.name}", name=found.name) for text in W["next"][state]]
    for one in found.about["outcome"][1:] if state == "ready" else ():
        choice = shlex.join([f"panel={found.name}", f"outcome={one['column']}"])
        then.append(words._(say["add"], outcome=shown(one["label_en"] or one["column"]), choice=choice))
        then.append(W["entry"] % (found.name, json.dumps(one["column"], ensure_ascii=not one["column"].isprintable())))
    blocks = (map(tell, found.facts), map(_line, found.notes), map(_line, found.faults), then)
    parts = {head: [f"  {one}" for one in lines] for head, lines in zip(say["heads"], blocks, strict=True)}
    return [text for head, lines in parts.items() if lines for text in (words._(head), *lines)]


def command(commands: Any) -> None:
    """Add ``new`` to the commands: take your own table in as a panel, or check one that is there."""
    said = "Take your own table in as a panel, or check one that is there."
    new = commands.add_parser("new", help=said, description=said)
    for flag, options in W["command"].items():
        new.add_argument(flag, **options)
    new.set_defaults(act=_new)


def _new(args: Any) -> int:
    words.use(args.lang)
    for given, needed, there in (("--definition", "--leaders", args.record), ("--replace", "--from", args.files)):
        if getattr(args, given[2:]) and not there:
            raise words.Refused("{given} means nothing without {needed}; give both.", given=given, needed=needed)
    led = {"record": args.record, "definition": args.definition or "hometown"} if args.record else {}
    found = create(args.name, args.files, replace=args.replace, **led) if args.files else recheck(args.name, **led)
    print("\n".join(report(found)))
    return int(bool(found.faults))
