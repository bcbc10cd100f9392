"""One province against others: no verdict where none can be given, and designs that disagree are named."""

import pandas as pd
import pytest

from helpers import effects, findings, study


@pytest.fixture(scope="module")
def growth():
    return study.panel("grdp_growth_pct")


def test_few_comparison_provinces_give_no_verdict_of_chance():
    case = findings.one_province(study.panel("pci_score"), "Bạc Liêu")
    assert case.n_donors == 14
    assert "cannot be told with 14 comparison provinces (smallest possible p = 0.067)" in case.answer
    assert "no larger than chance" not in case.answer
    assert "Caution" not in case.answer


def test_a_holder_in_a_year_whose_month_of_change_is_unknown_is_marked():
    led = findings.one_province(study.panel("pci_score"), "Hưng Yên").terms.set_index("year")
    assert led.at[2013, "chair"] == "\u2248 Nguyễn Văn Thông" and led.at[2013, "secretary"] == "Nguyễn Văn Thông"
    assert led.at[2014, "chair"] == "Doãn Thế Cường"


def test_designs_that_disagree_with_the_first_are_named(growth):
    answer = findings.one_province(growth, "Hà Nam").answer
    assert "not by every design" in answer
    assert "Augmented synthetic control: no comparison province" in answer


def test_where_averages_follow_exactly_the_page_gives_the_range_of_all_of_them():
    case = findings.one_province(study.panel("pci_score"), "Tây Ninh")
    low, high = effects.synthetic.exact_range(case.case)
    assert low < case._left_out.min() and case._left_out.max() < high
    assert f"over all that do, the difference lies {case.panel.between(low, high)}." in case.answer
    control, augmented = case.rows["estimate"][:2]
    assert augmented == pytest.approx(control, abs=1e-3)  # nothing is left to correct


def test_where_none_does_the_page_says_nothing_of_them(growth):
    assert "exactly" not in findings.one_province(growth, "Kon Tum").answer


def test_a_gap_whose_sign_depends_on_which_exact_average_is_taken_is_too_weak_for_a_conclusion():
    case = findings.one_province(study.panel("pci_score", "career"), "Đắk Lắk")
    low, high = effects.synthetic.exact_range(case.case)
    assert low < 0 < high and case.verdict == "the comparison is too weak for a conclusion"


def test_a_break_in_the_year_of_the_change_is_a_caution(growth):
    case = findings.one_province(growth, "Bắc Giang")
    assert case.case.first_treated == 2011
    assert "Caution: " in case.answer and "2010 prices" in case.answer


@pytest.mark.parametrize(("se", "first"), [(2.0, "Leaving out"), (0.1, "The interval of the figure")])
def test_the_wider_measure_of_the_average_stands_first(growth, se, first):
    rows = effects.result(
        estimate=[0.5, 0.5, 0.5],
        std_error=[se, None, None],
        conf_low=[-0.5, None, None],
        conf_high=[1.5, None, None],
        p_value=[0.4, None, None],
    )
    text = findings.province.Pooled(growth, rows).sentence
    assert text.startswith("Averaged over 2 provinces") and text.split(". ")[1].startswith(first)


def test_an_average_without_an_interval_names_none(growth):
    rows = effects.result(estimate=[0.5, 0.5], std_error=[pd.NA, pd.NA])
    assert findings.province.Pooled(growth, rows).sentence.count(".") == 2


def test_the_count_of_placebos_can_be_redone_from_the_values_of_the_figure(growth):
    case = findings.one_province(growth, "Sơn La")
    table = case.placebo_figure().data.set_index("province")
    after = table.filter(regex="^20").T.loc[case.case.first_treated :]
    floor = case._placebo.attrs["floor"]
    assert (after**2).mean().pow(0.5).tolist() == pytest.approx(table["post_rmspe"].tolist())
    assert (table["post_rmspe"] / table["pre_rmspe"].clip(lower=floor)).tolist() == pytest.approx(
        table["ratio"].tolist()
    )
    reached = (table["ratio"] >= table.loc["Sơn La", "ratio"]).sum() - 1
    assert f"of the 20 comparison provinces, treated as if they had changed, {reached} reach as much" in case.answer
    assert f"counts as {floor:.2f}" in case.answer and f"{floor:.2f} percentage points" in case.floor_sentence


def test_two_comparison_provinces_that_were_chosen_are_named_and_none_is_left_out(growth):
    case = findings.one_province(growth, "Kon Tum", ["Phú Thọ", "Vĩnh Phúc"])
    assert case.without_sentence == "With 2 comparison provinces none can be left out."
    assert case.compared == "Here 2 of them were chosen to compare with: Phú Thọ and Vĩnh Phúc."
    assert "no comparison province shows as large a gap for its gap before" in case.answer
    assert findings.one_province(growth, "Kon Tum").compared == ""


def test_a_region_to_compare_with_means_its_provinces_that_stayed_local(growth):
    every = findings.one_province(growth, "Kon Tum").case.donors
    some = findings.one_province(growth, "Kon Tum", ["Mekong River Delta", "-Cà Mau"]).case.donors
    assert {*some} == {*every} & {*study.resolve_units("Mekong River Delta")} - {"96"} and len(some) > 1
    with pytest.raises(effects.DesignRefused, match="Kon Tum, Gia Lai, .* cannot be compared with"):
        findings.one_province(growth, "Kon Tum", "Tây Nguyên")


def test_a_comparison_province_that_did_not_stay_local_is_refused(growth):
    with pytest.raises(effects.DesignRefused, match="^Hà Nội cannot be compared with.*Take some of Phú Thọ"):
        findings.one_province(growth, "Kon Tum", ["Hà Nội", "01", "Phú Thọ"])
    with pytest.raises(effects.DesignRefused, match="^Phú Thọ alone cannot stand in; expected two"):
        findings.one_province(growth, "Kon Tum", ["Phú Thọ", "Phú Thọ"])


def test_a_province_is_weak_in_the_figure_of_all_where_its_own_page_says_so_and_the_average_is_given_without_it(growth):
    pooled = findings.pooled(growth, draws=50)
    own = {code: findings.one_province(growth, code).verdict for code in pooled.rows["sample"][1:6]}
    assert {code: code in pooled.weak for code in own} == {code: "too weak" in said for code, said in own.items()}
    drawn = pooled.drawn.set_index("sample")["estimate"].astype(float)
    assert drawn[2:].is_monotonic_decreasing
    assert drawn["strong"] == pytest.approx(drawn[2:].drop(pooled.weak).mean())
    assert pooled.lines["n"] == f"{len(drawn) - 2} provinces"  # of those drawn, not of the panel
