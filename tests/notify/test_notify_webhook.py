"""The webhook channel against a real server that answers well, badly, slowly or not at all."""

import asyncio
import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from pydantic import ValidationError

from notify.channels.webhook import Webhook, WebhookSettings
from notify.message import Message
from notify.receipt import NotSentError, Refused, Sent, TryLater


def clock():
    return datetime(2026, 11, 22, 11, 3, tzinfo=UTC)


PRIVATE = "loop.localhost"
"""A name, not an address, which the system resolves to this machine."""

ID = "7/all/bot/0123456789abcdef"
MESSAGE = Message(
    subject="Сбой [ИНЦ-2026-0001]",
    text="Сбой\n",
    lang="ru",
    first_line="Сбой",
    incident="ИНЦ-2026-0001",
    event="opened",
    at="2026-11-22T11:03:00+00:00",
    facts={"id": "ИНЦ-2026-0001", "impact": "major"},
)


@pytest.fixture
async def serve():
    """Start a server with one handler for everything; answers its address."""
    runners = []

    async def start(handler):
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}/hook"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def hook():
    """A sender for an address. Its clock stands still."""
    opened = []

    def make(url, **changes):
        settings = WebhookSettings(
            id="bot", kind="webhook", url=url, **{"timeout": "300ms", **changes}
        )
        opened.append(Webhook(settings, clock))
        return opened[-1]

    yield make
    for sender in opened:
        await sender.aclose()


def answering(status, **headers):
    async def handler(_request):
        return web.Response(status=status, headers=headers, text="because of /hook")

    return handler


async def test_the_body_and_the_header_carry_the_delivery_id(serve, hook):
    seen = {}

    async def handler(request):
        seen.update(headers=dict(request.headers), body=await request.json())
        return web.Response()

    assert await hook(await serve(handler)).send("bot", MESSAGE, ID) == Sent()
    assert seen["headers"]["webhook-id"] == ID
    assert seen["body"] == {
        "delivery_id": ID,
        "event": "opened",
        "at": "2026-11-22T11:03:00+00:00",
        "lang": "ru",
        "subject": "Сбой [ИНЦ-2026-0001]",
        "text": "Сбой\n",
        "incident": {"id": "ИНЦ-2026-0001", "impact": "major"},
    }


async def test_the_link_to_acknowledge_is_a_field_where_there_is_one(serve, hook):
    seen = []

    async def handler(request):
        seen.append(await request.json())
        return web.Response()

    await hook(await serve(handler)).send(
        "bot", replace(MESSAGE, ack="https://v.example/ack/x"), ID
    )
    assert seen[0]["ack_url"] == "https://v.example/ack/x"


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("plain words", b"plain words"),
        ("whsec_" + base64.b64encode(b"0123456789").decode(), b"0123456789"),
    ],
)
async def test_a_secret_signs_what_is_sent(serve, hook, secret, key):
    seen = {}

    async def handler(request):
        seen.update(headers=dict(request.headers), body=await request.read())
        return web.Response()

    await hook(await serve(handler), secret=secret).send("bot", MESSAGE, ID)
    stamp = seen["headers"]["webhook-timestamp"]
    assert stamp == str(int(clock().timestamp()))
    signed = f"{ID}.{stamp}.".encode() + seen["body"]
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert seen["headers"]["webhook-signature"] == f"v1,{wanted}"


async def test_while_a_secret_is_changed_both_sign(serve, hook):
    seen = {}

    async def handler(request):
        seen.update(headers=dict(request.headers), body=await request.read())
        return web.Response()

    url = await serve(handler)
    await hook(url, secret="new", old_secret="old").send("bot", MESSAGE, "7/a.b/x")
    headers = seen["headers"]
    assert headers["webhook-id"] == "7/a%2Eb/x"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + seen["body"]
    assert headers["webhook-signature"].split() == [
        "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in (b"new", b"old")
    ]


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(serve, hook):
    url = (await serve(answering(200))).replace("127.0.0.1", PRIVATE)
    receipt = await hook(url, timeout="5s").send("bot", MESSAGE, ID)
    assert isinstance(receipt, Refused)
    assert receipt.reason == "private_address"
    assert await hook(url, timeout="5s", allow_private=True).send("bot", MESSAGE, ID) == Sent()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_sent(serve, hook, status):
    assert await hook(await serve(answering(status))).send("bot", MESSAGE, ID) == Sent()


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 422])
async def test_redirects_and_4xx_are_refused(serve, hook, status):
    url = await serve(answering(status, Location="http://127.0.0.1:1/elsewhere"))
    receipt = await hook(url).send("bot", MESSAGE, ID)
    assert isinstance(receipt, Refused)
    assert receipt.reason == f"http_{status}"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_later(serve, hook, status):
    receipt = await hook(await serve(answering(status))).send("bot", MESSAGE, ID)
    assert isinstance(receipt, TryLater)
    assert (receipt.reason, receipt.after, receipt.ambiguous) == (f"http_{status}", None, False)


