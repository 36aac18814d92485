"""Puts the personas of the demo and what they hold into the database of a data directory: `python -m tests.acceptance.people`.

A process of its own, because the clock of a process is one. The settings come from the environment, as the server's do.
"""

from __future__ import annotations

import asyncio

from partner import clock, regulation
from partner.connecting import Addresses, databases
from partner.database import SYSTEM, Database
from partner.demo import people
from partner.settings import Settings


async def settle(addresses: Addresses, settings: Settings) -> None:
    database = Database(addresses.app, addresses.public)
    async with database.transaction(SYSTEM) as session:
        await people.settle(session, regulation.load(settings.regulation_root), settings)
    await database.engine.dispose()


def main() -> None:
    settings = Settings()
    if settings.clock is not None:
        clock.move_to(settings.clock)
    with databases(settings) as addresses:
        asyncio.run(settle(addresses, settings))


if __name__ == "__main__":
    main()
