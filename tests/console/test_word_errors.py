from __future__ import annotations

from dataclasses import asdict

from hypothesis import example, given
from hypothesis import strategies as st

from dlhw.console.word_errors import lengths_table
from dlhw.ocr.scoring.scores import by_length, measure

LONGEST_WORD = 64


def shown(lengths: list[int]) -> dict[str, list[str]]:
    """The heads of the table and what stands below each, where the first letter of every text is misread."""
    texts = ["a" * length for length in lengths]
    rows = by_length(measure(texts, [["b" + text[1:]] for text in texts]))
    columns = lengths_table([asdict(row) for row in rows]).columns
    return {str(column.header): [str(cell) for cell in column.cells] for column in columns}


def covers(head: str, length: int) -> bool:
    """Whether a head, as ``0``, ``10–19`` or ``160+``, says that texts of this length are below it."""
    if head.endswith("+"):
        return length >= int(head[:-1])
    first, _, last = head.partition("–")
    return int(first) <= length <= int(last or first)


def test_texts_over_64_letters_are_counted_by_tens_and_doublings() -> None:
    assert shown([0, 9, 10, 20, 39, 40, 79, 80, 159, 160, 500]) == {
        "letters": ["words", "CER", "WER"],
        "0": ["1", "–", "1.000"],
        "1–9": ["1", "0.111", "1.000"],
        "10–19": ["1", "0.100", "1.000"],
        "20–39": ["2", "0.034", "1.000"],
        "40–79": ["2", "0.017", "1.000"],
        "80–159": ["2", "0.008", "1.000"],
        "160+": ["2", "0.003", "1.000"],
    }


def test_one_text_over_64_letters_changes_the_heads_of_all() -> None:
    assert list(shown([5, LONGEST_WORD])) == ["letters", "5–6", "13+"]
    assert list(shown([5, LONGEST_WORD + 1])) == ["letters", "1–9", "40–79"]


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12))
@example([LONGEST_WORD])
@example([LONGEST_WORD + 1])
def test_every_text_is_below_the_one_head_that_covers_its_length(lengths: list[int]) -> None:
    table = shown(lengths)
    del table["letters"]
    for head, (count, *_) in table.items():
        assert int(count) == sum(covers(head, length) for length in lengths) > 0
    assert sum(int(count) for count, *_ in table.values()) == len(lengths)
