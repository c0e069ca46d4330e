from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError
from dlhw.tables import store
from dlhw.tables.joining import Joined, join
from dlhw.tables.sources import Row, Source


def made(rows: Sequence[tuple[str, str]], *, ids: bool = True, name: str = "a.csv", group: str = "") -> Source:
    found: list[Row] = [(line, identity, (text,), group) for line, (identity, text) in enumerate(rows, 1)]
    return Source(path=Path(name), has_ids=ids, described="", texts=1, rows=iter(found))


def joined(truth: Source, *predictions: Source) -> tuple[Joined, list[tuple[str, str, list[tuple[str, ...]]]]]:
    about, parts = join(truth, predictions)
    return about, [
        (identity, reference, [read[place] for read in part.candidates])
        for part in parts
        for place, (identity, reference) in enumerate(zip(part.ids, part.references, strict=True))
    ]


TRUTH = [("a", "A"), ("b", "B"), ("c", "C")]


def test_rows_are_joined_by_id_in_the_order_of_the_truth() -> None:
    about, rows = joined(made(TRUTH), made([("c", "3"), ("a", "1"), ("b", "2")]), made([("a", "x"), ("c", "z")]))
    assert rows == [("a", "A", [("1",), ("x",)]), ("b", "B", [("2",), ()]), ("c", "C", [("3",), ("z",)])]
    first, second = (one.as_document() for one in about.findings)
    assert first["reordered"] == {"count": 2, "first": ["a", "b"]}
    assert second == {
        "missing": {"count": 1, "first": ["b"]},
        **{key: {"count": 0, "first": []} for key in ("unknown", "repeated", "reordered")},
        "folders": None,
    }
    assert about.by_id


def test_repeated_ids_are_candidates_and_unknown_ones_are_named() -> None:
    rows = [("a", "1"), ("x", "?"), ("a", "2"), ("b", "3"), ("c", "4"), ("a", "5"), ("y", "?")]
    about, found = joined(made(TRUTH), made(rows))
    assert [one for _, _, (one,) in found] == [("1", "2", "5"), ("3",), ("4",)]
    assert about.findings[0].as_document()["repeated"] == {"count": 1, "first": ["a"]}
    assert about.findings[0].as_document()["unknown"] == {"count": 2, "first": ["x", "y"]}


def test_a_truth_that_repeats_itself_counts_once_and_one_that_contradicts_itself_is_an_error() -> None:
    about, rows = joined(made([*TRUTH, ("b", "B"), ("b", "B")]), made(TRUTH))
    assert len(rows) == about.rows == 3
    assert about.repeated_truth.as_document() == {"count": 1, "first": ["b"]}
    with pytest.raises(DataError, match="gives “b” two texts: “B” in line 2 and “other” in line 4"):
        joined(made([*TRUTH, ("b", "other")]), made(TRUTH))


def test_no_id_in_common_shows_one_of_each() -> None:
    with pytest.raises(DataError, match=r"no id of p\.csv is in t\.csv: “a-1” there, “a” here"):
        joined(made(TRUTH, name="t.csv"), made([("a-1", "1")], name="p.csv"))


def test_folders_before_all_ids_of_a_file_may_differ() -> None:
    def under(folder: str) -> Source:
        return made([(f"{folder}{name}", name) for name in ("a.png", "b.png", "sub/c.png")])

    texts = [("a.png",), ("b.png",), ("sub/c.png",)]
    about, rows = joined(under("images/"), under("mine/images/"), under(""), under("images/"), under("/tmp/images/"))
    assert [one for _, _, one in rows] == [[text] * 4 for text in texts]
    assert [identity for identity, _, _ in rows] == ["images/a.png", "images/b.png", "images/sub/c.png"]
    assert [one.as_document()["folders"] for one in about.findings] == [
        *("without “mine/”", "with “images/” before each", None, "without “/tmp/”"),
    ]


