"""The few kinds of domain error.

Services raise these; only `partner.api.problems` knows the HTTP status of each kind. Every error has a stable machine
`code`, a message for people in Japanese and English, and, where there is one, the way out. Errors about content name the
fields that they are about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Words in Japanese and English."""

    ja: str
    en: str

    def as_dict(self) -> dict[str, str]:
        """`{"ja": …, "en": …}`, as every public surface shows it."""
        return {"ja": self.ja, "en": self.en}


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with one field: `field` is a parameter's name or a JSON Pointer into the body."""

    field: str
    code: str
    message: Text


def pointer(*steps: object) -> str:
    """The JSON Pointer (RFC 6901) of a place: keys and positions from the top."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def pointer_within(body: object, path: Iterable[str | int], *, missing: bool = False) -> str:
    """The JSON Pointer of the place in `body` that Pydantic means by `path`; what only names a kind of content is left out.

    `missing`: the last step names a key that is not there.
    """
    steps, value, kept = list(path), body, list[str | int]()
    for number, step in enumerate(steps, start=1):
        if (isinstance(value, Mapping) and step in value) or (isinstance(value, list) and isinstance(step, int) and step < len(value)):
            value = value[step]  # type: ignore[index]  # a list is asked for a position only
            kept.append(step)
        elif missing and number == len(steps):
            kept.append(step)
    return pointer(*kept)


class PartnerError(Exception):
    """What the domain refuses, in words. Raise one of the kinds below."""

    def __init__(
        self,
        code: str,
        message: Text,
        *,
        remedy: Text | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(f"{code}: {message.en}")
        self.code = code
        self.message = message
        self.remedy = remedy
        self.errors = tuple(errors)


class Malformed(PartnerError):
    """The request cannot be read: a parameter, a cursor, JSON that does not parse."""


class Unauthenticated(PartnerError):
    """Nobody is signed in, or the token is not valid."""


class Forbidden(PartnerError):
    """The actor may see it, but may not do it."""


class NotFound(PartnerError):
    """There is no such thing, or the actor may not see it."""


class Conflict(PartnerError):
    """The state of things does not allow it now."""


class Stale(PartnerError):
    """The caller's copy is not the present one (`If-Match`)."""


class TooLarge(PartnerError):
    """The content is larger than the limit."""


class Unsupported(PartnerError):
    """The content is of a kind that is not read here."""


class Unsatisfiable(PartnerError):
    """The content has no such part; `size` is how many bytes it has."""

    def __init__(self, code: str, message: Text, *, remedy: Text, errors: Sequence[FieldError], size: int) -> None:
        super().__init__(code, message, remedy=remedy, errors=errors)
        self.size = size


class Invalid(PartnerError):
    """The content can be read, but is not acceptable; `errors` names the fields."""


class Unavailable(PartnerError):
    """Something outside that is needed for this does not answer at the moment."""


class Unacceptable(PartnerError):
    """The answer is not to be had in the form asked for."""


class TooManyRequests(PartnerError):
    """The caller asks more often than the limit; `retry_after` is in seconds."""

    def __init__(self, code: str, message: Text, *, retry_after: int, remedy: Text | None = None) -> None:
        super().__init__(code, message, remedy=remedy)
        self.retry_after = retry_after
