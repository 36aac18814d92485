"""Notifications inside the portal to the applicant of a case, or to whom it concerns: written in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from partner import clock
from partner.errors import Text
from partner.licensing.models import Applicant, Application, Notice

APPEAL = Text(
    "この処分に不服があるときは、処分があったことを知った日の翌日から起算して３月以内に、総務大臣に対して審査請求をすることができます"
    "（行政不服審査法第18条、電波法第83条）。処分の日の翌日から起算して１年を経過したときは、審査請求をすることができません。",
    "If you disagree with this decision, you may request a review by the Minister for Internal Affairs and Communications within three "
    "months from the day after you learnt of it (Administrative Complaint Review Act, article 18; Radio Act, article 83), "
    "and no later than one year from the day after the decision.",
)


TO_THE_FORMER_HOLDER = frozenset({"succession_filed", "succeeded"})
"""Kinds of notices to somebody whose the case is not, and who may not see it."""


def send(
    session: AsyncSession, application: Application, kind: str, *, title: Text, body: Text, content: dict[str, Any], to: UUID | None = None
) -> None:
    """Leave a notice for the applicant of the case, or for another applicant."""
    session.add(
        Notice(
            application_id=application.id,
            applicant_id=to or application.applicant_id,
            kind=kind,
            title=title.as_dict(),
            body=body.as_dict(),
            content=content,
            at=clock.now(),
        )
    )


def correction(
    session: AsyncSession, application: Application, requests: list[dict[str, Any]], due_on: str, *, heard: bool = False
) -> None:
    """Tell what is to be corrected, and by when (規則9条); `heard`: what a licensee is asked for in a case that the authority began."""
    title = Text("補正のお願い", "Please correct your filing")
    body = Text(f"{due_on}までに、次の欄を補正してください。", f"Please correct the fields below by {due_on}.")
    if heard:
        title = Text("職権の手続についてお尋ねします", "You are asked to answer in a case that the authority began")
        body = Text(
            f"{due_on}までに、次の欄にお答えください。お答えがないまま期限を過ぎると、そのまま決定することがあります。",
            f"Please answer in the fields below by {due_on}. After that day the case may be decided without your answer.",
        )
    send(session, application, "correction_requested", title=title, body=body, content={"requests": requests, "due_on": due_on})


def reminder(session: AsyncSession, application: Application, due_on: date, *, heard: bool = False) -> None:
    """Remind of a correction that is due in a few days; `heard`: of the answer in a case that the authority began."""
    title = Text("補正の期限が近づいています", "Your correction is due soon")
    body = Text(
        f"{due_on}までに補正してください。期限を過ぎると却下されることがあります。",
        f"Please correct your filing by {due_on}. After that day it may be dismissed.",
    )
    if heard:
        title = Text("回答の期限が近づいています", "Your answer is due soon")
        body = Text(
            f"{due_on}までにお答えください。期限を過ぎると、お答えがないまま決定することがあります。",
            f"Please answer by {due_on}. After that day the case may be decided without your answer.",
        )
    send(session, application, "correction_reminder", title=title, body=body, content={"due_on": due_on.isoformat()})


def message(session: AsyncSession, application: Application) -> None:
    """Tell that the bureau wrote; what it wrote is read on the case."""
    send(
        session,
        application,
        "message",
        title=Text("総合通信局から連絡があります", "The bureau wrote to you"),
        body=Text(
            f"受付番号{application.reception_number or '－'}の案件に連絡が届きました。案件の「連絡」をご覧ください。",
            f"There is a message on case {application.reception_number or '-'}. Read it under 'Messages' on the case.",
        ),
        content={},
    )


def granted(session: AsyncSession, application: Application, license_: dict[str, Any], conditions: list[Any]) -> None:
    """Tell what was granted, for how long, and under which conditions (法104条の2)."""
    ja, en = f"受付番号{application.reception_number}。", f"Reception number {application.reception_number}."
    if license_:
        last = license_["valid_to"]
        until = Text(f"{last}まで", f"to {last}") if last else Text("（無期限）", "without end")
        ja = f"呼出符号{license_['call_sign'] or '－'}、有効期間{license_['valid_from']}から{until.ja}。"
        en = f"Call sign {license_['call_sign'] or '-'}, valid from {license_['valid_from']} {until.en}."
    if conditions:
        ja, en = f"{ja}条件が付されています。", f"{en} Conditions are attached."
    content = {"license": license_, "conditions": conditions, **({"appeal": APPEAL.as_dict()} if conditions else {})}
    title = Text("免許・許可のお知らせ", "Your application was granted")
    send(session, application, "granted", title=title, body=Text(ja, en), content=content)


def refused(session: AsyncSession, application: Application, reasons: list[str]) -> None:
    """Tell the written reasons of a refusal (規則14条) and how to appeal against it."""
    send(
        session,
        application,
        "refused",
        title=Text("拒否処分のお知らせ", "Your application was refused"),
        body=Text(f"理由：{'／'.join(reasons)}", f"Reasons: {' / '.join(reasons)}"),
        content={"reasons": reasons, "appeal": APPEAL.as_dict()},
    )


def dismissed(session: AsyncSession, application: Application, reasons: list[str]) -> None:
    """Tell why a filing was dismissed without a decision on its substance, and how to appeal."""
    send(
        session,
        application,
        "dismissed",
        title=Text("却下のお知らせ", "Your filing was dismissed"),
        body=Text(f"理由：{'／'.join(reasons)}", f"Reasons: {' / '.join(reasons)}"),
        content={"reasons": reasons, "appeal": APPEAL.as_dict()},
    )


def provisional(session: AsyncSession, application: Application, given: dict[str, Any], *, changing: bool) -> None:
    """Tell that the station may be built (法8条), or changed (法17条), and by when. What is new may not be operated yet."""
    due_on = given.get("completion_due_on")
    send(
        session,
        application,
        "provisional",
        title=Text("変更の許可のお知らせ", "Permission of the change") if changing else Text("予備免許のお知らせ", "Provisional license"),
        body=Text(
            f"工事落成の期限：{due_on or '指定なし'}。落成後、届出をして検査を受けてください。運用はまだできません。",
            f"Completion deadline: {due_on or 'none'}. Give the completion notice and pass the inspection; operation is not allowed yet.",
        ),
        content=given,
    )


def begun(session: AsyncSession, application: Application, title: Text) -> None:
    """Tell the holder of a license that the authority has begun a case about it."""
    body = Text(f"「{title.ja}」の手続を開始しました。", f"The authority has begun: {title.en}.")
    send(session, application, "begun", title=Text("職権による手続の開始", "A case ex officio"), body=body, content={})


def ordered(session: AsyncSession, application: Application, procedure: Text) -> None:
    """Tell the holder of a license what was decided in a case that the authority began, and how to appeal against it."""
    send(
        session,
        application,
        "ordered",
        title=Text("職権による処分・変更のお知らせ", "The authority has decided about your license"),
        body=Text(
            f"「{procedure.ja}」を決定しました。内容と理由は案件でご覧ください。",
            f"Decided: {procedure.en}. What was decided, and why, is on the case.",
        ),
        content={"license": application.license, "appeal": APPEAL.as_dict()},
    )


def recorded(session: AsyncSession, application: Application, license_: dict[str, Any] | None) -> None:
    """Tell that a notification arrived and took effect."""
    send(
        session,
        application,
        "recorded",
        title=Text("届出を受け付けました", "Your notification has taken effect"),
        body=Text(f"受付番号{application.reception_number}", f"Reception number {application.reception_number}"),
        content={"license": license_},
    )


def succession_filed(session: AsyncSession, application: Application, holder: Applicant, numbers: Sequence[str], procedure: Text) -> None:
    """Tell a holder that somebody has filed to succeed to these licenses, and what to do if that is not so."""
    ja = f"「{procedure.ja}」が提出されました。免許の番号：{'、'.join(numbers)}。お心当たりのないときは、すぐに総合通信局へご連絡ください。"
    en = f"Filed: {procedure.en}. License numbers: {', '.join(numbers)}. If you know nothing of it, write to the bureau without delay."
    title = Text("あなたの免許の承継の届出・申請がありました", "A succession to your license has been filed")
    content = {"license_numbers": list(numbers)}
    send(session, application, "succession_filed", title=title, body=Text(ja, en), content=content, to=holder.id)


def succeeded(session: AsyncSession, application: Application, holder: Applicant, numbers: Sequence[str], on: date) -> None:
    """Tell a holder that these licenses pass to another from a day on."""
    ja = f"{on}から、次の免許は承継した者のものです：{'、'.join(numbers)}。以後、これらの無線局を運用することはできません。"
    en = f"From {on} on these licenses are the successor's: {', '.join(numbers)}. You may no longer operate the stations."
    title = Text("免許が承継されました", "Your license has passed to its successor")
    content = {"license_numbers": list(numbers), "effective_on": on.isoformat()}
    send(session, application, "succeeded", title=title, body=Text(ja, en), content=content, to=holder.id)
