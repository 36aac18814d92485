"""`catalog.jsonld`: the dump as a dataset in the words of DCAT-AP 3, so that catalogs of open data can harvest it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from partner.registry.open_data.formats import Written
from partner.registry.open_data.manifest import MEDIA_TYPES, SCHEMA_FILES, SCHEMAS, TITLE, State
from partner.registry.open_data.structure import SCHEMA_VERSION
from partner.settings import Settings

DESCRIPTION = {
    "ja": "免許又は登録を受けた無線局のうち公表されるものの全件。個人の氏名及び所在地の詳細は含まない。",
    "en": "All licensed and registered radio stations that are published; names of individuals and exact places are not.",
}
KEYWORDS = {"ja": ("電波", "無線局", "周波数", "免許"), "en": ("spectrum", "radio station", "frequency", "license")}
EU = "http://publications.europa.eu/resource/authority"
IANA = "https://www.iana.org/assignments/media-types"
CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def described(state: State, files: Sequence[Written], settings: Settings) -> dict[str, Any]:
    """The catalog of one dataset with a distribution for each file, each with its checksum."""
    place = f"{settings.public_url}/open-data"
    publisher = {"@id": f"{settings.public_url}/", "@type": "foaf:Agent", "foaf:name": settings.open_data_publisher}
    dataset = {
        "@id": f"{place}/latest/",
        "@type": "dcat:Dataset",
        "dct:identifier": f"{place}/latest/",
        "dct:title": _spoken(TITLE),
        "dct:description": _spoken(DESCRIPTION),
        "dct:publisher": publisher,
        "dct:issued": _typed(state.generated_at.isoformat(), "dateTime"),
        "dct:modified": _typed((state.updated_at or state.generated_at).isoformat(), "dateTime"),
        "dct:temporal": {"@type": "dct:PeriodOfTime", "dcat:startDate": _day(state), "dcat:endDate": _day(state)},
        "dct:accrualPeriodicity": {"@id": f"{EU}/frequency/DAILY"},
        "dct:language": [{"@id": f"{EU}/language/JPN"}, {"@id": f"{EU}/language/ENG"}],
        "dct:spatial": {"@id": f"{EU}/country/JPN"},
        "dct:license": {"@id": settings.open_data_license},
        "dct:accessRights": {"@id": f"{EU}/access-right/PUBLIC"},
        "dcat:theme": {"@id": f"{EU}/data-theme/TECH"},
        "dcat:keyword": [{"@value": word, "@language": spoken} for spoken, words in KEYWORDS.items() for word in words],
        "dcat:landingPage": {"@id": f"{place}/"},
        "dcat:version": f"{SCHEMA_VERSION}+{state.sequence}",
        "dcat:distribution": [_distribution(written, state, place, settings) for written in files],
    }
    return {
        "@context": CONTEXT,
        "@id": f"{place}/",
        "@type": "dcat:Catalog",
        "dct:title": _spoken(TITLE),
        "dct:description": _spoken(DESCRIPTION),
        "dct:publisher": publisher,
        "dct:license": {"@id": settings.open_data_license},
        "dcat:dataset": [dataset],
    }


def _distribution(written: Written, state: State, place: str, settings: Settings) -> dict[str, Any]:
    """One file: reached under `latest`, downloaded under its day, where its checksum holds."""
    schema = SCHEMA_FILES.get(written.name)
    return {
        "@id": f"{place}/latest/{written.name}",
        "@type": "dcat:Distribution",
        "dct:title": written.name,
        "dcat:accessURL": {"@id": f"{place}/latest/{written.name}"},
        "dcat:downloadURL": {"@id": f"{place}/{state.as_of}/{written.name}"},
        "dcat:mediaType": {"@id": f"{IANA}/{MEDIA_TYPES[written.name]}"},
        "dcat:byteSize": _typed(str(written.size), "nonNegativeInteger"),
        "dct:license": {"@id": settings.open_data_license},
        "dct:issued": _typed(state.generated_at.isoformat(), "dateTime"),
        "dcatap:availability": {"@id": f"{EU}/planned-availability/STABLE"},
        **({} if schema is None else {"dct:conformsTo": {"@id": f"{place}/{SCHEMAS}/{schema}"}}),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": _typed(written.sha256, "hexBinary"),
        },
    }


def _spoken(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": text, "@language": spoken} for spoken, text in words.items()]


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}


def _day(state: State) -> dict[str, str]:
    return _typed(state.as_of.isoformat(), "date")
