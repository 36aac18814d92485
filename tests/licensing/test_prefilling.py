"""What is known is filled in as far as a form has a place for it: no form can be begun that cannot be stored."""

from __future__ import annotations

from uuid import UUID

import pytest

from partner import clock
from partner.auth.actor import Actor, Claims, Role
from partner.licensing import prefilling
from partner.regulation import Law
from tests.licensing.filing_files import law_in_force

VOUCHED = {"name": "総務花子", "name_kana": "ソウムハナコ", "birth_date": "1990-01-01", "postal_code": "1000001"}
VOUCHED |= {"prefecture": "13", "municipality": "13101", "address": "千代田1-1", "corporate_number": ""}


@pytest.fixture(scope="module")
def law() -> Law:
    return law_in_force()


def test_every_form_that_is_begun_can_be_stored(law: Law) -> None:
    actor = Actor(
        UUID(int=1), "test", "hanako", "総務花子", roles=frozenset({Role.APPLICANT}), scopes=frozenset(), claims=Claims(**VOUCHED)
    )
    for procedure in law.procedures(clock.today()):
        begun = prefilling.form(actor, law, procedure)
        errors = law.form(procedure.form, clock.today()).validate(begun)
        assert not errors, (procedure.code, errors)
        assert begun.get("applicant", {}).get("name") == "総務花子" or not law.form(procedure.form, clock.today()).has("/applicant/name")
