from __future__ import annotations

from pathlib import Path

import pytest

from dlhw.ocr.labels.checking import clean_label, means_no_word
from dlhw.ocr.labels.finding import read_labels
from tests.ocr.folders import write


@pytest.mark.parametrize(
    ("label", "text", "hidden"),
    [
        ("Kit\u200bchen", "Kitchen", "U+200B"),
        ("\ufeffChair\u200e ", "Chair", "U+200E U+FEFF"),
        ("Ta\u00adble", "Table", "U+00AD"),
        ("wo\u2060rd\u3164", "word", "U+2060 U+3164"),
        ("\u200b", "", "U+200B"),
        ("Ta\u200bble", "Table", "U+200B"),
        ("e\u200b\u0301", "é", "U+200B"),
        ("می\u200cخواهم", "می\u200cخواهم", ""),
        ("क्\u200dष", "क्\u200dष", ""),
        ("\u0600١٢", "\u0600١٢", ""),
    ],
)
def test_what_cannot_be_seen_is_taken_out_and_joiners_stay(label: str, text: str, hidden: str) -> None:
    assert clean_label(label) == (text, hidden)


def test_invisible_characters_are_a_remark_and_nothing_else_is_empty(tmp_path: Path) -> None:
    for index in range(4):
        write(tmp_path / f"{index}.png")
    write(tmp_path / "labels.tsv", "0.png\tKit\u200bchen\n1.png\t\u200b\n2.png\tLamp\n3.png\ttwo\u2028lines\n")
    labels = read_labels(tmp_path)[None]
    assert [word.text for word in labels.words] == ["Kitchen", "Lamp"]
    assert [(row.line, row.reason) for row in labels.remarks] == [(1, "invisible characters taken out: U+200B")]
    assert [(row.line, row.reason) for row in labels.rejected] == [
        (2, "label empty"),
        (4, "control character in the label: a line break"),
    ]


def test_marks_that_stand_for_no_word_are_not_learnt(tmp_path: Path) -> None:
    for index in range(6):
        write(tmp_path / f"{index}.png")
    write(tmp_path / "labels.tsv", "0.png\t###\n1.png\t#####\n2.png\tNaN\n3.png\tUNREADABLE\n4.png\tnan\n5.png\t#1\n")
    labels = read_labels(tmp_path)[None]
    assert [word.text for word in labels.words] == ["nan", "#1"], "nan is bread"
    assert {row.kind for row in labels.skipped} == {"marked as no word"}
    assert [row.detail for row in labels.skipped] == [
        *("###, do not care", "#####, do not care", "NaN, an empty cell", "UNREADABLE, nobody could read it"),
    ]
    assert not means_no_word("#")


@pytest.mark.parametrize("text", ["[illegible]", "<NA>", "(?)", "[Unclear]", "<n/a>"])
def test_marks_in_brackets_stand_for_no_word(text: str) -> None:
    assert means_no_word(text)
    assert not means_no_word(text[1:-1].lower()), "without them it is a word"
