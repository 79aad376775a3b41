"""The tables of publishing: where the page goes besides its own directory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from probes.settings import Duration, Id, Settings

Part = Annotated[str, Field(min_length=1, max_length=4_000)]


class PublisherSettings(Settings):
    """A command that takes the published page elsewhere, such as rsync or rclone.

    It runs after each publication, one run at a time, always with the newest page; what fails is
    tried again after 1 s, 2 s and so on up to 5 minutes, and stops no other publisher. Passwords
    belong into the command's own configuration, not here.
    """

    id: Id
    kind: Literal["command"] = Field("command", description="How it is taken there.")
    run: tuple[Part, ...] = Field(
        min_length=1,
        description="The program and its arguments, without a shell. `{page}` is the folder with"
        " the files, which is also where it runs.",
    )
    timeout: Annotated[Duration, Field(gt=0, le=3_600)] = Field(
        300.0, description="How long one run may take before it is ended."
    )
