"""What others say: failing while a rule fires, well while the pipe is alive, otherwise unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.kinds.alertmanager import AlertmanagerSettings, hear
from probes.kinds.heartbeat import HeartbeatSettings, beat
from probes.memory import Memory
from probes.notification import Alert, NotificationError, alerts_in, plain
from probes.observation import Outcome, Reason

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOKEN = "a-token-of-alertmanager"
HOUR = 3600.0


def alert(status: str = "firing", *, summary: str = "", **labels: str) -> Alert:
    given = {"alertname": "LoginErrors", **labels}
    body = {"status": status, "labels": given, "annotations": {"summary": summary}}
    return alerts_in({"alerts": [body]})[0]


@pytest.fixture
def tell(memory: Memory, again: Any) -> Any:
    """Let one probe hear alerts, so many seconds after noon; ``look`` is what it answers."""

    class Told:
        def __init__(self) -> None:
            self.settings: dict[str, Any] = {"match": {"alertname": "LoginErrors"}}

        def __call__(self, after: float, *alerts: Alert) -> list[bool]:
            common = {"id": "p", "kind": "alertmanager", "component": "c", "token": TOKEN}
            settings = AlertmanagerSettings.model_validate(common | self.settings)
            at = NOON + timedelta(seconds=after)
            return [hear(settings, memory, one, at, mask=lambda text: text) for one in alerts]

        async def look(self, after: float) -> tuple[Outcome, Reason | None, str]:
            seen = await again(after, "alertmanager", token=TOKEN, **self.settings)
            return seen.outcome, seen.reason, seen.detail

        async def outcome(self, after: float) -> Outcome:
            return (await self.look(after))[0]

    return Told()


async def test_before_the_first_word_there_is_no_data(tell) -> None:
    outcome, reason, words = await tell.look(0)
    assert (outcome, reason) == (Outcome.UNKNOWN, Reason.HEARTBEAT_MISSED)
    assert words == "Alertmanager has not been heard from"


async def test_firing_is_down_and_resolved_is_up(tell) -> None:
    assert tell(0, alert(summary="half of all sign-ins fail")) == [True]
    assert await tell.look(1) == (
        Outcome.DOWN,
        Reason.RULE_FIRING,
        "LoginErrors is firing: half of all sign-ins fail",
    )
    tell(60, alert("resolved"))
    assert await tell.outcome(61) is Outcome.UP


async def test_said_twice_is_said_once(tell, memory: Memory) -> None:
    tell(0, alert(), alert())
    before = memory.notes("p")["firing"].keys()
    tell(1, alert())
    assert memory.notes("p")["firing"].keys() == before
    tell(2, alert("resolved"), alert("resolved"))
    assert await tell.outcome(3) is Outcome.UP


async def test_it_is_well_only_when_the_last_of_several_is_resolved(tell) -> None:
    tell(0, alert(instance="a"), alert(instance="b", severity="warning"))
    assert (await tell.look(1))[2] == "LoginErrors is firing, and 1 more"
    tell(2, alert("resolved", instance="a"))
    assert await tell.outcome(3) is Outcome.DEGRADED
    tell(4, alert("resolved", instance="b", severity="warning"))
    assert await tell.outcome(5) is Outcome.UP


async def test_a_label_says_what_is_only_degraded_and_the_config_what_it_means(tell) -> None:
    tell.settings |= {"degraded": {"tier": ["two"]}, "reason": "slow"}
    tell(0, alert(tier="two"))
    assert (await tell.look(1))[:2] == (Outcome.DEGRADED, Reason.SLOW)
    tell(2, alert(severity="warning"))
    assert (await tell.look(3))[:2] == (Outcome.DOWN, Reason.SLOW)


async def test_every_label_must_fit(tell) -> None:
    tell.settings["match"] = {"alertname": "LoginErrors", "service": "login"}
    assert tell(0, alert(), alert(service="chat"), alert(service="login")) == [False, False, True]


async def test_silence_is_never_green_for_longer_than_the_pipe_is_known_to_live(tell) -> None:
    tell.settings["heard_within"] = "5m"
    tell(0, alert("resolved"))
    assert await tell.outcome(300) is Outcome.UP
    outcome, _, words = await tell.look(301)
    assert (outcome, words) == (
        Outcome.UNKNOWN,
        "Alertmanager was last heard from at 2026-11-22T12:00:00 UTC",
    )


async def test_with_a_watchdog_only_its_bark_proves_that_the_pipe_lives(tell) -> None:
    tell.settings |= {"watchdog": {"alertname": "Watchdog"}, "heard_within": "5m"}
    tell(0, alert("resolved"))
    assert await tell.outcome(1) is Outcome.UNKNOWN
    tell(2, alert(alertname="Watchdog"))
    assert await tell.outcome(3) is Outcome.UP
    tell(60, alert("resolved", alertname="Watchdog"))
    assert await tell.outcome(61) is Outcome.UNKNOWN


async def test_a_dead_pipe_does_not_hide_what_was_firing(tell) -> None:
    tell.settings |= {"watchdog": {"alertname": "Watchdog"}, "heard_within": "5m"}
    tell(0, alert(alertname="Watchdog"), alert())
    tell(60, alert("resolved", alertname="Watchdog"))
    assert await tell.outcome(HOUR) is Outcome.DOWN


async def test_what_is_not_repeated_is_neither_firing_nor_well(tell) -> None:
    tell.settings |= {"watchdog": {"alertname": "Watchdog"}, "repeated_within": "1h"}
    tell(0, alert())
    tell(HOUR, alert(alertname="Watchdog"))
    assert await tell.outcome(HOUR) is Outcome.DOWN
    outcome, _, words = await tell.look(HOUR + 1)
    assert outcome is Outcome.UNKNOWN
    assert words == "LoginErrors was firing, and has not been repeated since"
    tell(HOUR + 2, alert())
    assert await tell.outcome(HOUR + 3) is Outcome.DOWN


async def test_a_probe_about_other_alerts_begins_anew(tell) -> None:
    tell(0, alert())
    tell.settings["match"] = {"alertname": "Other"}
    assert await tell.outcome(1) is Outcome.UNKNOWN


def test_what_was_heard_is_plain_json(tell, memory: Memory) -> None:
    import json

    tell(0, alert(summary="\ud800\x00" + "x" * 900))
    text = json.dumps(memory.notes("p"))
    assert json.loads(text) == memory.notes("p")
    assert len(text) < 600


def test_a_flood_of_alerts_is_bounded(tell, memory: Memory) -> None:
    tell(0, *(alert(instance=str(number)) for number in range(1100)))
    assert len(memory.notes("p")["firing"]) == 1000


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (None, "expected an object"),
        ([], "expected an object"),
        ({}, "alerts: expected a list"),
        ({"alerts": {}}, "alerts: expected a list"),
        ({"alerts": [1]}, "alerts[0]: expected an object"),
        ({"alerts": [{"status": "x"}]}, "alerts[0].status: expected"),
        ({"alerts": [{"status": ["firing"]}]}, "alerts[0].status: expected"),
        ({"alerts": [{"status": "firing"}]}, "alerts[0].labels: expected"),
        ({"alerts": [{"status": "firing", "labels": {"a": 1}}]}, "alerts[0].labels: expected"),
        (
            {"alerts": [{"status": "firing", "labels": {}, "annotations": []}]},
            "alerts[0].annotations: expected",
        ),
    ],
    ids=str,
)
def test_what_is_no_notification_says_where_it_is_not(body: Any, where: str) -> None:
    with pytest.raises(NotificationError) as caught:
        alerts_in(body)
    assert str(caught.value).startswith(where)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
LABELS = st.dictionaries(st.sampled_from(["alertname", "severity", "x"]), st.text())
ALERT = st.fixed_dictionaries(
    {"status": st.sampled_from(["firing", "resolved", "x"]), "labels": LABELS | JSON},
    optional={"annotations": st.dictionaries(st.just("summary"), st.text()) | JSON},
)


@given(JSON | st.fixed_dictionaries({"alerts": st.lists(ALERT | JSON)}))
def test_any_json_is_a_notification_or_is_refused(body: Any) -> None:
    try:
        alerts = alerts_in(body)
    except NotificationError:
        return
    for one in alerts:
        assert one.name.encode()
        assert plain(one.summary) == one.summary


# ── jobs ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def job(memory: Memory, again: Any) -> Any:
    class Job:
        def calls(self, after: float) -> None:
            common = {"id": "p", "kind": "heartbeat", "component": "c"}
            given = HeartbeatSettings.model_validate(common | {"token": TOKEN, "within": "2h"})
            beat(given, memory, NOON + timedelta(seconds=after))

        async def outcome(self, after: float) -> Outcome:
            seen = await again(after, "heartbeat", token=TOKEN, within="2h")
            return seen.outcome

    return Job()


async def test_a_job_that_never_called_is_not_known(job) -> None:
    assert await job.outcome(0) is Outcome.UNKNOWN
    assert await job.outcome(9 * HOUR) is Outcome.UNKNOWN


async def test_a_job_that_calls_is_up_and_down_once_it_is_late(job) -> None:
    await job.outcome(0)
    job.calls(1)
    assert await job.outcome(2 * HOUR) is Outcome.UP
    assert await job.outcome(2 * HOUR + 2) is Outcome.DOWN
    job.calls(3 * HOUR)
    assert await job.outcome(3 * HOUR) is Outcome.UP


async def test_nothing_is_missed_that_may_have_come_before_we_listened(job) -> None:
    job.calls(0)
    assert await job.outcome(9 * HOUR) is Outcome.UNKNOWN
    assert await job.outcome(9.9 * HOUR) is Outcome.UNKNOWN
    assert await job.outcome(10 * HOUR) is Outcome.DOWN
