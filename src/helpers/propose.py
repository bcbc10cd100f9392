"""From a Vietnamese article to proposed rows of the ledger: rules for the language, each row with locator and reason."""

import os
import re
import unicodedata
from datetime import date
from fractions import Fraction
from pathlib import Path

import pandas as pd

from helpers import datasets, ledger, paths, places
from helpers.ledger import clean

COLUMNS = [
    "proposal_id",
    "article",
    "place",
    "place_level",
    "province_code",
    "as_of",
    "as_of_basis",
    "measure",
    "value",
    "unit",
    "denominator",
    "value_qualifier",
    "kind",
    "instrument",
    "post",
    "post_level",
    "non_local",
    "verb",
    "origin_level",
    "destination_level",
    "quote_locator",
    "printed",
    "reason",
    "problem",
]
LIMIT = 2_000_000
_FACT_COLUMNS = [
    "article",
    "place",
    "place_level",
    "province_code",
    "as_of",
    "measure",
    "value",
    "unit",
    "denominator",
    "instrument",
    "quote_locator",
    "kind",
    "value_qualifier",
    "as_of_basis",
]

# --- the words of the language, as patterns over cleaned text

_NUM = r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_ONES = {
    "một": 1,
    "mốt": 1,
    "hai": 2,
    "ba": 3,
    "bốn": 4,
    "tư": 4,
    "năm": 5,
    "lăm": 5,
    "sáu": 6,
    "bảy": 7,
    "bẩy": 7,
    "tám": 8,
    "chín": 9,
}
_SCALES = {"trăm": 100, "nghìn": 1000, "ngàn": 1000, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9}
_WORDNUM = rf"(?:(?:{'|'.join(_ONES)}|mười|mươi|không|linh|lẻ|rưỡi|{'|'.join(_SCALES)})\b ?)+"
_CODE = r"[A-ZĐ]{1,8}(?: ?[-/] ?[A-ZĐ][A-Za-zĐ]{1,9}\d*)+"
_TYPES = (
    "Nghị quyết|Quy định|Quyết định|Kết luận|Chỉ thị|Kế hoạch|Đề án|Hướng dẫn|Thông báo|Nghị định|Thông tư|Luật|Công văn|Chương trình|Quy chế"
    "|Tờ trình|Báo cáo|Công điện|Pháp lệnh"
)
_COUNTED = {  # noun of what is counted -> unit of the ledger; longer nouns first
    "persons": "đồng chí|người|cán bộ|công chức|viên chức|đảng viên|bí thư|phó bí thư|chủ tịch|phó chủ tịch|lãnh đạo|đại biểu|ủy viên|thành viên"
    "|cấp ủy viên|học viên|lao động|giáo viên|nhân sự|nhân khẩu|khẩu|sinh viên|trưởng phòng|cá nhân|chiến sĩ",
    "turns": "lượt(?: (?:cán bộ|người|đồng chí|công chức))?",
    "communes": "xã|phường|thị trấn|đơn vị (?:hành chính )?cấp xã|đảng bộ xã",
    "districts": "huyện|quận|thị xã|đơn vị (?:hành chính )?cấp huyện",
    "provinces": "tỉnh|thành phố trực thuộc",
    "organisations": "tổ chức đảng|tổ chức cơ sở đảng|chi bộ|đảng bộ|chi, đảng bộ|cấp ủy|TCĐ",
    "posts": "chức danh|vị trí việc làm|biên chế",
    "households": "hộ",
    "units": "đơn vị|cơ quan|phòng|ban|sở|địa phương|tập thể",
    "levels": "cấp",
    "enterprises": "doanh nghiệp",
    "projects": "dự án|công trình",
    "villages": "thôn|bản|buôn|ấp|khu dân cư|tổ dân phố",
    "years": "năm|tuổi",
    "months": "tháng",
    "terms": "nhiệm kỳ",
    "days": "ngày",
    "weeks": "tuần",
    "criteria": "tiêu chí|chỉ tiêu",
    "cases": "vụ việc|vụ|trường hợp|đơn thư|đơn",
    "conferences": "hội nghị|lớp|cuộc|buổi",
    "documents": "văn bản|nghị quyết|kế hoạch",
    "hectares": "ha|héc-ta",
    "kilometres": "km|ki-lô-mét",
    "tonnes": "tấn",
    "kilograms": "kg",
    "points": "điểm",
    "times": "lần",
    "views": "lượt xem|lượt đọc",
}
_UNIT_OF = {noun: unit for unit, nouns in _COUNTED.items() for noun in re.split(r"\|(?![^(]*\))", nouns)}
_NOUNS = "|".join(sorted(_UNIT_OF, key=len, reverse=True))
_CAPS = {"NAM": "years", "NGUOI": "persons", "DONG CHI": "persons", "XA": "communes", "HUYEN": "districts"}
_PLACE_NOUN = r"(?:xã|phường|thị trấn|huyện|quận|thị xã|thành phố|tỉnh|địa phương|đơn vị|chi bộ|đảng bộ)"
_BEFORE = (
    ("at_least", r"(?:ít nhất|tối thiểu|không dưới|không ít hơn)(?: là| có)?"),
    ("at_most", r"(?:tối đa|không (?:\w+ )?(?:vượt )?quá|nhiều nhất)(?: là)?"),
    ("more_than", r"(?:hơn|trên|vượt|quá)"),
    ("nearly", r"(?:gần|ngót|suýt soát)"),
    ("less_than", r"(?:dưới|chưa đến|chưa tới|chưa đầy|thấp hơn)"),
    ("approx", r"(?:khoảng|chừng|xấp xỉ|ước|độ|tầm)(?: đạt)?"),
)
_POSTS = (
    ("deputy_secretary", r"phó bí thư"),
    ("vice_chair", r"phó chủ tịch"),
    ("party_secretary", r"bí thư"),
    ("council_chair", r"chủ tịch (?:HĐND|hội đồng nhân dân)"),
    ("committee_chair", r"chủ tịch(?: (?:UBND|ủy ban nhân dân))?"),
    ("key_cadre", r"cán bộ (?:lãnh đạo )?chủ chốt"),
    ("standing_member", r"thường trực"),
    ("committee_member", r"ủy viên|cấp ủy viên"),
)
_LEVEL_WORDS = (
    ("commune", r"xã|phường|thị trấn|cơ sở"),
    ("district", r"huyện|quận|thị|thành ủy"),
    ("province", r"tỉnh"),
    ("centre", r"trung ương"),
)
_LEVEL = {w: level for level, words in _LEVEL_WORDS for w in words.split("|")}
_VERBS = {
    "luan_chuyen": "luân chuyển",
    "dieu_dong": "điều động",
    "biet_phai": "biệt phái",
    "bo_tri": "bố trí",
    "bo_nhiem": "bổ nhiệm",
}
_NONLOCAL = re.compile(r"không (?:phải )?(?:là )?(?:người|dân) (?:địa phương|sở tại)|ngoài địa phương", re.IGNORECASE)
_FLOW = re.compile(
    r"(?:từ )?(?:cấp )?(tỉnh|huyện|xã|trung ương|cơ sở|sở, ngành)(?: thực hiện)?(?: được)?(?: (?:luân chuyển|điều động|biệt phái|tăng cường))?"
    r"(?: (?:về|lên|xuống|đến|ra))(?: làm việc tại)?(?: cấp)? (tỉnh|huyện|xã|trung ương|cơ sở)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(đã|đạt|đến nay|(?<!thực )(?<!thể )(?<!biểu )(?<!phát )hiện|tính đến|toàn (?:tỉnh|huyện|xã)|còn|kết quả|qua đánh giá)\b",
    re.IGNORECASE,
)
_GOAL = re.compile(
    r"(?<!\w)(mục tiêu|chỉ tiêu|phấn đấu|xác định|đề ra|đặt ra|\d%?[^.;,\d]{0,25} trở lên|yêu cầu|(?<!không )phải (?:có|đạt|bố trí|bảo đảm|đảm bảo|thực hiện|hoàn thành)|đến (?:giữa|cuối) nhiệm kỳ|đến hết nhiệm kỳ|hằng năm có|hàng năm có|bảo đảm có|đến năm 20\d\d)\b",
    re.IGNORECASE,
)
_QUALITY = re.compile(r"(phẩm chất|chất lượng|uy tín|trách nhiệm|năng lực|năng động)", re.IGNORECASE)
_AS_OF = re.compile(
    r"(?:tính |cập nhật )?(?:đến|tới)(?: hết)?(?: thời điểm)?(?: nay)?,? ?$|(?:trong|vào|hết|cuối|đầu)(?: ngày)? ?$",
    re.IGNORECASE,
)


