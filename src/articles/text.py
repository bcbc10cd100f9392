"""An article as text: its file, its encoding, lines broken by a page, and which of its lines are the article's."""

import itertools
import re
import tomllib
import unicodedata
from importlib import resources
from pathlib import Path

LIMIT = 2_000_000
LANGUAGE = tomllib.loads((resources.files("articles") / "vietnamese.toml").read_text(encoding="utf-8"))
_END = re.compile(r"[.!?…:;][\"”’»')\]]*$")


def read(path: str | Path) -> str:
    """
    Return the text of an article: UTF-8 text, or what trafilatura takes from a saved HTML page, tables included.

    Parameters
    ----------
    path : path
        A text file or a saved page of at most 2 MB.

    Returns
    -------
    str
        One paragraph a line; lines that a PDF broke in mid-sentence are joined (:func:`unwrap`).

    Raises
    ------
    ValueError
        For a file over 2 MB, binary content, or another encoding (named as far as it can be told).
    """
    path = Path(path)
    most = f"expected one article of at most {LIMIT / 1e6:.0f} MB, {LIMIT // 5:,} characters. Cut it out"
    if path.stat().st_size > LIMIT:
        raise ValueError(f"{path.name} has {path.stat().st_size / 1e6:.1f} MB; {most}.")
    content = path.read_bytes()
    if found := _foreign(content):
        raise ValueError(f"{path.name} looks like {found}; expected text or HTML in UTF-8. Save or convert it as that.")
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    text = from_html(text, path.suffix.lower() in (".html", ".htm"))
    if len(text) > LIMIT // 5:
        raise ValueError(f"{path.name} holds {len(text):,} characters of text; {most}.")
    return unwrap(text)


def from_html(text: str, page: bool = False) -> str:
    r"""
    Return the text of a page or of pieces of HTML: a paragraph a line, rows of tables as cells between bars.

    Parameters
    ----------
    text : str
    page : bool, optional
        Whether it is a whole page, even if it does not begin as one.

    Returns
    -------
    str
        The text as it was if it holds no HTML.

    Examples
    --------
    >>> from_html("<p>Kết quả:</p><table><tr><td>Xã An</td><td>14</td></tr></table>")
    'Kết quả:\n| Xã An | 14 |'
    """
    if page or re.match(r"(?i)\s*(<!doctype html|<html|<head|<body|<\?xml)", text):
        import trafilatura

        return trafilatura.extract(text, include_comments=False, include_tables=True, favor_recall=True) or ""
    if not re.search(r"(?i)</(?:p|h\d|div|table|tr|td|li)>", text):
        return text
    from lxml import html

    root = html.fragment_fromstring(text, create_parent="div")
    for row in root.iter("tr"):
        wide = ((" ".join(x.text_content().split()), int(x.get("colspan", 1))) for x in row.iter("td", "th"))
        told = [words for words, times in wide for _ in range(times)]
        row[:], row.text = [], f"\n| {' | '.join(told)} |\n"
    for block in root.iter("p", "div", "br", "li", "caption", "table", *(f"h{i}" for i in range(1, 7))):
        block.text, block.tail = f"\n{block.text or ''}", f"\n{block.tail or ''}"
    return re.sub(r"\s*\n\s*", "\n", root.text_content()).strip()


def _foreign(content):
    """Name what the content is if not text in UTF-8, by its first bytes or by words as each encoding writes them; else None."""
    names = {b"%PDF": "a PDF file", b"PK": "a Word or zip file", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
    found = [name for start, name in names.items() if content.startswith(start)]
    if found or b"\x00" in content:
        return (found or ["UTF-16 or a binary file"])[0]
    for name, (codec, *words) in LANGUAGE["encodings"].items():
        for read_as in ("utf-8", codec):
            seen = unicodedata.normalize("NFC", content.decode(read_as, "ignore"))
            if sum(seen.count(word) for word in words) > 1 and (read_as != "utf-8" or codec == "latin-1"):
                return name
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        import charset_normalizer

        best = charset_normalizer.from_bytes(content).best()
        return best.encoding if best else "an unknown encoding"


def unwrap(text: str) -> str:
    r"""
    Join the lines of paragraphs that a fixed width broke, as text taken from a PDF has them.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The text as it was, unless at least three lines go on with a small letter on the next line.

    Examples
    --------
    >>> unwrap("Đến nay, toàn huyện đã bố trí được 14 đồng\nchí bí thư.")
    'Đến nay, toàn huyện đã bố trí được 14 đồng\nchí bí thư.'
    """
    lines = text.split("\n")

    def goes_on(line):
        return len(line) >= 30 and not _END.search(line.rstrip()) and not re.search(r"\t|\|| {3}", line.strip())

    broken = [goes_on(a) and b.lstrip()[:1].islower() for a, b in itertools.pairwise(lines)]
    if sum(broken) < 3:
        return text
    widths = sorted(len(line) for line in lines if line.strip())
    width, out = widths[9 * len(widths) // 10], [lines[0]]
    for last, line, broke in zip(lines, lines[1:], broken, strict=False):
        filled = line.strip() and goes_on(last) and 0.75 * width <= len(last) <= 1.3 * width
        out += ["\x00" + line.strip() if broke or filled else "\n" + line]
    return "".join(out).replace("\u00ad\x00", "").replace("\x00", " ")


def zones(lines: list[str]) -> list[str]:
    """
    Say of each line whose it is.

    Parameters
    ----------
    lines : list of str
        The lines that are not empty, cleaned.

    Returns
    -------
    list of str
        "body", "dateline" or "page" (menus, lists of links, counters) for each line.
    """

    def prose(line, words):
        return not line.startswith("•") and len(line.split()) >= words and (_END.search(line) or line.endswith("%"))

    def told(line):  # a sentence without its full stop: long, with a comma, few capitals
        small, count = len(re.findall(r"(?<!\S)[^\W\d_A-ZĐ]\w*,? ", line)), len(line.split())
        return prose(line, 5) or (not line.startswith("•") and count >= 20 and "," in line and 4 * small >= 3 * count)

    first = next((i for least in (20, 6) for i, x in enumerate(lines) if prose(x, least)), 0)
    stops = [i for i, x in enumerate(lines) if re.match(LANGUAGE["stop"], x) and len(x.split()) < 8 and i > first]
    after = min(stops, default=len(lines))
    last, found = max([i for i in range(first, after) if told(lines[i])], default=len(lines) - 1), list[str]()
    for i, line in enumerate(lines):
        dated = re.search(LANGUAGE["dated_line"], line) and re.search(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|tháng \d+", line)
        near = first - i <= 4 and (len(line.split()) <= 25 or told(line)) and not re.search(r" {3}|\t", line)
        page = line.startswith("•") or i >= after or i > last + 1 or (i < first and not near)
        dateline = first - 8 <= i < first and dated and len(line.split()) < 25
        found.append("dateline" if dateline else "page" if page else "body")
    return found
