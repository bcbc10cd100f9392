"""What was found, in sentences and tables that every page takes from one place."""

from helpers.findings.brief import Brief, brief
from helpers.findings.checks import (
    Power,
    Robustness,
    after_merger_sentence,
    intervals,
    power,
    robustness,
    spread,
    supposes,
)
from helpers.findings.events import (
    agreement,
    covariates,
    definitions,
    event_designs,
    honest,
    honesty,
    horizons,
    horizons_found,
    leads,
    means,
    reassigned,
    refused,
    scaled,
    shown,
    small_sample,
    stand_out,
    standard_errors,
    unknown,
    weights,
    with_range,
    without,
)
from helpers.findings.groups import by_group, groups_found, groups_table
from helpers.findings.hazard import (
    LEAST_ARRIVALS,
    arrivals,
    congresses,
    departures,
    found_nothing,
    hazard,
    hazard_table,
    nothing,
    nothing_table,
    sent,
)
from helpers.findings.leaders import (
    change,
    change_labels,
    change_title,
    held_fixed,
    leader_rows,
    leaders,
    leaders_title,
    movers,
    one_leader,
    own_change,
    own_leaders,
    own_persons,
    own_turnover,
    shrinkage,
    turnover,
    with_changes,
)
from helpers.findings.province import OneProvince, Pooled, one_province, pooled
from helpers.findings.verdict import (
    Finding,
    by_definition,
    decided,
    definition_of,
    disagreements,
    finding,
    governance,
    governance_sentence,
    judged,
    label_of,
    low_by_itself,
    mains,
    overview,
    panels,
    stored,
    tally,
    verdicts,
)

__all__ = ["LEAST_ARRIVALS", "Brief", "Finding", "OneProvince", "Pooled", "Power", "Robustness"]
__all__ += ["after_merger_sentence", "agreement", "arrivals", "brief", "by_definition", "by_group", "change"]
__all__ += [
    "change_labels",
    "change_title",
    "congresses",
    "covariates",
    "decided",
    "definition_of",
    "definitions",
    "departures",
]
__all__ += ["disagreements", "event_designs", "finding", "found_nothing", "governance", "governance_sentence"]
__all__ += ["groups_found", "groups_table", "hazard", "hazard_table", "held_fixed", "honest", "honesty", "horizons"]
__all__ += [
    "horizons_found",
    "intervals",
    "judged",
    "label_of",
    "leader_rows",
    "leaders",
    "leaders_title",
    "leads",
    "means",
]
__all__ += ["mains", "movers", "nothing"]
__all__ += ["low_by_itself", "nothing_table", "one_leader", "one_province", "overview", "own_change", "own_leaders"]
__all__ += ["own_persons", "own_turnover", "panels", "pooled", "power", "reassigned", "refused", "robustness", "scaled"]
__all__ += ["sent", "shown", "shrinkage", "small_sample", "spread", "stand_out", "standard_errors", "stored"]
__all__ += ["supposes", "tally", "turnover", "unknown", "verdicts", "weights", "with_changes", "with_range", "without"]