def number(token, unit=None):
    """
    Read a printed number with a decimal comma and dots for thousands, or the other way round where the context says so.

    ``17.000`` is 17000 and ``64,89`` is 64.89; ``7.32`` and ``0.5`` have a decimal point; ``17,000`` is 17000 where things are counted.

    Returns
    -------
    Fraction
    """
    if re.fullmatch(r"\d+", token):
        return Fraction(token)
    marks = re.findall(r"[.,]", token)
    if len(set(marks)) == 2:
        return Fraction(token.replace(marks[0], "").replace(marks[-1], "."))
    head, tail = re.split(r"[.,]", token)[0], re.split(r"[.,]", token)[-1]
    grouped = len(tail) == 3 and head != "0" and (len(marks) > 1 or marks[0] == "." or unit in _COUNTED)
    if grouped and unit in ("percent", "points", "percent_of_target", "percentage_points") and len(marks) == 1:
        grouped = False
    return Fraction(re.sub(r"[.,]", "", token)) if grouped else Fraction(token.replace(",", "."))


def words_number(text):
    """Return the whole number that Vietnamese number words spell, or None: "hai mươi ba" is 23, "một trăm linh năm" 105."""
    total = group = last = 0
    seen = False
    for word in text.split():
        if word in _ONES:
            group, last, seen = group + _ONES[word], _ONES[word], True
        elif word == "mười":
            group, seen = group + 10, True
        elif word == "mươi" and seen:
            group += last * 9
        elif word == "trăm" and seen:
            group += last * 99
        elif word == "rưỡi" and total:
            total += total // 2
        elif word in _SCALES and seen:
            total, group = total + max(group, 1) * _SCALES[word], 0
        elif word not in ("không", "linh", "lẻ"):
            return None
    return total + group if seen else None


# --- reading a file


def read(path):
    """
    Read an article: UTF-8 text, or a saved HTML page from which trafilatura takes the article.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For a file over 2 MB, binary content, or another encoding (named as far as it can be told).
    """
    path = Path(path)
    size = path.stat().st_size
    if size > LIMIT:
        raise ValueError(
            f"{path.name} has {size / 1e6:.1f} MB; expected one article of at most {LIMIT / 1e6:.0f} MB. Cut out the article."
        )
    content = path.read_bytes()
    if content[:4] in (b"%PDF", b"PK\x03\x04"):
        raise ValueError(
            f"{path.name} is a {'PDF' if content[:1] == b'%' else 'Word or zip'} file; expected text or HTML. Save it as plain text."
        )
    guess = _other_encoding(content)
    if guess:
        raise ValueError(
            f"{path.name} looks like {guess}; expected UTF-8. Convert it: iconv -f {guess.split()[0]} -t UTF-8, or a converter of fonts."
        )
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if re.match(r"\s*(<!doctype html|<html|<head|<body|<\?xml)", text, re.IGNORECASE) or path.suffix.lower() in (
        ".html",
        ".htm",
        ".xhtml",
    ):
        import trafilatura

        text = trafilatura.extract(text, include_comments=False, include_tables=False, favor_recall=True) or ""
    return text


def _other_encoding(content):
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:4000].count(b"\x00") > len(content[:4000]) / 8:
        return "UTF-16"
    tcvn = sum(
        content.count(w) for w in (b"c\xf1a", b"ng\xad\xeai", b"\xae\xad\xeec", b"kh\xabng", b" v\xb5 ", b" l\xb5 ")
    )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        if tcvn > 1:
            return "TCVN3 (ABC fonts)"
        if sum(content.count(w) for w in (b"c\xf9a", b"ng\xf6\xf4\xf8i", b"\xf1\xf6\xf4\xef", b"kho\xe2ng")) > 1:
            return "VNI (VNI fonts)"
        vietnamese = unicodedata.normalize("NFC", content.decode("cp1258", "replace"))
        if sum(vietnamese.count(f" {w} ") for w in ("của", "và", "các", "người", "được", "không", "là")) > 0:
            return "CP1258 (windows-1258)"
        from charset_normalizer import from_bytes

        best = from_bytes(content).best()
        return best.encoding if best else "an unknown encoding"
    if sum(text.count(w) for w in ("cña", "ng\u00adêi", "®\u00adîc", "kh«ng", " vµ ", " lµ ")) > 1:
        return "TCVN3 (ABC fonts)"
    return "binary" if "\x00" in text else None


# --- body and furniture


