from __future__ import annotations

import csv
import unicodedata
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlhw.errors import DataError
from dlhw.ocr.labels.checking import MAX_LETTERS, means_no_word
from dlhw.ocr.labels.finding import read_labels
from dlhw.ocr.labels.rows import Labels
from tests.ocr.folders import write


def images(folder: Path, *names: str) -> None:
    for name in names:
        write(folder / name)


def only(source: Path) -> Labels:
    """The labels of a source without splits."""
    labels = read_labels(source)
    assert labels.keys() == {None}
    return labels[None]


def texts(labels: Labels) -> dict[str, str]:
    return {word.path.name: word.text for word in labels.words}


BOTH = {"a.png": "Hello", "b.png": "5 €"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.tsv", "a.png\tHello\nb.png\t5 €\n"),
        ("labels.tsv", "a.png\tHello\nb.png\t5 €"),
        ("labels.tsv", "\ufeffa.png\tHello\r\nb.png\t5 €\r\n\r\n"),
        ("labels.tsv", "path\ttext\na.png\tHello\nb.png\t5 €\n"),
        ("labels.tsv", "\ufeffLabel\tlanguage\tImage\nHello\ten\ta.png\n5 €\tde\tb.png\n"),
        ("labels.csv", "a.png,Hello\nb.png,5 €\n"),
        ("labels.csv", 'filename,words\n"a.png","Hello"\n"b.png",5 €\n'),
        ("labels.csv", "\ufefffile;label\r\na.png;Hello\r\nb.png;5 €\r\n"),
        ("labels.csv", "FILENAME,IDENTITY\na.png,Hello\nb.png,5 €\n"),
        ("gt.txt", 'a.png, "Hello"\nb.png, "5 €"\n'),
        ("gt.txt", "\ufeffa.png,Hello\r\nb.png,5 €\r\n"),
        ("gt.txt", "a.png\tHello\nb.png\t5 €\n"),
    ],
)
def test_tables_and_icdar_are_read(name: str, content: str, tmp_path: Path) -> None:
    images(tmp_path, *BOTH)
    file = write(tmp_path / name, content)
    for source in (tmp_path, file):
        labels = only(source)
        assert texts(labels) == BOTH
        assert not labels.rejected
        assert not labels.skipped


def test_a_label_file_may_have_any_name(tmp_path: Path) -> None:
    images(tmp_path, *BOTH)
    assert texts(only(write(tmp_path / "Challenge2_Test_Task3_GT.txt", 'a.png, "Hello"\nb.png, "5 €"'))) == BOTH


def test_a_row_knows_its_line(tmp_path: Path) -> None:
    images(tmp_path, *BOTH)
    file = write(tmp_path / "labels.csv", 'path,text\n\n"a.png","Hello"\n\n"missing\n\n.png",x\nb.png,5 €\n')
    labels = only(tmp_path)
    assert [(word.row.file, word.row.line) for word in labels.words] == [(file, 3), (file, 8)]
    assert [row.line for row in labels.rejected] == [5]


def test_icdar_is_split_at_the_first_comma_and_unquoted(tmp_path: Path) -> None:
    images(tmp_path, *"abcdef")
    write(tmp_path / "gt.txt", r"""
a, "1,000"
b, 1,000
c, "say \"hi\""
d, "C:\\temp"
e, 5"
f, "
no comma""")  # fmt: skip
    labels = only(tmp_path)
    assert texts(labels) == {"a": "1,000", "b": "1,000", "c": 'say "hi"', "d": r"C:\temp", "e": '5"', "f": '"'}
    assert [(row.line, row.kind) for row in labels.rejected] == [(8, "row not understood")]


def test_labels_beside_images_are_matched_by_the_whole_stem(tmp_path: Path) -> None:
    images(tmp_path, "a.b.png", "a.c.png", "deep/down/d.JPG", "two.png", "two.tif", "unlabelled.png")
    for name, text in (("a.b", "one\n"), ("a.c", "two\r\n"), ("deep/down/d", "\ufeffthree"), ("a", "?"), ("two", "?")):
        write(tmp_path / f"{name}.gt.txt", text)
    labels = only(tmp_path)
    assert texts(labels) == {"a.b.png": "one", "a.c.png": "two", "d.JPG": "three"}
    assert [(row.file.name, row.line, row.kind) for row in labels.rejected] == [
        ("two.gt.txt", 1, "row not understood"),
        ("a.gt.txt", 1, "no such image"),
    ]
    with pytest.raises(DataError, match="is the label of one image"):
        read_labels(tmp_path / "a.b.gt.txt")


