"""The tax agency's list of corporate numbers as its Web-API answers: what is asked, what is read, and what becomes of anything else."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from partner.adapters.corporate_numbers_api import WebApiCorporateNumbers
from partner.errors import Unavailable

NUMBER = "7000000000002"
ENTRY = f"""<corporation><sequenceNumber>1</sequenceNumber><corporateNumber>{NUMBER}</corporateNumber><process>01</process>
<correct>0</correct><updateDate>2020-01-06</updateDate><changeDate>2015-10-05</changeDate><name>見本株式会社</name><nameImageId/><kind>301</kind>
<prefectureName>東京都</prefectureName><cityName>千代田区</cityName><streetNumber>大手町１丁目１番</streetNumber><addressImageId/>
<prefectureCode>13</prefectureCode><cityCode>101</cityCode><postCode>1000004</postCode><addressOutside/><addressOutsideImageId/>
<closeDate>CLOSED</closeDate><closeCause/><successorCorporateNumber/><changeCause/><assignmentDate>2015-10-05</assignmentDate><latest>1</latest>
<enName/><enPrefectureName/><enCityName/><enAddressOutside/><furigana>ミホン</furigana><hihyoji>0</hihyoji></corporation>"""
HEAD = '<?xml version="1.0" encoding="UTF-8"?><corporations><lastUpdateDate>2020-06-01</lastUpdateDate><count>{}</count>'
FOUND = HEAD.format(1) + ENTRY.replace("CLOSED", "") + "</corporations>"
CLOSED = HEAD.format(1) + ENTRY.replace("CLOSED", "2019-03-31") + "</corporations>"
NOBODY = HEAD.format(0) + "<divideNumber>1</divideNumber><divideSize>1</divideSize></corporations>"


def asking(answer: Callable[[httpx2.Request], httpx2.Response]) -> WebApiCorporateNumbers:
    return WebApiCorporateNumbers("https://list.example/", "an-id", transport=httpx2.MockTransport(answer))


async def test_a_corporation_is_asked_for_by_its_number_and_read() -> None:
    asked: list[httpx2.URL] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url)
        return httpx2.Response(200, content=FOUND.encode())

    found = await asking(answer).find(NUMBER)
    assert str(asked[0]) == f"https://list.example/4/num?id=an-id&number={NUMBER}&type=12&history=0"
    assert found is not None
    assert (found.number, found.name, found.kana, found.postal_code) == (NUMBER, "見本株式会社", "ミホン", "1000004")
    assert (found.prefecture, found.city, found.municipality, found.address) == ("東京都", "千代田区", "13101", "大手町１丁目１番")


@pytest.mark.parametrize("content", [NOBODY, CLOSED, FOUND.replace(NUMBER, "1000000000005")])
async def test_nobody_is_found_where_none_is_published_or_it_was_closed(content: str) -> None:
    assert await asking(lambda _: httpx2.Response(200, content=content.encode())).find(NUMBER) is None


BOMB = '<!DOCTYPE a [<!ENTITY b "c">]><corporations>&b;</corporations>'


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(404, content=b"id"),
        httpx2.Response(503),
        httpx2.Response(200, content=b"<html>"),
        httpx2.Response(200, content=b""),
        httpx2.Response(200, content=BOMB.encode()),
        httpx2.Response(200, content=b"<a>" + b" " * (1 << 20) + b"</a>"),
    ],
)
async def test_anything_else_is_no_answer(answer: httpx2.Response) -> None:
    with pytest.raises(Unavailable) as refused:
        await asking(lambda _: answer).find(NUMBER)
    assert refused.value.code == "corporate_numbers_unavailable"


async def test_a_list_that_cannot_be_reached_is_no_answer() -> None:
    def unreachable(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectTimeout("late", request=request)

    with pytest.raises(Unavailable):
        await asking(unreachable).find(NUMBER)