def _zones(lines):
    """Return "body", "dateline" or "page" for each non-empty line: what belongs to the article and what to the page around it."""
    ends = re.compile(r"[.!?…:;][\"”’»')\]]*$")
    prose = [len(x.split()) >= 20 and bool(ends.search(x)) and not x.startswith("•") for x in lines]
    if not any(prose):
        prose = [len(x.split()) >= 6 and bool(ends.search(x)) and not x.startswith("•") for x in lines]
    first = prose.index(True) if any(prose) else 0
    last = len(lines) - prose[::-1].index(True) - 1 if any(prose) else len(lines) - 1
    stop = re.compile(
        r"(các )?tin (khác|mới|liên quan|cùng|đọc)|đọc thêm|bài (viết )?liên quan|bình luận|trả lời|gửi (ý kiến|bình luận)|chùm ảnh|xem thêm|ý kiến bạn đọc",
        re.IGNORECASE,
    )
    after = next(
        (i for i in range(first + 1, len(lines)) if stop.match(lines[i]) and len(lines[i].split()) < 8), len(lines)
    )
    zones = []
    for i, line in enumerate(lines):
        stamped = re.search(
            r"\d{1,2}[:hg]\d{2}|(?i:thứ (hai|ba|tư|năm|sáu|bảy)|chủ nhật|cập nhật)|^\W*\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\W*$",
            line,
        )
        if i < first and stamped and first - i <= 8 and re.search(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|tháng \d+", line):
            zones.append("dateline")
        elif line.startswith("•") or i >= after or i > last + 1:
            zones.append("page")
        elif i >= first:
            zones.append("body")
        else:
            zones.append(
                "body" if first - i <= 4 and len(line.split()) <= 25 and not re.search(r" {3}|\t", line) else "page"
            )
    return zones


# --- finding


class _Hits(list):
    """Candidates of one sentence; a stretch of text is given to the first rule that takes it."""

    def __init__(self, text):
        super().__init__()
        self.text, self.taken = text, []

    def free(self, start, end):
        return all(end <= a or start >= b for a, b in self.taken)

    def take(self, start, end):
        self.taken.append((start, end))

    def add(self, match, value, unit, reason, **more):
        start, end = more.pop("span", match.span())
        if not self.free(start, end):
            return None
        self.take(start, end)
        hit = {
            "start": start,
            "end": end,
            "value": value,
            "unit": unit,
            "reason": reason,
            "qualifier": "exact",
            "problem": "",
            **more,
        }
        hit["printed"] = self.text[start:end].strip()
        self.append(hit)
        return hit


def _day(y, m, d):
    try:
        return date(int(y), int(m), int(d)).isoformat(), ""
    except ValueError:
        return f"{d}/{m}/{y}", f"no such date: {d}/{m}/{y}"


def _spoken_dates(text):
    """Replace number words in "ngày ... tháng ... năm ..." by digits of equal meaning."""

    def digits(m):
        day, month, year = (words_number(re.sub(r"^(không trăm|linh|lẻ) ", "", w.strip())) if w else None for w in m.groups())
        return f"ngày {day} tháng {month}" + (f" năm {2000 + year} " if year else " ") if day and month else m[0]

    return _SPOKEN_DATE.sub(digits, text)


_SPOKEN_DATE = re.compile(
    rf"\bngày (?:mùng |mồng )?({_WORDNUM})tháng (mười một|mười hai|{'|'.join(_ONES)}|mười)\b(?: năm hai (?:nghìn|ngàn) ({_WORDNUM}))?", re.IGNORECASE
)
_DATE = re.compile(
    r"(?<![\d/])(?:(?:ngày|hôm) )?(?:mùng |mồng )?(\d{1,2})(?: ?[/.-] ?(\d{1,2}) ?[/.-] ?(\d{4})| tháng (\d{1,2})(?:,? (?:năm )|[/.-])(\d{4}))(?![\d/])"
)
_DAY_MONTH = re.compile(
    r"(?:ngày|hôm nay|chiều|sáng|tối),? \(?(?:mùng |mồng )?(\d{1,2})(?: ?[/-] ?| tháng )(\d{1,2})\b(?![\d/%])",
    re.IGNORECASE,
)
_MONTH = re.compile(r"(?:tháng )(\d{1,2})(?: ?[/.-] ?|,? năm )(\d{4})")
_QUARTER = re.compile(r"quý (IV|I{1,3}|[1-4])(?: ?[/-] ?|,? năm )(\d{4})", re.IGNORECASE)
_RANGE = re.compile(r"(?<![\d/.])((?:19|20)\d\d)(?: ?- ?| đến (?:năm )?)((?:19|20)\d\d)(?![\d/])")
_INSTRUMENT = re.compile(
    rf"(?:({_TYPES}) )?(?:số ?:? ?)?(\d{{1,4}}) ?(?:(?:/ ?((?:19|20)\d\d) ?/ ?)(?=({_CODE}|QH\d+))|[-/] ?(?=({_CODE})))(?:{_CODE}|QH\d+)(?:,? ?(?:ký |ban hành )?(?:ngày )?\(?(\d{{1,2}})(?:[/.-]| tháng )(\d{{1,2}})(?:[/.-]| năm )(\d{{4}})\)?)?"
    rf"(?:,? (?:của|do) ([A-ZĐĂÂÊÔƠƯ][^,.;“\"(]{{2,60}}))?"
)
_SHORT = re.compile(rf"(?:{_TYPES}) (?:số )?(\d{{1,4}})(?![\d/%,.]*\d|[%/])")
_PLENUM = re.compile(
    r"(Nghị quyết )?(?:Hội nghị )?(?:lần thứ \w+ )?(?:Ban Chấp hành )?Trung ương(?: Đảng)?(?: lần thứ)? (\d{1,2}|[a-zà-ỹ]+),? ?\(?khóa ([IVXL]+)\)?"
)
_CONGRESS = re.compile(
    r"(?:Đại hội|Đảng bộ|Huyện ủy|Tỉnh ủy|Thành ủy|Thị ủy|Đảng ủy|Ban Chấp hành|Ban Thường vụ|HĐND|Hội đồng|Quốc hội|nhiệm kỳ)[^.;]{0,60}?(?:lần thứ|khóa|khoá) ([IVXL]+)\b"
)
_RANK = re.compile(
    rf"(?:xếp|đứng|giữ)(?: ở)?(?: (?:vị trí|hạng|thứ hạng|ngôi))?(?: thứ)? ?(?P<n>{_NUM}|nhất|nhì|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)(?: ?(?:/|trong|trên)(?: tổng)?(?: số)? ?(?P<of>\d+)(?! ?%))?\b"
    rf"|(?:thứ hạng|vị trí(?: thứ)?|hạng|thứ) (?P<m>\d+|nhất|nhì)(?: ?(?:/|trong|trên)(?: tổng)?(?: số)? ?(?P<mof>\d+)(?! ?%))?\b(?! ?%)",
    re.IGNORECASE,
)
_FIRST = re.compile(r"(?:đứng|dẫn) đầu(?: trong| ở)? (?:cả nước|toàn quốc|toàn tỉnh|khu vực|vùng)", re.IGNORECASE)
_FROM_TO = re.compile(
    r"từ (?:vị trí|thứ hạng|hạng)(?: thứ)? (\d+)(?: ?/ ?(\d+))?[^.;]{0,30}? (?:lên|xuống|đến)(?: (?:vị trí|thứ hạng|hạng))?(?: thứ)? (\d+)(?: ?/ ?(\d+))?",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    rf"(tăng|lên|vượt|cải thiện|nhảy|giảm|tụt|xuống|mất)(?: (?:thêm|được|tới|đến))? ({_NUM}|{_WORDNUM}) ?(?:bậc|hạng|vị trí|thứ bậc)",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"({_NUM})(?: ?(?:-|đến) ?({_NUM}))? ?(%|phần trăm)(?P<pp> ?điểm)?|({_NUM}) (điểm (?:%|phần trăm))", re.IGNORECASE
)
_OUT_OF = re.compile(
    rf"({_NUM}) ?(?:/|trên|trong tổng số|trong số|của) ?({_NUM}) ({_NOUNS}|bí thư|chủ tịch)\b(?!\.\d)", re.IGNORECASE
)
_FRACTION = re.compile(
    r"(?<![\d/])(?:(?<=thiểu )|(?<=nhất )|(?<=hơn )|(?<=trên )|(?<=gần )|(?<=khoảng )|(?=\S+ (?:số|tổng số|cán bộ|đại biểu|nhiệm kỳ|thời gian|diện tích|dân số)))(\d) ?/ ?(\d{1,2})(?![\d/])|\b(một|hai|ba) phần (ba|tư|năm)\b",
    re.IGNORECASE,
)
_HALF = re.compile(r"\b(?:một )?nửa (nhiệm kỳ|số|chặng|thời gian|dân số|tổng số)", re.IGNORECASE)
_TIMES = re.compile(
    rf"gấp (?:(?:khoảng|hơn|gần) )?(?:(đôi|rưỡi|{_WORDNUM})|({_NUM}))(?: ?lần)?|(?:tăng|giảm) ({_NUM}) lần",
    re.IGNORECASE,
)
_MONEY = re.compile(
    rf"({_NUM}) ?(nghìn tỷ|nghìn tỉ|ngàn tỷ|nghìn|ngàn|triệu|tỷ|tỉ)? ?(?:đồng(?! chí)|VND|VNĐ)\b(?: ?/ ?(năm|tháng|ngày|người|hộ|lượt))?(?: ?/ ?(năm|tháng))?|({_NUM}) ?(triệu|tỷ|tỉ)? ?(?:USD|đô la)",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"({_NUM}) ?(nghìn|ngàn|triệu|tỷ|tỉ)? ?((?i:{_NOUNS}))\b|({_NUM}) ({'|'.join(_CAPS)})\b")
_SPOKEN = re.compile(
    rf"(?<!\d )(?<!hàng )(?<!mỗi )(?<!trong )(?<!nhiều )(?<!các )(?<!những )(?<!cả )(?<!đầu )(?<!cuối )\b({_WORDNUM})((?i:{_NOUNS}))\b|\b(?:ít nhất|tối thiểu|cả) ({_WORDNUM})((?i:{_NOUNS}))\b"
)
_REVIEW = re.compile(
    rf"(?:tổng kết|sơ kết|kỷ niệm|nhìn lại)[^.;\d]{{0,20}}? (\d{{1,3}})(?= (?:năm|thực hiện))(?: năm)?"
    rf"|(?:sau|qua|hơn|gần) (?:hơn |gần )?(\d{{1,2}}|{_WORDNUM}) ?năm (?:thực hiện|triển khai|tổ chức)",
    re.IGNORECASE,
)
_ALL = re.compile(rf"(?:ở |tại )?\b(?:tất cả|toàn bộ)(?: các)? {_PLACE_NOUN}", re.IGNORECASE)
_SINCE = re.compile(r"(?:kể )?từ (?:đầu )?năm ((?:19|20)\d\d)(?! ?-)", re.IGNORECASE)
_ENACTED = re.compile(
    r"(?:ban hành|thành lập|ra đời|tái lập|thông qua)(?: vào)? (?:từ )?năm ((?:19|20)\d\d)", re.IGNORECASE
)
_PERIOD = re.compile(r"(?:(\d{1,2}|những|mấy) tháng (đầu|cuối)|\b(đầu|giữa|cuối)) năm ((?:19|20)\d\d)", re.IGNORECASE)
_VIEWS = re.compile(
    rf"(?:lượt (?:xem|đọc)|số lần đọc|views?) ?:? ?({_NUM})|({_NUM}) lượt (?:xem|đọc)(?! ?:)", re.IGNORECASE
)
_NAMED = re.compile(r"\b(?:Trung đoàn|Sư đoàn|Lữ đoàn|Tiểu đoàn|Quốc lộ|Đoàn kinh tế|Binh đoàn) (\d+)\b")
_SCORE = re.compile(rf"({_NUM}) điểm\b(?! ?%| phần trăm)", re.IGNORECASE)
_YEAR = re.compile(r"năm ((?:19|20)\d\d)(?! ?[-/]\d)|(?<=[a-zà-ỹ] )((?:19|20)\d\d)(?=[.,;)]|$)", re.IGNORECASE)


def _scan(text, page):
    """Return the candidates of one cleaned sentence, most special rule first."""
    hits = _Hits(text)
    for m in _VIEWS.finditer(text):
        hits.add(m, number(m[1] or m[2]), "views", "page counter", kind="page_chrome")
    for m in _INSTRUMENT.finditer(text):
        kind, n, year, code, plain, d, mo, y, issuer = m.groups()
        code = code or plain
        issued, problem = _day(y, mo, d) if d else (None, "")
        value = re.sub(r"\s", "", f"{n}/{year}/{code}" if year else f"{n}-{code}" if "/" in code else f"{n}/{code}")
        end = m.end() if not issuer else m.start(9)
        hits.add(
            m,
            value,
            "id",
            "number of a legal text",
            as_of=issued,
            issuer=(issuer or "").strip(),
            problem=problem,
            span=(m.start(), end),
            title=kind,
        )
    for m in _PLENUM.finditer(text):
        n = int(m[2]) if m[2].isdigit() else ledger.ORDINALS.get(m[2])
        if n:
            name = f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n, 'th') } plenum, {m[3]} Central Committee"
            issuing = any(h["unit"] == "id" and 0 <= m.start() - h["end"] < 30 for h in hits)
            if issuing:
                hits.take(*m.span())
            else:
                hits.add(
                    m,
                    f"resolution of the {name}" if m[1] else name,
                    "id",
                    "plenum of the Central Committee",
                    plenum=not m[1],
                )
    for m in _SHORT.finditer(text):
        if hits.free(*m.span()):
            hits.add(m, m[1], "id", "short reference to a legal text", short=True)
    for m in _FROM_TO.finditer(text):
        for i, j in ((1, 2), (3, 4)):
            hits.add(m, int(m[i]), "rank", "rank before and after", span=m.span(i), field=m[j])
        hits.take(*m.span())
    for m in _CHANGE.finditer(text):
        n = number(m[2]) if m[2][0].isdigit() else words_number(m[2])
        down = m[1].lower() in ("giảm", "tụt", "xuống", "mất")
        if n is not None:
            hits.add(m, n, "places_lost" if down else "places_gained", "change of rank")
    for m in _DATE.finditer(text):
        d, mo, y = (m[1], m[2], m[3]) if m[3] else (m[1], m[4], m[5])
        value, problem = _day(y, mo, d)
        hits.add(m, value, "date", "date", problem=problem)
    for m in _QUARTER.finditer(text):
        quarter = {"I": 1, "II": 2, "III": 3, "IV": 4}.get(m[1].upper(), m[1])
        hits.add(m, f"{m[2]}-Q{quarter}", "period", "quarter")
    for m in _MONTH.finditer(text):
        ok = 1 <= int(m[1]) <= 12
        hits.add(m, f"{m[2]}-{int(m[1]):02d}", "month", "month", problem="" if ok else f"no such month: {m[1]}/{m[2]}")
    for m in _RANGE.finditer(text):
        problem = "" if m[1] < m[2] else f"years run backwards: {m[1]}-{m[2]}"
        hits.add(m, f"{m[1]}-{m[2]}", "year_range", "term or phase", problem=problem)
    for m in _DAY_MONTH.finditer(text):
        _, problem = _day(2024, m[2], m[1])
        hits.add(
            m, (int(m[2]), int(m[1])), "date", "day and month; the year is not printed", problem=problem, yearless=True
        )
    for m in _CONGRESS.finditer(text):
        if ledger.roman(m[1]):
            hits.add(m, ledger.roman(m[1]), "ordinal", "number of a congress or term", span=m.span(1))
    for m in _RANK.finditer(text):
        n, field = (m["n"], m["of"]) if m["n"] else (m["m"], m["mof"])
        n = ledger.ORDINALS.get(n.lower(), n)
        has_marker = re.search(r"thứ|hạng|vị trí|ngôi|xếp|đứng", m[0], re.IGNORECASE) and not re.match(
            r"thứ (hai|ba|tư|năm|sáu|bảy)\b", m[0], re.IGNORECASE
        )
        if has_marker and str(n).isdigit() and not re.search(r"lần $", text[: m.start()]):
            hits.add(m, int(n), "rank", "place in a ranking", field=field)
    for m in _FIRST.finditer(text):
        if not re.search(r"một trong (những|số|các)[^,.;]*$", text[: m.start()], re.IGNORECASE):
            hits.add(m, 1, "rank", "first in a ranking, in words")
    for m in _PERIOD.finditer(text):
        when = {"đầu": "early", "giữa": "mid", "cuối": "late"}[(m[2] or m[3]).lower()]
        value = (
            f"{'first' if m[2].lower() == 'đầu' else 'last'} {m[1]} months of {m[4]}"
            if m[1] and m[1].isdigit()
            else f"{when} {m[4]}"
        )
        hits.add(m, value, "period", "part of a year")
    for m in _ENACTED.finditer(text):
        hits.add(m, int(m[1]), "year", "year of an event", event=True)
    for m in _SINCE.finditer(text):
        hits.add(m, int(m[1]), "year", "start of a window", event=True)
    for m in _NAMED.finditer(text):
        hits.add(m, m[1], "id", "number in a name", named=True)
    for m in _PERCENT.finditer(text):
        unit = "percentage_points" if m["pp"] or m[6] else "percent"
        low, high = m[1] or m[5], m[2]
        hits.add(
            m,
            number(low, unit),
            unit,
            "percentage",
            span=m.span() if not high else m.span(1),
            qualifier="at_least" if high else "exact",
        )
        if high:
            hits.add(m, number(high, unit), unit, "percentage", span=(m.start(2), m.end()), qualifier="at_most")
    for m in _OUT_OF.finditer(text):
        unit = _unit(m[3])
        n, total = number(m[1], unit), number(m[2], unit)
        if n <= total:
            hits.add(m, n, unit, "part of a total", span=m.span(1), total=total)
            hits.add(m, total, unit, "total", span=(m.end(1), m.end()), is_total=True)
    for m in _FRACTION.finditer(text):
        top, bottom = (
            (int(m[1]), int(m[2]))
            if m[1]
            else ({"một": 1, "hai": 2, "ba": 3}[m[3].lower()], {"ba": 3, "tư": 4, "năm": 5}[m[4].lower()])
        )
        if 0 < top <= bottom:
            hits.add(m, Fraction(top, bottom), "share", "fraction")
    for m in _HALF.finditer(text):
        hits.add(m, Fraction(1, 2), "share", "half")
    for m in _TIMES.finditer(text):
        spoken = (m[1] or "").strip().lower()
        n = (
            {"đôi": 2, "rưỡi": Fraction(3, 2)}.get(spoken)
            or words_number(spoken)
            or (number(m[2] or m[3]) if m[2] or m[3] else None)
        )
        if n:
            hits.add(m, n, "times", "multiple")
    for m in _MONEY.finditer(text):
        scale = {
            "nghìn": "thousand",
            "ngàn": "thousand",
            "triệu": "million",
            "tỷ": "billion",
            "tỉ": "billion",
            None: "",
        }
        large = {"nghìn tỷ": "trillion", "nghìn tỉ": "trillion", "ngàn tỷ": "trillion"}
        word = (m[2] or m[6] or "").lower() or None
        per = {
            "năm": " per year",
            "tháng": " per month",
            "ngày": " per day",
            "người": " per person",
            "hộ": " per household",
            "lượt": " per turn",
        }
        unit = f"{large.get(word) or scale.get(word, '')} {'USD' if m[5] else 'VND'}".strip()
        unit += "".join(per[x.lower()] for x in (m[3], m[4]) if x)
        each = re.search(r"\b(?:mỗi|hàng|một) (tháng|năm) $", text[: m.start()], re.IGNORECASE)
        unit += per[each[1].lower()] if each and not (m[3] or m[4]) else ""
        hits.add(m, number(m[1] or m[5]), unit, "amount of money")
    for m in _SCORE.finditer(text):
        hits.add(m, number(m[1], "points"), "points", "score")
    for m in _REVIEW.finditer(text):
        spoken = m[1] or m[2].strip()
        n = int(spoken) if spoken.isdigit() else words_number(spoken.lower())
        missing = "" if "năm" in text[m.start() : m.end() + 4] else "; the word for years is missing"
        if n:
            hits.add(m, n, "years", f"length of a period under review{missing}", span=m.span(1 if m[1] else 2))
    for m in _COUNT.finditer(text):
        token, scale, noun = (m[1], m[2], m[3]) if m[1] else (m[4], None, None)
        unit = _unit(noun) if noun else _CAPS[m[5]]
        before = text[max(0, m.start() - 12) : m.start()].lower()
        if unit in ("years", "months", "days") and re.search(r"(ngày|tháng|năm|số) $", before):
            continue
        if unit == "months" and re.match(r" (đầu|cuối) năm", text[m.end() :]):
            continue
        hits.add(m, number(token, unit) * _SCALES.get((scale or "").lower(), 1), unit, "number of things", noun=noun)
    for m in _SPOKEN.finditer(text[:1].lower() + text[1:] if len(text) > 1 else text):
        spoken, noun = (m[1], m[2]) if m[1] else (m[3], m[4])
        n = words_number(spoken.strip())
        alone = spoken.strip() in _ONES
        if (
            n
            and (n > 1 or m[3])
            and noun[0].islower()
            and not (alone and (spoken.strip() in ("tư",) or _unit(noun) in ("times", "levels", "units", "cases")))
        ):
            hits.add(m, n, _unit(noun), "number in words", noun=noun)
    _lists(hits)
    numeric = [h["start"] for h in hits if h["unit"] in (*_COUNTED, "percent", "share", "rank") or "VND" in h["unit"]]
    for hit in [h for h in hits if h["unit"] == "period"]:
        if hit["reason"] == "part of a year" and any(start > hit["end"] for start in numeric):
            hits.remove(hit)
    if _GOAL.search(text) and not _DONE.search(text):
        for m in _ALL.finditer(text):
            hits.add(m, 100, "percent", "all of the units, in words")
    for m in _YEAR.finditer(text):
        hits.add(m, int(m[1] or m[2]), "year", "year", event=page)
    return hits


