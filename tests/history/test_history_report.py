"""A month of a component: what is in its line, and files that others can read."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.events import Impact, Origin, Status
from incidents.history.measures import Summary, measure
from incidents.history.report import (
    COLUMNS,
    Line,
    Report,
    Terms,
    harmless,
    rounded_down,
    sla,
    to_csv,
    to_json,
)
from incidents.history.uptime import Record, Seconds
from incidents.incident import Affected, Incident
from probes.observation import Outcome

MOSCOW = ZoneInfo("Europe/Moscow")
OCTOBER = date(2026, 10, 1)
BEGAN = datetime(2026, 10, 1, tzinfo=MOSCOW)
AFTER = datetime(2026, 12, 1, tzinfo=UTC)
SEEN = [(BEGAN - timedelta(days=9), None)]
H, MONTH = 3600, 31 * 24 * 3600


def at(hours: float) -> datetime:
    return BEGAN + timedelta(hours=hours)


def incident(id_: str, began: datetime, ended: datetime, **fields: object) -> Incident:
    affected = (Affected("sms", began, ended, Outcome.DOWN),)
    given = {
        "id": id_,
        "component": "sms",
        "origin": Origin.PROBE,
        "status": Status.RESOLVED,
        "impact": Impact.MAJOR,
        "started_at": began,
        "opened_at": began + timedelta(seconds=30),
        "changed_at": ended,
        "resolved_at": ended,
        "probes_agree": True,
        "affected": affected,
    }
    return Incident(**(given | fields))


def line(
    *incidents: Incident, now: datetime = AFTER, terms: Terms | None = None, **record: object
) -> Line:
    found = Record("sms", incidents, **({"sights": SEEN, "name": "Коды"} | record))
    measures = {one.id: measure(one) for one in incidents}
    return sla([found], measures, OCTOBER, zone=MOSCOW, now=now, terms=terms or Terms()).lines[0]


def test_a_month_without_a_fault() -> None:
    found = line()
    assert (found.uptime, found.downtime, found.incidents) == (1.0, 0, 0)
    assert (found.detect, found.acknowledge, found.resolve) == (None, None, None)
    assert found.seconds == Seconds(operational=MONTH)


def test_an_outage_lowers_the_uptime_and_its_times_are_told() -> None:
    found = line(incident("A-1", at(5), at(6)), incident("A-2", at(50), at(53)))
    assert (found.downtime, found.incidents) == (4 * H, 2)
    assert found.uptime == 1 - 4 * H / MONTH
    half_a_minute = timedelta(seconds=30)
    assert found.detect == Summary(2, half_a_minute, half_a_minute)
    assert found.resolve == Summary(2, timedelta(hours=2), timedelta(hours=3))
    assert found.acknowledge is None


def test_an_outage_over_midnight_of_the_month_counts_where_it_fell_and_the_incident_once() -> None:
    found = line(incident("A-1", at(-2), at(3)))
    assert (found.downtime, found.incidents, found.resolve) == (3 * H, 0, None)


def test_what_was_merged_into_another_is_not_counted_twice() -> None:
    whole = incident("A-1", at(5), at(6))
    part = incident("A-2", at(5), at(6), merged_into="A-1")
    assert (line(whole, part).incidents, line(whole, part).downtime) == (1, H)


def test_a_blip_counts() -> None:
    blip = incident("A-1", at(5), at(5.1), published_at=None)
    assert (line(blip).incidents, line(blip).downtime) == (1, 360)


def test_work_and_what_nobody_saw_stand_apart() -> None:
    found = line(maintenance=[(at(0), at(4))], sights=[(at(0), at(24))])
    assert found.seconds == Seconds(
        operational=20 * H, under_maintenance=4 * H, unknown=MONTH - 24 * H
    )
    assert found.uptime == 1.0


def test_a_month_that_nobody_saw_has_no_uptime_and_keeps_no_promise() -> None:
    found = line(sights=[], terms=Terms(target=0.5))
    assert (found.uptime, found.is_met) == (None, None)


def test_a_month_that_is_not_over_counts_up_to_now() -> None:
    report = sla([Record("sms")], {}, OCTOBER, zone=MOSCOW, now=at(36), terms=Terms())
    assert (report.is_whole, report.until) == (False, at(36))
    assert report.lines[0].seconds.total == 36 * H


def test_a_whole_month_ends_where_it_ends() -> None:
    report = sla([], {}, date(2026, 10, 18), zone=MOSCOW, now=AFTER, terms=Terms())
    assert (report.month, report.is_whole) == ("2026-10", True)
    assert report.until == datetime(2026, 11, 1, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("target", "met"), [(None, None), (0.995, True), (1 - H / MONTH, True), (0.999, False)]
)
def test_a_promise_is_kept_from_its_very_number_on(target, met) -> None:
    assert line(incident("A-1", at(5), at(6)), terms=Terms(target=target)).is_met is met


def test_slow_can_be_counted_as_down() -> None:
    affected = (Affected("sms", at(5), at(6), Outcome.DEGRADED),)
    slow = incident("A-1", at(5), at(6), affected=affected)
    assert line(slow).downtime == 0
    strict = line(slow, terms=Terms(degraded_is_up=False))
    assert (strict.downtime, strict.uptime) == (H, 1 - H / MONTH)


# ── files ─────────────────────────────────────────────────────────────────────


def report(**fields: object) -> Report:
    second = timedelta(seconds=1)
    given = {
        "month": "2026-10",
        "component": "sms",
        "name": "Коды по СМС",
        "uptime": 0.99865591,
        "seconds": Seconds(100, 20, 3, 4, 50, 60),
        "downtime": 7,
        "incidents": 2,
        "detect": Summary(2, 30 * second, 41.5 * second),
        "acknowledge": None,
        "resolve": Summary(1, 3600 * second, 3600 * second),
        "target": 0.999,
    }
    return Report("2026-10", "Europe/Moscow", AFTER, True, (Line(**(given | fields)),))


def test_the_csv_to_the_letter() -> None:
    assert to_csv(report()) == (
        "month,component,name,uptime,downtime_seconds,operational_seconds,degraded_seconds,"
        "partial_outage_seconds,major_outage_seconds,under_maintenance_seconds,unknown_seconds,"
        "incidents,detect_median_seconds,detect_p90_seconds,acknowledge_median_seconds,"
        "acknowledge_p90_seconds,resolve_median_seconds,resolve_p90_seconds,target,met\n"
        "2026-10,sms,Коды по СМС,0.998655,7,100,20,3,4,50,60,2,30,42,,,3600,3600,0.999,false\n"
    )


def test_a_csv_without_components_is_a_header() -> None:
    assert to_csv(Report("2026-10", "UTC", AFTER, True, ())) == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    "name", ["=1+1", "+7", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\u00a0@x"]
)
def test_a_name_is_never_a_formula(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(report(name=name)), newline=""))
    assert row["name"] == f"'{name.strip()}"


@pytest.mark.parametrize("name", ["Вход", 'Ком"пания, «А»', "a=b", "1-2", ""])
def test_any_other_name_is_itself(name: str) -> None:
    assert harmless(name) == name
    (row,) = csv.DictReader(io.StringIO(to_csv(report(name=name)), newline=""))
    assert row["name"] == name


def test_a_name_of_several_lines_is_told_in_one() -> None:
    assert harmless("две\r\n=строки") == "две =строки"


def test_where_nothing_was_known_the_cell_is_empty() -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(report(uptime=None))))
    assert (row["uptime"], row["met"]) == ("", "")


@pytest.mark.parametrize(("share", "told"), [(1.0, 1.0), (0.99999963, 0.999999), (0.29, 0.29)])
def test_no_second_of_outage_is_rounded_away(share: float, told: float) -> None:
    assert rounded_down(share, 1_000_000) == told


def test_the_json_to_the_letter() -> None:
    assert json.loads(json.dumps(to_json(report()))) == {
        "month": "2026-10",
        "timezone": "Europe/Moscow",
        "until": "2026-12-01T00:00:00Z",
        "whole": True,
        "components": [
            {
                "component": "sms",
                "name": "Коды по СМС",
                "uptime": 0.998655,
                "downtime_seconds": 7,
                "seconds": {
                    "operational": 100,
                    "degraded": 20,
                    "partial_outage": 3,
                    "major_outage": 4,
                    "under_maintenance": 50,
                    "unknown": 60,
                },
                "incidents": 2,
                "detect": {"count": 2, "median_seconds": 30, "p90_seconds": 42},
                "acknowledge": None,
                "resolve": {"count": 1, "median_seconds": 3600, "p90_seconds": 3600},
                "target": 0.999,
                "met": False,
            }
        ],
    }


def test_an_incident_without_measures_still_counts() -> None:
    one = Record("sms", [incident("A-1", at(5), at(6))])
    found = sla([one], {}, OCTOBER, zone=MOSCOW, now=AFTER, terms=Terms())
    assert (found.lines[0].incidents, found.lines[0].resolve) == (1, None)


def test_a_name_that_nobody_gave_is_the_id() -> None:
    assert line(name="").name == "sms"
