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


@pytest.mark.parametrize(("n", "growing"), [(5, 93), (12, 93), (29, 93), (33, 84)])
def test_what_an_interval_supposes_is_counted_with_as_many_switching_units(monkeypatch, n, growing):
    rows = [("p", k, "none", "growing", "reassignment", c, 100) for k, c in ((12, 0.93), (30, 0.84))]
    rows += [("p", k, "none", shape, "reassignment", 0.97, 100) for k in (3, 30) for shape in ("none", "noisy")]
    columns = ["outcome", "n_switching", "gaps", "effect", "design", "coverage", "n_draws"]
    monkeypatch.setattr(effects.results, "coverage", lambda: pd.DataFrame(rows, columns=columns))
    said = findings.supposes(SimpleNamespace(n_switching=n))
    assert (
        f"such a difference 97 times in 100; of effects that grow with time in office it held the mean {growing}"
        in said
    )
