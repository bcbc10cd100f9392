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
    compared,
    covariates,
    definitions,
    departs,
    designs_title,
    event_designs,
    first_changes,
    honest,
    honesty,
    horizons,
    horizons_found,
    leads,
    means,
    path_title,
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
    by_other_definitions,
    congresses,
    departures,
    found_nothing,
    hazard,
    hazard_figure,
    hazard_table,
    nothing,
    nothing_table,
    other_definitions,
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
    shrinkage_title,
    turnover,
    with_changes,
)
from helpers.findings.province import OneProvince, Pooled, one_province, pooled
from helpers.findings.verdict import (
    Finding,
    by_definition,
    definition_of,
    disagreements,
    finding,
    governance,
    governance_sentence,
    label_of,
    low_by_itself,
    overview,
    panels,
    stored,
    tally,
    turned,
    verdicts,
)

__all__ = ["LEAST_ARRIVALS", "Brief", "Finding", "OneProvince", "Pooled", "Power", "Robustness"]
__all__ += ["after_merger_sentence", "agreement", "arrivals", "brief", "by_definition", "by_group"]
__all__ += ["by_other_definitions", "change", "change_labels", "change_title", "compared", "congresses", "covariates"]
__all__ += ["definition_of", "definitions", "departs", "departures", "designs_title", "disagreements", "event_designs"]
__all__ += ["finding"]
__all__ += ["first_changes", "found_nothing", "governance", "governance_sentence", "groups_found", "groups_table"]
__all__ += ["hazard", "hazard_figure", "hazard_table", "held_fixed", "honest", "honesty", "horizons", "horizons_found"]
__all__ += ["intervals", "label_of", "leader_rows", "leaders", "leaders_title", "leads", "low_by_itself"]
__all__ += ["means", "movers", "nothing", "nothing_table", "one_leader", "one_province", "other_definitions"]
__all__ += ["overview", "own_change", "own_leaders", "own_persons", "own_turnover", "panels", "path_title", "pooled"]
__all__ += ["power", "reassigned", "refused", "robustness", "scaled", "sent", "shown", "shrinkage", "shrinkage_title"]
__all__ += ["small_sample", "spread"]
__all__ += ["stand_out", "standard_errors", "stored", "supposes", "tally", "turned", "turnover", "unknown", "verdicts"]
__all__ += ["weights", "with_changes", "with_range", "without"]
