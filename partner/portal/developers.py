"""The page for developers: requests of the public interfaces, to be read, copied, and sent from the page to this very service."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from partner import clock
from partner.errors import Text
from partner.portal.frame import Framed

router = APIRouter()

STATIONS = "/api/v1/stations"
GRAPHQL = """{
  stations(first: 2, filter: {stationClass: "FB", prefecture: "13"}) {
    totalCount
    edges { node {
      callSign
      licensee { name stations(first: 2) { edges { node { id } } } }
      assignments { emission frequencyHz powerW }
    } }
  }
}"""


@dataclass(frozen=True)
class Example:
    """One request. `parameters` are as a person writes them; `query` is of GraphQL, and is posted."""

    name: str
    title: Text
    words: Text
    path: str
    parameters: tuple[tuple[str, str], ...]
    query: str | None = None

    @property
    def link(self) -> str:
        """Where a GET answers the same, without any script."""
        asked = self.parameters if self.query is None else (("query", " ".join(self.query.split())),)
        return f"{self.path}?{urlencode(asked, quote_via=quote, safe=',*:')}"

    @property
    def shown(self) -> str:
        """The request line, in letters that people read."""
        if self.query is not None:
            return f"POST {self.path}"
        return f"GET {self.path}?" + "&".join(f"{name}={value}" for name, value in self.parameters)

    @property
    def body(self) -> str | None:
        """What is posted, if anything is."""
        return None if self.query is None else json.dumps({"query": self.query})

    def curl(self, place: str) -> str:
        """The same for a shell, where the service is at `place`."""
        if self.query is not None:
            asked = json.dumps({"query": " ".join(self.query.split())}, ensure_ascii=False)
            return f'curl "{place}{self.path}" \\\n  -H "Content-Type: application/json" \\\n  -d {_quoted(asked)}'
        if self.link.isascii() and "%" not in self.link:
            return f'curl "{place}{self.link}"'
        parts = [f"--data-urlencode {_quoted(f'{name}={value}')}" for name, value in self.parameters]
        return " \\\n  ".join([f'curl -G "{place}{self.path}"', *parts])


def _quoted(word: str) -> str:
    """A word for a shell: bare where nothing in it means anything to one."""
    return word if re.fullmatch(r"[\w=.,:-]+", word) else "'" + word.replace("'", "'\\''") + "'"


EXAMPLES = (
    Example(
        "call-sign",
        Text("呼出符号で探す", "Search by call sign"),
        Text(
            "大文字と小文字、全角と半角は区別しません。末尾の * は前方一致です。",
            "Case and width do not matter. A trailing * asks for a prefix.",
        ),
        STATIONS,
        (("call_sign", "JA1QRZ"),),
    ),
    Example(
        "place-frequency",
        Text("場所と周波数で探す", "Search by place and frequency"),
        Text(
            "地名は一部でもよく、日本語でも英語でも探せます。周波数は Hz か単位付きです。count=exact で総数も返ります。",
            "Part of a place name will do, in Japanese or English. Frequencies are Hz, or have a unit. count=exact tells the total.",
        ),
        STATIONS,
        (
            ("place", "{place}"),
            ("frequency_from", "450MHz"),
            ("frequency_to", "470MHz"),
            ("count", "exact"),
            ("limit", "2"),
        ),
    ),
    Example(
        "csv",
        Text("CSV で受け取る", "As CSV"),
        Text(
            "末尾を .csv にするか、Accept: text/csv を送ります。続きがあれば Link ヘッダーが次のページを指します。",
            "Put .csv behind the path, or send Accept: text/csv. Where there is more, the header Link leads to the next page.",
        ),
        f"{STATIONS}.csv",
        (("station_class", "FB"), ("prefecture", "13"), ("sort", "-licensed_on"), ("limit", "5")),
    ),
    Example(
        "nearby",
        Text("近くの局を地図に", "What is near, for a map"),
        Text(
            "GeoJSON です。公開される位置は市区町村までなので、点はその中心です。",
            "GeoJSON. Of a place the municipality is public, so points are its centre.",
        ),
        f"{STATIONS}.geojson",
        (("near", "35.6895,139.6917"), ("radius_km", "5"), ("limit", "2")),
    ),
    Example(
        "as-of",
        Text("過去のある日の登録", "The register of a day in the past"),
        Text(
            "as_of はその日に有効だった内容、known_at はその時点で知られていた内容です。",
            "as_of asks what held on a day; known_at asks what was known at an instant.",
        ),
        STATIONS,
        (("call_sign", "JA1QRZ"), ("as_of", "{day}")),
    ),
    Example(
        "changes",
        Text("変更を追いかける", "Follow the changes"),
        Text(
            "番号は確定順で抜けがなく、続きは after に next の値を入れます。wait=30 で待ち、Accept: text/event-stream で流れてきます。",
            "One sequence in the order of commit, without gaps. Go on with after = next. "
            "wait=30 waits; Accept: text/event-stream has entries sent as they come.",
        ),
        "/api/v1/changes",
        (("after", "0"), ("limit", "2")),
    ),
    Example(
        "graphql",
        Text("GraphQL", "GraphQL"),
        Text(
            "要る項目だけを、一回で。extensions.cost に問い合わせの重さが返ります。",
            "Just the fields that you need, in one request. extensions.cost tells what the query cost.",
        ),
        "/graphql",
        (),
        GRAPHQL,
    ),
    Example(
        "musen",
        Text("総務省の Web-API と同じ形で", "As the Ministry's Web-API answers"),
        Text(
            "無線局等情報検索の Web-API のクライアントは、宛先を変えるだけで使えます。",
            "A client of the Ministry's public station search works here once its address is changed.",
        ),
        "/musen/list",
        (("ST", "1"), ("OF", "2"), ("OW", "AT"), ("DA", "1"), ("SC", "1"), ("DC", "1"), ("MA", "JA1QRZ")),
    ),
)


def examples(language: str, today: date) -> list[Example]:
    """The requests of the page: a name of a place in the reader's language, and a day one year ago."""
    known = {"place": "横浜" if language == "ja" else "Yokohama", "day": (today - timedelta(days=365)).isoformat()}
    return [replace(one, parameters=tuple((name, value.format_map(known)) for name, value in one.parameters)) for one in EXAMPLES]


@router.get("/developers")
async def developers(frame: Framed) -> HTMLResponse:
    """Live examples, and the rules in short."""
    rates = {"anonymous": frame.settings.rate_anonymous, "client": frame.settings.rate_client}
    shown = examples(frame.language, clock.today())
    return frame.page("developers.html", examples=shown, place=frame.settings.public_url, rates=rates)
