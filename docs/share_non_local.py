"""Draws the figure of README.md and README.vi.md: ``.venv/bin/python docs/share_non_local.py``."""

from pathlib import Path

from helpers import plots, words
from helpers.plots.base import write_png
from helpers.record import terms

FILES = {lang: Path(__file__).with_suffix(suffix) for lang, suffix in (("en", ".png"), ("vi", ".vi.png"))}
TEXTS = {
    "en": (
        "On 30 June {year}, {n} of {known} provincial party secretaries known were non-local",
        "Share of secretaries whose home province is another one, on 30 June of each year",
    ),
    "vi": (
        "Ngày 30/6/{year}, {n} trong {known} bí thư tỉnh đã biết không phải là người địa phương",
        "Tỷ lệ bí thư có quê quán ở tỉnh khác, ngày 30/6 hằng năm",
    ),
}


def draw(file, lang):
    """Write the share of non-local secretaries, 2005 to 2025, as a PNG; the language of the process stays as it was."""
    before, national = words.language(), terms.national("hometown")
    last = national.iloc[-1]
    title, detail = TEXTS[lang]
    known = int(last["local"] + last["non_local"])
    title = title.format(year=int(last["year"]), n=int(last["non_local"]), known=known)
    words.use(lang)
    try:
        write_png(plots.shares({"": national}, title=title, detail=detail, source="data/leaders.csv"), file)
    finally:
        words.use(before)


if __name__ == "__main__":
    for lang, file in FILES.items():
        draw(file, lang)
