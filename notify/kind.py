"""What a channel kind is: a settings model, whom it reaches, and something that sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from pydantic import ConfigDict, Field

from notify.message import Message
from notify.receipt import Receipt
from notify.writing.words import Lang
from probes.settings import Id, Settings


class ChannelSettings(Settings):
    """What every ``[[channel]]`` has, whatever its kind; the kind's own model adds to this."""

    # A channel's address may be a secret, and so is not repeated in an error.
    model_config = ConfigDict(hide_input_in_errors=True)

    id: Id
    kind: str
    lang: Lang = Field("ru", description="The language its recipients are written to in.")
    gather: bool = Field(
        default=True,
        description="Whether one message may tell of several things; a program may rather want"
        " each by itself, and at once.",
    )
    first: int = Field(
        1,
        ge=1,
        le=100,
        description="So many of a kind go at once, one by one, before what follows soon after waits"
        " and goes together.",
    )


OpenOnes: TypeAlias = Callable[[], Awaitable[Sequence[tuple[Message, str]]]]


class Sender(Protocol):
    """Carries one message to one recipient.

    ``send`` answers a receipt, or raises NotSentError where nothing has left yet. Cancelled at
    the courier's deadline. The same delivery id comes again when a delivery is repeated.
    """

    async def send(self, recipient: str, message: Message, delivery_id: str) -> Receipt: ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Amends(Protocol):
    """What a sender that can change what it has said keeps beside ``Sender``.

    ``amend`` is called instead of ``send`` where the same recipient has had a message about the
    same, which the provider calls ``previous`` (see Sent.ref). It may well send another: what is
    to make a sound is for the channel to know.
    """

    async def amend(
        self, recipient: str, message: Message, delivery_id: str, previous: str
    ) -> Receipt: ...


@runtime_checkable
class Repeats(Protocol):
    """What a sender to those who forget keeps beside ``Sender``.

    ``repeat`` is called every so often; ``open_ones`` reads what has arrived and not ended since:
    each message, and what Sent.ref said of it. None when there was nothing to say.
    """

    every: timedelta

    async def repeat(self, open_ones: OpenOnes) -> Receipt | None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What a sender may use of the house."""

    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of telling. A recipient is an address, or the channel's own id where it has one.

    ``address`` checks an address that an engineer is reached at and answers it as the sender
    wants it; it raises ValueError with the remedy, without the address. None: the channel has
    one fixed target, and engineers give no address.
    """

    name: str
    settings: type[ChannelSettings]
    make: Callable[[Any, Tools], Sender]
    recipients: Callable[[Any], Sequence[str]]
    address: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A configured channel, ready to send."""

    id: str
    lang: str
    recipients: tuple[str, ...]
    sender: Sender


S = TypeVar("S", bound=ChannelSettings)


def _itself(settings: ChannelSettings) -> Sequence[str]:
    return (settings.id,)


def channel_kind(
    settings: type[S],
    *,
    recipients: Callable[[S], Sequence[str]] = _itself,
    address: Callable[[str], str] | None = None,
) -> Callable[[Callable[[S, Tools], Sender]], Kind]:
    """Make the decorated function a kind, named after its module (``notify/channels/NAME.py``)."""

    def wrap(make: Callable[[S, Tools], Sender]) -> Kind:
        name = make.__module__.rpartition(".")[2]
        return Kind(name, settings, make, recipients, address)

    return wrap
