"""How a gateway is reached: the settings that the probe and the channel share."""

from __future__ import annotations

import re
import ssl
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from probes.settings import Duration, FilePath, Settings
from probes.smpp.alphabet import Default

_NUMBER = re.compile(r"\+?([1-9]\d{6,14})", re.ASCII)
_BETWEEN = re.compile(r"[\s().-]")


def number(value: str) -> str:
    """The digits of an international number. Raises ValueError with the remedy, without it."""
    found = _NUMBER.fullmatch(_BETWEEN.sub("", value))
    if "${" in value:
        return value
    if found is None:
        raise ValueError("expected an international number such as +79001234567")
    return found[1]


Number = Annotated[str, AfterValidator(number)]


def _is_ascii(value: str) -> str:
    if "${" not in value and not (value.isascii() and value.isprintable()):
        raise ValueError("expected letters and signs of ASCII: SMPP knows no others")
    return value


def _is_ascii_secret(value: SecretStr) -> SecretStr:
    _is_ascii(value.get_secret_value())
    return value


Ascii = Annotated[str, AfterValidator(_is_ascii)]
AsciiSecret = Annotated[SecretStr, AfterValidator(_is_ascii_secret)]


class Gateway(Settings):
    """Where an SMS gateway listens for SMPP 3.4, and who we are there."""

    host: str = Field(min_length=1, max_length=253, description="The gateway.")
    port: int = Field(2775, ge=1, le=65535, description="Its port; with TLS often 3550.")
    tls: bool = Field(default=False, description="Required then: without TLS no password is sent.")
    ca: FilePath | None = Field(None, description="PEM file of the only roots that are trusted.")
    system_id: Ascii = Field(min_length=1, max_length=64, description="Our name at the gateway.")
    password: AsciiSecret = Field(description="Our password there; it is never printed.")
    system_type: Ascii = Field("", max_length=12, description="Seldom wanted.")
    alphabet: Default = Field(
        "gsm7", description="What the gateway means by data_coding 0: gsm7, latin1 or ascii."
    )
    enquire: Duration = Field(
        30.0, gt=0, description="How often it is asked whether it is there (enquire_link)."
    )
    answer_within: Duration = Field(
        10.0, gt=0, le=20, description="What it has not answered by then, it may have taken."
    )

    def context(self) -> ssl.SSLContext | None:
        """Reads files. Raises OSError."""
        return ssl.create_default_context(cafile=self.ca) if self.tls else None

    def key(self) -> tuple[object, ...]:
        """The same for whoever means the same bind, whatever else their settings hold."""
        return tuple(getattr(self, name) for name in Gateway.model_fields)
