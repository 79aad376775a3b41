"""The tables of a config file that are Vahta's own; probes and channels bring their own models."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from incidents.component import Criticality
from probes.settings import Duration, Id, Settings

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")
"""The languages that Vahta's own sentences are written in."""

Line = Annotated[str, Field(min_length=1, max_length=500)]


def _in_first_language(value: Any, info: ValidationInfo) -> Any:
    """A plain string is said in the portal's first language, which the loader hands in."""
    if isinstance(value, str):
        return {(info.context or {}).get("first_language", LANGUAGES[0]): value}
    if not isinstance(value, dict):
        raise ValueError('expected text, or one for each language: { ru = "…", en = "…" }')  # noqa: TRY004 - pydantic's
    return value


Words = Annotated[
    dict[Language, Line],
    Field(min_length=1),
    BeforeValidator(_in_first_language),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {lang: {"type": "string"} for lang in LANGUAGES},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]
"""``{ru = "…", en = "…"}``, or a plain string in the portal's first language."""

Span = Annotated[Duration, Field(ge=0, le=10 * 365 * 86_400.0)]
"""A duration that may be nothing, and is no longer than ten years."""


OrNever = Span | Literal["never"]
"""A duration, or the word that says that it never comes."""


def _time_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        known = zoneinfo.available_timezones()
        if not known:
            raise ValueError("this machine has no time zones: install tzdata") from error
        close = get_close_matches(name[:100], sorted(known), n=1)
        hint = f'did you mean "{close[0]}"?' if close else 'write one such as "Europe/Moscow"'
        raise ValueError(f"unknown time zone, {hint}") from error
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not text.isprintable() or " " in text:
        raise ValueError('expected an address such as "https://status.example.org"')
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the HTTP server waits. Port 0 lets the system choose one."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


_LAST_PORT = 65_535
_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})")


def parse_listen(value: Any) -> Listen:
    """``HOST:PORT``, IPv6 in brackets. Raises ValueError with the remedy."""
    if isinstance(value, Listen):
        return value
    found = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found[3]) > _LAST_PORT:
        raise ValueError('expected HOST:PORT such as "127.0.0.1:8080" or "[::1]:8080"')
    if found[1]:
        try:
            ip_address(found[1])
        except ValueError as error:
            raise ValueError("what stands in the brackets is not an IPv6 address") from error
    return Listen(found[1] or found[2], int(found[3]))


_PREFIX = re.compile(r"[^\W_][\w.\-]{0,31}")


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError('expected a short word such as "INC": letters, digits, ".", "_", "-"')
    return text


class Portal(Settings):
    """The portal being watched, as citizens and operators know it."""

    name: Words = Field(description="What citizens call the portal.")
    url: WebAddress | None = Field(None, description="Its address, linked from the page.")
    timezone: TimeZone = Field(
        "Europe/Moscow",
        validate_default=True,
        description="The zone that times are shown in.",
    )
    languages: tuple[Language, ...] = Field(
        LANGUAGES,
        min_length=1,
        description="Languages of the page and the messages; the first is the main one.",
    )
    incident_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "ИНЦ", description="Incidents are numbered PREFIX-YEAR-0001."
    )
    maintenance_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "РАБ", description="Announced works are numbered PREFIX-YEAR-0001."
    )
    texts: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="Directory with ru.toml, en.toml: your own sentences instead of Vahta's.",
    )

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Http(Settings):
    """The one HTTP server: page, desk, API, metrics."""

    listen: Annotated[
        Listen,
        PlainValidator(parse_listen),
        WithJsonSchema({"type": "string", "examples": ["127.0.0.1:8080"]}),
    ] = Field(Listen("127.0.0.1", 8080), description="HOST:PORT to listen on.")
    url: WebAddress | None = Field(
        None,
        description="Where people reach this server, for the links by which engineers acknowledge;"
        " without it there are none. Only /ack/ need be reachable there.",
    )


class State(Settings):
    """Where everything that must survive a restart is kept."""

    dir: Annotated[str, Field(min_length=1)] = Field(
        "var", description="Directory; a relative one is beside this file."
    )
    keep_captures: Annotated[Span, Field(gt=0)] = Field(
        2_592_000.0,
        description="How long masked records of what failed runs exchanged are kept.",
    )


