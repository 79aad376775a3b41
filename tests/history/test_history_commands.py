"""``vahta report`` and ``vahta incident postmortem``: what is printed where, and the exit code."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from vahta.cli.incident import incident
from vahta.cli.options import Common
from vahta.cli.postmortem import postmortem
from vahta.cli.report import report

CONFIG = """
[portal]
name = "Портал"
timezone = "Europe/Moscow"
[[component]]
id = "sms"
name = { ru = "Коды по СМС", en = "SMS codes" }
[[component]]
id = "hotline"
name = "=Горячая линия"
"""
PAST = [
    {
        "id": "ИНЦ-2024-0007",
        "status": "resolved",
        "component": "hotline",
        "title": "Долгое *ожидание* на горячей линии",
        "started_at": "2024-05-31T21:00:00Z",
        "resolved_at": "2024-05-31T22:00:00Z",
        "impact": "major",
    },
    {
        "id": "ИНЦ-2024-0008",
        "status": "resolved",
        "component": "hotline",
        "title": "Не дозвониться",
        "started_at": "2024-06-10T09:00:00Z",
        "resolved_at": "2024-06-10T09:30:00Z",
        "impact": "critical",
    },
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "past.json").write_text(json.dumps(PAST))

    def invoke(command: click.Command, *args: str) -> Result:
        common = Common(tmp_path / "config.toml", tmp_path / "state")
        return CliRunner().invoke(command, args, obj=common)

    assert invoke(incident, "import", str(tmp_path / "past.json")).exit_code == 0
    return invoke


def test_a_report_as_json(run: Run) -> None:
    found = json.loads(run(report, "--month", "2024-06", "--json", "--target", "99.9").stdout)
    assert (found["month"], found["timezone"], found["whole"]) == ("2024-06", "Europe/Moscow", True)
    sms, hotline = found["components"]
    assert (sms["name"], sms["uptime"], sms["met"]) == ("Коды по СМС", None, None)
    assert sms["seconds"]["unknown"] == 30 * 24 * 3600
    assert (hotline["incidents"], hotline["downtime_seconds"], hotline["met"]) == (2, 5400, None)
    assert hotline["resolve"] == {"count": 2, "median_seconds": 2700, "p90_seconds": 3600}
    assert hotline["detect"] is None


def test_a_report_as_csv_in_a_file(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "june.csv"
    result = run(report, "--month", "2024-06", "--csv", "--out", str(out), "--component", "hotline")
    assert (result.exit_code, result.output) == (0, "")
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
    assert (row["component"], row["name"], row["incidents"]) == ("hotline", "'=Горячая линия", "2")
    assert (row["partial_outage_seconds"], row["major_outage_seconds"]) == ("3600", "1800")


def test_a_report_for_people(run: Run) -> None:
    lines = run(report, "--month", "2024-06", "--target", "99").stdout.splitlines()
    assert lines[0] == "2024-06, Europe/Moscow"
    assert lines[1].split()[:3] == ["Сервис", "Доступность", "Цель"]
    assert lines[2].split() == [
        "Коды",
        "по",
        "СМС",
        *["—", "—", "—", "—"],
        "30",
        "дн",
        "0",
        *["—", "—", "—"],
    ]
    assert "1 ч 30 мин" in lines[3]
    assert len({len(line) for line in lines[1:]}) == 1


def test_without_a_month_it_is_the_last_one_that_is_over(run: Run) -> None:
    found = json.loads(run(report, "--json").stdout)
    assert found["whole"] is True


def test_a_month_that_is_not_over_says_so_beside_the_answer(run: Run) -> None:
    whole = json.loads(run(report, "--json").stdout)
    year, month = map(int, whole["month"].split("-"))
    this = f"{year + month // 12}-{month % 12 + 1:02}"
    result = run(report, "--month", this, "--json")
    assert json.loads(result.stdout)["whole"] is False
    assert result.stderr.startswith("Месяц не закончился: посчитано до 20")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--month", "июнь"], "expected a month such as 2026-10"),
        (["--month", "2024-13"], "expected a month such as 2026-10"),
        (["--month", "2999-01"], "is still to come"),
        (["--component", "smss"], "no component 'smss'; known: sms, hotline"),
        (["--csv", "--json"], "give either --csv or --json"),
        (["--target", "101"], "101"),
    ],
)
def test_bad_usage_exits_2_and_says_why(run: Run, args: list[str], said: str) -> None:
    result = run(report, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_file_that_cannot_be_written_exits_2(run: Run, tmp_path: Path) -> None:
    result = run(report, "--month", "2024-06", "--out", str(tmp_path / "none" / "x.csv"))
    assert result.exit_code == 2
    assert "No such file" in result.stderr


def test_a_postmortem_is_printed(run: Run) -> None:
    result = run(postmortem, "ИНЦ-2024-0007")
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "# Разбор сбоя ИНЦ-2024-0007 — Долгое \\*ожидание\\* на горячей линии\n"
    )
    assert "| **Сервис** | \\=Горячая линия |" in result.stdout


def test_a_postmortem_in_another_language(run: Run) -> None:
    result = run(postmortem, "ИНЦ-2024-0007", "--lang", "en")
    assert result.stdout.startswith("# Postmortem of ИНЦ-2024-0007")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["ИНЦ-2024-0099"], "there is no incident ИНЦ-2024-0099"),
        (["ИНЦ-2024-0007", "--lang", "kk"], "the portal speaks"),
    ],
)
def test_a_postmortem_of_nothing_exits_2(run: Run, args: list[str], said: str) -> None:
    result = run(postmortem, *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
