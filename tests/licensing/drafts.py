"""A draft of the law for tests: a copy of the law that ships, with an amendment in data alone that touches every kind of answer."""

from __future__ import annotations

import shutil
from pathlib import Path

from partner.settings import Settings

DAY = "2027-04-01"
FEE = """
    tiers:
    - {paper: 2950, electronic: 1800}
    certificate: {paper: 480}
"""
LONG_NAME = """
title: {ja: 氏名の長さ, en: Length of the name}
versions:
- from: DAY
  cites: 無線局免許手続規則 (令和9年改正)
  value:
    kind: expression
    field: /applicant/name
    fires: "form.applicant.name != null && size(form.applicant.name) > 3"
    outcome: warn
    message: {ja: 氏名が3文字を超えます。, en: The name has more than three characters.}
    remedy: {ja: 略さずに記載されているか確かめてください。, en: See that it is written in full.}
"""
OCCUPATION = """
title: {ja: 職業の記載, en: Occupation}
versions:
- from: DAY
  cites: 無線局免許手続規則 (令和9年改正)
  value:
    kind: required
    field: /applicant/occupation
    outcome: fail
    message: {ja: 職業が記載されていません。, en: The occupation is missing.}
    remedy: {ja: 職業を記載してください。, en: Enter the occupation.}
"""
OCCUPATION_FIELD = """
      - {key: occupation, type: text, label: {ja: 職業, en: Occupation}, required: [new, renewal]}
"""
TRIAL_FORM = """
title: {ja: 実証局の申請書, en: Trial station form}
versions:
- from: DAY
  cites: 無線局免許手続規則 (令和9年改正)
  value:
    sections:
    - key: filing
      label: {ja: 申請の内容, en: What is filed}
      fields:
      - {key: addressee, type: code, codes: bureaus, label: {ja: 宛先, en: Addressee}}
      - {key: station_class, type: code, codes: station-classes, only: [XT], label: {ja: 無線局の種別, en: Station class}, required: [new]}
      - {key: trial_subject, type: text, label: {ja: 実証の課題, en: Subject of the trial}, required: [new]}
    - key: applicant
      label: {ja: 申請者, en: Applicant}
      at: /applicant
      fields:
      - {key: kind, type: code, codes: applicant-kinds, label: {ja: 団体・個人の別, en: Kind}, required: [new]}
      - {key: name, type: text, label: {ja: 氏名又は名称, en: Name}, required: [new]}
      - {key: name_kana, type: kana, label: {ja: フリガナ, en: Name in kana}}
      - {key: corporate_number, type: corporate_number, label: {ja: 法人番号, en: Corporate number}}
      - {key: birth_date, type: date, label: {ja: 生年月日, en: Date of birth}}
      - {key: postal_code, type: postal_code, label: {ja: 郵便番号, en: Postal code}}
      - {key: prefecture, type: code, codes: prefectures, label: {ja: 都道府県, en: Prefecture}}
      - {key: municipality, type: code, codes: municipalities, label: {ja: 市区町村, en: Municipality}}
      - {key: address, type: text, label: {ja: 町・丁目・番地, en: Street address}}
"""
TRIAL_PROCEDURE = """
title: {ja: 実証局の開設の申請, en: New license of a trial station}
versions:
- from: DAY
  cites: [電波法6条 (令和9年改正)]
  value:
    kind: application
    act: new
    station_classes: [XT]
    filers: [individual, corporation]
    form: trial
    fee: amateur-new-license
    inspection_fee: null
    window: null
    routes: [{route: simplified}]
    checks: [addressee, applicant-name, station-class, trial-subject]
    effect: record
    license_field: null
    attachments: []
    filing_kinds: []
    standard_days: null
    governed_by: {form: received_on, window: received_on, fee: received_on, checks: decided_on, term: licensed_on}
"""
TRIAL_CHECK = OCCUPATION.replace("/applicant/occupation", "/trial_subject").replace("職業", "実証の課題").replace("occupation", "subject")
TRIAL_PERIOD = """
title: {ja: 実証局の免許の有効期間, en: Term of trial stations}
station_classes: [XT]
versions:
- from: DAY
  cites: 施行規則7条 (令和9年改正)
  value: {years: 1}
"""
TRIAL_CLASS = (
    '- {code: "XT", ja: "実証局", en: "Trial station", from: DAY, mobility: "either", searchable: true, '
    'decided_by_bureau: "yes", blanket: false}\n'
)


