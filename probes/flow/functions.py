"""What may be called inside ``{{…}}``."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from probes.exchange import Visit
from probes.flow.template import Functions
from probes.totp import code_at


def functions_of(visit: Visit) -> Functions:
    """The functions of one run, at that run's time."""

    def now(pattern: str = "") -> str:
        at = visit.clock()
        return at.strftime(pattern) if pattern else f"{at:%Y-%m-%dT%H:%M:%SZ}"

    def totp(secret: str) -> str:
        code = code_at(secret, visit.clock())
        visit.hide(code)
        return code

    return {
        "uuid": lambda: str(uuid.uuid4()),
        "now": now,
        "random_digits": lambda many: "".join(
            secrets.choice("0123456789") for _ in range(int(many))
        ),
        "totp": totp,
        "sha256": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    }
