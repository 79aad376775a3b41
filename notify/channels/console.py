"""Prints to standard error: the channel to begin with, and while developing."""

from __future__ import annotations

import sys

from notify.kind import ChannelSettings, Sender, Tools, channel_kind
from notify.message import Message
from notify.receipt import Receipt, Sent


class ConsoleSettings(ChannelSettings):
    """Messages appear in the service's own output.

    ```toml
    [[channel]]
    id = "console"
    kind = "console"
    ```
    """


class Console:
    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt:  # noqa: ARG002 - one reader, no repeats to tell apart
        sys.stderr.write(f"\n{message.text}\n")
        sys.stderr.flush()
        return Sent()

    async def aclose(self) -> None:
        """Nothing is open."""


@channel_kind(ConsoleSettings)
def console(_settings: ConsoleSettings, _tools: Tools) -> Sender:
    return Console()
