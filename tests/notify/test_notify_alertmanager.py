"""The Alertmanager channel against Debian's Alertmanager, and the repeating of what is open."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from notify.channels.alertmanager import Alertmanager, AlertmanagerSettings
from notify.kind import Channel, Repeats
from notify.message import Message
from notify.planning.routing import Route
from notify.receipt import NotSentError, Refused, Sent, TryLater
from notify.repeater import Repeater

ID = "7/all/am/0123456789abcdef"
CONFIG = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\nglobal: {resolve_timeout: 1s}\n"


def now():
    return datetime.now(UTC)


def message(event="opened", **facts):
    began = now() - timedelta(minutes=5)
    whole = {
        "id": "ИНЦ-2026-0001",
        "component": "sms",
        "impact": "major",
        "status": "suspected",
        "reason": "code_not_arrived",
        "started_at": began.isoformat(),
        "resolved_at": None,
        "url": "https://v.example/desk/incidents/1",
        **facts,
    }
    return Message("s", "t", "ru", "Сбой. Коды", whole["id"], event, began.isoformat(), whole)


def ended(**facts):
    return message("resolved", resolved_at=now().isoformat(), status="resolved", **facts)


def sender(url, **changes):
    settings = AlertmanagerSettings(id="am", kind="alertmanager", url=url, **changes)
    return Alertmanager(settings, now)


@pytest.fixture
async def real(needs, tmp_path, unused_port):
    """The address of Debian's Alertmanager, which forgets after a second."""
    program = needs("prometheus-alertmanager")
    (tmp_path / "config.yml").write_text(CONFIG)
    log = (tmp_path / "log").open("wb")
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={tmp_path}/config.yml",
        f"--storage.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{unused_port}",
        "--cluster.listen-address=",
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{unused_port}"
    try:
        await until(lambda: answers(f"{url}/-/ready"))
        yield url
    finally:
        process.kill()
        await process.wait()
        log.close()


async def until(condition):
    async with asyncio.timeout(30):
        while not (found := await condition()):  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.05)
        return found


async def answers(url):
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def active(url):
    """What Alertmanager holds to be so now, by impact."""
    query = {"active": "true", "silenced": "false"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/api/v2/alerts", params=query) as response,
    ):
        return {alert["labels"]["impact"]: alert for alert in await response.json()}


async def test_an_incident_is_an_alert_that_ends_with_it(real):
    am = sender(real)
    assert await am.send("am", message(), ID) == Sent("major")
    alert = (await active(real))["major"]
    assert alert["labels"] == {
        "alertname": "VahtaIncident",
        "component": "sms",
        "impact": "major",
        "incident": "ИНЦ-2026-0001",
    }
    assert alert["generatorURL"] == "https://v.example/desk/incidents/1"
    assert alert["annotations"]["summary"] == "Сбой. Коды"
    assert await am.amend("am", ended(), ID, "major") == Sent("major")
    assert await active(real) == {}
    await am.aclose()


async def test_when_it_gets_worse_one_alert_takes_the_other_s_place(real):
    am = sender(real)
    await am.send("am", message(), ID)
    worse = message("worsened", impact="critical")
    assert await am.amend("am", worse, ID, "major") == Sent("critical")
    assert set(await active(real)) == {"critical"}
    await am.amend("am", ended(impact="minor"), ID, "critical")
    assert await active(real) == {}
    await am.aclose()


async def test_what_it_forgets_it_is_told_again(real):
    am = sender(real)
    opening = message()
    await am.send("am", opening, ID)

    async def is_forgotten():
        return await active(real) == {}

    await until(is_forgotten)

    async def open_ones():
        return [(opening, "major")]

    assert await am.repeat(open_ones) == Sent()
    assert set(await active(real)) == {"major"}
    await am.aclose()


# ── against a server of our own ──


@pytest.fixture
async def serve():
    runners = []

    async def start(status=200):
        posted = []

        async def handler(request):
            posted.append(await request.json())
            return web.Response(status=status)

        app = web.Application()
        app.router.add_post("/api/v2/alerts", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/", posted

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_news_that_is_no_incident_s_is_refused(serve):
    url, posted = await serve()
    am = sender(url)
    receipt = await am.send("am", replace(message(), facts={}), ID)
    assert (type(receipt), receipt.reason, posted) == (Refused, "no_incident", [])
    await am.aclose()


@pytest.mark.parametrize(("status", "kind"), [(400, Refused), (503, TryLater), (302, Refused)])
async def test_what_it_answers_counts(serve, status, kind):
    url, _ = await serve(status)
    am = sender(url)
    assert isinstance(await am.send("am", message(), ID), kind)
    await am.aclose()


async def test_where_nobody_listens_nothing_has_left(unused_port):
    am = sender(f"http://127.0.0.1:{unused_port}")
    with pytest.raises(NotSentError):
        await am.send("am", message(), ID)

    async def open_ones():
        return [(message(), "major")]

    assert await am.repeat(open_ones) is None
    await am.aclose()


async def test_only_what_is_open_is_repeated(serve, make_world, story):
    url, posted = await serve()
    am = sender(url)
    world = make_world(recipients={"am": ("am",)}, routes=[Route("all", ("am",))])
    world.notifier.courier.channels = {"am": Channel("am", "ru", ("am",), am)}
    other = "ИНЦ-2026-0002"
    for event in (story.opened(), story.opened(other), story.resolved()):
        await world.happens(event)
        await world.plan()
        await world.send()
    posted.clear()
    assert isinstance(am, Repeats)
    repeater = Repeater(world.store, world.notifier.courier.channels)
    await repeater.once("am", am)
    [alerts] = posted
    assert [(a["labels"]["incident"], a["labels"]["impact"]) for a in alerts] == [(other, "major")]
    assert "endsAt" not in alerts[0]
    await world.happens(story.resolved(other))
    await world.plan()
    await world.send()
    posted.clear()
    await repeater.once("am", am)
    assert posted == []
    await am.aclose()
    await world.store.close()


async def test_what_was_told_only_when_it_was_over_is_not_repeated(serve, make_world, story):
    url, posted = await serve(status=503)
    am = sender(url)
    world = make_world(recipients={"am": ("am",)}, routes=[Route("all", ("am",))])
    world.notifier.courier.channels = {"am": Channel("am", "ru", ("am",), am)}
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    await am.aclose()
    url, posted = await serve()
    am = sender(url)
    world.notifier.courier.channels = {"am": Channel("am", "ru", ("am",), am)}
    await world.happens(story.resolved())
    await world.plan()
    await world.send()
    assert ["endsAt" in alert for alerts in posted for alert in alerts] == [True]
    posted.clear()
    await Repeater(world.store, world.notifier.courier.channels).once("am", am)
    assert posted == []
    await am.aclose()
    await world.store.close()
