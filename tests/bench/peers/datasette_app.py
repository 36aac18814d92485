"""Datasette as the benchmark runs it, in an environment of its own that has Datasette as pip installs it and nothing of ours.

Arguments: the file of SQLite, the port, the number of processes, the number of threads for queries in each.

One canned query for each search and each shape. The order of the rows is that of the stations' ids, so that an index that names
a row names its place in the answer.
"""

from __future__ import annotations

import multiprocessing
import socket
import sys

import uvicorn
from datasette.app import Datasette  # type: ignore[import-not-found]

COLUMNS = (
    "s.id, s.call_sign, s.station_class, s.bureau, s.prefecture, s.municipality, s.licensee_name, s.licensee_kind, s.corporate_number,"
    " s.public_licensee_id, s.purposes, s.communication_matters, s.movement_area, s.moves, s.station_count, s.licensed_on, s.term_from,"
    " s.term_to, s.ended_on, s.max_power_w"
)
SHAPES = {"document": "s.document", "columns": COLUMNS}
IN_FORCE = "s.holds_from <= :on AND s.holds_until > :on AND (s.ended_on IS NULL OR s.ended_on > :on) AND NOT s.suspended"
PLACE = "s.station_class = :station_class AND s.prefecture = :prefecture AND "
IN_ORDER = " ORDER BY s.row LIMIT :most"
BAND = (
    "s.row IN (SELECT row FROM assignment WHERE low = high AND low BETWEEN :low AND :high"
    " UNION ALL SELECT row FROM assignment WHERE low < high AND low <= :high AND high >= :low) AND "
)
BAND_WALKING = "+s.row IN (SELECT row FROM assignment AS a WHERE a.row = s.row AND low <= :high AND high >= :low) AND "
NAME = " FROM gram AS g CROSS JOIN station AS s ON s.row = g.row WHERE g.gram = :name AND "
WITHIN = (
    "p.latitude BETWEEN :latitude - :radius_km / 111.19 AND :latitude + :radius_km / 111.19 AND 2 * 6371.0088 * asin(sqrt(min(1,"
    " pow(sin(radians(p.latitude - :latitude) / 2), 2) + cos(radians(:latitude)) * cos(radians(p.latitude))"
    " * pow(sin(radians(p.longitude - :longitude) / 2), 2)))) <= CAST(:radius_km AS REAL)"
)
QUERIES = {
    "id": " FROM station AS s WHERE s.id = :id AND s.holds_from <= :on AND s.holds_until > :on",
    "sign": " FROM station AS s WHERE s.call_sign_search = :call_sign AND " + IN_FORCE + IN_ORDER,
    "page": " FROM station AS s WHERE " + PLACE + IN_FORCE + IN_ORDER,
    "next": " FROM station AS s WHERE s.row > (SELECT max(row) FROM station WHERE id = :after) AND " + PLACE + IN_FORCE + IN_ORDER,
    "name": NAME + IN_FORCE + " ORDER BY g.row LIMIT :most",
    "band": " FROM station AS s WHERE " + BAND + IN_FORCE + IN_ORDER,
    "band-walking": " FROM station AS s WHERE " + BAND_WALKING + IN_FORCE + IN_ORDER,
    "circle": f" FROM station AS s WHERE s.municipality IN (SELECT p.municipality FROM place AS p WHERE {WITHIN}) AND {IN_FORCE}{IN_ORDER}",
    "three-name": NAME + PLACE + IN_FORCE + " ORDER BY g.row LIMIT :most",
    "three-name-walking": f" FROM station AS s WHERE instr(s.licensee_search, :name) > 0 AND {PLACE}{IN_FORCE}{IN_ORDER}",
    "three-band": " FROM station AS s WHERE " + BAND + PLACE + IN_FORCE + IN_ORDER,
    "three-band-walking": " FROM station AS s WHERE " + BAND_WALKING + PLACE + IN_FORCE + IN_ORDER,
}


def serve(file: str, threads: int, listener: socket.socket) -> None:
    """One process: the application on a file that never changes."""
    queries = {f"{name}-{shape}": "SELECT " + columns + rest for name, rest in QUERIES.items() for shape, columns in SHAPES.items()}
    served = Datasette(
        immutables=[file],
        metadata={"databases": {"register": {"queries": queries}}},
        settings={"sql_time_limit_ms": 30_000, "num_sql_threads": threads, "cache_size_kb": 65_536},
    )
    uvicorn.Server(uvicorn.Config(served.app(), log_level="warning", access_log=False)).run(sockets=[listener])


def main() -> None:
    """Serve from several processes on one port. Its protocol is named, for else asyncio does not know that it may send at once."""
    file, port, processes, threads = sys.argv[1:]
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    for _ in range(int(processes) - 1):
        multiprocessing.get_context("fork").Process(target=serve, args=(file, int(threads), listener)).start()
    serve(file, int(threads), listener)


if __name__ == "__main__":
    main()
