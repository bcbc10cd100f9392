"""Figures that carry their own texts; they estimate nothing."""

from helpers.plots.base import finish, sheet
from helpers.plots.effects import bias, chance, counterfactual, curve, events, forest, leader_test, placebo_gaps, power, shrunken, small_multiples

__all__ = ["bias", "chance", "counterfactual", "curve", "events", "finish", "forest", "leader_test", "placebo_gaps", "power", "sheet", "shrunken", "small_multiples"]
