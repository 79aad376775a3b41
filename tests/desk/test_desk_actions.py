"""What an operator does: each form one command, refused where it must be, nothing typed lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from incidents.commands import Acknowledge, Open, Publish, Resolve, Update
from incidents.events import Status

SMS, SUSPECT, OLD = "ИНЦ-2026-0042", "ИНЦ-2026-0043", "ИНЦ-2026-0007"


async def seal(desk: Any) -> str:
    async with desk.get("/desk/open") as reply:
        tree = LexborHTMLParser(await reply.text())
    return str(tree.css_first("input[name=seal]").attributes["value"])


async def post(desk: Any, path: str, **fields: str) -> Any:
    data = {"seal": await seal(desk), **fields}
    return await desk.post(path, data=data, allow_redirects=False)


async def test_acknowledging_is_recorded_as_local(desk: Any, house: Any) -> None:
    reply = await post(desk, f"/desk/incidents/{SUSPECT}/acknowledge")
    assert reply.status == 303
    ((id_, command, actor),) = house.done
    assert (id_, type(command), actor) == (SUSPECT, Acknowledge, "local")
    async with desk.get(reply.headers["Location"]) as after:
        assert "Сбой принят в работу." in await after.text()


async def test_publishing_makes_it_public(desk: Any, house: Any) -> None:
    reply = await post(desk, f"/desk/incidents/{SUSPECT}/publish")
    assert reply.status == 303
    assert isinstance(house.done[0][1], Publish)
    assert house.incidents[SUSPECT].is_public


async def test_an_update_carries_status_and_words_in_each_language(desk: Any, house: Any) -> None:
    await post(
        desk,
        f"/desk/incidents/{SMS}/update",
        status="identified",
        text_ru="Нашли причину.",
        text_en="Found it.",
    )
    command = house.done[0][1]
    assert isinstance(command, Update)
    assert command.status is Status.IDENTIFIED
    assert command.text == {"ru": "Нашли причину.", "en": "Found it."}


async def test_the_next_news_are_promised_by_a_time_of_the_portals_zone(
    desk: Any, house: Any
) -> None:
    path = f"/desk/incidents/{SMS}"
    reply = await post(desk, f"{path}/update", text_ru="Чиним.", next="2026-10-18T16:15")
    assert reply.status == 303
    assert house.incidents[SMS].next_at == datetime(2026, 10, 18, 13, 15, tzinfo=UTC)
    async with desk.get(path) as after:
        assert "Следующая новость — до 16:15." in await after.text()
    async with desk.get(f"/api/v1/incidents/{SMS}") as answer:
        assert (await answer.json())["next_at"] == "2026-10-18T13:15:00Z"


async def test_a_promise_alone_is_an_update(desk: Any, house: Any) -> None:
    await post(desk, f"/desk/incidents/{SMS}/update", next="2026-10-19T09:00")
    assert house.incidents[SMS].next_at == datetime(2026, 10, 19, 6, 0, tzinfo=UTC)


async def test_a_time_that_was_not_taken_is_still_in_its_field(desk: Any) -> None:
    reply = await post(desk, f"/desk/incidents/{SMS}/update", next="2026-10-18T15:00")
    field = LexborHTMLParser(await reply.text()).css_first("#next")
    assert field.attributes["value"] == "2026-10-18T15:00"


async def test_resolving_closes_it(desk: Any, house: Any) -> None:
    await post(desk, f"/desk/incidents/{SMS}/resolve", text_ru="Починили.")
    assert isinstance(house.done[0][1], Resolve)
    assert house.incidents[SMS].status is Status.RESOLVED


async def test_opening_leads_to_the_new_incidents_page(desk: Any, house: Any) -> None:
    reply = await post(
        desk,
        "/desk/open",
        component="hotline",
        title_ru="Не дозвониться",
        operator_note_ru="Ждите.",
    )
    assert reply.status == 303
    command = house.done[0][1]
    assert isinstance(command, Open)
    assert (command.title, command.public_text) == ({"ru": "Не дозвониться"}, {})
    async with desk.get(reply.headers["Location"]) as after:
        text = await after.text()
    assert "Сбой заведён." in text
    assert "Не дозвониться" in text


async def test_personal_data_is_not_kept(desk: Any, house: Any) -> None:
    await post(
        desk,
        f"/desk/incidents/{SMS}/update",
        text_ru="Звонил Иван, +7 916 123-45-67, СНИЛС 112-233-445 95",
    )
    assert house.incidents[SMS].updates[-1].text == {"ru": "Звонил Иван, [телефон], СНИЛС [СНИЛС]"}


async def test_a_form_from_another_site_does_nothing(desk: Any, house: Any) -> None:
    token = await seal(desk)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        async with desk.post(
            f"/desk/incidents/{SUSPECT}/acknowledge", data={"seal": token}, headers=headers
        ) as reply:
            assert reply.status == 403
    assert house.done == []


async def test_our_own_form_from_a_browser_is_taken(desk: Any, house: Any) -> None:
    headers = {"Origin": str(desk.make_url("/")).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    async with desk.post(
        f"/desk/incidents/{SUSPECT}/acknowledge", data={"seal": await seal(desk)}, headers=headers
    ) as reply:
        assert reply.status == 200
    assert len(house.done) == 1


@pytest.mark.parametrize("token", [None, "", "0" * 64, "неверно"])
async def test_without_the_seal_nothing_is_done_and_nothing_typed_is_lost(
    desk: Any, house: Any, token: str | None
) -> None:
    data = {"text_ru": "Долго писали"} | ({} if token is None else {"seal": token})
    async with desk.post(f"/desk/incidents/{SMS}/update", data=data) as reply:
        assert reply.status == 403
        text = await reply.text()
    assert "Долго писали" in text
    assert "Страница устарела" in text
    assert house.done == []


async def test_a_site_that_points_its_name_at_this_machine_is_refused(desk: Any) -> None:
    for path in ("/desk/", "/api/v1/incidents"):
        async with desk.get(path, headers={"Host": "evil.example"}) as reply:
            assert reply.status == 403


async def test_a_command_that_no_longer_fits_is_explained_and_nothing_is_lost(
    desk: Any, house: Any
) -> None:
    await house.resolve(SMS, "other", text={})
    house.done.clear()
    reply = await post(desk, f"/desk/incidents/{SMS}/update", status="monitoring", text_ru="Ждём")
    assert reply.status == 409
    text = await reply.text()
    assert "Сбой уже в другом состоянии (Устранён)" in text


async def test_publishing_twice_is_explained(desk: Any) -> None:
    await post(desk, f"/desk/incidents/{SUSPECT}/publish")
    reply = await post(desk, f"/desk/incidents/{SUSPECT}/publish")
    assert reply.status == 409
    assert "Сбой уже в другом состоянии (Разбираемся)" in await reply.text()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Напишите текст, выберите статус или пообещайте новость ко времени."),
        ({"text_ru": "  "}, "Напишите текст, выберите статус или пообещайте новость ко времени."),
        ({"status": "resolved"}, "Так сделать нельзя"),
        ({"text_ru": "Чиним", "next": "2026-10-18T15:30"}, "Это время уже прошло."),
        ({"text_ru": "Чиним", "next": "soon"}, "Укажите дату и время."),
        ({"text_ru": "а" * 2001}, "не больше 2000 знаков"),
    ],
)
async def test_an_update_that_says_nothing_right_is_not_taken(
    desk: Any, house: Any, fields: dict[str, str], problem: str
) -> None:
    reply = await post(desk, f"/desk/incidents/{SMS}/update", **fields)
    assert reply.status == 400
    assert problem in await reply.text()
    assert house.done == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"title_ru": "Не работает"}, "Выберите сервис."),
        ({"title_ru": "Не работает", "component": "nowhere"}, "Выберите сервис."),
        ({"component": "sms", "operator_note_ru": "Не работает"}, "Напишите заголовок."),
    ],
)
async def test_an_opening_form_that_lacks_something_keeps_what_was_typed(
    desk: Any, house: Any, fields: dict[str, str], problem: str
) -> None:
    reply = await post(desk, "/desk/open", **fields)
    assert reply.status == 400
    text = await reply.text()
    assert problem in text
    assert "Не работает" in text
    assert house.done == []


async def test_an_action_nobody_knows_is_not_found(desk: Any, house: Any) -> None:
    reply = await post(desk, f"/desk/incidents/{SMS}/delete")
    assert reply.status == 404
    assert (await post(desk, "/desk/incidents/none/publish")).status == 404
    assert house.done == []


async def test_beyond_loopback_without_users_every_route_says_why_it_is_closed(
    serve: Any, house: Any
) -> None:
    closed = await serve(allowed=False)
    for method, path in (
        ("GET", "/desk/"),
        ("GET", "/desk/static/desk.css"),
        ("GET", f"/desk/incidents/{SMS}"),
        ("POST", f"/desk/incidents/{SMS}/resolve"),
        ("GET", "/desk/nowhere"),
        ("GET", "/api/v1/incidents"),
        ("GET", f"/api/v1/incidents/{SMS}"),
        ("GET", "/api/v1/lookup?q=x"),
    ):
        async with closed.request(method, path) as reply:
            assert reply.status == 403
            assert "has no users yet" in await reply.text()
    assert house.done == []
