"""Parses an e-filing file that nobody trusts.

No document type, no entities, nothing from the network; limits on size, depth and number of elements. Whatever the bytes are,
only the domain's errors come out. Comments and processing instructions are no content and are left out.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder  # nosec B405

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from partner.errors import Malformed, Text, TooLarge

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 40
MAX_ELEMENTS = 50_000

_DECLARED = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([^\"'>]{0,40})")
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii"})
_SAVE_AGAIN = Text(
    "電子申請の画面で申請書を保存し直し、保存したファイルをそのまま送ってください。",
    "Save the application again in the e-filing client and send the saved file unchanged.",
)


class _Builder(TreeBuilder):
    """Builds the tree and stops at the limits."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def start(self, tag: Any, attrs: Any, /) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise Malformed(
                "xml_too_deep",
                Text(f"要素の入れ子が{MAX_DEPTH}段を超えています。", f"The elements are nested more than {MAX_DEPTH} levels deep."),
                remedy=_SAVE_AGAIN,
            )
        if self._elements > MAX_ELEMENTS:
            raise TooLarge(
                "file_too_large",
                Text(f"要素が{MAX_ELEMENTS:,}個を超えています。", f"The file has more than {MAX_ELEMENTS:,} elements."),
                remedy=_SAVE_AGAIN,
            )
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse(content: bytes) -> Element:
    """Parse `content` and return its root.

    Raises `TooLarge` (`file_too_large`), `Malformed` (`xml_broken` with line and column, `xml_forbidden`, `xml_too_deep`).
    """
    if len(content) > MAX_BYTES:
        megabytes = MAX_BYTES // (1024 * 1024)
        raise TooLarge(
            "file_too_large",
            Text(f"ファイルが{megabytes} MiBを超えています。", f"The file is larger than {megabytes} MiB."),
            remedy=Text("添付書類は申請書のファイルとは別に送ってください。", "Send attachments apart from the application file."),
        )
    _demand_known_encoding(content)
    try:
        parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
        parser.feed(content)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise Malformed(
            "xml_forbidden",
            Text("文書型宣言や実体宣言を含むファイルは読みません。", "A file with a document type or entity declarations is not read."),
            remedy=_SAVE_AGAIN,
        ) from error
    except ParseError as error:
        line, column = error.position
        raise _broken(
            f"{line}行{column + 1}文字目で読めなくなりました。", f"line {line}, column {column + 1}: not well-formed XML"
        ) from error
    except (ValueError, LookupError) as error:
        raise _broken("文字コードが正しくありません。", "the character encoding cannot be read") from error
    return root


def _demand_known_encoding(content: bytes) -> None:
    declared = _DECLARED.match(content)
    if declared is not None and declared.group(1).lower() not in _ENCODINGS:
        name = declared.group(1).decode("ascii", "replace")
        raise _broken(f"文字コード「{name}」は読みません。UTF-8で保存してください。", f"the encoding '{name}' is not read; use UTF-8")


def _broken(ja: str, en: str) -> Malformed:
    return Malformed("xml_broken", Text(f"XMLとして読めません。{ja}", f"The file cannot be read as XML: {en}"), remedy=_SAVE_AGAIN)
