"""A week of which everything is known: lived through by a real recorder, and told again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bench.backtest import HEADINGS, OPEN_AFTER, again, opened, row, rules, was, would
from bench.known_week import Judged, Week, judge, live_through
from incidents.incident import Incident

WEEK = Week(every=1200, noise=0.002)
SECOND = timedelta(seconds=1)
DOCS = Path(__file__).parents[3] / "docs" / "backtest.md"


@dataclass(frozen=True)
class Past:
    was: list[Incident]
    would: dict[int, list[Incident]]  # by open_after

    def judged(self, open_after: int) -> Judged:
        return judge(WEEK, self.would[open_after])


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    async def make() -> Past:
        store = opened(tmp_path_factory.mktemp("week"))
        await live_through(store, WEEK)
        found = {}
        for n in OPEN_AFTER:
            replay = await store.read(partial(again, house=WEEK.house(open_after=n)))
            found[n] = list(would(replay))
        lived = list(await was(store))
        await store.close()
        return Past(lived, found)

    return asyncio.run(make())


def test_unchanged_rules_give_back_exactly_what_was_opened(past: Past) -> None:
    there = {i.id: i for i in past.would[3]}
    assert there.keys() == {i.id for i in past.was}
    for one in past.was:
        other = there[one.id]
        assert (other.component, other.status, other.impact) == (
            one.component,
            one.status,
            one.impact,
        )
        assert [a.component for a in other.affected] == [a.component for a in one.affected]
        for name in ("started_at", "opened_at", "published_at", "acknowledged_at", "resolved_at"):
            lived, told = getattr(one, name), getattr(other, name)
            assert (lived is None) == (told is None), (one.id, name)
            assert lived is None or abs(lived - told) <= SECOND, (one.id, name)


def test_the_week_has_something_of_everything(past: Past) -> None:
    assert len(past.was) > 20
    assert any(i.published_at is None for i in past.was)
    assert any(i.is_umbrella for i in past.was)
    assert any(i.acknowledged_at for i in past.was)
    assert any(a.cause and a.cause.value == "dependency" for i in past.was for a in i.affected)


def test_the_default_rules_miss_nothing(past: Past) -> None:
    assert past.judged(3).missed == 0


def test_opening_after_one_failure_is_sooner_and_believes_noise(past: Past) -> None:
    default, eager = past.judged(3), past.judged(1)
    assert eager.delay(5) < default.delay(5)
    assert eager.false > default.false
    assert eager.missed == 0


def test_opening_after_five_failures_is_later_and_believes_less(past: Past) -> None:
    default, slow = past.judged(3), past.judged(5)
    assert slow.delay(5) > default.delay(5)
    assert slow.false <= default.false
    assert slow.missed >= default.missed


async def test_the_documented_table_is_the_one_that_the_command_prints() -> None:
    lines = await rules(Week(every=7200), live=True)
    documented = [line for line in DOCS.read_text().splitlines() if line.startswith("|")]
    assert documented[:2] == list(HEADINGS) == list(lines[:2])
    assert [line.split("|")[1] for line in documented] == [line.split("|")[1] for line in lines]
    assert all(len(line.split("|")) == 8 for line in documented)


def test_a_row_of_the_table_in_numbers() -> None:
    found = Judged(3, (timedelta(seconds=4), timedelta(seconds=8)), missed=1, false=2)
    assert row("x", found) == "| x | 3 | 6 s | 8 s | 2 | 1 |"
