"""Ways to a portal other than the ordinary one: own roots, client certificate, proxy, resolver."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from probes.classify import UnwellError
from probes.network import Gate, Network, ask_once
from probes.observation import Outcome, Reason
from probes.payload import payload
from probes.request import Request
from probes.settings import Connection, Password
from probes.timing import timed_tls

_FAMILIES = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class Way:
    """``options`` go with every request; ``resolver`` stands in for the shared one."""

    options: Mapping[str, Any]
    tls: ssl.SSLContext
    resolver: AbstractResolver | None = None
    allows_private: bool = False
    has_certificate: bool = False

    @property
    def is_proxied(self) -> bool:
        return "proxy" in self.options

    def onto(self, request: Request) -> dict[str, Any]:
        """What aiohttp is given to send ``request`` this way."""
        carried = payload(request)
        if request.url.startswith("http:"):
            # There is no tunnel to ask for, so what the proxy wants to see goes with the request.
            carried["headers"] = {**carried["headers"], **self.options.get("proxy_headers", {})}
        return {**carried, **self.options}

    def session(self, network: Network, gate: Gate) -> aiohttp.ClientSession:
        if self.resolver is None:
            return network.session(gate)
        return Network(resolver=self.resolver, tls=self.tls).session(gate)

    async def close(self) -> None:
        if self.resolver is not None:
            await self.resolver.close()


async def make_way(connection: Connection, digest: Password | None) -> Way:
    """The way that the settings describe. Raises UnwellError (unknown) over unreadable files."""
    try:
        # Certificates are read from disk: in a thread, so that no other probe waits for it.
        tls = await asyncio.to_thread(_tls, connection)
    except (OSError, ssl.SSLError) as error:
        words = (
            f"connection: a certificate cannot be used: {error.strerror or type(error).__name__}"
        )
        raise UnwellError(Reason.PROBE_ERROR, words, Outcome.UNKNOWN) from error
    options: dict[str, Any] = {"ssl": tls}
    if connection.proxy is not None:
        secret = connection.proxy_headers.items()
        options["proxy"] = connection.proxy
        options["proxy_headers"] = {name: value.get_secret_value() for name, value in secret}
    if digest is not None:
        password = digest.password.get_secret_value()
        answering = aiohttp.DigestAuthMiddleware(digest.username, password, preemptive=False)
        options["middlewares"] = (answering, ask_once)
    chooses = connection.ip != "any" or connection.nameservers or connection.resolve
    resolver = _Chosen(connection) if chooses else None
    has_certificate = connection.certificate is not None
    return Way(options, tls, resolver, connection.allow_private, has_certificate)


def _tls(connection: Connection) -> ssl.SSLContext:
    files = (connection.ca, connection.certificate, connection.key)
    return _context(*files, tuple(_stamp(file) for file in files))


@lru_cache(maxsize=64)
def _context(
    ca: str | None, certificate: str | None, key: str | None, _: tuple[object, ...]
) -> ssl.SSLContext:
    """Reading the system's roots takes tens of milliseconds; a renewed file has a new stamp."""
    context = timed_tls(ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def _stamp(file: str | None) -> tuple[int, int, int] | None:
    if file is None:
        return None
    found = Path(file).stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


class _Chosen(AbstractResolver):
    """Answers for the hosts it was told of, and asks for others whom it was told to ask."""

    def __init__(self, connection: Connection) -> None:
        self._known = connection.resolve
        self._family = _FAMILIES[connection.ip]
        servers = list(connection.nameservers)
        self._asked = aiohttp.AsyncResolver(nameservers=servers or None)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        known = self._known.get(host)
        if known is None:
            return await self._asked.resolve(host, port, self._family or family)
        kind = socket.AF_INET6 if ":" in known else socket.AF_INET
        return [
            ResolveResult(
                hostname=host,
                host=known,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        await self._asked.close()
