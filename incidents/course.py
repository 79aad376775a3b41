"""What befell an incident, for other programs: whom it reached, what it is part of, how it is kept.

It stands beside the fields of import, which never have it. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from incidents.incident import Incident


def course_json(incident: Incident) -> dict[str, Any]:
    """As ``vahta incident list --json`` and the desk's API give it; instants end in ``Z``."""
    return {
        "affected": [
            {
                "component": one.component,
                "since": _stamp(one.since),
                "until": _stamp(one.until),
                "cause": one.cause.value if one.cause else None,
            }
            for one in incident.affected
        ],
        "merged_into": incident.merged_into,
        "previous": incident.previous,
        "unstable_since": _stamp(incident.unstable_since),
        "locked": incident.locked,
        "publish_at": _stamp(incident.publish_at),
        "next_at": _stamp(incident.next_at),
    }


def _stamp(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