def _unit(noun):
    key = noun.lower()
    return next(unit for pattern, unit in _UNIT_OF.items() if re.fullmatch(pattern.lower(), key))


def _lists(hits):
    """Give bare numbers of "15 lên 26 xã", "10-12 người", "3, 5 và 7 huyện" the unit of the number that ends the list."""
    for m in reversed(
        list(re.finditer(rf"(?<![\d/.,-])({_NUM})(?: ?(,|và|lên|xuống|còn|đến|tới|-|hoặc) ?)(?=\d)", hits.text))
    ):
        after = [h for h in hits if h["start"] == m.end()]
        if (
            after
            and hits.free(m.start(1), m.end(1))
            and after[0]["unit"] in (*_COUNTED, "percent")
            and not re.match(r"\d{4}$", m[1])
        ):
            ranged = m[2] in ("-", "đến", "tới") and not re.search(r"(tăng|giảm)[^,.;]{0,20}$", hits.text[: m.start()])
            n = number(m[1], after[0]["unit"])
            hits.add(
                m, n, after[0]["unit"], "number in a list", span=m.span(1), qualifier="at_least" if ranged else "exact"
            )
            if ranged:
                after[0]["qualifier"] = "at_most"


def _qualify(hit, text):
    before, after = text[: hit["start"]].rstrip(), text[hit["end"] :]
    if (
        hit["qualifier"] != "exact"
        or hit.get("is_total")
        or hit["unit"] in ("date", "id", "year_range", "ordinal", "year", "month", "period")
    ):
        return
    own = re.match(r"(?:gấp )?(khoảng|hơn|gần|trên)\b", hit["printed"])
    for name, words in _BEFORE:
        if re.search(rf"(?:^|\W){words}$", before, re.IGNORECASE) or (own and re.fullmatch(words, own[1])):
            hit["qualifier"] = name
            return
    tail = re.match(r"[^.;,\d]{0,25}?(?: và \d[\d.,]*%[^.;,\d]{0,20})?\b(trở lên|trở xuống)", after)
    if tail and hit["unit"] not in ("rank", "places_gained", "places_lost"):
        hit["qualifier"] = "at_least" if tail[1] == "trở lên" else "at_most"
    elif re.match(r" (?:có lẻ|lẻ)\b", after):
        hit["qualifier"] = "more_than"


