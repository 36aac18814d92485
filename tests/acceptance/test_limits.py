"""Rate limits of a real server: each address has a bucket of its own, a program with a token a larger one, on every public surface.

The server trusts the proxy on its own machine, and so counts the address that the proxy tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.acceptance.conftest import a_service
from tests.acceptance.service import Service

ANONYMOUS, CLIENT = 4, 40  # a minute; a quarter at once
HERE, THERE, BEYOND = "198.51.100.7", "198.51.100.8", "2001:db8::7"
SURFACES = [
    "/api/v1/stations",
    "/api/v1/stations.csv",
    "/api/v1/stations.ndjson",
    "/api/v1/stations/00000000-0000-0000-0000-000000000000",
    "/api/v1/changes",
    "/api/v1/codes",
    "/api/v1/freshness",
    "/open-data/",
    "/open-data/latest/manifest.json",
    "/graphql?query={codes{list}}",
]


@pytest.fixture(scope="module")
def limited() -> Iterator[Service]:
    """A server with small limits, which stands on a day of its own."""
    with a_service() as made:
        made.settings |= {"PARTNER_RATE_ANONYMOUS": str(ANONYMOUS), "PARTNER_RATE_CLIENT": str(CLIENT)}
        yield made.start("2026-06-01T12:00:00+09:00")


@pytest.fixture
def client(limited: Service) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=limited.url, timeout=60, trust_env=False) as made:
        yield made


def asked(client: httpx2.Client, path: str, address: str, **further: Any) -> httpx2.Response:
    method = "POST" if "json" in further else "GET"
    headers = {"X-Forwarded-For": address, "Accept-Language": "en", **further.pop("headers", {})}
    return client.request(method, path, headers=headers, **further)


def passed(client: httpx2.Client, address: str, **further: Any) -> int:
    """How many requests pass before one is refused."""
    return next(number for number in range(1000) if asked(client, "/api/v1/codes", address, **further).status_code == 429)


def test_an_address_is_refused_on_every_surface_and_others_are_not(client: httpx2.Client) -> None:
    assert ANONYMOUS // 4 <= passed(client, HERE) <= ANONYMOUS // 4 + 2
    answers = [asked(client, path, HERE) for path in SURFACES]
    answers.append(asked(client, "/api/v1/changes", HERE, headers={"Accept": "text/event-stream"}))
    answers.append(asked(client, "/graphql", HERE, json={"query": "{ codes { list } }"}))
    assert sum(answer.status_code != 429 for answer in answers) <= 1  # on a busy machine a token may have come meanwhile
    for answer in (one for one in answers if one.status_code == 429):
        assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json"), answer.request.url
        assert 1 <= int(answer.headers["retry-after"]) <= 60 / ANONYMOUS + 1
        told = answer.json()
        assert (told["code"], told["status"]) == ("rate_limited", 429)
        assert "Retry-After" in told["remedy"]
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Retry-After" in answer.headers["access-control-expose-headers"]
    for other in (THERE, BEYOND):
        assert asked(client, "/api/v1/stations", other).status_code == 200


@pytest.mark.parametrize(("form", "start"), [(1, "ERR,1\nEQ00429,"), (2, '{"errs":'), (3, "<?xml")])
def test_mic_clients_are_refused_in_the_form_asked_for(client: httpx2.Client, form: int, start: str) -> None:
    address = f"203.0.113.{form}"
    answers = [asked(client, f"/musen/num?ST=1&OF={form}&OW=AT", address) for _ in range(4)]
    assert answers[0].status_code == 200
    refused = answers[-1]
    assert refused.status_code == 429
    assert "EQ00429" in refused.text
    assert refused.text.lstrip("\ufeff").startswith(start)
    assert int(refused.headers["retry-after"]) >= 1


def test_a_program_with_a_token_may_do_more_and_is_counted_wherever_it_is(limited: Service, client: httpx2.Client) -> None:
    token = {"headers": {"Authorization": f"Bearer {limited.token('app')}"}}
    assert passed(client, "192.0.2.1") < CLIENT // 4
    assert passed(client, "192.0.2.1", **token) >= CLIENT // 4
    assert asked(client, "/api/v1/stations", "192.0.2.2", **token).status_code == 429  # the same program from elsewhere
    assert asked(client, "/api/v1/stations", "192.0.2.2").status_code == 200
    assert asked(client, "/api/v1/stations", "192.0.2.3", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_who_waits_as_long_as_is_said_is_answered(limited: Service, client: httpx2.Client) -> None:
    passed(client, "192.0.2.9")
    wait = timedelta(seconds=int(asked(client, "/api/v1/codes", "192.0.2.9").headers["retry-after"]))
    now = datetime.fromisoformat(asked(client, "/api/v1/freshness", "192.0.2.10").json()["now"])
    limited.move_clock((now + wait).isoformat())
    assert asked(client, "/api/v1/codes", "192.0.2.9").status_code == 200
