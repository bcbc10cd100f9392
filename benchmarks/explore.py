"""The explorer: CPU seconds of a change, from the control to the finished page, and of the estimators behind a button."""

import json
import os
import tempfile
import time

from helpers import explore, paths

CHANGES = [
    ("outcome", "grdp_growth_pct"), ("definition", "career"), ("first", 2008), ("last", 2015), ("area", "Red River Delta"), ("area", "all"),
    ("fit", "share"), ("fit", "first_differences"), ("fit", "counterfactual"), ("fit", "twfe"), ("covariates", ("population_thousand", "urban_population_share_pct")),
    ("covariates", ()), ("outcome", "papi_corruption"), ("first", 2019), ("last", 2021), ("outcome", "pci_score"),
]  # fmt: skip


def open_desk():
    """Run the explorer's notebook in this process without showing it; return its controls and page."""
    names = {"__name__": "__main__"}
    for cell in json.loads((paths.notebooks() / "explore.ipynb").read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code" and cell["id"] not in ("show", "files"):
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    return names["Desk"](explore.first_choice("pci_score"), "en")


if __name__ == "__main__":
    os.environ["PRESS_OUT"] = tempfile.mkdtemp()
    started = time.process_time()
    desk = open_desk()
    print(f"opened, with imports and the first page: {time.process_time() - started:.2f} CPU s")
    for name, value in CHANGES[:1] + CHANGES[-1:]:
        desk.controls[name].value = value
    spent = []
    for name, value in CHANGES:
        started = time.process_time()
        desk.controls[name].value = value
        spent.append(time.process_time() - started)
        print(f"{name:12}{str(value)[:40]:42}{spent[-1]:.2f} CPU s  {desk.made.refused[:60]}")
    print(f"median {sorted(spent)[len(spent) // 2]:.2f}, largest {max(spent):.2f} CPU s of {len(spent)} changes")
    for fit, (_, _, wait, _, _) in explore.FITS.items():
        if wait:
            desk.controls["fit"].value = fit
            for turn in ("first", "second"):
                started = time.process_time()
                desk.press(None)
                print(f"{fit:16}{turn} time {time.process_time() - started:.2f} CPU s (the page says {wait} s)")
