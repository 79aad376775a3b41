"""Who a probe says it is: headers and credentials, for the one origin they were configured for."""

from __future__ import annotations

import base64

from probes.classify import UnwellError
from probes.exchange import Visit
from probes.observation import Reason
from probes.request import Request
from probes.settings import AwsKeys, Bearer, Connection, OAuth2, Password, WebSettings
from probes.sigv4 import Keys, signature
from probes.way import make_way


async def prepare(settings: WebSettings, visit: Visit, home: str) -> None:
    """Let every request of ``visit`` that goes to the origin of ``home`` carry what it should.

    Costs nothing where nothing is configured. Raises UnwellError.
    """
    auth = settings.auth
    digest = auth if isinstance(auth, Password) and auth.kind == "digest" else None
    if settings.connection is not None or digest is not None:
        visit.go(await make_way(settings.connection or Connection(), digest))
    visit.introduce(home, settings.plain_headers())
    if isinstance(auth, AwsKeys):
        secret = auth.secret_key.get_secret_value()
        keys = Keys(auth.access_key, secret, auth.region, auth.service)
        visit.sign(home, lambda request: signature(request, keys, visit.clock()))
    elif auth is not None and digest is None:
        visit.introduce(home, {"Authorization": await _credentials(auth, visit)})


async def _credentials(auth: Password | Bearer | OAuth2, visit: Visit) -> str:
    match auth:
        case Bearer():
            return f"Bearer {auth.token.get_secret_value()}"
        case OAuth2():
            return f"Bearer {await _token(auth, visit)}"
        case Password():
            return _basic(auth.username, auth.password.get_secret_value())


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


async def _token(auth: OAuth2, visit: Visit) -> str:
    """An access token by the client credentials grant (RFC 6749, 4.4)."""
    form = [("grant_type", "client_credentials")]
    if auth.scope:
        form.append(("scope", auth.scope))
    who = _basic(auth.client_id, auth.client_secret.get_secret_value())
    request = Request("POST", auth.token_url, headers={"Authorization": who}, form=tuple(form))
    body = (await visit.fetch("token", request)).expect_ok().json()
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token.isprintable():
        raise UnwellError(Reason.UNEXPECTED_CONTENT, "token: the answer holds no access token")
    visit.hide(token)
    return token
