"""What providers do wrong, through planner, outbox, courier and the real senders at once."""

import asyncio
import ipaddress
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notify.channels.email import EmailSettings, email
from notify.channels.webhook import WebhookSettings, webhook
from notify.kind import Channel, Tools
from notify.planning.routing import Route

YEAR = 365 * 86400
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Provider:
    """Answers as it is told, and writes down what came and where."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    came: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    async def handle(self, request):
        body = await request.json() if request.can_read_body else {}
        self.came.append((request.path, body.get("delivery_id", "")))
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def provide():
    runners = []

    async def start(*, tls=None, **answer):
        provider = Provider(**answer)
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", provider.handle)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        scheme = "https" if tls else "http"
        provider.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/hook"
        return provider

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def told(make_world, story):
    """A world whose channels are webhooks to providers, or what else is given; one opening."""
    worlds = []

    async def tell(**providers):
        world = make_world(
            recipients={id_: (id_,) for id_ in providers}, routes=[Route("all", tuple(providers))]
        )
        worlds.append(world)
        tools = Tools(clock=world.clock)
        for id_, one in providers.items():
            sender = webhook.make(
                WebhookSettings(id=id_, kind="webhook", url=one.url, timeout="5s"), tools
            )
            world.notifier.courier.channels[id_] = Channel(id_, "ru", (id_,), sender)
        world.notifier.courier.limits = type(world.limits)(deadline=10.0, again_after=0.0)
        await world.happens(story.opened())
        await world.plan()
        await world.send()
        return world

    yield tell
    for world in worlds:
        await world.notifier.aclose()
        await world.store.close()


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [("7", 7, 7), ("in 40 s", 40, 40), ("0", 1, 6), (str(YEAR), 900, 900), ("soon", 4, 6)],
)
async def test_retry_after_is_kept_within_reason_and_delays_nobody_else(
    provide, told, make_clock, asked, least, most
):
    if asked == "in 40 s":
        asked = format_datetime(make_clock().now + timedelta(seconds=40), usegmt=True)
    busy, well = await provide(status=429, headers={"Retry-After": asked}), await provide()
    world = await told(busy=busy, well=well)
    rows = {row["channel"]: row for row in await world.rows()}
    assert rows["well"]["state"] == "sent"
    assert rows["busy"]["state"] == "planned"
    wait = least, most
    at = [(world.clock() + timedelta(seconds=s)).isoformat(timespec="microseconds") for s in wait]
    assert at[0] <= rows["busy"]["next_at"] <= at[1]


async def test_ten_bad_minutes_end_in_exactly_one_message(provide, told):
    provider = await provide(status=503)
    world = await told(hook=provider)
    for _ in range(40):
        world.clock.forward(seconds=15)
        await world.send()
    failed = len(provider.came)
    assert 3 <= failed <= 6
    provider.status = 204
    world.clock.forward(minutes=20)
    await world.send()
    world.clock.forward(hours=2)
    await world.send()
    assert len(provider.came) == failed + 1
    assert len(set(provider.came)) == 1
    assert [row["state"] for row in await world.rows()] == ["sent"]


@pytest.mark.parametrize("status", [400, 401, 404, 410])
async def test_what_is_refused_for_good_is_not_tried_again(provide, told, status):
    provider = await provide(status=status)
    world = await told(hook=provider)
    world.clock.forward(hours=2)
    await world.send()
    [row] = await world.rows()
    assert (row["state"], row["error_class"]) == ("refused", f"http_{status}")
    assert len(provider.came) == 1


async def test_a_redirect_is_not_followed(provide, told):
    provider = await provide(status=302, headers={"Location": "/inside"})
    world = await told(hook=provider)
    assert [path for path, _ in provider.came] == ["/hook"]
    assert [row["state"] for row in await world.rows()] == ["refused"]


async def test_a_certificate_that_does_not_hold_gets_nothing_until_it_does(provide, told, tmp_path):
    provider = await provide(tls=untrusted(tmp_path))
    world = await told(hook=provider)
    for _ in range(5):
        world.clock.forward(hours=2)
        await world.send()
    [row] = await world.rows()
    assert (row["state"], row["error_class"], provider.came) == ("planned", "tls", [])


def untrusted(folder):
    """A certificate for the right address, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(BEGAN)
        .not_valid_after(BEGAN + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "untrusted.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class PostOffice:
    """Knows everybody but one."""

    def __init__(self):
        self.letters = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's
        if address.startswith("gone"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's
        self.letters.append(tuple(envelope.rcpt_tos))
        return "250 OK"


async def test_one_unknown_mailbox_of_three_keeps_nothing_from_the_others(make_world, story):
    office = PostOffice()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(office, hostname="x", loop=loop), "127.0.0.1", 0)
    to = ("ann@example.org", "gone@example.org", "bob@example.org")
    world = make_world(recipients={"mail": to}, routes=[Route("all", ("mail",))])
    settings = EmailSettings(
        **{"id": "mail", "kind": "email", "from": "v@example.org", "to": to, "tls": "none"},
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
    )
    sender = email.make(settings, Tools(clock=world.clock))
    world.notifier.courier.channels["mail"] = Channel("mail", "ru", to, sender)
    world.notifier.courier.limits = type(world.limits)(deadline=20.0, again_after=0.0)
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    world.clock.forward(hours=2)
    await world.send()
    assert sorted(office.letters) == [("ann@example.org",), ("bob@example.org",)]
    assert {row["recipient"].partition("@")[0]: row["state"] for row in await world.rows()} == {
        "ann": "sent",
        "bob": "sent",
        "gone": "refused",
    }
    server.close()
    await server.wait_closed()
    await world.store.close()
