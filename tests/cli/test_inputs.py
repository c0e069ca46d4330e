from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from dlhw.cli.inputs import image_arguments


class Terminal(TextIOWrapper):
    """Standard input that a person types into."""

    def isatty(self) -> bool:
        return True


def test_whoever_has_to_type_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(BytesIO(b"a.png\n")))
    assert [one.source for one in image_arguments(["-", "b.png"])] == [Path("a.png"), Path("b.png")]
    assert "end with Ctrl-D" in capsys.readouterr().err


def test_standard_input_is_left_alone_where_nobody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert [one.name for one in image_arguments(["b.png"])] == ["b.png"]
