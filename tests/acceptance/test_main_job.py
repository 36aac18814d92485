"""The main job from end to end over HTTP: a real application file becomes a license that anyone can look up.

Each story has a server process of its own. What happens on the way is told by the events of the case, and what is on record by
the change feed: both are asserted after every step.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.acceptance.service import Client, Service

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "samples"
IN_2020, IN_2023 = "2020-06-01T09:00:00+09:00", "2023-08-01T09:00:00+09:00"
TARO_NUMBER, TARO_SIGN = "関Ａ第123456号", "JA1QRZ"
REASON = {"reason": "原簿及び適合表示を確認した"}
GRAPHQL = """
query($sign: String!) {
  stations(filter: {callSign: $sign}, first: 10) { edges { node { callSign bureau { code } license { validFrom validTo } } } }
}
"""


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def fails(case: dict[str, Any]) -> list[str]:
    return [finding["field"] for finding in case["findings"] if finding["outcome"] == "fail"]


def feed(service: Service) -> list[dict[str, Any]]:
    return list(service.as_(None).get("/api/v1/changes", after=0, limit=1000)["items"])


def kinds_of(service: Service, station_id: str) -> list[str]:
    return [entry["kind"] for entry in feed(service) if entry["station_id"] == station_id]


def stations(service: Service, **filters: Any) -> list[dict[str, Any]]:
    return list(service.as_(None).get("/api/v1/stations", **filters)["items"])


def story_of(client: Client, case: dict[str, Any]) -> list[tuple[str, str]]:
    """The actions so far with the status that each led to, in a sequence without gaps."""
    events = client.events(case)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["law_digest"] and event["at"] and event["actor"] for event in events)
    return [(event["action"], event["to"]) for event in events]


def step(
    service: Service, persona: str, case: dict[str, Any], action: str, body: dict[str, Any] | None = None, *, to: str
) -> dict[str, Any]:
    """Take a step, and assert that it made exactly one event and led to the status that it names."""
    before = story_of(service.as_(persona), case)
    after = service.as_(persona).act(case, action, body)
    assert after["status"] == to
    assert story_of(service.as_(persona), case) == [*before, (action, to)]
    return after


def settle(service: Service) -> None:
    """The personas of the demo and what they hold, put on record before the server starts."""
    answer = service.python("tests.acceptance.people")
    assert answer.returncode == 0, answer.stderr


def found_in_musen(service: Service, sign: str) -> list[str]:
    """What `/musen/list` says of a call sign in CSV, JSON and XML: the identification signal that each form carries."""
    words = {"ST": 1, "DA": 1, "SC": 1, "DC": 1, "OW": "AT", "MA": sign}
    public = service.as_(None)
    rows = list(csv.reader(io.StringIO(public.text("/musen/list", **words, OF=1)), escapechar="\\"))
    tree = json.loads(public.text("/musen/list", **words, OF=2))
    xml = ET.fromstring(public.text("/musen/list", **words, OF=3))
    assert rows[0][1] == tree["musenInformation"]["totalCount"] == xml.findtext("musenInformation/totalCount")
    return [
        rows[1][20].strip(),
        tree["musen"][0]["detailInfo"]["identificationSignals"].strip(),
        (xml.findtext("musen/detailInfo/identificationSignals") or "").strip(),
    ]


def licensed(service: Service, imported: dict[str, Any]) -> dict[str, Any]:
    """花子's file by the simplified route; the license of the case."""
    assert imported["unmapped"] == []
    [case] = imported["applications"]
    assert (case["procedure"], case["route"]) == ("amateur-new-license", "simplified")
    assert (case["channel"], case["status"], fails(case)) == ("electronic", "draft", [])
    assert (case["fee"]["amount_yen"], case["fee"]["confirmed"]) == (2900, True)
    step(service, "hanako", case, "submit", to="fee_due")
    service.as_("hanako").act(case, "submit", expect=409)
    step(service, "hanako", case, "pay", {"comment": "出納窓口"}, to="examining")
    service.as_("director").act(case, "approve", expect=409)
    step(service, "examiner", case, "propose-grant", to="in_approval")
    assert feed(service) == []
    granted = step(service, "director", case, "approve", to="granted")
    return dict(granted["license"])


def look_up(service: Service, license_: dict[str, Any]) -> None:
    """The license is on every public surface at once, and its holder's name on none."""
    sign = license_["call_sign"]
    [entry] = feed(service)
    assert (entry["kind"], entry["station_id"], entry["before"]) == ("granted", license_["station_id"], None)
    [station] = stations(service, call_sign=sign.lower())
    assert station["id"] == license_["station_id"]
    assert (station["licensee"]["name"], station["license"]["status"]) == ("＊＊＊＊＊", "in_force")
    assert "総務" not in json.dumps([station, entry], ensure_ascii=False)
    answer = service.as_(None).post("/graphql", {"query": GRAPHQL, "variables": {"sign": sign}})
    [edge] = answer["data"]["stations"]["edges"]
    term = {"validFrom": "2020-06-01", "validTo": "2025-05-31"}
    assert edge["node"] == {"callSign": sign, "bureau": {"code": "A"}, "license": term}
    assert found_in_musen(service, sign) == [sign] * 3


