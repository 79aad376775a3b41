"""The words a probe's settings are made of: durations, sizes, and what every kind shares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    WithJsonSchema,
    model_validator,
)

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "kB": 1000, "MB": 1000**2}
_SIZE = re.compile(r"(\d+)\s*(B|KiB|MiB|GiB|kB|MB)")


def parse_duration(value: Any) -> float:
    """Seconds in "500ms", "30s", "5m", "1h30m", "7d". Raises ValueError with the remedy."""
    if isinstance(value, str):
        parts = _DURATION.findall(value)
        if parts and "".join(n + u for n, u in parts) == value.strip():
            return sum(float(number) * _UNITS[unit] for number, unit in parts)
    raise ValueError(f'expected a duration such as "30s" or "5m", not {value!r}')


def parse_size(value: Any) -> int:
    """Bytes in "64KiB", "10MiB". Raises ValueError with the remedy."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip())):
        return int(match[1]) * _BYTES[match[2]]
    raise ValueError(f'expected a size such as "64KiB" or "10MiB", not {value!r}')


def _schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


# Defaults are not validated, so they are written in the parsed unit: seconds, bytes.
Duration = Annotated[float, BeforeValidator(parse_duration), _schema("30s")]
Size = Annotated[int, BeforeValidator(parse_size), _schema("10MiB")]


def _web_address(value: str) -> str:
    """Checks early what would otherwise fail at every run. Unresolved ``${NAME}`` passes."""
    if "${" in value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address that begins with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("no name and password inside an address: use headers instead")
    return value


Url = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseModel):
    """Strict by default: an unknown key is a mistake, and no value is changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Id = Annotated[str, Field(pattern=r"^[^\W_][\w.\-]{0,63}$")]


class ProbeSettings(Settings):
    """What every ``[[probe]]`` has, whatever its kind; the kind's own model adds to this."""

    id: Id = Field(description="Stable: history hangs on it.")
    kind: str = Field(description="How it asks.")
    component: Id = Field(description="Id of the component it speaks for.")
    every: Duration = Field(30.0, gt=0, description="How often to ask.")
    timeout: Duration = Field(10.0, gt=0, description="Hard limit for the whole run.")
    recheck: Duration | None = Field(
        None,
        gt=0,
        description="Pace of confirmation after a first failure; the kind's or the rules'.",
    )
    open_after: int | None = Field(
        None, ge=1, description="Failures in a row that open an incident; the kind's or the rules'."
    )


def _absolute_path(value: str) -> str:
    if "${" not in value and not value.startswith("/"):
        raise ValueError("expected a whole path, such as /etc/vahta/ca.pem")
    return value


def _address(value: str) -> str:
    if "${" not in value:
        ip_address(value)
    return value


FilePath = Annotated[str, AfterValidator(_absolute_path)]
Address = Annotated[str, AfterValidator(_address)]


class Connection(Settings):
    """How a probe gets to its portal, where that is not the ordinary way."""

    ca: FilePath | None = Field(None, description="PEM file of the only roots that are trusted.")
    certificate: FilePath | None = Field(None, description="PEM file to show to the server (mTLS).")
    key: FilePath | None = Field(None, description="Its private key, where it isn't in that file.")
    proxy: Url | None = Field(None, description="HTTP proxy that everything goes through.")
    proxy_headers: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Sent to the proxy; values are kept secret."
    )
    ip: Literal["any", "4", "6"] = Field("any", description="Internet protocol to be used.")
    nameservers: tuple[Address, ...] = Field((), description="Ask these, not the system's.")
    resolve: Mapping[str, Address] = Field(
        default_factory=dict, description="Addresses of host names, without asking anybody."
    )
    allow_private: bool = Field(
        default=False, description="Whether a public host may redirect to a private address."
    )

    @model_validator(mode="after")
    def _a_key_belongs_to_a_certificate(self) -> Self:
        if self.key is not None and self.certificate is None:
            raise ValueError("key needs certificate: it is that one's private key")
        return self


class Password(Settings):
    """A name and a password in every request to the portal (HTTP basic or digest)."""

    kind: Literal["basic", "digest"]
    username: str = Field(description="The name.")
    password: SecretStr = Field(description="The password.")


class Bearer(Settings):
    """A token in every request to the portal."""

    kind: Literal["bearer"]
    token: SecretStr = Field(description="The token.")


class OAuth2(Settings):
    """A token got with a client's name and secret at the start of every run."""

    kind: Literal["oauth2"]
    token_url: Url = Field(description="Where tokens are given.")
    client_id: str = Field(description="The client's name.")
    client_secret: SecretStr = Field(description="Its secret.")
    scope: str = Field("", description="What the token is wanted for.")


class AwsKeys(Settings):
    """Every request is signed as S3-compatible stores want it (AWS signature, version 4)."""

    kind: Literal["aws"]
    access_key: str = Field(description="Which key it is.")
    secret_key: SecretStr = Field(description="The key itself.")
    region: str = Field("us-east-1", description="The store's region; many take any.")
    service: str = Field("s3", description="What is signed for.")


Auth = Annotated[Password | Bearer | OAuth2 | AwsKeys, Field(discriminator="kind")]


class WebSettings(ProbeSettings):
    """What every kind that speaks HTTP has besides."""

    headers: Mapping[str, SecretStr] = Field(
        default_factory=dict,
        description="Sent with every request to the host of the first address, and to no other;"
        " values are kept secret.",
    )
    auth: Auth | None = Field(
        None, description="basic, digest, bearer, oauth2 or aws; goes where headers go."
    )
    connection: Connection | None = Field(
        None, description="Own roots, client certificate, proxy, resolver."
    )
    slow_after: Duration | None = Field(
        None, gt=0, description="An answer slower than this is judged degraded (slow)."
    )

    def plain_headers(self) -> dict[str, str]:
        return {name: value.get_secret_value() for name, value in self.headers.items()}


class WaitingSettings(WebSettings):
    """For kinds that wait for an effect: it must come before ``wait`` is over."""

    wait: Duration = Field(20.0, gt=0, description="Give up waiting after this long.")

    @model_validator(mode="after")
    def _the_wait_fits_into_the_run(self) -> Self:
        if self.wait >= self.timeout:
            raise ValueError("wait must be shorter than timeout, or the run ends before it")
        return self


class LateSettings(WaitingSettings):
    """For kinds whose effect may come, but too late."""

    late_after: Duration | None = Field(
        None, gt=0, description="What comes later is judged degraded; half of wait by default."
    )

    @property
    def late(self) -> float:
        """Seconds after which the effect is late."""
        return self.wait / 2 if self.late_after is None else self.late_after

    @model_validator(mode="after")
    def _late_comes_before_never(self) -> Self:
        if self.late >= self.wait:
            raise ValueError("late_after must be shorter than wait, or nothing is ever late")
        return self
