"""What a page costs as its board grows: rendering all of it, and only what one change makes anew.

    .venv/bin/python -m bench.page [--components 12 100 1000] [--past 500] [--rounds 5]

The board has ninety days of history of every component, 500 incidents that are over (as many as
the service shows), and two languages. Three things are timed, the yardstick first:

- full: a new site that knows nothing renders and publishes everything,
- event: an incident is published of one component, and what it changes is on the disk,
- minute: nothing changed, and the page says that it is fresh.

Files are those written anew, precompressed siblings included; the others stay as they are. CPU is
what this process used: on a busy machine it says more than the time by the clock.

Then the same through a whole service (bench/_service.py): from the command that publishes or
resolves an incident to the page that a reader of the directory gets. The bounds hold for the best
of all events, since a busy machine only adds to it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

from bench._service import whole_path
from incidents.component import Component
from incidents.events import Impact, Origin, Status
from incidents.evidence import Evidence
from incidents.health import ComponentStatus, Health, health
from incidents.history.chronicle import Chronicle, period, told
from incidents.history.sketch import Latency
from incidents.history.uptime import Record
from incidents.incident import Affected, Incident
from incidents.texts import Texts
from probes.observation import Outcome, Reason
from statuspage.board import Portal, Snapshot
from statuspage.packing import Packer
from statuspage.release import publish
from statuspage.remembering import Storyteller
from statuspage.site import Site

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 22, 9, 48, 30, tzinfo=UTC)
LANGUAGES = ("ru", "en")
BOUNDS = {12: 0.3, 1000: 2.0}
"""Seconds that an event may take, by components."""


def component(number: int) -> Component:
    return Component(
        f"c{number}", {"ru": f"Услуга {number}", "en": f"Service {number}"}, probes=(f"p{number}",)
    )


def incident(number: int, of: Component, *, began: datetime, ended: datetime | None) -> Incident:
    return Incident(
        id=f"ИНЦ-2026-{number:04}",
        component=of.id,
        origin=Origin.PROBE,
        status=Status.RESOLVED if ended else Status.INVESTIGATING,
        impact=Impact.MAJOR,
        started_at=began,
        opened_at=began,
        changed_at=ended or began,
        published_at=began + timedelta(minutes=3),
        resolved_at=ended,
        component_name=of.name,
        outcome=Outcome.DOWN,
        reason=Reason.TIMEOUT,
        title={"ru": f"{of.called('ru')}: нет ответа", "en": f"{of.called('en')}: no answer"},
        probes_agree=True,
        affected=(Affected(of.id, began, ended, Outcome.DOWN, Reason.TIMEOUT),),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """A snapshot of so many components, and the same with one incident more."""

    before: Snapshot
    after: Snapshot


def world(count: int, past_count: int) -> World:
    components = [component(number) for number in range(count)]
    past = [
        incident(
            number, components[number % count], began=began, ended=began + timedelta(minutes=40)
        )
        for number in range(past_count)
        for began in [NOW - timedelta(days=1 + number % 88, hours=number % 20)]
    ]
    latency = {day: Latency(2880, 80.0, 140.0, 300.0) for day in period(NOW, ZONE).dates[:-1]}
    touching: dict[str, list[Incident]] = {}
    for one in past:
        touching.setdefault(one.component, []).append(one)

    def chronicle(id_: str, incidents: Sequence[Incident]) -> Chronicle:
        record = Record(id_, incidents, sights=[(NOW - timedelta(days=80), NOW)])
        return told(record, period(NOW, ZONE), latency, now=NOW, published_only=True)

    before = Snapshot(
        portal=Portal(
            {"ru": "Портал", "en": "Portal"}, "https://portal.example/", ZONE.key, LANGUAGES
        ),
        page_url="https://status.example/",
        components=[
            Health(one, ComponentStatus.OPERATIONAL, ComponentStatus.OPERATIONAL)
            for one in components
        ],
        incidents=past,
        contacts=(),
        now=NOW,
        history={one.id: chronicle(one.id, touching.get(one.id, ())) for one in components},
    )
    hit, later = components[count // 2], NOW + timedelta(seconds=10)
    new = incident(9000, hit, began=NOW - timedelta(minutes=4), ended=None)
    after = replace(
        before,
        now=later,
        components=[
            health(one.component, [new], Evidence(), later) if one.component is hit else one
            for one in before.components
        ],
        incidents=[new, *past],
        history={**before.history, hit.id: chronicle(hit.id, [*touching.get(hit.id, ()), new])},
    )
    return World(before, after)


@dataclass(frozen=True, slots=True)
class Cost:
    seconds: float
    cpu: float
    files: int


class Page:
    """One site and where it is published."""

    def __init__(self, texts: Texts, directory: Path) -> None:
        self._site = Site(texts, LANGUAGES)
        self._packer = Packer()
        self._storyteller = Storyteller()
        self._directory = directory

    def show(self, snapshot: Snapshot) -> Cost:
        began, spent = perf_counter(), process_time()
        files = self._site.render(self._storyteller.board(snapshot))
        written = publish(self._packer.packed(files), self._directory)
        return Cost(perf_counter() - began, process_time() - spent, written)


def measured(texts: Texts, count: int, past: int, rounds: int) -> dict[str, Cost]:
    costs: dict[str, list[Cost]] = {"full": [], "event": [], "minute": []}
    seen = world(count, past)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            page = Page(texts, Path(folder) / "page")
            costs["full"].append(page.show(seen.before))
            costs["event"].append(page.show(seen.after))
            costs["minute"].append(page.show(replace(seen.after, now=NOW + timedelta(minutes=1))))
    return {
        name: Cost(
            statistics.median(c.seconds for c in them),
            statistics.median(c.cpu for c in them),
            them[-1].files,
        )
        for name, them in costs.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--components", type=int, nargs="+", default=[12, 100, 1000])
    parser.add_argument("--past", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    texts = Texts.load(LANGUAGES)
    print(f"load average {os.getloadavg()[0]:.1f}")
    print("components   what      seconds       CPU     files   CPU of a full one")
    for count in given.components:
        costs = measured(texts, count, given.past, given.rounds)
        for name, cost in costs.items():
            share = cost.cpu / costs["full"].cpu
            print(
                f"{count:10}   {name:7} {cost.seconds:9.3f} {cost.cpu:9.3f} {cost.files:9}"
                f" {share:19.1%}"
            )
    late = False
    print("through the service   median     worst       CPU  most CPU   (seconds)")
    for count in given.components:
        taken = whole_path(count, given.past, given.rounds)
        late = late or min(taken.seconds) > BOUNDS.get(count, float("inf"))
        print(f"{count:10}         {taken}")
    if late:
        print("an event took longer than it may")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
