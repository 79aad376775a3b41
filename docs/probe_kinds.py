"""Writes docs/probes.md from the settings models of the kinds: ``python docs/probe_kinds.py``.

A test does the same and compares.
"""

# ruff: noqa: INP001 - a program, not a module
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from probes.catalog import kinds
from probes.flow.expect import Expect
from probes.flow.pick import Pick
from probes.flow.tables import Await, FileBody, FlowStep
from probes.kind import Kind
from probes.kinds.sms import Receiving
from probes.login.settings import CodeBySms
from probes.settings import (
    AwsKeys,
    Bearer,
    Connection,
    OAuth2,
    Password,
    ProbeSettings,
    WebSettings,
)
from vahta.config.fields import about, keys

FILE = Path(__file__).with_name("probes.md")

_START = """\
# Probes

<!-- Generated from the models in probes/: do not edit it; change a model or its docstring and
     run `python docs/probe_kinds.py`. -->

A probe is one configured way of asking one component how it is; its **kind** says how. Each run
is one attempt under one hard limit, and ends in one answer:

| Outcome | Means |
|---|---|
| up | It works. |
| degraded | It works, but late, slowly, or not quite as it should. |
| down | It does not work. |
| unknown | We could not see, or did not ask: never held against the component. |

What is not up has a reason from a closed list. Bodies are read to their end but never beyond a
limit, compressed ones included; at most ten redirects are followed, none from a public to a
private address unless `connection` allows it; nothing is quietly tried again. What is sent with a
password or a document goes to the hosts that the config names and to nobody they redirect to.

**Marked and tidy.** Whatever a probe makes carries `vahta-` in its name, and is deleted at the end
of the run, after a failure too: a tenth of `timeout`, at most two seconds, is set aside for that.
What could not be deleted is counted and tried again at a later run.

**Accounts of its own.** Give the probes a test account, a test number, a test application, used by
nobody else. After two refused sign-ins in a row the `login` probe waits by itself, so that it
never locks its account, and says so; the `sms` probe stops at its `daily_cap`.

**What it saw.** `vahta check PROBE --explain` runs it once and tells every exchange: what was sent
and answered, how long each phase took, how the answer begins. Passwords, codes, cookies and
personal data are hidden. Shortened here, of the demo whose sign-in is broken:

```text
login  down  17.6 ms
session_lost: password: accepted, but the portal led back to the sign-in page

── 1 form ─────────────────────────────────────────────────────────────── 6.7 ms
   GET http://127.0.0.1:8080/portal/login → 200
   …
── 2 password ─────────────────────────────────────────────────────────── 8.6 ms
   POST http://127.0.0.1:8080/portal/login → 303
   with a form: csrf_token, username, password, code
   connect      0.7 ms  ██████▎
   request      0.1 ms  ▉
   wait         5.4 ms  ██████████████████████████████████████████████
   transfer     0.0 ms  ▍
   > Content-Type: application/x-www-form-urlencoded
   > Cookie: portal_session=•••
   < Location: /portal/account
   < Set-Cookie: portal_session=•••
   …
```

The same of a failed run of the service is kept (`[state] keep_captures`), and at the desk the
incident leads to it:

![The exchange of a failed sign-in at the desk, in Russian and in English](images/exchange.png)
"""

_COMMON = "\n## Keys of every probe\n"
_WEB = """
## Keys of every kind that speaks HTTP

`headers` and `auth` go to the origin (scheme, host, port) of the first address of the probe, and to
no other: not after a redirect, not to an address that an answer names.
"""
_DIALECTS = """
The kinds `login`, `sms`, `upload` and `status_sync` look at JSON answers by *key* (`id`) or by
JSONPath (`$.items[0].id`, RFC 9535). In what they send, `{name}` stands for a value of the run;
in a `flow` it is `{{name}}`, with functions besides.
"""
_TABLES: dict[str, tuple[tuple[str, type[BaseModel]], ...]] = {
    "web": (
        ("`connection = { … }`", Connection),
        ('`auth = { kind = "basic", … }` or `"digest"`', Password),
        ('`auth = { kind = "bearer", … }`', Bearer),
        ('`auth = { kind = "oauth2", … }`', OAuth2),
        ('`auth = { kind = "aws", … }`', AwsKeys),
    ),
    "flow": (
        ("`[[probe.step]]`", FlowStep),
        ("`extract = { name = { … } }`", Pick),
        ("`expect = [{ … }]`", Expect),
        ("`await = { … }`", Await),
        ("`file = { … }`", FileBody),
    ),
    "login": (("`sms = { … }`", CodeBySms),),
    "sms": (("`smpp = { … }`", Receiving),),
}  # fmt: skip


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join(_lines()).rstrip() + "\n"


def _lines() -> Iterator[str]:
    yield _START
    yield _contents()
    yield _COMMON
    yield from _table(ProbeSettings, without=frozenset())
    yield _WEB
    common = frozenset(ProbeSettings.model_fields)
    yield from _table(WebSettings, without=common)
    for title, model in _TABLES["web"]:
        yield from _inner(title, model)
    yield _DIALECTS
    for kind in kinds().values():
        yield from _kind(kind)


def _contents() -> str:
    names = kinds().items()
    return "\n".join(f"- [`{name}`](#{name}): {_question(kind)}" for name, kind in names)


def _question(kind: Kind) -> str:
    """The first sentence of its docstring."""
    return about(kind.settings).partition("\n")[0]


def _kind(kind: Kind) -> Iterator[str]:
    yield f"\n## {kind.name}\n"
    yield about(kind.settings)
    yield f"\n{_pace(kind)}\n"
    shared = frozenset(WebSettings.model_fields) - {"slow_after"}
    own = {name for name in kind.settings.model_fields if _is_own(kind, name)}
    yield from _table(kind.settings, without=shared - own)
    for title, model in _TABLES.get(kind.name, ()):
        yield from _inner(title, model)


def _is_own(kind: Kind, name: str) -> bool:
    """Whether the kind gives a common key a default of its own."""
    common = WebSettings.model_fields.get(name)
    return common is not None and common.default != kind.settings.model_fields[name].default


def _pace(kind: Kind) -> str:
    if kind.recheck is None:
        recheck = "at the pace of the rules"
    elif kind.recheck == "every":
        recheck = "no faster than usual"
    else:
        recheck = f"after {kind.recheck:g} s"
    after = f", and {kind.open_after} failures in a row open an incident" if kind.open_after else ""
    return f"A first failure is confirmed {recheck}{after}, unless the config says otherwise."


def _inner(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"\n### {title}\n\n{about(model)}\n"
    yield from _table(model, without=frozenset())


def _table(model: type[BaseModel], *, without: frozenset[str]) -> Iterator[str]:
    yield "| Key | What | Default | Meaning |\n|---|---|---|---|"
    for key in keys(model):
        if key.name.partition(".")[0] in without:
            continue
        default = "required" if key.is_required else f"`{key.default}`" if key.default else ""
        cells = (f"`{key.name}`", key.kind, default, key.meaning)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> None:
    FILE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
