"""Designs and estimators behind one door and one result shape."""

from helpers.effects import curve, leaders, power, ranks, synthetic
from helpers.effects.chance import Reassignment, UnknownRange, holm, randomise, unknown_range
from helpers.effects.curve import by_definition
from helpers.effects.design import Design, DesignRefused, design, event_times
from helpers.effects.estimators import Weights, fit_counterfactual, fit_twfe, leads, leave_one_out, weights, with_bounds
from helpers.effects.groups import fit_groups, fit_placebo
from helpers.effects.libraries import fit_absorbing, fit_fect, fit_lp_did, fit_panel_match, fit_switchers, honest
from helpers.effects.results import RESULT_COLUMNS, attempt, result, row
from helpers.effects.verdict import MAIN_DESIGNS, PERIODS, main, verdict
