"""The SQL behind MIC's Web-API: the same views and conditions as every search, in its own orders and with its own paging."""

from __future__ import annotations

from datetime import date
from typing import LiteralString

from partner.registry import conditions
from partner.registry.criteria import Criteria
from partner.registry.queries import Statement

BY_NAME: LiteralString = "l.licensee_name, l.licensed_on, l.station_id"
BY_PLACE: LiteralString = "l.municipality, l.licensed_on, l.station_id"
BY_PURPOSE: LiteralString = "l.purposes, l.licensed_on, l.station_id"
BY_DATE: LiteralString = "l.licensed_on, l.station_id"
ORDERS: dict[str, LiteralString] = {"1": BY_NAME, "2": BY_PLACE, "3": BY_PURPOSE, "4": BY_DATE}
RECORDS: LiteralString = "SELECT l.musen FROM public_license AS l WHERE {where} ORDER BY {order} LIMIT %(size)s OFFSET %(offset)s"


def records(criteria: Criteria, *, as_of: date, order: str, start: int, size: int) -> Statement:
    """`size` records from the one with the number `start` (1 is the first), in the order of the sort key `order`."""
    values = conditions.values_of(criteria, as_of=as_of, known_at=None)
    found = [conditions.recorded(None), conditions.stands(criteria, None), *conditions.filters(criteria)]
    query = RECORDS.format(where=conditions.all_of(found), order=ORDERS[order])
    return Statement(query, values | {"size": size, "offset": start - 1})
