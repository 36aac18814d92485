"""Our server as the benchmark asks it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson

from partner import clock, regulation
from partner.registry import criteria, cursors
from partner.registry.values import Codes
from partner.settings import Settings
from tests.bench.load import Asked
from tests.bench.register import SECRET_KEY, Register
from tests.bench.sampling import Parameters

SEARCH = "/api/v1/stations?limit={limit}"
PATHS = {
    "rest-id": "/api/v1/stations/{id}",
    "rest-sign": SEARCH + "&call_sign={call_sign}",
    "rest-page": SEARCH + "&station_class={station_class}&prefecture={prefecture}&as_of={on}",
    "rest-next": SEARCH + "&station_class={station_class}&prefecture={prefecture}&cursor={cursor}",
    "rest-name-rare": SEARCH + "&licensee={name}&as_of={on}",
    "rest-name-common": SEARCH + "&licensee={name}&as_of={on}",
    "rest-name-absent": SEARCH + "&licensee={name}&as_of={on}",
    "rest-band-narrow": SEARCH + "&frequency_from={low}&frequency_to={high}",
    "rest-band-wide": SEARCH + "&frequency_from={low}&frequency_to={high}",
    "rest-circle": SEARCH + "&near={latitude},{longitude}&radius_km={radius_km}",
    "rest-three-name": SEARCH + "&station_class={station_class}&prefecture={prefecture}&licensee={name}&as_of={on}",
    "rest-three-band": SEARCH + "&station_class={station_class}&prefecture={prefecture}&frequency_from={low}&frequency_to={high}",
    "musen-num": "/musen/num?ST=1&OF=2&OW={station_class}",
}
LIMITS = {"rest-page": 100, "rest-next": 100}
USUAL_LIMIT = 50
QUERY = """
query ($station_class: String, $prefecture: String, $on: Date) {
  stations(filter: {stationClass: $station_class, prefecture: $prefecture}, asOf: $on, first: 20) {
    edges { node {
      id callSign license { licensedOn validTo }
      licensee { name kind corporateNumber }
      assignments { emission bundle frequencyHz frequencyToHz powerW }
    } }
  }
}
"""


def limit_of(figure: str) -> int:
    """How many stations a search gives at most."""
    return LIMITS.get(figure, USUAL_LIMIT)


def quoted(parameters: Parameters) -> dict[str, str]:
    """The parameters as a query string has them."""
    return {name: quote(str(value), safe="") for name, value in parameters.items()}


def pairs(figure: str, parameters: Parameters, codes: Codes) -> list[tuple[str, str]]:
    """The same search as pairs of name and value: what the server parses."""
    query = PATHS[figure].partition("?")[2]
    values = {**parameters, "limit": limit_of(figure), "cursor": cursor_of(parameters, codes)}
    return [(name, form.format(**values)) for name, form in (part.split("=") for part in query.split("&"))]


def cursor_of(parameters: Parameters, codes: Codes) -> str:
    """The cursor that our server gives behind a station: signed with the key that the benchmark has chosen; '' without a station."""
    if "after" not in parameters:
        return ""
    asked, _ = criteria.parse([(name, str(parameters[name])) for name in ("station_class", "prefecture")], codes)
    position = cursors.Position(parameters["after"], UUID(parameters["after"]), parameters["on"], clock.now())
    return cursors.encode(position, asked, Settings(secret_key=SECRET_KEY).signing_key)


class Ours:
    """Our server; `name`, `url`, `variants` and `answer` are what every server of the benchmark has."""

    name = "PARTNER"

    def __init__(self, register: Register) -> None:
        self.url = register.service.url
        self.session = register.service.process.pid if register.service.process else 0
        self.postmaster = register.server.process_id
        self.law = regulation.load(Settings().regulation_root)

    def variants(self, figure: str, parameters: list[Parameters]) -> dict[str, list[Asked]]:
        """The requests, by the way in which they may be asked: ours has one way."""
        return {"": [self._asked(figure, one) for one in parameters]}

    def _asked(self, figure: str, parameters: Parameters) -> Asked:
        if figure == "graphql-stations":
            variables = {name: value.isoformat() if isinstance(value, date) else value for name, value in parameters.items()}
            return Asked("/graphql", orjson.dumps({"query": QUERY, "variables": variables}))
        cursor = cursor_of(parameters, self.law)
        return Asked(PATHS[figure].format(**quoted(parameters), limit=limit_of(figure), cursor=cursor))

    def answer(self, body: bytes) -> list[Any]:
        """What an answer says, to be compared: ids in their order; for GraphQL with licensee and assignments."""
        found = orjson.loads(body)
        if "data" in found:
            return [node_of(edge["node"], edge["node"]["licensee"]) for edge in found["data"]["stations"]["edges"]]
        return [item["id"] for item in found.get("items", [found])]


def node_of(node: dict[str, Any], licensee: dict[str, Any]) -> list[Any]:
    """A station of a GraphQL answer, to be compared."""
    lines = [
        [line["emission"], line["bundle"], *(None if line[name] is None else float(line[name]) for name in NUMBERS)]
        for line in node["assignments"]
    ]
    return [node["id"], node["callSign"], licensee["name"], licensee["kind"], licensee["corporateNumber"], lines]


NUMBERS = ("frequencyHz", "frequencyToHz", "powerW")
