"""Checks of the lessons' exercises: each accepts an answer, or names the mistake in English and in Vietnamese.

They are plain Python and need no grader. What is right is computed here from the tables, apart from the notebook.
"""

import math
import re
from functools import cache
from numbers import Real

import numpy as np
import pandas as pd

from helpers import effects, study
from helpers.effects import linear, synthetic
from helpers.record import tables, terms


class Hint(AssertionError):
    """What is wrong with an answer, in both languages; a notebook shows these two lines and no traceback."""

    def __init__(self, en, vi) -> None:
        super().__init__(f"{en}\n{vi}")

    def _render_traceback_(self):
        return str(self).splitlines()


SIGN = ("The size is right and the sign is not: look at what is taken from what.", "Độ lớn đúng nhưng sai dấu: hãy xem lấy số nào trừ số nào.")
PER_CENT = ("The answer is a hundred times the one asked for: give a share between 0 and 1.", "Câu trả lời gấp 100 lần: hãy cho tỷ lệ từ 0 đến 1.")
A_SHARE = ("The answer is a hundredth of the one asked for: give it in per cent.", "Câu trả lời bằng một phần trăm số cần tìm: hãy tính theo phần trăm.")
UNKNOWN_LOCAL = (
    "Unknown was counted as local. Whose home is not known is neither local nor non-local: leave such rows out.",
    "Đã tính chưa rõ là người địa phương. Chưa rõ quê quán thì không xếp vào bên nào: hãy bỏ các dòng đó.",
)
UNKNOWN_NON_LOCAL = (
    "Unknown was counted as non-local. Whose home is not known is neither: leave such rows out.",
    "Đã tính chưa rõ là không phải người địa phương. Chưa rõ quê quán thì không xếp vào bên nào: hãy bỏ các dòng đó.",
)


def _right(number):
    if number:
        print(f"Exercise {number}: right. / Bài {number}: đúng.")


def _given(name, answer):
    if answer is None or answer is ...:
        raise Hint(f"{name} has no answer yet: put yours in place of the dots.", f"{name} chưa có câu trả lời: hãy thay dấu ba chấm.")
    return answer


def _near(one, other):
    return math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-9)


def _number(number, name, answer, right, wrong=(), share=False, percent=False):
    """Accept ``right`` (to a thousandth of its size; without a word if ``number`` is None); say what another number means, from ``wrong``: (value, en, vi)."""
    answer = _given(name, answer)
    if isinstance(answer, pd.Series | pd.DataFrame | list | tuple | dict | str | bool) or not isinstance(answer, Real):
        kind = type(answer).__name__
        raise Hint(f"{name} is of type {kind}; expected one number.", f"{name} thuộc kiểu {kind}; cần một con số.")
    if math.isnan(answer):
        raise Hint(f"{name} is missing (nan): a missing value got into the sum.", f"{name} là giá trị thiếu (nan): có giá trị thiếu trong phép tính.")
    if _near(answer, right):
        return _right(number)
    known = [*wrong, (-right, *SIGN)] + [(100 * right, *PER_CENT)] * share + [(right / 100, *A_SHARE)] * percent
    for value, en, vi in known:
        if _near(answer, value):
            raise Hint(en, vi)
    raise Hint(
        f"{name} is not the number asked for. Say in words which rows are kept, and what is divided by what; then compare with the question.",
        f"{name} chưa phải số cần tìm. Hãy diễn đạt bằng lời: giữ những dòng nào, lấy gì chia cho gì; rồi so với câu hỏi.",
    )


def _choice(number, name, answer, right, wrong):
    """Accept one letter; ``wrong`` maps each other letter to its hint."""
    answer = _given(name, answer)
    letter = answer.strip().lower() if isinstance(answer, str) else answer
    if letter == right:
        return _right(number)
    letters = ", ".join(sorted([right, *wrong]))
    raise Hint(*wrong.get(letter, (f"{name} is {answer!r}; expected one letter of: {letters}.", f"{name} là {answer!r}; cần một trong các chữ: {letters}.")))


def _values(indicator, year):
    table = tables.indicator(indicator)
    units = tables.load("units")["unit_code"]
    return table[(table["year"] == year) & table["unit_code"].isin(units)].set_index("unit_code")["value"]


def _led(year, definition="hometown"):
    return terms.in_office(years=(year, year), definition=definition).set_index("unit_code")["non_local"]


# 01 Reading a sourced table


def table_1(n_provinces):
    """Provinces with a PAPI total in 2021."""
    papi = tables.indicator("papi_total")
    year = tables.load("governance").query("year == 2021")
    rows = year["indicator"].str.startswith("papi_").sum()
    every = ("This counts rows of several {}; filter the table by {} first.", "Số này đếm dòng của nhiều {}; hãy lọc bảng theo {} trước.")
    _number(1, "n_provinces", n_provinces, int((papi["year"] == 2021).sum()), [
        (63, "63 is all provinces. Those left out of the 2021 results have no row: absent is not zero, and not present.",
         "63 là tổng số tỉnh. Tỉnh không có kết quả năm 2021 thì không có dòng: vắng mặt không phải là số 0."),
        (len(papi), every[0].format("years", "year"), every[1].format("năm", "năm")),
        (rows, every[0].format("indicators", "indicator"), every[1].format("chỉ tiêu", "chỉ tiêu")),
        (len(year), every[0].format("indicators", "indicator"), every[1].format("chỉ tiêu", "chỉ tiêu")),
    ])  # fmt: skip


