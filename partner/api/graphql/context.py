"""What the resolvers of one request share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from strawberry.dataloader import DataLoader
from strawberry.types import Info

from partner.reads import Reads
from partner.registry import search
from partner.registry.search import Found, View
from partner.regulation import Law

Json = dict[str, Any]


class Held(NamedTuple):
    """The first stations that a licensee holds, in a view of the register."""

    licensee_id: UUID
    first: int
    view: View


@dataclass
class Context:
    """The public reads, of which a request makes one at a time; the law; the key that signs cursors; the operation that is named."""

    reads: Reads
    law: Law
    key: bytes
    operation_name: str | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.held: DataLoader[Held, Found] = DataLoader(self._held)
        self.held_totals: DataLoader[Held, int] = DataLoader(self._held_totals)

    async def _held(self, wanted: list[Held]) -> Sequence[Found]:
        """The stations of many licensees: one statement for each size of page and each view."""
        found: dict[Held, Found] = {}
        for first, view in dict.fromkeys((one.first, one.view) for one in wanted):
            alike = [one for one in wanted if (one.first, one.view) == (first, view)]
            async with self.turn:
                pages = await search.held_by(self.reads, [one.licensee_id for one in alike], view, first=first)
            found |= dict(zip(alike, pages, strict=True))
        return [found[one] for one in wanted]

    async def _held_totals(self, wanted: list[Held]) -> Sequence[int]:
        """The numbers of stations of many licensees: one statement for each view."""
        found: dict[Held, int] = {}
        for view in dict.fromkeys(one.view for one in wanted):
            alike = [one for one in wanted if one.view == view]
            async with self.turn:
                totals = await search.held_totals(self.reads, [one.licensee_id for one in alike], view)
            found |= dict(zip(alike, totals, strict=True))
        return [found[one] for one in wanted]


RequestInfo = Info[Context, None]
