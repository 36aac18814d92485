"""Several processes that serve one port: the parent opens it, forks them, starts anew whoever dies, and ends when all have ended.

Forking shares the memory of what was made before: the law, above all.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

GRACE_S = 20
SIGNALS = (signal.SIGINT, signal.SIGTERM)
PASSED_ON = signal.SIGHUP
_FORKED = multiprocessing.get_context("fork")


class Workers:
    """`count` processes that run `serve`; `run` returns when a signal has ended them."""

    def __init__(self, count: int, serve: Callable[[], None]) -> None:
        self._count = count
        self._serve = serve
        self._processes: list[BaseProcess] = []
        self._ending = False

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM. Whoever dies meanwhile is followed by another."""
        for number in SIGNALS:
            signal.signal(number, self._end)
        signal.signal(PASSED_ON, self._pass_on)
        while not self._ending:
            while len(self._processes) < self._count:
                self._processes.append(self._started())
            with suppress(InterruptedError):
                wait([process.sentinel for process in self._processes], timeout=1)
            self._processes = [process for process in self._processes if process.is_alive()]
        for process in self._processes:
            process.join(GRACE_S)
            process.kill()

    def _started(self) -> BaseProcess:
        process: Any = _FORKED.Process(target=_work, args=(self._serve,), daemon=True)
        process.start()
        return process  # type: ignore[no-any-return]

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending = True
        self._tell(signal.SIGTERM)

    def _pass_on(self, _number: int, _frame: FrameType | None) -> None:
        self._tell(PASSED_ON)

    def _tell(self, number: signal.Signals) -> None:
        for process in self._processes:
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, number)


def _work(serve: Callable[[], None]) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(PASSED_ON, signal.SIG_IGN)  # until the process follows the law
    serve()
