"""The whole law in force, composed of its provision kinds.

A provision kind is a module with `read(reader)`, which returns an object that never changes. A new kind is one field of `Law`, and in
`load` one line that reads it and one that hands it over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from partner.errors import Text
from partner.regulation import (
    call_signs,
    checks,
    codes,
    deadlines,
    disclosure,
    fee_powers,
    fees,
    filings,
    form_shapes,
    forms,
    holidays,
    jurisdiction,
    periods,
    procedures,
    routes,
    spectrum_fees,
    standing,
    transitions,
    windows,
)
from partner.regulation.deadlines import Deadline
from partner.regulation.facts import FactShape
from partner.regulation.fees import Assessment, Channel, Charge
from partner.regulation.forms import Form
from partner.regulation.periods import Term
from partner.regulation.procedures import Procedure
from partner.regulation.reading import Entry, Reader, loaded
from partner.regulation.windows import WindowDates

DESKS = ("bureaus", "authorities")
"""Code lists of those at whose desks cases are decided."""
KEPT_VIEWS = 64
"""So many views of the law (`Law.for_case`) are kept."""


@dataclass(frozen=True)
class Law:
    """The law as the files state it; nothing in it changes after loading."""

    codes: codes.Codes
    """`law.codes("station-classes").name("AT")`"""
    fees: fees.FeeTables
    fee_powers: fee_powers.FeePowers
    """By which power a transmitter counts for a fee."""
    spectrum_fees: spectrum_fees.SpectrumFees
    """`law.spectrum_fees.annual(use, on=anniversary)`"""
    periods: periods.Periods
    windows: windows.Windows
    deadlines: deadlines.Deadlines
    calendar: holidays.Calendar
    """`law.calendar.after(day, 10)` is ten business days later."""
    jurisdiction: jurisdiction.Jurisdiction
    call_sign_rules: call_signs.CallSignRules
    disclosure: disclosure.Disclosure
    """`law.disclosure.on(day).masks("individual")`"""
    forms: forms.Forms
    filing_maps: filings.FilingMaps
    """`law.filing_maps.get("101103", "0009")`"""
    checks: Mapping[str, checks.Check]
    """`law.checks["moving-power"].on(day)`"""
    routes: routes.Routes
    """`law.routes.get("simplified", day)`"""
    all_procedures: procedures.Procedures
    """Past and announced ones too; `law.procedures(day)` are those in force."""
    catalogue: Mapping[str, Entry]
    """Every provision by its path (`fees/amateur-renewal`), to be shown and explained."""
    shape: FactShape
    """The names and types of all facts that expressions may name."""
    files: frozenset[str]
    """The names of all files read, below the root."""
    digest: str
    """SHA-256 over all files read: what a case remembers."""
    turns: frozenset[date] = frozenset()
    """The first days of the versions that have a transitional clause."""
    _mentions: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)
    _for_cases: dict[tuple[date, date], Law] = field(default_factory=dict, repr=False, compare=False)

    def mentions(self, fact: str) -> bool:
        """Whether a check, a fee, a route or a procedure, of whatever day, names a fact: whether it is worth looking up at all."""
        if fact not in self._mentions:
            stated = (self.checks, self.fees, self.fee_powers, self.routes, self.all_procedures)
            self._mentions[fact] = any(fact in repr(one) for one in stated)
        return self._mentions[fact]

    def for_case(self, received_on: date, today: date) -> Law:
        """Give the law as the transitional clauses leave it to a case that arrived on a day; itself where they change nothing."""
        if not any(received_on < turn for turn in self.turns):
            return self
        # Days between the same turns are alike to every clause: a view is made for the first of them, so that it is right for all.
        arrived, asked = (max((turn for turn in self.turns if turn <= day), default=date.min) for day in (received_on, today))
        key = (arrived, asked)
        if key not in self._for_cases:
            if len(self._for_cases) >= KEPT_VIEWS:
                self._for_cases.clear()
            self._for_cases[key] = transitions.for_case(self, arrived, asked)
        return self._for_cases[key]

    def form(self, code: str, on: date) -> Form:
        """Find a form ("amateur") as it stands on a day; raises `NotFound` (`unknown_form`)."""
        return self.forms.get(code, on)

    def filing_map(self, form_id: str, form_version: str) -> filings.FilingMap | None:
        """Find the map of an e-filing form ("101103", "0009"); None when there is none."""
        return self.filing_maps.get(form_id, form_version)

    def bureau_of(self, municipality: str, on: date) -> str:
        """Find the bureau of a municipality ("13101" → "A"); raises `NotFound` (`unknown_place`)."""
        return self.jurisdiction.bureau_of(municipality, on)

    def fee(
        self,
        table: str,
        *,
        on: date,
        channel: Channel,
        power_w: Decimal | float | None,
        station_count: int = 1,
        further_w: Sequence[Decimal] = (),
    ) -> Assessment:
        """Tell what a fee table asks on a day; raises `NotFound` (`unknown_fee_table`)."""
        power = None if power_w is None else Decimal(str(power_w))
        return self.fees.assess(table, Charge(channel, power, station_count, tuple(further_w)), on=on)

    def term(self, station_class: str, licensed_on: date, *, form: Mapping[str, object] | None = None) -> Term:
        """Tell the term of a license, for which `form` was filed; raises `NotFound` (`no_term`)."""
        return self.periods.term(station_class, licensed_on, form=form)

    def window(self, name: str, *, expires_on: date, on: date) -> WindowDates | None:
        """Tell when a renewal may be filed, by the law of the day `on`; raises `NotFound` (`unknown_window`)."""
        return self.windows.dates(name, expires_on=expires_on, on=on)

    def deadline(self, name: str, *, after: date) -> Deadline:
        """Tell the last day of a deadline that runs from `after`: the next open day where offices are closed on it.

        行政機関の休日に関する法律2条. Raises `NotFound` (`unknown_deadline`).
        """
        found = self.deadlines.after(name, after)
        return replace(found, last_day=self.calendar.open_from(found.last_day))

    def desk(self, code: str) -> Text:
        """The name of a bureau, or of the authority whose desk stands in its place; an unknown code is its own name."""
        desks = (self.codes(name) for name in DESKS if name in self.codes.lists)
        return next((found.name(code) for found in desks if found.has(code)), Text(code, code))

    def authority_of(self, procedure: Procedure, station_class: str) -> str:
        """The desk that decides in place of the bureau; empty where the bureau decides, and where our data only says `partly`."""
        known = self.codes("station-classes").get(station_class)
        by_class = known is not None and known.attributes["decided_by_bureau"] == "no"
        if procedure.decider == "minister" or (procedure.decider == "by_class" and by_class):
            return next(code.code for code in self.codes("authorities") if code.attributes["minister"])
        return ""

    def procedures(self, on: date) -> list[Procedure]:
        """The procedures in force on a day, in the order of their codes."""
        return self.all_procedures.on(on)

    def procedure(self, code: str, on: date) -> Procedure:
        """One procedure as it stands on a day; raises `NotFound` (`unknown_procedure`)."""
        return self.all_procedures.get(code, on)


def _finish(reader: Reader) -> None:
    standing.demand(reader)
    reader.finish()


def load(root: Path) -> Law:
    """Read the files below `root`; raises `RegulationError` with every defect, each with file and line."""
    reader = Reader(root)
    code_lists = codes.read(reader)
    fee_tables, spectrum_table = fees.read(reader), spectrum_fees.read(reader)
    statutory_deadlines, days = deadlines.read(reader), holidays.read(reader)
    competence = jurisdiction.read(reader, code_lists)
    call_sign_rules = call_signs.read(reader)
    publication = disclosure.read(reader)
    form_files = forms.read(reader)
    reader.shape = FactShape.of(form_shapes.compose(reader, form_files))
    powers, terms, filing_windows = fee_powers.read(reader), periods.read(reader), windows.read(reader)
    filing_maps = filings.read(reader)
    check_files = checks.read(reader)
    route_files = routes.read(reader, [code.code for name in DESKS if name in code_lists.lists for code in code_lists(name)])
    procedure_files = procedures.read(reader, route_files)
    _finish(reader)
    return Law(
        codes=code_lists,
        fees=fee_tables,
        fee_powers=powers,
        spectrum_fees=loaded(spectrum_table),
        periods=terms,
        windows=filing_windows,
        deadlines=statutory_deadlines,
        calendar=loaded(days),
        jurisdiction=loaded(competence),
        call_sign_rules=loaded(call_sign_rules),
        disclosure=loaded(publication),
        forms=form_files,
        filing_maps=filing_maps,
        checks=check_files,
        routes=route_files,
        all_procedures=procedure_files,
        catalogue=MappingProxyType(reader.catalogue),
        shape=reader.shape,
        files=reader.read_files,
        digest=reader.digest,
        turns=transitions.turns(reader.catalogue.values()),
    )
