"""Figures that carry their own texts; they estimate nothing."""

from helpers.plots.base import finish, sheet, year_axis
from helpers.plots.effects import chance, counterfactual, curve, events, forest, placebo_gaps, plain, small_multiples
from helpers.plots.record import (
    bars,
    coverage,
    distribution,
    path,
    profile,
    shares,
    small_maps,
    terms_by_unit,
    tile_map,
)
