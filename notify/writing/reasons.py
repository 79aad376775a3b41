"""Why a message came to whoever reads it, in their language. Pure."""

from __future__ import annotations

from notify.delivery import Because
from notify.oncall.directory import Directory
from notify.planning.plan import Planned
from notify.writing.words import SPEECH


def why(one: Planned, directory: Directory, lang: str) -> str:
    """One line: the route, and how it came to them."""
    speech, whom = SPEECH[lang], one.whom
    parts = [speech.by_route.format(whom.route)]
    if whom.rota:
        parts.append(speech.on_call.format(directory.rota(whom.rota, lang)))
    if one.because is Because.LAST_RESORT:
        parts.append(speech.last_resort)
    elif one.because is Because.UNREACHED:
        parts.append(speech.unreached.format(whom.step + 1))
    elif whom.step:
        parts.append(speech.at_step.format(whom.step + 1))
    return f"{speech.why}: {', '.join(parts)}."
