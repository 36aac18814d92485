"""The API guide: every example is sent to the whole application over a demonstration, every answer has the shape that is shown."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import httpx2
import orjson
import pytest

from partner import clock
from partner.api.graphql import limits, persisted
from partner.app import create_app
from partner.database import SYSTEM, Database
from partner.demo import seeding
from partner.demo.seeding import Size
from partner.registry import criteria, values
from partner.registry.open_data import dumps
from partner.registry.open_data.dumps import Publisher
from partner.settings import Settings
from tests.api import guide
from tests.api.guide import GUIDE
from tests.registry.samples import law

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = {name: found for name, found in guide.sections().items() if guide.examples(found)}
START = datetime.fromisoformat("2026-06-01T09:00:00+09:00")
FILLED: set[str] = set()


@pytest.fixture(autouse=True)
def present() -> Iterator[None]:
    """The day of the answers that the guide shows."""
    clock._clock = clock.Clock(START)
    yield
    clock._clock = clock.Clock()


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(mode="test", secret_key="a key for tests", data_dir=tmp_path_factory.getbasetemp())


@pytest.fixture
async def client(database: Database, database_name: str, settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """The whole application over a small demonstration and its dump, made once."""
    if database_name not in FILLED:
        async with database.transaction(SYSTEM) as session:
            await seeding.fill(session, law(), settings, Size(stations=600, filers=1))
        await asyncio.to_thread(dumps.publish, Publisher(database, law(), settings, settings.open_data_root))
        FILLED.add(database_name)
    transport = httpx2.ASGITransport(app=create_app(settings, database, law()), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


@pytest.mark.parametrize("section", SECTIONS)
async def test_the_examples_are_answered_as_shown(client: httpx2.AsyncClient, section: str) -> None:
    found = (await client.get("/api/v1/stations", params={"call_sign": "JA1QRZ"})).json()
    known = {"id": found["items"][0]["id"], "sequence": str(found["registry"]["sequence"])}
    for example in guide.examples(SECTIONS[section]):
        assert example.answers, f"line {example.request.line}: no answer is shown"
        answer = await client.request(**guide.request(example.request, known))
        known |= guide.learnt(answer)
        for shown in example.answers:
            assert guide.differences(shown, answer) == [], f"docs/api/README.md:{shown.line}"


async def test_beyond_the_limit_the_answer_is_the_one_shown(database: Database, settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"rate_loopback": 1}), database, law())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as caller:
        answers = [await caller.get("/api/v1/codes") for _ in range(2)]
    shown, *others = guide.sections()["Rate limits"]
    assert others == []
    assert [one.status_code for one in answers] == [200, 429]
    assert guide.differences(shown, answers[1]) == []


def test_the_shell_sends_the_request_that_the_guide_explains() -> None:
    shell = [block.text for block in guide.blocks(GUIDE) if block.language == "sh"]
    first = guide.examples(SECTIONS["Five minutes"])[0].request.text
    assert [shlex.split(text) for text in shell] == [["curl", f"http://127.0.0.1:8000{first.split()[1]}"]]


def test_every_block_is_executed_somewhere() -> None:
    kinds = {(block.language, block.is_request, block.is_answer) for block in guide.blocks(GUIDE)}
    executed = {("python", False, False), ("sh", False, False)}  # by tests/acceptance/test_open_data.py, and above
    assert {kind for kind in kinds if not (kind[1] or kind[2])} == executed
    unasked = [block for found in guide.sections().values() if not guide.examples(found) for block in found if block.is_answer]
    assert [block.text.split("\n")[0] for block in unasked] == ["HTTP/1.1 429 Too Many Requests"]


def test_a_shape_that_differs_is_noticed() -> None:
    body = {"items": [{"call_sign": "JA1QRZ", "moves": True, "power": 5}], "total": None}
    answer = httpx2.Response(200, json=body)
    same = guide.Block("json", '{"items": [{"call_sign": "JA1QRZ", "moves": false, "power": 0.8}], "total": null}')
    assert guide.differences(same, answer) == []
    for wrong in (
        '{"items": [{"call_sign": "JA1QRZ", "moves": true}], "total": null}',
        '{"items": [{"call_sign": "JA1QRZ", "moves": true, "power": 5, "more": 1}], "total": null}',
        '{"items": [{"call_sign": "JA1RL", "moves": true, "power": 5}], "total": null}',
        '{"items": [{"call_sign": "JA1QRZ", "moves": 1, "power": 5}], "total": null}',
        '{"items": [{"call_sign": "JA1QRZ", "moves": true, "power": 5}], "total": 1}',
        '{"items": [], "total": null}',
        '{"items": [{"…": "…"}, {"…": "…"}], "total": null}',
    ):
        assert guide.differences(guide.Block("json", wrong), answer), wrong


def test_it_names_every_parameter_of_the_search_and_of_the_feed() -> None:
    paths = orjson.loads((ROOT / "docs" / "openapi.json").read_bytes())["paths"]
    named = {parameter["name"] for path in ("/api/v1/stations", "/api/v1/changes") for parameter in paths[path]["get"]["parameters"]}
    table = GUIDE.partition("## Search")[2].partition("## Pages")[0]
    assert {one for one in named - {"after", "wait"} if f"`{one}`" not in table} == set()
    assert {one for one in ("after", "wait") if f"`{one}`" not in GUIDE} == set()
    repeatable = {one["name"] for one in paths["/api/v1/stations"]["get"]["parameters"] if one["schema"].get("type") == "array"}
    told = {name for row in re.findall(r"^\| (.*?) \|.*\| yes \|$", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert told == repeatable


@pytest.mark.parametrize(
    "words",
    [
        f"More than\n{limits.HIGHEST_COST:,}",
        f"a depth of more than {limits.DEEPEST}",
        f"more than {limits.MOST_ALIASES} aliases",
        f"more than {limits.MOST_TOKENS:,} tokens",
        f"the last {persisted.KEPT:,} queries of up to {persisted.LONGEST_KEPT:,} characters",
        f"At most {criteria.MOST_VALUES} values for a parameter, of at most {criteria.LONGEST_VALUE} characters",
        f"up to {criteria.LONGEST_WAIT})",
        f"from 1 to {values.HIGHEST_LIMIT} ({criteria.DEFAULT_LIMIT} by default)",
        f"up to {values.HIGHEST_RADIUS_KM} km",
    ],
)
def test_the_figures_are_those_of_the_program(words: str) -> None:
    assert " ".join(words.split()) in " ".join(GUIDE.split())


def test_the_rates_are_those_of_the_settings() -> None:
    for name in ("rate_anonymous", "rate_client", "rate_loopback"):
        assert f"| {Settings.model_fields[name].default:,} | `PARTNER_{name.upper()}` |" in GUIDE


def test_the_codes_of_errors_stand_in_the_program() -> None:
    program = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "partner").rglob("*.py"))
    section = GUIDE.partition("## Errors")[2].partition("## What is masked")[0]
    table = "".join(re.findall(r"^\| [0-9, ]+ \|(.*)$", section, re.MULTILINE))
    further = section.partition("Of one parameter:")[2].partition("A 500")[0]
    codes = re.findall(r"`([a-z_]+)`", table + further)
    assert len(codes) > 25
    assert [code for code in codes if f'"{code}"' not in program] == []


def test_the_statuses_and_the_kinds_of_change_are_those_of_the_register() -> None:
    assert all(f"`{status}`" in GUIDE for status in criteria.STATUSES)
    register = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "partner" / "registry").rglob("*.py"))
    kinds = set(re.findall(r'Entry\([\w.]+, "(\w+)"', register))
    told = GUIDE.partition("Kinds: ")[2].partition("New kinds")[0]
    assert set(re.findall(r"`(\w+)`", told)) == kinds | {"expired"}


def test_the_links_within_and_out_of_the_guides_lead_somewhere() -> None:
    for path in (ROOT / "docs" / "api").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            there = path if not file else path.parent / file
            assert there.exists(), target
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
            assert not anchor or anchor in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}, target