def _kind(hit, text, page):
    if page or hit.get("kind") == "page_chrome":
        return "page_chrome"
    unit = hit["unit"]
    if unit in ("date", "ordinal", "period", "month"):
        return "event_date"
    if unit == "id":
        return "event_date" if hit.get("as_of") or hit.get("plenum") else "rule"
    if unit == "year_range":
        return "plan_term"
    goal, done = _GOAL.search(text), _DONE.search(text)
    aim = goal and not done
    if unit == "year":
        return "plan_term" if aim else "event_date"
    if hit["reason"].startswith("length of a period"):
        return "event_date"
    each = re.search(r"\bmỗi (?!năm|nhiệm kỳ|quý|tháng)[^,.;]{0,40}$", text[: hit["start"]])
    allowance = re.search(r"\b(hỗ trợ|phụ cấp|trợ cấp)\b", text, re.IGNORECASE) and _MONEY.search(text) and not done
    lasting = unit in ("months", "years") and hit["qualifier"] in ("at_least", "at_most")
    if unit == "levels" or (aim and unit == "persons" and hit["value"] <= 3) or each or allowance or lasting:
        return "rule"
    if (
        hit["unit"] == "percent"
        and _QUALITY.search(text[hit["end"] :])
        and not _NONLOCAL.search(text)
        and not aim
        and hit["value"] == 100
    ):
        return "claim"
    return "target" if aim and unit not in ("rank", "places_gained", "places_lost", "years", "months") else "observed"


def _near(patterns, text, hit):
    """Return the name of the pattern that stands nearest to a hit in its clause, looking ahead first."""
    stop = re.search(r"[;.]|, \d", text[hit["end"] :])
    ahead = text[hit["end"] : hit["end"] + (stop.start() if stop else 200)]
    behind = re.split(r"[;.]", text[: hit["start"]])[-1]
    for part, pick in ((hit["printed"] + ahead, min), (behind, max)):
        found = [
            (m.start(), -i, name)
            for i, (name, p) in enumerate(patterns)
            for m in [re.search(p, part, re.IGNORECASE)]
            if m
        ]
        if found:
            return pick(found)[2] if pick is max else min(found, key=lambda f: (f[0], -f[1]))[2]
    return None


def _moves(text):
    """Return the moves of a sentence as (start, end, verb, from, to): a verb of movement with "từ <post>" in one clause."""
    out = []
    for clause in re.finditer(r"[^;]+", text):
        words = clause[0]
        verb = re.search("|".join(_VERBS.values()), words, re.IGNORECASE)
        post = r"((?:Phó )?(?:Bí thư|Chủ tịch|Trưởng|Giám đốc)[^,;.]{0,50})"
        origin = re.search(rf"từ {post}", words)
        if verb and origin:
            goal = re.search(
                rf"(?:làm|giữ chức|giữ chức vụ|đảm nhiệm|đến làm) {post}", words[origin.start() :]
            ) or re.search(post, words[: origin.start()])
            name = next(k for k, v in _VERBS.items() if v == verb[0].lower())
            source = re.split(r" (?:luân chuyển|điều động|về|sang|đến) ", origin[1])[0].strip()
            out.append(
                (
                    clause.start() + origin.start(),
                    clause.start() + origin.end(),
                    name,
                    source,
                    goal[1].strip() if goal else "",
                )
            )
    return out


