from __future__ import annotations

import io
import os
import time

import pytest

from dlhw.console.standard_streams import ERRORS, PIPE_BUFFER, DroppingWriter, holds_unicode, prepare_standard_streams


@pytest.fixture(autouse=True, scope="module")
def _registered() -> None:
    prepare_standard_streams()


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("β = −0.5 ≤ ½", "cp1252", "beta = -0.5 <= ½"),
        ("β = −0.5 ≤ ½", "ascii", "beta = -0.5 <= 1/2"),
        ("日本.png", "cp1252", "\\u65e5\\u672c.png"),
        ("a\udc80😀", "utf-8", "a\\udc80😀"),
        ("😀", "latin-1", "\\U0001f600"),
    ],
)
def test_what_an_encoding_lacks_is_spelled_out(text: str, encoding: str, expected: str) -> None:
    assert text.encode(encoding, ERRORS) == expected.encode(encoding)


def test_decoding_is_not_its_business() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", ERRORS)


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", True), ("UTF8", True), ("cp1252", False)])
def test_which_encodings_hold_everything(encoding: str, expected: bool) -> None:
    assert holds_unicode(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is expected


def test_a_pipe_that_is_read_gets_everything() -> None:
    reader, writer = os.pipe()
    content = bytes(range(256)) * 64  # more than one piece
    assert DroppingWriter(writer).write(content) == len(content)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert file.read() == content


def test_a_pipe_whose_reader_left_costs_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert DroppingWriter(writer).write(b"progress") == 8
    os.close(writer)


def test_a_pipe_that_nobody_reads_is_waited_for_once() -> None:
    reader, writer = os.pipe()
    stream = DroppingWriter(writer)
    line = b"x" * PIPE_BUFFER
    started = time.monotonic()
    for _ in range(1000):  # 4 MB, where a pipe holds 64 kB
        assert stream.write(line) == PIPE_BUFFER
    assert time.monotonic() - started < 60
    os.read(reader, 4 * PIPE_BUFFER)
    stream.write(b"the last word")
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert file.read().endswith(b"the last word")


def test_a_closed_descriptor_costs_nothing() -> None:
    reader, writer = os.pipe()
    stream = DroppingWriter(writer)
    os.close(writer)
    os.close(reader)
    assert stream.write(b"progress") == 8
