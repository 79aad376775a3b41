"""What portals say when they won't let somebody in: general words, no portal's own."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from probes.observation import Reason

REJECTED = (
    "incorrect username or password",
    "invalid username or password",
    "incorrect password",
    "invalid password",
    "wrong password",
    "invalid credentials",
    "bad credentials",
    "неверный логин",
    "неверный пароль",
    "неверное имя пользователя",
    "неправильный логин",
    "неправильный пароль",
)
LOCKED = (
    "account is locked",
    "account locked",
    "account has been locked",
    "account is temporarily locked",
    "account is blocked",
    "too many attempts",
    "too many failed",
    "учётная запись заблокирована",
    "учетная запись заблокирована",
    "временно заблокирован",
    "слишком много попыток",
    "превышено число попыток",
    "превышено количество попыток",
)
EXPIRED = (
    "password has expired",
    "password is expired",
    "password expired",
    "must change your password",
    "срок действия пароля истёк",
    "срок действия пароля истек",
    "срок действия вашего пароля истёк",
    "срок действия вашего пароля истек",
    "пароль устарел",
    "пароль просрочен",
)
FORM_STALE = (
    "csrf token",
    "csrf verification failed",
    "csrf failed",
    "csrf missing",
    "page has expired",
    "page expired",
    "form has expired",
    "форма устарела",
    "срок действия формы истёк",
    "срок действия формы истек",
)
FORGOTTEN = (
    "session has expired",
    "session expired",
    "session not found",
    "сессия истекла",
    "сеанс истёк",
    "сеанс истек",
    "сеанс завершён",
    "сеанс завершен",
)
CAPTCHA = (
    'input[name*="captcha" i]:not([type="hidden"])',
    'iframe[src*="captcha" i]',
    'img[src*="captcha" i]',
    # Widgets in wide use, which only a script fills.
    '.g-recaptcha:not([data-size="invisible"])',
    '.h-captcha:not([data-size="invisible"])',
    ".smart-captcha",
    ".cf-turnstile",
)
CAPTCHA_SAID = ("captcha", "капч")
"""In an API's answer. On a page these words stand in many an innocent footer."""

DEMANDED = 'input[autocomplete="new-password"]'
"""What asks for a new password where the old one has just been taken."""

BY_STATUS: Mapping[int, tuple[Reason, str]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: (Reason.LOGIN_REJECTED, "name, password or code was refused"),
        419: (Reason.CSRF_MISSING, "the token that protects the form is missing or stale"),
        HTTPStatus.LOCKED: (Reason.LOGIN_LOCKED, "the account is locked"),
    }
)
"""Answers to a sign-in that mean the same everywhere; 419 is nobody's standard, but in wide use."""

HANDED_OVER = frozenset({"SAMLRequest", "SAMLResponse", "wresult", "id_token"})
"""Inputs of the forms with which SAML, WS-Federation and OpenID Connect pass a person on."""
