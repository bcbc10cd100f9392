"""Designs and estimators behind one result shape."""

from helpers.effects.designs import *  # noqa: F403
from helpers.effects.designs import _projected, _unit_regressors, cells  # noqa: F401
from helpers.effects.inference import CR1, DesignRefused, TwoWay  # noqa: F401
