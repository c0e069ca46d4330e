"""Standard streams that never stop the work: closed, full, unread, or of an encoding that lacks a character.

A command writes its result to stdout and everything else to stderr. Losing a line of progress costs nothing, so that
stderr drops what cannot be written. Losing the result matters, so that stdout reports it once, at the end.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import stat
import sys
from pathlib import Path
from typing import Any, TextIO

STDOUT = "stdout"
"""What an error of writing there gives as its file's name."""

PIPE_BUFFER = 4096
"""A pipe that ``poll`` calls writable takes so many bytes at once without blocking (POSIX's ``PIPE_BUF`` on Linux)."""

PATIENCE = 1000
"""Milliseconds to wait for a pipe that nobody reads. After the first wait, writes to it are dropped at once."""

ERRORS = "dlhw"
"""The name of the error handler that spells out characters which an encoding lacks."""

_SPELLINGS = """
    −:- –:- —:- ‑:- ·:. ⋅:. •:* …:... ×:x ±:+- ½:1/2 “:" ”:" „:" ‘:' ’:' ‖:|| →:-> ←:<- ✓:ok ✗:x ≤:<= ≥:>= ≠:!= ≈:~
    √:sqrt ∞:inf ∂:d ∇:grad ᵀ:^T ⁻:^- ⁰:0 ¹:1 ²:^2 ³:^3 ₁:1 ₂:2 α:alpha β:beta γ:gamma δ:delta ε:eps θ:theta κ:kappa
    λ:lambda μ:mu ξ:xi π:pi ρ:rho σ:sigma τ:tau Δ:Delta Σ:Sigma
"""
SPELLED_OUT = dict(pair.split(":") for pair in _SPELLINGS.split())
"""What tables hold beyond ASCII, for encodings such as cp1252, which Python gives a redirected stdout on Windows."""


def prepare_standard_streams() -> None:
    """Make stdin, stdout and stderr usable whatever this process was started with. To be called once, first.

    A closed descriptor is opened on the null device: the next file that is opened would get its number otherwise, and
    what is printed would end in that file.
    """
    codecs.register_error(ERRORS, spell_out)
    for descriptor in (0, 1, 2):
        _open_if_closed(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for the life of the process
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", errors=ERRORS, closefd=False)  # noqa: SIM115
    elif isinstance(sys.stdout, io.TextIOWrapper):
        if os.name == "posix" and _descriptor(sys.stdout) == 1:  # Windows writes to its console in a way of its own
            sys.stdout.flush()
            named = io.BufferedWriter(NamedStdout(1, "w", closefd=False))
            sys.stdout = io.TextIOWrapper(named, encoding=sys.stdout.encoding, line_buffering=sys.stdout.line_buffering)
        sys.stdout.reconfigure(errors=ERRORS)
    if sys.stderr is None or (isinstance(sys.stderr, io.TextIOWrapper) and _descriptor(sys.stderr) == 2):
        encoding = "utf-8" if sys.stderr is None else sys.stderr.encoding
        raw = io.BufferedWriter(DroppingWriter(2), buffer_size=PIPE_BUFFER)
        sys.stderr = io.TextIOWrapper(raw, encoding=encoding, errors=ERRORS, line_buffering=True, write_through=True)


def silence_standard_streams() -> None:
    """Drop all that is printed from here on, as of a rank that is not to be heard; see :func:`heard_again`."""
    global _silenced
    if _silenced is None:
        _silenced = sys.stdout, sys.stderr
        null = Path(os.devnull)
        sys.stdout, sys.stderr = null.open("w", encoding="utf-8"), null.open("w", encoding="utf-8")


def heard_again() -> None:
    """Print again where :func:`silence_standard_streams` found the streams."""
    global _silenced
    if _silenced is not None:
        (sys.stdout, sys.stderr), _silenced = _silenced, None


_silenced: tuple[TextIO, TextIO] | None = None


def flush_standard_streams() -> None:
    """Write what is buffered, now, while an error can still be reported.

    Raises:
        OSError: stdout could not be written.
    """
    sys.stderr.flush()
    sys.stdout.flush()


def discard_stdout() -> None:
    """Send what is still buffered for stdout to the null device: the interpreter flushes it when it exits."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def holds_unicode(stream: TextIO) -> bool:
    """Whether a stream's encoding has every character."""
    return codecs.lookup(stream.encoding or "ascii").name.startswith("utf")


def spell_out(error: UnicodeError) -> tuple[str, int]:
    """An error handler for :mod:`codecs`: ASCII for what an encoding lacks, or an escape such as ``\\u2713``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(SPELLED_OUT.get(letter) or _escaped(letter) for letter in lacking), error.end


def _escaped(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


class NamedStdout(io.FileIO):
    """Standard output, whose errors say that it was the one: a descriptor has no name."""

    def write(self, content: Any, /) -> int:
        """Write as much as can be written; returns how much that was.

        Raises:
            OSError: as ever, with :data:`STDOUT` for its file's name.
        """
        try:
            return super().write(content)
        except OSError as error:
            raise OSError(error.errno, error.strerror, STDOUT) from error


class DroppingWriter(io.RawIOBase):
    """A file descriptor whose writes never fail and never block: what cannot be written is dropped.

    Args:
        descriptor: an open file descriptor; it is not closed.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_pipe = hasattr(select, "poll") and stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        self._patience = PATIENCE

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, content: object) -> int:
        """Write as much as can be written; returns the length of all of it."""
        waiting = memoryview(content).cast("B")  # type: ignore[arg-type]
        length = len(waiting)
        try:
            while waiting and self._takes_more():
                waiting = waiting[os.write(self._descriptor, waiting[:PIPE_BUFFER]) :]
        except OSError:
            pass  # a reader that has left, a full disk, a terminal that was closed
        return length

    def _takes_more(self) -> bool:
        if not self._is_pipe:
            return True
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        ready = bool(poll.poll(self._patience))
        self._patience = PATIENCE if ready else 0
        return ready


def _open_if_closed(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != descriptor:
            os.dup2(null, descriptor)
            os.close(null)
        os.set_inheritable(descriptor, True)


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None
