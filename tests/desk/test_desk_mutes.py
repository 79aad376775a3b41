"""At the desk people mute an incident, see what is muted by whom and why, and lift it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from selectolax.lexbor import LexborHTMLParser

SMS = "ИНЦ-2026-0042"


async def page(desk: Any, path: str, **query: str) -> LexborHTMLParser:
    async with desk.get(path, params=query) as reply:
        assert reply.status == 200
        return LexborHTMLParser(await reply.text())


async def post(desk: Any, path: str, **fields: str) -> Any:
    tree = await page(desk, "/desk/open")
    seal = tree.css_first("input[name=seal]").attributes["value"]
    return await desk.post(path, data={"seal": seal, **fields}, allow_redirects=False)


def words(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(n.text(separator=" ").split()) for n in tree.css(selector))


async def test_an_incident_is_muted_and_the_board_says_by_whom_and_why(desk: Any) -> None:
    path = f"/desk/incidents/{SMS}"
    reply = await post(desk, f"{path}/mute", until="2026-10-20T10:00", why="Чиним, <знаем>")
    assert reply.status == 303
    assert reply.headers["Location"].endswith("?done=muted")
    board = await page(desk, "/desk/board")
    said = words(board, ".muted li")
    assert SMS in said
    assert "10:00" in said
    assert "попросил local: Чиним, <знаем>" in said
    lift = board.css_first(".muted form").attributes["action"]
    assert (await desk.post(lift, data={})).status == 403
    reply = await post(desk, lift)
    assert reply.status == 303
    assert not (await page(desk, "/desk/board")).css(".muted")


async def test_a_mute_needs_a_time_to_come_and_a_reason(desk: Any) -> None:
    path = f"/desk/incidents/{SMS}/mute"
    for fields in ({"until": "2030-01-01T10:00"}, {"until": "2020-01-01T10:00", "why": "x"}):
        assert (await post(desk, path, **fields)).status == 400
    assert (await desk.post(path, data={"until": "2030-01-01T10:00", "why": "x"})).status == 403
    assert not (await page(desk, "/desk/board")).css(".muted")


async def test_a_service_is_shown_by_its_name(desk: Any, house: Any) -> None:
    until = house.clock() + timedelta(hours=1)
    await house.silences.mute("anna", component="sms", until=until, why="we know")
    board = await page(desk, "/desk/board", lang="en")
    assert words(board, ".muted li").startswith("SMS codes until")


async def test_a_service_is_muted_on_a_screen_of_its_own(desk: Any) -> None:
    reply = await post(
        desk, "/desk/mutes", component="sms", until="2026-10-18T18:00", why="Меняем шлюз"
    )
    assert reply.status == 303
    screen = await page(desk, reply.headers["Location"])
    assert "Коды по СМС до 18:00, попросил local: Меняем шлюз" in words(screen, ".muted li")
    assert words(screen, ".flash.ok")


async def test_what_is_wrong_with_a_mute_is_said_and_nothing_typed_is_lost(desk: Any) -> None:
    good = {"component": "sms", "until": "2026-10-18T18:00", "why": "Меняем шлюз"}
    for wrong, problem in (
        ({"component": "nowhere"}, "Выберите сервис."),
        ({"until": "2026-10-18T15:00"}, "Это время уже прошло."),
        ({"until": "2026-12-18T15:00"}, "не дольше 31 дня"),
        ({"why": " "}, "Напишите, почему."),
        ({"seal": "of another process"}, "Страница устарела"),
    ):
        reply = await post(desk, "/desk/mutes", **{**good, **wrong})
        assert reply.status in (400, 403)
        tree = LexborHTMLParser(await reply.text())
        assert problem in words(tree, ".flash.down")
        typed = tree.css_first("#why").attributes["value"]
        assert typed == {**good, **wrong}["why"]
    assert not (await page(desk, "/desk/board")).css(".muted")


async def test_programs_mute_and_lift(desk: Any) -> None:
    for what in ({"incident": SMS}, {"component": "sms"}):
        asked = {**what, "until": "2026-10-18T18:00:00+03:00", "why": "звонил +7 916 123-45-67"}
        async with desk.post("/api/v1/mutes", json=asked) as reply:
            assert reply.status == 201
            made = await reply.json()
        assert made == {
            "id": made["id"],
            "incident": None,
            "component": None,
            **what,
            "until": "2026-10-18T15:00:00Z",
            "by": "local",
            "why": "звонил [телефон]",
        }
        async with desk.get("/api/v1/mutes") as reply:
            assert await reply.json() == {"mutes": [made]}
        assert (await desk.delete(f"/api/v1/mutes/{made['id']}")).status == 204
        assert (await desk.delete(f"/api/v1/mutes/{made['id']}")).status == 404
        async with desk.get("/api/v1/mutes") as reply:
            assert await reply.json() == {"mutes": []}


async def test_programs_are_told_what_is_wrong_with_a_mute(desk: Any) -> None:
    good = {"component": "sms", "until": "2026-10-18T15:00:00Z", "why": "we know"}
    for wrong, problem in (
        ({"component": "nowhere"}, "component: there is no 'nowhere'"),
        ({"component": None}, "expected either incident or component"),
        ({"component": None, "incident": "ИНЦ-1"}, "incident: there is no 'ИНЦ-1'"),
        ({"incident": SMS}, "expected either incident or component"),
        ({"until": "tomorrow"}, "until: expected an instant"),
        ({"until": "2026-10-18T12:00:00Z"}, "within 31 days from now"),
        ({"why": " "}, "say why"),
        ({"why": ["x"]}, "why: expected text"),
        ({"for": "2h"}, "unknown field 'for'"),
    ):
        async with desk.post("/api/v1/mutes", json={**good, **wrong}) as reply:
            assert reply.status == 400
            assert problem in (await reply.json())["error"]
    async with desk.post("/api/v1/mutes", data="{}") as reply:
        assert reply.status == 415
    async with desk.get("/api/v1/mutes") as reply:
        assert await reply.json() == {"mutes": []}
