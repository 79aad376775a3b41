"""The control digits of Russian documents and of bank cards. Pure."""

from __future__ import annotations

_DOUBLED = str.maketrans("0123456789", "0246813579")  # twice a digit, its own digits summed
_SNILS, _INN_FIRM, _INN_PERSON = 11, 10, 12


def snils(digits: str) -> bool:
    """Whether these are eleven digits whose last two are the control number of the first nine."""
    total = sum(int(d) * w for d, w in zip(digits, range(9, 0, -1), strict=False))
    return len(digits) == _SNILS and total % 101 % 100 == int(digits[9:])


def inn(digits: str) -> bool:
    """Whether these are ten digits of an organisation or twelve of a person, rightly controlled."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

    def control(head: str) -> str:
        used = weights[len(weights) - len(head) :]
        return str(sum(int(d) * w for d, w in zip(head, used, strict=True)) % 11 % 10)

    checked = {_INN_FIRM: (9,), _INN_PERSON: (10, 11)}.get(len(digits), ())
    return bool(checked) and all(control(digits[:n]) == digits[n] for n in checked)


def luhn(digits: str) -> bool:
    """Whether the control sum of a bank card is right; one digit repeated is no card."""
    total = sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))
    return total % 10 == 0 and len(set(digits)) > 1
