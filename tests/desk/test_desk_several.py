"""Incidents of several components, and what people do with them: merge, split, lock, re-open."""

from datetime import timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from incidents.commands import Merge, Publish, Reopen, Split, Update
from incidents.events import Attached, Because, Cause, Detached, Impact, Status, Unstable
from probes.observation import Outcome, Reason

SMS, SUSPECT, OLD = "ИНЦ-2026-0042", "ИНЦ-2026-0043", "ИНЦ-2026-0007"
WHY = Because("confirmed_recovery")


@pytest.fixture
def joined(house: Any) -> Any:
    """Signing in failed along with the codes; uploads did, and are well again."""
    now = house.clock()
    for component, minutes in (("login", 20), ("upload", 15)):
        event = Attached(
            SMS,
            component,
            WHY,
            Cause.STORM,
            now - timedelta(minutes=minutes),
            Impact.CRITICAL,
            {"ru": f"Сервис {component}"},
            Outcome.DOWN,
            Reason.TIMEOUT,
        )
        house.happened(event)
    house.happened(Detached(SMS, "upload", WHY), now - timedelta(minutes=5))
    return house


async def page(desk: Any, path: str) -> LexborHTMLParser:
    async with desk.get(path) as reply:
        assert reply.status == 200
        return LexborHTMLParser(await reply.text())


def words(tree: LexborHTMLParser, selector: str) -> str:
    return " ".join(" ".join(n.text(separator=" ").split()) for n in tree.css(selector))


async def post(desk: Any, action: str, id_: str = SMS, **fields: str) -> Any:
    async with desk.get("/desk/open") as reply:
        tree = LexborHTMLParser(await reply.text())
    seal = str(tree.css_first("input[name=seal]").attributes["value"])
    path = f"/desk/incidents/{id_}/{action}"
    return await desk.post(path, data={"seal": seal, **fields}, allow_redirects=False)


async def test_an_incidents_page_lists_whom_it_is_about_and_since_when(
    desk: Any, joined: Any
) -> None:
    rows = [
        " ".join(n.text(separator=" ").split())
        for n in (await page(desk, f"/desk/incidents/{SMS}")).css(".parts li")
    ]
    assert rows == [
        "Коды по СМС с 14:18: код не приходит",
        "Вход в личный кабинет с 15:10: сервис не отвечает",
        "Загрузка документов 15:15 – 15:25: сервис не отвечает",
    ]


async def test_one_of_one_component_lists_no_parts(desk: Any) -> None:
    tree = await page(desk, f"/desk/incidents/{SMS}")
    assert not tree.css(".parts")
    assert not tree.css("form[action$=split]")


async def test_only_a_component_that_came_and_is_still_unwell_can_be_taken_out(
    desk: Any, joined: Any
) -> None:
    tree = await page(desk, f"/desk/incidents/{SMS}")
    options = tree.css("form[action$=split] option")
    assert [o.attributes["value"] for o in options] == ["login"]
    reply = await post(desk, "split", component="login")
    assert reply.headers["Location"].endswith("done=split")
    assert joined.done == [(SMS, Split("login"), "local")]
    for component in ("sms", "upload", "nowhere", ""):
        assert (await post(desk, "split", component=component)).status == 400


async def test_an_incident_is_merged_into_another_and_says_so(desk: Any, house: Any) -> None:
    tree = await page(desk, f"/desk/incidents/{SUSPECT}")
    options = tree.css("form[action$=merge] option")
    assert [o.attributes["value"] for o in options] == [SMS]
    assert (await post(desk, "merge", SUSPECT, into=SMS)).status == 303
    assert isinstance(house.done[-1][1], Merge)
    after = await page(desk, f"/desk/incidents/{SUSPECT}")
    assert f"часть сбоя {SMS}" in words(after, ".facts")
    assert after.css_first(".facts a").attributes["href"].endswith("-2026-0042")
    assert f"часть сбоя {SMS}" in words(await page(desk, "/desk/"), ".rows.past")