def table_2(urban_share):
    """Urban share of the country in 2024, per cent."""
    share, people = _values("urban_population_share_pct", 2024), _values("population_thousand", 2024)
    _number(2, "urban_share", urban_share, (share * people).sum() / people.sum(), [
        (share.mean(), "Percentages were averaged unweighted: a small province counts as much as a large one. Weight by population.",
         "Đã lấy trung bình các tỷ lệ phần trăm mà không có trọng số: tỉnh nhỏ được tính như tỉnh lớn. Hãy dùng dân số làm trọng số."),
        (share.median(), "This is the median province, not the country: weight by population.",
         "Đây là tỉnh ở vị trí trung vị, không phải cả nước: hãy dùng dân số làm trọng số."),
        (share.sum(), "Percentages of different totals cannot be added: turn them into people first.",
         "Không cộng được các tỷ lệ phần trăm có mẫu số khác nhau: hãy đổi ra số người trước."),
    ], percent=True)  # fmt: skip


def table_3(n_dated):
    """Spells whose start is known to the month."""
    spells = terms.spells()
    month, censored = spells["start_precision"] == "month", spells["start_censored"]
    _number(3, "n_dated", n_dated, int((month & ~censored).sum()), [
        (int(month.sum()), "Censored starts were counted: there the month is when the person is first seen in office, not when they came.",
         "Đã tính cả các lượt giữ chức bị chặn đầu: tháng ghi ở đó là lúc thấy người ấy đã giữ chức, không phải lúc nhận chức."),
        (int((~censored).sum()), "Starts known only to the year were counted; the table shows July for them by rule, not by knowledge.",
         "Đã tính cả các mốc chỉ biết năm; bảng ghi tháng 7 cho các mốc đó theo quy ước, không phải vì biết."),
        (len(spells), "This is every spell. Keep those with start_precision 'month' that are not start_censored.",
         "Đây là mọi lượt giữ chức. Hãy giữ những dòng có start_precision là 'month' và không start_censored."),
    ])  # fmt: skip


# 02 Local, rotated, appointed


def local_1(share_2010):
    """Share of known secretaries non-local by hometown, 30 June 2010."""
    led = _led(2010)
    _number(1, "share_2010", share_2010, float(led.dropna().mean()), [
        (float(led.fillna(False).mean()), *UNKNOWN_LOCAL),
        (float(led.fillna(True).mean()), *UNKNOWN_NON_LOCAL),
        (float(1 - led.dropna().mean()), "This is the share of locals.", "Đây là tỷ lệ người địa phương."),
    ], share=True)  # fmt: skip


def local_2(n_disagree):
    """Spells non-local by hometown and local by career."""
    home = terms.spells("hometown").set_index("spell_id")["non_local"]
    career = terms.spells("career").set_index("spell_id")["non_local"]
    there, back = (home & ~career).fillna(False).sum(), (~home & career).fillna(False).sum()
    _number(2, "n_disagree", n_disagree, int(there), [
        (int(back), "These are the others: local by hometown and non-local by career.", "Đây là nhóm ngược lại: là người địa phương theo quê quán nhưng không theo quá trình công tác."),
        (int(there + back), "Both directions of disagreement were added; only one is asked for.", "Đã cộng cả hai chiều khác nhau; câu hỏi chỉ cần một chiều."),
        (int((home & ~career.fillna(False)).fillna(False).sum()), *UNKNOWN_LOCAL),
        (int(home.fillna(False).sum()), "These are all that are non-local by hometown; the second condition is missing.", "Đây là mọi lượt giữ chức không phải người địa phương theo quê quán; còn thiếu điều kiện thứ hai."),
    ])  # fmt: skip


def local_3(low, high):
    """Bounds of the share of provinces led by a non-local by career, 30 June 2010."""
    led, home = _led(2010, "career"), _led(2010)
    _given("low", low), _given("high", high)
    if low > high:
        raise Hint("low is above high: low counts every unknown as local, high every unknown as non-local.", "low lớn hơn high: low coi mọi trường hợp chưa rõ là người địa phương, high coi là không phải.")
    known = float(led.dropna().mean())
    dropped = (known, "This is the share among the known. A bound keeps all 63 provinces and fills the unknown one way, then the other.",
               "Đây là tỷ lệ trong số đã biết. Cận phải giữ cả 63 tỉnh và lấp các trường hợp chưa rõ theo một phía, rồi theo phía kia.")  # fmt: skip
    by_home = ("This is by hometown; the exercise asks for the definition by career.", "Đây là theo quê quán; câu hỏi là theo quá trình công tác.")
    for number, name, answer, fill in ((None, "low", low, False), (3, "high", high, True)):
        _number(number, name, answer, float(led.fillna(fill).mean()), [dropped, (float(home.fillna(fill).mean()), *by_home)], share=True)


