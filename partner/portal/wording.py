"""The words of the portal for statuses and actions. Labels may change freely; the codes are the interface's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from partner.errors import Text
from partner.licensing.notices import TO_THE_FORMER_HOLDER
from partner.licensing.workflow import ACTION_WORDS

STATUSES: Mapping[str, Text] = {
    "draft": Text("作成中", "Draft"),
    "received": Text("到達", "Received"),
    "fee_due": Text("手数料納付待ち", "Fee due"),
    "examining": Text("審査中", "Under examination"),
    "correction_requested": Text("補正依頼", "Correction requested"),
    "in_approval": Text("決裁中", "In approval"),
    "provisional": Text("予備免許", "Provisional license"),
    "completion_notified": Text("落成届済・検査待ち", "Completion notified"),
    "granted": Text("免許・許可", "Granted"),
    "recorded": Text("届出済", "Recorded"),
    "refused": Text("拒否", "Refused"),
    "dismissed": Text("却下", "Dismissed"),
    "withdrawn": Text("取下げ", "Withdrawn"),
}
SPECTRUM_FEES: Mapping[str, Text] = {
    "paid": Text("納付済", "Paid"),
    "refunded": Text("還付済", "Refunded"),
    "due": Text("納付してください", "To be paid"),
    "overdue": Text("期限を過ぎています", "Overdue"),
    "exempt": Text("徴収しません", "Nothing is charged"),
    "to_come": Text("これから", "To come"),
    "unconfirmed": Text("額は未確認です。請求しません", "Amount not confirmed; nothing is demanded"),
    "not_demanded": Text("このシステムでは請求していません", "Not demanded by this service"),
}
CHANGING: Mapping[str, Text] = {
    "provisional": Text("許可・工事完了待ち", "Permitted, to be completed"),
    "completion_notified": Text("工事完了届済・変更検査待ち", "Change completed, to be inspected"),
}
"""The statuses of a case about a license that exists: nothing provisional is given there."""
TONES: Mapping[str, str] = {
    "fee_due": "warn",
    "correction_requested": "warn",
    "provisional": "good",
    "granted": "good",
    "recorded": "good",
    "refused": "bad",
    "dismissed": "bad",
    "draft": "none",
    "withdrawn": "none",
}
ACTIONS: Mapping[str, Text] = {
    "submit": Text("提出", "Submit"),
    "pay": Text("手数料を納付", "Pay the fee"),
    "request-correction": Text("補正を依頼", "Request a correction"),
    "correct": Text("補正を提出", "Send the correction"),
    "propose-grant": Text("免許・許可を起案", "Propose to grant"),
    "propose-refusal": Text("拒否を起案", "Propose to refuse"),
    "approve": Text("決裁する", "Approve"),
    "send-back": Text("差し戻す", "Send back"),
    "notify-completion": Text("工事落成を届け出る", "Notify completion"),
    "record-inspection": Text("検査結果を記録", "Record the inspection"),
    "dismiss": Text("却下", "Dismiss"),
    "withdraw": Text("取り下げる", "Withdraw"),
    "transfer": Text("他の総合通信局へ移送", "Transfer to another bureau"),
    "substitute": Text("代決者を指定", "Name who decides as a substitute"),
}
"""What a button says."""
EVENTS: Mapping[str, Text] = {
    **{action.value: Text(words.ja, words.en[:1].upper() + words.en[1:]) for action, words in ACTION_WORDS.items()},
    "import": Text("申請ファイルの読取り", "Filing file read"),
    "draft": Text("作成の開始", "Draft started"),
    "edit": Text("内容の修正", "Draft changed"),
    "attach": Text("書類の添付", "Document attached"),
    "message": Text("連絡", "Message written"),
    "decide": Text("専決による決定", "Decided under delegated authority"),
    "review": Text("事後確認", "Later review"),
}
"""What the history says."""
DONE: Mapping[str, Text] = {
    "import": Text("申請ファイルを読み取りました。まだ提出していません。", "The file was read. Nothing is submitted yet."),
    "edit": Text("保存して点検しました。まだ提出していません。", "Saved and checked. Nothing is submitted yet."),
    "submit": Text("提出しました。", "Submitted."),
    "pay": Text("手数料を納付しました。", "The fee is paid."),
    "request-correction": Text(
        "補正を依頼し、申請者にお知らせを送りました。", "The correction is requested; the applicant has been notified."
    ),
    "correct": Text("補正を提出しました。", "The correction was sent."),
    "propose-grant": Text("免許・許可を起案しました。決裁を待ちます。", "The grant is proposed and waits for approval."),
    "propose-refusal": Text("拒否を起案しました。決裁を待ちます。", "The refusal is proposed and waits for approval."),
    "approve": Text("決裁しました。", "Approved."),
    "send-back": Text("差し戻しました。", "Sent back."),
    "notify-completion": Text("工事落成を届け出ました。", "The completion notice was sent."),
    "record-inspection": Text("検査の結果を記録しました。", "The result of the inspection is recorded."),
    "dismiss": Text("却下しました。", "Dismissed."),
    "withdraw": Text("取り下げました。", "Withdrawn."),
    "transfer": Text("移送しました。", "Transferred."),
    "substitute": Text("代決者を指定しました。", "The substitute is named."),
    "attach": Text("書類を添付し、点検し直しました。", "The document is attached and the case was checked again."),
    "message": Text("連絡を送りました。", "The message was sent."),
    "read": Text("確認済みにしました。", "Marked as read."),
    "review": Text("事後確認を済ませました。", "The later review is done."),
}
"""What is said on the page that follows a step."""
BULK_STATES: Mapping[str, Text] = {
    "checking": Text("点検中", "Being checked"),
    "checked": Text("点検済み（未確定）", "Checked, not confirmed"),
    "filing": Text("申請中", "Being filed"),
    "done": Text("完了", "Done"),
}
BULK_OUTCOMES: Mapping[str, Text] = {
    "waiting": Text("点検待ち", "Not checked yet"),
    "new": Text("新しく申請", "New"),
    "changed": Text("下書きから変更", "Changed draft"),
    "unchanged": Text("申請済みと同じ", "As filed before"),
    "error": Text("不備", "Error"),
}
BULK_STEPS: Mapping[str, Text] = {
    "drafted": Text("下書き", "Draft"),
    "filed": Text("提出済み", "Filed"),
    "kept": Text("前に提出済み", "Filed before"),
    "refused": Text("受け付けられません", "Refused"),
}
NOTICE_TONES: Mapping[str, str] = {
    "refused": "fail",
    "dismissed": "fail",
    "correction_requested": "warn",
    "correction_reminder": "warn",
    "ordered": "warn",
    **dict.fromkeys(TO_THE_FORMER_HOLDER, "warn"),
}
CHANNELS: Mapping[str, Text] = {"electronic": Text("電子", "Electronic"), "paper": Text("書面", "Paper")}
STATIONS: tuple[tuple[str, ...], ...] = (
    ("draft",),
    ("received", "fee_due"),
    ("examining", "correction_requested"),
    ("in_approval",),
    ("provisional",),
    ("completion_notified",),
    ("granted",),
    ("recorded",),
)
"""In the order in which a case comes by them; statuses of one line take turns. A station is called by its first status."""
PASSING = frozenset({"correction_requested"})
"""A route that asks for corrections alone has no station of examination, but where a case waits for one."""
ENDED_EARLY = frozenset({"refused", "dismissed", "withdrawn"})


def status_words(status: str, *, changing: bool) -> Text:
    """What a status is called; `changing` says that the case is about a license that exists."""
    return (CHANGING.get(status) if changing else None) or STATUSES[status]


def steps(reached: Collection[str], status: str, *, changing: bool = False) -> list[dict[str, Any]]:
    """The way of a case as `{"text", "done", "current"}` for each station of it, on a route that comes to the statuses `reached`.

    An end outside the way stands last.
    """
    counted = {*reached} - PASSING | {status}
    way = [names for names in STATIONS if not counted.isdisjoint(names)]
    if status in ENDED_EARLY:
        ended = [{"text": STATUSES[names[0]], "done": True, "current": False} for names in way[:2]]
        return [*ended, {"text": STATUSES[status], "done": False, "current": True}]
    place = next((index for index, names in enumerate(way) if status in names), 0)
    words = [status_words(status if index == place else names[0], changing=changing) for index, names in enumerate(way)]
    return [{"text": text, "done": index < place, "current": index == place} for index, text in enumerate(words)]
