"""Reads a config file whole: all that is wrong with it at once, or a Config."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from incidents.component import Component, Text
from incidents.contact import Contact
from incidents.texts import Texts
from probes.settings import ProbeSettings
from vahta.config.document import Document, open_document
from vahta.config.loaded import Config, beside
from vahta.config.messages import LATER, closest, type_of, unknown_key
from vahta.config.oncall import EngineerSettings, OncallSettings
from vahta.config.problems import ConfigError
from vahta.config.publishing import AudienceSettings, PublisherSettings, check_audiences, read_theme
from vahta.config.quiet import QuietSettings
from vahta.config.reaching import Addresses, check_reaching, reachable
from vahta.config.references import check_references
from vahta.config.routing import EscalationSettings, RouteSettings
from vahta.config.settings import (
    ComponentSettings,
    ContactSettings,
    Desk,
    Http,
    Language,
    PageSettings,
    Portal,
    RuleSettings,
    State,
)
from vahta.config.tables import later_key, paths_of, read_table, read_tables
from vahta.config.witness import WitnessSettings

if TYPE_CHECKING:  # it brings the templates along, which commands that only look do not need
    from notify.kind import ChannelSettings

M = TypeVar("M", bound=BaseModel)
M_co = TypeVar("M_co", bound=BaseModel, covariant=True)


class HasSettings(Protocol[M_co]):
    """What a kind of probe or channel is to a config: the model of its table."""

    @property
    def settings(self) -> type[M_co]: ...


class HasAddresses(HasSettings[M_co], Protocol[M_co]):
    """What a kind of channel is besides: it may check the address of an engineer."""

    @property
    def address(self) -> Callable[[str], str] | None: ...


ProbeKinds: TypeAlias = Mapping[str, HasSettings[ProbeSettings]]
ChannelKinds: TypeAlias = "Mapping[str, HasAddresses[ChannelSettings]]"

TABLES: Mapping[str, type[BaseModel]] = {
    "portal": Portal,
    "http": Http,
    "state": State,
    "page": PageSettings,
    "rules": RuleSettings,
    "desk": Desk,
    "quiet": QuietSettings,
}
ARRAYS: Mapping[str, type[BaseModel] | None] = {
    "component": ComponentSettings,
    "probe": None,
    "channel": None,
    "route": RouteSettings,
    "escalation": EscalationSettings,
    "contact": ContactSettings,
    "engineer": EngineerSettings,
    "oncall": OncallSettings,
    "witness": WitnessSettings,
    "publisher": PublisherSettings,
    "audience": AudienceSettings,
}
"""The arrays of tables; None where the table's ``kind`` says what may stand in it."""


