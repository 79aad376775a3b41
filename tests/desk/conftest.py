"""A desk on a real port of this machine, over a house that keeps everything in memory."""

from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlite_utils import Database

from desk.app import make_api, make_desk
from desk.calls.call import Call, Draft
from desk.calls.figures import Figures, figures
from desk.verdict import Verdict
from desk.view import Announcement
from incidents import announcing
from incidents.commands import (
    Absorb,
    Acknowledge,
    IllegalCommandError,
    Merge,
    Open,
    Publish,
    Reopen,
    Resolve,
    Split,
    Update,
)
from incidents.component import Component, Text
from incidents.contact import Contact
from incidents.events import (
    Because,
    Event,
    Impact,
    MaintenancePlanned,
    Opened,
    Origin,
    Published,
    Resolved,
    Seen,
    Status,
)
from incidents.evidence import Evidence
from incidents.find.findings import Findings
from incidents.find.index import Index
from incidents.fold import evolve
from incidents.health import Health, health
from incidents.history.estimate import Estimate
from incidents.incident import Incident
from incidents.journal import PROBES, Entry
from incidents.machine import Rules, decide
from incidents.maintenance import Maintenance, planned
from incidents.maintenance import evolve as work_after
from incidents.mask import mask
from incidents.privacy import masked
from incidents.texts import Texts
from notify.oncall.directory import Directory
from notify.oncall.duty import Duty
from notify.oncall.engineer import Engineer
from notify.oncall.hours import parse_hours
from notify.oncall.layer import Layer
from notify.oncall.rota import Rota
from notify.oncall.schema import migrations as oncall_migrations
from notify.tables.schema import migrations as notify_migrations
from probes.capture import Capture, Certificate, Exchange, Part
from probes.observation import Outcome, Reason
from vahta.duty import Watchkeepers
from vahta.muting import Muting

NOW = datetime(2026, 10, 18, 12, 30, tzinfo=UTC)
CAPTURED = "20261018T111800-0123456789ab"
SMS, SUSPECT, OLD = "ИНЦ-2026-0042", "ИНЦ-2026-0043", "ИНЦ-2026-0007"

COMPONENTS = [
    Component("login", {"ru": "Вход в личный кабинет", "en": "Signing in"}, probes=("login",)),
    Component("sms", {"ru": "Коды по СМС", "en": "SMS codes"}, probes=("sms",)),
    Component("upload", {"ru": "Загрузка документов", "en": "Document uploads"}, probes=("up",)),
    Component("hotline", {"ru": "Горячая линия", "en": "Hotline"}),
]


@dataclass
class MemoryCalls:
    """Keeps calls in memory; what they say is masked, and nothing bursts."""

    texts: Texts
    kept: list[Call] = field(default_factory=list)

    async def note(self, draft: Draft, *, operator: str) -> Call:
        if draft.region and not draft.region.isalpha():
            raise IllegalCommandError("a region is a name")
        number = f"ЗВ-2026-{len(self.kept) + 1:04d}"
        call = Call(number, NOW, operator, replace(draft, text=""), mask(draft.text))
        self.kept.append(call)
        return call

    async def find(self, number: str) -> Call | None:
        return next((call for call in self.kept if call.number == number), None)

    async def callers(self, incidents: Sequence[str]) -> Mapping[str, int]:
        found = Counter(call.draft.incident for call in self.kept)
        return {id_: found[id_] for id_ in incidents if found[id_]}

    async def promised(self) -> Sequence[Call]:
        return [call for call in self.kept if call.due_at]

    async def called_back(self, number: str) -> bool:
        waiting = [n for n, c in enumerate(self.kept) if c.number == number and c.due_at]
        for n in waiting:
            self.kept[n] = replace(self.kept[n], called_back_at=NOW)
        return bool(waiting)

    async def figures(self, since: datetime, until: datetime) -> Figures:
        calls = [call for call in self.kept if since <= call.at < until]
        return figures(calls, {}, UTC)

    def names(self, symptoms: Collection[str], lang: str) -> Mapping[str, str]:
        known = {c.id: c.called(lang) for c in COMPONENTS}
        known |= {a.id: a.title(lang) for a in self.texts.articles.values()}
        return {s: known.get(s, self.texts.unfamiliar(lang)) for s in symptoms}


