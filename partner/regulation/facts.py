"""The facts that checks and routes are told: their names and types, and the projection of raw facts onto them.

An expression sees every fact of the shape: what is absent, or is not of the type, is null; a list is empty. So an
expression need not ask whether a key exists, and a form that is filled with nonsense cannot break one.

What stands in a form is data: `partner.regulation.form_shapes` composes the shape of all forms from their files, so a new
field is a fact at once. `FORM` here is the fixed vocabulary: the pointers that code itself reads of a form, whatever the
procedure (who files, which station, what is designated). A form may leave any of them out; none may give one another type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Scalar(Enum):
    """The types of single values. Dates are text in ISO form, so that they compare as dates do."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class ListOf:
    """A list whose items have one shape."""

    item: Shape


@dataclass(frozen=True)
class Record:
    """A mapping with known keys. One that is absent is a mapping whose values are all absent."""

    fields: Mapping[str, Shape]


Shape = Scalar | ListOf | Record

TEXT, NUMBER, BOOLEAN = Scalar.TEXT, Scalar.NUMBER, Scalar.BOOLEAN
TEXTS, NUMBERS = ListOf(TEXT), ListOf(NUMBER)


def _texts(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, TEXT)


PERSON = Record(
    {
        **_texts("kind", "name", "name_kana", "corporate_number", "birth_date", "postal_code", "prefecture", "municipality"),
        **_texts("address", "phone", "nationality", "representative_name"),
    }
)
PLACE = Record(_texts("prefecture", "municipality", "address"))
EMISSION = Record(_texts("bandwidth", "emission"))
ASSIGNMENT = Record(
    {
        **_texts("symbol", "bundle"),
        "emissions": ListOf(EMISSION),
        "frequency_hz": NUMBER,
        "frequency_to_hz": NUMBER,
        "power_w": NUMBER,
    }
)
TRANSMITTER = Record(
    {
        "number": NUMBER,
        "change_kind": TEXT,
        "conforming": BOOLEAN,
        "conformity_number": TEXT,
        "ranges": ListOf(Record({"emissions": ListOf(EMISSION), "frequency_hz": NUMBER})),
        "modulations": ListOf(Record(_texts("emission", "modulation", "note"))),
        "rated_power_w": NUMBERS,
    }
)
CHANGES = ("call_sign", "applicant", "operators", "site", "movement", "assignments", "equipment")
ATTACHMENTS = ListOf(Record(_texts("kind", "file_name", "note")))
STATION = Record(
    {
        **_texts("station_class", "license_number", "call_sign", "identification", "communication_partner", "movement"),
        **_texts("movement_area", "operating_hours", "registration_standard"),
        **_texts("frequency_meter", "other_design", "remarks"),
        "station_count": NUMBER,
        "completion": Record({**_texts("kind", "due_on"), "months": NUMBER, "days": NUMBER}),
        "operators": ListOf(Record(_texts("license_number"))),
        "purposes": TEXTS,
        "communication_matters": TEXTS,
        "site": PLACE,
        "assignments": ListOf(ASSIGNMENT),
        "changes": Record(dict.fromkeys(CHANGES, BOOLEAN)),
        "transmitters": ListOf(TRANSMITTER),
        "antennas": TEXTS,
        "transmitter_diagram": BOOLEAN,
        "attachments": ATTACHMENTS,
    }
)
FORM = Record(
    {
        **_texts("addressee", "station_class", "license_number", "call_sign", "licensed_on", "desired_valid_to"),
        "applicant": PERSON,
        "fee": Record({"station_count": NUMBER}),
        "discontinuation": Record(_texts("license_number", "call_sign", "ends_on")),
        "suspension": Record(_texts("first", "last")),
        "station": STATION,
    }
)
OTHER_CASE = Record(
    {
        **_texts("reception_number", "procedure", "act", "status", "station_class", "completion_due_on"),
        "own": BOOLEAN,
        "provisional": BOOLEAN,
    }
)
DERIVED = Record(
    {
        "max_power_w": NUMBER,
        "largest_transmitter_w": NUMBER,
        "largest_nonconforming_w": NUMBER,
        "all_conforming": BOOLEAN,
        "operator_grade": TEXT,
        "operator_is_applicant": BOOLEAN,
        "applicant_differs": BOOLEAN,
        "moves": BOOLEAN,
        "site_bureau": TEXT,
        "license_last_day": TEXT,
        "uncovered_hz": NUMBERS,
        "same_place_call_signs": TEXTS,
        "transmitters_left_out": NUMBERS,
        "changes_named": TEXTS,
        "suspended_days": NUMBER,
        "same_class_in_force": NUMBER,
        "corporate_number_sound": BOOLEAN,
        "corporation_differs": BOOLEAN,
    }
)


