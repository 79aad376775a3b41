"""Signs requests for S3-compatible stores (AWS signature, version 4). Pure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from probes.request import Request

_UNSIGNED = "UNSIGNED-PAYLOAD"


@dataclass(frozen=True, slots=True)
class Keys:
    """Who signs, and for what."""

    access: str
    secret: str
    region: str
    service: str


def signature(request: Request, keys: Keys, now: datetime) -> dict[str, str]:
    """The headers that make ``request`` good at the aware instant ``now``."""
    parts = urlsplit(request.url)
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    headers = {
        "host": parts.netloc,
        "x-amz-content-sha256": _body_hash(request),
        "x-amz-date": stamp,
    }
    names = ";".join(headers)
    canonical = "\n".join(
        (
            request.method,
            quote(unquote(parts.path) or "/", safe="/-_.~"),
            _query(parts.query),
            *(f"{name}:{value}" for name, value in headers.items()),
            "",
            names,
            headers["x-amz-content-sha256"],
        )
    )
    scope = f"{stamp[:8]}/{keys.region}/{keys.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signed = _hmac(_key(keys, stamp[:8]), f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}").hex()
    return {
        "X-Amz-Content-SHA256": headers["x-amz-content-sha256"],
        "X-Amz-Date": stamp,
        "Authorization": (
            f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope},"
            f" SignedHeaders={names}, Signature={signed}"
        ),
    }


def _body_hash(request: Request) -> str:
    """Forms and JSON take their final shape later, so what they hold is not signed."""
    if request.has_body and request.raw is None:
        return _UNSIGNED
    return hashlib.sha256(request.raw or b"").hexdigest()


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    written = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in written)


def _key(keys: Keys, day: str) -> bytes:
    key = f"AWS4{keys.secret}".encode()
    for part in (day, keys.region, keys.service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
