"""An amendment in data alone is merged under a running service, and takes effect on its day on every surface.

A new fee, a shorter window, a new CEL check, a new required field, one more approval, a new station class with its own form and procedure,
and a repealed procedure; each from one day on, with a transitional clause. What the amendment says is in `tests/licensing/drafts.py`.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from partner import regulation
from partner.database import SYSTEM
from partner.registry import importing
from partner.registry.facts import AssignmentFacts, LicenseeFacts, LicenseFacts
from partner.registry.importing import LicenseRecord
from partner.settings import Settings
from tests.acceptance.service import ROOT, Client, Service
from tests.acceptance.test_command import until
from tests.acceptance.test_main_job import REASON, sample
from tests.licensing import drafts

BUNDLE = "1AM"
NUMBER, OCCUPATION = "関Ａ第765432号", "applicant/occupation"
EVE, DAY = "2027-03-30T09:00:00+09:00", "2027-04-01T09:00:00+09:00"


def program() -> str:
    """The digest of the program itself."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "partner").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(path.as_posix().encode() + path.read_bytes())
    return found.hexdigest()


@pytest.fixture
def root(fresh: Service, tmp_path: Path) -> Path:
    root = Path(shutil.copytree(Settings().regulation_root, tmp_path / "regulation"))
    fresh.settings["PARTNER_REGULATION_DIR"] = str(root)
    return root


def merge(service: Service, root: Path) -> None:
    """Put the amended files in place of the old ones, and wait until the service has found them."""
    before = service.as_(None).get("/api/v1/regulation")["digest"]
    drafts.amend(root, DAY[:10])
    assert until(lambda: service.as_(None).get("/api/v1/regulation")["digest"] != before)


def in_force(public: Client) -> dict[str, Any]:
    """What the interface says today of everything that the amendment touches."""
    renewal = public.get("/api/v1/procedures/amateur-renewal")
    new = public.get("/api/v1/procedures/amateur-new-license")
    codes = [one["code"] for one in public.get("/api/v1/procedures")["items"]]
    return {
        "window": renewal["window"]["opens_months"],
        "fee": renewal["fee"]["lines"][0]["amount_yen"]["electronic"],
        "checks": {"long-name", "occupation"} <= {one["check"] for one in new["checks"]},
        "field": "occupation" in new["form"]["properties"]["applicant"].get("required", []),
        "trial": "trial-new-license" in codes,
        "discontinuation": "amateur-discontinuation" in codes,
    }


BEFORE = {"window": 6, "fee": 1700, "checks": False, "field": False, "trial": False, "discontinuation": True}
AFTER = {"window": 3, "fee": 1800, "checks": True, "field": True, "trial": True, "discontinuation": False}


def fresh_filing(service: Service) -> dict[str, Any]:
    """花子's file, with the symbol that has taken the place of the ones of 2020."""
    hanako = service.as_("hanako")
    case = hanako.import_file(sample("new-license_one-step.xml"))
    form = case["form"] | {"station": case["form"]["station"] | {"assignments": [{"bundle": BUNDLE}]}}
    return dict(hanako.put(f"/api/v1/applications/{case['id']}", {"form": form}))


def checks_of(case: dict[str, Any], *outcomes: str) -> set[str]:
    return {finding["check"] for finding in case["findings"] if finding["outcome"] in outcomes}


def musen(public: Client, station_class: str) -> int:
    """The status of a question to the Web-API about a station class."""
    return public.send("GET", "/musen/list", params={"ST": 1, "DA": 1, "SC": 1, "DC": 1, "OF": 2, "OW": station_class}).status_code


def test_an_amendment_in_data_alone(fresh: Service, root: Path) -> None:
    program_before = program()
    service = fresh.start(EVE)
    public = service.as_(None)
    assert in_force(public) == BEFORE
    assert public.send("GET", "/api/v1/codes/station-classes/XT").status_code == 404

    early = fresh_filing(service)
    assert checks_of(early, "fail") == set()
    early = service.as_("hanako").act(early, "submit")

    merge(service, root)
    assert in_force(public) == BEFORE
    assert public.get("/api/v1/codes/station-classes/XT")["from"] == DAY[:10]
    assert public.get("/api/v1/procedures/amateur-renewal", on=DAY[:10])["window"]["opens_months"] == 3

    service.move_clock(DAY)
    assert in_force(public) == AFTER
    assert public.send("GET", "/api/v1/procedures/amateur-discontinuation").status_code == 404
    assert musen(public, "XT") == 200
    _a_filing_of_the_day(service)
    _an_open_case_keeps_its_law(service, early)
    _a_station_class_of_its_own(service)
    assert program() == program_before