# 03 Comparing provinces is not an effect


def _gap(values, led):
    both = pd.DataFrame({"value": values, "led": led.astype("boolean")}).dropna()
    means = both.groupby(both["led"].astype(bool))["value"].mean()
    return float(means[True] - means[False])


def compare_1(difference):
    """Gap in output per head 2021."""
    output, led = _values("grdp_per_capita_mvnd", 2021), _led(2021)
    _number(1, "difference", difference, _gap(output, led), [
        (_gap(output, led.fillna(False)), *UNKNOWN_LOCAL),
        (_gap(output, led.fillna(True)), *UNKNOWN_NON_LOCAL),
        (float(output[led.fillna(False).astype(bool)].mean() - output.mean()), "Non-local provinces were compared with all provinces, themselves included; compare with the local ones.",
         "Đã so các tỉnh có bí thư không phải người địa phương với tất cả các tỉnh, gồm cả chính chúng; hãy so với các tỉnh còn lại."),
    ])  # fmt: skip


def compare_2(before):
    """Gap of 2010 between the groups of 2021."""
    old = _values("grdp_per_capita_pre2019rev_mvnd", 2010)
    _number(2, "before", before, _gap(old, _led(2021)), [
        (_gap(old, _led(2010)), "The groups are those of 2010. Keep the groups of 2021 and take the outcome from before.",
         "Đây là các nhóm của năm 2010. Hãy giữ các nhóm của năm 2021 và lấy kết quả của thời gian trước."),
        (_gap(_values("grdp_per_capita_mvnd", 2021), _led(2021)), "This is the gap of 2021 again: take the outcome of 2010.", "Đây vẫn là chênh lệch năm 2021: hãy lấy kết quả của năm 2010."),
        (_gap(old, _led(2021).fillna(False)), *UNKNOWN_LOCAL),
    ])  # fmt: skip


def compare_3(within):
    """Gap within regions, weighted by non-local provinces."""
    frame = pd.DataFrame({"y": _values("grdp_per_capita_mvnd", 2021), "led": _led(2021), "region": tables.load("units").set_index("unit_code")["region_en"]}).dropna()
    parts = frame.assign(led=frame["led"].astype(bool)).groupby(["region", "led"])["y"].agg(["mean", "size"]).unstack()
    both = parts.dropna()
    gap, treated, size = both["mean"][True] - both["mean"][False], both["size"][True], both["size"].sum(axis=1)
    _number(3, "within", within, float(np.average(gap, weights=treated)), [
        (float(gap.mean()), "The regional gaps were averaged unweighted: weight each by its number of non-local provinces.",
         "Đã lấy trung bình các chênh lệch vùng mà không có trọng số: hãy lấy số tỉnh có bí thư không phải người địa phương làm trọng số."),
        (float(np.average(gap, weights=size)), "Weighted by all provinces of the region; the question asks for the number of non-local ones.",
         "Đã lấy trọng số là tổng số tỉnh của vùng; câu hỏi yêu cầu số tỉnh có bí thư không phải người địa phương."),
        (_gap(frame["y"], frame["led"]), "This is the gap over the whole country: compare within each region first.", "Đây là chênh lệch của cả nước: hãy so sánh trong từng vùng trước."),
    ])  # fmt: skip


# 04 Fixed effects


def _complete():
    """PCI 2013-2021 of the provinces with value and home known in every year."""
    frame = study.panel("pci_score", window=(2013, 2021)).frame
    frame = frame.dropna(subset=["y", "treated"])
    frame = frame[frame.groupby("unit_code")["year"].transform("size") == 9]
    return frame.assign(d=frame["treated"].astype(float)).reset_index(drop=True)


def _slope(frame, *by):
    """Slope of y on d less the means of each way, one way after the other (exact for two ways on a complete panel)."""
    left = frame[["y", "d"]] - frame[["y", "d"]].mean()
    for way in by:
        left = left - left.groupby(frame[way]).transform("mean")
    return float((left["d"] * left["y"]).sum() / (left["d"] ** 2).sum())


