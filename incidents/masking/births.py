"""Dates that the text says somebody was born on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

Span = tuple[int, int, str]

BIRTH = "дата рождения"
_MONTH = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[а-яa-z]{0,8}"
)
_YEAR_WORDS = (
    r"(?:(?:тысяч\w{0,2}|две|два|девят\w+|восем\w+|сорок\w{0,2}|\w{2,8}десят\w{0,4}|\w{3,9}надцат\w{1,3}"
    r"|двухтысячн\w{1,3}|двадцат\w{1,3}|тридцат\w{1,3}|перв\w{2,3}|втор\w{2,3}|трет\w{2,4}|четв\w{3,6}"
    r"|пят\w{2,3}|шест\w{2,3}|седьм\w{2,3}|восьм\w{2,3}|десят\w{2,3}|девяност\w{1,3})\s?){1,6}"
)
_DAY_WORDS = (
    r"(?:(?:двадцат\w{1,3}|тридцат\w{1,3})\s)?(?:перв|втор|трет|четв[её]рт|пят|шест|седьм|восьм|девят|десят"
    r"|\w{2,9}надцат|двадцат|тридцат)(?:ое|ого|ье|ьего|ый|ий)"
)
_YEAR = r"(?:(?:19|20)\d\d|'?\d\d)"
_ENDING = r"(?:\s?(?:года|год|году|г\.?)(?![а-яa-z]))?"
_SEP = r"\s?[./\-\s,]\s?"
_DAY = r"(?:\d{1,2}(?:-?(?:го|е|ое|st|nd|rd|th))?)"
_DATE = (
    rf"(?:(?:19|20)\d\d{_SEP}\d{{1,2}}{_SEP}\d{{1,2}}(?!\d)"
    rf"|\d{{1,2}}{_SEP}\d{{1,2}}{_SEP}(?:\d{{4}}|\d\d)(?!\d)"
    rf"|{_DAY}\s?(?:of\s)?[.,\-/]?{_MONTH}[.,\-/]?(?:\s?,?\s?(?:{_YEAR}(?!\d)|{_YEAR_WORDS}(?=год|$|[.,\s])))?"
    rf"|{_MONTH}\s{_DAY}(?!\d)(?:,?\s(?:of\s)?{_YEAR}(?!\d))?"
    rf"|{_DAY_WORDS}\s{_MONTH}(?:\s(?:{_YEAR}(?!\d)|{_YEAR_WORDS}))?"
    r"|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d(?!\d)|(?:19|20)\d\d(?!\d)|\d{1,2}\.(?:0[1-9]|1[0-2])(?![\d.]|\s?(?:кг|г\b|см|м\b|ч)))"
)
_FULL = re.compile(rf"(?<![\d№])(?P<it>{_DATE}){_ENDING}")
# Every branch begins with a letter, so that the search can skip what doesn't.
_NAME = re.compile(
    r"рожден(?:ия|ье|ья|ие|ии|а|о|ы|н\w*|\b)|рождений|рожд\b\.?|рожд[ен]{1,3}[ияь]{1,2}|ражден\w{1,3}"
    r"|дат[а-я]{0,2}\sр[оа]ж[а-я]{2,8}|день\sр[оа]ж[а-я]{2,8}"
    r"|родил\w{0,4}|родивш\w{2,4}"
    r"|д(?<![\w/.]д)(?<!и д)(?:\s?[./\s]\s?р\b\.?|р\b(?!\s?[а-яa-z]{3})\.?)"
    r"|born\b|birth\w*|dob\b|b-?day\b|rozhden\w+|rodil\w+"
    r"|г(?<![\w/.]г)(?:\s?[./]\s?р\b\.?|р\b)|г(?<=\dг)\.?\s?/?р\b\.?"
)
_NOT_A_BIRTH = re.compile(
    r"(?:\bо|\bпри|\bна|регистрац\w{1,3}|услуг\w|сервис\w?|ситуаци\w)[\s\"«]{1,2}$"
)
# Between the name and the date: words, but none of another happening, and no preposition of time.
_BETWEEN = 45
_YEAR_ALONE, _BARE = 12, 5  # a year, or a day and a month in figures, is as short as that
_LONGEST = 60  # characters of a date in words
_EVENT = re.compile(
    r"выда|подал|подан|подав|получ|отправ|обрат|обращ|записа|действ|работа|истек|создан|обнов|сегодня"
    r"|вчера|завтра|ошибк|верси|issued|submitted|since|today|yesterday|\b(?:с|со|до|к|от|по|после|from)\s?$"
    r"|\d{3}|[\[\]»\"]|\n\s*\n"
)
_DONE = re.compile(r"[^\d\[\]\n]{0,45}\[")  # its own date is masked already
_BACKWARD = re.compile(
    rf"(?<![\d№./-])(?P<it>{_DATE})(?P<tail>{_ENDING}[\s\-(,:.]{{0,4}}"
    r"(?:(?:это|эта|моя|мой|его|ее|наша|дата|день|год|года|ребенка|is|my|date|of|the)\s){0,4})$"
)


def births(text: str) -> Iterator[Span]:
    """Where the dates of birth are in the view ``text``."""
    done = 0
    names = list(_NAME.finditer(text))
    for name, following in zip_longest(names, names[1:]):
        if _NOT_A_BIRTH.search(text, max(0, name.start() - 20), name.start()):
            continue
        forward = name[0][0] != "г" and _forward(text, max(name.end(), done), following)
        if forward and name.start() >= done:
            for span in forward:
                yield span
                done = span[1]
        elif not _DONE.match(text, name.end()) and (
            found := _backward(text, max(done, name.start() - 60), name.start())
        ):
            yield found
            done = found[1]


def _forward(text: str, start: int, following: re.Match[str] | None) -> list[Span]:
    """The date after a name, and the dates that follow it as its like («не …, а …»)."""
    spans: list[Span] = []
    limit = following.start() if following else len(text)
    while found := _FULL.search(text, start, min(limit, start + _BETWEEN + _LONGEST)):
        between = text[start : found.start()]
        if len(between) > (_YEAR_ALONE if len(found["it"]) <= _BARE else _BETWEEN):
            break
        if _EVENT.search(between):
            break
        start = found.end()
        spans.append((found.start(), _trimmed(text, found), BIRTH))
    return spans


def _trimmed(text: str, found: re.Match[str]) -> int:
    """The end of a date without the space or comma it ran into; with «года»."""
    end = found.end()
    while text[end - 1] in " ,\n":
        end -= 1
    return end


def _backward(text: str, low: int, high: int) -> Span | None:
    found = _BACKWARD.search(text, low, high)
    if found is None:
        return None
    end = found.end("it")
    while text[end - 1] in " ,":
        end -= 1
    return (found.start("it"), end, BIRTH)
