"""E-filing files that cannot be read: each is refused, and told what it says and what would be right."""

from __future__ import annotations

from datetime import date

import pytest

from partner.errors import FieldError, Invalid
from partner.licensing import filing
from partner.licensing.filing import Filing
from partner.regulation.law import Law
from tests.licensing import filing_files as files
from tests.licensing.filing_files import blank, sample, set_text, written

DAY = date(2020, 6, 1)


@pytest.fixture(scope="module")
def law() -> Law:
    return files.law_in_force()


def read(content: bytes, law: Law, on: date = DAY) -> Filing:
    return filing.read(content, law, on=on)


def refusal(content: bytes, law: Law, on: date = DAY) -> Invalid:
    with pytest.raises(Invalid) as caught:
        read(content, law, on)
    assert caught.value.remedy is not None
    return caught.value


def test_an_unknown_kind_of_application(law: Law) -> None:
    error = refusal(written(blank("CC")), law)
    assert error.code == "unknown_application_kind"
    assert error.errors[0].field == "/form/application_kind"
    assert refusal(written(blank("")), law).code == "unknown_application_kind"


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("申請書/申請事項/無線局の種別", "/form/station_class"),
        ("申請書/申請手数料/無線局の種別", "/form/fee/station_class"),
        ("申請書/事項書_工事設計書情報/無線局の種別等/無線局の種別", "/form/station/station_class"),
    ],
)
def test_an_unknown_station_class(law: Law, path: str, pointer: str) -> None:
    root = blank("A1")
    set_text(root, path, "ZZ")
    error = refusal(written(root), law)
    assert error.code == "unknown_station_class"
    assert [(one.field, one.code) for one in error.errors] == [(pointer, "unknown_station_class")]
    assert isinstance(error.errors[0], FieldError)


def test_no_station_class_at_all(law: Law) -> None:
    root = blank("A1")
    set_text(root, "申請書/申請事項/無線局の種別", "")
    assert refusal(written(root), law).code == "unknown_station_class"


def test_another_form_and_another_version(law: Law) -> None:
    content = sample("new-license_one-step.xml").decode()
    other = refusal(content.replace(">101103<", ">101104<").encode(), law)
    assert other.code == "unknown_form"
    newer = refusal(content.replace(">0009<", ">0010<").encode(), law)
    assert newer.code == "unknown_form_version"
    assert "0010" in newer.message.en
    assert newer.remedy is not None
    assert "0009" in newer.remedy.ja
    assert "様式バージョン" in newer.errors[0].field


def test_a_version_is_not_taken_before_it_came_into_use(law: Law) -> None:
    assert refusal(sample("new-license_one-step.xml"), law, date(2018, 1, 1)).code == "unknown_form_version"


# Writing
