"""PostGraphile 4 on the same database: https://www.graphile.org/postgraphile/, by npm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import orjson

from tests.acceptance.service import free_port
from tests.bench.figures import POSTGRAPHILE
from tests.bench.load import Asked
from tests.bench.ours import node_of
from tests.bench.peers.places import PEERS, Process, installed_by_npm, peer_url, running
from tests.bench.register import Register
from tests.bench.sampling import Parameters

OPTIONS = [
    *("--schema", "bench_graph", "--disable-graphiql", "--disable-query-log", "--disable-default-mutations"),
    *("--no-setof-functions-contain-nulls", "--no-ignore-rbac", "--simple-collections", "both", "--dynamic-json"),
]
LINES = "assignmentList { emission bundle frequencyHz frequencyToHz powerW }"
RELATED = "id callSign licensedOn validTo licensee { name kind corporateNumber } " + LINES
FLAT = "id callSign licensedOn validTo licenseeName licenseeKind corporateNumber " + LINES
LIST = "stationsOfList(stationClass: $station_class, prefecture: $prefecture, day: $on, first: 20)"
CONNECTION = "stationsOf(stationClass: $station_class, prefecture: $prefecture, day: $on, first: 20)"
OPERATION = "query ($station_class: String!, $prefecture: String!, $on: Date!) "
QUERIES = {
    "list": OPERATION + "{" + LIST + "{" + RELATED + "}}",
    "list, licensee as columns": OPERATION + "{" + LIST + "{" + FLAT + "}}",
    "connection": OPERATION + "{" + CONNECTION + "{ edges { node {" + RELATED + "}}}}",
}


class PostGraphile:
    """What every server of the benchmark has."""

    name = POSTGRAPHILE

    def __init__(self, process: Process) -> None:
        self.url, self.session, self.postmaster = process.url, process.session, process.postmaster

    def variants(self, figure: str, parameters: list[Parameters]) -> dict[str, list[Asked]]:
        """The requests, by the way in which they may be asked; none for what PostGraphile is not asked."""
        if figure != "graphql-stations":
            return {}
        given = [{name: value.isoformat() if isinstance(value, date) else value for name, value in one.items()} for one in parameters]
        return {
            way: [Asked("/graphql", orjson.dumps({"query": query, "variables": values})) for values in given]
            for way, query in QUERIES.items()
        }

    def answer(self, body: bytes) -> list[Any]:
        """Stations with licensee and assignments, to be compared."""
        data = orjson.loads(body)["data"]
        nodes = data["stationsOfList"] if "stationsOfList" in data else [edge["node"] for edge in data["stationsOf"]["edges"]]
        return [_station(node) for node in nodes]


def _station(node: dict[str, Any]) -> list[Any]:
    flat = {"name": node.get("licenseeName"), "kind": node.get("licenseeKind"), "corporateNumber": node.get("corporateNumber")}
    return node_of({**node, "assignments": node["assignmentList"]}, node.get("licensee", flat))


@contextmanager
def postgraphile(register: Register, *, pool: int, processes: int) -> Iterator[PostGraphile]:
    """PostGraphile on a register: so many processes, so many connections together. Raises Missing where it cannot be had."""
    program = installed_by_npm("postgraphile")
    url = peer_url(register)
    with register.connected() as connection:
        connection.execute((PEERS / "postgraphile.sql").read_bytes())
    port = free_port()
    shared = ["--host", "127.0.0.1", "--port", str(port), "--max-pool-size", str(pool // processes), "--connection", url]
    workers = ["--cluster-workers", str(processes)] if processes > 1 else []
    command = [str(program), *OPTIONS, *shared, *workers]
    with running("PostGraphile", command, {"NODE_ENV": "production"}, ready="/graphql", port=port, database=register) as process:
        yield PostGraphile(process)
