"""The board says when nobody who was called could be told, and of what."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from selectolax.lexbor import LexborHTMLParser

SMS = "ИНЦ-2026-0042"


@pytest.mark.parametrize(
    ("lang", "words"), [("ru", "Ни до кого из инженеров не дошло"), ("en", "No message has")]
)
async def test_the_board_says_that_engineers_have_to_be_phoned(
    desk: Any, house: Any, lang: str, words: str
) -> None:
    house.out_of_reach = [SMS]
    async with desk.get("/desk/board", params={"lang": lang}) as reply:
        banner = LexborHTMLParser(await reply.text()).css_first(".flash.down")
    assert words in banner.text()
    link = banner.css_first("a")
    assert link.text() == SMS
    assert unquote(link.attributes["href"]).endswith(f"/desk/incidents/{SMS}/told")


async def test_the_board_is_silent_while_somebody_can_be_reached(desk: Any) -> None:
    async with desk.get("/desk/board") as reply:
        assert not LexborHTMLParser(await reply.text()).css(".flash.down")
