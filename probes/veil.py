"""Takes what must not be seen out of what a probe exchanged: secrets, tokens, personal data. Pure.

What is known to be secret is taken out wherever it shows, however it is written; what looks like
a secret by its name or its shape, too. A doubt is decided for hiding.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

HIDDEN = "•••"
WITHHELD = "(withheld: it could not be masked)"
LONGEST_PART = 256
"""No shape that is recognised needs more than so many characters to be told."""

_SHORTEST = 3
_SHORT = 6
_LONGEST_HEADER = 400
_NAMES = (
    r"pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|csrf|xsrf|auth(?!or(?!i[sz]))\w*|session|sess|sid|jwt|bearer"
    r"|(?:api|access|private|secret|client|session|app)[-_.]?key|signature|sig|otp|totp|pin|nonce"
    r"|cookie|credential|assertion|saml\w*|ticket|verifier|challenge|captcha"
    r"|phone|mobile|msisdn|tel|e?-?mail|snils|inn|passport|birth\w*|card|oms"
)
_SECRET_NAME = re.compile(rf"(?:^|[^a-z])(?:{_NAMES})(?:$|[^a-z])|(?:{_NAMES})$", re.IGNORECASE)
_CODE_NAME = re.compile(r"(?:^|[-_.])(?:code|state|key)$", re.IGNORECASE)
_CODE = re.compile(r"(?=[\w-]*\d)[\w-]{4,}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JSON = re.compile(r'"([^"\\]{1,64})"(\s*:\s*)("(?:[^"\\]|\\.)*(?:"|$)|-?\d[\d.]*)')
_PAIR = re.compile(r"(?<![\w.-])([\w.-]{1,64})=(?![=\"'\s])([^\s&;,\"'<>]+)")
_TAG = re.compile(r"<(?:input|meta)\b[^>]*(?:>|$)", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:name|id|property)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_UNSEEN = re.compile(r"\btype\s*=\s*[\"']?(?:hidden|password)", re.IGNORECASE)
_VALUE = re.compile(
    r"\b(value|content)(\s*=\s*)(\"[^\"]*(?:\"|$)|'[^']*(?:'|$)|[^\s>\"']+)", re.IGNORECASE
)
_SCHEME = re.compile(r"\b(Bearer|Basic|Digest|Negotiate|Token)(\s+)[\w+/=.~-]{6,}", re.IGNORECASE)
_OPAQUE = re.compile(r"(?<![\w+=~-])(?=[\w+=~-]*\d)(?=[\w+=~-]*[A-Za-z])[\w+=~-]{24,}")
_JWT = re.compile(r"\beyJ[\w-]+(?:\.[\w-]*){1,4}")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_OURS = "vahta-"
"""How the marks begin that our probes leave; an older run's mark is evidence, too."""

_HEX = re.compile(r"(%|\\u)([0-9A-Fa-f]{2,4})")
_ADDRESSES = frozenset({"location", "content-location", "referer", "refresh", "link", "origin"})
_COOKIES = frozenset({"cookie", "set-cookie"})


