"""Reads e-filing files: the XML of MIC's own client becomes the form, by the maps under `regulation/filings/`.

Nothing is dropped in silence: what the map does not name, what a conversion cannot read, what the form has no room for, and every
code that the lists of the law do not know, is reported in `unmapped` with its path and value. None of it is a reason to refuse the file.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element  # nosec B405

from partner.errors import FieldError, Invalid, Text, Unsupported
from partner.licensing import filing_conversions as conversions
from partner.licensing import filing_xml
from partner.licensing.filing_conversions import Value
from partner.regulation.filings import Entry, FilingMap, Group, Leaf, Structure
from partner.regulation.forms import Form
from partner.regulation.law import Law

LONGEST_SHOWN = 10_000  # characters of one value in `unmapped`; the file itself is kept whole
_NOT_READ = Text("読めるものではありません。", "Not one that is read.")
_CHECK_KIND = Text("申請区分を確かめてください。", "Check the kind of application.")
_EMPTY = Text("記入がありません。", "It is empty.")


@dataclass(frozen=True)
class Unmapped:
    """A filled element or attribute that has no place in the form: `path` in the file and `value` as it stands there."""

    path: str
    value: str

    def as_dict(self) -> dict[str, str]:
        """As a case shows it; a huge value is cut off at `LONGEST_SHOWN` characters and ends in an ellipsis."""
        whole = len(self.value) <= LONGEST_SHOWN
        return {"path": self.path, "value": self.value if whole else f"{self.value[: LONGEST_SHOWN - 1]}…"}


@dataclass(frozen=True)
class Filing:
    """What a file says. `form` and `metadata` hold plain JSON values; `sha256` (hex) is of the bytes as they came."""

    form_id: str
    version: str
    kind: str
    form: dict[str, object]
    metadata: dict[str, object]
    unmapped: tuple[Unmapped, ...]
    sha256: str


def read(content: bytes, law: Law, *, on: date) -> Filing:
    """Read an e-filing file that arrived on `on`.

    Raises `Malformed` (`xml_broken`, `xml_forbidden`, `xml_too_deep`), `TooLarge` (`file_too_large`), `Unsupported` or `Invalid`
    (`unknown_form`), `Invalid` (`unknown_form_version`, `unknown_application_kind`, `unknown_station_class`).
    """
    root = filing_xml.parse(content)
    filing_map, structure = map_for(root, law, on=on)
    kind = _kind(root, structure)
    about_file, metadata = _read_entries(structure.metadata, root, structure, law)
    reading, form = _read_entries(structure.form, root, structure, law)
    reading.refuse_unknown()
    limits = _form_of(law, kind, form, on=on)
    if limits is not None and limits.validate(form):
        reading, form = _read_entries(structure.form, root, structure, law, limits=limits)
    unmapped = tuple(_left_over(root, structure, read=about_file.read | reading.read))
    return Filing(filing_map.form_id, filing_map.form_version, kind, form, metadata, unmapped, hashlib.sha256(content).hexdigest())


def _form_of(law: Law, kind: str, form: Mapping[str, object], *, on: date) -> Form | None:
    """The form of the procedure that the file is for; None where no procedure takes it, which is for the caller to say."""
    procedure = law.all_procedures.of_filing(kind, station_class_of(form), on)
    return None if procedure is None else law.form(procedure.form, on)


def station_class_of(form: Mapping[str, object]) -> str:
    """The class of station that a filing names, in the application or else beside the station; '' where neither does."""
    station = form.get("station")
    named = form.get("station_class") or (station.get("station_class") if isinstance(station, Mapping) else None)
    return str(named or "")


def map_for(root: Element, law: Law, *, on: date) -> tuple[FilingMap, Structure]:
    """Find the map of the form and version that the file names."""
    structures = [(one, version.value) for one in law.filing_maps for version in one.versions if version.value is not None]
    fitting = [(one, structure) for one, structure in structures if root.tag == structure.tag(structure.root)]
    if not fitting:
        raise Unsupported(
            "unknown_form",
            Text("電子申請の申請データではありません。", "This is not an application file of the e-filing client."),
            remedy=_known_forms(law),
        )
    _, first = fitting[0]
    form_id, form_version = _named(root, first, path=first.form_id_at), _named(root, first, path=first.form_version_at)
    if not law.filing_maps.of_form(form_id):
        raise Invalid(
            "unknown_form",
            Text(f"様式「{form_id}」は読みません。", f"The form '{form_id}' is not read."),
            remedy=_known_forms(law),
            errors=[FieldError(first.form_id_at, "unknown_form", _NOT_READ)],
        )
    filing_map = law.filing_maps.get(form_id, form_version)
    version = None if filing_map is None else filing_map.on(on)
    if filing_map is None or version is None or version.value is None:
        raise Invalid(
            "unknown_form_version",
            Text(f"様式{form_id}の版「{form_version}」は読みません。", f"Version '{form_version}' of form {form_id} is not read."),
            remedy=_known_forms(law),
            errors=[FieldError(first.form_version_at, "unknown_form_version", _NOT_READ)],
        )
    return filing_map, version.value


def _known_forms(law: Law) -> Text:
    ja = "、".join(f"様式{one.form_id}第{one.form_version}版" for one in law.filing_maps)
    en = ", ".join(f"form {one.form_id} version {one.form_version}" for one in law.filing_maps)
    return Text(
        f"読めるのは{ja}です。電子申請の画面で作り直してください。", f"What is read: {en}. Make the file again in the e-filing client."
    )


def _named(root: Element, structure: Structure, *, path: str) -> str:
    return next((conversions.code(element.text or "") for element in follow(root, structure, path=path) if element.text), "")


def _kind(root: Element, structure: Structure) -> str:
    kind = conversions.symbol(_named(root, structure, path=structure.kind_at))
    if kind not in structure.kinds:
        raise Invalid(
            "unknown_application_kind",
            Text(f"申請区分「{kind}」は読みません。", f"The kind of application '{kind}' is not read."),
            remedy=Text(f"読めるのは{'、'.join(structure.kinds)}です。", f"What is read: {', '.join(structure.kinds)}."),
            errors=[FieldError("/form/application_kind", "unknown_application_kind", _CHECK_KIND)],
        )
    return kind


def follow(element: Element, structure: Structure, *, path: str) -> list[Element]:
    """All elements at `path` below `element`, in the order of the file."""
    found = [element]
    for step in [] if path == "." else path.split("/"):
        tag = structure.tag(step)
        found = [child for parent in found for child in parent if child.tag == tag]
    return found


def _read_entries(
    entries: tuple[Entry, ...], root: Element, structure: Structure, law: Law, *, limits: Form | None = None
) -> tuple[_Reading, dict[str, object]]:
    reading, target = _Reading(structure, law, limits), dict[str, object]()
    reading.fill(entries, root, target=target)
    return reading, target


class _Reading:
    """One pass over a file. `read` holds the elements whose text found its place.

    With `limits`, a value for which that form has no room (too long, out of range, one too many) is left unread.
    """

    def __init__(self, structure: Structure, law: Law, limits: Form | None) -> None:
        self._structure = structure
        self._law = law
        self._limits = limits
        self._eras = conversions.eras(law.codes(structure.eras))
        self._refused: list[FieldError] = []
        self.read: set[Element] = set()

    def fill(self, entries: tuple[Entry, ...], element: Element, *, target: dict[str, object], pointer: str = "") -> None:
        """Put what `entries` find below `element` into `target`, which stands at `pointer`."""
        for entry in entries:
            found = follow(element, self._structure, path=entry.at)
            if isinstance(entry, Group):
                self._group(entry, found, target=target, pointer=pointer)
            elif isinstance(entry, Leaf):
                self._leaf(entry, found, target=target, pointer=pointer)

    def _group(self, group: Group, found: list[Element], *, target: dict[str, object], pointer: str) -> None:
        if group.repeated:
            items: list[dict[str, object]] = []
            room = self._room(f"{pointer}/{group.to}")
            for element in found:
                if len(items) == room:
                    break
                item: dict[str, object] = {}
                self.fill(group.read, element, target=item, pointer=f"{pointer}/{group.to}/{len(items)}")
                items.extend([item] if item else [])
            _put(target, str(group.to), items)
            return
        inner: dict[str, object] = {} if group.to else target
        for element in [one for one in found if has_text(one)][:1]:
            self.fill(group.read, element, target=inner, pointer=f"{pointer}/{group.to}" if group.to else pointer)
        if group.to:
            _put(target, group.to, inner)

    def _leaf(self, leaf: Leaf, found: list[Element], *, target: dict[str, object], pointer: str) -> None:
        filled = [element for element in found if has_text(element)]
        if leaf.required and not filled:
            self._refuse(leaf, "", pointer=f"{pointer}/{leaf.to}")
        if not leaf.repeated:
            filled = filled[:1]
        place = f"{pointer}/{leaf.to}"
        room = self._room(place) if leaf.repeated else None
        values: list[Value] = []
        for element in filled:
            if len(values) != room and (value := self._value(leaf, element, pointer=place)) is not None:
                values.append(value)
        if leaf.repeated:
            _put(target, leaf.to, values)
        elif values:
            _put(target, self._place(leaf, values[0]), values[0])

    def _value(self, leaf: Leaf, element: Element, *, pointer: str) -> Value | None:
        if leaf.parts is not None:
            return self._composite(leaf, element, paths=leaf.parts, pointer=pointer)
        value = conversions.read_text(leaf, _text(element))
        if value is None or value == "" or not self._fits(leaf, value, pointer=pointer):
            return None
        if leaf.codes is None or self._law.codes(leaf.codes).has(str(value)):
            self.read.add(element)
        elif leaf.refuses is not None:
            self._refuse(leaf, str(value), pointer=pointer)
        return value

    def _composite(self, leaf: Leaf, element: Element, *, paths: Mapping[str, str], pointer: str) -> Value | None:
        elements = {name: follow(element, self._structure, path=path)[:1] for name, path in paths.items()}
        texts = {name: _text(found[0]) if found else "" for name, found in elements.items()}
        value = conversions.read_parts(leaf, texts, eras=self._eras) if any(texts.values()) else None
        if value is None or not self._fits(leaf, value, pointer=pointer):
            return None
        self.read.update(part for found in elements.values() for part in found)
        return value

    def _fits(self, leaf: Leaf, value: Value, *, pointer: str) -> bool:
        """Whether the form can hold a value at its place."""
        place = f"{pointer.rpartition('/')[0]}/{self._place(leaf, value)}"
        return self._limits is None or self._limits.holds(place, value)

    def _room(self, pointer: str) -> int | None:
        """How many items the form has room for; None for any number."""
        field = None if self._limits is None else self._limits.field(pointer)
        return None if field is None else field.max_items

    def _place(self, leaf: Leaf, value: Value) -> str:
        listed = leaf.listed
        return leaf.to if listed is None or not self._law.codes(listed.codes).has(str(value)) else listed.to

    def _refuse(self, leaf: Leaf, value: str, *, pointer: str) -> None:
        message = (
            Text(f"「{value}」というコードはありません。", f"There is no code '{value}'.")
            if value
            else Text("記入がありません。", "It is empty.")
        )
        self._refused.append(FieldError(f"/form{pointer}", str(leaf.refuses), message))

    def refuse_unknown(self) -> None:
        """Raise `Invalid` for the codes without which the file cannot be dealt with at all."""
        if self._refused:
            first = self._refused[0]
            raise Invalid(
                first.code,
                Text(f"{first.field}: {first.message.ja}", f"{first.field}: {first.message.en}"),
                remedy=Text("コード表にあるコードを記入して作り直してください。", "Make the file again with a code of the code list."),
                errors=self._refused,
            )


def _text(element: Element) -> str:
    """The text of an element without elements in it."""
    return (element.text or "").strip() if len(element) == 0 else ""


def has_text(element: Element) -> bool:
    """Whether anything is written in an element or in one below it."""
    return any(text.strip() for text in element.itertext())


def _put(target: dict[str, object], key: str, value: object) -> None:
    """Set `key`, unless there is nothing to set; two groups that share a place are put together."""
    known = target.get(key)
    if isinstance(known, dict) and isinstance(value, dict):
        known.update(value)
    elif value not in ({}, []):
        target[key] = value


def _left_over(root: Element, structure: Structure, *, read: set[Element]) -> Iterator[Unmapped]:
    """What has not been read, in the order of the file. An empty signature is a form to be filled in and no content."""
    signatures = set(follow(root, structure, path=structure.signature_at))
    names = {f"{{{uri}}}": f"{prefix}:" if prefix else "" for prefix, uri in structure.namespaces.items()}

    def name(tag: str) -> str:
        uri, brace, local = tag.rpartition("}")
        return names.get(uri + brace, uri + brace) + local

    def walk(element: Element, path: str) -> Iterator[Unmapped]:
        if element in signatures and not has_text(element):
            return
        yield from (Unmapped(f"{path}/@{name(key)}", value) for key, value in element.attrib.items())
        if element not in read and element.text and element.text.strip():
            yield Unmapped(path, element.text.strip())
        counts = Counter(child.tag for child in element)
        seen: Counter[str] = Counter()
        for child in element:
            seen[child.tag] += 1
            yield from walk(child, f"{path}/{name(child.tag)}" + (f"[{seen[child.tag]}]" if counts[child.tag] > 1 else ""))
            if child.tail and child.tail.strip():
                yield Unmapped(f"{path}/text()", child.tail.strip())

    yield from walk(root, f"/{name(root.tag)}")
