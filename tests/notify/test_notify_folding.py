"""An incident as of an entry is the fold of what came before, whatever was asked earlier."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.events import Acknowledged, Because, Impact
from incidents.fold import IllegalEventError, evolve
from incidents.journal import MemoryJournal
from notify.planning.folding import Folds

START = datetime(2026, 11, 22, 11, 3, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from(["toggle", "worse", "milder", "say", "acknowledge", "newer"]),
    ),
    max_size=20,
)


class CountingJournal(MemoryJournal):
    loads = 0

    async def load(self, stream):
        self.loads += 1
        return await super().load(stream)


async def write(journal, *events):
    entries = []
    for n, event in enumerate(events):
        _, token = await journal.head()
        at = START + timedelta(minutes=n)
        entries.append(await journal.append("component/sms", token, event, at=at, actor="probes"))
    return entries


def legal(story, steps):
    """Events in an order that the machine could have decided them in."""
    is_open, born = set(), set()
    for incident, step in steps:
        if step == "toggle" and incident in is_open:
            is_open.discard(incident)
            yield story.resolved(incident)
        elif step == "toggle":
            yield story.reopened(incident) if incident in born else story.opened(incident)
            is_open.add(incident)
            born.add(incident)
        elif step == "newer":
            yield story.newer(incident)
        elif incident in is_open:
            yield {
                "worse": lambda i: story.reassessed(Impact.CRITICAL, i),
                "milder": lambda i: story.reassessed(Impact.MINOR, i),
                "say": lambda i: story.said("слово", i),
                "acknowledge": lambda i: Acknowledged(i, "sms", Because("test")),
            }[step](incident)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, asked=st.lists(st.booleans(), min_size=20), back=st.integers(0, 20))
def test_any_order_of_questions_gives_the_plain_fold(story, steps, asked, back):
    asyncio.run(_check(story, steps, asked, back))


async def _check(story, steps, asked, back):
    journal = MemoryJournal()
    entries = await write(journal, *legal(story, steps))
    truth, now = {}, {}
    for entry in entries:
        incident = entry.event.incident
        before = now.get(incident)
        if before is not None or type(entry.event).__name__ == "Opened":
            now[incident] = evolve(before, entry.event, at=entry.at, actor=entry.actor)
            truth[entry.seq] = before, now[incident]
    folds = Folds(journal)
    for entry in [*entries[:back], *entries]:  # a pass that was undone, and the one after it
        if entry.seq in truth and asked[entry.seq - 1]:
            assert await folds.at(entry) == truth[entry.seq]
        else:
            folds.pass_by(entry)


async def test_what_is_open_is_read_once(story):
    journal = CountingJournal()
    entries = await write(journal, story.opened(), *[story.said("слово")] * 5)
    folds = Folds(journal)
    for entry in entries[1:]:
        await folds.at(entry)
    assert journal.loads == 1


async def test_an_end_without_a_beginning_is_no_journal_of_ours(story):
    journal = MemoryJournal()
    [entry] = await write(journal, story.resolved())
    with pytest.raises(IllegalEventError):
        await Folds(journal).at(entry)