def effects_1(y_within):
    """The score less its province's mean."""
    frame, name = _complete(), "y_within"
    answer = _given(name, y_within)
    if not isinstance(answer, pd.Series) or len(answer) != len(frame):
        raise Hint(f"{name} should be a column with one number for each row of frame.", f"{name} phải là một cột, mỗi dòng của frame một số.")
    y, answer = frame["y"].to_numpy(), answer.to_numpy(dtype=float)
    own = frame.groupby("unit_code")["y"].transform("mean").to_numpy()
    wrong = [
        (y - frame.groupby("year")["y"].transform("mean"), "The year's mean was taken away; the question asks for the province's own mean.", "Đã trừ trung bình của năm; câu hỏi yêu cầu trung bình của chính tỉnh đó."),
        (y - y.mean(), "One mean over all rows was taken away; each province has its own.", "Đã trừ một trung bình chung cho mọi dòng; mỗi tỉnh có trung bình riêng."),
        (own, "This is the mean itself: take it away from y.", "Đây là chính trung bình: hãy lấy y trừ đi nó."),
        (own - y, *SIGN),
    ]  # fmt: skip
    if np.allclose(answer, y - own):
        return _right(1)
    for value, en, vi in wrong:
        if np.allclose(answer, value):
            raise Hint(en, vi)
    raise Hint("y_within does not have mean zero in every province.", "y_within chưa có trung bình bằng 0 ở từng tỉnh.")


def effects_2(b_two_way):
    """Two-way fixed effects by hand."""
    frame = _complete()
    _number(2, "b_two_way", b_two_way, _slope(frame, "unit_code", "year"), [
        (_slope(frame, "unit_code"), "The year effects were forgotten: a year in which all scores rise is taken for an effect.", "Đã quên hiệu ứng năm: một năm mà điểm mọi tỉnh cùng tăng bị coi là tác động."),
        (_slope(frame, "year"), "The province effects were forgotten: this still compares one province with another.", "Đã quên hiệu ứng tỉnh: đây vẫn là so tỉnh này với tỉnh khác."),
        (_slope(frame), "No effects were taken out: this compares all rows with all rows.", "Chưa loại hiệu ứng nào: đây là so mọi dòng với mọi dòng."),
    ])  # fmt: skip


@cache
def _dummies():
    import statsmodels.formula.api as smf

    frame = _complete()
    model = smf.ols("y ~ d + C(unit_code) + C(year)", frame)
    groups = {way: pd.factorize(frame[way])[0] for way in ("unit_code", "year")}
    clustered = {way: model.fit(cov_type="cluster", cov_kwds={"groups": codes}).bse["d"] for way, codes in groups.items()}
    return clustered | {"plain": model.fit().bse["d"], "robust": model.fit(cov_type="HC1").bse["d"]}


def effects_3(se_cluster):
    """Standard error clustered by province; both small-sample rules are accepted."""
    errors = {name: float(value) for name, value in _dummies().items()}
    other = float(effects.fit_twfe(_complete(), d="d")["std_error"].iloc[0])
    right = other if isinstance(se_cluster, Real) and _near(se_cluster, other) else errors["unit_code"]
    _number(3, "se_cluster", se_cluster, right, [
        (errors["plain"], "This takes every row for independent. Rows of one province resemble each other: cluster by unit_code.", "Sai số này coi các dòng là độc lập. Các dòng của một tỉnh giống nhau: hãy phân cụm theo unit_code."),
        (errors["robust"], "HC1 allows unequal spread and still takes rows for independent: cluster by unit_code.", "HC1 cho phép phương sai khác nhau nhưng vẫn coi các dòng là độc lập: hãy phân cụm theo unit_code."),
        (errors["year"], "Clustered by year: there are few years, and it is rows of one province that hang together.", "Đã phân cụm theo năm: số năm ít, và chính các dòng của cùng một tỉnh mới liên quan với nhau."),
    ])  # fmt: skip


# 05 Arrivals and departures


def _switching():
    frame = study.panel("pci_score", window=(2013, 2021)).frame
    return frame.assign(d=frame["treated"].astype("Float64"))


def arrivals_1(n_arrivals):
    """Changes from local to non-local between neighbouring years, both known."""
    frame = _switching()
    now, last = frame["d"], frame.groupby("unit_code")["d"].shift()
    came, went = int(((now == 1) & (last == 0)).sum()), int(((now == 0) & (last == 1)).sum())
    low = frame.groupby("unit_code")["treated_low"].diff()
    _number(1, "n_arrivals", n_arrivals, came, [
        (came + went, "Departures were counted too: keep the changes from 0 to 1.", "Đã đếm cả các lần rời đi: chỉ giữ thay đổi từ 0 sang 1."),
        (went, "These are the departures, from 1 to 0.", "Đây là các lần rời đi, từ 1 sang 0."),
        (int((low == 1).sum()), *UNKNOWN_LOCAL),
        (came - went, "Arrivals and departures cancel in this sum: count only the changes from 0 to 1.", "Đến và đi triệt tiêu nhau trong tổng này: chỉ đếm thay đổi từ 0 sang 1."),
    ])  # fmt: skip


