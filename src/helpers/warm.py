"""What the press loads once for all its reports (``[project] warm`` in ``reports.toml``): tables parsed and checked, who led by month."""

import io
import itertools
import re
from contextlib import suppress


def everything(sources: list[str]) -> None:
    """
    Load the tables and indicators that some code names, and draw a figure in our style.

    Parameters
    ----------
    sources : list of str
        Code of notebooks and modules.
    """
    import pandas as pd

    # our tables are small: Arrow's strings cost more to unpack than they save
    pd.options.mode.string_storage = "python"
    from helpers import profiles, words
    from helpers.findings import beside
    from helpers.plots import base
    from helpers.record import tables, terms

    code = "\n".join(sources)
    named = set(re.findall(r"""["'](\w+)["']""", code))
    for resource in tables.package()["resources"]:
        if resource["name"] in named:
            with suppress(Exception):
                tables.load(resource["name"])
    for name in named & set(tables.registry().index):
        with suppress(Exception):
            tables.indicator(name)
    for definition, post in itertools.product(terms.DEFINITIONS, terms.POSTS) if "terms" in code else ():
        with suppress(Exception):
            terms.yearly(definition, post=post)
            terms.spells(definition, post=post)
            terms.holders(post=post)
    if "beside" in code:
        with suppress(Exception):
            beside.choice(profiles.province("01"))
    if "findings.after_merger_sentence" in code:  # the same on each page of 04
        from helpers import findings

        with suppress(Exception):
            findings.after_merger_sentence()
    for lang in words.LANGUAGES:
        words.catalogue(lang)
    figure, axes = base.sheet(2, 1)
    for ax in axes[:, 0]:
        ax.plot([0.5, 2000], "o-", label="đ")
        ax.set(title="ấ", xlabel="ạ")
        ax.legend()
    base.write_png(figure, io.BytesIO())
    base.svg(figure)
