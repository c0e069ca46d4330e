"""What a person gives in Python, checked before it is used: paths, and the settings of a training."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from dlhw.cnn.own.network import own_network
from dlhw.errors import UsageError, check_number, check_whole, shown

MEANT = {"lr": "learning_rates", "learning_rate": "learning_rates", "bs": "batch_size", "batch": "batch_size"}
"""Settings by the names that other programs give them."""


def as_path(given: Any, name: str) -> Path:
    """A path that was given as text or as a path.

    Args:
        given: it.
        name: the argument's name, for the message.

    Raises:
        UsageError: it is neither, or cannot be looked up.
    """
    if not isinstance(given, str | PathLike) or isinstance(os.fspath(given), bytes):
        raise UsageError(f"`{name}` is a path, got {type(given).__name__}", "give a str or a pathlib.Path")
    path = Path(given)
    if given == "" or "\0" in str(path):
        raise UsageError(f"`{name}` is a path, got {given!r}", "give the name of a file or a folder")
    try:
        path.exists()
    except OSError as error:  # the name is too long, or a folder on the way is closed
        raise UsageError(f"`{name}` cannot be looked up: {error.strerror}: {shown(str(path))}", CHECK_NAME) from error
    return path


CHECK_NAME = "check the spelling, and whether you may open the folder"


def _numbers(name: str, given: Any) -> tuple[float, ...]:
    if getattr(given, "ndim", 0) == 1 and not getattr(given, "is_meta", False):  # an array or a tensor
        given = given.tolist()
    several = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    return tuple(check_number(name, one) for one in (given if several else [given]))


OWN_NETWORK = 'a network of your own is named by its file, as in module="mine.py:Network"'


def as_text(name: str, given: Any, hint: str = "") -> str:
    """A name that was given as text.

    Args:
        name: of the argument.
        given: its value.
        hint: what to give in place of something else.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(given, str):
        raise UsageError(f"`{name}` is a name, got {shown(given)}", hint or f'give a str, as in {name}="…"')
    return given


def _or_none(convert: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, given: None if given is None else convert(name, given)


SETTINGS: Mapping[str, Callable[[str, Any], Any]] = {
    "recipe": as_text,
    "learning_rates": _numbers,
    "epochs": check_whole,
    "batch_size": check_whole,
    "dropout": check_number,
    "seed": check_whole,
    "seeds": check_whole,
    "patience": _or_none(check_whole),
    "class_weights": _or_none(as_text),
    "module": _or_none(lambda name, given: own_network(as_text(name, given, hint=OWN_NETWORK))),
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
