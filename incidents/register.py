"""The read model: incidents as they stand, folded from the journal, in rows and at hand.

Rows and the cursor move in one transaction, so any process may do the folding; open incidents
and the latest of each component are kept in memory for deciding and for finding.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from incidents import maintenance as works
from incidents.agenda import latest_of_each
from incidents.codec import (
    decode,
    dump_incident,
    dump_maintenance,
    load_incident,
    load_maintenance,
)
from incidents.events import Called, IncidentEvent, MaintenanceEvent, Unrecognised
from incidents.fold import evolve
from incidents.incident import Incident
from incidents.journal import Entry, Token
from incidents.maintenance import Maintenance
from incidents.sqlite import SqliteJournal, read_entries
from incidents.store import Store

_BATCH = 5_000
_LATELY = timedelta(days=1)


class Register:
    """Call ``refresh`` before relying on what it says; ``token`` is then good for appending."""

    def __init__(self, store: Store, journal: SqliteJournal) -> None:
        self._store = store
        self._journal = journal
        self._seq = -1
        self._incidents: dict[str, Incident] = {}
        self._works: dict[str, Maintenance] = {}
        self._components: set[str] = set()
        self._closed: dict[str, Incident] = {}
        self._moved = asyncio.Event()

    @property
    def seq(self) -> int:
        """The last journal entry this view has taken in; -1 before the first refresh."""
        return self._seq

    @property
    def token(self) -> Token:
        """Of the last entry taken in: what was appended since then makes it out of date."""
        return self._journal.token_of(self._seq)

    async def refresh(self) -> Sequence[Entry]:
        """Take in what is new in the journal, and answer it (nothing on the first call)."""
        if self._seq < 0:
            await self._store.write(self._catch_up)
            rows, plans, self._seq = await self._store.read(_at_hand)
            self._incidents = {i.id: i for i in map(load_incident, rows)}
            self._works = {w.id: w for w in map(load_maintenance, plans)}
            self._components = set(await self._store.read(_components))
            self._has_moved()
            return ()
        if (await self._journal.head())[0] == self._seq:
            return ()
        since, known = self._seq, dict(self._incidents)
        await self._store.write(lambda db: self._catch_up(db, since, known))
        entries, incidents, changed = await self._store.read(lambda db: _news(db, since, known))
        self._incidents.update({i.id: i for i in incidents})
        self._works.update({w.id: w for w in changed})
        self._components.update(i.component for i in incidents)
        self._seq = entries[-1].seq if entries else self._seq
        if entries:
            self._let_go(entries[-1].at)
            self._has_moved()
        return entries

    async def changed(self, after: int) -> None:
        """Return once an entry later than ``after`` was taken in, whoever had it refreshed."""
        while self._seq <= after:
            await self._moved.wait()

    def open_incidents(self) -> Sequence[Incident]:
        """Every unresolved incident, newest first."""
        found = [i for i in self._incidents.values() if i.is_open]
        return sorted(found, key=lambda i: (i.opened_at, i.id), reverse=True)

    def at_hand(self) -> tuple[Incident, ...]:
        """Every open incident, and of each component the latest automatic one it was part of."""
        return tuple(self._incidents.values())

    def maintenance(self) -> tuple[Maintenance, ...]:
        """Announced work that is not over, and what ended lately, in the order of its start."""
        return tuple(sorted(self._works.values(), key=lambda w: (w.starts_at, w.id)))

    async def find(self, incident: str) -> Incident | None:
        """One incident by its number, however old."""
        if incident in self._incidents:
            return self._incidents[incident]
        row = await self._store.read(
            lambda db: db.execute("SELECT doc FROM incident WHERE id = ?", [incident]).fetchone()
        )
        return load_incident(row[0]) if row else None

    async def closed(
        self, limit: int | None = None, *, since: datetime | None = None
    ) -> Sequence[Incident]:
        """Resolved incidents, latest first, blips included."""
        return [
            load_incident(doc) for doc in await self._resolved("resolved_at >= ?", since, limit)
        ]

    async def closed_public(self, limit: int, *, since: datetime) -> Sequence[Incident]:
        """Resolved incidents that citizens were told of, latest first.

        Each is the very one answered before where nothing changed: the page asks at every event.
        """
        where = "resolved_at >= ? AND published_at IS NOT NULL"
        docs, known = await self._resolved(where, since, limit), self._closed
        self._closed = {doc: known.get(doc) or load_incident(doc) for doc in docs}
        return list(self._closed.values())

    async def _resolved(
        self, where: str, since: datetime | None, limit: int | None
    ) -> Sequence[str]:
        sql = (
            f"SELECT doc FROM incident WHERE NOT is_open AND {where}"
            " ORDER BY resolved_at DESC LIMIT ?"
        )
        values = [since.isoformat() if since else "", -1 if limit is None else limit]
        rows = await self._store.read(lambda db: db.execute(sql, values).fetchall())
        return [doc for (doc,) in rows]

    async def timeline(self, incident: Incident) -> Sequence[Entry]:
        """What happened to one incident, oldest first; calls noted against it are left out."""
        return await self._store.read(lambda db: entries_about(db, incident.id))

    async def past_maintenance(self, since: datetime) -> Sequence[Maintenance]:
        """Work that was over after ``since``, and all that isn't over."""
        sql = "SELECT doc FROM maintenance WHERE NOT is_over OR changed_at >= ? ORDER BY id"
        rows = await self._store.read(lambda db: db.execute(sql, [since.isoformat()]).fetchall())
        return [load_maintenance(doc) for (doc,) in rows]

    def components(self) -> frozenset[str]:
        """Every component that any incident has named: an import may bring unknown ones."""
        return frozenset(self._components)

    async def next_id(self, prefix: str, year: int) -> str:
        """The next free number of the year; imported ones are counted on from."""
        stem = f"{prefix}-{year}-"
        taken = await self._store.read(
            lambda db: [*_numbers(db, "incident", stem), *_numbers(db, "maintenance", stem)]
        )
        return f"{stem}{max(taken, default=0) + 1:04d}"

    def _has_moved(self) -> None:
        # Whoever waits holds the old event; the next to wait gets a fresh one.
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def _let_go(self, now: datetime) -> None:
        """Keep what is open, and of each component the latest automatic one it was part of."""
        self._works = {
            w.id: w for w in self._works.values() if not w.is_over or now - w.changed_at < _LATELY
        }
        keep = latest_of_each(self._incidents.values())
        self._incidents = {i.id: i for i in self._incidents.values() if i.is_open or i.id in keep}

    @staticmethod
    def _catch_up(
        db: Database, since: int = -1, known: Mapping[str, Incident] = MappingProxyType({})
    ) -> None:
        """Fold what the rows don't have yet; with the cursor, all or nothing.

        ``known``, as of ``since``, need not be read from the rows: a great incident is a long text.
        """
        while entries := read_entries(db, cursor := _cursor(db), _BATCH):
            incidents = dict(known) if cursor == since else {}
            plans: dict[str, Maintenance] = {}
            for entry in entries:
                if isinstance(entry.event, MaintenanceEvent):
                    _fold_work(db, entry, entry.event, plans)
                elif not isinstance(entry.event, Called):
                    _fold(db, entry, entry.event, incidents)
            news = [i for key, i in incidents.items() if known.get(key) is not i]
            db.conn.executemany(
                "INSERT OR REPLACE INTO incident"
                " (id, component, is_open, opened_at, resolved_at, published_at, doc)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [_row(incident) for incident in news],
            )
            db.conn.executemany(
                "INSERT OR IGNORE INTO touched (component, incident, opened_at) VALUES (?, ?, ?)",
                [row for incident in news for row in _touches(incident)],
            )
            db.conn.executemany(
                "INSERT OR REPLACE INTO maintenance VALUES (?, ?, ?, ?)",
                [
                    (w.id, int(w.is_over), w.changed_at.isoformat(), dump_maintenance(w))
                    for w in plans.values()
                ],
            )
            db.execute("INSERT OR REPLACE INTO cursor VALUES ('register', ?)", [entries[-1].seq])


