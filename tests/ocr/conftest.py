"""Question 3 is tested on few words, in few fonts, with a small network."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _small(small_ocr: None) -> None:
    pass
