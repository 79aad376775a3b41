"""A config that has been read and checked: what the rest of Vahta is wired from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from incidents.component import Component
from incidents.contact import Contact
from incidents.house import House, Pace
from incidents.rules import Rules
from notify.oncall.engineer import Engineer
from notify.oncall.rota import Rota
from probes.settings import ProbeSettings
from statuspage.audience import Audience
from vahta.config.quiet import QuietSettings
from vahta.config.routing import EscalationSettings, RouteSettings
from vahta.config.settings import (
    ComponentRules,
    ComponentSettings,
    Desk,
    Http,
    PageSettings,
    Portal,
    RuleSettings,
    State,
)
from vahta.config.witness import WitnessSettings

if TYPE_CHECKING:  # it brings the templates along, which commands that only look do not need
    from notify.kind import ChannelSettings
    from statuspage.theme import Theme
    from vahta.config.publishing import AudienceSettings, PublisherSettings


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """One page: whom it is for, the directory it is published into, its address or nothing."""

    audience: Audience
    dir: FilePath
    url: str


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. Durations in seconds; paths absolute.

    ``probes`` and ``channels`` hold each kind's own settings, in the file's order. Loaded
    without ``resolve``, both are empty, as are ``witnesses`` and ``publishers``;
    components know their probes' ids all the same, and engineers' addresses are as they are
    written.
    """

    file: FilePath
    portal: Portal
    http: Http
    state: State
    page: PageSettings
    rules: RuleSettings
    desk: Desk
    quiet: QuietSettings
    components: tuple[Component, ...]
    probes: tuple[ProbeSettings, ...]
    channels: tuple[ChannelSettings, ...]
    routes: tuple[RouteSettings, ...]
    contacts: tuple[Contact, ...]
    component_settings: tuple[ComponentSettings, ...] = ()
    witnesses: tuple[WitnessSettings, ...] = ()
    publishers: tuple[PublisherSettings, ...] = ()
    theme: Theme | None = None
    audiences: tuple[AudienceSettings, ...] = ()
    engineers: tuple[Engineer, ...] = ()
    rotas: tuple[Rota, ...] = ()
    escalations: tuple[EscalationSettings, ...] = ()

    @property
    def state_dir(self) -> FilePath:
        return beside(self.file, self.state.dir)

    @property
    def sites(self) -> tuple[SiteSettings, ...]:
        """Every page there is to publish; the public one first, with an audience named ""."""
        page = Audience("", _ids(self.page.components))
        public = SiteSettings(page, self.page_dir, self.page.url or "")
        return (public, *map(self._site, self.audiences))

    def site_of(self, audience: str | None) -> SiteSettings:
        """The page of an audience of that id; the public one without."""
        return next(site for site in self.sites if site.audience.id == (audience or ""))

    def _site(self, one: AudienceSettings) -> SiteSettings:
        folder = beside(self.file, one.dir) if one.dir else self.state_dir / f"page-{one.id}"
        readers = Audience(one.id, _ids(one.components), sees_suspected=one.suspected)
        return SiteSettings(readers, folder, one.url or "")

    @property
    def page_dir(self) -> FilePath:
        return beside(self.file, self.page.dir) if self.page.dir else self.state_dir / "page"

    @property
    def machine_rules(self) -> Rules:
        """The rules as the incident machine takes them."""
        return _with(Rules(), self.rules)

    @property
    def exceptions(self) -> Mapping[str, Rules]:
        """The rules of the components that have their own."""
        own = {c.id: _with(self.machine_rules, c.rules) for c in self.component_settings}
        return {id_: rules for id_, rules in own.items() if rules != self.machine_rules}

    @property
    def texts_dir(self) -> FilePath | None:
        return beside(self.file, self.portal.texts) if self.portal.texts else None

    def house(self, paces: Mapping[str, Pace]) -> House:
        """What deciding needs of the config."""
        return House(
            components={c.id: c for c in self.components},
            paces=paces,
            rules=self.machine_rules,
            prefix=self.portal.incident_prefix,
            timezone=self.portal.zone,
            exceptions=self.exceptions,
            maintenance_prefix=self.portal.maintenance_prefix,
        )


def _ids(components: Sequence[str]) -> frozenset[str] | None:
    return frozenset(components) or None


def _with(rules: Rules, written: RuleSettings | ComponentRules) -> Rules:
    """``rules`` with what is written put in: seconds as durations, "never" as None."""
    changes: dict[str, Any] = {}
    for name, value in written.model_dump(exclude_none=True).items():
        if name not in Rules.__slots__:
            continue  # how many failures open, and how soon to look again, is the probes' affair
        is_span = name not in ("close_after", "flap_after", "storm_components", "storm_share")
        span = None if value == "never" else timedelta(seconds=value)
        changes[name] = span if is_span else value
    return replace(rules, **changes)


def beside(file: FilePath, directory: str) -> FilePath:
    """``directory``, which is relative to the one that holds ``file``."""
    return file.absolute().parent / directory
