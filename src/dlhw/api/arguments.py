"""What a person gives in Python, checked before it is used: paths, and the settings of a training."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

from dlhw.cnn.own.network import own_network
from dlhw.errors import UsageError

MEANT = {"lr": "learning_rates", "learning_rate": "learning_rates", "bs": "batch_size", "batch": "batch_size"}
"""Settings by the names that other programs give them."""


def as_path(given: Any, name: str) -> Path:
    """A path that was given as text or as a path.

    Args:
        given: it.
        name: the argument's name, for the message.

    Raises:
        UsageError: it is neither.
    """
    try:
        return Path(given)
    except TypeError as error:
        raise UsageError(f"`{name}` is a path, got {type(given).__name__}", "give a str or a pathlib.Path") from error


def _whole(name: str, given: Any) -> int:
    try:
        return operator.index(given)
    except TypeError as error:
        raise UsageError(f"`{name}` is a whole number, got {given!r}") from error


def _number(name: str, given: Any) -> float:
    if not isinstance(given, Real):
        raise UsageError(f"`{name}` is a number, got {given!r}")
    return float(given)


def _numbers(name: str, given: Any) -> tuple[float, ...]:
    several = isinstance(given, Sequence) and not isinstance(given, str)
    return tuple(_number(name, one) for one in (given if several else [given]))


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise UsageError(f"`{name}` is a name, got {given!r}")
    return given


def _or_none(convert: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, given: None if given is None else convert(name, given)


SETTINGS: Mapping[str, Callable[[str, Any], Any]] = {
    "recipe": _text,
    "learning_rates": _numbers,
    "epochs": _whole,
    "batch_size": _whole,
    "dropout": _number,
    "seed": _whole,
    "seeds": _whole,
    "patience": _or_none(_whole),
    "class_weights": _or_none(_text),
    "module": _or_none(lambda name, given: own_network(_text(name, given))),
}
"""Those of :class:`dlhw.cnn.settings.Settings` that :func:`dlhw.train` takes by keyword, and what each is made of."""


def checked_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a training, each of its type.

    Raises:
        UsageError: one is unknown or of another type.
        DataError: the file of ``module`` cannot be read.
    """
    for name in given:
        if name not in SETTINGS:
            meant = MEANT.get(name) or next(iter(difflib.get_close_matches(name, SETTINGS, n=1)), None)
            raise UsageError(
                f"there is no setting `{name}`",
                (f"did you mean `{meant}`? " if meant else "") + f"the settings are {', '.join(SETTINGS)}",
            )
    return {name: SETTINGS[name](name, value) for name, value in given.items()}
