"""What people write beside plain words: numbers, prices, dates, times, codes, and words in punctuation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlhw.ocr.words.offensive import hides_offence

DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MARKS = "!\"#$%&'()*+,-./:;=?@_£€"

_UNITS = (
    *("km", "KM", "kg", "g", "m", "cm", "mm", "ml", "L", "cl", "oz", "lb", "ft", "MB", "GB", "W", "V", "Hz", "D"),
    *("A", "B", "C", "X", "th", "TH", "st", "nd", "rd", "ST", "s", "h", "am", "pm", "AM", "PM", "x", "+", "%"),
)

Drawing = Callable[[np.random.Generator], str]


def _below(rng: np.random.Generator, limit: int) -> int:
    return int(rng.random() * limit)


def _one(rng: np.random.Generator, options: str | tuple[str, ...]) -> str:
    return options[_below(rng, len(options))]


def _digits(rng: np.random.Generator, count: int) -> str:
    return "".join(_one(rng, DIGITS) for _ in range(count))


def _whole(rng: np.random.Generator, digits: int) -> str:
    """A number of so many digits that does not begin with 0."""
    return _one(rng, DIGITS[1:]) + _digits(rng, digits - 1)


def number(rng: np.random.Generator) -> str:
    """7, 42, 150, 2009, 12,500, 3.5, 8401950: mostly short."""
    kind = rng.random()
    if kind < 0.68:
        return _whole(rng, 1 + min(_below(rng, 3), _below(rng, 4)) + (rng.random() < 0.2))
    if kind < 0.84:
        return str(1900 + _below(rng, 130))
    if kind < 0.9:
        return f"{_whole(rng, 1 + _below(rng, 3))}{_one(rng, ',.')}{_digits(rng, 3)}"
    if kind < 0.95:
        return f"{_whole(rng, 1 + _below(rng, 2))}{_one(rng, '..,')}{_digits(rng, 1 + _below(rng, 2))}"
    return _digits(rng, 5 + _below(rng, 6))


def price(rng: np.random.Generator) -> str:
    """$4.99, €12, 3.50€, £199."""
    amount = _whole(rng, 1 + _below(rng, 3))
    if rng.random() < 0.6:
        cents = _one(rng, ("99", "95", "50", "00", "49", "90")) if rng.random() < 0.7 else _digits(rng, 2)
        amount += _one(rng, "..,") + cents
    sign = _one(rng, "$$$€£")
    return amount + sign if sign == "€" and rng.random() < 0.6 else sign + amount


def date(rng: np.random.Generator) -> str:
    """27.04.11, 5/12/2019, 2008-03-09."""
    day, month, year = 1 + _below(rng, 31), 1 + _below(rng, 12), 1950 + _below(rng, 80)
    kind = rng.random()
    if kind < 0.4:
        return f"{day:02}.{month:02}.{year if rng.random() < 0.6 else f'{year % 100:02}'}"
    if kind < 0.8:
        return f"{month}/{day}/{year if rng.random() < 0.6 else f'{year % 100:02}'}"
    return f"{year}-{month:02}-{day:02}"


def time(rng: np.random.Generator) -> str:
    """10:30, 7pm, 8.15, 24h."""
    hour, minute = _below(rng, 24), 5 * _below(rng, 12)
    kind = rng.random()
    if kind < 0.55:
        return f"{hour}:{minute:02}"
    if kind < 0.9:
        return f"{1 + hour % 12}{_one(rng, ('am', 'pm', 'AM', 'PM', ':30', '.00'))}"
    return f"{1 + hour}h"


def percentage(rng: np.random.Generator) -> str:
    """50%, -20%, 3.5%."""
    value = str(5 * (1 + _below(rng, 20))) if rng.random() < 0.7 else number(rng)
    return f"{'-' if rng.random() < 0.3 else ''}{value}%"


def phone(rng: np.random.Generator) -> str:
    """800-555-0199, +49, (030), 1.877.555."""
    kind = rng.random()
    mark = _one(rng, "--.")
    if kind < 0.4:
        return mark.join((_whole(rng, 3), _digits(rng, 3), _digits(rng, 4)))
    if kind < 0.7:
        return mark.join((_whole(rng, 3), _digits(rng, 4)))
    if kind < 0.85:
        return f"({_digits(rng, 3)})"
    return f"+{_whole(rng, 2 + _below(rng, 9))}"


def measure(rng: np.random.Generator) -> str:
    """143KM, 25th, 3D, 500ml."""
    return _whole(rng, 1 + _below(rng, 3)) + _one(rng, _UNITS)


def code(rng: np.random.Generator) -> str:
    """A4, B-12, MH12AB3456, X200, 1/24."""
    kind = rng.random()
    letters = "".join(_one(rng, CAPITALS) for _ in range(1 + _below(rng, 3)))
    if kind < 0.4:
        return letters + _digits(rng, 1 + _below(rng, 4))
    if kind < 0.55:
        return f"{letters}-{_digits(rng, 1 + _below(rng, 4))}"
    if kind < 0.7:
        return _digits(rng, 1 + _below(rng, 3)) + letters
    if kind < 0.85:
        return letters + _digits(rng, 2) + _one(rng, CAPITALS) + _digits(rng, 2 + _below(rng, 3))
    return f"{_whole(rng, 1)}{_one(rng, '/-')}{_whole(rng, 1 + _below(rng, 2))}"


def gibberish(rng: np.random.Generator) -> str:
    """Letters and digits at random, so that the network reads the letters that are there, not those it expects."""
    letters = _one(rng, (CAPITALS, CAPITALS.lower(), CAPITALS + CAPITALS.lower(), CAPITALS + DIGITS))
    while True:
        text = "".join(_one(rng, letters) for _ in range(1 + _below(rng, 8)))
        if not hides_offence(text):
            return text


def address(rng: np.random.Generator, word: str, other: str) -> str:
    """www.house.com, house.org, HouseBoat.net, house@boat.de, www.house."""
    if rng.random() < 0.35:
        word += other
    ending = _one(rng, ("com", "com", "com", "org", "net", "de", "in", "co.uk"))
    if word.isupper() and rng.random() < 0.8:
        ending = ending.upper()
    kind = rng.random()
    if kind < 0.4:
        return f"{'WWW' if ending.isupper() else 'www'}.{word}.{ending}"
    if kind < 0.85:
        return f"{word}.{ending}"
    return f"{word}@{other}.{ending}" if kind < 0.95 else f"www.{word}."


def punctuated(rng: np.random.Generator, word: str, other: str, kind: float) -> str:
    """A word as it stands in a sentence, a name or an address; ``kind``, from 0 to 1, chooses how."""
    if kind < 0.47:
        return word + _one(rng, ("...", "!!", ".", ".", ".", ",", ",", ",", "!", "!", "!", "?", "?", ":", ":", ";"))
    if kind < 0.6:
        mark = _one(rng, '""\'')
        return _one(rng, (f"{mark}{word}{mark}", f"{mark}{word}", f"{word}{mark}", f"{word}{_one(rng, '.,!?')}{mark}"))
    if kind < 0.66:
        return _one(rng, (f"({word})", f"({word}", f"{word})"))
    if kind < 0.74:
        return f"{word}-{other}"
    if kind < 0.76:
        return _one(rng, "@#") + word
    if kind < 0.79:
        return f"{word}'{_one(rng, ('S' if word.isupper() else 's', ''))}"
    if kind < 0.84:
        letters = [letter for letter in word + other if letter.isupper()][: 2 + _below(rng, 2)]
        return ".".join(letters or [_one(rng, CAPITALS), _one(rng, CAPITALS)]) + "."
    if kind < 0.88:
        return f"{word}/{other}"
    if kind < 0.97:
        return address(rng, word, other)
    if kind < 0.98:
        return f"{word}_{other}" if rng.random() < 0.5 else f"{word}={_whole(rng, 2)}"
    return _one(rng, ("&", "&", "+", "-", "@", "#", "*", "%", "$", f"{word}*", f"*{word}"))


# Shares of all texts; what is left, about 80 of 100, are plain words.
NOTATIONS: tuple[tuple[Drawing, float], ...] = (
    (number, 0.056),
    (price, 0.008),
    (date, 0.007),
    (time, 0.006),
    (percentage, 0.006),
    (phone, 0.006),
    (measure, 0.010),
    (code, 0.010),
    (gibberish, 0.030),
)
PUNCTUATED = 0.07
CHARACTERS = frozenset(DIGITS + CAPITALS + CAPITALS.lower() + MARKS)
