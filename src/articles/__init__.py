"""Reads a newspaper article into facts and checks its printed arithmetic."""
