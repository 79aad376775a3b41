"""E-mail addresses, written and as spoken on the telephone. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

EMAIL = "e-mail"
_PROVIDER = (
    r"(?:mail|e-?mail|gmail|g-?mail|yandex|ya|rambler|inbox|list|bk|outlook|hotmail|icloud|proton\w*|vk|live|yahoo"
    r"|мейл|мэйл|майл|меил|эмейл|джимейл|джимэйл|гмейл|гмайл|жмейл|яндекс\w{0,2}|яндех|рамблер|инбокс|лист|бк"
    r"|аутлук|хотмейл|хотмэйл|айклауд|вк|яху)"
)
_ZONE = r"(?:ru|com|net|org|su|рф|info|biz|io|by|kz|ua|ру|ком|нет|орг|су|эрэф|эр эф|ком\.ру|бай|кз)"
_DOT = r"(?:\s?\.\s?|\s(?:точка|тчк|dot|tochka)\s|\s?[\[(](?:dot|точка)[\])]\s?)"
_TIE = (
    r"(?:[.\-_+]|\s(?:точка|dot|tochka|тире|дефис|минус|dash|плюс|plus|underscore"
    r"|(?:нижнее )?подчерк\w{1,12})\s)"
)
_LOCAL = rf"(?<![\w.+\-\]\[])[\w.+\-]{{1,64}}(?:{_TIE}[\w]{{1,40}}){{0,4}}"
# name@some.domain, as it should be; the zone has letters, so that package@1.2.3 stays
_WRITTEN = re.compile(r"(?<![\w.+\-])[\w.+\-]++@(?:[\w\-]++\.)+(?:xn--[\w\-]+|[^\W\d_]{2,})")
# name @ mail.ru, name@mail. ru, name@mail,ru, name@mail
_SPACED = re.compile(
    rf"(?<![\w.+\-])[\w.+\-]++\s?@\s?(?:(?:[\w\-]++\s?\.\s?){{1,3}}{_ZONE}|{_PROVIDER}(?:\s?[.,]?\s?{_ZONE})?)\b"
)
_AT = r"\s?[\[({]\s?(?:@|at|собака|собачка|эт|ат|a)\s?[\])}]\s?"
_DOG = (
    r"\s?[\"«'*]?\b(?:собак[аиуой]{1,2}|собачк[аиуой]{1,2}|собчка|собка|sobaka|sobachka)"
    r"\b[\"»'*]?\s?"
)
_DOMAIN = rf"[\w\-]{{1,40}}(?:{_DOT}[\w\-]{{1,40}}){{0,3}}?{_DOT}(?:{_ZONE}|[a-z]{{2,6}})\b"
_KNOWN = rf"{_PROVIDER}(?:\s?[.,]?\s?{_ZONE})?\b"
_BRACKETED = re.compile(rf"{_LOCAL}{_AT}(?:{_DOMAIN}|{_KNOWN})")
_SPOKEN = re.compile(rf"(?:{_LOCAL}|[\w]{{1,30}}\s\d{{1,6}})(?:{_DOG})(?:{_DOMAIN}|{_KNOWN})")
# «at» alone is a word of English: a spoken dot or a well-known provider must follow
_ENGLISH = re.compile(
    rf"{_LOCAL}\s(?:at|ат|эт)\s(?:[\w\-]{{1,40}}\s(?:dot|точка)\s\w{{2,10}})\b"
    rf"|(?=\w{{0,30}}[\d._]){_LOCAL}\s(?:at|ат|эт)\s{_PROVIDER}{_DOT}{_ZONE}\b"
    rf"|(?<=(?:mail|очта|мыло|ящик)\s)\w{{1,40}}\s(?:at|ат|эт)\s{_PROVIDER}{_DOT}{_ZONE}\b"
)

# Cheap to look for, so that the patterns above are tried on few texts.
_READ_WHEN = (
    (re.compile("@"), (_WRITTEN, _SPACED)),
    (re.compile(r"[\[({]\s?(?:@|(?:at|собака|собачка|эт|ат|a)\b)"), (_BRACKETED,)),
    (re.compile("соба|собч|собк|soba"), (_SPOKEN,)),
    (re.compile(" (?:at|ат|эт) "), (_ENGLISH,)),
)


def emails(text: str) -> Iterator[Span]:
    """Where the addresses are in the view ``text``; spans may overlap."""
    for hint, patterns in _READ_WHEN:
        if hint.search(text):
            for pattern in patterns:
                for match in pattern.finditer(text):
                    yield (*match.span(), EMAIL)
