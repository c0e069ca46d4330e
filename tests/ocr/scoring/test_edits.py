from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from dlhw.ocr.scoring.edits import Confusion, count_edits

texts = st.text("abc", max_size=8)


def test_each_kind_of_edit_is_counted() -> None:
    counts = count_edits([("cat", "cut"), ("dog", "dg"), ("at", "bat"), ("map", "mup")])
    assert (counts.substitutions, counts.insertions, counts.deletions) == (2, 1, 1)
    assert counts.confusions == (
        Confusion(reference="a", text="u", count=2),
        Confusion(reference="", text="b", count=1),
        Confusion(reference="o", text="", count=1),
    )
    assert counts.occurrences["a"] == 3


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_edits_add_up_to_distances(pairs: list[tuple[str, str]]) -> None:
    counts = count_edits(pairs)
    assert counts.total == sum(Levenshtein.distance(*pair) for pair in pairs) == sum(c.count for c in counts.confusions)
    # Characters that were read: those of the references, fewer the deleted, more the inserted.
    read = sum(len(text) for _, text in pairs)
    assert sum(counts.occurrences.values()) - counts.deletions + counts.insertions == read
    assert all(c.reference != c.text for c in counts.confusions)