def propose(path, name=None, place=None):
    """
    Propose rows of the ledger from one article; nothing is written.

    Parameters
    ----------
    path : path
        UTF-8 text or a saved HTML page (the article is then the text that trafilatura extracts).
    name : str, optional
        What column ``article`` shall say; default: the file's name, as ``.txt``.
    place : str, optional
        The province the article is about, in any spelling; default: the one it names most often, or none.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`. ``reason`` names the rule; a row with a ``problem`` (a date that does not exist, a number too large) cannot be
        accepted. ``attrs["text"]`` is the text that locators refer to; ``attrs["reason"]`` says why there are no rows, if so.
    """
    text = read(path)
    return propose_text(text, name or Path(path).with_suffix(".txt").name, place)


def propose_text(text, name, place=None):
    """Propose rows from the text of one article (see :func:`propose`)."""
    lines = [line for line in (raw.strip() for raw in text.split("\n")) if line]
    zones, rows, skipped = _zones([clean(x) for x in lines]), [], []
    raw_lines = [raw for raw in text.split("\n") if raw.strip()]
    state = {
        "years": set(),
        "published": None,
        "instruments": {},
        "context": places.resolve(place) if place else _article_place(text),
    }
    sentences = ledger.split(text)
    for at, sentence in sentences.items():
        p = int(at[1:].partition(".")[0]) - 1
        if (
            re.search(r"\t.*\d|\|.*\d.*\|", raw_lines[p])
            or len(re.findall(r"(?:^| {2,})[\d.,%]+(?= {2,}|$)", raw_lines[p].replace("\xa0", " "))) > 1
        ):
            skipped.append(f"{at}: a line of a table")
            continue
        rows += _rows(clean(sentence), at, ledger.mark(sentence), zones[p], state)
    _years(rows, state)
    rows = _merged(rows)
    for i, row in enumerate(rows, 1):
        row |= {"proposal_id": f"N{i:03d}", "article": name}
    frame = (
        pd.DataFrame(rows, columns=COLUMNS)
        .astype("str")
        .replace({"None": pd.NA, "nan": pd.NA, "": pd.NA})
        .astype("str")
    )
    frame.attrs |= {"text": text, "skipped": skipped, "name": name}
    if frame.empty:
        frame.attrs["reason"] = (
            "the file is empty"
            if not lines
            else "; ".join(skipped[:5]) or "no number, date or legal text was recognised"
        )
    return frame


def _article_place(text):
    found = [code for _, _, code in places.find_all(clean(text))]
    return max(sorted(set(found)), key=found.count) if found else None


def _rows(text, at, digest, zone, state):
    page = zone == "page"
    text = _spoken_dates(text)
    hits = _scan(text, page)
    here = [code for _, _, code in places.find_all(text)]
    code = here[0] if len(set(here)) == 1 else state["context"]
    seen_at = [h for h in hits if h["unit"] in ("date", "month") and _AS_OF.search(text[: h["start"]])]
    seen_at += [h for h in hits if h["unit"] == "month" and h not in seen_at]
    as_of = seen_at[0]["value"] if seen_at and not isinstance(seen_at[0]["value"], tuple) else None
    if as_of and not page and not seen_at[0]["problem"]:
        state["years"].add(as_of[:4])
    out = []
    for start, end, verb, source, goal in _moves(text) if not page else ():
        row = {
            "value": f"{source}->{goal}",
            "unit": "move",
            "reason": "verb of movement with a former post",
            "measure": "post_move",
            "kind": "observed",
        }
        out.append(row | {"verb": verb, "value_qualifier": "exact", "printed": text[start:end], "start": start})
    for hit in hits:
        if hit in seen_at and hit["unit"] in ("date", "month") and not hit["problem"] and not page:
            continue
        row = _row(hit, text, zone, state, as_of)
        if row:
            out.append(row)
    known = [h for h in hits if h["unit"] == "id" and not h.get("named")]
    instrument = state["instruments"].get(known[0]["value"], known[0]["value"]) if known else None
    for row in out:
        row.setdefault("instrument", instrument if row["kind"] in ("observed", "target", "rule", "plan_term") else None)
        row |= {"province_code": code, "quote_locator": f"{at}:{digest}"}
        row |= {"place": places.name(code) if code else None, "place_level": "province" if code else None}
        row["as_of_basis"] = (
            "not_programme"
            if row["kind"] == "page_chrome"
            else row.get("as_of_basis", "stated" if row.get("as_of") else "not_stated")
        )
    return sorted(out, key=lambda r: r["start"])


def _row(hit, text, zone, state, as_of):
    page = zone == "page"
    if hit["unit"] == "id" and not hit.get("named"):
        number_only = hit["value"].split("-")[0].split("/")[0]
        if hit.get("short"):
            if hit["value"].lstrip("0") in {k.lstrip("0") for k in state["instruments"]}:
                hit["value"] = state["instruments"].get(hit["value"], hit["value"])
                return None
        else:
            full = "; ".join(x for x in (hit["value"], hit.get("issuer", ""), hit.get("as_of") or "") if x)
            state["instruments"] |= {number_only: full, hit["value"]: full}
    if hit["unit"] == "year" and not hit.get("event"):
        return None
    _qualify(hit, text)
    kind = _kind(hit, text, page)
    unit, value, problem = hit["unit"], hit["value"], hit["problem"]
    clause = text[hit["start"] - 120 if hit["start"] > 120 else 0 : hit["end"] + 30]
    if (
        unit == "percent"
        and kind == "observed"
        and re.search(r"so với (?:mục tiêu|chỉ tiêu|kế hoạch|nghị quyết)", text[: hit["start"]], re.IGNORECASE)
    ):
        unit = "percent_of_target"
    if (
        unit == "percent"
        and re.match(r" (?:so với )?(?:kế hoạch|chỉ tiêu|mục tiêu|dự toán)(?! \d)", text[hit["end"] :], re.IGNORECASE)
        and kind == "observed"
    ):
        unit = "percent_of_target"
    if unit == "date" and zone == "dateline":
        state["published"] = value
    if unit == "date" and hit.get("yearless"):
        state.setdefault("yearless", []).append(value)
    elif unit == "date" and not problem and zone != "page":
        state["years"].add(value[:4])
    if unit == "month":
        unit = "period"
    if isinstance(value, (int, Fraction)) and abs(value) > 10**13:
        problem = f"number too large to be a count: {hit['printed']}"
    years = [
        m
        for m in _YEAR.finditer(text[: hit["start"]])
        if not re.search(r"(so với|từ) $", text[: m.start()], re.IGNORECASE)
    ]
    own = as_of or (
        (years[-1][1] or years[-1][2])
        if years and unit not in ("id", "date", "year_range", "ordinal", "year", "period")
        else None
    )
    since = _SINCE.search(text[: hit["start"]])
    if since and unit in (*_COUNTED, "percent") and not as_of:
        own = f"{since[1]}..{state['published'] or ''}"
    flow = min(_FLOW.finditer(text), key=lambda m: max(m.start() - hit["end"], hit["start"] - m.end(), 0), default=None)
    flow = flow if unit in ("persons", "turns") and not page else None
    non_local = bool(_NONLOCAL.search(clause + text[hit["end"] : hit["end"] + 160])) and kind in (
        "observed",
        "target",
        "rule",
    )
    post = (
        _near(_POSTS, text, hit)
        if kind in ("observed", "target", "rule") and unit not in ("points", "rank", "years")
        else None
    )
    return {
        "start": hit["start"],
        "value": value,
        "unit": unit,
        "denominator": f"{hit['total']} {unit}"
        if hit.get("total")
        else f"{hit['field']} ranked"
        if hit.get("field")
        else None,
        "value_qualifier": hit["qualifier"],
        "kind": kind,
        "as_of": value if unit == "date" and not hit.get("yearless") and not problem else hit.get("as_of") or own,
        "as_of_basis": "inferred"
        if hit.get("yearless")
        else "stated"
        if (unit == "date" or hit.get("as_of") or own)
        else "not_stated",
        "measure": _measure(hit, unit, kind, post, non_local, zone, text),
        "post": post,
        "post_level": _post_level(text[hit["start"] :]) or _post_level(text) if post or non_local else None,
        "non_local": non_local if kind in ("observed", "target", "rule") else None,
        "verb": _near([(k, v) for k, v in _VERBS.items()], text, hit)
        if unit in ("persons", "turns", *_COUNTED) and not page
        else None,
        "origin_level": _LEVEL.get(flow[1].lower(), "province") if flow else None,
        "destination_level": _LEVEL.get(flow[2].lower()) if flow else None,
        "printed": hit["printed"],
        "reason": hit["reason"] + (f", {hit['qualifier'].replace('_', ' ')}" if hit["qualifier"] != "exact" else ""),
        "problem": problem,
        **(
            {"instrument": state["instruments"][hit["value"]]}
            if unit == "id" and hit["value"] in state["instruments"]
            else {}
        ),
    }


