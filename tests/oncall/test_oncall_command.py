"""``vahta oncall``: what it prints, draws, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner, Result

from vahta.cli import vahta

CONFIG = """
[portal]
name = "Портал"

[[channel]]
id = "bot"
kind = "webhook"
url = "${NOT_SET_ANYWHERE}"

[[engineer]]
id = "anna"
name = { ru = "Анна", en = "Anna" }
reach = [{ channel = "bot" }]

[[engineer]]
id = "ivan"
name = "Иван"

[[oncall]]
id = "duty"
name = { ru = "Дежурство", en = "Duty" }
layers = [
  { engineers = ["anna", "ivan"], starts = "2026-01-05T10:00", rotate = "1d", time = ["09:00-21:00"] },
]
"""
WEDNESDAY = "2026-01-14 12:00"

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")

    def invoke(*arguments: str) -> Result:
        where = ["-c", str(file), "--state", str(tmp_path / "state")]
        return CliRunner().invoke(vahta, [*where, "oncall", *arguments])

    return invoke


def test_it_says_who_is_on_call_and_who_is_next_and_draws_the_days(run: Run) -> None:
    done = run("--at", WEDNESDAY, "--days", "2")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "Дежурство (duty), Europe/Moscow",
        "  now   Иван, until Wed 2026-01-14 21:00",
        "  next  Иван, from Thu 2026-01-15 09:00",
        "",
        "              00    03    06    09    12    15    18    21",
        "  Wed 14.01   !!!!!!!!!!!!!!!!!!AABBBBBBBBBBBBBBBBBBBB!!!!!!".replace(
            "BBBBBBBBBBBBBBBBBBBB!!!!!!", "B" * 22 + "!" * 6
        ),
        "  Thu 15.01   !!!!!!!!!!!!!!!!!!" + "BB" + "A" * 22 + "!" * 6,
        "",
        "  A  Анна",
        "  B  Иван",
        "  !  nobody",
    ]


def test_nobody_is_said_plainly(run: Run) -> None:
    lines = run("--at", "2026-01-14 03:00").stdout.splitlines()
    assert lines[1] == "  now   NOBODY, until Wed 2026-01-14 09:00"


def test_machines_get_the_same(run: Run) -> None:
    found = json.loads(run("--at", WEDNESDAY, "--days", "1", "--json").stdout)
    assert found["at"] == "2026-01-14T09:00:00+00:00"
    (rota,) = found["rotas"]
    assert rota["now"] == {
        "engineer": "ivan",
        "name": {"ru": "Иван"},
        "until": "2026-01-14T18:00:00Z",
    }
    assert [shift["engineer"] for shift in rota["shifts"]] == [None, "anna", "ivan", None]
    assert rota["shifts"][0]["since"] == "2026-01-13T21:00:00Z"


def test_an_override_is_entered_shown_and_taken_back(run: Run) -> None:
    entered = run("override", "duty", "anna", "--for", "2h")
    assert (entered.stdout, entered.exit_code) == ("1\n", 0)
    (rota,) = json.loads(run("--json").stdout)["rotas"]
    assert rota["now"]["engineer"] == "anna"
    assert [one["id"] for one in rota["overrides"]] == [1]
    assert rota["overrides"][0]["by"]
    assert "override 1: Анна" in run().stdout
    assert run("remove", "1").stdout == "1 removed\n"
    assert json.loads(run("--json").stdout)["rotas"][0]["overrides"] == []


def test_an_overrides_times_are_of_the_rotas_zone(run: Run) -> None:
    run("override", "duty", "anna", "--from", "2099-01-14 12:00", "--until", "2099-01-14 15:30")
    (rota,) = json.loads(run("--json", "--at", "2099-01-14 11:00").stdout)["rotas"]
    (one,) = rota["overrides"]
    assert (one["since"], one["until"]) == ("2099-01-14T09:00:00Z", "2099-01-14T12:30:00Z")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["override", "duty", "petr", "--for", "1h"], "there is no engineer 'petr'; known: anna"),
        (["override", "dooty", "anna", "--for", "1h"], "there is no rota 'dooty'; known: duty"),
        (["override", "duty", "anna"], "say how long it takes with --for"),
        (["override", "duty", "anna", "--until", "2001-01-01"], "and after now"),
        (["override", "duty", "anna", "--until", "tomorrow"], "is no moment"),
        (["remove", "9"], "there is no override 9"),
        (["ics", "dooty"], "no rota 'dooty'; known: duty"),
        (["--at", "noon"], "is no moment"),
        (["--at", "9999-12-31"], "too far away"),
        (["--at", "0001-01-02"], "too far away"),
        (["override", "duty", "anna", "--for", "99999999d"], "too far away"),
    ],
    ids=[
        "engineer",
        "rota",
        "no_end",
        "past",
        "no_moment",
        "remove",
        "ics",
        "at",
        "late",
        "early",
        "long",
    ],
)
def test_what_cannot_be_is_told_with_the_remedy(run: Run, arguments: list[str], why: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert why in done.stderr
    assert done.stdout == ""


def test_the_calendar_is_one(run: Run) -> None:
    done = run("ics", "duty")
    found = icalendar.Calendar.from_ical(done.stdout_bytes)
    assert len(found.walk("VEVENT")) > 200


def test_without_rotas_it_says_what_to_add(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[portal]\nname = "P"\n')
    done = run()
    assert (done.stdout, done.exit_code) == ("", 0)
    assert "[[oncall]]" in done.stderr


def test_validate_warns_of_nobody_and_of_those_who_cannot_be_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(CONFIG, encoding="utf-8")
    environ = {"NOT_SET_ANYWHERE": "https://bot.example.org"}
    done = CliRunner().invoke(vahta, ["-c", str(file), "validate"], env=environ)
    assert done.exit_code == 0
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{file}: warning: oncall duty: nobody is on call from ")
    assert "more within four weeks" in first
    assert second.endswith("engineer ivan: is on call and cannot be told: add reach = [ … ]")
    assert done.stdout == f"{file}: good\n"