def _a_filing_of_the_day(service: Service) -> None:
    """The new check warns, the new field is required, and two approvals are needed."""
    hanako = service.as_("hanako")
    case = fresh_filing(service)
    assert {"long-name"} <= checks_of(case, "warn")
    assert checks_of(case, "fail") == {"occupation"}
    page = hanako.text(f"/my/cases/{case['id']}/form")
    assert "職業" in page
    hanako.act(case, "submit", expect=422)
    form = case["form"] | {"applicant": case["form"]["applicant"] | {"occupation": "会社員"}}
    case = hanako.put(f"/api/v1/applications/{case['id']}", {"form": form})
    assert checks_of(case, "fail") == set()
    hanako.act(case, "submit")
    hanako.act(case, "pay", {"comment": "出納窓口"})
    service.as_("examiner").act(case, "propose-grant", REASON)
    service.as_("director").act(case, "approve", expect=403)
    assert service.as_("inspector").act(case, "approve")["status"] == "in_approval"
    assert service.as_("director").act(case, "approve")["status"] == "granted"


def _an_open_case_keeps_its_law(service: Service, early: dict[str, Any]) -> None:
    """What arrived before the day is examined by the checks that it arrived under, and needs one approval."""
    paid = service.as_("hanako").act(early, "pay", {"comment": "出納窓口"})
    assert not {"long-name", "occupation"} & {finding["check"] for finding in paid["findings"]}
    service.as_("examiner").act(early, "propose-grant", REASON)
    assert service.as_("director").act(early, "approve")["status"] == "granted"


def _a_station_class_of_its_own(service: Service) -> None:
    """Its own procedure, form, checks and fee; what its form lacks is found."""
    hanako = service.as_("hanako")
    page = hanako.text("/my/file")
    assert "実証局の開設の申請" in page
    form = {"addressee": "A", "station_class": "XT", "applicant": {"kind": "individual"}}
    case = hanako.post("/api/v1/applications", {"procedure": "trial-new-license", "form": form}, expect=201)
    assert checks_of(case, "fail") == {"trial-subject"}
    case = hanako.put(f"/api/v1/applications/{case['id']}", {"form": case["form"] | {"trial_subject": "電波伝搬"}})
    assert checks_of(case, "fail") == set()
    assert "実証の課題" in hanako.text(f"/my/cases/{case['id']}/form")


