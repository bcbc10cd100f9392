"""The verdict in words: bold only where it survives every filling of unknown homes; one index of governance."""

from types import SimpleNamespace

import pandas as pd
import pytest

from helpers import effects, findings, study


@pytest.mark.parametrize(("low", "bold"), [(0.2, True), (-0.1, False)])
def test_an_answer_is_bold_only_where_it_survives_every_filling_of_unknown_homes(monkeypatch, low, bold):
    range_ = SimpleNamespace(outer_low=low, outer_high=2.0, survives=low > 0)
    monkeypatch.setattr(effects, "unknown_range", lambda panel: range_)
    panel = study.panel("pci_score")
    tests = dict(effects.MAIN_DESIGNS)
    asked = {"outcome": panel.outcome, "definition": panel.definition, "post": panel.post}
    rows = pd.concat(
        [effects.result(**asked, estimator=n, test=t, estimate=1.0, p_value=1e-6) for n, t in tests.items()]
    )
    answer = findings.finding(panel, rows, alone=True).answer
    assert ("**" in answer) == bold
    assert ("does not survive" in answer) != bold


def test_the_index_of_governance_is_a_question_of_its_own():
    panels = findings.panels("hometown", "secretary")
    rows = findings.governance(panels, draws=99)
    assert set(rows["model"]) == {"index"}
    assert set(rows["estimator"]) == {name for name, _ in effects.MAIN_DESIGNS}
    assert "standard deviations lower (worse)" in findings.governance_sentence(rows)


def test_an_interval_and_one_unit_left_out_are_said_with_their_ends():
    panel = study.panel("pci_score")
    said = findings.could_be(panel, effects.randomise(panel, draws=99))
    assert "compatible with any difference" in said
    without = pd.Series({"01": -1.0, "79": 0.5})
    assert findings.without(without, panel).startswith("Without Hà Nội the difference is: 1.00 points lower")
