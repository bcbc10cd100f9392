"""Simulate the committed panels and compute their reference numbers by other packages: ``python tests/reference/simulated/make.py``."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def switching(seed, units, years):
    """Treatment that goes on and off, serially correlated outcome, effect 0.5 and no trace after an exit."""
    rng = np.random.default_rng(seed)
    d = np.zeros((units, years), int)
    for i in range(units):
        state = int(rng.random() < 0.15)
        for t in range(years):
            state = state if rng.random() > (0.18 if state == 0 else 0.3) else 1 - state
            d[i, t] = state if i % 4 else 0
    noise = np.zeros((units, years))
    for t in range(years):
        noise[:, t] = 0.5 * noise[:, t - 1] + rng.normal(0, 0.3, units)
    x = rng.normal(size=(units, years))
    y = rng.normal(size=(units, 1)) + np.linspace(0, 1, years) + 0.5 * d + 0.2 * x + noise
    return pd.DataFrame({"unit": np.repeat([f"{i:02d}" for i in range(units)], years), "year": np.tile(np.arange(2001, 2001 + years), units),
                         "y": y.ravel(), "d": d.ravel(), "x": x.ravel()}).round(6)  # fmt: skip


def holes(frame, seed):
    """The same with 8% of outcomes and 4% of treatments missing."""
    rng = np.random.default_rng(seed)
    return frame.assign(
        y=frame["y"].mask(rng.random(len(frame)) < 0.08), d=frame["d"].astype(float).mask(rng.random(len(frame)) < 0.04)
    )


def staying(seed, units=60, years=8):
    """Treatment that stays, begun in 2004, 2005, 2006 or never, effect growing with time."""
    rng = np.random.default_rng(seed)
    first = rng.choice([0, 2004, 2005, 2006], units, p=[0.4, 0.2, 0.2, 0.2])
    frame = pd.DataFrame({"unit": np.repeat([f"{i:02d}" for i in range(units)], years), "year": np.tile(np.arange(2001, 2001 + years), units),
                          "first": np.repeat(first, years), "x": np.repeat(rng.normal(size=units), years)})  # fmt: skip
    on = (frame["first"] > 0) & (frame["year"] >= frame["first"])
    level = np.repeat(rng.normal(size=units), years) + 0.1 * (frame["year"] - 2001) * (1 + frame["x"])
    y = level + on * (0.3 + 0.1 * (frame["year"] - frame["first"])) + rng.normal(0, 0.3, len(frame))
    return frame.assign(d=on.astype(int), y=y).round(6)


def matched(frame, lag, leads):
    """PanelMatch without refinement by hand: mean over entering units of the change against units with the same history."""
    y, d = (frame.pivot(index="unit", columns="year", values=v).to_numpy() for v in ("y", "d"))
    found = {lead: [] for lead in leads}
    for i in range(len(d)):
        for t in range(lag, d.shape[1]):
            if d[i, t] == 1 and d[i, t - 1] == 0:
                alike = [j for j in range(len(d)) if d[j, t] == 0 and (d[j, t - lag : t] == d[i, t - lag : t]).all()]
                if alike and t + max(leads) < d.shape[1]:
                    for lead in leads:
                        found[lead].append(
                            y[i, t + lead] - y[i, t - 1] - np.mean([y[j, t + lead] - y[j, t - 1] for j in alike])
                        )
    return {lead: np.mean(v) for lead, v in found.items()}


def main():
    """Write the panels and numbers.csv."""
    import diff_diff
    import pyfixest
    import statsmodels.api as sm
    import statspai

    warnings.simplefilter("ignore")
    rows = []

    def add(panel, estimator, quantity, value, se, made_by):
        rows.append((panel, estimator, quantity, value, se, made_by))

    full, late = switching(11, 40, 12), staying(13)
    gaps = holes(full, 12)
    panels = {"switching": full, "holes": gaps, "staying": late}
    for name, frame in panels.items():
        frame.to_csv(HERE / f"{name}.csv", index=False)
    for name in ("switching", "holes"):
        kept = panels[name].dropna().reset_index(drop=True)
        for covariates, label in (([], ""), (["x"], " x")):
            fit = pyfixest.feols(
                " + ".join(["y ~ d", *covariates]) + " | unit + year",
                kept,
                vcov={"CRV1": "unit"},
                fixef_rm="none",
                fixef_tol=1e-13,
            )
            add(name, "twfe" + label, "estimate", fit.coef()["d"], fit.se()["d"], "pyfixest")
            free = kept[kept["d"] == 0]
            fit = sm.OLS.from_formula(" + ".join(["y ~ C(unit) + C(year)", *covariates]), free).fit()
            known = kept[(kept["d"] == 1) & kept["unit"].isin(free["unit"]) & kept["year"].isin(free["year"])]
            add(
                name,
                "counterfactual" + label,
                "estimate",
                (known["y"] - fit.predict(known)).mean(),
                np.nan,
                "statsmodels",
            )
        kept = kept.assign(d=kept["d"].astype(int))
        fit = statspai.fect(kept, "y", "d", "unit", "year", method="fe", tol=1e-10, max_iter=50_000)
        if name == "switching":
            for t, v in zip(fit.detail["fect_time"], fit.detail["att"], strict=True):
                if -2 <= t <= 4:
                    add(name, "counterfactual", f"arrival {int(t) - 1}", v, np.nan, "statspai")
        fit = statspai.fect(kept, "y", "d", "unit", "year", method="ife", r=1, tol=1e-11, max_iter=100_000, min_t0=2)
        add(name, "ife 1", "estimate", fit.estimate, np.nan, "statspai")
        fit = statspai.fect(
            kept, "y", "d", "unit", "year", method="mc", lam=0.004, tol=1e-11, max_iter=100_000, min_t0=1
        )
        add(name, "mc 0.004", "estimate", fit.estimate, np.nan, "statspai")
    fit = diff_diff.ChaisemartinDHaultfoeuille(drop_larger_lower=False).fit(full, "y", "unit", "year", "d", L_max=3)
    for h in (1, 2, 3):
        add("switching", "switchers", f"event {h - 1}", fit.event_study_effects[h]["effect"], np.nan, "diff-diff")
    for lead, v in matched(full, 2, (0, 1)).items():
        add("switching", "panel_match", f"event {lead}", v, np.nan, "loop in make.py")
    fit = statspai.callaway_santanna(late, "y", "first", "year", "unit", estimator="reg", base_period="varying")
    add("staying", "callaway_santanna", "estimate", fit.estimate, fit.se, "statspai")
    fit = statspai.fect(late, "y", "d", "unit", "year", method="fe", tol=1e-10, max_iter=50_000)
    add("staying", "imputation", "estimate", fit.estimate, np.nan, "statspai fect")
    dummies = [(g, t) for g in (2004, 2005, 2006) for t in range(2001, 2009) if t != g - 1]
    wide = late.assign(**{f"d{g}_{t}": ((late["first"] == g) & (late["year"] == t)).astype(float) for g, t in dummies})
    fit = pyfixest.feols("y ~ " + " + ".join(f"d{g}_{t}" for g, t in dummies) + " | unit + year", wide, fixef_tol=1e-13)
    size = late.groupby("first")["unit"].nunique()
    for e in (0, 1, 2):
        weights = {g: size[g] for g in (2004, 2005, 2006) if g + e <= 2008}
        value = sum(w * fit.coef()[f"d{g}_{g + e}"] for g, w in weights.items()) / sum(weights.values())
        add("staying", "sun_abraham", f"event {e}", value, np.nan, "pyfixest, saturated")
    table = pd.DataFrame(rows, columns=["panel", "estimator", "quantity", "value", "se", "made_by"])
    table.to_csv(HERE / "numbers.csv", index=False, float_format="%.10g")


if __name__ == "__main__":
    main()
