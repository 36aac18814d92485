"""The figures for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from partner import clock
from partner.database import Access, Database, Standing
from partner.kpi import counting, figures
from partner.kpi.figures import Duration, Question, Share


async def answers(
    database: Database, codes: Sequence[str], *, starts_on: date | None, ends_on: date | None, by: str | None
) -> list[tuple[Question, Sequence[Share | Duration]]]:
    """The questions as asked, each with its lines; without codes, all figures that are kept. Raises as `figures.ask` does."""
    questions = [
        figures.ask(code, starts_on=starts_on, ends_on=ends_on, by=by, today=clock.today()) for code in codes or tuple(figures.FIGURES)
    ]
    async with database.transaction(Access(Standing.ADMINISTRATOR)) as session:
        return [(question, await counting.lines(session, question)) for question in questions]


def as_text(question: Question, lines: Sequence[Share | Duration]) -> str:
    """One figure as a table of plain text."""
    figure = question.figure
    text = [f"{figure.title.ja} {figure.title.en}  {question.starts_on} – {question.ends_on}", f"  {figure.words.en}"]
    if figure.targets:
        text.append("  target: " + ", ".join(f"{kind or 'all'} {share:.0%}" for kind, share in figure.targets.items()))
    nothing = [] if lines else ["  nothing was filed in this period"]
    return "\n".join([*text, *map(_line, lines), *nothing])


def _line(line: Share | Duration) -> str:
    if isinstance(line, Duration):
        return f"  {line.group:<28}{line.cases:>9,} cases{line.median_days:>9.1f} days"
    rate = "–" if line.value is None else f"{line.value:.1%}"
    return f"  {line.group:<28}{line.numerator:>9,} /{line.denominator:>9,}{rate:>9}"