CONTACTS = [
    Contact("hotline", {"ru": "Горячая линия", "en": "Hotline"}, "phone", "8 800 000-00-00",
            {"ru": "круглосуточно", "en": "around the clock"}),
    Contact("chat", {"ru": "Чат", "en": "Chat"}, "chat", "https://portal.example/chat"),
]  # fmt: skip


MOSCOW = ZoneInfo("Europe/Moscow")
ENGINEERS = [
    Engineer("anna", {"ru": "Анна Дежурная", "en": "Anna Dezhurnaya"}, "ru", MOSCOW),
    Engineer("ivan", {"ru": "Иван Сменный", "en": "Ivan Smenny"}, "ru", MOSCOW),
    Engineer("olga", {"ru": "Ольга Ночная", "en": "Olga Nochnaya"}, "ru", MOSCOW),
]


class MemoryStore:
    """Runs work on a database in memory, at once."""

    def __init__(self) -> None:
        self.db = Database(memory=True)
        oncall_migrations.apply(self.db)
        notify_migrations.apply(self.db)

    async def read(self, work: Callable[[Database], Any]) -> Any:
        return work(self.db)

    write = read


def make_oncall() -> Watchkeepers:
    """Anna and Ivan take daily turns from nine to nine by day; Olga has the nights but Fridays'."""
    days, nights = (
        Layer(
            people,
            datetime.fromisoformat("2026-10-05T09:00"),
            timedelta(days=1),
            MOSCOW,
            (parse_hours(hours),),
        )
        for people, hours in (
            (("anna", "ivan"), "09:00-21:00"),
            (("olga",), "sat-thu 21:00-09:00"),
        )
    )
    rota = Rota("duty", {"ru": "Дежурство портала", "en": "Portal duty"}, MOSCOW, (days, nights))
    people = {engineer.id: engineer for engineer in ENGINEERS}
    return Watchkeepers(Duty(Directory(people, {"duty": rota}), MemoryStore(), lambda: NOW))


