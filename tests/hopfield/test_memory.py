"""Patterns and queries from files, and what is said about files that cannot be used."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlhw.errors import DataError, UsageError
from dlhw.hopfield.memory import load_patterns, load_queries
from dlhw.hopfield.problem import pose


def saved(folder: Path, array: Any, name: str = "memory.npy") -> Path:
    path = folder / name
    np.save(path, array) if path.suffix == ".npy" else np.savez(path, patterns=array)
    return path


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8", "f2", "i2", "u1", "?"])
@pytest.mark.parametrize("name", ["memory.npy", "memory.npz"])
def test_numbers_of_any_type_arrive_as_they_are(tmp_path: Path, dtype: str, name: str) -> None:
    array = (np.arange(12).reshape(4, 3) % 2).astype(dtype)
    X = load_patterns(saved(tmp_path, array, name))
    assert X.dtype == (torch.float32 if dtype in ("f4", "f2") else torch.float64)
    assert X.tolist() == array.astype(float).tolist()


def test_a_fortran_array_is_read_in_rows(tmp_path: Path) -> None:
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert load_patterns(saved(tmp_path, array)).tolist() == array.tolist()


def test_writing_to_a_mapped_memory_leaves_the_file_alone(tmp_path: Path) -> None:
    path = saved(tmp_path, np.ones((4, 3)))
    load_patterns(path).zero_()
    assert load_patterns(path).sum() == 12


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n",
        "# made by hand\n1 2\n\n3 4",
        "1;2\n3;4\n",
        "\ufeff1, 2\r\n3, 4\r\n",
        '"1","2"\n"3","4"\n',
        "1\t2\n3\t4\n",
        "1,0;2,0\n3;4,0\n",
    ],
)
def test_text_with_commas_blanks_or_semicolons(tmp_path: Path, text: str) -> None:
    for name in ("memory.csv", "memory.tsv", "memory.txt"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert load_patterns(path).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2\n3,4\n5,6,7\n", "line 3: 2 numbers are expected, as in the first row, got 3"),
        ("a,b\n1,2\n", "line 1, column 1: “a” is not a number"),
        ("1,2,\n3,4,\n", "line 1, column 3: there is no number"),
        ("1,nan\n", "row 1 holds NaN or infinity"),
        ("1,2\n3,inf\n", "row 2 holds NaN or infinity"),
        ("", "must be a matrix"),
    ],
    ids=["ragged", "headings", "comma at the end", "nan", "infinity", "empty"],
)
def test_text_that_is_no_matrix(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "memory.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        load_patterns(path)


def test_text_of_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "memory.csv"
    for encoding, said in (("utf-16", "is in UTF-16"), ("latin-1", "is not in UTF-8")):
        path.write_text("1,2\n3,é\n", encoding=encoding)
        with pytest.raises(DataError, match=said):
            load_patterns(path)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([[1, None]], dtype=object), "Python objects"),
        (np.ones(3), "a pattern a row"),
        (np.ones((2, 2, 2)), "a pattern a row"),
        (np.ones((0, 4)), "must be a matrix"),
        (np.ones((2, 2), dtype=complex), "real numbers"),
        (np.array([["a"]]), "real numbers"),
        (np.array([[1.0, np.nan]]), "row 1 holds NaN"),
    ],
    ids=["objects", "vector", "cube", "empty", "complex", "words", "nan"],
)
@pytest.mark.parametrize("name", ["memory.npy", "memory.npz"])
def test_arrays_that_are_no_memory(tmp_path: Path, array: Any, said: str, name: str) -> None:
    with pytest.raises(DataError, match=said):
        load_patterns(saved(tmp_path, array, name))


@pytest.mark.parametrize("name", ["memory.npy", "memory.npz", "memory.csv", "memory.png", "memory"])
def test_rubbish_and_absence_are_explained(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="no such file"):
        load_patterns(tmp_path / name)
    (tmp_path / name).write_bytes(b"\x93NUMPY rubbish \xff\xfe")
    with pytest.raises(DataError):
        load_patterns(tmp_path / name)


def test_an_archive_of_several_arrays_must_name_one(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", a=np.ones((2, 2)), b=np.ones((2, 2)))
    with pytest.raises(DataError, match="it holds a, b"):
        load_patterns(tmp_path / "two.npz")
    np.savez(tmp_path / "named.npz", a=np.ones((2, 2)), X=np.zeros((3, 2)))
    assert load_patterns(tmp_path / "named.npz").shape == (3, 2)


def test_queries_fit_the_patterns(tmp_path: Path) -> None:
    assert load_queries(saved(tmp_path, np.ones(3)), 3).shape == (1, 3)
    assert load_queries(saved(tmp_path, np.ones((5, 3))), 3).shape == (5, 3)
    for wrong in (np.ones(4), np.ones((5, 4)), np.ones((0, 3))):
        with pytest.raises(DataError, match="queries of 3 numbers"):
            load_queries(saved(tmp_path, wrong), 3)


def test_what_is_drawn_depends_on_the_seed_alone() -> None:
    one, same, other = pose(seed=5), pose(seed=5), pose(seed=6)
    assert torch.equal(one.energy.patterns, same.energy.patterns)
    assert torch.equal(one.queries, same.queries)
    assert not torch.equal(one.energy.patterns, other.energy.patterns)
    assert one.energy.patterns.shape == (8, 64)
    assert one.energy.beta == 0.125
    assert set(one.energy.patterns.flatten().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("wrong", [{"count": 0}, {"dimension": 0}, {"seed": -1}, {"beta": 0.0}])
def test_options_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        pose(**wrong)


def test_drawing_and_loading_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`count` draws patterns"):
        pose(saved(tmp_path, np.ones((2, 2))), count=3)


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "memory.npy").touch()
    with pytest.raises(DataError, match="it is empty"):
        load_patterns(tmp_path / "memory.npy")
