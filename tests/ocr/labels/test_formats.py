"""Label files as other programs write them, each with the six words of one sentence or some of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlhw.errors import DataError
from dlhw.images.splits import Split
from dlhw.ocr.labels import finding
from dlhw.ocr.labels.finding import read_labels
from dlhw.ocr.labels.formats import LABEL_FILES
from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.rows import Labels, Row
from tests.ocr.folders import write

WORDS = ("Kitchen", "Garden", "Hello,", "a,b", "5", "see you")
PAIRS = {f"{index}.png": word for index, word in enumerate(WORDS)}


def images(folder: Path, where: str = "", names: Mapping[str, str] = PAIRS) -> None:
    for name in names:
        write(folder / where / name)


def read(source: Path) -> dict[Split | None, Labels]:
    found = read_labels(source)
    assert not [str(row) for labels in found.values() for row in labels.rejected]
    return found


def texts(source: Path) -> dict[str, str]:
    """The words of a source without splits, all of whose rows can be used."""
    found = read(source)
    assert found.keys() == {None}
    return {word.path.name: word.text for word in found[None].words}


LINES = list(PAIRS.items())
CSV = "".join(f'{name},"{word}"\n' for name, word in LINES)
JSON = json.dumps(PAIRS)
JSONL = "".join(json.dumps({"file_name": name, "text": word, "id": 7}) + "\n" for name, word in LINES)
SPACED = "".join(f"{name} {word}\n" for name, word in LINES)
TABBED = "".join(f"{name}\t{word}\n" for name, word in LINES)
ICDAR = "".join(f'{name}, "{word}"\n' for name, word in LINES)

LAYOUTS = [
    pytest.param("labels.csv", CSV, "", id="csv"),
    pytest.param("labels.csv", CSV.replace(",", ", ", 1), "", id="csv with a blank"),
    pytest.param("labels.csv", ICDAR, "", id="ICDAR in a csv"),
    pytest.param("labels.csv", "filename,words\n" + CSV, "images", id="EasyOCR, images beside"),
    pytest.param("Labels.CSV", "Image Name,Ground-Truth\n" + CSV, "Images", id="upper case"),
    pytest.param("gt.txt", SPACED, "", id="spaces"),
    pytest.param("labels.txt", SPACED.replace("\n", "\r\n"), "", id="trdg"),
    pytest.param("labels.txt", SPACED.replace(".png ", ".png   "), "", id="several spaces"),
    pytest.param("gt.txt", TABBED, "", id="tabs"),
    pytest.param("gt.txt", ICDAR, "", id="ICDAR"),
    pytest.param("labels.json", JSON, "images", id="docTR"),
    pytest.param("labels.json", json.dumps(PAIRS, indent=1), "", id="JSON in lines"),
    pytest.param("labels.json", json.dumps([{"image": n, "label": w} for n, w in LINES]), "", id="JSON, a list"),
    pytest.param("metadata.jsonl", JSONL, "", id="imagefolder"),
    pytest.param("metadata.csv", "file_name,text\n" + CSV, "", id="imagefolder as csv"),
    pytest.param("labels/labels.tsv", TABBED, "images", id="labels and images"),
    pytest.param("annotations/gt.txt", TABBED.replace("0.png", "../images/0.png"), "images", id="annotations"),
    pytest.param("set/labels.tsv", TABBED, "set", id="a folder in a folder"),
    pytest.param("labels.tsv", "".join(f'"{n}"\t"{w}"\n' for n, w in LINES), "", id="everything in quotes"),
]


@pytest.mark.parametrize(("name", "content", "where"), LAYOUTS)
def test_a_label_file_is_read_as_it_is_written(name: str, content: str, where: str, tmp_path: Path) -> None:
    images(tmp_path, where)
    file = write(tmp_path / name, content)
    assert texts(tmp_path) == PAIRS
    assert texts(file) == PAIRS, "given directly"


def test_rows_know_their_lines(tmp_path: Path) -> None:
    write(tmp_path / "json/labels.json", json.dumps(PAIRS, indent=1))
    write(tmp_path / "lines/metadata.jsonl", JSONL)
    for folder, first in (("json", 2), ("lines", 1)):
        rejected = read_labels(tmp_path / folder)[None].rejected
        assert [row.line for row in rejected] == [first + index for index in range(6)]


@pytest.mark.parametrize(
    ("content", "details"),
    [
        ('{"a.png": ["polygon"], "b.png": {"x": 1}}', ["its label is no text but list", "its label is no text but"]),
        ('[{"image": "a.png"}, 5, {"image": "a.png", "text": 1.5}]', ["it has image, and", "no object", "but float"]),
        ('{"a.png": null, "b.png": "\\ud800"}', ["", "U+D800"]),
    ],
)
def test_json_that_is_no_labels_is_named_row_by_row(content: str, details: list[str], tmp_path: Path) -> None:
    images(tmp_path, names={"a.png": "", "b.png": ""})
    write(tmp_path / "labels.json", content)
    found = read_labels(tmp_path)[None]
    assert not found.words
    assert len(found.rejected) == len(details)
    for row, detail in zip(found.rejected, details, strict=True):
        assert detail in row.detail
        str(row).encode()


@pytest.mark.parametrize("content", ["{", "5", "[" * 100_000, '{"a.png": "b"} x'])
def test_json_that_is_none_is_refused(content: str, tmp_path: Path) -> None:
    write(tmp_path / "labels.json", content)
    with pytest.raises(DataError, match=r"labels\.json is n"):
        read_labels(tmp_path)


def test_quotes_in_tables_of_tabs(tmp_path: Path) -> None:
    images(tmp_path, names=dict.fromkeys(("a.png", "b.png"), ""))
    for literal, quoted in ((True, '"5" disk'), (False, '"5"" disk"')):
        write(tmp_path / "labels.tsv", f"a.png\t{quoted}\nb.png\tb\n")
        assert texts(tmp_path) == {"a.png": '"5" disk' if literal else '5" disk', "b.png": "b"}
    write(tmp_path / "labels.tsv", 'a.png\t"Hello"\nb.png\tb\n')
    assert texts(tmp_path)["a.png"] == '"Hello"', "a word in quotes is a word in quotes"


@pytest.mark.parametrize("made", [".nrm.png", ".bin.png", ".png"])
def test_labels_beside_images_that_ocropus_made(made: str, tmp_path: Path) -> None:
    for index, word in enumerate(WORDS):
        write(tmp_path / f"page/{index}.gt.txt", word)
        write(tmp_path / f"page/{index}{made}")
    assert list(texts(tmp_path).values()) == list(WORDS)
    write(tmp_path / "page/0.bin.png")
    assert len(texts(tmp_path)) == 6, "of several images of one line, one is taken"


@pytest.mark.parametrize("suffix", [".avif", ".jp2", ".tga", ".jfif", ".JPG"])
def test_labels_beside_images_of_every_suffix(suffix: str, tmp_path: Path) -> None:
    write(tmp_path / "a.gt.txt", "word")
    write(tmp_path / f"a{suffix}")
    write(tmp_path / "__MACOSX/._a.gt.txt", "no word")
    assert texts(tmp_path) == {f"a{suffix}": "word"}


def test_text_files_beside_images(tmp_path: Path) -> None:
    images(tmp_path)
    for name, word in LINES:
        write((tmp_path / name).with_suffix(".txt"), word)
    write(tmp_path / "README.txt", "about")
    assert texts(tmp_path) == PAIRS
    write(tmp_path / "7.txt", "gone")
    write(tmp_path / "0.txt", "0 0.5 0.5 0.25 .125\n")
    assert [row.detail for row in read_labels(tmp_path)[None].rejected] == [
        "boxes of an object detector, and a word was expected",
        "",
    ]


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (("train.txt", "val.txt"), ""),
        (("rec_gt_train.txt", "rec_gt_test.txt"), ""),
        (("labels/Training.txt", "labels/Validation.txt"), "images"),
        (("Train/labels.tsv", "Test/labels.tsv"), "Train"),
        (("train/train/labels.tsv", "valid/valid/gt.txt"), "train/train"),
        (("train_set.csv", "test_set.csv"), "train_set"),
    ],
)
def test_splits_in_every_wording(files: tuple[str, str], where: str, tmp_path: Path) -> None:
    images(tmp_path, where)
    for file in files:
        separator = "," if file.endswith("csv") else "\t"
        write(tmp_path / file, f"0.png{separator}Kitchen\n")
    found = read_labels(tmp_path)
    assert list(found) == ["train", "test" if "est" in files[1] else "validation"]
    assert [word.text for word in found["train"].words] == ["Kitchen"]


@pytest.mark.parametrize(
    ("name", "read_as"), [("arrows.txt", "labels behind an arrow"), ("gt.txt", "names and labels separated by spaces")]
)
def test_a_format_of_ones_own_reads_the_files_of_its_name(
    name: str, read_as: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of the list, where formats of any name suit the content too."""

    def read_arrows(path: Path, text: str) -> Rows:
        rows = [line.split(" => ") for line in text.splitlines()]
        found = [Row(image=image, text=word, file=path, line=line) for line, (image, word) in enumerate(rows, 1)]
        return Labels(format="labels behind an arrow"), found

    arrows = LabelFile(names=("arrows.txt",), suits=lambda _, text: " => " in text, read=read_arrows)
    monkeypatch.setattr(finding, "LABEL_FILES", (*LABEL_FILES, arrows))
    monkeypatch.setattr(finding, "NAMES", (*finding.NAMES, "arrows.txt"))
    images(tmp_path)
    write(tmp_path / name, "".join(f"{image} => {word}\n" for image, word in LINES))
    (labels,) = read(tmp_path).values()
    assert labels.format == read_as


