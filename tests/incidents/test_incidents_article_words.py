"""Articles are read aloud to worried people in the middle of a call: plain, short and safe."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomli

from incidents.article import Article, load_articles
from probes.observation import Reason

ROOT = Path(__file__).parents[2]
ARTICLES = load_articles()
LANGUAGES = ("ru", "en")
SAID_ALOUD = 60
"""Words a calm voice reads in about twenty seconds."""

STIFF = {
    "ru": re.compile(
        r"\b(осуществл\w+|данн(ый|ого|ому|ом|ая|ой|ое)|в связи с|в случае|в целях|необходим\w+"
        r"|надлежащ\w+|вышеуказан\w+|указанн\w+|посредством|производ(ит|ят)\w*|произвести"
        r"|явля\w+|путём|во избежание|просьба|функционал\w*|(не)?корректн\w+|авториз\w+"
        r"|верифи\w+|идентифи\w+|аутентифи\w+|пользовател\w+|в настоящ\w+|на текущ\w+"
        r"|соответствующ\w+|по причине|ввиду|согласно|предоставл\w+|имеет место|заявител\w+"
        r"|гражданин\w*|обеспеч\w+|в кратчайш\w+|приносим|ожидайте|повторно|отсутству\w+)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(in order to|please be advised|with regard to|regarding|aforementioned|utili[sz]e\w*"
        r"|in the event|kindly|prior to|currently being|in accordance|pursuant|respective\w*"
        r"|users?(?! names?)|apologi[sz]e for|inconvenience|functionality|authenticat\w+"
        r"|verification|hereby|commence\w*)\b",
        re.IGNORECASE,
    ),
}
TELL_ME = {
    "ru": re.compile(
        r"(?<!не )\b(назовите|продиктуйте|сообщите|скажите|пришлите|перешлите|прочитайте мне)\b"
        r"[^.;:]*\b(код|парол|пин)",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"(?<!n't )(?<!never )\b(tell me|read me|send me|give me)\b[^.;:]*"
        r"\b(code|password|pin)\b",
        re.IGNORECASE,
    ),
}
SECRET = {
    "ru": re.compile(r"\b(код[аыу]?|кодом|парол\w+|пин-код\w*)\b", re.IGNORECASE),
    "en": re.compile(r"\b(codes?|passwords?|pin)\b", re.IGNORECASE),
}
NEVER_ASK = {
    "ru": re.compile(r"^Не (просите|спрашивайте|советуйте (отдавать|писать))\b.*(код|парол)"),
    "en": re.compile(r"^Don't (ask for|ask them|advise (giving|writing))\b.*(code|password|PIN)"),
}
UNPROTECT = {
    "ru": re.compile(r"(ыключить|тключить|далить)\b.*\b(антивирус|защит|брандмауэр)"),
    "en": re.compile(r"\b(switch(ing)? off|disable|remove)\b.*\b(antivirus|protection|firewall)"),
}
CONTACT_DETAIL = re.compile(r"https?:|www\.|\S@\S|\w\.(ru|рф|com|org|gov)\b|\d[\d ()-]{5,}\d")
NOTE = {"ru": re.compile(r"апишите"), "en": re.compile(r"\bnote\b", re.IGNORECASE)}
WHEN = {"ru": re.compile(r"\bврем"), "en": re.compile(r"\btimes?\b")}
LITTLE = frozenset({"в", "на", "не", "у", "я", "мой", "мне", "the", "a", "my", "i", "it"})


def lines(article: Article, lang: str) -> Iterator[str]:
    """Everything that is read of an article, bar the citizens' own phrases."""
    yield from (article.title(lang), article.sees(lang), article.usually(lang))
    yield from (article.say(lang), article.escalate(lang))
    yield from (*article.steps(lang), *article.avoid(lang), *article.meanwhile(lang))


def of(lang: str) -> Iterator[tuple[str, str]]:
    return ((a.id, line) for a in ARTICLES.values() for line in lines(a, lang))


def bag(phrase: str) -> frozenset[str]:
    words = re.findall(r"\w+", phrase.lower().replace("ё", "е"))
    return frozenset(words) - LITTLE or frozenset(words)


def test_there_is_an_article_for_what_people_call_about() -> None:
    assert len(ARTICLES) >= 34
    assert {
        "password-forgotten",
        "sms-code",
        "sms-code-late",
        "login-locked",
        "browser-cookies",
        "captcha",
        "error-403",
        "error-404",
        "error-500",
        "certificate",
        "status-not-updating",
        "application-stuck",
        "upload-format",
        "payment-failed",
        "form-name",
        "form-number",
        "app-wont-open",
        "chat-silent",
        "email-missing",
        "hotline-busy",
        "signature-plugin",
        "phone-lost",
        "fraud-call",
        "account-stranger",
        "appointment-no-slots",
        "screen-reader",
    } <= set(ARTICLES)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("id_", sorted(ARTICLES))
def test_an_article_is_whole_and_short_enough_for_a_call(id_: str, lang: str) -> None:
    article = ARTICLES[id_]
    assert set(article.languages) == set(LANGUAGES)
    assert 4 <= len(article.symptoms(lang)) <= 8
    assert 3 <= len(article.steps(lang)) <= 8
    assert 1 <= len(article.avoid(lang)) <= 6
    assert 1 <= len(article.meanwhile(lang)) <= 3
    assert 2 <= len(re.findall(r"[.?](?:\s|$)", article.say(lang))) <= 4
    assert len(article.say(lang).split()) <= SAID_ALOUD
    assert len(article.usually(lang).split()) <= SAID_ALOUD