IAM = """#--- words.txt ---#
#
# format: a01-000u-00-00 ok 154 1 408 768 27 51 AT A
#
a01-000u-00-00 ok 154 408 768 27 51 AT A
a01-000u-00-01 ok 154 507 766 213 48 NN MOVE
a01-000u-00-02 err 156 395 932 441 100 VBG nominating
a01-000u-00-03 ok 154 1 408 768 27 51 CD 1 2
c03-096f-07-05 er 154 -1 -1 -1 -1 AB x
a01-000u-00-04 what is this
"""


@pytest.mark.parametrize("place", ["words.txt", "ascii/words.txt", "words/words.txt"])
def test_iam(place: str, tmp_path: Path) -> None:
    for number in range(4):
        write(tmp_path / f"words/a01/a01-000u/a01-000u-00-0{number}.png")
    file = write(tmp_path / place, IAM)
    labels = only(file if place == "words/words.txt" else tmp_path)
    assert labels.format == "IAM words"
    assert texts(labels) == {"a01-000u-00-00.png": "A", "a01-000u-00-01.png": "MOVE", "a01-000u-00-03.png": "1 2"}
    assert [(row.line, row.kind) for row in labels.skipped] == [(7, "marked as badly cut"), (9, "marked as badly cut")]
    assert [(row.line, row.kind) for row in labels.rejected] == [(10, "row not understood")]


def test_a_list_of_words_is_not_iam(tmp_path: Path) -> None:
    write(tmp_path / "words.txt", "aardvark\nabacus\n")
    write(tmp_path / "a.png")
    write(tmp_path / "a.gt.txt", "abacus")
    assert texts(only(tmp_path)) == {"a.png": "abacus"}


