"""What was found, in sentences and tables that every page takes from one place."""

from helpers.findings.verdict import (
    Finding, by_definition, definition_of, disagreements, finding, good_directions, label_of, outcomes, overview, panels, stored, tally, verdicts,
)  # fmt: skip  # isort: skip
from helpers.findings.events import (
    agreement, could_be, event_designs, honest, honesty, leads, means, refused, scaled, shown, small_sample, stand_out, unknown, weights, with_range, without,
)  # fmt: skip
from helpers.findings.leaders import (
    change, change_labels, change_title, held_fixed, leader_rows, leaders, leaders_title, movers, one_leader, own_change, own_leaders, own_persons, own_turnover, shrinkage, turnover, with_changes,
)  # fmt: skip
from helpers.findings.checks import Power, Robustness, power, robustness, spread  # isort: skip
from helpers.findings.brief import Brief, better_values, brief, brief_title  # isort: skip
from helpers.findings.hazard import arrivals, hazard, hazard_table, sent  # isort: skip
from helpers.findings.province import OneProvince, Pooled, one_province, pooled  # isort: skip

__all__ = [
    "Brief", "Finding", "OneProvince", "Pooled", "Power", "Robustness", "agreement", "arrivals", "better_values", "by_definition", "brief", "brief_title", "change", "change_labels", "change_title", "could_be", "definition_of", "disagreements",
    "event_designs", "finding", "good_directions", "hazard", "hazard_table", "held_fixed", "honest", "honesty", "label_of", "leader_rows", "leaders", "leaders_title", "leads", "means", "movers",
    "one_leader", "one_province", "outcomes", "overview", "own_change", "own_leaders", "own_persons", "own_turnover", "panels", "pooled", "power", "refused", "robustness", "scaled", "sent", "shown", "shrinkage",
    "small_sample", "spread", "stand_out", "stored", "tally", "turnover", "unknown", "verdicts", "weights", "with_changes", "with_range", "without",
]  # fmt: skip
