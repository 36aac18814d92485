"""The dry run of one row: which license it is about, the form that it makes, what a check has against it, what it would change.

Nothing becomes a case here. The checks are those of a filing of today; each error names the column that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.auth.actor import Actor
from partner.errors import FieldError, Invalid, Text
from partner.licensing import applicants, bulk_queries, examining, filing_conversions, gathering, prefetching, renewals, sheet_values
from partner.licensing.bulk_models import BulkRow
from partner.licensing.differences import differences
from partner.licensing.gathering import Circumstances
from partner.licensing.models import Application
from partner.licensing.prefetching import Prefetched
from partner.licensing.renewals import Party
from partner.licensing.sheets import PROCEDURE, Cell, letters, told
from partner.registry.facts import License
from partner.registry.normalisation import license_number
from partner.regulation import Law, form_columns
from partner.regulation.form_columns import Column
from partner.regulation.forms import Form
from partner.regulation.procedures import Procedure

OVER_WITHOUT_GRANT = frozenset({"withdrawn", "dismissed", "refused"})
"""A case that ended so keeps nobody from filing for the same license again."""
NOT_YOURS = Text("この免許は、貴方のものでないか、登録されていません。", "This license is not yours or not there.")


class Refused(Exception):
    """A row about which nothing more can be said than these errors."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True)
class Desk:
    """What some rows of an upload are checked with; all that the database knows of them is read at once, by `set_up`.

    `known` are the columns of a sheet under a procedure, each made once. `above` is the first row about each license so far, `standing` the
    case that an earlier row has made for a license and a term, unless it ended without a grant.
    """

    actor: Actor
    law: Law
    party: Party
    columns: Mapping[str, Sequence[str]]
    procedures: Sequence[Procedure]
    prefetched: Prefetched
    above: dict[str, BulkRow]
    standing: Mapping[tuple[str, date], Application]
    known: dict[tuple[str, str], tuple[Column, ...]] = field(default_factory=dict)

    @property
    def license_keys(self) -> list[str]:
        """The columns in which a license may be named."""
        return list(dict.fromkeys(str(one.license_field)[1:] for one in self.procedures))

    def columns_of(self, sheet: str, procedure: Procedure, form: Form) -> tuple[Column, ...]:
        """The columns of a sheet that the form of a procedure has."""
        key = (sheet, procedure.code)
        if key not in self.known:
            found = (
                form_columns.column_at(form, self.law, name, act=procedure.act)
                for name in self.columns.get(sheet, ())
                if name and name != PROCEDURE and not told(name)
            )
            self.known[key] = tuple(column for column in found if column is not None)
        return self.known[key]


async def set_up(
    session: AsyncSession, actor: Actor, law: Law, party: Party, columns: Mapping[str, Sequence[str]], rows: Sequence[BulkRow]
) -> Desk:
    """A desk for some rows that follow one another. Call in standing `system`, where they are locked."""
    procedures = renewals.procedures(law, on=clock.today())
    desk = Desk(actor, law, party, columns, procedures, Prefetched(), {}, {})
    cells = [row.cells[key] for row in rows for key in desk.license_keys if row.cells.get(key)]
    numbers = {license_number(str(cell)) for cell in cells}
    if not numbers:
        return desk
    claimed = await bulk_queries.claims(session, numbers)
    return replace(
        desk,
        prefetched=await prefetching.prefetched(session, procedures, numbers, licensee_id=party.applicant.licensee_id),
        above=await bulk_queries.rows_before(session, rows[0], numbers),
        standing={key: case for key, (_, case) in claimed.items() if case.status not in OVER_WITHOUT_GRANT},
    )


