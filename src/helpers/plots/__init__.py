"""Figures; they estimate nothing."""
