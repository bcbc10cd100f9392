"""Made-up results of other reports, as a run gathers them, for the tests of the notebook that reads them."""

import csv
import json
from pathlib import Path

from helpers import effects, paths
from press import catalogue

APART, DIFFER, UNLIKE = "pci_score", "poverty_rate_pct", "papi_corruption"
LOT = "randomisation of whole treatment paths, 10,000 draws"
COLUMNS = ["report", *effects.RESULT_COLUMNS, "chance_p"]


def _of_outcome(number, design):
    """Yield (notebook, row) for one outcome: the first is told apart from chance, one by some checks, the rest by none; one has another n in 12."""
    name = design["outcome"]
    size = {APART: 5.0, DIFFER: -3.0}.get(name, 0.05 * (-1) ** number * (number + 1))
    p = {APART: 0.0004, DIFFER: 0.03}.get(name, 0.3 + 0.05 * number)
    shared = {
        "outcome": name,
        "definition": "hometown",
        "implementation": "own",
        "n_units": 63,
        "n_switching": 20 + number,
    }
    fit = shared | {
        "estimator": "twfe",
        "estimand": "change",
        "first_year": design["first_year"],
        "last_year": design["last_year"],
    }
    june = fit | {
        "estimate": size,
        "std_error": 1,
        "conf_low": size - 2,
        "conf_high": size + 2,
        "p_value": 0.2,
        "inference": "clustered",
        "n_obs": 500,
    }
    yield "07_association", june
    yield "07_association", june | {"implementation": "statsmodels", "conf_low": size - 9}
    yield "07_association", fit | {"estimate": size, "p_value": p, "inference": LOT}
    yield "07_association", fit | {"estimate": size + 1, "p_value": 0.9, "inference": LOT.replace("10,000", "2,000")}
    yield "07_association", june | {"estimate": -size, "estimand": "change; extreme case: all unknown homes local"}
    yield "08_event_study", shared | {"estimator": "mc", "estimate": size, "inference": "none"}
    yield (
        "08_event_study",
        shared | {"estimator": "leads", "estimate": 3, "p_value": 0.01 if number < 2 else 0.5, "inference": "F(3, 49)"},
    )
    alone = shared | {
        "estimator": "twfe_change_0",
        "estimate": 1,
        "inference": "clustered",
        "chance_p": 0.02 if number == 4 else 0.4,
    }
    yield "11_turnover", alone | {"note": "model: together; all rows"}
    yield "11_turnover", june | {"estimator": "twfe_treated", "note": "model: alone; all rows"}
    for test, least in (("CR1", 9.0), ("randomisation", 1.5 + number / 10)):
        observed = 499 if name == UNLIKE else 500
        yield "12_power", shared | {"estimator": "power_twfe", "estimate": least, "inference": test, "n_obs": observed}
    agree = {"estimate": 0.4 if name == APART else 0.02, "p_value": 0.01 if name == APART else 0.6, "inference": LOT}
    yield (
        "13_robustness",
        shared | {"estimator": "curve_counterfactual", "estimate": size, "p_value": 0.2, "inference": LOT},
    )
    yield "13_robustness", {"outcome": name, "estimator": "whole_curve_agreement", **agree}


def project(folder, lacking=None):
    """
    Write a project with our tables and notebooks and with made-up results, and return its root.

    Parameters
    ----------
    folder : Path
    lacking : dict of (notebook, outcome) to str, optional
        Reports without results: "failed", "missing", or "unasked" where the catalogue has none.
    """
    folder, lacking, rows, states = Path(folder), lacking or {}, [], []
    (folder / "reports").mkdir(parents=True)
    for name in ("data", "notebooks"):
        (folder / name).symlink_to(paths.root() / name)
    for number, design in enumerate(catalogue.rows("designs")):
        for notebook, row in _of_outcome(number, design):
            whose = {"outcome": design["outcome"]} | (
                {"definition": "hometown"} if notebook[:2] in ("07", "08") else {}
            )
            slug = "--".join(catalogue.slugify(value) for value in whose.values())
            state = lacking.get((notebook, design["outcome"]), "made")
            if state == "made":
                rows.append({"report": f"{notebook}/{slug}/en", **row})
            for lang in catalogue.LANGUAGES if state != "unasked" else ():
                given = json.dumps(whose | {"lang": lang})
                states.append(
                    {"report": f"{notebook}/{slug}/{lang}", "notebook": notebook, "parameters": given, "state": state}
                )
    states = list({state["report"]: state for state in states}.values())
    for name, columns, content in (("results", COLUMNS, rows), ("reports", list(states[0]), states)):
        with open(folder / "reports" / f"{name}.csv", "w", encoding="utf-8", newline="") as stream:
            out = csv.DictWriter(stream, columns, restval="")
            out.writeheader()
            out.writerows(content)
    return str(folder)
