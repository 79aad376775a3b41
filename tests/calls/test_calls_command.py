"""``vahta call`` beside a service, and the hourly erasure."""

import asyncio
import csv
import io
import json
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.calls.call import Draft
from vahta.calls import KEY_FILE, forget
from vahta.cli import vahta

CONFIG = """\
[portal]
name = {ru = "Портал", en = "Portal"}
[[component]]
id = "sms"
name = {ru = "Коды по СМС", en = "SMS codes"}
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    config = tmp_path / "vahta.toml"
    config.write_text(CONFIG, encoding="utf-8")

    def command(*arguments: str, ends: int = 0) -> Result:
        runner = CliRunner()
        done = runner.invoke(vahta, ["-c", str(config), *arguments])
        assert done.exit_code == ends, done.output
        return done

    return command


def test_a_call_is_noted_and_shown_again_masked(run: Run) -> None:
    text = "нет кода, мой телефон +7 912 345-67-89"
    number = run("call", "note", text, "--component", "sms", "--region", "Тула").stdout.strip()
    shown = json.loads(run("call", "show", number, "--json").stdout)
    assert number.startswith("ЗВ-")
    assert number.endswith("-0001")
    assert (shown["symptom"], shown["region"], shown["channel"]) == ("sms", "Тула", "phone")
    assert "345-67" not in shown["text"]


def test_ten_calls_open_an_incident_and_say_so(run: Run) -> None:
    for _ in range(9):
        run("call", "note", "нет кода", "--component", "sms")
    last = run("call", "note", "нет кода", "--component", "sms")
    (incident,) = json.loads(run("incident", "list", "--json").stdout)["incidents"]
    assert f"counted on {incident['id']}" in last.stderr
    assert incident["status"] == "suspected"


def test_a_promise_waits_until_it_is_kept(run: Run) -> None:
    number = run("call", "note", "нет кода", "--promise").stdout.strip()
    run("call", "note", "нет кода")
    assert len(json.loads(run("call", "list", "--json").stdout)["calls"]) == 2
    assert run("call", "list", "--promised").stdout.startswith(number)
    assert run("call", "kept", number).stdout == f"{number} kept\n"
    assert run("call", "list", "--promised").stdout == ""
    assert "no promise to keep" in run("call", "kept", number).stdout


def test_figures_come_as_a_table_as_csv_and_as_json(run: Run) -> None:
    run("call", "note", "нет кода", "--component", "sms")
    run("call", "note", "нет кода", "--article", "sms-code")
    assert "from an article           1  50%" in run("call", "figures").stdout
    (row,) = csv.DictReader(io.StringIO(run("call", "figures", "--csv").stdout))
    assert (row["symptom"], row["name"], row["calls"]) == ("sms", "Коды по СМС", "2")
    assert json.loads(run("call", "figures", "--json").stdout)["calls"] == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("note", "x", "--incident", "ИНЦ-2026-0099"), "there is no such incident"),
        (("note", "x", "--component", "nothing"), "there is no component 'nothing'"),
        (("show", "ЗВ-2026-0099"), "there is no call ЗВ-2026-0099"),
        (("figures", "--csv", "--json"), "give either --csv or --json"),
        (("list", "--from", "2026-11-25 09:00", "--to", "2026-11-25 08:00"), "no later than"),
        (("list", "--from", "вчера"), "is no moment"),
    ],
    ids=["incident", "component", "show", "both", "backwards", "moment"],
)
def test_what_is_wrong_is_said_in_one_sentence(run: Run, arguments: Any, why: str) -> None:
    assert why in run("call", *arguments, ends=2).stderr


def test_the_key_is_the_owner_s_and_in_no_backup(run: Run, tmp_path: Path) -> None:
    run("call", "note", "совершенно секретно")
    key = tmp_path / "var" / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    run("backup", str(tmp_path / "copy.bak"))
    copied = (tmp_path / "copy.bak").read_bytes()
    assert key.read_bytes() not in copied
    assert "секретно".encode() not in copied


def test_a_broken_key_is_refused_and_nothing_is_lost(run: Run, tmp_path: Path) -> None:
    run("call", "note", "x")
    (tmp_path / "var" / KEY_FILE).write_bytes(b"oops")
    assert "is no key of 32 bytes" in run("call", "list", ends=2).stderr


async def test_texts_are_erased_while_the_service_runs(line: Any) -> None:
    await line.rings(1, Draft("нет кода"))
    line.clock.forward(days=91)
    with suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            await forget(line.ledger, older_than=timedelta(days=90))
    (call,) = await line.ledger.between(line.clock.now - timedelta(days=365), line.clock.now)
    assert call.text == ""
