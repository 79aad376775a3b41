"""Who was told of an incident, in words: for ``vahta explain``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from incidents.sentences import Sentences
from incidents.story import Line, Mark
from notify.delivery import State
from notify.tables.told import Delivery, Silence, Told
from vahta.cli.columns import Row

_MARKS = {State.SENT: Mark.PASSED, State.PLANNED: Mark.WAITING, State.SENDING: Mark.WAITING}
_EVER = datetime.min.replace(tzinfo=UTC)
_WAITING = (State.PLANNED, State.SENDING)


def heard(told: Told, seqs: Iterable[int], sentences: Sentences) -> Mapping[int, str]:
    """By entry: how many were told of it, or why nobody was."""
    return {seq: _heard(told, seq, sentences) for seq in seqs}


def _heard(told: Told, seq: int, sentences: Sentences) -> str:
    states = [one.state for one in told.deliveries if one.seq == seq]
    if states:
        waiting = sum(state in _WAITING for state in states)
        return sentences.say(
            f"telling.brief_{'waits' if waiting else 'sent'}",
            sent=states.count(State.SENT),
            all=len(states),
            waiting=waiting,
        )
    for silence in told.silences:
        if silence.seq == seq and not silence.route:
            why = _why(silence.because, sentences)
            return sentences.say("telling.brief_nobody", why=why)
    return sentences.say(f"telling.brief_{'queue' if seq > told.planned_to else 'gone'}")


def rows(told: Told, lines: Sequence[Line], sentences: Sentences) -> Sequence[Row]:
    """A row for each message and each silence, in the order of the journal.

    What looks the same once addresses are masked is one row with a number.
    """
    names = {line.seq: sentences.say(f"stage.{line.stage}") for line in lines if line.because}
    alike: dict[Delivery, list[Delivery]] = {}
    for one in told.deliveries:
        alike.setdefault(replace(one, at=_EVER), []).append(one)
    found = [(ones[0].seq, _row(ones, sentences)) for ones in alike.values()]
    found += [
        (one.seq, _silence(one, names, sentences))
        for one in told.silences
        if not one.because.is_miss  # with which routes it has nothing to do, --route says
    ]
    ordered = [row for _, row in sorted(found, key=lambda pair: pair[0])]
    return [_together(list(same)) for _, same in groupby(ordered, lambda row: row.words)]


def _together(rows: Sequence[Row]) -> Row:
    """What is said several times in a row is said once."""
    first = rows[0]
    return replace(first, text=f"{first.text[:-1]} (×{len(rows)}).") if len(rows) > 1 else first


def _row(ones: Sequence[Delivery], sentences: Sentences) -> Row:
    one, who = ones[0], ones[0].channel
    if one.recipient:
        who = sentences.say("telling.to", channel=one.channel, recipient=one.recipient)
    if len(ones) > 1:
        who = sentences.say("telling.many", who=who, number=len(ones))
    parts = [sentences.say(f"delivery.{one.state}")]
    if one.attempts > 1:
        parts.append(sentences.say("telling.tries", number=one.attempts))
    if one.why:
        parts.append(sentences.say("telling.why", why=_why(one.why, sentences)))
    if one.again:
        parts.append(sentences.say("telling.again", at=sentences.moment(one.again)))
    if one.may_have_arrived:
        parts.append(sentences.say("telling.perhaps"))
    label = sentences.say(f"telling.{one.telling}")
    return Row(one.at, _MARKS.get(one.state, Mark.HELD), label, f"{who}: {', '.join(parts)}.")


def _silence(one: Silence, names: Mapping[int | None, str], sentences: Sentences) -> Row:
    why = _why(one.because, sentences)
    text = sentences.say("telling.brief_nobody", why=why)
    if name := one.channel or one.name or one.route:
        text = f"{name}: {why}."
    return Row(one.at, Mark.NEVER, names.get(one.seq) or sentences.say("telling.none"), text)


def _why(word: str, sentences: Sentences) -> str:
    """A word of ours in the reader's language; another, such as a channel's reason, as it is."""
    return sentences.say(f"untold.{word}") if sentences.has(f"untold.{word}") else word


def as_json(told: Told) -> dict[str, Any]:
    """For machines. Addresses are masked here too."""
    return {
        "deliveries": [
            {
                "seq": one.seq,
                "event": one.telling.value,
                "route": one.route,
                "channel": one.channel,
                "recipient": one.recipient or None,
                "state": one.state.value,
                "at": one.at.isoformat(),
                "attempts": one.attempts,
                "next_attempt_at": one.again.isoformat() if one.again else None,
                "may_have_arrived": one.may_have_arrived,
                "why": one.why or None,
            }
            for one in told.deliveries
        ],
        "untold": [
            {
                "seq": one.seq,
                "at": one.at.isoformat(),
                "because": one.because.value,
                "route": one.route or None,
                "channel": one.channel or None,
            }
            for one in told.silences
        ],
    }
