"""Shared helpers of the notebook collection: the record, studies, effects, plots and words."""
