"""What the page behind a link in a message says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AckWords:
    """One language. ``{by}`` is whoever acknowledged, ``{at}`` when, ``{since}`` when it broke."""

    title: str
    ask: str
    button: str
    hint: str
    done: str
    done_hint: str
    taken: str
    taken_hint: str
    resolved: str
    resolved_hint: str
    expired: str
    damaged: str
    damaged_hint: str
    ask_all: str
    button_all: str
    button_one: str
    done_all: str
    nothing_all: str
    nothing_hint: str
    since: str
    number: str
    desk: str
    by_message: str


WORDS: Mapping[str, AckWords] = {
    "ru": AckWords(
        title="Взять в работу",
        ask="Возьмёте этот сбой в работу?",
        button="Беру в работу",
        hint="Остальные увидят, что сбоем занимаетесь вы, и больше никого будить не будем.",
        done="Готово: этим сбоем занимаетесь вы",
        done_hint="Напишите на пульте, как только станет что-то известно. Страницу можно закрыть.",
        taken="Уже в работе: {by}, с {at}",
        taken_hint="Ничего делать не нужно.",
        resolved="Уже решено: {at}",
        resolved_hint="Пока вы открывали ссылку, сбой закончился. Ничего делать не нужно.",
        expired="Срок ссылки истёк",
        damaged="Ссылка повреждена",
        damaged_hint="Откройте её ещё раз из последнего сообщения, целиком, или возьмите сбой в"
        " работу на пульте.",
        ask_all="Возьмёте эти сбои в работу?",
        button_all="Беру все в работу",
        button_one="Беру только этот",
        done_all="Готово: этими сбоями занимаетесь вы",
        nothing_all="Всё уже в работе или решено",
        nothing_hint="Ничего делать не нужно.",
        since="Началось: {since}",
        number="Номер",
        desk="за пультом",
        by_message="кто-то из тех, кому писали через {channel}",
    ),
    "en": AckWords(
        title="Acknowledge",
        ask="Will you take this outage on?",
        button="I'm on it",
        hint="The others will see that you are on it, and nobody else will be woken.",
        done="Done: you are on it",
        done_hint="Write at the desk as soon as anything is known. You can close this page.",
        taken="Already taken on: {by}, {at}",
        taken_hint="There is nothing to do.",
        resolved="Already resolved: {at}",
        resolved_hint="It ended before you opened the link. There is nothing to do.",
        expired="This link has expired",
        damaged="This link is damaged",
        damaged_hint="Open it again from the latest message, whole, or acknowledge at the desk.",
        ask_all="Will you take these outages on?",
        button_all="I'm on all of them",
        button_one="Only this one",
        done_all="Done: you are on these",
        nothing_all="All taken on or resolved",
        nothing_hint="There is nothing to do.",
        since="Began: {since}",
        number="Number",
        desk="at the desk",
        by_message="somebody who was told through {channel}",
    ),
}
