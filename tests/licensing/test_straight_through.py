"""What may be decided without an examiner: of all cases, only those where nothing is left to judge."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner.licensing.conditions import CaseFacts, FeeState
from partner.licensing.straight_through import decidable
from tests.licensing.routes import route, routes

TODAY = date(2020, 6, 1)
CASES = st.builds(
    CaseFacts,
    today=st.just(TODAY),
    fee=st.sampled_from(FeeState),
    fails=st.booleans(),
    needs_reason=st.booleans(),
    proposal=st.sampled_from([None, "grant", "refusal"]),
    approvals=st.integers(0, 2),
    provisional=st.booleans(),
    inspection=st.sampled_from([None, "pass", "fail"]),
    license_expires_on=st.one_of(st.none(), st.sampled_from([TODAY, TODAY - timedelta(days=1)])),
    actor_proposed=st.booleans(),
)
FINDINGS = st.lists(st.sampled_from(["pass", "warn", "fail", "unconfirmed"]).map(lambda outcome: {"outcome": outcome}), max_size=4)


@settings(max_examples=1000, deadline=None)
@given(st.sampled_from(sorted(routes().by_code)), FINDINGS, CASES)
def test_nothing_goes_through_that_is_unpaid_unsure_or_not_wholly_in_order(
    code: str, findings: list[dict[str, Any]], case: CaseFacts
) -> None:
    if not decidable(route(code), findings, case):
        return
    assert {finding["outcome"] for finding in findings} <= {"pass"}
    assert case.fee in {FeeState.SETTLED, FeeState.NOTHING}
    assert not case.fails
    assert not case.needs_reason


@pytest.mark.parametrize(
    ("code", "expected"), [("renewal", True), ("simplified", True), ("change", True), ("full", False), ("notification", False)]
)
def test_only_where_an_approval_is_the_grant(code: str, expected: bool) -> None:
    """A station that has yet to be built and inspected is not licensed by any first approval."""
    assert decidable(route(code), [{"outcome": "pass"}], CaseFacts(TODAY, fee=FeeState.SETTLED)) is expected
