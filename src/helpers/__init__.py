"""Shared helpers of the notebook collection; import the module you need: ``from helpers import datasets``."""