@pytest.mark.parametrize("id_", sorted(ARTICLES))
def test_both_languages_say_the_same_number_of_things(id_: str) -> None:
    article = ARTICLES[id_]
    for part in (article.steps, article.avoid, article.meanwhile):
        assert len(part("ru")) == len(part("en"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_step_is_one_short_action(lang: str) -> None:
    steps = [(a.id, step) for a in ARTICLES.values() for step in a.steps(lang)]
    assert [s for s in steps if ";" in s[1] or len(s[1].split()) > 22] == []


def test_no_two_articles_claim_the_same_phrase() -> None:
    claims: dict[frozenset[str], set[str]] = defaultdict(set)
    for article in ARTICLES.values():
        for lang in LANGUAGES:
            for phrase in article.symptoms(lang):
                claims[bag(phrase)].add(article.id)
    assert [(sorted(b), sorted(ids)) for b, ids in claims.items() if len(ids) > 1] == []


def test_no_article_says_one_phrase_twice() -> None:
    for article in ARTICLES.values():
        for lang in LANGUAGES:
            counted = Counter(bag(phrase) for phrase in article.symptoms(lang))
            assert max(counted.values()) == 1, (article.id, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_titles_are_told_apart(lang: str) -> None:
    titles = Counter(article.title(lang) for article in ARTICLES.values())
    assert [title for title, n in titles.items() if n > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_is_said_as_an_office_would_write_it(lang: str) -> None:
    assert [x for x in of(lang) if STIFF[lang].search(x[1])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_is_shouted_at(lang: str) -> None:
    assert [x for x in of(lang) if "!" in x[1]] == []


def test_you_is_a_small_letter_within_a_sentence() -> None:
    capital = re.compile(r"(?<=[^\s.?:«] )(Вы|Вас|Вам|Вами|Ваш\w*)\b")
    assert [x for x in of("ru") if capital.search(x[1])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_article_knows_an_address_or_a_number_to_call(lang: str) -> None:
    assert [x for x in of(lang) if CONTACT_DETAIL.search(x[1])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_is_ever_asked_for_a_code_or_password(lang: str) -> None:
    assert [x for x in of(lang) if TELL_ME[lang].search(x[1])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_codes_or_passwords_are_typed_operators_are_told_not_to_ask(lang: str) -> None:
    """Wherever the steps lead to a secret, or the caller began with one."""
    typed = [
        a
        for a in ARTICLES.values()
        if SECRET[lang].search(" ".join((a.title(lang), *a.symptoms(lang), *a.steps(lang))))
        and not a.id.startswith(("error-", "certificate", "upload", "app-"))
    ]
    assert len(typed) >= 12
    silent = [a.id for a in typed if not any(map(NEVER_ASK[lang].search, a.avoid(lang)))]
    assert silent == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_step_takes_protection_away(lang: str) -> None:
    steps = [(a.id, s) for a in ARTICLES.values() for s in (*a.steps(lang), *a.meanwhile(lang))]
    assert [s for s in steps if UNPROTECT[lang].search(s[1])] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("id_", sorted(ARTICLES))
def test_what_to_write_down_before_handing_on_is_named(id_: str, lang: str) -> None:
    escalate = ARTICLES[id_].escalate(lang)
    asked = NOTE[lang].split(escalate, maxsplit=1)[-1]
    assert NOTE[lang].search(escalate)
    assert WHEN[lang].search(asked)


@pytest.mark.parametrize(
    ("lang", "phrase"),
    [("ru", r"\bФИО\b|фамили|\bномер (паспорта|СНИЛС|полиса)"), ("en", r"surname|passport number")],
)
def test_no_personal_detail_is_written_down(lang: str, phrase: str) -> None:
    asked = [(a.id, NOTE[lang].split(a.escalate(lang))[-1]) for a in ARTICLES.values()]
    assert [x for x in asked if re.search(phrase, x[1])] == []


def test_every_reason_leads_to_one_article() -> None:
    answered = Counter(r for article in ARTICLES.values() for r in article.reasons)
    assert set(answered) == set(Reason) - {Reason.PROBE_ERROR}
    assert max(answered.values()) == 1


def test_whom_an_article_hands_over_to_is_in_the_shipped_config() -> None:
    config = tomli.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    known = {contact["id"] for contact in config["contact"]}
    named = {a.contact for a in ARTICLES.values() if a.contact}
    assert named
    assert named <= known


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (STIFF["ru"], "Данный сервис является недоступным", "Эти данные верны"),
        (STIFF["en"], "The user must wait", "Type your user name"),
        (TELL_ME["ru"], "Назовите мне код из сообщения", "Никому не называйте код"),
        (TELL_ME["ru"], "Скажите, какой пароль", "Не скажите код"),
        (TELL_ME["en"], "Please tell me the code", "Don't tell me the code"),
        (UNPROTECT["ru"], "Для этого выключить антивирус", "Выключить VPN"),
        (UNPROTECT["en"], "Try switching off the antivirus", "Switch off the VPN"),
        (CONTACT_DETAIL, "Позвоните 8 800 000-00-00", "Ошибка 500, 502 или 504"),
        (CONTACT_DETAIL, "Откройте portal.example.org", "Имя файла: scan1.pdf."),
    ],
)
def test_the_rules_above_catch_what_they_should(rule: re.Pattern[str], bad: str, good: str) -> None:
    assert rule.search(bad)
    assert not rule.search(good)
