"""How fast it is, on this machine and with nothing else running: `make bench`.

A real server with the data of the demonstration; starts are timed until `/readyz` answers, reads with sixteen connections. The client
takes its share of the same cores: read the figures as ratios between two versions on one machine.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import httpx2

from tests.acceptance.service import Service

CONNECTIONS, REQUESTS = 16, 1600
READS = {
    "alive": "/healthz",
    "station by call sign": "/api/v1/stations?call_sign=JA1QRZ",
    "page of 100 stations": "/api/v1/stations?limit=100",
    "stations near a place": "/api/v1/stations?near=35.68,139.76&radius_km=30&limit=50",
    "stations in a band": "/api/v1/stations?frequency_from=144MHz&frequency_to=146MHz&limit=50",
    "changes": "/api/v1/changes?limit=100",
    "MUSEN list": "/musen/list?ST=1&DA=1&SC=1&DC=1&OF=2&OW=AT",
    "procedures in force": "/api/v1/procedures",
}


async def measure(url: str, path: str) -> tuple[float, float, float]:
    """Requests per second, and the median and the 95th percentile of their time in milliseconds."""
    times: list[float] = []
    left = iter(range(REQUESTS))
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        (await client.get(path)).raise_for_status()

        async def ask() -> None:
            for _ in left:
                begun = time.perf_counter()
                (await client.get(path)).raise_for_status()
                times.append((time.perf_counter() - begun) * 1000)

        begun = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
        whole = time.perf_counter() - begun
    return REQUESTS / whole, statistics.median(times), statistics.quantiles(times, n=20)[-1]


def started(service: Service, name: str) -> None:
    begun = time.perf_counter()
    service.start(command="demo")
    print(f"{name:<24}{time.perf_counter() - begun:>10.1f} s", flush=True)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="partner-") as place:
        Path(place).chmod(0o755)
        service = Service(Path(place))
        try:
            started(service, "first start, filled")
            service.stop()
            started(service, "second start")
            print(f"{'':<24}{'requests/s':>12}{'median ms':>12}{'95 % ms':>12}")
            for name, path in READS.items():
                rate, median, slow = asyncio.run(measure(service.url, path))
                print(f"{name:<24}{rate:>12,.0f}{median:>12.1f}{slow:>12.1f}", flush=True)
        finally:
            service.stop()


if __name__ == "__main__":
    main()