def _license(form: Record) -> Record:
    transmitters = at_pointer("/station/transmitters", form) or ListOf(TRANSMITTER)
    return Record(
        {
            **_texts("license_number", "call_sign", "station_class", "bureau", "municipality", "licensed_on", "valid_from", "valid_to"),
            **_texts("renewed_to", "ended_on", "holder_kind"),
            **dict.fromkeys(("held_by_applicant", "in_force", "suspended", "registered", "moves"), BOOLEAN),
            **dict.fromkeys(("max_power_w", "station_count", "expected_count", "opened_count"), NUMBER),
            "transmitters": transmitters,
        }
    )


def _facts(form: Record) -> Record:
    license_ = _license(form)
    return Record(
        {
            **_texts("procedure", "route", "channel"),
            "form": form,
            "dates": Record(_texts("received_on", "decided_on", "licensed_on", "expires_on", "today")),
            "applicant": form.fields["applicant"],
            "license": license_,
            "licenses": ListOf(license_),
            "other_case": OTHER_CASE,
            "attachments": TEXTS,
            "open_cases": TEXTS,
            "same_filings": TEXTS,
            "fee": Record({"amount_yen": NUMBER, "confirmed": BOOLEAN}),
            "derived": DERIVED,
        }
    )


@dataclass(frozen=True, eq=False)
class FactShape:
    """The names and types of all facts, composed of a form's shape; one object for one law."""

    form: Record
    facts: Record

    @classmethod
    def of(cls, form: Record) -> FactShape:
        """All facts, where forms look like this."""
        return cls(form, _facts(form))


def project(value: object, shape: Shape) -> object:
    """The value seen through a shape: all keys there, nothing of a wrong type, nothing that the shape does not name."""
    if isinstance(shape, Record):
        known = value if isinstance(value, Mapping) else {}
        return {name: project(known.get(name), part) for name, part in shape.fields.items()}
    if isinstance(shape, ListOf):
        return [project(item, shape.item) for item in value] if isinstance(value, list | tuple) else []
    return value if _is_of(value, shape) else None


def _is_of(value: object, scalar: Scalar) -> bool:
    if scalar is Scalar.BOOLEAN:
        return isinstance(value, bool)
    if scalar is Scalar.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def at_pointer(pointer: str, shape: Shape) -> Shape | None:
    """The shape at a JSON Pointer into `shape`; None where there is nothing of that name."""
    found: Shape | None = shape
    for step in [part for part in pointer.split("/") if part]:
        if isinstance(found, ListOf) and (step == "*" or step.isdigit()):
            found = found.item
        elif isinstance(found, Record):
            found = found.fields.get(step)
        else:
            return None
    return found


def items_at(pointer: str, data: object, *, so_far: str = "") -> Iterator[tuple[str, object]]:
    """The items of the list at a pointer, each with its own pointer; `*` in the pointer stands for every item of a list."""
    before, star, after = pointer.partition("/*")
    items = value_at(before, data)
    if not isinstance(items, list | tuple):
        return
    for index, item in enumerate(items):
        place = f"{so_far}{before}/{index}"
        if star:
            yield from items_at(after, item, so_far=place)
        else:
            yield place, item


def value_at(pointer: str, data: object) -> object:
    """The value at a JSON Pointer; None where there is none."""
    found = data
    for step in [part for part in pointer.split("/") if part]:
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list | tuple) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


KNOWN = FactShape.of(FORM)
"""The facts that code itself knows, before any form is read."""
FACTS = KNOWN.facts
