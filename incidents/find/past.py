"""Resolved incidents, however many: their words in SQLite's full-text index.

What is found here is only a handful of candidates, which are then ranked like all others. The
index follows the register by a cursor of its own, which moves in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from incidents.codec import load_incident
from incidents.find import numbers
from incidents.find.letters import normal, sound, words
from incidents.find.lexicon import Level, Lexicon
from incidents.find.reading import Item, Query
from incidents.incident import Incident

_BATCH = 1000
"""How many journal entries are taken in by one transaction: others want to write too."""
_LOOKED_AT, _ANSWERED = 40, 6
_LIKELY = 0.8
_ASKED_FOR = 2


def catch_up(db: Database, lexicon: Lexicon) -> bool:
    """Take in what the register has folded since; True if there is more. Run in a transaction.

    When the lexicon has changed since the last time, everything is read again.
    """
    after = _cursor(db, lexicon)
    rows = db.execute(
        "SELECT seq, json_extract(event, '$.incident') FROM journal WHERE seq > ? AND seq <="
        " (SELECT seq FROM cursor WHERE consumer = 'register') ORDER BY seq LIMIT ?",
        [after, _BATCH],
    ).fetchall()
    if not rows:
        return False
    for id_ in {incident for _, incident in rows if incident}:
        for incident in _load(db, id_):
            remember(db, incident, lexicon)
    db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", [_consumer(lexicon), rows[-1][0]])
    return len(rows) == _BATCH


def candidates(db: Database, query: Query, *, called: str | None = None) -> Sequence[Incident]:
    """A few resolved incidents that may be meant, the latest of the likeliest first.

    ``called`` is the id of one that is among them in any case.
    """
    named = [code for code in query.codes if not code.isalpha() and not code.isdigit()]
    found = _matching(db, [named]) if named else []
    asked = sorted(
        (item for item in query.items if item.stem and item.level is not Level.FAINT),
        key=lambda item: -item.level.loss,
    )
    for count in range(min(_ASKED_FOR, len(asked)), 0, -1):
        if len(found) >= _ANSWERED:
            break
        found += _matching(db, [list(_meant(item)) for item in asked[:count]])
    unique = dict(found)
    best = sorted(unique, key=lambda id_: -_shared(asked, unique[id_]))[:_ANSWERED]
    ids = dict.fromkeys([*([called] if called else []), *best])
    return [incident for id_ in ids for incident in _load(db, id_)]


def _matching(db: Database, alternatives: Iterable[list[str]]) -> list[tuple[str, str]]:
    """Incidents that have one word of each list, latest first, with their words."""
    match = " AND ".join(
        "(" + " OR ".join(f'"{word}"' for word in each) + ")" for each in alternatives
    )
    return db.execute(
        "SELECT incident, past_incident.words FROM past_words JOIN past_incident"
        " ON past_incident.id = past_words.rowid WHERE past_words MATCH ?"
        " ORDER BY past_words.rowid DESC LIMIT ?",
        [match, _LOOKED_AT],
    ).fetchall()


def _meant(item: Item) -> Iterator[str]:
    """What it may mean; a word that nothing loaded is like may still be one of the past."""
    yield item.stem
    best = max(item.meanings.values(), default=1.0)
    for meaning, near in item.meanings.items():
        if near >= min(best, _LIKELY):
            yield meaning


def _shared(asked: Iterable[Item], held: str) -> float:
    there = set(held.split())
    return sum(item.level.gain for item in asked if not there.isdisjoint(_meant(item)))


def remember(db: Database, incident: Incident, lexicon: Lexicon) -> None:
    """Put a resolved incident among the past, or take away one that was reopened."""
    db.execute("DELETE FROM past_incident WHERE incident = ?", [incident.id])
    if not incident.is_open:
        db.execute(
            "INSERT INTO past_incident (incident, words) VALUES (?, ?)",
            [incident.id, " ".join(sorted(set(_words(incident, lexicon))))],
        )


def _words(incident: Incident, lexicon: Lexicon) -> Iterator[str]:
    spoken = [*incident.title.values(), *incident.public_text.values(), incident.component]
    spoken += [*incident.component_name.values(), *incident.error_codes]
    spoken += [said for each in incident.symptoms for said in each.values()]
    spoken += filter(None, (incident.scope.region, incident.scope.carrier))
    for token in words(normal(" ".join(spoken))):
        if not lexicon.is_small(token):
            sense = lexicon.sense(sound(token))
            yield sense.stem
            yield from sense.groups
    yield from numbers.names(incident.id, incident.error_codes)


def _load(db: Database, id_: str) -> Iterator[Incident]:
    row = db.execute("SELECT doc FROM incident WHERE id = ?", [id_]).fetchone()
    if row is not None:
        yield load_incident(row[0])


def _consumer(lexicon: Lexicon) -> str:
    return f"find/{lexicon.edition}"


def _cursor(db: Database, lexicon: Lexicon) -> int:
    row = db.execute("SELECT seq FROM cursor WHERE consumer = ?", [_consumer(lexicon)]).fetchone()
    if row is not None:
        return int(row[0])
    db.execute("DELETE FROM past_incident")
    db.execute("DELETE FROM cursor WHERE consumer LIKE 'find/%'")
    return 0
