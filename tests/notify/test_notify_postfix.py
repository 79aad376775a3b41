"""A letter to Debian's Postfix behind postgrey: put off at first, taken later, and once."""

import asyncio
import email
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from email.policy import default
from pathlib import Path

import pytest

from notify.channels.email import Email, EmailSettings
from notify.kind import Channel
from notify.planning.routing import Route

MAIN = """\
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file_prefixes = {dir}
maillog_file = {dir}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.test
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
smtpd_tls_security_level = none
virtual_mailbox_domains = example.org
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = reject_unauth_destination,
    check_policy_service inet:127.0.0.1:{policy}
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


def two_ports():
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
async def post(needs, needs_root):
    """A mail server for example.org with greylisting: its port, and where letters end up."""
    programs = needs("postfix"), needs("postgrey")
    # pytest's own directories are nobody else's to enter.
    folder = Path(tempfile.mkdtemp(prefix="vahta-postfix-", dir="/tmp"))
    port, policy = two_ports()
    config = configured(folder, port, policy)
    with running(*programs, config, policy):
        await until(lambda: listens(port) and listens(policy))
        yield port, folder / "mail"
    shutil.rmtree(folder)


def configured(folder, port, policy):
    folder.chmod(0o755)
    owners = {"queue": "root", "data": "postfix", "mail": "postfix", "grey": "postgrey"}
    for name, owner in owners.items():
        (folder / name).mkdir()
        shutil.chown(folder / name, owner)
    config, user = folder / "config", pwd.getpwnam("postfix")
    config.mkdir()
    values = {"dir": folder, "uid": user.pw_uid, "gid": user.pw_gid, "policy": policy}
    (config / "main.cf").write_text(MAIN.format(**values))
    (config / "master.cf").write_text(MASTER.format(port=port))
    return config


@contextmanager
def running(postfix, postgrey, config, policy):
    options = [f"--inet=127.0.0.1:{policy}", "--delay=1", f"--dbdir={config.parent}/grey"]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen([postgrey, *options], stdout=nowhere, stderr=nowhere) as grey:
        try:
            subprocess.run([postfix, "-c", config, "start"], check=True, capture_output=True)
            yield
        finally:
            subprocess.run([postfix, "-c", config, "stop"], check=False, capture_output=True)
            grey.terminate()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - other processes' state
            await asyncio.sleep(0.05)


async def test_a_greylisted_letter_is_taken_later_and_once(post, make_world, story):
    port, mail = post
    world = make_world(recipients={"mail": ("anna@example.org",)}, routes=[Route("all", ("mail",))])
    settings = EmailSettings(
        id="mail",
        kind="email",
        host="127.0.0.1",
        port=port,
        tls="none",
        **{"from": "Вахта <vahta@sender.test>"},
    )
    world.notifier.courier.channels = {
        "mail": Channel("mail", "ru", ("anna@example.org",), Email(settings, world.clock))
    }
    world.notifier.courier.limits = type(world.limits)(deadline=20.0)
    await world.happens(story.opened())
    await world.plan()
    await world.send()
    [row] = await world.rows()
    assert (row["state"], row["error_class"]) == ("planned", "smtp_450")
    assert "Greylisted" in row["error_text"]
    while row["state"] == "planned":  # until postgrey's second has passed, which is a real one
        await asyncio.sleep(0.3)
        world.clock.forward(minutes=75)
        await world.send()
        [row] = await world.rows()
    assert row["state"] == "sent"
    assert await world.send() == 0
    await until(lambda: list(mail.glob("box/new/*")))
    [letter] = [
        email.message_from_bytes(f.read_bytes(), policy=default) for f in mail.glob("box/new/*")
    ]
    assert letter["X-Vahta-Delivery"] == row["id"]
    assert letter["Subject"].startswith("Сбой. Коды из СМС: код не приходит")
    assert "postgrey" in letter["X-Greylist"]
    await world.store.close()
