"""``vahta backtest``: what is printed where, and the exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench.known_week import Living
from incidents.commands import Acknowledge
from probes.observation import Observation, Outcome, Reason
from vahta import clock
from vahta.cli.backtest import backtest
from vahta.cli.options import Common
from vahta.config import load
from vahta.service import house, made_probes
from vahta.state import opened

CONFIG = """
[portal]
name = "Портал"
timezone = "Europe/Moscow"
incident_prefix = "ИНЦ"
[rules]
open_after = {open_after}
[[component]]
id = "sms"
name = {{ ru = "Коды по СМС", en = "SMS codes" }}
[[probe]]
id = "{probe}"
kind = "http"
component = "sms"
url = "http://127.0.0.1:1/"
[[channel]]
id = "screen"
kind = "console"
[[route]]
id = "all"
channels = ["screen"]
"""
DELIVERY = """
    INSERT INTO delivery (id, seq, incident, event, route, channel, recipient, because,
        message, state, next_at, created_at)
    VALUES ('1', 1, 'ИНЦ-{year}-0001', 'opened', 'all', 'pager', 'x', 'opened', '{{}}', 'sent', '', '')
"""
UP, DOWN = Outcome.UP, Outcome.DOWN
LOOKS = [UP] * 4 + [DOWN] * 2 + [UP] * 100 + [DOWN] * 20 + [UP] * 30

Run = Callable[..., Result]


def look(outcome: Outcome, at) -> Observation:
    reason = None if outcome is UP else Reason.TIMEOUT
    return Observation("sms", "sms", "http", "local", at, outcome, reason, "", 0.1)


async def live(config_file: Path, folder: Path) -> None:
    """A blip that the rules let pass, then an outage of ten minutes that somebody took on."""
    config = load(config_file, environ={})
    now = clock.now() - timedelta(hours=3)
    async with opened(folder, now=now, threads=False) as state:
        service = Living(state.store, house(config, made_probes(config)), now)
        await service.begin("boot-1")
        for number, outcome in enumerate(LOOKS):
            for _ in range(3):
                service.now += timedelta(seconds=10)
                await service.settle()
            seen = look(outcome, service.now)
            service.keeper.observe(seen)
            service.recorder.observe(seen)
            await service.settle()
            if number == 115:
                (incident,) = service.register.open_incidents()
                await service.recorder.do(incident.id, Acknowledge(), actor="anna")
        await service.keeper.flush()
        year = now.astimezone(config.portal.zone).year
        await state.store.write(lambda db: db.execute(DELIVERY.format(year=year)))


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backtest")
    file = folder / "config.toml"
    file.write_text(CONFIG.format(open_after=3, probe="sms"))
    asyncio.run(live(file, folder / "state"))
    return folder


@pytest.fixture
def run(past: Path, tmp_path: Path) -> Run:
    def invoke(*args: str, open_after: int = 3, probe: str = "sms", state: str = "") -> Result:
        file = tmp_path / "new.toml"
        file.write_text(CONFIG.format(open_after=open_after, probe=probe))
        folder = tmp_path / state if state else past / "state"
        return CliRunner().invoke(backtest, args, obj=Common(file, folder))

    return invoke


def answer(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_unchanged_rules_open_what_was_opened(run: Run) -> None:
    found = answer(run("--json"))
    (row,) = found["incidents"]
    told = {"screen": 2}  # its opening and its end
    assert row["only"] is None
    assert row["would"] == {
        **row["was"],
        "messages": told,
        **{
            name: row["would"][name]
            for name in ("started_at", "opened_at", "published_at", "resolved_at")
        },
        "seconds": row["would"]["seconds"],
        "public_seconds": row["would"]["public_seconds"],
    }
    assert abs(row["was"]["seconds"] - row["would"]["seconds"]) < 1
    assert row["was"]["opened_at"][:19] == row["would"]["opened_at"][:19]
    assert found["observations"] == len(LOOKS)
    assert found["people"] == {"again": 1, "left_out": []}


def test_messages_are_those_sent_beside_those_that_would_be(run: Run) -> None:
    found = answer(run("--json"))
    (row,) = found["incidents"]
    assert row["was"]["messages"] == {"pager": 1}
    assert row["would"]["messages"] == {"screen": 2}
    assert (found["totals"]["was"]["messages"], found["totals"]["would"]["messages"]) == (1, 2)


def test_other_rules_open_more(run: Run) -> None:
    found = answer(run("--json", open_after=1))
    assert [row["only"] for row in found["incidents"]] == ["would", None]
    assert (found["totals"]["was"]["incidents"], found["totals"]["would"]["incidents"]) == (1, 2)
    assert found["totals"]["would"]["never_published"] == 1
    late = found["incidents"][1]
    assert late["was"]["opened_at"] > late["would"]["opened_at"]


def test_other_rules_open_less_and_say_what_people_did_to_nothing(run: Run) -> None:
    found = answer(run("--json", open_after=50))
    assert [row["only"] for row in found["incidents"]] == ["was"]
    (left_out,) = found["people"]["left_out"]
    assert left_out["what"] == "acknowledged"


def test_for_people_it_is_a_table_in_the_portals_first_language(run: Run) -> None:
    result = run(open_after=1)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].endswith(f"наблюдений — {len(LOOKS)}.")
    assert lines[2].split() == ["Сервис", "Открыт", "Длился", "Опубликован", "Тяжесть", "Сообщения"]
    assert lines[3].startswith("+  Коды по СМС")
    assert lines[4].startswith("   Коды по СМС")
    assert " → " in lines[4]
    assert "pager ×1 → screen ×2" in lines[4]
    assert "Сбоев" in result.stdout
    assert "Действия людей: повторено — 1, пропущено — 0." in lines


def test_what_only_was_is_marked(run: Run) -> None:
    lines = run(open_after=50).stdout.splitlines()
    assert lines[3].startswith("−  Коды по СМС")
    assert lines[-1].endswith("-0001: взят в работу")


def test_probes_that_only_one_of_the_two_knows_are_named(run: Run) -> None:
    found = answer(run("--json", probe="sms-new"))
    assert found["probes"] == {"not_configured": ["sms"], "not_recorded": ["sms-new"]}
    text = run(probe="sms-new").stdout
    assert "Этих проверок больше нет в настройках, их не повторить: sms." in text
    assert "Эти проверки новые, за это время их наблюдений нет: sms-new." in text


def test_a_part_of_the_past_can_be_asked_for(run: Run) -> None:
    found = answer(run("--json", "--since", "1h"))
    assert found["observations"] < len(LOOKS)
    assert len(answer(run("--json", "--since", "1m"))["incidents"]) == 0


def test_nothing_recorded_is_said(run: Run) -> None:
    result = run(state="empty")
    assert result.exit_code == 0
    assert result.stdout.startswith("За это время ничего не записано")
    assert answer(run("--json", state="empty"))["incidents"] == []


def test_nothing_is_written(run: Run, past: Path) -> None:
    async def count() -> tuple[int, int]:
        async with opened(past / "state", now=clock.now(), threads=False) as state:
            tables = ("journal", "delivery")
            return await state.store.read(
                lambda db: tuple(
                    db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables
                )
            )

    before = asyncio.run(count())
    run("--json", open_after=1)
    assert asyncio.run(count()) == before


def test_a_bad_config_is_refused(run: Run) -> None:
    result = run(open_after=0)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "open_after" in result.stderr


def test_a_stretch_that_is_none_is_refused(run: Run) -> None:
    assert run("--since", "yesterday").exit_code == 2