class Veil:
    """Hides ``known`` values and what looks like one; ``mask`` takes personal data out of text.

    ``headers`` are the names of those whose values nobody may see. ``ours`` are marks that we
    made ourselves: what carries one is not taken for a secret because of its shape.
    """

    def __init__(
        self,
        known: Iterable[str],
        *,
        mask: Callable[[str], str],
        headers: Iterable[str] = (),
        ours: Iterable[str] = (),
    ) -> None:
        self._mask = mask
        self._headers = frozenset(name.lower() for name in headers)
        self._ours = tuple(ours)
        written = {form for value in known if len(value) >= _SHORTEST for form in _forms(value)}
        self._known = sorted(written, key=lambda form: (-len(form), form))

    @property
    def longest(self) -> int:
        """The length of the longest way to write a value that is known to be secret."""
        return len(self._known[0]) if self._known else 0

    def known(self, text: str) -> str:
        """``text`` without the values that are known to be secret, and without personal data."""
        return self._masked(self._without_known(text))

    def text(self, text: str) -> str:
        """``text`` without anything that is secret or looks like it."""
        shown = self._without_known(_CONTROL.sub("", text))
        shown = _TAG.sub(_tag, shown)
        shown = _JSON.sub(_json, shown)
        shown = _PAIR.sub(_pair, shown)
        shown = _SCHEME.sub(rf"\1\2{HIDDEN}", shown)
        shown = _JWT.sub(HIDDEN, shown)
        return self._masked(_OPAQUE.sub(self._opaque, shown))

    def url(self, url: str) -> str:
        """An address as a person reads it: decoded, without its secrets, name and password."""
        try:
            parts = urlsplit(url)
            host = parts.netloc.rpartition("@")[2]
            query = parse_qsl(parts.query, keep_blank_values=True)
        except ValueError:
            return WITHHELD
        start = f"{parts.scheme}://" if parts.scheme else "//" if host else ""
        path = "/".join(self.text(unquote(part)) for part in parts.path.split("/"))
        asked = "&".join(f"{self.text(name)}={self._value(name, value)}" for name, value in query)
        return f"{start}{self.text(host)}{path}{'?' if asked else ''}{asked}"

    def header(self, name: str, value: str) -> str:
        """A header's value; a cookie keeps its name."""
        lower = name.lower()
        if lower in _COOKIES:
            pairs = value.split(";", 1)[:1] if lower == "set-cookie" else value.split(";")
            shown = "; ".join(f"{self.text(p.partition('=')[0].strip())}={HIDDEN}" for p in pairs)
        elif lower in self._headers or is_secret_name(name):
            shown = HIDDEN
        elif lower in _ADDRESSES:
            shown = self.url(value)
        else:
            shown = self.text(value)
        return shown if len(shown) <= _LONGEST_HEADER else f"{shown[:_LONGEST_HEADER]}…"

    def _value(self, name: str, value: str) -> str:
        return HIDDEN if _is_secret(name, value) else self.text(value)

    def _without_known(self, text: str) -> str:
        # One pattern of them all would take longer to compile than all of this.
        for form in self._known:
            if form in text:
                text = _replaced(text, form)
        return text

    def _masked(self, text: str) -> str:
        try:
            return self._mask(text)
        except Exception:  # noqa: BLE001 - what cannot be masked is not shown, whatever the fault
            return WITHHELD

    def _opaque(self, found: re.Match[str]) -> str:
        is_ours = found[0].startswith(_OURS) or any(mark in found[0] for mark in self._ours)
        return found[0] if is_ours else HIDDEN


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is nobody's business."""
    return _SECRET_NAME.search(_CAMEL.sub("_", name)) is not None


def _is_secret(name: str, value: str) -> bool:
    if is_secret_name(name):
        return True
    return _CODE_NAME.search(_CAMEL.sub("_", name)) is not None and bool(_CODE.fullmatch(value))


def _json(found: re.Match[str]) -> str:
    name, gap, value = found.groups()
    plain = value.strip('"')
    return f'"{name}"{gap}"{HIDDEN}"' if plain and _is_secret(name, plain) else found[0]


def _pair(found: re.Match[str]) -> str:
    return f"{found[1]}={HIDDEN}" if _is_secret(found[1], found[2]) else found[0]


def _tag(found: re.Match[str]) -> str:
    names = _NAMED.findall(found[0])
    if not _UNSEEN.search(found[0]) and not any(map(is_secret_name, names)):
        return found[0]
    return _VALUE.sub(rf'\1\2"{HIDDEN}"', found[0])


def _replaced(text: str, form: str) -> str:
    """A short value is hidden where it stands alone, or no text would be left to read."""
    if len(form) > _SHORT:
        return text.replace(form, HIDDEN)
    return re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)


def _forms(value: str) -> Iterator[str]:
    """Every way in which ``value`` may be written."""
    coded = value.encode(errors="replace")
    yield from (value, value.lower(), value.upper())
    if len(value) > _SHORT:
        yield from (base64.b64encode(coded).decode().rstrip("="), coded.hex(), coded.hex().upper())
    if value.isascii() and value.isalnum():
        return
    yield from (html.escape(value), html.escape(value, quote=False))
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    for form in (quote(coded), quote(coded, safe=""), quote_plus(coded), json.dumps(value)[1:-1]):
        yield from (form, _HEX.sub(lambda found: found[0].lower(), form))
        yield _HEX.sub(lambda found: found[1] + found[2].upper(), form)
