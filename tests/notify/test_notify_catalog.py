"""Every channel kind: found by its file, documented by an example that is accepted."""

import re

import pytest
import tomli

from notify.catalog import kinds, open_channels
from notify.channels.console import ConsoleSettings
from notify.channels.email import EmailSettings
from notify.kind import Tools
from notify.message import Message
from notify.receipt import Sent

NAMES = ["alertmanager", "apprise", "console", "email", "sms", "telegram", "webhook"]
MESSAGE = Message("Сбой", "Сбой\nподробно\n", "ru", "Сбой", "ИНЦ-2026-0001", "opened", "")


@pytest.fixture
def tools():
    return Tools(clock=lambda: None)


def example(kind):
    return re.search(r"```toml\n(.*?)```", kind.settings.__doc__, re.DOTALL)[1]


def test_the_kinds_are_the_files():
    assert set(kinds()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_s_example_is_accepted(name):
    [table] = tomli.loads(example(kinds()[name]))["channel"]
    assert table["kind"] == name
    assert kinds()[name].settings.model_validate(table).id == table["id"]


def test_an_unknown_key_is_refused():
    with pytest.raises(ValueError, match="chanel"):
        ConsoleSettings(id="c", kind="console", chanel="x")


async def test_channels_are_opened_by_id_with_their_recipients(tools):
    mail = EmailSettings(
        **{"id": "mail", "kind": "email", "host": "h", "from": "v@example.org"},
        to=["ann@example.org", "bob@example.org", "ann@example.org"],
    )
    opened = open_channels([mail, ConsoleSettings(id="c", kind="console", lang="en")], tools)
    assert opened["mail"].recipients == ("ann@example.org", "bob@example.org")
    assert (opened["c"].recipients, opened["c"].lang) == (("c",), "en")


async def test_the_console_prints_to_standard_error(tools, capsys):
    [channel] = open_channels([ConsoleSettings(id="c", kind="console")], tools).values()
    assert await channel.sender.send("c", MESSAGE, "id") == Sent()
    printed = capsys.readouterr()
    assert (printed.out, MESSAGE.text in printed.err) == ("", True)
