"""One-time codes against the vectors of RFC 6238, appendix B."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from probes.totp import code_at, key_of

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_of_the_standard_come_out(seconds, code):
    assert code_at(SECRET, datetime.fromtimestamp(seconds, UTC)) == code


def test_a_secret_may_be_short_spaced_and_in_small_letters():
    assert key_of("jbsw y3dp ehpk 3pxp") == b"Hello!\xde\xad\xbe\xef"


@pytest.mark.parametrize("secret", ["", "not base32!", "1890", "A"])
def test_what_is_no_secret_is_refused_without_being_repeated(secret):
    with pytest.raises(ValueError, match="base32") as caught:
        key_of(secret)
    assert not secret or secret not in str(caught.value).split("base32")[0]
