"""The words that name a number, in Russian, English and Russian in Latin letters: data only.

A word with ``*`` is a stem. ``ё`` is written ``е``. What stands here is read by
``incidents.masking.words``, which also forgives a slip of one letter in the longer ones.
"""

from __future__ import annotations

from enum import Enum, auto


class Concept(Enum):
    """What a word says about the number beside it."""

    SNILS = auto()
    INN = auto()
    PASSPORT = auto()
    SERIES = auto()
    DEPARTMENT = auto()
    PHONE = auto()
    POLICY = auto()
    CARD = auto()
    CODE = auto()
    SMS = auto()
    OTHER = auto()
    """The number is something else: an application, an account, a machine's id."""
    THING = auto()
    """The number, if short, is a room's, an error's, a law's."""
    MONEY = auto()
    """The number is a sum."""
    SHORT = auto()
    """A short number that everybody may know."""
    LINK = auto()
    """Says nothing: it may stand between a name and its number."""


# What people are given by the portal, by offices and by shops.
_PAPERS = """
    заявлен* заявк* заяв обращен* обр обращ повтор повторное повторная инцидент* инц тикет*
    запрос запроса запросу запросе запросом запросы заказ заказа заказу заказе заказом
    заказы талон* чек чека чеку чеке квитанц* квитк* услуг* дело дела делу делом деле
    постановлен* протокол* решени* договор* контракт* лиценз* свидетельств* доверенност*
    накладн* трек* посылк* отправлени* извещен* жалоб* звонок звонка звонке звонку вх исх
    входящ* исходящ* регистрационн* справк* выписк* application* ticket* order* incident*
    request* case appeal* claim* receipt* invoice* contract* voucher* tracking артикул*
    каталожн* штрихкод* промокод* осаго каско дмс госномер* номерной зачетк* кадастров*
    лояльност* скидочн* дисконтн* транспортн* тройка promo product* parcel* reference ref
    zayavlen* zayavk* obrash* obrasch* zakaz*
"""

# Accounts and registers.
_ACCOUNTS = """
    счет счета счету счете счетом лицевой лицевого расчетн* л/с р/с к/с с/ф т/н уин уип огрн
    огрнип кпп бик кбк октмо окато оквэд окпо окпд окуд океи оксм окопф окфс тнвэд снт
    account*
"""

# Places, things and laws.
_PLACES = """
    индекс* регион* участок участка участке участку кабинет* окно окна окне комнат* квартир*
    кв дом дома доме корпус* школ* сад маршрут* рейс* садик* детсад* мфц уик очеред* место
    места месте этаж* подъезд* аудитори* форм* статья статьи статье статью пункт* страниц*
    стр приказ* закон закона законе фз zip postal postcode* region* room* office* building*
"""

# What machines call their own long numbers.
_IDS = """
    имей imei iccid серийн* идентификатор* id uuid guid hash хеш* хэш* sha md5 trace* span
    ts timestamp* epoch unixtime* unix exp iat time билд* сборк* build* журнал* лог логе вин
"""

# What machines say.
_MACHINES = """
    ошибк* ошибок ошыбк* сбой сбоя сбоем верси* версия статус* ответ* порт файл* размер*
    пинг устройств* error* err exception* version* status* http* https ip port file* size
    oshibk* chrome windows android ios хром прошивк*
"""

# Words that may stand between a name and its number.
_LINKS = """
    номер номера номеру номером номере номерок ном нр no nr num number numbers nomer nomera
    под за с со от на у о по в во из к для меня мне нас мой моя мое мои моего моей моему мою
    моим ваш* наш* ваше твой твоя свой своя свое свои свою его ее их он она оно они это этот
    эта эти этого такой такая такое такие вот тут там был была было были есть будет указан*
    написан* значит ну типа короче а и или же не вроде равно данные данных рабоч* личн*
    основн* резервн* актуальн* правильн* верный верно неверн* полн* последн* присвоен* новый
    новая старый старая другой другая второй вторая первый следующ* is was the my your his
    her our their it a an of to at in for from and or are this that муж* жен* ребен* сын*
    доч* мам* пап* рф россии moj moy moi moya eto vot nash vash
"""

