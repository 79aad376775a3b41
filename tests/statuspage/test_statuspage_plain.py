"""status.txt: one screen that says the same as the page, in both languages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from incidents.health import ComponentStatus, Health

S = ComponentStatus


@pytest.fixture
def troubled(bench):
    return bench.snapshot(
        bench.incident(1, updates=(bench.said("Нашли причину.", minutes=5),)),
        states={"sms": S.MAJOR, "upload": S.DEGRADED, "maps": S.UNKNOWN},
        works=(bench.work(50),),
    )


@pytest.fixture
def told(bench):
    """The paragraphs of a snapshot's text, each in one line."""

    def paragraphs(snapshot, name="status.txt"):
        text = bench.render(snapshot)[name].decode()
        return text.replace("\n  ", " ").splitlines()

    return paragraphs


def test_it_says_what_works_and_what_does_not_the_gravest_first(told, troubled):
    lines = told(troubled)
    assert lines[:2] == ["Портал услуг", "Часть сервисов не работает."]
    states = [line for line in lines if line.startswith(("Не раб", "Работ", "Нет д"))]
    assert [line.split(":")[0] for line in states] == [
        "Не работает", "Работает с перебоями", "Нет данных", "Работает",
    ]  # fmt: skip
    assert states[0] == "Не работает: Коды по СМС"
    assert "Вход на портал, Статусы заявлений" in states[-1]


def test_it_says_how_fresh_it_is(told, troubled):
    assert told(troubled)[2] == (
        "Страница сделана 22 ноября 2026 года в 12:48, московское время (UTC+3)."
        " Если прошло больше 10 минут, данные могли устареть."
    )


def test_it_tells_of_faults_works_and_whom_to_ask(told, troubled):
    lines = told(troubled)
    (fault,) = (line for line in lines if line.startswith("- Коды"))
    assert "Мы уже чиним. Нашли причину. Началось 22 ноября в 12:10" in fault
    assert any("Обновление базы (Вход на портал, Коды по СМС): 24 ноября" in one for one in lines)
    assert "Горячая линия: 8 800 000-00-00 (круглосуточно)" in lines
    assert lines[-1] == "https://status.example/"


def test_it_has_its_twin_in_the_other_language(told, troubled):
    lines = told(troubled, "en/status.txt")
    assert lines[:2] == ["Services portal", "Some services don't work."]
    assert "Doesn't work: SMS codes" in lines
    assert lines[-1] == "https://status.example/en/"


@pytest.mark.parametrize("name", ["status.txt", "en/status.txt"])
def test_it_is_one_screen(bench, troubled, name):
    lines = bench.render(troubled)[name].decode().splitlines()
    assert len(lines) <= 30
    assert all(len(line) <= 78 for line in lines)


def test_on_a_bad_day_it_names_everything_broken_and_leaves_out_the_rest(bench, told):
    component = bench.component("maps")
    many = [
        Health(replace(component, id=f"c{n}", name={"ru": f"Служба {n}"}), state)
        for n in range(80)
        for state in [S.MAJOR if n < 40 else S.OPERATIONAL]
    ]
    incidents = [bench.incident(n, component=f"c{n}") for n in range(1, 20)]
    lines = told(bench.snapshot(*incidents, components=tuple(many)))
    (broken,) = (line for line in lines if line.startswith("Не работает"))
    (well,) = (line for line in lines if line.startswith("Работает"))
    assert broken.count("Служба") == 40
    assert well.startswith("Работает (40): ")
    assert well.endswith("…")
    assert sum(line.startswith("- ") for line in lines) == 5


def test_without_an_address_it_gives_none(told, troubled):
    assert not any("http" in line for line in told(replace(troubled, page_url="")))


def test_a_minute_later_it_says_so(told, troubled):
    later = replace(troubled, now=troubled.now + timedelta(minutes=1))
    assert "12:49" in told(later)[2]
