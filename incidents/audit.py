"""Holds the register against the journal: what is shown must be what was written down.

Every event is folded anew and compared with the register's rows, one incident after the other:
so memory holds one incident, however long the journal is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from sqlite_utils import Database

from incidents import fold
from incidents import maintenance as works
from incidents.chain import Flaw, Head, Verdict, walk
from incidents.codec import load_incident, load_maintenance
from incidents.events import Called, MaintenanceEvent, Unrecognised
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.maintenance import Maintenance
from incidents.sqlite import entry, head, rows, rows_by_incident

Kept: TypeAlias = Incident | Maintenance
"""What a row of the register's is about."""

_DOC = "doc"
_ROW = {
    Incident: "SELECT * FROM incident WHERE id = ?",
    Maintenance: "SELECT * FROM maintenance WHERE id = ?",
}
_IDS = "SELECT id FROM incident UNION ALL SELECT id FROM maintenance ORDER BY id"
_SHUT = """
    SELECT json_extract(event, '$.incident') AS opened
    FROM journal_open JOIN journal USING (seq) LEFT JOIN incident ON incident.id = opened
    WHERE seq <= ? AND NOT coalesce(is_open, 0) LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An incident, or announced work, that the register has otherwise than the journal."""

    incident: str
    problem: str


@dataclass(frozen=True, slots=True)
class Audit:
    """``flaws`` are entries that cannot be folded; ``cursor`` is how far the register had read."""

    incidents: int
    cursor: int
    flaws: Sequence[Flaw] = ()
    disagreements: Sequence[Disagreement] = ()


def verify(db: Database, heads: Sequence[Head] = ()) -> tuple[Verdict, Audit]:
    """The chain and the register, as of one moment: others may write meanwhile."""
    with db.atomic():
        return walk(rows(db), heads), audit(db)


def audit(db: Database) -> Audit:
    """Fold the journal and compare with the register, up to where the register has read."""
    cursor = _cursor(db)
    seen: set[str] = set()
    flaws: list[Flaw] = []
    found: list[Disagreement] = []
    for id_, story in _stories(db, flaws):
        kept = _folded(story, cursor, flaws)
        if kept is not None:
            seen.add(id_)
            found += _compare(db, id_, kept)
    found += _beyond(db, cursor, seen)
    return Audit(len(seen), cursor, sorted(flaws, key=lambda flaw: flaw.seq), found)


def illegal(db: Database) -> Sequence[Flaw]:
    """Entries that no state can follow from, or that cannot be read at all."""
    flaws: list[Flaw] = []
    for _, story in _stories(db, flaws):
        _folded(story, 0, flaws)
    return sorted(flaws, key=lambda flaw: flaw.seq)


def unfit(db: Database) -> str | None:
    """Why the register cannot stand for the journal, as far as a moment's look can tell.

    This is what a start may ask: it folds nothing. An automatic incident that is open by the
    journal's own guards must be open in the register too.
    """
    with db.atomic():
        cursor, last = _cursor(db), head(db).seq
        if cursor > last:
            return f"it has read to entry {cursor}, and the journal ends with {last}"
        row = db.execute(_SHUT, [cursor]).fetchone()
        return f"{row[0]} is open in the journal and not in the register" if row else None


def forget(db: Database) -> None:
    """Drop what the register has derived, inside a transaction; its next refresh folds anew."""
    for statement in (
        "DELETE FROM incident",
        "DELETE FROM touched",
        "DELETE FROM maintenance",
        "DELETE FROM cursor WHERE consumer = 'register'",
    ):
        db.execute(statement)


def _stories(db: Database, flaws: list[Flaw]) -> Iterator[tuple[str, Iterable[Entry]]]:
    """Each incident's entries, oldest first."""

    def readable() -> Iterator[Entry]:
        for row in rows_by_incident(db):
            try:
                yield entry(row)
            except ValueError:
                flaws.append(Flaw(row[0], "is not an event that any version wrote"))

    return groupby(readable(), key=lambda one: one.event.incident)


def _folded(story: Iterable[Entry], upto: int, flaws: list[Flaw]) -> Kept | None:
    """What one incident was at entry ``upto``. Later entries need only be foldable."""
    kept: Kept | None = None
    state: Kept | None = None
    for one in story:
        try:
            state = _after(state, one)
        except ValueError as error:
            flaws.append(Flaw(one.seq, f"cannot follow what was before it: {error}"))
        if one.seq <= upto:
            kept = state
    return kept


def _after(before: Kept | None, one: Entry) -> Kept | None:
    """The register's own rule; None where it keeps nothing."""
    if isinstance(one.event, Called):
        return before  # calls are counted by those who note them
    if isinstance(one.event, MaintenanceEvent):
        work = before if isinstance(before, Maintenance) else None
        return works.evolve(work, one.event, at=one.at)
    if before is None and isinstance(one.event, Unrecognised):
        return None  # of an incident that only a newer version knows
    incident = before if isinstance(before, Incident) else None
    return fold.evolve(incident, one.event, at=one.at, actor=one.actor)


def _compare(db: Database, id_: str, kept: Kept) -> Iterator[Disagreement]:
    cursor = db.execute(_ROW[type(kept)], [id_])
    row = cursor.fetchone()
    if row is None:
        yield Disagreement(id_, "is in the journal, and the register has none of it")
        return
    wrong: list[str] = []
    for (column, *_), value in zip(cursor.description, row, strict=True):
        if column == _DOC:
            wrong += _differing(value, kept)
        elif value != _as_kept(getattr(kept, column, value)):
            wrong.append(f"column {column}")
    if wrong:
        said = f"the register says otherwise than the journal: {', '.join(wrong)}"
        yield Disagreement(id_, said)


def _as_kept(value: object) -> object:
    """A field as a column keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _differing(doc: str, kept: Kept) -> Sequence[str]:
    """The fields of a row's document that are not what was folded, by name."""
    load = load_incident if isinstance(kept, Incident) else load_maintenance
    try:
        found = load(doc)
    except ValueError:
        return ["its document cannot be read"]
    if found == kept:
        return ()
    names = (field.name for field in fields(kept))
    return [name for name in names if getattr(found, name) != getattr(kept, name)]


def _beyond(db: Database, cursor: int, seen: set[str]) -> Iterator[Disagreement]:
    """What the register has and the journal has not."""
    last = head(db).seq
    if cursor > last:
        gone = f"the register has read to entry {cursor}, and the journal ends with {last}"
        yield Disagreement("", f"{gone}: its tail was cut off")
    for (id_,) in db.execute(_IDS):
        if id_ not in seen:
            yield Disagreement(id_, "is in the register, and the journal knows nothing of it")


def _cursor(db: Database) -> int:
    row = db.execute("SELECT seq FROM cursor WHERE consumer = 'register'").fetchone()
    return int(row[0]) if row else 0
