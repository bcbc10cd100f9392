"""The explorer: choose an outcome, a post, years and provinces, and see at once what the designs say."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers import effects, findings, plots, study
from helpers.plots.base import LOCAL, MIDDLE, NON_LOCAL, finish, number_axis, sheet, year_axis
from helpers.record import tables, terms
from helpers.words import Refused, Sentence, _, count, known, number, pick, say

_COVARIATES = ("population_thousand", "urban_population_share_pct", "enterprises_active", "trained_labour_share_pct")


def outcomes() -> dict[str, str]:
    """Return heading to name of every indicator that can be an outcome: enough provinces and years, no rank."""
    table = tables.indicators()
    table = table[
        table["usable"].fillna(False).astype(bool)
        & ~table["indicator"].str.endswith("_rank")
        & ~table["press_only"].fillna(False).astype(bool)
    ]
    return {pick(row.label_en, row.label_vi): row.indicator for row in table.itertuples()}


def regions() -> dict[str, str]:
    """Return the regions by name in the language switched on, the whole country first."""
    units = tables.load("units").drop_duplicates("region_en")
    return {_("all 63 provinces"): ""} | {
        pick(row.region_en, row.region_vi): row.region_en for row in units.itertuples()
    }


def quick(panel: Any) -> pd.DataFrame:
    """Return the designs that answer at once: two-way effects by known homes and with unknown homes all local and all non-local, and the counterfactual."""
    around = effects.attempt(effects.fit_counterfactual, panel, horizon=(0, -1), draws=200)
    return pd.concat([effects.with_bounds(effects.fit_twfe, panel), around], ignore_index=True)


def years(panel: Any) -> Figure:
    """
    Draw the outcome's mean by year under locals and under non-locals, and how many provinces stand behind it.

    Parameters
    ----------
    panel : Panel
    """
    fig, axes = sheet(2, 1, width=6.4, height=5.2, top=0.95, bottom=0.8, high=0.35, height_ratios=(2, 1))
    means = panel.complete.groupby(["d", "year"])["y"].agg(["mean", "size"]).reset_index()
    names, parts = {0.0: _("local"), 1.0: _("non-local")}, []
    for d, colour, mark in ((0.0, LOCAL, "o"), (1.0, NON_LOCAL, "^")):
        part = means[means["d"] == d]
        axes[0, 0].plot(
            part["year"] + 0.5, part["mean"], marker=mark, color=colour if d else MIDDLE, mfc=colour, label=names[d]
        )
        axes[1, 0].bar(
            part["year"] + 0.5,
            part["size"],
            0.8,
            bottom=0 if d == 0 else _below(means, part["year"]),
            color=colour,
            label=names[d],
        )
        if len(part):
            parts.append(
                f"{names[d]}: {number(part['mean'].iloc[0], 2)} ({part['year'].iloc[0]}), {number(part['mean'].iloc[-1], 2)} ({part['year'].iloc[-1]})"
            )
    for ax in axes[:, 0]:
        year_axis(ax, panel.first, panel.last)
        number_axis(ax.yaxis)
    axes[0, 0].legend(loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=2, fontsize=8)
    axes[1, 0].set_ylabel(_("provinces"))
    title = _("{label} under locals and under non-locals", label=panel.heading)
    scale = _("mean of provinces, logarithm") if panel.transform == "log" else _("mean of provinces")
    return finish(fig, "years", title=title, detail=scale, alt=f"{title}. {'; '.join(parts)}.", source=panel.source)


def _below(means: pd.DataFrame, at: pd.Series) -> np.ndarray:
    return means[means["d"] == 0].set_index("year")["size"].reindex(at).fillna(0).to_numpy()


def code(panel: Any) -> str:
    """Return the lines that give the same panel and estimate in a notebook."""
    given = {"outcome": panel.outcome, "definition": panel.definition, "post": panel.post, "window": list(panel.window)}
    if panel.frame["unit_code"].nunique() < 63:
        given["provinces"] = panel.given["provinces"]
    given |= {"covariates": list(panel.covariates)} if panel.covariates else {}
    given |= {"allow_breaks": list(panel.given["allow_breaks"])} if panel.given["allow_breaks"] else {}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return f"from helpers import effects, study\n\npanel = study.panel({arguments})\neffects.main(panel)"


def caution(tried: int) -> Sentence:
    """Return what trying many choices does: the chance that one of them looks like a finding by luck."""
    lucky = 1 - 0.95**tried
    return say("{tried} So far {share}% is the chance that at least one of so many independent looks shows p below 0.05 by luck alone; see all defensible choices at once in [13](13_robustness.ipynb).",
               tried=count(tried, "", "This is the first choice looked at.", "{n} choices were looked at."), share=number(100 * lucky, 0))  # fmt: skip


def app(outcome: str = "pci_score", definition: str = "hometown", post: str = "secretary") -> Any:
    """
    Return the explorer as widgets: controls, and below them coverage, estimates, pictures and the code that gives the same.

    Parameters
    ----------
    outcome, definition, post : str
        What it opens with.

    Returns
    -------
    ipywidgets.VBox
        A choice that is refused says why and keeps the last picture.
    """
    import ipywidgets as w
    from IPython.display import Code, clear_output, display

    seen: set[tuple] = set()
    style = {"style": {"description_width": "initial"}, "layout": w.Layout(width="26rem", max_width="100%")}
    chosen = {
        "outcome": w.Dropdown(
            options=outcomes(), value=study.panel(outcome).outcome, description=_("Outcome"), **style
        ),
        "definition": w.Dropdown(
            options={known(name): name for name in terms.DEFINITIONS},
            value=definition,
            description=_("Definition of local"),
            **style,
        ),
        "post": w.Dropdown(
            options={known(name): name for name in terms.POSTS}, value=post, description=_("Post"), **style
        ),
        "provinces": w.Dropdown(options=regions(), value="", description=_("Provinces"), **style),
        "covariates": w.SelectMultiple(
            options={findings.label_of(name): name for name in _COVARIATES},
            description=_("Covariates"),
            rows=4,
            **style,
        ),
        "pool": w.Checkbox(value=False, description=_("Pool across changes of definition"), indent=False),
    }
    span = w.IntRangeSlider(
        min=terms.FIRST_YEAR,
        max=terms.LAST_YEAR,
        value=study.panel(outcome).window,
        description=_("Years"),
        continuous_update=False,
        **style,
    )
    said, shown, more = w.HTML(), w.Output(), w.Button(description=_("All main designs"))

    def panel_of() -> Any:
        values = {name: box.value for name, box in chosen.items()}
        breaks = list(tables.breaks(values["outcome"])["name"]) if values.pop("pool") else []
        return study.panel(
            window=list(span.value), allow_breaks=breaks, **values | {"covariates": list(values["covariates"])}
        )

    def draw(_change: Any = None, full: bool = False) -> None:
        try:
            panel = panel_of()
            rows = effects.main(panel) if full else quick(panel)
        except (Refused, ValueError) as refused:
            said.value = (
                f"<p role='alert'><strong>{_('Not possible:')}</strong> {str(refused).replace('<', '&lt;')}</p>"
            )
            return
        said.value = ""
        seen.add(
            (panel.outcome, panel.definition, panel.post, panel.window, panel.given["provinces"], panel.covariates)
        )
        with shown:
            clear_output(wait=True)
            display(say("{known} of {cells} province-years have a value and a leader known to be local or not; {switching} of {units} provinces have years of both kinds.",
                        known=panel.n_known, cells=panel.n_cells, switching=panel.n_switching, units=panel.n_units))  # fmt: skip
            if full:
                made = findings.finding(panel, rows)
                display(made.answer, made.table)
            title = _("{label}: what the designs say", label=panel.heading)
            display(
                findings.small_sample(panel),
                plots.forest(rows, panel, title=title),
                caution(len(seen)),
                years(panel),
                Code(code(panel), language="python"),
            )

    def changed(_change: Any = None) -> None:
        window = tables.design_of(chosen["outcome"].value).window
        covered = tables.indicator(chosen["outcome"].value)["year"]
        span.min, span.max = terms.FIRST_YEAR, terms.LAST_YEAR
        span.value = window
        span.min, span.max = max(int(covered.min()), terms.FIRST_YEAR), min(int(covered.max()), terms.LAST_YEAR)

    chosen["outcome"].observe(changed, "value")
    for box in (*chosen.values(), span):
        box.observe(draw, "value")
    more.on_click(lambda _button: draw(full=True))
    draw()
    return w.VBox(
        [w.HBox([w.VBox([*chosen.values(), span, more]), w.VBox([said, shown])], layout=w.Layout(flex_flow="row wrap"))]
    )
