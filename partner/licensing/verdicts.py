"""The reasoning of each kind of check: the closed set that the data of `regulation/checks/` may name.

Each kind answers with verdicts: on which field it fires, and with which values. None of them knows of a procedure, a class
of station, an article, a band or an amount.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from partner.errors import NotFound
from partner.regulation import checks
from partner.regulation.checks import Rule, Said
from partner.regulation.codes import CodeList
from partner.regulation.expressions import Told
from partner.regulation.facts import items_at, value_at
from partner.regulation.law import Law
from partner.regulation.periods import WITHOUT_END, shown_day
from partner.regulation.procedures import Procedure
from partner.regulation.windows import WindowRule, dates_of

_BANDWIDTH = re.compile(r"(?=.{4}$)(?!0)\d{1,3}[HKMG]\d{0,2}")


@dataclass(frozen=True)
class Case:
    """What the kinds may look at: the projected facts, the raw facts with the outside registers, the law and its date."""

    procedure: Procedure
    facts: dict[str, Any]
    raw: Mapping[str, Any]
    law: Law
    on: date
    told: Told

    def as_of(self, on: date) -> Case:
        """The same case under the law of another date."""
        return replace(self, on=on)

    def governed_by(self, rule: Rule) -> date:
        """The date that governs a rule: its own where it names one that is known, else the date of the examination."""
        return (rule.governed_by and self.day(rule.governed_by)) or self.on

    def day(self, name: str) -> date | None:
        """A date of the case by name; None where it is not known."""
        return as_date(self.facts["dates"].get(name))

    def field_of(self, rule: Rule) -> str:
        """The field of a rule that looks at one field: its own, or that in which the procedure names the license, or one beside it."""
        named = self.procedure.license_field or ""
        return rule.field or (f"{named.rpartition('/')[0]}/{rule.beside}" if rule.beside else named)

    @property
    def form(self) -> dict[str, Any]:
        """The form as the facts have it."""
        form: dict[str, Any] = self.facts["form"]
        return form


@dataclass(frozen=True)
class Verdict:
    """Whether the check fires on a field. `outcome` and `said` replace those of the rule, `citation` that of its version."""

    fires: bool
    field: str
    values: dict[str, str] = dataclasses.field(default_factory=dict)
    outcome: Literal["fail", "warn", "unconfirmed"] | None = None
    said: Said | None = None
    citation: str | None = None


@dataclass(frozen=True)
class Place:
    """One value that a rule looks at, where it stands, and the item that it belongs to."""

    pointer: str
    value: Any
    item: Any = None

    def silent(self) -> Verdict:
        """The check looked here and has nothing against it."""
        return Verdict(False, self.pointer)

    def fires(self, **values: str) -> Verdict:
        """The check fires here."""
        return Verdict(True, self.pointer, {"value": text(self.value), **values})


def judge(rule: Rule, case: Case) -> Iterator[Verdict]:
    """The verdicts of a rule on a case; none where there is nothing to look at."""
    yield from _KINDS[type(rule)](rule, case)


def as_date(value: object) -> date | None:
    """A date from ISO text; None where it is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def text(value: object) -> str:
    """A value in words of a message: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _fields(rule: Rule, case: Case) -> Iterator[Place]:
    """The rule's field, once or in each item of its list, as it stands (a list as a whole)."""
    if rule.each is None:
        pointer = case.field_of(rule)
        yield Place(pointer, value_at(pointer, case.form))
        return
    for pointer, item in items_at(rule.each, case.form):
        yield Place(f"{pointer}{rule.field or ''}", value_at(rule.field or "", item), item)


def _places(rule: Rule, case: Case) -> Iterator[Place]:
    """The values of the rule's field; where the field is a list, each of its items is a place."""
    for place in _fields(rule, case):
        if isinstance(place.value, list):
            yield from (Place(f"{place.pointer}/{index}", value, place.item) for index, value in enumerate(place.value))
        else:
            yield place


def _when(rule: Rule, case: Case, place: Place) -> bool:
    return rule.when is None or rule.when.holds(case.told, place.item)


def _given(rule: Rule, case: Case, test: Callable[[Place], Verdict]) -> Iterator[Verdict]:
    """Test every value that is given; where `when` is false the value stands."""
    for place in _places(rule, case):
        if place.value is not None:
            yield test(place) if _when(rule, case, place) else place.silent()


def _required(rule: checks.Required, case: Case) -> Iterator[Verdict]:
    for place in _fields(rule, case):
        missing = place.value is None or place.value == [] or (isinstance(place.value, str) and not place.value.strip())
        yield place.fires() if missing and _when(rule, case, place) else place.silent()


