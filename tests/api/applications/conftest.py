"""The whole service in process, at nine in the morning of 1 June 2020, and the personas who use it over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from partner import clock, regulation
from partner.app import create_app
from partner.auth.standin.personas import personas
from partner.database import SYSTEM, Database
from partner.registry import service as register
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.regulation import Law
from partner.settings import Mode, Settings

START = datetime.fromisoformat("2020-06-01T09:00:00+09:00")
SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
TARO = LicenseeFacts(
    "individual", "総務　太郎", "ソウム　タロウ", municipality="13101", address="霞が関２－１－２", birth_date=date(1960, 4, 1)
)
MOVING = LicenseFacts(
    station_class="AT",
    bureau="A",
    purposes=("ATC",),
    communication_matters=("ATC",),
    municipality="13101",
    site_address="霞が関２－１－２",
    movement_area="AAA",
    moves=True,
    assignments=(AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal(50)),),
    details={"transmitters": [{"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}]},
)
TARO_NUMBER = "関Ａ第123456号"


@cache
def the_law() -> Law:
    return regulation.load(Settings().regulation_root)


@pytest.fixture(autouse=True)
def _clock_of_2020() -> Iterator[None]:
    clock._clock = clock.Clock(START)
    yield
    clock._clock = clock.Clock()


@pytest.fixture
def law() -> Law:
    return the_law()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture
def app(data_dir: Path, database: Database) -> FastAPI:
    return create_app(Settings(mode=Mode.TEST, data_dir=data_dir), database, the_law())


class Service:
    """The service as its personas use it."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self._tokens: dict[tuple[str, date], str] = {}

    async def headers(self, persona: str) -> dict[str, str]:
        key = (persona, clock.today())
        if key not in self._tokens:
            answer = await self.client.post("/standin/tokens", json={"persona": persona})
            self._tokens[key] = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._tokens[key]}"}

    async def get(self, persona: str, path: str, **parameters: Any) -> httpx2.Response:
        return await self.client.get(f"/api/v1{path}", params=parameters, headers=await self.headers(persona))

    async def post(
        self, persona: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **parameters: Any
    ) -> httpx2.Response:
        sent = {**await self.headers(persona), **(headers or {})}
        return await self.client.post(f"/api/v1{path}", json=body, headers=sent, params=parameters)

    async def put(self, persona: str, path: str, body: Any, *, headers: dict[str, str] | None = None) -> httpx2.Response:
        return await self.client.put(f"/api/v1{path}", json=body, headers={**await self.headers(persona), **(headers or {})})

    async def upload(self, persona: str, sample: str | bytes, **parameters: Any) -> httpx2.Response:
        content = sample if isinstance(sample, bytes) else (SAMPLES / sample).read_bytes()
        headers = {**await self.headers(persona), "Content-Type": "application/xml"}
        return await self.client.post("/api/v1/applications/import", content=content, headers=headers, params=parameters)

    async def imported(self, persona: str, sample: str | bytes) -> dict[str, Any]:
        answer = await self.upload(persona, sample)
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()["applications"][0]
        return case

    async def act(self, persona: str, case: dict[str, Any], action: str, body: Any = None) -> httpx2.Response:
        return await self.post(persona, f"/applications/{case['id']}/actions/{action}", body)

    async def acted(self, persona: str, case: dict[str, Any], action: str, body: Any = None) -> dict[str, Any]:
        answer = await self.act(persona, case, action, body)
        assert answer.status_code == 200, answer.text
        acted: dict[str, Any] = answer.json()
        return acted

    async def events(self, persona: str, case: dict[str, Any]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.get(persona, f"/applications/{case['id']}/events")).json()["items"]
        return items

    async def granted(self, persona: str, case: dict[str, Any]) -> dict[str, Any]:
        """Take a submitted case to its grant by the simplified way."""
        if "pay" in case["available_actions"]:
            await self.acted(persona, case, "pay", {"comment": "ペイジー"})
        await self.acted("examiner", case, "propose-grant", {"reason": "審査の結果、支障なし"})
        return await self.acted("director", case, "approve")


@pytest.fixture
async def service(app: FastAPI) -> AsyncIterator[Service]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:8000") as client:
        yield Service(client)


@pytest.fixture
async def taros_license(database: Database, law: Law) -> register.License:
    """関Ａ第123456号, JA1QRZ, moving, 2019-01-01 to 2023-12-31; recorded once for the database of a module."""
    async with database.transaction(SYSTEM) as session:
        held = await register.license_by_number(session, TARO_NUMBER)
        if held is not None:
            return held
        licensee_id = await register.record_licensee(session, TARO)
        return await register.record(
            session,
            replace(MOVING),
            licensee_id=licensee_id,
            licensed_on=date(2019, 1, 1),
            valid_to=date(2023, 12, 31),
            law=law,
            license_number=TARO_NUMBER,
            call_sign="JA1QRZ",
            cause="test",
        )


@pytest.fixture
def minister(monkeypatch: pytest.MonkeyPatch) -> str:
    """A director of the ministry, beside the personas of the Kanto bureau."""
    known = personas()["director"]
    monkeypatch.setitem(personas(), "minister", known.model_copy(update={"name": "minister", "claims": {**known.claims, "bureau": "MIC"}}))
    return "minister"
