"""Which keys a record has, and in which order, in JSON and in tables (CSV, XML). Pure.

The keys are MIC's own, `radioEuipmentLocation` included. Of licenses (ST=1) JSON's order is the captured one, on which clients that
read by position depend, and the tables' order is that of the specification. Of registrations (ST=2) only the tables' order is
specified; JSON's is guessed after that of licenses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The keys of a record: `detail` and `listed` as JSON has them, `table_…` as CSV and XML have them."""

    detail: tuple[str, ...]
    listed: tuple[str, ...]
    table_detail: tuple[str, ...]
    table_listed: tuple[str, ...]


LICENSES = Layout(
    detail=(
        "radioSpec1",
        "radioStationPurpose",
        "note",
        "permittedOperatingHours",
        "address",
        "licenseDate",
        "broadcastMatter",
        "commMatter",
        "office",
        "validTerms",
        "commPartner",
        "startingLimit",
        "broadcastDistrict",
        "workPersonName",
        "identificationSignals",
        "radioStationNumber",
        "radioStationCategory",
        "movementArea",
        "radioEuipmentLocation",
        "licenseNumber",
        "name",
    ),
    listed=("name", "radioStationPurpose", "tdfkCd", "no", "licenseDate"),
    table_detail=(
        "name",
        "address",
        "office",
        "radioStationCategory",
        "licenseNumber",
        "licenseDate",
        "validTerms",
        "radioStationPurpose",
        "radioStationNumber",
        "permittedOperatingHours",
        "startingLimit",
        "broadcastMatter",
        "broadcastDistrict",
        "commMatter",
        "commPartner",
        "identificationSignals",
        "radioEuipmentLocation",
        "movementArea",
        "radioSpec1",
        "workPersonName",
        "note",
    ),
    table_listed=("no", "name", "tdfkCd", "radioStationPurpose", "licenseDate"),
)
REGISTRATIONS = Layout(
    detail=(
        "radioSpec2",
        "note",
        "address",
        "registrationDate",
        "validTerms",
        "radioEquipmentStandard",
        "radioEuipmentLocation",
        "registrationNumber",
        "name",
    ),
    listed=("name", "itCd", "no", "registrationDate", "validTerms"),
    table_detail=(
        "name",
        "address",
        "radioEquipmentStandard",
        "registrationNumber",
        "registrationDate",
        "validTerms",
        "radioEuipmentLocation",
        "radioSpec2",
        "note",
    ),
    table_listed=("no", "name", "itCd", "registrationDate", "validTerms"),
)
