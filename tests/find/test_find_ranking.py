"""Which incident comes first, and when an operator is told that it is the one."""

import pytest

from incidents.events import Impact, Status

DOCTOR = "Не работает запись к врачу"


def test_the_specific_comes_before_the_general(incident, ask) -> None:
    known = [
        incident(1, "Не приходят СМС с кодами", "смс не приходит"),
        incident(2, "Абонентам Билайна не приходят СМС"),
    ]
    assert ask("у билайна смс не приходит", *known).incidents[0].id == known[1].id
    assert ask("смс не приходит", *known).incidents[0].id == known[0].id


def test_what_is_true_for_everybody_answers_a_carrier_of_its_own(incident, ask) -> None:
    everybody = incident(1, "Не приходят СМС с кодами")
    assert ask("у мегафона смс не приходит", everybody).confident


@pytest.mark.parametrize(
    "text",
    [
        "в Татарстане не записаться к врачу",
        "из Казани звоню, не могу записаться к врачу",
        "kazan ne zapisatsya k vrachu",
        "d nfnfhcnfyt yt pfgbcfnmcz r dhfxe",
    ],
)
def test_the_callers_region_decides(text, incident, ask) -> None:
    here = incident(1, DOCTOR, region="Республика Татарстан")
    there = incident(2, DOCTOR, region="Свердловская область")
    found = ask(text, there, here)
    assert (found.incidents[0].id, found.confident) == (here.id, True)


@pytest.mark.parametrize("where", ["в Самаре", "из Перми", "Воронежская область"])
def test_another_regions_incident_is_never_sure(where, incident, ask) -> None:
    there = incident(2, DOCTOR, "не записаться к врачу", region="Свердловская область")
    assert not ask(f"{where} не записаться к врачу", there).confident
    assert ask("не записаться к врачу", there).confident


def test_a_region_that_no_list_knows_is_known_once_loaded(incident, ask) -> None:
    here = incident(1, "Автобус не считывает карту", region="Левобережный район")
    there = incident(2, "Автобус не считывает карту", region="Заречный район")
    found = ask("в заречном районе автобус не считывает карту", here, there)
    assert found.incidents[0].id == there.id


def test_another_carriers_incident_is_never_sure(incident, ask) -> None:
    assert not ask("мтс смс не приходит", incident(1, "Билайн: не приходят СМС")).confident


def test_the_open_comes_before_the_resolved(incident, ask) -> None:
    old = incident(9, "Не печатается билет", status=Status.RESOLVED)
    new = incident(1, "Не печатается билет")
    assert [h.id for h in ask("билет не печатается", old, new).incidents] == [new.id, old.id]


def test_the_resolved_is_never_sure(incident, ask) -> None:
    found = ask("билет не печатается", incident(9, "Не печатается билет", status=Status.RESOLVED))
    assert found.incidents
    assert not found.confident


def test_of_equals_the_graver_comes_first(incident, ask) -> None:
    minor = incident(2, "Не печатается билет", impact=Impact.MINOR)
    grave = incident(1, "Не печатается билет", impact=Impact.CRITICAL)
    assert ask("не печатается билет", minor, grave).incidents[0].id == grave.id


@pytest.mark.parametrize(
    "text",
    ["не загружается диплом", "не подписывается документ", "фото не загружается", "не работает"],
)
def test_what_shares_a_word_with_an_incident_is_not_sure(text, incident, ask) -> None:
    assert not ask(text, incident(1, "Документ не загружается", "не грузится документ")).confident


@pytest.mark.parametrize(
    "text", ["как загрузить документ", "сколько загружается документ", "где загрузить документ"]
)
def test_a_question_is_not_sure(text, incident, ask) -> None:
    assert not ask(text, incident(1, "Документ не загружается")).confident


def test_a_code_of_ours_with_other_figures_is_not_sure(incident, ask) -> None:
    known = incident(1, "Ошибка при входе", error_codes=("AUTH-1042",))
    assert ask("ошибка AUTH-1042", known).confident
    assert not ask("ошибка AUTH-9999", known).confident


def test_a_story_is_searched_piece_by_piece(incident, ask) -> None:
    known = incident(1, "Госключ не подписывает документы")
    story = (
        "здравствуйте меня зовут Ольга Петровна я живу в деревне у нас корова и огород, сын продаёт"
        " машину и прислал договор, а госключ документ никак не подписывает, уже и телефон"
        " перезагружали и соседку звали, она тоже ничего не понимает в этом"
    )
    found = ask(story, known)
    assert (found.incidents[0].id, found.confident) == (known.id, True)


def test_what_is_far_behind_the_best_is_not_shown(incident, ask) -> None:
    best = incident(1, "Не приходит код подтверждения", "код не приходит")
    other = incident(2, "Справка с QR кодом долго формируется")
    assert [h.id for h in ask("код подтверждения не приходит", best, other).incidents] == [best.id]
