"""A config that has been read and checked: what the rest of Vahta is wired from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from incidents.component import Component
from incidents.contact import Contact
from incidents.machine import Rules
from probes.settings import ProbeSettings
from vahta.config.settings import (
    Desk,
    Http,
    PageSettings,
    Portal,
    RouteSettings,
    RuleSettings,
    State,
)

if TYPE_CHECKING:  # it brings the templates along, which commands that only look do not need
    from notify.kind import ChannelSettings


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. Durations in seconds; paths absolute.

    ``probes`` and ``channels`` hold each kind's own settings, in the file's order. Loaded
    without ``resolve``, both are empty, as are ``routes``; components know their probes' ids
    all the same.
    """

    file: FilePath
    portal: Portal
    http: Http
    state: State
    page: PageSettings
    rules: RuleSettings
    desk: Desk
    components: tuple[Component, ...]
    probes: tuple[ProbeSettings, ...]
    channels: tuple[ChannelSettings, ...]
    routes: tuple[RouteSettings, ...]
    contacts: tuple[Contact, ...]

    @property
    def state_dir(self) -> FilePath:
        return beside(self.file, self.state.dir)

    @property
    def page_dir(self) -> FilePath:
        return beside(self.file, self.page.dir) if self.page.dir else self.state_dir / "page"

    @property
    def machine_rules(self) -> Rules:
        """The rules as the incident machine takes them."""
        return Rules(
            close_after=self.rules.close_after,
            monitor_for=timedelta(seconds=self.rules.monitor_for),
            publish_after=timedelta(seconds=self.rules.publish_after),
            reopen_within=timedelta(seconds=self.rules.reopen_within),
        )


def beside(file: FilePath, directory: str) -> FilePath:
    """``directory``, which is relative to the one that holds ``file``."""
    return file.absolute().parent / directory
