"""The tax agency's own list of corporate numbers: 法人番号システム Web-API, version 4, search by number, answers in XML.

`GET {address}/4/num?id=…&number=…&type=12&history=0`. An application id is given out by the National Tax Agency.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError  # nosec B405

import httpx2
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from partner.adapters.corporate_numbers import Corporation
from partner.errors import Text, Unavailable

TIMEOUT_S = 5.0
XML_IN_UTF_8 = "12"
LARGEST_ANSWER_BYTES = 1 << 20
UNAVAILABLE = Text(
    "法人番号の一覧に問い合わせられませんでした。名称と所在地を入力してください。",
    "The list of corporate numbers could not be asked. Write name and address yourself.",
)


class WebApiCorporateNumbers:
    """The list behind the Web-API. `transport` is how requests are sent: for tests."""

    def __init__(self, address: str, application_id: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._address = f"{address.rstrip('/')}/4/num"
        self._id = application_id
        self._transport = transport

    async def find(self, number: str) -> Corporation | None:
        """The corporation with that number; None when none is published, or it was closed (閉鎖).

        Raises Unavailable `corporate_numbers_unavailable` when the list does not answer, or not as agreed.
        """
        asked = {"id": self._id, "number": number, "type": XML_IN_UTF_8, "history": "0"}
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_S, transport=self._transport) as client:
                answer = await client.get(self._address, params=asked)
            if answer.status_code != httpx2.codes.OK or len(answer.content) > LARGEST_ANSWER_BYTES:
                raise _unavailable()
            root = fromstring(answer.content, forbid_dtd=True)
        except (httpx2.HTTPError, ParseError, DefusedXmlException, ValueError) as error:
            raise _unavailable() from error
        return next((_corporation(one) for one in root.iter("corporation") if _is_asked_for(one, number)), None)


def _unavailable() -> Unavailable:
    return Unavailable("corporate_numbers_unavailable", UNAVAILABLE)


def _is_asked_for(entry: Element, number: str) -> bool:
    return _text(entry, "corporateNumber") == number and not _text(entry, "closeDate")


def _corporation(entry: Element) -> Corporation:
    prefecture, city = _text(entry, "prefectureCode"), _text(entry, "cityCode")
    return Corporation(
        number=_text(entry, "corporateNumber"),
        name=_text(entry, "name"),
        kana=_text(entry, "furigana"),
        postal_code=_text(entry, "postCode"),
        prefecture=_text(entry, "prefectureName"),
        city=_text(entry, "cityName"),
        municipality=prefecture + city if prefecture and city else "",
        address=_text(entry, "streetNumber"),
    )


def _text(entry: Element, name: str) -> str:
    return (entry.findtext(name) or "").strip()
