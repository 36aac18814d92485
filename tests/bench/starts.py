"""How long the demonstration takes to be ready: the first time, when it is filled, and the second time."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.acceptance.service import Service
from tests.bench.register import say
from tests.bench.results import Line, Spread


def measure() -> list[Line]:
    """Seconds from the command until `/readyz` answers."""
    with tempfile.TemporaryDirectory(prefix="partner-") as place:
        Path(place).chmod(0o755)
        service = Service(Path(place))
        try:
            first = _started(service, "first")
            service.stop()
            return [first, _started(service, "second")]
        finally:
            service.stop()


def _started(service: Service, which: str) -> Line:
    say(f"the demonstration, {which} start")
    begun = time.perf_counter()
    service.start(command="demo")
    seconds = time.perf_counter() - begun
    return Line(f"start-{which}", f"demonstration, {which} start", 0, "seconds", ratio=Spread(seconds, seconds, seconds))
