"""Small kinds of probes and channels, so that what is tested here is the reading of a config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from notify.kind import ChannelSettings
from probes.settings import Duration, ProbeSettings, Settings, Size
from vahta.config import Config, load


class PageSettings(ProbeSettings):
    kind: Literal["http"]
    url: str
    headers: Mapping[str, SecretStr] = {}
    max_body: Size = 10
    slow_after: Duration | None = None


class Fields(Settings):
    username: str = "username"
    password: str = "password"


class LoginSettings(ProbeSettings):
    kind: Literal["login"]
    url: str
    password: SecretStr
    fields: Fields = Fields()
    rejected: tuple[str, ...] = ()
    wait: Duration = 5.0

    @model_validator(mode="after")
    def _waits_less_than_it_may(self) -> LoginSettings:
        if self.wait >= self.timeout:
            raise ValueError("wait must be shorter than timeout")
        return self


class MailSettings(ChannelSettings):
    kind: Literal["email"]
    host: str
    port: int = Field(25, ge=1, le=65_535)
    keep_open: bool = False
    load: float = 0.5
    sender: str = Field(alias="from")
    to: tuple[str, ...] = Field(min_length=1)
    tls: Literal["none", "starttls", "tls"] = "none"


def _mailbox(value: str) -> str:
    if "@" not in value:
        raise ValueError("expected an address such as duty@example.org")
    return value.lower()


def _indiscreet(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith("https://"):
        raise ValueError(f"expected https, not {value.get_secret_value()!r}")
    return value


class HookSettings(ChannelSettings):
    kind: Literal["webhook"]
    url: Annotated[SecretStr, AfterValidator(_indiscreet)]


@dataclass(frozen=True)
class FakeKind:
    settings: type[BaseModel]
    address: Callable[[str], str] | None = None


PROBE_KINDS = {"http": FakeKind(PageSettings), "login": FakeKind(LoginSettings)}
CHANNEL_KINDS = {"email": FakeKind(MailSettings, _mailbox), "webhook": FakeKind(HookSettings)}

Load = Callable[..., Config]


@pytest.fixture
def load_file() -> Load:
    def loads(file: Path, environ: Mapping[str, str] | None = None, **options: bool) -> Config:
        return load(
            file,
            environ=environ or {},
            probe_kinds=PROBE_KINDS,
            channel_kinds=CHANNEL_KINDS,
            **options,
        )

    return loads


@pytest.fixture
def load_text(tmp_path: Path, load_file: Load) -> Load:
    def loads(text: str, environ: Mapping[str, str] | None = None, **options: bool) -> Config:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        return load_file(file, environ, **options)

    return loads
