"""What each way of breaking does to each component, in a sentence for the control page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from vahta.demo.portal.faults import JOURNEYS, Mode, Text


def _t(ru: str, en: str) -> Text:
    return MappingProxyType({"ru": ru, "en": en})


TITLES: Mapping[Mode, Text] = MappingProxyType(
    {
        Mode.OK: _t("Работает", "Works"),
        Mode.DOWN: _t("Не отвечает", "No answer"),
        Mode.SLOW: _t("Тормозит", "Slow"),
        Mode.ERROR_500: _t("Ошибка 500", "Error 500"),
        Mode.ERROR_403: _t("Отказ 403", "Refusal 403"),
        Mode.LATE: _t("Опаздывает", "Late"),
        Mode.LOST: _t("Теряет", "Loses"),
        Mode.CORRUPT: _t("Портит", "Spoils"),
        Mode.STALE: _t("Отдаёт старое", "Serves the old"),
        Mode.CAPTCHA: _t("Показывает капчу", "Shows a captcha"),
        Mode.LOCKED: _t("Блокирует", "Locks out"),
        Mode.EXPIRED: _t("Просит новый пароль", "Wants a new password"),
        Mode.REJECTED: _t("Не узнаёт", "Knows nobody"),
        Mode.NO_CSRF: _t("Без защиты формы", "Form unprotected"),
    }
)

_ANY: Mapping[Mode, Text] = MappingProxyType(
    {
        Mode.OK: _t("Всё в порядке.", "All is well."),
        Mode.DOWN: _t(
            "Обрывает соединение и ничего не отвечает.",
            "Drops the connection and answers nothing.",
        ),
        Mode.SLOW: _t(
            "Каждый ответ приходит на 1,2 секунды позже.",
            "Every answer comes 1.2 seconds later.",
        ),
        Mode.ERROR_500: _t(
            "На всё отвечает страницей с ошибкой 500.",
            "Answers everything with an error 500 page.",
        ),
        Mode.ERROR_403: _t(
            "На всё отвечает отказом 403.",
            "Answers everything with a 403 refusal.",
        ),
    }
)

_LOGIN = {
    Mode.LATE: _t(
        "После нажатия «Войти» приходится ждать 2 секунды.",
        "After pressing “Sign in” you wait 2 seconds.",
    ),
    Mode.LOST: _t(
        "Вход удаётся, но сайт тут же о нём забывает и снова просит войти.",
        "Signing in works, but the site forgets it at once and asks again.",
    ),
    Mode.CORRUPT: _t(
        "Страница входа приходит без формы, вместо текста каша.",
        "The sign-in page comes without its form, its text garbled.",
    ),
    Mode.STALE: _t(
        "Форма уже использована, поэтому войти по ней нельзя: ответ 403.",
        "The form has been used before, so sending it is refused: 403.",
    ),
    Mode.CAPTCHA: _t(
        "Просит символы с картинки и никаких не принимает.",
        "Asks for characters from a picture and takes none.",
    ),
    Mode.LOCKED: _t(
        "Говорит всем, что вход временно заблокирован.",
        "Tells everybody that sign-in is locked for a while.",
    ),
    Mode.EXPIRED: _t(
        "На верный пароль отвечает, что его срок истёк.",
        "Says to the right password that it has expired.",
    ),
    Mode.REJECTED: _t(
        "Верный пароль называет неверным.",
        "Calls the right password wrong.",
    ),
    Mode.NO_CSRF: _t(
        "В форме пропало защитное поле, и её не принимают: ответ 403.",
        "The form has lost its hidden token, so sending it is refused: 403.",
    ),
}
_SMS = {
    Mode.LATE: _t(
        "Код приходит через 1,6 секунды вместо 0,2.",
        "The code comes after 1.6 seconds instead of 0.2.",
    ),
    Mode.LOST: _t(
        "Сайт говорит, что код отправлен, но СМС не приходит никогда.",
        "The site says the code is sent, but the message never comes.",
    ),
    Mode.CORRUPT: _t(
        "СМС приходит нечитаемой, кода в ней нет.",
        "The message comes unreadable, with no code in it.",
    ),
    Mode.STALE: _t(
        "Вместо нового кода ещё раз приходит прошлый.",
        "The previous code comes again instead of a new one.",
    ),
}
_UPLOAD = {
    Mode.LATE: _t(
        "Документ обрабатывается 10 секунд вместо 0,2.",
        "Processing a document takes 10 seconds instead of 0.2.",
    ),
    Mode.LOST: _t(
        "Документ принят, но потом его нигде нет: 404.",
        "The document is accepted, then it is nowhere: 404.",
    ),
    Mode.CORRUPT: _t(
        "Скачанный документ отличается от загруженного.",
        "The document that comes back differs from the one sent.",
    ),
    Mode.STALE: _t(
        "Вместо этого документа скачивается более ранний.",
        "An earlier document comes back instead of this one.",
    ),
}
_STATUS_SYNC = {
    Mode.LATE: _t(
        "Новый статус виден в кабинете через 1,6 секунды вместо 0,2.",
        "A new status reaches the account after 1.6 seconds instead of 0.2.",
    ),
    Mode.LOST: _t(
        "Новый статус не доходит до кабинета.",
        "A new status never reaches the account.",
    ),
    Mode.CORRUPT: _t(
        "Кабинет показывает не тот статус, что в реестре.",
        "The account shows a status other than the registry's.",
    ),
    Mode.STALE: _t(
        "Кабинет застыл и показывает всё, каким оно было до поломки.",
        "The account is frozen and shows everything as it was before.",
    ),
}
_SERVICE = {
    Mode.LATE: _t(
        "Страница приходит на 1,2 секунды позже.",
        "The page comes 1.2 seconds later.",
    ),
    Mode.LOST: _t("Страница пропала: 404.", "The page is gone: 404."),
    Mode.CORRUPT: _t(
        "Страница открывается, но вместо содержимого каша.",
        "The page opens, but its content is garbled.",
    ),
    Mode.STALE: _t(
        "Открывается вчерашняя версия страницы.",
        "Yesterday's version of the page opens.",
    ),
}
_OWN: Mapping[str, Mapping[Mode, Text]] = MappingProxyType(
    dict(zip(JOURNEYS, (_LOGIN, _SMS, _UPLOAD, _STATUS_SYNC), strict=True))
)


def meaning(component: str, mode: Mode) -> Text:
    """What ``mode`` does to ``component``, one sentence in each language."""
    return _ANY.get(mode) or _OWN.get(component, _SERVICE)[mode]


def usual_break(component: str) -> Mode:
    """The mode behind the plain "break it" button: what people mean by this being broken."""
    return Mode.LOST if component in {"sms", "status_sync"} else Mode.DOWN