def test_files_that_differ_in_the_word_of_a_split_are_splits(tmp_path: Path) -> None:
    """As Kaggle's set of written names lies: ``train_v2/train/`` beside ``written_name_train_v2.csv``."""
    for split, name in (("train", "0.png"), ("validation", "0.png"), ("test", "1.png")):
        write(tmp_path / f"{split}_v2/{split}/{name}")
        write(tmp_path / f"written_name_{split}_v2.csv", f"FILENAME,IDENTITY\n{name},{split.upper()}\n")
    found = read(tmp_path)
    assert {split: [word.text for word in labels.words] for split, labels in found.items()} == {
        split: [split.upper()] for split in ("train", "validation", "test")
    }
    write(tmp_path / "alone/test_of_my_words_v2.csv", "0.png,Kitchen\n")
    with pytest.raises(DataError, match="no labels") as caught:
        read_labels(tmp_path / "alone")
    assert caught.value.hint.startswith("test_of_my_words_v2.csv may be meant: give it instead of the folder")


def test_words_of_mjsynth_are_in_the_names_of_its_images(tmp_path: Path) -> None:
    """Behind a name stands the number of its word in the lexicon, which would be learnt as the word."""
    lines = [f"./2425/1/{place}_{word}_4548{place}.jpg 4548{place}\n" for place, word in enumerate(("Lube", "can't"))]
    for line in lines:
        write(tmp_path / line.split()[0])
    file = write(tmp_path / "annotation_train.txt", "".join(lines))
    assert [word.text for word in read(tmp_path)["train"].words] == ["Lube", "can't"]
    write(file, "".join([*lines, "./2425/1/0_Lube_45480.jpg Lube\n"]))
    assert not [word.text for word in read_labels(tmp_path)["train"].words if word.text == "can't"], "labels as any"


