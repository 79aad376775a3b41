"""Turns what went wrong in an exchange into a reason of the closed list; details name no secrets.

Details are built from host names, ports, status codes and our own words: never from paths,
queries, headers or bodies, which may carry tokens and personal data.
"""

from __future__ import annotations

import errno
import re
import ssl

import aiohttp
from aiohttp import http_exceptions

from probes.observation import Outcome, Reason

_OURS = {
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOBUFS,
    errno.EADDRNOTAVAIL,
    errno.EACCES,
    errno.EPERM,
}
_CONNECTING = (
    (errno.ECONNREFUSED, Reason.CONNECT_REFUSED, "refused the connection"),
    (errno.ECONNRESET, Reason.CONNECTION_RESET, "dropped the connection"),
    (errno.EPIPE, Reason.CONNECTION_RESET, "dropped the connection"),
    (errno.ECONNABORTED, Reason.CONNECTION_RESET, "dropped the connection"),
    (errno.ETIMEDOUT, Reason.CONNECT_TIMEOUT, "did not answer the connection attempt"),
    (errno.EHOSTUNREACH, Reason.CONNECT_TIMEOUT, "cannot be reached: no route"),
    (errno.ENETUNREACH, Reason.CONNECT_TIMEOUT, "cannot be reached: no network"),
)
_SUCCESS = range(200, 300)
_REFUSED = range(400, 500)
_NAMED = {403: Reason.HTTP_403, 404: Reason.HTTP_404}
# OpenSSL's verify codes (X509_V_ERR_*).
_EXPIRED = {10}
_WRONG_NAME = {62, 64}


class UnwellError(Exception):
    """Raised by a kind, or an exchange, to end a run with a judgement.

    ``detail`` becomes the observation's: one English sentence without secrets.
    """

    def __init__(self, reason: Reason, detail: str, outcome: Outcome = Outcome.DOWN) -> None:
        super().__init__(reason, detail, outcome)
        self.reason = reason
        self.detail = detail
        self.outcome = outcome


class CutOffError(Exception):
    """The connection broke before an answer; wrapped so that aiohttp does not quietly ask again."""


class BlockedAddressError(OSError):
    """A redirect led from a public to a private address."""


def reason_of_status(status: int) -> Reason | None:
    """None for 200-299. A status that is neither success nor error has no meaning for a probe."""
    if status in _SUCCESS:
        return None
    if status in _NAMED:
        return _NAMED[status]
    if status in _REFUSED:
        return Reason.HTTP_4XX
    return Reason.UNEXPECTED_CONTENT if status < _REFUSED.start else Reason.HTTP_5XX


def classify(error: BaseException) -> tuple[Reason, str]:
    """The reason and an English detail. PROBE_ERROR means that the fault is ours, or unknown."""
    if isinstance(error, CutOffError) and error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connecting(error)
    if isinstance(error, aiohttp.ClientPayloadError):
        return _payload(error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return Reason.CONNECTION_RESET, "the server closed the connection without an answer"
    if isinstance(error, TimeoutError):
        return Reason.TIMEOUT, "no answer in time"
    if isinstance(error, (aiohttp.ClientResponseError, http_exceptions.HttpProcessingError)):
        return Reason.PROTOCOL_ERROR, f"the answer is not proper HTTP ({_cause_of(error)})"
    if isinstance(error, (aiohttp.ClientOSError, ConnectionError, ssl.SSLError)):
        return Reason.CONNECTION_RESET, "the connection broke before the answer"
    return Reason.PROBE_ERROR, f"the probe itself failed: {type(error).__name__}"


def _connecting(error: aiohttp.ClientConnectorError) -> tuple[Reason, str]:
    where = f"{error.host}:{error.port}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate(error.certificate_error, where)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Reason.DNS_FAILED, f"{error.host}: {error.os_error.strerror or 'no such name'}"
    if isinstance(error.os_error, BlockedAddressError):
        return Reason.REDIRECT_BLOCKED, f"a redirect led to {where}, a private address"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return _handshake(error.os_error, where)
    numbers = _numbers(error.os_error)
    for number, reason, words in _CONNECTING:
        if number in numbers:
            return reason, f"{where} {words}"
    if numbers & _OURS:
        return Reason.PROBE_ERROR, f"no socket on our side: {_name(min(numbers & _OURS))}"
    return Reason.CONNECT_TIMEOUT, f"{where} cannot be reached"


def _numbers(error: OSError) -> set[int]:
    """Several addresses that failed in different ways come as one error with many in its text."""
    if error.errno is not None:
        return {error.errno}
    if isinstance(error, ConnectionError):  # asyncio raises it bare when a handshake is cut
        return {errno.ECONNRESET}
    return {int(number) for number in re.findall(r"Errno (\d+)", str(error))}


def _name(number: int) -> str:
    return errno.errorcode.get(number, str(number))


def _certificate(error: Exception, where: str) -> tuple[Reason, str]:
    code = getattr(error, "verify_code", 0)
    words = getattr(error, "verify_message", type(error).__name__)
    if code in _EXPIRED:
        return Reason.TLS_EXPIRED, f"{where}: the certificate has expired"
    if code in _WRONG_NAME:
        return Reason.TLS_HOSTNAME, f"{where}: the certificate is for another name"
    return Reason.TLS_UNTRUSTED, f"{where}: {words}"


def _handshake(error: OSError, where: str) -> tuple[Reason, str]:
    code = getattr(error, "reason", None) or type(error).__name__
    if "EOF" in code:
        return Reason.CONNECTION_RESET, f"{where} dropped the connection during the TLS handshake"
    return Reason.PROTOCOL_ERROR, f"{where}: no TLS handshake ({code})"


def _payload(error: aiohttp.ClientPayloadError) -> tuple[Reason, str]:
    """The body broke off, unless it came whole and made no sense."""
    cause = error.__cause__
    truncated = isinstance(cause, (http_exceptions.ContentLengthError, OSError)) or (
        cause is None or "Not enough data" in str(cause)
    )
    if truncated:
        return Reason.BODY_TRUNCATED, "the body broke off before its end"
    return Reason.PROTOCOL_ERROR, f"the body cannot be decoded ({_cause_of(error)})"


def _cause_of(error: BaseException) -> str:
    return type(error.__cause__ or error).__name__
