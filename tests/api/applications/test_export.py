"""What was imported comes out again as a file of the e-filing client: unchanged to the byte, or with what has changed and all the rest."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from partner.licensing import filing, filing_rewriting
from partner.regulation import Law
from tests.api.applications.conftest import SAMPLES, START, Service
from tests.licensing.filing_files import FORM, set_text, written

NAMES = sorted(path.name for path in SAMPLES.iterdir())
FILED_BY = {"new-license_one-step.xml": "hanako"}


def with_strangers(name: str) -> bytes:
    """A sample with an element and a value that no map places."""
    root = ET.fromstring((SAMPLES / name).read_bytes())
    ET.SubElement(root, f"{FORM}独自の要素").text = "残すもの"
    set_text(root, "申請書/申請者情報/電話番号", "")
    return written(root)


async def exported(service: Service, persona: str, case: dict[str, Any]) -> bytes:
    answer = await service.get(persona, f"/applications/{case['id']}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    return answer.content


@pytest.mark.parametrize("name", NAMES)
async def test_import_export_import_gives_the_same_form(service: Service, name: str) -> None:
    persona = FILED_BY.get(name, "taro")
    answer = await service.upload(persona, name)
    if answer.status_code != 201:
        pytest.skip(f"nobody here may file {name}: {answer.json()['code']}")
    [case] = answer.json()["applications"]
    content = await exported(service, persona, case)
    again = (await service.upload(persona, content)).json()
    assert again["applications"][0]["form"] == case["form"]
    assert again["unmapped"] == answer.json()["unmapped"]
    assert content == (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_an_unchanged_form_gives_the_very_bytes(name: str, law: Law) -> None:
    content = (SAMPLES / name).read_bytes()
    form = filing.read(content, law, on=START.date()).form
    assert filing_rewriting.rewritten(content, form, law, on=START.date()) == content


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_form_keeps_what_no_map_names(name: str, law: Law) -> None:
    content = with_strangers(name)
    before = filing.read(content, law, on=START.date())
    form: dict[str, Any] = {**before.form, "applicant": {**dict(before.form["applicant"]), "phone": "0300000000"}}  # type: ignore[call-overload]
    changed = filing.read(filing_rewriting.rewritten(content, form, law, on=START.date()), law, on=START.date())
    assert changed.form == form
    assert changed.unmapped == before.unmapped
    assert changed.metadata == before.metadata
    assert "残すもの" in {one.value for one in changed.unmapped}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["emptied", "doubled", "shortened"])
def test_lists_grow_and_shrink(name: str, change: str, law: Law) -> None:
    content = (SAMPLES / name).read_bytes()
    form: Any = filing.read(content, law, on=START.date()).form
    station = dict(form.get("station", {}))
    lists = {key: value for key, value in station.items() if isinstance(value, list)}
    made = {key: {"emptied": [], "doubled": [*value, *value], "shortened": value[:-1]}[change] for key, value in lists.items()}
    kept = {key: value for key, value in made.items() if value}
    rest = {key: value for key, value in station.items() if key not in lists}
    form = {**form, "station": {**rest, **kept}} if rest or kept else {key: value for key, value in form.items() if key != "station"}
    again = filing.read(filing_rewriting.rewritten(content, form, law, on=START.date()), law, on=START.date())
    assert again.form == form


async def test_a_draft_that_was_typed_in_is_written_by_the_map(service: Service, law: Law) -> None:
    imported = await service.imported("hanako", "new-license_one-step.xml")
    typed = await service.post("hanako", "/applications", {"procedure": imported["procedure"], "form": imported["form"]})
    content = await exported(service, "hanako", typed.json())
    asked = filing.read(content, law, on=START.date()).form
    assert (await service.imported("hanako", content))["form"] == imported["form"]
    assert asked["station"] == imported["form"]["station"]


async def test_an_edited_draft_comes_out_as_it_is_now(service: Service) -> None:
    case = await service.imported("hanako", "new-license_one-step.xml")
    form = {**case["form"], "contact": {**case["form"].get("contact", {}), "phone": "0311112222"}}
    assert (await service.put("hanako", f"/applications/{case['id']}", {"form": form})).status_code == 200
    again = await service.imported("hanako", await exported(service, "hanako", case))
    assert again["form"] == form


async def test_only_who_sees_the_case_and_only_where_there_is_a_form(service: Service) -> None:
    case = await service.imported("hanako", "new-license_one-step.xml")
    assert (await service.get("taro", f"/applications/{case['id']}/export")).status_code == 404
    draft = {"procedure": "land-mobile-renewal", "form": {"applicant": {"kind": "corporation"}, "addressee": "A", "station_class": "ML"}}
    other = (await service.post("taxi", "/applications", draft)).json()
    answer = await service.get("taxi", f"/applications/{other['id']}/export")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_filing_form")
