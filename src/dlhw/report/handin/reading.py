"""The file of another group's numbers: TOML, every value checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from dlhw.errors import DataError
from dlhw.report.handin.quantities import QUANTITIES, Quantity

LARGEST_FILE = 1 << 20
"""Bytes."""

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
    """What was measured on, by ``landscapes`` and ``words``; without an entry it is the data of our full runs."""

    items: Mapping[str, int]
    """``validation_images``, ``test_images``, ``test_words``, as far as the file says how many there were."""

    numbers: Mapping[Quantity, Number] = field(default_factory=dict)


def read_hand_in(path: Path) -> HandIn:
    """Read and check a file of numbers.

    Raises:
        DataError: there is no such file, it is not TOML, names something unknown, or a value cannot be one.
    """
    document = _parse(path)
    numbers = {quantity: value for quantity in QUANTITIES if (value := _number(path, document, quantity)) is not None}
    _refuse_unknown(path, document)
    name = document.get("name", path.name)
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise DataError(f"{path}: “name” must be a text of 1 to {LONGEST_NAME} characters, got {name!r}")
    data, items = {}, {}
    for table, keys in FORMS.items():
        given = document.get(table, {})
        if not isinstance(given, dict):
            raise DataError(f"{path}: {table} must be a table, got {given!r}", HINT)
        for key, example in keys.items():
            value = given.get(key)
            if value is None:
                continue
            if isinstance(example, str):
                if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
                    raise DataError(f"{path}: “{table}.{key}” must be a text such as {_OURS[table]!r}, got {value!r}")
                data[table] = value.strip()
            else:
                if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_ITEMS:
                    raise DataError(f"{path}: “{table}.{key}” must be a count from 1 on, got {value}")
                items[key] = value
    if not numbers:
        raise DataError(
            f"{path} holds no number of the homework", f"take the # away before the lines to fill in; {HINT}"
        )
    return HandIn(file=path.name, name=name.strip(), data=data, items=items, numbers=numbers)


_OURS = {"landscapes": "intel48", "words": "rendered"}


def _parse(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file():
            raise DataError(f"there is no file {path}", HINT)
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


def _number(path: Path, document: Mapping[str, Any], quantity: Quantity) -> Number | None:
    at: Any = document
    for place, part in enumerate(quantity.path):
        if not isinstance(at, dict):
            named = ", ".join(quantity.path[:place])
            raise DataError(f"{path}: {named} must be a table with {part}, got {at}", HINT)
        at = at.get(part)
        if at is None:
            return None
    where = f"{path}: {quantity.key}"
    if at == DIVERGED and quantity.kind == "accuracy":
        return DIVERGED
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


def _refuse_unknown(path: Path, document: Mapping[str, Any]) -> None:
    known = {
        ("name",),
        *((table,) for table in FORMS),
        *((table, key) for table, keys in FORMS.items() for key in keys),
    }
    for quantity in QUANTITIES:
        known |= {quantity.path[:length] for length in range(1, len(quantity.path) + 1)}
    for found in _paths(document, ()):
        if found not in known:
            above = found[:-1]
            fitting = [one[-1] for one in sorted(known) if one[:-1] == above]
            where = f"in {', '.join(above)}" if above else "at the top"
            raise DataError(f"{path}: {found[-1]!r} {where} is not known", f"known there: {', '.join(fitting)}")


def _paths(table: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
