"""Effects by kind of non-local, by year in office, by the other post, and by how the term before ended."""

import dataclasses
import functools
from typing import Any

import pandas as pd

from helpers import effects
from helpers.effects.results import LEAST_CLUSTERS
from helpers.findings.events import scaled
from helpers.record import terms
from helpers.words import Sentence, _, count, listing

_GROUPS = {
    ("kind", "centre"): "came from the centre",
    ("kind", "other_province"): "came from another province",
    ("kind", "earlier_post"): "came from outside by way of another post in the province",
    ("kind", "inside"): "rose within the province",
    ("kind", "returned"): "native, came back from outside",
    ("kind", "unknown"): "way in not recorded",
    ("year", "1"): "first year in office",
    ("year", "2"): "second year",
    ("year", "3"): "third year",
    ("year", "later"): "fourth year and later",
    ("year", "unknown"): "start not recorded",
    ("partner", "non_local"): "holder of the other post non-local too",
    ("partner", "local"): "holder of the other post local",
    ("partner", "unknown"): "holder of the other post not known, or unknown whether local",
    ("departure", "forced"): "term before ended by age, death or discipline",
    ("departure", "other"): "term before ended otherwise, or not recorded how",
    ("departure", "unknown"): "no term before in the record",
}


def with_groups(panel: Any) -> pd.DataFrame:
    """
    Return the panel's rows with kind, year, partner and departure of whoever led on 30 June (missing where the record does not say).

    Parameters
    ----------
    panel : Panel
        Of one post.
    """
    held = terms.spells(panel.definition, post=panel.post).set_index("spell_id")
    native = ~terms.spells("hometown", post=panel.post).set_index("spell_id")["non_local"]
    outside = terms.spells("career", post=panel.post).set_index("spell_id")["non_local"]
    sent, origin = outside.fillna(False), held["prior_origin"]
    kind = origin.where(sent & origin.isin(["centre", "other_province"]))
    kind = kind.mask(sent & ((origin == "same_province") | held["moved_post"]), "earlier_post")
    kind = kind.mask(sent & native.fillna(False), "returned").mask(~outside.fillna(True), "inside")
    before = held.groupby("unit_code")[["left_by", "early"]].shift()
    departure = before["left_by"].notna().map({True: "forced", False: "other"}).where(before["early"].eq(False))
    frame = panel.frame
    since = frame["tenure_years"].astype("Float64")
    year = (since // 1 + 1).astype("Int64").astype("string").mask((since >= 3).fillna(False), "later")
    other = {"secretary": "chair_non_local", "chair": "secretary_non_local"}[panel.post]
    led = terms.yearly(panel.definition, panel.window, post=panel.post).set_index(["unit_code", "year"])[other]
    partner = pd.MultiIndex.from_frame(frame[["unit_code", "year"]]).map(led)
    return frame.assign(
        kind=frame["spell_id"].map(kind),
        departure=frame["spell_id"].map(departure),
        tenure=year,
        partner=pd.Series(partner, frame.index).map({True: "non_local", False: "local"}),
    )


def by_group(panel: Any, draws: int = 500) -> pd.DataFrame:
    """
    Return the mean effect of non-locals by each of the four groupings (sample: kind, year, partner, departure; model: the group).

    Parameters
    ----------
    panel : Panel
    draws : int
        Bootstrap draws of provinces.

    Returns
    -------
    DataFrame
        Rows of `effects.fit_groups`; none where the design is refused.
    """
    data = dataclasses.replace(panel, kept=with_groups(panel))
    columns = {"kind": "kind", "year": "tenure", "partner": "partner", "departure": "departure"}
    fits = {name: effects.attempt(effects.fit_groups, data, column, draws=draws) for name, column in columns.items()}
    return pd.concat([fit.assign(sample=name) for name, fit in fits.items()], ignore_index=True)


def groups_table(rows: pd.DataFrame, panel: Any) -> pd.DataFrame:
    """
    Return the groups with what is behind each and the smallest difference that its t-test would find four times in five.

    An estimate behind which fewer than five units stand speaks of single ones, and is left out.

    Parameters
    ----------
    rows : DataFrame
        Of `by_group`.
    panel : Panel
    """
    out = scaled(rows, panel)
    table = out[["estimate", "conf_low", "conf_high", "p_value", "n_cells", "n_units"]]
    table["estimate"] = table["estimate"].where(table["n_units"] >= LEAST_CLUSTERS)
    table.insert(0, "term", [_(_GROUPS[key]) for key in zip(rows["sample"], rows["model"], strict=True)])
    table.insert(4, "smallest_detectable", out["std_error"] * rows["n_clusters"].map(_found_from))
    return table


@functools.cache
def _found_from(n: int) -> float:
    """How many standard errors a difference must have that a t-test at 5% with ``n`` clusters finds four times in five."""
    from statsmodels.stats.power import TTestPower

    return float(TTestPower().solve_power(nobs=max(n, 2), alpha=0.05, power=0.8) * max(n, 2) ** 0.5)


def groups_found(rows: pd.DataFrame) -> Sentence:
    """
    Return which groups differ from years under locals with the p-values adjusted for all groups with an interval (Holm).

    Parameters
    ----------
    rows : DataFrame
        Of `by_group`.
    """
    adjusted = effects.holm(rows["p_value"].to_numpy())
    keys = list(zip(rows["sample"], rows["model"], strict=True))
    found = [_(_GROUPS[key]) for key, p in zip(keys, adjusted, strict=True) if p < 0.05]
    n = int(rows["p_value"].notna().sum())
    if not found:
        none = "Too few provinces stand behind each group for an interval, so none can be said to differ from years under locals."
        one = "The one group with an interval does not differ from years under locals."
        many = "None of the {n} groups with an interval differs from years under locals once the p-values are adjusted for all of them (Holm)."
        return Sentence(count(n, none, one, many))
    some = "Of {of} groups with an interval {n:one differs|{n} differ} from years under locals once the p-values are adjusted for all of them (Holm): {found}."
    return Sentence(count(len(found), "", some, of=n, found=listing(found)))