def _expressed(rule: checks.Expressed, case: Case) -> Iterator[Verdict]:
    for place in _fields(rule, case):
        fires = _when(rule, case, place) and rule.fires.holds(case.told, place.item)
        yield place.fires(told=_told(rule, case)) if fires else place.silent()


def _told(rule: checks.Expressed, case: Case) -> str:
    """The fact that the words of a rule tell; of a list all of it."""
    fact = None if rule.tells is None else value_at(rule.tells, case.facts)
    return ", ".join(map(text, fact)) if isinstance(fact, list) else text(fact)


def _listed(rule: checks.Listed, case: Case) -> Iterator[Verdict]:
    known = case.law.codes(rule.list_)
    offer = next((offer.code for offer in rule.offers if offer.when.holds(case.told)), None)

    def test(place: Place) -> Verdict:
        listed = known.has(str(place.value))
        if listed is (rule.expect == "listed"):
            return place.silent()
        return place.fires(offer=offer or "")

    for verdict in _given(rule, case, test):
        yield replace(verdict, said=_without_offer(rule)) if verdict.fires and rule.offers and offer is None else verdict


def _without_offer(rule: checks.Listed) -> Said | None:
    return Said(message=rule.message, remedy=rule.otherwise) if rule.otherwise else None


def _patterned(rule: checks.Patterned, case: Case) -> Iterator[Verdict]:
    def test(place: Place) -> Verdict:
        if rule.match is not None:
            fires = rule.match.fullmatch(str(place.value)) is None
        else:
            fires = rule.forbid is not None and rule.forbid.search(str(place.value)) is not None
        return place.fires() if fires else place.silent()

    return _given(rule, case, test)


def _ranged(rule: checks.Ranged, case: Case) -> Iterator[Verdict]:
    def test(place: Place) -> Verdict:
        if rule.minimum is not None and place.value < rule.minimum:
            return place.fires(limit=text(rule.minimum))
        if rule.maximum is not None and place.value > rule.maximum:
            return place.fires(limit=text(rule.maximum))
        return place.silent()

    return _given(rule, case, test)


def _limited_by(rule: checks.LimitedBy, case: Case) -> Iterator[Verdict]:
    limit = rule.limits.get(str(value_at(rule.by, case.facts)))
    if limit is None:
        return

    def test(place: Place) -> Verdict:
        return place.fires(limit=text(limit)) if place.value > limit else place.silent()

    yield from _given(rule, case, test)


def is_emission(value: str, positions: Sequence[CodeList]) -> bool:
    """Whether text is an emission class: the bandwidth of four characters, if any, and one symbol of each list (ITU-R SM.1138)."""
    bandwidth, symbols = value[: -len(positions)], value[-len(positions) :]
    fits = len(symbols) == len(positions) and all(known.has(symbol) for symbol, known in zip(symbols, positions, strict=True))
    return fits and (not bandwidth or _BANDWIDTH.fullmatch(bandwidth) is not None)


def _emission(rule: checks.Emission, case: Case) -> Iterator[Verdict]:
    positions = [case.law.codes(name) for name in rule.positions]

    def test(place: Place) -> Verdict:
        return place.silent() if is_emission(str(place.value), positions) else place.fires()

    return _given(rule, case, test)


def _looked_up(rule: checks.LookedUp, case: Case) -> Iterator[Verdict]:
    register = case.raw.get(rule.register_)
    entries: Mapping[str, Any] = register if isinstance(register, Mapping) else {}

    def test(place: Place) -> Verdict:
        if place.value not in entries:
            return replace(place.fires(), outcome="unconfirmed")
        return place.fires() if entries[place.value] is None else place.silent()

    return _given(rule, case, test)


def _same_as(rule: checks.SameAs, case: Case) -> Iterator[Verdict]:
    known = value_at(rule.fact, case.facts)
    if known is None:
        return

    def test(place: Place) -> Verdict:
        return place.silent() if _folded(place.value) == _folded(known) else place.fires()

    yield from _given(rule, case, test)


def _folded(value: object) -> str:
    """Text without differences of width, case and spaces."""
    return "".join(unicodedata.normalize("NFKC", str(value)).casefold().split())


def _filer(rule: checks.Filer, case: Case) -> Iterator[Verdict]:
    def test(place: Place) -> Verdict:
        return place.silent() if place.value in case.procedure.filers else place.fires()

    return _given(rule, case, test)


def _class_of_procedure(rule: checks.StationClass, case: Case) -> Iterator[Verdict]:
    classes = case.procedure.station_classes

    def test(place: Place) -> Verdict:
        return place.silent() if place.value in classes else place.fires(classes=", ".join(classes))

    yield from _given(rule, case, test)
    further = (Place(pointer, value_at(pointer, case.form)) for pointer in rule.also)
    yield from (test(place) for place in further if place.value is not None)


