"""The record: tables with schemas and breaks, places and boundaries, who led, and the ledger of printed facts."""
