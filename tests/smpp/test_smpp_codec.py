"""Short messages as bytes: alphabets, parts, and what gateways deliver."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.smpp import pdu
from probes.smpp.alphabet import decoded, gsm7, is_gsm7
from probes.smpp.gateway import number
from probes.smpp.parts import Assembly, Place, split, unwrapped
from probes.smpp.pdu import MalformedError
from probes.smpp.receipts import Receipt, of_this_message, receipt_of

LETTERS = "".join(chr(n) for n in range(0x20, 0x3000) if is_gsm7(chr(n)))
GSM7 = st.text(LETTERS, max_size=700)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=700)


def put_together(parts):
    """As a phone does it: the header off, the bytes one after another."""
    data = b"".join(p.data[p.data[0] + 1 :] if p.has_header else p.data for p in parts)
    return decoded(data, parts[0].coding, "gsm7")


@given(st.one_of(GSM7, ANY))
def test_a_text_survives_its_parts_and_no_part_is_too_long(text):
    parts = split(text, reference=7)
    assert put_together(parts) == text
    most = {0: (160, 153 + 6), 8: (140, 140)}[parts[0].coding]
    assert all(len(part.data) <= most[part.has_header] for part in parts)
    assert len({part.coding for part in parts}) == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ы" * 70, 1),
        ("ы" * 71, 2),
        ("ы" * 134, 2),
        ("ы" * 135, 3),
        ("🔥" * 35, 1),
        ("🔥" * 36, 2),
        ("", 1),
    ],
    ids=lambda value: f"{len(value)} {value[:1]}" if isinstance(value, str) else None,
)
def test_parts_are_counted_as_phones_count(text, parts):
    assert len(split(text)) == parts


def test_no_character_is_torn_between_parts():
    for part in split("ы" + "🔥" * 60):
        part.data[6:].decode("utf-16-be")
    for part in split("a" + "€" * 200):
        assert not part.data.endswith(b"\x1b")


def test_a_text_for_more_than_255_parts_is_refused():
    with pytest.raises(ValueError, match="too long"):
        split("ы" * 67 * 256)


def test_the_alphabet_is_the_standard_s():
    # 3GPP TS 23.038: a few of which implementations often have wrong.
    known = {
        "@": b"\0",
        "$": b"\2",
        "_": b"\x11",
        "Ç": b"\x09",
        "Δ": b"\x10",
        "¡": b"@",
        "à": b"\x7f",
    }
    known |= {"€": b"\x1be", "[": b"\x1b<", "|": b"\x1b@", "\f": b"\x1b\n", "Å": b"\x0e", "Ä": b"["}
    assert {char: gsm7(char) for char in known} == known
    assert sum(gsm7(chr(n)) is not None for n in range(0x3000)) == 127 + 10
    assert gsm7("\x1b") is None
    assert gsm7("`") is None


@pytest.mark.parametrize(
    ("data", "coding", "default", "text"),
    [
        ("Код 48".encode("utf-16-be"), 0x08, "gsm7", "Код 48"),
        ("Код 48".encode("utf-16-be"), 0x18, "gsm7", "Код 48"),
        (b"\x00\x1be", 0x00, "gsm7", "@€"),
        (b"\x00\x1be", 0xF1, "gsm7", "@€"),
        (b"\x00\x1be", 0x10, "gsm7", "@€"),
        (b"caf\xe9", 0x00, "latin1", "café"),
        (b"caf\xe9", 0x03, "gsm7", "café"),
        (b"48 \xff", 0x00, "ascii", "48 \ufffd"),
        ("Код".encode("iso8859-5"), 0x06, "gsm7", "Код"),
        (b"\x00\x41\x00", 0x08, "gsm7", "A\ufffd"),
        (b"\xff\x41", 0x00, "gsm7", "\ufffdA"),
        (b"48\x1b", 0x00, "gsm7", "48"),
        (b"\x1b\x41", 0x00, "gsm7", "A"),
        (b"\xe9", 0xF5, "gsm7", "é"),
    ],
    ids=str,
)
def test_what_gateways_send_is_read(data, coding, default, text):
    assert decoded(data, coding, default) == text


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (bytes([5, 0, 3, 7, 2, 1]), Place(7, 2, 1)),
        (bytes([6, 8, 4, 1, 2, 3, 3]), Place(258, 3, 3)),
        (bytes([9, 4, 2, 9, 9, 0, 3, 7, 2, 1]), Place(7, 2, 1)),
        (bytes([5, 0, 3, 7, 2, 3]), None),
        (bytes([5, 0, 3, 7, 2, 0]), None),
        (bytes([3, 4, 1, 9]), None),
        (bytes([2, 0, 200]), None),
    ],
    ids=str,
)
def test_a_part_knows_its_place(header, place):
    assert unwrapped(header + b"said") == (place, b"said")


@given(st.binary(max_size=60))
def test_no_header_breaks_the_reader(data):
    unwrapped(data)


def test_parts_come_in_any_order_twice_and_between_others():
    assembly = Assembly()
    assert assembly.whole("p", "n", Place(7, 2, 2), b"b") is None
    assert assembly.whole("p", "n", Place(7, 2, 2), b"b") is None
    assert assembly.whole("q", "n", Place(7, 2, 1), b"x") is None
    assert assembly.whole("p", "n", Place(7, 2, 1), b"a") == b"ab"
    assert assembly.whole("p", "n", Place(7, 2, 1), b"a") is None


def test_parts_whose_others_never_come_are_forgotten_in_the_end():
    assembly = Assembly()
    for reference in range(60):
        assembly.whole("p", "n", Place(reference, 2, 1), b"a")
    assert assembly.whole("p", "n", Place(0, 2, 2), b"b") is None
    assert assembly.whole("p", "n", Place(59, 2, 2), b"b") == b"ab"


# ── deliver_sm ──


def test_a_message_in_the_payload_is_read(delivers):
    heard = pdu.delivered(delivers(b"", coding=0, tlvs={0x0424: b"x" * 400}))
    assert (heard.sender, heard.recipient) == ("Portal", "79001234567")
    assert heard.data == b"x" * 400


def test_parts_told_by_parameters_have_their_place(delivers):
    tlvs = {0x020C: b"\x01\x02", 0x020E: b"\x03", 0x020F: b"\x02", 0x1400: b"\xff\x00vendor"}
    assert pdu.delivered(delivers(b"x", tlvs=tlvs)).place == Place(258, 3, 2)


RECEIPT = b"id:abc-7 sub:001 dlvrd:001 submit date:2611221203 stat:UNDELIV err:012 text:4821 secret"


@pytest.mark.parametrize(
    ("data", "tlvs", "expected"),
    [
        (RECEIPT, {}, ("abc-7", "UNDELIV")),
        (RECEIPT, {0x001E: b"77\0", 0x0427: b"\x02"}, ("77", "DELIVRD")),
        (b"", {0x001E: b"77\0", 0x0427: b"\xfe"}, ("77", "")),
        (b"something else", {}, ("", "")),
    ],
    ids=["in words", "in parameters", "an unknown state", "neither"],
)
def test_a_receipt_is_read(delivers, data, tlvs, expected):
    heard = pdu.delivered(delivers(data, coding=0, esm_class=4, tlvs=tlvs))
    assert heard.is_receipt
    receipt = receipt_of(heard)
    assert receipt is not None
    assert (receipt.id, receipt.state) == expected


@pytest.mark.parametrize(
    ("data", "tlvs", "is_receipt"),
    [
        (RECEIPT, {}, True),
        (b"", {0x001E: b"77\0", 0x0427: b"\x02"}, True),
        (b"Your code 4821", {0x001E: b"receipted_message_id\0"}, False),
        (b"Your id: 4821, see the statement", {}, False),
        (b"Paid, stat: DELIVRD", {}, False),
    ],
    ids=["in words", "in parameters", "an id alone", "a message with an id", "and a state"],
)
def test_a_receipt_that_is_not_marked_is_known(delivers, data, tlvs, is_receipt):
    heard = pdu.delivered(delivers(data, coding=0, tlvs=tlvs))
    assert (receipt_of(heard) is not None) is is_receipt


@pytest.mark.parametrize(
    ("dates", "took"),
    [
        (b"submit date:2611221203 done date:2611221208", 300.0),
        (b"submit date:261122120310 done date:261122120312", 2.0),
        (b"submit date:2611229903 done date:2611221208", None),
        (b"done date:2611221208", None),
    ],
    ids=["minutes", "seconds", "no such hour", "only one"],
)
def test_a_receipt_tells_how_long_it_took(delivers, dates, took):
    receipt = receipt_of(pdu.delivered(delivers(b"id:7 " + dates, coding=0, esm_class=4)))
    assert receipt is not None
    assert receipt.took == took


def test_an_earlier_message_s_receipt_is_told_by_its_id_and_by_its_dates():
    before = [Receipt("1", "ENROUTE", order=1)]
    late = Receipt("1", "DELIVRD", order=2)
    old = Receipt("2", "EXPIRED", took=300.0, order=3)
    ours = Receipt("3", "DELIVRD", took=60.0, order=4)
    nameless = Receipt("", "DELIVRD", order=5)
    assert of_this_message([*before, late, old, ours, nameless], before, 5.0) == [ours, nameless]


def test_a_body_that_breaks_off_is_malformed(delivers):
    body = delivers(b"said", tlvs={0x0424: b"x"})
    whole = len(body) - 5  # without the parameter, it is whole
    for end in range(whole):
        with pytest.raises(MalformedError):
            pdu.delivered(body[:end])
    for end in range(whole, len(body)):
        assert pdu.delivered(body[:end]).data == b"said"


@given(st.binary(max_size=120))
def test_no_body_breaks_the_reader(body):
    with contextlib.suppress(MalformedError):
        pdu.delivered(body)


@pytest.mark.parametrize("size", [0, 15, 70_001, 0xFFFFFFFF])
def test_a_message_of_no_possible_size_is_malformed(size):
    with pytest.raises(MalformedError):
        pdu.size_of(struct.pack("!I", size))


# ── numbers ──


@pytest.mark.parametrize("written", ["+7 900 123-45-67", "79001234567", "+7 (900) 123.45.67"])
def test_a_number_is_its_digits(written):
    assert number(written) == "79001234567"


@pytest.mark.parametrize(
    "written", ["", "89", "+0123456789", "anna", "+7900123456789012", "+٧٩٠٠١٢٣٤٥"]
)
def test_what_is_no_number_is_refused_without_repeating_it(written):
    with pytest.raises(ValueError, match="such as") as error:
        number(written)
    assert not written or written not in str(error.value)
