"""What the other reports found: their estimates in one table, and which of them are made; nothing is estimated again."""

import json

import pandas as pd

from helpers import paths


def reports(notebooks):
    """
    Say which reports of some notebooks are made.

    Parameters
    ----------
    notebooks : sequence of str
        Names such as ``07_association``; in ``reports.toml`` they stand under ``after`` of the notebook that asks.

    Returns
    -------
    DataFrame
        One row per report of the catalogue: report (its folder), notebook, state (made, failed, missing), and a column for
        each parameter, empty where a report has none of that name.

    Raises
    ------
    ValueError
        If no report was ever asked for.
    """
    table = _read("reports.csv")
    table = table[table["notebook"].isin(notebooks)].reset_index(drop=True)
    return table.drop(columns="parameters").join(pd.DataFrame([json.loads(text) for text in table["parameters"]]))


def results(notebooks):
    """
    Return the estimates that the reports of some notebooks left.

    Parameters
    ----------
    notebooks : sequence of str

    Returns
    -------
    DataFrame
        Rows of ``reports/results.csv`` (columns: ``reports/README.md``) with notebook before them, in the file's order.

    Raises
    ------
    ValueError
        If there is none; the message says what to do first.
    """
    table = _read("results.csv")
    table.insert(0, "notebook", table["report"].str.split("/").str[0])
    table = table[table["notebook"].isin(notebooks)].reset_index(drop=True)
    return table if len(table) else _nothing(f"no result of {', '.join(notebooks)}")


def _read(name):
    file = paths.reports() / name
    if not file.is_file():
        _nothing("no results of any report")
    return pd.read_csv(file, dtype={"unit_code": "str"}, keep_default_na=False, na_values=[""], low_memory=False)


def _nothing(what):
    raise ValueError(f"reports/ holds {what}; this page is made from them. Run first: helpers run")
