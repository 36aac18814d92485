"""Every parameter of MIC's Web-API against every kind of value, through HTTP, with the code that it is answered with."""

from __future__ import annotations

from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partner.api.musen import asking
from partner.api.musen.faults import FAULTS

LICENSES = "ST=1&OF=2&OW=AT&DA=0&SC=1&DC=1"
REGISTRATIONS = "ST=2&OF=2&OW2=008&DA=0&SC=1&DC=1"
FINE = ""
SHIP = "第一さくら丸"
# Parameter, what must stand beside it, and for each value the code that it is answered with.
TABLE: list[tuple[str, str, dict[str, str]]] = [
    ("ST", "", {"1": FINE, "2": "EQ00009", "x": "EQ00001", "3": "EQ00001", "11": "EQ00001", "": "EQ00001", "１": "EQ00001"}),
    ("OF", "", {"1": FINE, "2": FINE, "3": FINE, "x": "EQ00002", "4": "EQ00002", "22": "EQ00002", "": "EQ00002"}),
    ("DA", "", {"0": FINE, "1": FINE, "x": "EQ00003", "2": "EQ00003", "00": "EQ00003", "": "EQ00003"}),
    ("SC", "", {"0": FINE, "7": FINE, "999999999": FINE, "x": "EQ00004", "-1": "EQ00004", "1234567890": "EQ00005", "": "EQ00004"}),
    ("DC", "", {"1": FINE, "2": FINE, "3": FINE, "x": "EQ00006", "4": "EQ00006", "100": "EQ00006", "": "EQ00006"}),
    ("DC", "DA=1", {"1": FINE, "2": FINE, "3": "EQ00007"}),
    ("OW", "", {"AT": FINE, "FB_PHS": FINE, "TUP_H": FINE, "at": "EQ00008", "ZZ": "EQ00008", "FB_PHSX": "EQ00008", "": "EQ00008"}),
    ("IT", "", {"A": FINE, "O": FINE, "a": "EQ00010", "K": "EQ00010", "AA": "EQ00010", "": FINE}),
    (
        "HCV",
        "",
        {"13000": FINE, "13101": FINE, "13101,14100": FINE, "x": "EQ00011", "48000": "EQ00011", "131016": "EQ00011", "": FINE},
    ),
    ("HCV", "HCV=13101", {"14100": FINE, "13101": "EQ00012", "14100,14100": "EQ00012"}),
    ("MK", "TSNJK=ATC", {"ATC": FINE, "ZZZ": "EQ00013", "1": "EQ00013", "ATCX": "EQ00013", "": FINE}),
    ("TSNJK", "MK=ATC", {"ATC": FINE, "ZZZ": "EQ00014", "1": "EQ00014", "ATCX": "EQ00014", "": FINE}),
    ("KHS", "MK=ATC", {"DTJ": FINE, "ZZZ": "EQ00015", "1": "EQ00015", "DTJX": "EQ00015", "": FINE}),
    (
        "FF",
        "HZ=2",
        {"145": FINE, "0": FINE, "x": "EQ00016", "1.2.3": "EQ00017", "1234567890.1234567": "EQ00018", "12345678": "EQ00026", "": FINE},
    ),
    (
        "TF",
        "HZ=2",
        {
            "145": FINE,
            "0": "EQ00022",
            "x": "EQ00019",
            ".1": "EQ00020",
            "1234567890.1234567": "EQ00021",
            "1.1234567891": "EQ00026",
            "": FINE,
        },
    ),
    ("TF", "FF=145&HZ=2", {"145": FINE, "146": FINE, "144.9": "EQ00023"}),
    ("HZ", "", {"1": FINE, "x": "EQ00024", "4": "EQ00024", "22": "EQ00024", "": FINE}),
    ("HZ", "FF=12345", {"1": FINE, "2": FINE, "3": "EQ00027", "": "EQ00024"}),
    ("HZ", "FF=1.1234567", {"1": "EQ00025", "2": FINE, "3": FINE}),
    ("NA", "", {"連盟": FINE, "x" * 100: FINE, "x" * 101: "EQ00028", " ": "EQ00029", "　": "EQ00029", "": FINE}),
    ("MA", "", {"JA1": FINE, "ja1": FINE, "JA1234567890": FINE, "A" * 13: "EQ00030", "JA-1": "EQ00031", " ": "EQ00032", "": FINE}),
    ("FC", "", {"4AM": FINE, "ATR": FINE, "4am": "EQ00044", "5AM": "EQ00044", "4AMX": "EQ00044", "": FINE}),
    ("AS", "", {SHIP: FINE, "丸" * 30: FINE, "丸" * 31: "EQ00033", "maru": "EQ00034", "第1丸": "EQ00034", "　": "EQ00035", "": FINE}),
    ("DF", "", {"20240229": FINE, "20230229": "EQ00036", "x": "EQ00036", "202401011": "EQ00036", "19251231": "EQ00037", "": FINE}),
    ("DT", "", {"21001231": FINE, "20230001": "EQ00038", "x": "EQ00038", "2024": "EQ00038", "21010101": "EQ00039", "": FINE}),
    ("DT", "DF=20240102", {"20240102": FINE, "20240101": "EQ00040"}),
    ("SK", "", {"1": FINE, "4": FINE, "x": "EQ00041", "5": "EQ00041", "11": "EQ00041", "": FINE}),
]
OF_REGISTRATIONS: list[tuple[str, str, dict[str, str]]] = [
    ("OW2", "", {"001": FINE, "015": FINE, "x": "EQ00009", "016": "EQ00009", "0008": "EQ00009", "8": "EQ00009", "": "EQ00009"}),
    *(row for row in TABLE if row[0] in {"OF", "DA", "SC", "DC", "IT", "FF", "TF", "HZ", "NA", "DF", "DT", "SK"}),
    *((name, "", {"?": FINE, "": FINE}) for name in ("OW", "HCV", "MK", "TSNJK", "KHS", "MA", "FC", "AS")),
]
OF_BOTH = [(LICENSES, *row) for row in TABLE] + [(REGISTRATIONS, *row) for row in OF_REGISTRATIONS]
LIST_ONLY = {"DA", "SC", "DC", "SK"}


