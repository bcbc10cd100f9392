"""Stored results, as other reports left them."""

import pytest

from helpers import stored

RESULTS = (
    "report,outcome,estimator,estimate,unit_code\n"
    "07_association/a/en,a,twfe,1.5,\n"
    "07_association/b/en,b,twfe,-2,\n"
    "09_one_province/a/en,a,synthetic_control,3,02\n"
)
REPORTS = (
    "report,notebook,parameters,state\n"
    '07_association/a/en,07_association,"{""lang"": ""en"", ""outcome"": ""a""}",made\n'
    '05_province/x/en,05_province,"{""lang"": ""en"", ""province"": ""01""}",missing\n'
)


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.setenv("PRESS_ROOT", str(tmp_path))
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "results.csv").write_text(RESULTS)
    (tmp_path / "reports" / "reports.csv").write_text(REPORTS)
    return tmp_path / "reports"


def test_only_the_named_notebooks_are_read(there):
    table = stored.results(["07_association"])
    assert table["estimate"].tolist() == [1.5, -2.0] and set(table["notebook"]) == {"07_association"}


def test_codes_stay_text(there):
    assert stored.results(["09_one_province"])["unit_code"].tolist() == ["02"]


def test_reports_have_their_parameters_as_columns(there):
    table = stored.reports(["07_association", "05_province"])
    assert table[["state", "outcome"]].fillna("").to_numpy().tolist() == [["made", "a"], ["missing", ""]]


def test_no_results_say_what_to_do_first(there):
    with pytest.raises(ValueError, match="no result of 12_power; this page is made from them. Run first: helpers run"):
        stored.results(["12_power"])
    (there / "results.csv").unlink()
    with pytest.raises(ValueError, match="no results of any report"):
        stored.results(["07_association"])