def arrivals_2(share_negative):
    """Share of non-local cells with a negative weight."""
    about = effects.weights(_switching().assign(treated=lambda t: t["d"]))
    below, cells = about.n_negative, about.n
    used = len(_switching().dropna(subset=["y", "d"]))
    _number(2, "share_negative", share_negative, below / cells, [
        (below / used, "Divided by all province-years; only those under a non-local have a weight.", "Đã chia cho mọi tỉnh-năm; chỉ tỉnh-năm có bí thư không phải người địa phương mới có trọng số."),
        (about.sum_negative, "This is the sum of the negative weights; count the cells.", "Đây là tổng các trọng số âm; hãy đếm số ô."),
        (-about.sum_negative, "This is the sum of the negative weights; count the cells.", "Đây là tổng các trọng số âm; hãy đếm số ô."),
        (about.n_positive / cells, "This is the share with a positive weight.", "Đây là tỷ lệ ô có trọng số dương."),
        (below, "This is a count; divide by the number of non-local cells.", "Đây là số đếm; hãy chia cho số ô có bí thư không phải người địa phương."),
    ], share=True)  # fmt: skip


def arrivals_3(mean_effect):
    """Counterfactual from local years only."""
    frame = _switching().assign(treated=lambda t: t["d"])
    right = float(effects.fit_counterfactual(frame, draws=0)["estimate"].iloc[0])
    used = frame.dropna(subset=["y", "d"]).assign(d=lambda t: t["d"].astype(float)).reset_index(drop=True)
    everyone = linear.TwoWay(pd.factorize(used["unit_code"])[0], used["year"].to_numpy() - 2013).residuals(used["y"].to_numpy())
    usable = used.groupby("unit_code")["d"].transform("min") == 0
    on = (used["d"] == 1).to_numpy()
    _number(3, "mean_effect", mean_effect, right, [
        (everyone[on & usable].mean(), "The model was fitted to all rows, so that the non-local years pull their own counterfactual towards themselves: fit it to local years only.",
         "Mô hình được ước lượng trên mọi dòng nên các năm có bí thư không phải người địa phương kéo đường đối chứng về phía mình: chỉ dùng các năm có bí thư là người địa phương."),
        (everyone[on].mean(), "The model was fitted to all rows: fit it to local years only.", "Mô hình được ước lượng trên mọi dòng: chỉ dùng các năm có bí thư là người địa phương."),
        (float(effects.fit_twfe(frame)["estimate"].iloc[0]), "This is the two-way fixed effects estimate, with its uneven weights.", "Đây là ước lượng hiệu ứng cố định hai chiều, với các trọng số không đều."),
        (_gap(used["y"], used["d"] == 1), "This is the plain difference of means: subtract the counterfactual of each row.", "Đây là chênh lệch trung bình đơn giản: hãy trừ giá trị đối chứng của từng dòng."),
    ])  # fmt: skip


# 06 A counterfactual for one province


def _case():
    return synthetic.build_case(study.panel("pci_score", window=(2013, 2021)).frame, "56")


def province_1(did):
    """Difference in differences for Khánh Hòa, equal weights."""
    case = _case()
    gap, own = case.wide[case.unit] - case.wide[case.donors].mean(axis=1), case.wide[case.unit]
    after, before = gap[~case.pre].mean(), gap[case.pre].mean()
    _number(1, "did", did, float(after - before), [
        (float(after), "Only the gap after the switch: the gap that was there before is not taken away.", "Mới có chênh lệch sau khi thay đổi: chưa trừ chênh lệch đã có từ trước."),
        (float(own[~case.pre].mean() - own[case.pre].mean()), "Before and after in Khánh Hòa alone: what happened everywhere is counted as an effect.", "Mới so trước và sau của riêng Khánh Hòa: điều xảy ra ở mọi nơi bị tính là tác động."),
    ])  # fmt: skip


def province_2(fit_error):
    """Root mean squared gap before the switch."""
    case = _case()
    gap = synthetic.fit_synthetic_control(case).path["gap"]
    _number(2, "fit_error", fit_error, float(np.sqrt((gap[case.pre] ** 2).mean())), [
        (float(np.sqrt((gap**2).mean())), "All years were used; the fit is judged on the years before the switch.", "Đã dùng mọi năm; độ khớp được xét trên các năm trước khi thay đổi."),
        (float(np.sqrt((gap[~case.pre] ** 2).mean())), "These are the years after the switch.", "Đây là các năm sau khi thay đổi."),
        (float(gap[case.pre].abs().mean()), "This is the mean absolute gap: square, average, take the root.", "Đây là trung bình trị tuyệt đối: hãy bình phương, lấy trung bình rồi lấy căn."),
        (float((gap[case.pre] ** 2).mean()), "The root is missing.", "Còn thiếu phép lấy căn."),
        (float(gap[case.pre].mean()), "Gaps of both signs cancel: square them first.", "Chênh lệch dương và âm triệt tiêu nhau: hãy bình phương trước."),
    ])  # fmt: skip