def _post_level(text):
    m = re.search(
        r"(?:cấp|đảng ủy|bí thư|UBND|ủy ban nhân dân) (xã|huyện|tỉnh|phường|thị trấn|quận)|(huyện|tỉnh|xã|thị|thành) ?ủy|(xã), phường",
        text,
        re.IGNORECASE,
    )
    return _LEVEL.get(next(g for g in m.groups() if g).lower(), "district") if m else None


def _measure(hit, unit, kind, post, non_local, zone, text):
    if kind == "page_chrome":
        return f"page_chrome_{re.sub(r'[^a-z]+', '_', unit.lower())}"
    if unit == "date":
        return "article_publication_date" if zone == "dateline" else "event_date"
    if unit == "id":
        return "instrument_issued" if kind == "event_date" else "instrument_cited"
    if unit == "year_range":
        before = text[: hit["start"]].lower()
        if "quy hoạch" in before[-160:]:
            return "planning_term"
        return "instrument_phase" if re.search(r"giai đoạn[^.;]{0,30}$", before) else "term"
    words = ["nonlocal"] * non_local + ([post] if post else [])
    index = re.search(r"\b(PCI|PAPI|PAR INDEX|SIPAS|DDCI|GRDP)\b", text[: hit["start"]], re.IGNORECASE)
    growth = re.search(r"tăng trưởng", text[: hit["start"]][-80:], re.IGNORECASE)
    words += (
        [re.sub(r"\W", "_", index[1].lower())]
        if index and unit in ("points", "rank", "places_gained", "places_lost") and not growth
        else []
    )
    words += ["growth"] if growth else []
    return "_".join([*words, re.sub(r"[^a-z]+", "_", unit.lower()), *([kind] if kind in ("target", "rule") else [])])


def _years(rows, state):
    """Fill the year of dates printed without one from a dated line of the same article, and say that it is inferred."""
    published = (state["published"] or "")[:4]
    year = published or (min(state["years"]) if len(state["years"]) == 1 else None)
    for row in rows:
        if isinstance(row["value"], tuple):
            month, day = row["value"]
            row["value"] = f"{year}-{month:02d}-{day:02d}" if year else f"{day}/{month}"
            row["as_of"] = row["value"] if year else None
            row["reason"] += f"; {year} is taken from another date of the article" if year else ""
            row["problem"] = row["problem"] or (
                "" if year else "the year is not printed and cannot be told from other dates; give it"
            )
        if isinstance(row["value"], Fraction):
            row["value"] = f"{float(row['value']):.10g}"


def _merged(rows):
    """Join repeated mentions of one fact into one row with all its locators."""
    out, seen = [], {}
    for row in rows:
        repeated = row["kind"] != "page_chrome" and (row["unit"] in ("id", "year_range") or row.get("non_local"))
        key = (str(row["value"]), row["unit"], row["kind"], row["measure"])
        if repeated and key in seen:
            if row["quote_locator"] not in seen[key]["quote_locator"]:
                seen[key]["quote_locator"] += ";" + row["quote_locator"]
            continue
        seen[key] = row
        out.append(row)
    return out


# --- how good the proposals are

GROUPS = {  # unit of the ledger -> kind of fact in the table of scores
    "date": "dates and years", "year": "dates and years", "period": "dates and years", "year_range": "terms and phases", "ordinal": "terms and phases",
    "id": "legal texts", "rank": "ranks and changes", "places_gained": "ranks and changes", "places_lost": "ranks and changes", "percent": "shares",
    "percent_of_target": "shares", "share": "shares", "percentage_points": "shares", "points": "scores and money", "move": "moves of persons",
}  # fmt: skip


def _group(row):
    if row["kind"] == "page_chrome":
        return "page furniture"
    return GROUPS.get(row["unit"], "scores and money" if re.search("VND|USD", row["unit"]) else "counts")


def _same_value(one, other, unit):
    if unit in ("move",):
        return True
    numeric = re.compile(r"-?\d+(\.\d+)?")
    if numeric.fullmatch(str(one)) and numeric.fullmatch(str(other)):
        return abs(float(one) - float(other)) <= 1e-6 * max(1, abs(float(one)))
    return clean(str(one)).casefold() == clean(str(other)).casefold()


def score(proposals, facts):
    """
    Compare proposals with accepted rows of the ledger.

    A proposal and an accepted row match when they have the article, a locator, the unit and the value in common (a move: all but the value, which is
    prose). ``recall`` is the share of accepted rows that are matched, ``precision`` the share of proposals; ``*_kind`` ask for the same ledger kind
    (observed, target, ...) too. Derived rows and rows without a locator are not asked for; proposals with a ``problem`` do not count, as they cannot
    be accepted.

    Returns
    -------
    (DataFrame, DataFrame)
        Scores per kind of fact with rows "all" and "numbers" (all but legal texts and moves); and what was missed or proposed in excess.
    """
    gold = facts[~facts["derived"].fillna(False).astype(bool) & facts["quote_locator"].notna()].to_dict("records")
    ours = proposals[proposals["problem"].isna()].to_dict("records")
    for row in gold + ours:
        row["at"] = set(re.findall(r"p\d+\.s\d+", row["quote_locator"]))
        row["group"], row["hit"], row["hit_kind"] = _group(row), False, False
    for g in gold:
        for o in ours:
            if (
                g["article"] == o["article"]
                and g["at"] & o["at"]
                and g["unit"] == o["unit"]
                and _same_value(g["value"], o["value"], g["unit"])
            ):
                g["hit"] = o["hit"] = True
                if g["kind"] == o["kind"]:
                    g["hit_kind"] = o["hit_kind"] = True
    groups = sorted({r["group"] for r in gold + ours})
    numbers = [g for g in groups if g not in ("legal texts", "moves of persons")]
    rows = []
    for name, members in [*((g, [g]) for g in groups), ("numbers", numbers), ("all", groups)]:
        a, b = [r for r in gold if r["group"] in members], [r for r in ours if r["group"] in members]
        share = lambda part, key: sum(r[key] for r in part) / len(part) if part else None
        rows.append(
            (name, len(a), len(b), share(a, "hit"), share(b, "hit"), share(a, "hit_kind"), share(b, "hit_kind"))
        )
    table = pd.DataFrame(
        rows, columns=["group", "accepted", "proposed", "recall", "precision", "recall_kind", "precision_kind"]
    )
    wrong = [{**r, "side": "missed" if r in gold else "excess"} for r in gold + ours if not r["hit_kind"]]
    keep = ["side", "article", "quote_locator", "value", "unit", "kind", "hit"]
    return table, pd.DataFrame(wrong, columns=keep)


# --- proposals on disk, and into the ledger


def write(proposals, out=None):
    """
    Write proposals apart from the ledger: ``out`` (CSV) and, beside it, the text that the locators refer to.

    Returns
    -------
    Path
        ``out``, by default ``.cache/proposals/<article>.csv``.
    """
    name = Path(proposals.attrs.get("name", "article"))
    out = Path(out) if out else paths.cache() / "proposals" / name.with_suffix(".csv").name
    out.parent.mkdir(parents=True, exist_ok=True)
    _replace(out.with_suffix(".txt"), proposals.attrs["text"])
    _replace(out, proposals.to_csv(index=False, lineterminator="\n"))
    return out