@pytest.mark.parametrize("into", ["", SUSPECT, OLD, "ИНЦ-1999-0001"])
async def test_it_is_merged_only_into_another_open_one(desk: Any, house: Any, into: str) -> None:
    reply = await post(desk, "merge", SUSPECT, into=into)
    assert reply.status == 400
    assert "Выберите другой открытый сбой." in await reply.text()
    assert house.done == []


async def test_what_is_over_is_opened_again_under_its_number(desk: Any, house: Any) -> None:
    assert (await post(desk, "reopen", OLD)).status == 303
    assert isinstance(house.done[0][1], Reopen)
    assert house.incidents[OLD].is_open
    again = await post(desk, "reopen", OLD)
    assert again.status == 409
    assert "Открыть заново нельзя" in await again.text()


async def test_a_person_keeps_the_status_and_is_told_when_probes_see_it_well(
    desk: Any, house: Any
) -> None:
    await post(desk, "lock")
    assert house.done == [(SMS, Update(locked=True), "local")]
    tree = await page(desk, f"/desk/incidents/{SMS}")
    assert "статус меняют только люди" in words(tree, ".facts")
    assert "Проверки снова видят" not in words(tree, ".card")
    house.well["sms"] = house.clock() - timedelta(minutes=10)
    tree = await page(desk, f"/desk/incidents/{SMS}")
    assert "Проверки снова видят сервис исправным с 15:20, но" in words(tree, ".card .hint")
    await post(desk, "unlock")
    assert not house.incidents[SMS].locked
    assert not (await page(desk, f"/desk/incidents/{SMS}")).css(".card > .hint")


async def test_publication_can_be_put_off_to_a_time_in_the_portals_zone(
    desk: Any, house: Any
) -> None:
    await post(desk, "publish-later", SUSPECT, at="2026-10-18T18:00")
    command = house.done[0][1]
    assert isinstance(command, Publish)
    assert f"{command.at:%H:%M %Z}" == "15:00 UTC"
    facts = words(await page(desk, f"/desk/incidents/{SUSPECT}"), ".facts")
    assert "публикация: 18:00" in facts
    assert "ещё не опубликован" not in facts


@pytest.mark.parametrize(
    ("at", "problem"),
    [
        ("", "Укажите дату и время."),
        ("завтра", "Укажите дату и время."),
        ("2026-10-18T18:00Z", "Укажите дату и время."),
        ("9999-12-31T23:59", "Укажите дату и время."),
        ("0001-01-01T00:00", "Укажите дату и время."),
        ("2026-10-18T15:00", "Это время уже прошло."),
    ],
)
async def test_a_time_that_makes_no_sense_is_refused(
    desk: Any, house: Any, at: str, problem: str
) -> None:
    reply = await post(desk, "publish-later", SUSPECT, at=at)
    assert reply.status == 400
    text = await reply.text()
    assert problem in text
    assert house.done == []


async def test_what_comes_and_goes_is_marked_everywhere(desk: Any, house: Any) -> None:
    house.happened(Unstable(SMS, "sms", WHY))
    assert "то работает, то нет" in words(await page(desk, f"/desk/incidents/{SMS}"), ".facts")
    assert "то работает, то нет" in words(await page(desk, "/desk/"), ".board .rows")
    await house.resolve(SMS, "local", text={})
    assert house.incidents[SMS].status is Status.RESOLVED
    assert "то работает" not in words(await page(desk, f"/desk/incidents/{SMS}"), ".facts")


async def test_the_api_tells_whom_it_reached_and_how_it_is_kept(desk: Any, joined: Any) -> None:
    await joined.lock(SMS, "local", locked=True)
    async with desk.get(f"/api/v1/incidents/{SMS}") as reply:
        found = await reply.json()
    assert [(one["component"], one["cause"]) for one in found["affected"]] == [
        ("sms", None),
        ("login", "storm"),
        ("upload", "storm"),
    ]
    assert found["affected"][2]["until"] == "2026-10-18T12:25:00Z"
    assert (found["locked"], found["merged_into"]) == (True, None)
