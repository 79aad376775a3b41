"""Whatever happens in whatever order: a beginning before each end, and no end without one."""

import asyncio
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.events import Impact
from notify.receipt import Refused, Sent, TryLater

OPENINGS = {"opened", "reopened", "worsened", "joined"}

ANSWERS = {
    "sent": Sent(),
    "later": TryLater("http_503"),
    "lost": TryLater("timeout", ambiguous=True),
    "refused": Refused("http_400"),
}
STEPS = st.one_of(
    st.sampled_from(["toggle", "toggle", "worse", "say", "plan", "send", "send", "crash"]),
    st.integers(1, 90),
)


class Crash(BaseException):
    pass


class Play:
    """Runs the steps on a world, and keeps a ledger of what each recipient may have heard."""

    def __init__(self, world, story, answers):
        self.world, self.story, self.answers = world, story, iter(answers)
        self.is_open, self.was_open, self.impact = False, False, Impact.MINOR
        self.ledger = defaultdict(list)  # recipient -> (id, event, answer)
        self.crash_next = False
        for name, carrier in world.carriers.items():
            carrier.answer = lambda who, message, name=name: self.answer(name, who, message)
        world.checkpoint = self.checkpoint

    def answer(self, channel, who, message):
        name = next(self.answers, "sent")
        id_ = self.world.carriers[channel].attempts[-1][0]
        self.ledger[channel, who].append((id_, message.event, name))
        return ANSWERS[name]

    def checkpoint(self, point):
        if self.crash_next and point in (
            "after_claim",
            "after_send_before_record",
            "before_commit",
        ):
            self.crash_next = False
            raise Crash(point)

    async def step(self, step):
        if isinstance(step, int):
            self.world.clock.forward(minutes=step)
        elif step == "plan":
            await self.world.plan()
        elif step == "send":
            await self.world.send()
        elif step == "crash":
            self.crash_next = True
        else:
            await self.world.happens(*self.events(step))

    def events(self, step):
        story = self.story
        if step == "toggle":
            self.is_open = not self.is_open
            if not self.is_open:
                return [story.resolved()]
            again, self.was_open = self.was_open, True
            self.impact = Impact.MINOR
            return [
                story.reopened(impact=Impact.MINOR) if again else story.opened(impact=Impact.MINOR)
            ]
        if not self.is_open:
            return []
        if step == "say":
            return [story.said("слово")]
        self.impact = Impact.MAJOR
        return [story.reassessed(Impact.MAJOR)]

    async def run(self, steps):
        for step in steps:
            await self.surviving(step)
        self.answers, self.crash_next = iter(()), False
        for _ in range(8):  # from now on everything works
            await self.surviving("plan")
            await self.surviving("send")
            self.world.clock.forward(hours=1)

    async def surviving(self, step):
        try:
            await self.step(step)
        except Crash:
            await self.world.restart()


def check_order(heard, rows):
    """Walk what one recipient was sent. ``rows`` are their deliveries by id, as the outbox ends."""
    seqs = [rows[id_]["seq"] for id_, _, _ in heard]
    assert seqs == sorted(seqs), heard
    knows = False
    for id_ in dict.fromkeys(id_ for id_, _, _ in heard):
        row = rows[id_]
        may_know = row["state"] == "sent" or bool(row["ambiguous"])
        if row["event"] in OPENINGS:
            knows = knows or may_know
        elif row["event"] == "missed":
            knows = False
        else:
            assert knows, heard
            knows = knows and not (row["event"] == "resolved" and may_know)


def check_strictly(heard):
    """As above, by the ledger alone: for runs in which no attempt was in doubt."""
    knows = False
    for _, event, answer in heard:
        assert knows or event in OPENINGS or event == "missed", heard
        if answer == "sent":
            knows = event not in ("resolved", "missed")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(STEPS, max_size=25),
    answers=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=25),
)
def test_ends_follow_beginnings_and_nothing_is_lost(make_world, story, steps, answers):
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_play(make_world, story, Path(folder), steps, answers))


async def _play(make_world, story, folder, steps, answers):
    world = make_world(path=folder / "vahta.sqlite3")
    play = Play(world, story, answers)
    await world.store.close()
    world.start()
    await play.run(steps)
    rows = await world.rows()
    by_id = {row["id"]: row for row in rows}
    for heard in play.ledger.values():
        check_order(heard, by_id)
        if not any(row["ambiguous"] for row in rows):
            check_strictly(heard)
    assert not [row for row in rows if row["state"] in ("planned", "sending")]
    taken = Counter(
        id_ for heard in play.ledger.values() for id_, _, answer in heard if answer == "sent"
    )
    for row in rows:
        assert (row["state"] == "sent") <= (taken[row["id"]] > 0)
        assert taken[row["id"]] <= 1 + row["ambiguous"] * row["attempts"]
    if not play.is_open:
        check_everybody_knows_the_end(rows)
    await world.store.close()


def check_everybody_knows_the_end(rows):
    """Once it is over, nobody who was told of it is left believing that it is not."""
    last = {}
    for row in rows:
        if row["state"] == "sent":
            last[row["channel"], row["recipient"]] = row
    for who, row in last.items():
        ends = [
            r for r in rows if (r["channel"], r["recipient"]) == who and r["event"] == "resolved"
        ]
        told = row["event"] in ("resolved", "missed") or any(
            r["seq"] > row["seq"] and r["state"] in ("refused", "expired") for r in ends
        )
        assert told, (who, rows)
