"""The journal at size: append, verify and fold, export and import, and what a start costs.

    .venv/bin/python -m bench.journal [ENTRIES]        (1,000,000 if not said)

The yardstick, in the same run: reading the same rows with sqlite3 alone and hashing their
texts, with nothing checked. Everything is on one core but for SQLite's own work on the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from incidents import archive, audit
from incidents import events as ev
from incidents.events import Because, Event, Impact, Origin, Seen
from incidents.sqlite import SqliteJournal
from incidents.statefile import reader, wrap
from incidents.store import FILE_NAME, check_whole, open_store
from probes.observation import Outcome, Reason
from vahta.state import MIGRATIONS, opened

START = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
COMPONENTS = 200
BATCH = 5_000
SINGLE = 2_000
BUDGET = 60.0
START_BUDGET = 3.0

Item = tuple[str, Event]
"""A stream and what is appended to it."""


def streak(at: datetime, outcome: Outcome, reason: Reason | None) -> tuple[Seen, ...]:
    detail = "no code came within 30 s" if reason else ""
    return tuple(Seen(at + timedelta(seconds=10 * n), outcome, reason, detail) for n in range(3))


def story(number: int, component: str, at: datetime, dice: random.Random) -> Iterator[Item]:
    """The events of one incident, as a portal's life has them: six or so, two in five a blip."""
    id_, stream = f"ИНЦ-{at.year}-{number:04d}", f"component/{component}"
    probes = Because("confirmed_failures", {"in_a_row": 3, "needed": 3, "locations": 1})
    hand = Because("by_hand")
    down, reason = Outcome.DOWN, Reason.TIMEOUT
    bad, good = streak(at, down, reason), streak(at, Outcome.UP, None)
    yield (
        stream,
        ev.Opened(
            id_,
            component,
            Origin.PROBE,
            Impact.MAJOR,
            at,
            probes,
            {"ru": "Коды по СМС", "en": "SMS codes"},
            down,
            reason,
            f"{component}-main",
            "local",
            bad,
        ),
    )
    if dice.random() < 0.4:
        yield stream, ev.Resolved(id_, component, Because("confirmed_recovery"), streak=good)
        return
    if dice.random() < 0.7:
        yield stream, ev.Acknowledged(id_, component, hand)
    waited = Because("publish_after", {"waited_seconds": 180.0, "publish_after_seconds": 180.0})
    yield stream, ev.Published(id_, component, waited)
    if dice.random() < 0.2:
        worse = Because("worsened", {"from": "degraded", "to": "down"})
        yield stream, ev.Reassessed(id_, component, worse, Impact.CRITICAL, down, reason, bad)
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        said = {
            "ru": "Причина найдена, коды отправляем через другого оператора связи.",
            "en": "The cause is found; codes go out through another carrier.",
        }
        yield stream, ev.Updated(id_, component, hand, ev.Status.IDENTIFIED, text=said)
    healed = Because("confirmed_recovery", {"in_a_row": 2, "needed": 2})
    yield stream, ev.Recovering(id_, component, healed, good)
    if dice.random() < 0.15:
        yield stream, ev.Relapsed(id_, component, probes, down, reason, bad)
        yield stream, ev.Recovering(id_, component, healed, good)
    yield stream, ev.Resolved(id_, component, Because("monitored"), streak=good)
    if dice.random() < 0.1:
        again = Because("reopen_within", {"minutes": 12.0, "reopen_within_minutes": 30.0})
        yield stream, ev.Reopened(id_, component, again, at, Impact.MAJOR, down, reason, bad)
        yield stream, ev.Recovering(id_, component, healed, good)
        yield stream, ev.Resolved(id_, component, Because("monitored"), streak=good)


def life() -> Iterator[Item]:
    """Events of all components, interleaved, without end; the same each time."""
    dice = random.Random(4)
    number = itertools.count(1)
    at = START

    def component(name: str) -> Iterator[Item]:
        while True:
            yield from story(next(number), name, at, dice)

    lives = [component(f"service-{n:03d}") for n in range(COMPONENTS)]
    while True:
        at += timedelta(minutes=3)
        yield next(dice.choice(lives))


async def fill(path: Path, items: Iterator[Item], *, at_once: int) -> None:
    """Append as a service does, ``at_once`` events to a transaction; the register stays empty."""
    store = open_store(path, MIGRATIONS, now=START, threads=False)
    journal = SqliteJournal(store)
    at = START
    while chunk := list(itertools.islice(items, at_once)):
        seq, _ = await journal.head()
        at += timedelta(minutes=at_once)
        await journal.append_all(chunk, journal.token_of(seq), at=at, actor="probes")
    await store.close()


# ── what is measured, each in a process of its own ──


