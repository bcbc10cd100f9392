"""What the record lacks: months without a holder, and how old each block is."""

from helpers.record import check


def test_every_block_has_its_newest_year_and_age():
    blocks = check.newest("2026-12-31").set_index(["block", "table"])
    assert blocks.loc[("papi", "governance"), ["newest", "age_years"]].tolist() == ["2024", 2.0]
    assert blocks.loc[("leaders_2025", "leaders_2025"), "newest"] == "2026-03-10"
    assert blocks["n_indicators"].iloc[:-2].min() >= 1


def test_months_without_a_holder_are_counted_for_both_posts():
    gaps = check.gaps().set_index("post")
    assert gaps["months"].tolist() == [63 * (20 * 12 + 6), 63 * (14 * 12 + 6)]
    assert (gaps["no_holder"] > 0).all()
