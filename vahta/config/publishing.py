"""The tables of publishing: where the page goes besides its own directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import Field

from probes.settings import Duration, Id, Settings
from vahta.config.document import Document
from vahta.config.loaded import beside
from vahta.config.settings import PageSettings, WebAddress
from vahta.config.tables import paths_of

if TYPE_CHECKING:  # it brings the templates along, which commands that only look do not need
    from statuspage.theme import Theme

T = TypeVar("T")
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
    audience: Id | None = Field(
        None, description="Id of the [[audience]] whose page it takes; by default the public one."
    )


class AudienceSettings(Settings):
    """Another page beside the public one, for partners or staff, with its own address.

    Vahta publishes its files and hands them out to nobody: that is for a web server that knows
    who may read them.
    """

    id: Id
    dir: Annotated[str, Field(min_length=1)] | None = Field(
        None, description='Directory to publish into; by default "page-ID" in the state directory.'
    )
    url: WebAddress | None = Field(None, description="The page's address, for links.")
    components: tuple[Id, ...] = Field(
        (), description="Only these components, and nothing about any other; empty: all."
    )
    suspected: bool = Field(
        default=False,
        description="Show incidents as soon as they open, before they are published: for staff.",
    )


def read_theme(document: Document, page: PageSettings) -> Theme | None:
    """The page's theme, with what is wrong noted; None where nothing is said of it."""
    if not (page.accent or page.logo or page.templates):
        return None
    from statuspage import theme

    def tried(key: str, value: str, make: Callable[[], T], otherwise: T) -> T:
        if not value or document.is_open(("page", key)):
            return otherwise
        try:
            return make()
        except theme.ThemeError as error:
            document.report(("page", key), str(error))
            return otherwise

    def at(written: str | None) -> Path:
        return beside(document.file, written or "")

    accent, logo, folder = page.accent or "", page.logo or "", page.templates or ""
    found = tried("accent", accent, lambda: theme.coloured(accent), theme.Theme())
    return replace(
        found,
        logo=tried("logo", logo, lambda: theme.logo(at(logo)), ""),
        templates=tried("templates", folder, lambda: theme.checked_templates(at(folder)), None),
        words=tried("templates", folder, lambda: theme.own_words(at(folder)), {}),
    )


def check_audiences(document: Document, state_dir: Path) -> None:
    """Note pages that would be published over one another."""
    public = document.at(("page", "dir"))
    taken = {
        beside(document.file, public) if isinstance(public, str) else state_dir / "page": "[page]"
    }
    for path in paths_of(document, "audience"):
        table = document.at(path)
        if not isinstance(table, dict) or document.is_open((*path, "dir")):
            continue
        own, id_ = table.get("dir"), table.get("id")
        folder = beside(document.file, own) if isinstance(own, str) else state_dir / f"page-{id_}"
        if folder in taken:
            where = (*path, "dir") if own else (*path, "id")
            document.report(where, f"is where {taken[folder]} is published: give it its own dir")
        taken.setdefault(folder, f"[[audience]] {id_}")
