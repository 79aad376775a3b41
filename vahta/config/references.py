"""Whether what the tables say about one another holds: ids differ, and what is named is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from vahta.config.document import Document
from vahta.config.messages import closest
from vahta.config.problems import Path
from vahta.config.tables import paths_of

_WITH_ID = (
    "component",
    "probe",
    "channel",
    "route",
    "contact",
    "witness",
    "publisher",
    "audience",
    "engineer",
    "oncall",
    "escalation",
)
_ALWAYS = ("component", "contact", "audience", "engineer", "oncall", "route", "escalation")


def check_references(document: Document, *, everything: bool = True) -> None:
    """Note every id used twice and every name of nothing.

    Without ``everything`` only what is always read is looked at.
    """
    names = _WITH_ID if everything else _ALWAYS
    ids = {name: _ids(document, name) for name in names}
    _check_named(document, "component", "depends_on", ids["component"], "component")
    _check_named(document, "audience", "components", ids["component"], "component")
    _check_names(document, ("page", "components"), ids["component"], "component")
    _check_cycles(document)
    for path in paths_of(document, "oncall"):
        for layer in tables_at(document, (*path, "layers")):
            _check_names(document, (*layer, "engineers"), ids["engineer"], "engineer")
    for path in paths_of(document, "route"):
        _check_names(document, (*path, "component"), ids["component"], "component")
        _check_names(document, (*path, "escalation"), ids["escalation"], "escalation")
        _check_whom(document, path, ids)
    for path in paths_of(document, "escalation"):
        for step in (*tables_at(document, (*path, "steps")), (*path, "last_resort")):
            _check_whom(document, step, ids)
    if everything:
        for path in paths_of(document, "publisher"):
            _check_names(document, (*path, "audience"), ids["audience"], "audience")
        _check_named(document, "probe", "component", ids["component"], "component")
        for path in paths_of(document, "engineer"):
            for way in tables_at(document, (*path, "reach")):
                _check_names(document, (*way, "channel"), ids["channel"], "channel")


def _ids(document: Document, name: str) -> dict[str, Path]:
    """The ids of ``[[name]]`` and where each is first given; later ones are noted as mistakes."""
    first: dict[str, Path] = {}
    for path in paths_of(document, name):
        key: Path = (*path, "id")
        value = document.at(key)
        if not isinstance(value, str) or document.is_open(key):
            continue
        if value in first:
            line = document.lines.line(first[value])
            document.report(
                key, f"{document.shown(key)} is taken by line {line}: give each its own id"
            )
        first.setdefault(value, key)
    return first


def _check_named(
    document: Document, name: str, key: str, known: dict[str, Path], what: str
) -> None:
    for path in paths_of(document, name):
        _check_names(document, (*path, key), known, what)


def _check_whom(document: Document, path: Path, ids: Mapping[str, dict[str, Path]]) -> None:
    """Whom a route or a step names."""
    _check_names(document, (*path, "oncall"), ids["oncall"], "oncall")
    _check_names(document, (*path, "engineers"), ids["engineer"], "engineer")
    if "channel" in ids:
        _check_names(document, (*path, "channels"), ids["channel"], "channel")
    for place, engineer in _names_at(document, (*path, "engineers")):
        found = ids["engineer"].get(engineer)
        if found and not document.at((*found[:-1], "reach")):
            document.report(
                place,
                f"{document.shown(place)} has no reach: say how in line"
                f" {document.lines.line(found)}",
            )


def _check_names(document: Document, path: Path, known: dict[str, Path], what: str) -> None:
    for place, value in _names_at(document, path):
        if value not in known and not document.is_open(place):
            close = closest(value, known)
            hint = f"did you mean {close}?" if close else f"add a [[{what}]] with this id"
            document.report(place, f"there is no {what} {document.shown(place)}, {hint}")


def _names_at(document: Document, path: Path) -> Iterator[tuple[Path, str]]:
    value = document.at(path)
    if isinstance(value, str) and (
        path[0] in ("probe", "engineer", "publisher") or path[-1] == "escalation"
    ):  # the others take lists
        yield path, value
    elif isinstance(value, list):
        yield from (((*path, n), item) for n, item in enumerate(value) if isinstance(item, str))


def tables_at(document: Document, path: Path) -> Iterator[Path]:
    """The paths of what is in the list at ``path``; what is no list is noted elsewhere."""
    value = document.at(path)
    for number in range(len(value) if isinstance(value, list) else 0):
        yield (*path, number)


def _check_cycles(document: Document) -> None:
    needs: dict[str, set[str]] = {}
    places: dict[str, Path] = {}
    for path in paths_of(document, "component"):
        component = document.at((*path, "id"))
        if isinstance(component, str):
            named = {value for _, value in _names_at(document, (*path, "depends_on"))}
            needs.setdefault(component, named)
            places.setdefault(component, (*path, "depends_on"))
    while cycle := _cycle(needs):
        needs[cycle[0]] = set()
        round_trip = " → ".join(document.shown((*places[name][:-1], "id")) for name in cycle)
        document.report(places[cycle[0]], f"depends on itself, {round_trip}: take one of them out")


def _cycle(needs: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        # graphlib lists it from what is needed to what needs it.
        return list(reversed(error.args[1]))
    return []
