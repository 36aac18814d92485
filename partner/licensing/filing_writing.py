"""Writes a form as an e-filing file, by the map that reads it: the inverse of `partner.licensing.filing.read`.

Every element of the map is there, empty where the form says nothing, in the order of the map. The signature is left out. What the
form says and the map has no place for is not written; `filing.read` of the result gives back the rest unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring  # nosec B405

from partner.errors import NotFound, Text
from partner.licensing import filing_conversions as conversions
from partner.regulation.filings import Entry, FilingMap, Group, Leaf, Structure, Unknown
from partner.regulation.law import Law


def write(form: Mapping[str, Any], law: Law, *, form_id: str, form_version: str, metadata: Mapping[str, Any] | None = None) -> bytes:
    """Write `form` as a file of one version of a form; raises `NotFound` (`unknown_form`) when there is no map for it.

    The names and the version of the form itself are filled in; `metadata` adds to them.
    """
    filing_map = law.filing_maps.get(form_id, form_version)
    if filing_map is None:
        raise NotFound("unknown_form", Text(f"様式{form_id}第{form_version}版はありません。", f"No form {form_id} version {form_version}."))
    structure = _newest(filing_map)
    writing = Writing(structure, law)
    root = Element(structure.tag(structure.root))
    writing.fill(structure.form, root, value=form)
    writing.fill(structure.metadata, root, value={"form_id": form_id, "form_version": form_version, **(metadata or {})})
    order = [structure.tag(entry.at.split("/")[0]) for entry in (*structure.metadata, *structure.form)]
    root[:] = sorted(root, key=lambda child: order.index(child.tag))
    content: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _newest(filing_map: FilingMap) -> Structure:
    return next(version.value for version in reversed(filing_map.versions) if version.value is not None)


class Writing:
    """Writes values below an element, by the entries of one structure."""

    def __init__(self, structure: Structure, law: Law) -> None:
        self.structure = structure
        self.eras = conversions.eras(law.codes(structure.eras))

    def fill(self, entries: Sequence[Entry], element: Element, *, value: Mapping[str, Any]) -> None:
        """Write what `entries` find in `value` below `element`."""
        for entry in entries:
            if isinstance(entry, Unknown):
                self.reach(element, entry.at)
            elif isinstance(entry, Group):
                self._group(entry, element, value=value)
            else:
                self.leaf(entry, element, value=value)

    def _group(self, group: Group, element: Element, *, value: Mapping[str, Any]) -> None:
        inner: Any = value.get(group.to) if group.to else value
        if not group.repeated:
            self.fill(group.read, self.reach(element, group.at), value=inner or {})
            return
        for item in inner or [{}]:
            self.fill(group.read, self.reach(element, group.at, new=True), value=item)

    @staticmethod
    def value_of(leaf: Leaf, value: Mapping[str, Any]) -> Any:
        """What a value says in the place of a leaf, or in the other place that a code list gives it."""
        listed = value.get(leaf.listed.to) if leaf.listed else None
        return value.get(leaf.to) if listed is None else listed

    def leaf(self, leaf: Leaf, element: Element, *, value: Mapping[str, Any]) -> None:
        """Write a leaf and the elements on the way to it."""
        found = self.value_of(leaf, value)
        for item in (found or [None]) if leaf.repeated else [found]:
            place = self.reach(element, leaf.at, new=leaf.repeated)
            if leaf.parts is None:
                place.text = None if item is None else conversions.write_text(leaf, item)
                continue
            texts = {} if item is None else conversions.write_parts(leaf, item, eras=self.eras)
            for name, path in leaf.parts.items():
                self.reach(place, path).text = texts.get(name)

    def reach(self, element: Element, path: str, *, new: bool = False) -> Element:
        """Go down `path`, making the elements that are not there; with `new`, its first element is made anew."""
        for step in [] if path == "." else path.split("/"):
            tag = self.structure.tag(step)
            below = None if new else element.find(tag)
            element = SubElement(element, tag) if below is None else below
            new = False
        return element