def test_boxes_on_pages_are_no_words(tmp_path: Path) -> None:
    """What PPOCRLabel keeps, beside what it exports."""
    boxes = write(tmp_path / "Label.txt", 'page.png\t[{"transcription": "a", "points": [[0, 0], [1, 0]]}]\n')
    with pytest.raises(DataError, match="no labels"):
        read_labels(tmp_path)
    with pytest.raises(DataError, match="says where on pages texts stand") as caught:
        read_labels(boxes)
    assert "rec_gt.txt" in caught.value.hint
    write(tmp_path / "crop_img/page_0.png")
    write(tmp_path / "rec_gt.txt", "crop_img/page_0.png\ta\n")
    assert texts(tmp_path) == {"page_0.png": "a"}


def test_a_list_of_names_without_labels_is_no_split(tmp_path: Path) -> None:
    images(tmp_path)
    write(tmp_path / "train.txt", "0\n1\n2\n")
    write(tmp_path / "labels/labels.tsv", TABBED)
    assert texts(tmp_path) == PAIRS


def test_a_column_divides_the_rows(tmp_path: Path) -> None:
    images(tmp_path)
    rows = [f'{name},"{word}",{"Train" if index < 4 else "TEST"}\n' for index, (name, word) in enumerate(LINES)]
    write(tmp_path / "labels.csv", "filename,words,split\n" + "".join(rows))
    found = read(tmp_path)
    assert {split: len(labels.words) for split, labels in found.items()} == {"train": 4, "test": 2}
    write(tmp_path / "labels.csv", "filename,words,split\n" + rows[0] + "1.png,Garden,holdout\n2.png,x,\n")
    rejected = read_labels(tmp_path)["train"].rejected
    assert [row.line for row in rejected] == [3, 4]
    assert rejected[0].detail == "its split is “holdout”, and train, validation or test was expected"


CONTENTS = {str(layout.values[0]): str(layout.values[1]).encode() for layout in LAYOUTS}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_label_file_is_read_or_refused_in_words(data: st.DataObject, tmp_path: Path) -> None:
    name = data.draw(st.sampled_from(sorted(CONTENTS)))
    content = bytearray(CONTENTS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=3)) or b"[{"
    folder = tmp_path / str(data.draw(st.uuids()))
    write(folder / name, bytes(content))
    with contextlib.suppress(DataError):
        for labels in read_labels(folder).values():
            "".join(map(str, labels.rejected)).encode()


def test_dlhws_own_runs_have_no_labels(tmp_path: Path) -> None:
    images(tmp_path, names={"a.png": ""})
    write(tmp_path / "a.gt.txt", "word")
    write(tmp_path / "runs/1/config.json", '{"command": "ocr-train"}')
    write(tmp_path / "runs/1/b.gt.txt", "no word")
    assert texts(tmp_path) == {"a.png": "word"}
