"""Every reason has its words in every language; people's own words win."""

from collections.abc import Callable
from importlib.resources import files

import pytest

from incidents.events import Impact
from incidents.incident import Incident
from incidents.texts import Texts, parse_words
from probes.observation import Outcome, Reason


def test_every_reason_but_our_own_failure_has_an_article(texts: Texts) -> None:
    answered = {r for article in texts.articles.values() for r in article.reasons}
    assert set(Reason) - answered == {Reason.PROBE_ERROR}


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_put_into_words(
    reason: Reason, lang: str, texts: Texts, make: Callable[..., Incident]
) -> None:
    incident = make(1, "login", reason)
    said = [
        texts.title(incident, lang),
        texts.public_text(incident, lang),
        texts.operator_note(incident, lang),
        texts.engineer(reason, lang),
        texts.reason(reason, lang),
    ]
    assert all(said)
    assert not any("{" in words for words in said)


def test_a_title_is_the_component_and_what_is_wrong(
    texts: Texts, make: Callable[..., Incident]
) -> None:
    incident = make(1, "sms", Reason.CODE_NOT_ARRIVED)
    assert texts.title(incident, "ru") == "Коды по СМС: код не приходит"
    assert texts.title(incident, "en") == "SMS codes: the code doesn't arrive"


def test_what_a_person_wrote_wins_in_whatever_language(
    texts: Texts, make: Callable[..., Incident]
) -> None:
    incident = make(
        1,
        "sms",
        Reason.CODE_NOT_ARRIVED,
        title={"ru": "Сбой у Билайна"},
        public_text={"ru": "Чиним."},
        operator_note={"ru": "До обеда."},
    )
    assert texts.title(incident, "en") == "Сбой у Билайна"
    assert texts.public_text(incident, "en") == "Чиним."
    assert texts.operator_note(incident, "ru") == "До обеда."


def test_without_a_reason_the_words_go_by_what_probes_saw_and_else_by_impact(
    texts: Texts, make: Callable[..., Incident]
) -> None:
    slow = make(1, "login", outcome=Outcome.DEGRADED)
    grave = make(1, "login", outcome=None, impact=Impact.CRITICAL)
    assert texts.title(slow, "en") == "Signing in: works on and off"
    assert texts.title(grave, "ru") == "Вход в личный кабинет: не работает совсем"


def test_a_component_without_a_name_goes_by_its_id(
    texts: Texts, make: Callable[..., Incident]
) -> None:
    assert texts.public_text(make(1, "x-1", Reason.TIMEOUT), "ru").startswith("Сервис «x-1» ")


def test_a_quoted_name_inside_quotes_takes_the_inner_pair(
    texts: Texts, make: Callable[..., Incident]
) -> None:
    incident = make(1, "x", Reason.TIMEOUT, component_name={"ru": "Чат «Помощник»"})
    assert "«Чат „Помощник“»" in texts.public_text(incident, "ru")


def test_the_article_answers_the_reason(texts: Texts, make: Callable[..., Incident]) -> None:
    article = texts.article_for(make(1, "sms", Reason.CODE_LATE))
    assert article is not None
    assert article.id == "sms-code-late"
    assert texts.article_for(make(1, "sms")) is None


def test_a_language_nobody_wrote_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"incidents/words/xx.toml: there is no such file"):
        Texts.load(["ru", "xx"])


RU = (files("incidents") / "words" / "ru.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            'engineer = "Ответ 403."',
            "",
            "ru.toml: reason.http_403.engineer: is missing or empty",
        ),
        ("[reason.slow]", "[reason.sloow]", "ru.toml: reason.sloow: there is no such reason"),
        ("[impact.none]", "[impact.tiny]", "ru.toml: impact.tiny: there is no such impact"),
        (
            'engineer = "Ответ 404."',
            'engineer = "x"\nwhy = ""',
            "ru.toml: reason.http_404.why: there is no such key",
        ),
        ("[reason.slow]", "[reason.slow", "ru.toml:"),
    ],
)
def test_a_gap_in_a_language_is_named_with_file_and_key(
    before: str, after: str, message: str
) -> None:
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.")):
        parse_words(RU.replace(before, after), name="ru.toml")