def test_labels_are_nfc_without_outer_white_space(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    write(tmp_path / "labels.tsv", "a.png\t  Cafe\u0301 au\u00a0lait\u3000\n")
    assert texts(only(tmp_path)) == {"a.png": "Café au\u00a0lait"}


BAD_ROWS = [
    pytest.param("a.png\t\n", "label empty", None, id="empty"),
    pytest.param("a.png\t \u00a0\u3000\n", "label empty", None, id="white space"),
    pytest.param(f"a.png\t{'x' * (MAX_LETTERS + 1)}\n", "label too long", "x" * 65, id="over-long"),
    pytest.param("a.png\tbe\x07ll\n", "control character in the label", None, id="control character"),
    pytest.param("a.png\n", "row not understood", None, id="one column"),
    pytest.param("a.png\tb\tc\n", "row not understood", None, id="three columns"),
    pytest.param("\tHello\n", "row not understood", None, id="no image"),
    pytest.param("a\0.png\tHello\n", "row not understood", None, id="NUL"),
    pytest.param("missing.png\tHello\n", "no such image", "Hello", id="missing"),
    pytest.param("folder\tHello\n", "no such image", "Hello", id="folder"),
    pytest.param(f"{'x' * 300}.png\tHello\n", "no such image", "Hello", id="name too long"),
    pytest.param("../outside.png\tHello\n", "outside the data folder", "Hello", id="up"),
    pytest.param("folder/../../outside.png\tHello\n", "outside the data folder", "Hello", id="down and up"),
    pytest.param("..\tHello\n", "outside the data folder", "Hello", id="the folder above"),
    pytest.param("/etc/passwd\tHello\n", "outside the data folder", "Hello", id="absolute"),
    pytest.param("link.png\tHello\n", "outside the data folder", "Hello", id="link out"),
    pytest.param("way/outside.png\tHello\n", "outside the data folder", "Hello", id="linked folder out"),
]


@pytest.mark.parametrize(("row", "kind", "text"), BAD_ROWS)
def test_a_bad_row_is_named_and_the_others_are_read(row: str, kind: str, text: str | None, tmp_path: Path) -> None:
    data = tmp_path / "data"
    images(data, "good.png", "a.png", "folder/b.png")
    write(tmp_path / "outside.png")
    (data / "link.png").symlink_to(tmp_path / "outside.png")
    (data / "way").symlink_to(tmp_path, target_is_directory=True)
    file = write(data / "labels.tsv", f"good.png\tgood\n{row}folder/b.png\tb\n")
    labels = only(data)
    assert texts(labels) == {"good.png": "good", "b.png": "b"}
    (rejected,) = labels.rejected
    assert (rejected.file, rejected.line, rejected.kind) == (file, 2, kind)
    assert rejected.reason.startswith(kind)
    assert rejected.text == text, "what evaluation counts as missed"


def test_the_longest_label_is_a_label(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    write(tmp_path / "labels.tsv", "a.png\t" + "e\u0301" * MAX_LETTERS)  # 128 code points before NFC
    assert texts(only(tmp_path)) == {"a.png": "é" * MAX_LETTERS}


def test_links_and_ways_that_stay_inside_are_followed(tmp_path: Path) -> None:
    images(tmp_path, "a.png", "folder/b.png")
    (tmp_path / "link.png").symlink_to("a.png")
    write(tmp_path / "labels.tsv", f"link.png\ta\nfolder/../folder/b.png\tb\n{tmp_path}/a.png\ta\n")
    labels = only(tmp_path)
    assert texts(labels) == {"a.png": "a", "b.png": "b"}
    assert [(row.line, row.kind) for row in labels.skipped] == [(3, "row repeated")], "one image by two names"


def test_repeated_rows_count_once_and_contradictory_ones_not_at_all(tmp_path: Path) -> None:
    images(tmp_path, "a.png", "b.png", "c.png")
    write(tmp_path / "labels.tsv", "a.png\tsame\nb.png\tone\na.png\tsame\nb.png\ttwo\nb.png\tone\nc.png\tc\n")
    labels = only(tmp_path)
    assert texts(labels) == {"a.png": "same", "c.png": "c"}
    assert [(row.line, row.reason) for row in labels.skipped] == [(3, "row repeated: as line 1")]
    assert [(row.line, row.detail) for row in labels.rejected] == [
        (2, "“one” here, “two” in line 4"),
        (4, "“two” here, “one” in line 2"),
        (5, "“one” here, “two” in line 4"),
    ]
    assert {row.kind for row in labels.rejected} == {"contradictory labels"}


@pytest.mark.parametrize("name", ["labels.tsv", "labels.csv", "gt.txt", "a.gt.txt"])
def test_another_encoding_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    file = write(tmp_path / name, b"\xef\xbb\xbfa.png\tb,c\r\nb.png,\tna\xefve\r\n")
    with pytest.raises(DataError, match=r"line 2 is not UTF-8: it has the byte 0xEF") as caught:
        read_labels(tmp_path)
    assert str(file) in caught.value.message
    assert "iconv" in caught.value.hint
    file.write_bytes("a.png\tb".encode("utf-16"))
    with pytest.raises(DataError, match="is in UTF-16"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({}, "has no labels", id="empty folder"),
        pytest.param({"a.png": "", "notes.txt": "hello"}, "has no labels", id="images alone"),
        pytest.param({"labels.tsv": "a\tb", "gt.txt": "a,b"}, "several label files: labels.tsv, gt.txt", id="two"),
        pytest.param({"labels.csv": 'a.png,"open\nb.png,b\n'}, "row that begins in line 1 cannot be read", id="quote"),
        pytest.param({"labels.csv": 'a.png,a\n\nb.png,"b"c\n'}, "row that begins in line 3 cannot be read", id="after"),
        pytest.param(
            {"labels.csv": "image,size\na.png,5\n"}, "without a column for the labels: image, size", id="head"
        ),
        pytest.param({"gt.txt": "Hello\n"}, "neither a tab nor a comma", id="no separator"),
        pytest.param({"val/gt.txt": "a,b", "valid/gt.txt": "a,b"}, "more than one validation split", id="two splits"),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_refused(files: dict[str, str], message: str, tmp_path: Path) -> None:
    for name, content in files.items():
        write(tmp_path / name, content)
    with pytest.raises(DataError, match=message) as caught:
        read_labels(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("names", "what", "to_do"),
    [
        ("xlsx xls ods numbers", "a spreadsheet", "export it as CSV first"),
        ("parquet", "a binary table", "export it as CSV first"),
        ("zip rar 7z tar tar.gz json.gz", "a packed file", "unpack it first"),
    ],
)
def test_a_file_that_is_no_text_is_called_what_it_is(names: str, what: str, to_do: str, tmp_path: Path) -> None:
    for name in names.split():
        (tmp_path / name).mkdir()
        file = tmp_path / name / f"labels.{name}"
        file.write_bytes(b"PK\3\4\0\xff")
        with pytest.raises(DataError, match=f"is {what}, and a label file is text") as caught:
            read_labels(file)
        assert caught.value.hint == to_do
        with pytest.raises(DataError, match="has no labels") as caught:
            read_labels(file.parent)
        assert caught.value.hint.startswith(f"labels.{name} is {what}: {to_do}; or expected")
    file.write_text("a.png\tb")  # whatever its name, it is text
    assert read_labels(file)[None].format


def test_a_split_of_another_language_is_named(tmp_path: Path) -> None:
    for name in ("entrenamiento", "prueba"):
        write(tmp_path / name / "gt.txt", "a.png, b")
    with pytest.raises(DataError, match="has no labels") as caught:
        read_labels(tmp_path)
    assert caught.value.hint.startswith("entrenamiento, prueba may be a split: those are called train, training; val")


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is nothing at"):
        read_labels(tmp_path / "nowhere")


@pytest.mark.parametrize("labels", ["{}/labels.tsv", "{}.tsv", "{}/gt.txt"])
def test_splits_are_recognised_by_name(labels: str, tmp_path: Path) -> None:
    for name in ("train", "val", "testing"):
        write(tmp_path / labels.format(name), "a.png\ta\n")
    assert list(read_labels(tmp_path)) == ["train", "validation", "test"]


def test_splits_may_have_their_labels_beside_the_images_and_share_a_folder_of_them(tmp_path: Path) -> None:
    write(tmp_path / "train/a.png")
    write(tmp_path / "train/a.gt.txt", "a")
    write(tmp_path / "images/b.png")
    write(tmp_path / "val/labels.tsv", "../images/b.png\tb\n../../b.png\tb\n")
    read = read_labels(tmp_path)
    assert {split: texts(part) for split, part in read.items()} == {
        "train": {"a.png": "a"},
        "validation": {"b.png": "b"},
    }
    assert [row.kind for row in read["validation"].rejected] == ["outside the data folder"]


def test_a_folder_of_images_named_train_is_no_split(tmp_path: Path) -> None:
    images(tmp_path, "train/a.png", "val/b.png")
    write(tmp_path / "labels.tsv", "train/a.png\ta\nval/b.png\tb\n")
    assert texts(only(tmp_path)) == {"a.png": "a", "b.png": "b"}


LETTERS = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
LABELS = st.lists(
    st.text(LETTERS, min_size=1, max_size=20).filter(
        lambda text: unicodedata.normalize("NFC", text).strip() and not means_no_word(text.strip())
    ),
    min_size=1,
    max_size=8,
)
ROUND_TRIP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def round_trip(folder: Path, name: str, content: str, written: list[str]) -> None:
    images(folder, *(f"{index}.png" for index in range(len(written))))
    labels = only(write(folder / name, content))
    assert not labels.rejected
    expected = [unicodedata.normalize("NFC", text).strip() for text in written]
    assert texts(labels) == {f"{index}.png": text for index, text in enumerate(expected)}


@ROUND_TRIP
@given(written=LABELS, header=st.booleans(), end=st.sampled_from(["\n", "\r\n"]))
def test_what_the_csv_module_writes_is_read(written: list[str], header: bool, end: str, tmp_path: Path) -> None:
    content = StringIO(newline="")
    writer = csv.writer(content, lineterminator=end)
    if header:
        writer.writerow(["file", "text"])
    writer.writerows([f"{index}.png", text] for index, text in enumerate(written))
    round_trip(tmp_path, "any.csv", content.getvalue(), written)


@ROUND_TRIP
@given(written=LABELS, end=st.sampled_from(["\n", "\r\n"]))
def test_what_is_separated_by_tabs_is_read(written: list[str], end: str, tmp_path: Path) -> None:
    content = "".join(f"{index}.png\t{text}{end}" for index, text in enumerate(written))
    round_trip(tmp_path, "any.tsv", content, written)


@ROUND_TRIP
@given(written=LABELS)
def test_what_icdar_quotes_is_read(written: list[str], tmp_path: Path) -> None:
    quoted = [text.replace("\\", r"\\").replace('"', r"\"") for text in written]
    content = "".join(f'{index}.png, "{text}"\n' for index, text in enumerate(quoted))
    round_trip(tmp_path, "any.txt", content, written)
