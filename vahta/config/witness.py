"""The table of witnesses: who tells us whether our own line is alive."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from probes.settings import Id, Settings, Url
from vahta.config.settings import Listen, parse_listen


def _host_and_port(value: str) -> str:
    if "${" not in value:
        parsed = parse_listen(value)
        if not parsed.port:
            raise ValueError("a witness has a port between 1 and 65535")
    return value


class WitnessSettings(Settings):
    """A place outside the portal, with other people's lines, that answers when ours is alive.

    When none of them answers, we are blind: probes that fail see nothing, and nothing opens or
    ends. Name two or three that do not fail together, such as big sites or your provider's
    resolver. Without any we are never blind.
    """

    id: Id
    url: Url | None = Field(None, description="Address of the web; any answer is good.")
    address: Annotated[str, AfterValidator(_host_and_port)] | None = Field(
        None, description="Or HOST:PORT that accepts connections; IPv6 in brackets."
    )

    @property
    def host_and_port(self) -> tuple[str, int]:
        """Of ``address``; nothing where it has none."""
        found = parse_listen(self.address) if self.address else Listen("", 0)
        return found.host, found.port

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.url is None) == (self.address is None):
            raise ValueError("expected either url or address: write one of them")
        return self