NAMES: dict[Concept, str] = {
    Concept.SNILS: "снилс* snils* страховое страховой страхового пенсионное пенсионного",
    Concept.INN: "инн инну инном inn налогоплательщик* taxpayer* tin",
    Concept.PASSPORT: "паспорт* загран* passport* pasport* zagran* паспорд*",
    Concept.SERIES: "серия серии серию серией сер series seria seriya serija",
    Concept.DEPARTMENT: "подразделен* подразд подр к/п department*",
    Concept.PHONE: """
        тел т т/ф с/т д/т телефон* телеф тлф телефонн* моб мобил* сотов* звоните позвон*
        перезвон* дозвон* звонить звони набер* вотсап* ватсап* whatsapp* вайбер* viber*
        домашн* городской контактн* phone* tel telephone* mobile* cell* telefon* call
        fax факс*
    """,
    Concept.POLICY: "полис* медполис* омс енп oms policy insurance",
    Concept.CARD: """
        карт карта карты карте карту картой карточк* card* мир visa виза mastercard
        маэстро сбер* karta karty kartoj
    """,
    Concept.CODE: """
        код коды кода коду кодом коде кодов кодами кодик* парол* code codes cod kod kody
        otp pin пин пинкод* парол passcode* password* parol* цифры цифр комбинаци*
        одноразов* проверочн*
    """,
    Concept.SMS: """
        смс смска смски смску смской смсок sms эсэмэс* сообщении
    """,
    Concept.SHORT: "коротк* short экстренн* горяч*",
    Concept.MONEY: """
        сумм* оплат* заплат* стоит стоил* стоимост* цена цены цену цене штраф* госпошлин* пошлин*
        списал* перевел* зарплат* пенси* пособи* субсиди* выплат* вычет* платеж* плата платы плату
        долг долга долги задолженност* amount* price paid payment* fee cost*
    """,
    Concept.OTHER: _PAPERS + _ACCOUNTS + _IDS,
    Concept.THING: _PLACES + _MACHINES,
    Concept.LINK: _LINKS,
}

# «код …»: with one of these words after it, it is a one-time code …
ONE_TIME = """
    подтверждения подтверждение доступа авторизации входа безопасности проверки проверочный
    активации регистрации восстановления верификации сообщения смс sms госуслуг госуслугах
    портала банка сбербанка приложения письма почты аутентификации аутентификатора снова
    сегодня завтра вчера меня тогда всегда никогда пока опять такой какой который мошенники
    мошенникам мошенника неверный новый старый мужа жены сына дочери мамы
"""
# … with one of these before it too; with one that begins like these before it, never.
ONE_TIME_BEFORE = """
    неверный неправильный проверочный одноразовый смс sms verification time
"""
NEVER_BEFORE = """
    служебн внутренн почтов телефонн qr куар штрих промо zip postal region country area
    error status promo product service source http ошибк сбо статус ответ исходн област
    response exit bar coupon
"""
VERB_ENDS = """
    ла ли ло лась лись лось ит ет ют ят ть ться ал ел ил
"""
GENITIVE_ENDS = "ы и а я ов ев ей ой ого его кта мо эд нс"

# Numbers that text messages come from.
SENDERS = frozenset({"0919", "900", "4545", "0911", "0890"})

# Units: a number before one of these is an amount …
UNITS = r"\s?(?:руб|₽|коп\b|копе|тыс|млн|млрд|тенге|rub|rouble"
# … and a short number also before one of these.
SMALL_UNITS = (
    r"|чел\b|челов|шт\b|штук|процент|евро|долл|usd|eur|\$|€|%|people|р\b|год|г\b|гг|лет\b|мес"
    r"|недел|дн[яеи]|день|час|ч\b|мин|сек|с\b|раз|балл|мест|строк|стр|знак"
    r"|символ|байт|кб|мб|гб|мс\b|мм\b|см\b|км\b|кг\b|м\b|sec|min|hour|day|time|byte|kb|mb|gb|ms\b"
)
