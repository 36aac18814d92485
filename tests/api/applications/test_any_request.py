"""Whatever is sent to any route is answered or refused in words: every route of the contract, met with generated requests."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partner.api import contract
from tests.api.applications.conftest import Service

pytestmark = pytest.mark.slow
CHECKED = settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
NEW = "amateur-new-license"
LINE = {"symbol": "3VA", "frequency_hz": 145_000_000, "power_w": 50}
CONTENT: dict[str, Any] = {
    "comment": "x",
    "reason": "x",
    "reasons": ["x"],
    "requests": [{"field": "/contact/name", "message": {"ja": "x", "en": "x"}}],
    "due_on": "2020-06-15",
    "form": {"station": {"remarks": "x"}},
    "decision": {"assignments": [LINE], "valid_to": "2024-01-01", "conditions": ["x"]},
    "result": "pass",
    "inspected_on": "2020-06-01",
    "completed_on": "2020-06-01",
    "bureau": "E",
    "stand_in": "x",
}
BODIES: dict[str, Any] = {
    "/applications": {"procedure": NEW, "form": {"station": {"station_count": 1}}, "channel": "electronic", "received_on": "2020-05-29"},
    "/applications/{application_id}": {"form": {"applicant": {"name": "総務花子"}, "members": [{"name": "x"}]}},
    "/applications/{application_id}/actions/{action}": CONTENT,
    "/applications/bulk/{action}": {"ids": ["01726d2d-887e-7448-bde1-1cf84306ef3e"], "content": {"reasons": ["x"]}},
    "/applications/{application_id}/messages": {"body": "x"},
    "/validate": {"procedure": NEW, "form": {"station": {"assignments": [LINE]}}, "channel": "paper"},
    "/clock": {"now": "2020-06-01T09:00:00+09:00"},
}
ACTIONS = ["pay", "correct", "request-correction", "propose-grant", "propose-refusal", "notify-completion", "record-inspection"]
ACTIONS += ["approve", "send-back", "substitute", "dismiss", "no-such", "\u0000"]
PERSONAS = (
    ["hanako"] * 5 + ["examiner", "director", "clerk"] * 2 + ["taxi", "agent", "clerk", "examiner", "inspector", "director", "admin", "app"]
)
NUMBERS = st.one_of(
    st.just(10**400),
    st.integers(),
    st.floats(),
    st.sampled_from([-(10**23), 2**31, 2**63, 1e308, 5e-324, float("inf"), float("nan")]),
)
LETTERS = st.text(st.characters(codec=None), max_size=20)
TEXTS = st.one_of(
    LETTERS,
    st.sampled_from(["\x00", "\ud800", "a\udfff", " ", "", "x" * 5000]),
    st.sampled_from(["0001-01-01", "9999-12-31", "2020-02-30", "9999-12-31T23:59:59-12:00"]),
)
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.lists(st.integers(), max_size=3),
    st.dictionaries(LETTERS, st.integers(), max_size=3),
    st.integers(30, 400).map(lambda depth: json.loads("[" * depth + "]" * depth)),
)


def alike(value: Any) -> st.SearchStrategy[Any]:
    """Something strange in the place of a value: mostly of the same kind, so that it gets far."""
    kinds = TEXTS if isinstance(value, str) else NUMBERS if isinstance(value, int | float) else STRANGE
    return kinds | kinds | STRANGE


@cache
def operations(method: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The paths of the contract that take a method, each with its parameters."""
    paths = contract.application().openapi()["paths"]
    return [(path, found[method].get("parameters", [])) for path, found in paths.items() if method in found]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, body: Any) -> Any:
    """A body with something strange in up to three places, or under a strange key."""
    made = {"": copy.deepcopy(body)}
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        path = ("", *max((draw(st.sampled_from(list(places(made[""])))) for _ in range(2)), key=len))  # rather the deeper of two
        holder: Any = made
        for step in path[:-1]:
            holder = holder[step]
        if isinstance(holder[path[-1]], dict) and draw(st.booleans()):
            holder[path[-1]][draw(LETTERS)] = draw(STRANGE)
        else:
            holder[path[-1]] = draw(alike(holder[path[-1]]))
    return made[""]


def in_order(answer: httpx2.Response) -> None:
    """An answer, or a refusal in words."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and answer.request.url.path.startswith("/api/v1"):  # the MUSEN API has its own words
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"]


_cases: dict[str, dict[str, Any]] = {}


async def case_in(service: Service, status: str) -> str:
    """The id of a case of 花子's that is, or once was, in a status; made once for the database of the module."""
    if status not in _cases:
        case = await service.imported("hanako", "new-license_one-step.xml")
        steps = [("hanako", "submit", None), ("hanako", "pay", {"comment": "x"}), ("examiner", "propose-grant", {"reason": "x"})]
        for persona, action, content in steps[: ["draft", "fee_due", "examining", "in_approval"].index(status)]:
            case = await service.acted(persona, case, action, content)
        _cases[status] = case
    return str(_cases[status]["id"])


@CHECKED
@given(data=st.data())
async def test_no_body_breaks_a_route(service: Service, data: st.DataObject) -> None:
    known = [(method, path) for method in ("post", "put") for path, _ in operations(method) if path.removeprefix("/api/v1") in BODIES]
    assert {path.removeprefix("/api/v1") for _, path in known} == BODIES.keys()
    method, path = data.draw(st.sampled_from(known))
    body = data.draw(mutated(BODIES[path.removeprefix("/api/v1")]))
    case = await case_in(service, data.draw(st.sampled_from(["draft", "fee_due", "examining", "in_approval"])))
    persona = "admin" if path.endswith("/clock") else data.draw(st.sampled_from(PERSONAS))
    address = path.format(application_id=case, action=quote(data.draw(st.sampled_from(ACTIONS)))) if "{" in path else path
    headers = {**await service.headers(persona), "Content-Type": "application/json"}
    in_order(await service.client.request(method, address, content=json.dumps(body).encode(), headers=headers))


@CHECKED
@given(data=st.data())
async def test_no_parameter_breaks_a_route(service: Service, data: st.DataObject) -> None:
    path, parameters = data.draw(st.sampled_from(operations("get")))
    case = await case_in(service, "examining")
    odd = st.one_of(STRANGE.map(str), st.sampled_from(["99999999999999999999", "-1", "145MHz", "35.1,139.1", "2020-06-01"]))
    for one in (one for one in parameters if one["in"] == "path"):
        value = case if one["name"] == "application_id" and data.draw(st.booleans()) else data.draw(odd)
        path = path.replace(f"{{{one['name']}}}", quote(value[:300], safe="", errors="replace") or "x")
    names = [one["name"] for one in parameters if one["in"] == "query"]
    chosen = data.draw(st.lists(st.sampled_from([*names, "unknown"]), max_size=3))
    query = "&".join(f"{name}={quote(data.draw(odd)[:3000], safe='', errors='surrogatepass')}" for name in chosen)
    headers = await service.headers(data.draw(st.sampled_from(PERSONAS)))
    in_order(await service.client.get(f"{path}?{query}", headers=headers))
