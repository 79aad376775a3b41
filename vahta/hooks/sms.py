"""Brings an SMS gateway's messages to the probes that wait for them."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from probes.kinds.sms import SmsSettings
from probes.memory import Memory
from vahta.hooks.body import BodyError, read_body, refused

MOST = 64 * 1024
"""Bytes of a body: a short message and what a gateway says about it."""


@dataclass(frozen=True, slots=True)
class FromGateway:
    """``probes`` are those that wait at a hook. Neither words nor tokens are ever logged."""

    probes: Sequence[SmsSettings]
    memory: Memory

    def expect(self) -> None:
        """From now on messages may come, whether or not a probe has looked yet."""
        for probe in self.probes:
            self.memory.arrivals.look(_token(probe))

    async def take(self, request: web.Request) -> web.Response:
        """The answer is the same whether or not somebody waits for just this message."""
        given = request.match_info["token"]
        mine = [
            p
            for p in self.probes
            if hmac.compare_digest(_token(p).encode(), given.encode("utf-8", "replace"))
        ]
        if not mine:
            return web.json_response({"error": "there is no such hook"}, status=404)
        try:
            is_asked = request.method == "GET"  # Kannel's way: what came is in the address
            body = dict(request.query) if is_asked else await read_body(request, most=MOST)
        except BodyError as error:
            return refused(error)
        messages = mine[0].posted(body)
        for message in messages:
            self.memory.arrivals.bring(given, message)
        if not messages:
            names = "text and message_id, or messages, say where it is"
            return web.json_response(
                {"error": f"no message found: the probe's {names}"}, status=400
            )
        return web.json_response({"status": "ok"})


def _token(probe: SmsSettings) -> str:
    return "" if probe.hook is None else probe.hook.get_secret_value()
