"""``vahta explain``: the number somebody types, the layout, who was told, and what machines read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlite_utils import Database

from incidents.sentences import Sentences
from incidents.store import FILE_NAME
from incidents.story import Mark
from notify.delivery import Because, State, Telling
from vahta import clock
from vahta.cli.columns import WIDTH, Row, table
from vahta.cli.explain import explain
from vahta.cli.incident import incident
from vahta.cli.maintenance import maintenance
from vahta.cli.options import Common
from vahta.state import opened

CONFIG = """
[portal]
name = "Портал"
timezone = "Europe/Moscow"
[[component]]
id = "sms"
name = { ru = "Коды по СМС", en = "SMS codes" }
"""
NINE = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
AT = NINE.isoformat(timespec="microseconds")
YEAR = clock.now().year

Run = Callable[..., Result]
Rows = Callable[..., None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "config.toml").write_text(CONFIG)

    def invoke(command, *args: str) -> Result:
        return CliRunner().invoke(
            command, args, obj=Common(tmp_path / "config.toml", tmp_path / "state")
        )

    return invoke


@pytest.fixture
def number(run: Run) -> str:
    """The number of an incident that a person has opened; its opening is entry 1."""
    return run(incident, "open", "sms", "Код приходит \x1b[31mкрасным").stdout.strip()


@pytest.fixture
def deliver(tmp_path: Path) -> Rows:
    def insert(number: str, recipient: str, state: State = State.SENT, **more: object) -> None:
        row = {
            "id": f"1/all/0/mail/{recipient}{more.get('seq', 1)}",
            "seq": 1,
            "incident": number,
            "event": Telling.OPENED.value,
            "route": "all",
            "channel": "mail",
            "recipient": recipient,
            "because": Because.OPENED.value,
            "message": "{}",
            "state": state.value,
            "attempts": 1,
            "next_at": AT,
            "created_at": AT,
            "finished_at": AT,
            **more,
        }
        db = Database(tmp_path / "state" / FILE_NAME)
        db["delivery"].insert(row)
        db.conn.close()

    return insert


@pytest.fixture
def silence(tmp_path: Path) -> Rows:
    def insert(number: str, because: Because, channel: str = "") -> None:
        row = {"seq": 1, "incident": number, "route": "", "channel": channel, "who": ""}
        db = Database(tmp_path / "state" / FILE_NAME)
        db["notify_untold"].insert({**row, "because": because.value, "detail": "", "at": AT})
        db.conn.close()

    return insert


# ── which incident ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", [f"инц-{YEAR}-0001", f"ИНЦ-{YEAR}-0001", "1", "0001"])
def test_a_number_may_be_typed_in_short(run: Run, number: str, typed: str) -> None:
    result = run(explain, typed)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(number)


def test_a_short_number_that_two_have_is_refused(run: Run, number: str, tmp_path: Path) -> None:
    other = {
        "id": f"OLD-{YEAR}-1",
        "status": "resolved",
        "component": "sms",
        "title": "Старый",
        "started_at": f"{YEAR}-01-01T00:00:00Z",
    }
    (tmp_path / "old.json").write_text(json.dumps([other]))
    assert run(incident, "import", str(tmp_path / "old.json")).exit_code == 0
    result = run(explain, "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"1 may be OLD-{YEAR}-1 or {number}: write the whole number" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ИНЦ-2024-0099"], "there is no incident ИНЦ-2024-0099"),
        (["99"], "there is no incident 99"),
        (["1", "--lang", "kk"], "the portal speaks ru, en"),
    ],
)
def test_bad_usage_exits_2_and_says_why(run: Run, number: str, args: list[str], said: str) -> None:
    result = run(explain, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_announced_work_is_told_apart(run: Run) -> None:
    work = run(
        maintenance, "add", "sms", "--from", "2999-01-01 02:00", "--for", "1h", "--title", "x"
    )
    result = run(explain, work.stdout.strip().lower())
    assert result.exit_code == 2
    assert "is announced work" in result.stderr


# ── how it looks ──────────────────────────────────────────────────────────────


def test_it_fits_a_terminal_and_cannot_steer_it(run: Run, number: str) -> None:
    lines = run(explain, number).stdout.splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "\x1b" not in "".join(lines)
    assert lines[0] == f"{number}  Код приходит [31mкрасным"


def test_a_day_is_named_when_it_is_another_and_an_instant_when_it_changes() -> None:
    instants = [0, 0, 5, 24 * 3600]
    rows = [Row(NINE + timedelta(seconds=s), Mark.PASSED, "Шаг", "слово") for s in instants]
    assert list(table(rows, UTC, NINE.date())) == [
        "09:00:00  ✓ Шаг             слово",
        "          ✓ Шаг             слово",
        "09:00:05  ✓ Шаг             слово",
        "2026-03-02",
        "09:00:00  ✓ Шаг             слово",
    ]


def test_the_zone_is_named(run: Run, number: str) -> None:
    assert ", Europe/Moscow (UTC+3)\n" in run(explain, number).stdout


def test_it_speaks_another_language(run: Run, number: str) -> None:
    assert "Status: suspected. Impact: major." in run(explain, number, "--lang", "en").stdout


def test_what_is_said_to_citizens_stands_in_quotes(run: Run, number: str) -> None:
    run(incident, "update", number, "--text", "Чиним, " + "ещё " * 30 + "немного")
    told = run(explain, number).stdout
    assert "«Чиним, ещё" in told
    assert "немного»" in told


# ── who was told ──────────────────────────────────────────────────────────────


def test_addresses_are_masked_and_those_that_look_alike_are_counted(
    run: Run, number: str, deliver: Rows
) -> None:
    deliver(number, "anna@example.ru")
    deliver(number, "boris@example.ru")
    deliver(number, "https://hooks.example/secret", channel="hook")
    told = run(explain, number).stdout
    assert "Начало          mail, [e-mail] ×2: доставлено." in told
    assert "hook, https://hooks.example/…: доставлено." in told
    assert "Доставлено: 3 из 3." in told
    assert "anna" not in told + run(explain, number, "--json").stdout
    assert "secret" not in told + run(explain, number, "--json").stdout


def test_a_delivery_says_where_it_stands_and_why(run: Run, number: str, deliver: Rows) -> None:
    deliver(number, "a", State.PLANNED, attempts=3, error_class="timeout", finished_at=None)
    deliver(number, "b", State.EXPIRED, because=Because.STALE.value)
    deliver(number, "c", State.REFUSED, error_class="http_403", ambiguous=1)
    told = " ".join(run(explain, number).stdout.split())
    assert (
        "mail, a: ждёт отправки, попыток: 3, причина: timeout,"
        " следующая попытка 2026-03-01 12:00:00." in told
    )
    assert "mail, b: не успели, причина: устарело, пока ждало." in told
    assert "mail, c: не принято, причина: http_403, могло и дойти." in told
    assert "Доставлено: 0 из 3, ещё ждут: 1." in told


def test_a_silence_says_why(run: Run, number: str, silence: Rows) -> None:
    silence(number, Because.NO_ROUTE)
    told = run(explain, number).stdout
    assert "– Открытие        Никому: нет подходящего маршрута." in told
    assert "Сообщили        Никому: нет подходящего маршрута." in told


def test_what_the_mailing_has_not_come_to_is_not_told_yet(run: Run, number: str) -> None:
    told = run(explain, number).stdout
    assert "Ещё нет: рассылка до этого не дошла." in told
    assert told.endswith("Кому сообщили\nПока никому и ничего.\n")


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_word_of_the_mailing_is_translated(lang: str) -> None:
    sentences = Sentences.load(lang, UTC)
    tellings = [one for one in Telling if not one.value.startswith("maintenance")]
    words = [f"telling.{one}" for one in tellings] + [f"delivery.{one}" for one in State]
    words += [f"untold.{one}" for one in Because if one.value not in set(Telling)]
    assert [word for word in words if not sentences.has(word)] == []


# ── for machines, and beside a service ────────────────────────────────────────


def test_a_document_for_machines(run: Run, number: str, deliver: Rows) -> None:
    deliver(number, "anna@example.ru")
    found = json.loads(run(explain, number, "--json").stdout)
    assert (found["id"], found["status"], found["component"]) == (
        number,
        "suspected",
        "sms",
    )
    (episode,) = found["episodes"]
    assert [step["step"] for step in episode["steps"]] == [
        *("observed", "opened", "severity", "told"),
        *("published", "updates", "recovered", "resolved", "told_end", "outcome"),
    ]
    assert episode["steps"][1]["rule"] == "by_hand"
    assert episode["steps"][4]["state"] == "waiting"
    (delivery,) = found["told"]["deliveries"]
    assert (delivery["recipient"], delivery["state"]) == ("[e-mail]", "sent")


def test_nothing_is_written_down_by_it(run: Run, number: str, tmp_path: Path) -> None:
    async def journal() -> int:
        async with opened(tmp_path / "state", now=clock.now(), threads=False) as state:
            return (await state.journal.head())[0]

    before = asyncio.run(journal())
    run(explain, number)
    assert asyncio.run(journal()) == before
