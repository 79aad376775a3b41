"""An official channel of the support service, to put on the page and on the operator's card."""

from __future__ import annotations

from dataclasses import dataclass, field

from incidents.component import Text


@dataclass(frozen=True, slots=True)
class Contact:
    """``kind`` is phone, email, chat, form or messenger; ``value`` what to dial or open."""

    id: str
    name: Text
    kind: str
    value: str
    hours: Text = field(default_factory=dict)
    public: bool = True
