"""The world of the accounting: a portal, people, and who is to hear what, said once for all.

``CONFIG`` is what the service is given. ``hears`` says the same in a few lines of its own, for
the reference model: the two are compared by every balance.
"""

from __future__ import annotations

from pathlib import Path

BY_HAND = ("login", "pay", "forms", "chat")
"""Components without probes: their incidents are opened by people."""

PROBED = ("front", "files")

CONFIG = """
[portal]
name = "Портал"
[http]
listen = "127.0.0.1:0"
[state]
dir = "{state}"
[page]
dir = "{site}"
[quiet]
gather = "700ms"
most = 0
[rules]
open_after = 2
recheck = "100ms"
close_after = 2
monitor_for = "0s"
publish_after = "0s"
flap_after = 0
storm_components = 0
remind_after = "never"
"""

_HOOK = """
[[channel]]
id = "{id}"
kind = "webhook"
url = "{base}/hook/{id}"
timeout = "1s"
gather = {gather}
"""

_REST = """
[[channel]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
tls = "none"
from = "vahta@example.org"
to = ["ann@example.org", "bob@example.org"]
[[channel]]
id = "bot"
kind = "telegram"
token = "123456789:accounting-accounting"
base_url = "{base}"
to = ["101"]
gather = false
[[channel]]
id = "prom"
kind = "alertmanager"
url = "{base}/prom"
[[engineer]]
id = "anna"
name = "Анна"
reach = [{{ channel = "anna" }}]
[[engineer]]
id = "ivan"
name = "Иван"
reach = [{{ channel = "ivan" }}]
[[engineer]]
id = "boss"
name = "Глеб"
reach = [{{ channel = "boss" }}]
[[oncall]]
id = "duty"
layers = [{{ engineers = ["anna"], starts = "2026-01-05T10:00" }}]
[[escalation]]
id = "nights"
steps = [{{ after = "0s", oncall = ["duty"] }}, {{ after = "2s", engineers = ["ivan"] }}]
wait = "2s"
last_resort = {{ engineers = ["boss"] }}
[[route]]
id = "all"
channels = ["hook", "chat", "mail"]
[[route]]
id = "bot"
channels = ["bot"]
component = ["login", "front"]
[[route]]
id = "worst"
channels = ["worst"]
impact = ["critical"]
[[route]]
id = "duty"
escalation = "nights"
[[route]]
id = "prometheus"
channels = ["prom"]
event = ["opened", "reopened", "worsened", "joined", "spread"]
"""

Who = tuple[str, str]
"""A channel, and somebody on it."""

EVERYBODY: tuple[Who, ...] = (
    ("hook", "hook"),
    ("chat", "chat"),
    ("mail", "ann@example.org"),
    ("mail", "bob@example.org"),
    ("bot", "101"),
    ("worst", "worst"),
    ("anna", "anna"),
    ("ivan", "ivan"),
    ("boss", "boss"),
)
"""But ``prom``, to whom things are said again and again."""

RUNG = {("anna", "anna"): 0.0, ("ivan", "ivan"): 2.0, ("boss", "boss"): 4.0}
"""Who is rung, and so many seconds at the soonest after it began."""


def hears(who: Who, component: str, impact: str) -> bool:
    """Whether somebody is told that it begins, without anybody ringing first."""
    channel = who[0]
    return (
        channel in ("hook", "chat", "mail", "anna")
        or (channel == "bot" and component in ("login", "front"))
        or (channel == "worst" and impact == "critical")
    )


def write_config(folder: Path, *, http: int, smtp: int) -> Path:
    base = f"http://127.0.0.1:{http}"
    parts = [CONFIG.format(state=folder / "state", site=folder / "site")]
    parts += [f'[[component]]\nid = "{id_}"\nname = "{id_}"\n' for id_ in (*BY_HAND, *PROBED)]
    parts += [
        f'[[probe]]\nid = "{id_}"\nkind = "http"\ncomponent = "{id_}"\nurl = "{base}/portal/{id_}"\n'
        'every = "300ms"\ntimeout = "2s"\n'
        for id_ in PROBED
    ]
    parts += [
        _HOOK.format(id=id_, base=base, gather=str(id_ == "chat").lower())
        for id_ in ("hook", "chat", "worst", "anna", "ivan", "boss")
    ]
    parts.append(_REST.format(base=base, smtp=smtp))
    file = folder / "config.toml"
    file.write_text("".join(parts))
    return file
