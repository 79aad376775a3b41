"""A table of what people say, and what must be found; the trade of another house at the end."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.events import Origin, Status
from incidents.find.findings import Findings
from incidents.find.index import Index
from incidents.incident import Incident
from incidents.texts import Texts
from probes.observation import Reason

Find = Callable[[str], Findings]
LOGIN, SMS, UPLOAD = "ИНЦ-2026-0041", "ИНЦ-2026-0042", "ИНЦ-2026-0043"
STATUS, PAYMENT, BEELINE, DOCTOR = (
    "ИНЦ-2026-0044",
    "ИНЦ-2026-0045",
    "ИНЦ-2026-0046",
    "ИНЦ-2026-0012",
)

FOUND = [
    ("смс не приходит", SMS),
    ("код не приходит", SMS),
    ("sms код не приходит уже час", SMS),
    ("не пришёл код подтверждения", SMS),
    ("не пришел код", SMS),
    ("нет кода", SMS),
    ("жду смску уже полчаса, ничего нет", SMS),
    ("коды не приходят на телефон", SMS),
    ("код из сообщения так и не пришёл", SMS),
    ("смс не приходт", SMS),
    ("сммс не приходит", SMS),
    ("код не прихидит", SMS),
    ("код потверждения не приходит", SMS),
    ("ytn cvc", SMS),
    ("rjl yt ghb[jlbn", SMS),
    ("cvc yt ghb[jlbn", SMS),
    ("ne prihodit kod", SMS),
    ("sms ne prixodit", SMS),
    ("kod podtverzhdeniya ne prishel", SMS),
    ("КОД НЕ ПРИХОДИТ!!!", SMS),
    ("no sms code", SMS),
    ("the code doesn't arrive", SMS),
    ("здравствуйте у меня бабушка не может получить код подтверждения", SMS),
    ("у билайна смс не приходит", BEELINE),
    ("смс не приходит, билайн", BEELINE),
    ("beeline sms not coming", BEELINE),
    ("не могу войти", LOGIN),
    ("не могу войти в личный кабинет", LOGIN),
    ("не могу зайти в личный кабинет", LOGIN),
    ("не пускает в кабинет", LOGIN),
    ("неверный логин или пароль пишет", LOGIN),
    ("пароль не подходит", LOGIN),
    ("пороль не подходит", LOGIN),
    ("не вхдит в личный кабинет", LOGIN),
    ("yt vjue djqnb", LOGIN),
    ("ne mogu voyti", LOGIN),
    ("ne mogu voiti v lichniy kabinet", LOGIN),
    ("can't log in", LOGIN),
    ("i cannot sign in", LOGIN),
    ("my password doesn't work", LOGIN),
    ("документ не грузится", UPLOAD),
    ("документы не загружаются", UPLOAD),
    ("не загружается документ", UPLOAD),
    ("не грузит документ", UPLOAD),
    ("не могу прикрепить файл", UPLOAD),
    ("файл не прикрепляется", UPLOAD),
    ("документ не загрузился", UPLOAD),
    ("дакумент не грузиться", UPLOAD),
    ("ljrevtyn yt uhepbncz", UPLOAD),
    ("dokument ne gruzitsya", UPLOAD),
    ("can't attach a file", UPLOAD),
    ("upload doesn't work", UPLOAD),
    ("статус заявления не меняется", STATUS),
    ("статус не обновляется", STATUS),
    ("у меня заявление висит на рассмотрении уже неделю", STATUS),
    ("статус заявки не обновился", STATUS),
    ("cnfnec pfzdktybz yt vtyztncz", STATUS),
    ("status zayavleniya ne menyaetsya", STATUS),
    ("the status isn't updated", STATUS),
    ("ошибка 500", PAYMENT),
    ("ошибка 500 при оплате", PAYMENT),
    ("пятисотая ошибка", PAYMENT),
    ("http500", PAYMENT),
    ("jib,rf 500", PAYMENT),
    ("не проходит оплата", PAYMENT),
    ("оплата не работает", PAYMENT),
    ("payment error 500", PAYMENT),
    ("ИНЦ-2026-0042", SMS),
    ("инц-2026-0042", SMS),
    ("что с инц-2026-0044?", STATUS),
    ("byw-2026-0044", STATUS),
    ("inc-2026-0044", STATUS),
    ("2026-0045", PAYMENT),
]

SPELT_RIGHT = [
    ("код не приходит", SMS),
    ("код подтверждения не пришёл", SMS),
    ("неверный логин или пароль", LOGIN),
    ("пароль не подходит", LOGIN),
    ("документ не грузится", UPLOAD),
    ("файл не прикрепляется", UPLOAD),
    ("статус заявления не меняется", STATUS),
    ("оплата не работает", PAYMENT),
    ("can't attach a document", UPLOAD),
    ("my password doesn't work", LOGIN),
]

NOTHING = [
    "сколько стоит загранпаспорт",
    "какие документы нужны для загранпаспорта",
    "где получить справку о доходах",
    "как сменить фамилию после свадьбы",
    "хочу узнать график работы отделения",
    "во сколько вы закрываетесь",
    "какая погода завтра",
    "куда идти за свидетельством о рождении ребёнка",
    "сколько ждать пособие на ребёнка",
    "подскажите адрес ближайшего отделения",
    "можно ли поменять права в другом городе",
    "нужна консультация юриста",
    "что такое единый налоговый платёж",
    "хочу пожаловаться на соседей",
    "how much is a passport",
    "where is your office",
    "what are your opening hours",
    "ошибка 404",
    "asdfgh",
    "12345",
    "",
    "не",
    "🙂",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_a_citizens_words_find_the_open_incident(text: str, expected: str, index: Index) -> None:
    found = index.find(text)
    assert [hit.id for hit in found.incidents[:1]] == [expected]
    assert found.confident


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_complaint_finds_no_incident(text: str, index: Index) -> None:
    found = index.find(text)
    assert not found.incidents
    assert not found.confident


def test_a_general_question_of_a_region_prefers_the_general_incident(index: Index) -> None:
    assert [h.id for h in index.find("смс не приходит").incidents] == [SMS, BEELINE]


def test_a_resolved_incident_alone_is_never_confident(index: Index) -> None:
    found = index.find("не могу записаться к врачу")
    assert [(h.id, h.status) for h in found.incidents] == [(DOCTOR, "resolved")]
    assert not found.confident


def test_the_number_of_a_resolved_incident_finds_it_without_confidence(index: Index) -> None:
    found = index.find(DOCTOR)
    assert found.incidents[0].id == DOCTOR
    assert not found.confident


def test_of_two_alike_the_open_one_comes_first(make: Callable[..., Incident], texts: Texts) -> None:
    said = {"title": {"ru": "Не печатается билет"}, "origin": Origin.PERSON}
    old = make(2, "x", status=Status.RESOLVED, **said)
    new = make(1, "x", **said)
    found = Index.build([old, new], [], texts=texts).find("билет не печатается")
    assert [h.id for h in found.incidents] == [new.id, old.id]


def test_an_article_alone_is_never_confident(texts: Texts) -> None:
    found = Index.build([], texts.articles.values(), texts=texts).find("код не приходит")
    assert found.articles[0].id == "sms-code"
    assert not found.incidents
    assert not found.confident


def test_a_wrong_answer_is_no_answer(texts: Texts) -> None:
    found = Index.build([], texts.articles.values(), texts=texts).find(
        "сколько стоит загранпаспорт"
    )
    assert not found.articles


def test_titles_come_in_the_language_asked_for(index: Index) -> None:
    found = index.find("код не приходит", lang="en")
    assert found.incidents[0].title == "SMS codes: the code doesn't arrive"
    assert found.articles[0].title == "The SMS code doesn't arrive"


def test_no_more_than_asked_for(index: Index) -> None:
    found = index.find("не работает", limit=1)
    assert len(found.incidents) <= 1
    assert len(found.articles) <= 1


def test_an_incident_without_names_or_reason_is_found_by_its_component(
    make: Callable[..., Incident], texts: Texts
) -> None:
    nameless = make(7, "telemetry")
    found = Index.build([nameless], [], texts=texts).find("telemetry doesn't work")
    assert [h.id for h in found.incidents] == [nameless.id]


CARDS = [
    ("Не пополняется карта", "деньги не зачислились на карту"),
    ("Турникет не пропускает", "валидатор красный, не пускает в метро"),
    ("Не работает льготный проезд", "списали полную стоимость у пенсионера"),
    ("Не виден баланс в приложении", "остаток на карте не показывает"),
    ("Автомат не принимает купюры", "терминал выплёвывает деньги"),
    ("Двойное списание", "сняли за поездку два раза"),
]

RIDES = [
    ("карта не пополняетса", 0),
    ("деньги не зачислены", 0),
    ("ltymub yt pfxbckbkbcm", 0),
    ("turniket ne propuskaet", 1),
    ("валидатор горит красным", 1),
    ("льготный праезд не работает", 2),
    ("у пенсионера списали полную стоимость", 2),
    ("не показывает остаток", 3),
    ("<fkfyc yt dblty", 3),
    ("автомат не берет купюры", 4),
    ("терминал не принимает деньги", 4),
    ("списали два раза за поездку", 5),
    ("dvoynoe spisanie", 5),
]


@pytest.mark.parametrize(("text", "number"), RIDES)
def test_no_phrase_is_learnt_by_heart_another_trade_is_found_as_well(
    text: str, number: int, make: Callable[..., Incident], texts: Texts
) -> None:
    rides = [
        make(i, f"part{i}", title={"ru": title}, symptoms=({"ru": said},), origin=Origin.IMPORT)
        for i, (title, said) in enumerate(CARDS)
    ]
    found = Index.build(rides, [], texts=texts).find(text)
    assert [h.id for h in found.incidents[:1]] == [rides[number].id]


@given(st.text(max_size=200))
def test_whatever_is_typed_is_answered(find: Find, text: str) -> None:
    found = find(text)
    scores = [h.score for h in found.incidents]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    if found.confident:
        assert Status(found.incidents[0].status or "").is_open


@given(
    st.integers(0, len(SPELT_RIGHT) - 1),
    st.integers(0, 30),
    st.sampled_from(["dropped", "doubled", "exchanged"]),
)
def test_one_slip_of_the_finger_is_forgiven(find: Find, which: int, where: int, slip: str) -> None:
    text, expected = SPELT_RIGHT[which]
    long = max(text.split(), key=len)
    at = 1 + where % (len(long) - 2)
    wrong = {
        "dropped": long[:at] + long[at + 1 :],
        "doubled": long[:at] + long[at] + long[at:],
        "exchanged": long[:at] + long[at + 1] + long[at] + long[at + 2 :],
    }[slip]
    assert expected in {h.id for h in find(text.replace(long, wrong)).incidents}


SUBJECTS = [
    ("login", "не могу войти"),
    ("sms", "смс не приходит"),
    ("upload", "документ не грузится"),
    ("status_sync", "статус заявления не меняется"),
]


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize(("component", "text"), SUBJECTS)
def test_whatever_broke_it_callers_find_it_by_what_it_is(
    component: str, text: str, reason: Reason, make: Callable[..., Incident], texts: Texts
) -> None:
    broken = [make(1, component, reason), make(2, "payments", Reason.TIMEOUT)]
    found = Index.build(broken, texts.articles.values(), texts=texts).find(text)
    assert found.incidents[0].id == broken[0].id
    assert found.confident


@pytest.mark.parametrize(
    "said", ["E-7", "у меня код e-7.", "ошибка Е-7", "esia-007", "пишет ESIA-007!"]
)
def test_an_error_code_is_found_however_short(make, texts, said: str) -> None:
    known = [
        make(1, "sms", Reason.CODE_NOT_ARRIVED),
        make(2, "login", Reason.LOGIN_REJECTED, error_codes=("E-7", "ESIA-007", "7")),
    ]
    found = Index.build(known, texts.articles.values(), texts=texts).find(said)
    assert (found.incidents[0].id, found.confident) == ("ИНЦ-2026-0002", True)


def test_a_bare_number_is_no_error_code(make, texts) -> None:
    known = [make(2, "login", Reason.LOGIN_REJECTED, error_codes=("7",))]
    found = Index.build(known, texts.articles.values(), texts=texts).find("мне 7 лет")
    assert found.incidents == ()
