"""Tells a story again as it was told before, where nothing it is made of can have changed."""

from __future__ import annotations

from collections.abc import Mapping

from incidents.incident import Incident
from statuspage.board import Board, Snapshot, Story, board, story
from statuspage.timeline import Turn


class Storyteller:
    """Makes boards one after the other. A story that says the same is the very same object.

    So a year of incidents costs an event next to nothing: they are neither told nor compared.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[Incident, Story]] = {}
        self._now: dict[str, tuple[Incident, Story]] = {}

    def board(self, snapshot: Snapshot) -> Board:
        """The board of ``snapshot``."""
        self._before, self._now = self._now, {}
        return board(snapshot, tell=self._tell)

    def _tell(self, incident: Incident, public: Mapping[str, Incident]) -> Story:
        kept = self._before.get(incident.id)
        told = kept[1] if kept and kept[0] is incident and _stands_alone(kept[1]) else None
        if told is None:
            told = story(incident, public)
            told = kept[1] if kept and kept[1] == told else told
        self._now[incident.id] = (incident, told)
        return told


def _stands_alone(told: Story) -> bool:
    """An open one learns from others how long they took, a merged one whether they are public."""
    return not told.is_open and all(line.turn is not Turn.MERGED for line in told.updates)
