"""Shared helpers of the notebook collection: the record, studies, effects, plots and words."""

from helpers.display import install as _install

_install()
