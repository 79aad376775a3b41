"""Tells those who forget again of what is still open: see notify.kind.Repeats.

Best effort, without a trace in the outbox: what was said for the first time is there, and what is
repeated is what arrived then. An end is never overtaken: it is looked at inside the sender's turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from incidents.store import Store
from notify.kind import Channel, Repeats
from notify.message import Message
from notify.receipt import Sent
from notify.writing.filling import Parts, filled

_log = logging.getLogger(__name__)

# The latest that has arrived, of what has not ended nor is ending just now.
_OPEN = """
    SELECT message, provider_ref FROM delivery d
    WHERE channel = ? AND provider_ref <> '' AND state = 'sent'
        AND event NOT IN ('resolved', 'missed')
        AND NOT EXISTS (
            SELECT 1 FROM delivery e WHERE e.incident = d.incident AND e.channel = d.channel
                AND e.recipient = d.recipient AND e.state IN ('sent', 'sending')
                AND (e.seq, e.step) > (d.seq, d.step))
    ORDER BY seq
"""


@dataclass(frozen=True, slots=True)
class Repeater:
    """One per state."""

    store: Store
    channels: Mapping[str, Channel]

    async def run(self) -> None:
        """Until cancelled; at once when there is nobody who forgets."""
        async with asyncio.TaskGroup() as tasks:
            for one in self.channels.values():
                if isinstance(one.sender, Repeats):
                    tasks.create_task(self._repeat(one.id, one.sender), name=f"repeat {one.id}")

    async def once(self, channel: str, sender: Repeats) -> None:
        """Repeat all that is open on a channel."""
        receipt = await sender.repeat(lambda: self._open(channel))
        if receipt is not None and not isinstance(receipt, Sent):
            _log.warning("%s could not be told again: %s", channel, receipt.reason)

    async def _repeat(self, channel: str, sender: Repeats) -> None:
        while True:
            try:
                await self.once(channel, sender)
            except Exception:  # noqa: BLE001 - a sender may raise what it likes; the next round comes
                _log.exception("%s could not be told again", channel)
            await asyncio.sleep(sender.every.total_seconds())

    async def _open(self, channel: str) -> Sequence[tuple[Message, str]]:
        rows = await self.store.read(lambda db: _rows(db, channel))
        return [(filled(Message.from_json(text), Parts()), ref) for text, ref in rows]


def _rows(db: Database, channel: str) -> list[tuple[str, str]]:
    return db.execute(_OPEN, [channel]).fetchall()
