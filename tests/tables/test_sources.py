from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dlhw.errors import DataError, DlhwError, UsageError
from dlhw.tables.columns import ColumnArguments
from dlhw.tables.sources import Row, Source, open_source

BARE = ColumnArguments()


def source(path: Path, content: str, side: str = "truth", asked: ColumnArguments = BARE) -> Source:
    path.write_bytes(content.encode())
    return open_source(path, side, asked)  # type: ignore[arg-type]


def rows(path: Path, content: str, side: str = "truth", asked: ColumnArguments = BARE) -> list[Row]:
    return list(source(path, content, side, asked).rows)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'image,reference\n1.png,"a, b"\n2.png,c\n'),
        ("a.csv", '\ufeffimage,reference\r\n1.png,"a, b"\r\n2.png,c\r\n'),
        ("a.csv", "image;reference\n1.png;a, b\n2.png;c\n"),
        ("a.csv", '1.png,"a, b"\n2.png,c\n'),
        ("a.csv", 'reference,confidence,image\n"a, b",0.9,1.png\nc,0.2,2.png\n'),
        ("a.tsv", "image\treference\n1.png\ta, b\n\n2.png\tc\n"),
        ("a.txt", "1.png\ta, b\n2.png\tc\n"),
        ("a.jsonl", '{"image": "1.png", "reference": "a, b"}\n\n{"image": "2.png", "reference": "c"}\n'),
    ],
    ids=["csv", "csv of a spreadsheet", "semicolons", "no header", "any order", "tsv", "txt with tabs", "jsonl"],
)
def test_the_same_rows_in_every_format(tmp_path: Path, name: str, content: str) -> None:
    found = source(tmp_path / name, content)
    assert found.has_ids
    assert [row[1:3] for row in found.rows] == [("1.png", ("a, b",)), ("2.png", ("c",))]


def test_lines_are_texts_without_ids_and_blank_ones_count(tmp_path: Path) -> None:
    found = source(tmp_path / "a.txt", "one two\r\n\r\nthree")
    assert not found.has_ids
    assert list(found.rows) == [(1, "", ("one two",), ""), (2, "", ("",), ""), (3, "", ("three",), "")]
    assert [row[2] for row in rows(tmp_path / "a.csv", "text\na\n\nb\n")] == [("a",), ("",), ("b",)]


def test_a_folder_of_texts(tmp_path: Path) -> None:
    texts = [("a.gt.txt", "right\n"), ("below/b.gt.txt", "x"), ("a.pred.txt", "read"), ("c.txt", "other")]
    for name, text in [*texts, ("._a.gt.txt", "no text"), ("__MACOSX/a.gt.txt", "no text")]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [row[1:3] for row in open_source(tmp_path, "truth", BARE).rows] == [("a", ("right",)), ("below/b", ("x",))]
    assert [row[1:3] for row in open_source(tmp_path, "predictions", BARE).rows] == [("a", ("read",))]
    (tmp_path / "a.pred.txt").unlink()
    assert [row[1:3] for row in open_source(tmp_path, "predictions", BARE).rows] == [("c", ("other",))]


def test_candidates_in_columns_and_in_lists(tmp_path: Path) -> None:
    table = "image,reference,text,candidate_2,log_probability_1,candidate_1\n1,a,A,b,-1,a\n2,c,C,,-1,d\n"
    assert [row[2] for row in rows(tmp_path / "a.csv", table, "predictions")] == [("a", "b"), ("d",)]
    lists = [["a", "b"], [{"text": "c", "log_probability": -1}], [], "d", 3, 2.0, None]
    lines = "".join(json.dumps({"id": place, "candidates": one}) + "\n" for place, one in enumerate(lists))
    found = rows(tmp_path / "a.jsonl", lines, "predictions")
    assert [row[2] for row in found] == [("a", "b"), ("c",), (), ("d",), ("3",), ("2",), ("",)]
    assert [row[1] for row in found] == list("0123456")
    chosen = rows(tmp_path / "a.csv", "u,v,w\n1,x,y\n", "predictions", ColumnArguments(text="3,v", id="1"))
    assert chosen == [(2, "1", ("y", "x"), "")]


def test_columns_that_were_asked_for(tmp_path: Path) -> None:
    table = "who,key,Text,other\nann,1,a,b\n"
    path = tmp_path / "a.csv"
    assert rows(path, table, asked=ColumnArguments(text="other", group="who")) == [(2, "1", ("b",), "ann")]
    assert rows(path, table, asked=ColumnArguments(text="text", id="4", group="1")) == [(2, "b", ("a",), "ann")]
    assert rows(path, "9,x,y\n", asked=ColumnArguments(text="3", id="1")) == [(1, "9", ("y",), "")]
    assert rows(path, "speaker,words said\nann,hello\n", asked=ColumnArguments(text="words said")) == [
        (2, "", ("hello",), "")
    ]


