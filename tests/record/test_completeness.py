"""What the record lacks: months without a holder, and how old each block is."""

from helpers.record import completeness, tables, terms


def test_every_block_has_its_newest_year_and_age():
    blocks = completeness.newest("2026-12-31").set_index(["block", "table"])
    assert blocks.loc[("papi", "governance"), ["newest", "age_years"]].tolist() == ["2024", 2.0]
    assert blocks.loc[("leaders_2025", "leaders_2025"), "newest"] == terms.LAST_DAY
    assert blocks["n_indicators"].iloc[:-2].min() >= 1


def test_blocks_stand_as_in_the_registry_and_ages_are_years_of_the_calendar_to_a_tenth():
    blocks = completeness.newest("2076-12-31")
    registry = tables.load("indicators")["block"].drop_duplicates().tolist()
    assert blocks["block"].drop_duplicates().tolist() == [*registry, "leaders", "leaders_2025"]
    age = blocks.set_index(["block", "table"])["age_years"]
    assert age["papi", "governance"] == 52.0
    assert blocks["n_indicators"].iloc[-2:].tolist() == [0, 0]


def test_months_without_a_holder_are_counted_for_both_posts():
    gaps = completeness.gaps().set_index("post")
    assert gaps["months"].tolist() == [63 * (20 * 12 + 6), 63 * (14 * 12 + 6)]
    assert (gaps["no_holder"] > 0).all()
