"""What a search answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """``status`` is an incident's status, None for an article. ``score`` is 0 to 1."""

    id: str
    status: str | None
    score: float
    title: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Best first. ``confident`` only if the first incident is open and is the match."""

    text: str
    incidents: tuple[Hit, ...] = ()
    articles: tuple[Hit, ...] = ()
    confident: bool = False

    def as_json(self) -> dict[str, object]:
        """The lookup contract's object (DESIGN 5.1)."""
        return {
            "text": self.text,
            "incidents": [
                {"id": h.id, "status": h.status, "score": h.score, "title": h.title}
                for h in self.incidents
            ],
            "articles": [{"id": h.id, "score": h.score, "title": h.title} for h in self.articles],
            "confident": self.confident,
        }
