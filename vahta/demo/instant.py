"""How the demo writes an instant, so that all its answers agree."""

from __future__ import annotations

from datetime import UTC, datetime


def spell(instant: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z: ``2026-11-22T09:30:00.125Z``."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