def refuse_columns(law: Law, columns: Mapping[str, Sequence[str]]) -> None:
    """Raise Invalid `wrong_columns` for a column that no form of a renewal has, and for a sheet that does not name the license."""
    today = clock.today()
    found = [(one, law.form(one.form, today)) for one in renewals.procedures(law, on=today)]
    errors = []
    for sheet, keys in columns.items():
        names = [key for key in keys if key and key != PROCEDURE and not told(key)]
        unknown = [key for key in names if all(form_columns.column_at(form, law, key, act=one.act) is None for one, form in found)]
        for key in unknown:
            message = Text(f"列「{key}」はどの様式にもありません。", f"No form has the column '{key}'.")
            errors.append(FieldError(_place(sheet, keys, key), "unknown_column", message))
        if not any(str(one.license_field)[1:] in names for one, _ in found):
            message = Text("免許の番号の列がありません。", "The column of the license number is missing.")
            errors.append(FieldError(_place(sheet, keys, PROCEDURE), "column_missing", message))
    if errors:
        message = Text("列がひな形と異なります。", "The columns are not those of the template.")
        remedy = Text("ひな形の1行目（項目のキー）をそのままにしてください。", "Leave the first line of the template, the keys, as it is.")
        raise Invalid("wrong_columns", message, remedy=remedy, errors=errors)


def _place(sheet: str, keys: Sequence[str], key: str) -> str:
    return "/".join(part for part in ("file", sheet, letters(keys.index(key) + 1)) if part)


async def check(session: AsyncSession, desk: Desk, row: BulkRow) -> None:
    """Write on a row what would become of it. Call in standing `system`, where the row is locked."""
    row.errors, row.changes, row.form = [], [], None
    try:
        held, procedure = await _named(session, desk, row)
        errors, filed = await _examined(session, desk, row, held, procedure)
    except Refused as refused:
        errors, filed = list(refused.errors), None
    if errors:
        row.outcome, row.errors = "error", [_shown(desk, row, error) for error in errors]
    elif filed is None:
        row.outcome = "new"
    else:
        row.outcome = "changed" if row.changes else "unchanged"
    session.add(row)


async def _named(session: AsyncSession, desk: Desk, row: BulkRow) -> tuple[License, Procedure]:
    """The license of a row and the procedure that renews it."""
    cells: Mapping[str, Cell] = row.cells
    if row.formulas:
        message = Text("数式は読みません。値を入れてください。", "A formula is not read; put a value in its place.")
        raise Refused(*(FieldError(f"/{key}", "formula", message) for key in row.formulas))
    key = next((one for one in desk.license_keys if cells.get(one)), None)
    if key is None:
        raise Refused(FieldError(f"/{next(iter(desk.license_keys), '')}", "required", form_columns.MISSING))
    held, _last = await desk.prefetched.license_and_last(session, str(cells[key])) or (None, None)
    if held is None or held.licensee_id != desk.party.applicant.licensee_id:
        raise Refused(FieldError(f"/{key}", "unknown_license", NOT_YOURS))
    row.license_number, row.expires_on = held.license_number, held.valid_to
    above = desk.above.setdefault(held.license_number, row)
    if above is not row:
        raise Refused(FieldError(f"/{key}", "row_twice", _twice(above)))
    return held, _procedure(desk, row, held, key)


def _twice(above: BulkRow) -> Text:
    where = f"（シート「{above.sheet}」）" if above.sheet else ""
    return Text(f"{above.number}行目{where}と同じ免許です。", f"The same license stands in row {above.number} already.")


def _procedure(desk: Desk, row: BulkRow, held: License, key: str) -> Procedure:
    procedure = renewals.fitting(desk.procedures, held, desk.law)
    if procedure is None:
        message = Text("この種別の局の再免許は扱っていません。", "Licenses of this class are not renewed here.")
        raise Refused(FieldError(f"/{key}", "no_procedure", message))
    written = row.cells.get(PROCEDURE, procedure.code)
    if written != procedure.code:
        message = Text(f"この免許の手続は「{procedure.code}」です。", f"The procedure for this license is '{procedure.code}'.")
        raise Refused(FieldError(f"/{PROCEDURE}", "wrong_procedure", message))
    row.procedure = procedure.code
    return procedure