class PageSettings(Settings):
    """The public page: static files that any web server can hand out."""

    dir: Annotated[str, Field(min_length=1)] | None = Field(
        None, description='Directory to publish into; by default "page" in the state directory.'
    )
    url: WebAddress | None = Field(None, description="The page's public address, for links.")
    components: tuple[Id, ...] = Field(
        (), description="Only these components, and nothing about any other; empty: all."
    )
    accent: str | None = Field(
        None,
        description='Colour of links and marks, such as "#1b4f9c"; dark enough to be read. For'
        " dark screens it is lightened by itself.",
    )
    logo: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="Picture beside the portal's name: SVG, PNG or WebP of at most 8 KiB, since it"
        " is in every page.",
    )
    templates: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="Directory with templates instead of Vahta's of the same name, and with"
        " words.ru.toml, words.en.toml: see docs/publishing.md.",
    )


class RuleSettings(Settings):
    """When an incident opens, is published, closes."""

    open_after: int = Field(3, ge=1, le=100, description="Failures in a row that open an incident.")
    recheck: Annotated[Span, Field(gt=0)] = Field(
        1.0, description="Pace of confirmation after a first failure."
    )
    close_after: int = Field(2, ge=1, le=100, description="Successes in a row that end it.")
    monitor_for: Span = Field(
        300.0, description="How long a recovered component is watched before the incident closes."
    )
    publish_after: OrNever = Field(
        180.0,
        description='How long engineers have before citizens see an incident; "never": a person'
        " publishes.",
    )
    reopen_within: Span = Field(
        1800.0, description="A failure this soon after the end re-opens the same incident."
    )
    explained_within: Span = Field(
        300.0,
        description="A component that failed at most this long before one it depends on is part of"
        " that one's incident.",
    )
    flap_after: int = Field(
        4, ge=0, le=50, description="Turns for worse or better that make it unstable; 0: never."
    )
    flap_within: Span = Field(3600.0, description="The time within which those turns count.")
    calm_for: Span = Field(
        1800.0, description="How long an unstable one must stay well before it is over."
    )
    storm_components: int = Field(
        5, ge=0, description="At least so many failing at once are one incident; 0: never."
    )
    storm_share: float = Field(
        0.3, gt=0, le=1, description="And at least this share of all that are measured."
    )
    storm_within: Span = Field(120.0, description="What “at once” means.")
    remind_after: OrNever = Field(
        3600.0,
        description='Remind engineers when nobody has said anything for so long, or "never".',
    )


class ComponentRules(Settings):
    """Rules of one component, where they differ from [rules]."""

    close_after: int | None = Field(None, ge=1, le=100, description="See [rules].")
    monitor_for: Span | None = Field(None, description="See [rules].")
    publish_after: OrNever | None = Field(None, description="See [rules].")
    reopen_within: Span | None = Field(None, description="See [rules].")
    explained_within: Span | None = Field(None, description="See [rules].")
    flap_after: int | None = Field(None, ge=0, le=50, description="See [rules].")
    flap_within: Span | None = Field(None, description="See [rules].")
    calm_for: Span | None = Field(None, description="See [rules].")
    remind_after: OrNever | None = Field(None, description="See [rules].")


class Desk(Settings):
    """The operators' console."""

    keep_calls: Annotated[Span, Field(gt=0)] = Field(
        7_776_000.0, description="How long the texts of citizens' calls are kept."
    )
    call_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        "ЗВ", description="Citizens' calls are numbered PREFIX-YEAR-0001."
    )


class ComponentSettings(Settings):
    """A thing citizens depend on. One without probes is not measured: people set its state."""

    id: Id = Field(description="Stable: history hangs on it.")
    name: Words = Field(description="What citizens call it.")
    depends_on: tuple[Id, ...] = Field((), description="Ids of components it cannot do without.")
    criticality: Criticality = Field(
        Criticality.NORMAL, description="How much hangs on it: sets the impact of its incidents."
    )
    journeys: tuple[Words, ...] = Field(
        (),
        description="What citizens come to do with it, as verbs: “sign in”, “pay a fee”. Said with"
        " its faults; the page lists all journeys and whether they can be done now.",
    )
    safe: Words | None = Field(
        None,
        description="What no fault of it touches, in a sentence: “Applications already sent are not"
        " lost.” Said on the page with its faults, so it must always be true; not said of a fault"
        " that damages data, nor where somebody wrote the fault's text themselves.",
    )
    rules: ComponentRules = Field(
        default_factory=ComponentRules, description="Rules that differ for this component."
    )


class ContactSettings(Settings):
    """An official channel of the support service, for the page and the operators' cards."""

    id: Id
    name: Words = Field(description="What it is called.")
    kind: Literal["phone", "email", "chat", "form", "messenger"]
    value: Line = Field(description="The number to dial or the address to open.")
    hours: Words | None = Field(None, description="When somebody answers.")
    public: bool = Field(default=True, description="Whether citizens see it on the page.")
