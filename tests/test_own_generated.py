"""Many invented tables, each dressed as programs and offices dress theirs: none may be read wrongly, nearly all must be read."""

import numpy as np
import pandas as pd
import pytest

from helpers import own
from helpers.record import places

FLAGS = [("yes", "no"), ("1", "0"), ("1.0", "0.0"), ("TRUE", "FALSE"), ("Có", "Không"), ("x", "no")]
HEADINGS = {
    "unit": ["ma_xa", "city_code", "Mã", "id", "unit"],
    "year": ["nam", "Year", "Năm", "t"],
    "d": ["non_local", "treated", "foraneo"],
}


@pytest.fixture(autouse=True)
def project(tables_here):
    """A project of its own with the tables of ours."""
    return tables_here


def dressed(folder, seed):
    """Write one table; return its file and the true panel: unit, year, y, d."""
    r = np.random.default_rng(seed)

    def pick(*choices):
        return choices[r.integers(len(choices))]

    kind = pick("commune", "province", "other")
    units = {
        "commune": [f"{code:05d}" for code in 99_000 + 3 * np.arange(1, 13)],
        "province": places.codes()[:: int(pick(4, 5))][:12],
        "other": [f"{4_800_000 + 7 * i}" for i in range(12)],
    }[kind]
    years, scale = range(2010, 2010 + int(pick(6, 9))), pick(0.01, 1, 1_000)
    rows = [
        (u, y, round(float(scale * (30 + 5 * i + y % 7 + r.normal())), 2), int(y >= 2012 + i % 4 and i % 3 > 0))
        for i, u in enumerate(units)
        for y in years
    ]
    truth = pd.DataFrame(rows, columns=["unit", "year", "y", "d"])
    names = kind == "province" and pick(True, False)
    shown = truth.assign(unit=truth["unit"].map(lambda code: places.name(code, pick("vi", "en")) if names else code))
    on, off = pick(*FLAGS)
    shown = shown.assign(
        d=np.where(shown["d"] == 1, on, off), y=shown["y"].map("{:.2f}".format), year=shown["year"].astype(str)
    )
    style = pick("plain", "comma", "thousands", "plain")
    if style == "comma":
        shown["y"] = shown["y"].str.replace(".", ",")
    if style == "thousands":
        shown["y"] = truth["y"].map("{:,.2f}".format)
    if pick(True, False, False):
        shown.loc[shown["year"] == shown["year"].max(), "year"] = "Sơ bộ " + shown["year"].max()
    if pick(True, False):
        total = shown.groupby("year", as_index=False).first().assign(unit=pick("CẢ NƯỚC", "Tổng số", "Total"), d=off)
        shown = pd.concat([total, shown])[["unit", "year", "y", "d"]]
    head = [pick(*HEADINGS["unit"]), pick(*HEADINGS["year"]), pick("y", "Thu nhập", "gdp pc"), pick(*HEADINGS["d"])]
    head[0] = {"commune": "ma_xa", "province": pick("tinh", "ma_tinh", "province")}.get(kind, head[0])
    lines = [head, *shown.to_numpy().tolist()]
    if pick(True, False, False):
        lines = [["" if i == 0 else str(i), *line] for i, line in enumerate(lines)]
    width = len(lines[0])
    if pick(True, False, False):
        lines = [[pick("Bảng 1. Thu nhập", "Table 3"), *[""] * (width - 1)], [""] * width, *lines]
    if pick(True, False, False):
        lines.append([pick("Nguồn: số liệu bịa", "Source: invented", "* preliminary"), *[""] * (width - 1)])
    if pick(True, False):
        file = folder / f"t{seed}.xlsx"
        typed = [
            [
                float(c) if style == "plain" and i > 0 and k == width - 2 and c.replace(".", "").isdigit() else c
                for k, c in enumerate(line)
            ]
            for i, line in enumerate(lines)
        ]
        pd.DataFrame(typed).to_excel(file, header=False, index=False)
    else:
        mark = pick(",", ";", "\t") if style == "plain" else pick(";", "\t")
        file = folder / f"t{seed}.csv"
        file.write_bytes("\n".join(mark.join(line) for line in lines).encode(pick("utf-8", "utf-8-sig", "utf-16")))
    return file, truth


def outcome_of(folder, seed):
    file, truth = dressed(folder, seed)
    check = own.create(f"t{seed}", [file])
    if check.faults:
        return "refused: " + check.faults[0].found
    got = check.frame[["unit_code", "year", check.about["outcome"][0]["column"], "treated"]]
    got = got.set_axis(["unit", "year", "y", "d"], axis=1).astype({"d": int})
    want = truth.sort_values(["unit", "year"], ignore_index=True)
    same = len(got) == len(want) and (got[["unit", "year", "d"]] == want[["unit", "year", "d"]]).all(axis=None)
    return "right" if same and np.allclose(got["y"], want["y"]) and len(check.about["outcome"]) == 1 else "wrong"


def test_invented_tables_are_read_rightly_or_refused(project):
    found = pd.Series({seed: outcome_of(project, seed) for seed in range(40)})
    assert found[found == "wrong"].index.tolist() == []
    assert (found == "right").mean() >= 0.95
