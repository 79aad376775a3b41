"""At the desk people mute an incident, see what is muted by whom and why, and lift it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from notify import mutes
from notify.mutes import Mute

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
    reply = await post(desk, f"{path}/mute", until="2030-01-01T10:00", why="Чиним, <знаем>")
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
    await house.silences.store.write(
        lambda db: mutes.enter(
            db,
            Mute("", "sms", house.clock() + timedelta(hours=1), "anna", "we know"),
            now=house.clock(),
        )
    )
    board = await page(desk, "/desk/board", lang="en")
    assert words(board, ".muted li").startswith("SMS codes until")
