"""The years of a license on record, and what each costs by the law; of blanket ones by how many stations are open (電波法103条の2). Pure.

Of a blanket license of stations that move the holder reports the number; of others the notices of opening and closing tell it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from partner import clock
from partner.errors import Text
from partner.licensing import spectrum_use
from partner.registry.facts import License
from partner.registry.openings import Open
from partner.regulation import Law
from partner.regulation.spectrum_years import Annual, Number, Year, periods

YEARS_AHEAD = timedelta(days=5 * 366)
"""As far as terms with an end reach (電波法13条)."""
LABEL = Text("電波利用料", "Spectrum user fee")
SEVERAL = Text(
    "一つの免許に複数の無線局があり、その額は確認できていません。",
    "There are several stations under this license; what they cost together is not confirmed.",
)
TO_BE_COUNTED = Text("{}の末日に開設している局の数によります。", "By the number of stations open at the end of {}.")
NOT_REPORTED = Text(
    "{}の末日に開設していた局の数が届け出られていません。", "How many stations were open at the end of {} has not been reported."
)
LESS_ELSEWHERE = Text(
    "他の包括免許で減った局の数を控除することがあります（電波法103条の2第6項）。",
    "Stations that became fewer under another blanket license may be deducted (Radio Act, article 103-2, paragraph 6).",
)


def years(law: Law, license_: License, opened: Sequence[Open] = ()) -> list[Year]:
    """Every year of the term of a license, up to the day on which it ended; of one without an end, the next few.

    `opened` are the stations that were opened under it.
    """
    until = clock.today() + YEARS_AHEAD
    use = spectrum_use.of(law, license_)
    term = (license_.licensed_on, license_.valid_to)
    if use is None:
        annual = Annual(None, confirmed=False, label=LABEL, citation="電波法103条の2", why=SEVERAL)
        found = [Year(period, annual, None, confirmed=False) for period in periods(*term, until=until)]
    elif use.grant == "single":
        found = law.spectrum_fees.years(use, licensed_on=term[0], valid_to=term[1], until=until)
    else:
        reported = use.grant == "blanket-moving"
        number = _reported(license_) if reported else _notified(license_, opened)
        counted = law.spectrum_fees.counted(use, licensed_on=term[0], valid_to=term[1], until=until, number=number)
        found = [_explained(year, reported=reported) for year in counted]
    return [year for year in found if license_.ended_on is None or year.first < license_.ended_on]


def is_counted(law: Law, license_: License) -> bool:
    """Whether the number of open stations decides, be it one."""
    return spectrum_use.grant(law, license_) != "single"


def _reported(license_: License) -> Number:
    """As the holder reported of a day."""
    reports = {one.as_of: one.count for one in license_.facts.count_reports}
    return lambda day: 0 if _over(license_, day) else reports.get(day)


def _notified(license_: License, opened: Sequence[Open]) -> Number:
    """As the notices tell: not known where there are none, nor before a day is over."""

    def number(day: date) -> int | None:
        if _over(license_, day):
            return 0
        if not opened or day >= clock.today():
            return None
        return sum(one.opened_on <= day and (one.closed_on is None or day < one.closed_on) for one in opened)

    return number


def _over(license_: License, day: date) -> bool:
    return license_.ended_on is not None and license_.ended_on <= day


def _explained(year: Year, *, reported: bool) -> Year:
    """A year with what stands in the way of a demand, besides the amount of one station."""
    if year.annual.amount_yen is None:
        return year
    counted_on = year.period.counted_on
    if year.period.stations is None and counted_on is not None:
        words = TO_BE_COUNTED if counted_on >= clock.today() else NOT_REPORTED
        why = Text(words.ja.format(f"{counted_on.year}年{counted_on.month}月"), words.en.format(f"{counted_on:%B %Y}"))
        return replace(year, annual=replace(year.annual, why=why))
    if year.period.growth and reported and year.confirmed:
        return replace(year, confirmed=False, annual=replace(year.annual, why=LESS_ELSEWHERE))
    return year
