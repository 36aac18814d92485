"""A page about a license offers what is for such a license; a form that takes the wrong procedure says so, and names the right one."""

from __future__ import annotations

import re
from datetime import datetime

from partner import clock
from partner.database import Database
from partner.regulation.periods import WITHOUT_END
from tests.api.applications.worked import held_by, licensee
from tests.portal.conftest import Visit

FOUND = {"bureau": "A", "municipality": "13101", "licensed_on": "2021-06-01", "valid_to": "2026-05-31"}


async def test_a_registration_is_offered_what_is_for_registrations(visit: Visit, database: Database) -> None:
    clock.move_to(datetime.fromisoformat("2026-01-15T09:00:00+09:00"))
    license_ = await held_by(licensee("taxi"), {**FOUND, "station_class": "FB"}, database)
    registration = await held_by(licensee("taxi"), {**FOUND, "station_class": "FB", "registered": True}, database)
    taxi = await visit("taxi")
    await taxi.get("/my/file")
    await taxi.send("/my/draft", {"procedure": "land-mobile-new-license"})
    await taxi.get(f"/my/licenses/{license_.station_id}")
    assert "陸上移動局・基地局の再免許の申請" in taxi.words
    assert "再登録" not in taxi.words
    await taxi.get(f"/my/licenses/{registration.station_id}")
    assert "再登録" in taxi.words
    assert "再免許" not in taxi.words
    assert "無線局の変更の許可の申請" not in taxi.words


async def test_a_license_without_end_is_offered_no_renewal(visit: Visit, database: Database) -> None:
    clock.move_to(datetime.fromisoformat("2026-01-15T09:00:00+09:00"))
    ship = {**FOUND, "station_class": "MS", "moves": True}
    ending = await held_by(licensee("taxi"), ship, database)
    endless = await held_by(licensee("taxi"), {**ship, "valid_to": WITHOUT_END.isoformat()}, database)
    taxi = await visit("taxi")
    await taxi.get("/my/file")
    await taxi.send("/my/draft", {"procedure": "ship-new-license"})
    assert "船舶局の再免許の申請" in (await taxi.get(f"/my/licenses/{ending.station_id}")).words
    page = await taxi.get(f"/my/licenses/{endless.station_id}")
    assert "無期限" in page.words
    assert "再免許" not in page.words
    assert "9999" not in page.words
    await taxi.send("/my/draft", {"procedure": "ship-renewal"})
    fields = {"/license_number": endless.license_number, "/station_class": "MS"}
    await taxi.send(f"{taxi.path}", dict(taxi.fields()) | fields)
    assert "再免許は要りません" in taxi.words


async def test_a_form_says_which_procedure_is_the_right_one(visit: Visit, database: Database) -> None:
    clock.move_to(datetime.fromisoformat("2026-01-15T09:00:00+09:00"))
    await held_by(licensee("taxi"), {**FOUND, "station_class": "FX"}, database)
    taxi = await visit("taxi")
    await taxi.get("/my/file")
    await taxi.send("/my/draft", {"procedure": "fixed-new-license"})
    found = re.search(r"/my/cases/([0-9a-f-]+)/form", taxi.path)
    assert found is not None, taxi.words
    said = {
        "/station_class": "FX",
        "/station/station_class": "FX",
        "/station/site/prefecture": "13",
        "/station/site/municipality": "13101",
        "/station/site/address": "大手町１",
    }
    await taxi.send(f"/my/cases/{found.group(1)}/form", dict(taxi.fields()) | said)
    assert "「固定局の再免許の申請」(fixed-renewal)" in taxi.words
    await taxi.get(f"/my/cases/{found.group(1)}/form")
    assert "(change-permission)" in taxi.words