def _windowed(rule: checks.Windowed, case: Case) -> Iterator[Verdict]:
    if case.procedure.window is None:
        return
    version = case.law.windows.version(case.procedure.window, case.on)
    expires_on = case.day("expires_on")
    anchor = expires_on if version is None or version.value is None else _anchor(version.value, case)
    if anchor is None:
        return
    if version is not None and version.value is not None and version.value.opens_months is not None and shown_day(anchor) is None:
        yield from _without_end(rule, case)
        return
    window = None if version is None else dates_of(version, anchor)
    if window is None:
        yield Verdict(True, case.field_of(rule), outcome="unconfirmed")
        return
    values = {"opens_on": text(window.opens_on), "closes_on": text(window.closes_on), "expires_on": text(expires_on)}
    place = window.place(case.on)
    said = rule.expired if expires_on is not None and case.on > expires_on else rule.late if place == "late" else None
    fires = said is not None or place == "early"
    outcome: Literal["unconfirmed"] | None = None if window.confirmed else "unconfirmed"
    yield Verdict(fires or outcome is not None, case.field_of(rule), values, outcome=outcome, said=said, citation=window.citation)


def _without_end(rule: checks.Windowed, case: Case) -> Iterator[Verdict]:
    """No months count back from an end that there is not."""
    if rule.endless is not None:
        yield Verdict(True, case.field_of(rule), said=rule.endless, citation="・".join(rule.endless.cites))


def _anchor(window: WindowRule, case: Case) -> date | None:
    """What a window counts from: the expiry of the license, the day of the event in the form, the completion deadline."""
    if window.counts_from_expiry:
        return case.day("expires_on")
    if window.within_completion:
        return as_date(value_at("/other_case/completion_due_on", case.facts))
    pointer = window.after or ""
    head, star, tail = pointer.rpartition("/*")
    if not star:
        return as_date(value_at(pointer, case.form))
    days = (as_date(value_at(tail, item)) for _place, item in items_at(head, case.form))
    return min((day for day in days if day is not None), default=None)


def _jurisdiction(rule: checks.Jurisdiction, case: Case) -> Iterator[Verdict]:
    municipality = next((found for pointer in rule.place if (found := value_at(pointer, case.form))), None)
    if municipality is None:
        return
    known = case.law.codes("municipalities").has(str(municipality))
    bureau = case.law.bureau_of(str(municipality), case.on) if known else None

    def test(place: Place) -> Verdict:
        if bureau is None:
            return replace(place.fires(), outcome="unconfirmed")
        return place.silent() if bureau == place.value else place.fires(bureau=case.law.codes("bureaus").name(bureau).ja)

    yield from _given(rule, case, test)


def _termed(rule: checks.Termed, case: Case) -> Iterator[Verdict]:
    station_class = _station_class(case)
    expires_on = case.day("expires_on")
    begins = case.on if rule.begins == "when_decided" else expires_on and expires_on + timedelta(days=1)
    if station_class is None or begins is None or begins > WITHOUT_END:
        return
    place = Place(case.field_of(rule), value_at(case.field_of(rule), case.form))
    try:
        term = case.law.term(station_class, begins, form=case.form)
    except NotFound:
        # Our data holds no term for the class: nobody can say that what is desired is too long.
        yield replace(place.fires(), outcome="unconfirmed")
        return
    if not term.confirmed:
        yield replace(place.fires(limit=text(term.valid_to)), outcome="unconfirmed", citation=term.citation)
        return
    desired = as_date(place.value)
    beyond = desired is not None and term.valid_to is not None and desired > term.valid_to
    yield place.fires(limit=text(term.valid_to)) if beyond else place.silent()


def _station_class(case: Case) -> str | None:
    """The class of station that the filing is about: as the form has it, else as the license has it."""
    named = value_at("/station/station_class", case.form) or value_at("/station_class", case.form)
    found = named or value_at("/license/station_class", case.facts)
    return None if found is None else str(found)


def _attached(rule: checks.Attached, case: Case) -> Iterator[Verdict]:
    for place in _fields(rule, case):
        missing = rule.attachment not in case.facts["attachments"]
        yield place.fires() if missing and _when(rule, case, place) else place.silent()


_KINDS: Mapping[type[Rule], Callable[[Any, Case], Iterator[Verdict]]] = {
    checks.Required: _required,
    checks.Expressed: _expressed,
    checks.Listed: _listed,
    checks.Patterned: _patterned,
    checks.Ranged: _ranged,
    checks.LimitedBy: _limited_by,
    checks.Emission: _emission,
    checks.LookedUp: _looked_up,
    checks.SameAs: _same_as,
    checks.Filer: _filer,
    checks.StationClass: _class_of_procedure,
    checks.Windowed: _windowed,
    checks.Jurisdiction: _jurisdiction,
    checks.Termed: _termed,
    checks.Attached: _attached,
}
