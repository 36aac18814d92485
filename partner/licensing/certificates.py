"""The certificate of the license record (免許事項証明書): a page with what stands on the record, and who certifies it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from html import escape

from partner import clock
from partner.errors import Text
from partner.licensing.models import Application, FiledDocument
from partner.registry.facts import AssignmentFacts, License
from partner.regulation import Law
from partner.regulation.forms import frequency
from partner.regulation.periods import ENDLESS, shown_day

KIND = "certificate"


def document(law: Law, application: Application, held: License) -> FiledDocument:
    """The certificate as a document of the case that asked for it."""
    content = _page(law, held).encode()
    return FiledDocument(
        application_id=application.id,
        kind=KIND,
        name=f"{held.license_number}.html",
        media_type="text/html",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        filed_at=clock.now(),
    )


def _page(law: Law, held: License) -> str:
    told = ((f"{escape(label.ja)}<br>{escape(label.en)}", escape(value)) for label, value in _rows(law, held))
    rows = "".join(f"<tr><th>{label}</th><td>{value}</td></tr>" for label, value in told)
    bureau = law.codes("bureaus").name(held.facts.bureau)
    return (
        '<!doctype html><html lang="ja"><meta charset="utf-8"><title>免許事項証明書</title>'
        f"<h1>免許事項証明書 Certificate of the license record</h1><table>{rows}</table>"
        f"<p>{clock.today().isoformat()} {escape(bureau.ja)} {escape(bureau.en)}</p></html>"
    )


def _rows(law: Law, held: License) -> Iterator[tuple[Text, str]]:
    """The particulars of the record (法14条), those that there are."""
    facts, licensee = held.facts, held.licensee
    place = law.codes("municipalities").name(facts.municipality or "").ja
    told = (
        (Text("免許の番号", "License number"), held.license_number),
        (Text("免許の年月日", "License date"), held.licensed_on.isoformat()),
        (Text("免許人の氏名又は名称", "Licensee"), licensee.name),
        (Text("免許人の住所", "Address"), f"{law.codes('municipalities').name(licensee.municipality or '').ja}{licensee.address or ''}"),
        (Text("無線局の種別", "Class"), law.codes("station-classes").name(facts.station_class).ja),
        (Text("無線局の目的", "Purpose"), "、".join(law.codes("purposes").name(code).ja for code in facts.purposes)),
        (Text("通信事項", "Matters"), "、".join(law.codes("communication-matters").name(code).ja for code in facts.communication_matters)),
        (Text("通信の相手方", "Communicates with"), facts.communication_partner or ""),
        (Text("識別信号", "Identification"), held.call_sign or facts.identification or ""),
        (Text("設置場所又は常置場所", "Place"), f"{place}{facts.site_address or ''}"),
        (Text("設置場所とすることができる区域", "Area in which stations may stand"), facts.designated_area or ""),
        (Text("移動範囲", "Movement area"), law.codes("movement-areas").name(facts.movement_area or "").ja),
        (Text("電波の型式、周波数及び空中線電力", "Emission, frequency, power"), "、".join(_line(line) for line in facts.assignments)),
        (Text("運用許容時間", "Operating hours"), facts.operating_hours or ""),
        (Text("有効期間", "Term"), f"{held.valid_from.isoformat()} – {shown_day(held.valid_to) or ENDLESS.ja}"),
        (Text("条件", "Conditions"), "、".join(facts.conditions)),
    )
    return ((label, value) for label, value in told if value)


def _line(line: AssignmentFacts) -> str:
    hertz = [frequency(value) for value in (line.frequency_hz, line.frequency_to_hz) if value is not None]
    power = f"{line.power_w} W" if line.power_w is not None else ""
    return " ".join(part for part in (line.bundle or line.emission or "", "–".join(hertz), power) if part)
