"""What the read model promises to those who ask it again and again."""

import asyncio
from datetime import UTC, datetime

from incidents.commands import Open, Publish, Resolve, Update
from incidents.component import Component

SMS = Component("sms", {"ru": "Коды по СМС"})
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def one_over(world) -> str:
    opening = Open(world.clock(), SMS, {"ru": "Нет кодов"})
    number = (await world.recorder.open(opening, actor="anna")).event.incident
    await world.recorder.do(number, Publish(), actor="anna")
    await world.recorder.do(number, Resolve(), actor="anna")
    return number


async def test_who_waits_is_woken_once_the_news_can_be_read_here(world) -> None:
    await world.recorder.turn()
    waiting = asyncio.create_task(world.register.changed(world.register.seq))
    await asyncio.sleep(0)
    assert not waiting.done()
    opening = Open(world.clock(), SMS, {"ru": "Нет кодов"})
    await world.recorder.open(opening, actor="anna")
    async with asyncio.timeout(10):
        await waiting
    assert len(world.register.open_incidents()) == 1


async def test_who_comes_too_late_need_not_wait(world) -> None:
    await one_over(world)
    async with asyncio.timeout(10):
        await world.register.changed(world.register.seq - 1)


async def test_what_is_over_is_the_very_same_until_it_changes(world) -> None:
    first, second = await one_over(world), await one_over(world)
    before = {i.id: i for i in await world.register.closed_public(10, since=LONG_AGO)}
    await world.recorder.do(second, Update(title={"ru": "Коды опаздывали"}), actor="anna")
    after = {i.id: i for i in await world.register.closed_public(10, since=LONG_AGO)}
    assert after[first] is before[first]
    assert after[second].title == {"ru": "Коды опаздывали"}
