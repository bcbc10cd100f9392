"""Draws the figure of README.md and README.vi.md: ``.venv/bin/python docs/share_non_local.py``."""

from pathlib import Path

import matplotlib.style

from helpers import paths
from helpers.plots import charts
from helpers.record import terms
from helpers.words import Words

FILES = {lang: Path(__file__).with_suffix(suffix) for lang, suffix in (("en", ".png"), ("vi", ".vi.png"))}


def draw(file, words):
    """Write the share of non-local secretaries, 2005 to 2025, as a PNG."""
    national = terms.national("hometown")
    last = national.iloc[-1]
    finding = words.pick(
        "On 30 June {year}, {n} of {known} provincial party secretaries known were non-local",
        "Ngày 30/06/{year}, {n} trong {known} bí thư tỉnh ủy, thành ủy đã biết không phải là người địa phương",
    )
    known = int(last["local"] + last["non_local"])
    detail = words.pick(
        "Share of secretaries whose home province is another one, on 30 June of each year",
        "Tỷ lệ bí thư có quê quán ở tỉnh khác, ngày 30/06 hằng năm",
    )
    with matplotlib.style.context(str(paths.root() / "src" / "helpers" / "plots" / "helpers.mplstyle")):
        fig, axes = charts.sheet(height=4.2)
        charts.share_over_time(national, words, axes[0, 0], events={"26-NQ/TW": 2018 + 4.6 / 12})
        charts.title(fig, words.plain(finding, year=int(last["year"]), n=int(last["non_local"]), known=known), detail)
        charts.footer(fig, words, "data/leaders.csv", n=words("{n} provinces", n=int(last["n_units"])))
        fig.savefig(file, metadata={"Software": None})


if __name__ == "__main__":
    for lang, file in FILES.items():
        draw(file, Words(lang))
