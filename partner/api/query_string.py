"""Reads a query string into pairs of name and text, without losing or repairing anything in silence."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from partner.errors import FieldError, Malformed, Text

LONGEST = 32_000
NOT_UTF8 = Text("パラメータは UTF-8 で指定してください。", "Parameters are written in UTF-8.")
TOO_LONG = Text("パラメータが長すぎます。", "The parameters are too long.")


def raw_pairs(query: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values as bytes, percent-decoded, in the order given; a name without `=` has an empty value."""
    parts = [part.partition(b"=") for part in query.split(b"&") if part]
    return [(_decoded(name), _decoded(value)) for name, _, value in parts]


def _decoded(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))


def pairs(query: bytes) -> list[tuple[str, str]]:
    """Names and values as text. Raises Malformed when they are not UTF-8 or absurdly long."""
    if len(query) > LONGEST:
        raise Malformed("invalid_parameter", TOO_LONG, errors=[FieldError("", "too_long", TOO_LONG)])
    found = []
    for name, value in raw_pairs(query):
        try:
            field = name.decode()
        except UnicodeDecodeError as error:
            raise Malformed("invalid_parameter", NOT_UTF8, errors=[FieldError("", "not_utf8", NOT_UTF8)]) from error
        try:
            found.append((field, value.decode()))
        except UnicodeDecodeError as error:
            raise Malformed("invalid_parameter", NOT_UTF8, errors=[FieldError(field, "not_utf8", NOT_UTF8)]) from error
    return found
