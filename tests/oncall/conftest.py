"""Rotas to try: everyday ones, and such as Hypothesis thinks up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notify.oncall.hours import parse_hours
from notify.oncall.layer import Layer
from notify.oncall.rota import Rota

Make = Callable[..., Rota]


@pytest.fixture
def rota() -> Make:
    """One layer, of whole weeks in Moscow from Monday 10:00, unless told otherwise; ``times`` apart by semicolons."""

    def make(
        *engineers: str,
        starts: str = "2026-01-05T10:00",
        turn: timedelta = timedelta(days=7),
        zone: str = "Europe/Moscow",
        times: str = "",
        holidays: frozenset[date] = frozenset(),
    ) -> Rota:
        clock = ZoneInfo(zone)
        hours = [parse_hours(text, holidays=True) for text in filter(None, times.split(";"))]
        layer = Layer(
            engineers, datetime.fromisoformat(starts), turn, clock, tuple(hours), holidays
        )
        return Rota("duty", {"ru": "Дежурство", "en": "On duty"}, clock, (layer,))

    return make
