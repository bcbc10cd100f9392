"""The explorer: seconds from a change of choice to the finished answer, and what a visitor costs in memory."""

import time
from statistics import median

import psutil

from helpers import explore

CHANGES = [
    {"outcome": "grdp_growth_pct"}, {"outcome": "grdp_growth_pct", "definition": "career"}, {"outcome": "grdp_growth_pct", "first": "2008"},
    {"outcome": "grdp_growth_pct", "first": "2008", "last": "2015"}, {"provinces": "Red River Delta"}, {"post": "chair"},
    {"covariates": ["population_thousand", "urban_population_share_pct"]}, {"outcome": "papi_corruption"},
    {"outcome": "papi_corruption", "first": "2019", "last": "2021"}, {"definition": "regulation"},
]  # fmt: skip


def _timed(path, query):
    started = time.perf_counter()
    status, _, body = explore.respond(path, {k: v if isinstance(v, list) else [v] for k, v in query.items()})
    return time.perf_counter() - started, status, len(body)


if __name__ == "__main__":
    print(f"first page, with what is loaded once: {_timed('', {})[0]:.2f} s")
    first, rest = [], []
    for change in CHANGES:
        seconds, status, size = _timed("", change)
        later, _, _ = _timed("rest", change)
        first.append(seconds)
        rest.append(later)
        print(
            f"{change!s:90} {seconds:.2f} s, status {status}, {size // 1000} kB; main designs and paths {later:.2f} s"
        )
    print(f"median of {len(first)} changes: {median(first):.2f} s; the rest after it: {median(rest):.2f} s")
    print(f"memory of the one process that serves all visitors: {psutil.Process().memory_info().rss / 1e6:.0f} MB")
