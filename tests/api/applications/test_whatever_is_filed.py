"""Whatever stands in a form is refused by its field, or stored, reported and decided in words: no step ever breaks."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from partner.licensing import filing
from partner.registry.service import License
from tests.api.applications.conftest import TARO_NUMBER, Service
from tests.licensing.filing_files import law_in_force, leaves, sample

ONE_STEP = "new-license_one-step.xml"
STRANGE: list[Any] = [
    "99999", "abc", "ABCDE", "１３１０１", "x" * 101, "漢" * 400, "𠮷" * 400, "\x00", "a\x00b", " ", "", "'; DROP TABLE station; --",
    "0001-01-01", "9999-12-31", "2020-02-30", "20200601", "-1", "AT", "FX", "AAA", "ZZZ", "none", "club", "government", "1AF",
    0, 1, -1, 100_000, 100_001, 2**31, 2**63, 2**64, 10**30, 3_000_000_000_000, 3_000_000_000_001, 0.1, 5e-324, 1e30, 1e308,
    True, False, None, [], {}, [[]], ["ATC", "ATC"], ["x" * 100], [{}], {"kind": "days", "days": 4000},
    {"kind": "date", "due_on": "2999-12-31"},
]  # fmt: skip
EXTRA = {
    "/station/assignments/0/frequency_to_hz": 1,
    "/station/assignments/0/bundle": "1AF",
    "/station/identification": "呼出名称",
    "/station/call_sign": "JA1QRZ",
    "/desired_valid_to": "2021-01-01",
    "/applicant/corporate_number": "123",
    "/applicant/nationality": "日本",
    "/station/completion/due_on": "2020-12-31",
}
CHECKED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
pytestmark = pytest.mark.slow


def base_form() -> dict[str, Any]:
    return dict(filing.read(sample(ONE_STEP), law_in_force(), on=date(2020, 6, 1)).form)


def places() -> list[str]:
    """Every single value, every group and every list of the sample, and some that it leaves out."""
    found = {pointer for pointer, _ in leaves(base_form())} | set(EXTRA)
    return sorted(found | {pointer.rpartition("/")[0] for pointer in found} - {""})


def put(form: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The form with another value at a place; the place is left as it is where an earlier change took its surroundings away."""
    changed: Any = copy.deepcopy(form)
    here, steps = changed, pointer.split("/")[1:]
    for step in steps[:-1]:
        here = (
            here[int(step)]
            if isinstance(here, list) and int(step) < len(here)
            else here.setdefault(step, {})
            if isinstance(here, dict)
            else {}
        )
    if isinstance(here, list) and int(steps[-1]) < len(here):
        here[int(steps[-1])] = value
    elif isinstance(here, dict):
        here[steps[-1]] = value
    found: dict[str, Any] = changed
    return found


def like(pointer: str) -> st.SearchStrategy[Any]:
    """Values for a place, mostly of the type that stands there: the others are refused at the door."""
    present = dict(leaves(base_form())).get(pointer, EXTRA.get(pointer))
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    numbers = st.one_of(st.integers(0, 10**13), st.floats(0, 1e13), st.integers())
    alike = {str: texts, int: numbers, float: numbers, bool: st.booleans()}.get(type(present), texts)
    same_type = [value for value in STRANGE if isinstance(value, type(present))] or STRANGE
    return st.one_of(st.sampled_from(same_type), alike, st.sampled_from(STRANGE))


CHANGE = st.sampled_from(places()).flatmap(lambda pointer: st.tuples(st.just(pointer), like(pointer)))
CHANGES = st.lists(CHANGE, min_size=1, max_size=2)


def said(answer: httpx2.Response) -> dict[str, Any]:
    """What was answered: a case, or a problem in words; of content, one that names the fields."""
    assert answer.status_code < 500, answer.text
    body: dict[str, Any] = answer.json()
    if answer.status_code >= 400:
        assert body["code"]
        assert body["detail"]
        assert answer.status_code != 422 or body["code"] == "reason_required" or body["errors"], body
    return body


async def taken_through(service: Service, persona: str, body: dict[str, Any]) -> str:
    """File, submit, pay, propose, approve, as far as it goes; gives the last status, or the code of the refusal."""
    answer = await service.post(persona, "/applications", body)
    case = said(answer)
    if answer.status_code != 201:
        return str(case["code"])
    steps = [
        (persona, "submit", None),
        (persona, "pay", {"comment": "x"}),
        ("examiner", "propose-grant", {"reason": "審査"}),
        ("director", "approve", None),
    ]
    status = "draft"
    for actor, action, content in steps:
        if action == "pay" and status != "fee_due":
            continue
        answer = await service.act(actor, case, action, content)
        now = said(answer)
        if answer.status_code != 200:
            return str(now["code"])
        status = str(now["status"])
        read = await service.get(actor, f"/applications/{case['id']}")
        assert read.status_code == 200
        if now["license"]:
            station = await service.client.get(f"/api/v1/stations/{now['license']['station_id']}")
            assert station.status_code == 200
    return status