def province_3(p_value):
    """Share of provinces whose ratio is at least that of Khánh Hòa, itself included."""
    table = synthetic.fit_placebos(_case())
    own, rest = table[table["is_treated"]].iloc[0], table[~table["is_treated"]]
    reached = (table["ratio"] >= own["ratio"] * (1 - 1e-12)).mean()
    _number(3, "p_value", p_value, float(reached), [
        (float((rest["ratio"] >= own["ratio"]).mean()), "Khánh Hòa itself was left out of the count: it is one of the provinces that could have been drawn.", "Chưa tính chính Khánh Hòa: đây cũng là một trong các tỉnh có thể rơi vào trường hợp này."),
        (float((table["estimate"].abs() >= abs(own["estimate"]) * (1 - 1e-12)).mean()), "Ranked by the size of the gap: a province that was never matched well has a large gap anyway. Rank by ratio.",
         "Đã xếp theo độ lớn chênh lệch: tỉnh vốn khớp kém thì lúc nào cũng lệch nhiều. Hãy xếp theo ratio."),
        (float((table["ratio"] <= own["ratio"]).mean()), "Counted the provinces with a smaller ratio: count those at least as large.", "Đã đếm các tỉnh có ratio nhỏ hơn: hãy đếm các tỉnh có ratio không nhỏ hơn."),
        (float(own["rank"]), "This is the rank; divide by the number of provinces.", "Đây là thứ hạng; hãy chia cho số tỉnh."),
    ], share=True)  # fmt: skip


# 07 Chance, permutation and power


@cache
def _permuted():
    return effects.randomise(study.panel("pci_score", window=(2013, 2021)).frame, draws=999, seed=7, statistic="coefficient")


def chance_1(p_two_sided):
    """Two-sided permutation p-value."""
    drawn = _permuted()
    far, low, high = np.abs(drawn.draws) >= abs(drawn.observed), drawn.draws <= drawn.observed, drawn.draws >= drawn.observed
    n = len(drawn.draws)
    one_side = ("Only one side was counted: a draw as far out on the other side is as surprising. Compare absolute values.", "Mới đếm một phía: lần hoán vị lệch bằng chừng ấy về phía kia cũng bất ngờ như vậy. Hãy so giá trị tuyệt đối.")
    _number(1, "p_two_sided", p_two_sided, float((1 + far.sum()) / (1 + n)), [
        (float(far.mean()), "The observed assignment itself is one of those that could have been drawn: add one above and below.", "Chính cách phân bổ quan sát được cũng là một khả năng: hãy cộng một vào tử số và mẫu số."),
        *((float(value), *one_side) for side in (low, high) for value in (side.mean(), (1 + side.sum()) / (1 + n))),
        (float(1 - far.mean()), "This is the share of draws nearer to zero; count those at least as far out.", "Đây là tỷ lệ các lần gần 0 hơn; hãy đếm các lần lệch không kém."),
    ], share=True)  # fmt: skip


def chance_2(reading):
    """What a p-value above 0.05 says."""
    _choice(2, "reading", reading, "c", {
        "a": ("p > 0.05 was used as proof of no effect. Absence of evidence is not evidence of absence: look at the effects the data could have shown.",
              "Đã dùng p > 0,05 làm bằng chứng là không có tác động. Chưa thấy bằng chứng không phải là bằng chứng của sự không có: hãy xem số liệu có thể cho thấy tác động cỡ nào."),
        "b": ("A p-value is not the probability that there is no effect; it is computed as if there were none.", "Giá trị p không phải xác suất không có tác động; nó được tính với giả định là không có."),
        "d": ("The sign alone says little: draws without any effect fall on this side half of the time.", "Riêng dấu cho biết rất ít: khi không có tác động, một nửa số lần hoán vị cũng rơi về phía này."),
    })  # fmt: skip


def chance_3(power_half):
    """Share of draws, moved by half a point, that lie outside the middle 95 per cent."""
    draws = _permuted().draws
    limit = np.quantile(np.abs(draws), 0.95)
    moved = np.abs(draws + 0.5) >= limit
    _number(3, "power_half", power_half, float(moved.mean()), [
        (float((np.abs(draws) >= limit).mean()), "Five per cent pass whatever the effect: it was not added, or the limit was taken from the moved draws. The limit belongs to the world without an effect.",
         "Lúc nào cũng có 5% vượt ngưỡng: chưa cộng tác động, hoặc ngưỡng được lấy từ các giá trị đã dịch chuyển. Ngưỡng thuộc về trường hợp không có tác động."),
        (float(1 - moved.mean()), "This is how often the effect would be missed.", "Đây là tần suất bỏ sót tác động."),
        (float((np.abs(draws + 0.5) >= abs(_permuted().observed)).mean()), "The limit is not the observed estimate: take the 95% quantile of the absolute draws.", "Ngưỡng không phải ước lượng quan sát được: hãy lấy phân vị 95% của giá trị tuyệt đối các lần hoán vị."),
    ], share=True)  # fmt: skip


# 08 Rank claims


def _ranks():
    return tables.indicator("pci_rank").pivot(index="unit_code", columns="year", values="value").drop(index="28", errors="ignore")


