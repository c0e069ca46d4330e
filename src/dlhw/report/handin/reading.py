"""The file of another group's numbers: TOML, every value checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from dlhw.errors import DataError, no_file
from dlhw.report.handin.quantities import QUANTITIES, Quantity

LARGEST_FILE = 1 << 20
"""Bytes."""

FAULTS_AT_MOST = 10
"""Of a file that are named."""

MOST_ITEMS = 1_000_000_000
LONGEST_NAME = 200
DIVERGED = "diverged"
Number = Decimal | int | str
"""A share as it was written, with its decimals; a count; or ``diverged``."""

FORMS = {
    "landscapes": {"data": "", "validation_images": 0, "test_images": 0},
    "words": {"data": "", "test_words": 0},
}
"""The tables that say what was measured on: texts and counts."""

HINT = "`template` FILE writes a file to fill in"


@dataclass(frozen=True, kw_only=True)
class HandIn:
    """Another group's numbers."""

    file: str
    name: str
    """Of the group; the file's name where it gives none."""

    data: Mapping[str, str]
    """What was measured on, by ``landscapes`` and ``words``; without an entry it is not known."""

    items: Mapping[str, int]
    """``validation_images``, ``test_images``, ``test_words``, as far as the file says how many there were."""

    numbers: Mapping[Quantity, Number] = field(default_factory=dict)


def read_hand_in(path: Path) -> HandIn:
    """Read and check a file of numbers.

    Raises:
        DataError: there is no such file, it is not TOML, names something unknown, or a value cannot be one.
    """
    document = _parse(path)
    faults = _Faults(path)
    numbers: dict[Quantity, Number] = {}
    for quantity in QUANTITIES:
        with faults.noted():
            if (value := _number(document, quantity)) is not None:
                numbers[quantity] = value
    for fault in _unknown(document):
        with faults.noted():
            raise fault
    name = document.get("name", path.name)
    with faults.noted():
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise DataError(f"“name” must be a text of 1 to {LONGEST_NAME} characters, got {name!r}")
    data, items = _measured_on(document, faults)
    faults.raise_all()
    if not numbers:
        raise DataError(
            f"{path} holds no number of the homework", f"take the # away before the lines to fill in; {HINT}"
        )
    return HandIn(file=path.name, name=name.strip(), data=data, items=items, numbers=numbers)


class _Faults:
    """What is wrong with a file, all of it, so that it is mended at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[DataError] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Keep an error that is raised within, once."""
        try:
            yield
        except DataError as error:
            if error.message not in [one.message for one in self._found]:
                self._found.append(error)

    def raise_all(self) -> None:
        """Raise what was found as one error."""
        if not self._found:
            return
        hints = "; ".join(dict.fromkeys(error.hint for error in self._found[:FAULTS_AT_MOST] if error.hint))
        said = "; ".join(error.message for error in self._found[:FAULTS_AT_MOST])
        if len(self._found) == 1:
            raise DataError(f"{self._path}: {said}", hints)
        more = len(self._found) - FAULTS_AT_MOST
        rest = f"; and {more} more" if more > 0 else ""
        raise DataError(f"{self._path} has {len(self._found)} faults: {said}{rest}", hints)


def _measured_on(document: Mapping[str, Any], faults: _Faults) -> tuple[dict[str, str], dict[str, int]]:
    """The names of the data, and how many images or words there were, as far as the file says so."""
    data, items = {}, {}
    for table, keys in FORMS.items():
        given = document.get(table, {})
        with faults.noted():
            if not isinstance(given, dict):
                raise DataError(f"{table} must be a table, got {given!r}", HINT)
        for key, example in keys.items():
            value = given.get(key) if isinstance(given, dict) else None
            if value is None:
                continue
            with faults.noted():
                if isinstance(example, str):
                    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
                        raise DataError(f"“{table}.{key}” must be a text such as {_OURS[table]!r}, got {value!r}")
                    data[table] = value.strip()
                else:
                    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ITEMS:
                        raise DataError(f"“{table}.{key}” must be a count from 1 on, got {value}")
                    items[key] = value
    return data, items


