"""How long an operator waits: 300 open incidents, 1,000 articles, 100,000 past incidents.

    .venv/bin/python -m bench.lookup [PAST]

Asked as it is typed, every prefix of every phrase, with SQLite's trigram search over the same
documents as the yardstick in the same run.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlite_utils import Database

import incidents.find.schema
import incidents.schema
from bench.evaluate_lookup import incidents as world_of
from bench.evaluate_lookup import phrases
from incidents.article import Article
from incidents.codec import dump_incident
from incidents.events import Status
from incidents.find import past
from incidents.find.lexicon import Lexicon
from incidents.find.lookup import Lookup
from incidents.incident import Incident
from incidents.register import Register
from incidents.sqlite import SqliteJournal
from incidents.store import Store, open_store
from incidents.texts import Texts

OPEN, ARTICLES, PAST = 300, 1_000, 100_000
NOW = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
TRIGRAMS = 12
"""Of a phrase, for the yardstick: all of a long one's would take it seconds."""


def many_incidents(
    count: int, chance: random.Random, *, year: int, status: Status
) -> Iterator[Incident]:
    """The worlds' incidents over and over, each with some words of another's."""
    seeds = [*world_of("portal"), *world_of("week"), *world_of("card")]
    vocabulary = sorted({w for i in seeds for t in i.public_text.values() for w in t.split()})
    for number in range(1, count + 1):
        seed = chance.choice(seeds)
        more = " ".join(chance.sample(vocabulary, 2))
        started = NOW - timedelta(minutes=number)
        yield replace(
            seed,
            id=f"ИНЦ-{year}-{number:06d}",
            title={"ru": f"{seed.title['ru']} {more}"},
            status=status,
            started_at=started,
            opened_at=started,
            resolved_at=None if status.is_open else started + timedelta(hours=1),
        )


def many_articles(count: int, chance: random.Random, texts: Texts) -> Sequence[Article]:
    seeds = list(texts.articles.values())
    vocabulary = sorted({w for a in seeds for p in a.said.values() for t in p for w in t.split()})
    return [
        replace(
            seed,
            id=f"{seed.id}-{number}",
            reasons=(),
            said={
                lang: tuple(f"{said} {chance.choice(vocabulary)}" for said in each)
                for lang, each in seed.said.items()
            },
        )
        for number, seed in enumerate(chance.choices(seeds, k=count))
    ]


def fill(db: Database, known: Sequence[Incident]) -> None:
    """Straight into the tables: what is measured is finding, not folding."""
    rows = [
        (
            i.id,
            i.component,
            int(i.is_open),
            i.opened_at.isoformat(),
            i.resolved_at and i.resolved_at.isoformat(),
            None,
            dump_incident(i),
        )
        for i in known
    ]
    db.conn.executemany("INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    lexicon = Lexicon.load()
    for incident in known:
        past.remember(db, incident, lexicon)


def trigram_table(known: Sequence[Incident], articles: Sequence[Article]) -> Database:
    db = Database(memory=True)
    db.execute("CREATE VIRTUAL TABLE t USING fts5(said, tokenize='trigram')")
    said = [
        " ".join(
            [
                *i.title.values(),
                *i.public_text.values(),
                *(w for s in i.symptoms for w in s.values()),
            ]
        )
        for i in known
    ]
    said += [
        " ".join([*a.titles.values(), *(w for each in a.said.values() for w in each)])
        for a in articles
    ]
    db.conn.executemany("INSERT INTO t VALUES (?)", [(text.lower(),) for text in said])
    return db


def by_trigrams(db: Database, text: str) -> Sequence[object]:
    plain = "".join(c for c in text.lower() if c.isalnum() or c == " ")
    grams = list(dict.fromkeys(plain[i : i + 3] for i in range(len(plain) - 2)))[:TRIGRAMS]
    if not grams:
        return ()
    match = " OR ".join(f'"{gram}"' for gram in grams)
    return db.execute(
        "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 5", [match]
    ).fetchall()


async def timed(
    asked: Sequence[str], ask: Callable[[str], Awaitable[object]]
) -> list[tuple[float, float]]:
    """Milliseconds for each, of CPU and by the clock: on a busy machine only CPU tells."""
    found = []
    for text in asked:
        clock, cpu = time.perf_counter(), time.thread_time()
        await ask(text)
        cpu, clock = time.thread_time() - cpu, time.perf_counter() - clock
        found.append((cpu * 1e3, clock * 1e3))
    return found


def told(name: str, took: Sequence[tuple[float, float]]) -> str:
    cells = []
    for kind, column in zip(("CPU", "clock"), zip(*took, strict=True), strict=True):
        p50, p99 = (sorted(column)[int(len(column) * share)] for share in (0.5, 0.99))
        cells.append(f"{kind} p50 {p50:7.2f} p99 {p99:7.2f} ms")
    return f"{name:42} {'   '.join(cells)}   ({len(took)} lookups)"


async def measure(store: Store, count: int) -> None:
    chance = random.Random(1)
    texts = Texts.load(["ru", "en"])
    articles = many_articles(ARTICLES, chance, texts)
    now_open = list(many_incidents(OPEN, chance, year=2026, status=Status.INVESTIGATING))
    over = list(many_incidents(count, chance, year=2025, status=Status.RESOLVED))
    begun = time.perf_counter()
    await store.write(lambda db: fill(db, [*now_open, *over]))
    print(f"{count} past incidents written and indexed in {time.perf_counter() - begun:.1f} s")
    register = Register(store, SqliteJournal(store))
    await register.refresh()
    loaded = replace(texts, articles={a.id: a for a in articles})
    lookup = Lookup(register, loaded, "ru", store=store)
    begun = time.perf_counter()
    await lookup.refresh()
    print(f"index in memory built in {time.perf_counter() - begun:.2f} s")
    gc.collect()
    gc.freeze()

    whole = [p.text for world in ("portal", "week") for p in phrases(world) if p.text]
    chance.shuffle(whole)
    typed = [text[:end] for text in whole[:150] for end in range(1, len(text) + 1)]

    async def in_memory(text: str) -> object:
        return lookup.find(text)

    trigrams = trigram_table([*now_open, *over], articles)

    async def yardstick(text: str) -> object:
        return by_trigrams(trigrams, text)

    print(told("whole phrases, in memory", await timed(whole, in_memory)))
    ours = await timed(whole, lookup.search)
    print(told("whole phrases, the past too", ours))
    print(told("every prefix as it is typed, the past too", await timed(typed, lookup.search)))
    theirs = await timed(whole[:200], yardstick)
    print(told("SQLite FTS5 trigram, the same documents", theirs))
    ratio = median(cpu for cpu, _ in ours) / median(cpu for cpu, _ in theirs)
    print(f"ratio of the medians: {ratio:.3f}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PAST
    with tempfile.TemporaryDirectory() as folder:
        migrations = (incidents.schema.migrations, incidents.find.schema.migrations)
        store = open_store(Path(folder) / "vahta.sqlite3", migrations, now=NOW, threads=False)
        asyncio.run(measure(store, count))


if __name__ == "__main__":
    main()
