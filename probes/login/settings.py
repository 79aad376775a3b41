"""What a sign-in must know: the account, what its form is called, and what it looks like inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from probes.exchange import Visit
from probes.flow.jsonpath import JsonPath, check_path
from probes.flow.pattern import OneGroup
from probes.flow.pick import check_selector
from probes.inbox import Polled
from probes.login.codes import Codes
from probes.login.marks import Marks
from probes.settings import Duration, Settings, Url, WebSettings
from probes.totp import key_of


def _totp_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if "${" not in text:
        key_of(text)
    return value


def _proof(value: str) -> str:
    return check_path(value) if value.startswith("$") else check_selector(value)


Proof = Annotated[str, AfterValidator(_proof)]


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
    meanwhile: nothing was asked. With the usual five minutes that makes at most four refusals in
    any half an hour.

    A refusal, a lock-out, an expired password, a captcha, a form without its token and a session
    that is gone are told apart by general signs in Russian and English; give your portal's own
    words where those do not do.

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
    success: Proof = Field(
        description="CSS selector (or JSONPath) that only a signed-in person's page has."
    )
    logout_url: Url | None = Field(None, description="Posted to in the end.")
    rejected: tuple[str, ...] = Field((), description="Texts that say: wrong name or password.")
    locked: tuple[str, ...] = Field((), description="Texts that say: the account is locked.")
    expired: tuple[str, ...] = Field((), description="Texts that say: the password has expired.")
    captcha: tuple[Proof, ...] = Field((), description="CSS selectors (or JSONPaths) of a captcha.")
    back_off: Duration = Field(
        300.0,
        gt=0,
        description="Wait after two refusals in a row; later ones up to twelve times that.",
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
