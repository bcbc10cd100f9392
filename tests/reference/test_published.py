"""Published numbers reproduced through our own functions; a case is skipped where its data may not be shipped and is not beside the project."""

import pytest
from tests.reference import cases


def _compared(case, estimator):
    try:
        return cases.compared(case, estimator)
    except cases.Absent as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(("case", "estimator"), list(cases.CASES), ids=lambda v: v.replace(" ", "_"))
def test_our_numbers_are_the_published_ones(case, estimator):
    rows, got = _compared(case, estimator), cases.numbers(case, estimator)
    assert len(rows) >= 1
    assert rows["difference"].abs().max() <= got.tolerance, rows.to_string()
    both = rows.dropna(subset=["our_se", "published_se"])
    if got.se_tolerance is not None:
        assert (both["our_se"] - both["published_se"]).abs().max() <= got.se_tolerance, both.to_string()


@pytest.mark.parametrize(("case", "estimator"), list(cases.CASES), ids=lambda v: v.replace(" ", "_"))
def test_a_second_implementation_gives_the_same_estimate(case, estimator):
    rows = _compared(case, estimator).dropna(subset=["second"])
    if rows.empty:
        pytest.skip("no second implementation that was found right is installed: R's published number stands alone")
    assert (rows["second"] - rows["ours"]).abs().max() <= 1e-5, rows.to_string()
