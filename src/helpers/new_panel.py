"""Takes a reader's files in as an own panel: guesses which column is what, writes ``study.toml``, says what is next. All or nothing."""

import functools
import json
import re
import shutil
import tempfile
from dataclasses import replace as changed
from importlib import resources
from pathlib import Path

from helpers import own_panel
from helpers.record import tables
from helpers.own_panel import Check, shown, tell
from helpers.words import unmarked

w = own_panel.Text
_GUESS = {
    "unit": "unit_code code ma ma_xa maxa ma_huyen mahuyen ma_tinh matinh ma_dvhc ma_don_vi unit commune_code district_code province_code commune district province xa huyen tinh",
    "year": "year nam yr",
    "start": "start start_date tu bat_dau tu_thang tu_ngay from",
    "end": "end end_date den ket_thuc den_thang den_ngay to until",
    "non_local": "non_local nonlocal outsider khong_phai_nguoi_dia_phuong khong_phai_la_nguoi_dia_phuong ngoai_dia_phuong nguoi_ngoai",
    "person": "person leader secretary bi_thu ho_ten ho_va_ten nguoi",
    "unit_name": "unit_name name ten ten_xa ten_huyen ten_tinh ten_don_vi commune_name",
}


def settle(name):
    """Finish what a ``--replace`` began: the panel put aside goes back where no new one stands, else away; return both folders."""
    own_panel.need_name(name)
    target, aside = own_panel.folder() / name, own_panel.folder() / f".{name}.old"
    if aside.is_dir() and not target.exists():
        aside.rename(target)
    shutil.rmtree(aside, ignore_errors=True)
    return target, aside


def create(name, files, replace=False):
    """
    Take in a reader's files as ``data/own/NAME/``: copy them, guess the columns, write ``study.toml``, check.

    Parameters
    ----------
    name : str
        a-z, 0-9, - and _, at most 40.
    files : sequence of Path
        One with units, years and outcomes; another one, or another sheet of it, may hold spells of leaders.
    replace : bool
        Take the data of a panel that is there anew; its ``study.toml`` stays.

    Returns
    -------
    own_panel.Check
        ``written`` is False where a file cannot be read as a table: then nothing was written.
    """
    (target, aside), tables, faults = settle(name), {}, []
    if target.exists() and not replace:
        raise ValueError(
            f"data/own/{name} is there already; expected a new name. helpers new {name} checks it; with --replace its data are taken anew and panel.toml stays."
        )
    for path, sheet in [(file, sheet) for file in map(Path, files) for sheet in own_panel.sheets(file)]:
        try:
            tables[path, sheet] = own_panel.read(path, f"{path.name} [{sheet}]" if sheet else path.name, sheet)
        except tables.DataFault as wrong:
            faults += wrong.faults
    kinds = {place: {role: _guess(table, role) for role in _GUESS} for place, table in tables.items()}
    main = next((p for p, k in kinds.items() if k["unit"] and k["year"]), None)
    if not tables or main is None and faults:
        return Check(name, {}, faults, [], [], written=False)
    main = main or next((p for p, k in kinds.items() if not k["start"]), next(iter(tables)))
    spells = next((p for p, k in kinds.items() if p != main and k["start"] and k["unit"]), None)
    copies = ({spells[0]: "leaders" + spells[0].suffix.lower()} if spells else {}) | {
        main[0]: "panel" + main[0].suffix.lower()
    }
    own_panel.folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=own_panel.folder()) as spare:
        stage = Path(spare) / "new"
        stage.mkdir()
        for path, file in copies.items():
            shutil.copyfile(path, stage / file)
        old = (target / "panel.toml").read_text(encoding="utf-8") if (target / "panel.toml").is_file() else None
        (stage / "panel.toml").write_text(old or _toml(name, tables, kinds, main, spells, copies), encoding="utf-8")
        if target.exists():
            target.rename(aside)
        stage.rename(target)
    settle(name)
    found, aside = own_panel.check(name), w("nothing, if this sheet is no part of the data")
    return changed(found, notes=[fault._replace(remedy=aside) for fault in faults if fault.row] + found.notes)


def _plain(text):
    return re.sub(r"[^a-z0-9]+", "_", unmarked(str(text))).strip("_")


def _guess(table, role):
    known = {_plain(column): column for column in reversed(table.columns)}
    return next((known[word] for word in _GUESS[role].split() if word in known), "")