class Renewals:
    """太郎's table of what is due for renewal, as it is downloaded, and as it comes back."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def sheet(self) -> tuple[list[str], list[str], list[str]]:
        """Keys, labels and the row of his license in the workbook."""
        answer = self.service.as_("taro").send("GET", "/api/v1/renewals.xlsx")
        assert answer.status_code == 200, answer.text
        lines = list(load_workbook(io.BytesIO(answer.content))["amateur-renewal"].iter_rows(values_only=True))
        keys, labels = ([str(cell or "") for cell in line] for line in lines[:2])
        row = next(line for line in lines if NUMBER in line)
        return keys, labels, [str(cell or "") for cell in row]

    def dry_run(self, keys: list[str], row: list[str], **cells: str) -> dict[str, Any]:
        """What becomes of the row when it comes back with these cells."""
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(keys)
        filled = dict(zip(keys, row, strict=True)) | {"disqualification": "none"}
        sheet.append([filled[key] if key not in cells else cells[key] for key in keys])
        written = io.BytesIO()
        book.save(written)
        taro = self.service.as_("taro")
        sent = taro.send("POST", "/api/v1/bulk-filings", files={"file": ("renewals.xlsx", written.getvalue(), "application/octet-stream")})
        assert sent.status_code == 202, sent.text
        place = f"/api/v1/bulk-filings/{sent.json()['id']}"
        assert until(lambda: taro.get(place)["state"] == "checked")
        [found] = taro.get(f"{place}/rows")["items"]
        return dict(found)


async def test_the_table_of_renewals_follows(fresh: Service, root: Path) -> None:
    """The workbook has the new column from the day on, and the dry run demands it; not before, though the amendment is merged."""
    service = fresh.start(EVE)
    async with service.database() as database, database.transaction(SYSTEM) as session:
        await importing.import_licenses(session, [due_soon()], law=regulation.load(root), cause="test")
    table = Renewals(service)
    merge(service, root)
    keys, labels, row = table.sheet()
    assert not [words for words in [*keys, *labels] if OCCUPATION in words or "職業" in words]
    assert table.dry_run(keys, row)["outcome"] == "new"
    old = keys

    service.move_clock(DAY)
    keys, labels, row = table.sheet()
    assert [key for key in keys if key not in old] == [OCCUPATION]
    assert labels[keys.index(OCCUPATION)] == "申請者 › 職業 ＊必須"
    faulty = table.dry_run(keys, row)
    assert faulty["outcome"] == "error"
    [error] = faulty["errors"]
    assert (error["code"], error["field"], error["label"]["ja"]) == ("required", f"/{OCCUPATION}", "申請者 › 職業")
    assert error["column"] == get_column_letter(keys.index(OCCUPATION) + 1)
    assert table.dry_run(keys, row, **{OCCUPATION: "会社員"})["outcome"] == "new"
    yesterday = table.dry_run(old, [cell for key, cell in zip(keys, row, strict=True) if key in old])
    assert [(error["code"], error["column"]) for error in yesterday["errors"]] == [("required", None)]


def due_soon() -> LicenseRecord:
    """太郎's license of 2022, which may be renewed on the eve and on the day, under the old window and the new one."""
    holder = LicenseeFacts(
        "individual", "総務　太郎", "ソウム　タロウ", municipality="13101", address="霞が関２－１－２", birth_date=date(1960, 4, 1)
    )
    facts = LicenseFacts(
        station_class="AT",
        bureau="A",
        purposes=("ATC",),
        communication_matters=("ATC",),
        municipality="13101",
        site_address=holder.address,
        movement_area="AAA",
        moves=True,
        assignments=(AssignmentFacts(emission="3VA", frequency_hz=145_000_000, power_w=Decimal(50)),),
    )
    return LicenseRecord(holder, facts, date(2022, 6, 21), date(2027, 6, 20), license_number=NUMBER)


def test_a_draft_is_tried_before_it_is_merged(fresh: Service, root: Path, tmp_path: Path) -> None:
    """`partner regulation simulate` beside a running service: a table, JSON, and its exit codes."""
    service = fresh.start(EVE)
    service.as_("hanako").act(fresh_filing(service), "submit")
    draft = drafts.drafted(tmp_path / "draft", DAY[:10], open_cases="move")
    answer = service.run("regulation", "simulate", str(draft), "--on", DAY[:10], "--json", str(tmp_path / "changes.json"))
    assert answer.returncode == 0, answer.stderr
    assert "cases: 1 open" in answer.stdout
    assert "windows/amateur-renewal 2027-04-01: added, open cases keep" in answer.stdout
    [case] = json.loads((tmp_path / "changes.json").read_text(encoding="utf-8"))["cases"]
    assert {"long-name", "occupation"} <= case["changes"]["findings"]["after"].keys()
    assert service.run("regulation", "simulate", str(draft), "--on", DAY[:10], "--fail-on-change").returncode == 1
    same = service.run("regulation", "simulate", str(root), "--on", DAY[:10], "--fail-on-change")
    assert same.returncode == 0, same.stderr
    missing = service.run("regulation", "simulate", str(tmp_path / "nowhere"), "--on", DAY[:10])
    assert (missing.returncode, "there is no such directory" in missing.stderr) == (1, True)
    drafts.append(draft, "windows/amateur-renewal.yaml", "- {from: 2028-04-01, value: {opens_months: 1, closes_months: 2}}\n")
    broken = service.run("regulation", "simulate", str(draft), "--on", DAY[:10])
    assert broken.returncode == 1
    assert "draft/windows/amateur-renewal.yaml:" in broken.stderr
    assert "Traceback" not in broken.stderr + missing.stderr
