"""The spectrum user fee on the page of a license: each year with its number of stations, what is still to be counted, and the payment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from partner import clock
from partner.database import SYSTEM, Database
from partner.licensing import spectrum_fees, spectrum_queries
from partner.registry import openings
from partner.registry import service as register
from partner.registry.openings import Opening
from partner.regulation import Law
from tests.api.applications.test_land_mobile import HELD, TAXI
from tests.portal.conftest import Visit

TERM = (date(2021, 6, 15), date(2026, 6, 14))
OPENED = ((5, "2021-06-20"), (6, "2021-08-05"))
BLANKET = {"station_class": "CR", "registration_standard": "008", "expected_count": 20}


async def test_a_blanket_registration_shows_what_is_counted_and_is_paid(visit: Visit, database: Database, law: Law) -> None:
    async with database.transaction(SYSTEM) as session:
        licensee = await register.record_licensee(session, TAXI)
        facts = replace(HELD, **BLANKET)  # type: ignore[arg-type]
        held = await register.record(session, facts, licensee_id=licensee, licensed_on=TERM[0], valid_to=TERM[1], law=law, cause="test")
        for count, day in OPENED:
            notices = [Opening(date.fromisoformat(day), serial_number=f"{day}-{number}") for number in range(count)]
            await openings.open_stations(session, held.station_id, notices, cause="test", on=TERM[0], law=law)
        progress = await spectrum_queries.progress(session, TERM[0])
        progress.until = TERM[0]
        session.add(progress)
    clock.move_to(datetime.fromisoformat("2021-09-16T09:00:00+09:00"))
    async with database.transaction(SYSTEM) as session:
        await spectrum_fees.issue(session, law, on=date(2021, 9, 16))
    taxi = await visit("taxi")
    await taxi.get(f"/my/licenses/{held.station_id}")
    assert "5局（2021-06-30現在）" in taxi.words
    assert "増加分 6局（2021-08-31現在）" in taxi.words
    assert "2022年6月の末日に開設している局の数によります" in taxi.words
    assert taxi.words.count("2,000 円") == 2  # 400 yen for five, and for six and ten months
    await taxi.send(f"/my/licenses/{held.station_id}/spectrum-fees/2021-08-01/pay", {})
    assert "納付済" in taxi.words
    await taxi.get(f"/my/licenses/{held.station_id}?lang=en")
    assert "6 more stations (at the end of 2021-08-31)" in taxi.words
