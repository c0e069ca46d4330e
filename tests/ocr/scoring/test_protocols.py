from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import UsageError
from dlhw.ocr.scoring.protocols import PROTOCOL_NAMES, ProtocolName, distinct, normalize


@pytest.mark.parametrize(
    ("text", "exact", "nocase", "alnum36"),
    [
        ("Don't STOP 24/7", "Don't STOP 24/7", "don't stop 24/7", "dontstop247"),
        ("Cafe\u0301", "Café", "café", "caf"),
        ("ΣΑΣ", "ΣΑΣ", "σας", ""),
        ("  a ", "  a ", "  a ", "a"),
        ("²", "²", "²", ""),
    ],
)
def test_what_a_protocol_compares(text: str, exact: str, nocase: str, alnum36: str) -> None:
    assert [normalize(text, protocol) for protocol in PROTOCOL_NAMES] == [exact, nocase, alnum36]


@given(st.text(), st.sampled_from(PROTOCOL_NAMES))
def test_once_is_enough(text: str, protocol: ProtocolName) -> None:
    once = normalize(text, protocol)
    assert normalize(once, protocol) == once


def test_candidates_are_distinct_as_compared() -> None:
    texts = ["The", "the", "then", "The.", "The"]
    assert distinct(texts, "exact") == ("The", "the", "then", "The.")
    assert distinct(texts, "nocase") == ("the", "then", "the.")
    assert distinct(texts, "alnum36") == ("the", "then")


def test_a_protocol_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="exact, nocase, alnum36"):
        normalize("a", "caseless")  # type: ignore[arg-type]
