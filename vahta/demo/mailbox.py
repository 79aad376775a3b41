"""The demo's mailbox: a real SMTP server whose letters anybody at this machine can read."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from vahta.demo.answers import Pages, json_answer, lang_of, to_folder
from vahta.demo.instant import spell
from vahta.demo.letters import Letter, Letters

MAX_LETTER_BYTES = 1024 * 1024
LISTED = 200
_IDLE_SECONDS = 60.0
_log = logging.getLogger(__name__)


class MissingExtraError(Exception):
    """The SMTP server's library isn't installed; the message says what to install."""


class _Envelope(Protocol):
    """What aiosmtpd knows when a letter has come in whole."""

    mail_from: str | None
    rcpt_tos: list[str]
    original_content: bytes | None


class Mailbox:
    """Takes letters by SMTP and shows them. A letter answered with 250 is on disk."""

    def __init__(self, folder: Path, *, clock: Callable[[], datetime]) -> None:
        self._letters = Letters(folder)
        self._clock = clock
        self._zone: tzinfo = UTC
        self._last = 0
        self._server: asyncio.Server | None = None
        self._pages: Pages | None = None
        self._visits: weakref.WeakSet[asyncio.Protocol] = weakref.WeakSet()

    async def start(self, host: str, port: int) -> int:
        """Listen (port 0: any free one); the port. Earlier letters are there again.

        Raises MissingExtraError without aiosmtpd, OSError where the port or the folder is refused.
        """
        serve = await asyncio.to_thread(_smtp)
        self._pages = await asyncio.to_thread(Pages)
        self._last = await asyncio.to_thread(self._letters.open)
        loop = asyncio.get_running_loop()

        def visit() -> asyncio.Protocol:
            protocol = serve(_Handler(self), loop)
            self._visits.add(protocol)
            return protocol

        self._server = await loop.create_server(visit, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Stop listening and hang up on whoever is still there."""
        if self._server is None:
            return
        self._server.close()
        for visit in list(self._visits):
            transport: asyncio.BaseTransport | None = getattr(visit, "transport", None)
            if transport is not None:
                transport.close()
        await self._server.wait_closed()
        self._server = None

    async def accept(self, envelope: _Envelope) -> None:
        """Have a letter on disk, numbered in the order of arrival. Raises OSError."""
        self._last += 1
        await asyncio.to_thread(
            self._letters.keep,
            envelope.original_content or b"",
            number=self._last,
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            received_at=self._clock(),
        )

    def app(self, *, zone: tzinfo = UTC) -> web.Application:
        """The pages, to be mounted anywhere by ``add_subapp``; people read times in ``zone``."""
        self._zone = zone
        app = web.Application()
        app.add_routes(
            [
                web.get("", to_folder),
                web.get("/", self._list),
                web.get("/letters.json", self._json),
                web.get(r"/letters/{number:\d{1,9}}", self._one),
            ]
        )
        return app

    async def _json(self, _: web.Request) -> web.Response:
        letters = await asyncio.to_thread(self._letters.all)
        return json_answer([entry for letter in letters for entry in letter.entries()])

    async def _list(self, request: web.Request) -> web.Response:
        letters = await asyncio.to_thread(self._letters.latest, LISTED)
        count = await asyncio.to_thread(self._letters.count)
        values = {
            "letters": [self._shown(letter) for letter in letters],
            "older": max(0, count - LISTED),
        }
        return self._rendered().answer("mailbox.html.j2", values, lang=lang_of(request))

    async def _one(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        letter = await asyncio.to_thread(self._letters.find, number)
        if letter is None:
            return self._rendered().notice(
                "Такого письма нет", "There is no such letter.", status=404
            )
        values = {"letter": self._shown(letter)}
        return self._rendered().answer("letter.html.j2", values, lang=lang_of(request))

    def _rendered(self) -> Pages:
        if self._pages is None:
            raise RuntimeError("the mailbox has not been started")
        return self._pages

    def _shown(self, letter: Letter) -> dict[str, Any]:
        return {
            "number": letter.number,
            "sender": letter.sender,
            "recipients": letter.recipients,
            "subject": letter.subject,
            "text": letter.text,
            "received_at": spell(letter.received_at),
            "time": f"{letter.received_at.astimezone(self._zone):%d.%m.%Y %H:%M:%S %Z}",
        }


class _Handler:
    """What aiosmtpd calls; its names and arguments are aiosmtpd's."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: object, _session: object, envelope: _Envelope
    ) -> str:
        try:
            await self._mailbox.accept(envelope)
        except OSError as error:
            _log.warning("a letter cannot be kept: %s", error.strerror)
            return "451 4.3.0 The letter cannot be kept now, try again later"
        return "250 2.0.0 Accepted and kept"

    async def handle_exception(self, error: Exception) -> str:
        _log.warning("the mailbox stumbled: %s", type(error).__name__)
        return "451 4.3.0 Something went wrong, try again later"


def _smtp() -> Callable[[_Handler, asyncio.AbstractEventLoop], asyncio.Protocol]:
    """The server, made by aiosmtpd: imported only here, an extra that only the demo needs."""
    try:
        from aiosmtpd.smtp import SMTP
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the demo's mailbox needs {error.name}: install vahta[demo]"
        ) from error
    # It logs every command, and with them people's addresses.
    logging.getLogger("mail.log").setLevel(logging.ERROR)

    def serve(handler: _Handler, loop: asyncio.AbstractEventLoop) -> asyncio.Protocol:
        # Without a loop aiosmtpd asks for one in a deprecated way; without a name it asks DNS.
        protocol: asyncio.Protocol = SMTP(
            handler,
            loop=loop,
            hostname="localhost",
            ident="Vahta demo mailbox",
            data_size_limit=MAX_LETTER_BYTES,
            enable_SMTPUTF8=True,
            timeout=_IDLE_SECONDS,
        )
        return protocol

    return serve
