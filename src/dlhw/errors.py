"""Errors that are meant for people: what was expected, what was given, what to do.

::

    DlhwError                exit 1
    ├── UsageError           exit 2    options that are out of range or do not go together
    ├── DataError                      images, words or labels that cannot be used
    │   ├── ImageError               one image that cannot be read
    │   └── TheirFault                 an error within another's Python file
    ├── CheckpointError                a file of weights or state that cannot be read or does not fit
    ├── RunError                       a run directory that exists, is held, or cannot be written
    ├── RankError                      a rank under torchrun that failed, is missing, or has other options
    ├── DivergedError                  a loss that is no longer a number
    └── InterruptedRun       exit 128 + the signal's number
"""

from __future__ import annotations

import contextlib
import operator
from numbers import Real
from pathlib import Path
from typing import SupportsIndex


class DlhwError(Exception):
    """A failure that is explained in one message and one hint.

    Args:
        message: what was expected and what was given, as a sentence without a full stop's worth of jargon.
        hint: what to do about it; empty where the message says all. A traceback shows it below the message.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if hint:
            self.add_note(f"hint: {hint}")


class UsageError(DlhwError):
    """An option is out of range, or options do not go together."""

    exit_code = 2


def check_at_least(least: int, hint: str = "", /, **values: int | None) -> None:
    """See that each of these is a whole number of ``least`` or more; ``None`` is not looked at.

    Raises:
        UsageError: one is not; ``hint`` says what to do.
    """
    for name, value in values.items():
        if value is None:
            continue
        if check_whole(name, value, hint) < least:
            raise UsageError(f"`{name}` must be {least} or more, got {value}", hint)


def check_whole(name: str, value: object, hint: str = "") -> int:
    """A whole number of Python's or NumPy's, which True is not.

    Raises:
        UsageError: it is none; ``hint`` says what to do.
    """
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        with contextlib.suppress(TypeError):  # arrays and tensors that hold no such number
            return operator.index(value)
    raise UsageError(f"`{name}` is a whole number, got {shown(value)}", hint)


def check_number(name: str, value: object) -> float:
    """A number of Python's or NumPy's, which True is not.

    Raises:
        UsageError: it is none, or too large for a float.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            return float(value)
    raise UsageError(f"`{name}` is a number, got {shown(value)}")


def check_flag(name: str, value: object) -> bool:
    """True or False, of Python's or NumPy's.

    Raises:
        UsageError: it is something else.
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):  # NumPy's own
        return bool(value)
    raise UsageError(f"`{name}` is True or False, got {shown(value)}")


def no_file(path: Path, otherwise: str = "") -> str:
    """What to say where a file or a folder was expected and there is neither.

    Args:
        path: what was named.
        otherwise: the sentence where nothing is there; by default that.
    """
    kinds = {
        "a named pipe": path.is_fifo(),
        "a socket": path.is_socket(),
        "a device": path.is_char_device() or path.is_block_device(),
    }
    there = next((kind for kind, is_there in kinds.items() if is_there), None)
    return f"{path} is {there}, which cannot be read here" if there else otherwise or f"there is nothing at {path}"


def shown(value: object) -> str:
    """What was given, for a message: in full where it is short, else its type."""
    text = repr(value) if isinstance(value, str | bytes | int | float | complex | list | tuple | None) else ""
    return text if text and len(text) <= SHOWN_AT_MOST else type(value).__name__


SHOWN_AT_MOST = 60
"""Characters of what was given that a message repeats."""


class DataError(DlhwError):
    """What was given to learn from, or to look at, cannot be used."""


class ImageError(DataError):
    """One image cannot be read, or is of an absurd size.

    Args:
        name: what the image is called.
        reason: what is wrong with it, for lists in which its name stands anyway.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} cannot be read: {reason}")
        self.reason = reason


class TheirFault(DataError):
    """Code in another's Python file ended in an error.

    Args:
        file: its name.
        traceback: from their file on, which is shown as theirs.
    """

    def __init__(self, message: str, hint: str = "", *, file: str, traceback: str) -> None:
        super().__init__(message, hint)
        self.file = file
        self.traceback = traceback


class CheckpointError(DlhwError):
    """A file of weights or state is damaged, too new, or of another network."""


class RunError(DlhwError):
    """A run directory already exists, is held by another process, or cannot be written."""


class DivergedError(DlhwError):
    """The loss became infinite or not a number.

    Args:
        epoch: the epoch it happened in, from 1.
        step: the step within that epoch, from 1.
        learning_rate: the learning rate of that step.
    """

    def __init__(self, *, epoch: int, step: int, learning_rate: float) -> None:
        super().__init__(
            f"the loss is not finite any more at epoch {epoch}, step {step}, learning rate {learning_rate:g}",
            "try a smaller `learning_rates`",
        )
        self.epoch = epoch
        self.step = step
        self.learning_rate = learning_rate


class RankError(DlhwError):
    """Something went wrong among torchrun's ranks: one failed or is missing, or they do not have the same in hand.

    Args:
        exit_code: as that of the error that one rank had.
        shared: whether all ranks raise it, so that rank 0 alone tells of it.
    """

    def __init__(self, message: str, hint: str = "", *, exit_code: int = 1, shared: bool = False) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code
        self.shared = shared


class InterruptedRun(DlhwError):
    """Ctrl-C or SIGTERM ended a run after its state was saved.

    Args:
        signal_number: 2 for Ctrl-C, 15 for SIGTERM.
    """

    def __init__(self, message: str, hint: str = "", *, signal_number: int) -> None:
        super().__init__(message, hint)
        self.exit_code = 128 + signal_number
