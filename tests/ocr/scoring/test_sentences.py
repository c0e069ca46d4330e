from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlhw.ocr.scoring.sentences import measure_sentences, split_words

sentences = st.lists(st.sampled_from(["a", "b", "ab", "Ab", "é", "!"]), max_size=6).map(" ".join)


def distance(a: list[str], b: list[str]) -> int:
    """The recursion of the definition, over words."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@given(st.lists(st.tuples(sentences, sentences), max_size=8))
def test_edits_of_words_are_those_of_the_definition(rows: list[tuple[str, str]]) -> None:
    errors = measure_sentences([a for a, _ in rows], [b for _, b in rows], protocol="exact")
    assert errors.distances.tolist() == [distance(a.split(), b.split()) for a, b in rows]
    assert errors.words.tolist() == [len(a.split()) for a, _ in rows]
    growth = errors.insertions - errors.deletions
    assert growth.tolist() == [len(b.split()) - len(a.split()) for a, b in rows]


def test_a_protocol_compares_each_word_for_itself() -> None:
    """Within a whole text it would take the spaces away with the punctuation."""
    assert split_words("It’s 5 o’clock – Really", "alnum36") == ["its", "5", "oclock", "really"]
    assert split_words("A  b\tC", "nocase") == ["a", "b", "c"]
    errors = measure_sentences(["One, two."], ["one two"], protocol="alnum36")
    assert (errors.words.tolist(), errors.distances.tolist()) == ([2], [0])


def test_white_space_is_no_edit_of_words() -> None:
    errors = measure_sentences([" a  b ", "", "a"], ["a b", "x", ""], protocol="exact")
    assert errors.distances.tolist() == [0, 1, 1]
    assert errors.insertions.tolist() == [0, 1, 0]
    assert errors.deletions.tolist() == [0, 0, 1]
