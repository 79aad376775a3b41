"""Can a person sign in, with password and one-time code, and stay signed in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from probes.answer import Answer
from probes.classify import UnwellError
from probes.exchange import Visit
from probes.form import Form, Page, is_selector
from probes.kind import probe_kind
from probes.observation import Reading, Reason
from probes.request import Request
from probes.settings import Duration, Settings, Url, WebSettings
from probes.totp import code_at, key_of


def _totp_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if "${" not in text:
        key_of(text)
    return value


def _selector(value: str) -> str:
    if not is_selector(value):
        raise ValueError('expected a CSS selector such as "main[data-user]"')
    return value


Selector = Annotated[str, AfterValidator(_selector)]


class Fields(Settings):
    """What the inputs of the form are called."""

    username: str = Field("username", min_length=1)
    password: str = Field("password", min_length=1)
    code: str = Field("code", min_length=1)


class LoginSettings(WebSettings):
    """Opens the sign-in page, sends its form, and looks for what only a signed-in person sees.

    Hidden inputs are sent back as they came. A code is added when ``totp_secret`` is given, on
    the same page or on the next one.

    ```toml
    [[probe]]
    id = "sign-in"
    kind = "login"
    component = "login"
    url = "https://portal.example/login"
    username = "monitoring"
    password = "${LOGIN_PASSWORD:-not-a-real-password}"
    totp_secret = "${LOGIN_TOTP:-JBSWY3DPEHPK3PXP}"
    fields = { username = "username", password = "password", code = "code" }
    success = "main[data-user]"
    rejected = ["Неверный логин или пароль"]
    locked = ["Вход временно заблокирован"]
    captcha = [".captcha"]
    logout_url = "https://portal.example/logout"
    ```
    """

    kind: Literal["login"]
    every: Duration = Field(60.0, gt=0, description="How often to ask.")
    timeout: Duration = Field(30.0, gt=0, description="Hard limit for the whole run.")
    url: Url
    username: str
    password: SecretStr
    totp_secret: Annotated[SecretStr, AfterValidator(_totp_secret)] | None = None
    fields: Fields = Fields()
    csrf: str | None = Field(None, description="Hidden input that the form must carry.")
    success: Selector = Field(description="CSS selector only a signed-in person's page has.")
    logout_url: Url | None = Field(None, description="Posted to in the end.")
    rejected: tuple[str, ...] = Field((), description="Texts that say: wrong name or password.")
    locked: tuple[str, ...] = Field((), description="Texts that say: the account is locked.")
    captcha: tuple[Selector, ...] = Field((), description="CSS selectors of a captcha.")


@probe_kind(LoginSettings, recheck=10.0, open_after=2)
async def login(settings: LoginSettings, visit: Visit) -> Reading:
    headers = settings.plain_headers()
    answer = await visit.fetch("form", Request("GET", settings.url, headers=headers))
    form = _sign_in_form(settings, answer.expect_ok())
    if settings.logout_url is not None:
        out = Request("POST", settings.logout_url, headers=headers)
        visit.afterwards(lambda: visit.fetch("log-out", out))
    answer, page = await _send(settings, visit, "password", form)
    if settings.totp_secret is not None and settings.fields.code not in form.inputs:
        second = page.form_with({settings.fields.code})
        if second is not None:
            answer, page = await _send(settings, visit, "code", second)
    _judge(settings, answer, page)
    return visit.verdict(settings.slow_after)


def _sign_in_form(settings: LoginSettings, answer: Answer) -> Form:
    page = Page(answer.text(), answer.url)
    if any(page.shows(selector) for selector in settings.captcha):
        raise UnwellError(Reason.CAPTCHA_SHOWN, "form: a captcha is shown")
    form = page.form_with({settings.fields.username, settings.fields.password})
    if form is None:
        raise UnwellError(Reason.UNEXPECTED_CONTENT, "form: the page has no sign-in form")
    if settings.csrf is not None and not dict(form.hidden).get(settings.csrf):
        raise UnwellError(Reason.CSRF_MISSING, "form: the hidden token is missing")
    return form


async def _send(
    settings: LoginSettings, visit: Visit, step: str, form: Form
) -> tuple[Answer, Page]:
    """Fill in what the form asks for and send it. Raises UnwellError when it is turned down."""
    names = settings.fields
    password = settings.password.get_secret_value()
    known = {names.username: settings.username, names.password: password}
    if settings.totp_secret is not None:
        known[names.code] = code_at(settings.totp_secret.get_secret_value(), visit.clock())
    values = [(name, value) for name, value in known.items() if name in form.inputs]
    request = Request(
        "POST", form.action, headers=settings.plain_headers(), form=form.filled(values)
    )
    answer = await visit.fetch(step, request)
    page = Page(answer.text(), answer.url)
    if page.says(settings.locked):
        raise UnwellError(Reason.LOGIN_LOCKED, f"{step}: the account is locked")
    if page.says(settings.rejected):
        raise UnwellError(Reason.LOGIN_REJECTED, f"{step}: name, password or code was refused")
    if any(page.shows(selector) for selector in settings.captcha):
        raise UnwellError(Reason.CAPTCHA_SHOWN, f"{step}: a captcha is shown")
    answer.expect_ok()
    return answer, page


def _judge(settings: LoginSettings, answer: Answer, page: Page) -> None:
    """Raise UnwellError unless the last page is a signed-in person's."""
    if page.shows(settings.success):
        return
    if page.form_with({settings.fields.username, settings.fields.password}) is None:
        words = f"{answer.step}: the page after signing in is not the expected one"
        raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
    if answer.redirects:
        words = f"{answer.step}: accepted, but the portal led back to the sign-in page"
        raise UnwellError(Reason.SESSION_LOST, words)
    raise UnwellError(Reason.LOGIN_REJECTED, f"{answer.step}: the sign-in form came back")