async def test_retry_after_is_read_in_seconds_and_as_a_date(serve, hook):
    date = format_datetime(clock() + timedelta(seconds=90), usegmt=True)
    for header, seconds in (("7", 7), (date, 90), ("soon", None), ("-3", None)):
        url = await serve(answering(429, **{"Retry-After": header}))
        receipt = await hook(url).send("bot", MESSAGE, ID)
        assert receipt.after == seconds, header


async def test_silence_is_ambiguous(serve, hook):
    async def handler(_request):
        await asyncio.Event().wait()

    receipt = await hook(await serve(handler)).send("bot", MESSAGE, ID)
    assert receipt == TryLater("timeout", ambiguous=True)


async def test_a_connection_closed_after_the_request_is_ambiguous(serve, hook):
    async def handler(request):
        await request.read()
        request.transport.abort()

    receipt = await hook(await serve(handler)).send("bot", MESSAGE, ID)
    assert isinstance(receipt, TryLater)
    assert (receipt.reason, receipt.ambiguous) == ("connection_lost", True)


@pytest.mark.parametrize(("status", "kind"), [(200, Sent), (500, TryLater), (400, Refused)])
async def test_a_huge_answer_is_not_read(serve, hook, status, kind):
    written = 0

    async def handler(request):
        nonlocal written
        response = web.StreamResponse(status=status)
        await response.prepare(request)
        for _ in range(200):
            await response.write(bytes(1024 * 1024))
            written += 1
        return response

    receipt = await hook(await serve(handler), timeout="10s").send("bot", MESSAGE, ID)
    assert isinstance(receipt, kind)
    assert written < 20  # what fits into the sockets' buffers
    assert len(getattr(receipt, "detail", "")) <= 64 * 1024


async def test_an_answer_that_trickles_does_not_undo_its_status(serve, hook):
    async def handler(request):
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        await asyncio.Event().wait()

    assert await hook(await serve(handler)).send("bot", MESSAGE, ID) == Sent()


async def test_a_refused_connection_has_sent_nothing(hook, unused_port):
    with pytest.raises(NotSentError) as caught:
        await hook(f"http://127.0.0.1:{unused_port}/s3cret").send("bot", MESSAGE, ID)
    assert caught.value.reason == "connect"
    assert "s3cret" not in caught.value.detail


async def test_an_unknown_host_has_sent_nothing(hook):
    with pytest.raises(NotSentError) as caught:
        await hook("http://nosuch.onion/", timeout="5s").send("bot", MESSAGE, ID)
    assert caught.value.reason == "dns"


async def test_tls_to_a_plain_port_has_sent_nothing(serve, hook):
    url = (await serve(answering(200))).replace("http:", "https:")
    with pytest.raises(NotSentError) as caught:
        await hook(url, timeout="5s").send("bot", MESSAGE, ID)
    assert caught.value.reason == "tls"


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://", "//x/", "http://[::1"])
def test_an_address_that_is_no_http_is_refused(url):
    with pytest.raises(ValidationError, match=r"expected an address such as https://"):
        WebhookSettings(id="bot", kind="webhook", url=url)


def test_neither_address_nor_secret_is_ever_printed():
    settings = WebhookSettings(
        id="bot", kind="webhook", url="https://u:pw@h.example/s3cret", secret="whsec_AAAA"
    )
    assert "s3cret" not in f"{settings!r} {settings.model_dump_json()}"
    assert "AAAA" not in f"{settings!r} {settings.model_dump_json()}"
    with pytest.raises(ValidationError) as caught:
        WebhookSettings(id="bot", kind="webhook", url="ftp://h/s3cret", secret="whsec_кривой")
    assert "s3cret" not in str(caught.value)
    assert "кривой" not in str(caught.value)
