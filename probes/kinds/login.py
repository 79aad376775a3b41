"""Can a person sign in, with password and one-time code, and stay signed in."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from probes.access import prepare
from probes.answer import Answer
from probes.caution import Caution
from probes.classify import UnwellError
from probes.codes import Codes
from probes.exchange import Visit
from probes.flow.jsonpath import JsonPath, as_text, check_path, values_at
from probes.flow.pattern import OneGroup
from probes.flow.pick import Selector, check_selector
from probes.form import Form
from probes.inbox import Polled
from probes.kind import probe_kind
from probes.observation import Reading, Reason
from probes.request import Request
from probes.settings import Duration, Settings, Url, WebSettings
from probes.signing import Marks, Seen, passed_on
from probes.totp import key_of


def _totp_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if "${" not in text:
        key_of(text)
    return value


def _proof(value: str) -> str:
    return check_path(value) if value.startswith("$") else check_selector(value)


class Fields(Settings):
    """What the inputs of the form, or the keys of the JSON, are called."""

    username: str = Field("username", min_length=1, description="That of the name.")
    password: str = Field("password", min_length=1, description="That of the password.")
    code: str = Field("code", min_length=1, description="That of the one-time code.")


class CodeBySms(Settings):
    """Where the code that the portal sends to the test number can be read."""

    inbox_url: Url = Field(description="Where messages are read, as JSON.")
    inbox_headers: Mapping[str, SecretStr] = Field(
        default_factory=dict, description="Sent to inbox_url alone; values are kept secret."
    )
    messages: JsonPath = Field("$", description="Where in that answer the list of messages is.")
    message_id: JsonPath = Field("id", description="Key of a message's id, where it has one.")
    text: JsonPath = Field("text", description="Key of a message's text.")
    code: OneGroup = Field(
        r"(?<!\d)(\d{4,8})(?!\d)", description="Regular expression with one group: the code."
    )
    wait: Duration = Field(20.0, gt=0, description="Longest time that a code may take.")

    def inbox(self) -> Polled:
        secret = self.inbox_headers.items()
        headers = {name: value.get_secret_value() for name, value in secret}
        return Polled(self.inbox_url, headers, self.messages, self.message_id, self.text)


class LoginSettings(WebSettings):
    """Opens the sign-in page, sends its form, and looks for what only a signed-in person sees.

    Hidden inputs are sent back as they came; name, password and code may be asked for on one
    page or on pages of their own, at this host or at another that the portal leads to (single
    sign-on). With ``style = "json"`` name and password are posted to an API instead. A code is
    added when ``totp_secret`` is given, or read from the test number's inbox with ``sms``.

    An account of the monitoring's own is needed. So that it is never locked, the probe waits for
    ``back_off`` after two refusals in a row, then twice as long each time, and reports unknown
    meanwhile: nothing was asked.

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
    url: Url = Field(description="The sign-in page, or the API that takes name and password.")
    style: Literal["form", "json"] = Field("form", description="How name and password are sent.")
    username: str = Field(description="Name of the monitoring's own account.")
    password: SecretStr = Field(description="Its password.")
    totp_secret: Annotated[SecretStr, AfterValidator(_totp_secret)] | None = Field(
        None, description="Base32 secret of the one-time codes."
    )
    sms: CodeBySms | None = Field(None, description="The code comes by SMS, and is read here.")
    fields: Fields = Field(Fields(), description="What the inputs, or keys, are called.")
    csrf: str | None = Field(None, description="Hidden input that the form must carry.")
    hosts: tuple[str, ...] = Field(
        (), description="Only these hosts, and that of url, may ask for the password."
    )
    token: JsonPath | None = Field(
        None, description="JSON: where the answer holds a token, sent as Bearer from then on."
    )
    code_url: Url | None = Field(None, description="JSON: where the code goes, if not with these.")
    account_url: Url | None = Field(
        None, description="Page to look for success on, where signing in does not lead there."
    )
    success: Annotated[str, AfterValidator(_proof)] = Field(
        description="CSS selector (or JSONPath) that only a signed-in person's page has."
    )
    logout_url: Url | None = Field(None, description="Posted to in the end.")
    rejected: tuple[str, ...] = Field((), description="Texts that say: wrong name or password.")
    locked: tuple[str, ...] = Field((), description="Texts that say: the account is locked.")
    expired: tuple[str, ...] = Field((), description="Texts that say: the password has expired.")
    captcha: tuple[Selector, ...] = Field((), description="CSS selectors of a captcha.")
    back_off: Duration = Field(
        300.0, gt=0, description="Wait after two refusals in a row, doubled up to an hour."
    )

    @model_validator(mode="after")
    def _the_code_has_one_source(self) -> Self:
        if self.sms is not None and self.totp_secret is not None:
            raise ValueError("a code comes from totp_secret or by sms, not from both")
        if self.style == "form" and (self.token is not None or self.code_url is not None):
            raise ValueError('token and code_url belong to style = "json"')
        if self.code_url is not None and self.sms is None and self.totp_secret is None:
            raise ValueError("code_url needs a code: give totp_secret or sms")
        return self

    def codes(self, visit: Visit) -> Codes:
        secret = None if self.totp_secret is None else self.totp_secret.get_secret_value()
        sms = self.sms
        if sms is None:
            return Codes(visit, secret)
        return Codes(visit, secret, sms.inbox(), pattern=sms.code, wait=sms.wait)

    @property
    def marks(self) -> Marks:
        return Marks(self.success, self.rejected, self.locked, self.expired, self.captcha)

    @property
    def trusted(self) -> frozenset[str]:
        """The hosts that the config names."""
        return frozenset({*self.hosts, *(urlsplit(url).hostname or "" for url in self.addresses)})

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the config names."""
        urls = (self.url, self.code_url, self.account_url, self.logout_url)
        return tuple(url for url in urls if url is not None)


@probe_kind(LoginSettings, recheck=10.0, open_after=2)
async def login(settings: LoginSettings, visit: Visit) -> Reading:
    caution = Caution(visit.memory.notes(settings.id), settings.back_off)
    caution.check(visit.clock())
    await prepare(settings, visit, settings.url)
    sign_in = _ByJson(settings, visit) if settings.style == "json" else _ByForm(settings, visit)
    try:
        seen = await sign_in.last_page()
        if settings.account_url is not None:
            seen = Seen(await visit.fetch("account", Request("GET", settings.account_url)))
        _judge(settings, seen)
    except UnwellError as unwell:
        caution.note(unwell.reason, visit.clock())
        raise
    caution.forget()
    return visit.verdict(settings.slow_after)


class _ByForm:
    """Fills in what each page asks for until none asks for more."""

    def __init__(self, settings: LoginSettings, visit: Visit) -> None:
        self._settings = settings
        self._visit = visit
        self._codes = settings.codes(visit)
        self._seen: Seen | None = None

    async def last_page(self) -> Seen:
        settings, names = self._settings, self._settings.fields
        form = await self._open()
        if settings.logout_url is not None:
            self._visit.afterwards(self._leave)
        await self._codes.begin()
        left = {names.username, names.password}
        if settings.totp_secret is not None or settings.sms is not None:
            left.add(names.code)
        seen = await self._send(form, left)
        while left:
            left -= form.inputs
            wanted = names.password if names.password in left else names.code
            found = seen.page.form_with({wanted}) if left else None
            if found is None or settings.marks.are_met(seen):
                break
            seen.answer.expect_ok()
            settings.marks.refuse_captcha(seen)
            form = found
            seen = await self._send(form, left)
        return seen

    async def _open(self) -> Form:
        settings, names = self._settings, self._settings.fields
        answer = await self._visit.fetch("form", Request("GET", settings.url))
        seen = await passed_on(self._visit, Seen(answer.expect_ok()), settings.trusted)
        settings.marks.refuse_captcha(seen)
        both = seen.page.form_with({names.username, names.password})
        form = both or seen.page.form_with({names.username})
        if form is None:
            raise UnwellError(Reason.UNEXPECTED_CONTENT, "form: the page has no sign-in form")
        if settings.csrf is not None and not dict(form.hidden).get(settings.csrf):
            raise UnwellError(Reason.CSRF_MISSING, "form: the hidden token is missing")
        self._seen = seen
        return form

    async def _send(self, form: Form, left: set[str]) -> Seen:
        """Fill in what the form asks for and send it. Raises UnwellError when it is refused."""
        settings, names = self._settings, self._settings.fields
        self._must_be_known()
        wanted = left & form.inputs
        values: dict[str, str] = {}
        if names.username in wanted:
            values[names.username] = settings.username
        if names.password in wanted:
            values[names.password] = settings.password.get_secret_value()
        if names.code in wanted:
            values[names.code] = await self._codes.code()
        step = "password" if names.password in wanted else "name"
        step = "code" if wanted == {names.code} else step
        request = Request(
            "POST", form.action, headers=_from(self._seen), form=form.filled(values.items())
        )
        seen = Seen(await self._visit.fetch(step, request))
        settings.marks.refuse_told(seen)
        self._seen = await passed_on(self._visit, seen, settings.trusted)
        return self._seen

    def _must_be_known(self) -> None:
        """Raise UnwellError where a host asks that the config leaves out on purpose."""
        settings, seen = self._settings, self._seen
        if seen is not None and settings.hosts and seen.host not in settings.trusted:
            words = f"{seen.answer.step}: {seen.host} asks for what only known hosts may ask for"
            raise UnwellError(Reason.UNEXPECTED_CONTENT, words)

    async def _leave(self) -> Answer:
        """Log out as a person would: by the form for it, where the last page has one."""
        url = self._settings.logout_url or ""
        form = None if self._seen is None else self._seen.page.form_to(url)
        pairs = None if form is None else form.hidden
        request = Request("POST", url, headers=_from(self._seen), form=pairs)
        return await self._visit.fetch("log-out", request)


class _ByJson:
    """Posts name and password to an API; a token, or the cookies, say who one is from then on."""

    def __init__(self, settings: LoginSettings, visit: Visit) -> None:
        self._settings = settings
        self._visit = visit
        self._codes = settings.codes(visit)

    async def last_page(self) -> Seen:
        settings, names = self._settings, self._settings.fields
        await self._codes.begin()
        known = {
            names.username: settings.username,
            names.password: settings.password.get_secret_value(),
        }
        if settings.code_url is None and settings.totp_secret is not None:
            known[names.code] = await self._codes.code()
        seen = await self._post("password", settings.url, known)
        if settings.code_url is not None:
            code = {names.code: await self._codes.code()}
            seen = await self._post("code", settings.code_url, code)
        if settings.logout_url is not None:
            out = Request("POST", settings.logout_url)
            self._visit.afterwards(lambda: self._visit.fetch("log-out", out))
        return seen

    async def _post(self, step: str, url: str, body: dict[str, str]) -> Seen:
        seen = Seen(await self._visit.fetch(step, Request("POST", url, json=body)))
        self._settings.marks.refuse_told(seen)
        if not seen.answer.is_ok:
            self._settings.marks.refuse_at_last(seen)
        if seen.answer.status == HTTPStatus.UNAUTHORIZED:
            words = f"{step}: name, password or code was refused (HTTP 401)"
            raise UnwellError(Reason.LOGIN_REJECTED, words)
        if seen.answer.status == HTTPStatus.LOCKED:
            raise UnwellError(Reason.LOGIN_LOCKED, f"{step}: the account is locked (HTTP 423)")
        seen.answer.expect_ok()
        if self._settings.token is not None:
            self._carry(seen.answer, self._settings.token)
        return seen

    def _carry(self, answer: Answer, path: str) -> None:
        found = values_at(path, answer.json())
        if found and found[0]:
            token = as_text(found[0])
            self._visit.hide(token)
            for url in self._settings.addresses:
                self._visit.introduce(url, {"Authorization": f"Bearer {token}"})


def _from(seen: Seen | None) -> dict[str, str]:
    """Says which page a form was on, as browsers do; some portals insist."""
    return {} if seen is None else {"Referer": seen.answer.url}


def _judge(settings: LoginSettings, seen: Seen) -> None:
    """Raise UnwellError unless the last page is a signed-in person's."""
    answer, names = seen.answer, settings.fields
    if settings.marks.are_met(seen) and answer.is_ok:
        return
    settings.marks.refuse_told(seen)
    settings.marks.refuse_at_last(seen)
    answer.expect_ok()
    if seen.page.form_with({names.username}) is None:
        words = f"{answer.step}: the page after signing in is not the expected one"
        raise UnwellError(Reason.UNEXPECTED_CONTENT, words)
    if answer.redirects or answer.step == "account":
        words = f"{answer.step}: accepted, but the portal led back to the sign-in page"
        raise UnwellError(Reason.SESSION_LOST, words)
    raise UnwellError(Reason.LOGIN_REJECTED, f"{answer.step}: the sign-in form came back")