def load(
    path: FilePath,
    *,
    environ: Mapping[str, str],
    resolve: bool = True,
    probe_kinds: ProbeKinds | None = None,
    channel_kinds: ChannelKinds | None = None,
) -> Config:
    """The config in ``path``. Raises ConfigError with every problem there is.

    Without ``resolve``, variables outside ``[state]`` stay as they are written, a setting
    that needs one has its default, and probes, channels, witnesses and publishers
    are not looked at: enough for the commands that only read the journal, with no secret at hand.
    """
    document = open_document(path, environ=environ, resolve=resolve)
    _check_top(document)
    portal = _single(document, "portal", Portal)
    http = _single(document, "http", Http)
    state = _single(document, "state", State)
    page = _single(document, "page", PageSettings)
    rules = _single(document, "rules", RuleSettings)
    desk = _single(document, "desk", Desk)
    quiet = _single(document, "quiet", QuietSettings)
    components = read_tables(document, "component", ComponentSettings)
    contacts = read_tables(document, "contact", ContactSettings)
    engineers = read_tables(document, "engineer", EngineerSettings)
    rotas = read_tables(document, "oncall", OncallSettings)
    routes = read_tables(document, "route", RouteSettings)
    escalations = read_tables(document, "escalation", EscalationSettings)
    probes: tuple[ProbeSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    witnesses: tuple[WitnessSettings, ...] = ()
    publishers: tuple[PublisherSettings, ...] = ()
    addresses: Addresses = {}
    if resolve:
        probes = _of_kinds(
            document, "probe", _probe_kinds() if probe_kinds is None else probe_kinds
        )
        known = _channel_kinds() if channel_kinds is None else channel_kinds
        channels = _of_kinds(document, "channel", known)
        addresses = {name: kind.address for name, kind in known.items()}
        check_reaching(document, addresses)
        witnesses = read_tables(document, "witness", WitnessSettings)
        publishers = read_tables(document, "publisher", PublisherSettings)
    check_references(document, everything=resolve)
    _check_texts(document, portal)
    theme = read_theme(document, page)
    audiences = read_tables(document, "audience", AudienceSettings)
    check_audiences(document, beside(path, state.dir))
    if document.problems:
        raise ConfigError(document.problems)
    return Config(
        file=path,
        portal=portal,
        http=http,
        state=state,
        page=page,
        rules=rules,
        desk=desk,
        quiet=quiet,
        components=tuple(_component(document, component) for component in components),
        probes=probes,
        channels=channels,
        routes=routes,
        contacts=tuple(map(_contact, contacts)),
        component_settings=components,
        witnesses=witnesses,
        publishers=publishers,
        theme=theme,
        audiences=audiences,
        engineers=tuple(
            reachable(one.engineer(portal.zone), {c.id: c.kind for c in channels}, addresses)
            for one in engineers
        ),
        rotas=tuple(rota.rota(portal.zone) for rota in rotas),
        escalations=escalations,
    )


def load_state_dir(path: FilePath, environ: Mapping[str, str]) -> FilePath:
    """Only where the state is kept, whatever else is wrong. Raises ConfigError."""
    document = open_document(path, environ=environ, resolve=False)
    state = _single(document, "state", State)
    if document.problems:
        raise ConfigError(document.problems)
    return beside(path, state.dir)


def _check_texts(document: Document, portal: Portal) -> None:
    """An editor's sentences are wrong now, not when they are first needed."""
    if portal.texts is None or document.is_open(("portal", "texts")):
        return
    folder = beside(document.file, portal.texts)
    if not folder.is_dir():
        document.report(("portal", "texts"), f"there is no directory {folder}: make it")
        return
    try:
        Texts.load(portal.languages, own=folder)
    except ValueError as error:
        document.report(("portal", "texts"), str(error))


def _probe_kinds() -> ProbeKinds:
    from probes.catalog import kinds

    return kinds()


def _channel_kinds() -> ChannelKinds:
    from notify.catalog import kinds

    return kinds()


# ── the file's tables ─────────────────────────────────────────────────────────


def _check_top(document: Document) -> None:
    known = [*TABLES, *ARRAYS]
    for name in document.tree:
        if name in LATER[()]:
            document.report((name,), later_key(f"[[{name}]]"))
        elif name not in known:
            document.report((name,), unknown_key(name, known))


def _single(document: Document, name: str, model: type[M]) -> M:
    """The table ``[name]``; an empty shell of it, and problems noted, if it is no good."""
    found: M | None = None
    if isinstance(document.at((name,)), list):
        document.report((name,), f"there is only one: write [{name}], in single brackets")
    else:
        document.tree.setdefault(name, {})
        found = read_table(document, (name,), model)
    return model.model_construct() if found is None else found


def _of_kinds(document: Document, name: str, kinds: Mapping[str, HasSettings[M]]) -> tuple[M, ...]:
    """The tables of ``[[name]]``, each through the model of its own kind."""
    read: list[M | None] = []
    for path in paths_of(document, name):
        table = document.at(path)
        where = (*path, "kind")
        kind = table.get("kind") if isinstance(table, dict) else None
        known = f"known: {', '.join(sorted(kinds)) or 'none'}"
        if not isinstance(table, dict):
            document.report(path, f"expected a table, not {type_of(table)}")
        elif kind is None:
            document.report(where, f"missing; add kind = …, {known}")
        elif not isinstance(kind, str):
            document.report(where, f"expected text in quotes, not {type_of(kind)}; {known}")
        elif kind in kinds:
            read.append(read_table(document, path, kinds[kind].settings))
        else:
            close = closest(kind, kinds)
            hint = f", did you mean {close}? " if close else "; "
            document.report(where, f"unknown kind {document.shown(where)}{hint}{known}")
    return tuple(table for table in read if table is not None)


# ── into the incidents' own words ─────────────────────────────────────────────


def _component(document: Document, component: ComponentSettings) -> Component:
    tables = (document.at(path) for path in paths_of(document, "probe"))
    mine = (t["id"] for t in tables if isinstance(t, dict) and t.get("component") == component.id)
    return Component(
        component.id,
        _text(component.name),
        depends_on=component.depends_on,
        probes=tuple(mine),
        criticality=component.criticality,
        journeys=tuple(map(_text, component.journeys)),
        safe=_text(component.safe or {}),
    )


def _contact(contact: ContactSettings) -> Contact:
    return Contact(
        contact.id,
        _text(contact.name),
        kind=contact.kind,
        value=contact.value,
        hours=_text(contact.hours or {}),
        public=contact.public,
    )


def _text(words: Mapping[Language, str]) -> Text:
    return {str(language): said for language, said in words.items()}
