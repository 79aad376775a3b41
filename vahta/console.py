"""What the desk sees and can do: the recorder and the register behind its two protocols."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from desk.calls.call import UNKNOWN
from desk.calls.reception import Reception
from desk.duty import OnCall
from desk.silence import Silences
from desk.verdict import Verdict
from desk.view import Announcement
from incidents.commands import (
    BY_HAND,
    UNNUMBERED,
    Acknowledge,
    IllegalCommandError,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.component import Component, Text, listed
from incidents.contact import Contact
from incidents.events import MaintenancePlanned, Status
from incidents.find.findings import Findings
from incidents.find.lookup import Lookup
from incidents.health import Health, health
from incidents.history.estimate import Estimate, durations, estimate, similar
from incidents.incident import Incident
from incidents.journal import Entry
from incidents.machine.telling import remind_at
from incidents.maintenance import Maintenance
from incidents.recorder import Recorder
from incidents.register import Register
from incidents.rules import Rules
from incidents.texts import Texts
from incidents.wellness import well_since
from probes.capture import Capture
from vahta.config.settings import Portal

_MOST_PAST = 500
_PAST_FRESH = timedelta(minutes=1)


class Console:
    """Reads from the register, writes through the recorder."""

    def __init__(  # noqa: PLR0913 - all by keyword, given once by the wiring
        self,
        *,
        portal: Portal,
        components: Sequence[Component],
        recorder: Recorder,
        register: Register,
        lookup: Lookup,
        texts: Texts,
        contacts: Sequence[Contact],
        calls: Reception,
        rules: Callable[[str], Rules],
        captured: Callable[[str], Awaitable[Capture | None]],
        captures_kept: timedelta,
        told: Callable[[str, str], Awaitable[Sequence[Verdict]]],
        unreached: Callable[[], Awaitable[Sequence[str]]],
        oncall: OnCall,
        silences: Silences,
        clock: Callable[[], datetime],
    ) -> None:
        self.portal_name: Text = {str(lang): name for lang, name in portal.name.items()}
        self.timezone: ZoneInfo = portal.zone
        self.languages: Sequence[str] = portal.languages
        self.texts = texts
        self.contacts = contacts
        self.calls = calls
        self.clock = clock
        self.captures_kept = captures_kept
        self.oncall = oncall
        self.silences = silences
        self._captured = captured
        self._told = told
        self._unreached = unreached
        self._rules = rules
        self._past: tuple[datetime, Sequence[Incident]] | None = None
        self._components = components
        self._recorder = recorder
        self._register = register
        self._lookup = lookup

    # ── what is ──

    def open_incidents(self) -> Sequence[Incident]:
        return self._register.open_incidents()

    async def closed(self, limit: int) -> Sequence[Incident]:
        return await self._register.closed(limit)

    async def find(self, id_: str) -> Incident | None:
        return await self._register.find(id_)

    async def estimate(self, incident: Incident) -> Estimate | None:
        if incident.reason is None or not incident.is_open:
            return None
        return estimate(durations(similar(await self._lately_closed(), incident)))

    def next_word_at(self, incident: Incident) -> datetime | None:
        return remind_at(incident, self.clock(), self._rules(incident.component))

    async def _lately_closed(self) -> Sequence[Incident]:
        """Read now and then, since every key that an operator presses may ask for it."""
        now = self.clock()
        if self._past is None or not timedelta() <= now - self._past[0] < _PAST_FRESH:
            self._past = now, await self._register.closed(_MOST_PAST)
        return self._past[1]

    async def told(self, id_: str, lang: str) -> Sequence[Verdict]:
        return await self._told(id_, lang)

    async def unreached(self) -> Sequence[str]:
        return await self._unreached()

    async def timeline(self, id_: str) -> Sequence[Entry]:
        found = await self._register.find(id_)
        return await self._register.timeline(found) if found else ()

    def health(self) -> Sequence[Health]:
        """Every component as the team sees it, suspected incidents included."""
        now, found = self.clock(), self._register.open_incidents()
        works = self._register.maintenance()
        return [
            health(c, found, self._recorder.evidence(c.id), now, works=works)
            for c in self._known().values()
        ]

    def well_since(self, component: str) -> datetime | None:
        return well_since(self._recorder.evidence(component), now=self.clock())

    def maintenance(self) -> Sequence[Maintenance]:
        return self._register.maintenance()

    async def capture(self, id_: str) -> Capture | None:
        return await self._captured(id_)

    async def find_text(self, text: str, limit: int, lang: str) -> Findings:
        return await self._lookup.search(text, limit, lang=lang)

    def _known(self) -> Mapping[str, Component]:
        return listed(self._components, self._register.components() - {UNKNOWN})

    # ── what people do ──

    async def open(
        self, component: str, title: Text, actor: str, *, public_text: Text, operator_note: Text
    ) -> str:
        known = self._known()
        if component not in known:
            raise IllegalCommandError(f"there is no component {component!r}")
        command = Open(
            self.clock(),
            known[component],
            title,
            public_text=public_text,
            operator_note=operator_note,
        )
        return (await self._recorder.open(command, actor=actor)).event.incident

    async def acknowledge(self, id_: str, actor: str) -> None:
        await self._recorder.do(id_, Acknowledge(), actor=actor)

    async def publish(self, id_: str, actor: str, *, at: datetime | None = None) -> None:
        await self._recorder.do(id_, Publish(at), actor=actor)

    async def reopen(self, id_: str, actor: str) -> None:
        await self._recorder.do(id_, Reopen(self.clock()), actor=actor)

    async def merge(self, id_: str, into: str, actor: str) -> None:
        await self._recorder.merge(id_, into, actor=actor)

    async def split(self, id_: str, component: str, actor: str) -> None:
        await self._recorder.do(id_, Split(component), actor=actor)

    async def lock(self, id_: str, actor: str, *, locked: bool) -> None:
        await self._recorder.do(id_, Update(locked=locked), actor=actor)

    async def announce(self, work: Announcement, actor: str) -> str:
        plan = MaintenancePlanned(
            UNNUMBERED,
            work.components[0],
            BY_HAND,
            work.components,
            work.starts_at,
            work.ends_at,
            self.timezone.key,
            repeats=work.repeats,
            title=work.title,
            text=work.text,
        )
        return (await self._recorder.announce(plan, actor=actor)).event.incident

    async def cancel(self, id_: str, actor: str) -> None:
        await self._recorder.cancel(id_, actor=actor)

    async def update(
        self,
        id_: str,
        actor: str,
        *,
        status: Status | None,
        text: Text,
        next_at: datetime | None = None,
    ) -> None:
        command = Update(status=status, text=text, next_at=next_at)
        await self._recorder.do(id_, command, actor=actor)

    async def resolve(self, id_: str, actor: str, *, text: Text) -> None:
        await self._recorder.do(id_, Resolve(text), actor=actor)
