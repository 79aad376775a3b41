"""What the desk asks of the house: two small protocols, met by the wiring and by the tests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from desk.calls.call import Call, Draft
from desk.calls.figures import Figures
from desk.duty import OnCall
from desk.silence import Silences
from desk.verdict import Verdict
from incidents.component import Text
from incidents.contact import Contact
from incidents.events import Status
from incidents.find.findings import Findings
from incidents.health import Health
from incidents.history.estimate import Estimate
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.maintenance import Maintenance
from incidents.texts import Texts
from probes.capture import Capture


@dataclass(frozen=True, slots=True)
class Announcement:
    """Work to announce, at aware UTC instants.

    ``repeats`` is a recurrence rule (RFC 5545) that counts in the portal's zone, or nothing.
    """

    components: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    title: Text
    text: Text
    repeats: str = ""


class Calls(Protocol):
    """Citizens' calls. Only the numbers are known of those whose time is over."""

    async def note(self, draft: Draft, *, operator: str) -> Call:
        """Write one down, on the incident that it is counted on. Raises IllegalCommandError."""
        ...

    async def find(self, number: str) -> Call | None: ...

    async def callers(self, incidents: Sequence[str]) -> Mapping[str, int]:
        """How many people have called about each, as far as anybody has."""
        ...

    async def promised(self) -> Sequence[Call]:
        """Calls whose promise is still to be kept, the most urgent first."""
        ...

    async def called_back(self, number: str) -> bool:
        """The promise was kept; False when there was none to keep."""
        ...

    async def figures(self, since: datetime, until: datetime) -> Figures: ...

    def names(self, symptoms: Collection[str], lang: str) -> Mapping[str, str]:
        """What each symptom is called."""
        ...


class View(Protocol):
    """What is known. Incidents here include what citizens don't see: suspected ones and blips."""

    @property
    def portal_name(self) -> Text: ...

    @property
    def timezone(self) -> ZoneInfo: ...

    @property
    def languages(self) -> Sequence[str]: ...

    @property
    def texts(self) -> Texts: ...

    @property
    def contacts(self) -> Sequence[Contact]: ...

    @property
    def calls(self) -> Calls: ...

    @property
    def oncall(self) -> OnCall: ...

    @property
    def silences(self) -> Silences: ...

    def clock(self) -> datetime:
        """Now, aware UTC."""
        ...

    def open_incidents(self) -> Sequence[Incident]:
        """Every unresolved incident, newest first."""
        ...

    async def closed(self, limit: int) -> Sequence[Incident]:
        """Resolved incidents, latest first."""
        ...

    async def find(self, id_: str) -> Incident | None:
        """One incident by its number."""
        ...

    async def estimate(self, incident: Incident) -> Estimate | None:
        """How long similar ones took; None where there were too few to say."""
        ...

    def next_word_at(self, incident: Incident) -> datetime | None:
        """By when somebody should say something new; None where nobody owes a word."""
        ...

    async def told(self, id_: str, lang: str) -> Sequence[Verdict]:
        """Who was told of one incident and who was not, each with the reason, in ``lang``."""
        ...

    async def unreached(self) -> Sequence[str]:
        """Numbers of incidents of which nobody who was called could be told."""
        ...

    async def timeline(self, id_: str) -> Sequence[Entry]:
        """What happened to one incident, oldest first; nothing for an unknown one."""
        ...

    def health(self) -> Sequence[Health]:
        """Every component as the team sees it."""
        ...

    def well_since(self, component: str) -> datetime | None:
        """Since when its probes have seen nothing bad; None while they do, or see nothing."""
        ...

    def maintenance(self) -> Sequence[Maintenance]:
        """Announced work that isn't over, and what ended lately, in the order of its start."""
        ...

    @property
    def captures_kept(self) -> timedelta:
        """How long the records of failed runs are kept."""
        ...

    async def capture(self, id_: str) -> Capture | None:
        """The masked record of a run; None when it is not there yet, or any more."""
        ...

    async def find_text(self, text: str, limit: int, lang: str) -> Findings:
        """What a citizen's words mean; titles in ``lang``."""
        ...


class Commands(Protocol):
    """What people do. Each raises IllegalCommandError when it doesn't fit; texts are masked."""

    async def acknowledge(self, id_: str, actor: str) -> None: ...

    async def publish(self, id_: str, actor: str, *, at: datetime | None = None) -> None:
        """Show it to citizens now, or ``at`` a given instant."""
        ...

    async def update(
        self,
        id_: str,
        actor: str,
        *,
        status: Status | None,
        text: Text,
        next_at: datetime | None = None,
    ) -> None:
        """``next_at`` is by when citizens are promised the next news."""
        ...

    async def resolve(self, id_: str, actor: str, *, text: Text) -> None: ...

    async def open(
        self, component: str, title: Text, actor: str, *, public_text: Text, operator_note: Text
    ) -> str:
        """Answer the new incident's number."""
        ...

    async def reopen(self, id_: str, actor: str) -> None: ...

    async def merge(self, id_: str, into: str, actor: str) -> None:
        """It is part of ``into``, with all its components."""
        ...

    async def split(self, id_: str, component: str, actor: str) -> None:
        """``component`` is another matter."""
        ...

    async def lock(self, id_: str, actor: str, *, locked: bool) -> None:
        """Whether only people change its status."""
        ...

    async def announce(self, work: Announcement, actor: str) -> str:
        """Answer the number of the announced work."""
        ...

    async def cancel(self, id_: str, actor: str) -> None:
        """Call announced work off, or end it now."""
        ...


class House(View, Commands, Protocol):
    """Both in one."""
