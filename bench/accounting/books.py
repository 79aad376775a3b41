"""Holds what reached people against what had to: lost, orphaned, repeated, out of order."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.accounting.faults import BY_NAME
from bench.accounting.ledger import Row, Took, connect, entries_of, read, rows_of
from bench.accounting.model import (
    BEGINNINGS,
    Heard,
    News,
    Story,
    rings,
    stories,
    verdict,
)
from bench.accounting.world import EVERYBODY, RUNG, Who, hears

_SLACK = timedelta(seconds=1)
"""An instant is taken a moment before what happens then is written."""


@dataclass
class Balance:
    """The result. Each list must be empty; ``repeated`` may be at most ``excused``."""

    required: int = 0
    heard: int = 0
    cancelled: int = 0
    refused: int = 0
    doubtful: int = 0
    attempts: int = 0
    repeated: int = 0
    excused: int = 0
    lost: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)
    """Rows that a provider refused for good."""

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.orphans or self.unexcused or self.disorder)


def planned_wrongly(db: sqlite3.Connection) -> list[str]:
    """Where cursor and outbox disagree: each beginning before the cursor has its rows, and
    nothing has any beyond it."""
    cursor = db.execute("SELECT coalesce(max(seq), 0) FROM notify_cursor").fetchone()[0]
    planned = {(row.seq, row.who) for row in rows_of(db)}
    wrong = [f"entry {seq} is planned beyond cursor {cursor}" for seq, _ in planned if seq > cursor]
    for story in stories(entries_of(db)).values():
        for one in story.news:
            if one.telling in BEGINNINGS and one.seq <= cursor:
                wrong += [
                    f"cursor {cursor} is past entry {one.seq}, of which {who} has no delivery"
                    for who in EVERYBODY
                    if hears(who, one.component, one.impact) and (one.seq, who) not in planned
                ]
    return wrong


def balance(state: Path, ledger: Path, in_flight: Counter[str]) -> Balance:
    """``in_flight`` counts, by row, the deaths that met it between claim and record."""
    with closing(connect(state)) as db:
        entries, rows = entries_of(db), rows_of(db)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    told = stories(entries)
    found = Balance(attempts=len(lines), met=Counter(line["fault"] for line in lines))
    reading = read(lines, rows)
    took, found.given_up = reading.took, reading.given_up
    found.orphans += reading.strange
    hurried = {row.incident for row in rows if row.who in RUNG and found.given_up[row.id]}
    for who in EVERYBODY:
        mine = [row for row in rows if row.who == who]
        for incident, story in told.items():
            its = [row for row in mine if row.incident == incident]
            about = About(who, incident, story, its, [t for t in took if _is_of(t, who, incident)])
            _judge(found, about, {row.seq for row in its if in_flight[row.id]})
            _judge_rings(found, about, is_hurried=incident in hurried)
    _repeats(found, took, in_flight)
    _prometheus(found, lines, told, rows)
    return found


def _is_of(took: Took, who: Who, incident: str) -> bool:
    return took.who == who and took.row.incident == incident


# ── what it comes to ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class About:
    """One person and one incident."""

    who: Who
    incident: str
    story: Story
    rows: Sequence[Row]
    took: Sequence[Took]

    def __str__(self) -> str:
        return f"{self.who[0]} {self.who[1]} {self.incident}"


def _judge(into: Balance, it: About, doubtful: set[int]) -> None:
    heard = [Heard(t.seq, t.telling) for t in it.took]
    found = verdict(it.who, it.story, heard, doubtful)
    reached = {t.seq for t in it.took if t.telling not in ("unanswered", "missed")}
    missed = {t.seq for t in it.took if t.telling == "missed"}
    into.orphans += [f"{it} missed (entry {seq}): they had heard" for seq in missed - found.missed]
    into.required += len(found.must)
    into.heard += len(reached | missed)
    for one in it.story.news:
        if one.seq in found.must - reached:
            _account(into, it, one)
        elif one.seq in reached - found.may:
            into.orphans.append(f"{it} {one.telling} (entry {one.seq}): not theirs to hear")
        elif one.seq in reached - found.must:
            into.doubtful += 1
    firsts: dict[int, Took] = {}
    for took in it.took:  # repeats of what was said are skipped
        firsts.setdefault(took.seq, took)
    order = [t.seq for t in sorted(firsts.values(), key=lambda t: (t.t, t.seq))]
    if order != sorted(order):
        into.disorder.append(f"{it}: heard entries {order}")


def _account(into: Balance, it: About, news: News) -> None:
    """It had to be heard and was not: is there a lawful end to it?"""
    row = next((r for r in it.rows if r.seq == news.seq and r.event != "unanswered"), None)
    state = row.state if row else "never planned"
    later = {one.telling for one in it.story.of(news.episode) if one.seq > news.seq}
    needless = {"resolved"} | ({"taken"} if it.who in RUNG else set())
    if state == "cancelled" and later & needless:
        into.cancelled += 1
    elif state == "refused" and row and into.given_up[row.id]:
        into.refused += 1
    else:
        into.lost.append(f"{it} {news.telling} (entry {news.seq}): {state}")


def _judge_rings(into: Balance, it: About, *, is_hurried: bool) -> None:
    """Each ring comes when it may; and where nobody has taken it, everybody is rung.

    It may come before its time where a provider refused somebody's for good.
    """
    heard = [t for t in it.took if t.telling == "unanswered"]
    spans = [s for n in range(1, it.story.episode + 1) for s in rings(it.who, it.story, n)]
    into.heard += len(heard)
    soonest = timedelta(seconds=0.0 if is_hurried else RUNG.get(it.who, 0.0))
    for one in heard:
        if not any(
            since + soonest <= one.at and (until is None or one.at <= until + _SLACK)
            for since, until in spans
        ):
            into.orphans.append(f"{it}: rung at {one.at}, when nobody was to be")
    gave_up = any(row.event == "unanswered" and into.given_up[row.id] for row in it.rows)
    for since, until in spans:
        if until is None:
            into.required += 1
            if not any(one.at >= since for one in heard):
                into.refused += gave_up
                into.lost += [] if gave_up else [f"{it}: never rung since {since}"]


def _repeats(into: Balance, took: Sequence[Took], in_flight: Counter[str]) -> None:
    times = Counter(t.row.id for t in took)
    excuses = Counter(in_flight)
    excuses.update(t.row.id for t in took if t.is_ambiguous)
    for id_, number in times.items():
        again = number - 1
        into.repeated += again
        into.excused += excuses[id_]
        if again > excuses[id_]:
            into.unexcused.append(f"{id_} came {number} times; {excuses[id_]} repeats are excused")


def _prometheus(
    into: Balance,
    lines: Iterable[Mapping[str, Any]],
    told: Mapping[str, Story],
    rows: Sequence[Row],
) -> None:
    """The last word about each incident agrees with the journal, unless it was refused."""
    fires: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line["channel"] == "prom" and BY_NAME[line["fault"]].takes:
            for alert in line["alerts"]:
                (
                    fires[alert["incident"]].discard
                    if alert["ended"]
                    else fires[alert["incident"]].add
                )(alert["impact"])
    for incident, story in told.items():
        its = [row for row in rows if row.who[0] == "prom" and row.incident == incident]
        want = {story.impact} if story.is_open else set()
        into.required += 1
        if any(row.state == "refused" for row in its):
            into.refused += 1
        elif fires[incident] != want:
            into.lost.append(f"prom {incident}: fires as {fires[incident]}, should be {want}")
        else:
            into.heard += 1