def test_one_step_and_its_end(fresh: Service) -> None:
    """花子 files by the simplified route, is licensed, is found everywhere, and discontinues; the license ends on its day."""
    service = fresh.start(IN_2020)
    license_ = licensed(service, service.as_("hanako").post_file(sample("new-license_one-step.xml")))
    assert (license_["valid_from"], license_["valid_to"]) == ("2020-06-01", "2025-05-31")
    look_up(service, license_)

    sign, station_id = license_["call_sign"], license_["station_id"]
    ending = {"license_number": license_["license_number"], "call_sign": sign, "ends_on": "2020-06-30"}
    form = {"application_kind": "DA", "station_class": "AT", "applicant": {"kind": "individual"}, "discontinuation": ending}
    notice = service.as_("hanako").post("/api/v1/applications", {"procedure": "amateur-discontinuation", "form": form}, expect=201)
    recorded = step(service, "hanako", notice, "submit", to="recorded")
    assert recorded["license"]["valid_to"] == "2020-06-29"
    assert kinds_of(service, station_id) == ["granted", "ended"]
    assert stations(service, call_sign=sign) != []
    service.move_clock("2020-06-30T00:00:01+09:00")
    assert stations(service, call_sign=sign) == []
    [ended] = stations(service, call_sign=sign, status="any")
    assert ended["license"]["status"] == "ended"


def test_the_full_route(fresh: Service) -> None:
    """太郎's file of 2020 has findings; mended, it becomes a provisional license, is inspected, and shares his call sign."""
    fresh.settings["PARTNER_CLOCK"] = IN_2020
    settle(fresh)
    service = fresh.start()
    taro = service.as_("taro")
    case = taro.import_file(sample("new-license_開局.xml"))
    assert case["route"] == "full"
    refused = taro.act(case, "submit", expect=422)
    assert refused["code"] == "findings_block"
    assert {error["field"] for error in refused["errors"]} == set(fails(case))
    assert story_of(taro, case) == [("import", "draft")]

    form = case["form"]
    form["station"]["completion"] = {"kind": "date", "due_on": "2020-12-31"}
    form["station"].pop("remarks", None)
    taro.put(f"/api/v1/applications/{case['id']}", {"form": form})
    taro.attach(case, "transmitter_diagram", b"%PDF-1.7 diagram")
    mended = taro.case(case)
    assert fails(mended) == []
    assert mended["fee"]["amount_yen"] == 5500

    step(service, "taro", case, "submit", to="fee_due")
    step(service, "taro", case, "pay", {"comment": "出納窓口"}, to="examining")
    step(service, "examiner", case, "propose-grant", REASON, to="in_approval")
    before = feed(service)
    provisional = step(service, "director", case, "approve", to="provisional")
    assert provisional["license"] is None
    assert feed(service) == before  # a provisional license is no license, and not public
    assert len(stations(service, call_sign=TARO_SIGN, status="any")) == 1

    service.move_clock("2020-09-01T09:00:00+09:00")
    notified = step(service, "taro", case, "notify-completion", to="completion_notified")
    assert notified["fee"]["inspection"]["amount_yen"] > 0
    step(service, "taro", case, "pay", {"comment": "検査手数料"}, to="completion_notified")
    step(service, "inspector", case, "record-inspection", {"result": "pass"}, to="in_approval")
    granted = step(service, "director", case, "approve", to="granted")
    assert granted["license"]["call_sign"] == TARO_SIGN
    assert granted["license"]["valid_from"] == "2020-09-01"
    assert kinds_of(service, granted["license"]["station_id"]) == ["granted"]
    assert len(stations(service, call_sign=TARO_SIGN)) == 2


def test_renewal_and_change(fresh: Service) -> None:
    """On 2023-08-01 太郎 renews, and adds a transmitter; the service is restarted in between and forgets nothing."""
    fresh.settings["PARTNER_CLOCK"] = IN_2020
    settle(fresh)
    service = fresh.start(IN_2023)
    taro = service.as_("taro")
    case = taro.import_file(sample("renewal_再免許.xml"))
    assert (case["procedure"], fails(case)) == ("amateur-renewal", [])
    assert case["fee"]["amount_yen"] == 1950
    step(service, "taro", case, "submit", to="fee_due")
    service.restart()
    step(service, "taro", case, "pay", {"comment": "出納窓口"}, to="examining")
    step(service, "examiner", case, "propose-grant", REASON, to="in_approval")
    renewed = step(service, "director", case, "approve", to="granted")["license"]
    assert (renewed["license_number"], renewed["call_sign"]) == (TARO_NUMBER, TARO_SIGN)
    assert (renewed["valid_from"], renewed["valid_to"]) == ("2024-01-01", "2028-12-31")
    assert kinds_of(service, renewed["station_id"])[-1] == "renewed"

    change = service.as_("taro").post("/api/v1/applications", {"procedure": "amateur-change", "form": equipment_change()}, expect=201)
    assert fails(change) == []
    step(service, "taro", change, "submit", to="examining")
    step(service, "examiner", change, "propose-grant", REASON, to="in_approval")
    changed = step(service, "director", change, "approve", to="granted")["license"]
    assert changed["station_id"] == renewed["station_id"]
    assert kinds_of(service, changed["station_id"])[-1] == "modified"
    [station] = stations(service, call_sign=TARO_SIGN)
    assert station["license"]["status"] == "in_force"


def equipment_change() -> dict[str, Any]:
    """A second conforming set is added; nothing else changes."""
    first = {"number": 1, "conforming": True, "conformity_number": "002-160008", "rated_power_w": [50]}
    added = {"number": 2, "change_kind": "B", "conforming": True, "conformity_number": "002-160008", "rated_power_w": [20]}
    station = {
        "station_class": "AT",
        "license_number": TARO_NUMBER,
        "call_sign": TARO_SIGN,
        "changes": {"equipment": True},
        "operators": [{"license_number": "IABH999"}],
        "transmitters": [first, added],
    }
    return {"application_kind": "CA", "addressee": "A", "station_class": "AT", "disqualification": "none", "station": station}