_OURS = {"landscapes": "intel48", "words": "rendered"}


def _parse(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file():
            raise DataError(no_file(path, f"there is no file {path}"), HINT)
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise DataError(f"{path} has {size:,} bytes, and a file of numbers has at most {LARGEST_FILE:,}", HINT)
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text in UTF-8", "save it as UTF-8") from error
    except (ValueError, RecursionError) as error:  # TOML's own error is a ValueError, and names line and column
        said = str(error) or "it is nested too deeply"
        raise DataError(f"{path} is not TOML: {said}", f"decimals have a point, texts have quotes; {HINT}") from error


def _number(document: Mapping[str, Any], quantity: Quantity) -> Number | None:
    at: Any = document
    for place, part in enumerate(quantity.path):
        if not isinstance(at, dict):
            named = ", ".join(quantity.path[:place])
            raise DataError(f"{named} must be a table with {part}, got {at}", HINT)
        at = at.get(part)
        if at is None:
            return None
    where = quantity.key
    if at == DIVERGED and quantity.kind == "accuracy":
        return DIVERGED
    if isinstance(at, str) and quantity.kind == "accuracy" and at.replace(" ", "").isalpha():
        raise DataError(f"{where} must be a number or “{DIVERGED}”, got {at!r}")
    if isinstance(at, bool) or not isinstance(at, (int, Decimal)):
        raise DataError(f"{where} must be a number, got {at!r}", "numbers have no quotes, and a point for decimals")
    if quantity.kind == "count":
        if not isinstance(at, int) or not 0 <= at < 10**15:
            raise DataError(f"{where} must be a whole number of parameters, got {at}", "without points or commas")
        return at
    value = Decimal(at)
    # More edits than letters is possible, so a CER may pass 1.
    largest = 1 if quantity.kind != "characters" else 10
    if not value.is_finite() or not 0 <= value <= largest:
        hint = f"divide percentages by 100: {float(value) / 100:g}" if value.is_finite() and 1 < value <= 100 else ""
        raise DataError(f"{where} must be a share from 0 to {largest}, got {value}", hint)
    return value


def _unknown(document: Mapping[str, Any]) -> Iterator[DataError]:
    """An error for every name that is not known; of a table that is none, not for what it holds."""
    known = {
        ("name",),
        *((table,) for table in FORMS),
        *((table, key) for table, keys in FORMS.items() for key in keys),
    }
    for quantity in QUANTITIES:
        known |= {quantity.path[:length] for length in range(1, len(quantity.path) + 1)}
    for found in _paths(document, ()):
        above = found[:-1]
        if found in known or (above and above not in known):
            continue
        if quoted := _with_quotes(document, found, known):
            written = ".".join(f'"{name}"' for name in quoted)
            yield DataError(f"names with a point need quotes: [{written}], not [{'.'.join(quoted)}]")
            continue
        fitting = [one[-1] for one in sorted(known) if one[:-1] == above]
        where = f"in {', '.join(above)}" if above else "at the top"
        yield DataError(f"{found[-1]!r} {where} is not known", f"known there: {', '.join(fitting)}")


def _with_quotes(document: Mapping[str, Any], found: tuple[str, ...], known: Set[tuple[str, ...]]) -> tuple[str, ...]:
    """The known table that was meant where its name has a point and no quotes: TOML reads ``[2.1]`` as two tables."""
    above = found[:-1]
    table: Any = document
    for name in above:
        table = table[name]
    while isinstance(table, dict):
        pairs = [(name, part) for name, inner in table.items() if isinstance(inner, dict) for part in inner]
        pairs = [(name, part) for name, part in pairs if (*above, f"{name}.{part}") in known]
        if len(above) == len(found) - 1:
            pairs = [(name, part) for name, part in pairs if name == found[-1]]
        if not pairs:
            break
        name, part = pairs[0]
        above, table = (*above, f"{name}.{part}"), table[name][part]
    return above if len(above) >= len(found) else ()


def _paths(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
