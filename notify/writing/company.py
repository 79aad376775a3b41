"""What one delivery has beside itself: what its recipient got before it, and who else is told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from notify.delivery import Past

_MINE = "incident = ? AND channel = ? AND recipient = ? AND seq <= ? AND carrier <> ?"


@dataclass(frozen=True, slots=True)
class Company:
    """Whom and what there is beside one delivery; ``others`` are channel and address.

    ``thread`` is the id of the first message about the same to the same recipient, empty for
    the first; ``previous`` what the provider calls the latest.
    """

    thread: str = ""
    previous: str = ""
    others: tuple[tuple[str, str], ...] = ()


def company(db: Database, about: str, row: Past, carrier: str) -> Company:
    """As it stands when ``row`` is claimed, to be told by the message ``carrier``.

    Both questions are the index's (delivery_about).
    """
    mine = [about, row.channel, row.recipient, row.seq, carrier]
    thread = db.execute(
        f"SELECT iif(carrier <> '', carrier, id) FROM delivery WHERE {_MINE}"
        " AND (state IN ('sent', 'sending') OR ambiguous)"
        " ORDER BY seq, step LIMIT 1",
        mine,
    ).fetchone()
    previous = db.execute(
        f"SELECT provider_ref FROM delivery WHERE {_MINE} AND state = 'sent' AND provider_ref <> ''"
        " ORDER BY seq DESC, step DESC LIMIT 1",
        mine,
    ).fetchone()
    others = db.execute(
        "SELECT DISTINCT channel, recipient FROM delivery WHERE incident = ?"
        " AND state IN ('planned', 'sending', 'sent') AND (channel <> ? OR recipient <> ?)",
        [about, row.channel, row.recipient],
    ).fetchall()
    return Company(
        thread[0] if thread else "",
        previous[0] if previous else "",
        tuple((channel, recipient) for channel, recipient in others),
    )
