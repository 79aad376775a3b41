"""What the shift lead reads, and what a spreadsheet makes of it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from desk.calls.call import Call, Draft
from desk.calls.figures import as_json, figures, to_csv

ZONE = ZoneInfo("Europe/Moscow")
AT = datetime(2026, 11, 23, 6, 40, tzinfo=UTC)


def call(minutes: float = 0, number: int = 1, **draft: object) -> Call:
    return Call(
        f"ЗВ-2026-{number:04d}",
        AT + timedelta(minutes=minutes),
        "olga",
        Draft("", **draft),  # type: ignore[arg-type]  # whatever the test gives
        "",
    )


instants = st.integers(0, 20_000_000).map(lambda seconds: AT - timedelta(seconds=seconds))
names = st.none() | st.sampled_from(["a", "b", "c"])
calls = st.lists(
    st.builds(
        lambda at, incident, article, component, promised, waited: Call(
            "x", at, "o",
            Draft("", incident=incident, article=article, component=component, promised=promised,
                  looked_up_at=at - waited if waited else None),
            "",
        ),
        instants, names, names, names, st.booleans(),
        st.none() | st.timedeltas(timedelta(), timedelta(hours=1)),
    ),
    max_size=30,
)  # fmt: skip


@given(calls)
def test_every_call_is_counted_once_by_answer_and_once_by_hour(some: list[Call]) -> None:
    found = figures(some, {}, ZONE)
    assert found.by_incident + found.by_article + found.unanswered == found.calls == len(some)
    assert sum(hour.calls for hour in found.by_hour) == len(some)


@given(calls)
def test_the_order_of_calls_changes_nothing(some: list[Call]) -> None:
    assert figures(some, {"a": AT}, ZONE) == figures(some[::-1], {"a": AT}, ZONE)


@given(calls)
def test_a_median_lies_among_what_it_is_the_median_of(some: list[Call]) -> None:
    waits = [c.at - c.draft.looked_up_at for c in some if c.draft.looked_up_at]
    found = figures(some, {}, ZONE).to_note
    assert (found is None) is (not waits)
    if found is not None:
        assert min(waits) <= found <= max(waits)


@given(calls)
def test_csv_is_read_back_as_it_was_counted(some: list[Call]) -> None:
    found = figures(some, {}, ZONE)
    rows = list(csv.DictReader(io.StringIO(to_csv(found, {}))))
    assert [(r["hour"], r["symptom"], int(r["calls"])) for r in rows] == [
        (hour.at.isoformat(), hour.symptom, hour.calls) for hour in found.by_hour
    ]


def test_hours_are_the_portal_s() -> None:
    (hour,) = figures([call(component="sms")], {}, ZONE).by_hour
    assert (f"{hour.at:%H:%M}", hour.symptom, hour.calls) == ("09:00", "sms", 1)


def test_nothing_can_be_said_of_no_calls() -> None:
    found = figures([], {}, ZONE)
    assert (found.calls, found.share(0), found.to_note, found.to_public_word) == (
        0,
        None,
        None,
        None,
    )


def test_the_first_public_word_is_reckoned_from_each_incident_s_first_call() -> None:
    some = [
        call(5, incident="A"),
        call(0, incident="A"),
        call(0, incident="B"),
        call(9, incident="C"),
    ]
    published = {"A": AT + timedelta(minutes=10), "B": AT - timedelta(minutes=3)}
    assert figures(some, published, ZONE).to_public_word == timedelta(minutes=5)


def test_repeats_promises_and_what_was_kept_are_counted() -> None:
    kept = Call("x", AT, "o", Draft("", promised=True), "", called_back_at=AT)
    some = [kept, call(promised=True), call(repeat_of="x"), call(escalated=True)]
    found = figures(some, {}, ZONE)
    assert (found.promised, found.kept, found.repeats, found.escalated) == (2, 1, 1, 1)
    assert found.share(found.repeats) == 0.25


def test_a_name_that_a_spreadsheet_would_reckon_with_is_only_text() -> None:
    found = figures([call(component="sms")], {}, ZONE)
    text = to_csv(found, {"sms": '=HYPERLINK("http://evil";"x")'})
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["name"].startswith("'=")


def test_machines_get_seconds_and_names() -> None:
    some = [call(component="sms", looked_up_at=AT - timedelta(seconds=30))]
    found = as_json(figures(some, {}, ZONE), {"sms": "Коды по СМС"})
    assert (found["median_seconds_to_note"], found["answered_share"]) == (30.0, 0.0)
    assert found["by_hour"] == [
        {"hour": "2026-11-23T09:00:00+03:00", "symptom": "sms", "name": "Коды по СМС", "calls": 1}
    ]