def _fold(db: Database, entry: Entry, event: IncidentEvent, folded: dict[str, Incident]) -> None:
    before = folded.get(event.incident) or _load(db, event.incident)
    if before is None and isinstance(event, Unrecognised):
        return  # of an incident that only a newer version knows
    folded[event.incident] = evolve(before, event, at=entry.at, actor=entry.actor)


def _fold_work(
    db: Database, entry: Entry, event: MaintenanceEvent, folded: dict[str, Maintenance]
) -> None:
    before = folded.get(event.incident) or _load_work(db, event.incident)
    folded[event.incident] = works.evolve(before, event, at=entry.at)


def stream_of(incident: Incident) -> str:
    """A component's automatic incidents share its stream; others have one each."""
    return (
        component_stream(incident.component) if incident.is_automatic else own_stream(incident.id)
    )


def component_stream(component: str) -> str:
    return f"component/{component}"


def own_stream(incident: str) -> str:
    return f"incident/{incident}"


def maintenance_stream(maintenance: str) -> str:
    return f"maintenance/{maintenance}"


def entries_about(db: Database, incident: str) -> Sequence[Entry]:
    """All entries of one incident, or of one announced work, oldest first."""
    rows = db.execute(
        "SELECT seq, stream, at, actor, event FROM journal"
        " WHERE json_extract(event, '$.incident') = ?"
        " AND json_extract(event, '$.kind') <> 'called' ORDER BY seq",
        [incident],
    ).fetchall()
    return [
        Entry(seq, stream, datetime.fromisoformat(at), actor, decode(event))
        for seq, stream, at, actor, event in rows
    ]