def test_truth_and_predictions_may_be_columns_of_one_table(tmp_path: Path) -> None:
    table = "index,label,predicted,correct,probability_sea\n0,sea,forest,0,0.2\n"
    assert rows(tmp_path / "a.csv", table)[0][1:3] == ("0", ("sea",))
    assert rows(tmp_path / "a.csv", table, "predictions")[0][1:3] == ("0", ("forest",))


@pytest.mark.parametrize(
    ("name", "content", "asked", "message"),
    [
        ("a.csv", "", BARE, "has no rows"),
        ("a.csv", "image,reference\n", BARE, "has no rows below its header"),
        ("a.txt", "", BARE, "has no rows"),
        ("a.csv", "id,one,two\n1,a,b\n", ColumnArguments(id="id"), "it is not clear which column"),
        ("a.csv", "1,a,b\n", BARE, "has 3 columns and no names"),
        ("a.csv", "id,text\n1,a\n", ColumnArguments(text="wrong"), "has no column “wrong”: it has “id”, “text”"),
        ("a.csv", "id,text\n1,a\n", ColumnArguments(group="7"), "columns 1 to 2"),
        ("a.csv", "id,text\n1,a\n2,b,c\n", BARE, "line 3 has 3 columns, and its first row has 2; a text that holds"),
        ("a.tsv", "id\ttext\n1\ta\n2\n", BARE, "line 3 has 1 column, "),
        ("a.csv", 'id,text\n1,"a\n', BARE, "begins in line 2"),
        ("a.jsonl", '{"id": 1, "text": "a"}\nno\n', BARE, "line 2 is not JSON"),
        ("a.jsonl", "[1]\n", BARE, "line 1 is not a JSON object"),
        ("a.jsonl", '{"id": 1, "text": "a"}\n{"id": 2}\n', BARE, "line 2 has no “text”: it has “id”"),
        ("a.jsonl", '{"id": 1, "text": {"a": 1}}\n', BARE, "is not text"),
        ("a.jsonl", '{"u": 1, "v": 2}\n', BARE, "it is not clear which key"),
        ("a.txt", "a\n", ColumnArguments(group="who"), "no column “who”"),
        ("a.xlsx", "a", BARE, "is a spreadsheet, and a table is text"),
        ("a.parquet", "a", BARE, "is a binary table, and a table is text"),
        ("a.jsonl.gz", "a", BARE, "is a packed file, and a table is text"),
        ("a.dat", "a", BARE, "cannot be seen from its name"),
    ],
)
def test_a_table_that_cannot_be_used_says_what_came(
    tmp_path: Path, name: str, content: str, asked: ColumnArguments, message: str
) -> None:
    with pytest.raises(DlhwError) as error:
        rows(tmp_path / name, content, asked=asked)
    assert message in error.value.message
    assert isinstance(error.value, DataError | UsageError)
    assert error.value.hint or "7" in error.value.message


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,text\n1,a\n2,Stra\xdfe\n".encode("latin-1"))
    with pytest.raises(DataError, match="line 3 is not UTF-8: it has the byte 0xDF") as error:
        list(open_source(path, "truth", BARE).rows)
    assert "iconv" in error.value.hint
    path.write_bytes("id,text\n1,a\n".encode("utf-16"))
    with pytest.raises(DataError, match="UTF-16"):
        open_source(path, "truth", BARE)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.gt.txt").write_bytes(b"\xff")
    with pytest.raises(DataError, match="not UTF-8"):
        list(open_source(tmp_path / "b", "truth", BARE).rows)


def test_nothing_and_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is nothing at"):
        open_source(tmp_path / "none.csv", "truth", BARE)
    with pytest.raises(DataError, match=r"has no files NAME\.gt\.txt"):
        open_source(tmp_path, "truth", BARE)


def test_a_pipe_is_told_what_to_do(tmp_path: Path) -> None:
    """Its name says no format; a shell gives one for a process in the place of a file."""
    os.mkfifo(tmp_path / "63")
    with pytest.raises(DataError, match="is a pipe") as error:
        open_source(tmp_path / "63", "truth", BARE)
    assert "write it to a .csv" in error.value.hint


def test_json_that_is_nested_too_deeply_is_told(tmp_path: Path) -> None:
    deep = '{"id": "1", "text": ' + '{"a":' * 3000 + "1" + "}" * 3000 + "}"
    with pytest.raises(DataError, match="line 1 is not JSON"):
        rows(tmp_path / "a.jsonl", deep)