@CHECKED
@given(changes=CHANGES, persona=st.sampled_from(["hanako", "clerk"]))
@example(changes=[("/station/site/municipality", "99999")], persona="hanako")
@example(changes=[("/station/site/municipality", "abc")], persona="hanako")
@example(changes=[("/applicant/municipality", "abc")], persona="clerk")
@example(changes=[("/applicant/corporate_number", "123")], persona="clerk")
@example(changes=[("/applicant/name", "𠮷" * 400), ("/applicant/address", "漢字" * 200)], persona="clerk")
@example(changes=[("/station/assignments/0/frequency_to_hz", 1)], persona="hanako")
@example(changes=[("/station/completion", {"kind": "date", "due_on": "9999-12-31"})], persona="hanako")
@example(changes=[("/station/station_count", 100_000)], persona="hanako")
@example(changes=[("/station/purposes/0", "なし")], persona="hanako")
@example(changes=[("/station/movement", "なし")], persona="hanako")
async def test_no_step_breaks_on_a_new_license(service: Service, changes: list[tuple[str, Any]], persona: str) -> None:
    form = base_form()
    for pointer, value in changes:
        form = put(form, pointer, value)
    event(await taken_through(service, persona, {"procedure": "amateur-new-license", "form": form}))


@pytest.mark.parametrize(
    ("pointer", "value", "ends"),
    [
        ("/station/site/municipality", "99999", "granted"),
        ("/station/site/municipality", "abc", "not_recordable"),
        ("/station/movement", "なし", "granted"),
        ("/station/purposes", ["なし"], "granted"),
        ("/station/station_count", 100_000, "granted"),
        ("/station/station_count", 0, "form_invalid"),
        ("/station/station_count", 10**6, "form_invalid"),
        ("/station/assignments/0/frequency_hz", 2**63, "form_invalid"),
        ("/station/assignments/0/frequency_hz", 0, "findings_block"),
        ("/station/assignments/0/frequency_to_hz", 1, "not_recordable"),
        ("/station/assignments/0/power_w", 1e30, "form_invalid"),
        ("/station/assignments/0/power_w", 0, "findings_block"),
        ("/station/site/address", "a\x00b", "form_invalid"),
        ("/station/completion/due_on", "9999-12-31", "form_invalid"),
    ],
)
async def test_where_a_strange_value_leads(service: Service, pointer: str, value: Any, ends: str) -> None:
    form = put(base_form(), pointer, value)
    assert await taken_through(service, "hanako", {"procedure": "amateur-new-license", "form": form}) == ends


@pytest.mark.parametrize(
    ("changed", "ends"),
    [
        ({"changes": {"site": True}, "site": {"municipality": "abc"}}, "not_recordable"),
        ({"changes": {"site": True}, "site": {"municipality": "99999", "address": "x"}}, "granted"),
        ({"changes": {"applicant": True}}, "findings_block"),
        (
            {"changes": {"assignments": True}, "assignments": [{"symbol": "3VA", "frequency_hz": 2, "frequency_to_hz": 1, "power_w": 1}]},
            "not_recordable",
        ),
    ],
)
async def test_where_a_strange_change_leads(service: Service, taros_license: License, changed: dict[str, Any], ends: str) -> None:
    station = {"license_number": TARO_NUMBER, "station_class": "AT", **changed}
    form = {"addressee": "A", "station_class": "AT", "disqualification": "none", "station": station}
    assert await taken_through(service, "taro", {"procedure": "amateur-change", "form": form}) == ends


@pytest.mark.parametrize(
    "decision",
    [
        {"assignments": [{"emission": "3VA", "frequency_hz": "many", "power_w": 1}]},
        {"assignments": [{"emission": "3VA", "frequency_hz": 145_000_000, "power_w": "much"}]},
        {"assignments": [{"emission": "3VA", "frequency_hz": 2**64, "power_w": 1}]},
        {"assignments": [{"emission": "3VA", "frequency_hz": 145_000_000, "power_w": 0}]},
        {"assignments": [{"emission": "a\x00", "frequency_hz": 145_000_000, "power_w": 1}]},
        {"assignments": [{}]},
        {"assignments": [{"emission": "3VA", "frequency_hz": 9, "frequency_to_hz": 8, "power_w": 1}]},
        {"conditions": ["\x00"]},
        {"valid_to": "9999-12-31"},
        {"valid_to": "2020-05-31"},
    ],
)
async def test_a_strange_designation_is_refused_by_its_field(service: Service, decision: dict[str, Any]) -> None:
    case = await service.acted("hanako", await service.imported("hanako", ONE_STEP), "submit")
    await service.acted("hanako", case, "pay", {"comment": "x"})
    answer = await service.act("examiner", case, "propose-grant", {"decision": decision})
    assert answer.status_code == 422, answer.text
    assert said(answer)["errors"]
    assert (await service.granted("hanako", {**case, "available_actions": []}))["status"] == "granted"


async def test_text_that_cannot_be_stored_is_refused_wherever_it_comes(service: Service) -> None:
    case = await service.imported("hanako", ONE_STEP)
    path = f"/applications/{case['id']}"
    assert (await service.act("hanako", case, "submit", {"comment": "\x00"})).status_code == 422
    assert (await service.post("hanako", f"{path}/messages", {"body": "\x00"})).status_code == 422
    assert (await service.get("hanako", "/applications", q="\x00")).status_code == 400
    assert (await service.post("hanako", "/applications", {"procedure": "\x00", "form": {}})).status_code == 422
    assert (await service.post("hanako", "/applications", {"procedure": "amateur-new-license", "form": {"\x00": 1}})).status_code == 422
