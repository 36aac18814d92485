"""Servers for acceptance tests, and Debian's Chromium."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.service import Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-proxy-server",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here starts servers, and is slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@contextmanager
def a_service() -> Iterator[Service]:
    with tempfile.TemporaryDirectory(prefix="partner-") as name:
        Path(name).chmod(0o755)  # the database runs as another user when the tests run as root
        made = Service(Path(name))
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def fresh() -> Iterator[Service]:
    """A server that is not started yet, with an empty data directory."""
    with a_service() as made:
        yield made


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    """A running server in test mode, shared by a module, with an empty register."""
    with a_service() as made:
        yield made.start()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which reaches nothing but the loopback.

    Playwright's event loop counts as running until it is closed: a module's tests may have it, no asynchronous test after them.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only these tests need it

    path = shutil.which("chromium")
    assert path, "Chromium is needed: apt-get install chromium"
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=flags)
        yield launched
        launched.close()