def query(base: str, name: str, beside: str, value: str) -> str:
    """The base with the parameter in the place of its own value."""
    replaced = {name} | {part.partition("=")[0] for part in beside.split("&")} - {"HCV"}
    kept = [part for part in base.split("&") if part.partition("=")[0] not in replaced]
    return "&".join([*kept, *filter(None, [beside]), f"{name}={quote(value)}"])


def codes(answer: httpx2.Response) -> list[str]:
    return [one["errCd"] for one in answer.json()["err"]] if answer.text.startswith('{"errs"') else []


@pytest.mark.parametrize(("base", "name", "beside", "values"), OF_BOTH)
async def test_each_value_has_its_answer(client: httpx2.AsyncClient, base: str, name: str, beside: str, values: dict[str, str]) -> None:
    for value, code in values.items():
        answer = await client.get(f"/musen/list?{query(base, name, beside, value)}")
        if code == FINE:
            assert answer.status_code == 200, (value, answer.text)
        else:
            assert (answer.status_code, FAULTS[code].words in answer.text) == (400, True), (value, answer.text)
            assert name == "OF" or codes(answer) == [code], value
        counted = await client.get(f"/musen/num?{query(base, name, beside, value)}")
        assert counted.status_code == (200 if code == FINE or name in LIST_ONLY else 400), value


def test_every_error_of_a_request_is_in_the_table() -> None:
    expected = {code for *_, values in OF_BOTH for code in values.values()} - {FINE}
    assert set(FAULTS) - expected == {"EQ00043"}  # what cannot be read at all: below


