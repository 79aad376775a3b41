"""The right to acknowledge incidents in somebody's name, as a signed text for a link. Pure.

Whoever has the link has the right, as with any letter that lies open; so it says little, ends
soon, and does nothing but that.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import takewhile

from notify.oncall.engineer import Engineer

GOOD_FOR = timedelta(days=3)
"""Longer than a weekend, and than what anybody would still acknowledge by an old message."""

_SIGNATURE = 16
"""Bytes: nobody guesses 128 bits at a web server, and a link should stay short."""

_LONGEST = 1000


class DamagedError(ValueError):
    """No text of ours, or not the whole of it."""


class ExpiredError(ValueError):
    """It was good once."""


@dataclass(frozen=True, slots=True)
class Grant:
    """``actor`` is an engineer's id, or a name that stands for an address; never the address.

    ``incidents`` is one, or all that one message tells of, the worst first.
    """

    incidents: tuple[str, ...]
    actor: str
    lang: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Grants:
    """Signs and reads them, with a key of 32 bytes.

    ``base`` is where people reach this server, empty where nobody knows; ``engineers`` are by
    the channel and the address at which each is reached.
    """

    key: bytes = field(repr=False)
    base: str = ""
    engineers: Mapping[tuple[str, str], Engineer] = field(default_factory=dict, repr=False)

    def link(
        self, incidents: Sequence[str], whom: tuple[str, str], lang: str, now: datetime
    ) -> str:
        """An address for one recipient, given as channel and address; empty without a base.

        Of so many that it would get too long, it is for the first ones.
        """
        if not self.base:
            return ""
        grant = Grant(tuple(incidents), self.actor(*whom), lang, now + GOOD_FOR)
        while len(token := self.sign(grant)) > _LONGEST and len(grant.incidents) > 1:
            grant = replace(grant, incidents=grant.incidents[:-1])
        return f"{self.base.rstrip('/')}/ack/{token}"

    def actor(self, channel: str, recipient: str) -> str:
        """Who acts, for the journal: an engineer's id, else a name that hides the address."""
        if engineer := self.engineers.get((channel, recipient)):
            return engineer.id
        if recipient == channel:
            return channel
        return f"{channel}/{self._mac(b'who', recipient.encode()).hex()[:8]}"

    def called(self, actor: str, lang: str) -> str:
        """An engineer's name; whoever else acts is called as the journal does."""
        names = {one.id: one.called(lang) for one in self.engineers.values()}
        return names.get(actor, actor)

    def sign(self, grant: Grant) -> str:
        until = str(int(grant.until.timestamp()))
        said = f"{_packed(grant.incidents)}\n{grant.actor}\n{grant.lang}\n{until}".encode()
        # The signature comes last, in letters and digits: programs that find links in a text
        # leave a dash or a full stop at the end out.
        return f"{base64.urlsafe_b64encode(said).rstrip(b'=').decode()}.{self._seal(said)}"

    def read(self, token: str, now: datetime) -> Grant:
        """Raises DamagedError, or ExpiredError for one that has been good."""
        body, _, seal = token.partition(".")
        if len(token) > _LONGEST or not token.isascii():
            raise DamagedError
        try:
            said = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        except binascii.Error:
            raise DamagedError from None
        if not hmac.compare_digest(seal, self._seal(said)):
            raise DamagedError
        incidents, actor, lang, until = said.decode().split("\n")
        grant = Grant(_unpacked(incidents), actor, lang, datetime.fromtimestamp(int(until), UTC))
        if now >= grant.until:
            raise ExpiredError
        return grant

    def _seal(self, said: bytes) -> str:
        return self._mac(b"acknowledge", said)[:_SIGNATURE].hex()

    def _mac(self, use: bytes, said: bytes) -> bytes:
        return hmac.new(self.key, use + b"\n" + said, sha256).digest()


def _packed(incidents: Sequence[str]) -> str:
    """What they begin with in common and the rest of each, so that a link stays short."""
    if len(incidents) == 1:
        return incidents[0]
    ends = zip(min(incidents), max(incidents), strict=False)  # all lie between these two
    common = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    return ",".join([common, *(one.removeprefix(common) for one in incidents)])


def _unpacked(text: str) -> tuple[str, ...]:
    """No number of an incident has a comma in it."""
    common, *rests = text.split(",")
    return tuple(common + rest for rest in rests) or (common,)
