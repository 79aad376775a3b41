"""Which parts the portal has and how each of them can be broken: the words, without the deeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

Text = Mapping[str, str]
"""The same words by language code: ``{"ru": …, "en": …}``."""


class Mode(StrEnum):
    """How a component is broken just now."""

    OK = "ok"
    DOWN = "down"
    SLOW = "slow"
    ERROR_500 = "error_500"
    ERROR_403 = "error_403"
    LATE = "late"
    LOST = "lost"
    CORRUPT = "corrupt"
    STALE = "stale"
    CAPTCHA = "captcha"
    LOCKED = "locked"
    EXPIRED = "expired"
    REJECTED = "rejected"
    NO_CSRF = "no_csrf"


_OF_LOGIN = frozenset({Mode.CAPTCHA, Mode.LOCKED, Mode.EXPIRED, Mode.REJECTED, Mode.NO_CSRF})

JOURNEYS: tuple[str, ...] = ("login", "sms", "upload", "status_sync")
SERVICES: tuple[str, ...] = (
    "home",
    "search",
    "payments",
    "appointments",
    "documents",
    "notifications",
    "signature",
    "support_chat",
)

NAMES: Mapping[str, Text] = MappingProxyType(
    {
        "login": {"ru": "Вход в личный кабинет", "en": "Signing in"},
        "sms": {"ru": "Коды по СМС", "en": "SMS codes"},
        "upload": {"ru": "Загрузка документов", "en": "Document uploads"},
        "status_sync": {"ru": "Статусы заявлений", "en": "Application statuses"},
        "home": {"ru": "Главная страница", "en": "Home page"},
        "search": {"ru": "Поиск услуг", "en": "Service search"},
        "payments": {"ru": "Оплата пошлин", "en": "Fee payments"},
        "appointments": {"ru": "Запись на приём", "en": "Appointments"},
        "documents": {"ru": "Мои документы", "en": "My documents"},
        "notifications": {"ru": "Уведомления", "en": "Notifications"},
        "signature": {"ru": "Электронная подпись", "en": "E-signature"},
        "support_chat": {"ru": "Чат поддержки", "en": "Support chat"},
    }
)
"""The twelve components, in the order people see them. The root config.toml repeats these names."""


class UnknownComponentError(LookupError):
    """No component has this name; the text names those that exist."""


class UnknownModeError(ValueError):
    """The component has no mode of this name; the text names those that it has."""


@dataclass(frozen=True, slots=True)
class Faults:
    """The mode of every component; a change makes a new value."""

    modes: Mapping[str, Mode]

    def of(self, component: str) -> Mode:
        """The mode of one component, which must exist."""
        return self.modes[component]

    def broken(self) -> tuple[str, ...]:
        """The components that aren't ``ok``, in the order people see them."""
        return tuple(name for name in NAMES if self.modes[name] is not Mode.OK)

    def changed(self, component: str, mode: Mode) -> Faults:
        """These faults with one component's mode replaced."""
        return Faults(MappingProxyType({**self.modes, component: mode}))

    def as_dict(self) -> dict[str, str]:
        """``{"login": "ok", …}``: all twelve, as the API tells them."""
        return {name: self.modes[name].value for name in NAMES}


HEALTHY = Faults(MappingProxyType(dict.fromkeys(NAMES, Mode.OK)))


def known_component(name: str) -> str:
    """``name`` itself. Raises UnknownComponentError for a stranger."""
    if name not in NAMES:
        raise UnknownComponentError(f"no such component; there are: {', '.join(NAMES)}")
    return name


def modes_of(component: str) -> tuple[Mode, ...]:
    """How a component can be, OK first: some ways to break are only for signing in."""
    return tuple(mode for mode in Mode if component == "login" or mode not in _OF_LOGIN)


def known_mode(name: str, component: str) -> Mode:
    """The component's mode of that name. Raises UnknownModeError for a stranger."""
    modes = modes_of(component)
    if name not in modes:
        raise UnknownModeError(f"{component} has no such mode; there are: {', '.join(modes)}")
    return Mode(name)
