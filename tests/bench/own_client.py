"""Sends the requests of a file as `load.lua` does: for machines where wrk cannot be had."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httptools
import orjson


class Connection(asyncio.Protocol):
    """One connection that sends the next request when the answer to the last one is there."""

    def __init__(self, requests: list[bytes], place: int, until: float) -> None:
        self.requests, self.place, self.until = requests, place, until
        self.times: list[float] = []
        self.failed = self.received = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.begun = time.perf_counter()
        self.transport.write(self.requests[self.place])
        self.place = (self.place + 1) % len(self.requests)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.times.append(time.perf_counter() - self.begun)
        self.failed += self.parser.get_status_code() >= 400
        if time.perf_counter() < self.until:
            asyncio.get_running_loop().call_soon(self.send)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.failed += exc is not None
        self.ended.set_result(None)


def raw(line: bytes, host: bytes) -> bytes:
    """A line of the file as a request of HTTP/1.1."""
    method, path, *body = line.split(b"\t", 2)
    head = method + b" " + path + b" HTTP/1.1\r\nHost: " + host + b"\r\n"
    if not body:
        return head + b"\r\n"
    return head + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body[0]) + body[0]


async def run(url: str, lines: list[bytes], *, start: int, connections: int, seconds: float) -> dict[str, float]:
    """Send for some seconds over some connections; what `load.Load` holds."""
    address = urlsplit(url)
    requests = [raw(line, address.netloc.encode()) for line in lines]
    begun = time.perf_counter()
    opened = []
    for number in range(connections):
        place = (start + number * len(requests) // connections) % len(requests)
        made = asyncio.get_running_loop().create_connection(
            lambda place=place: Connection(requests, place, begun + seconds),  # type: ignore[misc]
            address.hostname or "",
            address.port or 80,
        )
        opened.append((await made)[1])
    await asyncio.gather(*(one.ended for one in opened))
    taken = time.perf_counter() - begun
    times = sorted(1000 * each for one in opened for each in one.times)
    return {
        "requests": len(times),
        "seconds": taken,
        "failed": sum(one.failed for one in opened),
        "p50_ms": statistics.median(times),
        "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)],
        "bytes": sum(one.received for one in opened),
    }


def main() -> None:
    """Arguments: URL, file, line to begin with, connections, seconds."""
    url, file, start, connections, seconds = sys.argv[1:]
    found = run(url, Path(file).read_bytes().splitlines(), start=int(start), connections=int(connections), seconds=float(seconds))
    print(orjson.dumps(asyncio.run(found)).decode())


if __name__ == "__main__":
    main()
