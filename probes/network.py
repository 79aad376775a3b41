"""The way out of the house: names, TLS roots and the addresses that a redirect may lead to."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from probes.classify import BlockedAddressError, CutOffError, UnwellError
from probes.observation import Reason
from probes.smpp.gateway import Gateway
from probes.smpp.link import Link
from probes.smpp.pdu import Command
from probes.timing import TimedRequest, TimedResolver, timed_tls

USER_AGENT = "Vahta/0.1 (service monitoring)"

_NO_LIMITS = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""The visit has one deadline, which covers everything."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@lru_cache(maxsize=4096)  # the same few addresses are judged at every run
def is_private_address(address: str) -> bool:
    """True unless the whole Internet can reach it; IPv4 inside IPv6 is judged as what it is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None:
            ip = ip.sixtofour
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return not ip.is_global or ip.is_multicast


class Gate:
    """Makes one visit's sockets, so it sees the very addresses connected to, after DNS.

    What a name resolved to when somebody looked is not what counts: this is.
    """

    __slots__ = ("_guarded", "_host", "_is_private", "_saw_public", "allows_private", "is_proxied")

    def __init__(self, is_private: Callable[[str], bool]) -> None:
        self._is_private = is_private
        self._guarded = False
        self._saw_public = False
        self._host: str | None = None
        self.allows_private = False
        self.is_proxied = False

    def open(self, host: str | None, *, is_led: bool) -> None:
        """Before each request: from a public address, a new host must not be a private one.

        ``is_led``: by an answer, not by the config. A proxy does the connecting itself, so behind
        one only an address that is written as a number can be judged. Raises UnwellError.
        """
        is_new = is_led and host != self._host and not self.allows_private
        if is_new and self.is_proxied and self._is_inside(host) and not self._is_inside(self._host):
            words = f"a redirect led to {host}, a private address"
            raise UnwellError(Reason.REDIRECT_BLOCKED, words)
        self._guarded = is_new and self._saw_public and not self.is_proxied
        self._saw_public = False
        self._host = host

    def _is_inside(self, host: str | None) -> bool:
        try:
            return self._is_private(host or "")
        except ValueError:  # a name
            return False

    def socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for ``info``; raises BlockedAddressError, which ends that attempt."""
        family, kind, protocol, _, address = info
        private = self._is_private(str(address[0]))
        if private and self._guarded:
            raise BlockedAddressError(errno.EACCES, "private address")
        self._saw_public = self._saw_public or not private
        return socket.socket(family=family, type=kind, proto=protocol)


class Network:
    """What all runs share: a resolver, a TLS context, binds at SMS gateways; no connections else.

    Made inside the event loop that uses it; ``close`` (or ``async with``) ends it.
    """

    def __init__(
        self,
        *,
        resolver: AbstractResolver | None = None,
        tls: ssl.SSLContext | None = None,
        is_private: Callable[[str], bool] = is_private_address,
    ) -> None:
        self._resolver = resolver
        # Reading the system's roots takes tens of milliseconds: before the first run, not in it.
        self._tls = timed_tls() if tls is None else tls
        self._is_private = is_private
        self._links: dict[tuple[object, ...], Link] = {}

    def gate(self) -> Gate:
        return Gate(self._is_private)

    def session(self, gate: Gate) -> aiohttp.ClientSession:
        """A session for one run: a connection per request, its own cookies, no proxies."""
        connector = aiohttp.TCPConnector(
            force_close=True,
            use_dns_cache=False,
            limit=0,
            ssl=self._tls,
            resolver=TimedResolver(self._opened()),
            socket_factory=gate.socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False),
            # Said here, or aiohttp would ask for whatever it finds installed.
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
            timeout=_NO_LIMITS,
            auto_decompress=False,  # inflate.py does, and sees to it that the end is there
            request_class=TimedRequest,
            middlewares=(ask_once,),
        )

    def link(self, gateway: Gateway, bind: Command) -> Link:
        """The one bind there is for these settings; it is made when it is first wanted."""
        return self._links.setdefault((*gateway.key(), bind), Link(gateway, bind))

    async def resolve(self, host: str) -> list[ResolveResult]:
        """Where a name leads, IPv6 and IPv4. Raises OSError."""
        return await self._opened().resolve(host, 0, socket.AF_UNSPEC)

    def _opened(self) -> AbstractResolver:
        if self._resolver is None:
            self._resolver = aiohttp.AsyncResolver()
        return self._resolver

    async def close(self) -> None:
        await asyncio.gather(*(link.aclose() for link in self._links.values()))
        if self._resolver is not None:
            await self._resolver.close()
            self._resolver = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def ask_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """No hidden retry: left alone, aiohttp asks again when a connection broke after a GET."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise CutOffError from error
