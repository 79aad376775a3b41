"""Opens the reception of calls on a state, for the service and for commands beside it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import timedelta, tzinfo
from typing import TypeAlias

from desk.calls.call import UNKNOWN
from desk.calls.cipher import Cipher
from desk.calls.ledger import Ledger
from desk.calls.reception import Reception
from incidents.component import listed
from incidents.find import numbers
from incidents.recorder import Recorder
from incidents.store import StoreError
from incidents.texts import Texts
from vahta import clock
from vahta.config import Config
from vahta.keys import key_in
from vahta.state import Opened, StateError

_log = logging.getLogger(__name__)

KEY_FILE = "call.key"
"""In the state directory, and in no backup: a stolen backup tells nothing of what was said."""

_ERASE_EVERY = 3600.0

CallsIncident: TypeAlias = Callable[[str], Awaitable[str | None]]


def incident_of_call(ledger: Ledger, prefix: str, zone: tzinfo) -> CallsIncident:
    """For the lookup: the incident that a call was noted against whose number is in a text."""

    async def found(text: str) -> str | None:
        year = clock.now().astimezone(zone).year
        for number in numbers.calls(text, prefix=prefix, year=year):
            call = await ledger.find(number)
            if call is not None and call.draft.incident:
                return call.draft.incident
        return None

    return found


def open_reception(config: Config, state: Opened, recorder: Recorder, texts: Texts) -> Reception:
    """Raises StateError when the key of the calls' texts is no good, or cannot be read."""
    try:
        key = key_in(config.state_dir / KEY_FILE, lose="the texts of the calls so far")
    except OSError as error:
        raise StateError(str(error)) from error
    zone = config.portal.zone
    return Reception(
        ledger=Ledger(
            state.store, Cipher(key), prefix=config.desk.call_prefix, zone=zone, clock=clock.now
        ),
        recorder=recorder,
        register=state.register,
        texts=texts,
        components=lambda: listed(config.components, state.register.components() - {UNKNOWN}),
        languages=config.portal.languages,
        zone=zone,
        clock=clock.now,
    )


async def forget(ledger: Ledger, *, older_than: timedelta, every: float = _ERASE_EVERY) -> None:
    """Erase what callers said once its time is over; for ever."""
    while True:
        try:
            erased = await ledger.erase(older_than=older_than)
        except (sqlite3.Error, StoreError):
            _log.exception("the texts of old calls could not be erased; trying again")
        else:
            if erased:
                _log.info("the texts of %d calls have been erased: their time is over", erased)
        await asyncio.sleep(every)
