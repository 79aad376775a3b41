"""Announced work: what citizens see of it before, during and after, and what programs read."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.health import ComponentStatus
from statuspage.board import board
from statuspage.works import Stage, seen

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "works/ИНЦ-2026-0050.html"
WORK = {
    "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact",
    "shortlink", "started_at", "page_id", "incident_updates", "components", "reminder_intervals",
    "scheduled_for", "scheduled_until",
}  # fmt: skip
LINE = {
    "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at",
    "affected_components", "deliver_notifications", "custom_tweet", "tweet_id",
}  # fmt: skip


@pytest.fixture
def under_way(bench):
    return bench.work(starts_at=bench.now - HOUR)


@pytest.fixture
def weekly(bench):
    """Sundays at 02:00 in Moscow, since a month ago."""
    began = bench.work().starts_at - 29 * DAY
    return bench.work(starts_at=began, repeats="FREQ=WEEKLY;BYDAY=SU")


def section(files, id_, name="index.html"):
    node = Tree(files[name].decode()).css_first(f"section[aria-labelledby={id_}]")
    return None if node is None else " ".join(node.text(separator=" ").split())


def api(files, name="scheduled-maintenances"):
    return json.loads(files[f"api/v2/{name}.json"])["scheduled_maintenances"]


def test_work_ahead_says_what_when_where_and_in_which_zone(bench):
    files = bench.render(bench.snapshot(works=(bench.work(),)))
    assert section(files, "ahead") == (
        "Впереди плановые работы Запланированы Обновление базы"
        " 24 ноября, 02:00–04:30, московское время (UTC+3)"
        " Войти не получится. Вход на портал, Коды по СМС Добавить в календарь"
    )
    assert "24 November, 02:00–04:30, Moscow time (UTC+3)" in section(
        files, "ahead", "en/index.html"
    )
    assert section(files, "works") is None


def test_work_under_way_stands_apart_from_faults_and_before_the_services(bench, under_way):
    closed = dict.fromkeys(under_way.components, ComponentStatus.MAINTENANCE)
    files = bench.render(bench.snapshot(works=(under_way,), states=closed))
    page = Tree(files["index.html"].decode())
    ids = [node.attributes["aria-labelledby"] for node in page.css("section")]
    assert ids[:2] == ["works", "services"]
    assert "Идут сейчас" in section(files, "works")
    assert "ahead" not in ids
    assert page.css_first("h1").text() == "Идут плановые работы"
    row = page.css_first(".rows li")
    assert row.css_first("b a").attributes["href"].startswith("works/")


def test_work_further_off_than_a_fortnight_is_on_its_own_page_only(bench):
    far = bench.work(starts_at=bench.now + 15 * DAY)
    files = bench.render(bench.snapshot(works=(far,)))
    assert section(files, "ahead") is None
    assert PAGE in files
    assert [one["id"] for one in api(files, "scheduled-maintenances/upcoming")] == [far.id]


def test_repeated_work_shows_the_next_time_and_names_those_that_follow(bench, weekly):
    files = bench.render(bench.snapshot(works=(weekly,)))
    told = section(files, "ahead")
    assert "29 ноября, 02:00–04:30" in told
    assert "И снова: 6 декабря в 02:00" in told


def test_work_over_midnight_or_new_year_says_both_days(bench):
    start = bench.now.replace(month=12, day=31, hour=20, minute=0, second=0)
    work = bench.work(starts_at=start, lasts=6 * HOUR)
    page = Tree(bench.render(bench.snapshot(works=(work,)))[PAGE].decode())
    words = " ".join(page.css_first("dl").text(separator=" ").split())
    assert "31 декабря, 23:00 – 1 января 2027 года, 05:00, московское время" in words


def test_without_announced_work_the_page_says_nothing_of_it(bench):
    files = bench.render(bench.snapshot())
    assert section(files, "works") is None
    assert section(files, "ahead") is None
    assert api(files) == []


def test_each_work_has_a_page_and_its_twin(bench):
    files = bench.render(bench.snapshot(works=(bench.work(),)))
    assert "Обновление базы" in files[PAGE].decode()
    assert "Database upgrade" in files[f"en/{PAGE}"].decode()


def test_past_work_is_in_the_history_with_its_days(bench, weekly):
    files = bench.render(bench.snapshot(works=(weekly,)))
    november = Tree(files["history.html"].decode()).css_first(".days").text()
    assert "Плановые работы: 1, 8, 15, 22 ноября." in november


def test_work_called_off_says_so_and_is_announced_no_more(bench):
    gone = bench.work(cancelled_at=bench.now - HOUR, is_over=True)
    files = bench.render(bench.snapshot(works=(gone,)))
    assert section(files, "ahead") is None
    assert "Отменены" in files[PAGE].decode()
    (found,) = api(files)
    assert (found["status"], found["incident_updates"][0]["body"]) == (
        "completed",
        "Работы отменены.",
    )
    assert "Обновление базы" not in files["history.html"].decode()


def test_work_called_off_half_way_ended_then(bench):
    work = bench.work(starts_at=bench.now - HOUR, cancelled_at=bench.now - HOUR / 2, is_over=True)
    (found,) = seen((work,), bench.now)
    assert found.stage is Stage.COMPLETED
    assert found.past[0].ends_at == work.cancelled_at


def test_the_stage_follows_from_the_clock_alone(bench):
    work = bench.work()
    stages = [
        seen((work,), at)[0].stage
        for at in (
            work.starts_at - timedelta(seconds=1),
            work.starts_at,
            work.ends_at - timedelta(seconds=1),
            work.ends_at,
        )
    ]
    assert stages == [Stage.SCHEDULED, Stage.IN_PROGRESS, Stage.IN_PROGRESS, Stage.COMPLETED]


def test_the_page_is_another_when_work_starts_or_ends_and_only_then(bench):
    work = bench.work()

    def at(when):
        return board(bench.snapshot(works=(work,), now=when))

    second = timedelta(seconds=1)
    assert at(work.starts_at - 2 * second) == at(work.starts_at - second)
    assert at(work.starts_at - second) != at(work.starts_at)
    assert at(work.starts_at) == at(work.ends_at - second)
    assert at(work.ends_at - second) != at(work.ends_at)


def test_that_its_start_was_noted_is_no_news_of_its_own(bench, under_way):
    noted = replace(under_way, started_at=under_way.starts_at, changed_at=bench.now)
    assert board(bench.snapshot(works=(under_way,))) == board(bench.snapshot(works=(noted,)))


def test_the_api_has_exactly_statuspages_fields(bench, under_way, weekly):
    files = bench.render(bench.snapshot(works=(under_way, replace(weekly, id="W-1"))))
    found = api(files)
    assert len(found) > 3
    for one in found:
        assert one.keys() == WORK
        assert one["impact"] == "maintenance"
        assert all(line.keys() == LINE for line in one["incident_updates"])
        assert {line["incident_id"] for line in one["incident_updates"]} == {one["id"]}
        assert [c["id"] for c in one["components"]] == ["login", "sms"]


def test_the_api_tells_planned_active_and_past_work_apart(bench, under_way):
    works = (
        under_way,
        bench.work(51),
        bench.work(52, starts_at=bench.now - 2 * DAY),
        bench.work(53, starts_at=bench.now + 30 * DAY),
    )
    files = bench.render(bench.snapshot(works=works))

    def ids(name):
        return [one["id"][-2:] for one in api(files, name)]

    assert ids("scheduled-maintenances/active") == ["50"]
    assert ids("scheduled-maintenances/upcoming") == ["51", "53"]
    assert ids("summary") == ["50", "51", "53"]
    assert ids("scheduled-maintenances") == ["50", "51", "53", "52"]
    statuses = [one["status"] for one in api(files)]
    assert statuses == ["in_progress", "scheduled", "scheduled", "completed"]


def test_the_api_tells_how_work_went_newest_first(bench, under_way):
    (one,) = api(bench.render(bench.snapshot(works=(under_way,))))
    assert [line["status"] for line in one["incident_updates"]] == ["in_progress", "scheduled"]
    assert one["incident_updates"][1]["body"] == "Войти не получится."
    assert one["scheduled_for"] == "2026-11-22T08:48:30.000Z"
    assert one["scheduled_until"] == "2026-11-22T11:18:30.000Z"
    assert one["shortlink"].startswith("https://status.example/works/")
    assert one["resolved_at"] is None


def test_repetitions_have_ids_of_their_own_that_stay(bench, weekly):
    before = {one["id"] for one in api(bench.render(bench.snapshot(works=(weekly,))))}
    later = bench.snapshot(works=(weekly,), now=bench.now + 3 * DAY)
    after = {one["id"] for one in api(bench.render(later))}
    assert before <= after
    assert len(before) == len(api(bench.render(bench.snapshot(works=(weekly,)))))


def test_the_indicator_is_maintenance_while_work_goes_on_and_all_else_is_well(bench, under_way):
    closed = {"login": ComponentStatus.MAINTENANCE}
    files = bench.render(bench.snapshot(works=(under_way,), states=closed))
    status = json.loads(files["api/v2/status.json"])["status"]
    assert status == {"indicator": "maintenance", "description": "Service Under Maintenance"}
    broken = bench.snapshot(works=(under_way,), states={**closed, "maps": ComponentStatus.MAJOR})
    assert json.loads(bench.render(broken)["api/v2/status.json"])["status"]["indicator"] == "major"


def test_work_on_a_component_that_left_the_config_goes_by_its_id(bench):
    files = bench.render(bench.snapshot(works=(bench.work(components=("old-thing",)),)))
    assert "old-thing" in section(files, "ahead")
    (one,) = api(files)
    assert (one["components"][0]["id"], one["components"][0]["status"]) == ("old-thing", "unknown")


def test_of_many_stretches_the_api_tells_the_nearest(bench):
    began = bench.now - timedelta(days=100, hours=1)
    works = [
        bench.work(n, starts_at=began + n * HOUR / 60, lasts=HOUR / 60, repeats="FREQ=DAILY")
        for n in range(10, 16)
    ]
    files = bench.render(bench.snapshot(works=works))
    upcoming = api(files, "scheduled-maintenances/upcoming")
    assert len(upcoming) == 50
    assert upcoming[0]["scheduled_for"].startswith("2026-11-23T08:58")
    over = [one for one in api(files) if one["status"] == "completed"]
    assert over[0]["scheduled_for"].startswith("2026-11-22T09:03")
    assert len(over) == 50