def test_ids_that_differ_by_one_suffix_are_joined_and_by_two_are_not() -> None:
    plain, files = [("a", "1"), ("b", "2")], [("name", "?"), ("a.png", "1"), ("b.png", "2")]
    about, rows = joined(made(plain), made(files))
    assert [one for _, _, (one,) in rows] == [("1",), ("2",)]
    first = about.findings[0].as_document()
    assert (first["folders"], first["unknown"]["first"]) == ("without “.png”", ["name"])
    about, rows = joined(made(files[1:]), made(plain))
    assert about.findings[0].as_document()["folders"] == "with “.png” after each"
    for mixed in ([("a.png", "1"), ("b.jpg", "2")], [("c.png", "1")], [("a.1", "1")]):
        with pytest.raises(DataError, match="no id of"):
            joined(made(plain), made(mixed))


def test_ids_that_join_by_no_folder_or_by_two_are_not_joined() -> None:
    for truth, read in ((["a/x"], ["b/x"]), (["x", "b/x"], ["a/b/x"]), (["ab/x"], ["ac/x", "ac/y"])):
        with pytest.raises(DataError, match="no id of"):
            joined(made([(name, "") for name in truth]), made([(name, "") for name in read]))


def test_without_ids_rows_are_matched_by_place() -> None:
    plain = [("", "1"), ("", "2"), ("", "3")]
    about, rows = joined(made(TRUTH), made(plain, ids=False))
    assert [row[2] for row in rows] == [[("1",)], [("2",)], [("3",)]]
    assert not about.by_id
    runs = [("a", "1"), ("a", "2"), ("b", "3"), ("c", "4"), ("c", "5")]
    about, rows = joined(made(TRUTH, ids=False), made(runs))
    assert [row[2] for row in rows] == [[("1", "2")], [("3",)], [("4", "5")]]
    assert about.findings[0].repeated.count == 2


@pytest.mark.parametrize("count", [0, 2, 5])
def test_without_ids_files_must_be_equally_long(count: int) -> None:
    rows = [("", str(place)) for place in range(count)]
    with pytest.raises(DataError, match=f"t.csv has 3 rows and p.txt has {count}") as error:
        joined(made(TRUTH, name="t.csv"), made(rows, ids=False, name="p.txt"))
    assert "p.txt" in error.value.hint


def test_a_file_without_ids_beside_one_in_another_order_is_refused() -> None:
    plain = made([("", "1"), ("", "2"), ("", "3")], ids=False, name="plain.txt")
    identities = [identity for identity, _ in TRUTH]
    same = [(f"images/{identity}.png", identity) for identity in identities]
    about, rows = joined(made(TRUTH), made(same), plain)
    assert not about.by_id
    assert [row[2][0] for row in rows] == [(identity,) for identity in identities]
    plain = made([("", "1"), ("", "2"), ("", "3")], ids=False, name="plain.txt")
    with pytest.raises(DataError, match=r"since plain\.txt has no ids all rows are matched by their place") as error:
        joined(made(TRUTH), made(same[::-1]), plain)
    assert error.value.hint == "give plain.txt a column of ids, or score it alone"


ids = st.lists(st.text("abcdef", min_size=1, max_size=2), min_size=1, max_size=20)


@given(ids, ids, st.integers(0, 12), st.integers(1, 4))
def test_on_disk_the_same_is_found_as_in_memory(truth: list[str], read: list[str], few: int, at_once: int) -> None:
    def everything() -> tuple[Any, Any]:
        predictions = made([*((identity, str(place)) for place, identity in enumerate(read)), (truth[0], "last")])
        about, rows = joined(made([(identity, identity.upper()) for identity in truth]), predictions)
        return about, sorted(rows)

    expected, rows = everything()
    assert len(rows) == len(set(truth))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "IN_MEMORY", few)
        patch.setattr(store, "AT_ONCE", at_once)
        about, on_disk = everything()
    assert on_disk == rows
    for one, other in zip(about.findings, expected.findings, strict=True):
        found, wanted = one.as_document(), other.as_document()
        # A row is out of order among those of its bucket.
        assert found.pop("reordered")["count"] <= wanted.pop("reordered")["count"]
        assert found == wanted
    assert about.repeated_truth.as_document() == expected.repeated_truth.as_document()


def test_nothing_is_left_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(store, "IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _, parts = join(made(TRUTH), [made(TRUTH)])
    next(parts)
    assert list(tmp_path.iterdir())
    parts.close()  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())
