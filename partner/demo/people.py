"""The people of the demonstration and what they hold: 総務太郎's station, the taxi company's, the delegations of their agent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth import service as accounts
from partner.auth.actor import Actor
from partner.auth.identity import identity_of
from partner.auth.providers import issuer_of
from partner.auth.standin.personas import personas
from partner.licensing import applicants
from partner.registry import importing
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.importing import LicenseRecord
from partner.regulation import Law
from partner.settings import Settings

TARO_LICENSED_ON = date(2019, 1, 1)
TARO_NUMBER, TARO_CALL_SIGN = "関Ａ第123456号", "JA1QRZ"
BUNDLES_FROM = date(2023, 9, 25)
TAXIS = 320
CAUSE = "demo"


async def settle(session: AsyncSession, law: Law, settings: Settings) -> None:
    """Give the personas what the demonstration says that they hold. Call in standing `system`, on an empty register."""
    taro, taxi, agent = [await actor(session, settings, name) for name in ("taro", "taxi", "agent")]
    await _station_of_taro(session, law, taro)
    await _stations_of_taxi(session, law, taxi)
    for client in (taro, taxi):
        applicant = await applicants.for_actor(session, client)
        await applicants.delegate(session, agent.account_id, applicant, may_draft=True, may_file=True)


async def actor(session: AsyncSession, settings: Settings, name: str) -> Actor:
    """The account of a persona, as its first sign-in would make it."""
    persona = personas()[name]
    claims = {**persona.claims, "iss": issuer_of(settings, persona.issuer), "sub": persona.name}
    identity = identity_of(persona.issuer, claims, settings)
    return accounts.actor_of(await accounts.save_account(session, identity))


def _licensee(actor: Actor) -> LicenseeFacts:
    claims = actor.claims
    return LicenseeFacts(
        kind="corporation" if claims.corporate_number else "individual",
        name=claims.name,
        name_kana=claims.name_kana,
        corporate_number=claims.corporate_number or None,
        municipality=claims.municipality,
        address=claims.address,
        birth_date=date.fromisoformat(claims.birth_date) if claims.birth_date else None,
    )


async def _station_of_taro(session: AsyncSession, law: Law, taro: Actor) -> None:
    """JA1QRZ: licensed on 2019-01-01, renewed as often as needed before today."""
    licensee_id = await register.record_licensee(session, _licensee(taro))
    licensed_on = TARO_LICENSED_ON
    held = await register.record(
        session,
        _amateur(taro, licensed_on),
        licensee_id=licensee_id,
        licensed_on=licensed_on,
        valid_to=_term_end(law, "AT", licensed_on),
        law=law,
        license_number=TARO_NUMBER,
        call_sign=TARO_CALL_SIGN,
        cause=CAUSE,
    )
    while held.valid_to < clock.today():
        licensed_on = held.valid_to + timedelta(days=1)
        held = await register.renew(
            session,
            held.station_id,
            licensed_on=licensed_on,
            valid_to=_term_end(law, "AT", licensed_on),
            cause=CAUSE,
            facts=_amateur(taro, licensed_on),
            law=law,
        )


def _term_end(law: Law, station_class: str, licensed_on: date) -> date:
    term = law.term(station_class, licensed_on)
    if term.valid_to is None:
        raise ValueError(f"licenses of class {station_class} have no last day")
    return term.valid_to


def _amateur(taro: Actor, licensed_on: date) -> LicenseFacts:
    watts = Decimal(50)
    bands = (("3HA", 7_100_000), ("2HA", 14_175_000), ("3HA", 21_225_000), ("3VA", 52_000_000), ("3VA", 145_000_000), ("3VA", 435_000_000))
    lines = tuple(AssignmentFacts(emission=code, frequency_hz=hertz, power_w=watts) for code, hertz in bands)
    return LicenseFacts(
        station_class="AT",
        bureau="A",
        purposes=("ATC",),
        communication_matters=("ATC",),
        communication_partner="アマチュア局",
        municipality="13101",
        site_address=taro.claims.address,
        movement_area="AAA",
        moves=True,
        assignments=(AssignmentFacts(bundle="1AM"),) if licensed_on >= BUNDLES_FROM else lines,
        operating_hours="常　時",
        details={
            "transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}],
            "operators": [{"license_number": "IABH999"}],
        },
    )


async def _stations_of_taxi(session: AsyncSession, law: Law, taxi: Actor) -> None:
    """The company's radios: one license for each, whose terms end together on the day that the law sets for their class."""
    licensee = _licensee(taxi)
    today = clock.today()
    records = []
    for number in range(1, TAXIS + 1):
        licensed_on = today - timedelta(days=30 + number * 4)
        facts = LicenseFacts(
            station_class="ML",
            bureau="A",
            purposes=("x-general",),
            municipality="13102",
            site_address=licensee.address,
            moves=True,
            identification=f"カントウミライ{number}",
            assignments=(AssignmentFacts(emission="5K80F1E", frequency_hz=458_500_000 + 12_500 * (number % 8), power_w=Decimal(5)),),
            operating_hours="常　時",
            details={"transmitters": [{"number": 1, "conforming": True, "rated_power_w": [5]}]},
        )
        records.append(LicenseRecord(licensee, facts, licensed_on, _term_end(law, "ML", licensed_on)))
    await importing.import_licenses(session, records, law=law, cause=CAUSE)
