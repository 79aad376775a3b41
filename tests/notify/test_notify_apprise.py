"""The Apprise channel, through its json:// service, against a real server."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import ValidationError

from notify.channels.apprise import Apprise, AppriseSettings
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater

ROOT = Path(__file__).parents[2]
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


@pytest.fixture
async def hanging():
    """A service that takes a request and never answers; knows who has come and who has gone."""
    come, gone = asyncio.Event(), asyncio.Event()

    async def hang(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        come.set()
        try:
            while await reader.read(1000):
                pass
        except ConnectionError:
            pass
        gone.set()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        yield f"json://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?rto=60", come, gone


async def test_what_is_given_up_on_is_over(hanging):
    url, come, gone = hanging
    sender = Apprise(AppriseSettings(id="chat", kind="apprise", url=url))
    sending = asyncio.create_task(sender.send("chat", MESSAGE, "id"))
    await come.wait()
    assert not gone.is_set()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await gone.wait()


async def test_what_takes_too_long_may_have_arrived(hanging):
    url, come, gone = hanging
    for seconds in (2, 6, 20):  # enough to start, on however slow a machine
        sender = Apprise(AppriseSettings(id="chat", kind="apprise", url=url), seconds=seconds)
        try:
            receipt = await sender.send("chat", MESSAGE, "id")
            break
        except NotSentError:
            assert not come.is_set()
    assert receipt == TryLater("timeout", ambiguous=True)
    await gone.wait()


async def test_a_flood_of_an_answer_is_this_delivery_s_trouble_only(serve):
    async def handler(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(3000):  # 3 GB, if anybody takes them
            await response.write(bytes(2**20))
        return response

    receipt = await channel(await serve(handler)).send("chat", MESSAGE, "id")
    assert isinstance(receipt, Sent | TryLater)
    assert isinstance(receipt, Sent) or receipt.ambiguous


async def test_without_time_to_start_nothing_has_left(serve):
    seen = []
    url = f"json://{await serve(counting(200, seen))}/hook"
    sender = Apprise(AppriseSettings(id="chat", kind="apprise", url=url), seconds=0.01)
    with pytest.raises(NotSentError):
        await sender.send("chat", MESSAGE, "id")
    assert seen == []


def test_the_worker_dies_with_whoever_started_it():
    worker = subprocess.Popen(
        [sys.executable, "-m", "notify.apprise_worker"], stdin=subprocess.PIPE, cwd=ROOT
    )
    worker.stdin.close()
    assert worker.wait(30) != 0


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


def test_apprise_is_not_loaded_until_a_channel_of_it_is():
    code = "import sys, notify.service, notify.catalog as c; c.kinds(); print('apprise' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