@dataclass
class MemoryHouse:
    """Decides with the real machine and remembers what was asked of it."""

    texts: Texts
    portal_name: Text = field(default_factory=lambda: {"ru": "Портал", "en": "Portal"})
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Moscow"))
    languages: Sequence[str] = ("ru", "en")
    incidents: dict[str, Incident] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    done: list[tuple[Any, ...]] = field(default_factory=list)
    works: dict[str, Maintenance] = field(default_factory=dict)
    well: dict[str, datetime] = field(default_factory=dict)
    contacts: Sequence[Contact] = field(default_factory=lambda: CONTACTS)
    took: Estimate | None = None
    word_at: datetime | None = None
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    out_of_reach: list[str] = field(default_factory=list)
    captures: dict[str, Capture] = field(default_factory=dict)
    captures_kept: timedelta = timedelta(days=30)
    calls: MemoryCalls = field(init=False)
    oncall: Watchkeepers = field(default_factory=make_oncall)
    silences: Muting = field(default_factory=lambda: Muting(MemoryStore(), lambda: NOW))

    def __post_init__(self) -> None:
        self.calls = MemoryCalls(self.texts)

    def clock(self) -> datetime:
        return NOW

    def open_incidents(self) -> Sequence[Incident]:
        return [i for i in self.incidents.values() if i.is_open]

    async def closed(self, limit: int) -> Sequence[Incident]:
        return [i for i in self.incidents.values() if not i.is_open][:limit]

    async def find(self, id_: str) -> Incident | None:
        return self.incidents.get(id_)

    async def estimate(self, incident: Incident) -> Estimate | None:
        return self.took if incident.is_open else None

    def next_word_at(self, incident: Incident) -> datetime | None:
        return self.word_at if incident.is_open else None

    async def told(self, id_: str, lang: str) -> Sequence[Verdict]:
        return self.verdicts.get(id_, []) if lang else []

    async def unreached(self) -> Sequence[str]:
        return self.out_of_reach

    async def timeline(self, id_: str) -> Sequence[Entry]:
        return [e for e in self.entries if e.event.incident == id_]

    def health(self) -> Sequence[Health]:
        return [health(c, self.open_incidents(), Evidence(), NOW) for c in COMPONENTS]

    async def capture(self, id_: str) -> Capture | None:
        return self.captures.get(id_)

    async def find_text(self, text: str, limit: int, lang: str) -> Findings:
        articles = self.texts.articles.values()
        index = Index.build(self.incidents.values(), articles, texts=self.texts)
        return index.find(text, limit, lang=lang)

    async def acknowledge(self, id_: str, actor: str) -> None:
        self._do(id_, Acknowledge(), actor)

    async def publish(self, id_: str, actor: str, *, at: datetime | None = None) -> None:
        self._do(id_, Publish(at), actor)

    async def reopen(self, id_: str, actor: str) -> None:
        self._do(id_, Reopen(NOW), actor)

    async def split(self, id_: str, component: str, actor: str) -> None:
        self._do(id_, Split(component), actor)

    async def lock(self, id_: str, actor: str, *, locked: bool) -> None:
        self._do(id_, Update(locked=locked), actor)

    async def merge(self, id_: str, into: str, actor: str) -> None:
        self._do(into, Absorb(self.incidents[id_]), actor)
        self._do(id_, Merge(into), actor)

    def well_since(self, component: str) -> datetime | None:
        return self.well.get(component)

    def maintenance(self) -> Sequence[Maintenance]:
        return list(self.works.values())

    async def announce(self, work: Announcement, actor: str) -> str:
        self.done.append((work, actor))
        id_ = f"ИНЦ-2026-{200 + len(self.works):04d}"
        zone = self.timezone.key
        plan = MaintenancePlanned(
            id_, work.components[0], Because("by_hand"), work.components, work.starts_at,
            work.ends_at, zone, work.repeats, work.title, work.text,
        )  # fmt: skip
        announcing.check(plan, now=NOW)
        self.works[id_] = planned(plan, NOW)
        return id_

    async def cancel(self, id_: str, actor: str) -> None:
        self.done.append((id_, actor))
        event = announcing.cancelled(self.works.get(id_), id_)
        self.works[id_] = work_after(self.works[id_], event, at=NOW)

    async def update(
        self,
        id_: str,
        actor: str,
        *,
        status: Status | None,
        text: Text,
        next_at: datetime | None = None,
    ) -> None:
        self._do(id_, Update(status=status, text=text, next_at=next_at), actor)

    async def resolve(self, id_: str, actor: str, *, text: Text) -> None:
        self._do(id_, Resolve(text), actor)

    async def open(
        self, component: str, title: Text, actor: str, *, public_text: Text, operator_note: Text
    ) -> str:
        known = {c.id: c for c in COMPONENTS}
        id_ = f"ИНЦ-2026-{100 + len(self.incidents):04d}"
        command = Open(
            NOW,
            known[component],
            title,
            public_text=public_text,
            operator_note=operator_note,
        )
        self._do(id_, command, actor)
        return id_

    def happened(self, event: Event, at: datetime = NOW, actor: str = PROBES) -> None:
        before = self.incidents.get(event.incident)
        self.incidents[event.incident] = evolve(before, event, at=at, actor=actor)
        self.entries.append(Entry(len(self.entries) + 1, "", at, actor, event))

    def _do(self, id_: str, command: Any, actor: str) -> None:
        event = decide(self.incidents.get(id_), Evidence(), command, Rules())
        self.done.append((id_, command, actor))
        if isinstance(event, Opened):
            event = replace(event, incident=id_)
        if event is not None:
            self.happened(masked(event), actor=actor)


