"""No input gives a server error, and every answer is one that the API's description knows: random requests to a running server.

schemathesis makes them from `docs/openapi.json`, such as the description allows and such as it forbids; hypothesis-graphql makes
operations from `docs/schema.graphql`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.acceptance.service import ROOT, Service

CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DESCRIPTION = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.json")
OPERATIONS = [found.ok() for found in DESCRIPTION.get_all_operations() if isinstance(found, Ok)]
PUBLIC = [one for one in OPERATIONS if "security" not in one.definition.raw or one.path == "/api/v1/validate"]
PLAIN = {"type": "string"}
MODES = [(one, GenerationMode.POSITIVE) for one in PUBLIC] + [
    (one, GenerationMode.NEGATIVE)
    for one in PUBLIC
    if one.body or any(parameter.definition["schema"] != PLAIN for parameter in one.iter_parameters())  # else any text will do
]


@pytest.fixture(scope="module")
def session(running: Service) -> Iterator[requests.Session]:
    """A client that may have forms examined; the register that it reads has some hundred stations and a dump."""
    assert running.run("seed", "--stations", "300").returncode == 0
    assert running.run("export", "open-data").returncode == 0
    with requests.Session() as made:
        made.trust_env = False
        made.headers["Authorization"] = f"Bearer {running.token('taro')}"
        yield made


@pytest.mark.parametrize(("operation", "mode"), MODES, ids=lambda one: one.value if isinstance(one, GenerationMode) else one.label)
def test_every_answer_is_one_that_is_described(
    running: Service, session: requests.Session, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode
) -> None:
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(mode))
    def ask(case: Any) -> None:
        if "wait" in case.query:
            case.query["wait"] = 0 if isinstance(case.query["wait"], int) else case.query["wait"]
        answer = case.call(base_url=running.url, session=session, timeout=30)
        case.validate_response(answer, checks=CHECKS)

    ask()


WORDS = [
    "AT",
    "FB",
    "A",
    "13",
    "13101",
    "東京",
    "F3E",
    "in_force",
    "any",
    "-valid_to",
    "licensee",
    "JA1*",
    "145MHz",
    "800mW",
    "station-classes",
    "\0",
]
TEXTS = (st.sampled_from(WORDS) | st.text(max_size=30)).map(nodes.String)
NUMBERS = st.integers(-1, 5) | st.integers(-(2**63), 2**63)
SCALARS: dict[str, Any] = {
    "String": TEXTS,
    "ID": (st.uuids() | st.text(max_size=40)).map(nodes.String),
    "Int": (st.integers(0, 20) | st.integers(-(2**31), 2**31 - 1)).map(nodes.Int),
    "Date": (st.dates().map(str) | st.text(max_size=12)).map(nodes.String),
    "DateTime": (st.datetimes().map(lambda one: f"{one.isoformat()}Z") | st.text(max_size=30)).map(nodes.String),
    "Hz": NUMBERS.map(nodes.Int) | TEXTS,
    "Watt": NUMBERS.map(nodes.Int) | st.floats(0, 1e6).map(nodes.Float) | TEXTS,
    "Long": NUMBERS.map(nodes.Int),
    "JSON": TEXTS,
}
SCHEMA = (ROOT / "docs" / "schema.graphql").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", ["stations", "station", "changes", "codes"])
def test_no_graphql_operation_fails_inside(running: Service, session: requests.Session, field: str) -> None:
    answered = []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(query=queries(SCHEMA, fields=[field], custom_scalars=SCALARS))
    def ask(query: str) -> None:
        answer = session.post(f"{running.url}/graphql", json={"query": query}, timeout=30)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "internal_error" not in {error["extensions"]["code"] for error in body.get("errors", [])}, body
        assert isinstance(body["extensions"]["cost"], int)
        answered.append(body.get("data") is not None)

    ask()
    assert any(answered)


def test_the_server_has_nothing_to_regret(running: Service, session: requests.Session) -> None:
    """Last of all: whatever was asked, nothing went wrong inside."""
    assert "Traceback" not in running.log.read_text(encoding="utf-8", errors="replace")
    assert session.get(f"{running.url}/readyz", timeout=30).status_code == 200
