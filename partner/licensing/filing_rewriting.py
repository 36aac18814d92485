"""Writes what has changed of a form into the e-filing file that it came from: whatever else stands in the file stays as it came.

An element whose value has not changed is not touched, so what no map names and what could not be read is kept. A signature is of other
content than before, and is emptied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, register_namespace, tostring  # nosec B405

from partner.licensing import filing, filing_xml
from partner.licensing import filing_conversions as conversions
from partner.licensing.filing_writing import Writing
from partner.regulation.filings import Entry, Group, Leaf, Structure, Unknown
from partner.regulation.law import Law


def rewritten(content: bytes, form: Mapping[str, Any], law: Law, *, on: date) -> bytes:
    """The file with `form` in it, which was read from it on `on` and has been changed since; the very bytes where nothing has.

    Raises what `filing.read` raises.
    """
    before = filing.read(content, law, on=on).form
    root = filing_xml.parse(content)
    _, structure = filing.map_for(root, law, on=on)
    untouched = tostring(root)
    _Rewriting(structure, law, root).change(structure.form, root, before=before, after=form)
    if tostring(root) == untouched:  # what differs, if anything, has no place in a file: the sign-in vouches for more than is asked
        return content
    for signature in filing.follow(root, structure, path=structure.signature_at):
        for element in signature.iter():
            element.text = None
    for prefix, uri in structure.namespaces.items():
        register_namespace(prefix, uri)
    changed: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return changed


class _Rewriting(Writing):
    def __init__(self, structure: Structure, law: Law, root: Element) -> None:
        super().__init__(structure, law)
        self._parents = {child: parent for parent in root.iter() for child in parent}

    def change(self, entries: Sequence[Entry], element: Element, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Write what differs between two values of `entries` below `element`."""
        for entry in entries:
            if isinstance(entry, Unknown):
                continue
            if isinstance(entry, Group):
                self._change_group(entry, element, before=before, after=after)
            elif self.value_of(entry, before) != self.value_of(entry, after):
                self._change_leaf(entry, element, value=after)

    def _change_group(self, group: Group, element: Element, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        old: Any = before.get(group.to) if group.to else before
        new: Any = after.get(group.to) if group.to else after
        if old == new:
            return
        found = filing.follow(element, self.structure, path=group.at)
        filled = [one for one in found if filing.has_text(one)]
        if not group.repeated:
            place = next(iter(filled or found), None)
            self.change(group.read, self.reach(element, group.at) if place is None else place, before=old or {}, after=new or {})
            return
        olds, news = list(old or []), list(new or [])
        if len(filled) != len(olds):  # an element of the list says nothing that can be read: which item is whose is not known
            self._remove(found)
            filled, olds = [], []
        for place, one, other in zip(filled, olds, news, strict=False):
            self.change(group.read, place, before=one, after=other)
        self._remove(filled[len(news) :])
        for item in news[len(filled) :]:
            self.fill(group.read, self.reach(element, group.at, new=True), value=item)

    def _change_leaf(self, leaf: Leaf, element: Element, *, value: Mapping[str, Any]) -> None:
        found = filing.follow(element, self.structure, path=leaf.at)
        if leaf.repeated:
            self._remove(found)
            self.leaf(leaf, element, value=value)
            return
        item = self.value_of(leaf, value)
        place = next(iter([one for one in found if filing.has_text(one)] or found), None)
        place = self.reach(element, leaf.at) if place is None else place
        if leaf.parts is None:
            place.text = None if item is None else conversions.write_text(leaf, item)
            return
        texts = {} if item is None else conversions.write_parts(leaf, item, eras=self.eras)
        for name, path in leaf.parts.items():
            self.reach(place, path).text = texts.get(name)

    def _remove(self, elements: Sequence[Element]) -> None:
        for element in elements:
            self._parents[element].remove(element)
