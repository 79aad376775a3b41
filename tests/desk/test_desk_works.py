"""Announced work at the desk: what is listed, announced and called off."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from desk.openapi import openapi
from desk.view import Announcement

GOOD = {
    "title_ru": "Обновление базы",
    "title_en": "Database upgrade",
    "text_ru": "Войти не получится.",
    "component_login": "on",
    "component_sms": "on",
    "starts_at": "2026-10-20T02:00",
    "ends_at": "2026-10-20T04:30",
    "repeats": "",
}


async def page(desk: Any, **query: str) -> LexborHTMLParser:
    async with desk.get("/desk/works", params=query) as reply:
        assert reply.status == 200
        return LexborHTMLParser(await reply.text())


def words(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(n.text(separator=" ").split()) for n in tree.css(selector))


async def post(desk: Any, path: str = "/desk/works", **fields: str) -> Any:
    seal = (await page(desk)).css_first("input[name=seal]").attributes["value"]
    return await desk.post(path, data={"seal": seal, **fields}, allow_redirects=False)


async def test_without_work_the_screen_offers_to_announce_some(desk: Any) -> None:
    tree = await page(desk)
    assert "Работ не запланировано." in words(tree, "main")
    assert len(tree.css("input[type=checkbox]")) == 4
    assert "MSK" in words(tree, "label")


async def test_announced_work_is_recorded_in_the_portals_zone(desk: Any, house: Any) -> None:
    reply = await post(desk, **GOOD)
    assert reply.status == 303
    assert house.done == [
        (
            Announcement(
                ("login", "sms"),
                datetime(2026, 10, 19, 23, 0, tzinfo=UTC),
                datetime(2026, 10, 20, 1, 30, tzinfo=UTC),
                {"ru": "Обновление базы", "en": "Database upgrade"},
                {"ru": "Войти не получится."},
            ),
            "local",
        )
    ]
    async with desk.get(reply.headers["Location"]) as after:
        text = await after.text()
    assert "Работы объявлены." in text
    card = words(LexborHTMLParser(text), ".work-card")
    assert "Впереди ИНЦ-2026-0200 Обновление базы 20 окт, 02:00–04:30 MSK" in card
    assert "Вход в личный кабинет, Коды по СМС" in card


async def test_work_that_repeats_names_the_next_times(desk: Any, house: Any) -> None:
    await post(desk, **{**GOOD, "repeats": "weekly"})
    assert house.done[0][0].repeats == "FREQ=WEEKLY"
    assert "и снова: 27 окт, 02:00; 3 ноя, 02:00; 10 ноя, 02:00" in words(
        await page(desk), ".work-card"
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title_ru": "", "title_en": " "}, "Напишите заголовок."),
        ({"component_login": "", "component_sms": ""}, "Выберите сервис."),
        ({"starts_at": ""}, "Укажите дату и время."),
        ({"ends_at": "потом"}, "Укажите дату и время."),
        ({"ends_at": "2026-10-20T02:00"}, "Конец должен быть позже начала."),
        ({"ends_at": "2026-12-20T02:00"}, "не могут идти дольше 31 дня"),
        ({"starts_at": "2026-10-18T02:00", "ends_at": "2026-10-18T03:00"}, "уже прошло"),
        ({"repeats": "FREQ=SECONDLY"}, "Так сделать нельзя"),
        ({"text_ru": "я" * 2001}, "Слишком длинно"),
        ({"seal": "x"}, "Страница устарела"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_typed_is_lost(
    desk: Any, house: Any, change: dict[str, str], problem: str
) -> None:
    reply = await post(desk, **{**GOOD, "title_en": "Kept words", **change})
    assert reply.status in (400, 403)
    text = await reply.text()
    assert problem in text
    assert house.done == []
    tree = LexborHTMLParser(text)
    if "title_en" not in change:
        assert tree.css_first("#title-en").attributes["value"] == "Kept words"
    if "component_login" not in change:
        checked = [n.attributes["name"] for n in tree.css("input[checked]")]
        assert checked == ["component_login", "component_sms"]


async def test_work_is_called_off(desk: Any, house: Any) -> None:
    await post(desk, **GOOD)
    (id_,) = house.works
    reply = await post(desk, f"/desk/works/{id_}/cancel")
    assert reply.status == 303
    assert house.works[id_].is_over
    tree = await page(desk)
    assert "Закончились" in words(tree, ".work-card")
    assert not tree.css("form[action$=cancel]")
    assert (await post(desk, f"/desk/works/{id_}/cancel")).status == 409


async def test_work_under_way_comes_first_and_can_be_ended(desk: Any, house: Any) -> None:
    await post(desk, **GOOD)
    now = {"starts_at": "2026-10-18T15:00", "ends_at": "2026-10-18T17:00"}
    await post(desk, **{**GOOD, **now, "title_ru": "Перенос"})
    titles = [n.text() for n in (await page(desk)).css(".work-card h2")]
    assert titles == ["Перенос", "Обновление базы"]
    assert "Закончить раньше…" in words(await page(desk), ".work-card:first-of-type summary")


async def test_words_of_work_are_never_markup(desk: Any) -> None:
    nasty = '"><script>alert(1)</script>'
    await post(desk, **{**GOOD, "title_ru": nasty, "text_ru": nasty})
    tree = await page(desk)
    assert len(tree.css("script")) == 1


async def test_the_api_lists_work_with_the_stretch_that_comes_next(desk: Any, house: Any) -> None:
    await post(desk, **{**GOOD, "repeats": "daily"})
    async with desk.get("/api/v1/maintenance") as reply:
        (work,) = (await reply.json())["maintenance"]
    schema = openapi()["components"]["schemas"]["Maintenance"]
    assert set(work) == set(schema["properties"])
    assert work["status"] == "scheduled"
    assert work["starts_at"] == "2026-10-19T23:00:00Z"
    assert work["repeats"] == "FREQ=DAILY"


async def test_the_screen_speaks_english_too(desk: Any) -> None:
    await post(desk, **GOOD)
    tree = await page(desk, lang="en")
    assert "Planned work" in words(tree, "h1")
    assert "Database upgrade" in words(tree, ".work-card")


async def test_far_stretches_take_no_time_to_find(desk: Any, house: Any) -> None:
    await post(desk, **{**GOOD, "repeats": "monthly"})
    (work,) = house.works.values()
    assert work.next_window(house.clock(), within=timedelta(days=400)) is not None
    assert "и снова: 20 ноя" in words(await page(desk), ".work-card")
