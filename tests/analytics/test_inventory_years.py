"""A closed year and the months it was the sum of."""

from __future__ import annotations

from domain.ledger import Body
from tests.analytics.carbon_made import closing, found, fresh, plain, works
from tests.analytics.test_inventory_closed import LATER, ledger, restating


def test_a_closed_year_that_its_months_no_longer_add_up_to_says_so() -> None:
    names = [f"2024-{month:02}" for month in range(1, 13)]
    bodies: list[Body] = [closing(plain()[name]) for name in (*names, "2024")]
    made, findings = found(works(ledger=ledger(*bodies)))
    assert not [each for each in findings if each.code == "inventory.year_differs"]
    assert made["2024"].findings == plain()["2024"].findings
    later = works(ledger=ledger(LATER))
    restated = restating(fresh(later, "2024-03"), before=len(ledger()) + 3)
    made, findings = found(works(ledger=ledger(*bodies, restated)))
    (finding,) = [each for each in findings if each.code == "inventory.year_differs"]
    assert (finding.key, finding.since) == ("2024", made["2024"].period.since)
    assert finding.facts["scopes"] == "scope_1"
    assert "energy-agent restate 2024" in finding.remedy
    assert finding in made["2024"].findings
    assert made["2024"].scope_1 == plain()["2024"].scope_1
    again = restating(fresh(works(ledger=ledger(*bodies, restated)), "2024"), before=len(ledger()) + 13)
    _, findings = found(works(ledger=ledger(*bodies, restated, again)))
    assert not [each for each in findings if each.code == "inventory.year_differs"]