@pytest.mark.parametrize("given_twice", ["IT=A&IT=E", "OF=2&OF=1", "NA=a&NA=b", "ST=1&ST=2"])
async def test_two_values_where_there_is_one(client: httpx2.AsyncClient, given_twice: str) -> None:
    answer = await client.get(f"/musen/num?{LICENSES}&{given_twice}")
    assert (answer.status_code, "EQ00043" in answer.text) == (400, True)


@pytest.mark.parametrize("same", ["IT=A&IT=A", "OF=2&OF=2", "IT=&IT=A", "MC=1&MC=2"])
async def test_the_same_value_again_is_no_error(client: httpx2.AsyncClient, same: str) -> None:
    assert (await client.get(f"/musen/num?{LICENSES}&{same}")).status_code == 200


@pytest.mark.parametrize("bad", ["NA=a%00b", "NA=%FF%FF%81", "AS=%E7%AC%AC%0A", f"NA={'x' * 9000}"])
async def test_what_cannot_be_read_is_refused(client: httpx2.AsyncClient, bad: str) -> None:
    answer = await client.get(f"/musen/num?{LICENSES}&{bad}")
    assert (answer.status_code, "EQ00043" in codes(answer)) == (400, True)


@pytest.mark.parametrize(("output", "media"), [("1", "text/csv"), ("2", "application/json"), ("3", "application/xml")])
@pytest.mark.parametrize("base", [LICENSES, REGISTRATIONS])
async def test_head_and_options_and_cors(client: httpx2.AsyncClient, base: str, output: str, media: str) -> None:
    for path in ("num", "list"):
        address = f"/musen/{path}?{base}".replace("OF=2", f"OF={output}")
        whole, head, refused = await client.get(address), await client.head(address), await client.get(address + "&IT=K")
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
        assert [one.headers["content-type"] for one in (whole, head, refused)] == [f"{media};charset=UTF-8"] * 3
        assert [one.headers["access-control-allow-origin"] for one in (whole, head, refused)] == ["*"] * 3
        asked = {
            "Origin": "https://a.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-requested-with",
        }
        preflight = await client.options(address, headers=asked)
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
        assert "GET" in preflight.headers["access-control-allow-methods"]


NAMES = st.sampled_from(sorted(asking.NAMES)).map(str.encode) | st.binary(max_size=3)
LIKELY = [
    "1",
    "2",
    "0",
    "3",
    "AT",
    "008",
    "13000",
    "13101,14100",
    "20240229",
    "145.5",
    "ATC",
    "DTJ",
    "A",
    "4AM",
    "JA1",
    "丸",
    "%",
    "_",
    "\\",
]
VALUES = (
    st.binary(max_size=20) | st.sampled_from(LIKELY).map(str.encode) | st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace"))
)
PAIRS = st.lists(st.tuples(NAMES, VALUES), max_size=12)


def written(pairs: list[tuple[bytes, bytes]]) -> str:
    return "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)


@given(path=st.sampled_from(["num", "list"]), base=st.sampled_from(["", LICENSES, REGISTRATIONS]), pairs=PAIRS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_pairs_of_names_and_values_break_it(
    client: httpx2.AsyncClient, path: str, base: str, pairs: list[tuple[bytes, bytes]]
) -> None:
    answer = await client.get(f"/musen/{path}?{base}&{written(pairs)}")
    assert answer.status_code in {200, 400}, answer.text
    assert answer.headers["content-type"].endswith(";charset=UTF-8")


@given(path=st.sampled_from(["num", "list"]), raw=st.binary(max_size=200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_bytes_in_the_query_break_it(client: httpx2.AsyncClient, path: str, raw: bytes) -> None:
    scope = {"type": "http", "method": "GET", "path": f"/musen/{path}", "raw_path": b"", "query_string": raw, "headers": []}
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    transport = client._transport
    assert isinstance(transport, httpx2.ASGITransport)
    await transport.app({**scope, "http_version": "1.1", "scheme": "http", "server": ("test", 80), "root_path": ""}, receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] in {200, 400}
