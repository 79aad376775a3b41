"""An incident of several components, one that comes and goes, and one that went into another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as Tree

from incidents.events import (
    Attached,
    Because,
    Cause,
    Detached,
    Impact,
    Opened,
    Origin,
    Reassessed,
    Recovering,
    Relapsed,
    Reminded,
    Reopened,
    Resolved,
    Unstable,
    Updated,
)
from incidents.fold import evolve
from incidents.health import ComponentStatus
from incidents.incident import Affected
from probes.observation import Outcome, Reason
from statuspage.affected import as_of, members
from statuspage.board import board
from statuspage.timeline import Turn, timeline

ID = "ИНЦ-2026-0001"
PAGE = f"incidents/{ID}.html"
WELL = Because("confirmed_recovery")
BY_HAND = Because("by_hand")


@pytest.fixture
def six(tell):
    """Login fails, and with it four others; one more a while later; one is well again."""
    story = tell().opened().joined(1, "sms", "upload", "payments", "booking")
    return story.joined(10, "certificates").left(25, "booking").incident


def shown(bench, incident, path=PAGE, **snapshot):
    page = Tree(bench.render(bench.snapshot(incident, **snapshot))[path].decode())
    return " ".join(page.css_first("main").text(separator=" ").split())


def turns(incident):
    return [(line.turn, line.about) for line in reversed(timeline(incident))]


def test_the_page_names_every_component_in_citizens_names_with_its_times(bench, six):
    page = bench.render(bench.snapshot(six))[PAGE].decode()
    rows = [" ".join(row.text().split()) for row in Tree(page).css(".rows li")]
    assert rows == [
        "Вход на портал с 12:08",
        "Коды по СМС с 12:09",
        "Загрузка документов с 12:09",
        "Оплата пошлин и штрафов с 12:09",
        "Запись к врачу 12:09–12:33",
        "Справки и выписки с 12:18",
    ]


def test_an_incident_of_one_component_lists_no_others(bench, tell):
    page = shown(bench, tell().opened().incident)
    assert "Какие сервисы затронуты" not in page
    assert "Сервис Вход на портал" in page


def test_rows_of_the_home_page_lead_to_the_incident_that_explains_them(bench, six):
    unwell = dict.fromkeys(("login", "sms", "certificates"), ComponentStatus.MAJOR)
    page = bench.render(bench.snapshot(six, states=unwell))["index.html"].decode()
    links = {row.css_first("a").text(): row.css("b a") for row in Tree(page).css(".rows li")}
    assert links["Коды по СМС"][0].attributes["href"].endswith("-2026-0001.html")
    assert links["Справки и выписки"]
    assert not links["Запись к врачу"]


def test_whom_the_words_leave_out_is_named_below_them(bench, six):
    home = shown(bench, six, "index.html")
    assert "Коды по СМС, Загрузка документов, Оплата пошлин и штрафов, Справки и выписки. " in home
    named = replace(six, public_text={"ru": "Не работают: вход на портал, коды по СМС."})
    assert "Вход на портал, Загрузка" not in shown(bench, named, "index.html")


def test_the_timeline_tells_who_came_and_who_recovered_in_one_line_each(six):
    assert turns(six) == [
        (Turn.PUBLISHED, ()),
        (Turn.SPREAD, ("certificates",)),
        (Turn.EASED, ("booking",)),
    ]


def test_those_that_come_within_a_minute_are_one_line(tell):
    story = tell().opened().joined(10, "sms").joined(10.2, "upload").joined(10.4, "payments")
    assert turns(story.incident)[1] == (Turn.SPREAD, ("sms", "upload", "payments"))


def test_who_recovers_while_all_is_watched_is_no_news(tell):
    story = tell(cause=Cause.DEPENDENCY).opened().joined(5, "sms")
    watched = story.then(20, Recovering(ID, "login", WELL)).left(21, "sms")
    assert [turn for turn, _ in turns(watched.incident)] == [
        Turn.PUBLISHED,
        Turn.SPREAD,
        Turn.MONITORING,
    ]


def test_what_a_person_took_out_is_not_said_to_work(bench, tell):
    story = tell(cause=Cause.MERGE).opened().joined(5, "sms").left(20, "sms", apart=True)
    assert turns(story.incident)[-1] == (Turn.SPLIT, ("sms",))
    page = shown(bench, story.incident)
    assert "Оказалось, что это отдельный сбой: Коды по СМС." in page
    assert "Снова работает" not in page


def test_the_end_of_all_is_not_told_of_each(tell, six):
    story = tell()
    story.incident = six
    ended = story.then(30, Resolved(ID, "login", WELL)).incident
    assert turns(ended)[-1] == (Turn.RESOLVED, ())
    assert sum(turn is Turn.EASED for turn, _ in turns(ended)) == 1


def test_the_first_line_stays_what_it_was_when_others_come_and_go(bench, tell):
    class Counting:
        def title(self, incident, _):
            return incident.id

        def public_text(self, incident, _):
            names = ",".join(a.component for a in incident.ailing())
            return f"{incident.reason}|{names}|{incident.unstable_since}|{incident.is_open}"

        def safe(self, *_):
            return ()

        def article_for(self, _):
            return None

    def first(incident):
        files = bench.render(bench.snapshot(incident), Counting())
        return Tree(files[PAGE].decode()).css(".line li")[-1].text().rpartition("\n")[2]

    story = tell().opened().joined(1, "sms")
    before = first(story.incident)
    for minute, event in (
        (
            10,
            Attached(
                ID, "maps", WELL, Cause.STORM, story.began + timedelta(minutes=9), Impact.CRITICAL
            ),
        ),
        (11, Reassessed(ID, "login", WELL, Impact.MAJOR, Outcome.DOWN, Reason.TIMEOUT)),
        (12, Detached(ID, "sms", WELL)),
        (13, Unstable(ID, "login", WELL)),
        (14, Resolved(ID, "login", WELL)),
    ):
        assert first(story.then(minute, event).incident) == before


def test_it_is_said_that_it_works_on_and_off(bench, tell):
    story = tell().opened().then(20, Unstable(ID, "login", WELL))
    assert turns(story.incident)[-1] == (Turn.UNSTABLE, ())
    page = shown(bench, story.incident)
    assert "Работает с перебоями 22 ноября 2026 года в 12:28 Сервис то работает, то нет." in page


def test_what_is_internal_is_in_no_file_and_no_news(bench, tell):
    story = tell().opened().joined(5, "sms")
    before = story.incident
    now = bench.now
    after = story.then(20, Reminded(ID, "login", BY_HAND)).then(
        21, Updated(ID, "login", BY_HAND, locked=True, publish_at=now, operator_note={"ru": "Тсс"})
    )
    quiet = replace(after.incident, previous="ИНЦ-2026-0099", acknowledged_by="anna-k")
    assert board(bench.snapshot(before)) == board(bench.snapshot(quiet))
    for body in bench.render(bench.snapshot(quiet)).values():
        for secret in ("0099", "anna-k", "Тсс"):
            assert secret.encode() not in body


def test_one_unknown_to_the_config_is_shown_by_the_name_it_came_with(bench, tell):
    story = tell().opened()
    event = Attached(
        ID, "old", WELL, Cause.STORM, story.began, Impact.MAJOR, {"ru": "Старый"}, Outcome.DOWN
    )
    incident = story.then(5, event).incident
    assert board(bench.snapshot(incident)).components[-1].component.id == "old"
    assert "Старый с 12:08" in shown(bench, incident)


spells = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10) | st.none()), max_size=8)


@given(spells)
def test_spells_never_touch_and_cover_what_the_stretches_do(given_spells):
    start = datetime(2026, 11, 22, tzinfo=UTC)
    minute = timedelta(minutes=1)
    stretches = tuple(
        Affected("a", start + s * minute, None if n is None else start + (s + n) * minute)
        for s, n in sorted(given_spells, key=lambda one: one[0])
    )
    opened = Opened("I", "a", Origin.PROBE, Impact.MAJOR, start, WELL)
    incident = replace(evolve(None, opened, at=start, actor=""), affected=stretches)
    found = members(incident)[0].spells if stretches else ()
    for one, following in pairwise(found):
        assert one.until is not None
        assert one.until < following.since

    def covered(spans, at):
        return any(s.since <= at and (s.until is None or at < s.until) for s in spans)

    for second in range(0, 62 * 60, 30):
        at = start + timedelta(seconds=second)
        assert covered(found, at) == covered(stretches, at)


def test_what_was_known_then_leaves_out_what_came_later(tell):
    story = tell().opened().joined(10, "sms")
    then = as_of(story.incident, story.began + timedelta(minutes=5))
    assert [one.component for one in then.ailing()] == ["login"]


def test_one_that_comes_back_is_told_of_again(tell):
    story = tell().opened().then(10, Resolved(ID, "login", WELL))
    at = story.began + timedelta(minutes=15)
    story.then(15, Reopened(ID, "login", WELL, at, Impact.MAJOR, Outcome.DOWN)).joined(16, "sms")
    assert [turn for turn, _ in turns(story.incident)] == [
        Turn.PUBLISHED,
        Turn.RESOLVED,
        Turn.REOPENED,
        Turn.SPREAD,
    ]


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "watch", "fail", "shake", "say", "take out", "end"]),
        st.sampled_from(["sms", "upload", "maps"]),
        st.floats(0.1, 3),
        st.floats(0, 2),
    ),
    max_size=14,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(MOVES)
def test_no_line_is_ever_taken_away_or_renamed(tell, moves):
    """Whatever happens, until it is opened again."""
    story, minute = tell().opened(), 3.0
    lines: dict[str, Turn] = {}
    for move, component, pause, before in moves:
        minute += pause
        ends = [one.until for one in story.incident.stretches(component) if one.until]
        since = story.began + timedelta(minutes=minute - before)
        since = max([since, *(end + timedelta(seconds=1) for end in ends)])
        seen = Outcome.DOWN, Reason.TIMEOUT
        event = {
            "join": Attached(
                ID, component, WELL, Cause.STORM, since,
                Impact.MAJOR, {}, *seen,
            ),
            "leave": Detached(ID, component, WELL),
            "take out": Detached(ID, component, BY_HAND, apart=True),
            "watch": Recovering(ID, "login", WELL),
            "fail": Relapsed(ID, "login", WELL, *seen),
            "shake": Unstable(ID, "login", WELL),
            "say": Updated(ID, "login", BY_HAND, text={"ru": "Чиним"}),
            "end": Resolved(ID, "login", WELL),
        }[move]  # fmt: skip
        fits = {
            "join": component not in story.incident.apart,
            "leave": story.incident.ails(component),
            "take out": story.incident.ails(component),
            "shake": not story.incident.unstable_since,
        }
        if not fits.get(move, True):
            continue
        story.then(minute, event)
        now = {line.id: line.turn for line in timeline(story.incident)}
        assert len(now) == len(timeline(story.incident))
        assert lines.items() <= now.items()
        lines = now
        if move == "end":
            break