def bare(path: Path) -> str:
    """The yardstick: what anybody would write to read every row and hash its texts."""
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    rows = 0
    for row in db.execute("SELECT seq, stream, at, actor, event, prev, hash FROM journal"):
        hashlib.sha256("".join(map(str, row)).encode()).digest()
        rows += 1
    db.close()
    return f"{rows} rows"


def fold(path: Path) -> str:
    """What happens once, after an upgrade or an import: the register from nothing."""

    async def work() -> str:
        async with opened(path.parent, now=NOW, threads=False) as state:
            await state.register.refresh()
            return f"{len(state.register.open_incidents())} open"

    return asyncio.run(work())


def verify(path: Path) -> str:
    """vahta journal verify: the chain, every event folded, every row of the register compared."""
    with closing(reader(path)) as connection:
        verdict, register = audit.verify(wrap(connection))
    assert verdict.flaw is None
    assert not register.flaws
    assert not register.disagreements, register.disagreements[:3]
    return f"{verdict.entries} entries, {register.incidents} incidents"


def write_out(path: Path) -> str:
    with closing(reader(path)) as connection, _lines(path).open("wb") as sink:
        archive.export(wrap(connection), sink.write)
    return f"{_lines(path).stat().st_size / 2**20:.0f} MiB"


def take_in(path: Path) -> str:
    async def work() -> int:
        store = open_store(path.parent / "again" / FILE_NAME, MIGRATIONS, now=NOW, threads=False)
        with _lines(path).open("rb") as source:
            added = await store.write(lambda db: archive.take_in(db, source))
        await store.close()
        return added

    return f"{asyncio.run(work())} entries"


def check(path: Path) -> str:
    assert check_whole(path)
    return f"{path.stat().st_size / 2**20:.0f} MiB"


def start(path: Path) -> str:
    """As a service does: the file looked through, the register at hand."""

    async def work() -> str:
        async with opened(path.parent, now=NOW, threads=True) as state:
            await state.register.refresh()
            return f"{len(state.register.open_incidents())} open"

    return asyncio.run(work())


PHASES: dict[str, Callable[[Path], str]] = {
    work.__name__: work for work in (bare, fold, verify, write_out, take_in, check, start)
}


def measured(phase: str, path: Path, *, is_cold: bool = False) -> float:
    """Seconds that a phase took, printed with what it said and the memory of its process."""
    if is_cold:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    answer = subprocess.run(
        [sys.executable, "-m", "bench.journal", phase, path],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, cpu, mib, said = answer.stdout.rstrip().split(" ", 3)
    name = phase + (" (cold)" if is_cold else "")
    print(
        f"{name:16} {float(seconds):8.2f} s ({float(cpu):6.2f} s of CPU) {mib:>4} MiB resident   {said}",
        flush=True,
    )
    return float(seconds)


def one(phase: str, path: Path) -> None:
    begun, begun_cpu = time.perf_counter(), time.process_time()
    said = PHASES[phase](path)
    seconds = time.perf_counter() - begun
    cpu = time.process_time() - begun_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{seconds:.4f} {cpu:.4f} {peak} {said}")


def main() -> None:
    if len(sys.argv) == 3:
        one(sys.argv[1], Path(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        report(count, Path(folder))


def report(count: int, folder: Path) -> None:
    empty, full, single = (folder / name / FILE_NAME for name in ("empty", "full", "single"))
    seconds = _timed(lambda: asyncio.run(fill(single, itertools.islice(life(), SINGLE), at_once=1)))
    print(f"append one by one {SINGLE / seconds:8.0f} entries/s, each on the disk before the next")
    seconds = _timed(
        lambda: asyncio.run(fill(full, itertools.islice(life(), count), at_once=BATCH))
    )
    print(f"append in bulk    {count / seconds:8.0f} entries/s, {count} entries")
    asyncio.run(fill(empty, iter(()), at_once=1))

    yardstick = measured("bare", full)
    measured("fold", full)
    took = measured("verify", full)
    print(f"verify and fold   {took / BUDGET:8.2f} of the budget of {BUDGET:.0f} s, ", end="")
    print(f"{took / yardstick:.1f} times the bare read")
    measured("write_out", full)
    measured("take_in", full)
    measured("check", full)
    measured("check", full, is_cold=True)
    nothing = min(measured("start", empty) for _ in range(3))
    warm = min(measured("start", full) for _ in range(3))
    cold = measured("start", full, is_cold=True)
    print(
        f"start             {warm / nothing:8.1f} times as long with {count} entries as with none"
    )
    print(f"start, cold       {cold / START_BUDGET:8.2f} of the budget of {START_BUDGET:.0f} s")


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _lines(path: Path) -> Path:
    return path.with_name("journal.jsonl")


if __name__ == "__main__":
    main()
