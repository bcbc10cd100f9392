"""One Vietnamese word for one thing: the terms of the field, wherever a text stands in both languages."""

import ast
import csv
import functools
import json
import re

import pytest
from babel.messages.pofile import read_po

from helpers import paths, words

REJECTED = {
    "spell: lượt giữ chức (nhiệm kỳ is a term of office)": (r"\bspells?\b", "nhiệm kỳ", r"\bterms?\b"),
    "term in office: lượt giữ chức": (r"\bterms? (in|of) office\b|\bterms?\b", "nhiệm kỳ", r"congress|planning|end of the term|phase|elapsed|^terms$"),
    "reassignment: phân lại": ("", "gán lại", None),
    "printed: nêu, công bố, đăng": ("", r"\b(như|được|đã|nguồn|dòng|nơi) in\b", None),
    "an interval is printed: nêu, công bố, đăng": (r"\binterval", r"được in\b|\bin khoảng", None),
    "acting: được giao quyền": (r"\bacting\b", "giữ quyền", None),
    "nobody known in office: chưa rõ ai giữ chức": (r"nobody|vacan", "không ai giữ chức|chức vụ bị khuyết|khuyết chức vụ", None),
    "unknown: chưa rõ": (r"\bunknown\b|\bnot known\b", "không rõ|không biết", None),
    "indicator: chỉ tiêu (chỉ số is an index)": (r"\bindicators?\b|\boutcomes?\b", "chỉ số", r"\bPCI\b|\bind(ex|ices)\b|weights"),
    "treatment: can thiệp (xử lý is said of a case, or of a person at fault)": (r"\btreat(ed|ment)\b", "xử lý", None),
    "break: điểm gián đoạn": (r"\bbreaks?\b", "điểm gãy|đứt gãy", None),
    "codebook: bảng mô tả (bảng mã is an encoding)": (r"\bcodebook\b", "bảng mã|sổ mã", None),
    "rotation: luân chuyển": (r"\brotat", "luân phiên", None),
    "transfer: điều động, said of nothing else": ("", "điều động", r"transfer|movement|moved|posting"),
    "logarithm: logarit": (r"\blog", "lô-ga-rít", None),
    "zero: 0": (r"\bzeros?\b", "(có|là) giá trị không|bằng không", None),
    "who compiled a figure is said from its source": (r"statistics offices", "tự tính", None),
    "parallel trends: xu hướng song song": (r"parallel", r"xu thế|(?<!xu )hướng song song|khỏi song song|đường song song", None),
    "mean: trung bình (bình quân stands in names of statistics)": (r"\b(mean|average)", r"bình quân(?! (đầu người|một tháng|theo dân số))", None),
    "ratio: tỷ số": ("", r"\btỉ (số|lệ)\b", None),
    "shrunk: co": (r"shr[iu]nk|shrinkage", "thu hẹp", r"interval|window"),
    "the brief: bản tóm tắt": ("", "tóm lược", None),
    "by career: theo quá trình công tác": (r"\bcareer\b", r"career \(nơi công tác\)", None),
    "non-local: không phải là người địa phương": ("", r"không phải người địa phương", None),
    "unit-year: quan sát đơn vị-năm": ("", r"cặp đơn vị-năm", None),
    "a claim or statement: nhận định": ("", "phát biểu", None),
    "comparison province: tỉnh đối chứng": ("", "tỉnh so sánh(?! được)", None),
    "student: sinh viên": (r"\bstudents?\b", "học viên|học sinh", None),
    "fixed effects: hiệu ứng cố định": (r"\beffects?\b", "(tác động|ảnh hưởng) cố định", None),
}  # fmt: skip


def _text(node):
    parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return " ".join(parts) if isinstance(node, (ast.Constant, ast.JoinedStr, ast.IfExp, ast.BinOp)) else ""


def _in_code(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            given = {word.arg: word.value for word in node.keywords if word.arg}
            pairs = [
                (given[k], given[k[:-2] + "vi"]) for k in given if re.search(r"(^|_)en$", k) and k[:-2] + "vi" in given
            ]
        else:
            pairs = []
        several = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
        pairs += [several] if len(several) == 2 else []
        yield from ((_text(en), _text(vi)) for en, vi in pairs if _text(en) and _text(vi))


def _in_package(item):
    if isinstance(item, dict):
        yield from ((item.get(k[:-3]) or "", v) for k, v in item.items() if k.endswith("_vi") and isinstance(v, str))
    for part in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
        yield from _in_package(part)


@functools.cache
def pairs():
    """Each pair of texts: where it stands, English, Vietnamese."""
    return list(_pairs())


def _pairs():
    root = paths.root()
    yield from (("catalogue", *pair) for pair in words.catalogue("vi").items())
    package = json.loads((root / "data" / "datapackage.json").read_text("utf-8"))
    yield from (("datapackage.json", *pair) for pair in _in_package(package))
    for file in sorted((root / "data").glob("*.csv")):
        with file.open(encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                yield from (
                    (file.name, row.get(f"{k[:-3]}_en") or "", v or "")
                    for k, v in row.items()
                    if k and k.endswith("_vi")
                )
    for file in sorted((root / "notebooks" / "locale").rglob("*.po")):
        with file.open("rb") as stream:
            yield from ((file.name, str(m.id), str(m.string)) for m in read_po(stream) if m.id)
    for file in [*sorted((root / "src").rglob("*.py")), *sorted((root / "notebooks").rglob("*.py"))]:
        yield from ((file.name, *pair) for pair in _in_code(file.read_text("utf-8")))


def test_the_pairs_of_texts_are_found():
    assert {
        "catalogue",
        "datapackage.json",
        "breaks.csv",
        "01_sourced_table.po",
        "checks.py",
    } <= {where for where, _, _ in pairs()}


def test_what_the_brief_says_of_a_day_in_2025_has_its_source():
    with (paths.root() / "data" / "national_stats.csv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream)
        known = {r["source_url"] for r in rows if (r["as_of"], r["position"]) == ("2025-10-17", "party_secretary")}
    said = [pair for where, *pair in pairs() if where == "15_brief.po" and "17 October 2025" in pair[0]]
    assert [{*re.findall(r"\]\((https:[^)]*)\)", text)} for pair in said for text in pair] == [known] * 2


@pytest.mark.parametrize("term", REJECTED)
def test_a_term_has_one_translation(term):
    english, rejected, unless = REJECTED[term]
    found = [
        (where, en[:100], re.findall(f"(?i).{{0,30}}(?:{rejected}).{{0,30}}", vi))
        for where, en, vi in pairs()
        if re.search(f"(?is){english}", en)
        and re.search(f"(?i){rejected}", vi)
        and not (unless and re.search(f"(?i){unless}", en))
    ]
    assert found == []