def _cursor(db: Database) -> int:
    row = db.execute("SELECT seq FROM cursor WHERE consumer = 'register'").fetchone()
    return int(row[0]) if row else 0


def _load(db: Database, incident: str) -> Incident | None:
    row = db.execute("SELECT doc FROM incident WHERE id = ?", [incident]).fetchone()
    return load_incident(row[0]) if row else None


def _row(incident: Incident) -> Sequence[Any]:
    return (
        incident.id,
        incident.component,
        int(incident.is_open),
        incident.opened_at.isoformat(),
        incident.resolved_at.isoformat() if incident.resolved_at else None,
        incident.published_at.isoformat() if incident.published_at else None,
        dump_incident(incident),
    )


def _load_work(db: Database, maintenance: str) -> Maintenance | None:
    row = db.execute("SELECT doc FROM maintenance WHERE id = ?", [maintenance]).fetchone()
    return load_maintenance(row[0]) if row else None


def _touches(incident: Incident) -> Sequence[Any]:
    if not incident.is_automatic:
        return ()
    components = {incident.component, *(a.component for a in incident.affected)}
    return [(c, incident.id, incident.opened_at.isoformat()) for c in sorted(components)]


def _at_hand(db: Database) -> tuple[Sequence[str], Sequence[str], int]:
    with db.atomic():
        rows = db.execute(
            "SELECT doc FROM incident WHERE is_open UNION "
            f"SELECT doc FROM incident WHERE id IN ({_LATEST_TOUCHED}) UNION "
            f"SELECT doc FROM incident WHERE id IN ({_LATEST_OWN})"
        ).fetchall()
        plans = db.execute("SELECT doc FROM maintenance WHERE NOT is_over").fetchall()
        return [row[0] for row in rows], [row[0] for row in plans], _cursor(db)


_LATEST_TOUCHED = """
    SELECT (
        SELECT incident FROM touched WHERE touched.component = known.component
        ORDER BY opened_at DESC, incident DESC LIMIT 1
    ) FROM (SELECT DISTINCT component FROM touched) AS known
"""
_LATEST_OWN = """
    SELECT (
        SELECT id FROM incident WHERE incident.component = known.component
            AND json_extract(doc, '$.origin') = 'probe'
        ORDER BY opened_at DESC, id DESC LIMIT 1
    ) FROM (SELECT DISTINCT component FROM touched) AS known
"""


def _news(
    db: Database, since: int, known: Mapping[str, Incident]
) -> tuple[Sequence[Entry], Sequence[Incident], Sequence[Maintenance]]:
    with db.atomic():
        limit = _cursor(db) - since
        entries = read_entries(db, since, limit)
        changed = sorted({entry.event.incident for entry in entries})
        folded = dict(known)
        for entry in entries:
            if entry.event.incident in known and isinstance(entry.event, IncidentEvent):
                _fold(db, entry, entry.event, folded)
        incidents = [i for key in changed if (i := folded.get(key) or _load(db, key))]
        return entries, incidents, [w for key in changed if (w := _load_work(db, key))]


def _components(db: Database) -> Sequence[str]:
    rows = db.execute("SELECT DISTINCT component FROM incident").fetchall()
    return [component for (component,) in rows]


def _numbers(db: Database, table: str, stem: str) -> Sequence[int]:
    after = stem[:-1] + chr(ord(stem[-1]) + 1)  # so that the primary key's order is of use
    rows = db.execute(f"SELECT id FROM {table} WHERE id >= ? AND id < ?", [stem, after])
    return [int(n) for (id_,) in rows.fetchall() if (n := id_[len(stem) :]).isdecimal()]