def ranks_1(places_gained):
    """Places gained by Kon Tum from 2021 to 2022."""
    own = _ranks().loc["62"]
    _number(1, "places_gained", places_gained, float(own[2021] - own[2022]), [
        (float(own[2022] - own[2021]), "Rank went down as a number and up as a place: 1 is the best rank, so places gained are the old rank less the new one.", "Con số thứ hạng giảm nghĩa là lên hạng: hạng 1 là cao nhất, nên số bậc tăng bằng hạng cũ trừ hạng mới."),
        (float(own[2022]), "This is the rank in 2022.", "Đây là thứ hạng năm 2022."),
    ])  # fmt: skip


def ranks_2(mean_gain):
    """Places gained the year after by provinces ranked 55 or lower, years of one set of weights."""
    ranks = _ranks()

    def gain(years, chosen):
        parts = [(ranks[t] - ranks[t + 1])[chosen(t)] for t in years]
        return float(pd.concat(parts).mean())

    stable = range(2013, 2021)
    _number(2, "mean_gain", mean_gain, gain(stable, lambda t: ranks[t] >= 55), [
        (gain(range(2013, 2023), lambda t: ranks[t] >= 55), "Pairs of years across a change of weights (2021 to 2022) were used: stay within 2013 to 2021.", "Đã dùng cặp năm nằm hai bên lần đổi trọng số (2021-2022): chỉ dùng 2013 đến 2021."),
        (gain(range(2013, 2022), lambda t: ranks[t] >= 55), "Pairs of years across a change of weights (2021 to 2022) were used: stay within 2013 to 2021.", "Đã dùng cặp năm nằm hai bên lần đổi trọng số (2021-2022): chỉ dùng 2013 đến 2021."),
        (-gain(stable, lambda t: ranks[t] >= 55), "A higher rank number was taken as an improvement: places gained are the old rank less the new one.", "Đã coi số thứ hạng tăng là tiến bộ: số bậc tăng bằng hạng cũ trừ hạng mới."),
        (gain(stable, lambda t: ranks[t + 1] >= 55), "Provinces were chosen by the later rank: choose them by the rank they start from.", "Đã chọn tỉnh theo thứ hạng năm sau: hãy chọn theo thứ hạng lúc bắt đầu."),
        (gain(stable, lambda t: ranks[t] > 0), "This is the mean of all provinces, which is always near zero: what one gains another loses.", "Đây là trung bình của mọi tỉnh, luôn gần 0: tỉnh này lên thì tỉnh khác xuống."),
        (gain(stable, lambda t: ranks[t] <= 9), "These are the nine first; the question is about ranks 55 and below.", "Đây là chín tỉnh đứng đầu; câu hỏi về hạng 55 trở xuống."),
    ])  # fmt: skip


def ranks_3(rank_old_weights):
    """Kon Tum's rank of 2023 with the weights of 2013-2021."""
    weights = tables.load("pci_weights").set_index("indicator")
    parts = tables.load("governance").query("year == 2023").pivot(index="unit_code", columns="indicator", values="value")

    def rank(shares, ascending=False):
        return float((parts[list(shares.index)] * shares).sum(axis=1).rank(ascending=ascending)["62"])

    old, new = (weights.loc[weights["first_year"] == year, "weight_pct"] for year in (2013, 2023))
    _number(3, "rank_old_weights", rank_old_weights, rank(old), [
        (rank(new), "These are the weights of 2023: take those that begin in 2013.", "Đây là trọng số của năm 2023: hãy lấy bộ bắt đầu từ năm 2013."),
        (rank(old, True), "Ranked from the lowest score: rank 1 is the highest.", "Đã xếp từ điểm thấp nhất: hạng 1 là điểm cao nhất."),
        (rank(old * 0 + 1), "All sub-indices were weighted alike: multiply each by its weight.", "Đã coi các chỉ số thành phần như nhau: hãy nhân mỗi chỉ số với trọng số của nó."),
    ])  # fmt: skip


# 09 Writing a finding


def finding_1(change):
    """Change of Kon Tum's poverty rate 2010-2016 in percentage points."""
    poverty = tables.indicator("poverty_rate_pct").query("unit_code == '62'").set_index("year")["value"]
    old, new = float(poverty[2010]), float(poverty[2016])
    _number(1, "change", change, new - old, [
        ((new - old) / old * 100, "This is a change in per cent of the old rate; percentage points are the new rate less the old one.", "Đây là mức thay đổi tính theo phần trăm của tỷ lệ cũ; điểm phần trăm là tỷ lệ mới trừ tỷ lệ cũ."),
        ((new - old) / old, "This is a relative change; percentage points are the new rate less the old one.", "Đây là thay đổi tương đối; điểm phần trăm là tỷ lệ mới trừ tỷ lệ cũ."),
        (new - float(poverty[2006]), "The poverty line changed between 2008 and 2010: start in 2010.", "Chuẩn nghèo thay đổi giữa 2008 và 2010: hãy bắt đầu từ 2010."),
    ])  # fmt: skip


