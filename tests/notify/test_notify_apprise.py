"""The Apprise channel, through its json:// service, against a real server."""

import asyncio
import subprocess
import sys
import threading

import pytest
from aiohttp import web
from pydantic import ValidationError

from notify.channels.apprise import _THREADS, Apprise, AppriseSettings
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater

MESSAGE = Message(
    subject="Сбой [ИНЦ-2026-0001]",
    text="Сбой\n\nПодробности <b>&\n",
    lang="ru",
    first_line="Сбой",
    incident="ИНЦ-2026-0001",
    event="opened",
    at="2026-11-22T11:03:00+00:00",
)


@pytest.fixture
async def serve():
    runners = []

    async def start(handler):
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


def channel(address, options=""):
    url = f"json://user:s3cret@{address}/hook{options}"
    return Apprise(AppriseSettings(id="chat", kind="apprise", url=url))


def counting(status, seen, **headers):
    async def handler(request):
        seen.append(await request.json())
        return web.Response(status=status, headers=headers)

    return handler


async def test_a_message_arrives_as_it_was_written(serve):
    seen = []
    sender = channel(await serve(counting(200, seen)))
    assert await sender.send("chat", MESSAGE, "id") == Sent()
    assert (seen[0]["title"], seen[0]["message"].strip()) == (MESSAGE.subject, MESSAGE.text.strip())


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (500, TryLater, "http_500"),
        (429, TryLater, "http_429"),
        (401, Refused, "http_401"),
        (404, Refused, "http_404"),
    ],
)
async def test_a_status_is_read_from_its_words_and_nothing_is_retried(serve, status, kind, reason):
    seen = []
    receipt = await channel(await serve(counting(status, seen)), "?retry=3").send(
        "chat", MESSAGE, "id"
    )
    assert isinstance(receipt, kind)
    assert receipt.reason == reason
    assert len(seen) == 1


async def test_a_redirect_is_not_taken_for_success(serve):
    seen = []
    address = await serve(counting(302, seen, Location="/elsewhere"))
    receipt = await channel(address, "?redirect=yes").send("chat", MESSAGE, "id")
    assert not isinstance(receipt, Sent)
    assert len(seen) == 1


async def test_silence_is_ambiguous(serve):
    async def handler(_request):
        await asyncio.Event().wait()

    receipt = await channel(await serve(handler), "?rto=0.2").send("chat", MESSAGE, "id")
    assert isinstance(receipt, TryLater)
    assert receipt.ambiguous


async def test_whatever_isn_t_clear_is_ambiguous_and_names_no_secret(unused_port):
    receipt = await channel(f"127.0.0.1:{unused_port}").send("chat", MESSAGE, "id")
    assert isinstance(receipt, TryLater)
    assert receipt.ambiguous
    assert "s3cret" not in receipt.detail


async def test_hung_sends_of_one_channel_are_few(serve):
    release, come = asyncio.Event(), asyncio.Semaphore(0)

    async def handler(_request):
        come.release()
        await release.wait()
        return web.Response()

    sender = channel(await serve(handler))
    hung = [asyncio.create_task(sender.send("chat", MESSAGE, "id")) for _ in range(_THREADS)]
    for _ in hung:
        await come.acquire()
    with pytest.raises(NotSentError):
        await sender.send("chat", MESSAGE, "id")
    threads = [t for t in threading.enumerate() if t.name == "apprise chat"]
    assert all(thread.daemon for thread in threads)
    release.set()
    assert await asyncio.gather(*hung) == [Sent()] * _THREADS


async def test_a_send_given_up_on_frees_its_place_when_it_ends(serve):
    release, come = asyncio.Event(), asyncio.Event()

    async def handler(_request):
        come.set()
        await release.wait()
        return web.Response()

    sender = channel(await serve(handler))
    given_up = asyncio.create_task(sender.send("chat", MESSAGE, "id"))
    await come.wait()
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    release.set()
    [thread] = [t for t in threading.enumerate() if t.name == "apprise chat"]
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()
    assert await sender.send("chat", MESSAGE, "id") == Sent()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nosuch://s3cret", "doesn't know this kind"),
        ("smsc://u:s3cret@notaphone", "finds a fault"),
        ("mailto://u:s3cret@example.org?to=a@b.ru,c@d.ru", "one target a channel"),
        ("syslog://s3cret", "on the local machine only"),
        ("", "doesn't know this kind"),
    ],
)
def test_a_url_that_cannot_work_is_refused_without_repeating_it(url, problem):
    with pytest.raises(ValidationError, match=problem) as caught:
        AppriseSettings(id="chat", kind="apprise", url=url)
    assert "s3cret" not in str(caught.value)


def test_an_apprise_that_cannot_be_loaded_is_a_failed_attempt():
    code = (
        "import sys; sys.modules['apprise'] = None\n"
        "from notify.channels.apprise import _notify\n"
        "print(_notify('json://user:s3cret@127.0.0.1', None))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("TryLater(reason='apprise'")
    assert "s3cret" not in found.stdout


def test_apprise_is_not_loaded_until_a_channel_of_it_is():
    code = "import sys, notify.service, notify.catalog as c; c.kinds(); print('apprise' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
