"""What was found, in sentences and tables that every page takes from one place."""

from helpers.findings.brief import brief
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
from helpers.findings.power_and_choices import after_merger_sentence, intervals, power, robustness, spread, supposes
from helpers.findings.province import one_province, pooled
from helpers.findings.verdict import by_definition, disagreements, finding, panels, turned, verdicts
from helpers.study import definition_of
