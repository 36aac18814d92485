"""The clock of a demonstration is noted beside its data, so that commands tell the same day; production notes and reads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from partner import clock, connecting
from partner.settings import Mode, Settings

START = datetime.fromisoformat("2020-06-01T09:00:00+09:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _own_clock() -> Iterator[None]:
    clock._clock = clock.Clock()
    yield
    clock._clock = clock.Clock()


def stands_at(moment: datetime) -> bool:
    return abs(clock.now() - moment) < MINUTE


@pytest.mark.parametrize("mode", [Mode.DEMO, Mode.TEST])
def test_a_command_beside_tells_the_time_of_the_service(tmp_path: Path, mode: Mode) -> None:
    clock.move_to(START)
    Settings(mode=mode, data_dir=tmp_path / "data").note_clock(clock.offset())
    clock._clock = clock.Clock()
    connecting.follow_clock(Settings(mode=mode, data_dir=tmp_path / "data"))
    assert stands_at(START)


def test_a_clock_that_is_set_goes_before_the_note(tmp_path: Path) -> None:
    clock.move_to(START)
    Settings(mode=Mode.TEST, data_dir=tmp_path).note_clock(clock.offset())
    connecting.follow_clock(Settings(mode=Mode.TEST, data_dir=tmp_path, clock=START + timedelta(days=1)))
    assert stands_at(START + timedelta(days=1))


def test_production_neither_notes_nor_reads(tmp_path: Path) -> None:
    clock.move_to(START)
    production = Settings(mode=Mode.PRODUCTION, data_dir=tmp_path)
    production.note_clock(clock.offset())
    assert list(tmp_path.iterdir()) == []
    Settings(mode=Mode.TEST, data_dir=tmp_path).note_clock(clock.offset())
    clock._clock = clock.Clock()
    connecting.follow_clock(production)
    assert stands_at(datetime.now(UTC))


@pytest.mark.parametrize("words", ["", "soon", "inf", "1e400"])
def test_a_note_that_is_none_is_passed_over(tmp_path: Path, words: str) -> None:
    (tmp_path / "clock").write_text(words, encoding="utf-8")
    connecting.follow_clock(Settings(mode=Mode.TEST, data_dir=tmp_path))
    assert stands_at(datetime.now(UTC))
