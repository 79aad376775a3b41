"""The document: filled in from the journal, in words, and safe whatever others wrote."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from incidents.events import (
    Acknowledged,
    Attached,
    Because,
    Cause,
    Detached,
    Event,
    Impact,
    Imported,
    Opened,
    Origin,
    Published,
    Recovering,
    Reopened,
    Resolved,
    Said,
    Scope,
    Seen,
    Status,
    Updated,
)
from incidents.fold import evolve
from incidents.history.postmortem import plain, postmortem
from incidents.journal import PROBES, Entry
from incidents.narrative import Narrator
from incidents.sentences import Sentences
from incidents.texts import Texts
from probes.observation import Outcome, Reason

START = datetime(2026, 10, 18, 9, 0, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
ID = "ИНЦ-2026-0001"
A = (ID, "sms")
BY_HAND = Because("by_hand")
LATE = {"outcome": Outcome.DOWN, "reason": Reason.CODE_LATE}
SEEN = tuple(
    Seen(START + timedelta(seconds=10 * n), Outcome.DOWN, Reason.CODE_LATE, "61 с")
    for n in range(3)
)
CONFIRMED = Because(
    "confirmed_failures", {"probe": "sms", "location": "local", "in_a_row": 3, "open_after": 3}
)
OPENED = Opened(
    *A,
    Origin.PROBE,
    Impact.MAJOR,
    START,
    CONFIRMED,
    component_name={"ru": "Коды по СМС", "en": "SMS codes"},
    streak=SEEN,
    **LATE,
)
Happened = tuple[float, str, Event]
OUTAGE: list[Happened] = [
    (0.5, PROBES, OPENED),
    (1.5, "ivanova", Acknowledged(*A, BY_HAND)),
    (3.5, PROBES, Published(*A, Because("publish_after", {"waited_seconds": 180}))),
    (9, "ivanova", Updated(*A, BY_HAND, status=Status.IDENTIFIED, text={"ru": "Нашли причину"})),
    (30, PROBES, Recovering(*A, Because("confirmed_recovery", {"in_a_row": 2, "close_after": 2}))),
    (40, PROBES, Resolved(*A, Because("stayed_well"))),
]


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load(["ru", "en"])


@pytest.fixture(scope="module")
def write(texts: Texts):
    def make(*happened: Happened, lang: str = "ru") -> str:
        incident, entries = None, []
        for number, (minute, actor, event) in enumerate(happened, 1):
            at = START + timedelta(minutes=minute)
            entries.append(Entry(number, "component/sms", at, actor, event))
            incident = evolve(incident, event, at=at, actor=actor)
        assert incident is not None
        return postmortem(incident, entries, Narrator(texts, Sentences.load(lang, MOSCOW)))

    return make


def section(document: str, heading: str) -> list[str]:
    body = document.split(f"## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    return [line for line in body.splitlines() if line]


def facts(document: str, heading: str = "Коротко") -> dict[str, str]:
    rows = [line.strip("| ").split(" | ") for line in section(document, heading)[2:]]
    return {row[0].strip("*"): row[1] for row in rows}


def test_the_title_names_the_incident_and_the_zone_is_named(write) -> None:
    lines = write(*OUTAGE).splitlines()
    assert lines[0] == "# Разбор сбоя ИНЦ-2026-0001 — Коды по СМС: код приходит с опозданием"
    assert lines[2] == "Время местное: Europe/Moscow (UTC+3)."


def test_the_summary_has_every_instant_and_how_long_it_took(write) -> None:
    assert facts(write(*OUTAGE)) == {
        "Сервис": "Коды по СМС",
        "Тяжесть": "серьёзная",
        "Статус": "устранён",
        "Что увидела проверка": "Код пришёл, но позже порога. (`code_late`)",
        "Начался": "2026-10-18 12:00:00",
        "Замечен": "2026-10-18 12:00:30 (через 30 секунд после начала)",
        "Взят в работу": "2026-10-18 12:01:30 (через 1 минуту после обнаружения), ivanova",
        "Опубликован": "2026-10-18 12:03:30 (через 3 минуты после обнаружения)",
        "Устранён": "2026-10-18 12:40:00",
        "Длился": "40 минут",
    }


def test_the_timeline_has_every_event_in_words(write) -> None:
    assert section(write(*OUTAGE), "Хронология") == [
        (
            "- **2026-10-18 12:00:30** Вахта: Сбой заведён по проверкам: код приходит с опозданием."
            " Проверка «sms» (local): отказов подряд 3, нужно 3."
        ),
        "- **2026-10-18 12:01:30** ivanova: Сбой взят в работу.",
        (
            "- **2026-10-18 12:03:30** Вахта: Сбой опубликован, теперь о нём знают граждане."
            " Сбой открыт уже 3 минуты, а публикуется через ?."
        ),
        (
            "- **2026-10-18 12:09:00** ivanova: Изменено: статус — «причина найдена»,"
            " новое сообщение гражданам."
        ),
        "  > Нашли причину",
        (
            "- **2026-10-18 12:30:00** Вахта: Проверки видят, что всё снова работает."
            " Удачных проверок подряд 2, нужно 2."
        ),
        (
            "- **2026-10-18 12:40:00** Вахта: Сбой устранён."
            " Всё работает уже ?, для закрытия нужно ?."
        ),
    ]


def test_what_probes_saw_is_in_a_table(write) -> None:
    rows = section(write(*OUTAGE), "Что видели проверки")
    assert rows[0] == "| Время | Состояние | Причина | Подробности |"
    assert rows[2] == (
        "| 2026-10-18 12:00:00 | не работает | Код пришёл, но позже порога. (`code_late`) | 61 с |"
    )
    assert len(rows) == 2 + len(SEEN)


def test_the_same_look_is_told_once(write) -> None:
    again = Attached(
        *A, CONFIRMED, Cause.STORM, START, Impact.MAJOR, streak=SEEN, outcome=Outcome.DOWN
    )
    document = write((0.5, PROBES, OPENED), (1, PROBES, again))
    assert len(section(document, "Что видели проверки")) == 2 + len(SEEN)


def test_public_words_are_quoted_with_their_time(write) -> None:
    assert section(write(*OUTAGE), "Что говорили гражданам") == [
        "Первая фраза:",
        "> Коды подтверждения сейчас приходят с опозданием. Мы уже разбираемся.",
        "2026-10-18 12:09:00:",
        "> Нашли причину",
    ]


def test_the_rest_is_empty_to_be_filled_in(write) -> None:
    document = write(*OUTAGE)
    for heading in ("Что произошло", "Почему", "Что сработало хорошо", "Что изменить"):
        (hint,) = section(document, heading)
        assert hint.startswith("<!-- ")
        assert hint.endswith(" -->")
    assert section(document, "Что сделаем")[0] == "| Действие | Кто | К какому сроку |"


def test_english_is_english(write) -> None:
    document = write(*OUTAGE[:3], (40, PROBES, Resolved(*A, BY_HAND)), lang="en")
    assert document.startswith("# Postmortem of ИНЦ-2026-0001 — SMS codes: the code arrives late\n")
    assert facts(document, "In short")["Taken on"] == (
        "2026-10-18 12:01:30 (1 minute after it was noticed), ivanova"
    )
    words = document.replace("ИНЦ", "").replace("61 с", "")
    assert not any("а" <= letter <= "я" for letter in words.lower())


def test_one_that_is_open_is_a_draft(write) -> None:
    document = write(*OUTAGE[:2])
    assert "**Сбой ещё не закрыт: это черновик.**" in document
    found = facts(document)
    assert (found["Устранён"], found["Опубликован"]) == ("ещё длится", "не публиковался")
    assert "Длился" not in found


def test_what_did_not_happen_is_said(write) -> None:
    blip = write((0.5, PROBES, OPENED), (1, PROBES, Resolved(*A, BY_HAND)))
    assert facts(blip)["Взят в работу"] == "не было"
    assert section(blip, "Что говорили гражданам") == ["Граждане об этом сбое не узнали."]


def test_one_that_was_reopened_lasted_as_long_as_it_was_open(write) -> None:
    again = Reopened(*A, BY_HAND, START, Impact.MAJOR, **LATE)
    document = write(*OUTAGE, (50, "petrov", again), (60, "petrov", Resolved(*A, BY_HAND)))
    found = facts(document)
    assert (found["Устранён"], found["Длился"]) == ("2026-10-18 13:00:00", "50 минут")
    assert found["Взят в работу"].endswith(", ivanova")


def test_other_components_are_named(write) -> None:
    login = Attached(
        ID, "login", BY_HAND, Cause.DEPENDENCY, START, Impact.MAJOR, component_name={"ru": "Вход"}
    )
    document = write(OUTAGE[0], (1, PROBES, login))
    assert facts(document)["Затронуты также"] == "Вход"
    assert "К сбою отнесён ещё один сервис — «Вход»: не работает." in document


def test_what_was_split_off_has_a_postmortem_of_its_own(write) -> None:
    login = Attached(
        ID, "login", BY_HAND, Cause.DEPENDENCY, START, Impact.MAJOR, component_name={"ru": "Вход"}
    )
    split = Detached(ID, "login", BY_HAND, apart=True)
    assert "Затронуты также" not in facts(
        write(OUTAGE[0], (1, PROBES, login), (2, "petrov", split))
    )


def test_a_person_s_incident_has_no_probe_to_speak_of(write) -> None:
    scope = Scope(region="Урал", surface="app")
    opened = Opened(
        *A, Origin.PERSON, Impact.MINOR, START, BY_HAND, title={"ru": "Молчит"}, scope=scope
    )
    document = write((0, "ivanova", opened))
    found = facts(document)
    assert (found["Где"], found["Замечен"]) == ("Урал, app", "2026-10-18 12:00:00")
    assert "Что увидела проверка" not in found
    assert section(document, "Что видели проверки") == [
        "Проверки ничего не записали: сбой заведён без них."
    ]


def test_of_an_import_only_what_its_file_told_is_said(write) -> None:
    said = (Said(START + timedelta(minutes=5), {"ru": "Чиним"}, Status.IDENTIFIED),)
    brought = Imported(
        *A,
        Status.RESOLVED,
        {"ru": "Старый"},
        START,
        Because("import"),
        published_at=START,
        updates=said,
    )
    document = write((600, "ivanova", brought))
    found = facts(document)
    assert found.keys() == {"Сервис", "Тяжесть", "Статус", "Начался", "Опубликован"}
    assert section(document, "Хронология") == [
        "- **2026-10-18 12:05:00** ivanova: Статус: «причина найдена».",
        "  > Чиним",
        "- **2026-10-18 22:00:00** ivanova: Сбой перенесён из другой системы.",
    ]


def test_what_was_written_before_publication_was_not_said_to_citizens(write) -> None:
    early = Updated(*A, BY_HAND, text={"ru": "Пока тайна"})
    document = write(OUTAGE[0], (1, "ivanova", early), OUTAGE[2])
    assert "Пока тайна" not in "".join(section(document, "Что говорили гражданам"))


# ── hostile words ─────────────────────────────────────────────────────────────

HOSTILE = [
    "# заголовок",
    "1. список",
    "- список",
    "+ список",
    "=====",
    "**жирный** _курсив_ `код` ~~нет~~",
    "[ссылка](https://evil.example)",
    "![картинка](https://evil.example/x.png)",
    "<script>alert(1)</script> <!-- x -->",
    "https://evil.example www.evil.example a@evil.example mailto:a@evil.example",
    "<https://evil.example>",
    "a | b \\| c",
    "&lt;script&gt; &copy;",
    "```\nкод\n```",
    "конец \\",
    "$x$ \u202eolleh\u202c \x1b[31m\x00",
    "[x]: https://evil.example",
    "строка\n\n# вторая",
]

_READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shown(markdown: str) -> list[str]:
    """The text of each paragraph and cell; anything but text in it is a failure."""
    found = []
    for token in _READER.parse(markdown):
        if token.type == "inline":
            children = token.children or []
            assert {child.type for child in children} <= {"text", "text_special"}, children
            found.append("".join(child.content for child in children))
        else:
            assert token.type.split("_")[0] in (
                "paragraph",
                "blockquote",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
            )
    return found


def bare(words: str) -> str:
    """What is left of somebody's words: one line, without what nobody sees."""
    unseen = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
    return " ".join(re.sub(unseen, "", words).split())


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_as_they_are(words: str) -> None:
    assert shown(f"> {plain(words)}") == [bare(words)]
    assert shown(f"| a | b |\n| --- | --- |\n| x | {plain(words)} |")[3] == bare(words)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("1")
