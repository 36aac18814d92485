"""The project's law with a procedure for every effect: data alone, written into a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

from partner import regulation
from partner.regulation import Law

FORM = """title: {ja: 試験用の様式, en: A form for tests}
versions:
- from: 2000-01-01
  cites: test
  value:
    sections:
    - key: about
      label: {ja: 届出, en: Filing}
      fields:
      - {key: license_number, type: license_number, label: {ja: 免許の番号, en: License number}}
      - key: licenses
        type: group
        repeated: true
        label: {ja: 免許, en: Licenses}
        fields: [{key: license_number, type: license_number, label: {ja: 免許の番号, en: License number}}]
      - key: suspension
        type: group
        label: {ja: 休止, en: Suspension}
        fields:
        - {key: first, type: date, label: {ja: 始期, en: First day}}
        - {key: last, type: date, label: {ja: 終期, en: Last day}}
        - {key: reason, type: text, label: {ja: 理由, en: Reason}}
        - {key: resumes_on, type: date, label: {ja: 再開, en: Resumes on}}
      - key: disposition
        type: group
        label: {ja: 処分, en: Disposition}
        fields: [{key: reason, type: text, label: {ja: 理由, en: Reason}}]
      - key: hearing
        type: group
        label: {ja: 弁明, en: Hearing}
        fields: [{key: statement, type: multiline, label: {ja: 弁明, en: Statement}}]
      - key: count
        type: group
        label: {ja: 局数, en: Count}
        fields: [{key: station_count, type: integer, label: {ja: 局数, en: Count}}]
      - key: opened_stations
        type: group
        repeated: true
        label: {ja: 開設, en: Opened}
        fields:
        - {key: opened_on, type: date, label: {ja: 開設の日, en: Opened on}}
        - {key: municipality, type: code, codes: municipalities, label: {ja: 市区町村, en: Municipality}}
        - {key: serial_number, type: text, label: {ja: 製造番号, en: Serial number}}
      - key: closed_stations
        type: group
        repeated: true
        label: {ja: 廃止, en: Closed}
        fields:
        - {key: serial_number, type: text, label: {ja: 製造番号, en: Serial number}}
        - {key: closed_on, type: date, label: {ja: 廃止の日, en: Closed on}}
      - key: case
        type: group
        label: {ja: 案件, en: Case}
        fields: [{key: reception_number, type: text, label: {ja: 受付番号, en: Reception number}}]
      - key: extension
        type: group
        label: {ja: 延長, en: Extension}
        fields: [{key: due_on, type: date, label: {ja: 期限, en: Deadline}}]
      - key: identification
        type: group
        label: {ja: 識別信号, en: Identification}
        fields: [{key: wanted, type: text, label: {ja: 希望, en: Wanted}}]
    - key: applicant
      label: {ja: 申請者, en: Applicant}
      at: /applicant
      fields:
      - {key: kind, type: code, codes: applicant-kinds, label: {ja: 区分, en: Kind}}
      - {key: name, type: text, label: {ja: 氏名, en: Name}}
      - {key: name_kana, type: kana, label: {ja: フリガナ, en: Kana}}
      - {key: corporate_number, type: corporate_number, label: {ja: 法人番号, en: Corporate number}}
      - {key: birth_date, type: date, label: {ja: 生年月日, en: Date of birth}}
      - {key: postal_code, type: postal_code, label: {ja: 郵便番号, en: Postal code}}
      - {key: prefecture, type: code, codes: prefectures, label: {ja: 都道府県, en: Prefecture}}
      - {key: municipality, type: code, codes: municipalities, label: {ja: 市区町村, en: Municipality}}
      - {key: address, type: text, label: {ja: 番地, en: Address}}
    - key: station
      label: {ja: 無線局, en: Station}
      at: /station
      fields:
      - {key: communication_partner, type: text, label: {ja: 通信の相手方, en: Partner}}
"""
DISPOSITION = (Path(__file__).parent / "data" / "disposition.yaml").read_text()
PROCEDURE = """title: {{ja: 試験 {code}, en: Test of {code}}}
versions:
- from: 2003-08-11
  cites: test
  value:
    kind: notification
    act: {act}
    station_classes: [AT, FB]
    filers: [{filers}]
    form: machine-test
    fee: null
    routes: [{{route: {route}}}]
    checks: [{checks}]
    effect: {effect}
    {names}
    decider: {decider}
    governed_by: {{form: received_on, window: received_on, fee: received_on, checks: decided_on, term: licensed_on}}
"""
FILERS = "individual, club, corporation, government"
OWN = "license_field: /license_number"
CASE = "case_field: /case/reception_number"
EFFECTS = {
    "end": OWN,
    "transfer": "license_field: /licenses/*/license_number",
    "describe": OWN,
    "suspend": OWN,
    "resume": OWN,
    "set_count": OWN,
    "open_station": OWN,
    "close_station": OWN,
    "extend_completion": CASE,
    "amend_provisional": CASE,
    "issue_certificate": OWN,
    "assign_identification": OWN,
    "none": OWN,
}


def write(root: Path, code: str, **said: str) -> None:
    filled = {"act": "change", "filers": FILERS, "route": "notification", "checks": "applicant-name", "decider": "bureau", **said}
    (root / f"procedures/test-{code}.yaml").write_text(PROCEDURE.format(code=code, **filled))


def law_of_effects(into: Path) -> Law:
    root = into / "regulation"
    shutil.copytree(Path(regulation.__file__).parents[2] / "regulation", root)
    (root / "forms/machine-test.yaml").write_text(FORM)
    (root / "routes/test-disposition.yaml").write_text(DISPOSITION)
    for effect, names in EFFECTS.items():
        write(root, effect.replace("_", "-"), effect=effect, names=names)
    write(root, "checked-end", effect="end", names=OWN, checks="applicant-name, license-held")
    write(root, "permitted-transfer", effect="transfer", names=EFFECTS["transfer"], route="change")
    write(root, "ministers-none", effect="none", names=OWN, route="change", decider="minister")
    change = (root / "routes/change.yaml").read_text()
    for code, level in (("two-persons", "{who: director}"), ("one-person", "{who: director, same_person: true}")):
        (root / f"routes/test-{code}.yaml").write_text(
            change.replace("    - {who: director}\n", f"    - {{who: director}}\n    - {level}\n", 1)
        )
        write(root, code, effect="none", names=OWN, route=f"test-{code}")
    for effect in ("revoke", "suspend"):
        write(root, f"order-{effect}", effect=effect, names=OWN, filers="ex_officio", route="test-disposition", act="revocation")
    return regulation.load(root)