def _toml(name, tables, kinds, main, spells, copies):
    import jinja2

    table, columns = tables[main], kinds[main]
    unit = table[columns["unit"]].dropna() if columns["unit"] else table.iloc[:0, 0]
    widths = list(unit.str.len().mode()) if unit.str.fullmatch(r"\d+").all() else []
    spelled = (("commune", "xa"), ("district", "huyen"), ("province", "tinh"))
    level = next((k for k, v in own_panel.LEVELS.items() if v in widths[:1]), None)
    level = level or next(
        (k for k, vi in spelled if re.search(rf"{k}|(^|_|ma){vi}$", _plain(columns["unit"]))), "commune"
    )
    cells = {c: table[c].dropna() for c in table.columns if c not in columns.values()}
    filled = {c: v[~v.str.lower().isin(own_panel.MARKS)] for c, v in cells.items()}
    comma = any(v.str.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+|-?\d+,\d+").any() for v in filled.values())
    comma = comma and not any(
        v.str.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+\.\d{1,2}").any() for v in filled.values()
    )
    outcomes = [
        c for c, v in filled.items() if len(v) and own_panel.numbers(v, "," if comma else ".").notna().mean() > 0.5
    ]
    marks = sorted({mark for c in outcomes for mark in cells[c].unique() if mark.lower() in own_panel.MARKS})
    text = (resources.files("helpers") / "templates" / "panel.toml.j2").read_text(encoding="utf-8")
    engine = jinja2.Environment(autoescape=False, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)
    engine.filters["q"] = functools.partial(json.dumps, ensure_ascii=False)
    return engine.from_string(text).render(
        name=name, level=level, file=copies[main[0]], sheet=main[1], columns=columns, decimal="," if comma else ".", marks=marks, headings=list(table.columns),
        outcomes=[(c, (re.findall(r"\(([^()]+)\)$", c) or [""])[0]) for c in outcomes], spells=spells and kinds[spells] | {"file": copies[spells[0]], "sheet": spells[1]},
    )  # fmt: skip


def report(check, words):
    """
    Say what was understood of a panel, what is wrong, and what to do next.

    Parameters
    ----------
    check : own_panel.Check
    words : wording.Words

    Returns
    -------
    list of str
        Lines in the language of ``words``.
    """

    def line(fault):
        place = (
            shown(fault.file)
            + (words(", row {row:d}", row=fault.row) if fault.row else "")
            + (words(", column {column}", column=shown(fault.column)) if fault.column else "")
        )
        return words(
            "{place}: found {found}; expected {expected}. What to do: {remedy}.",
            place=place,
            **{k: tell(getattr(fault, k), words) for k in ("found", "expected", "remedy")},
        )

    where = {"folder": f"data/own/{check.name}", "name": check.name}
    if not check.written:
        then = [words("Nothing was written. Mend the file and give the same command again.")]
    elif check.faults:
        then = [words("The panel stands in {folder}/ but is not used yet. Mend panel.toml there, then: .venv/bin/helpers new {name}", **where),
                words("Or mend your file and take it in again: .venv/bin/helpers new {name} --from FILE --replace", **where)]  # fmt: skip
    else:
        then = [words("Read {folder}/panel.toml: labels, units and notes are guesses. After a change: .venv/bin/helpers new {name}", **where),
                words("Make its reports (English and Vietnamese, first outcome): .venv/bin/helpers run --only 90_your_panel/{name}/", **where)]  # fmt: skip
    for one in check.about["outcome"][1:] if not check.faults else ():
        chosen = f"{{ panel = {json.dumps(check.name)}, outcome = {json.dumps(one['column'], ensure_ascii=not one['column'].isprintable())} }}"
        then += [
            words("For {outcome}, add to reports.toml:", outcome=shown(one["label_en"])),
            f'[[report]]\n  notebook = "90_your_panel"\n  parameters = {chosen}\n  over = {{ lang = "languages" }}',
        ]
    parts = {
        words("Understood:"): [tell(fact, words) for fact in check.facts],
        words("Accepted, though unusual:"): map(line, check.notes),
        words("Wrong:"): map(line, check.faults),
        words("Next:"): then,
    }
    return [
        text for head, found in parts.items() if (lines := [f"  {one}" for one in found]) for text in (head, *lines)
    ]
