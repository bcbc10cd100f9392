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
    if path.stat().st_size > LIMIT:
        size = f"{path.name} has {path.stat().st_size / 1e6:.1f} MB"
        raise ValueError(f"{size}; expected one article of at most {LIMIT / 1e6:.0f} MB. Cut out the article.")
    content = path.read_bytes()
    kind = {b"%PDF": "PDF", b"PK\x03\x04": "Word or zip"}.get(content[:4])
    if kind:
        raise ValueError(f"{path.name} is a {kind} file; expected text or HTML. Save it as plain text.")
    if guess := _other_encoding(content):
        remedy = "Convert it, with iconv or a converter of fonts."
        raise ValueError(f"{path.name} looks like {guess}; expected UTF-8. {remedy}")
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"(?i)\s*(<!doctype html|<html|<head|<body|<\?xml)", text) or path.suffix.lower() in (".html", ".htm"):
        import trafilatura

        text = trafilatura.extract(text, include_comments=False, include_tables=True, favor_recall=True) or ""
    if len(text) > LIMIT // 5:
        size = f"{path.name} holds {len(text):,} characters of text"
        raise ValueError(f"{size}; expected one article of at most {LIMIT // 5:,}. Cut out the article.")
    return unwrap(text)


def _other_encoding(content):
    """Name what the content is if not text in UTF-8, by words as each encoding writes them; None for text in UTF-8."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:4000].count(b"\x00") > len(content[:4000]) / 8:
        return "UTF-16"
    try:
        text, known = content.decode("utf-8"), ("TCVN3 (ABC fonts)",)
    except UnicodeDecodeError:
        text, known = None, LANGUAGE["encodings"]
    for name in known:
        codec, *words = LANGUAGE["encodings"][name]
        seen = unicodedata.normalize("NFC", content.decode(codec, "replace") if text is None else text)
        if sum(seen.count(word) for word in words) > 1:
            return name
    if text is not None:
        return "binary" if "\x00" in text else None
    from charset_normalizer import from_bytes

    best = from_bytes(content).best()
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
    for line, broke in zip(lines[1:], broken, strict=True):
        last = out[-1].rsplit("\x00", 1)[-1]
        if broke or (line.strip() and goes_on(last) and 0.75 * width <= len(last) <= 1.3 * width):
            out[-1] += "\x00" + line.strip()
        else:
            out.append(line)
    return re.sub("\u00ad\x00|\x00", lambda m: "" if len(m[0]) > 1 else " ", "\n".join(out))


def cells(line: str) -> list[str]:
    """Return the cells of a row of a table (bars, tabs, wide gaps), or label and number of "label: number"."""
    line = re.sub(r":(?= ?\d[\d.,]*\D{0,30}$)", "|", line.replace("\xa0", " ").strip(" |"))
    return [cell.strip() for cell in re.split(r"\||\t|\s{2,}", line)]


def is_table(line: str) -> bool:
    """Return whether a line is a row of a table: bars, tabs, or several numbers set apart by wide gaps."""
    if re.search(r"\d", line) and ("\t" in line.strip() or line.count("|") > 1):
        return True
    row = cells(line)
    return len(row) > 2 and sum(bool(re.fullmatch(r"[\d.,%]+", cell)) for cell in row) > 1


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
        return not line.startswith("•") and len(line.split()) >= words and _END.search(line)

    body = [i for i, x in enumerate(lines) if prose(x, 20)] or [i for i, x in enumerate(lines) if prose(x, 6)]
    first = body[0] if body else 0
    stops = (
        i for i in range(first + 1, len(lines)) if re.match(LANGUAGE["stop"], lines[i]) and len(lines[i].split()) < 8
    )
    after = next(stops, len(lines))
    last = max([i for i in range(first, after) if prose(lines[i], 5)], default=len(lines) - 1)
    found = []
    for i, line in enumerate(lines):
        dated = re.search(LANGUAGE["dated_line"], line) and re.search(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|tháng \d+", line)
        if first - 8 <= i < first and dated and len(line.split()) < 25:
            found.append("dateline")
        elif line.startswith("•") or i >= after or i > last + 1:
            found.append("page")
        else:
            near = first - i <= 4 and len(line.split()) <= 25 and not re.search(r" {3}|\t", line)
            found.append("body" if i >= first or near else "page")
    return found
