"""What an examiner designates (指定) in place of what was applied for: examined by the checks of the procedure, as a form is.

No rule stands here. The lines that are designated take the place of those of the form, and whatever the checks in force then say
against them is said of the decision, by its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import FieldError, Invalid, Text
from partner.licensing import examination, gathering
from partner.licensing.examination import Finding
from partner.licensing.gathering import Circumstances
from partner.licensing.models import Applicant, Application
from partner.regulation import Law
from partner.regulation.checks import Listed
from partner.regulation.codes import CodeList
from partner.regulation.procedures import Procedure

LINES = "/station/assignments"


async def check(
    session: AsyncSession, law: Law, procedure: Procedure, *, application: Application, applicant: Applicant, designated: Mapping[str, Any]
) -> None:
    """Refuse a designation that the law of today is against. Raises Invalid `designation_invalid`, naming fields of the decision.

    The last day of a term is looked at where the register is rehearsed; here only whether the procedure gives a term at all.
    """
    errors = [] if designated.get("valid_to") is None or procedure.effect in {"record", "renew"} else [_without_term()]
    lines: Sequence[Mapping[str, Any]] = designated.get("assignments") or ()
    if lines:
        today = clock.today()
        symbols = _lists_of_symbols(law, procedure)
        form = _with_lines(application.form, [_line_of_form(line, symbols) for line in lines])
        received_on = application.received_on or today
        circumstances = Circumstances(application.channel, received_on, today, (), applicant, application)
        gathered = await gathering.gather(session, law, procedure, form, circumstances)
        governing = law.all_procedures.find(procedure.code, today) or procedure
        findings = examination.examine(_of_lines(law, governing, today), gathered.facts, law, today)
        errors += [_error(finding, lines) for finding in findings if _against(finding, law, today)]
        errors += [error for index, line in enumerate(lines) for error in _range(line, index)]
    if errors:
        message = Text("指定の内容に誤りがあります。", "Some of what is designated cannot be designated.")
        raise Invalid("designation_invalid", message, errors=errors)


def _without_term() -> FieldError:
    message = Text("この手続では有効期間は変わりません。", "This procedure leaves the term as it is.")
    return FieldError("/decision/valid_to", "not_applicable", message)


def _with_lines(form: Mapping[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {**form, "station": {**form.get("station", {}), "assignments": lines}}


def _line_of_form(line: Mapping[str, Any], symbols: Sequence[CodeList]) -> dict[str, Any]:
    """A designated line as a form has it: a text is a symbol where a list of symbols has it, else an emission class.

    What is called a symbol is one wherever the procedure knows symbols at all.
    """
    written = {key: value for key, value in line.items() if key not in {"emission", "symbol"}}
    emissions = list(line.get("emissions", ()))
    for key in ("emission", "symbol"):
        text = line.get(key)
        if text is not None and ((symbols and key == "symbol") or any(known.has(text) for known in symbols)):
            written["symbol"] = text
        elif text is not None:
            emissions.append({"emission": text})
    return {**written, "emissions": emissions} if emissions else written


def _lists_of_symbols(law: Law, procedure: Procedure) -> list[CodeList]:
    """The lists of symbols that the procedure's checks know in any of their versions: a symbol of yesterday is still one."""
    rules = (version.value for code in procedure.checks for version in law.checks[code].versions)
    return [law.codes(rule.list_) for rule in rules if isinstance(rule, Listed) and (rule.each, rule.field) == (LINES, "/symbol")]


def _of_lines(law: Law, procedure: Procedure, on: date) -> Procedure:
    """The procedure with those of its checks alone that look at lines of assignments."""
    rules = {code: version.value for code in procedure.checks if (version := law.checks[code].on(on)) is not None}
    about = [code for code, rule in rules.items() if rule is not None and (rule.each or rule.field or "").startswith(LINES)]
    return replace(procedure, checks=tuple(about))


def _against(finding: Finding, law: Law, on: date) -> bool:
    """Whether a finding stands against designating: a failure, or a code that a complete list does not have."""
    version = law.checks[finding.check].on(on)
    rule = None if version is None else version.value
    unlisted = finding.outcome == "warn" and isinstance(rule, Listed) and law.codes(rule.list_).complete
    return finding.outcome == "fail" or unlisted


def _error(finding: Finding, lines: Sequence[Mapping[str, Any]]) -> FieldError:
    """What a finding says of the form, said of the decision. An emission that was given as one text is named by the key of that text."""
    index, _, rest = finding.field.removeprefix(f"{LINES}/").partition("/")
    line = lines[int(index)] if index.isdigit() else {}
    if rest.startswith(("emissions", "symbol")) and "emissions" not in line:
        rest = "emission" if "emission" in line or "symbol" not in line else "symbol"
    message = Text(f"{finding.message.ja}{finding.remedy.ja}", f"{finding.message.en} {finding.remedy.en}")
    return FieldError(f"/decision/assignments/{index}/{rest}", finding.check, message)


def _range(line: Mapping[str, Any], index: int) -> Iterator[FieldError]:
    """A range of frequencies has a lower end, and does not end below it."""
    upper = line.get("frequency_to_hz")
    if upper is not None and upper < (line.get("frequency_hz") or upper + 1):
        message = Text("周波数の上端が下端より低いか、下端がありません。", "The upper end lies below the lower end, or has none.")
        yield FieldError(f"/decision/assignments/{index}/frequency_to_hz", "out_of_range", message)
