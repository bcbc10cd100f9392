"""The record: tables with schemas and breaks, places and boundaries, who led, and the ledger of printed facts."""

from helpers.record import boundaries, completeness, ledger, places, tables, terms

__all__ = ["boundaries", "completeness", "ledger", "places", "tables", "terms"]
