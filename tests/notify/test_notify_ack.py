"""The link by which a message is acknowledged, and the page behind it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from incidents.events import Acknowledged, Because
from incidents.fold import evolve
from incidents.texts import Texts
from notify.ack.grant import GOOD_FOR, DamagedError, ExpiredError, Grant, Grants
from notify.ack.page import AckPage, make_ack
from notify.ack.words import WORDS
from notify.message import Portal
from notify.oncall.engineer import Engineer

KEY = bytes(range(32))
BASE = "https://vahta.example"
ZONE = ZoneInfo("Europe/Moscow")
ANNA = Engineer("anna", {"ru": "Анна", "en": "Anna"}, "ru", ZONE)
GRANTS = Grants(KEY, BASE, {("mail", "anna@example.org"): ANNA})


@dataclass
class House:
    """The incidents of a story, and who acknowledged."""

    clock: object
    incidents: dict = field(default_factory=dict)
    acknowledged: list = field(default_factory=list)

    def happens(self, *events, actor="probes"):
        for event in events:
            before = self.incidents.get(event.incident)
            self.incidents[event.incident] = evolve(before, event, at=self.clock(), actor=actor)

    async def find(self, id_):
        return self.incidents.get(id_)

    async def acknowledge(self, id_, actor):
        self.acknowledged.append((id_, actor))
        incident = self.incidents[id_]
        if incident.is_open and incident.acknowledged_at is None:
            self.happens(Acknowledged(id_, incident.component, Because("by_hand")), actor=actor)


@pytest.fixture
def clock(make_clock):
    return make_clock()


@pytest.fixture
def house(clock, story):
    house = House(clock)
    house.happens(story.opened())
    return house


@pytest.fixture
async def client(house, clock):
    page = AckPage(
        incidents=house,
        grants=GRANTS,
        texts=Texts.load(["ru", "en"]),
        portal=Portal({"ru": "Портал", "en": "Portal"}, ZONE),
        langs=("ru", "en"),
        clock=clock,
    )
    app = web.Application()
    app.add_subapp("/ack", make_ack(page))
    async with TestClient(TestServer(app)) as client:
        yield client


def path(clock, story, *, who=("mail", "anna@example.org"), lang="ru", incidents=()):
    link = GRANTS.link(incidents or (story.NUMBER,), who, lang, clock())
    return link.removeprefix(BASE)


TWO, THREE = "ИНЦ-2026-0002", "ИНЦ-2026-0003"


@pytest.fixture
def several(house, clock, story):
    """A link for all of three."""
    house.happens(story.opened(TWO), story.opened(THREE))
    return path(clock, story, incidents=(story.NUMBER, TWO, THREE))


# ── the page ──


async def test_one_press_takes_all_that_a_message_tells_of(client, house, several, story):
    text = await (await client.get(several)).text()
    assert house.acknowledged == []
    assert WORDS["ru"].ask_all in text
    assert text.count(WORDS["ru"].button_all) == 1
    text = await (await client.post(several)).text()
    assert house.acknowledged == [(id_, "anna") for id_ in (story.NUMBER, TWO, THREE)]
    assert WORDS["ru"].done_all in text
    assert "<button" not in text


async def test_of_several_one_can_be_taken_alone(client, house, several):
    text = await (await client.get(several)).text()
    forms = re.findall(r'<form method="post" action="([^"]+)">', text)
    assert len(forms) == 3
    text = await (await client.post(f"/ack/{forms[1]}")).text()
    assert house.acknowledged == [(TWO, "anna")]
    assert WORDS["ru"].done in text
    text = await (await client.get(several)).text()
    assert WORDS["ru"].ask_all in text
    assert len(re.findall(r'<form method="post" action=', text)) == 2


async def test_of_several_each_says_who_has_it_and_what_is_over(
    client, house, several, clock, story
):
    await client.post(path(clock, story, who=("mail", "bob@example.org")))
    house.happens(story.resolved(TWO), story.resolved(THREE))
    text = await (await client.get(several)).text()
    assert WORDS["ru"].nothing_all in text
    assert "Уже в работе: кто-то из тех, кому писали через mail, с 14:03 МСК" in text
    assert text.count("Уже решено: 14:03 МСК") == 2
    assert "<button" not in text


async def test_several_that_became_one_are_asked_about_as_one(client, house, several, story):
    house.happens(story.merged(story.NUMBER, TWO), story.merged(story.NUMBER, THREE))
    text = await (await client.get(several)).text()
    assert text.count("<button") == 1
    assert WORDS["ru"].ask in text


async def test_looking_acknowledges_nothing_and_shows_one_button(client, house, clock, story):
    for method in ("GET", "HEAD"):
        response = await client.request(method, path(clock, story))
        assert response.status == 200
    text = await (await client.get(path(clock, story))).text()
    assert house.acknowledged == []
    assert text.count("<button") == 1
    assert "<script" not in text
    assert 'method="post"' in text
    assert "Коды из СМС: код не приходит" in text
    assert "22 ноября 2026, 14:03 МСК" in text


async def test_the_button_acknowledges_in_the_engineer_s_name(client, house, clock, story):
    response = await client.post(path(clock, story))
    assert house.acknowledged == [(story.NUMBER, "anna")]
    assert (response.status, WORDS["ru"].done in await response.text()) == (200, True)


async def test_a_second_press_says_the_same_again(client, clock, story):
    for _ in range(2):
        response = await client.post(path(clock, story))
        assert WORDS["ru"].done in await response.text()


async def test_whoever_comes_second_is_told_who_came_first_and_when(client, clock, story):
    await client.post(path(clock, story))
    clock.forward(minutes=5)
    for method in ("GET", "POST"):
        response = await client.request(method, path(clock, story, who=("mail", "bob@example.org")))
        text = await response.text()
        assert "Уже в работе: Анна, с 14:03 МСК" in text
        assert "<button" not in text


async def test_an_address_is_neither_in_the_link_nor_in_the_journal(client, house, clock, story):
    link = path(clock, story, who=("mail", "bob@example.org"))
    await client.post(link)
    [(_, actor)] = house.acknowledged
    assert re.fullmatch(r"mail/[0-9a-f]{8}", actor)
    text = await (await client.get(path(clock, story, lang="en"))).text()
    assert "somebody who was told through mail" in text


async def test_the_desk_is_called_the_desk(client, house, clock, story):
    await house.acknowledge(story.NUMBER, "local")
    assert "Уже в работе: за пультом" in await (await client.get(path(clock, story))).text()


async def test_what_was_resolved_meanwhile_is_said_so(client, house, clock, story):
    clock.forward(minutes=7)
    house.happens(story.resolved())
    text = await (await client.post(path(clock, story))).text()
    assert "Уже решено: 14:10 МСК" in text


async def test_what_broke_again_can_be_acknowledged_again(client, house, clock, story):
    await client.post(path(clock, story))
    house.happens(story.resolved(), story.reopened())
    assert "<button" in await (await client.get(path(clock, story))).text()


async def test_a_part_of_another_is_acknowledged_as_that_one(client, house, clock, story):
    house.happens(story.opened("ИНЦ-2026-0002"), story.merged("ИНЦ-2026-0002"))
    await client.post(path(clock, story))
    assert house.acknowledged == [("ИНЦ-2026-0002", "anna")]


async def test_a_link_ends(client, house, clock, story):
    link = path(clock, story)
    clock.forward(seconds=GOOD_FOR.total_seconds())
    response = await client.post(link)
    assert (response.status, house.acknowledged) == (410, [])
    assert WORDS["ru"].expired in await response.text()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda link: link[:-1],
        lambda link: link + "0",
        lambda link: link[:-1] + ("0" if link[-1] != "0" else "1"),
        lambda link: link.partition(".")[0],
        lambda _: "/ack/" + "A" * 2000,
        lambda _: "/ack/%D1%8F.%D1%8F",
        lambda _: "/ack/%00",
    ],
    ids=["short", "long", "changed", "unsigned", "huge", "cyrillic", "nul"],
)
async def test_a_damaged_link_does_nothing_and_says_so(client, house, clock, story, spoil):
    response = await client.post(
        spoil(path(clock, story)), headers={"Accept-Language": "en-GB,en;q=0.9"}
    )
    assert (response.status, house.acknowledged) == (404, [])
    assert WORDS["en"].damaged in await response.text()


async def test_nothing_keeps_the_page_and_nothing_leaves_it(client, clock, story):
    for link in (path(clock, story), "/ack/nonsense"):
        headers = (await client.get(link)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_a_hostile_title_is_only_text(client, house, clock, story):
    house.happens(story.opened("ИНЦ-2026-0003", title={"ru": "<script>alert(1)</script>"}))
    text = await (await client.get(path(clock, story, incidents=(THREE,)))).text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_what_is_posted_is_not_read(client, house, clock, story):
    response = await client.post(path(clock, story), data=b"x" * 200_000)
    assert response.status == 200


# ── the link ──


def test_without_an_address_that_people_reach_there_is_no_link(clock, story):
    assert Grants(KEY).link((story.NUMBER,), ("mail", "a@b.example"), "ru", clock()) == ""


def test_a_link_ends_in_a_letter_or_digit(clock, story):
    link = GRANTS.link((story.NUMBER,), ("mail", "a@b.example"), "ru", clock())
    assert re.fullmatch(r"https://vahta\.example/ack/[\w-]+\.[0-9a-f]{32}", link)
    assert len(link) < 160


def test_a_link_for_ten_is_little_longer_than_for_one(clock):
    ten = [f"ИНЦ-2026-{n:04d}" for n in range(1, 11)]
    assert len(GRANTS.link(ten, ("mail", "anna@example.org"), "ru", clock())) < 180


def test_a_link_for_very_many_is_for_the_first_of_them(clock):
    many = [f"{n:03d}-ИНЦ-{n:056d}" for n in range(40)]
    token = GRANTS.link(many, ("mail", "anna@example.org"), "ru", clock()).rpartition("/")[2]
    found = GRANTS.read(token, clock()).incidents
    assert 5 < len(found) < 40
    assert found == tuple(many[: len(found)])


@given(
    incidents=st.lists(st.from_regex(r"[\w][\w.\-]{0,63}", fullmatch=True), min_size=1, max_size=4),
    who=st.text(),
    key=st.binary(),
)
def test_what_is_signed_is_read_and_only_with_its_key(incidents, who, key):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    grant = Grant(tuple(incidents), GRANTS.actor("mail", who), "ru", now + timedelta(hours=1))
    token = GRANTS.sign(grant)
    assert GRANTS.read(token, now) == grant
    with pytest.raises(ExpiredError):
        GRANTS.read(token, now + timedelta(hours=1))
    if key != KEY:
        with pytest.raises(DamagedError):
            Grants(key, BASE).read(token, now)


def test_neither_key_nor_addresses_are_printed():
    assert "anna" not in repr(GRANTS)
    assert repr(KEY) not in repr(GRANTS)
