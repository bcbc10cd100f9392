"""Draws the pictures of docs/pages.md and docs/machine.md from the pages under reports/ (docs/screens/*.png), with Chromium."""

import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from helpers import paths

TO = Path(__file__).with_name("screens")
SHOTS = {  # file -> page, width, height, colours, place in the page
    "index.png": ("index.html", 1280, 900, "light", ""),
    "phone_dark.png": ("index.html", 390, 844, "dark", ""),
    "evidence.png": ("evidence.html", 1280, 900, "light", ""),
    "small_dark.png": ("05_province/kon-tum/en/index.html", 400, 860, "dark", ""),
    "compare.png": ("05_province/kon-tum/en/index.html#compare=da-nang", 1180, 860, "light", ""),
    "end.png": ("07_association/pci-score--hometown--secretary/en/index.html", 1180, 760, "light", "#made"),
}


def main():
    """Draw them all."""
    TO.mkdir(exist_ok=True)
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        raise SystemExit("Chromium is needed to draw these pictures, and is not on the path.")
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, (page, width, height, colours, part) in SHOTS.items():
            view = running.new_page(viewport={"width": width, "height": height}, color_scheme=colours)
            file, _, state = page.partition("#")
            view.goto((paths.reports() / file).as_uri() + (f"#{state}" if state else part))
            drawn = Image.open(io.BytesIO(view.screenshot())).convert("RGB")
            drawn.quantize(128).save(TO / name, optimize=True)
        running.close()


if __name__ == "__main__":
    main()
