"""What pages say when they won't let somebody in: general phrases, no portal's own."""

from __future__ import annotations

REJECTED = (
    "incorrect username or password",
    "invalid username or password",
    "incorrect password",
    "invalid password",
    "wrong password",
    "invalid credentials",
    "неверный логин",
    "неверный пароль",
    "неверное имя пользователя",
    "неправильный логин",
    "неправильный пароль",
)
LOCKED = (
    "account is locked",
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
    "your password expired",
    "must change your password",
    "срок действия пароля истёк",
    "срок действия пароля истек",
    "срок действия вашего пароля истёк",
    "срок действия вашего пароля истек",
    "пароль устарел",
    "пароль просрочен",
)
CAPTCHA = (
    'input[name*="captcha" i]:not([type="hidden"])',
    'iframe[src*="captcha" i]',
    'img[src*="captcha" i]',
)
HANDED_OVER = frozenset({"SAMLRequest", "SAMLResponse", "wresult", "id_token"})
"""Inputs of the forms with which SAML, WS-Federation and OpenID Connect pass a person on."""
