"""Documents that a probe sent and could not delete: counted, and tried again."""

from __future__ import annotations

from typing import Any

from probes.answer import Answer
from probes.exchange import Visit
from probes.request import Request

MEASURE = "orphans"
_MOST = 100
_GONE = frozenset({404, 410})


class Orphans:
    """Addresses to be deleted, in ``notes``, which outlive the run; at most a hundred.

    A document counts as one from the moment it was taken until its deletion is confirmed, so
    none is forgotten when a run is cut off.
    """

    def __init__(self, visit: Visit, notes: dict[str, Any]) -> None:
        self._visit = visit
        self._kept: list[str] = notes.setdefault("orphans", [])

    def adopt(self, url: str) -> None:
        """Delete ``url`` when the asking is over, and one that an earlier run left behind."""
        if self._kept:
            earlier = self._kept[0]
            self._visit.afterwards(lambda: self._delete("delete an earlier one", earlier))
        self._kept[:] = [*self._kept, url][-_MOST:]
        self._visit.measures[MEASURE] = len(self._kept)
        self._visit.afterwards(lambda: self._delete("delete", url))

    async def _delete(self, step: str, url: str) -> Answer | None:
        answer = await self._visit.fetch(step, Request("DELETE", url))
        if not answer.is_ok and answer.status not in _GONE:
            return answer
        if url in self._kept:
            self._kept.remove(url)
        self._visit.measures[MEASURE] = len(self._kept)
        return None if answer.status in _GONE else answer