@example("12) x")
def test_any_words_are_shown_as_they_are(words: str) -> None:
    if bare(words):
        assert shown(f"> {plain(words)}") == [bare(words)]


@given(
    st.lists(st.sampled_from(list("#-+=*_`~[](){}<>!|\\&;:.@1 \nawhtps/")), max_size=30).map(
        "".join
    )
)
def test_any_marks_are_shown_as_they_are(words: str) -> None:
    if bare(words):
        assert shown(f"> {plain(words)}") == [bare(words)]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_change_nothing_in_the_document(write, words: str) -> None:
    def document(said: str) -> str:
        text = {"ru": said}
        opened = Opened(
            *A,
            Origin.PERSON,
            Impact.MAJOR,
            START,
            BY_HAND,
            component_name=text,
            title=text,
            public_text=text,
            scope=Scope(region=said),
            streak=(Seen(START, Outcome.DOWN, None, said),),
        )
        return write(
            (0, said, opened),
            (1, said, Updated(*A, BY_HAND, status=Status.IDENTIFIED, text=text)),
            (2, said, Resolved(*A, Because(said, {"x": said}), text=text)),
        )

    def skeleton(markdown: str) -> list[str]:
        return [token.type for token in _READER.parse(markdown)]

    assert skeleton(document(words)) == skeleton(document("слова"))
