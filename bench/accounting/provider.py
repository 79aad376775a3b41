"""Every service that carries messages, faked in a process that outlives the one under test.

python -m bench.accounting.provider LEDGER SEED

Each message is written to the append-only ledger before it is answered, with the fault it meets.
``POST /control`` with ``{"well": true}`` ends the faults; ``{"broken": ["login"]}`` says which
services of the portal fail.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd import smtp
from aiosmtpd.smtp import Envelope, Session

from bench.accounting.faults import HTTP, SMTP, TELEGRAM, Fault, Mood

_HANGS = 20.0
_HUGE = 200 * 2**20


class Ledger:
    """Lines that are on their way to the disk before anybody is answered."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, channel: str, to: str, fault: Fault, what: Mapping[str, Any]) -> None:
        line = {"t": time.time(), "channel": channel, "to": to, "fault": fault.name, **what}
        os.write(self._file, (json.dumps(line, ensure_ascii=False) + "\n").encode())


class Providers:
    def __init__(self, ledger: Ledger, mood: Mood) -> None:
        self.ledger, self.mood = ledger, mood
        self.broken: set[str] = set()
        self._numbers = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/control", self.control)
        app.router.add_get("/portal/{name}", self.portal)
        app.router.add_post("/hook/{channel}", self.hook)
        app.router.add_post("/bot{token}/{method}", self.bot)
        app.router.add_post("/prom/api/v2/alerts", self.alerts)
        app.router.add_route("*", "/inside", self.inside)
        return app

    async def control(self, request: web.Request) -> web.Response:
        wish = await request.json()
        self.mood.is_well = wish.get("well", self.mood.is_well)
        self.broken = set(wish.get("broken", self.broken))
        return web.json_response({})

    async def portal(self, request: web.Request) -> web.Response:
        return web.Response(status=500 if request.match_info["name"] in self.broken else 200)

    async def inside(self, request: web.Request) -> web.Response:
        """Nobody is ever to come here: it is where a redirect points."""
        self.ledger.note("inside", request.path, Fault("followed"), {})
        return web.Response()

    async def hook(self, request: web.Request) -> web.StreamResponse:
        channel, body = request.match_info["channel"], await request.json()
        fault = self.mood.next(HTTP)
        first = {key: body[key] for key in ("event", "at", "incident")}
        items = [_item(one) for one in (first, *body.get("also", ()))]
        self.ledger.note(channel, channel, fault, {"id": body["delivery_id"], "items": items})
        return await _answered(request, fault)

    async def alerts(self, request: web.Request) -> web.StreamResponse:
        alerts = [
            {
                "incident": alert["labels"]["incident"],
                "impact": alert["labels"]["impact"],
                "ended": "endsAt" in alert,
            }
            for alert in await request.json()
        ]
        fault = self.mood.next(HTTP)
        self.ledger.note("prom", "prom", fault, {"alerts": alerts})
        return await _answered(request, fault)

    async def bot(self, request: web.Request) -> web.StreamResponse:
        body, fault = await request.json(), self.mood.next(TELEGRAM)
        what = {"id": request.headers["X-Vahta-Delivery"], "text": body["text"]}
        self.ledger.note("bot", body["chat_id"], fault, what)
        if fault.status:
            words: dict[str, Any] = {"ok": False, "error_code": fault.status, "description": "no"}
            if fault.status == 200:
                words |= {"error_code": 400, "description": "Bad Request: chat not found"}
            if fault.status == 429:
                words["parameters"] = {"retry_after": 7}
            return web.json_response(words, status=fault.status)
        if fault.name != "ok":
            return await _answered(request, fault)
        self._numbers += 1
        return web.json_response({"ok": True, "result": {"message_id": self._numbers}})


def _item(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event": told["event"],
        "at": told["at"],
        "incident": (told["incident"] or {}).get("id", ""),
    }


async def _answered(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.status:
        headers = {"Location": "/inside"} if fault.status == 302 else {}
        if fault.retry_after:
            date = format_datetime(datetime.now(UTC) + timedelta(seconds=7), usegmt=True)
            headers["Retry-After"] = date if fault.retry_after == "date" else fault.retry_after
        return web.Response(status=fault.status, headers=headers)
    if "drops" in fault.name and request.transport is not None:
        request.transport.abort()
    elif "hangs" in fault.name:
        await asyncio.sleep(_HANGS)
    elif "trickles" in fault.name:
        await _trickle(request)
    elif fault.name == "huge":
        return await _flood(request)
    return web.Response(status=204)


async def _trickle(request: web.Request) -> None:
    """The very status line comes a letter at a time."""
    with suppress(OSError):
        for letter in b"HTTP/1.1 200 OK\r\n":
            if request.transport is None or request.transport.is_closing():
                return
            request.transport.write(bytes([letter]))
            await asyncio.sleep(2)


async def _flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError):
        for _ in range(_HUGE // 2**16):
            await response.write(b"x" * 2**16)
    return response


class PostOffice:
    """aiosmtpd's handler. The fault is chosen when the recipient is named."""

    def __init__(self, ledger: Ledger, mood: Mood) -> None:
        self.ledger, self.mood = ledger, mood

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, _: smtp.SMTP, session: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        session.fault = fault = self.mood.next(SMTP)
        if fault.status in (450, 550):
            self.ledger.note("mail", address, fault, {"id": None})
            return fault.name
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server: smtp.SMTP, session: Session, envelope: Envelope
    ) -> str:
        fault: Fault = session.fault
        letter = message_from_bytes(envelope.content or b"", policy=policy.default)
        found = {
            "id": str(letter["X-Vahta-Delivery"]),
            "message_id": str(letter["Message-ID"]),
            "subject": str(letter["Subject"]),
        }
        self.ledger.note("mail", envelope.rcpt_tos[0], fault, found)
        if "drops" in fault.name:
            server.transport.abort()
        elif "hangs" in fault.name:
            await asyncio.sleep(_HANGS)
        return fault.name if fault.status else "250 OK"


async def serve(ledger: Ledger, mood: Mood) -> None:
    """Until killed. Says its ports first."""
    runner = web.AppRunner(Providers(ledger, mood).app(), access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    office = PostOffice(ledger, mood)
    loop = asyncio.get_running_loop()
    letters = await loop.create_server(
        lambda: smtp.SMTP(office, hostname="localhost", loop=loop, enable_SMTPUTF8=True),
        "127.0.0.1",
        0,
    )
    ports = {"http": runner.addresses[0][1], "smtp": letters.sockets[0].getsockname()[1]}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await letters.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Ledger(Path(sys.argv[1])), Mood(random.Random(sys.argv[2]))))
