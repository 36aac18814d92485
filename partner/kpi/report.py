"""The figures for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from partner import clock
from partner.database import Access, Database, Standing
from partner.kpi import counting, figures
from partner.kpi.figures import Question, Share


async def answers(
    database: Database, codes: Sequence[str], *, starts_on: date | None, ends_on: date | None, by: str | None
) -> list[tuple[Question, list[Share]]]:
    """The questions as asked, each with its lines; without codes, all figures that are kept. Raises as `figures.ask` does."""
    questions = [
        figures.ask(code, starts_on=starts_on, ends_on=ends_on, by=by, today=clock.today()) for code in codes or tuple(figures.FIGURES)
    ]
    async with database.transaction(Access(Standing.ADMINISTRATOR)) as session:
        return [(question, await counting.shares(session, question)) for question in questions]


def as_text(question: Question, shares: Sequence[Share]) -> str:
    """One figure as a table of plain text."""
    figure = question.figure
    head = f"{figure.title.ja} {figure.title.en}  {question.starts_on} – {question.ends_on}"
    targets = ", ".join(f"{kind or 'all'} {share:.0%}" for kind, share in figure.targets.items())
    lines = [head, f"  {figure.words.en}", f"  target: {targets}"]
    for share in shares:
        rate = "–" if share.value is None else f"{share.value:.1%}"
        lines.append(f"  {share.group:<28}{share.numerator:>9,} /{share.denominator:>9,}{rate:>9}")
    return "\n".join(lines if shares else [*lines, "  nothing was filed in this period"])