def _replace(path, text):
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8", newline="")
    os.replace(part, path)


def accept(proposals, ids, short_name, publisher=None, published=None, changes=None):
    """
    Append chosen proposals to ``data/programme_facts.csv``, and the article to ``data/sources_articles.csv``; all of them or none.

    Parameters
    ----------
    proposals : path
        A file that :func:`write` made.
    ids : sequence of str
        ``proposal_id`` of the rows a person has read and accepts.
    short_name : str
        Short name of the article (two or three capital letters and the year, such as ``SL22``); facts are numbered after it.
    publisher, published : str, optional
        Needed for an article that the ledger does not know; ``published`` defaults to the article's own date line.
    changes : dict of (str, str) to str, optional
        Corrected cells, by proposal and column.

    Returns
    -------
    list of str
        The new fact_ids.

    Raises
    ------
    ValueError
        For an unknown id, a row with a problem, a fact that is there already, or any fault that the codebook finds. Nothing is written.
    """
    import filelock

    rows = pd.read_csv(proposals, dtype="str").set_index("proposal_id", drop=False)
    stamped = rows.loc[rows["measure"] == "article_publication_date", "value"]
    unknown = [i for i in ids if i not in rows.index]
    if unknown or not ids:
        raise ValueError(
            f"{', '.join(unknown) or 'no id'} is not in {Path(proposals).name}; expected some of {rows.index[0]} to {rows.index[-1]}."
        )
    for (i, column), value in (changes or {}).items():
        if i not in rows.index or column not in _FACT_COLUMNS:
            raise ValueError(f"{i}.{column} cannot be set; expected a proposal and one of {', '.join(_FACT_COLUMNS)}.")
        rows.loc[i, column] = value
        if column == "value":
            rows.loc[i, "problem"] = pd.NA
    chosen = rows.loc[list(dict.fromkeys(ids))]
    for row in chosen[chosen["problem"].notna()].itertuples():
        raise ValueError(
            f"{row.proposal_id} ({row.printed}): {row.problem}. Correct it with --set {row.proposal_id}.value=..., or leave it out."
        )
    folder = paths.data()
    with filelock.FileLock(paths.cache() / "ledger.lock"):
        facts, sources = (
            pd.read_csv(folder / f"{n}.csv", dtype="str") for n in ("programme_facts", "sources_articles")
        )
        article = chosen["article"].iloc[0]
        same = facts[facts["article"] == article]
        for row in chosen.itertuples():
            twin = same[
                (same["value"] == row.value) & (same["unit"] == row.unit) & (same["quote_locator"] == row.quote_locator)
            ]
            if len(twin):
                raise ValueError(
                    f"{row.proposal_id} is in the ledger already as {twin['fact_id'].iloc[0]}; leave it out."
                )
        last = max(
            [int(n) for n in facts["fact_id"].str.extract(rf"^{re.escape(short_name)}-(\d+)$")[0].dropna()], default=0
        )
        new = chosen[_FACT_COLUMNS].assign(
            fact_id=[f"{short_name}-{last + k:02d}" for k in range(1, len(chosen) + 1)], derived="false"
        )
        new = new.assign(note=("printed as: " + chosen["printed"]).to_list())
        tables = {"programme_facts": pd.concat([facts, new.reindex(columns=facts.columns)])}
        if article not in set(sources["article"]):
            published = published or (stamped.iloc[0] if len(stamped) else None)
            if not publisher or not published:
                raise ValueError(
                    f"the article {article} is new; give --publisher and --published (YYYY, YYYY-MM or YYYY-MM-DD)."
                )
            source = {"article": article, "short_name": short_name, "publisher": publisher, "published": published}
            source |= {"published_basis": "stated", "licence_or_terms": "press, facts only"}
            tables["sources_articles"] = pd.concat([sources, pd.DataFrame([source])])
        texts = {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
        _refuse_faults(texts)
        for name in sorted(texts, reverse=True):
            _replace(folder / f"{name}.csv", texts[name])
    return new["fact_id"].to_list()


def _refuse_faults(texts):
    """Check changed tables against the codebook in a scratch copy of ``data/``, in a process of its own."""
    import subprocess
    import sys
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        for file in paths.data().iterdir():
            if file.stem not in texts:
                (data / file.name).symlink_to(file.resolve())
        for name, text in texts.items():
            (data / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        code = "import sys; from helpers import datasets\nfor n in sys.argv[1:]: datasets.load(n)"
        done = subprocess.run(
            [sys.executable, "-c", code, *texts],
            check=False,
            env=os.environ | {"HELPERS_ROOT": scratch},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        faults = [
            line.partition("DataFault: ")[2] or line for line in done.stderr.strip().split("\n") if ".csv, row" in line
        ]
        raise ValueError(
            "the ledger would not pass its checks; nothing was written:\n"
            + "\n".join(faults or done.stderr.strip().split("\n")[-1:])
        )


def main(argv):
    """
    Run ``helpers facts verify | check | propose | accept | score``.

    Returns
    -------
    int
        0 where all is well, 1 where a fact does not verify.
    """
    import argparse

    parser = argparse.ArgumentParser(prog="helpers facts")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser("verify", help="recompute every locator from the articles")
    verify.add_argument(
        "--articles", required=True, metavar="DIR", help="folder with the articles (they are not shipped)"
    )
    commands.add_parser("check", help="run the rules over the ledger")
    new = commands.add_parser("propose", help="propose rows from an article; the ledger is not touched")
    new.add_argument("file", help="UTF-8 text or a saved HTML page")
    new.add_argument("--out", metavar="CSV", help="where to (default: .cache/proposals/)")
    new.add_argument("--place", help="the province the article is about")
    take = commands.add_parser("accept", help="append chosen proposals to the ledger")
    take.add_argument("proposals", help="the CSV that propose wrote")
    take.add_argument("ids", nargs="+", metavar="ID", help="N001 N002 ..., as read and accepted by a person")
    take.add_argument("--short-name", required=True, help="such as SL22")
    take.add_argument("--publisher")
    take.add_argument("--published", metavar="DATE")
    take.add_argument("--set", action="append", default=[], metavar="ID.COLUMN=VALUE", help="correct a cell")
    grade = commands.add_parser("score", help="precision and recall of proposals against the accepted rows")
    grade.add_argument("--articles", required=True, metavar="DIR")
    args = parser.parse_args(argv)
    if args.command == "verify":
        result = ledger.verify(args.articles)
        wrong = result[~result["status"].isin(["verified", "external"])]
        for row in wrong.itertuples():
            print(f"{row.fact_id}: {row.status}: {row.detail}")
        print(
            f"{len(result)} rows: "
            + ", ".join(f"{n} {status}" for status, n in result["status"].value_counts().items())
            + "."
        )
        return 1 if len(wrong) else 0
    if args.command == "check":
        for row in ledger.check().to_dict("records"):
            print(
                f"{row['rule']} ({row['severity']}, {row['confidence']}): {row['facts']}: {row['text_en'].format(**row['values'])}"
            )
    elif args.command == "propose":
        found = propose(args.file, place=args.place)
        for line in found.attrs["skipped"]:
            print(f"not read: {line}")
        if found.empty:
            print(f"no proposals: {found.attrs['reason']}. Nothing was written.")
        else:
            print(
                f"{len(found)} proposals, {found['problem'].notna().sum()} with a problem: {write(found, args.out)}. The ledger is unchanged."
            )
    elif args.command == "accept":
        cells = [re.fullmatch(r"(\w+)\.(\w+)=(.*)", text) for text in args.set]
        if not all(cells):
            raise ValueError(
                f"--set {args.set[cells.index(None)]}; expected ID.COLUMN=VALUE, such as N003.measure=district_count."
            )
        changes = {(m[1], m[2]): m[3] for m in cells}
        print(
            "accepted: "
            + ", ".join(accept(args.proposals, args.ids, args.short_name, args.publisher, args.published, changes))
        )
    else:
        facts = datasets.load("programme_facts")
        files = sorted(set(facts["article"]))
        found = pd.concat([propose(Path(args.articles) / name) for name in files])
        print(score(found, facts)[0].round(3).to_string(index=False))
    return 0
