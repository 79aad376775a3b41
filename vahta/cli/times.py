"""How people write moments and stretches of time on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

import click

from probes.settings import parse_duration


def moment(text: str, zone: tzinfo) -> datetime:
    """``2026-11-25 09:00`` in ``zone``, or with an offset of its own, as UTC.

    Raises click.UsageError with the remedy.
    """
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(
            f'{text!r} is no moment: write one such as "2026-11-25 09:00"'
        ) from error


def stretch(text: str) -> timedelta:
    """``2h30m``. Raises click.UsageError with the remedy."""
    try:
        return timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError) as error:
        raise click.UsageError(f"{text!r} is no length of time: write one such as 2h30m") from error