def drafted(directory: Path, day: str = DAY, *, open_cases: str = "keep") -> Path:
    """A copy of the law with the amendment in it, as of a day."""
    root = Path(shutil.copytree(Settings().regulation_root, directory))
    amend(root, day, open_cases=open_cases)
    return root


def amend(root: Path, day: str = DAY, *, open_cases: str = "keep") -> None:
    """Write the whole amendment into a directory of the law; `open_cases`: what it says of open cases of the new procedure."""
    keep, move = "{open_cases: keep}", "{open_cases: move}"
    version(root, "fees/amateur-renewal.yaml", day, FEE, transition=keep)
    version(root, "windows/amateur-renewal.yaml", day, " {opens_months: 3, closes_months: 1}\n", transition=keep)
    version(root, "periods/five-years.yaml", day, " {years: 10}\n")
    version(root, "procedures/amateur-discontinuation.yaml", day, " null\n", transition=keep)
    again(root, "disclosure/publication.yaml", day, ("masked_kinds: [individual]", "masked_kinds: [individual, club]"))
    level = "    - {who: director}\n"
    again(root, "routes/simplified.yaml", day, (level, "    - {who: inspector}\n" + level), transition=keep)
    checks = ("    - fee-known\n", "    - fee-known\n    - long-name\n    - occupation\n")
    again(root, "procedures/amateur-new-license.yaml", day, checks, transition=f"{{open_cases: {open_cases}}}")
    phone = "      - {key: phone, type: phone, label: {ja: 電話番号, en: Telephone}}\n"
    again(root, "forms/amateur.yaml", day, (phone, phone + OCCUPATION_FIELD.lstrip("\n")), transition=move)
    for name, text in {
        "checks/long-name.yaml": LONG_NAME,
        "checks/occupation.yaml": OCCUPATION,
        "forms/trial.yaml": TRIAL_FORM,
        "procedures/trial-new-license.yaml": TRIAL_PROCEDURE,
        "checks/trial-subject.yaml": TRIAL_CHECK,
        "periods/trial-stations.yaml": TRIAL_PERIOD,
    }.items():
        (root / name).write_text(text.lstrip("\n").replace("DAY", day), encoding="utf-8")
    append(root, "codes/station-classes.yaml", TRIAL_CLASS.replace("DAY", day))


def version(root: Path, name: str, day: str, value: str, *, transition: str | None = None) -> None:
    """Append a version to a provision. A provision that is repealed no longer promises to cover all days."""
    clause = f"  transition: {transition}\n" if transition else ""
    append(root, name, f"- from: {day}\n  cites: 令和9年改正\n{clause}  value:{value}")
    if value == " null\n":
        path = root / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith("covers_from:")), encoding="utf-8")


def again(root: Path, name: str, day: str, change: tuple[str, str], *, transition: str | None = None) -> None:
    """Append the last version of a provision once more, with something changed in it."""
    value = (root / name).read_text(encoding="utf-8").rpartition("\n  value:\n")[2]
    assert change[0] in value, f"{name} has no {change[0]!r}"
    version(root, name, day, "\n" + value.replace(*change, 1).rstrip("\n") + "\n", transition=transition)


def append(root: Path, name: str, text: str) -> None:
    """Write at the end of a file."""
    with (root / name).open("a", encoding="utf-8") as file:
        file.write(text)
