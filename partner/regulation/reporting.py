"""What `partner regulation check | show | explain` print: plain text for the people who keep the law."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from partner.errors import NotFound, Text
from partner.regulation import cases, history
from partner.regulation.law import Law, load
from partner.regulation.reading import Entry, RegulationError, is_hidden

Further = Callable[[Path, Law], Iterable[list[str]]]
"""Gives the defects of each further worked case, none for one that holds. Raises RegulationError."""


def examined(root: Path) -> tuple[Law | None, list[str]]:
    """Read everything, run the worked cases, compare the past with its record; give the law, where it can be read, and all defects."""
    try:
        law = load(root)
        wrong = [*cases.failures(law, cases.read(root)), *history.breaches(root), *_unread(root, law)]
    except RegulationError as error:
        return None, [*error.defects]
    return law, wrong


def check(root: Path, *, further: Further | None = None) -> tuple[bool, str]:
    """Read everything, run the worked cases, compare the past with its record; give whether all is well, and the text that says so.

    `further` runs the worked cases that take more than the law: those of the examination of a filing.
    """
    law, wrong = examined(root)
    if law is None:
        return False, "\n".join([*wrong, f"{len(wrong)} defects; nothing else was checked"])
    try:
        told = list(further(root, law)) if further else []
    except RegulationError as error:
        told = [[*error.defects]]
    wrong += [defect for defects in told for defect in defects]
    if wrong:
        return False, "\n".join([*wrong, wrong_words(len(wrong))])
    doubts = sum(1 for entry in law.catalogue.values() for version in entry.provision.versions if not version.certain)
    lists = law.codes.lists.values()
    return True, "\n".join(
        [
            f"{len(law.catalogue)} provisions ({doubts} versions unconfirmed), {len(lists)} code lists with {sum(map(len, lists))} codes",
            f"{len(cases.read(root)) + len(told)} worked cases hold; the past is as it was recorded",
            f"digest {law.digest}",
        ]
    )


def wrong_words(count: int) -> str:
    """Say how much is wrong with law that can be read."""
    return f"the files can be read; {count} things are wrong with what they say"


def _unread(root: Path, law: Law) -> list[str]:
    """Name the files that no provision kind reads: a misplaced or misnamed file would else be silently no law."""
    found = [path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file()]
    names = [path.as_posix() for path in found if not is_hidden(path)]
    worked = [f"{cases.FOLDER}/", f"{cases.FOLDER}/checks/"]
    read = {*law.files, history.FILE, *(name for name in names if name.endswith(".yaml") and f"{Path(name).parent}/" in worked)}
    others = [name for name in names if name not in read]
    return [f"{root.name}/{name}: nothing reads this file" for name in others]


def show(law: Law, path: str, on: date) -> str:
    """Give a provision as it stands on a day; raises `NotFound` (`unknown_provision`)."""
    entry = _entry(law, path)
    version = entry.provision.on(on)
    body = ["  not in force"] if version is None else _version_lines(entry, entry.provision.versions.index(version))
    return "\n".join([_title(path, entry), f"on {on}", *body])


def explain(law: Law, path: str, on: date) -> str:
    """Give the whole history of a provision, the version of a day marked; raises `NotFound` (`unknown_provision`)."""
    entry = _entry(law, path)
    in_force = entry.provision.on(on)
    lines = [_title(path, entry)]
    for index, version in enumerate(entry.provision.versions):
        lines.append(f"{'>' if version is in_force else ' '} from {version.from_}" + ("" if version.value is not None else ": repealed"))
        lines += _version_lines(entry, index)
    return "\n".join([*lines, f"> governs {on}" if in_force is not None else f"nothing governs {on}"])


def _entry(law: Law, path: str) -> Entry:
    found = law.catalogue.get(path.strip("/"))
    if found is not None:
        return found
    near = [known for known in sorted(law.catalogue) if path.strip("/") in known]
    ways = ", ".join(near or sorted({known.split("/")[0] for known in law.catalogue}))
    raise NotFound("unknown_provision", Text(f"「{path}」はありません: {ways}", f"There is no provision '{path}'. There are: {ways}"))


def _title(path: str, entry: Entry) -> str:
    return f"{path}  {entry.provision.title.ja}  {entry.provision.title.en}"


def _version_lines(entry: Entry, index: int) -> Iterator[str]:
    version = entry.provision.versions[index]
    following = entry.provision.until(version)
    yield f"    in force {version.from_} - {'' if following is None else f'{following} (not included)'}".rstrip()
    yield f"    at {entry.place(index)}"
    yield from (f"    cites {citation}" for citation in version.cites)
    if not version.certain:
        yield f"    UNCONFIRMED: {version.why or 'announced, not yet law'}"
    if version.value is not None:
        yield from _lines(entry.written(index), "      ")


def _lines(value: object, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, Mapping | list) and item:
                yield f"{indent}{key}:"
                yield from _lines(item, f"{indent}  ")
            else:
                yield f"{indent}{key}: {item}"
    elif isinstance(value, list):
        for item in value:
            yield f"{indent}- {_inline(item)}"
    else:
        yield f"{indent}{value}"


def _inline(item: object) -> str:
    if isinstance(item, Mapping):
        return ", ".join(f"{key}: {_inline(value)}" for key, value in item.items())
    return f"[{', '.join(map(_inline, item))}]" if isinstance(item, list) else str(item)
