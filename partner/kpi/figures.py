"""What each figure means: its words, its target, and how it may be grouped. Counting is in `partner.kpi.counting`.

Targets: 総務省の刷新計画 (e-filing 80 % for corporations, 50 % for individuals; continued use 90 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from partner.errors import FieldError, Malformed, NotFound, Text


class Grouping(StrEnum):
    """By what a figure is split. From outside, a low line is taken for the hyphen too (`fiscal_year`)."""

    ALL = "all"
    APPLICANT_KIND = "applicant-kind"
    PROCEDURE = "procedure"
    BUREAU = "bureau"
    MONTH = "month"
    FISCAL_YEAR = "fiscal-year"


GROUPING_NAMES: Mapping[Grouping, Text] = {
    Grouping.ALL: Text("全体", "All"),
    Grouping.APPLICANT_KIND: Text("申請者の別", "Applicant kind"),
    Grouping.PROCEDURE: Text("手続", "Procedure"),
    Grouping.BUREAU: Text("総合通信局", "Bureau"),
    Grouping.MONTH: Text("月", "Month"),
    Grouping.FISCAL_YEAR: Text("年度", "Fiscal year"),
}

NOT_KEPT = ("inquiries", "operating-cost")


class Unit(StrEnum):
    """In what a figure is told."""

    SHARE = "share"
    DAYS = "days"


@dataclass(frozen=True)
class Definition:
    """A figure: a share between 0 and 1, or a median of days. `targets` names the target of an applicant kind, "" that of everybody."""

    code: str
    title: Text
    words: Text
    targets: Mapping[str, float] = field(default_factory=dict)
    unit: Unit = Unit.SHARE

    def target_of(self, grouping: Grouping, group: str) -> float | None:
        """The target that a group is held to, or None where none is set."""
        if "" in self.targets:
            return self.targets[""]
        return self.targets.get(group) if grouping is Grouping.APPLICANT_KIND else None


E_FILING_RATE = Definition(
    "e-filing-rate",
    Text("電子申請率", "E-filing rate"),
    Text(
        "期間内に到達した新規免許と再免許の申請のうち、電子申請の割合。分母は電子と書面の合計。",
        "Of the applications for a new license or a renewal that arrived in the period, the share filed electronically. "
        "The denominator is electronic and paper filings together.",
    ),
    {"corporation": 0.8, "individual": 0.5},
)
CONTINUED_USE_RATE = Definition(
    "continued-use-rate",
    Text("継続利用率", "Continued-use rate"),
    Text(
        "期間内に申請・届出をし、その直前（期間の前）の申請・届出（手続を問わない）が電子だった者のうち、期間内にも電子で申請・届出をした者の割合。",
        "Of the applicants who filed in the period and whose last filing before it, of any procedure, was electronic, "
        "the share that filed electronically in the period again.",
    ),
    {"": 0.9},
)
PROCESSING_TIME = Definition(
    "processing-time",
    Text("処理日数（案）", "Processing days (proposal)"),
    Text(
        "期間内に許否の処分又は却下をした案件について、到達から処分までの日数の中央値。補正を待った日数を除く。取下げと届出は数えない。"
        "公表された算式がないため案である。標準処理期間は法令データで確認できていないため、期間内の割合は出さない。",
        "Of the cases granted, refused or dismissed in the period, the median of the days from arrival to the decision, without the days "
        "spent waiting for corrections. Withdrawals and notifications are not counted. No formula is published: this one is a proposal. "
        "No standard processing period is confirmed in the law's data, so no share within it is told.",
    ),
    unit=Unit.DAYS,
)
FIGURES: Mapping[str, Definition] = {figure.code: figure for figure in (E_FILING_RATE, CONTINUED_USE_RATE, PROCESSING_TIME)}


@dataclass(frozen=True)
class Question:
    """Which figure, for filings received (days: cases decided) from one date to another (both inclusive, Japan), split by what."""

    figure: Definition
    starts_on: date
    ends_on: date
    by: Grouping


@dataclass(frozen=True)
class Share:
    """One line of an answer; `value` is None where nothing was filed."""

    group: str
    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The share, between 0 and 1."""
        return self.numerator / self.denominator if self.denominator else None

    def as_dict(self) -> dict[str, Any]:
        """The line as the API shows it."""
        return {"group": self.group, "numerator": self.numerator, "denominator": self.denominator, "value": self.value}


@dataclass(frozen=True)
class Duration:
    """One line of an answer in days: how many cases were decided, and the median of their days."""

    group: str
    cases: int
    median_days: float

    def as_dict(self) -> dict[str, Any]:
        """The line as the API shows it."""
        return {"group": self.group, "cases": self.cases, "median_days": self.median_days}


def figure_named(code: str) -> Definition:
    """The figure of that name. Raises NotFound: `figure_not_kept` for one that is planned, `unknown_figure` otherwise."""
    if code in FIGURES:
        return FIGURES[code]
    kept = ", ".join(FIGURES)
    remedy = Text(f"集計している指標: {kept}", f"Figures that are kept: {kept}")
    if code in NOT_KEPT:
        raise NotFound("figure_not_kept", Text("この指標はまだ集計していません。", "This figure is not kept yet."), remedy=remedy)
    raise NotFound("unknown_figure", Text("その指標はありません。", "There is no such figure."), remedy=remedy)


def ask(code: str, *, starts_on: date | None, ends_on: date | None, by: str | None, today: date) -> Question:
    """A question as asked from outside; without dates, the fiscal year (from 1 April) that `today` lies in.

    Raises NotFound for the figure, Malformed for `by` or for a period that ends before it starts.
    """
    figure = figure_named(code)
    start = starts_on or date(today.year if today.month >= 4 else today.year - 1, 4, 1)
    end = ends_on or today
    wanted = None if by is None else by.replace("_", "-")
    if wanted is not None and wanted not in list(Grouping):
        known = ", ".join(Grouping)
        raise _malformed("by", Text(f"by は次のいずれかです: {known}", f"by is one of: {known}"))
    if start > end:
        raise _malformed("from", Text("from は to 以前の日付にしてください。", "from must not be later than to."))
    return Question(figure, start, end, Grouping(wanted) if wanted else Grouping.ALL)


def _malformed(name: str, message: Text) -> Malformed:
    return Malformed("invalid_parameter", message, errors=[FieldError(name, "invalid", message)])
