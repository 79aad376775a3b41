"""What the providers wrote down, and which of the service's deliveries each line stands for.

A line names a delivery by its id or by its facts. One that fits none is an orphan.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.accounting.faults import BY_NAME
from bench.accounting.model import Entry
from bench.accounting.world import Who


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the service's own table has it."""

    id: str
    seq: int
    incident: str
    event: str
    who: Who
    state: str
    carrier: str
    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Took:
    """One row that one attempt carried to whoever it was for, and the fault that this met."""

    row: Row
    who: Who
    seq: int
    telling: str
    t: float
    at: datetime
    is_ambiguous: bool


def connect(state: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{state / 'vahta.sqlite3'}?mode=ro", uri=True, timeout=20)


def entries_of(db: sqlite3.Connection) -> list[Entry]:
    found = db.execute("SELECT seq, at, event FROM journal ORDER BY seq")
    return [Entry(seq, datetime.fromisoformat(at), json.loads(event)) for seq, at, event in found]


def rows_of(db: sqlite3.Connection) -> list[Row]:
    found = db.execute(
        "SELECT id, seq, incident, event, channel, recipient, state, carrier, message"
        " FROM delivery ORDER BY seq, step, id"
    )
    return [
        Row(id_, seq, incident, event, (channel, to), state, carrier, json.loads(message))
        for id_, seq, incident, event, channel, to, state, carrier, message in found
    ]


@dataclass
class Read:
    """What the ledger comes to: what was taken, what nobody planned, what was refused for good."""

    took: list[Took] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    given_up: Counter[str] = field(default_factory=Counter)


def read(lines: Iterable[Mapping[str, Any]], rows: Sequence[Row]) -> Read:
    """Finds the deliveries that each line of the ledger stands for."""
    found = Read()
    by_carrier: dict[str, list[Row]] = defaultdict(list)
    by_fact: dict[tuple[Who, str, str, str], Row] = {}
    for row in rows:
        by_carrier[row.carrier].append(row)
        by_fact[row.who, row.incident, row.event, row.message["at"]] = row
    for line in lines:
        who = line["channel"], line["to"]
        fault = BY_NAME.get(line["fault"])
        if fault is None:
            found.strange.append(f"{who}: a redirect was followed")
            continue
        if fault.final:
            found.given_up.update(_refused(line, who, rows))
        if not fault.takes or line["channel"] == "prom":
            continue
        if line["channel"] == "mail":
            its = [row for row in by_carrier[line["id"]] if row.who == who]
            if len(its) == 1 and its[0].incident not in line["subject"]:
                its = []
        elif line["channel"] == "bot":
            its = [row for row in by_carrier[line["id"]] if row.who == who]
        else:
            facts = [(who, i["incident"], i["event"], i["at"]) for i in line["items"]]
            its = [by_fact[fact] for fact in facts if fact in by_fact]
            if len(its) < len(facts):
                its = []
        if not its:
            found.strange.append(
                f"{who}: {line.get('id') or line.get('text')}: nobody planned this"
            )
        for row in its:
            at = datetime.fromisoformat(row.message["at"])
            found.took.append(Took(row, who, row.seq, row.event, line["t"], at, fault.is_ambiguous))
    return found


def _refused(line: Mapping[str, Any], who: Who, rows: Iterable[Row]) -> list[str]:
    """Which rows a final answer ended; where the ledger cannot say, any that was refused."""
    facts = {(item["incident"], item["event"], item["at"]) for item in line.get("items", ())}
    return [
        row.id
        for row in rows
        if row.who == who
        and row.state == "refused"
        and (not facts or (row.incident, row.event, row.message["at"]) in facts)
    ]