def _opened(
    id_: str, component: Component, reason: Reason, minutes: int, capture: str = ""
) -> Opened:
    at = NOW - timedelta(minutes=minutes)
    return Opened(
        id_,
        component.id,
        Origin.PROBE,
        Impact.MAJOR,
        started_at=at,
        because=Because("confirmed_failures", {"in_a_row": 2}),
        component_name=component.name,
        outcome=Outcome.DOWN,
        reason=reason,
        probe=component.id,
        streak=(Seen(at, Outcome.DOWN, reason, "no code within 2 s", capture),),
    )


def _capture() -> Capture:
    """Three steps, the second of which was answered that the gateway has too much to do."""
    page = Exchange(
        method="GET",
        url="https://lk.example/sms/" + "a-long-path/" * 8,
        seconds=0.1,
        phases={"dns": 0.0045, "connect": 0.0112, "tls": 0.05, "wait": 0.03, "transfer": 0.004},
        request_headers=(("accept", "text/html"), ("authorization", "[hidden]")),
        status=200,
        response_headers=(("content-type", "text/html; charset=utf-8"), ("x-trace", "f" * 300)),
        certificate=Certificate("lk.example", "Test Roots", "2027-01-01T00:00:00+00:00"),
        body="<h1>Коды по СМС</h1>",
        length=1200,
    )
    refused = replace(
        page,
        method="POST",
        url="https://lk.example/sms/send",
        phases={"request": 0.001, "wait": 1.25, "transfer": 0.001},
        sent="json",
        fields=("phone",),
        status=503,
        body='{\n  "error": "Шлюз перегружен",\n  "trace": "' + "0f" * 150 + '"\n}',
        certificate=None,
    )
    gone = replace(page, method="DELETE", status=404, body="", certificate=None)
    return Capture(
        probe="sms",
        component="sms",
        kind="sms",
        location="local",
        at="2026-10-18T11:18:00+00:00",
        outcome="down",
        reason="http_5xx",
        detail="send: HTTP 503",
        seconds=1.4,
        steps=(
            Part("sign in", 0.1, page.phases, (page,)),
            Part("send", 1.252, refused.phases, (refused,)),
            Part("delete", 0.1, gone.phases, (gone,)),
        ),
    )


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture
def house(texts: Texts) -> Iterator[MemoryHouse]:
    """SMS out and published, uploads suspected, log-in out yesterday and well again."""
    house = MemoryHouse(texts)
    yesterday = NOW - timedelta(days=1)
    house.happened(_opened(OLD, COMPONENTS[0], Reason.TIMEOUT, 26 * 60), yesterday)
    house.happened(
        Resolved(OLD, "login", Because("confirmed_recovery", {"in_a_row": 2})), yesterday
    )
    house.happened(_opened(SMS, COMPONENTS[1], Reason.CODE_NOT_ARRIVED, 72, CAPTURED))
    house.captures[CAPTURED] = _capture()
    house.happened(Published(SMS, "sms", Because("publish_after", {"waited_seconds": 180.0})))
    house.happened(_opened(SUSPECT, COMPONENTS[2], Reason.UPLOAD_REJECTED, 1))
    yield house
    house.oncall.duty.store.db.close()
    house.silences.store.db.close()


Serve = Callable[..., Awaitable[TestClient[web.Request, web.Application]]]


@pytest.fixture
async def serve(house: MemoryHouse) -> AsyncIterator[Serve]:
    """Start the desk and the API as the service mounts them; stop them at the end."""
    started: list[TestClient[web.Request, web.Application]] = []

    async def start(*, allowed: bool = True) -> TestClient[web.Request, web.Application]:
        app = web.Application()
        app.add_subapp("/desk", make_desk(house, allowed=allowed))
        app.add_subapp("/api/v1", make_api(house, allowed=allowed))
        client = TestClient(TestServer(app))
        started.append(client)
        await client.start_server()
        return client

    yield start
    for client in started:
        await client.close()


@pytest.fixture
async def desk(serve: Serve) -> TestClient[web.Request, web.Application]:
    return await serve()