async def _examined(
    session: AsyncSession, desk: Desk, row: BulkRow, held: License, procedure: Procedure
) -> tuple[list[FieldError], Application | None]:
    """What is wrong with a row, and the case that an earlier row has made for the license, if that still stands."""
    law, today = desk.law, clock.today()
    rules = law.form(procedure.form, today)
    columns = desk.columns_of(row.sheet, procedure, rules)
    started = renewals.started(law, desk.actor, desk.party, procedure, held)
    form, errors = sheet_values.filled(started, columns, row.cells, eras=filing_conversions.eras(law.codes("eras")))
    errors += _unasked(row, columns)
    try:
        form = examining.readable(law, procedure, form, on=today)
    except Invalid as invalid:
        raise Refused(*errors, *(_of_form(one) for one in invalid.errors)) from invalid
    if not applicants.is_of(desk.party.applicant, form):
        errors += [FieldError("/applicant/name", "applicant_mismatch", applicants.mismatch(desk.actor).message)]
    filed = desk.standing.get((held.license_number, held.valid_to))
    row.form, row.changes = form, _changes(law, rules, filed.form if filed else started, form)
    if filed is not None and filed.status != "draft":
        return errors + ([_already(procedure, filed)] if row.changes else []), filed
    failing = await _findings(session, desk, procedure, form)
    missing = form_columns.missing(rules, form, act=procedure.act)
    return _together(errors, failing, rules.irregularities(form, law), missing), filed


def _already(procedure: Procedure, filed: Application) -> FieldError:
    message = Text(
        f"受付番号{filed.reception_number}で提出済みの内容と異なります。",
        f"It differs from what was filed under {filed.reception_number}.",
    )
    return FieldError(str(procedure.license_field), "already_filed", message)


def _unasked(row: BulkRow, columns: Sequence[Column]) -> list[FieldError]:
    asked = {column.key for column in columns} | {PROCEDURE}
    message = Text("この手続の様式にない列です。", "The form of this procedure has no such column.")
    return [FieldError(f"/{key}", "unknown_column", message) for key in row.cells if key not in asked and not told(key)]


def _of_form(error: FieldError) -> FieldError:
    return FieldError(error.field.removeprefix("/form"), error.code, error.message)


async def _findings(session: AsyncSession, desk: Desk, procedure: Procedure, form: dict[str, Any]) -> list[FieldError]:
    """What the checks of the procedure have against a form."""
    today = clock.today()
    circumstances = Circumstances("electronic", today, today, (), desk.party.applicant, prefetched=desk.prefetched)
    gathered = await gathering.gather(session, desk.law, procedure, form, circumstances)
    failing = [one for one in examining.findings(desk.law, procedure, gathered.facts, on=today) if one["outcome"] == "fail"]
    return [FieldError(one["field"], one["check"], _words(one)) for one in failing]


def _words(finding: Mapping[str, Any]) -> Text:
    remedy = finding.get("remedy") or {"ja": "", "en": ""}
    return Text(f"{finding['message']['ja']}{remedy['ja']}", f"{finding['message']['en']} {remedy['en']}".strip())


def _together(*found: Iterable[FieldError]) -> list[FieldError]:
    """Errors with one for each place only."""
    kept: dict[str, FieldError] = {}
    for error in (one for several in found for one in several):
        kept.setdefault(error.field, error)
    return list(kept.values())


def _changes(law: Law, rules: Form, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs, with the name of each field and both values in words."""
    return [
        {
            **one,
            "label": rules.labels(one["field"]).as_dict(),
            "words": {side: rules.words(one["field"], one[side], law).as_dict() for side in ("before", "after")},
        }
        for one in differences(before, after)
    ]


def _shown(desk: Desk, row: BulkRow, error: FieldError) -> dict[str, Any]:
    """An error as it is kept: with the column of the file that it is about, as a spreadsheet names it."""
    key = error.field.removeprefix("/")
    keys = list(desk.columns.get(row.sheet, ()))
    letter = letters(keys.index(key) + 1) if key in keys else None
    label = Text("手続", "Procedure")
    if key != PROCEDURE:
        procedure = row.procedure or next((one.code for one in desk.procedures), "")
        named = desk.law.all_procedures.find(procedure, clock.today())
        label = desk.law.form(named.form, clock.today()).labels(error.field) if named else Text(key, key)
    return {
        "code": error.code,
        "field": error.field,
        "column": letter,
        "label": label.as_dict(),
        "message": error.message.as_dict(),
    }
