"""Who is signed in, and which forms they were given: in memory, few, and forgotten in time."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from dataclasses import dataclass, field

MAX_SESSIONS = 1000
_FORMS_PER_SESSION = 8


def fresh_token() -> str:
    """A value nobody can guess."""
    return secrets.token_urlsafe(24)


@dataclass(slots=True)
class Session:
    """One browser. ``user`` is None until it has signed in; times are monotonic seconds."""

    expires: float
    user: str | None = None
    _tokens: deque[str] = field(default_factory=lambda: deque(maxlen=_FORMS_PER_SESSION))

    def new_token(self) -> str:
        """A CSRF token for one form, good for one sending."""
        token = fresh_token()
        self._tokens.append(token)
        return token

    def use_token(self, token: str) -> bool:
        """Whether the token is this session's and unused; it is used from now on."""
        if token not in self._tokens:
            return False
        self._tokens.remove(token)
        return True


class Sessions:
    """At most ``MAX_SESSIONS``; the one unused for longest makes room."""

    def __init__(self, lifetime: float) -> None:
        self._lifetime = lifetime
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def open(self, at: float, *, user: str | None = None) -> tuple[str, Session]:
        """A new session and its id."""
        while len(self._sessions) >= MAX_SESSIONS:
            self._sessions.popitem(last=False)
        name, session = fresh_token(), Session(at + self._lifetime, user)
        self._sessions[name] = session
        return name, session

    def find(self, name: str | None, at: float) -> Session | None:
        """The live session of that id; being asked for keeps it alive."""
        session = self._sessions.get(name) if name else None
        if name is None or session is None:
            return None
        if at >= session.expires:
            del self._sessions[name]
            return None
        session.expires = at + self._lifetime
        self._sessions.move_to_end(name)
        return session

    def close(self, name: str | None) -> None:
        """Forget a session, if there is one."""
        if name:
            self._sessions.pop(name, None)