def finding_2(follows):
    """Which statements follow from the estimate."""
    follows = _given("follows", follows)
    if not isinstance(follows, set | list | tuple | str) or not {str(x).strip().lower() for x in follows} <= set("abcdef"):
        raise Hint('follows should be a set of letters from a to f, such as {"a", "b"}.', 'follows cần là một tập các chữ từ a đến f, ví dụ {"a", "b"}.')
    chosen = {str(x).strip().lower() for x in follows}
    wrong = {
        "a": ("a says that one thing made the other; the estimate is an association with province and year held fixed.", "a nói điều này gây ra điều kia; ước lượng chỉ là mối liên hệ khi giữ cố định tỉnh và năm."),
        "b": ("b uses an interval that holds zero as proof of no effect.", "b dùng một khoảng có chứa số 0 làm bằng chứng là không có tác động."),
        "e": ("e speaks of communes and of years after 2021; the data are provinces, 2013 to 2021.", "e nói về cấp xã và các năm sau 2021; số liệu là cấp tỉnh, 2013 đến 2021."),
        "f": ("f reads something about single provinces from the sign of a mean.", "f suy ra điều về từng tỉnh chỉ từ dấu của một trung bình."),
    }  # fmt: skip
    for letter in sorted(chosen & set(wrong)):
        raise Hint(*wrong[letter])
    if chosen != {"c", "d"}:
        raise Hint("Nothing wrong is chosen, and something that follows is still missing.", "Các câu đã chọn không sai, nhưng còn thiếu câu được suy ra.")
    _right(2)


CAUSAL = r"\b(caus\w+|because of|thanks to|due to|led to|leads to|impact\w*|improv\w+|boost\w*|harm\w*|rais(e|es|ed)|reduc\w+|lower(s|ed))\b|gây ra|nhờ có|nhờ vào|\bnhờ\b|do đó|làm (tăng|giảm|cho)|khiến|cải thiện|tác động đến"
NO_EFFECT = r"\b(no|not any|without any|zero) (effect|difference|association|influence)|does not matter|không (có|hề có) (tác động|ảnh hưởng|khác biệt|chênh lệch|liên hệ)|không ảnh hưởng"
PROOF = r"\bprov(e|es|ed|en|ing)\b|\bshows? that\b|clearly|definitely|chứng minh|khẳng định|chắc chắn|rõ ràng"
WORDS = (
    (NO_EFFECT, "It says that there is none. An interval that holds zero holds other values too: give its ends instead.", "Câu này nói là không có. Khoảng tin cậy chứa số 0 cũng chứa các giá trị khác: hãy nêu hai đầu khoảng."),
    (CAUSAL, "It says that one thing makes the other ({word!r}). The estimate is an association: say 'is associated with' or 'under a non-local secretary the score was'.",
     "Câu này nói điều này gây ra điều kia ({word!r}). Ước lượng là mối liên hệ: hãy viết 'gắn với' hoặc 'trong những năm bí thư không phải là người địa phương, điểm'."),
    (PROOF, "It claims more certainty than the interval has ({word!r}).", "Câu này chắc chắn hơn mức khoảng tin cậy cho phép ({word!r})."),
)  # fmt: skip


def finding_3(sentence):
    """A sentence with estimate, interval, sample and years, and without words of cause or proof."""
    sentence = _given("sentence", sentence)
    if not isinstance(sentence, str) or len(sentence.split()) < 12:
        raise Hint("sentence should be a text of at least a dozen words, in English or Vietnamese.", "sentence cần là một đoạn ít nhất mười hai từ, bằng tiếng Anh hoặc tiếng Việt.")
    for pattern, en, vi in WORDS:
        found = re.search(pattern, sentence, re.IGNORECASE)
        if found:
            raise Hint(en.format(word=found[0]), vi.format(word=found[0]))
    row = effects.fit_twfe(study.panel("pci_score", window=(2013, 2021)).frame).iloc[0]
    numbers = [text.replace(",", ".").replace("\u2212", "-") for text in re.findall(r"[-\u2212]?\d+(?:[.,]\d+)?", sentence)]

    def holds(value):
        return any(abs(abs(float(n)) - abs(value)) <= 0.5 * 10 ** -len(n.partition(".")[2]) and "." in n for n in numbers)

    needed = (
        (holds(row["estimate"]), "the estimate", "ước lượng"),
        (holds(row["conf_low"]) and holds(row["conf_high"]), "both ends of the interval", "hai đầu khoảng tin cậy"),
        (str(row["n_units"]) in numbers, "the number of provinces", "số tỉnh"),
        (any(n.lstrip("-") == "2013" for n in numbers) and any(n.lstrip("-") == "2021" for n in numbers), "the first and last year", "năm đầu và năm cuối"),
        (re.search(r"point|điểm", sentence, re.IGNORECASE), "the unit (points)", "đơn vị (điểm)"),
    )  # fmt: skip
    for there, en, vi in needed:
        if not there:
            raise Hint(f"It does not give {en}: a reader cannot judge the finding without it.", f"Câu này chưa nêu {vi}: thiếu điều đó, người đọc không thể đánh giá phát hiện.")
    _right(3)
