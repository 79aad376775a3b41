"""Who is on call, at the desk and in its API: shown, drawn, changed, and refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from selectolax.lexbor import LexborHTMLParser

from desk.duty import Person, Roster, Turn
from desk.openapi import openapi
from desk.rota_drawing import WIDTH, marks, weeks
from desk.speech import load

NOW = datetime(2026, 10, 18, 12, 30, tzinfo=UTC)
GOOD = {"engineer": "olga", "since": "2026-10-18T15:00", "until": "2026-10-18T18:00"}
ENTERED = {
    "rota": "duty",
    "engineer": "anna",
    "since": "2026-10-18T12:00:00Z",
    "until": "2026-10-18T15:00:00+03:00",
}


async def page(desk: Any, **query: str) -> LexborHTMLParser:
    async with desk.get("/desk/oncall", params=query) as reply:
        assert reply.status == 200
        return LexborHTMLParser(await reply.text())


def words(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(n.text(separator=" ").split()) for n in tree.css(selector))


async def post(desk: Any, path: str, **fields: str) -> Any:
    seal = (await page(desk)).css_first("input[name=seal]").attributes["value"]
    return await desk.post(path, data={"seal": seal, **fields}, allow_redirects=False)


async def test_it_says_who_is_on_call_now_and_next(desk: Any) -> None:
    tree = await page(desk)
    assert words(tree, ".shift") == "Сейчас Иван Сменный до 21:00 Дальше Ольга Ночная с 21:00"
    english = await page(desk, lang="en")
    assert words(english, ".shift") == "Now Ivan Smenny until 21:00 Next Olga Nochnaya from 21:00"


async def test_nobody_is_said_in_words_and_in_red(desk: Any, house: Any) -> None:
    gap = datetime(2026, 10, 24, 1, tzinfo=UTC)
    house.clock = lambda: gap
    now = (await page(desk)).css_first(".shift dd")
    assert "down" in now.attributes["class"]
    assert " ".join(now.text(separator=" ").split()) == "Никто не дежурит до 09:00"


async def test_the_board_says_who_is_on_call_in_one_quiet_line(desk: Any, house: Any) -> None:
    async with desk.get("/desk/board") as reply:
        line = LexborHTMLParser(await reply.text()).css_first(".duty")
    assert " ".join(line.text().split()) == "Дежурство портала: Иван Сменный до 21:00"
    assert "down" not in line.attributes["class"]
    house.clock = lambda: datetime(2026, 10, 24, 1, tzinfo=UTC)
    async with desk.get("/desk/board", params={"lang": "en"}) as reply:
        line = LexborHTMLParser(await reply.text()).css_first(".duty")
    assert " ".join(line.text().split()) == "Portal duty: nobody is on call until 09:00"
    assert "down" in line.attributes["class"]


async def test_a_fortnight_is_drawn_with_its_gaps(desk: Any) -> None:
    tree = await page(desk)
    assert len(tree.css(".week")) == 2
    assert len(tree.css(".week .nobody")) == 2
    assert len(tree.css(".present")) == 1
    assert words(tree, ".legend") == "ОН Ольга Ночная ИС Иван Сменный АД Анна Дежурная ! никто"


async def test_the_shifts_are_there_as_a_list_for_those_who_see_no_drawing(desk: Any) -> None:
    listed = [" ".join(n.text().split()) for n in (await page(desk)).css(".turns li")]
    assert listed[:3] == [
        "00:00–09:00 — Ольга Ночная",
        "09:00–21:00 — Иван Сменный",
        "21:00 – 19 окт, 09:00 — Ольга Ночная",
    ]
    assert "23 окт, 21:00 – 24 окт, 09:00 — никто" in listed


async def test_without_rotas_the_screen_says_what_to_add(desk: Any, house: Any) -> None:
    house.oncall.duty.rotas.clear()
    assert "[[oncall]]" in words(await page(desk), "main")


# ── who stands in ─────────────────────────────────────────────────────────────


async def test_somebody_stands_in_by_the_rotas_clock(desk: Any) -> None:
    reply = await post(desk, "/desk/oncall/duty", **GOOD)
    assert (reply.status, reply.headers["Location"]) == (303, "/desk/oncall?done=stands_in")
    tree = await page(desk, done="stands_in")
    assert "Подмена записана." in words(tree, ".flash")
    assert words(tree, ".shift dd").startswith("Ольга Ночная до 18:00")
    assert words(tree, ".stand-ins li span") == "Ольга Ночная 15:00–18:00 автор: local"


async def test_a_stand_in_is_taken_back(desk: Any) -> None:
    await post(desk, "/desk/oncall/duty", **GOOD)
    reply = await post(desk, "/desk/oncall/remove/1")
    assert reply.status == 303
    assert words(await page(desk), ".shift dd").startswith("Иван Сменный")


@pytest.mark.parametrize(
    ("path", "fields", "status", "why"),
    [
        ("duty", {**GOOD, "until": "2026-10-18T14:00"}, 400, "позже начала"),
        ("duty", {**GOOD, "since": "2026-10-17T14:00", "until": "2026-10-17T15:00"}, 400, "прошло"),
        ("duty", {**GOOD, "until": ""}, 400, "Укажите дату"),
        ("duty", {**GOOD, "engineer": "petr"}, 409, "нельзя"),
        ("nights", GOOD, 404, "нельзя"),
        ("remove/7", {}, 409, "нельзя"),
        ("duty", {**GOOD, "seal": "another"}, 403, "устарела"),
    ],
    ids=["backwards", "over", "no_end", "engineer", "rota", "remove", "seal"],
)
async def test_what_makes_no_sense_is_not_taken_and_said(
    desk: Any, path: str, fields: dict[str, str], status: int, why: str
) -> None:
    reply = await post(desk, f"/desk/oncall/{path}", **fields)
    tree = LexborHTMLParser(await reply.text())
    assert reply.status == status
    assert why in words(tree, ".flash")
    assert not tree.css(".stand-ins")


async def test_what_was_typed_is_kept_when_it_is_not_taken(desk: Any) -> None:
    reply = await post(desk, "/desk/oncall/duty", **{**GOOD, "until": "2026-10-18T14:00"})
    tree = LexborHTMLParser(await reply.text())
    assert tree.css_first("input[name=until]").attributes["value"] == "2026-10-18T14:00"
    assert tree.css_first("option[selected]").attributes["value"] == "olga"


# ── the API ───────────────────────────────────────────────────────────────────


async def test_the_api_says_who_is_on_call(desk: Any) -> None:
    async with desk.get("/api/v1/oncall", params={"days": "1"}) as reply:
        found = await reply.json()
    (rota,) = found["rotas"]
    assert found["at"] == "2026-10-18T12:30:00Z"
    assert (rota["id"], rota["timezone"]) == ("duty", "Europe/Moscow")
    assert rota["now"]["engineer"] == "ivan"
    assert rota["now"]["until"] == "2026-10-18T18:00:00Z"
    assert rota["next"]["engineer"] == "olga"
    assert [shift["engineer"] for shift in rota["shifts"]] == ["olga", "ivan", "olga"]
    schema = openapi()["components"]["schemas"]
    assert set(rota) == set(schema["Rota"]["properties"])
    assert set(rota["next"]) == set(schema["Shift"]["properties"])


async def test_the_api_says_so_when_nobody_is(desk: Any) -> None:
    async with desk.get("/api/v1/oncall", params={"at": "2026-10-24T01:00:00Z"}) as reply:
        (rota,) = (await reply.json())["rotas"]
    assert rota["now"] == {"engineer": None, "name": None, "until": "2026-10-24T06:00:00Z"}


async def test_an_override_is_entered_and_taken_back_by_the_api(desk: Any) -> None:
    body = {**ENTERED, "until": "2026-10-18T18:30:00+03:00"}
    async with desk.post("/api/v1/oncall/overrides", json=body) as reply:
        entered = await reply.json()
        assert reply.status == 201
    assert entered == {
        "id": 1,
        "engineer": "anna",
        "name": {"ru": "Анна Дежурная", "en": "Anna Dezhurnaya"},
        "since": "2026-10-18T12:00:00Z",
        "until": "2026-10-18T15:30:00Z",
        "by": "local",
    }
    async with desk.delete("/api/v1/oncall/overrides/1") as reply:
        assert reply.status == 204
    async with desk.delete("/api/v1/oncall/overrides/1") as reply:
        assert reply.status == 404


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"engineer": "petr"}, "there is no engineer"),
        ({"since": "2026-10-18T12:00:00"}, "since: expected an instant"),
        ({"until": "soon"}, "until: expected an instant"),
        ({"until": "9999-12-31T23:59:59-14:00"}, "until: expected an instant"),
        ({"rota": 5}, "rota: expected text"),
        ({"reason": "ill"}, "expected a JSON object with rota"),
    ],
    ids=["engineer", "no_zone", "no_moment", "far", "type", "unknown"],
)
async def test_the_api_refuses_with_the_remedy(
    desk: Any, change: dict[str, object], why: str
) -> None:
    body = {**ENTERED, "until": "2026-10-18T15:00:00Z", **change}
    async with desk.post("/api/v1/oncall/overrides", json=body) as reply:
        assert reply.status == 400
        assert why in (await reply.json())["error"]


async def test_the_api_takes_no_form(desk: Any) -> None:
    async with desk.post("/api/v1/oncall/overrides", data=ENTERED) as reply:
        assert reply.status == 415


@pytest.mark.parametrize("query", ["days=0", "days=93", "days=x", "at=noon", "at=2026-10-18"])
async def test_the_api_refuses_a_wrong_question(desk: Any, query: str) -> None:
    async with desk.get(f"/api/v1/oncall?{query}") as reply:
        assert reply.status == 400


async def test_the_calendar_is_one_in_the_language_asked_for(desk: Any) -> None:
    async with desk.get("/api/v1/oncall/duty.ics?lang=en") as reply:
        assert reply.content_type == "text/calendar"
        found = icalendar.Calendar.from_ical(await reply.text())
    names = {str(event["SUMMARY"]).split(" · ")[0] for event in found.walk("VEVENT")}
    assert names == {"Anna Dezhurnaya", "Ivan Smenny", "Olga Nochnaya"}


async def test_of_an_unknown_rota_there_is_no_calendar(desk: Any) -> None:
    async with desk.get("/api/v1/oncall/nights.ics") as reply:
        assert reply.status == 404


async def test_beyond_this_machine_nothing_is_told(serve: Any) -> None:
    desk = await serve(allowed=False)
    for path in ("/desk/oncall", "/api/v1/oncall", "/api/v1/oncall/duty.ics"):
        async with desk.get(path) as reply:
            assert reply.status == 403
            assert "Дежурная" not in await reply.text()


# ── the drawing ───────────────────────────────────────────────────────────────


def test_days_are_equally_wide_when_the_clocks_change(house: Any) -> None:
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    anna = Person("anna", {"en": "Anna"})
    edges = [datetime(2026, 10, 19 + n, tzinfo=berlin).astimezone(UTC) for n in range(8)]
    turns = [Turn(anna if n % 2 else None, edges[n], edges[n + 1]) for n in range(7)]
    roster = Roster("r", {}, berlin, anna, None, None, turns, ())
    speech = load(["en"], berlin)["en"]
    (week,) = weeks(roster, marks([anna], "en"), now=edges[0] + timedelta(hours=12), speech=speech)
    assert {bar.width for bar in week.bars} == {WIDTH / 7}
    assert week.now == WIDTH / 14
    assert week.days[0] == "Mo 19"


def test_no_two_engineers_have_the_same_initials() -> None:
    people = [
        Person(f"p{n}", {"ru": name}) for n, name in enumerate(["Анна Д", "Артём Д", "Ада Д"])
    ]
    found = marks(people, "ru")
    assert len({mark.initials for mark in found.values()}) == 3
